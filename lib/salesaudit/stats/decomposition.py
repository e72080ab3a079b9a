"""Splitting a change, or a spread, of a product into the parts of its factors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def logarithmic_mean(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Give L(a, b) = (a - b) / (ln a - ln b), with L(a, a) = a and L(a, 0) = 0, elementwise for a, b >= 0."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    if (a < 0).any() or (b < 0).any():
        raise ValueError("The logarithmic mean needs values of 0 or more.")
    low, high = np.minimum(a, b), np.maximum(a, b)
    mean = np.where(low == high, low, 0.0)
    mean[np.isnan(low)] = np.nan
    # Where a and b nearly agree log(a / b) would lose its digits; where they are far apart log1p would overflow.
    near = (low < high) & (high <= 2 * low)
    far = (low > 0) & (high > 2 * low)
    mean[near] = (high[near] - low[near]) / np.log1p((high[near] - low[near]) / low[near])
    mean[far] = (high[far] - low[far]) / (np.log(high[far]) - np.log(low[far]))
    return mean


def lmdi(x0: ArrayLike | pd.DataFrame, x1: ArrayLike | pd.DataFrame) -> pd.DataFrame:
    """Split the change of a sum of products into factor contributions (additive LMDI-I).

    The contribution of factor j in row g is L(V1, V0) ln(x1 / x0), V the product over the factors of the row.
    A row that appears (V0 = 0) gives V1 to the factor that was zero, a row that vanishes gives -V0 to the factor that
    became zero (in equal parts if several did, the limit of small values), so the sum is always V1 - V0.

    Parameters
    ----------
    x0, x1 : array_like or DataFrame
        Rows (items) x factors before and after, >= 0, same shape; frames must have the same index and columns.

    Returns
    -------
    DataFrame
        One row per item, one column per factor, in the unit of the product. NaN rows where a factor is missing.

    Raises
    ------
    ValueError
        On negative factors or unequal shapes.

    References
    ----------
    Ang (2005), Energy Policy 33, 867-871; Ang, Zhang & Choi (1998), Energy 23, 489-495 (zeros).
    """
    before, after, index, columns = _pair(x0, x1)
    if (before < 0).any() or (after < 0).any():
        raise ValueError("LMDI needs factors of 0 or more; use shapley() where a factor can be negative.")
    v0, v1 = before.prod(axis=1), after.prod(axis=1)
    both = (before > 0) & (after > 0)
    log_ratio = np.log(np.divide(after, before, out=np.ones_like(before), where=both))
    contribution = logarithmic_mean(v1, v0)[:, None] * log_ratio
    contribution += _shared_among((before == 0) & (after > 0), np.where(v0 == 0, v1, 0.0))
    contribution -= _shared_among((before > 0) & (after == 0), np.where(v1 == 0, v0, 0.0))
    contribution[np.isnan(v0) | np.isnan(v1)] = np.nan
    return pd.DataFrame(contribution, index=index, columns=columns)


def shapley(x0: ArrayLike | pd.DataFrame, x1: ArrayLike | pd.DataFrame) -> pd.DataFrame:
    """Split the change of a product by averaging over all orders in which the factors could have changed.

    Parameters
    ----------
    x0, x1 : array_like or DataFrame
        As in `lmdi`, but zeros and negative values are allowed; at most about a dozen factors.

    Returns
    -------
    DataFrame
        As in `lmdi`; every row sums to the change of its product.

    References
    ----------
    Shorrocks (2013), Journal of Economic Inequality 11, 99-126.
    """
    before, after, index, columns = _pair(x0, x1)
    factors = np.arange(before.shape[1])

    def value(changed: frozenset[int]) -> np.ndarray:
        return np.where(np.isin(factors, list(changed)), after, before).prod(axis=1)

    parts = shapley_values(len(factors), value)
    return pd.DataFrame(parts.T, index=index, columns=columns)


def shapley_values(players: int, value: Callable[[frozenset[int]], float | np.ndarray]) -> np.ndarray:
    """Give every player's mean marginal contribution over all orders of joining.

    Parameters
    ----------
    players : int
        Players are numbered from 0; the work grows as 2 ** players.
    value : callable
        Worth of a set of players, a number or an array.

    Returns
    -------
    ndarray
        First axis = players; sums over it to value(all) - value(none).

    References
    ----------
    Shapley (1953), Contributions to the Theory of Games II, 307-317.
    """
    everyone = range(players)
    worth = {
        frozenset(group): np.asarray(value(frozenset(group)), float)
        for size in range(players + 1)
        for group in combinations(everyone, size)
    }
    shares = np.zeros((players, *worth[frozenset()].shape))
    for group, total in worth.items():
        for joined in group:
            weight = factorial(len(group) - 1) * factorial(players - len(group)) / factorial(players)
            shares[joined] += weight * (total - worth[group - {joined}])
    return shares


def variance_shares(log_factors: ArrayLike | pd.DataFrame) -> pd.Series:
    """Say which factor the spread between units comes from: cov(ln x_j, ln S) / var(ln S), S the product.

    Parameters
    ----------
    log_factors : array_like or DataFrame
        Units x factors, natural logarithms; units with a value that is not finite are left out.

    Returns
    -------
    Series
        One share per factor, summing to 1 (single shares may be negative or above 1). NaN with fewer than two units
        or where the product does not vary.
    """
    frame = pd.DataFrame(log_factors).astype(float)
    values = frame.to_numpy()
    values = values[np.isfinite(values).all(axis=1)]
    shares = np.full(values.shape[1], np.nan)
    if len(values) >= 2:
        centred = values - values.mean(axis=0)
        total = centred.sum(axis=1)
        variance = (total**2).sum()
        if variance > 1e-20 * max(1.0, (values**2).sum()):
            shares = (centred * total[:, None]).sum(axis=0) / variance
    return pd.Series(shares, index=frame.columns, name="share")


def _pair(x0, x1) -> tuple[np.ndarray, np.ndarray, pd.Index | None, pd.Index | None]:
    index = columns = None
    if isinstance(x0, pd.DataFrame) and isinstance(x1, pd.DataFrame):
        index, columns = x0.index, x0.columns
        if not (index.equals(x1.index) and columns.equals(x1.columns)):
            raise ValueError("x0 and x1 must have the same rows and columns in the same order.")
    before, after = np.atleast_2d(np.asarray(x0, float)), np.atleast_2d(np.asarray(x1, float))
    if before.shape != after.shape:
        raise ValueError(f"x0 has shape {before.shape} and x1 {after.shape}: they must agree.")
    return before, after, index, columns


def _shared_among(members: np.ndarray, amount: np.ndarray) -> np.ndarray:
    count = members.sum(axis=1)
    return members * np.divide(amount, count, out=np.zeros(len(count)), where=count > 0)[:, None]
