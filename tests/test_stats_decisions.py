"""Multiplicity, severity and money: what is named, coloured and priced."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from salesaudit.stats import (
    benjamini_hochberg,
    classify,
    classify_normal,
    count_needed_rate,
    fisher_versus_others,
    percentiles,
    pert,
    units_needed_share,
)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_qvalues_keep_the_order(pvalues):
    """A smaller p-value never gets a larger q-value, and q is never below p."""
    q = benjamini_hochberg(pvalues)
    order = np.argsort(pvalues)
    assert (np.diff(q[order]) >= -1e-12).all()
    assert (q >= np.asarray(pvalues) - 1e-12).all()


def test_fisher_tea_tasting():
    """A unit against the others is Fisher's exact test: the lady tasting tea, p = .4857."""
    frame = fisher_versus_others(pd.Series([3, 1], index=["milk", "tea"]), pd.Series([4, 4], index=["milk", "tea"]))
    assert frame["pvalue"].tolist() == pytest.approx([0.485714, 0.485714], abs=1e-6)  # Fisher 1935: 34/70
    assert frame.loc["milk", ["estimate", "others", "difference"]].tolist() == [0.75, 0.25, 0.5]


def test_fisher_skips_empty_units():
    """A unit without trials, or alone, is not compared and does not count."""
    frame = fisher_versus_others([3, 0, 9], [10, 0, 12])
    assert frame["pvalue"].isna().tolist() == [False, True, False]
    assert fisher_versus_others([3], [10])["qvalue"].isna().all()
    assert len(fisher_versus_others([], [])) == 0


def test_few_units_use_the_strict_correction():
    """Below five units the q-values are Benjamini-Yekutieli's, which hold under any dependence."""
    frame = fisher_versus_others([3, 9, 5], [10, 12, 11])
    assert frame["qvalue"].to_numpy() == pytest.approx(benjamini_hochberg(frame["pvalue"], method="by").to_numpy())


@pytest.mark.parametrize(
    ("truth", "se", "expected"),
    # methods section 1.12, operating characteristics measured at minor .05, major .15: red, yellow, green, grey
    [
        (0.0, 0.05, (0.0, 0.01, 0.96, 0.03)),
        (0.0, 0.10, (0.003, 0.03, 0.59, 0.38)),
        (0.30, 0.05, (0.96, None, None, None)),
    ],
)
def test_operating_characteristics(truth, se, expected):
    """How often each colour comes up for a given truth is what the consultants were told."""
    estimates = truth + se * stats.norm.ppf((np.arange(500) + 0.5) / 500)
    colours = [classify_normal(x, se, minor=0.05, major=0.15).colour for x in estimates]
    for colour, share in zip(("red", "yellow", "green", "grey"), expected, strict=True):
        if share is not None:
            assert colours.count(colour) / 500 == pytest.approx(share, abs=0.012)


def test_draws_and_formula_agree():
    """A posterior given as draws gets the colour and probabilities of the same distribution as a formula."""
    draws = stats.norm.ppf((np.arange(4000) + 0.5) / 4000, 0.2, 0.05)
    by_draws, by_formula = (
        classify(draws, minor=0.05, major=0.15),
        classify_normal(0.2, 0.05, minor=0.05, major=0.15),
    )
    assert by_draws.colour == by_formula.colour == "yellow"
    assert by_draws.p_major == pytest.approx(by_formula.p_major, abs=1e-3)


def test_fewer_degrees_of_freedom_are_less_sure():
    """A t distribution never gives a stronger colour than the normal one."""
    assert classify_normal(0.25, 0.07, minor=0.05, major=0.15).colour == "red"
    assert classify_normal(0.25, 0.07, minor=0.05, major=0.15, df=2).colour == "yellow"


def test_nothing_known_is_grey():
    """No draws, missing errors and no degrees of freedom are grey, never green."""
    assert classify([], minor=0.1, major=0.2).colour == "grey"
    assert classify([np.nan], minor=0.1, major=0.2).colour == "grey"
    assert classify_normal(np.nan, 0.1, minor=0.1, major=0.2).colour == "grey"
    assert classify_normal(0.0, np.nan, minor=0.1, major=0.2).colour == "grey"
    assert classify_normal(0.0, 0.1, minor=0.1, major=0.2, df=0).colour == "grey"
    assert classify_normal(0.3, 0.0, minor=0.1, major=0.2).colour == "red"


def test_thresholds_in_the_wrong_order_are_refused():
    """A major threshold below the minor one would make every colour meaningless."""
    with pytest.raises(ValueError, match="minor"):
        classify([0.1], minor=0.3, major=0.2)


def test_sizes_needed():
    """The sizes asked for in grey findings are those of the methods paper and of the textbook formula."""
    assert units_needed_share(0.85, 0.05) == 196  # methods section 2.5: p = .85, d = .05
    assert units_needed_share(0.5, 0.05) == 385  # Cochran: 384.1
    assert units_needed_share(0.5, 0.05, population=1000) == 278  # Cochran with 1000: 277.7
    assert units_needed_share(0.0, 0.1) > 1
    assert units_needed_share(np.nan, 0.05) == 385
    assert count_needed_rate(2.0, 1.5, 0.1) == 1153  # 3 (1.959964 / .1)^2 = 1152.4
    assert np.isnan(count_needed_rate(np.nan, 1.0, 0.1))


def test_pert():
    """Ranges given by people have PERT's mean (low + 4 mode + high) / 6 and stay inside."""
    draws = pert(0.2, 0.5, 0.8, rng=np.random.default_rng(1), size=20_000)
    assert draws.mean() == pytest.approx(0.5, abs=0.005)
    assert pert(0, 1, 10, rng=np.random.default_rng(1), size=20_000).mean() == pytest.approx(14 / 6, abs=0.05)
    assert 0.2 <= draws.min() <= draws.max() <= 0.8
    assert (pert(3, 3, 3, rng=np.random.default_rng(1), size=4) == 3).all()
    assert np.isnan(pert(np.nan, 3, 3, rng=np.random.default_rng(1), size=4)).all()
    with pytest.raises(ValueError, match="order"):
        pert(5, 3, 8, rng=np.random.default_rng(1), size=4)


def test_percentiles():
    """Money is summed up as P10, P50, P90 and the chance of a gain."""
    summary = percentiles(np.arange(-10, 91))
    assert (summary.p10, summary.p50, summary.p90) == (0, 40, 80)
    assert summary.p_positive == pytest.approx(90 / 101)
    assert np.isnan(percentiles([]).p50)
