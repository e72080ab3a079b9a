"""The hand-over: from a published report to the files that a client gets, and to the lines of the client's exports."""

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat.v4 import new_markdown_cell
from python_calamine import CalamineWorkbook

from report_sample import code, notebook
from salesaudit import cli, publish
from salesaudit import deliver as module
from salesaudit.client import open_client
from salesaudit.deliver import PDF, deliver, evidence
from salesaudit.errors import UserError
from salesaudit.example import write_client
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.i18n import message
from salesaudit.ingest import load
from salesaudit.report import Page, findings_json, read, render
from salesaudit.report.pdf import PRINT

weasyprint = pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
pikepdf = pytest.importorskip("pikepdf", reason="the extra 'pdf' is not installed")

DAY = "2026-06-28"
PASSWORD = "sex ord på väg nu då"


def executed(data: Any, **ids: list[str]) -> Any:
    """Return a notebook that shows the data and one finding per table, with rows as evidence."""
    found = [
        Finding(
            code=f"X-{number:02d}",
            severity=Severity.RED,
            title=message("Something about {table}", table=table),
            condition=message("These rows are wrong."),
            criterion=message("None should be."),
            recommendation=message("Mend them."),
            n=len(rows),
            unit=message("rows"),
            evidence=Evidence.of(table, rows),
        )
        for number, (table, rows) in enumerate(ids.items(), start=1)
    ]
    return notebook(new_markdown_cell("# Is it so?"), code(data), code(Findings(tuple(found), data.context)))


def put(root: Path, name: str, nb: Any, day: str = DAY) -> Path:
    """Publish a report as a run does, without running anything."""
    client = open_client(name, root)
    build = publish.build_folder(root / "reports" / name)
    nbformat.write(nb, build / "notebooks" / "01_so.ipynb")
    (build / "01_so.html").write_text(render(nb), encoding="utf-8")
    records = [publish.Record("01_so", "done"), publish.Record("02_no", "skipped", "missing: 'orders.date'")]
    target = root / "reports" / name / day
    publish.publish(build, target, records, others=[], client=client, root=root, run={})
    return target


def evidence_ids(data: Any) -> dict[str, list[str]]:
    """Return rows of several files: the last visits, some customers of the spreadsheet, and two sellers."""
    return {
        "visits": data.visits["visit_id"].iloc[[-1, 0, 40]].tolist(),
        "customers": data.customers["customer_id"].iloc[[5, 3]].tolist(),
        "sellers": data.sellers["seller_id"].tolist()[:2],
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a small client and its report, made once; tests work on copies."""
    root = tmp_path_factory.mktemp("deliver")
    (root / "notebooks").mkdir()
    write_client(root / "data" / "acme", scenario="small")
    data = load(str(root / "data" / "acme"))
    put(root, "acme", executed(data, **evidence_ids(data)))
    return root


@pytest.fixture
def project(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    shutil.copytree(home, root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("SALESAUDIT_HOME", raising=False)
    monkeypatch.delenv(cli.PASSWORD, raising=False)
    return root


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the printing to the tests of the PDF: here a blank one will do."""

    def blank(pages: Any, *, client: str, language: str, attachments: Any = ()) -> bytes:
        document = pikepdf.new()
        document.add_blank_page()
        for file in attachments:
            document.attachments[file.name] = pikepdf.AttachedFileSpec(document, file.content)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    monkeypatch.setattr(module, "render_pdf", blank)


def call(*words: str, **more: Any) -> Result:
    return CliRunner().invoke(cli.cli, ["deliver", *words], prog_name="salesaudit", **more)


def sheet(workbook: bytes, name: str) -> list[dict[str, Any]]:
    head, *rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(workbook))
        .get_sheet_by_name(name)
        .to_python(skip_empty_area=False)[4:]
    )
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_whole_hand_over(project):
    """One call writes the PDF and the workbook beside the report, and the workbook lies inside the PDF, too."""
    done = deliver("acme")
    place = project / "reports" / "acme" / DAY / "delivery"
    assert done.files == (place / f"acme-{DAY}.pdf", place / f"acme-{DAY}.xlsx")
    assert done.warnings == ()
    assert sorted(p.name for p in place.iterdir()) == [f"acme-{DAY}.pdf", f"acme-{DAY}.xlsx"]
    with pikepdf.open(done.files[0]) as document:
        assert document.Root.Lang == "en"
        assert document.attachments[done.files[1].name].get_file().read_bytes() == done.files[1].read_bytes()
    first = [f.read_bytes() for f in done.files]
    assert [f.read_bytes() for f in deliver("acme").files] == first, "the same bytes twice"


