"""Clients x notebooks on tiny notebooks: what is published, what is not, and what is said."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from salesaudit import example, publish
from salesaudit.batch import Result, exit_code, run
from salesaudit.client import open_client
from salesaudit.errors import UserError
from salesaudit.notebooks import discover, select
from salesaudit.plan import plan
from tiny import LOAD, tiny_client, tiny_notebook, tiny_project

MISSING = "from salesaudit import DataMissing\n\nraise DataMissing(['orders.amount'])"
ASKS = "from salesaudit import UserError\n\nraise UserError('the limit is too high', value=limit, fix='lower it')"
KILLS = "import os, time\n\nos.kill(os.getppid(), 9)\ntime.sleep(30)"
NOTEBOOKS = {
    "n01_fine": "",
    "n02_missing": MISSING,
    "n03_broken": "secret = 1\n1 / 0",
    "n04_dies": "import os\n\nos._exit(1)",
    "n05_asks": ASKS,
    "n06_chatty": "print('noise')",
    "n07_kills": KILLS,
    "n09_settings": "assert limit == 0.7, limit",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one notebook for each way to end, and clients that are well, odd and broken."""
    root = tiny_project(tmp_path_factory.mktemp("project"), **NOTEBOOKS)
    tiny_notebook(root / "notebooks" / "08_silent.ipynb", cells=(LOAD,))
    acme = root / "data" / "acme" / "client.toml"
    acme.write_text(acme.read_text() + "[parameters.settings]\nlimit = 0.7\n")
    beta = tiny_client(root / "data" / "beta", name="Bæta <script> & Co")
    tiny_notebook(beta / "notebooks" / "30_broken.ipynb")
    tiny_notebook(beta / "notebooks" / "90_own.ipynb")
    tiny_client(root / "data" / "broken", more="currencyy = 'SEK'")
    tiny_client(root / "data" / "unread")
    (root / "data" / "unread" / "exports" / "visits.csv").unlink()
    return root


@pytest.fixture(scope="module")
def ran(project: Path) -> list[Result]:
    """One run over all of it."""
    names = ["acme", "nobody", "broken", "unread"]
    return run(names, jobs=2, root=project, timeout=120)


def find(results: list[Result], client: str, notebook: str = "") -> Result:
    return next(r for r in results if r.client == client and r.notebook == notebook)


@pytest.mark.parametrize(
    ("notebook", "status", "message"),
    [
        ("01_fine", "done", ""),
        ("02_missing", "skipped", "orders.amount"),
        ("03_broken", "failed", "an error inside the notebook (ZeroDivisionError: division by zero)"),
        ("04_dies", "failed", "the kernel died; it may have run out of memory"),
        ("05_asks", "failed", "the limit is too high: 0.5\n  to fix:  lower it"),
        ("06_chatty", "done", "left out of the report: cell 4: stream"),
        ("07_kills", "failed", "the worker process died"),
        ("08_silent", "failed", "finished without findings"),
        ("09_settings", "done", ""),
    ],
)
def test_each_notebook_ends_as_it_should(ran: list[Result], notebook: str, status: str, message: str) -> None:
    """Done, skipped and failed are told apart and explained, and none stops the others."""
    result = find(ran, "acme", notebook)
    assert result.status == status
    assert message in result.message
    assert "Traceback" not in result.message


def test_only_what_is_done_is_published(ran: list[Result], project: Path) -> None:
    """Nothing from a failed or skipped notebook is in a report folder, and nothing half-built is left beside it."""
    report = project / "reports" / "acme" / "2025-12-31"
    names = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    done = ("01_fine", "06_chatty", "09_settings")
    pages = {f"{stem}.html" for stem in done} | {f"notebooks/{stem}.ipynb" for stem in done}
    assert names == pages | {"index.html", "findings.json", "run.json"}
    assert {path.name for path in report.parent.iterdir()} == {"2025-12-31", "failed"}
    assert find(ran, "acme", "01_fine").report == report / "index.html"


