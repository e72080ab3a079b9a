"""What stands beside deals per visit: by kind of customer, per call, and orders per visit."""

from dataclasses import replace

import pandas as pd

from salesaudit.analyses.visit_frequency.composition import customer_kinds
from salesaudit.analyses.visit_frequency.contacts import day_numbers
from salesaudit.analyses.visit_frequency.counting import Counted, recorded_weeks
from salesaudit.analyses.visit_frequency.coverage import share_limits
from salesaudit.dataset import SalesData
from salesaudit.stats import ratio_of_totals

CALLS = ("call_out", "call")
"""Calls that a seller makes."""
KINDS_KNOWN = 0.9
"""Share of the deals of which it must be known whether the customer was new; the others would be missing in both."""


def inside(rows: pd.DataFrame, column: str, counted: Counted, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the rows of some weeks from the first to the last week in which their seller was exposed.

    What comes in while a seller is on leave was worked for; what comes before the start or after the end was not.
    """
    rows = rows[(rows[column] >= weeks.min()) & (rows[column] < weeks.max() + pd.Timedelta(weeks=1))]
    exposed = counted.exposure.to_numpy() > 0
    ever, first = exposed.any(axis=1), exposed.argmax(axis=1)
    last = exposed.shape[1] - 1 - exposed[:, ::-1].argmax(axis=1)
    who = counted.exposure.index.get_indexer(rows["seller_id"])
    at = (day_numbers(rows[column]) - day_numbers(counted.exposure.columns[:1].to_series())) // 7
    there = (who >= 0) & ever[who] & (at >= first[who]) & (at <= last[who])
    there &= counted.exposure.columns.isin(weeks)[at]
    return rows[there].assign(week=counted.exposure.columns[at[there]], day=rows.loc[there, column].dt.normalize())


def by_seller(rows: pd.DataFrame, index: pd.Index) -> pd.Series:
    """Return the number of rows of each seller."""
    return rows["seller_id"].value_counts().reindex(index, fill_value=0)


def ratios_beside(
    data: SalesData,
    counted: Counted,
    weeks: pd.DatetimeIndex,
    deals: pd.DataFrame,
    *,
    kinds: pd.Series | None,
    log: pd.DataFrame | None,
    new_after_days: int,
    confidence_level: float,
) -> pd.DataFrame:
    """Return deals by kind of customer, deals per call and orders per visit, clustered by seller.

    Columns of ("new", "existing", "calls", "orders"), count, base, estimate, low, high (per one of the base).
    """
    rows = []
    for name, (came, base) in _pairs(data, counted, weeks, deals, kinds, log, new_after_days).items():
        if base.sum() > 0:
            each = ratio_of_totals(came, base, base.index, confidence_level=confidence_level)
            rows.append((name, int(came.sum()), int(base.sum()), *share_limits(each)))
    return pd.DataFrame(rows, columns=["of", "count", "base", "estimate", "low", "high"])


def _pairs(
    data: SalesData,
    counted: Counted,
    weeks: pd.DatetimeIndex,
    deals: pd.DataFrame,
    kinds: pd.Series | None,
    log: pd.DataFrame | None,
    new_after_days: int,
) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Return what is laid beside deals per visit: by seller, what came and what was done for it.

    A deal is with a new customer where that had not ordered for so long when the deal was won.
    """
    index, found = counted.exposure.index, {}
    visits = counted.visits[counted.visits["week"].isin(weeks)]
    if kinds is not None and data.has("opportunities.customer_id"):
        of_deals = _kinds_of(data, deals, new_after_days)
        if (of_deals != "unknown").mean() >= KINDS_KNOWN:
            for kind in ("new", "existing"):
                made = visits[kinds[visits.index] == kind]
                found[kind] = (by_seller(deals[of_deals == kind], index), by_seller(made, index))
    if log is not None and len(calls := log[log["type"].isin(CALLS)]):
        both = weeks[recorded_weeks(calls["day"], weeks)]
        found["calls"] = tuple(by_seller(rows[rows["week"].isin(both)], index) for rows in (deals, calls))
    if data.has("orders.seller_id", "orders.order_date"):
        both = weeks[recorded_weeks(data.orders["order_date"], weeks)]
        made = visits[visits["week"].isin(both)]
        orders = inside(data.orders[["seller_id", "order_date"]], "order_date", counted, both)
        found["orders"] = (by_seller(orders, index), by_seller(made, index))
    return found


def _kinds_of(data: SalesData, deals: pd.DataFrame, new_after_days: int) -> pd.Series:
    """Return the kind of customer of each deal; of the orders only those that can tell are looked at."""
    orders = data.orders[["customer_id", "order_date"]]
    told = orders["customer_id"].isin(deals["customer_id"]) | (orders["order_date"] == orders["order_date"].min())
    fewer = replace(data, tables={**data.tables, "orders": orders[told]})
    return customer_kinds(fewer, deals.assign(date=deals["day"]), new_after_days=new_after_days)
