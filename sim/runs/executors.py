"""Executors: this process, others on this machine, or a cluster.

Anything that speaks concurrent.futures will do; these are the three that are tested.
"""

import atexit
import ctypes
import gc
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from multiprocessing.managers import SyncManager
from pathlib import Path
from queue import Empty, Queue, SimpleQueue
from time import monotonic, sleep
from typing import Any

from sim.errors import UserError, nearest
from sim.runs.code import code_version
from sim.scenarios.validation import shortened

EXECUTORS = ("processes", "inline", "dask")
TEMPORARY = "captive-ally-"  # how the names of temporary folders begin; the number of a process follows
LONGEST_TEMPORARY = 60  # characters; the name of a socket in it may have 107
PATIENCE = 10  # seconds to wait for a scheduler
# Options of malloc, by their numbers in glibc's malloc.h: the most bytes of an array that lies on the heap,
# and how many bytes may lie free at the heap's end before they are handed back.
ON_HEAP, KEPT_FREE = (-3, 2**25), (-1, 2**28)


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


class Processes(ProcessPoolExecutor):
    """Processes on this machine. The interrupt key waits until one is fully started and registered."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Let a process do it, after some have been started if there are none yet."""
        with uninterrupted():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A stretch of work that the interrupt key does not cut in two; it is heard afterwards."""
    heard: list[int] = []
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if heard:
        raise KeyboardInterrupt


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


def check_executor(name: str, scheduler: str = "") -> None:
    """Make sure that there is such an executor, and that a scheduler is of use to it.

    Raises:
        UserError: unknown executor, or a scheduler for one other than Dask.
    """
    if name not in EXECUTORS:
        raise UserError(f"--executor {shortened(name)}: unknown; {nearest(name, EXECUTORS)}")
    if scheduler and name != "dask":
        raise UserError(f"--scheduler {shortened(scheduler)}: is for --executor dask")


def start(name: str, workers: int | None = None, scheduler: str = "") -> tuple[Callable[[], Executor], int]:
    """How to start an executor, and how many workers it has.

    Args:
        name: "processes", "inline" or "dask".
        workers: how many workers to start; one per core if not given.
        scheduler: the address of a Dask scheduler; a cluster of its own if not given.

    Raises:
        UserError: unknown executor, Dask not installed, or no scheduler at the address.
    """
    check_executor(name, scheduler)
    count = workers or cores()
    if name == "inline":
        return Inline, 1
    if name == "processes":
        return lambda: _processes(count), count
    return _dask(count, scheduler)


@contextmanager
def messages() -> Iterator[Queue[Any]]:
    """A queue for `workers` to say how they get on. Open it after them: they start the server it needs."""
    manager = SyncManager(ctx=_context())
    manager.start(_begin_work)
    with manager:
        yield manager.Queue()


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


def _context() -> Any:
    """How processes are started: in a way that is safe with threads."""
    return multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def _processes(count: int) -> Executor:
    """Processes that outlive many jobs."""
    context = _context()
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["sim.runs.batch"])
        _take_temporary_folder()
        _start_server()
    return Processes(count, mp_context=context, initializer=_begin_work)


def _take_temporary_folder() -> None:
    """Give the processes to come a temporary folder with our name; remove those of killed runs."""
    for left_over in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*-*"):
        owner = left_over.name.removeprefix(TEMPORARY).partition("-")[0]
        if owner.isdecimal() and left_over.is_dir() and not left_over.is_symlink() and not _lives(int(owner)):
            shutil.rmtree(left_over, ignore_errors=True)  # another user's folders stay
    settings: Any = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    if settings.get("tempdir") is None and len(tempfile.gettempdir()) < LONGEST_TEMPORARY:
        settings["tempdir"] = tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-")
        atexit.register(shutil.rmtree, settings["tempdir"], ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def _start_server() -> None:
    """Start the process that workers are copies of, deaf to the interrupt key, as its children then are.

    It is told to look for our packages where this process found them: otherwise it would look first in the
    present folder, which may hold an agents.py or sim.py of the user's.
    """
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # it would unblock the key
    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    told = {"PYTHONSAFEPATH": "1", "PYTHONPATH": path}
    before = {name: os.environ[name] for name in told if name in os.environ}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    os.environ |= told
    try:
        forkserver.ensure_running()
    finally:
        for name in told:
            del os.environ[name]
        os.environ |= before
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _begin_work() -> None:
    """Leave interrupts to the parent, and end when it ends: a killed run must not leave workers behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    keep_memory()


@cache
def keep_memory() -> None:
    """Let this process keep the memory that it frees for what it asks for next.

    This works with glibc, which otherwise hands each large array back to the system and takes a new one,
    zeroed page by page, for the next: with 2,048 worlds that takes a tenth of the time of a day of war and
    a quarter of that of a week of peace.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library, or another system
        set_option = ctypes.CDLL(None).mallopt
        for option, value in (ON_HEAP, KEPT_FREE):
            set_option(option, value)


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
    try:
        count = _threads(client, scheduler)
    finally:
        client.close()
    return lambda: Cluster(_client(distributed, scheduler)), count


def _threads(client: Any, scheduler: str) -> int:
    """How many jobs its workers do at once.

    Raises:
        UserError: it has no workers, or some with other code.
    """
    until = monotonic() + PATIENCE
    while not (threads := sum(client.nthreads().values())):
        if monotonic() > until:
            raise UserError(f"--scheduler {scheduler}: no worker has come to it in {PATIENCE} seconds")
        sleep(0.2)
    for worker, version in client.run(code_version).items():
        if version != code_version():
            raise UserError(
                f"--scheduler {scheduler}: the worker {worker} has another version of the code ({version}); "
                "install the same on all machines"
            )
    return int(threads)


def _client(distributed: Any, scheduler: str) -> Any:
    answers: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=lambda: answers.put(_connected(distributed, scheduler)), daemon=True).start()
    with suppress(Empty):  # one that listens and says nothing would be waited for without end
        client = answers.get(timeout=3 * PATIENCE)
        if client is not None:
            return client
    gc.collect()  # otherwise the failed client, when finally discarded, may lock up the next one
    form = "an address such as tcp://127.0.0.1:8786 is needed"
    raise UserError(f"--scheduler {shortened(scheduler)}: no Dask scheduler answers there; {form}")


def _connected(distributed: Any, scheduler: str) -> Any:
    """A client of a scheduler; None if none answers."""
    with suppress(Exception):  # of any kind: it depends on what answers there
        _knock(scheduler)
        # a client that hangs must not become the default for other libraries
        return distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    return None


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
