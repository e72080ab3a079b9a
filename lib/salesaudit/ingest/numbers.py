"""Numbers as people and spreadsheets write them.

Which sign is the decimal one is decided from the whole column: "1.234" alone says nothing, next to "1.234,50" it
says everything. What the column leaves open, the other columns of the file may settle.
"""

import pandas as pd

from salesaudit.ingest.parsed import Distinct, Parsed
from salesaudit.ingest.sheets import NATIVE

_CURRENCY = r"(?:[A-Za-z]{3}|kr\.?|[$€£¥])"
_SPACES = r"[ \u00a0\u202f\u2009'’´]"
SHARE_CEILING = 1.0
LONGEST_IN_HOURS = 12
"""A column of lengths that never exceeds this and has fractions is in hours, not minutes."""


def _body(texts: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return the bare figures, whether they are negative, and whether they are per cent."""
    body = texts.str.replace("−", "-").str.strip()
    percent = body.str.contains("%", regex=False, na=False)
    body = body.str.replace("%", "", regex=False).str.strip()
    negative = body.str.match(r"^\(.*\)$|^[^\d]*-\s*[\d.,]|^.*\d-$|^-", na=False)
    body = body.str.replace(r"[()]", "", regex=True)
    body = body.str.replace(r"[:,]-+$", "", regex=True)  # "500:-" and "500,-"
    body = body.str.replace(r"^[-+\s]+|-$", "", regex=True)
    body = body.str.replace(rf"^{_CURRENCY}\s*[-+]?\s*|\s*{_CURRENCY}$", "", regex=True)
    return body.str.strip(), negative, percent


def decimal_evidence(texts: pd.Series) -> tuple[int, int, int]:
    """Return how many texts show a decimal comma, a decimal point, and how many could be either.

    A sign is decimal when it stands last of two kinds, or once with other than three digits behind it; it is one
    of thousands when it stands more than once.
    """
    body = texts.str.replace(_SPACES, "", regex=True)
    comma, point = body.str.count(","), body.str.count(r"\.")
    spaced = texts.str.contains(rf"\d{_SPACES}\d{{3}}", regex=True, na=False)
    both = (comma > 0) & (point > 0)
    last_comma = body.str.rfind(",") > body.str.rfind(".")
    three = body.str.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", na=False) & ~spaced
    single = comma + point == 1
    is_comma = (both & last_comma) | (single & (comma == 1) & ~three) | (~both & (point > 1))
    is_point = (both & ~last_comma) | (single & (point == 1) & ~three) | (~both & (comma > 1))
    return int(is_comma.sum()), int(is_point.sum()), int((single & three).sum())


def file_decimal(cells: pd.DataFrame, *, sample: int = 2000) -> str | None:
    """Return the decimal sign that the columns of a file agree on, or None where they show none."""
    commas = points = 0
    for name in cells:
        texts = cells[name].head(sample).drop_duplicates()
        texts = texts[~texts.str.startswith(NATIVE)]
        body, _, _ = _body(texts)
        body = body[body.str.fullmatch(rf"(?:\d|[.,]|{_SPACES})+", na=False) & ~body.str.fullmatch(r"[\d.]*\.\d+\.\d+")]
        comma, point, _ = decimal_evidence(body)
        commas, points = commas + bool(comma), points + bool(point)
    if commas == points:
        return None
    return "," if commas > points else "."


def numbers(
    cells: pd.Series, *, decimal: str | None = None, fallback: str | None = None, plain: bool = False
) -> Parsed:
    """Return a column of numbers.

    Parameters
    ----------
    cells : Series of str
    decimal : str, optional
        The decimal sign; found when left out.
    fallback : str, optional
        The sign that the rest of the file uses, for a column that does not show its own.
    plain : bool
        Whether values are too small for thousands (shares, coordinates), so that any single sign is decimal.
    """
    distinct = Distinct.of(cells)
    missing = distinct.missing
    native = distinct.texts.str.startswith(NATIVE).to_numpy(bool)
    texts = distinct.texts.where(~(missing | native))
    body, negative, percent = _body(texts)
    commas, points, either = decimal_evidence(body)
    question = ""
    sign = decimal
    if sign is None and commas != points:
        sign = "," if commas > points else "."
    if sign is None:
        sign = fallback
    if sign is None and either and not plain:
        question = "decimal"
    sign = sign or "."
    values = _read(body, sign, plain=plain).abs()
    if plain and decimal is None:
        values = values.fillna(_read(body, "," if sign == "." else ".", plain=True))
    values = values.where(~negative.to_numpy(bool), -values)
    values = values.where(~percent.to_numpy(bool), values / 100)
    if native.any():
        direct = pd.to_numeric(distinct.texts.str.replace(NATIVE, "").where(native), errors="coerce")
        values = values.where(~native, direct)
    bad = values.isna().to_numpy() & ~missing
    return Parsed(distinct.spread(values.astype("float64")), bad[distinct.codes], "number", question)


def _read(body: pd.Series, sign: str, *, plain: bool) -> pd.Series:
    """Return texts as floats, `sign` being the decimal one; what does not fit the pattern is missing."""
    other = r"\." if sign == "," else ","
    mark = r"\." if sign == "." else ","
    group = _SPACES if plain else rf"(?:{_SPACES}|{other})"
    pattern = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{mark}\d*)?|{mark}\d+|\d+(?:{mark}\d+)?[eE][+-]?\d{{1,2}}"
    fits = body.str.fullmatch(pattern, na=False)
    clean = body.where(fits).str.replace(rf"{_SPACES}|{other}", "", regex=True).str.replace(",", ".", regex=False)
    return pd.to_numeric(clean, errors="coerce")


def shares(cells: pd.Series, *, decimal: str | None = None) -> Parsed:
    """Return shares from 0 to 1; a column that is mostly above 1 was written in per cent."""
    parsed = numbers(cells, decimal=decimal, plain=True)
    values = parsed.values
    written = cells.str.contains("%", regex=False).to_numpy()
    bare = values[~written]
    above = bare[bare != 0] > SHARE_CEILING
    if above.any() and above.mean() > 0.5:
        values = values.where(written, values / 100)
        return Parsed(values, parsed.bad, parsed.reason, parsed.question, ("percent",))
    return parsed


def minutes(cells: pd.Series, *, header: str, decimal: str | None = None, fallback: str | None = None) -> Parsed:
    """Return lengths in minutes from minutes, seconds, hours (by the header or the values) or "1:30"."""
    distinct = Distinct.of(cells)
    clock = distinct.texts.str.extract(r"^(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?$")
    is_clock = clock["h"].notna()
    parsed = numbers(distinct.texts.where(~is_clock, ""), decimal=decimal, fallback=fallback)
    values, notes = parsed.values, ()
    name = header.casefold()
    filled = values.dropna()
    in_hours = any(word in name for word in ("timmar", "timer", "hours", "(h)", "(tim"))
    looks_hours = len(filled) > 0 and filled.max() <= LONGEST_IN_HOURS and bool((filled % 1 != 0).any())
    if any(word in name for word in ("sekund", "second", "(s)", "(sek")):
        values, notes = values / 60, ("seconds",)
    elif in_hours or looks_hours:
        values, notes = values * 60, ("hours",)
    if is_clock.any():
        part = clock.astype("float64").fillna(0)
        values = values.where(~is_clock, part["h"] * 60 + part["m"] + part["s"] / 60)
    return Parsed(distinct.spread(values), parsed.bad[distinct.codes], parsed.reason, parsed.question, notes)
