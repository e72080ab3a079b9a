"""The open opportunities on the day of the audit, and what is wrong with their entries.

H1 nothing happened for long; H2 past the planned close; H3 no next step; H4 pushed again and again; H5 older than
nine in ten of the won ones ever were; H6 no amount. A rule whose columns were not exported is not tested and named.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData
from salesaudit.format import Share
from salesaudit.i18n import Message, message

RULES = ("H1", "H2", "H3", "H4", "H5", "H6")
CLEAN_RULES = RULES[:5]
"""The rules that decide whether an opportunity counts as clean; a missing amount has no value to lose."""
FIELDS = ("customer_id", "product", "amount", "probability", "close_date_planned", "stage")
CORE_FIELDS = FIELDS[:4]
"""Customer, product, size and probability: what a forecast cannot do without."""
STALE_DAYS, STALE_STAYS, STALE_AT_MOST = 30, 1.5, 90
"""Days without activity: 30, or 1.5 times the usual stay in the stage, but never more than 90."""
OMITTED = "omitted"
"""The forecast category of opportunities that the client's own forecast leaves out."""
PUSHES, PUSHED_DAYS = 3, 180
"""A planned close has been pushed again and again when it moved later so often, or by more than so many days."""
OLD_QUANTILE, FEWEST_WON = 0.9, 10
TOLERATED = {"H1": 0.10, "H2": 0.0, "H3": 0.10, "H4": 0.10, "H5": 0.10, "H6": 0.02}
"""Share of the open value that may break a rule."""
NEEDS = {
    "H1": ("opportunities.last_activity_date",),
    "H2": ("opportunities.close_date_planned",),
    "H3": ("opportunities.next_step_date", "opportunities.next_step_text"),
    "H4": ("opp_snapshots.snapshot_date", "opp_snapshots.close_date_planned"),
    "H5": ("opportunities.created_date", "opportunities.closed_date"),
    "H6": ("opportunities.amount",),
}
"""What would make a rule testable."""


def rule_label(rule: str) -> Message:
    """Return what a rule finds, in a few words."""
    return {
        "H1": message("Nothing has happened for a long time"),
        "H2": message("Planned close date has passed"),
        "H3": message("No next step ahead"),
        "H4": message("Close date pushed again and again"),
        "H5": message("Older than {old} of the won ones", old=Share(OLD_QUANTILE)),
        "H6": message("No amount"),
    }[rule]


def rule_phrase(rule: str) -> Message:
    """Return the same as it stands inside a sentence."""
    return {
        "H1": message("nothing has happened for a long time"),
        "H2": message("planned close date has passed"),
        "H3": message("no next step ahead"),
        "H4": message("close date pushed again and again"),
        "H5": message("older than {old} of the won ones", old=Share(OLD_QUANTILE)),
        "H6": message("no amount"),
    }[rule]


def field_label(field: str) -> Message:
    """Return the name of a required field."""
    return {
        "customer_id": message("Customer"),
        "product": message("Product"),
        "amount": message("Amount"),
        "probability": message("Probability"),
        "close_date_planned": message("Planned close date"),
        "stage": message("Stage"),
    }[field]


def field_phrase(field: str) -> Message:
    """Return the same as it stands inside a sentence."""
    return {
        "customer_id": message("customer"),
        "product": message("product"),
        "amount": message("amount"),
        "probability": message("probability"),
        "close_date_planned": message("planned close date"),
        "stage": message("stage"),
    }[field]


@dataclass(frozen=True)
class OpenPipeline:
    """Open opportunities with the rules they break.

    Attributes
    ----------
    opportunities : DataFrame
        One row per open opportunity: opp_id, seller_id, customer_id, customer, stage, amount, probability, age_days,
        weight (amount, or the median amount where there is none), in_forecast, incomplete, H1 ... H6, broken (any of
        H1 to H5). What the client's forecast omits has no forecast to be complete.
    rules : DataFrame
        One row per rule: rule, tested, why_not ("missing" columns or "few" won ones), count, share, value, value_share,
        tolerated; missing where not tested.
    fields : DataFrame
        One row per required field: field, exported, missing, value_share; of the opportunities in the forecast.
    has_amounts : bool
        Without amounts every opportunity counts the same.
    """

    opportunities: pd.DataFrame
    rules: pd.DataFrame
    fields: pd.DataFrame
    has_amounts: bool

    @property
    def n(self) -> int:
        return len(self.opportunities)

    def weighted_share(self, flag: str, *, in_forecast: bool = False) -> float:
        """Return the share of the open value that carries a flag; NaN when nothing is open."""
        rows = self.opportunities[self.opportunities["in_forecast"]] if in_forecast else self.opportunities
        total = rows["weight"].sum()
        return float(rows.loc[rows[flag], "weight"].sum() / total) if total > 0 else np.nan

    @property
    def untested(self) -> list[str]:
        return self.rules.loc[~self.rules["tested"], "rule"].tolist()


