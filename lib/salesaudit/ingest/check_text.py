"""The parts of `salesaudit check` as lines for a terminal."""

from textwrap import wrap

import pandas as pd

from salesaudit.dataset import ISSUE_KINDS
from salesaudit.ingest.codes import AS_IT_IS, BY_CODE, BY_WORD, UNKNOWN
from salesaudit.ingest.folder import IGNORED
from salesaudit.ingest.reasons import R

EXAMPLES = 10
"""Examples shown per reason; the rest are counted."""
WORDS = 15
"""Words shown per column; the rest are counted."""
WIDTH = 120
CHANGED = (R["name_to_id"], R["short_id"])
"""Reasons for which a cell got another value; for all others it was emptied."""
_TITLES = {
    "must_fix": "MUST BE ANSWERED BEFORE THE AUDIT",
    "rejected": "Rows left out",
    "merged": "Rows merged into others",
    "emptied": "Cells emptied",
    "changed": "Cells changed",
    "assumed": "Assumptions",
    "note": "Worth knowing",
}
_COUNTED = {"rejected": "row", "merged": "row", "emptied": "cell", "changed": "cell"}
"""What the heading counts; the other kinds stand for things that cannot be added up."""
_HOW_SAID = {BY_WORD: "", BY_CODE: "", UNKNOWN: "no meaning is known"}


def files_used(files: pd.DataFrame) -> list[str]:
    """Return the table of the files that were used, aligned."""
    if files.empty:
        return ["No files."]
    used = files.dropna(subset=["table"])
    if used.empty:
        return ["No file was used."]
    head = ["file", "table", "rows", "used", "merged", "rejected"]
    body = [
        [r.file, r.table, *map(_number, (r.rows, r.used, r.merged, r.rejected))] for r in used.itertuples(index=False)
    ]
    rows = [head, *body]
    wide = [max(len(row[n]) for row in rows) for n in range(6)]
    lines = []
    for row in rows:
        left = [f"{row[n]:<{wide[n]}}" for n in (0, 1)]
        right = [f"{row[n]:>{wide[n]}}" for n in (2, 3, 4, 5)]
        lines.append("  ".join([*left, *right]))
    return [lines[0], "-" * len(lines[0].rstrip()), *lines[1:]]


def files_unused(files: pd.DataFrame) -> list[str]:
    """Return the files that were not used with the reason, and what can be done about it."""
    unused = files[files["table"].isna()]
    if unused.empty:
        return []
    lines = ["Files not used", *(f"  {r.file}: {r.remark}" for r in unused.itertuples(index=False))]
    open_ = unused.loc[unused["remark"] != IGNORED, "file"]
    if len(open_):
        lines += [
            "  to use one, add to client.toml: [[sources]] with its file, table and columns",
            f'  to leave one out, above the first [section] of client.toml: ignore = ["{open_.iloc[0]}"]',
        ]
    return lines


def mapping_lines(mapping: pd.DataFrame, files: pd.DataFrame) -> list[str]:
    """Return per file where each column came from, and which headers were not used."""
    if mapping.empty:
        return []
    used = files.dropna(subset=["table"])
    unused = {(r.file, r.table): r.unused for r in used.itertuples(index=False)}
    lines = ["How the columns were found"]
    for (file, table), part in mapping.groupby(["file", "table"], sort=False):
        lines.append(f"  {file} -> {table}")
        wide = max(len(c) for c in part["column"])
        for row in part.itertuples():
            sure = "" if row.confidence >= 1 else f" ({row.confidence:.0%} sure)"
            source = "" if pd.isna(row.header) else row.header
            lines.append(f"    {row.column:<{wide}}  {source}  [{row.how}{sure}]")
        headers = next((h for (label, t), h in unused.items() if t == table and label.startswith(file)), ())
        if headers:
            text = f"not used: {', '.join(headers)} (map with columns = {{…}})"
            lines += wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ", break_long_words=False)
    return lines


