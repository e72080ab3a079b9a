"""Cells: numbers, shares, lengths, dates, ids, flags and the words of the client."""

import pandas as pd
import pytest

from salesaudit.client import Settings
from salesaudit.ingest.codes import codes, purposes_from_subject, status_from_stage
from salesaudit.ingest.dates import dates, file_order
from salesaudit.ingest.numbers import file_decimal, minutes, numbers, shares
from salesaudit.ingest.parsed import flags, ids, text
from salesaudit.schema import PURPOSES

BASE = {"name": "T", "country": "SE", "currency": "SEK"}


def cells(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("$22,700.00", "$9,400.50", "(1,000.00)", "-$5.25"), (22700, 9400.5, -1000, -5.25)),
        (("1 234,50 kr", "€ 3.500,00", "500,-", "1.234", "SEK 12"), (1234.5, 3500, 500, 1234, 12)),
        (("1\u00a0234\u00a0567,89", "12\u202f345,5", "−7"), (1234567.89, 12345.5, -7)),
        (("1'234.50", "12", ".5"), (1234.5, 12, 0.5)),
        (("1,234,567", "1,000"), (1234567, 1000)),
        (("40 %", "5%"), (0.4, 0.05)),
        (("1.5E3", "2"), (1500, 2)),
    ],
)
def test_numbers_as_people_write_them(written: tuple[str, ...], expected: tuple[float, ...]) -> None:
    """Currency, thousands and decimal signs of any country give the number that was meant."""
    result = numbers(cells(*written))
    assert result.values.tolist() == list(expected)
    assert not result.bad.any()
    assert not result.question


def test_the_whole_column_decides_what_a_lone_separator_means() -> None:
    """1.234 is a thousand beside 2.500,00 and one and a quarter beside 2.5."""
    assert numbers(cells("1.234", "2.500,00")).values.tolist() == [1234, 2500]
    assert numbers(cells("1.234", "2.5")).values.tolist() == [1.234, 2.5]


def test_an_undecided_separator_is_a_question_unless_the_file_answers() -> None:
    """An error by a factor of a thousand is never guessed."""
    assert numbers(cells("1.234", "5.678")).question == "decimal"
    assert numbers(cells("1.234", "5.678"), decimal=",").values.tolist() == [1234, 5678]
    assert file_decimal(pd.DataFrame({"a": cells("9,326.84"), "b": cells("7,982")})) == "."
    assert numbers(cells("7,982"), fallback=".").values.tolist() == [7982]


def test_cells_against_the_column_are_bad_not_misread() -> None:
    """In a column with decimal commas, 1.23 is no number; neither is text."""
    result = numbers(cells("1,5", "2,75", "1.23", "abc", "", "N/A"))
    assert result.bad.tolist() == [False, False, True, True, False, False]


def test_coordinates_have_no_thousands() -> None:
    """59.329 north is a place, not fifty-nine thousand."""
    assert numbers(cells("59.329", "18.068"), plain=True).values.tolist() == [59.329, 18.068]
    assert numbers(cells("59,329", "18,068"), plain=True).values.tolist() == [59.329, 18.068]


def test_shares_from_per_cent_and_from_fractions() -> None:
    """40 %, 40 and 0.4 are one share; the reading of bare per cents is told."""
    assert shares(cells("40 %", "5%")).values.tolist() == [0.4, 0.05]
    assert shares(cells("0,4", "1", "0")).values.tolist() == [0.4, 1, 0]
    per_cent = shares(cells("40", "0", "100"))
    assert (per_cent.values.tolist(), per_cent.notes) == ([0.4, 0, 1], ("percent",))


def test_lengths_from_clock_hours_and_seconds() -> None:
    """1:30, 1.5 hours and 5,400 seconds are 90 minutes."""
    assert minutes(cells("1:30", "0:20", ""), header="Duration").values.tolist()[:2] == [90, 20]
    assert minutes(cells("1.5", "2"), header="Varaktighet").values.tolist() == [90, 120]
    assert minutes(cells("5400"), header="Call Duration (in seconds)").values.tolist() == [90]
    assert minutes(cells("45", "90"), header="Längd").values.tolist() == [45, 90]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-04-15", "2021-04-15"),
        ("2021-04-15T10:30:00+02:00", "2021-04-15 10:30"),
        ("2026-03-05T14:15:33.123Z", "2026-03-05 14:15:33"),
        ("2021/4/5 7:05", "2021-04-05 07:05"),
        ("15 Apr, 2021 00:02:00", "2021-04-15 00:02"),
        ("05-Mar-2026", "2026-03-05"),
        ("5 mai 2024", "2024-05-05"),
        ("3. oktober 2024", "2024-10-03"),
        ("17 maj 2025", "2025-05-17"),
        ("4 marts 2025", "2025-03-04"),
        ("Apr 5, 2024", "2024-04-05"),
        ("12.3.2024", "2024-03-12"),
        ("31.12.24 14.30", "2024-12-31 14:30"),
        ("20240131", "2024-01-31"),
        ("45631", "2024-12-05"),
        ("45000.5", "2023-03-15 12:00"),
        ("23/2/2026, 08:55 PM", "2026-02-23 20:55"),
    ],
)
def test_dates_as_systems_write_them(written: str, expected: str) -> None:
    """Every date style seen in real exports is read as what it says."""
    result = dates(cells(written))
    assert result.values.dt.floor("s").tolist() == [pd.Timestamp(expected)]
    assert result.values.dtype == "datetime64[us]"
    assert not result.question


