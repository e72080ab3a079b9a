"""Episodes by the quarter they began in: how many had reached a negotiation or a contract by the same age."""

from datetime import date

import numpy as np
import pandas as pd

from salesaudit.analyses.purpose_funnel.episodes import FORWARD, LEVEL, Histories
from salesaudit.stats import CumulativeIncidence, poisson_exact

FEWEST_IN_CELL = 5
QUARTERS_SHOWN = 8


def cohorts(history: Histories, *, as_of: date, age_days: int) -> pd.DataFrame:
    """Return one row per seller and quarter of the first sales visit.

    Returns
    -------
    DataFrame
        seller_id, quarter (its first day), episodes, reached (negotiation or contract within `age_days`), share,
        complete (whether every episode of the quarter has that age), shown (complete and at least five episodes).
    """
    episodes = history.episodes
    goal = history.visits.loc[history.visits["level"] >= LEVEL["NEG"]].groupby("episode")["date"].min()
    won = episodes["end_date"].where(episodes["end"] == "won")
    first_goal = pd.concat([goal.reindex(episodes.index), won], axis=1).min(axis=1)
    reached = (first_goal - episodes["first"]).dt.days <= age_days
    quarter = episodes["first"].dt.to_period("Q").dt.start_time.astype("datetime64[us]")
    frame = reached.groupby([episodes["seller_id"], quarter.rename("quarter")]).agg(["size", "sum"]).reset_index()
    frame = frame.set_axis(["seller_id", "quarter", "episodes", "reached"], axis=1)
    frame["share"] = frame["reached"] / frame["episodes"]
    last_day = frame["quarter"] + pd.offsets.QuarterEnd(startingMonth=3)
    frame["complete"] = last_day + pd.Timedelta(age_days, unit="D") <= pd.Timestamp(as_of)
    frame["shown"] = frame["complete"] & (frame["episodes"] >= FEWEST_IN_CELL)
    return frame


def progress_index(
    history: Histories, curve: CumulativeIncidence, *, as_of: date, confidence_level: float
) -> pd.DataFrame:
    """Return contracts per seller over those expected from the team's curve and the age of each episode.

    Returns
    -------
    DataFrame
        Index seller_id: episodes, contracts, expected, index, low, high (exact Poisson interval of the contracts, a
        little too wide because an episode has at most one).
    """
    episodes = history.episodes.dropna(subset=["seller_id"])
    age = (pd.Timestamp(as_of) - episodes["first"]).dt.days.to_numpy(float)
    expected = pd.Series(_incidence_at(curve, age), episodes.index)
    frame = pd.DataFrame(
        {
            "episodes": episodes.groupby("seller_id").size(),
            "contracts": (episodes["end"] == "won").groupby(episodes["seller_id"]).sum().astype("int64"),
            "expected": expected.groupby(episodes["seller_id"]).sum(),
        }
    )
    intervals = [
        poisson_exact(k, e, confidence_level=confidence_level) if e > 0 else None
        for k, e in zip(frame["contracts"], frame["expected"], strict=True)
    ]
    for name, field in (("index", "estimate"), ("low", "low"), ("high", "high")):
        frame[name] = [getattr(i, field) if i else np.nan for i in intervals]
    return frame


def _incidence_at(curve: CumulativeIncidence, age: np.ndarray) -> np.ndarray:
    steps = curve.frame[curve.frame["cause"] == FORWARD]
    if steps.empty:
        return np.zeros(len(age))
    row = np.searchsorted(steps["time"].to_numpy(), age, side="right") - 1
    return np.where(row >= 0, steps["estimate"].to_numpy()[np.maximum(row, 0)], 0.0)
