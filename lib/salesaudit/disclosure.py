"""Files and issues as a report may show them: what came in leads back to the client's files, but to no seller."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesaudit.format import Count, Loc
from salesaudit.i18n import nmessage
from salesaudit.privacy import HIDDEN, NAMED, is_seller_column

if TYPE_CHECKING:
    from salesaudit.dataset import Context, Source


def shown_sources(sources: Sequence["Source"], context: "Context") -> tuple["Source", ...]:
    """Return the sources without a seller in their names or in their order.

    A file that is called after a seller tells how many rows are that seller's: in the team edition all files of its
    table are one line.
    """
    shown = [replace(s, file=context.file(s.file), sheet=context.file(s.sheet)) for s in sources]
    masked = [(a.file, a.sheet) != (b.file, b.sheet) for a, b in zip(sources, shown, strict=True)]
    if not any(masked):
        return tuple(sources)
    kept = shown
    if not context.individual:
        told = dict.fromkeys(s.table for s, changed in zip(shown, masked, strict=True) if changed)
        kept = [s for s in shown if s.table not in told]
        kept += [_together([s for s in shown if s.table == table], context.loc) for table in told]
    return tuple(sorted(kept, key=lambda s: (s.file, s.sheet or "", s.table or "", s.sha256)))


def _together(sources: Sequence["Source"], loc: Loc) -> "Source":
    """Return several files of one table as one source; its fingerprint is that of all of theirs."""
    days = [day for s in sources for day in (s.first_date, s.last_date) if day]
    return replace(
        sources[0],
        file=nmessage("{n} file", "{n} files", len(sources), n=Count(len(sources))).text(loc),
        sheet=None,
        sha256=hashlib.sha256("".join(sorted(s.sha256 for s in sources)).encode()).hexdigest(),
        **{name: sum(getattr(s, name) for s in sources) for name in ("rows_in", "used", "rejected", "merged")},
        first_date=min(days, default=None),
        last_date=max(days, default=None),
        unused_headers=(),
        remark="",
    )


def shown_issues(issues: pd.DataFrame, mapping: pd.DataFrame, context: "Context") -> pd.DataFrame:
    """Return the issues with cells about a seller under the seller's label, or not at all.

    Parameters
    ----------
    issues, mapping : DataFrame
        As in `dataset.SalesData`; the mapping tells which header of a file is a column of sellers.
    """
    if context.edition == NAMED or issues.empty:
        return issues
    columns: dict[tuple[str, str], set[str]] = {}
    for row in mapping.itertuples():
        columns.setdefault((str(row.table), str(row.header)), set()).add(str(row.column))
    return issues.assign(
        value=[_shown_value(row, columns, context) for row in issues.itertuples()],
        **{name: issues[name].map(context.file) for name in ("file", "column", "cure")},
    )


def _shown_value(row: Any, columns: dict[tuple[str, str], set[str]], context: "Context") -> Any:
    if not isinstance(row.value, str):
        return row.value
    table, headers = str(row.table), row.column.split(", ") if isinstance(row.column, str) else []
    of_sellers = [
        any(is_seller_column(table, name) for name in {header} | columns.get((table, header), set()))
        for header in headers
    ]
    cells = row.value.split(" | ")
    if headers and (table == "sellers" or (any(of_sellers) and len(cells) != len(headers))):
        return HIDDEN.text(context.loc)
    if not any(of_sellers):
        return context.file(row.value)
    parts = zip(of_sellers, cells, strict=True)
    return " | ".join(_label(cell, context) if secret else context.file(cell) for secret, cell in parts)


def _label(seller_id: str, context: "Context") -> str:
    """Return the label of a known seller; an id that the seller table lacks may be a name all the same."""
    known = context.individual and seller_id in context.labels
    return context.labels[seller_id] if known else HIDDEN.text(context.loc)
