"""The visits that a sample is drawn from, frozen: the same visits give the same fingerprint, any change another."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

KEY_LENGTH = 12
"""Characters of the fingerprint of one row: enough that no two rows of a list ever share one by chance."""
IDENTITY = ("visit_id", "seller_id", "customer_id", "date")
"""What makes a visit the visit that was drawn."""


@dataclass(frozen=True)
class Frame:
    """The visits of a period that could be drawn.

    Attributes
    ----------
    visits : DataFrame
        One row per visit, in the order of visit_id: visit_id, seller_id, customer_id, date.
    start, end : date
    channels, roles_left_out : tuple of str
    """

    visits: pd.DataFrame
    start: date
    end: date
    channels: tuple[str, ...]
    roles_left_out: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Fingerprint of the period and all visits in it (SHA-256)."""
        return fingerprint([f"{self.start} {self.end}", *rows_as_text(self.visits)])


def freeze(
    tables: Mapping[str, pd.DataFrame],
    *,
    start: date,
    end: date,
    channels: Sequence[str] = ("physical",),
    roles_left_out: Sequence[str] = ("inside", "service"),
) -> Frame:
    """Return the logged visits of a period: those with a seller, one per seller, customer and day.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The canonical tables; visits is there.
    start, end : date
        Both included.
    channels : sequence of str
        A visit whose channel is not known counts.
    roles_left_out : sequence of str
        Roles in the seller table that are not expected to make visits.
    """
    visits = tables["visits"]
    visits = visits[[c for c in (*IDENTITY, "channel") if c in visits]].assign(date=visits["date"].dt.normalize())
    visits = visits[visits["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
    visits = visits.dropna(subset=["visit_id", "seller_id"]).sort_values("visit_id", kind="stable")
    if "channel" in visits and visits["channel"].notna().any():
        visits = visits[visits["channel"].isna() | visits["channel"].isin(channels)]
    sellers = tables.get("sellers")
    if sellers is not None and len(sellers):
        visits = visits[visits["seller_id"].isin(_in_the_field(sellers, roles_left_out))]
    visits = visits.reindex(columns=list(IDENTITY))
    again = visits.duplicated(["seller_id", "customer_id", "date"]) & visits["customer_id"].notna()
    visits = visits[~again].reset_index(drop=True)
    return Frame(visits, start, end, tuple(channels), tuple(roles_left_out))


def _in_the_field(sellers: pd.DataFrame, roles_left_out: Sequence[str]) -> set[str]:
    known = sellers.dropna(subset=["seller_id"])
    if "role" in known:
        out = known["role"].str.strip().str.casefold().isin([role.casefold() for role in roles_left_out])
        known = known[~out]
    return set(known["seller_id"])


def rows_as_text(visits: pd.DataFrame) -> list[str]:
    """Return each visit as one line of text."""
    days = visits["date"].dt.strftime("%Y-%m-%d").fillna("")
    columns = [visits[c].fillna("").astype("str") for c in IDENTITY[:3]]
    return ["\t".join(row) for row in zip(*(c.to_numpy(object) for c in (*columns, days)), strict=True)]


def row_keys(visits: pd.DataFrame, *, frame_hash: str, draw: int) -> list[str]:
    """Return the fingerprint of each row of a list: of the frame, the draw, and what makes the visit."""
    return [fingerprint([frame_hash, str(draw), row])[:KEY_LENGTH] for row in rows_as_text(visits)]


def list_hash(keys: Iterable[str]) -> str:
    """Return the fingerprint of a list: no row can be added, changed or taken out without another fingerprint."""
    return fingerprint(sorted(keys))


def fingerprint(lines: Iterable[str]) -> str:
    """Return the SHA-256 of lines of text."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
