"""Sellers against their peers: what differs by more than chance, and by enough to matter."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize, stats

from salesaudit.stats import Rates, benjamini_hochberg, leave_one_out_contrasts, shrink_log_rates

FEWEST_WEEKS, FEWEST_VISITS, FEWEST_SELLERS = 13, 30, 5
"""Weeks, visits expected at the team's rate, and sellers, below which sellers are not compared."""
ASSUMED_EXPOSURE_SD = 0.05 / np.sqrt(3)
"""Standard deviation on the log scale of an exposure that is known to within 5 % either way (uniform)."""
LIMIT = 1.0
"""A seller's value is pulled towards the others by at most this many of its standard errors."""
ALMOST_NONE = 3
"""Below this many independent visits (count over dispersion) the logarithm of a rate is no longer near normal."""
CONTRAST_DF = 30
POWER, SURE = 0.80, 0.90


@dataclass(frozen=True)
class Comparison:
    """Every seller beside the other sellers.

    Attributes
    ----------
    frame : DataFrame
        One row per seller: fair, fair_low, fair_high (rate pulled towards the team), peers (rate of the others),
        peers_se (of its log), gap, gap_se (log of peers over fair), qvalue, comparable and few (flags; few: almost no
        visits, exact limits instead of shrinkage).
    units : int
        How many sellers could be compared.
    detectable_share : float
        Share below the others that four runs in five would find; NaN when sellers are not compared.
    """

    frame: pd.DataFrame
    units: int
    detectable_share: float


def widen(rates: Rates, sd: float) -> Rates:
    """Return the rates with a further standard deviation `sd` of the log rate in their intervals."""
    frame = rates.frame.copy()
    frame["se_log"] = np.hypot(frame["se_log"], sd)
    t = stats.t.ppf((1 + rates.confidence_level) / 2, frame["df"].where(frame["df"] > 0))
    # With hardly any degrees of freedom the quantile overflows: the limits are then 0 and infinity.
    with np.errstate(over="ignore"):
        factor = np.exp(t * frame["se_log"])
    seen = frame["count"] > 0
    frame["low"] = frame["low"].where(~seen, frame["estimate"] / factor)
    frame["high"] = frame["high"].where(~seen, frame["estimate"] * factor)
    return replace(rates, frame=frame)


def compare(rates: Rates, *, fdr: float, minor: float, left_out: Collection[str] = ()) -> Comparison:
    """Compare each seller with all the others.

    A seller takes part with at least 13 weeks, and with exposure enough for 30 visits at the team's rate: to ask for 30
    visits made would leave out exactly the sellers who make few. The contrast is log r_i - log r_{-i}; q-values are
    Benjamini-Hochberg over the sellers compared. The fair value is shrunken towards the team, but never by more than
    one standard error (limited translation), so that one true outlier among equals is not hidden.

    Parameters
    ----------
    fdr, minor : float
        Only for `detectable_share`: the false discovery rate, and the smallest relevant gap.
    left_out : collection of str
        Sellers who are compared with nobody, nor anybody with them.

    References
    ----------
    Efron & Morris (1971), JASA 66, 807-815 (limited translation); Benjamini & Hochberg (1995), JRSS B 57, 289-300.
    """
    units = rates.frame
    team = units["count"].sum() / units["exposure"].sum() if units["exposure"].sum() > 0 else np.nan
    comparable = (units["weeks"] >= FEWEST_WEEKS) & (units["exposure"] * team >= FEWEST_VISITS) & (team > 0)
    comparable &= ~comparable.index.isin(left_out)
    if comparable.sum() < FEWEST_SELLERS:
        comparable[:] = False
    family = replace(rates, frame=units[comparable])
    contrasts = leave_one_out_contrasts(family).reindex(units.index)
    peers = np.log(_positive_rate(units)) - contrasts["log_ratio"]
    peers_se = np.sqrt((contrasts["se"] ** 2 - units["se_log"] ** 2).clip(lower=0))

    fair = _fair(units, rates.confidence_level)
    few = units["count"] < ALMOST_NONE * units["phi"] * rates.vif
    pvalue = contrasts["pvalue"].where(~few, _few_pvalue(units, np.exp(peers), rates.vif))
    frame = pd.DataFrame(
        {
            "fair": np.exp(fair["estimate"]),
            "fair_low": np.exp(fair["low"]),
            "fair_high": np.exp(fair["high"]),
            "peers": np.exp(peers),
            "peers_se": peers_se,
            "gap": peers - fair["estimate"],
            "gap_se": np.hypot(fair["se"], peers_se),
            "qvalue": benjamini_hochberg(pvalue.where(comparable)),
            "comparable": comparable,
        }
    )
    frame = _few_values(frame, units, few, rates)
    detectable = _detectable(contrasts["se"], units["se_log"], frame["gap_se"], fdr=fdr, minor=minor)
    return Comparison(frame, int(comparable.sum()), detectable)


