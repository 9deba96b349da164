"""Faults of the program: told in full where the page was started, in one sentence on the page."""

import sys
import traceback


def sentence_of(error: BaseException) -> str:
    """An error of the program in one sentence, without its inside.

    >>> sentence_of(KeyError("/home/me/secret"))
    'an error in this program (KeyError); change a setting or press Reset. The terminal says more.'
    """
    kind = type(error).__name__
    return f"an error in this program ({kind}); change a setting or press Reset. The terminal says more."


def report(error: BaseException) -> str:
    """Print an error where the page was started; what to say of it on the page."""
    traceback.print_exception(error, file=sys.stderr)
    return sentence_of(error)
