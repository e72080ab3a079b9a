"""From a folder to canonical tables: mapping, reconciliation, duplicates, derived columns, relations, the check."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesaudit.dataset import ISSUE_COLUMNS, ISSUE_KINDS
from salesaudit.errors import UserError
from salesaudit.ingest import check, load
from salesaudit.ingest.load import Reading, read_client
from salesaudit.ingest.mapping import aliases, detect
from salesaudit.ingest.reasons import R
from salesaudit.schema import DTYPES, TABLES

VISITS = (
    "Besöks-ID;Säljare;Kundnummer;Datum;Starttid;Besökslängd (min);Syfte;Uppnått;Kanal\n"
    "B1;S1;K1;2025-03-03;09:00;45;Relationsbesök;Ja;Fysiskt\n"
    "B2;S1;K2;2025-03-04;10:30;60;Offertpresentation;Nej;Teams\n"
    "B3;S2;;2025-03-05;;30;Behovsanalys;Delvis;Telefon\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., str]:
    """Make a client's folder from the text of its files; names with a slash lie outside exports/."""

    def build(more: str = "", **files: str) -> str:
        (tmp_path / "exports").mkdir(exist_ok=True)
        (tmp_path / "client.toml").write_text(f'name = "T"\ncountry = "SE"\ncurrency = "SEK"\n{more}', "utf-8")
        for name, content in files.items():
            stem, _, place = name.partition("__")
            path = tmp_path / (place or "exports") / f"{stem}.{'md' if place == 'commentary' else 'csv'}"
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return str(tmp_path)

    return build


def issues(found: Reading, kind: str, reason: str | None = None) -> pd.DataFrame:
    part = found.issues[found.issues["kind"] == kind]
    return part if reason is None else part[part["reason"] == R[reason]]


def test_a_swedish_export_needs_no_mapping(folder: Callable) -> None:
    """Headers, purposes, channels and bare times of a Swedish file become canonical by themselves."""
    data = load(folder(besök=VISITS))
    visits = data.visits
    assert visits["visit_id"].tolist() == ["B1", "B2", "B3"]
    assert visits["purpose_planned"].tolist() == ["REL", "QUO", "NEED"]
    assert visits["purpose_achieved"].tolist() == ["yes", "no", "part"]
    assert visits["channel"].tolist() == ["physical", "video", "phone"]
    assert visits["start_time"].tolist()[:2] == [pd.Timestamp("2025-03-03 09:00"), pd.Timestamp("2025-03-04 10:30")]
    assert visits["customer_id"].isna().tolist() == [False, False, True]
    assert (data.as_of, data.end, data.start) == (date(2025, 3, 5), date(2025, 3, 5), date(2024, 3, 7))
    assert visits["source_line"].tolist() == [2, 3, 4]


def test_every_table_has_its_canonical_types(folder: Callable) -> None:
    """Analyses rely on the dtypes of the schema, whatever the file held."""
    data = load(folder(besök=VISITS, kunder="Kundnummer;Kundnamn;Lat;Lon;Nyckelkund\nK1;A;59,3;18,1;ja\nK2;B;;;nej\n"))
    for name, frame in data.tables.items():
        kinds = {c.name: c.kind for c in TABLES[name].columns}
        for column in frame.columns.drop(["source_file", "source_line"]):
            assert str(frame[column].dtype) == DTYPES[kinds[column]], (name, column)
    assert list(data.issues.columns) == list(ISSUE_COLUMNS)
    assert set(data.issues["kind"]) <= set(ISSUE_KINDS)


