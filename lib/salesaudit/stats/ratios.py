"""Two ratios compared, and draws from the distribution behind an interval."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from salesaudit.stats.intervals import Interval

FORWARD = {"log": np.log, "logit": special.logit, "identity": np.asarray}
BACK = {"log": np.exp, "logit": special.expit, "identity": np.asarray}


def ratio_contrast(
    numerator: ArrayLike,
    denominator: ArrayLike,
    group: ArrayLike,
    clusters: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Interval:
    """Give (ratio of totals in the first group) / (ratio of totals in the second), clustered, on the log scale.

    The linearised residuals of both groups are summed by cluster, so that a cluster which holds both contributes
    its covariance. With m clusters var log = m/(m-1) sum(e_c^2), and t has m - 1 degrees of freedom.

    Parameters
    ----------
    numerator, denominator : array_like
        One value per row. Rows with a missing value in any of the four inputs are left out.
    group : array_like of bool
        True for the first group.
    clusters : array_like
        Label of the cluster of each row.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of clusters. NaN if a total is not positive; [0, inf] with fewer than two clusters.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.4.
    """
    rows = pd.DataFrame(
        {
            "x": np.asarray(numerator, float),
            "d": np.asarray(denominator, float),
            "first": pd.array(np.asarray(group), dtype="boolean"),
            "cluster": np.asarray(clusters),
        }
    ).dropna()
    first = rows["first"].to_numpy(dtype=bool)
    m = int(rows["cluster"].nunique())
    totals = [(float(rows.loc[part, "x"].sum()), float(rows.loc[part, "d"].sum())) for part in (first, ~first)]
    if m == 0 or any(x <= 0 or d <= 0 for x, d in totals):
        return Interval(np.nan, 0.0, np.inf, m, confidence_level)
    (x1, d1), (x2, d2) = totals
    estimate = (x1 / d1) / (x2 / d2)
    if m < 2:
        return Interval(estimate, 0.0, np.inf, m, confidence_level)
    share = np.where(first, rows["x"] / x1 - rows["d"] / d1, -(rows["x"] / x2 - rows["d"] / d2))
    by_cluster = pd.Series(share).groupby(rows["cluster"].to_numpy()).sum().to_numpy()
    se = float(np.sqrt(m / (m - 1) * (by_cluster**2).sum()))
    if se < 1e-12:
        return Interval(estimate, 0.0, np.inf, m, confidence_level)
    half = stats.t.ppf((1 + confidence_level) / 2, m - 1) * se
    with np.errstate(over="ignore"):
        return Interval(estimate, float(estimate * np.exp(-half)), float(estimate * np.exp(half)), m, confidence_level)


def interval_draws(
    interval: Interval,
    *,
    scale: Literal["log", "logit", "identity"],
    rng: np.random.Generator,
    df: float | None = None,
    size: int = 10_000,
) -> np.ndarray:
    """Draw from the normal or t distribution whose limits an interval shows.

    Parameters
    ----------
    interval : Interval
        Symmetric on `scale`, at least nearly.
    scale : {"log", "logit", "identity"}
        The scale on which the interval was made.
    rng : numpy.random.Generator
    df : float, optional
        Degrees of freedom of t; without it the normal distribution is used.
    size : int
        Number of draws.

    Returns
    -------
    ndarray
        In the unit of the estimate; empty where the interval says nothing (missing, or the whole space).
    """
    ends = np.array([interval.low, interval.estimate, interval.high], float)
    inside = {"log": ends > 0, "logit": (ends > 0) & (ends < 1), "identity": np.isfinite(ends)}[scale]
    if not (inside & np.isfinite(ends)).all():
        return np.empty(0)
    low, centre, high = FORWARD[scale](ends)
    law = stats.norm() if df is None else stats.t(df)
    se = (high - low) / (2 * law.ppf((1 + interval.confidence_level) / 2))
    noise = rng.standard_normal(size) if df is None else rng.standard_t(df, size)
    with np.errstate(over="ignore"):
        return BACK[scale](centre + se * noise)
