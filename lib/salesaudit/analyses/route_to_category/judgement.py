"""The findings: what is, what should be, and how sure we are."""

from dataclasses import dataclass, replace

import numpy as np

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import KNOWN_SHARE
from salesaudit.analyses.route_to_category.coverage import WORTH_VISITING
from salesaudit.analyses.route_to_category.overview import share_value
from salesaudit.analyses.route_to_category.travel import MIN_GEOCODED, MIN_ROUTE_DAYS
from salesaudit.analyses.route_to_category.worth import FEWEST_ORDERS
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Number, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import Interval, classify, classify_normal
from salesaudit.stats.ratios import interval_draws


@dataclass(frozen=True)
class Limits:
    """Thresholds of the findings, minor and major, and what colours need."""

    wrong_class: tuple[float, float]
    hours_gap: tuple[float, float]
    yield_gap: tuple[float, float]
    uncovered: tuple[float, float]
    load: tuple[float, float]
    visits_per_customer_year: float
    rng: np.random.Generator


def findings(
    result: RouteToCategory,
    *,
    wrong_class_minor: float = 0.10,
    wrong_class_major: float = 0.25,
    hours_gap_minor: float = 0.10,
    hours_gap_major: float = 0.25,
    yield_gap_minor: float = 0.20,
    yield_gap_major: float = 0.50,
    uncovered_minor: float = 0.05,
    uncovered_major: float = 0.15,
    load_minor: float = 0.25,
    load_major: float = 1.0,
    visits_per_customer_year: float = 1.0,
    seed: int = 1,
) -> Findings:
    """Judge the numbers.

    Parameters
    ----------
    wrong_class_minor, wrong_class_major : float
        Share of field hours at customers in the wrong class (RC-02).
    hours_gap_minor, hours_gap_major : float
        Share of field hours in category 3 minus its share of revenue plus potential (RC-03).
    yield_gap_minor, yield_gap_major : float
        One minus the value of an hour in category 3 over that in categories 1 and 2 revenue (RC-04).
    uncovered_minor, uncovered_major : float
        Share of the potential of categories 1 and 2 without contact (RC-05).
    load_minor, load_major : float
        Customers over capacity, minus one (RC-11).
    visits_per_customer_year : float
        Visits that a customer should get in a year, > 0; capacity is visits made over this.
    seed : int
        Seed of the draws behind the colours.
    """
    limits = Limits(
        (wrong_class_minor, wrong_class_major),
        (hours_gap_minor, hours_gap_major),
        (yield_gap_minor, yield_gap_major),
        (uncovered_minor, uncovered_major),
        (load_minor, load_major),
        visits_per_customer_year,
        np.random.default_rng(seed),
    )
    made = (
        _share_of_customers(result),
        _stored_classes(result, limits),
        _hours(result, limits),
        _worth(result, limits),
        _contact(result, limits),
        _load(result, limits),
    )
    # Where all is in order there is nothing to recommend.
    shown = (replace(f, recommendation=None) if f.severity is Severity.GREEN else f for f in made if f is not None)
    return Findings(tuple(shown), result.context.loc)


def _customers(result: RouteToCategory) -> int:
    return len(result.categories.customers)


def _share_of_customers(result: RouteToCategory) -> Finding | None:
    """RC-01 states a share; it can only be missing, never wrong."""
    if result.categories.fixed and result.categories.has_potential:
        return None
    needs = (
        message("Amounts of revenue and potential from which a customer counts as large, in the client's settings.")
        if result.categories.has_potential
        else message("The yearly potential, or the share of wallet, of every customer.")
    )
    return Finding(
        "RC-01",
        Severity.GREY,
        message("Whether seven customers in ten belong to category 3 cannot be said"),
        _why_no_share(result),
        message("Several companies report about 70 per cent of their customers in category 3."),
        message("Agree on amounts for large revenue and large potential, and keep them from year to year."),
        _customers(result),
        message("customers"),
        see="structure",
        needs=needs,
    )