def test_bad_cells_cost_the_row_only_where_they_must(folder: Callable) -> None:
    """A required cell that cannot be read rejects its row with line and value; an optional one becomes missing."""
    text = (
        VISITS + "B4;S1;K1;2025-13-40;;20;Relationsbesök;Ja;Fysiskt\nB5;S1;K1;2025-03-06;;lång;Relationsbesök;Ja;Fax\n"
    )
    found = read_client(folder(besök=text + "B6;;K1;2025-03-07;;1;;;\n"))
    rejected = issues(found, "rejected")
    assert rejected[["line", "column", "value", "reason"]].to_numpy().tolist() == [
        [5, "Datum", "2025-13-40", R["date"]],
        [7, "Säljare", "", R["empty_required"]],
    ]
    repaired = issues(found, "repaired").iloc[0]
    assert (repaired["line"], repaired["value"], repaired["reason"]) == (6, "lång", R["number"])
    assert issues(found, "note", "code")["value"].tolist() == ["Fax"]
    (source,) = found.sources
    assert (source.rows_in, source.used, source.rejected) == (6, 4, 2)


def test_unknown_purposes_become_other_and_are_counted(folder: Callable) -> None:
    """No visit is lost for its purpose, and the consultant sees which words to map."""
    text = "visit id,seller id,customer id,date,purpose\n" + "".join(f"{n},S,K,2025-01-0{n},Zork\n" for n in (1, 2))
    found = read_client(folder(visits=text))
    assert found.tables["visits"]["purpose_planned"].tolist() == ["OTH", "OTH"]
    line = issues(found, "assumed", "code").iloc[0]
    assert (line["value"], line["rows"]) == ("Zork", 2)
    assert "[purposes]" in line["cure"]


def test_copies_merge_and_contradictions_are_rejected(folder: Callable) -> None:
    """An exact copy is merged, the same id with other content keeps its first row, also across files."""
    text = VISITS + "B1;S1;K1;2025-03-03;09:00;45;Relationsbesök;Ja;Fysiskt\nB2;S9;K2;2025-03-04;10:30;60;;Nej;Teams\n"
    again = VISITS.replace("B3;S2;;", "B7;S2;K1;")
    found = read_client(folder(besök_1=text, besök_2=again))
    assert sorted(found.tables["visits"]["visit_id"]) == ["B1", "B2", "B3", "B7"]
    counts = {s.file: (s.rows_in, s.used, s.merged, s.rejected) for s in found.sources}
    assert counts == {"besök_1.csv": (5, 3, 1, 1), "besök_2.csv": (3, 1, 2, 0)}
    assert issues(found, "rejected", "same_key")["line"].tolist() == [6]


def test_repeats_in_all_but_the_key_stay_and_are_counted(folder: Callable) -> None:
    """A call imported twice under two ids cannot be proven wrong, but is shown."""
    rows = "".join(f"{n},Inbound,S1,2025-01-02 10:00\n" for n in range(5)) + "9,Outbound,S1,2025-01-02 10:00\n"
    found = read_client(folder(calls="Call Id,Call Type,Call Owner,Call Start Time\n" + rows))
    assert len(found.tables["activities"]) == 6
    assert issues(found, "note", "repeats")["rows"].tolist() == [4]
    assert found.tables["activities"]["type"].tolist() == ["call_in"] * 5 + ["call_out"]


def test_a_misspelt_header_in_client_toml_gets_the_nearest(folder: Callable) -> None:
    """A mapping that points nowhere stops with the header that was meant."""
    more = '[[sources]]\nfile = "besök.csv"\ntable = "visits"\ncolumns = { seller_id = "Säljaren" }\n'
    with pytest.raises(UserError, match=r"besök\.csv(.|\n)*did you mean 'Säljare'"):
        load(folder(more, besök=VISITS))


def test_a_pattern_without_a_file_is_a_question(folder: Callable) -> None:
    """A rule for a file that never came is not passed over."""
    report = check(folder('[[sources]]\nfile = "besok.csv"\ntable = "visits"\n', besök=VISITS))
    assert report.must_fix
    assert "did you mean besök.csv?" in report.text()


