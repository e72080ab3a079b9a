"""Figures of the analysis; every title is chosen by the numbers it stands over."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import BAND, HIGH, LOW, UNKNOWN, label, phrase
from salesaudit.analyses.route_to_category.coverage import CONTACT_MONTHS
from salesaudit.analyses.route_to_category.overview import absent
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Day, Share
from salesaudit.i18n import Message, message

MEASURES = {
    "customers_share": message("Customers"),
    "revenue_share": message("Revenue"),
    "potential_share": message("Remaining potential"),
    "visits_share": message("Visits"),
    "hours_share": message("Hours"),
}
COLOURS = dict(zip(("1", "2R", "2P", "3", UNKNOWN), charts.SERIES, strict=False))
"""The order is that of the stacked bars, so that a category has one colour in every figure."""
NAMED_POINTS = 500
"""Customers up to whose number the data of the points carry their names."""


def names(result: RouteToCategory, codes: Sequence[str]) -> list[str]:
    """Return the labels of categories in the report's language."""
    return [label(code).text(result.context.loc) for code in codes]


def plot_structure(result: RouteToCategory) -> Figure:
    """Draw each category's share of customers, revenue, potential, visits and hours."""
    loc = result.context.loc
    frame = result.structure.assign(label=names(result, result.structure["category"]))
    values = {c: m.text(loc) for c, m in MEASURES.items() if c in frame and frame[c].notna().any()}
    if result.field is not None and result.field.basis == "field" and "hours_share" in values:
        values["hours_share"] = message("Hours, travel included").text(loc)
    return Figure(
        key="structure",
        draw=charts.grouped_bars(
            frame,
            label="label",
            values=values,
            loc=loc,
            kind="share",
            xlabel=message("share of all categories").text(loc),
        ),
        title=_structure_title(result),
        subtitle=message(
            "Share of each category; {n} customers; visits and hours {period}",
            n=Count(len(result.categories.customers)),
            period=result.context.period,
        ),
        alt=message(
            "Bars per category. Most customers: {largest}, {share}; most revenue: {richest}, {revenue}.",
            largest=phrase(frame.loc[frame["customers"].idxmax(), "category"]) if len(frame) else "–",
            share=Share(frame["customers_share"].max()),
            richest=phrase(frame.loc[frame["revenue"].idxmax(), "category"]) if len(frame) else "–",
            revenue=Share(frame["revenue_share"].max()),
        ),
        data=frame[["label", *values]],
        context=result.context,
    )


def _structure_title(result: RouteToCategory) -> Message:
    rows = result.structure.set_index("category")
    if "3" in rows.index and result.hours_share is not None:
        return message(
            "Category 3 is {customers} of the customers, {revenue} of the revenue and {hours} of the hours",
            customers=Share(rows.loc["3", "customers_share"]),
            revenue=Share(rows.loc["3", "revenue_share"]),
            hours=Share(result.hours_share.estimate),
        )
    if "3" in rows.index:
        return message(
            "Category 3 is {customers} of the customers and {revenue} of the revenue",
            customers=Share(rows.loc["3", "customers_share"]),
            revenue=Share(rows.loc["3", "revenue_share"]),
        )
    if HIGH in rows.index:
        return message(
            "{customers} of the customers give {revenue} of the revenue",
            customers=Share(rows.loc[HIGH, "customers_share"]),
            revenue=Share(rows.loc[HIGH, "revenue_share"]),
        )
    if result.categories.has_potential:
        return message("No customer is in category 3")
    return message("No customer has high revenue")


