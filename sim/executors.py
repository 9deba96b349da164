"""Who does the work: this process, others on this machine, or a cluster?

Anything that speaks concurrent.futures will do; these are the three that are tested.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from importlib import import_module
from typing import Any

from sim.errors import UserError, nearest

EXECUTORS = ("processes", "inline", "dask")
PATIENCE = 10  # seconds to wait for a scheduler


class Inline(Executor):
    """Does each job at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it now, and hand back what came of it."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # it is the caller's to handle, as with any executor
            future.set_exception(error)
        return future


def cores() -> int:
    """How many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def start(name: str, workers: int | None = None, scheduler: str = "") -> tuple[Callable[[], Executor], int]:
    """How to start an executor, and how many workers it has.

    Args:
        name: "processes", "inline" or "dask".
        workers: how many; all cores if not given.
        scheduler: the address of a Dask scheduler; a cluster of its own if not given.

    Raises:
        UserError: unknown executor, Dask not installed, or no scheduler at the address.
    """
    if name not in EXECUTORS:
        raise UserError(f"unknown executor '{name}': {nearest(name, EXECUTORS)}")
    count = workers or cores()
    if name == "inline":
        return Inline, 1
    if name == "processes":
        return lambda: _processes(count), count
    return _dask(count, scheduler)


def _processes(count: int) -> Executor:
    """Processes that outlive many jobs, on a start method that is safe with threads."""
    method = "forkserver" if sys.platform == "linux" else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["sim.batch"])
    return ProcessPoolExecutor(count, mp_context=context, initializer=_leave_interrupts_to_the_parent)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _dask(count: int, scheduler: str) -> tuple[Callable[[], Executor], int]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        message = "--executor dask: Dask is not installed; pip install 'captive-ally[cluster]'"
        raise UserError(message) from None
    if scheduler:
        try:
            client = distributed.Client(scheduler, timeout=PATIENCE)
        except (OSError, ValueError):
            raise UserError(f"--scheduler {scheduler}: no Dask scheduler answers there") from None
        count = max(1, len(client.scheduler_info()["workers"]))
    else:
        cluster = distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
        )
        client = distributed.Client(cluster)
    return lambda: client.get_executor(retries=2), count
