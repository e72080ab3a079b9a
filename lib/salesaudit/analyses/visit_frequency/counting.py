"""Which visits count, and over how many normal weeks: numerator and denominator of every rate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from salesaudit.calendar import exposure
from salesaudit.client import CalendarSettings
from salesaudit.dataset import SalesData
from salesaudit.format import Count, Day, Share
from salesaudit.i18n import Message, message, nmessage

EDGE_DAYS = 28
"""A silence at the edge of the period that is longer than this is no recording, not a lack of visits."""


@dataclass(frozen=True)
class Counted:
    """Visits and exposure of the sellers over complete ISO weeks.

    Attributes
    ----------
    visits : DataFrame
        The visits that count: visit_id, seller_id, date, week (its Monday), and what else the export had.
    counts, exposure : DataFrame
        Sellers x weeks; visits, and normal weeks of five seller-days.
    start, end : date
        First and last day of the complete weeks; None when there is not one.
    assumed_leave : bool
        Whether a yearly leave was assumed because no absence was exported.
    logged : int
        Visits of the complete weeks before those in weeks without a working day were left out.
    exclusions, assumptions : tuple of Message
        What was left out, with its number of visits; what was taken for granted.
    """

    visits: pd.DataFrame
    counts: pd.DataFrame
    exposure: pd.DataFrame
    start: date | None
    end: date | None
    assumed_leave: bool
    logged: int
    exclusions: tuple[Message, ...]
    assumptions: tuple[Message, ...]

    @property
    def weeks(self) -> int:
        """Number of complete weeks."""
        return self.counts.shape[1]

    @property
    def window(self) -> Message:
        """The days of the complete weeks as a phrase; they can be fewer than the period of the audit."""
        if self.start is None:
            return message("no complete week")
        return message("{start} to {end}", start=Day(self.start), end=Day(self.end))


class Sieve:
    """Visits that pass one rule after the other, and how many each rule left out."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.left_out: list[Message] = []

    def keep(self, mask: pd.Series, said: Callable[[int], Message]) -> None:
        """Keep the rows of the mask; `said` tells what the others were, given their number."""
        out = int((~mask).sum())
        if out:
            self.left_out.append(said(out))
            self.frame = self.frame[mask]


def dates_are_months(dates: pd.Series) -> bool:
    """Return whether most dates are the first of a month, so that only the month of most visits is known."""
    known = dates.dropna()
    return known.dt.normalize().nunique() >= 2 and bool((known.dt.day == 1).mean() > 0.5)


def count_visits(
    data: SalesData, *, channels: Sequence[str], one_per_day: bool, roles_left_out: Sequence[str]
) -> Counted:
    """Return the visits that count and the exposure behind them.

    Parameters
    ----------
    channels : sequence of str
        Which channels count; a visit whose channel is not known counts.
    one_per_day : bool
        Whether visits of one seller to one customer on one day count once.
    roles_left_out : sequence of str
        Roles of sellers who are not expected to make visits.
    """
    # By id, so that the order of the rows in the export does not decide which of two visits on a day counts.
    sieve = Sieve(data.within("visits").sort_values("visit_id", kind="stable", ignore_index=True))
    sieve.frame = sieve.frame.assign(date=sieve.frame["date"].dt.normalize())
    sieve.keep(
        sieve.frame["seller_id"].notna(),
        lambda n: nmessage(
            "{n} visit without a seller is left out.",
            "{n} visits without a seller are left out.",
            n,
            n=Count(n),
        ),
    )
    window, assumptions = recorded_window(data)
    sellers, left = field_sellers(data, roles_left_out)
    sieve.left_out += left
    sieve.keep(
        sieve.frame["seller_id"].isin(sellers["seller_id"]),
        lambda n: nmessage(
            "{n} visit by somebody who is not a field seller in the seller table is left out.",
            "{n} visits by people who are not field sellers in the seller table are left out.",
            n,
            n=Count(n),
        ),
    )
    everything = sieve.frame
    if "channel" in sieve.frame and sieve.frame["channel"].notna().any():
        sieve.keep(
            sieve.frame["channel"].isna() | sieve.frame["channel"].isin(channels),
            lambda n: nmessage(
                "{n} visit in a channel that does not count (video, phone) is left out.",
                "{n} visits in channels that do not count (video, phone) are left out.",
                n,
                n=Count(n),
            ),
        )
    if one_per_day and "customer_id" in sieve.frame:
        again = sieve.frame.duplicated(["seller_id", "customer_id", "date"]) & sieve.frame["customer_id"].notna()
        sieve.keep(
            ~again,
            lambda n: nmessage(
                "{n} further visit of the same seller to the same customer on the same day is not counted again.",
                "{n} further visits of the same seller to the same customer on the same day are not counted again.",
                n,
                n=Count(n),
            ),
        )
    start, end = complete_weeks(*window)
    if start is None:
        none = pd.DataFrame(index=pd.Index([], dtype="str", name="seller_id"))
        return Counted(
            sieve.frame.iloc[:0], none, none, None, None, False, 0, tuple(sieve.left_out), tuple(assumptions)
        )
    sieve.keep(
        sieve.frame["date"].between(pd.Timestamp(start), pd.Timestamp(end)),
        lambda n: nmessage(
            "{n} visit in an incomplete first or last week is left out.",
            "{n} visits in the incomplete first and last week are left out.",
            n,
            n=Count(n),
        ),
    )
    sellers, assumed = employed(sellers, everything, start, end)
    return _matrices(data, sieve, sellers, start, end, (*assumptions, *assumed))


