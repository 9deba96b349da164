"""What is said of the difference between two sides is what their worlds differ by."""

import re

import numpy as np
import pytest

from experiments.page.differences import differences
from experiments.page.setting import SideSetting
from experiments.shares import in_percent
from tests.experiments.page.reading import SCENARIOS, WAR, Beside, find, parsed, played, quantile
from tests.thorough import mostly_thorough

pytestmark = pytest.mark.quick

REGIONS = SCENARIOS[WAR].regions.region
CALLED = {"land held": "held_contested", "loyalty": "loyalty", "opinion": "opinion",
          "gratitude": "gratitude", "allies' belief": "reliability"}  # fmt: skip
RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")


@pytest.mark.parametrize("worlds", mostly_thorough([1, 100], 1))
def test_a_list_of_what_differs_reads_from_a_to_b(worlds):
    numbers = np.array([10]) if worlds == 1 else np.arange(100)
    given = ({}, {"theory": "treaty_only"})
    sides = [Beside(45, numbers, **one) for one in given]
    playback = played(45, *(SideSetting(world=10, worlds=worlds, **one) for one in given))
    states_seen, curves_seen, land_seen = set[int](), set(), set()
    for step in (5, 20, 45):
        told = [
            item.text for item in find(parsed(f"<p>{differences(playback, playback.at(step))}</p>"), "li")
        ]
        for called, stock in CALLED.items():
            first, second = (float(quantile(side.stock(stock, step), 0.5)) for side in sides)
            lines = [line for line in told if line.startswith(f"{called} ")]
            assert lines == ([f"{called} {first:.2f} → {second:.2f}"] if abs(first - second) >= 0.02 else [])
            curves_seen |= {called} if lines else set()
        change = sides[1].lost(step) - sides[0].lost(step)
        for words, sign in (("more is held of: ", -1), ("more is lost of: ", 1)):
            wanted = {
                REGIONS[place].name.split(",")[0]: in_percent(abs(change[place]))
                for place in np.flatnonzero(sign * change >= 0.1)
            }
            lines = [line.removeprefix(words) for line in told if line.startswith(words)]
            found = dict(
                re.findall(r"([^,]+?)(?: \(recognised land\))? ([<>]?\d+\s%)(?:, |$)", "".join(lines))
            )
            assert found == wanted
            land_seen |= set(wanted)
        if worlds == 1:
            states = [
                "at peace" if not s.worlds[step].at_war[0] else RUNGS[s.worlds[step].rung[0]] for s in sides
            ]
            lines = [line for line in told if line.startswith("Russia now: ")]
            assert lines == ([f"Russia now: {states[0]} → {states[1]}"] if states[0] != states[1] else [])
            states_seen |= {len(set(states))}
            most = [RUNGS[s.worlds[step].rung_max[0]] for s in sides]
            lines = [line for line in told if line.startswith("Russia's highest rung so far: ")]
            assert lines == (
                [f"Russia's highest rung so far: {most[0]} → {most[1]}"] if most[0] != most[1] else []
            )
        else:
            at_war = [side.worlds[step].at_war.mean() for side in sides]
            lines = [line for line in told if line.startswith("worlds at war now: ")]
            wanted = f"worlds at war now: {in_percent(at_war[0])} → {in_percent(at_war[1])}"
            assert lines == ([wanted] if abs(at_war[0] - at_war[1]) >= 0.02 else [])
            changed = []
            for rung, name in enumerate(RUNGS):
                first, second = ((side.worlds[step].rung_max == rung).mean() for side in sides)
                changed += (
                    [f"{name} {in_percent(first)} → {in_percent(second)}"]
                    if abs(first - second) >= 0.02
                    else []
                )
            lines = [line for line in told if line.startswith("Russia's highest rung")]
            assert lines == [f"Russia's highest rung so far, of all worlds: {', '.join(changed)}"]
    assert curves_seen and land_seen
    assert worlds > 1 or 2 in states_seen


def test_what_does_not_differ_is_said_so():
    playback = played(20, SideSetting(), SideSetting())
    assert differences(playback, playback.at(None)) == "<b>So far B does not differ from A</b><ul/>"
