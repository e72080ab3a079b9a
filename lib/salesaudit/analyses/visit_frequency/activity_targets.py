"""Targets on activities: which have one, how far they are reached, and whether anybody follows them up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.composition import by_week, rate_over
from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.yardsticks import Target, target_by_seller, whole_targets
from salesaudit.calendar import WORKING_DAYS
from salesaudit.dataset import SalesData
from salesaudit.schema import PURPOSES
from salesaudit.stats import Interval, PooledRate, ratio_of_totals
from salesaudit.workload import normal_weeks

KIND = {
    "call": "call_out",
    "calls": "call_out",
    "demos": "demo",
    "seminars": "seminar",
    "bookings": "meeting_booked",
    "meetings_booked": "meeting_booked",
    "quotes": "quote_created",
    "emails": "email_out",
}
"""Other words for a type of activity, as targets use them."""
VISITS, NEW_VISITS, CALLS = "visits", "new_visits", "call_out"
NOT_STEERED = ("call_in", "email_in", "newsletter", "admin")
"""What comes from the customer, goes out by itself or is no selling: nobody sets a seller a target on it."""
FOLLOW_UP = ("one_to_one", "one-to-one", "1-to-1", "1:1", "follow_up", "follow-up", "coaching")
"""Activities that show that somebody looked at the numbers with the seller."""
FOLLOW_UP_DAYS = 14
"""Days after the end of a month within which it should be looked at."""
WORKED = 0.5
"""Part of a day, or of a week, from which it counts as worked."""


@dataclass(frozen=True)
class CallDays:
    """Outgoing calls by working day of a seller who makes some, or has a target on them.

    Attributes
    ----------
    median : float
        Calls per working day.
    days, sellers : int
    target : float
        Mean target per working day; NaN where there is none.
    reached, at_anchor : Interval
        Share of the days that reach the target, and that reach `anchor`; clustered by seller.
    anchor : float
    """

    median: float
    days: int
    sellers: int
    target: float
    reached: Interval
    at_anchor: Interval
    anchor: float


@dataclass(frozen=True)
class ActivityTargets:
    """The targets on all activities.

    Attributes
    ----------
    kinds : DataFrame
        One row per kind of activity that the data hold or that has a target: kind, sellers (with a target), target
        (per normal week, mean of these sellers), rate, low, high (per normal week of these sellers, of all where none
        has a target), attainment, attainment_low, attainment_high, reached_sellers (at or above their target), weeks
        (of sellers), weeks_share, weeks_low, weeks_high (at or above). Those with a target come first.
    set, pairs : int
        Sellers x kinds with a target, and all of them.
    calls : CallDays or None
        None where no calls are recorded.
    followed : Interval or None
        Share of the months of sellers with a target that somebody looked at with them soon after; None where the data
        record no such talks.
    """

    kinds: pd.DataFrame
    set: int
    pairs: int
    calls: CallDays | None
    followed: Interval | None

    @property
    def with_target(self) -> int:
        """Number of kinds of activity on which somebody has a target."""
        return int((self.kinds["sellers"] > 0).sum())


def activity_targets(
    data: SalesData,
    counted: Counted,
    log: pd.DataFrame | None,
    kinds: pd.Series | None,
    *,
    visits: Target | None,
    activity: str,
    team: PooledRate,
    calls_anchor: float,
    confidence_level: float,
) -> ActivityTargets:
    """Hold every activity against its target.

    Parameters
    ----------
    log : DataFrame or None
        As from `activity_log`.
    kinds : Series or None
        Whether the customer of each visit was new.
    visits : Target or None
        Of visits.
    activity : str
        What the targets call them.
    team : PooledRate
        Visits of all sellers.
    calls_anchor : float
        Outgoing calls per working day to lay beside those made.
    """
    log = None if log is None else log.assign(kind=canonical(log["type"]))
    wanted = _wanted(data, counted.exposure.index, but={VISITS, activity.casefold()})
    if visits is not None:
        wanted = {VISITS: visits.by_seller} | wanted
    counts = _counts(counted, log, kinds, wanted)
    rows = []
    for kind, made in counts.items():
        aim = wanted.get(kind, pd.Series(np.nan, counted.exposure.index))
        rate = None
        if made is not None:
            has = aim.index[aim.notna()] if aim.notna().any() else made.index
            rate = rate_over(counted, made.loc[has], confidence_level=confidence_level)
        if kind == VISITS:
            rate = visits.rate if visits is not None else team
        rows.append(_row(kind, aim, counted.exposure, made, rate, confidence_level))
    frame = pd.DataFrame(rows)
    frame = frame.assign(none=frame["sellers"] == 0, other=frame["kind"] != VISITS)
    frame = frame.sort_values(["none", "other", "rate"], ascending=[True, True, False], ignore_index=True)
    return ActivityTargets(
        frame.drop(columns=["none", "other"]),
        int(frame["sellers"].sum()),
        len(frame) * len(counted.exposure),
        _call_days(data, counted, log, wanted.get(CALLS), calls_anchor, confidence_level),
        _followed(data, counted, log, wanted, confidence_level),
    )


def canonical(words: pd.Series) -> pd.Series:
    """Return the kind of activity that a word stands for; a client's own word stays as it is."""
    return words.str.strip().str.casefold().map(KIND).fillna(words)


