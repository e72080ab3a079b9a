"""Rates from weekly counts that vary more than Poisson counts and drift from week to week.

An exact Poisson interval on such counts covers the true rate in about 72% of cases when it promises 95%. Here the
dispersion of each unit is shrunk towards the pooled one, the memory of the weeks (`autocorrelation`) is pooled over
units, and the interval is symmetric on the log scale with t quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.autocorrelation import NONE, Memory, memory_of_residuals, memory_of_units, unit_weights
from salesaudit.stats.intervals import poisson_exact
from salesaudit.stats.series import divide, pearson_residuals, shaped, units_by_week

# Prior weight of the pooled dispersion, in degrees of freedom: four per further unit, and never more than 60.
PRIOR_DF_PER_UNIT = 4
PRIOR_DF_CAP = 60
# Of the prior weight, at most this much is believed when choosing the t quantile.
BORROWED_DF_CAP = 10
# What takes this many weeks or more to come and go belongs to the level of the total in those weeks; quicker is chance.
# Twenty weeks catch a half-yearly season whatever its phase.
SHORTEST_LEVEL_WAVE = 20
# What an empty count is taken for wherever a logarithm is needed.
ZERO_COUNT = 0.5


@dataclass(frozen=True)
class Rates:
    """Rates per unit with the dispersion and autocorrelation that they share.

    Parameters
    ----------
    frame : DataFrame
        One row per unit: estimate, low, high (events per unit of exposure), se_log (standard error of the log rate),
        df, count, exposure, weeks (at risk), phi (shrunken dispersion).
    phi_pooled : float
        Pearson dispersion pooled over units, not floored at 1; NaN if no unit has two weeks and an event.
    autocorrelation : float
        Pooled lag-1 correlation of the weekly residuals, in [0, 0.9].
    vif : float
        By how much the memory of the weeks inflates the variance of a unit's total; mean over the units, >= 1.
    confidence_level : float
        Nominal coverage of low and high.
    """

    frame: pd.DataFrame
    phi_pooled: float
    autocorrelation: float
    vif: float
    confidence_level: float


@dataclass(frozen=True)
class PooledRate:
    """The rate of one series as a whole.

    Parameters
    ----------
    estimate, low, high, se_log, df, count, exposure, weeks, phi, autocorrelation, vif, confidence_level
        As in `Rates`, for the series of weekly totals itself.
    seasonal : bool
        Whether the spread was measured around a profile of the weeks.
    """

    estimate: float
    low: float
    high: float
    se_log: float
    df: float
    count: float
    exposure: float
    weeks: int
    phi: float
    autocorrelation: float
    vif: float
    confidence_level: float
    seasonal: bool = False


def weekly_rates(
    counts: ArrayLike | pd.DataFrame,
    exposure: ArrayLike | pd.DataFrame,
    *,
    confidence_level: float = 0.95,
    autocorrelation: bool = True,
    profile: ArrayLike | None = None,
) -> Rates:
    """Give the rate of every unit from its weekly counts: quasi-Poisson, shrunken dispersion, pooled memory.

    r_i = sum(Y) / sum(E); phi_i = Pearson chi2 / (W_i - VIF_i), shrunk towards the pooled dispersion with
    nu0 = min(4 (units - 1), 60) degrees of freedom and floored at 1; se(log r_i) = sqrt(phi_i VIF_i / Y_i), where
    VIF_i = q'Rq with q = sqrt(expected share of each week) and R the pooled correlation between weeks; the interval is
    r_i exp(+-t se) with (W_i - 1) / VIF_i + min(nu0, 10) degrees of freedom. A unit without events gets 0 and the exact
    Poisson upper limit.

    Parameters
    ----------
    counts, exposure : array_like or DataFrame
        Units x weeks, weeks in order. Exposure in the unit of the rate (weeks); a week with exposure 0, or with a
        missing count or exposure, is not at risk and is left out for that unit together with its count. Two frames
        (or two series) are matched by label.
    confidence_level : float
        In (0, 1).
    autocorrelation : bool
        False takes the weeks as independent.
    profile : array_like, optional
        Level of each week, such as `slow_level` gives; spread is measured around it, the rates stay as they are.

    Returns
    -------
    Rates
        NaN limits where the data say nothing about the dispersion (one unit with one week), NaN rows for units that
        were never at risk.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, section 6.2 (dispersion); Smyth (2004), Statistical
    Applications in Genetics 3, article 3 (shrinking it); Zeger (1988), Biometrika 75, 621-629 (memory of counts).
    """
    y, e, index = units_by_week(counts, exposure)
    weeks = (e > 0).sum(axis=1)
    count, total_exposure = y.sum(axis=1), e.sum(axis=1)
    rate = divide(count, total_exposure)
    mu = np.nan_to_num(rate)[:, None] * shaped(e, profile)
    memory = _pooled_memory(y, mu) if autocorrelation else NONE
    vif = _inflation(mu, memory)
    chi2, df_own = _dispersion(y, mu, vif)
    df_pool = df_own.sum()
    phi_pooled = float(chi2.sum() / df_pool) if df_pool > 0 else np.nan

    units = int((weeks > 0).sum())
    # The pooled dispersion cannot lend more degrees of freedom than it rests on (matters only below five weeks).
    df_prior = min(PRIOR_DF_PER_UNIT * max(units - 1, 0), PRIOR_DF_CAP, df_pool)
    pooled_chi2 = df_prior * phi_pooled if df_prior > 0 else 0.0
    phi = np.fmax(1.0, divide(chi2 + pooled_chi2, df_own + df_prior))
    df = np.maximum(weeks - 1, 0) / vif + min(df_prior, BORROWED_DF_CAP)
    se_log = np.sqrt(phi * vif / np.where(count > 0, count, ZERO_COUNT))
    low, high = _limits(rate, se_log, df, count, total_exposure, confidence_level)

    frame = pd.DataFrame(
        {
            "estimate": rate,
            "low": low,
            "high": high,
            "se_log": se_log,
            "df": df,
            "count": count,
            "exposure": total_exposure,
            "weeks": weeks,
            "phi": phi,
        },
        index=index,
    )
    frame.loc[weeks == 0, ["estimate", "low", "high", "se_log", "df", "phi"]] = np.nan
    shared_vif = float(vif[count > 0].mean()) if (count > 0).any() else 1.0
    return Rates(frame, phi_pooled, memory.lag1, shared_vif, confidence_level)


def pooled_rate(
    counts: ArrayLike | pd.DataFrame | pd.Series,
    exposure: ArrayLike | pd.DataFrame | pd.Series,
    *,
    confidence_level: float = 0.95,
    autocorrelation: bool = True,
    profile: ArrayLike | None = None,
) -> PooledRate:
    """Give the rate of all units together, with the dispersion of the weekly totals themselves.

    What all units share and what changes slowly - a season, a drift, any wave of 20 weeks or longer - is the level
    of these weeks and part of the rate; chance is what remains. With z the Pearson residuals of the totals after these
    waves, M the matrix that takes them out and R the correlation between weeks, phi = z'z / tr(MR), the variance of
    the log rate is phi q'Rq / Y, and t has tr(MR)^2 / tr(MRMR) degrees of freedom.

    One series tells little about its own memory. Where units are given, R comes from what is left of each unit's
    counts after the weeks' common level; the memory of the totals replaces it in so far as the totals vary more than
    independent units would make them.

    Parameters
    ----------
    counts, exposure : array_like, Series or DataFrame
        One value per week, in order, or units x weeks: the rate is that of the sum, the memory that of the units.
    confidence_level : float
        In (0, 1).
    autocorrelation : bool
        False takes the weeks as independent.
    profile : array_like, optional
        Level of each week, estimated from this series; spread is measured around it, the rate stays as it is.

    Returns
    -------
    PooledRate
        NaN limits with fewer than two weeks, [0, exact upper limit] without events.

    References
    ----------
    Worsley & Friston (1995), NeuroImage 2, 173-181 (slow waves taken out, autocorrelated errors, effective degrees of
    freedom).
    """
    y, e, _ = units_by_week(counts, exposure)
    total, total_e = y.sum(axis=0), e.sum(axis=0)
    at_risk, count, exposed = total_e > 0, total.sum(), total_e.sum()
    rate = count / exposed if exposed > 0 else np.nan
    level = shaped(total_e[None, :], profile)[0]
    basis = _slow_waves(level, at_risk)
    z = pearson_residuals(total, np.nan_to_num(rate) * level)
    z = z - basis @ (basis.T @ z)
    memory = _total_memory(y, e, z, basis, at_risk) if autocorrelation else NONE
    r = memory.matrix(len(z))
    vif = float(basis[:, 0] @ r @ basis[:, 0]) if count > 0 else 1.0
    chi2, df_sum, df = _quadratic(z, basis, at_risk, r)
    phi_raw = chi2 / df_sum if df_sum > 1e-9 and count > 0 else np.nan
    phi = float(np.fmax(1.0, phi_raw))
    se_log = float(np.sqrt(phi * vif / max(count, ZERO_COUNT)))
    one = [np.array([value], float) for value in (rate, se_log, df, count, exposed)]
    low, high = _limits(*one, confidence_level)
    known = bool(at_risk.any())
    return PooledRate(
        estimate=float(rate),
        low=float(low[0]),
        high=float(high[0]),
        se_log=se_log if known else np.nan,
        df=df,
        count=float(count),
        exposure=float(exposed),
        weeks=int(at_risk.sum()),
        phi=phi if known else np.nan,
        autocorrelation=memory.lag1,
        vif=vif,
        confidence_level=confidence_level,
        seasonal=profile is not None,
    )


def _pooled_memory(y: np.ndarray, mu: np.ndarray) -> Memory:
    """Return the memory of the weeks, once with the crude dispersion and once with the one that follows from it."""
    z, memory = pearson_residuals(y, mu), NONE
    for _ in range(2):
        chi2, df = _dispersion(y, mu, _inflation(mu, memory))
        memory = memory_of_units(z, mu, chi2.sum() / df.sum() if df.sum() > 0 else 0.0)
    return memory


def _total_memory(y: np.ndarray, e: np.ndarray, z: np.ndarray, basis: np.ndarray, at_risk: np.ndarray) -> Memory:
    own = NONE
    for _ in range(2):
        chi2, df_sum, _ = _quadratic(z, basis, at_risk, own.matrix(len(z)))
        phi = chi2 / df_sum if df_sum > 1e-9 else 0.0
        own = memory_of_residuals(z, basis, at_risk, phi)
    apart = _around_common_level(y, e)
    units = int((apart.sum(axis=1) > 0).sum())
    if units < 2 or not phi > 0:
        return own
    between = _pooled_memory(y, apart)
    chi2, df = _dispersion(y, apart, _inflation(apart, between))
    phi_between = chi2.sum() / (df.sum() * (units - 1) / units) if df.sum() > 0 else 0.0
    common = float(np.clip(1 - phi_between / phi, 0, 1))
    latent = (1 - common) * between.latent + common * own.latent
    return Memory(float(latent), between.share)


def _around_common_level(y: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Return what is expected of each unit in each week when all follow the level of the week."""
    unit = np.nan_to_num(divide(y.sum(axis=1), e.sum(axis=1)))
    for _ in range(5):
        week = np.nan_to_num(divide(y.sum(axis=0), unit @ e))
        unit = np.nan_to_num(divide(y.sum(axis=1), e @ week))
    return unit[:, None] * e * week


