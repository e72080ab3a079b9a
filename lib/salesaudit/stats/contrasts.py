"""Two rates compared: a unit with all the others, one period with another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from salesaudit.stats.intervals import Interval
from salesaudit.stats.multiplicity import family_qvalues
from salesaudit.stats.rates import ZERO_COUNT, PooledRate, Rates
from salesaudit.stats.series import divide

CONTRAST_DF = 30


def leave_one_out_contrasts(rates: Rates) -> pd.DataFrame:
    """Compare the rate of each unit with the rate of all the others together.

    log_ratio = log r_i - log r_{-i}, where r_{-i} is the count over the exposure of the other units and its variance
    is max(1, phi_pooled) VIF / Y_{-i}; statistic = log_ratio / sqrt(se_i^2 + se_{-i}^2) against t_30. A count of
    zero enters the logarithm as 0.5.

    Parameters
    ----------
    rates : Rates
        From `weekly_rates`.

    Returns
    -------
    DataFrame
        One row per unit: log_ratio, se (of log_ratio), statistic, pvalue (two-sided), qvalue (BH; BY with fewer than
        five units). NaN for a unit that cannot be compared; it does not count in the family.
    """
    units = rates.frame
    count, exposure = units["count"].to_numpy(float), units["exposure"].to_numpy(float)
    others_count, others_exposure = count.sum() - count, exposure.sum() - exposure
    # A dispersion that nobody could estimate leaves every contrast unknown: no test from an assumed Poisson.
    variance = np.maximum(1.0, rates.phi_pooled) * rates.vif / np.maximum(others_count, ZERO_COUNT)
    se = np.sqrt(units["se_log"].to_numpy(float) ** 2 + variance)
    own = divide(np.maximum(count, ZERO_COUNT), exposure)
    others = divide(np.maximum(others_count, ZERO_COUNT), others_exposure)
    log_ratio = np.log(own) - np.log(others)
    statistic = log_ratio / se
    pvalue = 2 * stats.t.sf(np.abs(statistic), CONTRAST_DF)
    return pd.DataFrame(
        {
            "log_ratio": log_ratio,
            "se": se,
            "statistic": statistic,
            "pvalue": pvalue,
            "qvalue": family_qvalues(pvalue),
        },
        index=units.index,
    )


def rate_ratio(first: PooledRate, second: PooledRate, *, confidence_level: float = 0.95) -> Interval:
    """Compare two periods (or two independent groups): rate of the first over rate of the second.

    var log = se1^2 + se2^2; t with Welch's degrees of freedom (se1^2 + se2^2)^2 / (se1^4 / df1 + se2^4 / df2).

    Parameters
    ----------
    first, second : PooledRate
        Of weeks that do not overlap; for a change between years take the same weeks of each year.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of events in both. [0, inf] where one of the rates is zero or has no limits.
    """
    count = first.count + second.count
    variances = np.array([first.se_log, second.se_log], float) ** 2
    dfs = np.array([first.df, second.df], float)
    if not (first.count > 0 and second.count > 0 and np.isfinite(variances).all() and (dfs > 0).all()):
        known = first.count > 0 and second.count > 0
        return Interval(first.estimate / second.estimate if known else np.nan, 0.0, np.inf, count, confidence_level)
    df = variances.sum() ** 2 / (variances**2 / dfs).sum()
    half = stats.t.ppf((1 + confidence_level) / 2, df) * np.sqrt(variances.sum())
    estimate = first.estimate / second.estimate
    return Interval(estimate, float(estimate * np.exp(-half)), float(estimate * np.exp(half)), count, confidence_level)


def paired_rate_ratio(
    first: ArrayLike, second: ArrayLike, *, exposures: tuple[float, float] = (1.0, 1.0), confidence_level: float = 0.95
) -> Interval:
    """Compare two groups of counts over the same strata, whatever the level of each stratum is.

    With a and b the counts of a stratum, n = a + b, A, B and N their sums and p = A / N, phi = max(1, sum((a - n p)^2 /
    (n p (1 - p))) / (K - 1)) over the K strata with a count, var log = phi (1/A + 1/B), and t has K - 1 degrees of
    freedom: quasi-Poisson with a level of each stratum, so that a decline over the strata is no noise.

    Parameters
    ----------
    first, second : array_like
        Counts by stratum, in the same order.
    exposures : (float, float)
        Total exposure of the two groups, > 0; the ratio is that of counts over exposure.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of events in both. [0, inf] where one group has no event, and with fewer than two strata.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, sections 4.5 and 6.4.
    """
    a, b = np.asarray(first, float).ravel(), np.asarray(second, float).ravel()
    if a.shape != b.shape:
        raise ValueError(f"{a.size} and {b.size} strata: they must be the same.")
    n = a + b
    strata, total = int((n > 0).sum()), float(n.sum())
    if not (a.sum() > 0 and b.sum() > 0):
        return Interval(np.nan, 0.0, np.inf, total, confidence_level)
    estimate = float(a.sum() / exposures[0] / (b.sum() / exposures[1]))
    if strata < 2:
        return Interval(estimate, 0.0, np.inf, total, confidence_level)
    share = a.sum() / total
    chi2 = float(divide((a - n * share) ** 2, n * share * (1 - share))[n > 0].sum())
    phi = max(1.0, chi2 / (strata - 1))
    half = stats.t.ppf((1 + confidence_level) / 2, strata - 1) * np.sqrt(phi * (1 / a.sum() + 1 / b.sum()))
    return Interval(estimate, float(estimate * np.exp(-half)), float(estimate * np.exp(half)), total, confidence_level)


def poisson_two_rates(count1: float, exposure1: float, count2: float, exposure2: float) -> float:
    """Give the exact conditional p-value of equal rates, valid only if the events really are Poisson.

    Parameters
    ----------
    count1, exposure1, count2, exposure2 : float
        Events and exposure of the two groups.

    Returns
    -------
    float
        Two-sided p-value; NaN without events or exposure.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31, 313-323; R poisson.test.
    """
    if not (exposure1 > 0 and exposure2 > 0 and count1 + count2 > 0):
        return np.nan
    return float(poisson_test(count1, exposure1, count2, exposure2, method="exact-cond").pvalue)
