"""The measured rate against belief, benchmark and target, and the time with customers against the usual."""

import numpy as np
from scipy import stats

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.yardsticks import COMPLEX_OFFER, SIMPLE_OFFER
from salesaudit.finding import Finding, Severity
from salesaudit.format import Count, Number, PValue, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import Classification, classify_normal, units_needed_share

FEWEST_RESPONDENTS = 3
NORMAL_WEEKS_A_YEAR = 44
MOMENTS_HALF_WIDTH = 0.03
"""How closely random moments should tell the share of time with customers."""


def shortfall(log_gap: float, se: float, *, minor: float, major: float, df: float | None = None) -> Classification:
    """Colour the share by which a value falls short, from the log of reference over value."""
    return classify_normal(log_gap, se, minor=-np.log1p(-minor), major=-np.log1p(-major), df=df)


def team_rate(result: VisitFrequency) -> Rate:
    """Return the team's rate with its interval."""
    team = result.team
    return Rate(np.nan) if team is None else Rate(team.estimate, team.low, team.high)


def belief_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge how far management's belief lies above the measured rate."""
    belief = result.belief
    common = {
        "code": "VF-01",
        "criterion": message(
            "Management's belief should lie within {minor} of what is measured; beyond {major} plans built on it fail.",
            minor=Share(minor),
            major=Share(major),
        ),
        "recommendation": message("Report the measured visits every month, and plan again from the measured number."),
        "unit": message("respondents"),
        "see": "belief",
    }
    if belief is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Nobody has said how many visits management expects"),
            condition=message("{rate} visits per normal week were measured.", rate=team_rate(result)),
            n=0,
            needs=message(
                "The answers of at least {n} managers to the belief form, filled in before they see the results.",
                n=Count(FEWEST_RESPONDENTS),
            ),
        )
    number = len(belief.respondents)
    colour = classify_normal(
        np.log(belief.ratio.estimate), belief.log_se, minor=np.log1p(minor), major=np.log1p(major), df=belief.df
    ).colour
    severity = Severity(colour) if number >= FEWEST_RESPONDENTS else Severity.GREY
    gap = belief.ratio.estimate - 1
    return Finding(
        **common,
        severity=severity,
        title=_belief_title(severity, gap),
        condition=_belief_condition(result),
        n=number,
        effect=message(
            "Planned but not made: about {visits} visits per seller and year",
            visits=Number(gap * result.team.estimate * NORMAL_WEEKS_A_YEAR, decimals=0),
        )
        if severity in (Severity.RED, Severity.YELLOW)
        else None,
        needs=None
        if severity is not Severity.GREY
        else message(
            "The answers of at least {n} managers to the belief form, filled in before they see the results.",
            n=Count(FEWEST_RESPONDENTS),
        )
        if number < FEWEST_RESPONDENTS
        else message("The answers of more managers than {n}; these differ too much.", n=Count(number)),
    )


def _belief_title(severity: Severity, gap: float) -> Message:
    match severity:
        case Severity.RED | Severity.YELLOW:
            return message("Management believes {gap} more visits are made than really are", gap=Share(gap))
        case Severity.GREEN if gap < 0:
            return message("Management does not overestimate the number of visits")
        case Severity.GREEN:
            return message("Management's belief about the number of visits is not far off")
        case _:
            return message("Too few answers to say how far management's belief is from what is measured")


