"""What are visits for, and how do customers move from visit to visit towards a contract?

Unit: the visit for purposes, targets and results; the episode (one customer, one opportunity) for progress. Steps in
order: company presentation, needs analysis, quote presentation, negotiation; an episode ends won or lost. Steps may be
skipped, a step repeated is counted as repetition and not as progress.

Denominator of a step: the episodes that entered it, each watched until its next step, its loss or the day of the audit;
those still under way count for as long as they were watched (competing risks, Aalen-Johansen). Purposes, targets and
results speak about the period of the audit; progress uses everything up to the day of the audit.

Exclusions: visits after their opportunity had closed; visits without a customer and an opportunity; purposes that do
not lead towards a contract (relation, reporting, other) in all that is about progress.

Assumptions: a visit without an opportunity_id belongs to the opportunity of the same customer and seller that was open
that day; an episode that is silent for longer than three times the 90th percentile of the pauses in won ones is lost;
chances of different presentations to one customer are alike. Steps entered before the data start are seen only from
their first visit in the data; over more than a year of data that is negligible.

References: Aalen & Johansen (1978), Scand. J. Stat. 5, 141-150; Andersen & Keiding (2002), Statistical Methods in
Medical Research 11, 91-115 (multi-state models); Gelman et al. (2013), Bayesian Data Analysis, section 5.3; Benjamini &
Hochberg (1995), JRSS B 57, 289-300; Weinberg & Gladen (1986), Biometrics 42, 547-560.
"""

from salesaudit.analyses.purpose_funnel.analysis import QUESTION, REQUIRES, USES, PurposeFunnel, analyse
from salesaudit.analyses.purpose_funnel.figures import (
    plot_cohorts,
    plot_purposes,
    plot_sellers,
    plot_stuck,
    plot_transitions,
)
from salesaudit.analyses.purpose_funnel.judgement import findings
from salesaudit.analyses.purpose_funnel.notes import method
from salesaudit.analyses.purpose_funnel.tables import (
    key_figures,
    table_purposes,
    table_sellers,
    table_stuck,
    table_transitions,
)

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "PurposeFunnel",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_cohorts",
    "plot_purposes",
    "plot_sellers",
    "plot_stuck",
    "plot_transitions",
    "table_purposes",
    "table_sellers",
    "table_stuck",
    "table_transitions",
]
