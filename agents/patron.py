"""The patron: what it does when its ally is attacked, and why.

The rules give the terms of its choice: duties pull it up the ladder, restraints hold it down. This patron is
the article's; those of rival theories count other terms (agents/theories.py).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor
from agents.reasons import DUTIES, TERMS
from sim.quantities import TINY, approached, chance, largest, logistic, per_day, total, within
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import View

# How far each rung of the ladder serves a duty, and how far it offends a restraint, as a share of what
# combat troops do. Assumption: imposing a stop protects most of what troops would and costs half as
# much; diplomacy costs next to nothing. Both rise, and each rung protects less per cost than the one
# below it, so every rung is the best one for some balance of duties and restraints.
PROTECTION = np.array([0.0, 0.15, 0.4, 0.8, 1.0])
INVOLVEMENT = np.array([0.0, 0.05, 0.2, 0.55, 1.0])


@rule("C2", neutral="stake")
def loyalty_at_stake(stake: Amount, captivity: Amount) -> Amount:
    """A patron fears less for the loyalty of an ally that has nowhere to go.

    Claim C2: the patron bets on the client's dependence.

    Args:
        stake: what the client's loyalty is worth, 0-1.
        captivity: the client's dependence for want of another protector, 0-1.

    >>> loyalty_at_stake(stake=1.0, captivity=0.75)
    0.25
    """
    return stake * (1.0 - captivity)


@rule("C3", neutral=0.0)
def gratitude_at_stake(interest: Amount, standing: Amount) -> Amount:
    """Standing aside earns the gratitude of a challenger that matters.

    Claim C3: the patron bets on the challenger's gratitude. Selective accommodation (Crawford 2011).

    Args:
        interest: the patron's interest in the challenger, 0-1.
        standing: the challenger's share of power between the two, as the patron sees it, 0-1.

    >>> gratitude_at_stake(interest=0.8, standing=0.75)
    0.6000000000000001
    """
    return interest * standing


@rule("C4", neutral=0.0)
def outrage_at_alignment(turn: Amount, harm: Amount, weight: Amount) -> Amount:
    """A patron is angrier at a turn to the west than at an attack on its ally's unguaranteed land.

    Claim C4: droit de regard over the alignment of its sphere.

    Args:
        turn: step of a sphere member towards other powers, 0-1.
        harm: share of the ally's land lost, 0-1.
        weight: outrage at harm, of that at an equal turn, 0-1.

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

    >>> float(updated_sphere_credibility(
    ...     credibility=0.7, rival=0.0, support=0.0, loss=0.1, gain=0.1, days=1.0))
    0.7
    """
    spent = credibility * (1.0 - chance(loss * rival * (1.0 - support), days))
    return approached(spent, 1.0, gain * support, days)


@rule("C7", neutral=0.0)
def stands_by_ruler(alignment: Amount, danger: Amount) -> Amount:
    """A patron stands by a friendly ruler in danger.

    Claim C7: an image of sticking with allies for better or worse; those named were friendly rulers.

    Args:
        alignment: closeness of the client's government to the patron, 0-1.
        danger: danger to the client, 0-1.

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

    >>> float(perceived_power_shift(perceived=1.0, actual=1.0, lag=3.0, days=7.0))
    1.0
    """
    return approached(perceived, actual, per_day(1.0 / np.asarray(lag)), days)


@rule("C19", neutral=0.0)
def entrapment_avoided(responsibility: Amount, contested: Amount) -> Amount:
    """A patron will not pay the bill for the client's own choice.

    Claim C19: it does not want to pick up the tab. Entrapment (Snyder 1984).

    Args:
        responsibility: how far the client's own policy led now, 0-1.
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

    >>> float(window_left(war_days=15.0, window=45.0) > window_left(war_days=30.0, window=45.0))
    1.0
    """
    return within(1.0 - np.asarray(war_days) / window)


@rule("C26", neutral=0.0)
def title_discount(titled: Amount) -> Amount:
    """A patron holds back where the land is legally the challenger's.

    Claim C26: territories that are legally the challenger's, held by the client since 1994.

    Args:
        titled: share of the fighting on such land, 0-1.

    >>> title_discount(titled=0.75)
    0.75
    """
    return titled


@rule("C33", neutral=0.0)
def core_red_line(lost: Amount, attacked: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A falling core probably crosses a red line, though no guarantee covers it.

    Claim C33.

    Args:
        lost: share of the core lost, 0-1.
        attacked: whether the core is under attack, and how hard, 0-1.
        threshold: share lost at which half the line is felt.
        steepness: how sharply the line divides.

    >>> float(core_red_line(lost=0.2, attacked=1.0, threshold=0.2, steepness=25.0))
    0.5
    """
    return attacked * logistic(steepness * (np.asarray(lost) - threshold))


