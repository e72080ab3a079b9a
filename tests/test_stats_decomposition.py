"""Decomposition: the parts always make up the whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salesaudit.stats import lmdi, logarithmic_mean, shapley, variance_shares

factors = hnp.arrays(float, (4, 3), elements=st.one_of(st.just(0.0), st.floats(0.01, 1e4)))


@given(factors, factors)
@settings(max_examples=60, deadline=None)
def test_contributions_sum_to_the_change(before, after):
    """LMDI and Shapley leave no residual, in any row, zeros included."""
    change = after.prod(axis=1) - before.prod(axis=1)
    # Shapley mixes factors of both periods, so rounding scales with the largest such product.
    scale = max(1.0, np.maximum(before, after).prod(axis=1).max())
    for method in (lmdi, shapley):
        assert np.allclose(method(before, after).sum(axis=1), change, atol=1e-12 * scale)


@given(factors, factors)
@settings(max_examples=30, deadline=None)
def test_running_time_backwards_changes_the_sign(before, after):
    """Both splits are time-reversal symmetric, so that before and after can be swapped."""
    scale = max(1.0, np.maximum(before, after).prod(axis=1).max())
    for method in (lmdi, shapley):
        assert np.allclose(method(before, after), -method(after, before), atol=1e-12 * scale)


def test_methods_agree_on_small_changes():
    """For changes of some per cent the two exact methods tell the same story."""
    before, after = [[100, 0.4, 5000]], [[110, 0.38, 5200]]
    assert lmdi(before, after).to_numpy() == pytest.approx(shapley(before, after).to_numpy(), rel=0.01)


def test_labels_are_kept_and_missing_stays_missing():
    """Items and factors keep their names, and an item with an unknown factor is NaN, not zero."""
    before = pd.DataFrame({"volume": [10.0, 5], "price": [2.0, np.nan]}, index=["x", "y"])
    after = pd.DataFrame({"volume": [12.0, 5], "price": [2.5, 3.0]}, index=["x", "y"])
    parts = lmdi(before, after)
    assert (parts.columns.tolist(), parts.index.tolist()) == (["volume", "price"], ["x", "y"])
    assert parts.loc["y"].isna().all()
    with pytest.raises(ValueError, match="same rows"):
        lmdi(before, after.iloc[::-1])
    with pytest.raises(ValueError, match="shapley"):
        lmdi([[1, -2]], [[1, 2]])


def test_logarithmic_mean():
    """The logarithmic mean lies between geometric and arithmetic mean, also for nearly equal values."""
    assert logarithmic_mean(2, 1) == pytest.approx(1 / np.log(2))
    assert logarithmic_mean(3, 3) == 3
    assert logarithmic_mean(0, 5) == 0
    # (1e9 - 1e-6) / ln(1e15), to which a shortcut through log1p is blind
    assert logarithmic_mean(1e-6, 1e9) == pytest.approx(1e9 / (15 * np.log(10)), rel=1e-12)
    assert logarithmic_mean(1 + 1e-12, 1) == pytest.approx(1, abs=1e-11)


def test_variance_shares():
    """Shares of the spread sum to one and go to the factor that varies."""
    rng = np.random.default_rng(1)
    logs = pd.DataFrame({"a": rng.normal(0, 1, 50), "b": rng.normal(0, 0.1, 50), "c": np.zeros(50)})
    shares = variance_shares(logs)
    assert shares.sum() == pytest.approx(1)
    assert shares["a"] > 0.9
    assert shares["c"] == 0
    assert variance_shares(logs.iloc[:1]).isna().all()
    assert variance_shares(np.ones((5, 2))).isna().all()
