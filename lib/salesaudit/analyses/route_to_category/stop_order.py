"""The order of the stops of a day: by the clock, by the number given, else the shortest way round."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd

EXACT_STOPS = 7
"""Up to this many stops every order is tried; above it each next stop is the nearest one left."""
BATCH = 2_000_000
"""Largest number of (day, order) pairs held in memory at once."""

Distance = Callable[..., np.ndarray]


def rank_stops(stops: pd.DataFrame, bases: pd.DataFrame, distance: Distance) -> pd.DataFrame:
    """Sort the stops of every seller-day into the order they were driven.

    Parameters
    ----------
    stops : DataFrame
        visit_id, seller_id, day, lat, lon, and perhaps start_time, order_in_day.
    bases : DataFrame
        Index seller_id: home_lat, home_lon; the shortest way begins and ends there where it is known.
    distance : callable
        ``distance(lat, lon, to_lat, to_lon)``.

    Returns
    -------
    DataFrame
        The stops sorted by seller, day and order, with the column order: "single", "time", "number", "shortest".
    """
    frame = stops.sort_values(["seller_id", "day"], kind="stable").reset_index(drop=True)
    keys = [frame["seller_id"], frame["day"]]
    size = frame.groupby(keys)["visit_id"].transform("size")
    frame["order"] = np.where(size == 1, "single", "shortest")
    frame["rank"] = 0.0
    for column, word in (("order_in_day", "number"), ("start_time", "time")):
        if column in frame:
            # Equal times (midnight everywhere, say) do not order a day.
            clear = frame.groupby(keys)[column].transform("nunique") == size
            rows = clear & (size > 1)
            frame.loc[rows, "order"] = word
            frame.loc[rows, "rank"] = frame.groupby(keys)[column].rank()[rows]
    _rank_shortest(frame, size, bases, distance)
    return frame.sort_values(["seller_id", "day", "rank"], kind="stable").drop(columns="rank").reset_index(drop=True)


def _rank_shortest(frame: pd.DataFrame, size: pd.Series, bases: pd.DataFrame, distance: Distance) -> None:
    """Write the ranks of the days without an order into `frame`, all days of one size at a time."""
    unordered = frame["order"] == "shortest"
    for n in sorted(size[unordered].unique()):
        rows = frame.index[unordered & (size == n)].to_numpy().reshape(-1, n)
        lat, lon = frame["lat"].to_numpy()[rows], frame["lon"].to_numpy()[rows]
        home = bases.reindex(frame["seller_id"].to_numpy()[rows[:, 0]])
        between = distance(lat[:, :, None], lon[:, :, None], lat[:, None, :], lon[:, None, :])
        # Without a base the trip may begin and end at any stop.
        to_base = np.nan_to_num(distance(lat, lon, home[["home_lat"]].to_numpy(), home[["home_lon"]].to_numpy()))
        order = shortest_orders(between, to_base) if n <= EXACT_STOPS else nearest_orders(between, to_base)
        rank = np.empty(rows.shape)
        np.put_along_axis(rank, order, np.arange(n, dtype=float)[None, :].repeat(len(rows), 0), axis=1)
        frame.loc[rows.ravel(), "rank"] = rank.ravel()


def shortest_orders(between: np.ndarray, to_base: np.ndarray) -> np.ndarray:
    """Return, for each day, the order of its n stops with the shortest trip (days x n); every order is tried."""
    days, n = to_base.shape
    orders = np.array(list(permutations(range(n))))
    best = np.empty((days, n), dtype=int)
    step = max(1, BATCH // len(orders))
    for start in range(0, days, step):
        part = slice(start, start + step)
        length = to_base[part][:, orders[:, 0]] + to_base[part][:, orders[:, -1]]
        for i in range(n - 1):
            length = length + between[part][:, orders[:, i], orders[:, i + 1]]
        best[part] = orders[length.argmin(axis=1)]
    return best


def nearest_orders(between: np.ndarray, to_base: np.ndarray) -> np.ndarray:
    """Return, for each day, the order that goes on to the nearest stop left (days x n)."""
    days, n = to_base.shape
    every = np.arange(days)
    order = np.empty((days, n), dtype=int)
    left = np.ones((days, n), dtype=bool)
    order[:, 0] = to_base.argmin(axis=1)
    for i in range(1, n):
        left[every, order[:, i - 1]] = False
        order[:, i] = np.where(left, between[every, order[:, i - 1]], np.inf).argmin(axis=1)
    return order
