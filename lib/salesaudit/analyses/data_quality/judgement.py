"""What the state of the data means for the audit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from salesaudit.analyses.data_quality.analysis import DataQuality
from salesaudit.analyses.data_quality.gaps import STEADY
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Day, Listed, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.words import TABLE_WORDS

NAMED = 8
"""At most so many tables or columns are named in a sentence."""


def findings(
    result: DataQuality,
    *,
    reject_minor: float = 0.01,
    reject_major: float = 0.05,
    gap_minor: float = 0.02,
    gap_major: float = 0.10,
    repeat_minor: float = 0.01,
    repeat_major: float = 0.05,
    orphan_minor: float = 0.01,
    orphan_major: float = 0.05,
) -> Findings:
    """Judge the data; these are counts of what is there and not samples, so that they carry no interval.

    Parameters
    ----------
    reject_minor, reject_major : float
        Share of a table's rows that could not be read.
    gap_minor, gap_major : float
        Share of the period in which a table has no or few rows.
    repeat_minor, repeat_major : float
        Share of a table's rows that repeat an earlier one.
    orphan_minor, orphan_major : float
        Share of a column's ids that point nowhere.
    """
    items = (
        _rejected(result, reject_minor, reject_major),
        _missing_periods(result, gap_minor, gap_major),
        _repeats(result, repeat_minor, repeat_major),
        _orphans(result, orphan_minor, orphan_major),
        *_unanswered(result),
        _assumptions(result),
    )
    # Where all is in order there is nothing to recommend.
    shown = (replace(f, recommendation=None) if f.severity is Severity.GREEN else f for f in items if f is not None)
    return Findings(tuple(shown), result.context)


def colour(share: float, minor: float, major: float) -> Severity:
    """Return the colour of a share that is known exactly."""
    if share > major:
        return Severity.RED
    return Severity.YELLOW if share > minor else Severity.GREEN


def listed(names: Any) -> Listed:
    """Return tables in words, and columns by their names, as they stand in a sentence; the first few of many."""
    names = list(dict.fromkeys(names))
    return Listed(tuple(map(table_name, names[:NAMED])), others=max(0, len(names) - NAMED))


def table_name(name: Any) -> Message | str:
    """Return what a table is called; a column keeps its name, and what belongs to no table the client's folder."""
    if not isinstance(name, str):
        return message("the client's folder")
    return TABLE_WORDS.get(name, name)


def _rejected(result: DataQuality, minor: float, major: float) -> Finding:
    files = result.sources.dropna(subset=["table"])
    rows, rejected = int(files["rows_in"].sum()), int(files["rejected"].sum())
    common: dict[str, Any] = {
        "code": "DQ-01",
        "criterion": message(
            "At most {minor} of a table's rows should be unreadable; above {major} its numbers cannot be relied on.",
            minor=Share(minor),
            major=Share(major),
        ),
        "recommendation": message(
            "Correct the rows in the source system, or the mapping in the settings, and read again."
        ),
        "n": rows,
        "unit": message("rows"),
        "see": "sources",
    }
    if not rows and len(files):
        return Finding(
            **common,
            severity=Severity.RED,
            title=message("No row could be used"),
            condition=nmessage(
                "{files} file was read, and it holds no row below its header.",
                "{files} files were read, and none holds a row below its header.",
                files["file"].nunique(),
                files=Count(int(files["file"].nunique())),
            ),
        )
    if not rows:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Where the rows come from is not recorded"),
            condition=message("The tables were not read from files."),
            needs=message("The export files themselves."),
        )
    by_table = files.groupby("table")[["rows_in", "rejected"]].sum()
    by_table = by_table[by_table["rows_in"] > 0]
    share = by_table["rejected"] / by_table["rows_in"]
    worst = str(share.idxmax())
    severity = colour(float(share.max()), minor, major)
    blocking = int((result.reasons["kind"] == "must_fix").sum())
    if blocking:
        severity = Severity.RED
    return Finding(
        **common,
        severity=severity,
        title=message("No row could be used")
        if not files["used"].sum()
        else nmessage("{n} row could not be used", "{n} rows could not be used", rejected, n=Count(rejected))
        if rejected
        else message("Every row that was sent could be used"),
        condition=_accounting(files, worst, float(share.max())),
    )


