"""What a notebook shows: figures, tables, key figures, notes and computed text.

Each object carries itself out of the executed notebook as one versioned JSON document, beside a plain view for
JupyterLab. The exporter builds the report from that JSON alone.
"""

import base64
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from PIL import Image

from salesaudit.dataset import Context
from salesaudit.finding import MIME, said
from salesaudit.format import NOT_KNOWN, Count, cell_text, interval_text, significant
from salesaudit.groups import GROUP, SELLERS, medians
from salesaudit.i18n import Message, message
from salesaudit.privacy import FEWEST, SUPPRESSED, is_seller_column

WIDE, NARROW = 7.6, 3.7
"""Widths of the two drawings in inches: the text column of a desk, and a phone."""
SHARP, PALETTE = 120, 24
"""Dots per inch and colours of the pixels that stand for many marks; everything else stays vectors and text."""
_PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")


def svg(canvas: Canvas) -> str:
    """Return a bare figure as SVG with real text, the same bytes for the same drawing."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "salesaudit"}):
        canvas.savefig(buffer, format="svg", dpi=SHARP, metadata={"Date": None, "Creator": None})
    return _PNG.sub(lambda match: f"data:image/png;base64,{few_colours(match[1])}", buffer.getvalue())


def few_colours(png: str) -> str:
    """Return a base64 PNG with a small palette: points of four colours need no sixteen million."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        few = image.convert("RGBA").quantize(PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


class Carrier:
    """Base of all that leaves a notebook: one JSON document and a view for JupyterLab, both under the mask."""

    context: Context

    def as_json(self) -> dict[str, Any]:
        """Return the document that the exporter reads, as the edition may show it."""
        return self.context.masked(self.document())

    def document(self) -> dict[str, Any]:
        """Return the document before the mask."""
        raise NotImplementedError

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Return what JupyterLab shows of the document, by MIME type."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        document = self.as_json()
        return {MIME: {"version": 1, **document}, **self.view(document)}


def plain(value: Any) -> Any:
    """Return a cell as JSON-plain data: numbers, text, booleans or None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    return str(value)


def withheld(key: str, context: Context) -> dict[str, Any]:
    """Return what stands in the team edition in the place of something that shows sellers one by one."""
    return {
        "type": "withheld",
        "key": key,
        "title": message("Sellers one by one are shown in the other editions only").text(context.loc),
        "text": message(
            "What stands here in the other editions shows each seller alone. This one shows no single seller and no "
            "group of fewer than {least}, so that nobody can be recognised by the numbers.",
            least=Count(FEWEST),
        ).text(context.loc),
    }


def leaving(data: pd.DataFrame, kept: Sequence[str] = ()) -> pd.DataFrame:
    """Return the data behind a figure or table without columns of raw seller ids: they may be names."""
    return data[[c for c in data.columns if c in kept or not is_seller_column("", str(c))]]


def plain_records(data: pd.DataFrame) -> list[list[Any]]:
    """Return the rows of a frame as JSON-plain lists."""
    return [[plain(v) for v in row] for row in data.itertuples(index=False, name=None)]


@dataclass(frozen=True)
class Figure(Carrier):
    """A drawing with its message, its words and the data behind it.

    Parameters
    ----------
    key : str
        Name by which a finding points at it; unique in its notebook.
    draw : callable
        ``draw(narrow: bool) -> matplotlib.figure.Figure``; called twice, for a desk and for a phone.
    title : Message
        What the figure says, computed from the data.
    subtitle : Message
        Measure, unit, n and period.
    alt : Message
        What a reader who cannot see it must know: the extremes.
    data : DataFrame
        The numbers drawn; offered as CSV.
    source : Message, optional
        Where they come from.
    individual : bool
        Whether it shows sellers one by one: withheld from the team edition, as is every figure with a seller's label.
    """

    key: str
    draw: Callable[[bool], Canvas]
    title: Message
    subtitle: Message
    alt: Message
    data: pd.DataFrame
    context: Context
    source: Message | None = None
    individual: bool = False

    def document(self) -> dict[str, Any]:
        loc, data = self.context.loc, leaving(self.data)
        if self.individual and not self.context.individual:
            return withheld(self.key, self.context)
        document = {
            "type": "figure",
            "key": self.key,
            "individual": self.individual,
            "title": self.title.text(loc),
            "subtitle": self.subtitle.text(loc),
            "alt": self.alt.text(loc),
            "source": self.source.text(loc) if self.source else None,
            "svg": svg(self.draw(False)),
            "svg_narrow": svg(self.draw(True)),
            "columns": [str(c) for c in data.columns],
            "rows": plain_records(data),
            "values": said(loc, title=self.title, subtitle=self.subtitle, alt=self.alt, source=self.source),
        }
        # A figure that nobody has marked is withheld all the same when a seller's label stands in it.
        told = (document["svg"], document["svg_narrow"], *words_in(document["rows"]))
        return withheld(self.key, self.context) if self.context.mask.shows_labels("\n".join(told)) else document

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        plain_view = {"text/plain": document["title"]}
        return plain_view if document["type"] == "withheld" else {"image/svg+xml": document["svg"], **plain_view}


def words_in(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return the cells that are text."""
    return [cell for row in rows for cell in row if isinstance(cell, str)]


