"""Are purposes recorded (PF-01), targeted (PF-02) and reached (PF-03)?"""

from typing import TYPE_CHECKING

import numpy as np

from salesaudit.analyses.purpose_funnel.words import PURPOSE_PHRASE
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Number, PValue, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import Interval, classify, units_needed_share, wilson

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel

FEWEST_VISITS = 30
FEWEST_WEEKS = 13
"""Weeks below which a target is not judged: the first visits of new episodes come before the later ones."""
HALF_WIDTH = 0.05
"""How near to the truth a share of visits should be known."""
MOST_CHOICES = 8
"""With more choices than this a field is filled in carelessly."""
KNOWN_RESULTS = 0.5
"""Share of visits with a known result below which the results say little about the others."""


def _binomial_draws(k: int, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).beta(k + 0.5, n - k + 0.5, 4000) if n else np.empty(0)


def recorded(result: "PurposeFunnel", minor: float, major: float) -> Finding:
    """PF-01 for the team."""
    k, n = result.recorded.hits, result.recorded.total
    draws = _binomial_draws(k, n if n >= FEWEST_VISITS else 0, result.seed)
    severity = Severity(classify(draws, minor=minor, major=major).colour)
    share = _share(wilson(k, n, confidence_level=result.confidence_level))
    visits = result.visits
    gaps = visits.loc[visits["purpose_planned"].isna()]
    return Finding(
        code="PF-01",
        severity=severity,
        title={
            Severity.RED: message("Many visits have no recorded purpose"),
            Severity.YELLOW: message("Some visits have no recorded purpose"),
            Severity.GREEN: message("Most visits have a recorded purpose"),
            Severity.GREY: message("Too few visits to judge whether purposes are recorded"),
        }[severity],
        condition=message(
            "{share} of {n} visits in the period, of all channels, have no recorded purpose ({k} visits).",
            share=share,
            n=Count(n),
            k=Count(k),
        ),
        criterion=message("At most {minor} of visits without a purpose.", minor=Share(minor)),
        recommendation=None
        if severity is Severity.GREEN
        else message(
            "Make the purpose a mandatory field of the visit, with at most {most} choices.", most=Count(MOST_CHOICES)
        ),
        n=n,
        unit=message("visits"),
        see="purposes",
        needs=_visits_needed(k, n) if severity is Severity.GREY else None,
        evidence=Evidence.of("visits", list(gaps["visit_id"])) if "visit_id" in gaps and len(gaps) else None,
    )


def _visits_needed(k: int, n: int) -> Message:
    needed = max(FEWEST_VISITS, units_needed_share(k / n if n else np.nan, HALF_WIDTH))
    return message(
        "About {needed} visits with this field are needed for an interval of {points} percentage points to either "
        "side.",
        needed=Count(needed),
        points=Number(100 * HALF_WIDTH, decimals=0),
    )


def recorded_by_seller(result: "PurposeFunnel", minor: float, major: float, fdr: float) -> list[Finding]:
    """PF-01 for the sellers who record less than the others, beyond chance."""
    items = []
    for row, (seller, line) in enumerate(result.recorded.frame.iterrows()):
        colour = classify(result.recorded.draws[row], minor=minor, major=major).colour
        worse = line["qvalue"] <= fdr and line["raw"] > result.recorded.hits / result.recorded.total
        if colour not in ("red", "yellow") or not worse or line["total"] < FEWEST_VISITS:
            continue
        mine = result.visits[(result.visits["seller_id"] == seller) & result.visits["purpose_planned"].isna()]
        items.append(
            Finding(
                code="PF-01",
                severity=Severity(colour),
                title=message(
                    "{seller} records the purpose less often than the others", seller=result.context.seller(seller)
                ),
                condition=message(
                    "{raw} of {n} visits have no purpose; adjusted for chance it is {share}. The chance of so large a "
                    "difference if all sellers were alike, allowing for their number: {q}.",
                    raw=Share(line["raw"]),
                    n=Count(int(line["total"])),
                    share=Share(line["estimate"], line["low"], line["high"]),
                    q=PValue(line["qvalue"]),
                ),
                criterion=message("At most {minor} of visits without a purpose.", minor=Share(minor)),
                recommendation=message(
                    "Ask in the next talk what keeps the purpose from being recorded, and agree a date."
                ),
                n=int(line["total"]),
                unit=message("visits"),
                subject=result.context.seller(seller),
                individual=True,
                see="sellers",
                evidence=Evidence.of("visits", list(mine["visit_id"])) if "visit_id" in mine else None,
            )
        )
    return items


