"""The state of many worlds side by side, and the numbers of a run; with views of some of the worlds.

Each changing array, called a stock, has a line here: axes, start, unit, meaning. Axis 0 is always the world.
A start that names a parameter takes its value; other stocks start at the number given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.quantities import column, pick
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

Rows = slice | NDArray[np.intp]
EVERY_WORLD = slice(None)


LEGAL_CLASSES = 4  # of the client's side; the place of each on the axis of classes:
OUTER, CORE, RECOGNISED, CAPITAL = range(LEGAL_CLASSES)
RED_LINES = ("core", "recognised", "humanitarian", "existential")  # in the order of the axis of lines


class Aim(IntEnum):
    """What an attack is for; a limited aim ends when it is reached."""

    NONE = 0
    PROBE = 1
    OUTER = 2
    CORE = 3
    HOME = 4
    EVERYTHING = 5


class Rung(IntEnum):
    """The ladder of the patron's deeds."""

    ASIDE = 0
    DIPLOMACY = 1
    ARMS = 2
    PEACEKEEPERS = 3
    TROOPS = 4


FORCE = Rung.PEACEKEEPERS  # the first rung that is open force


class Terms(IntEnum):
    """On what terms land is handed over."""

    NONE = 0
    DEAL = 1
    STOP = 2
    SURRENDER = 3


class Status(IntEnum):
    """The client's formal place in the pact."""

    MEMBER = 0
    FROZEN = 1
    LEFT = 2


class Hedge(IntEnum):
    """What the client has from others besides the pact."""

    NONE = 0
    MONITORS = 1
    ARMS = 2
    GUARANTOR = 3


def stock(axes: str, start: float | str, unit: str, meaning: str, kind: type = float) -> Any:
    """One changing array: axes after the world's, start value or parameter, unit, meaning, kind."""
    about = {"axes": axes, "start": start, "unit": unit, "meaning": meaning, "kind": kind}
    return field(metadata=about)


