"""The page of a report: offline, closed, readable, the same for the same data."""

import base64
import hashlib
import io
import json
import re
from copy import deepcopy
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_markdown_cell

import report_sample as given
from salesaudit.dataset import Commentary
from salesaudit.figure import Col, Kpis, Table
from salesaudit.finding import MIME, Findings
from salesaudit.i18n import message
from salesaudit.report import SalesAuditExporter, render
from salesaudit.report.page import TEMPLATES, style, whole

LANGUAGES = ("en", "sv", "da", "nb")
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title></svg><svg onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    "{{ 7 * 191 }}{% raw %}",
    "=HYPERLINK(1) [x](javascript:alert(1)) <https://example.org>",
)
STRUCTURE = {
    "type",
    "kind",
    "severity",
    "language",
    "edition",
    "svg",
    "svg_narrow",
    "value",
    "low",
    "high",
    "logo",
    "accent",
}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def values(self, *names: str) -> list[str]:
        return [v for _, a in self.found for n, v in a.items() if n in names and v]


@pytest.fixture(scope="module")
def html() -> str:
    return render(given.sample())


def hostile(payload: str):
    """Return the sample with a payload in every text of every document, drawing, heading and paragraph."""
    count = 0

    def mark(node, key=""):
        nonlocal count
        if isinstance(node, dict):
            return {k: mark(v, k) for k, v in node.items()}
        if isinstance(node, list):
            return [mark(v, key) for v in node]
        if not isinstance(node, str) or key in STRUCTURE:
            return node.replace("Seller 01", payload_in_xml) if key in ("svg", "svg_narrow") else node
        count += 1
        return f"{payload}{count}"

    payload_in_xml = payload.replace("&", "&amp;").replace("<", "&lt;")
    nb = deepcopy(given.sample())
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\w+)\n", rf"\1 {payload}\n", cell.source + "\n")
        for output in cell.get("outputs", ()):
            document = output.data[MIME]
            output.data[MIME] = mark(document) if document["type"] != "commentary" else document | {"markdown": payload}
    return nb


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload):
    """Keeps a customer, a file or a note called like code from becoming code, in every field of every document."""
    page = Elements(render(hostile(payload)))
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "link", "base", "foreignobject", "image"}
    assert not [name for _, a in page.found for name in a if name.startswith("on")]
    for address in page.values("href", "src", "xlink:href", "action"):
        assert address.startswith(("#", "data:text/csv;"))
    assert "1337" not in page.text
    assert payload in page.text


@pytest.mark.browser
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing_in_a_browser_without_the_policy(payload, open_page):
    """Proves the escaping itself, with the second line of defence taken away."""
    page = re.sub(r"<meta http-equiv=.*?>", "", render(hostile(payload)), count=1)
    assert "Content-Security-Policy" not in page
    opened = open_page(page)
    assert opened.dialogs == []
    assert opened.console == []
    assert [r for r in opened.requests if not r.startswith("data:font/")] == [opened.page.url]
    assert opened.page.evaluate("document.querySelectorAll('script, img, iframe, [onload], [onerror]').length") == 0


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_the_window_and_asks_for_nothing(width, html, open_page):
    """Protects the reader on a phone, in a train, from a page that scrolls sideways or waits for the network."""
    opened = open_page(html, width)
    assert opened.overflow() <= 0
    assert opened.console == []
    assert [r for r in opened.requests if not r.startswith("data:font/")] == [opened.page.url]
    shown = "[...document.querySelectorAll('.drawing')].filter(e => e.offsetWidth).map(e => e.className)"
    kind = "drawing-wide" if width > 640 else "drawing-narrow"
    assert opened.page.evaluate(shown) == [f"drawing {kind}"] * 3


@pytest.mark.browser
def test_the_policy_lets_the_page_show_itself_and_nothing_else(html, open_page):
    """Proves that fonts and styles pass the policy, and that injected code does not."""
    opened = open_page(html)
    loaded = opened.page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {f.strip('"') for f in loaded} == {"Inter", "Audit Serif"}
    assert (
        opened.page.evaluate("getComputedStyle(document.querySelector('.cover')).backgroundColor") == "rgb(18, 56, 92)"
    )
    attacked = open_page(html.replace("</main>", "<img src=x onerror=alert(1)><script>alert(2)</script></main>"))
    assert attacked.dialogs == []
    assert any("Content Security Policy" in line for line in attacked.console)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_long_words_do_not_break_the_page(width, open_page):
    """Protects the phone from one long product number."""
    opened = open_page(render(hostile("W" * 120)), width)
    assert opened.overflow() <= 0


