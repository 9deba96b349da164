"""The scoreboard of the 55 claims: every experiment, every verdict, and how robust each one is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from agents.claims import Claim, all_claims
from experiments.trial.answer import (
    draws_of_posterior,
    effects_table,
    facts_of_scenarios,
    judge,
    others_around,
    scale_of,
)
from experiments.trial.claims import CANNOT_FAIL, verdict_on, verdicts_counted
from experiments.trial.experiment import Experiment
from experiments.trial.study import Answer, Picture, StudyOptions
from experiments.trial.transfer import lacking_in_words, transferred
from experiments.trial.verdict import (
    FAILS,
    HOLDS,
    NEGLIGIBLE,
    SPACES,
    SPANS,
    UNDECIDED,
    Judgement,
    Robustness,
    effects_of,
    robustness,
    together,
    verdicts_by_point,
)
from experiments.trial.worlds import Sample, Tables, collect_all
from sim.errors import UserError
from sim.runs.executors import workers
from sim.scenarios.loading import load

TRIAL_WORLDS = 1000  # for each setting
POINTS = 96  # of each space of the other parameters
EACH = 4  # worlds at each of these points
RECORD = {"borne out": "bears it out", "contradicted": "contradicts it", "mixed": "is mixed"}
SAME = {HOLDS: "borne out", FAILS: "contradicted"}  # verdicts of model and history that agree


@dataclass(frozen=True)
class Tried:
    """An experiment and its results, with the numbers asked for and with others."""

    experiment: Experiment
    judgements: list[Judgement]
    around: dict[str, Tables]
    points: int


def trial(experiments: Sequence[Experiment], options: StudyOptions, points: int = POINTS) -> Answer:
    """Run all experiments and make the scoreboard.

    Args:
        experiments: the experiments; those with expectations together test each claim of the article.
        options: how they are run; its `worlds` is the number for each setting.
        points: the number of draws of the posterior, and of points of each Latin hypercube around the
            defaults; 0 leaves robustness out.
    """
    worlds = options.worlds or TRIAL_WORLDS
    asked, lacking = asked_of_scenario([one for one in experiments if one.expectations], options)
    found = _try_all(asked, worlds, options, points)
    known = [_without_record(claim) if options.scenario else claim for claim in all_claims()]
    board = pd.DataFrame([_row(claim, found) for claim in known if _of(claim, found)])
    effects = pd.concat(
        [effects_table(one.judgements).assign(experiment=one.experiment.name) for one in found],
        ignore_index=True,
    )
    luck = f"{worlds:,} worlds a setting, all with the same luck"
    scenario = [f"scenario: {load(options.scenario).name}"] if options.scenario else []
    caption = [*scenario, options.numbers_in_words, luck, f"seed {options.seed}"]
    if points:
        caption += [
            "draws, near, far: share of points where a claim holds (blue), fails (orange), does not matter",
            "draws: all other parameters as in a draw of the posterior",
            "near, far: a quarter of the way or all of it from their defaults to the ends of the ranges",
            f"{points} points of each, and {EACH} worlds at each",
        ]
    verdicts = dict(zip(board["claim"], board["verdict"], strict=True))
    counted = verdicts_counted(verdicts)
    return Answer(
        counted,
        tables={"scoreboard": board, "effects": effects},
        figures={"scoreboard": _picture(board, [counted.rstrip("."), *caption])},
        facts={
            "name": "claims",
            "question": "How do the 55 claims of the article stand?",
            "worlds": worlds,
            "seed": options.seed,
            "points": points,
            "worlds_at_a_point": EACH,
            "verdicts": verdicts,
        }
        | facts_of_scenarios([load(options.scenario)] if options.scenario else [], lacking),
    ).with_numbers(options)


def asked_of_scenario(
    experiments: Sequence[Experiment], options: StudyOptions
) -> tuple[list[Experiment], list[str]]:
    """The experiments as far as they can be asked of the scenario, and what it lacks for the rest.

    Raises:
        UserError: nothing can be asked of it.
    """
    if options.scenario is None:
        return list(experiments), []
    found = [transferred(one, options.scenario) for one in experiments]
    asked = [one.experiment for one in found if one.experiment is not None and one.experiment.expectations]
    lacking = lacking_in_words(*found)
    if not asked:
        raise UserError(f"no claim can be asked of {options.scenario}: {lacking[0]}")
    return asked, lacking


def _without_record(claim: Claim) -> Claim:
    """A claim as it is asked of another scenario, of which our record says nothing."""
    return claim.model_copy(update={"history": "not tested", "history_note": ""})


def _try_all(
    experiments: Sequence[Experiment], worlds: int, options: StudyOptions, points: int
) -> list[Tried]:
    """Run all experiments at once, with the numbers asked for and in each space of other numbers."""
    needed = {one.name: [s for part in one.expectations for s in part.settings()] for one in experiments}
    sample = Sample(worlds, options.seed, numbers=options.numbers)
    wanted = [([setting for settings in needed.values() for setting in settings], sample)]
    for one in experiments if points else ():
        around = (others_around(one, points, options.seed, span) for span in SPANS.values())
        for others in (draws_of_posterior(one, points), *around):
            wanted.append((needed[one.name], Sample(EACH, options.seed, others)))
    with workers(options.workers) as pool:
        tables, *elsewhere = collect_all(wanted, pool, options.tell)
    tried = []
    for place, one in enumerate(experiments):
        mine = elsewhere[place * len(SPACES) : (place + 1) * len(SPACES)]
        tried.append(
            Tried(one, judge(one, tables, options.seed), dict(zip(SPACES, mine, strict=False)), points)
        )
    return tried


def _of(claim: Claim, found: Sequence[Tried]) -> list[tuple[Tried, Judgement]]:
    """What bears on a claim."""
    return [(one, part) for one in found for part in one.judgements if part.expectation.claim == claim.id]


def _row(claim: Claim, found: Sequence[Tried]) -> dict[str, Any]:
    """The row of a claim."""
    parts = _of(claim, found)
    judgements = [one for _, one in parts]
    found_on_parts = [one.verdict for one in judgements]
    verdict = verdict_on(claim.id, found_on_parts)
    decides = next(one for one in judgements if one.verdict == together(found_on_parts))
    expected = decides.expectation
    carries = {
        f"{name}_{word}": value
        for name in SPACES
        for word, value in asdict(_carries(parts[0][0], name, judgements, verdict)).items()
    }
    return {
        "claim": claim.id,
        "kind": claim.kind,
        "sign": claim.sign,
        "sign_reason": claim.sign_reason,
        "text": claim.text,
        "short": expected.words,
        "rules": ", ".join(name.removeprefix("agents.") for name in claim.where),
        "experiment": parts[0][0].experiment.name,
        "effect": decides.effect,
        "low": decides.low,
        "high": decides.high,
        "unit": expected.unit,
        "least": expected.least,
        "near": expected.near,
        "scale": scale_of(expected.least, expected.unit),
        "worlds": decides.worlds,
        "parts": len(judgements),
        "verdict": verdict,
        "remark": claim.cannot_fail if verdict == CANNOT_FAIL else decides.remark,
        "history": claim.history,
        "difference": _difference(claim, verdict),
        **carries,
    }


def _carries(one: Tried, name: str, judgements: Sequence[Judgement], verdict: str) -> Robustness:
    """The share of a space of the other parameters in which the claim holds, if its test can fail."""
    if not one.around or verdict == CANNOT_FAIL:
        return Robustness(np.nan, np.nan, np.nan, 0)
    tables = one.around[name]
    parts = [part.expectation for part in judgements]
    return robustness([verdicts_by_point(part, effects_of(part, tables), one.points) for part in parts])


def _difference(claim: Claim, verdict: str) -> str:
    """A sentence where model and record differ; empty where they agree, or the record is silent."""
    if claim.history == "not tested" or SAME.get(verdict) == claim.history:
        return ""
    said = {
        HOLDS: "It follows from the model's rules",
        FAILS: "The model says something else",
        NEGLIGIBLE: "In the model it makes no difference that matters",
        UNDECIDED: "The model leaves it open",
        CANNOT_FAIL: "Its test cannot fail",
    }[verdict]
    note = f": {claim.history_note}" if claim.history_note else "."
    return f"{said}, and the record {RECORD[claim.history]}{note}"


def _picture(board: pd.DataFrame, caption: list[str]) -> Picture:
    from experiments.figures.verdicts import draw_scoreboard

    return Picture(
        draw_scoreboard(board, caption),
        "Effect, verdict of the model, verdict of history and robustness of every claim.",
        f"A row for each claim. {caption[0]}.",
    )
