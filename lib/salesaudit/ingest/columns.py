"""One mapped column of one file -> a typed canonical column, with what was noticed written to the ledger."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from salesaudit.client import Settings, SourceRule
from salesaudit.errors import UserError
from salesaudit.ingest import parsed
from salesaudit.ingest.codes import client_words, codes
from salesaudit.ingest.dates import clock_times, dates, file_order
from salesaudit.ingest.ledger import DETAIL_CAP, Ledger
from salesaudit.ingest.numbers import file_decimal, minutes, numbers, shares
from salesaudit.ingest.parsed import Parsed
from salesaudit.ingest.questions import lines_for_words
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R
from salesaudit.schema import DTYPES, Column, Table

WORD_COLUMNS = ["file", "table", "column", "header", "word", "code", "rows", "how"]
"""What one word of a client's column was taken for."""
LOSS_WORTH_ASKING = 0.02
"""Share of a file's rows lost to words without known meaning above which the words must be explained first."""
WORDS_LISTED = 50
"""Unknown words listed one by one per column; the rest are one line."""
_CURES = {
    "purpose_planned": "add it to [purposes] in client.toml",
    "status": "add it to [stages] in client.toml",
    "number": "correct the cell, or set decimal for the file in client.toml",
    "date": "correct the cell, or set date_order for the file in client.toml",
    "month_only": "export the day of each row",
    "code": "add it to values of the file in client.toml",
    "date_order": 'set date_order = "dmy" or "mdy" for the file in client.toml ([[sources]])',
    "decimal": 'set decimal = "," or decimal = "." for the file in client.toml ([[sources]])',
    "destroyed": "export the file again without opening it in a spreadsheet",
}


@dataclass
class Rows:
    """What is known about the rows of one file while its columns are read: which are rejected, and why."""

    raw: RawTable
    table: Table
    rule: SourceRule | None
    settings: Settings
    ledger: Ledger
    words: list[pd.DataFrame] = field(default_factory=list)
    rejected: np.ndarray = field(init=False)
    _decimal: str | None = None
    _order: str | None = None
    _looked: bool = False

    def __post_init__(self) -> None:
        self.rejected = np.zeros(len(self.raw.cells), bool)

    def reject(self, mask: np.ndarray, reason: str, column: str, cells: pd.Series, cure: str = "") -> None:
        """Leave rows out; a row that was rejected before keeps its first reason."""
        new = mask & ~self.rejected
        if new.any():
            self.ledger.rows(
                "rejected",
                R[reason],
                table=self.table.name,
                file=self.raw.label,
                lines=self.raw.lines[new],
                column=column,
                values=cells[new].tolist(),
                cure=cure,
            )
            self.rejected |= new

    def explain(self, column: str, header: str | None, book: pd.DataFrame | None) -> None:
        """Keep what the words of a column were taken for."""
        if book is not None and len(book):
            base = {"file": self.raw.label, "table": self.table.name, "column": column, "header": header or column}
            self.words.append(book.assign(**base)[WORD_COLUMNS])

    def note(self, kind: str, reason: str, column: str, *, rows: int = 0, value: object = None, cure: str = "") -> None:
        """Write one line about a whole column."""
        self.ledger.add(
            kind,
            R[reason],
            table=self.table.name,
            file=self.raw.label,
            column=column,
            rows=rows,
            value=value,
            cure=cure or _CURES.get(reason, ""),
        )

    @property
    def decimal(self) -> str | None:
        """Decimal sign that the rest of the file shows."""
        self._look()
        return self._decimal

    @property
    def order(self) -> str | None:
        """Order of day and month that the rest of the file shows."""
        self._look()
        return self._order

    def _look(self) -> None:
        if not self._looked:
            self._decimal = file_decimal(self.raw.cells)
            self._order = file_order(self.raw.cells[c] for c in self.raw.cells)
            self._looked = True


def typed_column(rows: Rows, column: Column, header: str) -> pd.Series:
    """Return one column with its canonical dtype; rows and cells that cannot be read go to the ledger."""
    cells = rows.raw.cells[header]
    result = _read(rows, column, header, cells)
    rows.explain(column.name, header, result.words)
    if result.question:
        example = next((c for c in cells if c.strip()), "")
        rows.note("must_fix", result.question, header, rows=len(cells), value=example)
    for name in result.notes:
        rows.note("assumed", name, header, rows=int(result.values.notna().sum()))
    if result.reason == "destroyed":
        _destroyed(rows, column, header, cells, result.bad)
    elif result.bad.any():
        _unreadable(rows, column, header, cells, result)
    return result.values


