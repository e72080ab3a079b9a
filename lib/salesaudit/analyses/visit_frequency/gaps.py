"""The measured rate against benchmark and target, and the time with customers against the usual."""

import numpy as np
from scipy import stats

from salesaudit.analyses.visit_frequency.activity_targets import FOLLOW_UP_DAYS
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.capacity import FEWEST_DIARIES
from salesaudit.analyses.visit_frequency.effects import about, priced, wants_a_price
from salesaudit.analyses.visit_frequency.yardsticks import COMPLEX_OFFER, SIMPLE_OFFER
from salesaudit.finding import Finding, Severity
from salesaudit.format import Count, Money, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import Classification, classify_normal, units_needed_share

TARGETS_WANTED = message("The targets for visits per seller or for all, and the period they hold for (table targets).")
"""What settles whether targets are reached."""
MOMENTS_HALF_WIDTH = 0.03
"""How closely random moments should tell the share of time with customers."""


def shortfall(log_gap: float, se: float, *, minor: float, major: float, df: float | None = None) -> Classification:
    """Colour the share by which a value falls short, from the log of reference over value."""
    return classify_normal(log_gap, se, minor=-np.log1p(-minor), major=-np.log1p(-major), df=df)


def team_rate(result: VisitFrequency) -> Rate:
    """Return the team's rate with its interval."""
    team = result.team
    return Rate(np.nan) if team is None else Rate(team.estimate, team.low, team.high)


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
        "see": "targets" if result.activity_targets.set else "",
    }
    if target is None:
        measured = message("{rate} visits per normal week were measured.", rate=team_rate(result))
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("No target for visits is known"),
            condition=message("{measured} {coverage}", measured=measured, coverage=targets_message(result)),
            criterion=message("A target that is set, followed up and reached."),
            needs=TARGETS_WANTED,
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
    with_target = int(target.by_seller.notna().sum())
    reached = nmessage(
        "{with_target} of {sellers} sellers has a target, on average {target} visits per normal week, and makes "
        "{rate}: {attainment} of the target. It was reached in {weeks} of the weeks.",
        "{with_target} of {sellers} sellers have a target, on average {target} visits per normal week. They make "
        "{rate}: {attainment} of the target. It was reached in {weeks} of their weeks.",
        with_target,
        with_target=Count(with_target),
        sellers=Count(len(target.by_seller)),
        target=Rate(target.team),
        rate=Rate(rate.estimate, rate.low, rate.high),
        attainment=attainment,
        weeks=Share(target.weeks_reached.estimate),
    )
    return Finding(
        **common,
        severity=colour,
        title=title,
        condition=message("{reached} {coverage}", reached=reached, coverage=targets_message(result)),
        criterion=message(
            "At least {kept} of the target; below {least} is urgent.", kept=Share(1 - minor), least=Share(1 - major)
        ),
        needs=message("More weeks of visits, until the interval lies clear of the target.")
        if colour is Severity.GREY
        else None,
        individual=with_target < FEWEST,
    )


def targets_message(result: VisitFrequency) -> Message:
    """Say on how many kinds of activity targets are set, and whether anybody follows them up."""
    found = result.activity_targets
    if not found.set:
        return message("No kind of activity has a target.")
    covered = message(
        "Kinds of activity with a target: {n} of {kinds}; over all kinds and sellers that is {share}.",
        kinds=Count(len(found.kinds)),
        n=Count(found.with_target),
        share=Share(found.set / found.pairs),
    )
    return message("{covered} {followed}", covered=covered, followed=followed_message(result))


def followed_message(result: VisitFrequency) -> Message:
    """Say how often somebody looked at the numbers with the seller soon after the month."""
    followed = result.activity_targets.followed
    if followed is None:
        return message("Whether anybody follows them up is not recorded.")
    return message(
        "After {share} of the months a talk with the seller within {days} days is recorded.",
        share=Share(followed.estimate, followed.low, followed.high),
        days=Count(FOLLOW_UP_DAYS),
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
        "see": _hours_exhibit(result),
    }
    if contact is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("How much time the sellers spend with customers is not known"),
            condition=_logged_time(result),
            n=0,
            unit=message("sellers"),
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
    effect = _hours_short(result, norm) if colour in ("red", "yellow") else None
    return Finding(
        **common,
        severity=Severity(colour),
        title=titles[colour],
        effect=effect,
        effect_of=message("margin a year, if a part of the hours that are missing went to visits")
        if isinstance(effect, Money)
        else None,
        condition=nmessage(
            "{share} of {hours} recorded hours of {sellers} seller were contact with customers.",
            "{share} of {hours} recorded hours of {sellers} sellers were contact with customers.",
            contact.sellers,
            share=Share(share.estimate, *((share.low, share.high) if share.low > 0 or share.high < 1 else ())),
            hours=Count(round(contact.minutes / 60)),
            sellers=Count(contact.sellers),
        ),
        n=contact.sellers,
        unit=nmessage("seller", "sellers", contact.sellers),
        needs=message("Diaries of more sellers, over the same weeks.") if colour == "grey" else None,
        individual=contact.sellers < FEWEST,
    )


def _hours_short(result: VisitFrequency, norm: float) -> Money | Message | None:
    """Return what the hours by which contact falls short of the norm would be worth, or how many they are."""
    if (money := priced(result, "VF-08", contact_norm=norm)) is not None:
        return money
    if result.worth is None or not (result.worth.contact.size and result.worth.hours > 0):
        return None
    hours = about(result.worth.short(norm))
    return wants_a_price(
        result,
        "VF-08",
        message("About {hours} hours a year of all sellers together are lacking for the usual share", hours=hours),
    )


def _hours_exhibit(result: VisitFrequency) -> str:
    """Return the key of what shows the hours: the bars of the sellers where they are drawn, else the table."""
    diaries = 0 if result.hours is None else len(result.hours.sellers)
    return "hours" if result.context.individual and diaries >= FEWEST_DIARIES else "time_use" if diaries else ""


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
