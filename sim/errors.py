"""The error that a user's mistake is, and the nearest of what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(ValueError):
    """A mistake of the user's: one clear line, exit code 2, no traceback."""


class MissingWorldsError(UserError):
    """What could be run is there; some worlds could not: one clear line, an exit code of its own."""


def nearest(given: str, allowed: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest right one, or all of them.

    >>> nearest("client.outside_opton", ["client.outside_option", "client.strength"])
    "did you mean 'client.outside_option'?"
    >>> nearest("xyz", ["grid", "lhs"])
    'allowed: grid, lhs'
    """
    names = sorted(allowed)
    close = get_close_matches(given, names, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"allowed: {shown}"
