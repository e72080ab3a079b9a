"""One hostile text in one field at a time, with the page's policy taken away: nothing runs, nothing is asked for."""

import random
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import pytest
from nbformat import NotebookNode

import report_sample as given
from salesaudit.finding import MIME
from salesaudit.report import MalformedOutput, Page, read, render, render_index
from salesaudit.report.svg import UnsafeDrawing

PAYLOADS = {
    "script": "<script>window.hit = 1; alert(1)</script>",
    "handler": "\"'><img src=https://evil.invalid/x onerror='window.hit = 1' onload='window.hit = 1'>",
    "svg": "</title></desc></style></svg><svg onload='window.hit = 1'><image href='https://evil.invalid/y'/></svg>",
    "address": "javascript:window.hit=1//[x](javascript:window.hit=1) ![y](https://evil.invalid/z) https://evil.invalid",
    "entity": "&lt;script&gt;window.hit=1&lt;/script&gt;&#60;img src=https://evil.invalid/e onerror=window.hit=1&#62;",
}
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text id="t">a</text><path id="p" d="M 0 0"/></svg>'
)
ON_THE_INDEX = {"cover", "kpis", "findings"}
ACT = """() => {
    for (const e of document.querySelectorAll('*'))
        for (const name of ['mouseover', 'focus', 'error', 'load', 'begin', 'click'])
            if (!(name === 'click' && e.closest('a'))) e.dispatchEvent(new Event(name));
    const links = [...document.querySelectorAll('[href], [src], [action]')];
    const bad = links.filter(e => /^\\s*(javascript|https?):/i.test(e.getAttribute('href') ?? e.getAttribute('src')));
    return [window.hit ?? 0, document.scripts.length, document.querySelectorAll('iframe, object, embed').length,
            bad.length];
}"""


@dataclass(frozen=True)
class Case:
    """One payload in one field: of which type of document, under which name, and on which page it is looked at."""

    kind: str
    field: str
    payload: str
    page: str

    def __str__(self) -> str:
        return f"{self.page}:{self.kind}.{self.field}:{self.payload}"


@cache
def plain() -> NotebookNode:
    """Return the sample with small drawings, so that a page takes milliseconds."""
    nb = deepcopy(given.sample())
    for document in _documents(nb):
        document |= {name: DRAWING for name in ("svg", "svg_narrow") if name in document}
    return nb


