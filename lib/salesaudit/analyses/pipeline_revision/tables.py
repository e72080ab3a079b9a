"""Tables of the analysis."""

import pandas as pd

from salesaudit.analyses.pipeline_revision.analysis import RED_FROM, PipelineRevision
from salesaudit.analyses.pipeline_revision.openings import (
    field_phrase,
    rule_label,
)
from salesaudit.figure import Col, Missing, Table
from salesaudit.format import Count, Day, Number
from salesaudit.i18n import Message, message, nmessage


def table_hygiene(result: PipelineRevision) -> Table:
    """Return rules and required fields with count and value."""
    loc, currency = result.context.loc, result.context.currency
    rules = result.pipeline.rules.assign(label=[rule_label(r).text(loc) for r in result.pipeline.rules["rule"]])
    rules["state"] = _state(result, rules["why_not"])
    fields = result.pipeline.fields
    lacking = pd.DataFrame(
        {
            "label": [message("Missing: {field}", field=field_phrase(f)).text(loc) for f in fields["field"]],
            "state": _state(result, fields["exported"].map({True: "", False: "missing"})),
            "count": fields["missing"],
            "value_share": fields["value_share"],
        }
    )
    columns = [
        Col("label", message("Rule or field")),
        Col("state", message("Tested")),
        Col("count", message("Opportunities"), "count"),
        Col("value", message("Amount, {currency}", currency=currency), "money"),
        Col(
            "value_share",
            message("Share of open value") if result.pipeline.has_amounts else message("Share of open opportunities"),
            "share",
            bar=True,
        ),
        Col("tolerated", message("Tolerated"), "share"),
    ]
    frame = pd.concat([rules, lacking], ignore_index=True)
    columns = [c for c in columns if frame[c.name].notna().any()]
    return Table(
        "hygiene-table",
        message("What is wrong with the open entries"),
        frame[[c.name for c in columns]],
        columns,
        result.context,
        subtitle=message(
            "{n} open opportunities on {day}; required fields only where the forecast includes them",
            n=Count(result.pipeline.n),
            day=Day(result.context.as_of),
        ),
    )


def _state(result: PipelineRevision, why_not: pd.Series) -> list[str]:
    words = {
        "": message("yes"),
        "missing": message("no: not in the export"),
        "few": message("no: too few won ones"),
    }
    return [words[why].text(result.context.loc) for why in why_not]


def table_calibration(result: PipelineRevision) -> Table | Missing:
    """Return stated and actual share won by band of stated probability."""
    calibration = result.calibration
    if calibration.bands.empty:
        return Missing(
            message("What was stated, and what came?"),
            ("opportunities.probability", "opp_snapshots.probability"),
            message("The probability stated before closing."),
            result.context,
        )
    return Table(
        "calibration-table",
        message("What was stated, and what came"),
        calibration.bands,
        [
            Col("stated", message("Stated on average"), "share"),
            Col("n", message("Forecasts"), "count"),
            Col("won", message("Won"), "count"),
            Col("actual", message("Share won"), "share", "low", "high"),
        ],
        result.context,
        subtitle=message(
            "Mean squared error of the probabilities {brier}, against {base} when the overall share won is stated "
            "every time; lower is better",
            brier=Number(calibration.brier),
            base=Number(calibration.base_rate * (1 - calibration.base_rate)),
        ),
    )


def table_sellers(result: PipelineRevision) -> Table:
    """Return open and closed opportunities by seller, in the order of the labels."""
    frame = result.sellers.assign(label=result.context.sellers(result.sellers["seller_id"]))
    frame = frame.sort_values("label", ignore_index=True)
    columns = [
        Col("label", message("Seller"), "seller"),
        Col("open", message("Open"), "count"),
        Col("broken_raw", message("Break a rule"), "share"),
        Col("broken_estimate", message("Breaks a rule, adjusted for chance"), "share", "broken_low", "broken_high"),
        Col("closed", message("Closed"), "count"),
        Col("win_raw", message("Won"), "share"),
        Col("win_estimate", message("Won, adjusted for chance"), "share", "win_low", "win_high"),
        Col(
            "optimism",
            message("Promised over won, adjusted for chance"),
            "number",
            "optimism_low",
            "optimism_high",
        ),
    ]
    kept = [c for c in columns if frame[c.name].notna().any()]
    return Table(
        "sellers",
        message("The same figures for each seller"),
        frame.drop(columns="seller_id"),
        kept,
        result.context,
        subtitle=message(
            "Adjusted for chance: the seller's own share, moved towards the team's the more the fewer cases there are, "
            "with interval"
        ),
        rows_shown=40,
        individual=True,
    )


