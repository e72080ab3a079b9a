"""The errors that the `dirty` scenario plants, and how many of each.

What ends up in the canonical tables (customers nobody knows, empty cells) is planted in the tables; what a reader has
to cure (copies, unreadable cells, impossible values) is planted in the files only, so that the tables stay what a
correct reading of those files gives.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

ORPHANS = {"visits": 30, "orders": 20}
"""Rows whose customer is missing from the register."""
WORDED_DURATIONS = 15
COPIES = {"visits": 40, "orders": 25, "customers": 10, "opportunities": 6}
"""Exact copies at the end of the last file: to be merged."""
UNUSABLE = {
    "visits": (("date", "31.02.2026", 12), ("seller_id", "", 8)),
    "orders": (("amount", "okänt", 15),),
    "opportunities": (("status", "Pausad", 5),),
}
"""Rows with a new id whose required cell cannot be read, by column: to be rejected."""
LATITUDES = ("595,3", 5)
PROBABILITIES = ("150 %", 4)
"""Impossible values in cells that are else empty: to be emptied again."""
WORDED_AMOUNTS = 20
"""Order values with spaces and currency, which are readable all the same."""


def spread(n: int, k: int) -> np.ndarray:
    """Return k of n positions, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(k, n)).astype(int))


def plant(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables with unknown customers and without the lengths that were written in words."""
    out = dict(tables)
    for name, k in ORPHANS.items():
        if name in out:
            frame = out[name].copy()
            rows = frame.index[spread(len(frame), k)]
            frame.loc[rows, "customer_id"] = [f"K9{i:04d}" for i in range(len(rows))]
            out[name] = frame
    if "visits" in out:
        visits = out["visits"].copy()
        visits.loc[visits.index[spread(len(visits) - 1, WORDED_DURATIONS)], "duration_min"] = np.nan
        out["visits"] = visits
    return out


def counts(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Return by table the rows to be merged and rejected, the cells to be repaired, and the rows without customer."""
    repaired = {"visits": WORDED_DURATIONS, "customers": LATITUDES[1], "opportunities": PROBABILITIES[1]}
    planted = {
        name: {
            "merged": COPIES[name],
            "rejected": sum(k for _, _, k in UNUSABLE.get(name, ())),
            "repaired": repaired.get(name, 0),
            "orphans": ORPHANS.get(name, 0),
        }
        for name in COPIES
        if name in tables
    }
    if "customers" in tables:
        planted["customers"]["missing_coordinates"] = int(tables["customers"]["lat"].isna().sum())
    return planted


def spoil(name: str, cells: pd.DataFrame, *, last: bool) -> pd.DataFrame:
    """Return the text cells of one file with its errors; copies and unusable rows go to the end of the last file.

    Parameters
    ----------
    name : str
        Table.
    cells : DataFrame of str
        Canonical column names.
    """
    cells = cells.copy()
    if name == "visits":
        cells.loc[cells["duration_min"] == "", "duration_min"] = "en timme"
    if name == "orders":
        rows = spread(len(cells), WORDED_AMOUNTS)
        worded = [_worded(v) for v in cells["amount"].iloc[rows]]
        cells.iloc[rows, cells.columns.get_loc("amount")] = worded
    for table, column, (value, k) in (
        ("customers", "lat", LATITUDES),
        ("opportunities", "probability", PROBABILITIES),
    ):
        if name == table:
            cells.loc[cells.index[cells[column] == ""][:k], column] = value
    if not last or name not in COPIES:
        return cells
    extra = [cells.iloc[spread(len(cells), COPIES[name])]]
    serial = 0
    for column, value, k in UNUSABLE.get(name, ()):
        bad = cells.iloc[spread(len(cells), k)].copy()
        bad[cells.columns[0]] = [f"X{serial + i:05d}" for i in range(len(bad))]
        bad[column] = value
        serial += len(bad)
        extra.append(bad)
    return pd.concat([cells, *extra], ignore_index=True)


def _worded(value: str) -> str:
    """Write 1234,5 as 1 234,50 kr."""
    whole, _, part = value.partition(",")
    grouped = f"{int(whole):,}".replace(",", " ")
    return f"{grouped},{part.ljust(2, '0')} kr"
