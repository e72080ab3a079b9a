"""What `check` tells and asks: files and headers left over, words and how they were understood, lines to paste."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from salesaudit.errors import UserError
from salesaudit.ingest import check, load
from salesaudit.ingest.load import read_client
from salesaudit.ingest.reasons import R

BASE = 'name = "T"\ncountry = "SE"\ncurrency = "SEK"\n'
VISITS = "visit id,seller id,customer id,date,purpose\n1,S,K,2025-01-01,QUO\n2,S,K,2025-01-02,QUO\n"
NO_SELLER = "visit id,customer,when it was,who it was\n1,K,2025-01-01,S\n2,K,2025-01-02,S\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., str]:
    """Make a client's folder from the text of its files; an input's name starts with `inputs__`."""

    def build(more: str = "", **files: str) -> str:
        (tmp_path / "client.toml").write_text(BASE + more, "utf-8")
        (tmp_path / "exports").mkdir(exist_ok=True)
        for name, content in files.items():
            place, _, stem = name.rpartition("__")
            path = tmp_path / (place or "exports") / f"{stem}.csv"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return str(tmp_path)

    return build


def questions(where: str) -> pd.DataFrame:
    return read_client(where).questions


def block(cure: str) -> str:
    """Return the lines of [[sources]] out of a cure."""
    return "[[sources]]" + cure.partition("[[sources]]")[2].partition("\nor leave it out")[0] + "\n"


def deals(words: dict[str, int]) -> str:
    rows = [word for word, number in words.items() for _ in range(number)]
    head = "id,owner,result,created date,odds\n"
    return head + "".join(f"{n},S,{word},2025-01-01,50%\n" for n, word in enumerate(rows))


STATUS = '[[sources]]\nfile = "deals.csv"\ntable = "opportunities"\ncolumns = { status = "result" }\n'


def test_a_file_that_looks_like_a_table_is_a_question(folder: Callable) -> None:
    """A visits file without a seller is asked about with its headers; what is to be pasted is valid and answers it."""
    files = {"visits": NO_SELLER, "customers": "customer id,name,city\nK,A,B\n"}
    asked = questions(folder("as_of = 2025-12-31\n", **files))
    (issue,) = asked.to_dict("records")
    assert (issue["file"], issue["column"], issue["reason"]) == ("visits.csv", "seller_id, date", R["looks_like"])
    assert "when it was, who it was" in issue["cure"]
    paste = block(issue["cure"])
    assert tomllib.loads(paste)["sources"] == [
        {"file": "visits.csv", "table": "visits", "columns": {"seller_id": "…", "date": "…"}}
    ]
    answer = paste.replace('seller_id = "…"', 'seller_id = "who it was"').replace('date = "…"', 'date = "when it was"')
    assert len(load(folder(answer, **files)).visits) == 2


def test_the_way_out_of_the_question_is_to_ignore_the_file(folder: Callable) -> None:
    """A file that is not wanted is left out by the line that the question shows."""
    files = {"visits": NO_SELLER, "customers": "customer id,name,city\nK,A,B\n"}
    assert 'ignore = ["visits.csv"]' in questions(folder("as_of = 2025-12-31\n", **files))["cure"].iloc[0]
    assert questions(folder('ignore = ["visits.csv"]\nas_of = 2025-12-31\n', **files)).empty


def test_headers_alone_make_a_file_a_question(folder: Callable) -> None:
    """A meaningless name does not hide a table that lacks one column."""
    text = "visit id,customer id,date,purpose,duration (min),subject,channel\n1,K,2025-01-01,QUO,30,x,phone\n"
    asked = questions(folder(visits=VISITS, export_17=text))
    assert asked[["file", "table", "column"]].to_numpy().tolist() == [["export_17.csv", "visits", "seller_id"]]


def test_a_file_that_looks_like_nothing_is_told_and_not_asked(folder: Callable) -> None:
    """An unknown list is named under a heading of its own, with both ways to deal with it."""
    report = check(folder(visits=VISITS, weather="a,b\n1,2\n"))
    assert not report.must_fix
    _, _, part = report.text().partition("Files not used\n")
    part = part.partition("\n\n")[0]
    assert part.startswith("  weather.csv: it looks like none of the tables")
    assert "[[sources]]" in part
    assert 'ignore = ["weather.csv"]' in part


def test_a_sheet_is_asked_about_and_the_others_stay(tmp_path: Path, folder: Callable) -> None:
    """The block for one sheet of a workbook names the sheet, and pasting it leaves the other sheets as they were."""
    where = folder()
    with xlsxwriter.Workbook(tmp_path / "exports" / "crm.xlsx") as book:
        for name, text in {"Orders": "order id,order date,amount\n1,2025-01-01,5\n", "Visits": NO_SELLER}.items():
            sheet = book.add_worksheet(name)
            for n, line in enumerate(text.splitlines()):
                sheet.write_row(n, 0, line.split(","))
    (cure,) = questions(where)["cure"]
    assert 'sheet = "Visits"' in cure
    assert questions(folder('ignore = ["crm.xlsx [Visits]"]\n')).empty
    answer = 'columns = { seller_id = "who it was", date = "when it was" }\n'
    found = load(folder(f'[[sources]]\nfile = "crm.xlsx"\nsheet = "Visits"\ntable = "visits"\n{answer}'))
    assert {s.table: s.used for s in found.sources} == {"orders": 1, "visits": 2}


def test_a_form_without_a_required_column_is_a_question(folder: Callable) -> None:
    """A form is not passed over for a header, and the guide beside the forms is no form."""
    where = folder(visits=VISITS, inputs__beliefs="who,item,mode\nR,visits_per_week,4\n")
    (Path(where) / "inputs" / "README.md").write_text("how to fill in the forms", "utf-8")
    (issue,) = questions(where).to_dict("records")
    assert (issue["file"], issue["column"]) == ("inputs/beliefs.csv", "respondent_id")
    assert "inputs/README.md" in issue["cure"]
    assert {s.file for s in read_client(where).sources} == {"visits.csv", "inputs/beliefs.csv"}


def test_headers_that_were_not_understood_are_listed(folder: Callable) -> None:
    """Only headers with something below them are named, with the way to map them; the first name is used."""
    text = VISITS.replace("purpose\n", "purpose,Client Ref,Empty\n").replace("QUO\n", "QUO,x,\n")
    report = check(folder(visits=text, users="User ID,First Name,Last Name\nS,Åsa,Ek\n"))
    assert report.files.set_index("file")["unused"].to_dict() == {"users.csv": (), "visits.csv": ("Client Ref",)}
    assert "    not used: Client Ref (map with columns = {…})" in report.text()


def test_unknown_status_words_that_cost_rows_are_a_question(folder: Callable) -> None:
    """The words are grouped with their counts, each rejected row stays in the ledger, and the answer is pasted."""
    text = deals({"won": 5, "Yay": 3, "Nay": 2})
    found = read_client(folder(STATUS, deals=text))
    (issue,) = found.questions.to_dict("records")
    assert (issue["column"], issue["value"], issue["rows"]) == ("result", "Yay (3), Nay (2)", 5)
    assert (found.issues["kind"] == "rejected").sum() == 5
    lines = issue["cure"].partition("\n")[2]
    assert lines == '[stages]\n"Yay" = "…"\n"Nay" = "…"'
    answer = lines.replace('"Yay" = "…"', '"Yay" = "won"').replace('"Nay" = "…"', '"Nay" = "lost"')
    data = load(folder(STATUS + answer, deals=text))
    assert data.opportunities["status"].value_counts().to_dict() == {"won": 8, "lost": 2}


def test_a_few_strange_words_do_not_stop_the_audit(folder: Callable) -> None:
    """One row in a hundred with a word of its own is dirt; its row is left out, and the word is told."""
    found = read_client(folder(STATUS, deals=deals({"won": 99, "Limbo": 1})))
    assert found.questions.empty
    told = found.issues[found.issues["reason"] == R["words_cost_rows"]].iloc[0]
    assert (told["kind"], told["value"]) == ("note", "Limbo (1)")


@pytest.mark.parametrize(("bad", "asked"), [(5, False), (6, True)])
def test_a_file_that_loses_more_than_half_of_its_rows_is_a_question(folder: Callable, bad: int, asked: bool) -> None:
    """One reason that costs most of a file means that the file was misread; half of it does not."""
    rows = [f"{n},S,K,{'soon' if n < bad else '2025-01-01'}\n" for n in range(10)]
    found = questions(folder(visits="visit id,seller id,customer id,date\n" + "".join(rows)))
    assert found["reason"].tolist() == ([R["date"]] if asked else [])
    if asked:
        assert found["value"].tolist() == ["6 of 10 rows are left out, the first in line 2"]


def test_the_meaning_of_words_is_shown(folder: Callable) -> None:
    """Each word stands with its code and rows; how it was found is said where it was more than looked up."""
    words = ["Offertpresentation"] * 3 + ["Courtesy call", "Zork", "NEED"]
    rows = "".join(f"{n},S,K,2025-01-01,{word}\n" for n, word in enumerate(words))
    report = check(folder(visits="visit id,seller id,customer id,date,Besökssyfte\n" + rows))
    part = report.text().partition("What the words were taken for\n")[2].partition("\n\n")[0]
    assert part.splitlines() == [
        "  visits.csv, Besökssyfte -> purpose_planned",
        "    Offertpresentation -> QUO (3 rows)",
        "    Courtesy call -> REL (1 row, by keyword)",
        "    Zork -> OTH (1 row, no meaning is known)",
        "    NEED -> NEED (1 row)",
    ]


def test_values_stand_as_in_the_file(folder: Callable) -> None:
    """An impossible value is shown under the file's own header and as it is written there."""
    shown = check(
        folder(STATUS.replace("}", ', probability = "odds" }'), deals=deals({"won": 3}) + "9,S,won,2025-01-01,140%\n")
    ).text()
    assert "Cells emptied (1 cell)" in shown
    assert "deals.csv line 5, odds = 140%" in shown


def test_merged_and_repeated_rows_have_a_line(folder: Callable) -> None:
    """Of copies the first is named by its line, of repeats also the line that is repeated."""
    text = VISITS + "2,S,K,2025-01-02,QUO\n2,S,K,2025-01-02,QUO\n3,S,K,2025-01-01,QUO\n"
    shown = check(folder(visits=text)).text()
    assert "visits.csv from line 4, visit id = 2 (2 rows)" in shown
    assert "visits.csv line 6, 2 = 6" in shown


def test_headings_count_only_what_can_be_added_up(folder: Callable) -> None:
    """Assumptions stand for different things, so that no sum of them is shown."""
    shown = check(folder(visits=VISITS)).text()
    assert "\nAssumptions\n" in shown


def test_every_question_is_shown_with_its_own_answer(folder: Callable) -> None:
    """Five files of one kind of trouble are five blocks to paste, and the error of a run names them all."""
    files = {f"visits_{n}": NO_SELLER for n in range(5)}
    shown = check(folder(visits=VISITS, **files)).text()
    assert all(f'file = "visits_{n}.csv"' in shown for n in range(5))
    with pytest.raises(UserError, match=r"visits_0(.|\n)*visits_4"):
        load(folder(visits=VISITS, **files))
