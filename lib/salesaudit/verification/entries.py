"""When visits were entered, as far as that says anything about the visits."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

BATCH_VISITS, BATCH_MINUTES = 5, 10
"""Visits of so many days, entered by one seller within so many minutes, were logged in one go."""
IMPORT_SHARE = 0.1
"""A day on which this share of all visits was logged, by several sellers, is a transfer between systems."""
FEWEST_LOG_DAYS = 40
"""Days of logging from which one of them can stand out."""
COPIED = 0.95
"""Share of the times of entry that equal the start of the meeting, above which they are a copy of it."""


@dataclass(frozen=True)
class Entries:
    """When visits were entered, as far as it says something about the visit.

    Attributes
    ----------
    logged : Series
        Time of entry, NaT where it is not known or says nothing.
    timed : bool
        Whether the hour is known, so that visits entered in one go can be seen.
    transferred : int
        Visits entered on a day of transfer between systems.
    """

    logged: pd.Series
    timed: bool
    transferred: int


def entries(logged: pd.Series, seller: pd.Series, start: pd.Series | None = None) -> Entries:
    """Return the times of entry without those of transfers, and none where they only repeat the start of the meeting.

    Parameters
    ----------
    logged, seller : Series
        Time of entry and seller of each visit.
    start : Series, optional
        When each meeting began.
    """
    nothing = Entries(pd.Series(pd.NaT, index=logged.index, dtype="datetime64[us]"), False, 0)
    if logged.isna().all():
        return nothing
    day = logged.dt.normalize()
    if start is not None:
        both = logged.notna() & start.notna() & (logged != day)
        if both.any() and (logged == start)[both].mean() > COPIED:
            return nothing
    by_day = seller.groupby(day).agg(["size", "nunique"])
    bulk = by_day.index[(by_day["size"] >= IMPORT_SHARE * len(logged)) & (by_day["nunique"] > 1)]
    stands_out = len(by_day) >= FEWEST_LOG_DAYS or len(by_day) == len(bulk)
    transfer = day.isin(bulk if stands_out else [])
    logged = logged.mask(transfer)
    known = logged.dropna()
    timed = bool((known != known.dt.normalize()).mean() > 0.5) if len(known) else False
    return Entries(logged, timed, int(transfer.sum()))


def logged_in_one_go(seller: pd.Series, logged: pd.Series, date: pd.Series) -> np.ndarray:
    """Return which visits are among the entries of some `BATCH_MINUTES` that are about `BATCH_VISITS` days or more.

    Parameters
    ----------
    seller, logged, date : Series
        Whole number of the seller (negative where not known), time of logging and day of each visit.
    """
    rows = np.flatnonzero(logged.notna().to_numpy() & (seller >= 0).to_numpy())
    who, when = seller.to_numpy()[rows], logged.to_numpy("datetime64[us]")[rows]
    order = np.lexsort((when, who))
    rows, who, when = rows[order], who[order], when[order]
    days = date.to_numpy("datetime64[D]").astype(np.int64)[rows]
    width = np.timedelta64(BATCH_MINUTES, "m")
    # Entries that follow each other are one run; only a run that is about days enough can hold what is looked for.
    first = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (np.diff(when) > width))) if len(rows) else rows
    stop = np.append(first[1:], len(rows))
    run = np.repeat(np.arange(len(first)), stop - first)
    found = np.zeros(len(logged), bool)
    about = np.bincount(pd.DataFrame({"run": run, "day": days}).drop_duplicates()["run"], minlength=len(first))
    for n in np.flatnonzero(about >= BATCH_VISITS):
        part = slice(first[n], stop[n])
        found[rows[part]] = _dense(when[part], days[part], width)
    return found


def _dense(logged: np.ndarray, days: np.ndarray, width: np.timedelta64) -> np.ndarray:
    """Return which entries of one run stand with others of enough days in some window of the given width."""
    if logged[-1] - logged[0] <= width:
        return np.ones(len(logged), bool)
    found = np.zeros(len(logged), bool)
    last = np.searchsorted(logged, logged + width, side="right")
    for first in np.flatnonzero(last - np.arange(len(logged)) >= BATCH_VISITS):
        if len(np.unique(days[first : last[first]])) >= BATCH_VISITS:
            found[first : last[first]] = True
    return found
