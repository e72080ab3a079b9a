"""Are existing customers left alone? Who had no contact in a year, and whether visits come only with orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special, stats

from salesaudit.analyses.visit_frequency.contacts import calls_made, contacts_with, day_numbers, owners, share_named
from salesaudit.analyses.visit_frequency.near_orders import NearOrders, near_orders
from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, kaplan_meier_median, permutation_test, ratio_of_totals, wilson

ACTIVE_DAYS = 730
CONTACT_DAYS = 365
EDGE_DAYS = 31
"""Recording that begins this much later than the year of contact still covers it."""
FEWEST_CUSTOMERS = 30
NAMED = 0.8
"""Share of the contacts that must name the customer; who was met in the others would pass for left alone."""
GAP_PART = 0.25
"""Part of the time recorded above which a median of days between contacts is left open: too many gaps are cut off."""
FEWEST_PAIRS = 8
PERMUTATIONS = 1000
MOST_CATEGORIES = 8
SIZES = ((0.2, "largest"), (0.5, "middle"), (1.0, "smallest"))
"""Groups by revenue where the client has no classes of its own: the largest fifth, the next three tenths, the rest."""


@dataclass(frozen=True)
class Coverage:
    """Contact with existing customers.

    Attributes
    ----------
    customers : DataFrame
        One row per existing customer (index customer_id): revenue_amount of `ACTIVE_DAYS`, contacted (flag), group.
    groups : DataFrame
        One row per group of customers: group, customers, share, low, high (with a contact), gap_days, gap_low, gap_high
        (median over customers of the days from one contact to the next), left_amount (revenue without contact).
    own_classes : bool
        Whether the groups are the client's own classes.
    left : Interval
        Share of the revenue of existing customers without any contact; clustered by the seller who owns them.
    clusters : int
        Owners, and customers whose owner is not known.
    df : float
        Degrees of freedom of `left`: clusters of equal weight that would say as much, less one.
    named : float
        Share of the contacts of the year that name the customer; below `NAMED` nobody can be called left alone.
    near : NearOrders or None
        Visits to existing customers near an order, against days that mean nothing.
    pressure : tuple of float or None
        Spearman correlation between a seller's share of visits to new customers and the contact with the own existing
        ones, and its p-value by permutation.
    amounts : bool
        Whether revenue is known; customers count alike where it is not.
    calls : bool
        Whether contacts other than visits are known.
    calls_all_year : bool
        Whether they are recorded from the beginning to the end of the year of contact.
    """

    customers: pd.DataFrame
    groups: pd.DataFrame
    own_classes: bool
    left: Interval
    clusters: int
    df: float
    named: float
    near: NearOrders | None
    pressure: tuple[float, float] | None
    amounts: bool
    calls: bool
    calls_all_year: bool

    @property
    def tells(self) -> bool:
        """Return whether enough contacts name their customer to say who had none."""
        return self.named >= NAMED


def coverage(
    data: SalesData,
    new_share: pd.Series | None,
    *,
    contacts: Sequence[str],
    rng: np.random.Generator,
    confidence_level: float,
) -> Coverage | None:
    """Return the contact with existing customers in the last year, or None where the data do not tell.

    Parameters
    ----------
    new_share : Series or None
        Share of visits to new customers by seller.
    contacts : sequence of str
        Types of activity that are a contact with the customer, besides visits in any channel.
    """
    needed = ("orders.customer_id", "orders.order_date", "visits.customer_id", "visits.date")
    if not data.has(*needed):
        return None
    end = pd.Timestamp(data.end)
    calls = calls_made(data, contacts)
    met = contacts_with(data, calls)
    if not _all_year(met, end):
        return None
    customers, amounts = _existing(data, met, end)
    if len(customers) < FEWEST_CUSTOMERS:
        return None
    weight = customers["revenue_amount"] if amounts else pd.Series(1.0, customers.index)
    owner = owners(data, customers.index)
    left, df = _left(weight, customers["contacted"], owner, confidence_level)
    groups = _groups(customers, weight, met, end, confidence_level)
    return Coverage(
        customers,
        groups,
        bool(customers.attrs["own_classes"]),
        left,
        int(left.n),
        df,
        share_named(data, contacts, since=end - pd.Timedelta(days=CONTACT_DAYS), end=end),
        near_orders(data, customers.index, rng),
        _pressure(new_share, owner, customers, rng),
        amounts,
        calls is not None,
        calls is not None and _all_year(calls, end),
    )


def _all_year(rows: pd.DataFrame, end: pd.Timestamp) -> bool:
    """Return whether contacts are recorded from the beginning to the end of the year of contact."""
    edge = pd.Timedelta(days=EDGE_DAYS)
    first, last = rows["date"].min(), rows["date"].max()
    # Missing days compare as false.
    return bool(first <= end - pd.Timedelta(days=CONTACT_DAYS) + edge and last >= end - edge)


def _left(weight: pd.Series, contacted: pd.Series, owner: pd.Series, confidence_level: float) -> tuple[Interval, float]:
    """Return the share of the weight without contact, and its degrees of freedom.

    A dozen owners and a hundred customers without one are no hundred and twelve clusters alike: those who own more
    count by the square of what they own (Satterthwaite).
    """
    left = ratio_of_totals(
        weight.where(~contacted, 0.0), weight, owner, confidence_level=confidence_level, scale="logit"
    )
    squares = weight.groupby(owner).sum() ** 2
    df = float(max(squares.sum() ** 2 / (squares**2).sum() - 1, 1.0))
    if left.n < 2 or not (left.low > 0 and left.high < 1):
        return left, df
    wider = stats.t.ppf((1 + confidence_level) / 2, df) / stats.t.ppf((1 + confidence_level) / 2, left.n - 1)
    centre, half = special.logit(left.estimate), wider * (special.logit(left.high) - special.logit(left.low)) / 2
    low, high = special.expit([centre - half, centre + half])
    return replace(left, low=float(low), high=float(high)), df


def _existing(data: SalesData, met: pd.DataFrame, end: pd.Timestamp) -> tuple[pd.DataFrame, bool]:
    """Return the customers with an order in the last two years, what they bought, and whether they were contacted.

    Who ordered for the first time within the year has not been a customer for long enough to be left alone.
    """
    orders = data.orders[[c for c in ("customer_id", "order_date", "amount") if c in data.orders]]
    orders = orders.dropna(subset=["customer_id", "order_date"])
    customer, names = pd.factorize(orders["customer_id"])
    day = orders["order_date"]
    year_ago = end - pd.Timedelta(days=CONTACT_DAYS)
    known = np.ones(len(names), bool)
    if day.min() < year_ago:
        known[:] = False
        known[customer[day <= year_ago]] = True
    inside = (day > end - pd.Timedelta(days=ACTIVE_DAYS)).to_numpy() & (day <= end).to_numpy() & known[customer]
    recent, customer = orders[inside], customer[inside]
    amounts = "amount" in recent and bool((recent["amount"] > 0).any())
    by = recent.groupby(customer)
    bought = (by["amount"].sum() if amounts else by.size()).astype(float).clip(lower=0)
    bought = bought.set_axis(names[bought.index].rename("customer_id")).sort_index()
    late = met.loc[met["date"] > year_ago, "customer_id"]
    frame = pd.DataFrame({"revenue_amount": bought, "contacted": bought.index.isin(late)})
    classes = _classes(data, frame.index)
    frame["group"] = _by_size(frame["revenue_amount"]) if classes is None else classes
    frame.attrs["own_classes"] = classes is not None
    return frame, amounts


def _classes(data: SalesData, customers: pd.Index) -> pd.Series | None:
    """Return the client's own class of each customer, where most have one and they are few."""
    if not data.has("customers.client_category"):
        return None
    named = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").set_index("customer_id")
    found = named["client_category"].reindex(customers)
    return found if found.notna().mean() >= 0.5 and found.nunique() <= MOST_CATEGORIES else None