def plot_categories(result: RouteToCategory) -> Figure | Missing:
    """Draw every customer by potential and revenue."""
    categories, context = result.categories, result.context
    shown = categories.customers[lambda f: (f["revenue"] > 0) & (f["potential"] > 0) & (f["category"] != UNKNOWN)]
    if not categories.has_potential or shown.empty:
        return Missing(
            message("Which customers could grow?"),
            absent(result, "customers.potential_declared"),
            message("What every customer buys of this kind in a year, from anybody; or the client's share of it."),
            context,
        )
    loc = context.loc
    near = float(categories.customers["borderline"].mean())
    return Figure(
        key="categories",
        draw=charts.scatter(
            shown,
            x="potential",
            y="revenue",
            loc=loc,
            kinds=("money", "money"),
            currency=context.currency,
            xlabel=message("Remaining potential a year, {currency}", currency=context.currency).text(loc),
            ylabel=message("Revenue a year, {currency}", currency=context.currency).text(loc),
            colour="category",
            colours={c: (COLOURS[c], label(c).text(loc)) for c in categories.codes if c != UNKNOWN},
            log=True,
            x_references=_limit(result, categories.potential_threshold),
            y_references=_limit(result, categories.revenue_threshold),
        ),
        title=message("{near} of the customers lie close to a limit between two categories", near=Share(near)),
        subtitle=message(
            "One point per customer, logarithmic axes; {shown} of {n} customers, those with revenue and potential "
            "above zero; dashed lines are the limits; close means within {band}",
            band=Share(BAND),
            shown=Count(len(shown)),
            n=Count(len(categories.customers)),
        ),
        alt=message(
            "Points by remaining potential and revenue, split by a limit of {revenue} in revenue and {potential} in "
            "potential. Most revenue: {most}; most potential: {largest}.",
            most=context.money(shown["revenue"].max()),
            largest=context.money(shown["potential"].max()),
            revenue=context.money(categories.revenue_threshold),
            potential=context.money(categories.potential_threshold),
        ),
        data=_points(shown),
        context=context,
    )


def _limit(result: RouteToCategory, threshold: float) -> list[tuple[float, str]]:
    """Return the limit between two categories as a line with its amount."""
    return [(threshold, result.context.money(threshold).text(result.context.loc))] if threshold > 0 else []


