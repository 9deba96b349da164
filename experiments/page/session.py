"""A session: what its user has set, and what is shown because of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import solara

from experiments.page.curves import Observed
from experiments.page.faults import report
from experiments.page.link import USUAL_SETTING, query_of, settings_of, step_of
from experiments.page.playback import PageRequest, Playback
from experiments.page.presets import Preset
from experiments.page.setting import SHARED, SideSetting
from experiments.page.svg import PICTURE_WIDTH
from sim.errors import UserError
from sim.scenarios.scenario import Scenario

FIRST_STRETCH = 0.3  # seconds for which a new setting is run on before it is shown
EVERYONE = "all"  # the filter of the log that lets everything through


class ScenarioFile:
    """The file of a scenario as it was when this was made: the page goes on with what it read then.

    Attributes:
        name: its name, without a folder: no folder goes to a browser.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path, self._read = path, self._stamp(path)

    @property
    def edited(self) -> bool:
        """Whether it is not the same any more, or gone."""
        return self._stamp(self._path) != self._read

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int] | None:
        try:
            told = path.stat()
        except OSError:
            return None
        return told.st_mtime_ns, told.st_size


@dataclass(frozen=True)
class PageConfig:
    """What a page offers to every session.

    Attributes:
        scenarios: the scenarios by name; no other is ever looked for.
        record_of: the function that gives what the record has for a scenario.
        files: the files of the scenarios that do not ship, by name.
        first: the setting with which the page begins where the address names none.
    """

    scenarios: Mapping[str, Scenario]
    record_of: Callable[[Scenario], Observed]
    files: Mapping[str, ScenarioFile] = field(default_factory=dict)
    first: SideSetting = USUAL_SETTING

    def typed(self, scenario: str) -> str:
        """The word for a scenario on the command line: its file's name, else its own."""
        return self.files[scenario].name if scenario in self.files else scenario

    def edited_file(self, scenario: str) -> str:
        """The name of a scenario's file if it was edited after the page had read it, else nothing."""
        return self.files[scenario].name if scenario in self.files and self.files[scenario].edited else ""


@dataclass(frozen=True, eq=False)
class Goal:
    """What is being played on, and how far.

    Attributes:
        playback: what is played.
        step: the step at which to stop.
        at_news: whether to stop at the first step with news.
        reached: whether it has been played that far. The thread that plays says so here, and leaves the
            session's goal alone: the user may have set another one since.
    """

    playback: Playback
    step: int
    at_news: bool = False
    reached: solara.Reactive[bool] = field(default_factory=lambda: solara.reactive(False))


