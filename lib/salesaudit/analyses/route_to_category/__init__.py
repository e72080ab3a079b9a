"""Do the field hours go where the money and the potential are?

Unit: the customer (categories, contact) and the visit (hours, orders). Denominators: customers of the customer table;
visits of the period whose customer is in it. Category 1 = revenue and remaining potential high, 2R = revenue high,
2P = potential high, 3 = neither; potential = max(0, yearly wallet - yearly revenue). Revenue is that of the year before
the period where the orders reach back so far, because a category from the same months whose visits are judged would
partly measure those visits.

Excluded: orders and visits whose customer is not in the customer table; from the travel, visits by video or phone
and visits without a place; from orders per visit, visits so late that their window reaches beyond the last order.

Assumptions: detour factor and speed bands for the car; each leg is shared half and half by its two stops; an order
within the window after a visit is credited to the last visit. Averages per hour are not marginal values.

References
----------
Cochran (1977), Sampling Techniques, 3rd ed., section 6.4 (ratio of totals); Sinnott (1984), Sky and Telescope 68(2)
(great-circle distance); Giacomin & Levinson (2015), Environment and Planning B 42, 1040-1053 (detour factors);
Albers, Mantrala & Sridhar (2010), Journal of Marketing Research 47, 840-853 (average against marginal selling effort).
"""

from salesaudit.analyses.route_to_category.analysis import QUESTION, REQUIRES, USES, RouteToCategory, analyse
from salesaudit.analyses.route_to_category.figures import (
    plot_categories,
    plot_coverage,
    plot_hours,
    plot_structure,
    plot_worth,
)
from salesaudit.analyses.route_to_category.figures_map import plot_map
from salesaudit.analyses.route_to_category.judgement import findings
from salesaudit.analyses.route_to_category.notes import method
from salesaudit.analyses.route_to_category.overview import key_figures, statements
from salesaudit.analyses.route_to_category.tables import (
    table_agreement,
    table_structure,
    table_uncovered,
    table_worth,
)

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "RouteToCategory",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_categories",
    "plot_coverage",
    "plot_hours",
    "plot_map",
    "plot_structure",
    "plot_worth",
    "statements",
    "table_agreement",
    "table_structure",
    "table_uncovered",
    "table_worth",
]
