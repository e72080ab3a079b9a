"""Rates from weekly counts that vary more than Poisson counts and drift from week to week.

An exact Poisson interval on such counts covers the true rate in about 72% of cases when it promises 95%. Here the
dispersion of each unit is shrunk towards the pooled one, the autocorrelation is pooled over units, and the interval is
symmetric on the log scale with t quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.intervals import poisson_exact
from salesaudit.stats.multiplicity import family_qvalues

# Prior weight of the pooled dispersion, in degrees of freedom: four per further unit, and never more than 60.
PRIOR_DF_PER_UNIT = 4
PRIOR_DF_CAP = 60
# Of the prior weight, at most this much is believed when choosing the t quantile.
BORROWED_DF_CAP = 10
# Above this the variance inflation (1+rho)/(1-rho) is 19: the series is a trend and not noise.
LARGEST_AUTOCORRELATION = 0.9
CONTRAST_DF = 30
WEEKS_A_YEAR = 365.2425 / 7
# Under half a year a cycle cannot be told from a drift.
FEWEST_WEEKS_FOR_A_CYCLE = 26
CYCLE_TERMS = 2
# A cycle counts when noise alone would show one as clear in fewer than one of twenty series.
CYCLE_LEVEL = 0.05
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
        (1 + autocorrelation) / (1 - autocorrelation).
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
    """The rate of one series as a whole; fields as in `Rates`, phi and autocorrelation from the series itself."""

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


def weekly_rates(
    counts: ArrayLike | pd.DataFrame,
    exposure: ArrayLike | pd.DataFrame,
    *,
    confidence_level: float = 0.95,
    autocorrelation: bool = True,
    profile: ArrayLike | None = None,
) -> Rates:
    """Give the rate of every unit from its weekly counts: quasi-Poisson, shrunken dispersion, pooled AR(1).

    r_i = sum(Y) / sum(E); phi_i = Pearson chi2 / (W_i - 1), shrunk towards the pooled dispersion with
    nu0 = min(4 (units - 1), 60) degrees of freedom and floored at 1; se(log r_i) = sqrt(phi_i VIF / Y_i); the interval
    is r_i exp(+-t se) with (W_i - 1) / VIF + min(nu0, 10) degrees of freedom. A unit without events gets 0 and the
    exact Poisson upper limit.

    Parameters
    ----------
    counts, exposure : array_like or DataFrame
        Units x weeks, weeks in order. Exposure in the unit of the rate (weeks); a week with exposure 0, or with a
        missing count or exposure, is not at risk and is left out for that unit together with its count. Two frames
        (or two series) are matched by label.
    confidence_level : float
        In (0, 1).
    autocorrelation : bool
        False sets the autocorrelation to 0 (weeks taken as independent).
    profile : array_like, optional
        Level of each week, such as `yearly_cycle` gives; spread is measured around it, the rates stay as they are.

    Returns
    -------
    Rates
        NaN limits where the data say nothing about the dispersion (one unit with one week), NaN rows for units that
        were never at risk.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, section 6.2 (dispersion); Smyth (2004), Statistical
    Applications in Genetics 3, article 3 (shrinking it).
    """
    y, e, index = _series(counts, exposure)
    weeks = (e > 0).sum(axis=1)
    count, total_exposure = y.sum(axis=1), e.sum(axis=1)
    rate = _divide(count, total_exposure)
    expected = _shaped(e, profile)
    chi2, df_own = _dispersion(y, expected, rate)
    df_pool = df_own.sum()
    phi_pooled = float(chi2.sum() / df_pool) if df_pool > 0 else np.nan
    rho = _lag1(y, expected, rate, phi_pooled) if autocorrelation else 0.0
    vif = (1 + rho) / (1 - rho)

    units = int((weeks > 0).sum())
    # The pooled dispersion cannot lend more degrees of freedom than it rests on (matters only below five weeks).
    df_prior = min(PRIOR_DF_PER_UNIT * max(units - 1, 0), PRIOR_DF_CAP, df_pool)
    pooled_chi2 = df_prior * phi_pooled if df_prior > 0 else 0.0
    phi = np.fmax(1.0, _divide(chi2 + pooled_chi2, df_own + df_prior))
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
    return Rates(frame, phi_pooled, rho, vif, confidence_level)


def pooled_rate(
    counts: ArrayLike | pd.DataFrame | pd.Series,
    exposure: ArrayLike | pd.DataFrame | pd.Series,
    *,
    confidence_level: float = 0.95,
    autocorrelation: bool = True,
    profile: ArrayLike | None = None,
) -> PooledRate:
    """Give the rate of all units together from the weekly totals, with the dispersion of that series itself.

    Parameters
    ----------
    counts, exposure : array_like, Series or DataFrame
        One value per week, in order; two-dimensional input (units x weeks) is summed over the units first.
    confidence_level : float
        In (0, 1).
    autocorrelation : bool
        False sets the autocorrelation to 0.
    profile : array_like, optional
        Level of each week, estimated from this series; spread is measured around it, the rate stays as it is.

    Returns
    -------
    PooledRate
        Interval with t_{W-1} on the log scale; NaN limits with fewer than two weeks, [0, exact upper limit] without
        events.
    """
    y, e, _ = _series(counts, exposure)
    y, e = y.sum(axis=0, keepdims=True), e.sum(axis=0, keepdims=True)
    weeks = int((e > 0).sum())
    count, total_exposure = y.sum(axis=1), e.sum(axis=1)
    rate = _divide(count, total_exposure)
    expected = _shaped(e, profile)
    terms = 0 if profile is None else CYCLE_TERMS
    chi2, df_own = _dispersion(y, expected, rate)
    df_own = np.maximum(df_own - terms, 0)
    phi_raw = float(chi2[0] / df_own[0]) if df_own[0] > 0 else np.nan
    rho = _lag1(y, expected, rate, phi_raw) if autocorrelation else 0.0
    vif = (1 + rho) / (1 - rho)
    phi = float(np.fmax(1.0, phi_raw))
    df = max(weeks - 1 - terms, 0)
    se_log = np.sqrt(phi * vif / np.where(count > 0, count, ZERO_COUNT))
    low, high = _limits(rate, se_log, np.array([df], float), count, total_exposure, confidence_level)
    return PooledRate(
        estimate=float(rate[0]),
        low=float(low[0]),
        high=float(high[0]),
        se_log=float(se_log[0]) if weeks else np.nan,
        df=df,
        count=float(count[0]),
        exposure=float(total_exposure[0]),
        weeks=weeks,
        phi=phi if weeks else np.nan,
        autocorrelation=rho,
        vif=vif,
        confidence_level=confidence_level,
    )


def yearly_cycle(counts: ArrayLike | pd.DataFrame, exposure: ArrayLike | pd.DataFrame) -> np.ndarray | None:
    """Give the level of each week in a yearly cycle that all units share: one sine and one cosine.

    A season that comes back every year is no chance: taken as chance it makes the interval of the whole too wide.

    Parameters
    ----------
    counts, exposure : array_like or DataFrame
        Units x consecutive weeks, as for `weekly_rates`.

    Returns
    -------
    ndarray or None
        One positive number per week, around 1; None with fewer than 26 weeks at risk, without events, or where the
        cycle is no clearer than noise would make it (F test, corrected for autocorrelation): to fit noise would make
        the interval too short.
    """
    y, e, _ = _series(counts, exposure)
    y, e = y.sum(axis=0, keepdims=True), e.sum(axis=0, keepdims=True)
    known = e[0] > 0
    if known.sum() < FEWEST_WEEKS_FOR_A_CYCLE or not y.any():
        return None
    angle = 2 * np.pi * np.arange(e.shape[1]) / WEEKS_A_YEAR
    waves = np.column_stack([np.ones(e.shape[1]), np.sin(angle), np.cos(angle)])
    fit = sm.GLM(y[0, known], waves[known], family=sm.families.Poisson(), offset=np.log(e[0, known])).fit()
    level = np.exp(waves @ fit.params)
    level = level / (level @ e[0] / e.sum())

    rate, shaped = y.sum(axis=1) / e.sum(axis=1), _shaped(e, level)
    flat, df = _dispersion(y, e, rate)
    waved, _ = _dispersion(y, shaped, rate)
    df = int(df[0]) - CYCLE_TERMS
    phi = max(1.0, waved[0] / df)
    rho = _lag1(y, shaped, rate, phi)
    statistic = (flat[0] - waved[0]) / CYCLE_TERMS / (phi * (1 + rho) / (1 - rho))
    return level if stats.f.sf(statistic, CYCLE_TERMS, df) < CYCLE_LEVEL else None


def leave_one_out_contrasts(rates: Rates) -> pd.DataFrame:
    """Compare the rate of each unit with the rate of all the others together.

    log_ratio = log r_i - log r_{-i}, where r_{-i} is the count over the exposure of the other units and its variance
    is max(1, phi_pooled) VIF / Y_{-i}; statistic = log_ratio / sqrt(se_i^2 + se_{-i}^2) against t_30. A count of
    zero enters the logarithm as 0.5.

    Parameters
    ----------
    rates : Rates
        From `weekly_rates`.

    Returns
    -------
    DataFrame
        One row per unit: log_ratio, se (of log_ratio), statistic, pvalue (two-sided), qvalue (BH; BY with fewer than
        five units). NaN for a unit that cannot be compared; it does not count in the family.
    """
    units = rates.frame
    count, exposure = units["count"].to_numpy(float), units["exposure"].to_numpy(float)
    others_count, others_exposure = count.sum() - count, exposure.sum() - exposure
    # A dispersion that nobody could estimate leaves every contrast unknown: no test from an assumed Poisson.
    variance = np.maximum(1.0, rates.phi_pooled) * rates.vif / np.maximum(others_count, ZERO_COUNT)
    se = np.sqrt(units["se_log"].to_numpy(float) ** 2 + variance)
    own = _divide(np.maximum(count, ZERO_COUNT), exposure)
    others = _divide(np.maximum(others_count, ZERO_COUNT), others_exposure)
    log_ratio = np.log(own) - np.log(others)
    statistic = log_ratio / se
    pvalue = 2 * stats.t.sf(np.abs(statistic), CONTRAST_DF)
    return pd.DataFrame(
        {
            "log_ratio": log_ratio,
            "se": se,
            "statistic": statistic,
            "pvalue": pvalue,
            "qvalue": family_qvalues(pvalue),
        },
        index=units.index,
    )


def _series(counts, exposure) -> tuple[np.ndarray, np.ndarray, pd.Index | None]:
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


def _shaped(e: np.ndarray, profile: ArrayLike | None) -> np.ndarray:
    """Return the exposure weighted by the level of each week, with the same total for each unit."""
    if profile is None:
        return e
    shaped = e * np.asarray(profile, float)
    return shaped * np.nan_to_num(_divide(e.sum(axis=1), shaped.sum(axis=1)), nan=1.0)[:, None]


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a, b, out=np.full(np.shape(a), np.nan), where=np.asarray(b) > 0)


def _dispersion(y: np.ndarray, e: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mu = np.nan_to_num(rate)[:, None] * e
    chi2 = _pearson_terms(y, mu).sum(axis=1)
    # A unit without events shows nothing about dispersion: 0/0, so no degrees of freedom.
    df = np.where(rate > 0, np.maximum((e > 0).sum(axis=1) - 1, 0), 0)
    return np.where(df > 0, chi2, 0.0), df


def _pearson_terms(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return np.divide((y - mu) ** 2, mu, out=np.zeros_like(mu), where=mu > 0)


def _lag1(y: np.ndarray, e: np.ndarray, rate: np.ndarray, phi: float) -> float:
    if not phi > 0:
        return 0.0
    mu = np.nan_to_num(rate)[:, None] * e
    z = np.divide(y - mu, np.sqrt(phi * mu), out=np.zeros_like(mu), where=mu > 0)
    paired = (mu[:, 1:] > 0) & (mu[:, :-1] > 0)
    pairs = paired.sum(axis=1)
    if pairs.sum() == 0:
        return 0.0
    # Residuals around an estimated mean are biased by about -1/W; with unequal W each unit counts with its pairs.
    weeks = np.maximum((mu > 0).sum(axis=1), 1)
    rho = (z[:, 1:] * z[:, :-1])[paired].sum() / pairs.sum() + (pairs / weeks).sum() / pairs.sum()
    return float(np.clip(rho, 0.0, LARGEST_AUTOCORRELATION))


def _limits(rate, se_log, df, count, exposure, confidence_level) -> tuple[np.ndarray, np.ndarray]:
    quantile = stats.t.ppf((1 + confidence_level) / 2, np.where(df > 0, df, np.nan))
    # With a fraction of a degree of freedom the quantile overflows: the limits are then 0 and infinity.
    with np.errstate(over="ignore"):
        low, high = rate * np.exp(-quantile * se_log), rate * np.exp(quantile * se_log)
    for i in np.flatnonzero((count == 0) & (exposure > 0)):
        low[i], high[i] = 0.0, poisson_exact(0, exposure[i], confidence_level=confidence_level).high
    return low, high
