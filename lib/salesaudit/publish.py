"""One client's report as a folder: built aside, moved into place at once, described by run.json.

The pages and findings.json hold nothing that varies between two runs on the same data; run.json holds all that does.
"""

import json
import logging
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat

from salesaudit.client import SETTINGS, Client
from salesaudit.kernels import DONE, FAILED, Outcome, documents
from salesaudit.report import Page, audits, findings_json, read, render_clients, render_index

PACKAGES = (
    "salesaudit",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "papermill",
    "nbconvert",
    "ipykernel",
)
RUN = "run.json"

logger = logging.getLogger("salesaudit.publish")


@dataclass(frozen=True)
class Record:
    """One notebook of a report, as run.json keeps it."""

    stem: str
    status: str
    message: str = ""
    seconds: float = 0.0
    parameters: Mapping[str, Any] | None = None
    source_sha256: str = ""
    carried_over: bool = False


def record(outcome: Outcome, notebook: Path, parameters: Mapping[str, Any]) -> Record:
    """Return what run.json says about a notebook that was run."""
    digest = sha256(notebook.read_bytes()).hexdigest()
    return Record(notebook.stem, outcome.status, outcome.message, outcome.seconds, dict(parameters), digest)


def build_folder(home: Path) -> Path:
    """Return a new empty folder beside the reports of a client, and clear away what dead runs left."""
    home.mkdir(parents=True, exist_ok=True)
    restore(home)
    for stale in home.glob(".build-[0-9]*"):
        if not _alive(int(stale.name.removeprefix(".build-"))):
            shutil.rmtree(stale, ignore_errors=True)
    folder = home / f".build-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "notebooks").mkdir(parents=True)
    return folder


def publish(
    build: Path,
    target: Path,
    records: Sequence[Record],
    *,
    others: Iterable[str],
    client: Client,
    root: Path,
    run: Mapping[str, Any],
) -> tuple[Path, list[str]]:
    """Complete a built folder with index, findings and run.json, and put it in the place of `target`.

    Parameters
    ----------
    build : Path
        Holds <stem>.html and notebooks/<stem>.ipynb of every record that is done.
    target : Path
        reports/<client>/<as_of>; an older report there is replaced.
    others : iterable of str
        Notebooks that were not asked for: their pages in the older report are kept, if made from the same data.
    run : mapping
        What the caller knows about the run (when, with how many workers); goes into run.json.

    Returns
    -------
    Path
        The index of the report.
    list of str
        Those of the others whose pages could not be kept.
    """
    kept, outdated = _carry_over(build, target, records, set(others))
    records = sorted([*records, *kept], key=lambda r: r.stem)
    notebooks = {r.stem: _executed(build, r.stem) for r in records if r.status == DONE}
    pages = [_page(r, notebooks.get(r.stem)) for r in records]
    index = render_index(pages, client=client.settings.name, language=client.settings.language)
    (build / "index.html").write_text(index, encoding="utf-8", newline="\n")
    write_json(
        build / "findings.json", findings_json(pages, client=client.settings.name, language=client.settings.language)
    )
    write_json(
        build / RUN,
        {
            **run,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "client": client.slug,
            "settings_sha256": sha256((client.folder / SETTINGS).read_bytes()).hexdigest(),
            "cover": cover(next(iter(notebooks.values()))),
            "versions": versions(),
            "git": git_state(root),
            "notebooks": [vars(r) for r in records],
        },
    )
    swap(build, target)
    return target / "index.html", outdated


def published(folder: Path) -> tuple[Mapping[str, Any], list[Page]]:
    """Return what run.json says of a published report, and its pages in reading order.

    Raises
    ------
    OSError, ValueError, KeyError, MalformedOutput
        A file of the report is missing, or is not as this release writes it.
    """
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    records = [Record(**entry) for entry in run["notebooks"]]
    return run, [_page(r, _executed(folder, r.stem) if r.status == DONE else None) for r in records]


def _page(record: Record, notebook: nbformat.NotebookNode | None) -> Page:
    if notebook is None:
        return Page(record.stem, record.status, None, _missing(record.message))
    return Page(record.stem, record.status, read(notebook), "")


def _missing(message: str) -> str:
    """Return the names in the message of a DataMissing: what a reader of the report needs of it."""
    return message.partition("\n")[0].rpartition(": ")[2].strip("'\"")


def _carry_over(
    build: Path, target: Path, records: Sequence[Record], others: set[str]
) -> tuple[list[Record], list[str]]:
    """Copy the pages of notebooks that were not run now, if the same release made them from the same data."""
    try:
        earlier = json.loads((target / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [], []
    ours = [old for old in earlier["notebooks"] if old["stem"] in others]
    fresh = next(cover(_executed(build, r.stem)) for r in records if r.status == DONE)
    if earlier["cover"] != fresh or earlier["versions"]["salesaudit"] != versions()["salesaudit"]:
        return [], [old["stem"] for old in ours if old["status"] == DONE]
    kept, outdated = [], []
    for old in ours:
        stem = old["stem"]
        files = [Path(f"{stem}.html"), Path("notebooks") / f"{stem}.ipynb"] if old["status"] == DONE else []
        if not all((target / file).exists() for file in files):
            outdated.append(stem)
        elif old["status"] != FAILED:
            for file in files:
                shutil.copy2(target / file, build / file)
            kept.append(Record(**old | {"carried_over": True}))
    return kept, outdated


def _executed(build: Path, stem: str) -> nbformat.NotebookNode:
    return nbformat.read(build / "notebooks" / f"{stem}.ipynb", as_version=4)


def cover(notebook: nbformat.NotebookNode) -> Mapping[str, Any]:
    """Return what an executed notebook says about client, period and input files; of the logo only its fingerprint."""
    found = next(d for d in documents(notebook) if d.get("type") == "cover")
    return found | {"logo": sha256(found["logo"].encode()).hexdigest()} if found.get("logo") else found


def swap(build: Path, target: Path) -> None:
    """Put `build` in the place of `target`: a reader sees the old report or the new one, never a mixture."""
    aside = target.with_name(f".old-{target.name}")
    if target.exists():
        shutil.rmtree(aside, ignore_errors=True)
        target.replace(aside)
    try:
        build.replace(target)
    except BaseException:
        restore(target.parent)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def restore(home: Path) -> None:
    """Bring back the reports of a run that was cut off in the middle of `swap`."""
    for aside in home.glob(".old-*"):
        target = home / aside.name.removeprefix(".old-")
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.replace(target)


def list_clients(reports: Path, *, today: date) -> None:
    """Rewrite the page above all clients; the reports themselves are in place already, so that it may fail quietly."""
    if not reports.is_dir():
        return
    aside = reports / f".index-{os.getpid()}.html"
    try:
        aside.write_text(render_clients(audits(reports), today=today), encoding="utf-8", newline="\n")
        aside.replace(reports / "index.html")
    except Exception as error:  # whatever is wrong here, no client's report is worse for it
        logger.warning("the list of clients could not be written (%s)", type(error).__name__)
        aside.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON that a person can read and that is the same for the same content."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str | None]:
    """Return the versions of what the numbers depend on."""

    def installed(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return {"python": platform.python_version(), **{name: installed(name) for name in packages}}


def git_state(root: Path) -> dict[str, Any] | None:
    """Return commit and whether files differ from it; None outside a checkout."""

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "--no-optional-locks", "-C", str(root), *words], capture_output=True, text=True, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    return None if commit is None else {"commit": commit, "changed": bool(git("status", "--porcelain", "-uno"))}


def _alive(pid: int) -> bool:
    if os.name == "nt":  # there, the signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
