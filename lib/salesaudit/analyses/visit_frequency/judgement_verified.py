"""Did the logged visits take place (VF-02), and did they reach their purpose (VF-02b)?"""

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.comparison import SURE
from salesaudit.analyses.visit_frequency.effects import about, priced, wants_a_price
from salesaudit.analyses.visit_frequency.evidence import Ladder
from salesaudit.analyses.visit_frequency.verified import (
    FEWEST_ANSWERS,
    FEWEST_OF_A_SELLER,
    Verified,
    nothing_false,
)
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Money, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.privacy import FEWEST
from salesaudit.stats import classify
from salesaudit.verification.answers import DID_NOT

ASK = message("A sample of the visits drawn by chance, and the answers of the customers to it (table verification).")
"""What settles whether visits took place."""


def verified_findings(
    result: VisitFrequency, *, minor: float, major: float, achieved_norm: float, achieved_major: float, fdr: float
) -> list[Finding]:
    """Judge whether the logged visits took place and reached their purpose, for all sellers and for single ones."""
    found = result.verification.sample
    if found is None or not found.enough:
        return [_not_known(result, minor=minor, major=major)]
    return [
        _existence(result, found, minor=minor, major=major),
        _achieved(result, found, norm=achieved_norm, major=achieved_major),
        *_sellers(result, found, minor=minor, major=major, fdr=fdr),
    ]


def _criterion(minor: float, major: float) -> Message:
    return message(
        "At most {minor} of the logged visits did not take place; more than {major} is urgent.",
        minor=Share(minor),
        major=Share(major),
    )


