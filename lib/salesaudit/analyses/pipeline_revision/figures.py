"""Figures of the analysis; every title is chosen by the numbers it stands over."""

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.calibration import FEWEST_CLOSED, LEAD_DAYS
from salesaudit.analyses.pipeline_revision.closings import FDR
from salesaudit.analyses.pipeline_revision.openings import rule_label, rule_phrase
from salesaudit.analyses.pipeline_revision.scorecard import (
    AREAS,
    GREEN_FROM,
    RED_AREAS,
    YELLOW_FROM,
    area_colours,
    area_label,
)
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Day, Loc, Number, Share, interval_text
from salesaudit.i18n import Message, message, nmessage

ROWS_OF_MATRIX = 15


def plot_hygiene(result: PipelineRevision) -> Figure | Missing:
    """Draw the share of the open value that breaks each rule."""
    context, pipeline = result.context, result.pipeline
    loc = context.loc
    tested = pipeline.rules[pipeline.rules["tested"]].dropna(subset=["value_share"])
    if tested.empty:
        return Missing(
            message("Is the pipeline kept up to date?"),
            ("opportunities.last_activity_date", "opportunities.next_step_date", "opportunities.close_date_planned"),
            message("Last activity, next step and planned close date of every open opportunity."),
            context,
        )
    labels = [rule_label(r).text(loc) for r in tested["rule"]]
    words = [
        nmessage(
            "{share}, {n} opportunity", "{share}, {n} opportunities", int(n), share=Share(s), n=Count(int(n))
        ).text(loc)
        for s, n in zip(tested["value_share"], tested["count"], strict=True)
    ]
    frame = tested.assign(label=labels, words=words)
    return Figure(
        key="hygiene",
        draw=charts.bars(
            frame,
            label="label",
            value="value_share",
            text="words",
            loc=loc,
            kind="share",
            xlabel=_of_what(result).text(loc),
        ),
        title=_hygiene_title(result),
        subtitle=message(
            "Share of the open value that breaks each rule; one opportunity can break several; {n} open opportunities "
            "on {day}",
            n=Count(pipeline.n),
            day=Day(context.as_of),
        )
        if pipeline.has_amounts
        else message(
            "Share of the open opportunities that break each rule; {n} open on {day}",
            n=Count(pipeline.n),
            day=Day(context.as_of),
        ),
        alt=message(
            "Bars per rule. Longest: {rule}, {share}.",
            rule=rule_phrase(frame.loc[frame["value_share"].idxmax(), "rule"]),
            share=Share(frame["value_share"].max()),
        ),
        data=frame[["label", "count", "share", "value", "value_share"]],
        context=context,
    )


def _of_what(result: PipelineRevision) -> Message:
    if result.pipeline.has_amounts:
        return message("share of the open value")
    return message("share of the open opportunities")


def _hygiene_title(result: PipelineRevision) -> Message:
    share = result.pipeline.weighted_share("broken")
    if not share > 0:
        return message("No open opportunity breaks a rule that could be tested")
    if result.pipeline.has_amounts:
        return message("{share} of the open value breaks at least one rule", share=Share(share))
    return message("{share} of the open opportunities break at least one rule", share=Share(share))


