"""A sheet to fill in: a script or an explanation above, locked cells with what is known, open cells for the answers.

Below the labels, in the language of whoever fills it in, stands a hidden row with the canonical names of the columns:
it is the header that the readers find, so that a form is understood in any language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesaudit.report.sheets import HEAD, MUTED, NAVY, RULE, Sheet

OPEN = "#fffbe8"
"""Behind the cells that are to be filled in."""
LONGEST_LIST, LONGEST_HINT = 255, 255
"""What Excel takes: characters of a list of choices, and of a hint."""


@dataclass(frozen=True)
class Field:
    """One column of a form.

    Attributes
    ----------
    name : str
        Canonical name; the readers know the column by it.
    label : str
    width : float
        In characters.
    kind : str
        A key of `sheets.FORMATS`, or text.
    choices : tuple of str
        What may be chosen; anything where it is empty.
    fill : bool
        Whether the cell is open.
    hint : str
        Shown when an open cell is chosen.
    """

    name: str
    label: str
    width: float = 14
    kind: str = "text"
    choices: tuple[str, ...] = ()
    fill: bool = False
    hint: str = ""


def write_form(sheet: Sheet, fields: Sequence[Field], rows: Sequence[Sequence[Any]], *, empty_rows: int = 0) -> None:
    """Write the fields with their rows below the title, and lock all but the open cells.

    Parameters
    ----------
    rows : sequence of sequence
        What is known, in the order of the fields; None in the open cells.
    empty_rows : int
        Further rows to fill in.
    """
    page, first = sheet.page, HEAD + 2
    last = first + len(rows) + empty_rows - 1
    for number, field in enumerate(fields):
        look = {"bold": True, "font_color": "#ffffff", "bg_color": NAVY, "text_wrap": True, "valign": "vcenter"}
        sheet.text(HEAD, number, field.label, **look)
        sheet.text(HEAD + 1, number, field.name, font_color=MUTED, font_size=8)
        page.set_column(number, number, field.width)
        if field.choices and last >= first:
            if len(",".join(field.choices)) > LONGEST_LIST:
                raise ValueError(f"the choices of {field.name!r} are longer than a list in a cell may be")
            rule = {"validate": "list", "source": list(field.choices)}
            hint = {"input_message": field.hint[:LONGEST_HINT]} if field.hint else {}
            page.data_validation(first, number, last, number, rule | hint)
    page.set_row(HEAD, 45)
    page.set_row(HEAD + 1, None, None, {"hidden": True})
    blank = [None] * len(fields)
    for place, row in enumerate([*rows, *([blank] * empty_rows)], start=first):
        for number, (field, value) in enumerate(zip(fields, row, strict=True)):
            look = {"text_wrap": True, "bottom": 1, "bottom_color": RULE}
            look |= {"locked": False, "bg_color": OPEN} if field.fill else {"font_color": MUTED}
            sheet.cell(place, number, value, field.kind, **look)
    page.freeze_panes(first, 0)
    page.repeat_rows(HEAD)
    page.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})


def write_text(sheet: Sheet, paragraphs: Sequence[str], *, width: float = 100) -> None:
    """Write paragraphs below each other in one column."""
    sheet.page.set_column(0, 0, width)
    for row, paragraph in enumerate(paragraphs, start=HEAD):
        sheet.text(row, 0, paragraph, text_wrap=True, font_size=11)


def hide(sheet: Sheet) -> None:
    """Lock a sheet and take it out of sight."""
    sheet.page.protect("")
    sheet.page.hide()
