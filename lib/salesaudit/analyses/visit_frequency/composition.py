"""What the visits are made of: days out, parts by customer, channel, class and team, and the other activities."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from salesaudit.analyses.visit_frequency.comparison import ASSUMED_EXPOSURE_SD
from salesaudit.analyses.visit_frequency.counting import Counted
from salesaudit.analyses.visit_frequency.coverage import MOST_CATEGORIES
from salesaudit.calendar import WORKING_DAYS
from salesaudit.dataset import SalesData
from salesaudit.schema import CATEGORIES
from salesaudit.stats import PooledRate, Rates, pooled_rate, slow_level

KINDS = ("existing", "new", "unknown")
CHANNELS = ("physical", "video", "phone", "unknown")
BUSY = 0.5
"""Share of the weeks that must hold something before a yearly cycle is looked for."""


def rate_over(
    counted: Counted, counts: pd.DataFrame, *, rates: Rates | None = None, confidence_level: float
) -> PooledRate:
    """Return the number per normal week of some sellers together, over the weeks that were counted.

    The autocorrelation of one series of weeks is poorly known and clipped at zero; that of all sellers' visits is the
    floor for it. Where leave is assumed, the uncertainty of the exposure is in the interval.

    Parameters
    ----------
    counts : DataFrame
        Sellers x weeks, any sellers of `Counted.exposure`.
    rates : Rates, optional
        Gives the floor, for visits and parts of them.
    """
    exposure = counted.exposure.loc[counts.index]
    # A wave cannot be fitted to a handful of weeks.
    level = slow_level(counts, exposure) if (counts.sum() > 0).mean() >= BUSY else None
    rate = pooled_rate(counts, exposure, confidence_level=confidence_level, profile=level)
    if not rate.count:
        return rate
    vif = max(rate.vif, rates.vif if rates else 0.0)
    extra = ASSUMED_EXPOSURE_SD if counted.assumed_leave else 0.0
    se = float(np.hypot(rate.se_log * np.sqrt(vif / rate.vif), extra))
    half = stats.t.ppf((1 + confidence_level) / 2, rate.df) * se
    return replace(
        rate,
        se_log=se,
        low=rate.estimate * np.exp(-half),
        high=rate.estimate * np.exp(half),
        vif=vif,
        autocorrelation=max(rate.autocorrelation, rates.autocorrelation if rates else 0.0),
    )


def by_week(rows: pd.DataFrame, counted: Counted) -> pd.DataFrame:
    """Return the number of rows by seller and week, as `Counted.counts`; none in weeks without a working day."""
    found = pd.crosstab(rows["seller_id"], rows["week"])
    exposure = counted.exposure
    return found.reindex(index=exposure.index, columns=exposure.columns, fill_value=0).where(exposure > 0, 0)


def days_out(counted: Counted) -> pd.DataFrame:
    """Return per seller days_out, days_out_share (of seller-days) and per_day_out (visits per day with a visit).

    Visits per normal week = 5 x share of days out x visits per day out.
    """
    by_seller = counted.visits.groupby("seller_id")
    out = by_seller["date"].nunique().reindex(counted.exposure.index, fill_value=0)
    visits = by_seller.size().reindex(counted.exposure.index, fill_value=0)
    return pd.DataFrame(
        {
            "days_out": out,
            "days_out_share": out / (WORKING_DAYS * counted.exposure.sum(axis=1)),
            "per_day_out": visits / out.where(out > 0),
        }
    )


def customer_kinds(data: SalesData, visits: pd.DataFrame, *, new_after_days: int) -> pd.Series | None:
    """Return "existing", "new" or "unknown" per visit, or None where orders or customers are not known.

    Existing: the customer ordered in the `new_after_days` days before the visit. New: it did not. Unknown: no order is
    seen, but the orders begin too late to tell; or the visit has no customer.
    """
    if not data.has("orders.order_date", "orders.customer_id", "visits.customer_id") or visits.empty:
        return None
    orders = data.orders[["customer_id", "order_date"]].dropna().sort_values("order_date", ignore_index=True)
    orders = orders.assign(last_order=orders["order_date"])
    named = visits.loc[visits["customer_id"].notna(), ["customer_id", "date"]].sort_values("date")
    last = pd.merge_asof(
        named.reset_index(names="row"),
        orders,
        left_on="date",
        right_on="order_date",
        by="customer_id",
        allow_exact_matches=False,
    ).set_index("row")
    window = pd.Timedelta(days=new_after_days)
    covered = last["date"] - window >= orders["order_date"].min()
    kind = pd.Series("unknown", index=visits.index, dtype="str")
    kind[covered.index[covered]] = "new"
    recent = last["date"] - last["last_order"] <= window
    kind[recent.index[recent]] = "existing"
    return kind


def kind_shares(visits: pd.DataFrame, kinds: pd.Series | None, sellers: pd.Index) -> pd.DataFrame:
    """Return the share of each kind of customer in the visits of each seller; one row per seller."""
    if kinds is None:
        return pd.DataFrame(index=sellers)
    table = pd.crosstab(visits["seller_id"], kinds, normalize="index")
    return table.reindex(index=sellers, columns=["new", "existing", "unknown"]).fillna(
        dict.fromkeys(("new", "existing", "unknown"), 0.0)
    )


def mark_agreement(visits: pd.DataFrame, kinds: pd.Series | None) -> tuple[int, int] | None:
    """Return in how many visits the client's own mark for a new customer agrees with the orders, and of how many."""
    if kinds is None or "is_new_customer" not in visits:
        return None
    known = (kinds != "unknown") & visits["is_new_customer"].notna()
    agree = (kinds == "new")[known] == visits.loc[known, "is_new_customer"].astype(bool)
    return (int(agree.sum()), int(known.sum())) if known.any() else None