def _points(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the points as drawn, the largest first, with the three digits that a drawing can show."""
    points = shown[["customer", "potential", "revenue", "category"]]
    points = points.sort_values("revenue", ascending=False, kind="stable")
    points = points if len(points) <= NAMED_POINTS else points.drop(columns="customer")
    for name in ("potential", "revenue"):
        places = np.floor(np.log10(points[name])) - 2
        points[name] = (np.rint(points[name] / 10**places) * 10**places).round(2)
    return points


def plot_hours(result: RouteToCategory) -> Figure | Missing:
    """Draw how each seller's hours spread over the categories, sellers in the order of their labels."""
    field, context = result.field, result.context
    if field is None or field.classified.empty:
        return Missing(
            message("Where do the sellers' hours go?"),
            absent(result, "visits.customer_id"),
            message("Visits with the customer, and their length."),
            context,
        )
    measure = "visits" if field.basis == "count" else "hours"
    amount = field.classified.assign(visits=1.0)
    table = amount.pivot_table(index="seller_id", columns="category", values=measure, aggfunc="sum", fill_value=0.0)
    codes = [c for c in result.categories.codes if c in table]
    shares = table[codes].div(table[codes].sum(axis=1).where(lambda s: s > 0), axis=0)
    frame = shares.reset_index().assign(label=context.sellers(table.index)).sort_values("label", ignore_index=True)
    watched = "3" if "3" in codes else LOW if LOW in codes else codes[0]
    lowest, highest = frame[watched].min(), frame[watched].max()
    return Figure(
        key="hours",
        draw=charts.stacked_bars(
            frame,
            label="label",
            values={c: label(c).text(context.loc) for c in codes},
            loc=context.loc,
            kind="share",
            xlabel=(message("share of visits") if measure == "visits" else message("share of hours")).text(context.loc),
            quiet=(UNKNOWN,),
        ),
        title=_hours_title(field.basis, phrase(watched), lowest, highest, sellers=len(frame)),
        subtitle=_hours_subtitle(result),
        alt=message(
            "Stacked bars per seller; the share of {category} lies between {lowest} ({least}) and {highest} ({most}).",
            least=frame.loc[frame[watched].idxmin(), "label"],
            most=frame.loc[frame[watched].idxmax(), "label"],
            category=phrase(watched),
            lowest=Share(lowest),
            highest=Share(highest),
        ),
        data=frame[["label", *codes]],
        context=context,
        individual=True,
    )


def _hours_title(basis: str, category: Message, lowest: float, highest: float, *, sellers: int) -> Message:
    if sellers == 1:
        values: dict[str, Any] = {"category": category, "share": Share(highest)}
        return {
            "field": message("{share} of the visit and travel time goes to {category}", **values),
            "visit": message("{share} of the time of the visits goes to {category}", **values),
            "count": message("{share} of the visits go to {category}", **values),
        }[basis]
    values = {"category": category, "lowest": Share(lowest), "highest": Share(highest)}
    return {
        "field": message("From {lowest} to {highest} of a seller's visit and travel time goes to {category}", **values),
        "visit": message("From {lowest} to {highest} of the time of a seller's visits goes to {category}", **values),
        "count": message("From {lowest} to {highest} of a seller's visits go to {category}", **values),
    }[basis]


def _hours_subtitle(result: RouteToCategory) -> Message:
    n, period = Count(len(result.field.classified)), result.context.period
    match result.field.basis:
        case "field":
            return message("Share of visit and travel hours; {n} visits, {period}", n=n, period=period)
        case "visit":
            return message("Share of visit hours, travel not included; {n} visits, {period}", n=n, period=period)
    return message("Share of visits, whose length is not known; {n} visits, {period}", n=n, period=period)


def plot_worth(result: RouteToCategory) -> Figure | Missing:
    """Draw what an hour (or, without lengths, a visit) gave in each category, with its interval."""
    context = result.context
    frame = pd.DataFrame() if result.worth is None else result.worth.frame
    column = "per_hour" if len(frame) and frame["per_hour"].notna().any() else "per_visit"
    if frame.empty or frame[column].notna().sum() == 0:
        return Missing(
            message("What does an hour give in each category?"),
            absent(result, "visits.customer_id", "visits.duration_min"),
            message("Visits with customer and length, and orders with customer and day."),
            context,
        )
    shown = frame[frame[column].notna()]
    ends = [f"{column}_low", f"{column}_high"]
    # An interval without an end cannot be drawn; the dot alone would look certain, so the row keeps only its table.
    shown = shown[np.isfinite(shown[ends]).all(axis=1)] if np.isfinite(shown[ends]).all(axis=1).any() else shown
    shown = shown.assign(label=names(result, shown["category"])).replace([np.inf], np.nan)
    return Figure(
        key="worth",
        draw=charts.intervals(
            shown,
            label="label",
            value=column,
            low=ends[0],
            high=ends[1],
            loc=context.loc,
            kind="money",
            currency=context.currency,
            xlabel=(message("order value per hour") if column == "per_hour" else message("order value per visit")).text(
                context.loc
            ),
            references=_cost_line(result, column),
            zero=True,
        ),
        title=_worth_title(result, column),
        subtitle=_worth_subtitle(result, column),
        alt=message(
            "Dots with intervals per category. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=phrase(shown.loc[shown[column].idxmin(), "category"]),
            low=context.money(shown[column].min()),
            highest=phrase(shown.loc[shown[column].idxmax(), "category"]),
            high=context.money(shown[column].max()),
        ),
        data=shown[["label", column, *ends]],
        context=context,
    )


def _cost_line(result: RouteToCategory, column: str) -> list[tuple[float, str]]:
    """Return the order value whose margin pays an hour, or a visit; nothing where cost or margin are not known."""
    cost = result.hour_cost if column == "per_hour" else result.visit_cost
    if not cost or not result.margin_rate or result.margin_rate <= 0:
        return []
    words = message("pays for an hour") if column == "per_hour" else message("pays for a visit")
    return [(cost / result.margin_rate, words.text(result.context.loc))]


def _worth_subtitle(result: RouteToCategory, column: str) -> Message:
    values = {
        "days": Count(result.window_days),
        "n": Count(result.worth.orders_credited),
        "period": result.context.period,
    }
    if column == "per_visit":
        said = message(
            "Value of orders within {days} days of a visit, per visit, with interval; {n} orders, {period}; averages, "
            "not what one more visit would give",
            **values,
        )
    elif result.field.basis == "field":
        said = message(
            "Value of orders within {days} days of a visit, per hour of visit and travel, with interval; {n} orders, "
            "{period}; averages, not what one more hour would give",
            **values,
        )
    else:
        said = message(
            "Value of orders within {days} days of a visit, per hour of visit, with interval; {n} orders, {period}; "
            "averages, not what one more hour would give",
            **values,
        )
    line = _cost_line(result, column)
    if not line:
        return said
    return message(
        "{said}; dashed: the order value whose margin pays the cost, {cost} at a margin of {margin}: {value}",
        said=said,
        cost=result.context.money(result.hour_cost if column == "per_hour" else result.visit_cost),
        margin=Share(result.margin_rate),
        value=result.context.money(line[0][0]),
    )


def _worth_title(result: RouteToCategory, column: str) -> Message:
    worth = result.worth
    ratio = worth.per_hour_ratio if column == "per_hour" else worth.per_visit_ratio
    if not np.isfinite([ratio.estimate, ratio.low, ratio.high]).all():
        return message("What visits brought in each category")
    share = Share(ratio.estimate, ratio.low, ratio.high)
    if ratio.low <= 1 <= ratio.high:
        return message("Whether category 3 brings less than categories 1 and 2R is open: {share}", share=share)
    if column == "per_hour":
        return message("An hour with category 3 brings {share} of one with categories 1 and 2R", share=share)
    return message("A visit to category 3 brings {share} of one to categories 1 and 2R", share=share)


def plot_coverage(result: RouteToCategory) -> Figure | Missing:
    """Draw the share of customers without a visit, beside the share that even spreading would leave out."""
    contact, context = result.coverage, result.context
    if contact is None or contact.frame.empty:
        return Missing(
            message("Which customers get no contact?"),
            absent(result, "visits.customer_id"),
            message("Visits and calls of {months} months, with the customer.", months=Count(CONTACT_MONTHS)),
            context,
        )
    loc = context.loc
    frame = contact.frame.assign(label=names(result, contact.frame["category"]))
    total = (frame["no_visit_share"] * frame["customers"]).sum() / frame["customers"].sum()
    return Figure(
        key="coverage",
        draw=charts.intervals(
            frame,
            label="label",
            value="no_visit_share",
            loc=loc,
            kind="share",
            first=message("without a visit").text(loc),
            second=("even_share", message("if the same visits fell on customers by chance").text(loc)),
            xlabel=message("share of customers").text(loc),
            zero=True,
        ),
        title=message(
            "{share} of all customers had no visit in {months} months",
            share=Share(total),
            months=Count(CONTACT_MONTHS),
        )
        if contact.whole_year
        else message(
            "{share} of all customers had no visit in the {days} days exported",
            share=Share(total),
            days=Count(contact.days),
        ),
        subtitle=message(
            "Share of customers without a visit, all counted; {n} customers, up to {day}",
            n=Count(int(frame["customers"].sum())),
            day=Day(context.end),
        ),
        alt=message(
            "Dots per category, share without a visit. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=phrase(frame.loc[frame["no_visit_share"].idxmin(), "category"]),
            low=Share(frame["no_visit_share"].min()),
            highest=phrase(frame.loc[frame["no_visit_share"].idxmax(), "category"]),
            high=Share(frame["no_visit_share"].max()),
        ),
        data=frame[["label", "customers", "visits", "no_visit_share", "even_share"]],
        context=context,
    )
