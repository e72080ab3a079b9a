"""All reports of a client as one PDF: cover, contents with page numbers, summary, chapters, sources.

The pages are those of the HTML reports, set by WeasyPrint: tagged, with bookmarks and the words of every drawing, and
the same bytes for the same notebooks. Nothing is fetched: only `data:` addresses are allowed.
"""

import io
import re
import unicodedata
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import Any

from markupsafe import Markup

from salesaudit.errors import UserError
from salesaudit.report.chapters import Chapter, chapters, findings
from salesaudit.report.document import Part, Shown
from salesaudit.report.markdown import to_html
from salesaudit.report.opening import opening
from salesaudit.report.page import TEMPLATES, environment, style, surroundings
from salesaudit.report.shapes import BodyCell, FigureShape, HeadCell, TableShape
from salesaudit.report.summary import Page, sources, tally
from salesaudit.report.svg import clean_svg

PRINT, SHEET = "print.html.j2", "print.css"
SHORTEST_PASSWORD = 12
ROOM = ((10, 138), (8, 126), (0, 112))
"""Smallest number of columns -> how many characters fit beside each other in the type that print.css gives them."""
INSTALL = 'pip install "salesaudit[pdf]"'

_ICON = re.compile(r'class="chip chip-(\w+)"><svg ')
_SHARED = re.compile(r"@font-face \{[^}]*\}|:root \{[^}]*\}")
_COLOUR = re.compile(r"--([\w-]+): (#\w+)")
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
AIR = 8
"""Points left free on both sides of a printed drawing."""


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    content: bytes
    description: str


def printed(chapter: Chapter) -> Chapter:
    """Return a chapter whose exhibits are as they are printed: no download, and no interval torn apart."""

    def part(part: Part) -> Part:
        if not isinstance(part, Shown):
            return part
        less: dict[str, Any] = {"rows": []}
        if isinstance(part.shape, TableShape):
            less |= {"left_out": 0, "body": _unbroken(part.shape)}
        return replace(part, shape=part.shape.model_copy(update=less))

    sections = tuple(replace(s, parts=tuple(map(part, s.parts))) for s in chapter.document.sections)
    return replace(chapter, document=replace(chapter.document, sections=sections))


def _unbroken(shape: TableShape) -> list[list[BodyCell]]:
    """Return the rows with estimate and interval on one line; on two, where the table is too wide for that."""
    on_one_line = _width(shape) <= next(room for columns, room in ROOM if len(shape.head) >= columns)

    def whole(cell: BodyCell) -> BodyCell:
        estimate, bracket, interval = cell.text.partition(" (")
        if not bracket:
            return cell
        kept = Markup('<span class="whole">{}</span>')
        text = kept.format(cell.text) if on_one_line else Markup("{} {}").format(estimate, kept.format(f"({interval}"))
        return cell.model_copy(update={"text": text})

    return [[whole(c) if h.low else c for c, h in zip(row, shape.head, strict=True)] for row in shape.body]


def _width(shape: TableShape) -> int:
    """Return how many characters a table needs side by side: its numbers whole, its texts word by word."""

    def need(text: str, head: HeadCell) -> int:
        return len(text) if head.numeric else max(map(len, text.split()), default=0)

    cells = [[need(row[n].text, h) for row in shape.body] for n, h in enumerate(shape.head)]
    words = [max(map(len, h.label.split()), default=0) for h in shape.head]
    return sum(max([*column, word]) + 2 for column, word in zip(cells, words, strict=True))


def print_html(pages: Iterable[Page], *, client: str, language: str, in_workbook: bool = False) -> str:
    """Return the printed document as HTML for WeasyPrint.

    Parameters
    ----------
    pages : iterable of Page
        In reading order; at least one is done.
    client : str
        The client's name.
    in_workbook : bool
        Whether a workbook with all rows goes along.
    """
    pages = list(pages)
    parts = chapters(pages)
    rows = findings(parts)
    judged = [judgement for _, judgement in rows]
    cover = parts[0].document.cover
    anchors = frozenset().union(*(c.document.anchors for c in parts))
    variables = {
        "sheet": sheet(cover.accent),
        "client": client,
        "cover": cover,
        "opening": opening(judged),
        "opening_of": lambda document: opening(document.findings),
        "chapters": [printed(c) for c in parts],
        "left_out": {e.anchor: e.shape.left_out for c in parts for e in c.exhibits if isinstance(e.shape, TableShape)},
        "findings": rows,
        "tally": tally(judged),
        "unanswered": [p for p in pages if p.document is None],
        "sources": sources(pages),
        "in_workbook": in_workbook,
        "drawing": drawing,
        "download": lambda shape: "",
        "file_name": lambda shape: "",
        "markdown": lambda text, level=2: to_html(text, anchors=anchors, level=level),
        "kind": lambda part: part.type,
    }
    text = environment().get_template(PRINT).render(surroundings(language, cover.accent) | variables)
    return painted(text, cover.accent)


