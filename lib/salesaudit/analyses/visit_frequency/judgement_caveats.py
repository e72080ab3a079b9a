"""What stands beside the rate of all, in words."""

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.gaps import team_rate
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Day, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST

MANY = 0.10
"""Share of the visits on days off from which it is said wherever days are counted."""
SEVERAL = 0.01
"""Share of the activities that repeat others from which it is said."""


def few_finding(result: VisitFrequency) -> Finding | None:
    """Ask whether people who log next to no visits are expected to; None where there are none."""
    found = result.caveats.hardly_any
    if found is None:
        return None
    number, visits = len(found.sellers), result.counted.visits
    return Finding(
        "VF-04b",
        Severity.GREY,
        nmessage(
            "{n} person logs next to no visits: is that a field seller?",
            "{n} people log next to no visits: are they field sellers?",
            number,
            n=Count(number),
        ),
        message(
            "{n} of {all} sellers logged {visits} visits in {weeks} normal weeks. The others make {others} visits per "
            "normal week, all together {rate}. Whether these people are expected to visit customers is not known; "
            "they are compared with nobody.",
            n=Count(number),
            all=Count(number + found.others_number),
            visits=Count(found.visits),
            weeks=Number(found.weeks, decimals=0),
            others=Rate(found.others.estimate, found.others.low, found.others.high),
            rate=team_rate(result),
        ),
        message("Whoever is expected to visit customers counts in the rate, and nobody else."),
        message("Find out what these people do, and leave out of the rate whoever is not expected to visit."),
        n=number,
        unit=nmessage("seller", "sellers", number),
        see="sellers",
        needs=message("The role of each seller in the list of sellers (sellers.role)."),
        evidence=Evidence.of("visits", visits.loc[visits["seller_id"].isin(found.sellers), "visit_id"]),
        individual=min(number, found.others_number) < FEWEST,
    )


def beside_the_rate(result: VisitFrequency) -> list[Message]:
    """Return the sentences without which the rate of all would be misread."""
    return [said for said in (few_message(result), bulk_message(result)) if said is not None]


def with_beside(result: VisitFrequency, text: Message) -> Message:
    """Return a text about the rate with those sentences after it."""
    for said in beside_the_rate(result):
        text = message("{text} {more}", text=text, more=said)
    return text


def few_message(result: VisitFrequency) -> Message | None:
    """Say that the rate holds people who log next to nothing, where the edition may."""
    found = result.caveats.hardly_any
    if found is None:
        return None
    number, others = len(found.sellers), found.others_number
    if not result.context.individual and min(number, others) < FEWEST:
        return None
    return nmessage(
        "{n} of {all} sellers logs next to no visits; the others make {rate} per normal week.",
        "{n} of {all} sellers log next to no visits; the others make {rate} per normal week.",
        number,
        n=Count(number),
        all=Count(number + others),
        rate=Rate(found.others.estimate),
    )


def bulk_message(result: VisitFrequency) -> Message | None:
    """Say what the rate is without a day to which a great part of the visits is dated."""
    found = result.caveats.bulk_day
    if found is None:
        return None
    return message(
        "Without {day}, to which {n} of the visits are dated, the rate is {rate}.",
        day=Day(found.day),
        n=Count(found.visits),
        rate=Rate(found.rate.estimate),
    )


def repeats_message(result: VisitFrequency) -> Message | None:
    """Say that many activities are entered twice and more: their numbers may be too high."""
    repeated, rows = result.caveats.repeated, result.caveats.activities
    if not repeated or repeated < SEVERAL * rows:
        return None
    return message(
        "{n} of {rows} activities in the exports repeat an earlier one in all but the id; the numbers may be too high",
        n=Count(repeated),
        rows=Count(rows),
    )


def days_off_message(result: VisitFrequency) -> Message | None:
    """Say that many visits lie on days off: the calendar may be that of another country."""
    off = result.caveats.days_off
    if off.share < MANY:
        return None
    return message(
        "{share} of the visits lie on weekends and holidays: check the country of the sellers and the days of the "
        "visits.",
        share=Share(off.share),
    )


def on_working_days(result: VisitFrequency) -> Message | None:
    """Say on which share of the working days there is a visit, where visits on days off hide it."""
    off = result.caveats.days_off
    if off.share < MANY:
        return None
    return message(
        "{share} of the visits lie on weekends and holidays; of the working days {out} have a visit",
        share=Share(off.share),
        out=Share(off.out_share),
    )