def table_stages(result: PipelineRevision) -> Table:
    """Return the open pipeline by stage."""
    currency = result.context.currency
    columns = [
        Col("stage", message("Stage")),
        Col("n", message("Opportunities"), "count"),
        Col("amount", message("Amount, {currency}", currency=currency), "money", bar=True),
        Col("weighted", message("Probability times amount, {currency}", currency=currency), "money"),
        Col("broken_share", message("Break a rule"), "share"),
    ]
    kept = [c for c in columns if c.name in ("stage", "n") or result.stages[c.name].notna().any()]
    return Table(
        "stages",
        message("The open pipeline by stage"),
        result.stages,
        kept,
        result.context,
        subtitle=nmessage(
            "{n} open opportunity on {day}",
            "{n} open opportunities on {day}",
            result.pipeline.n,
            n=Count(result.pipeline.n),
            day=Day(result.context.as_of),
        ),
    )


def table_actions(result: PipelineRevision) -> Table:
    """Return what to do about every red or yellow opportunity; owner and due date are left for the meeting."""
    context = result.context
    loc = context.loc
    rows = result.actions
    frame = pd.DataFrame(
        {
            "customer": rows["customer"],
            "opp_id": rows["opp_id"],
            "seller": context.sellers(rows["seller_id"]),
            "amount": rows["amount"],
            "colour": rows["colour"],
            "wrong": [_wrong(result, r, c) for r, c in zip(rows["rules"], rows["score_colour"], strict=True)],
            "action": [action(r).text(loc) for r in rows["rules"]],
            "owner": "",
            "due": "",
        }
    )
    currency = context.currency
    columns = [
        Col("customer", message("Customer")),
        Col("opp_id", message("Opportunity")),
        Col("seller", message("Seller"), "seller"),
        Col("amount", message("Amount, {currency}", currency=currency), "money"),
        Col("colour", message("Colour"), "severity"),
        Col("wrong", message("What is wrong")),
        Col("action", message("Proposed action")),
        Col("owner", message("Owner")),
        Col("due", message("By when")),
    ]
    return Table(
        "actions",
        nmessage(
            "{n} open opportunity needs something done",
            "{n} open opportunities need something done",
            len(frame),
            n=Count(len(frame)),
        ),
        frame,
        columns,
        context,
        subtitle=message(
            "Largest amount first; {rules} broken rules or a red score make it red, one rule or a yellow score makes "
            "it yellow",
            rules=Count(RED_FROM),
        ),
        rows_shown=12,
    )


def _wrong(result: PipelineRevision, rules: tuple[str, ...], score_colour: object) -> str:
    """Return what is wrong with one opportunity, as a list of short labels."""
    parts = [rule_label(r) for r in rules]
    if score_colour in ("red", "yellow"):
        parts.append(message("Red on the scorecard") if score_colour == "red" else message("Yellow on the scorecard"))
    return " · ".join(p.text(result.context.loc) for p in parts)


def action(rules: tuple[str, ...]) -> Message:
    """Return the proposed action: that of the rule whose cure comes first."""
    if {"H1", "H2"} <= set(rules):
        return message("Ask the customer whether the need still exists; close as lost if not")
    first = next((r for r in ("H5", "H4", "H2", "H1", "H3", "H6") if r in rules), "")
    return {
        "H1": message("Contact the customer, or close as lost"),
        "H2": message("Agree on a new close date with the customer"),
        "H3": message("Set a next step with a date"),
        "H4": message("Agree on a plan to the decision with the customer; lower the probability until then"),
        "H5": message("Decide with the manager: go on with a new plan, or close as lost"),
        "H6": message("Enter an amount"),
        "": message("Go through the red and yellow areas of the score sheet with the manager"),
    }[first]
