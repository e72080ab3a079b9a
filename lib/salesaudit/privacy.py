"""What a report may tell about sellers in each edition, and the mask over their names and ids.

The mask works on text as it leaves: whatever a client has written a seller's name into (a file name, a customer, a
comment of the consultant) comes out with the seller's label. It knows the forms in which people write each other:
"Anna Svensson", "Svensson, Anna", "A. Svensson", "anna.svensson@acme.se", with or without accents.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from salesaudit.format import Loc
from salesaudit.i18n import LANGUAGES, message

PSEUDONYMISED, TEAM, NAMED = EDITIONS = ("pseudonymised", "team", "named")
FEWEST = 5
"""A group of fewer sellers is not shown in the team edition: what it does could be told of one of them."""
A_SELLER = message("[seller]")
SUPPRESSED = message("n < {least}", least=FEWEST)
HIDDEN = message("not shown")

DRAWINGS = ("svg", "svg_narrow", "image/svg+xml")
CODES = ("type", "key", "see", "kind", "code", "severity")
"""Fields that hold words of the code and never a client's."""
REMEMBERED = 50_000
"""So many texts are remembered with their masked form: the same cells come again and again."""


def is_seller_column(table: str, column: str) -> bool:
    """Return whether a canonical column says which seller a row is about."""
    return column.endswith("seller_id") or (table, column) == ("targets", "scope_id")


def as_seen(text: str) -> str:
    """Return text as a reader of the page sees it: entities resolved, without invisible characters."""
    return "".join(c for c in html.unescape(text) if unicodedata.category(c) != "Cf")


@dataclass(frozen=True)
class Mask:
    """Names and ids of sellers, each with the label that stands in its place.

    Parameters
    ----------
    people : tuple of (str, str)
        A name or an id, and the label of that seller. Empty where sellers may be named: nothing is then masked.
    other : str
        Stands for a word that fits several sellers.
    labels : frozenset of str
        Labels that must not be seen either (team edition); `other` stands in their place.
    """

    people: tuple[tuple[str, str], ...] = ()
    other: str = ""
    labels: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        """Return text without names: whole names in every form, codes of sellers, and cells that are nothing else."""
        if not self.people and not self.labels:
            return text
        known = self._remembered.get(text)
        if known is None:
            if len(self._remembered) > REMEMBERED:
                self._remembered.clear()
            seen = as_seen(text)
            masked = self._without(seen, self._names)
            known = self._remembered[text] = text if masked == seen else masked
        return known

    def place(self, text: str) -> str:
        """Return a file name or another short client text, where a first or a last name alone gives a seller away."""
        return self._without(text, self._parts) if self.people or self.labels else text

    def drawing(self, svg: str) -> str:
        """Return a drawing with its words masked."""
        return re.sub(
            r">([^<>]+)<", lambda found: f">{html.escape(self.text(html.unescape(found[1])), quote=False)}<", svg
        )

    def shows_labels(self, text: str) -> bool:
        """Return whether a label that must not be seen stands in a text."""
        return bool(self.labels) and bool(self._labels.search(text))

    def document(self, document: Any) -> Any:
        """Return a document with every text in it masked; keys, words of the code and numbers stay."""
        if isinstance(document, str):
            return self.text(document)
        if isinstance(document, Mapping):
            return {k: v if k in CODES else self._field(k, v) for k, v in document.items()}
        if isinstance(document, list | tuple):
            return [self.document(part) for part in document]
        return document

    def _field(self, name: str, value: Any) -> Any:
        return self.drawing(value) if name in DRAWINGS and isinstance(value, str) else self.document(value)

    @cached_property
    def _remembered(self) -> dict[str, str]:
        return {}

    @cached_property
    def _labels(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"(?<!\w){re.escape(label)}(?!\d)" for label in sorted(self.labels)) or r"(?!)")

    @cached_property
    def _names(self) -> list["_Sought"]:
        return list(_whole(self.people))

    @cached_property
    def _parts(self) -> list["_Sought"]:
        return [*self._names, *_single(self.people, self.other)]

    @cached_property
    def _exact(self) -> dict[str, str]:
        return {fold(word)[0]: label for word, label in self.people if any(c.isalpha() for c in word)}

    def _without(self, text: str, sought: Iterable["_Sought"]) -> str:
        if self.labels:
            text = self._labels.sub(self.other, text)
        folded, places = fold(text)
        alone = re.sub(r":\d+$", "", folded.strip())  # the id of a row may be its file and line
        if alone in self._exact:
            return self._exact[alone] + folded.strip()[len(alone) :]
        spans = []
        for what in sought:
            if any(word in folded for word in what.words):
                spans += [
                    (places[found.start()], places[found.end() - 1] + 1, what.label)
                    for found in what.pattern.finditer(folded)
                ]
        return _replaced(text, [s for s in spans if _stands_alone(text, s[0], s[1])])


