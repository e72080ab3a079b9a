"""Exposure against days counted by hand and against the law."""

from datetime import date

import pandas as pd
import pytest

from salesaudit.calendar import exposure, working_days

YEAR = (date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("country", "days"),
    [
        # Sweden: 262 weekdays, 8 red days on weekdays, 3 eves (Act 1989:253; counted by hand).
        ("SE", 251),
        # Denmark: Constitution Day, 1 May, 24 and 31 December are optional holidays that nobody sells on.
        ("DK", 250),
        # Norway: 252 statutory, less 24 and 31 December.
        ("NO", 250),
    ],
)
def test_working_days_of_2024(country: str, days: int) -> None:
    """Eves are days off although the library's default does not count them."""
    assert working_days(country, *YEAR).sum() == days


def test_great_prayer_day_was_abolished() -> None:
    """Store bededag is a holiday in Denmark in 2023 (5 May) and not in 2024 (26 April)."""
    assert working_days("DK", date(2023, 5, 5), date(2023, 5, 5)).sum() == 0
    assert working_days("DK", date(2024, 4, 26), date(2024, 4, 26)).sum() == 1


def test_extra_holidays_close_a_day() -> None:
    """A client's closed days count like holidays."""
    open_days = working_days("SE", *YEAR).sum()
    assert working_days("SE", *YEAR, extra_holidays=[date(2024, 5, 10)]).sum() == open_days - 1


def test_employment_and_part_time() -> None:
    """A starter has exposure from the first day, a leaver to the last, and a part-timer in proportion."""
    sellers = pd.DataFrame(
        {
            "seller_id": ["all", "starter", "leaver", "part"],
            "start_date": pd.to_datetime([None, "2024-06-03", None, None]),
            "end_date": pd.to_datetime([None, None, "2024-06-14", None]),
            "fte": [1, 1, 1, 0.8],
        }
    )
    # 3 to 16 June 2024 in Sweden: ten weekdays less the national day on Thursday the 6th.
    weeks = exposure(
        sellers, start=date(2024, 5, 27), end=date(2024, 6, 16), country="SE", absence=pd.DataFrame(columns=ABSENCE)
    )
    assert weeks.total_weeks.mul(5).round(9).to_dict() == {"all": 14, "starter": 9, "leaver": 14, "part": 11.2}
    assert not weeks.assumed_leave


ABSENCE = ["seller_id", "date_from", "date_to", "fraction"]


def test_absence_is_taken_off_once() -> None:
    """Overlapping absences do not count twice, a fraction counts in proportion, strangers count for nobody."""
    sellers = pd.DataFrame({"seller_id": ["a", "b"]})
    absence = pd.DataFrame(
        [
            ["a", "2024-03-04", "2024-03-05", 1.0],
            ["a", "2024-03-05", "2024-03-06", 1.0],
            ["b", "2024-03-04", "2024-03-04", 0.5],
            ["nobody", "2024-03-04", "2024-03-08", 1.0],
        ],
        columns=ABSENCE,
    ).astype({"date_from": "datetime64[us]", "date_to": "datetime64[us]"})
    days = exposure(sellers, start=date(2024, 3, 4), end=date(2024, 3, 8), country="SE", absence=absence).days
    assert days.sum(axis=1).to_dict() == {"a": 2, "b": 4.5}


def test_assumed_leave_takes_the_yearly_days_off() -> None:
    """Without an absence table about the assumed leave is missing from a full year, and it is flagged."""
    result = exposure(pd.DataFrame({"seller_id": ["a"]}), start=YEAR[0], end=YEAR[1], country="SE", leave_days=25)
    assert result.assumed_leave
    assert result.days.to_numpy().sum() == pytest.approx(251 - 25, abs=1)


def test_weeks_add_up_to_the_days() -> None:
    """The weekly view is the daily one, cut at Mondays."""
    result = exposure(pd.DataFrame({"seller_id": ["a", "b"]}), start=YEAR[0], end=YEAR[1], country="NO")
    assert result.weeks.sum(axis=1).to_dict() == pytest.approx(result.total_weeks.to_dict())
    assert (result.weeks.columns.day_of_week == 0).all()
