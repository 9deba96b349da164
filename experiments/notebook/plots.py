"""The figures of a run as methods: `first.plot.alliance()`, or one panel of it in axes of your own."""

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from experiments.sentences import capitalised
from sim.errors import UserError, nearest
from sim.runs.results import ResultFolder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from experiments.history.record import Record

DRAWN_STOCKS = ("loyalty", "opinion", "gratitude", "reliability")


class Plots:
    """The figures of a run or sweep; each is a Matplotlib figure, which a notebook shows.

    With `ax`, the main panel alone is drawn there, without caption, and `ax` is returned.

    Args:
        folder: the result folder.
    """

    def __init__(self, folder: ResultFolder) -> None:
        self._folder = folder

    @property
    def _record(self) -> "Record | None":
        from experiments.own_crisis.record import record_shown

        return record_shown(self._folder)

    def territory(self, ax: "Axes | None" = None) -> Any:
        """The contested land held over time, beside the record if there is one, and when each district falls.

        Args:
            ax: the axes for the land held; None for the whole figure.
        """
        from matplotlib import rc_context

        from experiments.figures.run import draw_land_held, territory
        from experiments.figures.style import STYLE, date_axis
        from experiments.history.record import Record

        scenario, record = self._folder.scenario, self._record
        if ax is None:
            return _shown(territory(self._folder, record))
        with rc_context(STYLE):
            draw_land_held(ax, self._folder, record or Record())
            ax.set(ylabel="% of that at the start", title="Contested land still held")
            date_axis(ax, scenario)
        return ax

    def alliance(self, ax: "Axes | None" = None, stock: str = "loyalty") -> Any:
        """Loyalty, opinion, gratitude and reliability over time.

        Args:
            ax: the axes for one of them; None for the whole figure.
            stock: which one.

        Raises:
            UserError: there is no such stock.
        """
        from matplotlib import rc_context

        from experiments.figures.alliance import alliance
        from experiments.figures.style import BLUE, STYLE, date_axis, draw_bands

        if stock not in DRAWN_STOCKS:
            raise UserError(f"plot.alliance: unknown stock '{stock}'; {nearest(stock, DRAWN_STOCKS)}")
        if ax is None:
            return _shown(alliance(self._folder, self._record))
        with rc_context(STYLE):
            draw_bands(ax, self._folder, stock, BLUE)
            ax.set(ylim=(0, 1), ylabel="level, 0-1", title=capitalised(stock))
            date_axis(ax, self._folder.scenario)
        return ax

    def ladder(self, ax: "Axes | None" = None) -> Any:
        """On which rung the patron stands, and for which reasons.

        Args:
            ax: the axes for its rung; None for the whole figure.
        """
        from matplotlib import rc_context

        from experiments.figures.ladder import draw_ladder, ladder
        from experiments.figures.style import STYLE, date_axis

        if ax is None:
            return _shown(ladder(self._folder))
        with rc_context(STYLE):
            draw_ladder(ax, self._folder)
            date_axis(ax, self._folder.scenario)
        return ax

    def map(self, ax: "Axes | None" = None) -> Any:
        """Where land is lost, in how many worlds.

        Args:
            ax: the axes to draw the map in; None for the whole figure.

        Raises:
            UserError: the regions of the scenario's map have no shapes.
        """
        from matplotlib import rc_context

        from experiments.figures.map import draw_map_of_loss, map_of_loss
        from experiments.figures.style import STYLE

        if ax is None:
            figure = map_of_loss(self._folder)
            drawn = figure is not None
        else:
            with rc_context(STYLE):
                drawn = draw_map_of_loss(ax, self._folder)
        if not drawn:
            raise UserError(f"plot.map: the regions of '{self._folder.scenario.map}' have no shapes")
        return _shown(figure) if ax is None else ax

    def sweep(self, outcome: str = "share_lost") -> "Figure":
        """An outcome against what was varied, in the form that suits the number and kinds of the factors.

        Args:
            outcome: the name of the outcome, a column of `worlds`.

        Raises:
            UserError: unknown outcome, or nothing was varied.
        """
        from experiments.figures.sweep import figure_of
        from experiments.figures.sweep_data import Sweep, factors_of, outcome_of

        sweep = Sweep(self._folder, factors_of(self._folder))
        if not sweep.factors:
            raise UserError("plot.sweep: nothing was varied in this run; sim.sweep varies")
        figure: Figure = _shown(figure_of(sweep, outcome_of(self._folder, outcome), lambda table: None))
        return figure


def _shown(figure: Any) -> Any:
    """A figure; IPython is told to show such figures as pictures, as it does only after `%matplotlib`."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        with suppress(ImportError):
            tools: Any = import_module("IPython.core.pylabtools")
            tools.select_figure_formats(shell, {"png"}, bbox_inches=None)
    return figure
