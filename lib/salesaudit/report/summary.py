"""One page above all reports of a client, and the same findings for machines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from salesaudit.finding import Severity, said
from salesaudit.i18n import catalogue
from salesaudit.report.document import Document, Ids, Judgement, Judgements, slug
from salesaudit.report.markdown import plain
from salesaudit.report.opening import URGENT, Sentence, opening
from salesaudit.report.page import INDEX, environment, surroundings
from salesaudit.report.sentences import sentences
from salesaudit.report.shapes import Cover, SourceRow

FORMAT = 1
"""Version of `findings.json`."""


@dataclass(frozen=True)
class Page:
    """What became of one notebook.

    Attributes
    ----------
    stem : str
        File name of the notebook without its ending; the report is ``<stem>.html``.
    status : {"done", "skipped", "failed"}
    document : Document or None
        None unless done.
    message : str
        For skipped: what is missing. Of a failed one nothing is shown.
    question : str
        Title of the notebook, for a page without a document; English source text.
    """

    stem: str
    status: Literal["done", "skipped", "failed"]
    document: Document | None = None
    message: str = ""
    question: str = ""

    def __post_init__(self) -> None:
        if (self.status == "done") != (self.document is not None):
            raise ValueError(f"{self.stem}: a page has a document exactly when it is done")

    @property
    def href(self) -> str:
        """The file of the report, beside the summary."""
        return f"{self.stem}.html"

    def title(self, language: str) -> str:
        """Return the question that the report answers, or the notebook's name where it is not known."""
        if self.document:
            return self.document.heading
        if self.question:
            return plain(catalogue(language).gettext(self.question))
        return self.stem.lstrip("0123456789_-").replace("_", " ") or self.stem


@dataclass(frozen=True)
class _Row:
    """One finding with the page it stands on."""

    page: Page
    judgement: Judgement
    anchor: str = ""

    @property
    def href(self) -> str:
        return f"{self.page.href}#{self.judgement.anchor}"

    @property
    def evidence(self) -> str:
        """The place of the figure or table that shows it; the finding's own where there is none."""
        return f"{self.page.href}#{self.judgement.see.anchor}" if self.judgement.see else self.href

    @property
    def title(self) -> str:
        """The question of its report."""
        return self.page.document.heading if self.page.document else ""


def ranked(pages: Iterable[Page]) -> list[_Row]:
    """Return all findings, worst first; equal ones in the order of the notebooks."""
    order = tuple(Severity)
    rows = [_Row(p, j) for p in pages if p.document for j in p.document.findings]
    return sorted(
        rows,
        key=lambda r: (
            order.index(Severity(r.judgement.item.severity)),
            -r.judgement.money,
            r.page.stem,
            r.judgement.item.code,
            r.judgement.item.subject,
            r.judgement.anchor,
        ),
    )


def _opening(rows: Sequence[_Row]) -> list[tuple[Sentence, _Row | None]]:
    """Return the sentences on top, each with the row it speaks of."""
    return [
        (sentence, next((r for r in rows if r.judgement is sentence.about), None))
        for sentence in opening([r.judgement for r in rows])
    ]


def _compact(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """Return what asks nobody to do anything, by severity: a list under each heading is enough."""
    groups = [(s, [r for r in rows if r.judgement.item.severity == s]) for s in Severity if s not in URGENT]
    return [{"severity": severity.value, "rows": members} for severity, members in groups if members]


def tally(findings: Iterable[Judgement]) -> dict[str, int]:
    severities = [j.item.severity for j in findings]
    return {s.value: severities.count(s.value) for s in Severity}


def _cover(pages: Sequence[Page]) -> Cover | None:
    return next((p.document.cover for p in pages if p.document), None)


def sources(pages: Sequence[Page]) -> list[SourceRow]:
    """Return every file once, in the order of their names."""
    found = {
        (s.file, s.sheet or "", s.table or "", s.sha256): s
        for p in pages
        if p.document
        for s in p.document.cover.sources
    }
    return [found[key] for key in sorted(found)]


def render_index(pages: Iterable[Page], *, client: str, language: str) -> str:
    """Return the summary page of a client as HTML: all findings worst first, all reports, all sources.

    Parameters
    ----------
    pages : iterable of Page
        In reading order.
    client : str
        The client's name.
    language : {"en", "sv", "da", "nb"}
    """
    pages = list(pages)
    cover = _cover(pages)
    ids = Ids()
    for taken in ("summary", "reports", *Severity):
        ids.new(taken)
    rows = [_Row(r.page, r.judgement, ids.new(f"{slug(r.page.stem)}-{r.judgement.anchor}")) for r in ranked(pages)]
    entries = [
        {
            "title": p.title(language),
            "href": p.href,
            "anchor": ids.new(f"report-{slug(p.stem)}"),
            "status": p.status,
            "missing": [name for name in p.message.split(", ") if name],
            "kpis": p.document.kpis if p.document else (),
            "tally": tally(p.document.findings) if p.document else {},
            "notes": [part.note for part in p.document.parts if isinstance(part, Judgements) and part.note]
            if p.document
            else [],
        }
        for p in pages
    ]
    return (
        environment()
        .get_template(INDEX)
        .render(
            surroundings(language, cover.accent if cover else "")
            | {
                "client": client,
                "cover": cover,
                "entries": entries,
                "opening": _opening(rows),
                "urgent": [r for r in rows if r.judgement.item.severity in URGENT],
                "compact": _compact(rows),
                "tally": tally(r.judgement for r in rows),
                "sources": sources(pages),
            }
        )
    )


def _said(document: Document) -> list[dict[str, Any]]:
    """Return every computed sentence of a report that is not a finding's, with the values in it."""
    loc = document.loc
    first = [
        {"place": "summary/opening", "texts": {"text": s.said.text(loc)}, "values": said(loc, text=s.said)}
        for s in opening(document.findings)
    ]
    return [*first, *sentences(document)]


def findings_json(pages: Iterable[Page], *, client: str, language: str) -> dict[str, Any]:
    """Return all findings as plain data, worst first, each with its notebook and the place where it is shown.

    Returns
    -------
    dict
        `version`, `client`, `language`, `as_of`, `period`, `currency`, `reports` (stem, status, title, href,
        missing, sentences: every other computed sentence with the values in it) and `findings` (all fields of a
        finding, and `notebook`, `href`, `shown_as`).
    """
    pages = list(pages)
    cover = _cover(pages)
    return {
        "version": FORMAT,
        "client": client,
        "language": language,
        "as_of": cover.as_of if cover else None,
        "period": cover.period if cover else None,
        "currency": cover.currency if cover else None,
        "reports": [
            {
                "notebook": p.stem,
                "status": p.status,
                "title": p.title(language),
                "href": p.href if p.status == "done" else None,
                "missing": p.message if p.status == "skipped" else None,
                "sentences": _said(p.document) if p.document else [],
            }
            for p in pages
        ],
        "findings": [
            r.judgement.item.model_dump(mode="json")
            | {
                "notebook": r.page.stem,
                "anchor": r.judgement.anchor,
                "href": r.href,
                "shown_as": r.judgement.see.name if r.judgement.see else None,
            }
            for r in ranked(pages)
        ],
    }