def plot_calibration(result: PipelineRevision) -> Figure | Missing:
    """Draw the share won in each band of stated probability beside what was stated."""
    context, calibration = result.context, result.calibration
    loc = context.loc
    if not calibration.enough:
        return Missing(
            message("How often do the stated probabilities come true?"),
            ("opp_snapshots.probability", "opportunities.probability"),
            message(
                "The probability stated before closing for at least {n} closed opportunities, best from monthly "
                "snapshots.",
                n=Count(FEWEST_CLOSED),
            ),
            context,
        )
    bands = calibration.bands
    labels = [
        f"{_band(low, high, loc)} ({loc.number(n, decimals=0)})"
        for low, high, n in zip(bands["low_edge"], bands["high_edge"], bands["n"], strict=True)
    ]
    frame = bands.assign(label=labels)
    return Figure(
        key="calibration",
        draw=charts.intervals(
            frame,
            label="label",
            value="actual",
            low="low",
            high="high",
            loc=loc,
            kind="share",
            first=message("won").text(loc),
            second=("stated", message("as stated").text(loc)),
            xlabel=message("share of opportunities").text(loc),
            zero=True,
        ),
        title=_calibration_title(result),
        subtitle=_calibration_subtitle(result),
        alt=message(
            "Dots with intervals per band of stated probability. Lowest share won: {low}, stated {lowest}; highest: "
            "{high}, stated {highest}.",
            low=Share(frame["actual"].min()),
            lowest=Share(frame.loc[frame["actual"].idxmin(), "stated"]),
            high=Share(frame["actual"].max()),
            highest=Share(frame.loc[frame["actual"].idxmax(), "stated"]),
        ),
        data=frame[["label", "stated", "n", "won", "actual", "low", "high"]],
        context=context,
    )


def _band(low: float, high: float, loc: Loc) -> str:
    return loc.share(low) if low == high else interval_text(loc.number(100 * low, decimals=0), loc.share(high), loc)


def _calibration_title(result: PipelineRevision) -> Message:
    calibration = result.calibration
    if calibration.uninformative:
        return message("The stated probability says nothing about the outcome")
    index = calibration.by_count
    if not np.isfinite(index.estimate):
        return message("Nothing came of what was promised: none of the opportunities was won")
    number = Number(index.estimate, index.low, index.high)
    if index.low > 1:
        return message("Too optimistic: {number} promised for each one won", number=number)
    if index.high < 1:
        return message("Too cautious: {number} promised for each one won", number=number)
    return message("About as much is won as was promised: {number} for each one won", number=number)


def _calibration_subtitle(result: PipelineRevision) -> Message:
    found = result.calibration.forecasts
    n = Count(len(found.frame))
    if found.source == "snapshot":
        return message(
            "Share won, with interval, by the probability stated {low} to {high} days before the planned close (number "
            "of forecasts in brackets); {n} opportunities, one forecast each",
            low=Count(LEAD_DAYS[0]),
            high=Count(LEAD_DAYS[1]),
            n=n,
        )
    if np.isfinite(found.unchanged_share):
        return message(
            "Share won, with interval, by the probability stored on closed opportunities, which is hardly ever changed "
            "(number of forecasts in brackets); {n} opportunities",
            n=n,
        )
    return message(
        "Share won, with interval, by the probability stored on closed opportunities; when it was last changed is not "
        "known (number of forecasts in brackets); {n} opportunities",
        n=n,
    )


