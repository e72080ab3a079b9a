"""Files: encodings, delimiters, headers, ragged rows, quotes with line breaks, spreadsheets."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesaudit.client import SourceRule
from salesaudit.errors import UserError
from salesaudit.ingest.delimited import find_delimiter, find_encoding, structure
from salesaudit.ingest.files import read
from salesaudit.ingest.mapping import is_known
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R

ROWS = [
    ["Möjlighet", "Kund", "Säljare", "Belopp", "Skapad"],
    ["Räksmörgås AB", "Åkerströms Måleri", "Göran Öberg", "1 234 567,89", "2026-03-04 14:15"],
    ["Ærø Færge A/S", "Søren Kjær", "Bjørn Ødegård", "12 345,00", "2026-11-03 09:00"],
    ["Malmö Stål", "Växjö Trä", "Åsa Ängström", "7,00", "2026-11-04 10:30"],
]
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "mac_roman",
    "cp850",
    "cp865",
]


@pytest.fixture
def raw(tmp_path: Path) -> Callable[..., RawTable]:
    """Write bytes or text to a file and read it back as one raw table."""

    def build(content: str | bytes, name: str = "f.csv", **rule: object) -> RawTable:
        data = content if isinstance(content, bytes) else content.encode()
        path = tmp_path / name
        path.write_bytes(data)
        given = SourceRule(file=name, table="visits", **rule) if rule else None
        return read(path, file=name, rule=given, known=is_known)[0]

    return build


def delimited(rows: list[list[str]], delimiter: str = ";", **options: object) -> str:
    """Return rows as the text of a file."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, **options).writerows(rows)
    return out.getvalue()


