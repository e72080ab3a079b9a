"""Canonical frames from arrays: dtypes, numbered ids, and where each row will stand in the written files."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.schema import DTYPES, TABLES

FILES = {
    "sellers": "saljare.csv",
    "customers": "kunder.xlsx",
    "visits": "besok_{year}.csv",
    "activities": "aktiviteter.csv",
    "quotes": "offerter.csv",
    "orders": "order.csv",
    "opportunities": "affarsmojligheter.csv",
    "opp_snapshots": "pipelinehistorik.csv",
    "stage_history": "fashistorik.csv",
    "absence": "franvaro.csv",
    "beliefs": "inputs/beliefs.csv",
    "targets": "inputs/targets.csv",
    "verification": "inputs/verification_1.csv",
    "verification_draws": "inputs/verification_draws_1.csv",
    "scorecard": "inputs/scorecard.csv",
    "time_use": "inputs/time_use.csv",
    "support_functions": "inputs/support_functions.csv",
}
"""The file of every table; visits come in one file per calendar year."""

HEADER_LINE = {"customers": 3}
"""Line of the headers where it is not the first."""


def numbered(prefix: str, n: int, width: int) -> np.ndarray:
    """Return the ids 1 to n as a read-only object array: the prefix and a number with leading zeros."""
    return _numbered(prefix, 1 << max(n - 1, 0).bit_length(), width)[:n]


@cache  # simulations ask for the same ids hundreds of times; by powers of two, so that few sizes are kept
def _numbered(prefix: str, n: int, width: int) -> np.ndarray:
    out = np.array([f"{prefix}{i:0{width}d}" for i in range(1, n + 1)], dtype=object)
    out.flags.writeable = False
    return out


def stamps(start: date, days: np.ndarray, minutes: np.ndarray | float = 0) -> np.ndarray:
    """Return datetime64[us] from day numbers after start; a missing day (NaN) becomes NaT."""
    total = np.asarray(days, dtype=float) * 1440 + np.round(minutes)
    known = np.isfinite(total)
    whole = np.where(known, total, 0).astype("timedelta64[m]")
    return np.where(known, (np.datetime64(start, "m") + whole).astype("datetime64[us]"), np.datetime64("NaT", "us"))


def empty(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return text with None where a mask says so."""
    out = np.array(values, dtype=object)
    out[where] = None
    return out


def canonical(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table with the canonical column order and dtypes, and its provenance."""
    table = TABLES[name]
    frame = pd.DataFrame(
        {
            column.name: pd.Series(columns[column.name], dtype=DTYPES[column.kind])
            for column in table.columns
            if column.name in columns
        }
    )
    if unknown := set(columns) - set(table.names):
        raise KeyError(f"{name}: {sorted(unknown)}")
    return with_provenance(name, frame)


def with_provenance(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with file and line of every row, as `write_client` will write them."""
    first = HEADER_LINE.get(name, 1) + 1
    if name == "visits":
        year = frame["date"].dt.year
        file = ("besok_" + year.astype("str") + ".csv").astype("str")
        return frame.assign(source_file=file, source_line=frame.groupby(year).cumcount() + first)
    file = pd.Series(FILES[name], index=frame.index, dtype="str")
    return frame.assign(source_file=file, source_line=np.arange(len(frame)) + first)
