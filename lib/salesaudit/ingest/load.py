"""A client's folder -> canonical tables, with every source row used, merged or in the reject ledger."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from salesaudit.client import Client, Settings, open_client
from salesaudit.dataset import SalesData, Source
from salesaudit.errors import UserError
from salesaudit.ingest.columns import WORD_COLUMNS
from salesaudit.ingest.delimited import decode
from salesaudit.ingest.folder import Export, exports, filled, inputs, lists_among
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.mapping import Match
from salesaudit.ingest.questions import ask_about_losses
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R
from salesaudit.ingest.records import unify
from salesaudit.ingest.relations import check_period, check_relations, names_to_ids, newest_date
from salesaudit.ingest.sheets import NATIVE
from salesaudit.ingest.typed import MADE, TypedFile, typed
from salesaudit.ingest.verified import check_verification
from salesaudit.schema import TABLES

PERIOD_DAYS = 364
"""Length of the period where client.toml gives none: 52 whole weeks ending at as_of."""
MAPPING_COLUMNS = ["file", "table", "column", "header", "how", "confidence"]


@dataclass(frozen=True)
class Reading:
    """Everything that came out of a client's folder, whether or not it is good enough for an audit."""

    client: Client
    tables: dict[str, pd.DataFrame]
    sources: tuple[Source, ...]
    issues: pd.DataFrame
    mapping: pd.DataFrame
    words: pd.DataFrame
    as_of: date | None

    @property
    def questions(self) -> pd.DataFrame:
        """The issues that stop the audit."""
        return self.issues[self.issues["kind"] == "must_fix"]


def load(client: str | Client) -> SalesData:
    """Read a client's exports and filled forms.

    Parameters
    ----------
    client : str or Client
        Name or path of the client's folder.

    Returns
    -------
    SalesData

    Raises
    ------
    UserError
        A file cannot be read, client.toml does not fit the files, or a question must be answered first.
    """
    reading = read_client(client)
    if len(reading.questions):
        raise UserError(
            "\n".join(
                ["these questions must be answered before the audit:", *map(_question, _rows(reading.questions))]
            ),
            where=str(reading.client.folder),
            fix="salesaudit check shows all that was found",
        )
    start, end = _period(reading.client.settings, reading.as_of)
    return SalesData(
        client=reading.client,
        tables=reading.tables,
        as_of=reading.as_of,
        start=start,
        end=end,
        sources=reading.sources,
        issues=reading.issues,
        mapping=reading.mapping,
        commentary=_commentary(reading.client.folder / "commentary"),
    )


def read_client(client: str | Client) -> Reading:
    """Return all that is in a client's folder, with its issues; questions do not stop it."""
    client = client if isinstance(client, Client) else open_client(client)
    settings = client.settings
    ledger = Ledger()
    entries = [filled(entry) for entry in (*exports(client, ledger), *inputs(client, ledger))]
    used = [entry for entry in entries if isinstance(entry, Export) and entry.mapping is not None]

    files = {}
    for entry in used:
        issues = entry.raw.issues
        ledger.extend(issues.assign(table=issues["table"].fillna(entry.mapping.table).astype("str")))
        _note_mapping(entry, ledger)
        files[entry.mapping.table, entry.raw.label] = typed(
            entry.raw, entry.mapping, rule=entry.rule, settings=settings, ledger=ledger
        )
    tables, merged, rejected = _united(used, files, ledger)

    tables = names_to_ids(tables, ledger=ledger)
    as_of = settings.as_of or newest_date(tables, ledger=ledger)
    if as_of and not settings.as_of:
        ledger.add("assumed", R["as_of"], value=as_of, cure="set as_of in client.toml")
    if not tables:
        cure = f"put the client's files into {client.exports}, or say under [[sources]] in client.toml what they are"
        ledger.add("must_fix", R["nothing"], cure=cure)
    elif all(frame.empty for frame in tables.values()):
        turned_away = sum(rejected.values())
        cure = "ask the client for the rows: the files hold headers only"
        if turned_away:
            cure = "see why each row was rejected, and ask the client for an export that can be read"
        ledger.add("must_fix", R["no_row"], cure=cure)
    elif as_of is None:
        ledger.add("must_fix", R["no_date"], cure="set as_of in client.toml")
    else:
        check_period(tables, *_period(settings, as_of), ledger=ledger)
    mapping_rows = [row for (name, label), file in files.items() for row in _mapping_rows(label, name, file.matches)]
    mapping = pd.DataFrame(mapping_rows, columns=MAPPING_COLUMNS)
    words = [file.words for file in files.values() if len(file.words)]
    made = set(mapping.loc[mapping["how"] == MADE, "table"])
    check_relations(tables, ledger=ledger, lists=lists_among(entries), as_of=as_of, made_keys=made)
    check_verification(tables, ledger=ledger)
    sources = tuple(_source(entry, tables, files, merged, rejected) for entry in entries)
    ask_about_losses(sources, ledger)
    words = pd.concat(words, ignore_index=True) if words else pd.DataFrame(columns=WORD_COLUMNS)
    return Reading(client, tables, sources, ledger.frame, mapping, words, as_of)


