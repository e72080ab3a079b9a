"""Findings carry every number of their sentences, worst first."""

import report_sample as given
from salesaudit.finding import MIME, Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Money, Share
from salesaudit.i18n import message


def finding(severity: Severity, money: float | None = None, subject: str = "") -> Finding:
    """Build a finding with one typed number."""
    return Finding(
        code="XX-01",
        severity=severity,
        title=message("{share} of the rows", share=Share(0.25, 0.2, 0.3)),
        condition=message("{n} rows", n=Count(12)),
        criterion=message("None"),
        recommendation=message("Do it"),
        effect=None if money is None else Money(money, "SEK"),
        n=12,
        unit=message("rows"),
        subject=subject,
        evidence=Evidence.of("visits", range(500)),
    )


def test_worst_first_then_money() -> None:
    """The summary reads from red to grey, and by money within a colour."""
    items = [
        finding(Severity.GREEN, 9),
        finding(Severity.RED),
        finding(Severity.YELLOW, 1),
        finding(Severity.YELLOW, 2),
    ]
    ordered = Findings(tuple(items), given.context())
    assert [(f.severity, f.effect and f.effect.value) for f in ordered] == [
        (Severity.RED, None),
        (Severity.YELLOW, 2),
        (Severity.YELLOW, 1),
        (Severity.GREEN, 9),
    ]


def test_numbers_of_the_sentences_are_in_the_json() -> None:
    """Prose and numbers cannot drift apart: each typed value of a sentence stands in the JSON."""
    document = Findings((finding(Severity.RED, 5),), given.context())._repr_mimebundle_()[MIME]
    item = document["items"][0]
    assert item["values"]["title"]["share"] == {
        "kind": "share",
        "value": 0.25,
        "low": 0.2,
        "high": 0.3,
        "text": "25% (20–30%)",
    }
    assert item["values"]["condition"]["n"]["value"] == 12
    assert item["effect_value"]["value"] == 5


def test_evidence_is_capped_but_counted() -> None:
    """A finding leads back to its rows, and says how many there are beyond those it lists."""
    evidence = finding(Severity.RED).evidence
    assert (len(evidence.ids), evidence.total) == (Evidence.LIMIT, 500)


def test_anchor_is_a_valid_id() -> None:
    """The address of a finding has no spaces and tells subjects apart."""
    assert finding(Severity.RED, subject="Seller 01").anchor == "finding-xx-01-seller-01"
