"""The numbers to remember, and what the categories are."""

import numpy as np

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import BAND, REPORTED_SHARE
from salesaudit.analyses.route_to_category.coverage import CONTACT_MONTHS
from salesaudit.figure import Kpi, Kpis, Text
from salesaudit.format import Count, Share
from salesaudit.i18n import Message, message
from salesaudit.stats import Interval


def share_value(interval: Interval) -> Share:
    """Return a share with its interval, unless the interval is the whole space and says nothing."""
    return Share(interval.estimate, *((interval.low, interval.high) if interval.high - interval.low < 1 else ()))


def absent(result: RouteToCategory, *names: str) -> tuple[str, ...]:
    """Return those of the columns that the client's data do not have."""
    return tuple(name for name in names if name in result.lacks)


def key_figures(result: RouteToCategory) -> Kpis:
    """Return the three or four numbers to remember."""
    structure = result.structure.set_index("category")
    items = []
    if result.categories.has_potential and "3" in structure.index:
        row = structure.loc["3"]
        items.append(
            Kpi(
                message("Customers in category 3"),
                Share(row["customers_share"]),
                message("they hold {revenue} of the revenue", revenue=Share(row["revenue_share"])),
            )
        )
    elif "high" in structure.index:
        row = structure.loc["high"]
        items.append(
            Kpi(
                message("Revenue from the customers with high revenue"),
                Share(row["revenue_share"]),
                message("{customers} of the customers", customers=Share(row["customers_share"])),
            )
        )
    if result.trip_share is not None:
        items.append(
            Kpi(
                message("Visits in person to category 3"),
                share_value(result.trip_share),
                message("of {n} visits", n=Count(int(result.field.classified["in_person"].sum()))),
            )
        )
    if result.worth is not None and np.isfinite(result.worth.per_hour_ratio.estimate):
        ratio = result.worth.per_hour_ratio
        items.append(
            Kpi(
                message("An hour with category 3, against an hour with categories 1 and 2R"),
                Share(ratio.estimate, ratio.low, ratio.high),
                message("orders within {days} days of a visit; averages", days=Count(result.window_days)),
            )
        )
    if result.coverage is not None and result.coverage.whole_year and np.isfinite(result.coverage.uncovered_potential):
        items.append(
            Kpi(
                message("Potential without contact in {months} months", months=Count(CONTACT_MONTHS)),
                Share(result.coverage.uncovered_potential),
                message("of the potential in categories 1 and 2"),
            )
        )
    return Kpis(items, result.context)


def statements(result: RouteToCategory) -> Text:
    """Return what the categories are and how far they may be read."""
    categories, context = result.categories, result.context
    paragraphs = [_basis(result)]
    if not categories.has_potential:
        paragraphs.append(
            message(
                "The potential is known for {known} of the customers. Without it the customers can only be split by "
                "revenue: a small customer that could become a large one looks like any other small customer.",
                known=Share(categories.known_potential),
            )
        )
    elif not categories.fixed:
        paragraphs.append(
            message(
                "The limits are set so that a fixed part of the customers is above them. The share of customers in "
                "category 3 therefore follows from the rule and must not be compared with the {share} that several "
                "companies report; amounts of your own as limits would make that comparison possible.",
                share=Share(REPORTED_SHARE),
            )
        )
    moved = result.sensitivity.set_index("factor")
    lower, higher = moved.iloc[0], moved.iloc[-1]
    paragraphs.append(
        message(
            "With both limits {band} lower {lower} of the customers change category, with both {band} higher {higher}.",
            band=Share(BAND),
            lower=Share(lower["changed_share"]),
            higher=Share(higher["changed_share"]),
        )
    )
    return Text(paragraphs, context)


def _basis(result: RouteToCategory) -> Message:
    categories, context = result.categories, result.context
    if not categories.has_potential:
        return message(
            "Revenue of at least {revenue} a year counts as high.",
            revenue=context.money(categories.revenue_threshold),
        )
    return message(
        "Revenue is high from {revenue} a year, potential from {potential} a year beyond what is bought already.",
        revenue=context.money(categories.revenue_threshold),
        potential=context.money(categories.potential_threshold),
    )
