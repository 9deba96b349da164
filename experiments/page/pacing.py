"""Pacing: the next step is played when the page has drawn the last one."""

import threading
from time import sleep

import solara
from mesa.visualization.utils import update_counter

from experiments.page.faults import report
from experiments.page.presence import is_watched
from experiments.page.session import Goal, Session

STRETCH = 0.2  # seconds between two redraws on the way to a date far ahead
LONGEST_WAIT = 2.0  # seconds; a browser that has gone must not hold the thread for ever

_drawing = threading.Condition()
_drawn = solara.reactive(0)  # the last redraw that the page of this session has done


def wait_for_redraw() -> None:
    """Ask for a redraw, and wait until it is done; where nobody looks, there is nothing to wait for."""
    update_counter.value += 1
    if not is_watched():
        return
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

    def tell() -> None:
        with _drawing:
            _drawn.value = max(redraw, _drawn.peek())
            _drawing.notify_all()

    solara.use_effect(tell, [redraw])


@solara.component
def PlayToGoal(session: Session) -> None:  # noqa: N802
    """Play on to the session's goal, on a thread, with a redraw now and then."""
    goal = session.goal.value

    def play_on() -> None:
        while task.is_current() and goal is not None and session.wants(goal):
            if is_watched():
                advance(session, goal)
                wait_for_redraw()
            else:
                sleep(STRETCH)

    task = solara.lab.use_task(play_on, dependencies=[goal], prefer_threaded=True)


def advance(session: Session, goal: Goal) -> None:
    """Play on to a goal for a stretch, and say when there is no more to be done."""
    try:
        reached = goal.playback.run_to(goal.step, STRETCH, goal.at_news, lambda: session.wants(goal))
    except Exception as error:  # of the model: the page tells of it and lives on
        reached, told = True, report(error)
        if session.wants(goal):
            session.message.value = told
    goal.reached.value = reached
