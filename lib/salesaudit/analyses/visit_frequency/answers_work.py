"""Deals, targets, existing customers, bookings and hours: the last five answers."""

from collections.abc import Mapping

import numpy as np

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.answers_visits import guarded, joined, rate, unknown
from salesaudit.analyses.visit_frequency.bookings import COMPARED_WEEKS
from salesaudit.analyses.visit_frequency.coverage import CONTACT_DAYS
from salesaudit.analyses.visit_frequency.gaps import TARGETS_WANTED, targets_message
from salesaudit.analyses.visit_frequency.judgement_bookings import period
from salesaudit.analyses.visit_frequency.judgement_capacity import category_names
from salesaudit.analyses.visit_frequency.judgement_dose import association, reading
from salesaudit.analyses.visit_frequency.tables import activity_names, told_share
from salesaudit.finding import Finding
from salesaudit.format import Count, Day, Listed, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST

DEALS_WANTED = message("The opportunities that were won, with seller and day, over the weeks of the visits.")


def deals(result: VisitFrequency) -> Message:
    """Answer whether more visits go with more deals."""
    found = result.dose
    if found is None:
        return message("Not known. Needed: {needs}", needs=DEALS_WANTED)
    each = found.per_visit
    per = message(
        "{rate} deals are won per 100 visits.",
        rate=Rate(100 * each.estimate, 100 * each.low, 100 * each.high if np.isfinite(each.high) else np.nan),
    )
    within = None
    if found.elasticity is not None:
        part = found.elasticity
        within = message(
            "One per cent more visits of a seller go with {elasticity} per cent more deals.",
            elasticity=Number(part.estimate, part.low, part.high, decimals=2),
        )
    basis = message(
        "Based on {deals} deals and {visits} visits, {period}.",
        deals=Count(found.deals),
        visits=Count(found.visits),
        period=result.counted.window,
    )
    return joined(reading(found), within, per, association(), basis)


def targets(result: VisitFrequency, *, fdr: float) -> Message:
    """Answer whether targets are set, followed up, reached, or gamed."""
    found = result.activity_targets
    if found is None:
        return unknown(None)
    if not found.set:
        return message("Not known. Needed: {needs}", needs=TARGETS_WANTED)
    rows = found.kinds[(found.kinds["sellers"] > 0) & found.kinds["attainment"].notna()]
    weeks = int(found.kinds["weeks"].max())
    if not result.context.individual:
        rows = rows[rows["sellers"] >= FEWEST]
    words = activity_names()
    each = Listed(
        message(
            "{activity} {share}",
            activity=words.get(row.kind, row.kind),
            share=Share(row.attainment, row.attainment_low, row.attainment_high),
        )
        for row in rows.itertuples()
    )
    basis = nmessage(
        "Based on {weeks} week of single sellers, {period}.",
        "Based on {weeks} weeks of single sellers, {period}.",
        weeks,
        weeks=Count(weeks),
        period=result.counted.window,
    )
    reached = message("Reached of the target: {activities}.", activities=each) if len(rows) else None
    return joined(targets_message(result), reached, _gamed(result, fdr), basis)


def _gamed(result: VisitFrequency, fdr: float) -> Message:
    """Say whether weeks are moved to the target; the test is told by whether it could be made at all."""
    tested = result.log.sellers["heaping_qvalue"].dropna()
    if tested.empty:
        return message("Whether weeks are moved to exactly the target cannot be tested: too few lie near it.")
    number = int((tested <= fdr).sum())
    return nmessage(
        "Weeks are moved to exactly the target, beyond chance, by {n} seller of {tested} who could be tested.",
        "Weeks are moved to exactly the target, beyond chance, by {n} sellers of {tested} who could be tested.",
        number,
        n=Count(number),
        tested=Count(len(tested)),
    )


def neglected(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer whether existing customers are left alone."""
    known = result.coverage
    if known is None or not known.tells:
        return unknown(found.get("VF-10"))
    values = {
        "alone": Count(int((~known.customers["contacted"]).sum())),
        "n": Count(len(known.customers)),
        "days": Count(CONTACT_DAYS),
        "left": told_share(known.left),
        "end": Day(result.context.end),
    }
    if not known.amounts:
        return message(
            "{alone} of {n} existing customers ({left}) had no recorded contact in the {days} days until {end}.",
            **values,
        )
    text = message(
        "{alone} of {n} existing customers, with {left} of the revenue, had no recorded contact in the {days} days "
        "until {end}.",
        **values,
    )
    if known.calls_all_year:
        return text
    return joined(text, message("Calls are not recorded over the whole year: some may have been called."))


def booked(result: VisitFrequency, found: Mapping[str, Finding]) -> Message:
    """Answer whether booking is rising."""
    known = result.bookings
    if known is None:
        return unknown(found.get("VF-11"))
    basis = message("Based on {n} bookings, {period}.", n=Count(int(known.rate.count)), period=period(known))
    if known.change is None:
        level = message("{rate} meetings are booked per normal week of one seller.", rate=rate(known.rate))
        return joined(unknown(found.get("VF-11")), level, basis)
    ratio, (now, before) = known.change, known.compared
    verdict = (
        message("Yes.")
        if ratio.low > 1
        else message("No, it falls.")
        if ratio.high < 1
        else message("No change beyond chance.")
    )
    change = message(
        "In the latest {weeks} weeks {now} meetings were booked per normal week of one seller, a year before {before}: "
        "{ratio} times.",
        weeks=Count(COMPARED_WEEKS),
        now=rate(now),
        before=rate(before),
        ratio=Number(ratio.estimate, ratio.low, ratio.high, decimals=2),
    )
    return joined(verdict, change, basis)


def hours(result: VisitFrequency, found: Mapping[str, Finding], *, contact_norm: float) -> Message:
    """Answer where the hours go."""
    contact = result.contact
    if contact is None:
        known = found.get("VF-08")
        return joined(unknown(known), None if known is None else known.condition)
    text = message(
        "{contact} of the working time is contact with customers; {norm} is usual.",
        contact=told_share(contact.share),
        norm=Share(contact_norm),
    )
    rest = None
    if result.capacity.time is not None:
        words = category_names()
        others = result.capacity.time[result.capacity.time["category"] != "contact"]
        each = Listed(
            message("{activity} {share}", activity=words[row.category], share=Share(row.share, row.low, row.high))
            for row in others.itertuples()
        )
        rest = message("The rest: {parts}.", parts=each)
    return guarded(result, contact.sellers, joined(text, rest, _diaries(result)))


def _diaries(result: VisitFrequency) -> Message:
    number = result.contact.sellers
    values = {"hours": Count(round(result.contact.minutes / 60)), "n": Count(number)}
    if result.hours is None or result.hours.start is None:
        return nmessage(
            "Based on {hours} hours in the diary of {n} seller.",
            "Based on {hours} hours in the diaries of {n} sellers.",
            number,
            **values,
        )
    return nmessage(
        "Based on {hours} hours in the diary of {n} seller, {start} to {end}.",
        "Based on {hours} hours in the diaries of {n} sellers, {start} to {end}.",
        number,
        start=Day(result.hours.start),
        end=Day(result.hours.end),
        **values,
    )