def test_a_required_column_without_header_is_a_question(folder: Callable) -> None:
    """A file that client.toml names but that lacks a required column stops the audit with what it does have."""
    more = '[[sources]]\nfile = "x.csv"\ntable = "visits"\n'
    found = read_client(folder(more, x="Datum;Kund;Färg\n2025-01-01;K1;röd\n"))
    line = issues(found, "must_fix", "no_column").iloc[0]
    assert line["column"] == "seller_id"
    assert "Färg" in line["cure"]


def test_ambiguous_dates_stop_the_audit_until_answered(folder: Callable) -> None:
    """Day and month that nothing tells apart are one question; date_order in client.toml is the answer."""
    text = "visit id,seller id,customer id,date\n1,S,K,03/04/2025\n2,S,K,05/06/2025\n"
    with pytest.raises(UserError, match=r"day and month(.|\n)*date_order"):
        load(folder(visits=text))
    report = check(folder(visits=text))
    assert report.must_fix
    assert report.issues.query("kind == 'must_fix'")["column"].tolist() == ["date"]
    rule = '[[sources]]\nfile = "visits.csv"\ntable = "visits"\ndate_order = "mdy"\n'
    assert load(folder(rule, visits=text)).visits["date"].tolist() == [
        pd.Timestamp("2025-03-04"),
        pd.Timestamp("2025-05-06"),
    ]


def test_destroyed_keys_stop_the_audit(folder: Callable) -> None:
    """An id that a spreadsheet cut to 1.23E+15 can join wrong records."""
    text = "visit id,seller id,customer id,date\n1.23E+15,S,K,2025-01-01\n2,S,K,2025-01-02\n"
    assert issues(read_client(folder(visits=text)), "must_fix", "destroyed")["rows"].tolist() == [1]


def test_rules_constants_values_and_settings_are_obeyed(folder: Callable) -> None:
    """Everything client.toml says about a file reaches the table."""
    more = (
        '[[sources]]\nfile = "ring*.csv"\ntable = "activities"\nconstants = { type = "call_out" }\n'
        'columns = { date = "När", seller_id = "Vem" }\n'
        '[[sources]]\nfile = "d.csv"\ntable = "opportunities"\ncolumns = { status = "Res" }\n'
        'values = { status = { Klart = "won" } }\n[stages]\nBorta = "lost"\n[categories]\nGuld = "1"\n'
    )
    data = load(
        folder(
            more,
            ringlista="När,Vem\n2025-01-01,S1\n",
            d="id,owner,Res,created\n1,S1,Klart,2025-01-01\n2,S1,Borta,2025-01-02\n3,S1,open,2025-01-02\n",
            kunder="Kund-ID,Kategori\nK1,Guld\nK2,B\n",
        )
    )
    assert data.activities[["activity_id", "type"]].to_numpy().tolist() == [["ringlista:2", "call_out"]]
    assert data.opportunities["status"].tolist() == ["won", "lost", "open"]
    assert data.customers["client_category"].tolist() == ["1", "B"]


def test_a_constant_of_the_wrong_kind_is_named(folder: Callable) -> None:
    """A constant in client.toml that is no date is the user's to fix, not a fault of ours."""
    rule = '[[sources]]\nfile = "v*.csv"\ntable = "visits"\nconstants = { date = "igår" }\n'
    with pytest.raises(UserError, match=r"the constant for date is not a date: 'igår'(.|\n)*2025-12-31"):
        read_client(folder(rule, visits="visit id,seller id,customer id\n1,S,K\n"))


def test_closed_opportunities_get_their_close_date(folder: Callable) -> None:
    """Where a CRM overwrites one date, it is the close date of what is closed, and that is said."""
    text = "Opportunity ID,Opportunity Owner,Stage,Amount,Close Date,Created Date\n"
    text += "1,S,Closed Won,100,2025-02-01,2025-01-01\n2,S,Prospecting,5,2025-09-01,2025-01-01\n"
    found = read_client(folder(deals=text))
    frame = found.tables["opportunities"]
    assert frame["closed_date"].tolist()[0] == pd.Timestamp("2025-02-01")
    assert frame["closed_date"].isna().tolist() == [False, True]
    assert issues(found, "assumed", "close_from_plan")["rows"].tolist() == [1]
    assert found.as_of == date(2025, 2, 1)


