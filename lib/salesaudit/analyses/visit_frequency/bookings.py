"""Meetings booked: their weekly number, whether the latest weeks are a record, and what is booked ahead."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.counting import Counted, crossed, employed, recorded_weeks
from salesaudit.dataset import SalesData
from salesaudit.stats import (
    Interval,
    PooledRate,
    XmrLimits,
    chance_latest_is_best,
    latest_is_best,
    paired_rate_ratio,
    pooled_rate,
    rate_ratio,
    xmr_limits,
    yearly_cycle,
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
    """Visits of the next `AHEAD_DAYS` days that were already in the calendar, this year and the last.

    `ratio` is that of visits over the normal weeks of those days, week by week of lead.
    """

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
    season_removed : bool
        Whether that was seen after a yearly cycle was taken out.
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
    season_removed: bool
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
    exposure = exposure[recorded_weeks(rows["date"], exposure.index)]
    weekly = rows["week"].value_counts().reindex(exposure.index, fill_value=0)
    if len(exposure) < FEWEST_WEEKS or weekly.sum() < FEWEST_BOOKINGS:
        return None
    frame = pd.DataFrame({"bookings": weekly, "exposure": exposure}).rename_axis("week").reset_index()
    solid = frame["exposure"] >= SOLID * frame["exposure"].median()
    frame["rate"] = (frame["bookings"] / frame["exposure"].where(frame["exposure"] > 0)).where(solid)
    limits = xmr_limits(frame["rate"], floor=0.0)
    sellers = _employed(data, counted, rows, exposure.index[-1])
    worked = _worked(data, sellers, rows, exposure.index)
    level = _season(rows, worked)
    known = (frame["rate"] / (1 if level is None else level[exposure.index].to_numpy())).dropna().to_numpy()
    change, compared = _change(sellers, worked, rows, confidence_level)
    return Bookings(
        frame,
        limits,
        frame[limits.outside],
        pooled_rate(frame["bookings"], frame["exposure"], confidence_level=confidence_level),
        latest_is_best(known, WINDOW),
        level is not None,
        chance_latest_is_best(len(known), WINDOW, rng=rng, n_permutations=5000),
        change,
        compared,
        _ahead(data, sellers, confidence_level),
    )


def _season(rows: pd.DataFrame, worked: pd.DataFrame) -> pd.Series | None:
    """Return the level of each week in a yearly cycle that shows without the latest weeks; a rush is no season.

    The level itself rests on all weeks: the latest would else lie further from it than the others by chance alone.
    """
    earlier = worked.copy()
    earlier.iloc[:, -WINDOW:] = 0.0
    counts = crossed(rows["seller_id"], rows["week"], index=worked.index, columns=worked.columns)
    level = yearly_cycle(counts, earlier)
    if level is None:
        return None
    whole = yearly_cycle(counts, worked)
    return pd.Series(level if whole is None else whole, index=worked.columns)


def _employed(data: SalesData, counted: Counted, rows: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Return the sellers with the days between which they are taken to be there, over the weeks to be compared.

    Whose start is not known was there since the first visit or booking.
    """
    index = counted.exposure.index
    known = data.has("sellers.seller_id")
    sellers = data.sellers if known else pd.DataFrame({"seller_id": index})
    sellers = sellers[sellers["seller_id"].isin(index)].drop_duplicates("seller_id")
    seen = pd.concat([data.visits[["seller_id", "date"]], rows[["seller_id", "date"]]], ignore_index=True).dropna()
    end = last + pd.Timedelta(days=6)
    return employed(sellers, seen, _year_before(last)[0].date(), end.date())[0]


def _latest(last: pd.Timestamp) -> pd.DatetimeIndex:
    return pd.date_range(end=last, periods=COMPARED_WEEKS, freq="7D")


def _year_before(last: pd.Timestamp) -> pd.DatetimeIndex:
    return _latest(last) - pd.Timedelta(weeks=YEAR_WEEKS)


def _worked(data: SalesData, sellers: pd.DataFrame, rows: pd.DataFrame, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the normal weeks of the sellers back to the year before, as far as bookings are recorded.

    Leave is assumed for all weeks where absence is not known for the early ones.
    """
    last = weeks[-1]
    first = min(_year_before(last)[0], weeks[0])
    source = replace(data, tables={**data.tables, "sellers": sellers})
    if data.has("absence.date_from") and data.absence["date_from"].min() > first + pd.Timedelta(weeks=13):
        source = _without_absence(source)
    if not rows.empty:
        first = min(max(first, rows["week"].min()), weeks[0])
    return normal_weeks(source, start=first.date(), end=(last + pd.Timedelta(days=6)).date()).weeks


def _change(
    sellers: pd.DataFrame, worked: pd.DataFrame, rows: pd.DataFrame, confidence_level: float
) -> tuple[Interval | None, tuple[PooledRate, PooledRate] | None]:
    """Return the latest half year over the same weeks a year before, so that the season falls out.

    Only sellers who were there all through both half years count.
    """
    last = worked.columns[-1]
    weeks, before = _latest(last), _year_before(last)
    if rows.empty or worked.columns[0] > before[0]:
        return None, None
    there = pd.Series(True, index=sellers["seller_id"])
    if "start_date" in sellers:
        there &= ~(sellers["start_date"] > before[0]).to_numpy()
    if "end_date" in sellers:
        there &= ~(sellers["end_date"] < last).to_numpy()
    both = there.reindex(worked.index) & (worked[weeks].sum(axis=1) > 0) & (worked[before].sum(axis=1) > 0)
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


def _ahead(data: SalesData, sellers: pd.DataFrame, confidence_level: float) -> Ahead | None:
    """Compare what is booked for the coming weeks with what was booked for the same weeks on the same day last year.

    A calendar that fills up must never be held against one that is full: both are seen from the day of the audit, and
    each week of lead is held against the same week of lead.
    """
    if not data.has("visits.logged_at", "visits.date", "visits.seller_id"):
        return None
    visits = data.visits[data.visits["seller_id"].isin(sellers["seller_id"])]
    # Who will be away is not known of the time to come.
    source = _without_absence(replace(data, tables={**data.tables, "sellers": sellers}))
    today = pd.Timestamp(data.as_of)
    booked, exposures = [], []
    for at in (today, today - pd.Timedelta(weeks=YEAR_WEEKS)):
        first, last = at + pd.Timedelta(days=1), at + pd.Timedelta(days=AHEAD_DAYS)
        to_come = visits["date"].between(first, last + pd.Timedelta(days=0.99))
        known = to_come & (visits["logged_at"] < first)
        week = ((visits.loc[known, "date"] - at).dt.days // 7).clip(upper=AHEAD_DAYS // 7)
        booked.append(week.value_counts().reindex(range(AHEAD_DAYS // 7 + 1), fill_value=0).sort_index())
        exposures.append(float(normal_weeks(source, start=first.date(), end=last.date()).total_weeks.sum()))
    now, before = (int(weeks.sum()) for weeks in booked)
    if min(now, before) == 0 or min(exposures) <= 0:
        return None
    ratio = paired_rate_ratio(*booked, exposures=tuple(exposures), confidence_level=confidence_level)
    return Ahead(now, before, ratio) if np.isfinite(ratio.high) else None
