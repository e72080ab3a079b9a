"""The repository itself: what git sees, what is installed, what is pinned."""

import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {"requirements.lock": ("dev",), "requirements-lab.lock": ("dev", "lab")}
"""Lock -> the extras it pins beside the requirements. The batch runs without JupyterLab, which slows it down."""

CONDA_NAMES = {"matplotlib-base": "matplotlib", "playwright-python": "playwright"}
"""Where conda-forge calls a package otherwise than PyPI."""


def requirements(*extras: str) -> dict[str, str]:
    """Return the packages of pyproject.toml, with those of some extras, each with its version specifier."""
    project = PROJECT["project"]
    extras = [item for extra in extras for item in project["optional-dependencies"][extra]]
    return dict(split(item) for item in (*project["dependencies"], *extras) if not item.startswith("salesaudit"))


def split(requirement: str) -> tuple[str, str]:
    """Return name and specifier of "pandas>=3.0,<4"; parts of the specifier in a fixed order."""
    name, specifier = re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?\s*(.*)", requirement.strip()).groups()
    name = re.sub(r"[-_.]+", "-", name).lower()
    return CONDA_NAMES.get(name, name), ",".join(sorted(part.strip() for part in specifier.split(",")))


@pytest.mark.parametrize(
    "path",
    [
        "lib/salesaudit/new_module.py",
        "lib/salesaudit/analyses/new_analysis.py",
        "lib/salesaudit/locale/sv_SE/LC_MESSAGES/salesaudit.mo",
        "lib/salesaudit/ingest/aliases.csv",
        "notebooks/99_new.ipynb",
        "tests/test_new.py",
        "tests/oracles/new.csv",
        "data/.gitkeep",
        "reports/.gitkeep",
    ],
)
def test_git_sees_the_sources(path: str) -> None:
    """lib/ stands in the usual list of what git ignores for Python; here it is the source directory."""
    assert not ignored(path)


@pytest.mark.parametrize(
    "path",
    ["data/acme/client.toml", "data/acme/exports/x.csv", "reports/acme/2025-12-31/index.html", ".venv/x", "build/x"],
)
def test_git_does_not_see_what_belongs_to_clients(path: str) -> None:
    """A client's data and reports are never committed."""
    assert ignored(path)


def ignored(path: str) -> bool:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "-C", str(ROOT), "check-ignore", "--no-index", "-q", path], capture_output=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def test_environment_yml_equals_pyproject() -> None:
    """Who installs with conda gets the same packages in the same versions, JupyterLab and tools included."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    plain = [item for item in listed if isinstance(item, str)]
    plain += [item for section in listed if isinstance(section, dict) for item in section["pip"]]
    found = dict(split(item) for item in plain if not re.match(r"(-e|--editable)\b|pip$", item))
    assert found.pop("python") == split(f"python{PROJECT['project']['requires-python']}")[1]
    assert found == requirements(*PROJECT["project"]["optional-dependencies"])


def pins(lock: str) -> dict[str, list[tuple[str, str]]]:
    """Return for each package of a lock its versions (one per Python, perhaps), each with its block of lines."""
    found: dict[str, list[tuple[str, str]]] = {}
    for block in re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.M)[1:]:
        name, version = re.match(r"([\w.-]+)==([^\s;\\]+)", block).groups()
        found.setdefault(split(name)[0], []).append((version, block))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_hashes_and_no_address(lock: str) -> None:
    """Every pin is verified by its hash, whichever mirror it comes from."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links)\b", text, flags=re.M)
    assert pins(lock)
    assert [name for name, blocks in pins(lock).items() for _, block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_lock_pins_all_of_pyproject_as_allowed(lock: str, extras: tuple[str, ...]) -> None:
    """No package is left to whatever version is newest today, and no pin contradicts pyproject.toml."""
    pinned = pins(lock)
    assert requirements(*extras).keys() - pinned.keys() == set()
    for name, specifier in requirements(*extras).items():
        for version, _ in pinned[name]:
            assert version in SpecifierSet(specifier), name


def test_every_data_file_is_installed() -> None:
    """A template or font that is not listed as package data would be missing from everything but this checkout."""
    package = ROOT / "lib" / "salesaudit"
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["salesaudit"]
    data = [p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc", ".po", ".pot")]
    names = [str(p.relative_to(package)) for p in data]
    assert names
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []
