"""Figures of the purpose funnel."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.purpose_funnel.cohorts import FEWEST_IN_CELL, QUARTERS_SHOWN
from salesaudit.analyses.purpose_funnel.progress import FEWEST_ENTERED, FEWEST_FORWARD, FEWEST_PER_SELLER
from salesaudit.analyses.purpose_funnel.stuck import FEWEST_CUSTOMERS, FEWEST_WINS
from salesaudit.analyses.purpose_funnel.tables import in_order
from salesaudit.analyses.purpose_funnel.words import PURPOSE, PURPOSE_PHRASE, PURPOSE_SHORT, STEP, STEP_PHRASE
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Day, Listed, Loc, Share
from salesaudit.i18n import Message, message, nmessage

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

PRESENTATIONS_DRAWN = 12
TEAM = ""
"""Stands for all sellers together where a matrix has a row per seller."""
FDR = 0.10
"""False discovery rate at which a difference is marked in the matrix."""


def plot_purposes(result: "PurposeFunnel") -> Figure | Missing:
    """Show what the visits of each seller are for."""
    context = result.context
    if result.mix.empty:
        return Missing(
            message("What are visits for?"),
            ["visits.purpose_planned"],
            message("Visits in the period, with seller and purpose."),
            context,
        )
    mix = result.mix.loc[in_order(result, result.mix.index)].copy()
    mix["OTH"] += mix.pop("REP")
    names = {c: PURPOSE[c].text(context.loc) for c in mix.columns if mix[c].sum()}
    if "OTH" in names:
        names["OTH"] = message("Reporting and other").text(context.loc)
    shares = mix[list(names)].div(mix.sum(axis=1), axis=0).reset_index(drop=True)
    shares.insert(0, "seller", context.sellers(mix.index))
    totals = mix.sum()
    real = totals.drop("NONE")
    top = real.index[real == real.max()] if real.sum() else real.index[:0]
    share = Share(real.max() / totals.sum())
    if top.empty:
        title = message("No visit has a recorded purpose")
    elif len(top) == 1:
        title = message(
            "{purpose} is the most frequent purpose: {share} of all visits",
            purpose=PURPOSE[top[0]] if top[0] != "OTH" else message("Reporting and other"),
            share=share,
        )
    else:
        title = message(
            "The most frequent purposes are {purposes}, each {share} of all visits",
            purposes=Listed(
                tuple(message("reporting and other") if c == "OTH" else PURPOSE_PHRASE[c] for c in top),
            ),
            share=share,
        )
    missing = shares["NONE"] if "NONE" in shares else pd.Series(0.0, shares.index)
    return Figure(
        "purposes",
        charts.stacked_bars(
            shares,
            label="seller",
            values=names,
            loc=context.loc,
            kind="share",
            xlabel=message("share of visits").text(context.loc),
            quiet=("NONE",),
        ),
        title=title,
        subtitle=message(
            "Share of the visits of each seller by purpose, {n} visits of all channels, {period}",
            n=Count(int(totals.sum())),
            period=context.period,
        ),
        alt=message(
            "Stacked bars per seller. Without a recorded purpose: from {low} ({lowest}) to {high} ({highest}) of a "
            "seller's visits.",
            low=Share(float(missing.min())),
            lowest=shares.loc[missing.idxmin(), "seller"],
            high=Share(float(missing.max())),
            highest=shares.loc[missing.idxmax(), "seller"],
        ),
        data=shares,
        context=context,
        individual=True,
    )


def _steps_missing(result: "PurposeFunnel") -> Missing:
    return Missing(
        message("How often does a step lead to the next?"),
        ["visits.purpose_planned", "opportunities.closed_date"],
        message(
            "At least {n} episodes that entered the same step, {forward} of which went further.",
            n=Count(FEWEST_ENTERED),
            forward=Count(FEWEST_FORWARD),
        ),
        result.context,
    )


def plot_transitions(result: "PurposeFunnel") -> Figure | Missing:
    """Show the probability of the next step after each step."""
    context, loc = result.context, result.context.loc
    frame = result.steps[result.steps["enough"].astype(bool)].reset_index()
    if frame.empty:
        return _steps_missing(result)
    frame["step"] = [STEP[s].text(loc) for s in frame["state"]]
    frame["label"] = [
        message("{share}, n {n}", share=Share(row.estimate), n=Count(int(row.entered))).text(loc)
        for row in frame.itertuples()
    ]
    weakest, strongest = frame.loc[frame["estimate"].idxmin()], frame.loc[frame["estimate"].idxmax()]
    title = (
        message("The narrowest step: {step}", step=STEP_PHRASE[weakest["state"]])
        if _apart(frame, weakest)
        else message("How often each step leads to the next; no step is clearly the narrowest")
    )
    if len(frame) == 1:
        title = message("How often the step leads to the next one")
    columns = ["state", "entered", "forward", "lost", "inactive", "open", "horizon_days", "estimate", "low", "high"]
    return Figure(
        "steps",
        charts.bars(
            frame,
            label="step",
            value="estimate",
            low="low",
            high="high",
            text="label",
            loc=loc,
            kind="share",
            xlabel=message("share that goes further").text(loc),
        ),
        title=title,
        subtitle=_transitions_subtitle(result, frame["horizon_days"]),
        alt=message(
            "Bars with intervals. Lowest: {step}, {share}. Highest: {high_step}, {high}.",
            step=STEP_PHRASE[weakest["state"]],
            share=Share(weakest["estimate"], weakest["low"], weakest["high"]),
            high_step=STEP_PHRASE[strongest["state"]],
            high=Share(strongest["estimate"], strongest["low"], strongest["high"]),
        ),
        data=frame[["step", *columns]],
        context=context,
    )


def _transitions_subtitle(result: "PurposeFunnel", horizons: pd.Series) -> Message:
    low, high = int(horizons.min()), int(horizons.max())
    values = {"day": Day(result.context.as_of), "level": Share(result.confidence_level)}
    if low == high:
        return message(
            "Probability that any later step or the contract follows within {days} days; n episodes entered the step, "
            "all up to {day}; the line is the {level} interval",
            days=Count(low),
            **values,
        )
    return message(
        "Probability that any later step or the contract follows within {low} to {high} days, as the table says; n "
        "episodes entered the step, all up to {day}; the line is the {level} interval",
        low=Count(low),
        high=Count(high),
        **values,
    )


def _apart(frame: pd.DataFrame, weakest: pd.Series) -> bool:
    """Return whether the interval of the weakest step ends below those of all the others."""
    others = frame[frame["state"] != weakest["state"]]
    return bool(len(others)) and bool((weakest["high"] < others["low"]).all())


def plot_sellers(result: "PurposeFunnel") -> Figure | Missing:
    """Show the progress of each seller at each step beside the others."""
    context, loc = result.context, result.context.loc
    frame = result.comparison.frame
    if frame.empty or not (frame["entered"] >= FEWEST_PER_SELLER).any():
        return _steps_missing(result)
    order = in_order(result, pd.Index(frame["seller_id"].unique()))
    states = [s for s in STEP if (frame["state"] == s).any()]
    keys = {"index": "seller_id", "columns": "state"}
    table = frame.pivot_table(**keys, values="estimate").reindex(index=order, columns=states)
    entered = frame.pivot_table(**keys, values="entered").reindex(index=order, columns=states).fillna(0)
    flagged = frame.pivot_table(**keys, values="qvalue").reindex(index=order, columns=states) <= FDR
    notes = pd.DataFrame("", index=order, columns=states)
    for state in states:
        for seller in order:
            if entered.loc[seller, state] >= FEWEST_PER_SELLER:
                mark = " *" if bool(flagged.loc[seller, state]) else ""
                notes.loc[seller, state] = f"{loc.share(table.loc[seller, state])}{mark}"
    rows = context.sellers(order)
    heads = [PURPOSE_SHORT[s].text(loc) for s in states]
    shaped = [
        part.set_axis(rows, axis=0).set_axis(heads, axis=1) for part in (table, notes, entered < FEWEST_PER_SELLER)
    ]
    count = int(flagged.to_numpy(dtype=bool).sum())
    data = frame.assign(seller=context.sellers(frame["seller_id"])).sort_values(["seller", "state"])
    seen = frame[frame["entered"] >= FEWEST_PER_SELLER]
    low, high = seen.loc[seen["estimate"].idxmin()], seen.loc[seen["estimate"].idxmax()]
    return Figure(
        "seller_steps",
        charts.heatmap(shaped[0], loc=loc, notes=shaped[1], hatched=shaped[2], vmax=1),
        title=nmessage(
            "In {number} case a seller differs from the others at a step beyond chance",
            "In {number} cases a seller differs from the others at a step beyond chance",
            count,
            number=Count(count),
        )
        if count
        else message("At no step does a seller differ from the others beyond chance"),
        subtitle=message(
            "Share that reaches the next step within the step's days, adjusted for chance; {n} episodes of full age, "
            "counted at each step; * differs beyond chance; hatched: fewer than {few} episodes",
            n=Count(int(frame["entered"].sum())),
            few=Count(FEWEST_PER_SELLER),
        ),
        alt=message(
            "Matrix of sellers and steps. Lowest: {lowest}, {low_step}, {low}. Highest: {highest}, {high_step}, "
            "{high}.",
            lowest=context.seller(low["seller_id"]),
            low_step=STEP_PHRASE[low["state"]],
            low=Share(float(low["estimate"])),
            highest=context.seller(high["seller_id"]),
            high_step=STEP_PHRASE[high["state"]],
            high=Share(float(high["estimate"])),
        ),
        data=data[
            ["seller", "state", "entered", "reached", "raw", "estimate", "low", "high", "peers", "pvalue", "qvalue"]
        ],
        context=context,
        individual=True,
    )


def plot_cohorts(result: "PurposeFunnel") -> Figure | Missing:
    """Show by seller and quarter of the first visit how many got to a negotiation or a contract by the same age."""
    context, loc = result.context, result.context.loc
    frame = result.cohorts
    if not frame.loc[frame["shown"], "reached"].any():
        return Missing(
            message("Do newer episodes get as far as older ones did?"),
            ["visits.date", "visits.purpose_planned"],
            message(
                "A quarter with {n} episodes of one seller that are all at least {days} days old, and visits or "
                "contracts that show how far they got.",
                n=Count(FEWEST_IN_CELL),
                days=Count(result.cohort_age_days),
            ),
            context,
        )
    quarters = _quarters_to_show(frame)
    frame = frame[frame["quarter"].isin(quarters)]
    order = in_order(result, pd.Index(frame["seller_id"].unique()))
    team = _team_by_quarter(frame)
    frame = pd.concat([team, frame], ignore_index=True)
    order = [TEAM, *order]
    keys = {"index": "seller_id", "columns": "quarter"}
    table = frame.pivot_table(**keys, values="share").reindex(index=order, columns=quarters)
    shown = frame.assign(shown=frame["shown"].astype("float64")).pivot_table(**keys, values="shown")
    shown = shown.reindex(index=order, columns=quarters) == 1
    heads = [_quarter_head(q, loc, first=n == 0) for n, q in enumerate(quarters)]
    rows = [message("Team").text(loc), *context.sellers(order[1:])]
    labels = dict(zip(order, rows, strict=True))
    good, whole = frame[frame["shown"] & (frame["seller_id"] != TEAM)], team[team["shown"]]
    low, high = good.loc[good["share"].idxmin()], good.loc[good["share"].idxmax()]
    return Figure(
        "cohorts",
        charts.heatmap(
            table.set_axis(rows, axis=0).set_axis(heads, axis=1),
            loc=loc,
            hatched=(~shown).set_axis(rows, axis=0).set_axis(heads, axis=1),
            vmax=1,
        ),
        title=message(
            "Of {n} episodes of full age, {share} had reached a negotiation or a contract after {days} days",
            n=Count(int(whole["episodes"].sum())),
            share=Share(float(whole["reached"].sum() / whole["episodes"].sum())),
            days=Count(result.cohort_age_days),
        ),
        subtitle=message(
            "Share by quarter of the first sales visit, for the team and each seller; hatched: not every episode is "
            "{days} days old yet, or fewer than {few} episodes; single cells are uncertain",
            days=Count(result.cohort_age_days),
            few=Count(FEWEST_IN_CELL),
        ),
        alt=message(
            "Matrix of sellers and quarters. Lowest: {lowest}, {low_quarter}, {low}. Highest: {highest}, "
            "{high_quarter}, {high}.",
            lowest=context.seller(low["seller_id"]),
            low_quarter=loc.quarter(low["quarter"]),
            low=Share(float(low["share"])),
            highest=context.seller(high["seller_id"]),
            high_quarter=loc.quarter(high["quarter"]),
            high=Share(float(high["share"])),
        ),
        data=frame.assign(
            seller=frame["seller_id"].map(labels), row=frame["seller_id"].map({s: i for i, s in enumerate(order)})
        )
        .sort_values(["row", "quarter"])
        .drop(columns=["seller_id", "row"]),
        context=context,
        individual=True,
    )


def _quarter_head(quarter: pd.Timestamp, loc: Loc, *, first: bool) -> str:
    """Return a quarter as the head of a column; the year stands only below the first of each year."""
    head = loc.quarter(quarter, year=False)
    return f"{head}\n{quarter.year}" if first or quarter.quarter == 1 else head


def _quarters_to_show(frame: pd.DataFrame) -> list[pd.Timestamp]:
    """Return the latest quarters, of those with no cell to show only the oldest that is too young."""
    known = frame.groupby("quarter")["shown"].any()
    young = known.index[~known & (known.index > known.index[known].max())]
    return sorted([*known.index[known], *young[:1]])[-QUARTERS_SHOWN:]


def _team_by_quarter(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of all sellers together, one row per quarter."""
    team = frame.groupby("quarter", as_index=False).agg(
        episodes=("episodes", "sum"), reached=("reached", "sum"), complete=("complete", "all")
    )
    share, shown = team["reached"] / team["episodes"], team["complete"] & (team["episodes"] >= FEWEST_IN_CELL)
    return team.assign(seller_id=TEAM, share=share, shown=shown)[frame.columns]