@dataclass
class World:
    """The state of some worlds side by side."""

    # territory
    held: Any = stock("land", 0, "share", "land under the client's side")
    taken: Any = stock("land", 0, "share", "land lost by force so far")
    handed: Any = stock("land", 0, "share", "land lost by handover so far")
    fell_on: Any = stock("land", np.nan, "day", "when the larger part of what was held was lost")
    held_contested: Any = stock("", 1, "share", "contested land still held, of that held at the start")
    held_outer: Any = stock("", 1, "share", "contested land outside the core still held, of the same")
    core_lost: Any = stock("", 0, "share", "core lost, of that held at the start")
    recognised_lost: Any = stock("", 0, "share", "recognised land lost")
    lost_now: Any = stock(
        "", 0, "ratio", "land lost by force in this part of a step, over the contested land at the start"
    )
    lost_lately: Any = stock("", 0, "ratio", "the same, over the last step")
    # war
    at_war: Any = stock("", 0, "yes/no", "whether there is fighting", bool)
    offensive: Any = stock("", 0, "yes/no", "whether it is a full offensive, not a clash", bool)
    aim: Any = stock("", 0, "code", "what the present fighting is for (Aim)", int)
    war_ends: Any = stock("", 0, "yes/no", "whether the fighting ends in this part of a step", bool)
    war_begins: Any = stock("", 0, "yes/no", "whether fighting breaks out in this step", bool)
    war_days: Any = stock("", 0, "days", "length of the present fighting")
    offensives: Any = stock("", 0, "count", "full offensives so far", int)
    clashes: Any = stock("", 0, "count", "limited clashes so far", int)
    first_war_days: Any = stock("", 0, "days", "length of the first full offensive")
    first_war_taken: Any = stock(
        "", 0, "ratio", "contested land lost by force in that offensive, less what was won back, of all"
    )
    first_aim: Any = stock("", 0, "code", "what the first full offensive was for (Aim)", int)
    first_war_day: Any = stock("", np.nan, "day", "start of the first full offensive")
    all_war_days: Any = stock("", 0, "days", "all days of fighting")
    fortune: Any = stock("land", 1, "factor", "fortune of the present war in each region")
    leaning: Any = stock("rungs", 0, "utility", "the patron's private leaning to each rung in this war")
    promise: Any = stock("", 0, "draw", "luck that decides whether a pact is honoured in this war")
    effort: Any = stock("land", 0, "share", "the challenger's effort on each front")
    prospects: Any = stock(
        "classes", 0, "share", "the success that an attack on land of each class would have"
    )
    pressure: Any = stock("classes", 0, "share", "the challenger's effort by legal class")
    intensity: Any = stock("", 0, "share", "effort of the fighting, of a full offensive")
    momentum: Any = stock("", 0, "share", "the challenger's success where it attacks")
    out_of_targets: Any = stock(
        "", 0, "yes/no", "whether no target is worth the fear, or the aim reached", bool
    )
    advantage: Any = stock("", 0, "log ratio", "the challenger's strength over the client's, backer included")
    client_arms: Any = stock("", 0, "US$ m", "the client's stock of arms")
    challenger_arms: Any = stock("", 0, "US$ m", "the challenger's stock of arms")
    client_fit: Any = stock("", 1, "share", "the client's forces fit to fight")
    challenger_fit: Any = stock("", 1, "share", "the challenger's forces fit to fight")
    displaced: Any = stock("", 0, "share", "people of the core who had to leave: the humanitarian index")
    roads_lost: Any = stock("", 0, "share", "how far the core has lost its roads to recognised land")
    blockade: Any = stock("", 0, "share", "a blockade of the core without fighting")
    homeless: Any = stock("", 0, "share", "people of the core whose land is lost")
    humanitarian_max: Any = stock("", 0, "share", "the highest humanitarian index")
    existential_max: Any = stock("", 0, "share", "the highest danger to survival")
    existential: Any = stock("", 0, "share", "danger to the client's survival")
    crossed: Any = stock("lines", 0, "yes/no", "red lines crossed so far", bool)
    first_line_day: Any = stock("", np.nan, "day", "when the first red line was crossed")
    over: Any = stock("", 0, "yes/no", "whether the client has ceased to exist", bool)
    # settlement
    terms: Any = stock("", 0, "code", "terms in force (Terms)", int)
    terms_day: Any = stock("", 0, "day", "since when")
    handing_over: Any = stock("", 0, "yes/no", "whether handovers are still due", bool)
    peacekeepers: Any = stock("", 0, "share", "peacekeepers on the core")
    offer_tabled: Any = stock("", "mediators.offer_tabled", "yes/no", "whether an offer is on the table")
    on_table: Any = stock("", 0, "yes/no", "whether its terms are there to be agreed on", bool)
    accepts: Any = stock("", 0, "yes/no", "whether the client takes the offer of this round", bool)
    agrees: Any = stock("", 0, "yes/no", "whether the challenger takes it", bool)
    acceptance: Any = stock("", 0, "share", "how far the client would accept a stop")
    handed_now: Any = stock("", 0, "share", "contested land handed over in this step, of that at the start")
    offer_made: Any = stock("", 0, "yes/no", "whether a round of talks is on", bool)
    refused: Any = stock("", 0, "yes/no", "whether the round has failed", bool)
    blame: Any = stock("", 0, "share", "the client's share of the blame for failed talks")
    frustration: Any = stock("", "mediators.frustration", "share", "mediators' frustration with the client")
    # patron
    rung: Any = stock("", 0, "rung", "the patron's rung (Rung)", int)
    rung_max: Any = stock("", 0, "rung", "its highest rung so far", int)
    rung_max_day: Any = stock("", np.nan, "day", "when it was first reached")
    first_force_day: Any = stock("", np.nan, "day", "when rung 3 or more was first reached")
    rung_total: Any = stock("", 0, "rung days", "rung added up over days of fighting")
    reasons: Any = stock("terms", 0, "utility", "the terms of the patron's choice")
    reasons_total: Any = stock("terms", 0, "utility days", "the terms added up over days of fighting")
    strongest_days: Any = stock("terms", 0, "days", "days on which each was the strongest of its side")
    rung_days: Any = stock("rungs", 0, "days", "days of fighting on each rung")
    core_effort: Any = stock(
        "", 0, "share days", "the challenger's effort on the core added up over fighting"
    )
    ladder: Any = stock("rungs", 0, "share", "the chance of each rung, for whoever does not know its leaning")
    force_if: Any = stock(
        "classes", 0, "share", "the chance that the patron would answer an attack on each class with force"
    )
    reach: Any = stock("", 0, "share", "the patron's usable strength at the front")
    accusation: Any = stock("", 0, "share", "how far the patron's words blame challenger and backer")
    ladder_total: Any = stock("rungs", 0, "days", "those chances added up over days of fighting")
    words: Any = stock("", 0, "share", "how far the patron's words side with the client")
    words_total: Any = stock("", 0, "share days", "the same added up over days of fighting")
    alignment: Any = stock("", "client.alignment", "share", "closeness of client's government and patron")
    capability: Any = stock("", "patron.capability", "share", "the patron's ability to project force")
    stated_clarity: Any = stock("", "patron.stated_clarity", "share", "how openly the scope is stated")
    perceived_shift: Any = stock("", 0, "log ratio", "power ratio that the patron sees")
    sphere: Any = stock("", "sphere.credibility", "share", "the patron's sphere credibility")
    outrage: Any = stock("", 0, "share", "the patron's outrage")
    outrage_max: Any = stock("", 0, "share", "its highest value")
    client_turn: Any = stock("", 0, "share", "the client's turn to the west in this step")
    observer_turn: Any = stock("", 0, "share", "an observer's turn to the west in this step")
    # client
    loyalty: Any = stock("", "client.loyalty", "share", "loyalty to the pact")
    trust: Any = stock("", "client.trust_in_troops", "share", "trust that the patron would send troops")
    captivity: Any = stock("", 0, "share", "dependence for want of another protector")
    opinion_target: Any = stock("", "client.opinion", "share", "where opinion of the patron is heading")
    opinion: Any = stock("", "client.opinion", "share", "public opinion of the patron")
    opinion_before_war: Any = stock("", np.nan, "share", "the same as the first full offensive began")
    democracy: Any = stock("", "client.democracy", "share", "electoral democracy of the client")
    plea: Any = stock("", 0, "share", "how loudly the client asks for help")
    first_plea_day: Any = stock("", np.nan, "day", "when it first asked for help")
    accepted_day: Any = stock("", np.nan, "day", "when it first accepted a stop")
    stability: Any = stock("", "client.stability", "share", "how safe the client's government is")
    kept_at_start: Any = stock("", 1, "share", "what kept the client with the patron at the start")
    status: Any = stock("", 0, "code", "place in the pact (Status)", int)
    surrender_rate: Any = stock("", 0, "per day", "rate of giving the contested land up")
    # challenger and backer
    gratitude: Any = stock("", "challenger.gratitude", "share", "the challenger's warmth to the patron")
    belief: Any = stock(
        "classes",
        "challenger.resolve_belief",
        "share",
        "its belief, line by line, that the patron answers as it says",
    )
    prize: Any = stock("", 0, "share", "what there is to win by an offensive, net of fear")
    fear: Any = stock("classes", 0, "share", "the chance of force that it expects on land of each class")
    backing: Any = stock("", 0, "share", "the backer's help on hand")
    readiness: Any = stock("", "backer.readiness", "share", "how far the backer's help is on hand")
    # outside powers and observers
    sympathy: Any = stock("outsiders", 0, "share", "words for the client")
    blame_of_outsiders: Any = stock("outsiders", 0, "share", "words against challenger and backer")
    accusation_total: Any = stock("", 0, "share days", "the patron's blame added up over days of fighting")
    outsider_blame_total: Any = stock("", 0, "share days", "the loudest of the outsiders' blame added up")
    sympathy_total: Any = stock("", 0, "share days", "the loudest of them added up over days of fighting")
    monitors: Any = stock("outsiders", 0, "share", "monitors in the client")
    arms: Any = stock("outsiders", 0, "share", "arms delivered to the client")
    troops: Any = stock("outsiders", 0, "share", "troops on offer to the client")
    troops_max: Any = stock("", 0, "share", "the most ever on offer")
    prior: Any = stock("observers", 0, "share", "belief before any lesson, to which memory falls back")
    reliability: Any = stock("observers", 0, "share", "belief in the patron's reliability")
    participation: Any = stock("observers", 1, "share", "part taken in the patron's pact")
    influence: Any = stock("observers", 0, "share", "standing of the backer")

    def at(self, rows: Rows) -> "View":
        """Some of the worlds, to be read by name."""
        return View(self, rows)


