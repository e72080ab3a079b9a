"""What came back from a sample: one state per drawn visit, and everything that does not fit.

A drawn visit without a row, or whose row is empty, counts as not reached; it is never dropped. A visit about which
answers contradict each other counts as reached, and as one that nobody can tell about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.verification.frame import IDENTITY, freeze, list_hash, row_keys, rows_as_text

TOOK_PLACE, DID_NOT, CANNOT_SAY, NOT_REACHED = ANSWERED = ("took_place", "did_not", "cannot_say", "not_reached")
"""What is known about a drawn visit."""
PURPOSES = ("yes", "part", "no")
"""What is known about its purpose."""


@dataclass(frozen=True)
class Answers:
    """The drawn visits with what the customers said.

    Attributes
    ----------
    visits : DataFrame
        One row per drawn visit, in the order of the draws: draw, visit_id, seller_id, customer_id, date, risk,
        population, state (one of `ANSWERED`), achieved (yes, part, no; missing where not said), asked (whether an
        attempt to reach the customer is recorded).
    draws : DataFrame
        One row per draw: draw, selected_at, seed, frame_hash, rows.
    missing_rows : tuple of str
        Visits that were drawn and have no row in what came back; only those of draws of which something came back.
    contradicting : tuple of str
        Visits about which the answers contradict each other.
    not_drawn : tuple of str
        Visits with an answer that nobody drew; they do not count.
    changed_rows : tuple of str
        Visits whose row differs from the one that was drawn: in the list, in the form, or in the CRM since.
    changed_lists, changed_frames : tuple of int
        Draws from whose list rows were taken or added; draws whose visits are not those of the exports any more.
    """

    visits: pd.DataFrame
    draws: pd.DataFrame
    missing_rows: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()
    not_drawn: tuple[str, ...] = ()
    changed_rows: tuple[str, ...] = ()
    changed_lists: tuple[int, ...] = ()
    changed_frames: tuple[int, ...] = ()

    @property
    def returned(self) -> bool:
        """Whether anything came back at all."""
        return bool(self.visits["asked"].any())


def read_answers(tables: Mapping[str, pd.DataFrame]) -> Answers | None:
    """Return the drawn visits with their answers; None where nothing was drawn.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The canonical tables.
    """
    drawn = tables.get("verification_draws")
    if drawn is None or drawn.empty:
        return None
    drawn = _complete(drawn)
    given = tables.get("verification")
    given = _given(given if given is not None else pd.DataFrame({"visit_id": pd.Series([], dtype="str")}))
    visits = drawn.join(_states(given), on="visit_id")
    visits["state"] = visits["state"].fillna(NOT_REACHED)
    visits[["asked", "contradicting"]] = visits[["asked", "contradicting"]].eq(True)
    there = visits["visit_id"].isin(given["visit_id"])
    lost = ~there & there.groupby(visits["draw"]).transform("any")
    keep = ["draw", *IDENTITY, "risk", "population", "state", "achieved", "asked"]
    return Answers(
        visits=visits[keep].reset_index(drop=True),
        draws=_draws(drawn),
        missing_rows=tuple(visits.loc[lost, "visit_id"]),
        contradicting=tuple(visits.loc[visits["contradicting"], "visit_id"]),
        not_drawn=tuple(dict.fromkeys(given.loc[~given["visit_id"].isin(drawn["visit_id"]), "visit_id"])),
        changed_rows=_changed_rows(drawn, given, tables.get("visits")),
        changed_lists=_changed_lists(drawn),
        changed_frames=_changed_frames(drawn, tables),
    )


def _complete(drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the draws with every column; of a visit that was drawn twice, the first time."""
    columns = ["draw", *IDENTITY, "risk", "population", "selected_at", "seed", "frame_hash", "frame_from", "frame_to"]
    columns += ["channels", "roles_left_out", "row_key", "list_hash"]
    frame = drawn.reindex(columns=columns).sort_values(["draw", "visit_id"], kind="stable")
    frame["risk"] = frame["risk"].fillna("usual")
    return frame.drop_duplicates("visit_id").reset_index(drop=True)


def _given(answers: pd.DataFrame) -> pd.DataFrame:
    columns = ["visit_id", "outcome", "meeting_happened", "purpose_achieved", "attempts", "draw", "row_key"]
    return answers.reindex(columns=columns).dropna(subset=["visit_id"])


