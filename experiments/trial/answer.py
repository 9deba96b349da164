"""How is an experiment answered? Its worlds are run, its expectations judged, its figures drawn."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import pandas as pd

from experiments.trial.experiment import Curves, Experiment, Setting, Trajectories, read_of
from experiments.trial.study import Answer, Picture, Study, StudyOptions
from experiments.trial.variants import scenario_of_variant
from experiments.trial.verdict import FAILS, HOLDS, UNDECIDED, Judgement, effects_of, judged, together
from experiments.trial.worlds import Sample, Tables, bands_over_time, collect
from sim.runs.design import build, parse_factor
from sim.runs.executors import workers
from sim.scenarios.parameters import YES_NO
from sim.scenarios.scenario import describe

USUAL = {"rung": 0.05, "count": 0.1, "km2": 10.0, "days": 2.0, "ratio": 0.1}  # scale where any effect counts
USUAL_SHARE = 0.02
COURSE_WORLDS = 400  # for a figure over time: medians and bands need no more


def study_of(experiment: Experiment) -> Study:
    """An experiment as a study."""
    return Study(
        name=experiment.name,
        question=experiment.question,
        claims=experiment.claims,
        answer=lambda asked: answer(experiment, asked),
    )


def answer(experiment: Experiment, asked: StudyOptions) -> Answer:
    """Run an experiment, judge its expectations and draw its figures."""
    worlds = asked.worlds or experiment.worlds
    needed = [*_expected(experiment), *_drawn(experiment)]
    with workers(asked.workers) as pool:
        tables = collect(needed, Sample(worlds, asked.seed), pool, asked.tell)
        findings = judge(experiment, tables, asked.seed)
        pictures = dict(_pictures(experiment, findings, tables, worlds, asked, pool))
    judged_here = {"effects": effects_table(findings)} if findings else {}
    return Answer(
        text=_told(experiment, findings),
        tables=judged_here | dict(_curve_tables(experiment, tables)),
        pictures=pictures,
        facts={
            "kind": "experiment",
            "name": experiment.name,
            "question": experiment.question,
            "design": experiment.design,
            "claims": list(experiment.claims),
            "worlds": worlds,
            "seed": asked.seed,
            "verdicts": verdicts(findings),
        },
    )


def judge(experiment: Experiment, tables: Tables, seed: int) -> list[Judgement]:
    """What became of each expectation."""
    return [judged(one, effects_of(one, tables), seed) for one in experiment.expectations]


def verdicts(findings: Sequence[Judgement]) -> dict[str, str]:
    """The verdict on each claim."""
    by_claim: dict[str, list[str]] = {}
    for finding in findings:
        by_claim.setdefault(finding.expectation.claim, []).append(finding.verdict)
    return {claim: together(found) for claim, found in by_claim.items()}


def effects_table(findings: Sequence[Judgement]) -> pd.DataFrame:
    """A row an expectation: what was expected, what was found, and in which settings."""
    return pd.DataFrame([_row(finding) for finding in findings])


def scale_of(least: float, unit: str) -> float:
    """What an effect is measured in: the smallest that matters, or what is usual for its unit.

    >>> scale_of(0.0, "rung")
    0.05
    """
    return least if least > 0 else USUAL.get(unit, USUAL_SHARE)


def others_around(experiment: Experiment, points: int, seed: int, span: float) -> pd.DataFrame:
    """A Latin hypercube over all parameters that an experiment does not set itself.

    Args:
        experiment: whose own levers stay as they are.
        points: how many.
        seed: of the hypercube.
        span: how far it reaches from the default to either end of a range, 0-1; what is yes or no
            varies only if it reaches all the way.
    """
    first = experiment.expectations[0].terms[0].setting
    held = {path for setting in _expected(experiment) for path, _ in setting.changes}
    known = {info.path: info for info in describe(scenario_of_variant(first.variant))}
    factors = []
    for path, info in known.items():
        if path in held or info.low == info.high or (info.unit == YES_NO and span < 1):
            continue
        low = max(info.low, info.default + span * (info.low - info.default))
        high = min(info.high, info.default + span * (info.high - info.default))
        factors.append(parse_factor(f"{path}={low!r}:{high!r}", known))
    return build(factors, "lhs", points, seed)


def _expected(experiment: Experiment) -> Iterator[Setting]:
    return (setting for one in experiment.expectations for setting in one.settings())


def _drawn(experiment: Experiment) -> Iterator[Setting]:
    for figure in experiment.figures:
        if not isinstance(figure, Trajectories):
            yield from figure.settings()


def _row(finding: Judgement) -> dict[str, Any]:
    expected = finding.expectation
    return {
        "claim": expected.claim,
        "words": expected.words,
        "reading": expected.terms[0].reading.name,
        "unit": expected.unit,
        "effect": finding.effect,
        "low": finding.low,
        "high": finding.high,
        "least": expected.least,
        "near": expected.near,
        "scale": scale_of(expected.least, expected.unit),
        "worlds": finding.worlds,
        "verdict": finding.verdict,
        "remark": finding.remark,
        "settings": " | ".join(f"{term.weight:+g} x ({term.setting.told()})" for term in expected.terms),
    }


def _told(experiment: Experiment, findings: Sequence[Judgement]) -> str:
    """The answer in words: a sentence on each claim first, then each expectation."""
    found = verdicts(findings)
    if not found:
        return f"{experiment.question}\nNothing is judged here: see the figures."
    told = [
        f"{word}: {', '.join(claim for claim, one in found.items() if one == word)}"
        for word in (HOLDS, FAILS, UNDECIDED)
        if word in found.values()
    ]
    lines = [f"{experiment.question} In the model {'; '.join(told)}.", ""]
    for finding in findings:
        one = finding.expectation
        remark = f" ({finding.remark})" if finding.remark else ""
        lines.append(f"{one.claim:<4} {finding.verdict:<10}{one.words}{remark}")
        lines.append(
            f"{'':<15}effect {finding.effect:+.3g} {one.unit} [{finding.low:+.3g}, {finding.high:+.3g}], "
            f"{'tolerated' if one.near else 'smallest that matters'} {one.least:g}, {finding.worlds:,} worlds"
        )
    return "\n".join(lines)


def _title(experiment: Experiment) -> str:
    return experiment.name.replace("-", " ").capitalize()


def _caption(worlds: int, seed: int) -> list[str]:
    return [f"{worlds:,} worlds a setting, all with the same luck", f"seed {seed}"]


def _pictures(
    experiment: Experiment,
    findings: Sequence[Judgement],
    tables: Tables,
    worlds: int,
    asked: StudyOptions,
    pool: Executor,
) -> Iterator[tuple[str, Picture]]:
    from experiments.figures.experiment import draw_courses, draw_curves, draw_plane
    from experiments.figures.style import COLUMN, PAGE
    from experiments.figures.verdicts import draw_effects

    caption, size = _caption(worlds, asked.seed), COLUMN if asked.column else PAGE
    if findings:
        figure = draw_effects(effects_table(findings), f"{_title(experiment)}: expected and found", caption)
        words = "; ".join(f"{claim} {word}" for claim, word in verdicts(findings).items())
        yield "effects", Picture(figure, "What was expected and what was found.", f"Verdicts: {words}.")
    for form in experiment.figures:
        if isinstance(form, Trajectories):
            each = min(worlds, COURSE_WORLDS)
            bands = bands_over_time(list(form.lines.values()), Sample(each, asked.seed), pool)
            scenario = scenario_of_variant(next(iter(form.lines.values())).variant)
            figure = draw_courses(form, bands, scenario, _caption(each, asked.seed), size)
            words = f"{', '.join(form.measures)} over time for {', '.join(form.lines)}."
        elif isinstance(form, Curves):
            infos = _infos(next(iter(form.lines.values())))
            banded = [*caption, "bands: 95 % intervals of the mean"]
            figure = draw_curves(form, tables, infos[form.over], banded, size)
            words = f"{_names(form.readings)} against {form.over} for {', '.join(form.lines)}."
        else:
            infos = _infos(form.setting)
            pair = (infos[form.across[0]], infos[form.up[0]])
            figure = draw_plane(form, tables, pair, caption, size)
            words = f"{_names((form.reading,))} over {form.across[0]} and {form.up[0]}."
        yield form.name, Picture(figure, f"{form.title}.", f"Figure of {words.replace('_', ' ')}")


def _infos(setting: Setting) -> Mapping[str, Any]:
    return {info.path: info for info in describe(scenario_of_variant(setting.variant))}


def _names(readings: Sequence[Any]) -> str:
    return ", ".join(read_of(reading).name for reading in readings)


def _curve_tables(experiment: Experiment, tables: Tables) -> Iterator[tuple[str, pd.DataFrame]]:
    """The means behind each figure of curves or of a plane, in long form."""
    for form in experiment.figures:
        if isinstance(form, Trajectories):
            continue
        readings = form.readings if isinstance(form, Curves) else (form.reading,)
        rows = []
        for setting in form.settings():
            row: dict[str, Any] = {"setting": setting.told()}
            row |= {
                read_of(one).name: float(pd.Series(read_of(one).of(tables[setting])).mean())
                for one in readings
            }
            rows.append(row)
        yield form.name, pd.DataFrame(rows)
