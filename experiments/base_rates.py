"""The study of base rates: do patrons use open force as often as they did, and more in larger attacks?"""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.shares import in_percent
from experiments.trial.study import Answer, Picture, Study, StudyOptions

if TYPE_CHECKING:
    import pandas as pd

CRISES = 1000  # drawn; each is played once at every scale
SCALES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
ANY_FORCE, IN_WARS = "any force against the protected side", "wars, each partner"  # of the record
READING = """\
A check: no number is tuned to any of these rates. MID counts every dispute with force in which a stronger
ally could have joined; the literature counts alliances called upon in war, and pledges of any kind. Help is
open force (rung 3 or more) and nothing less. The coded crises are no sample of disputes: they were chosen
because a patron had to decide, and in half of those with a known result it used force. So the height of a
curve says less than its slope: the share ought to climb steeply with the scale of the attack."""


def _answer(options: StudyOptions) -> Answer:
    """Play crises drawn from the coded ones at every scale under every theory, beside the record's rates.

    Raises:
        UserError: what is wrong with the table, by row and column.
    """
    from agents.theories import THEORIES
    from experiments.figures.base_rates import draw_base_rates
    from experiments.history.coded_cases import read_cases
    from experiments.history.drawn_crises import base_rates, draw_crises, play_crises, shares_by_scale
    from sim.runs.executors import workers

    path = options.table or Path(str(files("experiments.history").joinpath("cases.csv")))
    cases, count = read_cases(path), options.worlds or CRISES
    crises = draw_crises(cases, count, options.seed)
    options.tell(f"{count * len(SCALES) * len(THEORIES):,} worlds")
    with workers(options.workers) as pool:
        shares = shares_by_scale(
            play_crises(crises, SCALES, tuple(THEORIES), options.seed, pool, options.numbers),
            options.seed,
        )
    rates = base_rates()
    title = _title(shares, rates)
    told = [f"{count:,} crises with the codes of cases drawn from the {len(cases)} of {path.name}",
            options.numbers_in_words, f"seed {options.seed}", "band: 90 % of resampled sets of cases",
            "black: the record, over the scales that it counts (assumption)",
            "dotted: pledges kept, by the literature"]  # fmt: skip
    figure = Picture(
        draw_base_rates(shares, rates, told),
        "The share of crises with open force by the patron, by the scale of the attack, beside the record.",
        f"A curve for each theory over the scale of the attack, and rates of the record. {title}",
    )
    facts = {"scenario": "crisis", "table": path.name, "cases": len(cases), "worlds": count,
             "seed": options.seed, "theories": list(THEORIES), "scales": list(SCALES)}  # fmt: skip
    return Answer(
        title,
        (_table(shares), _of_the_record(rates), READING),
        tables={"shares": shares, "rates": rates},
        figures={"base-rates": figure},
        facts=facts,
    )


def _title(shares: "pd.DataFrame", rates: "pd.DataFrame") -> str:
    """How far the article's curve climbs, and the record."""
    first = shares[shares["theory"] == shares["theory"].iloc[0]].set_index("scale")
    raid, war = (
        f"{_with_interval(one)} of crises at scale {scale:g}"
        for scale, one in ((scale, first.loc[scale]) for scale in (SCALES[0], SCALES[-1]))
    )
    observed = rates.set_index("name")["share"]
    return (
        f"Under the article's rules open force comes in {raid} and in {war}; in the record, where the "
        f"protected side was the target of any force, in {in_percent(observed[ANY_FORCE])}, and by "
        f"{in_percent(observed[IN_WARS])} of partners in wars."
    )


def _with_interval(one: "pd.Series[float]") -> str:
    """A share of crises with open force, and the ends of its interval."""
    return f"{in_percent(one['force'])} ({in_percent(one['low'])} to {in_percent(one['high'])})"


def _table(shares: "pd.DataFrame") -> str:
    """The share of each theory at each scale, with its interval."""
    from experiments.report.table import Table, in_terminal

    rows = []
    for theory, part in shares.groupby("theory", sort=False):
        cells = (_with_interval(one) for _, one in part.iterrows())
        rows.append((str(theory).replace("_", " "), *cells))
    head = ("theory", *(f"scale {scale:g}" for scale in SCALES))
    return in_terminal(Table.of("Open force, share of crises (90 % of resampled sets of cases)", head, rows))


def _of_the_record(rates: "pd.DataFrame") -> str:
    from experiments.report.table import Table, in_terminal

    rows = [
        (in_percent(float(share)), *about)
        for share, *about in rates[["share", "name", "counted", "source"]].itertuples(index=False)
    ]
    return in_terminal(Table.of("In the record", ("share", "of what", "what it counts", "source"), rows))


STUDY = Study(
    name="base-rates",
    question="Do patrons use open force about as often as they did, and more in larger attacks?",
    claims=(),
    answer=_answer,
    takes_table=True,
)
