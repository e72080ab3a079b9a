"""Series and comparisons: control limits, heaping, permutations, recurrent events, standard mixes, funnels."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesaudit.stats import (
    against_null,
    anchoring,
    buhlmann_straub,
    chance_latest_is_best,
    expected_regression,
    funnel,
    icc1,
    james_stein,
    latest_is_best,
    log_limits,
    mantel_haenszel,
    mean_cumulative,
    merge_small_strata,
    overdispersion,
    permutation_test,
    poisson_regression,
    pooled_rate,
    standardised_rate,
    stated_over_measured,
    staying_share,
    target_heaping,
    xmr_limits,
)


def test_xmr_marks_what_is_unusual():
    """A jump and a run of eight on one side are marked, gaps are not bridged, and a floor holds."""
    calm = [10.0, 11, 10, 9, 10, 11, 9, 10, 10, 11]
    limits = xmr_limits([*calm, 30])
    assert limits.outside.tolist() == [False] * 10 + [True]
    assert xmr_limits([0.0, 4, 0, 4], floor=0).low == 0
    drifting = xmr_limits([1.0, 2] * 5 + [8.0, 9] * 5)
    assert drifting.runs.sum() == 6
    gap = xmr_limits([1.0, 2, np.nan, 9, 10])
    assert gap.range_centre == 1
    assert np.isnan(xmr_limits([5.0]).centre)


def test_latest_is_best():
    """The latest window is the best only if it beats all others, and the chance of that does not depend on the unit."""
    assert latest_is_best([1, 2, 3, 9], 2)
    assert not latest_is_best([9, 9, 1, 2], 2)
    rng = np.random.default_rng(2)
    values = rng.poisson(20, 26)
    one, tenfold = (
        chance_latest_is_best(26, 2, values=values * k, rng=np.random.default_rng(1), n_permutations=4000)
        for k in (1, 10)
    )
    assert one == tenfold
    assert 1 / 25 * 0.8 < one < 0.08
    assert chance_latest_is_best(10, 10, rng=rng) == 1
    with pytest.raises(ValueError, match="window"):
        chance_latest_is_best(5, 6)


def test_heaping_by_hand():
    """Poisson-like counts with mean 8: at a target of 10 one expects m / T, and eight against one is too many."""
    counts = [10] * 8 + [9] + [6, 7, 5, 8, 7, 6, 8, 7, 6]
    found = target_heaping(counts, 10)
    mean = np.mean(counts)
    assert np.var(counts, ddof=1) < mean
    assert found.expected_share == pytest.approx(mean / 10 / (1 + mean / 10))
    assert (found.at, found.below, found.n) == (8, 1, 18)
    assert found.moved == pytest.approx(8 - 9 * found.expected_share)
    assert found.pvalue < 0.05
    assert np.isnan(target_heaping([1, 2, 3], 50).pvalue)
    assert np.isnan(target_heaping([], 5).expected_share)


def test_heaping_keeps_its_level():
    """Smooth overdispersed counts are called heaped in about one of twenty; moved ones are found."""
    rng, false, found = np.random.default_rng(3), 0, 0
    for _ in range(300):
        counts = rng.negative_binomial(8, 8 / (8 + 12), 104)
        false += target_heaping(counts, 12).pvalue <= 0.05
        moved = np.where((counts == 11) & (rng.random(104) < 0.9), 12, counts)
        found += target_heaping(moved, 12).pvalue <= 0.05
    assert false / 300 <= 0.08
    assert found / 300 >= 0.6


def test_permutation_within_groups():
    """Values stay in their group, order across groups does not matter, and the p-value never is zero."""
    values, groups = np.array([1.0, 2, 3, 10, 20, 30]), ["a", "a", "a", "b", "b", "b"]
    seen = set()

    def first_three(x):
        seen.add(tuple(sorted(x[:3])))
        return float(x[0])

    found = permutation_test(first_three, values, groups=groups, rng=np.random.default_rng(1), n_permutations=200)
    assert seen == {(1.0, 2.0, 3.0)}
    assert found.null_mean == pytest.approx(2, abs=0.2)
    trend = permutation_test(lambda x: float(x @ np.arange(9)), np.arange(9.0), rng=np.random.default_rng(1))
    assert trend.pvalue == pytest.approx(1 / 1001)
    again = permutation_test(lambda x: float(x @ np.arange(9)), np.arange(9.0), rng=np.random.default_rng(1))
    np.testing.assert_array_equal(trend.null, again.null)
    assert np.isnan(permutation_test(lambda x: np.nan, [1, 2], rng=np.random.default_rng(1)).pvalue)


def test_permutation_keeps_its_level():
    """Without any effect p-values are uniform: one in ten is at or below 0.10."""
    rng = np.random.default_rng(8)
    weight = np.arange(12.0)
    below = [
        permutation_test(lambda x: float(x @ weight), rng.normal(size=12), rng=rng, n_permutations=99).pvalue <= 0.10
        for _ in range(300)
    ]
    assert 0.05 <= np.mean(below) <= 0.15


def test_mean_cumulative_without_repeats():
    """Events that happen once each to all make a mean of 1, with no spread left; late units are not at risk before."""
    curve = mean_cumulative([0, 0, 0], [1, 2, 3], [1, 1, 1], ["a", "b", "c"])
    assert curve["estimate"].tolist() == pytest.approx([1 / 3, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2 + 1])  # Nelson-Aalen
    late = mean_cumulative([0, 5], [3, 9], [1, 1], ["a", "b"])
    assert late["at_risk"].tolist() == [1, 1]
    assert mean_cumulative([], [], [], []).empty
    with pytest.raises(ValueError, match="start"):
        mean_cumulative([3], [2], [1], [1])


def test_mean_cumulative_covers():
    """With units that differ in how often it happens to them the interval covers the mean number."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(200):
        rate = rng.gamma(2, 0.5, 60)
        until = rng.uniform(0.5, 2, 60)
        rows = []
        for unit, (r, end) in enumerate(zip(rate, until, strict=True)):
            times = np.sort(rng.uniform(0, end, rng.poisson(r * end)))
            edges = [0.0, *times, end]
            rows += [(a, b, i < len(times), unit) for i, (a, b) in enumerate(pairwise(edges))]
        start, stop, event, unit = zip(*rows, strict=True)
        curve = mean_cumulative(start, stop, event, unit)
        last = curve[curve["time"] <= 1].iloc[-1]
        hits += last["low"] <= 1 <= last["high"]
    assert 0.91 <= hits / 200 <= 0.985


