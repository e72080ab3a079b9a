"""The page above all reports, and the findings for machines."""

import json
import re
from itertools import pairwise

import pytest

import report_sample as given
from salesaudit.report import Page, findings_json, read, render, render_index
from test_report_page import PAYLOADS, Elements, hostile

CLIENT = "Möbelhuset Åkerlund AB"


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    document = read(given.sample())
    return [
        Page("01_visits", "done", document),
        Page("02_route", "skipped", message="orders.date", question="Do they drive the *right* way?"),
        Page("03_pipeline", "failed", message="Traceback (most recent call last): KeyError"),
        Page("04_again", "done", document),
    ]


@pytest.fixture(scope="module")
def index(pages) -> str:
    return render_index(pages, client=CLIENT, language="en")


def test_all_findings_worst_first_with_links_that_resolve(pages, index):
    """Keeps the summary in the order of what matters, and every link on a real place of a real page."""
    links = re.findall(r'<(?:h3|li) id="[\w-]+"><a href="([\w.]+)#([\w-]+)">', index)
    assert [href for href, _ in links] == ["01_visits.html", "04_again.html"] * 4
    ids = Elements(render(given.sample())).values("id")
    assert {anchor for _, anchor in links} <= set(ids)
    colours = re.findall(r'<div class="finding-top"><span class="chip chip-(\w+)"', index)
    assert colours == ["red", "red", "yellow", "yellow"]
    assert re.findall(r'<h2 id="(\w+)" class="mark-\w+">', index) == ["green", "grey"]


def test_what_was_skipped_or_failed_is_said_without_a_traceback(index):
    """Tells the client what to send, and never shows the inside of a failure."""
    text = " ".join(Elements(index).text.split())
    wanted = "Do they drive the right way? The client's data lack what this report needs. Missing: orders (orders.date)"
    assert wanted in text
    assert "pipeline This report could not be made" in text
    assert "Traceback" not in index
    assert "KeyError" not in index
    assert "03_pipeline.html" not in index


def test_tally_sources_and_key_figures(index):
    """Keeps the counts, the files and the key figures of every report on the first page."""
    text = " ".join(Elements(index).text.split())
    assert "Act now2 Plan2 In order2 Not enough data2" in text
    assert index.count("visits 2025.csv") == 1
    assert text.count("Visits, 12 months") == 2
    assert "There are 8 findings: 2 to act on now, 2 to plan for, 2 in order, 2 with too few data." in text


def test_structure_of_the_summary(index):
    """Keeps the first page as closed and as readable by ear as the reports."""
    page = Elements(index)
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in page.values("href") if h.startswith("#")} <= set(ids)
    assert "<script" not in index
    assert "Content-Security-Policy" in index


def test_nothing_done_is_still_a_page():
    """Keeps the summary readable when every notebook was skipped."""
    html = render_index([Page("01_visits", "skipped", message="visits")], client="A & B <b>", language="sv")
    assert "A &amp; B &lt;b&gt;" in html
    assert 'lang="sv"' in html


def test_a_page_has_a_document_exactly_when_it_is_done():
    """Keeps a failed notebook from publishing anything."""
    with pytest.raises(ValueError, match="exactly when it is done"):
        Page("x", "done")
    with pytest.raises(ValueError, match="exactly when it is done"):
        Page("x", "failed", read(given.sample()))


def test_same_pages_same_bytes(pages, index):
    """Lets the summary be compared between runs."""
    assert render_index(pages, client=CLIENT, language="en") == index


def test_findings_for_machines(pages):
    """Keeps every number of a finding, its evidence and its place readable by a program."""
    document = findings_json(pages, client=CLIENT, language="en")
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    assert json.loads(text) == document
    assert document["as_of"] == "2025-06-30"
    assert [r["status"] for r in document["reports"]] == ["done", "skipped", "failed", "done"]
    assert document["reports"][1]["missing"] == "orders.date"
    assert document["reports"][2]["missing"] is None
    first = document["findings"][0]
    assert first["href"] == f"01_visits.html#{first['anchor']}"
    assert first["notebook"] == "01_visits"
    assert first["shown_as"] == "Table 1"
    assert first["effect_value"]["value"] == -14.3e6
    assert first["values"]["condition"]["share"]["low"] == 0.36
    assert first["evidence"] == {"table": "visits", "ids": ["a", "b"], "total": 2}
    assert "Traceback" not in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text_in_the_summary(payload):
    """Keeps names that look like code harmless on the first page, too."""
    pages = [Page("01_visits", "done", read(hostile(payload))), Page("02_x", "skipped", message=payload)]
    page = Elements(render_index(pages, client=payload, language="en"))
    assert not {tag for tag, _ in page.found} & {"script", "img", "iframe"}
    assert not [name for _, a in page.found for name in a if name.startswith("on")]
    assert all(h.startswith(("#", "01_visits.html")) for h in page.values("href"))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_summary_fits_the_window(width, index, open_page):
    """Protects the reader on a phone from a first page that scrolls sideways."""
    opened = open_page(index, width, name="index.html")
    assert opened.overflow() <= 0
    assert opened.console == []
    assert opened.dialogs == []
