"""The rows of all files of one table -> one table: copies merged, keys unique, types and ranges as in the schema."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from salesaudit.ingest.ledger import DETAIL_CAP, Ledger
from salesaudit.ingest.reasons import R
from salesaudit.ingest.typed import FIRST, REPEAT
from salesaudit.schema import PROVENANCE, TABLES, pandera_schema

AsSent = Callable[[str, int, str], tuple[str, str]]
"""File, line and canonical column -> the file's own header and cell."""


def unify(
    name: str, frames: list[pd.DataFrame], *, ledger: Ledger, as_sent: AsSent
) -> tuple[pd.DataFrame, Counter[str], Counter[str]]:
    """Return one table, and per file how many further rows were merged and rejected."""
    table = TABLES[name]
    frame = pd.concat(frames, ignore_index=True)
    order = [c for c in (*table.names, *PROVENANCE, REPEAT, FIRST) if c in frame]
    frame = frame[order]
    frame, rejected = _validated(name, frame, ledger, as_sent)
    frame, merged, twice = _unique(name, frame, ledger, as_sent)
    cure = "ask whether these are real or were entered, imported or exported twice"
    for file, part in frame.loc[frame[REPEAT]].groupby("source_file", sort=False):
        line = int(part["source_line"].iloc[0])
        value = f"{part[FIRST].iloc[0]} = {line}"  # the two lines, in no language
        ledger.add("note", R["repeats"], table=name, file=file, line=line, value=value, rows=len(part), cure=cure)
    frame = frame.drop(columns=[REPEAT, FIRST]).reset_index(drop=True)
    return frame, merged, rejected + twice


def _unique(
    name: str, frame: pd.DataFrame, ledger: Ledger, as_sent: AsSent
) -> tuple[pd.DataFrame, Counter[str], Counter[str]]:
    """Merge exact copies; of rows with one key and different content keep the first."""
    key = [c for c in TABLES[name].key if c in frame]
    later = frame.duplicated(key, keep="first").to_numpy()
    if not later.any():
        return frame, Counter(), Counter()
    involved = frame.duplicated(key, keep=False).to_numpy()
    content = [c for c in frame.columns if c not in (*PROVENANCE, REPEAT, FIRST)]
    copies = np.zeros(len(frame), bool)
    copies[involved] = frame.loc[involved, content].duplicated(keep="first").to_numpy()
    conflicts = later & ~copies
    merged = Counter(frame.loc[copies, "source_file"].value_counts().to_dict())
    for file, part in frame.loc[copies].groupby("source_file", sort=False):
        line = int(part["source_line"].iloc[0])
        columns, value = _keys_as_sent(part.head(1), key, as_sent)[0]
        ledger.add(
            "merged", R["exact_copy"], table=name, file=file, line=line, column=columns, value=value, rows=len(part)
        )
    bad = frame.loc[conflicts]
    if len(bad):
        sent = _keys_as_sent(bad, key, as_sent)
        ledger.rows(
            "rejected",
            R["same_key"],
            table=name,
            file=bad["source_file"].tolist(),
            lines=bad["source_line"],
            column=[headers for headers, _ in sent],
            values=[cells for _, cells in sent],
            cure="find out which row is right and remove the other",
        )
    rejected = Counter(bad["source_file"].value_counts().to_dict())
    return frame.loc[~(copies | conflicts)].reset_index(drop=True), merged, rejected


def _keys_as_sent(rows: pd.DataFrame, key: list[str], as_sent: AsSent) -> list[tuple[str, str]]:
    """Return the headers and the cells of each row's key as they stand in its file."""
    found = []
    for file, line in rows[list(PROVENANCE)].itertuples(index=False):
        headers, cells = zip(*(as_sent(file, line, column) for column in key), strict=True)
        found.append((", ".join(headers), " | ".join(cells)))
    return found


def _validated(name: str, frame: pd.DataFrame, ledger: Ledger, as_sent: AsSent) -> tuple[pd.DataFrame, Counter[str]]:
    """Check a table against its schema: reject rows whose required cells are wrong, empty wrong optional cells."""
    try:
        pandera_schema(name).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return frame, Counter()
    table = TABLES[name]
    if cases["index"].isna().any():
        raise AssertionError(f"{name}: {cases.loc[cases['index'].isna()].to_dict('records')}")
    frame = frame.copy()
    gone = np.zeros(len(frame), bool)
    for column, part in cases.groupby("column", sort=False):
        at = np.unique(part["index"].to_numpy(dtype="int64"))
        required = table.column(column).required
        if required:
            at = at[~gone[at]]
        bad = frame.loc[at]
        sent = [as_sent(file, line, column) for file, line in bad[list(PROVENANCE)].itertuples(index=False)]
        ledger.rows(
            "rejected" if required else "repaired",
            R["range"],
            table=name,
            file=bad["source_file"].tolist(),
            lines=bad["source_line"],
            column=[header for header, _ in sent],
            values=[cell for _, cell in sent],
            cure="correct the cell",
            cap=None if required else DETAIL_CAP,
        )
        if required:
            gone[at] = True
        else:
            frame.loc[at, column] = np.nan if frame[column].dtype != "boolean" else pd.NA
    rejected = Counter(frame.loc[gone, "source_file"].value_counts().to_dict())
    return frame.loc[~gone].reset_index(drop=True), rejected
