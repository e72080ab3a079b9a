"""A client's folder -> canonical tables, with every source row used, merged or in the reject ledger."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd

from salesaudit.client import Client, Settings, SourceRule, open_client
from salesaudit.dataset import SalesData, Source
from salesaudit.errors import UserError, nearest
from salesaudit.ingest.delimited import decode
from salesaudit.ingest.files import TABLE_FILES, read
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.mapping import KNOWN, Mapping, Match, aliases, detect, is_known, plain, propose
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R
from salesaudit.ingest.records import unify
from salesaudit.ingest.relations import check_period, check_relations, names_to_ids, newest_date
from salesaudit.ingest.typed import MADE, typed
from salesaudit.schema import TABLES

PERIOD_DAYS = 364
"""Length of the period where client.toml gives none: 52 whole weeks ending at as_of."""
MAPPING_COLUMNS = ["file", "table", "column", "header", "how", "confidence"]
LIST_COLUMNS = ("product",)
"""Columns for which a list among the unused files is compared with what the tables say."""


@dataclass(frozen=True)
class Reading:
    """Everything that came out of a client's folder, whether or not it is good enough for an audit."""

    client: Client
    tables: dict[str, pd.DataFrame]
    sources: tuple[Source, ...]
    issues: pd.DataFrame
    mapping: pd.DataFrame
    as_of: date | None

    @property
    def questions(self) -> pd.DataFrame:
        """The issues that stop the audit."""
        return self.issues[self.issues["kind"] == "must_fix"]


@dataclass(frozen=True)
class _File:
    """One table of a file with the table it is to become, or the reason why none."""

    raw: RawTable
    rule: SourceRule | None
    mapping: Mapping | None
    remark: str = ""


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
    entries = [*_exports(client, ledger), *_inputs(client, ledger)]
    entries = [_filled(entry) for entry in entries]
    used = [entry for entry in entries if isinstance(entry, _File) and entry.mapping is not None]

    frames: dict[str, list[pd.DataFrame]] = {}
    merged: Counter[tuple[str, str]] = Counter()
    rejected: Counter[tuple[str, str]] = Counter()
    mapping_rows: list[tuple] = []
    for entry in used:
        name, label = entry.mapping.table, entry.raw.label
        issues = entry.raw.issues
        ledger.extend(issues.assign(table=issues["table"].fillna(name).astype("str")))
        _note_mapping(entry, ledger)
        frame, n_merged, n_rejected, matches = typed(
            entry.raw, entry.mapping, rule=entry.rule, settings=settings, ledger=ledger
        )
        frames.setdefault(name, []).append(frame)
        merged[name, label] += n_merged
        rejected[name, label] += n_rejected + entry.raw.rejected
        mapping_rows += _mapping_rows(label, name, matches)
    tables = {}
    for name in TABLES:
        if name in frames:
            tables[name], more_merged, more_rejected = unify(name, frames.pop(name), ledger=ledger)
            merged.update({(name, label): n for label, n in more_merged.items()})
            rejected.update({(name, label): n for label, n in more_rejected.items()})

    tables = names_to_ids(tables, ledger=ledger)
    as_of = settings.as_of or newest_date(tables, ledger=ledger)
    if as_of and not settings.as_of:
        ledger.add("assumed", R["as_of"], value=as_of, cure="set as_of in client.toml")
    if not tables:
        cure = f"put the client's files into {client.exports}, or say under [[sources]] in client.toml what they are"
        ledger.add("must_fix", R["nothing"], cure=cure)
    elif as_of is None:
        ledger.add("must_fix", R["no_date"], cure="set as_of in client.toml")
    else:
        check_period(tables, *_period(settings, as_of), ledger=ledger)
    mapping = pd.DataFrame(mapping_rows, columns=MAPPING_COLUMNS)
    made = set(mapping.loc[mapping["how"] == MADE, "table"])
    check_relations(tables, ledger=ledger, lists=_lists(entries), as_of=as_of, made_keys=made)
    sources = tuple(_source(entry, tables, merged, rejected) for entry in entries)
    return Reading(client, tables, sources, ledger.frame, mapping, as_of)


def _period(settings: Settings, as_of: date) -> tuple[date, date]:
    """Return the first and the last day that the audit speaks about."""
    if settings.period:
        return settings.period.start, settings.period.end
    return as_of - timedelta(days=PERIOD_DAYS - 1), as_of


def _exports(client: Client, ledger: Ledger) -> Iterator[_File | Source]:
    """Yield the tables of the exports folder, and a source without a table for whatever is none."""
    folder, settings = client.exports, client.settings
    if not folder.is_dir():
        raise UserError(
            "the folder of exports does not exist",
            where=str(folder),
            fix='put the exports there, or set "exports" in client.toml',
        )
    names = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file() and not _is_litter(p)]
    matched = set()
    for name in names:
        if any(_fits(name, pattern) for pattern in settings.ignore):
            yield _not_read(folder / name, name, "ignored by client.toml")
            continue
        rules = [rule for rule in settings.sources if _fits(name, rule.file)]
        matched |= {rule.file for rule in rules}
        if not rules and Path(name).suffix.lower() not in TABLE_FILES:
            yield _not_read(folder / name, name, "not a table of rows")
            continue
        for rule in rules or [None]:
            yield from _files(folder / name, name, rule, ledger)
    for rule in settings.sources:
        if rule.file not in matched:
            guess = nearest(rule.file, names)
            cure = f"did you mean {guess}?" if guess else "correct the pattern in client.toml, or remove it"
            ledger.add("must_fix", R["no_file"], table=rule.table, value=rule.file, cure=cure)


