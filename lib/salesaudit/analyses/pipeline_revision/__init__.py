"""Can we believe our pipeline?

Unit: the opportunity, open on the day of the audit (content, hygiene, value, scores) or closed at any time before it
(win rate, calibration). Denominators: open value; opportunities with a forecast that can be judged; closed ones, and
all opened ones. Value shares weigh an opportunity without an amount as the median one.

Excluded: from the calibration, forecasts not yet decided and probabilities that closing has overwritten; from the win
rate by age, opportunities without dates or closed before they were opened; from the content test, opportunities that
the client's own forecast omits. A rule whose columns were not exported is named, never assumed to hold.

Assumptions: one forecast per opportunity, 60 to 90 days before its planned close where snapshots exist; customers are
independent of one another; what is open today is counted in full and carries no sampling error.

References
----------
Murphy (1973), Journal of Applied Meteorology 12, 595-600; Cox (1958), Biometrika 45, 562-565; Aalen & Johansen
(1978), Scandinavian Journal of Statistics 5, 141-150; Gelman et al. (2013), Bayesian Data Analysis, section 5.3;
Viechtbauer (2007), Statistics in Medicine 26, 37-52; Wilson interval: Newcombe (1998), Statistics in Medicine 17.
"""

from salesaudit.analyses.pipeline_revision.analysis import QUESTION, REQUIRES, USES, PipelineRevision, analyse
from salesaudit.analyses.pipeline_revision.figures import (
    plot_calibration,
    plot_hygiene,
    plot_scores,
    plot_value,
    plot_win_rate,
)
from salesaudit.analyses.pipeline_revision.judgement import findings
from salesaudit.analyses.pipeline_revision.notes import method
from salesaudit.analyses.pipeline_revision.overview import key_figures, statements
from salesaudit.analyses.pipeline_revision.tables import (
    table_actions,
    table_calibration,
    table_hygiene,
    table_sellers,
    table_stages,
)

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "PipelineRevision",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_calibration",
    "plot_hygiene",
    "plot_scores",
    "plot_value",
    "plot_win_rate",
    "statements",
    "table_actions",
    "table_calibration",
    "table_hygiene",
    "table_sellers",
    "table_stages",
]