def test_the_evidence_leads_to_the_line(project, quick):
    """Every row of evidence names the file and the line on which its id stands; sellers have a label and no line."""
    workbook = deliver("acme", formats=["xlsx"]).files[0].read_bytes()
    data = load("acme")
    listed = sheet(workbook, "Evidence")
    exports = project / "data" / "acme" / "exports"
    wanted = evidence_ids(data)
    assert [r["Id in the file"] for r in listed if r["Code"] == "X-01"] == wanted["visits"]
    for row in listed:
        line = row["Line or row"]
        if row["Code"] == "X-01":
            raw = (exports / row["File"]).read_text("utf-8-sig").splitlines()[int(line) - 1]
            assert row["Id in the file"] in next(csv.reader([raw], delimiter=";"))
        elif row["Code"] == "X-02":
            cells = CalamineWorkbook.from_path(exports / row["File"]).get_sheet_by_name(row["Sheet"])
            assert row["Id in the file"] in cells.to_python(skip_empty_area=False)[int(line) - 1]
        else:
            assert row["Id in the file"] == data.context.labels[wanted["sellers"][listed.index(row) - 5]]
            assert (row["File"], line) == ("", "")
    assert [r["Code"] for r in listed] == ["X-01"] * 3 + ["X-02"] * 2 + ["X-03"] * 2


def test_no_seller_is_named(project, quick):
    """No name and no id of a seller stands in the workbook of a pseudonymised report."""
    content = deliver("acme", formats=["xlsx"]).files[0].read_bytes()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    cells = {str(c) for n in book.sheet_names for r in book.get_sheet_by_name(n).to_python() for c in r}
    sellers = load("acme").sellers
    assert not cells & (set(sellers["seller_id"]) | set(sellers["name"].dropna()))


def edition(root: Path, name: str, **more: str) -> Any:
    """Set the edition of the example client and return its data."""
    path = root / "data" / "acme" / "client.toml"
    text = path.read_text("utf-8")
    assert "[privacy]" not in text
    lines = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    path.write_text(f'{text}\n[privacy]\nedition = "{name}"\n{lines}', encoding="utf-8")
    return load("acme")


def test_the_named_edition_leads_to_the_seller(project):
    """Where sellers may be named, their rows are traced like any other."""
    data = edition(project, "named", reason="agreed with the works council")
    nb = executed(data, sellers=data.sellers["seller_id"].tolist()[:2])
    found = list(evidence([Page("01_so", "done", read(nb))], data))
    assert [row.id for row in found] == data.sellers["name"].tolist()[:2]
    assert [row.line for row in found] == data.sellers["source_line"].tolist()[:2]


def test_the_team_edition_lists_no_rows(project):
    """A row of one visit leads to one seller: the team edition counts the rows behind a finding and lists none."""
    data = edition(project, "team")
    ids = data.visits.groupby("seller_id")["visit_id"].first().tolist()
    page = Page("01_so", "done", read(executed(data, visits=ids)))
    assert [r.id for r in evidence([page], data)] == [""]
    (about,) = [f["evidence"] for f in findings_json([page], client="x", language="en")["findings"] if f["evidence"]]
    assert (about["ids"], about["total"]) == ([], len(ids))


def test_a_report_of_another_edition_is_not_handed_over(project):
    """Somebody may have decided against names since the report was made."""
    settings = project / "data" / "acme" / "client.toml"
    before = settings.read_text(encoding="utf-8")
    try:
        settings.write_text(f'{before}\n[privacy]\nedition = "team"\n', encoding="utf-8")
        with pytest.raises(UserError, match="pseudonymised edition"):
            deliver("acme", formats=[PDF], root=project)
    finally:
        settings.write_text(before, encoding="utf-8")