def plot_value(result: PipelineRevision) -> Figure | Missing:
    """Draw the open pipeline as reported and as it stands after each correction."""
    context, worth = result.context, result.value
    loc = context.loc
    steps = [
        (message("Weighted as reported"), worth.weighted, None),
        (message("Weighted, rules kept"), worth.clean_weighted, None),
        (message("Calibrated"), worth.calibrated.estimate, worth.calibrated),
        (
            message("Calibrated, rules kept"),
            worth.clean_calibrated.estimate,
            worth.clean_calibrated,
        ),
    ]
    if not np.isfinite(worth.weighted):
        steps = [
            (message("All open amounts"), worth.open_amount, None),
            (message("Rules kept"), worth.clean_amount, None),
        ]
    frame = pd.DataFrame(
        {
            "label": [label.text(loc) for label, _, _ in steps],
            "value": [v for _, v, _ in steps],
            "low": [np.nan if i is None else i.low for _, _, i in steps],
            "high": [np.nan if i is None else i.high for _, _, i in steps],
        }
    ).dropna(subset=["value"])
    if frame.empty:
        return Missing(
            message("What is the open pipeline worth?"),
            ("opportunities.amount",),
            message("The amount of every opportunity."),
            context,
        )
    frame["words"] = [context.money(v).text(loc) for v in frame["value"]]
    return Figure(
        key="value",
        draw=charts.bars(
            frame,
            label="label",
            value="value",
            low="low",
            high="high",
            text="words",
            loc=loc,
            kind="money",
            currency=context.currency,
        ),
        title=_value_title(result),
        subtitle=message(
            "Open opportunities on {day}; {n} in all, {without} with an amount have no probability and are left out; "
            "weighted means probability times amount; rules kept leaves out those that break a rule",
            day=Day(context.as_of),
            n=Count(result.pipeline.n),
            without=Count(worth.without_probability),
        )
        if np.isfinite(worth.weighted) and worth.without_probability
        else message(
            "Open opportunities on {day}; {n} in all; weighted means probability times amount; rules kept leaves out "
            "those that break a rule",
            day=Day(context.as_of),
            n=Count(result.pipeline.n),
        )
        if np.isfinite(worth.weighted)
        else message(
            "Open opportunities on {day}; {n} in all; rules kept leaves out those that break one",
            day=Day(context.as_of),
            n=Count(result.pipeline.n),
        ),
        alt=message(
            "Bars. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=frame.loc[frame["value"].idxmin(), "label"],
            low=context.money(frame["value"].min()),
            highest=frame.loc[frame["value"].idxmax(), "label"],
            high=context.money(frame["value"].max()),
        ),
        data=frame[["label", "value", "low", "high"]],
        context=context,
    )


def _value_title(result: PipelineRevision) -> Message:
    worth, context = result.value, result.context
    if np.isfinite(worth.calibrated.estimate):
        values = {
            "reported": context.money(worth.weighted),
            "calibrated": context.money(worth.calibrated.estimate, worth.calibrated.low, worth.calibrated.high),
        }
        if not worth.without_probability:
            return message(
                "Reported as {reported}, the open pipeline is worth {calibrated} when probabilities are set right",
                **values,
            )
        rows = result.pipeline.opportunities
        weighed = rows["probability"].notna() & (rows["amount"] > 0)
        if weighed.equals(rows["in_forecast"]):
            return nmessage(
                "Reported as {reported}, the {n} in the forecast is worth {calibrated} when probabilities are set "
                "right",
                "Reported as {reported}, the {n} in the forecast are worth {calibrated} when probabilities are set "
                "right",
                int(weighed.sum()),
                n=Count(int(weighed.sum())),
                **values,
            )
        return nmessage(
            "Reported as {reported}, the {n} open with a stated probability is worth {calibrated} when probabilities "
            "are set right",
            "Reported as {reported}, the {n} open with a stated probability are worth {calibrated} when probabilities "
            "are set right",
            int(weighed.sum()),
            n=Count(int(weighed.sum())),
            **values,
        )
    if np.isfinite(worth.weighted):
        return message(
            "Of the {reported} reported, {clean} breaks no rule",
            reported=context.money(worth.weighted),
            clean=context.money(worth.clean_weighted),
        )
    return message(
        "Of {all} open, {clean} breaks no rule",
        all=context.money(worth.open_amount),
        clean=context.money(worth.clean_amount),
    )


