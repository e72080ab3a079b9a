"""An executed notebook as the document of a report: our outputs and the Markdown, and nothing else."""

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from salesaudit.finding import MIME
from salesaudit.format import Loc
from salesaudit.i18n import catalogue, message
from salesaudit.report.markdown import Block, blocks, plain, translated
from salesaudit.report.shapes import (
    CommentaryShape,
    Cover,
    FigureShape,
    FindingItem,
    FindingList,
    KpiList,
    MalformedOutput,
    MissingShape,
    NoteShape,
    Output,
    TableShape,
    TextShape,
    WithheldShape,
    parse,
)

logger = logging.getLogger("salesaudit.report")

LEFT_OUT = frozenset({"internal", "parameters", "injected-parameters", "papermill-error-cell-tag"})
"""Cells with one of these tags never reach a report."""


@dataclass(frozen=True)
class Prose:
    """A paragraph, list or table of Markdown, already in the report's language; headings carry their level."""

    text: str
    level: int = 0
    type: str = "prose"


@dataclass(frozen=True)
class Shown:
    """A figure or table with its number and the id of its place on the page."""

    type: str
    number: int
    anchor: str
    name: str
    shape: FigureShape | TableShape


@dataclass(frozen=True)
class Judgement:
    """A finding with the id of its place, and the figure or table that shows it."""

    anchor: str
    item: FindingItem
    see: Shown | None = None

    @property
    def money(self) -> float:
        """Return the size of the effect in money, for sorting; nothing counts as zero."""
        effect = self.item.effect_value
        return abs(effect.value) if effect and effect.kind == "money" and isinstance(effect.value, float | int) else 0.0


@dataclass(frozen=True)
class Judgements:
    """The findings of one cell, worst first, and a sentence on those that the edition leaves out."""

    items: tuple[Judgement, ...]
    type: str = "findings"
    note: str | None = None


Part = Prose | Shown | Judgements | KpiList | TextShape | NoteShape | MissingShape | WithheldShape | CommentaryShape


@dataclass(frozen=True)
class Section:
    """What stands under one second-level heading; the opening section has no title of its own.

    Attributes
    ----------
    anchor, title : str
        Id and topic, from the notebook's heading.
    parts : tuple of Part
    claim : str
        The message: the title of the worst finding that an exhibit of the section shows; empty where there is none.
    """

    anchor: str
    title: str
    parts: tuple[Part, ...]
    claim: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read: no part at all, or only a commentary that nobody wrote."""
        return all(isinstance(p, CommentaryShape) and not p.markdown.strip() for p in self.parts)


@dataclass(frozen=True)
class Document:
    """One report before it becomes a page.

    Attributes
    ----------
    cover : Cover
    title : str
        The question, in the report's language, with its Markdown marks.
    lead : str
        The first paragraph under the title; stands on the cover.
    sections : tuple of Section
    dropped : tuple of str
        What stood in the notebook and is not ours: "cell 4: stream".
    """

    cover: Cover
    title: str
    lead: str
    sections: tuple[Section, ...]
    dropped: tuple[str, ...] = ()

    @property
    def loc(self) -> Loc:
        return Loc(self.cover.language)

    @property
    def heading(self) -> str:
        """The title as plain text."""
        return plain(self.title)

    @property
    def parts(self) -> Iterator[Part]:
        return (part for section in self.sections for part in section.parts)

    @property
    def findings(self) -> tuple[Judgement, ...]:
        """All findings of the report, worst first."""
        return worst_first(j for part in self.parts if isinstance(part, Judgements) for j in part.items)

    @property
    def kpis(self) -> tuple[KpiList, ...]:
        return tuple(part for part in self.parts if isinstance(part, KpiList))

    @property
    def anchors(self) -> frozenset[str]:
        """Every id that a link may lead to."""
        return frozenset(
            [s.anchor for s in self.sections]
            + [p.anchor for p in self.parts if isinstance(p, Shown)]
            + [j.anchor for j in self.findings]
        )


def worst_first(findings: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return findings by severity, then by money, then by code and subject."""
    order = ("red", "yellow", "green", "grey")
    return tuple(
        sorted(findings, key=lambda j: (order.index(j.item.severity), -j.money, j.item.code, j.item.subject, j.anchor))
    )


def slug(text: str, fallback: str = "x") -> str:
    """Return text as a name that is safe in ids and file names: a-z, 0-9 and hyphens."""
    folded = text.lower().replace("ø", "o").replace("æ", "ae").replace("đ", "d").replace("ł", "l").replace("ß", "ss")
    ascii_text = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:80] or fallback


@dataclass
class Ids:
    """Ids handed out once each."""

    used: set[str] = field(default_factory=lambda: {"content", "contents", "sources", "missing"})

    def new(self, wanted: str) -> str:
        name, n = wanted, 2
        while name in self.used:
            name, n = f"{wanted}-{n}", n + 1
        self.used.add(name)
        return name


