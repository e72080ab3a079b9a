"""How many units to check, which plan accepts what, and how to spread the checks over strata."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

LARGEST_SAMPLE = 100_000


@dataclass(frozen=True)
class AttributePlan:
    """A sample that shows a deviation rate to be tolerable.

    Parameters
    ----------
    n : int
        Units to check.
    accept : int
        Largest number of deviations with which the tolerable rate is still kept.
    """

    n: int
    accept: int


@dataclass(frozen=True)
class TwoStagePlan:
    """Check `first` units and accept with none deviating; with exactly one check `second` more and accept with none.

    Parameters
    ----------
    first, second : int
        Units of each stage.
    """

    first: int
    second: int

    def acceptance(self, rate: float) -> float:
        """Give the probability of accepting a population in which `rate` (0-1) of the units deviate.

        (1 - p)^n1 + n1 p (1 - p)^(n1 - 1) (1 - p)^n2.
        """
        keep = 1 - rate
        clean = keep**self.first
        one = self.first * rate * keep ** (self.first - 1)
        return clean + one * keep**self.second

    def expected_size(self, rate: float) -> float:
        """Give the mean number of units checked if `rate` of the units deviate."""
        return self.first + self.second * self.first * rate * (1 - rate) ** (self.first - 1)


def attribute_plan(
    tolerable: float, *, expected: float = 0.0, confidence_level: float = 0.95, population: int | None = None
) -> AttributePlan:
    """Give the smallest sample whose one-sided upper limit stays at or below the tolerable rate.

    n = min {n: betaincinv(k + 1, n - k, level) <= tolerable}, k = ceil(n expected); in a population of N units the
    hypergeometric distribution with ceil(N tolerable) deviations takes the place of the binomial.

    Parameters
    ----------
    tolerable : float
        Tolerable deviation rate, in (0, 1).
    expected : float
        Expected deviation rate, in [0, tolerable): a larger one needs a larger sample.
    confidence_level : float
        In (0, 1).
    population : int, optional
        Number of units the sample is drawn from without replacement.

    Returns
    -------
    AttributePlan
        The whole population where nothing less will do.

    Raises
    ------
    ValueError
        If the rates are not in order, or lie so close that more than 100,000 units would be needed.

    References
    ----------
    AICPA, Audit Guide: Audit Sampling, appendix A; Touw & Hoogduin (2011), Statistiek voor audit en controlling.
    """
    if not 0 <= expected < tolerable < 1:
        raise ValueError(f"expected={expected!r}, tolerable={tolerable!r}: need 0 <= expected < tolerable < 1.")

    def allowed(n: np.ndarray) -> np.ndarray:
        # Rounding first: 100 x 0.01 must not become 2.
        return np.ceil(np.round(n * expected, 10))

    endless = _first(tolerable, allowed, confidence_level, None, LARGEST_SAMPLE)
    if population is None:
        if endless is None:
            raise ValueError(
                f"expected={expected!r} is too close to tolerable={tolerable!r}: no sample is large enough."
            )
        return endless
    # Drawing without replacement never needs more than drawing from an endless population.
    top = min(int(population), endless.n if endless else LARGEST_SAMPLE)
    found = _first(tolerable, allowed, confidence_level, population, top)
    return found or AttributePlan(int(population), math.floor(round(population * tolerable, 10)))


def deviations_plan(
    tolerable: float, deviations: int, *, confidence_level: float = 0.95, population: int | None = None
) -> AttributePlan:
    """Give the smallest sample that still shows the tolerable rate with a given number of deviations.

    Parameters
    ----------
    tolerable : float
        Tolerable deviation rate, in (0, 1).
    deviations : int
        Deviations to be allowed, 0 or more.
    confidence_level, population
        As in `attribute_plan`.
    """
    if not (0 < tolerable < 1 and deviations >= 0):
        raise ValueError(f"tolerable={tolerable!r}, deviations={deviations!r}: need 0 < tolerable < 1 and 0 or more.")

    def allowed(n: np.ndarray) -> np.ndarray:
        return np.full(n.shape, float(deviations))

    endless = _first(tolerable, allowed, confidence_level, None, LARGEST_SAMPLE)
    if population is None:
        if endless is None:
            raise ValueError(f"tolerable={tolerable!r}, deviations={deviations!r}: no sample is large enough.")
        return endless
    top = min(int(population), endless.n if endless else LARGEST_SAMPLE)
    found = _first(tolerable, allowed, confidence_level, population, top)
    return found or AttributePlan(int(population), deviations)


def two_stage_plan(tolerable: float, *, confidence_level: float = 0.90, largest: int = LARGEST_SAMPLE) -> TwoStagePlan:
    """Give the smallest two-stage plan with equal stages that accepts a tolerable rate no more often than allowed.

    Parameters
    ----------
    tolerable : float
        Deviation rate at which the plan may accept with probability 1 - confidence_level.
    confidence_level : float
        In (0, 1).
    largest : int
        Largest stage tried.
    """
    if not 0 < tolerable < 1:
        raise ValueError(f"tolerable={tolerable!r}: must lie between 0 and 1.")
    for n in range(1, largest + 1):
        plan = TwoStagePlan(n, n)
        if plan.acceptance(tolerable) <= 1 - confidence_level:
            return plan
    raise ValueError(f"tolerable={tolerable!r}: no plan with stages up to {largest}.")


def poisson_factor(deviations: float, *, confidence_level: float = 0.95) -> float:
    """Give the upper limit of a Poisson mean after so many deviations: the auditor's confidence factor."""
    return float(stats.gamma.ppf(confidence_level, deviations + 1))


