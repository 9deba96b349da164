"""Scenarios and maps as plain data, written to files, loaded or refused, and run for a few steps."""

import json
import tomllib
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import UserError
from sim.model import ConflictModel
from sim.scenarios.loading import load, shipped
from sim.world import World

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
NOT_YET = [item.name for item in fields(World) if repr(item.metadata["start"]) == "nan"]  # until it happens
SHARES = [
    item.name for item in fields(World) if item.metadata["unit"] == "share" and item.name not in NOT_YET
]
MAP = shipped()[SHORT].parent / "maps" / "south-caucasus.toml"

Tree = dict[str, Any]


def toml(value: Any) -> str:
    """A value in the notation of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | time) else repr(value)


def parsed(path: Path) -> Tree:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def the_war() -> Tree:
    """The short scenario without the years after the war, so that its dates can be changed freely."""
    tree = parsed(shipped()[SHORT])
    (first,) = tree.pop("stretch")
    events = [event for event in tree["event"] if event["date"] < first["start"]]
    return tree | {"end": first["start"], "event": events}


def write(folder: Path, scenario: Tree | None = None, regions: Tree | None = None, **changes: Any) -> Path:
    """Files of a scenario and, if given, its own map; the scenario file."""
    for name, tree in (("own", scenario or the_war() | changes), ("own-map", regions)):
        if tree is not None:
            lines = (f"{toml(key)} = {toml(value)}" for key, value in tree.items())
            (folder / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder / "own.toml"


def with_own_map(change: Any, folder: Path) -> Path:
    """The short scenario with a changed copy of its map beside it."""
    regions = parsed(MAP)
    change({place["id"]: place for place in regions["region"] + regions["hub"]}, regions)
    return write(folder, regions=regions, map="own-map")


def complaint(given: str | Path) -> str:
    """The one line with which a scenario is refused."""
    with pytest.raises(UserError) as refusal:
        load(given)
    line = str(refusal.value)
    assert line.isprintable(), f"not one line: {line!r}"
    return line


def live(scenario: Any, steps: int = 2, theory: str = "article") -> ConflictModel:
    """Run a few steps in three worlds, and see that every number stays one."""
    with np.errstate(divide="raise", invalid="raise"):
        model = ConflictModel(scenario, worlds=np.arange(3), theory=theory)
        for _ in range(steps):
            model.step()
    for name, array in vars(model.world).items():
        assert name in NOT_YET or np.isfinite(array).all(), f"{name} is not a number"
    for name in SHARES:
        array = getattr(model.world, name)
        assert (array >= -1e-9).all() and (array <= 1 + 1e-9).all(), f"{name} is no share"
    return model
