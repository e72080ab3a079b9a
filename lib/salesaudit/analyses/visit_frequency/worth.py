"""What one more visit is worth, what hours cost, and what each finding claims of both: draws, not yet words.

All amounts are of one year. Margin of one more visit = elasticity x gross margin x revenue of the customers visited /
visits that took place. Hours freed or moved are worth that margin over the hours of a visit; only hours that were paid
for in vain are counted at their cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.capacity import DRAWS, MARGIN, REALISED
from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.lapse import Lapse, lapse
from salesaudit.client import MoneySettings
from salesaudit.dataset import SalesData
from salesaudit.stats import Claim, JointWorth, Percentiles, draw_inputs, interval_draws, joint_worth

if TYPE_CHECKING:
    from salesaudit.analyses.visit_frequency.analysis import VisitFrequency

PUBLISHED = (0.34, 0.245)
"""Mean elasticity over many studies of personal selling, and in pharmaceuticals."""
ELASTICITY = (0.15, 0.30, 0.45)
"""Per cent more sales with one per cent more visits, as a PERT around the published means.

0.34 over many studies of personal selling, 0.245 in pharmaceuticals (Albers, Mantrala & Sridhar 2010). The client's own
elasticity is not used: it is an association, since sellers visit where they expect orders.
"""
UNUSUAL = 0.20
"""Share of the margin above which the whole is more than visits have been seen to move."""
POOL = "hours"
NO_DRAWS = np.empty(0)


@dataclass(frozen=True)
class Worth:
    """The inputs of every amount of money, drawn once; draws that belong together have the same place.

    Attributes
    ----------
    hours : float
        Working hours of all sellers in a year; all claims on hours draw on them.
    visits : float
        Logged visits in a year; NaN without complete weeks enough.
    hour_cost : float
        NaN where the client has not said.
    revenue_amount, margin_amount : float
        Of the customers visited, a year; NaN where not known.
    visit_hours : ndarray
        Hours of a visit with travel and preparation; empty where the client has not said.
    per_visit : ndarray
        Margin of one more visit; empty where it cannot be said.
    realised : ndarray
        Part of a change of habits that is carried through.
    false, achieved : ndarray
        Share of the logged visits that did not take place, and of those that did that reached their purpose.
    contact : ndarray
        Share of the working time in contact with customers.
    unused : ndarray
        Visits a year that the hours hold and that are not made, at least 0.
    lapse : Lapse or None
    lapsed : ndarray
        Margin a year lost more without contact.
    lacks : frozenset of str
        Those of gross_margin, hour_cost, hours_per_visit and orders that are not known.
    """

    hours: float
    visits: float
    hour_cost: float
    revenue_amount: float
    margin_amount: float
    visit_hours: np.ndarray
    per_visit: np.ndarray
    realised: np.ndarray
    false: np.ndarray
    achieved: np.ndarray
    contact: np.ndarray
    unused: np.ndarray
    lapse: Lapse | None
    lapsed: np.ndarray
    lacks: frozenset[str]

    @property
    def missed(self) -> np.ndarray:
        """Return the visits a year that took place and missed their purpose."""
        return self.visits * (1 - self.false) * (1 - self.achieved) if self.achieved.size else NO_DRAWS

    def short(self, norm: float) -> np.ndarray:
        """Return the hours a year by which the contact with customers falls short of a norm."""
        return self.hours * np.maximum(norm - self.contact, 0.0)

    def claims(self, *, contact_norm: float, odd_share: float) -> dict[str, Claim]:
        """Return what each finding claims, by its code; findings that cannot be priced are left out.

        Parameters
        ----------
        contact_norm : float
            Share of the working time that should be contact with customers.
        odd_share : float
            Share of the visits that were logged in an odd way.
        """
        found = {"VF-10": Claim("VF-10", self.lapsed, 1.0)} if self.lapsed.size else {}
        if not (self.visit_hours.size and self.visits > 0):
            return found
        if np.isfinite(self.hour_cost):
            hours = {
                "VF-02": self._of(self.false * self.visits),
                "VF-06": self._of(np.full(1, odd_share * self.visits)),
            }
            found |= {code: Claim(code, n, self.hour_cost, 1.0, POOL) for code, n in hours.items() if n.size}
        if self.per_visit.size:
            hours = {"VF-02b": self._of(self.missed), "VF-08": self.short(contact_norm), "VF-12": self._of(self.unused)}
            price = self.per_visit / self.visit_hours
            found |= {code: Claim(code, n, price, self.realised, POOL) for code, n in hours.items() if n.size}
        return found

    def _of(self, visits: np.ndarray) -> np.ndarray:
        """Return the hours of so many visits."""
        return visits * self.visit_hours if visits.size else NO_DRAWS

    def together(self, claims: Sequence[Claim]) -> JointWorth:
        """Price claims alone and together, hours counted once."""
        return joint_worth(claims, {POOL: self.hours})

    def amount(self, claim: Claim) -> Percentiles:
        """Return the worth of one claim by itself."""
        return self.together([claim]).joint


def worth(
    data: SalesData, result: "VisitFrequency", *, years: float, contacts: Sequence[str], rng: np.random.Generator
) -> Worth:
    """Draw the inputs of all amounts of money.

    Parameters
    ----------
    years : float
        Length of the weeks that were counted.
    contacts : sequence of str
        Types of activity that are a contact with the customer, besides visits in any channel.
    """
    settings = data.client.settings.money
    hours_said = settings.hours_per_visit or np.nan
    inputs = draw_inputs(
        {
            "elasticity": ELASTICITY,
            "realised": REALISED,
            "visit_hours": tuple(hours_said * part for part in (1 - MARGIN, 1.0, 1 + MARGIN)),
        },
        rng=rng,
        draws=DRAWS,
    )
    length = inputs["visit_hours"] if settings.hours_per_visit else NO_DRAWS
    counted, known = result.counted, result.team is not None
    visits = len(counted.visits) / years if known else np.nan
    revenue = _revenue(data, counted) / years if known else np.nan
    margin = revenue * (settings.gross_margin or np.nan)
    false, achieved = _verified(result, rng)
    took_place = visits * (1 - false) if false.size else np.full(DRAWS, visits)
    priced = np.isfinite(margin) and (took_place > 0).all()
    lost = lapse(data, contacts=contacts)
    gone = NO_DRAWS if lost is None else lost.lost_amount + lost.se * rng.standard_normal(DRAWS)
    seller_weeks = counted.exposure.to_numpy().sum() / years if known else np.nan
    return Worth(
        hours=result.capacity.contract_hours * seller_weeks,
        visits=visits,
        hour_cost=settings.hour_cost or np.nan,
        revenue_amount=revenue,
        margin_amount=margin,
        visit_hours=length,
        per_visit=inputs["elasticity"] * margin / took_place if priced else NO_DRAWS,
        realised=inputs["realised"],
        false=false,
        achieved=achieved,
        contact=_contact(result, rng),
        unused=_unused(result, length, rng) * seller_weeks,
        lapse=lost,
        lapsed=gone * settings.gross_margin if settings.gross_margin else NO_DRAWS,
        lacks=_lacks(settings, orders=bool(np.isfinite(revenue)) or not known),
    )


def _lacks(settings: MoneySettings, *, orders: bool) -> frozenset[str]:
    said = {
        "gross_margin": settings.gross_margin,
        "hour_cost": settings.hour_cost,
        "hours_per_visit": settings.hours_per_visit,
        "orders": orders,
    }
    return frozenset(name for name, value in said.items() if not value)


def _revenue(data: SalesData, counted: Counted) -> float:
    """Return what the customers that were visited ordered in the weeks that were counted; NaN where not known."""
    if not data.has("orders.customer_id", "orders.order_date", "orders.amount") or "customer_id" not in counted.visits:
        return np.nan
    start, end = pd.Timestamp(counted.start), pd.Timestamp(counted.end) + pd.Timedelta("23:59:59")
    orders = data.orders[data.orders["order_date"].between(start, end)]
    bought = float(orders.loc[orders["customer_id"].isin(counted.visits["customer_id"].dropna()), "amount"].sum())
    return bought if bought > 0 else np.nan


def _verified(result: "VisitFrequency", rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    sample = result.verification.sample
    if sample is None or not sample.enough:
        return NO_DRAWS, NO_DRAWS
    both = (sample.false_draws, sample.achieved_draws)
    false, achieved = (rng.choice(draws, DRAWS) if draws.size else NO_DRAWS for draws in both)
    return false, achieved


def _contact(result: "VisitFrequency", rng: np.random.Generator) -> np.ndarray:
    if result.contact is None:
        return NO_DRAWS
    share = result.contact.share
    return interval_draws(share, scale="logit", rng=rng, df=max(share.n - 1, 1), size=DRAWS)


def _unused(result: "VisitFrequency", length: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the visits per normal week that the hours hold and that are not made."""
    held, team = result.capacity, result.team
    if not (held.unused.size and length.size):
        return NO_DRAWS
    share = interval_draws(held.available, scale="logit", rng=rng, df=max(held.available.n - 1, 1), size=DRAWS)
    made = team.estimate * np.exp(team.se_log * rng.standard_t(max(team.df, 1), DRAWS))
    return np.maximum(held.contract_hours * share / length - made, 0.0)
