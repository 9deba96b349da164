"""The model: world and cast, and the phases of a step. It alone writes into the world."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor
from agents.backer import Backer
from agents.challenger import Challenger
from agents.client import Client
from agents.mediator import Mediator
from agents.observer import Observer, Observers
from agents.outsider import Outsider, Outsiders
from agents.reasons import TERMS
from agents.theories import THEORIES
from sim.chance import Luck, seed_from
from sim.errors import UserError, nearest
from sim.laws.bookkeeping import cross_lines, take_stock, turn_page, update_records
from sim.laws.events import apply_events, changed_numbers
from sim.laws.land import Land
from sim.laws.settlement import (
    accept_before_start,
    close_deal,
    hand_over,
    relieve_peacekeepers,
    settle,
    stand_down,
)
from sim.laws.war import break_out, fight, flee, open_with_offensive, recover, uproot, weigh_prospects
from sim.measures import TIMELINES, Measure
from sim.quantities import Numbers, Whole, pick
from sim.rule import RULES
from sim.runs.numbers import DEFAULTS, NumbersChoice, filled
from sim.scenarios.loading import load
from sim.scenarios.parameters import CLAIMS, YES_NO
from sim.scenarios.scenario import Scenario, date_after
from sim.scenarios.validation import shortened
from sim.scenarios.values import changed, check_value, describe
from sim.scene import Changes, Scene
from sim.world import EVERY_WORLD, LEGAL_CLASSES, RED_LINES, Rows, Rung, Settings, Value, World, begin

MANY = 0.5  # share of worlds from which it is faster to ask all; those with no time left stay as they are
ASSESSMENT_DAYS = 30.0  # how often sides assess what would follow from an attack; assumption
HIGHEST_SEED = 2**63  # the limit of the generator of luck; seeds lie below it
FRESH_SEEDS = 2**32  # seeds from which one is drawn where none is given
ASKED_AT_ONCE = 256  # worlds whose imagined crises, 20 of each, fit into a processor's cache
LONGEST_SUBSTEP = 1.0  # days: a longer step is fought in parts, so that its length changes little

Law = Callable[[Scene], Changes]


class Monthly(NamedTuple):
    """A phase for all worlds, once every ASSESSMENT_DAYS, in the step in which a new period begins."""

    phase: str


class Where(NamedTuple):
    """A law that holds only in worlds where a stock says yes."""

    law: Law
    flag: str


# The order of things. A name is a phase in which every actor is asked (agents/actor.py), a function is a law.
Phase = str | Law | Where | Monthly
AT_START: tuple[Phase, ...] = (
    "help", "muster", accept_before_start, take_stock, weigh_prospects, "begin", Monthly("expect"), "plan",
)  # fmt: skip
OPENING: tuple[Phase, ...] = ("attack", open_with_offensive, Where(break_out, "war_begins"))
EACH_STEP: tuple[Phase, ...] = (
    apply_events, "help", "muster", weigh_prospects, Monthly("expect"), "plan", "offer", "answer", close_deal,
    "judge", turn_page, Where(break_out, "war_begins"),
)  # fmt: skip
IN_WAR: tuple[Phase, ...] = (
    "muster", weigh_prospects, "aim", "decide", fight, take_stock, settle, flee, cross_lines, "learn",
    update_records, Where(stand_down, "war_ends"),
)  # fmt: skip
WHILE_HANDING_OVER: tuple[Phase, ...] = (hand_over, take_stock, uproot)
IN_PEACE: tuple[Phase, ...] = (recover, "learn")
AT_END: tuple[Phase, ...] = (relieve_peacekeepers,)


class ConflictModel(mesa.Model):
    """Patron, client and challenger on a real map, in one world or in many side by side.

    A step goes through the phases listed above: EACH_STEP once; then, in the worlds at war, IN_WAR for each
    part of the step, a day at most; then WHILE_HANDING_OVER and IN_PEACE for the peaceful rest of the step;
    then AT_END.
    Actors and laws look at the scene and return changes; a phase's changes take effect together.

    Args:
        scenario: a loaded scenario, or its name or file.
        theory: the theory of the patron's choice, a name in agents/theories.py.
        without: claims left out, such as ["C3"]: their rules answer with their neutral value.
        seed: the seed of all luck. If none is given, many worlds use 0, and a single world a new one each
            time, as Mesa's models do: `model.luck.seed` and the data collector say which.
        worlds: world numbers, (worlds,); one world with the number 0 if not given.
        columns: parameters that differ between worlds, path -> (worlds,); NaN where one is left open.
        numbers: which numbers each world gets besides these: "defaults", the scenario's own; "prior" or
            "estimated", a draw of its luck for what is an assumption; the file of a posterior; or a choice
            made before.
        rng: another name for the seed, which mesa.batch_run uses; anything that NumPy accepts as one.
        collects: whether Mesa's DataCollector records after each step: the timelines of one world, or their
            mean and quantiles over many. None: for one world only, since it takes time.
        kwargs: parameters to set in all worlds, with "__" for the dot (`client__outside_option=0.4`), so that
            sliders and mesa.batch_run can set them; `kwargs` is the name that Mesa's page looks for.

    It can be copied (copy.deepcopy) and pickled between two steps; the copy goes on to the same numbers.

    >>> import copy
    >>> model = ConflictModel("karabakh-2020", seed=3)
    >>> model.step()
    >>> branch = copy.deepcopy(model)
    >>> bool(model.run().loyalty == branch.run().loyalty)
    True

    Attributes:
        world: the state of all worlds.
        scene: what the present phase sees of it.
        drawn: the numbers that were drawn, path -> (worlds,).

    Raises:
        UserError: unknown scenario, theory, claim, parameter or numbers, or a value out of range.
    """

    scenario: Any = None  # from Mesa 3.5 on, a property of this name wants a scenario of Mesa's own kind

    def __init__(
        self,
        scenario: Scenario | str | Path = "karabakh-2020",
        *,
        theory: str = "article",
        without: Iterable[str] = (),
        seed: Any = None,
        worlds: NDArray[np.int64] | None = None,
        columns: Mapping[str, Value] | None = None,
        numbers: NumbersChoice | str | Path = DEFAULTS,
        rng: Any = None,
        collects: bool | None = None,
        **kwargs: float,
    ) -> None:
        seed = _seed_of(rng if rng is not None else seed, alone=worlds is None)
        super().__init__(rng=seed)
        loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
        paths = {name.replace("__", "."): value for name, value in kwargs.items()}
        self.scenario = changed(loaded, paths) if paths else loaded
        self.theory = checked_theory(theory)
        self.without = checked_claims(without)
        self.world_numbers = np.zeros(1, np.int64) if worlds is None else checked_worlds(worlds)
        self.luck = Luck(seed, self.world_numbers)
        if not isinstance(numbers, NumbersChoice):
            numbers = NumbersChoice.of(str(numbers), self.scenario, [self.theory])
        self.drawn = numbers.columns(self.theory, self.luck)
        checked = checked_columns({} if columns is None else columns, self.scenario, self.world_numbers.size)
        given = filled(checked, self.scenario, self.drawn)
        self.drawn = {path: column for path, column in self.drawn.items() if path not in given}
        self.settings: Settings = Settings.of(self.scenario, {**self.drawn, **given})
        self.settings_at_start = self.settings  # dated events may change the others
        self.step_number, self._beginnings = 0, self.scenario.beginnings
        self.land = Land.of(self.scenario.regions, self.scenario.held, self.settings)
        self._draws = ModelDraws(self)
        self._fill_cast()
        self.world = self._first_world()
        self._start()
        self._collects = worlds is None if collects is None else collects
        if self._collects:  # after each step only: Mesa 3.3 takes the n-th record for that of the n-th step
            self.datacollector = mesa.DataCollector(model_reporters=_readers(alone=worlds is None))

    def __getattr__(self, name: str) -> Any:  # only called for names that are not there
        if name == "datacollector":
            how = "a model of many worlds collects nothing by itself: make it with collects=True"
            raise AttributeError(f"{how}, or read the bands of sim.run")
        raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")

    def _fill_cast(self) -> None:
        cast = self.scenario.cast
        outsiders = [Outsider(self, party, seat) for seat, party in enumerate(cast.outsiders)]
        observers = [Observer(self, party, seat) for seat, party in enumerate(cast.observers)]
        self.cast: list[Actor] = [
            THEORIES[self.theory](self, cast.patron),
            Client(self, cast.client),
            Challenger(self, cast.challenger),
            Backer(self, cast.backer),
            Mediator(self, cast.mediators),
            *outsiders,
            *observers,
            Outsiders(self, outsiders),
            Observers(self, observers),
        ]

    def _first_world(self) -> World:
        cast = self.scenario.cast
        axes = {
            "land": self.land.size,
            "classes": LEGAL_CLASSES,
            "lines": len(RED_LINES),
            "terms": len(TERMS),
            "rungs": len(Rung),
            "outsiders": len(cast.outsiders),
            "observers": len(cast.observers),
        }
        world = begin(self.settings, self.world_numbers.size, axes)
        world.held[...] = self.land.start
        world.client_arms[...] = self.scenario.client_arms
        world.challenger_arms[...] = self.scenario.challenger_arms
        world.ladder[:, Rung.ASIDE] = 1.0
        world.offer_tabled = np.maximum(world.offer_tabled, self.settings.mediators.madrid_accepted)
        return world

    def _start(self) -> None:
        """Accept the offer where it was accepted before the start; elsewhere open with the offensive."""
        self._focus(EVERY_WORLD, elapsed=self.step_days, moment=0.0)
        self._go_through(AT_START)
        if self.scenario.opens_with_offensive:
            self._go_through(OPENING)

    # the step

    def step(self) -> None:
        """Let one step pass in every world."""
        over = np.flatnonzero(self.world.over)
        kept = {name: array[over].copy() for name, array in vars(self.world).items()} if over.size else {}
        end = self.day + self.step_days
        self._change_numbers(end)
        self._focus(EVERY_WORLD, self.step_days, end)
        self._go_through(EACH_STEP)
        self._keep_peace(self._wage_wars(), end)
        for name, rows in kept.items():
            getattr(self.world, name)[over] = rows
        self._focus(EVERY_WORLD, self.step_days, end)  # whoever looks between steps sees all
        self.step_number += 1
        self.running = self.step_number < self.scenario.steps
        if self._collects:
            self.datacollector.collect(self)

    def _change_numbers(self, end: float) -> None:
        """Let the dated events of this step change numbers, and the facts of the land that depend on them."""
        days = date_after(self.scenario.start, self.day), date_after(self.scenario.start, end)
        settings = changed_numbers(self.scenario, self.settings, *days)
        if settings is not self.settings:
            self.settings = settings
            self.land = Land.of(self.scenario.regions, self.scenario.held, settings)

    def run(self) -> World:
        """Run to the end of the scenario."""
        while self.step_number < self.scenario.steps:
            self.step()
        return self.world

    def keep(self, rows: Whole) -> None:
        """Go on with some of the worlds alone; what becomes of them is as it would have been.

        Args:
            rows: which of the worlds, by their place among those there are.
        """
        self.world_numbers = self.world_numbers[rows]
        self.luck = Luck(self.luck.seed, self.world_numbers)
        self._draws = ModelDraws(self)
        self.drawn = {path: column[rows] for path, column in self.drawn.items()}
        self.settings, self.settings_at_start = self.settings.only(rows), self.settings_at_start.only(rows)
        self.land = Land.of(self.scenario.regions, self.scenario.held, self.settings)
        self.world = World(**{name: stock[rows] for name, stock in vars(self.world).items()})
        self._focus(EVERY_WORLD, self.step_days, self.day)

    def _wage_wars(self) -> Numbers:
        """Fight the step in parts where there is war; (worlds,) the days of peace that are left."""
        length = self.step_days / self.substeps
        fought, before = np.zeros(self.world_numbers.size), np.zeros(0, dtype=bool)
        for part in range(self.substeps):
            fighting, moment = self.world.at_war.copy(), self.day + (part + 1) * length
            if not fighting.any():
                break
            if np.array_equal(fighting, before):  # what has been read of these worlds need not be read anew
                self.scene.moment, self._draws.part = moment, part
            else:
                rows = EVERY_WORLD if fighting.all() else np.flatnonzero(fighting)
                self._focus(rows, length, moment, part)
            fought += fighting
            before = fighting
            self._go_through(IN_WAR)
        return (self.substeps - fought) * length

    def _keep_peace(self, left: Numbers, end: float) -> None:
        """Let the peaceful rest of the step pass."""
        goes_on = ~self.world.over
        handing_over = np.flatnonzero(self.world.handing_over & goes_on)
        if handing_over.size:
            self._focus(handing_over, self.step_days, end)
            self._go_through(WHILE_HANDING_OVER)
        handed = self.world.handed_now > 0  # a lesson to be drawn even where the whole step was fought
        peaceful = np.flatnonzero(((left > 0) | handed) & goes_on)
        if peaceful.size:
            most = goes_on.all() and peaceful.size > MANY * left.size
            rows = EVERY_WORLD if most else peaceful
            self._focus(rows, left[rows], end, self.substeps)
            self._go_through(IN_PEACE)
        self._focus(EVERY_WORLD, self.step_days, end)
        self._go_through(AT_END)

    def _focus(self, rows: Rows, elapsed: Any, moment: float, part: int | None = None) -> None:
        """Turn to some worlds for some days; `part` says which part of the step, None the whole."""
        self._rows = rows
        self._draws.rows, self._draws.part = rows, part
        self.scene = Scene(
            now=self.world.at(rows),
            numbers=self.settings.at(rows),
            land=self.land,
            scenario=self.scenario,
            theory=self.theory,
            without=self.without,
            luck=self._draws,
            day=self.day,
            step_days=self.step_days,
            moment=moment,
            elapsed=elapsed,
        )

    def _go_through(self, phases: Iterable[Phase]) -> None:
        for phase in phases:
            self._take(phase)

    def _take(self, phase: Phase) -> None:
        """Let one phase happen in the worlds in focus."""
        if isinstance(phase, str):
            self._ask(phase)
        elif isinstance(phase, Monthly):
            last = self._beginnings[self.step_number - 1] if self.step_number else -ASSESSMENT_DAYS
            if self.day // ASSESSMENT_DAYS > last // ASSESSMENT_DAYS:
                self._ask_some_at_a_time(phase.phase)
        elif isinstance(phase, Where):
            self._apply_where(phase)
        else:
            self._write(phase(self.scene))

    def _ask(self, phase: str) -> None:
        """Ask every actor what it changes; only then let the changes take effect."""
        together: dict[str, Any] = {}
        for actor in self.cast:
            changes = getattr(actor, phase)()
            twice = together.keys() & changes.keys()
            if twice:
                raise RuntimeError(f"phase '{phase}': two actors change {', '.join(sorted(twice))}")
            together |= changes
        self._write(together)

    def _ask_some_at_a_time(self, phase: str) -> None:
        """Ask in all worlds, some at a time: what is imagined of them then stays in the cache."""
        scene = self.scene
        for first in range(0, self.world_numbers.size, ASKED_AT_ONCE):
            self._focus(slice(first, first + ASKED_AT_ONCE), scene.elapsed, scene.moment)
            self._ask(phase)
        self._focus(EVERY_WORLD, scene.elapsed, scene.moment)

    def _apply_where(self, phase: Where) -> None:
        """Let a law hold in the worlds in focus where a stock says yes."""
        flag = np.zeros(self.world_numbers.size, dtype=bool)
        flag[self._rows] = getattr(self.world, phase.flag)[self._rows]
        if not flag.any():
            return
        before, rows, part = self.scene, self._rows, self._draws.part
        self._focus(np.flatnonzero(flag), before.elapsed, before.moment, part)
        changes = phase.law(self.scene)
        self._write(changes)
        self.scene, self._rows, self._draws.rows = before, rows, rows
        before.now.forget(changes)

    def _write(self, changes: Changes) -> None:
        """Let changes of the worlds in focus take effect."""
        for name, value in {name: _apart(value) for name, value in changes.items()}.items():
            getattr(self.world, name)[self._rows] = value
            self.scene.now.keep(name, value)

    # the clock

    @property
    def day(self) -> float:
        """Days from the start of the scenario to the start of this step."""
        return self._beginnings[self.step_number]

    @property
    def step_days(self) -> float:
        """The length of this step, days; once the scenario has ended, that of the last one."""
        step = min(self.step_number, len(self._beginnings) - 2)
        return self._beginnings[step + 1] - self._beginnings[step]

    @property
    def substeps(self) -> int:
        """The number of parts in which this step is fought."""
        return int(np.ceil(self.step_days / LONGEST_SUBSTEP))

    def date_of(self, step: int) -> date:
        """The date on which a step begins; with steps of part of a day, the date it falls in."""
        return self.scenario.day(step)


class ModelDraws:
    """The luck of the worlds that a model is looking at, at its present moment.

    Attributes:
        rows: the worlds in focus.
        part: the part of the step; None for the whole step.
    """

    def __init__(self, model: ConflictModel) -> None:
        self._model = model
        self.rows: Rows = EVERY_WORLD
        self.part: int | None = None
        self._tables: dict[tuple[str, str, bool], tuple[int, Numbers]] = {}

    def one(self, purpose: str, actor: str) -> Numbers:
        """(worlds,) draws from (0, 1) for this step or this part of it."""
        luck, step = self._model.luck, self._model.step_number
        of_whole_step = self.part is None or self._model.substeps == 1
        drawn_for, table = self._tables.get((purpose, actor, of_whole_step), (-1, np.empty(0)))
        if drawn_for != step:
            if of_whole_step:
                table = luck.uniform(step, purpose, actor)
            else:
                table = luck.uniform_each(self._model.substeps + 1, step, purpose, actor)
            self._tables[purpose, actor, of_whole_step] = (step, table)
        return pick(table, self.rows) if of_whole_step else table[self.rows, self.part]

    def each(self, width: int, purpose: str, actor: str) -> Numbers:
        """(worlds, width) draws from (0, 1) for this step."""
        return pick(self._model.luck.uniform_each(width, self._model.step_number, purpose, actor), self.rows)


def _apart(value: Any) -> Any:
    """A value that later writing cannot change: a stock handed on as it stood is a view, so it is copied."""
    return value.copy() if isinstance(value, np.ndarray) and not value.flags.writeable else value


TIMELINE_OF: Mapping[str, Measure] = {measure.name: measure for measure in TIMELINES}
COLLECTED = {"q05": 0.05, "q50": 0.5, "q95": 0.95}  # quantiles over worlds that Mesa's DataCollector keeps


def _readers(alone: bool) -> dict[str, Callable[[ConflictModel], Any]]:
    """What Mesa's DataCollector reads, by column; measures go by name, so that the readers can be pickled."""
    if alone:
        return {"seed": _seed_in, **{name: partial(_of_only_world, name) for name in TIMELINE_OF}}
    readers: dict[str, Callable[[ConflictModel], Any]] = {"seed": _seed_in}
    for name in TIMELINE_OF:
        readers[name] = partial(_mean_of_worlds, name)
        readers |= {
            f"{name}_{word}": partial(_quantile_of_worlds, name, share) for word, share in COLLECTED.items()
        }
    return readers


