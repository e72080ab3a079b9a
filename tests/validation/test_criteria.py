"""The rules of acceptance say no where they must, and no line of the validation is lost."""

import json
from pathlib import Path

import pytest

import criteria

pytest_plugins = ["pytester"]
HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("share", "runs", "holds"),
    [(0.95, 400, True), (0.91, 400, True), (0.905, 400, False), (0.995, 400, False), (0.91, 2000, False)],
)
def test_coverage(share: float, runs: int, holds: bool) -> None:
    """Limits of 95 % must hold in 93 to 97 %, and two standard errors: 2.2 points in 400 runs, 1.0 in 2,000."""
    assert criteria.coverage(share, runs).holds == holds


@pytest.mark.parametrize(
    ("found", "runs", "holds"), [(22, 400, True), (23, 400, False), (9, 100, True), (10, 100, False)]
)
def test_false_findings(found: int, runs: int, holds: bool) -> None:
    """With 400 runs, 22 false findings have an upper limit of 7.8 % and 23 one of 8.05 % (Clopper-Pearson)."""
    assert criteria.false_findings(found / runs, runs).holds == holds


@pytest.mark.parametrize(
    ("verdict", "holds"),
    [
        (criteria.at_least(0.65, 400, 0.65), True),
        (criteria.at_least(0.6475, 400, 0.65), False),
        (criteria.at_least(0.60, 100, 0.65), True),
        (criteria.at_most(0.1025, 400, 0.10), False),
        (criteria.at_least_covered(0.93, 400), True),
        (criteria.at_least_covered(0.925, 400), False),
        (criteria.at_least_covered(1.0, 400), True),
        (criteria.between(0.69, 400, 0.70, 0.90), False),
        (criteria.between(0.91, 400, 0.70, 0.90), False),
        (criteria.always(0.9975, 400), False),
        (criteria.always(1.0, 400), True),
    ],
)
def test_other_rules(verdict: criteria.Verdict, holds: bool) -> None:
    """What must be reached is not rounded up with 400 runs; with 100 two standard errors are allowed for."""
    assert verdict.holds == holds


def test_the_range_beside_a_share() -> None:
    """380 of 400 leave 92.4 to 96.9 % open (Clopper-Pearson)."""
    verdict = criteria.coverage(0.95, 400)
    assert (round(verdict.low, 3), round(verdict.high, 3)) == (0.924, 0.969)


LINES = """
import criteria

def test_right(measured):
    measured.row("V2", "right", criteria.always(1.0, 400))

def test_broken(measured):
    measured.row("V30", "broken", criteria.always(0.5, 400))
    measured.row("V30", "after it", criteria.always(1.0, 400))

def test_wrong_method(measured):
    measured.row("V1", "wrong, fails", criteria.always(0.5, 400), must_fail=True)

def test_wrong_method_passes(measured):
    measured.row("V1", "wrong, passes", criteria.always(1.0, 400), must_fail=True)
"""


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_every_line_is_kept(pytester: pytest.Pytester, workers: str) -> None:
    """Lines of failed tests, of lines behind a broken one and of all workers come out, in the order of the promises."""
    for name in ("conftest.py", "criteria.py"):
        pytester.path.joinpath(name).write_text(HERE.joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    pytester.makepyfile(LINES)
    result = pytester.runpytest_subprocess("-n", workers, "--measured", "out/lines.json")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*V30 broken: 0.500 in 400 runs; asked for: always*"])
    rows = json.loads(pytester.path.joinpath("out", "lines.json").read_text(encoding="utf-8"))
    assert [row["what"] for row in rows] == ["wrong, fails", "wrong, passes", "right", "broken", "after it"]
