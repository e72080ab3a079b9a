"""Customers and opportunities scored on five areas, and the colour that follows.

An area is the mean of its answered items times 25, known when at least three quarters of its items are answered;
green from 70, yellow from 40. The whole is red below 40, when stakeholders (A1) or process (A3) are red, or when two
areas are; green from 70 with no red area; else yellow. The cuts are conventions until outcomes can confirm them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.pipeline_revision.openings import OpenPipeline
from salesaudit.dataset import SalesData
from salesaudit.i18n import Message, message
from salesaudit.stats import Interval, ratio_of_totals

AREAS = ("A1", "A2", "A3", "A4", "A5")
DECISIVE = ("A1", "A3")
YELLOW_FROM, GREEN_FROM, ANSWERED = 40.0, 70.0, 0.75
RED_AREAS = 2
"""From so many red areas on the whole is red."""
SCORERS = ("self", "seller", "manager", "auditor")
"""Whose scores count, in this order; a second scorer's sample serves to check the first."""
WHOLE = 0.95
"""From this share of the open opportunities on, the scored ones are taken as all of them."""


def area_label(area: str) -> Message:
    """Return the name of an area."""
    return {
        "A1": message("Stakeholders"),
        "A2": message("Challenges"),
        "A3": message("Process"),
        "A4": message("Partner position"),
        "A5": message("Decision"),
    }[area]


@dataclass(frozen=True)
class Scores:
    """Scored entities.

    Attributes
    ----------
    kind : {"opportunity", "customer"}
        Open opportunities where these are scored, else customers.
    frame : DataFrame
        One row per entity: entity_id, name, seller_id, value, A1 ... A5 (0-100), total, colour, at_risk.
    red_share : Interval
        Share of the value (by number where there is none) that is red, of the entities with a colour.
    whole : bool
        Whether practically all open opportunities in the forecast were scored; else the share is that of a sample.
    scorer : str
    """

    kind: str
    frame: pd.DataFrame
    red_share: Interval
    whole: bool
    scorer: str


def scores(data: SalesData, pipeline: OpenPipeline, *, confidence_level: float = 0.95) -> Scores | None:
    """Return area scores and colours; None where nothing that is open was scored."""
    if not data.has("scorecard.entity_id", "scorecard.area", "scorecard.score"):
        return None
    card = data.scorecard.dropna(subset=["entity_id", "area"])
    card, scorer = _one_scorer(card)
    deals = card[(card["entity_type"] == "opportunity") & card["entity_id"].isin(pipeline.opportunities["opp_id"])]
    kind = "opportunity" if len(deals) else "customer"
    chosen = deals if len(deals) else card[card["entity_type"] == "customer"]
    if chosen.empty:
        return None
    areas = _areas(chosen)
    frame = areas.assign(total=areas.mean(axis=1), colour=_colours(areas)).reset_index(names="entity_id")
    frame = _describe(frame, kind, data, pipeline)
    frame["at_risk"] = frame["value"] * (1 - frame["total"] / 100)
    coloured = frame[frame["colour"] != "grey"]
    red = ratio_of_totals(
        coloured["value"].where(coloured["colour"] == "red", 0.0),
        coloured["value"],
        coloured["entity_id"],
        scale="logit",
        confidence_level=confidence_level,
    )
    whole = kind == "opportunity" and len(coloured) >= WHOLE * pipeline.opportunities["in_forecast"].sum()
    return Scores(kind, frame.sort_values("at_risk", ascending=False, ignore_index=True), red, whole, scorer)


def _one_scorer(card: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the rows of the scorer role whose scores count."""
    if "scorer_role" not in card or card["scorer_role"].isna().all():
        return card, ""
    present = card["scorer_role"].str.lower()
    role = next((r for r in SCORERS if (present == r).any()), present.value_counts().index[0])
    return card[present == role], str(role)


def _areas(card: pd.DataFrame) -> pd.DataFrame:
    """Return entity x area scores 0-100; missing where too few items are answered."""
    items = card.groupby("area")["item"].nunique() if "item" in card else pd.Series(dtype=float)
    answered = card.dropna(subset=["score"]).groupby(["entity_id", "area"])["score"].agg(["mean", "size"]).reset_index()
    asked = answered["area"].map(items).fillna(1).clip(lower=1)
    answered["points"] = (answered["mean"] * 25).where(answered["size"] >= ANSWERED * asked)
    table = answered.pivot_table(index="entity_id", columns="area", values="points", aggfunc="first", dropna=False)
    return table.reindex(index=card["entity_id"].unique(), columns=list(AREAS)).astype(float)


def _colours(areas: pd.DataFrame) -> np.ndarray:
    """Return the overall colour; grey where an area that is not known could still change it."""
    red = areas < YELLOW_FROM
    known = areas.notna().all(axis=1)
    total = areas.mean(axis=1)
    is_red = red[list(DECISIVE)].any(axis=1) | (red.sum(axis=1) >= RED_AREAS) | (known & (total < YELLOW_FROM))
    is_green = known & (total >= GREEN_FROM) & ~red.any(axis=1)
    return np.select([is_red, ~known, is_green], ["red", "grey", "green"], "yellow")


def area_colours(points: pd.DataFrame) -> pd.DataFrame:
    """Return the colour of each area's points; grey where they are not known."""
    return points.map(
        lambda p: "grey" if pd.isna(p) else "red" if p < YELLOW_FROM else "yellow" if p < GREEN_FROM else "green"
    )


def _describe(frame: pd.DataFrame, kind: str, data: SalesData, pipeline: OpenPipeline) -> pd.DataFrame:
    """Add name, seller and value: the open amount, or the customer's orders of the last twelve months."""
    if kind == "opportunity":
        rows = pipeline.opportunities.set_index("opp_id")[["customer", "seller_id", "weight"]]
        found = rows.reindex(frame["entity_id"]).reset_index(drop=True)
        return frame.assign(name=found["customer"], seller_id=found["seller_id"], value=found["weight"])
    names = pd.Series(dtype="str")
    if data.has("customers.name"):
        names = data.customers.drop_duplicates("customer_id").set_index("customer_id")["name"]
    value = pd.Series(1.0, index=frame.index)
    if data.has("orders.customer_id", "orders.amount", "orders.order_date"):
        year = data.orders[data.orders["order_date"] > pd.Timestamp(data.as_of) - pd.DateOffset(years=1)]
        value = frame["entity_id"].map(year.groupby("customer_id")["amount"].sum()).fillna(0.0)
    name = frame["entity_id"].map(names).fillna(frame["entity_id"])
    return frame.assign(name=name, seller_id=pd.Series(np.nan, frame.index, dtype="str"), value=value)
