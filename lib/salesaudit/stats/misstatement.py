"""How much of a book value may be wrong, from a sample of its monetary units."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def stringer_bound(taintings: ArrayLike, n: int, *, confidence_level: float = 0.95) -> float:
    """Give Stringer's upper bound of the overstated share of a book value.

    p(0) + sum over j of (p(j) - p(j - 1)) t_j, t in falling order, p(j) the one-sided exact upper limit of a share
    after j errors in n.

    Parameters
    ----------
    taintings : array_like
        Overstated share, in (0, 1], of each sampled monetary unit that was overstated; zeros are left out.
    n : int
        Monetary units sampled.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    float
        Share of the book value in 0-1; 1 without a sample.

    References
    ----------
    Bickel (1992), International Statistical Review 60, 197-209; Touw & Hoogduin (2011), p. 138.
    """
    t = np.sort(np.asarray(taintings, float).ravel())[::-1]
    if ((t < 0) | (t > 1)).any() or np.isnan(t).any():
        raise ValueError("taintings must lie in 0-1; understatements are evaluated apart.")
    t = t[t > 0]
    if len(t) > n:
        raise ValueError(f"{len(t)} taintings in a sample of {n}.")
    if n == 0:
        return 1.0
    errors = np.arange(len(t) + 1)
    limit = np.where(errors < n, stats.beta.ppf(confidence_level, errors + 1, np.maximum(n - errors, 1e-9)), 1.0)
    return float(limit[0] + (np.diff(limit) * t).sum())