def _by_size(revenue: pd.Series) -> pd.Series:
    place = revenue.rank(ascending=False, pct=True, method="first")
    names = [name for _, name in SIZES]
    return pd.Series(pd.cut(place, [0, *(edge for edge, _ in SIZES)], labels=names).astype("str"), revenue.index)


def _groups(
    customers: pd.DataFrame, weight: pd.Series, met: pd.DataFrame, end: pd.Timestamp, confidence_level: float
) -> pd.DataFrame:
    gaps, recorded = _gaps(met, customers, end)
    longest = GAP_PART * recorded
    left = weight.where(~customers["contacted"], 0.0)
    rows = []
    for group, part in customers.groupby("group"):
        share = wilson(int(part["contacted"].sum()), len(part), confidence_level=confidence_level)
        own = gaps[gaps["group"] == group]
        gap = kaplan_meier_median(own["days"], own["met_again"], confidence_level=confidence_level)
        known = share_limits(gap) if gap.estimate <= longest else (np.nan, np.nan, np.nan)
        rows.append((group, len(part), *share_limits(share), *known, left[part.index].sum()))
    names = ["group", "customers", "share", "low", "high", "gap_days", "gap_low", "gap_high", "left_amount"]
    frame = pd.DataFrame(rows, columns=names)
    order = {name: n for n, (_, name) in enumerate(SIZES)}
    known = frame["group"].isin(order).all()
    return frame.sort_values("group", key=lambda g: g.map(order) if known else g, ignore_index=True)


