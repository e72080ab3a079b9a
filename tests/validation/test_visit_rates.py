"""Does the analysis of visit frequency find what was planted, and nothing else, in clients whose truth is known?

Every run makes a synthetic client, counts its visits and its working time, and compares its sellers as a report does.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clients
import criteria
from salesaudit.analyses import visit_frequency
from salesaudit.example.scenario import NULL

FAST, SLOW = 100, criteria.FULL
WEEKS = (13, 26, 52)
WORDS = {"null": "equal sellers, no season", "base": "unequal sellers, season"}


def intervals(measured, scenario: str, weeks: int, runs: int) -> None:
    """Take down the coverage of the intervals of sellers and team."""
    found = clients.frequencies(scenario, weeks, runs).mean(numeric_only=True)
    where = f"{weeks} weeks, {WORDS[scenario]}"
    measured.row("V1", f"Interval of one seller: {where}", criteria.coverage(found["sellers"], runs))
    measured.row("V1", f"Interval of the team: {where}", criteria.coverage(found["team"], runs))
    if scenario == "null":
        assert found["fair"] >= 0.93 - 2 * criteria.noise(0.95, runs)


def exact_poisson(measured, runs: int) -> None:
    """Take down the interval that takes weeks for independent and equally varied: the wrong method for one seller."""
    share = clients.frequencies("null", 26, runs)["exact_poisson"].mean()
    verdict = criteria.coverage(share, runs)
    measured.row("V1", "Exact Poisson interval of one seller: 26 weeks, equal sellers", verdict, must_fail=True)


def working_time(measured, lengths: tuple[int, ...], runs: int) -> None:
    """Take down in how many clients the normal weeks are right to the last digit, of all sellers of each kind."""
    found = pd.concat([clients.frequencies("base", weeks, runs) for weeks in lengths])
    kinds = {"SE": "Swedish", "DK": "Danish", "NO": "Norwegian", "part_time": "part-time", "starter": "newly started"}
    words = " or ".join(map(str, lengths))
    for name, word in kinds.items():
        verdict = criteria.always(found[f"weeks_{name}"].mean(), len(found))
        measured.row("V2", f"Normal weeks of {word} sellers over {words} weeks are exact", verdict)


def silence(measured, weeks: int, runs: int) -> None:
    """Take down in how many clients anybody is named where nobody differs, and how many naive limits would name."""
    found = clients.frequencies("null", weeks, runs)
    where = f"{weeks} weeks, equal sellers"
    measured.row("V3", f"Anybody named: {where}", criteria.false_findings(found["named_any"].mean(), runs))
    naive = criteria.false_findings(found["funnel_limits"].mean(), runs)
    measured.row("V3", f"Anybody below naive funnel limits: {where}", naive, must_fail=True)


def planted(measured, scenario: str, weeks: int, gap: int, floor: float, runs: int) -> None:
    """Take down in how many clients the planted seller is named, and anybody who is not below the team."""
    found = clients.frequencies(scenario, weeks, runs)
    where = f"{weeks} weeks"
    verdict = criteria.at_least(found["named_low"].mean(), runs, floor)
    measured.row("V4", f"Planted seller {gap}% below the others is named: {where}", verdict)
    wrong = criteria.false_findings(found["named_wrongly"].mean(), runs)
    measured.row("V4", f"Anybody named who is not below the team: {where}, planted {gap}%", wrong)


@pytest.mark.slow
@pytest.mark.parametrize("weeks", WEEKS)
@pytest.mark.parametrize("scenario", WORDS)
def test_intervals_cover(measured, scenario: str, weeks: int) -> None:
    """The intervals of sellers and team contain the true rate as often as they promise, with and without a season."""
    intervals(measured, scenario, weeks, SLOW)


@pytest.mark.slow
@pytest.mark.parametrize("weeks", WEEKS)
def test_intervals_cover_when_weeks_resemble_their_neighbours(measured, weeks: int) -> None:
    """A strong autocorrelation (0.6) may cost a little coverage, but not more."""
    found = clients.frequencies("sluggish", weeks, SLOW)
    for column, word in (("sellers", "one seller"), ("team", "the team")):
        verdict = criteria.at_least(found[column].mean(), SLOW, 0.90)
        measured.row("V1", f"Interval of {word}: {weeks} weeks that much resemble each other", verdict)


@pytest.mark.slow
def test_exact_poisson_intervals_fail(measured) -> None:
    """The wrong method, kept to show that the synthetic client is hard enough: it covers far less than it promises."""
    exact_poisson(measured, SLOW)


@pytest.mark.slow
def test_working_time_is_exact(measured) -> None:
    """The denominator of every rate is the working time that was planted: holidays, leave, part time and starts."""
    working_time(measured, WEEKS, SLOW)


@pytest.mark.slow
@pytest.mark.parametrize("weeks", WEEKS)
def test_nobody_is_accused_where_nobody_differs(measured, weeks: int) -> None:
    """Among equal sellers hardly any client has a red or yellow VF-04; naive funnel limits flag somebody in most."""
    silence(measured, weeks, SLOW)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "weeks", "gap", "floor"), [("base", 26, 35, 0.65), ("a quarter below", 52, 25, 0.60)]
)
def test_the_planted_seller_is_found(measured, scenario: str, weeks: int, gap: int, floor: float) -> None:
    """A third below in half a year, a quarter below in a year."""
    planted(measured, scenario, weeks, gap, floor, SLOW)


@pytest.mark.slow
def test_the_stated_power_is_true(measured) -> None:
    """A single seller among equals, planted at the gap of which the report speaks, is found in about 80 % of runs."""
    stated = float(round(clients.frequencies("null", 26, SLOW)["detectable"].mean(), 3))
    found = clients.frequencies(replace(NULL, low_seller_gap=-stated), 26, SLOW)["named_low"].mean()
    what = f"Seller {100 * stated:.0f}% below is named, of whom reports say that 80% are found"
    measured.row("V4", what, criteria.between(found, SLOW, 0.70, 0.92))


def test_few_clients_without_differences(measured) -> None:
    """The fast version: intervals keep their word, nobody is accused, and the two wrong methods fail."""
    intervals(measured, "null", 26, FAST)
    silence(measured, 26, FAST)
    exact_poisson(measured, FAST)


def test_few_clients_with_a_planted_seller(measured) -> None:
    """The fast version: intervals keep their word, working time is exact, and the low seller is found."""
    intervals(measured, "base", 26, FAST)
    working_time(measured, (26,), FAST)
    planted(measured, "base", 26, 35, 0.65, FAST)


@pytest.mark.parametrize(("seed", "scenario"), [(0, "base"), (1, "base"), (0, "null")])
def test_the_pieces_are_those_of_a_report(seed: int, scenario: str) -> None:
    """What is validated here is what `analyse` and `findings` say of the same client."""
    _, data = clients.simulated(seed, scenario, weeks=26, blocks=("sellers", "visits"))
    result = visit_frequency.analyse(data)
    piece = clients.frequency(seed, scenario, 26)
    named = [f.subject for f in clients.coloured(visit_frequency.findings(result), "VF-04")]
    assert sorted(named) == sorted(piece["named"])
    assert result.compared.detectable_share == piece["detectable"]
    assert np.isfinite(result.team.estimate)
