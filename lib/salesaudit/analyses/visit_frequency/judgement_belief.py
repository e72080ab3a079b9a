"""How far management's belief lies from the visits that are made (VF-01)."""

import numpy as np

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.belief import Gap
from salesaudit.analyses.visit_frequency.yardsticks import NORMAL_WEEKS
from salesaudit.finding import EFFECT_LEVEL, Finding, Severity
from salesaudit.format import Count, Number, PValue, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import Interval, classify_normal

FEWEST_RESPONDENTS = 3
FEWEST_FOR_A_SHARE = 6
"""Fewer respondents are counted only: five who all agree may still be chance."""
ASK = message(
    "The answers of at least {n} managers to the belief form, filled in before they see the results.",
    n=Count(FEWEST_RESPONDENTS),
)
"""What settles what management believes."""


def belief_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge how far management's belief lies above what took place, or else above what was logged."""
    belief, team = result.belief, result.team
    number = 0 if belief is None else len(belief.respondents)
    common = {
        "code": "VF-01",
        "criterion": message(
            "Management's belief should lie within {minor} of what is measured; beyond {major} plans built on it fail.",
            minor=Share(minor),
            major=Share(major),
        ),
        "recommendation": message("Report the measured visits every month, and plan again from the measured number."),
        "unit": nmessage("respondent", "respondents", number),
        "see": "belief",
    }
    if belief is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Nobody has said how many visits management expects"),
            condition=message(
                "{rate} visits per normal week were measured.", rate=Rate(team.estimate, team.low, team.high)
            ),
            n=0,
            needs=ASK,
        )
    held = belief.held
    colour = classify_normal(
        np.log(held.ratio.estimate), held.log_se, minor=np.log1p(minor), major=np.log1p(major), df=held.df
    ).colour
    severity = Severity(colour) if number >= FEWEST_RESPONDENTS else Severity.GREY
    return Finding(
        **common,
        severity=severity,
        title=_title(severity, held, verified=belief.verified is not None),
        condition=_condition(result),
        n=number,
        effect=_effect(result) if severity in (Severity.RED, Severity.YELLOW) else None,
        needs=None
        if severity is not Severity.GREY
        else ASK
        if number < FEWEST_RESPONDENTS
        else message("The answers of more managers than {n}; these differ too much.", n=Count(number)),
    )


def _title(severity: Severity, held: Gap, *, verified: bool) -> Message:
    gap = held.ratio.estimate - 1
    match severity:
        case Severity.RED | Severity.YELLOW if verified:
            return message("Management believes {gap} more visits are made than really are", gap=Share(gap))
        case Severity.RED | Severity.YELLOW:
            return message("Management believes {gap} more visits are made than are logged", gap=Share(gap))
        case Severity.GREEN if gap < 0:
            return message("Management does not overestimate the number of visits")
        case Severity.GREEN:
            return message("Management's belief about the number of visits is not far off")
        case _:
            return message("Too few answers to say how far management's belief is from what is measured")


def _condition(result: VisitFrequency) -> Message:
    said = [_gaps(result), _above(result), _anchored(result), _planned(result), _ranked(result)]
    parts = {f"part{n}": part for n, part in enumerate(filter(None, said))}
    return Message(" ".join(f"{{{name}}}" for name in parts), parts)


def _gaps(result: VisitFrequency) -> Message:
    """Say what is believed, what was measured, and the one over the other."""
    belief, number = result.belief, len(result.belief.respondents)
    logged, verified = belief.logged, belief.verified
    values = {
        "respondents": Count(number),
        "believed": _rate(belief.believed),
        "logged": _rate(logged.rate),
        "period": result.counted.window,
        "ratio": _ratio(logged),
    }
    if verified is None:
        return nmessage(
            "{respondents} respondent believes that an average seller makes {believed} visits in a normal week; "
            "{logged} were logged ({period}). Believed over logged is {ratio}; with one respondent its interval holds "
            "the uncertainty of the measurement only.",
            "{respondents} respondents believe that an average seller makes {believed} visits in a normal week "
            "(geometric mean); {logged} were logged ({period}). Believed over logged is {ratio}.",
            number,
            **values,
        )
    return nmessage(
        "{respondents} respondent believes that an average seller makes {believed} visits in a normal week; {logged} "
        "were logged ({period}), and {made} took place by what the customers say. Believed over logged is {ratio}, "
        "and over what took place {made_ratio}; with one respondent these intervals hold the uncertainty of the "
        "measurement only.",
        "{respondents} respondents believe that an average seller makes {believed} visits in a normal week (geometric "
        "mean); {logged} were logged ({period}), and {made} took place by what the customers say. Believed over "
        "logged is {ratio}, and over what took place {made_ratio}.",
        number,
        **values,
        made=_rate(verified.rate),
        made_ratio=_ratio(verified),
    )


