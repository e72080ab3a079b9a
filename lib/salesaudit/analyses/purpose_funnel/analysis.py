"""The run itself: from a client's tables to everything that is judged and shown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.purpose_funnel.cohorts import cohorts, progress_index
from salesaudit.analyses.purpose_funnel.episodes import Histories, histories
from salesaudit.analyses.purpose_funnel.progress import (
    Comparison,
    cohort,
    compare_periods,
    compare_sellers,
    contract_curve,
    horizon_days,
    transitions,
)
from salesaudit.analyses.purpose_funnel.purposes import (
    Shares,
    attainment_draws,
    by_purpose,
    purpose_mix,
    purpose_targets,
    seller_shares,
)
from salesaudit.analyses.purpose_funnel.stuck import Prior, advise, fit_prior, presentations, stuck_customers
from salesaudit.client import MoneySettings
from salesaudit.dataset import Context, SalesData
from salesaudit.i18n import message
from salesaudit.stats import CumulativeIncidence, PooledRate

REQUIRES = (
    "visits.seller_id",
    "visits.customer_id",
    "visits.date",
    "visits.purpose_planned",
    "opportunities.opp_id",
    "opportunities.status",
)
USES = (
    "visits.opportunity_id",
    "visits.purpose_achieved",
    "opportunities.customer_id",
    "opportunities.created_date",
    "opportunities.closed_date",
    "opportunities.amount",
    "targets.purpose",
    "customers.name",
    "absence.seller_id",
)
QUESTION = message("What are visits for, and where on the way to a contract do customers get stuck?")


@dataclass(frozen=True)
class PurposeFunnel:
    """Purposes in the period, progress up to the day of the audit, and the customers who do not move.

    Attributes
    ----------
    visits : DataFrame
        The visits of the period.
    mix, recorded, achieved, purposes, attainment, wanted
        Visits by seller and purpose; missing purposes per seller; reached purposes per seller; one row per purpose;
        draws of attainment and its pooled rate.
    history, steps, contract, contract_days, comparison, periods, period_shortfall
        Episodes; one row per step; curve from first visit to contract and the horizon at which it is quoted; sellers
        against peers; this period against the one before with draws of the shortfall.
    cohorts, index : DataFrame
        By quarter of the first visit; contracts over contracts expected.
    prior, shown, stuck
        Chance per presentation over customers; presentations; one row per customer with one since its last contract.
    won_amounts : Series
        Values of the contracts won, for money.
    missing : tuple of str
        Those of `USES` that the client's data lack.
    """

    context: Context
    money: MoneySettings
    visits: pd.DataFrame
    mix: pd.DataFrame
    recorded: Shares
    achieved: Shares | None
    achieved_parts: pd.Series
    purposes: pd.DataFrame
    attainment: np.ndarray
    wanted: PooledRate | None
    targets: pd.DataFrame
    history: Histories
    steps: pd.DataFrame
    contract: CumulativeIncidence
    contract_days: float
    comparison: Comparison
    periods: pd.DataFrame
    period_shortfall: np.ndarray
    cohorts: pd.DataFrame
    index: pd.DataFrame
    prior: Prior | None
    shown: pd.DataFrame
    stuck: pd.DataFrame
    stuck_after: int
    drop_probability: float
    cohort_age_days: int
    won_amounts: pd.Series
    missing: tuple[str, ...]
    confidence_level: float
    seed: int


def analyse(
    data: SalesData,
    *,
    confidence_level: float = 0.95,
    episode_gap_days: int = 180,
    cohort_age_days: int = 180,
    stuck_after: int = 10,
    drop_probability: float = 0.90,
    seed: int = 1,
) -> PurposeFunnel:
    """Measure purposes, progress and standstill.

    Parameters
    ----------
    confidence_level : float
        Of every interval, in (0, 1).
    episode_gap_days : int
        A pause at least this long starts a new episode of a customer without an opportunity.
    cohort_age_days : int
        Age at which the quarters are compared.
    stuck_after : int
        Quote presentations without a contract from which a customer is listed as stuck.
    drop_probability : float
        How sure it must be that the next presentation does not pay before the advice is to drop.
    seed : int
        Seed of the random draws.

    Raises
    ------
    DataMissing
        One of `REQUIRES` is not there.
    """
    data.require(REQUIRES)
    rng = np.random.default_rng(seed)
    visits = data.within("visits")
    level = {"confidence_level": confidence_level}
    targets = purpose_targets(data)
    purposes, wanted = by_purpose(data, visits, targets, **level)
    achieved, parts = _achieved(visits, rng=rng, **level)

    history = histories(data.visits, data.opportunities, as_of=data.as_of, gap_days=episode_gap_days)
    steps = transitions(history.entries, **level)
    old = cohort(history.entries, steps["horizon_days"], as_of=data.as_of)
    periods, shortfall = compare_periods(old, start=data.start, end=data.end, rng=rng)
    contract = contract_curve(history.episodes, as_of=data.as_of, **level)
    won = history.episodes[history.episodes["end"] == "won"]

    shown = presentations(history)
    prior = fit_prior(shown, as_of=data.as_of, rng=rng)
    stuck = stuck_customers(shown, history, data.opportunities, prior, as_of=data.as_of)
    money = data.client.settings.money
    cost = money.hours_per_visit * money.hour_cost if money.hours_per_visit and money.hour_cost else None
    stuck = advise(stuck, prior, gross_margin=money.gross_margin, cost=cost, probability=drop_probability)
    return PurposeFunnel(
        context=data.context,
        money=money,
        visits=visits,
        mix=purpose_mix(visits),
        recorded=seller_shares(visits, visits["purpose_planned"].isna(), rng=rng, **level),
        achieved=achieved,
        achieved_parts=parts,
        purposes=purposes,
        attainment=attainment_draws(wanted, rng=rng),
        wanted=wanted,
        targets=targets,
        history=history,
        steps=steps,
        contract=contract,
        contract_days=horizon_days((won["end_date"] - won["first"]).dt.days),
        comparison=compare_sellers(old, rng=rng, **level),
        periods=periods,
        period_shortfall=shortfall,
        cohorts=cohorts(history, as_of=data.as_of, age_days=cohort_age_days),
        index=progress_index(history, contract, as_of=data.as_of, **level),
        prior=prior,
        shown=shown,
        stuck=stuck.assign(customer=_names(data, stuck["customer_id"])),
        stuck_after=stuck_after,
        drop_probability=drop_probability,
        cohort_age_days=cohort_age_days,
        won_amounts=_won_amounts(data),
        missing=tuple(data.lacks(USES)),
        confidence_level=confidence_level,
        seed=seed,
    )


def _achieved(
    visits: pd.DataFrame, *, confidence_level: float, rng: np.random.Generator
) -> tuple[Shares | None, pd.Series]:
    """Return the share of visits with a known result whose purpose was reached, and the results as counted."""
    results = visits["purpose_achieved"] if "purpose_achieved" in visits else pd.Series(dtype="str")
    known = results.dropna()
    parts = known.value_counts().reindex(["yes", "part", "no"], fill_value=0)
    if known.empty:
        return None, parts
    seen = visits.loc[known.index]
    return seller_shares(seen, known == "yes", confidence_level=confidence_level, rng=rng), parts


def _names(data: SalesData, customers: pd.Series) -> pd.Series:
    """Return the names of customers, their id where no name is known."""
    if not data.has("customers.customer_id", "customers.name"):
        return customers
    names = data.customers.dropna(subset=["customer_id", "name"]).drop_duplicates("customer_id")
    return customers.map(names.set_index("customer_id")["name"]).fillna(customers)


def _won_amounts(data: SalesData) -> pd.Series:
    """Return the known values of the opportunities won."""
    if not data.has("opportunities.amount"):
        return pd.Series(dtype="float64")
    return data.opportunities.loc[data.opportunities["status"] == "won", "amount"].dropna()
