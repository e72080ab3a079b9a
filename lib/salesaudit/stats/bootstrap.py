"""Intervals from resampling whole clusters, for skewed values and ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.intervals import Interval, bca_mean

# Below this many values the bootstrap has seen too little of a long tail.
FEWEST_FOR_BOOTSTRAP = 30


def bootstrap_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> Interval:
    """Give the BCa bootstrap interval of sum(numerator) / sum(denominator), resampling whole clusters.

    Parameters
    ----------
    numerator, denominator : array_like
        One value per row. Rows with a missing value in any of the three inputs are left out.
    clusters : array_like
        Label of the cluster of each row.
    rng : numpy.random.Generator
    n_resamples : int
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of clusters. NaN limits with fewer than two clusters or without variation. With few clusters
        (under 30) `ratio_of_totals` keeps its word better.

    References
    ----------
    Efron (1987), JASA 82, 171-185; Field & Welsh (2007), JRSS B 69, 369-390 (clusters).
    """
    rows = pd.DataFrame(
        {"y": np.asarray(numerator, float), "x": np.asarray(denominator, float), "cluster": np.asarray(clusters)}
    ).dropna()
    totals = rows.groupby("cluster", observed=True)[["y", "x"]].sum().to_numpy().T
    m = totals.shape[1]
    if m == 0 or not totals[1].sum() > 0:
        return Interval(np.nan, np.nan, np.nan, m, confidence_level)
    estimate = float(totals[0].sum() / totals[1].sum())
    if m < 2 or np.ptp(totals[0] - estimate * totals[1]) <= 1e-12 * max(1.0, np.abs(totals[0]).max()):
        return Interval(estimate, np.nan, np.nan, m, confidence_level)

    def ratio(y: np.ndarray, x: np.ndarray, axis: int) -> np.ndarray:
        bottom = x.sum(axis=axis)
        return np.divide(y.sum(axis=axis), bottom, out=np.full(np.shape(bottom), np.inf), where=bottom > 0)

    result = stats.bootstrap(
        (totals[0], totals[1]),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=n_resamples,
        confidence_level=confidence_level,
        method="BCa",
        rng=rng,
        batch=max(1, 5_000_000 // m),
    )
    low, high = result.confidence_interval
    return Interval(estimate, float(low), float(high), m, confidence_level)


def skewed_mean(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    clusters: ArrayLike | None = None,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> Interval:
    """Give an interval of the mean of skewed amounts: BCa from 30 values on, below that from the log-normal.

    With y = log x the log-normal mean has log estimate mean(y) + s^2 / 2 with variance s^2 / n + s^4 / (2 (n - 1)), and
    t with n - 1 degrees of freedom (Cox). The estimate shown is the plain mean.

    Parameters
    ----------
    values : array_like
        Amounts; missing ones are left out.
    rng : numpy.random.Generator
    clusters : array_like, optional
        Label of the cluster of each value; the mean per row is then a ratio of cluster totals.
    n_resamples : int
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of values, or of clusters. With few values of which one is not positive, the t interval.

    References
    ----------
    Zhou & Gao (1997), Statistics in Medicine 16, 783-790.
    """
    x = np.asarray(values, float).ravel()
    if clusters is not None:
        one = np.where(np.isnan(x), np.nan, 1.0)
        return bootstrap_ratio(x, one, clusters, rng=rng, n_resamples=n_resamples, confidence_level=confidence_level)
    x = x[np.isfinite(x)]
    if x.size >= FEWEST_FOR_BOOTSTRAP:
        return bca_mean(x, rng=rng, n_resamples=n_resamples, confidence_level=confidence_level)
    mean = float(x.mean()) if x.size else np.nan
    if x.size < 2 or np.ptp(x) <= 1e-12 * max(1.0, abs(mean)):
        return Interval(mean, np.nan, np.nan, x.size, confidence_level)
    quantile = stats.t.ppf((1 + confidence_level) / 2, x.size - 1)
    if (x <= 0).any():
        half = quantile * x.std(ddof=1) / np.sqrt(x.size)
        return Interval(mean, float(mean - half), float(mean + half), x.size, confidence_level)
    y = np.log(x)
    variance = y.var(ddof=1)
    centre = y.mean() + variance / 2
    half = quantile * np.sqrt(variance / x.size + variance**2 / (2 * (x.size - 1)))
    # A few wild values give an interval that has no end.
    with np.errstate(over="ignore"):
        low, high = float(np.exp(centre - half)), float(np.exp(centre + half))
    return Interval(mean, min(low, mean), max(high, mean), x.size, confidence_level)
