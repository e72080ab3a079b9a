"""The change in sales, split exactly over channels and factors, with what chance alone would do to each part."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.sales_formula.moments import Moments, Windows
from salesaudit.stats import Interval, lmdi, wilson

MOMENT_FACTORS = ("activities", "hit_rate", "value")
OTHER_FACTORS = ("other_orders", "other_value")
FACTORS = (*MOMENT_FACTORS, *OTHER_FACTORS)
FEWEST_VALUES = 5
RESAMPLED = 2000
"""Up to this many values are resampled one by one; the mean of more is as good as normal."""


@dataclass(frozen=True)
class Change:
    """Sales of two periods and the parts of the change.

    Attributes
    ----------
    channels : DataFrame
        One row per part, channel and period (before, now): part (moments, other), channel, period, activities, hits,
        hit_rate, value (with _low and _high), sales. For "other", activities are the orders and the hit rate is 1.
    parts : DataFrame
        One row per part, channel and factor: contribution; their sum is the change exactly.
    factors : DataFrame
        Index factor: contribution, low, high (80 %), sure (whether the 95 % interval leaves out zero), p_largest.
    sales : dict
        before, now, change, change_low, change_high.
    draws : DataFrame
        Draws x factors.
    """

    channels: pd.DataFrame
    parts: pd.DataFrame
    factors: pd.DataFrame
    sales: dict[str, float]
    draws: pd.DataFrame


def between(frame: pd.DataFrame, window: tuple) -> pd.DataFrame:
    """Return the rows whose date lies in a window, both days included."""
    return frame[frame["date"].between(pd.Timestamp(window[0]), pd.Timestamp(window[1]))]


def decompose(
    moments: Moments,
    windows: Windows,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    confidence_level: float = 0.95,
) -> Change:
    """Split the change in sales over channels and factors (additive LMDI-I, exact).

    Chance: hits are binomial at the observed rate, orders without a moment are Poisson, values are resampled; the
    number of moments is what it is.

    References
    ----------
    Ang (2005), Energy Policy 33, 867-871; Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 6.5.
    """
    parts, rows, drawn = [], [], {f: np.zeros(draws) for f in FACTORS}
    for part, frame, names in (("moments", moments.frame, MOMENT_FACTORS), ("other", moments.other, OTHER_FACTORS)):
        cut = {"before": between(frame, windows.before), "now": between(frame, windows.now)}
        present = sorted(set(cut["before"]["channel"]) | set(cut["now"]["channel"]))
        for channel in present:
            pair = {period: f[f["channel"] == channel] for period, f in cut.items()}
            point = [_point(pair[period], part, confidence_level) for period in ("before", "now")]
            rows += [{"part": part, "channel": channel, "period": p, **v} for p, v in zip(pair, point, strict=True)]
            sampled = [_sample(pair[period], part, rng=rng, draws=draws) for period in ("before", "now")]
            exact = _split(*[np.array([[p["activities"], p["hit_rate"], p["value"]]]) for p in point], part)[0]
            by_chance = _split(*sampled, part)
            for n, name in enumerate(names):
                parts.append({"part": part, "channel": channel, "factor": name, "contribution": exact[n]})
                drawn[name] += by_chance[:, n]
    return _summed(pd.DataFrame(rows), pd.DataFrame(parts), pd.DataFrame(drawn))


def _point(frame: pd.DataFrame, part: str, confidence_level: float) -> dict[str, float]:
    """Return number, hits, hit rate, value per hit and sales of one channel in one period, with intervals."""
    n = len(frame)
    hits = int(frame["hit"].sum()) if part == "moments" else n
    rate = wilson(hits, n, confidence_level=confidence_level)
    value = log_mean(frame["value"], confidence_level=confidence_level)
    point = {
        "activities": float(n),
        "hits": hits,
        "hit_rate": rate.estimate if part == "moments" else 1.0,
        "value": value.estimate,
        "value_low": value.low,
        "value_high": value.high,
        "sales": hits * value.estimate if hits and np.isfinite(value.estimate) else 0.0,
    }
    if part == "moments" and n:
        point |= {"hit_rate_low": rate.low, "hit_rate_high": rate.high}
    return point


def log_mean(values: pd.Series, *, confidence_level: float) -> Interval:
    """Return the mean of positive values with the delta interval of its logarithm and t; NaN limits below five."""
    known = values.dropna().to_numpy(float)
    mean = float(known.mean()) if known.size else np.nan
    if known.size < FEWEST_VALUES or not known.std() > 0:
        return Interval(mean, np.nan, np.nan, known.size, confidence_level)
    se = known.std(ddof=1) / mean / np.sqrt(known.size)
    width = np.exp(stats.t.ppf((1 + confidence_level) / 2, known.size - 1) * se)
    return Interval(mean, mean / width, mean * width, known.size, confidence_level)


def _sample(frame: pd.DataFrame, part: str, *, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return draws x (number, hit rate, value)."""
    n = len(frame)
    # Sorted, so that the order of the rows in the export does not decide which value is drawn.
    values = np.sort(frame["value"].dropna().to_numpy(float))
    if part == "moments":
        number = np.full(draws, float(n))
        rate = rng.binomial(n, frame["hit"].mean(), draws) / n if n else np.full(draws, np.nan)
    else:
        number, rate = rng.poisson(n, draws).astype(float), np.ones(draws)
    if len(values) == 0:
        value = np.full(draws, np.nan)
    elif len(values) <= RESAMPLED:
        value = rng.choice(values, size=(draws, len(values))).mean(axis=1)
    else:
        value = rng.normal(values.mean(), values.std(ddof=1) / np.sqrt(len(values)), draws).clip(min=0)
    return np.column_stack([number, rate, value])


