"""The open pipeline in money: as reported, without entries that break a rule, and with calibrated probabilities."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, special

from salesaudit.analyses.pipeline_revision.calibration import Calibration
from salesaudit.analyses.pipeline_revision.closings import WinRate
from salesaudit.analyses.pipeline_revision.openings import OpenPipeline
from salesaudit.stats import Interval

CLIP = 0.01
BATCH = 2_000_000
"""Largest number of (replicate, customer) pairs held in memory at once."""


@dataclass(frozen=True)
class Value:
    """The open pipeline in money; all NaN without amounts, the weighted ones also without probabilities.

    Attributes
    ----------
    open_amount : float
        All open amounts.
    clean_amount : float
        The same without the opportunities that break one of the rules H1 to H5.
    weighted, clean_weighted : float
        Sum of stated probability times amount.
    calibrated, clean_calibrated : Interval
        Sum of calibrated probability times amount.
    how : {"recalibrated", "base", ""}
        Calibrated by the fitted relation; or, because the stated probabilities say nothing, by the share won of all
        that were opened (of the closed where dates are missing).
    without_probability : int
        Open opportunities with an amount and no stated probability; the weighted values leave them out.
    """

    open_amount: float
    clean_amount: float
    weighted: float
    clean_weighted: float
    calibrated: Interval
    clean_calibrated: Interval
    how: str
    without_probability: int


def value(
    pipeline: OpenPipeline, calibration: Calibration, win: WinRate, *, rng: np.random.Generator, n_resamples: int = 400
) -> Value:
    """Return the open pipeline in money, as reported and corrected.

    The interval of the calibrated value is that of the calibration (customers resampled as a whole); what each
    opportunity will turn out to be is not in it.
    """
    rows = pipeline.opportunities
    amount = rows["amount"].clip(lower=0).fillna(0.0)
    stated, clean = rows["probability"], ~rows["broken"]
    has_stated = bool(stated.notna().any()) and pipeline.has_amounts
    how, corrected = "", (_nothing(calibration), _nothing(calibration))
    if has_stated and calibration.enough:
        how = "recalibrated" if calibration.recalibration.slope_low > 0 else "base"
        known = stated.notna()
        sizes = np.column_stack([amount[known], amount[known].where(clean[known], 0.0)])
        if how == "base":
            corrected = _by_share_won(sizes, win)
        else:
            corrected = _recalibrated(stated[known].to_numpy(), sizes, calibration, rng, n_resamples)
    return Value(
        open_amount=float(amount.sum()) if pipeline.has_amounts else np.nan,
        clean_amount=float(amount[clean].sum()) if pipeline.has_amounts else np.nan,
        weighted=float((amount * stated).sum()) if has_stated else np.nan,
        clean_weighted=float((amount * stated)[clean].sum()) if has_stated else np.nan,
        calibrated=corrected[0],
        clean_calibrated=corrected[1],
        how=how,
        without_probability=int((stated.isna() & (amount > 0)).sum()),
    )


def _nothing(calibration: Calibration) -> Interval:
    return Interval(np.nan, np.nan, np.nan, 0, calibration.recalibration.confidence_level)


def _by_share_won(sizes: np.ndarray, win: WinRate) -> tuple[Interval, Interval]:
    """Give every opportunity the same chance; the closed alone would make it too high while many are still open."""
    share = win.opened if win.opened is not None else win.closed
    all_, clean = (
        Interval(total * share.estimate, total * share.low, total * share.high, share.n, share.confidence_level)
        for total in sizes.sum(axis=0)
    )
    return all_, clean


def _recalibrated(
    p: np.ndarray, sizes: np.ndarray, calibration: Calibration, rng: np.random.Generator, n_resamples: int
) -> tuple[Interval, Interval]:
    slope = calibration.recalibration
    x = special.logit(np.clip(p, CLIP, 1 - CLIP))
    fits = _resampled_fits(calibration, rng, n_resamples)
    draws = special.expit(fits[:, :1] + fits[:, 1:] * x[None, :]) @ sizes
    estimates = special.expit(slope.intercept + slope.slope * x) @ sizes
    tails = [(1 - slope.confidence_level) / 2, (1 + slope.confidence_level) / 2]
    low, high = np.quantile(draws, tails, axis=0)
    n = len(calibration.forecasts.frame)
    all_, clean = (
        Interval(float(e), float(a), float(b), n, slope.confidence_level)
        for e, a, b in zip(estimates, low, high, strict=True)
    )
    return all_, clean


def _resampled_fits(calibration: Calibration, rng: np.random.Generator, n_resamples: int) -> np.ndarray:
    """Return the recalibrations of bootstrap samples of whole customers."""
    frame = calibration.forecasts.frame
    cluster = pd.factorize(frame["cluster"])[0]
    m = cluster.max() + 1
    # Forecasts with the same probability, to a tenth of a per cent, and outcome differ only in their customer.
    stated = frame["probability"].clip(CLIP, 1 - CLIP).round(3)
    cells = pd.MultiIndex.from_arrays([stated, frame["won"]])
    cell, kinds = cells.factorize()
    counts = sparse.csr_array((np.ones(len(frame)), (cluster, cell)), shape=(m, len(kinds)))
    x = special.logit(kinds.get_level_values(0).to_numpy(dtype=float))
    y = kinds.get_level_values(1).to_numpy(dtype=float)
    fits = []
    # In batches, so that memory stays small with many thousands of customers.
    step = max(1, BATCH // max(m, len(kinds)))
    for start in range(0, n_resamples, step):
        times = rng.multinomial(m, np.full(m, 1 / m), size=min(step, n_resamples - start))
        fits.append(logistic_fits(x, y, times @ counts))
    return np.vstack(fits)


def logistic_fits(x: np.ndarray, y: np.ndarray, weights: np.ndarray, *, steps: int = 12) -> np.ndarray:
    """Return intercept and slope of one logistic regression per row of `weights`, by Newton's method.

    A trace of ridge keeps samples finite in which the outcomes happen to be separated.
    """
    fit = np.zeros((len(weights), 2))
    ridge = 1e-3
    for _ in range(steps):
        p = special.expit(fit[:, :1] + fit[:, 1:] * x[None, :])
        error, spread = weights * (y[None, :] - p), weights * p * (1 - p)
        gradient = np.stack([error.sum(axis=1), error @ x], axis=1) - ridge * fit
        a, b, c = spread.sum(axis=1) + ridge, spread @ x, spread @ x**2 + ridge
        determinant = a * c - b**2
        step = np.stack([c * gradient[:, 0] - b * gradient[:, 1], a * gradient[:, 1] - b * gradient[:, 0]], axis=1)
        fit = fit + np.clip(step / determinant[:, None], -5, 5)
    return fit
