"""What stands beside the rate of all: people who log next to nothing, a day that holds too much, visits on days off."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.comparison import FEWEST_VISITS
from salesaudit.analyses.visit_frequency.composition import rate_over
from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.calendar import WORKING_DAYS
from salesaudit.dataset import SalesData
from salesaudit.ingest.reasons import R
from salesaudit.stats import PooledRate, Rates
from salesaudit.verification.entries import FEWEST_LOG_DAYS, IMPORT_SHARE
from salesaudit.workload import normal_weeks

HARDLY = 0.10
"""Below this share of what the others make somebody logs next to no visits."""


@dataclass(frozen=True)
class HardlyAny:
    """People whose role is not known and who log next to no visits.

    Attributes
    ----------
    sellers : Index
        Their seller_id.
    visits : int
    weeks : float
        Their visits and normal weeks.
    others : PooledRate
        Visits per normal week of everybody else.
    others_number : int
    """

    sellers: pd.Index
    visits: int
    weeks: float
    others: PooledRate
    others_number: int


@dataclass(frozen=True)
class BulkDay:
    """A day to which a great part of all visits is dated: an import, more likely than work.

    Attributes
    ----------
    day : date
    visits : int
    rate : PooledRate
        Visits per normal week without that day.
    """

    day: date
    visits: int
    rate: PooledRate


@dataclass(frozen=True)
class DaysOff:
    """Visits on weekends and holidays.

    Attributes
    ----------
    visits : int
    share : float
        Of all counted visits.
    out_share : float
        Share of the working days with a visit, without visits on days off.
    """

    visits: int
    share: float
    out_share: float


@dataclass(frozen=True)
class Caveats:
    """What stands beside the rate of all.

    Attributes
    ----------
    hardly_any : HardlyAny or None
        They are in the rate, and compared with nobody.
    bulk_day : BulkDay or None
    days_off : DaysOff
    repeated, activities : int
        Rows of the activities that repeat an earlier one in the exports, and all rows.
    """

    hardly_any: HardlyAny | None
    bulk_day: BulkDay | None
    days_off: DaysOff
    repeated: int
    activities: int

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Return the sellers whom it would be unfair to compare with others before their role is known."""
        return () if self.hardly_any is None else tuple(self.hardly_any.sellers)


def hardly_any(data: SalesData, counted: Counted) -> pd.Index:
    """Return the people whose role is not known and who log less than a tenth of what the others do.

    Only where thirty visits would be expected of them; whoever is found no longer counts among the others.
    """
    index = counted.exposure.index
    role = pd.Series(index=index, dtype="str")
    if data.has("sellers.role"):
        role = data.sellers.drop_duplicates("seller_id").set_index("seller_id")["role"].reindex(index)
    unknown = role.isna().to_numpy()
    made, weeks = counted.counts.sum(axis=1).to_numpy(float), counted.exposure.sum(axis=1).to_numpy()
    found = np.zeros(len(index), bool)
    while True:
        left = weeks[~found].sum() - np.where(found, 0.0, weeks)
        rate = np.divide(
            made[~found].sum() - np.where(found, 0.0, made), left, where=left > 0, out=np.zeros(len(index))
        )
        expected = rate * weeks
        now = unknown & (expected >= FEWEST_VISITS) & (made < HARDLY * expected)
        if not (now & ~found).any():
            return index[found]
        found |= now


def caveats(
    data: SalesData, counted: Counted, rates: Rates | None, *, day_off: pd.Series, confidence_level: float
) -> Caveats:
    """Return what stands beside the rate; without a rate only the visits on days off.

    Parameters
    ----------
    day_off : Series of bool
        Whether each counted visit lies on a weekend or a holiday, in their order.
    """
    off = _days_off(counted, day_off.to_numpy())
    # Only the files themselves can tell: canonical rows without a customer or an hour all look alike.
    noted = data.issues[(data.issues["reason"] == R["repeats"]) & (data.issues["table"] == "activities")]
    rows = int(noted["rows"].sum()), len(data.activities) if data.has("activities") else 0
    if rates is None:
        return Caveats(None, None, off, *rows)
    few = hardly_any(data, counted)
    others = counted.counts.loc[~counted.counts.index.isin(few)]
    beside = rate_over(counted, others, rates=rates, confidence_level=confidence_level) if len(few) else None
    return Caveats(
        beside
        and HardlyAny(
            few,
            int(counted.counts.loc[few].to_numpy().sum()),
            float(counted.exposure.loc[few].to_numpy().sum()),
            beside,
            len(others),
        ),
        _bulk_day(data, counted, confidence_level),
        off,
        *rows,
    )


def _bulk_day(data: SalesData, counted: Counted, confidence_level: float) -> BulkDay | None:
    """Return the day that holds a tenth or more of all visits, and the rate without it."""
    visits = counted.visits
    by_day = visits.groupby("date").size()
    if len(by_day) < FEWEST_LOG_DAYS or by_day.max() < IMPORT_SHARE * len(visits):
        return None
    day = by_day.idxmax()
    there = visits[visits["date"] == day]
    monday = there["week"].iloc[0]
    counts, weeks = counted.counts.copy(), counted.exposure.copy()
    counts[monday] -= there.groupby("seller_id").size().reindex(counts.index, fill_value=0)
    worked = normal_weeks(data, start=day.date(), end=day.date()).days.iloc[:, 0].reindex(weeks.index, fill_value=0.0)
    weeks[monday] = (weeks[monday] - worked / WORKING_DAYS).clip(lower=0)
    rate = rate_over(replace(counted, exposure=weeks), counts, confidence_level=confidence_level)
    return BulkDay(day.date(), len(there), rate)


def _days_off(counted: Counted, off: np.ndarray) -> DaysOff:
    out = len(counted.visits.loc[~off, ["seller_id", "date"]].drop_duplicates())
    days = float(counted.exposure.to_numpy().sum()) * WORKING_DAYS
    return DaysOff(int(off.sum()), float(off.mean()) if len(off) else 0.0, out / days if days > 0 else float("nan"))
