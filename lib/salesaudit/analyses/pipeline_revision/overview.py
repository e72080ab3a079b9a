"""The numbers to remember, and what the win rate and the probabilities say in words."""

import numpy as np

from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.calibration import FEWEST_CLOSED
from salesaudit.analyses.pipeline_revision.openings import CLEAN_RULES, RULES
from salesaudit.figure import Kpi, Kpis, Text
from salesaudit.format import Count, Days, Number, Share
from salesaudit.i18n import Message, message, nmessage


def key_figures(result: PipelineRevision) -> Kpis:
    """Return the three or four numbers to remember."""
    context, pipeline, worth = result.context, result.pipeline, result.value
    in_forecast = int(pipeline.opportunities["in_forecast"].sum())
    items = []
    if pipeline.has_amounts:
        items.append(
            Kpi(
                message("Open pipeline"),
                context.money(worth.open_amount),
                nmessage("{n} opportunity", "{n} opportunities", pipeline.n, n=Count(pipeline.n))
                if in_forecast == pipeline.n
                else message(
                    "{n} opportunities; the {m} in the forecast hold {amount}",
                    n=Count(pipeline.n),
                    m=Count(in_forecast),
                    amount=context.money(
                        float(pipeline.opportunities.loc[pipeline.opportunities["in_forecast"], "amount"].sum())
                    ),
                ),
            )
        )
    else:
        items.append(Kpi(message("Open opportunities"), Count(pipeline.n), message("none has an amount")))
    if pipeline.n and len(pipeline.untested) < len(RULES):
        items.append(
            Kpi(
                message("Share of value breaking a rule")
                if pipeline.has_amounts
                else message("Share of opportunities breaking a rule"),
                Share(pipeline.weighted_share("broken")),
                message(
                    "Opportunities: {n}; rules that could be tested: {tested} of {rules}",
                    n=Count(int(pipeline.opportunities["broken"].sum())),
                    tested=Count(len(set(CLEAN_RULES) - set(pipeline.untested))),
                    rules=Count(len(CLEAN_RULES)),
                ),
            )
        )
    index = result.calibration.by_value
    if result.calibration.enough and np.isfinite(index.estimate):
        items.append(
            Kpi(
                message("Promised over won"),
                Number(index.estimate, index.low, index.high),
                message("by value; 1 is right, above it too optimistic; {n} forecasts", n=Count(index.n))
                if result.calibration.has_amounts
                else message("1 is right, above it too optimistic; {n} forecasts", n=Count(index.n)),
            )
        )
    closed = result.win.closed
    if result.win.enough:
        items.append(
            Kpi(
                message("Won of the closed in the forecast") if result.win.omitted else message("Won of the closed"),
                Share(closed.estimate, closed.low, closed.high),
                message(
                    "{n} closed opportunities; {share} of all {all} closed",
                    n=Count(int(closed.n)),
                    share=Share(result.win.every_closed.estimate),
                    all=Count(int(result.win.every_closed.n)),
                )
                if result.win.omitted
                else nmessage(
                    "{n} closed opportunity", "{n} closed opportunities", int(closed.n), n=Count(int(closed.n))
                ),
            )
        )
    return Kpis(items, context)


def statements(result: PipelineRevision) -> Text:
    """Return what the stated probabilities and the win rate are worth, in sentences."""
    wins, every = _wins(result), result.win.every_closed
    if result.win.omitted and every.n > result.win.closed.n:
        wins = message(
            "Among the opportunities that the forecast includes: {wins} Of all {n} that closed, with those outside the "
            "forecast, {won} were won: {share}.",
            wins=wins,
            n=Count(int(every.n)),
            won=Count(round(every.estimate * every.n)),
            share=Share(every.estimate, every.low, every.high),
        )
    return Text([_probabilities(result), wins], result.context)


def _probabilities(result: PipelineRevision) -> Message:
    calibration = result.calibration
    number = len(calibration.forecasts.frame)
    n = Count(number)
    if calibration.forecasts.overwritten and not calibration.enough:
        return message(
            "Closing sets the stored probability to 100 or 0, so it says nothing about what was believed before. "
            "Monthly snapshots of the open opportunities would show it."
        )
    if not calibration.enough:
        return nmessage(
            "{n} closed opportunity has a forecast that can be judged; {least} are needed.",
            "{n} closed opportunities have a forecast that can be judged; {least} are needed.",
            number,
            n=n,
            least=Count(FEWEST_CLOSED),
        )
    slope = calibration.recalibration
    line = Number(slope.slope, slope.slope_low, slope.slope_high)
    if calibration.uninformative:
        return message(
            "The stated probability carries no information about the outcome, as far as these {n} forecasts can tell: "
            "opportunities with a high probability were won no more often than others (slope {slope}; 1 would be "
            "right, 0 means no connection).",
            n=n,
            slope=line,
        )
    if slope.slope_low > 0:
        return message(
            "A higher stated probability does mean a higher chance to win (slope {slope}; 1 would be right, 0 "
            "means no connection), over {n} forecasts.",
            n=n,
            slope=line,
        )
    return message(
        "Whether a higher stated probability means a higher chance to win is open (slope {slope}; 1 would be right, 0 "
        "means no connection), over {n} forecasts.",
        n=n,
        slope=line,
    )


def _wins(result: PipelineRevision) -> Message:
    win = result.win
    if not win.enough:
        return nmessage(
            "{n} opportunity has closed, too few for a win rate.",
            "{n} opportunities have closed, too few for a win rate.",
            win.won + win.lost,
            n=Count(win.won + win.lost),
        )
    closed = Share(win.closed.estimate, win.closed.low, win.closed.high)
    if win.opened is None:
        return message(
            "{closed} of the closed opportunities were won. How many of all that were opened are won cannot be said "
            "without the dates of opening and closing.",
            closed=closed,
        )
    opened = {
        "closed": closed,
        "opened": Share(win.opened.estimate, win.opened.low, win.opened.high),
        "days": Days(win.horizon_days),
        "open": Share(win.still_open),
    }
    if win.opened.high < win.closed.estimate:
        return message(
            "{closed} of the closed opportunities were won, but only {opened} of all that were opened are won within "
            "{days} days. The first figure leaves out the {waiting} still open and is too high for a forecast.",
            waiting=Count(win.open),
            **opened,
        )
    return message(
        "{closed} of the closed opportunities were won; of all that were opened {opened} are won within {days} days, "
        "and {open} are still open at that age.",
        **opened,
    )
