"""Counts and exposure by unit and week, as all functions on weekly counts want them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def units_by_week(counts, exposure) -> tuple[np.ndarray, np.ndarray, pd.Index | None]:
    """Return counts and exposure as matrices, both 0 where a unit is not at risk, and the labels of the units.

    Two frames (or two series) are matched by label. A week with exposure 0, or with a missing count or exposure, is
    not at risk.

    Raises
    ------
    ValueError
        On negative values, and on units or weeks that do not match.
    """
    index = None
    if isinstance(counts, pd.Series) and isinstance(exposure, pd.Series):
        counts, exposure = counts.rename(0).to_frame().T, exposure.rename(0).to_frame().T
    if isinstance(counts, pd.DataFrame):
        index = counts.index
        if isinstance(exposure, pd.DataFrame):
            if set(counts.index) != set(exposure.index) or set(counts.columns) != set(exposure.columns):
                raise ValueError("counts and exposure must have the same units and weeks.")
            exposure = exposure.loc[counts.index, counts.columns]
    y = np.atleast_2d(np.asarray(counts, float))
    e = np.atleast_2d(np.asarray(exposure, float))
    if y.shape != e.shape:
        raise ValueError(f"counts have shape {y.shape} and exposure {e.shape}: they must agree.")
    if (y < 0).any() or (e < 0).any():
        raise ValueError("counts and exposure must be 0 or more.")
    at_risk = (e > 0) & ~np.isnan(y)
    return np.where(at_risk, y, 0.0), np.where(at_risk, e, 0.0), index


def shaped(e: np.ndarray, profile: ArrayLike | None) -> np.ndarray:
    """Return the exposure weighted by the level of each week, with the same total for each unit."""
    if profile is None:
        return e
    weighted = e * np.asarray(profile, float)
    return weighted * np.nan_to_num(divide(e.sum(axis=1), weighted.sum(axis=1)), nan=1.0)[:, None]


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, NaN where b is not above 0."""
    return np.divide(a, b, out=np.full(np.shape(a), np.nan), where=np.asarray(b) > 0)


def pearson_residuals(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Return (y - mu) / sqrt(mu), 0 where nothing is expected."""
    return np.divide(y - mu, np.sqrt(mu), out=np.zeros_like(mu), where=mu > 0)