def plot_win_rate(result: PipelineRevision) -> Figure | Missing:
    """Draw each seller's share won of the closed, sellers in the order of their labels."""
    context, win = result.context, result.win
    if win.sellers.empty:
        return Missing(
            message("How often does each seller win?"),
            ("opportunities.status",),
            message("Closed opportunities, won and lost."),
            context,
        )
    frame = win.sellers.assign(label=context.sellers(win.sellers["seller_id"])).sort_values("label", ignore_index=True)
    apart = frame["qvalue"] <= FDR
    loc = context.loc
    return Figure(
        key="win-rate",
        draw=charts.intervals(
            frame,
            label="label",
            value="estimate",
            low="low",
            high="high",
            loc=loc,
            kind="share",
            first=message("adjusted for chance").text(loc),
            second=("raw", message("as counted").text(loc)),
            xlabel=message("share won of the closed").text(loc),
            references=[(win.closed.estimate, message("all").text(loc))],
        ),
        title=message("One seller, {share} won of the closed", share=Share(frame["raw"].iloc[0]))
        if len(frame) == 1
        else message(
            "{n} of {sellers} sellers win more or less often than the others by more than chance",
            n=Count(int(apart.sum())),
            sellers=Count(len(frame)),
        )
        if apart.any()
        else message("No seller's share of wins differs from the others by more than chance"),
        subtitle=message(
            "Won of the closed, adjusted for chance, with interval; {n} closed opportunities that the forecast "
            "includes",
            n=Count(int(frame["closed"].sum())),
        )
        if win.omitted
        else message(
            "Won of the closed, adjusted for chance, with interval; {n} closed opportunities",
            n=Count(int(frame["closed"].sum())),
        ),
        alt=message(
            "Dots with intervals per seller. Lowest: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=frame.loc[frame["estimate"].idxmin(), "label"],
            low=Share(frame["estimate"].min()),
            highest=frame.loc[frame["estimate"].idxmax(), "label"],
            high=Share(frame["estimate"].max()),
        ),
        data=frame[["label", "closed", "won", "raw", "estimate", "low", "high", "qvalue"]],
        context=context,
        individual=True,
    )


def plot_scores(result: PipelineRevision) -> Figure | Missing:
    """Draw the five areas of the scored deals or customers with most value at risk."""
    context, scored = result.context, result.scores
    if scored is None:
        return Missing(
            message("How healthy are deals and relations?"),
            ("scorecard.score",),
            message("Score sheets for the open opportunities, {areas} areas each.", areas=Count(len(AREAS))),
            context,
        )
    loc = context.loc
    shown = scored.frame.head(ROWS_OF_MATRIX)
    points = shown[list(AREAS)].astype(float)
    labels = [message("Overall").text(loc), *(area_label(a).text(loc) for a in AREAS)]
    table = points.assign(total=shown["total"])[["total", *AREAS]].set_axis(labels, axis=1)
    colours = area_colours(points).assign(total=shown["colour"])[["total", *AREAS]].set_axis(labels, axis=1)
    table.index = shown["name"].tolist()
    tally, known = scored.frame["colour"].value_counts(), shown["total"].notna().any()
    return Figure(
        key="scores",
        draw=charts.severity_matrix(table, colours, loc=loc),
        title=message(
            "{red} of {n} scored are red, {yellow} yellow, {green} green",
            red=Count(int(tally.get("red", 0))),
            n=Count(int(tally.drop("grey", errors="ignore").sum())),
            yellow=Count(int(tally.get("yellow", 0))),
            green=Count(int(tally.get("green", 0))),
        ),
        subtitle=message(
            "Points of 100 in {areas} areas; the {n} with most value at risk, largest first. An area is red below "
            "{red}, green from {green}. Overall red: stakeholders or process red, any {several} areas red, or fewer "
            "than {red} points on average; overall green: from {green} points with no red area",
            areas=Count(len(AREAS)),
            several=Count(RED_AREAS),
            n=Count(len(shown)),
            red=Number(YELLOW_FROM, decimals=0),
            green=Number(GREEN_FROM, decimals=0),
        ),
        alt=message(
            "Matrix of points. Lowest overall: {lowest}, {low}; highest: {highest}, {high}.",
            lowest=shown.loc[shown["total"].idxmin(), "name"] if known else "–",
            low=Number(shown["total"].min(), decimals=0),
            highest=shown.loc[shown["total"].idxmax(), "name"] if known else "–",
            high=Number(shown["total"].max(), decimals=0),
        ),
        data=shown[["name", *AREAS, "total", "colour", "value", "at_risk"]],
        context=context,
    )
