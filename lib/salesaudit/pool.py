"""Worker processes of which one may die without taking the others' work along."""

import logging
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Any, Self


class WorkerDied(Exception):
    """The process that worked on a task is gone: killed, or out of memory."""


class Workers:
    """Runs tasks in processes, those with the smallest key first.

    Only as many tasks as there are workers are handed over at a time, so that a dead worker can have been at
    nothing but those. They are tried once more, each alone, to find the one that kills.

    Parameters
    ----------
    jobs : int
        Number of processes, at least 1.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)
        self._waiting: dict[Any, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        self._running: dict[Future[Any], Any] = {}
        self._executor = _executor(self.jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._executor.shutdown()
        else:
            _stop(self._executor)

    def submit(self, key: Any, function: Callable[..., Any], *args: Any) -> None:
        """Queue a task under a sortable key; allowed while `results` is being read."""
        self._waiting[key] = (function, args)

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Yield key and result of each task as it ends; the result is the exception where there was one."""
        tasks: dict[Any, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self.jobs:
                key = min(self._waiting)
                tasks[key] = self._waiting.pop(key)
                function, args = tasks[key]
                self._running[self._executor.submit(function, *args)] = key
            finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in finished):
                finished, _ = wait(self._running)
            lost = []
            for future in finished:
                key = self._running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(key)
                else:
                    yield key, future.exception() or future.result()
            if lost:
                self._executor = _executor(self.jobs)
                for key in sorted(lost):
                    function, args = tasks[key]
                    yield key, _alone(function, *args)


def _executor(jobs: int) -> ProcessPoolExecutor:
    # spawn: the caller may have threads, open sockets and a running event loop, and Windows knows nothing else
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_settle)


def _alone(function: Callable[..., Any], *args: Any) -> Any:
    executor = _executor(1)
    try:
        future = executor.submit(function, *args)
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            return WorkerDied("the worker process died; it may have run out of memory")
        return error or future.result()
    finally:
        _stop(executor)


def _stop(executor: ProcessPoolExecutor) -> None:
    """End the workers now; a kernel ends by itself when its parent is gone."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def _settle() -> None:
    """Prepare a worker: Ctrl-C is the parent's business, and nobody outlives the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)  # what a task has to say is in its result
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
