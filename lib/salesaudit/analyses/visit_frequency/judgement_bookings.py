"""What the bookings mean, in words and as a figure."""

from datetime import timedelta

import numpy as np

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.bookings import (
    AHEAD_DAYS,
    COMPARED_WEEKS,
    FEWEST_BOOKINGS,
    FEWEST_WEEKS,
    WINDOW,
    Bookings,
)
from salesaudit.analyses.visit_frequency.gaps import shortfall
from salesaudit.figure import Figure, Missing
from salesaudit.finding import Finding, Severity
from salesaudit.format import Count, Day, Number, Rate, Share, Week
from salesaudit.i18n import Message, message, nmessage

NEEDED = ("activities.type", "activities.date", "activities.seller_id")


def bookings_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge the latest bookings against those of the same weeks of the year before."""
    found = result.bookings
    common = {
        "code": "VF-11",
        "criterion": message(
            "Bookings at most {minor} below those of the same weeks a year before; above {major} is urgent.",
            minor=Share(minor),
            major=Share(major),
        ),
        "recommendation": message("Follow the number of meetings booked every week, seen from the same lead time."),
        "unit": message("bookings"),
        "see": "bookings",
    }
    if found is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Whether booking rises or falls is not known"),
            condition=message("Meetings booked are not recorded by the day on which they were booked."),
            n=0,
            needs=_collect(),
        )
    common["n"] = int(found.rate.count)
    if found.change is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("There is no year before to compare the bookings with"),
            condition=_condition(found),
            needs=message("Bookings back to {n} weeks before the period ends.", n=Count(COMPARED_WEEKS + 52)),
        )
    ratio = found.change
    first, second = found.compared
    se = float(np.hypot(first.se_log, second.se_log))
    df = min(first.df, second.df)
    colour = Severity(shortfall(-np.log(ratio.estimate), se, minor=minor, major=major, df=df).colour)
    gap = Share(abs(1 - ratio.estimate))
    titles = {
        Severity.RED: message("Fewer meetings are booked than a year before: {gap} less", gap=gap),
        Severity.YELLOW: message("Fewer meetings are booked than a year before: {gap} less", gap=gap),
        Severity.GREEN: message("More meetings are booked than a year before: {gap} more", gap=gap)
        if ratio.low > 1
        else message("About as many meetings are booked as a year before"),
        Severity.GREY: message("Too few bookings to say whether they rise or fall"),
    }
    return Finding(
        **common,
        severity=colour,
        title=titles[colour],
        condition=message(
            "In the latest {weeks} weeks {now} meetings were booked per normal week of one seller, in the same weeks "
            "of the year before {before}: {ratio} times as many. {record}",
            weeks=Count(COMPARED_WEEKS),
            now=Rate(first.estimate, first.low, first.high),
            before=Rate(second.estimate, second.low, second.high),
            ratio=Number(ratio.estimate, ratio.low, ratio.high, decimals=2),
            record=_record(found),
        ),
        needs=message("More weeks of bookings.") if colour is Severity.GREY else None,
    )


def _condition(found: Bookings) -> Message:
    return message(
        "{rate} meetings were booked per normal week of one seller, over {weeks} complete weeks. {record}",
        rate=Rate(found.rate.estimate, found.rate.low, found.rate.high),
        weeks=Count(len(found.weekly)),
        record=_record(found),
    )


def _record(found: Bookings) -> Message:
    """Say whether the latest weeks are a record, how often that is chance, and what is booked ahead."""
    values = {"window": Count(WINDOW), "often": Count(round(1 / found.best_chance))}
    text = (
        message(
            "The latest {window} weeks are the best of the period; a new best turns up by chance about every {often} "
            "weeks.",
            **values,
        )
        if found.best
        else message(
            "The latest {window} weeks are not the best of the period; a new best would turn up by chance about every "
            "{often} weeks.",
            **values,
        )
    )
    if found.season_removed:
        text = message("{record} The yearly cycle is taken out for this.", record=text)
    if found.ahead is None:
        return text
    ratio = found.ahead.ratio
    return message(
        "{record} For the next {days} days {now} visits are booked; on the same day last year it was {before}: {ratio} "
        "times as many now per normal week.",
        record=text,
        days=Count(AHEAD_DAYS),
        now=Count(found.ahead.now),
        before=Count(found.ahead.before),
        ratio=Number(ratio.estimate, ratio.low, ratio.high, decimals=2),
    )


def period(found: Bookings) -> Message:
    """Return the days over which bookings are recorded, as a phrase."""
    first, last = found.weekly["week"].iloc[[0, -1]]
    return message("{start} to {end}", start=Day(first.date()), end=Day((last + timedelta(days=6)).date()))


def _collect() -> Message:
    return message(
        "The meetings booked, by seller and the day of booking, over at least {weeks} weeks and {n} bookings.",
        weeks=Count(FEWEST_WEEKS),
        n=Count(FEWEST_BOOKINGS),
    )


def plot_bookings(result: VisitFrequency) -> Figure | Missing:
    """Show the meetings booked week by week with the limits of their usual range."""
    found = result.bookings
    if found is None:
        return Missing(
            message("Is booking rising?"), [n for n in NEEDED if n in result.absent], _collect(), result.context
        )
    context, limits = result.context, found.limits
    frame = found.weekly.assign(low=limits.low, high=limits.high)
    known = frame.dropna(subset=["rate"])
    outside = len(found.outside)
    return Figure(
        "bookings",
        charts.lines(
            frame,
            x="week",
            values={"rate": ""},
            low="low",
            high="high",
            loc=context.loc,
            ylabel=message("meetings booked per normal week").text(context.loc),
            references=[(limits.centre, message("mean").text(context.loc))],
            zero=True,
        ),
        nmessage(
            "{n} of {all} weeks of bookings lies outside the usual range",
            "{n} of {all} weeks of bookings lie outside the usual range",
            outside,
            n=Count(outside),
            all=Count(len(known)),
        )
        if outside
        else message("The number of meetings booked stays within its usual range"),
        message(
            "Meetings booked per normal week of one seller, by the day of booking; the band is the usual range of "
            "single weeks, from how much neighbouring weeks differ; {period}",
            period=period(found),
        ),
        message(
            "Mean {mean}, usual range {low} to {high}. Lowest: {low_week}, {worst}; highest: {high_week}, {best}.",
            mean=Rate(limits.centre),
            low=Rate(limits.low),
            high=Rate(limits.high),
            low_week=Week(known.loc[known["rate"].idxmin(), "week"]),
            worst=Rate(known["rate"].min()),
            high_week=Week(known.loc[known["rate"].idxmax(), "week"]),
            best=Rate(known["rate"].max()),
        ),
        frame.drop(columns=["low", "high"]),
        context,
    )
