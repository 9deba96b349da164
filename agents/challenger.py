"""The challenger: when it fights, for which land, and what it learns from the patron's answer."""

from typing import Any

import numpy as np

from agents.actor import Actor
from agents.backer import shield_of_backer, strength_with_backer
from agents.patron import PROTECTION
from sim.quantities import Numbers, approached, column, logistic, per_day, side_by_side, total, within
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import Terms

OUTER, CORE, RECOGNISED, CAPITAL = range(4)


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
        won: share of the contested land won while the patron stood aside, 0-1.
        blocked: the share in which the patron blocks a war, 0-1.
        gain: the gratitude per share of land.
        resentment: the gratitude lost per day of being blocked.
        decay: the rate of fading per year.
        days: the time that passes.

    >>> float(updated_gratitude(
    ...     gratitude=0.4, won=0.0, blocked=0.0, gain=1.0, resentment=0.1, decay=0.0, days=1.0))
    0.4
    """
    warmed = 1.0 - (1.0 - gratitude) * np.exp(-np.asarray(gain) * won)
    fading = per_day(decay) + resentment * blocked
    return approached(warmed, 0.0, fading, days)


@rule("C31", neutral="blurred")
def perceived_red_line(line: Amount, blurred: Amount, signalled: Amount) -> Amount:
    """A signalled red line is seen where it is; unsignalled, all lines blur into one.

    Claim C31: red lines were told in private.

    Args:
        line: certainty of a reaction at this line, 0-1.
        blurred: the mean over all lines, 0-1.
        signalled: how clearly the lines are signalled, 0-1.

    >>> perceived_red_line(line=0.0, blurred=0.5, signalled=1.0)
    0.0
    """
    return signalled * line + (1.0 - signalled) * blurred


@rule("C32", neutral=0.0)
def fear_at_border(line: Amount) -> Amount:
    """A challenger expects a certain reaction at the recognised border.

    Claim C32: the border should not be touched.

    Args:
        line: certainty of a reaction, 0-1.

    >>> fear_at_border(line=0.9)
    0.9
    """
    return line


@rule("C34", neutral="line")
def fear_at_core(line: Amount, clarity: Amount, weight: Amount) -> Amount:
    """A challenger fears less for attacking the core once the patron says that it is not covered.

    Claim C34: stated scope and probable behaviour differ.

    Args:
        line: certainty of a reaction, 0-1.
        clarity: how openly the narrow scope is stated, 0-1.
        weight: fear that an open statement takes away, 0-1.

    >>> fear_at_core(line=0.8, clarity=1.0, weight=0.5)
    0.4
    """
    return line * (1.0 - weight * clarity)


@rule("C55", neutral=1.0)
def appeal_of_target(worth: Amount, fear: Amount, ease: Amount) -> Amount:
    """A challenger attacks where the land is worth more than the fear, and the ground easy.

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
    """War is likelier the more a dissatisfied riser expects to win of what it wants.

    Source: power transition (Organski and Kugler 1980).

    Args:
        success: expected success, 0-1.
        prize: what there is to win net of fear, 0-1.
        rate: outbreaks per day when everything speaks for one.
        odds: success at which half of them happen.
        steepness: how sharply the decision follows success.

    >>> float(rate_of_outbreak(success=0.6, prize=1.0, rate=0.5, odds=0.6, steepness=30.0))
    0.25
    """
    return rate * prize * logistic(steepness * (np.asarray(success) - odds))


