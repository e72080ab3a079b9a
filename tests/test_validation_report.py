"""The page on the validation says what was measured, and the command fails when a promise is broken."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from validation_report import MEANINGS, TITLES, Line, main, render, table

SUITE = Path(__file__).parent / "validation"


def line(**changes) -> Line:
    usual = {
        "code": "V1",
        "what": "Interval of one seller",
        "criterion": "93% to 97%, ± 2.2",
        "runs": 400,
        "value": 0.951,
        "low": 0.925,
        "high": 0.97,
        "holds": True,
        "must_fail": False,
    }
    return Line(**usual | changes)


WRONG = {"what": "Exact Poisson interval", "value": 0.72, "low": 0.67, "high": 0.76, "must_fail": True}


def run(folder: Path, lines: list[Line], *options: str) -> tuple[int, str]:
    """Return exit code and page of the command."""
    measured, page = folder / "measured.json", folder / "build" / "page.html"
    measured.write_text(json.dumps([vars(x) for x in lines]), encoding="utf-8")
    code = main([str(measured), str(page), *options])
    return code, page.read_text(encoding="utf-8") if page.exists() else ""


@pytest.mark.parametrize(
    ("lines", "code", "word"),
    [
        ([line(), line(holds=False, **WRONG)], 0, "fails, as it must"),
        ([line(holds=False)], 1, "does not hold"),
        ([line(holds=True, **WRONG)], 1, "passes, and must not"),
    ],
)
def test_the_exit_code_is_the_verdict(tmp_path, capsys, lines: list[Line], code: int, word: str) -> None:
    """A broken promise, or a wrong method that passes, fails the command; both are named in print and on the page."""
    found, page = run(tmp_path, lines)
    assert found == code
    assert word in capsys.readouterr().out
    assert word in page
    assert ("What does not hold" in page) == bool(code)


def test_no_measurements_are_no_success(tmp_path, capsys) -> None:
    """A run that was broken off must not look like a validation without a fault."""
    assert run(tmp_path, []) == (2, "")
    assert main([str(tmp_path / "none.json"), str(tmp_path / "page.html")]) == 2
    assert "no measurements" in capsys.readouterr().err


def test_what_was_measured_stands_on_the_page(tmp_path) -> None:
    """Share, its range, criterion and number of runs can be read off, in print and on the page."""
    seen = [line(value=0.9514, runs=2000)]
    page = re.sub(r"<[^>]+>", " ", render(seen, version="1.2.3").split("<main", 1)[1])
    for text in (page, table(seen)):
        for part in ("Interval of one seller", "93% to 97%, ± 2.2", "95.1%", "92.5–97.0", "holds"):
            assert part in text
    assert "2,000" in page


def test_same_measurements_same_bytes(tmp_path) -> None:
    """The page holds no time of its own; a day stands on it only where one is given."""
    lines = [line(), line(code="V32")]
    assert run(tmp_path, lines) == run(tmp_path, lines[::-1])
    assert "2026-06-28" not in run(tmp_path, lines)[1]
    assert "2026-06-28" in run(tmp_path, lines, "--date", "2026-06-28")[1]


def test_promises_stand_in_their_order(tmp_path) -> None:
    """V4 comes before V31, and right methods before the wrong ones beside them."""
    lines = [line(code="V31"), line(holds=False, **WRONG), line(code="V4"), line()]
    page = run(tmp_path, lines)[1]
    assert re.findall(r'<h2 id="(V\d+)"', page) == ["V1", "V4", "V31"]
    assert page.index("Interval of one seller") < page.index("Exact Poisson interval")


def test_what_was_measured_is_text(tmp_path) -> None:
    """Nothing that a test writes down becomes markup."""
    page = run(tmp_path, [line(what="<script>alert(1)</script>", criterion="<b>")])[1]
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_every_promise_that_is_measured_is_explained() -> None:
    """A test may not write down a promise of which the page cannot say what it means."""
    tests = "".join(path.read_text(encoding="utf-8") for path in SUITE.glob("test_*.py"))
    used = set(re.findall(r'"(V\d+)"', tests))
    assert used == set(TITLES) == set(MEANINGS)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_anywhere(open_page: Callable, width: int) -> None:
    """No request, no complaint, and nothing wider than the window."""
    lines = [line(code=code) for code in TITLES] + [line(holds=False), line(holds=False, **WRONG)]
    opened = open_page(render(lines, version="1.2.3"), width)
    assert [r for r in opened.requests if not r.startswith(("file:", "data:"))] == []
    assert (opened.dialogs, opened.console) == ([], [])
    assert opened.overflow() <= 0
