"""Files and sheets -> raw tables: the header found, rows of the wrong width in the ledger."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.client import SourceRule
from salesaudit.errors import UserError
from salesaudit.ingest.delimited import decode, find_delimiter
from salesaudit.ingest.header import HEADER_SEARCH, header_index, is_footer, unique_headers
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.raw import RawTable, finished, unread
from salesaudit.ingest.reasons import R
from salesaudit.ingest.sheets import OURS, Sheet, is_spreadsheet, read_workbook
from salesaudit.ingest.spans import LooseRows, SpannedRows, rows_of

TEXT_FILES = {".csv", ".tsv", ".txt"}
TABLE_FILES = TEXT_FILES | {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
CONSISTENT = 0.8
"""Share of rows that must agree on a width before it counts as the file's own."""


def read(path: Path, *, file: str, rule: SourceRule | None = None, known: Callable[[str], bool]) -> list[RawTable]:
    """Return the tables of a file: one, or one per visible sheet.

    Parameters
    ----------
    path : Path
    file : str
        Name under which the file is reported.
    rule : SourceRule, optional
        What client.toml says about it.
    known : callable
        Whether a header is one of those known for some system; helps to find the header row.

    Raises
    ------
    UserError
        The file cannot be decoded, is not a readable spreadsheet, or lacks the sheet that was asked for.
    """
    bytes_ = path.read_bytes()
    sha256 = hashlib.sha256(bytes_).hexdigest()
    if is_spreadsheet(bytes_) or path.suffix.lower() in TABLE_FILES - TEXT_FILES:
        return _read_sheets(bytes_, file, sha256, rule, known)
    text, encoding = decode(bytes_, encoding=rule.encoding if rule else None, where=file)
    return [_read_text(text, file, sha256, encoding, rule, known)]


def _read_sheets(
    bytes_: bytes, file: str, sha256: str, rule: SourceRule | None, known: Callable[[str], bool]
) -> list[RawTable]:
    sheets, hidden = read_workbook(bytes_, where=file)
    several = len(sheets) > 1
    if rule and rule.sheet:
        names = [sheet.name for sheet in sheets]
        sheets = [sheet for sheet in sheets if sheet.name == rule.sheet]
        if not sheets:
            raise UserError("the workbook has no such visible sheet", value=rule.sheet, allowed=names, where=file)
    tables = []
    for number, sheet in enumerate(sheets):
        label = f"{file} [{sheet.name}]" if several else file
        base = {"file": file, "label": label, "sha256": sha256, "sheet": sheet.name}
        ledger = Ledger()
        for name in [name for name in hidden if name != OURS] if number == 0 else []:
            ledger.add("note", R["hidden_sheet"], file=file, value=name, cure="make it visible if it is data")
        tables.append(_read_sheet(sheet, base, ledger, rule, known))
    return tables


def _read_sheet(
    sheet: Sheet, base: dict[str, Any], ledger: Ledger, rule: SourceRule | None, known: Callable[[str], bool]
) -> RawTable:
    lines = np.array([n for n, row in enumerate(sheet.rows, 1) if any(c.strip() for c in row)], dtype=int)
    rows = [sheet.rows[n - 1] for n in lines]
    at = header_index(rows, lines, rule, known, base["label"])
    if at is None:
        return unread(base, ledger)
    _note_preamble(at, lines, base["label"], ledger)
    headers = unique_headers(rows[at], base["label"], ledger)
    frame = pd.DataFrame(rows[at + 1 :], columns=range(len(headers)), dtype="str")
    return finished(frame, lines[at + 1 :], headers, base, ledger)


def _read_text(
    text: str, file: str, sha256: str, encoding: str, rule: SourceRule | None, known: Callable[[str], bool]
) -> RawTable:
    delimiter = (rule.delimiter if rule else None) or find_delimiter(text)
    base = {"file": file, "label": file, "sha256": sha256, "encoding": encoding, "delimiter": delimiter}
    ledger = Ledger()
    rows = rows_of(text, delimiter)
    head = [rows.cells(n) for n in range(min(len(rows), HEADER_SEARCH))]
    at = header_index(head, rows.line, rule, known, file)
    if at is None:
        return unread(base, ledger)
    _note_preamble(at, rows.line, file, ledger)
    header = head[at]
    while header and not header[-1].strip():
        header = header[:-1]
    frame, lines, rejected = _shaped(rows, at + 1, len(header), base, ledger)
    headers = unique_headers(header + [""] * (frame.shape[1] - len(header)), file, ledger)
    return finished(frame, lines, headers, base, ledger, rejected=rejected)


def _shaped(
    rows: SpannedRows | LooseRows, first: int, named: int, base: dict[str, Any], ledger: Ledger
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Return the rows of the right width, their lines, and how many others were rejected.

    Parameters
    ----------
    rows : SpannedRows or LooseRows
    first : int
        The row below the header.
    named : int
        Number of headers.
    """
    widths = rows.width[first:]
    usual = _usual_width(widths, named)
    width = max(named, usual)
    fits = (widths <= width) & (widths >= min(usual, named))
    if usual < named and fits.any():
        ledger.add("note", R["padded"], file=base["file"], rows=int((widths[fits] < named).sum()))
    keep = first + np.flatnonzero(fits)
    frame, lines = rows.frame(keep, width), rows.line[keep]
    rejected, trimmed = [], []
    for n in first + np.flatnonzero(~fits):
        cells = rows.cells(n)
        if not any(c.strip() for c in cells[width:]) and len(cells) > width:
            trimmed.append((rows.line[n], cells[:width]))  # nothing but separators too many
        elif any(c.strip() for c in cells):
            reason = "too_many" if len(cells) > width else "footer" if is_footer(cells) else "too_few"
            rejected.append((rows.line[n], base["delimiter"].join(cells)[:200], R[reason]))
    if rejected:
        at, values, reasons = map(list, zip(*rejected, strict=True))
        cure = "correct the row, or export the file again with all texts in quotes"
        ledger.rows("rejected", reasons, table=None, file=base["file"], lines=at, values=values, cure=cure)
    if trimmed:
        more = pd.DataFrame([cells for _, cells in trimmed], columns=frame.columns, dtype="str")
        lines = np.concatenate([lines, [line for line, _ in trimmed]])
        order = np.argsort(lines, kind="stable")
        frame, lines = pd.concat([frame, more], ignore_index=True).iloc[order].reset_index(drop=True), lines[order]
    return frame, lines, len(rejected)


def _usual_width(widths: np.ndarray, named: int) -> int:
    """Return the width of the rows where nearly all agree on one, else that of the header."""
    counts = np.bincount(widths, minlength=1)
    usual = int(counts.argmax())
    return usual if len(widths) and counts[usual] >= CONSISTENT * len(widths) else named


def _note_preamble(at: int, lines: np.ndarray, label: str, ledger: Ledger) -> None:
    if at:
        ledger.add("note", R["preamble"], file=label, line=int(lines[0]), rows=at)