def test_the_traceback_is_in_the_log_only(ran: list[Result], project: Path) -> None:
    """The consultant finds traceback and failed notebook beside the reports; no page holds a word of them."""
    failed = project / "reports" / "acme" / "failed"
    assert "ZeroDivisionError" in (failed / "03_broken.log").read_text()
    assert find(ran, "acme", "03_broken").log == failed / "03_broken.log"
    assert any(cell.get("outputs") for cell in nbformat.read(failed / "03_broken.failed.ipynb", 4).cells)
    assert {p.name for p in failed.glob("*.log")} == {
        f"{stem}.log" for stem in ("03_broken", "04_dies", "05_asks", "07_kills", "08_silent")
    }
    for page in (project / "reports").rglob("*.html"):
        assert not any(word in page.read_text() for word in ("Traceback", "ZeroDivisionError", "noise", "secret"))


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ("nobody", "unknown client: 'nobody'"),
        ("broken", "did you mean 'currency'?"),
        ("unread", "exports"),
    ],
)
def test_a_client_that_cannot_be_run_is_named(ran: list[Result], project: Path, client: str, message: str) -> None:
    """A wrong client is one result that the user can fix; nothing is published for it."""
    result = find(ran, client)
    assert (result.status, result.fixable) == ("failed", True)
    assert message in result.message
    assert not (project / "reports" / client / "2025-12-31").exists()


def test_a_clients_own_notebooks_shadow_and_add(project: Path) -> None:
    """A client's folder replaces notebooks of the same name and adds its own; others do not see them."""
    shared = [n.stem for n in discover(project, open_client("acme", project))]
    mine = [n.stem for n in discover(project, open_client("beta", project))]
    assert set(mine) - set(shared) == {"30_broken", "90_own"}
    assert set(shared) - set(mine) == {"03_broken"}
    results = run([str(project / "data" / "beta")], only=["broken", "own"], jobs=2, root=project)
    assert [(r.notebook, r.status) for r in results] == [("30_broken", "done"), ("90_own", "done")]
    page = (project / "reports" / "beta" / "2025-12-31" / "index.html").read_text()
    assert "<script> & Co" not in page
    assert "&lt;script&gt;" in page


def test_exit_code_prefers_what_the_user_can_fix() -> None:
    """0 all done or skipped, 1 something failed, 2 something failed that the user can fix."""
    done, skipped = Result("a", "1", "done"), Result("a", "2", "skipped", fixable=True)
    failed, fixable = Result("a", "3", "failed"), Result("b", "", "failed", fixable=True)
    assert [exit_code(r) for r in ([], [done, skipped], [done, failed], [fixable], [failed, fixable])] == [
        0,
        0,
        1,
        2,
        2,
    ]


