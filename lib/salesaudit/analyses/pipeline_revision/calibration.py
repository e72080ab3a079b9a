"""Stated probabilities against what happened: one forecast per opportunity, made well before its planned close.

The last probability before closing is never used: a CRM sets it to 100 or 0 when the outcome is known.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.dataset import SalesData
from salesaudit.stats import (
    OptimismIndex,
    Recalibration,
    ShrunkenRates,
    brier_decomposition,
    optimism_index,
    ratio_of_totals,
    recalibration,
    shrink_log_rates,
    wilson,
)

LEAD_DAYS = (60, 90)
"""A forecast counts when it was made this many days before the planned close."""
SETTLED_DAYS = 30
"""Forecasts whose planned close lies at least this far back had time to be decided."""
FEWEST_CLOSED = 50
SLOPE_OF_NOTE = 0.5
"""A recalibration slope from here on would mean that the probabilities tell wins from losses; 1 is right."""
SELLER_CLOSED, SELLER_EACH = 20, 5
"""Closed opportunities, and won and lost ones, that a seller needs for an own number."""
OVERWRITTEN = 0.9
UNCHANGED = 0.9
"""From this share of equal probabilities on, the stored ones are taken as those stated early."""
FEWEST_RESAMPLES, WORK = 400, 20_000_000
"""Bootstrap replicates at least, and replicates times customers at most."""
BAND_WIDTH, MANY_LEVELS = 0.1, 12


@dataclass(frozen=True)
class Forecasts:
    """The forecasts that can be judged.

    Attributes
    ----------
    frame : DataFrame
        One row per opportunity: opp_id, seller_id, cluster (customer), probability, won (0 or 1), amount.
    source : {"snapshot", "stored", ""}
        Where the probability stood: in a snapshot 60 to 90 days before the planned close, or on the closed
        opportunity itself; empty when there is none that can be judged.
    unchanged_share : float
        Share of opportunities with both whose stored probability is the one stated early; NaN without snapshots.
    still_open : int
        Forecasts whose opportunity is not decided yet; they are left out.
    overwritten : bool
        Whether the stored probability was set to 100 or 0 when the opportunity closed.
    """

    frame: pd.DataFrame
    source: str
    still_open: int
    overwritten: bool
    unchanged_share: float = np.nan


@dataclass(frozen=True)
class Calibration:
    """How far the stated probabilities were right.

    Attributes
    ----------
    forecasts : Forecasts
    base_rate : float
        Share won of the opportunities with a forecast.
    bands : DataFrame
        One row per band of stated probability: low_edge, high_edge, stated (mean), n, won, actual with low and high.
    brier, skill, reliability, resolution : float
        Skill is against stating the base rate every time; reliability and resolution are of the bands.
    resolution_pvalue : float
        Chance of a resolution this large if the probabilities said nothing.
    recalibration : Recalibration
    by_count, by_value : OptimismIndex
        Stated over won, by number and by amount; `by_value` equals `by_count` without amounts.
    sellers : DataFrame
        One row per seller with enough closed: seller_id, n, won, stated, actual, raw, error (of its logarithm),
        estimate, low, high (optimism index; the estimate is pulled towards the team's).
    spread : ShrunkenRates or None
        The between-seller spread behind it.
    """

    forecasts: Forecasts
    base_rate: float
    bands: pd.DataFrame
    brier: float
    skill: float
    reliability: float
    resolution: float
    resolution_pvalue: float
    recalibration: Recalibration
    by_count: OptimismIndex
    by_value: OptimismIndex
    has_amounts: bool
    sellers: pd.DataFrame
    spread: ShrunkenRates | None

    @property
    def enough(self) -> bool:
        return len(self.forecasts.frame) >= FEWEST_CLOSED

    @property
    def uninformative(self) -> bool:
        """Return whether the data show that the probabilities carry next to no information about the outcome.

        Few forecasts cannot show that: the slope must be known well enough to exclude `SLOPE_OF_NOTE`.
        """
        slope = self.recalibration
        flat = slope.slope_low <= 0 and slope.slope_high < SLOPE_OF_NOTE
        return bool(self.enough and flat and self.resolution_pvalue > 0.05)


def forecasts(data: SalesData) -> Forecasts:
    """Return one forecast per decided opportunity, from snapshots where these hold enough, else as stored.

    Where snapshots show that sellers hardly ever change a probability, the stored ones of all closed opportunities are
    as good as early ones, and there are more of them.
    """
    every = data.opportunities.drop_duplicates("opp_id").copy()
    every["won"] = every["status"].map({"won": 1.0, "lost": 0.0})
    every["cluster"] = every["customer_id"].fillna(every["opp_id"]) if "customer_id" in every else every["opp_id"]
    early, still_open = _from_snapshots(data, every)
    stored, overwritten = _as_stored(data, every)
    both = early.merge(stored, on="opp_id")
    same = (both["probability_x"] - both["probability_y"]).abs() <= 0.01
    unchanged = float(same.mean()) if len(both) >= FEWEST_CLOSED else np.nan
    if len(stored) and (unchanged >= UNCHANGED or len(early) < FEWEST_CLOSED):
        waiting = int(((every["status"] == "open") & every["probability"].notna()).sum())
        return Forecasts(stored, "stored", waiting, overwritten, unchanged)
    if len(early):
        return Forecasts(early, "snapshot", still_open, overwritten, unchanged)
    return Forecasts(early, "", still_open, overwritten)


def _columns(frame: pd.DataFrame) -> pd.DataFrame:
    if "amount" not in frame:
        frame = frame.assign(amount=np.nan)
    # Sorted, so that the order of the rows in the export does not decide which customers are drawn together.
    kept = frame[["opp_id", "seller_id", "cluster", "probability", "won", "amount"]].sort_values("opp_id")
    return kept.astype({"probability": float, "won": float, "amount": float}).reset_index(drop=True)


def _from_snapshots(data: SalesData, every: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    needed = ("opp_snapshots.probability", "opp_snapshots.close_date_planned", "opp_snapshots.snapshot_date")
    if not data.has(*needed):
        return _columns(every.head(0).assign(probability=0.0)), 0
    shots = data.opp_snapshots
    lead = (shots["close_date_planned"] - shots["snapshot_date"]).dt.days
    settled = shots["close_date_planned"] + pd.Timedelta(days=SETTLED_DAYS) <= pd.Timestamp(data.as_of)
    usable = (shots["status"] == "open") & shots["probability"].notna() & lead.between(*LEAD_DAYS) & settled
    first = shots[usable].sort_values("snapshot_date", kind="stable").drop_duplicates("opp_id")
    known = ["opp_id", "probability", *(["amount"] if "amount" in first else [])]
    kept = every[["opp_id", "seller_id", "cluster", "won", *(["amount"] if "amount" in every else [])]]
    joined = first[known].merge(kept, on="opp_id", suffixes=("", "_final"))
    if {"amount", "amount_final"} <= set(joined):
        joined["amount"] = joined["amount"].fillna(joined["amount_final"])
    return _columns(joined.dropna(subset=["won"])), int(joined["won"].isna().sum())


def _as_stored(data: SalesData, every: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the probabilities on the closed opportunities, unless closing has overwritten them."""
    nothing = _columns(every.head(0).assign(probability=0.0))
    if not data.has("opportunities.probability"):
        return nothing, False
    closed = every.dropna(subset=["won", "probability"])
    if closed.empty:
        return nothing, False
    certain = (closed["probability"] >= 0.99)[closed["won"] == 1].mean()
    hopeless = (closed["probability"] <= 0.01)[closed["won"] == 0].mean()
    if certain >= OVERWRITTEN or hopeless >= OVERWRITTEN:
        return nothing, True
    return _columns(closed), False


def calibrate(
    found: Forecasts, *, rng: np.random.Generator, n_resamples: int = 2000, confidence_level: float = 0.95
) -> Calibration:
    """Judge the forecasts: bands, scores, optimism, recalibration, and the spread between sellers."""
    frame = found.frame
    p, y = frame["probability"], frame["won"]
    base = float(y.mean()) if len(y) else np.nan
    bands, stated = _bands(p, y, confidence_level)
    split = brier_decomposition(stated, y)
    score = float(((p - y) ** 2).mean()) if len(y) else np.nan
    reference = base * (1 - base)
    informative = len(bands) > 1 and reference > 0
    # With tens of thousands of customers the limits settle long before 2,000 resamples, which would take minutes.
    n_resamples = min(n_resamples, max(FEWEST_RESAMPLES, WORK // max(frame["cluster"].nunique(), 1)))
    options = {"clusters": frame["cluster"], "n_resamples": n_resamples, "confidence_level": confidence_level}
    by_count = optimism_index(p, y, rng=rng, **options)
    has_amounts = bool((frame["amount"] > 0).sum() >= min(FEWEST_CLOSED, max(len(frame), 1)))
    by_value = (
        optimism_index(p, y, weights=frame["amount"].where(frame["amount"] > 0), rng=rng, **options)
        if has_amounts
        else by_count
    )
    sellers, spread = _sellers(frame, confidence_level)
    return Calibration(
        forecasts=found,
        base_rate=base,
        bands=bands,
        brier=score,
        skill=1 - score / reference if reference > 0 else np.nan,
        reliability=split.reliability,
        resolution=split.resolution,
        # n times resolution over uncertainty is Pearson's chi-squared of bands against outcome.
        resolution_pvalue=float(stats.chi2.sf(len(y) * split.resolution / reference, len(bands) - 1))
        if informative
        else np.nan,
        recalibration=recalibration(p, y, confidence_level=confidence_level),
        by_count=by_count,
        by_value=by_value,
        has_amounts=has_amounts,
        sellers=sellers,
        spread=spread,
    )


def _bands(p: pd.Series, y: pd.Series, confidence_level: float) -> tuple[pd.DataFrame, pd.Series]:
    """Return the outcome by band of stated probability, and each forecast's band mean."""
    if p.nunique() <= MANY_LEVELS:
        low = high = p
    else:
        # Rounding first keeps 0.3 / 0.1 = 2.9999 in its own band; 100 % belongs to the last band.
        step = np.minimum(np.floor(np.round(p / BAND_WIDTH, 9)), 1 / BAND_WIDTH - 1)
        low, high = step * BAND_WIDTH, (step + 1) * BAND_WIDTH
    rows = pd.DataFrame({"low_edge": low, "high_edge": high, "p": p, "y": y})
    table = rows.groupby(["low_edge", "high_edge"], as_index=False).agg(
        stated=("p", "mean"), n=("y", "size"), won=("y", "sum")
    )
    limits = [wilson(k, n, confidence_level=confidence_level) for k, n in zip(table["won"], table["n"], strict=True)]
    table["actual"] = [i.estimate for i in limits]
    table["low"], table["high"] = [i.low for i in limits], [i.high for i in limits]
    return table, rows.groupby("low_edge")["p"].transform("mean")


def _sellers(frame: pd.DataFrame, confidence_level: float) -> tuple[pd.DataFrame, ShrunkenRates | None]:
    """Return each seller's optimism index, raw and pulled towards the team's."""
    by_seller = frame.groupby("seller_id")
    table = by_seller.agg(n=("won", "size"), won=("won", "sum"), stated=("probability", "mean"), actual=("won", "mean"))
    enough = (table["n"] >= SELLER_CLOSED) & (table["won"] >= SELLER_EACH) & (table["n"] - table["won"] >= SELLER_EACH)
    table = table[enough]
    if table.empty:
        return table.assign(raw=[], error=[], estimate=[], low=[], high=[]).reset_index(), None
    errors = []
    for seller in table.index:
        rows = by_seller.get_group(seller)
        ratio = ratio_of_totals(rows["probability"], rows["won"], rows["cluster"], confidence_level=confidence_level)
        reach = stats.t.ppf((1 + confidence_level) / 2, max(ratio.n - 1, 1))
        errors.append(np.log(ratio.high / ratio.estimate) / reach if np.isfinite(ratio.high) else np.nan)
    table = table.assign(raw=table["stated"] / table["actual"], error=errors)
    spread = shrink_log_rates(np.log(table["raw"]), table["error"], confidence_level=confidence_level)
    return table.join(np.exp(spread.frame[["estimate", "low", "high"]])).reset_index(), spread


def spread_draws(sellers: pd.DataFrame, *, rng: np.random.Generator, size: int = 4000) -> np.ndarray:
    """Draw the between-seller standard deviation of the log index from the confidence distribution of the Q profile.

    P(tau > t) = P(chi2 with k - 1 df <= Q(t)), Q(t) being the heterogeneity statistic at tau = t.

    Parameters
    ----------
    sellers : DataFrame
        As `Calibration.sellers`.

    References
    ----------
    Viechtbauer (2007), Statistics in Medicine 26, 37-52.
    """
    known = sellers.dropna(subset=["raw", "error"])
    y, v = np.log(known["raw"].to_numpy()), known["error"].to_numpy() ** 2
    if len(y) < 2:
        return np.empty(0)
    grid = np.linspace(0, 3, 601)
    w = 1 / (v[None, :] + grid[:, None] ** 2)
    mean = (w * y).sum(axis=1, keepdims=True) / w.sum(axis=1, keepdims=True)
    above = stats.chi2.cdf((w * (y - mean) ** 2).sum(axis=1), len(y) - 1)
    return np.interp(rng.random(size), 1 - above, grid)
