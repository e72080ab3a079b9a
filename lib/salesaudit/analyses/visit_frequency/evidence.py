"""How well each logged visit is borne out: by the customer, by other records, by nothing, or contradicted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.dataset import SalesData
from salesaudit.verification import CERTAIN, Answers, signs, traces
from salesaudit.verification.answers import DID_NOT, TOOK_PLACE

SHIFT_DAYS = 91
"""By so many days the visits are moved to see how often a trace lies near by accident."""
RUNGS = ("confirmed", "supported", "claimed", "contradicted")
FEWEST_TRACEABLE = 0.1
"""Share of the visits whose customer another record must name before lacking support says anything."""
SOURCES = ("activities", "quotes", "orders")
"""Tables in which a trace of a visit may lie."""


@dataclass(frozen=True)
class Ladder:
    """How well each logged visit is borne out.

    Attributes
    ----------
    visits : Series
        Number of visits on each of `RUNGS`.
    by_accident : float
        Share of the visits near which a trace would lie if they had been on other days.
    signs : Series
        Number of visits that bear each sign against them.
    day_off : Series of bool
        Whether each counted visit lies on a weekend or a holiday, in their order.
    asked : bool
        Whether customers were asked.
    traceable : int
        Visits whose customer any other record names; without one no visit can be supported.
    contradictable : bool
        Whether absences, or places and hours, are known that could contradict a visit.
    """

    visits: pd.Series
    by_accident: float
    signs: pd.Series
    day_off: pd.Series
    asked: bool
    traceable: int
    contradictable: bool

    @property
    def possible(self) -> list[str]:
        """Return the rungs on which visits could stand; "claimed" alone where there is nothing to hold them against."""
        named = self.traceable >= FEWEST_TRACEABLE * self.visits.sum() > 0
        could = {
            "confirmed": self.asked,
            "supported": named or self.visits["supported"] > 0,
            "claimed": True,
            "contradicted": self.asked or self.contradictable,
        }
        return [rung for rung in RUNGS if could[rung]]


def ladder(data: SalesData, counted: Counted, answers: Answers | None) -> Ladder:
    """Return how many of the counted visits are confirmed, supported, claimed only, or contradicted."""
    visits = counted.visits.reindex(columns=["visit_id", "seller_id", "customer_id", "date"]).reset_index(drop=True)
    marks = signs(data.tables, visits, country=data.client.settings.country)
    near = traces(data.tables, visits).to_numpy()
    elsewhere = traces(data.tables, visits.assign(date=visits["date"] - pd.Timedelta(days=SHIFT_DAYS)))
    said = pd.Series(np.nan, index=visits["visit_id"], dtype="str")
    if answers is not None:
        said = answers.visits.set_index("visit_id")["state"].reindex(visits["visit_id"])
    said = said.to_numpy()
    rung = np.select(
        [said == DID_NOT, said == TOOK_PLACE, (marks["risk"] == CERTAIN).to_numpy(), near],
        ["contradicted", "confirmed", "contradicted", "supported"],
        "claimed",
    )
    return Ladder(
        visits=pd.Series(rung, dtype="str").value_counts().reindex(RUNGS, fill_value=0),
        by_accident=float(elsewhere.mean()) if len(elsewhere) else float("nan"),
        signs=marks.drop(columns="risk").sum(),
        day_off=marks["day_off"],
        asked=answers is not None,
        traceable=_traceable(data, visits["customer_id"]),
        contradictable=_contradictable(data),
    )


def _traceable(data: SalesData, customer: pd.Series) -> int:
    """Return how many of the customers of visits are named in a table in which a trace may lie."""
    named = pd.Series(False, index=customer.index)
    for table in SOURCES:
        if data.has(f"{table}.customer_id"):
            named |= customer.notna() & customer.isin(data.tables[table]["customer_id"])
    return int(named.sum())


def _contradictable(data: SalesData) -> bool:
    """Return whether days of absence, or the hours and places of visits, are known."""
    places = ("customers.lat", "customers.lon", "visits.customer_id", "visits.start_time", "visits.end_time")
    return data.has("absence.seller_id", "absence.date_from") or data.has(*places)
