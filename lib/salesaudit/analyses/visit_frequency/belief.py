"""What management believes about the number of visits, beside those that were logged and those that took place."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.visit_frequency.verified import Verified
from salesaudit.analyses.visit_frequency.yardsticks import Target
from salesaudit.dataset import SalesData
from salesaudit.finding import EFFECT_LEVEL
from salesaudit.privacy import FEWEST
from salesaudit.stats import Anchoring, Interval, PooledRate, anchoring, permutation_test, wilson


@dataclass(frozen=True)
class Gap:
    """What is believed beside what was measured in one way.

    Attributes
    ----------
    rate : Interval
        What was measured, in visits per normal week of one seller.
    ratio : Interval
        Geometric mean of the beliefs over `rate`.
    log_se, df : float
        Of the log of `ratio`.
    surplus : Interval
        Geometric mean of the beliefs minus `rate`; like all effects with an interval of `EFFECT_LEVEL`.
    """

    rate: Interval
    ratio: Interval
    log_se: float
    df: float
    surplus: Interval


@dataclass(frozen=True)
class Ranking:
    """Beliefs about single sellers beside their measured rates: `sellers` of them, and Spearman's rank correlation."""

    sellers: int
    correlation: float
    pvalue: float


@dataclass(frozen=True)
class Belief:
    """What management believes, beside what was measured.

    Attributes
    ----------
    respondents : DataFrame
        One row per respondent: respondent_id, respondent_role, mode, low, high (visits per normal week).
    believed : Interval
        Geometric mean of the beliefs; without limits where there is one respondent.
    logged : Gap
        Beside the visits that were logged.
    verified : Gap or None
        Beside the visits that took place by what the customers say; None without answers enough.
    above : int
        Respondents above the rate of `held`.
    over : Interval
        Their share (Wilson).
    over_pvalue : float
        Exact sign test of as many above as below.
    anchoring : Anchoring or None
        How many are nearer to the target than to the rate of `held`; None without a target.
    ranking : Ranking or None
        None where fewer than five single sellers were asked about.
    """

    respondents: pd.DataFrame
    believed: Interval
    logged: Gap
    verified: Gap | None
    above: int
    over: Interval
    over_pvalue: float
    anchoring: Anchoring | None
    ranking: Ranking | None

    @property
    def held(self) -> Gap:
        """The gap that is judged: beside what took place where that is known, else beside what was logged."""
        return self.verified or self.logged


def beliefs(
    data: SalesData,
    team: PooledRate,
    *,
    sellers: pd.Series,
    target: Target | None,
    sample: Verified | None,
    item: str,
    rng: np.random.Generator,
    confidence_level: float,
) -> Belief | None:
    """Return what is believed beside what was measured; None where nobody was asked.

    Parameters
    ----------
    team : PooledRate
        Logged visits per normal week.
    sellers : Series
        The same of each seller, for beliefs about single sellers.
    sample : Verified or None
        What customers say about the logged visits; used where there are answers enough.
    item : str
        Which item of the beliefs speaks of visits.
    """
    if not data.has("beliefs.mode") or not team.estimate > 0:
        return None
    asked = data.beliefs[(data.beliefs["item"].str.casefold() == item.casefold()) & (data.beliefs["mode"] > 0)]
    asked = asked.reindex(columns=["respondent_id", "respondent_role", "mode", "low", "high", "refers_to_seller_id"])
    rows = asked[asked["refers_to_seller_id"].isna()].drop(columns="refers_to_seller_id")
    rows = rows.sort_values("respondent_id").reset_index(drop=True)
    if rows.empty:
        return None
    logged = Interval(team.estimate, team.low, team.high, team.count, confidence_level)
    by_log = _gap(rows["mode"], logged, team.se_log, team.df)
    verified = None
    if sample is not None and sample.enough and sample.took_place.low > 0:
        # The beta distribution behind the finding on visits that did not take place, on the scale of the rate.
        share_se = float(np.log1p(-sample.false_draws).std())
        made = sample.per_week(team, sample.took_place)
        verified = _gap(rows["mode"], made, float(np.hypot(team.se_log, share_se)), team.df)
    rate = (verified or by_log).rate.estimate
    above, below = int((rows["mode"] > rate).sum()), int((rows["mode"] < rate).sum())
    return Belief(
        rows,
        _mean(rows["mode"], confidence_level),
        by_log,
        verified,
        above,
        wilson(above, len(rows), confidence_level=confidence_level),
        float(stats.binomtest(above, above + below).pvalue) if above + below else float("nan"),
        None if target is None else anchoring(rows["mode"], rate, target.team),
        _ranking(asked.dropna(subset=["refers_to_seller_id"]), sellers, rng),
    )


