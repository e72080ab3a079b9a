"""Lists and forms as workbooks: drawn, filled in by somebody in Excel, read back, evaluated."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from salesaudit import cli, example, forms
from salesaudit.analyses import visit_frequency as vf
from salesaudit.client import open_client
from salesaudit.errors import UserError
from salesaudit.format import Loc, Rate
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

    def paste(self, row: int) -> int:
        """Paste a copy of a row below the last one; return its number."""
        number = max(self.rows) + 1
        copied = deepcopy(self.rows[row])
        copied.set("r", str(number))
        for cell in copied:
            cell.set("r", re.match("[A-Z]+", cell.get("r"))[0] + str(number))
        self.sheet.find(f"{MAIN}sheetData").append(copied)
        self.rows[number] = copied
        return number

    def delete(self, row: int) -> None:
        data = self.sheet.find(f"{MAIN}sheetData")
        data.remove(self.rows.pop(row))

    def save(self, path: Path | None = None) -> None:
        self.parts["xl/worksheets/sheet1.xml"] = ElementTree.tostring(self.sheet)
        with zipfile.ZipFile(path or self.path, "w") as book:
            for name, content in self.parts.items():
                book.writestr(name, content)


def unasked(folder: Path, scenario: str) -> Path:
    """Write an example client as it arrives, in Swedish, without any answer of customers."""
    example.write_client(folder, language="sv", scenario=scenario)
    for file in (folder / "inputs").glob("verification*"):
        file.unlink()
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small client: four sellers and ten weeks."""
    return unasked(tmp_path_factory.mktemp("made") / "acme", "small")


@pytest.fixture
def client(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
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


def truth_of(scenario: str = "small") -> dict[str, bool]:
    rows = example.make_client(scenario=scenario).truth["visits"]
    return dict(zip(rows["visit_id"], rows["took_place"], strict=True))


def test_the_whole_round(tmp_path: Path) -> None:
    """Drawn, asked, filled in with every usual mishap, read: the share is right, and no mishap stays hidden."""
    client = unasked(tmp_path / "acme", "base")
    result = call("sample", str(client), "--per-seller", "30")
    assert result.exit_code == 0, result.output
    path = client / "inputs" / "verification_1.xlsx"
    before = (client / "inputs" / "verification_draws_1.csv").read_bytes()
    truth = truth_of("base")
    form = answered(path, truth, reached=lambda n: n % 3 != 0)
    listed = list(form.visits)
    drawn = len(listed)
    contradicted, deleted, retyped, pasted, changed = (row for n, row in enumerate(listed[:8]) if n % 3 != 0)
    form.write(contradicted, "outcome", ANSWERS["reached"]["not_reached"].text(Loc("sv")))  # and yet an answer
    form.write(form.paste(changed), "meeting_happened", "Nej" if truth[form.visits[changed]] else "Ja")
    form.paste(pasted)
    form.write(retyped, "visit_id", form.visits[retyped] + "O")
    form.delete(deleted)
    form.save()
    data = load(str(client))
    assert noticed(data, "no row in the list that came back") == 2  # the deleted and the retyped one
    assert noticed(data, "contradict each other") == 2
    assert noticed(data, "not drawn") == 1
    rows = data.issues[(data.issues["kind"] == "merged") & (data.issues["table"] == "verification")]
    assert rows["rows"].sum() == 1  # what was pasted unchanged says nothing new
    analysed = vf.analyse(data)
    found = analysed.verification.sample
    asked = sum(n % 3 != 0 for n in range(drawn))
    assert (found.drawn, found.reached, found.said) == (drawn, asked - 2, asked - 4)
    logged = [truth[visit] for visit in data.visits["visit_id"]]
    assert found.took_place.low <= sum(logged) / len(logged) <= found.took_place.high
    assert found.worst.low < found.took_place.estimate < found.best.high
    findings = {f.code + f.subject: f for f in vf.findings(analysed)}
    assert findings["VF-02"].severity in ("red", "yellow")
    assert findings["VF-02"].n == found.said
    made = Rate(found.per_week(analysed.team, found.took_place).estimate).text(Loc("sv"))
    shown = json.dumps(vf.key_figures(analysed).as_json(), ensure_ascii=False)
    assert made in shown
    assert made in findings["VF-01"].condition.text(Loc("sv"))
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


def test_forms_bear_the_day_of_the_audit_or_none_that_is_made_up(client: Path) -> None:
    """The date in the file's properties is that of the audit; where no day is set, it is not an invented one."""

    def made_on() -> str:
        with zipfile.ZipFile(client / "forms" / "targets.xlsx") as book:
            return re.search(r"<dcterms:created[^>]*>([^<T]+)", book.read("docProps/core.xml").decode())[1]

    assert call("forms", str(client)).exit_code == 0
    assert made_on() == "2026-06-28"
    shutil.rmtree(client / "forms")
    settings = client / "client.toml"
    lines = settings.read_text("utf-8").splitlines(keepends=True)
    unset = [line for line in lines if not line.startswith(("as_of", "[period]", "start =", "end ="))]
    settings.write_text("".join(unset), encoding="utf-8")
    assert len(lines) - len(unset) == 4
    assert call("forms", str(client)).exit_code == 0
    assert made_on()[:4] not in ("2000", "1980")


def test_forms_speak_the_language_of_the_client(client: Path) -> None:
    """What can be chosen in a form stands in the client's language; no choice holds the comma that parts them."""
    assert call("forms", str(client)).exit_code == 0
    sheet = Filled(client / "forms" / "targets.xlsx").parts["xl/worksheets/sheet1.xml"].decode()
    lists = re.findall(r"<formula1>&quot;(.*?)&quot;|<formula1>\"(.*?)\"", sheet)
    chosen = [set("".join(found).split(",")) for found in lists]
    for topic in ("scope", "counted", "period"):
        assert {word.text(Loc("sv")) for word in ANSWERS[topic].values()} in chosen
    choices = [word for topic, codes in ANSWERS.items() if topic != "belief" for word in codes.values()]
    assert not [text for text in (w.text(Loc(code)) for w in choices for code in LANGUAGES) if "," in text]


def test_forms_are_never_overwritten(client: Path) -> None:
    """A second call leaves what somebody may have begun to fill in, and says so."""
    assert call("forms", str(client)).exit_code == 0
    before = (client / "forms" / "beliefs.xlsx").read_bytes()
    result = call("forms", str(client))
    assert result.exit_code == 2
    assert "nothing in it is overwritten" in result.stderr
    assert (client / "forms" / "beliefs.xlsx").read_bytes() == before


def test_the_list_is_drawn_from_what_the_report_counts(client: Path) -> None:
    """A client whose report counts video meetings too has them among the visits that are asked about."""
    settings = client / "client.toml"
    own = '\n[parameters.visit_frequency]\nchannels = ["video"]\n'
    settings.write_text(settings.read_text(encoding="utf-8") + own, encoding="utf-8")
    drawn = forms.sample(open_client(str(client))).draw
    channels = load(str(client)).visits.set_index("visit_id")["channel"]
    assert len(drawn.rows) > 0
    assert set(channels[drawn.rows["visit_id"]].dropna()) == {"video"}


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