def test_day_and_month_are_told_apart_by_the_whole_column() -> None:
    """One day above twelve settles the column, in either direction."""
    assert dates(cells("03-07-2021 01:09", "25-05-2021 04:15")).values.tolist()[0] == pd.Timestamp("2021-07-03 01:09")
    assert dates(cells("02/03/26 08:55 PM", "02/23/26 08:55 AM")).values.tolist()[0] == pd.Timestamp("2026-02-03 20:55")


def test_an_undecided_order_is_a_question() -> None:
    """03/04/2025 alone is asked about; dots, equal numbers, an explicit order and the file's own are answers."""
    assert dates(cells("03/04/2025", "05/06/2025")).question == "date_order"
    assert not dates(cells("03.04.2025")).question
    assert not dates(cells("05/05/2025")).question
    assert dates(cells("03/04/2025"), order="mdy").values[0] == pd.Timestamp("2025-03-04")
    assert dates(cells("25-03-04"), order="ymd").values[0] == pd.Timestamp("2025-03-04")
    assert dates(cells("03/04/2025"), fallback="mdy").values[0] == pd.Timestamp("2025-03-04")
    assert file_order([cells("03/04/2025"), cells("28/04/2025")]) == "dmy"


def test_what_is_no_date_is_bad() -> None:
    """Impossible dates, words for never, and months without a day are not silently moved."""
    result = dates(cells("2024-13-01", "30.02.2024", "9999-12-31", "soon", "", "-"))
    assert result.bad.tolist() == [True, True, True, True, False, False]
    assert dates(cells("April 2024", "May 2024")).reason == "month_only"


def test_ids_are_text_and_destroyed_ones_are_seen() -> None:
    """Leading zeros stay, ".0" of a once numeric column goes, 1.23E+15 is reported."""
    assert ids(cells(" 007 ", "")).values.tolist()[0] == "007"
    assert ids(cells("1001.0", "1002.0", "")).values.tolist()[:2] == ["1001", "1002"]
    assert ids(cells("1.0", "A.0")).values.tolist() == ["1.0", "A.0"]
    assert ids(cells("1.23E+15", "77")).bad.tolist() == [True, False]


def test_flags_and_missing_words() -> None:
    """Yes and no in four languages; NULL only where it is the whole cell."""
    assert flags(cells("Ja", "nei", "x", "0", "TRUE")).values.tolist() == [True, False, True, False, True]
    assert text(cells("NULL", "n/a", "NULL Corp", "-")).values.isna().tolist() == [True, True, False, True]


def purpose(*texts: str, **settings: object) -> list:
    made = Settings.model_validate(BASE | settings)
    given = dict(made.purposes)
    result = codes(
        cells(*texts), table="visits", column="purpose_planned", allowed=PURPOSES, given=given, settings=made
    )
    return result.values.fillna("?").tolist()


def test_purposes_in_four_languages() -> None:
    """The usual words of the Nordic CRMs need no mapping."""
    swedish = (
        "Offertpresentation",
        "relationsbesök",
        "Företagspresentation",
        "Avtalsförhandling",
        "Månadsrapportering",
    )
    assert purpose(*swedish) == ["QUO", "REL", "PRE", "NEG", "REP"]
    assert purpose("Tilbudspræsentation", "relationsbesøg", "Behovsafdækning") == ["QUO", "REL", "NEED"]
    assert purpose("Tilbudspresentasjon", "relasjonsbesøk", "Forhandling") == ["QUO", "REL", "NEG"]
    assert purpose("Quote presentation", "NEED", "Contract Renegotiation ") == ["QUO", "NEED", "NEG"]


def test_the_clients_own_words_win() -> None:
    """What client.toml says stands above every built-in synonym."""
    assert purpose("Offert", "Zzz", purposes={"Offert": "REL"}) == ["REL", "?"]
    assert purpose("Steg 3", purpose_keywords={"NEG": ["steg 3"]}) == ["NEG"]


def test_purposes_from_free_text() -> None:
    """Only what client.toml lists is read out of a subject; the first list that fits wins."""
    made = Settings.model_validate(BASE | {"purpose_keywords": {"PRE": ["demo"], "REP": ["weekly"]}})
    found = purposes_from_subject(cells("CRM Demo for Sara", "Weekly backup", "Lunch"), made)
    assert found.values.fillna("?").tolist() == ["PRE", "REP", "?"]
    assert found.words[["word", "code"]].to_numpy().tolist() == [["CRM Demo for Sara", "PRE"], ["Weekly backup", "REP"]]


def test_every_word_tells_how_it_was_understood() -> None:
    """Words are counted with their code and with the way it was found, the commonest word first."""
    words = cells("Offertpresentation", "Offertpresentation ", "Courtesy call", "Zork", "NEED", "")
    made = Settings.model_validate(BASE | {"purposes": {"Zork": "REP"}})
    found = codes(
        words,
        table="visits",
        column="purpose_planned",
        allowed=PURPOSES,
        given=made.purposes,
        settings=made,
    )
    assert found.words.sort_values("word").to_numpy().tolist() == [
        ["Courtesy call", "REL", 1, "by keyword"],
        ["NEED", "NEED", 1, "the code itself"],
        ["Offertpresentation", "QUO", 2, "known word"],
        ["Zork", "REP", 1, "client.toml"],
    ]


def test_status_from_stages() -> None:
    """Won and lost are known in four languages, the client's own stages from client.toml; others are bad."""
    made = Settings.model_validate(BASE | {"stages": {"Engaging": "open"}})
    result = status_from_stage(
        cells("Closed Won", "Vunnen", "Vundet", "Tapt", "Engaging", "Limbo"), given={}, settings=made
    )
    assert result.values.fillna("?").tolist() == ["won", "won", "won", "lost", "open", "?"]
    assert result.bad.tolist() == [False] * 5 + [True]
