"""Notebooks are thin, carry no outputs, and are written the same way: read without running them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from salesaudit.errors import UserError
from salesaudit.parameters import declared
from tiny import tiny_notebook

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
MOST_CELLS = 20
COLOUR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3,5})?|tab:\w+")
COLOUR_KEYWORDS = {"color", "colour", "palette", "cmap", "facecolor", "edgecolor"}
MOVE = "move it into the analysis module and call it from here"


def faults(path: Path) -> list[str]:
    """Return what is wrong with a notebook: which cell breaks which rule, and how to cure it."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    return [f"{path.name}, {fault}" for fault in (*_of_file(notebook, path), *_of_cells(notebook))]


def _of_file(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        yield "file: it is not in format 4.5; save it with a current JupyterLab"
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield 'file: the kernelspec is not "python3"; choose the plain Python 3 kernel and save'
    if notebook.metadata.get("language_info", {}).get("name") != "python":
        yield "file: language_info is missing, and papermill refuses that; run a cell in JupyterLab and save"
    if len(notebook.cells) > MOST_CELLS:
        yield f"file: it has {len(notebook.cells)} cells, at most {MOST_CELLS} are allowed; merge or drop some"
    yield from _headings(notebook)
    yield from _parameters(notebook, path)
    slots = re.findall(r"commentary\(data, ['\"](.*?)['\"]\)", "\n".join(c.source for c in notebook.cells))
    if slots != [path.stem]:
        yield f'file: it needs one slot for the consultant\'s text; write commentary(data, "{path.stem}")'


def _headings(notebook: NotebookNode) -> Iterator[str]:
    titles = [
        _place(number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "markdown"
        for _ in re.findall(r"^# ", cell.source, flags=re.M)
    ]
    if titles != ([_place(1, notebook.cells[0])] if notebook.cells else None):
        yield f"file: one # heading, in the first cell, must ask the question (found in: {', '.join(titles) or 'none'})"


def _parameters(notebook: NotebookNode, path: Path) -> Iterator[str]:
    tagged = [n for n, cell in enumerate(notebook.cells, start=1) if "parameters" in cell.metadata.get("tags", [])]
    if tagged != [2]:
        yield f"file: the second cell, and it alone, must be tagged parameters (tagged: {tagged or 'none'})"
        return
    try:
        found = declared(path)
    except UserError as error:
        yield f"cell 2: {str(error).splitlines()[0]}; write name: type = literal  # what it is"
        return
    if next(iter(found), None) != "client":
        yield 'cell 2: the first parameter must be client: str = "nordverk"  # folder under data/, or a path'
    annotated = [node.target.id for node in ast.parse(notebook.cells[1].source).body if isinstance(node, ast.AnnAssign)]
    for parameter in found.values():
        if not parameter.help or parameter.name not in annotated:
            yield f"cell 2: {parameter.name} lacks its type or its comment; write name: type = literal  # what it is"


def _of_cells(notebook: NotebookNode) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, start=1):
        place = _place(number, cell)
        if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", cell.get("id", "")):
            yield f"{place}: the id is not a short word; give it one, so that changes can be read"
        if cell.cell_type != "code":
            continue
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"{place}: it holds outputs; clear all outputs and save"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            yield f"{place}: it is not plain Python; no magics, no shell commands"
            continue
        for node in ast.walk(tree):
            if fault := _of_node(node):
                yield f"{place}: {fault}"


def _place(number: int, cell: NotebookNode) -> str:
    return f"cell {number} ({cell.get('id', 'no id')})"


def _of_node(node: ast.AST) -> str | None:
    """Return what is wrong with one piece of syntax, and the cure."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            return f"it defines a function or class; {MOVE}"
        case ast.For() | ast.While() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return f"it loops; {MOVE}"
        case ast.Import(names=names) if any(n.name.partition(".")[0] != "salesaudit" for n in names):
            return "it imports something else than salesaudit; let the analysis module do it"
        case ast.ImportFrom(module=module) if (module or "").partition(".")[0] != "salesaudit":
            return "it imports something else than salesaudit; let the analysis module do it"
        case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
            return "it changes sys.path; install the package once (make lab)"
        case ast.Name(id="plt" | "sns" | "mpl"):
            return "it draws by itself; call a plot_ function of the analysis"
        case ast.Constant(value=str() as text) if COLOUR.fullmatch(text):
            return f"it names the colour {text}; colours belong to figure.py"
        case ast.keyword(arg=str() as name) if name in COLOUR_KEYWORDS:
            return f"it chooses colours ({name}=); colours belong to figure.py"
        case ast.FormattedValue(format_spec=ast.JoinedStr()):
            return "it formats a number; return a typed value (Count, Share, Money) instead"
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return "it formats a number; return a typed value (Count, Share, Money) instead"
        case ast.Call(func=ast.Name(id="round" | "format")) | ast.Call(func=ast.Attribute(attr="format" | "round")):
            return "it formats a number; return a typed value (Count, Share, Money) instead"
        case ast.Call(func=ast.Name(id="print")):
            return "it prints, which no report shows; end the cell with the object"
    return None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path: Path) -> None:
    """Every notebook in notebooks/ keeps every rule; the message says which cell does not, and the cure."""
    assert faults(path) == []


def good(path: Path, *cells: str) -> Path:
    """Write a notebook that keeps every rule, if the given cells do."""
    return tiny_notebook(path, cells=(*cells, f'commentary(data, "{path.stem}")'))


def changed(path: Path, **changes: object) -> Path:
    """Change attributes of the first code cell after the parameters."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].update(changes)
    nbformat.write(notebook, path)
    return path


def test_a_good_notebook_has_no_faults(tmp_path: Path) -> None:
    """The rules leave a proper notebook alone: f-strings without format, calls, display."""
    path = good(
        tmp_path / "01_x.ipynb", "from salesaudit import load\n\ndata = load(client)\ndata", "display(x.f(data))"
    )
    assert faults(path) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("def f(): pass", "defines a function"),
        ("class A: pass", "defines a function or class"),
        ("f = lambda x: x", "defines a function"),
        ("for x in y: pass", "loops"),
        ("while True: pass", "loops"),
        ("[x for x in y]", "loops"),
        ("{x: 1 for x in y}", "loops"),
        ("sum(x for x in y)", "loops"),
        ("import pandas as pd", "imports something else"),
        ("from os import path", "imports something else"),
        ("import salesaudit, sys", "imports something else"),
        ("sys.path.insert(0, 'x')", "sys.path"),
        ("plt.show()", "draws by itself"),
        ("x = '#aabbcc'", "the colour #aabbcc"),
        ("f(data, palette='x')", "chooses colours"),
        ("f'{x:.2f}'", "formats a number"),
        ("'%d' % x", "formats a number"),
        ("'{}'.format(x)", "formats a number"),
        ("round(x, 2)", "formats a number"),
        ("x.round(2)", "formats a number"),
        ("print(x)", "prints"),
        ("%matplotlib inline", "not plain Python"),
    ],
)
def test_code_that_does_not_belong_is_found(tmp_path: Path, code: str, fault: str) -> None:
    """Each rule about code bites, and says in which cell."""
    (found,) = faults(good(tmp_path / "01_x.ipynb", code))
    assert found.startswith("01_x.ipynb, cell 3 (code-0): ")
    assert fault in found


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ("client: str = 'x'", "client lacks its type or its comment"),
        ("client = 'x'  # folder", "client lacks its type or its comment"),
        ("limit: int = 1  # x\nclient: str = 'x'  # folder", "the first parameter must be client"),
        ("client: str = str(1)  # folder", "not a literal"),
    ],
)
def test_a_sloppy_parameters_cell_is_found(tmp_path: Path, parameters: str, fault: str) -> None:
    """Parameters are annotated literals with a comment, the client first."""
    path = tiny_notebook(tmp_path / "01_x.ipynb", parameters=parameters, cells=('commentary(data, "01_x")',))
    assert fault in faults(path)[0]
    assert "cell 2" in faults(path)[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"execution_count": 3}, "holds outputs"),
        ({"outputs": [nbformat.v4.new_output("stream", text="x")]}, "holds outputs"),
        ({"id": "8f3a-22"}, "not a short word"),
        ({"metadata": {"tags": ["parameters"]}}, "tagged parameters (tagged: [2, 3])"),
    ],
)
def test_what_jupyter_leaves_behind_is_found(tmp_path: Path, changes: dict, fault: str) -> None:
    """Outputs would carry a client's data into the repository."""
    path = changed(good(tmp_path / "01_x.ipynb", "data"), **changes)
    assert fault in faults(path)[0]


def test_faults_of_the_whole_file_are_found(tmp_path: Path) -> None:
    """Too long, two titles, no slot, no kernel: all are named at once."""
    path = tiny_notebook(tmp_path / "01_x.ipynb", cells=tuple("data" for _ in range(20)))
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1] = nbformat.v4.new_markdown_cell("text\n\n# A second title", id="late")
    notebook.metadata.clear()
    nbformat.write(notebook, path)
    text = "\n".join(faults(path))
    for fault in ("22 cells", "one # heading", "(question), cell 22 (late)", "slot", "kernelspec", "language_info"):
        assert fault in text
