"""The only place where numbers become text.

`Loc` repairs what Babel leaves undone: real minus signs, no negative zero, the locale's own spacing before the
percent sign, ISO currency codes after the amount. The typed values (`Count`, `Share`, `Money` ...) carry their
interval and know how to write themselves.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any, ClassVar

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from salesaudit.i18n import LANGUAGES, as_text, message

NBSP = "\u00a0"
MINUS = "\u2212"
NOT_KNOWN = "–"
MAGNITUDES = {
    "en": ("million", "billion"),
    "sv": ("mn", "md"),
    "da": ("mio.", "mia."),
    "nb": ("mill.", "mrd."),
}
"""Words for a million and a thousand million."""


def significant_decimals(value: float, digits: int) -> int:
    """Return how many decimals show `digits` significant digits of `value`, never below zero."""
    if value == 0 or not math.isfinite(value):
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


_locale = cache(Locale.parse)


@dataclass(frozen=True)
class Loc:
    """One report language with its rules for numbers and dates.

    Parameters
    ----------
    language : {"en", "sv", "da", "nb"}
    """

    language: str = "en"

    @property
    def locale(self) -> Locale:
        return _locale(LANGUAGES[self.language])

    def number(self, value: float | None, *, decimals: int | None = None, digits: int = 3) -> str:
        """Return a number with `decimals`, or with `digits` significant digits; integers above that in full."""
        if value is None or not math.isfinite(value):
            return NOT_KNOWN
        places = significant_decimals(value, digits) if decimals is None else decimals
        rounded = round(float(value), places) + 0.0  # + 0.0 turns -0.0 into 0.0
        text = format_decimal(rounded, format="#,##0" + ("." + "0" * places if places else ""), locale=self.locale)
        return text.replace("-", MINUS)

    def share(self, value: float | None, *, decimals: int | None = None) -> str:
        """Return a share (0-1) as per cent, by default with two to three significant digits."""
        if value is None or not math.isfinite(value):
            return NOT_KNOWN
        if decimals is None:
            decimals = 1 if abs(value) < 0.0995 and value != 0 else 0
        space = NBSP if self.language != "en" else ""
        return f"{self.number(100 * value, decimals=decimals)}{space}%"

    def money(self, value: float | None, currency: str, *, digits: int = 3) -> str:
        """Return an amount with `digits` significant digits and the ISO code after it."""
        if value is None or not math.isfinite(value):
            return NOT_KNOWN
        magnitude = abs(value)
        scale, unit = self.money_unit(magnitude, currency)
        if scale > 1:
            return f"{self.number(value / scale, digits=digits)}{NBSP}{unit}"
        places = max(0, math.floor(math.log10(magnitude)) - digits + 1) if magnitude >= 1 else 0
        return f"{self.number(round(value, -places), decimals=0)}{NBSP}{unit}"

    def money_unit(self, magnitude: float, currency: str) -> tuple[float, str]:
        """Return by what to divide amounts of this size, and what is counted then: ``(1e6, "million SEK")``."""
        for scale, word in zip((1e9, 1e6), reversed(MAGNITUDES[self.language]), strict=True):
            if magnitude >= scale:
                return scale, f"{word}{NBSP}{currency}"
        return 1.0, currency

    def day(self, value: date, style: str = "d MMMM y") -> str:
        """Return a date in the language's own order of words."""
        pattern = f"d.{style[1:]}" if self.language in ("da", "nb") and style.startswith("d ") else style
        return format_date(value, pattern, locale=self.locale)

    def month(self, value: date) -> str:
        """Return the short month and year, for axes and tables."""
        return format_date(value, "MMM y", locale=self.locale)

    def quarter(self, value: date, *, year: bool = True) -> str:
        """Return the quarter in its short form, for axes and tables; without the year where the axis shows it."""
        return format_date(value, "QQQ y" if year else "QQQ", locale=self.locale)

    def week(self, value: date) -> str:
        """Return week and year by ISO 8601, the same in every language: 1 January 2027 lies in week 53 of 2026."""
        year, week, _ = value.isocalendar()
        return message("week {week}, {year}", week=week, year=year).text(self)

    def list(self, items: Iterable[str]) -> str:
        """Return names as they stand in a sentence: "a, b and c"."""
        return format_list([str(i) for i in items], style="standard", locale=self.locale)


def _finite(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


class Value:
    """Base of the typed values: a number, perhaps with an interval, that can write itself."""

    kind: ClassVar[str] = "number"

    def one(self, value: float, loc: Loc) -> str:
        """Return one number of this kind as text."""
        raise NotImplementedError

    def text(self, loc: Loc) -> str:
        """Return the estimate with its interval in brackets."""
        estimate = self.one(self.value, loc)
        low, high = getattr(self, "low", None), getattr(self, "high", None)
        if _finite(low) is None or _finite(high) is None:
            return estimate
        return f"{estimate} ({interval_text(self.one(low, loc), self.one(high, loc), loc)})"

    def as_json(self, loc: Loc) -> dict[str, Any]:
        """Return kind, raw numbers and text."""
        raw = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            "kind": self.kind,
            **{k: _finite(v) if isinstance(v, int | float) else v for k, v in raw.items() if v is not None},
            "text": self.text(loc),
        }


