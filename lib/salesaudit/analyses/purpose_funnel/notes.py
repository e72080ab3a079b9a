"""Method and limits of the purpose funnel, with the numbers of this run."""

from typing import TYPE_CHECKING

import pandas as pd

from salesaudit.analyses.purpose_funnel.episodes import DEAD_DEFAULT, DEAD_FACTOR, DEAD_FLOOR, DEAD_QUANTILE
from salesaudit.analyses.purpose_funnel.progress import FEWEST_PER_SELLER, HORIZON_QUANTILE, HORIZON_STEP
from salesaudit.analyses.purpose_funnel.stuck import CEILING_RISK, MERGE_DAYS
from salesaudit.analyses.purpose_funnel.words import STEP
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Days, Number, Share
from salesaudit.i18n import Message, message

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

LONG_HISTORY = 365
"""Days of history from which steps entered before its start hardly matter."""
UNLOCKS: dict[str, Message] = {
    "visits.opportunity_id": message("Ties each visit to its opportunity instead of inferring it from dates."),
    "visits.purpose_achieved": message("How often visits reach their purpose."),
    "opportunities.customer_id": message("Ties visits to opportunities where the visit does not name one."),
    "opportunities.created_date": message("Which opportunity was open on the day of a visit."),
    "opportunities.closed_date": message("When a contract was won or lost; the last visit stands in for it."),
    "opportunities.amount": message("What a further presentation, or a better step, is worth."),
    "targets.purpose": message("Whether targets by purpose exist and are met."),
    "customers.name": message("Customers by name instead of number."),
    "absence.seller_id": message("Visits per normal week net of leave; a yearly leave is assumed."),
}


def method(result: "PurposeFunnel") -> Note:
    """Return n, window, formulas, exclusions and references as used in this run."""
    context, history = result.context, result.history
    counts = history.attribution
    total = max(int(counts.sum()), 1)
    items = [
        (
            message("Period"),
            message(
                "Purposes, targets and results: {period}, {n} visits. Progress: all {sales} sales visits up to {day} "
                "in {episodes} episodes.",
                period=context.period,
                n=Count(len(result.visits)),
                sales=Count(int(counts.sum())),
                day=Day(context.as_of),
                episodes=Count(len(history.episodes)),
            ),
        ),
        (
            message("Which opportunity a visit was about"),
            message(
                "{id} by the visit's own opportunity number; {one} by the only opportunity of the customer and seller "
                "that was open that day; {later} by one that was entered later; {shared} with several open at once, "
                "counted in each; {none} with none, kept as an episode of the customer.",
                **{name: Share(counts[name] / total) for name in ("id", "one", "later", "shared", "none")},
            ),
        ),
        (
            message("Left out"),
            _left_out(result),
        ),
        (
            message("Silence"),
            message(
                "An open episode without a sales visit for {days} days counts as lost: {times} times the pause that "
                "{share} of the {n} pauses in won episodes do not exceed, at least {least} days, or {default} days "
                "where there are too few pauses.",
                days=Days(history.dead_after_days),
                times=Count(DEAD_FACTOR),
                share=Share(DEAD_QUANTILE),
                least=Count(DEAD_FLOOR),
                default=Count(DEAD_DEFAULT),
                n=Count(history.pauses),
            ),
        ),
        (
            message("Progress"),
            message(
                "Days from entering a step to the first later step or the contract, with loss as the competing end "
                "and episodes under way counted for as long as they were seen (Aalen-Johansen, log-log interval). The "
                "horizon is the time that {share} of the completed times do not exceed, rounded up to a multiple of "
                "{days} days. Repeated visits in a step are not progress.",
                share=Share(HORIZON_QUANTILE),
                days=Count(HORIZON_STEP),
            ),
        ),
        (message("Why not wins over closed"), _closed_only(result)),
        (
            message("Sellers"),
            message(
                "Only episodes old enough for the whole horizon; shares adjusted for chance (moved towards the team by "
                "a hierarchical model); Fisher's exact test against the others, false discovery rate over {tests} "
                "comparisons; at least {few} episodes.",
                tests=Count(result.comparison.tests),
                few=Count(FEWEST_PER_SELLER),
            ),
        ),
        (message("Stuck customers"), _stuck(result)),
        (
            message("References"),
            message(
                "Aalen and Johansen (1978), Scand. J. Stat. 5; Andersen and Keiding (2002), Stat. Methods Med. Res. "
                "11; Gelman et al. (2013), Bayesian Data Analysis, 5.3; Benjamini and Hochberg (1995), JRSS B 57; "
                "Weinberg and Gladen (1986), Biometrics 42."
            ),
        ),
    ]
    return Note(items, context, [(name, UNLOCKS[name]) for name in result.missing])


def _left_out(result: "PurposeFunnel") -> Message:
    late, lost = result.history.after_close, result.history.without_customer
    early = _truncation(result)
    if not late and not lost:
        return early
    return message(
        "Sales visits after their opportunity had closed: {late}; without customer and opportunity: {lost}. {early}",
        late=Count(late),
        lost=Count(lost),
        early=early,
    )


def _truncation(result: "PurposeFunnel") -> Message:
    first = result.history.visits["date"].min()
    if pd.notna(first) and (pd.Timestamp(result.context.as_of) - first).days >= LONG_HISTORY:
        return message(
            "Steps entered before the data start are seen from their first visit in the data; over more than a year of "
            "data that hardly matters."
        )
    return message(
        "Steps entered before the data start are seen from their first visit in the data; in so short a history that "
        "can matter, and makes steps look quicker than they are."
    )


def _closed_only(result: "PurposeFunnel") -> Message:
    known = result.steps[result.steps["enough"].astype(bool)]
    if known.empty:
        return message(
            "A share of the ended episodes only would give quick endings too much weight; none is shown here."
        )
    state = "QUO" if "QUO" in known.index else known.index[0]
    row = known.loc[state]
    return message(
        "{step}: among ended episodes alone {closed} went further; with those still open counted properly it is "
        "{ultimate} in the end. The first leaves out whoever is still waiting or was never closed, and moves with the "
        "length of the data.",
        step=STEP[state],
        closed=Share(row["closed_only"]),
        ultimate=Share(row["ultimate"], row["ultimate_low"], row["ultimate_high"]),
    )


def _stuck(result: "PurposeFunnel") -> Message:
    prior = result.prior
    if prior is None:
        return message(
            "Presentations of one opportunity within {days} days of the first count once. There are too few customers "
            "or contracts for a model of the next presentation: only the limit 1 − {risk}^(1/failures) is given.",
            days=Count(MERGE_DAYS),
            risk=Number(CEILING_RISK, decimals=2),
        )
    return message(
        "Presentations of one opportunity within {days} days of the first count once. The chance per presentation "
        "varies over customers as Beta({alpha}, {beta}), fitted on {n} customers; after f failures the next succeeds "
        "with {alpha} / ({total} + f). Continue while chance × amount × margin exceeds the cost of a visit.",
        days=Count(MERGE_DAYS),
        alpha=Number(prior.alpha),
        beta=Number(prior.beta),
        n=Count(prior.customers),
        total=Number(prior.alpha + prior.beta),
    )
