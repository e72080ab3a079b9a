"""The notebooks there are, found by looking into the folders: there is no list of analyses anywhere."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from salesaudit.client import Client
from salesaudit.errors import UserError, nearest
from salesaudit.parameters import Parameter, declared


@dataclass(frozen=True)
class Notebook:
    """One notebook that can be run: `NN_name.ipynb`."""

    path: Path

    @property
    def stem(self) -> str:
        """File name without ending: the identity of a notebook, "01_visit_frequency"."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The digits in front, "01"; empty where there are none."""
        return re.match(r"\d*", self.stem).group()

    @property
    def name(self) -> str:
        """The stem without the number: also the name of the analysis module."""
        return re.sub(r"^\d+_", "", self.stem)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What the notebook can be told."""
        return declared(self.path)

    @property
    def question(self) -> str:
        """The first heading."""
        cells = nbformat.read(self.path, as_version=4).cells
        lines = (line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
        return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "")

    def answers_to(self, name: str) -> bool:
        """Return whether "01", "visit_frequency" or "01_visit_frequency" means this notebook."""
        same_number = name.isdigit() and self.number and int(name) == int(self.number)
        return bool(same_number) or name in (self.stem, self.name, self.path.name)


def discover(root: Path, client: Client | None = None) -> list[Notebook]:
    """Return the notebooks in reading order; a client's own come in addition, or instead of ours of the same name."""
    shared = [Notebook(path) for path in _notebooks_in(root / "notebooks")]
    own = [Notebook(path) for path in _notebooks_in(client.folder / "notebooks")] if client else []
    shadowed = {notebook.name for notebook in own}
    return sorted([n for n in shared if n.name not in shadowed] + own, key=lambda n: n.stem)


def _notebooks_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.ipynb") if not path.name.startswith((".", "_")))


def select(notebooks: Sequence[Notebook], only: Iterable[str]) -> list[Notebook]:
    """Return the notebooks that were asked for, all where none was named.

    Raises
    ------
    UserError
        A name that no notebook answers to; with the nearest right one.
    """
    wanted = list(only)
    for name in wanted:
        if not any(notebook.answers_to(name) for notebook in notebooks):
            options = sorted(notebook.stem for notebook in notebooks)
            guess = nearest(name, [n.name for n in notebooks]) or nearest(name, options)
            fix = f"did you mean {guess!r}?" if guess else None
            raise UserError("unknown notebook", value=name, allowed=options, fix=fix)
    return [n for n in notebooks if not wanted or any(n.answers_to(name) for name in wanted)]
