"""Tables of the analysis."""

import pandas as pd

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import label
from salesaudit.analyses.route_to_category.coverage import CONTACT_MONTHS
from salesaudit.analyses.route_to_category.figures import names
from salesaudit.analyses.route_to_category.overview import absent
from salesaudit.figure import Col, Missing, Table
from salesaudit.format import Count, Day, Share
from salesaudit.i18n import message, nmessage


def table_structure(result: RouteToCategory) -> Table:
    """Return customers, revenue, potential, visits and hours by category."""
    frame = result.structure.assign(label=names(result, result.structure["category"]))
    money = result.context.currency
    columns = [
        Col("label", message("Category")),
        Col("customers", message("Customers"), "count"),
        Col("customers_share", message("Share"), "share"),
        Col("revenue", message("Revenue a year, {currency}", currency=money), "money"),
        Col("revenue_share", message("Share"), "share"),
        Col("potential", message("Remaining potential a year, {currency}", currency=money), "money"),
        Col("visits", message("Visits"), "count"),
        Col("visits_share", message("Share"), "share"),
        Col("travel_hours", message("Travel hours"), "count"),
        Col("hours", message("Hours in all"), "count"),
        Col("hours_share", message("Share"), "share"),
    ]
    kept = [c for c in columns if c.name in frame and frame[c.name].notna().any()]
    return Table(
        "structure-table",
        message("The categories in numbers"),
        frame[[c.name for c in kept]],
        kept,
        result.context,
        subtitle=message(
            "Revenue of {start} to {end}; visits and hours {period}",
            start=Day(result.categories.window.start.date()),
            end=Day(result.categories.window.end.date()),
            period=result.context.period,
        ),
    )


def table_agreement(result: RouteToCategory) -> Table | Missing:
    """Return the client's own classes against the computed ones."""
    compared = result.agreement
    if compared.empty:
        return Missing(
            message("Do the classes in the CRM still fit?"),
            absent(result, "customers.client_category", "customers.potential_declared"),
            message("What the client's classes mean ([categories] in client.toml).")
            if result.categories.has_potential and "customers.client_category" not in result.lacks
            else message("The class of each customer in the CRM, and its potential."),
            result.context,
        )
    table = pd.crosstab(compared["stored"], compared["category"])
    codes = [c for c in result.categories.codes if c in table]
    by_class = compared.groupby("stored")
    frame = table[codes].assign(meaning=by_class["meaning"].first(), agrees=by_class["agrees"].mean()).reset_index()
    return Table(
        "agreement",
        message(
            "The class in the CRM agrees with revenue and potential for {share} of the customers",
            share=Share(compared["agrees"].mean()),
        ),
        frame,
        [
            Col("stored", message("Class in the CRM")),
            Col("meaning", message("Taken as category")),
            *(Col(code, label(code), "count") for code in codes),
            Col("agrees", message("Agrees"), "share"),
        ],
        result.context,
        subtitle=message("Number of customers; {n} customers with a class", n=Count(len(compared))),
    )


def table_worth(result: RouteToCategory) -> Table | Missing:
    """Return orders after visits by category."""
    if result.worth is None or result.worth.frame.empty:
        return Missing(
            message("What does a visit give in each category?"),
            absent(result, "visits.customer_id"),
            message("Visits with the customer."),
            result.context,
        )
    frame = result.worth.frame.assign(label=names(result, result.worth.frame["category"]))
    # An interval without an upper end says nothing; the table then shows the estimate alone.
    frame = frame.replace([float("inf")], float("nan"))
    currency = result.context.currency
    columns = [
        Col("label", message("Category")),
        Col("visits", message("Visits"), "count"),
        Col("hit_rate", message("Orders per visit"), "number"),
        Col(
            "order_value",
            message("Value of an order, {currency}", currency=currency),
            "money",
            "order_value_low",
            "order_value_high",
        ),
        Col(
            "per_visit",
            message("Value per visit, {currency}", currency=currency),
            "money",
            "per_visit_low",
            "per_visit_high",
        ),
        Col("hours_per_visit", message("Hours per visit"), "rate"),
        Col(
            "per_hour",
            message("Value per hour, {currency}", currency=currency),
            "money",
            "per_hour_low",
            "per_hour_high",
        ),
        Col("margin_per_hour", message("Margin per hour, {currency}", currency=currency), "money"),
    ]
    kept = [c for c in columns if c.name in frame and frame[c.name].notna().any()]
    return Table(
        "worth-table",
        message("Orders within {days} days of a visit", days=Count(result.window_days)),
        frame,
        kept,
        result.context,
        subtitle=message(
            "Averages; {n} orders after a visit, {others} orders of the same time without one",
            n=Count(result.worth.orders_credited),
            others=Count(result.worth.orders_elsewhere),
        ),
    )


def table_uncovered(result: RouteToCategory) -> Table | Missing:
    """Return the customers with potential and no contact, largest potential first."""
    contact = result.coverage
    if contact is None or not contact.whole_year or not result.categories.has_potential:
        return Missing(
            message("Which customers with potential were not contacted?"),
            absent(result, "visits.customer_id", "customers.potential_declared"),
            message(
                "Visits and calls of {months} months, and the potential of every customer.",
                months=Count(CONTACT_MONTHS),
            ),
            result.context,
        )
    frame = contact.uncovered.assign(
        label=names(result, contact.uncovered["category"]),
        owner=[result.context.seller(s) if pd.notna(s) else None for s in contact.uncovered["owner_seller_id"]],
    )
    currency = result.context.currency
    columns = [
        Col("customer", message("Customer")),
        Col("label", message("Category")),
        Col("potential", message("Remaining potential a year, {currency}", currency=currency), "money", bar=True),
        Col("revenue", message("Revenue a year, {currency}", currency=currency), "money"),
        Col("last_contact", message("Last contact"), "date"),
        Col("owner", message("Seller"), "seller"),
    ]
    kept = [c for c in columns if c.name != "owner" or frame["owner"].notna().any()]
    return Table(
        "uncovered",
        nmessage(
            "{n} customer with potential had no contact in {months} months",
            "{n} customers with potential had no contact in {months} months",
            len(frame),
            n=Count(len(frame)),
            months=Count(CONTACT_MONTHS),
        ),
        frame[["customer_id", *(c.name for c in kept)]],
        kept,
        result.context,
        subtitle=message("Categories 1, 2R and 2P, largest potential first"),
        rows_shown=12,
    )