def _belief_condition(result: VisitFrequency) -> Message:
    belief, ratio = result.belief, result.belief.ratio
    number = len(belief.respondents)
    values = {
        "respondents": Count(number),
        "believed": Rate(ratio.estimate * result.team.estimate),
        "rate": team_rate(result),
        "ratio": Number(ratio.estimate, ratio.low, ratio.high, decimals=2),
        "over": Count(int((belief.respondents["ratio"] > 1).sum())),
    }
    if belief.nearer_target is None:
        return nmessage(
            "{respondents} respondent believes that {believed} visits are made in a normal week; {rate} were measured. "
            "Believed over measured is {ratio}; {over} of {respondents} lies above the measured rate.",
            "{respondents} respondents believe that {believed} visits are made in a normal week (geometric mean); "
            "{rate} were measured. Believed over measured is {ratio}; {over} of {respondents} lie above the measured "
            "rate.",
            number,
            **values,
        )
    return nmessage(
        "{respondents} respondent believes that {believed} visits are made in a normal week; {rate} were measured, and "
        "the target is {target}. Believed over measured is {ratio}; {nearer} of {compared} is nearer to the target "
        "than to the measured rate.",
        "{respondents} respondents believe that {believed} visits are made in a normal week (geometric mean); {rate} "
        "were measured, and the target is {target}. Believed over measured is {ratio}; {over} of {respondents} lie "
        "above the measured rate, and {nearer} of {compared} are nearer to the target than to it (p-value by chance "
        "alone: {pvalue}).",
        number,
        **values,
        target=Rate(result.target.team),
        nearer=Count(belief.nearer_target),
        compared=Count(belief.compared),
        pvalue=PValue(belief.pvalue),
    )


def benchmark_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge the rate against the lower end of the benchmark; an interpolated one never gives red."""
    band, team = result.benchmark, result.team
    common = {
        "code": "VF-03",
        "recommendation": message("Check customer mix and travel distances before pushing the number of visits."),
        "n": int(team.count),
        "unit": message("visits"),
        "see": "sellers",
    }
    if band is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Whether the number of visits is reasonable cannot be said"),
            condition=message("{rate} visits per normal week were measured.", rate=team_rate(result)),
            criterion=message("A benchmark for the industry and the complexity of the offer."),
            needs=message("Own benchmarks (table benchmarks), or the complexity of the offer in the settings."),
        )
    colour = Severity(
        shortfall(np.log(band.low / team.estimate), team.se_log, minor=minor, major=major, df=team.df).colour
    )
    if band.weak and colour is Severity.RED:
        colour = Severity.YELLOW
    gap = 1 - team.estimate / band.low
    match colour:
        case Severity.RED | Severity.YELLOW:
            title = message("The sellers make {gap} fewer visits than the benchmark's lower end", gap=Share(gap))
        case Severity.GREEN if team.estimate > band.high:
            title = message("The sellers make more visits than the benchmark")
        case Severity.GREEN if team.estimate >= band.low:
            title = message("The number of visits is within the benchmark")
        case Severity.GREEN:
            title = message("The number of visits is close to the benchmark's lower end")
        case _:
            title = message("Too few data to hold the number of visits against the benchmark")
    values = {"low": Rate(band.low), "high": Rate(band.high), "minor": Share(minor)}
    return Finding(
        **common,
        severity=colour,
        title=title,
        condition=message(
            "{rate} visits per normal week of one seller were measured over {weeks} complete weeks.",
            rate=team_rate(result),
            weeks=Count(result.counted.weeks),
        ),
        criterion=message(
            "{low} to {high} visits per week, interpolated between two anchors ({simple} for simple offers, {complex} "
            "for complex ones): weak, and never more than a reason to look closer.",
            simple=Number(SIMPLE_OFFER, decimals=0),
            complex=Number(COMPLEX_OFFER, decimals=0),
            **values,
        )
        if band.weak
        else message(
            "{low} to {high} visits per week by the client's benchmark; up to {minor} below is accepted.", **values
        ),
        needs=message("More weeks of visits, until the interval lies clear of the benchmark's lower end.")
        if colour is Severity.GREY
        else None,
    )


def target_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge the rate against the target."""
    target, team = result.target, result.team
    common = {
        "code": "VF-05",
        "recommendation": message("Follow the visit target up every week; keep few other targets."),
        "n": int(team.count),
        "unit": message("visits"),
        "see": "sellers",
    }
    if target is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("No target for visits is known"),
            condition=message("{rate} visits per normal week were measured.", rate=team_rate(result)),
            criterion=message("A target that is set, followed up and reached."),
            needs=message(
                "The targets for visits per seller or for all, and the period they hold for (table targets)."
            ),
        )
    rate = target.rate
    attainment = Share(rate.estimate / target.team, rate.low / target.team, rate.high / target.team)
    colour = Severity(
        shortfall(np.log(target.team / rate.estimate), rate.se_log, minor=minor, major=major, df=rate.df).colour
    )
    match colour:
        case Severity.RED | Severity.YELLOW:
            title = message("The visit target is missed by {gap}", gap=Share(1 - attainment.value))
        case Severity.GREEN if attainment.value >= 1:
            title = message("The visit target is reached on average")
        case Severity.GREEN:
            title = message("The visit target is missed by only {gap}", gap=Share(1 - attainment.value))
        case _:
            title = message("Too few data to say whether the visit target is reached")
    weeks = target.weeks_reached
    return Finding(
        **common,
        severity=colour,
        title=title,
        condition=message(
            "{with_target} of {sellers} sellers have a target, on average {target} visits per normal week. They make "
            "{rate}: {attainment} of the target. It was reached in {weeks} of their weeks.",
            with_target=Count(int(target.by_seller.notna().sum())),
            sellers=Count(len(target.by_seller)),
            target=Rate(target.team),
            rate=Rate(rate.estimate, rate.low, rate.high),
            attainment=attainment,
            weeks=Share(weeks.estimate),
        ),
        criterion=message(
            "At least {kept} of the target; below {least} is urgent.", kept=Share(1 - minor), least=Share(1 - major)
        ),
        needs=message("More weeks of visits, until the interval lies clear of the target.")
        if colour is Severity.GREY
        else None,
        individual=bool(target.by_seller.notna().sum() < FEWEST),
    )


