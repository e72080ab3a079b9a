"""Are existing customers left alone? Who had no contact in a year, and whether visits come only with orders."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, PermutationTest, kaplan_meier_median, permutation_test, ratio_of_totals, wilson

ACTIVE_DAYS = 730
CONTACT_DAYS = 365
EDGE_DAYS = 31
"""Recording that begins this much later than the year of contact still covers it."""
NEAR_DAYS = 30
FEWEST_CUSTOMERS = 30
FEWEST_PAIRS = 8
MOST_VISITS = 1000
"""Visits drawn for the permutations; more would take long and change nothing."""
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
        (median days between contacts), left_amount (revenue without contact).
    own_classes : bool
        Whether the groups are the client's own classes.
    left : Interval
        Share of the revenue of existing customers without any contact; clustered by the seller who owns them.
    clusters : int
        Owners, or customers where owners are not known.
    near : PermutationTest or None
        Share of visits to existing customers within `NEAR_DAYS` of an order, against dates that mean nothing.
    near_visits : int
    pressure : tuple of float or None
        Spearman correlation between a seller's share of visits to new customers and the contact with the own existing
        ones, and its p-value by permutation.
    amounts : bool
        Whether revenue is known; customers count alike where it is not.
    calls : bool
        Whether contacts other than visits are known.
    """

    customers: pd.DataFrame
    groups: pd.DataFrame
    own_classes: bool
    left: Interval
    clusters: int
    near: PermutationTest | None
    near_visits: int
    pressure: tuple[float, float] | None
    amounts: bool
    calls: bool


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
    met = _met(data, calls)
    if met.empty or met["date"].min() > end - pd.Timedelta(days=CONTACT_DAYS - EDGE_DAYS):
        return None
    customers, amounts = _existing(data, met, end)
    if len(customers) < FEWEST_CUSTOMERS:
        return None
    weight = customers["revenue_amount"] if amounts else pd.Series(1.0, customers.index)
    owner = owners(data, customers.index)
    left = ratio_of_totals(
        weight.where(~customers["contacted"], 0.0), weight, owner, confidence_level=confidence_level, scale="logit"
    )
    near, number = _near_orders(data, customers.index, rng)
    groups = _groups(customers, weight, met, end, confidence_level)
    return Coverage(
        customers,
        groups,
        bool(customers.attrs["own_classes"]),
        left,
        int(left.n),
        near,
        number,
        _pressure(new_share, owner, customers, rng),
        amounts,
        calls is not None,
    )


def calls_made(data: SalesData, types: Sequence[str]) -> pd.DataFrame | None:
    """Return customer and day of the contacts that are no visits, or None where none are recorded."""
    if not data.has("activities.customer_id", "activities.type", "activities.date"):
        return None
    rows = data.activities.loc[data.activities["type"].isin(types), ["customer_id", "date"]].dropna()
    return rows if len(rows) else None


def contacts_made(data: SalesData, types: Sequence[str]) -> pd.DataFrame:
    """Return customer and day of every contact up to the end of the period."""
    return _met(data, calls_made(data, types))


def _met(data: SalesData, calls: pd.DataFrame | None) -> pd.DataFrame:
    parts = [data.visits[["customer_id", "date"]]]
    if calls is not None:
        parts.append(calls)
    met = pd.concat(parts, ignore_index=True).dropna()
    met["date"] = met["date"].dt.normalize()
    met = met[met["date"] <= pd.Timestamp(data.end)]
    # Whole numbers are compared much faster than text.
    again = pd.DataFrame(
        {"customer": pd.factorize(met["customer_id"])[0], "day": day_numbers(met["date"])}
    ).duplicated()
    return met[~again.to_numpy()].reset_index(drop=True)


def day_numbers(dates: pd.Series) -> np.ndarray:
    """Return dates as days since 1970."""
    return dates.to_numpy("datetime64[D]").astype(np.int64)


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


def owners(data: SalesData, customers: pd.Index) -> pd.Series:
    """Return the seller who owns each customer, or the one who visits it most; the customer itself without either."""
    own = pd.Series(customers, index=customers, dtype="str")
    if data.has("customers.owner_seller_id"):
        named = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").set_index("customer_id")
        found = named["owner_seller_id"].reindex(customers)
        # One owner shows no spread between owners.
        return found.fillna(own) if len(found.unique()) > 1 else own
    return own


