"""What is said of data that pydantic refuses: file, field, what was given and what is allowed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import nearest

MOST_PROBLEMS = 5  # told at once: one line should stay readable
LONGEST_SHOWN = 60  # characters shown of what was given
FILLED_IN = ("regions", "sources")  # keys of a scenario that come from elsewhere than its file


class Strict(BaseModel):
    """Frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataFile(NamedTuple):
    """A file that was read, and the place in the data that it fills."""

    file: Path | str
    place: tuple[str, ...] = ()


def problems_in_words(error: ValidationError, model: type[BaseModel], data: Any, *sources: DataFile) -> str:
    """The problems that pydantic found, in one line: file, field, what was given, what is allowed.

    Args:
        error: the refusal by pydantic.
        model: the model that refused.
        data: the data as they were read.
        sources: the files that were read; a problem is said to be in the last one whose place fits it.
    """
    told = [_problem(one, model, data, sources) for one in error.errors(include_url=False)]
    more = len(told) - MOST_PROBLEMS
    return "; ".join(told[:MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


def _problem(problem: Any, model: type[BaseModel], data: Any, sources: tuple[DataFile, ...]) -> str:
    place = problem["loc"]
    source = [one for one in sources if place[: len(one.place)] == one.place][-1]
    field = _field(place, data, len(source.place))
    return f"{source.file}: {field}{_what_is_wrong(place, problem, model)}"


def _field(place: tuple[Any, ...], data: Any, hidden: int) -> str:
    """A place in the file as a reader finds it: `region[AGM].held: `."""
    told = ""
    for depth, part in enumerate(place):
        data = _inside(data, part)
        if depth < hidden or part == "[key]":
            continue
        if isinstance(part, int):
            own_name = data.get("id", data.get("text")) if isinstance(data, dict) else None
            told += f"[{shortened(own_name) if isinstance(own_name, str) and own_name else part + 1}]"
        else:
            told += f".{shortened(part)}" if told else shortened(part)
    return f"{told}: " if told else ""


def _inside(data: Any, part: Any) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    return data[part] if isinstance(data, tuple) and isinstance(part, int) and part < len(data) else None


def shortened(given: Any) -> str:
    """What was given, short enough for a message."""
    if isinstance(given, str):
        text = repr(given)[1:-1]
    elif isinstance(given, bool):
        text = str(given).lower()
    elif isinstance(given, Mapping | BaseModel):
        text = "a table"
    elif isinstance(given, list | tuple):
        text = "a list"
    elif isinstance(given, int) and abs(given) > 10**LONGEST_SHOWN:
        text = "a very large number"
    else:
        text = str(given)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def _what_is_wrong(place: tuple[Any, ...], problem: Any, model: type[BaseModel]) -> str:
    given, about = shortened(problem["input"]), problem.get("ctx", {})
    group, field = _look_up(place, model)
    match problem["type"]:
        case "extra_forbidden":
            told = f"unknown key; {nearest(str(place[-1]), _keys(group))}"
        case "missing":
            told = "missing"
        case "value_error":
            told = str(about["error"])
        case "literal_error":
            allowed = about["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            told = f"unknown '{given}'; {nearest(given, allowed)}"
        case "too_short":
            told = f"at least {about['min_length']} must be given"
        case "string_too_short":
            told = "must not be empty"
        case "model_type":
            told = f"must be one table of names and values (given: {given})"
        case _:
            limits = bounds_of(field) if field else {}
            wanted = _range_in_words(limits) if limits else problem["msg"].removeprefix("Input should be ")
            told = f"must be {wanted} (given: {given})"
    return told


def _look_up(place: tuple[Any, ...], model: type[BaseModel]) -> tuple[Any, FieldInfo | None]:
    """The model that a place lies in, and its field. Indices and the keys of tables are passed over."""
    group: Any = model
    inner: Any = model
    field: FieldInfo | None = None
    for part in place:
        if inner is not None and part in inner.model_fields:
            group, field = inner, inner.model_fields[part]
            inner = _model_of(field.annotation)
        elif inner is not None:
            group, field = inner, None
    return group, field


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_of(inner) for inner in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)


def _keys(group: type[BaseModel]) -> list[str]:
    """The keys that a file may use: not those that loading fills in."""
    return [name for name in group.model_fields if name not in FILLED_IN]


def bounds_of(field: FieldInfo) -> dict[str, Any]:
    """The bounds of a field: ge and le, or gt and lt where the bound itself is not allowed."""
    bounds = ("ge", "gt", "le", "lt")
    return {name: getattr(item, name) for item in field.metadata for name in bounds if hasattr(item, name)}


def _range_in_words(limits: Mapping[str, Any]) -> str:
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    start = f"above {low}" if "gt" in limits else f"from {low}"
    if isinstance(low, date):
        return f"a date {start} to {high}, such as 2008-08-07"
    if high is None:
        return f"a number {start}" + ("" if "gt" in limits else " up")
    return f"a number {start} to {high}"


def duplicates(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, sorted.

    >>> duplicates(["a", "b", "a"])
    ['a']
    """
    return sorted(name for name, count in Counter(names).items() if count > 1)
