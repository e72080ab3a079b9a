"""Funnel plots: how far units may lie from the target by chance, given that they vary more than chance alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

WINSOR = 0.10
LEVELS = (0.95, 0.998)


@dataclass(frozen=True)
class Funnel:
    """Units around a target.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, as given plus: z (naive), z_adjusted (by phi), beyond_95, beyond_998 (of the adjusted).
    target : float
        On the scale of the estimates.
    phi : float
        Dispersion of the winsorised z, mean(z^2), not below 1.
    tau2 : float
        Between-unit variance of the additive model; 0 where chance explains the spread.
    """

    frame: pd.DataFrame
    target: float
    phi: float
    tau2: float


def overdispersion(z: ArrayLike, *, winsor: float = WINSOR) -> float:
    """Give phi = mean(z^2) with the lowest and highest share `winsor` of the z pulled in to the next ones.

    Parameters
    ----------
    z : array_like
        Naive z-scores of the units, missing ones left out.
    winsor : float
        Share at each end, in [0, 0.5).

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202; R FunnelPlotR.
    """
    known = np.asarray(z, float).ravel()
    known = known[np.isfinite(known)]
    if not known.size:
        return np.nan
    low, high = np.quantile(known, [winsor, 1 - winsor]) if winsor > 0 else (-np.inf, np.inf)
    return float((np.clip(known, low, high) ** 2).mean())


def funnel(
    estimates: ArrayLike | pd.Series, se: ArrayLike | pd.Series, *, target: float | None = None, winsor: float = WINSOR
) -> Funnel:
    """Lay units around their target and widen the limits by the spread that all of them show.

    phi is multiplicative: limits are target +- z_alpha se sqrt(phi). With w = 1 / se^2 and S phi > S - 1 the additive
    model has tau2 = (S phi - (S - 1)) / (sum w - sum w^2 / sum w), else 0. Points beyond are candidates, not findings.

    Parameters
    ----------
    estimates, se : array_like or Series
        On a scale where they are near normal (log rate, logit).
    target : float, optional
        Precision-weighted mean if not given.
    winsor : float
        As in `overdispersion`.

    Returns
    -------
    Funnel
        NaN in the columns of a unit without a usable value.
    """
    index = estimates.index if isinstance(estimates, pd.Series) else None
    if isinstance(se, pd.Series) and index is not None:
        se = se.reindex(index)
    y, s = np.asarray(estimates, float), np.asarray(se, float)
    usable = np.isfinite(y) & np.isfinite(s) & (s > 0)
    w = 1 / s[usable] ** 2
    if target is None:
        target = float((w * y[usable]).sum() / w.sum()) if usable.any() else np.nan
    z = np.full(y.shape, np.nan)
    z[usable] = (y[usable] - target) / s[usable]
    raw = overdispersion(z, winsor=winsor)
    phi, tau2, units = float(np.fmax(1.0, raw)), 0.0, int(usable.sum())
    if units > 1 and units * raw > units - 1:
        tau2 = float((units * raw - (units - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    adjusted = z / np.sqrt(phi)
    beyond = {f"beyond_{str(level)[2:]}": np.abs(adjusted) > stats.norm.ppf((1 + level) / 2) for level in LEVELS}
    frame = pd.DataFrame({"estimate": y, "se": s, "z": z, "z_adjusted": adjusted} | beyond, index=index)
    return Funnel(frame, float(target), phi, tau2)


def poisson_limits(expected: ArrayLike, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Give the exact Poisson limits of observed over expected, valid only if the events really are Poisson.

    Parameters
    ----------
    expected : array_like
        Expected number of events, > 0.
    level : float
        In (0, 1).

    Returns
    -------
    tuple of ndarray
        Lower and upper limit of the ratio.
    """
    x, tail = np.asarray(expected, float), (1 - level) / 2
    return stats.chi2.ppf(tail, 2 * x) / (2 * x), stats.chi2.ppf(1 - tail, 2 * (x + 1)) / (2 * x)


def log_limits(
    expected: ArrayLike, *, level: float = 0.95, dispersion: float = 1.0, tau2: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Give the limits of observed over expected for counts that vary more than Poisson counts.

    exp(-+ z sqrt(dispersion / expected + tau2)).

    Parameters
    ----------
    expected : array_like
        Expected number of events, > 0.
    level : float
        In (0, 1).
    dispersion : float
        Variance over mean of a unit's count: phi VIF of its weeks, times the funnel's phi where that is used.
    tau2 : float
        Between-unit variance on the log scale (additive model).
    """
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(dispersion / np.asarray(expected, float) + tau2)
    return np.exp(-half), np.exp(half)
