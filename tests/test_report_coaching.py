"""One sheet per seller for a talk: own values beside the middle of all, and nobody else."""

import re
from collections.abc import Callable

import pandas as pd
import pytest
from nbformat.v4 import new_markdown_cell

import report_sample as given
from salesaudit.dataset import SalesData
from salesaudit.errors import UserError
from salesaudit.figure import Col, Table
from salesaudit.finding import Finding, Findings, Severity
from salesaudit.i18n import message
from salesaudit.report import read, render_coaching, sellers
from salesaudit.report.document import Document

VISITS = [4.0, 8.0, 2.0, 6.0, 10.0, 12.0]


@pytest.fixture
def document(make_data: Callable[..., SalesData]) -> Callable[..., Document]:
    """Read a report on some sellers: a table of them all, and a finding about the second."""

    def build(
        edition: str = "pseudonymised", number: int = 6, name: str = "Person", language: str = "en", **more: object
    ) -> Document:
        ids = [f"U-{n:03d}" for n in range(number)]
        frame = pd.DataFrame({"seller_id": ids, "name": [f"{name} {chr(65 + n)}x" for n in range(number)]})
        privacy = {"edition": edition, "reason": "agreed"}
        data = make_data(sellers=frame, settings={"language": language, "privacy": privacy})
        context = data.context
        rows = pd.DataFrame(
            {
                "label": context.sellers(ids),
                "visits": VISITS[:number],
                "low": [v - 1 for v in VISITS[:number]],
                "high": [v + 1 for v in VISITS[:number]],
                "share": [0.5, 0.25, *[None] * (number - 2)],
            }
        )
        columns = [
            Col("label", message("Seller"), "seller"),
            Col("visits", message("Visits per week"), "rate", "low", "high"),
            Col("share", message("Share of the day"), "share"),
        ]
        title = message("What {who} do", who="sellers")
        told = {"subtitle": message("Per week"), "rows_shown": 2, "individual": True} | more
        text = message("Something is so")
        found = [
            Finding(
                "XX-01",
                Severity.RED,
                message("{seller} makes fewer visits", seller=context.seller(i)),
                message("The others make more."),
                text,
                message("Coach the planning."),
                7,
                message("visits"),
                subject=context.seller(i),
                see="t",
                individual=True,
            )
            for i in ids[1:3]
        ]
        common = Finding("XX-02", Severity.GREEN, message("All is well"), text, text, None, 1, message("visits"))
        nb = given.notebook(
            new_markdown_cell("# How many visits?"),
            given.code(data),
            given.code(Findings((*found, common), context)),
            given.code(Table("t", title, rows, columns, context, **told)),
        )
        return read(nb)

    return build


def lines(page: str) -> list[list[str]]:
    """Return the cells of the tables of a page."""
    rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows]


def seller_with(document: Document, visits: float) -> str:
    """Return the label of the seller who makes so many visits."""
    table = next(p.shape for p in document.parts if p.type == "table")
    return next(row[0] for row in table.rows if row[1] == visits)


def test_own_values_beside_the_middle_of_all(document: Callable[..., Document]) -> None:
    """The sheet shows the seller's value with its interval, the median and the quartiles of all six, by hand 7, 4.5 and
    9.5; a value that only two sellers have gets no middle. Sellers whom the report's page cuts off are there too."""
    report = document()
    page = render_coaching([report], seller_with(report, 12.0))
    assert lines(page) == [
        ["Measure", "Own value", "Middle of all sellers", "Middle half"],
        ["Visits per week", "12.0 (11.0–13.0)", "7.0", "4.5–9.5"],
        ["Share of the day", "–", "n &lt; 5", "n &lt; 5"],
    ]
    assert "Per week" in page


def test_nobody_else_is_on_the_sheet(document: Callable[..., Document]) -> None:
    """A sheet holds one label, only the findings about it, no rank and no link that leads nowhere."""
    report = document()
    everybody = sellers([report])
    assert everybody == [f"Seller 0{n}" for n in range(1, 7)]
    concerned = {j.item.subject for j in report.findings if j.item.subject}
    for seller in everybody:
        page = render_coaching([report], seller)
        assert set(re.findall(r"Seller \d\d", page)) == {seller}
        assert ("makes fewer visits" in page) == (seller in concerned)
        assert "All is well" not in page
        assert not re.search(r"\brank", page.split("<main")[1])
        assert "<script" not in page
        ids = set(re.findall(r' id="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_four_sellers_have_no_middle(document: Callable[..., Document]) -> None:
    """Below five sellers the middle would tell of three colleagues, so there is only the own value."""
    report = document(number=4)
    page = render_coaching([report], seller_with(report, 4.0))
    assert lines(page) == [
        ["Measure", "Own value"],
        ["Visits per week", "4.0 (3.0–5.0)"],
        ["Share of the day", "50%"],
    ]


def test_a_total_is_no_seller(document: Callable[..., Document]) -> None:
    """The last row of a table with a total is neither a person nor part of the middle."""
    report = document(total=True)
    table = next(p.shape for p in report.parts if p.type == "table")
    last = table.rows[-1]
    page = render_coaching([report], table.rows[0][0])
    middle = pd.Series([row[1] for row in table.rows[:-1]]).median()
    assert lines(page)[1][2] == f"{middle:.1f}"
    assert last[0] not in {row[0] for row in table.rows[:-1]}


def test_no_sheets_in_the_team_edition(document: Callable[..., Document]) -> None:
    """The team edition promises that no seller is shown alone, and says so when it is asked for sheets."""
    for ask in (sellers, lambda documents: render_coaching(documents, "Seller 01")):
        with pytest.raises(UserError, match="team edition") as error:
            ask([document("team")])
        assert "pseudonymised" in error.value.fix
    with pytest.raises(UserError, match="run the notebooks"):
        sellers([])


def test_an_unknown_seller_is_named_back(document: Callable[..., Document]) -> None:
    """A misspelt label stops with the nearest right one."""
    with pytest.raises(UserError, match="did you mean 'Seller 03'"):
        render_coaching([document()], "Seler 03")


def test_names_are_text_and_the_language_is_the_reports(document: Callable[..., Document]) -> None:
    """A seller called like a tag does nothing, and the sheet is in the report's language, decimal comma included."""
    report = document("named", name="<b onclick=x>", language="sv")
    seller = sellers([report])[0]
    page = render_coaching([report], seller)
    assert '<html lang="sv">' in page
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt; Ax" in page
    assert "&lt;b onclick=x&gt; Bx" not in page
    assert lines(page)[1][1:] == ["4,0 (3,0–5,0)", "7,0", "4,5–9,5"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_sheet_fits_the_window(width: int, document: Callable[..., Document], open_page: Callable) -> None:
    """A sheet read on a phone does not scroll sideways and asks for nothing outside."""
    report = document()
    opened = open_page(render_coaching([report], sellers([report])[0]), width)
    assert opened.overflow() <= 0
    assert not [r for r in opened.requests if not r.startswith("file:")]
