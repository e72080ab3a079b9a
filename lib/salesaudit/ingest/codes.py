"""Words of the client -> canonical codes: client.toml first, then the words known in four languages."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from salesaudit.client import Settings
from salesaudit.ingest.mapping import plain
from salesaudit.ingest.parsed import Distinct, Parsed, by_distinct

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
    "verification.meeting_happened": "yesno",
    "verification.purpose_achieved": "yesno",
    "support_functions.exists": "achieved",
    "scorecard.entity_type": "entity",
}
"""Coded columns and the topic of words.csv that explains them."""
SHORTEST_KEYWORD = 4
"""Known words shorter than this must be the whole cell; longer ones may be part of it."""


@cache
def words(topic: str) -> Mapping[str, str]:
    """Return the known words of a topic: plain word -> code."""
    path = files("salesaudit.ingest") / "words.csv"
    with path.open(encoding="utf-8") as handle:
        frame = pd.read_csv(handle, dtype="str", keep_default_na=False)
    frame = frame[frame["topic"] == topic]
    return dict(zip(frame["word"].map(plain), frame["code"], strict=True))


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
    explained = {plain(word): code for word, code in given.items()}
    known = words(TOPICS[f"{table}.{column}"]) if f"{table}.{column}" in TOPICS else {}
    keywords = settings.purpose_keywords if column == "purpose_planned" else {}

    def read(texts: pd.Series) -> pd.Series:
        bare = _words_of(texts)
        found = _translated(bare, explained)
        if allowed:
            found = found.fillna(texts.where(texts.isin(allowed)))
            folded = {code.casefold(): code for code in allowed}
            found = found.fillna(_translated(texts.str.casefold(), folded))
        found = found.fillna(_translated(bare, known))
        if column == "purpose_planned":
            found = found.fillna(by_keyword(texts, keywords)).fillna(_by_part(bare, known))
        return found if allowed else found.fillna(texts)

    parsed = by_distinct(cells, read, dtype="str", reason="code")
    if allowed:
        wrong = parsed.values.notna() & ~parsed.values.isin(allowed)
        return Parsed(parsed.values.where(~wrong), parsed.bad | wrong.to_numpy(), parsed.reason)
    return parsed


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


def purposes_from_subject(subjects: pd.Series, settings: Settings) -> pd.Series:
    """Return purpose codes that the keywords of client.toml find in the subject; missing elsewhere."""
    distinct = Distinct.of(subjects.fillna(""))
    return distinct.spread(by_keyword(distinct.texts, settings.purpose_keywords))


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
