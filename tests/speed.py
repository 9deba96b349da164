"""Speed and memory, measured: `python -m tests.speed [--json] [--million]`.

All ratios are measured in one run on this machine:

- many worlds side by side on all cores against the compiled peer (tests/peer.py: the war of 2020, one world a
  loop, by Numba) on all cores, and how many calls of NumPy a step takes;
- the same against `mesa.batch_run` of the twin (tests/twin.py: the same model as
  a Mesa user would have written it) on all cores, for the same steps, by the time a world-step takes;
- one process of many worlds against drawing the same random numbers and nothing else;
- a batch into a result folder with one process against two, and on Dask with 1, 2 and more workers than
  cores, whose overhead then shows;
- a design of many points of one world, of one theory and of all, against as many worlds of one point;
- how many operations NumPy is asked for in a step, and what a step costs as worlds, regions and observers
  grow and a run as steps do, with the exponent: 1 is in proportion, and less is better;
- how long a user waits for the help, for the version of the code, and for a long design to be cut into jobs;
- the peak memory of a batch of 20,000 worlds and what its tables weigh on disk, and with --million the memory
  of 1,000,000, which takes some two hours.

Machines are noisy; a ratio of two measurements that stand next to each other is less so. The smallest of some
is taken of each.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import mesa
import numpy as np

from agents.theories import THEORIES
from sim.chance import Luck
from sim.errors import UserError
from sim.model import ConflictModel
from sim.runs.code import version_of
from sim.runs.design import build, parse_factor
from sim.runs.execution import RunOptions, run_into
from sim.runs.executors import cores, keep_memory, start
from sim.runs.plan import CHUNK, Plan, jobs
from sim.scenarios.loading import load
from sim.scenarios.region_map import RegionMap
from sim.scenarios.values import describe
from tests.peer import Peer
from tests.twin import TwinModel

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"  # of the first, the war alone
ROOT = Path(__file__).parents[1]
FEW_WORLDS, MILLION = 20_000, 1_000_000
FEW_SIDE_BY_SIDE = 256
MANY_REGIONS = 128  # worlds side by side where regions are many: 3,000 of them need room


def smallest(times: int, work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """The shortest of some times of a piece of work, seconds; on the wall's clock unless another is given."""
    taken = []
    for _ in range(times):
        begun = clock()
        work()
        taken.append(clock() - begun)
    return min(taken)


# against others


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


def against_drawing(name, times):
    """How many times the cost of drawing the random numbers one process of many worlds takes."""
    scenario, numbers = load(name).close_up, np.arange(CHUNK)
    draw = drawing_only(scenario, numbers)
    run, world_steps = lambda: ConflictModel(scenario, worlds=numbers).run(), CHUNK * scenario.steps
    return compared(times, run, draw, world_steps, time.process_time)  # no waiting: its own time will do


def run_share(task):
    """What one process does: its share of the worlds, in chunks."""
    name, first, last, chunk = task
    scenario = load(name).close_up
    for at in range(first, last, chunk):
        ConflictModel(scenario, worlds=np.arange(at, min(at + chunk, last))).run()


def in_turn(times, first, second, clock=time.perf_counter):
    """The shortest time of each of two pieces of work that take turns, so that both meet the same machine."""
    measured = [(smallest(1, first, clock), smallest(1, second, clock)) for _ in range(times)]
    return tuple(min(column) for column in zip(*measured, strict=True))


def compared(times, model, other, world_steps, clock=time.perf_counter):
    """How many times as long as something else the model takes; microseconds a world-step of both."""
    ours, theirs = in_turn(times, model, other, clock)
    per_step = 1e6 / world_steps
    return {"ratio": ours / theirs, "microseconds": ours * per_step, "other": theirs * per_step}


def against_peer(worlds, times):
    """How many times the compiled peer's time the model takes, both on all cores; nothing without Numba.

    The model has processes, the peer threads: it lets go of Python's lock, and so is compiled only once.
    """
    scenario, count = load(SHORT).close_up, cores()
    try:
        peer = Peer(scenario)
    except ImportError:
        return {}
    measured = {}
    with (
        multiprocessing.get_context("forkserver").Pool(count, keep_memory) as pool,
        ThreadPoolExecutor(count) as threads,
    ):
        pool.map(run_share, [(SHORT, 0, 2, 2)] * count)  # imports and the first call are not measured
        for chunk in (FEW_SIDE_BY_SIDE, CHUNK):
            together = shares(SHORT, worlds, count, chunk)
            apart = [np.arange(first, last) for _, first, last, _ in shares(SHORT, worlds, 4 * count, chunk)]
            measured[chunk] = compared(
                times,
                lambda tasks=together: pool.map(run_share, tasks, chunksize=1),
                lambda tasks=apart: list(threads.map(peer.run, tasks)),
                worlds * scenario.steps,
            )
    return measured


