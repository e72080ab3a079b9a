"""How many visits to ask about, of which sellers and risk classes, and which ones: drawn by chance, never chosen.

The number of answers comes from an attribute plan and from what a statement about each seller needs; as not every
customer is reached, more visits are drawn. Visits with a sign against them are drawn three times as often; the
evaluation gives every visit its weight back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.dataset import SalesData
from salesaudit.errors import UserError
from salesaudit.stats import AttributePlan, TwoStagePlan, allocate, attribute_plan, for_response, two_stage_plan
from salesaudit.verification.answers import CANNOT_SAY, DID_NOT, NOT_REACHED, Answers, contact_rate, read_answers
from salesaudit.verification.frame import Frame, freeze, list_hash, row_keys
from salesaudit.verification.signs import CERTAIN, SIGNS, SUSPICIOUS, signs

TWO_STAGE_TOLERABLE, TWO_STAGE_LEVEL = 0.05, 0.90
"""Tolerable share and confidence of the quick plan in two stages."""


@dataclass(frozen=True)
class Draw:
    """One draw: which visits, from which frame, and by which plan.

    Attributes
    ----------
    number : int
        1 for the first draw of the client.
    rows : DataFrame
        The canonical table `verification_draws` of this draw, in the order in which to call.
    frame : Frame
    plan : AttributePlan or TwoStagePlan
    answers : int
        Answers that the plan wants in all.
    contact_rate : float
        Share of the customers who are expected to answer.
    seed : int
    """

    number: int
    rows: pd.DataFrame
    frame: Frame
    plan: AttributePlan | TwoStagePlan
    answers: int
    contact_rate: float
    seed: int


def draw(
    data: SalesData,
    *,
    tolerable: float = 0.10,
    expected: float = 0.02,
    confidence_level: float = 0.95,
    per_seller: int = 15,
    minimum: int = 5,
    oversampling: float = 3.0,
    expected_contact_rate: float = 0.60,
    two_stage: bool = False,
    more: int | None = None,
    seed: int | None = None,
    channels: Sequence[str] = ("physical",),
    roles_left_out: Sequence[str] = ("inside", "service"),
) -> Draw:
    """Draw visits to ask about, or top up what was drawn before; no visit is drawn twice.

    Parameters
    ----------
    data : SalesData
        With the draws and answers so far, where there are any.
    tolerable, expected, confidence_level : float
        Of the attribute plan: share of false visits that can be borne, and that is expected.
    per_seller, minimum : int
        Answers wanted from the visits of each seller, and of each risk class of a seller.
    oversampling : float
        How many times as often visits with a sign against them are drawn.
    expected_contact_rate : float
        Until twenty customers were tried; then the share that was reached counts.
    two_stage : bool
        A quick check in two equal stages without strata: accept with none false, go on with exactly one.
    more : int, optional
        Draw so many visits more, whatever the plan says.
    seed : int, optional
        From the fingerprint of the frame and the number of the draw where it is not given, so that nobody picks it.
    channels, roles_left_out
        As in `freeze`.

    Raises
    ------
    UserError
        There is nothing to draw from, or what was drawn is enough.
    """
    data.require(("visits.visit_id", "visits.seller_id", "visits.date"))
    frame = freeze(data.tables, start=data.start, end=data.end, channels=channels, roles_left_out=roles_left_out)
    if frame.visits.empty:
        raise UserError("there is no visit in the period to draw from", fix="check the period and the visits")
    earlier = read_answers(data.tables)
    before = earlier.visits if earlier is not None else pd.DataFrame(columns=["visit_id", "draw"])
    rate = contact_rate(earlier) if earlier is not None else np.nan
    rate = max(rate, 0.1) if np.isfinite(rate) else expected_contact_rate
    marks = signs(data.tables, frame.visits, country=data.client.settings.country)
    visits = frame.visits.assign(risk=marks["risk"].to_numpy(), signs=signs_of(marks))
    if two_stage:
        plan = two_stage_plan(TWO_STAGE_TOLERABLE, confidence_level=TWO_STAGE_LEVEL)
        answers = _stage(plan, earlier)
        wanted = allocate(_sizes(visits), for_response(answers, rate), minimum=0)
    else:
        plan = attribute_plan(
            tolerable, expected=expected, confidence_level=confidence_level, population=len(frame.visits)
        )
        answers = max(plan.n, per_seller * visits["seller_id"].nunique())
        wanted = _wanted(visits, answers, rate, per_seller=per_seller, minimum=minimum, oversampling=oversampling)
    number = 1 + int(before["draw"].max() if len(before) else 0)
    seed = int(frame.hash[:8], 16) + number if seed is None else seed
    rows = _pick(visits, wanted, before["visit_id"], more, np.random.default_rng(seed))
    if rows.empty:
        raise UserError(
            "the visits drawn so far are enough for the plan",
            value=f"{len(before)} drawn, {answers} answers wanted, {rate:.0%} reached",
            fix="fill in the lists in inputs/, or draw more all the same: --more 40",
        )
    return Draw(number, _record(rows, frame, number, seed, data), frame, plan, answers, rate, seed)


def signs_of(marks: pd.DataFrame) -> list[str]:
    """Return the codes of the signs that each visit bears, as text."""
    flags = marks[list(SIGNS)].to_numpy()
    return [" ".join(name for name, bears in zip(SIGNS, row, strict=True) if bears) for row in flags]


def _sizes(visits: pd.DataFrame) -> pd.Series:
    return visits.groupby(["seller_id", "risk"]).size()


def _wanted(
    visits: pd.DataFrame, answers: int, rate: float, *, per_seller: int, minimum: int, oversampling: float
) -> pd.Series:
    """Return how many visits of each seller and risk class are to be drawn in all.

    First over the sellers, then within each seller. Visits that other records contradict are all asked about, unless
    there are more of them than the plan asks for at all.
    """
    sizes = _sizes(visits)
    certain = sizes.index.get_level_values("risk") == CERTAIN
    all_of_them = certain & (sizes[certain].sum() <= answers)
    rest = sizes[~all_of_them]
    by_seller = rest.groupby("seller_id").sum()
    shares = allocate(by_seller, for_response(answers, rate), minimum=for_response(per_seller, rate))
    parts = [sizes[all_of_them]]
    for seller, number in shares.items():
        mine = rest[rest.index.get_level_values("seller_id") == seller]
        weight = np.where(mine.index.get_level_values("risk") == SUSPICIOUS, oversampling, 1.0)
        # A share of the whole list for each class, so that the least number of one does not eat up the other.
        least = min(for_response(minimum, rate), int(number) // max(len(mine), 1))
        parts.append(allocate(mine, int(number), minimum=least, weight=weight))
    return pd.concat(parts).sort_index()


def _stage(plan: TwoStagePlan, earlier: Answers | None) -> int:
    """Return how many answers the quick plan wants by now: the first stage, or both."""
    if earlier is None:
        return plan.first
    states = earlier.visits["state"]
    said = int((~states.isin([NOT_REACHED, CANNOT_SAY])).sum())
    false = int((states == DID_NOT).sum())
    if said >= plan.first and false == 0:
        raise UserError(
            "the quick plan accepts: none of the visits asked about is false", value=f"{said} answers", fix="stop here"
        )
    if false == 1 and said >= plan.first + plan.second:
        raise UserError(
            "the quick plan accepts: one of the visits asked about is false, and none in its second half",
            value=f"{said} answers",
            fix="stop here",
        )
    if false > 1:
        return_ = "draw the full sample: salesaudit sample without --two-stage"
        raise UserError("the quick plan does not accept", value=f"{false} of {said} visits are false", fix=return_)
    return plan.first + (plan.second if false == 1 else 0)


def _pick(
    visits: pd.DataFrame, wanted: pd.Series, earlier: pd.Series, more: int | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the drawn visits: in each stratum at random, without those drawn before."""
    strata = ["seller_id", "risk"]
    sizes = _sizes(visits)
    drawn = _sizes(visits[visits["visit_id"].isin(set(earlier))]).reindex(sizes.index, fill_value=0)
    left = sizes - drawn
    lacking = (wanted.reindex(sizes.index, fill_value=0) - drawn).clip(lower=0)
    if more is not None:
        lacking = allocate(left, min(more, int(left.sum())), minimum=0, weight=(wanted + 1) / sizes)
    lacking = np.minimum(lacking, left)
    open_ = visits[~visits["visit_id"].isin(set(earlier))].assign(
        population=visits.groupby(strata)["visit_id"].transform("size")
    )
    parts = []
    for stratum, number in lacking[lacking > 0].sort_index().items():
        rows = open_[(open_["seller_id"] == stratum[0]) & (open_["risk"] == stratum[1])]
        parts.append(rows.iloc[np.sort(rng.choice(len(rows), size=int(number), replace=False))])
    if not parts:
        return open_.iloc[:0]
    rows = pd.concat(parts)
    # In no order that tells the caller anything about seller or suspicion.
    return rows.iloc[rng.permutation(len(rows))].reset_index(drop=True)


def _record(rows: pd.DataFrame, frame: Frame, number: int, seed: int, data: SalesData) -> pd.DataFrame:
    """Return the canonical table of one draw."""
    keys = row_keys(rows, frame_hash=frame.hash, draw=number)
    days = {"selected_at": data.as_of, "frame_from": frame.start, "frame_to": frame.end}
    return rows.assign(
        draw=float(number),
        population=rows["population"].astype(float),
        seed=str(seed),
        frame_hash=frame.hash,
        **{name: pd.Timestamp(day).as_unit("us") for name, day in days.items()},
        channels=" ".join(frame.channels),
        roles_left_out=" ".join(frame.roles_left_out),
        row_key=keys,
        list_hash=list_hash(keys),
    )