def _positive_rate(units: pd.DataFrame) -> pd.Series:
    return units["count"].clip(lower=0.5) / units["exposure"]


def _fair(units: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """Return log rate, se and interval after shrinkage by at most `LIMIT` standard errors.

    Where the limit binds, the interval reaches over both the limited and the fully shrunken value.
    """
    raw = np.log(_positive_rate(units)).where(units["count"] > 0)
    shrunken = shrink_log_rates(raw, units["se_log"], confidence_level=confidence_level).frame
    room = LIMIT * units["se_log"]
    estimate = shrunken["estimate"].clip(lower=raw - room, upper=raw + room)
    moved = estimate - shrunken["estimate"]
    return shrunken.assign(
        estimate=estimate, low=shrunken["low"] + moved.clip(upper=0), high=shrunken["high"] + moved.clip(lower=0)
    )


def _few_pvalue(units: pd.DataFrame, peers: pd.Series, vif: float) -> pd.Series:
    """Return the two-sided chance of so few visits at the rate of the others, counts being negative binomial."""
    below = _chance_of_so_few(units["count"], peers * units["exposure"], units["phi"] * vif)
    return pd.Series(np.minimum(1, 2 * below), index=units.index)


def _chance_of_so_few(count, expected, dispersion):
    """Return P(no more than `count`), with variance = dispersion x mean."""
    dispersion = np.maximum(dispersion, 1 + 1e-9)
    return stats.nbinom.cdf(count, expected / (dispersion - 1), 1 / dispersion)


def _highest(count: float, dispersion: float, chance: float) -> float:
    """Return the largest expected number of visits at which so few still have the given chance."""

    def excess(log_expected: float) -> float:
        return float(_chance_of_so_few(count, np.exp(log_expected), dispersion)) - chance

    return float(np.exp(optimize.brentq(excess, -12, 25)))


def _few_values(frame: pd.DataFrame, units: pd.DataFrame, few: pd.Series, rates: Rates) -> pd.DataFrame:
    """Return the frame with exact limits for sellers with almost no visits, who are not shrunken at all."""
    frame = frame.assign(few=few)
    tail = (1 - rates.confidence_level) / 2
    for unit in units.index[few]:
        count, exposure = units.loc[unit, "count"], units.loc[unit, "exposure"]
        dispersion = units.loc[unit, "phi"] * rates.vif
        value = max(count, 0.5) / exposure
        # The upper side decides whether the seller may still be near the others.
        reach = np.log(_highest(count, dispersion, 1 - SURE) / exposure / value) / stats.norm.ppf(SURE)
        frame.loc[unit, ["fair", "fair_low", "fair_high"]] = (
            units.loc[unit, "estimate"],
            _highest(count - 1, dispersion, 1 - tail) / exposure if count else 0.0,
            _highest(count, dispersion, tail) / exposure,
        )
        frame.loc[unit, "gap"] = np.log(frame.loc[unit, "peers"] / value)
        frame.loc[unit, "gap_se"] = np.hypot(reach, frame.loc[unit, "peers_se"])
    return frame


def _detectable(se: pd.Series, own_se: pd.Series, gap_se: pd.Series, *, fdr: float, minor: float) -> float:
    """Return the share below the others that would pass both tests with 80 % probability, for a typical seller.

    A seller who makes fewer visits is known less well: the own variance grows with the gap that has to be seen.
    """
    number = int(se.notna().sum())
    if not number:
        return float("nan")
    contrast, own, relative = (float(part[se.notna()].median()) for part in (se, own_se, gap_se))
    others = np.sqrt(max(contrast**2 - own**2, 0))
    needed = spread = 0.0
    for _ in range(50):
        own_there = own * np.exp(needed / 2)
        spread = np.hypot(own_there, others)
        beyond_chance = stats.t.isf(fdr / (2 * number), CONTRAST_DF) * spread
        relevant = -np.log1p(-minor) + LIMIT * own_there + stats.norm.ppf(SURE) * relative
        # With very few visits no gap is large enough; three is next to nothing (a twentieth of the others).
        needed = min(max(beyond_chance, relevant), 3.0)
    gap = needed + stats.norm.ppf(POWER) * spread
    return float(-np.expm1(-gap))
