"""Does a whole report on visit frequency say what was planted, and nothing else?

Every run goes through `visit_frequency.analyse` and `findings`, with all that the example client has: the logged
visits, what managers believe, and what customers answer about a sample of the visits.
"""

import pytest

import clients
import criteria

FEW, SLOW = 12, criteria.FULL
PARTS = ("sellers", "visits", "inputs")
"""All that the planted gaps need; the orders and opportunities take most of the time and say nothing about them."""
CODES = ("VF-01", "VF-02", "VF-02b", "VF-03", "VF-04", "VF-05", "VF-06", "VF-08", "VF-10", "VF-11", "VF-12")


def planted(measured, runs: int) -> None:
    """Take down whether the three things that were planted are found, and whether the limits around them hold."""
    found = clients.wholes("base", runs, PARTS)
    shares = found.mean(numeric_only=True)
    seen = found["coloured"].map(lambda codes: "VF-01" in codes).mean()
    for code, what, verdict in (
        ("V4", "Report on a year: seller 35% below the others is named", criteria.at_least(shares["low"], runs, 0.65)),
        ("V5", "Report: belief in 57% more visits than there are is found", criteria.at_least(seen, runs, 0.95)),
        ("V5", "Report: limits of the gap to logged visits", criteria.at_least_covered(shares["gap_logged"], runs)),
        (
            "V5",
            "Report: limits of the gap to visits that took place",
            criteria.at_least_covered(shares["gap_verified"], runs),
        ),
        (
            "V5",
            "Report: most beliefs are seen to be nearer to the target than to what took place",
            criteria.at_least(shares["anchored"], runs, 0.95),
        ),
        ("V6", "Report: limits of the share that took place", criteria.at_least(shares["sample"], runs, 0.94)),
        ("V6", "Report: upper limit of the share that did not", criteria.at_least(shares["limit"], runs, 0.94)),
        ("V6", "Report: bounds that allow for those not reached", criteria.at_least(shares["bounds"], runs, 0.97)),
        (
            "V7",
            f"Report: seller with 65% true visits is named: {shares['checks']:.0f} answers each",
            criteria.at_least(shares["false_seller"], runs, 0.60),
        ),
        (
            "V7",
            "Report: anybody named whose visits took place as often as the team's",
            criteria.false_findings(shares["false_wrongly"], runs),
        ),
        (
            "V9",
            "Report: limits of one seller's share that took place",
            criteria.coverage(shares["sellers"], runs, low=0.92, high=0.99),
        ),
    ):
        measured.row(code, what, verdict)


def silence(measured, scenario: str, runs: int, blocks: tuple[str, ...] | None) -> None:
    """Take down how often anything is red or yellow where nothing was planted, finding by finding."""
    found = clients.wholes(scenario, runs, blocks)["coloured"]
    for code in CODES:
        share = found.map(lambda codes, code=code: code in codes).mean()
        what = f"Report without anything planted: {code} is red or yellow"
        measured.row("V3", what, criteria.false_findings(share, runs))


@pytest.mark.slow
def test_what_was_planted_is_found(measured) -> None:
    """Overstatement, absent visits and the low seller are found, and nobody else is accused."""
    planted(measured, SLOW)


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is(measured) -> None:
    """No finding is red or yellow more often than chance may have it, in clients with all their tables."""
    silence(measured, "null", SLOW, None)


def test_few_reports(measured) -> None:
    """The fast version of both; silence without orders and opportunities."""
    planted(measured, FEW)
    silence(measured, "null", FEW, PARTS)
