"""One export -> rows of one canonical table: columns typed, gaps derived, unusable rows in the ledger."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from salesaudit.client import Settings, SourceRule
from salesaudit.ingest.codes import client_words, purposes_from_subject, status_from_stage, words
from salesaudit.ingest.columns import (
    WORD_COLUMNS,
    Rows,
    constant_column,
    reject_unknown,
    typed_column,
    with_clock,
)
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.mapping import HOW, MADE_KEYS, NAMED_KEYS, Mapping, Match, plain
from salesaudit.ingest.parsed import Distinct
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R
from salesaudit.schema import DTYPES, TABLES

REPEAT = "_repeat"
"""Working column: whether the row repeats an earlier one of its file in all but the key."""
FIRST = "_first_line"
"""Working column: the line of the row that it repeats."""
MADE = HOW["made"]
VISIT_TIMES = ("start_time", "end_time")
MAY_BE_EMPTY = {("visits", "customer_id")}
"""Required columns whose cells may be empty."""
FIRST_NAMES = {"first name", "firstname", "given name", "förnamn", "fornavn"}
LAST_NAMES = {"last name", "lastname", "surname", "efternamn", "efternavn", "etternavn"}
EVENTS = ("visits", "activities", "quotes", "orders")
"""Tables whose rows may be called off."""


@dataclass(frozen=True)
class TypedFile:
    """The usable rows of one file.

    Attributes
    ----------
    frame : DataFrame
        Canonical columns and types, `source_file`, `source_line` and the working columns `REPEAT` and `FIRST`.
    merged, rejected : int
        Rows that only continue another one, and rows that were left out.
    matches : dict of str to Match
        Where each column came from.
    words : DataFrame
        What the words of the coded columns were taken for, columns `WORD_COLUMNS`.
    unused_headers : tuple of str
        Headers with filled cells of which nothing was used.
    """

    frame: pd.DataFrame
    merged: int
    rejected: int
    matches: dict[str, Match]
    words: pd.DataFrame
    unused_headers: tuple[str, ...]


def typed(raw: RawTable, mapping: Mapping, *, rule: SourceRule | None, settings: Settings, ledger: Ledger) -> TypedFile:
    """Return the usable rows of a file with their canonical columns and types."""
    sent = raw
    table = TABLES[mapping.table]
    matches = dict(mapping.matches)
    continuing = _continuing(raw, mapping)
    if continuing.any():
        ledger.add(
            "merged",
            R["continuation"],
            table=table.name,
            file=raw.label,
            line=int(raw.lines[continuing][0]),
            rows=int(continuing.sum()),
        )
        raw = replace(raw, cells=raw.cells[~continuing].reset_index(drop=True), lines=raw.lines[~continuing])
    rows = Rows(raw, table, rule, settings, ledger)
    columns = _columns(rows, matches)
    _require(rows, matches, columns)
    _cancelled(rows, mapping)

    frame = pd.DataFrame({name: columns[name] for name in table.names if name in columns})
    frame["source_file"] = pd.Series(raw.label, index=frame.index, dtype="str")
    frame["source_line"] = raw.lines.astype("int64")
    frame[REPEAT], frame[FIRST] = _repeats(raw, matches, table.name, table.key[0])
    used = frame.loc[~rows.rejected].reset_index(drop=True)
    words_ = pd.concat(rows.words, ignore_index=True) if rows.words else pd.DataFrame(columns=WORD_COLUMNS)
    unused = _unused(sent, mapping, matches)
    return TypedFile(used, int(continuing.sum()), int(rows.rejected.sum()), matches, words_, unused)


def _unused(raw: RawTable, mapping: Mapping, matches: dict[str, Match]) -> tuple[str, ...]:
    """Return the headers that hold something and were not used."""
    used = mapping.headers | {match.header for match in matches.values()}
    first = _first_name(raw, matches)
    return tuple(h for h in raw.headers if h not in used and h != first and raw.cells[h].str.strip().any())


def _columns(rows: Rows, matches: dict[str, Match]) -> dict[str, pd.Series]:
    """Return the typed columns, those that are derived from others included; `matches` is kept in step."""
    columns: dict[str, pd.Series] = {}
    name = rows.table.name
    for column in rows.table.columns:
        match = matches.get(column.name)
        if match is None or (name == "visits" and column.name in VISIT_TIMES and match.header is not None):
            continue
        if match.header is None:
            columns[column.name] = constant_column(column, match.value, len(rows.raw.cells))
        else:
            columns[column.name] = typed_column(rows, column, match.header)
    if name == "sellers":
        _full_names(rows, matches, columns)
    if name == "visits":
        _visit_times(rows, matches, columns)
        _visit_purposes(rows, matches, columns)
    if name in ("opportunities", "opp_snapshots"):
        _status(rows, matches, columns)
    _key(rows, matches, columns)
    return columns


def _require(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Reject rows in which a required cell is empty."""
    table, length = rows.table, len(rows.raw.cells)
    for column in table.required:
        if column not in columns:
            columns[column] = pd.Series(np.nan, index=range(length), dtype=DTYPES[table.column(column).kind])
        if (table.name, column) not in MAY_BE_EMPTY:
            header = matches[column].header if column in matches else None
            cells = rows.raw.cells[header] if header else pd.Series("", index=range(length), dtype="str")
            empty = columns[column].isna().to_numpy()
            rows.reject(empty, "empty_required", header or column, cells, "fill it in")


