"""What the validation measures is written down, line by line, and judged at the end of each test.

`pytest tests/validation --measured FILE` collects the lines of all tests, from all workers, in FILE (JSON).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from criteria import Verdict

PROPERTY = "measured"


class Measured:
    """Takes down what one test measured."""

    def __init__(self, node: pytest.Item) -> None:
        self.node = node
        self.rows: list[dict[str, Any]] = []

    def row(self, code: str, what: str, verdict: Verdict, *, must_fail: bool = False) -> None:
        """Take down one line; the test fails in the end if a line is not as it must be.

        Parameters
        ----------
        code : str
            Which promise the line belongs to, "V1" to "V32".
        what : str
            What was measured, in words that need no others.
        verdict : Verdict
        must_fail : bool
            Whether this is a wrong method, which must not meet the criterion.
        """
        self.rows.append({"code": code, "what": what, "must_fail": must_fail} | asdict(verdict))
        self.node.user_properties.append((PROPERTY, self.rows[-1]))


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Give the test somewhere to write what it measured."""
    return Measured(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Judge the lines of a test once it has written all of them, so that none is lost behind the first bad one."""
    outcome = yield
    rows = [row for name, row in pyfuncitem.user_properties if name == PROPERTY]
    wrong = [row for row in rows if row["holds"] == row["must_fail"]]
    if wrong:
        pytest.fail("\n".join(map(sentence, wrong)), pytrace=False)
    return outcome


def sentence(row: dict[str, Any]) -> str:
    """Return why a line is not as it must be."""
    seen = f"{row['code']} {row['what']}: {row['value']:.3f} in {row['runs']} runs"
    if row["must_fail"]:
        return f"{seen} meets '{row['criterion']}'; a wrong method must not, or the simulation is too easy"
    return f"{seen}; asked for: {row['criterion']}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file for what was measured."""
    parser.addoption("--measured", type=Path, metavar="FILE", help="write what the validation measured as JSON")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Collect the lines of all tests, whichever worker ran them, in an order that depends on nothing but the tests."""
    path = config.getoption("measured", None)
    if path is None:
        return
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind) if r.when == "call"]
    reports.sort(key=lambda report: report.nodeid)
    rows = [row for report in reports for name, row in report.user_properties if name == PROPERTY]
    rows.sort(key=lambda row: (int(re.sub(r"\D", "", row["code"])), row["must_fail"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    terminalreporter.write_line(f"{len(rows)} lines of the validation: {path}")
