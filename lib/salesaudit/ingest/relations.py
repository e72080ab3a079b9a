"""Between the tables: names that stand where ids should, ids that lead nowhere, dates that contradict each other."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from difflib import get_close_matches

import pandas as pd

from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.mapping import NAMED_KEYS, plain
from salesaudit.ingest.reasons import R
from salesaudit.schema import TABLES

LINKS = (
    ("customers", "owner_seller_id", "sellers"),
    *((t, "seller_id", "sellers") for t in ("visits", "activities", "quotes", "orders", "opportunities")),
    *((t, "seller_id", "sellers") for t in ("opp_snapshots", "absence", "time_use")),
    ("beliefs", "refers_to_seller_id", "sellers"),
    ("targets", "scope_id", "sellers"),
    *((t, "customer_id", "customers") for t in ("visits", "activities", "quotes", "orders", "opportunities")),
    *((t, "opportunity_id", "opportunities") for t in ("visits", "activities", "quotes", "orders")),
    *((t, "opp_id", "opportunities") for t in ("opp_snapshots", "stage_history")),
    ("verification", "visit_id", "visits"),
)
"""Columns that point to another table's key."""
CUSTOMER_TABLES = ("visits", "opportunities", "orders", "quotes")
DATED = (
    ("visits", "date"),
    ("activities", "date"),
    ("orders", "order_date"),
    ("opportunities", "created_date"),
    ("opportunities", "closed_date"),
    ("opp_snapshots", "snapshot_date"),
)
"""Dates of what happened; planned dates are not among them."""
LIKENESS = 0.85
ORPHANS_COMPARED, TARGETS_COMPARED = 50, 5000
"""Looking for similar names is slow; only the commonest lost ones are compared, and with lists of bearable length."""


def names_to_ids(tables: Mapping[str, pd.DataFrame], *, ledger: Ledger) -> dict[str, pd.DataFrame]:
    """Return the tables with ids where a name, or the other length of a Salesforce id, says the same unmistakably."""
    result = dict(tables)
    for table, column, target in LINKS:
        if not _there(result, table, column, target):
            continue
        book = result[target]
        values = result[table][column]
        lost = values.notna() & ~values.isin(book[TABLES[target].key[0]])
        if table == "targets":
            lost &= result[table]["scope"].eq("seller")
        if not lost.any():
            continue
        for reason, ids in (("name_to_id", _by_name(book, target)), ("short_id", _by_short_id(book, target))):
            key = plain if reason == "name_to_id" else _short
            meant = {value: ids[key(value)] for value in values[lost].unique() if key(value) in ids}
            changed = lost & values.isin(meant)
            if changed.any():
                values = values.map(meant).astype("str").where(changed, values)
                result[table] = result[table].assign(**{column: values})
                ledger.add("repaired", R[reason], table=table, column=column, rows=int(changed.sum()))
                lost &= ~changed
    return result


def _by_name(book: pd.DataFrame, target: str) -> dict[str, str]:
    """Return plain name -> id, for names that belong to one id only."""
    if "name" not in book or target not in NAMED_KEYS:
        return {}
    names = book.dropna(subset=["name"])
    names = names.assign(plain=names["name"].map(plain)).drop_duplicates("plain", keep=False)
    return dict(zip(names["plain"], names[TABLES[target].key[0]], strict=True))


