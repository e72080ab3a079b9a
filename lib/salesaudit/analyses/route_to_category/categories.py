"""Four categories of customers: revenue times remaining potential.

1 = both high, 2R = revenue high, 2P = potential high, 3 = neither. Potential that is not known is not zero: such
customers stay unclassified, and where most are like that only revenue is split.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData
from salesaudit.i18n import Message, message
from salesaudit.schema import CATEGORIES

UNKNOWN, HIGH, LOW = "unknown", "high", "low"
TOLERANCE = pd.Timedelta(days=31)
"""An export that starts within the first month of a year still counts as covering that year."""
KNOWN_SHARE = 0.5
"""Below this share of customers with a known potential, four categories would describe the few, not the many."""
BAND = 0.2
"""Half-width of the band around a threshold in which a customer is borderline."""
REPORTED_SHARE = 0.70
"""Share of the customers in category 3 in several companies, by the experience of the consultant whose categories
these are ("about 70 per cent of the customers in several of the companies that I have met over the years")."""
LETTERS = {"A": ("1",), "B": ("2R", "2P"), "C": ("3",), "D": ("3",)}
"""What a client's A to D may mean: B says nothing about which of the two it is."""


def label(category: str) -> Message:
    """Return the name of a category as readers see it."""
    return {
        "1": message("Category 1"),
        "2R": message("Category 2R (revenue)"),
        "2P": message("Category 2P (potential)"),
        "3": message("Category 3"),
        UNKNOWN: message("Potential not known"),
        HIGH: message("High revenue"),
        LOW: message("Low revenue"),
    }[category]


def phrase(category: str) -> Message:
    """Return the same as it stands inside a sentence."""
    return {
        "1": message("category 1"),
        "2R": message("category 2R (revenue)"),
        "2P": message("category 2P (potential)"),
        "3": message("category 3"),
        UNKNOWN: message("customers whose potential is not known"),
        HIGH: message("customers with high revenue"),
        LOW: message("customers with low revenue"),
    }[category]


@dataclass(frozen=True)
class Window:
    """The days whose orders decide the category, both ends included."""

    start: pd.Timestamp
    end: pd.Timestamp
    before_period: bool

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def yearly(self) -> float:
        """Factor that turns revenue of the window into revenue of a year."""
        return 1.0 if self.days >= 360 else 365.25 / self.days


@dataclass(frozen=True)
class Categories:
    """Customers with their category.

    Attributes
    ----------
    customers : DataFrame
        One row per customer: customer_id, customer (name), revenue (a year), wallet, potential (remaining),
        category, borderline, client_category, owner_seller_id.
    codes : tuple of str
        The categories in use, in the order of reading.
    revenue_threshold, potential_threshold : float
    given : tuple of bool
        Whether the client gave an amount for large revenue, and one for large potential.
    has_potential : bool
        False when only revenue could be split.
    known_potential : float
        Share of customers whose potential is known.
    window : Window
    orders_without_customer : int
        Orders of the window whose customer is not in the customer table.
    """

    customers: pd.DataFrame
    codes: tuple[str, ...]
    revenue_threshold: float
    potential_threshold: float
    given: tuple[bool, bool]
    has_potential: bool
    known_potential: float
    window: Window
    orders_without_customer: int

    @property
    def fixed(self) -> bool:
        """True when the limits are amounts; with quantiles the shares of customers are fixed by construction."""
        return self.given[0] and (self.given[1] or not self.has_potential)

    def under(self, revenue_factor: float, potential_factor: float) -> pd.Series:
        """Return the category of every customer with both thresholds multiplied."""
        return assign(
            self.customers["revenue"],
            self.customers["potential"],
            self.revenue_threshold * revenue_factor,
            self.potential_threshold * potential_factor,
            has_potential=self.has_potential,
        )


def revenue_window(order_dates: pd.Series, *, start: pd.Timestamp, end: pd.Timestamp) -> Window:
    """Return the year before the period where the orders reach back that far, else (the last year of) the period.

    A category computed from the same months whose visits are judged would partly measure the visits themselves.
    """
    year = pd.DateOffset(years=1)
    if order_dates.min() <= start - year + TOLERANCE:
        return Window(start - year, start - pd.Timedelta(days=1), True)
    return Window(max(start, end - year + pd.Timedelta(days=1)), end, False)


def assign(
    revenue: pd.Series,
    potential: pd.Series,
    revenue_threshold: float,
    potential_threshold: float,
    *,
    has_potential: bool = True,
) -> pd.Series:
    """Return the category of each customer; zero is never high, whatever the threshold."""
    rich = (revenue >= revenue_threshold) & (revenue > 0)
    if not has_potential:
        return pd.Series(np.where(rich, HIGH, LOW), index=revenue.index, dtype="str")
    promising = (potential >= potential_threshold) & (potential > 0)
    codes = np.select([potential.isna(), rich & promising, rich, promising], [UNKNOWN, "1", "2R", "2P"], "3")
    return pd.Series(codes, index=revenue.index, dtype="str")


