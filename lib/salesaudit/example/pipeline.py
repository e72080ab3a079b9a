"""Opportunities, their monthly snapshots, their stages and quotes.

Two kinds share one table. *Episodes* are what the visits are about: each starts with a company presentation, carries
no stated probability and is left out of the forecast (`forecast_category` is "omitted"). *Forecast* opportunities
are the larger deals that the sellers report upwards, with probability, pushes and snapshots; no visit points to them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.example.frames import canonical, empty, numbered, stamps
from salesaudit.example.scenario import Scenario
from salesaudit.example.visits import Visits
from salesaudit.example.world import World

STAGES = ("Prospekt", "Behovsanalys", "Offert", "Förhandling", "Muntligt ja")
STAGE_PROBABILITY = (0.10, 0.25, 0.50, 0.75, 0.90)
STAGE_MIX = (0.30, 0.30, 0.20, 0.12, 0.08)
FORECAST = ("pipeline", "best case", "best case", "commit", "commit")
OPEN, CLOSED = 250, 1200
"""Forecast opportunities of twelve sellers over 130 weeks; smaller clients get their share."""
CYCLE = (110.0, 0.6)
LOST_OF_NOT_WON = 0.60
"""The rest ends without a decision: .47 won, .32 lost, .21 no decision among those above the first stage."""
REASONS = ("Pris", "Konkurrent", "Produkt passar inte")
NO_DECISION, SWEPT = "Inget beslut", "Stängd automatiskt"
PRODUCTS = ("Ramavtal", "Service", "Utrustning", "Konsulttid")
SOURCES = ("existing", "inbound", "outbound", "referral")
STEPS = ("Ring beslutsfattaren", "Skicka reviderad offert", "Boka möte", "Besök på plats")
FRESH_DAYS, STALE_DAYS = 25, 150
"""Nobody's last activity lies between these two ages, so that every reasonable limit finds the same stale ones."""


@dataclass(frozen=True)
class Pipeline:
    """All opportunities (arrays in order of creation), and the tables made of them."""

    opportunities: pd.DataFrame
    latent: pd.DataFrame
    seller_effect: np.ndarray


def simulate_pipeline(world: World, visits: Visits, rng: np.random.Generator) -> Pipeline:
    """Return the opportunities of both kinds with their latent values, in days after the start of the history."""
    episodes = _episode_deals(world, visits, rng)
    forecast, effect = _forecast_deals(world, rng)
    both = pd.concat([episodes, forecast], ignore_index=True)
    both = both.sort_values("created", kind="stable", ignore_index=True)
    both["opp_id"] = numbered("A", len(both), 5)
    both = _hygiene(world, both, rng)
    return Pipeline(_table(world, both, rng), both, effect)


def episode_ids(pipeline: Pipeline) -> np.ndarray:
    """Return the opportunity id of every episode, by episode number."""
    own = pipeline.latent.dropna(subset=["episode"])
    out = np.full(int(own["episode"].max()) + 1 if len(own) else 0, None, dtype=object)
    out[own["episode"].to_numpy(dtype=int)] = own["opp_id"].to_numpy(dtype=object)
    return out


def _episode_deals(world: World, visits: Visits, rng: np.random.Generator) -> pd.DataFrame:
    e = visits.episodes
    n = len(e)
    closed = np.fmax(e["won_day"], e["lost_day"])
    stage = np.select([np.isfinite(e["neg_day"]), np.isfinite(e["quo_day"])], [3, 2], 0)
    reason = np.array(REASONS, dtype=object)[rng.integers(0, len(REASONS), n)]
    return pd.DataFrame(
        {
            "episode": e["number"].to_numpy(dtype=float),
            "seller": e["seller"],
            "customer": e["customer"],
            "created": e["pre_day"],
            "closed": closed,
            "status": e["status"],
            "stage": stage,
            "amount": _amounts(120_000, 0.9, n, rng),
            "probability": np.nan,
            "true_probability": np.nan,
            "planned": np.where(np.isfinite(closed), closed + rng.integers(-10, 11, n), np.nan),
            "last_visit": e["last_visit_day"],
            "dead": e["dead"],
            "reason": np.where(e["swept"], SWEPT, reason),
            "forecast": "omitted",
        }
    )


