"""Fair comparison of groups with a different mix of strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from salesaudit.stats.intervals import Interval


@dataclass(frozen=True)
class MantelHaenszel:
    """Common odds ratio over strata.

    Parameters
    ----------
    ratio : Interval
        Odds ratio; n is the number of units in all tables.
    statistic, pvalue : float
        Chi2 test of "no association in any stratum", with continuity correction.
    homogeneity : float
        p-value of "the same odds ratio in all strata" (Breslow-Day, Tarone); small: say it stratum by stratum.
    crude : float
        Odds ratio of the tables added up.
    """

    ratio: Interval
    statistic: float
    pvalue: float
    homogeneity: float
    crude: float


def mantel_haenszel(tables: ArrayLike, *, confidence_level: float = 0.95) -> MantelHaenszel:
    """Compare two groups within strata, and give the odds ratio common to all.

    Parameters
    ----------
    tables : array_like
        Strata x 2 x 2 counts: group by outcome. Strata with an empty group say nothing and are left out.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    MantelHaenszel
        NaN without a stratum that holds both groups.

    References
    ----------
    Mantel & Haenszel (1959), JNCI 22, 719-748; R mantelhaen.test.
    """
    counts = np.asarray(tables, float).reshape(-1, 2, 2)
    informative = counts[(counts.sum(axis=2) > 0).all(axis=1) & (counts.sum(axis=1) > 0).all(axis=1)]
    n = float(counts.sum())
    (a, b), (c, d) = counts.sum(axis=0) if len(counts) else np.zeros((2, 2))
    with np.errstate(all="ignore"):
        crude = float(np.divide(a * d, b * c))
    if not len(informative):
        return MantelHaenszel(Interval(np.nan, 0.0, np.inf, n, confidence_level), np.nan, np.nan, np.nan, crude)
    # Empty cells make the library divide by zero; its results are then infinite, as they should be.
    with np.errstate(all="ignore"):
        fit = StratifiedTable(list(informative))
        low, high = fit.oddsratio_pooled_confint(alpha=1 - confidence_level)
        test = fit.test_null_odds(correction=True)
        same = fit.test_equal_odds(adjust=True).pvalue if len(informative) > 1 else np.nan
        ratio = Interval(float(fit.oddsratio_pooled), float(low), float(high), n, confidence_level)
    return MantelHaenszel(ratio, float(test.statistic), float(test.pvalue), float(same), crude)


def standardised_rate(
    counts: ArrayLike | pd.Series,
    exposure: ArrayLike | pd.Series,
    weights: ArrayLike | pd.Series,
    *,
    dispersion: float = 1.0,
    confidence_level: float = 0.95,
) -> Interval:
    """Give the rate a group would have with a standard mix of strata (direct standardisation).

    R = sum w_h Y_h / E_h with weights scaled to sum 1; var R = dispersion sum w_h^2 Y_h / E_h^2; the interval is
    symmetric on the log scale.

    Parameters
    ----------
    counts, exposure, weights : array_like or Series
        One value per stratum: events, exposure, standard mix. For shares take successes, trials and dispersion 1 - p.
        A stratum without exposure has no rate: its weight goes to the others. Series are matched by label.
    dispersion : float
        Variance over mean of the counts (phi VIF).
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        Events per unit of exposure; n is the number of events. [0, inf] without events.

    References
    ----------
    Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., chapter 15.
    """
    if isinstance(exposure, pd.Series):
        counts, weights = (
            part.reindex(exposure.index) if isinstance(part, pd.Series) else part for part in (counts, weights)
        )
    y, e, w = (np.nan_to_num(np.asarray(part, float)) for part in (counts, exposure, weights))
    if (y < 0).any() or (e < 0).any() or (w < 0).any():
        raise ValueError("counts, exposure and weights must be 0 or more.")
    there = (e > 0) & (w > 0)
    events = float(y[there].sum())
    if not there.any():
        return Interval(np.nan, 0.0, np.inf, events, confidence_level)
    share = w[there] / w[there].sum()
    rate = float((share * y[there] / e[there]).sum())
    if not rate > 0:
        return Interval(0.0, 0.0, np.inf, events, confidence_level)
    se = np.sqrt(dispersion * (share**2 * y[there] / e[there] ** 2).sum())
    half = np.exp(stats.norm.ppf((1 + confidence_level) / 2) * se / rate)
    return Interval(rate, float(rate / half), float(rate * half), events, confidence_level)


def merge_small_strata(sizes: pd.Series, *, fewest: int = 5) -> pd.Series:
    """Say into which stratum each is merged so that none has fewer than `fewest` units: the next one in order.

    Parameters
    ----------
    sizes : Series
        Units by stratum, ordered so that neighbours are alike.
    fewest : int

    Returns
    -------
    Series
        Stratum to merged label (the first stratum of each merged run).
    """
    groups: list[list] = []
    total = fewest
    for stratum, size in sizes.items():
        if total < fewest:
            groups[-1].append(stratum)
            total += size
        else:
            groups.append([stratum])
            total = size
    if len(groups) > 1 and total < fewest:
        groups[-2].extend(groups.pop())
    merged = {stratum: group[0] for group in groups for stratum in group}
    return pd.Series([merged[stratum] for stratum in sizes.index], index=sizes.index, name="merged", dtype=object)