def monetary_sample_size(tolerable: float, *, expected: float = 0.0, confidence_level: float = 0.95) -> int:
    """Give the number of monetary units that shows a tolerable share of misstated money.

    n = min {n: poisson_factor(n expected) / n <= tolerable}.

    Parameters
    ----------
    tolerable, expected : float
        Tolerable and expected misstatement over the value of the population, expected < tolerable.
    confidence_level : float
        In (0, 1).

    References
    ----------
    AICPA, Audit Guide: Audit Sampling, appendix C.
    """
    if not 0 <= expected < tolerable < 1:
        raise ValueError(f"expected={expected!r}, tolerable={tolerable!r}: need 0 <= expected < tolerable < 1.")
    sizes = np.arange(1, LARGEST_SAMPLE + 1)
    # With whole numbers the factor over n meets the tolerable share exactly: leave room for rounding.
    enough = stats.gamma.ppf(confidence_level, 1 + sizes * expected) / sizes <= tolerable * (1 + 1e-12)
    if not enough.any():
        raise ValueError(f"expected={expected!r} is too close to tolerable={tolerable!r}.")
    return int(sizes[np.argmax(enough)])


def for_response(n: float, response: float) -> int:
    """Give how many units to draw so that about `n` answer, if the share `response` (0-1] does."""
    if not 0 < response <= 1:
        raise ValueError(f"response={response!r}: must be above 0 and at most 1.")
    return math.ceil(round(n / response, 9))


def allocate(
    sizes: ArrayLike | pd.Series,
    n: int,
    *,
    minimum: int = 5,
    weight: ArrayLike | pd.Series | None = None,
    spread: ArrayLike | pd.Series | None = None,
) -> pd.Series:
    """Spread a sample over strata: in proportion to size x weight x spread, but at least `minimum` in each.

    Parameters
    ----------
    sizes : array_like or Series
        Units in each stratum; no stratum gives more than it has.
    n : int
        Units to draw in all. More are drawn where the minimum of the strata adds up to more.
    minimum : int
        Least number in each stratum (a smaller stratum is taken whole).
    weight : array_like or Series, optional
        Oversampling of each stratum, such as 3 for the suspicious ones.
    spread : array_like or Series, optional
        Standard deviation in each stratum, sqrt(p (1 - p)) for shares (Neyman allocation).

    Returns
    -------
    Series
        Whole numbers, one per stratum, that sum to n where that is possible.

    References
    ----------
    Neyman (1934), JRSS 97, 558-625; Cochran (1977), Sampling Techniques, section 5.5.
    """
    index = sizes.index if isinstance(sizes, pd.Series) else None
    have = np.asarray(sizes, int)
    if (have < 0).any() or n < 0 or minimum < 0:
        raise ValueError("sizes, n and minimum must be 0 or more.")
    share = have.astype(float)
    for factor in (weight, spread):
        share = share * (1.0 if factor is None else np.asarray(factor, float))
    drawn = np.minimum(have, minimum)
    for _ in range(max(int(n) - drawn.sum(), 0)):
        open_ = (drawn < have) & (share > 0)
        if not open_.any():
            open_ = drawn < have
            if not open_.any():
                break
            share = have.astype(float)
        # Sainte-Lague: the stratum that lags furthest behind its share gets the next unit.
        drawn[np.argmax(np.where(open_, share / (drawn + 0.5), -1.0))] += 1
    return pd.Series(drawn, index=index, name="n")


def _first(
    tolerable: float,
    allowed: Callable[[np.ndarray], np.ndarray],
    confidence_level: float,
    population: int | None,
    top: int,
) -> AttributePlan | None:
    """Return the smallest sample in which so few deviations are improbable enough at the tolerable rate."""
    sizes = np.arange(1, top + 1)
    accept = allowed(sizes)
    if population is None:
        chance = stats.binom.cdf(accept, sizes, tolerable)
    else:
        chance = stats.hypergeom.cdf(accept, population, math.ceil(round(population * tolerable, 10)), sizes)
    enough = np.flatnonzero((chance <= 1 - confidence_level) & (accept < sizes))
    return AttributePlan(int(sizes[enough[0]]), int(accept[enough[0]])) if enough.size else None
