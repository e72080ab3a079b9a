"""The findings: what is, what should be, and how sure we are."""

import numpy as np

from salesaudit.analyses.pipeline_revision.analysis import PipelineRevision
from salesaudit.analyses.pipeline_revision.judgement_forecast import optimism_finding, own_ways_finding
from salesaudit.analyses.pipeline_revision.openings import CLEAN_RULES, CORE_FIELDS, NEEDS, field_phrase, rule_phrase
from salesaudit.analyses.pipeline_revision.scorecard import AREAS
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Listed, Share
from salesaudit.i18n import message
from salesaudit.stats import classify, classify_normal
from salesaudit.stats.ratios import interval_draws

FEWEST_OPEN = 10
"""With fewer open opportunities a share of them says little about the habits that made it."""
FEWEST_RULES = 3
"""With fewer of the five rules tested a clean pipeline cannot be called clean."""


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
        optimism_finding(result, optimism_minor, optimism_major, rng),
        own_ways_finding(result, spread_minor, spread_major, rng),
        _scores(result, red_minor, red_major, rng),
    )
    return Findings(made, result.context)


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
    names = Listed(tuple(map(field_phrase, unknown)))
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
    names = Listed(tuple(map(rule_phrase, untested)))
    if len(untested) == len(CLEAN_RULES):
        condition = message("None of the rules could be tested.")
    elif untested:
        condition = message("{condition} Could not be tested: {names}.", condition=condition, names=names)
    affected = worth.weighted - worth.clean_weighted
    if np.isfinite(affected) and affected > 0:
        # The share is one of all open amounts, the money one of amounts times probability: say which is which.
        condition = message(
            "{condition} Those that break a rule hold {amount} of the {weighted} that probability times amount comes "
            "to.",
            condition=condition,
            amount=result.context.money(affected),
            weighted=result.context.money(worth.weighted),
        )
    of_what = message("weighted value of the entries that break a rule")
    if not np.isfinite(affected):
        affected = worth.open_amount - worth.clean_amount
        of_what = message("value of the entries that break a rule")
    has_effect = bool(np.isfinite(affected) and affected > 0)
    columns = Listed(tuple(dict.fromkeys(c for r in untested for c in NEEDS[r])))
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
        if columns.value
        else message("At least {n} open opportunities.", n=Count(FEWEST_OPEN)),
        evidence=Evidence.of("opportunities", rows.loc[rows["broken"], "opp_id"]),
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
            message("Scored on the {areas} areas: {n}.", areas=Count(len(AREAS)), n=Count(coloured))
            if coloured
            else message(
                "No open opportunity and no customer has been scored on the {areas} areas.", areas=Count(len(AREAS))
            ),
            criterion,
            advice,
            coloured,
            message("scored opportunities or customers"),
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
        message("scored opportunities or customers"),
        see="scores",
        needs=None if colour != Severity.GREY else message("More scored opportunities."),
        evidence=Evidence.of(
            "opportunities" if scored.kind == "opportunity" else "customers",
            scored.frame.loc[scored.frame["colour"] == "red", "entity_id"],
        ),
    )
