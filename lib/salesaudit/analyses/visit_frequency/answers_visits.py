"""How many visits are made, believed, true, reasonable and possible, and who differs: the first five answers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.gaps import team_rate
from salesaudit.analyses.visit_frequency.judgement import power_message
from salesaudit.analyses.visit_frequency.judgement_caveats import beside_the_rate, few_message
from salesaudit.analyses.visit_frequency.tables import NOT_MEASURED, part_name, told_share
from salesaudit.finding import Finding
from salesaudit.format import Count, Day, Listed, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import Interval

BENCHMARK_WANTED = message("Own benchmarks (table benchmarks), or the complexity of the offer in the settings.")
MOST_NAMED = 6
"""Sellers named in one answer; the others are counted."""


def joined(*sentences: Message | None) -> Message:
    """Return sentences one after the other, without those that are None."""
    said = {f"part{n}": one for n, one in enumerate(s for s in sentences if s is not None)}
    return Message(" ".join(f"{{{name}}}" for name in said), said)


def unknown(finding: Finding | None) -> Message:
    """Say that the data do not tell, and what would settle it."""
    needs = NOT_MEASURED if finding is None or finding.needs is None else finding.needs
    return message("Not known. Needed: {needs}", needs=needs)


def guarded(result: VisitFrequency, sellers: float, said: Message) -> Message:
    """Return a sentence, unless the edition may not show what rests on so few sellers."""
    if result.context.individual or sellers >= FEWEST:
        return said
    return message("Not shown in this edition: it rests on fewer than {least} sellers.", least=Count(FEWEST))


def rate(interval: Interval) -> Rate:
    """Return a rate with its interval."""
    return Rate(interval.estimate, interval.low, interval.high)


def on_visits(result: VisitFrequency) -> Message:
    """Return what the answers on all counted visits rest on."""
    return nmessage(
        "Based on {visits} visits of {sellers} seller, {period}.",
        "Based on {visits} visits of {sellers} sellers, {period}.",
        len(result.sellers),
        visits=Count(len(result.counted.visits)),
        sellers=Count(len(result.sellers)),
        period=result.counted.window,
    )


def made(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer how many visits a normal week holds, by seller, customer and channel."""
    if result.team is None:
        return unknown(found.get("VF-03"))
    fair = result.sellers["fair"].dropna()
    between = message(
        "Adjusted for chance, single sellers make between {low} and {high}.",
        low=Rate(fair.min()),
        high=Rate(fair.max()),
    )
    return joined(
        message("An average seller makes {rate} visits in a normal week.", rate=team_rate(result)),
        *beside_the_rate(result),
        between if result.context.individual and len(fair) > 1 else None,
        *(_by(result, by) for by in ("customer", "channel")),
        on_visits(result),
    )


def _by(result: VisitFrequency, by: str) -> Message | None:
    rows = result.parts[result.parts["by"] == by]
    if not result.context.individual:
        rows = rows[rows["sellers"] >= FEWEST]
    if rows.empty:
        return None
    each = Listed(
        message("{part} {rate}", part=part_name(by, row.part), rate=Rate(row.rate, row.low, row.high))
        for row in rows.itertuples()
    )
    return (
        message("By customer: {parts}.", parts=each)
        if by == "customer"
        else message("By channel: {parts}.", parts=each)
    )


