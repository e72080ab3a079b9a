"""Text exports: bytes -> rows of text cells with their physical lines.

The structure of the file (where a record starts, how many cells it has) is found by numpy in one pass over the
bytes, so that a bad row is known by its line before anything is parsed and millions of rows need no loop.
Files whose quotes break the rules take the slower road through the standard csv module.

Generic detectors of encodings fail on Nordic cp1252 (they answer cp1250 or cp775); a small rule with the letters
one expects does not.
"""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from salesaudit.errors import UserError

DELIMITERS = (";", "\t", "|", ",")
LEGACY = ("cp1252", "mac_roman", "cp850", "cp865")
EXPECTED = "åäöÅÄÖæøÆØéÉüÜ"
"""Letters that a Nordic text in the right encoding is made of, beyond ASCII."""
MARKS = "’‘“”–—…€£§°©®½·"
"""Marks that texts in cp1252 and mac_roman hold."""
SAMPLE_BYTES, SAMPLE_LETTERS = 2_000_000, 20_000
_BEYOND = re.compile(r"[^\x00-\x7f\xa0]")
SAMPLE_CHARS = 200_000
SAMPLE_RECORDS = 500
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(raw: bytes) -> str:
    """Return the encoding of a file: BOM, else the pattern of NULs, else UTF-8, else the likeliest old code page."""
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return name
    head = np.frombuffer(raw[: 4096 - 4096 % 2], dtype=np.uint8)
    if len(head) >= 4 and (head == 0).mean() > 0.2:
        return "utf-16-le" if (head[1::2] == 0).mean() > (head[0::2] == 0).mean() else "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return max(LEGACY, key=lambda name: _plausible_share(raw, name))
    return "utf-8"


def _plausible_share(raw: bytes, encoding: str) -> float:
    """Return the share of characters beyond ASCII that stand where such characters stand.

    A Nordic letter belongs beside letters, and a capital not behind a small one ("itÆs" is cp1252 read as cp850); a
    quotation mark or dash does not belong between letters ("K”ping" is cp850 read as cp1252).
    """
    try:
        text = raw[:SAMPLE_BYTES].decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    good = total = 0
    for found in islice(_BEYOND.finditer(text), SAMPLE_LETTERS):
        at = found.start()
        before, character, after = text[max(at - 1, 0) : at], text[at], text[at + 1 : at + 2]
        total += 1
        if character in EXPECTED:
            good += not (character.isupper() and before.islower())
        elif character in MARKS:
            good += character == "’" or not (before.isalpha() and after.isalpha())
    return good / max(total, 1)


def decode(raw: bytes, *, encoding: str | None, where: str) -> tuple[str, str]:
    """Return the text of a file, with line ends as "\\n", and the encoding it was read in.

    Raises
    ------
    UserError
        The bytes are not text in the encoding.
    """
    chosen = encoding or find_encoding(raw)
    try:
        text = raw.decode(chosen)
    except LookupError:
        raise UserError(
            "unknown encoding", value=chosen, where=where, fix="use utf-8, utf-16, cp1252, mac_roman, cp850 or cp865"
        ) from None
    except UnicodeDecodeError as error:
        raise UserError(
            "the file cannot be decoded",
            value=f"{chosen}, byte {error.start}",
            where=where,
            fix="set the right encoding for it in client.toml, or leave encoding out to have it found",
        ) from None
    text = text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n")
    return (text.replace("\r", " " if "\n" in text else "\n")), chosen


@dataclass(frozen=True)
class Structure:
    """Where the records of a text lie: byte offsets, physical line (from 1) and number of cells of each."""

    start: np.ndarray
    stop: np.ndarray
    line: np.ndarray
    cells: np.ndarray
    regular: bool

    def __len__(self) -> int:
        return len(self.start)