def share_limits(interval: Interval) -> tuple[float, float, float]:
    """Return estimate and limits; a limit that the data do not bound is not known."""
    ends = (interval.estimate, interval.low, interval.high)
    return tuple(float(x) if np.isfinite(x) else float("nan") for x in ends)


def _gaps(met: pd.DataFrame, customers: pd.DataFrame, end: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    """Return the days from each customer's first contact of two years to the next, and the days that are recorded.

    One gap of each, since who is met often has many; cut off at the end where there was no next contact, and as long
    as what is recorded where there was none at all. Columns days, met_again (flag) and the group of the customer.
    """
    recent = met[met["date"] > end - pd.Timedelta(days=ACTIVE_DAYS)]
    customer, day = customers.index.get_indexer(recent["customer_id"]), day_numbers(recent["date"])
    last = int(end.to_numpy().astype("datetime64[D]").astype(np.int64))
    recorded = last - int(day.min())
    order = np.lexsort((day, customer))
    order = order[customer[order] >= 0]
    customer, day = customer[order], day[order]
    first = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])) if len(order) else order
    following = np.append(first[1:], len(order)) - first > 1
    days, again = np.full(len(customers), recorded), np.zeros(len(customers), bool)
    days[customer[first]] = np.where(following, day[(first + 1).clip(max=len(day) - 1)], last) - day[first]
    again[customer[first]] = following
    frame = pd.DataFrame({"days": days, "met_again": again, "group": customers["group"].to_numpy()})
    return frame[frame["days"] > 0], recorded


def _pressure(
    new_share: pd.Series | None, owner: pd.Series, customers: pd.DataFrame, rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return whether sellers with more visits to new customers leave more of their existing ones alone."""
    if new_share is None:
        return None
    own = customers["contacted"].groupby(owner).mean()
    both = pd.concat([new_share, own], axis=1, join="inner").dropna()
    if len(both) < FEWEST_PAIRS or (both.nunique() < 3).any():
        return None
    return rank_correlation(both.iloc[:, 0], both.iloc[:, 1], rng)


def rank_correlation(x: pd.Series, y: pd.Series, rng: np.random.Generator) -> tuple[float, float]:
    """Return Spearman's correlation and its two-sided p-value by permutation."""
    first, second = (stats.zscore(stats.rankdata(values)) for values in (x, y))
    test = permutation_test(
        lambda values: float(first @ values) / len(first),
        second,
        rng=rng,
        alternative="two-sided",
        n_permutations=PERMUTATIONS,
    )
    return test.statistic, test.pvalue
