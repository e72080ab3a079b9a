"""Numbers, amounts and dates as a reader of each language expects them."""

from datetime import date

import pytest

from salesaudit.format import Count, Day, Days, Loc, Money, Number, PValue, Rate, Share, Week
from salesaudit.i18n import message, nmessage

NB = "\u00a0"
LANGUAGES = ("en", "sv", "da", "nb")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "−1,234.6"), ("sv", f"−1{NB}234,6"), ("da", "−1.234,6"), ("nb", f"−1{NB}234,6")]
)
def test_number(language: str, text: str) -> None:
    """Groups, decimals and a real minus sign follow the language (CLDR)."""
    assert Loc(language).number(-1234.567, decimals=1) == text


@pytest.mark.parametrize(
    ("language", "text"), [("en", "12%"), ("sv", f"12{NB}%"), ("da", f"12{NB}%"), ("nb", f"12{NB}%")]
)
def test_share(language: str, text: str) -> None:
    """Per cent has a space before the sign except in English."""
    assert Loc(language).share(0.1234) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", f"1.23{NB}million{NB}SEK"),
        ("sv", f"1,23{NB}mn{NB}SEK"),
        ("da", f"1,23{NB}mio.{NB}SEK"),
        ("nb", f"1,23{NB}mill.{NB}SEK"),
    ],
)
def test_money(language: str, text: str) -> None:
    """Large amounts are shortened in the language's own way, with the ISO code after them."""
    assert Loc(language).money(1_234_567, "SEK") == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "5 March 2026"), ("sv", "5 mars 2026"), ("da", "5. marts 2026"), ("nb", "5. mars 2026")],
)
def test_day(language: str, text: str) -> None:
    """Dates are written out in the language's order."""
    assert Day(date(2026, 3, 5)).text(Loc(language)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Number(0.001234), "0.00123"),
        (Number(-0.0), "0"),
        (Number(float("nan")), "–"),
        (Count(12345), "12,345"),
        (Rate(12.345, 11, 13.06), "12.3 (11.0–13.1)"),
        (Share(0.3, 0.2, 0.4), "30% (20–40%)"),
        (Share(0.034), "3.4%"),
        (Money(12345, "SEK", -300, 50000), f"12,300{NB}SEK (−300{NB}SEK to 50,000{NB}SEK)"),
        (Days(41.6), "42"),
        (PValue(0.0004), "< 0.001"),
        (PValue(0.0423), "0.042"),
    ],
)
def test_typed_values(value: object, text: str) -> None:
    """Each typed value writes itself with its interval; nothing is ever minus zero or p = 0.000."""
    assert value.text(Loc("en")) == text


def test_as_json_carries_number_and_text() -> None:
    """What stands in a sentence can be read back as a number."""
    assert Share(0.3, 0.2, 0.4).as_json(Loc("en")) == {
        "kind": "share",
        "value": 0.3,
        "low": 0.2,
        "high": 0.4,
        "text": "30% (20–40%)",
    }


def test_message_puts_values_into_the_sentence() -> None:
    """A message is a template with typed values, other messages and plain text."""
    inner = message("{n} visits", n=Count(1200))
    assert message("{inner} to {who}", inner=inner, who="{n} AB").text(Loc("sv")) == f"1{NB}200 visits to {{n}} AB"


def test_message_refuses_a_missing_value() -> None:
    """A placeholder without a value is found when the message is made, not when the report is read."""
    with pytest.raises(ValueError, match="no value for"):
        message("{n} of {all}", n=1)


def test_plural() -> None:
    """The number chooses the wording."""
    texts = [nmessage("{n} visit", "{n} visits", n, n=Count(n)).text(Loc("en")) for n in (1, 2)]
    assert texts == ["1 visit", "2 visits"]


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [("en", "Q1 2026", "Q1"), ("sv", "K1 2026", "K1"), ("da", "1. kvt. 2026", "1. kvt."), ("nb", "K1 2026", "K1")],
)
def test_quarter(language: str, long: str, short: str) -> None:
    """A quarter is K1 in Swedish and Norwegian, 1. kvt. in Danish, and Q1 only in English."""
    assert Loc(language).quarter(date(2026, 3, 31)) == long
    assert Loc(language).quarter(date(2026, 1, 1), year=False) == short


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("day", "week", "year"),
    [
        (date(2027, 1, 1), 53, 2026),  # a Friday: the week began in the old year
        (date(2027, 1, 4), 1, 2027),
        (date(2024, 12, 30), 1, 2025),  # a Monday: the week belongs to the new year
        (date(2026, 6, 28), 26, 2026),
    ],
)
def test_week(language: str, day: date, week: int, year: int) -> None:
    """Weeks are those of ISO 8601 in all four languages: 1 January 2027 lies in week 53 of 2026."""
    text = Week(day).text(Loc(language))
    assert [int(n) for n in "".join(c if c.isdigit() else " " for c in text).split()] == [week, year]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "a, b and c"), ("sv", "a, b och c"), ("da", "a, b og c"), ("nb", "a, b og c")]
)
def test_list(language: str, text: str) -> None:
    """Names in a sentence are joined as in that language, without a comma before the last."""
    assert Loc(language).list(["a", "b", "c"]) == text
    assert Loc(language).list(["a"]) == "a"
    assert Loc(language).list([]) == ""


GOLDEN = {
    "en": ("−12.5%", "−1,234", f"1.23{NB}million{NB}SEK", f"2.50{NB}billion{NB}SEK", "Oct 2026"),
    "sv": (f"−12,5{NB}%", f"−1{NB}234", f"1,23{NB}mn{NB}SEK", f"2,50{NB}md{NB}SEK", "okt. 2026"),
    "da": (f"−12,5{NB}%", "−1.234", f"1,23{NB}mio.{NB}SEK", f"2,50{NB}mia.{NB}SEK", "okt. 2026"),
    "nb": (f"−12,5{NB}%", f"−1{NB}234", f"1,23{NB}mill.{NB}SEK", f"2,50{NB}mrd.{NB}SEK", "okt. 2026"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_golden(language: str) -> None:
    """Minus is U+2212, a no-break space stands before % and in groups, and millions have the language's own word."""
    loc = Loc(language)
    written = (
        loc.share(-0.125, decimals=1),
        loc.number(-1234, decimals=0),
        loc.money(1_234_567, "SEK"),
        loc.money(2_499_999_999, "SEK"),
        loc.month(date(2026, 10, 5)),
    )
    assert written == GOLDEN[language]
    assert "-" not in "".join(written)


@pytest.mark.parametrize(("amount", "scale"), [(999_999, 1), (1_000_000, 1e6), (3e9, 1e9)])
def test_money_unit_agrees_with_the_amount(amount: float, scale: float) -> None:
    """What the title of an axis counts in is what the amounts beside it are written in."""
    for language in LANGUAGES:
        found, unit = Loc(language).money_unit(amount, "DKK")
        assert found == scale
        assert Loc(language).money(amount, "DKK").endswith(f"{NB}{unit}")


def test_few_digits_of_an_amount() -> None:
    """Powers of ten on an axis are "1 million", not "1.00 million"."""
    assert [Loc("en").money(10**n, "SEK", digits=1) for n in (3, 6, 7)] == [
        f"1,000{NB}SEK",
        f"1{NB}million{NB}SEK",
        f"10{NB}million{NB}SEK",
    ]
