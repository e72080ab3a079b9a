"""What visits are for: whether it is recorded, how often each purpose occurs, and whether it is reached."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData
from salesaudit.schema import PURPOSES
from salesaudit.stats import (
    BetaBinomialPosterior,
    PooledRate,
    fisher_versus_others,
    hierarchical_beta_binomial,
    pooled_rate,
)
from salesaudit.workload import normal_weeks

NOT_RECORDED = "NONE"
WEEKS_IN_YEAR = 44
"""Normal weeks in a year of full work: 52 less holidays and leave; turns a monthly or yearly target into weeks."""
PER_WEEK = {
    "day": 5.0,
    "week": 1.0,
    "month": 12 / WEEKS_IN_YEAR,
    "quarter": 4 / WEEKS_IN_YEAR,
    "year": 1 / WEEKS_IN_YEAR,
}


@dataclass(frozen=True)
class Shares:
    """A share per seller, with its shrunken value and the test against the others.

    Attributes
    ----------
    frame : DataFrame
        Index seller_id: hits, total, raw, estimate, low, high, pvalue, qvalue.
    draws : ndarray
        Rows of `frame` x draws of the shrunken share.
    hits, total : int
        Of all visits, those without a seller included.
    """

    frame: pd.DataFrame
    draws: np.ndarray
    hits: int
    total: int


def seller_shares(
    visits: pd.DataFrame, hit: pd.Series, *, confidence_level: float, rng: np.random.Generator, draws: int = 2000
) -> Shares:
    """Return the share of visits with `hit` per seller."""
    counts = hit.groupby(visits["seller_id"]).agg(["sum", "size"]).astype("int64")
    posterior: BetaBinomialPosterior = hierarchical_beta_binomial(
        counts["sum"], counts["size"], rng=rng, draws=draws, confidence_level=confidence_level
    )
    tests = fisher_versus_others(counts["sum"], counts["size"])[["pvalue", "qvalue"]]
    frame = counts.set_axis(["hits", "total"], axis=1).join(posterior.frame[["raw", "estimate", "low", "high"]])
    return Shares(frame.join(tests), posterior.draws, int(hit.sum()), len(hit))


def purpose_mix(visits: pd.DataFrame) -> pd.DataFrame:
    """Return visits by seller (rows) and purpose (columns), those without a recorded purpose as their own."""
    purpose = visits["purpose_planned"].fillna(NOT_RECORDED)
    known = visits["seller_id"].notna()
    table = pd.crosstab(visits.loc[known, "seller_id"], purpose[known])
    return table.reindex(columns=[*PURPOSES, NOT_RECORDED], fill_value=0)


def weekly_counts(visits: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return visits by (seller_id, purpose) and Monday, for the sellers and weeks of the exposure."""
    monday = visits["date"].dt.normalize() - pd.to_timedelta(visits["date"].dt.day_of_week, unit="D")
    mine = visits["seller_id"].isin(weeks.index) & visits["purpose_planned"].notna()
    keys = [visits.loc[mine, "seller_id"], visits.loc[mine, "purpose_planned"]]
    table = pd.crosstab(keys, monday[mine].rename("week")).astype("float64")
    return table.reindex(columns=weeks.columns, fill_value=0.0)


