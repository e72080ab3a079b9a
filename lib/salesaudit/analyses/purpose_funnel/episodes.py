"""From visits to histories: which opportunity a visit was about, and when each one reached which step."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from salesaudit.schema import PROGRESS

LEVEL = {purpose: rank for rank, purpose in enumerate(PROGRESS, start=1)}
"""Rank of the purposes that lead towards a contract."""
FORWARD, LOST = 1, 2
"""Causes of leaving a step; 0 is still in it when the data end."""
DEAD_FACTOR, DEAD_QUANTILE, DEAD_DEFAULT, DEAD_FLOOR, FEWEST_GAPS = 3, 0.9, 365, 90, 20
"""An episode is dead after three times the 90th percentile of the pauses in won ones; a year where those are few."""


@dataclass(frozen=True)
class Histories:
    """Sales visits as episodes with steps.

    Attributes
    ----------
    visits : DataFrame
        One row per sales visit and episode: visit_id, seller_id, customer_id, date, purpose, level, episode,
        attribution (id, one, later, shared, none).
    episodes : DataFrame
        One row per episode (index): customer_id, seller_id (of the first visit), first, last (visit), end (won, lost,
        inactive, open), end_date, has_opportunity (flag).
    entries : DataFrame
        One row per step entered: episode, seller_id, state, date, days, cause (0, FORWARD, LOST), end, next_state.
    attribution : Series
        Number of sales visits by kind of attribution.
    dead_after_days : float
    pauses : int
        Pauses in won episodes behind it.
    after_close, without_customer : int
        Sales visits left out: after their opportunity closed; without a customer and an opportunity.
    """

    visits: pd.DataFrame
    episodes: pd.DataFrame
    entries: pd.DataFrame
    attribution: pd.Series
    dead_after_days: float
    pauses: int
    after_close: int
    without_customer: int


def histories(visits: pd.DataFrame, opportunities: pd.DataFrame, *, as_of: date, gap_days: int) -> Histories:
    """Return the episodes behind the sales visits up to `as_of`.

    Parameters
    ----------
    visits, opportunities : DataFrame
        Canonical tables.
    gap_days : int
        A pause at least this long starts a new episode of a customer without an opportunity.
    """
    sales = _sales_visits(visits, as_of)
    opps = _opportunities(opportunities, as_of)
    attributed = _attribute(sales, opps, gap_days)
    counts = attributed.drop_duplicates("row")["attribution"].value_counts()
    known = attributed.merge(opps[["opp_id", "status", "closed"]], on="opp_id", how="left")
    late = (known["closed"] < known["date"]).fillna(False)
    known = known[~late].sort_values(["episode", "date", "level"], kind="stable", ignore_index=True)
    dead_after, pauses = _dead_after(known)
    episodes = _episodes(known, dead_after, as_of)
    columns = ["visit_id", "seller_id", "customer_id", "date", "purpose", "level", "episode", "attribution"]
    return Histories(
        visits=known[columns],
        episodes=episodes,
        entries=_entries(known, episodes, as_of),
        attribution=counts.reindex(["id", "one", "later", "shared", "none"], fill_value=0),
        dead_after_days=dead_after,
        pauses=pauses,
        after_close=int(attributed.loc[late.to_numpy(), "row"].nunique()),
        without_customer=int(len(sales) - attributed["row"].nunique()),
    )


def _sales_visits(visits: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the visits on the way to a contract up to the day of the audit, one number per row."""
    mine = visits[
        visits["purpose_planned"].isin(PROGRESS) & (visits["date"] < pd.Timestamp(as_of) + pd.Timedelta("1D"))
    ]
    frame = pd.DataFrame(
        {
            "visit_id": mine["visit_id"] if "visit_id" in mine else mine.index.astype("str"),
            "seller_id": mine["seller_id"],
            "customer_id": mine["customer_id"],
            "date": mine["date"].dt.normalize(),
            "purpose": mine["purpose_planned"],
            "level": mine["purpose_planned"].map(LEVEL).astype("int64"),
            "opp_id": mine["opportunity_id"]
            if "opportunity_id" in mine
            else pd.Series(np.nan, mine.index, dtype="str"),
        }
    )
    return frame.dropna(subset=["date"]).reset_index(drop=True).rename_axis("row").reset_index()


