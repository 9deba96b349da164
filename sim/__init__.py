"""The world, its clock and its laws; decides for nobody.

The way in from Python, with what the command line calls `run` and `sweep`:

    import sim

    first = sim.run("karabakh-2020", worlds=1000)
    first.worlds, first.bands, first.reasons      # pandas tables
    first.plot.territory()                        # the figures of the report
    first.why("2020-10-20")                       # what held the patron back on a day
    weaker = sim.run("karabakh-2020", worlds=1000, set={"client.outside_option": 0.7})
    first.compare(weaker)                         # world by world, under the same luck
    sim.sweep("karabakh-2020", {"client.outside_option": [0.1, 0.5, 0.9]}, worlds=200)
    sim.open("runs/first")                        # what the command line has written

    run           run many worlds of a scenario
    sweep         run a scenario over a design: many points, each with many worlds
    open          read a result folder
    load          read a scenario, by name or from a file
    ConflictModel the model itself, as Mesa knows models
    UserError     what a mistake raises, in one line

Each is imported when it is first used. Nothing in this package needs them: run, sweep and open are defined in
experiments/notebook, a layer above.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# The packages above are named here and nowhere else in sim, for those who begin with `import sim`.
_WAY_IN = {
    "run": ("experiments.notebook.running", "run_worlds"),
    "sweep": ("experiments.notebook.running", "run_points"),
    "open": ("experiments.notebook.running", "open_results"),
    "load": ("sim.scenarios.loading", "load"),
    "ConflictModel": ("sim.model", "ConflictModel"),
    "UserError": ("sim.errors", "UserError"),
}
__all__ = sorted(_WAY_IN)  # noqa: PLE0605


def _refuse_namesakes() -> None:
    """Refuse to go on where a file of the user's hides a package that goes with this one.

    Raises:
        ImportError: there is such a file.
    """
    home = Path(__file__).resolve().parents[1]
    for name in ("agents", "experiments"):
        spec = find_spec(name)
        if spec is not None and spec.origin and Path(spec.origin).resolve().parents[1] != home:
            way_out = "rename it, or start Python in another folder or with -P"
            raise ImportError(f"{spec.origin} stands before the package '{name}' of captive-ally: {way_out}")


_refuse_namesakes()


def __getattr__(name: str) -> Any:
    if name not in _WAY_IN:
        raise AttributeError(f"module 'sim' has no attribute '{name}'; it has {', '.join(__all__)}")
    module, inner = _WAY_IN[name]
    return getattr(import_module(module), inner)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
