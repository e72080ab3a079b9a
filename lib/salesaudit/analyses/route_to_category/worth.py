"""What a visit and an hour gave in each category: orders placed soon after a visit, credited to the last visit.

An average is not a marginal value: part of these orders would have come without the visit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.route_to_category.categories import UNKNOWN
from salesaudit.analyses.route_to_category.field import Field
from salesaudit.stats import Interval, ratio_of_totals
from salesaudit.stats.ratios import ratio_contrast

FEWEST_SELLERS = 5
"""With fewer sellers their number is too small for an interval between sellers; customers are compared instead."""
FEWEST_ORDERS = 30
"""Fewer credited orders in a group give no number: order values are too skewed for an interval."""


@dataclass(frozen=True)
class Worth:
    """Orders and hours by category.

    Attributes
    ----------
    frame : DataFrame
        One row per category: category, visits, orders, hit_rate, hours_per_visit, and with low and high order_value,
        per_visit, per_hour; margin_per_visit, margin_per_hour where margins were exported.
    order_value_ratio, per_visit_ratio, per_hour_ratio : Interval
        Categories 1 and 2 revenue over category 3 for the value of an order; category 3 over categories 1 and 2
        revenue for a visit and an hour.
    per_visit : Interval
        Value of the orders after a visit, per visit, over all categories; NaN with too few orders.
    margin_rate : float or None
        Margin over value of the credited orders whose margin was exported; None without any.
    visits_followed : int
        Visits early enough for the whole window to lie within the orders exported.
    orders_credited : int
    orders_elsewhere : int
        Orders of the same months that were credited to no visit.
    clusters : {"seller", "customer"}
        What the intervals of a visit and an hour are clustered by.
    by_channel : bool
        Whether the export says which orders came by a visit; orders by web, phone or newsletter are then not credited.
    """

    frame: pd.DataFrame
    order_value_ratio: Interval
    per_visit_ratio: Interval
    per_hour_ratio: Interval
    per_visit: Interval
    margin_rate: float | None
    visits_followed: int
    orders_credited: int
    orders_elsewhere: int
    clusters: str
    by_channel: bool


def credit_orders(orders: pd.DataFrame, visits: pd.DataFrame, *, window_days: int = 30) -> pd.DataFrame:
    """Give each order to the customer's last visit on the same day or at most `window_days` before.

    Returns
    -------
    DataFrame
        The orders with the column visit_id, missing where no visit came before in time.
    """
    left = orders.dropna(subset=["customer_id", "order_date"]).sort_values("order_date", kind="stable")
    right = visits[["visit_id", "customer_id", "date"]].dropna().sort_values("date", kind="stable")
    left = left.assign(day=left["order_date"].dt.normalize())
    right = right.assign(visit_day=right["date"].dt.normalize()).drop(columns="date")
    return pd.merge_asof(
        left,
        right,
        left_on="day",
        right_on="visit_day",
        by="customer_id",
        direction="backward",
        tolerance=pd.Timedelta(days=window_days),
    ).drop(columns=["day", "visit_day"])


def worth(
    field: Field,
    visits: pd.DataFrame,
    orders: pd.DataFrame,
    codes: tuple[str, ...],
    *,
    window_days: int = 30,
    confidence_level: float = 0.95,
) -> Worth:
    """Return what visits and hours gave by category.

    Parameters
    ----------
    visits, orders : DataFrame
        All of the client's, also outside the period: a visit late in the period keeps its orders, and loses those
        that a still later visit came closer to.
    window_days : int
        Days after a visit in which an order counts as following it.
    """
    last_known = orders["order_date"].max() - pd.Timedelta(days=window_days)
    by_channel = "channel" in orders and bool((orders["channel"] == "visit").any())
    candidates = orders[orders["channel"].fillna("visit") == "visit"] if by_channel else orders
    credited = credit_orders(candidates, visits, window_days=window_days)
    followed = field.classified[lambda f: (f["date"] <= last_known) & (f["category"] != UNKNOWN)]
    hits = credited[credited["visit_id"].isin(followed["visit_id"])]
    sums = hits.groupby("visit_id").agg(orders=("amount", "size"), value=("amount", "sum"))
    if "margin" in hits and hits["margin"].notna().any():
        sums["margin"] = hits.groupby("visit_id")["margin"].sum(min_count=1)
    rows = followed.merge(sums, how="left", left_on="visit_id", right_index=True)
    rows[["orders", "value"]] = rows[["orders", "value"]].fillna(0.0)
    hits = hits.assign(category=hits["visit_id"].map(followed.set_index("visit_id")["category"]))
    clusters = "seller" if rows["seller_id"].nunique() >= FEWEST_SELLERS else "customer"
    blocks = [_by_category(code, rows, hits, f"{clusters}_id", confidence_level) for code in codes if code != UNKNOWN]
    contrasts = _contrasts(rows, hits, f"{clusters}_id", confidence_level)
    first, own = followed["date"].min(), credited.dropna(subset=["visit_id"])
    in_same_months, own_in_same_months = (int(f["order_date"].between(first, last_known).sum()) for f in (orders, own))
    return Worth(
        pd.DataFrame(blocks),
        *contrasts,
        per_visit=ratio_of_totals(
            rows["value"], np.ones(len(rows)), rows[f"{clusters}_id"], confidence_level=confidence_level
        )
        if len(hits) >= FEWEST_ORDERS
        else Interval(np.nan, np.nan, np.nan, 0, confidence_level),
        margin_rate=_margin_rate(hits),
        visits_followed=len(followed),
        orders_credited=len(hits),
        orders_elsewhere=in_same_months - own_in_same_months,
        clusters=clusters,
        by_channel=by_channel,
    )


def _margin_rate(hits: pd.DataFrame) -> float | None:
    if "margin" not in hits:
        return None
    known = hits.dropna(subset=["margin"])
    total = known["amount"].sum()
    return float(known["margin"].sum() / total) if total > 0 else None


def _by_category(
    code: str, rows: pd.DataFrame, hits: pd.DataFrame, cluster: str, confidence_level: float
) -> dict[str, object]:
    visits, placed = rows[rows["category"] == code], hits[hits["category"] == code]
    n, count = len(visits), len(placed)
    timed = visits.dropna(subset=["hours"])
    estimates = {
        "order_value": ratio_of_totals(
            placed["amount"], np.ones(count), placed["customer_id"], confidence_level=confidence_level
        ),
        "per_visit": ratio_of_totals(visits["value"], np.ones(n), visits[cluster], confidence_level=confidence_level),
        "per_hour": ratio_of_totals(timed["value"], timed["hours"], timed[cluster], confidence_level=confidence_level),
    }
    block: dict[str, object] = {"category": code, "visits": n, "orders": count, "hit_rate": count / n if n else np.nan}
    for name, interval in estimates.items():
        shown = interval if count >= FEWEST_ORDERS else Interval(np.nan, np.nan, np.nan, 0, confidence_level)
        block |= {name: shown.estimate, f"{name}_low": shown.low, f"{name}_high": shown.high}
    hours = timed["hours"].sum()
    block["hours_per_visit"] = hours / len(timed) if len(timed) else np.nan
    if "margin" in visits:
        enough = count >= FEWEST_ORDERS
        block["margin_per_visit"] = visits["margin"].sum() / n if n and enough else np.nan
        block["margin_per_hour"] = timed["margin"].sum() / hours if hours and enough else np.nan
    return block


def _contrasts(
    rows: pd.DataFrame, hits: pd.DataFrame, cluster: str, confidence_level: float
) -> tuple[Interval, Interval, Interval]:
    """Return the three ratios between category 3 and categories 1 and 2 revenue; NaN where a side is too thin."""
    nothing = Interval(np.nan, 0.0, np.inf, 0, confidence_level)
    rich = hits["category"].isin(["1", "2R"])
    if rich.sum() < FEWEST_ORDERS or (hits["category"] == "3").sum() < FEWEST_ORDERS:
        return nothing, nothing, nothing
    placed = hits[rich | (hits["category"] == "3")]
    visits = rows[rows["category"].isin(["1", "2R", "3"])]
    timed = visits.dropna(subset=["hours"])
    value = ratio_contrast(
        placed["amount"],
        np.ones(len(placed)),
        placed["category"] != "3",
        placed["customer_id"],
        confidence_level=confidence_level,
    )
    per_visit = ratio_contrast(
        visits["value"],
        np.ones(len(visits)),
        visits["category"] == "3",
        visits[cluster],
        confidence_level=confidence_level,
    )
    per_hour = ratio_contrast(
        timed["value"], timed["hours"], timed["category"] == "3", timed[cluster], confidence_level=confidence_level
    )
    return value, per_visit, per_hour
