"""The worth of a finding in words: an amount, or what the client must give before there can be one."""

import numpy as np

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.finding import EFFECT_LEVEL
from salesaudit.format import Listed, Money, Number
from salesaudit.i18n import Message, message

AT_COST = ("VF-02", "VF-06")
"""Findings that price hours at their cost; the others price them by what one more visit brings."""
NEEDED = {True: ("hour_cost", "hours_per_visit"), False: ("gross_margin", "hours_per_visit")}
OF_CUSTOMERS = "VF-10"


def priced(result: VisitFrequency, code: str, *, contact_norm: float = 0.0, odd_share: float = 0.0) -> Money | None:
    """Return what a finding is worth in a year with its 80 % interval; None where it cannot be said or is nothing.

    Parameters
    ----------
    contact_norm, odd_share : float
        What the claims of VF-08 and VF-06 hang on; see `Worth.claims`.
    """
    claim = result.worth.claims(contact_norm=contact_norm, odd_share=odd_share).get(code) if result.worth else None
    if claim is None:
        return None
    found = result.worth.amount(claim)
    return result.context.money(found.p50, found.p10, found.p90) if found.p50 > 0 else None


def wants_a_price(result: VisitFrequency, code: str, amount: Message) -> Message:
    """Return an effect in hours or visits with the settings and data that would put a price on it."""
    names = price_needs(result, code)
    return amount if names is None else message("{amount} (a price needs {names})", amount=amount, names=names)


def price_needs(result: VisitFrequency, code: str) -> Listed | None:
    """Return what the client must give for a price; None where nothing is lacking."""
    lacks = result.worth.lacks if result.worth else frozenset()
    wanted = ("gross_margin",) if code == OF_CUSTOMERS else NEEDED[code in AT_COST]
    names = tuple(name for name in wanted if name in lacks)
    found = [message("{settings} in client.toml", settings=Listed(names))] if names else []
    if "orders" in lacks and code not in AT_COST:
        found.append(message("orders with customer, day and amount"))
    return Listed(tuple(found)) if found else None


def about(draws: np.ndarray | float) -> Number:
    """Return draws of a number of visits or hours as their middle and 80 % interval."""
    low, middle, high = np.quantile(draws, [(1 - EFFECT_LEVEL) / 2, 0.5, (1 + EFFECT_LEVEL) / 2])
    known = low < high
    return Number(float(middle), float(low) if known else None, float(high) if known else None, decimals=0)