class Challenger(Actor):
    """Attacks where it wants land and does not fear the patron, and learns whether it should."""

    def muster(self) -> Changes:
        """Log of the challenger's strength over the client's, backer included."""
        now, numbers = self.now, self.numbers
        own = now.challenger_arms * now.challenger_fit * numbers.challenger.strength
        material = numbers.backer.material_share
        own = own * self.apply(strength_with_backer, backing=now.backing, material=material)
        return {"advantage": np.log(own / (now.client_arms * now.client_fit * numbers.client.strength))}

    def fears(self) -> Numbers:
        """(worlds, 4) fear of the patron's reaction on land of each legal class."""
        now, numbers = self.now, self.numbers
        lines, guarantee = numbers.red_lines, numbers.patron
        outer = guarantee.guarantee * guarantee.scope_contested
        core = self.apply(
            fear_at_core,
            line=certainty(lines.core.weight),
            clarity=now.stated_clarity,
            weight=numbers.challenger.weight_of_statement,
        )
        core = np.maximum(core, numbers.settlement.peacekeeping * now.peacekeepers)
        border = self.apply(fear_at_border, line=certainty(lines.recognised.weight))
        true = side_by_side([outer, core, border, certainty(lines.existential.weight)])
        blurred = np.broadcast_to(column(total(true) / 4.0), true.shape)
        seen = self.apply(perceived_red_line, line=true, blurred=blurred, signalled=column(lines.signalled))
        return self.apply(
            shield_of_backer,
            fear=column(now.belief * now.capability) * seen,
            backing=column(now.backing),
            shield=column(numbers.backer.shield),
        )

    def worths(self) -> Numbers:
        """(worlds, 4) worth of land of each legal class."""
        numbers = self.numbers
        worths = np.empty((self.now.belief.size, 4))
        worths[:, OUTER] = numbers.challenger.value_contested
        worths[:, CORE] = numbers.challenger.value_core
        worths[:, RECOGNISED] = numbers.challenger.value_recognised
        worths[:, CAPITAL] = numbers.challenger.value_recognised
        return worths

    def decide(self) -> Changes:
        """Spread the effort over the fronts; none where no target is worth it."""
        scene, land = self.model.scene, self.model.scene.land
        appeal = self.apply(
            appeal_of_target,
            worth=np.take(self.worths(), land.class_of, axis=1),
            fear=np.take(self.fears(), land.class_of, axis=1),
            ease=scene.of_worlds(land.ease),
        )
        appeal = np.where(land.fronts(self.now.held), appeal, 0.0)
        whole = total(appeal)[:, None]
        return {"effort": np.divide(appeal, whole, out=np.zeros_like(appeal), where=whole > 0)}

    def prize(self) -> Any:
        """The most that land still to be had is worth net of fear, 0-1."""
        now, land = self.now, self.model.scene.land
        net = np.maximum(self.worths() - self.fears(), 0.0)
        outer = net[:, OUTER] * (now.held_outer > 0)
        core = net[:, CORE] * (now.core_lost < 1) * land.core.any()
        return np.maximum(np.maximum(outer, core), net[:, RECOGNISED] * land.recognised.any())

    def judge(self) -> Changes:
        """Open a war, a limited clash or a full offensive, where there is peace."""
        now, own = self.now, self.numbers.challenger
        success = logistic(now.advantage)
        served = now.handing_over | (now.terms == Terms.DEAL)
        appetite = np.where(served, 1.0 - self.numbers.mediators.deal_calm, 1.0)
        rate = rate_of_outbreak(
            success=success,
            prize=self.prize() * appetite,
            rate=per_day(own.war_rate),
            odds=own.war_odds,
            steepness=own.steepness,
        )
        starts = self.happens("outbreak", rate) & ~now.at_war
        bold = self.luck("offensive") < logistic(own.steepness * (success - own.offensive_odds))
        return {
            "at_war": now.at_war | starts,
            "offensive": np.where(starts, bold, now.offensive),
            "war_begins": starts,
        }

    def learn(self) -> Changes:
        """Be grateful or resentful, and learn how the patron reacts to an attack."""
        now, own = self.now, self.numbers.challenger
        support = PROTECTION[now.rung]
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
        taught = approached(now.belief, support, own.belief_learning * now.intensity, self.elapsed)
        memory = per_day(1.0 / np.asarray(own.belief_memory)) * (1.0 - now.intensity)
        return {
            "gratitude": within(gratitude),
            "belief": approached(taught, own.resolve_belief, memory, self.elapsed),
        }


def certainty(weight: Amount) -> Any:
    """How certain a reaction looks at a red line of some weight, 0-1."""
    return -np.expm1(-np.asarray(weight))
