"""What can be downloaded: pictures, the table of the worlds; and the command and the link of the same run."""

import csv
from collections.abc import Sequence
from functools import partial
from io import StringIO

import solara

from experiments.page.curves import curves_of
from experiments.page.inputs import copy_button
from experiments.page.map import map_of
from experiments.page.pacing import redraw_count
from experiments.page.panels import SIDES
from experiments.page.playback import Playback
from experiments.page.reasons import last_fought, reasons_of
from experiments.page.session import Session
from experiments.page.setting import command_of, file_name, setting_in_words
from experiments.page.snapshot import TABLED, Snapshot
from experiments.page.svg import element, picture, standalone, text, words
from sim.runs.recorder import QUANTILES
from sim.scenarios.scenario import Scenario

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
NO_REASONS = picture(300, 30, "No fighting so far", text(0, 20, "No fighting so far: no reasons"))


def svg_file(markup: str, caption: str) -> bytes:
    """A picture as a file of its own, its settings noted in it."""
    note = f"<desc>{caption.replace('&', '&amp;').replace('<', '&lt;')}</desc></svg>"
    return (HEADER + standalone(markup).removesuffix("</svg>") + note).encode()


def csv_of(scenario: Scenario, history: Sequence[Snapshot]) -> str:
    """The worlds so far as a table in CSV, a row a step.

    Of one world: its measures, and `held_X` for each region on the client's side. Of many: the quantiles of
    each measure, and `lost_X`, the share of worlds in which the larger part of a region is lost.
    """
    many = history[0].worlds > 1
    land = [r.id for r in scenario.regions.region if r.legal_class != "challenger"]
    names = [m.name for m in TABLED]
    columns = [f"{name}_{label}" for name in names for label in QUANTILES] if many else names
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", "date", *columns, *(f"{'lost' if many else 'held'}_{place}" for place in land)])
    for now in history:
        spreads = [now.values[name] for name in names]
        values = [value for spread in spreads for value in spread] if many else [s[0] for s in spreads]
        shares = now.lost if many else now.held
        writer.writerow([now.step, now.day.isoformat(), *(f"{v:.6g}" for v in (*values, *shares))])
    return out.getvalue()


@solara.component
def Downloads(session: Session) -> None:  # noqa: N802
    """Files, the command line of the same run, and a link."""
    redraw_count()
    playback = session.playback.value
    with solara.Div(classes=["ca-page"]):
        solara.HTML(tag="h2", unsafe_innerHTML="Take away", classes=["ca-title"])
        for place in range(len(playback.sides)):
            SideFiles(session, playback, place)
        step = playback.at(session.shown.value)[0].step
        link = f"?{session.query}" + (f"&step={step}" if step else "")
        solara.HTML(
            tag="p",
            unsafe_innerHTML="This page with the same settings, at this date: "
            + element("a", words(link), href=link, class_="ca-link"),
            classes=["ca-note"],
        )


@solara.component
def SideFiles(session: Session, playback: Playback, place: int) -> None:  # noqa: N802
    """The files of one side, and its command line.

    A component of its own, so that a redraw of the page leaves it alone: Solara drops a download under way
    when what makes it is another.
    """
    setting = playback.sides[place].setting
    scenario = playback.sides[place].model.scenario
    caption = f"{scenario.title}; {setting_in_words(setting, session.config.scenarios)}"
    side = f" {SIDES[place]}" if len(playback.sides) > 1 else ""
    command = command_of(setting, session.config.typed(setting.scenario))
    name = file_name(setting)

    def drawn(which: str) -> bytes:
        shown = session.shown.peek()  # when it is asked for
        now = playback.at(shown)[place]
        if which == "map":
            return svg_file(map_of(scenario, now, tag=SIDES[place]), caption)
        if which == "reasons":
            fought = last_fought(playback.until(place, now.step))
            return svg_file(
                reasons_of(scenario, fought, setting.theory, highest=now.highest) or NO_REASONS, caption
            )
        record = session.config.record_of(scenario)
        return svg_file(curves_of(scenario, playback.until(place), shown, record), caption)

    def table() -> bytes:
        return csv_of(scenario, playback.until(place)).encode()

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
    with solara.Div():
        copy_button(f"Copy the command{side}", command)