def word_lines(words: pd.DataFrame) -> list[str]:
    """Return what the words of the coded columns were taken for; columns that hold codes only need no line."""
    guessed = words[words["how"] != BY_CODE]
    places = ["file", "header", "column"]
    told = words.merge(guessed[places].drop_duplicates(), on=places)
    if told.empty:
        return []
    lines = ["What the words were taken for"]
    for (file, header, column), part in told.groupby(places, sort=False):
        lines.append(f"  {file}, {header} -> {column}")
        taken, kept = part[part["how"] != AS_IT_IS], part[part["how"] == AS_IT_IS]
        lines += [f"    {_meaning(row)}" for row in taken.head(WORDS).itertuples(index=False)]
        if len(taken) > WORDS:
            rest = taken.iloc[WORDS:]
            lines.append(f"    ... and {_many(len(rest), 'word')} more ({_many(rest['rows'].sum(), 'row')})")
        if len(kept):
            more = f", and {_number(len(kept) - WORDS)} more" if len(kept) > WORDS else ""
            text = f"as they stand: {', '.join(kept['word'].head(WORDS))}{more}"
            lines += wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ", break_long_words=False)
    return lines


def _meaning(row: tuple) -> str:
    """Return one word with its code, its number of rows and, where it is not plain, how the code was found."""
    how = ", ".join(filter(None, (_many(row.rows, "row"), _HOW_SAID.get(row.how, row.how))))
    return f"{row.word} -> {'?' if pd.isna(row.code) else row.code} ({how})"


def issue_parts(issues: pd.DataFrame) -> list[list[str]]:
    """Return one part per kind of issue, the gravest first."""
    parts = []
    for kind in ISSUE_KINDS:
        group = issues[issues["kind"] == kind]
        if kind == "must_fix":
            parts.append(_question_lines(group))
        elif kind == "repaired":
            changed = group["reason"].isin(CHANGED)
            parts += [_issue_lines("emptied", group[~changed]), _issue_lines("changed", group[changed])]
        else:
            parts.append(_issue_lines(kind, group))
    return [part for part in parts if part]


def _question_lines(part: pd.DataFrame) -> list[str]:
    """Return every question with its own answer to paste."""
    lines = [_TITLES["must_fix"]] if len(part) else []
    for issue in part.itertuples(index=False):
        lines.append(f"  {issue.reason}" + (f": {_many(issue.rows, 'row')}" if issue.rows else ""))
        lines += [f"    {_place(issue)}"] if _place(issue) else []
        lines += _cure_lines(issue.cure)
    return lines


def _issue_lines(kind: str, part: pd.DataFrame) -> list[str]:
    """Return issues grouped by reason, with a few examples each and the number of the rest."""
    if part.empty:
        return []
    unit = _COUNTED.get(kind)
    lines = [_TITLES[kind] + (f" ({_many(part['rows'].sum(), unit)})" if unit else "")]
    for reason, group in part.groupby("reason", sort=False):
        rows = group["rows"].sum()
        lines.append(f"  {reason}: {_many(rows, unit or 'row')}" if rows else f"  {reason}")
        for issue in group.head(EXAMPLES).itertuples(index=False):
            count = f" ({_many(issue.rows, unit or 'row')})" if issue.rows > 1 else ""
            lines += [f"    {_place(issue)}{count}"] if _place(issue) else []
        if len(group) > EXAMPLES:
            lines.append(f"    ... and {_number(len(group) - EXAMPLES)} more")
        for cure in [c for c in group["cure"].dropna().unique() if c][:3]:
            lines += _cure_lines(cure)
    return lines


def _place(issue: tuple) -> str:
    """Return where an issue stands and what stands there."""
    place = issue.file if pd.notna(issue.file) else issue.table if pd.notna(issue.table) else ""
    if pd.notna(issue.line):
        place += f" {'from line' if issue.rows > 1 else 'line'} {issue.line}"
    what = " = ".join(str(v) for v in (issue.column, issue.value) if pd.notna(v))
    return ", ".join(p for p in (place, what) if p)


def _cure_lines(cure: str) -> list[str]:
    """Return what to do, with lines to paste below each other."""
    if pd.isna(cure) or not cure:
        return []
    first, *rest = cure.splitlines()
    return [f"    to fix: {first}", *(f"      {line}" for line in rest)]


def _number(value: int) -> str:
    return f"{int(value):,}".replace(",", " ")


def _many(number: int, unit: str) -> str:
    return f"1 {unit}" if number == 1 else f"{_number(number)} {unit}s"
