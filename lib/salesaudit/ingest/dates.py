"""Dates and times as exports write them.

Whether 03-07-2021 is March or July is decided from the whole column (a day above 12 settles it), else from the
other columns of the file; where nothing settles it, the client is asked instead of guessing. Dots always mean
day first, as in the Nordic countries.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from salesaudit.ingest.parsed import Distinct, Parsed
from salesaudit.ingest.sheets import NATIVE

OLDEST, NEWEST = pd.Timestamp("1900-01-02"), pd.Timestamp("2199-12-31")
"""Dates outside are words for "never": 0001-01-01, 1900-01-01, 9999-12-31."""
EXCEL_EPOCH = pd.Timestamp("1899-12-30")
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan januari januar",
            "february feb februari februar",
            "march mar mars marts",
            "april apr",
            "may maj mai",
            "june jun juni",
            "july jul juli",
            "august aug augusti",
            "september sep sept",
            "october oct oktober okt",
            "november nov",
            "december dec desember des",
        ),
        1,
    )
    for word in words.split()
}

_TIME = (
    r"(?:[T,\s]+(?:kl\.?\s*)?(?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}")
_NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})[-/.](?P<y>\d{{4}}|\d{{2}}){_TIME}")
_DAY_FIRST = re.compile(rf"(?P<d>\d{{1,2}})\.?[\s\-]*(?P<name>[^\W\d]{{3,}})\.?[\s,\-]*(?P<y>\d{{4}}|\d{{2}}){_TIME}")
_MONTH_FIRST = re.compile(rf"(?P<name>[^\W\d]{{3,}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}}){_TIME}")
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])")
_SERIAL = re.compile(r"(?P<n>[2-7]\d{4}(?:[.,]\d+)?)")
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_MONTH_ONLY = re.compile(rf"(?i:{_MONTH})[\s,.\-]*(?:\d{{2}}|\d{{4}})?|\d{{4}}[-/]\d{{1,2}}|\d{{1,2}}/\d{{4}}")
CLOCK = re.compile(r"(?P<H>[01]?\d|2[0-3])[:.](?P<M>[0-5]\d)(?:[:.](?P<S>[0-5]\d))?")


def order_evidence(texts: pd.Series) -> tuple[int, int]:
    """Return how many distinct texts can only be day first, and how many only month first."""
    parts = texts.str.extract(r"^(?P<a>\d{1,2})[-/](?P<b>\d{1,2})[-/]\d{2,4}").dropna().astype("int64")
    return int(((parts["a"] > 12) & (parts["b"] <= 12)).sum()), int(((parts["b"] > 12) & (parts["a"] <= 12)).sum())


def file_order(cells: Iterable[pd.Series], *, sample: int = 20000) -> str | None:
    """Return the order of day and month that the columns of a file agree on, or None."""
    days = months = 0
    for column in cells:
        texts = column.head(sample).drop_duplicates().str.strip()
        day, month = order_evidence(texts)
        days, months = days + day, months + month
    if days and not months:
        return "dmy"
    return "mdy" if months and not days else None


def dates(cells: pd.Series, *, order: str | None = None, fallback: str | None = None, clock: bool = True) -> Parsed:
    """Return a column of dates.

    Parameters
    ----------
    cells : Series of str
    order : {"dmy", "mdy", "ymd"}, optional
        The order of day and month; found when left out.
    fallback : str, optional
        The order that the rest of the file uses, for a column that does not show its own.
    clock : bool
        Whether to keep the time of day.
    """
    distinct = Distinct.of(cells)
    missing = distinct.missing
    texts = distinct.texts.where(~missing)
    values = _fast_iso(texts)
    left = values.isna().to_numpy() & ~missing
    question, notes = "", ()
    if left.any():
        rest = texts[left].str.replace(NATIVE, "")
        read, question, has_offset = _read(rest, order, fallback)
        values = values.where(~left, read.reindex(values.index))
        notes = ("offset",) if has_offset else ()
    known = values.between(OLDEST, NEWEST).to_numpy()
    values = values.where(known)
    if not clock:
        values = values.dt.normalize()
    bad = ~known & ~missing
    months_only = texts[bad].str.fullmatch(_MONTH_ONLY).to_numpy(bool, na_value=False)
    reason = "month_only" if len(months_only) and months_only.mean() > 0.5 else "date"
    return Parsed(distinct.spread(values.astype("datetime64[us]")), bad[distinct.codes], reason, question, notes)


def _fast_iso(texts: pd.Series) -> pd.Series:
    """Return ISO dates and times without offset; the common case, read in C."""
    iso = texts.str.len().between(10, 26) & texts.str.slice(4, 5).eq("-") & ~texts.str.contains(r"Z|[+]", na=True)
    iso &= ~texts.str.contains(r":\d\d-\d\d", na=True)
    return pd.to_datetime(texts.where(iso), format="ISO8601", errors="coerce").astype("datetime64[us]")


def _read(texts: pd.Series, order: str | None, fallback: str | None) -> tuple[pd.Series, str, bool]:
    """Return the dates of distinct texts, a question left open, and whether any carries an offset."""
    values = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    question, has_offset = "", False
    for pattern in (_ISO, _NUMERIC, _DAY_FIRST, _MONTH_FIRST, _COMPACT):
        fits = texts.str.fullmatch(pattern).to_numpy(bool, na_value=False) & values.isna().to_numpy()
        if not fits.any():
            continue
        parts = texts[fits].str.extract(pattern)
        if pattern is _NUMERIC:
            parts, question = _order(parts, order, fallback)
        if "name" in parts:
            parts["m"] = parts["name"].str.casefold().map(MONTHS)
        values[fits] = _assemble(parts)
        has_offset |= "offset" in parts and bool(parts["offset"].notna().any())
    serial = texts.str.fullmatch(_SERIAL).to_numpy(bool, na_value=False) & values.isna().to_numpy()
    if serial.any():
        days = pd.to_numeric(texts[serial].str.replace(",", "."))
        seconds = pd.to_timedelta((days * 86400).round().astype("int64"), unit="s")
        values[serial] = (EXCEL_EPOCH + seconds).astype("datetime64[us]")
    return values, question, has_offset


def _order(parts: pd.DataFrame, order: str | None, fallback: str | None) -> tuple[pd.DataFrame, str]:
    """Return the parts with day and month told apart, and the question left open."""
    if order == "ymd" and (parts["y"].str.len() == 2).all():
        return parts.assign(y=parts["a"], m=parts["b"], d=parts["y"]), ""
    a, b = parts["a"].astype("int64"), parts["b"].astype("int64")
    dots = parts["sep"].eq(".")
    open_ = ~dots
    question = ""
    if order not in ("dmy", "mdy"):
        day_first, month_first = int((open_ & (a > 12)).sum()), int((open_ & (b > 12)).sum())
        if day_first != month_first:
            order = "dmy" if day_first > month_first else "mdy"
        elif fallback:
            order = fallback
        else:
            question = "date_order" if (open_ & (a != b)).any() else ""
            order = "dmy"
        month_leads = open_ & (order == "mdy")
    else:
        month_leads = pd.Series(order == "mdy", index=parts.index)
    return parts.assign(m=a.where(month_leads, b), d=b.where(month_leads, a)), question


def _assemble(parts: pd.DataFrame) -> pd.Series:
    """Return timestamps from year, month, day and time of day; impossible ones are missing."""
    number = {c: pd.to_numeric(parts[c], errors="coerce") for c in ("y", "m", "d", "H", "M", "S") if c in parts}
    year = number["y"]
    year = year.where(year >= 100, year + np.where(year < 70, 2000, 1900))
    day = pd.to_datetime(pd.DataFrame({"year": year, "month": number["m"], "day": number["d"]}), errors="coerce")
    if "H" not in number:
        return day.astype("datetime64[us]")
    hour = number["H"].fillna(0)
    half = parts["half"].str.slice(0, 1).str.casefold()
    hour = hour.where(~(half.eq("p") & (hour < 12)), hour + 12).where(~(half.eq("a") & (hour == 12)), 0)
    seconds = hour * 3600 + number["M"].fillna(0) * 60 + number["S"].fillna(0)
    valid = (hour < 24) & (number["M"].fillna(0) < 60) & (number["S"].fillna(0) < 60)
    stamp = day + pd.to_timedelta(seconds.astype("int64"), unit="s")
    return stamp.where(valid).astype("datetime64[us]")


def clock_times(cells: pd.Series) -> pd.Series:
    """Return times of day ("14:30") as offsets from midnight; missing where the cell is no bare time."""
    distinct = Distinct.of(cells)
    fits = distinct.texts.str.fullmatch(CLOCK).to_numpy(bool, na_value=False)
    parts = distinct.texts.where(fits).str.extract(CLOCK).astype("float64")
    seconds = parts["H"] * 3600 + parts["M"] * 60 + parts["S"].fillna(0)
    return distinct.spread(pd.to_timedelta(seconds, unit="s").astype("timedelta64[us]"))
