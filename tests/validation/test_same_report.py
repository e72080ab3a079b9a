"""Do the same data give the same report, whoever makes it?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import criteria

SCRIPT = Path(__file__).with_name("fingerprints.py")


def in_a_new_process(scenario: str, runs: int, hash_seed: str) -> dict[str, list[str]]:
    """Return fingerprints of input, tables and findings from a process that orders its sets in a way of its own."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), scenario, str(runs)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def same(measured, scenario: str, runs: int) -> None:
    """Take down in how many clients two processes agree to the last digit and letter."""
    one, other = (in_a_new_process(scenario, runs, seed) for seed in ("1", "2"))
    assert len(set(one["input"])) == runs  # clients that are all alike would agree by themselves
    for part, word in (("input", "simulated input"), ("tables", "tables and method"), ("findings", "findings")):
        share = float(np.mean([a == b for a, b in zip(one[part], other[part], strict=True)]))
        what = f"Same {word} in two processes: client '{scenario}'"
        measured.row("V32", what, criteria.always(share, runs))


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "runs"), [("base", 5), ("dirty", 5), ("small", 20)])
def test_two_processes_agree(measured, scenario: str, runs: int) -> None:
    """Nothing depends on the order of a set, on an address in memory, or on what was computed before."""
    same(measured, scenario, runs)


def test_two_processes_agree_on_one(measured) -> None:
    """The fast version."""
    same(measured, "small", 1)
