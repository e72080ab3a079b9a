"""The three sentences on top of a summary: how many findings, which is gravest, what is at stake.

They are computed from the findings alone, so that they cannot say anything that the findings do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from salesaudit.finding import EFFECT_LEVEL, Severity
from salesaudit.format import Count, Money, Share, Value
from salesaudit.i18n import Message, message, nmessage
from salesaudit.report.document import Judgement

URGENT = (Severity.RED, Severity.YELLOW)
"""Severities that ask somebody to do something; only their money is at stake."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of the summary and the finding it speaks of, if it speaks of one."""

    said: Message
    about: Judgement | None = None


def opening(findings: Sequence[Judgement]) -> tuple[Sentence, ...]:
    """Return what a reader with ten seconds must know.

    Parameters
    ----------
    findings : sequence of Judgement
        Worst first; of one report, or of all reports of a client.

    Returns
    -------
    tuple of Sentence
        Three sentences; two where all findings lack data; one where there are no findings.
    """
    if not findings:
        return (Sentence(message("There are no findings.")),)
    urgent = [j for j in findings if j.item.severity in URGENT]
    if all(j.item.severity == Severity.GREY for j in findings):
        return (Sentence(_how_many(findings)), Sentence(message("Nothing can be judged yet.")))
    return (Sentence(_how_many(findings)), _gravest(urgent), _at_stake(urgent))


def _how_many(findings: Sequence[Judgement]) -> Message:
    severities = [j.item.severity for j in findings]
    return nmessage(
        "There is {all} finding: {red} to act on now, {yellow} to plan for, {green} in order, "
        "{grey} with too few data.",
        "There are {all} findings: {red} to act on now, {yellow} to plan for, {green} in order, "
        "{grey} with too few data.",
        len(findings),
        all=Count(len(findings)),
        **{severity.value: Count(severities.count(severity.value)) for severity in Severity},
    )


def _gravest(urgent: Sequence[Judgement]) -> Sentence:
    if not urgent:
        return Sentence(message("Nothing has to be acted on now or planned for."))
    return Sentence(message("The gravest finding: {title}.", title=urgent[0].item.title), urgent[0])


def _at_stake(urgent: Sequence[Judgement]) -> Sentence:
    priced = [j for j in urgent if j.money]
    if not priced:
        return Sentence(
            message("No amount can be put on what has to be acted on or planned for.")
            if urgent
            else message("No finding puts an amount at stake.")
        )
    largest = max(priced, key=lambda j: j.money)  # the first of equals: the graver one
    effect, what = largest.item.effect_value, largest.item.effect_of
    values = {"amount": Money(effect.value, effect.currency)}
    if effect.low is not None and effect.high is not None:
        values |= {"low": Money(effect.low, effect.currency), "high": Money(effect.high, effect.currency)}
        values["level"] = Share(EFFECT_LEVEL)
    if what:
        values["what"] = what
    return Sentence(_largest(values), largest)


def _largest(values: dict[str, Value | str]) -> Message:
    """Return the sentence on the largest amount; each combination of what is known is a sentence of its own."""
    if "low" in values and "what" in values:
        return message("The largest amount at stake is {amount} ({level} interval: {low} to {high}): {what}.", **values)
    if "low" in values:
        return message("The largest amount at stake is {amount} ({level} interval: {low} to {high}).", **values)
    if "what" in values:
        return message("The largest amount at stake is {amount}: {what}.", **values)
    return message("The largest amount at stake is {amount}.", **values)
