"""Weighted averages of many units, pulled towards the mean: James-Stein and Buhlmann-Straub."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Credibility:
    """Credibility estimates.

    Parameters
    ----------
    frame : DataFrame
        One row per unit: estimate, raw (weighted mean), weight (total), credibility (share of the unit's own value).
    within : float
        Variance of one observation of weight 1.
    between : float
        Variance between units, not below 0.
    mean : float
        Credibility-weighted mean of the units.
    """

    frame: pd.DataFrame
    within: float
    between: float
    mean: float


def james_stein(values: ArrayLike, variance: float) -> tuple[np.ndarray, float]:
    """Shrink equally precise values towards their mean by c = 1 - (k - 3) variance / sum (y - mean)^2, not below 0.

    Parameters
    ----------
    values : array_like
        One per unit, at least four.
    variance : float
        Sampling variance of each value.

    Returns
    -------
    tuple of ndarray and float
        Shrunken values, and c. With fewer than four units nothing is shrunk.

    References
    ----------
    Efron & Morris (1977), Stein's paradox in statistics, Scientific American 236, 119-127.
    """
    y = np.asarray(values, float)
    spread = float(((y - y.mean()) ** 2).sum()) if y.size else 0.0
    if y.size < 4:
        return y.copy(), 1.0
    c = max(0.0, 1 - (y.size - 3) * variance / spread) if spread > 0 else 0.0
    return y.mean() + c * (y - y.mean()), float(c)


def buhlmann_straub(values: ArrayLike | pd.DataFrame, weights: ArrayLike | pd.DataFrame) -> Credibility:
    """Shrink weighted averages of units (amount per order, margin per contact) by their credibility.

    Z_i = w_i / (w_i + s^2 / a); s^2 within and a between units are the unbiased estimators; the mean weighs units by Z.

    Parameters
    ----------
    values, weights : array_like or DataFrame
        Units x periods: averages and what they rest on (orders, contacts). A weight of 0 leaves the cell out.

    Returns
    -------
    Credibility
        Where units differ no more than chance would make them, all get the common mean.

    References
    ----------
    Buhlmann & Gisler (2005), A Course in Credibility Theory, chapter 4; R actuar::cm.
    """
    index = values.index if isinstance(values, pd.DataFrame) else None
    x, w = np.atleast_2d(np.asarray(values, float)), np.atleast_2d(np.asarray(weights, float))
    if x.shape != w.shape or (w < 0).any():
        raise ValueError("values and weights must have the same shape, and weights be 0 or more.")
    known = np.isfinite(x) & (w > 0)
    x, w = np.where(known, x, 0.0), np.where(known, w, 0.0)
    total = w.sum(axis=1)
    there = total > 0
    raw = np.divide((w * x).sum(axis=1), total, out=np.full(len(total), np.nan), where=there)
    df = int((known.sum(axis=1)[there] - 1).sum())
    units, everything = int(there.sum()), total.sum()
    if units < 2 or df < 1:
        overall = float(np.nansum(total * np.nan_to_num(raw)) / everything) if everything else np.nan
        return Credibility(_frame(raw, raw, total, np.ones(len(raw)), index), np.nan, np.nan, overall)
    within = float((w * (x - np.nan_to_num(raw)[:, None]) ** 2).sum() / df)
    overall = float((total[there] * raw[there]).sum() / everything)
    between = float((total[there] * (raw[there] - overall) ** 2).sum() - (units - 1) * within)
    between = max(0.0, between / (everything - (total**2).sum() / everything))
    z = np.divide(
        total * between, total * between + within, out=np.zeros(len(total)), where=total * between + within > 0
    )
    mean = float((z[there] * raw[there]).sum() / z.sum()) if z.sum() > 0 else overall
    return Credibility(_frame(z * np.nan_to_num(raw) + (1 - z) * mean, raw, total, z, index), within, between, mean)


def _frame(estimate, raw, weight, credibility, index) -> pd.DataFrame:
    columns = {"estimate": estimate, "raw": raw, "weight": weight, "credibility": credibility}
    return pd.DataFrame(columns, index=index)
