"""The map: where the hours of the car go, and how much of them to the category that is worth least."""

import numpy as np
import pandas as pd

from salesaudit import charts
from salesaudit.analyses.route_to_category.analysis import RouteToCategory
from salesaudit.analyses.route_to_category.categories import LOW, phrase
from salesaudit.analyses.route_to_category.figures import COLOURS
from salesaudit.analyses.route_to_category.overview import absent
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Number, Share
from salesaudit.i18n import Message, message

FAR_KM = 100.0
"""Road km of one visit, its part of the trip, above which a visit lies far off."""
CELLS = 26
"""Squares across the map: nearer customers share a bubble, so that single customers are not singled out."""
FARTHEST, FARTHEST_KM = 4.0, 1_500.0
"""Places farther off than both, this many times the distance of three in four and so many km, are slips."""


def plot_map(result: RouteToCategory) -> Figure | Missing:
    """Draw the hours of travel (or the visits, where travel is not known) at the places of the customers.

    The places are those of the customers only; where the sellers live is not drawn.
    """
    context = result.context
    trips = _trips(result)
    if trips.empty:
        return Missing(
            message("Where do the car trips go?"),
            absent(result, "customers.lat", "customers.lon", "visits.customer_id"),
            message("The place of every customer, in degrees or as an address that can be looked up."),
            context,
        )
    near = _near(trips)
    watched = "3" if "3" in result.categories.codes else LOW
    cells = _cells(trips[near], watched)
    travel = result.field.basis == "field"
    there = {
        "all": (charts.CONTEXT, message("all travel hours") if travel else message("all visits in person")),
        "watched": (COLOURS.get(watched, charts.ACCENT), message("of these to {category}", category=phrase(watched))),
    }
    unit = message("hours") if travel else message("visits")
    drawn = charts.outlined(cells["lat"], cells["lon"])
    return Figure(
        key="map",
        draw=charts.bubble_map(
            cells,
            lat="lat",
            lon="lon",
            values={column: (colour, words.text(context.loc)) for column, (colour, words) in there.items()},
            loc=context.loc,
            unit=unit.text(context.loc),
        ),
        title=_title(trips, watched, travel=travel),
        subtitle=_subtitle(result, trips, near, travel=travel),
        alt=_alt(cells, watched, travel=travel),
        data=cells.rename(columns={"all": "travel_hours", "watched": f"travel_hours_{watched}"})
        if travel
        else cells.drop(columns="visits").rename(columns={"all": "visits", "watched": f"visits_{watched}"}),
        context=context,
        source=message("the client's visits and customers; outlines: Natural Earth") if drawn else None,
    )


def _trips(result: RouteToCategory) -> pd.DataFrame:
    """Return the visits in person to customers with a place: lat, lon, category, amount (hours or visits), km."""
    field = result.field
    if field is None or field.places.empty:
        return pd.DataFrame()
    trips = field.classified.loc[lambda f: f["in_person"]].merge(field.places, on="customer_id")
    trips["amount"] = trips["travel_hours"] if field.basis == "field" else 1.0
    trips = trips[trips["amount"] > 0]
    return trips[["lat", "lon", "category", "amount", "travel_km"]].reset_index(drop=True)


def _near(trips: pd.DataFrame) -> pd.Series:
    """Return which visits lie where the others are: one customer at 0 degrees north would shrink the map to a dot."""
    x, y = charts.plane(trips["lat"], trips["lon"])
    away = np.hypot(x - np.median(x), y - np.median(y))
    return pd.Series(away <= max(FARTHEST * float(np.quantile(away, 0.75)), FARTHEST_KM), index=trips.index)


def _cells(trips: pd.DataFrame, watched: str) -> pd.DataFrame:
    """Return the sums of squares of the map: lat, lon (the middle of their visits), visits, all, watched."""
    x, y = charts.plane(trips["lat"], trips["lon"])
    side = max(np.ptp(x), np.ptp(y), 1.0) / CELLS
    amount = trips["amount"]
    weighed = pd.DataFrame(
        {
            "row": np.floor((y.max() - y) / side).astype(int),
            "column": np.floor((x - x.min()) / side).astype(int),
            "lat": trips["lat"] * amount,
            "lon": trips["lon"] * amount,
            "visits": 1,
            "all": amount,
            "watched": amount.where(trips["category"] == watched, 0.0),
        }
    )
    cells = weighed.groupby(["row", "column"]).sum().sort_values("all", ascending=False, kind="stable")
    cells[["lat", "lon"]] = cells[["lat", "lon"]].div(cells["all"], axis=0).round(3)
    return cells.round({"all": 1, "watched": 1}).reset_index(drop=True)


def _title(trips: pd.DataFrame, watched: str, *, travel: bool) -> Message:
    total = trips["amount"].sum()
    there = trips[trips["category"] == watched]
    share = Share(there["amount"].sum() / total)
    if not travel:
        return message("{share} of the visits in person go to {category}", share=share, category=phrase(watched))
    far = there.loc[there["travel_km"] > FAR_KM, "amount"].sum() / total
    if not far > 0:
        return message("{share} of the travel hours go to {category}", share=share, category=phrase(watched))
    return message(
        "{share} of the travel hours go to {category}; {far} to visits in the same category with more than {km} km of "
        "driving each",
        share=share,
        category=phrase(watched),
        far=Share(far),
        km=Number(FAR_KM),
    )


def _subtitle(result: RouteToCategory, trips: pd.DataFrame, near: pd.Series, *, travel: bool) -> Message:
    values = {"n": Count(len(trips)), "period": result.context.period}
    left_out = int((~near).sum())
    if left_out:
        values["out"] = Count(left_out)
    if travel and left_out:
        return message(
            "Hours of driving at the places of the customers, area by hours; {n} visits in person, {period}; {out} far "
            "from all others are not drawn",
            **values,
        )
    if travel:
        return message(
            "Hours of driving at the places of the customers, area by hours; {n} visits in person, {period}", **values
        )
    if left_out:
        return message(
            "Visits in person at the places of the customers, area by number; {n} visits, {period}; {out} far from all "
            "others are not drawn",
            **values,
        )
    return message("Visits in person at the places of the customers, area by number; {n} visits, {period}", **values)


def _alt(cells: pd.DataFrame, watched: str, *, travel: bool) -> Message:
    first = cells.iloc[0]
    values = {
        "places": Count(len(cells)),
        "north": Number(first["lat"], decimals=1),
        "east": Number(first["lon"], decimals=1),
        "category": phrase(watched),
        "share": Share(first["watched"] / first["all"]),
    }
    if travel:
        return message(
            "Map with {places} bubbles. The largest, at {north} degrees north and {east} degrees east, has {hours} "
            "hours of driving, {share} of them to {category}.",
            hours=Number(first["all"], decimals=0),
            **values,
        )
    return message(
        "Map with {places} bubbles. The largest, at {north} degrees north and {east} degrees east, has {visits} "
        "visits, {share} of them to {category}.",
        visits=Count(int(first["all"])),
        **values,
    )
