"""Which numbers does a run use: one for all worlds, or one for each?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Scenario, describe

Value = float | NDArray[np.float64]


class Settings:
    """The parameters of a run, each a float or a column of one value a world.

    >>> from sim.scenario import load
    >>> settings = Settings.of(load("karabakh-2020"), {"client.outside_option": np.array([0.1, 0.9])})
    >>> settings.client.outside_option
    array([0.1, 0.9])
    >>> settings.patron.guarantee
    1.0
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)
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

    def at(self, rows: slice | NDArray[np.intp]) -> "Settings":
        """The numbers of some of the worlds."""
        if not any(np.ndim(value) for value in self._values.values()):
            return self
        return Settings({p: v[rows] if np.ndim(v) else v for p, v in self._values.items()})
