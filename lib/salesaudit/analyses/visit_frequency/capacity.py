"""How many visits the hours allow, where the hours go, and what missing support costs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.yardsticks import CONTACT, NORMAL_WEEKS
from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, Percentiles, PooledRate, interval_draws, percentiles, pert, ratio_of_totals

FEWEST_DIARIES = 3
"""Sellers with a diary below which their share of time is no estimate."""
CATEGORIES = ("contact", "travel", "preparation", "admin", "internal", "other")
KNOWN = {
    **dict.fromkeys(CONTACT, "contact"),
    **dict.fromkeys(("travel", "driving"), "travel"),
    **dict.fromkeys(("preparation", "prep", "follow-up", "quotes", "quote work"), "preparation"),
    **dict.fromkeys(("admin", "administration", "crm", "admin/crm"), "admin"),
    **dict.fromkeys(("internal", "internal meetings", "meetings"), "internal"),
}
"""Word of a diary -> category; whatever else it says is other time."""
FOR_VISITS = ("contact", "travel", "preparation")
HALF_THERE = 0.5
"""Part of its minutes that a support function costs which is only partly there."""
MARGIN = 0.25
"""How far the hours of a visit may lie from what the client says, either way."""
SAVED = (0.5, 1.0, 1.5)
"""What a support function may save, relative to what was said, as a PERT."""
REALISED = (0.2, 0.5, 0.8)
"""Part of what could be saved that is in fact saved, as a PERT."""
LEAST_VISIT = 0.5
"""However much support there is, a visit takes at least this share of its hours."""
DRAWS = 10_000
WEEKS_A_YEAR = 365.25 / 7
SEASONS = 51
"""Complete weeks, as a calendar year may have them, that hold their share of summers and other holidays."""


@dataclass(frozen=True)
class Capacity:
    """What one normal week of one seller holds.

    Attributes
    ----------
    time : DataFrame or None
        One row per category of the diary, in the order of `CATEGORIES`: category, share, low, high, hours, sellers.
    available : Interval
        Share of the working time that visits, the way to them and their preparation take.
    contract_hours, visit_hours : float
        Of a normal week, and of one visit with travel and preparation; NaN where the client has not said.
    possible : Percentiles
        Visits per normal week that the available hours hold.
    unused : ndarray
        Draws of 1 - made / possible; empty where it cannot be said.
    sellers : int
        With a diary.
    support : DataFrame or None
        One row per support function that is missing or partly there, the costliest first: function, exists, minutes
        (per visit), hours (a week and seller), cost_amount (a year, all sellers), gain, gain_low, gain_high (visits per
        normal week). The last row, where there are several, is all of them together.
    functions : int
        Support functions asked about.
    left_out : int
        People with a diary who are no field sellers.
    """

    time: pd.DataFrame | None
    available: Interval
    contract_hours: float
    visit_hours: float
    possible: Percentiles
    unused: np.ndarray
    sellers: int
    support: pd.DataFrame | None
    functions: int
    left_out: int


def capacity(
    data: SalesData,
    team: PooledRate | None,
    *,
    sellers: pd.Series | pd.Index,
    contract_hours: float,
    year_visits: float,
    rng: np.random.Generator,
    confidence_level: float,
) -> Capacity:
    """Return possible visits per normal week: hours left for visits over the hours of one visit.

    Parameters
    ----------
    team : PooledRate or None
        Visits made per normal week.
    sellers : Series or Index
        Whose diaries count: those who are expected to make visits.
    contract_hours : float
        Working hours of a normal week.
    year_visits : float
        Visits of all sellers in a year, from `year_visits`.
    """
    settings = data.client.settings.money
    visit_hours = settings.hours_per_visit or float("nan")
    kept = diary(data, sellers)
    time, available = _time(kept, contract_hours, confidence_level)
    unused, possible = np.empty(0), np.empty(0)
    draws = interval_draws(available, scale="logit", rng=rng, df=max(available.n - 1, 1), size=DRAWS)
    if team is not None and team.estimate > 0 and available.n >= FEWEST_DIARIES and draws.size:
        length = pert(visit_hours * (1 - MARGIN), visit_hours, visit_hours * (1 + MARGIN), rng=rng, size=DRAWS)
        possible = contract_hours * draws / length
        made = team.estimate * np.exp(team.se_log * rng.standard_t(max(team.df, 1), DRAWS))
        unused = 1 - made / possible
        unused = unused[np.isfinite(unused)]
    support, functions = _support(data, team, visit_hours, year_visits, settings.hour_cost, rng)
    return Capacity(
        time,
        available,
        contract_hours,
        visit_hours,
        percentiles(possible),
        unused,
        0 if time is None else int(available.n),
        support,
        functions,
        0 if kept is None else entries(data)["seller_id"].nunique() - kept["seller_id"].nunique(),
    )


def year_visits(counted: Counted, team: PooledRate) -> float:
    """Return the visits of all sellers in a year.

    Less than a year has more or fewer holidays than its share: the rate then counts for 44 normal weeks of each seller,
    for the part of the time in which the seller was there.
    """
    if counted.weeks >= SEASONS:
        return len(counted.visits) / counted.weeks * WEEKS_A_YEAR
    there = counted.exposure.to_numpy() > 0
    sellers = (counted.weeks - there.argmax(axis=1) - there[:, ::-1].argmax(axis=1)).sum() / counted.weeks
    return float(team.estimate * NORMAL_WEEKS["year"] * sellers)


def entries(data: SalesData) -> pd.DataFrame:
    """Return all entries of the diaries in the period."""
    rows = data.within("time_use") if data.has("time_use.date") else data.time_use
    return rows.dropna(subset=["minutes", "category", "seller_id"])


def diary(data: SalesData, sellers: pd.Series | pd.Index) -> pd.DataFrame | None:
    """Return the entries of the diaries in the period, with their `kind` of `CATEGORIES`; None where they do not tell.

    A diary of nothing but customers, or of nothing else, does not tell where the time goes.

    Parameters
    ----------
    sellers : Series or Index
        Whose diaries count.
    """
    if not data.has("time_use.minutes", "time_use.category", "time_use.seller_id"):
        return None
    rows = entries(data)
    rows = rows[rows["seller_id"].isin(sellers)]
    rows = rows.assign(kind=rows["category"].str.strip().str.casefold().map(KNOWN).fillna("other"))
    contact = rows["kind"] == "contact"
    return rows if contact.any() and not contact.all() and rows["minutes"].sum() > 0 else None


def _time(
    rows: pd.DataFrame | None, contract_hours: float, confidence_level: float
) -> tuple[pd.DataFrame | None, Interval]:
    """Return the shares of the diary by category, and that of all the time that goes to visits."""
    if rows is None:
        return None, Interval(np.nan, np.nan, np.nan, 0, confidence_level)
    minutes = rows.pivot_table("minutes", "seller_id", "kind", aggfunc="sum", fill_value=0.0)
    total = minutes.sum(axis=1)

    def share(part: pd.Series) -> Interval:
        return ratio_of_totals(part, total, minutes.index, confidence_level=confidence_level, scale="logit")

    found = {name: share(minutes[name]) for name in CATEGORIES if name in minutes}
    frame = pd.DataFrame(
        [(name, i.estimate, i.low, i.high, contract_hours * i.estimate, len(total)) for name, i in found.items()],
        columns=["category", "share", "low", "high", "hours", "sellers"],
    )
    return frame, share(minutes.reindex(columns=FOR_VISITS, fill_value=0.0).sum(axis=1))


def _support(
    data: SalesData,
    team: PooledRate | None,
    visit_hours: float,
    year_visits: float,
    hour_cost: float | None,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame | None, int]:
    """Return what each support function that is not there costs, and how many were asked about.

    Visits in the same hours = visits made x hours / (hours - hours saved x part realised).
    """
    if not data.has("support_functions.function", "support_functions.exists"):
        return None, 0
    rows = data.support_functions.dropna(subset=["function", "exists"]).drop_duplicates("function")
    asked = len(rows)
    rows = rows[rows["exists"].isin(["no", "part"])]
    said = rows["minutes_saved_per_visit"] if "minutes_saved_per_visit" in rows else pd.Series(np.nan, rows.index)
    minutes = said.astype(float) * np.where(rows["exists"] == "part", HALF_THERE, 1.0)
    frame = pd.DataFrame({"function": rows["function"], "exists": rows["exists"], "minutes": minutes})
    frame = frame.sort_values(["minutes", "function"], ascending=[False, True], ignore_index=True)
    known = frame["minutes"].fillna(0.0).to_numpy()
    factor = pert(*SAVED, rng=rng, size=(DRAWS, len(frame))) * pert(*REALISED, rng=rng, size=(DRAWS, 1))
    saved = known * factor / 60
    if len(frame) > 1:
        frame.loc[len(frame)] = ["", "", known.sum()]
        saved = np.column_stack([saved, saved.sum(axis=1)])
    rate = team.estimate if team is not None else np.nan
    frame["hours"] = frame["minutes"] / 60 * rate
    frame["cost_amount"] = frame["minutes"] / 60 * year_visits * (hour_cost or np.nan)
    gains = rate * (visit_hours / np.maximum(visit_hours - saved, LEAST_VISIT * visit_hours) - 1)
    low, middle, high = np.quantile(gains, [0.1, 0.5, 0.9], axis=0) if len(frame) else np.empty((3, 0))
    unknown = frame["minutes"].isna().to_numpy()
    for name, values in (("gain", middle), ("gain_low", low), ("gain_high", high)):
        frame[name] = np.where(unknown, np.nan, values)
    return frame, asked
