"""What exports without positions say about a logged visit: signs against it, and traces of it elsewhere.

A sign is no accusation: it says where more visits are asked about. Two signs contradict the visit by computation
(a journey that is an hour too short, a seller who was away that day); all of these are asked about.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesaudit.calendar import country_holidays
from salesaudit.i18n import message

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
    "deadline": message("on the last two working days before a target was due"),
}
"""Sign -> what it is."""
CONTRADICTING = ("impossible", "absent")
BATCH_VISITS, BATCH_MINUTES = 5, 10
LATE_DAYS = 7
FASTEST_KMH = 110.0
ROUNDING_MINUTES, IMPOSSIBLE_MINUTES = 5, 60
"""By how much a journey must be too short: clocks are read to five minutes; an hour is no matter of reading."""
NEAR_KM = 3.0
"""Places closer than this may be one town: coordinates of customers are those of a street or a postcode."""
SAME_LENGTH, FEWEST_LENGTHS = 0.8, 20
"""Share of a seller's visits with one length, and visits with a known length, from which it is a sign."""
LAST_DAYS = 2
LONG_PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
"""Periods of a target whose end is worth running up to."""
EARTH_KM = 6371.0088
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
    log = tables["visits"].drop_duplicates("visit_id").set_index("visit_id")
    log = log.reindex(visits["visit_id"]).assign(
        date=visits["date"].to_numpy(), seller_id=visits["seller_id"].to_numpy()
    )
    short = _minutes_short(log, tables.get("customers"))
    found = pd.DataFrame(
        {
            "impossible": short > IMPOSSIBLE_MINUTES,
            "absent": _absent(log, tables.get("absence")),
            "speed": short > ROUNDING_MINUTES,
            "batch": _batch(log),
            "late": _late(log),
            "day_off": _day_off(log, tables.get("sellers"), country),
            "same_length": _same_length(log),
            "deadline": _deadline(log, tables.get("targets")),
        },
        index=log.index,
    )
    certain, any_ = found[list(CONTRADICTING)].any(axis=1), found.any(axis=1)
    return found.assign(risk=np.select([certain, any_], [CERTAIN, SUSPICIOUS], USUAL))


def _none(log: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(log), bool)


def _batch(log: pd.DataFrame) -> np.ndarray:
    """Return the visits of at least two days of which five were logged within ten minutes."""
    found = _none(log)
    if "logged_at" not in log:
        return found
    rows = log.assign(at=np.arange(len(log))).dropna(subset=["logged_at"]).sort_values(["seller_id", "logged_at"])
    for _, part in rows.groupby("seller_id", sort=False):
        minutes = part["logged_at"].to_numpy("datetime64[s]").astype(np.int64) / 60
        days, places = part["date"].to_numpy(), part["at"].to_numpy()
        last = np.searchsorted(minutes, minutes + BATCH_MINUTES, side="right")
        for first in np.flatnonzero(last - np.arange(len(part)) >= BATCH_VISITS):
            window = slice(first, last[first])
            if len(np.unique(days[window])) >= BATCH_VISITS:
                found[places[window]] = True
    return found


def _late(log: pd.DataFrame) -> np.ndarray:
    if "logged_at" not in log:
        return _none(log)
    return (log["logged_at"].dt.normalize() - log["date"] > pd.Timedelta(days=LATE_DAYS)).to_numpy()


def _day_off(log: pd.DataFrame, sellers: pd.DataFrame | None, country: str) -> np.ndarray:
    own = pd.Series(country, index=log.index)
    if sellers is not None and "country" in sellers:
        of = sellers.drop_duplicates("seller_id").set_index("seller_id")["country"]
        own = log["seller_id"].map(of).fillna(country)
    found = (log["date"].dt.day_of_week >= 5).to_numpy()
    years = tuple(sorted(log["date"].dt.year.unique().tolist()))
    for code in own.unique():
        off = pd.DatetimeIndex(sorted(country_holidays(code, years))).as_unit("us")
        found = found | own.eq(code).to_numpy() & log["date"].isin(off).to_numpy()
    return found


def _same_length(log: pd.DataFrame) -> np.ndarray:
    if "duration_min" not in log:
        return _none(log)
    lengths = log.dropna(subset=["duration_min"]).groupby("seller_id")["duration_min"]
    commonest = lengths.agg(lambda part: part.value_counts(normalize=True).iloc[0])
    often = commonest.index[(commonest > SAME_LENGTH) & (lengths.size() >= FEWEST_LENGTHS)]
    return log["seller_id"].isin(often).to_numpy()


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


