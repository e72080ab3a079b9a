"""Key figures and tables of the purpose funnel."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit.analyses.purpose_funnel.episodes import FORWARD
from salesaudit.analyses.purpose_funnel.progress import FEWEST_ENTERED
from salesaudit.analyses.purpose_funnel.stuck import MERGE_DAYS
from salesaudit.analyses.purpose_funnel.words import ADVICE, PURPOSE, STEP
from salesaudit.calendar import WORKING_DAYS
from salesaudit.figure import Col, Kpi, Kpis, Table
from salesaudit.format import Count, Day, Share
from salesaudit.i18n import message
from salesaudit.stats import wilson

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

LISTED_FROM = 3
"""Customers with fewer quote presentations since their last contract are not listed."""


def in_order(result: "PurposeFunnel", sellers: pd.Index) -> list[str]:
    """Return seller ids in the order of their labels."""
    return sorted(sellers, key=result.context.seller)


def key_figures(result: "PurposeFunnel") -> Kpis:
    """Return how many purposes are recorded, two probabilities of progress, and the number of stuck customers."""
    k, n = result.recorded.total - result.recorded.hits, result.recorded.total
    recorded = wilson(k, n, confidence_level=result.confidence_level)
    contract = result.contract.at(result.contract_days, FORWARD)
    items = [
        Kpi(
            message("Visits with a purpose"),
            Share(recorded.estimate, recorded.low, recorded.high),
            message("of {n} visits of all channels in the period", n=Count(n)),
        ),
        Kpi(
            message("From first sales visit to contract"),
            Share(contract.estimate, contract.low, contract.high),
            message("within {days} days", days=Count(int(result.contract_days)))
            if np.isfinite(result.contract_days)
            else message("no contract seen"),
        ),
    ]
    if "QUO" in result.steps.index and result.steps.loc["QUO", "enough"]:
        step = result.steps.loc["QUO"]
        items.append(
            Kpi(
                message("From quote presentation to the next step"),
                Share(step["estimate"], step["low"], step["high"]),
                message("within {days} days", days=Count(int(step["horizon_days"]))),
            )
        )
    stuck = int((result.stuck["presented"] >= result.stuck_after).sum())
    items.append(
        Kpi(
            message("Stuck customers"),
            Count(stuck),
            message("{n} or more quote presentations, no contract since", n=Count(result.stuck_after)),
        )
    )
    return Kpis(items, result.context)


def table_purposes(result: "PurposeFunnel") -> Table:
    """List how often each purpose occurs, its target, and how often it is reached."""
    context = result.context
    frame = result.purposes.reset_index()
    reached = _reached_by_purpose(result)
    frame = frame.merge(reached, on="purpose", how="left")
    frame["name"] = [PURPOSE[p].text(context.loc) for p in frame["purpose"]]
    return Table(
        "purpose_table",
        message("Purposes: how often, against target, and how often reached"),
        frame,
        [
            Col("name", message("Purpose")),
            Col("visits", message("Visits"), "count"),
            Col("share", message("Share of recorded"), "share"),
            Col("rate", message("Per seller and normal week"), "rate", low="low", high="high"),
            Col("target", message("Target"), "rate", sellers="sellers_with_target"),
            Col(
                "attainment",
                message("Of target"),
                "share",
                low="attainment_low",
                high="attainment_high",
                sellers="sellers_with_target",
            ),
            Col("reached", message("Reached"), "share", low="reached_low", high="reached_high"),
        ],
        context,
        subtitle=message(
            "{period}; a normal week has {days} working days; the rate counts visits of sellers in the seller table; "
            "targets are the mean over the sellers who have one",
            period=context.period,
            days=Count(WORKING_DAYS),
        ),
    )


def _reached_by_purpose(result: "PurposeFunnel") -> pd.DataFrame:
    columns = ["purpose", "reached", "reached_low", "reached_high"]
    if result.achieved is None:
        return pd.DataFrame({c: pd.Series(dtype="str" if c == "purpose" else "float64") for c in columns})
    known = result.visits.dropna(subset=["purpose_achieved", "purpose_planned"])
    counts = (known["purpose_achieved"] == "yes").groupby(known["purpose_planned"]).agg(["sum", "size"])
    rows = []
    for purpose, (k, n) in counts.iterrows():
        interval = wilson(k, n, confidence_level=result.confidence_level)
        rows.append((purpose, interval.estimate, interval.low, interval.high))
    return pd.DataFrame(rows, columns=columns)


def table_sellers(result: "PurposeFunnel") -> Table:
    """List each seller's visits by purpose, missing purposes, purposes reached, and contracts against expectation."""
    context = result.context
    frame = result.mix.copy()
    frame["visits"] = frame.sum(axis=1)
    recorded = result.recorded.frame
    frame = frame.join(recorded[["raw", "estimate", "low", "high"]].add_prefix("missing_"))
    if result.achieved is not None:
        frame = frame.join(result.achieved.frame[["estimate", "low", "high"]].add_prefix("reached_"))
    index = result.index[["episodes", "contracts", "expected", "index", "low", "high"]].add_prefix("progress_")
    frame = frame.join(index)
    frame = frame.loc[in_order(result, frame.index)]
    frame.insert(0, "seller", context.sellers(frame.index))
    present = [p for p in PURPOSE if p != "NONE" and frame[p].sum()]
    columns = [Col("seller", message("Seller"), "seller"), *(Col(p, PURPOSE[p], "count") for p in present)]
    columns.append(
        Col(
            "missing_estimate",
            message("Not recorded, adjusted for chance"),
            "share",
            low="missing_low",
            high="missing_high",
        )
    )
    if result.achieved is not None:
        columns.append(
            Col(
                "reached_estimate",
                message("Reached, adjusted for chance"),
                "share",
                low="reached_low",
                high="reached_high",
            )
        )
    columns.append(
        Col("progress_index", message("Contracts over expected"), "number", low="progress_low", high="progress_high")
    )
    return Table(
        "sellers",
        message("Purposes by seller"),
        frame.reset_index(drop=True),
        columns,
        context,
        subtitle=message(
            "Visits of all channels, {period}. Adjusted for chance: moved towards the team's share, the more the "
            "fewer visits. Contracts over expected: all episodes up to {day}, expected from the team's progress at the "
            "age of each episode",
            period=context.period,
            day=Day(context.as_of),
        ),
        individual=True,
    )