def structure(data: bytes, delimiter: str) -> Structure:
    """Return the structure of UTF-8 bytes; `regular` is False where quotes do not stand at the edges of cells."""
    codes = np.frombuffer(data, dtype=np.uint8)
    quote = codes == ord('"')
    newline = np.flatnonzero(codes == ord("\n"))
    cuts = np.flatnonzero(codes == ord(delimiter))
    regular = True
    ends = newline
    if quote.any():
        regular = _quotes_are_regular(codes, quote, delimiter)
        inside = np.cumsum(quote, dtype=np.uint8) & 1  # wraps around at 256, which keeps the parity
        ends = newline[inside[newline] == 0]
        cuts = cuts[inside[cuts] == 0]
    start = np.concatenate([[0], ends + 1])
    stop = np.concatenate([ends, [len(codes)]])
    if start[-1] >= len(codes):
        start, stop = start[:-1], stop[:-1]
    line = np.searchsorted(newline, start) + 1
    cells = np.searchsorted(cuts, stop) - np.searchsorted(cuts, start) + 1
    return Structure(start, stop, line, cells, regular)


def _quotes_are_regular(codes: np.ndarray, quote: np.ndarray, delimiter: str) -> bool:
    """Return whether every opening quote begins a cell and every closing one ends it."""
    at = np.flatnonzero(quote)
    if len(at) % 2:
        return False
    edge = np.array([ord(delimiter), ord("\n"), ord('"')], dtype=np.uint8)
    opening, closing = at[0::2], at[1::2]
    before = codes[np.maximum(opening - 1, 0)]
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    # a doubled quote inside a cell closes it and opens it again at once, hence the quote among the edges
    opens = (opening == 0) | np.isin(before, edge)
    closes = (closing == len(codes) - 1) | np.isin(after, edge)
    return bool(opens.all() and closes.all())


def find_delimiter(text: str) -> str:
    """Return the delimiter that cuts most records into the same number of cells."""
    sample = text[:SAMPLE_CHARS]
    if len(text) > SAMPLE_CHARS:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        cells = record_cells(sample, delimiter)
        if not len(cells):
            continue
        counts = np.bincount(cells)
        counts[:2] = 0
        if not counts.any():
            continue
        usual = int(counts.argmax())
        score = counts[usual] / len(cells) * (usual - 1) / usual
        if score > best_score:
            best, best_score = delimiter, score
    return best


def record_cells(sample: str, delimiter: str) -> np.ndarray:
    """Return the number of cells of the first records that are not blank."""
    data = sample.encode()
    shape = structure(data, delimiter)
    if shape.regular:
        filled = shape.stop > shape.start
        return shape.cells[filled][:SAMPLE_RECORDS]
    return np.array([len(r) for _, r in loose_records(sample, delimiter) if r][:SAMPLE_RECORDS])


def loose_records(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return (first line, cells) of every record of a file with irregular quotes.

    Of the reading with quotes and the reading without, the one that gives more rows of the usual width is taken:
    a quote that is opened and never closed would otherwise swallow the rest of the file.
    """
    readings = []
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        records = []
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting)
        line = 1
        try:
            for cells in reader:
                records.append((line, cells))
                line = reader.line_num + 1
        except csv.Error:
            continue
        if quoting == csv.QUOTE_NONE:
            records = [(line, [_unquoted(c) for c in cells]) for line, cells in records]
        widths = np.bincount([len(cells) for _, cells in records] or [0])
        widths[:2] = 0
        readings.append((int(widths.max()) if len(widths) > 2 else len(records), records))
    return max(readings, key=lambda reading: reading[0])[1]


def _unquoted(cell: str) -> str:
    """Return a cell without the quotes around it, or without a lone quote at one end."""
    return cell.strip().strip('"').replace('""', '"')


def parse(data: bytes, delimiter: str, width: int) -> pd.DataFrame:
    """Return records of at most `width` cells as text; short ones are filled with empty cells."""
    return pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        header=None,
        names=range(width),
        index_col=False,
        dtype="str",
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8",
        engine="c",
    )


def record(data: bytes, delimiter: str) -> list[str]:
    """Return the cells of one record."""
    return next(csv.reader(io.StringIO(data.decode()), delimiter=delimiter), [])
