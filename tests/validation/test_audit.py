"""Do verification samples and the money engine keep their promises where the truth is known?

Numbers in the order of the validation plan: V6, V7, V9, V23, V31.
"""

import numpy as np
import pytest
from scipy import stats

from salesaudit.stats import (
    Claim,
    draw_inputs,
    fisher_versus_others,
    hierarchical_beta_binomial,
    joint_worth,
    pert,
    stratified_proportion,
    stringer_bound,
    unreached_bounds,
)

FAST, SLOW = 100, 400
SIZES = np.array([40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260])


def verification(runs, *, p, response=(1.0, 1.0)):
    """Return the coverage of Korn-Graubard, of the bounds, of a normal interval, and of Jeffreys summed over strata."""
    rng = np.random.default_rng(31)
    hits = {"korn_graubard": 0, "bounds": 0, "wald": 0, "jeffreys": 0}
    for _ in range(runs):
        population = [
            rng.random(size) < share for size, share in zip(SIZES, rng.beta(p * 25, (1 - p) * 25, 12), strict=True)
        ]
        truth = np.concatenate(population).mean()
        n = rng.integers(5, 26, 12)
        k, reached = np.zeros(12), np.zeros(12)
        for h, stratum in enumerate(population):
            drawn = rng.choice(stratum, n[h], replace=False)
            answered = rng.random(n[h]) < np.where(drawn, response[0], response[1])
            k[h], reached[h] = drawn[answered].sum(), answered.sum()
        found = stratified_proportion(k, reached, SIZES)
        hits["korn_graubard"] += found.low <= truth <= found.high
        worst, best = unreached_bounds(k, reached, n, SIZES)
        hits["bounds"] += worst.low <= truth <= best.high
        m, weight = np.maximum(reached, 1), SIZES / SIZES.sum()
        share = k / m
        se = np.sqrt((weight**2 * share * (1 - share) / m).sum())
        hits["wald"] += abs(weight @ share - truth) <= 1.96 * se
        draws = weight @ rng.beta(k[:, None] + 0.5, (reached - k)[:, None] + 0.5, (12, 1000))
        low, high = np.quantile(draws, [0.025, 0.975])
        hits["jeffreys"] += low <= truth <= high
    found = {name: float(count / runs) for name, count in hits.items()}
    print(f"\nV6 verification, {runs} runs, p {p}, response {response}: {found}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.88, 0.97])
def test_korn_graubard_covers(p):
    """With 5 to 25 checks per stratum the interval covers; a prior in each of twelve strata does not."""
    found = verification(SLOW, p=p)
    assert found["korn_graubard"] >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / SLOW)
    assert found["jeffreys"] < 0.90


@pytest.mark.slow
def test_bounds_hold_when_the_unreached_differ():
    """Where false units answer less often the estimate is biased; the bounds contain the truth."""
    found = verification(SLOW, p=0.88, response=(0.8, 0.5))
    assert found["bounds"] >= 0.97
    assert found["korn_graubard"] < 0.90


def test_few_runs_of_verification():
    """The fast version of all three."""
    found = verification(FAST, p=0.97)
    assert found["korn_graubard"] >= 0.91
    assert found["jeffreys"] < 0.80
    assert verification(FAST, p=0.88, response=(0.8, 0.5))["bounds"] >= 0.95


def false_share(runs, *, n, low=None):
    """Return how often the planted unit is found, and any other is named, by Fisher with Benjamini-Hochberg."""
    rng, found, wrong = np.random.default_rng(5), 0, 0
    p = np.full(12, 0.90)
    if low:
        p[4] = low
    for _ in range(runs):
        frame = fisher_versus_others(rng.binomial(n, p), np.full(12, n))
        flagged = (frame["qvalue"] <= 0.10) & (frame["difference"] < 0)
        found += bool(flagged[4])
        wrong += bool(flagged.drop(4).any() if low else flagged.any())
    print(f"\nV7 true share, {runs} runs, n {n}, planted {low}: found {found / runs:.3f}, others {wrong / runs:.3f}")
    return found / runs, wrong / runs


def test_the_unit_with_false_entries_is_found():
    """65% against 90% is found with 25 checks in at least six of ten runs; among equals hardly anybody is named."""
    assert false_share(FAST, n=25, low=0.65)[0] >= 0.60
    assert false_share(FAST, n=25)[1] <= 0.10


