"""Where the header of a file stands, what its columns are called, and which last rows are no rows."""

import re
from collections.abc import Callable
from itertools import count

import numpy as np
import pandas as pd

from salesaudit.client import SourceRule
from salesaudit.errors import UserError
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.reasons import R

HEADER_SEARCH = 30
"""Filled rows among which the header is looked for."""
FOOTER_SEARCH = 10
"""Last rows among which totals and legal lines are looked for."""
FOOTER = re.compile(
    r"^\W*(grand total|total|totalt|totalsumma|summa|sum|i alt|subtotal|copyright|©|confidential|konfidenti|"
    r"fortroligt|generated (by|on)|exported (by|on)|filtered by|as of )",
    re.IGNORECASE,
)
_VALUE = re.compile(r"^[\W_]*\d[\d\s.,:/%$€£TZ+\-]*\w{0,3}$")
"""A cell that is a number, a date or a time: not a header."""


def header_index(
    rows: list[list[str]], lines: np.ndarray, rule: SourceRule | None, known: Callable[[str], bool], where: str
) -> int | None:
    """Return which of the first filled rows is the header: named in client.toml, or the one with most known names."""
    if rule and rule.header_row:
        at = np.flatnonzero(lines == rule.header_row)
        if not len(at) or at[0] >= len(rows):
            raise UserError("this line is empty or not near the top", value=rule.header_row, where=where)
        return int(at[0])
    rows = rows[:HEADER_SEARCH]
    filled = [sum(bool(c.strip()) for c in row) for row in rows]
    if not filled:
        return None
    typical = float(np.median(filled))
    candidates = [
        n
        for n, row in enumerate(rows)
        if filled[n] >= max(1.0, 0.5 * typical) and sum(bool(_VALUE.match(c)) for c in row) <= 0.3 * filled[n]
    ]
    if not candidates:
        return None
    hits = {n: sum(known(c) for c in rows[n] if c.strip()) for n in candidates}
    return max(candidates, key=lambda n: (hits[n], -n))


def unique_headers(cells: list[str], label: str, ledger: Ledger) -> list[str]:
    """Return the headers, stripped and unique; what was renamed is noted."""
    headers: list[str] = []
    for cell in cells:
        name = " ".join(cell.split())
        if name and name in headers:
            renamed = next(f"{name} ({n})" for n in count(2) if f"{name} ({n})" not in headers)
            ledger.add("note", R["header_twice"], file=label, column=name, value=renamed)
            name = renamed
        headers.append(name)
    return headers


def is_footer(cells: list[str]) -> bool:
    """Return whether the first filled cell is worded like a total or a legal line."""
    return bool(FOOTER.match(next((c for c in cells if c.strip()), "")))


def footers(frame: pd.DataFrame) -> np.ndarray:
    """Return which rows are totals or legal lines: among the last ones, mostly empty, and worded so."""
    found = np.zeros(len(frame), bool)
    if frame.shape[1] < 2:
        return found
    for n in range(max(0, len(frame) - FOOTER_SEARCH), len(frame)):
        cells = frame.iloc[n].tolist()
        filled = sum(bool(c.strip()) for c in cells)
        found[n] = filled <= max(1, len(cells) // 2) and is_footer(cells)
    return found