def test_unknown_stages_reject_the_row(folder: Callable) -> None:
    """An opportunity whose state nobody can tell is not counted as open."""
    found = read_client(folder(deals="id,owner,stage,created date\n1,S,Limbo,2025-01-01\n2,S,Won,2025-01-01\n"))
    assert issues(found, "rejected", "code")["value"].tolist() == ["Limbo"]
    assert found.tables["opportunities"]["opp_id"].tolist() == ["2"]


def test_names_become_ids(folder: Callable) -> None:
    """Owners that stand as names in one file and as ids in another are one seller."""
    users = "User ID,Full Name\n1001,Åsa Öberg\n1002,Bo Ek\n1003,Bo Ek\n"
    text = VISITS.replace("S1;", "åsa öberg;").replace("S2;", "Bo Ek;")
    found = read_client(folder(users=users, besök=text))
    assert found.tables["visits"]["seller_id"].tolist() == ["1001", "1001", "Bo Ek"]
    assert issues(found, "repaired", "name_to_id")["rows"].tolist() == [2]
    assert issues(found, "note", "orphan")["rows"].tolist() == [1]


def test_first_and_last_names_are_one_name(folder: Callable) -> None:
    """Owners appear as "First Last" elsewhere, so the user list must say so too."""
    users = "User ID,First Name,Last Name\n1001,Åsa,Öberg\n1002,,Ek\n"
    found = read_client(folder(users=users, besök=VISITS.replace("S1;", "Åsa Öberg;").replace("S2;", "Ek;")))
    assert found.tables["sellers"]["name"].tolist() == ["Åsa Öberg", "Ek"]
    assert found.tables["visits"]["seller_id"].tolist() == ["1001", "1001", "1002"]


def test_short_and_long_salesforce_ids_are_one(folder: Callable) -> None:
    """Reports give 15 characters and the API 18; a case-sensitive prefix joins them."""
    accounts = "Account ID,Account Name,City\n0014000000LmabcAAB,A,X\n001C000000o4OOIIA2,B,Y\n"
    text = VISITS.replace("K1", "0014000000Lmabc").replace("K2", "0014000000LMABC")
    found = read_client(folder(accounts=accounts, besök=text))
    assert found.tables["visits"]["customer_id"].tolist()[:2] == ["0014000000LmabcAAB", "0014000000LMABC"]
    assert issues(found, "repaired", "short_id")["rows"].tolist() == [1]


def test_relations_are_checked_and_cost_no_row(folder: Callable) -> None:
    """Lost customers, likely misspellings, visits outside employment and impossible orders of dates are told."""
    found = read_client(
        folder(
            "as_of = 2025-03-04\n",
            besök=VISITS.replace("K2", "Volvo Trucs"),
            kunder="Kundnummer;Kundnamn\nK1;Volvo Trucks\n",
            säljare="Säljar-ID;Namn;Anställd från\nS1;A;2025-03-04\nS2;B;2020-01-01\n",
            deals="id;owner;status;created date;closed date\n1;S1;won;2025-02-01;2025-01-01\n",
        )
    )
    assert len(found.tables["visits"]) == 3
    assert issues(found, "note", "orphan")["value"].tolist() == ["Volvo Trucs"]
    assert issues(found, "note", "near")["value"].tolist() == ["Volvo Trucs -> Volvo Trucks"]
    assert issues(found, "note", "employment")["rows"].tolist() == [1]
    assert issues(found, "note", "closed_first")["rows"].tolist() == [1]
    assert issues(found, "note", "future")["rows"].tolist() == [1]
    assert dict(issues(found, "note", "no_customer")[["table", "rows"]].to_numpy()) == {"visits": 1, "opportunities": 1}


