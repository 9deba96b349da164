"""How often is a pact kept, over patrons and clients of all kinds? Pattern T16.

The record is of many pairs of states, not of one. So the pair is drawn: what describes patron, client,
challenger and backer takes values spread evenly over its whole range, the rules and the land stay. Each pair
meets one war, with luck of its own. The ranges are those of `captive-ally describe`; that every value in them
is equally likely among the pairs of history is an assumption, and the weakest part of this pattern.
"""

import numpy as np

from experiments.history.bands import Score
from sim.runs.design import Factor, build
from sim.runs.plan import Plan, jobs
from sim.runs.runner import run_table
from sim.scenarios.scenario import Scenario, describe
from sim.world import Rung

HONOURED = Rung.PEACEKEEPERS  # force of its own on the ground, as level 3 of the cases; assumption

# What describes a pair and its quarrel, not how anyone weighs it. Strength stays: its range is open at the
# top, and only a war that breaks out asks a patron anything.
OF_A_PAIR = (
    "client.outside_option",
    "client.intransigence",
    "client.blame_share",
    "client.alignment",
    "client.democracy",
    "client.loyalty",
    "client.opinion",
    "patron.scope_contested",
    "patron.stated_clarity",
    "patron.interest_in_challenger",
    "patron.capability",
    "patron.discount_rate",
    "challenger.gratitude",
    "challenger.value_recognised",
    "backer.help",
    "mediators.frustration",
    "red_lines.signalled",
    "sphere.credibility",
)


def random_pairs(scenario: Scenario, theory: str, pairs: int, seed: int) -> Plan:
    """A plan of so many pairs, a world each, spread over the ranges by a Sobol sequence.

    Args:
        scenario: that opens with an offensive, so that each pact is called upon.
        theory: of the patron's choice.
        pairs: how many; rounded up to a power of two, as the sequence wants.
        seed: of the spreading and of all luck.
    """
    known = {info.path: info for info in describe(scenario)}
    factors = [Factor(path, (), known[path].low, known[path].high) for path in OF_A_PAIR]
    design = build(factors, "sobol", 1 << (pairs - 1).bit_length(), seed)
    return Plan(scenario, theory=theory, seed=seed, worlds=1, design=design, own_luck=True)


def honoured(plan: Plan) -> tuple[Score, float]:
    """The share of pacts that are honoured in such a plan, and of those for which troops fight."""
    parts = [run_table(plan, job) for job in jobs(plan)]
    level = np.concatenate([part["level_max"].to_numpy() for part in parts])
    return Score(float(np.mean(level >= HONOURED)), np.nan, level.size), float(np.mean(level == Rung.TROOPS))