def test_run_json_holds_what_varies(ran: list[Result], project: Path) -> None:
    """Versions, inputs, parameters and statuses are kept with the report, so that it can be made again."""
    record = json.loads((project / "reports" / "acme" / "2025-12-31" / "run.json").read_text())
    assert record["versions"]["pandas"]
    assert record["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert [len(source["sha256"]) for source in record["cover"]["sources"]] == [64]
    by_stem = {n["stem"]: n for n in record["notebooks"]}
    assert by_stem["09_settings"]["parameters"] == {"client": "acme", "limit": 0.7}
    assert by_stem["02_missing"]["status"] == "skipped"
    assert by_stem["01_fine"]["seconds"] > 0


def test_executed_notebooks_hold_no_path_of_the_machine(ran: list[Result], project: Path) -> None:
    """An executed notebook may be sent on without telling where it was run."""
    text = (project / "reports" / "acme" / "2025-12-31" / "notebooks" / "01_fine.ipynb").read_text()
    assert str(project) not in text
    assert "/sa-" not in text


def test_same_data_same_bytes_and_only_keeps_the_rest(ran: list[Result], project: Path) -> None:
    """A second run, of one notebook alone, leaves the same pages, and the index still lists the others."""
    report = project / "reports" / "acme" / "2025-12-31"
    before = {p.name: p.read_bytes() for p in (*report.glob("*.html"), report / "findings.json")}
    again = run(["acme"], only=["9"], root=project)
    after = {p.name: p.read_bytes() for p in (*report.glob("*.html"), report / "findings.json")}
    assert [(r.notebook, r.status) for r in again] == [("09_settings", "done")]
    assert after.keys() == before.keys()
    assert after["01_fine.html"] == before["01_fine.html"]
    assert after["09_settings.html"] == before["09_settings.html"]
    carried = {n["stem"]: n["carried_over"] for n in json.loads((report / "run.json").read_text())["notebooks"]}
    assert carried == {"01_fine": True, "02_missing": True, "06_chatty": True, "09_settings": False}
    once_more = run(["acme"], only=["settings"], root=project)
    assert once_more[0].status == "done"
    assert {p.name: p.read_bytes() for p in (*report.glob("*.html"), report / "findings.json")} == after


def by_hand(source: Path, client: str, *, root: Path, folder: Path) -> bytes:
    """Return the page that the two stock commands make of a notebook."""
    env = os.environ | {"SALESAUDIT_HOME": str(root), "JUPYTER_CONFIG_DIR": str(folder)}
    executed = folder / "executed.ipynb"
    for command in (
        ["papermill", str(source), str(executed), "-p", "client", client, "--no-progress-bar"],
        ["nbconvert", "--to", "salesaudit", str(executed), "--output", "page.html"],
    ):
        module = [sys.executable, "-m", *command]
        done = subprocess.run(module, env=env, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    return (folder / "page.html").read_bytes()


def test_same_bytes_as_papermill_and_nbconvert(ran: list[Result], project: Path, tmp_path: Path) -> None:
    """The two stock commands in a row make the very page that a batch run makes."""
    page = by_hand(project / "notebooks" / "01_fine.ipynb", "acme", root=project, folder=tmp_path)
    assert page == (project / "reports" / "acme" / "2025-12-31" / "01_fine.html").read_bytes()


def test_same_bytes_on_the_first_real_notebook(tmp_path: Path) -> None:
    """The same holds for a notebook with figures and tables, on the small example client."""
    root = Path(__file__).parents[1]
    sources = sorted((root / "notebooks").glob("00_*.ipynb"))
    if not sources:
        pytest.skip("there is no notebook 00")
    example.write_client(tmp_path / "small", scenario="small")
    (result,) = run([str(tmp_path / "small")], only=["00"], root=root, reports=tmp_path / "reports")
    assert result.status == "done", result.message
    page = by_hand(sources[0], str(tmp_path / "small"), root=root, folder=tmp_path)
    assert page == (result.report.parent / f"{result.notebook}.html").read_bytes()


def test_a_run_without_anything_done_leaves_the_old_report(ran: list[Result], project: Path) -> None:
    """What was delivered stays when nothing new can take its place."""
    report = project / "reports" / "acme" / "2025-12-31"
    before = {p.name: p.read_bytes() for p in report.rglob("*") if p.is_file()}
    results = run(["acme"], only=["broken"], root=project)
    assert [(r.status, r.report) for r in results] == [("failed", None)]
    assert {p.name: p.read_bytes() for p in report.rglob("*") if p.is_file()} == before


def test_interrupt_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Ctrl-C in the middle publishes nothing, leaves no folder, no process and no traceback."""
    root = tiny_project(tmp_path, n01_fine="", n02_slow="open('running', 'w').close()\nimport time\n\ntime.sleep(60)")
    command = [sys.executable, "-m", "salesaudit", "run", "acme", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in range(300):
        if (root / "notebooks" / "running").exists():
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "interrupted" in output
    assert "Traceback" not in output
    assert not [*(root / "reports").rglob("*.html"), *(root / "reports").rglob(".build-*")]


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A reports folder that is not writable is the user's to fix, and stops only the clients that need it."""
    root = tiny_project(tmp_path, n01_fine="")
    tiny_client(root / "data" / "beta")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "acme").write_text("a file in the way")
    results = run(["acme", "beta"], root=root, reports=tmp_path / "out")
    refused = find(results, "acme")
    assert (refused.status, refused.fixable) == ("failed", True)
    assert "no report can be written here" in refused.message
    assert "--reports" in refused.message
    assert find(results, "beta", "01_fine").status == "done"


def test_nothing_runs_when_a_parameter_is_misspelt(tmp_path: Path) -> None:
    """A misspelt parameter stops the run before the first kernel, with the right name."""
    root = tiny_project(tmp_path, n01_fine="")
    with pytest.raises(UserError, match="did you mean 'limit'"):
        run(["acme"], parameters={"limt": 1}, root=root)
    with pytest.raises(UserError, match="parameter limit must be float"):
        raise _refused(root, parameters={"limit": "much"})
    assert not (root / "reports").exists()


def _refused(root: Path, *, parameters: dict | None = None, only: tuple[str, ...] = ()) -> UserError:
    """Return the error of the one client that cannot be run."""
    jobs, refused = plan(
        ["acme"], only=only, parameters=parameters or {}, as_text=True, root=root, reports=root / "reports"
    )
    assert not jobs
    return refused[0][1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[parameters.fine]\nlimt = 1", "did you mean 'limit'?"),
        ("[parameters.01_fine]\nlimit = 'a'", "parameter limit must be float"),
        ("[parameters.fone]\nlimit = 1", "did you mean 'fine'?"),
        ("[parameters.fine]\nclient = 'b'", "unknown parameter: 'client'"),
    ],
)
def test_parameters_of_client_toml_are_checked_first(tmp_path: Path, settings: str, message: str) -> None:
    """A wrong [parameters.x] is a problem of that client, found before anything runs."""
    root = tiny_project(tmp_path, n01_fine="")
    with (root / "data" / "acme" / "client.toml").open("a") as file:
        file.write(settings)
    error = _refused(root)
    assert message in str(error)
    assert "client.toml" in str(error)


