"""What each respondent believes, beside what was logged, what took place and what is wanted."""

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.judgement_belief import ASK
from salesaudit.analyses.visit_frequency.tables import NOT_MEASURED
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Rate
from salesaudit.i18n import Message, message

MOST_ANSWERS = 12


def plot_belief(result: VisitFrequency) -> Figure | Missing:
    """Show what was logged, what took place, what is wanted and what each respondent believes, on one axis."""
    title = message("What does management believe about the number of visits?")
    if result.team is None:
        return Missing(title, [], NOT_MEASURED, result.context)
    if result.belief is None:
        return Missing(title, [n for n in ("beliefs.mode",) if n in result.absent], ASK, result.context)
    context, belief = result.context, result.belief
    rows = [(kind, label.text(context.loc), *numbers) for kind, label, *numbers in _rows(result)]
    frame = pd.DataFrame(rows, columns=["kind", "who", "visits", "low", "high"])
    colours = {"logged": charts.CONTEXT, "verified": charts.ACCENT, "target": charts.INK, "answer": charts.SECOND}
    if belief.verified is None:
        colours["logged"] = charts.ACCENT
    return Figure(
        "belief",
        charts.intervals(
            frame,
            label="who",
            value="visits",
            low="low",
            high="high",
            loc=context.loc,
            xlabel=message("visits per normal week").text(context.loc),
            band=_band(result),
            references=[(value, "") for value in frame.loc[frame["kind"] != "answer", "visits"]],
            colours=frame["kind"].map(colours).tolist(),
            zero=True,
        ),
        message(
            "{over} of {n} answers lie above what was measured",
            over=Count(belief.above),
            n=Count(len(belief.respondents)),
        ),
        _subtitle(result),
        _alt(result, frame[frame["kind"] == "answer"]),
        frame,
        context,
    )


def _rows(result: VisitFrequency) -> list[tuple[str, Message, float, float, float]]:
    """Return what was measured, the target, and the answers: kind, label, visits, and the ends of the line."""
    belief, logged = result.belief, result.belief.logged.rate
    rows = [("logged", message("Logged"), logged.estimate, logged.low, logged.high)]
    if belief.verified is not None:
        made = belief.verified.rate
        rows.append(("verified", message("Took place"), made.estimate, made.low, made.high))
    if result.target is not None:
        rows.append(("target", message("Target"), result.target.team, np.nan, np.nan))
    for number, answer in enumerate(belief.respondents.head(MOST_ANSWERS).itertuples(), start=1):
        role = answer.respondent_role if isinstance(answer.respondent_role, str) else ""
        name = (
            message("{role}, answer {n}", role=role, n=Count(number))
            if role
            else message("Answer {n}", n=Count(number))
        )
        rows.append(("answer", name, answer.mode, answer.low, answer.high))
    return rows


def _band(result: VisitFrequency) -> tuple[float, float, str] | None:
    """Return the interval of the rate that the answers are held against, with its name."""
    rate, loc = result.belief.held.rate, result.context.loc
    if not np.isfinite([rate.low, rate.high]).all():
        return None
    name = message("logged") if result.belief.verified is None else message("took place")
    return rate.low, rate.high, name.text(loc)


def _subtitle(result: VisitFrequency) -> Message:
    number = len(result.belief.respondents)
    if number <= MOST_ANSWERS:
        return message(
            "Visits per normal week of one seller; lines are the interval of the measurement and the range of each "
            "answer, {period}",
            period=result.counted.window,
        )
    return message(
        "Visits per normal week of one seller; lines are the interval of the measurement and the range of each "
        "answer; {n} of {all} answers, {period}",
        n=Count(MOST_ANSWERS),
        all=Count(number),
        period=result.counted.window,
    )


def _alt(result: VisitFrequency, answers: pd.DataFrame) -> Message:
    belief = result.belief
    logged, least, most = belief.logged.rate, answers["visits"].idxmin(), answers["visits"].idxmax()
    values = {
        "rate": Rate(logged.estimate, logged.low, logged.high),
        "believed": Rate(belief.believed.estimate),
        "lowest": answers.loc[least, "who"],
        "low": Rate(answers.loc[least, "visits"]),
        "highest": answers.loc[most, "who"],
        "high": Rate(answers.loc[most, "visits"]),
    }
    if belief.verified is None:
        return message(
            "{rate} visits per normal week were measured; the geometric mean of the answers is {believed}. Lowest: "
            "{lowest}, {low}; highest: {highest}, {high}.",
            **values,
        )
    made = belief.verified.rate
    return message(
        "{rate} visits per normal week were logged and {made} took place; the geometric mean of the answers is "
        "{believed}. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
        **values,
        made=Rate(made.estimate, made.low, made.high),
    )
