"""Tables, the figure of rows per month, key figures and the note on method."""

from typing import Any

import pandas as pd

from salesaudit import charts
from salesaudit.analyses.data_quality.analysis import DataQuality
from salesaudit.analyses.data_quality.gaps import EDGE_DAYS, STEADY
from salesaudit.analyses.data_quality.judgement import NAMED, listed, reason_message, table_name
from salesaudit.figure import Col, Figure, Kpi, Kpis, Missing, Note, Table
from salesaudit.format import Count, Loc, Share
from salesaudit.i18n import Message, as_text, message
from salesaudit.ingest.mapping import KNOWN

SHORTEST_MONTH = 7
"""Days of a month inside the period from which the figure of months shows it."""
NO_FILES = message("The export files themselves; these tables did not come from files.")


def key_figures(result: DataQuality) -> Kpis:
    """Return files, rows, rows rejected, and how many questions the data can answer."""
    files = result.sources.dropna(subset=["table"])
    items = [
        Kpi(message("Files read"), Count(int(files["file"].nunique()))),
        Kpi(message("Rows in the files"), Count(int(files["rows_in"].sum()))),
        Kpi(
            message("Rows rejected"),
            Count(int(files["rejected"].sum())),
            message("{merged} copies were merged", merged=Count(int(files["merged"].sum())))
            if files["merged"].sum()
            else None,
        ),
    ]
    if len(result.answers):
        can = int((result.answers["state"] != "no").sum())
        items.append(
            Kpi(
                message("Questions that can be answered"),
                message("{can} of {n}", can=Count(can), n=Count(len(result.answers))).text(result.context.loc),
            )
        )
    return Kpis(items, result.context)


def plot_months(result: DataQuality) -> Figure | Missing:
    """Show how many rows each table has in each month, so that gaps are seen."""
    if result.monthly.empty:
        return Missing(
            message("Is any part of the period missing?"),
            [n for n in ("visits.date", "orders.order_date", "opportunities.created_date") if n in result.lacks],
            message("Tables with dates."),
            result.context,
        )
    loc = result.context.loc
    monthly = _whole_months(result)
    busiest = monthly.max().where(lambda m: m > 0)
    shares = (monthly / busiest).T
    empty = monthly.T == 0
    shares.columns = [loc.month(m.date()) for m in monthly.index]
    empty.columns = shares.columns
    shares.index = empty.index = [as_text(table_name(table), loc) for table in monthly]
    gaps = sorted(result.gaps["table"].unique())
    full = [table for table in STEADY if table in monthly and (monthly[table] > 0).all()]
    return Figure(
        "months",
        charts.heatmap(
            shares,
            loc=loc,
            notes=pd.DataFrame("", index=shares.index, columns=shares.columns),
            hatched=empty,
            vmax=1,
        ),
        message("Stretches without or with few rows: {tables}", tables=listed(gaps))
        if gaps
        else message("Rows in every month: {tables}", tables=listed(full))
        if full
        else message("Rows per month of the period"),
        message(
            "Rows per calendar month, {period}; darker is nearer to the table's busiest month; hatched: none at all, "
            "as time use and snapshots may be; {months} months",
            period=result.context.period,
            months=Count(len(monthly)),
        )
        if len(monthly) == len(result.monthly)
        else message(
            "Rows per calendar month, {period}; darker is nearer to the table's busiest month; hatched: none at all, "
            "as time use and snapshots may be; {months} months, those with less than {days} days in the period left "
            "out",
            period=result.context.period,
            months=Count(len(monthly)),
            days=Count(SHORTEST_MONTH),
        ),
        _months_alt(monthly),
        monthly.reset_index(),
        result.context,
    )


def _whole_months(result: DataQuality) -> pd.DataFrame:
    """Return the months of which at least a week lies in the period: a single day would look like a gap."""
    monthly = result.monthly
    first = monthly.index.to_series().clip(lower=pd.Timestamp(result.context.start))
    last = (monthly.index.to_series() + pd.offsets.MonthEnd(0)).clip(upper=pd.Timestamp(result.context.end))
    whole = monthly[(last - first).dt.days + 1 >= SHORTEST_MONTH]
    return whole if len(whole) else monthly


def _months_alt(monthly: pd.DataFrame) -> Message:
    """Return the size of the matrix and, where something is missing, the table that lacks most."""
    empty = (monthly == 0).sum()
    values = {"tables": Count(monthly.shape[1]), "months": Count(len(monthly)), "empty": Count(int(empty.sum()))}
    if not empty.any():
        return message("Tables: {tables}; months: {months}; no month of a table is without a row.", **values)
    return message(
        "Tables: {tables}; months: {months}; cells without a row: {empty}, most of them in {table}: {most}.",
        table=table_name(str(empty.idxmax())),
        most=Count(int(empty.max())),
        **values,
    )


