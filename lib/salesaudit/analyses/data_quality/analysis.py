"""What came in, what became of it, and what is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesaudit.analyses.data_quality.gaps import missing_periods, monthly_rows
from salesaudit.dataset import Context, SalesData, Source
from salesaudit.ingest.reasons import R
from salesaudit.schema import TABLES

REQUIRES: tuple[str, ...] = ()
USES = ("orders.order_date", "orders.amount", "visits.date")
PARENTS = {
    "seller_id": "sellers",
    "customer_id": "customers",
    "opportunity_id": "opportunities",
    "opp_id": "opportunities",
    "visit_id": "visits",
}
"""Column -> the table whose key it holds."""
SAME_ROW = {
    "visits": ("seller_id", "customer_id", "date"),
    "orders": ("customer_id", "order_date", "amount"),
    "activities": ("seller_id", "customer_id", "date", "type"),
    "opportunities": ("seller_id", "customer_id", "created_date", "amount"),
    "quotes": ("customer_id", "created_date", "amount"),
}
"""Columns without which two rows cannot be told to be the same."""
EXAMPLES = 20


@dataclass(frozen=True)
class DataQuality:
    """The data before any analysis.

    Attributes
    ----------
    context : Context
    sources : DataFrame
        One row per file or sheet: file, sheet, table, rows_in, used, merged, rejected, first_date, last_date, sha256,
        remark.
    sources_shown : DataFrame
        The same as the edition may show them: no seller's name, and no file that is one seller's in the team edition.
    mapping : DataFrame
        Which header became which column: file, table, column, header, how, confidence.
    reasons : DataFrame
        One row per kind, table and reason: rows, and the first example (file, line, column, value, cure).
    monthly : DataFrame
        Rows per month (index) and table (columns).
    gaps : DataFrame
        Periods without or with few rows: table, kind, first, last, weeks.
    repeats : DataFrame
        Rows that repeat an earlier one in all but the id: table, rows, repeats, share, examples.
    orphans : DataFrame
        Ids that point nowhere: table, column, rows, orphans, share, examples.
    completeness : DataFrame
        One row per column that is there: table, column, required, rows, missing (share).
    totals : DataFrame
        Control totals of the orders: month, orders, amount.
    answers : DataFrame
        What each analysis can say: analysis, question, state ("yes", "partly", "no"), requires, lacks.
    lacks : tuple of str
        Those of `USES` and of the dates of opportunities that the data do not have.
    period_weeks : int
    thin_share : float
        As asked for.
    """

    context: Context
    sources: pd.DataFrame
    sources_shown: pd.DataFrame
    mapping: pd.DataFrame
    reasons: pd.DataFrame
    monthly: pd.DataFrame
    gaps: pd.DataFrame
    repeats: pd.DataFrame
    orphans: pd.DataFrame
    completeness: pd.DataFrame
    totals: pd.DataFrame
    answers: pd.DataFrame
    lacks: tuple[str, ...]
    period_weeks: int
    thin_share: float


def analyse(
    data: SalesData, *, needs: Mapping[str, tuple[Any, ...]] | None = None, thin_share: float = 0.33
) -> DataQuality:
    """Account for every row, and say what the data can and cannot answer.

    Parameters
    ----------
    needs : mapping, optional
        Analysis -> (question, required columns, further columns); without it nothing is said about answers.
    thin_share : float
        A month with less than this share of the rows that its working days lead to expect is thin.
    """
    return DataQuality(
        context=data.context,
        sources=_sources(data.sources),
        sources_shown=_sources(data.sources_shown),
        mapping=data.mapping,
        reasons=_reasons(data.issues_shown),
        monthly=monthly_rows(data),
        gaps=missing_periods(data, thin_share=thin_share),
        repeats=_repeats(data),
        orphans=_orphans(data),
        completeness=_completeness(data),
        totals=_order_totals(data),
        answers=_answers(data, needs or {}),
        lacks=tuple(data.lacks((*USES, "opportunities.created_date"))),
        period_weeks=max(1, ((data.end - data.start).days + 1) // 7),
        thin_share=thin_share,
    )


def _sources(sources: Iterable[Source]) -> pd.DataFrame:
    fields = ["file", "sheet", "table", "rows_in", "used", "merged", "rejected", "first_date", "last_date", "sha256"]
    fields.append("remark")
    return pd.DataFrame([[getattr(s, f) for f in fields] for s in sources], columns=fields)


def _reasons(issues: pd.DataFrame) -> pd.DataFrame:
    """Return the issues counted by kind, table and reason, each with its first example; most rows first."""
    by = ["kind", "table", "reason"]
    columns = [*by, "rows", "file", "line", "column", "value", "cure"]
    if issues.empty:
        return pd.DataFrame(columns=columns)
    # An example with a line leads back to the file; one without does not.
    issues = issues.sort_values("line", key=lambda line: line.isna(), kind="stable")
    groups = issues.groupby(by, sort=False, dropna=False)
    first = groups[["file", "line", "column", "value", "cure"]].nth(0)
    counted = groups["rows"].sum().reset_index()
    frame = pd.concat([counted, first.reset_index(drop=True)], axis=1)
    return frame[columns].sort_values(["rows", "reason"], ascending=[False, True], ignore_index=True)


def _repeats(data: SalesData) -> pd.DataFrame:
    """Count by table the rows that repeat an earlier one in all but the id.

    The readers have compared whole rows of the files; the canonical columns alone hold less, so that rows without a
    customer cannot be told apart in them. The larger count is the one that the files bear out.
    """
    noted = data.issues[data.issues["reason"] == R["repeats"]].groupby("table")["rows"].sum()
    found = []
    for table, needed in SAME_ROW.items():
        frame = data.tables.get(table)
        if frame is None or frame.empty or not set(needed) <= set(frame.columns):
            continue
        key = list(TABLES[table].key)
        content = [c for c in TABLES[table].names if c in frame.columns and c not in key]
        known = frame.dropna(subset=list(needed))
        again = known.loc[known.duplicated(content), key[0]]
        count = max(len(again), int(noted.get(table, 0)))
        found.append((table, len(frame), count, count / len(frame), tuple(again.head(EXAMPLES))))
    return pd.DataFrame(found, columns=["table", "rows", "repeats", "share", "examples"])


def _orphans(data: SalesData) -> pd.DataFrame:
    found = []
    for table, frame in data.tables.items():
        key = TABLES[table].key
        for column, parent in PARENTS.items():
            if column not in frame or parent == table or parent not in data.tables:
                continue
            used = frame[column].dropna()
            lost = used[~used.isin(data.tables[parent][TABLES[parent].key[0]])]
            examples = tuple(frame.loc[lost.index, key[0]].astype("str").head(EXAMPLES)) if key[0] in frame else ()
            found.append((table, column, len(used), len(lost), len(lost) / len(used) if len(used) else 0.0, examples))
    return pd.DataFrame(found, columns=["table", "column", "rows", "orphans", "share", "examples"])


def _completeness(data: SalesData) -> pd.DataFrame:
    found = [
        (
            table,
            column.name,
            column.required,
            len(frame),
            float(frame[column.name].isna().mean()) if len(frame) else 1.0,
        )
        for table, frame in data.tables.items()
        for column in TABLES[table].columns
        if column.name in frame
    ]
    frame = pd.DataFrame(found, columns=["table", "column", "required", "rows", "missing"])
    return frame.sort_values(["missing", "table", "column"], ascending=[False, True, True], ignore_index=True)


def _order_totals(data: SalesData) -> pd.DataFrame:
    if not data.has("orders.order_date", "orders.amount"):
        return pd.DataFrame(columns=["month", "orders", "amount"])
    orders = data.within("orders", "order_date")
    month = orders["order_date"].dt.to_period("M").dt.to_timestamp()
    totals = orders.groupby(month)["amount"].agg(orders="size", amount="sum")
    return totals.rename_axis("month").reset_index()


def _answers(data: SalesData, needs: Mapping[str, tuple[Any, ...]]) -> pd.DataFrame:
    found = []
    for name, (question, requires, uses, ways) in needs.items():
        if not requires and not ways:
            continue
        # of several ways the one that lacks least says what to ask for
        blocked = data.lacks(requires) + min((data.lacks(way) for way in ways), key=len, default=[])
        lacking = data.lacks(uses)
        state = "no" if blocked else "partly" if lacking else "yes"
        found.append((name, question.text(data.context.loc), state, tuple(blocked), tuple(lacking)))
    return pd.DataFrame(found, columns=["analysis", "question", "state", "requires", "lacks"])