@rule("C35", neutral=0.0)
def humanitarian_red_line(displaced: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A dire humanitarian situation forces a patron to act.

    Claim C35.

    Args:
        displaced: share of the core's people displaced, 0-1.
        threshold: the level at which half the line is felt.
        steepness: how sharply the line divides.

    >>> float(humanitarian_red_line(displaced=0.7, threshold=0.7, steepness=25.0))
    0.5
    """
    return logistic(steepness * (np.asarray(displaced) - threshold))


@rule("C36", neutral=0.0)
def border_red_line(attacked: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A major offensive on the recognised border forces a patron to act.

    Claim C36.

    Args:
        attacked: the challenger's effort on recognised land, 0-1.
        threshold: the level at which half the line is felt.
        steepness: how sharply the line divides.

    >>> float(border_red_line(attacked=0.25, threshold=0.25, steepness=25.0))
    0.5
    """
    return logistic(steepness * (np.asarray(attacked) - threshold))


@rule("C37", neutral=0.0)
def existential_red_line(danger: Amount, threshold: Amount, steepness: Amount) -> Amount:
    """A threat to the client's survival makes a patron act for certain.

    Claim C37.

    Args:
        danger: existential danger, 0-1.
        threshold: the level at which half the line is felt.
        steepness: how sharply the line divides.

    >>> float(existential_red_line(danger=0.35, threshold=0.35, steepness=25.0))
    0.5
    """
    return logistic(steepness * (np.asarray(danger) - threshold))


@rule("C43", neutral=0.0)
def popularity_at_stake(felt: Amount) -> Amount:
    """Popularity in the client is welcome to a patron, no goal of its own.

    Claim C43. Its small weight stands in patron.popularity_weight.

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

    >>> float(discounted_future(stake=0.5, rate=0.0, horizon=5.0))
    0.5
    """
    return stake * np.exp(-np.asarray(rate) * horizon)


@rule(None, neutral=1.0)
def cost_of_acting(capability: Amount) -> Amount:
    """The less force a patron can spare, the dearer each deed.

    Source: Boulding (1962); claim C50 keeps this capability apart from the will.

    >>> cost_of_acting(capability=0.5)
    2.0
    """
    return 1.0 / capability


def choice_probabilities(duty: NDArray[Any], restraint: NDArray[Any], precision: Amount) -> NDArray[Any]:
    """(worlds, 5) chances of the rungs: a logit over what each protects and what it costs.

    Source: quantal response (McKelvey and Palfrey 1995).

    >>> bool(choice_probabilities(np.array([9.0]), np.array([0.1]), 50.0)[0, 4] > 0.99)
    True
    """
    utility = duty[:, None] * PROTECTION - restraint[:, None] * INVOLVEMENT
    best = largest(utility)[:, None]
    weight = np.exp(np.asarray(precision)[..., None] * (utility - best))
    return weight / total(weight)[:, None]


class Patron(Actor):
    """Stands aside or steps in, rung by rung, and remembers why."""

    def decide(self) -> Changes:
        """Weigh the terms, and take a rung when it is time to review the last one."""
        now, own = self.now, self.numbers.patron
        reasons, duty, restraint = self.weigh()
        ladder = choice_probabilities(duty, restraint, own.precision)
        draw = self.luck("choice")[:, None]
        chosen = (draw > np.cumsum(ladder, axis=1)[:, :-1]).sum(axis=1)
        reviews = self.happens("review", own.review_rate)
        return {
            "rung": np.where(reviews, chosen, now.rung),
            "words": duty / (duty + restraint + TINY),
            "reasons": reasons,
            "ladder": ladder,
        }

    def weigh(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """(worlds, terms) the terms of the choice under the run's theory, and their sums on either side."""
        terms = self.terms()
        reasons = np.zeros_like(self.now.reasons)
        sides = np.zeros((2, self.now.rung.size))
        for place, name in enumerate(TERMS):
            if name in terms:
                reasons[:, place] = terms[name]
                sides[int(place >= len(DUTIES))] += terms[name]
        return reasons, sides[0], sides[1]

    def terms(self) -> dict[str, Any]:
        """The terms that count, by name; all of the article's."""
        return self.duties() | self.restraints()

    def duties(self) -> dict[str, Any]:
        """What pulls the patron of the article up the ladder."""
        now, numbers = self.now, self.numbers
        own, lines = numbers.patron, numbers.red_lines
        contested, recognised = shares_of_fighting(now)
        coverage = self.apply(
            coverage_of_guarantee, contested=contested, recognised=recognised, scope=own.scope_contested
        )
        core = self.apply(
            core_red_line,
            lost=now.core_lost,
            attacked=now.intensity * (now.pressure[:, 1] > 0),
            threshold=lines.core.threshold,
            steepness=lines.steepness,
        )
        border = self.apply(
            border_red_line,
            attacked=now.intensity * recognised,
            threshold=lines.recognised.threshold,
            steepness=lines.steepness,
        )
        disaster = self.apply(
            humanitarian_red_line,
            displaced=now.displaced,
            threshold=lines.humanitarian.threshold,
            steepness=lines.steepness,
        )
        survival = self.apply(
            existential_red_line,
            danger=now.existential,
            threshold=lines.existential.threshold,
            steepness=lines.steepness,
        )
        sphere = self.apply(sphere_at_stake, credibility=now.sphere, rival=now.backing)
        ruler = self.apply(
            stands_by_ruler,
            alignment=now.alignment,
            danger=within(now.core_lost + now.existential),
        )
        loyalty = self.apply(loyalty_at_stake, stake=now.loyalty, captivity=now.captivity)
        allies = self.apply(
            discounted_future,
            stake=total(now.reliability) / now.reliability.shape[1],
            rate=own.discount_rate,
            horizon=own.horizon,
        )
        return {
            "treaty": own.treaty_weight * own.guarantee * coverage * now.intensity,
            "core": lines.core.weight * core,
            "border": lines.recognised.weight * border,
            "humanitarian": lines.humanitarian.weight * disaster,
            "existential": lines.existential.weight * survival,
            "sphere": own.sphere_weight * sphere * now.intensity,
            "ruler": own.ruler_weight * ruler,
            "popularity": self.popularity(now.opinion_target),
            "loyalty": own.loyalty_weight * loyalty * now.intensity,
            "allies": own.allies_weight * allies * now.intensity,
        }

    def restraints(self) -> dict[str, Any]:
        """What holds the patron of the article back."""
        now, numbers = self.now, self.numbers
        own = numbers.patron
        contested, _ = shares_of_fighting(now)
        entrapment = self.apply(
            entrapment_avoided, responsibility=numbers.client.intransigence * now.blame, contested=contested
        )
        displeasure = self.apply(displeasure_at_government, alignment=now.alignment)
        window = self.apply(window_left, war_days=now.war_days, window=own.window_days)
        return {
            "gratitude": self.gratitude(own.interest_in_challenger),
            "frustration": own.frustration_weight * now.frustration * now.blame,
            "entrapment": own.entrapment_weight * entrapment,
            "displeasure": own.alignment_weight * displeasure,
            "title": own.title_weight * self.apply(title_discount, titled=contested),
            "window": own.window_weight * window,
            "cost": self.cost(),
        }

    def popularity(self, seen: Any) -> Any:
        """What its popularity in the client is worth to it, by the opinion that it sees, 0-1."""
        numbers = self.numbers
        fall = np.maximum(numbers.client.opinion - seen, 0.0)
        felt = self.apply(unpopularity_felt, fall=fall, tolerance=numbers.patron.unpopularity_tolerance)
        return numbers.patron.popularity_weight * self.apply(popularity_at_stake, felt=felt)

    def gratitude(self, interest: Any) -> Any:
        """What the challenger's gratitude is worth to it, by its interest in the challenger, 0-1."""
        standing = logistic(self.now.perceived_shift)
        asked = self.apply(gratitude_at_stake, interest=interest, standing=standing)
        return self.numbers.patron.gratitude_weight * asked

    def cost(self) -> Any:
        """The cost that every theory counts."""
        return self.numbers.patron.cost_weight * cost_of_acting(capability=self.now.capability)

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
            support=PROTECTION[now.rung],
            loss=self.numbers.sphere.loss,
            gain=self.numbers.sphere.gain,
            days=self.elapsed,
        )
        return {"sphere": sphere}


def shares_of_fighting(now: View) -> tuple[Any, Any]:
    """The shares of the challenger's effort on contested and on recognised land."""
    return now.pressure[:, 0] + now.pressure[:, 1], now.pressure[:, 2] + now.pressure[:, 3]
