"""Reports in four languages: nothing is left in English, and every number of every sentence can be found."""

import json
import re
import string
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from inprocess import STEMS, executed, in_language
from salesaudit import figure, i18n, load, report
from salesaudit.dataset import SalesData
from salesaudit.example import write_client
from salesaudit.report import Page, findings_json, read, render_index

LANGUAGES = ("en", "sv", "da", "nb")
ENGLISH = re.compile(
    r"\b(the|of|with|which|that|than|from|were|was|is|are|not|sellers?|customers?|visits?|opportunit(?:y|ies)|orders|"
    r"weeks?|months?|without|every|because|Source|Figure|Table|Download|Missing|rows)\b"
)
"""Words that no Swedish, Danish or Norwegian sentence holds."""


class Visible(HTMLParser):
    """The words that a reader sees or hears: text, alternative texts, labels; code in <code> is not prose."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("style", "code", "script")
        self.words += [value for name, value in attrs if name in ("aria-label", "title", "alt") and value]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "code", "script")

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.words.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SalesData:
    """Return the data of a small example client."""
    folder = tmp_path_factory.mktemp("client") / "smallco"
    write_client(folder, scenario="small")
    return load(str(folder))


@pytest.fixture(scope="module")
def reports(small: SalesData) -> Iterator[Any]:
    """Return a function that gives the six executed notebooks of the small client in a language."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        blank = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
        monkeypatch.setattr(figure, "svg", lambda canvas: blank)  # the words of drawings are seen to below

        @cache
        def made(language: str) -> dict[str, Any]:
            data = in_language(small, language)
            return {stem: executed(stem, data, monkeypatch) for stem in STEMS}

        yield made


def pages(notebooks: dict[str, Any]) -> list[Page]:
    return [Page(stem, "done", read(nb)) for stem, nb in notebooks.items()]


@pytest.mark.parametrize(
    "language", ["sv", *(pytest.param(language, marks=pytest.mark.slow) for language in ("da", "nb"))]
)
def test_no_english_word_is_left(reports: Any, small: SalesData, language: str) -> None:
    """A Swedish report with one English sentence in it looks like nobody read it."""
    made = reports(language)
    html = {stem: report.render(nb) for stem, nb in made.items()}
    html["index"] = render_index(pages(made), client="Smallco", language=language)
    names = client_words(small)
    left = {
        (stem, text)
        for stem, page in html.items()
        for text in Visible(page).words
        if ENGLISH.search(_without(text, names)) and not re.search(r"\(\d{4}\)", text)  # literature keeps its title
    }
    assert sorted(left) == []
    assert all(f'<html lang="{language}"' in page for page in html.values())


def client_words(data: SalesData) -> list[str]:
    """Return what the client wrote: names of files, headers, every text of every table; the longest first."""
    words = {data.client.settings.name, *data.client.settings.categories}
    words |= {value for name in ("file", "column", "header") for value in data.mapping.get(name, [])}
    words |= {s.file for s in data.sources} | {s.sheet for s in data.sources if s.sheet}
    for frame in data.tables.values():
        for column in frame.select_dtypes(include=["object", "string"]):
            texts = set(frame[column].dropna().unique())
            words |= texts | {word for text in texts for word in text.split()}  # a drawing breaks names into lines
    return sorted((str(word) for word in words if word), key=len, reverse=True)


def _without(text: str, names: list[str]) -> str:
    """Return the text without the client's words, taken as whole words, and without check sums."""
    text = re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{16})\b", "", text)
    for name in names:
        if name in text:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text)
    return text


class Masked(i18n.gettext.NullTranslations):
    """A language in which every letter of every sentence is a middle dot, and only values keep theirs."""

    def gettext(self, message: str) -> str:
        table = str.maketrans(string.ascii_letters, "·" * len(string.ascii_letters))
        return "".join(
            part if part.startswith("{") else part.translate(table) for part in re.split(r"(\{\w+\})", message)
        )

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


ALLOWED = re.compile(
    r"SEK|SHA(?:-25)?|mn|md|[A-Z]{2}-\d\d[a-z]?|R|P|K[1-4]|n|och|"
    r"jan|feb|mars?|apr|maj|juni?|juli?|aug|sep|okt|nov|dec|januari|februari|april|augusti|september|oktober|november|december"
)
"""Codes, units, and what comes from the language's own rules: months, and the "and" of lists."""


def test_every_word_comes_from_a_catalogue(small: SalesData, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that is built past the catalogues would stay English in every language."""
    from salesaudit.report import document, page, summary

    masked = Masked()
    for module in (i18n, document, page, summary):
        monkeypatch.setattr(module, "catalogue", lambda language: masked)
    data = in_language(small, "sv")
    names = client_words(data)
    left: dict[str, set[str]] = {}
    for stem in STEMS:
        for text in Visible(report.render(executed(stem, data, monkeypatch))).words:
            for word in re.findall(r"[A-Za-zÅÄÖåäö]+(?:-\d\d[a-z]?)?", _without(text, names)):
                if not ALLOWED.fullmatch(word):
                    left.setdefault(word, set()).add(f"{stem}: {text}")
    assert left == {}


LITERATURE = re.compile(r"\(\d{4}\)")
CATEGORY = re.compile(r"[Cc]ategor(?:y|ies) (?:1|2R|2P|3)(?:(?:, | and | or )(?:1|2R|2P|2|3))*|\b(?:2R|2P)\b")
WORDS_WITH_DIGITS = re.compile(
    r"SHA-256|1\.23E\+15|\b15 and of 18 characters|\.0\b|\bper 100\b|\b100 per cent\b|Auditing 500|Points of 100|"
    r"\b100 or 0\b|\bpromised over won is 1\b|\b1 − |\(1/failures|; 3: neither"
)
"""Names of standards, codes of categories, and 0, 1 and 100 as plain words."""


def test_every_number_of_every_sentence_is_in_findings_json(reports: Any) -> None:
    """Prose and numbers cannot drift apart: what a sentence says stands beside it as a value."""
    document = json.loads(json.dumps(findings_json(pages(reports("en")), client="Smallco", language="en")))
    checked, left = 0, []
    for place, texts, values in _sentences(document):
        for name, text in texts.items():
            said = sorted((v["text"] for v in values.get(name, {}).values()), key=len, reverse=True)
            bare = text
            for value in said:
                bare = bare.replace(value, "")
            checked += 1
            for allowed in (CATEGORY, WORDS_WITH_DIGITS):
                bare = allowed.sub("", bare)
            if re.search(r"\d", bare) and not LITERATURE.search(bare):
                left.append(f"{place}/{name}: {text}")
    assert checked > 300
    assert left == []


def _sentences(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    parts = ("title", "condition", "criterion", "recommendation", "needs", "effect", "effect_of")
    for finding in document["findings"]:
        amount = {"effect": {"amount": finding["effect_value"]}} if finding["effect_value"] else {}
        yield finding["code"], {p: finding[p] for p in parts if finding[p]}, finding["values"] | amount
    for page in document["reports"]:
        for sentence in page["sentences"]:
            yield f"{page['notebook']}/{sentence['place']}", sentence["texts"], sentence["values"]
