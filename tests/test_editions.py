"""Three editions of one report: pseudonyms, teams without any single seller, and names where they were asked for."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_markdown_cell

import editions
import report_sample as given
from salesaudit import charts
from salesaudit.dataset import SalesData, Source, commentary
from salesaudit.figure import Col, Figure, Kpi, Kpis, Table, Text
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count
from salesaudit.i18n import message
from salesaudit.privacy import Mask
from salesaudit.report import read, render
from salesaudit.report.document import Document, Shown
from salesaudit.report.shapes import FigureShape, TableShape

OTHERS = ("pseudonymised", "named")
TEAMS = {"North": 6, "South": 3, None: 2}
"""Sellers in each team of `client`; two are in none."""


@pytest.fixture
def client(make_data: Callable[..., SalesData]) -> Callable[..., SalesData]:
    """Build a client with eleven sellers in two teams."""

    def build(edition: str, **tables: pd.DataFrame) -> SalesData:
        teams = [team for team, number in TEAMS.items() for _ in range(number)]
        sellers = pd.DataFrame(
            {
                "seller_id": [f"U-{n:03d}" for n in range(len(teams))],
                "name": [f"Ada Lund{chr(97 + n)}" for n in range(len(teams))],
                "team": teams,
            }
        )
        privacy = {"privacy": {"edition": edition, "reason": "agreed"}}
        return make_data(sellers=sellers, settings=privacy, **tables)

    return build


def of_sellers(data: SalesData, **more: object) -> Table:
    """Return a table with one row per seller: 1 to 11 visits, and a share that only four of the sellers have."""
    context = data.context
    n = np.arange(1.0, 12)
    frame = pd.DataFrame(
        {
            "seller": context.sellers(data.seller_ids),
            "visits": n,
            "low": n - 1,
            "high": n + 1,
            "share": np.where(n < 5, n / 10, np.nan),
            "colour": "red",
            "unseen": n * 100,
        }
    )
    columns = [
        Col("seller", message("Seller"), "seller"),
        Col("visits", message("Visits"), "count", "low", "high", bar=True),
        Col("share", message("Share"), "share"),
        Col("colour", message("Colour"), "severity"),
    ]
    told = {"subtitle": message("Visits in a year"), "individual": True} | more
    return Table("sellers", message("The sellers"), frame, columns, context, **told)


def dots(data: SalesData, *, individual: bool) -> Figure:
    """Return a figure with one dot per seller."""
    context = data.context
    frame = pd.DataFrame({"seller": context.sellers(data.seller_ids), "rate": np.arange(11.0)})
    draw = charts.intervals(frame, label="seller", value="rate", loc=context.loc)
    words = message("Rates from {low} to {high}", low=Count(0), high=Count(10))
    return Figure("dots", draw, words, words, words, frame, context, individual=individual)


def finding(code: str, **more: object) -> Finding:
    text = message("Something is so")
    return Finding(code, Severity.RED, text, text, text, None, 3, message("visits"), **more)


def body(document: dict) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in document["body"]]


# --- the team edition -------------------------------------------------------------------------------------------------


def test_medians_of_groups_stand_in_the_place_of_sellers(client: Callable[..., SalesData]) -> None:
    """The team edition shows the middle of each group of five or more, and "n < 5" in every cell of a smaller one."""
    document = of_sellers(client("team")).as_json()
    assert [h["label"] for h in document["head"]] == ["Group", "Sellers", "Visits", "Share"]
    assert body(document) == [
        ["All sellers", "11", "6", "n < 5"],
        ["North", "6", "4", "n < 5"],
        ["South", "n < 5", "n < 5", "n < 5"],
    ]
    assert document["columns"] == ["group", "sellers", "visits", "share"]
    assert document["rows"] == [
        ["All sellers", 11, 6.0, "n < 5"],
        ["North", 6, 3.5, "n < 5"],
        ["South", "n < 5", "n < 5", "n < 5"],
    ]
    assert document["subtitle"].startswith("Visits in a year; medians of the sellers in each group")
    assert "groups of fewer than 5 are not shown" in document["subtitle"]


def test_one_team_is_all_sellers(make_data: Callable[..., SalesData]) -> None:
    """A client with one team gets one row and not the same one twice; sellers outside the table are no seller."""
    sellers = pd.DataFrame({"seller_id": list("abcdef"), "team": "One"})
    data = make_data(sellers=sellers, settings={"privacy": {"edition": "team"}})
    labels = data.context.sellers(["a", "b", "c", "d", "e", "f", "stranger", "another"])
    frame = pd.DataFrame({"seller": labels, "visits": [1, 2, 3, 4, 5, 6, 1000, 1000]})
    columns = [Col("seller", message("Seller"), "seller"), Col("visits", message("Visits"), "number")]
    table = Table("t", message("T"), frame, columns, data.context, individual=True)
    assert body(table.as_json()) == [["All sellers", "6", "3.50"]]


def test_a_figure_of_sellers_is_withheld_and_said_so(
    client: Callable[..., SalesData], caplog: pytest.LogCaptureFixture
) -> None:
    """A finding may point at a withheld figure: the page says why it is not there, and nobody is warned."""
    data = client("team")
    nb = given.notebook(
        new_markdown_cell("# Who?"),
        given.code(data),
        given.code(Findings((finding("XX-01", see="dots"), finding("XX-02", see="nowhere")), data.context)),
        given.code(dots(data, individual=True), dots(data, individual=True)),
    )
    with caplog.at_level(logging.WARNING):
        document = read(nb)
    assert [j.see for j in document.findings] == [None, None]
    assert [r.getMessage() for r in caplog.records] == [
        "finding 'XX-02' points at 'nowhere', which the report does not show"
    ]
    page = render(nb)
    assert page.count("Not in this edition") == 1, "said once where several stand together"
    assert "shows no single seller and no group of fewer than 5" in page
    assert "Teams, no single seller" in page
    assert "Rates from" not in page


@pytest.mark.parametrize("edition", OTHERS)
def test_the_other_editions_show_sellers_one_by_one(client: Callable[..., SalesData], edition: str) -> None:
    """What the team edition withholds is there in the others, marked as being about single sellers."""
    data = client(edition)
    figure, table = dots(data, individual=True).as_json(), of_sellers(data).as_json()
    assert (figure["type"], figure["individual"], table["individual"]) == ("figure", True, True)
    assert len(table["rows"]) == len(figure["rows"]) == 11


def test_what_nobody_has_marked_is_withheld_too(client: Callable[..., SalesData]) -> None:
    """A figure or table with labels that its author forgot to mark fails closed, and a stray label loses its number."""
    data = client("team")
    context = data.context
    assert dots(data, individual=False).as_json()["type"] == "withheld"
    frame = pd.DataFrame({"who": context.sellers(data.seller_ids), "visits": range(11)})
    table = Table("t", message("T"), frame, [Col("visits", message("Visits"), "count")], context)
    assert table.as_json()["type"] == "withheld"
    assert table.view(table.as_json()) == {"text/plain": "Sellers one by one are shown in the other editions only"}
    said = message("{seller} is late", seller=context.seller("U-003"))
    shown = json.dumps([Text([said], context).as_json(), Kpis([Kpi(said, Count(1), said)], context).as_json()])
    assert "[seller] is late" in shown
    assert not re.search(r"Seller \d", shown)


def test_columns_of_sellers_go_and_the_rows_stay(client: Callable[..., SalesData]) -> None:
    """A table of customers keeps its customers in the team edition and loses who owns them, in the CSV too."""
    shown = {}
    for edition in ("pseudonymised", "team"):
        context = client(edition).context
        frame = pd.DataFrame({"customer": ["Acme", "Beta"], "owner": context.sellers(["U-001", None]), "sum": [1, 2]})
        columns = [Col("customer", message("Customer")), Col("owner", message("Seller"), "seller")]
        shown[edition] = Table("t", message("T"), frame, columns, context).as_json()
    assert [h["label"] for h in shown["pseudonymised"]["head"]] == ["Customer", "Seller"]
    assert [h["label"] for h in shown["team"]["head"]] == ["Customer"]
    assert shown["team"]["columns"] == ["customer", "sum"]
    assert shown["team"]["rows"] == [["Acme", 1], ["Beta", 2]]


def test_a_value_that_rests_on_few_sellers_is_not_shown(client: Callable[..., SalesData]) -> None:
    """What one or two sellers did is theirs even under the name of an activity; nought sellers are no secret."""
    rows = {"what": ["calls", "seminars", "fairs"], "n": [50.0, 3.0, np.nan], "sellers": [5, 4, 0]}
    columns = [
        Col("what", message("Activity")),
        Col("n", message("Number"), "count", bar=True, sellers="sellers"),
        Col("sellers", message("Sellers"), "count", sellers="sellers"),
    ]
    for edition, seminars in (("pseudonymised", ["seminars", "3", "4"]), ("team", ["seminars", "n < 5", "n < 5"])):
        table = Table("t", message("T"), pd.DataFrame(rows), columns, client(edition).context)
        document = table.as_json()
        assert body(document)[:2] == [["calls", "50", "5"], seminars]
        assert body(document)[2][1] == "–"
        assert ("n < 5" in document["rows"][1]) == (edition == "team")


def test_findings_about_sellers_are_left_out_and_counted(client: Callable[..., SalesData]) -> None:
    """The team edition says that findings are missing; a number below five would point at persons."""
    made = [finding("XX-01", subject=f"Seller {n:02d}", individual=True) for n in range(6)]
    common = finding("XX-02")
    for number, note in ((0, None), (1, "Fewer than 5 findings"), (4, "Fewer than 5 findings"), (5, "5 findings")):
        shown = Findings((*made[:number], common), client("team").context)
        document = shown.as_json()
        assert [i["code"] for i in document["items"]] == ["XX-02"]
        assert (document["note"] or "").startswith(note or "")
        assert bool(document["note"]) == bool(note)
    everywhere = Findings((*made, common), client("pseudonymised").context).as_json()
    assert len(everywhere["items"]) == 7
    assert everywhere["note"] is None
    with pytest.raises(TypeError, match="context"):
        Findings((common,), client("team").context.loc)


# --- in every edition -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [False, True])
def test_sellers_are_never_ranked(client: Callable[..., SalesData], total: bool) -> None:
    """A table of sellers stands in the order of the labels, however its author has sorted it; a total stays last."""
    table = of_sellers(client("pseudonymised"))
    ranked = table.data.sort_values("visits", ascending=False)
    shown = replace(table, data=ranked, total=total).data["seller"].tolist()
    last = [shown.pop()] if total else []
    assert shown == sorted(shown)
    assert last == ([ranked["seller"].iloc[-1]] if total else [])
    with pytest.raises(ValueError, match="kind 'seller'"):
        replace(table, columns=[Col("visits", message("Visits"), "count")])


@pytest.mark.parametrize("edition", ["pseudonymised", "team", "named"])
def test_columns_of_raw_ids_never_leave(client: Callable[..., SalesData], edition: str) -> None:
    """The ids of a CRM are often names: a column of them is in no CSV file, whoever left it in the frame."""
    context = client(edition).context
    frame = pd.DataFrame({"x": [1, 2], "owner_seller_id": ["U-001", "U-002"], "seller_id": ["U-001", "U-002"]})
    draw = charts.bars(frame.assign(x=["a", "b"], y=[1, 2]), label="x", value="y", loc=context.loc)
    figure = Figure("f", draw, *[message("F")] * 3, frame, context)
    table = Table("t", message("T"), frame, [Col("x", message("X"), "count")], context)
    assert figure.as_json()["columns"] == table.as_json()["columns"] == ["x"]


def test_evidence_holds_labels_where_its_rows_are_sellers(client: Callable[..., SalesData]) -> None:
    """The rows behind a finding are ids; those of sellers are labels in the report, and nothing in the team edition."""
    evidence = {table: Evidence.of(table, ["U-001", "U-002"]) for table in ("sellers", "absence", "visits")}
    for edition in ("pseudonymised", "team"):
        context = client(edition).context
        items = Findings(tuple(finding(t, evidence=e) for t, e in evidence.items()), context).as_json()["items"]
        ids = {i["code"]: i["evidence"]["ids"] for i in items}
        labels = context.sellers(["U-001", "U-002"]) if edition == "pseudonymised" else []
        assert ids["sellers"] == ids["absence"] == labels
        assert not re.search(r"U-00\d", json.dumps(ids))
        assert {i["evidence"]["total"] for i in items} == {2}


def test_two_sellers_with_one_name_stay_two(make_data: Callable[..., SalesData]) -> None:
    """The named edition tells two people of the same name apart, by their ids."""
    sellers = pd.DataFrame({"seller_id": ["a1", "b2", "c3"], "name": ["Bo Ek", "Bo Ek", "Ann Li"]})
    data = make_data(sellers=sellers, settings={"privacy": {"edition": "named", "reason": "agreed"}})
    assert data.context.sellers(["a1", "b2", "c3"]) == ["Bo Ek (a1)", "Bo Ek (b2)", "Ann Li"]


# --- the mask ---------------------------------------------------------------------------------------------------------

MASK = Mask(
    (("Åsa Öberg", "S1"), ("Anna Maria Svensson", "S2"), ("Jan Olsen", "S3"), ("kb-017", "S4"), ("Bo Ek", "S5"))
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Åsa Öberg", "S1"),
        ("besök av ÅSA ÖBERG i maj", "besök av S1 i maj"),
        ("Öberg, Åsa (2026).xlsx", "S1 (2026).xlsx"),
        ("Asa Oeberg", "S1"),
        ("A\u030asa O\u0308berg.csv", "S1.csv"),
        ("asa.oberg@acme.example; cc", "S1; cc"),
        ("Åsa Öbergs kunder", "S1s kunder"),
        ("visits_AnnaSvensson_2025", "visits_S2_2025"),
        ("besökAnnaSvensson.csv", "besökS2.csv"),
        ("Svensson, Anna Maria", "S2"),
        ("A. Svensson, asvensson", "S2, S2"),
        ("see KB-017.", "see S4."),
        ("Jan Olsen and Bo Ek", "S3 and S5"),
    ],
)
def test_names_are_found_in_every_form(text: str, masked: str) -> None:
    """A name is found as people write it: turned round, without accents, as an address, glued together."""
    assert MASK.text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Anna Svenssonberg AB",
        "Joanna Svensson",
        "turbo ekonomi",
        "Jan 2025",
        "Olsen Bygg AS",
        "kb-0171",
        "Anna",
        "Öberg",
    ],
)
def test_other_words_stay(text: str) -> None:
    """A part of a longer word, a month and a name that a customer shares are no seller."""
    assert MASK.text(text) == text


@pytest.mark.parametrize(
    ("file", "masked"),
    [
        ("Olsen.csv", "S3.csv"),
        ("anna_visits.xlsx", "S2_visits.xlsx"),
        ("visits Jan 2025.csv", "visits Jan 2025.csv"),
        ("region/oberg/2025.csv", "region/S1/2025.csv"),
        ("visits.csv", "visits.csv"),
    ],
)
def test_a_file_may_be_called_after_half_a_name(file: str, masked: str) -> None:
    """In the name of a file a first or a last name is enough to give a seller away; a month is not."""
    assert MASK.place(file) == masked


def test_a_word_that_fits_several_sellers_is_of_a_seller() -> None:
    """Where two sellers share a last name a file named after it gets neither label."""
    mask = Mask((("Åsa Berg", "Seller 01"), ("Bo Berg", "Seller 02")), "[seller]")
    assert mask.place("Berg.csv") == "[seller].csv"
    assert mask.text("Bo Berg and Åsa Berg") == "Seller 02 and Seller 01"


def test_files_called_after_sellers_tell_nothing(client: Callable[..., SalesData]) -> None:
    """Neither the name nor the place of a file in the list tells who a pseudonym is; in the team edition not even
    how many rows one seller's file has."""
    files = ["Ada Lundc.csv", "Lunda, Ada.csv", "orders.csv", "visits.csv"]
    sources = tuple(
        Source(f, "orders" if f.startswith("orders") else "visits", str(n) * 64, 10 * n + 10, 10 * n + 10, 0)
        for n, f in enumerate(files)
    )
    shown = {e: replace(client(e), sources=sources).sources_shown for e in ("named", "pseudonymised", "team")}
    labels = client("pseudonymised").context.labels
    assert [s.file for s in shown["named"]] == files
    expected = sorted([f"{labels['U-002']}.csv", f"{labels['U-000']}.csv", "orders.csv", "visits.csv"])
    assert [s.file for s in shown["pseudonymised"]] == expected
    assert [(s.file, s.table, s.rows_in) for s in shown["team"]] == [
        ("3 files", "visits", 10 + 20 + 40),
        ("orders.csv", "orders", 30),
    ]