def test_a_changed_export_is_refused(project, quick):
    """Evidence is never traced in other files than those of the report; the PDF alone can still be handed over."""
    path = next((project / "data" / "acme" / "exports").glob("besok*.csv"))
    with path.open("a", encoding="utf-8") as file:
        file.write(path.read_text("utf-8-sig").splitlines()[-1].replace("B", "Z", 1) + "\n")
    with pytest.raises(UserError, match="the files changed since the report was made") as error:
        deliver("acme")
    assert "salesaudit run acme" in str(error.value)
    assert not (project / "reports" / "acme" / DAY / "delivery").exists()
    assert [f.suffix for f in deliver("acme", formats=["pdf"]).files] == [".pdf"]


def test_changed_settings_are_refused(project, quick):
    """The same holds for client.toml."""
    path = project / "data" / "acme" / "client.toml"
    path.write_text(path.read_text("utf-8") + "\n# a remark\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"client.toml changed since the report was made"):
        deliver("acme", formats=["xlsx"])


def test_the_newest_report_or_the_one_asked_for(project, quick):
    """Without a day the newest report is handed over; a day that is not there is answered with those that are."""
    shutil.copytree(project / "reports" / "acme" / DAY, project / "reports" / "acme" / "2025-12-31")
    (project / "reports" / "acme" / "failed").mkdir()
    assert deliver("acme", formats=["pdf"]).files[0].parts[-3] == DAY
    assert deliver("acme", formats=["pdf"], as_of="2025-12-31").files[0].parts[-3] == "2025-12-31"
    with pytest.raises(UserError, match="no report of this day") as error:
        deliver("acme", as_of="2025-01-01")
    assert f"2025-12-31, {DAY}" in str(error.value)


def test_without_a_report_there_is_nothing_to_hand_over(project):
    """A client without a report is told how to make one; a broken one is told apart from a missing one."""
    report = project / "reports" / "acme" / DAY
    (report / "notebooks" / "01_so.ipynb").unlink()
    with pytest.raises(UserError, match="another release made it"):
        deliver("acme")
    shutil.rmtree(report)
    with pytest.raises(UserError, match="no report has been published") as error:
        deliver("acme")
    assert "salesaudit run acme" in str(error.value)
    with pytest.raises(UserError, match="unknown client"):
        deliver("acne")
    with pytest.raises(UserError, match="unknown format"):
        deliver("acme", formats=["docx"])


def test_with_a_password_nothing_lies_open(project, quick):
    """A protected hand-over is one file: the workbook lies inside the locked PDF and not beside it."""
    done = deliver("acme", password=PASSWORD)
    assert [f.suffix for f in done.files] == [".pdf"]
    assert [f.name for f in done.files[0].parent.iterdir()] == [done.files[0].name]
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(done.files[0])
    with pikepdf.open(done.files[0], password=PASSWORD) as document:
        assert document.encryption.R == 6
        assert sheet(document.attachments[f"acme-{DAY}.xlsx"].get_file().read_bytes(), "Findings")


def test_an_open_workbook_beside_a_locked_pdf_is_said(project, quick):
    """Whoever asks for the workbook by name gets it, and is told that the password does not protect it."""
    done = deliver("acme", formats=["pdf", "xlsx"], password=PASSWORD)
    assert [f.suffix for f in done.files] == [".pdf", ".xlsx"]
    assert "not protected" in done.warnings[0]
    again = deliver("acme", password=PASSWORD)
    assert "of an earlier delivery" in again.warnings[0], "what lies there from before is said, too"
    with pytest.raises(UserError, match="no PDF was asked for"):
        deliver("acme", formats=["xlsx"], password=PASSWORD)


def test_the_commands_words(project, quick):
    """The command prints what it wrote, with the same choices as the function, and asks for the password twice."""
    result = call("acme")
    assert result.exit_code == 0, result.output
    assert f"acme {DAY}" in result.output
    assert f"acme-{DAY}.pdf" in result.output
    assert f"acme-{DAY}.xlsx" in result.output
    assert call("acme", "--pdf", "--xlsx").output.count("kB") == 2
    assert call("acme", "--xlsx").output.count("kB") == 1
    asked = call("acme", "--pdf", "--password", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0, asked.output
    assert "Repeat for confirmation" in asked.output
    assert PASSWORD not in asked.output
    different = call("acme", "--pdf", "--password", input=f"{PASSWORD}\nanother one altogether\n")
    assert different.exit_code != 0


def test_the_password_may_come_from_the_environment(project, quick, monkeypatch):
    """A batch job gives the password in the environment; it is used only where --password says so."""
    monkeypatch.setenv(cli.PASSWORD, PASSWORD)
    assert call("acme", "--password").exit_code == 0
    path = project / "reports" / "acme" / DAY / "delivery" / f"acme-{DAY}.pdf"
    pikepdf.open(path, password=PASSWORD).close()
    assert call("acme", "--pdf").exit_code == 0
    pikepdf.open(path).close()
    monkeypatch.setenv(cli.PASSWORD, "short")
    refused = call("acme", "--password")
    assert refused.exit_code == 2
    assert "shorter than" in refused.output
    assert "'short'" not in refused.output


def test_one_client_does_not_stop_the_others(project, quick):
    """A client without a report is named, the others get theirs, and the exit code asks for a cure."""
    result = call("nobody", "acme", "--pdf")
    assert result.exit_code == 2
    assert "unknown client: 'nobody'" in result.output
    assert f"acme-{DAY}.pdf" in result.output


def test_a_folder_that_cannot_be_written_is_said(project, quick):
    """A file in the place of the folder is an error with a cure, and leaves nothing half written."""
    place = project / "reports" / "acme" / DAY / "delivery"
    place.write_text("in the way")
    result = call("acme", "--pdf")
    assert result.exit_code == 2
    assert "cannot be written" in result.output
    assert place.read_text() == "in the way"


def test_the_coaching_sheets(project, quick):
    """Each seller of a report gets a sheet; in the team edition there are none, and nothing is written."""
    from report_sample import sample

    nb = sample()
    nbformat.write(nb, project / "reports" / "acme" / DAY / "notebooks" / "01_so.ipynb")
    done = deliver("acme", formats=["coaching"])
    names = [f.relative_to(f.parents[1]).as_posix() for f in done.files]
    assert names
    assert all(name.startswith("coaching/seller-") and name.endswith(".html") for name in names)
    for file in done.files:
        assert "<script" not in file.read_text("utf-8")


def test_file_names_are_plain(home, tmp_path, monkeypatch, quick):
    """A client's folder with spaces and letters such as Å gives files that travel in any mail."""
    root = tmp_path / "project"
    shutil.copytree(home / "data" / "acme", root / "data" / "Åkes & Söner AB")
    (root / "notebooks").mkdir()
    monkeypatch.chdir(root)
    data = load(str(root / "data" / "Åkes & Söner AB"))
    put(root, "Åkes & Söner AB", executed(data, visits=["x"]))
    assert [f.name for f in deliver("Åkes & Söner AB").files] == [
        f"akes-soner-ab-{DAY}.pdf",
        f"akes-soner-ab-{DAY}.xlsx",
    ]


def test_run_json_is_not_touched(project, quick):
    """A delivery changes nothing of the report itself."""
    report = project / "reports" / "acme" / DAY
    before = {p: p.read_bytes() for p in report.rglob("*") if p.is_file()}
    deliver("acme")
    assert {p: p.read_bytes() for p in before} == before
    assert json.loads((report / publish.RUN).read_text("utf-8"))["client"] == "acme"
    assert not list(report.rglob(f"*{os.getpid()}*"))


def test_the_template_is_shipped() -> None:
    """The template and the style of the printed document are part of the package."""
    from salesaudit.report.page import TEMPLATES

    assert TEMPLATES.joinpath(PRINT).is_file()
    assert TEMPLATES.joinpath("print.css").is_file()
