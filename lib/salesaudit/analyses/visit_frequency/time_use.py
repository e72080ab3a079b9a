"""Where the time of each seller goes, by the diaries."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from salesaudit.analyses.visit_frequency.capacity import CATEGORIES, diary
from salesaudit.dataset import SalesData


@dataclass(frozen=True)
class Hours:
    """The diaries, seller by seller.

    Attributes
    ----------
    sellers : DataFrame
        One row per seller with a diary, in the order of the labels: label, minutes, and the share of them by category,
        those of `CATEGORIES` that occur.
    team : Series
        Share of all minutes by category.
    start, end : date or None
        First and last day of the diaries; None where they have no days.
    """

    sellers: pd.DataFrame
    team: pd.Series
    start: date | None
    end: date | None


def hours_by_seller(data: SalesData, sellers: pd.Series | pd.Index) -> Hours | None:
    """Return the shares of the time of each of the sellers, or None where the diaries do not tell."""
    rows = diary(data, sellers)
    if rows is None:
        return None
    minutes = rows.pivot_table("minutes", "seller_id", "kind", aggfunc="sum", fill_value=0.0)
    minutes = minutes[[name for name in CATEGORIES if name in minutes]]
    minutes = minutes[minutes.sum(axis=1) > 0]
    total = minutes.sum(axis=1)
    shares = minutes.div(total, axis=0).rename_axis(columns=None)
    shares = shares.assign(label=data.context.sellers(shares.index), minutes=total).sort_values("label")
    days = rows["date"].dropna() if "date" in rows else pd.Series(dtype="datetime64[us]")
    start, end = (days.min().date(), days.max().date()) if len(days) else (None, None)
    return Hours(shares[["label", "minutes", *minutes.columns]], minutes.sum() / total.sum(), start, end)
