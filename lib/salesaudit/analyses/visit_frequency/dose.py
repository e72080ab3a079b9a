"""Do more visits go with more deals? An association, never the effect of ordering more visits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.visit_frequency.contacts import day_numbers
from salesaudit.analyses.visit_frequency.counting import Counted, crossed, recorded_weeks
from salesaudit.analyses.visit_frequency.coverage import rank_correlation
from salesaudit.analyses.visit_frequency.deal_ratios import by_seller, inside, ratios_beside
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
        Won in the weeks that were counted, as far as deals are recorded and while the seller was there, and visits in
        these weeks.
    per_visit : Interval
        Deals per visit, clustered by seller.
    pvalue : float
        Two-sided t test of the logarithm of deals per visit against one in a hundred; NaN where it cannot be made.
    ratios : DataFrame
        The same of other pairs: of ("new" and "existing": deals with, over visits to, such customers; "calls": deals
        over outgoing calls; "orders": orders over visits), count, base, estimate, low, high (per one of the base).
    elasticity : Interval or None
        Per cent more deals of a seller in months with one per cent more of the seller's own visits, now and in the
        `lags` months before; None where the panel is too small.
    lead : Interval or None
        The same of next month's visits, which cannot have caused the deals.
    lags, months, sellers : int
        Of the panel.
    cycle_days : float
        Median days from the entry to the winning of a deal; NaN where not known.
    between : tuple of float or None
        Spearman correlation over sellers of visits per normal week with deals per normal week, and its p-value by
        permutation.
    """

    deals: int
    visits: int
    per_visit: Interval
    pvalue: float
    ratios: pd.DataFrame
    elasticity: Interval | None
    lead: Interval | None
    lags: int
    months: int
    sellers: int
    cycle_days: float
    between: tuple[float, float] | None

    @property
    def visits_follow(self) -> bool:
        """Whether deals go with the visits of the month after, so that visits seem to follow deals."""
        return self.lead is not None and not self.lead.low <= 0 <= self.lead.high


def dose_response(
    data: SalesData,
    counted: Counted,
    *,
    kinds: pd.Series | None,
    log: pd.DataFrame | None,
    channels: Sequence[str],
    one_per_day: bool,
    new_after_days: int,
    rng: np.random.Generator,
    confidence_level: float,
) -> Dose | None:
    """Return deals per visit and the association of deals with visits, or None without deals that were won.

    Parameters
    ----------
    kinds : Series or None
        Kind of customer of each counted visit.
    log : DataFrame or None
        The activities that count.
    channels, one_per_day, new_after_days
        As in `analyse`.
    """
    needed = ("opportunities.seller_id", "opportunities.status", "opportunities.closed_date")
    if not data.has(*needed) or counted.start is None or counted.counts.empty:
        return None
    won = data.opportunities[(data.opportunities["status"] == "won")].dropna(subset=["seller_id", "closed_date"])
    won = won[won["seller_id"].isin(counted.exposure.index)]
    weeks = counted.exposure.columns[_recorded(data, counted)]
    closed = inside(won, "closed_date", counted, weeks)
    index, visits = counted.exposure.index, counted.counts[weeks].sum(axis=1)
    if closed.empty or not visits.any():
        return None
    deals = by_seller(closed, index)
    each = ratio_of_totals(deals, visits, index, confidence_level=confidence_level)
    cycle = _cycle_days(data, won)
    made = _made(data, counted, channels, one_per_day=one_per_day)
    lags = int(np.clip(round(cycle / MONTH), 0, MOST_LAGS)) if np.isfinite(cycle) else 1
    elasticity, lead, months, sellers = _within(data, counted, made, won, lags, rng, confidence_level)
    beside = ratios_beside(
        data,
        counted,
        weeks,
        closed,
        kinds=kinds,
        log=log,
        new_after_days=new_after_days,
        confidence_level=confidence_level,
    )
    return Dose(
        int(deals.sum()),
        int(visits.sum()),
        each,
        _against_rule(each),
        beside,
        elasticity,
        lead,
        lags,
        months,
        sellers,
        cycle,
        _between(counted.exposure[weeks], visits, deals, rng),
    )


def _recorded(data: SalesData, counted: Counted) -> np.ndarray:
    """Return the weeks in which deals were recorded, as far as there are deals enough to tell."""
    weeks = counted.exposure.columns
    closed = data.opportunities["closed_date"].dropna()
    if len(closed) < FEWEST_DEALS:
        return np.ones(len(weeks), bool)
    entered = data.opportunities["created_date"].dropna() if "created_date" in data.opportunities else closed[:0]
    return recorded_weeks(pd.concat([closed, entered]) if len(entered) else closed, weeks)


def _against_rule(each: Interval) -> float:
    """Return the p-value of one in a hundred from the interval, symmetric on the log scale."""
    if not (each.low > 0 and np.isfinite(each.high) and each.n > 1):
        return float("nan")
    se = np.log(each.high / each.estimate) / stats.t.ppf((1 + each.confidence_level) / 2, each.n - 1)
    return float(2 * stats.t.sf(abs(np.log(each.estimate / ONE_IN_A_HUNDRED)) / se, each.n - 1))


def _between(
    exposure: pd.DataFrame, visits: pd.Series, deals: pd.Series, rng: np.random.Generator
) -> tuple[float, float] | None:
    weeks = exposure.sum(axis=1)
    weeks = weeks[weeks > 0]
    x, y = (made.loc[weeks.index] / weeks for made in (visits, deals))
    if len(x) < FEWEST_PAIRS or x.nunique() < 2 or y.nunique() < 2:
        return None
    return rank_correlation(x, y, rng)


def _cycle_days(data: SalesData, won: pd.DataFrame) -> float:
    """Return the median days from the entry of a deal to its winning."""
    if not data.has("opportunities.created_date"):
        return float("nan")
    days = (won["closed_date"] - won["created_date"]).dt.days
    return float(days[days >= 0].median())


def _made(data: SalesData, counted: Counted, channels: Sequence[str], *, one_per_day: bool) -> pd.DataFrame:
    """Return seller and day of the visits of the whole history that would count."""
    visits = data.visits[[c for c in ("seller_id", "date", "customer_id", "channel") if c in data.visits]]
    counts = visits["seller_id"].isin(counted.exposure.index) & visits["date"].notna()
    counts &= visits["date"] < pd.Timestamp(data.end) + pd.Timedelta(days=1)
    if "channel" in visits and visits["channel"].notna().any():
        counts &= visits["channel"].isna() | visits["channel"].isin(channels)
    visits = visits[counts]
    if one_per_day and "customer_id" in visits:
        place = {c: pd.factorize(visits[c])[0] for c in ("seller_id", "customer_id")}
        again = pd.DataFrame({**place, "day": day_numbers(visits["date"])}).duplicated()
        visits = visits[~again.to_numpy() | visits["customer_id"].isna()]
    return visits


def _within(
    data: SalesData,
    counted: Counted,
    visits: pd.DataFrame,
    won: pd.DataFrame,
    lags: int,
    rng: np.random.Generator,
    confidence_level: float,
) -> tuple[Interval | None, Interval | None, int, int]:
    """Return elasticity and lead from months of the whole history, with seller and month effects."""
    nothing = (None, None, 0, 0)
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
    return whole, fit.sum_of(["lead"]), len(months), int(effects.loc[used, "seller"].nunique())
