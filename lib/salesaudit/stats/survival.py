"""How probable an event is within a time, when some units are still waiting and others ended in another way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from salesaudit.stats.intervals import Interval, clopper_pearson


@dataclass(frozen=True)
class CumulativeIncidence:
    """Cumulative incidence of competing causes (Aalen-Johansen).

    Parameters
    ----------
    frame : DataFrame
        One row per cause and distinct time: cause, time, at_risk, events (of this cause), estimate, se, low, high
        (probability of the cause by that time, in 0-1), survival (no event of any cause).
    causes : tuple of int
        The causes observed.
    n : int
        Units that were at risk at some time.
    confidence_level : float
        Nominal coverage of low and high.
    """

    frame: pd.DataFrame
    causes: tuple[int, ...]
    n: int
    confidence_level: float

    def at(self, t: float, cause: int) -> Interval:
        """Give the probability of `cause` by time `t`: the step at the last observed time <= t.

        Before the first event of the cause the estimate is 0 and the upper limit exact for the units then at risk.
        The last value is carried forward beyond the last time; compare t with `horizon`.
        """
        rows = self._steps(cause)
        row = int(np.searchsorted(rows["time"].to_numpy(), t, side="right")) - 1
        if self.n == 0 or np.isnan(t):
            return Interval(np.nan, np.nan, np.nan, self.n, self.confidence_level)
        if row < 0 or rows["estimate"].iloc[row] == 0:
            waiting = int(rows["at_risk"].iloc[max(row, 0)])
            high = clopper_pearson(0, waiting, confidence_level=self.confidence_level).high
            return Interval(0.0, 0.0, high, self.n, self.confidence_level)
        step = rows.iloc[row]
        return Interval(float(step["estimate"]), float(step["low"]), float(step["high"]), self.n, self.confidence_level)

    def horizon(self, *, min_at_risk: int = 10) -> float:
        """Give the largest observed time with at least `min_at_risk` units at risk (NaN if there is none)."""
        enough = self.frame.loc[self.frame["at_risk"] >= min_at_risk, "time"]
        return float(enough.max()) if len(enough) else np.nan

    def ultimate(self, cause: int, min_at_risk: int = 10) -> Interval:
        """Give the probability of `cause` by the largest time with at least `min_at_risk` units at risk."""
        return self.at(self.horizon(min_at_risk=min_at_risk), cause)

    def _steps(self, cause: int) -> pd.DataFrame:
        if cause in self.causes:
            return self.frame[self.frame["cause"] == cause]
        # A cause that never happened shares the times and risk sets of any other.
        first = self.frame["cause"].iloc[0] if len(self.frame) else 0
        return self.frame[self.frame["cause"] == first].assign(estimate=0.0)


def aalen_johansen(
    time: ArrayLike, cause: ArrayLike, *, entry: ArrayLike | None = None, confidence_level: float = 0.95
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of each cause with ties, right censoring and late entry.

    F_k(t) = sum over event times of S(t-) d_k / Y; the interval is F^exp(+-z se / (F log F)). Before the first event
    of a cause the upper limit is the exact one for the units at risk; at F = 1 the lower limit is carried on.

    Parameters
    ----------
    time : array_like
        Time of the event or of censoring, >= 0.
    cause : array_like
        0 = censored, 1, 2, ... = what happened.
    entry : array_like, optional
        Time from which the unit was watched (left truncation); at risk if entry < t <= time. Units with
        entry >= time were never watched and are left out.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    CumulativeIncidence
        If nothing but censoring was seen, the frame has one set of rows with cause 0 and estimate 0.

    Raises
    ------
    ValueError
        On missing values or causes that are not whole numbers >= 0.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5, 141-150; Marubini & Valsecchi (1995), Analysing Survival Data from
    Clinical Trials and Observational Studies.
    """
    time, cause, entry = _observed(time, cause, entry)
    causes = tuple(int(c) for c in np.unique(cause) if c > 0)
    labels = causes or (0,)
    times = np.unique(time)
    at_risk = _at_risk(times, time, entry)
    # Label 0 stands in for a cause when nothing happened, and then has no events.
    events = np.array([_tally(times, time[(cause == label) & (cause > 0)]) for label in labels])
    survival, estimate, se = _incidence(at_risk, events)
    if entry is None and causes:
        estimate, library_se = _library_incidence(time, cause, causes)
        # The library divides by zero where the last units at risk all end; the same formula has a limit there.
        se = np.where(np.isfinite(library_se), library_se, se)
    # Sums of many steps may pass 1 by rounding.
    estimate = np.minimum(estimate, 1.0)
    blocks = []
    for row, label in enumerate(labels):
        low, high = _limits(estimate[row], se[row], at_risk, confidence_level)
        block = {
            "cause": label,
            "time": times,
            "at_risk": at_risk,
            "events": events[row],
            "estimate": estimate[row],
            "se": se[row],
            "low": low,
            "high": high,
            "survival": survival,
        }
        blocks.append(pd.DataFrame(block))
    return CumulativeIncidence(pd.concat(blocks, ignore_index=True), causes, len(time), confidence_level)


