"""A client's validated tables, with everything that was done to get them.

`SalesData` is what an analysis receives: never a path, never today's date. `Context` is what its results carry
on to the figures and tables: language, currency, period, the names under which sellers appear, and the edition.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pandas as pd

from salesaudit.client import Client
from salesaudit.disclosure import shown_issues, shown_sources
from salesaudit.errors import DataMissing
from salesaudit.finding import MIME
from salesaudit.format import Day, Loc, Money
from salesaudit.i18n import Message, message
from salesaudit.privacy import A_SELLER, NAMED, PSEUDONYMISED, TEAM, Mask, is_seller_column
from salesaudit.schema import TABLES, split

ISSUE_KINDS = ("must_fix", "rejected", "merged", "repaired", "assumed", "note")
"""What was noticed on the way in: stops the audit; row left out; row merged into another; cell changed; gap filled
by an assumption; worth knowing."""

ISSUE_COLUMNS = ("kind", "table", "file", "line", "column", "value", "reason", "rows", "cure")
"""`line` is the physical line (or spreadsheet row) of the file, `rows` how many rows the issue stands for."""


@dataclass(frozen=True)
class Source:
    """One file (or sheet) that the client sent; rows_in = used + merged + rejected, always."""

    file: str
    table: str | None
    sha256: str
    rows_in: int
    used: int
    rejected: int
    merged: int = 0
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    first_date: date | None = None
    last_date: date | None = None
    unused_headers: tuple[str, ...] = ()
    remark: str = ""

    def __post_init__(self) -> None:
        if self.table and self.rows_in != self.used + self.merged + self.rejected:
            raise AssertionError(
                f"{self.file}: {self.rows_in} rows in, {self.used} used, {self.merged} merged, {self.rejected} rejected"
            )


@dataclass(frozen=True)
class Context:
    """What every figure, table and sentence of one report shares.

    Attributes
    ----------
    loc : Loc
        Language of the report.
    currency : str
        ISO 4217 code.
    client : str
        The client's name.
    start, end : date
        The period, both included.
    as_of : date
        The day the audit looks from.
    labels : mapping
        seller_id -> the name under which the seller appears; pseudonyms unless the named edition was asked for.
        In the team edition they only tell the rows of an analysis apart on the way: no label leaves a carrier.
    edition : {"pseudonymised", "team", "named"}
    teams : mapping
        Label -> the seller's team, where it is known.
    mask : Mask
        Takes names, raw ids and (team edition) labels out of every text that leaves.
    """

    loc: Loc
    currency: str
    client: str
    start: date
    end: date
    as_of: date
    labels: Mapping[str, str] = field(default_factory=dict)
    edition: str = PSEUDONYMISED
    teams: Mapping[str, str] = field(default_factory=dict)
    mask: Mask = field(default_factory=Mask)

    @property
    def individual(self) -> bool:
        """Whether the edition shows sellers one by one."""
        return self.edition != TEAM

    def masked(self, document: Any) -> Any:
        """Return a document as it may leave: no name, no raw id, and no label in the team edition."""
        return self.mask.document(document)

    def file(self, name: Any) -> Any:
        """Return the name of a file or sheet, or a header, without the sellers in it; anything but text as it is."""
        return self.mask.place(name) if isinstance(name, str) else name

    def seller(self, seller_id: Any) -> str:
        """Return the label of one seller; sellers outside the seller table are all one."""
        return self.labels.get(str(seller_id), message("Other sellers").text(self.loc))

    def sellers(self, ids: Iterable[Any]) -> list[str]:
        """Return the labels of many sellers."""
        return [self.seller(i) for i in ids]

    def money(self, value: float, low: float | None = None, high: float | None = None) -> Money:
        """Return an amount in the client's currency."""
        return Money(value, self.currency, low, high)

    @property
    def period(self) -> Message:
        """The period as a phrase."""
        return message("{start} to {end}", start=Day(self.start), end=Day(self.end))