def _not_known(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    found, ladder = result.verification.sample, result.verification.ladder
    if found is not None:
        false = int(found.said - found.sellers["true"].sum())
        condition = (
            message(
                "{said} customers could say whether a visit took place, and none said that it did not. The share of "
                "visits that did not may still be up to {high} (one-sided, {level}).",
                said=Count(found.said),
                high=Share(nothing_false(found.said, confidence_level=found.confidence_level)),
                level=Share(found.confidence_level),
            )
            if false == 0
            else message(
                "{said} customers could say whether a visit took place, and {false} said that it did not. The share "
                "of visits that did not may be up to {high} (one-sided, {level}).",
                said=Count(found.said),
                false=Count(false),
                high=Share(found.false_limit),
                level=Share(found.confidence_level),
            )
        )
    elif result.verification.by_hand:
        condition = message(
            "{n} visits were looked into, but nothing says how they were chosen. Visits chosen by hand say nothing "
            "about the others.",
            n=Count(result.verification.by_hand),
        )
    else:
        condition = _what_sellers_say(ladder)
    return Finding(
        "VF-02",
        Severity.GREY,
        message("Whether the logged visits took place is not known"),
        condition,
        _criterion(minor, major),
        message("Ask a sample of the customers before any number of visits is paid for or planned with."),
        n=0 if found is None else found.said,
        unit=nmessage("answer", "answers", 0 if found is None else found.said),
        see="verified",
        needs=ASK
        if found is None
        else message(
            "At least {least} answers; ask the customers again who were not reached, or draw more visits.",
            least=Count(FEWEST_ANSWERS),
        ),
    )


def _what_sellers_say(ladder: Ladder) -> Message:
    """Say how far other records bear out the visits, and what cannot be told for want of such records."""
    values = {name: Count(int(number)) for name, number in ladder.visits.items()}
    values["visits"] = Count(int(ladder.visits.sum()))
    if ladder.contradictable and "supported" in ladder.possible:
        text = message(
            "The logged visits are what the sellers say. Of {visits}, {supported} are supported by another record of "
            "the customer near the day, {claimed} stand alone, and {contradicted} contradict the calendar or the road.",
            **values,
        )
    elif "supported" in ladder.possible:
        text = message(
            "The logged visits are what the sellers say. Of {visits}, {supported} are supported by another record of "
            "the customer near the day, and {claimed} stand alone.",
            **values,
        )
    elif ladder.traceable:
        text = message(
            "The logged visits are what the sellers say: another record names the customer of only {named} "
            "of {visits}.",
            named=Count(ladder.traceable),
            visits=values["visits"],
        )
    else:
        text = message(
            "The logged visits are what the sellers say: no other record names the customer of any of {visits} visits.",
            visits=values["visits"],
        )
    if ladder.contradictable and "supported" not in ladder.possible:
        text = message(
            "{text} {contradicted} of them contradict the calendar or the road.",
            text=text,
            contradicted=values["contradicted"],
        )
    off = int(ladder.day_off.sum())
    if not off:
        return text
    return nmessage(
        "{text} {n} visit lies on a weekend or a holiday.",
        "{text} {n} visits lie on weekends or holidays.",
        off,
        text=text,
        n=Count(off),
    )


def _existence(result: VisitFrequency, found: Verified, *, minor: float, major: float) -> Finding:
    colour = Severity(classify(found.false_draws, minor=minor, major=major).colour)
    false = 1 - found.took_place.estimate
    share = Share(false, 1 - found.took_place.high, 1 - found.took_place.low)
    match colour:
        case Severity.RED | Severity.YELLOW:
            title = message("About {false} of the logged visits did not take place", false=Share(false))
        case Severity.GREEN if false < 0.005:
            title = message("The customers confirm the logged visits")
        case Severity.GREEN:
            title = message("Few logged visits did not take place")
        case _:
            title = message("Too few answers to say how many logged visits did not take place")
    values = {
        "said": Count(found.said),
        "drawn": Count(found.drawn),
        "false": share,
        "limit": Share(found.false_limit),
        "level": Share(found.confidence_level),
        "worst": Share(1 - found.worst.estimate),
        "best": Share(1 - found.best.estimate),
    }
    effect = _cost(result, found) if colour in (Severity.RED, Severity.YELLOW) else None
    return Finding(
        "VF-02",
        colour,
        title,
        message(
            "Of {drawn} visits drawn by chance the customers could say of {said} whether they were made. By what they "
            "say, {false} of all logged visits did not take place, and not more than {limit} (one-sided, {level}). "
            "Were all visits without an answer true, it would be {best}; were none of them, {worst}.",
            **values,
        ),
        _criterion(minor, major),
        message("Let visits come from the shared calendar into the CRM, and call back a sample every quarter."),
        n=found.said,
        unit=message("answers"),
        effect=effect,
        effect_of=message(
            "cost of the hours behind these visits in a year, at most: the hours may have gone to other work"
        )
        if isinstance(effect, Money)
        else None,
        see="verified",
        evidence=_evidence(found),
        individual=len(found.sellers) < FEWEST,
        needs=message("More answers, until the interval lies clear of {major}.", major=Share(major))
        if colour is Severity.GREY
        else None,
    )


def _evidence(found: Verified, seller: str | None = None) -> Evidence:
    rows = found.answers.visits
    rows = rows[rows["state"] == DID_NOT]
    return Evidence.of("visits", rows.loc[rows["seller_id"].eq(seller), "visit_id"] if seller else rows["visit_id"])


def _cost(result: VisitFrequency, found: Verified) -> Money | Message:
    """Return what the hours behind false visits cost in a year, or the number of visits where no cost is known."""
    number = about(found.false_draws * len(result.counted.visits))
    return priced(result, "VF-02") or wants_a_price(
        result, "VF-02", message("About {visits} of the logged visits of the period", visits=number)
    )


def _achieved(result: VisitFrequency, found: Verified, *, norm: float, major: float) -> Finding:
    colour = Severity(classify(norm - found.achieved_draws, minor=0.0, major=major).colour)
    share = Share(found.achieved.estimate, found.achieved.low, found.achieved.high)
    titles = {
        "red": message("Far too few visits reach their purpose, by what the customers say"),
        "yellow": message("Fewer visits than wanted reach their purpose, by what the customers say"),
        "green": message("The visits reach their purpose, by what the customers say")
        if found.achieved.estimate >= norm
        else message("The visits reach their purpose nearly as often as wanted, by what the customers say"),
        "grey": message("Too few answers to say how often visits reach their purpose"),
    }
    effect = _missed(result) if colour in (Severity.RED, Severity.YELLOW) else None
    return Finding(
        "VF-02b",
        colour,
        titles[colour.value],
        message(
            "Of the visits that took place, {achieved} reached their purpose. Of all logged visits {effective} took "
            "place and reached it.",
            achieved=share,
            effective=Share(found.effective.estimate, found.effective.low, found.effective.high),
        ),
        message(
            "{norm} of the visits that take place reach their purpose; below {least} is urgent.",
            norm=Share(norm),
            least=Share(norm - major),
        ),
        message("Set one objective before each visit, and check after it whether it was reached."),
        n=int(found.achieved.n),
        unit=message("answers"),
        effect=effect,
        effect_of=message(
            "margin a year, if a part of the visits that miss their purpose brought what one more visit brings"
        )
        if isinstance(effect, Money)
        else None,
        see="verified",
        individual=len(found.sellers) < FEWEST,
        needs=message("More answers about visits that took place.") if colour is Severity.GREY else None,
    )


def _missed(result: VisitFrequency) -> Money | Message | None:
    """Return what visits without result would be worth, or their number where no price is known."""
    if (money := priced(result, "VF-02b")) is not None:
        return money
    if result.worth is None or not result.worth.visits > 0:
        return None
    number = about(result.worth.missed)
    return wants_a_price(
        result,
        "VF-02b",
        message("About {visits} visits a year that take place and miss their purpose", visits=number),
    )


def _sellers(result: VisitFrequency, found: Verified, *, minor: float, major: float, fdr: float) -> list[Finding]:
    """Name sellers whose visits took place less often than those of the others, beyond chance and by enough."""
    named = []
    for at, row in enumerate(found.sellers.itertuples()):
        if not (row.comparable and row.qvalue <= fdr):
            continue
        colour = classify(row.others - found.seller_draws[at], minor=minor, major=major).colour
        if colour in ("red", "yellow"):
            named.append(_one_seller(row, found, Severity(colour), minor=minor, fdr=fdr))
    return named


def _one_seller(row, found: Verified, severity: Severity, *, minor: float, fdr: float) -> Finding:
    return Finding(
        "VF-02",
        severity,
        message("{seller}: more logged visits than among the others did not take place", seller=row.label),
        message(
            "Of {said} visits asked about and remembered, {false} did not take place by what the customers say. "
            "Adjusted for chance, {share} of this seller's visits took place; of the others' {others}.",
            said=Count(int(row.said)),
            false=Count(int(row.false)),
            share=Share(row.estimate, row.low, row.high),
            others=Share(row.others),
        ),
        message(
            "A seller with at least {least} answers is named when at most {fdr} of such names are chance, and the gap "
            "to the others is more than {minor} with a certainty of {sure}.",
            least=Count(FEWEST_OF_A_SELLER),
            fdr=Share(fdr),
            minor=Share(minor),
            sure=Share(SURE),
        ),
        message("Go through these visits with the seller first: customers forget, and days are logged wrongly."),
        n=int(row.said),
        unit=message("answers"),
        subject=row.label,
        individual=True,
        see="verified_table",
        evidence=_evidence(found, row.seller_id),
    )