def test_the_command_line_wins_over_client_toml(tmp_path: Path) -> None:
    """What is typed for one run overrides what the client's folder says."""
    root = tiny_project(tmp_path, n01_fine="")
    with (root / "data" / "acme" / "client.toml").open("a") as file:
        file.write("[parameters.fine]\nlimit = 0.7")
    for typed, limit in (({}, 0.7), ({"limit": "0.9"}, 0.9)):
        jobs, _ = plan(["acme"], only=(), parameters=typed, as_text=True, root=root, reports=root / "reports")
        assert jobs[0].parameters == {"01_fine": {"client": "acme", "limit": limit}}


def test_a_client_outside_the_project_is_passed_on_as_a_path(tmp_path: Path) -> None:
    """A folder anywhere is a client; its reports go under its folder name."""
    root = tiny_project(tmp_path / "project", n01_fine="")
    folder = tiny_client(tmp_path / "elsewhere" / "gamma")
    jobs, _ = plan([str(folder)], only=(), parameters={}, as_text=True, root=root, reports=root / "reports")
    assert jobs[0].parameters["01_fine"]["client"] == str(folder)
    assert jobs[0].home == root / "reports" / "gamma"


def test_two_folders_of_one_name_do_not_share_reports(tmp_path: Path) -> None:
    """Two clients whose reports would overwrite each other are not run together; the same one twice is run once."""
    root = tiny_project(tmp_path / "project", n01_fine="")
    other = tiny_client(tmp_path / "elsewhere" / "acme")
    jobs, refused = plan(
        ["acme", "acme", str(other)], only=(), parameters={}, as_text=True, root=root, reports=root / "reports"
    )
    assert len(jobs) == 1
    assert "their reports would mix" in str(refused[0][1])


