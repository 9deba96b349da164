"""Levers: the parameters that are varied, their ranges, and values from places on the unit cube."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import UserError, nearest
from sim.quantities import Numbers
from sim.runs.numbers import PriorRange
from sim.scenarios.parameters import YES_NO
from sim.scenarios.values import ParameterInfo


@dataclass(frozen=True)
class Lever:
    """A parameter that is varied.

    Attributes:
        path: the path of the parameter.
        low, high: the ends of its range.
        default: the scenario's own value.
        unit, meaning: its unit and meaning, as in `describe`.
        logs: whether equal factors, not equal differences, are equal steps.
    """

    path: str
    low: float
    high: float
    default: float
    unit: str = ""
    meaning: str = ""
    logs: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it is a yes or no."""
        return self.unit == YES_NO

    def values(self, unit: Numbers) -> Numbers:
        """Values from places on the unit interval: spread evenly over the range; a yes or no is cut in half.

        >>> Lever("a", 2.0, 4.0, 3.0).values(np.array([0.0, 0.25]))
        array([2. , 2.5])
        >>> Lever("a", 0.25, 4.0, 3.0, logs=True).values(np.array([0.0, 0.5]))
        array([0.25, 1.  ])
        >>> Lever("b", 0.0, 1.0, 0.0, YES_NO).values(np.array([0.2, 0.5]))
        array([0., 1.])
        """
        form = YES_NO if self.is_switch else "log" if self.logs else "linear"
        return PriorRange(self.low, self.high, form).at(unit)

    def place(self, value: float) -> float:
        """The place of a value on the unit interval.

        >>> Lever("a", 2.0, 4.0, 3.0).place(2.5)
        0.25
        """
        if self.logs:
            return math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def chosen(known: Mapping[str, ParameterInfo], names: Sequence[str] = ()) -> list[ParameterInfo]:
    """The parameters that some names stand for: each is a path or a group of paths; no names stand for all.

    Raises:
        UserError: a name stands for nothing.
    """
    paths: dict[str, None] = {}
    for name in names:
        under = [path for path in known if path == name or path.startswith(f"{name}.")]
        if not under:
            starts = {path.rsplit(".", depth)[0] for path in known for depth in range(path.count(".") + 1)}
            raise UserError(f"--parameters {name}: unknown; {nearest(name, starts)}")
        paths |= dict.fromkeys(under)
    return [known[path] for path in (paths or known)]


def levers_of(
    parameters: Sequence[ParameterInfo],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    around: float | None = None,
) -> tuple[Lever, ...]:
    """Levers over the whole ranges of parameters, or over narrower ones.

    A parameter of which factors count (its scale is "log") is varied in logs, over what is believed of it;
    a range that is given is spread evenly.

    Args:
        parameters: the parameters to be varied.
        ranges: path -> low, high, for some of them.
        around: how far each of the others may go to either side of its default, as a share of its range.
    """
    levers = []
    for one in parameters:
        given = (ranges or {}).get(one.path)
        logs = one.scale == "log" and given is None
        low, high = given or (one.believed if logs else (one.low, one.high))
        lever = Lever(one.path, low, high, one.default, one.unit, one.meaning, logs)
        if around is not None and one.unit != YES_NO and given is None:
            middle = min(max(lever.place(one.default), 0.0), 1.0)
            ends = lever.values(np.clip([middle - around, middle + around], 0.0, 1.0))
            lever = replace(lever, low=float(ends[0]), high=float(ends[1]))
        levers.append(lever)
    return tuple(levers)


def distinct_points(levers: Sequence[Lever], unit: Numbers) -> tuple[pd.DataFrame, NDArray[Any]]:
    """The different points of a design on the unit cube, and which of them each of its rows is.

    Args:
        levers: the levers, a column each.
        unit: the places on the unit cube, (rows, levers).
    """
    table = pd.DataFrame({one.path: one.values(unit[:, place]) for place, one in enumerate(levers)})
    which = table.groupby(list(table.columns), sort=False).ngroup()
    return table.drop_duplicates(ignore_index=True), which.to_numpy()
