"""Which numbers does a run use: one for all worlds, or one for each?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.quantities import pick
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

Value = float | NDArray[np.float64]


class Settings:
    """The parameters of a run, each a float or a column of one value a world.

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

    def at(self, rows: slice | NDArray[np.intp]) -> "Settings | SomeSettings":
        """The numbers of some of the worlds."""
        if isinstance(rows, slice) or not self._varies:
            return self
        return SomeSettings(self, rows)


class SomeSettings:
    """The numbers of some of the worlds, looked up when asked for and then kept."""

    def __init__(self, settings: Settings, rows: NDArray[np.intp]) -> None:
        self._settings = settings
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        found = self._pick(getattr(self._settings, name))
        setattr(self, name, found)
        return found

    def value(self, path: str) -> Value:
        """One number by its path."""
        return self._pick(self._settings.value(path))

    def _pick(self, found: Any) -> Any:
        if isinstance(found, Settings):
            return found.at(self._rows)
        return pick(found, self._rows) if np.ndim(found) else found
