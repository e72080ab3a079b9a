"""Weeks and sellers as figures."""

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.gaps import team_rate
from salesaudit.analyses.visit_frequency.judgement_caveats import bulk_message
from salesaudit.analyses.visit_frequency.tables import NOT_MEASURED
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Rate, Week
from salesaudit.i18n import Message, message

MOST_SELLERS = 30
"""With more sellers than this only those clear of the rate of all are drawn."""


def plot_weekly(result: VisitFrequency) -> Figure | Missing:
    """Show the team's visits per normal week, week by week."""
    if result.team is None:
        return Missing(message("How do the visits change from week to week?"), [], NOT_MEASURED, result.context)
    context, team = result.context, result.team
    frame = result.weekly.assign(low=team.low, high=team.high)
    known = frame.dropna(subset=["rate"])
    outside = int(((known["rate"] < team.low) | (known["rate"] > team.high)).sum())
    best, worst = known["rate"].max(), known["rate"].min()
    references = [(result.target.team, message("target").text(context.loc))] if result.target else []
    return Figure(
        "weekly",
        charts.lines(
            frame,
            x="week",
            values={"rate": ""},
            low="low",
            high="high",
            loc=context.loc,
            ylabel=message("visits per normal week").text(context.loc),
            references=references,
            zero=True,
        ),
        message(
            "From week to week the sellers make between {worst} and {best} visits", worst=Rate(worst), best=Rate(best)
        ),
        _weekly_subtitle(result),
        message(
            "The rate of the period is {rate}; {outside} of {n} weeks lie outside its interval. Lowest: {low_week}, "
            "{worst}; highest: {high_week}, {best}.",
            rate=team_rate(result),
            low_week=Week(known.loc[known["rate"].idxmin(), "week"]),
            worst=Rate(worst),
            high_week=Week(known.loc[known["rate"].idxmax(), "week"]),
            best=Rate(best),
            outside=Count(outside),
            n=Count(len(known)),
        ),
        frame.drop(columns=["low", "high"]),
        context,
    )


def _weekly_subtitle(result: VisitFrequency) -> Message:
    text = message(
        "Visits per normal week of one seller, {n} complete weeks; the band is the interval of the rate of the "
        "whole period, not of single weeks; weeks with hardly any working days are left open",
        n=Count(len(result.weekly)),
    )
    bulk = bulk_message(result)
    return text if bulk is None else message("{text}. {bulk}", text=text, bulk=bulk)


def plot_sellers(result: VisitFrequency) -> Figure | Missing:
    """Show each seller's rate as measured and adjusted for chance, in the order of the labels."""
    if result.team is None:
        return Missing(message("Which sellers differ?"), [], NOT_MEASURED, result.context)
    context, team, band = result.context, result.team, result.benchmark
    frame = result.sellers.dropna(subset=["fair"])
    apart = frame[(frame["fair_low"] > team.estimate) | (frame["fair_high"] < team.estimate)]
    drawn = frame if len(frame) <= MOST_SELLERS else apart.head(MOST_SELLERS)
    references = [(team.estimate, message("all").text(context.loc))]
    target = result.target
    if target is not None and abs(target.team / team.estimate - 1) > 0.15:
        references.append((target.team, message("target").text(context.loc)))
    data = drawn[["label", "count", "exposure", "estimate", "low", "high", "fair", "fair_low", "fair_high"]]
    data = data.rename(columns={"fair": "adjusted", "fair_low": "adjusted_low", "fair_high": "adjusted_high"})
    return Figure(
        "sellers",
        charts.intervals(
            drawn,
            label="label",
            value="fair",
            low="fair_low",
            high="fair_high",
            loc=context.loc,
            xlabel=message("visits per normal week").text(context.loc),
            references=references,
            band=(band.low, band.high, message("benchmark").text(context.loc)) if band else None,
            first=message("adjusted for chance").text(context.loc),
            second=("estimate", message("as measured").text(context.loc)),
            zero=True,
        ),
        _sellers_title(len(apart), len(frame)),
        message(
            "Visits per normal week; filled: adjusted for chance, with its interval; hollow: as measured; "
            "{n} of {all} sellers, {period}",
            n=Count(len(drawn)),
            all=Count(len(frame)),
            period=result.counted.window,
        ),
        message(
            "Dots with intervals per seller, visits per normal week. Lowest: {lowest}, {low}; highest: {highest}, "
            "{high}.",
            lowest=frame.loc[frame["fair"].idxmin(), "label"],
            low=Rate(frame["fair"].min()),
            highest=frame.loc[frame["fair"].idxmax(), "label"],
            high=Rate(frame["fair"].max()),
        ),
        data,
        context,
        individual=True,
    )


def _sellers_title(apart: int, sellers: int) -> Message:
    if not apart:
        return message("No seller's interval lies clear of the rate of all")
    return message(
        "{apart} of {sellers} sellers' intervals lie clear of the rate of all",
        apart=Count(apart),
        sellers=Count(sellers),
    )
