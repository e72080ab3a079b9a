"""The audit as a workbook: contents, findings, action list, evidence, and one sheet per figure and table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from salesaudit.finding import Evidence, Severity
from salesaudit.format import Count, Loc
from salesaudit.i18n import Message, message
from salesaudit.privacy import NAMED, TEAM
from salesaudit.report.chapters import Chapter, chapters, findings
from salesaudit.report.document import Judgement, Shown
from salesaudit.report.opening import URGENT
from salesaudit.report.shapes import Cover, FigureShape, FindingItem, HeadCell, TableShape
from salesaudit.report.sheets import SEVERITY, Book, Column, looks_like_days
from salesaudit.report.summary import Page
from salesaudit.words import table_word

STATUSES = (message("Not begun"), message("In progress"), message("Done"), message("Not to be done"))
"""What may become of an action."""
NOT_LISTED = message("not listed in the team edition")
HOW_TO_READ = message("Raw and unrounded; an empty cell is a value that is not known.")

Rows = list[list[Any]]


@dataclass(frozen=True)
class EvidenceRow:
    """One row behind a finding, and where it stands in what the client sent.

    Attributes
    ----------
    finding : FindingItem
    table, id : str
        Canonical table and key. `id` is empty where the rows may not be shown: they are those of a few sellers.
    file, sheet : str
    line : int or None
        Physical line of the file, or row of the sheet.
    """

    finding: FindingItem
    table: str
    id: str
    file: str = ""
    sheet: str = ""
    line: int | None = None


def render_workbook(
    pages: Iterable[Page], *, client: str, language: str, evidence: Iterable[EvidenceRow] = ()
) -> bytes:
    """Return all findings, figures and tables of a client as an XLSX file, the same bytes for the same content.

    Parameters
    ----------
    pages : iterable of Page
        In reading order; at least one is done.
    client : str
        The client's name.
    evidence : iterable of EvidenceRow
        In the order of the findings.

    Returns
    -------
    bytes
    """
    parts = chapters(pages)
    return _Workbook(parts, client, Loc(language), tuple(evidence)).content()


class _Workbook:
    """Fills one book, sheet by sheet; the contents come first and are written last."""

    def __init__(self, parts: Sequence[Chapter], client: str, loc: Loc, evidence: Sequence[EvidenceRow]) -> None:
        self.parts, self.client, self.loc, self.evidence = parts, client, loc, evidence
        self.cover: Cover = parts[0].document.cover
        self.findings = findings(parts)
        self.listed: list[tuple[str, str, str]] = []
        title = self.words(message("{client} · Sales audit", client=client))
        self.book = Book(
            title=title,
            author=self.cover.consultant,
            day=date.fromisoformat(self.cover.as_of),
            footer=(title, self.words(message("Page {page} of {pages}", page="&P", pages="&N"))),
            back=self.words(message("To the contents")),
        )

    def words(self, said: Message) -> str:
        return said.text(self.loc)

    def content(self) -> bytes:
        first = self.book.sheet(self.words(message("Contents")), title=self.book_title, subtitle=self.client)
        self.write_findings()
        self.write_actions()
        self.write_evidence()
        for chapter in self.parts:
            for shown in chapter.exhibits:
                self.write_exhibit(chapter, shown)
        self.write_contents(first)
        return self.book.content()

    @property
    def book_title(self) -> str:
        return self.words(message("Sales audit"))

    def sheet(self, wanted: Message | str, title: str, subtitle: str = "", about: str = "", **look: Any) -> Any:
        """Return a new sheet and note it for the contents."""
        name = wanted if isinstance(wanted, str) else self.words(wanted)
        sheet = self.book.sheet(name, title=title, subtitle=subtitle, **look)
        self.listed.append((sheet.name, title, about))
        return sheet

    def write_contents(self, sheet: Any) -> None:
        """Write what the workbook is, and a link to every sheet."""
        cover, facts = self.cover, []
        for label, text in (
            (message("Period"), cover.period),
            (message("As of"), cover.as_of_text),
            (message("Edition"), self.words(_edition(cover.edition))),
            (message("Reason"), cover.edition_reason),
            (message("Consultant"), cover.consultant),
            (message("Recipient"), cover.recipient),
            (message("Confidentiality"), cover.confidentiality),
            (message("Numbers"), self.words(HOW_TO_READ)),
        ):
            if text:
                facts.append((self.words(label), text))
        for row, (label, text) in enumerate(facts, start=3):
            sheet.text(row, 0, label, font_color="#56616d")
            sheet.text(row, 1, text, bold=label != facts[-1][0])
        row = 3 + len(facts) + 1
        about = None
        for name, title, chapter in self.listed:
            if chapter != about:
                about = chapter
                row += bool(chapter)
                sheet.text(row, 0, chapter, bold=True, font_color="#12385c", font_size=11)
                row += bool(chapter)
            sheet.link(row, 0, name, name)
            sheet.text(row, 1, title)
            row += 1
        sheet.widths(18, 110)

    def write_findings(self) -> None:
        """Write every field of every finding, worst first."""
        names = {f.item.effect_value.currency for _, f in self.findings if f.item.effect_value}
        currency = next((n for n in sorted(names) if n), self.cover.currency)
        columns = [
            Column(self.words(message("Severity")), "severity", 17),
            Column(self.words(message("Code")), width=8),
            Column(self.words(message("Whom it concerns")), width=16),
            Column(self.words(message("Finding")), width=38),
            Column(self.words(message("What is")), width=58),
            Column(self.words(message("What should be")), width=44),
            Column(self.words(message("Recommendation")), width=44),
            Column(self.words(message("Effect, {currency}", currency=currency)), "money", 14),
            Column(self.words(message("Effect, low end")), "money", 14),
            Column(self.words(message("Effect, high end")), "money", 14),
            Column(self.words(message("What the effect is")), width=30),
            Column(self.words(message("What would settle it")), width=34),
            Column(self.words(message("Rests on")), "count", 10),
            Column(self.words(message("Unit")), width=18),
            Column(self.words(message("Rows of evidence")), "count", 10),
            Column(self.words(message("Shown as")), width=12),
            Column(self.words(message("Question")), width=40),
        ]
        rows = [self._finding(chapter, judgement) for chapter, judgement in self.findings]
        title = self.words(message("All findings, worst first"))
        self.sheet(message("Findings"), title, colour=SEVERITY["red"][0]).table(columns, rows)

    def _finding(self, chapter: Chapter, judgement: Judgement) -> list[Any]:
        item = judgement.item
        money = item.effect_value if item.effect_value and item.effect_value.kind == "money" else None
        return [
            (item.severity, item.word),
            item.code,
            item.subject,
            item.title,
            item.condition,
            item.criterion,
            item.recommendation,
            *((money.value, money.low, money.high) if money else (None, None, None)),
            item.effect_of if money else item.effect,
            item.needs,
            item.n,
            item.unit,
            item.evidence.total if item.evidence else None,
            judgement.see.name if judgement.see else None,
            chapter.document.heading,
        ]

    def write_actions(self) -> None:
        """Write what somebody has to do, with columns to fill in."""
        statuses = tuple(map(self.words, STATUSES))
        columns = [
            Column(self.words(message("No.")), "count", 6),
            Column(self.words(message("Severity")), "severity", 17),
            Column(self.words(message("Code")), width=8),
            Column(self.words(message("Whom it concerns")), width=16),
            Column(self.words(message("Finding")), width=44),
            Column(self.words(message("Recommendation")), width=52),
            Column(self.words(message("Owner")), width=20),
            Column(self.words(message("Due date")), "date", 13),
            Column(self.words(message("Status")), width=15, choices=statuses),
            Column(self.words(message("Remarks")), width=34),
        ]
        urgent = [j.item for _, j in self.findings if j.item.severity in URGENT]
        rows: Rows = [
            [n, (i.severity, i.word), i.code, i.subject, i.title, i.recommendation, None, None, statuses[0], None]
            for n, i in enumerate(urgent, start=1)
        ]
        title = self.words(message("What to do: findings to act on now and to plan for"))
        told = self.words(message("Owner, due date, status and remarks are to be filled in."))
        self.sheet(message("Action list"), title, told, colour=SEVERITY["yellow"][0]).table(columns, rows)

    def write_evidence(self) -> None:
        """Write which rows of which files are behind each finding."""
        columns = [
            Column(self.words(message("Code")), width=8),
            Column(self.words(message("Whom it concerns")), width=16),
            Column(self.words(message("Finding")), width=50),
            Column(self.words(message("Table")), width=18),
            Column(self.words(message("Id in the file")), width=20),
            Column(self.words(message("File")), width=34),
            Column(self.words(message("Sheet")), width=16),
            Column(self.words(message("Line or row")), width=12),
        ]
        rows = [self._evidence(row) for row in self.evidence]
        title = self.words(message("Where each finding stands in the files"))
        told = self.words(
            message(
                "At most {limit} rows are listed for each finding; the sheet of findings says how many there are. "
                "Lines count from the first of the file, its header included.",
                limit=Count(Evidence.LIMIT),
            )
        )
        self.sheet(message("Evidence"), title, told).table(columns, rows)

    def _evidence(self, row: EvidenceRow) -> list[Any]:
        word, item = table_word(row.table), row.finding
        table = self.words(word) if word else row.table
        place = row.file, row.sheet, row.line
        return [item.code, item.subject, item.title, table, row.id or self.words(NOT_LISTED), *place]

    def write_exhibit(self, chapter: Chapter, shown: Shown) -> None:
        """Write the raw numbers of one figure or table."""
        shape = shown.shape
        columns, rows = list(zip(*self._columns(shape), strict=True)) or [(), ()]
        lines = [list(row) for row in zip(*rows, strict=True)]
        about = f"{chapter.number}  {chapter.document.heading}"
        sheet = self.sheet(shown.name, shape.title, shape.subtitle or "", about)
        if shape.source:
            sheet.text(2, 1, self.words(message("Source: {source}", source=shape.source)), font_color="#56616d")
        sheet.table(columns, lines, total=isinstance(shape, TableShape) and shape.total and bool(lines))

    def _columns(self, shape: FigureShape | TableShape) -> Iterator[tuple[Column, list[Any]]]:
        """Yield each column with its raw values: those of a table as they are headed, of a figure as they are."""
        raw = {name: [row[n] for row in shape.rows] for n, name in enumerate(shape.columns)}
        head = shape.head if isinstance(shape, TableShape) else []
        if not head or any(cell.name not in raw for cell in head):
            for name, values in raw.items():
                yield Column(name, _kind(values)), values
            return
        for cell in head:
            values = raw[cell.name]
            if cell.kind == "severity":
                yield Column(cell.label, "severity", 17), [_severity(v, self.loc) for v in values]
                continue
            yield Column(cell.label, cell.kind), values
            yield from self._interval(cell, raw)

    def _interval(self, cell: HeadCell, raw: dict[str, list[Any]]) -> Iterator[tuple[Column, list[Any]]]:
        if cell.low in raw and cell.high in raw:
            yield Column(self.words(message("{column}, low end", column=cell.label)), cell.kind), raw[cell.low]
            yield Column(self.words(message("{column}, high end", column=cell.label)), cell.kind), raw[cell.high]


def _severity(code: Any, loc: Loc) -> tuple[str, str] | None:
    return (str(code), Severity(code).word.text(loc)) if code in tuple(Severity) else None


def _edition(edition: str) -> Message:
    return {NAMED: message("Sellers by name"), TEAM: message("Teams, no single seller")}.get(
        edition, message("Sellers under pseudonyms")
    )


def _kind(values: Sequence[Any]) -> str:
    """Return the kind of a figure's column: the data do not say it, their size tells how many decimals help."""
    sizes = [abs(v) for v in values if isinstance(v, float) and v != int(v)]
    if not sizes:
        return "date" if looks_like_days(values) else "text"
    largest = max(sizes)
    return "fraction" if largest < 1 else "number" if largest < 1000 else "money"
