"""Statistics that know units, groups, events and exposure, and no sales words.

How sure is a number
    intervals          proportions, exact rates, ratios of totals, bootstrap means
    bootstrap          ratios and skewed means by resampling clusters
    ratios             two ratios compared, draws behind an interval
    severity           red, yellow, green, grey from a distribution; sizes needed

Counts by week
    rates              rates from overdispersed, autocorrelated weekly counts
    season             the yearly cycle that all units share
    contrasts          two rates compared
    autocorrelation    how weeks resemble their neighbours
    control            limits of a series; is the latest stretch the best
    heaping            too many counts exactly at a target
    recurrent          events that happen again and again
    regression         counts explained by other columns

Many units
    shrinkage          fair comparison of many units
    credibility        weighted averages pulled towards the mean
    stated             what people state beside what was measured
    funnels            how far units may lie from the target
    multiplicity       many comparisons at once
    standardisation    groups with a different mix of strata
    regression_to_mean what is extreme will be less so
    permutation        what a statistic would be if order meant nothing

Audit
    sampling           how many units to check, and where
    stratified         what a stratified sample says about the population
    misstatement       how much of a book value may be wrong

Money, time and probability
    money, joint       ranges as distributions; claims that share what they free
    survival           competing risks with censoring and late entry
    calibration        stated probabilities against outcomes
    decomposition      a change or a spread of a product by factor
"""

from salesaudit.stats.bootstrap import bootstrap_ratio, skewed_mean
from salesaudit.stats.calibration import (
    BrierDecomposition,
    OptimismIndex,
    Recalibration,
    brier,
    brier_decomposition,
    optimism_index,
    recalibration,
)
from salesaudit.stats.contrasts import leave_one_out_contrasts, paired_rate_ratio, poisson_two_rates, rate_ratio
from salesaudit.stats.control import XmrLimits, chance_latest_is_best, latest_is_best, xmr_limits
from salesaudit.stats.credibility import Credibility, buhlmann_straub, james_stein
from salesaudit.stats.decomposition import lmdi, logarithmic_mean, shapley, shapley_values, variance_shares
from salesaudit.stats.funnels import Funnel, funnel, log_limits, overdispersion, poisson_limits
from salesaudit.stats.heaping import Heaping, target_heaping
from salesaudit.stats.intervals import (
    Interval,
    bca_mean,
    clopper_pearson,
    poisson_exact,
    proportion_difference,
    ratio_of_totals,
    wilson,
)
from salesaudit.stats.joint import Claim, JointWorth, draw_inputs, joint_worth, value_of_information
from salesaudit.stats.misstatement import stringer_bound
from salesaudit.stats.money import Percentiles, percentiles, pert, pert_from_quantiles
from salesaudit.stats.multiplicity import benjamini_hochberg, fisher_versus_others
from salesaudit.stats.permutation import PermutationTest, against_null, permutation_test
from salesaudit.stats.rates import PooledRate, Rates, pooled_rate, weekly_rates
from salesaudit.stats.ratios import interval_draws, ratio_contrast
from salesaudit.stats.recurrent import mean_cumulative
from salesaudit.stats.regression import PoissonRegression, poisson_regression
from salesaudit.stats.regression_to_mean import expected_regression, icc1, staying_share
from salesaudit.stats.sampling import (
    AttributePlan,
    TwoStagePlan,
    allocate,
    attribute_plan,
    deviations_plan,
    for_response,
    monetary_sample_size,
    poisson_factor,
    two_stage_plan,
)
from salesaudit.stats.season import slow_level, yearly_cycle
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
from salesaudit.stats.standardisation import MantelHaenszel, mantel_haenszel, merge_small_strata, standardised_rate
from salesaudit.stats.stated import Anchoring, anchoring, stated_over_measured
from salesaudit.stats.stratified import (
    rogan_gladen,
    stratified_mean,
    stratified_proportion,
    stratified_ratio,
    unreached_bounds,
)
from salesaudit.stats.survival import CumulativeIncidence, aalen_johansen, kaplan_meier_median

__all__ = [
    "Anchoring",
    "AttributePlan",
    "BetaBinomialPosterior",
    "BrierDecomposition",
    "Claim",
    "Classification",
    "Credibility",
    "CumulativeIncidence",
    "Funnel",
    "Heaping",
    "Interval",
    "JointWorth",
    "MantelHaenszel",
    "OptimismIndex",
    "Percentiles",
    "PermutationTest",
    "PoissonRegression",
    "PooledRate",
    "Rates",
    "Recalibration",
    "ShrunkenRates",
    "TwoStagePlan",
    "XmrLimits",
    "aalen_johansen",
    "against_null",
    "allocate",
    "anchoring",
    "attribute_plan",
    "bca_mean",
    "benjamini_hochberg",
    "bootstrap_ratio",
    "brier",
    "brier_decomposition",
    "buhlmann_straub",
    "chance_latest_is_best",
    "classify",
    "classify_normal",
    "clopper_pearson",
    "count_needed_rate",
    "deviations_plan",
    "draw_inputs",
    "expected_regression",
    "fisher_versus_others",
    "for_response",
    "funnel",
    "hierarchical_beta_binomial",
    "icc1",
    "interval_draws",
    "james_stein",
    "joint_worth",
    "kaplan_meier_median",
    "latest_is_best",
    "leave_one_out_contrasts",
    "lmdi",
    "log_limits",
    "logarithmic_mean",
    "mantel_haenszel",
    "mean_cumulative",
    "merge_small_strata",
    "monetary_sample_size",
    "optimism_index",
    "overdispersion",
    "paired_rate_ratio",
    "percentiles",
    "permutation_test",
    "pert",
    "pert_from_quantiles",
    "poisson_exact",
    "poisson_factor",
    "poisson_limits",
    "poisson_regression",
    "poisson_two_rates",
    "pooled_rate",
    "proportion_difference",
    "rate_ratio",
    "ratio_contrast",
    "ratio_of_totals",
    "recalibration",
    "rogan_gladen",
    "shapley",
    "shapley_values",
    "shrink_log_rates",
    "skewed_mean",
    "slow_level",
    "standardised_rate",
    "stated_over_measured",
    "staying_share",
    "stratified_mean",
    "stratified_proportion",
    "stratified_ratio",
    "stringer_bound",
    "target_heaping",
    "two_stage_plan",
    "units_needed_share",
    "unreached_bounds",
    "value_of_information",
    "variance_shares",
    "weekly_rates",
    "wilson",
    "xmr_limits",
    "yearly_cycle",
]
