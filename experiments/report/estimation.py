"""What is told of an estimate, and of theories compared: sentences, tables, figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.estimation import Recovery, TheoryPosterior, in_words, motive_correlations, motives
from experiments.explore.left_out import compared, leave_wars_out
from experiments.explore.misses import dependence_on_codes, rungs_taken, where_it_misses
from experiments.explore.smoothing import HEAVY_TAIL
from experiments.figures.cases import draw_scores
from experiments.figures.estimation import draw_motives
from experiments.shares import in_percent
from experiments.trial.study import Answer, Picture
from sim.world import FORCE

DIGITS_WRITTEN = 6  # of a shipped number; more would only be noise
CAUTION_OF_CODES = "Caution: the codes were judged by a reader who knew the outcomes."


def predicted_cases(posterior: TheoryPosterior, played: pd.DataFrame) -> pd.DataFrame:
    """What the posterior says of each case, beside what happened.

    Args:
        posterior: the posterior.
        played: fresh worlds of its draws: id, level, loss, ally5.
    """
    cases, left = posterior.evidence.cases, leave_wars_out(posterior)
    chances = posterior.emulator.chances(posterior.sample.places)[0][:, :, FORCE:].sum(axis=2)
    low, high = np.quantile(chances, [0.05, 0.95], axis=0)
    results = ["level", "loss", "ally5"]
    means = played.assign(force=played["level"] >= FORCE).groupby("id")[["force", *results]].mean()
    known = [name for name in results if name in cases]
    told = pd.DataFrame(
        {
            "id": cases["id"],
            "case": cases["case"],
            "p_level3": means.loc[cases["id"], "force"].to_numpy(),
            "p_low": low,
            "p_high": high,
            "p_emulated": chances.mean(axis=0),
            "p_left_out": left.chances,
            "left_out_shape": left.shapes,
            **{
                f"{name}_mean": means.loc[cases["id"], name].to_numpy() for name in ("level", "loss", "ally5")
            },
        }
    )
    return told.join(cases[known])


def estimate_answer(
    posterior: TheoryPosterior,
    played: pd.DataFrame,
    told: Sequence[str],
    facts: Mapping[str, Any],
    again: Recovery | None = None,
) -> Answer:
    """The answer of an estimate.

    Args:
        posterior: the posterior.
        played: fresh worlds of its draws; see predicted_cases.
        told: what determines the numbers, in short phrases.
        facts: the same as plain data.
        again: whether made-up truths were found again, if that was looked at.
    """
    weights = motives(posterior)
    pairs, cases = motive_correlations(posterior, weights), predicted_cases(posterior, played)
    words, of_cases = in_words(weights, pairs), posterior.evidence.cases
    codes = dependence_on_codes(of_cases, cases["p_level3"])
    happened = cases["level"] >= FORCE
    off = float(np.sqrt(((cases["p_emulated"] - cases["p_level3"]) ** 2).mean()))
    learned, left_out = (((cases[name] - happened) ** 2).mean() for name in ("p_level3", "p_left_out"))
    counts = weights["verdict"].value_counts()
    title = (
        f"{facts['theory']}: the cases support {counts.get('supported', 0)} of {len(weights)} motives, speak "
        f"against {counts.get('spoken against', 0)}, and leave {counts.get('open', 0)} open."
    )
    quality = (
        f"{len(posterior.places):,} draws played; effective sample {posterior.sample.effective:,.0f} of "
        f"{len(posterior.sample.places):,} draws. The emulator is off by {posterior.emulator.error:.3f} in "
        f"draws that it has not seen, and by {off:.3f} in the mean chance of a case, beside fresh worlds. "
        f"Brier on the cases learned from {learned:.2f}, with each war left out {left_out:.2f}."
    )
    figure = Picture(
        draw_motives(weights, told),
        "What each motive of the patron weighs before and after the cases, named by its claim.",
        " ".join(words),
    )
    tables = {
        "posterior": as_written(posterior.draws),
        "motives": weights,
        "correlations": pairs,
        "cases": cases,
        "codes": codes,
        "rungs": rungs_taken(of_cases, played),
    }
    paragraphs = [*words, quality, where_it_misses(cases, codes), CAUTION_OF_CODES]
    paragraphs += _of_record(posterior)
    if again is not None:
        tables["recovery"] = again.table
        found = f"{in_percent(again.covered)} of the numbers of {len(again.ranks)} made-up truths"
        paragraphs.append(f"{found} lie in their 90 % interval.")
    facts = {**facts, "effective": posterior.sample.effective, "emulator_error": posterior.emulator.error}
    return Answer(title, tuple(paragraphs), tables, {"motives": figure}, facts)


def _of_record(posterior: TheoryPosterior) -> list[str]:
    """How well fresh worlds of the draws make the record, and what was not asked of them."""
    if not posterior.met:
        return []
    met = ", ".join(f"{name} {in_percent(each.mean())}" for name, each in posterior.met.items())
    told = f"Draws whose fresh worlds meet the pattern: {met}."
    if posterior.not_asked:
        beyond = ", ".join(posterior.not_asked)
        told += f" Not asked of them, as the theory does not come to it beside the others: {beyond}."
    return [told]


def as_written(draws: pd.DataFrame) -> pd.DataFrame:
    """Draws as they are written: to so many digits, which keeps them within their ranges.

    >>> as_written(pd.DataFrame({"a": [1 / 3]}))["a"].tolist()
    [0.333333]
    """
    return draws.map(lambda value: float(f"{value:.{DIGITS_WRITTEN}g}"))


def comparison_answer(posteriors: Mapping[str, TheoryPosterior], seed: int, told: Sequence[str]) -> Answer:
    """The theories beside each other and beside those who know none, on wars that none has seen."""
    scores, theories = compared(posteriors, seed)
    by_log = scores[scores["score"] == "Log"].set_index("by")["value"]
    best = str(by_log[list(posteriors)].idxmax())
    likely = theories.nlargest(1, "posterior_probability").iloc[0]
    verb = "beats" if by_log[best] > by_log["ridge regression"] else "does not beat"
    chance, low, high = map(in_percent, likely[["posterior_probability", "low", "high"]])
    title = (
        f"With each war left out, {best} predicts best of the theories (log score {by_log[best]:.2f}) and "
        f"{verb} a ridge regression on the same codes ({by_log['ridge regression']:.2f}); the most likely "
        f"theory is {likely['theory']} ({chance}, {low} to {high})."
    )
    unsure = ", ".join(f"{row.theory} {row.unsure_cases}" for row in theories.itertuples())
    caution = (
        f"Nobody is scored on the cases that a theory was made from. Cases whose weights have too heavy a "
        f"tail (shape above {HEAVY_TAIL:g}) to be relied on: {unsure}. {CAUTION_OF_CODES}"
    )
    figure = Picture(
        draw_scores(scores, [*told, "lines: 90 % of resampled wars", "dashed: knowing nothing"]),
        "Scores of each theory and of its rivals on wars that none has seen.",
        title,
    )
    tables = {"comparison": scores, "theories": theories}
    question = "Which theory tells best when a patron acts, in wars that it has not seen?"
    facts = {"kind": "study", "name": "comparison", "seed": seed, "question": question}
    paragraphs = (_lines(scores), _lines_of(theories), caution)
    return Answer(title, paragraphs, tables, {"comparison": figure}, facts)


def _lines(scores: pd.DataFrame) -> str:
    """A row a forecaster, a column a score."""
    kinds = list(scores["score"].unique())
    lines = [f"{'':<20}" + "".join(f"{kind:>24}" for kind in kinds)]
    for by, part in scores.groupby("by", sort=False):
        cells = [f"{row.value:6.2f} ({row.low:5.2f} to {row.high:5.2f})" for row in part.itertuples()]
        lines.append(f"{by!s:<20}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _lines_of(theories: pd.DataFrame) -> str:
    lines = [f"{'':<20}{'stacking':>12}{'probability':>16}"]
    for row in theories.itertuples():
        chance = f"{row.posterior_probability:.2f} ({row.low:.2f}-{row.high:.2f})"
        lines.append(f"{row.theory!s:<20}{row.stacking_weight:>12.2f}{chance:>18}")
    return "\n".join(lines)
