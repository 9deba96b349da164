"""What is being played: one setting, or two with the same luck."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from time import monotonic

import mesa

from experiments.page.setting import SideSetting, start_worlds
from experiments.page.snapshot import Snapshot, Watcher
from sim.model import ConflictModel
from sim.scenarios.scenario import Scenario


class Side:
    """One setting as it is played: its worlds, and a snapshot of every step so far."""

    def __init__(self, setting: SideSetting, scenarios: Mapping[str, Scenario]) -> None:
        self.setting = setting
        self.model: ConflictModel = start_worlds(setting, scenarios)
        getattr(mesa.Agent, "_ids", {}).pop(self.model, None)  # in which Mesa 3.3 keeps every model for ever
        self._watcher = Watcher(self.model)
        self.history: list[Snapshot] = [self._watcher.first()]

    @property
    def over(self) -> bool:
        """Whether its end has been reached."""
        return self.model.step_number >= self.model.scenario.steps

    def step(self) -> None:
        """Let a step pass, and remember what is seen of it."""
        if not self.over:
            self.model.step()
            self.history.append(self._watcher.next())


@dataclass(frozen=True)
class PageRequest:
    """What is to be played.

    Attributes:
        settings: the setting of each side.
        scenarios: the scenarios that the page offers, by name.
    """

    settings: tuple[SideSetting, ...]
    scenarios: Mapping[str, Scenario]


class Playback(mesa.Model):
    """What Mesa's page plays: one side, or two side by side with the same luck.

    Mesa makes a new one as `Playback(request=...)` when Reset is pressed, so `request` says what is wanted
    then.
    It is not the ConflictModel itself, as that has a `scenario` of its own, a name under which Mesa 3.5
    wants something else, and as a page can show two.

    Raises:
        UserError: whatever is wrong with a setting.
    """

    def __init__(self, request: Callable[[], PageRequest]) -> None:
        super().__init__(rng=0)
        asked = request()
        self._lock = RLock()
        self._stopped = False
        self.sides = [Side(setting, asked.scenarios) for setting in asked.settings]

    def step(self) -> None:
        """Let a step pass on every side; at the end, or once it is stopped, nothing does."""
        with self._lock:
            if not self._stopped:
                try:
                    for side in self.sides:
                        side.step()
                except BaseException:  # half a step is nothing to go on from, and Mesa 3.5 would not
                    self.stop()
                    raise

    def step_if(self, wanted: Callable[[], bool]) -> None:
        """Let a step pass if that is still wanted once the step of another thread is done."""
        with self._lock:
            if wanted():
                self.step()  # to which Mesa 3.5 passes no argument on

    @property
    def over(self) -> bool:
        """Whether no more is played: all sides have come to their end, or it has been stopped."""
        return self._stopped or all(side.over for side in self.sides)

    def run_to(
        self, step: int, seconds: float, at_news: bool = False, wanted: Callable[[], bool] = lambda: True
    ) -> bool:
        """Step on to a step, for some seconds at most; whether no more is to be done.

        Args:
            step: the step to be reached.
            seconds: the time that this may take.
            at_news: whether the first step with news is far enough.
            wanted: asked before each step whether that is still wanted.
        """
        enough = monotonic() + seconds
        while True:
            with self._lock:
                if self.last_step >= min(step, self.steps_in_all) or self._stopped or not wanted():
                    return True
                self.step()
                if at_news and any(now.news for now in self.at(None)):
                    return True
            if monotonic() > enough:
                return False

    @property
    def last_step(self) -> int:
        """The last step that has been played; one under way is waited for."""
        with self._lock:
            return max(len(side.history) for side in self.sides) - 1

    @property
    def steps_in_all(self) -> int:
        """How many steps lead to the end."""
        return max(side.model.scenario.steps for side in self.sides)

    def step_at(self, day: int) -> int:
        """The step that is under way on a day, counted from the start."""
        longest = max((side.model.scenario for side in self.sides), key=lambda scenario: scenario.steps)
        return longest.step_at(day)

    def at(self, step: int | None) -> Sequence[Snapshot]:
        """The snapshot of each side at a step, or at the last one."""
        with self._lock:
            place = self.last_step if step is None else step
            return [side.history[min(place, len(side.history) - 1)] for side in self.sides]

    def until(self, side: int, step: int | None = None) -> Sequence[Snapshot]:
        """The snapshots of a side up to a step, or all so far."""
        with self._lock:
            history = self.sides[side].history
            return history[: len(history) if step is None else step + 1]

    def stop(self) -> None:
        """Play no more."""
        with self._lock:
            self._stopped, self.running = True, False
