"""Visit frequency: how many visits a normal week holds, against belief, target, benchmark and the other sellers.

Unit: one logged visit of one seller (the same customer on the same day counts once).
Denominator: normal weeks, that is five seller-days net of weekends, holidays, absence and part time, over complete ISO
weeks. The weekly rate is a process rate; its interval holds the variation from week to week.
Exclusions: visits without a seller or by sellers outside the field; other channels; incomplete first and last weeks;
weeks without a working day of the seller; the time before the first and after the last visit of the table where that
is longer than four weeks.
Assumptions: a seller whose employment dates are not known, and whose first (last) visit lies more than four weeks
inside the period, started (left) then; everybody else in the seller table is there all the time. Without absence a
yearly leave is assumed, and the exposure taken as known to 5 %. A target per month, quarter or year is spread over 44
normal weeks a year. A diary holds all working time; the minutes that a support function saves are what the client says,
half of them where it is partly there. Calls count as contact with a customer whether or not they were answered. A
booking belongs to the day on which it was made.
Money: amounts of a year. One more visit brings the published elasticity of selling times the margin of the customers
visited over the visits; costs of hours are upper limits; customers lost without contact are an association.

References
----------
McCullagh & Nelder (1989), Generalized Linear Models (quasi-Poisson); Smyth (2004), SAGMB 3 (shrunken dispersion);
Paule & Mandel (1982), J. Res. NBS 87 (between-seller variance); Efron & Morris (1971), JASA 66 (limited translation);
Benjamini & Hochberg (1995), JRSS B 57; Wheeler (1993), Understanding Variation (limits of single weeks); Phipson &
Smyth (2010), SAGMB 9 (permutation); Albers, Mantrala & Sridhar (2010), J. Mark. Res. 47 (elasticity of selling).
"""

from salesaudit.analyses.visit_frequency.analysis import REQUIRES, USES, VisitFrequency, analyse
from salesaudit.analyses.visit_frequency.answers import table_answers
from salesaudit.analyses.visit_frequency.figures import plot_sellers, plot_weekly
from salesaudit.analyses.visit_frequency.figures_belief import plot_belief
from salesaudit.analyses.visit_frequency.figures_time import plot_time
from salesaudit.analyses.visit_frequency.figures_verified import plot_verified, table_evidence, table_verified
from salesaudit.analyses.visit_frequency.judgement import findings
from salesaudit.analyses.visit_frequency.judgement_bookings import plot_bookings
from salesaudit.analyses.visit_frequency.judgement_capacity import table_support, table_time
from salesaudit.analyses.visit_frequency.judgement_coverage import table_existing
from salesaudit.analyses.visit_frequency.judgement_dose import table_deals
from salesaudit.analyses.visit_frequency.judgement_log import table_log
from salesaudit.analyses.visit_frequency.judgement_worth import table_worth
from salesaudit.analyses.visit_frequency.mix import plot_customer_kinds
from salesaudit.analyses.visit_frequency.notes import method
from salesaudit.analyses.visit_frequency.tables import (
    key_figures,
    table_activities,
    table_parts,
    table_sellers,
    table_targets,
)
from salesaudit.i18n import message

QUESTION = message("How many visits are made in a normal week, and is that what management believes?")

__all__ = [
    "QUESTION",
    "REQUIRES",
    "USES",
    "VisitFrequency",
    "analyse",
    "findings",
    "key_figures",
    "method",
    "plot_belief",
    "plot_bookings",
    "plot_customer_kinds",
    "plot_sellers",
    "plot_time",
    "plot_verified",
    "plot_weekly",
    "table_activities",
    "table_answers",
    "table_deals",
    "table_evidence",
    "table_existing",
    "table_log",
    "table_parts",
    "table_sellers",
    "table_support",
    "table_targets",
    "table_time",
    "table_verified",
    "table_worth",
]
