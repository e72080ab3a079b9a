"""How the analysis was done in this run: what was counted, left out and assumed."""

from functools import partial

import pandas as pd

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.coverage import CONTACT_MONTHS
from salesaudit.analyses.route_to_category.travel import PARKING_MINUTES, SPEED_BANDS
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Listed, Number, Share
from salesaudit.i18n import Message, message, nmessage


def method(result: RouteToCategory) -> Note:
    """Return what was counted, left out and assumed in this run."""
    items = [
        (message("Categories"), _categories(result)),
        (message("Revenue"), _revenue(result)),
    ]
    if len(result.agreement):
        items.append((message("Classes in the CRM"), _classes(result)))
    if result.field is not None:
        items += [(message("Travel"), _travel(result)), *((message("Left out"), text) for text in _left_out(result))]
        items += [(message("Assumptions"), text) for text in _assumed(result)]
        items.append((message("Orders after visits"), _orders(result)))
        items.append(
            (
                message("Contact"),
                message(
                    "A contact is a visit or another activity with the customer except a newsletter, in the {months} "
                    "months before {end}. It is a full count, so it has no interval. Spread by chance, v visits over N "
                    "customers would leave out a share of e to the power of −v/N.",
                    months=Count(CONTACT_MONTHS),
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
        "Category 1: revenue and remaining potential high; 2R: only revenue; 2P: only potential; 3: neither. Remaining "
        "potential is what the customer buys of this kind in a year, from anybody, less yearly revenue, never below "
        "zero. The limits are {revenue} and {potential}. A potential that is not known is not taken as zero: {known} "
        "of the customers have one. Customers close to a limit may stand on the wrong side of it, which makes "
        "differences between categories look smaller than they are.",
        revenue=result.context.money(categories.revenue_threshold),
        potential=result.context.money(categories.potential_threshold),
        known=Share(categories.known_potential),
    )


def _classes(result: RouteToCategory) -> Message:
    meaning = result.agreement.groupby("stored")["meaning"].first()
    taken = Listed(tuple(f"{word} = {codes}" for word, codes in meaning.items()))
    return (
        message(
            "The client's classes are taken as: {meaning}; 2R/2P means that either fits.",
            meaning=taken,
        )
        if meaning.str.contains("/").any()
        else message(
            "The client's classes are taken as: {meaning}.",
            meaning=taken,
        )
    )


def _revenue(result: RouteToCategory) -> Message:
    window = result.categories.window
    ends = {"start": Day(window.start.date()), "end": Day(window.end.date())}
    said = (
        message(
            "Orders of {start} to {end}, the year before the period, so that the visits judged did not make the "
            "category.",
            **ends,
        )
        if window.before_period
        else message(
            "Orders of {start} to {end}, as a yearly sum. The orders do not reach back a year before the period, so "
            "category and visits come from the same months; part of the agreement between them is built in.",
            **ends,
        )
    )
    orphans = result.categories.orders_without_customer
    if not orphans:
        return said
    return nmessage(
        "{said} {orphans} order had no customer in the customer table.",
        "{said} {orphans} orders had no customer in the customer table.",
        orphans,
        said=said,
        orphans=Count(orphans),
    )


def _travel(result: RouteToCategory) -> Message:
    routes = result.field.routes
    (near, slow), (far, middle), (_, fast) = SPEED_BANDS
    whole = partial(Number, decimals=0)
    bases = pd.Series(list(routes.bases.values()), dtype="str").value_counts()
    said = message(
        "Distance as the crow flies times {detour}; {slow} km/h up to {near} km, {middle} up to {far} km, {fast} "
        "above; {minutes} minutes per leg. {days} days with two or more stops; {placed} of {stops} visits in person "
        "have a place.",
        near=whole(near),
        slow=whole(slow),
        far=whole(far),
        middle=whole(middle),
        fast=whole(fast),
        minutes=whole(PARKING_MINUTES),
        detour=Number(result.detour),
        days=Count(routes.route_days),
        placed=Share(routes.geocoded_share),
        stops=Count(routes.stops_in_all),
    )
    given, estimated, unknown = (int(bases.get(kind, 0)) for kind in ("given", "estimated", "unknown"))
    if given:
        said = nmessage(
            "{said} The base of {n} seller is given.",
            "{said} The base of {n} sellers is given.",
            given,
            said=said,
            n=Count(given),
        )
    if estimated:
        said = nmessage(
            "{said} The base of {n} seller is estimated.",
            "{said} The base of {n} sellers is estimated.",
            estimated,
            said=said,
            n=Count(estimated),
        )
    if unknown:
        said = nmessage(
            "{said} For {n} seller only the legs between stops count.",
            "{said} For {n} sellers only the legs between stops count.",
            unknown,
            said=said,
            n=Count(unknown),
        )
    if routes.assumed_order_share > 0:
        said = message(
            "{said} {assumed} of these days had no times, and the shortest order was assumed: their travel is a lower "
            "bound.",
            said=said,
            assumed=Share(routes.assumed_order_share),
        )
    return said


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


def _left_out(result: RouteToCategory) -> list[Message]:
    field = result.field
    unplaced = int(field.classified["hours"].isna().sum()) if field.basis == "field" else 0
    said = []
    if n := field.without_customer:
        said.append(
            nmessage(
                "{n} visit whose customer is not in the customer table.",
                "{n} visits whose customer is not in the customer table.",
                n,
                n=Count(n),
            )
        )
    if unplaced:
        said.append(
            nmessage(
                "Left out of the hours: {n} visit in an unknown place.",
                "Left out of the hours: {n} visits in an unknown place.",
                unplaced,
                n=Count(unplaced),
            )
        )
    return said


def _assumed(result: RouteToCategory) -> list[Message]:
    if n := result.field.durations_assumed:
        return [
            nmessage(
                "{n} visit without a length got the median length.",
                "{n} visits without a length got the median length.",
                n,
                n=Count(n),
            )
        ]
    return []


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
