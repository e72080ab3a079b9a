"""The synthetic client's files, as such a client would send them: three encodings, two ways to write a date."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from salesaudit.client import SETTINGS
from salesaudit.example import dirt
from salesaudit.example.frames import FILES, HEADER_LINE
from salesaudit.example.headers import HEADERS, PER_CENT, WORDS
from salesaudit.format import Loc
from salesaudit.i18n import message
from salesaudit.schema import TABLES

TITLE = "Kundregister Nordverk AB, uttag 2026-06-28"
MADE_ON = datetime(2026, 6, 28, 12, 0)  # in the workbook, so that the same client is the same bytes
COMMENTARY = message(
    "The sales director expected about twenty visits a week. We suggest going through the weekly plan with each "
    "seller before any target is changed."
)
"""What the consultant of the example writes, in the language of the report."""


@dataclass(frozen=True)
class Style:
    """How one file is written; `clock` writes times of the day without the day."""

    encoding: str = "utf-8"
    date: str = "%Y-%m-%d"
    clock: bool = False


STYLES = {
    "saljare.csv": Style("utf-8-sig"),
    "besok_2024.csv": Style("cp1252"),
    "besok_2025.csv": Style("utf-8-sig", "%d.%m.%Y", clock=True),
    "order.csv": Style("utf-8", "%d.%m.%Y"),
    "affarsmojligheter.csv": Style("utf-8-sig"),
    "fashistorik.csv": Style("cp1252"),
    "franvaro.csv": Style("utf-8", "%d.%m.%Y"),
}


def write_files(
    folder: Path, tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any], *, broken: bool = False
) -> None:
    """Write client.toml, exports/, inputs/ and commentary/; older exports and inputs are removed.

    Parameters
    ----------
    broken : bool
        Whether the files get the errors of `dirt`.
    """
    for part in ("exports", "inputs", "commentary"):
        if (folder / part).exists():
            shutil.rmtree(folder / part)
        (folder / part).mkdir(parents=True)
    (folder / SETTINGS).write_bytes(settings_text(settings).encode())
    (folder / "commentary" / "01_visit_frequency.md").write_bytes(
        f"{COMMENTARY.text(Loc(settings['language']))}\n".encode()
    )
    for name, frame in tables.items():
        if FILES[name].startswith("inputs/"):
            columns = [c for c in TABLES[name].names if c in frame]
            text = frame[columns].to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
            (folder / FILES[name]).write_bytes(text.encode())
            continue
        for file, part, last in _parts(frame):
            path = folder / "exports" / file
            if path.suffix == ".xlsx":
                _workbook(path, name, part, broken=broken)
                continue
            style = STYLES.get(file, Style())
            cells = _cells(name, part, style)
            if broken:
                cells = dirt.spoil(name, cells, last=last)
            cells = cells.rename(columns=HEADERS[name])
            text = cells.to_csv(index=False, sep=";", lineterminator="\r\n")
            path.write_bytes(text.encode(style.encoding))


def _parts(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, bool]]:
    """Yield each file of a table with its rows, and whether it is the last."""
    files = frame["source_file"].unique().tolist()
    for file in files:
        yield file, frame[frame["source_file"] == file], file == files[-1]


def _cells(name: str, frame: pd.DataFrame, style: Style) -> pd.DataFrame:
    """Return a table as text, canonical column names, missing cells empty."""
    columns = [c for c in HEADERS[name] if c in frame]
    return pd.DataFrame(
        {c: _text(frame[c], name, TABLES[name].column(c).kind, style) for c in columns}, dtype="str"
    ).reset_index(drop=True)


def _text(values: pd.Series, table: str, kind: str, style: Style) -> pd.Series:
    if kind == "flag":
        return values.map({True: "Ja", False: "Nej"}).fillna("").astype("str")
    if kind == "datetime":
        clock = style.clock and values.name in ("start_time", "end_time")
        return values.dt.strftime("%H:%M" if clock else f"{style.date} %H:%M").fillna("").astype("str")
    if kind == "date":
        return values.dt.strftime(style.date).fillna("").astype("str")
    if values.dtype == "float64":
        sign = PER_CENT.get((table, values.name))
        scaled = (values if sign is None else 100 * values).tolist()
        shown = ["" if np.isnan(v) else f"{v:.12g}".replace(".", ",") + (sign or "") for v in scaled]
        return pd.Series(shown, index=values.index, dtype="str")
    words = WORDS.get((table, values.name))
    return (values.map(words).astype("str") if words else values).fillna("")


def _workbook(path: Path, name: str, frame: pd.DataFrame, *, broken: bool) -> None:
    """Write a table as a workbook with a title and an empty row above the headers."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    kinds = {c: TABLES[name].column(c).kind for c in HEADERS[name] if c in frame}
    cells = frame[list(kinds)].reset_index(drop=True)
    typed = {c: _natives(cells[c], name, kind) for c, kind in kinds.items()}
    if broken:
        text = dirt.spoil(name, _cells(name, frame, Style()), last=True)
        copied = dirt.spread(len(cells), len(text) - len(cells))
        typed = {c: [*values, *(values[i] for i in copied)] for c, values in typed.items()}
        for row in np.flatnonzero(text["lat"] == dirt.LATITUDES[0]):
            typed["lat"][row] = float(dirt.LATITUDES[0].replace(",", "."))
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": TITLE, "created": MADE_ON})
        sheet = book.add_worksheet("Kunder")
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_string(0, 0, TITLE, bold)
        top = HEADER_LINE[name] - 1
        for at, (column, kind) in enumerate(kinds.items()):
            sheet.write_string(top, at, HEADERS[name][column], bold)
            write = {"date": sheet.write_datetime, "str": sheet.write_string}.get(
                kind if kind == "date" else "str" if cells[column].dtype == "str" or kind == "flag" else "",
                sheet.write_number,
            )
            style = (day,) if kind == "date" else ()
            for row, value in enumerate(typed[column], top + 1):
                if value is not None:
                    write(row, at, value, *style)


