"""Figures read back: what their lines, bands, bars, cells and labels say, in the numbers of their axes."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Text


def on_paper(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Where a place of an axes lies on the page, in dots from its lower left corner."""
    across, up = axes.transData.transform((x, y))
    return float(across), float(up)


def directions(axes: Axes) -> tuple[str, str]:
    """Where larger values lie: "right" or "left", "up" or "down"."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    low, high = on_paper(axes, left, bottom), on_paper(axes, right, top)
    across = (high[0] - low[0]) * (right - left)
    up = (high[1] - low[1]) * (top - bottom)
    return "right" if across > 0 else "left", "up" if up > 0 else "down"


def colour_of(artist: Any) -> str:
    """The colour of a line, a text, or what fills a shape."""
    if hasattr(artist, "get_facecolor"):
        return to_hex(np.ravel(artist.get_facecolor())[:3])
    return to_hex(artist.get_color())


def lines_of(axes: Axes, **look: Any) -> list[Line2D]:
    """The lines that have a look: properties of matplotlib by name, colours as six digits."""
    wanted = {name: to_hex(value) if name == "color" else value for name, value in look.items()}

    def has(line: Line2D, name: str) -> bool:
        found = getattr(line, f"get_{name}")()
        return bool((to_hex(found) if name == "color" else found) == wanted[name])

    return [line for line in axes.lines if all(has(line, name) for name in wanted)]


def points_of(line: Any) -> np.ndarray:
    """(2, points) places along an axes and up it."""
    return np.array([line.get_xdata(), line.get_ydata()], dtype=float)


def edges_of(band: PolyCollection) -> pd.DataFrame:
    """Lower and upper edge of a filled band, by place along the axes."""
    corners = np.concatenate([path.vertices for path in band.get_paths()])
    table = pd.DataFrame(corners, columns=["x", "y"]).groupby("x")["y"]
    return pd.DataFrame({"low": table.min(), "high": table.max()})


def bands_of(axes: Axes, colour: str | None = None) -> list[pd.DataFrame]:
    """The edges of the bands that fill something, the first drawn first; of one colour, if it is given."""
    found = [band for band in axes.collections if isinstance(band, PolyCollection) and band.get_paths()]
    return [edges_of(band) for band in found if colour is None or colour_of(band) == to_hex(colour)]


def strips_of(axes: Axes) -> list[tuple[float, float, float]]:
    """(from, to, height) of each line of `hlines`."""
    drawn = [lines for lines in axes.collections if isinstance(lines, LineCollection)]
    ends = [segment for lines in drawn for segment in lines.get_segments()]
    return [(float(one[0][0]), float(one[1][0]), float(one[0][1])) for one in ends]


def layers_of(axes: Axes) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Colour, lower edge, upper edge and limits of the intervals of each layer of steps."""
    steps = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    found = []
    for step in steps:
        values, limits, floor = step.get_data()
        below = np.zeros(len(values)) if floor is None else np.broadcast_to(floor, np.shape(values))
        found.append((colour_of(step), np.asarray(below), np.asarray(values), np.asarray(limits)))
    return found


def bars_of(axes: Axes, colour: str | None = None) -> list[tuple[float, float, float]]:
    """(from, to, middle) of each lying bar, of one colour if it is given."""
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height() / 2)
        for bar in bars
        if colour is None or colour_of(bar) == to_hex(colour)
    ]


def rows_of(axes: Axes) -> dict[str, float]:
    """The labels up an axes and their heights, as they stand from top to bottom on the page."""
    ticks = zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    rows = {label.get_text(): float(height) for label, height in ticks}
    return dict(sorted(rows.items(), key=lambda row: -on_paper(axes, axes.get_xlim()[0], row[1])[1]))


def columns_of(axes: Axes) -> dict[str, float]:
    """The labels along an axes and their places, from left to right on the page."""
    ticks = zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
    columns = {label.get_text(): float(place) for label, place in ticks}
    return dict(sorted(columns.items(), key=lambda one: on_paper(axes, one[1], axes.get_ylim()[0])[0]))


def beside_of(axes: Axes) -> dict[float, str]:
    """What stands beside a panel, by the height of the row that it belongs to."""
    beside = axes.get_yaxis_transform()
    return {round(float(text.get_position()[1]), 6): text.get_text()
            for text in axes.texts if text.get_transform() is beside}  # fmt: skip


def texts_in(axes: Axes) -> dict[tuple[float, float], Text]:
    """Texts that stand at a place of an axes, by this place."""
    return {
        (float(text.get_position()[0]), float(text.get_position()[1])): text
        for text in axes.texts
        if text.get_transform() is axes.transData
    }


def line_of_text(figure: Figure, start: str) -> list[str]:
    """What stands on the page at the height of a text, from left to right, that text first."""
    (found,) = (text for text in figure.texts if text.get_text() == start)
    height = found.get_position()[1]
    level = [text for text in figure.texts if abs(text.get_position()[1] - height) < 1e-6]
    return [text.get_text() for text in sorted(level, key=lambda text: float(text.get_position()[0]))]


def legend_of(figure: Figure) -> dict[str, Artist]:
    """What stands for each label of the legends of a page."""
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    return {
        text.get_text(): handle
        for legend in legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }


def words_of(figure: Figure) -> str:
    """All that is written on the page outside its panels: title, caption, notes."""
    return " ".join(text.get_text() for text in figure.texts)


def cells_of(mesh: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limits of the columns, limits of the rows and (rows, columns) values of a mesh of colours."""
    corners = np.asarray(mesh.get_coordinates())
    return (
        corners[0, :, 0],
        corners[:, 0, 1],
        np.asarray(mesh.get_array()).reshape(np.shape(corners)[0] - 1, -1),
    )


def is_darker(high: Any, low: Any) -> bool:
    """Whether one colour is darker than another, by lightness."""
    weights = np.array([0.299, 0.587, 0.114])
    return bool(np.dot(np.ravel(high)[:3], weights) < np.dot(np.ravel(low)[:3], weights))


def row_beside(axes: Axes, text: Text) -> int:
    """The row of a panel, counted up its axes, that a text of the page stands beside."""
    across, up = text.get_transform().transform(text.get_position())
    return round(float(axes.transData.inverted().transform((across, up))[1]))


def shades_of(bar: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Values along a bar of colours, the least first, and the colour of each."""
    (mesh,) = (found for found in bar.collections if hasattr(found, "get_coordinates"))
    values = np.ravel(mesh.get_array())
    order = np.argsort(values)
    return values[order], mesh.to_rgba(values[order])
