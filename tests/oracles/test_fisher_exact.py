"""Fisher's exact test of each unit against all others, beside the library's test of each table by itself."""

import numpy as np
import pytest
from scipy import stats

from salesaudit.stats import fisher_versus_others


@pytest.mark.parametrize(
    ("successes", "trials"),
    [
        ([3, 1], [4, 4]),  # the tea: p = 0.4857 (Fisher 1935, two-sided 34 / 70)
        ([0, 7, 12, 30, 2], [0, 20, 20, 31, 50]),
        ([990, 10, 400], [5000, 11, 2000]),
        ([5, 5, 5], [5, 5, 5]),  # nothing ever failed
        ([0, 0, 0], [5, 3, 2]),
    ],
)
def test_pvalues_of_the_library(successes, trials):
    """All units are worked out at once, and each gets what its own two-by-two table gives."""
    k, n = np.array(successes), np.array(trials)
    found = fisher_versus_others(k, n)["pvalue"]
    for i in range(len(n)):
        table = [[k[i], n[i] - k[i]], [k.sum() - k[i], (n.sum() - n[i]) - (k.sum() - k[i])]]
        expected = stats.fisher_exact(table).pvalue if n[i] else np.nan
        assert found[i] == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_the_lady_and_the_tea():
    """Three cups of four told rightly: 34 of 70 arrangements are no likelier."""
    assert fisher_versus_others([3, 1], [4, 4])["pvalue"][0] == pytest.approx(34 / 70)
