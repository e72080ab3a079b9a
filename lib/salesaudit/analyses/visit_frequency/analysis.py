"""From a client's tables to the numbers; judgement and drawing come after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.activity_targets import ActivityTargets, activity_targets
from salesaudit.analyses.visit_frequency.belief import Belief, beliefs
from salesaudit.analyses.visit_frequency.bookings import Bookings, bookings
from salesaudit.analyses.visit_frequency.capacity import WEEKS_A_YEAR, Capacity, capacity, year_visits
from salesaudit.analyses.visit_frequency.caveats import Caveats, caveats
from salesaudit.analyses.visit_frequency.comparison import ASSUMED_EXPOSURE_SD, Comparison, compare, widen
from salesaudit.analyses.visit_frequency.composition import (
    activity_log,
    customer_kinds,
    days_out,
    kind_shares,
    mark_agreement,
    other_activities,
    parts,
    rate_over,
)
from salesaudit.analyses.visit_frequency.counting import Counted, count_visits, dates_are_months, field_sellers
from salesaudit.analyses.visit_frequency.coverage import Coverage, coverage
from salesaudit.analyses.visit_frequency.dose import Dose, dose_response
from salesaudit.analyses.visit_frequency.log_traits import LogTraits, log_traits
from salesaudit.analyses.visit_frequency.time_use import Hours, hours_by_seller
from salesaudit.analyses.visit_frequency.verified import Verification, verification
from salesaudit.analyses.visit_frequency.worth import Worth, worth
from salesaudit.analyses.visit_frequency.yardsticks import (
    Benchmark,
    ContactTime,
    Target,
    benchmark,
    contact_time,
    targets,
)
from salesaudit.dataset import Context, SalesData
from salesaudit.stats import PooledRate, Rates, slow_level, weekly_rates

REQUIRES = ("visits.visit_id", "visits.seller_id", "visits.date")
USES = (
    "sellers.country",
    "absence.seller_id",
    "beliefs.mode",
    "targets.target",
    "visits.channel",
    "visits.customer_id",
    "orders.order_date",
    "activities.type",
    "visits.is_new_customer",
    "visits.duration_min",
    "time_use.minutes",
    "verification.meeting_happened",
    "visits.logged_at",
    "support_functions.exists",
    "opportunities.status",
)
SHOWN = (
    "orders.customer_id",
    "orders.amount",
    "activities.date",
    "activities.seller_id",
    "activities.customer_id",
    "verification.visit_id",
    "verification_draws.visit_id",
    "customers.client_category",
    "opportunities.seller_id",
    "opportunities.closed_date",
)
"""Further columns without which a figure or table stays empty."""
CONTACTS = ("call_out", "call_in", "call", "demo", "seminar")
"""Activities that are a contact with the customer."""
FEWEST_WEEKS = 8
"""Complete weeks below which no rate is given."""


@dataclass(frozen=True)
class VisitFrequency:
    """How often the sellers visit customers, and what that is held against.

    Attributes
    ----------
    context : Context
    counted : Counted
        Visits, exposure, exclusions and assumptions.
    team : PooledRate or None
        Visits per normal week of one seller, over all sellers; None where no rate can be given.
    sellers : DataFrame
        One row per seller_id, in the order of the labels: label, count, exposure (normal weeks), estimate, low, high
        (visits per normal week), fair, fair_low, fair_high, peers, gap, gap_se, qvalue, comparable, days_out,
        days_out_share, per_day_out, new, existing, unknown (shares), target.
    weekly : DataFrame
        One row per complete week: week, visits, exposure, rate.
    compared : Comparison or None
    target, belief, benchmark, contact
        The yardsticks; None where the data lack them.
    kinds : Series or None
        Share of visits to new, existing and unknown customers, over all visits.
    agreement : (int, int) or None
        Visits in which the client's own mark of a new customer agrees with the orders, of how many.
    parts : DataFrame or None
        Visits per normal week by customer, channel, class of the customer and team; None without a rate.
    activities : DataFrame or None
        Other activities per normal week.
    activity_targets : ActivityTargets or None
        Every kind of activity against its target; None without a rate.
    hours : Hours or None
        Where the time of each seller with a diary goes.
    minutes : float
        Median length of a visit in minutes; NaN where not recorded.
    log : LogTraits
        How the visits were logged.
    capacity : Capacity
        What the hours allow.
    coverage : Coverage or None
        Contact with existing customers.
    bookings : Bookings or None
        Meetings booked.
    dose : Dose or None
        Deals beside visits.
    verification : Verification
        Whether the logged visits took place.
    worth : Worth or None
        What a visit and an hour are worth; None only while the rest is being put together.
    caveats : Caveats
        What stands beside the rate.
    months_only : bool
        Whether the dates name only months, so that no weekly rate exists.
    lacks : tuple of str
        Those of `USES` that the data do not have.
    absent : tuple of str
        Those of `USES` and `SHOWN` that the data do not have.
    """

    context: Context
    counted: Counted
    team: PooledRate | None
    sellers: pd.DataFrame
    weekly: pd.DataFrame
    compared: Comparison | None
    target: Target | None
    belief: Belief | None
    benchmark: Benchmark | None
    contact: ContactTime | None
    kinds: pd.Series | None
    agreement: tuple[int, int] | None
    parts: pd.DataFrame | None
    activities: pd.DataFrame | None
    activity_targets: ActivityTargets | None
    hours: Hours | None
    minutes: float
    log: LogTraits
    capacity: Capacity
    coverage: Coverage | None
    bookings: Bookings | None
    dose: Dose | None
    verification: Verification
    months_only: bool
    lacks: tuple[str, ...]
    absent: tuple[str, ...]
    channels: tuple[str, ...]
    new_after_days: int
    confidence_level: float
    caveats: Caveats
    worth: Worth | None = None


def analyse(
    data: SalesData,
    *,
    channels: Sequence[str] = ("physical",),
    one_per_day: bool = True,
    roles_left_out: Sequence[str] = ("inside", "service"),
    new_after_days: int = 730,
    belief_item: str = "visits_per_week",
    target_activity: str = "visits",
    calls_anchor: float = 70.0,
    contract_hours: float = 40.0,
    contacts: Sequence[str] = CONTACTS,
    seed: int = 1,
    fdr: float = 0.10,
    seller_minor: float = 0.10,
    confidence_level: float = 0.95,
) -> VisitFrequency:
    """Measure visits per normal week, by team and seller, and lay belief, target and benchmark beside them.

    Parameters
    ----------
    channels : sequence of {"physical", "video", "phone"}
        What counts as a visit; a visit whose channel is not known counts, and all do where the column is missing.
    one_per_day : bool
        Whether visits of one seller to the same customer on one day count once.
    roles_left_out : sequence of str
        Roles in the seller table that are not expected to make visits.
    new_after_days : int
        A customer without an order in so many days before the visit is new.
    belief_item, target_activity : str
        Which item of the beliefs, and which activity of the targets, speak of visits.
    calls_anchor : float
        Outgoing calls per working day that are laid beside those made; never judged.
    contract_hours : float
        Working hours of a normal week.
    contacts : sequence of str
        Types of activity that, besides visits, are a contact with the customer.
    seed : int
        Of the draws behind intervals and permutations.
    fdr, seller_minor : float
        False discovery rate and smallest relevant gap for which the power of the comparison is worked out.
    confidence_level : float
        Of every interval.

    Raises
    ------
    DataMissing
        Without visits with an id, a seller and a date.
    """
    data.require(REQUIRES)
    context = data.context
    months_only = dates_are_months(data.visits["date"])
    counted = count_visits(data, channels=channels, one_per_day=one_per_day, roles_left_out=roles_left_out)
    field = field_sellers(data, roles_left_out)[0]["seller_id"]
    enough = (
        not months_only
        and counted.weeks >= FEWEST_WEEKS
        and len(counted.visits) > 0
        and counted.exposure.to_numpy().sum() > 0
    )
    rates = team = compared = target = belief = None
    if enough:
        rates, team = _rates(counted, confidence_level)
    draws = ("hours", "existing", "booked", "deals", "asked", "believed", "worth")
    each = dict(zip(draws, np.random.default_rng(seed).spawn(len(draws)), strict=True))
    asked = verification(data, counted, rng=each["asked"], confidence_level=confidence_level)
    beside = caveats(data, counted, rates, day_off=asked.ladder.day_off, confidence_level=confidence_level)
    if rates is not None and team is not None:
        compared = compare(rates, fdr=fdr, minor=seller_minor, left_out=beside.not_compared)
        target = targets(
            data,
            counted.counts,
            counted.exposure,
            activity=target_activity,
            rate_of=partial(_pooled, counted, rates, confidence_level=confidence_level),
            confidence_level=confidence_level,
        )
        belief = beliefs(
            data,
            team,
            sellers=rates.frame["estimate"],
            target=target,
            sample=asked.sample,
            item=belief_item,
            rng=each["believed"],
            confidence_level=confidence_level,
        )
    log = None if months_only else activity_log(data, counted)
    kinds = customer_kinds(data, counted.visits, new_after_days=new_after_days)
    sellers = _sellers(context, counted, rates, compared, target, kinds)
    found = VisitFrequency(
        context=context,
        counted=counted,
        team=team,
        sellers=sellers,
        weekly=_weekly(counted),
        compared=compared,
        target=target,
        belief=belief,
        benchmark=benchmark(data),
        contact=contact_time(data, field, confidence_level=confidence_level),
        kinds=None if kinds is None else kinds.value_counts(normalize=True),
        agreement=mark_agreement(counted.visits, kinds),
        parts=None
        if rates is None
        else parts(data, counted, kinds, channels=channels, rates=rates, confidence_level=confidence_level),
        activities=other_activities(log, counted, confidence_level=confidence_level),
        activity_targets=None
        if team is None
        else activity_targets(
            data,
            counted,
            log,
            kinds,
            visits=target,
            activity=target_activity,
            team=team,
            calls_anchor=calls_anchor,
            confidence_level=confidence_level,
        ),
        hours=hours_by_seller(data, field),
        minutes=float(counted.visits["duration_min"].median()) if "duration_min" in counted.visits else float("nan"),
        log=log_traits(data, counted, activity=target_activity),
        capacity=capacity(
            data,
            team,
            sellers=field,
            contract_hours=contract_hours,
            year_visits=float("nan") if team is None else year_visits(counted, team),
            rng=each["hours"],
            confidence_level=confidence_level,
        ),
        coverage=coverage(
            data,
            sellers.get("new"),
            contacts=contacts,
            rng=each["existing"],
            confidence_level=confidence_level,
        ),
        bookings=None
        if months_only
        else bookings(data, counted, rng=each["booked"], confidence_level=confidence_level),
        dose=dose_response(
            data,
            counted,
            kinds=kinds,
            log=log,
            channels=channels,
            one_per_day=one_per_day,
            new_after_days=new_after_days,
            rng=each["deals"],
            confidence_level=confidence_level,
        ),
        verification=asked,
        months_only=months_only,
        lacks=tuple(data.lacks(USES)),
        absent=tuple(data.lacks((*USES, *SHOWN))),
        channels=tuple(channels),
        new_after_days=new_after_days,
        confidence_level=confidence_level,
        caveats=beside,
    )
    years = counted.weeks / WEEKS_A_YEAR
    return replace(found, worth=worth(data, found, years=years, contacts=contacts, rng=each["worth"]))


def _rates(counted: Counted, confidence_level: float) -> tuple[Rates, PooledRate]:
    """Return the rates of sellers and team; where leave is assumed, the uncertainty of the exposure is in both."""
    level = slow_level(counted.counts, counted.exposure)
    rates = weekly_rates(counted.counts, counted.exposure, confidence_level=confidence_level, profile=level)
    team = _pooled(counted, rates, counted.counts.index, confidence_level=confidence_level)
    return widen(rates, ASSUMED_EXPOSURE_SD) if counted.assumed_leave else rates, team


def _pooled(counted: Counted, rates: Rates, sellers: pd.Index, *, confidence_level: float) -> PooledRate:
    """Return the rate of some sellers together."""
    return rate_over(counted, counted.counts.loc[sellers], rates=rates, confidence_level=confidence_level)


def _sellers(
    context: Context,
    counted: Counted,
    rates: Rates | None,
    compared: Comparison | None,
    target: Target | None,
    kinds: pd.Series | None,
) -> pd.DataFrame:
    index = counted.exposure.index
    parts = [pd.DataFrame({"label": context.sellers(index)}, index=index)]
    if rates is None or compared is None:
        exposure = counted.exposure.sum(axis=1) if counted.weeks else pd.Series(dtype=float, index=index)
        parts.append(pd.DataFrame({"count": counted.counts.sum(axis=1), "exposure": exposure}))
    else:
        parts += [rates.frame, compared.frame]
    if counted.weeks:
        parts += [days_out(counted), kind_shares(counted.visits, kinds, index)]
    frame = pd.concat(parts, axis=1)
    if compared is not None:
        # On the logarithm of almost nothing an interval is as wide as the world.
        frame["low"] = frame["low"].where(~frame["few"], frame["fair_low"])
        frame["high"] = frame["high"].where(~frame["few"], frame["fair_high"])
    frame["target"] = target.by_seller if target else np.nan
    return frame.sort_values("label")


def _weekly(counted: Counted) -> pd.DataFrame:
    """Return the visits of the team by week; weeks with under a quarter of the usual exposure have no rate."""
    visits, exposure = counted.counts.sum(), counted.exposure.sum()
    frame = pd.DataFrame({"visits": visits, "exposure": exposure}).rename_axis("week").reset_index()
    solid = frame["exposure"] >= 0.25 * frame["exposure"].median()
    frame["rate"] = (frame["visits"] / frame["exposure"].where(frame["exposure"] > 0)).where(solid)
    return frame
