"""The findings: what is, what should be, and how sure we are."""

import numpy as np
from scipy import stats

from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.calibration import FEWEST_CLOSED, SELLER_CLOSED, spread_draws
from salesaudit.analyses.pipeline_revision.openings import CLEAN_RULES, CORE_FIELDS, NEEDS, field_label, rule_label
from salesaudit.analyses.pipeline_revision.value import Value
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Money, Number, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import Interval, classify, classify_normal
from salesaudit.stats.ratios import interval_draws

FEWEST_OPEN = 10
"""With fewer open opportunities a share of them says little about the habits that made it."""
FEWEST_RULES = 3
"""With fewer of the five rules tested a clean pipeline cannot be called clean."""
LEVEL = 0.80
"""Coverage of the intervals of money."""


def findings(
    result: PipelineRevision,
    *,
    incomplete_minor: float = 0.05,
    incomplete_major: float = 0.20,
    unclean_minor: float = 0.15,
    unclean_major: float = 0.35,
    optimism_minor: float = 0.10,
    optimism_major: float = 0.30,
    spread_minor: float = 0.20,
    spread_major: float = 0.50,
    red_minor: float = 0.15,
    red_major: float = 0.35,
    seed: int = 1,
) -> Findings:
    """Judge the numbers.

    Parameters
    ----------
    incomplete_minor, incomplete_major : float
        Share of the open value that lacks a required field (PR-01).
    unclean_minor, unclean_major : float
        Share of the open value that breaks a rule (PR-02).
    optimism_minor, optimism_major : float
        Optimism index minus one (PR-03).
    spread_minor, spread_major : float
        exp(2 x standard deviation between sellers) - 1 of the index (PR-04).
    red_minor, red_major : float
        Share of the scored value that is red (PR-08).
    seed : int
        Seed of the draws behind the colours.
    """
    rng = np.random.default_rng(seed)
    made = (
        _content(result, incomplete_minor, incomplete_major),
        _hygiene(result, unclean_minor, unclean_major),
        _optimism(result, optimism_minor, optimism_major, rng),
        _own_ways(result, spread_minor, spread_major, rng),
        _scores(result, red_minor, red_major, rng),
    )
    return Findings(made, result.context.loc)


def _words(result: PipelineRevision, parts: list[Message]) -> str:
    """Return a list of names as text, in the report's language."""
    return ", ".join(p.text(result.context.loc) for p in parts)


def _counted(share: float, n: int, minor: float, major: float) -> Severity:
    """Return the colour of a share that is counted in full; grey when there is almost nothing to count."""
    if n < FEWEST_OPEN:
        return Severity.GREY
    return Severity(classify_normal(share, 0.0, minor=minor, major=major).colour)


def _content(result: PipelineRevision, minor: float, major: float) -> Finding:
    pipeline = result.pipeline
    rows = pipeline.opportunities[pipeline.opportunities["in_forecast"]]
    share = pipeline.weighted_share("incomplete", in_forecast=True)
    fields = pipeline.fields
    unknown = fields.loc[~fields["exported"], "field"].tolist()
    colour = _counted(share, len(rows), minor, major)
    if colour is Severity.GREEN and set(unknown) & set(CORE_FIELDS):
        colour = Severity.GREY
    names = _words(result, [field_label(f) for f in unknown])
    condition = message(
        "{count} of the {n} open opportunities in the forecast, {share} of their value, lack at least one required "
        "field.",
        count=Count(int(rows["incomplete"].sum())),
        n=Count(len(rows)),
        share=Share(share),
    )
    if not pipeline.has_amounts:
        condition = message(
            "{count} of the {n} open opportunities in the forecast, {share}, lack at least one required field; none "
            "has an amount.",
            count=Count(int(rows["incomplete"].sum())),
            n=Count(len(rows)),
            share=Share(share),
        )
    if len(unknown) == len(fields):
        condition = message("None of the required fields is in the export.")
    elif unknown:
        condition = message("{condition} Not in the export, so not tested: {names}.", condition=condition, names=names)
    if outside := pipeline.n - len(rows):
        condition = message(
            "{condition} {outside} of the {all} open ones are outside the forecast and are not tested.",
            condition=condition,
            outside=Count(outside),
            all=Count(pipeline.n),
        )
    return Finding(
        "PR-01",
        colour,
        {
            Severity.RED: message("Much of what is in the forecast lacks a required field"),
            Severity.YELLOW: message("Part of what is in the forecast lacks a required field"),
            Severity.GREEN: message("What is in the forecast has its required fields"),
            Severity.GREY: message("Whether what is in the forecast has its required fields is open"),
        }[colour],
        condition,
        message(
            "Every open opportunity in the forecast has customer, product, amount, probability, planned close date and "
            "stage."
        ),
        None
        if colour is Severity.GREEN
        else message("Make the fields compulsory in the CRM from the stage on in which they can be known."),
        len(rows),
        message("open opportunities in the forecast"),
        see="hygiene-table",
        needs=None
        if colour != Severity.GREY
        else message("These fields in the export: {names}.", names=names)
        if unknown
        else message("At least {n} open opportunities.", n=Count(FEWEST_OPEN)),
        evidence=Evidence.of("opportunities", rows.loc[rows["incomplete"], "opp_id"]),
    )