def pseudonyms(seller_ids: Iterable[str], salt: str, loc: Loc) -> dict[str, str]:
    """Return seller_id -> "Seller 01"; the order comes from a hash, so that it says nothing about the seller."""

    def scramble(seller_id: str) -> str:
        return hashlib.sha256(f"{salt}\0{seller_id}".encode()).hexdigest()

    ids = sorted(set(map(str, seller_ids)), key=scramble)
    width = max(2, len(str(len(ids))))
    return {i: message("Seller {number}", number=f"{n:0{width}d}").text(loc) for n, i in enumerate(ids, start=1)}


@dataclass(frozen=True)
class SalesData:
    """A client's canonical tables and their history.

    Attributes
    ----------
    client : Client
    tables : mapping of str to DataFrame
        The canonical tables that exist; columns and types as in `schema.TABLES`, plus `schema.PROVENANCE`.
    as_of : date
    start, end : date
        The period of the audit, both included.
    sources : tuple of Source
    issues : DataFrame
        One row per reject, repair or assumption; columns `ISSUE_COLUMNS`.
    mapping : DataFrame
        Which header became which column: file, table, column, header, how, confidence.
    commentary : mapping of str to str
        Notebook stem -> the consultant's own text (Markdown).
    """

    client: Client
    tables: Mapping[str, pd.DataFrame]
    as_of: date
    start: date
    end: date
    sources: tuple[Source, ...] = ()
    issues: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ISSUE_COLUMNS)))
    mapping: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["file", "table", "column", "header", "how", "confidence"])
    )
    commentary: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES:
            if name not in self.tables:
                raise DataMissing([name])
            return self.tables[name]
        raise AttributeError(name)

    def has(self, *names: str) -> bool:
        """Return whether all these tables ("visits") or columns ("visits.date") exist and hold something."""
        return not self.lacks(names)

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Return those of the tables or columns that do not exist or hold nothing."""
        missing = []
        for name in names:
            table, column = split(name)
            frame = self.tables.get(table)
            if frame is None or frame.empty or (column and (column not in frame or frame[column].isna().all())):
                missing.append(name)
        return missing

    def require(self, names: Iterable[str]) -> None:
        """Raise DataMissing, naming all that is missing, unless every table or column is there."""
        if missing := self.lacks(names):
            raise DataMissing(missing)

    @property
    def seller_ids(self) -> list[str]:
        """Every seller known: the seller table, or whoever appears in visits, opportunities or activities."""
        if self.has("sellers.seller_id"):
            return sorted(self.sellers["seller_id"].dropna())
        found: set[str] = set()
        for table in ("visits", "opportunities", "activities", "orders"):
            if self.has(f"{table}.seller_id"):
                found |= set(self.tables[table]["seller_id"].dropna())
        return sorted(found)

    @property
    def _pseudonyms(self) -> dict[str, str]:
        settings = self.client.settings
        return pseudonyms(self.seller_ids, settings.privacy.key or settings.name, Loc(settings.language))

    def who_is_who(self) -> list[tuple[str, ...]]:
        """Return the key to the pseudonyms, for the consultant alone: pseudonym, id, and name and team where known."""
        names, teams = self._of_sellers("name"), self._of_sellers("team")
        return [
            (label, i, *(of[i] for of in (names, teams) if i in of))
            for i, label in sorted(self._pseudonyms.items(), key=lambda item: item[1])
        ]

    @cached_property
    def context(self) -> Context:
        """What figures, tables and sentences need to know."""
        settings = self.client.settings
        loc, edition = Loc(settings.language), settings.privacy.edition
        labels = self._pseudonyms
        mask = Mask()
        if edition == NAMED:
            labels |= self._names(labels)
        else:
            mask = self._mask(labels, loc, hide_labels=edition == TEAM)
        teams = self._of_sellers("team")
        known = {label: teams[i] for i, label in labels.items() if i in teams}
        days = (self.start, self.end, self.as_of)
        return Context(loc, settings.currency, settings.name, *days, labels, edition, known, mask)

    def _of_sellers(self, column: str) -> dict[str, str]:
        """Return seller_id -> a column of the seller table, where it is known."""
        if not self.has("sellers.seller_id", f"sellers.{column}"):
            return {}
        known = self.sellers.dropna(subset=["seller_id", column]).drop_duplicates("seller_id")
        return dict(zip(known["seller_id"], known[column], strict=True))

    def _names(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the names of sellers; of two who share one, each with the id, so that they stay two."""
        names = {i: name for i, name in self._of_sellers("name").items() if i in labels}
        often = Counter(names.values())
        return {i: f"{name} ({i})" if often[name] > 1 else name for i, name in names.items()}

    def _mask(self, labels: Mapping[str, str], loc: Loc, *, hide_labels: bool) -> Mask:
        """Return the mask over every seller id and name that the tables hold."""
        found: set[str] = set(labels)
        for table, frame in self.tables.items():
            for column in frame.columns:
                if is_seller_column(table, column):
                    rows = frame[frame["scope"] == "seller"] if column == "scope_id" and "scope" in frame else frame
                    found |= set(rows[column].dropna().astype(str))
        one = A_SELLER.text(loc)
        shown = dict.fromkeys(found, one) if hide_labels else {i: labels.get(i, one) for i in found}
        people = [*shown.items(), *((name, shown.get(i, one)) for i, name in self._of_sellers("name").items())]
        return Mask(tuple(sorted(people)), one, frozenset(labels.values()) if hide_labels else frozenset())

    @property
    def sources_shown(self) -> tuple[Source, ...]:
        """The sources as a report may show them."""
        return shown_sources(self.sources, self.context)

    @property
    def issues_shown(self) -> pd.DataFrame:
        """The issues as a report may show them."""
        return shown_issues(self.issues, self.mapping, self.context)

    def within(self, table: str, column: str = "date") -> pd.DataFrame:
        """Return the rows of a table whose date lies in the period."""
        frame = self.tables[table] if table in self.tables else getattr(self, table)
        inside = frame[column].between(pd.Timestamp(self.start), pd.Timestamp(self.end) + pd.Timedelta("23:59:59"))
        return frame[inside]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Carry the cover of the report: who, when, from what."""
        context = self.context
        loc = context.loc
        settings = self.client.settings
        document = {
            "version": 1,
            "type": "cover",
            "client": settings.name,
            "language": settings.language,
            "currency": settings.currency,
            "period": context.period.text(loc),
            "as_of": self.as_of.isoformat(),
            "as_of_text": loc.day(self.as_of),
            "consultant": settings.branding.consultant,
            "confidentiality": settings.branding.confidentiality,
            "recipient": settings.branding.recipient,
            "logo": self.client.logo,
            "accent": settings.branding.accent,
            "edition": settings.privacy.edition,
            "edition_reason": context.mask.text(settings.privacy.reason),
            "sources": [
                {
                    "file": s.file,
                    "sheet": s.sheet,
                    "table": s.table,
                    "sha256": s.sha256,
                    "rows_in": s.rows_in,
                    "used": s.used,
                    "merged": s.merged,
                    "rejected": s.rejected,
                }
                for s in self.sources_shown
            ],
        }
        lines = [f"{settings.name}, {context.period.text(loc)}"]
        lines += [f"  {name}: {len(frame)} rows" for name, frame in self.tables.items()]
        return {MIME: document, "text/plain": "\n".join(lines)}


def commentary(data: SalesData, notebook: str) -> "Commentary":
    """Return the consultant's own text for a notebook's slot, under the mask; empty where there is none."""
    return Commentary(data.context.mask.text(data.commentary.get(notebook, "")))


@dataclass(frozen=True)
class Commentary:
    """The consultant's text (Markdown), carried to the report, where it is cleaned."""

    markdown: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        document = {"version": 1, "type": "commentary", "markdown": self.markdown}
        return {MIME: document, "text/plain": self.markdown}
