"""Addresses: settings as the query of one, and back."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from experiments.commands.options import USUAL_NUMBERS
from experiments.page.setting import SHARED, USUAL_WORLDS, SideSetting
from sim.errors import UserError

OTHER = "other."  # stands before the names of the second side's settings
STEP = "step"  # the one that is looked at
USUAL_SETTING = SideSetting(worlds=USUAL_WORLDS, numbers=USUAL_NUMBERS["view"])
WORDS = ("scenario", "theory", "numbers")
WHOLE = ("seed", "world", "worlds")
LONGEST_ADDRESS = 8000  # letters of an address that are read
DIGITS = 12  # of a number that are kept


def query_of(first: SideSetting, second: SideSetting | None = None) -> str:
    """Settings as the query of an address; what is as usual, or as on the first side, is left out.

    >>> query_of(USUAL_SETTING.with_values(theory="treaty_only", changes=(("backer.help", 0.0),)))
    'theory=treaty_only&set=backer.help%3A0'
    """
    pairs = _pairs(first, "", USUAL_SETTING)
    if second is not None:
        pairs += [(f"{OTHER}side", "1"), *_pairs(second, OTHER, _beside(first))]
    return urlencode(pairs)


def _beside(first: SideSetting) -> SideSetting:
    """What a second side is if nothing else is said: as usual, with the luck and the numbers of the first."""
    return SideSetting(**{name: getattr(first, name) for name in (*SHARED, "numbers")})


def _pairs(setting: SideSetting, prefix: str, usual: SideSetting) -> list[tuple[str, str]]:
    names = [name for name in (*WORDS, *WHOLE) if getattr(setting, name) != getattr(usual, name)]
    if "world" in names and "worlds" not in names:  # a world alone would ask for that one
        names.append("worlds")
    pairs = [(prefix + name, str(getattr(setting, name))) for name in names]
    pairs += [(f"{prefix}without", ",".join(setting.without))] if setting.without else []
    return pairs + [(f"{prefix}set", f"{path}:{value:.{DIGITS}g}") for path, value in setting.changes]


def settings_of(query: str) -> tuple[SideSetting, SideSetting | None]:
    """The settings that a query asks for; whether they make sense is found out when a model is made.

    >>> settings_of("worlds=100&without=C3,C26")[0].without
    ('C26', 'C3')
    >>> settings_of("world=7")[0].worlds, settings_of("")[0].worlds
    (1, 1000)

    Raises:
        UserError: an unknown name, or what is no number where one is needed.
    """
    pairs = [pair for pair in _read(query) if pair[0] != STEP]
    own = [(name, value) for name, value in pairs if not name.startswith(OTHER)]
    others = [(name.removeprefix(OTHER), value) for name, value in pairs if name.startswith(OTHER)]
    one_world = any(name == "world" for name, _ in own)
    first = _setting(own, USUAL_SETTING.with_values(worlds=1) if one_world else USUAL_SETTING)
    if not others:
        return first, None
    return first, _setting([pair for pair in others if pair[0] != "side"], _beside(first))


def step_of(query: str) -> int:
    """The step that a query asks for; the start if it names none.

    >>> step_of("worlds=100&step=12"), step_of("worlds=100")
    (12, 0)

    Raises:
        UserError: what is no number.
    """
    return max([0, *(_whole(name, text) for name, text in _read(query) if name == STEP)])


def _read(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST_ADDRESS:
        raise UserError(f"the address is too long: {len(query)} letters; allowed are {LONGEST_ADDRESS}")
    return parse_qsl(query.lstrip("?"), keep_blank_values=True)


def _setting(pairs: Iterable[tuple[str, str]], usual: SideSetting) -> SideSetting:
    values: dict[str, object] = {}
    changes: dict[str, float] = {}
    for name, text in pairs:
        if name in WORDS:
            values[name] = text
        elif name in WHOLE:
            values[name] = _whole(name, text)
        elif name == "without":
            values[name] = tuple(sorted({claim.strip() for claim in text.split(",") if claim.strip()}))
        elif name == "set":
            path, _, number = text.partition(":")
            changes[path] = _number(path, number)
        else:
            raise UserError(f"the address names an unknown setting '{name[:40]}'")
    return usual.with_values(**values, changes=tuple(sorted(changes.items())))


def _whole(name: str, text: str) -> int:
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
        raise UserError(f"{name} = '{text[:40]}': a whole number is needed")
    return int(text[:20])


def _number(path: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{path[:80]} = '{text[:40]}': a number is needed") from None
