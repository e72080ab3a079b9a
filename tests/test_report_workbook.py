"""The workbook: raw numbers with their formats, text that stays text, and the same bytes for the same content."""

import io
import re
import time
import zipfile
from copy import deepcopy
from datetime import date

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from report_sample import code, context, data, notebook, sample, table
from salesaudit.figure import Col, Table
from salesaudit.finding import MIME
from salesaudit.i18n import message
from salesaudit.report import Page, read
from salesaudit.report.chapters import chapters, findings
from salesaudit.report.sheets import LONGEST_CELL, Book, Column, sheet_name
from salesaudit.report.workbook import EvidenceRow, render_workbook

CLIENT = "Möbelhuset Åkerlund AB"
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
EVIL = (
    '=HYPERLINK("http://evil.example","click")',
    "=cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "+1+1",
    "-2+3",
    "http://evil.example/x",
    "mailto:someone@evil.example",
    "file:///etc/passwd",
    "internal:'Contents'!A1",
    "\t=1+1",
    "12345678901234567890",
    "2025-01-01",
    "{=1+1}",
    "x" * 40_000,
    "a\x00b\x1fc\ud800",
)
HEAD = 4


def pages() -> list[Page]:
    document = read(sample())
    return [Page("01_a", "done", document), Page("02_b", "done", document)]