def recorded_window(data: SalesData) -> tuple[tuple[date, date], list[Message]]:
    """Return the part of the period in which visits were recorded at all.

    A visit table that begins or ends more than four weeks inside the period covers less than the period; the weeks
    outside it are not weeks without visits.
    """
    dates = data.visits["date"].dropna()
    inside = dates[dates.between(pd.Timestamp(data.start), pd.Timestamp(data.end) + pd.Timedelta("23:59:59"))]
    start, end, told = data.start, data.end, []
    if inside.empty:
        return (start, end), told
    first, last = inside.min().date(), inside.max().date()
    if (first - start).days > EDGE_DAYS and not (dates < pd.Timestamp(start)).any():
        start = first
        told.append(message("The visits begin on {day}: the time before is not counted.", day=Day(first)))
    if (end - last).days > EDGE_DAYS and not (dates > pd.Timestamp(end) + pd.Timedelta("23:59:59")).any():
        end = last
        told.append(message("The visits end on {day}: the time after is not counted.", day=Day(last)))
    return (start, end), told


def recorded_weeks(dates: pd.Series, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Return which weeks lie in the time in which something was recorded at all.

    A silence of more than four weeks at an edge of the weeks is no recording; dates beyond the edge show that it is
    one.

    Parameters
    ----------
    dates : Series
        Days of all records, also outside the weeks; not empty.
    weeks : DatetimeIndex
        Mondays, in order.
    """
    edge = pd.Timedelta(days=EDGE_DAYS)
    first, last = dates.min(), dates.max()
    begun = weeks >= first if first - weeks[0] > edge else np.ones(len(weeks), bool)
    silent = weeks[-1] + pd.Timedelta(days=6) - last > edge
    return begun & (weeks <= last - pd.Timedelta(days=6)) if silent else begun


def complete_weeks(start: date, end: date) -> tuple[date | None, date | None]:
    """Return the first Monday and the last Sunday of the complete ISO weeks between two days."""
    first = pd.Timestamp(start) + pd.Timedelta(days=-start.weekday() % 7)
    last = pd.Timestamp(end) - pd.Timedelta(days=(end.weekday() + 1) % 7)
    return (first.date(), last.date()) if first < last else (None, None)


def field_sellers(data: SalesData, roles_left_out: Sequence[str]) -> tuple[pd.DataFrame, list[Message]]:
    """Return the sellers who are expected to make visits: the seller table, or whoever made one."""
    if not data.has("sellers.seller_id"):
        return pd.DataFrame({"seller_id": pd.Series(data.seller_ids, dtype="str")}), []
    sellers = data.sellers.dropna(subset=["seller_id"]).drop_duplicates("seller_id")
    if "role" not in sellers:
        return sellers, []
    out = sellers["role"].str.strip().str.casefold().isin([r.casefold() for r in roles_left_out])
    number = int(out.sum())
    told = nmessage(
        "{n} seller whose role is not in the field is left out.",
        "{n} sellers whose role is not in the field are left out.",
        number,
        n=Count(number),
    )
    return sellers[~out], [told] if number else []


def employed(sellers: pd.DataFrame, visits: pd.DataFrame, start: date, end: date) -> tuple[pd.DataFrame, list[Message]]:
    """Return the sellers with the days between which they are exposed, and what was assumed about them.

    Known dates hold. Where a start (or all ends) are not known, a seller whose first (last) visit lies more than four
    weeks inside the period is taken to have started (left) then: a silence that may be no employment is not held
    against anybody. A seller of the seller table without any visit is taken to have been there all the time.
    """
    edge = pd.Timedelta(days=EDGE_DAYS)
    seen = visits.groupby("seller_id")["date"].agg(["min", "max"]).reindex(sellers["seller_id"])
    first, last = seen["min"].to_numpy("datetime64[us]"), seen["max"].to_numpy("datetime64[us]")
    ends = sellers["end_date"].notna().any() if "end_date" in sellers else False
    late = (first - np.datetime64(start) > edge) & ~_known(sellers, "start_date")
    early = (np.datetime64(end) - last > edge) & (not ends)
    number = int((late | early).sum())
    if not number:
        return sellers, []
    framed = sellers.assign(
        start_date=np.where(late, first, _stamps(sellers, "start_date")),
        end_date=np.where(early, last, _stamps(sellers, "end_date")),
    )
    told = nmessage(
        "{n} seller without a known start or end of employment is counted from the first to the last visit.",
        "{n} sellers without a known start or end of employment are counted from the first to the last visit.",
        number,
        n=Count(number),
    )
    return framed, [told]


def _known(sellers: pd.DataFrame, column: str) -> np.ndarray:
    return ~np.isnat(_stamps(sellers, column))


def _stamps(sellers: pd.DataFrame, column: str) -> np.ndarray:
    if column not in sellers:
        return np.full(len(sellers), np.datetime64("NaT", "us"))
    return sellers[column].to_numpy(dtype="datetime64[us]")


def crossed(down: pd.Series, across: pd.Series, *, index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """Return how often each value of `down` meets each of `across`, as a cross-table of the given values alone."""
    row, column = index.get_indexer(down), columns.get_indexer(across)
    known = (row >= 0) & (column >= 0)
    cells = np.bincount(row[known] * len(columns) + column[known], minlength=len(index) * len(columns))
    return pd.DataFrame(cells.reshape(len(index), len(columns)), index=index, columns=columns)


def _matrices(
    data: SalesData, sieve: Sieve, sellers: pd.DataFrame, start: date, end: date, assumptions: Sequence[Message]
) -> Counted:
    settings = data.client.settings
    worked = exposure(
        sellers,
        start=start,
        end=end,
        country=settings.country,
        absence=data.absence if data.has("absence.seller_id", "absence.date_from") else None,
        **settings.calendar.rules,
    )
    weeks = worked.weeks
    weeks.index = pd.Index(weeks.index, dtype="str", name="seller_id")
    visits = sieve.frame
    visits = visits.assign(week=visits["date"] - pd.to_timedelta(visits["date"].dt.day_of_week, unit="D"))
    rows, columns = weeks.index.get_indexer(visits["seller_id"]), weeks.columns.get_indexer(visits["week"])
    sieve.frame = visits
    logged = len(visits)
    sieve.keep(
        pd.Series(weeks.to_numpy()[rows, columns] > 0, index=visits.index),
        lambda n: nmessage(
            "{n} visit in a week in which the seller had no working day is left out.",
            "{n} visits in weeks in which the seller had no working day are left out.",
            n,
            n=Count(n),
        ),
    )
    visits = sieve.frame
    weeks = weeks[weeks.sum(axis=1) > 0]
    counts = crossed(visits["seller_id"], visits["week"], index=weeks.index, columns=weeks.columns)
    leave = message(
        "No absence was exported: {days} days of leave a year are assumed, most of them in July.",
        days=Count(round(settings.calendar.leave_days)),
    )
    told = (*assumptions, *([leave] if worked.assumed_leave else []), *_short_days(settings.calendar))
    return Counted(visits, counts, weeks, start, end, worked.assumed_leave, logged, tuple(sieve.left_out), told)


def _short_days(calendar: CalendarSettings) -> list[Message]:
    """Return which working days the client counts as less than whole ones."""
    said = []
    if calendar.day_before_holiday < 1:
        before = Share(calendar.day_before_holiday)
        said.append(message("The working day before a holiday counts as {share} of a day.", share=before))
    if calendar.bridge_day < 1:
        bridge = Share(calendar.bridge_day)
        said.append(message("A single working day between two days off counts as {share} of a day.", share=bridge))
    return said