def _wanted(data: SalesData, sellers: pd.Index, *, but: set[str]) -> dict[str, pd.Series]:
    """Return kind -> target per normal week of each seller, for all activities but visits.

    Targets on a purpose are parts of the visits.
    """
    if not data.has("targets.target"):
        return {}
    rows = data.targets.dropna(subset=["activity_type"])
    rows = rows.assign(activity_type=canonical(rows["activity_type"]))
    own = rows.loc[~rows["activity_type"].str.upper().isin(PURPOSES), "activity_type"]
    found = {}
    for kind in sorted(kind for kind in set(own) if kind.casefold() not in but):
        aim = target_by_seller(data, whole_targets(rows, kind), sellers)
        if aim.notna().any():
            found[kind] = aim
    return found


def _counts(
    counted: Counted, log: pd.DataFrame | None, kinds: pd.Series | None, wanted: Mapping[str, pd.Series]
) -> dict[str, pd.DataFrame | None]:
    """Return kind -> number by seller and week; None for one with a target that is not recorded."""
    found: dict[str, pd.DataFrame | None] = {VISITS: counted.counts} | dict.fromkeys(wanted)
    if log is not None:
        logged = log[~log["kind"].isin((*NOT_STEERED, *FOLLOW_UP))]
        found |= {str(kind): by_week(part, counted) for kind, part in logged.groupby("kind")}
    found[VISITS] = counted.counts
    if NEW_VISITS in wanted and kinds is not None:
        found[NEW_VISITS] = by_week(counted.visits[kinds == "new"], counted)
    return found


def _row(
    kind: str,
    aim: pd.Series,
    exposure: pd.DataFrame,
    made: pd.DataFrame | None,
    rate: PooledRate | None,
    confidence_level: float,
) -> dict[str, object]:
    known = aim.notna()
    weight = exposure.sum(axis=1)[known]
    target = float((aim[known] * weight).sum() / weight.sum()) if weight.sum() > 0 else np.nan
    values = (np.nan,) * 3 if rate is None else (rate.estimate, rate.low, rate.high)
    row = {"kind": kind, "sellers": int(known.sum()), "target": target}
    row |= dict(zip(("rate", "low", "high"), values, strict=True))
    row |= dict(zip(("attainment", "attainment_low", "attainment_high"), np.divide(values, target), strict=True))
    if made is None or not known.any():
        return row | {"reached_sellers": np.nan, "weeks": 0} | limits("weeks", None)
    made, weeks = made[known], exposure[known]
    at_risk = weeks >= WORKED
    reached = (made >= weeks.mul(aim[known], axis=0)) & at_risk
    share = ratio_of_totals(
        reached.sum(axis=1), at_risk.sum(axis=1), made.index, confidence_level=confidence_level, scale="logit"
    )
    above = made.sum(axis=1) >= (weeks.sum(axis=1) * aim[known])
    row |= {"reached_sellers": float(above.sum()), "weeks": int(at_risk.to_numpy().sum())}
    return row | limits("weeks", share)