def _states(given: pd.DataFrame) -> pd.DataFrame:
    """Return per visit with a row: state, achieved, asked, and whether its rows contradict each other."""
    happened, purpose, outcome = given["meeting_happened"], given["purpose_achieved"], given["outcome"]
    silent = outcome.isin(["not_reached", "refused"])
    reached = outcome.eq("reached") | happened.notna() | purpose.notna()
    rows = pd.DataFrame(
        {
            "happened": happened.eq("yes"),
            "not": happened.eq("no"),
            "asked": reached | outcome.notna() | given["attempts"].gt(0),
            # An answer about the purpose alone is none about the meeting.
            "said": reached & ~silent,
            "denied": silent & happened.isin(["yes", "no"]),
            "empty_hands": happened.eq("no") & purpose.isin(["yes", "part"]),
            **{word: purpose.eq(word) for word in PURPOSES},
        }
    )
    found = rows.groupby(given["visit_id"], sort=False).any()
    torn = (found["happened"] & found["not"]) | found["denied"] | found["empty_hands"]
    state = np.select(
        [torn, found["happened"], found["not"], found["said"]],
        [CANNOT_SAY, TOOK_PLACE, DID_NOT, CANNOT_SAY],
        NOT_REACHED,
    )
    words = found[list(PURPOSES)]
    meant = words.sum(axis=1).where(state == TOOK_PLACE, 0)
    achieved = pd.Series(np.select([words[word] for word in PURPOSES], PURPOSES, ""), index=found.index, dtype="str")
    return pd.DataFrame(
        {
            "state": pd.Series(state, index=found.index, dtype="str"),
            "achieved": achieved.where(meant == 1),
            "asked": found["asked"],
            "contradicting": torn | (meant > 1),
        }
    )


def _draws(drawn: pd.DataFrame) -> pd.DataFrame:
    by = drawn.groupby("draw", as_index=False)
    first = by[["selected_at", "seed", "frame_hash", "frame_from", "frame_to"]].first()
    return first.assign(rows=by.size()["size"])


def _changed_rows(drawn: pd.DataFrame, given: pd.DataFrame, visits: pd.DataFrame | None) -> tuple[str, ...]:
    """Return the drawn visits that differ from what was drawn: by the list's own keys, the form's, or the CRM's."""
    wrong = np.zeros(len(drawn), bool)
    if drawn["row_key"].notna().any():
        wrong |= (drawn["row_key"] != keys_of(drawn)).to_numpy()
        keyed = given.dropna(subset=["row_key"])
        as_drawn = keyed["visit_id"].map(drawn.set_index("visit_id")["row_key"])
        wrong |= drawn["visit_id"].isin(keyed.loc[keyed["row_key"] != as_drawn, "visit_id"]).to_numpy()
    if visits is not None and drawn["seller_id"].notna().any():
        now = visits.drop_duplicates("visit_id").set_index("visit_id").reindex(drawn["visit_id"]).reset_index()
        now = now.reindex(columns=list(IDENTITY)).assign(date=now["date"].dt.normalize())
        wrong |= np.array(rows_as_text(drawn)) != np.array(rows_as_text(now))
    return tuple(drawn.loc[wrong, "visit_id"])


def keys_of(drawn: pd.DataFrame) -> pd.Series:
    """Return the fingerprint that each row of the draws should have."""
    keys = pd.Series("", index=drawn.index, dtype="str")
    for (frame_hash, draw), part in drawn.groupby(["frame_hash", "draw"]):
        keys[part.index] = row_keys(part, frame_hash=frame_hash, draw=int(draw))
    return keys


def _changed_lists(drawn: pd.DataFrame) -> tuple[int, ...]:
    known = drawn.dropna(subset=["list_hash", "row_key"])
    wrong = [n for n, part in known.groupby("draw") if set(part["list_hash"]) != {list_hash(part["row_key"])}]
    return tuple(int(n) for n in wrong)


def _changed_frames(drawn: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> tuple[int, ...]:
    """Return the draws whose frame is another one when it is made again from the exports as they are now."""
    if "visits" not in tables:
        return ()
    found = []
    for draw, part in drawn.dropna(subset=["frame_from", "frame_to"]).groupby("draw"):
        row = part.iloc[0]
        frame = freeze(
            tables,
            start=row["frame_from"].date(),
            end=row["frame_to"].date(),
            channels=_words(row["channels"]) or ("physical",),
            roles_left_out=_words(row["roles_left_out"]),
        )
        if set(part["frame_hash"]) != {frame.hash}:
            found.append(int(draw))
    return tuple(found)


def _words(text: object) -> tuple[str, ...]:
    return tuple(text.split()) if isinstance(text, str) else ()


def contact_rate(answers: Answers, *, fewest: int = 20) -> float:
    """Return the share of the customers tried who answered; NaN with fewer than `fewest` tried."""
    tried = answers.visits[answers.visits["asked"]]
    return float(np.mean(tried["state"] != NOT_REACHED)) if len(tried) >= fewest else float("nan")
