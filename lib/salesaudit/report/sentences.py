"""Every computed sentence of a report with the values in it, for machines and for the proof that prose is true."""

from collections.abc import Iterator, Mapping
from typing import Any

from salesaudit.report.document import Document, Shown
from salesaudit.report.shapes import KpiList, MissingShape, NoteShape, Said, TextShape


def sentences(document: Document) -> Iterator[dict[str, Any]]:
    """Yield the sentences of key figures, prose, exhibits, notes and open questions, in reading order.

    Yields
    ------
    dict
        `place` (section and, for an exhibit, its number), `texts` (name -> sentence) and `values` (name ->
        placeholder -> kind, raw number and text). Findings are not among them: they carry their own.
    """
    for section in document.sections:
        for part in section.parts:
            for place, texts, values in _said(part):
                shown = {name: text for name, text in texts.items() if text}
                yield {"place": f"{section.anchor}/{place}", "texts": shown, "values": values}


def _said(part: Any) -> Iterator[tuple[str, Mapping[str, str | None], Said]]:
    match part:
        case Shown(shape=shape):
            names = ("title", "subtitle", "alt", "source")
            yield part.anchor, {n: getattr(shape, n, None) for n in names}, shape.values
        case TextShape():
            yield "text", {str(n): text for n, text in enumerate(part.paragraphs)}, part.values
        case KpiList():
            for item in part.items:
                value = {"value": {"value": item.value.model_dump(exclude_none=True)}}
                yield (
                    "kpi",
                    {"label": item.label, "value": item.value.text, "note": item.note},
                    dict(item.values) | value,
                )
        case NoteShape():
            for item in part.items:
                yield "note", {"label": item.label, "text": item.text}, item.values
            for item in part.missing:
                yield "missing", {"text": item.text}, item.values
        case MissingShape():
            yield "missing", {"title": part.title, "collect": part.collect}, part.values
