"""The ledger: everything that was noticed, changed or left out on the way in."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.dataset import ISSUE_COLUMNS, ISSUE_KINDS
from salesaudit.ingest.sheets import NATIVE

DETAIL_CAP = 1000
"""Changed cells listed one by one per column; the rest are one line with their number. Rejected rows have no cap."""


class Ledger:
    """Collects issues; `frame` gives them all, the gravest first."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(
        self,
        kind: str,
        reason: str,
        *,
        table: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: str | None = None,
        value: Any = None,
        rows: int = 0,
        cure: str = "",
    ) -> None:
        """Write one line that stands for `rows` rows."""
        row = (kind, table, file, line, column, None if value is None else str(value), reason, rows, cure)
        self._parts.append(pd.DataFrame([row], columns=list(ISSUE_COLUMNS)))

    def rows(
        self,
        kind: str,
        reason: str | Iterable[str],
        *,
        table: str | None,
        file: str | Iterable[str],
        lines: Iterable[int],
        column: str | Iterable[str | None] | None = None,
        values: Iterable[Any] = (),
        cure: str = "",
        cap: int | None = None,
    ) -> None:
        """Write one line per row; above `cap` the remainder becomes one line, so that no count is lost."""
        lines = np.asarray(lines)
        if not len(lines):
            return
        frame = pd.DataFrame(
            {
                "kind": kind,
                "table": table,
                "file": file,
                "line": lines,
                "column": column,
                "value": values if len(values) else None,
                "reason": reason,
                "rows": 1,
                "cure": cure,
            }
        )
        rest = len(frame) - cap if cap else 0
        self._parts.append(frame.head(cap) if cap else frame)
        if rest > 0:
            last = frame.iloc[-1]
            self.add(kind, last["reason"], table=table, file=last["file"], column=last["column"], rows=rest, cure=cure)

    def extend(self, issues: pd.DataFrame) -> None:
        """Take over the lines of another ledger."""
        self._parts.append(issues)

    @property
    def frame(self) -> pd.DataFrame:
        """Return all issues, columns as `ISSUE_COLUMNS`, ordered by kind and otherwise as they came."""
        if not self._parts:
            return _typed(pd.DataFrame(columns=list(ISSUE_COLUMNS)))
        parts = [_typed(part) for part in self._parts]
        frame = pd.concat(parts, ignore_index=True)
        order = frame["kind"].map({kind: n for n, kind in enumerate(ISSUE_KINDS)})
        return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    text = {column: "str" for column in ISSUE_COLUMNS if column not in ("line", "rows")}
    frame = frame.reindex(columns=list(ISSUE_COLUMNS)).astype(text | {"line": "Int64", "rows": "int64"})
    return frame.assign(value=frame["value"].str.replace(NATIVE, "", regex=False))
