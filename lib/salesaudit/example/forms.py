"""What people were asked: beliefs, targets, score sheets, time diaries, support functions."""

import numpy as np
import pandas as pd

from salesaudit.example.frames import canonical, numbered, stamps
from salesaudit.example.pipeline import Pipeline
from salesaudit.example.trade import CALLS_PER_DAY
from salesaudit.example.visits import MIX
from salesaudit.example.world import World

MANAGERS = 8
TIME_SHARES = {
    "contact": 0.17,
    "travel": 0.24,
    "admin": 0.27,
    "preparation": 0.12,
    "internal": 0.12,
    "other": 0.08,
}
TIME_CONCENTRATION = 25
DIARY_DAYS = 20
AREAS = ("A1", "A2", "A3", "A4", "A5")
ITEMS = 4
CUTS = (-1.5, -0.5, 0.5, 1.5)
SCORED_CLOSED = 200
SECOND_SCORER = 0.2
BIAS = (0.3, 0.3)
NOISE = 0.8
QUALITY_GAP = 0.55
"""How far won and lost deals lie from the average quality, in standard deviations."""
FUNCTIONS = (
    ("Prislista", "yes", 6, 3),
    ("Offertmall", "part", 18, 2),
    ("Kundcase", "no", 10, None),
    ("Produktblad", "yes", 4, 3),
    ("Mötesbokning", "no", 25, None),
    ("Ruttplanering", "no", 15, None),
    ("Avtalsmall", "yes", 8, 2),
    ("Uppföljningsbrev", "part", 7, 1),
)


def beliefs_table(world: World, team_rate: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return what each manager believes an average seller makes per normal week, asked before the audit."""
    s = world.scenario
    noise = rng.standard_normal(MANAGERS)
    noise = s.belief_sd * (noise - noise.mean())
    mode = np.round(team_rate * np.exp(s.belief_log + noise), 1)
    return canonical(
        "beliefs",
        {
            "respondent_id": numbered("C", MANAGERS, 2),
            "item": ["visits_per_week"] * MANAGERS,
            "mode": mode,
            "respondent_role": ["försäljningsdirektör"] + ["försäljningschef"] * (MANAGERS - 1),
            "low": np.round(mode * 0.8, 1),
            "high": np.round(mode * 1.25, 1),
            "date": stamps(world.as_of, np.full(MANAGERS, -5.0)),
        },
    )


def targets_table(world: World, team_rate: float) -> pd.DataFrame:
    """Return the targets of the head office; in the null scenario they are what is being done."""
    honest = world.scenario.visit_target is None
    visits = round(team_rate, 1) if honest else world.scenario.visit_target
    rows = [
        ("visits", visits, "week", None),
        ("calls", CALLS_PER_DAY if honest else 70.0, "day", None),
        ("demos", 0.6 if honest else 1.0, "week", None),
        *((code, round(MIX[code] * visits, 1), "week", code) for code in ("PRE", "QUO", "NEG")),
    ]
    activity, target, period, purpose = zip(*rows, strict=True)
    return canonical(
        "targets",
        {
            "scope": ["all"] * len(rows),
            "activity_type": activity,
            "target": target,
            "period": period,
            "source": ["head office"] * len(rows),
            "purpose": purpose,
        },
    )


def scorecard_table(world: World, pipeline: Pipeline, rng: np.random.Generator) -> pd.DataFrame:
    """Return scores of the open forecast and of some closed deals, a fifth of them also by an auditor."""
    d = pipeline.latent[pipeline.latent["episode"].isna()]
    closed = d.index[d["status"] != "open"]
    some = rng.permutation(closed.to_numpy())[: round(SCORED_CLOSED * world.scenario.sellers / 12)]
    d = d.loc[np.sort(np.concatenate([d.index[d["status"] == "open"], some]))]
    n = len(d)
    will_win = np.where(d["status"] == "open", rng.random(n) < d["true_probability"], (d["status"] == "won").to_numpy())
    quality = rng.standard_normal(n) + np.where(will_win, QUALITY_GAP, -QUALITY_GAP)
    bias = rng.normal(*BIAS, len(world.seller_ids))[d["seller"]]
    audited = rng.random(n) < SECOND_SCORER
    parts = []
    for role, rows, shift in (("self", np.arange(n), bias), ("auditor", np.flatnonzero(audited), np.zeros(n))):
        noise = rng.normal(0, NOISE, (len(rows), len(AREAS) * ITEMS))
        score = np.searchsorted(CUTS, (quality + shift)[rows, None] + noise)
        parts.append(_sheet(d["opp_id"].to_numpy(dtype=object)[rows], score, role))
    sheet = pd.concat(parts, ignore_index=True)
    return canonical(
        "scorecard",
        {"entity_type": ["opportunity"] * len(sheet)}
        | {column: sheet[column].to_numpy() for column in sheet}
        | {"scored_at": stamps(world.as_of, np.full(len(sheet), -4.0))},
    )


def _sheet(entities: np.ndarray, score: np.ndarray, role: str) -> pd.DataFrame:
    area = np.repeat(AREAS, ITEMS)
    item = np.array([f"{a}.{i}" for a in AREAS for i in range(1, ITEMS + 1)], dtype=object)
    n = len(entities)
    return pd.DataFrame(
        {
            "entity_id": np.repeat(entities, len(item)),
            "area": np.tile(area, n),
            "item": np.tile(item, n),
            "score": score.ravel().astype(float),
            "scorer_role": role,
        }
    )


def time_use_table(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Return a diary of the sellers' last working days, minutes by category."""
    shares = rng.dirichlet(TIME_CONCENTRATION * np.array(list(TIME_SHARES.values())), len(world.seller_ids))
    working = world.days >= 0.5
    recent = working & (working[:, ::-1].cumsum(axis=1)[:, ::-1] <= DIARY_DAYS)
    seller, day = np.nonzero(recent)
    minutes = 480 * world.days[seller, day] * rng.normal(1, 0.06, len(seller)).clip(0.7, 1.3)
    daily = np.array([rng.dirichlet(60 * shares[s] + 0.01) for s in seller])
    names = list(TIME_SHARES)
    return canonical(
        "time_use",
        {
            "seller_id": np.repeat(world.seller_ids[seller], len(names)),
            "date": stamps(world.start, np.repeat(day, len(names))),
            "category": np.tile(np.array(names, dtype=object), len(seller)),
            "minutes": np.round((minutes[:, None] * daily).ravel()),
            "source": ["diary"] * (len(seller) * len(names)),
        },
    )


def support_table() -> pd.DataFrame:
    """Return which support functions exist, and what the missing ones would save per visit."""
    function, exists, minutes, quality = zip(*FUNCTIONS, strict=True)
    return canonical(
        "support_functions",
        {
            "function": function,
            "exists": exists,
            "minutes_saved_per_visit": np.array(minutes, dtype=float),
            "quality": np.array([np.nan if q is None else q for q in quality], dtype=float),
        },
    )