def _why_no_share(result: RouteToCategory) -> Message:
    categories = result.categories
    if not categories.has_potential:
        return message(
            "The potential is known for {known} of the customers; it has to be known for at least {needed}.",
            known=Share(categories.known_potential),
            needed=Share(KNOWN_SHARE),
        )
    if categories.given[0]:
        return message(
            "The client's settings give no amount for large potential; its limit lies where a fixed share of the "
            "customers is above it."
        )
    if categories.given[1]:
        return message(
            "The client's settings give no amount for large revenue; its limit lies where a fixed share of the "
            "customers is above it."
        )
    return message(
        "The client's settings give no amounts for large revenue and large potential; both limits lie where a fixed "
        "share of the customers is above them."
    )


def _stored_classes(result: RouteToCategory, limits: Limits) -> Finding | None:
    compared = result.agreement
    if compared.empty:
        return None
    agrees = float(compared["agrees"].mean())
    wrong = result.wrong_hours
    colour = Severity.GREY
    if wrong is not None:
        draws = interval_draws(wrong, scale="logit", df=max(wrong.n - 1, 1), rng=limits.rng)
        colour = Severity(classify(draws, minor=limits.wrong_class[0], major=limits.wrong_class[1]).colour)
    title = {
        Severity.RED: message("Much of the field time is planned by classes that no longer fit"),
        Severity.YELLOW: message("Part of the field time is planned by classes that no longer fit"),
        Severity.GREEN: message("The stored classes fit well enough to plan by"),
        Severity.GREY: message("Whether the stored classes still fit is open"),
    }[colour]
    condition = message(
        "The stored class agrees with revenue and potential for {agrees} of {n} customers.",
        agrees=Share(agrees),
        n=Count(len(compared)),
    )
    if wrong is not None:
        condition = message(
            "The stored class agrees with revenue and potential for {agrees} of {n} customers. {wrong} of the hours go "
            "to customers whose class would differ even with limits 20 per cent higher or lower.",
            agrees=Share(agrees),
            n=Count(len(compared)),
            wrong=share_value(wrong),
        )
    return Finding(
        "RC-02",
        colour,
        title,
        condition,
        message("The class in the CRM is that which last year's revenue and today's potential give."),
        message("Update the classes once a year, from revenue and potential, and plan visits by them."),
        len(compared),
        message("customers"),
        see="agreement",
        needs=None if colour != Severity.GREY else message("Lengths of visits, and more sellers or months."),
        evidence=Evidence.of("customers", compared.loc[compared["differs_firmly"], "customer_id"]),
    )


def _hours(result: RouteToCategory, limits: Limits) -> Finding:
    criterion = message("Category 3 gets about as large a share of the hours as it has of revenue and potential.")
    advice = message("Plan the routes by category, and serve category 3 in a way that takes less of the sellers' time.")
    if result.hours_share is None or not result.field.routes.usable:
        return _hours_unknown(result, criterion, advice)
    share, weight = result.hours_share, result.weight_share.get("3", 0.0)
    draws = interval_draws(share, scale="logit", df=max(share.n - 1, 1), rng=limits.rng) - weight
    colour = Severity(classify(draws, minor=limits.hours_gap[0], major=limits.hours_gap[1]).colour)
    title = {
        Severity.RED: message("Far more hours go to category 3 than its revenue and potential carry"),
        Severity.YELLOW: message("More hours go to category 3 than its revenue and potential carry"),
        Severity.GREEN: message("The hours to category 3 are not far above what its revenue and potential carry"),
        Severity.GREY: message("Whether too many hours go to category 3 is open"),
    }[colour]
    return Finding(
        "RC-03",
        colour,
        title,
        message(
            "{hours} of the field hours, travel included, go to category 3, which holds {weight} of revenue and "
            "remaining potential. {trips}",
            hours=share_value(share),
            weight=Share(weight),
            trips=_most_trips(result.trip_share),
        ),
        criterion,
        advice,
        len(result.field.classified),
        message("visits"),
        see="hours",
        needs=None if colour != Severity.GREY else message("More months or more sellers."),
        evidence=Evidence.of("visits", result.field.classified[lambda f: f["category"] == "3"]["visit_id"]),
    )