def _united(
    used: list[Export], files: dict[tuple[str, str], TypedFile], ledger: Ledger
) -> tuple[dict[str, pd.DataFrame], Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Return the canonical tables, and how many rows of each table's files were merged and rejected."""
    merged = Counter({place: file.merged for place, file in files.items()})
    rejected = Counter({place: file.rejected for place, file in files.items()})
    rejected.update({(entry.mapping.table, entry.raw.label): entry.raw.rejected for entry in used})
    tables = {}
    for name in TABLES:
        parts = {label: files[table, label] for table, label in files if table == name}
        if parts:
            raws = {entry.raw.label: entry.raw for entry in used if entry.mapping.table == name}
            as_sent = partial(_as_sent, raws, {label: file.matches for label, file in parts.items()})
            frames = [file.frame for file in parts.values()]
            tables[name], more_merged, more_rejected = unify(name, frames, ledger=ledger, as_sent=as_sent)
            merged.update({(name, label): n for label, n in more_merged.items()})
            rejected.update({(name, label): n for label, n in more_rejected.items()})
    return tables, merged, rejected


def _as_sent(
    raws: dict[str, RawTable], matches: dict[str, dict[str, Match]], file: str, line: int, column: str
) -> tuple[str, str]:
    """Return a cell as it stands in the file, under the header that it has there."""
    match, raw = matches[file].get(column), raws[file]
    if match is None or match.header is None:
        return column, "" if match is None else str(match.value)
    cell = raw.cells[match.header].iloc[int(np.searchsorted(raw.lines, line))]
    return match.header, cell.replace(NATIVE, "").strip()


def _period(settings: Settings, as_of: date) -> tuple[date, date]:
    """Return the first and the last day that the audit speaks about."""
    if settings.period:
        return settings.period.start, settings.period.end
    return as_of - timedelta(days=PERIOD_DAYS - 1), as_of


def _note_mapping(entry: Export, ledger: Ledger) -> None:
    """Write what is less than sure about a mapping."""
    base = {"table": entry.mapping.table, "file": entry.raw.label}
    for column, header in entry.mapping.rivals:
        taken = entry.mapping.matches[column].header
        if taken is not None:
            cure = "name the right one under columns in client.toml"
            ledger.add("note", R["two_headers"], **base, column=column, value=f"{taken} / {header}", cure=cure)
    for column, match in entry.mapping.matches.items():
        if match.how == "similar header":
            cure = "confirm it under columns in client.toml"
            ledger.add("note", R["similar"], **base, column=column, value=match.header, cure=cure)


def _mapping_rows(label: str, table: str, matches: dict[str, Match]) -> list[tuple]:
    order = {column: n for n, column in enumerate(TABLES[table].names)}
    return [
        (label, table, column, match.header if match.header is not None else match.value, match.how, match.confidence)
        for column, match in sorted(matches.items(), key=lambda item: order[item[0]])
    ]


def _source(
    entry: Export | Source,
    tables: dict[str, pd.DataFrame],
    files: dict[tuple[str, str], TypedFile],
    merged: Counter[tuple[str, str]],
    rejected: Counter[tuple[str, str]],
) -> Source:
    if isinstance(entry, Source):
        return entry
    raw = entry.raw
    source = Source(
        file=raw.file,
        table=None,
        sha256=raw.sha256,
        rows_in=raw.rows_in,
        used=0,
        rejected=0,
        sheet=raw.sheet,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        remark=entry.remark or raw.remark,
    )
    if entry.mapping is None:
        return replace(source, unused_headers=tuple(h for h in raw.headers if raw.cells[h].str.strip().any()))
    name = entry.mapping.table
    frame = tables[name]
    rows = frame[frame["source_file"] == raw.label]
    days = rows[main_date(name)].dropna() if main_date(name) in rows else pd.Series([], dtype="datetime64[us]")
    return replace(
        source,
        table=name,
        used=len(rows),
        merged=merged[name, raw.label],
        rejected=rejected[name, raw.label],
        first_date=days.min().date() if len(days) else None,
        last_date=days.max().date() if len(days) else None,
        unused_headers=files[name, raw.label].unused_headers,
    )


def main_date(table: str) -> str | None:
    """Return the column that says when a row of a table happened: its first required date, else its first date."""
    dated = [c for c in TABLES[table].columns if c.kind in ("date", "datetime")]
    return next((c.name for c in dated if c.required), dated[0].name if dated else None)


def _commentary(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {p.stem: decode(p.read_bytes(), encoding=None, where=str(p))[0] for p in sorted(folder.glob("*.md"))}


def _rows(issues: pd.DataFrame) -> list[dict]:
    return issues.to_dict("records")


def _question(issue: dict) -> str:
    place = ", ".join(str(issue[c]) for c in ("file", "column", "value") if pd.notna(issue[c]))
    return "  - " + (f"{place}: " if place else "") + issue["reason"] + (f"; {issue['cure']}" if issue["cure"] else "")