def categorise(data: SalesData, *, revenue_quantile: float = 0.8, potential_quantile: float = 0.8) -> Categories:
    """Classify every customer of the customer table.

    Parameters
    ----------
    revenue_quantile, potential_quantile : float
        In (0, 1); used where the client's settings give no amount.

    Returns
    -------
    Categories
    """
    orders = data.orders.dropna(subset=["order_date", "amount"])
    window = revenue_window(orders["order_date"], start=pd.Timestamp(data.start), end=pd.Timestamp(data.end))
    recent = orders[orders["order_date"].between(window.start, window.end + pd.Timedelta("23:59:59"))]
    customers = data.customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id").reset_index(drop=True)
    frame = pd.DataFrame({"customer_id": customers["customer_id"], "customer": _names(customers)})
    revenue = recent.groupby("customer_id")["amount"].sum() * window.yearly
    frame["revenue"] = frame["customer_id"].map(revenue).fillna(0.0).astype(float)
    frame["wallet"] = _wallet(customers, frame["revenue"])
    frame["potential"] = (frame["wallet"] - frame["revenue"]).clip(lower=0)
    for column in ("client_category", "owner_seller_id"):
        frame[column] = customers[column] if column in customers else pd.Series(pd.NA, frame.index, dtype="str")
    known = float(frame["potential"].notna().mean()) if len(frame) else 0.0
    has_potential = known >= KNOWN_SHARE
    amounts = data.client.settings.thresholds
    thresholds = (
        _threshold(frame["revenue"], amounts.revenue_amount, revenue_quantile),
        _threshold(frame["potential"], amounts.potential_amount, potential_quantile),
    )
    frame["category"] = assign(frame["revenue"], frame["potential"], *thresholds, has_potential=has_potential)
    codes = CATEGORIES if has_potential else (HIGH, LOW)
    if (frame["category"] == UNKNOWN).any():
        codes = (*codes, UNKNOWN)
    result = Categories(
        customers=frame,
        codes=codes,
        revenue_threshold=thresholds[0],
        potential_threshold=thresholds[1],
        given=(amounts.revenue_amount is not None, amounts.potential_amount is not None),
        has_potential=has_potential,
        known_potential=known,
        window=window,
        orders_without_customer=int((~recent["customer_id"].isin(frame["customer_id"])).sum()),
    )
    frame["borderline"] = _neighbours(result).ne(frame["category"], axis=0).any(axis=1)
    return result


def agreement(categories: Categories, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Compare the client's own classes with the computed ones.

    Parameters
    ----------
    mapping : mapping
        The client's word -> category, from the settings; A to D and our own codes are understood without it.

    Returns
    -------
    DataFrame
        One row per customer whose client class is understood: customer_id, stored (the client's word), meaning (the
        categories it stands for), category, agrees, differs_firmly (also with thresholds 20 % higher or lower). B
        agrees with 2R and with 2P.
    """
    frame = categories.customers
    words = frame["client_category"].str.strip().str.upper()
    meaning = {word: (word,) for word in CATEGORIES} | LETTERS
    meaning |= {word.strip().upper(): (code,) for word, code in mapping.items()}
    understood = words.isin(meaning) & (frame["category"] != UNKNOWN)
    if not categories.has_potential or not understood.any():
        return pd.DataFrame(columns=["customer_id", "stored", "meaning", "category", "agrees", "differs_firmly"])
    near = _neighbours(categories)
    agrees = pd.Series(False, index=frame.index)
    possible = pd.Series(False, index=frame.index)
    for word, codes in meaning.items():
        rows = words == word
        agrees |= rows & frame["category"].isin(codes)
        possible |= rows & near.isin(codes).any(axis=1)
    compared = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "stored": frame["client_category"],
            "meaning": words.map({word: "/".join(codes) for word, codes in meaning.items()}),
            "category": frame["category"],
            "agrees": agrees,
            "differs_firmly": ~possible,
        }
    )
    return compared[understood].reset_index(drop=True)


def _neighbours(categories: Categories) -> pd.DataFrame:
    """Return the category of every customer under each pair of thresholds within the band."""
    factors = (1 - BAND, 1.0, 1 + BAND)
    columns = product(factors, factors if categories.has_potential else (1.0,))
    return pd.DataFrame({pair: categories.under(*pair) for pair in columns})


def _names(customers: pd.DataFrame) -> pd.Series:
    return customers["name"].fillna(customers["customer_id"]) if "name" in customers else customers["customer_id"]


def _wallet(customers: pd.DataFrame, revenue: pd.Series) -> pd.Series:
    """Return the yearly wallet: as declared, else revenue over the declared share of it, else missing."""
    wallet = pd.Series(np.nan, index=revenue.index)
    if "potential_declared" in customers:
        wallet = customers["potential_declared"].astype(float)
    if "share_of_wallet_declared" in customers:
        share = customers["share_of_wallet_declared"]
        # A share says nothing about the wallet of a customer who bought nothing.
        wallet = wallet.fillna((revenue / share).where((share > 0) & (revenue > 0)))
    return wallet


def _threshold(values: pd.Series, amount: float | None, quantile: float) -> float:
    known = values.dropna()
    if amount is not None:
        return float(amount)
    return float(known.quantile(quantile)) if len(known) else np.nan
