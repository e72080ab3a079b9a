"""What the customers say about a sample of the logged visits, and what it says about all of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.comparison import FEWEST_SELLERS
from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.evidence import Ladder, ladder
from salesaudit.dataset import SalesData
from salesaudit.stats import (
    Interval,
    PooledRate,
    clopper_pearson,
    fisher_versus_others,
    hierarchical_beta_binomial,
    pert,
    rogan_gladen,
    stratified_proportion,
    unreached_bounds,
)
from salesaudit.verification import Answers, read_answers
from salesaudit.verification.answers import DID_NOT, NOT_REACHED, TOOK_PLACE

FEWEST_ANSWERS, FEWEST_OF_A_SELLER = 30, 15
"""Answers below which no share is judged, and answers about one seller below which the seller is not compared."""
MEMORY = (0.90, 0.97, 1.00)
"""Lowest, likeliest and highest share of customers who remember rightly, of visits that were and that were not."""
DRAWS = 4000


@dataclass(frozen=True)
class Verified:
    """The evaluated sample; shares are of all visits it was drawn from, each visit with its weight.

    Attributes
    ----------
    answers : Answers
    drawn, reached, said : int
        Visits drawn, visits whose customer was reached, visits of which the customer could say whether they were.
    took_place : Interval
        Share that took place (Korn and Graubard).
    false_limit : float
        One-sided upper limit of the share that did not.
    worst, best : Interval
        The share that took place if none, and if all, of those without an answer did.
    effective : Interval
        Share that took place and reached its purpose.
    achieved : Interval
        Share of those that took place whose purpose was reached.
    corrected : tuple of float
        Lowest, middle and highest share (80 %) that took place, were customers to err as often as `MEMORY` says.
    false_draws, achieved_draws : ndarray
        Draws of the share that did not take place, and of `achieved`.
    sellers : DataFrame
        One row per seller with a drawn visit: seller_id, label, drawn, reached, said, false, raw, estimate, low, high
        (shares that took place), others, qvalue, gap (draws of others minus own), comparable.
    confidence_level : float
    """

    answers: Answers
    drawn: int
    reached: int
    said: int
    took_place: Interval
    false_limit: float
    worst: Interval
    best: Interval
    effective: Interval
    achieved: Interval
    corrected: tuple[float, float, float]
    false_draws: np.ndarray
    achieved_draws: np.ndarray
    sellers: pd.DataFrame
    seller_draws: np.ndarray
    confidence_level: float

    @property
    def enough(self) -> bool:
        """Whether there are answers enough to judge."""
        return self.said >= FEWEST_ANSWERS

    def per_week(self, rate: PooledRate, share: Interval) -> Interval:
        """Return a share of the logged visits as visits per normal week; both uncertainties on the log scale."""
        if not (rate.estimate > 0 and share.estimate > 0 and share.low > 0):
            return Interval(rate.estimate * share.estimate, np.nan, np.nan, share.n, self.confidence_level)
        value = rate.estimate * share.estimate
        down = np.hypot(np.log(rate.estimate / rate.low), np.log(share.estimate / share.low))
        up = np.hypot(np.log(rate.high / rate.estimate), np.log(share.high / share.estimate))
        return Interval(value, value * np.exp(-down), value * np.exp(up), share.n, self.confidence_level)


@dataclass(frozen=True)
class Verification:
    """All that is known about whether the logged visits took place.

    Attributes
    ----------
    sample : Verified or None
        None where nothing was drawn, or nothing came back.
    ladder : Ladder
    by_hand : int
        Visits that were looked into without being drawn by chance.
    """

    sample: Verified | None
    ladder: Ladder
    by_hand: int


def verification(
    data: SalesData, counted: Counted, *, rng: np.random.Generator, confidence_level: float
) -> Verification:
    """Return the evaluated sample, and what other records say about all counted visits."""
    answers = read_answers(data.tables)
    sample = None if answers is None else verified(data, counted, answers, rng=rng, confidence_level=confidence_level)
    drawn = data.has("verification_draws.visit_id")
    return Verification(
        sample=sample,
        ladder=ladder(data, counted, answers),
        by_hand=len(data.verification) if data.has("verification.visit_id") and not drawn else 0,
    )


def verified(
    data: SalesData, counted: Counted, answers: Answers, *, rng: np.random.Generator, confidence_level: float
) -> Verified | None:
    """Evaluate the sample; None where nothing came back.

    Every visit counts with the visits it stands for: those of its seller and risk class over the answers from them.
    """
    if not answers.returned:
        return None
    rows = answers.visits[answers.visits["seller_id"].isin(counted.exposure.index)]
    # The newest draw knows best how many visits a stratum has.
    newest = rows.sort_values("draw").groupby(["seller_id", "risk"])["population"].last()
    rows = rows.assign(
        population=pd.MultiIndex.from_frame(rows[["seller_id", "risk"]]).map(newest),
        true=(rows["state"] == TOOK_PLACE).astype(float),
        said=rows["state"].isin([TOOK_PLACE, DID_NOT]),
        reached=rows["state"] != NOT_REACHED,
        both=(rows["state"].eq(TOOK_PLACE) & rows["achieved"].eq("yes")).astype(float),
        knows=rows["state"].eq(DID_NOT) | (rows["state"].eq(TOOK_PLACE) & rows["achieved"].notna()),
    )
    if rows.empty or not rows["said"].any():
        return None
    level = {"confidence_level": confidence_level}
    strata = _strata(rows)
    took_place = stratified_proportion(strata["true"], strata["said"], strata["population"], **level)
    false = stratified_proportion(
        strata["said"] - strata["true"], strata["said"], strata["population"], **level, alternative="less"
    )
    worst, best = unreached_bounds(strata["true"], strata["said"], strata["drawn"], strata["population"], **level)
    achieved, achieved_n = _given(strata, confidence_level)
    true_draws = _beta(took_place.estimate, _worth(rows[rows["said"]], strata["said"]), rng)
    return Verified(
        answers=answers,
        drawn=len(rows),
        reached=int(rows["reached"].sum()),
        said=int(rows["said"].sum()),
        took_place=took_place,
        false_limit=false.high,
        worst=worst,
        best=best,
        effective=stratified_proportion(strata["both"], strata["knows"], strata["population"], **level),
        achieved=achieved,
        corrected=_corrected(true_draws, rng),
        false_draws=1 - true_draws,
        achieved_draws=_beta(achieved.estimate, achieved_n, rng),
        **_sellers(data, rows, rng, confidence_level),
        confidence_level=confidence_level,
    )


def _strata(rows: pd.DataFrame) -> pd.DataFrame:
    by = rows.groupby(["seller_id", "risk"])
    found = by[["true", "said", "reached", "both", "knows"]].sum().astype(float)
    found["drawn"] = by.size().astype(float)
    # A stratum is never smaller than what was drawn from it, whatever became of the export since.
    found["population"] = np.maximum(by["population"].first(), found["drawn"])
    return found


def _given(strata: pd.DataFrame, confidence_level: float) -> tuple[Interval, float]:
    """Return the share of the visits that took place whose purpose was reached, and how many answers it rests on.

    The visits that took place are a part of each stratum whose size is estimated by the sample.
    """
    known = strata[strata["knows"] > 0]
    asked = known["knows"] - (known["said"] - known["true"])
    size = np.maximum(known["population"] * known["true"] / known["said"], asked)
    found = stratified_proportion(known["both"], asked, size, confidence_level=confidence_level)
    weight = (size / asked.where(asked > 0)).dropna()
    units = asked[asked > 0]
    total = float((weight * units).sum())
    return found, total**2 / float((weight**2 * units).sum()) if total else 0.0


def _worth(rows: pd.DataFrame, said: pd.Series) -> float:
    """Return how many equally weighted answers the weighted ones are worth (Kish)."""
    weight = rows["population"] / pd.MultiIndex.from_frame(rows[["seller_id", "risk"]]).map(said).to_numpy(float)
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(rows) else 0.0


def _beta(share: float, n: float, rng: np.random.Generator) -> np.ndarray:
    """Return draws of a share of n answers, with Jeffreys' prior (one for all, not one for each stratum)."""
    if not (n > 0 and np.isfinite(share)):
        return np.empty(0)
    return rng.beta(share * n + 0.5, (1 - share) * n + 0.5, DRAWS)