def test_one_date_far_ahead_is_a_question(folder: Callable) -> None:
    """A typing error such as 2205 must not become the day of the audit."""
    rows = "".join(f"{n},S,K,2025-01-{n % 28 + 1:02d}\n" for n in range(300))
    found = read_client(folder(visits="visit id,seller id,customer id,date\n" + rows + "x,S,K,2190-01-01\n"))
    assert len(issues(found, "must_fix", "lonely_date")) == 1


def test_a_period_without_anything_is_a_question(folder: Callable) -> None:
    """An audit of days on which nothing happened would answer every question with nothing; the right days are named."""
    with pytest.raises(UserError, match=r"2019-01-02 to 2019-12-31(.|\n)*run from 2025-03-03 to 2025-03-05; set as_of"):
        load(folder("as_of = 2019-12-31\n", besök=VISITS))


def test_no_date_at_all_is_a_question(folder: Callable) -> None:
    """Customers alone do not say which day the audit looks from."""
    report = check(folder(kunder="Kundnummer;Kundnamn\nK1;A\n"))
    assert report.must_fix
    assert "set as_of in client.toml" in report.text()


def test_unreadable_files_are_named_together(folder: Callable, tmp_path: Path) -> None:
    """Several broken files are one round of questions, and what could be read is shown beside them."""
    where = folder(besök=VISITS)
    (tmp_path / "inputs").mkdir()
    (tmp_path / "exports" / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "inputs" / "beliefs.xls").write_bytes(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))
    found = read_client(where)
    assert dict(found.questions[["file", "reason"]].to_numpy()) == {
        "broken.xlsx": "this is not a readable Excel file",
        "inputs/beliefs.xls": "the Excel file is protected by a password",
    }
    assert {s.file: s.table for s in found.sources}["besök.csv"] == "visits"
    assert check(where).must_fix


def test_counts_have_no_decimals(folder: Callable) -> None:
    """1.250 employees are a thousand and more; nobody needs to be asked."""
    data = read_client(folder("as_of = 2025-12-31\n", kunder="Kundnummer;Anställda\nK1;1.250\nK2;14\n"))
    assert data.tables["customers"]["employees"].tolist() == [1250, 14]
    assert not len(data.questions)


def test_undecided_amounts_are_a_question(folder: Callable) -> None:
    """Whether an order was worth 1.25 or 1,250 is asked, and decimal in client.toml is the answer."""
    text = "Ordernummer;Orderdatum;Belopp\n1;2025-01-01;1.250\n2;2025-01-02;7.500\n"
    assert issues(read_client(folder(order=text)), "must_fix", "decimal")["column"].tolist() == ["Belopp"]
    rule = '[[sources]]\nfile = "order.csv"\ntable = "orders"\ndecimal = ","\n'
    assert load(folder(rule, order=text)).orders["amount"].tolist() == [1250, 7500]


def test_out_of_range_cells_are_emptied(folder: Callable) -> None:
    """A latitude of 5,900 is no place; the customer stays without one."""
    found = read_client(folder(kunder="Kundnummer;Lat;Lon;Anställda\nK1;5900;18;-3\nK2;59;18;4\n"))
    assert found.tables["customers"]["lat"].isna().tolist() == [True, False]
    assert sorted(issues(found, "repaired", "range")["column"]) == ["Anställda", "Lat"]


def test_scores_lie_between_0_and_4(folder: Callable) -> None:
    """A 7 on the score sheet is a slip of the pen, and its row is left out."""
    form = "entity_type,entity_id,area,item,score\nopportunity,A1,A1,x,7\nopportunity,A1,A2,x,3\n"
    found = read_client(folder(besök=VISITS, scorecard__inputs=form))
    assert found.tables["scorecard"]["score"].tolist() == [3]
    assert issues(found, "rejected", "range")["value"].tolist() == ["7"]


