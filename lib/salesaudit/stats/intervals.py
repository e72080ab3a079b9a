"""Intervals for proportions, rates, ratios of totals and means.

Every function returns an `Interval`. Input that carries no information (no trials, no exposure, one cluster, values
that are all equal) gives an interval as wide as the parameter space, or NaN limits, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

Alternative = Literal["two-sided", "less", "greater"]


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence limits.

    Parameters
    ----------
    estimate, low, high : float
        In the unit of the quantity; NaN where nothing can be said.
    n : float
        What the interval rests on (trials, events, clusters or values; each function says which).
    confidence_level : float
        Nominal coverage, in (0, 1).
    """

    estimate: float
    low: float
    high: float
    n: float
    confidence_level: float


def wilson(k: float, n: float, *, confidence_level: float = 0.95) -> Interval:
    """Give the Wilson score interval of a proportion.

    Parameters
    ----------
    k, n : float
        Successes and trials, 0 <= k <= n.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        Share in 0-1; n is the number of trials. [0, 1] without trials.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.
    """
    _check_count(k, n)
    if not n > 0:
        return Interval(np.nan, 0.0, 1.0, 0, confidence_level)
    low, high = proportion_confint(k, n, alpha=1 - confidence_level, method="wilson")
    # At k = 0 and k = n the limit is exact in theory and off by rounding in practice.
    low, high = (0.0 if k == 0 else low), (1.0 if k == n else high)
    return Interval(k / n, float(low), float(high), n, confidence_level)


def clopper_pearson(
    k: float, n: float, *, confidence_level: float = 0.95, alternative: Alternative = "two-sided"
) -> Interval:
    """Give the exact (guaranteed coverage) interval of a proportion.

    Parameters
    ----------
    k, n : float
        Successes and trials, 0 <= k <= n; fractions are allowed (effective sample sizes).
    confidence_level : float
        In (0, 1).
    alternative : {"two-sided", "less", "greater"}
        "less" gives a one-sided upper limit (low = 0), "greater" a one-sided lower limit (high = 1), as in scipy.

    Returns
    -------
    Interval
        Share in 0-1; n is the number of trials. [0, 1] without trials.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 857-872, method 5.
    """
    _check_count(k, n)
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"alternative={alternative!r}: use 'two-sided', 'less' or 'greater'.")
    if not n > 0:
        return Interval(np.nan, 0.0, 1.0, 0, confidence_level)
    if alternative == "two-sided":
        low, high = proportion_confint(k, n, alpha=1 - confidence_level, method="beta")
    else:
        low = stats.beta.ppf(1 - confidence_level, k, n - k + 1) if alternative == "greater" and k > 0 else 0.0
        high = stats.beta.ppf(confidence_level, k + 1, n - k) if alternative == "less" and k < n else 1.0
    return Interval(k / n, float(low), float(high), n, confidence_level)