def _seed_in(model: ConflictModel) -> int:
    return model.luck.seed


def _of_only_world(name: str, model: ConflictModel) -> float:
    return float(TIMELINE_OF[name].read(model)[0])


def _mean_of_worlds(name: str, model: ConflictModel) -> float:
    return float(np.mean(TIMELINE_OF[name].read(model)))


def _quantile_of_worlds(name: str, share: float, model: ConflictModel) -> float:
    return float(np.quantile(TIMELINE_OF[name].read(model).astype(float), share))


def _seed_of(given: Any, alone: bool) -> int:
    """A seed from what Mesa and NumPy accept as one; if none is given, a new one for a single world, else 0.

    Raises:
        UserError: no seed can be made of it.
    """
    if given is None and not alone:
        return 0
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and 0 <= given < HIGHEST_SEED:
        return int(given)
    try:
        if isinstance(given, bool):
            raise TypeError
        return seed_from(given, FRESH_SEEDS)
    except (TypeError, ValueError):
        raise UserError(f"seed = {shortened(given)}: a whole number from 0 to 2**63 - 1 is needed") from None


def checked_worlds(given: Any) -> NDArray[np.int64]:
    """(worlds,) world numbers.

    Raises:
        UserError: they are something else, such as the number of worlds wanted.
    """
    numbers = np.asarray(given)
    if numbers.ndim != 1 or not numbers.size or numbers.dtype.kind not in "iu" or numbers.min() < 0:
        one = numbers.ndim == 0 and numbers.dtype.kind in "iu"
        count = f", such as np.arange({given}) for so many" if one else ""
        raise UserError(f"worlds = {shortened(given)}: a list of whole numbers from 0 is needed{count}")
    return numbers.astype(np.int64)


