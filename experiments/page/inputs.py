"""Inputs: the browser's own, so that keyboard, screen reader and phone know them.

Each shows the value that the page holds: what is picked is told, and shown once it is accepted.
"""

from collections.abc import Callable, Sequence
from typing import Any

import solara

Element = Any  # a part of Solara's page


@solara.component_vue("choice.vue")
def _Choice(label, items, value, event_picked) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
    pass


@solara.component_vue("number.vue")
def _Number(  # type: ignore[no-untyped-def]  # noqa: N802
    label, value, low, high, grain, event_picked, kind, seen, said, name, disabled
) -> None:
    pass


@solara.component_vue("toggle.vue")
def _Toggle(label, items, value, event_picked) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
    pass


@solara.component_vue("checks.vue")
def _Checks(label, items, value, event_picked) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
    pass


@solara.component_vue("button.vue")
def _Button(label, event_pressed, strong, disabled, hint) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
    pass


@solara.component_vue("copy.vue")
def _Copy(label, text) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
    pass


@solara.component_vue("theme.vue")
def theme_button() -> None:
    """A button that turns light to dark and back; at first it is as the system is."""


def copy_button(label: str, copied: str) -> Element:
    """A button that puts a text into the clipboard.

    Args:
        label: what stands on it.
        copied: the text.
    """
    return _Copy(label=label, text=copied)


def choice(label: str, items: Sequence[str], value: str, picked: Callable[[str], None]) -> Element:
    """Choose one of a list.

    Args:
        label: the name of the list.
        items: what there is to choose from.
        value: what is chosen.
        picked: the function that is told another.
    """
    return _Choice(label=label, items=list(items), value=value, event_picked=picked)


def number_field(
    label: str,
    value: float,
    span: tuple[float, float],
    picked: Callable[[str], None],
    disabled: bool = False,
) -> Element:
    """Type a number.

    Args:
        label: the name of it.
        value: the number.
        span: the least and the largest number.
        picked: the function that is told what was typed.
        disabled: whether it cannot be changed.
    """
    low, high = span
    return _Number(
        label=label, value=value, low=low, high=high, grain=1, event_picked=picked, kind="number",
        seen=True, said="", name="", disabled=disabled,
    )  # fmt: skip


def slider(
    label: str,
    value: float,
    span: tuple[float, float],
    picked: Callable[[str], None],
    grain: float = 1,
    said: str = "",
    name: str = "",
) -> Element:
    """Slide to a number; it acts when it is let go.

    Args:
        label: the name of it, which is heard, not seen.
        value: the number.
        span: the least and the largest number.
        picked: the function that is told the number.
        grain: the distance of two numbers next to each other.
        said: the number in words.
        name: the path of the parameter that it sets.
    """
    low, high = span
    return _Number(
        label=label, value=value, low=low, high=high, grain=grain, event_picked=picked, kind="range",
        seen=False, said=said, name=name, disabled=False,
    )  # fmt: skip


def toggle(label: str, items: Sequence[str], value: int, picked: Callable[[int], None]) -> Element:
    """Choose one of a few, all in sight.

    Args:
        label: the name of the choice.
        items: what there is to choose from.
        value: the place of what is chosen.
        picked: the function that is told the place of another.
    """
    return _Toggle(label=label, items=list(items), value=value, event_picked=picked)


def checks(
    label: str, items: Sequence[str], value: Sequence[int], picked: Callable[[list[int]], None]
) -> Element:
    """Choose any of a list.

    Args:
        label: the name of the list.
        items: what there is to choose from.
        value: the places of what is chosen.
        picked: the function that is told the places of what is chosen then.
    """
    return _Checks(label=label, items=list(items), value=list(value), event_picked=picked)


def button(
    label: str,
    pressed: Callable[[int], None],
    strong: bool = False,
    disabled: bool = False,
    hint: str = "",
) -> Element:
    """A button.

    Args:
        label: what it does.
        pressed: the function that does it; the number that it is given means nothing.
        strong: whether it is the first to be pressed.
        disabled: whether it cannot be pressed.
        hint: what is said of it where the mouse rests.
    """
    return _Button(label=label, event_pressed=pressed, strong=strong, disabled=disabled, hint=hint)