def read(nb: Any) -> Document:
    """Return the document of an executed notebook.

    Parameters
    ----------
    nb : NotebookNode
        Version 4. Code is not looked at. Outputs that are not ours are dropped, counted and logged.

    Returns
    -------
    Document

    Raises
    ------
    MalformedOutput
        An output of our MIME type does not fit, the cover is missing, or there are two different ones.
    """
    cells: list[Block | Output] = []
    dropped: list[str] = []
    for number, cell in enumerate(nb.cells, start=1):
        if LEFT_OUT & set(cell.get("metadata", {}).get("tags", ())):
            continue
        if cell.cell_type == "markdown":
            cells += blocks(cell.source)
        elif cell.cell_type == "code":
            for output in cell.get("outputs", ()):
                ours = output.get("data", {}).get(MIME) if output.output_type != "error" else None
                if ours is None:
                    dropped.append(f"cell {number}: {output.output_type}")
                else:
                    cells.append(parse(ours))
    for what in dropped:
        logger.warning("left out of the report: %s (only the objects of salesaudit and Markdown are shown)", what)
    return _assemble(cells, tuple(dropped))


def _cover(cells: list[Block | Output]) -> Cover:
    covers = [c for c in cells if isinstance(c, Cover)]
    if not covers:
        raise MalformedOutput("the notebook shows no cover; a cell must end with the loaded data")
    if any(c != covers[0] for c in covers):
        raise MalformedOutput("the notebook shows the data of two clients or periods")
    return covers[0]


def _assemble(cells: list[Block | Output], dropped: tuple[str, ...]) -> Document:
    cover = _cover(cells)
    gettext = catalogue(cover.language).gettext
    ids, numbers, shown = Ids(), {"figure": 0, "table": 0}, {}
    title, lead = "", ""
    opening: tuple[str, str, list[Any]] = (ids.new("summary"), "", [])
    sections = [opening]
    level = 2
    for cell in cells:
        parts = sections[-1][2]
        if isinstance(cell, Block):
            text = translated(cell.text, gettext)
            if cell.level == 1 and not title:
                title = text
            elif cell.level in (1, 2):
                sections.append((ids.new(f"s-{slug(plain(text))}"), text, []))
                level = 2
            elif cell.level:
                level = max(3, min(cell.level, level + 1))
                parts.append(Prose(text, level))
            elif not lead and len(sections) == 1 and not parts:
                lead = text
            else:
                parts.append(Prose(text))
        elif isinstance(cell, FigureShape | TableShape):
            entry = _shown(cell, numbers, ids, cover)
            shown.setdefault(cell.key, entry)
            parts.append(entry)
        elif isinstance(cell, WithheldShape) and parts and isinstance(parts[-1], WithheldShape):
            continue  # said once where several stand together
        elif not isinstance(cell, Cover):
            parts.append(cell)
    if not title:
        raise MalformedOutput("the notebook has no title; its first cell must begin with '# '")
    known = {c.key for c in cells if isinstance(c, FigureShape | TableShape | WithheldShape)}
    done = [
        Section(anchor, name, tuple(_resolve(p, shown, ids, known) for p in parts)) for anchor, name, parts in sections
    ]
    document = Document(cover, title, lead, tuple(done), dropped)
    judged = document.findings
    # The first section says what was found even where the findings themselves stand further down.
    kept = [s for n, s in enumerate(done) if not s.empty or (n == 0 and judged)]
    return replace(document, sections=tuple(replace(s, claim=_claim(s, judged)) for s in kept))


def _claim(section: Section, findings: Sequence[Judgement]) -> str:
    """Return what the section says: the worst of its findings; of equals, one on all rather than on one person."""
    here = {p.anchor for p in section.parts if isinstance(p, Shown)}
    said = [j for j in findings if j.see and j.see.anchor in here and j.item.severity != "grey"]
    if not section.title or not said:
        return ""
    worst = [j for j in said if j.item.severity == said[0].item.severity]
    return next((j for j in worst if not j.item.subject), worst[0]).item.title


def _shown(shape: FigureShape | TableShape, numbers: dict[str, int], ids: Ids, cover: Cover) -> Shown:
    numbers[shape.type] += 1
    number = numbers[shape.type]
    template = (
        message("Figure {number}", number=number)
        if shape.type == "figure"
        else message("Table {number}", number=number)
    )
    prefix = "fig" if shape.type == "figure" else "tab"
    return Shown(shape.type, number, ids.new(f"{prefix}-{slug(shape.key)}"), template.text(Loc(cover.language)), shape)


def _resolve(part: Any, shown: dict[str, Shown], ids: Ids, known: set[str]) -> Any:
    """Return the part with its findings sorted, their ids made safe and their figures found.

    A finding may point at what this edition withholds: it has no link then, and nothing is amiss.
    """
    if not isinstance(part, FindingList):
        return part
    judged = []
    for item in part.items:
        if item.see and item.see not in known:
            logger.warning("finding %r points at %r, which the report does not show", item.code, item.see)
        judged.append(Judgement(ids.new(slug(item.anchor, "finding")), item, shown.get(item.see)))
    return Judgements(worst_first(judged), note=part.note)
