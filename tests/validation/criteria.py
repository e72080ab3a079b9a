"""When a simulation counts as passed: the rules of acceptance, and the noise of the simulation itself.

A share that was seen in R simulated clients has a standard error of its own; for 95 % it is sqrt(0.95 x 0.05 / R), 1.1
points with 400 clients. What is promised of an interval is held to two such errors, since no number of clients would
show it exactly; what must merely be reached or not exceeded is held to the plain number once there are `FULL` clients.
"""

from dataclasses import dataclass

import numpy as np

from salesaudit.stats import clopper_pearson

FULL = 400
"""Clients from which the criteria hold as they stand; with fewer, two errors are allowed for."""


@dataclass(frozen=True)
class Verdict:
    """A measured share, and whether it is what was asked for.

    Attributes
    ----------
    criterion : str
        What was asked for, in words.
    runs : int
        Simulated clients.
    value, low, high : float
        The share, and its interval (95 %) given so many clients.
    holds : bool
    """

    criterion: str
    runs: int
    value: float
    low: float
    high: float
    holds: bool


def coverage(share: float, runs: int, *, low: float = 0.93, high: float = 0.97) -> Verdict:
    """Judge how often an interval of 95 % contains the truth: 0.95, give or take 0.02 and two errors."""
    slack = 2 * noise(0.95, runs)
    return verdict(
        f"{percent(low)} to {percent(high)}, ± {100 * slack:.1f}",
        share,
        runs,
        low - slack <= share <= high + slack,
    )


def at_least_covered(share: float, runs: int) -> Verdict:
    """Judge an interval that may be too careful but never too bold: at least 0.95, less two errors."""
    slack = 2 * noise(0.95, runs)
    return verdict(f"95% or more, − {100 * slack:.1f}", share, runs, share >= 0.95 - slack)


def at_least(share: float, runs: int, floor: float) -> Verdict:
    """Judge what must be reached."""
    return verdict(f"at least {percent(floor)}", share, runs, share >= floor - _allowance(floor, runs))


def at_most(share: float, runs: int, ceiling: float) -> Verdict:
    """Judge what must not be exceeded."""
    return verdict(f"at most {percent(ceiling)}", share, runs, share <= ceiling + _allowance(ceiling, runs))


def between(share: float, runs: int, low: float, high: float) -> Verdict:
    """Judge what must lie between two numbers."""
    holds = low - _allowance(low, runs) <= share <= high + _allowance(high, runs)
    return verdict(f"{percent(low)} to {percent(high)}", share, runs, holds)


def false_findings(share: float, runs: int, *, allowed: float = 0.05) -> Verdict:
    """Judge how often something is found where nothing is: its upper limit (95 %) is at most 3 points above `allowed`.

    With few runs that limit lies far above anything that was seen: then the share itself is judged.
    """
    limit = allowed + 0.03
    upper = clopper_pearson(share * runs, runs, confidence_level=0.95, alternative="less").high
    return verdict(
        f"at most {percent(allowed)}: upper limit below {percent(limit)}",
        share,
        runs,
        upper <= limit if runs >= FULL else share <= allowed + _allowance(allowed, runs),
    )


def always(share: float, runs: int) -> Verdict:
    """Judge what must be so in every single client."""
    return verdict("always", share, runs, share == 1)


def never(share: float, runs: int) -> Verdict:
    """Judge what must not happen in any client."""
    return verdict("never", share, runs, share == 0)


def verdict(criterion: str, share: float, runs: int, holds: bool) -> Verdict:
    """Return a verdict with the interval that so many clients give."""
    interval = clopper_pearson(share * runs, runs)
    return Verdict(criterion, runs, float(share), interval.low, interval.high, bool(holds))


def noise(share: float, runs: int) -> float:
    """Return the standard error of a share that was seen in so many clients."""
    return float(np.sqrt(share * (1 - share) / runs))


def percent(share: float) -> str:
    """Return a share as text, without needless decimals."""
    return f"{round(100 * share, 1):g}%"


def _allowance(share: float, runs: int) -> float:
    return 0.0 if runs >= FULL else 2 * noise(share, runs)
