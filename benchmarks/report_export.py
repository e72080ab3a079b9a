"""How long the export of a report takes and how large it gets, side by side with nbconvert's stock `lab` export.

    python benchmarks/report_export.py [NOTEBOOK ...]

takes executed notebooks; without any, the newest ones under reports/. Both exporters run in this process on the same
notebook in memory, in turns; the fastest of the repetitions counts, because whatever else the machine does only adds to
it. The last lines do the same with eight times the content. Times are of this machine; the ratio is what matters (aim:
at most 0.5; eight times the content below 2 MB).
"""

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from salesaudit.finding import MIME
from salesaudit.report import render

REPEAT = 9
TIMES = 8


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line per notebook, and one per notebook with eight times the content."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    paths = parser.parse_args(arguments).notebooks or newest()
    logging.disable(logging.WARNING)
    print(f"{'notebook':<34}{'ours s':>8}{'lab s':>8}{'ratio':>7}{'ours kB':>9}{'lab kB':>8}")
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths}
    for stem, notebook in notebooks.items():
        line(stem, notebook)
    for stem, notebook in notebooks.items():
        line(f"{stem} x {TIMES}", multiplied(notebook, TIMES))


def newest() -> list[Path]:
    """Return the executed notebooks of the newest report."""
    folders = Path(__file__).parents[1].glob("reports/*/*/notebooks")
    latest = max(folders, key=lambda folder: folder.parent.name, default=None)
    if latest is None:
        raise SystemExit("there are no reports yet; make them with `make demo`, or name executed notebooks")
    return sorted(latest.glob("*.ipynb"))


def line(name: str, notebook: NotebookNode) -> None:
    """Measure both exports of one notebook and print them."""
    stock = HTMLExporter(template_name="lab")
    exports: dict[str, Callable[[NotebookNode], str]] = {
        "ours": render,
        "lab": lambda nb: stock.from_notebook_node(nb)[0],
    }
    sizes = {key: len(export(deepcopy(notebook)).encode()) for key, export in exports.items()}  # warms up both
    seconds: dict[str, list[float]] = {key: [] for key in exports}
    for _ in range(REPEAT):
        for key, export in exports.items():
            given = deepcopy(notebook)
            start = time.perf_counter()
            export(given)
            seconds[key].append(time.perf_counter() - start)
    ours, lab = (min(seconds[key]) for key in exports)
    print(f"{name:<34}{ours:>8.3f}{lab:>8.3f}{ours / lab:>7.2f}{sizes['ours'] / 1e3:>9.0f}{sizes['lab'] / 1e3:>8.0f}")


def multiplied(notebook: NotebookNode, times: int) -> NotebookNode:
    """Return the notebook with everything below its first cells that many times, under keys of their own."""
    result = deepcopy(notebook)
    for turn in range(1, times):
        for cell in deepcopy(notebook.cells):
            cell["id"] = f"{cell['id']}-{turn}"[-64:]
            for output in cell.get("outputs", ()):
                for document in filter(None, [output.get("data", {}).get(MIME)]):
                    for part in (document, *document.get("items", ())):
                        part |= {name: f"{part[name]}-{turn}" for name in ("key", "see", "anchor") if part.get(name)}
            result.cells.append(cell)
    return result


if __name__ == "__main__":
    main()
