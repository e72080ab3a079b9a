"""Money: ranges as people give them, and claims that compete for the same hours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesaudit.stats import (
    Claim,
    bootstrap_ratio,
    draw_inputs,
    joint_worth,
    pert,
    pert_from_quantiles,
    ratio_of_totals,
    skewed_mean,
    value_of_information,
)


@given(st.floats(0, 50), st.floats(0.5, 40), st.floats(0.35, 0.65))
@settings(max_examples=25, deadline=None)
def test_quantiles_come_back(p10, width, place):
    """A range given as 10/50/90 becomes a PERT with just these quantiles."""
    p50, p90 = p10 + place * width, p10 + width
    low, mode, high = pert_from_quantiles(p10, p50, p90)
    assert low <= mode <= high
    draws = pert(low, mode, high, rng=np.random.default_rng(1), size=20_000)
    assert np.quantile(draws, [0.1, 0.5, 0.9]) == pytest.approx([p10, p50, p90], abs=0.03 * width)


def test_quantiles_beyond_pert():
    """A median at one end moves inward and the outer two hold; equal numbers are a constant; disorder is refused."""
    low, mode, _ = pert_from_quantiles(2, 2.1, 10)
    assert low == mode < 2
    assert pert_from_quantiles(3, 3, 3) == (3, 3, 3)
    assert np.isnan(pert_from_quantiles(np.nan, 3, 4)).all()
    with pytest.raises(ValueError, match="order"):
        pert_from_quantiles(5, 4, 9)


def test_inputs_do_not_depend_on_their_order():
    """The same seed gives the same draws, in whatever order inputs are named; a number is taken as known."""
    forward = draw_inputs({"a": (1, 2, 4), "b": (5, 6, 9), "c": 7}, rng=np.random.default_rng(3), draws=50)
    backward = draw_inputs({"c": 7, "b": (5, 6, 9), "a": (1, 2, 4)}, rng=np.random.default_rng(3), draws=50)
    for name, draws in forward.items():
        np.testing.assert_array_equal(draws, backward[name])
    assert (forward["c"] == 7).all()
    assert not np.allclose((forward["a"] - 1) / 3, (forward["b"] - 5) / 4)


def test_hours_are_freed_once():
    """Two claims on the same 100 hours: by chance they overlap, and known to differ they fill the pool."""
    claims = [Claim("x", 60, 2.0, pool="hours"), Claim("y", 50, 2.0, pool="hours")]
    by_chance = joint_worth(claims, {"hours": 100})
    assert by_chance.joint.p50 == pytest.approx(2 * (100 - 40 * 50 / 100))  # 80 hours: 1 - .4 (.5)
    assert by_chance.added.p50 == pytest.approx(2 * 110)
    apart = joint_worth(claims, {"hours": 100}, overlap="disjoint")
    assert apart.joint.p50 == pytest.approx(200)
    assert apart.frame["p50"].to_numpy() == pytest.approx([200 * 6 / 11, 200 * 5 / 11])


amounts = st.lists(
    st.tuples(st.floats(-5, 200), st.just(0.0) | st.floats(1e-3, 9), st.floats(0, 1), st.booleans()),
    min_size=1,
    max_size=5,
)


@given(amounts, st.sampled_from(["independent", "disjoint"]))
@settings(max_examples=60, deadline=None)
def test_joint_is_never_more_than_the_sum(rows, overlap):
    """The whole is worth at most the sum, the pool gives at most what it has, and parts make up the whole."""
    rng = np.random.default_rng(1)
    claims = [
        Claim(str(i), a * rng.uniform(0.5, 1.5, 40), price, share, "pool" if pooled else None)
        for i, (a, price, share, pooled) in enumerate(rows)
    ]
    found = joint_worth(claims, {"pool": 80.0}, overlap=overlap)
    assert found.parts.sum(axis=0) == pytest.approx(found.draws)
    assert found.joint.p50 <= found.added.p50 + 1e-6
    pooled = [i for i, claim in enumerate(claims) if claim.pool and np.all(np.asarray(claim.price) > 0)]
    if pooled:
        hours = sum(found.parts[i] / (claims[i].price * max(claims[i].realised, 1e-12)) for i in pooled)
        assert (hours <= 80 + 1e-6).all()


def test_a_lone_claim_is_its_own_worth():
    """Nothing competes: the joint is the claim, and a claim outside every pool is untouched."""
    draws = np.linspace(0, 10, 101)
    found = joint_worth([Claim("x", draws, 3, 0.5)])
    assert (found.joint.p10, found.joint.p50, found.joint.p90) == pytest.approx((1.5, 7.5, 13.5))
    assert found.joint == found.added
    assert np.isnan(joint_worth([]).joint.p50)
    with pytest.raises(KeyError, match="capacity"):
        joint_worth([Claim("x", 1, 1, pool="hours")])
    with pytest.raises(ValueError, match="overlap"):
        joint_worth([Claim("x", 1, 1)], overlap="some")


def test_value_of_information():
    """A coin decides which of two options pays 10: knowing it is worth 5; where one is always best it is worth 0."""
    assert value_of_information([[10, 0], [0, 10]]) == 5
    assert value_of_information([[3, 1], [9, 2]]) == 0


def test_bootstrap_ratio():
    """With many clusters the bootstrap agrees with the linearised interval, and repeats with the seed."""
    rng = np.random.default_rng(4)
    size = rng.gamma(3, 5, 80)
    top, label = size * rng.gamma(2, 0.5, 80), np.arange(80)
    found = bootstrap_ratio(top, size, label, rng=np.random.default_rng(1))
    straight = ratio_of_totals(top, size, label)
    assert found == bootstrap_ratio(top, size, label, rng=np.random.default_rng(1))
    assert (found.low, found.high) == pytest.approx((straight.low, straight.high), rel=0.06)
    split = bootstrap_ratio(
        np.r_[top, top] / 2, np.r_[size, size] / 2, np.r_[label, label], rng=np.random.default_rng(1)
    )
    assert (split.low, split.high, split.n) == pytest.approx((found.low, found.high, 80))
    for nothing in ([], [0], [0, 0, 0]):
        same = np.ones(len(nothing))
        assert np.isnan(bootstrap_ratio(same, same, nothing, rng=rng).low)
    assert np.isnan(bootstrap_ratio([1.0, 2], [2.0, 4], [0, 1], rng=rng).low)


def test_skewed_mean():
    """Few log-normal values get the log-normal interval, which covers; many get the bootstrap; none get NaN."""
    rng, hits = np.random.default_rng(6), 0
    for _ in range(300):
        found = skewed_mean(rng.lognormal(0, 0.9, 15), rng=rng)
        hits += found.low <= np.exp(0.405) <= found.high
    assert 0.90 <= hits / 300 <= 0.98
    many = rng.lognormal(0, 1, 40)
    assert skewed_mean(many, rng=np.random.default_rng(1)).n == 40
    assert skewed_mean([0.0, 1, 5], rng=rng).low < 0
    assert np.isnan(skewed_mean([2.0], rng=rng).low)
    clustered = skewed_mean(many, clusters=np.arange(40) % 20, rng=np.random.default_rng(1))
    assert clustered.n == 20
