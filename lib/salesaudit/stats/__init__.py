"""Statistics that know units, groups, events and exposure, and no sales words.

intervals       proportions, exact rates, ratios of totals, bootstrap means
rates           rates from overdispersed, autocorrelated weekly counts
shrinkage       fair comparison of many units
multiplicity    many comparisons at once
severity        red, yellow, green, grey from a distribution; sizes needed
money           PERT ranges and percentiles of draws
survival        competing risks with censoring and late entry
calibration     stated probabilities against outcomes
decomposition   a change or a spread of a product by factor
"""

from salesaudit.stats.calibration import (
    BrierDecomposition,
    OptimismIndex,
    Recalibration,
    brier,
    brier_decomposition,
    optimism_index,
    recalibration,
)
from salesaudit.stats.decomposition import lmdi, logarithmic_mean, shapley, shapley_values, variance_shares
from salesaudit.stats.intervals import (
    Interval,
    bca_mean,
    clopper_pearson,
    poisson_exact,
    proportion_difference,
    ratio_of_totals,
    wilson,
)
from salesaudit.stats.money import Percentiles, percentiles, pert
from salesaudit.stats.multiplicity import benjamini_hochberg, fisher_versus_others
from salesaudit.stats.rates import PooledRate, Rates, leave_one_out_contrasts, pooled_rate, weekly_rates, yearly_cycle
from salesaudit.stats.severity import (
    Classification,
    classify,
    classify_normal,
    count_needed_rate,
    units_needed_share,
)
from salesaudit.stats.shrinkage import (
    BetaBinomialPosterior,
    ShrunkenRates,
    hierarchical_beta_binomial,
    shrink_log_rates,
)
from salesaudit.stats.survival import CumulativeIncidence, aalen_johansen, kaplan_meier_median

__all__ = [
    "BetaBinomialPosterior",
    "BrierDecomposition",
    "Classification",
    "CumulativeIncidence",
    "Interval",
    "OptimismIndex",
    "Percentiles",
    "PooledRate",
    "Rates",
    "Recalibration",
    "ShrunkenRates",
    "aalen_johansen",
    "bca_mean",
    "benjamini_hochberg",
    "brier",
    "brier_decomposition",
    "classify",
    "classify_normal",
    "clopper_pearson",
    "count_needed_rate",
    "fisher_versus_others",
    "hierarchical_beta_binomial",
    "kaplan_meier_median",
    "leave_one_out_contrasts",
    "lmdi",
    "logarithmic_mean",
    "optimism_index",
    "percentiles",
    "pert",
    "poisson_exact",
    "pooled_rate",
    "proportion_difference",
    "ratio_of_totals",
    "recalibration",
    "shapley",
    "shapley_values",
    "shrink_log_rates",
    "units_needed_share",
    "variance_shares",
    "weekly_rates",
    "wilson",
    "yearly_cycle",
]
