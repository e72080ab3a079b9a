"""Data quality: what was sent, what became of each row, and what can and cannot be said with it.

Unit: one row of an export. Denominator: the rows of the file, table or column in question; nothing is a sample, so that
no number here carries an interval.
Exclusions: none; every row is accounted for as used, merged or left out.
Assumptions: weeks in which hardly anybody works may be empty; diaries and snapshots need not have rows every week.

References
----------
ISA 500, Audit Evidence (completeness and accuracy of information produced by the entity).
"""

from salesaudit.analyses.data_quality.analysis import REQUIRES, USES, DataQuality, analyse
from salesaudit.analyses.data_quality.exhibits import (
    key_figures,
    method,
    plot_months,
    table_answers,
    table_completeness,
    table_mapping,
    table_order_totals,
    table_reasons,
    table_sources,
)
from salesaudit.analyses.data_quality.judgement import findings
from salesaudit.i18n import message

QUESTION = message("Are the data complete, and what can be said with them?")

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "DataQuality",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_months",
    "table_answers",
    "table_completeness",
    "table_mapping",
    "table_order_totals",
    "table_reasons",
    "table_sources",
]
