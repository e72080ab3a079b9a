"""Words of the client -> canonical codes: client.toml first, then the words known in four languages."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from salesaudit.client import Settings
from salesaudit.format import Loc
from salesaudit.i18n import LANGUAGES
from salesaudit.ingest.mapping import plain
from salesaudit.ingest.parsed import Distinct, Parsed
from salesaudit.ingest.sheets import NATIVE
from salesaudit.words import ANSWERS

TOPICS = {
    "opportunities.status": "status",
    "opp_snapshots.status": "status",
    "visits.purpose_planned": "purpose",
    "visits.purpose_achieved": "achieved",
    "visits.channel": "channel",
    "orders.channel": "order_channel",
    "activities.type": "activity",
    "sellers.country": "country",
    "customers.country": "country",
    "sellers.profile": "profile",
    "targets.scope": "scope",
    "targets.period": "period",
    "verification.outcome": "reached",
    "verification.meeting_happened": "yesno",
    "verification.purpose_achieved": "yesno",
    "support_functions.exists": "achieved",
    "time_use.category": "time",
    "beliefs.item": "belief",
    "targets.activity_type": "counted",
    "scorecard.entity_type": "entity",
}
"""Coded columns and the topic of words.csv that explains them."""
BY_CLIENT, BY_CODE, BY_WORD, BY_SETTING, BY_PART, AS_IT_IS, UNKNOWN = (
    "client.toml",
    "the code itself",
    "known word",
    "purpose_keywords",
    "by keyword",
    "as it stands",
    "unknown",
)
"""How the meaning of a word was found, the surest first."""
SHORTEST_KEYWORD = 4
"""Known words shorter than this must be the whole cell; longer ones may be part of it."""


@cache
def words(topic: str) -> Mapping[str, str]:
    """Return the known words of a topic, those of our own forms in every language included: plain word -> code."""
    path = files("salesaudit.ingest") / "words.csv"
    with path.open(encoding="utf-8") as handle:
        frame = pd.read_csv(handle, dtype="str", keep_default_na=False)
    frame = frame[frame["topic"] == topic]
    known = dict(zip(frame["word"].map(plain), frame["code"], strict=True))
    answers = ANSWERS.get(topic, {})
    ours = {plain(m.text(Loc(name))): code for name in LANGUAGES for code, m in answers.items()}
    ours |= {plain(code): code for code in answers}
    return ours | known


def client_words(table: str, column: str, settings: Settings) -> dict[str, str]:
    """Return what client.toml says about the words of one column."""
    if (table, column) == ("visits", "purpose_planned"):
        return dict(settings.purposes)
    if column in ("status", "stage"):
        return dict(settings.stages)
    if (table, column) == ("customers", "client_category"):
        return dict(settings.categories)
    return {}


def codes(
    cells: pd.Series, *, table: str, column: str, allowed: tuple[str, ...], given: Mapping[str, str], settings: Settings
) -> Parsed:
    """Return a coded column; a word without known meaning is bad, unless the column takes any word.

    Parameters
    ----------
    cells : Series of str
    table, column : str
    allowed : tuple of str
        The codes; empty where any word will do.
    given : mapping
        The client's words for this column from client.toml; they win.
    """
    distinct = Distinct.of(cells)
    missing = distinct.missing
    texts = distinct.texts.str.replace(NATIVE, "", regex=False).where(~missing)
    found = pd.Series(np.nan, index=texts.index, dtype="str")
    how = pd.Series(UNKNOWN, index=texts.index, dtype="str")
    for name, meaning in _meanings(texts, f"{table}.{column}", allowed, given, settings):
        new = found.isna() & meaning.notna() & (meaning.isin(allowed) if allowed else True)
        found, how = found.where(~new, meaning), how.where(~new, name)
    bad = found.isna().to_numpy() & ~missing
    rows = np.bincount(distinct.codes, minlength=len(texts))
    book = pd.DataFrame({"word": texts, "code": found, "rows": rows, "how": how})[~missing]
    return Parsed(distinct.spread(found), bad[distinct.codes], "code", words=merged_words(book))


def _meanings(
    texts: pd.Series, place: str, allowed: tuple[str, ...], given: Mapping[str, str], settings: Settings
) -> Iterator[tuple[str, pd.Series]]:
    """Yield, the surest first, how meanings can be found and the meaning of each text."""
    bare = _words_of(texts)
    known = words(TOPICS[place]) if place in TOPICS else {}
    yield BY_CLIENT, _translated(bare, {plain(word): code for word, code in given.items()})
    if allowed:
        yield BY_CODE, _translated(texts.str.casefold(), {code.casefold(): code for code in allowed})
    yield BY_WORD, _translated(bare, known)
    if place.endswith(".purpose_planned"):
        yield BY_SETTING, by_keyword(texts, settings.purpose_keywords)
        yield BY_PART, _by_part(bare, known)
    if not allowed:
        yield AS_IT_IS, texts


def merged_words(book: pd.DataFrame) -> pd.DataFrame:
    """Return the words of a column, the commonest first, with spellings that only differ in spaces as one."""
    parts = book.groupby(["word", "code", "how"], dropna=False, sort=False, as_index=False)["rows"].sum()
    return parts.sort_values("rows", ascending=False, kind="stable", ignore_index=True)[["word", "code", "rows", "how"]]


def _words_of(texts: pd.Series) -> pd.Series:
    """Return texts without case and punctuation."""
    return texts.map(plain, na_action="ignore").astype("str")


def _translated(texts: pd.Series, book: Mapping[str, str]) -> pd.Series:
    """Return what a dictionary says about each text; missing where it says nothing."""
    return texts.map(book).astype("str")


def by_keyword(texts: pd.Series, keywords: Mapping[str, tuple[str, ...]]) -> pd.Series:
    """Return the code of the first keyword list of which a text contains a word, in the order of client.toml."""
    found = pd.Series(np.nan, index=texts.index, dtype="str")
    for code, parts in keywords.items():
        if not parts:
            continue
        pattern = "|".join(re.escape(part) for part in parts)
        hit = texts.str.contains(pattern, case=False, regex=True, na=False) & found.isna()
        found = found.where(~hit, code)
    return found


def _by_part(bare: pd.Series, known: Mapping[str, str]) -> pd.Series:
    """Return the code of the longest known word that stands inside a text."""
    parts = sorted((w for w in known if len(w) >= SHORTEST_KEYWORD), key=len, reverse=True)
    pattern = "(" + "|".join(map(re.escape, parts)) + ")"
    hits = bare.str.findall(pattern).map(lambda found: max(found, key=len) if found else None, na_action="ignore")
    return _translated(hits.astype("str"), known)


def purposes_from_subject(subjects: pd.Series, settings: Settings) -> Parsed:
    """Return purpose codes that the keywords of client.toml find in the subject; missing elsewhere."""
    distinct = Distinct.of(subjects.fillna(""))
    found = by_keyword(distinct.texts, settings.purpose_keywords)
    rows = np.bincount(distinct.codes, minlength=len(found))
    book = pd.DataFrame({"word": distinct.texts, "code": found, "rows": rows, "how": BY_SETTING})[found.notna()]
    return Parsed(distinct.spread(found), np.zeros(len(subjects), bool), words=merged_words(book))


def status_from_stage(stages: pd.Series, *, given: Mapping[str, str], settings: Settings) -> Parsed:
    """Return open, won or lost from the client's stages."""
    return codes(
        stages,
        table="opportunities",
        column="status",
        allowed=("open", "won", "lost"),
        given=settings.stages | dict(given),
        settings=settings,
    )
