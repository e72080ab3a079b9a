"""Simulated clients whose truth is known, analysed many times over; tests that look at the same clients share them."""

import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency
from salesaudit.analyses.visit_frequency.analysis import _rates
from salesaudit.analyses.visit_frequency.comparison import compare
from salesaudit.analyses.visit_frequency.counting import count_visits
from salesaudit.analyses.visit_frequency.judgement import seller_colours
from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.example.scenario import BASE, NULL
from salesaudit.finding import Finding
from salesaudit.stats import log_limits, poisson_exact

VARIANTS = {
    **example.SCENARIOS,
    "a quarter below": replace(BASE, low_seller_gap=-0.25),
    "sluggish": replace(NULL, autocorrelation=0.6),
}
NORDIC = ("2025-12-24", "2025-12-25", "2025-12-26", "2025-12-31", "2026-01-01")
NORDIC += ("2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14")
DAYS_OFF = {
    "SE": {*NORDIC, "2026-01-06", "2026-06-19"},
    "DK": {*NORDIC, "2026-04-02", "2026-05-25", "2026-06-05"},
    "NO": {*NORDIC, "2026-04-02", "2026-05-25"},
}
"""Weekdays on which nobody visits, from July 2025 to June 2026, out of the almanacs of the three countries."""
COLOURED = ("red", "yellow")
WORDS = {
    "VF-01": "what management believes",
    "VF-02": "visits that did not take place",
    "VF-02b": "visits without result",
    "VF-03": "a reasonable number of visits",
    "VF-04": "sellers beside each other",
    "VF-05": "targets",
    "VF-06": "how visits are logged",
    "VF-08": "time with customers",
    "VF-10": "customers left alone",
    "VF-11": "bookings",
    "VF-12": "what the hours hold",
}
"""What the findings are about."""


def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the defaults of a function: what a report uses where nobody chose anything else."""
    return {name: p.default for name, p in inspect.signature(function).parameters.items() if p.default is not p.empty}


ANALYSE, JUDGE = defaults(visit_frequency.analyse), defaults(visit_frequency.findings)


def simulated(
    seed: int,
    scenario: str | example.scenario.Scenario,
    *,
    weeks: int | None = None,
    blocks: Collection[str] | None = None,
) -> tuple[example.Example, SalesData]:
    """Return a simulated client with its truth, and its data as an analysis receives them."""
    rules = VARIANTS[scenario] if isinstance(scenario, str) else scenario
    name = scenario if isinstance(scenario, str) else "planted"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example, "SCENARIOS", {name: rules})
        client = example.make_client(seed, name, weeks=weeks, blocks=blocks)
    settings = Settings.model_validate(client.settings)
    data = SalesData(
        client=Client(folder=Path("nordverk"), settings=settings),
        tables=client.tables,
        as_of=settings.as_of,
        start=settings.period.start,
        end=settings.period.end,
    )
    return client, data


def coloured(findings: Collection[Finding], code: str) -> list[Finding]:
    """Return the red and yellow findings of a code."""
    return [f for f in findings if f.code == code and f.severity in COLOURED]


@cache
def frequencies(scenario: str | example.scenario.Scenario, weeks: int, runs: int) -> pd.DataFrame:
    """Return one row per client of what is said about visits per normal week, beside the truth."""
    return pd.DataFrame([frequency(seed, scenario, weeks) for seed in range(runs)])


def frequency(seed: int, scenario: str | example.scenario.Scenario, weeks: int) -> dict[str, Any]:
    """Measure one client with the pieces that `visit_frequency.analyse` and `findings` are made of.

    Only these pieces, because the rest of the analysis takes ten times as long; a test sees to it that both agree.
    """
    client, data = simulated(seed, scenario, weeks=weeks, blocks=("sellers", "visits"))
    truth, level = client.truth, ANALYSE["confidence_level"]
    counted = count_visits(data, **{k: ANALYSE[k] for k in ("channels", "one_per_day", "roles_left_out")})
    rates, team = _rates(counted, level)
    rows, share = rates.frame, truth["physical_share"]
    beside = compare(rates, fdr=JUDGE["fdr"], minor=JUDGE["seller_minor"])
    colours = seller_colours(beside.frame, fdr=JUDGE["fdr"], minor=JUDGE["seller_minor"], major=JUDGE["seller_major"])
    named = colours.index[colours.isin(COLOURED)]
    rate = truth["rates"].reindex(rows.index) * share
    exact = [poisson_exact(c, e) for c, e in zip(rows["count"], rows["exposure"], strict=True)]
    expected = rows["exposure"] * rows["count"].sum() / rows["exposure"].sum()
    return {
        "named": tuple(data.context.sellers(named)),
        "named_any": bool(len(named)),
        "named_low": truth["low_seller"] in named,
        "named_wrongly": bool((rate[named] >= truth["team_rate"] * share).any()),
        "sellers": _inside(rows["low"], rate, rows["high"]),
        "fair": _inside(beside.frame["fair_low"], rate, beside.frame["fair_high"]),
        "exact_poisson": np.mean([i.low <= t <= i.high for i, t in zip(exact, rate, strict=True)]),
        "funnel_limits": bool((rows["count"] / expected < log_limits(expected)[0]).any()),
        "team": team.low <= truth["team_rate"] * share <= team.high,
        "detectable": beside.detectable_share,
        **_exposure(data, truth["exposure"], weeks, counted.exposure.sum(axis=1)),
    }


def _inside(low: pd.Series, truth: pd.Series, high: pd.Series) -> float:
    return float((low.le(truth) & high.ge(truth)).mean())


def _exposure(data: SalesData, truth: dict[str, Any], weeks: int, measured: pd.Series) -> dict[str, bool]:
    """Return whose normal weeks were measured to the last digit, by country and by what makes them difficult."""
    wanted = weeks_by_hand(data, example.AS_OF - timedelta(days=7 * weeks - 1), example.AS_OF)
    wanted = wanted[wanted > 0]
    right = (measured.reindex(wanted.index) - wanted).abs() < 1e-9
    country = data.sellers.set_index("seller_id")["country"].reindex(wanted.index)
    kinds = {
        **{f"weeks_{name}": country == name for name in DAYS_OFF},
        "weeks_part_time": wanted.index.isin(truth["part_time"]),
        "weeks_starter": wanted.index == truth["starter"],
    }
    return {name: bool(which.any() and right[which].all()) for name, which in kinds.items()}


def weeks_by_hand(data: SalesData, first: date, last: date) -> pd.Series:
    """Return the normal weeks of every seller, day by day from the almanac, without the calendar of the package."""
    away: dict[tuple[str, date], float] = {}
    for row in data.absence.itertuples():
        for day in _days(row.date_from.date(), row.date_to.date()):
            away[row.seller_id, day] = max(away.get((row.seller_id, day), 0.0), row.fraction)
    weeks = {}
    for row in data.sellers.itertuples():
        days = [
            1 - away.get((row.seller_id, day), 0.0)
            for day in _days(max(first, row.start_date.date()), last)
            if day.weekday() < 5 and day.isoformat() not in DAYS_OFF[row.country]
        ]
        weeks[row.seller_id] = row.fte * sum(days) / 5
    return pd.Series(weeks)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


@cache
def wholes(scenario: str, runs: int, blocks: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Return one row per client of what its report on visit frequency says, beside the truth."""
    return pd.DataFrame([whole(seed, scenario, blocks) for seed in range(runs)])


