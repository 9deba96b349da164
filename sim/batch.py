"""How do many jobs get done, whatever happens to the workers?

A few jobs are in flight at a time, on any executor of concurrent.futures. A job whose worker dies is tried
again; one that keeps failing is halved, and halved again, down to the worlds that make it fail, which are
recorded while the rest finishes.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path

from sim.errors import UserError
from sim.parts import Receipt, do, put_receipt
from sim.runner import Job, Plan

IN_FLIGHT = 3  # jobs handed out for each worker: enough to keep it busy, few enough to keep in memory
TRIES = 2  # of a job before it is narrowed down


class Batch:
    """Runs the jobs of a plan on an executor, a few in flight at a time.

    Args:
        plan: what to run.
        parts: where jobs leave what they come to.
        make_executor: starts an executor; called again if its workers have died.
        workers: how many it has.
        done: called after each job with its number of worlds.
        do: what a worker does with a job.
    """

    def __init__(
        self,
        plan: Plan,
        parts: Path,
        make_executor: Callable[[], Executor],
        workers: int,
        done: Callable[[int], None],
        do: Callable[[Plan, Job, Path], Receipt] = do,
    ) -> None:
        self.plan, self.parts, self.workers, self.done, self.do = plan, parts, workers, done, do
        self._make = make_executor
        self._executor: Executor | None = None
        self._waiting: deque[Job] = deque()
        self._suspects: deque[Job] = deque()
        self._flying: dict[Future[Receipt], Job] = {}
        self._tries: dict[Job, int] = {}

    def run(self, todo: list[Job]) -> None:
        """Run jobs until each has a receipt.

        Raises:
            UserError: the disk is full or the folder has gone; what is done is kept.
        """
        self._waiting = deque(todo)
        try:
            while self._waiting or self._suspects or self._flying:
                self._hand_out()
                finished, _ = wait(self._flying, return_when=FIRST_COMPLETED)
                broken = [job for future in finished if (job := self._take(future)) is not None]
                if broken:
                    self._start_again(broken)
        finally:
            if self._executor is not None:
                self._executor.shutdown(wait=True, cancel_futures=True)

    def _hand_out(self) -> None:
        """Keep the workers busy; a job under suspicion flies alone, so that only it can be to blame."""
        if self._executor is None:
            self._executor = self._make()
        if self._suspects:
            if not self._flying:
                self._submit(self._suspects.popleft())
            return
        while self._waiting and len(self._flying) < IN_FLIGHT * self.workers:
            self._submit(self._waiting.popleft())

    def _submit(self, job: Job) -> None:
        assert self._executor is not None
        self._flying[self._executor.submit(self.do, self.plan, job, self.parts)] = job

    def _take(self, future: Future[Receipt]) -> Job | None:
        """Note a job that has come back; the job itself if its worker died under it."""
        job = self._flying.pop(future)
        error = future.exception()
        if error is None:
            self.done(job.size)
            return None
        if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
            return job
        if isinstance(error, OSError):
            raise UserError(
                f"{self.parts.parent}: cannot be written: {error.strerror}; "
                "what is done is kept, and the same command goes on from here"
            ) from None
        self._narrow(job, f"{type(error).__name__}: {error}")
        return None

    def _start_again(self, broken: list[Job]) -> None:
        """New workers; a job that was in flight alone when they died is the one that killed them."""
        lost = broken + [job for future, job in list(self._flying.items()) if not self._saved(future)]
        self._flying.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        for job in lost:
            self._tries[job] = self._tries.get(job, 0) + 1
            if len(lost) == 1 and self._tries[job] > TRIES:
                self._narrow(job, "its worker died")
            else:
                self._suspects.append(job)

    def _saved(self, future: Future[Receipt]) -> bool:
        """Whether a job in flight came back in time after all."""
        if future.done() and future.exception() is None:
            self.done(future.result().job.size)
            return True
        return False

    def _narrow(self, job: Job, error: str) -> None:
        """Halve a job that fails, or give its one world up and say so."""
        if job.size > 1:
            self._suspects.extendleft(reversed(job.halves()))
            return
        put_receipt(Receipt(job.points, job.first, job.last, {}, error), self.parts)
        self.done(1)
