"""What has the user of this session set, and what is shown because of it?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import solara

from experiments.page.curves import Observed
from experiments.page.link import query_of, settings_of
from experiments.page.playback import Asked, Show
from experiments.page.presets import Preset
from experiments.page.setting import Setting
from sim.errors import UserError
from sim.scenarios.scenario import Scenario

FIRST_STRETCH = 0.3  # seconds for which a new setting is run on before it is shown
REST = 0.2  # seconds beyond the play interval in which the last step of an old show arrives
SHARED = ("scenario", "seed", "world", "worlds")  # both sides meet the same luck in the same history
EVERYONE = "all"  # the filter of the log that lets everything through


@dataclass(frozen=True)
class Offer:
    """What a page offers to every session.

    Attributes:
        scenarios: by name; no other is ever looked for.
        record_of: what the record has for a scenario.
        typed: what stands for a scenario on the command line, where that is not its name.
    """

    scenarios: Mapping[str, Scenario]
    record_of: Callable[[Scenario], Observed]
    typed: Mapping[str, str] = field(default_factory=dict)


class Desk:
    """The state of one session; nothing of it is shared with another.

    Attributes:
        settings: one for each side.
        edited: the side that the controls change.
        show: what is played.
        shown: the step that is looked at; None follows the last one.
        goal: the show that is being run on, and to which step, if there is one.
        opened: the reason whose claim is shown; empty for the strongest.
        about: whose news are shown.
        message: why the last setting was refused.
        interval, stride: Mesa's play and render intervals.
    """

    def __init__(self, offer: Offer, query: str) -> None:
        self.offer = offer
        settings, refused = _asked_by(query)
        try:
            show = Show(lambda: Asked(settings, offer.scenarios))
        except UserError as error:
            settings, refused = (Setting(),), _in_a_line(error)
            show = Show(lambda: Asked(settings, offer.scenarios))
        self.settings = solara.reactive(settings)
        self.edited = solara.reactive(0)
        self.show = solara.reactive(show)
        self.shown: solara.Reactive[int | None] = solara.reactive(None)
        self.goal: solara.Reactive[tuple[Show, int] | None] = solara.reactive(None)
        self.opened = solara.reactive("")
        self.about = solara.reactive(EVERYONE)
        self.message = solara.reactive(refused)
        self.interval = solara.reactive(200)
        self.stride = solara.reactive(1)

    def asked(self) -> Asked:
        """What a show is to be made of now: Mesa asks this when Reset is pressed."""
        rest = self.interval.peek() / 1000 + REST
        return Asked(self.settings.peek(), self.offer.scenarios, rest)

    @property
    def setting(self) -> Setting:
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

    def ask(self, preset: Preset) -> None:
        """Ask a question on the edited side."""
        asked = preset.on(self.setting)
        self.change(theory=asked.theory, without=asked.without, changes=asked.changes)

    def compare(self, preset: Preset | None) -> None:
        """Set a second side beside the first, or take it away."""
        first = self.settings.peek()[0]
        self.edited.value = 0 if preset is None else 1
        self.apply((first,) if preset is None else (first, preset.on(first)))

    def apply(self, settings: tuple[Setting, ...]) -> None:
        """Play other settings up to the same date; what the model refuses changes nothing but the message."""
        if settings == self.settings.peek():
            return
        before = self.show.peek()
        same_history = settings[0].scenario == self.settings.peek()[0].scenario
        goal = before.last_step if same_history else 0
        try:
            show = Show(lambda: Asked(settings, self.offer.scenarios))
        except UserError as error:
            self.message.value = _in_a_line(error)
            return
        reached = show.run_to(goal, FIRST_STRETCH)
        self.message.value = ""
        self.settings.value = settings
        self.show.value = show
        self.shown.value = None
        self.goal.value = None if reached else (show, goal)

    def go_to(self, step: int) -> None:
        """Look at a step: one that has been played, or else play on to it."""
        if step < self.show.peek().last_step:
            self.shown.value = step
        else:
            self.shown.value = None
            self.goal.value = (self.show.peek(), step)

    @property
    def under_way(self) -> bool:
        """Whether the show that is seen is being run on."""
        return self.goal.value is not None and self.goal.value[0] is self.show.value

    def pick(self, what: str) -> None:
        """Answer a click on a picture: "step:12" or "term:core"."""
        kind, _, name = what.partition(":")
        if kind == "step" and name.isdigit():
            self.go_to(min(int(name), self.show.peek().steps_in_all))
        elif kind == "term":
            self.opened.value = name

    @property
    def query(self) -> str:
        """The query of the address that reopens the page with these settings."""
        return query_of(*self.settings.value)


def _asked_by(query: str) -> tuple[tuple[Setting, ...], str]:
    """The settings that an address asks for; the usual ones and a message if it cannot be read."""
    try:
        first, second = settings_of(query)
    except UserError as error:
        return (Setting(),), _in_a_line(error)
    return ((first,) if second is None else (first, second)), ""


def _in_a_line(error: UserError) -> str:
    return " ".join(str(error).split())