def _corrected(draws: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the share that took place with an allowance for customers who remember wrongly."""
    if not draws.size:
        return (np.nan,) * 3
    right = [pert(*MEMORY, rng=rng, size=draws.size) for _ in range(2)]
    low, middle, high = np.quantile(rogan_gladen(draws, sensitivity=right[0], specificity=right[1]), [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def _sellers(
    data: SalesData, rows: pd.DataFrame, rng: np.random.Generator, confidence_level: float
) -> dict[str, pd.DataFrame | np.ndarray]:
    """Return each seller's share, pulled towards the others, and how it compares with theirs."""
    strata = _strata(rows)
    known = strata[strata["said"] > 0]
    weight = known["population"] / known["said"]
    by = known.assign(hits=weight * known["true"], units=weight * known["said"], squares=weight**2 * known["said"])
    by = by.groupby("seller_id")[["hits", "units", "squares"]].sum()
    frame = strata.groupby("seller_id")[["drawn", "reached", "said", "true"]].sum().join(by)
    worth = (frame["units"] ** 2 / frame["squares"]).fillna(0.0)
    hits = (frame["hits"] / frame["units"] * worth).fillna(0.0)
    fair = hierarchical_beta_binomial(hits, worth, rng=rng, draws=DRAWS, confidence_level=confidence_level)
    tried = frame["said"] >= FEWEST_OF_A_SELLER
    tried &= tried.sum() >= FEWEST_SELLERS
    against = fisher_versus_others(hits.round().where(tried, 0), worth.round().where(tried, 0))
    frame = frame.assign(
        label=data.context.sellers(frame.index),
        false=frame["said"] - frame["true"],
        raw=fair.frame["raw"],
        estimate=fair.frame["estimate"],
        low=fair.frame["low"],
        high=fair.frame["high"],
        others=against["others"],
        qvalue=against["qvalue"],
        comparable=tried,
    )
    return {"sellers": frame.rename_axis("seller_id").reset_index(), "seller_draws": np.asarray(fair.draws)}


def nothing_false(said: int, *, confidence_level: float) -> float:
    """Return the share that may still be false when none of so many visits was."""
    return clopper_pearson(0, said, confidence_level=confidence_level, alternative="less").high
