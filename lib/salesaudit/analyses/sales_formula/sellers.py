"""The formula seller by seller: factors with intervals, the gap to the team, and which lever is longest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.sales_formula.change import log_mean
from salesaudit.stats import (
    Interval,
    lmdi,
    pert,
    pooled_rate,
    shrink_log_rates,
    variance_shares,
    weekly_rates,
    wilson,
)

FACTORS = ("rate", "hit_rate", "value")
FEWEST_HITS = 5
"""Below this many hits a product of factors has no usable interval."""
FEWEST_SELLERS = 5
PEERS_QUANTILE = 0.75
CLOSED = (0.0, 0.5, 1.0)
"""How much of the gap to the level of `PEERS_QUANTILE` is closed (low, most likely, high)."""
SPREAD_LEVEL = 0.99
"""How sure it must be that sellers differ in a factor; three factors are looked at, so 95 % would be too little."""


@dataclass(frozen=True)
class Sellers:
    """The factors of each seller.

    Attributes
    ----------
    frame : DataFrame
        Index seller_id: moments, hits, weeks (normal weeks); rate (moments per normal week), hit_rate, value (amount
        per hit) and sales (amount per normal week), each with _low and _high; gap_rate, gap_hit_rate, gap_value (parts
        of the gap in sales per normal week to the team, summing to it) and gap; enough (flag: at least five hits).
    team : Series
        rate, hit_rate, value (each with _low and _high) and sales of all of them together.
    spread : Series
        Share of each factor in the spread of ln(sales) between sellers; NaN with fewer than five.
    levers : DataFrame
        Index factor: gain (P50 a year), low, high (P10, P90), cost (P50 a year of the extra visits, already taken off;
        missing where it is not known), p_best, distinct (whether sellers differ in it by more than chance). Empty with
        fewer than five sellers.
    """

    frame: pd.DataFrame
    team: pd.Series
    spread: pd.Series
    levers: pd.DataFrame


def by_seller(
    moments: pd.DataFrame,
    weeks: pd.DataFrame,
    *,
    years: float,
    gross_margin: float | None,
    realisation: tuple[float, float, float],
    confidence_level: float,
    rng: np.random.Generator,
    visit_cost: float | None = None,
) -> Sellers:
    """Return the factors of every seller with exposure.

    Parameters
    ----------
    moments : DataFrame
        seller_id, date, hit, value; those of the period.
    weeks : DataFrame
        Normal weeks by seller (rows) and Monday.
    years : float
        Length of the period, for gains per year.
    gross_margin : float or None
        Turns the gain of a lever into margin; revenue where missing.
    realisation : tuple of float
        Lowest, most likely and highest share of a possible gain that is realised.
    visit_cost : float, optional
        Cost of one more visit, taken off the gain of more visits.
    """
    # Sorted, so that the order of the rows in the export does not decide which draw is whose.
    weeks = weeks[weeks.sum(axis=1) > 0].sort_index()
    mine = moments[moments["seller_id"].isin(weeks.index)]
    grouped = mine.groupby("seller_id")
    frame = pd.DataFrame(
        {
            "moments": grouped.size().reindex(weeks.index).fillna(0).astype("int64"),
            "hits": grouped["hit"].sum().reindex(weeks.index).fillna(0).astype("int64"),
            "weeks": weeks.sum(axis=1),
            "value": grouped["value"].mean().reindex(weeks.index),
            "sd": grouped["value"].std().reindex(weeks.index),
        }
    ).rename_axis("seller_id")
    frame = frame.join(_rates(mine, weeks, confidence_level))
    frame["hit_rate"] = frame["hits"] / frame["moments"].where(frame["moments"] > 0)
    frame["enough"] = (frame["hits"] >= FEWEST_HITS) & (frame["sd"] > 0)
    frame = _with_intervals(frame, confidence_level)
    team = _team(mine, weeks, confidence_level)
    frame = frame.join(_gaps(frame, team))
    usable = frame[frame["enough"]]
    logs = np.log(usable[list(FACTORS)].astype("float64"))
    spread = variance_shares(logs) if len(usable) >= FEWEST_SELLERS else pd.Series(np.nan, index=list(FACTORS))
    levers = _levers(
        usable, years=years, gross_margin=gross_margin, realisation=realisation, visit_cost=visit_cost, rng=rng
    )
    return Sellers(frame.drop(columns=["sd"]), team, spread, levers)


def _rates(moments: pd.DataFrame, weeks: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """Return moments per normal week with the interval of the process."""
    columns = {"estimate": "rate", "low": "rate_low", "high": "rate_high", "se_log": "rate_se"}
    if weeks.empty:
        return pd.DataFrame(columns=list(columns.values()), dtype="float64")
    rates = weekly_rates(_weekly(moments, weeks), weeks, confidence_level=confidence_level).frame
    return rates[list(columns)].rename(columns=columns)


def _with_intervals(frame: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """Add intervals of hit rate, value and sales; the last two on the log scale with t for the number of hits."""
    shares = [
        wilson(k, n, confidence_level=confidence_level) for k, n in zip(frame["hits"], frame["moments"], strict=True)
    ]
    frame["hit_rate_low"] = [i.low if i.n else np.nan for i in shares]
    frame["hit_rate_high"] = [i.high if i.n else np.nan for i in shares]
    hits = frame["hits"].where(frame["enough"]).astype("float64")
    t = pd.Series(stats.t.ppf((1 + confidence_level) / 2, hits - 1), frame.index)
    frame["hit_rate_se"] = np.sqrt((1 - frame["hit_rate"]) / hits)
    frame["value_se"] = frame["sd"] / frame["value"] / np.sqrt(hits)
    frame["sales"] = (frame["rate"] * frame["hit_rate"] * frame["value"]).where(frame["hits"] > 0, 0.0)
    se = {"value": frame["value_se"]}
    se["sales"] = np.sqrt(frame["rate_se"] ** 2 + frame["hit_rate_se"] ** 2 + frame["value_se"] ** 2)
    for name, width in se.items():
        # Five hits of very unequal value can make the upper end overflow: it is then unknown.
        with np.errstate(over="ignore"):
            frame[f"{name}_low"] = frame[name] * np.exp(-t * width)
            frame[f"{name}_high"] = frame[name] * np.exp(t * width)
    return frame.replace([np.inf, -np.inf], np.nan)


def _team(moments: pd.DataFrame, weeks: pd.DataFrame, confidence_level: float) -> pd.Series:
    """Return the factors of all sellers together with intervals; sales per normal week is their product."""
    level = {"confidence_level": confidence_level}
    rate = pooled_rate(_weekly(moments, weeks).sum(), weeks.sum(), **level) if len(weeks) else None
    parts = {
        "rate": rate or Interval(np.nan, np.nan, np.nan, 0, confidence_level),
        "hit_rate": wilson(int(moments["hit"].sum()), len(moments), **level),
        "value": log_mean(moments["value"], **level),
    }
    team = {}
    for name, part in parts.items():
        team |= {name: part.estimate, f"{name}_low": part.low, f"{name}_high": part.high}
    return pd.Series(team | {"sales": parts["rate"].estimate * parts["hit_rate"].estimate * parts["value"].estimate})


def _weekly(moments: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return moments by seller and Monday, for the sellers and weeks of the exposure."""
    monday = moments["date"] - pd.to_timedelta(moments["date"].dt.day_of_week, unit="D")
    counts = pd.crosstab(moments["seller_id"], monday)
    return counts.reindex(index=weeks.index, columns=weeks.columns, fill_value=0).astype("float64")


