"""The patron: what it does when its ally is attacked, and why.

The rules give the terms of its choice: duties pull it up the ladder as far as a rung would prevent harm,
restraints hold it down as far as a rung commits. This patron is the article's; those of rival theories count
other terms (agents/theories.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from agents.actor import Actor
from agents.challenger import updated_gratitude
from agents.client import accepts_stop, loyalty_expected
from agents.expectations import (
    Crisis,
    actual,
    chance_by_class,
    guarantee_in_force,
    imagined,
    prevented,
)
from agents.ladder import COMMITMENT, SUPPORT
from agents.reasons import DUTIES, TERMS
from sim.quantities import TINY, Numbers, approached, chance, column, logistic, mean, per_day, total, within
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import FORCE, Rung

NEXT_YEAR = 1.0  # years until the gratitude that a patron hopes for pays off; assumption
THRESHOLD_MARGIN = 1e-9  # share: a threshold is no nearer to 0 or 1, where its odds would be 0 or infinite
LEAST_REACH = 0.01  # share: keeps the price of acting finite for a patron that can send nobody

Utilities = Sequence[Any]  # one for each of the five rungs, in the shape of the crisis weighed
Amounts = dict[str, Any]  # by the name of a reason


@dataclass(frozen=True)
class Considerations:
    """What counts in a crisis, for one theory.

    Attributes:
        harm: the duties: what is at stake, served by each rung as far as it would prevent the harm.
        against: the restraints: what speaks against commitment, the more so the further a rung commits.
        forecasts: what each rung would save or forgo, worked out rung by rung.
    """

    harm: Amounts
    against: Amounts
    forecasts: dict[str, Utilities] = field(default_factory=dict)

    def of_rung(self, rung: Rung, can: Utilities) -> Amounts:
        """What each reason adds to the worth of a rung, by what the rungs would prevent."""
        served = {name: amount * can[rung] for name, amount in self.harm.items()}
        held_back = {name: -amount * COMMITMENT[rung] for name, amount in self.against.items()}
        return served | held_back | {name: rungs[rung] for name, rungs in self.forecasts.items()}

    def worth(self, can: Utilities) -> list[Any]:
        """The worth of each rung: all that counts, added up."""
        pull, hold = reduce(np.add, self.harm.values(), 0.0), reduce(np.add, self.against.values())
        return [
            reduce(np.add, (rungs[rung] for rungs in self.forecasts.values()), pull * can[rung])
            - hold * COMMITMENT[rung]
            for rung in Rung
        ]


@rule("C3", neutral=0.0)
def gratitude_at_stake(interest: Amount, forgone: Amount) -> Amount:
    """A patron weighs the gratitude that it would forgo by acting, as far as it cares for the challenger.

    Claim C3: the patron bets on the challenger's gratitude. Selective accommodation (Crawford 2011).

    Args:
        interest: the patron's interest in the challenger, 0-1.
        forgone: how much less gratitude the challenger would feel, by its own rule, 0-1.

    >>> gratitude_at_stake(interest=0.5, forgone=0.5)
    0.25
    """
    return interest * forgone


@rule("C4", neutral=0.0)
def outrage_at_alignment(turn: Amount, harm: Amount, weight: Amount) -> Amount:
    """A patron is angrier at a turn to the west than at an attack on its ally's unguaranteed land.

    Claim C4: droit de regard over the alignment of its sphere.

    Args:
        turn: step of a sphere member towards other powers, 0-1.
        harm: share of the ally's land lost, 0-1.
        weight: outrage at harm, as a share of that at an equal turn, 0-1.

    >>> outrage_at_alignment(turn=0.5, harm=0.0, weight=0.1)
    0.5
    """
    return turn + weight * harm


@rule("C6", neutral=0.0)
def sphere_at_stake(credibility: Amount, rival: Amount) -> Amount:
    """A rival power's action in its sphere puts the patron's image at stake.

    Claim C6: an image of policing the sphere, built over more than a decade.

    Args:
        credibility: sphere credibility, 0-1.
        rival: how far a rival power is active, 0-1.

    >>> sphere_at_stake(credibility=0.5, rival=0.5)
    0.25
    """
    return credibility * rival


@rule("C6", neutral="credibility")
def updated_sphere_credibility(
    credibility: Amount, rival: Amount, support: Amount, loss: Amount, gain: Amount, days: float
) -> Amount:
    """Sphere credibility is spent on a rival's unanswered action and earned by enforcement.

    Claim C6.

    Args:
        credibility: the credibility before, 0-1.
        rival: how far a rival power is active, 0-1.
        support: how far the patron protects its ally, 0-1.
        loss, gain: the rates of loss and gain per day.
        days: the time that passes.

    >>> round(float(updated_sphere_credibility(
    ...     credibility=0.7, rival=1.0, support=0.0, loss=0.1, gain=0.1, days=1.0)), 2)
    0.63
    """
    spent = credibility * (1.0 - chance(loss * rival * (1.0 - support), days))
    return approached(spent, 1.0, gain * support, days)


@rule("C7", neutral=0.0)
def stands_by_ruler(alignment: Amount, danger: Amount) -> Amount:
    """A patron stands by a friendly ruler in danger.

    Claim C7: an image of sticking with allies for better or worse; those named were friendly rulers in danger
    of being overthrown, not of losing land.

    Args:
        alignment: the closeness of the client's government to the patron, 0-1.
        danger: the danger to that government, 0-1.

    >>> stands_by_ruler(alignment=0.5, danger=0.5)
    0.25
    """
    return alignment * danger


@rule("C17", neutral="perceived")
def perceived_power_shift(perceived: Amount, actual: Amount, lag: Amount, days: float) -> Amount:
    """A patron sees a shift of power with a delay.

    Claim C17: a perception, formed over two decades, that the balance moved to the challenger.

    Args:
        perceived, actual: log of the challenger's over the client's strength.
        lag: the lag in years.
        days: the time that passes.

    >>> round(float(perceived_power_shift(perceived=0.0, actual=1.0, lag=3.0, days=365.25)), 2)
    0.28
    """
    return approached(perceived, actual, per_day(1.0 / np.asarray(lag)), days)


@rule("C19", neutral=0.0)
def entrapment_avoided(responsibility: Amount, contested: Amount) -> Amount:
    """A patron will not pay the bill for the client's own choice.

    Claim C19: it does not want to pick up the tab. Entrapment (Snyder 1984).

    Args:
        responsibility: how far the client's own policy led to this, 0-1.
        contested: share of the fighting on land that this policy kept, 0-1.

    >>> entrapment_avoided(responsibility=0.5, contested=1.0)
    0.5
    """
    return responsibility * contested


@rule("C20", neutral=1.0)
def coverage_of_guarantee(contested: Amount, recognised: Amount, scope: Amount) -> Amount:
    """A guarantee obliges inside the recognised border, and beyond it only as far as its scope goes.

    Claim C20: no ally has to back another's campaign on foreign land.

    Args:
        contested, recognised: shares of the fighting on contested and on recognised land, 0-1.
        scope: how far the guarantee covers contested land, 0-1.

    >>> coverage_of_guarantee(contested=0.5, recognised=0.5, scope=0.0)
    0.5
    """
    return recognised + scope * contested


@rule("C21", neutral=0.0)
def displeasure_at_government(alignment: Amount) -> Amount:
    """A patron does less for a government that it did not choose.

    Claim C21: a government born of street protest, to the patron's displeasure.

    >>> displeasure_at_government(alignment=0.75)
    0.25
    """
    return 1.0 - alignment


@rule("C25", neutral=0.0)
def window_left(war_days: Amount, window: Amount) -> Amount:
    """By holding off, a patron gives the challenger time; the time runs out.

    Claim C25: some time and space to regain territory.

    Args:
        war_days: days of fighting so far.
        window: days that the patron means to leave, above 0.

    >>> round(float(window_left(war_days=15.0, window=60.0)), 2)
    0.75
    """
    return within(1.0 - np.asarray(war_days) / window)


@rule("C26", neutral=0.0)
def title_discount(titled: Amount) -> Amount:
    """A patron holds back where the land is the challenger's in law.

    Claim C26: territories that are legally the challenger's, held by the client since 1994.

    Args:
        titled: share of the fighting on such land, 0-1.

    >>> title_discount(titled=0.75)
    0.75
    """
    return titled


def line_felt(level: Amount, threshold: Amount, steepness: Amount) -> Any:
    """How far a line is felt, 0-1: half at its threshold, and not at all where nothing has happened.

    A logistic curve in the log odds of the level, so that however blurred the line is, a first small step
    towards it is hardly felt and the whole way is felt in full.

    Args:
        level: how far things have come, 0-1.
        threshold: the level at which the line is half felt, 0-1.
        steepness: rise of the log odds of feeling it per unit of those of the level; beyond 25 it overflows.

    >>> line_felt(np.array([0.0, 0.01, 0.2, 1.0]), threshold=0.2, steepness=2.0).round(3).tolist()
    [0.0, 0.002, 0.5, 1.0]
    """
    level = within(level)  # else a rounding error below 0 has no power
    threshold = within(threshold, THRESHOLD_MARGIN, 1.0 - THRESHOLD_MARGIN)
    odds = level * (1.0 - threshold) / np.maximum((1.0 - level) * threshold, TINY)
    power = odds**steepness
    return power / (1.0 + power)


@rule("C33", neutral=0.0)
def core_red_line(lost: Amount, attacked: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A falling core probably crosses a red line, though no guarantee covers it.

    Claim C33.

    Args:
        lost: share of the core lost, 0-1.
        attacked: whether the core is under attack, and how hard, 0-1.
        threshold: share lost at which the line is half felt.
        steepness: how sharply the line divides.

    >>> float(core_red_line(lost=0.2, attacked=1.0, threshold=0.2, steepness=5.0))
    0.5
    """
    return attacked * line_felt(lost, threshold, steepness)


