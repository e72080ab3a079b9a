"""How often an opportunity is won: among those that closed, and among all that were opened.

The closed ones are not a fair sample of the opened ones: whatever closes fast is over-represented, and losses that
nobody enters stay open for ever.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.pipeline_revision.openings import in_forecast
from salesaudit.dataset import SalesData
from salesaudit.stats import (
    CumulativeIncidence,
    Interval,
    aalen_johansen,
    fisher_versus_others,
    hierarchical_beta_binomial,
    wilson,
)

WON, LOST = 1, 2
FEWEST_ENTERED, FEWEST_EVENTS = 15, 5
FDR = 0.10
"""False discovery rate at which a seller's share won is said to differ from the others'."""


@dataclass(frozen=True)
class WinRate:
    """Won and lost.

    Attributes
    ----------
    won, lost, open : int
    closed : Interval
        Won among the closed ones.
    incidence : CumulativeIncidence or None
        Won (1) and lost (2) by days since opening, open ones counted as waiting; None without dates.
    horizon_days : float
        The longest age at which at least ten opportunities were still watched.
    opened : Interval or None
        Won by that age among all that were opened.
    still_open : float
        Share neither won nor lost by that age.
    every_closed : Interval
        Won among all that closed, those included that the client's own forecast omits.
    omitted : int
        Opportunities that the client's own forecast omits; they are left out of everything else here.
    without_dates : int
        Opportunities left out of the incidence because a date is missing or the closing lies before the opening.
    sellers : DataFrame
        One row per seller with closed opportunities: seller_id, closed, won, raw, estimate, low, high, qvalue.
    team : Interval
        Mean over sellers.
    first_closed, last_closed : Timestamp or None
    """

    won: int
    lost: int
    open: int
    closed: Interval
    incidence: CumulativeIncidence | None
    horizon_days: float
    opened: Interval | None
    still_open: float
    every_closed: Interval
    omitted: int
    without_dates: int
    sellers: pd.DataFrame
    team: Interval
    first_closed: pd.Timestamp | None
    last_closed: pd.Timestamp | None

    @property
    def enough(self) -> bool:
        return self.won + self.lost >= FEWEST_ENTERED and self.won >= FEWEST_EVENTS


def win_rate(data: SalesData, *, rng: np.random.Generator, confidence_level: float = 0.95) -> WinRate:
    """Return how often opportunities are won, for the team and for every seller."""
    known = data.opportunities.drop_duplicates("opp_id")
    # What the forecast omits is another kind of business; mixing the two would compare sellers' mixes, not their wins.
    every = known[in_forecast(known)]
    counts = every["status"].value_counts()
    won, lost = int(counts.get("won", 0)), int(counts.get("lost", 0))
    incidence, without = _incidence(data, every, confidence_level)
    horizon = incidence.horizon() if incidence is not None else np.nan
    opened = incidence.at(horizon, WON) if np.isfinite(horizon) else None
    sellers, team = _sellers(every, rng, confidence_level)
    dates = every.loc[every["status"] != "open", "closed_date"].dropna() if "closed_date" in every else pd.Series()
    return WinRate(
        won=won,
        lost=lost,
        open=int(counts.get("open", 0)),
        closed=wilson(won, won + lost, confidence_level=confidence_level),
        incidence=incidence,
        horizon_days=horizon,
        opened=opened,
        still_open=1 - opened.estimate - incidence.at(horizon, LOST).estimate if opened is not None else np.nan,
        every_closed=wilson(
            int((known["status"] == "won").sum()),
            int(known["status"].isin(["won", "lost"]).sum()),
            confidence_level=confidence_level,
        ),
        omitted=len(known) - len(every),
        without_dates=without,
        sellers=sellers,
        team=team,
        first_closed=dates.min() if len(dates) else None,
        last_closed=dates.max() if len(dates) else None,
    )


def _incidence(data: SalesData, every: pd.DataFrame, confidence_level: float) -> tuple[CumulativeIncidence | None, int]:
    if not data.has("opportunities.created_date", "opportunities.closed_date"):
        return None, len(every)
    end = every["closed_date"].where(every["status"] != "open", pd.Timestamp(data.as_of))
    days = (end - every["created_date"]).dt.days
    usable = days >= 0
    if usable.sum() < FEWEST_ENTERED:
        return None, int((~usable).sum())
    cause = every["status"].map({"open": 0, "won": WON, "lost": LOST})
    return aalen_johansen(days[usable], cause[usable], confidence_level=confidence_level), int((~usable).sum())


def _sellers(every: pd.DataFrame, rng: np.random.Generator, confidence_level: float) -> tuple[pd.DataFrame, Interval]:
    closed = every[every["status"].isin(["won", "lost"])].dropna(subset=["seller_id"])
    tally = closed.assign(is_won=closed["status"] == "won").groupby("seller_id")["is_won"].agg(["size", "sum"])
    if tally.empty:
        nothing = Interval(np.nan, 0.0, 1.0, 0, confidence_level)
        names = ["seller_id", "closed", "won", "raw", "estimate", "low", "high", "qvalue"]
        return pd.DataFrame(columns=names), nothing
    fitted = hierarchical_beta_binomial(tally["sum"], tally["size"], rng=rng, confidence_level=confidence_level)
    frame = fitted.frame[["raw", "estimate", "low", "high"]].assign(
        closed=tally["size"],
        won=tally["sum"],
        qvalue=fisher_versus_others(tally["sum"], tally["size"])["qvalue"],
    )
    if len(frame) == 1:
        # One seller alone has nobody to be pulled towards.
        alone = wilson(int(tally["sum"].iloc[0]), int(tally["size"].iloc[0]), confidence_level=confidence_level)
        frame = frame.assign(estimate=alone.estimate, low=alone.low, high=alone.high)
    return frame.reset_index(), fitted.population
