"""The numbers behind a figure or table as a CSV file inside the page."""

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from salesaudit.report.document import slug

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
        return format(value, ".12g").replace(".", decimal)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, language: str) -> str:
    """Return CSV as a spreadsheet of that language opens it with a double click, byte-order mark included."""
    english = language == "en"
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if english else ";", lineterminator="\r\n")
    writer.writerow([cell(str(c)) for c in columns])
    writer.writerows([cell(v, decimal="." if english else ",") for v in row] for row in rows)
    return "\ufeff" + out.getvalue()


def csv_link(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, language: str) -> str:
    """Return the same as a `data:` address."""
    text = csv_text(columns, rows, language=language)
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8")).decode("ascii")


def file_name(*parts: str) -> str:
    """Return a file name that no system objects to."""
    return "-".join(slug(p) for p in parts if p) + ".csv"