def by_purpose(data: SalesData, visits: pd.DataFrame, targets: pd.DataFrame, *, confidence_level: float):
    """Return how often each purpose occurs per normal week, and how its targets are met.

    Returns
    -------
    DataFrame
        One row per purpose that occurs or has a target (index purpose): visits, share (of those recorded), rate, low,
        high (per seller and normal week), target (mean of the sellers with one), sellers_with_target, attainment,
        attainment_low, attainment_high.
    PooledRate or None
        Visits over visits wanted, over all purposes and sellers with a target.
    """
    weeks = normal_weeks(data).weeks
    weekly = weekly_counts(visits, weeks)
    recorded = visits["purpose_planned"].value_counts()
    rows, got, wanted = {}, [], []
    for purpose in PURPOSES:
        goal = targets.loc[targets["purpose"] == purpose].set_index("seller_id")["per_week"]
        if not recorded.get(purpose, 0) and goal.empty:
            continue
        counts = _of(weekly, purpose, weeks)
        rate = pooled_rate(counts.sum(), weeks.sum(), confidence_level=confidence_level)
        row = {"visits": recorded.get(purpose, 0), "rate": rate.estimate, "low": rate.low, "high": rate.high}
        row |= {"target": goal.mean(), "sellers_with_target": len(goal)}
        if len(goal):
            due = weeks.reindex(goal.index).mul(goal, axis=0)
            met = pooled_rate(counts.reindex(goal.index).sum(), due.sum(), confidence_level=confidence_level)
            row |= {"attainment": met.estimate, "attainment_low": met.low, "attainment_high": met.high}
            got.append(counts.reindex(goal.index).sum())
            wanted.append(due.sum())
        rows[purpose] = row
    columns = ["visits", "share", "rate", "low", "high", "target", "sellers_with_target"]
    columns += ["attainment", "attainment_low", "attainment_high"]
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("purpose").reindex(columns=columns)
    frame.index = frame.index.astype("str")
    frame["share"] = frame["visits"] / max(int(recorded.sum()), 1)
    overall = pooled_rate(sum(got), sum(wanted), confidence_level=confidence_level) if got else None
    return frame, overall


def _of(weekly: pd.DataFrame, purpose: str, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return the weekly counts of one purpose, sellers without any included."""
    has = purpose in weekly.index.get_level_values(1) if len(weekly) else False
    part = weekly.xs(purpose, level=1) if has else weeks.iloc[:0]
    return part.reindex(weeks.index).fillna(0.0)


def purpose_targets(data: SalesData) -> pd.DataFrame:
    """Return the target per seller and purpose in visits per normal week; a seller's own goes before the team's.

    Returns
    -------
    DataFrame
        seller_id, purpose, per_week.
    """
    empty = pd.DataFrame({"seller_id": pd.Series(dtype="str"), "purpose": pd.Series(dtype="str"), "per_week": []})
    if not data.has("targets.target", "targets.scope"):
        return empty.astype({"per_week": "float64"})
    targets = data.targets
    missing = pd.Series(np.nan, targets.index, dtype="str")
    purpose = targets.get("purpose", missing)
    purpose = purpose.fillna(targets["activity_type"]) if "activity_type" in targets else purpose
    purpose = purpose.str.upper()
    period = targets.get("period", missing).fillna("week")
    frame = pd.DataFrame(
        {
            "scope": targets["scope"],
            "scope_id": targets.get("scope_id", missing),
            "purpose": purpose,
            "per_week": targets["target"] * period.map(PER_WEEK),
        }
    )
    frame = frame[frame["purpose"].isin(PURPOSES) & (frame["per_week"] > 0)]
    sellers = pd.DataFrame({"seller_id": pd.Series(data.seller_ids, dtype="str")})
    if data.has("sellers.team"):
        sellers = sellers.merge(data.sellers[["seller_id", "team"]], on="seller_id", how="left")
    own = frame[frame["scope"] == "seller"].merge(sellers, left_on="scope_id", right_on="seller_id")
    parts = [own]
    if "team" in sellers:
        teams = frame[(frame["scope"] == "team") & frame["scope_id"].notna()]
        parts.append(teams.merge(sellers.dropna(subset=["team"]), left_on="scope_id", right_on="team"))
    parts.append(frame[frame["scope"] == "all"].merge(sellers, how="cross"))
    columns = ["level", "seller_id", "purpose", "per_week"]
    found = pd.concat([p.assign(level=n)[columns] for n, p in enumerate(parts)], ignore_index=True)
    # Several targets that say the same thing at one level are averaged; the first level that says anything holds.
    found = found.groupby(["level", "seller_id", "purpose"], as_index=False)["per_week"].mean()
    return found.drop_duplicates(["seller_id", "purpose"])[["seller_id", "purpose", "per_week"]].reset_index(drop=True)


def attainment_draws(met: PooledRate | None, *, rng: np.random.Generator, draws: int = 4000) -> np.ndarray:
    """Return draws of visits over visits wanted; none where there are no targets or no spread is known."""
    if met is None or not (met.estimate > 0 and met.df > 0 and np.isfinite(met.se_log)):
        return np.empty(0)
    return met.estimate * np.exp(met.se_log * rng.standard_t(met.df, draws))
