"""What exports without positions say about a logged visit: signs against it, and traces of it elsewhere.

A sign is no accusation: it says where more visits are asked about. Two signs contradict the visit by computation
(a journey that is an hour too short, a seller who was away that day); all of these are asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.calendar import country_holidays
from salesaudit.i18n import message
from salesaudit.verification.entries import entries, logged_in_one_go

USUAL, SUSPICIOUS, CERTAIN = RISKS = ("usual", "suspicious", "certain")
"""Risk classes: nothing was noticed; something was; the visit is contradicted by other records."""
SIGNS = {
    "impossible": message("an hour too short to drive from one visit to the next"),
    "absent": message("the seller was absent all that day"),
    "speed": message("faster from one visit to the next than a car drives"),
    "batch": message("several days were logged within ten minutes"),
    "late": message("logged more than a week later"),
    "day_off": message("on a weekend or a holiday"),
    "same_length": message("nearly all visits of the seller have the same length"),
    "no_length": message("without a length, which most visits have"),
    "no_note": message("with an empty note, where most visits have one"),
    "deadline": message("on the last two working days before a target was due"),
}
"""Sign -> what it is."""
CONTRADICTING = ("impossible", "absent")
LATE_DAYS = 7
"""More days than this between a visit and its entry are late."""
FASTEST_KMH = 110.0
ROUNDING_MINUTES, IMPOSSIBLE_MINUTES = 5, 60
"""By how much a journey must be too short: clocks are read to five minutes; an hour is no matter of reading."""
NEAR_KM = 3.0
"""Places closer than this may be one town: coordinates of customers are those of a street or a postcode."""
SAME_LENGTH, FEWEST_LENGTHS = 0.8, 20
"""Share of a seller's visits with one length, and visits with a known length, from which it is a sign."""
MOST = 0.5
"""Share of the visits that must have a length, or a note, before it says something that one has none."""
LAST_DAYS = 2
"""Working days before the end of a month, or of the period of a target, that count as the last ones."""
LONG_PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
"""Periods of a target whose end is worth running up to."""
EARTH_KM = 6371.0088
RECORDED = ("customer_id", "start_time", "end_time", "duration_min", "note_length", "logged_at")
"""What the signs are read from, besides seller and day."""
TRACES = {"booked": (30, 0), "contact": (3, 3), "quotes": (0, 14), "orders": (0, 14)}
"""Days before and after a visit within which another record of the same customer supports it."""
NO_CONTACT = ("newsletter", "admin", "prospecting", "networking", "meeting_booked", "quote_created")
"""Activities that are no contact of one seller with one customer, or count on their own."""


def signs(tables: Mapping[str, pd.DataFrame], visits: pd.DataFrame, *, country: str) -> pd.DataFrame:
    """Return which signs each visit bears.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The canonical tables; what they lack gives no sign.
    visits : DataFrame
        visit_id, seller_id, customer_id, date.
    country : str
        Calendar of sellers without a country of their own.

    Returns
    -------
    DataFrame
        Indexed by visit_id, one column of booleans per key of `SIGNS`, and `risk`.
    """
    columns = [c for c in ("visit_id", *RECORDED) if c in tables["visits"]]
    log = tables["visits"][columns].drop_duplicates("visit_id").set_index("visit_id")
    seller, names = pd.factorize(visits["seller_id"])
    log = log.reindex(visits["visit_id"]).assign(date=visits["date"].to_numpy(), seller=seller)
    surely, short = _minutes_short(log, tables.get("customers"))
    late, batch = _entered(log)
    found = pd.DataFrame(
        {
            "impossible": surely > IMPOSSIBLE_MINUTES,
            "absent": _absent(log, names, tables.get("absence")),
            "speed": short > ROUNDING_MINUTES,
            "batch": batch,
            "late": late,
            "day_off": _day_off(log, names, tables.get("sellers"), country),
            "same_length": _same_length(log),
            "no_length": _lacking(log, "duration_min", lambda length: length.isna()),
            "no_note": _lacking(log, "note_length", lambda length: length == 0),
            "deadline": _deadline(log, tables.get("targets")),
        },
        index=log.index,
    )
    certain, any_ = found[list(CONTRADICTING)].any(axis=1), found.any(axis=1)
    return found.assign(risk=np.select([certain, any_], [CERTAIN, SUSPICIOUS], USUAL))


def _none(log: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(log), bool)


