"""Spreadsheets (xlsx, xls, xlsb, ods): visible sheets as rows of text cells.

Text stays text ("01234" keeps its zero), dates become ISO text. A number that is not whole carries an invisible
mark, so that 1.234 from a numeric cell is never taken for the thousands of a text cell.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from salesaudit.errors import UserError

NATIVE = "\u2060"
"""Word joiner: invisible, never typed; marks a number that comes from a numeric cell."""
SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of zip containers (xlsx, xlsb, ods) and of old xls files."""

OURS = "salesaudit"
"""Name of the hidden sheet of our own forms: how a list was drawn. It is there for people, and no data."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream in which a workbook with a password lies."""


@dataclass(frozen=True)
class Sheet:
    """One visible sheet: its rows from the first spreadsheet row on."""

    name: str
    rows: list[list[str]]


def is_spreadsheet(raw: bytes) -> bool:
    """Return whether the bytes are a spreadsheet, whatever the name of the file says."""
    return raw.startswith(SIGNATURES)


def read_workbook(raw: bytes, *, where: str) -> tuple[list[Sheet], list[str]]:
    """Return the visible sheets, and the names of those that are hidden.

    Raises
    ------
    UserError
        The file is broken or is not a spreadsheet.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets, hidden = [], []
        for entry in book.sheets_metadata:
            if entry.typ != SheetTypeEnum.WorkSheet:
                continue
            if entry.visible != SheetVisibleEnum.Visible:
                hidden.append(entry.name)
                continue
            rows = book.get_sheet_by_name(entry.name).to_python(skip_empty_area=False)
            sheets.append(Sheet(entry.name, [[cell_text(cell) for cell in row] for row in rows]))
    except CalamineError as error:
        if isinstance(error, PasswordError) or ENCRYPTED in raw:
            raise UserError(
                "the Excel file is protected by a password",
                where=where,
                fix="ask for the password, open it in Excel, and save it without one (File > Info > Protect Workbook)",
            ) from None
        raise UserError(
            "this is not a readable Excel file",
            where=where,
            fix='open it in Excel and save it again as .xlsx, or list it under "ignore" in client.toml',
        ) from None
    return sheets, hidden


def cell_text(cell: Any) -> str:
    """Return one spreadsheet cell as text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{NATIVE}{cell!r}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return "" if cell is None else str(cell)
