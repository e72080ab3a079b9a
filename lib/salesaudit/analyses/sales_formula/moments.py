"""Moments of sale and what they led to: visits with their orders, or opportunities with their wins."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData
from salesaudit.errors import DataMissing

VISIT_WAY = (
    "visits.seller_id",
    "visits.customer_id",
    "visits.date",
    "orders.customer_id",
    "orders.order_date",
    "orders.amount",
)
OPPORTUNITY_WAY = (
    "opportunities.seller_id",
    "opportunities.status",
    "opportunities.created_date",
    "opportunities.closed_date",
    "opportunities.amount",
)
WAYS = (VISIT_WAY, OPPORTUNITY_WAY)
"""Each of them alone is enough for the formula."""
ACTIVITY_CHANNELS = {"phone": ("call_out", "call_in", "call"), "newsletter": ("newsletter",)}
"""Channel of an order -> the types of activity that are its moments."""
UNKNOWN = "unknown"
AGE_STEP = 30
YEAR_OF_WEEKS = 364
FEWEST_DAYS = 14
"""A shorter period is not compared with anything."""
EDGE_DAYS = 31
"""A period of comparison must have its first moment within this many days."""


@dataclass(frozen=True)
class Moments:
    """Everything that could have led to a sale, and the sales that nothing led to.

    Attributes
    ----------
    kind : {"visits", "opportunities"}
    frame : DataFrame
        One row per moment (index): channel, seller_id, date, hit (flag), value (amount, missing where there is no hit
        or its amount is not known), key.
    orders : DataFrame
        One row per usable order: channel (of the order), date, value, moment (index of `frame`, missing where none came
        before it). Empty where moments are opportunities.
    age_days : int
        How long a moment is given to become a hit.
    left_out : dict
        Rows left out, by reason.
    """

    kind: str
    frame: pd.DataFrame
    orders: pd.DataFrame
    age_days: int
    left_out: dict[str, int]

    @property
    def other(self) -> pd.DataFrame:
        """The orders that no moment came before."""
        return self.orders[self.orders["moment"].isna()]

    @property
    def main(self) -> pd.DataFrame:
        """The moments that sellers are compared by: visits, or all opportunities."""
        return self.frame[self.frame["channel"] == "visit"] if self.kind == "visits" else self.frame

    def without(self, channels: list[str]) -> "Moments":
        """Return the same without the moments of some channels; their orders have no moment then."""
        gone = self.frame.index[self.frame["channel"].isin(channels)]
        orders = self.orders.assign(moment=self.orders["moment"].mask(self.orders["moment"].isin(gone)))
        return replace(self, frame=self.frame.drop(index=gone), orders=orders)


def find_moments(data: SalesData, *, window_days: int, opportunity_age_days: int | None) -> Moments:
    """Return the moments by the first way that the data allow.

    Raises
    ------
    DataMissing
        Neither way can be gone; names what both lack.
    """
    lacking_visits, lacking_opportunities = _lacking(data, VISIT_WAY), _lacking(data, OPPORTUNITY_WAY)
    if not lacking_visits:
        found = _from_visits(data, window_days)
        if found.frame["hit"].any() or lacking_opportunities:
            return found
    if lacking_opportunities:
        raise DataMissing(
            [*lacking_visits, *lacking_opportunities],
            fix="send one of two: visits and orders that both name the customer; or opportunities with seller, status, "
            "creation date, closing date and amount",
        )
    return _from_opportunities(data, opportunity_age_days)


def _lacking(data: SalesData, way: tuple[str, ...]) -> list[str]:
    """Return what the data lack for a way; amounts of which none is above zero are no amounts."""
    lacking, money = data.lacks(way), way[-1]
    table, _, column = money.partition(".")
    return lacking if lacking or data.tables[table][column].gt(0).any() else [money]


def _from_visits(data: SalesData, window_days: int) -> Moments:
    orders, left_out = _usable_orders(data)
    moments = pd.concat([_visits(data), *_activities(data, orders)], ignore_index=True)
    dated = moments["date"].notna() & moments["customer_id"].notna()
    left_out["moments_without_date_or_customer"] = int((~dated).sum())
    moments = moments[dated].reset_index(drop=True)
    orders["moment"] = _last_moment(orders, moments, window_days)
    amount = orders.dropna(subset=["moment"]).groupby("moment")["value"].sum()
    moments["value"] = amount.reindex(moments.index)
    moments["hit"] = moments["value"].notna()
    return Moments(
        "visits",
        moments[["channel", "seller_id", "date", "hit", "value", "key"]],
        orders[["channel", "date", "value", "moment"]].fillna({"channel": UNKNOWN}),
        window_days,
        left_out,
    )


def _usable_orders(data: SalesData) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return orders with date, customer and a positive amount, and how many had not."""
    orders = data.orders
    channel = orders["channel"] if data.has("orders.channel") else pd.Series(np.nan, orders.index, dtype="str")
    frame = pd.DataFrame(
        {
            "customer_id": orders["customer_id"],
            "date": orders["order_date"].dt.normalize(),
            "value": orders["amount"],
            "channel": channel,
        }
    )
    dated = frame["date"].notna() & frame["value"].notna()
    positive = frame["value"] > 0
    left_out = {"orders_without_date_or_amount": int((~dated).sum()), "credits": int((dated & ~positive).sum())}
    return frame[dated & positive].reset_index(drop=True), left_out