def _table_words(frame: pd.DataFrame, loc: Loc) -> list[str | None]:
    """Return what the tables in the column `table` are called; what is no table's stays empty."""
    return [as_text(table_name(name), loc) if isinstance(name, str) else None for name in frame["table"]]


def table_sources(result: DataQuality) -> Table | Missing:
    """Return what each file became: rows in = used + merged + rejected."""
    if result.sources.empty:
        return Missing(message("What became of each file?"), ["exports"], NO_FILES, result.context)
    shown = result.sources_shown
    frame = shown.assign(
        table_word=_table_words(shown, result.context.loc),
        name=[f"{f} [{s}]" if isinstance(s, str) else f for f, s in zip(shown["file"], shown["sheet"], strict=True)],
    )
    return Table(
        "sources",
        message("What became of each file"),
        frame,
        [
            Col("name", message("File")),
            Col("table_word", message("Table")),
            Col("rows_in", message("Rows in"), "count"),
            Col("used", message("Rows used"), "count"),
            Col("merged", message("Rows merged"), "count"),
            Col("rejected", message("Rows rejected"), "count"),
            Col("first_date", message("First date"), "date"),
            Col("last_date", message("Last date"), "date"),
        ],
        result.context,
        subtitle=message("Rows in are rows used, merged and rejected, for every file"),
    )


def table_reasons(result: DataQuality) -> Table | Missing:
    """Return why rows were rejected, cells changed or gaps filled, each with its first example."""
    if result.reasons.empty:
        return Missing(
            message("What was noticed on the way in?"),
            [] if len(result.sources) else ["exports"],
            message("Nothing: every row was read as it stands.") if len(result.sources) else NO_FILES,
            result.context,
        )
    loc = result.context.loc
    kinds = _kind_names()
    order = {kind: n for n, kind in enumerate(kinds)}
    frame = result.reasons.assign(
        kind_word=[kinds[k].text(loc) if k in kinds else str(k) for k in result.reasons["kind"]],
        reason_word=[reason_message(r).text(loc) for r in result.reasons["reason"]],
        table_word=_table_words(result.reasons, loc),
        rank=result.reasons["kind"].map(order),
        # A line is a place and not a quantity: no thousands separator.
        line=[None if pd.isna(n) else str(int(n)) for n in result.reasons["line"]],
    )
    frame = frame.sort_values(["rank", "rows"], ascending=[True, False], kind="stable").drop(columns="rank")
    return Table(
        "reasons",
        message("What was noticed on the way in"),
        frame,
        [
            Col("kind_word", message("What was done")),
            Col("table_word", message("Table")),
            Col("reason_word", message("Why")),
            Col("rows", message("Rows"), "count"),
            Col("file", message("First example: file")),
            Col("line", message("line")),
            Col("column", message("column")),
            Col("value", message("value")),
        ],
        result.context,
    )


def _kind_names() -> dict[str, Message]:
    return {
        "must_fix": message("Must be cured"),
        "rejected": message("Rejected"),
        "merged": message("Merged"),
        "assumed": message("Assumed"),
        "repaired": message("Repaired"),
        "note": message("Noted"),
    }


def table_completeness(result: DataQuality) -> Table | Missing:
    """Return the columns with missing cells, the emptiest first."""
    frame = result.completeness[result.completeness["missing"] > 0]
    if frame.empty:
        return Missing(
            message("Which columns have holes?"),
            [],
            message("Nothing: every column that was sent is full."),
            result.context,
        )
    return Table(
        "completeness",
        message("Columns with empty cells"),
        frame.assign(table_word=_table_words(frame, result.context.loc)),
        [
            Col("table_word", message("Table")),
            Col("column", message("Column")),
            Col("rows", message("Rows"), "count"),
            Col("missing", message("Empty"), "share", bar=True),
        ],
        result.context,
        subtitle=message("{n} of {all} columns", n=Count(len(frame)), all=Count(len(result.completeness))),
    )


def table_order_totals(result: DataQuality) -> Table | Missing:
    """Return the orders per month, to be held against the ledger."""
    if result.totals.empty:
        return Missing(
            message("Do the orders agree with the ledger?"),
            [n for n in ("orders.order_date", "orders.amount") if n in result.lacks],
            message("The orders with date and amount, excluding VAT."),
            result.context,
        )
    loc = result.context.loc
    frame = result.totals.assign(name=[loc.month(m.date()) for m in result.totals["month"]])
    total = pd.DataFrame(
        {
            "name": [message("Total").text(loc)],
            "orders": [frame["orders"].sum()],
            "amount": [frame["amount"].sum()],
        }
    )
    return Table(
        "order_totals",
        message("Orders per month, to be held against the ledger"),
        pd.concat([frame[["name", "orders", "amount"]], total], ignore_index=True),
        [
            Col("name", message("Month")),
            Col("orders", message("Orders"), "count"),
            Col("amount", message("Amount, {currency}", currency=result.context.currency), "money"),
        ],
        result.context,
        subtitle=message("Excluding VAT, {period}", period=result.context.period),
        total=True,
    )


