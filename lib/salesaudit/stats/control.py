"""Is a series in its usual range, and is its latest stretch really the best?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# Mean range of two normal values in standard deviations, and the upper limit of ranges of two.
D2, D4 = 1.128, 3.267
RUN = 8


@dataclass(frozen=True)
class XmrLimits:
    """Limits of individual values and of their moving range.

    Parameters
    ----------
    centre, low, high : float
        mean, mean -+ 3 mean moving range / 1.128; NaN with fewer than two values.
    range_centre, range_high : float
        Mean moving range and 3.267 times it.
    outside : ndarray of bool
        Per value: beyond the limits.
    runs : ndarray of bool
        Per value: the eighth or later in a row on the same side of the centre.
    """

    centre: float
    low: float
    high: float
    range_centre: float
    range_high: float
    outside: np.ndarray
    runs: np.ndarray


def xmr_limits(values: ArrayLike, *, floor: float | None = None) -> XmrLimits:
    """Give the limits of an individuals and moving range chart.

    Parameters
    ----------
    values : array_like
        In order of time; missing values are skipped, and no range is taken across them.
    floor : float, optional
        Least possible value; a lower limit below it becomes it.

    Returns
    -------
    XmrLimits

    References
    ----------
    NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2; Wheeler (1993), Understanding Variation.
    """
    x = np.asarray(values, float).ravel()
    known = np.isfinite(x)
    ranges = np.abs(np.diff(x))
    ranges = ranges[np.isfinite(ranges)]
    nothing = np.zeros(x.size, dtype=bool)
    if known.sum() < 2 or not ranges.size:
        return XmrLimits(np.nan, np.nan, np.nan, np.nan, np.nan, nothing, nothing)
    centre, mean_range = float(x[known].mean()), float(ranges.mean())
    low, high = centre - 3 * mean_range / D2, centre + 3 * mean_range / D2
    low = low if floor is None else max(low, floor)
    outside = known & ((x < low) | (x > high))
    runs, length, before = nothing.copy(), 0, 0.0
    for i in np.flatnonzero(known):
        side = np.sign(x[i] - centre)
        length = length + 1 if side == before and side else int(side != 0)
        before, runs[i] = side, length >= RUN
    return XmrLimits(centre, low, high, mean_range, D4 * mean_range, outside, runs)


def chance_latest_is_best(
    weeks: int,
    window: int,
    *,
    rng: np.random.Generator | None = None,
    values: ArrayLike | None = None,
    n_permutations: int = 20_000,
) -> float:
    """Give the chance that the latest window of consecutive weeks has the largest total if order means nothing.

    Without `rng` the windows do not overlap and the chance is exactly 1 / (number of windows). With it all overlapping
    windows compete and the chance is simulated: the window at the end overlaps with others on one side only, so it is
    the best more often than one in all.

    Parameters
    ----------
    weeks, window : int
        Length of the history and of the window, 1 <= window <= weeks.
    rng : numpy.random.Generator, optional
        Asks for overlapping windows.
    values : array_like, optional
        The weekly values themselves, season removed, to be put in random order; standard normal ones otherwise.
    n_permutations : int

    Returns
    -------
    float
    """
    if not 1 <= window <= weeks:
        raise ValueError(f"window={window!r}, weeks={weeks!r}: need 1 <= window <= weeks.")
    if rng is None:
        return 1 / (weeks // window)
    if weeks == window:
        return 1.0
    if values is None:
        series = rng.standard_normal((n_permutations, weeks))
    else:
        given = np.asarray(values, float).ravel()
        if given.size != weeks:
            raise ValueError(f"{given.size} values for {weeks} weeks.")
        series = rng.permuted(np.tile(given, (n_permutations, 1)), axis=1)
    totals = np.cumsum(np.pad(series, ((0, 0), (1, 0))), axis=1)
    totals = totals[:, window:] - totals[:, :-window]
    others = totals[:, :-1].max(axis=1, initial=-np.inf)
    # Equal totals share the first place, as far as rounding lets them be told apart.
    tied = np.abs(totals[:, -1] - others) <= 1e-9 * np.maximum(1.0, np.abs(others))
    return float(np.where(tied, 0.5, totals[:, -1] > others).mean())


def latest_is_best(values: ArrayLike, window: int) -> bool:
    """Say whether the latest window of consecutive values has a larger total than every earlier one."""
    x = np.asarray(values, float).ravel()
    if not 1 <= window <= x.size:
        return False
    totals = np.convolve(x, np.ones(window), mode="valid")
    return bool(totals.size == 1 or totals[-1] > totals[:-1].max())
