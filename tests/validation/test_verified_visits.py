"""Does the verification sample find what was planted, and nothing else, in clients whose truth is known?

Every run draws a sample, lets the customers of the synthetic client answer (65 per cent of them are reached), and goes
through `visit_frequency.analyse` and `findings`.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses.visit_frequency.counting import count_visits
from salesaudit.analyses.visit_frequency.judgement_verified import _existence, _sellers
from salesaudit.analyses.visit_frequency.verified import verified
from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData

BLOCKS = ("sellers", "visits", "inputs")


class Result:
    """What the two findings need of a result."""

    def __init__(self, data, counted) -> None:
        self.context, self.counted = data.context, counted
        self.worth = None


def one_run(seed: int, scenario: str) -> dict[str, object]:
    """Evaluate the sample of one client and lay the truth beside it."""
    client = example.make_client(seed, scenario, blocks=BLOCKS)
    settings = Settings.model_validate(client.settings)
    data = SalesData(
        client=Client(folder=Path("nordverk"), settings=settings),
        tables=client.tables,
        as_of=settings.as_of,
        start=settings.period.start,
        end=settings.period.end,
    )
    counted = count_visits(data, channels=("physical",), one_per_day=True, roles_left_out=())
    found = verified(data, counted, rng=np.random.default_rng(seed), confidence_level=0.95)
    result = Result(data, counted)
    named = [f.subject for f in _sellers(result, found, minor=0.05, major=0.15, fdr=0.10)]
    truth = client.truth["visits"].set_index("visit_id")["took_place"].reindex(counted.visits["visit_id"])
    mine = truth.groupby(counted.visits["seller_id"].to_numpy()).mean()
    by_label = pd.Series(mine.to_numpy(), index=data.context.sellers(mine.index))
    sellers = found.sellers
    covered = sellers["low"].le(sellers["seller_id"].map(mine)) & sellers["high"].ge(sellers["seller_id"].map(mine))
    planted = client.truth["false_visits_seller"]
    return {
        "covered": found.took_place.low <= truth.mean() <= found.took_place.high,
        "bounded": found.worst.low <= truth.mean() <= found.best.high,
        "limited": 1 - truth.mean() <= found.false_limit,
        "sellers": covered.mean(),
        "named": len(named),
        "named_wrongly": sum(by_label[name] >= truth.mean() for name in named),
        "planted": planted is not None and data.context.seller(planted) in named,
        "colour": str(_existence(result, found, minor=0.05, major=0.15).severity),
    }


@cache  # two tests look at the same runs
def measure(scenario: str, runs: int) -> pd.DataFrame:
    """Run many clients; one line of figures is printed."""
    found = pd.DataFrame([one_run(seed, scenario) for seed in range(runs)])
    figures = found.drop(columns="colour").mean().round(3).to_dict() | found["colour"].value_counts().to_dict()
    print(f"\nverified visits, {scenario}, {runs} runs: {figures}")
    return found


@pytest.mark.slow
def test_the_planted_seller_is_found() -> None:
    """A seller with a third of false visits is named in most runs, and hardly anybody who is better than the team."""
    found = measure("base", 100)
    assert found["planted"].mean() >= 0.55
    assert found["named_wrongly"].sum() <= 2
    assert (found["colour"] != "green").mean() >= 0.95


@pytest.mark.slow
def test_intervals_of_the_sample_cover() -> None:
    """The share that took place, its upper limit and the sellers' shares lie where the intervals say."""
    found = measure("base", 100)
    noise = 2 * np.sqrt(0.95 * 0.05 / 100)
    assert found["covered"].mean() >= 0.93 - noise
    assert found["limited"].mean() >= 0.93 - noise
    assert found["sellers"].mean() >= 0.92
    assert found["bounded"].all()


@pytest.mark.slow
def test_the_null_client_is_silent() -> None:
    """Where all visits took place nobody is named and nothing is coloured."""
    found = measure("null", 60)
    assert found["named"].sum() == 0
    assert set(found["colour"]) == {"green"}


def test_few_runs_of_the_sample() -> None:
    """The quick version of the above, for every change."""
    base, null = measure("base", 8), measure("null", 4)
    assert base["planted"].mean() >= 0.4
    assert base["bounded"].all()
    assert base["covered"].mean() >= 0.75
    assert null["named"].sum() == 0
    assert set(null["colour"]) == {"green"}
