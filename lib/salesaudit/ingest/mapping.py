"""Headers -> canonical columns, and files -> canonical tables.

client.toml is obeyed first; then the headers known for the usual systems and languages (aliases.csv, the order of
its lines being the preference); then headers that look nearly like a known one, with less confidence and a note.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

import pandas as pd

from salesaudit.client import SourceRule
from salesaudit.errors import UserError, nearest
from salesaudit.i18n import message
from salesaudit.schema import TABLES

ACCEPT = 0.4
"""Smallest score with which a file becomes a table without being told to."""
MARGIN = 0.05
"""By how much the best table must beat the next."""
NAMED = 0.5
"""Smallest likeness of a file's name with that of a table that counts."""
ENOUGH = 8
"""Matched columns with which a table is beyond doubt."""
SIMILAR = 0.86
"""Smallest likeness of a header that is taken for a known one."""
SHORTEST = 5
"""Headers shorter than this are never matched by likeness."""
HOW = {
    name: text.template
    for name, text in {
        "known": message("known header"),
        "similar": message("similar header"),
        "constant": message("constant"),
        "keywords": message("keywords in the subject"),
        "stage": message("derived from the stage"),
        "planned": message("derived from the planned date"),
        "name": message("the name"),
        "made": message("made from file and line"),
    }.items()
}
"""How a column was found, in English; `Message(how)` shows it in the language of a report."""
KNOWN = HOW["known"]
"""How a column was found whose header stands in aliases.csv."""
MADE_KEYS = ("visits", "activities", "quotes", "orders", "opportunities", "actions")
"""Tables whose id may be made from file and line."""
NAMED_KEYS = {"sellers": "name", "customers": "name"}
"""Tables whose names may serve as ids."""
STAND_INS = {
    ("opportunities", "status"): ("stage",),
    ("opp_snapshots", "status"): ("stage",),
    ("visits", "date"): ("start_time",),
    ("visits", "customer_id"): (),
}
"""Required columns that may be missing: derived from one of these others, or left empty."""
OURS_ONLY = ("verification_draws",)
"""Tables that only we write: no export is ever taken for one."""
SHARED = (("visits", "date", "start_time"),)
"""Two columns that one header may fill."""


def plain(header: str) -> str:
    """Return a header without case, punctuation and doubled spaces, to compare by."""
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", header).casefold())
    return words.strip()


@cache
def aliases() -> dict[str, dict[str, dict[str, int]]]:
    """Return table -> column -> known header -> rank; column "" holds the names of files."""
    path = files("salesaudit.ingest") / "aliases.csv"
    with path.open(encoding="utf-8") as handle:
        frame = pd.read_csv(handle, dtype="str", keep_default_na=False)
    known: dict[str, dict[str, dict[str, int]]] = {}
    for name, table in TABLES.items():
        known[name] = {"": {plain(name): 0}} | {column: {plain(column): 0} for column in table.names}
    for table, column, header in zip(frame["table"], frame["column"], frame["header"], strict=True):
        names = known[table][column]
        names.setdefault(plain(header), len(names))
    return known


@cache
def _all_headers() -> frozenset[str]:
    return frozenset(h for table in aliases().values() for column, names in table.items() if column for h in names)


def is_known(header: str) -> bool:
    """Return whether a header is known for any table."""
    return plain(header) in _all_headers()


@dataclass(frozen=True)
class Match:
    """Where one canonical column comes from."""

    header: str | None
    how: str
    confidence: float
    value: object = None


@dataclass(frozen=True)
class Mapping:
    """Which headers of one file become which columns of one table.

    Attributes
    ----------
    table : str
    matches : mapping of str to Match
        Canonical column -> its source.
    rivals : tuple
        (column, header not taken) where several headers could be the column.
    score : float
        How sure it is that the file is this table, 0-1.
    """

    table: str
    matches: dict[str, Match]
    rivals: tuple[tuple[str, str], ...] = ()
    score: float = 1.0
    missing: tuple[str, ...] = field(default=())

    @property
    def headers(self) -> set[str]:
        return {m.header for m in self.matches.values() if m.header is not None}


@dataclass(frozen=True)
class Doubt:
    """Why a file became no table although it looks like one: a required column is missing, or two tables fit."""

    tables: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """The doubt in a few words."""
        if self.missing:
            return f"looks like {self.tables[0]}, but has no {', '.join(self.missing)}"
        return f"it could be {' or '.join(self.tables)}"


def propose(headers: list[str], table: str, rule: SourceRule | None = None, *, where: str = "") -> Mapping:
    """Return the mapping of headers to one table.

    Raises
    ------
    UserError
        client.toml names a header that the file does not have; with the nearest one.
    """
    matches: dict[str, Match] = {}
    if rule:
        matches = {c: Match(_find(h, headers, c, where), "client.toml", 1.0) for c, h in rule.columns.items()}
        for column, value in rule.constants.items():
            matches[column] = Match(None, HOW["constant"], 1.0, value)
    taken = {m.header for m in matches.values()}
    free = {h: plain(h) for h in headers if h not in taken and h}
    known = {column: names for column, names in aliases()[table].items() if column and column not in matches}
    order = {column: n for n, column in enumerate(TABLES[table].names)}
    ranked = sorted(
        (names[text], order[column], column, header)
        for column, names in known.items()
        for header, text in free.items()
        if text in names
    )
    for _, _, column, header in ranked:
        if column not in matches and header in free:
            matches[column] = Match(header, KNOWN, 1.0)
            del free[header]
    rivals = tuple((column, header) for _, _, column, header in ranked if header in free and column in matches)
    _match_similar(matches, free, known)
    _share(table, matches)
    return Mapping(table, matches, rivals, 1.0, tuple(_missing(table, matches)))


