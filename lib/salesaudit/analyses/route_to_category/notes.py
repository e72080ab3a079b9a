"""How the analysis was done in this run: what was counted, left out and assumed."""

import pandas as pd

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Number, Share
from salesaudit.i18n import Message, message


def method(result: RouteToCategory) -> Note:
    """Return what was counted, left out and assumed in this run."""
    items = [
        (message("Categories"), _categories(result)),
        (message("Revenue"), _revenue(result)),
    ]
    if result.field is not None:
        items += [(message("Travel"), _travel(result)), (message("Left out"), _left_out(result))]
        items.append((message("Orders after visits"), _orders(result)))
        items.append(
            (
                message("Contact"),
                message(
                    "A contact is a visit or another activity with the customer except a newsletter, in the twelve "
                    "months before {end}. It is a full count, so it has no interval. Spread by chance, v visits over N "
                    "customers would leave out a share of e to the power of −v/N.",
                    end=Day(result.context.end),
                ),
            )
        )
    items.append(
        (
            message("References"),
            message(
                "Cochran (1977), Sampling Techniques, section 6.4; Sinnott (1984), Sky and Telescope 68(2); Giacomin "
                "and Levinson (2015), Environment and Planning B 42; Albers, Mantrala and Sridhar (2010), Journal of "
                "Marketing Research 47."
            ),
        )
    )
    return Note(items, result.context, missing=[(name, _unlocks(name)) for name in result.lacks])


def _categories(result: RouteToCategory) -> Message:
    categories = result.categories
    if not categories.has_potential:
        return message(
            "Only revenue is split, at {revenue}, because the potential is known for {known} of the customers.",
            revenue=result.context.money(categories.revenue_threshold),
            known=Share(categories.known_potential),
        )
    return message(
        "Category 1: revenue and remaining potential high; 2 revenue: only revenue; 2 potential: only potential; 3: "
        "neither. Remaining potential is the yearly wallet less yearly revenue, never below zero. The limits are "
        "{revenue} and {potential}. A potential that is not known is not taken as zero: {known} of the "
        "customers have one. Customers close to a limit may stand on the wrong side of it, which makes differences "
        "between categories look smaller than they are.",
        revenue=result.context.money(categories.revenue_threshold),
        potential=result.context.money(categories.potential_threshold),
        known=Share(categories.known_potential),
    )


def _revenue(result: RouteToCategory) -> Message:
    window = result.categories.window
    ends = {"start": Day(window.start.date()), "end": Day(window.end.date())}
    orphans = Count(result.categories.orders_without_customer)
    if window.before_period:
        return message(
            "Orders of {start} to {end}, the year before the period, so that the visits judged did not make the "
            "category. {orphans} orders had no customer in the customer table.",
            orphans=orphans,
            **ends,
        )
    return message(
        "Orders of {start} to {end}, as a yearly sum. The orders do not reach back a year before the period, so "
        "category and visits come from the same months; part of the agreement between them is built in. "
        "{orphans} orders had no customer in the customer table.",
        orphans=orphans,
        **ends,
    )


def _travel(result: RouteToCategory) -> Message:
    routes = result.field.routes
    bases = pd.Series(list(routes.bases.values()), dtype="str").value_counts()
    return message(
        "Distance as the crow flies times {detour}; 30 km/h up to 5 km, 55 up to 30 km, 80 above, and 5 minutes per "
        "leg. {days} days with two or more stops; {placed} of {stops} visits in person have a place. The base "
        "of {given} sellers is given and of {estimated} estimated; for {unknown} only the legs between stops count. "
        "{assumed} of these days had no times, and the shortest order was assumed: their travel is a lower bound.",
        detour=Number(result.detour),
        days=Count(routes.route_days),
        placed=Share(routes.geocoded_share),
        stops=Count(routes.stops_in_all),
        given=Count(int(bases.get("given", 0))),
        estimated=Count(int(bases.get("estimated", 0))),
        unknown=Count(int(bases.get("unknown", 0))),
        assumed=Share(routes.assumed_order_share),
    )


def _orders(result: RouteToCategory) -> Message:
    days = Count(result.window_days)
    if result.worth is not None and result.worth.by_channel:
        return message(
            "An order is credited to the customer's last visit if it was placed on the same day or up to {days} days "
            "later and the export says that it came by a visit. Intervals of hours and orders take each seller, or "
            "with few sellers each customer, as one unit. An average hour is not the next hour: part of the orders "
            "would have come without the visit.",
            days=days,
        )
    return message(
        "An order is credited to the customer's last visit if it was placed on the same day or up to {days} days "
        "later, also where it would have come anyway: customers who order often look better than the visits made them. "
        "Intervals of hours and orders take each seller, or with few sellers each customer, as one unit. An average "
        "hour is not the next hour.",
        days=days,
    )


def _left_out(result: RouteToCategory) -> Message:
    field = result.field
    unplaced = int(field.classified["hours"].isna().sum()) if field.basis == "field" else 0
    return message(
        "{orphans} visits whose customer is not in the customer table; from the hours, {unplaced} visits in an unknown "
        "place. {assumed} visits without a length got the median length.",
        orphans=Count(field.without_customer),
        unplaced=Count(unplaced),
        assumed=Count(field.durations_assumed),
    )


def _unlocks(name: str) -> Message:
    return {
        "visits.customer_id": message("where the visits and hours go"),
        "visits.duration_min": message("hours per category, and what an hour gives"),
        "visits.start_time": message("the order of the stops of a day"),
        "customers.lat": message("travel"),
        "customers.lon": message("travel"),
        "sellers.home_lat": message("the way from and to the seller's base"),
        "customers.potential_declared": message("the categories by potential"),
        "customers.client_category": message("whether the stored classes still fit"),
        "orders.margin": message("margin per hour"),
        "orders.channel": message("which orders came by a visit"),
        "activities.customer_id": message("contacts other than visits"),
    }[name]
