"""Are existing customers met only when they buy? Their visits near an order or a quote, and those made to sell."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.contacts import day_numbers
from salesaudit.dataset import SalesData
from salesaudit.stats import PermutationTest, against_null

NEAR_DAYS = 30
FEWEST_VISITS = 30
MOST_VISITS = 1000
"""Visits drawn for the random days; more would take long and change nothing."""
DRAWS = 1000
SELLING = ("QUO", "NEG")
"""Purposes of a visit that is made to sell: a quote is presented or negotiated."""
WIDTH = np.int64(10_000_000)
"""More days than any two dates lie apart, so that customers and sellers never mix."""


@dataclass(frozen=True)
class NearOrders:
    """Visits to existing customers when they buy.

    Attributes
    ----------
    test : PermutationTest
        Share of the visits within `NEAR_DAYS` of an order or quote or made to sell, against days that mean nothing.
    visits : int
        Looked at.
    quotes, purposes : bool
        Whether quotes and the purposes of visits are known; without them they do not count.
    """

    test: PermutationTest
    visits: int
    quotes: bool
    purposes: bool


def near_orders(data: SalesData, customers: pd.Index, rng: np.random.Generator) -> NearOrders | None:
    """Compare the visits near an order with the same visits on other days, or return None with too few of them.

    The visits of each customer move together, by a random number of places in the row of all visits of their seller
    and round within the time in which the customer was active. So their distances, the season, the seller's days off
    and the customer's first and last day stay as they are; what is lost is how visits and orders lie to each other.
    """
    visits = data.within("visits")
    visits = visits[[c for c in ("visit_id", "seller_id", "customer_id", "date", "purpose_planned") if c in visits]]
    visits = visits[visits["seller_id"].notna() & visits["customer_id"].isin(customers)]
    if len(visits) < FEWEST_VISITS:
        return None
    drawn = visits.sort_values("visit_id", kind="stable")
    drawn = drawn.iloc[np.sort(rng.permutation(len(drawn))[:MOST_VISITS])]
    customers = pd.Index(drawn["customer_id"].unique())
    quotes = data.has("quotes.customer_id", "quotes.created_date")
    occasions = [_days(data.orders, "order_date", customers)]
    if quotes:
        occasions.append(_days(data.quotes, "created_date", customers))
    customer, day = (np.concatenate(part) for part in zip(*occasions, strict=True))
    if not len(customer):
        return None
    turned = _Turned.of(data, visits, drawn, customers, customer, day)
    purposes = "purpose_planned" in visits and bool(visits["purpose_planned"].notna().any())
    selling = drawn["purpose_planned"].isin(SELLING).to_numpy() if purposes else np.zeros(len(drawn), bool)
    ordered = np.sort(customer * WIDTH + day)
    own = turned.customer * WIDTH

    def share(days: np.ndarray) -> float:
        first = np.searchsorted(ordered, own + days - NEAR_DAYS)
        return float((selling | (first < np.searchsorted(ordered, own + days + NEAR_DAYS, side="right"))).mean())

    null = [share(turned.days(rng.random(len(customers)))) for _ in range(DRAWS)]
    return NearOrders(against_null(share(turned.day), null), len(drawn), quotes, purposes)


def _days(rows: pd.DataFrame, column: str, customers: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Return place of the customer and day of each row about one of the customers."""
    place = np.where(rows[column].notna(), customers.get_indexer(rows["customer_id"]), -1)
    return place[place >= 0], day_numbers(rows[column])[place >= 0]


@dataclass(frozen=True)
class _Turned:
    """Visits that can be turned round, and the row of the days of all visits, seller by seller.

    Attributes
    ----------
    customer, day : ndarray
        Place of the customer and day of each visit that was drawn.
    row : ndarray
        Days in order, by seller.
    place, first, length : ndarray
        Where in the row it stands, and the part of the row in which its customer was active.
    """

    customer: np.ndarray
    day: np.ndarray
    row: np.ndarray
    place: np.ndarray
    first: np.ndarray
    length: np.ndarray

    @classmethod
    def of(
        cls,
        data: SalesData,
        visits: pd.DataFrame,
        drawn: pd.DataFrame,
        customers: pd.Index,
        other: np.ndarray,
        other_day: np.ndarray,
    ) -> "_Turned":
        seen, seen_day = _days(data.visits, "date", customers)
        begin, end = np.array([data.start, data.end], "datetime64[D]").astype(np.int64)
        low, high = np.full(len(customers), end), np.full(len(customers), begin)
        who, when = np.append(seen, other), np.append(seen_day, other_day)
        np.minimum.at(low, who, when)
        np.maximum.at(high, who, when)
        # So much of a time lies outside the first and last of some events in it, on average.
        margin = ((high - low) / (np.bincount(who, minlength=len(customers)) - 1).clip(min=1)).astype(np.int64)
        low, high = (low - margin).clip(begin, end), (high + margin).clip(begin, end)
        seller, sellers = pd.factorize(visits["seller_id"])
        row = np.sort(seller * WIDTH + day_numbers(visits["date"]))
        customer, day = customers.get_indexer(drawn["customer_id"]), day_numbers(drawn["date"])
        base = sellers.get_indexer(drawn["seller_id"]) * WIDTH
        first = np.searchsorted(row, base + low[customer])
        length = np.searchsorted(row, base + high[customer], side="right") - first
        # Visits of one day share their places; the middle stands for all of them.
        place = (np.searchsorted(row, base + day) + np.searchsorted(row, base + day, side="right")) / 2
        return cls(customer, day, row % WIDTH, place, first, length)

    def days(self, offset: np.ndarray) -> np.ndarray:
        """Return the days of the visits after those of each customer were turned by a part of its time, 0-1."""
        on = (self.place - self.first + offset[self.customer] * self.length) % self.length
        return self.row[self.first + np.minimum(on.astype(np.int64), self.length - 1)]
