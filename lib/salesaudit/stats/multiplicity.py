"""Many comparisons at once: false discovery control, and each unit against all the others."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

# Below this many units the leave-one-out contrasts are strongly negatively tied, and BH is no longer guaranteed.
FEWEST_UNITS_FOR_BH = 5
# Two chances are equal when they differ by no more than this part.
ALIKE = 1e-7
# So many chances are worked out at a time.
CELLS = 1_000_000


def benjamini_hochberg(pvalues: ArrayLike | pd.Series, *, method: Literal["bh", "by"] = "bh"):
    """Turn p-values into q-values that control the false discovery rate.

    Parameters
    ----------
    pvalues : array_like or Series
        In [0, 1]; NaN marks a comparison that could not be made and does not count in the family.
    method : {"bh", "by"}
        Benjamini-Hochberg, or Benjamini-Yekutieli under arbitrary dependence.

    Returns
    -------
    ndarray or Series
        q-values in the same order (and with the same index), NaN where the p-value is NaN.

    References
    ----------
    Benjamini & Hochberg (1995), JRSS B 57, 289-300.
    """
    p = np.asarray(pvalues, float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known], method=method)
    return pd.Series(q, index=pvalues.index, name="qvalue") if isinstance(pvalues, pd.Series) else q


def family_qvalues(pvalues: np.ndarray) -> np.ndarray:
    """Give the q-values of one leave-one-out family: BH, or BY where fewer than five units were compared."""
    tested = int(np.isfinite(pvalues).sum())
    return benjamini_hochberg(pvalues, method="bh" if tested >= FEWEST_UNITS_FOR_BH else "by")


def fisher_versus_others(successes: ArrayLike | pd.Series, trials: ArrayLike | pd.Series) -> pd.DataFrame:
    """Test each unit's proportion against the sum of all other units with Fisher's exact test.

    Parameters
    ----------
    successes, trials : array_like or Series
        One value per unit; a unit without trials is kept with NaN and does not count in the family.

    Returns
    -------
    DataFrame
        One row per unit (index of `trials` if it has one): estimate, others (shares in 0-1), difference, pvalue
        (two-sided), qvalue (BH; BY if fewer than five units can be compared).
    """
    index = trials.index if isinstance(trials, pd.Series) else None
    if isinstance(successes, pd.Series) and index is not None:
        successes = successes.reindex(index)
    k = np.nan_to_num(np.asarray(successes, float)).astype(int)
    n = np.nan_to_num(np.asarray(trials, float)).astype(int)
    if (k > n).any() or (k < 0).any():
        raise ValueError("successes must lie between 0 and trials for every unit.")
    others_k, others_n = k.sum() - k, n.sum() - n
    pvalue = np.full(len(n), np.nan)
    known = np.flatnonzero((n > 0) & (others_n > 0))
    for some in np.array_split(known, 1 + known.size * int(n.max(initial=0)) // CELLS):
        pvalue[some] = _fisher(k[some], n[some], k.sum(), n.sum())
    frame = pd.DataFrame({"estimate": _share(k, n), "others": _share(others_k, others_n)}, index=index)
    frame["difference"] = frame["estimate"] - frame["others"]
    frame["pvalue"] = pvalue
    frame["qvalue"] = family_qvalues(pvalue)
    return frame


def _fisher(k: np.ndarray, n: np.ndarray, successes: int, trials: int) -> np.ndarray:
    """Return the chance, two-sided, of so many successes among n of all trials: all outcomes that are no likelier."""
    x, n = np.arange(n.max(initial=0) + 1.0), n[:, None]
    lowest, highest = np.maximum(0, n - (trials - successes)), np.minimum(n, successes)
    # Each outcome from the one before it: as exact as the library's own chances, and much faster.
    above, below = (successes - x + 1) * (n - x + 1), x * (trials - successes - n + x)
    later = (x > lowest) & (x <= highest)
    step = np.log(np.divide(above, below, out=np.ones(later.shape), where=later)).cumsum(axis=1)
    chance = np.where(later | (x == lowest), np.exp(step - step.max(axis=1, keepdims=True)), 0.0)
    own = np.take_along_axis(chance, k[:, None], axis=1)
    # Outcomes that are equally likely but for rounding count.
    return np.where(chance <= own * (1 + ALIKE), chance, 0.0).sum(axis=1) / chance.sum(axis=1)


def _share(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    return np.divide(k, n, out=np.full(len(n), np.nan), where=n > 0)