def interval_text(low: str, high: str, loc: Loc) -> str:
    """Return "low–high" with their common unit once, in words where a minus sign would collide with the dash."""
    if MINUS in low or MINUS in high:
        return message("{low} to {high}", low=low, high=high).text(loc)
    unit = re.search(r"\D*$", high)[0]
    return f"{low.removesuffix(unit) if unit else low}–{high}"


def significant(value: float, digits: int = 3) -> float:
    """Return a number rounded to so many significant digits."""
    return (
        value
        if value == 0 or not math.isfinite(value)
        else round(value, digits - 1 - math.floor(math.log10(abs(value))))
    )


def cell_text(value: float, kind: str, loc: Loc) -> str:
    """Return a number of a table's column as text; `kind` is that of the column."""
    match kind:
        case "count" | "days" | "money":
            return loc.number(value, decimals=0)
        case "rate":
            return loc.number(value, decimals=1)
        case "number":
            return loc.number(value)
        case "share":
            return loc.share(value)
        case "pvalue":
            return PValue(value).one(value, loc)
    raise ValueError(f"no number is of kind {kind!r}")


@dataclass(frozen=True)
class Number(Value):
    """A plain number with three significant digits."""

    value: float
    low: float | None = None
    high: float | None = None
    decimals: int | None = None

    def one(self, value: float, loc: Loc) -> str:
        return loc.number(value, decimals=self.decimals)


@dataclass(frozen=True)
class Count(Value):
    """A whole number of things, written in full."""

    value: int
    kind: ClassVar[str] = "count"

    def one(self, value: float, loc: Loc) -> str:
        return loc.number(value, decimals=0)


@dataclass(frozen=True)
class Rate(Value):
    """Events per unit of exposure; the unit stands in the sentence. One decimal, two below one."""

    value: float
    low: float | None = None
    high: float | None = None
    kind: ClassVar[str] = "rate"

    def one(self, value: float, loc: Loc) -> str:
        return loc.number(value, decimals=1 if abs(value) >= 1 else 2)


@dataclass(frozen=True)
class Share(Value):
    """A share between 0 and 1, written in per cent."""

    value: float
    low: float | None = None
    high: float | None = None
    kind: ClassVar[str] = "share"

    def one(self, value: float, loc: Loc) -> str:
        return loc.share(value)


@dataclass(frozen=True)
class Money(Value):
    """An amount in a currency."""

    value: float
    currency: str
    low: float | None = None
    high: float | None = None
    kind: ClassVar[str] = "money"

    def one(self, value: float, loc: Loc) -> str:
        return loc.money(value, self.currency)


@dataclass(frozen=True)
class Days(Value):
    """A duration in days."""

    value: float
    low: float | None = None
    high: float | None = None
    kind: ClassVar[str] = "days"

    def one(self, value: float, loc: Loc) -> str:
        return loc.number(value, decimals=0)


@dataclass(frozen=True)
class PValue(Value):
    """A p-value or q-value; never `0.000`."""

    value: float
    kind: ClassVar[str] = "pvalue"

    def one(self, value: float, loc: Loc) -> str:
        if not math.isfinite(value):
            return NOT_KNOWN
        return f"< {loc.number(0.001, decimals=3)}" if value < 0.001 else loc.number(value, digits=2)


@dataclass(frozen=True)
class Listed(Value):
    """Names or phrases in a row: "a, b and c"; `others` counts those that are not named."""

    value: tuple[Any, ...]
    others: int = 0
    kind: ClassVar[str] = "list"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", tuple(self.value))

    def text(self, loc: Loc) -> str:
        rest = [message("{n} more", n=Count(self.others))] if self.others else []
        return loc.list(as_text(item, loc) for item in (*self.value, *rest))

    def as_json(self, loc: Loc) -> dict[str, Any]:
        named = [as_text(item, loc) for item in self.value]
        return {"kind": self.kind, "value": named, "others": self.others, "text": self.text(loc)}


@dataclass(frozen=True)
class Day(Value):
    """A date."""

    value: date
    kind: ClassVar[str] = "day"

    def one(self, value: date, loc: Loc) -> str:
        return loc.day(value)

    def as_json(self, loc: Loc) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value.isoformat()[:10], "text": self.text(loc)}


@dataclass(frozen=True)
class Week(Day):
    """The week that a date lies in, by ISO 8601."""

    def one(self, value: date, loc: Loc) -> str:
        return loc.week(value)
