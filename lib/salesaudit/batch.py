"""Clients x notebooks: everything is checked before anything runs, and one failure never touches the others."""

import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from salesaudit import kernels, publish, report
from salesaudit.client import project_root
from salesaudit.errors import UserError
from salesaudit.ingest import load
from salesaudit.kernels import DONE, FAILED, SKIPPED, Outcome
from salesaudit.plan import Job, plan
from salesaudit.pool import WorkerDied, Workers

LOAD = -1
"""Place of a client's first load among its tasks: before every notebook."""

LOAD_LOG, PUBLISH_LOG = "load", "publish"
OUTDATED = "its earlier page was made from other data or by another release, and was left out; run it again"


@dataclass(frozen=True)
class Result:
    """What came of one notebook for one client; `notebook` is empty where the client itself is the problem.

    Attributes
    ----------
    client : str
        Slug, or what was asked for where there is no such client.
    status : {"done", "skipped", "failed"}
    fixable : bool
        The user can fix it.
    report : Path or None
        The index of the published report.
    log : Path or None
        Where the details of a failure are.
    """

    client: str
    notebook: str
    status: str
    message: str = ""
    seconds: float = 0.0
    fixable: bool = False
    report: Path | None = None
    log: Path | None = None


Progress = Callable[[Result, int], None]
"""Called with each result and the number of notebooks still to come."""


def run(
    clients: Sequence[str],
    *,
    only: Sequence[str] = (),
    jobs: int = 1,
    parameters: Mapping[str, Any] | None = None,
    as_text: bool = False,
    root: Path | None = None,
    reports: Path | None = None,
    timeout: float = kernels.CELL_TIMEOUT,
    progress: Progress | None = None,
) -> list[Result]:
    """Run notebooks for clients and publish a report for each client with at least one notebook done.

    Parameters
    ----------
    clients : sequence of str
        Names under data/, or paths of client folders.
    only : sequence of str
        Notebooks by number, name or stem; all where empty.
    jobs : int
        Number of worker processes.
    parameters : mapping
        For every notebook that declares them; they win over those of client.toml.
    as_text : bool
        The values of `parameters` come from a command line and are converted.
    root, reports : Path
        The project folder and the folder of reports; found from the current folder where not given.
    timeout : float
        Seconds that one cell may take.
    progress : callable
        Called with each result and the number of notebooks still to come.

    Returns
    -------
    list of Result
        One per client and notebook, clients as they were completed; a client that cannot be run has one of its own.

    Raises
    ------
    UserError
        A notebook or parameter that no client's notebooks know. Nothing was run.
    """
    root = (root or project_root()).resolve()
    reports = (reports or root / "reports").resolve()
    planned, refused = plan(
        clients, only=only, parameters=parameters or {}, as_text=as_text, root=root, reports=reports
    )
    results = [Result(name, "", FAILED, str(error), fixable=True) for name, error in refused]
    started = datetime.now(UTC)
    notes = {"started": started.isoformat(timespec="seconds"), "jobs": jobs, "only": list(only)}
    for finished in _execute(planned, jobs=jobs, timeout=timeout, notes=notes, progress=progress):
        results += finished
    publish.list_clients(reports, today=started.date())
    return results


def exit_code(results: Iterable[Result]) -> int:
    """Return 0 when nothing failed, 2 when something failed that the user can fix, else 1."""
    failed = [result for result in results if result.status == FAILED]
    return 2 if any(result.fixable for result in failed) else 1 if failed else 0