def _mean(stated: pd.Series, confidence_level: float) -> Interval:
    """Return the geometric mean with t quantiles over the respondents."""
    log, number = np.log(stated), len(stated)
    middle = float(log.mean())
    half = stats.t.ppf((1 + confidence_level) / 2, number - 1) * log.sem(ddof=1) if number > 1 else np.nan
    return Interval(*(float(np.exp(middle + part)) for part in (0.0, -half, half)), number, confidence_level)


def _gap(stated: pd.Series, rate: Interval, rate_se: float, rate_df: float) -> Gap:
    """Return believed over measured, on the log scale, and believed minus measured.

    var(mean log ratio) = variance between respondents / respondents + var(log rate), with t quantiles over the
    respondents. One respondent shows no spread: the interval then holds only the uncertainty of the measured rate.

    Parameters
    ----------
    rate_se, rate_df : float
        Of the log of the measured rate.
    """
    level, number = rate.confidence_level, len(stated)
    log = np.log(stated)
    log_se = float(np.hypot(log.sem(ddof=1) if number > 1 else 0.0, rate_se))
    df = float(number - 1 if number > 1 else rate_df)
    half = _quantile(level, df) * log_se
    ratio = float(np.exp(log.mean())) / rate.estimate
    limits = (float(ratio * np.exp(-half)), float(ratio * np.exp(half)))
    return Gap(rate, Interval(ratio, *limits, number, level), log_se, df, _surplus(stated, rate, rate_se, rate_df))


def _surplus(stated: pd.Series, rate: Interval, rate_se: float, rate_df: float) -> Interval:
    """Return believed minus measured: the distances of the limits of both are added as squares."""
    believed = _mean(stated, EFFECT_LEVEL)
    half = _quantile(EFFECT_LEVEL, rate_df) * rate_se
    down, up = rate.estimate * (1 - np.exp(-half)), rate.estimate * (np.exp(half) - 1)
    # One respondent has no limits of his own.
    below, above = (
        (0.0, 0.0) if len(stated) == 1 else (believed.estimate - believed.low, believed.high - believed.estimate)
    )
    gap = believed.estimate - rate.estimate
    low, high = float(gap - np.hypot(below, up)), float(gap + np.hypot(above, down))
    return Interval(gap, low, high, len(stated), EFFECT_LEVEL)


def _quantile(confidence_level: float, df: float) -> float:
    return float(stats.t.ppf((1 + confidence_level) / 2, df)) if df > 0 else float("nan")


def _ranking(asked: pd.DataFrame, measured: pd.Series, rng: np.random.Generator) -> Ranking | None:
    """Return whether the sellers who are believed to visit more do: Spearman's correlation, by permutation."""
    believed = np.log(asked["mode"]).groupby(asked["refers_to_seller_id"]).mean()
    pairs = pd.DataFrame({"believed": believed, "measured": measured.reindex(believed.index)}).dropna().rank()
    if len(pairs) < FEWEST or pairs.nunique().min() < 2:
        return None
    known = pairs["measured"].to_numpy()
    found = permutation_test(
        lambda order: float(np.corrcoef(order, known)[0, 1]), pairs["believed"], rng=rng, alternative="two-sided"
    )
    return Ranking(len(pairs), found.statistic, found.pvalue)
