"""How weeks resemble their neighbours, and how much longer an interval must therefore be.

The level of a series drifts (first-order autoregression) and the counts scatter around that level at random. Pearson
residuals of neighbouring weeks are then correlated by share * latent, and weeks k apart by share * latent^k: the random
scatter dilutes the correlation but does not shorten its memory. An AR(1) fitted to the residuals themselves would
forget too early and make intervals too short.

References
----------
Zeger (1988), A regression model for time series of counts, Biometrika 75, 621-629 (the model and its moments);
Worsley & Friston (1995), Analysis of fMRI time-series revisited - again, NeuroImage 2, 173-181 (expected quadratic
forms and effective degrees of freedom under autocorrelation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

# Above this the series is a trend and not noise.
LARGEST_LATENT = 0.9
# At least so much of the variance is taken for drift: where counts hardly vary more than Poisson counts, the ratio of
# two small numbers would say anything.
SMALLEST_SHARE = 0.5


@dataclass(frozen=True)
class Memory:
    """Correlation between the Pearson residuals of weeks.

    Parameters
    ----------
    latent : float
        Lag-1 correlation of the drifting level, in [0, 0.9].
    share : float
        Part of the variance that drifts, in [0.5, 1].
    """

    latent: float
    share: float

    @property
    def lag1(self) -> float:
        """Correlation of neighbouring weeks as they are counted."""
        return self.share * self.latent

    def matrix(self, weeks: int) -> np.ndarray:
        """Return the correlation matrix of consecutive weeks."""
        return _correlation(weeks, self.latent, self.share)


NONE = Memory(0.0, SMALLEST_SHARE)


def drifting_share(phi: float) -> float:
    """Return the part of the variance beyond Poisson scatter, (phi - 1) / phi, and never less than a half."""
    return max(SMALLEST_SHARE, float(1 - 1 / phi)) if phi > 0 else SMALLEST_SHARE


def memory_of_units(z: np.ndarray, mu: np.ndarray, phi: float) -> Memory:
    """Estimate the memory that many units share, from residuals around each unit's own mean.

    The observed sum of products of neighbours over the sum of squares is set equal to the ratio of their expected
    values; so the loss that comes from estimating the mean is paid back whatever the correlation is.

    Parameters
    ----------
    z : ndarray
        Units x weeks, Pearson residuals, 0 where not at risk.
    mu : ndarray
        Expected counts, 0 where not at risk.
    phi : float
        Dispersion of the residuals.
    """
    paired = (mu[:, 1:] > 0) & (mu[:, :-1] > 0)
    squares = float((z**2).sum())
    if not squares > 0 or not paired.any():
        return NONE
    observed = (z[:, 1:] * z[:, :-1])[paired].sum() / squares
    q, neighbours = unit_weights(mu), np.zeros_like(mu)
    neighbours[:, :-1] += np.where(paired, np.sqrt(mu[:, 1:]), 0.0) / 2
    neighbours[:, 1:] += np.where(paired, np.sqrt(mu[:, :-1]), 0.0) / 2
    neighbours /= np.sqrt(np.maximum(mu.sum(axis=1), 1e-300))[:, None]
    share, pairs, weeks = drifting_share(phi), paired.sum(), (mu > 0).sum()
    own = (q * neighbours).sum(axis=1)

    def expected(latent: float) -> float:
        spread = q @ _correlation(mu.shape[1], latent, share)
        inflation = (spread * q).sum(axis=1)
        products = pairs * share * latent - 2 * (spread * neighbours).sum() + (own * inflation).sum()
        return products / max(weeks - inflation.sum(), 1e-9)

    return Memory(_match(observed, expected), share)


def memory_of_residuals(z: np.ndarray, basis: np.ndarray, at_risk: np.ndarray, phi: float) -> Memory:
    """Estimate the memory of one series from its residuals after an orthonormal basis was taken out.

    Parameters
    ----------
    z : ndarray
        Residuals by week, 0 where not at risk.
    basis : ndarray
        Weeks x terms, orthonormal, zero rows where not at risk.
    at_risk : ndarray of bool
    phi : float
        Dispersion of the residuals.
    """
    paired = at_risk[1:] & at_risk[:-1]
    squares = float((z**2).sum())
    if not squares > 0 or not paired.any():
        return NONE
    observed = (z[1:] * z[:-1])[paired].sum() / squares
    m = np.diag(at_risk.astype(float)) - basis @ basis.T
    shift = np.diag(paired / 2, 1) + np.diag(paired / 2, -1)
    products, share = m @ shift @ m, drifting_share(phi)

    def expected(latent: float) -> float:
        r = _correlation(len(z), latent, share)
        return float((products * r).sum() / max((m * r).sum(), 1e-9))

    return Memory(_match(observed, expected), share)


def unit_weights(mu: np.ndarray) -> np.ndarray:
    """Return sqrt(mu) by unit, scaled to length 1: with it q'Rq is the variance inflation of the unit's total."""
    total = mu.sum(axis=1, keepdims=True)
    return np.sqrt(np.divide(mu, total, out=np.zeros_like(mu), where=total > 0))


def _correlation(weeks: int, latent: float, share: float) -> np.ndarray:
    steps = np.arange(weeks)
    by_lag = share * latent**steps
    by_lag[0] = 1.0
    return by_lag[np.abs(steps[:, None] - steps[None, :])]


def _match(observed: float, expected: Callable[[float], float]) -> float:
    """Return where the rising function `expected` reaches `observed`, within 0 and the largest memory believed."""
    if observed <= expected(0.0):
        return 0.0
    if observed >= expected(LARGEST_LATENT):
        return LARGEST_LATENT
    return float(optimize.brentq(lambda latent: expected(latent) - observed, 0.0, LARGEST_LATENT, xtol=1e-6))
