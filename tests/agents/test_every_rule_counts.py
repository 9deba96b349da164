"""Every rule moves what it is read off by as much as matters, somewhere in the declared ranges.

The defaults and some dozen settings from a Latin hypercube over all parameters are run with each rule and
with its neutral value in its place, on the same luck. What carries a claim or belongs to one theory is tried
by thorough runs alone.
"""

import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from agents.theories import THEORIES
from experiments.common import AREA, COUNT, DAYS, RUNG, SHARE
from experiments.trial.variants import AFTER, TALKS, TURN, WAR, scenario_of_variant
from sim.measures import OUTCOMES, outcomes
from sim.model import ConflictModel
from sim.rule import RULES
from sim.scenarios.scenario import Event, Scenario
from sim.scenarios.values import describe
from tests.thorough import mostly_thorough

SETTINGS, WORLDS = 14, 36
# The smallest effect that matters, by unit; of names, the share of worlds in which another comes out.
LEAST = {
    "share": SHARE,
    "yes/no": SHARE,
    "name": SHARE,
    "rung": RUNG,
    "count": COUNT,
    "km2": AREA,
    "days": DAYS,
    "date": DAYS,
    "ratio": 0.1,
}
UNITS = {measure.name: measure.unit for measure in OUTCOMES}

# What each rule is read off, and the history in which it is asked; the war of 2020 if none is named.
READ_OFF = {
    "agents.backer.shield_of_backer": ("share_by_force", "core_effort_mean"),
    "agents.backer.strength_with_backer": ("share_by_force",),
    "agents.challenger.appeal_of_target": ("core_effort_mean", "recognised_lost"),
    "agents.challenger.fear_at_border": ("aim", "recognised_lost"),
    "agents.challenger.fear_at_core": ("core_effort_mean", "aim"),
    "agents.challenger.perceived_red_line": ("aim", "red_lines_crossed"),
    "agents.challenger.rate_of_outbreak": ("wars", "clashes"),
    "agents.challenger.updated_gratitude": ("gratitude_end",),
    "agents.client.acceptance_of_offer": ("peaceful_deal",),
    "agents.client.acceptance_of_stop": ("accepted_on", "war_days"),
    "agents.client.alignment_after": ("loyalty_end",),
    "agents.client.damaged_image": ("opinion_end",),
    "agents.client.dependence_counted_on": ("level_mean", "war_days", "share_by_force"),
    "agents.client.loyalty_of_public": ("loyalty_end",),
    "agents.client.plea_of_client": ("observer_reliability_end", "level_mean"),
    "agents.client.pull_of_outsiders": ("loyalty_end",),
    "agents.client.security_advantage": ("loyalty_end",),
    "agents.client.weight_of_opinion": ("loyalty_end",),
    "agents.mediator.blame_on_client": ("level_mean", "share_by_force"),
    "agents.mediator.offer_on_table": ("share_by_handover", "peaceful_deal"),
    "agents.mediator.refusal_while_weakening": ("frustration_end",),
    "agents.mediator.updated_frustration": ("frustration_end",),
    "agents.observer.attention_of_observers": ("observer_reliability_end",),
    "agents.observer.influence_of_backer": ("backer_influence_end",),
    "agents.observer.lesson_of_words": ("observer_reliability_end",),
    "agents.observer.prior_reliability": ("observer_reliability_start",),
    "agents.observer.updated_reliability": ("observer_reliability_end",),
    "agents.outsider.troops_of_outsider": ("outsider_troops_max",),
    "agents.patron.outrage_at_alignment": ("outrage_max",),
    "agents.patron.perceived_power_shift": ("perceived_ratio_end",),
    "agents.patron.updated_sphere_credibility": ("sphere_credibility_end",),
    "agents.theories.dependence_on_challenger": ("level_mean", "share_by_force"),
    "agents.theories.interest_of_dependent": ("level_mean", "share_by_force"),
    "agents.theories.threat_from_friend": ("level_mean", "share_by_force"),
    "sim.laws.land.defence_of_ground": ("share_by_force",),
    "sim.laws.land.strength_at_distance": ("share_by_force",),
    "sim.laws.settlement.burn_out_rate": ("war_days",),
    "sim.laws.settlement.compliance_with_stop": ("war_days",),
    "sim.laws.settlement.rate_of_truce": ("war_days",),
    "sim.laws.war.contest_success": ("share_by_force",),
    "sim.laws.war.left_after_attrition": ("share_by_force",),
    "sim.laws.war.supply_of_core": ("war_days", "core_lost"),
}
OF_THE_CHOICE = ("level_mean", "share_by_force")  # what the reasons of the patron are read off
ITS_OWN_AIM = "the war of 2020, for an aim that the challenger chooses"
FOR_HOME_LAND = "the war of 2020, for recognised land"
BLOCKADED = "the war of 2020, with a core that is blockaded from the start"
SHORT_TALKS, SHORT_PEACE = "the first two years of talks", "the war of 2020 and the year after it"
HISTORIES = {
    "agents.challenger.fear_at_border": ITS_OWN_AIM,
    "agents.challenger.perceived_red_line": ITS_OWN_AIM,
    "agents.challenger.rate_of_outbreak": SHORT_TALKS,
    "agents.client.acceptance_of_offer": SHORT_TALKS,
    "agents.client.alignment_after": SHORT_PEACE,
    "agents.client.loyalty_of_public": SHORT_PEACE,
    "agents.client.pull_of_outsiders": SHORT_PEACE,
    "agents.client.security_advantage": SHORT_PEACE,
    "agents.client.weight_of_opinion": SHORT_PEACE,
    "agents.mediator.refusal_while_weakening": SHORT_TALKS,
    "agents.mediator.updated_frustration": SHORT_TALKS,
    "agents.patron.border_red_line": FOR_HOME_LAND,
    "agents.patron.outrage_at_alignment": TURN,
    "agents.patron.perceived_power_shift": SHORT_TALKS,
    "sim.laws.war.supply_of_core": BLOCKADED,
}
# Rules that are asked with some numbers varied, or groups of them, and the others at their defaults: among
# all numbers at random the wars that exercise them are few. Some are asked at one corner, by value.
VARIED = {
    "agents.backer.strength_with_backer": ("backer.",),
    "agents.challenger.fear_at_border": ("challenger.",),
    "agents.client.alignment_after": ("client.",),
    "agents.client.dependence_counted_on": (
        ("patron.loyalty_weight", 3.0),
        ("patron.horizon", 0.0),
        ("client.image_damage", 5.0),
        ("client.disappointment", 0.0),
    ),
    "agents.mediator.blame_on_client": ("client.blame", "client.intrans", "patron.frust", "patron.entrap"),
    "agents.patron.border_red_line": ("patron.", "red_lines."),
    "agents.patron.discounted_future": ("patron.discount_rate", "patron.allies_weight"),
    "agents.patron.entrapment_avoided": ("patron.entrapment_weight", "client.intransigence"),
    "agents.patron.gratitude_at_stake": ("patron.gratitude_weight", "patron.interest_in_challenger"),
    "agents.patron.displeasure_at_government": ("patron.alignment_weight", "client.alignment"),
    "agents.patron.humanitarian_red_line": ("red_lines.",),
    "agents.patron.popularity_at_stake": (
        ("patron.popularity_weight", 1.0),
        ("patron.unpopularity_tolerance", 0.0),
        ("client.image_damage", 5.0),
    ),
    "agents.patron.sphere_at_stake": ("patron.sphere_weight", "sphere.credibility"),
    "agents.patron.stands_by_ruler": ("patron.ruler_weight", "client.alignment", "client.stability"),
    "agents.patron.title_discount": ("patron.title_weight",),
    "agents.patron.unpopularity_felt": (
        ("patron.popularity_weight", 1.0),
        ("patron.unpopularity_tolerance", 1.0),
    ),
    "agents.patron.window_left": ("patron.window_weight", "patron.window_days"),
    "sim.laws.settlement.rate_of_truce": ("settlement.",),
    "sim.laws.war.left_after_attrition": ("combat.attrition",),
    "sim.laws.war.supply_of_core": ("combat.isolation",),
}


