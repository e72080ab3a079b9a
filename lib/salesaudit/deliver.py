"""The hand-over of an audit: one PDF and one workbook, made from a report that is already published.

Nothing is computed anew: the PDF is the executed notebooks on paper, the workbook their numbers. Only the places of the
evidence are looked up in the client's files, which therefore must be those that the report was made from.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from salesaudit.client import SETTINGS, Client, open_client, project_root
from salesaudit.dataset import SalesData
from salesaudit.errors import UserError, unknown_name
from salesaudit.i18n import message
from salesaudit.ingest import load
from salesaudit.privacy import NAMED, TEAM, is_seller_column
from salesaudit.publish import RUN, published, versions
from salesaudit.report import MalformedOutput, Page
from salesaudit.report.coaching import render_coaching, sellers
from salesaudit.report.document import Ids, slug
from salesaudit.report.pdf import Attachment, checked_password, locked, render_pdf, requirements
from salesaudit.report.shapes import FindingItem
from salesaudit.report.summary import ranked
from salesaudit.report.workbook import EvidenceRow, render_workbook
from salesaudit.schema import TABLES

FOLDER = "delivery"
PDF, XLSX, COACHING = FORMATS = ("pdf", "xlsx", "coaching")
USUAL = (PDF, XLSX)


@dataclass(frozen=True)
class Delivery:
    """What was written.

    Attributes
    ----------
    client, as_of : str
    files : tuple of Path
    warnings : tuple of str
        What the sender should know before anything is sent.
    """

    client: str
    as_of: str
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = field(default_factory=tuple)


def deliver(
    client: str,
    *,
    formats: Collection[str] = (),
    as_of: str | None = None,
    password: str | None = None,
    root: Path | None = None,
    reports: Path | None = None,
) -> Delivery:
    """Write the hand-over of a published report into its folder ``delivery``.

    Parameters
    ----------
    client : str
        Name under data/, or path of the client's folder.
    formats : collection of {"pdf", "xlsx", "coaching"}
        Empty for PDF and workbook. When both are asked for, the workbook lies inside the PDF, too.
    as_of : str, optional
        Day of the report, such as "2026-06-28"; the newest where not given.
    password : str, optional
        The PDF then opens with it only, and the workbook is written beside it only where `formats` names it.
    root, reports : Path, optional
        The project folder and the folder of reports, as for `batch.run`.

    Returns
    -------
    Delivery

    Raises
    ------
    UserError
        There is no such report; the exports or client.toml changed since; a library is missing; the password is short.
    """
    wanted = tuple(formats) or USUAL
    for name in wanted:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
    if password is not None and PDF not in wanted:
        raise UserError("a password protects the PDF, and no PDF was asked for", fix="add --pdf, or leave --password")
    if PDF in wanted:
        requirements(password=password is not None)
    password = None if password is None else checked_password(password)
    root = (root or project_root()).resolve()
    opened = open_client(client, root)
    folder = report_folder((reports or root / "reports").resolve() / opened.slug, as_of, opened)
    run, pages = _published(folder, opened)
    _same_edition(opened, pages)
    data = _unchanged(opened, run) if XLSX in wanted else None
    return _write(folder, opened, pages, data, wanted=wanted, asked=tuple(formats), password=password)


def report_folder(home: Path, as_of: str | None, client: Client) -> Path:
    """Return the folder of a published report: of a day, or the newest.

    Raises
    ------
    UserError
        There is none; with the days that there are.
    """
    days = sorted(p.parent.name for p in home.glob(f"*/{RUN}") if re.fullmatch(r"\d{4}-\d\d-\d\d", p.parent.name))
    if not days:
        raise UserError(
            "no report has been published for this client",
            value=client.slug,
            where=str(home),
            fix=f"make it with: salesaudit run {client.slug}",
        )
    if as_of is not None and as_of not in days:
        raise UserError("there is no report of this day", value=as_of, allowed=days, where=str(home))
    return home / (as_of or days[-1])


def _published(folder: Path, client: Client) -> tuple[Mapping[str, Any], list[Page]]:
    try:
        return published(folder)
    except (MalformedOutput, OSError, KeyError, ValueError, TypeError, AttributeError):
        raise UserError(
            "this report cannot be read: it is not complete, or another release made it",
            where=str(folder),
            fix=f"make it again with: salesaudit run {client.slug}",
        ) from None


def _same_edition(client: Client, pages: Sequence[Page]) -> None:
    """Refuse a report of another edition than the settings ask for now: somebody may have decided against names."""
    made = next((p.document.cover.edition for p in pages if p.document), None)
    wanted = client.settings.privacy.edition
    if made is None:
        raise UserError("there is nothing in this report to hand over", fix=f"run it: salesaudit run {client.slug}")
    if made != wanted:
        raise UserError(
            f"the report was made in the {made} edition, and client.toml asks for another",
            value=wanted,
            where=str(client.folder),
            fix=f"make it again with: salesaudit run {client.slug}",
        )


def _unchanged(client: Client, run: Mapping[str, Any]) -> SalesData:
    """Return the client's data, if they are those that the report was made from."""

    def changed(what: str) -> UserError:
        return UserError(
            f"{what} changed since the report was made, so that its evidence cannot be traced",
            where=str(client.folder),
            fix=f"make it again with: salesaudit run {client.slug}; or hand over the PDF alone with --pdf",
        )

    if run["versions"]["salesaudit"] != versions()["salesaudit"]:
        raise changed("salesaudit itself")
    if sha256((client.folder / SETTINGS).read_bytes()).hexdigest() != run["settings_sha256"]:
        raise changed(SETTINGS)
    data = load(client)
    if sorted(s.sha256 for s in data.sources_shown) != sorted(s["sha256"] for s in run["cover"]["sources"]):
        raise changed("the files")
    return data


