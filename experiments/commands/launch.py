"""From a command line to a run: plan and design, progress, what is told at the end."""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from rich import progress as bars
from rich.console import Console

from experiments.commands.terminal import tell
from experiments.report.run import MAIN_OUTCOMES
from sim.errors import MissingWorldsError, UserError, nearest
from sim.measures import outcome_names
from sim.model import checked_claims, checked_theory
from sim.runs.design import PARQUET, build, checked_design, parse_factor, read
from sim.runs.execution import Draw, Progress, RunOptions, run_into
from sim.runs.folder import JOBS, FolderWriter
from sim.runs.manifest import read_manifest
from sim.runs.numbers import DEFAULTS
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.loading import load
from sim.scenarios.reading import has_semicolons
from sim.scenarios.scenario import Scenario
from sim.scenarios.validation import shortened
from sim.scenarios.values import changed, describe

if TYPE_CHECKING:
    from experiments.history.record import Record

MOST_WORLDS = 10**8  # of a point: more might overflow the whole sums; what the disk holds is checked, too
MOST_WORKERS = 4096  # far more than a machine has cores
MOST_DRAWN_OUTCOMES = 4  # that are drawn of a design
MOST_DIGITS = 10  # of the number of a share
LOW_HIGH_COUNT = 2  # colons of a range with a count
FROM_FILE = "read from a file"  # in place of a sampler
TOLD_EVERY = 10.0  # seconds between lines where there is no terminal


def plan_of(scenario: str, given: Mapping[str, Any]) -> Plan:
    """The plan of a single point.

    Raises:
        UserError: whatever is wrong with what was given.
    """
    check_within("--worlds", given["worlds"], 1, MOST_WORLDS)
    check_within("--seed", given["seed"], 0, 2**63 - 1)
    if given["as_json"] and given["quiet"]:
        raise UserError("--json and --quiet contradict each other: give one of them")
    history, last = load(scenario), given.get("until")
    plan = Plan(
        scenario=changed(history.until(last.date()) if last else history, _assignments(given["changes"])),
        theory=checked_theory(given["theory"]),
        without=tuple(sorted(checked_claims(_claims(given["without"])))),
        seed=given["seed"],
        worlds=given["worlds"],
    )
    return plan.with_numbers(given.get("numbers", DEFAULTS))


def design_of(plan: Plan, given: Mapping[str, Any]) -> Plan:
    """The plan with the design that was given.

    Raises:
        UserError: whatever is wrong with it.
    """
    known = {info.path: info for info in describe(plan.scenario)}
    if given["design"] is not None and given["vary"]:
        raise UserError("--design and --vary contradict each other: give one of them")
    if given["design"] is not None:
        table = read(given["design"], known)
        _check_idle("sampler", "points", why="the design has its points already")
        is_text = given["design"].suffix.lower() not in PARQUET
        if (
            is_text
            and has_semicolons(given["design"].read_bytes())
            and not (given["quiet"] or given["as_json"])
        ):
            click.echo(f"--design {given['design']}: read with semicolons and decimal commas")
    else:
        factors = [parse_factor(text, known) for text in given["vary"]]
        table = build(factors, given["sampler"], given["points"], plan.seed)
        if given["sampler"] == "grid":
            _check_idle("points", why="a grid has a point for each combination of values")
        else:
            check_uncounted(given["vary"], "--points says how many there are")
        table = checked_design(table, known, "--vary")
    check_not_set_twice(table.columns, given, "--vary" if given["design"] is None else "--design")
    _check_outcomes(given["outcomes"], plan.scenario)
    sampler = given["sampler"] if given["design"] is None else FROM_FILE
    plan = replace(plan, design=table, own_luck=given["own_luck"], sampler=sampler)
    return plan.with_numbers(given["numbers"])


