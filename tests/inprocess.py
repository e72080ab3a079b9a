"""Notebooks executed in this process: fast enough to look at every report in every language."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

import salesaudit
from salesaudit.dataset import SalesData

SOURCES = Path(__file__).parents[1] / "notebooks"
STEMS = [path.stem for path in sorted(SOURCES.glob("*.ipynb"))]


def in_language(data: SalesData, language: str, **settings: Any) -> SalesData:
    """Return the same data of a client who reads another language."""
    client = data.client.model_copy(
        update={"settings": data.client.settings.model_copy(update={"language": language, **settings})}
    )
    return replace(data, client=client, commentary={})  # what a consultant wrote stays in her language


def executed(stem: str, data: SalesData, monkeypatch: pytest.MonkeyPatch) -> NotebookNode:
    """Return a notebook with the outputs that a kernel would give for these data.

    Code cells run in order in one namespace; what `display` is called with, and the value of a last expression,
    become outputs through `_repr_mimebundle_`.
    """
    monkeypatch.setattr(salesaudit, "load", lambda client: data)
    nb = nbformat.read(SOURCES / f"{stem}.ipynb", as_version=4)
    shown: list[Any] = []
    names: dict[str, Any] = {"display": lambda *things: shown.extend(things)}
    for cell in nb.cells:
        if cell.cell_type == "code":
            shown.clear()
            shown.extend(_run(cell.source, names))
            cell.outputs = [
                new_output("display_data", thing._repr_mimebundle_()) for thing in shown if thing is not None
            ]
    return nb


def _run(source: str, names: dict[str, Any]) -> Iterator[Any]:
    """Run the statements of a cell and yield the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is not None:
        yield eval(compile(ast.Expression(last.value), "cell", "eval"), names)