def _write(
    folder: Path,
    client: Client,
    pages: list[Page],
    data: SalesData | None,
    *,
    wanted: Collection[str],
    asked: Collection[str],
    password: str | None,
) -> Delivery:
    cover = next(p.document.cover for p in pages if p.document)
    about = {"client": cover.client, "language": cover.language}
    name = f"{slug(client.slug)}-{cover.as_of}"
    place = folder / FOLDER
    inside: list[Attachment] = []
    files = _coaching(place / COACHING, pages) if COACHING in wanted else []
    warnings = ["the coaching pages are not protected by the password"] if files and password is not None else []
    workbook = place / f"{name}.xlsx"
    if XLSX in wanted and data is not None:
        content = render_workbook(pages, evidence=evidence(pages, data), **about)
        if password is None or XLSX in asked:
            files.insert(0, _put(workbook, content))
            if password is not None:
                warnings.append(f"{workbook.name} is not protected by the password; inside the PDF it is")
        if PDF in wanted:
            said = message("All findings, figures and tables as a workbook").text(data.context.loc)
            inside.append(Attachment(workbook.name, content, said))
    if PDF in wanted:
        content = render_pdf(pages, attachments=inside, **about)
        files.insert(0, _put(place / f"{name}.pdf", locked(content, password) if password is not None else content))
        if password is not None and workbook.exists() and workbook not in files:
            warnings.append(f"{workbook.name} of an earlier delivery lies beside the PDF and is not protected")
    return Delivery(client.slug, cover.as_of, tuple(files), tuple(warnings))


def _coaching(place: Path, pages: Iterable[Page]) -> list[Path]:
    """Write a page for each seller, for a talk between two people."""
    documents = [p.document for p in pages if p.document]
    names = Ids()
    return [
        _put(place / f"{names.new(slug(label, 'seller'))}.html", render_coaching(documents, label).encode("utf-8"))
        for label in sellers(documents)
    ]


def _put(path: Path, content: bytes) -> Path:
    """Write a file so that nobody ever sees half of it."""
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        fix = "close it where it is open, or make the folder writable"
        raise UserError("the file cannot be written", value=error.strerror, where=str(path), fix=fix) from None
    return path


def evidence(pages: Iterable[Page], data: SalesData) -> Iterator[EvidenceRow]:
    """Yield the rows behind every finding, with file and line, in the order of the findings.

    Sellers appear by their labels and without a line, except in the named edition. In the team edition no rows are
    listed: each belongs to one seller.
    """
    for row in ranked(pages):
        item = row.judgement.item
        if item.evidence is None or not item.evidence.total or item.evidence.table not in TABLES:
            continue
        yield from _rows_behind(item, item.evidence.table, item.evidence.ids, data)


def _rows_behind(item: FindingItem, table: str, ids: list[str], data: SalesData) -> Iterator[EvidenceRow]:
    key = TABLES[table].key[0]
    if data.context.edition == TEAM:  # a row of one visit leads to one seller
        yield EvidenceRow(item, table, "")
        return
    if is_seller_column(table, key) and data.context.edition != NAMED:
        yield from (EvidenceRow(item, table, i) for i in ids)
        return
    frame = data.tables[table]
    shown = frame[key].map(_shown_ids(table, key, data))
    order = {name: place for place, name in enumerate(ids)}
    found = frame.assign(shown=shown)[shown.isin(order)]
    found = found.iloc[found["shown"].map(order).argsort(kind="stable")]
    places = _places(data)
    for name, label, line in zip(found["shown"], found["source_file"], found["source_line"], strict=True):
        file, sheet = places.get(label, (label, ""))
        yield EvidenceRow(item, table, name, data.context.file(file), data.context.file(sheet), int(line))


def _shown_ids(table: str, key: str, data: SalesData) -> Any:
    """Return how an id of the data stands in the evidence: as it is, under the mask, or as a seller's label."""
    context = data.context
    if is_seller_column(table, key):
        return lambda i: context.labels.get(str(i), str(i))
    return lambda i: context.file(str(i)) if re.search(r":\d+$", str(i)) else str(i)


def _places(data: SalesData) -> dict[str, tuple[str, str]]:
    """Return file and sheet by the label that a row carries: the file, with the sheet where there are several."""
    places = {}
    for source in data.sources:
        sheet = source.sheet or ""
        places[source.file] = (source.file, sheet)
        places[f"{source.file} [{sheet}]"] = (source.file, sheet)
    return places