def test_the_comment_is_masked_too(client: Callable[..., SalesData]) -> None:
    """A consultant who names a seller in the comment does not undo the edition."""
    data = replace(client("team"), commentary={"01": "We met Ada Lundc and Seller 03."})
    assert commentary(data, "01").markdown == "We met [seller] and [seller]."
    data = replace(client("named"), commentary={"01": "We met Ada Lundc."})
    assert commentary(data, "01").markdown == "We met Ada Lundc."


# --- all that is published --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["pseudonymised", "team"])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict, dict]:
    """Execute every notebook for a client whose files are full of its sellers' names."""
    folder = editions.write_client(tmp_path_factory.mktemp("client") / "nordverk", request.param)
    notebooks = editions.notebooks(folder)
    return request.param, {stem: read(nb) for stem, nb in notebooks.items()}, editions.published(notebooks)


def test_no_name_and_no_raw_id_is_published(done: tuple[str, dict, dict]) -> None:
    """No page, no JSON and no CSV file holds a name, an address or an id of a seller, in any form of it."""
    _, _, files = done
    assert len(files) > 40
    assert {name: found for name, text in files.items() if (found := editions.traces(text))} == {}


def test_what_shows_sellers_is_marked(done: tuple[str, dict, dict]) -> None:
    """Whatever holds a seller's label says so, or the team edition could not withhold it; labels are in order."""
    edition, documents, _ = done
    seen = 0
    for shape in exhibits(documents.values()):
        labels = [cell for row in shape.rows for cell in row if re.fullmatch(r"Seller \d\d", str(cell))]
        if edition == "team":
            assert not labels
            assert not shape.individual, shape.key
            continue
        of_sellers = {h.name for h in getattr(shape, "head", ()) if h.kind == "seller"}
        assert not labels or shape.individual or of_sellers, f"{shape.key} shows sellers and does not say so"
        if shape.individual:
            seen += 1
            assert list(dict.fromkeys(labels)) == sorted(set(labels)), f"{shape.key} is not in the order of the labels"
    assert seen > 10 or edition == "team"


