"""Real exports read end to end; the expected numbers were counted outside this project."""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from salesaudit.dataset import SalesData
from salesaudit.ingest import check, load
from salesaudit.ingest.reasons import R

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def real(real_client: Callable[[str], str]) -> Callable[[str], SalesData]:
    """Return a client of this folder, loaded once."""
    return cache(lambda name: load(real_client(name)))


def issue(data: SalesData, reason: str, **where: str) -> pd.Series:
    """Return the one issue with this reason."""
    found = data.issues[data.issues["reason"] == R[reason]]
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1, found
    return found.iloc[0]


@pytest.mark.parametrize("name", ["maven_crm", "zoho_sample", "field_visits"])
def test_every_file_reconciles(real, name: str) -> None:
    """Rows in are rows used, merged and rejected, and the ledger has a line for each rejected one."""
    data = real(name)
    for source in data.sources:
        if source.table:
            assert source.rows_in == source.used + source.merged + source.rejected > 0
            lines = data.issues[(data.issues["kind"] == "rejected") & (data.issues["file"] == source.file)]
            assert len(lines) == source.rejected


@pytest.mark.parametrize("name", ["maven_crm", "zoho_sample", "field_visits"])
def test_the_check_reads(real, real_client, name: str) -> None:
    """The report for the terminal names every file and asks nothing that the data answer."""
    data = real(name)
    report = check(real_client(name))
    assert not report.must_fix
    assert all(source.file in report.text() for source in data.sources)


def test_maven_opportunities(real) -> None:
    """Counts, win rate and won value of the Maven file."""
    data = real("maven_crm")
    frame = data.opportunities
    assert len(frame) == 8800
    won, lost = (frame["status"] == "won"), (frame["status"] == "lost")
    assert (won.sum(), lost.sum()) == (4238, 2473)
    assert round(won.sum() / (won.sum() + lost.sum()) * 100, 2) == 63.15
    assert frame.loc[won, "amount"].sum() == 10_005_534
    assert frame["created_date"].isna().sum() == 500
    assert frame["stage"].value_counts().to_dict() == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    assert frame["closed_date"].notna().sum() == 6711


def test_maven_oddities_are_told(real) -> None:
    """Opportunities without a customer, the misspelt product, and sellers and customers known by name only."""
    data = real("maven_crm")
    assert issue(data, "no_customer", table="opportunities")["rows"] == 1425
    misspelt = issue(data, "near", column="product")
    assert (misspelt["value"], misspelt["rows"]) == ("GTXPro -> GTX Pro", 1480)
    assert len(data.sellers) == 35
    assert len(data.customers) == 85
    assert data.sellers["manager"].nunique() == 6
    assert set(data.opportunities["seller_id"]) <= set(data.sellers["seller_id"])


def test_zoho_counts(real) -> None:
    """Every Zoho module arrives with all its rows."""
    data = real("zoho_sample")
    sizes = {name: len(frame) for name, frame in data.tables.items()}
    assert sizes == {
        "sellers": 11,
        "customers": 2229,
        "visits": 2978,
        "activities": 4100,
        "quotes": 3000,
        "orders": 2061,
        "opportunities": 3632,
    }
    assert data.opportunities["status"].value_counts().to_dict() == {"open": 1722, "won": 1425, "lost": 485}
    assert data.activities["type"].value_counts().to_dict() == {"call_in": 3560, "call_out": 540}


def test_zoho_oddities_are_told(real) -> None:
    """Repeated calls, empty columns, cancelled orders, events of four months, missing ids and per cents."""
    data = real("zoho_sample")
    assert issue(data, "repeats", table="activities")["rows"] == 2572
    assert issue(data, "empty_columns")["value"] == "8"
    assert issue(data, "cancelled", table="orders")["rows"] == 491
    assert issue(data, "ends_late")["rows"] == 2978
    assert issue(data, "made_id", table="opportunities")["rows"] == 3632
    assert issue(data, "percent", table="opportunities")["rows"] == 3630
    assert data.opportunities["probability"].max() == 1


def test_zoho_dates_in_three_styles(real) -> None:
    """ISO, "15 Apr, 2021 00:02:00" and dd-mm-yyyy are one calendar."""
    data = real("zoho_sample")
    first_order = data.orders.loc[data.orders["order_id"] == "21000837"].iloc[0]
    assert first_order["order_date"] == pd.Timestamp("2021-07-03")
    assert first_order["amount"] == 7982
    assert data.opportunities["created_date"].iloc[0] == pd.Timestamp("2021-04-15")
    assert data.activities["date"].iloc[0] == pd.Timestamp("2021-04-15")
    assert data.orders["order_date"].max() == pd.Timestamp("2021-07-03")
    assert data.visits["start_time"].iloc[0] == pd.Timestamp("2021-04-15 21:02")


def test_zoho_owners_are_one_seller_under_id_and_name(real) -> None:
    """Names in quotes, orders and opportunities become the ids of Users.csv."""
    data = real("zoho_sample")
    known = set(data.sellers["seller_id"])
    for table in ("visits", "activities", "quotes", "orders", "opportunities"):
        assert set(data.tables[table]["seller_id"]) <= known, table
    assert data.issues.loc[data.issues["reason"] == R["name_to_id"], "rows"].sum() == 3632 + 3000 + 2061


def test_zoho_amounts(real) -> None:
    """ "$22,700.00" and "7,982" are thousands with decimal points; the sums are those of the files."""
    data = real("zoho_sample")
    assert data.opportunities["amount"].iloc[0] == 22700
    assert data.quotes["amount"].iloc[0] == 2372
    assert data.orders["amount"].min() > 100


def test_field_visits(real) -> None:
    """Visits without ids get ids; customers come with coordinates and the client's own tiers."""
    data = real("field_visits")
    assert (len(data.visits), len(data.customers)) == (362, 96)
    assert data.visits["visit_id"].is_unique
    assert data.customers["client_category"].value_counts().to_dict() == {"A": 45, "B": 33, "C": 18}
    assert data.customers[["lat", "lon"]].notna().all(axis=None)
