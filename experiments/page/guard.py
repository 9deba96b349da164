"""What could not be drawn is said in one sentence, and the rest of the page stays."""

from collections.abc import Callable

import solara

from experiments.page.faults import report, sentence_of
from experiments.page.pacing import redraw_count
from experiments.page.session import Session


@solara.component
def Guarded(session: Session, name: str, part: Callable[[Session], object]) -> None:  # noqa: N802
    """A part of the page; if it cannot be drawn, a sentence in its place until something is another.

    Args:
        session: the session whose part it is.
        name: the name of the part in the sentence.
        part: the component that draws it.
    """
    state = (redraw_count(), session.playback.value, session.shown.value, session.opened.value)
    error, clear = solara.use_exception()
    told_at = solara.use_ref(None)  # the state in which the error was told
    if error is not None and told_at.current is None:
        told_at.current = state
        report(error)
    elif error is not None and told_at.current != state:
        told_at.current = None
        clear()
    if error is None:
        part(session)
    else:
        solara.Error(f"{name} cannot be shown: {sentence_of(error)}", dense=True)
