"""The study of how many worlds are enough.

The precision wanted of each outcome is half the smallest effect that the experiments look for
(experiments/common.py). Differences between two settings are what experiments read, and settings share their
luck: so the same is asked of the difference that a challenger a fifth stronger makes, world by world, and
against what it would take if each setting had luck of its own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.common import COUNT, DAYS, RUNG, SHARE
from experiments.trial.study import Answer, Picture, Study, StudyOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from experiments.explore.stability import PrecisionGoal
    from sim.scenarios.scenario import Scenario

SCENARIOS = ("karabakh-2020", "karabakh-1994-2025")
STABILITY_WORLDS = 4000  # of each scenario, and again with the change
FEWEST_TO_SETTLE = 100  # worlds
CHANGED_PARAMETER, STRONGER = "challenger.strength", 1.2  # by how much, for the difference; assumption
PRECISION = {
    "share_lost": SHARE / 2,
    "share_by_force": SHARE / 2,
    "core_lost": SHARE / 2,
    "loyalty_end": SHARE / 2,
    "opinion_end": SHARE / 2,
    "gratitude_end": SHARE / 2,
    "observer_reliability_end": SHARE / 2,
    "level_max": RUNG / 2,
    "war_days": DAYS / 2,
    "wars": COUNT / 2,
}


COLUMNS_MEAN = """\
wanted: half of a 95 % interval of the mean; half the smallest effect that the experiments look for.
difference: worlds of each setting, for that which a challenger a fifth stronger makes, with the same luck;
other luck: the same, had each setting luck of its own.
variation: the coefficient of variation; steady from so many worlds on, if more change it by 0.01 at most."""


@dataclass(frozen=True)
class Settled:
    """How the outcomes of a scenario settle.

    Attributes:
        needs: the spread and the worlds needed, a row an outcome.
        courses: the mean and its interval, a row an outcome and number of worlds.
    """

    needs: "pd.DataFrame"
    courses: "pd.DataFrame"


def _answer(options: StudyOptions) -> Answer:
    """Run both scenarios, and see how their outcomes settle as worlds are added."""
    import pandas as pd

    from experiments.trial.answer import facts_of_scenarios
    from sim.runs.executors import workers
    from sim.runs.plan import Plan
    from sim.runs.runner import worlds_of

    asked = _asked(options)
    worlds = STABILITY_WORLDS if options.worlds is None else options.worlds
    settled = {}
    with workers(options.workers) as pool:
        for scenario in asked:
            options.tell(f"twice {worlds:,} worlds of {scenario.name}")
            usual, stronger = _strengths(scenario)
            design = pd.DataFrame({CHANGED_PARAMETER: [usual, stronger]})
            plan = Plan(scenario, seed=options.seed, worlds=worlds, design=design)
            table = worlds_of(plan.with_numbers(options.numbers), pool)
            here, there = (table[table["point"] == point] for point in (0, 1))
            settled[scenario.name] = _settle(here, there, _wanted(scenario))
    tables = {
        "needs": pd.concat([one.needs.assign(scenario=name) for name, one in settled.items()]),
        "courses": pd.concat([one.courses.assign(scenario=name) for name, one in settled.items()]),
    }
    facts = {
        "scenarios": list(settled),
        "worlds": worlds,
        "seed": options.seed,
        "precision": PRECISION,
        "enough": {name: int(one.needs["worlds_needed"].max()) for name, one in settled.items()},
    }
    if options.scenario is not None:
        facts |= facts_of_scenarios(asked, _lacking(asked[0]))
    figures = {"stability": _picture(settled, worlds, options)}
    return Answer(_title(settled), _paragraphs(settled), tables, figures, facts)


def _asked(options: StudyOptions) -> "list[Scenario]":
    """The scenarios that are asked about; of the war of 2020, the close-up, as the experiments ask about it.

    Raises:
        UserError: too few worlds, or no such scenario.
    """
    from sim.errors import UserError
    from sim.scenarios.loading import load

    if options.worlds is not None and options.worlds < FEWEST_TO_SETTLE:
        raise UserError(f"--worlds {options.worlds}: a whole number from {FEWEST_TO_SETTLE} is needed")
    return [load(name).close_up for name in ([options.scenario] if options.scenario else SCENARIOS)]


def _check(options: StudyOptions) -> None:
    _asked(options)


def _strengths(scenario: "Scenario") -> tuple[float, float]:
    """The challenger's strength, and a fifth more; a fifth less if more is out of range."""
    from sim.scenarios.values import describe

    (info,) = (one for one in describe(scenario) if one.path == CHANGED_PARAMETER)
    stronger = info.default * STRONGER
    return info.default, stronger if stronger <= info.high else info.default / STRONGER


