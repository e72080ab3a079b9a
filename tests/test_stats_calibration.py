"""Calibration: the Brier identity, the optimism index, and probabilities that say nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesaudit.stats import brier, brier_decomposition, optimism_index, recalibration

pairs = st.lists(st.tuples(st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]), st.integers(0, 1)), min_size=1, max_size=60)


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_brier_identity(rows):
    """Reliability minus resolution plus uncertainty is the Brier score."""
    p, y = zip(*rows, strict=True)
    parts = brier_decomposition(p, y)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(parts.brier)
    assert parts.brier == pytest.approx(brier(p, y))
    assert parts.levels["n"].sum() == parts.n


@given(pairs, st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_outcomes_are_answered(rows, weighted):
    """Whatever was stated and came true, figures are finite or NaN and nothing is raised."""
    p, y = zip(*rows, strict=True)
    weights = np.arange(len(p)) if weighted else None
    index = optimism_index(p, y, weights=weights, rng=np.random.default_rng(1), n_resamples=50)
    assert np.isnan(index.pvalue) or 0 <= index.pvalue <= 1
    assert np.isnan(index.low) or index.low <= index.high
    recalibration(p, y)


def test_interval_covers_and_test_keeps_its_size():
    """Right probabilities are called right, and the index's interval contains the true ratio."""
    rng = np.random.default_rng(3)
    hits = rejected = 0
    for _ in range(200):
        p = rng.choice([0.1, 0.25, 0.5, 0.75], 150)
        index = optimism_index(p, rng.random(150) < p, rng=rng, n_resamples=400)
        hits += index.low <= 1 <= index.high
        rejected += index.pvalue <= 0.05
    assert 0.90 <= hits / 200 <= 0.985
    assert rejected / 200 <= 0.09


def test_exact_and_simulated_test_agree():
    """For few outcomes the simulated test with equal weights is the exact one within simulation error."""
    p, y = [0.2, 0.4, 0.6, 0.8] * 5, [1, 0, 1, 1] * 5
    exact = optimism_index(p, y, rng=np.random.default_rng(1), n_resamples=50)
    simulated = optimism_index(p, y, weights=np.full(20, 7.0), rng=np.random.default_rng(1), n_resamples=50)
    assert exact.statistic == pytest.approx(simulated.statistic)
    assert exact.pvalue == pytest.approx(simulated.pvalue, abs=0.02)
    assert exact.estimate == pytest.approx(10 / 15)


def test_clusters_widen_the_interval():
    """Outcomes that rise and fall together are not taken for many independent ones."""
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(10), 20)
    y = np.repeat([1, 0] * 5, 20)
    p = np.full(200, 0.5)
    alone = optimism_index(p, y, rng=rng)
    together = optimism_index(p, y, clusters=group, rng=rng)
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_value_weights_decide():
    """The value index follows the amounts: optimism about the one large outcome shows."""
    index = optimism_index([0.5] * 4, [1, 1, 0, 0], weights=[10, 10, 10, 1000], rng=np.random.default_rng(1))
    assert index.estimate == pytest.approx(515 / 20)


def test_probabilities_without_information():
    """No spread, only one kind of outcome, separation and empty input give NaN and not an exception."""
    nothing = recalibration([0.3] * 20, [0, 1] * 10)
    assert np.isnan([nothing.slope, nothing.u_pvalue]).all()
    assert np.isfinite(nothing.in_the_large)
    assert np.isnan(recalibration([0.2, 0.4, 0.6], [0, 0, 0]).slope)
    assert np.isnan(recalibration([0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1]).slope)
    assert np.isnan(recalibration([], []).slope)
    assert np.isnan(brier([], []))
    assert np.isnan(brier_decomposition([], []).brier)
    assert np.isnan(optimism_index([], [], rng=np.random.default_rng(1)).estimate)
    assert np.isnan(optimism_index([0.5] * 5, [0] * 5, rng=np.random.default_rng(1)).estimate)
    assert np.isnan(optimism_index([0.5], [1], rng=np.random.default_rng(1)).low)


def test_missing_pairs_are_left_out():
    """A pair without a probability or an outcome changes nothing but n."""
    assert brier([0.5, np.nan, 0.2], [1, 1, np.nan]) == 0.25
    assert recalibration([0.5, np.nan], [1, 1]).n == 1


def test_percentages_are_refused():
    """Probabilities written as percentages are named instead of scored."""
    with pytest.raises(ValueError, match="divided by 100"):
        brier([50, 20], [1, 0])
