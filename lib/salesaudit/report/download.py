"""The numbers behind a figure or table as a CSV file inside the page."""

import base64
import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

from salesaudit.report.document import slug

MOST_ROWS = 1000
"""More rows than this are handed over in the workbook: a page must stay light enough to be sent."""
DIGITS = 6
"""Significant digits of a number with decimals; larger numbers keep all digits before the decimal mark."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Any, *, decimal: str = ",") -> str:
    """Return one cell: numbers raw with the given decimal mark, text never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _few_digits(value).replace(".", decimal)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _few_digits(value: float) -> str:
    """Return a number without the digits that nobody measured; whole numbers in full."""
    if not math.isfinite(value):
        return ""
    if "e" not in (text := f"{value + 0.0:.{DIGITS}g}"):  # + 0.0 turns -0.0 into 0.0
        return text
    if value == int(value):
        return str(int(value))
    decimals = max(0, DIGITS - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, language: str) -> str:
    """Return CSV as a spreadsheet of that language opens it with a double click, byte-order mark included."""
    english = language == "en"
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if english else ";", lineterminator="\r\n")
    writer.writerow([cell(str(c)) for c in columns])
    writer.writerows([cell(v, decimal="." if english else ",") for v in row] for row in rows)
    return "\ufeff" + out.getvalue()


def csv_link(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, language: str) -> str:
    """Return the first `MOST_ROWS` rows of the same as a `data:` address."""
    text = csv_text(columns, rows[:MOST_ROWS], language=language)
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8")).decode("ascii")


def file_name(*parts: str) -> str:
    """Return a file name that no system objects to."""
    return "-".join(slug(p) for p in parts if p) + ".csv"
