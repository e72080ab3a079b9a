"""What moved sales: more activity, a better hit rate, or larger orders?

Sales = moments x hit rate x value. Two ways to fill it, the first that the data allow is used:

1. A moment is a visit (and a call or a mailing, where orders say how they came in and both periods have them). It is a
   hit when an order of the same customer follows within `window_days`; an order belongs to the last moment before it.
   Value is the amount per hit. Orders that follow no moment are a part of their own: number x value.
2. A moment is an opportunity, by its source where that is known. It is a hit when it was won within a fixed age. Value
   is the mean amount of those won.

`REQUIRES` is empty because neither way is needed when the other can be gone; `WAYS` names what each needs, and
`analyse` raises DataMissing with both when none can.

Unit: the moment. Denominator of the hit rate: moments old enough for their hit to have come, so that both periods are
of equal age. Compared with the same weeks a year earlier, else the period before, else half against half.

Exclusions: orders without a date, customer or a positive amount (credit notes); moments younger than the window.

Assumptions: an order within the window is tied to the moment by time only, which says nothing about cause. The number
of moments is counted and not estimated; hits vary like coin tosses, values like those seen.

References: Ang (2005), Energy Policy 33, 867-871 (decomposition); Efron & Tibshirani (1993), An Introduction to the
Bootstrap; Newcombe (1998), Statistics in Medicine 17, 857-872; Paule & Mandel (1982), J. Res. NBS 87, 377-385.
"""

from salesaudit.analyses.sales_formula.analysis import QUESTION, REQUIRES, USES, SalesFormula, analyse
from salesaudit.analyses.sales_formula.exhibits import (
    key_figures,
    plot_change,
    plot_hit_rates,
    plot_rates,
    plot_values,
    table_channels,
    table_gaps,
    table_sellers,
)
from salesaudit.analyses.sales_formula.judgement import findings
from salesaudit.analyses.sales_formula.moments import WAYS
from salesaudit.analyses.sales_formula.notes import method

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "WAYS",
    "SalesFormula",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_change",
    "plot_hit_rates",
    "plot_rates",
    "plot_values",
    "table_channels",
    "table_gaps",
    "table_sellers",
]