def limits(name: str, share: Interval | None) -> dict[str, float]:
    """Return a share as columns; limits that say nothing are not known."""
    if share is None:
        return dict.fromkeys((f"{name}_share", f"{name}_low", f"{name}_high"), np.nan)
    told = share.low > 0 or share.high < 1
    low, high = (share.low, share.high) if told else (np.nan, np.nan)
    return {f"{name}_share": share.estimate, f"{name}_low": low, f"{name}_high": high}


def _call_days(
    data: SalesData,
    counted: Counted,
    log: pd.DataFrame | None,
    aim: pd.Series | None,
    anchor: float,
    confidence_level: float,
) -> CallDays | None:
    """Return the calls of each day on which a seller who calls, or should, worked.

    A part of a day owes a part of the target.
    """
    calls = None if log is None else log[log["kind"] == CALLS]
    if calls is None or calls.empty:
        return None
    worked = normal_weeks(data, start=counted.start, end=counted.end).days
    worked = worked.reindex(counted.exposure.index, fill_value=0.0)
    monday = worked.columns - pd.to_timedelta(worked.columns.day_of_week, unit="D")
    there = counted.exposure.reindex(columns=monday, fill_value=0.0).to_numpy() > 0
    # A day of somebody who never calls, and has no target on it, is no day without a call.
    callers = worked.index.isin(calls["seller_id"]) | (False if aim is None else worked.index.map(aim).notna())
    seller, day = np.nonzero(callers[:, None] & there & (worked >= WORKED).to_numpy())
    days = pd.DataFrame({"seller_id": worked.index[seller], "day": worked.columns[day]})
    made = calls.groupby(["seller_id", "day"]).size().rename("calls").reset_index()
    days = days.merge(made, how="left", on=["seller_id", "day"])
    per_day = days["calls"].fillna(0) / worked.to_numpy()[seller, day]

    def share(least: pd.Series | float) -> Interval:
        known = per_day.notna() & np.isfinite(least)
        return ratio_of_totals(
            (per_day >= least)[known].astype(float),
            known[known].astype(float),
            days.loc[known, "seller_id"],
            confidence_level=confidence_level,
            scale="logit",
        )

    target = days["seller_id"].map(aim / WORKING_DAYS) if aim is not None else pd.Series(np.nan, days.index)
    return CallDays(
        float(per_day.median()),
        len(days),
        int(days["seller_id"].nunique()),
        float(target.mean()),
        share(target),
        share(anchor),
        anchor,
    )


def _followed(
    data: SalesData,
    counted: Counted,
    log: pd.DataFrame | None,
    wanted: Mapping[str, pd.Series],
    confidence_level: float,
) -> Interval | None:
    """Return the share of the whole months after which somebody soon talked with a seller who has a target."""
    if log is None or not wanted:
        return None
    talks = log[log["type"].str.strip().str.casefold().isin(FOLLOW_UP)]
    if talks.empty:
        return None
    has = counted.exposure.index[pd.concat(list(wanted.values()), axis=1).notna().any(axis=1)]
    months = pd.period_range(pd.Timestamp(counted.start), pd.Timestamp(counted.end), freq="M")
    ends = months.end_time.normalize()
    ends = ends[ends + pd.Timedelta(days=FOLLOW_UP_DAYS) <= pd.Timestamp(counted.end)]
    each = pd.MultiIndex.from_product([has, ends], names=["seller_id", "end"]).to_frame(index=False)
    found = each.merge(talks[["seller_id", "day"]], on="seller_id")
    soon = (found["day"] - found["end"]).dt.days.between(1, FOLLOW_UP_DAYS)
    done = found[soon].drop_duplicates(["seller_id", "end"]).groupby("seller_id").size().reindex(has, fill_value=0)
    total = pd.Series(len(ends), index=has)
    return ratio_of_totals(done, total, has, confidence_level=confidence_level, scale="logit") if len(ends) else None