def proportion_difference(k1: float, n1: float, k2: float, n2: float, *, confidence_level: float = 0.95) -> Interval:
    """Give Newcombe's hybrid score interval of the difference of two independent proportions.

    Parameters
    ----------
    k1, n1, k2, n2 : float
        Successes and trials of the first and the second group.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        k1/n1 - k2/n2 in [-1, 1]; n is n1 + n2. [-1, 1] if a group has no trials.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    _check_count(k1, n1)
    _check_count(k2, n2)
    if not (n1 > 0 and n2 > 0):
        return Interval(np.nan, -1.0, 1.0, np.nansum([n1, n2]), confidence_level)
    low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff", alpha=1 - confidence_level)
    # Rounding may carry a limit past the edge of the parameter space.
    low, high = max(float(low), -1.0), min(float(high), 1.0)
    return Interval(k1 / n1 - k2 / n2, low, high, n1 + n2, confidence_level)


def poisson_exact(count: float, exposure: float, *, confidence_level: float = 0.95) -> Interval:
    """Give Garwood's exact interval of a rate, valid only if the events really are Poisson.

    Parameters
    ----------
    count : float
        Number of events, >= 0.
    exposure : float
        In any unit; the rate is per that unit.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        Events per unit of exposure; n is the number of events. [0, inf] without exposure.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442.
    """
    if count < 0:
        raise ValueError(f"count={count!r} is negative: a number of events is 0 or more.")
    if not (exposure > 0 and count >= 0):
        return Interval(np.nan, 0.0, np.inf, count, confidence_level)
    low, high = confint_poisson(count, exposure, method="exact-c", alpha=1 - confidence_level)
    return Interval(count / exposure, float(low), float(high), count, confidence_level)


def ratio_of_totals(
    numerator: ArrayLike,
    denominator: ArrayLike,
    clusters: ArrayLike,
    *,
    confidence_level: float = 0.95,
    scale: Literal["log", "logit", "identity"] = "log",
) -> Interval:
    """Give the linearised ratio estimator sum(numerator) / sum(denominator), clustered.

    With residuals e = numerator - R denominator summed by cluster, var R = m/(m-1) sum(e_c^2) / sum(denominator)^2.
    The interval is symmetric on the chosen scale and uses t with m - 1 degrees of freedom, m clusters.

    Parameters
    ----------
    numerator, denominator : array_like
        One value per row. Rows with a missing value in any of the three inputs are left out.
    clusters : array_like
        Label of the cluster of each row; clusters are independent, rows inside one need not be.
    confidence_level : float
        In (0, 1).
    scale : {"log", "logit", "identity"}
        "log" for positive ratios, "logit" for shares (numerator part of the denominator).

    Returns
    -------
    Interval
        n is the number of clusters. The whole parameter space with fewer than two clusters or without variation.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.4.
    """
    spaces = {"log": (0.0, np.inf), "logit": (0.0, 1.0), "identity": (-np.inf, np.inf)}
    if scale not in spaces:
        raise ValueError(f"scale={scale!r}: use 'log', 'logit' or 'identity'.")
    rows = pd.DataFrame(
        {
            "numerator": np.asarray(numerator, float),
            "denominator": np.asarray(denominator, float),
            "cluster": np.asarray(clusters),
        }
    ).dropna()
    m = int(rows["cluster"].nunique())
    x_total = rows["denominator"].sum()
    if m == 0 or not x_total > 0:
        return Interval(np.nan, *spaces[scale], m, confidence_level)
    ratio = float(rows["numerator"].sum() / x_total)
    if m < 2:
        return Interval(ratio, *spaces[scale], m, confidence_level)
    residual = (rows["numerator"] - ratio * rows["denominator"]).groupby(rows["cluster"]).sum().to_numpy()
    se = float(np.sqrt(m / (m - 1) * (residual**2).sum()) / x_total)
    low, high = _on_scale(ratio, se, stats.t.ppf((1 + confidence_level) / 2, m - 1), scale, spaces[scale])
    return Interval(ratio, low, high, m, confidence_level)


def bca_mean(
    values: ArrayLike, *, rng: np.random.Generator, n_resamples: int = 2000, confidence_level: float = 0.95
) -> Interval:
    """Give the bias-corrected and accelerated bootstrap interval of a mean.

    Parameters
    ----------
    values : array_like
        One value per independent unit; missing values are left out.
    rng : numpy.random.Generator
        Source of the resamples.
    n_resamples : int
        Bootstrap replicates.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        In the unit of the values; n is the number of values used. NaN limits if n < 2 or all values are equal.

    References
    ----------
    Efron (1987), JASA 82, 171-185.
    """
    used = np.asarray(values, float).ravel()
    used = used[np.isfinite(used)]
    mean = float(used.mean()) if used.size else np.nan
    # A resample of equal values cannot vary: the bootstrap would claim certainty.
    if used.size < 2 or np.ptp(used) <= 1e-12 * max(1.0, abs(mean)):
        return Interval(mean, np.nan, np.nan, used.size, confidence_level)
    # In batches, so that 100,000 values do not need n_resamples times as much memory.
    result = stats.bootstrap(
        (used,),
        np.mean,
        n_resamples=n_resamples,
        confidence_level=confidence_level,
        method="BCa",
        rng=rng,
        batch=max(1, 5_000_000 // used.size),
    )
    low, high = result.confidence_interval
    return Interval(mean, float(low), float(high), used.size, confidence_level)


def _check_count(k: float, n: float) -> None:
    if k < 0 or n < 0 or k > n:
        raise ValueError(f"k={k!r} of n={n!r}: successes must lie between 0 and the number of trials.")


def _on_scale(ratio: float, se: float, quantile: float, scale: str, space: tuple[float, float]) -> tuple[float, float]:
    if se <= 1e-12 * abs(ratio) or se == 0:
        return space
    if scale == "identity":
        return ratio - quantile * se, ratio + quantile * se
    if scale == "log":
        if ratio <= 0:
            return space if ratio == 0 else (np.nan, np.nan)
        # exp() of a huge half-width is the honest answer "unbounded", not an error.
        with np.errstate(over="ignore"):
            return float(ratio * np.exp(-quantile * se / ratio)), float(ratio * np.exp(quantile * se / ratio))
    if not 0 < ratio < 1:
        return space if ratio in (0, 1) else (np.nan, np.nan)
    logit, half = np.log(ratio / (1 - ratio)), quantile * se / (ratio * (1 - ratio))
    with np.errstate(over="ignore"):
        return float(1 / (1 + np.exp(-(logit - half)))), float(1 / (1 + np.exp(-(logit + half))))
