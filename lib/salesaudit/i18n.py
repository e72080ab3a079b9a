"""Sentences that can be translated, and the catalogues that translate them.

A `Message` is an English template with named placeholders and typed values. It becomes text only when it is
shown, in the language of the report, so that prose and numbers cannot drift apart.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

LANGUAGES = {"en": "en_GB", "sv": "sv_SE", "da": "da_DK", "nb": "nb_NO"}
"""Report language -> full locale. Bare `sv` and `no` would use the wrong week rules."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the compiled catalogue of a language; English is the source and has none."""
    return gettext.translation(
        "salesaudit", Path(__file__).with_name("locale"), languages=[LANGUAGES[language]], fallback=True
    )


@dataclass(frozen=True)
class Message:
    """A translatable template with named values.

    Parameters
    ----------
    template : str
        English text with named placeholders: ``"{n} of {all} visits"``.
    values : mapping
        A value for each placeholder: a typed value of `format`, another message, or plain text.
    plural, count
        The plural template and the number that chooses between the two.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        for template in filter(None, (self.template, self.plural)):
            wanted = placeholders(template)
            if missing := wanted - set(self.values):
                raise ValueError(f"message {template!r} has no value for {sorted(missing)}")

    def text(self, loc: Any) -> str:
        """Return the sentence in the language of `loc` (a `format.Loc`)."""
        translations = catalogue(loc.language)
        if self.plural is None:
            template = translations.gettext(self.template)
        else:
            template = translations.ngettext(self.template, self.plural, self.count)
        return template.format_map({name: as_text(value, loc) for name, value in self.values.items()})


def placeholders(template: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def as_text(value: Any, loc: Any) -> str:
    """Return any value of a message as text: typed values format themselves, the rest is plain text."""
    return value.text(loc) if hasattr(value, "text") else str(value)


def message(template: str, **values: Any) -> Message:
    """Return a translatable message; the template is found by the extractor."""
    return Message(template, values)


def nmessage(singular: str, plural: str, count: int, **values: Any) -> Message:
    """Return a message whose wording depends on a number."""
    return Message(singular, values, plural=plural, count=int(count))
