"""Exposure: the days on which a seller could have made visits.

A day counts as weekday x not a holiday in the seller's country x employed x (1 - absence) x full-time equivalent.
`holidays` counts only statutory days by default; the eves on which nobody visits customers in Sweden and Denmark
sit in further categories, and Norway's have to be added by hand.

References
----------
Swedish Act (1989:253) on public holidays; semesterlagen equates the three eves with Sundays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np
import pandas as pd

CATEGORIES = {"SE": ("public", "de_facto"), "DK": ("public", "optional")}
"""Holiday categories per country where the default misses the eves."""
EVES = {"NO": ((12, 24), (12, 31))}
"""Month and day of eves that no category knows."""
JULY_SHARE = 0.6
"""Share of the yearly leave that is assumed to be taken in July."""
WORKING_DAYS = 5
"""Seller-days of a normal week."""


def is_country(code: str) -> bool:
    """Return whether the public holidays of a country are known."""
    return code in holidays.list_supported_countries()


@cache
def country_holidays(country: str, years: tuple[int, ...]) -> frozenset[date]:
    """Return the days off of a country; a country that is not known has none."""
    if not is_country(country):
        return frozenset()
    known = holidays.country_holidays(country, years=years, categories=CATEGORIES.get(country))
    eves = {date(year, month, day) for year in years for month, day in EVES.get(country, ())}
    return frozenset(set(known) | eves)


def working_days(
    country: str,
    start: date,
    end: date,
    *,
    extra_holidays: Iterable[date] = (),
    day_before_holiday: float = 1.0,
    bridge_day: float = 1.0,
) -> pd.Series:
    """Return what each day counts as a working day: 0.0 for a day off, else 1.0 or what the two rules say.

    Parameters
    ----------
    country : str
        ISO 3166 alpha-2.
    start, end : date
        Both included.
    extra_holidays : iterable of date
        Closed days of the client.
    day_before_holiday : float
        What a working day counts whose morrow is a holiday, 0-1; in Sweden many go home early then.
    bridge_day : float
        What a single working day between two days off counts, 0-1.
    """
    # A day more at either end, so that the first and the last day know their neighbours.
    days = pd.date_range(start - timedelta(days=1), end + timedelta(days=1), freq="D", unit="us")
    off = country_holidays(country, tuple(range(days[0].year, days[-1].year + 1))) | set(extra_holidays)
    holiday = days.isin(pd.DatetimeIndex(sorted(off)).as_unit("us")) if off else np.zeros(len(days), bool)
    work = (days.day_of_week < WORKING_DAYS) & ~holiday
    worth = work.astype(float)
    worth[:-1][work[:-1] & holiday[1:]] = day_before_holiday
    bridge = np.flatnonzero(work[1:-1] & ~work[:-2] & ~work[2:]) + 1
    worth[bridge] = np.minimum(worth[bridge], bridge_day)
    return pd.Series(worth[1:-1], index=days[1:-1])


@dataclass(frozen=True)
class Exposure:
    """Seller-days by seller and day.

    Attributes
    ----------
    days : DataFrame
        Index seller_id, one column per day, values in seller-days (0-1).
    assumed_leave : bool
        True when no absence was exported and a yearly leave was assumed.
    """

    days: pd.DataFrame
    assumed_leave: bool

    @property
    def weeks(self) -> pd.DataFrame:
        """Normal weeks (five seller-days) by seller and ISO week, columns are the Mondays."""
        monday = self.days.columns - pd.to_timedelta(self.days.columns.day_of_week, unit="D")
        return self.days.T.groupby(monday).sum().T / WORKING_DAYS

    @property
    def total_weeks(self) -> pd.Series:
        """Normal weeks by seller over the whole period."""
        return self.days.sum(axis=1) / WORKING_DAYS


def exposure(
    sellers: pd.DataFrame,
    *,
    start: date,
    end: date,
    country: str,
    absence: pd.DataFrame | None = None,
    leave_days: float = 25,
    extra_holidays: Iterable[date] = (),
    day_before_holiday: float = 1.0,
    bridge_day: float = 1.0,
) -> Exposure:
    """Return the seller-days of every seller between two days, both included.

    Parameters
    ----------
    sellers : DataFrame
        seller_id, and where known country, start_date, end_date, fte.
    country : str
        The calendar of sellers without one of their own.
    absence : DataFrame, optional
        seller_id, date_from, date_to, fraction. None means that it was not exported: `leave_days` a year are
        then assumed, 60 % of them in July.
    extra_holidays, day_before_holiday, bridge_day
        As in `working_days`.
    """
    rules = {
        "extra_holidays": tuple(extra_holidays),
        "day_before_holiday": day_before_holiday,
        "bridge_day": bridge_day,
    }
    index = pd.date_range(start, end, freq="D", unit="us")
    frame = sellers.drop_duplicates("seller_id").set_index("seller_id")
    countries = frame["country"].fillna(country) if "country" in frame else pd.Series(country, index=frame.index)
    calendars = {c: working_days(c, start, end, **rules).to_numpy() for c in countries.unique()}
    days = np.array([calendars[c] for c in countries]) if len(frame) else np.zeros((0, len(index)))

    stamps = index.to_numpy()
    for column, is_out in (("start_date", np.less), ("end_date", np.greater)):
        if column in frame:
            edge = frame[column].to_numpy(dtype="datetime64[us]")[:, None]
            days[is_out(stamps[None, :], edge)] = 0  # comparisons with a missing date are False: employed
    if "fte" in frame:
        days *= frame["fte"].fillna(1).to_numpy()[:, None]

    if absence is None:
        days *= 1 - _assumed_leave(index, days, leave_days)
    else:
        days *= 1 - _absent_share(absence, frame.index, index)
    return Exposure(pd.DataFrame(days, index=frame.index, columns=index), absence is None)


def _assumed_leave(index: pd.DatetimeIndex, days: np.ndarray, leave_days: float) -> np.ndarray:
    """Return the share of each day that is assumed to be leave; the same for every seller."""
    july = index.month == 7
    # Working days of a standard year: 23 weekdays in July, 228 in the other months.
    return np.where(july, JULY_SHARE * leave_days / 23, (1 - JULY_SHARE) * leave_days / 228).clip(0, 1)[None, :]


def _absent_share(absence: pd.DataFrame, sellers: pd.Index, index: pd.DatetimeIndex) -> np.ndarray:
    """Return the share of each seller-day that is away; overlapping periods do not count twice."""
    away = np.zeros((len(sellers), len(index)))
    rows = sellers.get_indexer(absence["seller_id"])
    last = absence["date_to"].fillna(absence["date_from"]) if "date_to" in absence else absence["date_from"]
    first = index.searchsorted(absence["date_from"].to_numpy(), side="left")
    stop = index.searchsorted(last.to_numpy(), side="right")
    fraction = absence["fraction"].fillna(1).to_numpy() if "fraction" in absence else np.ones(len(absence))
    for row, a, b, share in zip(rows, first, stop, fraction, strict=True):
        if row >= 0:
            away[row, a:b] = np.maximum(away[row, a:b], share)
    return away
