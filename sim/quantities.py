"""The few operations, and types of arrays, that rules and laws share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.rule import Amount

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

DAYS_PER_YEAR = 365.25
FEW_COLUMNS = 8  # up to which adding column by column is faster
TINY = 1e-12  # keeps a logarithm or a quotient finite where a quantity is zero


def total(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(worlds,) sums over the second axis, the same bits alone or in a batch.

    Float sums depend on the order of addition, and NumPy's on the memory layout. So a few columns are
    added from left to right, and many are made C-contiguous first.
    """
    if matrix.shape[1] > FEW_COLUMNS:
        return np.ascontiguousarray(matrix).sum(axis=1)
    sums = np.zeros(matrix.shape[0])
    for column in matrix.T:
        sums += column
    return sums


def mean(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(worlds,) means over the second axis, 0 where it is empty.

    >>> mean(np.array([[0.25, 0.75]])), mean(np.empty((1, 0)))
    (array([0.5]), array([0.]))
    """
    return total(matrix) / max(matrix.shape[1], 1)


def pick(array: NDArray[Any], rows: slice | NDArray[np.intp]) -> NDArray[Any]:
    """Some rows of an array: `array[rows]`, by the fastest way that NumPy has."""
    return array[rows] if isinstance(rows, slice) else array.take(rows, axis=0, mode="clip")


def column(quantity: Amount) -> Any:
    """A quantity shaped to go with matrices that have a second axis: (worlds,) becomes (worlds, 1).

    >>> column(np.array([0.1, 0.2])).shape, column(0.1)
    ((2, 1), 0.1)
    """
    return quantity[:, None] if np.ndim(quantity) else quantity  # type: ignore[index]


def side_by_side(quantities: Sequence[Amount]) -> NDArray[np.float64]:
    """Quantities of several actors along the second axis: (worlds, actors), or (actors,) if all are numbers.

    >>> side_by_side([0.5, np.array([0.1, 0.2])])
    array([[0.5, 0.1],
           [0.5, 0.2]])
    """
    shapes = {np.shape(quantity) for quantity in quantities} - {()}
    worlds = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)  # which is slow
    matrix = np.empty((*worlds, len(quantities)))
    for place, quantity in enumerate(quantities):
        matrix[..., place] = quantity
    return matrix


def largest(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(worlds,) the largest over the second axis, 0 where it is empty: nobody there, nothing done.

    Column by column, as NumPy is slow along a short axis.
    """
    if matrix.shape[1] == 0:
        return np.zeros(matrix.shape[0])
    found = matrix[:, 0].copy()
    for column in matrix.T[1:]:
        np.maximum(found, column, out=found)
    return found


def logistic(x: Amount) -> Any:
    """The S-shaped curve from 0 to 1, safe for any finite argument.

    >>> float(logistic(0.0)), float(logistic(-1e4)) < 1e-300
    (0.5, True)
    """
    return 1.0 / (1.0 + np.exp(np.minimum(-np.asarray(x), 700.0)))


def chance(rate: Amount, days: Amount) -> Any:
    """The probability that something with a rate per day happens within some days.

    >>> round(float(chance(rate=0.1, days=7)), 3)
    0.503
    """
    return 1.0 - np.exp(-np.asarray(rate) * days)  # expm1 has more digits and takes ten times as long


def approached(value: Amount, target: Amount, rate: Amount, days: Amount) -> Any:
    """A value after some days of closing in on a target at a rate per day.

    >>> float(approached(value=0.0, target=1.0, rate=1e9, days=1.0))
    1.0
    """
    return value + (np.asarray(target) - value) * chance(rate, days)


def per_day(per_year: Amount) -> Any:
    """A rate per day from a rate per year."""
    return np.asarray(per_year) / DAYS_PER_YEAR


def within(x: Amount, low: float = 0.0, high: float = 1.0) -> Any:
    """A value held inside its bounds."""
    return np.minimum(np.maximum(x, low), high)
