"""Planning and evaluating samples: what a plan promises, and samples that say little."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesaudit.stats import (
    TwoStagePlan,
    allocate,
    attribute_plan,
    clopper_pearson,
    deviations_plan,
    for_response,
    monetary_sample_size,
    rogan_gladen,
    stratified_mean,
    stratified_proportion,
    stratified_ratio,
    stringer_bound,
    two_stage_plan,
    unreached_bounds,
)

strata = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6)


@given(st.floats(0.03, 0.3), st.floats(0, 0.5))
@settings(max_examples=25, deadline=None)
def test_the_plan_keeps_its_promise(tolerable, part):
    """With the accepted number of deviations the one-sided upper limit is at or below the tolerable rate."""
    plan = attribute_plan(tolerable, expected=part * tolerable)
    assert clopper_pearson(plan.accept, plan.n, alternative="less").high <= tolerable + 1e-9
    assert plan.accept >= part * tolerable * plan.n - 1e-6


def test_a_small_population_needs_fewer():
    """A finite population never needs more than an endless one, and at most all of it."""
    endless = attribute_plan(0.05).n
    assert attribute_plan(0.05, population=200).n < endless
    assert attribute_plan(0.05, population=100_000).n == endless
    assert attribute_plan(0.05, population=10).n == 10
    assert deviations_plan(0.05, 0).n == endless


@pytest.mark.parametrize("wrong", [{"tolerable": 0.05, "expected": 0.05}, {"tolerable": 0}, {"tolerable": 1.2}])
def test_rates_that_cannot_be(wrong):
    """A tolerable rate that is not above the expected one has no sample, and is named."""
    with pytest.raises(ValueError, match="tolerable"):
        attribute_plan(wrong.pop("tolerable"), **wrong)


def test_monetary_size_needs_room():
    """As with units, expected misstatement must stay below the tolerable one."""
    with pytest.raises(ValueError, match="tolerable"):
        monetary_sample_size(0.05, expected=0.06)


def test_two_stages_cost_less_when_all_is_well():
    """A two-stage plan accepts a clean population for sure, a bad one seldom, and mostly ends after one stage."""
    plan = two_stage_plan(0.05)
    assert plan.acceptance(0) == 1
    assert plan.acceptance(0.05) <= 0.10 < TwoStagePlan(plan.first - 1, plan.second - 1).acceptance(0.05)
    assert plan.expected_size(0) == plan.first < plan.expected_size(0.01) < plan.first + plan.second


def test_two_stages_by_simulation():
    """The formula of acceptance is what happens when the calls are made."""
    rng, plan = np.random.default_rng(1), TwoStagePlan(20, 30)
    first, second = rng.binomial(20, 0.06, 20_000), rng.binomial(30, 0.06, 20_000)
    accepted = (first == 0) | ((first == 1) & (second == 0))
    assert plan.acceptance(0.06) == pytest.approx(accepted.mean(), abs=0.01)


def test_for_response():
    """Contact of 60% inflates the sample by 1.67."""
    assert for_response(60, 0.6) == 100
    assert for_response(46, 0.6) == 77
    with pytest.raises(ValueError, match="response"):
        for_response(10, 0)


@given(
    st.lists(st.integers(0, 80), min_size=1, max_size=6),
    st.integers(0, 200),
    st.integers(0, 8),
)
@settings(max_examples=60, deadline=None)
def test_allocation_adds_up(sizes, n, minimum):
    """Every stratum gets its minimum and never more than it has; all together as many as asked for."""
    drawn = allocate(sizes, n, minimum=minimum)
    floor = np.minimum(sizes, minimum)
    assert (drawn >= floor).all()
    assert (drawn <= sizes).all()
    assert drawn.sum() == min(max(n, floor.sum()), sum(sizes))


def test_allocation_weights():
    """Suspicious strata are drawn three times as often; Neyman draws more where answers differ."""
    index = pd.Index(["plain", "suspicious"])
    assert allocate(pd.Series([100, 100], index=index), 40, weight=[1, 3])["suspicious"] == 30
    assert allocate([500, 500], 40, spread=[0.5, 0.3]).tolist() == [25, 15]
    assert allocate([1000, 10], 20, minimum=5).tolist() == [15, 5]


@given(strata)
@settings(max_examples=60, deadline=None)
def test_stratified_share_stays_inside(rows):
    """Whatever the strata, the interval lies in 0-1 around the estimate."""
    size, n, k = (np.array(column) for column in zip(*rows, strict=True))
    n = np.minimum(n, size)
    k = np.minimum(k, n)
    interval = stratified_proportion(k, n, size)
    if n.sum() == 0:
        assert (interval.low, interval.high) == (0, 1)
    else:
        assert 0 <= interval.low <= interval.estimate + 1e-9
        assert interval.estimate - 1e-9 <= interval.high <= 1


def test_one_stratum_without_end_is_clopper_pearson():
    """In a single stratum of an endless population the effective sample is nearly the sample: the exact interval."""
    found, exact = stratified_proportion([30], [100], [10**9]), clopper_pearson(30, 100)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=2e-3)


def test_all_agree():
    """Nobody false in any stratum is no certainty: the exact limit of all units together, not of each stratum."""
    found = stratified_proportion([0] * 12, [5] * 12, [60] * 12, alternative="less")
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 60), abs=1e-12)  # closed form
    assert stratified_proportion([5] * 4, [5] * 4, [60] * 4).low == pytest.approx(0.025 ** (1 / 20), abs=1e-12)


def test_a_census_has_no_sampling_error():
    """Where every unit was checked, the share is known."""
    found = stratified_proportion([3, 2], [5, 4], [5, 4])
    assert found.low == found.estimate == found.high == 5 / 9


def test_unreached():
    """If nobody could be reached the bounds are everything; if all were, both are the estimate."""
    worst, best = unreached_bounds([0, 0], [0, 0], [20, 20], [100, 100])
    assert (worst.estimate, best.estimate) == (0, 1)
    worst, best = unreached_bounds([15, 10], [20, 20], [20, 20], [100, 100])
    assert worst == best == stratified_proportion([15, 10], [20, 20], [100, 100])


def test_rogan_gladen():
    """A perfect memory changes nothing; 80% seen by a test right in 90% and 95% of cases means 88%."""
    assert rogan_gladen([0.8, 0.3], sensitivity=1, specificity=1) == pytest.approx([0.8, 0.3])
    assert rogan_gladen(0.8, sensitivity=0.90, specificity=0.95) == pytest.approx(0.75 / 0.85)
    assert rogan_gladen(0.01, sensitivity=0.9, specificity=0.9) == 0
    assert np.isnan(rogan_gladen(0.5, sensitivity=0.5, specificity=0.5))


def test_stratified_means_that_say_little():
    """One value in a stratum gives no interval; a stratum without size is named; a census is exact."""
    lone = stratified_mean([3.0, 4, 5], ["a", "a", "b"], pd.Series({"a": 10, "b": 10}))
    assert lone.estimate == pytest.approx((3.5 + 5) / 2)
    assert np.isnan(lone.low)
    with pytest.raises(ValueError, match="lacks"):
        stratified_mean([3.0], ["c"], pd.Series({"a": 10}))
    census = stratified_ratio([1.0, 2, 3], [2.0, 2, 2], ["a", "a", "a"], pd.Series({"a": 3}))
    assert census.low == census.high == 1
    assert np.isnan(stratified_ratio([1.0, 2], [0.0, 0], ["a", "a"], pd.Series({"a": 3})).estimate)


def test_stringer_edges():
    """Without errors the bound is the exact limit of none in n; errors only raise it; impossible ones are refused."""
    assert stringer_bound([], 59) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert stringer_bound([], 0) == 1
    assert stringer_bound([1] * 5, 5) == 1
    assert stringer_bound([0.5, 0], 59) > stringer_bound([0.1], 59) > stringer_bound([], 59)
    with pytest.raises(ValueError, match="0-1"):
        stringer_bound([1.5], 10)
