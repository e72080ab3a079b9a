"""What a stratified sample says about its population: shares, means and ratios, and what the unreached could hide."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.intervals import Alternative, Interval, clopper_pearson


def stratified_proportion(
    successes: ArrayLike,
    trials: ArrayLike,
    sizes: ArrayLike,
    *,
    confidence_level: float = 0.95,
    alternative: Alternative = "two-sided",
) -> Interval:
    """Estimate a share of the population from a simple random sample in each stratum, with Korn-Graubard's interval.

    p = sum W_h p_h, W_h = N_h / N; var = sum W_h^2 (1 - n_h / N_h) p_h (1 - p_h) / (n_h - 1); the effective sample
    n* = p (1 - p) / var (t_{n-1} / t_{n-H})^2, with p (1 - p) / var at most n / (1 - n / N), goes into the exact
    interval with n* p successes. Where every stratum agrees with itself and the others, var is 0 and the exact interval
    of all n is used.

    Parameters
    ----------
    successes, trials, sizes : array_like
        One value per stratum: successes among the units sampled, units sampled, units in the population. A stratum
        without sample is estimated from all others together, and then counts in the weights only.
    confidence_level : float
        In (0, 1).
    alternative : {"two-sided", "less", "greater"}
        As in `clopper_pearson`.

    Returns
    -------
    Interval
        Share in 0-1; n is the number of units sampled. A single point where every unit of the population was seen.
        [0, 1] without units.

    References
    ----------
    Korn & Graubard (1998), Survey Methodology 24, 193-201; R survey::svyciprop(method = "beta").
    """
    k, n, size = _strata(successes, trials, sizes)
    if (k > n).any():
        raise ValueError("successes must lie between 0 and trials in every stratum.")
    total, seen = int(n.sum()), n > 0
    if total == 0:
        return Interval(np.nan, 0.0, 1.0, 0, confidence_level)
    if (n == size).all():
        known = float(k.sum() / total)
        return Interval(known, known, known, total, confidence_level)
    k, n, size = k[seen], n[seen], size[seen]
    weight, share = size / size.sum(), k / n
    p = min(max(float(weight @ share), 0.0), 1.0)  # weights that sum to one but for rounding
    # A single unit shows no spread: take the spread of the whole.
    spread = np.where(n > 1, share * (1 - share) / np.maximum(n - 1, 1), p * (1 - p))
    variance = float((weight**2 * (1 - n / size) * spread).sum())
    df = total - len(n)
    if variance <= 0 or not 0 < p < 1 or df < 1:
        pooled = clopper_pearson(p * total, total, confidence_level=confidence_level, alternative=alternative)
        return Interval(p, pooled.low, pooled.high, total, confidence_level)
    tail = (1 + confidence_level) / 2 if alternative == "two-sided" else confidence_level
    shrink = (stats.t.ppf(tail, total - 1) / stats.t.ppf(tail, df)) ** 2
    # Few failures, by chance in strata of little weight, would make the sample worth more than its units.
    most = total / (1 - total / size.sum())
    effective = min(p * (1 - p) / variance, most) * shrink
    found = clopper_pearson(p * effective, effective, confidence_level=confidence_level, alternative=alternative)
    return Interval(p, found.low, found.high, total, confidence_level)


def stratified_mean(
    values: ArrayLike, strata: ArrayLike, sizes: pd.Series, *, confidence_level: float = 0.95
) -> Interval:
    """Estimate the mean of a population from a simple random sample in each stratum.

    mean = sum W_h mean_h; var = sum W_h^2 (1 - n_h / N_h) s_h^2 / n_h; t with n - H degrees of freedom.

    Parameters
    ----------
    values, strata : array_like
        One value and one stratum per sampled unit; missing values are left out.
    sizes : Series
        Units in the population, indexed by stratum.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        In the unit of the values; n is the number of values. NaN limits where a stratum has fewer than two values.
    """
    one = np.ones(len(np.asarray(values)))
    return _ratio(values, one, strata, sizes, confidence_level)


def stratified_ratio(
    numerator: ArrayLike, denominator: ArrayLike, strata: ArrayLike, sizes: pd.Series, *, confidence_level: float = 0.95
) -> Interval:
    """Estimate a ratio of two totals of the population from a simple random sample in each stratum.

    R = sum N_h mean_h(y) / sum N_h mean_h(x); its variance is that of the stratified total of y - R x, divided by the
    squared total of x; t with n - H degrees of freedom.

    Parameters
    ----------
    numerator, denominator, strata : array_like
        One value each per sampled unit; units with a missing value are left out.
    sizes, confidence_level
        As in `stratified_mean`.

    Returns
    -------
    Interval
        n is the number of units.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.11 (combined ratio estimate); R survey::svyratio.
    """
    return _ratio(numerator, denominator, strata, sizes, confidence_level)


def unreached_bounds(
    successes: ArrayLike, reached: ArrayLike, drawn: ArrayLike, sizes: ArrayLike, *, confidence_level: float = 0.95
) -> tuple[Interval, Interval]:
    """Give the share if every unit that could not be reached were a failure, and if every one were a success.

    Parameters
    ----------
    successes, reached, drawn, sizes : array_like
        One value per stratum: successes among the reached, units reached, units drawn, units in the population.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    tuple of Interval
        All failures, all successes. The truth lies between the lower limit of the first and the upper limit of the
        second with at least the confidence level, whatever kept the others from answering.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, chapter 1.
    """
    k, m, n = (np.asarray(part, float) for part in (successes, reached, drawn))
    if (m > n).any():
        raise ValueError("reached must not exceed drawn in any stratum.")
    worst = stratified_proportion(k, n, sizes, confidence_level=confidence_level)
    best = stratified_proportion(k + n - m, n, sizes, confidence_level=confidence_level)
    return worst, best


def rogan_gladen(observed: ArrayLike, *, sensitivity: ArrayLike, specificity: ArrayLike) -> np.ndarray:
    """Correct a share for an imperfect test: (p + Sp - 1) / (Se + Sp - 1), kept within 0-1.

    Parameters
    ----------
    observed : array_like
        Share of units that the test calls positive (draws, for instance).
    sensitivity, specificity : array_like
        Probability that the test is right about a true and about a false unit; broadcast with `observed`.

    Returns
    -------
    ndarray
        NaN where the test is no better than chance (Se + Sp <= 1).

    References
    ----------
    Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76.
    """
    p, se, sp = np.broadcast_arrays(*(np.asarray(part, float) for part in (observed, sensitivity, specificity)))
    value = np.divide(p + sp - 1, se + sp - 1, out=np.full(p.shape, np.nan), where=se + sp > 1)
    return np.clip(value, 0.0, 1.0)


def _strata(*columns: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    k, n, size = (np.atleast_1d(np.asarray(part, float)) for part in columns)
    if not k.shape == n.shape == size.shape:
        raise ValueError("successes, trials and sizes must have one value per stratum.")
    if (n < 0).any() or (k < 0).any() or (n > size).any():
        raise ValueError("need 0 <= trials <= sizes in every stratum, and successes of 0 or more.")
    there = size > 0
    return k[there], n[there], size[there]


def _ratio(numerator, denominator, strata, sizes: pd.Series, confidence_level: float) -> Interval:
    rows = pd.DataFrame(
        {
            "y": np.asarray(numerator, float),
            "x": np.asarray(denominator, float),
            "stratum": np.asarray(strata),
        }
    ).dropna()
    missing = set(rows["stratum"]) - set(sizes.index)
    if missing:
        raise ValueError(f"sizes lacks the strata {sorted(map(str, missing))}.")
    groups = rows.groupby("stratum", observed=True)
    n = groups.size()
    size = sizes.reindex(n.index).astype(float)
    if (n > size).any():
        raise ValueError("more units sampled than the stratum has.")
    total_x = float((size * groups["x"].mean()).sum())
    if not total_x > 0:
        return Interval(np.nan, np.nan, np.nan, len(rows), confidence_level)
    ratio = float((size * groups["y"].mean()).sum() / total_x)
    residual = (rows["y"] - ratio * rows["x"]).groupby(rows["stratum"], observed=True).var(ddof=1)
    variance = (size**2 * (1 - n / size) * residual / n).where(n < size, 0.0)
    df = len(rows) - len(n)
    if df < 1 or variance.isna().any():
        return Interval(ratio, np.nan, np.nan, len(rows), confidence_level)
    half = float(stats.t.ppf((1 + confidence_level) / 2, df) * np.sqrt(variance.sum()) / total_x)
    return Interval(ratio, ratio - half, ratio + half, len(rows), confidence_level)