def history(name: str) -> Scenario:
    if name in (ITS_OWN_AIM, FOR_HOME_LAND):
        aim = "home" if name == FOR_HOME_LAND else None
        return scenario_of_variant(WAR).model_copy(update={"opening_aim": aim})
    if name == BLOCKADED:
        war = scenario_of_variant(WAR)
        blockade = Event(
            date=war.start, text="A blockade", quantity="core.blockade", change="set", amount=1.0,
            claim="C35", source="assumption: an invented event",
        )  # fmt: skip
        return war.model_copy(update={"event": (blockade,)})
    if name == SHORT_TALKS:
        return scenario_of_variant(TALKS).model_copy(update={"end": date(2022, 9, 27)})
    if name == SHORT_PEACE:
        return scenario_of_variant(AFTER).model_copy(update={"end": date(2021, 12, 27)})
    return scenario_of_variant(name)


Varied = tuple[str, ...] | tuple[tuple[str, float], ...]


def shape(varied: Varied) -> tuple[int, int]:
    """(settings, worlds) of a design."""
    return (1, SETTINGS * WORLDS) if isinstance((*varied, "")[0], tuple) else (SETTINGS, WORLDS)


@cache
def design(varied: Varied) -> dict[str, np.ndarray]:
    """The defaults, then points of the hypercube, each for some worlds; what is yes or no stays as it is."""
    settings, worlds = shape(varied)
    if settings == 1:
        return {path: np.full(worlds, value) for path, value in varied}
    known = [
        info
        for info in describe(scenario_of_variant(WAR))
        if info.unit != "yes/no" and info.path.startswith(varied or "")
    ]
    cube = qmc.LatinHypercube(len(known), rng=np.random.default_rng(11)).random(settings - 1)
    columns = {}
    for info, places in zip(known, cube.T, strict=True):
        if info.scale == "log":
            low, high = info.believed
            points = np.exp(np.log(low) + places * np.log(high / low))
        else:
            points = info.low + places * (info.high - info.low)
        columns[info.path] = np.repeat([info.default, *points], worlds)
    return columns