def _entered(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the visits that were entered late, and those entered with many others."""
    if "logged_at" not in log:
        return _none(log), _none(log)
    found = entries(log["logged_at"], log["seller"], log.get("start_time"))
    late = found.logged.dt.normalize() - log["date"] > pd.Timedelta(days=LATE_DAYS)
    batch = logged_in_one_go(log["seller"], found.logged, log["date"]) if found.timed else _none(log)
    return late.to_numpy(), batch


def _day_off(log: pd.DataFrame, names: pd.Index, sellers: pd.DataFrame | None, country: str) -> np.ndarray:
    own = pd.Series(country, index=names)
    if sellers is not None and "country" in sellers:
        of = sellers.drop_duplicates("seller_id").set_index("seller_id")["country"]
        own = names.to_series().map(of).fillna(country)
    # The last one is for visits whose seller is not known.
    codes, countries = pd.factorize(np.append(own.to_numpy(object), country))
    home = codes[log["seller"]]
    found = (log["date"].dt.day_of_week >= 5).to_numpy()
    years = tuple(sorted(log["date"].dt.year.unique().tolist()))
    for n, code in enumerate(countries):
        off = pd.DatetimeIndex(sorted(country_holidays(code, years))).as_unit("us")
        found = found | (home == n) & log["date"].isin(off).to_numpy()
    return found


def _same_length(log: pd.DataFrame) -> np.ndarray:
    if "duration_min" not in log:
        return _none(log)
    known = log[log["duration_min"].notna() & (log["seller"] >= 0)]
    by_length = known.groupby(["seller", "duration_min"]).size().groupby("seller")
    number = by_length.sum()
    often = number.index[(by_length.max() / number > SAME_LENGTH) & (number >= FEWEST_LENGTHS)]
    return log["seller"].isin(often).to_numpy()


def _lacking(log: pd.DataFrame, column: str, is_empty: Callable[[pd.Series], pd.Series]) -> np.ndarray:
    """Return the visits without what most visits have: what is seldom filled in says nothing."""
    if column not in log:
        return _none(log)
    empty = is_empty(log[column]).to_numpy()
    has = log[column].notna().to_numpy() & ~empty
    return empty if has.sum() > MOST * len(log) else _none(log)


def _deadline(log: pd.DataFrame, targets: pd.DataFrame | None) -> np.ndarray:
    """Return the visits on the last two weekdays of the months, quarters or years for which visits are a target."""
    found = _none(log)
    if targets is None or "period" not in targets:
        return found
    rows = targets[targets["activity_type"].str.casefold() == "visits"]
    for period in sorted(set(rows["period"].dropna()) & set(LONG_PERIODS)):
        ends = log["date"].dt.to_period(LONG_PERIODS[period]).dt.end_time.dt.normalize()
        left = np.busday_count(
            log["date"].to_numpy("datetime64[D]"), (ends + pd.Timedelta(days=1)).to_numpy("datetime64[D]")
        )
        found = found | (left >= 1) & (left <= LAST_DAYS)
    return found


def _absent(log: pd.DataFrame, names: pd.Index, absence: pd.DataFrame | None) -> np.ndarray:
    """Return the visits on days on which the seller was away all day."""
    if absence is None or "date_from" not in absence or log.empty:
        return _none(log)
    whole = absence["fraction"].fillna(1) >= 1 if "fraction" in absence else pd.Series(True, index=absence.index)
    spans = absence[whole].dropna(subset=["seller_id", "date_from"])
    until = spans["date_to"] if "date_to" in spans else spans["date_from"]
    days = log["date"].to_numpy("datetime64[D]").astype(np.int64)
    begin, width = days.min(), days.max() - days.min() + 1
    first, last = (
        column.to_numpy("datetime64[D]").astype(np.int64) - begin
        for column in (spans["date_from"], until.fillna(spans["date_from"]))
    )
    who = names.get_indexer(spans["seller_id"])
    inside = (who >= 0) & (first <= last) & (first < width) & (last >= 0)
    # One more for each day a span begins, one less after its last day: above zero is away.
    change = np.zeros((len(names) + 1, width + 1), np.int32)
    np.add.at(change, (who[inside], first[inside].clip(min=0)), 1)
    np.add.at(change, (who[inside], np.minimum(last[inside] + 1, width)), -1)
    return (change.cumsum(axis=1) > 0)[log["seller"], days - begin]


def _minutes_short(log: pd.DataFrame, customers: pd.DataFrame | None) -> np.ndarray:
    """Return by how many minutes the time to the next, or from the last, visit of the day is too short for a car.

    Two rows: surely, and by the end of the first visit. Of blocks in a calendar that overlap the first was over
    earlier than it says, so only the time between their starts is sure.
    """
    short = np.zeros((2, len(log)))
    if customers is None or not {"lat", "lon"} <= set(customers):
        return short
    if not {"customer_id", "start_time", "end_time"} <= set(log):
        return short
    places = customers[["customer_id", "lat", "lon"]].drop_duplicates("customer_id").set_index("customer_id")
    places = places.reindex(log["customer_id"])
    start, end = (log[c].to_numpy("datetime64[us]") for c in ("start_time", "end_time"))
    midnight = start.astype("datetime64[D]")
    # An end before the start or on another day is a fault of the export, an end at midnight no time at all.
    usable = (start <= end) & (end > midnight) & (end.astype("datetime64[D]") == midnight)
    rows = np.flatnonzero(places.notna().all(axis=1).to_numpy() & usable)
    start, end = start[rows], end[rows]
    seller = log["seller"].to_numpy()[rows]
    order = np.lexsort((start, seller))
    rows, start, end, seller = rows[order], start[order], end[order], seller[order]
    day = start.astype("datetime64[D]")
    same = (seller[1:] == seller[:-1]) & (seller[1:] >= 0) & (day[1:] == day[:-1])
    gap, between = ((start[1:] - left[:-1]) / np.timedelta64(1, "m") for left in (end, start))
    lat, lon = places.to_numpy()[rows].T
    far = km_between(lat[:-1], lon[:-1], lat[1:], lon[1:])
    apart, needed = same & (far > NEAR_KM), far / FASTEST_KMH * 60
    for least, left in zip(short, (np.where(gap < 0, between, gap), np.maximum(gap, 0)), strict=True):
        lacking = np.where(apart, needed - left, 0.0)
        for side in (rows[:-1], rows[1:]):
            np.maximum.at(least, side, lacking)
    return short


def km_between(lat, lon, to_lat, to_lon) -> np.ndarray:
    """Return great-circle distances in km (haversine)."""
    a, b, c, d = (np.radians(np.asarray(v, float)) for v in (lat, lon, to_lat, to_lon))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def traces(tables: Mapping[str, pd.DataFrame], visits: pd.DataFrame) -> pd.Series:
    """Return whether another record of the customer supports each visit (`TRACES`).

    A meeting that the seller booked with the customer in the month before; a call, a mail or a demonstration within
    three days; a quote to or an order of the customer in the two weeks after.

    Returns
    -------
    Series of bool
        Indexed by visit_id.
    """
    sought = _Sought.of(visits)
    activities = tables.get("activities")
    found = np.zeros(len(visits), bool)
    if activities is not None and {"type", "date", "customer_id", "seller_id"} <= set(activities):
        booked = activities["type"].eq("meeting_booked").to_numpy()
        contact = ~activities["type"].isin(NO_CONTACT).to_numpy()
        for name, mask in (("booked", booked), ("contact", contact)):
            found |= sought.near(activities, "date", *TRACES[name], mask=mask, same_seller=True)
    for name, column in (("quotes", "created_date"), ("orders", "order_date")):
        rows = tables.get(name)
        if rows is not None and {column, "customer_id"} <= set(rows):
            found |= sought.near(rows, column, *TRACES[name])
    return pd.Series(found, index=pd.Index(visits["visit_id"], name="visit_id"))


@dataclass(frozen=True)
class _Sought:
    """The visits for which records are looked for, as whole numbers: customer and seller (-1: not known), and day."""

    customers: pd.Index
    sellers: pd.Index
    customer: np.ndarray
    seller: np.ndarray
    day: np.ndarray

    @classmethod
    def of(cls, visits: pd.DataFrame) -> "_Sought":
        customer, customers = pd.factorize(visits["customer_id"])
        seller, sellers = pd.factorize(visits["seller_id"])
        return cls(customers, sellers, customer, seller, visits["date"].to_numpy("datetime64[D]").astype(np.int64))

    def near(
        self, rows: pd.DataFrame, column: str, before: int, after: int, *, mask=None, same_seller: bool = False
    ) -> np.ndarray:
        """Return whether a row of the same customer (and seller) lies within the days around each visit."""
        if not len(self.day):
            return np.zeros(0, bool)
        begin, width = self.day.min() - before, self.day.max() - self.day.min() + before + after + 1
        when = rows[column].to_numpy("datetime64[D]")
        at = when.astype(np.int64) - begin
        # Most records are of other times: only the rest is worth the search among the names.
        use = ~np.isnat(when) & (at >= 0) & (at < width) & (True if mask is None else mask)
        place = self.customers.get_indexer(rows["customer_id"].array[use])
        own = self.customer
        known = place >= 0
        if same_seller:
            of = self.sellers.get_indexer(rows["seller_id"].array[use])
            known &= of >= 0
            place = place * len(self.sellers) + of
            own = np.where(self.seller >= 0, own * len(self.sellers) + self.seller, -1)
        there = np.sort((place * width + at[use])[known])
        first = own * width + self.day - before - begin
        next_ = np.append(there, np.iinfo(np.int64).max)[np.searchsorted(there, first)]
        return (own >= 0) & (self.customer >= 0) & (next_ <= first + before + after)
