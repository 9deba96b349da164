"""The study of the conditions under which the patron keeps its client and pleases the challenger at once.

A Latin hypercube over the main levers, a world with luck of its own at each point, and PRIM on what came of
it. The article expects that a region exists (C24), and that the size of the war bounds it (C45); both can
fail: there may be no box, or none that the war's levers limit.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.explore.levers import Lever
from experiments.sentences import capitalised
from experiments.shares import in_percent
from experiments.trial.study import Answer, Picture, Study, StudyOptions

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from experiments.explore.discovery import Discovery
    from sim.scenarios.scenario import Scenario

SCENARIO = "karabakh-2020"
FEWEST_ASKED = 2
CASES = 8000  # worlds, each with settings and luck of its own
KEPT = 0.9  # loyalty at the end, of that at the start, from which the client counts as kept (C24)
WHEN = {"a year later": 1, "five years later": 5}  # years after the first day
STEP_DAYS = 7.0  # days; fighting is still by the day

# What is varied, from where to where, and why. All else stays as it is in the scenario.
VARIED = {
    "client.outside_option": (0.0, 1.0, "C2, C29: whether the client has anywhere else to go"),
    "client.democracy": (0.0, 1.0, "C42: whether the public's anger reaches policy"),
    "client.alignment": (0.0, 1.0, "C21, C54: how the patron likes the client's government"),
    "client.disappointment": (0.0, 3.0, "C30: trust lost with land lost unaided; its size is an assumption"),
    "patron.interest_in_challenger": (0.0, 1.0, "C3: what the challenger's gratitude is worth"),
    "patron.capability": (0.1, 1.0, "C50: choice or weakness"),
    "patron.window_days": (1.0, 120.0, "C25, C45: how long a war it lets run"),
    "red_lines.core.threshold": (0.0, 0.6, "C33: how much of the core may fall before it steps in"),
    "challenger.strength": (0.5, 2.0, "C17: the balance of power"),
    "challenger.gratitude_decay": (0.0, 0.5, "C3: how long gratitude lasts; its rate is an assumption"),
    "combat.tempo": (40.0, 400.0, "C45: how large a war becomes in the time that it has"),
    "backer.help": (0.0, 1.0, "C52: whether the challenger has another friend"),
}


NEEDED = {"backer.help": "backer", "red_lines.core.threshold": "core land"}  # without which a lever is none
SIZE = ("combat.tempo", "patron.window_days", "red_lines.core.threshold")  # what makes a war large (C45)
JUDGED_BY = """\
Judged by the half of the worlds in which the box was not found. A limit is told if it could not be chance
there, and if four of five random halves of all worlds have it, too."""


@dataclass(frozen=True)
class Cases:
    """What came of all worlds at one time.

    Attributes:
        history: the scenario, to that time.
        points: the settings, (worlds, levers).
        kept, pleased: whether the client was kept, and the challenger pleased, (worlds,).
        found: the box in which both came true; None if there is too little to find one.
    """

    history: "Scenario"
    points: "NDArray[np.float64]"
    kept: "NDArray[np.bool_]"
    pleased: "NDArray[np.bool_]"
    found: "Discovery | None"


def _answer(options: StudyOptions) -> Answer:
    """Run worlds all over the space of the levers, and find the box in which both come true."""
    from experiments.trial.answer import facts_of_scenarios
    from sim.runs.executors import workers

    scenario, levers, lacking = _asked(options)
    worlds, every = CASES if options.worlds is None else options.worlds, {}
    with workers(options.workers) as pool:
        for when, years in WHEN.items():
            history = _until(scenario, years)
            options.tell(f"{worlds:,} worlds to {history.end}")
            every[when] = _cases(levers, history, worlds, options, pool)
    asked_about = [] if options.scenario is None else [scenario]
    return Answer(
        _headline(every),
        _paragraphs(every),
        tables={"shares": _shares(every), "limits": _limits(every), "levers": _lever_table(levers)},
        figures=_pictures(every, options),
        facts={
            "scenario": scenario.name,
            "worlds": worlds,
            "seed": options.seed,
            "kept_from": KEPT,
            "boxes": {when: _facts(cases.found) for when, cases in every.items()},
        }
        | facts_of_scenarios(asked_about, lacking),
    )


def _asked(options: StudyOptions) -> "tuple[Scenario, tuple[Lever, ...], list[str]]":
    """The scenario that is asked about, its levers, and what it lacks for the others.

    Raises:
        UserError: too few worlds, or no such scenario.
    """
    from experiments.trial.transfer import Transferred, absent_from, lacking_in_words
    from sim.errors import UserError
    from sim.scenarios.loading import load

    if options.worlds is not None and options.worlds < FEWEST_ASKED:
        raise UserError(f"--worlds {options.worlds}: a whole number from {FEWEST_ASKED} is needed")
    scenario = load(options.scenario or SCENARIO)
    absent = absent_from(scenario)
    lacking = {f"no {what}": [path] for path, what in NEEDED.items() if what in absent}
    levers = tuple(one for one in levers_of_study(scenario) if NEEDED.get(one.path) not in absent)
    return scenario, levers, lacking_in_words(Transferred(None, lacking))


def _check(options: StudyOptions) -> None:
    _asked(options)


def levers_of_study(scenario: "Scenario") -> tuple[Lever, ...]:
    """The levers over the ranges of this study, and as far beyond as the scenario itself lies."""
    from experiments.explore.levers import chosen, levers_of
    from sim.scenarios.values import describe

    known = {info.path: info for info in describe(scenario)}
    ranges = {
        path: (min(low, known[path].default), max(high, known[path].default))
        for path, (low, high, _) in VARIED.items()
    }
    return levers_of(chosen(known, list(VARIED)), ranges)


def _until(scenario: "Scenario", years: int) -> "Scenario":
    """The scenario to so many years after its first day; beyond its close-up nothing more is given to it."""
    from datetime import timedelta

    history = scenario.close_up
    first = history.start
    leap = timedelta(days=(first.month, first.day) == (2, 29))
    end = (first - leap).replace(year=first.year + years)
    if end < history.end:
        history = history.until(end)
    return history.model_copy(update={"end": end, "step_days": STEP_DAYS})


def _cases(
    levers: tuple[Lever, ...], history: "Scenario", worlds: int, options: StudyOptions, pool: "Executor"
) -> Cases:
    from experiments.explore.discovery import discover
    from sim.runs.design import Factor, build
    from sim.runs.plan import Plan
    from sim.runs.runner import worlds_of

    design = build([Factor(one.path, (), one.low, one.high) for one in levers], "lhs", worlds, options.seed)
    plan = Plan(history, seed=options.seed, worlds=1, design=design, own_luck=True)
    table = worlds_of(plan.with_numbers(options.numbers), pool)
    kept = (table["loyalty_end"] >= KEPT * table["loyalty_start"]).to_numpy()
    pleased = (table["gratitude_end"] > table["gratitude_start"]).to_numpy()
    points = table[list(design.columns)].to_numpy(dtype=float)
    return Cases(history, points, kept, pleased, discover(levers, points, kept & pleased, options.seed))


def _shares(every: dict[str, Cases]) -> "pd.DataFrame":
    import pandas as pd

    rows = [
        {
            "when": when,
            "worlds": len(cases.points),
            "kept": cases.kept.mean(),
            "pleased": cases.pleased.mean(),
            "both": (cases.kept & cases.pleased).mean(),
        }
        for when, cases in every.items()
    ]
    return pd.DataFrame(rows)


def _limits(every: dict[str, Cases]) -> "pd.DataFrame":
    import pandas as pd

    from experiments.explore.discovery import LIMIT_COLUMNS

    tables = [cases.found.limits.assign(when=when) for when, cases in every.items() if cases.found]
    columns = ["when", *LIMIT_COLUMNS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _lever_table(levers: tuple[Lever, ...]) -> "pd.DataFrame":
    import pandas as pd

    rows = [(one.path, one.low, one.high, one.default, one.unit, VARIED[one.path][2]) for one in levers]
    return pd.DataFrame(rows, columns=["parameter", "from", "to", "default", "unit", "why"])


def _facts(found: "Discovery | None") -> dict[str, Any] | None:
    if found is None:
        return None
    unseen = {"coverage": found.unseen.coverage, "density": found.unseen.density, "mass": found.unseen.mass}
    return {"words": found.words, "share_of_worlds": found.base, "unseen": unseen}


def _paragraphs(every: dict[str, Cases]) -> tuple[str, ...]:
    """The shares and the box of each time, and how the box is judged."""
    told = []
    for when, cases in every.items():
        flags = (cases.kept, cases.pleased, cases.kept & cases.pleased)
        kept, pleased, both = (in_percent(flag.mean()) for flag in flags)
        shares = f"{when}: kept in {kept} of worlds, pleased in {pleased}, both in {both}"
        told.append("\n".join([shares, *(f"  {line}" for line in _box_told(cases.found))]))
    return (*told, JUDGED_BY)


def _headline(every: dict[str, Cases]) -> str:
    there = [when for when, cases in every.items() if cases.found and cases.found.dimensions]
    if not there:
        return "No region is found in which the patron keeps its client and pleases the challenger."
    when = there[0]
    found = every[when].found
    assert found is not None
    return f"{capitalised(when)}, the patron has both where {found.words}."


def _box_told(found: "Discovery | None") -> list[str]:
    if found is None:
        return ["too few worlds of one kind to find a region"]
    if not found.dimensions:
        return ["no limit stands both tests: no region"]
    unseen = found.unseen
    lines = [
        f"where {found.words}:",
        f"coverage {unseen.coverage:.2f}, density {unseen.density:.2f} (everywhere: {found.base:.2f})",
    ]
    for row in found.limits.to_dict("records"):
        limit = f"{row['parameter']:<30} {row['side']} {row['limit']:>7.2f}"
        often, ends = in_percent(row["found_again"]), f"{row['again_low']:.2f} to {row['again_high']:.2f}"
        doubt = "" if row["believed"] else "; not believed"
        lines.append(f"{limit}   {often} of halves have it, {ends}; by chance {row['chance']:.2g}{doubt}")
    return [*lines, size_told(found)]


def size_told(found: "Discovery") -> str:
    """Whether the region ends where wars become large, as C45 expects."""
    above = found.limits[found.limits["believed"] & (found.limits["side"] == "below")]
    bounds = [name for name in SIZE if name in set(above["parameter"])]
    if bounds:
        return f"a large war ends it (C45): {' and '.join(bounds)}"
    return f"no upper limit on the size of the war is found (C45): {', '.join(SIZE)}"


def _pictures(every: dict[str, Cases], options: StudyOptions) -> dict[str, Picture]:
    from experiments.figures.discovery import draw_box
    from experiments.figures.style import in_lines

    pictures = {}
    for when, cases in every.items():
        found = cases.found
        if found is None or not found.dimensions:
            continue
        parts = [
            f"{cases.history.name}, to {cases.history.end}",
            "theory: article",
            f"{len(cases.points):,} worlds, each with settings and luck of its own",
            f"{options.numbers_in_words}, where no lever is",
            f"seed {options.seed}",
            f"coverage {found.unseen.coverage:.2f}, density {found.unseen.density:.2f} in the unseen half",
            "broken lines: the default",
        ]
        title = f"Where the patron keeps its client and pleases the challenger, {when}"
        figure = draw_box(found, cases.points, cases.kept & cases.pleased, title, in_lines(parts))
        words = f"The region in which both come true, {when}: {found.words}."
        pictures[f"box-{cases.history.end.year}"] = Picture(figure, words, words)
    return pictures


STUDY = Study(
    name="discovery",
    question="Under which conditions does the patron keep its client and please the challenger at once?",
    claims=("C24", "C45"),
    answer=_answer,
    takes_scenario=True,
    check=_check,
)
