"""The observers: what others learn from watching a patron."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.actor import Actor, Stage
from agents.ladder import SUPPORT
from sim.quantities import TINY, approached, chance, column, per_day, side_by_side, within
from sim.rule import Amount, rule
from sim.scenarios.scenario import Party
from sim.scene import Changes

OBSERVERS = Party(id="observers", name="Observers", members=())


@rule("C39", neutral=0.5)
def attention_of_observers(intensity: Amount, support: Amount, plea: Amount) -> Amount:
    """The world takes notice of a war, and all the more of an ally left alone in it that asks for help.

    Claim C39.

    Args:
        intensity: the intensity of the fighting, 0-1.
        support: how far the patron protects its ally, 0-1.
        plea: how loudly the ally asks for help, 0-1.

    >>> float(attention_of_observers(intensity=0.5, support=0.0, plea=1.0))
    1.0
    """
    return within(np.asarray(intensity) * (1.0 - 0.5 * support) * (1.0 + plea))


@rule("C47", neutral="belief")
def updated_reliability(
    belief: Amount, support: Amount, learning: Amount, base: Amount, forgetting: Amount, days: float
) -> Amount:
    """Others remember whether a patron helped its ally.

    Claim C47. Reputation with memory (Crescenzi 2007).

    Args:
        belief: the belief in the patron's reliability before, 0-1.
        support: the support seen now, 0-1.
        learning: the rate per day at which that support teaches; 0 where there is nothing to see.
        base: belief that memory falls back to, 0-1.
        forgetting: the rate of forgetting per day.
        days: the time that passes.

    >>> round(float(updated_reliability(
    ...     belief=0.6, support=0.0, learning=0.02, base=0.6, forgetting=0.0, days=30.0)), 2)
    0.33
    """
    taught = approached(belief, support, learning, days)
    return approached(taught, base, forgetting, days)


@rule("C48", neutral="influence")
def influence_of_backer(
    influence: Amount, backing: Amount, support: Amount, step: Amount, days: float
) -> Amount:
    """A rival power that acts against the ally, unanswered, gains standing with others.

    Claim C48: only where the backer is active and the patron passive.

    Args:
        influence: the influence before, 0-1.
        backing: how active the backer is, 0-1.
        support: how far the patron protects its ally, 0-1.
        step: its rate of growth per day.
        days: the time that passes.

    >>> round(float(influence_of_backer(influence=0.25, backing=1.0, support=0.0, step=0.01, days=30.0)), 2)
    0.44
    """
    return influence + (1.0 - influence) * chance(step * backing * (1.0 - support), days)


@rule("C49", neutral="belief")
def lesson_of_words(belief: Amount, words: Amount, learning: Amount, days: float) -> Amount:
    """Bland words teach observers that little is at stake for the patron; deeds teach them more.

    Claim C49. Cheap talk is discounted (Fearon 1997).

    Args:
        belief: the belief in the patron's reliability before, 0-1.
        words: how far the patron's words side with its ally, 0-1.
        learning: the rate of learning per day; 0 where there is nothing to hear.
        days: the time that passes.

    >>> round(float(lesson_of_words(belief=0.5, words=0.0, learning=0.002, days=30.0)), 2)
    0.47
    """
    return approached(belief, words, learning, days)


@rule("C7", neutral="base")
def prior_reliability(base: Amount, likeness: Amount, trust: Amount) -> Amount:
    """Those ruled like the patron start with more belief in it.

    Claim C7: it stands by friendly rulers.

    Args:
        base: belief in pacts of this kind, 0-1.
        likeness: the likeness of the observer's regime to the patron's, 0-1.
        trust: belief that full likeness adds, 0-1.

    >>> prior_reliability(base=0.4, likeness=0.0, trust=0.4)
    0.4
    """
    return base + (1.0 - base) * trust * likeness


class Observer(Actor):
    """One of those who watch: its own numbers, and its seat in what `Observers` learn together."""

    shows = ("reliability", "participation", "influence")

    def own(self, name: str) -> Any:
        """One of its own numbers in the scenario."""
        return self.numbers.value(f"observers.states.{self.party.id}.{name}")

    def prior(self) -> Any:
        """Its belief in the patron before anything has happened."""
        numbers = self.numbers.observers
        return self.apply(
            prior_reliability,
            base=numbers.base_rate,
            likeness=self.own("likeness"),
            trust=numbers.regime_trust,
        )


class Observers(Actor):
    """All observers, each in its seat: they watch the same war, remember, and hedge, each in its own way.

    Each rule is asked once for all seats, since NumPy is slow at many small calls.
    """

    def __init__(self, model: Stage, seats: Sequence[Observer]) -> None:
        super().__init__(model, OBSERVERS)
        self.seats = seats

    def begin(self) -> Changes:
        """Start with the belief that each has in a patron of this kind."""
        prior = side_by_side([observer.prior() for observer in self.seats])
        return {"prior": prior, "reliability": prior}

    def learn(self) -> Changes:
        """Update belief, participation in the pact, and the backer's standing."""
        now, numbers, days = self.now, self.numbers.observers, column(self.elapsed)
        support = np.take(SUPPORT, now.rung)
        heed = (
            self.apply(attention_of_observers, intensity=now.intensity, support=support, plea=now.plea)
            * now.at_war
        )
        exposure = side_by_side([observer.own("exposure") for observer in self.seats])
        learning = column(numbers.learning * heed) * exposure
        belief = self.apply(
            updated_reliability,
            belief=now.reliability,
            support=column(support),
            learning=learning,
            base=now.prior,
            forgetting=column(per_day(1.0 / np.asarray(numbers.memory))),
            days=days,
        )
        belief = self.apply(
            lesson_of_words,
            belief=belief,
            words=column(now.words),
            learning=learning * column(numbers.lesson_of_words),
            days=days,
        )
        taking_part = np.minimum(belief / np.maximum(now.prior, TINY), 1.0)
        lag = column(per_day(1.0 / np.asarray(numbers.hedging_lag)))
        return {
            "reliability": belief,
            "participation": approached(now.participation, taking_part, lag, days),
            "influence": self.apply(
                influence_of_backer,
                influence=now.influence,
                backing=column(now.backing * heed),
                support=column(support),
                step=column(numbers.influence_step),
                days=days,
            ),
        }
