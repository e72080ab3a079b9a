"""How probable and how fast the next step is: for the team, against an earlier period, and seller by seller."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.purpose_funnel.episodes import FORWARD, LOST
from salesaudit.schema import PROGRESS
from salesaudit.stats import (
    CumulativeIncidence,
    aalen_johansen,
    benjamini_hochberg,
    fisher_versus_others,
    hierarchical_beta_binomial,
    kaplan_meier_median,
)

FEWEST_ENTERED, FEWEST_FORWARD = 15, 5
"""Below these a step is only described as "k of n"."""
FEWEST_PER_SELLER = 8
HORIZON_QUANTILE, HORIZON_STEP = 0.8, 30
"""A step is given the time in which this share of those who made it got further, rounded up to whole steps of days."""
POWER = 0.80
"""Probability with which a drop should be found by a sample that is called large enough."""
FEWEST_SELLERS_FOR_BH = 5


def horizon_days(days_to_forward: pd.Series) -> float:
    """Return the 80th percentile of the time to the next step, rounded up to 30 days; NaN where none was made."""
    if days_to_forward.empty:
        return np.nan
    return float(max(1, np.ceil(days_to_forward.quantile(HORIZON_QUANTILE) / HORIZON_STEP)) * HORIZON_STEP)


def transitions(entries: pd.DataFrame, *, confidence_level: float) -> pd.DataFrame:
    """Return one row per step that somebody entered (index state, in order of the steps).

    Returns
    -------
    DataFrame
        entered, forward, lost (recorded), inactive, open (counts); horizon_days; estimate, low, high (probability of
        the next step within the horizon); ultimate, ultimate_low, ultimate_high (by the longest time with ten still
        waiting); median_days, median_low, median_high (until the step is left in either way); closed_only (share of the
        ended ones that moved forward, which is biased); enough (flag).

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5, 141-150.
    """
    rows = {}
    for state in PROGRESS:
        part = entries[entries["state"] == state]
        if part.empty:
            continue
        forward, stopped = part["cause"] == FORWARD, part["cause"] == LOST
        horizon = horizon_days(part.loc[forward, "days"])
        enough = len(part) >= FEWEST_ENTERED and forward.sum() >= FEWEST_FORWARD
        row = {
            "entered": len(part),
            "forward": int(forward.sum()),
            "lost": int((stopped & (part["end"] == "lost")).sum()),
            "inactive": int((stopped & (part["end"] == "inactive")).sum()),
            "open": int((part["cause"] == 0).sum()),
            "horizon_days": horizon,
            "closed_only": forward.sum() / max(int((forward | stopped).sum()), 1),
            "enough": enough,
        }
        rows[state] = row | (_probabilities(part, horizon, confidence_level) if enough else {})
    columns = ["estimate", "low", "high", "ultimate", "ultimate_low", "ultimate_high", "median_days", "median_low"]
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("state")
    frame.index = frame.index.astype("str")
    first = ["entered", "forward", "lost", "inactive", "open", "horizon_days", "closed_only", "enough"]
    return frame.reindex(columns=[*first, *columns, "median_high"])


def _probabilities(part: pd.DataFrame, horizon: float, confidence_level: float) -> dict[str, float]:
    curve = aalen_johansen(part["days"], part["cause"], confidence_level=confidence_level)
    within, last = curve.at(horizon, FORWARD), curve.ultimate(FORWARD)
    median = kaplan_meier_median(part["days"], part["cause"] > 0, confidence_level=confidence_level)
    return {
        "estimate": within.estimate,
        "low": within.low,
        "high": within.high,
        "ultimate": last.estimate,
        "ultimate_low": last.low,
        "ultimate_high": last.high,
        "median_days": median.estimate,
        "median_low": median.low,
        # Where the data do not bound the median there is no upper end to show.
        "median_high": median.high if np.isfinite(median.high) else np.nan,
    }


def contract_curve(episodes: pd.DataFrame, *, as_of: date, confidence_level: float) -> CumulativeIncidence:
    """Return the probability of a contract by days since the first sales visit, loss competing."""
    cause = episodes["end"].map({"won": FORWARD, "lost": LOST, "inactive": LOST}).fillna(0).astype("int64")
    stop = episodes["end_date"].clip(upper=pd.Timestamp(as_of))
    days = (stop - episodes["first"]).dt.days.clip(lower=0)
    return aalen_johansen(days, cause, confidence_level=confidence_level)


@dataclass(frozen=True)
class Comparison:
    """Sellers against their peers, step by step.

    Attributes
    ----------
    frame : DataFrame
        One row per step and seller with an entry old enough: state, seller_id, entered, reached (within the horizon),
        raw, estimate, low, high (shrunken), peers (median of the others), pvalue, qvalue (one family over all).
    shortfall : ndarray
        Rows of `frame` x draws: (peers - own) / peers.
    tests : int
        Comparisons in the family.
    """

    frame: pd.DataFrame
    shortfall: np.ndarray
    tests: int


def cohort(entries: pd.DataFrame, horizons: pd.Series, *, as_of: date) -> pd.DataFrame:
    """Return the entries that were followed for the whole horizon of their step, with `reached` within it."""
    horizon = entries["state"].map(horizons).astype("float64")
    watched = (pd.Timestamp(as_of) - entries["date"]).dt.days >= horizon
    old = entries[watched]
    return old.assign(reached=(old["cause"] == FORWARD) & (old["days"] <= horizon[watched]))


def compare_sellers(
    old: pd.DataFrame, *, confidence_level: float, rng: np.random.Generator, draws: int = 2000
) -> Comparison:
    """Compare each seller with the others at every step, on entries of equal age.

    Parameters
    ----------
    old : DataFrame
        From `cohort`.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3; Benjamini & Hochberg (1995).
    """
    frames, shortfalls = [], []
    for state in PROGRESS:
        part = old[old["state"] == state].dropna(subset=["seller_id"])
        if part.empty:
            continue
        counts = part.groupby("seller_id")["reached"].agg(entered="size", reached="sum").astype("int64")
        posterior = hierarchical_beta_binomial(
            counts["reached"], counts["entered"], rng=rng, draws=draws, confidence_level=confidence_level
        )
        frame = counts.join(posterior.frame[["raw", "estimate", "low", "high"]])
        fit = (counts["entered"] >= FEWEST_PER_SELLER).to_numpy()
        peers = _medians_of_others(posterior.draws, fit)
        frame["peers"] = np.nanmedian(peers, axis=1) if fit.sum() > 1 else np.nan
        tests = fisher_versus_others(counts["reached"], counts["entered"])["pvalue"]
        frame["pvalue"] = tests.where(fit & (fit.sum() > 1))
        frames.append(frame.assign(state=state).reset_index())
        shortfalls.append((peers - posterior.draws) / peers)
    if not frames:
        columns = ["seller_id", "entered", "reached", "raw", "estimate", "low", "high", "peers", "pvalue", "state"]
        return Comparison(pd.DataFrame(columns=[*columns, "qvalue"]), np.empty((0, draws)), 0)
    frame = pd.concat(frames, ignore_index=True)
    tested = frame["pvalue"].notna()
    few = frame.loc[tested, "seller_id"].nunique() < FEWEST_SELLERS_FOR_BH
    frame["qvalue"] = benjamini_hochberg(frame["pvalue"], method="by" if few else "bh")
    return Comparison(frame, np.vstack(shortfalls), int(tested.sum()))


def _medians_of_others(draws: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Return, for each seller and draw, the median of the other sellers that have enough entries."""
    peers = np.full(draws.shape, np.nan)
    for row in range(len(draws)):
        others = fit.copy()
        others[row] = False
        if others.any():
            peers[row] = np.median(draws[others], axis=0)
    return peers