def _hygiene(result: PipelineRevision, minor: float, major: float) -> Finding:
    pipeline, worth = result.pipeline, result.value
    rows = pipeline.opportunities
    share = pipeline.weighted_share("broken")
    untested = [r for r in pipeline.untested if r in CLEAN_RULES]
    colour = _counted(share, pipeline.n, minor, major)
    if colour is Severity.GREEN and len(CLEAN_RULES) - len(untested) < FEWEST_RULES:
        colour = Severity.GREY
    condition = message(
        "{count} of {n} open opportunities, {share} of the value, break at least one of the rules tested.",
        count=Count(int(rows["broken"].sum())),
        n=Count(pipeline.n),
        share=Share(share),
    )
    if not pipeline.has_amounts:
        condition = message(
            "{count} of {n} open opportunities, {share}, break at least one of the rules tested.",
            count=Count(int(rows["broken"].sum())),
            n=Count(pipeline.n),
            share=Share(share),
        )
    names = _words(result, [rule_label(r) for r in untested])
    if len(untested) == len(CLEAN_RULES):
        condition = message("None of the rules could be tested.")
    elif untested:
        condition = message("{condition} Could not be tested: {names}.", condition=condition, names=names)
    affected = worth.weighted - worth.clean_weighted
    if np.isfinite(affected) and affected > 0:
        # The share is one of all open amounts, the money one of amounts times probability: say which is which.
        condition = message(
            "{condition} They hold {amount} of the {weighted} that probability times amount comes to.",
            condition=condition,
            amount=result.context.money(affected),
            weighted=result.context.money(worth.weighted),
        )
    of_what = message("weighted value of the entries that break a rule")
    if not np.isfinite(affected):
        affected = worth.open_amount - worth.clean_amount
        of_what = message("value of the entries that break a rule")
    has_effect = bool(np.isfinite(affected) and affected > 0)
    columns = ", ".join(dict.fromkeys(c for r in untested for c in NEEDS[r]))
    return Finding(
        "PR-02",
        colour,
        {
            Severity.RED: message("Much of the pipeline is not kept up to date"),
            Severity.YELLOW: message("Part of the pipeline is not kept up to date"),
            Severity.GREEN: message("The pipeline is kept up to date, as far as it could be tested"),
            Severity.GREY: message("Whether the pipeline is kept up to date is open"),
        }[colour],
        condition,
        message(
            "An open opportunity is active, has a next step and a close date ahead, and is not older than won ones."
        ),
        None
        if colour is Severity.GREEN
        else message("Go through the list once a month: update, set a next step, or close as lost."),
        pipeline.n,
        message("open opportunities"),
        # A reported value that rests on doubtful entries: misstated, not lost.
        effect=result.context.money(affected) if has_effect else None,
        effect_of=of_what if has_effect else None,
        see="hygiene",
        needs=None
        if colour != Severity.GREY
        else message("More open opportunities, and these columns: {columns}.", columns=columns)
        if columns
        else message("At least {n} open opportunities.", n=Count(FEWEST_OPEN)),
        evidence=Evidence.of("opportunities", rows.loc[rows["broken"], "opp_id"]),
    )