def _visits(data: SalesData) -> pd.DataFrame:
    visits = data.visits
    return pd.DataFrame(
        {
            "channel": pd.Series("visit", visits.index, dtype="str"),
            "seller_id": visits["seller_id"],
            "customer_id": visits["customer_id"],
            "date": visits["date"].dt.normalize(),
            "key": visits["visit_id"] if "visit_id" in visits else visits.index.astype("str"),
        }
    )


def _activities(data: SalesData, orders: pd.DataFrame) -> list[pd.DataFrame]:
    """Return calls and mailings as moments, where orders say that they came in that way."""
    if not data.has("activities.customer_id", "activities.date", "activities.type"):
        return []
    activities, parts = data.activities, []
    for channel, types in ACTIVITY_CHANNELS.items():
        mine = activities[activities["type"].isin(types) & activities["customer_id"].notna()]
        if mine.empty or not (orders["channel"] == channel).any():
            continue
        parts.append(
            pd.DataFrame(
                {
                    "channel": pd.Series(channel, mine.index, dtype="str"),
                    "seller_id": mine["seller_id"],
                    "customer_id": mine["customer_id"],
                    "date": mine["date"].dt.normalize(),
                    "key": mine["activity_id"] if "activity_id" in mine else mine.index.astype("str"),
                }
            )
        )
    return parts


def _last_moment(orders: pd.DataFrame, moments: pd.DataFrame, window_days: int) -> pd.Series:
    """Return for each order the row of the last moment of its customer and channel within the window, else NaN.

    An order that does not say how it came in is looked for among the visits.
    """
    left = orders.dropna(subset=["customer_id"])[["customer_id", "date", "channel"]]
    left = left.assign(channel=left["channel"].fillna("visit")).rename_axis("order").reset_index()
    right = moments[["customer_id", "date", "channel"]].rename_axis("moment").reset_index()
    found = pd.merge_asof(
        left.sort_values("date", kind="stable"),
        right.sort_values("date", kind="stable"),
        on="date",
        by=["customer_id", "channel"],
        tolerance=pd.Timedelta(window_days, unit="D"),
    )
    return found.set_index("order")["moment"].reindex(orders.index)


