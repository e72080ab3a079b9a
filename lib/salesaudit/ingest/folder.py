"""The files of a client's folder, each with the table that it is to become or the reason why it is none."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from salesaudit.client import Client, SourceRule
from salesaudit.dataset import Source
from salesaudit.errors import UserError, nearest
from salesaudit.ingest.files import TABLE_FILES, read
from salesaudit.ingest.ledger import Ledger
from salesaudit.ingest.mapping import KNOWN, Mapping, aliases, detect, is_known, plain, propose
from salesaudit.ingest.questions import ask_for_columns, ask_which_table
from salesaudit.ingest.raw import RawTable
from salesaudit.ingest.reasons import R

IGNORED = "ignored by client.toml"
GUIDE = "README.md"
"""The description of the forms that `salesaudit new` puts beside them."""
LIST_COLUMNS = ("product",)
"""Columns for which a list among the unused files is compared with what the tables say."""


@dataclass(frozen=True)
class Export:
    """One table of a file with the table it is to become, or the reason why none."""

    raw: RawTable
    rule: SourceRule | None
    mapping: Mapping | None
    remark: str = ""


def exports(client: Client, ledger: Ledger) -> Iterator[Export | Source]:
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
            yield _not_read(folder / name, name, IGNORED)
            continue
        rules = [rule for rule in settings.sources if _fits(name, rule.file)]
        matched |= {rule.file for rule in rules}
        if not rules and Path(name).suffix.lower() not in TABLE_FILES:
            yield _not_read(folder / name, name, "not a table of rows")
            continue
        for rule in rules or [None]:
            yield from _files(folder / name, name, rule, ledger, ignore=settings.ignore)
        if rules and all(rule.sheet for rule in rules):  # what is said about one sheet leaves the others as they are
            others = _files(folder / name, name, None, ledger, ignore=settings.ignore, but={r.sheet for r in rules})
            yield from others
    for rule in settings.sources:
        if rule.file not in matched:
            guess = nearest(rule.file, names)
            cure = f"did you mean {guess}?" if guess else "correct the pattern in client.toml, or remove it"
            ledger.add("must_fix", R["no_file"], table=rule.table, value=rule.file, cure=cure)


def _files(
    path: Path,
    name: str,
    rule: SourceRule | None,
    ledger: Ledger,
    *,
    ignore: tuple[str, ...],
    but: Collection[str | None] = (),
) -> Iterator[Export | Source]:
    """Yield the table or tables of one file; a rule without a sheet takes the first that is filled."""
    try:
        raws = read(path, file=name, rule=rule, known=is_known)
    except UserError as error:
        yield _unreadable(path, name, error, ledger)
        return
    if rule is None:
        for raw in raws:
            if raw.sheet is None or raw.sheet not in but:
                yield _detected(raw, ignore, ledger)
        return
    chosen = next((raw for raw in raws if not raw.remark), None)
    for raw in raws:
        if raw is not chosen:
            yield Export(raw, rule, None, raw.remark or "another sheet of the workbook was taken")
            continue
        try:
            mapping = propose(raw.headers, rule.table, rule, where=raw.label)
        except UserError as error:
            _ask(raw.label, error, ledger)
            yield Export(raw, rule, None, error.what)
            continue
        if mapping.missing:
            missing = ", ".join(mapping.missing)
            cure = f"add it to columns of the file in client.toml; the file has: {', '.join(raw.headers)}"
            ledger.add("must_fix", R["no_column"], table=rule.table, file=raw.label, column=missing, cure=cure)
            yield Export(raw, rule, None, f"has no {missing}")
        else:
            yield Export(raw, rule, mapping)


def _detected(raw: RawTable, ignore: tuple[str, ...], ledger: Ledger, *, known_table: bool = False) -> Export:
    """Return a file with the table that it is by its name and headers; ask where it only looks like one."""
    labels = (raw.label, f"{raw.file} [{raw.sheet}]")
    if any(_fits(label, pattern) for label in labels for pattern in ignore):
        return Export(raw, None, None, IGNORED)
    found = raw.remark or detect(raw.headers, file=raw.file, sheet=raw.sheet, known_table=known_table)
    if isinstance(found, Mapping):
        return Export(raw, None, found)
    if isinstance(found, str):
        return Export(raw, None, None, found)
    if not raw.rows_in:
        return Export(raw, None, None, f"{found.remark}, and has no rows")
    if found.missing:
        ask_for_columns(raw, found.tables[0], found.missing, ledger)
    else:
        ask_which_table(raw, found.tables, ledger)
    return Export(raw, None, None, found.remark)


def inputs(client: Client, ledger: Ledger) -> Iterator[Export | Source]:
    """Yield the forms that somebody filled in; the name of the file says which table it is."""
    folder, ignore = client.inputs, client.settings.ignore
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = f"inputs/{path.relative_to(folder).as_posix()}"
        if not path.is_file() or _is_litter(path) or path.name.casefold() == GUIDE.casefold():
            continue
        if any(_fits(name, pattern) for pattern in ignore):
            yield _not_read(path, name, IGNORED)
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
            # A sheet of one column says how to fill the form in; no table has one column.
            if raw.sheet is None or len(raws) == 1 or len(raw.headers) != 1:
                yield _detected(raw, ignore, ledger, known_table=True)


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


def filled(entry: Export | Source) -> Export | Source:
    """Take another header that could be a column where the one that was found has nothing below it."""
    if not isinstance(entry, Export) or entry.mapping is None:
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


def lists_among(entries: list[Export | Source]) -> dict[str, set[str]]:
    """Return the names that unused files list for a column (the products)."""
    lists: dict[str, set[str]] = {}
    for entry in entries:
        if not isinstance(entry, Export) or entry.mapping is not None:
            continue
        for column in LIST_COLUMNS:
            known = aliases()["orders"][column]
            headers = [h for h in entry.raw.headers if plain(h) in known]
            if headers and entry.raw.cells[headers[0]].is_unique:
                lists.setdefault(column, set()).update(entry.raw.cells[headers[0]].str.strip())
    return lists
