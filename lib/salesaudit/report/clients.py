"""One page above all clients, for the consultant: whose audit is how old, and what is waiting in it.

It is built from what the reports themselves left behind, run.json and findings.json, so that it can be made again at
any time, and so that a folder that was moved away or damaged is merely not on it.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from salesaudit.finding import Severity
from salesaudit.format import Count
from salesaudit.i18n import LANGUAGES, Message, nmessage
from salesaudit.report.page import environment, surroundings

logger = logging.getLogger("salesaudit.report")

CLIENTS = "clients.html.j2"
STATUSES = ("done", "skipped", "failed")


@dataclass(frozen=True)
class Audit:
    """One published report folder, ``<slug>/<as_of>``.

    Attributes
    ----------
    slug : str
        Name of the client's folder of reports.
    client, language : str
        As on the cover.
    as_of : date
    counts : mapping
        Number of notebooks by status ("done", "skipped", "failed") and of findings by severity.
    """

    slug: str
    client: str
    language: str
    as_of: date
    counts: Mapping[str, int]

    @property
    def href(self) -> str:
        """The index of the report, from the folder of all reports."""
        return quote(f"{self.slug}/{self.as_of.isoformat()}/index.html")

    def age(self, today: date) -> Message:
        """Return how long ago the day is that the audit looks from."""
        days = (today - self.as_of).days
        return nmessage("{days} day old", "{days} days old", days, days=Count(days))


def audits(reports: Path) -> list[Audit]:
    """Return every published audit under a folder of reports; what cannot be read is left out, and logged."""
    found = []
    for folder in sorted(reports.glob("*/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]")):
        try:
            found.append(_audit(folder))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("left out of the list of clients: %s (%s)", folder, type(error).__name__)
    return found


def _audit(folder: Path) -> Audit:
    run, findings = (json.loads((folder / name).read_text(encoding="utf-8")) for name in ("run.json", "findings.json"))
    statuses = [notebook["status"] for notebook in run["notebooks"]]
    severities = [finding["severity"] for finding in findings["findings"]]
    counts = {name: statuses.count(name) for name in STATUSES} | {s.value: severities.count(s.value) for s in Severity}
    language = findings["language"] if findings["language"] in LANGUAGES else "en"
    return Audit(folder.parent.name, str(findings["client"]), language, date.fromisoformat(folder.name), counts)


def render_clients(found: Iterable[Audit], *, today: date) -> str:
    """Return the page: one row per client with its newest audit, by name; older audits as links.

    Parameters
    ----------
    found : iterable of Audit
    today : date
        The day of the run, against which the age of an audit is told.
    """
    newest_first = sorted(found, key=lambda a: (a.slug, -a.as_of.toordinal()))
    clients = [list(group) for _, group in groupby(newest_first, key=lambda a: a.slug)]
    clients.sort(key=lambda mine: (mine[0].client.casefold(), mine[0].slug))
    languages = {mine[0].language for mine in clients}
    variables: dict[str, Any] = {"clients": [{"newest": m[0], "older": m[1:]} for m in clients], "today": today}
    language = languages.pop() if len(languages) == 1 else "en"
    return environment().get_template(CLIENTS).render(surroundings(language) | variables)