def _execute(
    planned: Sequence[Job], *, jobs: int, timeout: float, notes: Mapping[str, Any], progress: Progress | None
) -> Iterator[list[Result]]:
    """Run the planned jobs and yield the results of each client as soon as it is complete."""
    left = sum(len(job.notebooks) for job in planned)
    scratch = Path(tempfile.mkdtemp(prefix="sa-"))
    try:
        with Workers(jobs) as workers:
            for number, job in enumerate(planned):
                workers.submit((number, LOAD), first_load, job.client.folder, job.failures)
            for (number, place), value in workers.results():
                job = planned[number]
                if place == LOAD and (refused := _refused(job, value)) is None:
                    for position, task in enumerate(_tasks(job, timeout, scratch)):
                        workers.submit((number, position), run_task, task)
                    continue
                done_now = len(job.notebooks) if place == LOAD else 1
                result = refused if place == LOAD else _ended(job, job.notebooks[place].stem, value)
                left -= done_now
                if progress is not None:
                    progress(result, left)
                if place == LOAD:
                    yield [result]
                elif len(job.outcomes) == len(job.notebooks):
                    yield _finish(job, notes)
    finally:
        for job in planned:
            if job.build is not None:
                shutil.rmtree(job.build, ignore_errors=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _refused(job: Job, loaded: Any) -> Result | None:
    """Return the result of a client that cannot be read or written; else note the day its audit looks from."""
    outcome, job.as_of = (_lost(job, LOAD_LOG, loaded), "") if isinstance(loaded, Exception) else loaded
    if outcome.status == DONE:
        try:
            _prepare(job)
        except OSError as error:
            fix = "make it writable, or give another folder with --reports"
            problem = UserError("no report can be written here", value=error.strerror, where=str(job.home), fix=fix)
            return _result(job, "", Outcome(FAILED, str(problem), fixable=True))
        return None
    return _result(job, "", outcome, log=None if outcome.fixable else job.failures / f"{LOAD_LOG}.log")


def _tasks(job: Job, timeout: float, scratch: Path) -> list["Task"]:
    return [
        Task(n.path, job.parameters[n.stem], job.build, job.failures, job.root, timeout, scratch) for n in job.notebooks
    ]


def _ended(job: Job, stem: str, value: Any) -> Result:
    """Note and return what came of one notebook."""
    job.outcomes[stem] = _lost(job, stem, value) if isinstance(value, Exception) else value
    return _result(job, stem, job.outcomes[stem])


def _lost(job: Job, stem: str, error: Exception) -> Outcome:
    """Return the outcome of a task whose process died, and log it."""
    kernels.record_failure(job.failures, stem, "".join(traceback.format_exception(error)))
    return Outcome(FAILED, str(error) if isinstance(error, WorkerDied) else internal(error))


def internal(error: Exception) -> str:
    """Return what is said of a fault of ours: one line, no traceback."""
    return f"internal error ({type(error).__name__}: {str(error).strip().partition(chr(10))[0]})"


def _prepare(job: Job) -> None:
    """Make the folder in which the report grows, and forget how its notebooks failed before."""
    job.build = publish.build_folder(job.home)
    for notebook in job.notebooks:
        for name in (f"{notebook.stem}.log", f"{notebook.stem}.failed.ipynb"):
            (job.failures / name).unlink(missing_ok=True)
    for name in (LOAD_LOG, PUBLISH_LOG):
        (job.failures / f"{name}.log").unlink(missing_ok=True)
    if job.failures.is_dir() and not any(job.failures.iterdir()):
        job.failures.rmdir()


def _finish(job: Job, notes: Mapping[str, Any]) -> list[Result]:
    """Publish what is done and return the results of a client."""
    index, outdated = None, []
    if any(outcome.status == DONE for outcome in job.outcomes.values()):
        records = [publish.record(job.outcomes[n.stem], n.path, job.parameters[n.stem]) for n in job.notebooks]
        target = job.home / job.as_of
        about = {"others": job.others, "client": job.client, "root": job.root, "run": notes}
        try:
            index, outdated = publish.publish(job.build, target, records, **about)
        except Exception as error:  # one client's broken report must not take the other clients along
            kernels.record_failure(job.failures, PUBLISH_LOG, traceback.format_exc())
            return [_result(job, "", Outcome(FAILED, internal(error)), log=job.failures / f"{PUBLISH_LOG}.log")]
    results = [_result(job, n.stem, job.outcomes[n.stem], report=index) for n in job.notebooks]
    return results + [_result(job, stem, Outcome(SKIPPED, OUTDATED), report=index) for stem in outdated]


def _result(job: Job, stem: str, outcome: Outcome, *, report: Path | None = None, log: Path | None = None) -> Result:
    if outcome.status == FAILED and log is None and stem:
        log = job.failures / f"{stem}.log"
    return Result(job.client.slug, stem, outcome.status, outcome.message, outcome.seconds, outcome.fixable, report, log)


@dataclass(frozen=True)
class Task:
    """One notebook for one client, as it is handed to a worker."""

    notebook: Path
    parameters: Mapping[str, Any]
    build: Path
    failures: Path
    root: Path
    timeout: float
    scratch: Path


def first_load(folder: Path, failures: Path) -> tuple[Outcome, str]:
    """Read a client's exports once before its notebooks do; return the outcome and the day the audit looks from."""
    try:
        data = load(str(folder))
    except UserError as error:
        return Outcome(FAILED, str(error), fixable=True), ""
    except Exception as error:  # a fault of ours stops this client, not the others
        kernels.record_failure(failures, LOAD_LOG, traceback.format_exc())
        return Outcome(FAILED, internal(error)), ""
    return Outcome(DONE), data.as_of.isoformat()


def run_task(task: Task) -> Outcome:
    """Execute a notebook and, if it is done, render its page. Runs in a worker process."""
    stem = task.notebook.stem
    executed = task.build / "notebooks" / f"{stem}.ipynb"
    outcome = kernels.execute(
        task.notebook,
        executed,
        parameters=task.parameters,
        failures=task.failures,
        root=task.root,
        timeout=task.timeout,
        scratch=task.scratch,
    )
    if outcome.status != DONE:
        return outcome
    try:
        notebook = nbformat.read(executed, as_version=4)
        page, dropped = report.render(notebook), report.read(notebook).dropped
    except Exception as error:  # a page that cannot be made is a failure of this notebook alone
        kernels.record_failure(task.failures, stem, traceback.format_exc())
        shutil.move(executed, task.failures / f"{stem}.failed.ipynb")
        return replace(outcome, status=FAILED, message=f"no page could be made: {internal(error)}")
    (task.build / f"{stem}.html").write_text(page, encoding="utf-8", newline="\n")
    return replace(outcome, message=f"left out of the report: {', '.join(dropped)}") if dropped else outcome
