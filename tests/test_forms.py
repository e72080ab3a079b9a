"""Lists and forms as workbooks: drawn, filled in by somebody in Excel, read back, evaluated."""

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from salesaudit import cli, example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.client import open_client
from salesaudit.errors import UserError
from salesaudit.format import Loc
from salesaudit.i18n import LANGUAGES
from salesaudit.ingest import load
from salesaudit.ingest.codes import words
from salesaudit.ingest.mapping import plain
from salesaudit.ingest.sheets import read_workbook
from salesaudit.words import ANSWERS

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NAMES = 6
"""Row of a form in which the canonical names of the columns stand, counted from 1."""


class Filled:
    """The first sheet of a workbook as somebody fills it in: the file stays what it was but for the cells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as book:
            self.parts = {name: book.read(name) for name in book.namelist()}
        self.sheet = ElementTree.fromstring(self.parts["xl/worksheets/sheet1.xml"])
        self.rows = {int(row.get("r")): row for row in self.sheet.iter(f"{MAIN}row")}
        strings = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.strings = ["".join(t.text or "" for t in s.iter(f"{MAIN}t")) for s in strings]
        self.columns = {self.text(cell): re.match("[A-Z]+", cell.get("r"))[0] for cell in self.rows[NAMES]}

    def text(self, cell: ElementTree.Element | None) -> str:
        value = None if cell is None else cell.find(f"{MAIN}v")
        if value is None:
            return ""
        return self.strings[int(value.text)] if cell.get("t") == "s" else value.text

    def cell(self, row: int, column: str) -> ElementTree.Element:
        place = f"{self.columns[column]}{row}"
        return next(cell for cell in self.rows[row] if cell.get("r") == place)

    @property
    def visits(self) -> dict[int, str]:
        """Row -> visit."""
        return {n: self.text(self.cell(n, "visit_id")) for n in self.rows if n > NAMES}

    def write(self, row: int, column: str, value: str | float) -> None:
        cell = self.cell(row, column)
        for part in list(cell):
            cell.remove(part)
        if isinstance(value, str):
            cell.set("t", "inlineStr")
            ElementTree.SubElement(ElementTree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = value
        else:
            cell.attrib.pop("t", None)
            ElementTree.SubElement(cell, f"{MAIN}v").text = str(value)

    def delete(self, row: int) -> None:
        data = self.sheet.find(f"{MAIN}sheetData")
        data.remove(self.rows.pop(row))

    def save(self, path: Path | None = None) -> None:
        self.parts["xl/worksheets/sheet1.xml"] = ElementTree.tostring(self.sheet)
        with zipfile.ZipFile(path or self.path, "w") as book:
            for name, content in self.parts.items():
                book.writestr(name, content)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base client as it arrives, without any answer of customers, in Swedish."""
    folder = tmp_path_factory.mktemp("made") / "acme"
    example.write_client(folder, language="sv", scenario="base")
    for file in (folder / "inputs").glob("verification*"):
        file.unlink()
    return folder