def test_nothing_outside_the_file_is_named(html):
    """Keeps the page offline: no address in any attribute or style, no script, no inline style."""
    page = Elements(html)
    assert not [v for v in page.values("src", "href", "xlink:href", "srcset", "action") if "//" in v.split(",")[0]]
    assert not re.findall(r"url\(\s*['\"]?(?!#|data:|['\"]?data:)", html)
    assert "<script" not in html
    assert not [a for _, a in page.found if "style" in a]


def test_policy_names_exactly_this_style(html):
    """Keeps the hash in the policy equal to the style sheet that the page carries."""
    carried = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(carried.encode()).digest()).decode()
    policy = re.search(r'Security-Policy" content="(.*?)"', html)[1].replace("&#39;", "'")
    assert f"style-src-elem 'sha256-{digest}'" in policy
    for rule in ("default-src 'none'", "script-src 'none'", "base-uri 'none'", "form-action 'none'", "style-src-attr"):
        assert rule in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("language", LANGUAGES)
def test_structure_in_every_language(language):
    """Keeps the page readable by ear: headings in order, table heads, ids once, links that lead somewhere."""
    page = Elements(render(given.sample(language)))
    assert next(a["lang"] for tag, a in page.found if tag == "html") == language
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[\w.-]+", i) for i in ids)
    targets = [h[1:] for h in page.values("href") if h.startswith("#")]
    targets += [i for v in page.values("aria-labelledby") for i in v.split()]
    assert set(targets) <= set(ids)
    assert {a.get("scope") for tag, a in page.found if tag == "th"} == {"col"}
    scrolls = [a for _, a in page.found if a.get("class") == "scroll"]
    assert scrolls
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrolls)


def test_every_part_is_on_the_page(html):
    """Keeps each kind of document from vanishing silently."""
    text = " ".join(Elements(html).text.split())
    for words in (
        "Möbelhuset Åkerlund AB",
        "1 July 2024 to 30 June 2025",
        "Nordisk Revision",
        "Confidential: group management only",
        "Sellers under pseudonyms",
        "Visits, 12 months",
        "+3% on the year before",
        "−14.3 million SEK",
        "80% interval: −19.0 million SEK to −9.00 million SEK",
        "Criterion: A third at most",
        "Recommendation: Move two visits",
        "What would settle it: Orders with customer",
        "Effect: The plan may rest",
        "Seller 03 · n = 1,204 visits · VF-01",
        "2 more rows in the CSV.",
        "Source: orders, visits",
        "There are 4 findings: 1 to act on now, 1 to plan for, 1 in order, 1 with too few data.",
        "Not in the data Do more visits lead to more orders?",
        "Missing: orders (orders.customer_id), orders (orders.date)",
        "absence.date",
        "Written by the consultant",
        "visits 2025.csv visits 4,210",
        "crm.xlsx (Säljare)",
        "not used",
    ):
        assert words in text


def test_findings_stand_worst_first_with_shape_word_and_colour(html):
    """Keeps the severity readable without colour."""
    chips = re.findall(r'<div class="finding-top"><span class="chip chip-(\w+)">(.*?)</span>', html, re.DOTALL)
    assert [colour for colour, _ in chips] == ["red", "yellow", "green", "grey"]
    words = [Elements(inner).text.strip() for _, inner in chips]
    assert words == ["Act now", "Plan", "In order", "Not enough data"]
    assert len({re.search(r"<svg.*</svg>", inner, re.DOTALL)[0] for _, inner in chips}) == 4


def test_the_named_edition_says_why():
    """Prints the reason when sellers appear by name."""
    html = render(given.sample(privacy={"edition": "named", "reason": "Agreed with the union on 3 May"}))
    assert "Sellers by name" in html
    assert "Agreed with the union on 3 May" in html


def test_the_download_carries_all_rows(html):
    """Keeps the CSV complete where the page shows only the first rows."""
    links = re.findall(r'download="([\w-]+\.csv)" href="data:text/csv;charset=utf-8;base64,([^"]+)"', html)
    assert [name for name, _ in links] == [
        f"mobelhuset-akerlund-ab-{key}.csv" for key in ("rates", "trend", "silent", "grid")
    ]
    silent = base64.b64decode(links[2][1]).decode("utf-8")
    assert silent.startswith("\ufeffcustomer,last,revenue,share,state\r\n")
    assert len(silent.splitlines()) == 7