class Session:
    """The state of one session; nothing of it is shared with another.

    Attributes:
        settings: the setting of each side.
        edited: the side that the controls change.
        playback: what is played.
        shown: the step that is looked at; None follows the last one.
        playing: whether Play is pressed.
        goal: how far to play on at once; None if nothing was asked for.
        opened: the reason whose claim is shown; empty for the strongest.
        width: px of a picture.
        settings_open: whether the settings are as on a large screen on a small one, and the reverse.
        about: the actor or kind whose news are shown.
        message: the reason why the last setting was refused.
        interval, stride: the intervals at which Mesa plays and renders.
    """

    def __init__(self, config: PageConfig, query: str) -> None:
        self.config = config
        try:
            settings, step = self._asked_by(query)
            playback, refused = self._new_playback(settings), ""
            reached = playback.run_to(step, FIRST_STRETCH)
        except Exception as error:
            settings, step, refused = (config.first,), 0, self._told(error)
            playback, reached = self._new_playback(settings), True
        self.settings = solara.reactive(settings)
        self.edited = solara.reactive(0)
        self.playback: solara.Reactive[Playback] = solara.reactive(None)  # which keeps what it was made with
        self.playback.value = playback
        self.shown: solara.Reactive[int | None] = solara.reactive(None)
        self.playing = solara.reactive(False)
        self.goal: solara.Reactive[Goal | None] = solara.reactive(None)
        self.goal.value = None if reached else Goal(playback, step)
        self.opened = solara.reactive("")
        self.width = solara.reactive(PICTURE_WIDTH)
        self.settings_open = solara.reactive(False)
        self.about = solara.reactive(EVERYONE)
        self.message = solara.reactive(refused)
        self.interval = solara.reactive(200)
        self.stride = solara.reactive(1)

    def request(self) -> PageRequest:
        """What is to be played now: asked when Reset is pressed."""
        return PageRequest(self.settings.peek(), self.config.scenarios)

    def _new_playback(self, settings: tuple[SideSetting, ...]) -> Playback:
        return Playback(lambda: PageRequest(settings, self.config.scenarios))

    @property
    def speed(self) -> tuple[int, int]:
        """The milliseconds between two redraws while it plays, and the steps of each."""
        return self.interval.value, self.stride.value

    def set_speed(self, interval: int, stride: int) -> None:
        """Set the milliseconds between two redraws while it plays, and the steps of each."""
        self.interval.value, self.stride.value = interval, stride

    def play(self) -> None:
        """Play on from the last step, and look at it."""
        self.goal.value, self.shown.value = None, None
        self.playing.value = not self.playback.peek().over

    def pause(self) -> None:
        """Stop playing where it is."""
        self.playing.value, self.goal.value = False, None

    def go_to_event(self) -> None:
        """Look at the next step with news; play on to it if it has not been played."""
        playback, shown = self.playback.peek(), self.shown.peek()
        place = playback.last_step if shown is None else shown
        told = [now.step for side in playback.sides for now in side.history[place + 1 :] if now.news]
        if told:
            self.go_to(min(told))
        else:
            self.shown.value = None
            self.goal.value = Goal(playback, playback.steps_in_all, at_news=True)

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
            self.message.value = ""
            return
        asked = self.goal.peek() if self.under_way else None
        goal = self.playback.peek().last_step if asked is None or asked.at_news else asked.step
        shown = self.shown.peek()
        if settings[0].scenario != self.settings.peek()[0].scenario:
            goal, shown = 0, None
        try:
            playback = self._new_playback(settings)
            reached = playback.run_to(goal, FIRST_STRETCH)
            if self.playing.peek():  # the old one has gone on meanwhile
                goal = max(goal, self.playback.peek().last_step)
                reached = reached and playback.last_step >= min(goal, playback.steps_in_all)
        except Exception as error:  # whatever it is, the old setting stays and is shown
            self.message.value = self._told(error)
            return
        self.message.value = ""
        self.settings.value = settings
        self.playback.value = playback
        self.shown.value = shown
        self.goal.value = None if reached else Goal(playback, goal)

    def go_to(self, step: int) -> None:
        """Look at a step: one that has been played, where playing then stops, or else play on to it."""
        playback = self.playback.peek()
        self.pause()  # so that no thread plays past it
        if step < playback.last_step:
            self.shown.value = step
        else:
            self.shown.value = None
            self.goal.value = Goal(playback, min(step, playback.steps_in_all))

    @property
    def under_way(self) -> bool:
        """Whether what is seen is being played on."""
        goal = self.goal.value
        return goal is not None and goal.playback is self.playback.value and not goal.reached.value

    def wants(self, goal: Goal) -> bool:
        """Whether a goal is still the one that is played on to."""
        return self.goal.peek() is goal and self.under_way

    def pick(self, what: str) -> None:
        """Answer a click on a picture: "step:12", "day:80" from the start or "term:core"."""
        kind, _, name = what.partition(":")
        if kind == "step" and name.isdigit():
            self.go_to(min(int(name), self.playback.peek().steps_in_all))
        elif kind == "day" and name.isdigit():
            self.go_to(self.playback.peek().step_at(int(name)))
        elif kind == "term":
            self.opened.value = name

    def open(self, query: str) -> None:
        """Show what another address asks for, as after the browser's Back."""
        try:
            settings, step = self._asked_by(query)
        except UserError as error:
            self.message.value = self._told(error)
            return
        self.apply(settings)
        if self.settings.peek() == settings:
            self.go_to(step)

    @property
    def query(self) -> str:
        """The query of the address that reopens the page with these settings."""
        return query_of(*self.settings.value) or f"scenario={USUAL_SETTING.scenario}"

    def _asked_by(self, query: str) -> tuple[tuple[SideSetting, ...], int]:
        """The settings and the step that an address asks for."""
        first, second = settings_of(query)
        if first == USUAL_SETTING and second is None and "scenario" not in query:
            first = self.config.first
        if second is None:
            return (first,), step_of(query)
        for name in ("scenario", "worlds"):
            one, other = getattr(first, name), getattr(second, name)
            if one != other:
                raise UserError(f"other.{name} = {other}: both sides show the same, {one}")
        return (first, second), step_of(query)

    @staticmethod
    def _told(error: Exception) -> str:
        """Why something was refused, in one line."""
        return " ".join(str(error).split()) if isinstance(error, UserError) else report(error)
