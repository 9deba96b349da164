"""The numbers that drive the rules: agents/parameters.toml, checked and built into frozen groups.

The head of that file says how to add a number. Nothing here names one.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, WrapValidator, create_model, model_validator

from sim.errors import UserError
from sim.scenarios.reading import read_toml
from sim.scenarios.validation import DataFile, Strict, problems_in_words, shortened

FILE = Path(str(files("agents"))) / "parameters.toml"
CLAIMS = {f"C{number}" for number in range(1, 56)}
YES_NO = "yes/no"

Kind = Literal["data", "code", "assumption", "tuned"]
Scale = Literal["linear", "log"]
Checked = TypeVar("Checked", bound=Strict)


def _kept_as_written(given: Any, check: Callable[[Any], float]) -> Any:
    """The number itself: 6 stays 6, not 6.0, so that the hash of a run stays what it was."""
    check(given)
    return given


Text = Annotated[str, Field(pattern=r"\S")]
AsWritten = Annotated[float, WrapValidator(_kept_as_written)]


class ParameterEntry(Strict):
    """What the file says of a number; its head explains each entry."""

    meaning: Text
    default: AsWritten
    range: tuple[AsWritten, AsWritten]
    believed: tuple[AsWritten, AsWritten] | None = None
    unit: Text
    scale: Scale = "linear"
    kind: Kind
    source: Text
    claim: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> "ParameterEntry":
        low, high = self.range
        if not low < high:
            raise ValueError(f"range = {low:g} to {high:g}: the lowest value must come first")
        if not low <= self.default <= high:
            raise ValueError(f"default = {self.default:g}: allowed is {low:g} to {high:g}")
        lowest, highest = self.believed or self.range
        if not low <= lowest < highest <= high:
            raise ValueError(
                f"believed = {lowest:g} to {highest:g}: must lie in the range {low:g} to {high:g}"
            )
        if self.scale == "log" and lowest <= 0:
            raise ValueError(f"scale = 'log': what is believed must lie above 0 (given: from {lowest:g})")
        if self.kind == "tuned" and "tuned to T" not in self.source:
            raise ValueError("kind = 'tuned': the source must say to which pattern, as in 'tuned to T5'")
        if self.claim and self.claim not in CLAIMS:
            raise ValueError(f"claim = '{self.claim}': unknown; allowed: C1 to C55")
        return self

    def field(self) -> Any:
        """The field of a group that holds the number."""
        low, high = self.range
        about: Any = self.model_dump(include={"unit", "claim", "source", "kind", "scale"})
        about["believed"] = self.believed or self.range
        return Field(self.default, ge=low, le=high, description=self.meaning, json_schema_extra=about)


class GroupHead(Strict):
    """What the file says of a group, beside its numbers."""

    title: str = Field(pattern=r"^[A-Z][A-Za-z]*$")
    about: Text
    members: str = ""


class _Reader:
    """Builds the groups that a file describes, and keeps them by title."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.groups: dict[str, type[Strict]] = {}

    def fields(self, table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """The fields of a group as `create_model` takes them: its numbers, and the groups inside it."""
        found: dict[str, Any] = {}
        for name, entry in table.items():
            path = f"{prefix}{name}"
            if not name.isidentifier() or hasattr(Strict, name):
                raise UserError(f"{self.file}: {shortened(path)}: cannot be the name of a number or group")
            if isinstance(entry, dict) and "about" in entry:
                found[name] = self._group(path, entry)
            else:
                found[name] = (float, self._checked(ParameterEntry, path, entry).field())
        return found

    def _group(self, path: str, entry: dict[str, Any]) -> Any:
        words = {name: value for name, value in entry.items() if isinstance(value, str)}
        head = self._checked(GroupHead, path, words)
        if head.title in self.groups:
            raise UserError(f"{self.file}: {path}: title = '{head.title}' stands twice")
        fields = self.fields({name: entry[name] for name in entry if name not in words}, f"{path}.")
        group = create_model(head.title, __base__=Strict, __module__=__name__, __doc__=head.about, **fields)
        self.groups[head.title] = group
        if head.members:
            return dict[str, group], Field({}, description=head.members)  # type: ignore[valid-type]
        return group, group()

    def _checked(self, model: type[Checked], path: str, entry: Any) -> Checked:
        try:
            return model.model_validate(entry, strict=True)
        except ValidationError as error:
            raise UserError(
                problems_in_words(error, model, entry, DataFile(f"{self.file}: {path}"))
            ) from None


def read_groups(file: Path) -> dict[str, type[Strict]]:
    """The groups of a file of numbers by title; "ParameterGroups" holds them all.

    Raises:
        UserError: with the file, the number or group, and what is wrong with it.
    """
    reader = _Reader(file)
    whole = create_model(
        "ParameterGroups", __base__=Strict, __module__=__name__, **reader.fields(read_toml(file))
    )
    return reader.groups | {"ParameterGroups": whole}


globals().update(read_groups(FILE))  # pickle finds a class by its name in its module
_Groups: Any = globals()["ParameterGroups"]


class Parameters(_Groups):
    """Every number of a scenario that a run may vary."""