def believed(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer how far that is from what management believes, and whether the belief is nearer to the target."""
    belief = result.belief
    if belief is None:
        return unknown(found.get("VF-01"))
    held, number = belief.held, len(belief.respondents)
    values = {
        "believed": rate(belief.believed),
        "measured": rate(held.rate),
        "ratio": Number(held.ratio.estimate, held.ratio.low, held.ratio.high, decimals=2),
    }
    gap = (
        message(
            "Management believes that {believed} visits are made in a normal week; {measured} were logged. Believed "
            "over measured is {ratio}.",
            **values,
        )
        if belief.verified is None
        else message(
            "Management believes that {believed} visits are made in a normal week; {measured} took place. Believed "
            "over measured is {ratio}.",
            **values,
        )
    )
    basis = nmessage(
        "Based on {n} answer and {visits} visits, {period}.",
        "Based on {n} answers and {visits} visits, {period}.",
        number,
        n=Count(number),
        visits=Count(len(result.counted.visits)),
        period=result.counted.window,
    )
    sample = result.verification.sample
    sellers = np.inf if belief.verified is None or sample is None else len(sample.sellers)
    return guarded(result, sellers, joined(gap, _anchored(result), basis))


def _anchored(result: VisitFrequency) -> Message:
    found = result.belief.anchoring
    compared = 0 if found is None else found.nearer_target + found.nearer_measured
    if not compared:
        return message("Without a target that differs from this nobody can say whether the belief follows it.")
    return nmessage(
        "{nearer} of {compared} answers is nearer to the target of {target} than to this.",
        "{nearer} of {compared} answers are nearer to the target of {target} than to this.",
        found.nearer_target,
        nearer=Count(found.nearer_target),
        compared=Count(compared),
        target=Rate(result.target.team),
    )


def true(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer how many of the logged visits took place, and reached their purpose."""
    sample = result.verification.sample
    if sample is None or not sample.enough:
        few = None if sample is None else message("Only {n} customers could say.", n=Count(sample.said))
        return joined(unknown(found.get("VF-02")), few)
    shares = message(
        "{true} of the logged visits took place, and {effective} took place and reached their purpose.",
        true=told_share(sample.took_place),
        effective=told_share(sample.effective),
    )
    if not np.isfinite(sample.effective.estimate):
        shares = message(
            "{true} of the logged visits took place; whether they reached their purpose is not known.",
            true=told_share(sample.took_place),
        )
    weekly = None
    if result.team is not None and np.isfinite(sample.effective.estimate):
        weekly = message(
            "Of {logged} logged in a normal week {made} were made and {effective} reached it.",
            logged=Rate(result.team.estimate),
            made=rate(sample.per_week(result.team, sample.took_place)),
            effective=rate(sample.per_week(result.team, sample.effective)),
        )
    days = sample.answers.visits["date"]
    basis = message(
        "Based on what customers said of {said} of {drawn} visits drawn by chance, {start} to {end}.",
        said=Count(sample.said),
        drawn=Count(sample.drawn),
        start=Day(days.min().date()),
        end=Day(days.max().date()),
    )
    return guarded(result, len(sample.sellers), joined(shares, weekly, basis))


def reasonable(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer how many visits are reasonable, and how many possible."""
    band, held = result.benchmark, result.capacity
    norm = message("What is reasonable is not known. Needed: {needs}", needs=BENCHMARK_WANTED)
    if band is not None:
        values = {"low": Rate(band.low), "high": Rate(band.high)}
        norm = (
            message("{low} to {high} are reasonable, weakly known: between two published anchors.", **values)
            if band.weak
            else message("{low} to {high} are reasonable, by the client's benchmark.", **values)
        )
    made_now = None
    if result.team is not None:
        made_now = message("{rate} visits are made in a normal week.", rate=team_rate(result))
    basis = None if result.team is None else on_visits(result)
    if not held.unused.size:
        needs = found["VF-12"].needs
        possible = message("What is possible is not known. Needed: {needs}", needs=needs)
        return joined(made_now, norm, possible, basis)
    possible = message(
        "By the diaries of {n} sellers the hours hold {possible}, in eight cases of ten.",
        possible=Rate(held.possible.p50, held.possible.p10, held.possible.p90),
        n=Count(held.sellers),
    )
    return joined(made_now, norm, guarded(result, held.sellers, possible), basis)


def different(result: VisitFrequency, judged: Sequence[Finding], *, fdr: float) -> Message:
    """Answer who differs from the others beyond chance."""
    if result.compared is None or not result.compared.units:
        return unknown(next((f for f in judged if f.code == "VF-04"), None))
    frame = result.sellers[result.sellers["comparable"] & (result.sellers["qvalue"] <= fdr)]
    if frame.empty:
        return joined(message("Nobody."), power_message(result), on_visits(result))
    below, above = frame[frame["gap"] > 0], frame[frame["gap"] < 0]
    counted = nmessage(
        "Beyond chance, {below} of {sellers} sellers lies below the others, and {above} above.",
        "Beyond chance, {below} of {sellers} sellers lie below the others, and {above} above.",
        len(below),
        below=Count(len(below)),
        above=Count(len(above)),
        sellers=Count(result.compared.units),
    )
    number = sum(f.code == "VF-04" and bool(f.subject) for f in judged)
    named = [
        message("Fewer: {sellers}.", sellers=_named(below)) if len(below) else None,
        message("More: {sellers}.", sellers=_named(above)) if len(above) else None,
        message("Far enough below to be a finding: {n}.", n=Count(number)),
    ]
    basis = message(
        "Visits in a normal week, adjusted for chance; at most {fdr} of such names are chance. {basis}",
        fdr=Share(fdr),
        basis=on_visits(result),
    )
    few = few_message(result)
    return joined(counted, few, *(named if result.context.individual else []), basis)


def _named(frame: pd.DataFrame) -> Listed:
    shown = frame.sort_values("label").head(MOST_NAMED)
    each = (
        message("{seller} {rate}", seller=row.label, rate=Rate(row.fair, row.fair_low, row.fair_high))
        for row in shown.itertuples()
    )
    return Listed(each, len(frame) - len(shown))
