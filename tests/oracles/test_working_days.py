"""Working days counted by hand from the laws: Sweden's lag (1989:253) with the three eves, and the neighbours' laws.

Denmark: the holidays of the church, with 1 May, Constitution Day, 24 and 31 December, on which nobody sells; store
bededag was abolished from 2024. Norway: lov om 1. og 17. mai (1947) and lov om helligdager (1995), with 24 and 31
December. Finland: the red days with Midsummer Eve and Christmas Eve.
"""

from datetime import date

import pytest

from salesaudit.calendar import working_days


def test_sweden():
    """262 weekdays less eight red days that are weekdays and the eves of Midsummer, Christmas and New Year."""
    year = working_days("SE", date(2024, 1, 1), date(2024, 12, 31))
    assert year.sum() == 262 - 8 - 3  # (O50)


@pytest.mark.parametrize(
    ("country", "year", "weekdays", "red", "eves"),
    [
        # 1 and 6 Jan, Good Friday, Easter Monday, 1 May, Ascension, 6 June, 25 and 26 Dec; eves 20 June, 24 and 31 Dec.
        ("SE", 2025, 261, 9, 3),
        # 1 Jan, Maundy Thursday, Good Friday, Easter Monday, Ascension, Whit Monday, 25 and 26 Dec.
        ("DK", 2024, 262, 8, 4),  # 1 May, 5 June, 24 and 31 Dec
        ("DK", 2023, 260, 8, 2),  # New Year's Day is a Sunday, store bededag on 5 May; 1 May and 5 June
        # 1 Jan, Maundy Thursday, Good Friday, Easter Monday, 1 May, Ascension, 17 May, Whit Monday, 25 and 26 Dec.
        ("NO", 2024, 262, 10, 2),
        # 1 Jan, Good Friday, Easter Monday, 1 May, Ascension, 6 Dec, 25 and 26 Dec; the eves 21 June and 24 Dec.
        ("FI", 2024, 262, 8, 2),
    ],
)
def test_year_by_year(country, year, weekdays, red, eves):
    """A year's weekdays less the red days and eves that fall on them, in each of the countries."""
    days = working_days(country, date(year, 1, 1), date(year, 12, 31))
    assert (days.index.day_of_week < 5).sum() == weekdays
    assert days.sum() == weekdays - red - eves


def test_june_by_the_law():
    """June 2025 has 21 weekdays less the National Day and Midsummer Eve: 19, whatever calendars on the web say."""
    assert working_days("SE", date(2025, 6, 1), date(2025, 6, 30)).sum() == 19


def test_eves_are_not_the_same_everywhere():
    """Midsummer Eve is off in Sweden and Finland, New Year's Eve in Scandinavia only."""
    midsummer, new_year = date(2024, 6, 21), date(2024, 12, 31)
    on = {c: [working_days(c, day, day).sum() for day in (midsummer, new_year)] for c in ("SE", "DK", "NO", "FI")}
    assert on == {"SE": [0, 0], "DK": [1, 0], "NO": [1, 0], "FI": [0, 1]}
