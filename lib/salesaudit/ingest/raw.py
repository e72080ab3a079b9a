"""One export as the client sent it: a header, rows of text cells, and the line where each row stands."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.ingest.header import footers
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.reasons import R


@dataclass(frozen=True)
class RawTable:
    """The rows of one file or sheet.

    Attributes
    ----------
    file : str
        Path inside the client's folder of exports.
    label : str
        The file, with the sheet where there are several.
    cells : DataFrame of str
        One row per source row that has the right width; columns are the headers, made unique.
    lines : array of int
        Physical line or spreadsheet row of each row of `cells`.
    rows_in : int
        Rows below the header that are not blank, those that were rejected included.
    rejected : int
        Rows already rejected for their shape; they are in `issues`.
    issues : DataFrame
    """

    file: str
    label: str
    sha256: str
    cells: pd.DataFrame
    lines: np.ndarray
    rows_in: int
    rejected: int
    issues: pd.DataFrame
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    remark: str = ""

    @property
    def headers(self) -> list[str]:
        return list(self.cells.columns)


def unread(base: dict[str, Any], ledger: Ledger) -> RawTable:
    """Return what there is of a file in which no header was found."""
    return RawTable(
        **base,
        cells=pd.DataFrame(dtype="str"),
        lines=np.array([], dtype=int),
        rows_in=0,
        rejected=0,
        issues=ledger.frame,
        remark="no header row was found",
    )


def finished(
    frame: pd.DataFrame,
    lines: np.ndarray,
    headers: list[str],
    base: dict[str, Any],
    ledger: Ledger,
    *,
    rejected: int = 0,
) -> RawTable:
    """Return the rows without blank ones, unnamed empty columns and footers.

    Parameters
    ----------
    frame : DataFrame of str
        Rows below the header, columns 0, 1, ...
    lines : array of int
        Line of each row.
    headers : list of str
        One per column; "" where there is none.
    base : dict
        What is known of the file.
    ledger : Ledger
    rejected : int
        Rows that were left out before.
    """
    blank = _blank(frame)
    frame, lines = frame.loc[~blank].reset_index(drop=True), lines[~blank]
    rows_in = len(frame) + rejected
    frame = _named(frame, headers, base["label"], ledger)
    foot = footers(frame)
    if foot.any():
        text = frame.loc[foot].apply(lambda row: " ".join(c for c in row if c.strip())[:200], axis=1).tolist()
        ledger.rows("rejected", R["footer"], table=None, file=base["label"], lines=lines[foot], values=text)
        frame, lines, rejected = frame.loc[~foot].reset_index(drop=True), lines[~foot], rejected + int(foot.sum())
    return RawTable(**base, cells=frame, lines=lines, rows_in=rows_in, rejected=rejected, issues=ledger.frame)


def _blank(frame: pd.DataFrame) -> np.ndarray:
    """Return which rows hold nothing but spaces."""
    blank = np.ones(len(frame), bool)
    for column in frame:
        if not blank.any():
            break
        blank[blank] = frame.loc[blank, column].str.strip().eq("").to_numpy()
    return blank


def _named(frame: pd.DataFrame, headers: list[str], label: str, ledger: Ledger) -> pd.DataFrame:
    """Return the frame under its headers; columns without a header go if they are empty and are numbered if not."""
    names = list(headers)
    unnamed = [n for n, header in enumerate(names) if not header]
    empty = [n for n in unnamed if frame[n].str.strip().eq("").all()]
    if empty:
        ledger.add("note", R["empty_columns"], file=label, value=len(empty))
    for n in sorted(set(unnamed) - set(empty)):
        names[n] = next(name for m in count(n + 1) if (name := f"column {m}") not in names)
        ledger.add("note", R["no_header"], file=label, column=names[n])
    frame = frame.drop(columns=empty)
    return frame.set_axis([names[n] for n in frame.columns], axis=1)