def _wanted(scenario: "Scenario") -> "list[PrecisionGoal]":
    """The precision of each outcome that means something in a scenario."""
    from experiments.explore.stability import PrecisionGoal
    from experiments.trial.transfer import meaningless_in
    from sim.measures import OUTCOMES

    units, nothing = {measure.name: measure.unit for measure in OUTCOMES}, meaningless_in(scenario)
    return [PrecisionGoal(name, units[name], goal) for name, goal in PRECISION.items() if name not in nothing]


def _lacking(scenario: "Scenario") -> list[str]:
    """What a scenario has nothing of, and the outcomes that are not asked about for that."""
    from experiments.trial.transfer import Transferred, lacking_in_words, meaningless_in

    reasons: dict[str, list[str]] = {}
    for name, what in meaningless_in(scenario).items():
        if name in PRECISION:
            reasons.setdefault(f"no {what}", []).append(name)
    return lacking_in_words(Transferred(None, reasons))


def _settle(table: "pd.DataFrame", others: "pd.DataFrame", goals: "Sequence[PrecisionGoal]") -> Settled:
    import pandas as pd

    from experiments.explore.stability import convergence, needs

    courses = [convergence(table[one.name].to_numpy(dtype=float)).assign(outcome=one.name) for one in goals]
    return Settled(needs(table, others, goals), pd.concat(courses, ignore_index=True))


def _title(settled: dict[str, Settled]) -> str:
    most = {name: int(one.needs["worlds_needed"].max()) for name, one in settled.items()}
    return f"{' and '.join(f'{count:,} worlds of {name}' for name, count in most.items())} are enough."


def _paragraphs(settled: dict[str, Settled]) -> tuple[str, ...]:
    """The needs of each outcome, scenario by scenario, and what the columns mean."""
    from experiments.report.table import Table, in_terminal

    told = []
    for name, one in settled.items():
        rows = [
            (
                row["outcome"],
                f"{row['mean']:.3g}",
                f"{row['standard_deviation']:.3g}",
                f"{row['variation']:.2f}",
                f"\N{PLUS-MINUS SIGN}{row['precision']:g}",
                *(f"{row[column]:,}" for column in ("worlds_needed", "for_a_difference", "with_other_luck")),
                f"{row['steady_from']:,}" if row["steady_from"] > 0 else "not yet",
            )
            for row in one.needs.fillna({"steady_from": 0}).to_dict("records")
        ]
        head = ("outcome", "mean", "deviation", "variation", "wanted", "worlds", "difference", "other luck",
                "steady from")  # fmt: skip
        told.append(f"{name}\n{in_terminal(Table.of('', head, rows))}")
    return (*told, COLUMNS_MEAN)


def _picture(settled: dict[str, Settled], worlds: int, options: StudyOptions) -> Picture:
    import pandas as pd

    from experiments.figures.experiment import draw_stability
    from experiments.figures.style import in_lines

    parts = [*settled, "theory: article", "claims left out: none", options.numbers_in_words,
             f"{worlds:,} worlds each", f"seed {options.seed}"]  # fmt: skip
    caption = in_lines([*parts, "below the broken line, the mean is known as well as wanted"])
    courses = {name: one.courses for name, one in settled.items()}
    there = set(pd.concat(courses.values())["outcome"])
    wanted = {name: precision for name, precision in PRECISION.items() if name in there}
    figure = draw_stability(courses, wanted, "How many worlds are enough?", caption)
    words = (
        "Half the 95 % interval of each outcome's mean, over what is wanted, against the number of worlds."
    )
    return Picture(figure, words, words)


STUDY = Study(
    name="stability",
    question="How many worlds are enough?",
    claims=(),
    answer=_answer,
    takes_scenario=True,
    check=_check,
)