def _above(result: VisitFrequency) -> Message:
    belief, number = result.belief, len(result.belief.respondents)
    over = belief.over
    values = {
        "above": Count(belief.above),
        "respondents": Count(number),
        "held": Rate(belief.held.rate.estimate),
        "share": Share(over.estimate, over.low, over.high),
        "pvalue": PValue(belief.over_pvalue),
    }
    if number < FEWEST_FOR_A_SHARE:
        return nmessage(
            "{above} of {respondents} answers lies above {held}.",
            "{above} of {respondents} answers lie above {held}.",
            belief.above,
            **values,
        )
    return nmessage(
        "{above} of {respondents} answers lies above {held}: {share} (p-value {pvalue}).",
        "{above} of {respondents} answers lie above {held}: {share} (p-value {pvalue}).",
        belief.above,
        **values,
    )


def _anchored(result: VisitFrequency) -> Message | None:
    """Say whether the beliefs are nearer to what ought to be than to what is."""
    found = result.belief.anchoring
    compared = 0 if found is None else found.nearer_target + found.nearer_measured
    if not compared:
        return None
    values = {
        "nearer": Count(found.nearer_target),
        "compared": Count(compared),
        "target": Rate(result.target.team),
        "held": Rate(result.belief.held.rate.estimate),
        "pvalue": PValue(found.pvalue),
    }
    if compared < FEWEST_FOR_A_SHARE:
        return nmessage(
            "{nearer} of {compared} is nearer to the target of {target} than to {held}.",
            "{nearer} of {compared} are nearer to the target of {target} than to {held}.",
            found.nearer_target,
            **values,
        )
    return nmessage(
        "{nearer} of {compared} is nearer to the target of {target} than to {held} (p-value {pvalue}).",
        "{nearer} of {compared} are nearer to the target of {target} than to {held} (p-value {pvalue}).",
        found.nearer_target,
        **values,
    )


def _planned(result: VisitFrequency) -> Message:
    sellers = len(result.sellers)
    return nmessage(
        "The difference to {held}, times {weeks} normal weeks of {sellers} seller, is {visits} visits a year (interval "
        "of {level}).",
        "The difference to {held}, times {weeks} normal weeks of {sellers} sellers, is {visits} visits a year "
        "(interval of {level}).",
        sellers,
        held=Rate(result.belief.held.rate.estimate),
        weeks=Count(round(NORMAL_WEEKS["year"])),
        sellers=Count(sellers),
        visits=_visits_a_year(result),
        level=Share(EFFECT_LEVEL),
    )


def _ranked(result: VisitFrequency) -> Message | None:
    ranking = result.belief.ranking
    if ranking is None:
        return None
    return message(
        "Asked about {sellers} single sellers, management puts them in an order that agrees with the measured one by "
        "{correlation} (Spearman; 1 is the same order, 0 none in common; p-value {pvalue}).",
        sellers=Count(ranking.sellers),
        correlation=Number(ranking.correlation, decimals=2),
        pvalue=PValue(ranking.pvalue),
    )


def _effect(result: VisitFrequency) -> Message:
    """Say what a plan built on the belief counts on; no price is put on it."""
    visits = _visits_a_year(result)
    if result.belief.verified is None:
        return message("{visits} visits a year that plans count on and nobody logs", visits=visits)
    return message("{visits} visits a year that plans count on and nobody makes", visits=visits)


def _visits_a_year(result: VisitFrequency) -> Number:
    surplus, times = result.belief.held.surplus, NORMAL_WEEKS["year"] * len(result.sellers)
    return Number(surplus.estimate * times, surplus.low * times, surplus.high * times, decimals=0)


def _rate(interval: Interval) -> Rate:
    return Rate(interval.estimate, interval.low, interval.high)


def _ratio(gap: Gap) -> Number:
    return Number(gap.ratio.estimate, gap.ratio.low, gap.ratio.high, decimals=2)


def belief_note(result: VisitFrequency) -> list[tuple[Message, Message]]:
    """Return how belief and measurement were held against each other."""
    belief = result.belief
    if belief is None or not np.isfinite(belief.held.ratio.low):
        return []
    said = message(
        "Geometric mean of believed over measured, t quantiles over {n} respondents; with one respondent "
        "only the uncertainty of the measurement is in the interval.",
        n=Count(len(belief.respondents)),
    )
    if belief.verified is not None:
        said = message(
            "{said} Measured is what took place by what the customers say; the uncertainty of their answers is in the "
            "interval as well.",
            said=said,
        )
    return [(message("Belief"), said)]
