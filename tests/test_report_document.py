"""From an executed notebook only our own documents and the Markdown reach a report."""

import logging
import re
from dataclasses import replace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

import report_sample as given
from salesaudit.dataset import Commentary
from salesaudit.figure import Text
from salesaudit.i18n import message
from salesaudit.report import MalformedOutput, read, render
from salesaudit.report.document import Shown, slug
from salesaudit.report.download import cell, csv_text, file_name
from salesaudit.report.markdown import Block, blocks, inline, plain, to_html


def small(*cells, title="# Why?"):
    return given.notebook(new_markdown_cell(title), given.code(given.data()), *cells)


def test_figures_and_tables_are_numbered_apart_and_findings_point_at_them():
    """Keeps "Figure 2" in a finding equal to the figure that is called so on the page."""
    document = read(given.sample())
    shown = [(p.name, p.anchor) for p in document.parts if isinstance(p, Shown)]
    assert shown == [
        ("Figure 1", "fig-rates"),
        ("Figure 2", "fig-trend"),
        ("Table 1", "tab-silent"),
        ("Figure 3", "fig-grid"),
    ]
    assert [j.see.name if j.see else None for j in document.findings] == ["Table 1", "Figure 1", "Figure 2", None]


def test_sections_title_and_lead():
    """Keeps the order of the notebook: the question, the lead, what stands before the first heading, the sections."""
    document = read(given.sample())
    assert document.heading == "Do our sellers visit the right customers often enough?"
    assert document.lead == "Where the visits go, whom they miss, and what that costs."
    assert [s.title for s in document.sections] == [
        "",
        "How often each seller visits",
        "Which customers are missed",
        "The consultant's view",
        "Method and limits",
    ]
    assert len({s.anchor for s in document.sections}) == 5


def test_what_is_not_ours_is_dropped_and_logged(caplog):
    """Keeps prints, frames, pictures and tracebacks of a notebook out of a client's report."""
    foreign = [
        new_output("stream", name="stdout", text="PRINTED-TEXT"),
        new_output("display_data", data={"text/html": "<b>FRAME-HTML</b>", "text/plain": "FRAME-TEXT"}),
        new_output("execute_result", data={"image/svg+xml": "<svg>PICTURE</svg>"}, execution_count=1),
        new_output("display_data", data={"application/javascript": "alert('JS')"}),
        new_output("error", ename="KeyError", evalue="TRACE-VALUE", traceback=["TRACE-LINE"]),
    ]
    nb = small(given.code(*foreign, Text([message("Ours.")], given.context())))
    with caplog.at_level(logging.WARNING, "salesaudit.report"):
        html = render(nb)
    assert len(caplog.records) == len(foreign)
    assert read(nb).dropped[0] == "cell 3: stream"
    assert "Ours." in html
    for word in ("PRINTED", "FRAME", "PICTURE", "alert", "TRACE", "secret_code"):
        assert word not in html


def test_internal_cells_stay_inside():
    """Lets a consultant keep a working note in the notebook without delivering it."""
    hidden = new_markdown_cell("HIDDEN-NOTE", metadata={"tags": ["internal"]})
    nb = small(hidden, given.code(Text([message("HIDDEN-TEXT")], given.context()), tags=("internal",)))
    assert "HIDDEN" not in render(nb)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 2, "type": "text", "paragraphs": []},
        {"type": "text", "paragraphs": []},
        {"version": 1, "type": "html", "html": "<b>x</b>"},
        {"version": 1, "type": "text", "paragraphs": "x"},
        {"version": 1, "type": "text", "paragraphs": [{"a": 1}]},
        {"version": 1, "type": "text"},
        {"version": 1, "type": "findings", "items": [{"code": "X"}]},
        ["text"],
        "text",
    ],
)
def test_a_malformed_document_is_refused(document):
    """Fails closed: a report with a hole in it must not look like a report."""
    with pytest.raises(MalformedOutput):
        read(small(given.code(given.document_output(document))))


def test_a_report_needs_a_cover_and_a_title():
    """Refuses pages that would not say whose they are or what they ask."""
    with pytest.raises(MalformedOutput, match="cover"):
        read(given.notebook(new_markdown_cell("# Why?")))
    with pytest.raises(MalformedOutput, match="title"):
        read(small(title="no heading"))
    with pytest.raises(MalformedOutput, match="two clients"):
        read(small(given.code(given.data(name="Another AB"))))


def test_markdown_is_translated_block_by_block(monkeypatch):
    """Keeps the headings and paragraphs of a notebook in the language of the report."""
    words = {"Why?": "Varför?", "One two three.": "Ett två tre.", "- a\n- b": "- å\n- ä", "Part": "Del"}

    class Catalogue:
        def gettext(self, text):
            assert text, "the empty text is the header of the catalogue"
            return words.get(text, text)

        def ngettext(self, one, many, n):
            return many

    for module in ("document", "page"):
        monkeypatch.setattr(f"salesaudit.report.{module}.catalogue", lambda language: Catalogue())
    html = render(small(new_markdown_cell("## Part\n\nOne two\nthree.\n\n- a\n- b")))
    for text in ("Varför?", "Ett två tre.", "<li>å</li>", "Del</h2>"):
        assert text in html


