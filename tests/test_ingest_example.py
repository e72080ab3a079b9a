"""The synthetic client's files, read back, are its tables: what was written is what is read."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from salesaudit import example
from salesaudit.ingest import check
from salesaudit.ingest.load import read_client


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write each scenario's files once."""
    folders: dict[str, Path] = {}

    def write(scenario: str) -> Path:
        if scenario not in folders:
            folders[scenario] = tmp_path_factory.mktemp(scenario)
            example.write_client(folders[scenario], seed=1, scenario=scenario)
        return folders[scenario]

    return write


@pytest.mark.parametrize("scenario", ["small", "dirty"])
def test_what_was_written_is_what_is_read(written: Callable[[str], Path], scenario: str) -> None:
    """Swedish headers, three encodings, two date styles, per cents and a workbook come back cell by cell."""
    found = read_client(str(written(scenario)))
    truth = example.make_client(seed=1, scenario=scenario).tables
    assert set(found.tables) == set(truth)
    for name, frame in truth.items():
        columns = [c for c in frame.columns if c not in ("source_file", "source_line")]
        read = found.tables[name][columns]
        pd.testing.assert_frame_equal(read, frame[columns].reset_index(drop=True), check_exact=False, rtol=1e-6)
    assert not len(found.questions)


def test_planted_errors_are_found_and_counted(written: Callable[[str], Path]) -> None:
    """Copies, unusable rows, unreadable cells and unknown customers are in the ledger, each as often as planted."""
    report = check(str(written("dirty")))
    planted = {
        ("merged", "visits"): 40,
        ("merged", "orders"): 25,
        ("merged", "customers"): 10,
        ("merged", "opportunities"): 6,
        ("rejected", "visits"): 20,
        ("rejected", "orders"): 15,
        ("rejected", "opportunities"): 5,
        ("repaired", "visits"): 15,
        ("repaired", "customers"): 5,
        ("repaired", "opportunities"): 4,
    }
    kinds = report.issues[report.issues["kind"].isin(["merged", "rejected", "repaired"])]
    assert kinds.groupby(["kind", "table"])["rows"].sum().to_dict() == planted
    files = report.files.dropna(subset=["table"])
    assert (files["rows"] == files["used"] + files["merged"] + files["rejected"]).all()
