"""What two sides differ in, as a list."""

from collections.abc import Sequence

from agents.reasons import RUNGS
from experiments.figures.map import short_name
from experiments.page.curves import CURVE_STYLES
from experiments.page.map import DIFFERENT, is_contested
from experiments.page.playback import Playback
from experiments.page.snapshot import Snapshot
from experiments.page.svg import element, words
from experiments.shares import in_percent

NOTICED = 0.02  # share: a smaller difference of a curve is not told


def differences(playback: Playback, now: Sequence[Snapshot]) -> str:
    """What is different on the second side, as a sentence and a list, in HTML."""
    told = [*_of_curves(now), *_of_rungs(playback, now), *_of_land(playback, now)]
    luck = [(side.setting.seed, side.setting.world) for side in playback.sides]
    why = "same luck, other settings" if luck[0] == luck[1] else "B meets other luck, too"
    of = " (A → B, medians and shares of worlds)" if now[0].worlds > 1 else " (A → B)"
    heading = f"B differs from A now{of}: {why}" if told else "So far B does not differ from A"
    return element("b", words(heading)) + element("ul", *(element("li", words(one)) for one in told))


def _of_curves(now: Sequence[Snapshot]) -> list[str]:
    told = []
    for name in CURVE_STYLES:
        first, second = (side.middle(name) for side in now)
        if abs(second - first) >= NOTICED:
            told.append(f"{CURVE_STYLES[name][2]} {first:.2f} → {second:.2f}")
    return told


def _of_rungs(playback: Playback, now: Sequence[Snapshot]) -> list[str]:
    """What the patron does now, of one world; and how far it has gone, of all worlds."""
    patron = playback.sides[0].model.scenario.cast.patron.name
    told = []
    if now[0].worlds == 1:
        first, second = ("at peace" if side.rung is None else RUNGS[side.rung] for side in now)
        told += [f"{patron} now: {first} → {second}"] if first != second else []
        first, second = ("no war yet" if side.top is None else RUNGS[side.top] for side in now)
        return told + ([f"{patron}'s highest rung so far: {first} → {second}"] if first != second else [])
    first_at_war, second_at_war = (side.at_war for side in now)
    if abs(first_at_war - second_at_war) >= NOTICED:
        told.append(f"worlds at war now: {in_percent(first_at_war)} → {in_percent(second_at_war)}")
    changed = [
        f"{name} {in_percent(first)} → {in_percent(second)}"
        for name, first, second in zip(RUNGS, *(side.highest for side in now), strict=True)
        if abs(second - first) >= NOTICED
    ]
    return told + (
        [f"{patron}'s highest rung so far, of all worlds: {', '.join(changed)}"] if changed else []
    )


def _of_land(playback: Playback, now: Sequence[Snapshot]) -> list[str]:
    saved: list[str] = []
    lost: list[str] = []
    for place, region in enumerate(playback.sides[0].model.scenario.regions.region):
        if region.legal_class == "challenger":
            continue
        change = now[1].chance_lost(place) - now[0].chance_lost(place)
        if abs(change) >= DIFFERENT:
            name = short_name(region) if is_contested(region) else f"{short_name(region)} (recognised land)"
            (lost if change > 0 else saved).append(f"{name} {in_percent(abs(change))}")
    told = [f"more is held of: {', '.join(saved)}"] if saved else []
    return told + ([f"more is lost of: {', '.join(lost)}"] if lost else [])
