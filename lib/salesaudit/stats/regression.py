"""Counts explained by other columns: quasi-Poisson regression with exposure, dispersion and clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats

from salesaudit.stats.intervals import Interval


@dataclass(frozen=True)
class PoissonRegression:
    """A fitted log-linear model of counts.

    Parameters
    ----------
    frame : DataFrame
        One row per term: estimate (log rate ratio per unit of the column), se, low, high, pvalue.
    covariance : DataFrame
        Of the estimates, terms x terms.
    phi : float
        Pearson chi2 / residual degrees of freedom.
    deviance : float
    df : float
        Degrees of freedom of t: residual, or clusters - 1.
    n : int
        Rows used.
    confidence_level : float
    """

    frame: pd.DataFrame
    covariance: pd.DataFrame
    phi: float
    deviance: float
    df: float
    n: int
    confidence_level: float

    def sum_of(self, terms: list[str]) -> Interval:
        """Give the sum of some estimates with its interval, such as an elasticity over several lags."""
        estimate = float(self.frame.loc[terms, "estimate"].sum())
        se = float(np.sqrt(self.covariance.loc[terms, terms].to_numpy().sum()))
        half = stats.t.ppf((1 + self.confidence_level) / 2, self.df) * se
        return Interval(estimate, float(estimate - half), float(estimate + half), self.n, self.confidence_level)


def poisson_regression(
    counts: ArrayLike,
    design: pd.DataFrame,
    *,
    exposure: ArrayLike | None = None,
    effects: pd.DataFrame | None = None,
    clusters: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> PoissonRegression:
    """Fit log E[count] = log exposure + design b + effects by Poisson quasi-likelihood.

    Without clusters the covariance is scaled by phi; with them it is the cluster-robust one, times m / (m - 1), and t
    has m - 1 degrees of freedom. With fewer than 30 clusters take it as approximate.

    Parameters
    ----------
    counts : array_like
        One count per row. Rows with a missing value anywhere, or exposure 0, are left out.
    design : DataFrame
        Numeric columns, one per term of interest; an intercept is added.
    exposure : array_like, optional
        In any unit.
    effects : DataFrame, optional
        Labels (unit, period) each of which gets a level of its own; their estimates are not returned. Units without a
        single event say nothing and are left out.
    clusters : array_like, optional
        Label of the cluster of each row.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    PoissonRegression

    Raises
    ------
    ValueError
        If the columns do not determine the estimates.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, chapter 6; Wooldridge (1999), Journal of Econometrics 90,
    77-97 (fixed effects); Cameron & Miller (2015), Journal of Human Resources 50, 317-372 (clusters).
    """
    y = pd.Series(np.asarray(counts, float), index=design.index)
    time = pd.Series(1.0 if exposure is None else np.asarray(exposure, float), index=design.index)
    group = None if clusters is None else pd.Series(np.asarray(clusters), index=design.index)
    used = y.notna() & time.gt(0) & design.notna().all(axis=1)
    for part in (group, effects):
        used &= True if part is None else (part.notna() if part.ndim == 1 else part.notna().all(axis=1))
    if effects is not None:
        for column in effects:
            used &= y.where(used, 0).groupby(effects[column], observed=True).transform("sum").gt(0)
    y, time, x = y[used], time[used], design.loc[used].astype(float)
    parts = [x.assign(intercept=1.0)]
    if effects is not None:
        parts += [
            pd.get_dummies(effects.loc[used, c].astype(str), prefix=c, drop_first=True, dtype=float) for c in effects
        ]
    matrix = pd.concat(parts, axis=1)
    if len(y) <= matrix.shape[1] or np.linalg.matrix_rank(matrix.to_numpy()) < matrix.shape[1]:
        raise ValueError(f"{len(y)} rows and {matrix.shape[1]} columns do not determine the estimates.")
    model = sm.GLM(y, matrix, family=sm.families.Poisson(), offset=np.log(time))
    if group is None:
        fit = model.fit(scale="X2")
        covariance, df = fit.cov_params(), float(fit.df_resid)
    else:
        # Written out, because the library warns where there are fewer clusters than columns.
        fit = model.fit()
        covariance, df = _clustered(matrix, y - fit.fittedvalues, fit.fittedvalues, group[used])
    terms = [*design.columns, "intercept"]
    estimate, se = fit.params[terms], np.sqrt(np.diag(covariance.loc[terms, terms]))
    half = stats.t.ppf((1 + confidence_level) / 2, df) * se
    pvalue = 2 * stats.t.sf(np.abs(estimate / np.where(se > 0, se, np.nan)), df)
    frame = pd.DataFrame(
        {"estimate": estimate, "se": se, "low": estimate - half, "high": estimate + half, "pvalue": pvalue}
    )
    phi = float(fit.pearson_chi2 / fit.df_resid)
    return PoissonRegression(
        frame, covariance.loc[terms, terms], phi, float(fit.deviance), df, len(y), confidence_level
    )


def _clustered(x: pd.DataFrame, residual: pd.Series, mu: pd.Series, group: pd.Series) -> tuple[pd.DataFrame, float]:
    values = x.to_numpy()
    bread = np.linalg.inv(values.T @ (values * mu.to_numpy()[:, None]))
    scores = pd.DataFrame(values * residual.to_numpy()[:, None]).groupby(group.to_numpy(), observed=True).sum()
    m = len(scores)
    if m < 2:
        raise ValueError("one cluster shows no spread between clusters.")
    meat = scores.to_numpy().T @ scores.to_numpy() * m / (m - 1)
    return pd.DataFrame(bread @ meat @ bread, index=x.columns, columns=x.columns), float(m - 1)
