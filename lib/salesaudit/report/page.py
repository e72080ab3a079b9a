"""From a document to a page: the templates, the words around the numbers, and what the browser may do."""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from salesaudit.branding import mixed, readable
from salesaudit.finding import EFFECT_LEVEL, Severity
from salesaudit.format import NBSP, Loc, Money, interval_text
from salesaudit.i18n import catalogue
from salesaudit.report.document import Document, Shown
from salesaudit.report.download import MOST_ROWS, csv_link, file_name
from salesaudit.report.markdown import inline, to_html
from salesaudit.report.opening import opening
from salesaudit.report.shapes import FigureShape, MoneyValue, ShownValue
from salesaudit.report.svg import clean_svg
from salesaudit.words import table_word

TEMPLATES = files("salesaudit.report").joinpath("template")
REPORT = "report.html.j2"
INDEX = "index.html.j2"


@cache
def environment() -> jinja2.Environment:
    """Return the one template environment: everything is escaped, nothing may be undefined."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("salesaudit.report", "template"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style(accent: str = "") -> Markup:
    """Return the style sheet with its fonts inside, and with the consultant's colour in the place of ours."""
    text = TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")

    def font(match: re.Match[str]) -> str:
        data = TEMPLATES.joinpath("fonts", match[1]).read_bytes()
        return f'url("data:font/woff2;base64,{base64.b64encode(data).decode("ascii")}")'

    text = re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "\n", text).strip() + accented(accent)
    return Markup(re.sub(r'url\("fonts/([\w.-]+)"\)', font, text))


def accented(accent: str) -> str:
    """Return the rule that gives the cover and the marks another colour; all text on it stays readable."""
    if not accent:
        return ""
    on_cover = {"peach": "#f6c6a5", "cover-soft": "#e3ebf2", "cover-quiet": "#cfdbe6"}
    colours = {name: readable(colour, accent, "#ffffff") for name, colour in on_cover.items()}
    colours |= {"navy": accent, "mark": mixed(accent, "#ffffff", 0.6), "cover-rule": mixed(accent, "#ffffff", 0.35)}
    return "\n:root { " + " ".join(f"--{name}: {colour};" for name, colour in sorted(colours.items())) + " }"


@cache
def policy(accent: str = "") -> str:
    """Return what the browser may do with the page: show it, with this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style(accent).encode("utf-8")).digest()).decode("ascii")
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            f"style-src-elem 'sha256-{digest}'",
            "style-src-attr 'none'",
            "script-src 'none'",
            "font-src data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def surroundings(language: str, accent: str = "") -> dict[str, Any]:
    """Return what every page needs: its language, its words, its style."""
    loc = Loc(language)
    words = catalogue(language)
    return {
        "_": words.gettext,
        "ngettext": words.ngettext,
        "language": language,
        "loc": loc,
        "style": style(accent),
        "policy": policy(accent),
        "inline": inline,
        "severity_word": partial(severity_word, loc=loc),
        "money": partial(money, loc=loc),
        "estimate": estimate,
        "whole": whole,
        "most_rows": MOST_ROWS,
        "table_word": partial(word_of_table, loc=loc),
    }


_RANGE = re.compile(r"[^ ]{0,24}\d[^ ]{0,24}–[^ ]{0,24}\d[^ ]{0,24}")


def whole(text: str) -> Markup:
    """Return a sentence whose intervals are not torn apart at the end of a line."""
    return Markup(_RANGE.sub(lambda match: f'<span class="whole">{match[0]}</span>', str(escape(text))))


def severity_word(severity: str, *, loc: Loc) -> str:
    """Return the word of a severity in the report's language; anything else as it is."""
    return Severity(severity).word.text(loc) if severity in tuple(Severity) else severity


def word_of_table(name: str | None, *, loc: Loc) -> str:
    """Return what a canonical table is called, given it or one of its columns; nothing for any other name."""
    word = table_word(name or "")
    return word.text(loc) if word else ""


def estimate(value: ShownValue) -> Mapping[str, str]:
    """Return a key figure as its estimate, which may break between number and unit, and its interval."""
    number, interval = value.text, ""
    if value.low is not None and value.high is not None:
        number, bracket, rest = value.text.partition(" (")
        interval = f"({rest}" if bracket else ""
    head, space, unit = number.rpartition(NBSP)
    return {"estimate": f"{head} {unit}" if space and unit.isalpha() else number, "interval": interval}


def money(effect: MoneyValue | None, *, loc: Loc) -> Mapping[str, str] | None:
    """Return an amount and its interval as two texts, or None where the effect is not an amount."""
    if effect is None or effect.kind != "money" or not isinstance(effect.value, float | int):
        return None
    amount = Money(effect.value, effect.currency)
    if effect.low is None or effect.high is None:
        return {"amount": amount.text(loc), "interval": ""}
    ends = (amount.one(effect.low, loc), amount.one(effect.high, loc))
    return {"amount": amount.text(loc), "interval": interval_text(*ends, loc), "level": loc.share(EFFECT_LEVEL)}


def report_variables(document: Document) -> dict[str, Any]:
    """Return what the report's template needs."""
    anchors = document.anchors
    client = document.cover.client

    def drawing(shown: Shown, wide: bool) -> Markup:
        shape = shown.shape
        assert isinstance(shape, FigureShape)
        return clean_svg(
            shape.svg if wide else shape.svg_narrow,
            prefix=f"{shown.anchor}-{'w' if wide else 'n'}-",
            title=shape.title,
            description=shape.alt,
        )

    return surroundings(document.cover.language, document.cover.accent) | {
        "document": document,
        "cover": document.cover,
        "opening": opening(document.findings),
        "drawing": drawing,
        "download": lambda shape: csv_link(shape.columns, shape.rows, language=document.cover.language),
        "file_name": lambda shape: file_name(client, shape.key),
        "markdown": lambda text, level=2: to_html(text, anchors=anchors, level=level),
        "kind": lambda part: part.type,
    }