def run(name: str, theory: str, varied: Varied) -> dict[str, Any]:
    """The outcomes of every world of every setting."""
    settings, worlds = shape(varied)
    numbers = np.tile(np.arange(worlds), settings)
    model = ConflictModel(history(name), theory=theory, worlds=numbers, columns=design(varied))
    model.run()
    return outcomes(model)


with_all_rules = cache(run)


def without(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the neutral value in the place of a rule, wherever it is called by name or asked for."""
    neutral = RULES[function].neutral

    def stand_in(**quantities: Any) -> Any:
        shape = np.broadcast_shapes(*(np.shape(quantity) for quantity in quantities.values()))
        value = quantities[neutral] if isinstance(neutral, str) else neutral
        return np.broadcast_to(np.asarray(value, dtype=float), shape).copy()

    monkeypatch.setitem(RULES, stand_in, RULES[function])
    for name, module in list(sys.modules.items()):
        if name.startswith(("agents.", "sim.")) and getattr(module, function.__name__, None) is function:
            monkeypatch.setattr(module, function.__name__, stand_in)


def differences(first: np.ndarray, second: np.ndarray, unit: str) -> np.ndarray:
    """World by world; NaN where one of two dates is missing."""
    if unit == "name":
        return (first != second).astype(float)
    if unit == "date":
        both = ~(np.isnat(first) | np.isnat(second))
        return np.where(both, (second - first).astype("timedelta64[D]").astype(float), np.nan)
    return second.astype(float) - first.astype(float)


def effect(moved: np.ndarray) -> float:
    """The mean over the worlds of a setting; none if it is below three standard errors."""
    known = moved[~np.isnan(moved)]
    if known.size < moved.size / 2:
        return 0.0
    mean, error = known.mean(), known.std(ddof=1) / np.sqrt(known.size)
    return float(abs(mean)) if abs(mean) > 3 * error else 0.0


def largest_effect(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> float:
    """The largest effect in any setting, in smallest effects that matter."""
    known = RULES[function]
    asked = HISTORIES.get(known.name, WAR), known.theory or "article", VARIED.get(known.name, ())
    before = with_all_rules(*asked)
    with monkeypatch.context() as patched:
        without(function, patched)
        after = run(*asked)
    found = []
    for measure in READ_OFF.get(known.name, OF_THE_CHOICE):
        unit = UNITS[measure]
        moved = differences(before[measure], after[measure], unit).reshape(shape(asked[2]))
        found.append(max(effect(setting) for setting in moved) / LEAST[unit])
    return max(found)


def test_what_is_said_of_rules_is_said_of_rules_that_there_are():
    names = {known.name for known in RULES.values()}
    assert READ_OFF.keys() | HISTORIES.keys() | VARIED.keys() <= names
    assert {known.theory for known in RULES.values()} <= {None, *THEORIES}


OFTEN = [function for function, known in RULES.items() if not known.claim and not known.theory]


@pytest.mark.parametrize(
    "function", mostly_thorough(RULES, *OFTEN), ids=lambda function: RULES[function].name
)
def test_a_rule_counts_somewhere(function, monkeypatch):
    assert largest_effect(function, monkeypatch) >= 1
