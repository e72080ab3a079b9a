"""The whole of the analysis: categories, hours, orders and contacts put together."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesaudit.analyses.route_to_category.categories import BAND, UNKNOWN, Categories, agreement, categorise
from salesaudit.analyses.route_to_category.coverage import Coverage, Load, coverage, load
from salesaudit.analyses.route_to_category.field import Field, field_work
from salesaudit.analyses.route_to_category.worth import Worth, worth
from salesaudit.dataset import Context, SalesData
from salesaudit.errors import DataMissing
from salesaudit.i18n import message
from salesaudit.stats import Interval

REQUIRES = ("customers.customer_id", "orders.customer_id", "orders.amount", "orders.order_date")
USES = (
    "visits.customer_id",
    "visits.duration_min",
    "visits.start_time",
    "customers.lat",
    "customers.lon",
    "sellers.home_lat",
    "customers.potential_declared",
    "customers.client_category",
    "orders.margin",
    "orders.channel",
    "activities.customer_id",
)
QUESTION = message("Do the field hours go where the money and the potential are?")


@dataclass(frozen=True)
class RouteToCategory:
    """Everything that this analysis found out.

    Attributes
    ----------
    context : Context
    categories : Categories
    field : Field or None
        None without visits that can be tied to a customer.
    structure : DataFrame
        One row per category: category, customers, revenue, potential, visits, visit_hours, travel_hours, hours and the
        share of each in the whole (`*_share`).
    weight_share : dict of str to float
        Category -> its share of revenue plus remaining potential.
    trip_share, hours_share : Interval or None
        Share of visits in person, and of field hours, that goes to category 3.
    worth : Worth or None
    coverage : Coverage or None
    load : Load or None
    agreement : DataFrame
        As of `categories.agreement`.
    wrong_hours : Interval or None
        Share of hours at customers whose stored class differs firmly from the computed one.
    sensitivity : DataFrame
        factor (both thresholds), changed_share of customers, changed_hours_share, category_3_share of customers.
    hour_cost, visit_cost : float or None
        What an hour and a visit of a seller cost, by the client's settings.
    margin_rate : float or None
        Margin per unit of order value: of the orders after visits, else by the client's settings.
    lacks : tuple of str
        Names of `USES` that the client's data do not have.
    window_days : int
    detour : float
    confidence_level : float
    """

    context: Context
    categories: Categories
    field: Field | None
    structure: pd.DataFrame
    weight_share: dict[str, float]
    trip_share: Interval | None
    hours_share: Interval | None
    worth: Worth | None
    coverage: Coverage | None
    load: Load | None
    agreement: pd.DataFrame
    wrong_hours: Interval | None
    sensitivity: pd.DataFrame
    hour_cost: float | None
    visit_cost: float | None
    margin_rate: float | None
    lacks: tuple[str, ...]
    window_days: int
    detour: float
    confidence_level: float


def analyse(
    data: SalesData,
    *,
    revenue_quantile: float = 0.8,
    potential_quantile: float = 0.8,
    window_days: int = 30,
    detour: float = 1.33,
    confidence_level: float = 0.95,
) -> RouteToCategory:
    """Classify the customers and follow the hours, the orders and the contacts into the categories.

    Parameters
    ----------
    revenue_quantile, potential_quantile : float
        In (0, 1); thresholds where the client's settings give no amounts.
    window_days : int
        Days after a visit in which an order counts as following it.
    detour : float
        Road km per km as the crow flies, >= 1.
    confidence_level : float
        In (0, 1).

    Raises
    ------
    DataMissing
        A table or column of `REQUIRES` is not there, or no order of the days that decide the category is.
    """
    data.require(REQUIRES)
    categories = categorise(data, revenue_quantile=revenue_quantile, potential_quantile=potential_quantile)
    if not categories.customers["revenue"].gt(0).any():
        window = categories.window
        fix = f"ask the client for the orders from {window.start.date()} to {window.end.date()}, with their customers"
        raise DataMissing(["orders.amount"], fix=fix)
    field = field_work(data, categories, detour=detour)
    compared = agreement(categories, data.client.settings.categories)
    in_four = field is not None and categories.has_potential
    timed = field is not None and field.basis != "count"
    orders = data.orders.dropna(subset=["amount", "order_date", "customer_id"])
    made = (
        worth(
            field,
            data.visits,
            orders,
            categories.codes,
            window_days=window_days,
            confidence_level=confidence_level,
        )
        if field is not None
        else None
    )
    money = data.client.settings.money
    return RouteToCategory(
        context=data.context,
        categories=categories,
        field=field,
        structure=_structure(categories, field),
        weight_share=_weights(categories),
        trip_share=field.share("visits", "3", in_person=True, confidence_level=confidence_level) if in_four else None,
        hours_share=field.share("hours", "3", confidence_level=confidence_level) if in_four and timed else None,
        worth=made,
        coverage=coverage(data, categories) if field is not None else None,
        load=load(data, categories, field) if field is not None else None,
        agreement=compared,
        wrong_hours=_wrong_hours(field, compared, confidence_level) if timed and len(compared) else None,
        sensitivity=_sensitivity(categories, field),
        hour_cost=money.hour_cost,
        visit_cost=money.hour_cost * money.hours_per_visit if money.hour_cost and money.hours_per_visit else None,
        margin_rate=made.margin_rate if made is not None and made.margin_rate is not None else money.gross_margin,
        lacks=tuple(data.lacks(USES)),
        window_days=window_days,
        detour=detour,
        confidence_level=confidence_level,
    )


def _structure(categories: Categories, field: Field | None) -> pd.DataFrame:
    """Return sums and shares by category."""
    by_customer = categories.customers.groupby("category")
    frame = by_customer.agg(
        customers=("customer_id", "size"),
        revenue=("revenue", "sum"),
        potential=("potential", lambda values: values.sum(min_count=1)),
    )
    if field is not None:
        by_visit = field.classified.groupby("category")
        frame["visits"] = by_visit.size()
        sums = by_visit[["visit_hours", "travel_hours", "hours"]].sum(min_count=1)
        frame = frame.join(sums)
        if field.basis != "field":
            frame["travel_hours"] = np.nan
    frame = frame.reindex([c for c in categories.codes if c in frame.index])
    for column in list(frame.columns):
        total = frame[column].sum()
        if column in ("visits", "hours") and field is not None and (column == "visits" or field.basis != "count"):
            frame[column] = frame[column].fillna(0)
        frame[f"{column}_share"] = frame[column] / total if total > 0 else np.nan
    return frame.reset_index()


def _weights(categories: Categories) -> dict[str, float]:
    """Return each category's share of revenue plus remaining potential, over customers with a known potential."""
    known = categories.customers[lambda f: (f["category"] != UNKNOWN) & f["potential"].notna()]
    weight = (known["revenue"] + known["potential"]).groupby(known["category"]).sum()
    return (weight / weight.sum()).to_dict() if weight.sum() > 0 else {}


def _wrong_hours(field: Field, compared: pd.DataFrame, confidence_level: float) -> Interval:
    rows = field.classified.merge(compared[["customer_id", "differs_firmly"]], on="customer_id")
    firm = np.where(rows["differs_firmly"], "wrong", "right")
    narrowed = replace(field, visits=rows.assign(category=firm))
    return narrowed.share("hours", "wrong", confidence_level=confidence_level)


def _sensitivity(categories: Categories, field: Field | None) -> pd.DataFrame:
    """Return how many customers, and what share of the hours, change category when both thresholds move."""
    now = categories.customers["category"]
    hours = pd.Series(0.0, index=now.index)
    if field is not None:
        by_customer = field.classified.groupby("customer_id")["hours"].sum()
        hours = categories.customers["customer_id"].map(by_customer).fillna(0.0)
    rows = []
    for factor in (1 - BAND, 1 + BAND):
        then = categories.under(factor, factor)
        changed = then != now
        rows.append(
            {
                "factor": factor,
                "changed_share": changed.mean(),
                "changed_hours_share": hours[changed].sum() / hours.sum() if hours.sum() > 0 else np.nan,
                "category_3_share": (then == "3").mean(),
            }
        )
    return pd.DataFrame(rows)
