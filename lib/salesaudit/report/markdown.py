"""Markdown of notebooks and commentaries: cut into blocks, translated block by block, and cleaned.

The blocks are the units of translation: `blocks` is used by the renderer and by the extractor alike, so that what is
extracted is what is looked up.
"""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

import mistune
import nh3
from markupsafe import Markup

_TEXT = ("p", "strong", "em", "del", "code", "pre", "br", "hr", "ul", "ol", "li", "blockquote", "a")
_TABLES_AND_HEADINGS = ("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6")
TAGS = frozenset((*_TEXT, *_TABLES_AND_HEADINGS))
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_NO_MARKS = re.compile(r"^(?:[^\W_]|[ ,.?!:;()–-])*$")
"""A heading in which neither Markdown nor HTML can find anything; nearly all are."""
_LINES_MATTER = re.compile(r"^\s*([-*+>|]|\d+[.)]\s|```|~~~)")


@dataclass(frozen=True)
class Block:
    """One heading or one paragraph, list or table of a Markdown cell; `level` is 0 for all but headings."""

    text: str
    level: int = 0


def blocks(source: str) -> Iterator[Block]:
    """Yield the headings and paragraphs of a Markdown text in their order.

    The lines of a paragraph are joined, so that it does not matter where they break; lists, tables, quotations and
    code keep their lines.
    """
    held: list[str] = []
    fence = ""

    def release() -> Iterator[Block]:
        if held:
            raw = "\n".join(held)
            yield Block(raw.strip("\n") if _LINES_MATTER.match(raw) else " ".join(raw.split()))
            held.clear()

    for line in source.splitlines():
        mark = _FENCE.match(line)
        if fence:
            held.append(line)
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            yield from release()
            fence = mark[1]
            held.append(line)
        elif heading := _HEADING.match(line):
            yield from release()
            yield Block(heading[2], level=len(heading[1]))
        elif line.strip():
            held.append(line)
        else:
            yield from release()
    yield from release()


def translated(text: str, gettext: Callable[[str], str]) -> str:
    """Return a block in the language of the catalogue; the empty text is not looked up (it is the header)."""
    return gettext(text) if text.strip() else text


class _Page(mistune.HTMLRenderer):
    """Markdown as HTML that fits below a section heading of a file that must stand alone."""

    def __init__(self, anchors: Container[str], level: int) -> None:
        super().__init__(escape=True)
        self.anchors = anchors
        self.last = level

    def heading(self, text: str, level: int, **attrs: object) -> str:
        # A heading may go one step deeper than the one before it, never two.
        self.last = max(3, min(level, self.last + 1, 6))
        return f"<h{self.last}>{text}</h{self.last}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        # One file, read offline: a link leads to a place in the page, to the mail program, or is written out.
        if url.startswith("#") and url[1:] in self.anchors:
            return f'<a href="{mistune.escape(url)}">{text}</a>'
        if re.match(r"(?i)mailto:[^\s<>\"']+$", url):
            return f'<a href="{mistune.escape(url)}">{text}</a>'
        if re.match(r"(?i)https?://", url) and mistune.escape(url) != text:
            return f"{text} ({mistune.escape(url)})"
        return text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


def to_html(text: str, *, anchors: Container[str] = (), level: int = 2) -> Markup:
    """Return Markdown as clean HTML: no raw HTML, no images, no scripts, no links out of the file.

    Parameters
    ----------
    text : str
        Markdown of an author; never trusted.
    anchors : container of str
        Ids of the page that a link may lead to.
    level : int
        Level of the heading above the text; headings in it go on from there.
    """
    page = mistune.create_markdown(renderer=_Page(anchors, level), plugins=["table", "strikethrough"])
    html = nh3.clean(
        str(page(text)),
        tags=set(TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"mailto"},
        link_rel=None,
    )
    return Markup(html.strip())


def inline(text: str) -> Markup:
    """Return one heading or title as HTML: emphasis and code only, no block around it."""
    if _NO_MARKS.match(text):
        return Markup(text.strip())
    html = nh3.clean(str(to_html(f"\u200b{text}")), tags={"strong", "em", "code", "del"}, attributes={})
    return Markup(html.replace("\u200b", "", 1).strip())


def plain(text: str) -> str:
    """Return a heading as text without its Markdown marks, for titles, links and file names."""
    return Markup(inline(text)).striptags()
