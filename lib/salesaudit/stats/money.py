"""Uncertain amounts: ranges given by people as distributions, and draws as percentiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats


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


def pert_from_quantiles(p10: float, p50: float, p90: float) -> tuple[float, float, float]:
    """Give low, mode and high of the PERT distribution with the given 10%, 50% and 90% quantiles.

    Parameters
    ----------
    p10, p50, p90 : float
        "In one case of ten it is less, it is as often more as less, in one case of ten it is more", in this order.

    Returns
    -------
    tuple of float
        low, mode, high for `pert`. A median so near one end that no PERT has it (nearer than the PERT with its mode
        at that end) moves inward; the two outer quantiles are always met.

    Raises
    ------
    ValueError
        If the three numbers are not in order.
    """
    if np.isnan([p10, p50, p90]).any():
        return np.nan, np.nan, np.nan
    if not p10 <= p50 <= p90:
        raise ValueError(f"p10={p10!r}, p50={p50!r}, p90={p90!r}: must be in this order.")
    if p10 == p90:
        return p10, p10, p10

    def quantiles(place: float) -> np.ndarray:
        return stats.beta.ppf([0.1, 0.5, 0.9], 1 + 4 * place, 5 - 4 * place)

    def position(place: float) -> float:
        lower, middle, upper = quantiles(place)
        return (middle - lower) / (upper - lower)

    wanted = float(np.clip((p50 - p10) / (p90 - p10), position(0.0), position(1.0)))
    place = (
        optimize.brentq(lambda at: position(at) - wanted, 0.0, 1.0)
        if position(0.0) < wanted < position(1.0)
        else (0.0 if wanted <= position(0.0) else 1.0)
    )
    lower, _, upper = quantiles(place)
    width = (p90 - p10) / (upper - lower)
    low = p10 - lower * width
    return float(low), float(low + place * width), float(low + width)
