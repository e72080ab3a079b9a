"""What deals and visits have to do with each other: a table and a paragraph, and never a colour."""

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.dose import (
    FEWEST_DEALS,
    FEWEST_MONTHS,
    MONTH,
    ONE_IN_A_HUNDRED,
    REFERENCE,
    Dose,
)
from salesaudit.figure import Col, Missing, Table
from salesaudit.format import Count, Days, PValue, Rate
from salesaudit.i18n import Message, message, nmessage

NEEDED = ("opportunities.seller_id", "opportunities.status", "opportunities.closed_date")


def association() -> Message:
    """Return the sentence that stands beside every number on visits and deals."""
    return message("Sellers visit where they expect orders; this is not the effect of ordering more visits.")


def table_deals(result: VisitFrequency) -> Table | Missing:
    """Return deals per hundred visits, and how deals go with visits."""
    found, loc = result.dose, result.context.loc
    if found is None:
        return Missing(
            message("Do more visits go with more deals?"),
            [n for n in NEEDED if n in result.absent],
            message("The opportunities that were won, with seller and day, over the weeks of the visits."),
            result.context,
        )
    rows = [(name.text(loc), *numbers) for name, *numbers in _rows(found)]
    return Table(
        "deals",
        _title(found),
        pd.DataFrame(rows, columns=["measure", "value", "low", "high"]),
        [
            Col("measure", message("Measure")),
            Col("value", message("Value"), "number", low="low", high="high"),
        ],
        result.context,
        subtitle=message("{association} {reading}", association=association(), reading=reading(found)),
    )


def _title(found: Dose) -> Message:
    return nmessage(
        "{deals} deal was won and {visits} visits made by these sellers: {rate} deals per hundred visits; an old rule "
        "says {rule}",
        "{deals} deals were won and {visits} visits made by these sellers: {rate} deals per hundred visits; an old "
        "rule says {rule}",
        found.deals,
        deals=Count(found.deals),
        visits=Count(found.visits),
        rate=Rate(100 * found.per_visit.estimate),
        rule=Count(round(100 * ONE_IN_A_HUNDRED)),
    )


def _rows(found: Dose) -> list[tuple[Message, float, float, float]]:
    each = found.per_visit
    rows = [(message("Deals won per 100 visits"), 100 * each.estimate, 100 * each.low, 100 * _bounded(each.high))]
    words = {
        "new": message("The same with new customers, per 100 visits to them"),
        "existing": message("The same with existing customers, per 100 visits to them"),
        "calls": message("Deals won per 100 outgoing calls"),
        "orders": message("Orders credited to these sellers per 100 visits"),
    }
    rows += [
        (words[row.of], *(100 * x for x in (row.estimate, row.low, row.high))) for row in found.ratios.itertuples()
    ]
    if found.elasticity is not None:
        part, lead = found.elasticity, found.lead
        rows += [
            (
                message("Per cent more deals with one per cent more visits, same seller"),
                part.estimate,
                part.low,
                part.high,
            ),
            (message("The same with the visits of the month after"), lead.estimate, lead.low, lead.high),
            (message("Per cent more sales in studies elsewhere"), REFERENCE, np.nan, np.nan),
        ]
    if found.between is not None:
        name = message("Rank correlation between sellers (p-value {pvalue})", pvalue=PValue(found.between[1]))
        rows.append((name, found.between[0], np.nan, np.nan))
    return rows


def _bounded(high: float) -> float:
    return high if np.isfinite(high) else float("nan")


def reading(found: Dose) -> Message:
    """Say what the association within sellers tells."""
    if found.elasticity is None:
        return message(
            "How deals go with a seller's own visits takes {months} whole months and {deals} deals.",
            months=Count(FEWEST_MONTHS),
            deals=Count(FEWEST_DEALS),
        )
    if found.visits_follow:
        return message("Deals go with the visits of the month after: visits follow deals here.")
    if found.elasticity.low > 0:
        return message("In months with more visits than usual a seller also wins more deals.")
    return message("Months with more visits than usual are not months with more deals, as far as the data can tell.")


def dose_method(found: Dose) -> Message:
    """Say how the association was measured in this run, as far as it was."""
    text = (
        message(
            "Deals per visit are clustered by seller; against one in a hundred the t test of their logarithm gives a "
            "p-value of {pvalue}.",
            pvalue=PValue(found.pvalue),
        )
        if np.isfinite(found.pvalue)
        else message("Deals per visit are clustered by seller.")
    )
    if found.elasticity is None:
        return text
    return message("{text} {within} {cycle}", text=text, within=_panel(found), cycle=_cycle(found))


def _panel(found: Dose) -> Message:
    return nmessage(
        "The association within sellers is a Poisson regression of {months} months of {sellers} sellers with seller "
        "and month effects on the logarithm of visits, up to {lags} month back and one month ahead, clustered by "
        "seller; with fewer than thirty sellers its intervals are a little short.",
        "The association within sellers is a Poisson regression of {months} months of {sellers} sellers with seller "
        "and month effects on the logarithm of visits, up to {lags} months back and one month ahead, clustered by "
        "seller; with fewer than thirty sellers its intervals are a little short.",
        found.lags,
        months=Count(found.months),
        sellers=Count(found.sellers),
        lags=Count(found.lags),
    )


def _cycle(found: Dose) -> Message:
    """Say how long deals take, and whether that is longer than what is looked back."""
    if not np.isfinite(found.cycle_days):
        return message("How long deals take is not known.")
    if round(found.cycle_days / MONTH) > found.lags:
        return message(
            "The median deal takes {days} days: visits further back are not looked at.", days=Days(found.cycle_days)
        )
    return message("The median deal takes {days} days.", days=Days(found.cycle_days))
