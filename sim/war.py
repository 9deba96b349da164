"""What happens where there is fighting?

Contest for each front, attrition, flight. The challenger aims (agents/challenger.py); who wins is a law.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.ground import Ground
from sim.quantities import TINY, approached, total
from sim.rule import Amount, rule
from sim.settings import Settings
from sim.world import Part, Rung, World

if TYPE_CHECKING:
    from sim.model import ConflictModel

Numbers = NDArray[np.float64]
LONGEST_SUBSTEP = 1.0  # days: a longer step is fought in parts, so that its length changes little


@rule(None, neutral=0.5)
def contest_success(odds: Amount) -> Amount:
    """The attacker's chance in a contest, from the ratio of the two strengths.

    Source: contest success function in ratio form (Tullock 1980, Skaperdas 1996):
    p = x^m / (x^m + y^m), with odds = (x / y)^m.

    Args:
        odds: 0 or more.

    >>> contest_success(odds=3.0)
    0.75
    """
    return odds / (1.0 + odds)


@rule(None, neutral=1.0)
def left_after_attrition(enemy: Amount, rate: Amount, days: float) -> Amount:
    """The share of a force left after some days against an enemy of some relative strength.

    Source: Lanchester (1916), square law: losses follow the enemy's strength.

    Args:
        enemy: strength over one's own, 0 or more.
        rate: loss per day at even strength.
        days: the time that passes.

    >>> float(left_after_attrition(enemy=2.0, rate=0.0, days=7.0))
    1.0
    """
    return np.exp(-np.asarray(rate) * enemy * days)


@rule(None, neutral=1.0)
def supply_of_core(lifeline: Amount, isolation: Amount) -> Amount:
    """A core that is cut off from its home fights with what is left.

    Source: loss of strength (Boulding 1962), where the road is what counts; the floor is an assumption.

    Args:
        lifeline: the best link still open, 0-1.
        isolation: strength left without one, 0-1.

    >>> supply_of_core(lifeline=1.0, isolation=0.25)
    1.0
    """
    return isolation + (1.0 - isolation) * lifeline


def break_out(model: "ConflictModel") -> None:
    """Start the fighting where it has just broken out: draw the fortune of war, count it."""
    world = model.world
    begins = world.war_begins
    if not begins.any():
        return
    draw = model.luck.uniform_each(model.ground.land.stop, model.step_number, "fortune", "war")
    spread = np.asarray(model.settings.combat.fortune)[..., None]
    fortune = np.exp(spread * np.log(draw / (1.0 - draw)))
    world.fortune[begins] = fortune[begins]
    world.promise[begins] = model.luck.uniform(model.step_number, "promise", "war")[begins]
    opens = begins & world.offensive
    world.first_war_day[opens & (world.offensives == 0)] = model.day
    world.offensives[opens] += 1
    world.clashes[begins & ~world.offensive] += 1
    world.war_days[begins] = 0.0


def fight(model: "ConflictModel") -> None:
    """Fight for one step, in parts of a day at most, in the worlds that are at war."""
    world, rows = model.world, model.at_war
    world.lost_now[...] = 0.0
    world.intensity[...] = 0.0
    world.pressure[...] = 0.0
    world.momentum[...] = 0.0
    _recover(model)
    if rows is None:
        return
    here, ours = world.at(rows), model.settings.at(rows)
    intensity = np.where(here.offensive, 1.0, ours.challenger.clash_effort)
    world.intensity[rows] = intensity
    fears, worths = model.challenger.fears(here, ours), model.challenger.worths(ours, intensity.size)
    ground = model.ground
    ease, odds = _some(ground.ease, rows), _some(ground.odds, rows)
    parts = int(np.ceil(model.days / LONGEST_SUBSTEP))
    length = model.days / parts
    held = here.held.copy()
    for _ in range(parts):
        effort = model.challenger.aim(held, worths, fears, ease)
        balance = np.exp(ours.combat.decisiveness * _log_balance(model, here, ours))
        success = contest_success(odds=balance[:, None] * odds * _cut_off(ground, held, ours))
        pace = ours.combat.tempo * intensity * length
        advance = pace[:, None] * effort * success * here.fortune / ground.area[ground.land]
        lost = np.minimum(held[:, ground.land], advance)
        held[:, ground.land] -= lost
        world.taken[rows, ground.land] += lost
        world.lost_now[rows] += total(lost * ground.contested / _positive(ground.start[ground.land]))
        world.momentum[rows] = total(effort * success)
        _attrite(model, world, rows, ours, balance, intensity, length)
    world.held[rows] = held
    world.pressure[rows] = ground.by_class(effort)
    world.out_of_targets[rows] = world.pressure[rows].sum(axis=1) <= 0
    for days in (world.war_days, world.all_war_days):
        days[rows] += model.days
    first = world.offensive[rows] & (world.offensives[rows] == 1)
    world.first_war_days[rows] += model.days * first


def _some(facts: Numbers, rows: Any) -> Numbers:
    """The facts of the land for some worlds: they have a row a world only where parameters differ."""
    return facts[rows] if facts.ndim == 2 and facts.shape[0] > 1 else facts


def _positive(shares: Numbers) -> Numbers:
    return np.where(shares > 0, shares, 1.0)


def _log_balance(model: "ConflictModel", here: Part, ours: Settings) -> Any:
    """Log of the challenger's over the client's strength, the patron's arms and troops included."""
    arms = ours.combat.arms_supply * (here.level == Rung.ARMS)
    troops = ours.combat.patron_troops * here.capability * (here.level == Rung.TROOPS)
    return model.challenger.advantage(here, ours) - np.log(1.0 + arms + troops)