def test_blocks_are_what_the_extractor_sees():
    """Keeps extraction and lookup the same: paragraphs on one line, lists and code as they stand."""
    source = "# T *x*\ntext on\ntwo lines\n\n- a\n- b\n\n```\n# no heading\n\nx\n```\n\n### Deep ##"
    assert list(blocks(source)) == [
        Block("T *x*", 1),
        Block("text on two lines"),
        Block("- a\n- b"),
        Block("```\n# no heading\n\nx\n```"),
        Block("Deep", 3),
    ]


@pytest.mark.parametrize("markdown", ["", "  \n"])
def test_an_empty_commentary_leaves_no_trace(markdown):
    """Keeps an empty frame, and its heading, out of a report nobody commented on."""
    html = render(small(new_markdown_cell("## SLOT"), given.code(Commentary(markdown))))
    assert "SLOT" not in html
    assert 'class="view"' not in html


def test_commentary_is_cleaned_and_marked():
    """Lets the consultant write Markdown, and nothing that runs, loads or leads out of the file."""
    text = (
        "# Big\n\n#### Small\n\n**bold** [ok](#summary) [gone](#nowhere) [x](javascript:alert(1)) "
        "[site](https://example.org/a) <img src=x onerror=alert(1)> ![pic](https://example.org/p.png)\n\n"
        "[mail](mailto:a@b.se) <https://example.org/b>"
    )
    html = str(to_html(text, anchors={"summary"}))
    assert "<h3>Big</h3>" in html
    assert "<h4>Small</h4>" in html
    assert '<a href="#summary">ok</a>' in html
    assert "site (https://example.org/a)" in html
    assert '<a href="mailto:a@b.se">mail</a>' in html
    assert html.count("href=") == 2
    assert "<img" not in html
    page = render(small(given.code(Commentary(text))))
    assert "Written by the consultant" in page


def test_titles_without_marks():
    """Keeps asterisks and tags out of window titles and file names."""
    assert plain("Is *this* `it`?") == "Is this it?"
    assert slug("Åkerlund & Søn: Æbler!") == "akerlund-son-aebler"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert file_name("Möbelhuset AB", "a/b") == "mobelhuset-ab-a-b.csv"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_text_is_never_a_formula(start):
    """Protects the client's spreadsheet from a customer called =HYPERLINK(...)."""
    assert cell(f"{start}1+1") == f"'{start}1+1"


def test_csv_numbers_stay_numbers_in_the_language_of_the_reader():
    """Lets a double click open the file with numbers in cells, in Sweden and in Britain."""
    rows = [["Åsa", -1234.5, -3, None, True, "2025-01-01"]]
    columns = ["name", "a", "b", "c", "d", "=e"]
    swedish = csv_text(columns, rows, language="sv")
    english = csv_text(columns, rows, language="en")
    assert swedish == "\ufeffname;a;b;c;d;'=e\r\nÅsa;-1234,5;-3;;true;2025-01-01\r\n"
    assert english.splitlines()[1] == "Åsa,-1234.5,-3,,true,2025-01-01"


def test_a_finding_that_points_nowhere_has_no_link(caplog):
    """Keeps dead links out of the report, and tells the author."""
    where = given.context()
    group = given.findings(where)
    lost = replace(group.items[0], see="nothing")
    with caplog.at_level(logging.WARNING, "salesaudit.report"):
        document = read(small(given.code(replace(group, items=(lost,)))))
    assert document.findings[0].see is None
    assert "nothing" in caplog.text


def test_code_is_never_shown():
    """Keeps parameters, paths and thresholds out of the client's page."""
    nb = small(new_code_cell("PASSWORD = 'x'"))
    assert "PASSWORD" not in render(nb)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456789, "0,123457"),
        (1234567.891, "1234568"),
        (-0.00001234567, "-0,0000123457"),
        (12.0, "12"),
        (0.1 + 0.2, "0,3"),
        (1e20, "100000000000000000000"),
        (float("inf"), ""),
    ],
)
def test_numbers_in_a_csv_carry_six_digits(value, text):
    """Keeps digits that nobody measured out of the file, without powers of ten that a spreadsheet would misread."""
    assert cell(value) == text


@pytest.mark.parametrize("text", ["How often?", "1. A: b - c (d)", "- x", "2025", "Åsa – k.", "A _b_ c", "a  b", ""])
def test_a_heading_without_marks_takes_the_short_way_to_the_same_place(text, monkeypatch):
    """Keeps the short cut for plain headings from reading them otherwise than Markdown does."""
    short = inline(text)
    monkeypatch.setattr("salesaudit.report.markdown._NO_MARKS", re.compile("(?!)"))
    assert inline(text) == short
