"""Are customers without contact lost more often? Those of a year ago, by whether they have ordered since.

Contact comes before the year in which they are lost or not. It is an association all the same: sellers go where they
expect orders, and what a contact does is not shown here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.contacts import calls_made, contacts_made, owners
from salesaudit.analyses.visit_frequency.coverage import (
    ACTIVE_DAYS,
    CONTACT_DAYS,
    EDGE_DAYS,
    FEWEST_CUSTOMERS,
    SIZES,
)
from salesaudit.dataset import SalesData

KEPT_ALIKE = 0.5
"""Contacts of the year before last, over those of the last year, below which they were not yet recorded as they are."""
FEWEST_IN_A_SIZE = 10
"""Customers with, and without, contact below which customers of one size are not compared by themselves."""


@dataclass(frozen=True)
class Lapse:
    """What is lost more where there was no contact; amounts are revenue a year.

    Attributes
    ----------
    revenue_amount : float
        Of the customers without contact now who bought within the year.
    lost_amount, se : float
        The part of it that would be lost beyond what is lost with contact, and its standard error; customers are
        compared with those of their size.
    with_contact, without : int
        Customers of a year ago that were compared.
    clusters : int
        Sellers who own them.
    """

    revenue_amount: float
    lost_amount: float
    se: float
    with_contact: int
    without: int
    clusters: int

    @property
    def gap(self) -> float:
        """Return the share of the revenue that is lost more without contact."""
        return self.lost_amount / self.revenue_amount


def lapse(data: SalesData, *, contacts: Sequence[str]) -> Lapse | None:
    """Compare customers with and without contact in one year by the share of their revenue lost in the next.

    Lost is who has no order in the year after. None without two years of visits, calls and orders with amounts, or
    with too few customers.

    Parameters
    ----------
    contacts : sequence of str
        Types of activity that are a contact with the customer, besides visits in any channel.
    """
    needed = ("orders.customer_id", "orders.order_date", "orders.amount", "visits.customer_id", "visits.date")
    calls = calls_made(data, contacts) if data.has(*needed) else None
    if calls is None:
        return None
    end = pd.Timestamp(data.end)
    then = end - pd.Timedelta(days=CONTACT_DAYS)
    orders = data.orders.dropna(subset=["customer_id", "order_date", "amount"])
    orders = orders[orders["order_date"] < end + pd.Timedelta(days=1)]
    edge = pd.Timedelta(days=EDGE_DAYS)
    begins = (orders["order_date"].min(), calls["date"].min(), data.visits["date"].min())
    # A missing first day compares as false.
    if not all(first <= then - pd.Timedelta(days=CONTACT_DAYS) + edge for first in begins):
        return None
    if orders["order_date"].max() < end - edge or not (_alike(calls, end) and _alike(data.visits, end)):
        return None
    met = contacts_made(data, contacts)
    settled = begins[0] <= then - pd.Timedelta(days=ACTIVE_DAYS) + edge
    before, now = (_active(orders, met, at, settled=settled) for at in (then, end))
    before["lost"] = ~before.index.isin(orders.loc[orders["order_date"] > then, "customer_id"])
    left = now.loc[~now["contacted"], "revenue"]
    if left.empty or min(before["contacted"].sum(), (~before["contacted"]).sum()) < FEWEST_CUSTOMERS:
        return None
    return _compared(before, left, owners(data, before.index))


def _alike(made: pd.DataFrame, end: pd.Timestamp) -> bool:
    """Return whether contacts were recorded in the year before last about as they are now."""
    age = (end - made["date"].dt.normalize()).dt.days
    before, now = (int(age.between(first, first + CONTACT_DAYS - 1).sum()) for first in (CONTACT_DAYS, 0))
    return before >= KEPT_ALIKE * now


def _active(orders: pd.DataFrame, met: pd.DataFrame, at: pd.Timestamp, *, settled: bool) -> pd.DataFrame:
    """Return the customers who bought within the year up to a day: revenue of that year, and whether contacted in it.

    Where the orders reach back far enough, only those who were customers before that year.
    """
    since = at - pd.Timedelta(days=CONTACT_DAYS)
    year = orders[(orders["order_date"] > since) & (orders["order_date"] <= at)]
    if settled:
        year = year[year["customer_id"].map(orders.groupby("customer_id")["order_date"].min()) <= since]
    bought = year.groupby("customer_id")["amount"].sum()
    bought = bought[bought > 0].astype(float)
    seen = met.loc[(met["date"] > since) & (met["date"] <= at), "customer_id"]
    return pd.DataFrame({"revenue": bought, "contacted": bought.index.isin(seen)})


def _compared(before: pd.DataFrame, left: pd.Series, owner: pd.Series) -> Lapse:
    """Weigh the gaps of the sizes by the revenue that is without contact now."""
    edges = before["revenue"].quantile([1 - share for share, _ in SIZES[:-1]]).sort_values().to_numpy()
    size, here = (np.searchsorted(edges, revenue) for revenue in (before["revenue"], left))
    counts = pd.crosstab(size, before["contacted"]).reindex(index=np.unique(here), fill_value=0)
    if counts.to_numpy().min() < FEWEST_IN_A_SIZE:
        size, here = np.zeros(len(before), int), np.zeros(len(left), int)
    weight = left.groupby(here).sum()
    rows = before.assign(size=size, owner=owner)
    rows = rows[rows["size"].isin(weight.index)]
    with_contact, without = rows[rows["contacted"]], rows[~rows["contacted"]]
    lost, single, pulls = 0.0, 0.0, []
    for sign, part in ((-1.0, with_contact), (1.0, without)):
        cell = _by_size(part)
        lost += sign * float((weight * cell["share"]).sum())
        single += float((weight**2 * cell["variance"]).sum())
        own = cell.loc[part["size"]].set_axis(part.index)
        pulls.append(
            sign
            * part["size"].map(weight)
            * part["revenue"]
            * (part["lost"].astype(float) - own["share"])
            / own["revenue"]
        )
    together = pd.concat(pulls).groupby(rows["owner"]).sum()
    m = len(together)
    clustered = m / (m - 1) * float((together**2).sum()) if m > 1 else 0.0
    return Lapse(
        revenue_amount=float(weight.sum()),
        lost_amount=lost,
        # Customers of one seller may be lost together; they are never surer than customers lost one by one.
        se=float(np.sqrt(max(clustered, single))),
        with_contact=len(with_contact),
        without=len(without),
        clusters=m,
    )


def _by_size(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by size the revenue, the share of it that was lost, and the variance of that share."""
    sums = rows.assign(gone=rows["revenue"] * rows["lost"], squares=rows["revenue"] ** 2)
    sums = sums.groupby("size")[["revenue", "gone", "squares"]].sum()
    share = sums["gone"] / sums["revenue"]
    # So many customers of equal revenue these are worth (Kish); that all or none were lost is no certainty.
    number = sums["revenue"] ** 2 / sums["squares"]
    likely = (share * number + 0.5) / (number + 1)
    return pd.DataFrame(
        {"revenue": sums["revenue"], "share": share, "variance": likely * (1 - likely) / number}, index=sums.index
    )