def plot_stuck(result: "PurposeFunnel") -> Figure | Missing:
    """Show the chance that the next quote presentation brings the contract, by failures so far."""
    context, prior = result.context, result.prior
    if prior is None:
        return Missing(
            message("When is another quote presentation worth the time?"),
            ["visits.purpose_planned", "opportunities.closed_date"],
            message(
                "Quote presentations to at least {n} customers, with at least {wins} contracts after one.",
                n=Count(FEWEST_CUSTOMERS),
                wins=Count(FEWEST_WINS),
            ),
            context,
        )
    failed = np.arange(PRESENTATIONS_DRAWN + 1)
    low, high = np.quantile(
        prior.next_win_draws(failed), [(1 - result.confidence_level) / 2, (1 + result.confidence_level) / 2], axis=1
    )
    frame = pd.DataFrame({"failed": failed, "next_win": prior.next_win(failed), "low": low, "high": high})
    worth, label = _break_even(result)
    chance = frame.set_index("failed").loc[10]
    return Figure(
        "next_win",
        charts.lines(
            frame,
            x="failed",
            values={"next_win": ""},
            low="low",
            high="high",
            loc=context.loc,
            kind="share",
            ylabel=message("Chance that the next presentation brings a contract").text(context.loc),
            xlabel=message("Quote presentations without a contract so far").text(context.loc),
            references=[(worth, label)] if worth is not None and worth < 1 else (),
            zero=True,
        ),
        title=message(
            "After {n} quote presentations without a contract the next one is expected to succeed in {share} of cases",
            n=Count(10),
            share=Share(chance["next_win"]),
        ),
        subtitle=message(
            "Model fitted on {n} customers with {wins} contracts, presentations up to {day}; band: {level} interval",
            n=Count(prior.customers),
            wins=Count(prior.wins),
            day=Day(context.as_of),
            level=Share(result.confidence_level),
        ),
        alt=message(
            "Falling line from {first} at a new customer to {share} after {n} failures.",
            first=Share(float(frame["next_win"].iloc[0])),
            share=Share(chance["next_win"], chance["low"], chance["high"]),
            n=Count(10),
        ),
        data=frame,
        context=context,
    )


def _break_even(result: "PurposeFunnel") -> tuple[float | None, str]:
    """Return the chance at which a presentation just pays for the median contract."""
    money = result.money
    if not (money.gross_margin and money.hour_cost and money.hours_per_visit and len(result.won_amounts)):
        return None, ""
    stake = float(result.won_amounts.median()) * money.gross_margin
    if stake <= 0:
        return None, ""
    return money.hours_per_visit * money.hour_cost / stake, message("break-even").text(result.context.loc)