def _documents(nb: NotebookNode) -> list[Any]:
    return [output.data[MIME] for cell in nb.cells for output in cell.get("outputs", ())]


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every string in a document."""
    if isinstance(node, str):
        yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


def name_of(path: tuple[str | int, ...]) -> str:
    """Return the name of a field: its path without the places in lists."""
    return ".".join(str(part) for part in path if isinstance(part, str))


@cache
def fields() -> dict[tuple[str, str], tuple[int, tuple[str | int, ...]]]:
    """Return every string field of every type of document, and of the Markdown, with the first place it stands."""
    found: dict[tuple[str, str], Any] = {}
    for number, document in enumerate(_documents(plain())):
        for path in places(document):
            found.setdefault((document["type"], name_of(path)), (number, path))
    for number, cell in enumerate(plain().cells):
        if cell.cell_type == "markdown":
            kinds = {"#": "title", "##": "heading", "###": "subheading"}
            for n, line in enumerate(cell.source.splitlines()):
                if line:
                    found.setdefault(("markdown", kinds.get(line.split()[0], "text")), (number, (n,)))
    return found


@cache
def cases() -> tuple[Case, ...]:
    """Return all documents of the suite."""
    return tuple(
        Case(kind, field, payload, page)
        for kind, field in fields()
        for payload in PAYLOADS
        for page in ("report", "index")
        if page == "report" or kind in ON_THE_INDEX
    )


def build(case: Case) -> str:
    """Return the page of a case without policy and fonts; raises where the document is refused."""
    number, path = fields()[case.kind, case.field]
    nb = deepcopy(plain())
    text = PAYLOADS[case.payload]
    if case.kind == "markdown":
        lines = nb.cells[number].source.splitlines()
        lines[path[0]] += f" {text}"
        nb.cells[number].source = "\n".join(lines)
    else:
        node = _documents(nb)[number]
        for part in path[:-1]:
            node = node[part]
        # Inside a drawing the text stands where a label stands, and as it is.
        node[path[-1]] = DRAWING.replace(">a<", f">{text}<") if path[-1] in ("svg", "svg_narrow") else text
    html = (
        render(nb)
        if case.page == "report"
        else render_index([Page("01_x", "done", read(nb))], client=text, language="en")
    )
    html = re.sub(r"<meta http-equiv=.*?>", "", html, count=1)
    return re.sub(r"<style>.*?</style>", "", html, count=1, flags=re.DOTALL)


def opened(browser: Any, chosen: tuple[Case, ...]) -> tuple[list[str], int]:
    """Open the cases one after another in one window; return what happened that should not, and the refusals."""
    context = browser.new_context()
    page = context.new_page()
    happened: list[str] = []
    refused, now = 0, ""
    page.on("dialog", lambda box: (happened.append(f"{now}: dialog"), box.dismiss()))
    page.on("request", lambda request: happened.append(f"{now}: request {request.url[:60]}"))
    for case in chosen:
        now = str(case)
        try:
            html = build(case)
        except (MalformedOutput, UnsafeDrawing):
            refused += 1
            continue
        page.set_content(html, wait_until="load")
        if (seen := page.evaluate(ACT)) != [0, 0, 0, 0]:
            happened.append(f"{now}: ran, scripts, frames, addresses = {seen}")
    context.close()
    return happened, refused


def test_every_kind_of_document_is_walked() -> None:
    """Keeps a new field or a new type of document from slipping past the suite."""
    kinds = {kind for kind, _ in fields()}
    assert kinds == {d["type"] for d in _documents(plain())} | {"markdown"}
    assert {"cover", "findings", "figure", "table", "note", "missing", "commentary", "text", "kpis"} <= kinds
    assert len(fields()) >= 90
    assert len(cases()) == len(set(cases())) >= 5 * 90


def sampled() -> tuple[Case, ...]:
    """Return sixty cases, the same each time."""
    return tuple(random.Random(20261121).sample(cases(), 60))


def test_the_sample_is_broad() -> None:
    """Looks at every payload, at both pages and at nearly every type of document in the fast run already."""
    assert {c.payload for c in sampled()} == set(PAYLOADS)
    assert {c.page for c in sampled()} == {"report", "index"}
    assert len({c.kind for c in sampled()}) >= 8


@pytest.mark.browser
def test_sixty_hostile_documents(browser: Any) -> None:
    """Proves the escaping field by field, with the second line of defence taken away."""
    happened, refused = opened(browser, sampled())
    assert happened == []
    assert refused < 20


@pytest.mark.slow
@pytest.mark.browser
def test_all_hostile_documents(browser: Any) -> None:
    """Proves it for every string field of every document and every payload; prints how many there were."""
    happened, refused = opened(browser, cases())
    print(f"\n{len(fields())} fields, {len(cases())} documents, {refused} refused before a page was made")
    assert happened == []


@pytest.mark.browser
def test_the_suite_sees_what_runs(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that silence means safety: each payload, left unescaped, is noticed."""
    for payload, text in PAYLOADS.items():
        spoilt = f"<p title='a'>{text}</p>"
        if payload == "address":
            spoilt = f"<a href='{text}'>x</a>"
        if payload == "entity":
            spoilt = (
                f"<p>{text.replace('&lt;', '<').replace('&gt;', '>').replace('&#60;', '<').replace('&#62;', '>')}</p>"
            )
        monkeypatch.setattr("test_report_hostile.build", lambda _, spoilt=spoilt: spoilt)
        happened, _ = opened(browser, tuple(islice(cases(), 1)))
        assert happened, payload
