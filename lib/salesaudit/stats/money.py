"""Uncertain amounts: ranges given by people as distributions, and draws as percentiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Percentiles:
    """P10, P50 and P90 of a set of draws and the share of draws above zero (all NaN without draws)."""

    p10: float
    p50: float
    p90: float
    p_positive: float


def pert(
    low: float,
    mode: float,
    high: float,
    *,
    rng: np.random.Generator,
    size: int | tuple[int, ...],
    concentration: float = 4.0,
) -> np.ndarray:
    """Draw from the PERT distribution: a Beta scaled to [low, high] with the given mode.

    Parameters
    ----------
    low, mode, high : float
        low <= mode <= high; equal limits give a constant, a missing value gives NaN.
    rng : numpy.random.Generator
        Source of the draws.
    size : int or tuple of int
        Shape of the result.
    concentration : float
        The lambda of PERT, 4 by convention: mean = (low + lambda mode + high) / (lambda + 2).

    Returns
    -------
    ndarray
        Draws in the unit of the limits.

    Raises
    ------
    ValueError
        If the three numbers are not in order.
    """
    if np.isnan([low, mode, high]).any():
        return np.full(size, np.nan)
    if not low <= mode <= high:
        raise ValueError(f"low={low!r}, mode={mode!r}, high={high!r}: must be in this order.")
    if low == high:
        return np.full(size, float(low))
    width = high - low
    a = 1 + concentration * (mode - low) / width
    b = 1 + concentration * (high - mode) / width
    return low + width * rng.beta(a, b, size=size)


def percentiles(draws: ArrayLike) -> Percentiles:
    """Sum up draws of an amount as P10, P50, P90 and P(amount > 0); NaN draws are left out."""
    known = np.asarray(draws, float).ravel()
    known = known[~np.isnan(known)]
    if known.size == 0:
        return Percentiles(np.nan, np.nan, np.nan, np.nan)
    p10, p50, p90 = (float(q) for q in np.quantile(known, [0.1, 0.5, 0.9]))
    return Percentiles(p10, p50, p90, float((known > 0).mean()))