def activity_log(data: SalesData, counted: Counted) -> pd.DataFrame | None:
    """Return the activities that count: type, seller_id, day, week; None where the data have none.

    Those of weeks in which the seller had no working day are left out, as visits are.
    """
    if not data.has("activities.type", "activities.date", "activities.seller_id") or not counted.weeks:
        return None
    rows = data.activities.dropna(subset=["type", "date", "seller_id"])
    rows = with_week(rows[["type", "seller_id", "date"]].assign(day=rows["date"].dt.normalize()), "day", counted)
    return None if rows.empty else rows[["type", "seller_id", "day", "week"]]


def with_week(rows: pd.DataFrame, day: str, counted: Counted) -> pd.DataFrame:
    """Return the rows of the counted sellers that lie in a week with a working day of the seller, with that `week`."""
    rows = rows.assign(week=rows[day] - pd.to_timedelta(rows[day].dt.day_of_week, unit="D"))
    exposure = counted.exposure
    at = exposure.index.get_indexer(rows["seller_id"]), exposure.columns.get_indexer(rows["week"])
    known = (at[0] >= 0) & (at[1] >= 0)
    rows = rows[known]
    return rows[exposure.to_numpy()[at[0][known], at[1][known]] > 0]


def other_activities(log: pd.DataFrame | None, counted: Counted, *, confidence_level: float) -> pd.DataFrame | None:
    """Return the activities that are not visits, per normal week of the team, most frequent first.

    Columns type, count, sellers, rate, low, high (per normal week of one seller).
    """
    if log is None:
        return None
    found = []
    for name, part in log.groupby("type"):
        rate = rate_over(counted, by_week(part, counted), confidence_level=confidence_level)
        found.append((name, len(part), part["seller_id"].nunique(), rate.estimate, rate.low, rate.high))
    frame = pd.DataFrame(found, columns=["type", "count", "sellers", "rate", "low", "high"])
    return frame.sort_values(["count", "type"], ascending=[False, True], ignore_index=True)


def parts(
    data: SalesData,
    counted: Counted,
    kinds: pd.Series | None,
    *,
    channels: Sequence[str],
    rates: Rates,
    confidence_level: float,
) -> pd.DataFrame:
    """Return the visits per normal week of one seller by customer, channel, class of the customer and team.

    Columns by ("customer", "channel", "class", "team"), part, visits, sellers, rate, low, high. The parts by customer
    and by class add up to the rate of all; a team is counted over its own weeks. Channels that do not count as a visit
    stand beside those that do.
    """
    rows = []
    for by, part, counts in _parts(data, counted, kinds, channels):
        rate = rate_over(counted, counts, rates=rates, confidence_level=confidence_level)
        made = int((counts.sum(axis=1) > 0).sum()) if by != "team" else len(counts)
        rows.append((by, part, int(rate.count), made, rate.estimate, rate.low, rate.high))
    return pd.DataFrame(rows, columns=["by", "part", "visits", "sellers", "rate", "low", "high"])


def _parts(
    data: SalesData, counted: Counted, kinds: pd.Series | None, channels: Sequence[str]
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    visits = counted.visits
    for by, label, order in (
        ("customer", kinds, KINDS),
        ("channel", _channel(visits), CHANNELS),
        ("class", _classes(data, visits), (*CATEGORIES, "unknown")),
    ):
        if label is not None:
            found = set(label.unique())
            known = order if found <= set(order) else (*sorted(found - {"unknown"}), "unknown")
            for part in [p for p in known if p in found]:
                yield by, part, by_week(visits[label == part], counted)
            if by == "channel":
                yield from _other_channels(data, counted, channels)
    for team, members in _teams(data, counted.counts.index).items():
        yield "team", team, counted.counts.loc[members]


def _channel(visits: pd.DataFrame) -> pd.Series | None:
    if "channel" not in visits or visits["channel"].isna().all():
        return None
    return visits["channel"].fillna("unknown")


def _other_channels(
    data: SalesData, counted: Counted, channels: Sequence[str]
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the channels that do not count as a visit; one contact of a seller with a customer on a day each."""
    rows = data.within("visits")
    rows = rows[rows["channel"].notna() & ~rows["channel"].isin(channels)]
    rows = with_week(rows.assign(day=rows["date"].dt.normalize()), "day", counted)
    if "customer_id" in rows:
        rows = rows[~rows.duplicated(["seller_id", "customer_id", "day", "channel"]) | rows["customer_id"].isna()]
    for channel in CHANNELS:
        if (own := rows["channel"] == channel).any():
            yield "channel", channel, by_week(rows[own], counted)


def _classes(data: SalesData, visits: pd.DataFrame) -> pd.Series | None:
    """Return the client's own class of the customer of each visit, where there are few classes."""
    if not data.has("customers.client_category", "visits.customer_id") or "customer_id" not in visits:
        return None
    named = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").set_index("customer_id")
    label = visits["customer_id"].map(named["client_category"])
    return label.fillna("unknown") if 1 < label.nunique() <= MOST_CATEGORIES else None


def _teams(data: SalesData, sellers: pd.Index) -> dict[str, pd.Index]:
    """Return the sellers of each team, where there are a few teams; a team of one is a seller."""
    if not data.has("sellers.team"):
        return {}
    known = data.sellers.drop_duplicates("seller_id").set_index("seller_id")["team"].reindex(sellers).dropna()
    members = {str(team): sellers.intersection(rows.index) for team, rows in known.groupby(known)}
    several = {team: found for team, found in members.items() if len(found) > 1}
    return several if 1 < len(members) <= MOST_CATEGORIES else {}
