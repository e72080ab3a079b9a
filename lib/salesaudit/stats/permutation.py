"""What a statistic would be if order or labels meant nothing, by putting them in random order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class PermutationTest:
    """A statistic beside its values under permutation.

    Parameters
    ----------
    statistic : float
        As observed.
    pvalue : float
        (1 + number of permutations at least as extreme) / (1 + number of permutations).
    null : ndarray
        The permuted values.
    """

    statistic: float
    pvalue: float
    null: np.ndarray

    @property
    def null_mean(self) -> float:
        """Mean of the statistic if the order meant nothing."""
        return float(self.null.mean()) if self.null.size else np.nan


def permutation_test(
    statistic: Callable[[np.ndarray], float],
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    n_permutations: int = 1000,
    alternative: Literal["greater", "less", "two-sided"] = "greater",
) -> PermutationTest:
    """Compare a statistic with its values after the values were put in random order, within groups if given.

    Parameters
    ----------
    statistic : callable
        Of the array of values, in the rows' order; NaN counts as not extreme.
    values : array_like
        What is put in random order.
    rng : numpy.random.Generator
    groups : array_like, optional
        Values change places only inside a group.
    n_permutations : int
    alternative : {"greater", "less", "two-sided"}
        Two-sided is twice the smaller side.

    Returns
    -------
    PermutationTest

    References
    ----------
    Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39.
    """
    x = np.asarray(values)
    observed = float(statistic(x))
    if np.isnan(observed) or x.size == 0:
        return against_null(observed, np.empty(0), alternative=alternative)
    label = np.zeros(x.size, dtype=int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    rows = np.argsort(label, kind="stable")
    null = np.empty(n_permutations)
    for i in range(n_permutations):
        # Sorting random numbers inside each group is a shuffle of all groups at once.
        order = np.lexsort((rng.random(x.size), label))
        shuffled = np.empty_like(x)
        shuffled[rows] = x[order]
        null[i] = statistic(shuffled)
    return against_null(observed, null, alternative=alternative)


def against_null(
    observed: float, null: ArrayLike, *, alternative: Literal["greater", "less", "two-sided"] = "greater"
) -> PermutationTest:
    """Compare a statistic with its values in random orders that the caller made; NaN without any.

    Parameters
    ----------
    observed : float
    null : array_like
        Values under the null; NaN counts as not extreme.
    alternative : {"greater", "less", "two-sided"}
        Two-sided is twice the smaller side.

    Returns
    -------
    PermutationTest

    References
    ----------
    Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39.
    """
    if alternative not in ("greater", "less", "two-sided"):
        raise ValueError(f"alternative={alternative!r}: use 'greater', 'less' or 'two-sided'.")
    null = np.asarray(null, float).ravel()
    if np.isnan(observed) or null.size == 0:
        return PermutationTest(float(observed), np.nan, np.empty(0))
    # Values that are equal but for rounding count as extreme.
    slack = 1e-12 * max(1.0, abs(observed))
    upper = (1 + (null >= observed - slack).sum()) / (1 + null.size)
    lower = (1 + (null <= observed + slack).sum()) / (1 + null.size)
    pvalue = {"greater": upper, "less": lower, "two-sided": min(1.0, 2 * min(upper, lower))}[alternative]
    return PermutationTest(float(observed), float(pvalue), null)
