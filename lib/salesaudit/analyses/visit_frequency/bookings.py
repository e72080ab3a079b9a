"""Meetings booked: their weekly number, whether the latest weeks are a record, and what is booked ahead."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.counting import Counted, crossed
from salesaudit.dataset import SalesData
from salesaudit.stats import (
    Interval,
    PooledRate,
    XmrLimits,
    chance_latest_is_best,
    latest_is_best,
    pooled_rate,
    rate_ratio,
    xmr_limits,
)
from salesaudit.workload import normal_weeks

BOOKED = "meeting_booked"
WINDOW = 2
"""Weeks of what is called the best in a long time."""
COMPARED_WEEKS = 26
YEAR_WEEKS = 52
FEWEST_WEEKS = 20
FEWEST_BOOKINGS = 50
AHEAD_DAYS = 60
SOLID = 0.5
"""Share of the usual exposure below which a week is left open."""


@dataclass(frozen=True)
class Ahead:
    """Visits of the next `AHEAD_DAYS` days that were already in the calendar, this year and the last."""

    now: int
    before: int
    ratio: Interval


@dataclass(frozen=True)
class Bookings:
    """Bookings per normal week.

    Attributes
    ----------
    weekly : DataFrame
        One row per complete week: week, bookings, exposure, rate (per normal week of one seller).
    limits : XmrLimits
        Of the weekly rates that stand on enough exposure.
    outside : DataFrame
        The weeks beyond the limits.
    rate : PooledRate
        Of the whole period.
    best : bool
        Whether the latest two weeks are the best two of the period.
    best_chance : float
        Probability of that if the order of the weeks meant nothing.
    change : Interval or None
        The latest weeks over the same weeks of the year before; None where the bookings do not go back so far.
    compared : tuple of PooledRate or None
        The two rates of `change`.
    ahead : Ahead or None
        None where the calendar to come, with the day of booking, is not in the data.
    """

    weekly: pd.DataFrame
    limits: XmrLimits
    outside: pd.DataFrame
    rate: PooledRate
    best: bool
    best_chance: float
    change: Interval | None
    compared: tuple[PooledRate, PooledRate] | None
    ahead: Ahead | None


def bookings(
    data: SalesData, counted: Counted, *, rng: np.random.Generator, confidence_level: float
) -> Bookings | None:
    """Return the bookings by the day they were made, or None where they are not recorded."""
    if not data.has("activities.type", "activities.date", "activities.seller_id") or counted.start is None:
        return None
    rows = data.activities.loc[data.activities["type"] == BOOKED, ["seller_id", "date"]].dropna()
    rows = rows[rows["seller_id"].isin(counted.exposure.index)]
    day = rows["date"].dt.normalize()
    rows = rows.assign(week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))
    exposure = counted.exposure.sum()
    weekly = rows["week"].value_counts().reindex(exposure.index, fill_value=0)
    if len(exposure) < FEWEST_WEEKS or weekly.sum() < FEWEST_BOOKINGS:
        return None
    frame = pd.DataFrame({"bookings": weekly, "exposure": exposure}).rename_axis("week").reset_index()
    solid = frame["exposure"] >= SOLID * frame["exposure"].median()
    frame["rate"] = (frame["bookings"] / frame["exposure"].where(frame["exposure"] > 0)).where(solid)
    limits = xmr_limits(frame["rate"], floor=0.0)
    known = frame["rate"].dropna().to_numpy()
    change, compared = _change(data, counted, rows, confidence_level)
    return Bookings(
        frame,
        limits,
        frame[limits.outside],
        pooled_rate(frame["bookings"], frame["exposure"], confidence_level=confidence_level),
        latest_is_best(known, WINDOW),
        chance_latest_is_best(len(known), WINDOW, rng=rng, n_permutations=5000),
        change,
        compared,
        _ahead(data, counted, confidence_level),
    )


def _change(
    data: SalesData, counted: Counted, rows: pd.DataFrame, confidence_level: float
) -> tuple[Interval | None, tuple[PooledRate, PooledRate] | None]:
    """Return the latest half year over the same weeks a year before, so that the season falls out.

    Only sellers who were there in both half years count; leave is assumed for both where absence is not known for the
    earlier one.
    """
    last = counted.exposure.columns[-1]
    weeks = pd.date_range(end=last, periods=COMPARED_WEEKS, freq="7D")
    before = weeks - pd.Timedelta(weeks=YEAR_WEEKS)
    if rows.empty or rows["week"].min() > before[0]:
        return None, None
    source = data
    if data.has("absence.date_from") and data.absence["date_from"].min() > before[0] + pd.Timedelta(weeks=13):
        source = _without_absence(data)
    start, end = before[0].date(), (last + pd.Timedelta(days=6)).date()
    worked = normal_weeks(source, start=start, end=end).weeks
    worked = worked.reindex(worked.index.intersection(counted.exposure.index))
    both = (worked[weeks].sum(axis=1) > 0) & (worked[before].sum(axis=1) > 0)
    return _ratio(rows, worked[both], weeks, before, confidence_level) if both.any() else (None, None)


def _without_absence(data: SalesData) -> SalesData:
    return replace(data, tables={name: frame for name, frame in data.tables.items() if name != "absence"})


def _ratio(
    rows: pd.DataFrame, worked: pd.DataFrame, weeks: pd.DatetimeIndex, before: pd.DatetimeIndex, confidence_level: float
) -> tuple[Interval | None, tuple[PooledRate, PooledRate] | None]:
    rates = tuple(
        pooled_rate(
            crossed(rows["seller_id"], rows["week"], index=worked.index, columns=part),
            worked[part],
            confidence_level=confidence_level,
        )
        for part in (weeks, before)
    )
    if not all(rate.count >= FEWEST_BOOKINGS for rate in rates):
        return None, None
    return rate_ratio(*rates, confidence_level=confidence_level), rates


def _ahead(data: SalesData, counted: Counted, confidence_level: float) -> Ahead | None:
    """Compare what is booked for the coming weeks with what was booked for the same weeks on the same day last year.

    A calendar that fills up must never be held against one that is full: both are seen from the day of the audit.
    """
    if not data.has("visits.logged_at", "visits.date", "visits.seller_id"):
        return None
    visits = data.visits[data.visits["seller_id"].isin(counted.exposure.index)]
    today = pd.Timestamp(data.as_of)
    booked = []
    for at in (today, today - pd.Timedelta(weeks=YEAR_WEEKS)):
        to_come = visits["date"].between(at + pd.Timedelta(days=1), at + pd.Timedelta(days=AHEAD_DAYS + 0.99))
        known = to_come & (visits["logged_at"] < at + pd.Timedelta(days=1))
        week = ((visits.loc[known, "date"] - at).dt.days // 7).clip(upper=AHEAD_DAYS // 7)
        booked.append(week.value_counts().reindex(range(AHEAD_DAYS // 7 + 1), fill_value=0).sort_index())
    now, before = (int(weeks.sum()) for weeks in booked)
    if min(now, before) == 0:
        return None
    rates = [pooled_rate(weeks, np.ones(len(weeks)), confidence_level=confidence_level) for weeks in booked]
    return Ahead(now, before, rate_ratio(*rates, confidence_level=confidence_level))
