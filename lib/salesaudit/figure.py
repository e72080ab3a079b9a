"""What a notebook shows: figures, tables, key figures, notes and computed text.

Each object carries itself out of the executed notebook as one versioned JSON document, beside a plain view for
JupyterLab. The exporter builds the report from that JSON alone.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from salesaudit.dataset import Context
from salesaudit.finding import MIME
from salesaudit.format import NOT_KNOWN
from salesaudit.i18n import Message

WIDE, NARROW = 7.6, 3.7
"""Widths of the two drawings in inches: the text column of a desk, and a phone."""


def svg(canvas: Canvas) -> str:
    """Return a bare figure as SVG with real text, the same bytes for the same drawing."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "salesaudit"}):
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


class Carrier:
    """Base of all that leaves a notebook: one JSON document and a view for JupyterLab."""

    def as_json(self) -> dict[str, Any]:
        """Return the document that the exporter reads."""
        raise NotImplementedError

    def view(self) -> dict[str, str]:
        """Return what JupyterLab shows, by MIME type."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: {"version": 1, **self.as_json()}, **self.view()}


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
    """

    key: str
    draw: Callable[[bool], Canvas]
    title: Message
    subtitle: Message
    alt: Message
    data: pd.DataFrame
    context: Context
    source: Message | None = None

    def as_json(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "figure",
            "key": self.key,
            "title": self.title.text(loc),
            "subtitle": self.subtitle.text(loc),
            "alt": self.alt.text(loc),
            "source": self.source.text(loc) if self.source else None,
            "svg": svg(self.draw(False)),
            "svg_narrow": svg(self.draw(True)),
            "columns": [str(c) for c in self.data.columns],
            "rows": plain_records(self.data),
        }

    def view(self) -> dict[str, str]:
        return {"image/svg+xml": svg(self.draw(False)), "text/plain": self.title.text(self.context.loc)}


KINDS = ("text", "count", "number", "rate", "share", "money", "days", "date", "severity", "pvalue")


@dataclass(frozen=True)
class Col:
    """How one column of a table is headed and written.

    Parameters
    ----------
    name : str
        Column of the data frame.
    label : Message
    kind : str
        One of `KINDS`; decides format and alignment.
    low, high : str, optional
        Columns with the ends of the interval, shown beside the estimate.
    bar : bool
        Draw a small bar beside the number.
    """

    name: str
    label: Message
    kind: str = "text"
    low: str | None = None
    high: str | None = None
    bar: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column kind {self.kind!r} is not one of {KINDS}")


@dataclass(frozen=True)
class Table(Carrier):
    """A table of raw values with the rule for writing each column.

    Parameters
    ----------
    rows_shown : int
        How many rows the report shows; the CSV has all of them. The report says how many were left out.
    total : bool
        Whether the last row is a total.
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

    def cell(self, column: Col, row: Mapping[str, Any]) -> str:
        """Return one cell as text in the report's language."""
        loc = self.context.loc
        raw = row[column.name]
        if raw is None or (not isinstance(raw, str) and pd.isna(raw)):
            return NOT_KNOWN

        def one(value: Any) -> str:
            match column.kind:
                case "count" | "days":
                    return loc.number(value, decimals=0)
                case "rate":
                    return loc.number(value, decimals=1)
                case "number":
                    return loc.number(value)
                case "share":
                    return loc.share(value)
                case "money":
                    return loc.number(value, decimals=0)
                case "pvalue":
                    return f"< {loc.number(0.001, decimals=3)}" if value < 0.001 else loc.number(value, digits=2)
                case "date":
                    return loc.day(pd.Timestamp(value).date(), "d MMM y")
                case _:
                    return str(value)

        text = one(raw)
        if column.low and column.high and not pd.isna(row[column.low]) and not pd.isna(row[column.high]):
            text += f" ({one(row[column.low])}–{one(row[column.high])})"
        return text

    def as_json(self) -> dict[str, Any]:
        loc = self.context.loc
        shown = self.data if self.total else self.data.head(self.rows_shown)
        records = shown.to_dict("records")
        bars = {
            c.name: float(np.nanmax(np.abs(self.data[c.name].astype(float)))) if len(self.data) else 0.0
            for c in self.columns
            if c.bar
        }
        return {
            "type": "table",
            "key": self.key,
            "title": self.title.text(loc),
            "subtitle": self.subtitle.text(loc) if self.subtitle else None,
            "source": self.source.text(loc) if self.source else None,
            "head": [
                {"label": c.label.text(loc), "kind": c.kind, "numeric": c.kind not in ("text", "date", "severity")}
                for c in self.columns
            ],
            "body": [
                [
                    {
                        "text": self.cell(c, row),
                        "severity": str(row[c.name]) if c.kind == "severity" else None,
                        "bar": round(abs(float(row[c.name])) / bars[c.name], 3)
                        if c.bar and bars[c.name] and not pd.isna(row[c.name])
                        else None,
                    }
                    for c in self.columns
                ]
                for row in records
            ],
            "total": self.total,
            "left_out": len(self.data) - len(shown),
            "columns": [str(c) for c in self.data.columns],
            "rows": plain_records(self.data),
        }

    def view(self) -> dict[str, str]:
        document = self.as_json()
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

    def as_json(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "kpis",
            "items": [
                {
                    "label": k.label.text(loc),
                    "value": k.value.as_json(loc) if hasattr(k.value, "as_json") else {"text": str(k.value)},
                    "note": k.note.text(loc) if k.note else None,
                }
                for k in self.items
            ],
        }

    def view(self) -> dict[str, str]:
        return {"text/plain": "\n".join(f"{k['label']}: {k['value']['text']}" for k in self.as_json()["items"])}


@dataclass(frozen=True)
class Text(Carrier):
    """Computed prose: one paragraph per message."""

    paragraphs: Sequence[Message]
    context: Context

    def as_json(self) -> dict[str, Any]:
        return {"type": "text", "paragraphs": [p.text(self.context.loc) for p in self.paragraphs]}

    def view(self) -> dict[str, str]:
        return {"text/plain": "\n\n".join(self.as_json()["paragraphs"])}


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

    def as_json(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "note",
            "items": [{"label": label.text(loc), "text": text.text(loc)} for label, text in self.items],
            "missing": [{"name": name, "text": text.text(loc)} for name, text in self.missing],
        }

    def view(self) -> dict[str, str]:
        return {"text/plain": "\n".join(f"{i['label']}: {i['text']}" for i in self.as_json()["items"])}


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

    def as_json(self) -> dict[str, Any]:
        loc = self.context.loc
        return {
            "type": "missing",
            "title": self.title.text(loc),
            "needs": list(self.needs),
            "collect": self.collect.text(loc),
        }

    def view(self) -> dict[str, str]:
        document = self.as_json()
        return {"text/plain": f"{document['title']}: {document['collect']}"}