def whole(seed: int, scenario: str, blocks: tuple[str, ...] | None) -> dict[str, Any]:
    """Analyse and judge one client as in a report; the truth stands beside what could be measured."""
    client, data = simulated(seed, scenario, blocks=blocks)
    if data.has("beliefs.mode"):
        data = replace(data, tables={**data.tables, "beliefs": believed(client, seed)})
    result = visit_frequency.analyse(data)
    findings = visit_frequency.findings(result)
    found = {
        "coloured": {f.code for f in findings if f.severity in COLOURED},
        "red": {f.code for f in findings if f.severity == "red"},
        "grey": {f.code for f in findings if f.severity == "grey"},
        "unexplained": any(f.severity == "grey" and f.needs is None for f in findings),
        "low": data.context.seller(client.truth["low_seller"]) in subjects(findings, "VF-04"),
    }
    return found | _believed(result, client.truth) | _asked(result, client.truth, subjects(findings, "VF-02"))


def believed(client: example.Example, seed: int) -> pd.DataFrame:
    """Return beliefs whose errors do not cancel out over the managers, as they do in the example client."""
    beliefs, rules = client.tables["beliefs"], client.truth["scenario"]
    noise = rules.belief_sd * np.random.default_rng([seed, 5]).standard_normal(len(beliefs))
    mode = client.truth["team_rate"] * np.exp(rules.belief_log + noise)
    return beliefs.assign(mode=mode, low=0.8 * mode, high=1.25 * mode)


def subjects(findings: Collection[Finding], code: str) -> list[str]:
    """Return who is named in red or yellow findings of a code."""
    return [f.subject for f in coloured(findings, code) if f.subject]


def _taken_place(result: visit_frequency.VisitFrequency, truth: dict[str, Any]) -> pd.Series:
    visits = result.counted.visits
    took_place = truth["visits"].set_index("visit_id")["took_place"].reindex(visits["visit_id"])
    return took_place.set_axis(visits["seller_id"]).astype(float)


def _believed(result: visit_frequency.VisitFrequency, truth: dict[str, Any]) -> dict[str, Any]:
    """Return whether the intervals of the gap contain the truth, and whether the target is seen as the anchor."""
    belief = result.belief
    if belief is None:
        return {}
    gap = truth["belief_ratio"] / truth["physical_share"]
    found = {"gap_logged": belief.logged.ratio.low <= gap <= belief.logged.ratio.high}
    if belief.verified is not None:
        ratio, real = belief.verified.ratio, gap / _taken_place(result, truth).mean()
        found["gap_verified"] = ratio.low <= real <= ratio.high
    if belief.anchoring is not None:
        found["anchored"] = belief.anchoring.nearer_target > belief.anchoring.nearer_measured
    return found


def _asked(result: visit_frequency.VisitFrequency, truth: dict[str, Any], named: list[str]) -> dict[str, Any]:
    """Return whether the sample speaks the truth about all visits, and about whom it speaks."""
    sample = result.verification.sample
    if sample is None:
        return {}
    real = _taken_place(result, truth)
    own = real.groupby(level=0).mean()
    sellers = sample.sellers.set_index("seller_id")
    labels = pd.Series(own.to_numpy(), index=result.context.sellers(own.index))
    planted = truth["false_visits_seller"]
    return {
        "sample": sample.took_place.low <= real.mean() <= sample.took_place.high,
        "bounds": sample.worst.low <= real.mean() <= sample.best.high,
        "limit": 1 - real.mean() <= sample.false_limit,
        "sellers": _inside(sellers["low"], own.reindex(sellers.index), sellers["high"]),
        "checks": sellers["said"].mean(),
        "false_seller": planted is not None and result.context.seller(planted) in named,
        "false_wrongly": any(labels[name] >= real.mean() for name in named),
    }
