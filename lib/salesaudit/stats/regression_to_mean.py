"""What is selected because it is extreme will be less so next time, without anybody's doing."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def expected_regression(
    mean: float, sd: float, cutoff: float, reliability: float, *, side: Literal["below", "above"] = "below"
) -> float:
    """Give by how much the mean of the units beyond a cutoff moves towards the mean by itself.

    (1 - rho) sd pdf(z) / (1 - cdf(z)), z = distance of the cutoff from the mean in sd, for normal values.

    Parameters
    ----------
    mean, sd : float
        Of all units in one period (true spread and noise together).
    cutoff : float
        Units beyond it were selected.
    reliability : float
        Correlation of a unit's values between two periods, in 0-1 (`icc1`).
    side : {"below", "above"}
        On which side of the cutoff the selected units lie.

    Returns
    -------
    float
        0 or more, in the unit of the values.

    References
    ----------
    Barnett, van der Pols & Dobson (2005), International Journal of Epidemiology 34, 215-220.
    """
    if not (sd >= 0 and 0 <= reliability <= 1):
        raise ValueError(f"sd={sd!r}, reliability={reliability!r}: need sd >= 0 and a reliability in 0-1.")
    if sd == 0:
        return 0.0
    z = (mean - cutoff) / sd if side == "below" else (cutoff - mean) / sd
    # The inverse Mills ratio by logarithms: far out both parts underflow.
    return float((1 - reliability) * sd * np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)))


def staying_share(top_share: float, reliability: float) -> float:
    """Give the share of this period's top units that will be among the top again, if nothing changes.

    P(Z2 > c | Z1 > c) for standard normal values with correlation `reliability`, c the cutoff of the top share.

    Parameters
    ----------
    top_share : float
        Share of units called top, in (0, 1).
    reliability : float
        In [0, 1].
    """
    if not (0 < top_share < 1 and 0 <= reliability <= 1):
        raise ValueError(f"top_share={top_share!r}, reliability={reliability!r}: must lie in 0-1.")
    if reliability == 1:
        return 1.0
    c = stats.norm.ppf(top_share)
    both = stats.multivariate_normal([0, 0], [[1, reliability], [reliability, 1]]).cdf([c, c])
    return float(both / top_share)


def icc1(values: ArrayLike) -> float:
    """Give the reliability of one measurement: the share of the variance that lies between units, ICC(1).

    (MSB - MSW) / (MSB + (k - 1) MSW), one-way analysis of variance.

    Parameters
    ----------
    values : array_like
        Units x periods, complete rows only are used.

    Returns
    -------
    float
        At most 1, below 0 where units differ less than chance would make them; NaN with fewer than two units or
        periods, or without variation.

    References
    ----------
    Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428.
    """
    x = np.atleast_2d(np.asarray(values, float))
    x = x[np.isfinite(x).all(axis=1)]
    units, periods = x.shape
    if units < 2 or periods < 2:
        return np.nan
    between = periods * x.mean(axis=1).var(ddof=1)
    within = x.var(axis=1, ddof=1).mean()
    total = between + (periods - 1) * within
    return float((between - within) / total) if total > 0 else np.nan
