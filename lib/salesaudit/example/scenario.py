"""What is planted in the synthetic client, scenario by scenario.

Every number that an analysis should find again stands here; the other modules only draw from it.
"""

from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

AS_OF = date(2026, 6, 28)
"""A Sunday, so that every history is a whole number of weeks."""


@dataclass(frozen=True)
class Transition:
    """One step of the way to a contract: how many take it in the end, and how long those need."""

    probability: float
    median_days: float


@dataclass(frozen=True)
class Scenario:
    """The parameters of one synthetic client; rates are per normal week (five seller-days)."""

    sellers: int = 12
    customers: int = 7000
    weeks: int = 130
    period_weeks: int = 52

    rate: float = 12.0
    seller_sd: float = 0.20
    low_seller_gap: float | None = -0.35
    weekly_cv: float = 0.35
    autocorrelation: float = 0.3
    season: float = 0.15
    video_share: float = 0.05
    false_visits: bool = True
    said_achieved: float | None = None
    missing_purpose: float = 0.08
    missing_purpose_worst: float = 0.35
    tenure_pull: float = 0.12
    wallet_pull: float = 0.19

    pre_quo: Transition = Transition(0.60, 40)
    quo_neg: Transition = Transition(0.45, 45)
    neg_won: Transition = Transition(0.60, 35)
    step_sigma: float = 0.7
    loss_median_days: float = 120
    losses_never_recorded: float = 0.30
    weak_negotiator: float | None = None
    stuck: int = 15

    order_value_high: float = 6500.0
    order_value_low: float = 3500.0
    order_sigma: float = 0.9
    hit_rate: float = 0.30
    gross_margin: float = 0.35
    newsletter_rate: float = 0.008

    belief_log: float = 0.45
    belief_sd: float = 0.15
    visit_target: float | None = 20.0

    inflation: float = 0.65
    inflation_sd: float = 0.35
    shock_sd: float = 0.3
    push_hazard: float = 0.25
    erosion: float = -0.08
    quarter_end_factor: float = 2.0
    no_next_step: float = 0.12
    past_date: float = 0.09
    stale: float = 0.18

    missing_coordinates: float = 0.0
    hostile_names: bool = False
    minimal: bool = False

    @property
    def order_value(self) -> dict[str, float]:
        """Mean order value by category of the customer; what counts is whether the revenue is high."""
        high, low = self.order_value_high, self.order_value_low
        return {"1": high, "2R": high, "2P": low, "3": low}


BASE = Scenario()
NULL = replace(
    BASE,
    seller_sd=0.0,
    low_seller_gap=None,
    season=0.0,
    false_visits=False,
    said_achieved=0.75,
    missing_purpose=0.0,
    missing_purpose_worst=0.0,
    tenure_pull=0.0,
    wallet_pull=0.0,
    losses_never_recorded=0.0,
    stuck=0,
    order_value_high=4400.0,
    order_value_low=4400.0,
    belief_log=0.0,
    belief_sd=0.05,
    visit_target=None,
    inflation=0.0,
    inflation_sd=0.0,
    shock_sd=0.0,
    push_hazard=0.0,
    erosion=0.0,
    quarter_end_factor=1.0,
    no_next_step=0.0,
    past_date=0.0,
    stale=0.0,
)
SMALL_SIZE = {"sellers": 4, "customers": 120, "weeks": 10, "stuck": 0}

SCENARIOS = MappingProxyType(
    {
        "base": BASE,
        "null": NULL,
        "small": replace(BASE, **SMALL_SIZE),
        "null_small": replace(NULL, **SMALL_SIZE),
        "bottleneck": replace(BASE, weak_negotiator=0.20),
        "dirty": replace(BASE, missing_coordinates=0.15, hostile_names=True),
        "minimal": replace(BASE, minimal=True),
    }
)
"""`null` plants nothing; `small` is the base with little data; `bottleneck` has one seller who negotiates seldom;
`dirty` is the base with holes, hostile
names, and planted errors in the written files; `minimal` has required columns only."""

BLOCKS = ("sellers", "customers", "visits", "opportunities", "orders", "activities", "inputs")
"""What can be generated apart; each block draws from a generator of its own."""
