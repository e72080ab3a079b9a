"""Competing risks: identities, late entry and the edges of the curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesaudit.stats import aalen_johansen, kaplan_meier_median

units = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3), st.integers(0, 11)), min_size=1, max_size=40)


@given(units, st.booleans())
@settings(max_examples=60, deadline=None)
def test_states_sum_to_one(rows, late):
    """At every time the causes and the survivors make up everybody, and limits stay around the estimate."""
    time, cause, entry = (np.array(column) for column in zip(*rows, strict=True))
    incidence = aalen_johansen(time, cause, entry=entry if late else None)
    frame = incidence.frame
    total = frame.groupby("time")["estimate"].sum() + frame.groupby("time")["survival"].first()
    assert np.allclose(total, 1)
    assert ((frame["low"] <= frame["estimate"] + 1e-9) & (frame["estimate"] <= frame["high"] + 1e-9)).all()
    assert frame[["low", "high"]].stack().between(0, 1 + 1e-12).all()
    for t in (0.5, 5, 99):
        interval = incidence.at(t, 1)
        assert incidence.n == 0 or 0 <= interval.low <= interval.estimate <= interval.high <= 1


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 2)), min_size=2, max_size=40))
@settings(max_examples=30, deadline=None)
def test_without_censoring_it_is_the_share(rows):
    """When everything has ended, the incidence is the plain share with its binomial standard error."""
    time, cause = (np.array(column) for column in zip(*rows, strict=True))
    incidence = aalen_johansen(time, cause)
    share = (cause == 1).mean()
    assert incidence.at(9, 1).estimate == pytest.approx(share)
    last = incidence.frame[incidence.frame["cause"] == 1]
    if len(last):
        assert last["se"].iloc[-1] == pytest.approx(np.sqrt(share * (1 - share) / len(rows)), abs=1e-7)


def test_late_entry_at_time_zero_is_no_late_entry():
    """The estimator for late entry gives the library's numbers when everybody was there from the start."""
    rng = np.random.default_rng(1)
    time, cause = rng.integers(1, 30, 80), rng.integers(0, 3, 80)
    plain, late = aalen_johansen(time, cause), aalen_johansen(time, cause, entry=np.zeros(80))
    for column in ("estimate", "low", "high", "at_risk"):
        assert np.allclose(plain.frame[column], late.frame[column])


def test_coverage_where_closed_only_shares_fail():
    """With a third still open, the interval covers the truth; the share among the closed is far off."""
    rng = np.random.default_rng(9)
    hits, closed_only = 0, []
    for _ in range(200):
        won, lost, watched = rng.exponential(100, 40), rng.exponential(200, 40), rng.uniform(20, 300, 40)
        time = np.minimum.reduce([won, lost, watched])
        cause = np.select([time == watched, time == won], [0, 1], 2)
        interval = aalen_johansen(time, cause).at(90, 1)
        truth = (1 / 100) / (3 / 200) * (1 - np.exp(-90 * 3 / 200))
        hits += interval.low <= truth <= interval.high
        closed = cause[(cause > 0) & (time <= 90)]
        closed_only.append((closed == 1).mean() - truth)
    assert 0.91 <= hits / 200 <= 0.985
    assert np.mean(closed_only) > 0.1


def test_steps():
    """The value at a time is that of the last step, with an exact upper limit before the first event."""
    incidence = aalen_johansen([2, 4, 4, 6, 8], [1, 2, 0, 1, 0])
    assert incidence.at(1.9, 1).estimate == 0
    assert incidence.at(1.9, 1).high == pytest.approx(0.5218, abs=1e-4)  # 0 of 5: 1 - .025^(1/5)
    assert incidence.at(2, 1).estimate == incidence.at(5.9, 1).estimate == pytest.approx(0.2)
    assert incidence.at(100, 1).estimate == incidence.at(6, 1).estimate == pytest.approx(0.2 + 0.6 / 2)
    assert incidence.at(6, 7).estimate == 0
    assert incidence.horizon(min_at_risk=4) == 4
    assert incidence.ultimate(1, min_at_risk=2).estimate == pytest.approx(0.5)
    assert np.isnan(incidence.ultimate(1).estimate)


def test_degenerate_groups():
    """Nobody, one unit, all at once and nothing but open cases are answered, not raised."""
    assert np.isnan(aalen_johansen([], []).at(5, 1).estimate)
    assert np.isnan(aalen_johansen([3], [1], entry=[5]).at(5, 1).estimate)
    assert aalen_johansen([3], [1]).at(5, 1).estimate == 1
    assert aalen_johansen([3], [1]).at(5, 1).low == pytest.approx(0.025)
    everybody = aalen_johansen([3] * 20, [2] * 20)
    assert everybody.causes == (2,)
    assert (everybody.at(3, 2).estimate, everybody.at(3, 2).high) == (1, 1)
    assert everybody.at(3, 2).low == pytest.approx(0.8316, abs=1e-4)  # Clopper-Pearson 20 of 20
    still_open = aalen_johansen([3, 5, 8], [0, 0, 0])
    assert still_open.causes == ()
    assert (still_open.at(4, 1).estimate, still_open.at(4, 1).low) == (0, 0)
    assert still_open.at(4, 1).high < 1


def test_missing_times_are_refused():
    """A missing time is the caller's exclusion to count, not something to drop in silence."""
    with pytest.raises(ValueError, match="missing"):
        aalen_johansen([1.0, np.nan], [1, 1])
    with pytest.raises(ValueError, match="cause"):
        aalen_johansen([1.0, 2.0], [1, -1])


def test_median_without_answer():
    """A median that was not reached is NaN, and its upper limit open."""
    assert np.isnan(kaplan_meier_median([3, 5, 8], [0, 0, 0]).estimate)
    assert np.isnan(kaplan_meier_median([3, 5, 8, 9], [1, 0, 0, 0]).estimate)
    assert kaplan_meier_median([3], [1]).estimate == 3
    assert kaplan_meier_median([1, 2, 3, 4, 5], [1] * 5).estimate == 3
    assert np.isnan(kaplan_meier_median([], []).estimate)