def attainment(result: "PurposeFunnel", minor: float, major: float) -> Finding:
    """PF-02."""
    common = {
        "code": "PF-02",
        "criterion": message(
            "Every seller has targets by purpose, and they are met to at least {share}.", share=Share(1 - minor)
        ),
        "unit": message("visits"),
        "see": "purpose_table",
    }
    if result.targets.empty:
        return Finding(
            severity=Severity.GREY,
            title=message("There are no targets by purpose"),
            condition=message(
                "No target for a single purpose is in the data; nothing can be compared with the visits made."
            ),
            recommendation=message("Set a target per purpose for each seller and follow it up every month."),
            n=len(result.visits),
            needs=message(
                "Targets with a purpose (company presentation, quote presentation ...) per seller and week or month."
            ),
            **common,
        )
    met = result.wanted
    long_enough = met.weeks >= FEWEST_WEEKS
    with_target = result.targets["seller_id"].nunique()
    gap = 1 - result.attainment if long_enough else np.empty(0)
    severity = Severity(classify(gap, minor=minor, major=major).colour)
    known = result.purposes.dropna(subset=["attainment"])
    if not result.context.individual:
        known = known[known["sellers_with_target"] >= FEWEST]
    lowest = known["attainment"].idxmin() if len(known) else None
    detail = (
        message(
            "Lowest: {purpose}, {share}.",
            purpose=PURPOSE_PHRASE[lowest],
            share=Share(*known.loc[lowest, ["attainment", "attainment_low", "attainment_high"]].astype(float)),
        )
        if lowest
        else message("No target could be compared.")
    )
    return Finding(
        severity=severity,
        title={
            Severity.RED: message("Targets by purpose are missed by far"),
            Severity.YELLOW: message("Targets by purpose are missed"),
            Severity.GREEN: message("Targets by purpose are met or nearly met"),
            Severity.GREY: message("It is open whether the targets by purpose are met"),
        }[severity],
        condition=message(
            "Sellers with a target for at least one purpose: {sellers}. In all, {share} of the visits wanted were "
            "made. {detail}",
            sellers=Count(with_target),
            share=Share(met.estimate, met.low, met.high),
            detail=detail,
        ),
        recommendation=_on_targets(result, severity),
        n=int(met.count),
        needs=message("A longer period, so that the weekly ups and downs even out.")
        if severity is Severity.GREY
        else None,
        individual=with_target < FEWEST,
        **common,
    )


def _on_targets(result: "PurposeFunnel", severity: Severity) -> Message | None:
    """Return what to do about the targets; nothing where they are met."""
    if severity is Severity.GREEN:
        return None
    if set(result.mix.index) <= set(result.targets["seller_id"]):
        return message(
            "Go through visits against target by purpose with each seller every month; change the visits, the target "
            "or both."
        )
    return message("Set targets for the sellers who have none, and follow all of them up every month.")


def achieved(result: "PurposeFunnel", norm: float, minor: float, major: float, fdr: float) -> Finding:
    """PF-03."""
    common = {
        "code": "PF-03",
        "criterion": message("The purpose is reached in at least {norm} of the visits.", norm=Share(norm)),
        "unit": message("visits with a known result"),
        "see": "purpose_table",
    }
    advice = message("Agree before each visit what it should lead to, and check it afterwards.")
    needs = message("For each visit whether its purpose was reached: yes, in part, no.")
    if result.achieved is None:
        return Finding(
            severity=Severity.GREY,
            title=message("It is not recorded whether visits reach their purpose"),
            condition=message("No visit in the period has a recorded result."),
            recommendation=advice,
            n=0,
            needs=needs,
            **common,
        )
    k, n, visits = result.achieved.hits, result.achieved.total, len(result.visits)
    usable = n >= FEWEST_VISITS and n >= KNOWN_RESULTS * visits
    draws = norm - _binomial_draws(k, n, result.seed) if usable else np.empty(0)
    severity = Severity(classify(draws, minor=minor, major=major).colour)
    frame = result.achieved.frame
    below = int(((frame["qvalue"] <= fdr) & (frame["raw"] < k / n)).sum())
    return Finding(
        severity=severity,
        title={
            Severity.RED: message("Visits rarely reach their purpose"),
            Severity.YELLOW: message("Visits reach their purpose too seldom"),
            Severity.GREEN: message("Visits reach their purpose about as often as they should"),
            Severity.GREY: message("It is open how often visits reach their purpose"),
        }[severity],
        condition=message(
            "The purpose was reached in {share} of {n} visits with a known result ({known} of all visits); a purpose "
            "reached in part counts as not reached ({part} visits). {sellers}",
            share=_share(wilson(k, n, confidence_level=result.confidence_level)),
            n=Count(n),
            known=Share(n / max(visits, 1)),
            part=Count(int(result.achieved_parts["part"])),
            sellers=_below(below, individual=result.context.individual),
        ),
        recommendation=None if severity is Severity.GREEN else advice,
        n=n,
        needs=needs if severity is Severity.GREY else None,
        **common,
    )


def _below(sellers: int, *, individual: bool) -> Message:
    if sellers == 0:
        return message("No seller lies below the others beyond chance.")
    if sellers < FEWEST and not individual:
        return message("Fewer than {least} sellers lie below the others beyond chance.", least=Count(FEWEST))
    return nmessage(
        "{number} seller lies below the others beyond chance.",
        "{number} sellers lie below the others beyond chance.",
        sellers,
        number=Count(sellers),
    )


def _share(interval: Interval) -> Share:
    return Share(interval.estimate, interval.low, interval.high)