def test_continuation_rows_are_merged(folder: Callable) -> None:
    """A further attendee on a line of its own is not a further visit."""
    text = "Visit ID,Seller ID,Customer ID,Date,Attendee\n1,S,K,2025-01-01,Ann\n,,,,Bob\n2,S,K,2025-01-02,\n"
    found = read_client(folder(visits=text))
    (source,) = found.sources
    assert (source.rows_in, source.used, source.merged) == (3, 2, 1)


def test_unused_files_are_named_with_the_reason(folder: Callable) -> None:
    """Nothing that the client sent disappears without a word."""
    found = read_client(folder('ignore = ["old*"]\n', besök=VISITS, weather="a,b\n1,2\n", old=VISITS))
    remarks = {s.file: s.remark for s in found.sources if s.table is None}
    assert set(remarks) == {"weather.csv", "old.csv"}
    assert remarks["old.csv"] == "ignored by client.toml"
    assert all(len(s.sha256) == 64 for s in found.sources)


def test_forms_in_inputs_and_commentary_are_read(folder: Callable) -> None:
    """Filled forms are found by their name; the consultant's text by that of the notebook."""
    data = load(
        folder(
            besök=VISITS,
            beliefs_2025__inputs="respondent_id,item,low,mode,high\nR1,visits_per_week,2,4,8\n",
            visit_frequency__commentary="# Ours\n",
        )
    )
    assert data.beliefs["mode"].tolist() == [4]
    assert data.beliefs["source_file"].tolist() == ["inputs/beliefs_2025.csv"]
    assert data.commentary["visit_frequency"] == "# Ours\n"


def test_commentary_is_read_in_whatever_encoding_it_was_saved(folder: Callable, tmp_path: Path) -> None:
    """A text from an old editor is the consultant's text, not a fault."""
    where = folder(besök=VISITS, visit_frequency__commentary="")
    (tmp_path / "commentary" / "visit_frequency.md").write_bytes("# Vår bedömning".encode("cp1252"))
    assert load(where).commentary["visit_frequency"] == "# Vår bedömning"


def test_an_empty_column_gives_way_to_a_filled_one(folder: Callable) -> None:
    """CRMs export ids that nobody fills in beside those that somebody does; rows are not lost for that."""
    text = "Customer ID,Account Number,Account Name\n,001A,Volvo\n,001B,Scania\n"
    found = read_client(folder("as_of = 2025-12-31\n", accounts=text))
    assert found.tables["customers"]["customer_id"].tolist() == ["001A", "001B"]
    assert found.mapping.set_index("column").loc["customer_id", "header"] == "Account Number"


def test_a_workbook_gives_one_table_per_sheet(tmp_path: Path, folder: Callable) -> None:
    """Each visible sheet is found by its own name and headers, and reconciles for itself."""
    where = folder()
    with xlsxwriter.Workbook(tmp_path / "exports" / "crm.xlsx") as book:
        for name, rows in {
            "Besök": [line.split(";") for line in VISITS.splitlines()],
            "Kunder": [["Kundnummer", "Kundnamn", "Postnummer"], ["K1", "A", "01234"]],
            "Läs mig": [["Hej"]],
        }.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row, None)
    found = read_client(where)
    assert {(s.sheet, s.table, s.used) for s in found.sources} == {
        ("Besök", "visits", 3),
        ("Kunder", "customers", 1),
        ("Läs mig", None, 0),
    }
    assert set(found.tables["visits"]["source_file"]) == {"crm.xlsx [Besök]"}


def test_the_check_is_readable_and_capped(folder: Callable) -> None:
    """Ten examples per reason, then a number; the table of files reconciles."""
    rows = "".join(f"b{n},S,K,nodate\n" for n in range(25)) + "".join(f"{n},S,K,2025-01-01\n" for n in range(30))
    report = check(folder(visits="visit id,seller id,customer id,date\n" + rows))
    shown = report.text()
    assert "... and 15 more" in shown
    assert f"{R['date']}: 25 rows" in shown
    line = report.files.iloc[0]
    assert line["rows"] == line["used"] + line["merged"] + line["rejected"] == 55
    assert not report.must_fix
    assert all(len(row) <= 200 for row in shown.splitlines())