def _read(rows: Rows, column: Column, header: str, cells: pd.Series) -> Parsed:
    rule, settings = rows.rule, rows.settings
    decimal = rule.decimal if rule else None
    kind = column.kind
    if kind == "id":
        return parsed.ids(cells)
    if kind == "flag":
        return parsed.flags(cells)
    if kind == "share":
        return shares(cells, decimal=decimal)
    if kind in ("latitude", "longitude", "score"):
        return numbers(cells, decimal=decimal, plain=True)
    if kind == "minutes":
        result = minutes(cells, header=header, decimal=decimal)
        return minutes(cells, header=header, fallback=rows.decimal) if result.question and rows.decimal else result
    if kind in ("number", "amount", "count", "days"):
        result = numbers(cells, decimal=decimal)
        if result.question and (rows.decimal or kind == "count"):
            # a count has no decimals, so its lone separator is one of thousands
            return numbers(cells, fallback=rows.decimal if kind != "count" else _decimal_of_counts(cells))
        return result
    if kind in ("date", "datetime"):
        order, clock = rule.date_order if rule else None, kind == "datetime"
        result = dates(cells, order=order, clock=clock)
        return dates(cells, fallback=rows.order, clock=clock) if result.question and rows.order else result
    name = rows.table.name
    given = client_words(name, column.name, settings) if column.name != "stage" else {}
    given |= rule.values.get(column.name, {}) if rule else {}
    if kind == "code" or given:
        return codes(cells, table=name, column=column.name, allowed=column.allowed, given=given, settings=settings)
    return parsed.text(cells)


def _decimal_of_counts(cells: pd.Series) -> str:
    """Return the decimal sign that makes the separators of a column those of thousands."""
    points, commas = (int(cells.str.contains(sign, regex=False).sum()) for sign in ".,")
    return "," if points >= commas else "."


def _destroyed(rows: Rows, column: Column, header: str, cells: pd.Series, bad: np.ndarray) -> None:
    if bad.any():
        kind = "must_fix" if column.name in rows.table.key else "note"
        rows.note(kind, "destroyed", header, rows=int(bad.sum()), value=cells[bad].iloc[0])


def _unreadable(rows: Rows, column: Column, header: str, cells: pd.Series, result: Parsed) -> None:
    """Reject the rows of a required column; empty the cells of an optional one and say so."""
    cure = _CURES.get(column.name if result.reason == "code" else result.reason, _CURES.get(result.reason, ""))
    if column.required and result.reason == "code":
        reject_unknown(rows, column.name, header, cells, result.bad)
    elif column.required:
        rows.reject(result.bad, result.reason, header, cells, cure)
    elif result.reason == "code":
        unknown_words(rows, column.name, header, cells[result.bad], cure)
    else:
        rows.ledger.rows(
            "repaired",
            R[result.reason],
            table=rows.table.name,
            file=rows.raw.label,
            lines=rows.raw.lines[result.bad],
            column=header,
            values=cells[result.bad].tolist(),
            cure=cure,
            cap=DETAIL_CAP,
        )


def reject_unknown(rows: Rows, column: str, header: str, cells: pd.Series, bad: np.ndarray) -> None:
    """Reject rows whose required word means nothing to us, and ask what it means where more than a few rows go.

    A handful of strange words is dirt, and its rows are in the ledger; a word that costs a good part of the file is
    a word of the client's that nobody has explained.
    """
    lost = bad & ~rows.rejected
    rows.reject(bad, "code", header, cells, _CURES["status" if column in ("status", "stage") else "code"])
    if not lost.any():
        return
    counts = cells[lost].str.strip().value_counts()
    words = ", ".join(f"{word} ({number})" for word, number in counts.head(WORDS_LISTED).items())
    words += f", and {len(counts) - WORDS_LISTED} more" if len(counts) > WORDS_LISTED else ""
    kind = "must_fix" if lost.sum() > LOSS_WORTH_ASKING * len(cells) else "note"
    allowed = rows.table.column(column).allowed
    cure = lines_for_words(counts.index[:WORDS_LISTED], rows.raw, rows.table.name, column, allowed)
    rows.note(kind, "words_cost_rows", header, rows=int(lost.sum()), value=words, cure=cure)


def unknown_words(rows: Rows, column: str, header: str, cells: pd.Series, cure: str) -> None:
    """Write one line per unknown word of an optional column, with its number of rows."""
    kind = "assumed" if column == "purpose_planned" else "note"
    counts = cells.str.strip().value_counts()
    for word, number in counts.head(WORDS_LISTED).items():
        rows.note(kind, "code", header, rows=int(number), value=word, cure=cure)
    if len(counts) > WORDS_LISTED:
        rest = counts.iloc[WORDS_LISTED:]
        rows.note(kind, "code", header, rows=int(rest.sum()), value=f"{len(rest)} +", cure=cure)


def constant_column(column: Column, value: object, length: int) -> pd.Series:
    """Return a column that holds one value given in client.toml.

    Raises
    ------
    UserError
        The value does not fit the kind of the column.
    """
    text = DTYPES[column.kind] == "str"
    try:
        if column.kind in ("date", "datetime"):
            return pd.Series(pd.Timestamp(str(value)), index=range(length), dtype=DTYPES[column.kind])
        return pd.Series([str(value) if text else value] * length, dtype=DTYPES[column.kind])
    except (ValueError, TypeError):
        raise UserError(
            f"the constant for {column.name} is not a {column.kind}",
            value=value,
            where="constants in client.toml",
            fix="write a number as 1.5, a date as 2025-12-31, a flag as true or false",
        ) from None


def with_clock(values: pd.Series, cells: pd.Series, day: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return times of day put on the day of their row, and which cells were bare times."""
    clock = clock_times(cells)
    bare = clock.notna().to_numpy()
    return values.where(~bare, day + clock).astype("datetime64[us]"), bare
