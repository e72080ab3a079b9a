"""Visits: how many, on which days, to whom, and what for.

The number of visits of a seller in a week is Poisson around rate x exposure x season x a weekly multiplier
(log-normal, autocorrelated), so the true rate per normal week is known exactly. Every visit is then a slot; company
presentations start episodes, whose quote presentations and negotiations take later free slots of the same seller,
and what is left over are relation visits, reports and others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.example.episodes import Planner, close_episodes, plant_stuck, run_episodes
from salesaudit.example.world import World

MIX = {"PRE": 0.22, "QUO": 0.22, "NEG": 0.08, "REL": 0.33, "REP": 0.10, "OTH": 0.05}
"""Share of the purposes once the episodes of the first months have worked their way through."""
LINKED = 0.9
"""Share of the repeated visits of an episode that point to its opportunity; those that bring a step always do."""
DAY_OUT = 0.60
"""Chance that a further available day of a week is spent out, the first being certain: about 3.2 days a week."""


@dataclass(frozen=True)
class Visits:
    """One visit per element, in order of seller and day; `episode` is -1 outside episodes."""

    seller: np.ndarray
    day: np.ndarray
    customer: np.ndarray
    purpose: np.ndarray
    episode: np.ndarray
    linked: np.ndarray
    episodes: pd.DataFrame
    rates: np.ndarray
    season: np.ndarray

    def expected_rate(self, world: World) -> tuple[np.ndarray, float]:
        """Return the true visits per normal week in the period, by seller and for the team."""
        weeks = world.weeks[:, world.period_weeks]
        visits = (self.rates * self.season * world.weeks)[:, world.period_weeks]
        total = weeks.sum(axis=1)
        by_seller = np.divide(visits.sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
        return by_seller, visits.sum() / weeks.sum()


def simulate_visits(world: World, rng: np.random.Generator) -> Visits:
    """Return all visits of the history and the episodes they belong to."""
    rates, season, counts = _counts(world, rng)
    seller, day = _slots(world, counts, rng)
    n = len(seller)
    planner = Planner(seller, day, np.searchsorted(seller, np.arange(len(world.seller_ids) + 1)))

    stuck = plant_stuck(world, planner, rng)
    start = planner.free() & (rng.random(n) < MIX["PRE"])
    planner.purpose[start] = "PRE"
    planner.customer[start] = _pick(world, seller[start], rng)
    planner.episode[start] = len(stuck) + np.arange(start.sum())
    _avoid_repeats(world, planner, start, rng)
    events = run_episodes(world, planner, np.flatnonzero(start), rng)
    events = pd.concat([stuck, events], ignore_index=True) if len(stuck) else events

    rest = planner.free()
    others = [p for p in MIX if p not in ("PRE", "QUO", "NEG")]
    weights = np.array([MIX[p] for p in others])
    planner.purpose[rest] = rng.choice(others, size=rest.sum(), p=weights / weights.sum())
    planner.customer[rest] = _pick(world, seller[rest], rng)
    _avoid_repeats(world, planner, rest, rng)

    order = _tours(world, seller, day, planner.customer, rng)
    moved = np.empty(n, dtype=int)
    moved[order] = np.arange(n)
    linked = (planner.episode >= 0) & (planner.first | (rng.random(n) < LINKED))
    return Visits(
        seller=seller,
        day=day,
        customer=planner.customer[order],
        purpose=planner.purpose[order],
        episode=planner.episode[order],
        linked=linked[order],
        episodes=close_episodes(world, events, day[moved], rng),
        rates=rates,
        season=season,
    )


def _counts(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rates by seller and week, the season by week, and the visits by seller and week."""
    s = world.scenario
    shape = world.weeks.shape
    sd = s.seller_sd
    base = s.rate * np.exp(sd * rng.standard_normal(shape[0]) - sd**2 / 2)
    rates = np.repeat(base[:, None], shape[1], axis=1)
    if s.low_seller_gap is not None:
        low = world.roles.low
        rates[low, world.period_weeks] = (1 + s.low_seller_gap) * np.delete(base, low).mean()

    thursday = pd.Timestamp(world.start) + pd.to_timedelta(7 * np.arange(shape[1]) + 3, unit="D")
    season = 1 - s.season * np.cos(4 * np.pi * (thursday.day_of_year.to_numpy() - 197) / 365.25)

    sigma2 = np.log1p(s.weekly_cv**2)
    shocks = rng.standard_normal(shape)
    z = shocks.copy()
    for w in range(1, shape[1]):
        z[:, w] = s.autocorrelation * z[:, w - 1] + np.sqrt(1 - s.autocorrelation**2) * shocks[:, w]
    multiplier = np.exp(np.sqrt(sigma2) * z - sigma2 / 2)
    return rates, season, rng.poisson(rates * world.weeks * season * multiplier)


def _slots(world: World, counts: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Spread each week's visits over the days that the seller is out; return seller and day, in that order."""
    available = world.days.reshape(*counts.shape, 7) > 0
    score = np.where(available, rng.random(available.shape), -1)
    ranked = np.argsort(-score, axis=2)
    free_days = available.sum(axis=2)
    out = 1 + rng.binomial(np.maximum(free_days - 1, 0), DAY_OUT)
    seller, week = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    pick = (rng.random(len(seller)) * out[seller, week]).astype(int)
    day = 7 * week + ranked[seller, week, pick]
    order = np.lexsort((day, seller))
    return seller[order], day[order]


def _pick(world: World, seller: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose one of each seller's own customers, with the weights that steer the routes."""
    c = world.customers
    by_owner = np.argsort(c.owner, kind="stable")
    cumulative = np.concatenate([[0.0], np.cumsum(c.pull[by_owner])])
    edges = cumulative[np.searchsorted(c.owner[by_owner], np.arange(len(world.seller_ids) + 1))]
    value = edges[seller] + rng.random(len(seller)) * (edges[seller + 1] - edges[seller])
    return by_owner[np.clip(np.searchsorted(cumulative, value, side="right") - 1, 0, len(by_owner) - 1)]


def _avoid_repeats(world: World, planner: Planner, movable: np.ndarray, rng: np.random.Generator) -> None:
    """Redraw visits to a customer whom the seller sees in the same week anyway."""
    key = (planner.seller * world.n_days + planner.day // 7) * len(world.customers.ids)
    for _ in range(6):
        where = 2 * (key + planner.customer) + movable  # of two visits to one customer, the movable one is second
        order = np.argsort(where, kind="stable")
        again = order[1:][where[order[1:]] // 2 == where[order[:-1]] // 2]
        again = again[movable[again] & (planner.customer[again] >= 0)]
        if not len(again):
            return
        planner.customer[again] = _pick(world, planner.seller[again], rng)


def _tours(
    world: World, seller: np.ndarray, day: np.ndarray, customer: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return which visit takes which slot when each week is driven round the compass, so that days make sense."""
    week = day // 7
    turn = rng.uniform(0, 2 * np.pi, world.weeks.shape)[seller, week]
    angle = (world.customers.bearing[customer] + turn) % (2 * np.pi)
    # Who is seen twice in a week is seen on two days: the second visit goes to the other end of the week.
    _, first = np.unique((seller * world.n_days + week) * len(world.customers.ids) + customer, return_index=True)
    second = np.ones(len(seller), dtype=bool)
    second[first] = False
    angle = np.where(second, (angle + np.pi) % (2 * np.pi), angle)
    return np.lexsort((np.arange(len(seller)), angle, week, seller))
