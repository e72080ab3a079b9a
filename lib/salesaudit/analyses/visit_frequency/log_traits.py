"""How the visits were logged: late, many at once, twice, in the last days of the month, exactly at the target.

Each of these has good explanations; together they say how far the log can be taken at its word. Late, in one go and
twice are seen on the visit itself. The other two compare numbers with what a smooth log would show.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.yardsticks import whole_targets
from salesaudit.calendar import working_days
from salesaudit.dataset import SalesData
from salesaudit.stats import benjamini_hochberg, target_heaping
from salesaudit.verification.entries import entries, logged_in_one_go
from salesaudit.verification.signs import LAST_DAYS, LATE_DAYS

FEWEST_KNOWN, MOST = 30, 0.8
"""Visits, and share of them, whose time of entry must be known before the log can be called in order."""
FEWEST_MONTHS = 6
FEWEST_NEAR_TARGET = 10
FEWEST_VISITS = 30
FULL_WEEK = 0.9
"""Normal weeks in a calendar week that count as a whole one."""
GRIDS = (30, 15, 10, 5, 1)
SAME = ("start_time", "duration_min", "purpose_planned", "subject", "channel", "opportunity_id", "contact_id")
"""What must agree, where it is recorded, for two entries to be the same visit."""
TRAITS = ("late", "batch", "twice")
TESTS = ("visits", "rush", "heaping")


@dataclass(frozen=True)
class LogTraits:
    """What the log shows about the way it was kept.

    Attributes
    ----------
    visits : DataFrame
        The visits whose time of logging is known, or all where it is of none: seller_id, week and the flags late,
        batch, twice and odd (any of them).
    sellers : DataFrame
        One row per seller: visits, delay (median days), late, batch, twice, odd (shares of the visits), rush (share of
        the visits beyond the expected on the last working days of months), heaping (share of the whole weeks moved to
        the target); per test the se and df of the excess, its pvalue and qvalue (BH over sellers and tests).
    known : int
        Visits whose time of logging is known.
    logged : int
        All visits.
    timed : bool
        Whether the hour of logging is known, so that visits logged in one go can be seen.
    delay : float
        Median days between visit and logging; NaN where not known.
    transferred : int
        Visits logged on a day of transfer, whose time of logging says nothing.
    last_days, last_days_expected : float
        Share of the visits on the last two working days of months, and of the working days; NaN with few months.
    round_index : float
        Share of lengths that are whole half-hours, over what the grid of the lengths makes likely; NaN where unknown.
    """

    visits: pd.DataFrame
    sellers: pd.DataFrame
    known: int
    logged: int
    timed: bool
    delay: float
    transferred: int
    last_days: float
    last_days_expected: float
    round_index: float

    @property
    def mostly_known(self) -> bool:
        """Whether the time of entry is known of enough visits to speak of all."""
        return self.known >= max(FEWEST_KNOWN, MOST * self.logged)

    def odd_share(self, fdr: float) -> float:
        """Return the share of the visits with a trait, with the excess on last days of sellers beyond chance.

        Where the time of entry is known of some visits only, what was seen is a lower limit for all of them.
        """
        if not len(self.visits):
            return float("nan")
        rows = self.sellers[self.sellers["rush_qvalue"] <= fdr]
        seen = float(self.visits["odd"].mean() + (rows["rush"] * rows["visits"]).sum() / len(self.visits))
        return seen if self.mostly_known or not self.known else seen * self.known / self.logged


def log_traits(data: SalesData, counted: Counted, *, activity: str) -> LogTraits:
    """Look for traces of visits that were logged for the sake of the number."""
    known = counted.visits if "week" in counted.visits else counted.visits.assign(week=pd.NaT)
    visits, transferred, timed = _flagged(known)
    visits = visits.assign(twice=_twice(data, visits))
    visits["odd"] = visits[list(TRAITS)].any(axis=1)
    entered = visits["delay"].notna()
    if entered.any():  # a visit of which it is not known when it was entered was not entered in time
        visits = visits[entered]
    sellers = visits.groupby("seller_id")[["late", "batch", "twice", "odd"]].mean()
    sellers.insert(0, "visits", visits.groupby("seller_id").size())
    sellers["delay"] = visits.groupby("seller_id")["delay"].median()
    sellers = sellers.reindex(counted.exposure.index)
    sellers["visits"] = sellers["visits"].fillna(0).astype(int)
    sellers = (
        sellers.join(_odd_against_others(visits, sellers.index))
        .join(_rush(data, counted))
        .join(_heaping(data, counted, activity))
    )
    columns = [f"{test}_pvalue" for test in TESTS]
    flat = benjamini_hochberg(sellers[columns].to_numpy(float).ravel()).reshape(-1, len(TESTS))
    for n, test in enumerate(TESTS):
        sellers[f"{test}_qvalue"] = flat[:, n]
    share, expected = _last_days(data, counted)
    return LogTraits(
        visits[["visit_id", "seller_id", "week", *TRAITS, "odd"]],
        sellers,
        int(entered.sum()),
        len(entered),
        timed,
        float(visits["delay"].median()),
        transferred,
        share,
        expected,
        _round_index(visits),
    )


def _flagged(visits: pd.DataFrame) -> tuple[pd.DataFrame, int, bool]:
    """Return the visits with delay (days), late and batch; visits of a transfer, and whether hours are known."""
    plain = visits.assign(delay=np.nan, late=False, batch=False)
    if "logged_at" not in visits:
        return plain, 0, False
    seller = pd.Series(pd.factorize(visits["seller_id"])[0], index=visits.index)
    found = entries(visits["logged_at"], seller, visits.get("start_time"))
    # A visit entered before it took place is a plan, not a late entry.
    delay = (found.logged.dt.normalize() - visits["date"]).dt.days.clip(lower=0)
    batch = logged_in_one_go(seller, found.logged, visits["date"]) if found.timed else False
    return plain.assign(delay=delay, late=delay > LATE_DAYS, batch=batch), found.transferred, found.timed


def _twice(data: SalesData, visits: pd.DataFrame) -> pd.Series:
    """Return which visits were entered again for the same seller, customer and day."""
    raw = data.within("visits")
    if "customer_id" not in raw or "customer_id" not in visits:
        return pd.Series(False, index=visits.index)
    key = ["seller_id", "customer_id", "date"]
    raw = raw.assign(date=raw["date"].dt.normalize()).dropna(subset=key)
    raw = raw[raw.duplicated(key, keep=False)]
    # Two meetings of a day that differ in anything are two meetings.
    again = raw[raw.duplicated([*key, *(c for c in SAME if c in raw)], keep=False)]
    return visits["visit_id"].isin(again["visit_id"])


def _odd_against_others(visits: pd.DataFrame, sellers: pd.Index) -> pd.DataFrame:
    """Test each seller's share of odd visits against that of the others, one-sided.

    Visits of one week stand or fall together: the standard error is that of a ratio over the seller's weeks, and at
    least that of independent visits.
    """
    week = visits.astype({"odd": float}).groupby(["seller_id", "week"])["odd"].agg(["sum", "size"]).reset_index()
    total = week.groupby("seller_id")[["sum", "size"]].sum().reindex(sellers).fillna(0.0).astype(float)
    odd, size = total["sum"], total["size"].where(total["size"] > 0)
    residual = week["sum"] - week["size"] * week["seller_id"].map(odd / size).astype(float)
    squares = (residual**2).groupby(week["seller_id"]).sum().reindex(sellers).fillna(0.0).astype(float)
    weeks = week.groupby("seller_id").size().reindex(sellers).fillna(0.0).astype(float)
    pooled = odd.sum() / max(total["size"].sum(), 1)
    squares = (squares * weeks / (weeks - 1).where(weeks > 1)).clip(lower=pooled * (1 - pooled) * total["size"])
    rest = (total["size"].sum() - total["size"]).where(lambda left: left > 0)
    others = (odd.sum() - odd) / rest
    se = np.sqrt(squares / size**2 + (squares.sum() - squares) / rest**2)
    enough = (total["size"] >= FEWEST_VISITS) & (weeks > 1) & (se > 0)
    pvalue = stats.t.sf((odd / size - others) / se.where(se > 0), np.maximum(weeks - 1, 1))
    return pd.DataFrame(
        {
            "others": others,
            "visits_se": se,
            "visits_df": np.maximum(weeks - 1, 1),
            "visits_pvalue": np.where(enough, pvalue, np.nan),
        },
        index=sellers,
    )


def _day_table(data: SalesData, counted: Counted) -> pd.DataFrame | None:
    """Return the working days of whole months in the weeks counted, and which are the last two of their month."""
    if counted.start is None:
        return None
    open_ = working_days(data.client.settings.country, counted.start, counted.end)
    days = open_.index[open_.to_numpy() > 0]
    month = days.to_period("M")
    frame = pd.DataFrame({"month": month}, index=days)
    whole = (month.start_time >= pd.Timestamp(counted.start)) & (
        month.end_time.normalize() <= pd.Timestamp(counted.end)
    )
    frame = frame[whole]
    frame["last"] = frame.groupby("month").cumcount(ascending=False) < LAST_DAYS
    return frame if frame["month"].nunique() >= FEWEST_MONTHS else None


def _rush(data: SalesData, counted: Counted) -> pd.DataFrame:
    """Test each seller's visits on the last two working days of months, with the months as units (one-sided t).

    Per month the visits of those days are held against as many of all the month's visits as those days are of its
    working days. Days off, such as absence, spread over the month in the same way.
    """
    index = counted.exposure.index
    nothing = pd.DataFrame({"rush": np.nan, "rush_se": np.nan, "rush_df": np.nan, "rush_pvalue": np.nan}, index=index)
    days = _day_table(data, counted)
    if days is None:
        return nothing
    visits = counted.visits[counted.visits["date"].isin(days.index)]
    at = visits["date"].map(days["last"]).astype(float)
    month = visits["date"].dt.to_period("M")
    share = days.groupby("month")["last"].mean()
    gap = visits[["seller_id"]].assign(month=month, gap=at - month.map(share).astype(float))
    excess = gap.pivot_table("gap", "seller_id", "month", aggfunc="sum", observed=True)
    size = visits.groupby("seller_id").size().reindex(index, fill_value=0)
    months = excess.notna().sum(axis=1)
    spread = excess.std(axis=1) / np.sqrt(months)
    t = excess.mean(axis=1) / spread.where(spread > 0)
    pvalue = pd.Series(stats.t.sf(t, np.maximum(months - 1, 1)), index=excess.index)
    enough = (months >= FEWEST_MONTHS).reindex(index, fill_value=False) & (size >= FEWEST_VISITS)
    return pd.DataFrame(
        {
            "rush": (excess.sum(axis=1).reindex(index) / size.where(size > 0)).where(enough),
            "rush_se": (spread * months).reindex(index) / size.where(size > 0),
            "rush_df": (months - 1).reindex(index),
            "rush_pvalue": pvalue.reindex(index).where(enough),
        }
    )


def _last_days(data: SalesData, counted: Counted) -> tuple[float, float]:
    days = _day_table(data, counted)
    if days is None:
        return float("nan"), float("nan")
    inside = counted.visits["date"].map(days["last"]).dropna().astype(float)
    return (float(inside.mean()), float(days["last"].mean())) if len(inside) else (float("nan"), float("nan"))


def _heaping(data: SalesData, counted: Counted, activity: str) -> pd.DataFrame:
    """Test whether too many whole weeks of a seller hold exactly the target, taken from just below it."""
    index = counted.exposure.index
    columns = ["heaping", "heaping_se", "heaping_df", "heaping_pvalue"]
    found = pd.DataFrame(np.nan, index=index, columns=columns)
    if not data.has("targets.target") or counted.start is None:
        return found
    rows = whole_targets(data.targets, activity)
    weekly = rows["period"].fillna("week") == "week" if "period" in rows else pd.Series(True, rows.index)
    rows = rows[weekly & (rows["weekly"] >= 1) & (rows["weekly"] % 1 == 0)]
    own = rows[rows["scope"] == "seller"].groupby("scope_id")["weekly"].first()
    everybody = rows.loc[rows["scope"] == "all", "weekly"]
    aim = index.to_series().map(own).fillna(everybody.iloc[0] if len(everybody) else np.nan)
    counts, whole = counted.counts.to_numpy(), counted.exposure.to_numpy() >= FULL_WEEK
    for n in np.flatnonzero(aim.notna()):
        heap = target_heaping(counts[n, whole[n]], int(aim.iloc[n]))
        if heap.at + heap.below >= FEWEST_NEAR_TARGET:
            near = heap.at + heap.below
            se = np.sqrt(near * heap.expected_share * (1 - heap.expected_share)) / heap.n
            found.iloc[n] = [heap.moved / heap.n, se, np.inf, heap.pvalue]
    return found


def _round_index(visits: pd.DataFrame) -> float:
    """Return the share of lengths that are whole half-hours over 30 / grid, as far as the grid is finer than that."""
    if "duration_min" not in visits:
        return float("nan")
    minutes = visits["duration_min"].dropna()
    minutes = minutes[minutes > 0]
    if len(minutes) < FEWEST_VISITS:
        return float("nan")
    grid = next((g for g in GRIDS if (minutes % g == 0).mean() >= 0.95), 1)
    return float((minutes % 30 == 0).mean() * 30 / grid) if grid < 30 else float("nan")
