"""What is in a client's folder, how it was read, and what was left out and why: for a terminal and for tests."""

from dataclasses import dataclass

import pandas as pd

from salesaudit.client import Client
from salesaudit.dataset import ISSUE_KINDS
from salesaudit.ingest.load import read_client

EXAMPLES = 10
"""Examples shown per reason; the rest are counted."""
_TITLES = {
    "must_fix": "MUST BE ANSWERED BEFORE THE AUDIT",
    "rejected": "Rows left out",
    "merged": "Rows merged into others",
    "repaired": "Cells changed",
    "assumed": "Assumptions",
    "note": "Worth knowing",
}


@dataclass(frozen=True)
class CheckReport:
    """The state of a client's folder.

    Attributes
    ----------
    client : str
        The client's name.
    files : DataFrame
        One row per file or sheet: file, table, rows, used, merged, rejected, remark; table is missing for files
        that were not used.
    mapping : DataFrame
        One row per canonical column: file, table, column, header, how, confidence.
    issues : DataFrame
        Columns `dataset.ISSUE_COLUMNS`.
    must_fix : bool
        Whether a question must be answered before the audit.
    """

    client: str
    files: pd.DataFrame
    mapping: pd.DataFrame
    issues: pd.DataFrame
    must_fix: bool

    def text(self) -> str:
        """Return the report for a terminal."""
        parts = [self.client, "", *_table(self.files)]
        if len(self.mapping):
            parts += ["", "How the columns were found", *self._mapping_lines()]
        for kind in ISSUE_KINDS:
            part = self.issues[self.issues["kind"] == kind]
            if len(part):
                number = f" ({_rows(part['rows'].sum())})" if part["rows"].sum() else ""
                parts += ["", f"{_TITLES[kind]}{number}", *_issue_lines(part)]
        if not len(self.issues):
            parts += ["", "Nothing was rejected, changed or assumed."]
        return "\n".join(line.rstrip() for line in parts)

    def _mapping_lines(self) -> list[str]:
        lines = []
        for (file, table), part in self.mapping.groupby(["file", "table"], sort=False):
            lines.append(f"  {file} -> {table}")
            wide = max(len(c) for c in part["column"])
            for row in part.itertuples():
                sure = "" if row.confidence >= 1 else f" ({row.confidence:.0%} sure)"
                source = "" if pd.isna(row.header) else row.header
                lines.append(f"    {row.column:<{wide}}  {source}  [{row.how}{sure}]")
        return lines


def check(client: str | Client) -> CheckReport:
    """Read a client's folder and report what was found, without stopping at questions.

    Raises
    ------
    UserError
        A file cannot be read at all, or client.toml does not fit the files.
    """
    reading = read_client(client)
    files = pd.DataFrame(
        [
            (
                f"{s.file} [{s.sheet}]" if s.sheet else s.file,
                s.table,
                s.rows_in,
                s.used,
                s.merged,
                s.rejected,
                s.remark if s.table is None else "",
            )
            for s in reading.sources
        ],
        columns=["file", "table", "rows", "used", "merged", "rejected", "remark"],
    )
    name = reading.client.settings.name
    return CheckReport(name, files, reading.mapping, reading.issues, bool(len(reading.questions)))


def _number(value: int) -> str:
    return f"{int(value):,}".replace(",", " ")


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{_number(number)} rows"


def _table(files: pd.DataFrame) -> list[str]:
    """Return the per-file table, aligned."""
    if files.empty:
        return ["No files."]
    head = ["file", "table", "rows", "used", "merged", "rejected", ""]
    body = [
        [
            r.file,
            "not used" if pd.isna(r.table) else r.table,
            *(("", "", "", "") if pd.isna(r.table) else map(_number, (r.rows, r.used, r.merged, r.rejected))),
            r.remark,
        ]
        for r in files.itertuples()
    ]
    rows = [head, *body]
    wide = [max(len(row[n]) for row in rows) for n in range(6)]
    lines = []
    for row in rows:
        left = [f"{row[n]:<{wide[n]}}" for n in (0, 1)]
        right = [f"{row[n]:>{wide[n]}}" for n in (2, 3, 4, 5)]
        lines.append("  ".join([*left, *right, row[6]]))
    return [lines[0], "-" * len(lines[0].rstrip()), *lines[1:]]


def _issue_lines(part: pd.DataFrame) -> list[str]:
    """Return issues grouped by reason, with a few examples each and the number of the rest."""
    lines = []
    for reason, group in part.groupby("reason", sort=False):
        lines.append(f"  {reason}: {_rows(group['rows'].sum())}" if group["rows"].sum() else f"  {reason}")
        for issue in group.head(EXAMPLES).itertuples():
            place = issue.file if pd.notna(issue.file) else issue.table if pd.notna(issue.table) else ""
            place += f" line {issue.line}" if pd.notna(issue.line) else ""
            what = " = ".join(str(v) for v in (issue.column, issue.value) if pd.notna(v))
            count = f" ({_rows(issue.rows)})" if issue.rows > 1 else ""
            if place or what:
                lines.append("    " + ", ".join(p for p in (place, what) if p) + count)
        if len(group) > EXAMPLES:
            lines.append(f"    ... and {_number(len(group) - EXAMPLES)} more")
        cures = [c for c in group["cure"].dropna().unique() if c]
        lines += [f"    to fix: {cure}" for cure in cures[:3]]
    return lines
