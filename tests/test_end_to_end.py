"""The main job on the example client: exports in, reports out, the same bytes twice, opened in a real browser."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from salesaudit import batch
from salesaudit.example import write_client
from salesaudit.notebooks import discover

SOURCES = Path(__file__).parents[1] / "notebooks"
STEMS = [path.stem for path in sorted(SOURCES.glob("*.ipynb"))]
DAY = "2026-06-28"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project folder with our notebooks, the example client and a small one."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(SOURCES, root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    write_client(root / "data" / "nordverk")
    write_client(root / "data" / "smallco", scenario="small")
    return root


@pytest.fixture(scope="module")
def reports(project: Path) -> Path:
    """Run every notebook for the example client once and return the folder of its reports."""
    results = batch.run(["nordverk"], root=project, jobs=2)
    assert [(r.notebook, r.status, r.message) for r in results] == [(stem, "done", "") for stem in STEMS]
    return project / "reports" / "nordverk" / DAY


def test_what_is_published(reports: Path) -> None:
    """A report folder holds one page per notebook, the index, the findings, the run and the executed notebooks."""
    files = {p.relative_to(reports).as_posix() for p in reports.rglob("*") if p.is_file()}
    pages = {f"{stem}.html" for stem in STEMS} | {f"notebooks/{stem}.ipynb" for stem in STEMS}
    assert files == pages | {"index.html", "findings.json", "run.json"}


def test_the_index_links_every_finding(reports: Path) -> None:
    """Each finding of each notebook stands in the index, worst first, and its link leads to the place that shows it."""
    index = (reports / "index.html").read_text(encoding="utf-8")
    listed = json.loads((reports / "findings.json").read_text(encoding="utf-8"))["findings"]
    links = re.findall(r'href="(\d\d_\w+\.html)#(finding-[^"]+)"', index)
    assert len(links) == len(listed) > 20
    for page, anchor in links:
        assert f'id="{anchor}"' in (reports / page).read_text(encoding="utf-8")
    order = ["red", "yellow", "green", "grey"]
    ranks = [order.index(f["severity"]) for f in listed]
    assert ranks == sorted(ranks)


def test_the_first_words_are_computed(reports: Path) -> None:
    """Index and reports begin with three sentences from their findings; sections say what was found in them."""
    claims = 0
    for stem in ("index", *STEMS):
        page = (reports / f"{stem}.html").read_text(encoding="utf-8")
        first = re.search(r'<div class="[^"]*opening">(.*?)</div>', page, re.DOTALL)[1]
        assert re.match(r"\s*<p>There (is|are) \d+ findings?: ", first)
        assert first.count("<p>") == 3
        claims += page.count('<span class="kicker">')
    assert claims >= 12
    assert f"nordverk/{DAY}/index.html" in (reports.parents[1] / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("stem", STEMS)
def test_no_code_no_script_no_address(reports: Path, stem: str) -> None:
    """A report shows no code, runs no script, and points nowhere outside."""
    page = (reports / f"{stem}.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:|//)|url\(\s*["']?(?:https?:|//)""", page)
    assert "analyse(" not in page, "no code of a cell"
    assert "import " not in re.sub(r"<[^>]+>", " ", page).replace("important", "")
    assert not re.search(r"\bnan\b|\binf\b|None|NaT|Traceback", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


@pytest.mark.browser
def test_a_customer_called_script_is_text(project: Path, open_page: Callable) -> None:
    """A customer called <script>, sent in an export with errors, stands in the report as text and does nothing."""
    write_client(project / "data" / "dirtyco", scenario="dirty")
    (result,) = batch.run(["dirtyco"], only=["purpose_funnel"], root=project)
    assert result.status == "done", result.message
    page = (project / "reports" / "dirtyco" / DAY / "02_purpose_funnel.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    opened = open_page(re.sub(r"<meta http-equiv=.*?>", "", page, count=1), 1280)
    assert (opened.dialogs, opened.console) == ([], [])


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("stem", ["index", *STEMS])
def test_in_a_browser_without_a_network(reports: Path, open_page: Callable, stem: str, width: int) -> None:
    """Every page opens from the disk: no request, no dialog, no complaint, and nothing wider than the window."""
    opened = open_page((reports / f"{stem}.html").read_text(encoding="utf-8"), width)
    assert [r for r in opened.requests if not r.startswith(("file:", "data:"))] == []
    assert (opened.dialogs, opened.console) == ([], [])
    assert opened.overflow() <= 0
    narrow = opened.page.evaluate(
        "getComputedStyle(document.querySelector('.drawing-narrow') ?? document.body).display"
    )
    if stem != "index":
        assert narrow == ("none" if width == 1280 else "block")


def test_same_data_same_bytes(project: Path) -> None:
    """Two runs on the same exports give the same pages and findings, byte for byte."""
    folder = project / "reports" / "smallco"
    seen = []
    for _ in range(2):
        results = batch.run(["smallco"], root=project, jobs=2)
        assert {r.status for r in results} <= {"done", "skipped"}, [(r.notebook, r.message) for r in results]
        files = sorted(p for p in folder.rglob("*") if p.suffix in (".html", ".json") and p.name != "run.json")
        seen.append({p.relative_to(folder): p.read_bytes() for p in files})
        shutil.rmtree(folder)
    assert len(seen[0]) >= 6
    assert seen[0] == seen[1]


@pytest.mark.parametrize("stem", STEMS)
def test_runs_top_to_bottom_in_jupyterlab(project: Path, stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each notebook runs as JupyterLab runs it: its own kernel, the notebooks folder as working folder."""
    monkeypatch.delenv("SALESAUDIT_HOME", raising=False)
    path = project / "notebooks" / f"{stem}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", ()))
    cell.source = cell.source.replace('"nordverk"', '"smallco"', 1)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    errors = [o for c in notebook.cells for o in c.get("outputs", ()) if o.output_type in ("error", "stream")]
    assert errors == []


def test_discovery_is_the_folder(project: Path) -> None:
    """What runs is what lies in notebooks/, in the order of the numbers."""
    assert [n.stem for n in discover(project)] == STEMS