def test_standardisation():
    """Equal rates in every stratum give equal standardised rates, whatever the mix; nothing at all is no rate."""
    fast, slow = standardised_rate([50, 10], [10, 5], [1, 1]), standardised_rate([5, 100], [1, 50], [1, 1])
    assert fast.estimate == slow.estimate == 3.5
    assert fast.low < 3.5 < fast.high
    wider = standardised_rate([50, 10], [10, 5], [1, 1], dispersion=4)
    assert np.log(wider.high / 3.5) == pytest.approx(2 * np.log(fast.high / 3.5))
    assert standardised_rate([50, 0], [10, 0], [1, 1]).estimate == 5
    assert np.isnan(standardised_rate([0], [0], [1]).estimate)
    by_label = standardised_rate(
        pd.Series([10, 50], index=["b", "a"]), pd.Series([10, 5], index=["a", "b"]), pd.Series([1, 1], index=["b", "a"])
    )
    assert by_label.estimate == 3.5


def test_odds_without_information():
    """Strata that hold one group only say nothing about the difference."""
    found = mantel_haenszel([[[5, 3], [0, 0]], [[0, 0], [4, 4]]])
    assert np.isnan(found.ratio.estimate)
    assert found.ratio.high == np.inf
    assert mantel_haenszel([[[5, 3], [2, 6]]]).ratio.estimate == pytest.approx(5 * 6 / (3 * 2))


def test_small_strata_merge():
    """No stratum is left with fewer than five units unless there are none."""
    merged = merge_small_strata(pd.Series([3, 7, 1, 1, 9, 2], index=list("abcdef")))
    assert merged.to_dict() == {"a": "a", "b": "a", "c": "c", "d": "c", "e": "c", "f": "c"}
    assert merge_small_strata(pd.Series([2], index=["a"])).tolist() == ["a"]
    assert merge_small_strata(pd.Series([9, 9], index=["a", "b"])).tolist() == ["a", "b"]


def test_funnel_widens_with_the_spread():
    """One wild unit does not widen the limits for all (winsorising); a spread of all does."""
    rng = np.random.default_rng(3)
    y, se = 0.1 * stats.norm.ppf((np.arange(20) + 0.5) / 20), np.full(20, 0.1)
    calm = funnel(pd.Series(y), se)
    one_wild = funnel(pd.Series(np.r_[y[:-1], 3.0]), se, target=calm.target)
    assert one_wild.phi < 2
    assert one_wild.frame["beyond_998"].tolist() == [False] * 19 + [True]
    spread = funnel(rng.normal(0, 0.4, 20), se)
    assert spread.phi > 4
    assert spread.tau2 > 0.02
    naive = spread.frame["z"].abs() > 3.09
    assert spread.frame["beyond_998"].sum() <= naive.sum() / 2
    assert np.isnan(overdispersion([np.nan]))
    assert funnel([0.1, np.nan], [0.1, 0.1]).frame["beyond_95"].tolist() == [False, False]
    low, high = log_limits([10, 1000], dispersion=2.0)
    assert low * high == pytest.approx(1)
    assert high[0] > high[1] > 1
    assert log_limits(10.0**9, tau2=0.01)[1] == pytest.approx(np.exp(1.96 * 0.1), abs=1e-4)


