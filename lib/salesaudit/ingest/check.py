"""What is in a client's folder, how it was read, and what was left out and why: for a terminal and for tests."""

from dataclasses import dataclass

import pandas as pd

from salesaudit.client import Client
from salesaudit.dataset import Source
from salesaudit.ingest.check_text import files_unused, files_used, issue_parts, mapping_lines, word_lines
from salesaudit.ingest.load import read_client

FILE_COLUMNS = ["file", "table", "rows", "used", "merged", "rejected", "remark", "unused"]


@dataclass(frozen=True)
class CheckReport:
    """The state of a client's folder.

    Attributes
    ----------
    client : str
        The client's name.
    files : DataFrame
        One row per file or sheet: file, table, rows, used, merged, rejected, remark, unused; table is missing for
        files that were not used, `unused` are the headers with filled cells of which nothing was used.
    mapping : DataFrame
        One row per canonical column: file, table, column, header, how, confidence.
    words : DataFrame
        One row per word of a coded column: file, table, column, header, word, code, rows, how.
    issues : DataFrame
        Columns `dataset.ISSUE_COLUMNS`.
    must_fix : bool
        Whether a question must be answered before the audit.
    """

    client: str
    files: pd.DataFrame
    mapping: pd.DataFrame
    words: pd.DataFrame
    issues: pd.DataFrame
    must_fix: bool

    def text(self) -> str:
        """Return the report for a terminal."""
        parts = [
            [self.client],
            files_used(self.files),
            files_unused(self.files),
            mapping_lines(self.mapping, self.files),
            word_lines(self.words),
            *issue_parts(self.issues),
        ]
        if not len(self.issues):
            parts.append(["Nothing was rejected, changed or assumed."])
        return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts if part)


def check(client: str | Client) -> CheckReport:
    """Read a client's folder and report what was found, without stopping at questions.

    Raises
    ------
    UserError
        A file cannot be read at all, or client.toml does not fit the files.
    """
    reading = read_client(client)
    files = pd.DataFrame([_file(source) for source in reading.sources], columns=FILE_COLUMNS)
    name = reading.client.settings.name
    return CheckReport(name, files, reading.mapping, reading.words, reading.issues, bool(len(reading.questions)))


def _file(source: Source) -> tuple:
    label = f"{source.file} [{source.sheet}]" if source.sheet else source.file
    remark = source.remark if source.table is None else ""
    counts = (source.rows_in, source.used, source.merged, source.rejected)
    return (label, source.table, *counts, remark, source.unused_headers)