def _optimism(result: PipelineRevision, minor: float, major: float, rng: np.random.Generator) -> Finding:
    calibration = result.calibration
    index, count = calibration.by_value, calibration.by_count
    n = len(calibration.forecasts.frame)
    criterion = message("What is promised, probability times amount, comes in the end: 1 for each 1.")
    advice = message("Report with calibrated probabilities, and measure the promise against the outcome every quarter.")
    as_interval = Interval(index.estimate, index.low, index.high, n, index.confidence_level)
    draws = interval_draws(as_interval, scale="log", rng=rng) - 1 if calibration.enough else np.empty(0)
    colour = Severity(classify(draws, minor=minor, major=major).colour)
    if not calibration.enough or not np.isfinite(index.estimate):
        return Finding(
            "PR-03",
            Severity.GREY,
            message("How optimistic the forecasts are cannot be said"),
            message("The stored probability is set to 100 or 0 at closing, and no earlier one was exported.")
            if calibration.forecasts.overwritten and not calibration.enough
            else message("None of {n} closed opportunities with a forecast was won.", n=Count(n))
            if calibration.enough
            else nmessage(
                "{n} closed opportunity has a forecast that can be judged.",
                "{n} closed opportunities have a forecast that can be judged.",
                n,
                n=Count(n),
            )
            if n
            else message("No closed opportunity has a forecast that can be judged."),
            criterion,
            advice,
            n,
            message("forecasts"),
            see="calibration",
            needs=message("Opportunities that were won, with the probability stated before closing.")
            if calibration.enough
            else message(
                "At least {n} closed opportunities with the probability stated before closing, best from monthly "
                "snapshots of the open ones.",
                n=Count(FEWEST_CLOSED),
            ),
        )
    values = {"count": Number(count.estimate, count.low, count.high), "n": Count(n)}
    condition = message(
        "For each one won, {count} had been promised, over {n} forecasts; none has an amount.", **values
    )
    if calibration.has_amounts:
        condition = message(
            "For each 1 that was won, {value} had been promised by value and {count} by number, over {n} forecasts.",
            value=Number(index.estimate, index.low, index.high),
            **values,
        )
    title = {
        Severity.RED: message("The forecasts are far too optimistic"),
        Severity.YELLOW: message("The forecasts are too optimistic"),
        Severity.GREEN: message("The forecasts are not much too optimistic"),
        Severity.GREY: message("Whether the forecasts are too optimistic is open"),
    }[colour]
    if calibration.uninformative:
        # Right on average is no merit of a number that does not tell wins from losses.
        colour = min(colour, Severity.YELLOW, key=lambda c: c.rank)
        title = message("The stated probability carries no information about the outcome")
        condition = message(
            "Opportunities with a high stated probability were won about as often as those with a low one. {condition}",
            condition=condition,
        )
        criterion = message("A higher probability goes with more wins, and as many come as were promised.")
        advice = message(
            "Agree on criteria for each stage, and leave the probabilities out of the forecast until then."
        )
    overstated = None if colour is Severity.GREEN else _overstated(result)
    return Finding(
        "PR-03",
        colour,
        title,
        condition,
        criterion,
        None if colour is Severity.GREEN else advice,
        n,
        message("forecasts"),
        effect=overstated,
        effect_of=message("overstatement of the weighted open pipeline") if overstated else None,
        see="calibration",
        needs=None if colour != Severity.GREY else message("More closed opportunities with an early forecast."),
        evidence=Evidence.of("opportunities", calibration.forecasts.frame["opp_id"]),
    )


def _overstated(result: PipelineRevision) -> Money | None:
    """Return the weighted open value as reported minus the calibrated one, the two that the figure shows."""
    worth: Value = result.value
    best = worth.calibrated
    gap = worth.weighted - best.estimate
    if not np.isfinite(gap) or gap <= 0:
        return None
    # The interval of the calibrated value has the level of the report; money is shown with its own.
    narrower = stats.norm.ppf((1 + LEVEL) / 2) / stats.norm.ppf((1 + best.confidence_level) / 2)
    return result.context.money(
        gap, gap - narrower * (best.high - best.estimate), gap + narrower * (best.estimate - best.low)
    )


