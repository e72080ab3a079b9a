"""The catalogues: every sentence in every language, with the same values in it."""

import ast
import gettext
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from salesaudit import i18n
from salesaudit.i18n import LANGUAGES

ROOT = Path(__file__).parents[1]
LOCALE = Path(i18n.__file__).with_name("locale")
TRANSLATED = [language for language in LANGUAGES if language != "en"]
NBSP = "\u00a0"


def folder(language: str) -> Path:
    return LOCALE / LANGUAGES[language] / "LC_MESSAGES"


@cache
def catalogue(language: str) -> Catalog:
    with (folder(language) / "salesaudit.po").open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def messages(language: str) -> Iterator[Message]:
    return (m for m in catalogue(language) if m.id)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Collect the sentences of code, templates and notebooks as `make messages` does."""
    target = tmp_path_factory.mktemp("messages") / "salesaudit.pot"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = re.search(r"pybabel (.*?extract.*?) -o \S+ (.*)", makefile)
    here = [str(ROOT / name) for name in words[2].split()]
    options = [str(ROOT / w) if w == "pyproject.toml" else w for w in words[1].split()]
    CommandLineInterface().run(["pybabel", *options, "-o", str(target), *here])
    with target.open("rb") as file:
        return read_po(file)


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_the_sources_hold_sentences(extracted: Catalog) -> None:
    """The comparisons below cannot pass by finding nothing: code, templates and notebooks all give sentences."""
    places = {Path(file).suffix for message in extracted for file, _ in message.locations}
    assert places == {".py", ".j2", ".ipynb"}
    assert len(extracted) > 1000


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_in_the_catalogue(language: str, extracted: Catalog) -> None:
    """No sentence is forgotten and none is left over; cure: `make messages`, then translate."""
    assert {m.id for m in extracted if m.id} == {m.id for m in messages(language)}
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    """A missing or doubtful translation would show English in the middle of a report, silently."""
    assert [singular(m) for m in messages(language) if m.fuzzy or not all(f.strip() for f in forms(m))] == []
    plural = [m for m in messages(language) if not isinstance(m.id, str)]
    assert plural
    assert {len(forms(m)) for m in plural} == {2}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_copied(language: str) -> None:
    """A translation of four words or more that equals the English is English."""
    literature = re.compile(r"\(\d{4}|doi|et al\.")
    copied = [singular(m) for m in messages(language) if singular(m) in forms(m) and len(singular(m).split()) > 3]
    assert [text for text in copied if not literature.search(text) and re.search(r"[a-z]{3}", _bare(text))] == []


def _bare(template: str) -> str:
    """Return what is left of a template without its placeholders, code words and proper names."""
    return re.sub(r"\{\w+\}|`[^`]*`|\b[A-Z]\w+", "", template)


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_the_same(language: str) -> None:
    """No number is lost in translation, and none is asked for that the code does not give."""
    wrong = []
    for m in messages(language):
        if isinstance(m.id, str):
            same = names(m.id) == names(m.string)
        else:  # one may be said in a word: "a visit", "one visit"
            same = all(names(m.id[0]) <= names(form) <= names(m.id[1]) | names(m.id[0]) for form in m.string)
        if not same:
            wrong.append(singular(m))
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_numbers_are_written_as_the_language_does(language: str) -> None:
    """Literal numbers follow the language: space before per cent, decimal comma, real minus signs."""
    for m in messages(language):
        for form in forms(m):
            text = re.sub(r"\{\w+\}|`[^`]*`", "", form)
            assert not re.search(r"\d[ ]?%", text), f"a no-break space before per cent: {form}"
            assert not re.search(r"(?<![\d.])\d\.\d+(?!\.)(?=\s|$|[,;:)])", text) or "(" in form, (
                f"decimal comma: {form}"
            )
            assert not re.search(r"(?<=[\s(])-\d", text), f"real minus sign: {form}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_the_one_that_is_read(language: str) -> None:
    """What the program loads is what stands in the text file; cure: `make messages`."""
    with (folder(language) / "salesaudit.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for m in messages(language):
        if isinstance(m.id, str):
            assert compiled.gettext(m.id) == m.string
        else:
            assert [compiled.ngettext(*m.id, n) for n in (1, 2)] == forms(m)


def dynamic(source: str) -> list[int]:
    """Return the lines where a sentence is not written out, so that it cannot be collected."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("message", "nmessage"):
            texts = node.args[: 1 if node.func.id == "message" else 2]
            if not all(isinstance(t, ast.Constant) and isinstance(t.value, str) for t in texts) or not texts:
                lines.append(node.lineno)
    return lines


def test_every_sentence_is_written_out() -> None:
    """A sentence that is put together at run time could not be translated."""
    found = {p.name: dynamic(p.read_text(encoding="utf-8")) for p in (ROOT / "lib" / "salesaudit").rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert dynamic('message(f"{x} visits")\nmessage("a" "b")\nnmessage("a", word, 1)') == [1, 3]
