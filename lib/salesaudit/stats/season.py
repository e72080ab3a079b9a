"""The season that all units share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.autocorrelation import memory_of_residuals
from salesaudit.stats.series import pearson_residuals, units_by_week

WEEKS_A_YEAR = 365.2425 / 7
# In fewer weeks a wave cannot be told from chance.
FEWEST_WEEKS_FOR_A_LEVEL = 26
# A calendar year holds 51 or 52 complete weeks, one of which may be without work; a part of a year has no cycle.
FEWEST_WEEKS_FOR_A_CYCLE = 50
# Half-yearly waves need nearly a year to be told from yearly ones.
FEWEST_WEEKS_FOR_TWO_WAVES = 45
# A cycle counts when noise alone would show one as clear in fewer than one of twenty series.
CYCLE_LEVEL = 0.05


def slow_level(counts: ArrayLike | pd.DataFrame, exposure: ArrayLike | pd.DataFrame) -> np.ndarray | None:
    """Give the level of each week that all units share where it changes slowly: a season, or a rise or decline.

    A wave of a year and, where there is nearly a year of weeks, one of half a year. In half a year this is not what
    comes back every year: a plain decline bends the wave as well (see `yearly_cycle`).

    What all units share is no chance: taken as chance it makes the interval of the whole too wide.

    Parameters
    ----------
    counts, exposure : array_like or DataFrame
        Units x consecutive weeks, as for `weekly_rates`.

    Returns
    -------
    ndarray or None
        One positive number per week, around 1; None with fewer than 26 weeks at risk, without events, or where the
        level is no clearer than noise would make it (F test, corrected for autocorrelation): to fit noise would make
        the interval too short.
    """
    y, e, _ = units_by_week(counts, exposure)
    total, total_e = y.sum(axis=0), e.sum(axis=0)
    known = total_e > 0
    if known.sum() < FEWEST_WEEKS_FOR_A_LEVEL or not total.any():
        return None
    pairs = 2 if known.sum() >= FEWEST_WEEKS_FOR_TWO_WAVES else 1
    angle = 2 * np.pi * np.outer(np.arange(len(total)) / WEEKS_A_YEAR, 1 + np.arange(pairs))
    waves = np.column_stack([np.ones(len(total)), np.sin(angle), np.cos(angle)])
    fit = sm.GLM(total[known], waves[known], family=sm.families.Poisson(), offset=np.log(total_e[known])).fit()
    level = np.exp(waves @ fit.params)
    level = level / (level @ total_e / total_e.sum())
    return level if _clearer_than_noise(total, total_e, level, waves) else None


def yearly_cycle(counts: ArrayLike | pd.DataFrame, exposure: ArrayLike | pd.DataFrame) -> np.ndarray | None:
    """Give the level of each week in a yearly cycle that all units share: `slow_level`, over no less than a year.

    Parameters
    ----------
    counts, exposure : array_like or DataFrame
        Units x consecutive weeks, as for `weekly_rates`.

    Returns
    -------
    ndarray or None
        One positive number per week, around 1; None with fewer than 50 weeks at risk, and where `slow_level` gives
        None.
    """
    at_risk = units_by_week(counts, exposure)[1].sum(axis=0) > 0
    return slow_level(counts, exposure) if at_risk.sum() >= FEWEST_WEEKS_FOR_A_CYCLE else None


def _clearer_than_noise(total: np.ndarray, exposure: np.ndarray, level: np.ndarray, waves: np.ndarray) -> bool:
    rate, known, terms = total.sum() / exposure.sum(), exposure > 0, waves.shape[1] - 1
    flat, cyclic = (pearson_residuals(total, rate * exposure * shape) for shape in (np.ones_like(level), level))
    basis = np.linalg.qr(np.sqrt(exposure * level)[:, None] * waves)[0]
    df = known.sum() - 1 - terms
    phi = max(1.0, (cyclic @ cyclic) / df)
    memory = memory_of_residuals(cyclic, basis, known, phi)
    # The waves are slow: noise with a memory reaches them as much as it reaches the mean.
    inflation = 1 + 2 * memory.lag1 / (1 - memory.latent)
    statistic = (flat @ flat - cyclic @ cyclic) / terms / (phi * inflation)
    return bool(stats.f.sf(statistic, terms, df) < CYCLE_LEVEL)