def _natives(values: pd.Series, table: str, kind: str) -> list[Any]:
    """Return cells for a workbook: text, float or datetime, None where missing."""
    if kind == "date":
        return [None if v is pd.NaT else v.to_pydatetime() for v in values]
    if values.dtype == "float64":
        return [None if np.isnan(v) else v for v in values.tolist()]
    return [v or None for v in _text(values, table, kind, Style())]


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return client.toml with a word on every setting."""
    s = settings
    purposes = "\n".join(f'"{word}" = "{code}"' for word, code in s["purposes"].items())
    stages = "\n".join(f'"{word}" = "{code}"' for word, code in s["stages"].items())
    money = s["money"]
    sources = "".join(_source_text(rule) for rule in s.get("sources", ()))
    return f"""\
# Nordverk AB is invented: a synthetic client whose truth is known.
# Files are found and headers are understood without help; this file says what the exports cannot say.

name = "{s["name"]}"
country = "{s["country"]}"            # calendar of sellers who have no country of their own
currency = "{s["currency"]}"
language = "{s["language"]}"           # of the report: en, sv, da or nb
as_of = {s["as_of"]}        # the day the audit looks from
industry = "{s["industry"]}"
offer_complexity = {s["offer_complexity"]}    # 0 is a catalogue, 1 a project sale

[period]                  # what the audit speaks about, both days included
start = {s["period"]["start"]}
end = {s["period"]["end"]}

[money]                   # without it the report speaks of revenue and hours
gross_margin = {money["gross_margin"]}
hour_cost = {money["hour_cost"]}         # loaded cost of one seller hour
hours_per_visit = {money["hours_per_visit"]}     # with travel and preparation

[purposes]                # the client's word for the purpose of a visit = our code
{purposes}

[stages]                  # the client's word for the state of an opportunity = open, won or lost
{stages}
{sources}"""


def _source_text(rule: Mapping[str, Any]) -> str:
    """Return one [[sources]] entry: which file becomes which table, and what its words mean."""
    values = "".join(
        f"\n[sources.values.{column}]     # the client's word = our code\n"
        + "".join(f'"{word}" = "{code}"\n' for word, code in words.items())
        for column, words in rule.get("values", {}).items()
    )
    return f"""
[[sources]]               # only files that nobody could understand without help need an entry
file = "{rule["file"]}"
table = "{rule["table"]}"
{values}"""
