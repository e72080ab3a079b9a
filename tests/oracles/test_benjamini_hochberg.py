"""Benjamini & Hochberg (1995), section 3.2: fifteen comparisons in a heart attack trial."""

import numpy as np
import pytest

from salesaudit.stats import benjamini_hochberg

PVALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
PVALUES += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_four_rejections():
    """The false discovery control names as many units as in the paper."""
    assert (benjamini_hochberg(PVALUES) <= 0.05).sum() == 4  # BH 1995 p. 296; Bonferroni rejects 3 (O16)


def test_qvalues():
    """Not only the number of rejections but every adjusted value is that of R."""
    # R p.adjust(p, "BH"); by hand p m / i, never above that of a larger p (O16)
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.063857, 0.063857, 0.0645, 0.0765]
    expected += [0.486, 0.581182, 0.714875, 0.753231, 0.813214, 1.0]
    assert benjamini_hochberg(PVALUES) == pytest.approx(expected, abs=5e-7)


def test_missing_pvalues_do_not_count():
    """A comparison that could not be made neither gets a q-value nor changes the others'."""
    with_gaps = benjamini_hochberg([np.nan, *PVALUES, np.nan])
    assert np.isnan(with_gaps[[0, -1]]).all()
    assert (with_gaps[1:-1] == benjamini_hochberg(PVALUES)).all()
