"""What happens where there is fighting?

Contest for each front, attrition, flight. The challenger aims (agents/challenger.py); who wins is a law.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.quantities import TINY, approached, column, largest, per_day, pick, total
from sim.rule import Amount, rule
from sim.world import Rows, Rung

if TYPE_CHECKING:
    from sim.model import ConflictModel

Numbers = NDArray[np.float64]
REMNANT = 0.01  # share of a force that is always left; assumption, keeps every ratio of strengths finite


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
    which = np.flatnonzero(begins)
    draw = pick(model.luck.uniform_each(model.land.size, model.step_number, "fortune", "war"), which)
    spread = column(model.settings.at(which).combat.fortune)
    world.fortune[which] = np.exp(spread * np.log(draw / (1.0 - draw)))
    world.promise[begins] = model.luck.uniform(model.step_number, "promise", "war")[begins]
    opens = begins & world.offensive
    first = opens & (world.offensives == 0)
    world.first_war_day[first] = model.day
    world.opinion_before_war[first] = world.opinion[first]
    world.offensives[opens] += 1
    world.clashes[begins & ~world.offensive] += 1
    world.war_days[begins] = 0.0


def fight(model: "ConflictModel") -> None:
    """Fight for one part of a step, in the worlds that are at war."""
    world, rows, here, ours, ground = model.world, model.rows, model.here, model.ours, model.land
    intensity = np.where(here.offensive, 1.0, ours.challenger.clash_effort)
    effort = model.challenger.aim(of_worlds(ground.ease, rows))
    balance = np.exp(ours.combat.decisiveness * _log_balance(model))
    success = contest_success(odds=balance[:, None] * of_worlds(ground.odds, rows) * _cut_off(model))
    pace = ours.combat.tempo * intensity * model.elapsed
    advance = pace[:, None] * effort * success * here.fortune / ground.area
    lost = np.minimum(here.held, advance)
    world.held[rows] = here.held - lost
    world.taken[rows] = here.taken + lost
    world.lost_now[rows] = total(lost * ground.contested_of_share)
    world.lost_lately[rows] += world.lost_now[rows]
    world.momentum[rows] = total(effort * success)
    world.intensity[rows] = intensity
    pressure = ground.by_class(effort)
    world.pressure[rows] = pressure
    world.out_of_targets[rows] = largest(pressure) <= 0
    _attrite(model, balance, intensity)
    _count_days(model)


def of_worlds(facts: Numbers, rows: Rows) -> Numbers:
    """The facts of the land for some worlds: they have a row a world only where parameters differ."""
    return pick(facts, rows) if facts.ndim == 2 and facts.shape[0] > 1 else facts


def _log_balance(model: "ConflictModel") -> Any:
    """Log of the challenger's over the client's strength, the patron's arms and troops included."""
    here, combat = model.here, model.ours.combat
    arms = combat.arms_supply * (here.rung == Rung.ARMS)
    troops = combat.patron_troops * here.capability * (here.rung == Rung.TROOPS)
    return model.challenger.advantage() - np.log(1.0 + arms + troops)


def _cut_off(model: "ConflictModel") -> Numbers:
    """(worlds, land) factor on the odds where the core's links are lost."""
    ground, held, combat = model.land, model.here.held, model.ours.combat
    factor = np.ones(held.shape)
    if ground.core_linked or ground.lifelines.size == 0:
        return factor
    lifeline = largest(held[:, ground.lifelines])
    supply = supply_of_core(lifeline=lifeline, isolation=combat.isolation)
    factor[:, ground.of_class[1]] = np.exp(-combat.decisiveness * np.log(supply))[:, None]
    return factor


def _attrite(model: "ConflictModel", balance: Numbers, intensity: Numbers) -> None:
    """Wear both sides down, in proportion to the enemy's relative strength."""
    world, rows, days = model.world, model.rows, model.elapsed
    rate = model.ours.combat.attrition * intensity
    for fit, enemy in ((world.client_fit, balance), (world.challenger_fit, 1.0 / (balance + TINY))):
        left = pick(fit, rows) * left_after_attrition(enemy=enemy, rate=rate, days=days)
        fit[rows] = np.maximum(left, REMNANT)


def _count_days(model: "ConflictModel") -> None:
    world, rows = model.world, model.rows
    world.war_days[rows] += model.elapsed
    world.all_war_days[rows] += model.elapsed
    first = model.here.offensive & (model.here.offensives == 1)
    world.first_war_days[rows] += model.elapsed * first


def recover(model: "ConflictModel") -> None:
    """Make losses good, and let people return, where there is peace."""
    here, ours, world, rows = model.here, model.ours, model.world, model.rows
    rate = per_day(1.0 / np.asarray(ours.combat.rebuilding))
    world.client_fit[rows] = approached(here.client_fit, 1.0, rate, model.elapsed)
    world.challenger_fit[rows] = approached(here.challenger_fit, 1.0, rate, model.elapsed)
    home = approached(here.displaced, here.homeless, 1.0 / np.asarray(ours.combat.return_home), model.elapsed)
    world.displaced[rows] = np.maximum(home, here.homeless)


def uproot(model: "ConflictModel") -> None:
    """People leave land that has been handed over, whether or not there is fighting elsewhere."""
    model.world.displaced[model.rows] = np.maximum(model.here.displaced, model.here.homeless)


def flee(model: "ConflictModel") -> None:
    """Let people of the core flee where there is an offensive."""
    here, world, rows = model.here, model.world, model.rows
    fleeing = here.offensive & (here.held_contested > 0)
    gone = approached(here.displaced, 1.0, model.ours.combat.flight * fleeing, model.elapsed)
    world.displaced[rows] = np.maximum(gone, here.homeless)


def take_stock(model: "ConflictModel", moment: float) -> None:
    """Work out what has become of the land: shares lost, people without a home, lines crossed.

    Args:
        moment: the day that it is, from the start of the scenario.
    """
    world, rows, ground, here = model.world, model.rows, model.land, model.here
    own = here.held
    contested = own * ground.contested_of_share
    outer, core, _, capital = ground.of_class[:4]
    world.held_outer[rows] = total(contested[:, outer])
    world.held_contested[rows] = total(contested[:, outer]) + total(contested[:, core])
    world.core_lost[rows] = ground.lost(own, ground.core)
    world.recognised_lost[rows] = ground.lost(own, ground.recognised)
    world.homeless[rows] = ground.lost(own, ground.people)
    fallen = largest(1.0 - own[:, capital]) if capital.stop > capital.start else 0.0
    world.existential[rows] = 1.0 - (1.0 - fallen) * (1.0 - world.recognised_lost[rows])
    world.over[rows] |= fallen >= 0.5
    fell = (own < 0.5 * ground.start) & np.isnan(here.fell_on)
    if fell.any():
        which, place = np.nonzero(fell)
        world.fell_on[np.arange(world.over.size)[rows][which], place] = moment


def cross_lines(model: "ConflictModel", moment: float) -> None:
    """Note which red lines have been crossed, and when the first was."""
    here, lines = model.here, model.ours.red_lines
    attacked = here.intensity * (here.pressure[:, 2] + here.pressure[:, 3])
    now = (
        here.core_lost >= lines.core.threshold,
        attacked >= lines.recognised.threshold,
        here.displaced >= lines.humanitarian.threshold,
        here.existential >= lines.existential.threshold,
    )
    crossed = np.stack(now, axis=1)
    model.world.crossed[model.rows] |= crossed
    first = crossed.any(axis=1) & np.isnan(here.first_line_day)
    model.world.first_line_day[model.rows] = np.where(first, moment, here.first_line_day)