def open_pipeline(data: SalesData) -> OpenPipeline:
    """Return the open opportunities at `data.as_of` with the rules they break."""
    every = data.opportunities.drop_duplicates("opp_id")
    rows = every[every["status"] == "open"].reset_index(drop=True)
    day = pd.Timestamp(data.as_of)
    frame = pd.DataFrame({"opp_id": rows["opp_id"], "seller_id": rows["seller_id"]})
    for column, kind in (("customer_id", "str"), ("stage", "str"), ("amount", "float"), ("probability", "float")):
        frame[column] = rows[column] if column in rows else pd.Series(np.nan, rows.index, dtype=kind)
    frame["customer"] = _customer_names(data, frame)
    created = rows["created_date"] if "created_date" in rows else pd.Series(pd.NaT, rows.index)
    frame["age_days"] = (day - created).dt.days.astype(float)
    has_amounts = bool((frame["amount"] > 0).any())
    typical = frame.loc[frame["amount"] > 0, "amount"].median() if has_amounts else 1.0
    frame["weight"] = frame["amount"].where(frame["amount"] > 0, typical) if has_amounts else 1.0
    frame["in_forecast"] = in_forecast(rows)
    fields = _fields(data, rows[frame["in_forecast"]], frame.loc[frame["in_forecast"], "weight"])
    lacking = _lacking(rows, fields.loc[fields["exported"], "field"])
    frame["incomplete"] = lacking.any(axis=1) & frame["in_forecast"]
    broken = _broken(data, every, rows, frame, day)
    for rule in RULES:
        frame[rule] = broken.get(rule, pd.Series(False, index=frame.index)).astype(bool)
    frame["broken"] = frame[list(CLEAN_RULES)].any(axis=1)
    return OpenPipeline(frame, _rule_table(data, frame, set(broken)), fields, has_amounts)


def in_forecast(rows: pd.DataFrame) -> pd.Series:
    """Return which opportunities the client's own forecast does not leave out; all, where it does not say."""
    if "forecast_category" not in rows:
        return pd.Series(True, index=rows.index)
    return rows["forecast_category"].str.strip().str.lower().ne(OMITTED)


def _customer_names(data: SalesData, frame: pd.DataFrame) -> pd.Series:
    """Return the customer's name, else its id, else the opportunity's id."""
    name = frame["customer_id"].fillna(frame["opp_id"])
    if data.has("customers.name"):
        names = data.customers.dropna(subset=["name"]).drop_duplicates("customer_id").set_index("customer_id")["name"]
        name = frame["customer_id"].map(names).fillna(name)
    return name


def _lacking(rows: pd.DataFrame, fields: pd.Series) -> pd.DataFrame:
    """Return, for each field, which rows lack it; an amount of zero is no amount."""
    lacking = {f: ~(rows[f] > 0) if f == "amount" else rows[f].isna() for f in fields}
    return pd.DataFrame(lacking, index=rows.index, dtype=bool)


def _fields(data: SalesData, rows: pd.DataFrame, weight: pd.Series) -> pd.DataFrame:
    exported = {f: data.has(f"opportunities.{f}") for f in FIELDS}
    lacking = _lacking(rows, pd.Series([f for f in FIELDS if exported[f]], dtype="str"))
    total = weight.sum()
    return pd.DataFrame(
        {
            "field": FIELDS,
            "exported": [exported[f] for f in FIELDS],
            "missing": [float(lacking[f].sum()) if exported[f] else np.nan for f in FIELDS],
            "value_share": [weight[lacking[f]].sum() / total if exported[f] and total > 0 else np.nan for f in FIELDS],
        }
    )


