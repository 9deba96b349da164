"""The panel from which things are carried away."""

from functools import partial

import solara

from experiments.page import pacing as gate
from experiments.page.curves import curves_of
from experiments.page.land_svg import land_of
from experiments.page.map import map_of
from experiments.page.panels import SIDES
from experiments.page.playback import Show
from experiments.page.reasons import last_fought, reasons_of
from experiments.page.session import Desk
from experiments.page.setting import command_of, in_words
from experiments.page.svg import element, picture, text, words
from experiments.page.takeaway import svg_file, table_of

NO_REASONS = picture(300, 30, "No fighting so far", text(0, 20, "No fighting so far: no reasons"))


@solara.component
def TakeAway(desk: Desk) -> None:  # noqa: N802
    """Files, the command line of the same run, and a link."""
    gate.redraws()
    show = desk.show.value
    with solara.Div(classes=["ca-page"]):
        solara.HTML(tag="h3", unsafe_innerHTML="Take away", classes=["ca-title"])
        for place in range(len(show.sides)):
            _files(desk, show, place)
        solara.HTML(
            tag="p",
            unsafe_innerHTML="This page with the same settings: "
            + element("a", words(f"?{desk.query}"), href=f"?{desk.query}", class_="ca-link"),
            classes=["ca-note"],
        )


def _files(desk: Desk, show: Show, place: int) -> None:
    setting, shown = show.sides[place].setting, desk.shown.value
    scenario = show.sides[place].model.scenario
    caption = f"{scenario.title}; {in_words(setting, desk.offer.scenarios)}"
    side = f" {SIDES[place]}" if len(show.sides) > 1 else ""
    command = command_of(setting, desk.offer.typed.get(setting.scenario, setting.scenario))
    name = f"{setting.scenario}{side.lower().replace(' ', '-')}"

    def drawn(which: str) -> bytes:
        now = show.at(shown)[place]
        if which == "map":
            return svg_file(map_of(scenario, now, tag=SIDES[place]) or land_of(scenario, now), caption)
        if which == "reasons":
            fought = last_fought(show.until(place, now.step))
            return svg_file(reasons_of(scenario, fought) or NO_REASONS, caption)
        record = desk.offer.record_of(scenario)
        return svg_file(curves_of(scenario, show.until(place), shown, record), caption)

    def table() -> bytes:
        return table_of(scenario, show.until(place)).encode()

    with solara.Row(style="flex-wrap:wrap", gap="8px"):
        for which, said in (("map", "Map"), ("alliance", "Alliance"), ("reasons", "Reasons")):
            solara.FileDownload(
                partial(drawn, which),
                f"{name}-{which}.svg",
                f"{said}{side} (SVG)",
                mime_type="image/svg+xml",
            )
        solara.FileDownload(table, f"{name}.csv", f"Table{side} (CSV)", mime_type="text/csv")
    solara.HTML(
        tag="p",
        unsafe_innerHTML=f"The same run on the command line{side}: " + element("code", words(command)),
        classes=["ca-note"],
    )
