"""Method and limits of this run."""

import numpy as np

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.judgement import power_message
from salesaudit.calendar import WORKING_DAYS
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Number, Share
from salesaudit.i18n import Message, message
from salesaudit.stats.rates import SHORTEST_LEVEL_WAVE


def method(result: VisitFrequency) -> Note:
    """Return n, window, formulas, exclusions and references as used in this run, and what the data lack."""
    counted = result.counted
    items = [(message("Window"), _window(result)), *_formulas(result)]
    items += [(message("Left out"), text) for text in counted.exclusions]
    items += [(message("Assumptions"), text) for text in counted.assumptions]
    if result.agreement:
        agree, of = result.agreement
        items.append(
            (
                message("New customers"),
                message(
                    "The client's own mark for a new customer agrees with the orders in {agree} of {n} visits.",
                    agree=Count(agree),
                    n=Count(of),
                ),
            )
        )
    items.append(
        (
            message("Limits"),
            message(
                "Logged visits are counted; whether they took place is not tested here. Differences between sellers "
                "are no judgement of persons: distances and customer mix are not taken out. Sellers visit where they "
                "expect orders, so more visits do not by themselves mean more orders."
            ),
        )
    )
    items.append((message("References"), _references()))
    unlocks = _unlocks()
    return Note(items, result.context, missing=[(name, unlocks[name]) for name in result.lacks])


def _window(result: VisitFrequency) -> Message:
    counted = result.counted
    if counted.start is None:
        return message("The period {period} holds no complete week.", period=result.context.period)
    return message(
        "{visits} visits of {sellers} sellers in {weeks} complete weeks (Monday to Sunday) from {start} to {end}; "
        "{exposure} normal weeks of {days} seller-days.",
        days=Count(WORKING_DAYS),
        visits=Count(len(counted.visits)),
        sellers=Count(len(counted.exposure)),
        weeks=Count(counted.weeks),
        start=Day(counted.start),
        end=Day(counted.end),
        exposure=Number(float(counted.exposure.to_numpy().sum()), decimals=0),
    )


def _formulas(result: VisitFrequency) -> list[tuple[Message, Message]]:
    exposure = message(
        "A working day of the seller's country counts by the share that the seller was employed, not absent and "
        "working full time. Visits per normal week are visits over days, times {days}.",
        days=Count(WORKING_DAYS),
    )
    items = [(message("Exposure"), exposure)]
    if result.team is not None:
        items.append(
            (
                message("Interval"),
                message(
                    "{level} intervals on the log scale from weekly counts: variation {phi} times that of pure chance, "
                    "weeks correlated by {rho}; t quantiles with {df} degrees of freedom for all sellers together.",
                    level=Share(result.confidence_level),
                    phi=Number(result.team.phi),
                    rho=Number(result.team.autocorrelation, decimals=2),
                    df=Number(result.team.df, decimals=0),
                ),
            )
        )
        items.append(
            (
                message("Slow changes"),
                message(
                    "What changes for all sellers alike in waves of {weeks} weeks or longer is the level of the "
                    "period, not chance.",
                    weeks=Count(SHORTEST_LEVEL_WAVE),
                ),
            )
        )
        if result.team.seasonal:
            items.append(
                (
                    message("Season"),
                    message(
                        "A yearly cycle shows beyond noise. It is not counted as chance in the intervals; the rates "
                        "themselves are not adjusted for it."
                    ),
                )
            )
    if result.compared is not None and result.compared.units:
        items.append(
            (
                message("Comparison"),
                message(
                    "Each seller against all the others, with the false discovery rate controlled over all of them. "
                    "Values are pulled towards the team by the share of chance in them, at most one standard error. "
                    "{power}",
                    power=power_message(result),
                ),
            )
        )
    if result.belief is not None and np.isfinite(result.belief.ratio.low):
        items.append(
            (
                message("Belief"),
                message(
                    "Geometric mean of believed over measured, t quantiles over {n} respondents; with one respondent "
                    "only the uncertainty of the measurement is in the interval.",
                    n=Count(len(result.belief.respondents)),
                ),
            )
        )
    return items


def _references() -> Message:
    return message(
        "McCullagh and Nelder (1989), Generalized Linear Models; Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3; Paule "
        "and Mandel (1982), J. Res. NBS 87; Efron and Morris (1971), JASA 66; Benjamini and Hochberg (1995), JRSS B 57."
    )


def _unlocks() -> dict[str, Message]:
    return {
        "sellers.country": message("each seller's own holidays; the client's country is used for all"),
        "absence.seller_id": message("real leave and sickness in the exposure, and narrower intervals"),
        "beliefs.mode": message("how far management's belief is from what is measured"),
        "targets.target": message("whether the visit target is reached"),
        "visits.purpose_planned": message("what the visits are for"),
        "visits.channel": message("visits on site apart from video and telephone; all visits are counted"),
        "visits.customer_id": message("repeated visits on a day, and visits to new customers"),
        "orders.order_date": message("visits to new and existing customers"),
        "activities.type": message("calls, demonstrations and other activities per week"),
        "visits.is_new_customer": message("whether the client's own mark for new customers can be trusted"),
        "visits.duration_min": message("a lower bound of the time spent with customers"),
        "time_use.minutes": message("the share of working time that is contact with customers"),
    }