def test_empty_lists_do_not_break_the_page():
    """Keeps a notebook without findings or key figures publishable."""
    where = given.context()
    nb = given.notebook(
        new_markdown_cell("# Why?"), given.code(given.data(), Kpis([], where), Findings((), where), Commentary("x"))
    )
    assert "No findings." in render(nb)


def test_same_notebook_same_bytes(html):
    """Lets the audit log prove that a report is what the data gave."""
    assert render(given.sample()) == html
    assert SalesAuditExporter().from_notebook_node(given.sample())[0] == html


def test_nbconvert_gives_the_same_page_whatever_the_file_is_called(html, tmp_path, monkeypatch):
    """Keeps file names, folders and other people's templates out of the page."""
    monkeypatch.chdir(tmp_path)
    for name in ("report.html.j2", "page.html.j2", "index.html.j2"):
        (tmp_path / name).write_text("HIJACKED")
    pages = []
    for stem in ("one", "two & <b>"):
        path = tmp_path / f"{stem}.ipynb"
        nbformat.write(given.sample(), path)
        exporter = get_exporter("salesaudit")()
        page, resources = exporter.from_filename(str(path))
        pages.append(page)
        assert resources["output_extension"] == ".html"
    assert pages == [html, html]


def test_a_notebook_that_went_through_a_file_gives_the_same_page(html):
    """Keeps the way through JSON on disk from changing anything."""
    stored = nbformat.writes(given.sample())
    assert render(nbformat.read(io.StringIO(stored), as_version=4)) == html
    assert json.loads(stored)["nbformat"] == 4


def test_the_page_is_small(html):
    """Keeps a report mailable: half a megabyte with five figures."""
    figures = sum(len(d) for d in re.findall(r"<figure.*?</figure>", html, re.DOTALL)) / 4
    assert len(html.encode()) + 2 * figures < 500_000


def test_fonts_have_the_letters_that_are_written():
    """Keeps Nordic letters, dashes, minus signs and the marks of the report in the page's own type."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    import salesaudit.charts  # noqa: F401 - registers the fonts

    regular = next(p for p in TEMPLATES.parent.parent.joinpath("fonts").iterdir() if p.name == "Inter-Regular.ttf")
    have = FT2Font(str(regular)).get_charmap()
    wanted = "åäöæøÅÄÖÆØéüß–—−\u00a0\u202f≥≤▲●■◆○…“”‘’‰×·→✓€"
    assert [c for c in wanted if ord(c) not in have] == []
    found = font_manager.findfont("Inter", fallback_to_default=False)
    assert found.endswith("Inter-Regular.ttf")


def test_fonts_are_light_and_licensed():
    """Keeps the type below its budget, the licence beside it, and the reserved name off the changed font."""
    folders = (TEMPLATES.joinpath("fonts"), TEMPLATES.parent.parent.joinpath("fonts"))
    assert sum(len(f.read_bytes()) for folder in folders for f in folder.iterdir()) < 450_000
    for folder in folders:
        assert "SIL OPEN FONT LICENSE" in folder.joinpath("OFL.txt").read_text(encoding="utf-8")
    assert "Source" not in style()


def test_a_page_stays_light_and_says_what_it_leaves_to_the_workbook():
    """Keeps a report of many customers small enough to be sent, without dropping rows silently."""
    where = given.context()
    columns = [Col("customer", message("Customer")), Col("revenue", message("Revenue"), "money")]
    rows = pd.DataFrame({"customer": [f"K{n}" for n in range(1200)], "revenue": np.arange(1200.0)})
    table = Table("many", message("Many customers"), rows, columns, where)
    html = render(given.notebook(new_markdown_cell("# Why?"), given.code(given.data(), table)))
    assert "The CSV holds the first 1,000 of 1,200 rows; all are in the workbook." in html
    (link,) = re.findall(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', html)
    assert len(base64.b64decode(link).decode("utf-8").splitlines()) == 1001


def test_an_interval_is_not_torn_apart():
    """Keeps "(11.1–12.0)" on one line, and escapes what stands around it."""
    assert whole("<b> 11.5 (11.1–12.0) visits") == '&lt;b&gt; 11.5 <span class="whole">(11.1–12.0)</span> visits'
