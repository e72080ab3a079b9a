"""Exposure against days counted by hand and against the law."""

from datetime import date

import pandas as pd
import pytest

from salesaudit.calendar import exposure, working_days
from salesaudit.client import CalendarSettings

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


def test_days_before_holidays_and_between_days_off() -> None:
    """The short days of Sweden in 2024, by a calendar: nine before a day off, five between two."""
    whole = working_days("SE", *YEAR)
    early = working_days("SE", *YEAR, day_before_holiday=0.6)
    assert list(early.index[early < whole].strftime("%m-%d")) == [
        *("01-05", "03-28", "04-30", "05-08", "06-05", "06-20", "11-01", "12-23", "12-30")
    ]
    assert early.sum() == pytest.approx(251 - 9 * 0.4)
    bridge = working_days("SE", *YEAR, bridge_day=0)
    assert list(bridge.index[bridge < whole].strftime("%m-%d")) == ["05-10", "06-07", "12-23", "12-27", "12-30"]
    both = working_days("SE", *YEAR, day_before_holiday=0.6, bridge_day=0.8)
    assert both["2024-12-23"] == 0.6
    alone = working_days("SE", date(2024, 5, 8), date(2024, 5, 8), day_before_holiday=0.6)
    assert alone.sum() == 0.6, "the first and the last day know their neighbours"


def test_closed_weeks_of_a_client() -> None:
    """Weeks in which nobody works stand in client.toml as two days and are no exposure."""
    closed = CalendarSettings.model_validate({"closed": [{"start": date(2024, 7, 15), "end": date(2024, 8, 4)}]})
    days = {k: v for k, v in closed.rules.items() if k != "leave_days"}
    assert working_days("SE", *YEAR, **days).sum() == 251 - 15


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
