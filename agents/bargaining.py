"""Bargaining: where a group settles on a line, by who would gain from challenging whom.

The expected-utility model of group decisions (Bueno de Mesquita 1984, 1994), its equations as reconstructed
by Scholz, Calbert and Smith (Unravelling Bueno de Mesquita's group decision model, ICAART 2011, pp. 18-30);
"eq. 15" is theirs. Actors have a place on a line, capability and salience. In each round each weighs
challenging each of the others by what it would win and lose, by who would join in, and by the risk that it
takes; it then gives way to whoever would gain more by challenging it. There is no luck and no looking ahead.

Where the paper leaves a choice open, the option taken is the one that comes near the path it reports for its
example (tests/agents/test_bargaining.py); the rules are then used as they are:

- The status quo is expected with certainty (Q = 1, as in their example), so eq. 17 to 23 drop out.
- Votes for a challenger count as a share of those cast over every pair of places, not over the pair at hand
  as in eq. 31: with that as printed, the example never leaves its median of 7.
- What another would gain is reckoned with one's own attitude to risk, not with the other's.
- Of the offers to which it would have to give way, an actor prefers a confrontation to a compromise and a
  compromise to surrender; among offers of one kind, the one that moves it least (their section 6.2).
"""

from functools import reduce
from typing import Any

import numpy as np

from sim.quantities import TINY, Numbers, within
from sim.rule import Amount, rule

ROUNDS = 3  # before the forecast is read; in the example it is stable from the second on. Assumption
BLOCK = 2000  # groups worked out at a time: more would outgrow the processor's cache
NO_DISTANCE_LEFT = 1e-300  # keeps a logarithm finite, and the power taken by it at zero
KINDS_OF_OFFER = 3  # confrontation, compromise, surrender, in order of preference


@rule(None, neutral=0.0, theory="bargaining")
def preferred_step(pact: Amount, interest: Amount) -> Amount:
    """A patron would itself step in as far as its pact covers the land and its interests let it.

    Source: assumption; halfway where neither pact nor interest counts, or both count equally.

    Args:
        pact: the guarantee, as far as it covers the land attacked, 0-1.
        interest: in good relations with the challenger, 0-1.

    >>> preferred_step(pact=1.0, interest=0.5)
    0.75
    """
    return 0.5 + 0.5 * (pact - interest)


@rule(None, neutral=0.0, theory="bargaining")
def harm_to_prevent(existential: Amount, displaced: Amount, lost: Amount) -> Amount:
    """What was settled counts as far as there is harm to prevent: to land, people, the client itself.

    Source: assumption; harms add up as chances do, so that none counts twice.

    Args:
        existential: the danger to the client's survival, 0-1.
        displaced: the humanitarian index, 0-1.
        lost: contested land lost and about to be lost, as a share of it, 0-1.

    >>> harm_to_prevent(existential=0.5, displaced=0.5, lost=0.0)
    0.75
    """
    return 1.0 - (1.0 - existential) * (1.0 - displaced) * (1.0 - lost)


def added(parts: Any) -> Any:
    """The sum over the first axis, from the first to the last: the same bits alone or in a batch."""
    return reduce(np.add, parts)


def weighted_median(places: Numbers, weight: Numbers) -> Numbers:
    """The place that no other beats in a vote in which each actor backs the nearer place (eq. 28, 29).

    With such votes that is the weighted median (Black 1948); of two that tie, the lower.

    Args:
        places: (actors, ...) where each stands.
        weight: (actors, ...) capability times salience.

    >>> float(weighted_median(np.array([0.0, 0.4, 1.0]), np.array([0.4, 0.2, 0.3])))
    0.4
    """
    whole = added(weight)
    found = np.full(places.shape[1:], np.inf)
    for place in places:
        above = added(weight * (places > place))
        found = np.where(2.0 * above <= whole, np.minimum(found, place), found)
    return found


def chance_of_success(distance: Numbers, weight: Numbers) -> Numbers:
    """(actors, actors, ...) the chance that the first wins against the second, with all who join in (eq. 30).

    Each votes for the nearer of two places, with its weight times how much nearer that is (eq. 28). The
    challenger's votes count as a share of all votes cast over every pair of places.

    Args:
        distance: (actors, actors, ...) between places, as a share of the line.
        weight: (actors, ...) capability times salience.

    >>> places = np.array([0.0, 1.0])
    >>> chance_of_success(np.abs(places[:, None] - places), np.array([0.75, 0.25])).tolist()
    [[0.0, 0.375], [0.125, 0.0]]
    """
    votes = added(
        [own * np.maximum(away - away[:, None], 0.0) for own, away in zip(weight, distance, strict=True)]
    )
    cast = 2.0 * added(map(added, votes))  # for one place and for the other
    return np.asarray(votes / np.maximum(cast, TINY))


