"""The challenger: when it fights, for which land, and what it learns from the patron's answer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor
from agents.backer import shield_of_backer, strength_with_backer
from agents.ladder import SUPPORT
from sim.quantities import (
    Numbers,
    approached,
    column,
    largest,
    logistic,
    mean,
    per_day,
    side_by_side,
    total,
    within,
)
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import CAPITAL, CORE, LEGAL_CLASSES, OUTER, RECOGNISED, Aim, Terms


@rule("C3", neutral="gratitude")
def updated_gratitude(
    gratitude: Amount,
    won: Amount,
    blocked: Amount,
    gain: Amount,
    resentment: Amount,
    decay: Amount,
    days: float,
) -> Amount:
    """A challenger is grateful for land it wins while the patron stands aside, and resents being stopped.

    Claim C3. Selective accommodation, and its fading (Crawford 2011).

    Args:
        gratitude: the gratitude before, 0-1.
        won: land won while the patron stood aside, as a share of the contested land, 0 or more.
        blocked: the share in which the patron blocks a war, 0-1.
        gain: the gratitude per share of land.
        resentment: the gratitude lost per day of being blocked.
        decay: the rate of fading per year.
        days: the time that passes.

    >>> round(float(updated_gratitude(
    ...     gratitude=0.4, won=0.5, blocked=0.0, gain=1.5, resentment=0.1, decay=0.0, days=1.0)), 2)
    0.72
    """
    warmed = approached(gratitude, 1.0, gain, won)  # where nothing is won, the same to the last bit
    fading = per_day(decay) + resentment * blocked
    return approached(warmed, 0.0, fading, days)


@rule("C31", neutral="blurred")
def perceived_red_line(line: Amount, blurred: Amount, signalled: Amount) -> Amount:
    """A signalled red line is seen where it is; unsignalled, all lines blur into one.

    Claim C31: red lines were communicated in private.

    Args:
        line: the chance of a reaction with force at this line, 0-1.
        blurred: the mean over all lines, 0-1.
        signalled: how clearly the lines are signalled, 0-1.

    >>> perceived_red_line(line=0.0, blurred=0.5, signalled=1.0)
    0.0
    """
    return signalled * line + (1.0 - signalled) * blurred


@rule("C32", neutral=0.0)
def fear_at_border(line: Amount) -> Amount:
    """A challenger expects a reaction at the recognised border as far as the patron would react there.

    Claim C32: the border should not be touched. How certain that is follows from the patron's own choice.

    Args:
        line: the chance of a reaction with force, as the challenger sees it, 0-1.

    >>> fear_at_border(line=0.9)
    0.9
    """
    return line


@rule("C34", neutral="line")
def fear_at_core(line: Amount, clarity: Amount, weight: Amount) -> Amount:
    """A challenger fears less for attacking the core once the patron says that it is not covered.

    Claim C34: stated scope and probable behaviour differ.

    Args:
        line: the chance of a reaction with force, 0-1.
        clarity: how openly the narrow scope is stated, 0-1.
        weight: fear that an open statement takes away, 0-1.

    >>> fear_at_core(line=0.8, clarity=1.0, weight=0.5)
    0.4
    """
    return line * (1.0 - weight * clarity)


@rule("C55", neutral=1.0)
def appeal_of_target(worth: Amount, fear: Amount, ease: Amount) -> Amount:
    """A challenger attacks where the land is worth more than the fear, and the ground is easy.

    Claim C55: it calibrates its war to the patron's expected reaction.

    Args:
        worth: the worth of the land to the challenger, 0-1.
        fear: the fear of the patron's reaction there, 0-1.
        ease: the ease of the ground, above 0.

    >>> float(appeal_of_target(worth=0.5, fear=0.6, ease=1.0))
    0.0
    """
    net = np.maximum(np.asarray(worth) - fear, 0.0)
    return net * net * ease


@rule(None, neutral=0.0)
def rate_of_outbreak(success: Amount, prize: Amount, rate: Amount, odds: Amount, steepness: Amount) -> Amount:
    """War is likelier, the more of what it wants a dissatisfied rising power expects to win.

    Source: power transition (Organski and Kugler 1980).

    Args:
        success: expected success, 0-1.
        prize: what there is to win net of fear, 0-1.
        rate: outbreaks per day when everything speaks for one.
        odds: expected success at which half of these outbreaks happen.
        steepness: how sharply the decision follows success.

    >>> float(rate_of_outbreak(success=0.6, prize=1.0, rate=0.5, odds=0.6, steepness=30.0))
    0.25
    """
    return rate * prize * logistic(steepness * (np.asarray(success) - odds))


# The classes of land attacked under each aim: outer, core, recognised, capital.
TARGETS = np.array(
    [
        [0, 0, 0, 0],  # none
        [1, 1, 1, 1],  # a probe
        [1, 0, 0, 0],  # outer land
        [1, 1, 0, 0],  # the core, and the land around it
        [0, 0, 1, 0],  # home land
        [1, 1, 1, 1],  # everything
    ],
    dtype=float,
)
OFFENSIVES = slice(Aim.OUTER, Aim.EVERYTHING + 1)
CLASSES_OF_AIM = [  # the same for each aim of an offensive, as a slice from the first class to the last
    slice(int(np.flatnonzero(target)[0]), int(np.flatnonzero(target)[-1]) + 1)
    for target in TARGETS[OFFENSIVES]
]
NOTHING_TO_WIN = -1e9  # worth of an aim with no land left to take: never chosen, however imprecise the choice
LEAST_LAND = 0.02  # share of the land of a class: less than this is not worth going on for; assumption


class Challenger(Actor):
    """Attacks where it wants land and expects no reaction by the patron, and learns whether it was right."""

    shows = ("gratitude", "prize", "offensive", "challenger_arms")

    def muster(self) -> Changes:
        """Log of the challenger's strength over the client's, backer included."""
        now, numbers = self.now, self.numbers
        own = now.challenger_arms * now.challenger_fit * numbers.challenger.strength
        material = numbers.backer.material_share
        own = own * self.apply(strength_with_backer, backing=now.backing, material=material)
        return {"advantage": np.log(own / (now.client_arms * now.client_fit * numbers.client.strength))}

    def answer(self) -> Changes:
        """Take the offer of a round of talks, or not."""
        if not self.now.offer_made.any():
            return {"agrees": self.now.offer_made}
        takes = self.luck("answer") < self.numbers.mediators.challenger_accepts
        return {"agrees": self.now.offer_made & takes}

    def fears(self) -> Numbers:
        """(worlds, classes) the chance of force that it expects if it attacks land of each legal class."""
        now, numbers = self.now, self.numbers
        chances = now.force_if
        core = self.apply(
            fear_at_core,
            line=chances[:, CORE],
            clarity=now.stated_clarity * (1.0 - numbers.patron.scope_contested),
            weight=numbers.challenger.weight_of_statement,
        )
        core = np.maximum(core, numbers.settlement.peacekeeping * now.peacekeepers)
        border = self.apply(fear_at_border, line=chances[:, RECOGNISED])
        true = side_by_side([chances[:, OUTER], core, border, chances[:, CAPITAL]])
        there = np.flatnonzero(self.model.scene.land.class_area > 0)  # a blur of lines on land that exists
        blurred = np.broadcast_to(column(mean(true[:, there])), true.shape)
        signalled = column(numbers.red_lines.signalled)
        seen = self.apply(perceived_red_line, line=true, blurred=blurred, signalled=signalled)
        return self.apply(
            shield_of_backer,
            fear=now.belief * seen,
            backing=column(now.backing),
            shield=column(numbers.backer.shield),
        )

    def worths(self) -> Numbers:
        """(worlds, classes) the worth of land of each legal class."""
        own = self.numbers.challenger
        worths = np.empty((self.now.rung.size, LEGAL_CLASSES))
        worths[:, OUTER] = own.value_contested
        worths[:, CORE] = own.value_core
        worths[:, RECOGNISED] = own.value_recognised
        worths[:, CAPITAL] = own.value_recognised
        return worths

    def aim(self) -> Changes:
        """Spread effort over the fronts of its aim; none where no target is left or is worth it."""
        now, scene = self.now, self.model.scene
        land = scene.land
        appeal = self.apply(
            appeal_of_target,
            worth=np.take(self.worths(), land.class_of, axis=1),
            fear=np.take(now.fear, land.class_of, axis=1),
            ease=scene.of_worlds(land.ease),
        )
        open_to = land.fronts(now.held) & (np.take(self.targets(), land.class_of, axis=1) > 0)
        appeal = np.where(open_to, appeal, 0.0)
        whole = total(appeal)[:, None]
        effort = np.divide(appeal, whole, out=np.zeros_like(appeal), where=whole > 0)
        pressure = land.by_class(effort)
        return {"effort": effort, "pressure": pressure, "out_of_targets": largest(pressure) <= 0}

    def targets(self) -> Numbers:
        """(worlds, classes) 1 where land of a class belongs to the present aim and is still to be had."""
        return np.take(TARGETS, self.now.aim, axis=0) * self.within_reach()

    def within_reach(self) -> Numbers:
        """(worlds, classes) 1 where there is land of a class still to be had."""
        land = self.model.scene.land
        held = land.by_class(self.now.held * land.area)
        return np.where(held > LEAST_LAND * land.class_area, 1.0, 0.0)

    def plan(self) -> Changes:
        """See what it would have to fear, and what there is to win net of that."""
        now, fear = self.now, self.fears()
        if now.at_war.all():  # only worlds at peace need a prize: the rest would be worked out for nothing
            return {"fear": fear}
        prize = within(largest(self.worth_of_aims(fear)))
        return {"fear": fear, "prize": np.where(now.at_war, now.prize, prize)}

    def judge(self) -> Changes:
        """Open a probe or an offensive in worlds at peace: likelier, the more there is to win net of fear."""
        now, own = self.now, self.numbers.challenger
        success = logistic(now.advantage)
        served = now.handing_over | (now.terms == Terms.DEAL)
        rate = rate_of_outbreak(
            success=success,
            prize=now.prize * np.where(served, 1.0 - self.numbers.mediators.deal_calm, 1.0),
            rate=per_day(own.war_rate),
            odds=own.war_odds,
            steepness=own.steepness,
        )
        starts = self.happens("outbreak", rate) & ~now.at_war
        if not starts.any():
            return {"war_begins": starts}
        bold = self.luck("offensive") < logistic(own.steepness * (success - own.offensive_odds))
        return {
            "at_war": now.at_war | starts,
            "offensive": np.where(starts, bold, now.offensive),
            "aim": np.where(starts, np.where(bold, self.chosen_aim(), Aim.PROBE), now.aim),
            "war_begins": starts,
        }

    def attack(self) -> Changes:
        """Choose the aim of an offensive with which the scenario opens."""
        return {"aim": self.chosen_aim()}

    def worth_of_aims(self, fear: Numbers) -> Numbers:
        """(worlds, offensive aims) what the land of each aim is worth, net of the fear of attacking it."""
        gain = self.worths() * self.within_reach()
        feared = fear * (gain > 0)
        columns = []
        for classes in CLASSES_OF_AIM:
            won = total(gain[:, classes])
            net = won - largest(feared[:, classes]) * self.stake(won)
            columns.append(np.where(won > 0, net, NOTHING_TO_WIN))
        return side_by_side(columns)

    def stake(self, won: Any) -> Any:
        """What it loses if the patron steps in: all that it would have won, and the price of a clash."""
        return won + self.numbers.challenger.price_of_clash

    def chosen_aim(self) -> NDArray[np.int64]:
        """(worlds,) the aim of an offensive: the more it would bring, the likelier (logit)."""
        worth = self.worth_of_aims(self.now.fear)
        odds = np.exp(column(self.numbers.challenger.aim_precision) * (worth - largest(worth)[:, None]))
        shares = np.cumsum(odds, axis=1) / column(total(odds))
        return Aim.OUTER + (self.luck("aim")[:, None] > shares[:, :-1]).sum(axis=1)

    def learn(self) -> Changes:
        """Be grateful or resentful, and learn how the patron reacts to an attack, line by line."""
        now, own = self.now, self.numbers.challenger
        support = np.take(SUPPORT, now.rung)
        gratitude = self.apply(
            updated_gratitude,
            gratitude=now.gratitude,
            won=now.lost_now * (1.0 - support),
            blocked=support * now.intensity,
            gain=own.gratitude_gain,
            resentment=own.resentment,
            decay=own.gratitude_decay,
            days=self.elapsed,
        )
        seen = column(own.belief_learning * now.intensity) * now.pressure
        taught = approached(now.belief, column(support), seen, column(self.elapsed))
        memory = per_day(1.0 / np.asarray(own.belief_memory)) * (1.0 - now.intensity)
        return {
            "gratitude": within(gratitude),
            "belief": approached(taught, column(own.resolve_belief), column(memory), column(self.elapsed)),
        }
