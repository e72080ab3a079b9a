"""What is worked out in whole columns gives what a plain loop over the visits gives."""

import numpy as np
import pandas as pd
import pytest

from salesaudit.analyses.visit_frequency.counting import crossed
from salesaudit.verification import traces
from salesaudit.verification.entries import BATCH_MINUTES, BATCH_VISITS, logged_in_one_go

DAYS = pd.Timestamp("2025-03-03")


def names(rng: np.random.Generator, letter: str, number: int, size: int, *, missing: float = 0.05) -> pd.Series:
    """Return random ids, some of them missing."""
    found = pd.Series([f"{letter}{n}" for n in rng.integers(0, number, size)], dtype="str")
    return found.mask(rng.random(size) < missing)


def days(rng: np.random.Generator, span: int, size: int) -> pd.Series:
    """Return random days."""
    return pd.Series(DAYS + pd.to_timedelta(rng.integers(0, span, size), unit="D")).astype("datetime64[us]")


@pytest.mark.parametrize("seed", range(5))
def test_entries_in_one_go(seed) -> None:
    """A visit is in a batch where some ten minutes hold it and entries about five days of the same seller."""
    rng = np.random.default_rng(seed)
    seller, day = pd.Series(rng.integers(-1, 3, 200)), days(rng, 12, 200)
    logged = (DAYS + pd.to_timedelta(rng.integers(0, 150, 200), unit="m")).to_series(index=seller.index)
    logged = logged.mask(rng.random(200) < 0.05)
    expected = np.zeros(200, bool)
    for first in np.flatnonzero(logged.notna() & (seller >= 0)):
        near = (seller == seller[first]) & logged.between(
            logged[first], logged[first] + pd.Timedelta(minutes=BATCH_MINUTES)
        )
        if day[near].nunique() >= BATCH_VISITS:
            expected |= near.to_numpy()
    assert 0 < expected.sum() < 200
    assert (logged_in_one_go(seller, logged, day) == expected).all()


@pytest.mark.parametrize("seed", range(5))
def test_traces(seed) -> None:
    """A visit has a trace where a booking, a contact, a quote or an order of its customer lies near enough."""
    rng = np.random.default_rng(seed)
    visits = pd.DataFrame({"seller_id": names(rng, "S", 3, 80), "customer_id": names(rng, "C", 15, 80)})
    visits = visits.assign(date=days(rng, 200, 80), visit_id=[f"V{n}" for n in range(80)])
    kind = rng.choice(np.array(["meeting_booked", "call_out", "newsletter"], dtype=object), 60)
    records = pd.DataFrame({"seller_id": names(rng, "S", 4, 60), "customer_id": names(rng, "C", 18, 60)})
    records = records.assign(date=days(rng, 260, 60) - pd.Timedelta(days=30), type=pd.Series(kind, dtype="str"))
    orders = pd.DataFrame({"customer_id": names(rng, "C", 18, 30), "order_date": days(rng, 260, 30)})
    expected = []
    for visit in visits.itertuples():
        lag = (records["date"] - visit.date).dt.days
        own = (records["customer_id"] == visit.customer_id) & (records["seller_id"] == visit.seller_id)
        booked = own & (records["type"] == "meeting_booked") & lag.between(-30, 0)
        called = own & (records["type"] == "call_out") & lag.between(-3, 3)
        bought = (orders["customer_id"] == visit.customer_id) & (orders["order_date"] - visit.date).dt.days.between(
            0, 14
        )
        expected.append(bool(booked.any() or called.any() or bought.any()))
    assert 0 < sum(expected) < 80
    assert traces({"activities": records, "orders": orders}, visits).tolist() == expected


def test_cross_tables() -> None:
    """Counts are those of pandas; values outside the given ones, and missing ones, do not count."""
    rng = np.random.default_rng(1)
    down, across = names(rng, "S", 6, 300), days(rng, 40, 300)
    index, columns = pd.Index([f"S{n}" for n in (4, 0, 2, 9)]), pd.date_range(DAYS, periods=20, unit="us")
    expected = pd.crosstab(down, across).reindex(index=index, columns=columns, fill_value=0)
    found = crossed(down, across, index=index, columns=columns)
    pd.testing.assert_frame_equal(found, expected, check_names=False, check_freq=False)
    assert found.to_numpy().sum() < 300
