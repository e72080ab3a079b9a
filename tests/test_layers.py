"""Who may know whom: imports point down only, and each third-party package has its place."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lib" / "salesaudit"

LAYERS = (
    ("errors", "format", "i18n"),
    ("schema", "words", "privacy", "finding", "calendar", "stats"),
    ("branding", "client", "disclosure", "dataset", "groups", "figure"),
    ("ingest", "charts", "workload", "verification"),
    ("analyses",),
    ("report",),
    ("parameters", "notebooks", "kernels", "pool", "plan", "publish", "batch", "deliver", "forms"),
    ("new_client", "cli", "__main__", "example"),
)
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
FACES = {"", "load", "commentary", "SalesData", "UserError", "DataMissing", "__version__"}
"""What `import salesaudit` itself offers; the rest is imported from its module."""

EVERYWHERE = {"numpy", "pandas"}
ALLOWED = {
    "babel": {"format"},
    "holidays": {"calendar"},
    "scipy": {"stats", "analyses", "example"},
    "statsmodels": {"stats"},
    "pandera": {"schema", "ingest"},
    "pydantic": {"client", "report"},
    "python_calamine": {"ingest"},
    "matplotlib": {"figure", "charts"},
    "PIL": {"figure"},
    "seaborn": {"charts"},
    "xlsxwriter": {"example", "report"},
    "weasyprint": {"report"},
    "pikepdf": {"report"},
    "nbconvert": {"report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "mistune": {"report"},
    "nh3": {"report"},
    "lxml": {"report"},
    "traitlets": {"report", "kernels"},
    "nbformat": {"report", "notebooks", "kernels", "publish", "batch"},
    "papermill": {"kernels"},
    "nbclient": {"kernels"},
    "zmq": {"kernels"},
    "click": {"cli"},
    "tqdm": {"cli"},
}


def by_name(package: Path) -> tuple[Path, ...]:
    """Return the two files that may import an analysis by its name: the list of them, and what the list is for."""
    return package / "cli.py", package / "analyses" / "__init__.py"


def modules(package: Path) -> Iterator[Path]:
    return (path for path in package.rglob("*.py") if path != package / "__init__.py")


def owner(path: Path, package: Path) -> str:
    """Return the module or package directly under salesaudit that a file belongs to."""
    return path.relative_to(package).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield every imported module in full, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, not relative"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches(package: Path) -> Iterator[str]:
    """Yield a sentence for each import that should not be there."""
    for path in modules(package):
        me = owner(path, package)
        if me not in LAYER:
            yield f"{me} is in no layer; add it to LAYERS in this test, and to the design if it is a new idea"
            continue
        for name in imports(path):
            if name in ("importlib", "importlib.import_module") and path not in by_name(package):
                yield f"{path.relative_to(package)} imports modules by name, past this test"
            root, _, rest = name.partition(".")
            if root != "salesaudit":
                if root not in sys.stdlib_module_names | EVERYWHERE and me not in ALLOWED.get(root, ()):
                    places = sorted(ALLOWED.get(root, ()))
                    yield f"{path.relative_to(package)} imports {root}, which belongs to {places}"
                continue
            other = rest.partition(".")[0]
            if other in FACES:  # the face of the package stands above ingest
                if LAYER[me] <= LAYER["ingest"]:
                    yield f"{path.relative_to(package)} imports the face of the package; import the module itself"
            elif other == "analyses":
                mine = ".".join(path.relative_to(package).with_suffix("").parts[:2])
                if me != "analyses" or not f"{rest}.".startswith(f"{mine}."):
                    yield f"{path.relative_to(package)} imports {name}: nothing imports another analysis"
            elif LAYER.get(other, 99) > LAYER[me]:
                yield f"{path.relative_to(package)} imports {other}, which is above it"


def test_imports_point_down() -> None:
    """The house keeps its shape: lower layers know nothing of higher ones, analyses nothing of each other."""
    assert list(breaches(PACKAGE)) == []


def test_every_layered_module_exists() -> None:
    """The table of layers names no module that is gone."""
    there = {owner(path, PACKAGE) for path in modules(PACKAGE)}
    assert set(LAYER) - there == set()


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        ("finding.py", "from salesaudit.batch import run", "imports batch, which is above it"),
        ("stats/money.py", "def f():\n    from salesaudit import figure", "imports figure, which is above it"),
        ("charts.py", "from salesaudit import load", "imports the face of the package"),
        ("report/page.py", "from salesaudit.analyses import visit_frequency", "nothing imports another analysis"),
        ("analyses/a.py", "from salesaudit.analyses import b", "nothing imports another analysis"),
        ("analyses/a/x.py", "from salesaudit.analyses.ab import y", "nothing imports another analysis"),
        ("analyses/a.py", "import matplotlib.pyplot as plt", "imports matplotlib, which belongs to"),
        ("batch.py", "import papermill", "imports papermill, which belongs to ['kernels']"),
        ("calendar.py", "import requests", "imports requests, which belongs to []"),
        ("report/x.py", "import importlib", "imports modules by name"),
        ("misc.py", "import os", "misc is in no layer"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str, problem: str) -> None:
    """Each kind of wrong import is seen, so that silence means order."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(line)
    assert [problem in breach for breach in breaches(tmp_path)] == [True]


def test_an_analysis_may_import_its_own_parts(tmp_path: Path) -> None:
    """A module that became a package stays one analysis."""
    (tmp_path / "analyses" / "a").mkdir(parents=True)
    (tmp_path / "analyses" / "a" / "__init__.py").write_text("from salesaudit.analyses.a.parts import x")
    assert list(breaches(tmp_path)) == []