def _groups(
    customers: pd.DataFrame, weight: pd.Series, met: pd.DataFrame, end: pd.Timestamp, confidence_level: float
) -> pd.DataFrame:
    gaps = _gaps(met, customers, end)
    left = weight.where(~customers["contacted"], 0.0)
    rows = []
    for group, part in customers.groupby("group"):
        share = wilson(int(part["contacted"].sum()), len(part), confidence_level=confidence_level)
        own = gaps[gaps["group"] == group]
        gap = kaplan_meier_median(own["days"], own["met_again"], confidence_level=confidence_level)
        rows.append((group, len(part), *share_limits(share), *share_limits(gap), left[part.index].sum()))
    names = ["group", "customers", "share", "low", "high", "gap_days", "gap_low", "gap_high", "left_amount"]
    frame = pd.DataFrame(rows, columns=names)
    order = {name: n for n, (_, name) in enumerate(SIZES)}
    known = frame["group"].isin(order).all()
    return frame.sort_values("group", key=lambda g: g.map(order) if known else g, ignore_index=True)


def share_limits(interval: Interval) -> tuple[float, float, float]:
    """Return estimate and limits; a limit that the data do not bound is not known."""
    ends = (interval.estimate, interval.low, interval.high)
    return tuple(float(x) if np.isfinite(x) else float("nan") for x in ends)


def _gaps(met: pd.DataFrame, customers: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return the days from each contact of two years to the next, or to the end where there has been none yet.

    Columns days, met_again (flag) and the group of the customer.
    """
    recent = met[met["date"] > end - pd.Timedelta(days=ACTIVE_DAYS)]
    customer, day = customers.index.get_indexer(recent["customer_id"]), day_numbers(recent["date"])
    order = np.lexsort((day, customer))
    order = order[customer[order] >= 0]
    customer, day = customer[order], day[order]
    again = np.append(customer[1:] == customer[:-1], False) if len(order) else np.empty(0, bool)
    following = np.where(again, np.roll(day, -1), end.to_numpy().astype("datetime64[D]").astype(np.int64))
    frame = pd.DataFrame(
        {"days": following - day, "met_again": again, "group": customers["group"].to_numpy()[customer]}
    )
    return frame[frame["days"] > 0].reset_index(drop=True)


def _near_orders(data: SalesData, customers: pd.Index, rng: np.random.Generator) -> tuple[PermutationTest | None, int]:
    """Compare the share of visits near an order with that of the same visits on each other's days, within sellers.

    Within one seller and customer an exchange of days changes nothing, so the days go round among all of a seller's
    visits to existing customers.
    """
    visits = data.within("visits")[["visit_id", "seller_id", "customer_id", "date"]]
    visits = visits.dropna(subset=["customer_id", "seller_id"])
    visits = visits[visits["customer_id"].isin(customers)].sort_values("visit_id", kind="stable")
    if len(visits) > MOST_VISITS:
        visits = visits.iloc[np.sort(rng.choice(len(visits), MOST_VISITS, replace=False))]
    orders = data.orders[["customer_id", "order_date"]].dropna()
    orders = orders[orders["customer_id"].isin(visits["customer_id"])]
    if len(visits) < FEWEST_CUSTOMERS or orders.empty:
        return None, 0
    codes, names = pd.factorize(visits["customer_id"])
    width = 100_000  # more days than any two dates in the data lie apart, so that customers never mix
    start = orders["order_date"].min() - pd.Timedelta(days=width // 4)

    def day(dates: pd.Series) -> np.ndarray:
        return (dates.dt.normalize() - start.normalize()).dt.days.to_numpy()

    ordered = np.sort(pd.Index(names).get_indexer(orders["customer_id"]) * width + day(orders["order_date"]))
    base = codes * width

    def near(days: np.ndarray) -> float:
        at = base + days
        first = np.searchsorted(ordered, at - NEAR_DAYS)
        return float((first < np.searchsorted(ordered, at + NEAR_DAYS, side="right")).mean())

    test = permutation_test(
        near, day(visits["date"]), rng=rng, groups=visits["seller_id"].to_numpy(), n_permutations=PERMUTATIONS
    )
    return test, len(visits)


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
