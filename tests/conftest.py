"""Fixtures shared by all tests."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from browser import browser, open_page  # noqa: F401 - fixtures
from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.schema import DTYPES, TABLES


def canonical(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the canonical types of a table and made-up provenance."""
    kinds = {c.name: c.kind for c in TABLES[name].columns}
    typed = frame.astype({column: DTYPES[kinds[column]] for column in frame.columns})
    return typed.assign(source_file=f"{name}.csv", source_line=range(2, len(frame) + 2))


@pytest.fixture
def make_data(tmp_path: Path) -> Callable[..., SalesData]:
    """Build a SalesData from plain frames, for tests that need one exact situation."""

    def build(
        *,
        start: date = date(2025, 1, 1),
        end: date = date(2025, 12, 31),
        settings: dict | None = None,
        **tables: pd.DataFrame,
    ) -> SalesData:
        base = {"name": "Testbolaget AB", "country": "SE", "currency": "SEK"}
        client = Client(folder=tmp_path, settings=Settings.model_validate(base | (settings or {})))
        frames = {name: canonical(name, frame) for name, frame in tables.items()}
        return SalesData(client=client, tables=frames, as_of=end, start=start, end=end)

    return build
