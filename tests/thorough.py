"""What the usual run of the tests leaves out: further variants of what is checked once."""

import pytest

thorough = pytest.mark.thorough


def mostly_thorough(values, *kept):
    """Values to parametrize by, of which all but those kept are tried by thorough runs alone."""
    return [
        value
        if value in kept
        else pytest.param(*(value if isinstance(value, tuple) else [value]), marks=thorough)
        for value in values
    ]
