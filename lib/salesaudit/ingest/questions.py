"""The lines of client.toml that answer a question, ready to be pasted, and the questions about whole files."""

import json
from collections.abc import Iterable

import pandas as pd

from salesaudit.dataset import Source
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R

OPEN = "…"
"""Stands where the consultant has to fill in."""
TOO_MANY_REJECTED = 0.5
"""Share of a file's rows rejected for one reason above which the file was misunderstood."""


def quoted(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def source_block(raw: RawTable, table: str, columns: Iterable[str] = ()) -> str:
    """Return the [[sources]] lines for a file, with the columns that must be named."""
    lines = ["[[sources]]", f"file = {quoted(raw.file)}"]
    if raw.label != raw.file:
        lines.append(f"sheet = {quoted(raw.sheet)}")
    lines.append(f"table = {quoted(table)}")
    named = ", ".join(f"{column} = {quoted(OPEN)}" for column in columns)
    return "\n".join([*lines, *([f"columns = {{ {named} }}"] if named else [])])


def way_out(label: str) -> str:
    """Return how a file or sheet is left out; TOML takes a line below a [section] for a part of that section."""
    return f"or leave it out, above the first [section] of client.toml: ignore = [{quoted(label)}]"


def lines_for_words(words: Iterable[str], raw: RawTable, table: str, column: str, allowed: tuple[str, ...]) -> str:
    """Return the lines of client.toml that give words their codes."""
    choice = f"each {quoted(OPEN)} one of {', '.join(allowed)}"
    if column in ("status", "stage"):
        lines = [f"{quoted(word)} = {quoted(OPEN)}" for word in words]
        return "\n".join([f"say under [stages] in client.toml what they mean, {choice}:", "[stages]", *lines])
    given = ", ".join(f"{quoted(word)} = {quoted(OPEN)}" for word in words)
    lines = f"values = {{ {column} = {{ {given} }} }}"
    return f"say under [[sources]] in client.toml what they mean, {choice}:\n{source_block(raw, table)}\n{lines}"


def ask_for_columns(raw: RawTable, table: str, missing: tuple[str, ...], ledger: Ledger) -> None:
    """Ask where the required columns are of a file that looks like a table."""
    headers = ", ".join(header for header in raw.headers if header)
    needs = f"{table} needs {', '.join(missing)}; the file has: {headers}"
    if raw.file.startswith("inputs/"):
        cure = f"{needs}; call the columns as inputs/README.md does"
    else:
        cure = f"{needs}\nname the right ones in client.toml:\n{source_block(raw, table, missing)}"
    cure += f"\n{way_out(raw.label)}"
    ledger.add(
        "must_fix", R["looks_like"], table=table, file=raw.label, column=", ".join(missing), rows=raw.rows_in, cure=cure
    )


def ask_which_table(raw: RawTable, tables: tuple[str, ...], ledger: Ledger) -> None:
    """Ask which of several tables a file is."""
    cure = f"say which in client.toml:\n{source_block(raw, ' or '.join(tables))}"
    cure += f"\n{way_out(raw.label)}"
    ledger.add("must_fix", R["which_table"], file=raw.label, value=" / ".join(tables), rows=raw.rows_in, cure=cure)


def ask_about_losses(sources: Iterable[Source], ledger: Ledger) -> None:
    """Ask about every file of which most rows are rejected for one reason: it was misunderstood, or is broken."""
    issues = ledger.frame
    rejected = issues[issues["kind"] == "rejected"]
    asked = set(issues.loc[issues["reason"] == R["words_cost_rows"], "file"])
    lost = rejected.groupby(["table", "file", "reason"], sort=False)["rows"].sum()
    for source in sources:
        labels = (source.file, f"{source.file} [{source.sheet}]")
        label = next((n for n in labels if (source.table, n) in lost.index), None)
        if source.table is None or label is None:
            continue
        reason, number = lost[source.table, label].idxmax(), int(lost[source.table, label].max())
        if number <= TOO_MANY_REJECTED * source.rows_in or (reason == R["code"] and label in asked):
            continue
        first = rejected[(rejected["file"] == label) & (rejected["reason"] == reason)].iloc[0]
        cure = "; ".join(filter(None, (str(first["cure"] or ""), way_out(label))))
        value = f"{number} of {source.rows_in} rows are left out, the first in line {first['line']}"
        column = None if pd.isna(first["column"]) else first["column"]
        ledger.add("must_fix", reason, table=source.table, file=label, column=column, value=value, cure=cure)