def _files(path: Path, name: str, rule: SourceRule | None, ledger: Ledger) -> Iterator[_File | Source]:
    """Yield the table or tables of one file; a rule without a sheet takes the first that is filled."""
    try:
        raws = read(path, file=name, rule=rule, known=is_known)
    except UserError as error:
        yield _unreadable(path, name, error, ledger)
        return
    if rule is None:
        for raw in raws:
            found = raw.remark or detect(raw.headers, file=name, sheet=raw.sheet)
            yield _File(raw, None, found) if isinstance(found, Mapping) else _File(raw, None, None, found)
        return
    chosen = next((raw for raw in raws if not raw.remark), None)
    for raw in raws:
        if raw is not chosen:
            yield _File(raw, rule, None, raw.remark or "another sheet of the workbook was taken")
            continue
        try:
            mapping = propose(raw.headers, rule.table, rule, where=raw.label)
        except UserError as error:
            _ask(raw.label, error, ledger)
            yield _File(raw, rule, None, error.what)
            continue
        if mapping.missing:
            missing = ", ".join(mapping.missing)
            cure = f"add it to columns of the file in client.toml; the file has: {', '.join(raw.headers)}"
            ledger.add("must_fix", R["no_column"], table=rule.table, file=raw.label, column=missing, cure=cure)
            yield _File(raw, rule, None, f"has no {missing}")
        else:
            yield _File(raw, rule, mapping)


def _inputs(client: Client, ledger: Ledger) -> Iterator[_File | Source]:
    """Yield the forms that somebody filled in; the name of the file says which table it is."""
    folder = client.inputs
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = f"inputs/{path.relative_to(folder).as_posix()}"
        if not path.is_file() or _is_litter(path):
            continue
        if path.suffix.lower() not in TABLE_FILES:
            yield _not_read(path, name, "not a table of rows")
            continue
        try:
            raws = read(path, file=name, known=is_known)
        except UserError as error:
            yield _unreadable(path, name, error, ledger)
            continue
        for raw in raws:
            found = raw.remark or detect(raw.headers, file=name, sheet=raw.sheet, known_table=True)
            yield _File(raw, None, found) if isinstance(found, Mapping) else _File(raw, None, None, found)


def _is_litter(path: Path) -> bool:
    """Return whether a file is what systems leave behind: lock files, hidden files."""
    return path.name.startswith((".", "~$")) or path.name in ("Thumbs.db", "desktop.ini")


def _fits(name: str, pattern: str) -> bool:
    name, pattern = name.casefold(), pattern.casefold()
    return any(part == pattern or fnmatch(part, pattern) for part in (name, name.rpartition("/")[2]))


def _not_read(path: Path, name: str, remark: str) -> Source:
    return Source(name, None, hashlib.sha256(path.read_bytes()).hexdigest(), 0, 0, 0, remark=remark)


def _unreadable(path: Path, name: str, error: UserError, ledger: Ledger) -> Source:
    _ask(name, error, ledger)
    return _not_read(path, name, error.what)


def _ask(file: str, error: UserError, ledger: Ledger) -> None:
    """Make a question of what is wrong with a file, so that all such files are named at once."""
    cure = "; ".join(filter(None, (error.allowed and f"allowed: {error.allowed}", error.fix)))
    ledger.add("must_fix", error.what, file=file, value=error.value, cure=cure)


def _filled(entry: _File | Source) -> _File | Source:
    """Take another header that could be a column where the one that was found has nothing below it."""
    if not isinstance(entry, _File) or entry.mapping is None:
        return entry
    matches, rivals = dict(entry.mapping.matches), []
    for column, rival in entry.mapping.rivals:
        taken = matches[column]
        if taken.how == KNOWN and _blank(entry.raw, taken.header) and not _blank(entry.raw, rival):
            matches[column], rival = replace(taken, header=rival), taken.header
        rivals.append((column, rival))
    return replace(entry, mapping=replace(entry.mapping, matches=matches, rivals=tuple(rivals)))


def _blank(raw: RawTable, header: str) -> bool:
    return not raw.cells[header].str.strip().any()


def _note_mapping(entry: _File, ledger: Ledger) -> None:
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


def _lists(entries: list[_File | Source]) -> dict[str, set[str]]:
    """Return the names that unused files list for a column (the products)."""
    lists: dict[str, set[str]] = {}
    for entry in entries:
        if not isinstance(entry, _File) or entry.mapping is not None:
            continue
        for column in LIST_COLUMNS:
            known = aliases()["orders"][column]
            headers = [h for h in entry.raw.headers if plain(h) in known]
            if headers and entry.raw.cells[headers[0]].is_unique:
                lists.setdefault(column, set()).update(entry.raw.cells[headers[0]].str.strip())
    return lists


def _source(
    entry: _File | Source,
    tables: dict[str, pd.DataFrame],
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
        return replace(source, unused_headers=tuple(raw.headers))
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
        unused_headers=tuple(h for h in raw.headers if h not in entry.mapping.headers),
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
