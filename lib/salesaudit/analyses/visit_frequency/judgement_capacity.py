"""What the hours allow, in words and as tables."""

import numpy as np

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.capacity import FEWEST_DIARIES
from salesaudit.analyses.visit_frequency.effects import about, priced, wants_a_price
from salesaudit.analyses.visit_frequency.gaps import team_rate
from salesaudit.figure import Col, Missing, Table
from salesaudit.finding import Finding, Severity
from salesaudit.format import Count, Money, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import classify


def capacity_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge the visits made against the visits that the hours hold."""
    held = result.capacity
    common = {
        "code": "VF-12",
        "criterion": message(
            "At most {minor} of the visits that the hours hold may stay unmade; above {major} is urgent. A full week "
            "is no aim in itself: what the visits reach counts.",
            minor=Share(minor),
            major=Share(major),
        ),
        "recommendation": message(
            "Find out where the hours go that are not used for visits, and build the support functions that are "
            "missing."
        ),
        "unit": nmessage("diary of a seller", "diaries of sellers", held.sellers),
        "n": held.sellers,
        "see": "time_use",
        "individual": bool(0 < held.sellers < FEWEST),
    }
    if not held.unused.size:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("How many visits are possible cannot be said"),
            condition=_roughly(result),
            needs=_needs(result),
        )
    colour = Severity(classify(held.unused, minor=minor, major=major).colour)
    gap = float(np.median(held.unused))
    titles = {
        Severity.RED: message("{gap} of the visits that the hours hold are not made", gap=Share(gap)),
        Severity.YELLOW: message("{gap} of the visits that the hours hold are not made", gap=Share(gap)),
        Severity.GREEN: message("The sellers make about as many visits as their hours hold")
        if gap < minor
        else message("The sellers make not much fewer visits than their hours hold"),
        Severity.GREY: message("Too few diaries to say how many visits are possible"),
    }
    effect = _unused(result) if colour in (Severity.RED, Severity.YELLOW) else None
    return Finding(
        **common,
        severity=colour,
        title=titles[colour],
        condition=message(
            "{share} of {hours} working hours a week are left for visits with travel and preparation. At {length} "
            "hours a visit that holds {possible} visits per normal week; {rate} are made.",
            share=Share(held.available.estimate, held.available.low, held.available.high),
            hours=week_hours(held.contract_hours),
            length=Rate(held.visit_hours),
            possible=Rate(held.possible.p50, held.possible.p10, held.possible.p90),
            rate=team_rate(result),
        ),
        effect=effect,
        effect_of=message("margin a year, if a part of these visits were made; a full week is no aim in itself")
        if isinstance(effect, Money)
        else None,
        needs=message("Diaries of more sellers, and the hours of a visit measured in some weeks.")
        if colour is Severity.GREY
        else None,
    )


def _unused(result: VisitFrequency) -> Money | Message | None:
    """Return what the visits that the hours hold and that are not made would be worth, or their number."""
    if (money := priced(result, "VF-12")) is not None:
        return money
    if result.worth is None or not result.worth.unused.size:
        return None
    number = about(result.worth.unused)
    return wants_a_price(
        result,
        "VF-12",
        message("About {visits} visits a year that the hours hold and that are not made", visits=number),
    )


def week_hours(hours: float) -> Number:
    """Return the hours of a week, with a decimal only where there is one."""
    return Number(hours, decimals=0 if float(hours).is_integer() else 1)


def _roughly(result: VisitFrequency) -> Message:
    held = result.capacity
    measured = result.team is not None
    if not np.isfinite(held.visit_hours):
        if not measured:
            return message("No number of visits per normal week could be measured.")
        return message("{rate} visits per normal week were measured.", rate=team_rate(result))
    if not measured:
        return message(
            "At {length} hours a visit with travel and preparation, {hours} working hours hold at most {most} visits, "
            "and nothing else would be done.",
            length=Rate(held.visit_hours),
            hours=week_hours(held.contract_hours),
            most=Rate(held.contract_hours / held.visit_hours),
        )
    return message(
        "{rate} visits per normal week were measured. At {length} hours a visit with travel and preparation, {hours} "
        "working hours hold at most {most}, and nothing else would be done.",
        rate=team_rate(result),
        length=Rate(held.visit_hours),
        hours=week_hours(held.contract_hours),
        most=Rate(held.contract_hours / held.visit_hours),
    )


def _needs(result: VisitFrequency) -> Message:
    diary = message(
        "A time diary of at least {n} sellers over one or two weeks (table time_use).", n=Count(FEWEST_DIARIES)
    )
    hours = message("The hours of one visit with travel and preparation (hours_per_visit in client.toml).")
    held = result.capacity
    if held.sellers < FEWEST_DIARIES:
        return diary if np.isfinite(held.visit_hours) else message("{diary} {hours}", diary=diary, hours=hours)
    return hours if not np.isfinite(held.visit_hours) else message("More complete weeks of visits.")


def table_time(result: VisitFrequency) -> Table | Missing:
    """Return where the working time goes, by category."""
    held = result.capacity
    if held.time is None:
        return Missing(
            message("Where do the hours go?"),
            [n for n in ("time_use.minutes",) if n in result.absent],
            _needs(result),
            result.context,
        )
    words, loc = category_names(), result.context.loc
    return Table(
        "time_use",
        message("Where the working time goes"),
        held.time.assign(name=[words[c].text(loc) for c in held.time["category"]]),
        [
            Col("name", message("Time for")),
            Col("share", message("Share of the time"), "share", low="low", high="high", sellers="sellers"),
            Col("hours", message("Hours a week"), "rate", sellers="sellers"),
            Col("sellers", message("Sellers"), "count", sellers="sellers"),
        ],
        result.context,
        subtitle=nmessage(
            "Diary of {n} seller, of {hours} working hours a week",
            "Diaries of {n} sellers, of {hours} working hours a week",
            held.sellers,
            n=Count(held.sellers),
            hours=week_hours(held.contract_hours),
        ),
    )


def category_names() -> dict[str, Message]:
    """Return the words of the categories of time."""
    return {
        "contact": message("Contact with customers"),
        "travel": message("Travel"),
        "preparation": message("Preparation and quotes"),
        "admin": message("Administration"),
        "internal": message("Internal meetings"),
        "other": message("Other"),
    }


def table_support(result: VisitFrequency) -> Table | Missing:
    """Return what each support function that is missing costs."""
    held, loc = result.capacity, result.context.loc
    if held.support is None:
        return Missing(
            message("Which support functions are missing, and what does that cost?"),
            [n for n in ("support_functions.exists",) if n in result.absent],
            message(
                "Which support functions exist (price list, quote template, route planning), and the minutes a visit "
                "that each saves (table support_functions)."
            ),
            result.context,
        )
    states = {"no": message("No"), "part": message("Partly")}
    together = message("All together").text(loc)
    frame = held.support.assign(
        function=held.support["function"].where(held.support["exists"] != "", together),
        state=[states[e].text(loc) if e else "" for e in held.support["exists"]],
    )
    columns = [
        Col("function", message("Support function")),
        Col("state", message("Is it there?")),
        Col("minutes", message("Minutes a visit"), "number"),
        Col("hours", message("Hours a week and seller"), "rate"),
    ]
    if frame["cost_amount"].notna().any():
        columns.append(
            Col(
                "cost_amount",
                message("Cost of these hours a year, {currency}", currency=result.context.currency),
                "money",
            )
        )
    if frame["gain"].notna().any():
        columns.append(Col("gain", message("More visits a week"), "rate", low="gain_low", high="gain_high"))
    several = len(frame) > 1
    number = len(frame) - several
    return Table(
        "support",
        nmessage(
            "{n} of {all} support functions is missing or only partly there",
            "{n} of {all} support functions are missing or only partly there",
            number,
            n=Count(number),
            all=Count(held.functions),
        ),
        frame,
        columns,
        result.context,
        subtitle=message(
            "Minutes as the client says, half of them where the function is partly there; more visits in the same "
            "hours, of which a part is realised, one to nine cases of ten; per normal week of one seller"
        ),
        total=several,
    )
