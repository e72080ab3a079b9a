"""Contacts with customers: visits in any channel, calls and the like, and who owns the customer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData


def calls_made(data: SalesData, types: Sequence[str]) -> pd.DataFrame | None:
    """Return customer and day of the contacts that are no visits, or None where none are recorded."""
    if not data.has("activities.customer_id", "activities.type", "activities.date"):
        return None
    rows = data.activities.loc[data.activities["type"].isin(types), ["customer_id", "date"]].dropna()
    return rows if len(rows) else None


def contacts_made(data: SalesData, types: Sequence[str]) -> pd.DataFrame:
    """Return customer and day of every contact up to the end of the period."""
    return contacts_with(data, calls_made(data, types))


def contacts_with(data: SalesData, calls: pd.DataFrame | None) -> pd.DataFrame:
    """Return customer and day of every visit and of the calls given, up to the end of the period."""
    parts = [data.visits[["customer_id", "date"]]]
    if calls is not None:
        parts.append(calls)
    met = pd.concat(parts, ignore_index=True).dropna()
    met["date"] = met["date"].dt.normalize()
    met = met[met["date"] <= pd.Timestamp(data.end)]
    # Whole numbers are compared much faster than text.
    again = pd.DataFrame(
        {"customer": pd.factorize(met["customer_id"])[0], "day": day_numbers(met["date"])}
    ).duplicated()
    return met[~again.to_numpy()].reset_index(drop=True)


def share_named(data: SalesData, types: Sequence[str], *, since: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the share of the contacts after one day and up to another that name the customer; NaN without any."""
    parts = [data.visits[["customer_id", "date"]]]
    if data.has("activities.type", "activities.date"):
        rows = data.activities[data.activities["type"].isin(types)]
        parts.append(rows.reindex(columns=["customer_id", "date"]))
    made = [
        part.loc[(part["date"] > since) & (part["date"] < end + pd.Timedelta(days=1)), "customer_id"] for part in parts
    ]
    number = sum(len(part) for part in made)
    return sum(int(part.notna().sum()) for part in made) / number if number else float("nan")


def day_numbers(dates: pd.Series) -> np.ndarray:
    """Return dates as days since 1970."""
    return dates.to_numpy("datetime64[D]").astype(np.int64)


def owners(data: SalesData, customers: pd.Index) -> pd.Series:
    """Return the seller who owns each customer; the customer itself where that is not known."""
    own = pd.Series(customers, index=customers, dtype="str")
    if data.has("customers.owner_seller_id"):
        named = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").set_index("customer_id")
        found = named["owner_seller_id"].reindex(customers)
        # One owner shows no spread between owners.
        return found.fillna(own) if len(found.unique()) > 1 else own
    return own
