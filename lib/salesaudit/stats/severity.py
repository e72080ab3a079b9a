"""Colours from distributions: how probable is it that a gap exceeds the minor and the major threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

Colour = Literal["red", "yellow", "green", "grey"]


@dataclass(frozen=True)
class Classification:
    """A colour and the probabilities behind it: P(gap > major) and P(gap > minor), NaN if unknown."""

    colour: Colour
    p_major: float
    p_minor: float


def classify(draws: ArrayLike, *, minor: float, major: float, probability: float = 0.90) -> Classification:
    """Colour a gap from draws of its distribution.

    Red: P(gap > major) >= probability. Yellow: else P(gap > minor) >= probability. Green: else
    P(gap < major) >= probability, so green is shown by the data and not the absence of a finding. Grey: otherwise.

    Parameters
    ----------
    draws : array_like
        Posterior or bootstrap draws of the gap, larger = worse; NaN draws are left out.
    minor, major : float
        Thresholds in the unit of the gap, minor <= major.
    probability : float
        In (0.5, 1).

    Returns
    -------
    Classification
        Grey with NaN probabilities if there are no draws.
    """
    known = np.asarray(draws, float).ravel()
    known = known[~np.isnan(known)]
    if known.size == 0:
        return _colour(np.nan, np.nan, np.nan, minor, major, probability)
    return _colour(
        float((known > major).mean()),
        float((known > minor).mean()),
        float((known < major).mean()),
        minor,
        major,
        probability,
    )


def classify_normal(
    estimate: float, se: float, *, minor: float, major: float, df: float | None = None, probability: float = 0.90
) -> Classification:
    """Colour a gap whose distribution is normal, or t with `df` degrees of freedom.

    Parameters
    ----------
    estimate, se : float
        On the scale of the thresholds. se = 0 means that the gap is known exactly (a census); NaN gives grey.
    minor, major, probability : float
        As in `classify`.
    df : float, optional
        Degrees of freedom; without it the normal distribution is used.

    Returns
    -------
    Classification
        As in `classify`.
    """
    if not (np.isfinite(estimate) and np.isfinite(se) and se >= 0) or (df is not None and not df > 0):
        return _colour(np.nan, np.nan, np.nan, minor, major, probability)
    if se == 0:
        return _colour(
            float(estimate > major), float(estimate > minor), float(estimate < major), minor, major, probability
        )

    def exceed(threshold: float) -> float:
        z = (estimate - threshold) / se
        return float(special.ndtr(z) if df is None or np.isinf(df) else special.stdtr(df, z))

    p_major = exceed(major)
    return _colour(p_major, exceed(minor), 1 - p_major, minor, major, probability)


def units_needed_share(
    p: float, half_width: float, *, confidence_level: float = 0.95, population: float | None = None
) -> int:
    """Say how many units an interval of a share with the given half-width needs.

    n = z^2 p(1-p) / d^2, divided by (1 + (n-1)/population) if the population is finite.

    Parameters
    ----------
    p : float
        Expected share in 0-1; NaN plans for the worst case 0.5.
    half_width : float
        d, in (0, 1).
    confidence_level : float
        In (0, 1).
    population : float, optional
        Size of the population the units are drawn from.

    Returns
    -------
    int
    """
    if not 0 < half_width < 1:
        raise ValueError(f"half_width={half_width!r}: must lie between 0 and 1.")
    edge = min(half_width, 0.5)
    # A share observed as 0 or 1 would need "no units at all": plan as if it were one half-width off the edge.
    planned = 0.5 if np.isnan(p) else min(max(p, edge), 1 - edge)
    n = _z(confidence_level) ** 2 * planned * (1 - planned) / half_width**2
    if population is not None and population > 0:
        n = n / (1 + (n - 1) / population)
    return max(1, math.ceil(n - 1e-9))


def count_needed_rate(
    phi: float, vif: float, relative_half_width: float, *, confidence_level: float = 0.95
) -> int | float:
    """Say how many events an interval of a rate with the given relative half-width needs.

    Y = phi VIF (z / d)^2.

    Parameters
    ----------
    phi, vif : float
        Dispersion and autocorrelation inflation of the counts, >= 1; NaN gives NaN.
    relative_half_width : float
        d, as a share of the rate (0.1 = plus or minus 10%).
    confidence_level : float
        In (0, 1).

    Returns
    -------
    int
        Number of events (NaN if the dispersion is unknown).
    """
    if not relative_half_width > 0:
        raise ValueError(f"relative_half_width={relative_half_width!r}: must be above 0.")
    count = phi * vif * (_z(confidence_level) / relative_half_width) ** 2
    return math.ceil(count - 1e-9) if np.isfinite(count) else np.nan


def _z(confidence_level: float) -> float:
    return float(special.ndtri((1 + confidence_level) / 2))


def _colour(
    p_major: float, p_minor: float, p_below_major: float, minor: float, major: float, probability: float
) -> Classification:
    if minor > major:
        raise ValueError(f"minor={minor!r} is above major={major!r}: the major threshold is the larger gap.")
    colour: Colour = "grey"
    if p_major >= probability:
        colour = "red"
    elif p_minor >= probability:
        colour = "yellow"
    elif p_below_major >= probability:
        colour = "green"
    return Classification(colour, p_major, p_minor)
