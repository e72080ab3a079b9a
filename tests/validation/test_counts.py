"""Do the functions on weekly counts keep their promises where the truth is known?

Counts have a log-normal AR(1) level per unit (CV 35%), part-time weeks and absences, and a season that all units
share. Methods that are tempting and wrong stand beside the right ones and must fail. Numbers in the order of the
validation plan: V1, V3, V4, V5.
"""

import numpy as np
import pytest
from scipy import stats

import criteria
from salesaudit.stats import (
    anchoring,
    leave_one_out_contrasts,
    log_limits,
    poisson_exact,
    pooled_rate,
    stated_over_measured,
    weekly_rates,
)

UNITS, RATE, CV = 12, 12.0, 0.35
FAST, SLOW = 100, 2000


def draw(rng, *, weeks, rho=0.3, rates=None, season=0.0, common=0.0):
    """Return counts, exposure, the units' true rates and the true rate of the whole."""
    rates = np.full(UNITS, RATE) if rates is None else np.asarray(rates, float)
    level = rng.normal(size=(rates.size, weeks))
    for week in range(1, weeks):
        level[:, week] = rho * level[:, week - 1] + np.sqrt(1 - rho**2) * level[:, week]
    sigma2 = np.log1p(CV**2)
    multiplier = np.exp(np.sqrt(sigma2) * level - sigma2 / 2) * np.exp(common * rng.normal(size=weeks) - common**2 / 2)
    cycle = 1 + season * np.cos(2 * np.pi * np.arange(weeks) / 26.1 + rng.uniform(0, 2 * np.pi))
    exposure = np.where(
        rng.random(level.shape) < 0.08, 0.0, rng.choice([0.6, 0.8, 1.0], level.shape, p=[0.1, 0.2, 0.7])
    )
    expected = rates[:, None] * exposure * cycle
    own = expected.sum(axis=1) / exposure.sum(axis=1)
    return rng.poisson(expected * multiplier), exposure, own, expected.sum() / exposure.sum()


def naive_total(counts, exposure):
    """Give the tempting interval of the whole: own dispersion, own lag-1 correlation, W - 1 degrees of freedom."""
    y, e = counts.sum(axis=0), exposure.sum(axis=0)
    rate, weeks = y.sum() / e.sum(), (e > 0).sum()
    z = (y - rate * e) / np.sqrt(rate * e)
    phi = max(1.0, (z**2).sum() / (weeks - 1))
    rho = np.clip(np.mean(z[1:] * z[:-1]) / phi + 1 / weeks, 0, 0.9)
    half = stats.t.ppf(0.975, weeks - 1) * np.sqrt(phi * (1 + rho) / (1 - rho) / y.sum())
    return rate * np.exp(-half), rate * np.exp(half)


def coverage(runs, **options):
    """Return how often the intervals contain the truth: units, whole, and the two wrong methods."""
    rng = np.random.default_rng(20260101)
    hits = {"units": [], "whole": [], "whole_naive": [], "exact_poisson": []}
    for _ in range(runs):
        counts, exposure, own, whole = draw(rng, **options)
        frame = weekly_rates(counts, exposure).frame
        hits["units"].append(np.mean((frame["low"] <= own) & (own <= frame["high"])))
        total = pooled_rate(counts, exposure)
        hits["whole"].append(total.low <= whole <= total.high)
        low, high = naive_total(counts, exposure)
        hits["whole_naive"].append(low <= whole <= high)
        exact = [poisson_exact(k, e) for k, e in zip(frame["count"], frame["exposure"], strict=True)]
        hits["exact_poisson"].append(np.mean([i.low <= t <= i.high for i, t in zip(exact, own, strict=True)]))
    return {name: float(np.mean(values)) for name, values in hits.items()}


SITUATIONS = {
    "13 weeks, season": {"weeks": 13, "season": 0.15},
    "52 weeks, season": {"weeks": 52, "season": 0.15},
    "26 weeks, common ups and downs": {"weeks": 26, "common": 0.15},
}
SLUGGISH = "26 weeks that much resemble each other"


def intervals(measured, situation, runs):
    """Take down the coverage of the intervals of a unit and of the whole, and that of the exact Poisson interval."""
    found = coverage(runs, **SITUATIONS[situation])
    measured.row("V1", f"Formula alone, one unit: {situation}", criteria.coverage(found["units"], runs))
    measured.row("V1", f"Formula alone, the whole: {situation}", criteria.coverage(found["whole"], runs))
    exact = criteria.coverage(found["exact_poisson"], runs)
    measured.row("V1", f"Formula alone, exact Poisson interval of one unit: {situation}", exact, must_fail=True)


