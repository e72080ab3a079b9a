"""From numbers to findings."""

from typing import TYPE_CHECKING

from salesaudit.analyses.purpose_funnel.judgement_purposes import achieved, attainment, recorded, recorded_by_seller
from salesaudit.analyses.purpose_funnel.judgement_steps import seller_steps, team_step
from salesaudit.analyses.purpose_funnel.judgement_stuck import stuck
from salesaudit.finding import Findings

if TYPE_CHECKING:
    from salesaudit.analyses.purpose_funnel.analysis import PurposeFunnel


def findings(
    result: "PurposeFunnel",
    *,
    missing_minor: float = 0.10,
    missing_major: float = 0.30,
    attainment_minor: float = 0.10,
    attainment_major: float = 0.30,
    achieved_norm: float = 0.70,
    achieved_minor: float = 0.05,
    achieved_major: float = 0.20,
    shortfall_minor: float = 0.15,
    shortfall_major: float = 0.30,
    fdr: float = 0.10,
) -> Findings:
    """Judge the result.

    Parameters
    ----------
    missing_minor, missing_major : float
        Share of visits without a purpose.
    attainment_minor, attainment_major : float
        Share below the targets.
    achieved_norm : float
        Share of visits that should reach their purpose; `achieved_minor`, `achieved_major` are points below it.
    shortfall_minor, shortfall_major : float
        Share below the comparison in the progress of a step.
    fdr : float
        False discovery rate over sellers and steps.
    """
    items = [
        recorded(result, missing_minor, missing_major),
        *recorded_by_seller(result, missing_minor, missing_major, fdr),
        attainment(result, attainment_minor, attainment_major),
        achieved(result, achieved_norm, achieved_minor, achieved_major, fdr),
        team_step(result, shortfall_minor, shortfall_major, fdr),
        *seller_steps(result, shortfall_minor, shortfall_major, fdr),
        stuck(result),
    ]
    return Findings(tuple(items), result.context)