def _cut_off(ground: Ground, held: Numbers, ours: Settings) -> Numbers:
    """(worlds, land) factor on the odds where the core's links are lost."""
    factor = np.ones((held.shape[0], ground.land.stop))
    if ground.core_linked or ground.lifelines.size == 0:
        return factor
    lifeline = held[:, ground.lifelines].max(axis=1)
    supply = supply_of_core(lifeline=lifeline, isolation=ours.combat.isolation)
    factor[:, ground.of_class[1]] = np.exp(-ours.combat.decisiveness * np.log(supply))[:, None]
    return factor


def _attrite(
    model: "ConflictModel",
    world: World,
    rows: Any,
    ours: Settings,
    balance: Numbers,
    intensity: Numbers,
    length: float,
) -> None:
    """Wear both sides down, in proportion to the enemy's relative strength."""
    rate = ours.combat.attrition * intensity
    world.client_fit[rows] *= left_after_attrition(enemy=balance, rate=rate, days=length)
    world.challenger_fit[rows] *= left_after_attrition(enemy=1.0 / (balance + TINY), rate=rate, days=length)


def _recover(model: "ConflictModel") -> None:
    """Make losses good where there is peace."""
    world = model.world
    rate = ~world.at_war / (np.asarray(model.settings.combat.rebuilding) * 365.25)
    world.client_fit = approached(world.client_fit, 1.0, rate, model.days)
    world.challenger_fit = approached(world.challenger_fit, 1.0, rate, model.days)


def take_stock(model: "ConflictModel") -> None:
    """Work out what the step did to the land: shares lost, people displaced, lines crossed."""
    world, ground = model.world, model.ground
    settings = model.settings
    own = world.held[:, ground.land]
    start = _positive(ground.start[ground.land])
    contested = own * (ground.contested / start)
    outer, core = ground.of_class[:2]
    world.held_outer = total(contested[:, outer])
    world.held_contested = world.held_outer + total(contested[:, core])
    world.core_lost = 1.0 - total(own * (ground.core / start)) if ground.core.any() else world.core_lost
    if ground.recognised.any():
        world.recognised_lost = 1.0 - total(own * (ground.recognised / start))
    homeless = 1.0 - total(own * (ground.people / start)) if ground.people.any() else world.core_lost
    fleeing = world.at_war & world.offensive & (world.held_contested > 0)
    flight = settings.combat.flight * fleeing
    back = ~fleeing / np.asarray(settings.combat.return_home)
    gone = approached(world.displaced, 1.0, flight, model.days)
    world.displaced = np.maximum(approached(gone, homeless, back, model.days), homeless)
    capital = ground.of_class[3]
    if capital.stop > capital.start:
        fallen = 1.0 - total(own[:, capital]) / (capital.stop - capital.start)
    else:
        fallen = np.zeros_like(world.core_lost)
    world.existential = 1.0 - (1.0 - fallen) * (1.0 - world.recognised_lost)
    lost_half = (own < 0.5 * ground.start[ground.land]) & np.isnan(world.fell_on[:, ground.land])
    world.fell_on[:, ground.land][lost_half] = model.day + model.days
    lines = settings.red_lines
    attacked = world.intensity * (world.pressure[:, 2] + world.pressure[:, 3])
    world.crossed[:, 0] |= world.core_lost >= lines.core.threshold
    world.crossed[:, 1] |= attacked >= lines.recognised.threshold
    world.crossed[:, 2] |= world.displaced >= lines.humanitarian.threshold
    world.crossed[:, 3] |= world.existential >= lines.existential.threshold
    world.over |= fallen >= 0.5
