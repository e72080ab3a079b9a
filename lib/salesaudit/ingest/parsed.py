"""What becomes of one column of text: values, and the cells that could not be read."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.ingest.sheets import NATIVE

NULL_WORDS = frozenset(
    [
        "",
        "—",
        "–",
        "(null)",
        "(none)",
        "(blank)",
        "(tom)",
        "(ingen)",
        "undefined",
        "null",
        "none",
        "n/a",
        "na",
        "#n/a",
        "#na",
        "#ref!",
        "#value!",
        "#div/0!",
        "#null!",
        "nan",
        "nat",
        "-",
        "--",
    ]
)
"""Words that mean a missing cell when they are the whole of it."""
LONGEST_NULL = max(map(len, NULL_WORDS))


@dataclass(frozen=True)
class Distinct:
    """The distinct texts of a column, and which of them each row holds; parsing happens once per distinct text."""

    texts: pd.Series
    codes: np.ndarray

    @classmethod
    def of(cls, cells: pd.Series) -> "Distinct":
        codes, texts = pd.factorize(cells)
        return cls(pd.Series(texts, dtype="str").str.strip(), codes)

    @property
    def missing(self) -> np.ndarray:
        """Which distinct texts mean a missing cell."""
        short = (self.texts.str.len() <= LONGEST_NULL).to_numpy(bool)
        found = np.zeros(len(short), bool)
        found[short] = self.texts[short].str.casefold().isin(NULL_WORDS).to_numpy(bool)
        return found

    def spread(self, values: pd.Series) -> pd.Series:
        """Return the values of the distinct texts row by row."""
        return values.take(self.codes).reset_index(drop=True)


@dataclass(frozen=True)
class Parsed:
    """A typed column.

    Attributes
    ----------
    values : Series
        Canonical dtype; missing where the cell is empty or could not be read.
    bad : array of bool
        Rows whose cell holds something that could not be read.
    reason : str
        Why, a key of `reasons.R`.
    question : str
        Key of a question that the column itself does not settle, or "".
    notes : tuple of str
        Keys of assumptions that were made for the whole column.
    words : DataFrame, optional
        Of a coded column, what each of its words was taken for: word, code, rows, how.
    """

    values: pd.Series
    bad: np.ndarray
    reason: str = ""
    question: str = ""
    notes: tuple[str, ...] = ()
    words: pd.DataFrame | None = None


def by_distinct(cells: pd.Series, read: Callable[[pd.Series], pd.Series], *, dtype: str, reason: str) -> Parsed:
    """Return a column read text by text; `read` gives a missing value for what it cannot read."""
    distinct = Distinct.of(cells)
    missing = distinct.missing
    values = read(distinct.texts.where(~missing)).astype(dtype)
    bad = values.isna().to_numpy() & ~missing
    return Parsed(distinct.spread(values), bad[distinct.codes], reason)


def text(cells: pd.Series) -> Parsed:
    """Return stripped text; inner line breaks and marks of numeric cells are taken out."""

    def read(texts: pd.Series) -> pd.Series:
        return texts.str.replace(NATIVE, "", regex=False).str.replace(r"\s+", " ", regex=True)

    return by_distinct(cells, read, dtype="str", reason="code")


_POINT_ZERO = r"\d+\.0"


def ids(cells: pd.Series) -> Parsed:
    """Return ids as text; the ".0" of a column that once was numeric is cut, destroyed numbers are marked bad."""
    distinct = Distinct.of(cells)
    missing = distinct.missing
    texts = distinct.texts.str.replace(NATIVE, "", regex=False).where(~missing)
    notes: tuple[str, ...] = ()
    if texts.dropna().head(1).str.fullmatch(_POINT_ZERO).any():
        pointed = texts.str.fullmatch(_POINT_ZERO).to_numpy(bool, na_value=False)
        if (pointed | missing).all():
            texts, notes = texts.str.removesuffix(".0"), ("point_zero",)
    destroyed = texts.str.fullmatch(r"\d([.,]\d+)?[eE]\+?\d{2,}").to_numpy(bool, na_value=False)
    return Parsed(distinct.spread(texts.astype("str")), destroyed[distinct.codes], "destroyed", notes=notes)


_YES = frozenset(["ja", "j", "yes", "y", "true", "sant", "sand", "sann", "1", "x", "t", "on", "aktiv", "active", "✓"])
_NO = frozenset(["nej", "nei", "no", "n", "false", "falskt", "falsk", "usann", "0", "f", "off", "inaktiv", "inactive"])


def flags(cells: pd.Series) -> Parsed:
    """Return yes and no in any of the languages as booleans."""

    def read(texts: pd.Series) -> pd.Series:
        word = texts.str.casefold()
        known = word.isin(_YES) | word.isin(_NO)
        return word.isin(_YES).astype("boolean").where(known)

    return by_distinct(cells, read, dtype="boolean", reason="flag")