def _opportunities(opportunities: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return opp_id, customer_id, seller_id, created, closed and the status as it was on the day of the audit."""
    frame = opportunities.drop_duplicates("opp_id")

    def column(name: str, dtype: str) -> pd.Series:
        return frame[name] if name in frame else pd.Series(np.nan, frame.index).astype(dtype)

    closed = column("closed_date", "datetime64[us]").dt.normalize()
    future = closed > pd.Timestamp(as_of)
    status = frame["status"].mask(future, "open")
    return pd.DataFrame(
        {
            "opp_id": frame["opp_id"],
            "customer_id": column("customer_id", "str"),
            "seller_id": column("seller_id", "str"),
            "created": column("created_date", "datetime64[us]").dt.normalize(),
            "closed": closed.where(status.isin(["won", "lost"]) & ~future),
            "status": status,
        }
    ).reset_index(drop=True)


def _attribute(sales: pd.DataFrame, opps: pd.DataFrame, gap_days: int) -> pd.DataFrame:
    """Give each sales visit its opportunity, or an episode of its customer.

    By its own opportunity_id; else the opportunities of the same customer and seller that were open that day (a visit
    with several counts in each of them, marked shared); else the next one that the two opened within `gap_days`;
    else an episode of the customer. Visits without a customer and an opportunity drop out.
    """
    by_id = sales["opp_id"].isin(opps["opp_id"])
    parts = [sales[by_id].assign(attribution="id")]
    rest = sales[~by_id & sales["customer_id"].notna()].drop(columns="opp_id")
    keyed = opps.dropna(subset=["customer_id", "seller_id"])
    both = rest.merge(keyed, on=["customer_id", "seller_id"])
    then = (both["created"].isna() | (both["created"] <= both["date"])) & (
        both["closed"].isna() | (both["closed"] >= both["date"])
    )
    # A closed opportunity without a closing date cannot be said to have been open.
    then &= (both["status"] == "open") | both["closed"].notna()
    open_then = both.loc[then, [*rest.columns, "opp_id"]]
    several = open_then.groupby("row")["opp_id"].transform("size") > 1
    parts.append(open_then.assign(attribution=np.where(several, "shared", "one")))
    rest = rest[~rest["row"].isin(open_then["row"])]
    later = _opened_later(rest, keyed, gap_days)
    parts.append(later.assign(attribution="later"))
    alone = _customer_episodes(rest[~rest["row"].isin(later["row"])], gap_days)
    frame = pd.concat([p.assign(episode="o:" + p["opp_id"].astype("str")) for p in parts] + [alone], ignore_index=True)
    return frame.astype({"episode": "str", "opp_id": "str", "attribution": "str"})


def _opened_later(rest: pd.DataFrame, opps: pd.DataFrame, gap_days: int) -> pd.DataFrame:
    """Return the visits that came before the opportunity they led to was entered."""
    dated = opps.dropna(subset=["created"]).sort_values("created")
    asked = rest.dropna(subset=["seller_id"]).sort_values("date")
    found = pd.merge_asof(
        asked,
        dated[["customer_id", "seller_id", "created", "opp_id"]],
        left_on="date",
        right_on="created",
        by=["customer_id", "seller_id"],
        direction="forward",
        tolerance=pd.Timedelta(gap_days, unit="D"),
    )
    return found[found["opp_id"].notna()].drop(columns="created")


def _customer_episodes(rest: pd.DataFrame, gap_days: int) -> pd.DataFrame:
    """Return visits without any opportunity as episodes of their customer, cut at long pauses."""
    rest = rest.sort_values(["customer_id", "date"], kind="stable")
    pause = rest.groupby("customer_id")["date"].diff().dt.days
    number = (pause >= gap_days).groupby(rest["customer_id"]).cumsum().astype("int64")
    name = "c:" + rest["customer_id"].astype("str") + ":" + number.astype("str")
    return rest.assign(opp_id=pd.Series(np.nan, rest.index, dtype="str"), attribution="none", episode=name)


def _dead_after(visits: pd.DataFrame) -> tuple[float, int]:
    """Return after how many days of silence an episode counts as lost, and the pauses behind that."""
    won = visits[visits["status"] == "won"]
    ends = won.drop_duplicates("episode")[["episode", "closed"]].dropna().rename(columns={"closed": "date"})
    moments = pd.concat([won[["episode", "date"]], ends]).drop_duplicates().sort_values(["episode", "date"])
    pauses = moments.groupby("episode")["date"].diff().dt.days.dropna()
    if len(pauses) < FEWEST_GAPS:
        return float(DEAD_DEFAULT), len(pauses)
    return float(max(DEAD_FLOOR, np.ceil(DEAD_FACTOR * pauses.quantile(DEAD_QUANTILE)))), len(pauses)


def _episodes(visits: pd.DataFrame, dead_after: float, as_of: date) -> pd.DataFrame:
    """Return one row per episode with how and when it ended."""
    grouped = visits.groupby("episode")
    frame = grouped.agg(
        customer_id=("customer_id", "first"),
        seller_id=("seller_id", "first"),
        opp_id=("opp_id", "first"),
        first=("date", "min"),
        last=("date", "max"),
        status=("status", "first"),
        closed=("closed", "first"),
    )
    closed = frame["status"].isin(["won", "lost"])
    silent = frame["last"] + pd.Timedelta(dead_after, unit="D")
    inactive = ~closed & (silent < pd.Timestamp(as_of))
    frame["end"] = frame["status"].where(closed, np.where(inactive, "inactive", "open")).astype("str")
    # A closing without a date is taken to be on the day of the last visit.
    ended = frame["closed"].fillna(frame["last"]).where(closed, silent.where(inactive, pd.Timestamp(as_of)))
    frame["end_date"] = ended.astype("datetime64[us]")
    frame["has_opportunity"] = frame["opp_id"].notna()
    return frame.drop(columns=["status", "closed"])


def _entries(visits: pd.DataFrame, episodes: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one row per step that an episode entered, with the time to the next higher one or to its end."""
    reached = visits.groupby("episode")["level"].cummax()
    before = reached.groupby(visits["episode"]).shift(fill_value=0)
    new = visits[visits["level"] > before]
    frame = pd.DataFrame(
        {
            "episode": new["episode"],
            "seller_id": new["seller_id"],
            "state": new["purpose"],
            "date": new["date"],
            "next_state": new.groupby("episode")["purpose"].shift(-1),
            "next_date": new.groupby("episode")["date"].shift(-1),
        }
    ).merge(episodes[["end", "end_date"]], left_on="episode", right_index=True)
    moved = frame["next_date"].notna()
    won = ~moved & (frame["end"] == "won")
    lost = ~moved & frame["end"].isin(["lost", "inactive"])
    frame["next_state"] = frame["next_state"].mask(won, "WON")
    frame["cause"] = np.select([moved | won, lost], [FORWARD, LOST], 0)
    stop = frame["next_date"].fillna(frame["end_date"]).clip(upper=pd.Timestamp(as_of))
    frame["days"] = (stop - frame["date"]).dt.days.clip(lower=0).astype("float64")
    return frame.drop(columns=["next_date", "end_date"]).reset_index(drop=True)