KINDS = ("text", "seller", "count", "number", "rate", "share", "money", "days", "date", "severity", "pvalue")
WORDS = ("text", "seller", "date", "severity")
"""Kinds of columns that hold no number."""


@dataclass(frozen=True)
class Col:
    """How one column of a table is headed and written.

    Parameters
    ----------
    name : str
        Column of the data frame.
    label : Message
    kind : str
        One of `KINDS`; decides format and alignment. A column of sellers' labels is "seller".
    low, high : str, optional
        Columns with the ends of the interval, shown beside the estimate.
    bar : bool
        Draw a small bar beside the number.
    sellers : str, optional
        Column with the number of sellers that the value rests on; the team edition shows none below five.
    """

    name: str
    label: Message
    kind: str = "text"
    low: str | None = None
    high: str | None = None
    bar: bool = False
    sellers: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column kind {self.kind!r} is not one of {KINDS}")

    @property
    def numeric(self) -> bool:
        return self.kind not in WORDS

    @property
    def behind(self) -> tuple[str, ...]:
        """The columns of the data that it shows."""
        return tuple(filter(None, (self.name, self.low, self.high)))


@dataclass(frozen=True)
class Table(Carrier):
    """A table of raw values with the rule for writing each column.

    Parameters
    ----------
    rows_shown : int
        How many rows the report shows; the CSV has all of them. The report says how many were left out.
    total : bool
        Whether the last row is a total.
    individual : bool
        Whether it has one row per seller. It is then sorted by label, never by value; the team edition shows the
        medians of groups in its place.
    """

    key: str
    title: Message
    data: pd.DataFrame
    columns: Sequence[Col]
    context: Context
    subtitle: Message | None = None
    source: Message | None = None
    rows_shown: int = 15
    total: bool = False
    individual: bool = False

    def __post_init__(self) -> None:
        if not self.individual:
            return
        label = next((c.name for c in self.columns if c.kind == "seller"), None)
        if label is None:
            raise ValueError(f"table {self.key!r} is of single sellers: one of its columns must be of kind 'seller'")
        rows = self.data.iloc[:-1] if self.total else self.data
        ordered = rows.sort_values(label, kind="stable")
        ordered = pd.concat([ordered, self.data.iloc[-1:]]) if self.total else ordered
        object.__setattr__(self, "data", ordered.reset_index(drop=True))

    def cell(self, column: Col, row: Mapping[str, Any]) -> str:
        """Return one cell as text in the report's language."""
        loc = self.context.loc
        raw = row[column.name]
        if raw is None or (not isinstance(raw, str) and pd.isna(raw)):
            return NOT_KNOWN
        if column.numeric and isinstance(raw, str):  # in the place of a number that may not be shown
            return raw

        def one(value: Any) -> str:
            if column.kind == "date":
                return loc.day(pd.Timestamp(value).date(), "d MMM y")
            if column.kind == "money" and column.low:  # an estimate is not known to the last unit
                value = significant(value)
            return cell_text(value, column.kind, loc) if column.numeric else str(value)

        text = one(raw)
        if column.low and column.high and not pd.isna(row[column.low]) and not pd.isna(row[column.high]):
            text += f" ({interval_text(one(row[column.low]), one(row[column.high]), loc)})"
        return text

    def groups(self) -> "Table":
        """Return the table of the team edition in the place of one with a row per seller."""
        context = self.context
        label = next(c.name for c in self.columns if c.kind == "seller")
        shown = [replace(c, low=None, high=None, bar=False) for c in self.columns if c.numeric]
        rows = self.data.iloc[:-1] if self.total else self.data
        frame = medians(rows, label=label, values=[c.name for c in shown], context=context)
        subtitle = message(
            "medians of the sellers in each group, without intervals; groups of fewer than {least} are not shown",
            least=Count(FEWEST),
        )
        if self.subtitle:
            subtitle = message("{measure}; {medians}", measure=self.subtitle, medians=subtitle)
        columns = [Col(GROUP, message("Group")), Col(SELLERS, message("Sellers"), "count"), *shown]
        plain_table = replace(self, individual=False, total=False, rows_shown=len(frame))
        return replace(plain_table, data=frame, columns=columns, subtitle=subtitle)

    def without_sellers(self) -> "Table":
        """Return the table without its columns of sellers, and without values that rest on fewer than five."""
        dropped = [c.name for c in self.columns if c.kind == "seller"]
        data = self.data.drop(columns=dropped)
        for column in self.columns:
            if column.sellers:
                few = ~(self.data[column.sellers] >= FEWEST) & self.data[column.name].notna()
                names = list({*column.behind, column.sellers})
                data = data.astype(dict.fromkeys(names, "object"))
                data.loc[few, names] = SUPPRESSED.text(self.context.loc)
        return replace(self, data=data, columns=[c for c in self.columns if c.name not in dropped])

    def document(self) -> dict[str, Any]:
        if self.context.individual:
            return self._written()
        if self.individual:
            return self.groups()._written()
        document = self.without_sellers()._written()
        # A column that nobody has marked may hold labels all the same; its rows are then those of sellers.
        hidden = self.context.mask.shows_labels("\n".join(words_in(document["rows"])))
        return withheld(self.key, self.context) if hidden else document

    def _written(self) -> dict[str, Any]:
        loc = self.context.loc
        data = leaving(self.data, [name for c in self.columns for name in c.behind])
        shown = self.data if self.total else self.data.head(self.rows_shown)
        records = shown.to_dict("records")
        bars = {
            c.name: float(np.nanmax(np.abs(pd.to_numeric(self.data[c.name], errors="coerce").astype(float))))
            if len(self.data)
            else 0.0
            for c in self.columns
            if c.bar
        }
        return {
            "type": "table",
            "key": self.key,
            "individual": self.individual,
            "title": self.title.text(loc),
            "subtitle": self.subtitle.text(loc) if self.subtitle else None,
            "source": self.source.text(loc) if self.source else None,
            "head": [
                {
                    "label": c.label.text(loc),
                    "kind": c.kind,
                    "numeric": c.numeric,
                    "name": c.name,
                    "low": c.low,
                    "high": c.high,
                }
                for c in self.columns
            ],
            "body": [
                [
                    {
                        "text": self.cell(c, row),
                        "severity": str(row[c.name]) if c.kind == "severity" else None,
                        "bar": round(abs(float(row[c.name])) / bars[c.name], 3)
                        if c.bar and bars[c.name] and not isinstance(row[c.name], str) and not pd.isna(row[c.name])
                        else None,
                    }
                    for c in self.columns
                ]
                for row in records
            ],
            "total": self.total,
            "left_out": len(self.data) - len(shown),
            "columns": [str(c) for c in data.columns],
            "rows": plain_records(data),
            "values": said(loc, title=self.title, subtitle=self.subtitle, source=self.source),
        }

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        if document["type"] == "withheld":
            return {"text/plain": document["title"]}
        head = "".join(f"<th>{escape(h['label'])}</th>" for h in document["head"])
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(c['text'])}</td>" for c in row) + "</tr>" for row in document["body"]
        )
        html = f"<table><caption>{escape(document['title'])}</caption><tr>{head}</tr>{body}</table>"
        return {"text/html": html, "text/plain": document["title"]}


