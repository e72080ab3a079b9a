"""Which customers are stuck (PF-06)?"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit.analyses.purpose_funnel.stuck import CEILING_RISK, FEWEST_CUSTOMERS, FEWEST_FAILED, FEWEST_WINS
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Listed, Money, Number, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import percentiles, pert

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

REALISATION = (0.2, 0.5, 0.8)
"""How much of the hours that could be freed is usually freed (low, most likely, high)."""
WORTH_ACTING = 0.01
"""Share of the hours of a year's sales visits from which those that can be freed call for action now."""


def stuck(result: "PurposeFunnel") -> Finding:
    """PF-06: customers with many presentations, and those where the next one costs more than it should bring.

    Red needs more than a sure loss per visit: the hours that are usually freed at the customers to drop (the middle of
    `REALISATION`) must be at least `WORTH_ACTING` of those of all sales visits of a year; below that it is yellow.
    """
    rows = result.stuck
    many = rows[rows["presented"] >= result.stuck_after]
    recent = rows["last_year"] > 0
    drop, last = rows[recent & (rows["advice"] == "drop")], rows[recent & (rows["advice"] == "last")]
    customers = result.shown["customer_id"].nunique()
    unknown = bool(many["advice"].isna().any())
    severity = Severity.GREEN
    if customers == 0:
        severity = Severity.GREY
    elif _worth_acting(result, drop):
        severity = Severity.RED
    elif len(drop) or len(last) or unknown:
        severity = Severity.YELLOW
    listed = drop if len(drop) else last if len(last) else many
    effect = _hours_freed(result, listed) if severity in (Severity.RED, Severity.YELLOW) else None
    visits = result.history.visits
    mine = visits[visits["customer_id"].isin(listed["customer_id"]) & (visits["purpose"] == "QUO")]
    return Finding(
        code="PF-06",
        severity=severity,
        title=_stuck_title(severity, len(many), len(drop), result.stuck_after),
        condition=_stuck_condition(result, many, drop, listed),
        criterion=_criterion(result),
        recommendation=message(
            "Decide for each of them: drop, hand over, or a last attempt with a changed approach. Ask first whether "
            "the one who decides was there; keep strategic customers and open tenders on purpose, not by habit."
        )
        if severity in (Severity.RED, Severity.YELLOW)
        else None,
        n=customers,
        unit=message("customers with a quote presentation"),
        effect=effect,
        effect_of=message("hours freed in a year, at their cost") if isinstance(effect, Money) else None,
        see="stuck_table",
        needs=message("Visits with the purpose quote presentation.") if customers == 0 else None,
        evidence=Evidence.of("visits", list(mine["visit_id"].drop_duplicates())) if len(mine) else None,
    )


def _worth_acting(result: "PurposeFunnel", drop: pd.DataFrame) -> bool:
    """Return whether the last year's presentations at the customers to drop are worth acting on now."""
    visits = result.history.visits.drop_duplicates("visit_id")
    age = (pd.Timestamp(result.context.as_of) - visits["date"]).dt.days
    year = int(age.between(0, 364).sum())
    return bool(len(drop)) and bool(REALISATION[1] * drop["last_year"].sum() >= WORTH_ACTING * year)


def _criterion(result: "PurposeFunnel") -> Message:
    hours, cost = result.money.hours_per_visit, result.money.hour_cost
    rule = message(
        "After {n} quote presentations without a contract, or as soon as the next one costs more than it is expected "
        "to bring, the customer is dropped, handed over or approached anew.",
        n=Count(result.stuck_after),
    )
    if not hours or not cost:
        return rule
    return message(
        "{rule} A presentation costs {cost} ({hours} hours at {hour}); it does not pay when its expected margin lies "
        "below that with a probability of at least {sure}, after {few} failures or more. Urgent when the hours "
        "that can be freed this way are at least {share} of those of all sales visits.",
        rule=rule,
        cost=result.context.money(hours * cost),
        hours=Number(hours),
        hour=result.context.money(cost),
        sure=Share(result.drop_probability),
        few=Count(FEWEST_FAILED),
        share=Share(WORTH_ACTING),
    )


