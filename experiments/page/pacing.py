"""Pacing: the next step is played when the page has drawn the last one.

Mesa's play thread steps the model and asks for a redraw, whether or not the last one is done; when the
page cannot keep up, its rendering is restarted until it gives up. Here the thread waits until the page
has drawn the step that it announced.
"""

import threading

import mesa.visualization.solara_viz as mesa_page
import solara
from mesa.visualization.utils import update_counter

from experiments.page.session import Session

STRETCH = 0.2  # seconds between two redraws on the way to a date far ahead
LONGEST_WAIT = 2.0  # seconds; a browser that has gone must not hold the thread for ever

_drawing = threading.Condition()
_drawn = solara.reactive(0)  # the last redraw that the page of this session has done


def wait_for_redraw() -> None:
    """Ask for a redraw, and wait until it is done."""
    update_counter.value += 1
    wanted = update_counter.peek()
    with _drawing:
        _drawing.wait_for(lambda: _drawn.peek() >= wanted, timeout=LONGEST_WAIT)


def redraw_count() -> int:
    """How many redraws have been asked for; what reads this is drawn again at each."""
    return int(update_counter.get())


@solara.component
def RedrawReport() -> None:  # noqa: N802
    """Tell those who wait that the page has been drawn; it stands last on it."""
    redraw = redraw_count()

    def report() -> None:
        with _drawing:
            _drawn.value = max(redraw, _drawn.peek())
            _drawing.notify_all()

    solara.use_effect(report, [redraw])


def install_pacing() -> None:
    """Let Mesa's page announce its steps here."""
    mesa_page.force_update = wait_for_redraw


@solara.component
def PlayToGoal(session: Session) -> None:  # noqa: N802
    """Play on to the session's goal, on a thread, with a redraw now and then."""
    goal = session.goal.value

    def play_on() -> None:
        while goal is not None and session.goal.peek() is goal and session.playback.peek() is goal[0]:
            playback, step = goal
            reached = playback.run_to(step, STRETCH)
            if reached:
                session.goal.value = None
            wait_for_redraw()

    solara.lab.use_task(play_on, dependencies=[goal], prefer_threaded=True)