def table_transitions(result: "PurposeFunnel") -> Table:
    """List how many entered each step, what became of them, and how long it took."""
    context = result.context
    frame = result.steps.reset_index()
    frame["step"] = [STEP[s].text(context.loc) for s in frame["state"]]
    return Table(
        "transitions",
        message("From step to step"),
        frame,
        [
            Col("step", message("Step")),
            Col("entered", message("Episodes"), "count"),
            Col("forward", message("Went further"), "count"),
            Col("lost", message("Lost"), "count"),
            Col("inactive", message("Silent, taken as lost"), "count"),
            Col("open", message("Still open"), "count"),
            Col("horizon_days", message("Horizon, days"), "days"),
            Col("estimate", message("Probability"), "share", low="low", high="high"),
            Col("ultimate", message("In the end"), "share", low="ultimate_low", high="ultimate_high"),
            Col("median_days", message("Median days"), "days", low="median_low", high="median_high"),
        ],
        context,
        subtitle=message(
            "All episodes up to {day}; with fewer than {n} episodes only counts are given; the median days end with "
            "the next step or the loss",
            day=Day(context.as_of),
            n=Count(FEWEST_ENTERED),
        ),
    )


def _to_drop_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Put first the customers visited in the last year where the next visit does not pay, then last attempts."""
    rank = frame["advice"].map({"drop": 0, "last": 1}).where(frame["last_year"] > 0).fillna(2)
    return frame.assign(rank=rank).sort_values("rank", kind="stable", ignore_index=True).drop(columns="rank")


def table_stuck(result: "PurposeFunnel") -> Table:
    """List the customers with quote presentations since their last contract, those to drop first."""
    context = result.context
    frame = _to_drop_first(result.stuck[result.stuck["presented"] >= min(LISTED_FROM, result.stuck_after)])
    frame = frame.assign(advice_text=[ADVICE[a].text(context.loc) if a in ADVICE else None for a in frame["advice"]])
    columns = [
        Col("customer", message("Customer")),
        Col("presented", message("Presented, no contract"), "count"),
        Col("undecided", message("Of these undecided"), "count"),
        Col("last_date", message("Last"), "date"),
    ]
    if result.prior is not None:
        columns.append(Col("next_win", message("Chance at next"), "share", low="next_low", high="next_high"))
    else:
        columns.append(Col("upper", message("Chance at most, from its own failures"), "share"))
    if frame["expected_value"].notna().any():
        columns += [
            Col("expected_value", message("Next is worth"), "money"),
            Col("advice_text", message("Advice")),
        ]
    return Table(
        "stuck_table",
        message("Customers by quote presentations since their last contract"),
        frame,
        columns,
        context,
        subtitle=message(
            "Those where the next one does not pay come first, then by number. Presentations of one opportunity within "
            "{days} days of the first count once; customers with at least {n}. The chance counts all presentations "
            "ever made to the customer, won and failed, not those undecided; amounts in {currency}",
            days=Count(MERGE_DAYS),
            n=Count(min(LISTED_FROM, result.stuck_after)),
            currency=context.currency,
        ),
        rows_shown=12,
    )