def _broken(
    data: SalesData, every: pd.DataFrame, rows: pd.DataFrame, frame: pd.DataFrame, day: pd.Timestamp
) -> dict[str, pd.Series]:
    """Return rule -> which open opportunities break it, for the rules that can be tested."""
    broken = {}
    if (touched := _last_touch(data, rows, day)) is not None:
        broken["H1"] = (day - touched).dt.days > _stale_limits(data, rows)
    if data.has("opportunities.close_date_planned"):
        broken["H2"] = rows["close_date_planned"] < day
    steps = [f"opportunities.next_step_{part}" for part in ("text", "date")]
    if known := [s.split(".")[1] for s in steps if data.has(s)]:
        missing = [rows[c].isna() if c.endswith("text") else ~(rows[c] >= day) for c in known]
        broken["H3"] = pd.concat(missing, axis=1).any(axis=1)
    if data.has(*NEEDS["H4"]):
        broken["H4"] = rows["opp_id"].isin(_pushed(data.opp_snapshots))
    if data.has("opportunities.created_date", "opportunities.closed_date"):
        won = every[every["status"] == "won"]
        cycle = (won["closed_date"] - won["created_date"]).dt.days
        cycle = cycle[cycle >= 0]
        if len(cycle) >= FEWEST_WON:
            broken["H5"] = frame["age_days"] > cycle.quantile(OLD_QUANTILE)
    if data.has("opportunities.amount"):
        broken["H6"] = ~(frame["amount"] > 0)
    return broken


def _last_touch(data: SalesData, rows: pd.DataFrame, day: pd.Timestamp) -> pd.Series | None:
    """Return when anything last happened to each open opportunity; None where nothing would show it."""
    sources = []
    if data.has("opportunities.last_activity_date"):
        sources.append(rows["last_activity_date"])
    for table, column in (("visits", "date"), ("activities", "date"), ("stage_history", "entered_at")):
        key = "opp_id" if table == "stage_history" else "opportunity_id"
        if data.has(f"{table}.{key}", f"{table}.{column}"):
            past = data.tables[table][lambda f, c=column: f[c] <= day + pd.Timedelta("23:59:59")]
            sources.append(rows["opp_id"].map(past.groupby(key)[column].max()))
    if not sources:
        return None
    if data.has("opportunities.created_date"):
        sources.append(rows["created_date"])
    return pd.concat(sources, axis=1).max(axis=1).dt.normalize()


def _stale_limits(data: SalesData, rows: pd.DataFrame) -> pd.Series:
    """Return the days without activity that each opportunity may have, by the usual stay in its stage."""
    limit = pd.Series(float(STALE_DAYS), index=rows.index)
    if data.has("stage_history.left_at", "opportunities.stage"):
        history = data.stage_history
        stay = (history["left_at"] - history["entered_at"]).dt.total_seconds() / 86_400
        usual = stay[stay >= 0].groupby(history["stage"]).median() * STALE_STAYS
        limit = np.fmax(limit, rows["stage"].map(usual.clip(upper=STALE_AT_MOST)).astype(float))
    return limit


def _pushed(snapshots: pd.DataFrame) -> pd.Index:
    """Return the opportunities whose planned close moved later three times, or by more than 180 days in all."""
    ordered = snapshots.dropna(subset=["close_date_planned"]).sort_values(["opp_id", "snapshot_date"], kind="stable")
    moved = ordered.groupby("opp_id")["close_date_planned"].diff().dt.days
    later = moved.where(moved > 0).groupby(ordered["opp_id"]).agg(["count", "sum"])
    return later.index[(later["count"] >= PUSHES) | (later["sum"] > PUSHED_DAYS)]


def _rule_table(data: SalesData, frame: pd.DataFrame, tested: set[str]) -> pd.DataFrame:
    total = frame["weight"].sum()
    rows = []
    for rule in RULES:
        hit = frame[rule]
        known = rule in tested and len(frame) > 0
        rows.append(
            {
                "rule": rule,
                "tested": rule in tested,
                "why_not": "" if rule in tested else "few" if data.has(*NEEDS[rule]) else "missing",
                "count": float(hit.sum()) if known else np.nan,
                "share": hit.mean() if known else np.nan,
                "value": frame.loc[hit, "amount"].sum() if known else np.nan,
                "value_share": frame.loc[hit, "weight"].sum() / total if known and total > 0 else np.nan,
                "tolerated": TOLERATED[rule],
            }
        )
    return pd.DataFrame(rows)
