"""All reports of a client as the chapters of one hand-over: no id and no number of two of them is the same."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from salesaudit.i18n import message
from salesaudit.report.document import Document, Judgement, Judgements, Part, Prose, Shown
from salesaudit.report.shapes import CommentaryShape
from salesaudit.report.summary import Page, ranked

_LINK = re.compile(r"\]\(#([\w-]+)\)")


@dataclass(frozen=True)
class Chapter:
    """One report as a chapter.

    Attributes
    ----------
    number : int
        From 1, in reading order.
    page : Page
    document : Document
        The page's, with the number of the chapter in every id and in the names of its exhibits: "Figure 2.1".
    """

    number: int
    page: Page
    document: Document

    @property
    def anchor(self) -> str:
        return f"chapter-{self.number}"

    @property
    def exhibits(self) -> tuple[Shown, ...]:
        """Figures and tables in reading order."""
        return tuple(p for p in self.document.parts if isinstance(p, Shown))


def chapters(pages: Iterable[Page]) -> tuple[Chapter, ...]:
    """Return the reports that are done as chapters, in their order."""
    done = [p for p in pages if p.document is not None]
    return tuple(Chapter(n, p, _numbered(p.document, n)) for n, p in enumerate(done, start=1) if p.document)


def findings(parts: Sequence[Chapter]) -> list[tuple[Chapter, Judgement]]:
    """Return all findings with their chapters, in the order of the summary."""
    found = {c.page.stem: c for c in parts}
    rows = ranked(replace(c.page, document=c.document) for c in parts)
    return [(found[r.page.stem], r.judgement) for r in rows]


def _numbered(document: Document, number: int) -> Document:
    copy = _Copy(number, document)
    sections = tuple(
        replace(s, anchor=copy.anchor(s.anchor), parts=tuple(map(copy.part, s.parts))) for s in document.sections
    )
    return replace(document, lead=copy.text(document.lead), sections=sections)


@dataclass(frozen=True)
class _Copy:
    """How the parts of one report are copied into its chapter."""

    number: int
    document: Document

    def anchor(self, anchor: str) -> str:
        return f"c{self.number}-{anchor}"

    def text(self, markdown: str) -> str:
        """Return Markdown whose links lead to the places of this chapter."""
        known = self.document.anchors
        return _LINK.sub(lambda m: f"](#{self.anchor(m[1])})" if m[1] in known else m[0], markdown)

    def part(self, part: Part) -> Part:
        match part:
            case Prose():
                return replace(part, text=self.text(part.text))
            case CommentaryShape():
                return part.model_copy(update={"markdown": self.text(part.markdown)})
            case Shown():
                return self.shown(part)
            case Judgements():
                return replace(part, items=tuple(map(self.judgement, part.items)))
        return part

    def judgement(self, judgement: Judgement) -> Judgement:
        see = self.shown(judgement.see) if judgement.see else None
        return replace(judgement, anchor=self.anchor(judgement.anchor), see=see)

    def shown(self, shown: Shown) -> Shown:
        number = f"{self.number}.{shown.number}"
        name = (
            message("Figure {number}", number=number)
            if shown.type == "figure"
            else message("Table {number}", number=number)
        )
        return replace(shown, anchor=self.anchor(shown.anchor), name=name.text(self.document.loc))