@rule("C35", neutral=0.0)
def humanitarian_red_line(displaced: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A dire humanitarian situation forces a patron to act.

    Claim C35.

    Args:
        displaced: share of the core's people displaced, 0-1.
        threshold: the level at which the line is half felt.
        steepness: how sharply the line divides.

    >>> float(humanitarian_red_line(displaced=0.7, threshold=0.7, steepness=5.0))
    0.5
    """
    return line_felt(displaced, threshold, steepness)


@rule("C36", neutral=0.0)
def border_red_line(attacked: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A major offensive on the recognised border forces a patron to act, as far as it has guaranteed it.

    Claim C36. The line is that of a guarantor (claim C20): it counts in proportion to patron.guarantee.

    Args:
        attacked: the challenger's effort on recognised land, 0-1.
        threshold: the level at which the line is half felt.
        steepness: how sharply the line divides.

    >>> float(border_red_line(attacked=0.0, threshold=0.25, steepness=5.0))
    0.0
    """
    return line_felt(attacked, threshold, steepness)


@rule("C37", neutral=0.0)
def existential_red_line(danger: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A threat to the client's survival makes a patron act for certain.

    Claim C37.

    Args:
        danger: existential danger, 0-1.
        threshold: the level at which the line is half felt.
        steepness: how sharply the line divides.

    >>> float(existential_red_line(danger=0.35, threshold=0.35, steepness=5.0))
    0.5
    """
    return line_felt(danger, threshold, steepness)


@rule("C43", neutral=0.0)
def popularity_at_stake(felt: Amount) -> Amount:
    """Popularity in the client is welcome to a patron, but is not a goal in itself.

    Claim C43. Its small weight is patron.popularity_weight.

    Args:
        felt: the fall of opinion that the patron feels, 0-1.

    >>> popularity_at_stake(felt=0.25)
    0.25
    """
    return felt


@rule("C44", neutral="fall")
def unpopularity_felt(fall: Amount, tolerance: Amount) -> Amount:
    """A patron absorbs some unpopularity before it feels any.

    Claim C44: a band of tolerance.

    Args:
        fall: fall of opinion since the start, 0-1.
        tolerance: the band, 0-1.

    >>> float(unpopularity_felt(fall=0.2, tolerance=0.3))
    0.0
    """
    return np.maximum(np.asarray(fall) - tolerance, 0.0)


@rule("C51", neutral="stake")
def discounted_future(stake: Amount, rate: Amount, horizon: Amount) -> Amount:
    """A short-sighted patron discounts what neglected allies will cost it later.

    Claim C51: short-term calculation makes it ignore long-standing allies.

    Args:
        stake: the loss to come, 0-1.
        rate: discount per year.
        horizon: years until it comes.

    >>> round(float(discounted_future(stake=0.5, rate=0.3, horizon=5.0)), 2)
    0.11
    """
    return stake * np.exp(-np.asarray(rate) * horizon)


@rule(None, neutral=0.0)
def price_of_acting(reach: Amount, backing: Amount, rival: Amount) -> Amount:
    """Acting costs more the less force reaches the front, and against a backer.

    Source: the local balance of force (Huth 1988); strength lost over distance (Boulding 1962). Claim C50
    keeps this capability apart from the will.

    Args:
        reach: the patron's usable strength at the front, above 0.
        backing: the help of the challenger's backer, 0-1.
        rival: how much a war with a full backer adds to the price.

    >>> price_of_acting(reach=0.5, backing=0.0, rival=0.5)
    2.0
    """
    return (1.0 + rival * backing) / reach


def choice_probabilities(utilities: Utilities, precision: Amount) -> list[Any]:
    """The chance of each rung for whoever does not know the patron's leanings: a logit of what each is worth.

    Source: random utility (McFadden 1974); quantal response (McKelvey and Palfrey 1998; Signorino 1999).

    Args:
        utilities: one for each rung.
        precision: the inverse of the scale of the leanings.

    >>> bool(choice_probabilities([0.0, -9.0, -9.0, -9.0, 9.0], 50.0)[4] > 0.99)
    True
    """
    best = reduce(np.maximum, utilities)
    weights = [np.exp(precision * (utility - best)) for utility in utilities]
    whole = reduce(np.add, weights)
    return [weight / whole for weight in weights]


def along_rungs(crisis: Crisis, values: Sequence[float]) -> Numbers:
    """(rungs, 1, ...) a value for each rung of the ladder, in a shape that broadcasts over a crisis."""
    return np.array(values).reshape(-1, *np.ones(np.ndim(crisis.at_stake), dtype=int))


def by_rung(crisis: Crisis, values: Any) -> Numbers:
    """(rungs, ...) values for every rung of a crisis, repeated where they are the same for all of them."""
    return np.broadcast_to(values, (len(Rung), *np.shape(crisis.at_stake)))


class Patron(Actor):
    """Stands aside or steps in, for reasons that others can work out and by a leaning that they cannot."""

    shows = ("rung", "rung_max", "words", "accusation", "reach", "outrage")

    def expect(self) -> Changes:
        """The chance that it would answer an attack on land of each class with force, as others reckon it."""
        crisis = imagined(self.model.scene)
        return {"force_if": self.chance_of_force(crisis, self.terms(crisis))}

    def chance_of_force(self, crisis: Crisis, terms: Considerations) -> Numbers:
        """(worlds, classes) the chance of force in imagined attacks, as others reckon it."""
        chances = choice_probabilities(terms.worth(self.can(crisis)), self.numbers.patron.precision)
        force = np.broadcast_to(sum(chances[FORCE:]), crisis.war_days.shape)
        return chance_by_class(self.model.scene, force)

    def decide(self) -> Changes:
        """Take the rung that is worth most to it, leaning included; say as much as it feels."""
        now, own = self.now, self.numbers.patron
        crisis = actual(self.model.scene)
        can, terms = self.can(crisis), self.terms(crisis)
        worth = terms.worth(can)
        chances = choice_probabilities(worth, own.precision)
        felt = np.stack([np.broadcast_to(each, now.rung.shape) for each in worth], axis=1) + now.leaning
        reasons = np.zeros_like(now.reasons)
        for name, amount in terms.of_rung(Rung.PEACEKEEPERS, can).items():
            reasons[:, TERMS.index(name)] = np.abs(amount)
        at_front = column(total(now.pressure)) > 0  # where nothing is left to press for, nothing is weighed
        duty = total(reasons[:, : len(DUTIES)])
        words = duty / (duty + total(reasons[:, len(DUTIES) :]) + TINY)
        return {
            "rung": felt.argmax(axis=1),
            "reach": crisis.reach,
            "words": words,
            "accusation": words * (1.0 - own.interest_in_challenger),
            "reasons": np.where(at_front, reasons, 0.0),
            "ladder": np.stack([np.broadcast_to(each, now.rung.shape) for each in chances], axis=1),
        }

    def can(self, crisis: Crisis) -> Utilities:
        """The share of the coming harm that each rung would prevent."""
        scene = self.model.scene
        return prevented(scene, crisis, accepts_stop(scene, crisis))

    def terms(self, crisis: Crisis) -> Considerations:
        """What counts in a crisis; all the reasons of the article."""
        forecasts = {"loyalty": self.loyalty(crisis), "gratitude": self.gratitude(crisis)}
        return Considerations(self.duties(crisis), self.restraints(crisis), forecasts)

    def duties(self, crisis: Crisis) -> Amounts:
        """What pulls the patron of the article up the ladder: harm that it might prevent."""
        now, numbers = self.now, self.numbers
        own, lines = numbers.patron, numbers.red_lines
        coverage = self.apply(
            coverage_of_guarantee,
            contested=crisis.outer + crisis.core,
            recognised=crisis.recognised,
            scope=own.scope_contested,
        )
        core = self.apply(
            core_red_line,
            lost=crisis.core_lost,
            attacked=crisis.intensity * (crisis.core > 0),
            threshold=lines.core.threshold,
            steepness=lines.steepness,
        )
        border = self.apply(
            border_red_line,
            attacked=crisis.intensity * crisis.recognised,
            threshold=lines.recognised.threshold,
            steepness=lines.steepness,
        )
        disaster = self.apply(
            humanitarian_red_line,
            displaced=crisis.displaced,
            threshold=lines.humanitarian.threshold,
            steepness=lines.steepness,
        )
        survival = self.apply(
            existential_red_line,
            danger=crisis.existential,
            threshold=lines.existential.threshold,
            steepness=lines.steepness,
        )
        sphere = self.apply(sphere_at_stake, credibility=now.sphere, rival=now.backing)
        ruler = self.apply(stands_by_ruler, alignment=now.alignment, danger=1.0 - now.stability)
        allies = self.apply(
            discounted_future,
            stake=mean(now.reliability),
            rate=own.discount_rate,
            horizon=own.horizon,
        )
        watched, guarantee = crisis.intensity * (1.0 + now.plea), guarantee_in_force(self.model.scene)
        return {
            "treaty": own.treaty_weight * guarantee * coverage * crisis.intensity,
            "core": lines.core.weight * core,
            "border": lines.recognised.weight * guarantee * border,
            "humanitarian": lines.humanitarian.weight * disaster,
            "existential": lines.existential.weight * survival,
            "sphere": own.sphere_weight * sphere * crisis.intensity,
            "ruler": own.ruler_weight * ruler * crisis.intensity,
            "popularity": self.popularity(now.opinion_target) * watched,
            "allies": own.allies_weight * allies * watched,
        }

    def restraints(self, crisis: Crisis) -> Amounts:
        """What holds the patron of the article back."""
        now, numbers = self.now, self.numbers
        own = numbers.patron
        entrapment = self.apply(
            entrapment_avoided,
            responsibility=numbers.client.intransigence * now.blame,
            contested=crisis.outer + crisis.core,
        )
        window = self.apply(window_left, war_days=crisis.war_days, window=own.window_days)
        return {
            "frustration": own.frustration_weight * now.frustration * now.blame,
            "entrapment": own.entrapment_weight * entrapment,
            "displeasure": own.alignment_weight
            * self.apply(displeasure_at_government, alignment=now.alignment),
            "title": own.title_weight * self.apply(title_discount, titled=crisis.titled),
            "window": own.window_weight * window,
            "cost": self.cost(crisis),
        }

    def loyalty(self, crisis: Crisis) -> Utilities:
        """The loyalty that each rung would save, by the client's own rules: the forecast behind C2."""
        now, own = self.now, self.numbers.patron
        left_alone = 1.0 - along_rungs(crisis, SUPPORT)
        kept = by_rung(crisis, loyalty_expected(self.model.scene, crisis, left_alone))
        saved = self.apply(
            discounted_future, stake=kept - kept[0], rate=own.discount_rate, horizon=own.horizon
        )
        return list(own.loyalty_weight * now.loyalty * saved)

    def popularity(self, seen: Any) -> Any:
        """What its popularity in the client is worth to it, by the opinion that it sees, 0-1."""
        numbers = self.numbers
        fall = np.maximum(numbers.client.opinion - seen, 0.0)
        felt = self.apply(unpopularity_felt, fall=fall, tolerance=numbers.patron.unpopularity_tolerance)
        return numbers.patron.popularity_weight * self.apply(popularity_at_stake, felt=felt)

    def gratitude(self, crisis: Crisis) -> Utilities:
        """The gratitude that each rung would forgo, by the challenger's own rule: the forecast behind C3.

        What is remembered is the whole war that was allowed to happen or was stopped, however far ahead the
        patron plans its fighting.
        """
        now, own, challenger = self.now, self.numbers.patron, self.numbers.challenger
        support = along_rungs(crisis, SUPPORT)
        after = self.apply(
            updated_gratitude,
            gratitude=now.gratitude,
            won=crisis.at_stake * (1.0 - support),
            blocked=support * crisis.intensity,
            gain=challenger.gratitude_gain,
            resentment=challenger.resentment,
            decay=0.0,
            days=challenger.plan_days,
        )
        thanked, interest = by_rung(crisis, after), own.interest_in_challenger
        stake = self.apply(gratitude_at_stake, interest=interest, forgone=thanked[0] - thanked)
        return list(by_rung(crisis, -self.worth_of_gratitude() * stake))

    def worth_of_gratitude(self) -> Any:
        """What the challenger's full gratitude in a year's time is worth to it, at the balance it sees."""
        own = self.numbers.patron
        soon = self.apply(discounted_future, stake=1.0, rate=own.discount_rate, horizon=NEXT_YEAR)
        return own.gratitude_weight * soon * logistic(self.now.perceived_shift)

    def cost(self, crisis: Crisis) -> Any:
        """The price of full commitment, which every theory counts."""
        own, reach = self.numbers.patron, np.maximum(crisis.reach, LEAST_REACH)
        price = price_of_acting(reach=reach, backing=self.now.backing, rival=own.price_of_backer)
        return own.cost_weight * price

    def begin(self) -> Changes:
        """See the balance as it is."""
        return {"perceived_shift": self.now.advantage}

    def judge(self) -> Changes:
        """See the balance shift; be outraged or calm down."""
        now, own = self.now, self.numbers.patron
        shift = self.apply(
            perceived_power_shift,
            perceived=now.perceived_shift,
            actual=now.advantage,
            lag=own.perception_lag,
            days=self.elapsed,
        )
        anger = self.apply(
            outrage_at_alignment,
            turn=np.maximum(now.client_turn, now.observer_turn),
            harm=now.lost_lately,
            weight=own.outrage_at_attack,
        )
        calmed = approached(now.outrage, 0.0, per_day(1.0 / np.asarray(own.outrage_decay)), self.elapsed)
        outrage = within(calmed + anger)
        return {
            "perceived_shift": shift,
            "outrage": outrage,
            "outrage_max": np.maximum(now.outrage_max, outrage),
        }

    def learn(self) -> Changes:
        """Spend or earn its standing in the sphere."""
        now = self.now
        sphere = self.apply(
            updated_sphere_credibility,
            credibility=now.sphere,
            rival=now.backing * now.intensity,
            support=np.take(SUPPORT, now.rung),
            loss=self.numbers.sphere.loss,
            gain=self.numbers.sphere.gain,
            days=self.elapsed,
        )
        return {"sphere": sphere}
