"""Print what the validation measured, and write it as one page that goes out with a release.

`make validate` runs it::

    python -m pytest tests/validation -m slow --measured build/validation.json
    python tools/validation_report.py build/validation.json build/validation.html

The same measurements give the same bytes; a date stands on the page only where one is given. Exit code 0: every
promise is kept and every wrong method is exposed; 1: not so; 2: there is nothing to report.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import jinja2

import salesaudit
from salesaudit.format import Loc
from salesaudit.report.page import environment, surroundings

TEMPLATE = "validation.html.j2"
LOC = Loc("en")
TITLES = {
    "V1": "Visits per week lie within their limits",
    "V2": "Working time is counted exactly",
    "V3": "Nobody is named where nobody differs",
    "V4": "A seller far below the others is found",
    "V5": "What management believes is held against what is",
    "V6": "A sample of visits speaks for all of them",
    "V7": "A seller whose visits did not take place is found",
    "V9": "Shares of single sellers lie within their limits",
    "V23": "The upper limit of overstated value holds",
    "V30": "Little data gives grey, not colours",
    "V31": "Amounts of money contain the truth",
    "V32": "The same data give the same report",
}
"""What each promise is called."""
MEANINGS = {
    "V1": (
        "A report says how many visits a seller makes per normal week, and gives two limits. In about 95 of 100 "
        "clients the true number must lie between them: limits that hold less often claim too much, limits that "
        "nearly always hold say too little."
    ),
    "V2": (
        "Every rate is visits over normal weeks, net of weekends, holidays, leave, part time and late starts. There "
        "is no chance in this, so it must be right to the last digit in every client."
    ),
    "V3": (
        "Chance alone makes some sellers look slow. Where all sellers are equal, hardly any client may get a report "
        "that names one of them, or a red or yellow finding about anything else."
    ),
    "V4": (
        "A seller was made a third or a quarter slower than the others. A report that never accuses anybody would "
        "be easy; this says how often it finds the one whom it should find."
    ),
    "V5": (
        "Managers were made to believe in 57% more visits than there are. The report must see the gap, give limits "
        "that contain it, and say that the belief is nearer to the target than to the visits."
    ),
    "V6": (
        "Customers are asked about some visits. The limits for all visits must hold although only some were drawn, "
        "and although customers of visits that never took place may answer less often."
    ),
    "V7": (
        "One seller logged visits of which a third did not take place. The sample must point at this seller, and at "
        "nobody where all are alike."
    ),
    "V9": (
        "A share that rests on few visits of one seller is pulled towards the others. Its limits must still hold, "
        "whether the sellers differ much, little or not at all."
    ),
    "V23": "Few errors, some of them large, are the hardest case for a limit on value.",
    "V30": (
        "Four sellers over ten weeks, bare exports and broken ones: every page must come out, and a report on data "
        "that show nothing must not be alarming."
    ),
    "V31": (
        "Each amount comes with a range that should hold in about 80 of 100 clients, and findings that speak of the "
        "same hours must not be added up twice."
    ),
    "V32": "Who runs an audit again must get the same numbers and the same words.",
}
"""What it means to a reader who is no statistician."""


@dataclass(frozen=True)
class Line:
    """One measured line, as `tests/validation/conftest.py` writes it down."""

    code: str
    what: str
    criterion: str
    runs: int
    value: float
    low: float
    high: float
    holds: bool
    must_fail: bool

    @property
    def good(self) -> bool:
        """Whether the line is as it must be."""
        return self.holds != self.must_fail

    @property
    def outcome(self) -> str:
        """The verdict in words."""
        if self.must_fail:
            return "passes, and must not" if self.holds else "fails, as it must"
        return "holds" if self.holds else "does not hold"

    @property
    def severity(self) -> str:
        """The colour of the verdict."""
        return "red" if not self.good else "grey" if self.must_fail else "green"

    @property
    def measured(self) -> str:
        """The measured share."""
        return LOC.share(self.value, decimals=1)

    @property
    def interval(self) -> str:
        """The limits of that share, given so many clients."""
        return f"{LOC.number(100 * self.low, decimals=1)}–{LOC.number(100 * self.high, decimals=1)}"


def sections(lines: list[Line]) -> list[dict]:
    """Return the lines by promise, right methods before wrong ones, each promise with its title and its meaning."""
    return [
        {
            "code": code,
            "title": TITLES[code],
            "meaning": MEANINGS[code],
            "lines": sorted(of_code, key=lambda line: (line.must_fail, line.what)),
        }
        for code, of_code in groupby(sorted(lines, key=lambda line: int(line.code[1:])), key=lambda line: line.code)
    ]


def render(lines: list[Line], *, version: str, day: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    version : str
        Of the package.
    day : str
        When the validation ran, as it should stand on the page; nothing where empty.
    """
    house = environment()
    pages = house.overlay(loader=jinja2.ChoiceLoader([house.loader, jinja2.FileSystemLoader(Path(__file__).parent)]))
    variables = {"sections": sections(lines), "lines": lines, "lead": lead(lines), "version": version, "day": day}
    return pages.get_template(TEMPLATE).render(surroundings("en") | variables)


def table(lines: list[Line]) -> str:
    """Return the lines as plain text, one below the other."""
    head = ("No.", "What was measured", "Asked for", "Runs", "Measured", "Verdict")
    rows = [head]
    for section in sections(lines):
        rows += [
            (x.code, x.what, x.criterion, str(x.runs), f"{x.measured} ({x.interval})", x.outcome)
            for x in section["lines"]
        ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def lead(lines: list[Line]) -> str:
    """Return the result for the top of the page."""
    if all(line.good for line in lines):
        return "Every promise is kept, and every wrong method that was tried beside them is exposed."
    return tally(lines)


def tally(lines: list[Line]) -> str:
    """Return the result in one sentence."""
    kept, exposed = counts(lines, must_fail=False), counts(lines, must_fail=True)
    return f"{kept[0]} of {kept[1]} promises hold; {exposed[0]} of {exposed[1]} wrong methods fail, as they must."


def counts(lines: list[Line], *, must_fail: bool) -> tuple[int, int]:
    """Return how many lines are as they must be, and how many there are, among right or wrong methods."""
    some = [line for line in lines if line.must_fail == must_fail]
    return sum(line.good for line in some), len(some)


def main(arguments: list[str] | None = None) -> int:
    """Read the measurements, print them, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measured", type=Path, help="JSON file of `pytest tests/validation --measured`")
    parser.add_argument("page", type=Path, help="HTML file to write")
    parser.add_argument("--date", default="", help="day of the run, for the page; none is shown without it")
    given = parser.parse_args(arguments)
    try:
        lines = [Line(**row) for row in json.loads(given.measured.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        print(f"{given.measured} holds no measurements: {error}", file=sys.stderr)
        return 2
    if not lines:
        print(f"{given.measured} is empty: no test of the validation ran to its end.", file=sys.stderr)
        return 2
    given.page.parent.mkdir(parents=True, exist_ok=True)
    given.page.write_text(render(lines, version=salesaudit.__version__, day=given.date), encoding="utf-8")
    print(table(lines), tally(lines), given.page, sep="\n\n")
    return 0 if all(line.good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
