"""Fair comparison of many units: estimates pulled towards the mean by as much as their noise deserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, special, stats
from statsmodels.stats.meta_analysis import combine_effects

from salesaudit.stats.intervals import Interval

MEAN_RANGE = (0.02, 0.98)
# alpha + beta: from "units differ as much as can be" to "units are the same".
TOTAL_RANGE = (1.5, 400.0)
GRID = 80


@dataclass(frozen=True)
class ShrunkenRates:
    """Shrunken log rates.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, on the log scale: estimate, low, high, se (posterior), raw (as given), weight (B, the pull
        towards the mean in 0-1).
    tau2 : float
        Between-unit variance used; NaN with fewer than two units.
    tau2_estimate : float
        Paule-Mandel estimate before the floor.
    tau2_low, tau2_high : float
        Q-profile limits of the between-unit variance.
    mean, mean_se : float
        Mean log rate over units and its standard error.
    confidence_level : float
        Nominal coverage of low and high.
    """

    frame: pd.DataFrame
    tau2: float
    tau2_estimate: float
    tau2_low: float
    tau2_high: float
    mean: float
    mean_se: float
    confidence_level: float


@dataclass(frozen=True)
class BetaBinomialPosterior:
    """Posterior of the probabilities of many units.

    Parameters
    ----------
    frame : DataFrame
        One row per unit: estimate (posterior mean), low, high, raw (successes / trials), successes, trials.
    population : Interval
        Mean probability over the population of units; n is the number of units with trials.
    alpha, beta : float
        Posterior means of the parameters of the Beta distribution between units.
    draws : ndarray
        Units x draws, for statements such as P(unit 1 above unit 2).
    population_draws : ndarray
        Draws of the population mean.
    confidence_level : float
        Nominal coverage of low and high.
    """

    frame: pd.DataFrame
    population: Interval
    alpha: float
    beta: float
    draws: np.ndarray
    population_draws: np.ndarray
    confidence_level: float


def shrink_log_rates(
    log_rates: ArrayLike | pd.Series,
    se: ArrayLike | pd.Series,
    *,
    confidence_level: float = 0.95,
    tau_floor: float = 0.02,
) -> ShrunkenRates:
    """Shrink log rates towards their mean with the normal-normal model and Paule-Mandel's tau^2.

    B = se^2 / (se^2 + tau^2); posterior mean B mu + (1 - B) log r; posterior variance
    (1 - B) se^2 + B^2 var(mu).

    Parameters
    ----------
    log_rates, se : array_like or Series
        One value per unit; se > 0. A unit with a missing or infinite value, or se = 0, stays NaN and is not used.
    confidence_level : float
        In (0, 1).
    tau_floor : float
        Smallest between-unit standard deviation believed; an estimate of 0 would hide every unit.

    Returns
    -------
    ShrunkenRates
        With fewer than two usable units nothing is shrunk and the between-unit figures are NaN.

    References
    ----------
    Paule & Mandel (1982), J. Res. NBS 87, 377-385; Viechtbauer (2007), Statistics in Medicine 26, 37-52 (Q-profile).
    """
    index = log_rates.index if isinstance(log_rates, pd.Series) else None
    if isinstance(se, pd.Series) and index is not None:
        se = se.reindex(index)
    raw, sd = np.asarray(log_rates, float), np.asarray(se, float)
    usable = np.isfinite(raw) & np.isfinite(sd) & (sd > 0)
    y, v = raw[usable], sd[usable] ** 2
    tau2 = estimate = low = high = np.nan
    mean = float(y[0]) if y.size else np.nan
    mean_se = float(np.sqrt(v[0])) if y.size else np.nan
    weight = np.zeros(y.size)
    if y.size >= 2:
        estimate = _paule_mandel(y, v)
        low, high = _q_profile(y, v, confidence_level)
        tau2 = max(estimate, tau_floor**2)
        w = 1 / (v + tau2)
        mean, mean_se = float((w * y).sum() / w.sum()), float(np.sqrt(1 / w.sum()))
        weight = v / (v + tau2)

    posterior = np.full((3, raw.size), np.nan)
    posterior[0, usable] = weight * mean + (1 - weight) * y
    posterior[1, usable] = np.sqrt((1 - weight) * v + weight**2 * mean_se**2)
    posterior[2, usable] = weight
    half = stats.norm.ppf((1 + confidence_level) / 2) * posterior[1]
    frame = pd.DataFrame(
        {
            "estimate": posterior[0],
            "low": posterior[0] - half,
            "high": posterior[0] + half,
            "se": posterior[1],
            "raw": raw,
            "weight": posterior[2],
        },
        index=index,
    )
    return ShrunkenRates(frame, tau2, estimate, low, high, mean, mean_se, confidence_level)


def hierarchical_beta_binomial(
    successes: ArrayLike | pd.Series,
    trials: ArrayLike | pd.Series,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    confidence_level: float = 0.95,
) -> BetaBinomialPosterior:
    """Give the probability of every unit, the spread between units being unknown too.

    k_i ~ Bin(n_i, p_i), p_i ~ Beta(alpha, beta), p(alpha, beta) proportional to (alpha + beta)^(-5/2), on a grid over
    the mean m = alpha / (alpha + beta) in (0.02, 0.98) and log(alpha + beta) in (log 1.5, log 400). Plugging in a
    single (alpha, beta) instead covers only 31-87% where 95% is promised.

    Parameters
    ----------
    successes, trials : array_like or Series
        One value per unit. A unit without trials gets the distribution of the population of units.
    rng : numpy.random.Generator
        Source of the draws.
    draws : int
        Posterior draws.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    BetaBinomialPosterior
        All NaN if no unit has a trial.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3.
    """
    index = trials.index if isinstance(trials, pd.Series) else None
    if isinstance(successes, pd.Series) and index is not None:
        successes = successes.reindex(index)
    n = np.nan_to_num(np.asarray(trials, float))
    k = np.where(n > 0, np.nan_to_num(np.asarray(successes, float)), 0.0)
    if (k > n).any() or (k < 0).any() or (n < 0).any():
        raise ValueError("successes must lie between 0 and trials for every unit.")
    units = int((n > 0).sum())
    if units == 0:
        p, m = np.full((n.size, draws), np.nan), np.full(draws, np.nan)
        alpha = beta = np.nan
    else:
        m, total, (alpha, beta) = _hyperparameters(k, n, rng=rng, draws=draws)
        p = rng.beta((m * total) + k[:, None], ((1 - m) * total) + (n - k)[:, None])
    tails = [(1 - confidence_level) / 2, (1 + confidence_level) / 2]
    low, high = np.quantile(p, tails, axis=1) if p.size else np.empty((2, n.size))
    frame = pd.DataFrame(
        {
            "estimate": p.mean(axis=1),
            "low": low,
            "high": high,
            "raw": np.divide(k, n, out=np.full(n.size, np.nan), where=n > 0),
            "successes": k,
            "trials": n,
        },
        index=index,
    )
    m_low, m_high = (float(q) for q in np.quantile(m, tails))
    population = Interval(float(m.mean()), m_low, m_high, units, confidence_level)
    return BetaBinomialPosterior(frame, population, alpha, beta, p, m, confidence_level)


def _paule_mandel(y: np.ndarray, v: np.ndarray) -> float:
    # Equal effects make the library divide 0 by 0 in statistics that are not used here.
    with np.errstate(all="ignore"):
        return float(combine_effects(y, v, method_re="iterated", maxiter=500).tau2)


def _q_profile(y: np.ndarray, v: np.ndarray, confidence_level: float) -> tuple[float, float]:
    def q(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())

    def solve(target: float) -> float:
        if q(0.0) <= target:
            return 0.0
        top = float(v.max() + np.ptp(y) ** 2)
        while q(top) > target:
            top *= 4
        return float(optimize.brentq(lambda tau2: q(tau2) - target, 0.0, top))

    tail = (1 - confidence_level) / 2
    df = y.size - 1
    return solve(stats.chi2.ppf(1 - tail, df)), solve(stats.chi2.ppf(tail, df))


def _hyperparameters(
    k: np.ndarray, n: np.ndarray, *, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    m_range, log_range = MEAN_RANGE, tuple(np.log(TOTAL_RANGE))
    # Many trials make the posterior narrower than a cell of the first grid: look once, then again where the mass is.
    for _ in range(3):
        m_edges, log_edges = np.linspace(*m_range, GRID + 1), np.linspace(*log_range, GRID + 1)
        m_mid, log_mid = (m_edges[1:] + m_edges[:-1]) / 2, (log_edges[1:] + log_edges[:-1]) / 2
        weights = _grid_weights(k, n, m_mid[:, None], np.exp(log_mid)[None, :])
        m_range = _support(m_edges, weights.sum(axis=1))
        log_range = _support(log_edges, weights.sum(axis=0))
    total_mid = np.exp(log_mid)
    alpha = float((weights * m_mid[:, None] * total_mid).sum())
    beta = float((weights * (1 - m_mid)[:, None] * total_mid).sum())
    cell = rng.choice(weights.size, size=draws, p=weights.ravel())
    row, column = np.divmod(cell, GRID)
    # Spread over the cell, so that the draws do not sit on grid lines.
    m = m_mid[row] + (rng.random(draws) - 0.5) * (m_edges[1] - m_edges[0])
    log_total = log_mid[column] + (rng.random(draws) - 0.5) * (log_edges[1] - log_edges[0])
    return m, np.exp(log_total), (alpha, beta)


def _grid_weights(k: np.ndarray, n: np.ndarray, m: np.ndarray, total: np.ndarray) -> np.ndarray:
    alpha, beta = m * total, (1 - m) * total
    # Prior (alpha + beta)^(-5/2) times the Jacobian total^2 of the change to (m, log total).
    log_weight = np.broadcast_to(-0.5 * np.log(total), alpha.shape).copy()
    prior = special.betaln(alpha, beta)
    pairs, times = np.unique(np.column_stack([k, n])[n > 0], axis=0, return_counts=True)
    for (successes, trials), repeated in zip(pairs, times, strict=True):
        log_weight += repeated * (special.betaln(alpha + successes, beta + trials - successes) - prior)
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _support(edges: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    # One cell of margin on each side keeps the tails that fall just outside the visible mass.
    kept = np.flatnonzero(weight > 1e-7 * weight.max())
    return float(edges[max(kept[0] - 1, 0)]), float(edges[min(kept[-1] + 2, len(edges) - 1)])
