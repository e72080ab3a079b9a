"""Do counts pile up exactly at a target, taken from just below it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class Heaping:
    """Periods exactly at the target against periods one short of it.

    Parameters
    ----------
    at, below : int
        Periods with exactly the target, and with one less.
    expected_share : float
        at / (at + below) that a smooth distribution of the counts would give.
    share : float
        at / (at + below) as counted.
    moved : float
        Periods by which the target has too many, at - expected_share (at + below).
    pvalue : float
        One-sided, exact binomial; NaN without periods at or just below the target.
    n : int
        Periods in all.
    """

    at: int
    below: int
    expected_share: float
    share: float
    moved: float
    pvalue: float
    n: int


def target_heaping(counts: ArrayLike, target: int) -> Heaping:
    """Test whether too many counts lie exactly at a target, given how many lie one below it.

    A negative binomial with the counts' mean m and variance v has pmf(T) / pmf(T - 1) = (T - 1 + k) / T * m / (m + k),
    k = m^2 / (v - m) (Poisson, m / T, where v <= m); that fixes the share expected at T among T and T - 1.

    Parameters
    ----------
    counts : array_like
        One count per period; missing values are left out.
    target : int
        At least 1.

    Returns
    -------
    Heaping
    """
    if target < 1:
        raise ValueError(f"target={target!r}: must be 1 or more.")
    y = np.asarray(counts, float).ravel()
    y = y[np.isfinite(y)]
    at, below = int((y == target).sum()), int((y == target - 1).sum())
    mean = float(y.mean()) if y.size else 0.0
    if not mean > 0:
        return Heaping(at, below, np.nan, np.nan, np.nan, np.nan, int(y.size))
    variance = float(y.var(ddof=1)) if y.size > 1 else mean
    ratio = mean / target
    if variance > mean:
        k = mean**2 / (variance - mean)
        ratio = (target - 1 + k) / target * mean / (mean + k)
    expected = ratio / (1 + ratio)
    near = at + below
    pvalue = float(stats.binomtest(at, near, expected, alternative="greater").pvalue) if near else np.nan
    return Heaping(at, below, expected, at / near if near else np.nan, at - expected * near, pvalue, int(y.size))
