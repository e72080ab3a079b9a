"""Units needed for a share known to within a margin: Cochran (1977) and the table of Krejcie & Morgan (1970)."""

import pytest

from salesaudit.stats import rogan_gladen, units_needed_share


def test_large_population():
    """At worst 385 units for five points either way, and 1,068 for three: the numbers every survey text gives."""
    assert units_needed_share(0.5, 0.05) == 385  # Cochran 1977, chapter 4
    assert units_needed_share(0.5, 0.03) == 1068  # the same
    # 1.959964^2 x .85 x .15 / .05^2 = 195.9 and 1.959964^2 x .17 x .83 / .03^2 = 602.3, by hand
    assert (units_needed_share(0.85, 0.05), units_needed_share(0.17, 0.03)) == (196, 603)


@pytest.mark.parametrize(("population", "n"), [(100, 80), (200, 132), (1000, 278), (10_000, 370)])
def test_finite_population(population, n):
    """A small population needs fewer units."""
    # Krejcie & Morgan 1970, Educational and Psychological Measurement 30, table 1
    assert units_needed_share(0.5, 0.05, population=population) == n


def test_imperfect_memory():
    """With a perfect test nothing changes; 18% positive by a test that is right in 90% of both kinds are 10%."""
    assert rogan_gladen(0.37, sensitivity=1.0, specificity=1.0) == pytest.approx(0.37)
    # (.18 + .9 - 1) / (.9 + .9 - 1) = .08 / .8, by hand
    assert rogan_gladen(0.18, sensitivity=0.9, specificity=0.9) == pytest.approx(0.1)