def test_the_team_edition_shows_nobody(done: tuple[str, dict, dict]) -> None:
    """No label, no subject and no file of one seller is in the team edition; the other one has them."""
    edition, documents, files = done
    labelled = [name for name, text in files.items() if re.search(r"Seller \d", text)]
    findings = [j.item for d in documents.values() for j in d.findings]
    alone = [f for f in findings if f.individual]
    sources = [s.file for s in next(iter(documents.values())).cover.sources]
    if edition == "team":
        assert (labelled, alone) == ([], [])
        assert not [f.subject for f in findings if f.subject]
        assert "5 files" in sources
        assert "n &lt; 5" in files["01_visit_frequency.html"]
        assert "are left out of this edition" in files["index.html"]
    else:
        assert labelled
        assert alone
        assert len([file for file in sources if re.search(r"Seller \d\d", file)]) == len(editions.FILES)


def exhibits(documents: Iterator[Document]) -> Iterator[FigureShape | TableShape]:
    return (p.shape for d in documents for p in d.parts if isinstance(p, Shown))


def test_the_folder_of_the_fixture_gives_names_away(tmp_path: Path) -> None:
    """The search for names would find them: the client's own files hold what must not come out."""
    folder = editions.write_client(tmp_path / "nordverk", "team")
    text = "\n".join(str(p) + p.read_text(encoding="utf-8") for p in folder.rglob("*.*"))
    found = editions.traces(text)
    assert {"asa oberg", "oberg, asa", "soren.kjaer", "jorg mueller", editions.ADDRESS, editions.CODE} <= set(found)


@pytest.mark.parametrize(
    "written", ["Bj&ouml;rk Anna", "Anna Bj&#246;rk", "An\u00adna Bj\u00f6rk", "Anna\u200b Bj\u00f6rk"]
)
def test_a_name_is_masked_as_the_reader_sees_it(written: str) -> None:
    """Entities and invisible characters do not carry a name past the mask."""
    mask = Mask((("Anna Bj\u00f6rk", "Seller 01"),), other="a seller")
    assert "rk" not in mask.text(f"As {written} said").replace("remarks", "")
    assert mask.text("A &amp; B") == "A &amp; B"
    assert mask.drawing(f"<text>{written} &lt;b&gt;</text>") == "<text>Seller 01 &lt;b&gt;</text>"