def test_an_empty_folder_says_what_to_do(folder: Callable, tmp_path: Path) -> None:
    """No exports, or none that can be used, ends with where to put them."""
    with pytest.raises(UserError, match=r"no file could be used; put the client's files into .*exports"):
        load(folder())
    report = check(folder())
    assert report.must_fix
    assert "\n\n    to fix" not in report.text()
    (tmp_path / "exports").rmdir()
    with pytest.raises(UserError, match="folder of exports does not exist"):
        load(str(tmp_path))


def test_headers_without_rows_are_a_question(folder: Callable) -> None:
    """Files that hold headers only cannot be audited, also when the day of the audit is given."""
    sellers = "Säljar-ID;Namn;Anställd från\n"
    found = check(folder("as_of = 2026-01-01\n", besök=VISITS.splitlines()[0] + "\n", säljare=sellers))
    assert found.must_fix
    assert "headers only" in found.text()


def test_rows_that_were_all_rejected_are_no_empty_file(folder: Callable) -> None:
    """Where there were rows, but none that could be read, the reasons are to be looked at."""
    months = re.sub(r"2025-03-\d\d", "March 2025", VISITS)
    found = check(folder("as_of = 2026-01-01\n", besök=months))
    assert found.must_fix
    assert "headers only" not in found.text()
    assert "see why each row was rejected" in found.text()


def test_known_headers_are_unique_and_canonical() -> None:
    """Every line of the alias table names an existing column, and no header stands twice for one column."""
    for table, columns in aliases().items():
        assert set(columns) == {"", *TABLES[table].names}


@pytest.mark.parametrize(
    ("table", "headers"),
    [
        ("opportunities", "Id AccountId Name StageName Amount Probability CloseDate CreatedDate OwnerId IsWon"),
        ("visits", "Subject|Assigned|Account ID|Start|End|Activity ID|Created Date"),
        ("orders", "Ordrenummer|Kundenummer|Ordredato|Beløb|Sælger"),
        ("customers", "Kundenr|Firmanavn|Postnr|Poststed|Bransje|Kundeansvarlig"),
        ("sellers", "Ansattnummer|Navn|Avdeling|Stillingsprosent|Ansatt fra"),
        ("quotes", "Offertnummer|Skapad|Säljare|Kund|Belopp|Giltig till"),
        ("absence", "Säljare|Från och med|Till och med|Orsak"),
        ("stage_history", "Möjlighets-ID|Fas|In i fas|Ut ur fas|Ändrad av"),
        ("opp_snapshots", "Opportunity ID|Snapshot Date|Status|Stage|Amount"),
    ],
)
def test_tables_are_recognised_by_their_headers_alone(table: str, headers: str) -> None:
    """A file with a meaningless name is recognised by what it holds."""
    names = headers.split("|") if "|" in headers else headers.split()
    found = detect(names, file="export_20260101.csv")
    assert not isinstance(found, str), found
    assert found.table == table


CELLS = st.sampled_from(["1", "2", "S1", "K1", "2025-01-01", "2025-02-30", "", "Ja", "x;y", '"'])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=15))
def test_rows_always_reconcile(folder: Callable, rows: list[list[str]]) -> None:
    """Rows in = used + merged + rejected, with one ledger line per rejected row, for any content."""
    text = "Visit ID;Seller ID;Customer ID;Date;Duration\n" + "".join(";".join(row) + "\n" for row in rows)
    found = read_client(folder('[[sources]]\nfile = "v.csv"\ntable = "visits"\ndelimiter = ";"\n', v=text))
    (source,) = found.sources
    assert source.table == "visits"
    assert source.rows_in == source.used + source.merged + source.rejected
    rejected = issues(found, "rejected")
    assert len(rejected) == source.rejected
    assert rejected["line"].notna().all()
    assert rejected["line"].is_unique
    assert source.used == len(found.tables["visits"])