def compare_periods(
    old: pd.DataFrame, *, start: date, end: date, rng: np.random.Generator, draws: int = 2000
) -> tuple[pd.DataFrame, np.ndarray]:
    """Compare every step with the equally long period before, on entries of equal age.

    Returns
    -------
    DataFrame
        One row per step with at least 15 entries in both periods: state, entered, reached, entered_before,
        reached_before, pvalue (Fisher), qvalue (over the steps).
    ndarray
        Rows x draws of (before - now) / before.
    """
    days = pd.Timedelta((end - start).days + 1, unit="D")
    now = old[old["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
    past = old[(old["date"] >= pd.Timestamp(start) - days) & (old["date"] < pd.Timestamp(start))]
    rows, gaps = [], []
    for state in PROGRESS:
        a, b = now.loc[now["state"] == state, "reached"], past.loc[past["state"] == state, "reached"]
        if min(len(a), len(b)) < FEWEST_ENTERED or b.sum() < FEWEST_FORWARD:
            continue
        table = [[a.sum(), len(a) - a.sum()], [b.sum(), len(b) - b.sum()]]
        p_now = rng.beta(a.sum() + 0.5, len(a) - a.sum() + 0.5, draws)
        p_past = rng.beta(b.sum() + 0.5, len(b) - b.sum() + 0.5, draws)
        gaps.append((p_past - p_now) / p_past)
        rows.append((state, len(a), int(a.sum()), len(b), int(b.sum()), stats.fisher_exact(table).pvalue))
    columns = ["state", "entered", "reached", "entered_before", "reached_before", "pvalue"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["qvalue"] = benjamini_hochberg(frame["pvalue"].astype("float64"))
    return frame, np.array(gaps).reshape(len(rows), draws)


def entries_needed(rate: float, *, drop: float, tests: int, fdr: float = 0.10, power: float = POWER) -> float:
    """Return how many entries a seller needs for a relative drop to be found among `tests` comparisons.

    The first rejection of Benjamini-Hochberg needs p <= fdr / tests; two-sided normal approximation.
    """
    if not (0 < rate < 1 and tests > 0):
        return np.nan
    lower = rate * (1 - drop)
    z = stats.norm.ppf(1 - fdr / tests / 2) * np.sqrt(rate * (1 - rate))
    z += stats.norm.ppf(power) * np.sqrt(lower * (1 - lower))
    return float(np.ceil((z / (rate - lower)) ** 2))
