"""What one side of the page runs.

A setting is all that determines the numbers of a side, in plain values. It is checked when a model is
made of it, so what comes from an address or a text field needs no trust before that.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np

from sim.errors import UserError, nearest
from sim.model import ConflictModel
from sim.runs.numbers import CHOICES, DEFAULTS
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import changed, describe

WORLD_COUNTS = (1, 100, 1000)  # how many worlds a page can show side by side
USUAL_WORLDS = 1000  # so that one world's luck does not look like the answer
SHARED = ("scenario", "seed", "world", "worlds")  # both sides meet the same luck in the same history
LAST_SEED = 2**31 - 1
LAST_WORLD = 9_999  # its command line runs all worlds before it, too
MOST_PARAMETERS = 200


@dataclass(frozen=True)
class SideSetting:
    """What one side of the page runs.

    Attributes:
        scenario: the name of one that the page offers.
        theory: the theory of the patron's choice.
        without: the claims left out.
        seed: the seed of all luck.
        world: the number of the world that is shown, if it is one.
        worlds: the number of worlds shown.
        changes: the parameters that differ from the scenario's, path and value, sorted by path.
        numbers: which numbers each world gets: "defaults", "prior" or "estimated".
    """

    scenario: str = "karabakh-2020"
    theory: str = "article"
    without: tuple[str, ...] = ()
    seed: int = 0
    world: int = 0
    worlds: int = 1
    changes: tuple[tuple[str, float], ...] = ()
    numbers: str = DEFAULTS

    def with_change(self, path: str, value: float | None) -> "SideSetting":
        """The setting with one parameter set, or as the scenario has it if the value is None."""
        kept = {name: number for name, number in self.changes if name != path}
        changes = kept if value is None else kept | {path: value}
        return SideSetting(**(vars(self) | {"changes": tuple(sorted(changes.items()))}))

    def with_values(self, **values: object) -> "SideSetting":
        """The setting with other values under some of its names."""
        return SideSetting(**(vars(self) | values))


@cache
def shipped_scenarios() -> dict[str, Scenario]:
    """The scenarios that travel with the package, loaded, by name."""
    return {name: load(path) for name, path in shipped().items()}


def changed_scenario(setting: SideSetting, scenarios: Mapping[str, Scenario]) -> Scenario:
    """The scenario of a setting, its parameters changed; only those offered are looked for.

    Raises:
        UserError: unknown scenario or parameter, or a value out of range.
    """
    if setting.scenario not in scenarios:
        raise UserError(f"unknown scenario '{setting.scenario[:40]}': {nearest(setting.scenario, scenarios)}")
    if len(setting.changes) > MOST_PARAMETERS:
        raise UserError(f"{len(setting.changes)} parameters are set; allowed are up to {MOST_PARAMETERS}")
    return changed(scenarios[setting.scenario], dict(setting.changes))


def start_worlds(setting: SideSetting, scenarios: Mapping[str, Scenario]) -> ConflictModel:
    """The worlds of a setting, at their start.

    Raises:
        UserError: whatever is wrong with the setting.
    """
    _check_whole("seed", setting.seed, 0, LAST_SEED)
    _check_whole("world", setting.world, 0, LAST_WORLD)
    if setting.worlds not in WORLD_COUNTS:
        raise UserError(f"worlds = {setting.worlds}: allowed are {', '.join(map(str, WORLD_COUNTS))}")
    if setting.numbers not in CHOICES:  # an address must not make the page read files
        raise UserError(f"numbers = '{setting.numbers[:40]}': allowed are {', '.join(CHOICES)}")
    shown = np.array([setting.world]) if setting.worlds == 1 else np.arange(setting.worlds)
    return ConflictModel(
        changed_scenario(setting, scenarios),
        theory=setting.theory,
        without=setting.without,
        seed=setting.seed,
        worlds=shown,
        numbers=setting.numbers,
    )


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UserError(f"{name} = {value}: allowed is {low} to {high}")


def setting_in_words(setting: SideSetting, scenarios: Mapping[str, Scenario]) -> str:
    """A setting in one line, for a heading or a caption."""
    known = {info.path: info for info in describe(scenarios[setting.scenario])}
    worlds = f"world {setting.world}" if setting.worlds == 1 else f"{setting.worlds:,} worlds"
    parts = [f"theory {setting.theory.replace('_', ' ')}", f"numbers: {setting.numbers}"]
    parts += [worlds, f"seed {setting.seed}"]
    parts += [f"without {', '.join(setting.without)}"] if setting.without else []
    parts += [f"{path} = {value:g}" for path, value in setting.changes if path in known]
    return " · ".join(parts)


def file_name(setting: SideSetting) -> str:
    """A name for what comes of a setting, which no other setting has.

    >>> file_name(SideSetting()) == file_name(SideSetting(seed=1))
    False
    """
    return f"{setting.scenario}-{crc32(repr(setting).encode()):08x}"


def command_of(setting: SideSetting, scenario: str) -> str:
    """The command line that gives the same run; for one world, also the command that tells its story.

    Args:
        setting: the setting of the run.
        scenario: the name or file of its scenario.
    """
    out = f"runs/{file_name(setting)}"  # a folder holds one run
    words = ["captive-ally", "run", scenario, "--seed", str(setting.seed), "--theory", setting.theory]
    words += ["--worlds", str(setting.world + 1 if setting.worlds == 1 else setting.worlds)]
    words += ["--numbers", setting.numbers]
    words += ["--without", ",".join(setting.without)] if setting.without else []
    for path, value in setting.changes:
        words += ["--set", f"{path}={value:.12g}"]
    line = shlex.join([*words, "--out", out])
    if setting.worlds == 1:
        line += " && " + shlex.join(["captive-ally", "replay", out, "--world", str(setting.world)])
    return line