def _was_given(option: str) -> bool:
    """Whether the command line says something of an option."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(option) == ParameterSource.COMMANDLINE


def _check_idle(*options: str, why: str) -> None:
    """Refuse options that would change nothing."""
    for option in options:
        if _was_given(option):
            raise UserError(f"--{option}: {why}; leave it out")


def check_uncounted(given: Sequence[str], why: str) -> None:
    """Refuse ranges with a count where it would change nothing."""
    for text in given:
        if text.count(":") == LOW_HIGH_COUNT:
            raise UserError(f"--vary {text}: {why}; leave COUNT out")


def check_not_set_twice(factors: Iterable[str], given: Mapping[str, Any], varied_by: str) -> None:
    """Refuse to set what is varied: the one would silently win over the other.

    Args:
        factors: what is varied.
        given: the options.
        varied_by: the option that says so.
    """
    varied = set(factors)
    for path in _assignments(given["changes"]):
        if path in varied:
            raise UserError(f"--set {path}: {varied_by} varies it; give one of them")
    if "theory" in varied and _was_given("theory"):
        raise UserError(f"--theory {given['theory']}: {varied_by} varies it; give one of them")
    if "without" in varied and given["without"]:
        raise UserError(f"--without {','.join(given['without'])}: {varied_by} varies it; give one of them")


def _check_outcomes(names: Sequence[str], scenario: Scenario) -> None:
    known = outcome_names(scenario)
    for name in names:
        if name not in known:
            raise UserError(f"--outcome {name}: unknown; {nearest(name, known)}")
    if len(names) > MOST_DRAWN_OUTCOMES:
        raise UserError(f"--outcome: {len(names)} are given; up to {MOST_DRAWN_OUTCOMES} can be drawn")


@dataclass(frozen=True)
class Afterwards:
    """What is made of a finished run.

    Attributes:
        draw: a function that makes its figures and other files; None for none.
        tell: a function that words the result for a terminal.
        facts: a function that gives the result as plain data.
    """

    draw: Draw | None
    tell: Callable[[ResultFolder], str] = tell
    facts: Callable[[ResultFolder], Mapping[str, Any]] = attrgetter("summary")


def launch(
    plan: Plan,
    given: Mapping[str, Any],
    arguments: Sequence[str],
    after: Afterwards | None = None,
    record: "Record | None" = None,
) -> None:
    """Run a plan into its folder, and tell what came of it.

    Args:
        plan: the plan.
        given: the options.
        arguments: the words of the command line.
        after: what is made of the finished run; None for what is usual.
        record: the record that the folder is to keep.
    """
    if given["workers"] is not None:
        check_within("--workers", given["workers"], 1, MOST_WORKERS)
    if given["executor"] == "inline" and given["workers"] not in (None, 1):
        raise UserError(f"--workers {given['workers']}: --executor inline has no more than one")
    check_within("--paths", given["paths"], 0, plan.worlds)
    shard = _shard(given["shard"], plan.size)
    if shard != (1, 1) and (given["paths"] or given["as_json"]):
        option = "--paths" if given["paths"] else "--json"
        raise UserError(f"{option}: a share has no answer of its own; leave it out, and merge the shares")
    options = RunOptions(
        given["executor"], given["workers"], given["scheduler"], shard=shard, fresh=given["fresh"]
    )
    path = given["out"] or _usual_place(plan, shard)
    if plan.inherited and not (given["quiet"] or given["as_json"]):
        click.echo(f"Note: {plan.inherited}; captive-ally describe SCENARIO --inherited lists them")
    command = shlex.join(["captive-ally", *(one for one in arguments if one != "--fresh")])
    with TerminalProgress(size_of(plan, options), given["quiet"] or given["as_json"]) as progress:
        if after is None:
            drawn = given.get("outcomes", MAIN_OUTCOMES)
            after = Afterwards(figures_of_run(drawn, progress.note) if given["figures"] else None)
        facts = None if record is None else record.facts
        run_into(plan, path, command, options, progress, after.draw, facts)
    if shard != (1, 1):
        progress.note(f"Share {given['shard']} is in {path}; put all together with captive-ally merge")
        progress.note(progress.speed())
        check_whole(path)
        return
    folder = open_folder(path, check=False)  # it was written, or checked, just now
    if given["paths"]:
        from experiments.commands.replay import keep_paths

        with FolderWriter(path, folder.manifest) as writer:
            hashed = keep_paths(folder, given["paths"])
            writer.update(files=writer.manifest.files | hashed)
    if given["as_json"]:
        click.echo(json.dumps(after.facts(folder), indent=2))
    elif not given["quiet"]:
        click.echo(after.tell(folder))
        _tell_files(folder)
        click.echo(progress.speed())
    check_whole(path)


def _usual_place(plan: Plan, shard: tuple[int, int]) -> Path:
    share = "" if shard == (1, 1) else f"-{shard[0]}-of-{shard[1]}"
    return Path("runs") / f"{plan.scenario.name}-{plan.fingerprint[:8]}{share}"


def _tell_files(folder: ResultFolder) -> None:
    names = sorted(path.name for path in folder.path.iterdir() if path.name[0] != ".")
    click.echo(f"\nWritten to {folder.path}: {', '.join(names)}")


def check_whole(path: Path) -> None:
    """Say so if worlds are missing from what was written.

    Raises:
        MissingWorldsError: some could not be run.
    """
    failed = read_manifest(path).failed
    if failed:
        why = ", see failed.csv" if (path / "failed.csv").is_file() else ""
        again = "; the same command tries again what the machine was to blame for"
        raise MissingWorldsError(
            f"{path}: {failed:,} worlds could not be run{why}{again * (path / JOBS).is_dir()}"
        )


def size_of(plan: Plan, options: RunOptions) -> int:
    """How many worlds a share of a run has."""
    number, shares = options.shard
    return plan.size * number // shares - plan.size * (number - 1) // shares


def figures_of_run(outcomes: Sequence[str] = MAIN_OUTCOMES, note: Callable[[str], None] = click.echo) -> Draw:
    """What makes the figures that fit a run.

    Args:
        outcomes: the outcomes that are drawn against the factors of a design.
        note: the function that takes a line about what is not drawn.
    """

    def draw(folder: ResultFolder, into: Path) -> list[Path]:
        if folder.plan.design is not None:
            from experiments.figures.sweep import draw_sweep

            return draw_sweep(folder, into, outcomes)
        from experiments.figures.run import draw_all
        from experiments.own_crisis.record import record_shown

        files = draw_all(folder, into, record_shown(folder))
        if all(file.stem != "map" for file in files):
            note(f"No map is drawn: the regions of '{folder.scenario.map}' have no shapes")
        return files

    return draw


class TerminalProgress(Progress):
    """Tells how far a run is: a bar on a terminal, a line now and then elsewhere, and the rate at the end."""

    def __init__(self, worlds: int, quiet: bool) -> None:
        self.worlds, self.count, self._before, self._quiet = worlds, 0, 0, quiet
        self._begun = self._told = self._last = monotonic()
        console = Console(stderr=True)
        self._plain = not quiet and not console.is_terminal
        columns = (bars.TextColumn("worlds"), bars.BarColumn(), bars.MofNCompleteColumn(),
                   bars.TextColumn("{task.fields[rate]}"), bars.TimeRemainingColumn())  # fmt: skip
        self._bar = bars.Progress(*columns, console=console, transient=True, disable=quiet or self._plain)
        self._task = self._bar.add_task("worlds", total=worlds, rate="")

    def __enter__(self) -> "TerminalProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def before(self, worlds: int) -> None:
        """So many worlds had been done before."""
        self._before += worlds
        self._bar.update(self._task, advance=worlds)

    def done(self, worlds: int) -> None:
        """So many more worlds are done."""
        self.count, self._last = self.count + worlds, monotonic()
        self._bar.update(self._task, advance=worlds, rate=f"{self._rate():,.0f}/s")
        if self._plain and self._last - self._told > TOLD_EVERY:
            self._told = self._last
            far = f"{self._before + self.count:,} of {self.worlds:,} worlds, {self._rate():,.0f} a second"
            left = (self.worlds - self._before - self.count) / self._rate()
            click.echo(f"{far}, about {left:,.0f} s left", err=True)

    def note(self, text: str) -> None:
        """A line that is not about progress."""
        if not self._quiet:
            click.echo(text)

    def _rate(self) -> float:
        return self.count / max(self._last - self._begun, 1e-9)

    def speed(self) -> str:
        """The rate of the whole run, until its last world was done: tables and figures come after."""
        if not self.count:
            return f"nothing was left to run: {self._before:,} worlds were done before"
        before = f"; {self._before:,} were done before" if self._before else ""
        taken = self._last - self._begun
        return f"{self.count:,} worlds in {taken:.1f} s, {self._rate():,.0f} a second{before}"


def check_within(option: str, value: int, low: int, high: int) -> None:
    """Make sure that a whole number is within bounds.

    Raises:
        UserError: it is not.
    """
    if not low <= value <= high:
        raise UserError(f"{option} {value}: a whole number from {low:,} to {high:,} is needed")


def _claims(given: Sequence[str]) -> list[str]:
    """`--without` options as claims: C3,C17 names two."""
    claims = [claim.strip().upper() for one in given for claim in one.split(",")]
    if "" in claims:
        raise UserError(f"--without {','.join(given)}: a claim is needed, such as C3")
    return claims


def _assignments(given: Sequence[str]) -> dict[str, str]:
    """`--set` options as path -> value."""
    pairs: dict[str, str] = {}
    for one in given:
        path, sign, value = one.partition("=")
        if not sign or not path.strip():
            raise UserError(f"--set {one}: PATH=VALUE is needed, such as client.outside_option=0.4")
        if path.strip() in pairs:
            raise UserError(f"--set {path.strip()}: given twice")
        pairs[path.strip()] = value.strip()
    return pairs


def _shard(text: str, worlds: int) -> tuple[int, int]:
    """`3/16` as two numbers: a share of so many worlds."""
    number, sign, count = text.partition("/")
    whole = all(part.isascii() and part.isdigit() and len(part) < MOST_DIGITS for part in (number, count))
    if not sign or not whole or not 1 <= int(number) <= int(count):
        raise UserError(f"--shard {shortened(text)}: K/N is needed, such as 3/16, with K from 1 to N")
    if int(count) > worlds:
        raise UserError(f"--shard {text}: {worlds:,} worlds can be cut into {worlds:,} shares at most")
    return int(number), int(count)
