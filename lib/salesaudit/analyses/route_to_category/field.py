"""Visits of the period with their category and their hours: the visit itself and its share of the travel."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.route_to_category.categories import Categories
from salesaudit.analyses.route_to_category.travel import Routes, reconstruct
from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, ratio_of_totals

KNOWN_DURATIONS = 0.5
"""Below this share of visits with a length, hours are not computed."""
LONGEST_MINUTES = 16 * 60
"""A longer visit is a slip of the pen."""


@dataclass(frozen=True)
class Field:
    """Where the visits of the period went.

    Attributes
    ----------
    visits : DataFrame
        One row per visit of the period: visit_id, seller_id, customer_id, date, category (missing when the customer is
        not in the customer table), in_person, visit_hours, travel_hours, travel_km, hours.
    routes : Routes
    basis : {"field", "visit", "count"}
        What `hours` holds: visit and travel; the visit alone; nothing, because no lengths were exported.
    durations_assumed : int
        Visits without a length, which got the median length.
    without_customer : int
        Visits whose customer is not in the customer table.
    places : DataFrame
        customer_id, lat, lon of the customers with a place. Where a visit was logged is not among them: that may have
        been the seller's home.
    """

    visits: pd.DataFrame
    routes: Routes
    basis: str
    durations_assumed: int
    without_customer: int
    places: pd.DataFrame

    @property
    def classified(self) -> pd.DataFrame:
        """Return the visits whose customer has a row in the customer table."""
        return self.visits.dropna(subset=["category"])

    def share(
        self, measure: str, category: str, *, in_person: bool = False, confidence_level: float = 0.95
    ) -> Interval:
        """Return the share of a measure that goes to one category, with sellers as clusters.

        Parameters
        ----------
        measure : str
            "hours", or "visits" for plain numbers.
        """
        rows = self.classified
        rows = rows[rows["in_person"]] if in_person else rows
        amount = pd.Series(1.0, rows.index) if measure == "visits" else rows[measure]
        part = amount.where(rows["category"] == category, 0.0).where(amount.notna())
        return ratio_of_totals(part, amount, rows["seller_id"], scale="logit", confidence_level=confidence_level)


def field_work(data: SalesData, categories: Categories, *, detour: float = 1.33) -> Field | None:
    """Return the visits of the period with category and hours; None where no visit can be tied to a customer."""
    if data.lacks(("visits.customer_id", "visits.seller_id", "visits.date")):
        return None
    visits = data.within("visits", "date").dropna(subset=["customer_id"]).reset_index(drop=True)
    if visits.empty:
        return None
    frame = visits[["visit_id", "seller_id", "customer_id", "date"]].copy()
    frame["category"] = frame["customer_id"].map(categories.customers.set_index("customer_id")["category"])
    channel = visits["channel"] if "channel" in visits else pd.Series(pd.NA, visits.index, dtype="str")
    # Where nothing says otherwise a visit is a meeting in person.
    frame["in_person"] = (~channel.isin(["video", "phone"])).to_numpy()
    frame["visit_hours"], assumed = _visit_hours(visits)
    routes = reconstruct(_stops(data, visits[frame["in_person"]]), _bases(data), detour=detour)
    travel = routes.stops.set_index("visit_id")
    for name in ("travel_hours", "travel_km"):
        # Talking by video costs no travel; a stop whose place is not known costs an unknown amount.
        frame[name] = frame["visit_id"].map(travel[name]).where(frame["in_person"], 0.0)
    basis = "count" if frame["visit_hours"].isna().all() else "field" if routes.usable else "visit"
    frame["hours"] = frame["visit_hours"] + (frame["travel_hours"] if basis == "field" else 0.0)
    return Field(frame, routes, basis, assumed, int(frame["category"].isna().sum()), _places(data))


def _visit_hours(visits: pd.DataFrame) -> tuple[pd.Series, int]:
    """Return the length of each visit in hours, and how many had to be filled with the median."""
    minutes = pd.Series(np.nan, visits.index)
    if "duration_min" in visits:
        minutes = visits["duration_min"].astype(float)
    if {"start_time", "end_time"} <= set(visits):
        minutes = minutes.fillna((visits["end_time"] - visits["start_time"]).dt.total_seconds() / 60)
    minutes = minutes.where((minutes > 0) & (minutes <= LONGEST_MINUTES))
    if minutes.notna().mean() < KNOWN_DURATIONS:
        return pd.Series(np.nan, visits.index), 0
    return minutes.fillna(minutes.median()) / 60, int(minutes.isna().sum())


def _stops(data: SalesData, visits: pd.DataFrame) -> pd.DataFrame:
    """Return the visits with a place: the customer's, else where the visit was logged."""
    columns = [c for c in ("visit_id", "seller_id", "date", "start_time", "order_in_day") if c in visits]
    stops = visits[columns].copy()
    places = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").set_index("customer_id")
    for name in ("lat", "lon"):
        known = visits["customer_id"].map(places[name]) if name in places else pd.Series(np.nan, visits.index)
        logged = visits[name] if name in visits else pd.Series(np.nan, visits.index)
        stops[name] = known.astype(float).fillna(logged)
    return stops


def _places(data: SalesData) -> pd.DataFrame:
    """Return customer_id, lat, lon of the customers whose place is in the customer table."""
    if data.lacks(("customers.lat", "customers.lon")):
        empty = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "lat": [], "lon": []})
        return empty.astype({"lat": float, "lon": float})
    return data.customers[["customer_id", "lat", "lon"]].dropna().drop_duplicates("customer_id")


def _bases(data: SalesData) -> pd.DataFrame:
    if data.lacks(("sellers.home_lat", "sellers.home_lon")):
        return pd.DataFrame({"seller_id": pd.Series(dtype="str"), "home_lat": [], "home_lon": []})
    return data.sellers[["seller_id", "home_lat", "home_lon"]]
