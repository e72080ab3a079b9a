"""How often an event has happened to a unit by a given time, when it can happen again and again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats


def mean_cumulative(
    start: ArrayLike, stop: ArrayLike, event: ArrayLike, unit: ArrayLike, *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Give the mean number of events per unit up to each event time (Nelson-Aalen for recurrent events).

    M(t) = sum over event times of d / Y; its variance treats units as independent, whatever they repeat:
    sum over units of (sum over t_j <= t of at_risk_i / Y (d_i - d / Y))^2.

    Parameters
    ----------
    start, stop : array_like
        Spells under observation: at risk where start < t <= stop.
    event : array_like
        1 or True where the spell ends with an event.
    unit : array_like
        Label of the unit each spell belongs to.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    DataFrame
        One row per event time: time, at_risk (units), events, estimate, se, low, high (log-symmetric).

    References
    ----------
    Lawless & Nadeau (1995), Technometrics 37, 158-168; Nelson (2003), Recurrent Events Data Analysis.
    """
    start, stop = np.asarray(start, float).ravel(), np.asarray(stop, float).ravel()
    happened = np.asarray(event).ravel().astype(float) > 0
    if np.isnan(start).any() or np.isnan(stop).any() or (start > stop).any():
        raise ValueError("start and stop must be known, start not after stop.")
    label = np.unique(np.asarray(unit), return_inverse=True)[1].ravel()
    units = int(label.max()) + 1 if label.size else 0
    columns = ["time", "at_risk", "events", "estimate", "se", "low", "high"]
    rows, total, influence = [], 0.0, np.zeros(units)
    quantile = stats.norm.ppf((1 + confidence_level) / 2)
    for time in np.unique(stop[happened & (stop > start)]):
        in_view = (start < time) & (stop >= time)
        here = np.bincount(label[in_view], minlength=units) > 0
        own = np.bincount(label[in_view & happened & (stop == time)], minlength=units)
        at_risk, events = int(here.sum()), int(own.sum())
        step = events / at_risk
        total += step
        influence += here * (own - step) / at_risk
        se = float(np.sqrt((influence**2).sum()))
        half = np.exp(quantile * se / total)
        rows.append((time, at_risk, events, total, se, total / half, total * half))
    return pd.DataFrame(rows, columns=columns)
