"""Did stated probabilities come true: scores, the optimism index, and how to correct the probabilities."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import special, stats

# Below this many outcomes the normal approximation of the test is replaced by the exact distribution.
EXACT_BELOW = 50
# Probabilities of exactly 0 or 1 have no logit.
CLIP = 0.01


@dataclass(frozen=True)
class BrierDecomposition:
    """brier = reliability - resolution + uncertainty, over the distinct stated probabilities.

    Parameters
    ----------
    reliability, resolution, uncertainty, brier : float
        In 0-1; NaN without outcomes.
    n : int
        Outcomes used.
    levels : DataFrame
        One row per distinct probability: probability, n, events, observed (events / n).
    """

    reliability: float
    resolution: float
    uncertainty: float
    brier: float
    n: int
    levels: pd.DataFrame


@dataclass(frozen=True)
class OptimismIndex:
    """Expected over realised, with its interval and the test of "the probabilities are right".

    Parameters
    ----------
    estimate, low, high : float
        sum(p w) / sum(y w); above 1 is too optimistic. NaN if nothing came true; NaN limits without variation.
    statistic, pvalue : float
        z = sum(w (y - p)) / sqrt(sum(w^2 p (1 - p))), negative = too optimistic, and its two-sided p-value.
    n : int
        Outcomes used.
    confidence_level : float
        Nominal coverage of low and high.
    """

    estimate: float
    low: float
    high: float
    statistic: float
    pvalue: float
    n: int
    confidence_level: float


@dataclass(frozen=True)
class Recalibration:
    """Logistic recalibration: logit P(y = 1) = intercept + slope logit p.

    Parameters
    ----------
    intercept, intercept_se, slope, slope_se, slope_low, slope_high : float
        slope < 1: the probabilities are too extreme. NaN where p does not vary or the fit does not exist.
    in_the_large, in_the_large_se : float
        Intercept with the slope held at 1: negative = too optimistic on the whole.
    u_statistic, u_pvalue : float
        Likelihood ratio test of intercept = 0 and slope = 1, chi2 with 2 df.
    spiegelhalter_z, spiegelhalter_pvalue : float
        Test of the Brier score against the one expected if the probabilities were right.
    n : int
        Outcomes used.
    confidence_level : float
        Nominal coverage of the slope's limits.
    """

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    slope_low: float
    slope_high: float
    in_the_large: float
    in_the_large_se: float
    u_statistic: float
    u_pvalue: float
    spiegelhalter_z: float
    spiegelhalter_pvalue: float
    n: int
    confidence_level: float


def brier(p: ArrayLike, y: ArrayLike) -> float:
    """Give the mean of (p - y)^2 over the pairs that are complete (NaN if there are none)."""
    p, y, _ = _outcomes(p, y)
    return float(((p - y) ** 2).mean()) if p.size else np.nan


def brier_decomposition(p: ArrayLike, y: ArrayLike) -> BrierDecomposition:
    """Split the Brier score into reliability, resolution and uncertainty (Murphy).

    Parameters
    ----------
    p : array_like
        Stated probabilities in 0-1. Pairs with a missing value are left out.
    y : array_like
        Outcomes, 0 or 1.

    Returns
    -------
    BrierDecomposition

    References
    ----------
    Murphy (1973), Journal of Applied Meteorology 12, 595-600.
    """
    p, y, _ = _outcomes(p, y)
    values, level = np.unique(p, return_inverse=True)
    n, events = np.bincount(level, minlength=values.size), np.bincount(level, weights=y, minlength=values.size)
    observed = events / n
    levels = pd.DataFrame({"probability": values, "n": n, "events": events.astype(int), "observed": observed})
    if p.size == 0:
        return BrierDecomposition(np.nan, np.nan, np.nan, np.nan, 0, levels)
    base = y.mean()
    return BrierDecomposition(
        reliability=float((n * (values - observed) ** 2).sum() / p.size),
        resolution=float((n * (observed - base) ** 2).sum() / p.size),
        uncertainty=float(base * (1 - base)),
        brier=float(((p - y) ** 2).mean()),
        n=int(p.size),
        levels=levels,
    )


def optimism_index(
    p: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> OptimismIndex:
    """Give the ratio of expected to realised outcomes with a cluster bootstrap interval.

    Parameters
    ----------
    p, y : array_like
        Stated probabilities in 0-1 and outcomes 0 or 1. Rows with a missing value are left out.
    weights : array_like, optional
        Size of each outcome (an amount), >= 0; without it every outcome counts the same.
    clusters : array_like, optional
        Labels of the groups that are resampled as a whole; without it every row is its own group.
    rng : numpy.random.Generator
        Source of the resamples.
    n_resamples : int
        Bootstrap replicates.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    OptimismIndex
        The p-value is exact for n < 50 (Poisson-binomial; simulated when weights are given), else normal. It takes
        the outcomes as independent, the interval only the clusters.

    References
    ----------
    Hong (2013), Computational Statistics & Data Analysis 59, 41-51 (Poisson-binomial).
    """
    p, y, (w, group) = _outcomes(p, y, weights, clusters)
    n = int(p.size)
    if weights is None:
        w = np.ones(n)
    if (w < 0).any():
        raise ValueError("weights must be 0 or more.")
    statistic, pvalue = _calibration_test(p, y, w, weighted=weights is not None, rng=rng)
    expected, realised = (p * w).sum(), (y * w).sum()
    if not realised > 0:
        return OptimismIndex(np.nan, np.nan, np.nan, statistic, pvalue, n, confidence_level)
    if clusters is not None:
        members = pd.factorize(group)[0]
        totals = np.array([np.bincount(members, weights=p * w), np.bincount(members, weights=y * w)])
    else:
        totals = np.array([p * w, y * w])
    low, high = _bootstrap_ratio(totals, rng=rng, n_resamples=n_resamples, confidence_level=confidence_level)
    return OptimismIndex(float(expected / realised), low, high, statistic, pvalue, n, confidence_level)


def recalibration(p: ArrayLike, y: ArrayLike, *, confidence_level: float = 0.95) -> Recalibration:
    """Fit the logistic recalibration of stated probabilities, with the U test and Spiegelhalter's z.

    Parameters
    ----------
    p : array_like
        Stated probabilities in 0-1, clipped to 0.01-0.99. Pairs with a missing value are left out.
    y : array_like
        Outcomes, 0 or 1.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Recalibration
        NaN wherever a figure does not exist (no spread in p, all outcomes equal, outcomes separated by p).

    References
    ----------
    Cox (1958), Biometrika 45, 562-565; Spiegelhalter (1986), Statistics in Medicine 5, 421-433.
    """
    p, y, _ = _outcomes(p, y)
    p = np.clip(p, CLIP, 1 - CLIP)
    logit = special.logit(p)
    intercept, intercept_se, slope, slope_se, log_likelihood = _logistic(y, logit)
    half = stats.norm.ppf((1 + confidence_level) / 2) * slope_se
    large, large_se = _intercept_with_offset(y, logit)
    stated = float((y * np.log(p) + (1 - y) * np.log1p(-p)).sum())
    u = 2 * (log_likelihood - stated)
    variance = ((1 - 2 * p) ** 2 * p * (1 - p)).sum()
    z = float(((y - p) * (1 - 2 * p)).sum() / np.sqrt(variance)) if variance > 0 else np.nan
    return Recalibration(
        intercept=intercept,
        intercept_se=intercept_se,
        slope=slope,
        slope_se=slope_se,
        slope_low=float(slope - half),
        slope_high=float(slope + half),
        in_the_large=large,
        in_the_large_se=large_se,
        u_statistic=float(u),
        u_pvalue=float(stats.chi2.sf(u, 2)),
        spiegelhalter_z=z,
        spiegelhalter_pvalue=float(2 * stats.norm.sf(abs(z))),
        n=int(p.size),
        confidence_level=confidence_level,
    )


def _outcomes(p, y, weights=None, clusters=None):
    rows = pd.DataFrame({"p": np.asarray(p, float).ravel(), "y": np.asarray(y, float).ravel()})
    rows["w"] = 1.0 if weights is None else np.asarray(weights, float).ravel()
    rows["cluster"] = 0 if clusters is None else np.asarray(clusters).ravel()
    rows = rows.dropna()
    if not rows["p"].between(0, 1).all():
        raise ValueError("p must lie between 0 and 1; percentages have to be divided by 100.")
    if not rows["y"].isin((0, 1)).all():
        raise ValueError("y must be 0 or 1.")
    return rows["p"].to_numpy(), rows["y"].to_numpy(), (rows["w"].to_numpy(), rows["cluster"].to_numpy())


def _calibration_test(p, y, w, *, weighted: bool, rng: np.random.Generator) -> tuple[float, float]:
    variance = (w**2 * p * (1 - p)).sum()
    if not variance > 0:
        return np.nan, np.nan
    deviation = (w * (y - p)).sum()
    z = float(deviation / np.sqrt(variance))
    if p.size >= EXACT_BELOW:
        return z, float(2 * stats.norm.sf(abs(z)))
    if not weighted:
        distribution, k = stats.poisson_binom(p), int(y.sum())
        tail = min(float(distribution.cdf(k)), float(distribution.sf(k - 1)) if k > 0 else 1.0)
        return z, float(min(1.0, max(0.0, 2 * tail)))
    simulated = ((rng.random((9999, p.size)) < p) - p) @ w
    # Values that are equal but for rounding count as extreme.
    edge = abs(deviation) * (1 - 1e-12)
    return z, float((1 + (np.abs(simulated) >= edge).sum()) / 10_000)


def _bootstrap_ratio(
    totals: np.ndarray, *, rng: np.random.Generator, n_resamples: int, confidence_level: float
) -> tuple[float, float]:
    m = totals.shape[1]
    if m < 2:
        return np.nan, np.nan
    ratios = []
    # In batches, so that memory stays small with many thousands of clusters.
    batch = max(1, 2_000_000 // m)
    for start in range(0, n_resamples, batch):
        times = rng.multinomial(m, np.full(m, 1 / m), size=min(batch, n_resamples - start))
        expected, realised = (times @ totals.T).T
        # A resample in which nothing came true is infinitely optimistic.
        ratios.append(np.divide(expected, realised, out=np.full(len(times), np.inf), where=realised > 0))
    ratios = np.concatenate(ratios)
    tail = (1 - confidence_level) / 2
    # Order statistics instead of interpolation: between a number and infinity there is no middle.
    low = float(np.quantile(ratios, tail, method="inverted_cdf"))
    high = float(np.quantile(ratios, 1 - tail, method="inverted_cdf"))
    return (low, high) if high - low > 1e-12 else (np.nan, np.nan)


def _logistic(y: np.ndarray, x: np.ndarray) -> tuple[float, float, float, float, float]:
    nothing = (np.nan,) * 5
    zeros, ones = x[y == 0], x[y == 1]
    if zeros.size == 0 or ones.size == 0 or np.ptp(x) < 1e-9:
        return nothing
    # Outcomes that a threshold of p separates have no finite fit.
    if zeros.max() <= ones.min() or ones.max() <= zeros.min():
        return nothing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-12)
    if not fit.converged or not np.isfinite(fit.bse).all():
        return nothing
    (intercept, slope), (intercept_se, slope_se) = map(float, fit.params), map(float, fit.bse)
    return intercept, intercept_se, slope, slope_se, float(fit.llf)


def _intercept_with_offset(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    if y.size == 0 or y.min() == y.max():
        return np.nan, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.GLM(y, np.ones((y.size, 1)), family=sm.families.Binomial(), offset=x).fit()
    return float(fit.params[0]), float(fit.bse[0])
