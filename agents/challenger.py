"""When does a challenger fight, and for which land?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor, Changes
from agents.patron import PROTECTION
from sim.quantities import approached, column, logistic, per_day, side_by_side, total, within
from sim.rule import Amount, rule
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
        gratitude: before, 0-1.
        won: share of the contested land won while the patron stood aside, 0-1.
        blocked: how far the patron blocks a war, 0-1.
        gain: gratitude per share of land.
        resentment: gratitude lost per day of being blocked.
        decay: rate of fading per year.
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
        worth: of the land to the challenger, 0-1.
        fear: of the patron's reaction there, 0-1.
        ease: of the ground, above 0.

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

    def advantage(self) -> Any:
        """Log of the challenger's strength over the client's, backer included."""
        here, ours = self.here, self.ours
        own = here.challenger_arms * here.challenger_fit * ours.challenger.strength
        own = own * self.model.backer.strength()
        return np.log(own / (here.client_arms * here.client_fit * ours.client.strength))

    def fears(self) -> NDArray[np.float64]:
        """(worlds, 4) fear of the patron's reaction on land of each legal class."""
        here, ours = self.here, self.ours
        lines, guarantee = ours.red_lines, ours.patron
        outer = guarantee.guarantee * guarantee.scope_contested
        core = self.follow(
            fear_at_core,
            line=certainty(lines.core.weight),
            clarity=here.stated_clarity,
            weight=ours.challenger.weight_of_statement,
        )
        core = np.maximum(core, ours.settlement.peacekeeping * here.peacekeepers)
        border = self.follow(fear_at_border, line=certainty(lines.recognised.weight))
        true = side_by_side([outer, core, border, certainty(lines.existential.weight)])
        blurred = np.broadcast_to(column(total(true) / 4.0), true.shape)
        seen = self.follow(perceived_red_line, line=true, blurred=blurred, signalled=column(lines.signalled))
        return self.model.backer.shielded(column(here.belief * here.capability) * seen)

    def worths(self) -> NDArray[np.float64]:
        """(worlds, 4) worth of land of each legal class."""
        ours = self.ours
        worths = np.empty((self.here.belief.size, 4))
        worths[:, OUTER] = ours.challenger.value_contested
        worths[:, CORE] = ours.challenger.value_core
        worths[:, RECOGNISED] = ours.challenger.value_recognised
        worths[:, CAPITAL] = ours.challenger.value_recognised
        return worths

    def aim(self, ease: NDArray[np.float64]) -> NDArray[np.float64]:
        """(worlds, land) how the effort is spread over the fronts; all 0 where no target is worth it."""
        ground = self.model.land
        appeal = self.follow(
            appeal_of_target,
            worth=np.take(self.worths(), ground.class_of, axis=1),
            fear=np.take(self.fears(), ground.class_of, axis=1),
            ease=ease,
        )
        appeal = np.where(ground.fronts(self.here.held), appeal, 0.0)
        whole = total(appeal)[:, None]
        return np.divide(appeal, whole, out=np.zeros_like(appeal), where=whole > 0)

    def prize(self) -> Any:
        """The most that land still to be had is worth net of fear, 0-1."""
        here, ground = self.here, self.model.land
        net = np.maximum(self.worths() - self.fears(), 0.0)
        outer = net[:, OUTER] * (here.held_outer > 0)
        core = net[:, CORE] * (here.core_lost < 1) * ground.core.any()
        return np.maximum(np.maximum(outer, core), net[:, RECOGNISED] * ground.recognised.any())

    def judge(self) -> Changes:
        """Open a war, a limited clash or a full offensive, where there is peace."""
        here, us = self.here, self.ours.challenger
        success = logistic(self.advantage())
        served = here.handing_over | (here.terms == Terms.DEAL)
        appetite = np.where(served, 1.0 - self.ours.mediators.deal_calm, 1.0)
        rate = rate_of_outbreak(
            success=success,
            prize=self.prize() * appetite,
            rate=per_day(us.war_rate),
            odds=us.war_odds,
            steepness=us.steepness,
        )
        starts = self.happens("outbreak", rate) & ~here.at_war
        bold = self.luck("offensive") < logistic(us.steepness * (success - us.offensive_odds))
        return {
            "at_war": here.at_war | starts,
            "offensive": np.where(starts, bold, here.offensive),
            "war_begins": starts,
        }

    def learn(self) -> Changes:
        """Be grateful or resentful, and learn how the patron reacts to an attack."""
        here, us = self.here, self.ours.challenger
        support = PROTECTION[here.rung]
        gratitude = self.follow(
            updated_gratitude,
            gratitude=here.gratitude,
            won=here.lost_now * (1.0 - support),
            blocked=support * here.intensity,
            gain=us.gratitude_gain,
            resentment=us.resentment,
            decay=us.gratitude_decay,
            days=self.days,
        )
        taught = approached(here.belief, support, us.belief_learning * here.intensity, self.days)
        memory = per_day(1.0 / np.asarray(us.belief_memory)) * (1.0 - here.intensity)
        return {
            "gratitude": within(gratitude),
            "belief": approached(taught, us.resolve_belief, memory, self.days),
        }


def certainty(weight: Amount) -> Any:
    """How certain a reaction looks at a red line of some weight, 0-1."""
    return -np.expm1(-np.asarray(weight))
