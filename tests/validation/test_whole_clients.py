"""Does a whole report on visit frequency say what was planted, and nothing else?

Every run goes through `visit_frequency.analyse` and `findings`, with all that the example client has: the logged
visits, what managers believe, and what customers answer about a sample of the visits.
"""

import pytest

import clients
import criteria

FEW, SLOW = 4, criteria.FULL
PARTS = ("sellers", "visits", "inputs")
"""All that the planted gaps need; the orders and opportunities take most of the time and say nothing about them."""


def planted(measured, runs: int) -> None:
    """Take down whether the three things that were planted are found, and whether the limits around them hold."""
    found = clients.wholes("base", runs, PARTS)
    shares = found.mean(numeric_only=True)
    seen = {code: found["coloured"].map(lambda codes, code=code: code in codes).mean() for code in ("VF-01", "VF-02")}

    def reached(code: str, what: str, share: float, floor: float) -> None:
        measured.row(code, f"Report: {what}", criteria.at_least(share, runs, floor))

    reached("V4", "seller 35% below the others is named: 52 weeks", shares["low"], 0.65)
    reached("V5", "belief in 57% more visits than there are is found", seen["VF-01"], 0.95)
    reached("V5", "beliefs are seen to be nearer to the target than to what took place", shares["anchored"], 0.95)
    for column, word in (("gap_logged", "logged visits"), ("gap_verified", "visits that took place")):
        measured.row("V5", f"Report: limits of the gap to {word}", criteria.coverage(shares[column], runs))
    reached("V6", "limits of the share that took place", shares["sample"], 0.94)
    reached("V6", "upper limit of the share that did not", shares["limit"], 0.94)
    reached("V6", "bounds that allow for those not reached", shares["bounds"], 0.97)
    reached("V7", "visits that did not take place are found", seen["VF-02"], 0.95)
    answers = f"{shares['checks']:.0f} answers about each"
    reached("V7", f"seller with 65% true visits is named: {answers}", shares["false_seller"], 0.60)
    wrongly = criteria.false_findings(shares["false_wrongly"], runs)
    measured.row("V7", "Report: anybody named whose visits took place as often as the team's", wrongly)
    own = criteria.coverage(shares["sellers"], runs, low=0.92, high=0.99)
    measured.row("V9", "Report: limits of one seller's share that took place", own)


def silence(measured, scenario: str, runs: int, blocks: tuple[str, ...] | None) -> None:
    """Take down how often anything is red or yellow where nothing was planted, finding by finding."""
    found = clients.wholes(scenario, runs, blocks)
    red = criteria.false_findings(found["red"].map(bool).mean(), runs)
    measured.row("V3", "Report without anything planted: anything is red", red)
    for code, word in clients.WORDS.items():
        share = found["coloured"].map(lambda codes, code=code: code in codes).mean()
        what = f"Report without anything planted: {word} ({code}) is red or yellow"
        measured.row("V3", what, criteria.false_findings(share, runs))


@pytest.mark.slow
def test_what_was_planted_is_found(measured) -> None:
    """Overstatement, absent visits and the low seller are found, and nobody else is accused."""
    planted(measured, SLOW)


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is(measured) -> None:
    """No finding is red or yellow more often than chance may have it, in clients with all their tables."""
    silence(measured, "null", SLOW, None)


def test_the_example_client_says_what_was_planted() -> None:
    """The report that everybody sees first finds the belief, the absent visits of one seller, and the low seller."""
    found = clients.whole(1, "base", None)
    assert {"VF-01", "VF-02", "VF-04"} <= found["coloured"]
    assert found["low"]
    assert found["false_seller"]
    assert not found["false_wrongly"]


def test_few_reports(measured) -> None:
    """The fast version of both; silence without orders and opportunities."""
    planted(measured, FEW)
    silence(measured, "null", FEW, PARTS)
