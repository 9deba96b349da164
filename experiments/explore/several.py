"""Several estimates at once, each in a process of its own, so that all cores are busy all the time.

Fitting networks and moving draws hardly use more than one core, and worlds that are played together cost
less than in two halves. So with several theories to estimate, each core is better given one of its own.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from queue import Empty, Queue
from typing import Any

from experiments.explore.estimation import TheoryPosterior
from experiments.explore.generations import Estimate
from sim.runs.execution import Progress
from sim.runs.executors import messages, workers

HEARD_EVERY = 0.5  # seconds between looks at what the processes say


def run_several(
    estimates: Sequence[Estimate], count: int | None, progress: Progress
) -> Iterator[tuple[Estimate, TheoryPosterior]]:
    """Run estimates, and hand back each with its posterior as soon as it is done.

    Args:
        estimates: what is asked for.
        count: how many processes to use, None for all cores.
        progress: the listener that hears how they get on; each line begins with its theory.

    Raises:
        UserError: see Estimate.run; or a process died.
    """
    with workers(count) as pool, messages() as said:
        flying = {pool.submit(_run, one, said): one for one in estimates}
        while flying:
            finished, _ = wait(flying, timeout=HEARD_EVERY, return_when=FIRST_COMPLETED)
            _pass_on(said, progress)
            for future in finished:
                yield flying.pop(future), future.result()


class _Messenger(Progress):
    """Hands on what it hears to another process.

    Args:
        theory: the theory that is estimated.
        said: where messages are left: the method of a listener, and what it is called with.
    """

    def __init__(self, theory: str, said: Queue[tuple[str, Any]]) -> None:
        self._theory, self._said = theory, said

    def done(self, worlds: int) -> None:
        self._said.put(("done", worlds))

    def before(self, worlds: int) -> None:
        self._said.put(("before", worlds))

    def note(self, text: str) -> None:
        self._said.put(("note", f"{self._theory}: {text}"))


def _run(estimate: Estimate, said: Queue[tuple[str, Any]]) -> TheoryPosterior:
    """What a process is asked to do."""
    return estimate.run("inline", progress=_Messenger(estimate.theory, said))


def _pass_on(said: Queue[tuple[str, Any]], progress: Progress) -> None:
    while True:
        try:
            what, value = said.get_nowait()
        except Empty:
            return
        getattr(progress, what)(value)