def _absent(log: pd.DataFrame, absence: pd.DataFrame | None) -> np.ndarray:
    """Return the visits on days on which the seller was away all day."""
    if absence is None or "date_from" not in absence:
        return _none(log)
    whole = absence["fraction"].fillna(1) >= 1 if "fraction" in absence else pd.Series(True, index=absence.index)
    spans = absence[whole].dropna(subset=["seller_id", "date_from"])
    until = spans["date_to"] if "date_to" in spans else spans["date_from"]
    spans = spans.assign(date_to=until.fillna(spans["date_from"]))[["seller_id", "date_from", "date_to"]]
    rows = log[["seller_id", "date"]].assign(at=np.arange(len(log))).merge(spans, on="seller_id")
    inside = rows["date"].between(rows["date_from"].dt.normalize(), rows["date_to"].dt.normalize())
    found = _none(log)
    found[rows.loc[inside, "at"].to_numpy()] = True
    return found


def _minutes_short(log: pd.DataFrame, customers: pd.DataFrame | None) -> np.ndarray:
    """Return by how many minutes the time to the next, or from the last, visit of the day is too short for a car."""
    short = np.zeros(len(log))
    if customers is None or not {"lat", "lon"} <= set(customers) or not {"start_time", "end_time"} <= set(log):
        return short
    places = customers.drop_duplicates("customer_id").set_index("customer_id")[["lat", "lon"]]
    rows = log.assign(at=np.arange(len(log)), **{c: log["customer_id"].map(places[c]) for c in places})
    rows = rows.dropna(subset=["lat", "lon", "start_time", "end_time"]).sort_values(["seller_id", "start_time"])
    if len(rows) < 2:
        return short
    here, then = rows.iloc[:-1], rows.iloc[1:]
    same = (here["seller_id"].to_numpy() == then["seller_id"].to_numpy()) & (
        here["start_time"].dt.normalize().to_numpy() == then["start_time"].dt.normalize().to_numpy()
    )
    gap = (then["start_time"].to_numpy() - here["end_time"].to_numpy()) / np.timedelta64(1, "m")
    far = km_between(here["lat"], here["lon"], then["lat"], then["lon"])
    lacking = np.where(same & (far > NEAR_KM), far / FASTEST_KMH * 60 - gap, 0.0)
    for side in (here, then):
        np.maximum.at(short, side["at"].to_numpy(), lacking)
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
    activities = tables.get("activities")
    if activities is None or "type" not in activities:
        booked = contact = None
    else:
        booked = activities[activities["type"].eq("meeting_booked")]
        contact = activities[~activities["type"].isin(NO_CONTACT)]
    found = np.zeros(len(visits), bool)
    for name, rows, column, by in (
        ("booked", booked, "date", ["customer_id", "seller_id"]),
        ("contact", contact, "date", ["customer_id", "seller_id"]),
        ("quotes", tables.get("quotes"), "created_date", ["customer_id"]),
        ("orders", tables.get("orders"), "order_date", ["customer_id"]),
    ):
        if rows is not None and {column, *by} <= set(rows):
            found = found | _near(visits, rows.dropna(subset=[column, *by]), column, by, *TRACES[name])
    return pd.Series(found, index=pd.Index(visits["visit_id"], name="visit_id"))


def _near(visits: pd.DataFrame, rows: pd.DataFrame, column: str, by: list[str], before: int, after: int) -> np.ndarray:
    """Return whether a row of the same customer (and seller) lies within the days around each visit."""
    found = np.zeros(len(visits), bool)
    left = visits.assign(at=np.arange(len(visits))).dropna(subset=by)
    left = left.assign(
        first=left["date"] - pd.Timedelta(days=before), last=left["date"] + pd.Timedelta(days=after)
    ).sort_values("first")
    right = rows.assign(day=rows[column].dt.normalize())[[*by, "day"]].sort_values("day")
    if len(left) and len(right):
        next_ = pd.merge_asof(left, right, left_on="first", right_on="day", by=by, direction="forward")
        found[next_.loc[next_["day"] <= next_["last"], "at"].to_numpy(int)] = True
    return found