@pytest.mark.parametrize("name", ["01", "1", "visit_frequency", "01_visit_frequency"])
def test_notebooks_are_selected_by_number_name_or_stem(tmp_path: Path, name: str) -> None:
    """All three ways to call a notebook lead to it and to no other."""
    root = tiny_project(tmp_path, n01_visit_frequency="", n02_funnel="", n11_other="")
    assert [n.stem for n in select(discover(root), [name])] == ["01_visit_frequency"]


def test_an_unknown_notebook_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt --only runs nothing and names the right notebook."""
    root = tiny_project(tmp_path, n01_visit_frequency="", n02_funnel="")
    with pytest.raises(UserError, match="did you mean 'visit_frequency'"):
        run(["acme"], only=["visit_freqency"], root=root)


def test_checkpoints_and_failed_notebooks_are_not_discovered(tmp_path: Path) -> None:
    """What JupyterLab keeps beside the notebooks is not run."""
    root = tiny_project(tmp_path, n01_fine="")
    tiny_notebook(root / "notebooks" / ".ipynb_checkpoints" / "01_fine-checkpoint.ipynb")
    tiny_notebook(root / "notebooks" / ".hidden.ipynb")
    assert [n.stem for n in discover(root, open_client("acme", root))] == ["01_fine"]


def test_a_notebook_that_takes_no_client_is_refused(tmp_path: Path) -> None:
    """Without the parameter, every client would get the report of one."""
    root = tiny_project(tmp_path)
    tiny_notebook(root / "notebooks" / "01_x.ipynb", parameters="limit: float = 1.0  # x")
    assert "does not take a client" in str(_refused(root))


def test_swap_never_leaves_a_half_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new folder cannot be moved in, the old report is back; when the run was cut off there, next time."""
    target, build = tmp_path / "2025-12-31", tmp_path / ".build-1"
    for folder in (target, build):
        folder.mkdir()
        (folder / "index.html").write_text(folder.name)
    build.rename(tmp_path / "hidden")
    with pytest.raises(FileNotFoundError):
        publish.swap(build, target)
    assert (target / "index.html").read_text() == "2025-12-31"
    target.rename(tmp_path / ".old-2025-12-31")
    publish.restore(tmp_path)
    assert (target / "index.html").read_text() == "2025-12-31"
    (tmp_path / "hidden").rename(build)
    publish.swap(build, target)
    assert (target / "index.html").read_text() == ".build-1"
    assert [path.name for path in tmp_path.iterdir()] == ["2025-12-31"]


def test_a_notebook_that_is_gone_leaves_the_report(ran: list[Result], project: Path, tmp_path: Path) -> None:
    """The page of a notebook that was renamed or deleted does not live on in the next report."""
    root = tmp_path / "project"
    shutil.copytree(project, root)
    (root / "notebooks" / "06_chatty.ipynb").unlink()
    assert [r.notebook for r in run(["acme"], only=["1"], root=root)] == ["01_fine"]
    pages = {p.name for p in (root / "reports" / "acme" / "2025-12-31").glob("*.html")}
    assert pages == {"01_fine.html", "09_settings.html", "index.html"}


def test_pages_of_other_data_are_not_carried_over(ran: list[Result], project: Path, tmp_path: Path) -> None:
    """With --only after the exports changed, the pages made from the old exports go: a report speaks of one state."""
    root = tmp_path / "project"
    shutil.copytree(project, root)
    exports = root / "data" / "acme" / "exports" / "visits.csv"
    exports.write_text(exports.read_text() + "999;S1;C1;2025-06-02;NEED\n")
    results = run(["acme"], only=["1"], root=root)
    report = root / "reports" / "acme" / "2025-12-31"
    assert {p.name for p in report.glob("*.html")} == {"01_fine.html", "index.html"}
    assert {(r.notebook, r.status) for r in results} == {
        ("01_fine", "done"),
        ("06_chatty", "skipped"),
        ("09_settings", "skipped"),
    }
    assert "other data" in results[-1].message
