"""Whether the stated probabilities can be believed: the findings."""

import numpy as np
from scipy import stats

from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.calibration import FEWEST_CLOSED, SELLER_CLOSED, spread_draws
from salesaudit.analyses.pipeline_revision.value import Value
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Money, Number
from salesaudit.i18n import message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import Interval, classify
from salesaudit.stats.ratios import interval_draws

LEVEL = 0.80
"""Coverage of the intervals of money."""


def optimism_finding(result: PipelineRevision, minor: float, major: float, rng: np.random.Generator) -> Finding:
    """PR-03: how far what was promised lies above what came."""
    calibration = result.calibration
    index, count = calibration.by_value, calibration.by_count
    n = len(calibration.forecasts.frame)
    criterion = message("What is promised, probability times amount, comes in the end: promised over won is 1.")
    advice = message("Report with calibrated probabilities, and measure the promise against the outcome every quarter.")
    as_interval = Interval(index.estimate, index.low, index.high, n, index.confidence_level)
    draws = interval_draws(as_interval, scale="log", rng=rng) - 1 if calibration.enough else np.empty(0)
    colour = Severity(classify(draws, minor=minor, major=major).colour)
    if not calibration.enough or not np.isfinite(index.estimate):
        return Finding(
            "PR-03",
            Severity.GREY,
            message("How optimistic the forecasts are cannot be said"),
            message("The stored probability is set to 100 or 0 at closing, and no earlier one was exported.")
            if calibration.forecasts.overwritten and not calibration.enough
            else message("None of {n} closed opportunities with a forecast was won.", n=Count(n))
            if calibration.enough
            else nmessage(
                "{n} closed opportunity has a forecast that can be judged.",
                "{n} closed opportunities have a forecast that can be judged.",
                n,
                n=Count(n),
            )
            if n
            else message("No closed opportunity has a forecast that can be judged."),
            criterion,
            advice,
            n,
            message("forecasts"),
            see="calibration",
            needs=message("Opportunities that were won, with the probability stated before closing.")
            if calibration.enough
            else message(
                "At least {n} closed opportunities with the probability stated before closing, best from monthly "
                "snapshots of the open ones.",
                n=Count(FEWEST_CLOSED),
            ),
        )
    values = {"count": Number(count.estimate, count.low, count.high), "n": Count(n)}
    condition = message(
        "For each one won, {count} had been promised, over {n} forecasts; none has an amount.", **values
    )
    if calibration.has_amounts:
        condition = message(
            "What was promised is {value} times what was won by value, and {count} times by number, over {n} "
            "forecasts.",
            value=Number(index.estimate, index.low, index.high),
            **values,
        )
    title = {
        Severity.RED: message("The forecasts are far too optimistic"),
        Severity.YELLOW: message("The forecasts are too optimistic"),
        Severity.GREEN: message("The forecasts are not much too optimistic"),
        Severity.GREY: message("Whether the forecasts are too optimistic is open"),
    }[colour]
    if calibration.uninformative:
        # Right on average is no merit of a number that does not tell wins from losses.
        colour = min(colour, Severity.YELLOW, key=lambda c: c.rank)
        title = message("The stated probability carries no information about the outcome")
        condition = message(
            "Opportunities with a high stated probability were won about as often as those with a low one. {condition}",
            condition=condition,
        )
        criterion = message("A higher probability goes with more wins, and as many come as were promised.")
        advice = message(
            "Agree on criteria for each stage, and leave the probabilities out of the forecast until then."
        )
    overstated = None if colour is Severity.GREEN else _overstated(result)
    return Finding(
        "PR-03",
        colour,
        title,
        condition,
        criterion,
        None if colour is Severity.GREEN else advice,
        n,
        message("forecasts"),
        effect=overstated,
        effect_of=message("overstatement of the weighted open pipeline") if overstated else None,
        see="calibration",
        needs=None if colour != Severity.GREY else message("More closed opportunities with an early forecast."),
        evidence=Evidence.of("opportunities", calibration.forecasts.frame["opp_id"]),
    )


def _overstated(result: PipelineRevision) -> Money | None:
    """Return the weighted open value as reported minus the calibrated one, the two that the figure shows."""
    worth: Value = result.value
    best = worth.calibrated
    gap = worth.weighted - best.estimate
    if not np.isfinite(gap) or gap <= 0:
        return None
    # The interval of the calibrated value has the level of the report; money is shown with its own.
    narrower = stats.norm.ppf((1 + LEVEL) / 2) / stats.norm.ppf((1 + best.confidence_level) / 2)
    return result.context.money(
        gap, gap - narrower * (best.high - best.estimate), gap + narrower * (best.estimate - best.low)
    )


def own_ways_finding(result: PipelineRevision, minor: float, major: float, rng: np.random.Generator) -> Finding:
    """PR-04: whether every seller judges the chance to win in an own way."""
    calibration = result.calibration
    sellers = calibration.sellers
    draws = np.expm1(2 * spread_draws(sellers, rng=rng)) if len(sellers) else np.empty(0)
    colour = Severity(classify(draws, minor=minor, major=major).colour)
    condition = nmessage(
        "{n} seller has enough closed opportunities with a forecast.",
        "{n} sellers have enough closed opportunities with a forecast.",
        len(sellers),
        n=Count(len(sellers)),
    )
    if len(sellers) >= FEWEST and not result.context.individual:
        condition = message(
            "{n} sellers have enough closed opportunities with a forecast. Promised for each one won, adjusted for "
            "chance: {median} by the median of the sellers.",
            n=Count(len(sellers)),
            median=Number(sellers["estimate"].median()),
        )
    elif len(sellers) >= 2:
        condition = message(
            "{n} sellers have enough closed opportunities with a forecast. Promised for each one won, adjusted for "
            "chance: from {low} to {high}.",
            n=Count(len(sellers)),
            low=Number(sellers["estimate"].min()),
            high=Number(sellers["estimate"].max()),
        )
    return Finding(
        "PR-04",
        colour,
        {
            Severity.RED: message("Every seller judges the chance to win in an own way"),
            Severity.YELLOW: message("Sellers judge the chance to win in somewhat different ways"),
            Severity.GREEN: message("Sellers do not judge the chance to win in very different ways"),
            Severity.GREY: message("Whether every seller judges in an own way is open"),
        }[colour],
        condition,
        message("The same probability means the same chance, whoever states it."),
        None
        if colour is Severity.GREEN
        else message("Agree on criteria for each stage and probability, and train on closed cases."),
        len(sellers),
        message("sellers"),
        see="sellers",
        needs=None
        if colour != Severity.GREY
        else message("At least {n} closed opportunities with a forecast for each seller.", n=Count(SELLER_CLOSED)),
        individual=0 < len(sellers) < FEWEST,
    )