def _find(header: str, headers: list[str], column: str, where: str) -> str:
    """Return the header of the file that client.toml means."""
    if header in headers:
        return header
    same = [h for h in headers if plain(h) == plain(header)]
    if len(same) == 1:
        return same[0]
    guess = nearest(header, headers)
    raise UserError(
        f"client.toml maps {column} to a header that the file does not have",
        value=header,
        allowed=[h for h in headers if h],
        where=where,
        fix=f"did you mean {guess!r}?" if guess else None,
    )


def _match_similar(matches: dict[str, Match], free: dict[str, str], known: dict[str, dict[str, int]]) -> None:
    """Fill columns that are still open with headers that look nearly like a known one."""
    found = []
    for header, text in free.items():
        for column, names in known.items():
            if column in matches or len(text) < SHORTEST:
                continue
            likeness = max((_likeness(text, name) for name in names), default=0.0)
            if likeness >= SIMILAR:
                found.append((-likeness, column, header))
    for likeness, column, header in sorted(found):
        if column not in matches and header in free:
            matches[column] = Match(header, HOW["similar"], round(-likeness * 0.8, 2))
            del free[header]


@cache
def _likeness(a: str, b: str) -> float:
    """Return how alike two headers look, 0-1; 0 below `SIMILAR`, where the exact figure is not needed."""
    if min(len(a), len(b)) < SHORTEST or abs(len(a) - len(b)) > 3:
        return 0.0
    pair = SequenceMatcher(None, a, b)
    # quick_ratio is an upper bound of ratio, at a fraction of its cost
    return pair.ratio() if pair.quick_ratio() >= SIMILAR else 0.0


def _share(table: str, matches: dict[str, Match]) -> None:
    """Let one header fill two columns, where a date and a start are one cell."""
    for name, one, other in SHARED:
        if name == table and (one in matches) != (other in matches):
            source, target = (one, other) if one in matches else (other, one)
            if matches[source].header is not None:
                matches[target] = matches[source]


def _missing(table: str, matches: dict[str, Match]) -> Iterable[str]:
    """Return the required columns that neither a header nor a stand-in gives."""
    shape = TABLES[table]
    for column in shape.required:
        if column in matches:
            continue
        if column in shape.key and table in MADE_KEYS:
            continue
        if column in shape.key and NAMED_KEYS.get(table) in matches:
            continue
        stand_ins = STAND_INS.get((table, column))
        if stand_ins is not None and (not stand_ins or any(c in matches for c in stand_ins)):
            continue
        yield column


def name_hit(names: Iterable[str], table: str) -> float:
    """Return how well the name of a file or sheet says that it is this table: 1 exactly, less inside other words."""
    best = 0.0
    known = aliases()[table][""]
    for name in names:
        text = plain(re.sub(r"\d+", " ", name))
        words = text.split()
        for alias in known:
            if text == alias:
                return 1.0
            if re.search(rf"\b{re.escape(alias)}\b", text):
                # the longer the part that fits, the better: "stage history" is not "history"
                best = max(best, 0.5 + 0.4 * len(alias.split()) / max(len(words), 1))
    return best


def detect(
    headers: list[str], *, file: str, sheet: str | None = None, known_table: bool = False
) -> Mapping | Doubt | str:
    """Return the mapping to the table that the file most likely is, the doubt about it, or why it is none.

    Parameters
    ----------
    headers : list of str
    file, sheet : str
        Their names are a hint.
    known_table : bool
        Whether the name alone decides (forms in inputs/).
    """
    names = [PurePosixPath(file).stem, *([sheet] if sheet else [])]
    filled = [h for h in headers if h]
    ranking = []
    for table in TABLES:
        hit = name_hit(names, table)
        if (known_table or table in OURS_ONLY) and not (known_table and hit):
            continue
        mapping = propose(headers, table)
        key = TABLES[table].key[0]
        has_key = key in mapping.matches
        matched = sum(match.confidence for match in mapping.matches.values())
        # a wide export of a CRM matches in part only, so the number of columns counts beside their share
        covered = 0.5 * min(matched / max(len(filled), 1), 1) + 0.5 * min(matched / ENOUGH, 1)
        score = 0.45 * covered + 0.45 * hit + 0.1 * has_key
        if (
            mapping.missing
            or len(mapping.matches) < 2
            or not (has_key or hit or NAMED_KEYS.get(table) in mapping.matches)
        ):
            score = score - 1  # kept for the remark only
        ranking.append((score, table, mapping, hit))
    ranking.sort(key=lambda entry: -entry[0])
    if not ranking:
        return "the name of the file is not that of a table"
    score, table, mapping, _ = ranking[0]
    if score < ACCEPT:
        return _doubt(ranking) or "it looks like none of the tables"
    if len(ranking) > 1 and score - ranking[1][0] < MARGIN:
        return Doubt((table, ranking[1][1]))
    return Mapping(table, mapping.matches, mapping.rivals, round(min(score, 1), 2))


def _doubt(ranking: list[tuple[float, str, Mapping, float]]) -> Doubt | None:
    """Return the table that a file looks like by its name or by its headers, were no required column missing."""
    likely = []
    for score, table, mapping, hit in ranking:
        named = hit == 1 or (hit >= NAMED and len(mapping.matches) >= 2)
        if mapping.missing and (named or score + 1 >= ACCEPT):
            likely.append((score, table, mapping.missing))
    if not likely:
        return None
    _, table, missing = max(likely, key=lambda entry: entry[0])
    return Doubt((table,), missing)
