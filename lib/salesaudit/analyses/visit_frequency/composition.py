"""What the visits are made of: days out, new and existing customers, purposes, and the other activities."""

import pandas as pd

from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.calendar import WORKING_DAYS
from salesaudit.dataset import SalesData
from salesaudit.stats import pooled_rate


def days_out(counted: Counted) -> pd.DataFrame:
    """Return per seller days_out, days_out_share (of seller-days) and per_day_out (visits per day with a visit).

    Visits per normal week = 5 x share of days out x visits per day out.
    """
    by_seller = counted.visits.groupby("seller_id")
    out = by_seller["date"].nunique().reindex(counted.exposure.index, fill_value=0)
    visits = by_seller.size().reindex(counted.exposure.index, fill_value=0)
    return pd.DataFrame(
        {
            "days_out": out,
            "days_out_share": out / (WORKING_DAYS * counted.exposure.sum(axis=1)),
            "per_day_out": visits / out.where(out > 0),
        }
    )


def customer_kinds(data: SalesData, visits: pd.DataFrame, *, new_after_days: int) -> pd.Series | None:
    """Return "existing", "new" or "unknown" per visit, or None where orders or customers are not known.

    Existing: the customer ordered in the `new_after_days` days before the visit. New: it did not. Unknown: no order is
    seen, but the orders begin too late to tell; or the visit has no customer.
    """
    if not data.has("orders.order_date", "orders.customer_id", "visits.customer_id") or visits.empty:
        return None
    orders = data.orders[["customer_id", "order_date"]].dropna().sort_values("order_date", ignore_index=True)
    orders = orders.assign(last_order=orders["order_date"])
    named = visits.loc[visits["customer_id"].notna(), ["customer_id", "date"]].sort_values("date")
    last = pd.merge_asof(
        named.reset_index(names="row"),
        orders,
        left_on="date",
        right_on="order_date",
        by="customer_id",
        allow_exact_matches=False,
    ).set_index("row")
    window = pd.Timedelta(days=new_after_days)
    covered = last["date"] - window >= orders["order_date"].min()
    kind = pd.Series("unknown", index=visits.index, dtype="str")
    kind[covered.index[covered]] = "new"
    recent = last["date"] - last["last_order"] <= window
    kind[recent.index[recent]] = "existing"
    return kind


def kind_shares(visits: pd.DataFrame, kinds: pd.Series | None, sellers: pd.Index) -> pd.DataFrame:
    """Return the share of each kind of customer in the visits of each seller; one row per seller."""
    if kinds is None:
        return pd.DataFrame(index=sellers)
    table = pd.crosstab(visits["seller_id"], kinds, normalize="index")
    return table.reindex(index=sellers, columns=["new", "existing", "unknown"]).fillna(
        dict.fromkeys(("new", "existing", "unknown"), 0.0)
    )


def mark_agreement(visits: pd.DataFrame, kinds: pd.Series | None) -> tuple[int, int] | None:
    """Return in how many visits the client's own mark for a new customer agrees with the orders, and of how many."""
    if kinds is None or "is_new_customer" not in visits:
        return None
    known = (kinds != "unknown") & visits["is_new_customer"].notna()
    agree = (kinds == "new")[known] == visits.loc[known, "is_new_customer"].astype(bool)
    return (int(agree.sum()), int(known.sum())) if known.any() else None


def purposes(visits: pd.DataFrame, sellers: pd.Index) -> pd.DataFrame | None:
    """Return the share of each planned purpose in the visits of each seller, "missing" included."""
    if "purpose_planned" not in visits or visits["purpose_planned"].isna().all():
        return None
    table = pd.crosstab(visits["seller_id"], visits["purpose_planned"].fillna("missing"), normalize="index")
    return table.reindex(sellers).fillna(0.0)


def other_activities(data: SalesData, counted: Counted, *, confidence_level: float) -> pd.DataFrame | None:
    """Return the activities that are not visits, per normal week of the team, most frequent first.

    Columns type, count, sellers, rate, low, high (per normal week of one seller).
    """
    if not data.has("activities.type", "activities.date", "activities.seller_id") or not counted.weeks:
        return None
    rows = data.activities.dropna(subset=["type", "date", "seller_id"])
    rows = rows[rows["seller_id"].isin(counted.exposure.index)]
    day = rows["date"].dt.normalize()
    rows = rows.assign(week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))
    rows = rows[rows["week"].isin(counted.exposure.columns)]
    if rows.empty:
        return None
    exposure = counted.exposure.sum()
    found = []
    for name, part in rows.groupby("type"):
        weekly = part.groupby("week").size().reindex(exposure.index, fill_value=0)
        rate = pooled_rate(weekly, exposure, confidence_level=confidence_level)
        found.append((name, len(part), part["seller_id"].nunique(), rate.estimate, rate.low, rate.high))
    frame = pd.DataFrame(found, columns=["type", "count", "sellers", "rate", "low", "high"])
    return frame.sort_values(["count", "type"], ascending=[False, True], ignore_index=True)
