"""A sheet for each seller: the seller's own values beside the middle of all, and the findings about the seller.

For a talk between two people, never for comparing one seller with another by name: no ranking, and nobody else's label.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from salesaudit.errors import UserError, unknown_name
from salesaudit.format import NOT_KNOWN, Loc, cell_text, interval_text
from salesaudit.i18n import message
from salesaudit.privacy import FEWEST, SUPPRESSED, TEAM
from salesaudit.report.document import Document, Ids, Judgement, Shown, slug
from salesaudit.report.page import environment, surroundings
from salesaudit.report.shapes import HeadCell, TableShape

COACHING = "coaching.html.j2"


@dataclass(frozen=True)
class Measure:
    """One line of a sheet, as text: the seller's own value, the median of all sellers, and their middle half."""

    label: str
    own: str
    middle: str
    half: str


@dataclass(frozen=True)
class Comparison:
    """One table of sellers, seen from one of them; `compared` where there are enough sellers for a middle."""

    anchor: str
    title: str
    subtitle: str | None
    source: str | None
    measures: tuple[Measure, ...]
    compared: bool


def sellers(documents: Iterable[Document]) -> list[str]:
    """Return the label of every seller whom the reports show alone, sorted.

    Raises
    ------
    UserError
        The reports are those of the team edition.
    """
    found: set[str] = set()
    for document in _one_by_one(documents):
        elsewhere = message("Other sellers").text(document.loc)
        found |= {str(row[at]) for table, at in _tables(document) for row in _rows(table.shape)} - {elsewhere, "None"}
        found |= {j.item.subject for j in document.findings if j.item.individual and j.item.subject}
    return sorted(found)


def render_coaching(documents: Iterable[Document], seller: str) -> str:
    """Return the sheet of one seller as one offline HTML page.

    Parameters
    ----------
    documents : iterable of Document
        The reports of one client, in reading order.
    seller : str
        A label, one of `sellers(documents)`.

    Raises
    ------
    UserError
        The reports are those of the team edition, or do not show this seller.
    """
    documents = _one_by_one(documents)
    known = sellers(documents)
    if seller not in known:
        raise unknown_name("seller", seller, known)
    ids = Ids()
    chapters = []
    for document in documents:
        anchor = ids.new(f"r-{slug(document.heading)}")
        judged = [replace(j, see=None) for j in _about(document, seller)]
        compared = [c for c in (_seen_from(t, at, seller, ids, document.loc) for t, at in _tables(document)) if c]
        if judged or compared:
            chapters.append({"anchor": anchor, "document": document, "findings": judged, "comparisons": compared})
    cover = documents[0].cover
    return (
        environment()
        .get_template(COACHING)
        .render(
            surroundings(cover.language, cover.accent)
            | {"cover": cover, "seller": seller, "chapters": chapters, "least": FEWEST, "kind": lambda part: part.type}
        )
    )


def _one_by_one(documents: Iterable[Document]) -> list[Document]:
    documents = list(documents)
    if not documents:
        raise UserError("there is no report to take coaching sheets from", fix="run the notebooks first")
    if any(d.cover.edition == TEAM for d in documents):
        raise UserError(
            "the team edition shows no single seller, so there are no coaching sheets in it",
            fix='choose edition = "pseudonymised" or "named" under [privacy] in client.toml, and run again',
        )
    return documents


def _about(document: Document, seller: str) -> Sequence[Judgement]:
    return [j for j in document.findings if j.item.individual and j.item.subject == seller]


def _tables(document: Document) -> Iterator[tuple[Shown, int]]:
    """Yield the tables with one row per seller, each with the place of the label in its raw rows."""
    for part in document.parts:
        if isinstance(part, Shown) and isinstance(part.shape, TableShape) and part.shape.individual:
            label = next((h.name for h in part.shape.head if h.kind == "seller"), "")
            if label in part.shape.columns:
                yield part, part.shape.columns.index(label)


def _rows(shape: TableShape) -> list[list[Any]]:
    return shape.rows[:-1] if shape.total else shape.rows


def _seen_from(shown: Shown, at: int, seller: str, ids: Ids, loc: Loc) -> Comparison | None:
    """Return a table as one seller sees it, or None where the seller is not in it."""
    shape = shown.shape
    rows = _rows(shape)
    own = next((row for row in rows if row[at] == seller), None)
    if own is None:
        return None
    numeric = [h for h in shape.head if h.numeric and h.name in shape.columns]
    measures = [_measure(h, shape.columns, own, rows, loc) for h in numeric]
    compared = any(m.middle != SUPPRESSED.text(loc) for m in measures)
    anchor = ids.new(f"c-{slug(shape.key)}")
    return Comparison(anchor, shape.title, shape.subtitle, shape.source, tuple(measures), compared)


def _measure(head: HeadCell, columns: list[str], own: list[Any], rows: list[list[Any]], loc: Loc) -> Measure:
    def text(value: Any) -> str:
        return cell_text(float(value), head.kind, loc) if _known(value) else NOT_KNOWN

    def end(name: str | None) -> Any:
        return own[columns.index(name)] if name in columns else None

    at = columns.index(head.name)
    shown, low, high = text(own[at]), end(head.low), end(head.high)
    if _known(own[at]) and _known(low) and _known(high):
        shown = f"{shown} ({interval_text(text(low), text(high), loc)})"
    values = np.array([row[at] for row in rows if _known(row[at])], dtype=float)
    if len(values) < FEWEST:
        return Measure(head.label, shown, SUPPRESSED.text(loc), SUPPRESSED.text(loc))
    quarter, middle, three_quarters = np.quantile(values, (0.25, 0.5, 0.75))
    return Measure(head.label, shown, text(middle), interval_text(text(quarter), text(three_quarters), loc))


def _known(value: Any) -> bool:
    return isinstance(value, float | int) and bool(np.isfinite(value))