def _accounting(files: pd.DataFrame, worst: str, share: float) -> Message:
    rejected, merged = int(files["rejected"].sum()), int(files["merged"].sum())
    values = {
        "rows": Count(int(files["rows_in"].sum())),
        "files": Count(int(files["file"].nunique())),
        "used": Count(int(files["used"].sum())),
        "merged": Count(merged),
        "rejected": Count(rejected),
    }
    number = values["files"].value
    if rejected:
        said = (
            nmessage(
                "Of {rows} rows in {files} file, {used} are used, {merged} merged as copies and {rejected} rejected.",
                "Of {rows} rows in {files} files, {used} are used, {merged} merged as copies and {rejected} rejected.",
                number,
                **values,
            )
            if merged
            else nmessage(
                "Of {rows} rows in {files} file, {used} are used and {rejected} rejected.",
                "Of {rows} rows in {files} files, {used} are used and {rejected} rejected.",
                number,
                **values,
            )
        )
        return message(
            "{said} The largest share was rejected in {table}: {share}.",
            said=said,
            table=table_name(worst),
            share=Share(share),
            **values,
        )
    if merged:
        return nmessage(
            "Of {rows} rows in {files} file, {used} are used and {merged} merged as copies.",
            "Of {rows} rows in {files} files, {used} are used and {merged} merged as copies.",
            number,
            **values,
        )
    return nmessage(
        "All {rows} rows in {files} file are used.", "All {rows} rows in {files} files are used.", number, **values
    )


def _missing_periods(result: DataQuality, minor: float, major: float) -> Finding | None:
    tables = [t for t in STEADY if t in result.monthly]
    if not tables:
        return None
    gaps = result.gaps
    share = missing_share(result)
    worst = str(share.idxmax()) if len(share) else tables[0]
    common: dict[str, Any] = {
        "code": "DQ-02",
        "criterion": message(
            "No table should be empty or nearly empty for more than {minor} of the period.", minor=Share(minor)
        ),
        "recommendation": message("Ask whether the export was cut or nothing was recorded then, and export again."),
        "n": len(tables),
        "unit": message("tables"),
        "see": "months",
    }
    if gaps.empty:
        return Finding(
            **common,
            severity=Severity.GREEN,
            title=message("No part of the period is missing"),
            condition=message("No stretch without or with few rows was found in {tables}.", tables=listed(tables)),
        )
    longest = gaps[gaps["table"] == worst].sort_values("weeks", ascending=False, kind="stable").iloc[0]
    return Finding(
        **common,
        severity=colour(float(share.max()), minor, major),
        title=message(
            "Part of the period has no or few rows: {table}, {share}",
            table=table_name(worst),
            share=Share(float(share.max())),
        ),
        condition=nmessage(
            "{gaps} stretch without or with few rows was found, in {tables}. The longest in {table} runs from {first} "
            "to {last}.",
            "{gaps} stretches without or with few rows were found, in {tables}. The longest in {table} runs from "
            "{first} to {last}.",
            len(gaps),
            gaps=Count(len(gaps)),
            tables=listed(gaps["table"]),
            table=table_name(worst),
            first=Day(longest["first"].date()),
            last=Day(longest["last"].date()),
        ),
    )


def missing_share(result: DataQuality) -> pd.Series:
    """Return per table the share of the period's days that lie in a gap; a day in two gaps counts once."""
    days = {}
    for table, part in result.gaps.groupby("table"):
        stretches = [pd.date_range(a, b, unit="us") for a, b in zip(part["first"], part["last"], strict=True)]
        days[table] = len(pd.DatetimeIndex(np.unique(np.concatenate([s.to_numpy() for s in stretches]))))
    period = (result.context.end - result.context.start).days + 1
    return pd.Series(days, dtype=float).div(period).clip(upper=1)


def _repeats(result: DataQuality, minor: float, major: float) -> Finding | None:
    if result.repeats.empty:
        return None
    frame = result.repeats.set_index("table")
    worst, share = str(frame["share"].idxmax()), float(frame["share"].max())
    total = int(frame["repeats"].sum())
    return Finding(
        "DQ-03",
        colour(share, minor, major),
        nmessage(
            "{n} row repeats an earlier one in all but its id",
            "{n} rows repeat an earlier one in all but their id",
            total,
            n=Count(total),
        )
        if total
        else message("No row repeats an earlier one"),
        message(
            "Checked are {tables}. The largest share is in {table}: {repeats} of {rows} rows.",
            tables=listed(frame.index),
            table=table_name(worst),
            repeats=Count(int(frame.loc[worst, "repeats"])),
            rows=Count(int(frame.loc[worst, "rows"])),
        )
        if total
        else message("Checked are {tables}.", tables=listed(frame.index)),
        message("At most {minor} of the rows may be the same event entered twice.", minor=Share(minor)),
        message("Look at the examples with the client: the same event twice, or two events that look alike?"),
        n=int(frame["rows"].sum()),
        unit=message("rows"),
        evidence=Evidence(worst, frame.loc[worst, "examples"], int(frame.loc[worst, "repeats"])) if total else None,
    )


