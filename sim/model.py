"""Who acts when? The world, the cast, and the phases of a step."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

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
from agents.patron import Patron
from agents.theories import TERMS, THEORIES
from sim.chance import Luck
from sim.errors import UserError, nearest
from sim.laws.bookkeeping import keep_records
from sim.laws.events import happen
from sim.laws.land import Land, survey
from sim.laws.settlement import hand_over, relieve_peacekeepers, settle, stand_down
from sim.laws.war import break_out, cross_lines, fight, flee, recover, take_stock, uproot
from sim.measures import TIMELINES, Measure
from sim.quantities import pick
from sim.rule import RULES
from sim.scenarios.loading import load
from sim.scenarios.region_map import CLASSES
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import changed
from sim.settings import Settings, Value
from sim.world import EVERY_WORLD, Rows, Rung, Terms, World, begin

RED_LINES = ("core", "recognised", "humanitarian", "existential")


MANY = 0.5  # share of worlds from which it is faster to ask all; those without time left stay as they are
LONGEST_SUBSTEP = 1.0  # days: a longer step is fought in parts, so that its length changes little


class ConflictModel(mesa.Model):
    """Patron, client and challenger on a real map, in one world or in many side by side.

    A step has these phases. Once: events, offer, answer, judge. Then, for each part of a day at most,
    in the worlds at war: decide, fight, settle, learn. Last, for the rest of the step that was
    peaceful: handovers, recovery, learn. The actors asked in a phase all see the state before it;
    fighting and settling are laws that decide for nobody.

    Args:
        scenario: a loaded scenario, or its name or file.
        theory: of the patron's choice, a name in agents/theories.py.
        without: claims left out, such as ["C3"]: their rules answer with their neutral value.
        seed: of all luck.
        worlds: world numbers, (worlds,); one world with the number 0 if not given.
        columns: parameters that differ between worlds, path -> (worlds,).
        rng: another name for the seed, which mesa.batch_run uses.
        changes: parameters to set in all worlds, as keywords with "__" for the dot
            (`client__outside_option=0.4`), so that sliders and mesa.batch_run can set them.

    A model made without `worlds` has one world and a Mesa DataCollector of the timelines, as Mesa users
    expect.

    Attributes:
        world: the state of all worlds.
        rows, here, ours, elapsed: which worlds the present phase is about, their state and numbers, and
            the time that passes in it, days.

    Raises:
        UserError: unknown scenario, theory, claim or parameter, or a value out of range.
    """

    scenario: Any = None  # from Mesa 3.5 on, a property of this name wants a scenario of Mesa's own kind

    def __init__(
        self,
        scenario: Scenario | str = "karabakh-2020",
        *,
        theory: str = "article",
        without: Iterable[str] = (),
        seed: int | None = 0,
        worlds: NDArray[np.int64] | None = None,
        columns: Mapping[str, Value] | None = None,
        rng: int | None = None,
        **changes: float,
    ) -> None:
        seed = int(rng if rng is not None else seed or 0)
        super().__init__(rng=seed)
        loaded = load(scenario) if isinstance(scenario, str) else scenario
        paths = {name.replace("__", "."): value for name, value in changes.items()}
        self.scenario = changed(loaded, paths) if paths else loaded
        self.theory = checked_theory(theory)
        self.without = checked_claims(without)
        self.world_numbers: NDArray[np.int64] = (
            np.zeros(1, np.int64) if worlds is None else np.asarray(worlds)
        )
        self.luck = Luck(seed, self.world_numbers)
        self.settings: Settings = Settings.of(self.scenario, columns)
        self.step_days = self.scenario.step_days
        self.substeps = int(np.ceil(self.step_days / LONGEST_SUBSTEP))
        self.step_number = 0
        self._drawn: dict[tuple[str, str], Any] = {}
        self.land: Land = survey(self.scenario.regions, self.scenario.held, self.settings)
        self._cast()
        self.world: World = self._begin()
        self._focus(EVERY_WORLD, self.step_days)
        self._open()
        self._collects = worlds is None
        if self._collects:
            readers = {measure.name: partial(_of_only_world, measure) for measure in TIMELINES}
            self.datacollector = mesa.DataCollector(model_reporters=readers)
            self.datacollector.collect(self)

    # the cast

    def _cast(self) -> None:
        cast = self.scenario.cast
        self.patron = Patron(self, cast.patron)
        self.client = Client(self, cast.client)
        self.challenger = Challenger(self, cast.challenger)
        self.backer = Backer(self, cast.backer)
        self.mediators = Mediator(self, cast.mediators)
        self.outsiders = [Outsider(self, party, seat) for seat, party in enumerate(cast.outsiders)]
        self.observers = [Observer(self, party, seat) for seat, party in enumerate(cast.observers)]
        bodies = [Outsiders(self, self.outsiders), Observers(self, self.observers)]
        single = [self.patron, self.client, self.challenger, self.backer, self.mediators]
        self.cast: list[Actor] = [*single, *self.outsiders, *self.observers, *bodies]

    # the start

    def _begin(self) -> World:
        cast = self.scenario.cast
        axes = {
            "land": self.land.size,
            "classes": len(CLASSES) - 1,
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
        return world

    def _open(self) -> None:
        """Accept the offer where it was accepted before the start; elsewhere open with the offensive."""
        world = self.world
        for observer in self.observers:
            world.reliability[:, observer.seat] = observer.prior()
        world.perceived_shift[...] = self.challenger.advantage()
        world.captivity[...] = self.client.captivity()
        world.ladder[:, Rung.ASIDE] = 1.0
        world.offer_tabled = np.maximum(world.offer_tabled, self.settings.mediators.madrid_accepted)
        self._look()
        accepted = (np.asarray(self.settings.mediators.madrid_accepted) > 0) & self.mediators.on_table()
        world.terms[accepted] = Terms.DEAL
        world.handing_over[accepted] = True
        take_stock(self, moment=0.0)
        if self.scenario.opens_with_offensive:
            world.war_begins[...] = ~accepted
            world.at_war |= world.war_begins
            world.offensive |= world.war_begins
            break_out(self)

    # the step

    def step(self) -> None:
        """Let one step pass in every world."""
        over = np.flatnonzero(self.world.over)
        kept = {name: array[over].copy() for name, array in vars(self.world).items()} if over.size else {}
        self._focus(EVERY_WORLD, self.step_days)
        happen(self)
        for phase in ("offer", "answer", "judge"):
            self._ask(phase)
        self.world.lost_lately[...] = 0.0
        break_out(self)
        self._keep_peace(self._wage_wars())
        for name, rows in kept.items():
            getattr(self.world, name)[over] = rows
        self._focus(EVERY_WORLD, self.step_days)  # whoever looks between steps sees all
        self.step_number += 1
        self.running = self.step_number < self.scenario.steps
        if self._collects:
            self.datacollector.collect(self)

    def run(self) -> World:
        """Run to the end of the scenario."""
        while self.step_number < self.scenario.steps:
            self.step()
        return self.world

    def _wage_wars(self) -> NDArray[np.float64]:
        """Fight the step in parts where there is war; (worlds,) the days of peace that are left."""
        world, length = self.world, self.step_days / self.substeps
        fought = np.zeros(self.world_numbers.size)
        for part in range(self.substeps):
            fighting = world.at_war
            if not fighting.any():
                break
            rows = EVERY_WORLD if fighting.all() else np.flatnonzero(fighting)
            moment = self.day + (part + 1) * length
            self._focus(rows, length, part)
            self._ask("decide")
            fight(self)
            self._look()
            ends = settle(self, moment)
            take_stock(self, moment)
            self._look()
            flee(self)
            self._look()
            cross_lines(self, moment)
            self._ask("learn")
            keep_records(self, moment)
            world.lost_now[rows] = 0.0  # its lesson has been drawn
            fought[rows] += 1.0
            stand_down(self, np.arange(fought.size)[rows][ends])
        return (self.substeps - fought) * length

    def _keep_peace(self, left: NDArray[np.float64]) -> None:
        """Let the peaceful rest of the step pass."""
        end = self.day + self.step_days
        if self.world.handing_over.any():
            self._focus(np.flatnonzero(self.world.handing_over), self.step_days)
            hand_over(self, end)
            self._look()
            take_stock(self, end)
            self._look()
            uproot(self)
        peaceful = np.flatnonzero(left)
        if peaceful.size:
            rows = EVERY_WORLD if peaceful.size > MANY * left.size else peaceful
            self._focus(rows, left[rows], self.substeps)
            recover(self)
            self._ask("learn")
        relieve_peacekeepers(self)

    def _focus(self, rows: Rows, elapsed: Any, part: int | None = None) -> None:
        """Turn to some worlds for some days; `part` says which part of the step, None the whole."""
        self.rows, self.elapsed, self._part = rows, elapsed, part
        self.ours = self.settings.at(rows)
        self._look()

    def _look(self) -> None:
        """See the worlds in focus as they are now."""
        self.here = self.world.at(self.rows)

    def _ask(self, phase: str) -> None:
        """Ask every actor what it changes in a phase; only then let the changes take effect."""
        answers = [getattr(actor, phase)() for actor in self.cast]
        for changes in answers:
            for name, value in changes.items():
                getattr(self.world, name)[self.rows] = value
        self._look()

    def draw(self, purpose: str, actor: str) -> NDArray[np.float64]:
        """Draws from (0, 1) for the worlds in focus, for this step or this part of it."""
        if self._part is None or self.substeps == 1:
            return pick(self.luck.uniform(self.step_number, purpose, actor), self.rows)
        key = (self.step_number, purpose, actor)
        if self._drawn.get((purpose, actor), (None, None))[0] != key:
            table = self.luck.uniform_each(self.substeps + 1, *key)
            self._drawn[purpose, actor] = (key, table)
        return self._drawn[purpose, actor][1][self.rows, self._part]

    # the clock

    @property
    def day(self) -> float:
        """Days from the start of the scenario to the start of this step."""
        return self.step_number * self.step_days

    def date_of(self, step: int) -> date:
        """The date on which a step begins; with steps of part of a day, the date it falls in."""
        midnight = datetime.combine(self.scenario.start, time())
        return (midnight + timedelta(days=step * self.step_days)).date()


def _of_only_world(measure: Measure, model: ConflictModel) -> float:
    """What a measure reads off a model of one world, for Mesa's DataCollector."""
    return float(measure.read(model)[0])


def checked_theory(name: str) -> str:
    """The name of a theory.

    Raises:
        UserError: unknown theory.
    """
    if name not in THEORIES:
        raise UserError(f"unknown theory '{name}': {nearest(name, THEORIES)}")
    return name


def checked_claims(claims: Iterable[str]) -> frozenset[str]:
    """Claims that can be left out.

    Raises:
        UserError: no claim of that name, or one that is a prediction.
    """
    named = tuple(claims)
    rules = {rule.claim for rule in RULES.values() if rule.claim}
    for claim in named:
        if claim not in rules:
            known = claim.startswith("C") and claim[1:].isdigit() and 1 <= int(claim[1:]) <= 55
            if known:
                raise UserError(f"without: '{claim}' is a prediction, not a rule; nothing to leave out")
            raise UserError(f"without: '{claim}' is not a claim; {nearest(claim, rules)}")
    return frozenset(named)