def spread_coverage(runs, *, spread):
    """Return the coverage of the hierarchical intervals and of plug-in empirical Bayes ones."""
    rng, right, plugged = np.random.default_rng(9), [], []
    for _ in range(runs):
        total = 0.35 * 0.65 / spread**2 - 1 if spread else 1e7
        p, n = rng.beta(0.35 * total, 0.65 * total, 12), rng.integers(20, 45, 12)
        k = rng.binomial(n, p)
        frame = hierarchical_beta_binomial(k, n, rng=rng, draws=1000).frame
        right.append(((frame["low"] <= p) & (p <= frame["high"])).mean())
        raw, mean = k / n, k.sum() / n.sum()
        between = max(raw.var(ddof=1) - (mean * (1 - mean) / n).mean(), 1e-6)
        size = mean * (1 - mean) / between - 1
        low, high = stats.beta.ppf([[0.025], [0.975]], k + mean * size, n - k + (1 - mean) * size)
        plugged.append(((low <= p) & (p <= high)).mean())
    result = float(np.mean(right)), float(np.mean(plugged))
    print(f"\nV9 shares of units, {runs} runs, spread {spread}: hierarchical {result[0]:.3f}, plug-in {result[1]:.3f}")
    return result


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.08, 0.12])
def test_hierarchical_covers(spread):
    """The mean coverage over units lies between .92 and .99 whatever the spread; the plug-in interval's does not."""
    right, plugged = spread_coverage(SLOW, spread=spread)
    assert 0.92 <= right <= 0.997
    assert plugged < 0.92


def test_plug_in_intervals_fail():
    """The wrong method, kept: with little spread plug-in empirical Bayes claims far too much."""
    right, plugged = spread_coverage(40, spread=0.05)
    assert right >= 0.91
    assert plugged < 0.85


def test_stringer_covers():
    """The bound of overstated value is at least as often above the truth as promised, also with rare large errors."""
    rng, hits, runs = np.random.default_rng(2), 0, 300
    for _ in range(runs):
        wrong = rng.random(100) < 0.04
        hits += stringer_bound(np.where(wrong, rng.beta(0.5, 0.5, 100), 0.0), 100) >= 0.02
    print(f"\nV23 Stringer, {runs} runs: coverage {hits / runs:.3f}")
    assert hits / runs >= 0.95


def money(runs):
    """Return how often P10 to P90 contains the true worth, and whether joint ever exceeds the sum."""
    rng, hits, summed, ordered = np.random.default_rng(17), 0, 0, True
    price_range, realised_range = (300.0, 450.0, 700.0), (0.2, 0.5, 0.8)
    for _ in range(runs):
        price, realised = (float(pert(*r, rng=rng, size=1)[0]) for r in (price_range, realised_range))
        shares, hours = rng.beta(4, 8, 2), 4000
        # Which hours each finding falls on has nothing to do with the other.
        fallen = rng.random((2, hours)) < shares[:, None]
        truth = fallen.any(axis=0).sum() * price * realised
        seen = rng.binomial(40, shares)
        inputs = draw_inputs({"price": price_range, "realised": realised_range}, rng=rng, draws=2000)
        claims = [
            Claim(name, hours * rng.beta(k + 4, 48 - k, 2000), inputs["price"], inputs["realised"], "hours")
            for name, k in zip("ab", seen, strict=True)
        ]
        found = joint_worth(claims, {"hours": hours})
        hits += found.joint.p10 <= truth <= found.joint.p90
        summed += found.added.p10 <= truth <= found.added.p90
        ordered &= found.joint.p50 <= found.added.p50
    print(f"\nV31 money, {runs} runs: P10-P90 covers {hits / runs:.3f}, the plain sum's {summed / runs:.3f}")
    return hits / runs, summed / runs, ordered


@pytest.mark.slow
def test_money_ranges_cover():
    """P10 to P90 of the joint worth contains the truth in 70 to 90%, and the joint never exceeds the sum."""
    covered, summed, ordered = money(SLOW)
    assert 0.75 <= covered <= 0.85
    assert summed < covered
    assert ordered


def test_few_runs_of_money():
    """The fast version."""
    covered, _, ordered = money(FAST)
    assert 0.70 <= covered <= 0.90
    assert ordered