def _orphans(result: DataQuality, minor: float, major: float) -> Finding | None:
    if result.orphans.empty:
        return None
    frame = result.orphans.sort_values(["share", "orphans"], ascending=False, kind="stable", ignore_index=True)
    worst, total = frame.iloc[0], int(frame["orphans"].sum())
    return Finding(
        "DQ-04",
        colour(float(worst["share"]), minor, major),
        nmessage("{n} id points to nothing", "{n} ids point to nothing", total, n=Count(total))
        if total
        else message("Every id points to a row that is there"),
        message(
            "{links} links between tables were followed. Worst is {column} in {table}: {orphans} of {rows} ids are "
            "not in the table they belong to.",
            links=Count(len(frame)),
            column=worst["column"],
            table=table_name(worst["table"]),
            orphans=Count(int(worst["orphans"])),
            rows=Count(int(worst["rows"])),
        )
        if total
        else message("{links} links between tables were followed.", links=Count(len(frame))),
        message("At most {minor} of the ids of a column should be missing in the other table.", minor=Share(minor)),
        message("Export customers, sellers and opportunities in full, those that have left or are closed included."),
        n=int(frame["rows"].sum()),
        unit=message("ids"),
        evidence=Evidence(str(worst["table"]), worst["examples"], int(worst["orphans"])) if total else None,
    )


def _unanswered(result: DataQuality) -> list[Finding]:
    if result.answers.empty:
        return []
    blocked = result.answers[result.answers["state"] == "no"]
    criterion = message("Every question of the audit should have the data it needs.")
    recommendation = message("Ask the client for the missing columns, or map them in the settings.")
    if blocked.empty:
        partly = int((result.answers["state"] == "partly").sum())
        return [
            Finding(
                "DQ-05",
                Severity.GREEN,
                message("Every question of the audit can be answered, at least in part")
                if partly
                else message("Every question of the audit can be answered"),
                nmessage(
                    "{all} analysis has the data it needs; {partly} would say more with further columns.",
                    "{all} analyses have the data they need; {partly} of them would say more with further columns.",
                    len(result.answers),
                    all=Count(len(result.answers)),
                    partly=Count(partly),
                )
                if partly
                else nmessage(
                    "{all} analysis has all the data it can use.",
                    "{all} analyses have all the data they can use.",
                    len(result.answers),
                    all=Count(len(result.answers)),
                ),
                criterion,
                None,
                n=len(result.answers),
                unit=message("analyses"),
                see="answers",
            )
        ]
    return [
        Finding(
            "DQ-05",
            Severity.GREY,
            message("Not answered: {question}", question=row.question),
            nmessage(
                "{n} required column is missing or empty.",
                "{n} required columns are missing or empty.",
                len(row.requires),
                n=Count(len(row.requires)),
            ),
            criterion,
            recommendation,
            n=0,
            unit=message("rows"),
            subject=row.analysis,
            see="answers",
            needs=Message("{columns}", {"columns": listed(row.requires)}),
        )
        for row in blocked.itertuples()
    ]


def _assumptions(result: DataQuality) -> Finding:
    taken = result.reasons[result.reasons["kind"] == "assumed"]
    return Finding(
        "DQ-06",
        Severity.YELLOW if len(taken) else Severity.GREEN,
        nmessage(
            "{n} assumption was made while reading the files",
            "{n} assumptions were made while reading the files",
            len(taken),
            n=Count(len(taken)),
        )
        if len(taken)
        else message("No assumption was made while reading the files"),
        message(
            "The first is in {table}: {reason}.",
            table=table_name(taken.iloc[0]["table"]),
            reason=reason_message(taken.iloc[0]["reason"]),
        )
        if len(taken)
        else message("All columns were found and read without an assumption."),
        message("Assumptions should be confirmed by the client."),
        message("Go through the assumptions with the client, and write what was agreed into the settings."),
        n=len(taken),
        unit=message("assumptions"),
        see="reasons",
    )


def reason_message(reason: Any) -> Message:
    """Return a reason of the ledger as a message; the ledger holds the English text."""
    return Message(str(reason).replace("{", "{{").replace("}", "}}"))
