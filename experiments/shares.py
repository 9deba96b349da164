"""Shares in words: one way of writing a part of a whole, wherever a reader meets one."""

from math import isnan

NO_SHARE = "\N{EN DASH}"


def in_percent(share: float) -> str:
    """A share in whole per cent; what is not quite nothing or all stays so. No line ends before the sign.

    >>> [in_percent(share).replace("\N{NO-BREAK SPACE}", " ") for share in (0.005, 0.0, 0.464, 0.995)]
    ['<1 %', '0 %', '46 %', '>99 %']
    >>> in_percent(float("nan")) == NO_SHARE
    True
    """
    if isnan(share):
        return NO_SHARE
    whole = round(100 * share)
    said = "<1" if share > 0 == whole else ">99" if share < 1 and whole == 100 else str(whole)
    return unbroken(f"{said} %")


def unbroken(said: str) -> str:
    """A sentence in which no line ends between a number and its sign of per cent."""
    return said.replace(" %", "\N{NO-BREAK SPACE}%")
