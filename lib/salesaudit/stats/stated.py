"""What people state beside what was measured: is it too high, and is it nearer to what ought to be?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.intervals import Interval
from salesaudit.stats.rates import PooledRate


@dataclass(frozen=True)
class Anchoring:
    """Where statements lie between what was measured and a target.

    Parameters
    ----------
    index : ndarray
        Per statement (log b - log m) / (log T - log m): 0 = as measured, 1 = the target; NaN where target and measured
        differ by less than a tenth on the log scale.
    nearer_target, nearer_measured : int
        Statements nearer, on the log scale, to the one than to the other.
    pvalue : float
        Two-sided exact sign test of "as often the one as the other".
    """

    index: np.ndarray
    nearer_target: int
    nearer_measured: int
    pvalue: float


def stated_over_measured(stated: ArrayLike, measured: PooledRate, *, confidence_level: float = 0.95) -> Interval:
    """Give the geometric mean of statements over a measured rate.

    var log = s^2 / J + se^2 of the log rate, t with Welch's degrees of freedom. With a single statement only the
    uncertainty of the measured rate is in the interval.

    Parameters
    ----------
    stated : array_like
        One number per person, > 0; missing ones are left out.
    measured : PooledRate
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        n is the number of statements. NaN limits where the rate has none, or is zero.
    """
    log = np.log(_known(stated))
    if not (log.size and measured.estimate > 0):
        return Interval(np.nan, np.nan, np.nan, log.size, confidence_level)
    estimate = float(np.exp(log.mean()) / measured.estimate)
    if not (np.isfinite(measured.se_log) and measured.df > 0):
        return Interval(estimate, np.nan, np.nan, log.size, confidence_level)
    parts = [(measured.se_log**2, measured.df)]
    if log.size > 1:
        parts.append((log.var(ddof=1) / log.size, log.size - 1))
    variance = sum(v for v, _ in parts)
    df = variance**2 / sum(v**2 / d for v, d in parts)
    half = stats.t.ppf((1 + confidence_level) / 2, df) * np.sqrt(variance)
    return Interval(
        estimate, float(estimate * np.exp(-half)), float(estimate * np.exp(half)), log.size, confidence_level
    )


def anchoring(stated: ArrayLike, measured: float, target: float) -> Anchoring:
    """Say whether statements lie nearer to a target than to what was measured.

    D = |log b - log T| - |log b - log m| per statement; D < 0 is nearer to the target, D = 0 counts for neither.

    Parameters
    ----------
    stated : array_like
        One number per person, > 0; missing ones are left out.
    measured, target : float
        Both > 0.

    Returns
    -------
    Anchoring
        NaN p-value without a statement that is nearer to one of the two.
    """
    if not (measured > 0 and target > 0):
        raise ValueError(f"measured={measured!r}, target={target!r}: must be above 0.")
    log, m, t = np.log(_known(stated)), np.log(measured), np.log(target)
    d = np.abs(log - t) - np.abs(log - m)
    nearer_target, nearer_measured = int((d < -1e-12).sum()), int((d > 1e-12).sum())
    told = nearer_target + nearer_measured
    pvalue = float(stats.binomtest(nearer_target, told).pvalue) if told else np.nan
    index = (log - m) / (t - m) if abs(t - m) > 0.1 else np.full(log.shape, np.nan)
    return Anchoring(index, nearer_target, nearer_measured, pvalue)


def _known(stated: ArrayLike) -> np.ndarray:
    x = np.asarray(stated, float).ravel()
    x = x[np.isfinite(x)]
    if (x <= 0).any():
        raise ValueError("statements must be above 0.")
    return x
