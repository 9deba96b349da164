"""What do the panels need that Solara does not have?"""

from collections.abc import Callable

import solara


@solara.component_vue("drawing.vue")
def Drawing(markup: str, event_picked: Callable[[str], None]) -> None:  # noqa: N802
    """Show SVG or HTML; a click on what has `data-pick`, or on a scale of `data-steps`, is told.

    Args:
        markup: made by this package, with all texts escaped.
        event_picked: is told "step:12" or what `data-pick` says.
    """


@solara.component_vue("address.vue")
def Address(query: str) -> None:  # noqa: N802
    """Let the browser's address name the settings.

    Args:
        query: of the address.
    """
