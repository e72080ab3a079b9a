"""The verification sample of the synthetic client: drawn as for any client, answered by customers who know."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.example.frames import canonical, stamps
from salesaudit.verification import draw

CONTACT_RATE = 0.65
CANNOT_SAY = 0.03
"""Share of the customers reached who do not remember."""
PARTLY = 0.3
"""Share of the meetings without success of which the customer says that the purpose was reached in part."""
PER_SELLER = 40
"""Answers wanted about each seller: with half as many, a seller with a third of false visits is seldom found."""
STREAM = 2
"""Beside the seed: the answers are drawn apart from everything else, so that no other number moves."""


def verification_tables(
    tables: dict[str, pd.DataFrame],
    settings: dict[str, Any],
    happened: pd.DataFrame,
    *,
    seed: int,
    said_achieved: float | None = None,
) -> dict[str, pd.DataFrame]:
    """Return what was drawn and what the customers said.

    Parameters
    ----------
    tables : dict
        The canonical tables of the client.
    settings : dict
        What client.toml holds.
    happened : DataFrame
        What is true of each visit: visit_id, took_place, achieved.
    seed : int
        Of the client.
    said_achieved : float, optional
        Share of the visits that took place whose purpose was reached, as the customers see it; what is true of each
        visit where it is missing.
    """
    read = Settings.model_validate(settings)
    client = Client(folder=Path("nordverk"), settings=read)
    data = SalesData(client=client, tables=tables, as_of=read.as_of, start=read.period.start, end=read.period.end)
    rows = draw(data, per_seller=PER_SELLER).rows
    rng = np.random.default_rng([seed, STREAM])
    n = len(rows)
    truth = happened.set_index("visit_id").loc[rows["visit_id"]]
    reached = rng.random(n) < CONTACT_RATE
    knows = reached & (rng.random(n) >= CANNOT_SAY)
    took_place = truth["took_place"].to_numpy(bool)
    failed = np.where(rng.random(n) < PARTLY, "part", "no")
    achieved = truth["achieved"].to_numpy(bool) if said_achieved is None else rng.random(n) < said_achieved
    purpose = np.where(achieved, "yes", failed)
    answers = {
        "visit_id": rows["visit_id"].to_numpy(dtype=object),
        "outcome": np.where(reached, "reached", "not_reached"),
        "meeting_happened": _some(np.where(took_place, "yes", "no"), knows, np.where(reached, "unknown", "")),
        "purpose_achieved": _some(purpose, knows & took_place, np.full(n, "")),
        "attempts": np.where(reached, rng.integers(1, 3, n), 2).astype(float),
        "asked_at": stamps(read.as_of, np.full(n, -3.0)),
        "method": ["telephone"] * n,
        "draw": rows["draw"].to_numpy(),
        "row_key": rows["row_key"].to_numpy(dtype=object),
    }
    columns = [c for c in rows if c != "signs"]
    return {
        "verification_draws": canonical("verification_draws", {c: rows[c].to_numpy() for c in columns}),
        "verification": canonical("verification", answers),
    }


def _some(values: np.ndarray, known: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Return the values where they are known, other words elsewhere, and nothing where those are empty."""
    out = np.where(known, values, otherwise).astype(object)
    out[out == ""] = None
    return out
