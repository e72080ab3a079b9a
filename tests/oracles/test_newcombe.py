"""Newcombe (1998): intervals of a proportion and of a difference, and Garwood's exact rate."""

import pytest

from salesaudit.stats import clopper_pearson, poisson_exact, proportion_difference, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe 1998a, table I, method 3 (O01)
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(k, n, low, high):
    """The interval shown beside every share is the published score interval."""
    interval = wilson(k, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)
    assert (interval.estimate, interval.n) == (k / n, n)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe 1998a, table I, method 5 (O02)
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson(k, n, low, high):
    """The exact interval used for audit statements is the published one."""
    interval = clopper_pearson(k, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_clopper_pearson_one_sided():
    """An upper limit after no deviations in 20, and in the 59 of AICPA table A-1, is the auditor's."""
    assert clopper_pearson(0, 20, alternative="less").high == pytest.approx(0.139, abs=5e-4)  # 1 - .05^(1/20)
    # AICPA A-1 (O25): with no deviation 59 items, and no fewer, keep a 5% rate at 95% confidence.
    assert clopper_pearson(0, 59, alternative="less").high <= 0.05 < clopper_pearson(0, 58, alternative="less").high


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    # Newcombe 1998b, method 10 (O03)
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1),
    ],
)
def test_difference(k1, n1, k2, n2, low, high):
    """The interval of a difference of two shares is the published hybrid score interval."""
    interval = proportion_difference(k1, n1, k2, n2)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_exact_rate():
    """The reference interval of a rate is the one of R's poisson.test."""
    interval = poisson_exact(137, 24.19893)
    assert (interval.low, interval.high) == pytest.approx((4.753125, 6.692709), abs=1e-6)  # R poisson.test (O04)
