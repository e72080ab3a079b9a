"""Shrinkage: coverage of the hierarchical model and the degenerate groups."""

import numpy as np
import pandas as pd
import pytest

from salesaudit.stats import hierarchical_beta_binomial, shrink_log_rates


@pytest.mark.parametrize("spread", [0.12, 0.0])
def test_hierarchical_intervals_cover(spread):
    """Intervals of twelve units hold their promise, also when the units are in truth the same."""
    rng = np.random.default_rng(12)
    hits = []
    for _ in range(60):
        concentration = 0.35 * 0.65 / spread**2 - 1 if spread else 1e6
        p = rng.beta(0.35 * concentration, 0.65 * concentration, 12)
        n = rng.integers(15, 40, 12)
        frame = hierarchical_beta_binomial(rng.binomial(n, p), n, rng=rng, draws=1000).frame
        hits.append(((frame["low"] <= p) & (p <= frame["high"])).mean())
    assert np.mean(hits) >= 0.91


def test_shrinks_towards_the_others():
    """A unit with few trials is moved further to the mean than one with many."""
    frame = hierarchical_beta_binomial([9, 90, 3, 30, 28], [10, 100, 10, 100, 100], rng=np.random.default_rng(1)).frame
    pull = (frame["raw"] - frame["estimate"]).abs()
    assert pull[0] > pull[1]
    assert frame["estimate"].between(frame["low"], frame["high"]).all()


def test_units_without_trials():
    """A unit without trials gets the group's distribution; a group without trials gets NaN."""
    posterior = hierarchical_beta_binomial(
        pd.Series([3, 0, 7], index=list("abc")), pd.Series([10, 0, 20], index=list("abc")), rng=np.random.default_rng(1)
    )
    assert np.isnan(posterior.frame.loc["b", "raw"])
    assert np.ptp(posterior.frame.loc["b", ["low", "high"]]) > np.ptp(posterior.frame.loc["c", ["low", "high"]])
    assert posterior.draws.shape == (3, 2000)
    assert hierarchical_beta_binomial([0, 0], [0, 0], rng=np.random.default_rng(1)).frame["low"].isna().all()
    assert len(hierarchical_beta_binomial([], [], rng=np.random.default_rng(1)).frame) == 0


def test_extreme_proportions():
    """All or none, one unit, and very many trials stay inside 0-1 and keep a width."""
    for k, n in [([0], [5]), ([5], [5]), ([0] * 8, [30] * 8), ([40_000, 60_000], [100_000, 100_000])]:
        frame = hierarchical_beta_binomial(k, n, rng=np.random.default_rng(1)).frame
        assert ((frame["low"] >= 0) & (frame["low"] < frame["high"]) & (frame["high"] <= 1)).all()
    assert frame["estimate"].to_numpy() == pytest.approx([0.4, 0.6], abs=0.005)


def test_no_spread_keeps_the_floor():
    """Units that look alike are not declared the same: the spread has a floor and an upper limit."""
    shrunken = shrink_log_rates([1.0, 1.0, 1.0], [0.2, 0.2, 0.2])
    assert shrunken.tau2 == pytest.approx(0.0004)
    assert shrunken.tau2_estimate == 0
    assert (shrunken.frame["low"] < 1).all()
    assert shrink_log_rates([1.0, 1.1, 0.8], [0.2, 0.2, 0.2]).tau2_high > 0.0004


def test_between_raw_and_mean():
    """Every shrunken value lies between the raw one and the mean, with less uncertainty."""
    raw, se = np.array([0.1, 0.9, 0.4, -0.6]), np.array([0.1, 0.4, 0.2, 0.3])
    shrunken = shrink_log_rates(pd.Series(raw, index=list("abcd")), se)
    frame = shrunken.frame
    assert (np.sign(frame["estimate"] - shrunken.mean) == np.sign(raw - shrunken.mean)).all()
    assert ((frame["estimate"] - shrunken.mean).abs() <= np.abs(raw - shrunken.mean)).all()
    assert (frame["se"] < se).all()
    assert frame.index.tolist() == list("abcd")


def test_unusable_units():
    """A missing or exact value is left out; a lone unit is not shrunk; nothing at all gives NaN."""
    frame = shrink_log_rates([0.1, np.nan, 0.5, -np.inf, 0.2], [0.1, 0.1, 0.1, 0.1, 0.0]).frame
    assert frame["estimate"].notna().tolist() == [True, False, True, False, False]
    lone = shrink_log_rates([0.3], [0.1])
    assert lone.frame["estimate"].item() == 0.3
    assert np.isnan(lone.tau2)
    assert len(shrink_log_rates([], []).frame) == 0
    assert np.isnan(shrink_log_rates([np.nan], [np.nan]).mean)
