"""Periods in which a table holds no rows, or hardly any."""

import numpy as np
import pandas as pd

from salesaudit.calendar import exposure
from salesaudit.dataset import SalesData

DATES = {
    "visits": "date",
    "activities": "date",
    "orders": "order_date",
    "quotes": "created_date",
    "opportunities": "created_date",
    "opp_snapshots": "snapshot_date",
    "stage_history": "entered_at",
    "time_use": "date",
}
"""Table -> the date by which its rows are counted."""
STEADY = ("visits", "activities", "orders", "quotes", "opportunities")
"""Tables that should have rows in every week; diaries and snapshots need not."""
USUAL_ROWS = 10
"""A table with fewer rows than this in its median week may have a week without any by chance."""
QUIET_WEEK = 3
"""With at most so many working days per seller, as around Christmas or in July, a week may well be without rows."""
EDGE_DAYS = 28
COLUMNS = ["table", "kind", "first", "last", "weeks"]


def _dates(data: SalesData, table: str) -> pd.Series | None:
    if not data.has(f"{table}.{DATES[table]}"):
        return None
    dates = data.tables[table][DATES[table]].dropna().dt.normalize()
    return dates[dates <= pd.Timestamp(data.end)]


def monthly_rows(data: SalesData) -> pd.DataFrame:
    """Return rows per month of the period (index) and table (columns); days outside the period are not counted."""
    found = {}
    for table in DATES:
        dates = _dates(data, table)
        if dates is not None and len(dates):
            inside = dates[dates >= pd.Timestamp(data.start)]
            found[table] = inside.dt.to_period("M").value_counts()
    if not found:
        return pd.DataFrame()
    index = pd.period_range(data.start, data.end, freq="M")
    frame = pd.DataFrame({table: counts.reindex(index, fill_value=0) for table, counts in found.items()})
    frame.index = index.to_timestamp()
    return frame.rename_axis("month")


def missing_periods(data: SalesData, *, thin_share: float) -> pd.DataFrame:
    """Return what is missing inside the period: table, kind, first, last, weeks.

    Kinds: "starts late" and "ends early" (more than four weeks inside the period), "no rows" (complete weeks without
    any, in a table that usually has some, though the sales force worked), "few rows" (complete months below
    `thin_share` of what the days worked lead to expect).
    """
    days = _day_weights(data)
    rows = []
    for table in STEADY:
        dates = _dates(data, table)
        if dates is not None:
            rows += _edges(data, table, dates)
            rows += _empty_weeks(table, dates, days)
            rows += _thin_months(table, dates, days, thin_share)
    return pd.DataFrame(rows, columns=COLUMNS)


def _day_weights(data: SalesData) -> pd.Series:
    """Return how much of the sales force works on each day of the period, 0 to 1."""
    settings = data.client.settings
    known = data.has("sellers.seller_id")
    days = exposure(
        # Without a seller table one imaginary seller with the usual leave gives every day its weight.
        data.sellers if known else pd.DataFrame({"seller_id": ["one"]}),
        start=data.start,
        end=data.end,
        country=settings.country,
        absence=data.absence if known and data.has("absence.seller_id", "absence.date_from") else None,
        **settings.calendar.rules,
    ).days
    return days.mean()


def _edges(data: SalesData, table: str, dates: pd.Series) -> list[tuple]:
    start, end = pd.Timestamp(data.start), pd.Timestamp(data.end)
    if dates.empty:
        return []
    rows = []
    first, last = dates.min(), dates.max()
    edge = pd.Timedelta(days=EDGE_DAYS)
    if first - start > edge:
        rows.append((table, "starts late", start, first - pd.Timedelta(days=1), (first - start).days // 7))
    if end - last > edge:
        rows.append(
            (table, "ends early", max(start, last + pd.Timedelta(days=1)), end, (end - max(start, last)).days // 7)
        )
    return rows


def _inside(dates: pd.Series, days: pd.Series) -> pd.Series:
    """Return the weights of the days between the first and the last row."""
    return days[(days.index >= dates.min()) & (days.index <= dates.max())] if len(dates) else days.iloc[:0]


def _empty_weeks(table: str, dates: pd.Series, days: pd.Series) -> list[tuple]:
    covered = _inside(dates, days)
    monday = covered.index - pd.to_timedelta(covered.index.day_of_week, unit="D")
    weight = covered.groupby(monday).agg(["sum", "size"])
    usual = weight.index[(weight["size"] == 7) & (weight["sum"] > QUIET_WEEK)]
    counts = (dates - pd.to_timedelta(dates.dt.day_of_week, unit="D")).value_counts().reindex(usual, fill_value=0)
    if counts.empty or counts.median() < USUAL_ROWS:
        return []
    empty = counts.index[counts == 0].sort_values()
    run = np.cumsum(np.r_[True, np.diff(empty.to_numpy()) > np.timedelta64(7, "D")]) if len(empty) else []
    return [
        (table, "no rows", part.min(), part.max() + pd.Timedelta(days=6), len(part))
        for _, part in pd.Series(empty).groupby(run)
    ]


def _thin_months(table: str, dates: pd.Series, days: pd.Series, thin_share: float) -> list[tuple]:
    covered = _inside(dates, days)
    month = covered.index.to_period("M")
    weight = covered.groupby(month).agg(["sum", "size"])
    complete = weight[weight["size"] == weight.index.days_in_month]
    if len(complete) < 3:
        return []
    counts = dates.dt.to_period("M").value_counts().reindex(complete.index, fill_value=0)
    per_day = counts / complete["sum"].where(complete["sum"] > 0)
    usual = per_day.median()
    if counts.median() < USUAL_ROWS * 4:
        return []
    thin = per_day.index[per_day < thin_share * usual]
    return [(table, "few rows", m.start_time.normalize(), m.end_time.normalize(), 4) for m in thin]
