"""Customers without contact in twelve months, and the load that the customer base puts on each seller."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.route_to_category.categories import TOLERANCE, Categories
from salesaudit.analyses.route_to_category.field import Field
from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, ratio_of_totals

WORTH_VISITING = ("1", "2R", "2P")
CONTACT_MONTHS = 12
"""A customer with potential should be spoken to at least once in so many months."""
IMPERSONAL = ("newsletter",)
"""Activities that reach a customer without anybody talking to him."""


@dataclass(frozen=True)
class Coverage:
    """Who was in contact in the twelve months before the end of the period.

    Attributes
    ----------
    frame : DataFrame
        One row per category: category, customers, visits, no_visit_share, even_share (share that even spreading of the
        same visits would leave out), no_contact_share (no visit, call or other personal contact), nothing_share
        (also no order and no newsletter).
    uncovered : DataFrame
        Customers of categories 1, 2R and 2P without a personal contact, largest potential first: customer_id, customer,
        category, revenue, potential, last_contact, owner_seller_id.
    uncovered_potential : float
        Their share of the potential of these three categories; NaN where potential is not known.
    whole_year : bool
        Whether the visits exported reach back twelve months.
    days : int
        Days that the visits exported cover, at most a year.
    has_activities : bool
        Whether contacts other than visits were exported.
    """

    frame: pd.DataFrame
    uncovered: pd.DataFrame
    uncovered_potential: float
    whole_year: bool
    days: int
    has_activities: bool


@dataclass(frozen=True)
class Load:
    """Customers per seller against the visits a seller makes in a year."""

    customers: int
    sellers: int
    visits_per_year: Interval

    @property
    def customers_per_seller(self) -> float:
        return self.customers / self.sellers if self.sellers else np.nan


def coverage(data: SalesData, categories: Categories) -> Coverage:
    """Return the contacts of every customer in the twelve months up to the end of the period."""
    end = pd.Timestamp(data.end) + pd.Timedelta("23:59:59")
    start = pd.Timestamp(data.end) - pd.DateOffset(months=CONTACT_MONTHS) + pd.Timedelta(days=1)
    customers = categories.customers
    visits = _contacts(data, "visits", "date")
    acts = _contacts(data, "activities", "date", "type")
    impersonal = acts["type"].str.lower().isin(IMPERSONAL) if len(acts) else pd.Series(dtype=bool)
    personal = pd.concat([visits, acts[~impersonal]]) if len(acts) else visits
    orders = _contacts(data, "orders", "order_date")

    def touched(contacts: pd.DataFrame) -> pd.Series:
        inside = contacts[contacts["day"].between(start, end)]
        return customers["customer_id"].isin(inside["customer_id"])

    recent = visits[visits["day"].between(start, end)]
    by_person = touched(personal)
    rows = customers.assign(
        visited=touched(visits),
        spoken=by_person,
        reached=by_person | touched(acts) | touched(orders),
        visits=customers["customer_id"].map(recent["customer_id"].value_counts()).fillna(0),
    )
    frame = rows.groupby("category").agg(
        customers=("customer_id", "size"),
        visits=("visits", "sum"),
        visited=("visited", "mean"),
        spoken=("spoken", "mean"),
        reached=("reached", "mean"),
    )
    frame = frame.reindex([c for c in categories.codes if c in frame.index]).reset_index()
    frame["no_visit_share"], frame["no_contact_share"] = 1 - frame["visited"], 1 - frame["spoken"]
    frame["nothing_share"] = 1 - frame["reached"]
    frame["even_share"] = np.exp(-frame["visits"] / frame["customers"])
    worth_it = rows[rows["category"].isin(WORTH_VISITING)]
    left_out = worth_it[~worth_it["spoken"]]
    last = personal[personal["day"] <= end].groupby("customer_id")["day"].max()
    uncovered = left_out.assign(last_contact=left_out["customer_id"].map(last)).sort_values(
        ["potential", "customer_id"], ascending=[False, True]
    )
    columns = ["customer_id", "customer", "category", "revenue", "potential", "last_contact", "owner_seller_id"]
    total = worth_it["potential"].sum()
    known = visits["day"]
    first = known.min() if len(known) else end
    return Coverage(
        frame=frame.drop(columns=["visited", "spoken", "reached"]),
        uncovered=uncovered[columns].reset_index(drop=True),
        uncovered_potential=float(left_out["potential"].sum() / total) if total > 0 else np.nan,
        whole_year=bool(first <= start + TOLERANCE),
        days=max(0, int((end - max(first, start)).days) + 1),
        has_activities=len(acts) > 0,
    )


def load(data: SalesData, categories: Categories, field: Field) -> Load:
    """Return customers per seller and visits per seller and year; sellers are those with a visit in the period.

    Where the visits begin more than a month inside the period, the time before was not exported and is not counted.
    """
    by_seller = field.visits.groupby("seller_id").size()
    start, first = pd.Timestamp(data.start), data.visits["date"].min().normalize()
    years = ((pd.Timestamp(data.end) - (first if first - start > TOLERANCE else start)).days + 1) / 365.25
    rate = ratio_of_totals(by_seller, np.full(len(by_seller), years), by_seller.index)
    return Load(len(categories.customers), len(by_seller), rate)


def _contacts(data: SalesData, table: str, day: str, *extra: str) -> pd.DataFrame:
    """Return customer_id, day and more columns of a table; empty where the table cannot say."""
    wanted = ["customer_id", day, *extra]
    if data.lacks([f"{table}.{column}" for column in wanted]):
        empty = {"customer_id": pd.Series(dtype="str"), "day": pd.Series(dtype="datetime64[us]")}
        return pd.DataFrame(empty | {column: pd.Series(dtype="str") for column in extra})
    rows = data.tables[table][wanted].dropna(subset=["customer_id", day])
    return rows.rename(columns={day: "day"})
