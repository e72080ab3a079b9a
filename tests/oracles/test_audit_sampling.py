"""Audit tables: AICPA Audit Guide Audit Sampling, appendices A and C; Touw & Hoogduin (2011).

Read in the test files of the R package jfa (tests/testthat/test-aicpa-appendix-a.R, -c.R, test-touwhoogduin.R), which
quote the printed tables.
"""

import numpy as np
import pytest

from salesaudit.stats import (
    TwoStagePlan,
    attribute_plan,
    deviations_plan,
    monetary_sample_size,
    poisson_factor,
    stringer_bound,
    two_stage_plan,
)


def test_no_deviation_expected():
    """The size of a sample without expected deviations is the auditor's table, 5% risk."""
    tolerable = (0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.10, 0.15, 0.20)
    sizes = [attribute_plan(rate).n for rate in tolerable]
    assert sizes == [149, 99, 74, 59, 49, 42, 36, 32, 29, 19, 14]  # AICPA A-1 (O25)


def test_some_deviations_expected():
    """With more deviations expected the sample grows in the steps of the table."""
    sizes = [attribute_plan(0.05, expected=rate).n for rate in np.arange(0, 0.0201, 0.0025)]
    assert sizes == [59, 93, 93, 93, 93, 124, 124, 153, 181]  # AICPA A-1, tolerable 5% (O25)
    plan = attribute_plan(0.10, expected=0.02)
    assert (plan.n, plan.accept) == (46, 1)  # AICPA A-1


def test_monetary_units():
    """The size of a monetary unit sample is the auditor's table, 5% risk."""
    tolerable = (0.5, 0.3, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005)
    sizes = [monetary_sample_size(share) for share in tolerable]
    assert sizes == [6, 10, 30, 38, 50, 60, 75, 100, 150, 300, 600]  # AICPA C-1 (O26)
    with_errors = [monetary_sample_size(share, expected=0.2 * share) for share in (0.1, 0.05)]
    assert with_errors == [47, 93]  # AICPA C-1, expected over tolerable .2 (O26)


def test_finite_population():
    """In a population of 1,200 the hypergeometric sizes are the textbook's."""
    none, two = (deviations_plan(0.05, k, confidence_level=0.9, population=1200).n for k in (0, 2))
    assert (none, two) == (45, 102)  # Touw & Hoogduin p. 123 (O27)


def test_confidence_factors():
    """The confidence factors of 0 to 3 errors at 95% are the ones auditors know by heart."""
    factors = [poisson_factor(k) for k in range(4)]
    assert factors == pytest.approx([2.9957, 4.7439, 6.2958, 7.7537], abs=5e-5)  # -ln .05 = 2.9957; chi2 tables (O06)


def test_two_stages():
    """Forty-nine calls and, after one deviation, forty-nine more: the chance of passing with 5% false is .098."""
    assert two_stage_plan(0.05) == TwoStagePlan(49, 49)  # Touw & Hoogduin p. 129, 90% confidence
    # .95^49 + 49 (.05) .95^48 .95^49 by hand
    assert TwoStagePlan(49, 49).acceptance(0.05) == pytest.approx(0.098, abs=5e-4)


@pytest.mark.parametrize(
    ("taintings", "bound"),
    # Touw & Hoogduin p. 138, 143, 144 (O28)
    [
        ([1, 0.20000072, 0.03999931], 0.03478656),
        ([1, 0.09887], 0.03333348),
        ([0.5, 0.4, 0.19887], 0.03251936),
    ],
)
def test_stringer(taintings, bound):
    """The bound of overstated value is the textbook's, for three samples of 145 monetary units."""
    assert stringer_bound(taintings, 145) == pytest.approx(bound, abs=5e-9)