def memory(measured, runs):
    """Take down the coverage where a week resembles the one before (0.6); returns that of the naive interval."""
    found = coverage(runs, weeks=26, rho=0.6)
    for name, word in (("units", "one unit"), ("whole", "the whole")):
        measured.row("V1", f"Formula alone, {word}: {SLUGGISH}", criteria.at_least(found[name], runs, 0.90))
    return criteria.at_least(found["whole_naive"], runs, 0.90)


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_intervals_cover(measured, situation):
    """Units and whole are covered in 93 to 97% (and two Monte Carlo errors), whatever moves all of them together."""
    intervals(measured, situation, SLOW)


@pytest.mark.slow
def test_strong_memory_costs_little(measured):
    """With a correlation of .6 between weeks both are covered in at least 90%; the naive whole is not."""
    naive = memory(measured, SLOW)
    measured.row("V1", f"Formula alone, naive interval of the whole: {SLUGGISH}", naive, must_fail=True)


def test_intervals_cover_in_few_runs(measured):
    """The fast version: a short period with a season."""
    intervals(measured, "13 weeks, season", FAST)


def test_strong_memory_in_few_runs(measured):
    """The fast version."""
    memory(measured, FAST)


def test_a_season_taken_for_chance_is_too_careful():
    """The wrong method for the whole, kept: in a year with a season it covers nearly always, being far too wide."""
    assert coverage(FAST, weeks=52, season=0.15)["whole_naive"] >= 0.985


def named(runs, *, weeks, low=None):
    """Return how often any equal unit, and the planted one, is named; and what naive funnel limits flag."""
    rng = np.random.default_rng(7)
    rates = np.full(UNITS, RATE)
    if low:
        rates[3] *= 1 + low
    any_named, found, funnel_flags = 0, 0, 0
    for _ in range(runs):
        counts, exposure, *_ = draw(rng, weeks=weeks, rates=rates)
        units = weekly_rates(counts, exposure)
        contrasts = leave_one_out_contrasts(units)
        flagged = (contrasts["qvalue"] <= 0.10) & (contrasts["log_ratio"] < 0)
        found += bool(flagged[3])
        any_named += bool(flagged.drop(3).any() if low else flagged.any())
        expected = units.frame["exposure"] * counts.sum() / exposure.sum()
        funnel_flags += bool((units.frame["count"] / expected < log_limits(expected)[0]).any())
    return {"any": any_named / runs, "planted": found / runs, "naive_funnel": funnel_flags / runs}


def silence(measured, runs):
    """Take down how often anybody among equals lies below, and below naive funnel limits."""
    found = named(runs, weeks=26)
    measured.row(
        "V3", "Formula alone, any unit below the others: 26 weeks", criteria.false_findings(found["any"], runs)
    )
    naive = criteria.false_findings(found["naive_funnel"], runs)
    measured.row("V3", "Formula alone, any unit below naive funnel limits: 26 weeks", naive, must_fail=True)


def low_unit(measured, weeks, low, floor, runs):
    """Take down how often the planted unit lies below the others."""
    found = named(runs, weeks=weeks, low=low)["planted"]
    what = f"Formula alone, unit {-100 * low:.0f}% below the others: {weeks} weeks"
    measured.row("V4", what, criteria.at_least(found, runs, floor))


@pytest.mark.slow
def test_nobody_is_accused(measured):
    """Among equals at most one run in twenty names anybody; naive funnel limits do in most."""
    silence(measured, SLOW)


@pytest.mark.slow
@pytest.mark.parametrize(("weeks", "low", "floor"), [(26, -0.35, 0.65), (52, -0.25, 0.60)])
def test_the_low_unit_is_found(measured, weeks, low, floor):
    """A third less in half a year, a quarter less in a year."""
    low_unit(measured, weeks, low, floor, SLOW)


def test_few_runs_of_naming(measured):
    """The fast version of both, and the naive limits that must fail."""
    silence(measured, FAST)
    low_unit(measured, 26, -0.35, 0.65, FAST)


def overstatement(measured, runs):
    """Take down how often the planted overstatement is covered, and how often its direction is right."""
    rng = np.random.default_rng(11)
    hits, nearer = 0, 0
    for _ in range(runs):
        counts, exposure, _, whole = draw(rng, weeks=26)
        said = whole * np.exp(rng.normal(0.45, 0.15, 5))
        total = pooled_rate(counts, exposure)
        gap = stated_over_measured(said, total)
        hits += gap.low <= np.exp(0.45) <= gap.high
        where = anchoring(said, total.estimate, 20.0)
        nearer += where.nearer_target > where.nearer_measured
    covered = criteria.coverage(hits / runs, runs)
    measured.row("V5", "Formula alone, stated over measured, five people who overstate by 57%", covered)
    anchored = criteria.at_least(nearer / runs, runs, 0.95)
    measured.row("V5", "Formula alone, most are seen to be nearer to the target than to what was counted", anchored)


@pytest.mark.slow
def test_overstatement_is_covered(measured):
    """Five people who overstate by 57% on average: the interval contains it, and the target is seen as the anchor."""
    overstatement(measured, SLOW)


def test_few_runs_of_overstatement(measured):
    """The fast version."""
    overstatement(measured, FAST)
