"""The visits as the CRM has them, and what is true of each."""

import numpy as np
import pandas as pd

from salesaudit.example.frames import canonical, empty, numbered, stamps
from salesaudit.example.visits import Visits
from salesaudit.example.world import KM_PER_DEGREE, World

ACHIEVED = 0.62
"""Share of the visits that took place whose purpose was achieved."""
RECORDED = 0.90
"""Share of the visits for which the seller says whether the purpose was achieved."""
TRUE_VISIT = (22.5, 2.5)
"""Beta parameters of a seller's share of visits that took place."""
WORST_TRUE_VISIT = 0.65
DETOUR = 1.33
ROLES = ("Inköpschef", "VD", "Platschef", "Projektledare", "Ekonomichef")


def visits_table(
    world: World, visits: Visits, opp_ids: np.ndarray | None, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the visits as the CRM has them, in order of time, and what is true of each."""
    n = len(visits.seller)
    c = world.customers
    took_place, achieved, share = _what_happened(world, visits, rng)
    start, minutes, stop = _clock(world, visits, rng)
    order = np.lexsort((start, visits.seller, visits.day))

    missing = _missing_purpose(world, visits, rng)
    said = np.where(achieved, "yes", np.where(rng.random(n) < 0.3, "part", "no"))
    said = np.where(~took_place, np.where(rng.random(n) < ACHIEVED, "yes", "no"), said)
    end = start + minutes
    logged = end + rng.integers(5, 240, n)
    late = rng.random(n)
    logged += np.where(late > 0.75, 1440 * rng.integers(1, 7, n), 0)
    friday = (4 - visits.day % 7) * 1440 + 15 * 60 + rng.integers(0, 30, n)
    logged = np.where((late < 0.08) & (friday > end), friday, logged)
    logged = np.minimum(logged, (world.n_days - visits.day) * 1440 - 1)

    opportunity = np.full(n, None, dtype=object)
    if opp_ids is not None and len(opp_ids):
        opportunity = empty(opp_ids[visits.episode], ~visits.linked)
    since = world.n_days - 1 - c.first_order_day[visits.customer]  # the day of the first order
    frame = {
        "seller_id": world.seller_ids[visits.seller],
        "customer_id": c.ids[visits.customer],
        "date": stamps(world.start, visits.day),
        "start_time": stamps(world.start, visits.day, start),
        "end_time": stamps(world.start, visits.day, end),
        "duration_min": minutes,
        "order_in_day": stop,
        "purpose_planned": empty(visits.purpose, missing),
        "purpose_achieved": empty(said, rng.random(n) > RECORDED),
        "contact_role": np.array(ROLES, dtype=object)[rng.integers(0, len(ROLES), n)],
        "is_new_customer": ~(visits.day >= since),
        "channel": np.where(rng.random(n) < world.scenario.video_share, "video", "physical"),
        "opportunity_id": opportunity,
        "logged_at": stamps(world.start, visits.day, logged),
        "note_length": rng.poisson(rng.gamma(1.2, 90, n)).astype(float),
    }
    number = numbered("B", n, 6)
    table = canonical("visits", {"visit_id": number} | {k: np.asarray(v)[order] for k, v in frame.items()})
    truth = pd.DataFrame(
        {
            "visit_id": table["visit_id"],
            "seller_id": table["seller_id"],
            "purpose": visits.purpose[order],
            "took_place": took_place[order],
            "achieved": achieved[order],
        }
    )
    truth.attrs["true_visit_share"] = dict(zip(world.seller_ids, share.tolist(), strict=True))
    return table, truth


def _what_happened(world: World, visits: Visits, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    share = rng.beta(*TRUE_VISIT, len(world.seller_ids))
    share[world.roles.false_visits] = WORST_TRUE_VISIT
    if not world.scenario.false_visits:
        share[:] = 1.0
    took_place = rng.random(len(visits.seller)) < share[visits.seller]
    return took_place, took_place & (rng.random(len(visits.seller)) < ACHIEVED), share


def _missing_purpose(world: World, visits: Visits, rng: np.random.Generator) -> np.ndarray:
    """Leave the purpose empty outside episodes only, so that the way to a contract stays fully recorded."""
    n = len(world.seller_ids)
    wanted = np.full(n, world.scenario.missing_purpose)
    wanted[world.roles.missing_purpose] = world.scenario.missing_purpose_worst
    outside = visits.episode < 0
    total = np.bincount(visits.seller, minlength=n)
    can = np.bincount(visits.seller[outside], minlength=n)
    chance = np.minimum(wanted * total / np.maximum(can, 1), 0.95)
    return outside & (rng.random(len(outside)) < chance[visits.seller])


def _clock(world: World, visits: Visits, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start (minutes after midnight), length and number of the stop: drive, meet, drive on."""
    c = world.customers
    n = len(visits.seller)
    lat, lon = c.lat[visits.customer], c.lon[visits.customer]
    home = world.sellers[["home_lat", "home_lon"]].to_numpy()[visits.seller]
    opens = np.ones(n, dtype=bool)
    opens[1:] = (visits.seller[1:] != visits.seller[:-1]) | (visits.day[1:] != visits.day[:-1])
    before_lat = np.where(opens, home[:, 0], np.roll(lat, 1))
    before_lon = np.where(opens, home[:, 1], np.roll(lon, 1))
    km = DETOUR * KM_PER_DEGREE * np.hypot(lat - before_lat, (lon - before_lon) * np.cos(np.radians(lat)))
    drive = 5 + km / np.select([km < 5, km < 30], [30, 55], 80) * 60

    length = np.clip(5 * np.round(rng.lognormal(np.log(45), 0.35, n) / 5), 15, 150)
    first = np.maximum(8 * 60 + 60 * rng.random(n), 7 * 60 + drive)
    step = np.where(opens, 0, np.roll(length, 1) + drive + rng.uniform(5, 25, n))
    total = np.cumsum(step)
    tour = np.cumsum(opens) - 1
    since = total - total[opens][tour]
    longest = np.maximum.reduceat(since + length, np.flatnonzero(opens)) if n else since
    room = 19 * 60 - first[opens]
    squeeze = np.minimum(1, room / longest)[tour] if n else since
    start = 5 * np.round((first[opens][tour] + since * squeeze) / 5) if n else since
    length = np.maximum(15, 5 * np.floor(length * squeeze / 5))
    stop = np.arange(n) - np.flatnonzero(opens)[tour] + 1 if n else since
    return start, length, stop.astype(float)
