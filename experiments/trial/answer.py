"""Answers to experiments: worlds are run, expectations judged, tables and figures made."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import pandas as pd

from experiments.sentences import capitalised
from experiments.trial.claims import verdict_on, verdicts_in_words
from experiments.trial.experiment import Curves, Experiment, FigureForm, Plane, Setting, Trajectories, read_of
from experiments.trial.study import Answer, Picture, Study, StudyOptions
from experiments.trial.transfer import checked, lacking_in_words, own_scenarios, transferred
from experiments.trial.verdict import Judgement, effects_of, judged
from experiments.trial.worlds import Sample, Tables, bands_over_time, collect
from sim.errors import UserError
from sim.runs.design import build, parse_factor
from sim.runs.executors import workers
from sim.runs.numbers import ESTIMATED, NumbersChoice
from sim.scenarios.inherited import inherited_in_words
from sim.scenarios.loading import load
from sim.scenarios.parameters import YES_NO
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo, describe

USUAL = {"rung": 0.05, "count": 0.1, "km2": 10.0, "days": 2.0, "ratio": 0.1}  # scale where any effect counts
USUAL_SHARE = 0.02
MOST_FOLLOWED = 400  # worlds of a figure over time: medians and bands need no more


def study_of(experiment: Experiment) -> Study:
    """An experiment as a study."""
    return Study(
        name=experiment.name,
        question=experiment.question,
        claims=experiment.claims,
        answer=lambda options: run_experiment(experiment, options),
        takes_scenario=True,
        check=partial(_check, experiment),
        kind="experiment",
    )


def _check(experiment: Experiment, options: StudyOptions) -> None:
    _asked(experiment, options)


def _asked(experiment: Experiment, options: StudyOptions) -> tuple[Experiment, list[str]]:
    """The experiment as it is asked, and what the scenario lacks for the rest of it.

    Raises:
        UserError: it lacks what all of it needs.
    """
    checked(experiment)
    if options.scenario is None:
        return experiment, []
    found = transferred(experiment, options.scenario)
    if found.experiment is None:
        reasons = ", ".join(found.lacking)
        raise UserError(f"{experiment.name} cannot be asked of {options.scenario}, which has {reasons}")
    return found.experiment, lacking_in_words(found)


def facts_of_scenarios(scenarios: Sequence[Scenario], lacking: Sequence[str]) -> dict[str, Any]:
    """What to report of scenarios that were asked about in place of ours; empty if there are none."""
    if not scenarios:
        return {}
    return {
        "scenario": ", ".join(one.name for one in scenarios),
        "lacking": list(lacking),
        "inherited": "; ".join(filter(None, map(inherited_in_words, scenarios))),
    }


def run_experiment(experiment: Experiment, options: StudyOptions) -> Answer:
    """Run an experiment, judge its expectations and draw its figures.

    Raises:
        UserError: it cannot be asked of that scenario.
    """
    experiment, lacking = _asked(experiment, options)
    asked_about = own_scenarios(experiment) if options.scenario is None else [load(options.scenario)]
    worlds = options.worlds or experiment.worlds
    drawn = [form for form in experiment.figures if not isinstance(form, Trajectories)]
    needed = [setting for one in (*experiment.expectations, *drawn) for setting in one.settings()]
    with workers(options.workers) as pool:
        tables = collect(needed, Sample(worlds, options.seed, numbers=options.numbers), pool, options.tell)
        judgements = judge(experiment, tables, options.seed)
        caption, figures = _caption(worlds, options), {}
        if judgements:
            figures["effects"] = _picture_of_effects(experiment, judgements, caption)
        for form in experiment.figures:
            figures[form.name] = _picture_of(form, tables, worlds, options, pool)
    found = verdicts(judgements)
    return Answer(
        f"{experiment.question} In the model {verdicts_in_words(found) or 'nothing is judged'}.",
        tables=({"effects": effects_table(judgements)} if judgements else {})
        | {form.name: _means(form, tables) for form in drawn},
        figures=figures,
        facts={
            "name": experiment.name,
            "question": experiment.question,
            "design": experiment.design,
            "claims": list(experiment.claims),
            "worlds": worlds,
            "seed": options.seed,
            "verdicts": found,
        }
        | facts_of_scenarios(asked_about, lacking),
    )


def judge(experiment: Experiment, tables: Tables, seed: int) -> list[Judgement]:
    """The judgement on each expectation."""
    return [judged(one, effects_of(one, tables), seed) for one in experiment.expectations]


def verdicts(judgements: Sequence[Judgement]) -> dict[str, str]:
    """The verdict on each claim."""
    by_claim: dict[str, list[str]] = {}
    for one in judgements:
        by_claim.setdefault(one.expectation.claim, []).append(one.verdict)
    return {claim: verdict_on(claim, found) for claim, found in by_claim.items()}


def effects_table(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """One row per expectation: what was expected, what was found, and in which settings."""
    return pd.DataFrame([_row(one) for one in judgements])


def scale_of(least: float, unit: str) -> float:
    """What an effect is measured in: the smallest that matters, or what is usual for its unit.

    >>> scale_of(0.0, "rung")
    0.05
    """
    return least if least > 0 else USUAL.get(unit, USUAL_SHARE)


def others_around(experiment: Experiment, points: int, seed: int, span: float) -> pd.DataFrame:
    """A Latin hypercube over all parameters that an experiment does not set itself.

    Args:
        experiment: the experiment, whose own levers stay as they are.
        points: the number of points.
        seed: the seed of the hypercube.
        span: how far it reaches from the default to either end of a range, 0-1; a yes or no
            varies only if it reaches all the way.
    """
    known = _infos(_first_setting(experiment))
    levers = _levers(experiment)
    factors = []
    for path, info in known.items():
        if path in levers or info.low == info.high or (info.unit == YES_NO and span < 1):
            continue
        low = max(info.low, info.default + span * (info.low - info.default))
        high = min(info.high, info.default + span * (info.high - info.default))
        factors.append(parse_factor(f"{path}={low!r}:{high!r}", known))
    return build(factors, "lhs", points, seed)


def draws_of_posterior(experiment: Experiment, points: int) -> pd.DataFrame:
    """Draws of the shipped posterior, for all numbers that neither an experiment nor its scenarios set.

    Args:
        experiment: the experiment; its first setting says which theory.
        points: the number of draws.

    Raises:
        UserError: no posterior of that theory ships.
    """
    scenarios = [setting.scenario for one in experiment.expectations for setting in one.settings()]
    given = _levers(experiment).union(*(scenario.sources for scenario in scenarios))
    theory = _first_setting(experiment).theory
    choice = NumbersChoice.of(ESTIMATED, scenarios[0], [theory], given)
    return choice.posteriors[theory].first_draws(points)


def _first_setting(experiment: Experiment) -> Setting:
    return experiment.expectations[0].terms[0].setting


def _levers(experiment: Experiment) -> set[str]:
    """The parameters that an experiment sets itself."""
    settings = (setting for one in experiment.expectations for setting in one.settings())
    return {path for setting in settings for path, _ in setting.changes}


def _row(judgement: Judgement) -> dict[str, Any]:
    expected = judgement.expectation
    return {
        "claim": expected.claim,
        "words": expected.words,
        "reading": expected.terms[0].reading.name,
        "unit": expected.unit,
        "effect": judgement.effect,
        "low": judgement.low,
        "high": judgement.high,
        "least": expected.least,
        "near": expected.near,
        "scale": scale_of(expected.least, expected.unit),
        "worlds": judgement.worlds,
        "verdict": judgement.verdict,
        "remark": judgement.remark,
        "settings": " | ".join(f"{term.weight:+g} x ({term.setting.words})" for term in expected.terms),
    }


def _caption(worlds: int, options: StudyOptions) -> list[str]:
    luck = f"{worlds:,} worlds a setting, all with the same luck"
    scenario = [] if options.scenario is None else [f"scenario: {load(options.scenario).name}"]
    return [*scenario, options.numbers_in_words, luck, f"seed {options.seed}"]


def _picture_of_effects(
    experiment: Experiment, judgements: Sequence[Judgement], caption: list[str]
) -> Picture:
    from experiments.figures.verdicts import draw_effects

    title = f"{capitalised(experiment.name.replace('-', ' '))}: expected and found"
    words = "; ".join(f"{claim} {word}" for claim, word in verdicts(judgements).items())
    figure = draw_effects(effects_table(judgements), title, caption)
    return Picture(figure, "What was expected and what was found.", f"Verdicts: {words}.")


def _picture_of(
    form: FigureForm, tables: Tables, worlds: int, options: StudyOptions, pool: Executor
) -> Picture:
    from experiments.figures.experiment import draw_courses, draw_curves, draw_plane
    from experiments.figures.style import COLUMN, PAGE

    caption, size = _caption(worlds, options), COLUMN if options.column else PAGE
    if isinstance(form, Trajectories):
        each = min(worlds, MOST_FOLLOWED)
        sample = Sample(each, options.seed, numbers=options.numbers)
        bands = bands_over_time(list(form.lines.values()), sample, pool)
        scenario = next(iter(form.lines.values())).scenario
        figure = draw_courses(form, bands, scenario, _caption(each, options), size)
        words = f"{', '.join(form.measures)} over time for {', '.join(form.lines)}."
    elif isinstance(form, Curves):
        info = _infos(next(iter(form.lines.values())))[form.over]
        figure = draw_curves(form, tables, info, [*caption, "bands: 95 % intervals of the mean"], size)
        names = ", ".join(read_of(reading).name for reading in form.readings)
        words = f"{names} against {form.over} for {', '.join(form.lines)}."
    else:
        infos = _infos(form.setting)
        figure = draw_plane(form, tables, (infos[form.across[0]], infos[form.up[0]]), caption, size)
        words = f"{read_of(form.reading).name} over {form.across[0]} and {form.up[0]}."
    return Picture(
        figure, f"{form.title}.", f"Figure of {words.replace('_', ' ')}", type(form).__name__.lower()
    )


def _infos(setting: Setting) -> Mapping[str, ParameterInfo]:
    return {info.path: info for info in describe(setting.scenario)}


def _means(form: Curves | Plane, tables: Tables) -> pd.DataFrame:
    """The means behind a figure of curves or of a plane, in long form."""
    readings = [read_of(one) for one in (form.readings if isinstance(form, Curves) else (form.reading,))]
    return pd.DataFrame(
        [
            {"setting": setting.words}
            | {one.name: float(pd.Series(one.of(tables[setting])).mean()) for one in readings}
            for setting in form.settings()
        ]
    )