class View:
    """Some worlds of a World, to be read and not written: `view.loyalty` is `world.loyalty[rows]`.

    What has been read is kept until it is said to have changed.
    """

    def __init__(self, world: World, rows: Rows) -> None:
        self._world = world
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for by copy and pickle, before there is a world
            raise AttributeError(name)
        found = pick(getattr(self._world, name), self._rows)
        found.flags.writeable = False
        self.__dict__[name] = found
        return found

    def keep(self, name: str, value: Any) -> None:
        """Keep what has just been written as what is now read; if it was cast, read it anew next time."""
        stock = getattr(self._world, name)
        whole = (
            isinstance(value, np.ndarray)
            and value.dtype == stock.dtype
            and value.shape[1:] == stock.shape[1:]
        )
        if whole and isinstance(self._rows, np.ndarray) and len(value) == len(self._rows):
            value.flags.writeable = False
            self.__dict__[name] = value
        else:
            self.__dict__.pop(name, None)

    def forget(self, names: Iterable[str]) -> None:
        """Read some stocks anew when they are next asked for."""
        for name in names:
            self.__dict__.pop(name, None)

    def rows_of(self, array: NDArray[Any]) -> NDArray[Any]:
        """The rows of these worlds in an array that has a row for every world."""
        return pick(array, self._rows)