def _split(before: np.ndarray, now: np.ndarray, part: str) -> np.ndarray:
    """Return the contributions of the factors, row by row.

    A factor that does not exist in one period (no moments, no hits) takes its value from the other, so that its
    absence does not become a change of its own.
    """
    before, now = before.copy(), now.copy()
    # Without a hit in either period the value plays no part, whatever it is.
    known_before, known_now = np.isfinite(before), np.isfinite(now)
    before, now = np.where(known_before, before, now), np.where(known_now, now, before)
    before, now = np.nan_to_num(before, nan=1.0), np.nan_to_num(now, nan=1.0)
    parts = lmdi(before, now).to_numpy()
    return parts if part == "moments" else parts[:, [0, 2]]


def _summed(rows: pd.DataFrame, parts: pd.DataFrame, drawn: pd.DataFrame) -> Change:
    if rows.empty:
        columns = ["part", "channel", "period", "activities", "hits", "hit_rate", "value", "sales"]
        rows, parts = pd.DataFrame(columns=columns), pd.DataFrame(columns=["part", "channel", "factor", "contribution"])
    present = [f for f in FACTORS if (parts["factor"] == f).any()]
    drawn = drawn[present]
    factors = pd.DataFrame({"contribution": parts.groupby("factor")["contribution"].sum().reindex(present)})
    factors["low"], factors["high"] = drawn.quantile(0.10), drawn.quantile(0.90)
    tails = drawn.quantile([0.025, 0.975])
    factors["sure"] = (tails.iloc[0] > 0) | (tails.iloc[1] < 0)
    largest = drawn.abs().idxmax(axis=1) if present else pd.Series(dtype="str")
    factors["p_largest"] = [float((largest == f).mean()) for f in present]
    sales = {p: float(rows.loc[rows["period"] == p, "sales"].sum()) for p in ("before", "now")}
    total = drawn.sum(axis=1)
    sales |= {
        "change": sales["now"] - sales["before"],
        "change_low": float(total.quantile(0.10)) if present else np.nan,
        "change_high": float(total.quantile(0.90)) if present else np.nan,
    }
    return Change(rows, parts, factors.rename_axis("factor"), sales, drawn)