def _continuing(raw: RawTable, mapping: Mapping) -> np.ndarray:
    """Return which rows only continue the one above: every mapped cell is empty (a further tag, a further attendee)."""
    found = np.ones(len(raw.cells), bool)
    for header in mapping.headers:
        if not found.any():
            return found
        found[found] = raw.cells[header][found].str.strip().eq("").to_numpy()
    if len(found):
        found[0] = False
    return found & bool(mapping.headers)


def _full_names(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Put first and last name together where they are two columns."""
    first = _first_name(rows.raw, matches)
    if first is not None:
        given = rows.raw.cells[first].str.strip()
        columns["name"] = (given + " " + columns["name"].fillna("")).str.strip().replace("", np.nan).astype("str")


def _first_name(raw: RawTable, matches: dict[str, Match]) -> str | None:
    """Return the header of the first names where the name that was found is the last name only."""
    match = matches.get("name")
    if match is None or match.header is None or plain(match.header) not in LAST_NAMES:
        return None
    return next((h for h in raw.headers if plain(h) in FIRST_NAMES), None)


def _visit_times(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Read start and end, which may be bare times of the row's day; a start without any time of day says nothing."""
    day = columns.get("date")
    for name in VISIT_TIMES:
        match = matches.get(name)
        if match is None or match.header is None:
            continue
        cells = rows.raw.cells[match.header]
        nothing = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
        clock, bare = with_clock(nothing, cells, day)
        rest = cells.where(~bare, "") if bare.any() else cells
        shared = "date" in matches and match.header == matches["date"].header
        other = typed_column(_aside(rows, match.header, rest, quiet=shared), rows.table.column(name), match.header)
        columns[name] = clock.where(bare, other).astype("datetime64[us]")
        times = columns[name].dropna()
        if len(times) and (times == times.dt.normalize()).all():
            del columns[name]
            if shared:
                del matches[name]


def _aside(rows: Rows, header: str, cells: pd.Series, *, quiet: bool) -> Rows:
    """Return the same rows with one column of cells replaced; quiet where the column was reported before."""
    raw = replace(rows.raw, cells=rows.raw.cells.assign(**{header: cells}))
    return Rows(raw, rows.table, rows.rule, rows.settings, Ledger() if quiet else rows.ledger)


def _visit_purposes(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Give unknown purposes the code OTH; derive missing ones from the subject where client.toml has keywords."""
    if "purpose_planned" in columns:
        match = matches["purpose_planned"]
        if match.header is not None:
            distinct = Distinct.of(rows.raw.cells[match.header])
            unknown = columns["purpose_planned"].isna() & ~distinct.missing[distinct.codes]
            columns["purpose_planned"] = columns["purpose_planned"].mask(unknown, "OTH")
            for book in rows.words:
                if book["column"].eq("purpose_planned").all():
                    book["code"] = book["code"].fillna("OTH")
    elif "subject" in columns and rows.settings.purpose_keywords:
        result = purposes_from_subject(columns["subject"], rows.settings)
        columns["purpose_planned"] = found = result.values
        rows.explain("purpose_planned", matches["subject"].header, result.words)
        matches["purpose_planned"] = Match(matches["subject"].header, HOW["keywords"], 0.7)
        rows.note("assumed", "purpose_from_subject", "purpose_planned", rows=int(found.notna().sum()))


def _status(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Derive a missing status from the stage, and a missing close date from the planned one."""
    if "status" not in columns and "stage" in columns:
        header = matches["stage"].header
        given = rows.rule.values.get("status", {}) if rows.rule else {}
        given = client_words(rows.table.name, "stage", rows.settings) | given
        cells = rows.raw.cells[header] if header else columns["stage"]
        result = status_from_stage(cells, given=given, settings=rows.settings)
        rows.explain("status", header or "stage", result.words)
        reject_unknown(rows, "status", header or "stage", cells, result.bad)
        columns["status"] = result.values
        matches["status"] = Match(header, HOW["stage"], 0.9)
        rows.note("assumed", "status_from_stage", "status", rows=int(result.values.notna().sum()))
    if "status" in columns and rows.table.name == "opportunities" and "close_date_planned" in columns:
        closed = columns.get("closed_date", pd.Series(pd.NaT, index=range(len(rows.rejected)), dtype="datetime64[us]"))
        fill = columns["status"].isin(["won", "lost"]) & closed.isna() & columns["close_date_planned"].notna()
        if fill.any():
            columns["closed_date"] = closed.where(~fill, columns["close_date_planned"]).astype("datetime64[us]")
            rows.note("assumed", "close_from_plan", "closed_date", rows=int((fill & ~rows.rejected).sum()))
            if "closed_date" not in matches:
                matches["closed_date"] = Match(matches["close_date_planned"].header, HOW["planned"], 0.8)


def _key(rows: Rows, matches: dict[str, Match], columns: dict[str, pd.Series]) -> None:
    """Give a table without ids ids: the names where they are unique things, else file and line."""
    key = rows.table.key[0]
    if key in columns:
        return
    name = NAMED_KEYS.get(rows.table.name)
    if name in columns:
        columns[key] = columns[name].copy()
        matches[key] = Match(matches[name].header, HOW["name"], 0.8)
        rows.note("assumed", "name_as_id", key, rows=len(rows.rejected))
    elif rows.table.name in MADE_KEYS:
        stem = re.sub(r"\s+", "_", PurePosixPath(rows.raw.label).stem if not rows.raw.sheet else rows.raw.label)
        lines = pd.Series(rows.raw.lines).astype("str")
        columns[key] = (stem + ":" + lines).astype("str")
        matches[key] = Match(None, MADE, 1.0)
        rows.note("assumed", "made_id", key, rows=len(rows.rejected))


def _cancelled(rows: Rows, mapping: Mapping) -> None:
    """Say so where a column that is not used holds words like "cancelled"."""
    if rows.table.name not in EVENTS:
        return
    known = words("cancelled")
    for header in rows.raw.headers:
        if header in mapping.headers:
            continue
        cells = rows.raw.cells[header]
        if cells.head(1000).nunique() > 30:
            continue
        counts = cells.value_counts()
        hits = counts[[plain(word) in known for word in counts.index]]
        if len(hits) and len(counts) <= 60:
            cure = "take them out of the export if they should not count"
            rows.note("note", "cancelled", header, rows=int(hits.sum()), value=", ".join(hits.index), cure=cure)


def _repeats(raw: RawTable, matches: dict[str, Match], table: str, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows repeat an earlier row of the file in everything but the key, and the line of that row."""
    lines = raw.lines.astype("int64")
    header = matches[key].header if key in matches else None
    rest = raw.cells.drop(columns=[header] if header else [])
    if table not in MADE_KEYS or not len(raw.cells) or rest.empty:
        return np.zeros(len(raw.cells), bool), lines
    content = pd.Series(pd.util.hash_pandas_object(rest, index=False).to_numpy())
    return content.duplicated().to_numpy(), pd.Series(lines).groupby(content).transform("first").to_numpy()
