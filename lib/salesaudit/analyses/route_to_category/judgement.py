"""The findings: what is, what should be, and how sure we are."""

from dataclasses import replace

import numpy as np

from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import BAND, KNOWN_SHARE, REPORTED_SHARE
from salesaudit.analyses.route_to_category.judgement_reach import contact_finding, load_finding, worth_finding
from salesaudit.analyses.route_to_category.limits import Limits
from salesaudit.analyses.route_to_category.overview import share_value
from salesaudit.analyses.route_to_category.travel import MIN_GEOCODED, MIN_ROUTE_DAYS
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Share
from salesaudit.i18n import Message, message
from salesaudit.stats import Interval, classify
from salesaudit.stats.ratios import interval_draws


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
        worth_finding(result, limits),
        contact_finding(result, limits),
        load_finding(result, limits),
    )
    # Where all is in order there is nothing to recommend.
    shown = (replace(f, recommendation=None) if f.severity is Severity.GREEN else f for f in made if f is not None)
    return Findings(tuple(shown), result.context)


def _customers(result: RouteToCategory) -> int:
    return len(result.categories.customers)


def _share_of_customers(result: RouteToCategory) -> Finding | None:
    """RC-01 states a share; it can only be missing, never wrong."""
    if result.categories.fixed and result.categories.has_potential:
        return None
    needs = (
        message("Amounts of revenue and potential from which they count as high, in the client's settings.")
        if result.categories.has_potential
        else message("What every customer buys of this kind in a year, from anybody; or the client's share of it.")
    )
    return Finding(
        "RC-01",
        Severity.GREY,
        message("Whether {share} of the customers belong to category 3 cannot be said", share=Share(REPORTED_SHARE)),
        _why_no_share(result),
        message(
            "Several companies report about {share} of their customers in category 3.", share=Share(REPORTED_SHARE)
        ),
        message("Agree on amounts for high revenue and high potential, and keep them from year to year."),
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
        "The client's settings give no amounts for high revenue and high potential; both limits lie where a fixed "
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
            "to customers whose class would differ even with limits {band} higher or lower.",
            band=Share(BAND),
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
