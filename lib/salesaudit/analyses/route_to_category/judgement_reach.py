"""What an hour gives, who gets no contact, and what a seller can reach: the findings."""

import numpy as np

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.coverage import CONTACT_MONTHS, WORTH_VISITING
from salesaudit.analyses.route_to_category.limits import Limits
from salesaudit.analyses.route_to_category.worth import FEWEST_ORDERS
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Number, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import classify, classify_normal
from salesaudit.stats.ratios import interval_draws


def worth_finding(result: RouteToCategory, limits: Limits) -> Finding:
    """RC-04: what an hour brings in each category."""
    criterion = message("An hour gives about the same wherever it is spent; else hours are moved.")
    advice = message(
        "Move hours step by step towards the categories that give more, and watch what the next hour gives."
    )
    ratio = result.worth.per_hour_ratio if result.worth is not None else None
    if ratio is None or not np.isfinite(ratio.estimate):
        return Finding(
            "RC-04",
            Severity.GREY,
            message("What an hour gives in each category cannot be said"),
            message("Too few orders followed a visit, or lengths of visits or the potential are missing."),
            criterion,
            advice,
            0 if result.worth is None else result.worth.orders_credited,
            message("orders after a visit"),
            see="worth",
            needs=message(
                "At least {n} orders after visits in category 3 and as many in categories 1 and 2R, and the length of "
                "every visit.",
                n=Count(FEWEST_ORDERS),
            ),
        )
    draws = 1 - interval_draws(ratio, scale="log", df=max(ratio.n - 1, 1), rng=limits.rng)
    colour = Severity(classify(draws, minor=limits.yield_gap[0], major=limits.yield_gap[1]).colour)
    title = {
        Severity.RED: message("An hour with category 3 gives far less than an hour with categories 1 and 2R"),
        Severity.YELLOW: message("An hour with category 3 gives clearly less than an hour with categories 1 and 2R"),
        Severity.GREEN: message("An hour with category 3 does not give far less than one with categories 1 and 2R"),
        Severity.GREY: message("Whether an hour with category 3 gives less is open"),
    }[colour]
    return Finding(
        "RC-04",
        colour,
        title,
        _worth_condition(result),
        criterion,
        advice,
        result.worth.orders_credited,
        message("orders after a visit"),
        see="worth",
        needs=None if colour != Severity.GREY else message("More months with visits and orders."),
    )


def _worth_condition(result: RouteToCategory) -> Message:
    ratio, value = result.worth.per_hour_ratio, result.worth.order_value_ratio
    values = {
        "ratio": Share(ratio.estimate, ratio.low, ratio.high),
        "times": Number(value.estimate, value.low, value.high),
    }
    said = message(
        "An hour with category 3 brought {ratio} of the orders by value that an hour with categories 1 and 2R brought. "
        "In categories 1 and 2R an order after a visit was {times} times as large.",
        **values,
    )
    frame = result.worth.frame.set_index("category")
    if "2P" in frame.index and np.isfinite(frame.loc["2P", "per_hour"]):
        row = frame.loc["2P"]
        said = message(
            "{said} An hour with category 2P brought {value}.",
            said=said,
            value=result.context.money(row["per_hour"], row["per_hour_low"], row["per_hour_high"]),
        )
    covers, cost = result.worth.per_visit, result.visit_cost
    if cost and result.margin_rate and np.isfinite(covers.estimate):
        scale = result.margin_rate / cost
        said = message(
            "{said} The margin of the orders within {days} days of a visit covers {share} of what the visits cost, at "
            "{cost} a visit by the client's settings; orders that came later or without a visit are not counted.",
            said=said,
            days=Count(result.window_days),
            share=Share(covers.estimate * scale, covers.low * scale, covers.high * scale),
            cost=result.context.money(cost),
        )
    return message(
        "{said} These are averages: part of the orders would have come without a visit, so the next hour moved gives "
        "less than the average.",
        said=said,
        **values,
    )


