"""SalesData: what is there, what is missing, and under which names sellers appear."""

import pandas as pd
import pytest

from salesaudit.dataset import Source, pseudonyms
from salesaudit.errors import DataMissing
from salesaudit.format import Loc

VISITS = pd.DataFrame(
    {
        "visit_id": ["1", "2"],
        "seller_id": ["a", "b"],
        "customer_id": ["x", "y"],
        "date": pd.to_datetime(["2024-12-31", "2025-06-02"]),
        "duration_min": [None, None],
    }
)


def test_require_names_everything_that_is_missing(make_data) -> None:
    """A missing table, a missing column and an empty column are all named at once."""
    data = make_data(visits=VISITS)
    with pytest.raises(DataMissing) as error:
        data.require(["visits.date", "visits.duration_min", "visits.subject", "orders.amount"])
    assert error.value.missing == ("visits.duration_min", "visits.subject", "orders.amount")


def test_unknown_names_are_our_mistake(make_data) -> None:
    """An analysis that asks for a column which does not exist in the schema is a bug, not a gap in the data."""
    with pytest.raises(KeyError):
        make_data(visits=VISITS).has("visits.dat")


def test_within_the_period(make_data) -> None:
    """Both ends of the period are included, the rest is left out."""
    assert list(make_data(visits=VISITS).within("visits")["visit_id"]) == ["2"]


def test_pseudonyms_say_nothing() -> None:
    """Pseudonyms are stable, distinct, and not in the order of the ids."""
    ids = [f"seller{n:02d}" for n in range(12)]
    labels = pseudonyms(ids, "Acme", Loc("en"))
    assert labels == pseudonyms(reversed(ids), "Acme", Loc("en"))
    assert sorted(labels.values()) == [f"Seller {n:02d}" for n in range(1, 13)]
    assert [labels[i] for i in ids] != sorted(labels.values())
    assert labels != pseudonyms(ids, "Another client", Loc("en"))


@pytest.mark.parametrize("edition", ["pseudonymised", "named"])
def test_names_only_in_the_named_edition(make_data, edition: str) -> None:
    """A seller's name reaches a report only when the client asked for it and gave a reason."""
    sellers = pd.DataFrame({"seller_id": ["a"], "name": ["Åsa Öberg"]})
    data = make_data(sellers=sellers, settings={"privacy": {"edition": edition, "reason": "agreed with the union"}})
    assert data.context.seller("a") == ("Åsa Öberg" if edition == "named" else "Seller 01")


def test_a_source_must_reconcile() -> None:
    """No row can vanish: rows in = used + merged + rejected."""
    with pytest.raises(AssertionError, match="10 rows in"):
        Source("a.csv", "visits", "0", rows_in=10, used=8, rejected=1)
