"""What a run will do, checked to the last parameter before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesaudit.client import SETTINGS, Client, open_client
from salesaudit.errors import UserError, unknown_name
from salesaudit.kernels import Outcome
from salesaudit.notebooks import Notebook, discover, select
from salesaudit.parameters import checked, unknown_parameter


@dataclass
class Job:
    """One client's part of a run.

    `others` are the notebooks that were not asked for; `as_of`, `build` and `outcomes` are filled in as it goes on.
    """

    client: Client
    root: Path
    home: Path
    notebooks: Sequence[Notebook]
    parameters: Mapping[str, Mapping[str, Any]]
    others: Sequence[str] = ()
    as_of: str = ""
    build: Path | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def failures(self) -> Path:
        """Where logs and failed notebooks go: never into a report."""
        return self.home / "failed"


def plan(
    names: Sequence[str],
    *,
    only: Sequence[str],
    parameters: Mapping[str, Any],
    as_text: bool,
    root: Path,
    reports: Path,
) -> tuple[list[Job], list[tuple[str, UserError]]]:
    """Return a job for each client that can be run, and the error of each that cannot.

    Parameters
    ----------
    names : sequence of str
        Clients by name or path; the same client twice is run once.
    only : sequence of str
        Notebooks by number, name or stem; all where empty.
    parameters, as_text
        Values of the command line, and whether they are text still to be converted.

    Raises
    ------
    UserError
        A notebook or a parameter of the command line that none of the clients' notebooks know.
    """
    opened, refused = _open(names, root)
    selected: dict[Path, list[Notebook]] = {}
    for client in list(opened):
        try:
            selected[client.folder] = select(_some(discover(root, client), root), only)
        except UserError as error:
            opened.remove(client)
            refused.append((client.slug, error))
            if not opened and not selected:
                raise
    _known_somewhere(parameters, [notebook for notebooks in selected.values() for notebook in notebooks])
    jobs = []
    for client in opened:
        notebooks = selected[client.folder]
        try:
            _known_settings(client, root)
            told = {n.stem: _told(n, client, parameters, as_text=as_text, root=root) for n in notebooks}
        except UserError as error:
            refused.append((client.slug, error))
        else:
            others = [n.stem for n in discover(root, client) if n.stem not in told]
            jobs.append(Job(client, root, reports / client.slug, notebooks, told, others))
    return jobs, refused


def _open(names: Sequence[str], root: Path) -> tuple[list[Client], list[tuple[str, UserError]]]:
    opened: dict[str, Client] = {}
    refused = []
    for name in names:
        try:
            client = open_client(name, root)
            other = opened.setdefault(client.slug, client)
            if other.folder != client.folder:
                raise UserError(
                    "two clients have the same folder name, and their reports would mix",
                    value=f"{other.folder}, {client.folder}",
                    fix="run them one after the other with different --reports, or rename one folder",
                )
        except UserError as error:
            refused.append((name, error))
    return list(opened.values()), refused


def _some(notebooks: list[Notebook], root: Path) -> list[Notebook]:
    if not notebooks:
        raise UserError(
            "there are no notebooks",
            where=str(root / "notebooks"),
            fix="change to the project folder, or set SALESAUDIT_HOME to it",
        )
    return notebooks


def _known_somewhere(parameters: Mapping[str, Any], notebooks: Iterable[Notebook]) -> None:
    """Refuse a parameter of the command line that no selected notebook takes."""
    notebooks = list(notebooks)
    known = {name: p for notebook in notebooks for name, p in notebook.parameters.items() if name != "client"}
    for name in parameters:
        if notebooks and name not in known:
            raise unknown_parameter(name, known, where="command line")


def _known_settings(client: Client, root: Path) -> None:
    """Refuse a [parameters.x] of client.toml that belongs to no notebook."""
    notebooks = discover(root, client)
    for key in client.settings.parameters:
        if not any(notebook.answers_to(key) for notebook in notebooks):
            where = f"{client.folder / SETTINGS}, [parameters.{key}]"
            raise unknown_name("notebook", key, [n.name for n in notebooks], where=where)


def _told(
    notebook: Notebook, client: Client, parameters: Mapping[str, Any], *, as_text: bool, root: Path
) -> dict[str, Any]:
    """Return the checked parameters of one notebook: client.toml first, then the command line."""
    takes = {name: p for name, p in notebook.parameters.items() if name != "client"}
    if len(takes) == len(notebook.parameters):
        raise UserError(
            "the notebook does not take a client",
            where=str(notebook.path),
            fix='tag a cell "parameters" and declare in it: client: str = "name"  # folder under data/, or a path',
        )
    values: dict[str, Any] = {}
    for key, given in client.settings.parameters.items():
        if notebook.answers_to(key):
            values |= checked(takes, given, where=f"{client.folder / SETTINGS}, [parameters.{key}]")
    typed = {name: value for name, value in parameters.items() if name in takes}
    values |= checked(takes, typed, where=f"command line, for {notebook.stem}", as_text=as_text)
    named = client.folder == (root / "data" / client.slug).resolve()
    return {"client": client.slug if named else str(client.folder)} | values