def _own_ways(result: PipelineRevision, minor: float, major: float, rng: np.random.Generator) -> Finding:
    calibration = result.calibration
    sellers = calibration.sellers
    draws = np.expm1(2 * spread_draws(sellers, rng=rng)) if len(sellers) else np.empty(0)
    colour = Severity(classify(draws, minor=minor, major=major).colour)
    condition = nmessage(
        "{n} seller has enough closed opportunities with a forecast.",
        "{n} sellers have enough closed opportunities with a forecast.",
        len(sellers),
        n=Count(len(sellers)),
    )
    if len(sellers) >= 2:
        condition = message(
            "{n} sellers have enough closed opportunities with a forecast. Promised for each one won, adjusted for "
            "chance: from {low} to {high}.",
            n=Count(len(sellers)),
            low=Number(sellers["estimate"].min()),
            high=Number(sellers["estimate"].max()),
        )
    return Finding(
        "PR-04",
        colour,
        {
            Severity.RED: message("Every seller judges the chance to win in an own way"),
            Severity.YELLOW: message("Sellers judge the chance to win in somewhat different ways"),
            Severity.GREEN: message("Sellers do not judge the chance to win in very different ways"),
            Severity.GREY: message("Whether every seller judges in an own way is open"),
        }[colour],
        condition,
        message("The same probability means the same chance, whoever states it."),
        None
        if colour is Severity.GREEN
        else message("Agree on criteria for each stage and probability, and train on closed cases."),
        len(sellers),
        message("sellers"),
        see="sellers",
        needs=None
        if colour != Severity.GREY
        else message("At least {n} closed opportunities with a forecast for each seller.", n=Count(SELLER_CLOSED)),
    )


def _scores(result: PipelineRevision, minor: float, major: float, rng: np.random.Generator) -> Finding:
    scored = result.scores
    criterion = message("Little of the value stands on relations and deals that are red on the scorecard.")
    advice = message("Take each red one up: which area is red, what is done, by whom and when.")
    coloured = 0 if scored is None else int((scored.frame["colour"] != "grey").sum())
    if scored is None or coloured < FEWEST_OPEN:
        return Finding(
            "PR-08",
            Severity.GREY,
            message("How healthy deals and relations are cannot be said"),
            message("{n} are scored on the five areas.", n=Count(coloured))
            if coloured
            else message("No open opportunity and no customer has been scored on the five areas."),
            criterion,
            advice,
            coloured,
            message("scored"),
            see="scores",
            needs=message("Score sheets for all open opportunities, at least {n} of them.", n=Count(FEWEST_OPEN)),
        )
    share = scored.red_share
    if scored.whole:
        colour = Severity(classify_normal(share.estimate, 0.0, minor=minor, major=major).colour)
        shown = Share(share.estimate)
    else:
        draws = interval_draws(share, scale="logit", df=max(share.n - 1, 1), rng=rng)
        colour = Severity(classify(draws, minor=minor, major=major).colour)
        shown = Share(share.estimate, share.low, share.high)
    tally = scored.frame["colour"].value_counts()
    return Finding(
        "PR-08",
        colour,
        {
            Severity.RED: message("Much of the value stands on red deals and relations"),
            Severity.YELLOW: message("Part of the value stands on red deals and relations"),
            Severity.GREEN: message("Little of the value stands on red deals and relations"),
            Severity.GREY: message("How much of the value stands on red deals and relations is open"),
        }[colour],
        message(
            "{share} of the scored value is red; {red} red, {yellow} yellow, {green} green. The cuts between the "
            "colours are conventions and not yet tested against outcomes.",
            share=shown,
            red=Count(int(tally.get("red", 0))),
            yellow=Count(int(tally.get("yellow", 0))),
            green=Count(int(tally.get("green", 0))),
        ),
        criterion,
        None if colour is Severity.GREEN else advice,
        coloured,
        message("scored"),
        see="scores",
        needs=None if colour != Severity.GREY else message("More scored opportunities."),
        evidence=Evidence.of(
            "opportunities" if scored.kind == "opportunity" else "customers",
            scored.frame.loc[scored.frame["colour"] == "red", "entity_id"],
        ),
    )
