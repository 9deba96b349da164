"""Who acts when? The world, the cast, and the phases of a step."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor
from agents.backer import Backer
from agents.challenger import Challenger
from agents.client import Client
from agents.mediator import Mediator
from agents.observer import Observer
from agents.outsider import Outsider
from agents.patron import Patron
from agents.theories import TERMS, THEORIES
from sim.chance import Luck
from sim.errors import UserError, nearest
from sim.events import happen
from sim.ground import survey
from sim.region_map import CLASSES
from sim.rule import RULES
from sim.scenario import Scenario, changed, load
from sim.settings import Settings, Value
from sim.settlement import relieve_peacekeepers, settle
from sim.war import break_out, fight, take_stock
from sim.world import EVERY_WORLD, Rows, Rung, Terms, World, begin

RED_LINES = ("core", "recognised", "humanitarian", "existential")


class ConflictModel(mesa.Model):
    """Patron, client and challenger on a real map, in one world or in many side by side.

    A step has these phases: events, offer, answer, decide, fight, settle, learn. The actors of a phase
    all see the state before it; fighting and settling are laws that decide for nobody.

    Args:
        scenario: a loaded scenario, or its name or file.
        theory: of the patron's choice, a name in agents/theories.py.
        without: claims left out, such as ["C3"]: their rules answer with their neutral value.
        seed: of all luck.
        worlds: world numbers, (worlds,); one world with the number 0 if not given.
        columns: parameters that differ between worlds, path -> (worlds,).
        changes: parameters to set in all worlds, as keywords with "__" for the dot
            (`client__outside_option=0.4`), so that sliders and mesa.batch_run can set them.

    Raises:
        UserError: unknown scenario, theory, claim or parameter, or a value out of range.
    """

    def __init__(
        self,
        scenario: Scenario | str = "karabakh-2020",
        *,
        theory: str = "article",
        without: Iterable[str] = (),
        seed: int = 0,
        worlds: NDArray[np.int64] | None = None,
        columns: Mapping[str, Value] | None = None,
        **changes: float,
    ) -> None:
        super().__init__(rng=int(seed))
        loaded = load(scenario) if isinstance(scenario, str) else scenario
        paths = {name.replace("__", "."): value for name, value in changes.items()}
        self.scenario = changed(loaded, paths) if paths else loaded
        self.theory = checked_theory(theory)
        self.without = checked_claims(without)
        self.numbers = np.zeros(1, dtype=np.int64) if worlds is None else np.asarray(worlds)
        self.luck = Luck(int(seed), self.numbers)
        self.settings = Settings.of(self.scenario, columns)
        self.days = self.scenario.step_days
        self.step_number = 0
        self.ground = survey(self.scenario.regions, self.scenario.held, self.settings)
        self._cast()
        self.world = self._begin()
        self.at_war: Rows | None = None
        self._open()

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
        single = [self.patron, self.client, self.challenger, self.backer, self.mediators]
        self.cast: list[Actor] = [*single, *self.outsiders, *self.observers]

    # the start

    def _begin(self) -> World:
        cast = self.scenario.cast
        axes = {
            "regions": len(self.ground.ids),
            "land": self.ground.land.stop,
            "classes": len(CLASSES) - 1,
            "lines": len(RED_LINES),
            "terms": len(TERMS),
            "rungs": len(Rung),
            "outsiders": len(cast.outsiders),
            "observers": len(cast.observers),
        }
        world = begin(self.settings, self.numbers.size, axes)
        world.held[...] = self.ground.start
        world.client_arms[...] = self.scenario.client_arms
        world.challenger_arms[...] = self.scenario.challenger_arms
        for observer in self.observers:
            world.reliability[:, observer.seat] = observer.prior()
        return world

    def _open(self) -> None:
        """Accept the offer where it was accepted before the start; elsewhere open with the offensive."""
        world = self.world
        world.perceived_shift[...] = self.challenger.advantage(world.at(EVERY_WORLD), self.settings)
        world.captivity[...] = self.client.captivity(world)
        accepted = np.broadcast_to(
            np.asarray(self.settings.mediators.madrid_accepted) > 0, world.at_war.shape
        ) & self.mediators.on_table()
        world.terms[accepted] = Terms.DEAL
        world.handing_over[accepted] = True
        if self.scenario.opens_with_offensive:
            world.war_begins = ~accepted
            world.at_war |= world.war_begins
            world.offensive |= world.war_begins
            break_out(self)
        take_stock(self)
        world.fell_on[...] = np.nan
        self._note_wars()

    # the step

    def step(self) -> None:
        """Let one step pass in every world."""
        over = np.flatnonzero(self.world.over)
        kept = self._copy(over) if over.size else {}
        happen(self)
        self._ask("offer")
        self._ask("answer")
        self._ask("decide")
        break_out(self)
        self._note_wars()
        fight(self)
        settle(self)
        take_stock(self)
        relieve_peacekeepers(self)
        self._ask("learn")
        self._keep_records()
        self._note_wars()
        for name, rows in kept.items():
            getattr(self.world, name)[over] = rows
        self.step_number += 1
        self.running = self.step_number < self.scenario.steps

    def run(self) -> World:
        """Run to the end of the scenario."""
        while self.step_number < self.scenario.steps:
            self.step()
        return self.world

    def _ask(self, phase: str) -> None:
        """Ask every actor what it changes in a phase; only then let the changes take effect."""
        answers = [(actor, getattr(actor, phase)()) for actor in self.cast]
        for actor, changes in answers:
            for name, value in changes.items():
                array = getattr(self.world, name)
                if array.ndim == 2 and actor.seat is not None:
                    array[:, actor.seat] = value
                else:
                    array[...] = value

    def _note_wars(self) -> None:
        """Which worlds are at war: all, some, or none."""
        fighting = self.world.at_war
        if fighting.all():
            self.at_war = EVERY_WORLD
        else:
            self.at_war = np.flatnonzero(fighting) if fighting.any() else None

    def _copy(self, rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        """The state of worlds that are over, to be put back after the step."""
        return {name: array[rows].copy() for name, array in vars(self.world).items()}

    def _keep_records(self) -> None:
        """Highest rungs, and sums over days of fighting for means."""
        world, now = self.world, self.day + self.days
        fought = np.where(world.intensity > 0, self.days, 0.0)
        world.level_total += fought * world.level
        world.words_total += fought * world.words
        world.sympathy_total += fought * world.sympathy.max(axis=1)
        world.troops_max = np.maximum(world.troops_max, world.troops.max(axis=1))
        higher = world.level > world.level_max
        world.level_max_day[higher] = now
        world.level_max = np.maximum(world.level_max, world.level)
        forceful = (world.level >= Rung.PEACEKEEPERS) & np.isnan(world.first_force_day)
        world.first_force_day[forceful] = now

    # the clock

    @property
    def day(self) -> float:
        """Days from the start of the scenario to the start of this step."""
        return self.step_number * self.days

    def date_of(self, step: int) -> date:
        """The date on which a step begins; with steps of part of a day, the date it falls in."""
        midnight = datetime.combine(self.scenario.start, time())
        return (midnight + timedelta(days=step * self.days)).date()


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
    rules = {rule.claim for rule in RULES.values() if rule.claim}
    for claim in claims:
        if claim not in rules:
            known = claim.startswith("C") and claim[1:].isdigit() and 1 <= int(claim[1:]) <= 55
            reason = "is a prediction, not a rule" if known else "is not a claim"
            raise UserError(f"without: '{claim}' {reason}; {nearest(claim, rules)}")
    return frozenset(claims)
