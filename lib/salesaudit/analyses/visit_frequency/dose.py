"""Do more visits go with more deals? An association, never the effect of ordering more visits."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.visit_frequency.counting import Counted, crossed
from salesaudit.analyses.visit_frequency.coverage import rank_correlation
from salesaudit.dataset import SalesData
from salesaudit.stats import Interval, poisson_regression, ratio_of_totals

ONE_IN_A_HUNDRED = 0.01
"""The old rule: a hundred knocks, one thanks."""
REFERENCE = 0.34
"""Mean elasticity of sales with respect to personal selling over many studies (Albers, Mantrala & Sridhar 2010)."""
MOST_LAGS = 3
FEWEST_MONTHS = 12
FEWEST_SELLERS = 5
FEWEST_DEALS = 50
FEWEST_PAIRS = 8
MOST_SELLERS = 150
"""With more the fixed effects take long; a draw of so many is enough."""
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Dose:
    """Visits beside deals.

    Attributes
    ----------
    deals, visits : int
        Won in the complete weeks, and visits in them.
    per_visit : Interval
        Deals per visit, clustered by seller.
    pvalue : float
        Exact two-sided binomial test of deals per visit against one in a hundred.
    elasticity : Interval or None
        Per cent more deals of a seller in months with one per cent more of the seller's own visits, now and in the
        `lags` months before; None where the panel is too small.
    lead : Interval or None
        The same of next month's visits, which cannot have caused the deals.
    lags, months, sellers : int
        Of the panel.
    between : tuple of float or None
        Spearman correlation over sellers of visits per normal week with deals per normal week, and its p-value by
        permutation.
    """

    deals: int
    visits: int
    per_visit: Interval
    pvalue: float
    elasticity: Interval | None
    lead: Interval | None
    lags: int
    months: int
    sellers: int
    between: tuple[float, float] | None

    @property
    def visits_follow(self) -> bool:
        """Whether deals go with the visits of the month after, so that visits seem to follow deals."""
        return self.lead is not None and not self.lead.low <= 0 <= self.lead.high


def dose_response(
    data: SalesData, counted: Counted, *, rng: np.random.Generator, confidence_level: float
) -> Dose | None:
    """Return deals per visit and the association of deals with visits, or None without deals that were won."""
    needed = ("opportunities.seller_id", "opportunities.status", "opportunities.closed_date")
    if not data.has(*needed) or counted.start is None or counted.counts.empty:
        return None
    won = data.opportunities[(data.opportunities["status"] == "won")].dropna(subset=["seller_id", "closed_date"])
    won = won[won["seller_id"].isin(counted.exposure.index)]
    inside = won["closed_date"].between(
        pd.Timestamp(counted.start), pd.Timestamp(counted.end) + pd.Timedelta("23:59:59")
    )
    if not inside.any():
        return None
    index = counted.exposure.index
    deals = won[inside].groupby("seller_id").size().reindex(index, fill_value=0)
    visits = counted.counts.sum(axis=1).reindex(index, fill_value=0)
    total, made = int(deals.sum()), int(visits.sum())
    elasticity, lead, lags, months, sellers = _within(data, counted, won, rng, confidence_level)
    return Dose(
        total,
        made,
        ratio_of_totals(deals, visits, index, confidence_level=confidence_level),
        float(stats.binomtest(min(total, made), made, ONE_IN_A_HUNDRED).pvalue) if made else float("nan"),
        elasticity,
        lead,
        lags,
        months,
        sellers,
        _between(counted, visits, deals, rng),
    )


def _between(
    counted: Counted, visits: pd.Series, deals: pd.Series, rng: np.random.Generator
) -> tuple[float, float] | None:
    weeks = counted.exposure.sum(axis=1)
    x, y = visits / weeks, deals / weeks
    if len(x) < FEWEST_PAIRS or x.nunique() < 2 or y.nunique() < 2:
        return None
    return rank_correlation(x, y, rng)


def _lags(data: SalesData, won: pd.DataFrame) -> int:
    """Return the median sales cycle in whole months, at most `MOST_LAGS`."""
    if not data.has("opportunities.created_date"):
        return 1
    days = (won["closed_date"] - won["created_date"]).dt.days
    days = days[days >= 0]
    return int(np.clip(round(days.median() / MONTH), 0, MOST_LAGS)) if len(days) else 1


def _within(
    data: SalesData, counted: Counted, won: pd.DataFrame, rng: np.random.Generator, confidence_level: float
) -> tuple[Interval | None, Interval | None, int, int, int]:
    """Return elasticity and lead from months of the whole history, with seller and month effects."""
    lags = _lags(data, won)
    nothing = (None, None, lags, 0, 0)
    visits = data.visits[["seller_id", "date"]].dropna()
    visits = visits[visits["seller_id"].isin(counted.exposure.index) & (visits["date"] <= pd.Timestamp(data.end))]
    last = pd.Timestamp(data.end) + pd.Timedelta(days=1)
    first = max(visits["date"].min(), won["closed_date"].min())
    # Whole months only, in which both visits and deals were recorded.
    months = pd.period_range(
        (first + pd.offsets.MonthBegin(0)).to_period("M"), (last - pd.Timedelta(days=1)).to_period("M")
    )
    months = months[months.end_time < last]
    if len(months) < FEWEST_MONTHS or len(won) < FEWEST_DEALS:
        return nothing
    sellers = counted.exposure.index
    if len(sellers) > MOST_SELLERS:
        sellers = sellers[np.sort(rng.choice(len(sellers), MOST_SELLERS, replace=False))]

    ordinal = months[0].ordinal

    def panel(who: pd.Series, when: pd.Series) -> pd.DataFrame:
        number = pd.Series(when.to_numpy("datetime64[M]").astype(np.int64) - ordinal)
        return crossed(who, number, index=sellers, columns=pd.RangeIndex(len(months)))

    made, sold = panel(visits["seller_id"], visits["date"]), panel(won["seller_id"], won["closed_date"])
    # A month without a single visit is a month away, not a month of work with nothing done.
    log_visits = np.log(made.where(made > 0).astype(float))
    terms = {f"lag{k}": log_visits.shift(k, axis=1) for k in range(lags + 1)} | {"lead": log_visits.shift(-1, axis=1)}
    design = pd.DataFrame({name: frame.to_numpy().ravel() for name, frame in terms.items()})
    effects = pd.DataFrame(
        {
            "seller": np.repeat(np.arange(len(sellers)), len(months)),
            "month": np.tile(np.arange(len(months)), len(sellers)),
        }
    )
    used = design.notna().all(axis=1)
    if effects.loc[used, "seller"].nunique() < FEWEST_SELLERS or sold.to_numpy().ravel()[used].sum() < FEWEST_DEALS:
        return nothing
    try:
        fit = poisson_regression(
            sold.to_numpy().ravel(),
            design,
            effects=effects,
            clusters=effects["seller"],
            confidence_level=confidence_level,
        )
    except ValueError:  # sellers whose visits never vary do not determine an elasticity
        return nothing
    whole = fit.sum_of([f"lag{k}" for k in range(lags + 1)])
    return whole, fit.sum_of(["lead"]), lags, len(months), int(effects.loc[used, "seller"].nunique())
