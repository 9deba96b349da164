"""Matching: of the draws that all other evidence leaves, those count that reproduce the war of 2020.

That war is cheap to play, but hardly one draw in a thousand reproduces it. So an emulator learns from the
draws that were played on it; it proposes others, which all other evidence leaves, too; and these are played
in turn, so that it learns what it got wrong (sequential neural likelihood: Papamakarios, Sterratt and Murray
2019). In the end a draw is kept if its own worlds reproduce that war (rejection: Tavaré and others 1997),
and is weighted by one over how readily it was proposed (importance sampling). A poor emulator therefore costs
draws; but for the largest weights, which are truncated, it does not bias the posterior.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol

import numpy as np

from experiments.explore.emulator import Chances
from experiments.explore.record_play import RecordPlay
from experiments.explore.tempering import (
    FEW_MOVES,
    MANY_MOVES,
    POPULATIONS,
    LogLikelihood,
    Moves,
    effective_of,
    moved_on,
    picks,
    sampled,
)
from experiments.shares import in_percent
from sim.chance import Dice, resampling_rng
from sim.quantities import Flags, Numbers

BELIEVED = 0.5  # power of the emulator's likelihood: at 0.6 single draws weighed too much; measured
HARDLY = (
    0.01  # share of draws that meet a pattern, below which a theory is said not to produce it; assumption
)
PROPOSED = 4  # draws of a round for each one wanted in the effective sample
MOVES_APART = 15  # between the draws of one last round and the next
MOST_LAST = 80  # rounds whose draws may be kept; some twenty are needed
ROUNDS_APART = 104729  # of the seeds of one round and the next


@dataclass(frozen=True)
class OnRecord:
    """Draws that were played on a part of the record: on the war of 2020, or on the years before it.

    Attributes:
        places: (draws, size) on the scale on which the prior is a standard normal.
        tallies: (draws, patterns, 3) what their worlds showed, NaN for a draw given up; see RecordPlay.
    """

    places: Numbers
    tallies: Numbers


def pooled(played: Sequence[OnRecord]) -> tuple[Numbers, Numbers]:
    """All places and all tallies."""
    return np.concatenate([one.places for one in played]), np.concatenate([one.tallies for one in played])


class PlaysOfWar(Protocol):
    """What plays draws on the war of 2020, and keeps what was seen, so that it can be interrupted."""

    @property
    def war(self) -> RecordPlay:
        """The war."""

    def match(self, number: int, places: Numbers, asked: Flags | None = None) -> OnRecord:
        """Play the draws of a round and keep them; see RecordPlay.tallies for what is asked."""

    def recall_round(self, number: int) -> OnRecord | None:
        """A round that was played before."""


@dataclass(frozen=True)
class Proposal:
    """How draws are proposed.

    Attributes:
        war: the war of 2020.
        other: how likely places make all other evidence.
        asked: (patterns,) which patterns a draw must meet.
        played: the draws that are learned from.
        dice: what is learned with.
    """

    war: RecordPlay
    other: LogLikelihood
    asked: Flags
    played: Sequence[OnRecord]
    dice: Dice

    @property
    def not_asked(self) -> tuple[str, ...]:
        """The patterns that a draw need not meet."""
        return tuple(name for name, one in zip(self.war.ids, self.asked, strict=True) if not one)

    @cached_property
    def emulator(self) -> Chances:
        """How the tallies of worlds depend on the numbers."""
        return Chances.learned(*pooled(self.played), self.dice)

    def __call__(self, places: Numbers) -> Numbers:
        """(draws,) how readily places are proposed, as logs."""
        return np.asarray(self.other(places) + self.for_the_war(places))

    def for_the_war(self, places: Numbers) -> Numbers:
        """(draws,) the part of it that is for the war of 2020."""
        logs = self.war.log_chances(self.emulator.of(places))
        return np.asarray(BELIEVED * logs[:, self.asked].sum(axis=1))

    def kept(self, tried: OnRecord) -> Flags:
        """(draws,) which draws reproduce the war of 2020."""
        return np.asarray(self.war.met(tried.tallies)[:, self.asked].all(axis=1))


@dataclass(frozen=True)
class Rounds:
    """Rounds of draws that are played on the war of 2020.

    Attributes:
        plays: what plays them.
        effective: how many independent draws are wanted.
        seed: the seed of what is drawn.
        tell: what is called with a line about each round.
        done: the rounds so far.
    """

    plays: PlaysOfWar
    effective: int
    seed: int
    tell: Callable[[str], None]
    done: list[OnRecord] = field(default_factory=list)

    def begin(self, places: Numbers) -> None:
        """The first round: draws that all other evidence leaves, and as many from the prior."""
        self._play(lambda dice: np.concatenate([dice.standard_normal(places.shape), places]))

    def learn(self, other: LogLikelihood, count: int) -> None:
        """Play rounds of draws, each proposed from all rounds before it.

        Args:
            other: how likely places make all other evidence.
            count: how many rounds.
        """
        for _ in range(count):
            proposal = self._proposal(other, np.ones(len(self.plays.war.ids), dtype=bool))
            tried = self._play(partial(self._sampled, proposal, FEW_MOVES))
            self.tell(f"round {len(self.done)}: {_as_told(tried, proposal)}")

    def matched(self, other: LogLikelihood) -> "Matched":
        """Rounds of draws, keeping those that reproduce the war of 2020, until they are worth enough.

        Patterns that the theory does not produce together with the others are not asked for; nor are those
        that it turns out not to produce once only the rest are asked for.
        """
        asked = within_reach(self._met(self.done[-1]), np.ones(len(self.plays.war.ids), dtype=bool))
        proposal, first = self._last(other, asked)
        while proposal.kept(first).mean() < HARDLY:
            asked = within_reach(self._met(first), asked)
            proposal, first = self._last(other, asked)
        batches = [first]
        while True:
            found = Matched.of(proposal, batches)
            told = f"{_as_told(batches[-1], proposal)}; they are worth {found.effective:,.0f}"
            self.tell(f"round {len(self.done)}: {told}")
            if found.effective >= self.effective or len(batches) == MOST_LAST:
                return found
            last = batches[-1].places
            moved = partial(moved_on, last, proposal, moves=MOVES_APART)
            batches.append(self._play(moved, asked))

    def _last(self, other: LogLikelihood, asked: Flags) -> tuple[Proposal, OnRecord]:
        """What the last rounds propose, asked for these patterns, and the first of them."""
        proposal = self._proposal(other, asked)
        return proposal, self._play(partial(self._sampled, proposal, MANY_MOVES))

    def _met(self, tried: OnRecord) -> Flags:
        return self.plays.war.met(tried.tallies)

    def _play(self, draw: Callable[[Dice], Numbers], asked: Flags | None = None) -> OnRecord:
        """The next round, played unless it has been; with draws given up that can't meet what is asked."""
        number = len(self.done)
        known = self.plays.recall_round(number)
        if known is None:
            known = self.plays.match(number, draw(self._dice(2 * number)), asked)
        self.done.append(known)
        return known

    def _sampled(self, proposal: Proposal, moves: Moves, dice: Dice) -> Numbers:
        size = self.done[0].places.shape[1]
        return sampled(proposal, size, PROPOSED * self.effective // 2, dice, moves).places

    def _proposal(self, other: LogLikelihood, asked: Flags) -> Proposal:
        return Proposal(self.plays.war, other, asked, tuple(self.done), self._dice(2 * len(self.done) + 1))

    def _dice(self, number: int) -> Dice:
        return resampling_rng(self.seed + ROUNDS_APART * (number + 1))


def _as_told(tried: OnRecord, proposal: Proposal) -> str:
    left_out = f" but for {', '.join(proposal.not_asked)}" if proposal.not_asked else ""
    share = in_percent(proposal.kept(tried).mean())
    return f"{share} of {len(tried.places):,} draws make the war of 2020{left_out}"


@dataclass(frozen=True)
class Matched:
    """Draws that were proposed, and how much each counts.

    Attributes:
        places: (populations, draws, size).
        weights: (populations, draws) 0 where a draw's worlds were another war.
        not_asked: the patterns of that war that they did not have to meet.
    """

    places: Numbers
    weights: Numbers
    not_asked: tuple[str, ...] = ()

    @classmethod
    def of(cls, proposal: Proposal, batches: Sequence[OnRecord]) -> "Matched":
        """From batches of draws, each with one population after the other."""
        weights = []
        for one in batches:
            weights.append(np.where(proposal.kept(one), np.exp(-proposal.for_the_war(one.places)), 0.0))
        each = np.concatenate([one.reshape(POPULATIONS, -1) for one in weights], axis=1)
        places = [one.places.reshape(POPULATIONS, -1, one.places.shape[1]) for one in batches]
        return cls(np.concatenate(places, axis=1), truncated(each), proposal.not_asked)

    @property
    def effective(self) -> float:
        """How many independent draws they are worth."""
        return effective_of(self.places, self.weights)

    def drawn(self, count: int, dice: Dice) -> Numbers:
        """(count, size) draws of equal weight, in no order."""
        with np.errstate(divide="ignore"):
            chosen = picks(np.log(self.weights.ravel()), count, dice)
        return np.asarray(self.places.reshape(-1, self.places.shape[2])[dice.permutation(chosen)])


def within_reach(met: Flags, asked: Flags) -> Flags:
    """(patterns,) those that some draws meet together: patterns are dropped one by one until some do.

    Args:
        met: (draws, patterns) which each draw meets.
        asked: (patterns,) which may be asked for.

    >>> met = np.array([[True, True, False], [True, True, False], [True, False, True]])
    >>> within_reach(met, np.array([True, True, True])).tolist()
    [True, True, False]
    """
    asked = asked.copy()
    while met[:, asked].all(axis=1).mean() < HARDLY:
        without = [met[:, asked & (np.arange(asked.size) != one)].all(axis=1).mean() if asked[one] else -1.0
                   for one in range(asked.size)]  # fmt: skip
        least = np.flatnonzero(np.array(without) == max(without))
        asked[least[met[:, least].mean(axis=0).argmin()]] = False
    return asked


def truncated(weights: Numbers) -> Numbers:
    """Weights, none larger than their mean times the square root of their number (Ionides 2008).

    >>> truncated(np.array([1.0, 1.0, 10.0, 0.0])).tolist()
    [1.0, 1.0, 6.0, 0.0]
    """
    return np.minimum(weights, weights.mean() * np.sqrt(weights.size))
