"""How fast is it? `python -m tests.speed` prints ratios, measured in one run on this machine.

- Many worlds side by side, on all cores, against `mesa.batch_run` of the twin (tests/twin.py: the same
  model as a Mesa user would have written it), on all cores: the same worlds and steps.
- One process of many worlds against drawing the same random numbers and nothing else.

Machines are noisy; a ratio of two measurements that stand next to each other is not. The smallest of
three is taken of each.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable

import mesa
import numpy as np

from sim.chance import Luck
from sim.model import ConflictModel
from sim.scenario import load
from tests.twin import TwinModel


def smallest(times: int, work: Callable[[], object]) -> float:
    """The shortest of some wall-clock times of a piece of work, seconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


class Listening(Luck):
    """Luck that remembers what it was asked for."""

    calls: list[tuple[str, tuple]] = []  # noqa: RUF012

    def uniform(self, *asked):
        self.calls.append(("uniform", asked))
        return super().uniform(*asked)

    def uniform_each(self, *asked):
        self.calls.append(("uniform_each", asked))
        return super().uniform_each(*asked)


def drawing_only(scenario, worlds):
    """The draws of a run, to be made again without the model."""
    model = ConflictModel(scenario, worlds=worlds)
    Listening.calls = []
    model.luck = Listening(0, worlds)
    model.run()
    luck, calls = Luck(0, worlds), Listening.calls
    return lambda: [getattr(luck, name)(*asked) for name, asked in calls]


def run_share(task):
    """What one process does: its share of the worlds, in chunks."""
    name, first, last, chunk = task
    scenario = load(name)
    for start in range(first, last, chunk):
        ConflictModel(scenario, worlds=np.arange(start, min(start + chunk, last))).run()


def compare(name: str, worlds: int, twins: int, chunk: int) -> None:
    """Print the ratios for a scenario."""
    scenario = load(name)
    cores = multiprocessing.cpu_count()
    share = -(-worlds // cores)
    tasks = [(name, at, min(at + share, worlds), chunk) for at in range(0, worlds, share)]
    with multiprocessing.get_context("forkserver").Pool(cores) as pool:
        pool.map(run_share, [(name, 0, 2, 2)] * cores)  # imports and the first call are not measured
        together = smallest(3, lambda: pool.map(run_share, tasks, chunksize=1)) / worlds
    parameters = {"scenario": [name], "world": list(range(twins))}
    options = {"max_steps": scenario.steps, "number_processes": cores, "display_progress": False}
    apart = smallest(1, lambda: mesa.batch_run(TwinModel, parameters, **options)) / twins
    numbers = np.arange(chunk)
    draws = smallest(3, drawing_only(scenario, numbers))
    model = smallest(3, lambda: ConflictModel(scenario, worlds=numbers).run())
    steps = scenario.steps / 1e6
    print(f"{name}, {scenario.steps} steps, {cores} cores, chunks of {chunk}")
    print(f"  many worlds           {together / steps:9.2f} us a world-step, all cores")
    print(f"  mesa.batch_run        {apart / steps:9.2f} us a world-step, all cores, {twins} worlds")
    print(f"  ratio                 {apart / together:9.0f}")
    print(f"  against drawing only  {model / draws:9.1f} times, one process")


def main() -> None:
    """Measure both scenarios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=16_384, help="worlds side by side")
    parser.add_argument("--twins", type=int, default=40, help="worlds of the twin")
    parser.add_argument("--chunk", type=int, default=4096, help="worlds in a chunk")
    given = parser.parse_args()
    compare("karabakh-2020", given.worlds, given.twins, given.chunk)
    compare("karabakh-1994-2025", given.worlds, max(given.twins // 10, 2), given.chunk)


if __name__ == "__main__":
    main()