def contact_finding(result: RouteToCategory, limits: Limits) -> Finding:
    """RC-05: how much potential had no contact."""
    contact = result.coverage
    months = Count(CONTACT_MONTHS)
    criterion = message(
        "No customer with potential is left without a personal contact for {months} months.", months=months
    )
    advice = message("Name an owner and a form of contact for every customer on the list, largest potential first.")
    n = int(result.categories.customers["category"].isin(WORTH_VISITING).sum())
    if contact is None or not contact.whole_year or not np.isfinite(contact.uncovered_potential):
        days = 0 if contact is None else contact.days
        return Finding(
            "RC-05",
            Severity.GREY,
            message("Which customers get no contact in a year cannot be said"),
            message(
                "The contacts exported cover {days} days of the last {months} months.", days=Count(days), months=months
            )
            if contact is None or not contact.whole_year
            else message("The potential of the customers is not known."),
            criterion,
            advice,
            n,
            message("customers in categories 1 and 2"),
            see="coverage",
            needs=message("Visits and calls of {months} months, and the potential of every customer.", months=months),
        )
    share = contact.uncovered_potential
    # What happened to these customers is known in full; there is no sampling error.
    colour = Severity(classify_normal(share, 0.0, minor=limits.uncovered[0], major=limits.uncovered[1]).colour)
    title = {
        Severity.RED: message("A large part of the potential had no contact in {months} months", months=months),
        Severity.YELLOW: message("Part of the potential had no contact in {months} months", months=months),
        Severity.GREEN: message("Little of the potential was without contact in {months} months", months=months),
    }[colour]
    third = contact.frame.set_index("category")["nothing_share"].get("3", np.nan)
    return Finding(
        "RC-05",
        colour,
        title,
        message(
            "{count} of {n} customers in categories 1 and 2, with {share} of their potential, had no visit or other "
            "personal contact. Of category 3, {third} had no contact of any kind, not even an order.",
            count=Count(len(contact.uncovered)),
            n=Count(n),
            share=Share(share),
            third=Share(third),
        ),
        criterion,
        advice,
        n,
        message("customers in categories 1 and 2"),
        see="uncovered",
        evidence=Evidence.of("customers", contact.uncovered["customer_id"]),
    )


def load_finding(result: RouteToCategory, limits: Limits) -> Finding | None:
    """RC-11: how many of their customers the sellers can visit."""
    load = result.load
    if load is None or not load.sellers:
        return None
    wanted = limits.visits_per_customer_year
    rate = load.visits_per_year
    if not np.isfinite([rate.low, rate.high]).all() or rate.low <= 0:
        draws = np.empty(0)
    else:
        capacity = interval_draws(rate, scale="log", df=max(rate.n - 1, 1), rng=limits.rng) / wanted
        draws = load.customers_per_seller / capacity - 1
    colour = Severity(classify(draws, minor=limits.load[0], major=limits.load[1]).colour)
    title = (
        message("Whether the sellers can visit all their customers is open")
        if colour is Severity.GREY
        else _reach_title(rate.estimate / wanted / load.customers_per_seller, wanted)
    )
    return Finding(
        "RC-11",
        colour,
        title,
        message(
            "{customers} customers share {sellers} sellers who make visits, {each} each. A seller makes {visits} "
            "visits a year.",
            customers=Count(load.customers),
            sellers=Count(load.sellers),
            each=Count(round(load.customers_per_seller)),
            visits=Number(rate.estimate, rate.low, rate.high, decimals=0),
        ),
        nmessage(
            "Every customer can get {visits} visit a year; up to {minor} more customers than the sellers can visit so "
            "often are accepted, more than {major} more are urgent.",
            "Every customer can get {visits} visits a year; up to {minor} more customers than the sellers can visit so "
            "often are accepted, more than {major} more are urgent.",
            1 if wanted == 1 else 2,
            visits=Number(wanted, decimals=0 if wanted == round(wanted) else None),
            minor=Share(limits.load[0]),
            major=Share(limits.load[1]),
        ),
        message("Let a service team or mailings look after the customers that visits cannot reach."),
        load.customers,
        message("customers"),
        see="coverage",
        needs=None if colour != Severity.GREY else message("Visits of more sellers or of a longer time."),
    )


def _reach_title(share: float, wanted: float) -> Message:
    """Return what part of the customers the visits are enough for."""
    if wanted == 1:
        return (
            message("The sellers can visit all their customers once a year")
            if share >= 1
            else message("The sellers can visit {share} of their customers once a year", share=Share(share))
        )
    values = {"visits": Number(wanted)}
    if share >= 1:
        return message("The sellers can visit all their customers {visits} times a year", **values)
    return message(
        "The sellers can visit {share} of their customers {visits} times a year", share=Share(share), **values
    )
