"""The error that a user's mistake raises, and the nearest allowed name."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_NAME = 200  # characters that are looked at: a longer name is close to none


class UserError(ValueError):
    """A mistake of the user's: one clear line, exit code 2, no traceback."""


class MissingWorldsError(UserError):
    """Some worlds could not be run, the rest are there: one clear line, an exit code of its own."""


def nearest(given: object, allowed: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest right one, or all of them.

    >>> nearest("client.outside_opton", ["client.outside_option", "client.strength"])
    "did you mean 'client.outside_option'?"
    >>> nearest("GRID", ["grid", "lhs"])
    "did you mean 'grid'?"
    >>> nearest("xyz", ["grid", "lhs"])
    'allowed: grid, lhs'
    """
    names = sorted(allowed)
    by_letters = {name.casefold(): name for name in reversed(names)}
    close = get_close_matches(str(given)[:LONGEST_NAME].casefold(), by_letters, n=1)
    if close:
        return f"did you mean '{by_letters[close[0]]}'?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"allowed: {shown}"