def expected_gains(
    distance: Numbers, salience: Numbers, success: Numbers, risk: Any
) -> tuple[Numbers, Numbers]:
    """What a challenge is worth to whoever makes it, beyond the status quo (eq. 5 to 7, 15, 16, 24).

    Whoever is challenged resists as far as it cares; otherwise it yields at once.

    Args:
        distance: (actors, actors, ...) between places, as a share of the line.
        salience: (actors, ...) how much each cares, 0-1.
        success: (actors, actors, ...) the chance that the first wins against the second.
        risk: (actors, 1, ...) the risk exponent of the first, or a number.

    Returns:
        Two arrays (actors, actors, ...): the gain of the first from challenging the second, and of the second
        from challenging the first, as the first reckons it.
    """
    # utilities are 2 minus 4 times these; computing powers by logarithms takes a third of the time
    won = np.exp(risk * np.log(np.maximum(0.5 - 0.5 * distance, NO_DISTANCE_LEFT)))
    lost = np.exp(risk * np.log(0.5 + 0.5 * distance))
    gain, price = 4.0 * (0.5**risk - won), 4.0 * (lost - won)
    beaten = np.swapaxes(success, 0, 1)
    return gain - salience * (1.0 - success) * price, gain - salience[:, None] * (1.0 - beaten) * price


def risk_exponents(danger: Numbers) -> Numbers:
    """(actors, ...) risk exponents: 2 for the actor least worth challenging, 0.5 for the most (eq. 32-34).

    Args:
        danger: (actors, ...) what all others together would gain from challenging each.

    >>> risk_exponents(np.array([1.0, 2.0, 3.0])).round(6).tolist()
    [2.0, 1.0, 0.5]
    """
    most, least = reduce(np.maximum, danger), reduce(np.minimum, danger)
    place = within((2.0 * danger - most - least) / np.maximum(most - least, TINY), -1.0, 1.0)
    return np.asarray((1.0 - place / 3.0) / (1.0 + place / 3.0))


def after_a_round(places: Numbers, capability: Numbers, salience: Numbers, line: float = 1.0) -> Numbers:
    """Where actors stand after a round of challenges (section 6, eq. 35, 36).

    An actor gives way to one that expects to gain from challenging it, and more than it does itself: if it
    expects to gain as well, all the way (confrontation); if it expects to lose less than the other gains, by
    its loss as a share of that gain (compromise); if more, all the way (surrender).

    Args:
        places: (actors, ...) where each stands.
        capability: (actors, ...) what each can bring to bear.
        salience: (actors, ...) how much each cares, 0-1.
        line: the length of the line.

    >>> after_a_round(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0.9, 0.1])).round(3).tolist()
    [0.0, 0.773]
    """
    distance = np.abs(places[:, None] - places) / line
    success = chance_of_success(distance, capability * salience)
    held = 1.0 - 2.0 * salience * (1.0 - success)  # of twice the distance, which sure success would win
    danger = added(2.0 * distance * held)  # eq. 5 to 7 at a risk exponent of 1
    risk = risk_exponents(danger)[:, None]
    mine, theirs = expected_gains(distance, salience, success, risk)
    yields = (distance > 0) & (theirs > 0) & (mine != 0) & (theirs > mine)
    partly = (mine < 0) & (theirs > -mine)
    share = np.where(partly, -mine / np.where(partly, theirs, 1.0), 1.0)
    move = share * (places - places[:, None])
    kind = np.where(mine > 0, 0, np.where(partly, 1, 2))
    order = np.where(yields, kind + np.abs(move) / (2.0 * line), KINDS_OF_OFFER)
    taken = np.take_along_axis(move, order.argmin(axis=1)[:, None], axis=1)[:, 0]
    return np.asarray(places + np.where(yields.any(axis=1), taken, 0.0))


def settled_place(places: Numbers, capability: Numbers, salience: Numbers, line: float = 1.0) -> Numbers:
    """(...) the weighted median after some rounds: the forecast.

    Args:
        places: (actors, ...) where each stands at first.
        capability: (actors, ...) what each can bring to bear.
        salience: (actors, ...) how much each cares, 0-1.
        line: the length of the line.

    >>> one_mind = np.full((3, 1), 0.25)
    >>> settled_place(one_mind, np.ones((3, 1)), np.ones((3, 1)))
    array([0.25])
    """
    shape, found = places.shape[1:], []
    groups = [quantity.reshape(len(quantity), -1) for quantity in (places, capability, salience)]
    for start in range(0, groups[0].shape[1], BLOCK):
        now, able, caring = (quantity[:, start : start + BLOCK] for quantity in groups)
        for _ in range(ROUNDS):
            now = after_a_round(now, able, caring, line)
        found.append(weighted_median(now, able * caring))
    return np.concatenate(found).reshape(shape)
