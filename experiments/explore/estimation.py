"""Estimation: a theory's numbers, weighed by how well they explain the given cases and the record.

Draws from the prior are played (experiments/explore/evidence.py). From all draws an emulator learns how the
chances of what happened depend on the numbers (emulator.py), and the posterior is sampled on it by tempering
(tempering.py). The next generation is drawn from that posterior and played as well, so that the emulator
becomes exact where it matters: sequential neural likelihood (Papamakarios, Sterratt and Murray 2019).

The war of 2020 is cheap to play, but hardly one draw in a thousand reproduces it. Many more draws are
therefore played on it, and those whose own worlds match that war are kept (matching.py).

Why not weigh the draws themselves: with some seventy numbers and a hundred and sixty outcomes, each seen
in a few worlds, the noise alone gives a handful of draws in thousands all the weight (tried: adaptive
importance sampling with 4,000 draws had an effective sample below 15). Why no package: pyabc weighs draws
by distances; emcee, dynesty and blackjax need a likelihood that can be computed directly; sbi does this, but
brings in PyTorch.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtr

from experiments.explore.emulator import Chances, Emulator, fitted, kept_aside, one_thread
from experiments.explore.evidence import Evidence, coded_chances
from experiments.explore.matching import OnRecord, PlaysOfWar, Rounds, pooled
from experiments.explore.tempering import (
    FEW_MOVES,
    MANY_MOVES,
    MOVES_OF_EVIDENCE,
    Moves,
    PosteriorSample,
    sample_size,
    sampled,
)
from experiments.history.skill import rank_correlation
from experiments.shares import in_percent
from sim.chance import Dice, resampling_rng
from sim.errors import UserError
from sim.quantities import Flags, Numbers, Whole
from sim.runs.numbers import PRIOR, NumbersChoice, PriorRange
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

FROM_PRIOR = 0.25  # share of each later generation: keeps the emulator accurate far from the posterior, too
FIRST = 0.4  # share of all draws in the first generation, all of them from the prior
MEDIAN_AND_ENDS = (0.05, 0.5, 0.95)  # a median and its 90 % interval
SURE = 0.8  # chance from which the cases are said to support a motive, or to speak against it
SUPPORTED, AGAINST, UNDECIDED_MOTIVE = "supported", "spoken against", "open"
TOGETHER = 0.3  # rank correlation from which two motives are not told apart
MOST_PAIRS = 10  # of such motives that are named; the others are in the table
FIRST_ROUNDS, SECOND_ROUNDS = 6, 2  # on the war of 2020, before and after the last generation
APART = 7919  # of the seeds of one generation and the next
ON_YEARS = 1500  # draws that are played on the years beside each generation
MOVES_OF_TRUTH = Moves(10, 10)  # of the posterior of each made-up truth
PLAYED_AFRESH = 250  # of the last draws, at most, for checks: shares are then known to three in a hundred
DRAWS_BETWEEN = 500  # effective sample that is asked for where only the next generation is drawn
NO_YEARS = OnRecord(np.empty((0, 0)), np.empty((0, 0, 3)))
NO_DRAWS = PosteriorSample(np.empty((0, 0)), 0.0, np.empty(0))
NEARLY = 1e-9  # a place in a range is kept this far from its ends, where the normal scale is infinite

# Which numbers are estimated, and why: those on which the patron's choice, the expectations of it and the
# outcomes of the evidence depend. A name that ends in a dot stands for its whole group. Only what is an
# assumption or was tuned, and is not set by the scenario file, is ever drawn.
CHOICE = {
    "patron.": "the patron's motives, and how it chooses",
    "red_lines.": "its red lines: weight, threshold, steepness, and how they are told",
    "sphere.credibility": "the standing that one of its motives is about",
    "client.stability": "the danger to the ruler that one of its motives is about",
    "challenger.gratitude": "the forecast behind the bet on the challenger (C3)",
    "challenger.gratitude_gain": "likewise",
    "challenger.resentment": "likewise",
}
CONTEST = {
    "combat.tempo": "how fast land is taken (T4, T17; loss)",
    "combat.terrain_defence": "where it is taken (T7)",
    "combat.works_defence": "likewise",
    "combat.arms_supply": "what rung 2 prevents",
    "combat.patron_troops": "what rung 4 prevents",
    "settlement.compliance_rate": "what rung 3 prevents, and how soon the war ends (T6)",
    "settlement.truce_rate": "what rung 1 prevents",
    "client.acceptance_steepness": "whether a stop is accepted",
    "client.risk_aversion": "likewise",
    "client.capitulation_odds": "when land is given up (loss)",
    "backer.material_share": "what the backer's help adds",
    "challenger.terrain_aversion": "where the attack goes (T7, T17)",
    "challenger.value_contested": "what it is worth",
    "challenger.value_core": "likewise; whether it moves the patron (T7, T8)",
    "challenger.price_of_clash": "what fear of the patron spares",
    "challenger.aim_precision": "how firmly the better aim is taken",
    "challenger.resolve_belief": "what is expected of the patron",
    "backer.shield": "likewise",
}
TIE = {
    "client.trust_in_troops": "the tie five years later",
    "client.disappointment": "likewise",
    "client.reassurance": "likewise",
    "client.image_damage": "likewise",
    "client.handover_counts": "likewise",
    "client.voice_of_democracy": "likewise",
    "client.loyalty_lag": "likewise",
    "client.exit_threshold": "likewise",
    "client.exit_rate": "likewise",
}
OUTBREAK = {
    "challenger.war_rate": "how often war breaks out (T1, T2)",
    "challenger.war_odds": "from what advantage on (T1, T2)",
    "challenger.offensive_odds": "from what advantage on it is a large one (T2, T3)",
    "challenger.steepness": "how sharply both follow the advantage (T1, T2)",
    "challenger.clash_effort": "how small a small war is (T3)",
    "mediators.challenger_accepts": "whether a deal comes first (T1)",
    "backer.readiness": "what the backer's help adds before 2020 (T1, T2)",
}
REASONS_TO_ESTIMATE = CHOICE | CONTEST | TIE | OUTBREAK
NOT_ESTIMATED = (
    "patron.outrage_decay",
    "patron.outrage_at_attack",
    "patron.stated_clarity",
)  # no choice depends on them
# What a theory with terms of its own does not count; for any other theory all are estimated.
ARTICLES_OWN = ("red_lines.", "patron.sphere_weight", "patron.ruler_weight", "patron.loyalty_weight",
                "patron.popularity_weight", "patron.allies_weight", "patron.gratitude_weight",
                "patron.frustration_weight", "patron.entrapment_weight", "patron.alignment_weight",
                "patron.title_weight", "patron.window_weight", "patron.window_days", "patron.treaty_weight",
                "patron.discount_rate", "patron.unpopularity_tolerance", "patron.perception_lag",
                "sphere.credibility", "client.stability")  # fmt: skip
RIVALS_OWN = ("patron.threat_weight", "patron.bargaining_weight")
NOT_COUNTED = {
    "article": RIVALS_OWN,
    "revised": RIVALS_OWN,
    "treaty_only": (*ARTICLES_OWN, *RIVALS_OWN),
    "balance_of_threat": (*ARTICLES_OWN, "patron.bargaining_weight"),
    "base_rate": (*ARTICLES_OWN, *RIVALS_OWN),
    "bargaining": (*ARTICLES_OWN, "patron.threat_weight"),
}


def free_numbers(theory: str, scenarios: Iterable[str] = ("karabakh-2020", "karabakh-1994-2025")) -> "Prior":
    """The numbers of a theory that are estimated, with what is believed of them beforehand."""
    ranges: dict[str, PriorRange] = {}
    for scenario in (load("crisis"), *map(load, scenarios)):
        ranges = _ranges(scenario, theory) | ranges
    return Prior(ranges)


def _ranges(scenario: Scenario, theory: str) -> dict[str, PriorRange]:
    known = NumbersChoice.of(PRIOR, scenario, [theory]).ranges
    left_out = (*NOT_ESTIMATED, *NOT_COUNTED.get(theory, ()))
    return {path: one for path, one in known.items()
            if _among(path, REASONS_TO_ESTIMATE) and not _among(path, left_out)}  # fmt: skip


def _among(path: str, names: Iterable[str]) -> bool:
    """Whether a path, or its group, is named.

    >>> _among("red_lines.core.weight", ["red_lines."]), _among("client.opinion", ["client.opinion_lag"])
    (True, False)
    """
    return any(path == name or (name.endswith(".") and path.startswith(name)) for name in names)


@dataclass(frozen=True)
class Prior:
    """What is believed of some numbers beforehand: each independent, anywhere in its range equally likely.

    Places are also given on the normal scale, on which the prior is a standard normal.

    Attributes:
        ranges: path -> its range.
    """

    ranges: Mapping[str, PriorRange]

    @property
    def paths(self) -> list[str]:
        """The paths, in order."""
        return list(self.ranges)

    def values(self, normal: Numbers) -> pd.DataFrame:
        """The numbers of (draws, paths) places on the normal scale.

        >>> Prior({"a": PriorRange(2.0, 4.0)}).values(np.array([[0.0]]))["a"].tolist()
        [3.0]
        """
        places = np.clip(ndtr(normal), NEARLY, 1.0 - NEARLY)
        return pd.DataFrame(
            {path: one.at(places[:, at]) for at, (path, one) in enumerate(self.ranges.items())}
        )


@dataclass(frozen=True)
class Effort:
    """How much work goes into an estimate.

    Attributes:
        draws: the number of draws that are played.
        effective: the effective sample that the posterior is to have.
        generations: the number of generations that the draws are split into.
    """

    draws: int = 2000
    effective: int = 500
    generations: int = 4

    def __post_init__(self) -> None:
        if self.draws < self.effective:
            raise UserError(
                f"--draws {self.draws}: fewer than the effective sample asked for (--effective "
                f"{self.effective})"
            )

    @property
    def sizes(self) -> list[int]:
        """How many draws each generation has."""
        first = round(FIRST * self.draws) if self.generations > 1 else self.draws
        later = self.generations - 1
        return [first, *((self.draws - first + place) // later for place in range(later))]


@dataclass(frozen=True)
class TheoryPosterior:
    """What the evidence leaves of a prior.

    Attributes:
        prior: the numbers that were estimated.
        evidence: what they were held against.
        sample: draws of the posterior, on the normal scale.
        emulator: how the chances of what happened depend on the numbers.
        places, seen: the draws that were played, on the normal scale, and what was seen of them.
        first: how many of these are of the first generation, from the prior alone.
        met: pattern of the record -> (draws,) whether fresh worlds of each draw of the posterior meet it.
        not_asked: the patterns that draws did not have to meet, as the theory does not produce them.
    """

    prior: Prior
    evidence: Evidence
    sample: PosteriorSample
    emulator: Emulator
    places: Numbers
    seen: pd.DataFrame
    first: int
    met: Mapping[str, Flags] = field(default_factory=dict)
    not_asked: tuple[str, ...] = ()

    @property
    def draws(self) -> pd.DataFrame:
        """The draws of the posterior, all of equal weight."""
        return self.prior.values(self.sample.places)

    def with_draws(self, places: Numbers, effective: float) -> "TheoryPosterior":
        """The same with other draws, worth this many independent ones."""
        return replace(self, sample=replace(self.sample, places=places, effective=effective))

    def log_likelihood(self, places: Numbers) -> Numbers:
        """(draws,) how likely places make all evidence but the war of 2020, as far as the emulator knows."""
        return np.asarray(log_likelihoods(self.evidence, self.emulator, places).sum(axis=1))


def log_likelihoods(evidence: Evidence, emulator: Emulator, places: Numbers) -> Numbers:
    """(draws, terms) log likelihoods, of (draws, paths) places on the normal scale."""
    return evidence.logs(*emulator.chances(places))


@dataclass(frozen=True)
class Generation:
    """Draws that were played.

    Attributes:
        places: (draws, paths) on the normal scale.
        seen: what was seen of them.
    """

    places: Numbers
    seen: pd.DataFrame


class Plays(Protocol):
    """What plays the draws of an estimate, and keeps what was seen, so that it can be interrupted."""

    @property
    def of_war(self) -> PlaysOfWar | None:
        """What plays draws on the war of 2020, if they are matched to it."""

    def play(self, number: int, places: Numbers) -> Generation:
        """Play a generation and keep it."""

    def recall(self, number: int) -> Generation | None:
        """A generation that was played before."""

    def play_years(self, number: int, places: Numbers) -> OnRecord:
        """Play draws on the years since 1994, beside a generation, and keep what was seen."""

    def recall_years(self, number: int) -> OnRecord | None:
        """Such draws that were played before."""

    def met_afresh(self, places: Numbers) -> Mapping[str, Flags]:
        """Pattern of the record -> (draws,) whether fresh worlds of the last draws meet it."""


def estimated(
    prior: Prior,
    evidence: Evidence,
    effort: Effort,
    seed: int,
    plays: Plays,
    tell: Callable[[str], None] = lambda line: None,
) -> TheoryPosterior:
    """Play draws, generation by generation, and sample the posterior.

    Args:
        prior: the numbers that are estimated.
        evidence: what they are held against, beside the war of 2020.
        effort: how much work goes into it.
        seed: the seed of what is drawn.
        plays: what plays them.
        tell: what is called with a line about each generation.
    """
    done: list[Generation] = []
    on_years: list[OnRecord] = []

    def play(draw: Callable[[Dice], Numbers]) -> None:
        """Play the next generation, of such draws and of the prior, unless it has been played."""
        number, size = len(done), effort.sizes[len(done)]
        known = plays.recall(number)
        known_years = plays.recall_years(number) if evidence.years else NO_YEARS
        if known is None or known_years is None:
            dice = resampling_rng(seed + APART * (number + 1))
            places, chosen = dice.standard_normal((size, len(prior.paths))), draw(dice)
            kept = dice.permutation(len(chosen))
            some = kept[: size - round(FROM_PRIOR * size)]
            places[dice.permutation(size)[: some.size]] = chosen[some]
            known = known or plays.play(number, places)
            known_years = known_years or plays.play_years(number, chosen[kept[:ON_YEARS]])
        done.append(known)
        on_years.append(known_years)
        tell(f"generation {number + 1} of {effort.generations}: {sum(effort.sizes[: number + 1]):,} draws")

    def of_prior(dice: Dice) -> Numbers:
        return dice.standard_normal((max(ON_YEARS, effort.sizes[0]), len(prior.paths)))

    def of_emulator(dice: Dice) -> Numbers:
        enough = max(DRAWS_BETWEEN, effort.sizes[len(done)] // 2)
        return emulated(enough, dice, FEW_MOVES).sample.places

    def emulated(draws: int, dice: Dice, moves: Moves) -> TheoryPosterior:
        return posterior_of(prior, evidence, draws, done, on_years, dice, moves=moves)

    def of_rounds(dice: Dice) -> Numbers:
        return np.asarray(rounds.done[-1].places)

    play(of_prior)
    for _ in range(1, effort.generations - (plays.of_war is not None)):
        play(of_emulator)
    dice = resampling_rng(seed)
    if plays.of_war is None:
        found = emulated(effort.effective, dice, MANY_MOVES)
        return found.with_draws(dice.permutation(found.sample.places), found.sample.effective)
    rounds = Rounds(plays.of_war, effort.effective, seed, tell)
    found = emulated(effort.effective, dice, FEW_MOVES)
    rounds.begin(found.sample.places)
    rounds.learn(found.log_likelihood, FIRST_ROUNDS)
    play(of_rounds)  # the emulator should be right where it matters
    found = emulated(effort.effective, dice, MOVES_OF_EVIDENCE)  # of its sample only the evidence is used
    rounds.learn(found.log_likelihood, SECOND_ROUNDS)
    matched = rounds.matched(found.log_likelihood)
    places = matched.drawn(sample_size(effort.effective), dice)
    found = found.with_draws(places, matched.effective)
    return replace(found, met=plays.met_afresh(places[:PLAYED_AFRESH]), not_asked=matched.not_asked)


def posterior_of(
    prior: Prior,
    evidence: Evidence,
    draws: int,
    done: Sequence[Generation],
    on_years: Sequence[OnRecord],
    dice: Dice,
    *,
    moves: Moves,
) -> TheoryPosterior:
    """What all evidence but the war of 2020 leaves of a prior, as far as the emulator can tell.

    Args:
        prior: the numbers that are estimated.
        evidence: what they are held against.
        draws: the effective sample that is wanted.
        done: the generations that were played.
        on_years: the draws that were played on the years since 1994.
        dice: what is drawn with.
        moves: how often each draw is moved.
    """
    places = np.concatenate([one.places for one in done])
    seen = pd.concat([one.seen for one in done], ignore_index=True)
    of_years = Chances.learned(*pooled(on_years), dice)
    emulator = fitted(places, evidence.counts(seen), evidence.densities(seen), of_years, dice)
    found = TheoryPosterior(prior, evidence, NO_DRAWS, emulator, places, seen, len(done[0].places))
    return replace(found, sample=sampled(found.log_likelihood, len(prior.paths), draws, dice, moves))


def motives(posterior: TheoryPosterior) -> pd.DataFrame:
    """What the evidence says of each motive of the patron: the weights in its choice, by their claims.

    Returns:
        one row per motive: parameter, claim, motive, low, high (of the range), prior_low, prior_median,
        prior_high, posterior_low, posterior_median, posterior_high (90 %), larger (the chance that it weighs
        more than the prior's middle), verdict.
    """
    known = {info.path: info for info in describe(load("crisis"))}
    rows = []
    draws = posterior.draws
    for path, one in posterior.prior.ranges.items():
        info = known[path]
        if info.unit != "utility":
            continue
        before, after = one.at(np.array(MEDIAN_AND_ENDS)), np.quantile(draws[path], MEDIAN_AND_ENDS)
        larger = float((draws[path] > before[1]).mean())
        rows.append(
            {
                "parameter": path,
                "claim": info.claim,
                "motive": info.meaning.removeprefix("weight of ").partition(" (")[0],
                "low": one.low,
                "high": one.high,
                **dict(zip(("prior_low", "prior_median", "prior_high"), before, strict=True)),
                **dict(zip(("posterior_low", "posterior_median", "posterior_high"), after, strict=True)),
                "larger": larger,
                "verdict": _verdict(larger),
            }
        )
    return pd.DataFrame(rows)


def _verdict(larger: float) -> str:
    """What a chance that a motive weighs more than the prior's middle says of it."""
    if larger >= SURE:
        return SUPPORTED
    return AGAINST if larger <= 1.0 - SURE else UNDECIDED_MOTIVE


def motive_correlations(posterior: TheoryPosterior, table: pd.DataFrame) -> pd.DataFrame:
    """Which motives go together in the posterior: one row per pair (one, other, correlation), closest first.

    Args:
        posterior: the posterior.
        table: its motives.
    """
    names = [_named(row) for row in table.to_dict("records")]
    ranks = posterior.draws[list(table["parameter"])].rank().corr().to_numpy()
    first, second = np.triu_indices(len(names), k=1)
    pairs = pd.DataFrame(
        {
            "one": np.array(names, dtype=object)[first],
            "other": np.array(names, dtype=object)[second],
            "correlation": ranks[first, second],
        }
    )
    return pairs.sort_values("correlation", key=np.abs, ascending=False, ignore_index=True)


def _named(row: Mapping[Hashable, Any]) -> str:
    """A motive by its claim.

    >>> _named({"claim": "C3", "motive": "the challenger's gratitude"})
    "C3 the challenger's gratitude"
    """
    return f"{row['claim']} {row['motive']}".strip()


def in_words(table: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """Which motives the cases support, which they speak against, and which they cannot tell apart."""
    by_verdict = {
        verdict: [_named(row) for row in table[table["verdict"] == verdict].to_dict("records")]
        for verdict in (SUPPORTED, AGAINST, UNDECIDED_MOTIVE)
    }
    close = pairs[pairs["correlation"].abs() >= TOGETHER]
    told = [f"{row.one} and {row.other} ({row.correlation:+.2f})" for row in close[:MOST_PAIRS].itertuples()]
    told += [f"and {len(close) - MOST_PAIRS} pairs more"] * (len(close) > MOST_PAIRS)
    return [
        f"The evidence supports (chance of {in_percent(SURE)} or more that it weighs more than its prior "
        f"median): {'; '.join(by_verdict[SUPPORTED]) or 'none'}.",
        f"It speaks against (as likely that it weighs less): {'; '.join(by_verdict[AGAINST]) or 'none'}.",
        f"It leaves open: {'; '.join(by_verdict[UNDECIDED_MOTIVE]) or 'none'}.",
        f"It cannot tell apart (correlation of {TOGETHER:g} and more): {'; '.join(told) or 'no two'}.",
    ]


@dataclass(frozen=True)
class Recovery:
    """Whether made-up truths are found again.

    Attributes:
        table: one row per parameter: parameter, covered (share of truths in their 90 % interval), found_again
            (rank correlation of truths with the medians of their posteriors).
        ranks: (truths, parameters) the share of its posterior below each truth: uniform, if all is well
            (Talts and others 2018).
    """

    table: pd.DataFrame
    ranks: Numbers

    @property
    def covered(self) -> float:
        """The share of all truths in their interval."""
        return float(self.table["covered"].mean())


def recovery(posterior: TheoryPosterior, truths: int, draws: int, seed: int) -> Recovery:
    """Take played draws as history in turn, and look for their numbers by the rungs alone.

    Only draws from the prior that the emulator has not learned from are taken.

    Args:
        posterior: the posterior, whose emulator and draws are used.
        truths: the number of draws that are taken, at most.
        draws: the number of draws of each posterior.
        seed: the seed of what is drawn.
    """
    dice, evidence = resampling_rng(seed), posterior.evidence
    unseen = np.flatnonzero(kept_aside(len(posterior.places))[: posterior.first])
    counts = evidence.counts(posterior.seen)
    of_rungs = np.array([term.startswith(("force:", "rung:")) for term in evidence.terms])
    ranks, medians, chosen = [], [], dice.permutation(unseen)[:truths]
    for truth in chosen:
        edges = coded_chances(counts[truth]).cumsum(axis=1)[:, :-1]
        levels = (dice.uniform(size=(len(edges), 1)) > edges).sum(axis=1)

        def log_likelihood(of: Numbers, levels: Whole = levels) -> Numbers:
            logs = evidence.logs(*posterior.emulator.chances(of), levels=levels.tolist())
            return np.asarray(logs[:, of_rungs].sum(axis=1))

        with one_thread():
            size = posterior.places.shape[1]
            places = sampled(log_likelihood, size, draws // 2, dice, MOVES_OF_TRUTH).places
        ranks.append((places < posterior.places[truth]).mean(axis=0))
        medians.append(np.median(places, axis=0))
    known, found = posterior.places[chosen], np.array(ranks)
    low, high = MEDIAN_AND_ENDS[0], MEDIAN_AND_ENDS[-1]
    pairs = zip(known.T, np.array(medians).T, strict=True)
    table = pd.DataFrame(
        {
            "parameter": posterior.prior.paths,
            "covered": ((found >= low) & (found <= high)).mean(axis=0),
            "found_again": [rank_correlation(one, other) for one, other in pairs],
        }
    )
    return Recovery(table, found)