@dataclass(frozen=True)
class Kpi:
    """One key figure of the summary: label, typed value, and a line under it."""

    label: Message
    value: Any
    note: Message | None = None


@dataclass(frozen=True)
class Kpis(Carrier):
    """Three to five key figures side by side."""

    items: Sequence[Kpi]
    context: Context

    def document(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "kpis",
            "items": [
                {
                    "label": k.label.text(loc),
                    "value": k.value.as_json(loc) if hasattr(k.value, "as_json") else {"text": str(k.value)},
                    "note": k.note.text(loc) if k.note else None,
                    "values": said(loc, label=k.label, note=k.note),
                }
                for k in self.items
            ],
        }

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        return {"text/plain": "\n".join(f"{k['label']}: {k['value']['text']}" for k in document["items"])}


@dataclass(frozen=True)
class Text(Carrier):
    """Computed prose: one paragraph per message."""

    paragraphs: Sequence[Message]
    context: Context

    def document(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "text",
            "paragraphs": [p.text(loc) for p in self.paragraphs],
            "values": said(loc, **{str(n): p for n, p in enumerate(self.paragraphs)}),
        }

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        return {"text/plain": "\n\n".join(document["paragraphs"])}


@dataclass(frozen=True)
class Note(Carrier):
    """Method and limits of an analysis as used in this run: label -> paragraph.

    Parameters
    ----------
    items : sequence of (label, paragraph)
        Such as ``(message("Exposure"), message("Working days net of ..."))``.
    missing : sequence of (name, Message)
        Tables or columns that the client's data lack, and what they would unlock; shown in grey.
    """

    items: Sequence[tuple[Message, Message]]
    context: Context
    missing: Sequence[tuple[str, Message]] = field(default_factory=tuple)

    def document(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "note",
            "items": [
                {"label": label.text(loc), "text": text.text(loc), "values": said(loc, label=label, text=text)}
                for label, text in self.items
            ],
            "missing": [
                {"name": name, "text": text.text(loc), "values": said(loc, text=text)} for name, text in self.missing
            ],
        }

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        return {"text/plain": "\n".join(f"{i['label']}: {i['text']}" for i in document["items"])}


@dataclass(frozen=True)
class Missing(Carrier):
    """What the data do not carry: shown in grey in the place of a figure or table, with what to collect.

    Parameters
    ----------
    title : Message
        The question that stays open.
    needs : sequence of str
        Missing tables or columns, by their canonical names.
    collect : Message
        What to ask the client for, in plain words.
    """

    title: Message
    needs: Sequence[str]
    collect: Message
    context: Context

    def document(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "missing",
            "title": self.title.text(loc),
            "needs": list(self.needs),
            "collect": self.collect.text(loc),
            "values": said(loc, title=self.title, collect=self.collect),
        }

    def view(self, document: Mapping[str, Any]) -> dict[str, str]:
        return {"text/plain": f"{document['title']}: {document['collect']}"}
