"""The browser page: one world or a thousand, on the map, with the reasons.

    captive-ally view
    solara run experiments/page/app.py

Mesa's SolaraViz plays, pauses, steps and resets; the panels beside it (experiments/page) are drawn from
snapshots. Each browser session has a desk and models of its own.
"""

import os
from collections.abc import Callable

os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
os.environ.setdefault("SOLARA_CHECK_HOOKS", "off")  # Mesa 3.3's own page would be warned about

import solara
from mesa.visualization import SolaraViz

from experiments.page import pacing as gate
from experiments.page.chase import Chase
from experiments.page.controls import Questions, Settings
from experiments.page.curves import Observed
from experiments.page.downloads import TakeAway
from experiments.page.panels import Panels
from experiments.page.session import Desk, Offer
from experiments.page.setting import shipped_scenarios
from experiments.page.style import page_style
from experiments.page.widgets import Address

TITLE = "captive-ally: can a patron let its ally lose land without losing the ally?"

gate.install()


@solara.component
def Desktop(offer: Offer) -> None:  # noqa: N802
    """The page of one session."""
    query = solara.use_router().search or ""
    desk = solara.use_memo(lambda: Desk(offer, query), [])
    with solara.Div(classes=["ca-mesa"]):  # what Mesa's page shows beside its bar and its controls: nothing
        solara.Title(TITLE)
        solara.Style(page_style())
        Address(query=desk.query)
        SolaraViz(
            desk.show,
            components=[],
            model_params={"asked": desk.asked},
            play_interval=desk.interval,
            render_interval=desk.stride,
            name=TITLE,
        )
        Chase(desk)
    with solara.Sidebar():
        Questions(desk)
        Settings(desk)
    Panels(desk)
    TakeAway(desk)


def page_of(offer: Callable[[], Offer]) -> Callable[[], solara.Element]:
    """A page that offers some scenarios and a record of what was observed.

    Args:
        offer: is asked when a session begins.
    """

    @solara.component
    def Page() -> None:  # noqa: N802
        Desktop(solara.use_memo(offer, []))

    return Page


Page = page_of(lambda: Offer(shipped_scenarios(), lambda _scenario: Observed()))
