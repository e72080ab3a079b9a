"""The first words of a report: three computed sentences, and sections whose titles are the message."""

import re
from dataclasses import replace

import pytest
from nbformat.v4 import new_markdown_cell

import report_sample as given
from salesaudit.finding import Findings
from salesaudit.format import Loc
from salesaudit.i18n import message
from salesaudit.report import Page, read, render, render_index
from salesaudit.report.document import Document
from salesaudit.report.opening import opening
from salesaudit.schema import TABLES
from salesaudit.words import TABLE_WORDS, table_word

WHERE = given.context()
RED, YELLOW, GREEN, GREY = given.findings(WHERE).items


def document(*findings) -> Document:
    return read(
        given.notebook(
            new_markdown_cell("# Why?"),
            given.code(given.data(), Findings(findings, WHERE)),
            new_markdown_cell("## Which customers are missed"),
            given.code(given.table(WHERE)),
        )
    )


def said(*findings) -> list[str]:
    return [s.said.text(Loc()).replace("\u00a0", " ") for s in opening(document(*findings).findings)]


def test_the_three_sentences() -> None:
    """Tells a reader with ten seconds how much there is, what is gravest, and what is at stake with its range."""
    assert said(GREEN, YELLOW, RED, GREY) == [
        "There are 4 findings: 1 to act on now, 1 to plan for, 1 in order, 1 with too few data.",
        "The gravest finding: The largest customers are visited least.",
        "The largest amount at stake is −14.3 million SEK (80% interval: −19.0 million SEK to −9.00 million SEK).",
    ]


def test_one_finding_is_singular() -> None:
    """Keeps the grammar right where there is one."""
    assert said(GREY)[0].startswith("There is 1 finding: 0 to act on now")


def test_the_largest_amount_need_not_be_that_of_the_gravest_finding() -> None:
    """Names the larger sum although its finding is less grave, and says what the sum is."""
    dear = replace(YELLOW, effect=WHERE.money(99e6), effect_of=message("margin a year"))
    sentences = opening(document(RED, dear).findings)
    assert sentences[1].about.item.severity == "red"
    assert sentences[2].about.item.severity == "yellow"
    assert said(RED, dear)[2] == "The largest amount at stake is 99.0 million SEK: margin a year."
    ranged = replace(dear, effect=WHERE.money(99e6, 90e6, 110e6))
    assert said(ranged)[2].endswith(
        "99.0 million SEK (80% interval: 90.0 million SEK to 110 million SEK): margin a year."
    )
    assert said(replace(RED, effect=WHERE.money(2e6)))[2] == "The largest amount at stake is 2.00 million SEK."


def test_no_amount_is_made_up() -> None:
    """Says that nothing can be priced, and does not put the money of what is in order at stake."""
    rich = replace(GREEN, effect=WHERE.money(99e6))
    assert said(replace(RED, effect=None), rich)[2] == "No amount can be put on what has to be acted on or planned for."
    assert said(rich, GREY)[1:] == [
        "Nothing has to be acted on now or planned for.",
        "No finding puts an amount at stake.",
    ]
    assert said() == ["There are no findings."]


def test_where_nothing_is_known_nothing_is_in_order() -> None:
    """Findings that all lack data do not read as if there were nothing to do."""
    assert said(GREY, GREY)[1:] == ["Nothing can be judged yet."]
    page = Page("01_visits", "done", document(GREY))
    index = render_index([page], client="A", language="en")
    assert "Nothing can be judged yet." in index
    assert "Nothing has to be acted on" not in index
    calm = render_index([Page("01_visits", "done", document(GREY, GREEN))], client="A", language="en")
    assert "Nothing has to be acted on now or planned for." in calm


def test_every_number_of_the_sentences_is_typed() -> None:
    """Keeps prose and findings from drifting apart: no digit stands in a template."""
    for sentence in opening(document(GREEN, YELLOW, RED, GREY).findings):
        assert not re.search(r"\d", sentence.said.template.replace("80% interval", ""))


def test_they_stand_on_top_of_report_and_index() -> None:
    """Puts the sentences before key figures and findings, with a link to the evidence."""
    html = render(given.sample())
    top = html[html.index('<h2 id="summary">') :]
    assert top.index("The gravest finding") < top.index('<dl class="kpis">') < top.index('class="finding"')
    assert '<a href="#tab-silent">Table 1</a>' in top[: top.index('<dl class="kpis">')]
    index = render_index([Page("01_visits", "done", read(given.sample()))], client="A", language="en")
    assert index.index("The gravest finding") < index.index('<ul class="tally">')
    assert '<a href="01_visits.html#tab-silent">' in index[: index.index('<ul class="tally">')]


def test_a_report_without_a_summary_of_its_own_gets_the_sentences() -> None:
    """Does not lose the sentences where the notebook shows its findings further down."""
    nb = given.notebook(
        new_markdown_cell("# Why?"),
        given.code(given.data()),
        new_markdown_cell("## Findings"),
        given.code(Findings((RED,), WHERE)),
    )
    assert "The gravest finding" in render(nb)


def claims(doc: Document) -> dict[str, str]:
    return {s.title: s.claim for s in doc.sections}


def test_a_section_is_called_after_its_worst_finding() -> None:
    """Makes headings say what was found; the topic stays above them, in the contents and in the anchor."""
    doc = document(replace(GREEN, see="silent"), RED)
    assert claims(doc) == {"": "", "Which customers are missed": "The largest customers are visited least"}
    html = render(given.sample())
    title = re.search(r'<h2 id="s-which-customers-are-missed">(.*?)</h2>', html)[1]
    assert title == '<span class="kicker">Which customers are missed</span> The largest customers are visited least'
    assert '<a href="#s-which-customers-are-missed">Which customers are missed</a>' in html


@pytest.mark.parametrize("shown", [(), (replace(GREY, see="silent"),), (replace(RED, see=""),)])
def test_a_section_without_a_judgement_keeps_its_topic(shown) -> None:
    """Puts no message above a section that shows none: no finding, one that lacks data, or one shown elsewhere."""
    assert claims(document(*shown)).get("Which customers are missed") == ""


def test_a_person_is_not_the_headline_where_all_are_concerned() -> None:
    """Of two equally grave findings the one on everybody is the title, whatever their amounts."""
    person = replace(RED, subject="Seller 03", title=message("Seller 03 visits least"), effect=WHERE.money(-90e6))
    assert claims(document(person, RED))["Which customers are missed"] == "The largest customers are visited least"
    assert claims(document(person, YELLOW))["Which customers are missed"] == "Seller 03 visits least"


def test_every_table_has_a_word() -> None:
    """Keeps code names of tables out of the reader's sight."""
    assert set(TABLE_WORDS) == set(TABLES)
    assert table_word("time_use.minutes").text(Loc()) == "time use"
    assert table_word("nonsense") is None
