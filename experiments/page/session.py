"""A session: what its user has set, and what is shown because of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import solara

from experiments.page.curves import Observed
from experiments.page.faults import report
from experiments.page.link import query_of, settings_of
from experiments.page.playback import PageRequest, Playback
from experiments.page.presets import Preset
from experiments.page.setting import SideSetting
from sim.errors import UserError
from sim.scenarios.scenario import Scenario

FIRST_STRETCH = 0.3  # seconds for which a new setting is run on before it is shown
REST = 0.2  # seconds beyond the play interval in which the last step of an old playback arrives
SHARED = ("scenario", "seed", "world", "worlds")  # both sides meet the same luck in the same history
EVERYONE = "all"  # the filter of the log that lets everything through


@dataclass(frozen=True)
class PageConfig:
    """What a page offers to every session.

    Attributes:
        scenarios: the scenarios by name; no other is ever looked for.
        record_of: the function that gives what the record has for a scenario.
        typed: the words for a scenario on the command line, where they are not its name.
    """

    scenarios: Mapping[str, Scenario]
    record_of: Callable[[Scenario], Observed]
    typed: Mapping[str, str] = field(default_factory=dict)


class Session:
    """The state of one session; nothing of it is shared with another.

    Attributes:
        settings: the setting of each side.
        edited: the side that the controls change.
        playback: what is played.
        shown: the step that is looked at; None follows the last one.
        goal: what is being played on, and to which step; None if nothing is.
        opened: the reason whose claim is shown; empty for the strongest.
        about: the actor or kind whose news are shown.
        message: the reason why the last setting was refused.
        interval, stride: the intervals at which Mesa plays and renders.
    """

    def __init__(self, config: PageConfig, query: str) -> None:
        self.config = config
        settings, refused = _asked_by(query)
        try:
            playback = Playback(lambda: PageRequest(settings, config.scenarios))
        except UserError as error:
            settings, refused = (SideSetting(),), _in_a_line(error)
            playback = Playback(lambda: PageRequest(settings, config.scenarios))
        self.settings = solara.reactive(settings)
        self.edited = solara.reactive(0)
        self.playback = solara.reactive(playback)
        self.shown: solara.Reactive[int | None] = solara.reactive(None)
        self.goal: solara.Reactive[tuple[Playback, int] | None] = solara.reactive(None)
        self.opened = solara.reactive("")
        self.about = solara.reactive(EVERYONE)
        self.message = solara.reactive(refused)
        self.interval = solara.reactive(200)
        self.stride = solara.reactive(1)

    def request(self) -> PageRequest:
        """What is to be played now: Mesa asks this when Reset is pressed."""
        rest = self.interval.peek() / 1000 + REST
        return PageRequest(self.settings.peek(), self.config.scenarios, rest)

    @property
    def setting(self) -> SideSetting:
        """The setting that the controls change."""
        return self.settings.value[min(self.edited.value, len(self.settings.value) - 1)]

    def change(self, **values: object) -> None:
        """Set some values of the edited side; luck and history of both."""
        shared = {name: value for name, value in values.items() if name in SHARED}
        own = {name: value for name, value in values.items() if name not in SHARED}
        settings = [setting.with_values(**shared) for setting in self.settings.peek()]
        place = min(self.edited.peek(), len(settings) - 1)
        settings[place] = settings[place].with_values(**own)
        self.apply(tuple(settings))

    def set_parameter(self, path: str, value: float | None) -> None:
        """Set one parameter of the edited side, or leave it to the scenario."""
        self.change(changes=self.setting.with_change(path, value).changes)

    def drawn(self, path: str) -> float | None:
        """The median of what the worlds of the edited side drew for a parameter; None if it is not drawn."""
        sides = self.playback.value.sides
        drawn = sides[min(self.edited.value, len(sides) - 1)].model.drawn.get(path)
        return None if drawn is None else float(np.median(drawn))

    def ask(self, preset: Preset) -> None:
        """Ask a question on the edited side."""
        asked = preset.on(self.setting)
        self.change(theory=asked.theory, without=asked.without, changes=asked.changes)

    def compare(self, preset: Preset | None) -> None:
        """Set a second side beside the first, or take it away."""
        first = self.settings.peek()[0]
        self.edited.value = 0 if preset is None else 1
        self.apply((first,) if preset is None else (first, preset.on(first)))

    def apply(self, settings: tuple[SideSetting, ...]) -> None:
        """Play other settings up to the same date; what the model refuses changes nothing but the message."""
        if settings == self.settings.peek():
            return
        before, under_way = self.playback.peek(), self.goal.peek()
        goal = under_way[1] if under_way and under_way[0] is before else before.last_step
        if settings[0].scenario != self.settings.peek()[0].scenario:
            goal = 0
        try:
            playback = Playback(lambda: PageRequest(settings, self.config.scenarios))
            reached = playback.run_to(goal, FIRST_STRETCH)
        except UserError as error:
            self.message.value = _in_a_line(error)
            return
        except Exception as error:  # whatever it is, the old setting stays and is shown
            self.message.value = report(error)
            return
        self.message.value = ""
        self.settings.value = settings
        self.playback.value = playback
        self.shown.value = None
        self.goal.value = None if reached else (playback, goal)

    def go_to(self, step: int) -> None:
        """Look at a step: one that has been played, or else play on to it."""
        if step < self.playback.peek().last_step:
            self.shown.value = step
        else:
            self.shown.value = None
            self.goal.value = (self.playback.peek(), step)

    @property
    def under_way(self) -> bool:
        """Whether what is seen is being played on."""
        return self.goal.value is not None and self.goal.value[0] is self.playback.value

    def pick(self, what: str) -> None:
        """Answer a click on a picture: "step:12", "day:80" from the start or "term:core"."""
        kind, _, name = what.partition(":")
        if kind == "step" and name.isdigit():
            self.go_to(min(int(name), self.playback.peek().steps_in_all))
        elif kind == "day" and name.isdigit():
            self.go_to(self.playback.peek().step_at(int(name)))
        elif kind == "term":
            self.opened.value = name

    @property
    def query(self) -> str:
        """The query of the address that reopens the page with these settings."""
        return query_of(*self.settings.value)


def _asked_by(query: str) -> tuple[tuple[SideSetting, ...], str]:
    """The settings that an address asks for; the usual ones and a message if it cannot be read."""
    try:
        first, second = settings_of(query)
    except UserError as error:
        return (SideSetting(),), _in_a_line(error)
    return ((first,) if second is None else (first, second)), ""


def _in_a_line(error: UserError) -> str:
    return " ".join(str(error).split())