def _replaced(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """Return text with the longest of the spans that overlap replaced."""
    done, result = 0, []
    for start, end, label in sorted(spans, key=lambda s: (s[0], -s[1])):
        if start >= done:
            result += [text[done:start], label]
            done = end
    return "".join([*result, text[done:]])


@dataclass(frozen=True)
class _Sought:
    """A pattern in folded text, words of which one must be there before it is worth trying, and the label."""

    words: tuple[str, ...]
    pattern: re.Pattern[str]
    label: str


_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ł": "l", "ß": "ss", "œ": "oe", "ð": "d", "þ": "th"})
_DOUBLE = str.maketrans({"å": "aa", "ä": "ae", "ö": "oe", "ø": "oe", "æ": "ae", "ü": "ue"})
_SINGLE = str.maketrans({"æ": "a", "œ": "o"})


def fold(text: str) -> tuple[str, list[int]]:
    """Return text in small letters without accents, and for each of its characters the place in `text`."""
    folded, places = [], []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFD", character.lower()):
            if not unicodedata.combining(part):
                for letter in part.translate(_LETTERS):
                    folded.append(letter)
                    places.append(place)
    return "".join(folded), places


def spellings(word: str) -> tuple[str, ...]:
    """Return the ways in which a word is written without accents: Öberg as oberg and oeberg."""
    small = unicodedata.normalize("NFC", word).lower()
    return tuple(dict.fromkeys(fold(w)[0] for w in (small, small.translate(_DOUBLE), small.translate(_SINGLE))))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether no word goes on before or after; a capital in the middle and a genitive s do not count."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if before.isalpha() and not (before.islower() and text[start].isupper()):
        return False
    if not after.isalpha() or (text[end - 1].islower() and after.isupper()):
        return True
    return after in "sS" and not text[end + 1 : end + 2].isalpha()


def _letters(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text))


def _is_name(text: str) -> bool:
    """Return whether a text is the name of a person in two words or more, and no code."""
    words = _letters(text)
    return len(words) > 1 and sum(len(w) > 1 for w in words) > 1 and not any(c.isdigit() for c in text)


def _whole(people: Iterable[tuple[str, str]]) -> Iterator[_Sought]:
    """Yield whole names in every form, and codes that are no words."""
    for text, label in people:
        local, _, domain = text.partition("@")
        if _is_name(local):
            yield from _forms(_letters(local), label)
        if domain or (len(text) >= 4 and any(map(str.isalpha, text)) and any(map(str.isdigit, text))):
            code = fold(text)[0]
            yield _Sought((code,), re.compile(rf"(?<![^\W_]){re.escape(code)}(?![^\W_])"), label)


def _forms(words: list[str], label: str) -> Iterator[_Sought]:
    spelt = ["(?:" + "|".join(map(re.escape, spellings(word))) + ")" for word in words]
    first, *_, last = spelt
    orders = [spelt, [first, last], [last, first], [last, *spelt[:-1]]]
    gap = r"[\W_]{0,3}" if sum(map(len, words)) >= 7 else r"[\W_]{1,3}"
    forms = {gap.join(order): None for order in orders}
    if len(words[-1]) >= 4:
        forms[rf"{spellings(words[0])[0][0]}[\W_]{{0,2}}{last}"] = None
    pattern = "(?:" + "|".join(sorted(forms, key=len, reverse=True)) + r")(?:@[\w.-]*\w)?"
    yield _Sought(spellings(words[-1]), re.compile(pattern), label)


def _single(people: Iterable[tuple[str, str]], other: str) -> Iterator[_Sought]:
    """Yield single words: ids and names of one word, and the parts of names; months are no names in a file name."""
    found: dict[str, set[str]] = {}
    for text, label in people:
        local = text.partition("@")[0]
        parts = [w for w in _letters(local) if len(w) >= 3] if _is_name(local) else [local]
        for part in parts:
            for word in spellings(part):
                found.setdefault(word.strip(), set()).add(label)
    for word, labels in found.items():
        year = re.fullmatch(r"(19|20)\d\d", word)
        if len(word) >= (4 if word.isdigit() else 2) and not year and word not in _months():
            pattern = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])" if not word.isalpha() else re.escape(word))
            yield _Sought((word,), pattern, labels.pop() if len(labels) == 1 else other)


@cache
def _months() -> frozenset[str]:
    days = [(Loc(language), date(2025, month, 1)) for language in LANGUAGES for month in range(1, 13)]
    return frozenset(fold(loc.day(day, style))[0].strip(".") for loc, day in days for style in ("MMMM", "MMM"))