Value = float | NDArray[np.float64]


class Settings:
    """The parameters of a run, each a float or a column of one value per world.

    >>> from sim.scenarios.loading import load
    >>> settings = Settings.of(load("karabakh-2020"), {"client.outside_option": np.array([0.1, 0.9])})
    >>> settings.client.outside_option
    array([0.1, 0.9])
    >>> settings.patron.guarantee
    1.0
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)
        self._varies = any(np.ndim(value) for value in self._values.values())
        groups: dict[str, dict[str, Value]] = {}
        for path, value in self._values.items():
            head, _, rest = path.partition(".")
            groups.setdefault(head, {})[rest] = value
        for head, members in groups.items():
            inner = members[""] if "" in members else Settings(members)
            setattr(self, head, inner)
        own = {head: members[""] for head, members in groups.items() if "" in members}
        columns = {head: value for head, value in own.items() if np.ndim(value)}
        self._alike = {head: value for head, value in own.items() if head not in columns}
        self._columns, self._stacked = tuple(columns), np.array(list(columns.values()))

    def __getattr__(self, name: str) -> Any:  # only called for names that are not there
        raise AttributeError(name)

    @classmethod
    def of(cls, scenario: Scenario, columns: Mapping[str, Value] | None = None) -> "Settings":
        """The numbers of a scenario; `columns` replaces some of them world by world."""
        values: dict[str, Value] = {info.path: info.default for info in describe(scenario)}
        unknown = set(columns or {}) - set(values)
        assert not unknown, f"check the paths of a design first: {unknown}"
        return cls(values | dict(columns or {}))

    def value(self, path: str) -> Value:
        """One number by its path."""
        return self._values[path]

    def changed(self, values: Mapping[str, Value]) -> "Settings":
        """The same numbers, except for some, each a float or (worlds,)."""
        plain = {path: float(value) if np.ndim(value) == 0 else value for path, value in values.items()}
        return Settings(self._values | plain)

    def only(self, rows: Rows) -> "Settings":
        """The numbers of some of the worlds, as if there were no others."""
        return Settings(
            {path: pick(np.asarray(one), rows) if np.ndim(one) else one for path, one in self._values.items()}
        )

    def at(self, rows: Rows) -> "Settings | SomeSettings":
        """The numbers of some of the worlds, to be read."""
        if not self._varies or (isinstance(rows, slice) and rows == EVERY_WORLD):
            return self
        return SomeSettings(self, rows)


class SomeSettings:
    """The numbers of some of the worlds: in a group, all that differ between worlds are picked in one go."""

    def __init__(self, settings: Settings, rows: Rows) -> None:
        self._settings = settings
        self._rows = rows
        self.__dict__.update(settings._alike)
        if settings._columns:
            whole = settings._stacked
            some = whole[:, rows] if isinstance(rows, slice) else whole.take(rows, axis=1, mode="clip")
            some.flags.writeable = False
            self.__dict__.update(zip(settings._columns, some, strict=True))

    def __getattr__(self, name: str) -> Any:  # only called for names that are not there
        if name.startswith("_"):  # asked for by copy and pickle, before there are settings
            raise AttributeError(name)
        group = getattr(self._settings, name).at(self._rows)
        setattr(self, name, group)
        return group

    def value(self, path: str) -> Value:
        """One number by its path."""
        found = self._settings.value(path)
        return pick(np.asarray(found), self._rows) if np.ndim(found) else found


def begin(settings: Settings, worlds: int, axes: dict[str, int]) -> World:
    """Worlds at their start.

    Args:
        settings: the numbers, each a float or (worlds,).
        worlds: the number of worlds.
        axes: the length of each axis named in World.
    """
    arrays = {}
    for item in fields(World):
        about = item.metadata
        shape = (worlds, axes[about["axes"]]) if about["axes"] else (worlds,)
        start = about["start"]
        value = settings.value(start) if isinstance(start, str) else start
        array = np.empty(shape, dtype=about["kind"])
        array[...] = column(value) if about["axes"] else value
        arrays[item.name] = array
    return World(**arrays)
