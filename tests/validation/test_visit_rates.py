"""Does the analysis of visit frequency find what was planted, and nothing else, in clients whose truth is known?

Every run goes through `visit_frequency.analyse` and `findings` on a synthetic client. The coverage that is accepted is
0.95 give or take 0.02 and two Monte Carlo standard errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency
from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.example.scenario import BASE, NULL
from salesaudit.stats import poisson_exact

BLOCKS = ("sellers", "visits")
VARIANTS = {
    "base": BASE,
    "null": NULL,
    "a quarter below": replace(BASE, low_seller_gap=-0.25),
    "sluggish": replace(NULL, autocorrelation=0.6),
}


@dataclass(frozen=True)
class Run:
    """What one synthetic client gave."""

    named: tuple[str, ...]
    low: str
    sellers: np.ndarray
    fair: np.ndarray
    naive: np.ndarray
    team: bool
    detectable_share: float


@contextmanager
def variants() -> Iterator[None]:
    """Let the generator know the variants of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example, "SCENARIOS", VARIANTS)
        yield


def one_run(tmp_path, seed: int, variant: str, weeks: int) -> Run:
    """Analyse one client and lay the truth beside the result."""
    client = example.make_client(seed, variant, weeks=weeks, blocks=BLOCKS)
    settings = Settings.model_validate(client.settings)
    data = SalesData(
        client=Client(folder=tmp_path, settings=settings),
        tables=client.tables,
        as_of=settings.as_of,
        start=settings.period.start,
        end=settings.period.end,
    )
    result = visit_frequency.analyse(data)
    named = [
        f.subject for f in visit_frequency.findings(result) if f.code == "VF-04" and f.severity in ("red", "yellow")
    ]
    share = client.truth["physical_share"]
    rows = result.sellers
    truth = client.truth["rates"].reindex(rows.index) * share
    exact = [poisson_exact(c, e) for c, e in zip(rows["count"], rows["exposure"], strict=True)]
    return Run(
        named=tuple(named),
        low=result.context.seller(client.truth["low_seller"]),
        sellers=rows["low"].le(truth).to_numpy() & rows["high"].ge(truth).to_numpy(),
        fair=rows["fair_low"].le(truth).to_numpy() & rows["fair_high"].ge(truth).to_numpy(),
        naive=np.array([i.low <= t <= i.high for i, t in zip(exact, truth, strict=True)]),
        team=result.team.low <= client.truth["team_rate"] * share <= result.team.high,
        detectable_share=result.compared.detectable_share,
    )


def measure(tmp_path, variant: str, weeks: int, runs: int) -> pd.Series:
    """Run many clients and return the shares that the tests judge; printed as one line."""
    with variants():
        found = [one_run(tmp_path, seed, variant, weeks) for seed in range(runs)]
    figures = pd.Series(
        {
            "any_named": np.mean([bool(r.named) for r in found]),
            "low_named": np.mean([r.low in r.named for r in found]),
            "sellers_covered": np.mean(np.concatenate([r.sellers for r in found])),
            "fair_covered": np.mean(np.concatenate([r.fair for r in found])),
            "exact_poisson_covered": np.mean(np.concatenate([r.naive for r in found])),
            "team_covered": np.mean([r.team for r in found]),
            "detectable_share": np.mean([r.detectable_share for r in found]),
        }
    )
    print(f"\nvisit rates, {variant}, {weeks} weeks, {runs} runs: {figures.round(3).to_dict()}")
    return figures


def tolerance(runs: int) -> float:
    """Return how far from 0.95 a coverage may lie: 0.02 and two Monte Carlo standard errors."""
    return 0.02 + 2 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [13, 26, 52])
def test_intervals_cover_without_season(tmp_path, weeks: int) -> None:
    """The intervals of sellers and team contain the true rate as often as they promise, whatever the length."""
    figures = measure(tmp_path, "null", weeks, 400)
    assert abs(figures["sellers_covered"] - 0.95) <= tolerance(400)
    assert abs(figures["team_covered"] - 0.95) <= tolerance(400)
    assert figures["fair_covered"] >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [13, 26, 52])
def test_intervals_cover_with_season_and_differences(tmp_path, weeks: int) -> None:
    """With a season the intervals still cover; where the cycle is not found the team's interval is too wide."""
    figures = measure(tmp_path, "base", weeks, 300)
    assert abs(figures["sellers_covered"] - 0.95) <= tolerance(300)
    assert figures["team_covered"] >= 0.93


@pytest.mark.slow
def test_intervals_cover_when_weeks_resemble_their_neighbours(tmp_path) -> None:
    """A strong autocorrelation (0.6) may cost a little coverage, but not more."""
    figures = measure(tmp_path, "sluggish", 26, 200)
    assert figures["sellers_covered"] >= 0.90


@pytest.mark.slow
def test_nobody_is_accused_where_nobody_differs(tmp_path) -> None:
    """Among equal sellers at most one client in twenty has a red or yellow VF-04, and intervals keep their word."""
    figures = measure(tmp_path, "null", 26, 200)
    assert figures["any_named"] <= 0.05
    assert 0.93 <= figures["sellers_covered"] <= 0.97
    assert 0.93 <= figures["team_covered"] <= 0.97


@pytest.mark.slow
def test_a_seller_35_per_cent_below_is_found(tmp_path) -> None:
    """The planted low seller is named in at least 65 % of the runs with 26 weeks, and intervals keep their word."""
    figures = measure(tmp_path, "base", 26, 200)
    assert figures["low_named"] >= 0.65
    assert 0.93 <= figures["sellers_covered"] <= 0.97
    assert 0.93 <= figures["team_covered"] <= 0.97


@pytest.mark.slow
def test_a_seller_a_quarter_below_is_found_in_a_year(tmp_path) -> None:
    """With 52 weeks a gap of 25 % is found in at least 60 % of the runs."""
    assert measure(tmp_path, "a quarter below", 52, 200)["low_named"] >= 0.60


@pytest.mark.slow
def test_the_stated_power_is_true(tmp_path) -> None:
    """A single seller among equals, planted at the gap of which the report speaks, is found in about 80 % of runs."""
    stated = measure(tmp_path, "null", 26, 30)["detectable_share"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "as stated", replace(NULL, low_seller_gap=-stated))
        found = measure(tmp_path, "as stated", 26, 200)["low_named"]
    assert 0.70 <= found <= 0.92


def test_few_runs_without_differences(tmp_path) -> None:
    """The fast version: no accusations beyond chance, and intervals that are neither far too short nor far too long."""
    figures = measure(tmp_path, "null", 26, 60)
    assert figures["any_named"] <= 0.12
    assert 0.91 <= figures["sellers_covered"] <= 0.985
    assert figures["team_covered"] >= 0.85


def test_few_runs_with_a_planted_seller(tmp_path) -> None:
    """The fast version: the low seller of the base client is found more often than not."""
    figures = measure(tmp_path, "base", 26, 60)
    assert figures["low_named"] >= 0.50
    assert 0.91 <= figures["sellers_covered"] <= 0.985


def test_exact_poisson_intervals_fail_here(tmp_path) -> None:
    """The wrong method, kept to show that the synthetic client is hard enough: it covers far less than it promises."""
    assert measure(tmp_path, "null", 26, 30)["exact_poisson_covered"] < 0.85