def _by_short_id(book: pd.DataFrame, target: str) -> dict[str, str]:
    """Return the first 15 characters -> id: reports give 15-character ids, the API 18; case matters in both."""
    key = book[TABLES[target].key[0]].dropna()
    key = key[key.str.fullmatch(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")].drop_duplicates()
    short = key.str.slice(0, 15)
    single = ~short.duplicated(keep=False)
    return dict(zip(short[single], key[single], strict=True))


def _short(value: str) -> str:
    return value[:15] if len(value) in (15, 18) else value


def check_relations(
    tables: Mapping[str, pd.DataFrame],
    *,
    ledger: Ledger,
    lists: Mapping[str, set[str]],
    as_of: date | None,
    made_keys: Collection[str] = (),
) -> None:
    """Write what does not fit together between and within the tables; no row is left out for it.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    ledger : Ledger
    lists : mapping of str to set of str
        Column -> names that came along in a file that is no canonical table.
    as_of : date, optional
    made_keys : collection of str
        Tables whose ids were made here, so that nothing can point to them.
    """
    for table in CUSTOMER_TABLES:
        if table in tables:
            frame = tables[table]
            empty = frame["customer_id"].isna().sum() if "customer_id" in frame else len(frame)
            if empty:
                cure = "ask for the customer of these rows"
                ledger.add("note", R["no_customer"], table=table, column="customer_id", rows=int(empty), cure=cure)
    for table, column, target in LINKS:
        if _there(tables, table, column, target) and target not in made_keys:
            _orphans(tables, table, column, target, ledger)
    _lists(tables, lists, ledger)
    _employment(tables, ledger)
    _contradictions(tables, ledger)
    if as_of is not None:
        _future(tables, as_of, ledger)


def newest_date(tables: Mapping[str, pd.DataFrame], *, ledger: Ledger) -> date | None:
    """Return the newest date of anything that happened, or None; a lonely one far ahead becomes a question."""
    days = _days(tables)
    if days.empty:
        return None
    newest = days.max()
    if newest - days.quantile(0.999) > pd.Timedelta(days=365):
        cure = "correct the date at its source, or set as_of in client.toml"
        ledger.add("must_fix", R["lonely_date"], value=newest.date(), rows=int((days == newest).sum()), cure=cure)
    return newest.date()


def check_period(tables: Mapping[str, pd.DataFrame], start: date, end: date, *, ledger: Ledger) -> None:
    """Ask for another period where everything that happened lies outside it: every answer would be empty."""
    days = _days(tables)
    if len(days) and not days.between(pd.Timestamp(start), pd.Timestamp(end)).any():
        cure = f"the data run from {days.min().date()} to {days.max().date()}; set as_of or [period] in client.toml"
        ledger.add("must_fix", R["empty_period"], value=f"{start} to {end}", cure=cure)


def _days(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Return the days of everything that happened."""
    parts = [tables[t][c].dropna().dt.normalize() for t, c in DATED if t in tables and c in tables[t]]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.Series([], dtype="datetime64[us]")


def _there(tables: Mapping[str, pd.DataFrame], table: str, column: str, target: str) -> bool:
    return table in tables and target in tables and column in tables[table]


def _orphans(tables: Mapping[str, pd.DataFrame], table: str, column: str, target: str, ledger: Ledger) -> None:
    key = TABLES[target].key[0]
    values = tables[table][column]
    if (table, column) == ("targets", "scope_id"):
        values = values[tables[table]["scope"].eq("seller")]
    lost = values[values.notna() & ~values.isin(tables[target][key])].value_counts()
    if lost.empty:
        return
    examples = ", ".join(lost.index[:5]) + (", ..." if len(lost) > 5 else "")
    cure = f"ask for a complete export of {target}"
    ledger.add("note", R["orphan"], table=table, column=column, value=examples, rows=int(lost.sum()), cure=cure)
    names = set(tables[target][key].dropna())
    if "name" in tables[target]:
        names |= set(tables[target]["name"].dropna())
    _near(lost, names, table, column, ledger)


def _lists(tables: Mapping[str, pd.DataFrame], lists: Mapping[str, set[str]], ledger: Ledger) -> None:
    """Compare columns with lists that came along but are no canonical table (products)."""
    for table in ("opportunities", "orders"):
        for column, names in lists.items():
            if table in tables and column in tables[table]:
                values = tables[table][column].dropna()
                _near(values[~values.isin(names)].value_counts(), names, table, column, ledger)


def _near(lost: pd.Series, names: Iterable[str], table: str, column: str, ledger: Ledger) -> None:
    """Suggest a listed name for lost ones that look like it; bare numbers always look alike and are left alone."""
    known = {plain(name): name for name in names if not name.isdigit()}
    if not known or len(known) > TARGETS_COMPARED:
        return
    for word, number in lost.head(ORPHANS_COMPARED).items():
        if any(c.isdigit() for c in word) and not any(c.isspace() for c in word) and len(word) > 8:
            continue
        near = get_close_matches(plain(word), known, n=1, cutoff=LIKENESS)
        if near:
            suggestion = f"{word} -> {known[near[0]]}"
            cure = "if they are the same, correct one of the lists"
            ledger.add("note", R["near"], table=table, column=column, value=suggestion, rows=int(number), cure=cure)


def _employment(tables: Mapping[str, pd.DataFrame], ledger: Ledger) -> None:
    if not _there(tables, "visits", "seller_id", "sellers"):
        return
    sellers = tables["sellers"].set_index("seller_id")
    for column, is_out in (("start_date", pd.Series.lt), ("end_date", pd.Series.gt)):
        if column in sellers and len(sellers):  # an empty table cannot be mapped with
            edge = tables["visits"]["seller_id"].map(sellers[column])
            out = is_out(tables["visits"]["date"].dt.normalize(), edge)
            if out.any():
                ledger.add("note", R["employment"], table="visits", column=column, rows=int(out.sum()))


def _contradictions(tables: Mapping[str, pd.DataFrame], ledger: Ledger) -> None:
    for table in ("opportunities", "quotes"):
        frame = tables.get(table)
        if frame is not None and {"created_date", "closed_date"} <= set(frame):
            wrong = (frame["closed_date"] < frame["created_date"]).sum()
            if wrong:
                ledger.add("note", R["closed_first"], table=table, column="closed_date", rows=int(wrong))
    visits = tables.get("visits")
    if visits is not None and {"start_time", "end_time"} <= set(visits):
        length = visits["end_time"] - visits["start_time"]
        wrong = ((length < pd.Timedelta(0)) | (length > pd.Timedelta(days=1))).sum()
        if wrong:
            ledger.add("note", R["ends_late"], table="visits", column="end_time", rows=int(wrong))


def _future(tables: Mapping[str, pd.DataFrame], as_of: date, ledger: Ledger) -> None:
    last = pd.Timestamp(as_of) + pd.Timedelta("23:59:59")
    for table, column in DATED:
        if table in tables and column in tables[table]:
            late = tables[table][column] > last
            if late.any():
                newest = tables[table].loc[late, column].max().date()
                ledger.add("note", R["future"], table=table, column=column, value=newest, rows=int(late.sum()))
