"""What can be carried away: pictures, the table of the worlds, a command, a link?"""

import csv
from collections.abc import Sequence
from io import StringIO

from experiments.page.snapshot import QUANTILES, TABLED, Snapshot
from experiments.page.svg import standalone
from sim.scenarios.scenario import Scenario

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'


def svg_file(markup: str, caption: str) -> bytes:
    """A picture as a file of its own, its settings noted in it."""
    note = f"<desc>{caption.replace('&', '&amp;').replace('<', '&lt;')}</desc></svg>"
    return (HEADER + standalone(markup).removesuffix("</svg>") + note).encode()


def table_of(scenario: Scenario, history: Sequence[Snapshot]) -> str:
    """The worlds so far as CSV, a row a step.

    Of one world: its measures, and `held_X` for each region on the client's side. Of many: the quantiles of
    each measure, and `lost_X`, the share of worlds in which the larger part of a region is lost.
    """
    many = history[0].worlds > 1
    land = [r.id for r in scenario.regions.region if r.legal_class != "challenger"]
    names = [m.name for m in TABLED]
    columns = [f"{name}_q{round(100 * q):02d}" for name in names for q in QUANTILES] if many else names
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", "date", *columns, *(f"{'lost' if many else 'held'}_{place}" for place in land)])
    for now in history:
        spreads = [now.values[name] for name in names]
        values = [value for spread in spreads for value in spread] if many else [s[0] for s in spreads]
        shares = now.lost if many else now.held
        writer.writerow([now.step, now.day.isoformat(), *(f"{v:.6g}" for v in (*values, *shares))])
    return out.getvalue()
