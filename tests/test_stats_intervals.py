"""Intervals: identities, and input that says nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesaudit.stats import (
    bca_mean,
    clopper_pearson,
    poisson_exact,
    proportion_difference,
    ratio_of_totals,
    wilson,
)


@given(st.integers(0, 400), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_limits_stay_inside_and_around(k, n):
    """A share's interval lies in 0-1 and contains the share, whatever the counts."""
    k = min(k, n)
    for interval in (wilson(k, n), clopper_pearson(k, n)):
        assert 0 <= interval.low <= k / n <= interval.high <= 1
    assert -1 <= proportion_difference(k, n, n - k, n).low <= proportion_difference(k, n, n - k, n).high <= 1


def test_no_information_is_the_whole_space():
    """Without trials or exposure the interval is everything that is possible, not a failure."""
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert (clopper_pearson(0, 0).low, clopper_pearson(0, 0).high) == (0, 1)
    assert proportion_difference(0, 0, 1, 2).high == 1
    assert poisson_exact(0, 0).high == np.inf
    assert np.isnan(wilson(0, 0).estimate)


def test_one_sided_limits_are_closed():
    """A one-sided limit leaves the other side at the edge of the parameter space."""
    assert clopper_pearson(3, 30, alternative="less").low == 0
    assert clopper_pearson(3, 30, alternative="greater").high == 1
    assert clopper_pearson(30, 30, alternative="less").high == 1
    with pytest.raises(ValueError, match="two-sided"):
        clopper_pearson(3, 30, alternative="upper")


def test_more_successes_than_trials_is_refused():
    """A count that cannot be is named instead of turned into a share above one."""
    with pytest.raises(ValueError, match="between 0 and"):
        wilson(5, 4)


def test_ratio_with_unit_denominators_is_the_t_interval_of_a_mean():
    """The ratio estimator reduces to mean +- t s / sqrt(n), which a textbook gives by hand."""
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    interval = ratio_of_totals(values, [1] * 5, range(5), scale="identity")
    # mean 3, s = 1.581139, t_4 = 2.776445: 3 -+ 1.963243
    assert (interval.low, interval.high) == pytest.approx((1.036757, 4.963243), abs=1e-6)
    assert interval.n == 5


def test_ratio_counts_clusters_and_not_rows():
    """Writing every row twice changes nothing, because rows of one cluster are not independent."""
    top, bottom, label = [3.0, 5, 2, 8], [10.0, 12, 9, 20], ["a", "b", "c", "d"]
    once = ratio_of_totals(top, bottom, label, scale="logit")
    twice = ratio_of_totals(top * 2, bottom * 2, label * 2, scale="logit")
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high))
    assert 0 < once.low < once.estimate < once.high < 1


@pytest.mark.parametrize("scale", ["log", "logit", "identity"])
def test_ratio_without_information(scale):
    """One cluster, no variation, a ratio of zero and empty input never look certain."""
    assert np.isnan(ratio_of_totals([], [], [], scale=scale).estimate)
    for top in ([1.0, 1, 1], [0.0, 0, 0]):
        interval = ratio_of_totals(top, [2.0, 2, 2], [1, 2, 3], scale=scale)
        assert interval.low <= 0
        assert interval.high >= 1
    assert ratio_of_totals([1.0, 2], [2.0, 3], [7, 7], scale=scale).high >= 1


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_ratio_coverage(scale):
    """With twelve unequal clusters the interval covers the true ratio about as often as it says."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        size = rng.gamma(4, 10, 12)
        interval = ratio_of_totals(size * rng.beta(8, 12, 12), size, np.arange(12), scale=scale)
        hits += interval.low <= 0.4 <= interval.high
    assert 0.91 <= hits / 300 <= 0.985


def test_bca_mean():
    """The bootstrap leans to the long tail, repeats with the seed and refuses to be sure of equal values."""
    values = np.random.default_rng(1).lognormal(0, 1, 60)
    interval = bca_mean(values, rng=np.random.default_rng(2))
    assert interval == bca_mean(values, rng=np.random.default_rng(2))
    assert interval.high - interval.estimate > interval.estimate - interval.low
    for nothing in ([], [3.0], [3.0] * 20, [np.nan, np.nan]):
        assert np.isnan(bca_mean(nothing, rng=np.random.default_rng(2)).low)
    assert np.isfinite(bca_mean([1.0, 2.0], rng=np.random.default_rng(2)).high)
