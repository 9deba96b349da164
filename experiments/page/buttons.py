"""The buttons under which Mesa's page plays: Play, Step, the next event, Reset.

They take the place of Mesa's own in SolaraViz. Mesa's thread steps the model whether or not the last step
has been drawn, goes on when nobody looks, steps unseen while a past date is looked at, and its buttons have
no names that can be heard.
"""

from collections.abc import Callable
from time import sleep
from typing import Any

import mesa.visualization.solara_viz as mesa_page
import solara

from experiments.page.faults import report
from experiments.page.inputs import button, choice
from experiments.page.pacing import wait_for_redraw
from experiments.page.playback import Playback
from experiments.page.presence import is_watched
from experiments.page.session import Session

IDLE = 1.0  # seconds between two looks whether somebody has come back
SPEEDS = {"slow": (600, 1), "usual speed": (200, 1), "fast": (1, 1), "fastest": (1, 5)}  # ms, steps at once

current_session = solara.create_context(None)


def install_buttons() -> None:
    """Let Mesa's page show these buttons."""
    mesa_page.ModelController = Buttons


@solara.component
def Buttons(  # noqa: N802
    model: solara.Reactive[Playback], *, model_parameters: solara.Reactive[dict[str, Any]], **_others: object
) -> None:
    """Play, Step, the next event, Reset, and how fast.

    Args:
        model: what is played.
        model_parameters: the parameters with which Reset makes a new one.
    """
    session: Session = solara.use_context(current_session)
    playing = session.playing.value

    def play() -> None:
        def wanted() -> bool:
            """Whether Play is pressed, and has not been pressed anew since this thread began."""
            return task.is_current() and session.playing.peek()

        while wanted():
            sleep(session.interval.peek() / 1000)
            if not is_watched():
                sleep(IDLE)
            elif wanted() and not _step(session, session.stride.peek(), wanted) and wanted():
                session.playing.value = False

    def step(_press: object) -> None:
        shown = session.shown.peek()
        if shown is None:
            session.pause()  # so that no thread plays past it
            _step(session, 1)
        else:
            session.go_to(shown + 1)

    def reset(_press: object) -> None:
        session.pause()
        session.shown.value, session.message.value = None, ""
        model.value = type(model.value)(**model_parameters.value)

    task = solara.lab.use_task(play, dependencies=[playing], prefer_threaded=True)
    with solara.Div(classes=["ca-buttons"]):
        toggle = session.pause if playing else session.play
        button("❚❚ Pause" if playing else "▶ Play", lambda _: toggle(), strong=True)
        button("Step", step, disabled=playing, hint="the next date")
        button(
            "Next event", lambda _: session.go_to_event(), disabled=playing, hint="the next date with news"
        )
        button("Reset", reset, hint="back to the first date")
        speed = next((name for name, pair in SPEEDS.items() if pair == session.speed), "usual speed")
        choice("Speed", list(SPEEDS), speed, lambda name: session.set_speed(*SPEEDS[name]))


def _step(session: Session, steps: int, wanted: Callable[[], bool] = lambda: True) -> bool:
    """Let some steps pass and wait until they are drawn; whether there can be another."""
    playback = session.playback.peek()
    try:
        for _ in range(steps):
            playback.step_if(wanted)
    except Exception as error:  # of the model: the page tells of it and lives on
        told = report(error)
        if session.playback.peek() is playback:
            session.message.value = told
        return False
    wait_for_redraw()
    return not session.playback.peek().over
