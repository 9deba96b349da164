"""When may the next step be played?

Mesa's play thread steps the model and asks for a redraw, whether or not the last one is done; when the
page cannot keep up, its rendering is restarted until it gives up. Behind this gate the thread waits
until the page has drawn the step that it announced.
"""

import threading

import mesa.visualization.solara_viz as mesa_page
import solara
from mesa.visualization.utils import update_counter

LONGEST_WAIT = 2.0  # seconds; a browser that has gone must not hold the thread for ever

_drawing = threading.Condition()
_drawn = solara.reactive(0)  # the last redraw that the page of this session has done


def announce() -> None:
    """Ask for a redraw, and wait until it is done."""
    update_counter.value += 1
    wanted = update_counter.peek()
    with _drawing:
        _drawing.wait_for(lambda: _drawn.peek() >= wanted, timeout=LONGEST_WAIT)


def redraws() -> int:
    """How many redraws have been asked for; what reads this is drawn again at each."""
    return int(update_counter.get())


def done(redraw: int) -> None:
    """Tell those who wait that the page has been drawn."""
    with _drawing:
        _drawn.value = max(redraw, _drawn.peek())
        _drawing.notify_all()


def install() -> None:
    """Let Mesa's page announce its steps here."""
    mesa_page.force_update = announce