def shares(name, worlds, parts, chunk):
    """What each process does: scenario, first world, the one after the last, worlds side by side."""
    size = -(-worlds // parts)
    return [(name, at, min(at + size, worlds), chunk) for at in range(0, worlds, size)]


def against_mesa(name, worlds, twins, times):
    """How many times faster than mesa.batch_run of the twin, both on all cores."""
    scenario, count = load(name).close_up, cores()
    tasks = shares(name, worlds, count, CHUNK)
    with multiprocessing.get_context("forkserver").Pool(count, keep_memory) as pool:
        pool.map(run_share, [(name, 0, 2, 2)] * count)  # imports and the first call are not measured
        together = smallest(times, lambda: pool.map(run_share, tasks, chunksize=1)) / worlds
    parameters = {"scenario": [name], "world": list(range(twins))}
    options = {"max_steps": scenario.steps, "number_processes": count, "display_progress": False}
    apart = smallest(1, lambda: mesa.batch_run(TwinModel, parameters, **options)) / twins
    per_step = 1e6 / scenario.steps
    return {"ratio": apart / together, "microseconds": together * per_step, "mesa": apart * per_step}


def batch_run(plan, **options):
    """A batch into a result folder; the bytes of its tables."""
    with TemporaryDirectory() as folder:
        run_into(plan, Path(folder) / "run", "", RunOptions(**options))
        return sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))


def two_processes(worlds, times):
    """How many times faster two processes are than one, for a batch into a result folder."""
    plan = Plan(load(SHORT).close_up, worlds=worlds)
    one, two = in_turn(times, lambda: batch_run(plan, workers=1), lambda: batch_run(plan, workers=2))
    return {"ratio": one / two, "one": one, "two": two, "worlds": worlds}


def on_dask(worlds, times):
    """Seconds for a batch by the number of Dask's workers on this machine; nothing without Dask.

    With more workers than cores the work stays the same, and what is added is the price of a worker.
    """
    try:
        start("dask", 1)
    except UserError:
        return {}
    plan = Plan(load(SHORT).close_up, worlds=worlds)
    return {
        workers: smallest(times, lambda count=workers: batch_run(plan, executor="dask", workers=count))
        for workers in (1, 2, 4, 8)
    }