@pytest.fixture
def client(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    import shutil

    return Path(shutil.copytree(made, tmp_path / "acme"))


def call(*words_: str) -> Result:
    return CliRunner().invoke(cli.cli, words_, prog_name="salesaudit")


def notes(data) -> dict[str, int]:
    """Return what was noticed about the verification: reason -> rows."""
    rows = data.issues[data.issues["table"].isin(["verification", "verification_draws"])]
    return dict(zip(rows["reason"], rows["rows"], strict=True))


def noticed(data, part: str) -> int:
    return sum(n for reason, n in notes(data).items() if part in reason)


def answered(path: Path, truth: Mapping[str, bool], *, reached: Callable[[int], bool]) -> Filled:
    """Let the customers answer a list truthfully; `reached` says which rows anybody can be asked about."""
    form, loc = Filled(path), Loc("sv")
    said = {topic: {code: word.text(loc) for code, word in codes.items()} for topic, codes in ANSWERS.items()}
    for n, (row, visit) in enumerate(form.visits.items()):
        form.write(row, "attempts", 2.0)
        form.write(row, "outcome", said["reached"]["reached" if reached(n) else "not_reached"])
        if reached(n):
            form.write(row, "meeting_happened", said["yesno"]["yes" if truth[visit] else "no"])
            if truth[visit]:
                form.write(row, "purpose_achieved", said["yesno"]["yes"])
    return form


def truth_of() -> dict[str, bool]:
    rows = example.make_client().truth["visits"]
    return dict(zip(rows["visit_id"], rows["took_place"], strict=True))


def test_the_whole_round(client: Path) -> None:
    """Drawn, asked, filled in with every usual mishap, read: the share is right, and no mishap stays hidden."""
    result = call("sample", str(client), "--per-seller", "30")
    assert result.exit_code == 0, result.output
    path = client / "inputs" / "verification_1.xlsx"
    before = (client / "inputs" / "verification_draws_1.csv").read_bytes()
    form = answered(path, truth_of(), reached=lambda n: n % 3 != 0)
    listed = list(form.visits)
    drawn = len(listed)
    asked = [row for n, row in enumerate(listed) if n % 3 != 0]
    form.write(asked[0], "outcome", ANSWERS["reached"]["not_reached"].text(Loc("sv")))  # and yet an answer
    form.delete(asked[1])
    form.save()
    data = load(str(client))
    assert noticed(data, "no row in the list that came back") == 1
    assert noticed(data, "contradict each other") == 1
    assert len([reason for reason in notes(data) if "above the header" not in reason]) == 2
    found = vf.analyse(data).verification.sample
    assert (found.drawn, found.reached, found.said) == (drawn, len(asked) - 1, len(asked) - 2)
    truth = example.make_client().truth["visits"].set_index("visit_id")["took_place"]
    share = truth.reindex(data.visits["visit_id"]).mean()
    assert found.took_place.low <= share <= found.took_place.high
    assert found.worst.low < found.took_place.estimate < found.best.high
    finding = next(f for f in vf.findings(vf.analyse(data)) if f.code == "VF-02" and not f.subject)
    assert finding.severity in ("red", "yellow")
    assert finding.n == found.said
    assert (client / "inputs" / "verification_draws_1.csv").read_bytes() == before


def test_a_second_draw_leaves_the_first_alone(client: Path) -> None:
    """A top-up is a list of its own; both count, no visit stands on both, and no file is written over."""
    assert call("sample", str(client)).exit_code == 0
    first = client / "inputs" / "verification_1.xlsx"
    answered(first, truth_of(), reached=lambda n: n % 5 == 0).save()
    filled = first.read_bytes()
    result = call("sample", str(client))
    assert result.exit_code == 0, result.output
    assert first.read_bytes() == filled
    second = client / "inputs" / "verification_2.xlsx"
    answered(second, truth_of(), reached=lambda n: n % 2 == 0).save()
    data = load(str(client))
    rows = data.tables["verification_draws"]
    assert set(rows["draw"]) == {1, 2}
    assert rows["visit_id"].is_unique
    found = vf.analyse(data).verification.sample
    assert found.drawn == len(rows) == len(Filled(first).visits) + len(Filled(second).visits)
    assert set(found.answers.draws["draw"]) == {1, 2}
    assert noticed(data, "not those that the sample was drawn from") == 0


def test_a_list_without_its_record_is_not_drawn_over(client: Path) -> None:
    """Were the record lost, a further draw could ask the same customers again: it is refused."""
    assert call("sample", str(client)).exit_code == 0
    (client / "inputs" / "verification_draws_1.csv").unlink()
    result = call("sample", str(client))
    assert result.exit_code == 2
    assert "verification_draws_1.csv" in result.output + result.stderr
    finding = next(f for f in vf.findings(vf.analyse(load(str(client)))) if f.code == "VF-02")
    assert finding.severity == "grey"


def test_who_changes_the_list_is_found_out(client: Path) -> None:
    """Another visit in a row, another record or another export than the one drawn from does not pass unnoticed."""
    assert call("sample", str(client)).exit_code == 0
    path, record = client / "inputs" / "verification_1.xlsx", client / "inputs" / "verification_draws_1.csv"
    form = answered(path, truth_of(), reached=lambda n: True)
    one, two = list(form.visits)[:2]
    other = form.visits[two]
    form.write(one, "visit_id", other)
    form.save()
    data = load(str(client))
    assert noticed(data, "not the one that was drawn") == 1
    assert noticed(data, "no row in the list") == 1
    lines = record.read_text("utf-8").splitlines(keepends=True)
    record.write_text("".join(lines[:3] + lines[4:]), encoding="utf-8")
    assert noticed(load(str(client)), "taken out of it") == 1
    record.write_text("".join(lines), encoding="utf-8")
    export = client / "exports" / "besok_2026.csv"
    export.write_bytes(b"\n".join(export.read_bytes().splitlines()[:-1]))
    assert noticed(load(str(client)), "not those that the sample was drawn from") == 1


def test_the_list_tells_the_caller_nothing_that_leads(client: Path) -> None:
    """No seller, no sign of suspicion and no earlier answer stands where the caller can see it."""
    assert call("sample", str(client)).exit_code == 0
    raw = (client / "inputs" / "verification_1.xlsx").read_bytes()
    sheets, hidden = read_workbook(raw, where="list")
    assert hidden == ["salesaudit"]
    seen = json.dumps([sheet.rows for sheet in sheets], ensure_ascii=False)
    data = load(str(client))
    for word in (*data.sellers["seller_id"], *data.sellers["name"], "suspicious", "usual"):
        assert f'"{word}"' not in seen
    names = set(data.customers["name"])
    assert sum(row[1] in names for row in sheets[0].rows) == len(data.tables["verification_draws"])


def test_the_frame_stands_in_a_hidden_and_locked_sheet(client: Path) -> None:
    """Fingerprint, seed and the key of every row travel with the list, out of reach of an accident."""
    assert call("sample", str(client)).exit_code == 0
    book = Filled(client / "inputs" / "verification_1.xlsx")
    rows = load(str(client)).tables["verification_draws"]
    text = " ".join(book.strings)
    assert rows["frame_hash"].iloc[0] in text
    assert rows["seed"].iloc[0] in text
    assert all(key in book.strings for key in rows["row_key"])
    assert b'state="hidden"' in book.parts["xl/workbook.xml"]
    for name in ("sheet1", "sheet3"):
        assert b"<sheetProtection" in book.parts[f"xl/worksheets/{name}.xml"]
    assert noticed(load(str(client)), "hidden sheet") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_are_read_in_every_language(language: str) -> None:
    """A form that is handed out in a language is understood in it, whichever the client's is."""
    for topic, codes in ANSWERS.items():
        for code, word in codes.items():
            assert words(topic)[plain(word.text(Loc(language)))] == code


def test_a_hostile_customer_stays_text(client: Path) -> None:
    """A customer's name that looks like a formula is none in the list, and no seller's name passes through it."""
    from salesaudit.forms.verification import render_list
    from salesaudit.verification import draw

    data = load(str(client))
    seller = data.sellers["name"].iloc[0]
    customers = data.customers.assign(name='=HYPERLINK("http://x","y") ' + seller)
    raw = render_list(draw(data), replace(data, tables=dict(data.tables) | {"customers": customers}))
    path = client / "list.xlsx"
    path.write_bytes(raw)
    book = Filled(path)
    assert b"<f>" not in book.parts["xl/worksheets/sheet1.xml"]
    assert not any(seller in text for text in book.strings)
    assert any(text.startswith("=HYPERLINK") for text in book.strings)


def test_beliefs_are_asked_and_read_back(client: Path) -> None:
    """The belief form, filled in by four managers in copies of their own, becomes the gap between belief and visits."""
    for file in (client / "inputs").glob("beliefs*"):
        file.unlink()
    result = call("forms", str(client))
    assert result.exit_code == 0, result.output
    blank = client / "forms" / "beliefs.xlsx"
    for n, guess in enumerate((18.0, 19.0, 20.0, 22.0), start=1):
        form = Filled(blank)
        row = NAMES + 1
        form.write(row, "respondent_id", f"M{n}")
        form.write(row, "respondent_role", "chef")
        for name, factor in (("low", 0.8), ("mode", 1.0), ("high", 1.25)):
            form.write(row, name, guess * factor)
        form.save(client / "inputs" / f"beliefs_{n}.xlsx")
    data = load(str(client))
    assert data.beliefs["item"].tolist() == ["visits_per_week"] * 4
    assert data.beliefs["mode"].tolist() == [18, 19, 20, 22]
    belief = vf.analyse(data).belief
    assert len(belief.respondents) == 4
    assert belief.over.estimate == 1


def test_targets_and_hours_are_read_back(client: Path) -> None:
    """Chosen words of the client's language become the codes that the analyses know."""
    for file in (client / "inputs").glob("t*"):
        file.unlink()
    assert call("forms", str(client)).exit_code == 0
    sv = Loc("sv")
    form = Filled(client / "forms" / "targets.xlsx")
    row = NAMES + 1
    for name, value in (
        ("scope", ANSWERS["scope"]["all"].text(sv)),
        ("activity_type", ANSWERS["counted"]["visits"].text(sv)),
        ("target", 60.0),
        ("period", ANSWERS["period"]["month"].text(sv)),
    ):
        form.write(row, name, value)
    form.save(client / "inputs" / "targets.xlsx")
    diary = Filled(client / "forms" / "time_use.xlsx")
    for row, (code, minutes) in enumerate({"contact": 90.0, "travel": 200.0, "admin": 190.0}.items(), start=NAMES + 1):
        diary.write(row, "seller_id", "S01")
        diary.write(row, "date", 46000.0)
        diary.write(row, "category", ANSWERS["time"][code].text(sv))
        diary.write(row, "minutes", minutes)
    diary.save(client / "inputs" / "time_use.xlsx")
    data = load(str(client))
    assert data.targets[["scope", "activity_type", "target", "period"]].values.tolist() == [
        ["all", "visits", 60.0, "month"]
    ]
    assert dict(zip(data.time_use["category"], data.time_use["minutes"], strict=True)) == {
        "contact": 90,
        "travel": 200,
        "admin": 190,
    }


def test_forms_are_never_overwritten(client: Path) -> None:
    """A second call leaves what somebody may have begun to fill in, and says so."""
    assert call("forms", str(client)).exit_code == 0
    before = (client / "forms" / "beliefs.xlsx").read_bytes()
    result = call("forms", str(client))
    assert result.exit_code == 2
    assert "nothing in it is overwritten" in result.stderr
    assert (client / "forms" / "beliefs.xlsx").read_bytes() == before


def test_the_same_client_gives_the_same_list(client: Path, tmp_path: Path) -> None:
    """A list can be drawn again by anybody who doubts it: same visits, same bytes."""
    from salesaudit import forms

    one = forms.sample(open_client(str(client)))
    files = [path.read_bytes() for path in one.files]
    for path in one.files:
        path.unlink()
    assert [path.read_bytes() for path in forms.sample(open_client(str(client))).files] == files
    with pytest.raises(UserError, match="enough for the plan"):
        forms.sample(open_client(str(client)))
