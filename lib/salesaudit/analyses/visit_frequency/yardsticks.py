"""What the measured rate is held against: target, benchmark, and the time that is spent with customers."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, PooledRate, ratio_of_totals, wilson

NORMAL_WEEKS = {"day": 1 / 5, "week": 1.0, "month": 44 / 12, "quarter": 44 / 4, "year": 44.0}
"""Normal weeks in the period of a target; 44 in a year, net of leave and holidays."""
SIMPLE_OFFER, COMPLEX_OFFER, BAND = 25.0, 5.0, 0.30
"""Visits per week where the offer is simplest (grocery retail) and most complex (large IT systems), and the margin."""
RANGE_SD = 2 * stats.norm.ppf(0.9)
"""A range from one in ten to nine in ten is this many standard deviations wide."""
CONTACT = ("contact", "customer contact", "customer", "visit", "visits")


@dataclass(frozen=True)
class Target:
    """The number of visits wanted per normal week.

    Attributes
    ----------
    by_seller : Series
        Target of each seller, NaN without one; a target of zero is none.
    team : float
        Mean over sellers, weighted by their exposure.
    rate : PooledRate
        Visits per normal week of the sellers who have a target.
    weeks_reached : Interval
        Share of seller-weeks at or above the target; part weeks count in proportion.
    """

    by_seller: pd.Series
    team: float
    rate: PooledRate
    weeks_reached: Interval


@dataclass(frozen=True)
class Benchmark:
    """A band of reasonable visits per normal week; `weak` when it is interpolated between two anchors."""

    low: float
    high: float
    weak: bool


@dataclass(frozen=True)
class ContactTime:
    """Share of the recorded minutes that is customer contact, with its interval over sellers."""

    share: Interval
    minutes: float
    sellers: int


def targets(
    data: SalesData,
    counts: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    activity: str,
    rate_of: Callable[[pd.Index], PooledRate],
    confidence_level: float,
) -> Target | None:
    """Return the target of visits, or None where none is set.

    The seller's own target goes before the team's, and that before everybody's. Targets for one purpose or category
    only are parts of a whole and are left out; several that say the same thing are averaged.

    Parameters
    ----------
    rate_of : callable
        Gives the pooled rate of some sellers; sellers without a target say nothing about whether it is reached.
    """
    if not data.has("targets.target"):
        return None
    by_seller = target_by_seller(data, whole_targets(data.targets, activity), counts.index)
    known = by_seller.notna()
    if not known.any():
        return None
    weight = exposure.sum(axis=1)
    team = float((by_seller * weight)[known].sum() / weight[known].sum())
    at_risk = exposure[known] >= 0.5
    reached = (counts[known] >= exposure[known].mul(by_seller[known], axis=0)) & at_risk
    share = wilson(int(reached.to_numpy().sum()), int(at_risk.to_numpy().sum()), confidence_level=confidence_level)
    return Target(by_seller, team, rate_of(by_seller.index[known]), share)


def target_by_seller(data: SalesData, rows: pd.DataFrame, sellers: pd.Index) -> pd.Series:
    """Return the target per normal week of each seller, from the rows of `whole_targets`; NaN without one."""
    own = rows[rows["scope"] == "seller"].groupby("scope_id")["weekly"].mean()
    by_seller = pd.Series(sellers, index=sellers).map(own).astype(float)
    if data.has("sellers.team"):
        team_of = data.sellers.drop_duplicates("seller_id").set_index("seller_id")["team"]
        by_team = rows[rows["scope"] == "team"].groupby("scope_id")["weekly"].mean()
        by_seller = by_seller.fillna(sellers.to_series().map(team_of).map(by_team).astype(float))
    by_seller = by_seller.fillna(rows.loc[rows["scope"] == "all", "weekly"].mean())
    return by_seller.where(by_seller > 0)


def whole_targets(frame: pd.DataFrame, activity: str) -> pd.DataFrame:
    """Return the targets of an activity as a whole, with `weekly`, the number per normal week."""
    rows = frame[frame["activity_type"].str.casefold() == activity.casefold()].dropna(subset=["target"])
    for part in ("purpose", "category"):
        if part in rows:
            rows = rows[rows[part].isna()]
    period = rows["period"].fillna("week") if "period" in rows else pd.Series("week", index=rows.index)
    scope_id = rows["scope_id"] if "scope_id" in rows else pd.Series(pd.NA, index=rows.index, dtype="str")
    return rows.assign(weekly=rows["target"] / period.map(NORMAL_WEEKS).fillna(1), scope_id=scope_id)


def benchmark(data: SalesData) -> Benchmark | None:
    """Return the client's own band for the industry, else one interpolated by the complexity of the offer.

    Between the two anchors the centre is 25^(1-s) 5^s for complexity s, and the band is 30 % either way.
    """
    settings = data.client.settings
    if data.has("benchmarks.low", "benchmarks.high"):
        rows = data.benchmarks.dropna(subset=["low", "high"])
        rows = rows[(rows["low"] > 0) & (rows["high"] >= rows["low"])]
        fits = rows["industry"].str.casefold() == settings.industry.casefold()
        rows = rows[fits] if fits.any() else rows.head(1 if len(rows) == 1 and not settings.industry else 0)
        if (
            len(rows) > 1
            and settings.offer_complexity is not None
            and rows.get("complexity", pd.Series()).notna().any()
        ):
            rows = rows.loc[[(rows["complexity"] - settings.offer_complexity).abs().idxmin()]]
        if len(rows):
            return Benchmark(float(rows["low"].mean()), float(rows["high"].mean()), weak=False)
    if settings.offer_complexity is None:
        return None
    centre = SIMPLE_OFFER ** (1 - settings.offer_complexity) * COMPLEX_OFFER**settings.offer_complexity
    return Benchmark(centre * (1 - BAND), centre * (1 + BAND), weak=True)


def contact_time(data: SalesData, sellers: pd.Series | pd.Index, *, confidence_level: float) -> ContactTime | None:
    """Return the share of recorded minutes spent with customers, clustered by seller; None without such a diary.

    Parameters
    ----------
    sellers : Series or Index
        Whose diaries count.
    """
    if not data.has("time_use.minutes", "time_use.category"):
        return None
    rows = data.within("time_use") if data.has("time_use.date") else data.time_use
    rows = rows.dropna(subset=["minutes", "category", "seller_id"])
    rows = rows[rows["seller_id"].isin(sellers)]
    contact = rows["category"].str.strip().str.casefold().isin(CONTACT)
    # A diary of nothing but visits has no other time to compare them with.
    if not contact.any() or contact.all():
        return None
    share = ratio_of_totals(
        rows["minutes"].where(contact, 0.0),
        rows["minutes"],
        rows["seller_id"],
        confidence_level=confidence_level,
        scale="logit",
    )
    return ContactTime(share, float(rows["minutes"].sum()), int(share.n))
