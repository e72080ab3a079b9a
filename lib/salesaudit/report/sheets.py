"""A spreadsheet of ours: every cell written as what it is, never guessed from its looks.

A client's text is always text: no formula, no link and no number comes out of it, whatever it begins with. Numbers are
raw, with a number format that the reader's own Excel puts into her language. The same content gives the same bytes.
"""

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

LONGEST_CELL, LONGEST_NAME = 32_767, 31
"""What Excel takes: characters of a cell, of a sheet's name."""

NAVY, INK, MUTED, RULE = "#12385c", "#16202b", "#56616d", "#d9dde1"
SEVERITY = {
    "red": ("#96261f", "#fdecea"),
    "yellow": ("#7a4b00", "#fdf2dc"),
    "green": ("#21573f", "#e9f4ee"),
    "grey": ("#4c5762", "#eef0f2"),
}
FORMATS = {
    "count": "#,##0",
    "days": "#,##0",
    "money": "#,##0",
    "number": "#,##0.00",
    "fraction": "0.000",
    "rate": "#,##0.0",
    "share": "0.0%",
    "pvalue": "0.000",
    "date": "yyyy-mm-dd",
}
"""Kind of a column -> number format; other kinds have Excel's general one."""

TITLE, SUBTITLE, LINK = 0, 1, 2
HEAD = 4
"""Rows of a sheet, counted from 0: title, subtitle, the way back, and the head of the table."""

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    label : str
    kind : str
        A key of `FORMATS`, "severity" (cells are pairs of code and word), or anything else for text and plain numbers.
    width : float or None
        In characters; from the cells where it is None.
    choices : tuple of str
        What may be filled in.
    """

    label: str
    kind: str = "text"
    width: float | None = None
    choices: tuple[str, ...] = ()


def sheet_name(wanted: str, used: Iterable[str]) -> str:
    """Return a name that Excel takes: no forbidden character, at most 31, unlike every used one in any case."""
    clean = " ".join(_FORBIDDEN.sub(" ", tidy(wanted)).split()).strip("'")[:LONGEST_NAME].strip("' ")
    base = clean if clean and clean.lower() != "history" else f"{clean} 1".strip()
    taken = {name.lower() for name in used}
    name, number = base, 2
    while name.lower() in taken:
        end = f" {number}"
        name, number = base[: LONGEST_NAME - len(end)].rstrip("' ") + end, number + 1
    return name


def tidy(text: str) -> str:
    """Return text that can stand in a cell: not too long, and without halves of characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:LONGEST_CELL]


