"""How is a date far ahead reached while the page goes on?"""

import solara

from experiments.page import pacing as gate
from experiments.page.session import Desk

STRETCH = 0.2  # seconds between two redraws on the way


@solara.component
def Chase(desk: Desk) -> None:  # noqa: N802
    """Play on to the desk's goal, on a thread, with a redraw now and then."""
    goal = desk.goal.value

    def chase() -> None:
        while goal is not None and desk.goal.peek() is goal and desk.show.peek() is goal[0]:
            show, step = goal
            reached = show.run_to(step, STRETCH)
            if reached:
                desk.goal.value = None
            gate.announce()

    solara.lab.use_task(chase, dependencies=[goal], prefer_threaded=True)
