"""What several claims on the same scarce amount are worth together, without counting anything twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from salesaudit.stats.money import Percentiles, percentiles, pert

DRAWS = 10_000


@dataclass(frozen=True)
class Claim:
    """An amount that could be freed or gained, and what it is worth.

    Parameters
    ----------
    name : str
    amount : array_like
        Draws, or one number, in the unit of the pool (hours); negative amounts count as they are without a pool, and
        as zero in one.
    price : array_like
        Draws, or one number, of the worth of one unit.
    realised : array_like
        Draws, or one number, of the share that is carried through, in 0-1.
    pool : str, optional
        Name of the amount on which it draws together with other claims; None for a claim that competes with none.
    """

    name: str
    amount: ArrayLike
    price: ArrayLike
    realised: ArrayLike = 1.0
    pool: str | None = None


@dataclass(frozen=True)
class JointWorth:
    """The worth of claims, each alone and all together.

    Parameters
    ----------
    frame : DataFrame
        One row per claim: pool, alone_p10, alone_p50, alone_p90 (as if it were the only one), p10, p50, p90 (its part
        of the whole), p_positive.
    joint : Percentiles
        Of the whole, everything counted once.
    added : Percentiles
        Of the plain sum of the claims, which counts shared amounts more than once.
    draws : ndarray
        Draws of the whole, claims x draws of each claim's part in `parts`.
    parts : ndarray
    """

    frame: pd.DataFrame
    joint: Percentiles
    added: Percentiles
    draws: np.ndarray
    parts: np.ndarray


def draw_inputs(
    ranges: Mapping[str, tuple[float, float, float] | float], *, rng: np.random.Generator, draws: int = DRAWS
) -> dict[str, np.ndarray]:
    """Draw every uncertain input once, so that all claims that use it see the same value in the same draw.

    Parameters
    ----------
    ranges : mapping
        Name to (low, mode, high), drawn from PERT, or to a number taken as known.
    rng : numpy.random.Generator
        Each input has a child of it, in the order of the names: the order in which they are given changes nothing.
    draws : int
        Number of draws.
    """
    names = sorted(ranges)
    drawn = {}
    for name, child in zip(names, rng.spawn(len(names)), strict=True):
        value = ranges[name]
        fixed = np.ndim(value) == 0
        drawn[name] = np.full(draws, float(value)) if fixed else pert(*value, rng=child, size=draws)
    return {name: drawn[name] for name in ranges}


def joint_worth(
    claims: Sequence[Claim],
    capacity: Mapping[str, ArrayLike] | None = None,
    *,
    overlap: Literal["independent", "disjoint"] = "independent",
) -> JointWorth:
    """Price claims alone and together; claims on one pool share it in proportion to what each asks for.

    With capacity H and amounts q_i the pool gives H (1 - prod(1 - q_i / H)) where claims fall on the same units by
    chance ("independent"), or min(sum q_i, H) where they are known to fall on different ones ("disjoint"). Either way
    the pool never gives more than H, and the whole is never worth more than the sum.

    Parameters
    ----------
    claims : sequence of Claim
        Draws of all claims belong together: draw i is one possible state of the world.
    capacity : mapping, optional
        Pool to its total amount, draws or one number, > 0.
    overlap : {"independent", "disjoint"}

    Returns
    -------
    JointWorth

    Raises
    ------
    KeyError
        If a claim names a pool without capacity.
    """
    capacity = dict(capacity or {})
    if overlap not in ("independent", "disjoint"):
        raise ValueError(f"overlap={overlap!r}: use 'independent' or 'disjoint'.")
    for claim in claims:
        if claim.pool is not None and claim.pool not in capacity:
            raise KeyError(f"{claim.name} draws on {claim.pool!r}, whose capacity is not given.")
    if not claims:
        nothing = percentiles([])
        return JointWorth(
            _frame([], np.empty((0, 0)), np.empty((0, 0))), nothing, nothing, np.empty(0), np.empty((0, 0))
        )
    columns = [np.asarray(v, float) for c in claims for v in (c.amount, c.price, c.realised)]
    size = np.broadcast_shapes((1,), *(c.shape for c in columns), *(np.shape(v) for v in capacity.values()))
    amount, price, realised = (
        np.array([np.broadcast_to(column, size) for column in columns[k::3]], float) for k in range(3)
    )
    pooled = np.array([claim.pool is not None for claim in claims])
    amount[pooled] = np.maximum(amount[pooled], 0.0)
    granted = amount.copy()
    for pool, total in capacity.items():
        rows = [i for i, claim in enumerate(claims) if claim.pool == pool]
        if rows:
            granted[rows] *= _granted_share(amount[rows], np.broadcast_to(np.asarray(total, float), size), overlap)
            amount[rows] = np.minimum(amount[rows], total)
    alone, parts = amount * price * realised, granted * price * realised
    whole = parts.sum(axis=0)
    return JointWorth(_frame(claims, alone, parts), percentiles(whole), percentiles(alone.sum(axis=0)), whole, parts)


def value_of_information(worth: ArrayLike) -> float:
    """Give what it would be worth to know the truth before deciding: E[max over options] - max over options of E.

    Parameters
    ----------
    worth : array_like
        Draws x options: what each option brings in each possible state of the world.

    References
    ----------
    Raiffa & Schlaifer (1961), Applied Statistical Decision Theory (expected value of perfect information).
    """
    table = np.atleast_2d(np.asarray(worth, float))
    return float(table.max(axis=1).mean() - table.mean(axis=0).max())


def _granted_share(amount: np.ndarray, total: np.ndarray, overlap: str) -> np.ndarray:
    asked = amount.sum(axis=0)
    part = np.minimum(np.divide(amount, total, out=np.zeros_like(amount), where=total > 0), 1.0)
    union = total * (1 - np.prod(1 - part, axis=0)) if overlap == "independent" else np.minimum(asked, total)
    return np.divide(union, asked, out=np.zeros_like(asked), where=asked > 0)


def _frame(claims: Sequence[Claim], alone: np.ndarray, parts: np.ndarray) -> pd.DataFrame:
    rows = []
    for claim, own, part in zip(claims, alone, parts, strict=True):
        single, share = percentiles(own), percentiles(part)
        rows.append(
            {
                "pool": claim.pool,
                "alone_p10": single.p10,
                "alone_p50": single.p50,
                "alone_p90": single.p90,
                "p10": share.p10,
                "p50": share.p50,
                "p90": share.p90,
                "p_positive": share.p_positive,
            }
        )
    columns = ["pool", "alone_p10", "alone_p50", "alone_p90", "p10", "p50", "p90", "p_positive"]
    return pd.DataFrame(rows, index=pd.Index([claim.name for claim in claims], name="claim"), columns=columns)