class Book:
    """A workbook in the making.

    Parameters
    ----------
    title, author : str
        Properties of the file.
    day : date or None
        Stands as the date of its making, so that two runs give the same bytes; None for the moment it is made.
    footer : tuple of str
        Left and right foot of every printed page; the right one holds Excel's own marks for the page numbers.
    back : str
        Words of the link that leads from every sheet to the first.
    """

    def __init__(self, *, title: str, author: str, day: date | None, footer: tuple[str, str], back: str) -> None:
        self._out = io.BytesIO()
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options})
        made = {} if day is None else {"created": datetime(day.year, day.month, day.day)}
        self._book.set_properties({"title": title, "author": author, **made})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._footer = f"&L&8{footer[0].replace('&', '&&')[:200]}&R&8{footer[1]}"
        self._back = back
        self.names: list[str] = []

    def format(self, **properties: Any) -> Any:
        """Return one format per look; Excel does not take very many."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
            self._formats[key] = self._book.add_format(base | properties)
        return self._formats[key]

    def sheet(self, wanted: str, *, title: str, subtitle: str = "", colour: str | None = None) -> "Sheet":
        """Return a new sheet with its title; all but the first lead back to the first."""
        name = sheet_name(wanted, self.names)
        self.names.append(name)
        page = self._book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        page.set_footer(self._footer)
        if colour:
            page.set_tab_color(colour)
        sheet = Sheet(self, page, name)
        sheet.text(TITLE, 0, title, bold=True, font_size=15, font_color=NAVY)
        sheet.text(SUBTITLE, 0, subtitle, font_color=MUTED)
        if len(self.names) > 1:
            sheet.link(LINK, 0, self.names[0], self._back, font_size=9)
        return sheet

    def content(self) -> bytes:
        """Close the workbook and return the file."""
        self._book.close()
        return self._out.getvalue()


class Sheet:
    """One sheet of a `Book`."""

    def __init__(self, book: Book, page: Worksheet, name: str) -> None:
        self._book, self._page, self.name = book, page, name

    @property
    def page(self) -> Worksheet:
        """The sheet itself, for what only a form needs."""
        return self._page

    def look(self, **properties: Any) -> Any:
        """Return a format of the book."""
        return self._book.format(**properties)

    def text(self, row: int, column: int, text: str, **look: Any) -> None:
        """Write text as text. What a spreadsheet could take for a formula stays text when the cell is edited, too."""
        if not text:
            return
        if text.startswith(_ACTIVE):
            look["quote_prefix"] = True
        self._page.write_string(row, column, tidy(text), self._book.format(**look))

    def link(self, row: int, column: int, sheet: str, text: str, **look: Any) -> None:
        """Write a link to another sheet of this book; the only kind of link there is."""
        quoted = sheet.replace("'", "''")
        shape = self._book.format(font_color="#1a5c86", underline=1, **look)
        self._page.write_url(row, column, f"internal:'{quoted}'!A1", shape, tidy(text))

    def cell(self, row: int, column: int, value: Any, kind: str, **look: Any) -> None:
        """Write one value by the kind of its column; nothing where it is not known."""
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            self._page.write_blank(row, column, None, self._book.format(**look))
        elif kind == "severity":
            ink, back = SEVERITY[value[0]]
            self.text(row, column, value[1], **look | {"bold": True, "font_color": ink, "bg_color": back})
        elif isinstance(value, bool):
            self._page.write_boolean(row, column, value, self._book.format(**look))
        elif isinstance(value, int | float):
            shape = self._book.format(**look | {"num_format": FORMATS.get(kind, "General"), "align": "right"})
            self._page.write_number(row, column, value, shape)
        elif kind == "date" and _DAY.fullmatch(value):
            shape = self._book.format(**look | {"num_format": FORMATS["date"], "align": "left"})
            self._page.write_datetime(row, column, datetime.fromisoformat(value).replace(tzinfo=None), shape)
        else:
            self.text(row, column, str(value), **look)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, total: bool = False) -> None:
        """Write a table below the title, with a head that stays, repeats in print and filters; a total stays last."""
        last = HEAD + len(rows)
        for number, column in enumerate(columns):
            numeric = column.kind in FORMATS and column.kind != "date"
            look = {"bold": True, "font_color": "#ffffff", "bg_color": NAVY, "text_wrap": True, "valign": "vcenter"}
            self.text(HEAD, number, column.label or "–", **look, align="right" if numeric else "left", border=0)
            self._page.set_column(number, number, column.width or _width(column, [row[number] for row in rows]))
            if column.choices and rows:
                self._page.data_validation(
                    HEAD + 1, number, last, number, {"validate": "list", "source": list(column.choices)}
                )
        for place, row in enumerate(rows, start=HEAD + 1):
            look = {"text_wrap": True, "bottom": 1, "bottom_color": RULE}
            if total and place == last:
                look |= {"bold": True, "top": 1, "top_color": INK}
            for number, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.cell(place, number, value, column.kind, **look)
        self._page.freeze_panes(HEAD + 1, 1 if len(columns) > 4 else 0)
        self._page.repeat_rows(HEAD)
        if rows:
            self._page.autofilter(HEAD, 0, last - total, len(columns) - 1)

    def widths(self, *widths: float) -> None:
        """Set the widths of the first columns, in characters."""
        for number, width in enumerate(widths):
            self._page.set_column(number, number, width)


def _width(column: Column, values: Sequence[Any]) -> float:
    """Return the width in characters that shows the cells of a column, or a part of them that can be read."""

    def length(value: Any) -> int:
        if column.kind == "severity":
            return len(value[1]) if value else 0
        if column.kind == "date":
            return 10
        if isinstance(value, float):
            return len(f"{value:,.1f}" if column.kind in FORMATS else f"{value:.6g}")
        return len(f"{value:,}") if isinstance(value, int) else len(str(value or ""))

    longest_word = max((len(word) for word in column.label.split()), default=0)
    cells = max(map(length, values), default=0)
    return min(max(cells, longest_word, min(len(column.label), 16)) + 3, 60)


def looks_like_days(values: Iterable[Any]) -> bool:
    """Return whether a column of raw values holds days, and nothing else."""
    known = [v for v in values if v is not None]
    return bool(known) and all(isinstance(v, str) and _DAY.fullmatch(v) for v in known)
