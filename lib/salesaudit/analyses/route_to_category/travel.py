"""Car trips rebuilt from visits: legs between the stops of a seller's day, and which stop carries how much of them.

Distances are great circles times a detour factor, times follow from speed bands. Each leg between two stops is
shared half and half; the legs from and to the home base belong wholly to their stop, so that the parts add up to
the day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.route_to_category.stop_order import rank_stops

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""
SPEED_BANDS = ((5.0, 30.0), (30.0, 55.0), (np.inf, 80.0))
"""Road km up to which a speed in km/h holds."""
PARKING_MINUTES = 5.0
MIN_ROUTE_DAYS, MIN_GEOCODED = 20, 0.8
"""Fewest days with two or more stops, and smallest share of visits with a place, for any number about travel."""
MIN_BASE_DAYS, NEAR_KM, NEAR_SHARE = 10, 60.0, 0.7
"""A base is estimated from this many days, and believed when most first legs are short."""


@dataclass(frozen=True)
class Routes:
    """Travel of the period.

    Attributes
    ----------
    stops : DataFrame
        One row per stop with a place: visit_id, seller_id, day, travel_km, travel_hours.
    days : DataFrame
        One row per seller and day: seller_id, day, stops, km, hours, order ("time", "number", "single", "shortest").
    bases : dict of str to str
        seller_id -> "given", "estimated" or "unknown".
    stops_in_all : int
        Visits in person, with or without a place.
    geocoded_share : float
    route_days : int
        Days with two or more stops with a place.
    """

    stops: pd.DataFrame
    days: pd.DataFrame
    bases: dict[str, str]
    stops_in_all: int
    geocoded_share: float
    route_days: int

    @property
    def usable(self) -> bool:
        """Return whether there is enough to speak about travel at all."""
        return self.route_days >= MIN_ROUTE_DAYS and self.geocoded_share >= MIN_GEOCODED

    @property
    def assumed_order_share(self) -> float:
        """Return the share of route days whose order had to be assumed to be the shortest one."""
        many = self.days[self.days["stops"] >= 2]
        return float((many["order"] == "shortest").mean()) if len(many) else 0.0


def haversine(latitude, longitude, to_latitude, to_longitude) -> np.ndarray:
    """Return great-circle distances in km between points in degrees; arrays broadcast, missing stays missing.

    References
    ----------
    Sinnott (1984), Virtues of the haversine, Sky and Telescope 68(2), 159.
    """
    phi, lam, to_phi, to_lam = (
        np.radians(np.asarray(v, dtype=float)) for v in (latitude, longitude, to_latitude, to_longitude)
    )
    a = np.sin((to_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin((to_lam - lam) / 2) ** 2
    # Rounding can push the square of a sine above one for points on opposite sides.
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(a, 0, 1)))


def driving_hours(road_km) -> np.ndarray:
    """Return hours of driving and parking for legs in road km; a leg of no length takes no time."""
    km = np.asarray(road_km, dtype=float)
    ends, speeds = (np.array(column) for column in zip(*SPEED_BANDS, strict=True))
    # Missing km sort behind the last band; the division keeps them missing.
    speed = speeds[np.minimum(np.searchsorted(ends, km, side="left"), len(speeds) - 1)]
    return np.where(km > 0, km / speed + PARKING_MINUTES / 60, km)


def reconstruct(stops: pd.DataFrame, bases: pd.DataFrame, *, detour: float = 1.33) -> Routes:
    """Rebuild the trips of every seller-day.

    Parameters
    ----------
    stops : DataFrame
        One row per visit in person: visit_id, seller_id, date, lat, lon (may be missing), start_time, order_in_day
        (columns may be absent).
    bases : DataFrame
        seller_id, home_lat, home_lon; sellers without one get an estimate where it is sound.
    detour : float
        Road km per km as the crow flies, >= 1.

    Returns
    -------
    Routes
    """
    placed = stops.dropna(subset=["lat", "lon", "seller_id", "date"])
    placed = placed.assign(day=placed["date"].dt.normalize()).reset_index(drop=True)
    given = bases.dropna(subset=["home_lat", "home_lon"]).drop_duplicates("seller_id").set_index("seller_id")
    ranked = rank_stops(placed, given, haversine)
    homes = pd.concat([given[["home_lat", "home_lon"]], _estimated_bases(ranked, set(given.index), detour)])
    legs = _legs(ranked, homes, detour)
    travel = _allocate(ranked, legs)
    days = ranked.groupby(["seller_id", "day"], as_index=False).agg(
        stops=("visit_id", "size"), order=("order", "first")
    )
    # Summed from the legs, not from the shares of the stops: the two are checked against each other.
    totals = legs.groupby(["seller_id", "day"], as_index=False)[["km", "hours"]].sum()
    days = days.merge(totals, how="left", on=["seller_id", "day"]).fillna({"km": 0.0, "hours": 0.0})
    kinds = {s: "given" if s in given.index else "estimated" if s in homes.index else "unknown" for s in _known(stops)}
    return Routes(
        stops=travel,
        days=days,
        bases=kinds,
        stops_in_all=len(stops),
        geocoded_share=len(placed) / len(stops) if len(stops) else 0.0,
        route_days=int((days["stops"] >= 2).sum()),
    )


def _known(stops: pd.DataFrame) -> list[str]:
    return sorted(stops["seller_id"].dropna().unique())


def _legs(ranked: pd.DataFrame, homes: pd.DataFrame, detour: float) -> pd.DataFrame:
    """Return every leg: seller_id, day, the rows of its stops (`origin`, `target`; -1 is the base), km, hours."""
    frame = ranked[["seller_id", "day", "lat", "lon"]].copy()
    frame["row"] = np.arange(len(frame))
    frame[["home_lat", "home_lon"]] = homes.reindex(frame["seller_id"]).to_numpy()
    day = frame.groupby(["seller_id", "day"], sort=False)
    following = day[["row", "lat", "lon"]].shift(-1)
    between = frame[following["row"].notna()].assign(
        origin=lambda f: f["row"],
        target=lambda f: following.loc[f.index, "row"].astype(int),
        km=lambda f: haversine(f["lat"], f["lon"], following.loc[f.index, "lat"], following.loc[f.index, "lon"]),
    )
    parts = [between]
    for position, (origin, target) in (("first", (-1, "row")), ("last", ("row", -1))):
        ends = frame.loc[day["row"].transform(position) == frame["row"]].dropna(subset=["home_lat"])
        parts.append(
            ends.assign(
                origin=ends[origin] if origin == "row" else origin,
                target=ends[target] if target == "row" else target,
                km=haversine(ends["lat"], ends["lon"], ends["home_lat"], ends["home_lon"]),
            )
        )
    legs = pd.concat(parts, ignore_index=True)[["seller_id", "day", "origin", "target", "km"]]
    legs["km"] = legs["km"] * detour
    return legs.assign(hours=driving_hours(legs["km"]))


def _allocate(ranked: pd.DataFrame, legs: pd.DataFrame) -> pd.DataFrame:
    """Share every leg between its stops: half and half, or wholly to the one stop that is not the base."""
    stops = ranked[["visit_id", "seller_id", "day"]].copy()
    origin, target = legs["origin"].to_numpy(dtype=int), legs["target"].to_numpy(dtype=int)
    part = np.where((origin >= 0) & (target >= 0), 0.5, 1.0)
    for name in ("km", "hours"):
        amount = legs[name].to_numpy() * part
        total = np.zeros(len(stops))
        for end in (origin, target):
            np.add.at(total, end[end >= 0], amount[end >= 0])
        stops[f"travel_{name}"] = total
    return stops


def _estimated_bases(ranked: pd.DataFrame, given: set[str], detour: float) -> pd.DataFrame:
    """Return a base for sellers without one: the geometric median of their first and last stops, where sound.

    Days whose order was assumed say nothing about where the day began.
    """
    day = ranked.groupby(["seller_id", "day"], sort=False)
    real = (day["visit_id"].transform("size") >= 2) & (ranked["order"] != "shortest")
    first = day["visit_id"].cumcount() == 0
    last = day["visit_id"].cumcount(ascending=False) == 0
    ends = ranked[real & (first | last) & ~ranked["seller_id"].isin(given)]
    found = {}
    for seller, points in ends.groupby("seller_id"):
        if len(points) < 2 * MIN_BASE_DAYS:
            continue
        centre = _geometric_median(points["lat"].to_numpy(), points["lon"].to_numpy())
        starts = points[first.loc[points.index]]
        km = haversine(starts["lat"], starts["lon"], *centre) * detour
        if (km < NEAR_KM).mean() >= NEAR_SHARE:
            found[seller] = centre
    return pd.DataFrame.from_dict(found, orient="index", columns=["home_lat", "home_lon"], dtype=float)


def _geometric_median(latitude: np.ndarray, longitude: np.ndarray) -> tuple[float, float]:
    """Return the point with the smallest sum of distances to all (Weiszfeld's iteration on a local map)."""
    stretch = np.cos(np.radians(np.median(latitude)))
    points = np.column_stack([latitude, longitude * stretch])
    centre = np.median(points, axis=0)
    for _ in range(200):
        # A point that coincides with the centre would get an infinite weight.
        weights = 1 / np.maximum(np.hypot(*(points - centre).T), 1e-6)
        moved = (points * weights[:, None]).sum(axis=0) / weights.sum()
        if np.hypot(*(moved - centre)) < 1e-6:
            break
        centre = moved
    return float(centre[0]), float(centre[1] / stretch)
