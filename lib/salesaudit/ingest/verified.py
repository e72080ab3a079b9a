"""What does not fit in a verification sample that came back: written to the ledger, nothing left out for it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.reasons import R
from salesaudit.verification import read_answers

EXAMPLES = 5


def check_verification(tables: Mapping[str, pd.DataFrame], *, ledger: Ledger) -> None:
    """Write which drawn visits came back without a row, changed, or with answers that contradict each other."""
    found = read_answers(tables)
    if found is None:
        if "verification" in tables:
            cure = "draw the visits with: salesaudit sample"
            rows = len(tables["verification"])
            ledger.add("note", R["never_drawn"], table="verification", rows=rows, cure=cure)
        return
    base = {"table": "verification", "column": "visit_id"}
    for reason, ids, cure in (
        ("row_lost", found.missing_rows, "put the rows back from the record of the draw, with their answers"),
        ("contradicts", found.contradicting, "ask again, or correct the answer that is wrong"),
        ("not_drawn", found.not_drawn, "take these rows out: only visits drawn by chance speak for the others"),
        ("row_changed", found.changed_rows, "compare the row with the record of the draw and with the export"),
    ):
        if ids:
            ledger.add("note", R[reason], **base, value=_some(ids), rows=len(ids), cure=cure)
    draws = {"table": "verification_draws", "column": "draw"}
    for reason, numbers, cure in (
        ("list_changed", found.changed_lists, "put back the record as salesaudit sample wrote it"),
        ("frame_changed", found.changed_frames, "compare the export with the one that the sample was drawn from"),
    ):
        if numbers:
            ledger.add("note", R[reason], **draws, value=_some(numbers), rows=len(numbers), cure=cure)


def _some(ids: Sequence[object]) -> str:
    return ", ".join(map(str, ids[:EXAMPLES])) + (", ..." if len(ids) > EXAMPLES else "")