def sheet(accent: str = "") -> Markup:
    """Return the style of the printed document, with the fonts and colours of the pages."""
    shared = "\n".join(_SHARED.findall(style(accent)))
    return Markup(shared + "\n" + TEMPLATES.joinpath(SHEET).read_text(encoding="utf-8"))


def drawing(shown: Shown, wide: bool) -> Markup:
    """Return a figure for paper; the narrow one is not needed.

    WeasyPrint takes the words of a drawing from its title alone, and its font from the drawing, not from the page. It
    sets text a little wider than a browser, and cuts off what leaves the drawing: so there is room on both sides.
    """
    shape = shown.shape
    assert isinstance(shape, FigureShape)
    if not wide:
        return Markup()
    svg = clean_svg(shape.svg, prefix=f"{shown.anchor}-", title=f"{shape.title}. {shape.alt}", description="")
    roomy = _BOX.sub(lambda box: f'viewBox="{-AIR} 0 {float(box[1]) + 2 * AIR:g} {box[2]}"', str(svg), count=1)
    return Markup(roomy.replace("<svg ", '<svg font-family="Inter" ', 1))


def painted(html: str, accent: str = "") -> str:
    """Return the page with the colours of chips and bars in their drawings, where no style sheet reaches."""
    colours = dict(_COLOUR.findall(style(accent)))
    html = _ICON.sub(lambda m: f'{m[0]}color="{colours[m[1]]}" ', html)
    return html.replace('<svg class="bar"', f'<svg fill="{colours["mark"]}" class="bar"')


def render_pdf(pages: Iterable[Page], *, client: str, language: str, attachments: Iterable[Attachment] = ()) -> bytes:
    """Return all reports of a client as one tagged PDF, the same bytes for the same notebooks.

    Parameters
    ----------
    pages : iterable of Page
        In reading order; at least one is done.
    attachments : iterable of Attachment
        Files to put inside; the PDF is then written to the rules of PDF/A-3a, which allow them, else to PDF/UA-1.

    Raises
    ------
    UserError
        WeasyPrint or a library that it needs is missing.
    """
    weasyprint = _weasyprint()
    pages, attachments = list(pages), list(attachments)
    html = print_html(pages, client=client, language=language, in_workbook=bool(attachments))
    day = datetime.fromisoformat(next(p.document.cover.as_of for p in pages if p.document))
    only_data = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    inside = [
        weasyprint.Attachment(
            string=a.content, name=a.name, description=a.description, created=day, modified=day, relationship="Data"
        )
        for a in attachments
    ]
    variant = _variant(inside)
    document = weasyprint.HTML(string=html, url_fetcher=only_data).render(pdf_variant=variant)
    with warnings.catch_warnings():
        # WeasyPrint leaves the file of its colour profile to the garbage collector.
        warnings.filterwarnings("ignore", message="unclosed file .*icc", category=ResourceWarning)
        return document.write_pdf(pdf_variant=variant, attachments=inside, pdf_identifier=True, finisher=_decoration)


def _variant(attachments: list[Any]) -> str:
    return "pdf/a-3a" if attachments else "pdf/ua-1"


def _decoration(document: Any, pdf: Any) -> None:
    """Mark drawings without words (the icon beside a word, the bar beside a number) as no figures of their own."""
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("S") == "/Figure" and "Alt" not in item:
            item["S"] = "/NonStruct"


def requirements(*, password: bool = False) -> None:
    """Raise a UserError with the cure where something is missing that a PDF needs; better now than after the work."""
    _weasyprint()
    if password:
        _pikepdf()


def _weasyprint() -> ModuleType:
    try:
        import weasyprint
    except ImportError:
        raise UserError("the PDF needs WeasyPrint, which is not installed", fix=INSTALL) from None
    except OSError as error:
        raise UserError(
            "WeasyPrint does not find a library of the system",
            value=str(error).partition("\n")[0],
            fix="install Pango and HarfBuzz; on Debian and Ubuntu: "
            "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        ) from None
    return weasyprint


def _pikepdf() -> ModuleType:
    try:
        import pikepdf
    except ImportError:
        raise UserError("a password needs pikepdf, which is not installed", fix=INSTALL) from None
    return pikepdf


def checked_password(password: str) -> str:
    """Return a password as it is used: with its letters in one form, and not too short to protect anything.

    Raises
    ------
    UserError
        Fewer than `SHORTEST_PASSWORD` characters, blanks not counted. The message does not repeat it.
    """
    password = unicodedata.normalize("NFC", password)
    if len("".join(password.split())) < SHORTEST_PASSWORD:
        raise UserError(
            f"the password is shorter than {SHORTEST_PASSWORD} characters",
            fix="take six words or more, and send them by another way than the file",
        )
    return password


def locked(pdf: bytes, password: str) -> bytes:
    """Return a PDF that opens with the password only: AES-256, its attachments included.

    Screen readers may read it. The bytes differ each time, because the key is drawn by chance.
    """
    pikepdf = _pikepdf()
    out = io.BytesIO()
    password = checked_password(password)
    everything = pikepdf.Permissions(accessibility=True, modify_assembly=True)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner=password, user=password, R=6, allow=everything))
    return out.getvalue()