def test_regression_to_the_mean_by_simulation():
    """The worst tenth of units with reliability .5 comes back by the amount that the formula says."""
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1, 200_000)
    first, second = (truth + rng.normal(0, 1, truth.size) for _ in range(2))
    low = first < np.quantile(first, 0.1)
    predicted = expected_regression(0, np.sqrt(2), np.quantile(first, 0.1), icc1(np.c_[first, second]))
    assert (second[low] - first[low]).mean() == pytest.approx(predicted, rel=0.02)
    assert expected_regression(5, 0, 4, 0.5) == 0
    assert expected_regression(5, 2, 4, 1.0) == 0
    assert staying_share(0.2, 1) == 1
    assert staying_share(0.2, 0) == pytest.approx(0.2, abs=1e-6)
    assert np.isnan(icc1([[1.0, 2]]))


def test_credibility_edges():
    """Units that differ no more than chance get the common mean; few units are left alone."""
    alike = buhlmann_straub([[1.0, 3], [3, 1], [2, 2]], np.ones((3, 2)))
    assert alike.between == 0
    assert (alike.frame["estimate"] == 2).all()
    assert buhlmann_straub([[1.0, np.nan]], [[2.0, 0]]).frame["estimate"].item() == 1
    assert james_stein([1.0, 2, 3], 1.0)[1] == 1
    assert james_stein([2.0] * 5, 1.0)[1] == 0


def test_poisson_regression_refuses_what_it_cannot_know():
    """Columns that repeat each other are named; units without events and missing rows are left out."""
    design = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 2, 4, 6, 8, 10]})
    with pytest.raises(ValueError, match="do not determine"):
        poisson_regression([1, 2, 3, 4, 5, 6], design)
    some = poisson_regression([1, 2, np.nan, 4, 5, 6], design[["x"]], exposure=[1, 1, 1, 0, 1, 1])
    assert some.n == 4
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    unit = np.repeat(np.arange(20), 10)
    counts = rng.poisson(np.exp(0.5 * x + unit / 20)) * (unit > 0)
    fit = poisson_regression(counts, pd.DataFrame({"x": x}), effects=pd.DataFrame({"u": unit}), clusters=unit)
    assert fit.n == 190
    assert fit.df == 18
    assert fit.frame.loc["x", "low"] < 0.5 < fit.frame.loc["x", "high"]
    assert fit.sum_of(["x"]).estimate == fit.frame.loc["x", "estimate"]


def test_stated_over_measured():
    """One person's statement has the uncertainty of the measured rate only; several add their disagreement."""
    measured = pooled_rate(np.random.default_rng(1).poisson(60, 26), np.full(26, 5.0))
    lone, several = stated_over_measured([18], measured), stated_over_measured([14, 18, 23], measured)
    assert np.log(lone.high / lone.estimate) == pytest.approx(np.log(measured.high / measured.estimate))
    assert several.estimate == pytest.approx((14 * 18 * 23) ** (1 / 3) / measured.estimate)
    assert several.high / several.estimate > lone.high / lone.estimate
    assert np.isnan(stated_over_measured([], measured).estimate)
    assert np.isnan(stated_over_measured([3.0], pooled_rate([0, 0], [1.0, 1])).estimate)
    with pytest.raises(ValueError, match="above 0"):
        stated_over_measured([0.0], measured)


def test_anchoring():
    """Five of six nearer to the target is p = .22 by the sign test; a target as measured has no position."""
    found = anchoring([19, 18, 21, 20, 17, 11], measured=12, target=20)
    assert (found.nearer_target, found.nearer_measured) == (5, 1)
    assert found.pvalue == pytest.approx(14 / 64)  # 2 (6 + 1) / 2^6
    assert found.index[3] == pytest.approx(1)
    assert np.isnan(anchoring([12.0], 12, 12.5).index).all()
    assert np.isnan(anchoring([np.sqrt(12 * 20)], 12, 20).pvalue)


def test_against_null_counts_the_observed_order_too():
    """The observed order is one of those that chance can make: one of hundred is the least p-value of 99 draws."""
    null = np.arange(99.0)
    assert against_null(99.0, null).pvalue == 0.01
    assert against_null(98.0, null).pvalue == 0.02
    assert against_null(98.0 + 1e-14, null).pvalue == 0.02
    assert against_null(99.0, null, alternative="two-sided").pvalue == 0.02
    assert against_null(-1.0, null, alternative="less").pvalue == 0.01
    assert against_null(49.0, null).null_mean == 49
    assert np.isnan(against_null(1.0, []).pvalue)
    assert np.isnan(against_null(np.nan, null).pvalue)
    with pytest.raises(ValueError, match="alternative"):
        against_null(1.0, null, alternative="more")
