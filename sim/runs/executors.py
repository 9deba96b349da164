"""Executors: this process, others on this machine, or a cluster.

Anything that speaks concurrent.futures will do; these are the three that are tested.
"""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
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


class Cluster(Executor):
    """Hands jobs to a Dask cluster, and lets go of it at the end.

    Args:
        client: the client of the cluster.
        own: the cluster itself, if it is ours to close.
    """

    def __init__(self, client: Any, own: Any = None) -> None:
        self._client, self._own = client, own
        self._jobs = client.get_executor(pure=False)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Let a worker do it."""
        future: Future[Any] = self._jobs.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the jobs, or cancel them, and let go of the cluster."""
        self._jobs.shutdown(wait=wait and not cancel_futures)
        self._client.close()
        if self._own is not None:
            self._own.close()


def stop(executor: Executor) -> None:
    """End the workers at once: what they write is there as a whole or not at all."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()
    executor.shutdown(wait=True, cancel_futures=True)


def worker_died(error: BaseException) -> bool:
    """Whether a job failed because its worker died, not by itself."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


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
        workers: how many workers to start; one a core if not given.
        scheduler: the address of a Dask scheduler; a cluster of its own if not given.

    Raises:
        UserError: unknown executor, Dask not installed, or no scheduler at the address.
    """
    if name not in EXECUTORS:
        raise UserError(f"unknown executor '{name}': {nearest(name, EXECUTORS)}")
    if scheduler and name != "dask":
        raise UserError(f"--scheduler {scheduler}: is for --executor dask")
    count = workers or cores()
    if name == "inline":
        return Inline, 1
    if name == "processes":
        return lambda: _processes(count), count
    return _dask(count, scheduler)


@contextmanager
def workers(count: int | None) -> Iterator[Executor]:
    """Processes to work with, None for all cores; with one, this process does the work.

    Raises:
        UserError: one of them died.
    """
    make, _ = start("inline" if count == 1 else "processes", count)
    pool = make()
    try:
        yield pool
    except BrokenExecutor:
        stop(pool)
        raise UserError("a worker died (out of memory?); try again with fewer --workers") from None
    except BaseException:
        stop(pool)
        raise
    pool.shutdown()


def _processes(count: int) -> Executor:
    """Processes that outlive many jobs, on a start method that is safe with threads."""
    method = "forkserver" if sys.platform == "linux" else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["sim.runs.batch"])
        _start_fork_server()
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin_work)


def _start_fork_server() -> None:
    """Start the process that workers are copies of, so that it looks for sim where this process found it.

    Else it looks in the present folder first, which may hold an agents.py or sim.py of the user's.
    """
    from multiprocessing import forkserver

    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    before = dict(os.environ)
    os.environ |= {"PYTHONSAFEPATH": "1", "PYTHONPATH": path}
    try:
        forkserver.ensure_running()
    finally:
        for name in ("PYTHONSAFEPATH", "PYTHONPATH"):
            os.environ.pop(name)
            os.environ |= {name: before[name]} if name in before else {}


def _begin_work() -> None:
    """Leave interrupts to the parent, and end when it ends: else a killed run would leave its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _dask(count: int, scheduler: str) -> tuple[Callable[[], Executor], int]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        message = "--executor dask: Dask is not installed; pip install 'captive-ally[cluster]'"
        raise UserError(message) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we tell what the user needs to know
    if not scheduler:
        return lambda: _own_cluster(distributed, count), count
    client = _client(distributed, scheduler)
    count = max(1, sum(client.nthreads().values()))
    client.close()
    return lambda: Cluster(_client(distributed, scheduler)), count


def _client(distributed: Any, scheduler: str) -> Any:
    with suppress(Exception):  # of any kind: it depends on what answers there
        _knock(scheduler)
        return distributed.Client(scheduler, timeout=PATIENCE)
    gc.collect()  # else the client that failed, when it is thrown away at last, may lock up the next one
    raise UserError(f"--scheduler {scheduler}: no Dask scheduler answers there")


def _knock(scheduler: str) -> None:
    """Wait until somebody listens at an address; a client that fails leaves threads behind."""
    addressing: Any = import_module("distributed.comm.addressing")
    scheme, place = addressing.parse_address(addressing.normalize_address(scheduler))
    import_module("distributed.comm.registry").get_backend(scheme)  # raises if there is none
    if scheme not in ("tcp", "tls"):
        return
    until = monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(addressing.parse_host_port(place), PATIENCE):
                return
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.2)


def _own_cluster(distributed: Any, count: int) -> Cluster:
    own = distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    return Cluster(distributed.Client(own), own)
