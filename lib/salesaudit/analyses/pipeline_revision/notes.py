"""How the analysis was done in this run: what was counted, left out and assumed."""

import numpy as np

from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.calibration import LEAD_DAYS, SELLER_CLOSED, SELLER_EACH, SETTLED_DAYS
from salesaudit.analyses.pipeline_revision.closings import FDR
from salesaudit.analyses.pipeline_revision.openings import (
    OLD_QUANTILE,
    PUSHED_DAYS,
    PUSHES,
    STALE_AT_MOST,
    STALE_DAYS,
    STALE_STAYS,
)
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Number, Share
from salesaudit.i18n import Message, message


def method(result: PipelineRevision) -> Note:
    """Return what was counted, left out and assumed in this run."""
    items = [
        (
            message("Rules"),
            message(
                "Nothing happened for {stale} days, or {stays} times the usual stay in the stage if that is longer, at "
                "most {most} days; planned close before {day}; no next step, or none ahead; planned close moved later "
                "at least {pushes} times or by more than {pushed} days; older than {old} of the won ones were when "
                "they closed; no amount. Counted in full, so without intervals. An opportunity without an amount "
                "weighs as the median one in shares of value.",
                stale=Count(STALE_DAYS),
                stays=Number(STALE_STAYS),
                most=Count(STALE_AT_MOST),
                day=Day(result.context.as_of),
                pushes=Count(PUSHES),
                pushed=Count(PUSHED_DAYS),
                old=Share(OLD_QUANTILE),
            ),
        ),
        (message("Forecasts judged"), _forecasts(result)),
        (message("Calibrated value"), _value(result)),
        (message("Win rate"), _wins(result)),
        (
            message("Sellers"),
            message(
                "Adjusted for chance: a seller's share is moved towards the team's, the more the fewer cases; a "
                "difference counts when at most {fdr} of those named would be false alarms. The promise of a seller is "
                "shown from {closed} closed forecasts with {each} won and {each} lost.",
                fdr=Share(FDR),
                closed=Count(SELLER_CLOSED),
                each=Count(SELLER_EACH),
            ),
        ),
        (
            message("References"),
            message(
                "Murphy (1973), Journal of Applied Meteorology 12; Cox (1958), Biometrika 45; Aalen and Johansen "
                "(1978), Scandinavian Journal of Statistics 5; Newcombe (1998), Statistics in Medicine 17; Gelman et "
                "al. (2013), Bayesian Data Analysis; Viechtbauer (2007), Statistics in Medicine 26."
            ),
        ),
    ]
    return Note(items, result.context, missing=[(name, _unlocks(name)) for name in result.lacks])


def _forecasts(result: PipelineRevision) -> Message:
    found = result.calibration.forecasts
    n, still = Count(len(found.frame)), Count(found.still_open)
    if found.source == "snapshot":
        return message(
            "One per opportunity: the first snapshot {low} to {high} days before the planned close, with that close at "
            "least {settled} days ago. {n} are decided; {still} are not and are left out.",
            low=Count(LEAD_DAYS[0]),
            high=Count(LEAD_DAYS[1]),
            settled=Count(SETTLED_DAYS),
            n=n,
            still=still,
        )
    if found.source == "stored" and np.isfinite(found.unchanged_share):
        return message(
            "The probability stored on {n} closed opportunities. Snapshots show that it is the one stated {low} to "
            "{high} days before the planned close for {same} of those that have both. {still} open ones are not "
            "judged.",
            n=n,
            low=Count(LEAD_DAYS[0]),
            high=Count(LEAD_DAYS[1]),
            same=Share(found.unchanged_share),
            still=still,
        )
    if found.source == "stored":
        return message(
            "The probability stored on {n} closed opportunities. When it was last changed is not known; it was not set "
            "to 100 or 0 at closing. {still} open ones are not judged; if they end as lost more often, the forecasts "
            "are more optimistic than it seems.",
            n=n,
            still=still,
        )
    if found.overwritten:
        return message("None: closing sets the stored probability to 100 or 0, and there are no earlier snapshots.")
    return message("None: no probability stated before closing was exported.")


def _value(result: PipelineRevision) -> Message:
    return {
        "recalibrated": message(
            "Each stated probability is replaced by the share won that such a statement had in the past, from a "
            "logistic curve. The interval is that of the curve, resampling whole customers; how each opportunity will "
            "turn out is not in it."
        ),
        "base": message(
            "Because the stated probabilities do not separate won from lost, every opportunity gets the share won of "
            "all that were opened, or of the closed where dates are missing. An opportunity that has stayed open for "
            "long is often worth less than that."
        ),
        "": message("Not possible: too few forecasts can be judged, or amounts or probabilities are missing."),
    }[result.value.how]


def _wins(result: PipelineRevision) -> Message:
    win = result.win
    n = Count(win.won + win.lost)
    left_out = (
        message(
            "Only what the forecast includes counts here: {omitted} that the forecast omits, open or closed, are left "
            "out.",
            omitted=Count(win.omitted),
        )
        if win.omitted
        else message("The forecast omits none of them.")
    )
    if win.first_closed is None or win.incidence is None:
        return message("{n} closed opportunities. {left_out}", n=n, left_out=left_out)
    ages = (
        message(
            "Of those opened: won and lost by age, the open ones counted as waiting; {without} without usable dates "
            "are left out.",
            without=Count(win.without_dates),
        )
        if win.without_dates
        else message("Of those opened: won and lost by age, the open ones counted as waiting.")
    )
    return message(
        "{n} opportunities closed from {start} to {end}. {left_out} {ages}",
        n=n,
        start=Day(win.first_closed.date()),
        end=Day(win.last_closed.date()),
        left_out=left_out,
        ages=ages,
    )


def _unlocks(name: str) -> Message:
    return {
        "opportunities.customer_id": message(
            "whether the customer is named, and intervals that treat each customer as one unit"
        ),
        "opportunities.product": message("whether the product is named"),
        "opportunities.amount": message("everything in money"),
        "opportunities.probability": message("whether the stated probabilities come true"),
        "opportunities.stage": message("the pipeline by stage"),
        "opportunities.created_date": message("age, and the win rate of all that were opened"),
        "opportunities.closed_date": message("age, and the win rate of all that were opened"),
        "opportunities.close_date_planned": message("entries past their close date"),
        "opportunities.next_step_date": message("entries without a next step"),
        "opportunities.next_step_text": message("entries without a next step"),
        "opportunities.last_activity_date": message("entries without activity"),
        "opp_snapshots.snapshot_date": message("pushed close dates, and forecasts at a fixed time before the close"),
        "scorecard.score": message("how healthy deals and relations are"),
        "customers.name": message("customers by name"),
    }[name]