def _amounts(median: float, sigma: float, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.maximum(np.round(median * np.exp(sigma * rng.standard_normal(n)), -2), 1000)


def _logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _forecast_deals(world: World, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    s = world.scenario
    sellers = len(world.seller_ids)
    scale = sellers / 12
    n_open = round(OPEN * scale)
    n = n_open + round(CLOSED * scale * s.weeks / 130)
    is_open = np.arange(n) < n_open
    seller = rng.integers(0, sellers, n)
    stage = rng.choice(len(STAGES), size=n, p=STAGE_MIX)
    honest = np.array(STAGE_PROBABILITY)[stage]

    effect = rng.normal(0, 1, sellers)
    effect = s.inflation + s.inflation_sd * (effect - effect.mean())
    stated = np.clip(np.round(20 * _expit(effect[seller] + _logit(honest))) / 20, 0.05, 0.95)

    life = np.maximum(14, np.round(rng.lognormal(np.log(CYCLE[0]), CYCLE[1], n)))
    closed = np.where(is_open, np.nan, rng.integers(0, world.n_days - 3, n)).astype(float)
    closed -= np.maximum(closed % 7 - 4, 0)  # nobody signs at the weekend
    age = np.where(is_open, np.minimum(life * rng.random(n) + 1, 300), life)
    quarter = np.where(is_open, 0, closed // 91).astype(int)
    won = _wins(s, honest, quarter, seller, rng)
    closed = _to_quarter_end(world, closed, won & ~is_open, rng)
    created = np.floor(np.where(is_open, world.n_days - 1 - age, closed - age))

    named = np.array(REASONS, dtype=object)[rng.integers(0, len(REASONS), n)]
    reason = np.where(rng.random(n) < LOST_OF_NOT_WON, named, NO_DECISION)
    owned = np.argsort(world.customers.owner, kind="stable")
    owned = owned[~np.isin(owned, world.customers.stuck)]
    edges = np.searchsorted(world.customers.owner[owned], np.arange(sellers + 1))
    pick = edges[seller] + (rng.random(n) * np.diff(edges)[seller]).astype(int)
    frame = pd.DataFrame(
        {
            "episode": np.nan,
            "seller": seller,
            "customer": owned[pick],
            "created": created,
            "closed": closed,
            "status": np.select([is_open, won], ["open", "won"], "lost"),
            "stage": stage,
            "amount": _amounts(200_000, 1.0, n, rng),
            "probability": stated,
            "true_probability": honest,
            "planned": np.where(is_open, np.nan, closed + rng.integers(-3, 4, n)),
            "last_visit": np.nan,
            "dead": False,
            "reason": reason,
            "forecast": np.array(FORECAST, dtype=object)[stage],
        }
    )
    return frame, effect


def _wins(
    s: Scenario, honest: np.ndarray, quarter: np.ndarray, seller: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw who wins, with good and bad quarters and sellers around chances that are right on average."""
    shocks = [rng.normal(0, 1, n + 1) for n in (quarter.max(initial=0), seller.max(initial=0))]
    common, own = (s.shock_sd * (x - x.mean()) for x in shocks)
    # Noise on the logit draws chances towards one half; this factor draws them back (Zeger, Liang and Albert 1988).
    stretch = np.sqrt(1 + (16 * np.sqrt(3) / (15 * np.pi)) ** 2 * 2 * s.shock_sd**2)
    return rng.random(len(honest)) < _expit(stretch * _logit(honest) + common[quarter] + own[seller])


def quarter_end_days(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return for each day whether it is one of the last five weekdays of its quarter, and the number of the quarter."""
    days = pd.date_range(world.start, world.as_of, freq="D")
    quarter = (days.year * 4 + days.quarter).to_numpy()
    last = days + pd.offsets.QuarterEnd(0)
    left = np.busday_count(days.to_numpy("datetime64[D]"), (last + pd.Timedelta("1D")).to_numpy("datetime64[D]"))
    return (left <= 5) & (days.day_of_week < 5), quarter


def _to_quarter_end(world: World, closed: np.ndarray, won: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move wins to the last five weekdays of their quarter, until those hold `quarter_end_factor` their share."""
    at_end, quarter = quarter_end_days(world)
    share = 5 / 64.5
    moved = share * (world.scenario.quarter_end_factor - 1) / (1 - share)
    candidates = np.flatnonzero(won & (rng.random(len(closed)) < moved))
    out = closed.copy()
    jump = rng.random(len(candidates))
    for i, u in zip(candidates, jump, strict=True):
        days = np.flatnonzero(at_end & (quarter == quarter[int(closed[i])]))
        if len(days) == 5:
            out[i] = days[int(u * 5)]
    return out


def _exactly(share: float, eligible: np.ndarray, total: int, rng: np.random.Generator) -> np.ndarray:
    """Return a mask of round(share x total) of the eligible rows."""
    rows = rng.permutation(np.flatnonzero(eligible))[: round(share * total)]
    mask = np.zeros(len(eligible), dtype=bool)
    mask[rows] = True
    return mask


def _hygiene(world: World, deals: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Plant what a tidy pipeline would not have; every count is exact and stands in the truth."""
    s = world.scenario
    n = len(deals)
    today = world.n_days - 1
    is_open = (deals["status"] == "open").to_numpy()
    forecast = deals["episode"].isna().to_numpy()
    created = deals["created"].to_numpy()
    total = int(is_open.sum())

    quiet = np.where(forecast, created, deals["last_visit"])
    dead = deals["dead"].to_numpy() & (today - quiet >= STALE_DAYS + 10)
    old = is_open & forecast
    stale = dead | _exactly(s.stale, old, int(old.sum()), rng)
    created = np.where(stale & forecast, np.minimum(created, today - 200 - rng.integers(0, 120, n)), created)
    last = np.where(
        dead,
        deals["last_visit"] + rng.integers(0, 8, n),
        np.where(stale, today - rng.integers(STALE_DAYS, 190, n), today - rng.integers(0, FRESH_DAYS, n)),
    )
    last = np.maximum(last, created)

    past = _exactly(s.past_date, is_open & (created < today - 60), total, rng)
    overdue = created + 20 + (today - created - 22) * rng.random(n)
    ahead = today + rng.integers(3, 180, n)
    planned = np.floor(np.where(is_open, np.where(past, overdue, ahead), deals["planned"]))
    without_step = _exactly(s.no_next_step, is_open, total, rng)
    return deals.assign(
        created=created,
        planned=planned,
        last_activity=np.where(is_open, last, deals["closed"]),
        next_step=np.where(is_open & ~without_step, today + rng.integers(1, 45, n), np.nan),
        stale=stale & is_open,
        past=past,
        without_step=without_step,
        **_pushes(world, created, planned, forecast, rng),
    )


def _pushes(
    world: World, created: np.ndarray, planned: np.ndarray, forecast: np.ndarray, rng: np.random.Generator
) -> dict[str, Any]:
    """Return how often and how far each planned close was moved, and by how much the amount has shrunk."""
    s = world.scenario
    n = len(created)
    until = np.minimum(planned, world.n_days - 1)
    months = np.maximum(0, np.floor((until - created) / 30.4)).astype(int)
    room = np.maximum(0, planned - created - 30)
    pushes = np.where(forecast, rng.binomial(months, s.push_hazard), 0)
    each = np.where(pushes > 0, np.floor(np.minimum(45, room / np.maximum(pushes, 1))), 0)
    pushes = np.where(each >= 7, pushes, 0)
    shrink = np.exp(np.where(forecast & (s.erosion != 0), rng.normal(np.log1p(s.erosion), 0.06, n), 0))
    return {
        "pushes": pushes,
        "push_days": np.where(pushes > 0, each, 0),
        "shrink": shrink,
        "shrink_at": rng.uniform(0.3, 0.7, n),
        "until": until,
    }


def _table(world: World, d: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(d)
    status = d["status"].to_numpy(dtype=object)
    product = np.array(PRODUCTS, dtype=object)[rng.integers(0, len(PRODUCTS), n)]
    source = np.array(SOURCES, dtype=object)[rng.choice(len(SOURCES), size=n, p=(0.45, 0.25, 0.20, 0.10))]
    step = np.array(STEPS, dtype=object)[rng.integers(0, len(STEPS), n)]
    return canonical(
        "opportunities",
        {
            "opp_id": d["opp_id"],
            "seller_id": world.seller_ids[d["seller"]],
            "status": status,
            "customer_id": world.customers.ids[d["customer"]],
            "created_date": stamps(world.start, d["created"]),
            "stage": np.array(STAGES, dtype=object)[d["stage"]],
            "amount": d["amount"].to_numpy(),
            "close_date_planned": stamps(world.start, d["planned"]),
            "closed_date": stamps(world.start, d["closed"]),
            "product": product,
            "probability": d["probability"].to_numpy(),
            "source": source,
            "forecast_category": d["forecast"].to_numpy(dtype=object),
            "next_step_text": empty(step, ~np.isfinite(d["next_step"].to_numpy())),
            "next_step_date": stamps(world.start, d["next_step"]),
            "last_activity_date": stamps(world.start, d["last_activity"]),
            "loss_reason": empty(d["reason"], status != "lost"),
        },
    )