def _gaps(frame: pd.DataFrame, team: pd.Series) -> pd.DataFrame:
    """Return the gap of each seller's sales per normal week to the team, split exactly over the factors."""
    known = frame["hits"] > 0
    own = frame.loc[known, list(FACTORS)].astype("float64")
    same = pd.DataFrame([team[list(FACTORS)].astype("float64")] * len(own), index=own.index)
    if own.empty:
        return pd.DataFrame(np.nan, index=frame.index, columns=[*(f"gap_{f}" for f in FACTORS), "gap"])
    parts = lmdi(same, own).add_prefix("gap_")
    parts["gap"] = own.prod(axis=1) - team["sales"]
    return parts.reindex(frame.index)


def _levers(
    usable: pd.DataFrame,
    *,
    years: float,
    gross_margin: float | None,
    realisation: tuple[float, float, float],
    visit_cost: float | None,
    rng: np.random.Generator,
    draws: int = 4000,
) -> pd.DataFrame:
    """Return what it is worth if sellers below the 75th percentile of a factor close part of the gap to it.

    Every seller's factor is adjusted for chance first, so that a low value by chance is no lever. The part closed
    is PERT(0, half, all) of the gap.

    References
    ----------
    Paule & Mandel (1982), J. Res. NBS 87, 377-385 (spread between sellers).
    """
    columns = ["gain", "low", "high", "cost", "p_best", "distinct"]
    if len(usable) < FEWEST_SELLERS:
        return pd.DataFrame(columns=columns).rename_axis("factor")
    yearly = (usable["sales"] * usable["weeks"] / years * (gross_margin or 1)).to_numpy(float)[:, None]
    visits = (usable["moments"] / years).to_numpy(float)[:, None]
    gains, costs, distinct = {}, {}, {}
    for factor in FACTORS:
        logs = np.log(usable[factor].astype("float64"))
        fit = shrink_log_rates(logs, usable[f"{factor}_se"], confidence_level=SPREAD_LEVEL)
        fair, se = fit.frame["estimate"].to_numpy(), fit.frame["se"].to_numpy()
        goal = np.nanquantile(fair, PEERS_QUANTILE)
        gap = np.clip(goal - (fair[:, None] + se[:, None] * rng.standard_normal((len(fair), draws))), 0, None)
        closed = pert(*CLOSED, rng=rng, size=draws)
        realised = pert(*realisation, rng=rng, size=draws)
        gains[factor] = np.nansum(yearly * np.expm1(gap * closed), axis=0) * realised
        if factor == "rate" and visit_cost is not None:
            # Whoever does not follow up on the change makes neither the extra sales nor the extra visits.
            extra = np.nansum(visits * np.expm1(gap * closed), axis=0) * realised * visit_cost
            gains[factor] = gains[factor] - extra
            costs[factor] = float(np.median(extra))
        distinct[factor] = bool(fit.tau2_low > 0)
    table = pd.DataFrame(gains)
    best = table.idxmax(axis=1)
    frame = table.quantile([0.5, 0.1, 0.9]).T.set_axis(["gain", "low", "high"], axis=1)
    frame["cost"] = pd.Series(costs, dtype="float64")
    frame["p_best"] = [float((best == f).mean()) for f in frame.index]
    frame["distinct"] = pd.Series(distinct)
    return frame.rename_axis("factor")
