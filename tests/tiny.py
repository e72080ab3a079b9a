"""A project in a temporary folder with notebooks of a few lines, for tests of what runs notebooks."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

VISITS = "visit_id;seller_id;customer_id;date;purpose\n" + "".join(
    f"{n};S{n % 3};C{n % 7};2025-{1 + n % 12:02d}-{1 + n % 28:02d};NEED\n" for n in range(1, 60)
)
PARAMETERS = 'client: str = "acme"  # folder under data/, or a path\nlimit: float = 0.5  # of something'
LOAD = "from salesaudit import load\n\ndata = load(client)\ndata"
FINDINGS = """\
from salesaudit.finding import Finding, Findings, Severity
from salesaudit.format import Number
from salesaudit.i18n import message

text = message("The limit is {limit}", limit=Number(limit))
Findings((Finding("T-01", Severity.GREEN, text, text, text, text, n=1, unit=message("visits")),), data.context)
"""


def tiny_project(root: Path, **notebooks: str) -> Path:
    """Make data/, notebooks/ and one client; keyword arguments are notebooks whose code stands before the load."""
    (root / "notebooks").mkdir(parents=True)
    for stem, code in notebooks.items():
        tiny_notebook(root / "notebooks" / f"{stem.lstrip('n')}.ipynb", code)
    tiny_client(root / "data" / "acme")
    return root


def tiny_client(folder: Path, more: str = "", name: str = "Acme AB") -> Path:
    """Make a client with 59 visits; `more` is added to client.toml."""
    (folder / "exports").mkdir(parents=True)
    (folder / "exports" / "visits.csv").write_text(VISITS, encoding="utf-8")
    settings = f'name = "{name}"\ncountry = "SE"\ncurrency = "SEK"\nas_of = 2025-12-31\n{more}'
    (folder / "client.toml").write_text(settings, encoding="utf-8")
    return folder


def tiny_notebook(
    path: Path, code: str = "", *, parameters: str = PARAMETERS, cells: tuple[str, ...] | None = None
) -> Path:
    """Write a notebook that shows a cover and one finding."""
    sources = [code, LOAD, FINDINGS] if cells is None else list(cells)
    notebook = new_notebook(
        cells=[
            new_markdown_cell(f"# Is {path.stem} in order?\n\nOne paragraph.", id="question"),
            new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
            *(new_code_cell(source, id=f"code-{n}") for n, source in enumerate(sources) if source),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
