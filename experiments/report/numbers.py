"""Numbers, shares, intervals and dates as a reader meets them, on the page and on the terminal."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

NO_VALUE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
UNGROUPED = ("year", "seed")  # how units of whole numbers begin that take no comma
SHARES = ("share", "0-1")  # how units begin of what is told to two digits


def shown(value: Any, unit: str = "") -> str:
    """A value for a reader.

    >>> shown(0.123456), shown(12345.6), shown(2022, "year"), shown(0.5, "share"), shown(True)
    ('0.123', '12,346', '2022', '0.50', 'yes')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float) and np.isinf(value):
        return "never"  # a date or a number of days that does not come
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return NO_VALUE
    if isinstance(value, int | float | np.number):
        return _number(float(value), unit).replace("-", MINUS)
    return str(value)


def _number(value: float, unit: str) -> str:
    if unit.startswith(SHARES):
        return f"{round(value, 2) + 0.0:.2f}"  # no minus before a zero
    value += 0.0
    if value == round(value, 0) or abs(value) >= 999.5:
        return f"{value:.0f}" if unit.startswith(UNGROUPED) else f"{value:,.0f}"
    return f"{value:.3g}"


def signed(value: Any) -> str:
    """A difference, with its sign.

    >>> signed(0.25), signed(0.0)
    ('+0.25', '0')
    """
    text = shown(value)
    return text if text in ("0", NO_VALUE) or text.startswith(MINUS) else f"+{text}"


def between(low: Any, high: Any, form: Callable[[Any], str] = shown) -> str:
    """An interval or a range.

    >>> between(0.25, 1), between(0.25, 1, form=signed)
    ('0.25 to 1', '+0.25 to +1')
    """
    return f"{form(low)} to {form(high)}"


def day(value: date) -> str:
    """A date.

    >>> day(date(2020, 11, 9))
    '9 Nov 2020'
    """
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """A date and time of day."""
    return f"{day(value)}, {value:%H:%M} {value.tzname() or ''}".strip()