def opened(content: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


def rows(content: bytes, sheet: str) -> list[list]:
    return opened(content).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def xml(content: bytes) -> dict[str, etree._Element]:
    """Return every part of the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {name: etree.fromstring(parts.read(name)) for name in parts.namelist()}


def sheet_xml(content: bytes, name: str) -> etree._Element:
    return xml(content)[f"xl/worksheets/sheet{opened(content).sheet_names.index(name) + 1}.xml"]


def number_format(content: bytes, sheet: str, cell: str) -> str:
    """Return the number format of a cell, "" where it is Excel's general one."""
    parts = xml(content)
    style = int(sheet_xml(content, sheet).find(f".//x:c[@r='{cell}']", NS).get("s", 0))
    kind = parts["xl/styles.xml"].find("x:cellXfs", NS)[style].get("numFmtId")
    found = parts["xl/styles.xml"].find(f".//x:numFmt[@numFmtId='{kind}']", NS)
    return {"3": "#,##0", "4": "#,##0.00"}.get(kind, "") if found is None else found.get("formatCode")


@pytest.fixture(scope="module")
def content() -> bytes:
    item = findings(chapters(pages()))[0][1].item
    evidence = [EvidenceRow(item, "visits", "B1", "visits 2025.csv", "", 17), EvidenceRow(item, "visits", "")]
    return render_workbook(pages(), client=CLIENT, language="en", evidence=evidence)


def test_the_sheets_are_those_of_the_report(content):
    """Contents, findings, actions, evidence, and one sheet per figure and table under its printed number."""
    shown = [e.name for c in chapters(pages()) for e in c.exhibits]
    assert opened(content).sheet_names == ["Contents", "Findings", "Action list", "Evidence", *shown]
    assert "Table 2.1" in shown


def test_the_contents_say_what_this_is(content):
    """The first sheet names client, period, edition and confidentiality, and what stands on which sheet."""
    words = [str(cell) for row in rows(content, "Contents") for cell in row]
    for text in (
        CLIENT,
        "1 July 2024 to 30 June 2025",
        "Sellers under pseudonyms",
        "Confidential: group management only",
    ):
        assert text in words
    assert "The customers who fell silent" in words
    assert words.count(pages()[0].document.heading) == 0
    assert f"1  {pages()[0].document.heading}" in words


def test_every_link_is_ours(content):
    """The only links are those between the sheets, and each leads to a sheet that is there."""
    places = [link.get("location") for part in xml(content).values() for link in part.iterfind(".//x:hyperlink", NS)]
    names = {place.rpartition("!")[0].strip("'") for place in places}
    assert names == set(opened(content).sheet_names)
    assert not any(
        name.endswith(".rels") and "hyperlink" in etree.tostring(p).decode() for name, p in xml(content).items()
    )


def test_the_findings_are_complete_and_worst_first(content):
    """Every finding is there with its money as numbers, in the order of the summary."""
    head, *found = rows(content, "Findings")[HEAD:]
    assert [row[0] for row in found] == ["Act now"] * 2 + ["Plan"] * 2 + ["In order"] * 2 + ["Not enough data"] * 2
    first = dict(zip(head, found[0], strict=True))
    assert first["Finding"] == "The largest customers are visited least"
    assert (first["Effect, SEK"], first["Effect, low end"], first["Effect, high end"]) == (-14.3e6, -19e6, -9e6)
    assert first["Rests on"] == 1204
    assert first["Rows of evidence"] == 2
    assert first["Shown as"] == "Table 1.1"
    grey = dict(zip(head, found[-1], strict=True))
    assert grey["What would settle it"] == "Orders with customer and date for two years."
    assert grey["Effect, SEK"] == ""


def test_the_action_list_is_to_be_filled_in(content):
    """Red and yellow findings are listed with room for owner, date and status; the status is one of a list."""
    head, *found = rows(content, "Action list")[HEAD:]
    assert [row[head.index("Severity")] for row in found] == ["Act now", "Act now", "Plan", "Plan"]
    assert {row[head.index("Owner")] for row in found} == {""}
    rules = sheet_xml(content, "Action list").findall(".//x:dataValidation", NS)
    assert [(r.get("type"), r.find("x:formula1", NS).text) for r in rules] == [
        ("list", '"Not begun,In progress,Done,Not to be done"')
    ]
    column = "ABCDEFGHIJ"[head.index("Status")]
    assert rules[0].get("sqref") == f"{column}6:{column}9"


def test_the_evidence_says_file_and_line(content):
    """Each row behind a finding has its place in the files; where rows would point at a person it says so."""
    head, first, second = rows(content, "Evidence")[HEAD:]
    assert dict(zip(head, first, strict=True)) | {"Finding": ""} == {
        "Code": "VF-01",
        "Whom it concerns": "",
        "Finding": "",
        "Table": "visits",
        "Id in the file": "B1",
        "File": "visits 2025.csv",
        "Sheet": "",
        "Line or row": 17,
    }
    assert second[head.index("Id in the file")] == "not listed in the team edition"


def test_a_table_has_raw_numbers_and_all_rows(content):
    """A sheet holds the numbers behind the report, not their texts: every row, unrounded, with a format per kind."""
    head, *found = rows(content, "Table 1.1")[HEAD:]
    assert head == ["Customer", "Last visit", "Revenue, SEK", "Share of revenue", "State"]
    assert len(found) == len(table(context()).data) == 6
    assert found[1] == ["Aarhus Kontor A/S", date(2025, 4, 2), 2_295_000.5, 0.22, "Plan"]
    assert found[2][1] == ""
    assert found[5][3] == "", "what is not known is an empty cell"
    assert [number_format(content, "Table 1.1", f"{c}7") for c in "BCD"] == ["yyyy-mm-dd", "#,##0", "0.0%"]


def test_an_interval_has_columns_of_its_own():
    """Estimate, low and high end are three numbers under three heads, in one format."""
    frame = table(context()).data.assign(low=0.1, high=0.4)
    shown = Table(
        "t",
        message("Shares"),
        frame,
        [Col("customer", message("Customer")), Col("share", message("Share"), "share", low="low", high="high")],
        context(),
        total=True,
    )
    nb = notebook(sample().cells[0], code(data()), code(shown))
    content = render_workbook([Page("01_a", "done", read(nb))], client=CLIENT, language="en")
    head, first, *_ = rows(content, "Table 1.1")[HEAD:]
    assert head == ["Customer", "Share", "Share, low end", "Share, high end"]
    assert first[1:] == [0.31, 0.1, 0.4]
    assert {number_format(content, "Table 1.1", f"{c}6") for c in "BCD"} == {"0.0%"}
    assert sheet_xml(content, "Table 1.1").find("x:autoFilter", NS).get("ref") == "A5:D10", "the total is not filtered"


def test_a_figure_has_its_data(content):
    """The numbers of a drawing are there as they are, days as days."""
    head, first, *rest = rows(content, "Figure 1.2")[HEAD:]
    assert head == ["month", "existing", "new", "lost"]
    assert first == [date(2024, 7, 1), 60, 20, 9]
    assert len(rest) == 11


def test_the_sheets_are_made_for_reading_and_printing(content):
    """Heads stay in sight and repeat in print, columns filter, and a page is as wide as an A4 sheet on its side."""
    sheet = sheet_xml(content, "Table 1.1")
    assert sheet.find(".//x:pane", NS).get("ySplit") == "5"
    assert sheet.find("x:autoFilter", NS).get("ref") == "A5:E11"
    setup = sheet.find("x:pageSetup", NS)
    assert (setup.get("paperSize"), setup.get("orientation"), setup.get("fitToHeight")) == ("9", "landscape", "0")
    assert sheet.find(".//x:pageSetUpPr", NS).get("fitToPage") == "1"
    titles = [
        d.text
        for d in xml(content)["xl/workbook.xml"].iterfind(".//x:definedName", NS)
        if "Print_Titles" in d.get("name")
    ]
    assert "'Table 1.1'!$5:$5" in titles
    assert "&P of &N" in sheet.find(".//x:oddFooter", NS).text


def test_two_runs_give_the_same_bytes(content):
    """The same report gives the same file, whenever it is made; its date is that of the report."""
    plain = render_workbook(pages(), client=CLIENT, language="en")
    time.sleep(2.1)  # the clock of a ZIP file counts every other second
    assert render_workbook(pages(), client=CLIENT, language="en") == plain
    assert b"2025-06-30T00:00:00Z" in etree.tostring(xml(plain)["docProps/core.xml"])


def hostile() -> Page:
    """Return a report in which whatever a client can write begins like a formula, a link or a number."""
    nb = deepcopy(sample())
    turn = iter(EVIL * 20)
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            document = output["data"].get(MIME, {})
            for field in ("title", "subtitle", "source", "client", "consultant", "confidentiality"):
                if document.get(field):
                    document[field] = next(turn)[:2000]
            if document.get("type") == "findings":
                for item in document["items"]:
                    item |= {"title": next(turn), "condition": next(turn), "subject": next(turn), "unit": next(turn)}
            if document.get("type") in ("figure", "table"):
                document["columns"] = [
                    c if document["type"] == "table" else next(turn)[:99] for c in document["columns"]
                ]
                document["rows"] = [[next(turn) if isinstance(v, str) else v for v in row] for row in document["rows"]]
                for column in document.get("head", ()):
                    column["label"] = next(turn)[:99]
    # The cells of severities stay codes, and the cover stays one.
    return Page("01_a", "done", read(nb))


def test_a_clients_text_is_never_a_formula_or_a_link():
    """Names such as =HYPERLINK(...), @SUM, http:// and mailto: are text in every cell of every sheet."""
    page = hostile()
    item = page.document.findings[0].item
    evidence = [EvidenceRow(item, text, text, text, text, 1) for text in EVIL]
    content = render_workbook([page], client=EVIL[0], language="en", evidence=evidence)
    parts = xml(content)
    for name, part in parts.items():
        assert part.find(".//x:f", NS) is None, f"a formula in {name}"
        assert not re.search("evil.example", "".join(link.get("Target", "") for link in part.iter())), name
        for link in part.iterfind(".//x:hyperlink", NS):
            assert link.get("location").rpartition("!")[0].strip("'") in opened(content).sheet_names
    written = {str(c) for sheet in opened(content).sheet_names for row in rows(content, sheet) for c in row}
    for text in EVIL[:8]:
        assert text in written
    assert max(map(len, written)) <= LONGEST_CELL


def test_what_looks_like_a_formula_stays_text_when_it_is_edited():
    """A cell that begins with = carries Excel's own mark for text, so that F2 and Enter do not start it."""
    book = Book(title="x", author="", day=date(2025, 1, 1), footer=("", ""), back="")
    book.sheet("A", title="t").table([Column("name")], [["=1+1"], ["plain"]])
    content = book.content()
    styles = xml(content)["xl/styles.xml"].find("x:cellXfs", NS)
    quoted = [styles[int(c.get("s"))].get("quotePrefix") for c in sheet_xml(content, "A").iterfind(".//x:c", NS)][-2:]
    assert quoted == ["1", None]


@pytest.mark.parametrize("client", ["A&B & Söner", "&[Path]&P", "x" * 400])
def test_the_foot_says_the_name_and_nothing_else(client):
    """A client's name in the foot of the page is not read as one of Excel's marks."""
    content = render_workbook(pages()[:1], client=client, language="en")
    foot = sheet_xml(content, "Findings").find(".//x:oddFooter", NS).text
    assert len(foot) <= 255
    assert foot.startswith(f"&L&8{client.replace('&', '&&')}"[:60])
    assert foot.endswith("&R&8Page &P of &N")


@pytest.mark.parametrize(
    ("wanted", "used", "name"),
    [
        ("Table 1.1", (), "Table 1.1"),
        ("a/b\\c?d*e[f]g:h", (), "a b c d e f g h"),
        ("x" * 50, (), "x" * 31),
        ("'quoted'", (), "quoted"),
        ("", (), "1"),
        ("History", (), "History 1"),
        ("TABLE 1", ("table 1",), "TABLE 1 2"),
        ("y" * 40, ("y" * 31, "y" * 29 + " 2"), "y" * 29 + " 3"),
        ("\x00\n", (), "1"),
    ],
)
def test_a_sheet_name_is_one_that_excel_takes(wanted, used, name):
    """Names of sheets are unique in any case, short, and free of what Excel forbids."""
    assert sheet_name(wanted, used) == name


def test_the_money_names_its_currency():
    """The head over the money of the findings says the client's currency."""
    nb = sample(currency="NOK")
    head = rows(render_workbook([Page("01_a", "done", read(nb))], client=CLIENT, language="en"), "Findings")[HEAD]
    assert any(label.startswith("Effect, ") for label in head)
