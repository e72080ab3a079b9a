"""Real exports all the way to the reports: what they can answer is there, what they cannot is named."""

import json
from pathlib import Path

import pytest

from salesaudit import batch

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(real_client, tmp_path_factory: pytest.TempPathFactory):
    """Run all notebooks for a client and return status by notebook, findings by code, and the folder."""
    made: dict[str, tuple] = {}

    def run(name: str) -> tuple[dict[str, str], dict[str, dict], Path]:
        if name not in made:
            reports = tmp_path_factory.mktemp(name)
            results = batch.run([real_client(name)], root=ROOT, reports=reports, jobs=2)
            folder = next((reports / name).glob("*/index.html")).parent
            listed = json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"]
            made[name] = ({r.notebook: r.status for r in results}, {f["code"]: f for f in listed}, folder)
        return made[name]

    return run


def test_maven_crm(report) -> None:
    """A pipeline without visits, orders or probabilities gets its pipeline revision; the rest is named, not guessed."""
    statuses, findings, folder = report("maven_crm")
    assert statuses == {
        "00_data_quality": "done",
        "01_visit_frequency": "skipped",
        "02_purpose_funnel": "skipped",
        "03_route_to_category": "skipped",
        "04_pipeline_revision": "done",
        "05_sales_formula": "done",
    }
    assert findings["PR-03"]["severity"] == "grey", "there are no probabilities in these data"
    page = (folder / "04_pipeline_revision.html").read_text(encoding="utf-8")
    # 4,238 won of 6,711 closed, 2,089 open: counted outside this project
    assert "63%" in page
    assert "6,711 closed" in page
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert "visits.seller_id" in index, "the index says what is missing for the skipped notebooks"


def test_zoho_sample(report) -> None:
    """The widest real client: probabilities that say nothing are called so, and repeated calls are reported."""
    statuses, findings, _ = report("zoho_sample")
    assert [n for n, s in statuses.items() if s != "done"] == ["03_route_to_category"]
    calibration = findings["PR-03"]
    assert calibration["severity"] in ("red", "yellow")
    assert "carries no information about the outcome" in calibration["title"]
    repeats = findings["DQ-03"]
    assert repeats["severity"] == "red"
    assert "2,572 of 4,100" in repeats["condition"]
