"""What comes out of little, bare and broken data: every page, and grey where a colour would be a guess."""

from pathlib import Path

import pytest

import clients
import criteria
from inprocess import STEMS, executed
from salesaudit import load, report
from salesaudit.errors import DataMissing
from salesaudit.example import write_client
from salesaudit.report import read

SLOW = criteria.FULL
BARE = 100
"""What bare exports lack, they always lack: no chance is in it."""
PARTS = ("sellers", "visits", "inputs")
TOO_FEW = ("VF-04", "VF-10", "VF-11")
"""Needs more than four sellers and ten weeks."""
NOT_SENT = ("VF-01", "VF-02", "VF-05", "VF-08", "VF-10", "VF-11", "VF-12")
"""Stand on columns that no CRM must have."""


def pages(measured, scenario: str, stems: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take down how many of the notebooks come out: as a page, or as the names of the columns that are missing."""
    write_client(tmp_path / scenario, scenario=scenario)
    data = load(str(tmp_path / scenario))
    done = [comes_out(stem, data, monkeypatch) for stem in stems]
    what = f"Notebooks that come out: client '{scenario}'"
    measured.row("V30", what, criteria.always(sum(done) / len(done), len(done)))


def comes_out(stem: str, data, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether a notebook becomes a page, or says which columns it would need."""
    try:
        page = executed(stem, data, monkeypatch)
    except DataMissing as missing:
        return bool(str(missing))
    return bool(read(page).findings) and "</html>" in report.render(page)


def calm(measured, runs: int, blocks: tuple[str, ...] | None) -> None:
    """Take down how often a small client without anything planted gets a red finding, or a colour by guesswork."""
    found = clients.wholes("null_small", runs, blocks)
    red = found["red"].map(bool).mean()
    measured.row("V30", "Anything red: small client without anything planted", criteria.false_findings(red, runs))
    for code in TOO_FEW:
        grey = found["grey"].map(lambda codes, code=code: code in codes).mean()
        measured.row("V30", f"Small client: {clients.WORDS[code]} ({code}) is grey", criteria.always(grey, runs))


def bare(measured, runs: int, blocks: tuple[str, ...]) -> None:
    """Take down how often all is grey that stands on columns which were not sent, with a word on what to send."""
    found = clients.wholes("minimal", runs, blocks)
    grey = found["grey"].map(set(NOT_SENT).issubset).mean()
    measured.row("V30", "Bare exports: all that rests on other columns is grey", criteria.always(grey, runs))
    told = (~found["unexplained"]).mean()
    measured.row("V30", "Bare exports: every grey finding says what would settle it", criteria.always(told, runs))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["small", "minimal", "dirty"])
def test_every_notebook_comes_out(measured, scenario: str, tmp_path, monkeypatch) -> None:
    """Little, bare and broken data end in a page or in a list of what is missing, never in a fault."""
    pages(measured, scenario, STEMS, tmp_path, monkeypatch)


@pytest.mark.slow
def test_a_small_client_is_not_alarmed(measured) -> None:
    """Where nothing was planted hardly any small client gets a red finding, and sellers are not compared."""
    calm(measured, SLOW, None)


@pytest.mark.slow
def test_bare_exports_are_grey(measured) -> None:
    """What cannot be known from bare exports is grey, and says what to send."""
    bare(measured, BARE, ("sellers", "customers", "visits", "orders", "opportunities"))


def test_little_data_in_few_runs(measured) -> None:
    """The fast version; notebooks of the example clients are executed by the tests of the reports."""
    calm(measured, 6, PARTS)
    bare(measured, 3, ("sellers", "visits"))