def _stuck_title(severity: Severity, many: int, drop: int, after: int) -> Message:
    if severity is Severity.GREY:
        return message("No quote presentation is in the data")
    if drop:
        return nmessage(
            "At {number} customer a further quote presentation costs more than it is expected to bring",
            "At {number} customers a further quote presentation costs more than it is expected to bring",
            drop,
            number=Count(drop),
        )
    if many and severity is Severity.YELLOW:
        return nmessage(
            "{number} customer has had {n} or more quote presentations and signed nothing since",
            "{number} customers have had {n} or more quote presentations and signed nothing since",
            many,
            number=Count(many),
            n=Count(after),
        )
    if severity is Severity.YELLOW:
        return message("Some customers are worth one last quote presentation")
    if many:
        return message("Customers with many quote presentations are still worth the next one")
    return message("No customer has had {n} quote presentations without a contract", n=Count(after))


def _stuck_condition(result: "PurposeFunnel", many: pd.DataFrame, drop: pd.DataFrame, listed: pd.DataFrame) -> Message:
    if result.stuck.empty:
        return message("No customer has had a quote presentation since its last contract.")
    if listed.empty:
        return message(
            "The customer with most has had {most} since the last contract.",
            most=Count(int(result.stuck["presented"].max())),
        )
    return message(
        "{many} {worth} First in the table: {names}. {chance}",
        many=_many(result, many),
        worth=nmessage(
            "At {drop} customer visited in the last year the next one does not pay.",
            "At {drop} customers visited in the last year the next one does not pay.",
            len(drop),
            drop=Count(len(drop)),
        )
        if result.stuck["advice"].notna().any()
        else message("What the next one is worth is not known."),
        names=Listed(tuple(listed.head(5)["customer"])),
        chance=_chance(result, listed),
    )


def _many(result: "PurposeFunnel", many: pd.DataFrame) -> Message:
    if many.empty:
        return message(
            "No customer has had {n} quote presentations since its last contract.", n=Count(result.stuck_after)
        )
    return nmessage(
        "{number} customer has had {n} or more quote presentations since its last contract, {presented} in all.",
        "{number} customers have had {n} or more quote presentations since their last contract, {presented} in all.",
        len(many),
        number=Count(len(many)),
        n=Count(result.stuck_after),
        presented=Count(int(many["presented"].sum())),
    )


def _chance(result: "PurposeFunnel", rows: pd.DataFrame) -> Message:
    if result.prior is None:
        return message(
            "After {n} failures in a row the chance of the next one is below {upper} with {sure} confidence; a "
            "sharper number needs {customers} customers and {wins} contracts.",
            n=Count(int(rows["failed"].min())),
            upper=Share(float(rows["upper"].max())),
            sure=Share(1 - CEILING_RISK),
            customers=Count(FEWEST_CUSTOMERS),
            wins=Count(FEWEST_WINS),
        )
    return message(
        "The chance that the next presentation brings a contract is {low} to {high} at these customers; at a new "
        "customer it is {first}.",
        low=Share(float(rows["next_win"].min())),
        high=Share(float(rows["next_win"].max())),
        first=Share(float(result.prior.next_win(np.zeros(1))[0])),
    )


def _hours_freed(result: "PurposeFunnel", rows: pd.DataFrame) -> Money | Message | None:
    """Return a year's presentations at the stuck customers as money, else as their number."""
    year = int(rows["last_year"].sum())
    hours, cost = result.money.hours_per_visit, result.money.hour_cost
    if not hours:
        return nmessage(
            "{n} presentation a year could be used elsewhere.",
            "{n} presentations a year could be used elsewhere.",
            year,
            n=Count(year),
        )
    if not cost:
        return nmessage(
            "{hours} hour a year could be used elsewhere.",
            "{hours} hours a year could be used elsewhere.",
            round(year * hours),
            hours=Count(round(year * hours)),
        )
    freed = percentiles(year * hours * cost * pert(*REALISATION, rng=np.random.default_rng(result.seed), size=4000))
    return result.context.money(freed.p50, freed.p10, freed.p90)