def _most_trips(trips: Interval) -> Message:
    """Return whether most trips go to category 3, said only as far as the interval allows."""
    if trips.low > 0.5:
        return message("Most trips go to category 3: {trips} of the visits in person.", trips=share_value(trips))
    if trips.high < 0.5:
        return message("Most trips do not go to category 3: {trips} of the visits in person.", trips=share_value(trips))
    return message("Whether most trips go to category 3 is open: {trips}.", trips=share_value(trips))


def _hours_unknown(result: RouteToCategory, criterion: Message, advice: Message) -> Finding:
    """Return the grey RC-03, with what stands in the way."""
    field = result.field
    condition = message("No visits that belong to a customer were exported.")
    needs = message("Visits with customer, length and day, and coordinates of customers and sellers' bases.")
    n = 0
    if field is not None:
        n = len(field.classified)
        condition = message(
            "{days} days with two or more visits in a known place and {placed} of the visits with a place were "
            "available; {enough} days and {share} are needed for a number about travel.",
            days=Count(field.routes.route_days),
            placed=Share(field.routes.geocoded_share),
            enough=Count(MIN_ROUTE_DAYS),
            share=Share(MIN_GEOCODED),
        )
        needs = message("Coordinates or addresses of the customers, and the length of every visit.")
        if field.routes.usable:
            condition = message("The potential, or the length of the visits, is not known well enough.")
            needs = message("The potential of every customer, and the length of every visit.")
    return Finding(
        "RC-03",
        Severity.GREY,
        message("How many field hours each category takes, travel included, cannot be said"),
        condition,
        criterion,
        advice,
        n,
        message("visits"),
        see="hours",
        needs=needs,
    )


def _worth(result: RouteToCategory, limits: Limits) -> Finding:
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
        "An order after a visit was {times} times as large there.",
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


def _contact(result: RouteToCategory, limits: Limits) -> Finding:
    contact = result.coverage
    criterion = message("No customer with potential is left without a personal contact for twelve months.")
    advice = message("Name an owner and a form of contact for every customer on the list, largest potential first.")
    n = int(result.categories.customers["category"].isin(WORTH_VISITING).sum())
    if contact is None or not contact.whole_year or not np.isfinite(contact.uncovered_potential):
        days = 0 if contact is None else contact.days
        return Finding(
            "RC-05",
            Severity.GREY,
            message("Which customers get no contact in a year cannot be said"),
            message("The contacts exported cover {days} days of the last twelve months.", days=Count(days))
            if contact is None or not contact.whole_year
            else message("The potential of the customers is not known."),
            criterion,
            advice,
            n,
            message("customers in categories 1 and 2"),
            see="coverage",
            needs=message("Visits and calls of twelve months, and the potential of every customer."),
        )
    share = contact.uncovered_potential
    # What happened to these customers is known in full; there is no sampling error.
    colour = Severity(classify_normal(share, 0.0, minor=limits.uncovered[0], major=limits.uncovered[1]).colour)
    title = {
        Severity.RED: message("A large part of the potential had no contact in twelve months"),
        Severity.YELLOW: message("Part of the potential had no contact in twelve months"),
        Severity.GREEN: message("Little of the potential was without contact in twelve months"),
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


def _load(result: RouteToCategory, limits: Limits) -> Finding | None:
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
            "Every customer can get {visits} visit a year; up to {minor} more customers than that are accepted, more "
            "than {major} are urgent.",
            "Every customer can get {visits} visits a year; up to {minor} more customers than that are accepted, more "
            "than {major} are urgent.",
            1 if wanted == 1 else 2,
            visits=Number(wanted, decimals=0 if wanted == round(wanted) else None),
            minor=Share(limits.load[0]),
            major=Share(limits.load[1]),
        ),
        message("Let a service team or mailings look after the customers that visits cannot reach."),
        load.customers,
        message("customers"),
        see="structure",
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
