"""Who holds which land, where a scenario's map has no drawing?"""

from experiments.page.map import FOUGHT_OVER, HELD, INK, LOST, hexadecimal
from experiments.page.snapshot import Snapshot
from experiments.page.svg import colour, element, picture, text
from sim.scenarios.scenario import Scenario

WIDTH, ROW = 480.0, 26.0
NAMES, FIGURES = 210.0, 60.0


def land_of(scenario: Scenario, now: Snapshot) -> str:
    """A bar for each region on the client's side: what is held, or the chance that it is still held."""
    regions = [region for region in scenario.regions.region if region.legal_class != "challenger"]
    rows = "".join(_row(place, region.name, now) for place, region in enumerate(regions))
    many = now.worlds > 1
    said = "chance that the larger part is lost" if many else "share that is not the client's side's"
    key = text(0, 14, f"Land, in orange the {said}; ✱ under attack", fill=colour("soft"))
    title = f"Who holds what on {now.day.day} {now.day:%B %Y}"
    return picture(WIDTH, 26 + ROW * len(regions), title, key, rows)


def _row(place: int, name: str, now: Snapshot) -> str:
    y, full = 24 + ROW * place, WIDTH - NAMES - FIGURES
    lost = now.chance_lost(place)
    mark = " ✱" if now.attacked[place] >= FOUGHT_OVER else ""
    return (
        text(0, y + 14, name + mark)
        + element("rect", x=NAMES, y=y, width=full, height=ROW - 8, fill=hexadecimal(HELD), stroke=INK)
        + element("rect", x=NAMES + full * (1 - lost), y=y, width=full * lost, height=ROW - 8,
                  fill=hexadecimal(LOST))
        + text(WIDTH - FIGURES + 8, y + 14, f"{lost:.0%}")
    )  # fmt: skip
