"""A batch: many jobs are done, whatever happens to the workers.

A few jobs are in flight at a time, on any executor of concurrent.futures. A job whose worker dies, or is
short of memory, is tried again, alone; one that keeps failing is halved, and halved again, down to the worlds
that make it fail, which are recorded while the rest finishes.
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path
from socket import gethostname
from time import sleep

from sim.errors import UserError
from sim.runs.code import code_version
from sim.runs.executors import keep_memory, stop, worker_died
from sim.runs.job_files import Receipt, run_and_write, sound_receipt, write_receipt
from sim.runs.plan import Job, Plan

IN_FLIGHT = 3  # jobs handed out for each worker: enough to keep it busy, few enough to keep in memory
TRIES = 2  # per job, before it is narrowed down
STARTS, PAUSE = 3, 0.5  # how often new workers are started, and seconds in between
GONE = (BrokenExecutor, EOFError, ConnectionError)  # errors that mean that no worker is left
GOES_ON = "what is done is kept, and the same command goes on from here"


class OtherCodeError(RuntimeError):
    """A worker has another version of the code."""


def work_with(
    code: str, work: Callable[[Plan, Job, Path], Receipt], plan: Plan, job: Job, folder: Path
) -> Receipt:
    """Do a job, with one version of the code only: what a worker is asked to do.

    Raises:
        OtherCodeError: the worker has another.
    """
    here = code_version()
    if here != code:
        raise OtherCodeError(f"a worker on {gethostname()} has other code ({here}, not {code})")
    keep_memory()
    return work(plan, job, folder)


class Batch:
    """Runs the jobs of a plan on an executor, a few in flight at a time.

    Args:
        plan: the plan to run.
        folder: the folder in which jobs leave their files.
        make_executor: a function that starts an executor; called again if its workers have died.
        workers: how many workers an executor has.
        done: a function that is called after each job with its number of worlds.
        work: the function that a worker calls with plan, job and folder.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        make_executor: Callable[[], Executor],
        workers: int,
        done: Callable[[int], None],
        work: Callable[[Plan, Job, Path], Receipt] = run_and_write,
    ) -> None:
        self.plan, self.folder, self.workers, self.done, self.work = plan, folder, workers, done, work
        self._start = make_executor
        self._executor: Executor | None = None
        self._broken = False
        self._waiting: deque[Job] = deque()
        self._suspects: deque[Job] = deque()
        self._in_flight: dict[Future[Receipt], Job] = {}
        self._tries: dict[Job, int] = {}
        self._reasons: dict[Job, str] = {}

    def run(self, todo: list[Job]) -> None:
        """Run jobs until each has a receipt.

        Raises:
            UserError: the disk is full or the workers have gone, and what is done is kept; or the folder has
                gone.
        """
        self._waiting = deque(todo)
        try:
            self._executor = self._start()
            while self._waiting or self._suspects or self._in_flight:
                self._submit_some()
                self._collect()
        except BaseException:
            if self._executor is not None:
                stop(self._executor)
            raise
        self._executor.shutdown(wait=True)

    def _submit_some(self) -> None:
        """Keep the workers busy; a suspect job runs alone, so that only it can be to blame."""
        if self._suspects:
            if not self._in_flight:
                self._submit(self._suspects.popleft())
            return
        while self._waiting and len(self._in_flight) < IN_FLIGHT * self.workers:
            self._submit(self._waiting.popleft())

    def _submit(self, job: Job) -> None:
        assert self._executor is not None
        try:
            future = self._executor.submit(work_with, code_version(), self.work, self.plan, job, self.folder)
        except GONE as error:  # one died before it had anything to do
            future = Future()
            future.set_exception(BrokenExecutor(str(error)))
        self._in_flight[future] = job

    def _collect(self) -> None:
        """Wait for the next jobs to come back; if workers have died, see to those that were lost."""
        alone = len(self._in_flight) == 1
        finished, _ = wait(self._in_flight, return_when=FIRST_COMPLETED)
        in_order = [future for future in self._in_flight if future in finished]
        lost = [job for future in in_order if (job := self._take(future)) is not None]
        if self._broken:
            lost += self._restart()
        for job in lost:
            self._tries[job] = self._tries.get(job, 0) + 1
            if alone and self._tries[job] > TRIES:
                self._narrow(job, self._reasons.pop(job, "its worker died"), passing=True)
            else:
                self._suspects.append(job)

    def _take(self, future: Future[Receipt]) -> Job | None:
        """Note a job that has come back; return it if the machine, not the job, is to blame."""
        job = self._in_flight.pop(future)
        if future.cancelled():  # its scheduler has gone
            self._broken = True
            return self._unless_there(job)
        error = future.exception()
        if error is None:
            self.done(job.size)
            return None
        if worker_died(error):
            self._broken = self._broken or isinstance(error, BrokenExecutor)
            return self._unless_there(job)
        if isinstance(error, MemoryError):
            self._reasons[job] = f"short of memory ({error})" if str(error) else "short of memory"
            return job
        if isinstance(error, OSError) and not self.folder.is_dir():
            gone = "the folder has been removed; the same command begins anew"
            raise UserError(f"{self.folder.parent}: {gone}") from None
        if isinstance(error, OSError):
            what = error.strerror or str(error)
            raise UserError(f"{self.folder.parent}: cannot be written: {what}; {GOES_ON}") from None
        if isinstance(error, ImportError) or "Can't get attribute" in str(error):
            raise UserError(f"the workers lack what they need ({error}); {GOES_ON}") from None
        if isinstance(error, OtherCodeError):
            raise UserError(f"{error}; install the same version on all machines; {GOES_ON}") from None
        self._narrow(job, f"{type(error).__name__}: {error}")
        return None

    def _unless_there(self, job: Job) -> Job | None:
        """A job, unless its worker finished it just before it died."""
        if sound_receipt(self.folder / f"{job.name}.json") is None:
            return job
        self.done(job.size)
        return None

    def _restart(self) -> list[Job]:
        """New workers; the jobs that were in flight when the old ones died."""
        assert self._executor is not None
        stop(self._executor)
        lost = [job for job in self._in_flight.values() if self._unless_there(job) is not None]
        self._in_flight.clear()
        self._executor, self._broken = self._working_executor(), False
        return lost

    def _working_executor(self) -> Executor:
        for _ in range(STARTS):
            executor = self._start()
            try:
                executor.submit(os.getpid).result()
            except GONE:
                stop(executor)
                sleep(PAUSE)
            else:
                return executor
        raise UserError(f"the workers die at once, whatever they are asked to do; {GOES_ON}")

    def _narrow(self, job: Job, error: str, passing: bool = False) -> None:
        """Halve a job that fails, or give up its one world and say so, for good or until the next call."""
        if job.size > 1:
            self._suspects.extendleft(reversed(job.halves()))
            return
        write_receipt(Receipt(job.points, job.first, job.last, {}, error, passing), self.folder)
        self.done(1)