def _from_opportunities(data: SalesData, age_days: int | None) -> Moments:
    opportunities = data.opportunities
    source = pd.Series("opportunity", opportunities.index, dtype="str")
    if data.has("opportunities.source"):
        source = opportunities["source"].fillna(UNKNOWN)
    frame = pd.DataFrame(
        {
            "channel": source,
            "seller_id": opportunities["seller_id"],
            "date": opportunities["created_date"].dt.normalize(),
            "closed": opportunities["closed_date"].dt.normalize(),
            "won": opportunities["status"] == "won",
            "amount": opportunities["amount"].where(opportunities["amount"] > 0),
            "key": opportunities["opp_id"] if "opp_id" in opportunities else opportunities.index.astype("str"),
        }
    )
    undated = frame["date"].isna() | (frame["won"] & frame["closed"].isna())
    backwards = frame["closed"] < frame["date"]
    left_out = {"opportunities_without_dates": int(undated.sum()), "closed_before_created": int(backwards.sum())}
    frame = frame[~undated & ~backwards].reset_index(drop=True)
    took = (frame["closed"] - frame["date"]).dt.days
    wins = took[frame["won"]]
    if age_days is None:
        usual = np.ceil(wins.quantile(0.8) / AGE_STEP) if len(wins) else 1
        # Half of the period must be left to look at; a share won by a younger age is as true, only smaller.
        room = ((data.end - data.start).days + 1) // 2 // AGE_STEP
        age_days = int(max(1, min(usual, room)) * AGE_STEP)
    frame["hit"] = frame["won"] & (took <= age_days)
    frame["value"] = frame["amount"].where(frame["hit"])
    orders = pd.DataFrame({"channel": source.iloc[:0], "date": frame["date"].iloc[:0], "value": [], "moment": []})
    columns = ["channel", "seller_id", "date", "hit", "value", "key"]
    return Moments("opportunities", frame[columns], orders.astype({"value": "float64"}), age_days, left_out)


@dataclass(frozen=True)
class Windows:
    """The two periods that are compared, all days included; both None where there is nothing to compare.

    Attributes
    ----------
    now, before : tuple of date or None
    how : {"year", "adjacent", "halves", "none"}
        The same weeks a year earlier; the equally long period just before; the halves of the period.
    """

    now: tuple[date, date] | None
    before: tuple[date, date] | None
    how: str

    @property
    def days(self) -> int:
        """Length of each of the two."""
        return (self.now[1] - self.now[0]).days + 1 if self.now else 0

    @property
    def season_removed(self) -> bool:
        """Whether both periods cover the same time of the year."""
        if self.now is None or self.before is None:
            return False
        shift = (self.now[1] - self.before[1]).days
        return shift > EDGE_DAYS and abs(shift - round(shift / YEAR_OF_WEEKS) * YEAR_OF_WEEKS) <= 7


def choose_windows(dates: pd.Series, *, start: date, end: date, as_of: date, age_days: int) -> Windows:
    """Return the period of the audit, cut to moments of full age, and what it is compared with."""
    last = min(end, as_of - timedelta(days=age_days))
    days = (last - start).days + 1
    if days < FEWEST_DAYS or dates.empty:
        return Windows(None, None, "none")
    then = min(last - timedelta(days=YEAR_OF_WEEKS), start - timedelta(days=1))
    first = then - timedelta(days=days - 1)
    edge = dates.between(pd.Timestamp(first), pd.Timestamp(first) + pd.Timedelta(min(EDGE_DAYS, days), unit="D"))
    if edge.any():
        how = "year" if then == last - timedelta(days=YEAR_OF_WEEKS) else "adjacent"
        return Windows((start, last), (first, then), how)
    half = days // 2
    middle = last - timedelta(days=half)
    return Windows((middle + timedelta(days=1), last), (middle - timedelta(days=half - 1), middle), "halves")


def recorded_in_both(moments: Moments, windows: Windows) -> tuple[Moments, tuple[str, ...]]:
    """Return the moments of channels that were recorded from the start of both periods, and the channels left out.

    Calls that are in the export for the later period only would look like a burst of activity.
    """
    if windows.now is None or moments.kind != "visits":
        return moments, ()
    reach = pd.Timedelta(min(EDGE_DAYS, windows.days), unit="D")
    partial = []
    for channel in sorted(set(moments.frame["channel"]) - {"visit"}):
        dates = moments.frame.loc[moments.frame["channel"] == channel, "date"]
        starts = [pd.Timestamp(w[0]) for w in (windows.before, windows.now)]
        if not all(dates.between(start, start + reach).any() for start in starts):
            partial.append(channel)
    return moments.without(partial), tuple(partial)