def contact_finding(result: VisitFrequency, *, norm: float, minor: float, major: float) -> Finding:
    """Judge the share of time with customers against the norm."""
    contact = result.contact
    moments = units_needed_share(norm, MOMENTS_HALF_WIDTH)
    common = {
        "code": "VF-08",
        "criterion": message(
            "{norm} of the working time in contact with customers, the usual share.", norm=Share(norm)
        ),
        "recommendation": message("Take administration off the sellers, and give them the support that saves time."),
        "unit": message("sellers"),
    }
    if contact is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("How much time the sellers spend with customers is not known"),
            condition=_logged_time(result),
            n=0,
            needs=message(
                "A time diary of one or two weeks, or {moments} random moments in all, about {each} per seller, with "
                "contact, travel, administration, preparation and internal time (table time_use).",
                moments=Count(moments),
                each=Count(int(np.ceil(moments / max(len(result.sellers), 1)))),
            ),
        )
    share = contact.share
    logit_se = _logit_se(share.low, share.high, share.n, share.confidence_level)
    colour = classify_normal(
        -_logit(share.estimate),
        logit_se,
        minor=-_logit(norm * (1 - minor)),
        major=-_logit(norm * (1 - major)),
        df=share.n - 1 if share.n > 1 else None,
    ).colour
    titles = {
        "red": message("Far less time than usual is spent with customers"),
        "yellow": message("Less time than usual is spent with customers"),
        "green": message("The time spent with customers is the usual share")
        if share.estimate < norm * (1 + minor)
        else message("More time than usual is spent with customers"),
        "grey": message("Too few diaries to say how much time is spent with customers"),
    }
    return Finding(
        **common,
        severity=Severity(colour),
        title=titles[colour],
        condition=message(
            "{share} of {hours} recorded hours of {sellers} sellers were contact with customers.",
            share=Share(share.estimate, share.low, share.high),
            hours=Count(round(contact.minutes / 60)),
            sellers=Count(contact.sellers),
        ),
        n=contact.sellers,
        needs=message("Diaries of more sellers, over the same weeks.") if colour == "grey" else None,
        individual=contact.sellers < FEWEST,
    )


def _logged_time(result: VisitFrequency) -> Message:
    if result.team is None or not np.isfinite(result.minutes):
        return message("There is no record of how the sellers use their hours.")
    return message(
        "The logged visits alone take about {hours} hours of a normal week (median visit of {minutes} minutes); that "
        "is a lower bound.",
        hours=Rate(result.team.estimate * result.minutes / 60),
        minutes=Count(round(result.minutes)),
    )


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share))) if 0 < share < 1 else float("nan")


def _logit_se(low: float, high: float, sellers: float, confidence_level: float) -> float:
    if not (sellers > 1 and 0 < low < high < 1):
        return float("nan")
    return (_logit(high) - _logit(low)) / (2 * float(stats.t.ppf((1 + confidence_level) / 2, sellers - 1)))