def _slow_waves(level: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the level and of the cosine waves that are too slow to be chance."""
    weeks = len(level)
    waves = int(2 * at_risk.sum() / SHORTEST_LEVEL_WAVE)
    phase = np.pi * (np.arange(weeks) + 0.5) / max(weeks, 1)
    columns = np.sqrt(level)[:, None] * np.cos(np.outer(phase, np.arange(waves + 1)))
    return np.linalg.qr(columns)[0] * at_risk[:, None]


def _quadratic(z: np.ndarray, basis: np.ndarray, at_risk: np.ndarray, r: np.ndarray) -> tuple[float, float, float]:
    """Return z'z, what it is expected to be for a dispersion of 1, and its effective degrees of freedom."""
    m = np.diag(at_risk.astype(float)) - basis @ basis.T
    mr = m @ r
    expected, square = float(np.trace(mr)), float((mr * mr.T).sum())
    # Nothing is left of a week or two: rounding must not pass for a degree of freedom.
    if expected < 1e-9:
        return float(z @ z), 0.0, 0.0
    return float(z @ z), expected, expected**2 / square


def _inflation(mu: np.ndarray, memory: Memory) -> np.ndarray:
    q = unit_weights(mu)
    return np.where(mu.sum(axis=1) > 0, ((q @ memory.matrix(mu.shape[1])) * q).sum(axis=1), 1.0)


def _dispersion(y: np.ndarray, mu: np.ndarray, vif: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chi2 = (pearson_residuals(y, mu) ** 2).sum(axis=1)
    # A unit without events shows nothing about dispersion: 0/0, so no degrees of freedom. Estimating the mean costs
    # as many weeks as the memory makes resemble each other.
    df = np.where(mu.sum(axis=1) > 0, np.maximum((mu > 0).sum(axis=1) - vif, 0), 0)
    return np.where(df > 0, chi2, 0.0), df


def _limits(rate, se_log, df, count, exposure, confidence_level) -> tuple[np.ndarray, np.ndarray]:
    quantile = stats.t.ppf((1 + confidence_level) / 2, np.where(df > 0, df, np.nan))
    # With a fraction of a degree of freedom the quantile overflows: the limits are then 0 and infinity.
    with np.errstate(over="ignore"):
        low, high = rate * np.exp(-quantile * se_log), rate * np.exp(quantile * se_log)
    for i in np.flatnonzero((count == 0) & (exposure > 0)):
        low[i], high[i] = 0.0, poisson_exact(0, exposure[i], confidence_level=confidence_level).high
    return low, high
