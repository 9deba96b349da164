"""The values of a scenario's parameters: listed with all that a user needs to know, checked, and changed."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.errors import UserError, nearest
from sim.scenarios.parameters import YES_NO, Kind, Parameters, Scale
from sim.scenarios.reading import plain_number
from sim.scenarios.scenario import SEATS, Scenario
from sim.scenarios.validation import bounds_of, shortened

SET_BY_USER = "set by the user"  # the source of a number that a scenario was given after it was read
MOST_SET_NAMED = 3  # of these, in a caption


class ParameterInfo(NamedTuple):
    """A parameter as `describe` tells it; kind, scale and believed are those of agents/parameters.toml."""

    path: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    claim: str
    source: str
    kind: Kind = "data"
    scale: Scale = "linear"
    believed: tuple[float, float] = (0.0, 0.0)


def describe(scenario: Scenario) -> list[ParameterInfo]:
    """Every parameter of a scenario, in the order of agents/parameters.toml.

    Those of an empty seat of the cast have no range: somebody who is not there can have no effect.
    """
    empty = {seat: f"there is {SEATS[seat]} in the cast" for seat in scenario.empty_seats}
    return [
        _fixed(info, empty[seat]) if (seat := info.path.partition(".")[0]) in empty else info
        for info in _walk(scenario.parameters, "", scenario.sources)
    ]


def _fixed(info: ParameterInfo, why: str) -> ParameterInfo:
    only = info.default
    return info._replace(low=only, high=only, believed=(only, only), scale="linear", kind="data", source=why)


def _walk(group: BaseModel, prefix: str, sources: Mapping[str, str]) -> Iterator[ParameterInfo]:
    for name, field in type(group).model_fields.items():
        value, path = getattr(group, name), prefix + name
        if isinstance(value, BaseModel):
            yield from _walk(value, f"{path}.", sources)
        elif isinstance(value, dict):
            for member, numbers in value.items():
                yield from _walk(numbers, f"{path}.{member}.", sources)
        else:
            about: Any = field.json_schema_extra
            limits = bounds_of(field)
            yield ParameterInfo(
                path=path,
                default=value,
                low=limits["ge"],
                high=limits["le"],
                unit=about["unit"],
                meaning=field.description or "",
                claim=about["claim"],
                source=sources.get(path, about["source"]),
                kind=about["kind"],
                scale=about["scale"],
                believed=about["believed"],
            )


def check_value(known: Mapping[str, ParameterInfo], path: str, given: Any) -> float:
    """A parameter's value as a number inside its range.

    Raises:
        UserError: unknown path, not a number, or out of range.
    """
    if path not in known:
        raise UserError(f"unknown parameter '{shortened(path)}': {nearest(path, known)}")
    info = known[path]
    words = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0} if info.unit == YES_NO else {}
    entry = f"{path} = {shortened(given)}"
    wrong_kind = f"{entry}: a number is needed, {info.low:g} to {info.high:g}"
    if isinstance(given, bool) and not words:
        raise UserError(wrong_kind)
    try:
        value = words.get(str(given).lower())
        value = plain_number(given) if value is None else value
    except (TypeError, ValueError, OverflowError):
        raise UserError(wrong_kind) from None
    if info.low == info.high != value:
        raise UserError(f"{entry}: {info.source}")
    if not info.low <= value <= info.high:
        raise UserError(f"{entry}: allowed is {info.low:g} to {info.high:g} ({info.unit})")
    if info.unit == YES_NO and value not in (0.0, 1.0):
        raise UserError(f"{entry}: allowed is 0 (no) or 1 (yes)")
    return value


def set_in_words(scenario: Scenario) -> tuple[str, ...]:
    """What has been set in a scenario since it was read, as a part of a caption; nothing if nothing was.

    >>> from sim.scenarios.loading import load
    >>> set_in_words(changed(load("karabakh-2020"), {"client.outside_option": 0.7}))
    ('set: client.outside_option = 0.7',)
    """
    found = [f"{info.path} = {info.default:g}" for info in describe(scenario) if info.source == SET_BY_USER]
    more = f" and {len(found) - MOST_SET_NAMED} more" if len(found) > MOST_SET_NAMED else ""
    return (f"set: {', '.join(found[:MOST_SET_NAMED])}{more}",) if found else ()


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with some parameters set: {"client.outside_option": 0.4}.

    Raises:
        UserError: unknown path, not a number, or out of range.
    """
    known = {info.path: info for info in describe(scenario)}
    tree = scenario.parameters.model_dump()
    sources = dict(scenario.sources)
    for path, given in changes.items():
        *groups, name = path.split(".")
        value = check_value(known, path, given)
        branch = tree
        for group in groups:
            branch = branch[group]
        branch[name] = value
        sources[path] = SET_BY_USER
    parameters = Parameters.model_validate(tree)
    return scenario.model_copy(update={"parameters": parameters, "sources": sources})