def checked_columns(columns: Any, scenario: Scenario, worlds: int) -> dict[str, Value]:
    """Parameters that differ between worlds, each value one that the parameter may have; NaN is left open.

    Raises:
        UserError: unknown path, no numbers, not as many as there are worlds, or one out of range.
    """
    if not isinstance(columns, Mapping):
        raise UserError("columns: names and values are needed, such as {'client.outside_option': [0.1, 0.9]}")
    known = {info.path: info for info in describe(scenario)} if columns else {}
    found: dict[str, Value] = {}
    for path, given in columns.items():
        values = np.asarray(given)
        if path not in known:
            raise UserError(f"unknown parameter '{shortened(path)}': {nearest(path, known)}")
        if values.dtype.kind not in "iuf":
            raise UserError(f"{path} = {shortened(given)}: numbers are needed")
        if values.shape not in ((), (worlds,)):
            raise UserError(f"{path}: {values.size} numbers are given for {worlds} worlds")
        clear = values[~np.isnan(values)]
        whole = known[path].unit == YES_NO
        for value in np.unique(clear) if whole else (clear.min(), clear.max()) if clear.size else ():
            check_value(known, path, float(value))
        found[path] = values.astype(float) if values.ndim else float(values)
    return found


def checked_theory(name: str) -> str:
    """The name of a theory.

    Raises:
        UserError: unknown theory.
    """
    if not isinstance(name, str) or name not in THEORIES:
        raise UserError(f"unknown theory '{shortened(name)}': {nearest(name, THEORIES)}")
    return name


def checked_claims(claims: Iterable[str]) -> frozenset[str]:
    """Claims that can be left out.

    Raises:
        UserError: no claim of that name, or one that is a prediction.
    """
    if not isinstance(claims, Iterable):
        raise UserError(f"without = {shortened(claims)}: a list of claims is needed, such as ['C3']")
    named = (claims,) if isinstance(claims, str) else tuple(map(str, claims))
    rules = {rule.claim for rule in RULES.values() if rule.claim}
    for claim in named:
        if claim not in rules:
            if claim in CLAIMS:
                raise UserError(f"without: '{claim}' is a prediction, not a rule; nothing to leave out")
            raise UserError(f"without: '{shortened(claim)}' is not a claim; {nearest(claim, rules)}")
    return frozenset(named)
