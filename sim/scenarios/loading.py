"""Scenario files: found by name or path, completed with their map and the default numbers, and checked.

A number may be given alone, or with its source: `alignment = { value = 0.8, source = "K1" }`.
"""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import UserError, nearest
from sim.scenarios.reading import is_file, is_folder, read_json_table, read_toml
from sim.scenarios.scenario import SEATS, Scenario
from sim.scenarios.validation import FILLED_IN, DataFile, problems_in_words, shortened
from sim.scenarios.values import check_value, describe

NO_SOURCE = "none beside the number; see the comments of the scenario file"


def shipped() -> dict[str, Path]:
    """The scenario files that travel with the package, by name."""
    folder = Path(str(files("sim.scenarios")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name_or_file: str | Path | Scenario) -> Scenario:
    """Read, complete and check a scenario: the name of a shipped one, or a TOML file.

    >>> load("karabakh-2020").start
    datetime.date(2020, 9, 27)

    Args:
        name_or_file: the name or the path; a scenario that is loaded already is handed back.

    Raises:
        UserError: with the file, the field, what was given and what is allowed.
    """
    if isinstance(name_or_file, Scenario):
        return name_or_file
    if not isinstance(name_or_file, str | Path):
        raise UserError(f"scenario: a name or a .toml file is needed, not a {type(name_or_file).__name__}")
    path = _find(str(name_or_file))
    data = read_toml(path)
    for name in FILLED_IN:
        if name in data:
            allowed = set(Scenario.model_fields) - set(FILLED_IN)
            raise UserError(f"{path}: {name}: unknown key; {nearest(name, allowed)}")
    map_path = _find_map(path, data)
    data["map"] = map_path.stem
    sources: dict[str, str] = {}
    _split_sources(path, data.get("parameters"), "", sources)
    _leave_empty(path, data, sources)
    data |= {"regions": read_toml(map_path) | _drawing_beside(map_path), "sources": sources}
    try:
        scenario = Scenario.model_validate(data, strict=True)
        for info in describe(scenario):
            check_value({info.path: info}, info.path, info.default)
    except ValidationError as error:
        told = problems_in_words(error, Scenario, data, DataFile(path), DataFile(map_path, ("regions",)))
        raise UserError(told) from None
    except UserError as error:
        raise UserError(f"{path}: parameters.{error}") from None
    return scenario.model_copy(update={"regions": scenario.regions.in_class_order()})


def _find(name: str) -> Path:
    own = shipped()
    if name in own:
        return own[name]
    path = Path(name)
    if is_file(path):
        return path
    if name and is_folder(path) and (path.suffix == ".toml" or len(path.parts) != 1):
        raise UserError(f"{shortened(name)}: is a folder; the name of a scenario or a .toml file is needed")
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise UserError(f"{shortened(name)}: there is no scenario file of that name")
    raise UserError(f"unknown scenario '{shortened(name)}': {nearest(name, own)} (or give a .toml file)")


def _find_map(scenario_path: Path, data: Mapping[str, Any]) -> Path:
    if "map" not in data:
        raise UserError(f"{scenario_path}: map: missing; the name of a map file is needed")
    name = data["map"]
    if not isinstance(name, str) or not name:
        raise UserError(f"{scenario_path}: map: must be the name of a map file (given: {shortened(name)})")
    maps, name = Path(str(files("sim.scenarios.maps"))), name.removesuffix(".toml")
    for folder in (scenario_path.parent, maps):
        path = folder / f"{name}.toml"
        if is_file(path):
            return path
    found = [*maps.glob("*.toml"), *scenario_path.parent.glob("*.toml")]
    known = [path.stem for path in found if path != scenario_path and path.stem.isprintable()]
    raise UserError(
        f"{scenario_path}: map = '{shortened(name)}': there is no such .toml file beside the scenario "
        f"or in sim/scenarios/maps; {nearest(name, known)}"
    )


def _drawing_beside(map_path: Path) -> dict[str, Any]:
    """The shapes that lie beside a map of the user's; those of the maps that ship are no part of a scenario.

    Raises:
        UserError: the file cannot be read, or holds no shapes.
    """
    path = map_path.with_suffix(".json")
    if map_path.parent == Path(str(files("sim.scenarios.maps"))) or not is_file(path):
        return {}
    drawing = read_json_table(path)
    about, regions = drawing.get("about"), drawing.get("regions")
    if not isinstance(about, dict) or not isinstance(regions, dict):
        raise UserError(f"{path}: holds no shapes; captive-ally draw makes them")
    return {"shapes": regions, "drawn": str(about.get("caption", ""))}


NOBODY = {  # a seat of the cast that may be empty -> the numbers with which it has no effect
    "backer": {"help": 0.0},
    "mediators": {"offer_tabled": 0.0, "madrid_accepted": 0.0, "frustration": 0.0},
}


def _leave_empty(path: Path, data: dict[str, Any], sources: dict[str, str]) -> None:
    """Fill the seats that a cast leaves out with a nobody, who does nothing.

    Raises:
        UserError: a number is given for somebody who is not there.
    """
    cast, parameters = data.get("cast"), data.setdefault("parameters", {})
    if not isinstance(cast, dict) or not isinstance(parameters, dict):
        return
    for role, numbers in NOBODY.items():
        if role in cast:
            continue
        name = SEATS[role]
        cast[role] = {"id": f"NO_{role.upper()}", "name": name}
        given = parameters.setdefault(role, {})
        if not isinstance(given, dict):
            continue  # refused later, with all that is wrong
        for number, value in numbers.items():
            if number in given:
                raise UserError(f"{path}: parameters.{role}.{number}: there is {name} in the cast")
            given[number] = value
            sources[f"{role}.{number}"] = f"there is {name} in the cast"


def _split_sources(file: Path, branch: Any, prefix: str, sources: dict[str, str]) -> None:
    """Replace each {value, source} by its value, and note the source under its path."""
    if not isinstance(branch, dict):
        return
    for name, entry in branch.items():
        path = f"{prefix}{name}"
        if not isinstance(entry, dict):
            sources[path] = NO_SOURCE
        elif isinstance(entry.get("value", {}), dict) and not isinstance(entry.get("source"), str):
            _split_sources(file, entry, f"{path}.", sources)
        else:
            branch[name] = _value_of(f"{file}: parameters.{shortened(path)}", entry)
            sources[path] = entry.get("source", NO_SOURCE)


def _value_of(place: str, entry: Mapping[str, Any]) -> Any:
    """The value of a {value, source}."""
    for key in entry:
        if key not in ("value", "source"):
            raise UserError(f"{place}: unknown key '{shortened(key)}'; {nearest(key, ('value', 'source'))}")
    if "value" not in entry:
        raise UserError(f"{place}: a source without a value")
    source = entry.get("source", NO_SOURCE)
    if not isinstance(source, str) or not source.strip():
        raise UserError(f"{place}.source: must be a text that is not empty (given: {shortened(source)})")
    return entry["value"]
