"""The run itself: from a client's tables to everything that is judged and shown."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from salesaudit.analyses.sales_formula.change import Change, between, decompose
from salesaudit.analyses.sales_formula.moments import (
    OPPORTUNITY_WAY,
    VISIT_WAY,
    Moments,
    Windows,
    choose_windows,
    find_moments,
    recorded_in_both,
)
from salesaudit.analyses.sales_formula.sellers import Sellers, by_seller
from salesaudit.client import MoneySettings
from salesaudit.dataset import Context, SalesData
from salesaudit.i18n import message
from salesaudit.workload import normal_weeks

REQUIRES = ()
USES = (
    *VISIT_WAY,
    "orders.channel",
    "activities.customer_id",
    *OPPORTUNITY_WAY,
    "opportunities.source",
    "absence.seller_id",
)
QUESTION = message("What moved sales: activity, hit rate or value?")
REALISATION = (0.2, 0.5, 0.8)
"""How much of a possible gain from changed behaviour is usually realised (low, most likely, high)."""


@dataclass(frozen=True)
class SalesFormula:
    """The formula in two periods and by seller.

    Attributes
    ----------
    moments, windows, change, sellers
        What could lead to sales; the periods compared; the change by factor; the factors by seller in the later period.
    partial : tuple of str
        Channels of activities that were not recorded from the start of both periods, and so are not moments.
    booked : dict or None
        Amount of all orders dated in each period, for the reconciliation; None where opportunities are used.
    seller_window : tuple of date
        The days that sellers are compared on, both included.
    missing : tuple of str
        Those of `USES` that the way taken could still use and the client's data lack.
    """

    context: Context
    money: MoneySettings
    moments: Moments
    windows: Windows
    partial: tuple[str, ...]
    change: Change | None
    sellers: Sellers
    booked: dict[str, float] | None
    assumed_leave: bool
    seller_window: tuple[date, date]
    missing: tuple[str, ...]
    confidence_level: float


def analyse(
    data: SalesData,
    *,
    confidence_level: float = 0.95,
    window_days: int = 30,
    opportunity_age_days: int | None = None,
    seed: int = 1,
) -> SalesFormula:
    """Measure the sales formula.

    Parameters
    ----------
    confidence_level : float
        Of the intervals by seller, in (0, 1).
    window_days : int
        An order this many days after a visit at most belongs to it.
    opportunity_age_days : int, optional
        Age at which an opportunity must be won to be a hit; by default the 80th percentile of the time to a win,
        rounded up to 30 days, and at most half of the period.
    seed : int
        Seed of the random draws.

    Raises
    ------
    DataMissing
        Neither visits with orders nor opportunities can be used.
    """
    found = find_moments(data, window_days=window_days, opportunity_age_days=opportunity_age_days)
    rng = np.random.default_rng(seed)
    windows = choose_windows(
        found.main["date"], start=data.start, end=data.end, as_of=data.as_of, age_days=found.age_days
    )
    moments, partial = recorded_in_both(found, windows)
    change = decompose(moments, windows, rng=rng, confidence_level=confidence_level) if windows.now else None
    mature = max(data.start, min(data.end, data.as_of - timedelta(days=moments.age_days)))
    now = windows.now or (data.start, mature)
    exposure = normal_weeks(data, start=now[0], end=now[1])
    sellers = by_seller(
        _of_full_age(moments, now, data.as_of).dropna(subset=["seller_id"]),
        exposure.weeks,
        years=((now[1] - now[0]).days + 1) / 365.25,
        gross_margin=data.client.settings.money.gross_margin,
        realisation=REALISATION,
        confidence_level=confidence_level,
        rng=rng,
        visit_cost=_visit_cost(data.client.settings.money) if moments.kind == "visits" else None,
    )
    booked = None
    if moments.kind == "visits" and windows.now:
        periods = {"before": windows.before, "now": windows.now}
        booked = {name: float(between(moments.orders, w)["value"].sum()) for name, w in periods.items()}
    extra = ("orders.channel", "activities.customer_id") if moments.kind == "visits" else ("opportunities.source",)
    way = () if moments.kind == "visits" else VISIT_WAY
    return SalesFormula(
        context=data.context,
        money=data.client.settings.money,
        moments=moments,
        windows=windows,
        partial=partial,
        change=change,
        sellers=sellers,
        booked=booked,
        assumed_leave=exposure.assumed_leave,
        seller_window=now,
        missing=tuple(data.lacks((*way, *extra, "absence.seller_id"))),
        confidence_level=confidence_level,
    )


def _visit_cost(money: MoneySettings) -> float | None:
    """Return what one more visit costs; None where it is not known, or could not be set against a margin."""
    if not (money.gross_margin and money.hour_cost and money.hours_per_visit):
        return None
    return money.hour_cost * money.hours_per_visit


def _of_full_age(moments: Moments, window: tuple[date, date], as_of: date) -> pd.DataFrame:
    """Return the moments of a window that sellers are compared by, none of them too young to be a hit."""
    inside = between(moments.main, window)
    return inside[inside["date"] <= pd.Timestamp(as_of) - pd.Timedelta(moments.age_days, unit="D")]
