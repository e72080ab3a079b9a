"""An analysis is three files of one stem, and that is all it takes."""

import importlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from salesaudit.i18n import Message
from salesaudit.notebooks import Notebook, discover
from salesaudit.schema import TABLES, split
from tiny import tiny_notebook, tiny_project

ROOT = Path(__file__).parents[1]
ANALYSES = ROOT / "lib" / "salesaudit" / "analyses"
NOTEBOOKS = discover(ROOT)
FUNCTIONS = ("analyse", "key_figures", "findings", "method")


def module_of(notebook: Notebook) -> ModuleType:
    return importlib.import_module(f"salesaudit.analyses.{notebook.name}")


def public_functions(module: ModuleType) -> dict[str, object]:
    names = [*FUNCTIONS, *(name for name in vars(module) if name.startswith(("plot_", "table_")))]
    return {name: getattr(module, name) for name in names}


def test_there_is_something_to_check() -> None:
    """The parametrised tests below cannot pass by finding nothing."""
    assert NOTEBOOKS
    assert {n.name for n in NOTEBOOKS} == {path.stem for path in ANALYSES.iterdir() if not path.name.startswith("_")}


def absent(root: Path, notebook: Notebook) -> list[str]:
    """Return which of the files of an analysis are not there."""
    analyses = root / "lib" / "salesaudit" / "analyses"
    wanted = {
        f"lib/salesaudit/analyses/{notebook.name}.py": [
            *analyses.glob(f"{notebook.name}.py"),
            *analyses.glob(f"{notebook.name}/__init__.py"),
        ],
        f"tests/test_{notebook.name}.py": list((root / "tests").rglob(f"test_{notebook.name}.py")),
        "a number in the notebook's name": notebook.number,
    }
    return [name for name, found in wanted.items() if not found]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_the_three_files_of_an_analysis(notebook: Notebook) -> None:
    """Notebook, module and test file share a stem; the number is the reading order."""
    assert absent(ROOT, notebook) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_the_face_of_an_analysis(notebook: Notebook) -> None:
    """Every analysis offers the same verbs, all documented, with keywords only after the data."""
    module = module_of(notebook)
    assert module.__doc__
    functions = public_functions(module)
    assert len(functions) > len(FUNCTIONS), "at least one plot_ or table_"
    for name, function in functions.items():
        assert inspect.getdoc(function), f"{name} has no docstring"
        first, *others = inspect.signature(function).parameters.values()
        assert first.name == ("data" if name == "analyse" else "result"), f"{name}({first.name})"
        for parameter in others:
            assert parameter.kind is parameter.KEYWORD_ONLY, f"{name}: {parameter.name} must be a keyword"
            assert parameter.default is not parameter.empty, f"{name}: {parameter.name} has no default"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_what_an_analysis_needs_is_in_the_schema(notebook: Notebook) -> None:
    """A misspelt column in REQUIRES would skip an analysis for ever."""
    module = module_of(notebook)
    assert isinstance(module.QUESTION, Message)
    for name in (*module.REQUIRES, *module.USES, *(c for way in getattr(module, "WAYS", ()) for c in way)):
        table, column = split(name)
        assert table in TABLES, name
        assert column is None or column in TABLES[table].names, name


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_parameters_keep_the_defaults_of_the_functions(notebook: Notebook) -> None:
    """A parameter of the notebook is a keyword of analyse, findings or a figure, with the same default."""
    functions = public_functions(module_of(notebook)).values()
    keywords = {
        name: p.default
        for f in functions
        for name, p in inspect.signature(f).parameters.items()
        if p.default != p.empty
    }
    for parameter in notebook.parameters.values():
        if parameter.name != "client":
            assert parameter.name in keywords, f"no function of the analysis takes {parameter.name}"
            default = keywords[parameter.name]
            default = list(default) if isinstance(default, tuple) else default
            assert parameter.default == default, f"{parameter.name}: {parameter.default} here, {default} there"


TRIAL_MODULE = '''\
"""A trial: one more analysis."""

from dataclasses import dataclass

from salesaudit.dataset import Context, SalesData
from salesaudit.finding import Finding, Findings, Severity
from salesaudit.format import Count
from salesaudit.i18n import message

REQUIRES = ("visits.date",)
USES = ("absence.seller_id",)
QUESTION = message("Does a further analysis need further edits?")


@dataclass(frozen=True)
class Trial:
    context: Context
    n: int


def analyse(data: SalesData) -> Trial:
    data.require(REQUIRES)
    return Trial(data.context, len(data.visits))


def findings(result: Trial, *, enough: int = 3) -> Findings:
    text = message("{n} visits", n=Count(result.n))
    severity = Severity.GREEN if result.n >= enough else Severity.GREY
    return Findings((Finding("TR-01", severity, text, text, text, text, n=result.n, unit=text),), result.context)
'''


def test_a_further_analysis_is_three_new_files(tmp_path: Path) -> None:
    """A module and a notebook put into their folders are listed and run, with no other edit anywhere."""
    root = tiny_project(tmp_path)
    shutil.copytree(ROOT / "lib", root / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (root / "lib" / "salesaudit" / "analyses" / "trial.py").write_text(TRIAL_MODULE)
    cells = (
        "from salesaudit import load\nfrom salesaudit.analyses import trial\n\ndata = load(client)\ndata",
        "result = trial.analyse(data)\ntrial.findings(result, enough=enough)",
    )
    parameters = 'client: str = "acme"  # folder under data/, or a path\nenough: int = 3  # visits'
    notebook = Notebook(tiny_notebook(root / "notebooks" / "99_trial.ipynb", parameters=parameters, cells=cells))
    assert absent(root, notebook) == ["tests/test_trial.py"]
    (root / "tests").mkdir()
    (root / "tests" / "test_trial.py").write_text('"""Tests of the trial."""')
    assert absent(root, notebook) == []
    env = os.environ | {"PYTHONPATH": str(root / "lib")}

    def salesaudit(*words: str) -> str:
        command = [sys.executable, "-m", "salesaudit", *words]
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    listed = salesaudit("list")
    assert "99_trial\n  Does a further analysis need further edits?" in listed
    assert "enough: int = 3  # visits" in listed
    assert "needs: visits.date" in listed
    assert "done     99_trial" in salesaudit("run", "acme", "-p", "enough=5")
    assert "59 visits" in (root / "reports" / "acme" / "2025-12-31" / "99_trial.html").read_text()