def workbook(path: Path, sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> Path:
    """Write a workbook; text stays text."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                for m, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(n, m, cell)
                    else:
                        sheet.write(n, m, cell)
            if name in hidden:
                sheet.hide()
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_same_table_in_any_encoding_gives_the_same_cells(raw: Callable, encoding: str, delimiter: str) -> None:
    """A client's code page and list separator must not change a single letter."""
    table = raw(delimited(ROWS, delimiter).encode(encoding))
    assert table.headers == ROWS[0]
    assert table.cells.to_numpy().tolist() == ROWS[1:]
    assert (table.delimiter, table.rows_in) == (delimiter, 3)


@pytest.mark.parametrize("text", ["it’s the customer’s “plan”", "5 € – no", "Café Noël"])
def test_typographic_marks_are_not_taken_for_nordic_letters(text: str) -> None:
    """A quotation mark of cp1252 is a capital Æ in cp850; English files must not become Danish."""
    assert find_encoding(f"id;note\n1;{text}\n".encode("cp1252")) == "cp1252"


def test_bytes_that_do_not_fit_the_named_encoding_are_the_users_to_fix(raw: Callable) -> None:
    """A wrong encoding in client.toml is reported with the file, not as a traceback."""
    with pytest.raises(UserError, match=r"f\.csv.*cannot be decoded"):
        raw("å".encode("cp1252") + b"\n1\n", encoding="utf-8")


def test_decimal_commas_do_not_win_over_the_delimiter() -> None:
    """A comma inside every amount must not be mistaken for the separator."""
    assert find_delimiter("id;amount;share\n1;1,5;0,2\n2;2,5;0,3\n") == ";"


def test_line_breaks_in_quotes_keep_the_physical_line(raw: Callable) -> None:
    """The line in the ledger is the one an editor shows, also below a note with line breaks."""
    table = raw('id;note;date\n1;"two\nlines";2025-01-01\n\n2;"he said ""yes""";2025-01-02\n3;x;2025-01-03\n')
    assert table.cells["note"].tolist() == ["two\nlines", 'he said "yes"', "x"]
    assert table.lines.tolist() == [2, 5, 6]
    assert table.rows_in == 3


def test_ragged_rows_are_rejected_with_line_and_reason(raw: Callable) -> None:
    """A row with too many or too few cells is left out, named by its line, and the others stay."""
    table = raw("id;name;amount\n1;A;10\n2;B;20;extra\n3;C\n4;D;40\n5;E;50;\n")
    assert table.cells["id"].tolist() == ["1", "4", "5"]
    assert table.lines.tolist() == [2, 5, 6]
    ledger = table.issues[table.issues["kind"] == "rejected"]
    assert ledger["line"].tolist() == [3, 4]
    assert ledger["reason"].tolist() == [R["too_many"], R["too_few"]]
    assert ledger["value"].tolist() == ["2;B;20;extra", "3;C"]
    assert (table.rows_in, table.rejected) == (5, 2)


def test_short_rows_are_filled_only_where_the_file_does_so_throughout(raw: Callable) -> None:
    """Exporters that drop trailing empty cells are understood; a single short row is an error."""
    table = raw("id;name;amount;note\n" + "".join(f"{n};A;{n}\n" for n in range(9)) + "9;A;9;seen\n")
    assert len(table.cells) == 10
    assert table.cells["note"].tolist() == [""] * 9 + ["seen"]
    assert R["padded"] in set(table.issues["reason"])


def test_an_unclosed_quote_does_not_swallow_the_file(raw: Callable) -> None:
    """One stray quotation mark costs at most its own row."""
    table = raw('id;name;amount\n1;A;10\n2;"B;20\n3;C;30\n4;5" pipe;40\n')
    assert table.cells["id"].tolist() == ["1", "2", "3", "4"]
    assert table.cells["name"].tolist()[3].startswith("5")


def test_preamble_and_footers_are_no_rows(raw: Callable) -> None:
    """Title lines of a report are skipped, its totals and legal lines are in the ledger with a reason."""
    text = (
        "Visits 2025\nAs of 2025-12-31;;\n\nVisit ID;Seller ID;Date\n1;S1;2025-01-01\n2;S2;2025-01-02\n"
        "Grand Totals (2 records);;\n\nConfidential Information - Do Not Distribute\n"
    )
    table = raw(text)
    assert table.headers == ["Visit ID", "Seller ID", "Date"]
    assert table.lines.tolist() == [5, 6]
    footers = table.issues[table.issues["reason"] == R["footer"]]
    assert sorted(footers["line"]) == [7, 9]
    assert (table.rows_in, table.rejected) == (4, 2)


def test_duplicate_headers_and_empty_columns_are_reported(raw: Callable) -> None:
    """Two columns of one name stay apart; nameless empty columns go; nameless filled ones stay."""
    table = raw("id;Kontakt;Kontakt;;\n1;a;b;;x\n2;c;d;;\n")
    assert table.headers == ["id", "Kontakt", "Kontakt (2)", "column 5"]
    assert {R["header_twice"], R["empty_columns"], R["no_header"]} <= set(table.issues["reason"])


def test_blank_rows_are_not_counted(raw: Callable) -> None:
    """Rows of separators and spaces only are no rows of the client."""
    table = raw("id;name\n1;A\n;\n ; \n2;B\n")
    assert (table.rows_in, table.lines.tolist()) == (2, [2, 5])


def test_a_named_header_row_is_obeyed(raw: Callable) -> None:
    """client.toml's header_row is the physical line."""
    assert raw("a;b\nc;d\n\ne;f\n1;2\n", header_row=4).headers == ["e", "f"]


def test_a_file_without_headers_is_not_guessed_at(raw: Callable) -> None:
    """Rows of numbers and dates are never taken for names of columns."""
    assert raw("1;2025-01-01;10\n2;2025-01-02;20\n").remark


def test_structure_counts_cells_outside_quotes_only() -> None:
    """Separators and line breaks inside quotes do not cut a record."""
    shape = structure(b'a;b\n"x;y";"1\n2"\n', ";")
    assert shape.cells.tolist() == [2, 2]
    assert shape.line.tolist() == [1, 2]
    assert shape.regular
    assert not structure(b'a;5" b\n', ";").regular


def test_sheets_keep_text_and_skip_titles_and_hidden_sheets(tmp_path: Path) -> None:
    """ "01234" keeps its zero, dates arrive as dates, the title is skipped, the hidden sheet is mentioned."""
    rows = [["Visits of the year"], [], ["Visit ID", "Postnummer", "Datum", "Belopp"]]
    rows += [["V1", "01234", pd.Timestamp("2025-03-04").to_pydatetime(), 1.234], ["V2", "00001", "", 5]]
    path = workbook(tmp_path / "v.xlsx", {"Data": rows, "Old": [["secret"]]}, hidden=("Old",))
    (table,) = read(path, file="v.xlsx", known=is_known)
    assert table.cells["Postnummer"].tolist() == ["01234", "00001"]
    assert table.cells["Datum"].tolist() == ["2025-03-04", ""]
    assert table.cells["Belopp"].str.strip("\u2060").tolist() == ["1.234", "5"]
    assert table.lines.tolist() == [4, 5]
    hidden = table.issues[table.issues["reason"] == R["hidden_sheet"]]
    assert hidden["value"].tolist() == ["Old"]


def test_a_broken_workbook_is_the_users_to_fix(tmp_path: Path) -> None:
    """A file that only pretends to be Excel is named, with the cure."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(UserError, match=r"x\.xlsx: this is not a readable Excel file(.|\n)*save it again"):
        read(path, file="x.xlsx", known=is_known)


def test_a_workbook_named_csv_is_read_as_what_it_is(tmp_path: Path) -> None:
    """The bytes decide, not the ending of the name."""
    workbook(tmp_path / "a.xlsx", {"S": [["Visit ID", "Date"], ["V1", "2025-01-01"]]}).rename(tmp_path / "a.csv")
    (table,) = read(tmp_path / "a.csv", file="a.csv", known=is_known)
    assert table.cells["Visit ID"].tolist() == ["V1"]


CELL = st.text(alphabet='ab1,;"\n 9å', max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=12), quoting=st.sampled_from([0, 1]))
def test_every_row_of_a_ragged_file_is_accounted_for(raw: Callable, rows: list[list[str]], quoting: int) -> None:
    """Whatever the rows look like, each one that holds something is either read or rejected."""
    text = delimited([["visit id", "date", "seller"], *rows], quoting=quoting, lineterminator="\n")
    table = raw(text, delimiter=";")
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    assert table.headers[:3] == ["visit id", "date", "seller"]
    assert table.rows_in == filled == len(table.cells) + table.rejected
    assert len(table.issues[table.issues["kind"] == "rejected"]) == table.rejected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='ab;,"\n', max_size=60))
def test_no_text_makes_the_reader_fail(raw: Callable, text: str) -> None:
    """Broken quoting and odd separators end in rows or rejects, never in a traceback."""
    table = raw("visit id;date\n" + text)
    assert table.rows_in == len(table.cells) + table.rejected