def table_answers(result: DataQuality) -> Table | Missing:
    """Return what each analysis can, can partly and cannot say with these data."""
    if result.answers.empty:
        return Missing(
            message("What can these data answer?"), [], message("The list of analyses and their needs."), result.context
        )
    loc = result.context.loc
    short = _short_questions()
    words = {"yes": message("can answer"), "partly": message("partly"), "no": message("cannot")}
    place = {name: n for n, name in enumerate(short)}
    # The order is that in which the reports are read; what has no place yet comes last.
    rows = result.answers.sort_values("analysis", key=lambda a: a.map(place).fillna(len(place)), kind="stable")
    frame = pd.DataFrame(
        {
            "question": [
                short[name].text(loc) if name in short else question
                for name, question in zip(rows["analysis"], rows["question"], strict=True)
            ],
            "state": [words[s].text(loc) for s in rows["state"]],
            "collect": [_columns([*a, *b]) for a, b in zip(rows["requires"], rows["lacks"], strict=True)],
        }
    )
    return Table(
        "answers",
        message("What these data can answer"),
        frame,
        [
            Col("question", message("Question")),
            Col("state", message("With these data")),
            Col("collect", message("To ask the client for")),
        ],
        result.context,
        rows_shown=20,
    )


def _columns(names: list[str]) -> str:
    """Return names of columns, which are the same in every language; the first few of many."""
    names = list(dict.fromkeys(names))
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _short_questions() -> dict[str, Message]:
    """Return a short question per analysis, in the order of the reports."""
    return {
        "visit_frequency": message("How many visits are made?"),
        "purpose_funnel": message("What are the visits for?"),
        "route_to_category": message("Where do the hours go?"),
        "pipeline_revision": message("Can the pipeline be believed?"),
        "sales_formula": message("What would give more sales?"),
    }


def table_mapping(result: DataQuality) -> Table | Missing:
    """Return which header of the client's files became which column."""
    if result.mapping.empty:
        return Missing(message("Which header became which column?"), ["exports"], NO_FILES, result.context)
    loc = result.context.loc
    mapping = result.mapping.assign(
        # Files and headers may be called after sellers.
        **{c: result.mapping[c].map(result.context.file) for c in ("file", "header")},
        table_word=_table_words(result.mapping, loc),
        found_by=[reason_message(how).text(loc) for how in result.mapping["how"]],
    )
    if not mapping["file"].equals(result.mapping["file"]):
        mapping = mapping.sort_values("file", kind="stable")  # the names that are hidden must not tell by their order
    known = mapping["how"] == KNOWN
    told = {"known": Count(int(known.sum())), "n": Count(len(known))}
    return Table(
        "mapping",
        message("Which header became which column"),
        # Those worth a look come first; the others are in the data behind the table.
        mapping.assign(known=known).sort_values("known", kind="stable").drop(columns="known"),
        [
            Col("file", message("File")),
            Col("table_word", message("Table")),
            Col("column", message("Column")),
            Col("header", message("Header in the file")),
            Col("found_by", message("Found by")),
            Col("confidence", message("Confidence"), "share"),
        ],
        result.context,
        subtitle=message("All {n} columns have a known header; they are in the data behind this table", **told)
        if known.all()
        else message(
            "Shown are the columns without a known header; {known} of {n} have one and are in the data behind this "
            "table",
            **told,
        )
        if known.any()
        else None,
        rows_shown=min(20, int((~known).sum())),
    )


def method(result: DataQuality) -> Note:
    """Return how the data were checked in this run."""
    items: list[tuple[Message, Message]] = [
        (
            message("Accounting"),
            message(
                "Rows in are rows used, merged and rejected, for every file ({files} in all); the check sums (SHA-256) "
                "tell whether a file has changed since.",
                files=Count(len(result.sources)),
            ),
        ),
        (
            message("Gaps"),
            message(
                "Inside the period: complete weeks without rows in tables that usually have some, months with less "
                "than {share} of what their working days lead to expect (July with the usual leave), and tables that "
                "begin or end more than {days} days inside it.",
                share=Share(result.thin_share),
                days=Count(EDGE_DAYS),
            ),
        ),
        (
            message("Repeats"),
            message("Rows equal to an earlier one in every column but the id, where customer and date are known."),
        ),
        (
            message("Limits"),
            message(
                "What was never entered cannot be seen here: this page tells whether the export is whole, not whether "
                "the system is."
            ),
        ),
        (
            message("References"),
            message(
                "International Standard on Auditing 500 (evidence: completeness and accuracy of information used)."
            ),
        ),
    ]
    missing: dict[str, Any] = {}
    for row in result.answers.itertuples():
        for name in row.requires:
            missing.setdefault(name, message("needed to answer: {question}", question=row.question))
    return Note(items, result.context, missing=list(missing.items()))
