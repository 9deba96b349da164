"""The study of coded crises that the rules were not written for: when a patron acts, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.trial.study import Answer, Picture, Study, StudyOptions
from sim.world import FORCE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Guess = tuple[NDArray[np.float64], NDArray[np.float64]]

CASE_WORLDS = 200  # a chance is then known to within 0.035 (one standard error)
FEWEST_SCORED = 6  # cases with a known result, below which no score is given
PLAIN = "article"  # the theory whose predictions are the table `cases`
LEARNED = """\
Article is not scored on K1, from which its defaults come, nor revised on K1, K2 and K3; what is estimated
is scored on none of the cases that ship"""
HINDSIGHT = "the codes were judged by a reader who knew the outcomes"
CAUTION = f"""\
In brackets: 90 % of resampled sets of cases, those of one war drawn together. Mean and regression
never saw the war they are asked about. {LEARNED}.
base_rate weighs a coin and the cost of acting: it ranks cases by capability and length of war.
Caution: {HINDSIGHT}."""


@dataclass(frozen=True)
class ScoredPrediction:
    """One thing that is predicted and can be scored: a chance, share or tie, and what it is held against.

    Attributes:
        question: what is predicted, in plain words.
        column: the column of the predictions.
        result: the column of what came of the cases.
        happened: what turns that column into what is scored.
        scores: the scores that are taken.
        alone: the name and the code of a rival that looks at one code only.
    """

    question: str
    column: str
    result: str
    happened: Callable[["pd.Series[float]"], "NDArray[np.float64]"]
    scores: tuple[str, ...]
    alone: tuple[str, str] | None = None


def _as_it_is(column: "pd.Series[float]") -> "NDArray[np.float64]":
    import numpy as np

    return np.asarray(column, dtype=np.float64)


def _force(level: "pd.Series[float]") -> "NDArray[np.float64]":
    """1 where the patron took rung 3 or more, 0 where it did not, NaN where it is not known."""
    return _as_it_is((level >= FORCE).astype(float).where(level.notna()))


SCORED = (
    ScoredPrediction(
        "Force (rung 3 or more)",
        "p_level3",
        "level",
        _force,
        ("AUC", "Brier"),
        alone=("capability alone", "project"),  # who can, does: no rule of the article needed
    ),
    ScoredPrediction("Land lost", "loss_mean", "loss", _as_it_is, ("Spearman",)),
    ScoredPrediction("Tie five years later", "ally5_mean", "ally5", _as_it_is, ("Spearman",)),
)
BETTER = {"AUC": "higher", "Brier": "lower", "Spearman": "higher"}


def _answer(options: StudyOptions) -> Answer:
    """Predict every case of a coding table under every theory, and score what can be scored.

    Raises:
        UserError: what is wrong with the table, by row and column.
    """
    import pandas as pd

    from experiments.figures.cases import draw_cases, draw_scores
    from experiments.history.coded_cases import (
        CODES,
        PREDICTED,
        RESULTS,
        WRITTEN,
        given_cases,
        mapping,
        predict,
        read_cases,
    )
    from sim.runs.executors import workers

    cases = given_cases() if options.table is None else read_cases(options.table)
    table = "cases.csv" if options.table is None else options.table.name
    worlds = options.worlds or CASE_WORLDS
    asked = _choices(options.numbers)
    size, ready = len(cases) * sum(map(len, asked.values())) * worlds, 0

    def done(count: int) -> None:
        nonlocal ready
        ready += count
        options.tell(f"{ready:,} of {size:,} worlds")

    with workers(options.workers) as pool:
        parts = [
            predict(cases, theories, worlds, options.seed, pool, done, numbers)
            for numbers, theories in asked.items()
        ]
    predicted = pd.concat(parts, ignore_index=True)
    mine = predicted[predicted["numbers"] == options.numbers]
    plain = mine.loc[mine["theory"] == PLAIN, ["id", *PREDICTED]].reset_index(drop=True)
    score = score_table(cases, predicted, options.seed)
    told = [f"{len(cases)} cases of {table}", f"{worlds} worlds each", options.numbers_in_words,
            f"seed {options.seed}"]  # fmt: skip
    known = [name for name in RESULTS if name in cases]
    if known:
        told.append(HINDSIGHT)
    figures = {
        "cases": Picture(
            draw_cases(cases, mine, told),
            "The chance, in per cent of worlds, that the patron reaches rung 3 or more, case by case.",
            "A table of cases and theories, each cell shaded by the chance of force; "
            + _words_of_cases(cases, plain),
        )
    }
    if len(score):
        figures["scores"] = Picture(
            draw_scores(score, [*told, "lines: 90 % of resampled sets of cases", "dashed: knowing nothing"]),
            "Scores of each theory against the mean of the other cases and a regression on the same codes.",
            "Points with intervals, a panel a score: "
            + "; ".join(_words(score, label(PLAIN, options.numbers)))
            + ".",
        )
    tables: dict[str, pd.DataFrame] = {
        "cases": plain.rename(columns=WRITTEN),
        "cases-by-theory": predicted.rename(columns=WRITTEN),
        "mapping": mapping(),
    }
    if len(score):
        tables["score"] = score
    facts = {
        "scenario": "crisis",
        "table": table,
        "cases": len(cases),
        "worlds": worlds,
        "seed": options.seed,
        "theories": list(mine["theory"].unique()),
        "codes": list(CODES),
        "results": known,
        "score": score.to_dict(orient="records"),
    }
    verdict = _verdict(len(cases), score, options.numbers)
    return Answer(verdict, _paragraphs(cases, plain, score), tables, figures, facts)


def _choices(numbers: str) -> dict[str, tuple[str, ...]]:
    """Which numbers the cases are played with, each with the theories that have such; those asked for first.

    Raises:
        UserError: no theory has the numbers asked for.
    """
    from agents.theories import THEORIES
    from sim.errors import UserError
    from sim.runs.numbers import DEFAULTS, ESTIMATED, PRIOR, NumbersChoice
    from sim.scenarios.loading import load

    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys([numbers, DEFAULTS, PRIOR, ESTIMATED]):
        problem = None
        for theory in THEORIES:
            try:
                NumbersChoice.of(name, load("crisis"), [theory])
            except UserError as error:
                problem = problem or error
            else:
                found[name] = (*found.get(name, ()), theory)
        if name == numbers and problem is not None and PLAIN not in found.get(name, ()):
            raise problem
    return found


def label(theory: str, numbers: str) -> str:
    """What a theory with some numbers is called among others.

    >>> label("article", "defaults"), label("article", "prior")
    ('article', 'article, prior')
    """
    return theory if numbers == "defaults" else f"{theory}, {Path(numbers).stem}"


def score_table(cases: "pd.DataFrame", predicted: "pd.DataFrame", seed: int) -> "pd.DataFrame":
    """Every score of every theory and rival on the cases whose result is known; no rows if there is none.

    A theory is not scored on the cases that it, or its numbers, have learned from, and cases of one war count
    as one.
    """
    import numpy as np
    import pandas as pd

    from experiments.history.coded_cases import WAR_COLUMN, by_theory, learned_from
    from experiments.history.skill import auc, brier, mean_of_others, rank_correlation, score_interval

    measures = {"AUC": auc, "Brier": brier, "Spearman": rank_correlation}
    nothing: dict[str, Callable[..., float]] = {
        "AUC": lambda result, wars: 0.5,
        "Brier": lambda result, wars: brier(result, mean_of_others(result, wars)),
        "Spearman": lambda result, wars: 0.0,
    }
    rows: list[Mapping[str, Any]] = []
    for one in SCORED:
        if one.result not in cases:
            continue
        happened = one.happened(cases[one.result])
        there = ~np.isnan(happened)
        truth = happened[there]
        wars = cases[WAR_COLUMN].to_numpy()[there]
        if len(set(wars)) < FEWEST_SCORED or np.ptp(truth) == 0:
            continue
        guesses, known = _rivals(one, cases[there], truth), {}
        for theory, numbers, part in reversed(list(by_theory(predicted))):
            name = label(theory, numbers)
            guesses = {name: (part[one.column].to_numpy()[there],) * 2} | guesses
            known[name] = (numbers, learned_from(theory, numbers, cases)[there])
        for kind in one.scores:
            for name, (share, rank) in guesses.items():
                numbers, learned = known.get(name, ("", np.zeros(truth.size, dtype=bool)))
                new = ~learned
                if not new.any():
                    continue
                result, guess = truth[new], (share if kind == "Brier" else rank)[new]
                low, high = score_interval(measures[kind], result, guess, seed, wars[new])
                rows.append(
                    {
                        "question": one.question,
                        "score": kind,
                        "by": name,
                        "numbers": numbers,
                        "value": measures[kind](result, guess),
                        "low": low,
                        "high": high,
                        "cases": int(result.size),
                        "better": BETTER[kind],
                        "nothing": nothing[kind](result, wars[new]),
                    }
                )
    return pd.DataFrame(rows)


def _rivals(one: ScoredPrediction, cases: "pd.DataFrame", truth: "NDArray[np.float64]") -> "dict[str, Guess]":
    """What those say who know no rule: a share for each case, and what ranks the cases."""
    import numpy as np

    from experiments.history.coded_cases import CODES, WAR_COLUMN
    from experiments.history.skill import logistic_without, mean_of_others

    rivals: dict[str, Guess] = {}
    wars = cases[WAR_COLUMN].to_numpy()
    rivals["ridge regression"] = logistic_without(cases[list(CODES)].to_numpy(dtype=float), truth, wars)
    if one.alone is not None:
        name, code = one.alone
        rivals[name] = (cases[code].to_numpy(dtype=float),) * 2
    # it knows nothing that could rank the cases; without the case itself the mean would rank them backwards
    rivals["mean of the others"] = mean_of_others(truth, wars), np.zeros(truth.size)
    return rivals


def _words(score: "pd.DataFrame", name: str) -> list[str]:
    """The scores of one theory or rival, in words."""
    part = score[score["by"] == name]
    return [
        f"{row.question}, {row.score} {row.value:.2f} ({row.low:.2f} to {row.high:.2f})"
        for row in part.itertuples()
    ]


def _words_of_cases(cases: "pd.DataFrame", plain: "pd.DataFrame") -> str:
    likely = int((plain["p_level3"] > 0.5).sum())
    text = f"under the article it is above a half in {likely} of {len(cases)} cases"
    if "level" in cases and cases["level"].notna().any():
        text += f", while force was used in {int((cases['level'] >= FORCE).sum())}"
    return text + "."


def _paragraphs(cases: "pd.DataFrame", plain: "pd.DataFrame", score: "pd.DataFrame") -> tuple[str, ...]:
    """The scores with what they mean, and the prediction of each case."""
    lines = [f"{PLAIN:<36}{'force':>8}{'rung':>8}{'lost':>8}{'tie':>8}"]
    for name, numbers in zip(cases["case"], plain.drop(columns="id").to_numpy(), strict=True):
        lines.append(f"{str(name)[:34]:<36}" + "".join(f"{number:>8.2f}" for number in numbers))
    return (*((_score_table(score), CAUTION) if len(score) else ()), "\n".join(lines))


def _score_table(score: "pd.DataFrame") -> str:
    """A row a theory or rival, a column a score."""
    lines = [f"{'':<30}" + "".join(f"{kind:>26}" for kind in _kinds(score))]
    for name, part in score.groupby("by", sort=False):
        cells = [
            "none" if isnan(value) else f"{value:>6.2f} ({low:5.2f} to {high:5.2f})"
            for value, low, high in part[["value", "low", "high"]].to_numpy(dtype=float)
        ]
        lines.append(f"{name!s:<30}" + "".join(f"{cell:>26}" for cell in cells))
    return "\n".join(lines)


def _verdict(cases: int, score: "pd.DataFrame", numbers: str = "defaults") -> str:
    """The answer in one sentence."""
    if not len(score):
        return (
            f"{cases} cases predicted, none scored: it takes {FEWEST_SCORED} with known and unlike results."
        )
    force = score[score["score"] == "AUC"].set_index("by")
    if not len(force):
        return f"{cases} cases predicted; force cannot be scored, for want of cases with and without it."
    if label(PLAIN, numbers) not in force.index:
        return f"{cases} cases predicted; the numbers have learned from them, so they are not scored on them."
    first = force.loc[label(PLAIN, numbers)]
    word = "no better than" if first["low"] <= first["nothing"] else "better than"
    word = "worse than" if first["high"] < first["nothing"] else word
    values = force["value"].drop(first.name).to_dict()
    rivals = ", ".join(f"{name!s} {value:.2f}" for name, value in values.items())
    return (
        f"In {first['cases']} coded crises the article's rules tell where force was used {word} chance: "
        f"AUC {first['value']:.2f} ({first['low']:.2f} to {first['high']:.2f}); {rivals}."
    )


def _kinds(score: "pd.DataFrame") -> list[str]:
    pairs = dict.fromkeys(zip(score["question"], score["score"], strict=True))
    return [f"{question.split(' (')[0].split(' five')[0]}, {kind}" for question, kind in pairs]


STUDY = Study(
    name="cases",
    question="Do the rules predict, in crises they were not written for, when a patron acts?",
    claims=("C5", "C20", "C36", "C37"),
    answer=_answer,
    takes_table=True,
)
