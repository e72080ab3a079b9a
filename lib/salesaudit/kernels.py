"""One notebook, run in a fresh stock kernel, and what came of it.

Everything that would make two runs differ or two kernels meet is shut off here: threads, hash seeds, the user's own
start-up files, TCP ports.
"""

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import zmq
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError, strip_color
from traitlets.config import Config

from salesaudit.finding import MIME

DONE, SKIPPED, FAILED = "done", "skipped", "failed"
CELL_TIMEOUT = 3600
"""Seconds that one cell may take; `salesaudit run --timeout` overrides it."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SAME_EVERY_TIME = {"PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@dataclass(frozen=True)
class Outcome:
    """What came of one notebook.

    Attributes
    ----------
    status : {"done", "skipped", "failed"}
    message : str
        Why not done; empty when done.
    seconds : float
    fixable : bool
        The user can fix it: the data or a setting are wrong, not the code.
    """

    status: str
    message: str = ""
    seconds: float = 0.0
    fixable: bool = False


def execute(
    notebook: Path,
    executed: Path,
    *,
    parameters: Mapping[str, Any],
    failures: Path,
    root: Path,
    timeout: float = CELL_TIMEOUT,
    scratch: Path | None = None,
) -> Outcome:
    """Run a notebook in its own folder and write the executed copy, if it came to findings.

    Parameters
    ----------
    notebook, executed : Path
        Source and target. The target is written only when the outcome is done.
    parameters : mapping
        Checked values by name, `client` among them.
    failures : Path
        Folder that receives <stem>.log and <stem>.failed.ipynb when the outcome is failed.
    root : Path
        The project folder, in which the notebook looks for its client.
    timeout : float
        Seconds for one cell.
    scratch : Path
        Where the private folder of the kernel is made; the temporary folder where not given.
    """
    began = time.monotonic()
    # A short private folder: the path of a Unix socket may not exceed about 100 characters.
    scratch = Path(tempfile.mkdtemp(prefix="sa-", dir=scratch))
    try:
        draft = scratch / notebook.name
        noise = scratch / "noise.txt"
        with _surroundings(scratch, root), _caught(noise):
            outcome, details = _attempt(notebook, draft, parameters, timeout, scratch)
        if outcome.status == DONE:
            executed.parent.mkdir(parents=True, exist_ok=True)
            _without_paths(draft, executed)
        elif outcome.status == FAILED:
            record_failure(failures, notebook.stem, f"{outcome.message}\n\n{details}\n{_text(noise)}")
            shutil.copyfile(draft if draft.exists() else notebook, failures / f"{notebook.stem}.failed.ipynb")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Outcome(outcome.status, outcome.message, round(time.monotonic() - began, 3), outcome.fixable)


def record_failure(failures: Path, stem: str, text: str) -> Path:
    """Write what the terminal does not show into the log of a notebook and return its path."""
    failures.mkdir(parents=True, exist_ok=True)
    path = failures / f"{stem}.log"
    path.write_text(text, encoding="utf-8")
    return path


def documents(notebook: nbformat.NotebookNode) -> Iterator[Mapping[str, Any]]:
    """Yield what an executed notebook carries under our MIME type, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if MIME in output.get("data", {}):
                yield output["data"][MIME]


def _attempt(
    notebook: Path, draft: Path, parameters: Mapping[str, Any], timeout: float, scratch: Path
) -> tuple[Outcome, str]:
    """Return the outcome, and the details that belong into a log."""
    try:
        finished = papermill.execute_notebook(
            _unbraced(notebook),
            _unbraced(draft),
            parameters=dict(parameters),
            kernel_name="python3",
            cwd=str(notebook.parent),
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=120,
            execution_timeout=timeout,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            config=_transport(scratch),
        )
    except PapermillExecutionError as error:
        return _raised(error), strip_color("\n".join(error.traceback))
    except DeadKernelError:
        return Outcome(FAILED, "the kernel died; it may have run out of memory"), traceback.format_exc()
    except CellTimeoutError:
        return Outcome(FAILED, f"a cell took longer than {timeout:g} seconds"), traceback.format_exc()
    except Exception as error:  # the batch goes on whatever papermill or jupyter trips over; the log has it all
        return Outcome(FAILED, f"the notebook could not be run ({_headline(error)})"), traceback.format_exc()
    shown = {document.get("type") for document in documents(finished)}
    if missing := [kind for kind in ("cover", "findings") if kind not in shown]:
        return Outcome(FAILED, f"finished without {' and '.join(missing)}"), f"it shows: {sorted(map(str, shown))}"
    return Outcome(DONE), ""


def _raised(error: PapermillExecutionError) -> Outcome:
    """Return what an exception inside the notebook means for the run."""
    if error.ename == "DataMissing":
        return Outcome(SKIPPED, error.evalue)
    if error.ename == "UserError":
        return Outcome(FAILED, error.evalue, fixable=True)
    first = (error.evalue or "").strip().partition("\n")[0]
    return Outcome(FAILED, f"an error inside the notebook ({error.ename}: {first})")


def _headline(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _unbraced(path: Path) -> str:
    """Escape a path for papermill, which takes braces for placeholders."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _transport(scratch: Path) -> Config:
    """Return the settings for a private Unix socket; TCP only where there are none (Windows)."""
    config = Config()
    connection = scratch / "kernel.json"
    if zmq.has("ipc") and sys.platform != "win32" and len(f"{connection}-ipc-12") <= zmq.IPC_PATH_MAX_LEN:
        config.KernelManager.transport = "ipc"
        config.KernelManager.connection_file = str(connection)
        config.KernelManager.ip = f"{scratch / 'kernel'}-ipc"
    return config


@contextmanager
def _surroundings(scratch: Path, root: Path) -> Iterator[None]:
    """Set the variables that kernels inherit from this process, and take them back."""
    ours = ONE_THREAD | SAME_EVERY_TIME
    ours |= {"SALESAUDIT_HOME": str(root), "IPYTHONDIR": str(scratch), "JUPYTER_RUNTIME_DIR": str(scratch)}
    before = dict(os.environ)
    os.environ.update(ours)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _caught(path: Path) -> Iterator[None]:
    """Send what this process and its kernel write to the terminal into a file: a crash prints its own stack."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = os.dup(1), os.dup(2)
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 1)
    os.dup2(target, 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, copy in enumerate(kept, start=1):
            os.dup2(copy, number)
            os.close(copy)
        os.close(target)


def _without_paths(draft: Path, executed: Path) -> None:
    """Write the executed notebook without the paths of this machine that papermill noted in it."""
    notebook = nbformat.read(draft, as_version=4)
    for name in ("input_path", "output_path"):
        notebook.metadata.get("papermill", {}).pop(name, None)
    nbformat.write(notebook, executed)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