def kaplan_meier_median(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, confidence_level: float = 0.95
) -> Interval:
    """Give the median time to an event with right censoring and late entry (Kaplan-Meier).

    Parameters
    ----------
    time, entry : array_like
        As in `aalen_johansen`.
    event : array_like
        1 or True where the event happened, 0 or False where the unit was censored.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Interval
        In the unit of time; n is the number of units. NaN if fewer than half had the event; the upper limit is inf
        where the data do not bound it.

    References
    ----------
    Brookmeyer & Crowley (1982), Biometrics 38, 29-41.
    """
    time, event, entry = _observed(time, event, entry)
    happened = (event > 0).astype(int)
    n = len(time)
    if happened.sum() == 0:
        return Interval(np.nan, np.nan, np.nan, n, confidence_level)
    # Where survival is exactly 0 or 1 the log-log transform is infinite, and the library drops those points.
    with np.errstate(all="ignore"):
        curve = SurvfuncRight(time, happened, entry=entry)
        median = float(curve.quantile(0.5))
        low, high = curve.quantile_ci(0.5, alpha=1 - confidence_level)
    return Interval(median, float(low), float(high), n, confidence_level)


def _observed(time, cause, entry) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    time, cause = np.asarray(time, float).ravel(), np.asarray(cause, float).ravel()
    if time.shape != cause.shape:
        raise ValueError(f"time has {time.size} values and cause {cause.size}: they must agree.")
    if np.isnan(time).any() or np.isnan(cause).any():
        raise ValueError("time and cause must have no missing values; leave such units out and count them.")
    if (cause < 0).any() or (cause != np.round(cause)).any():
        raise ValueError("cause must be 0 (censored), 1, 2, ...")
    cause = cause.astype(int)
    if entry is None:
        return time, cause, None
    entry = np.asarray(entry, float).ravel()
    if entry.shape != time.shape or np.isnan(entry).any():
        raise ValueError("entry must have one value per unit and none missing.")
    watched = entry < time
    return time[watched], cause[watched], entry[watched]


def _at_risk(times: np.ndarray, time: np.ndarray, entry: np.ndarray | None) -> np.ndarray:
    still_in = len(time) - np.searchsorted(np.sort(time), times, side="left")
    if entry is None:
        return still_in
    return still_in - (len(time) - np.searchsorted(np.sort(entry), times, side="left"))


def _tally(times: np.ndarray, event_times: np.ndarray) -> np.ndarray:
    return np.bincount(np.searchsorted(times, event_times), minlength=len(times))


def _incidence(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, d, d_all = at_risk.astype(float), events.astype(float), events.sum(axis=0).astype(float)
    survival = np.cumprod(1 - d_all / y)
    before = np.r_[1.0, survival[:-1]]
    f = np.cumsum(before * d / y, axis=1)
    # Once everybody at risk has ended, F stays what it is, so that this time adds nothing to the first sum.
    remaining = y * (y - d_all)
    a = np.divide(d_all, remaining, out=np.zeros_like(y), where=remaining > 0)
    b = before**2 * d * (y - d) / y**3
    c = before * d / y**2
    variance = (
        f**2 * np.cumsum(a)
        - 2 * f * np.cumsum(f * a, axis=1)
        + np.cumsum(f**2 * a, axis=1)
        + np.cumsum(b, axis=1)
        - 2 * f * np.cumsum(c, axis=1)
        + 2 * np.cumsum(f * c, axis=1)
    )
    return survival, f, np.sqrt(np.maximum(variance, 0.0))


def _library_incidence(time: np.ndarray, cause: np.ndarray, causes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    # The library wants the causes numbered without gaps.
    status = np.where(cause > 0, np.searchsorted(causes, cause) + 1, 0)
    with np.errstate(all="ignore"):
        fit = CumIncidenceRight(time, status)
    return np.array(fit.cinc), np.array(fit.cinc_se)


def _limits(
    f: np.ndarray, se: np.ndarray, at_risk: np.ndarray, confidence_level: float
) -> tuple[np.ndarray, np.ndarray]:
    z = stats.norm.ppf((1 + confidence_level) / 2)
    inside = (f > 1e-12) & (f < 1 - 1e-12) & (se > 0)
    inner_f = np.where(inside, f, 0.5)
    theta = np.where(inside, z * se / (inner_f * np.log(inner_f)), 0.0)
    # log F is negative, so is theta: the larger power is the lower limit. A huge half-width overflows to [0, 1].
    with np.errstate(over="ignore"):
        low, high = inner_f ** np.exp(-theta), inner_f ** np.exp(theta)
    nothing_yet = f <= 1e-12
    all_gone = ~inside & ~nothing_yet
    tail = (1 - confidence_level) / 2
    low = np.where(nothing_yet, 0.0, low)
    high = np.where(nothing_yet, 1 - tail ** (1 / at_risk), high)
    # At F = 1 the lower limit from just before still holds, because F cannot fall.
    known_low = np.maximum.accumulate(np.where(inside, low, 0.0))
    first = np.where(known_low > 0, known_low, tail ** (1 / at_risk))
    return np.where(all_gone, first, low), np.where(all_gone, 1.0, high)