def against_one_point(worlds, times):
    """How many times the cost of so many worlds of one point as many points of one world have, inline."""
    scenario = load(SHORT).close_up
    infos = {info.path: info for info in describe(scenario)}
    theories = f"theory={','.join(THEORIES)}"
    found = {}
    for name, points, factors in (
        ("one theory", worlds, []),
        ("all theories", worlds // len(THEORIES), [theories]),
    ):
        asked = [f"client.outside_option=0:1:{points}", *factors]
        design = build([parse_factor(one, infos) for one in asked])
        many = Plan(scenario, worlds=1, design=design)
        plain = [
            Plan(scenario, theory=theory, worlds=points) for theory in (THEORIES if factors else ["article"])
        ]
        ours, theirs = in_turn(
            times,
            lambda plan=many: batch_run(plan, executor="inline"),
            lambda plans=plain: [batch_run(plan, executor="inline") for plan in plans],
        )
        found[name] = {"ratio": ours / theirs, "points": len(design)}
    return found


# as it grows


def many_regions(scenario, copies):
    """A scenario on its map so many times over; each copy of a region has its part of area and people."""
    regions = [
        region.model_copy(
            update={
                "id": f"{region.id}-{copy}",
                "area": region.area / copies,
                "population": region.population / copies,
                "neighbours": tuple(f"{other}-{copy}" for other in region.neighbours),
            }
        )
        for copy in range(copies)
        for region in scenario.regions.region
    ]
    larger = RegionMap(region=tuple(regions), hub=scenario.regions.hub).in_class_order()
    return scenario.model_copy(update={"regions": larger, "held": {}})


def many_observers(scenario, copies):
    """A scenario with each of its observers so many times over."""
    known = scenario.parameters.observers
    cast = [one.model_copy(update={"id": f"{one.id}x{copy}"}) for copy in range(copies)
            for one in scenario.cast.observers]  # fmt: skip
    states = {one.id: known.states[one.id.split("x")[0]] for one in cast}
    parameters = scenario.parameters.model_copy(
        update={"observers": known.model_copy(update={"states": states})}
    )
    more = scenario.cast.model_copy(update={"observers": tuple(cast)})
    return scenario.model_copy(update={"cast": more, "parameters": parameters})


def longer(scenario, times):
    """A scenario so many times as long."""
    days = (scenario.end - scenario.start).days * times
    return scenario.model_copy(update={"end": scenario.start + timedelta(days=days)})


def cost(scenario, worlds):
    """Microseconds a world-step, in one process."""
    side_by_side = [np.arange(at, min(at + CHUNK, worlds)) for at in range(0, worlds, CHUNK)]
    taken = smallest(2, lambda: [ConflictModel(scenario, worlds=some).run() for some in side_by_side])
    return 1e6 * taken / worlds / scenario.steps


def growth():
    """Microseconds a world-step as worlds, steps, regions and observers grow."""
    scenario = load(SHORT).close_up
    regions, observers = len(scenario.regions.region), len(scenario.cast.observers)
    return {
        "worlds": {worlds: cost(scenario, worlds) for worlds in (1, 32, 256, 2048, 16_384)},
        "steps": {
            longer(scenario, times).steps: cost(longer(scenario, times), CHUNK) for times in (1, 2, 4, 8)
        },
        "regions": {
            regions * copies: cost(many_regions(scenario, copies), MANY_REGIONS) for copies in (1, 4, 20, 100)
        },
        "observers": {
            observers * copies: cost(many_observers(scenario, copies), MANY_REGIONS)
            for copies in (1, 10, 100)
        },
    }


def exponent(what, costs):
    """With which power of a size a whole run grows, fitted to the three largest; 1 is in proportion."""
    sizes = np.array(list(costs))[-3:].astype(float)
    whole = np.array(list(costs.values()))[-3:] * (sizes if what in ("worlds", "steps") else 1.0)
    return float(np.polyfit(np.log(sizes), np.log(whole), 1)[0])


class Counted(np.ndarray):
    """Arrays that count what NumPy is asked to work out with them, by name."""

    asked = Counter()  # noqa: RUF012

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        Counted.asked[ufunc.__name__] += 1
        given = [each.view(np.ndarray) if isinstance(each, Counted) else each for each in inputs]
        into = {"out": tuple(each.view(np.ndarray) for each in out)} if out else {}
        found = getattr(ufunc, method)(*given, **into, **options)
        return out[0] if out else found.view(Counted) if isinstance(found, np.ndarray) else found

    def __array_function__(self, function, types, given, options):
        Counted.asked[function.__name__] += 1
        return super().__array_function__(function, types, given, options)


def operations(scenario, worlds=64):
    """How many operations on arrays NumPy is asked for in a step; without taking rows and writing them."""
    model = ConflictModel(scenario, worlds=np.arange(worlds))
    for name, array in vars(model.world).items():
        setattr(model.world, name, array.view(Counted))
    Counted.asked.clear()
    with mock.patch.object(np, "asarray", np.asanyarray):  # which would stop counting
        model.run()
    return Counted.asked.total() / scenario.steps


def peak_of(worlds, out, name=SHORT):
    """A process that runs a batch inline into a folder, and prints its peak memory in kB (on Linux).

    Its own peak, VmHWM: what `resource` tells is at least that of the process that has started it.
    """
    script = (
        "import sys; from pathlib import Path; from sim.runs.execution import RunOptions, run_into;"
        "from sim.runs.plan import Plan; from sim.scenarios.loading import load;"
        "plan = Plan(load(sys.argv[1]).close_up, worlds=int(sys.argv[2]));"
        "run_into(plan, Path(sys.argv[3]), '', RunOptions('inline'));"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    arguments = [sys.executable, "-c", script, name, str(worlds), str(out)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def memory(million):
    """Scenario -> peak memory in MB by worlds; nothing where the system does not tell."""
    peaks = {}
    if not Path("/proc/self/status").exists():
        return peaks
    with TemporaryDirectory() as folder:
        for name in (SHORT, LONG):
            peaks[name] = {}
            for worlds in (FEW_WORLDS, MILLION) if million else (FEW_WORLDS,):
                process = peak_of(worlds, Path(folder) / f"{name}-{worlds}", name)
                peaks[name][worlds] = int(process.communicate()[0]) / 1024
    return peaks


def waits(times):
    """Seconds for what should be there at once."""
    infos = {info.path: info for info in describe(load(SHORT))}
    table = build([parse_factor("client.outside_option=0:1:20000", infos)])
    plan = Plan(load(SHORT), worlds=10, design=table)
    packages = [ROOT / "sim", ROOT / "agents"]
    return {
        "the help": smallest(times, lambda: subprocess.run(
            [sys.executable, "-m", "experiments.cli", "--help"], cwd=ROOT, check=True, capture_output=True)),
        "the version of the code": smallest(times, lambda: version_of(packages)),
        "a design of 20,000 points, cut into jobs": smallest(times, lambda: list(jobs(plan))),
    }  # fmt: skip


# the table


def table(found):
    """What was measured, as the rows of a Markdown table."""
    rows = []
    for chunk, ratio in found["peer"].items():
        rows.append((f"war of 2020: against one compiled loop, all cores, {chunk:,} worlds side by side",
                     f"{ratio['ratio']:.1f} times its time",
                     f"{ratio['microseconds']:.2f} and {ratio['other']:.2f} µs a world-step"))  # fmt: skip
    for name, ratio in found["mesa"].items():
        rows.append((f"{name}: against `mesa.batch_run`, all cores", f"{ratio['ratio']:,.0f} times as fast",
                     f"{ratio['microseconds']:.2f} and {ratio['mesa']:,.0f} µs a world-step"))  # fmt: skip
    for name, ratio in found["drawing"].items():
        rows.append((f"{name}: against drawing its random numbers", f"{ratio['ratio']:.1f} times the cost",
                     f"{ratio['microseconds']:.2f} µs a world-step, one process"))  # fmt: skip
    two = found["processes"]
    rows.append((f"two processes against one, {two['worlds']:,} worlds", f"{two['ratio']:.2f} times as fast",
                 f"{two['one']:.1f} and {two['two']:.1f} s"))  # fmt: skip
    for workers, seconds in found["dask"].items():
        ratio = f"{two['one'] / seconds:.2f} times as fast as one process"
        rows.append((f"Dask's workers, {workers} on {found['cores']} cores", ratio, f"{seconds:.1f} s"))
    for what, ratio in found["designs"].items():
        rows.append((f"{ratio['points']:,} points of one world, {what}, against worlds of one point",
                     f"{ratio['ratio']:.2f} times the cost", ""))  # fmt: skip
    rows.append(("tables of a batch on disk", "", f"{found['bytes']:,.0f} bytes a world"))
    for what, costs in found["growth"].items():
        rows.append((f"µs a world-step at {', '.join(f'{size:,}' for size in costs)} {what}",
                     f"grows with the power {exponent(what, costs):.2f} over the three largest",
                     ", ".join(f"{one:.2f}" for one in costs.values())))  # fmt: skip
    rows.append(("operations of NumPy in a step of the war of 2020", "", f"{found['operations']:,.0f}"))
    for what, seconds in found["waits"].items():
        rows.append((what, "", f"{seconds:.2f} s"))
    for name, peaks in found["memory"].items():
        for worlds, peak in peaks.items():
            ratio = f"{peak / peaks[FEW_WORLDS]:.2f} times that of {FEW_WORLDS:,}" * (worlds > FEW_WORLDS)
            rows.append((f"{name}: peak memory at {worlds:,} worlds, one process", ratio, f"{peak:,.0f} MB"))
    return ["| | ratio | measured |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]


def main(arguments=None) -> None:
    """Measure all, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--million", action="store_true", help="measure the memory of 1,000,000 worlds, too: hours"
    )
    parser.add_argument("--worlds", type=int, default=8 * CHUNK, help="worlds side by side")
    parser.add_argument("--twins", type=int, default=40, help="worlds of the twin")
    parser.add_argument("--batch", type=int, default=120_000, help="worlds for one and two processes")
    parser.add_argument("--times", type=int, default=3, help="measurements of which the smallest is taken")
    given = parser.parse_args(arguments)
    keep_memory()  # as all who work on a batch do
    twins = {SHORT: given.twins, LONG: max(given.twins // 10, 2)}
    found = {
        "cores": cores(),
        "peer": against_peer(given.worlds, given.times),
        "mesa": {name: against_mesa(name, given.worlds, twins[name], given.times) for name in twins},
        "drawing": {name: against_drawing(name, given.times) for name in twins},
        "processes": two_processes(given.batch, given.times),
        "dask": on_dask(given.batch, given.times),
        "designs": against_one_point(FEW_WORLDS // 2, given.times),
        "bytes": batch_run(Plan(load(SHORT).close_up, worlds=FEW_WORLDS), executor="inline") / FEW_WORLDS,
        "growth": growth(),
        "operations": operations(load(SHORT).close_up),
        "waits": waits(given.times),
        "memory": memory(given.million),
    }
    print(json.dumps(found, indent=2) if given.json else "\n".join(table(found)))


if __name__ == "__main__":
    main()
