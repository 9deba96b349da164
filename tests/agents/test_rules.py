"""Every rule, and every expectation, keeps what its docstring promises over the range of its arguments.

RULE_SHEETS has a line for every function in sim.rule.RULES: the range of each argument, the bounds of the
answer, and which way each argument moves it. A new rule without a line fails the first test.
"""

import importlib
import inspect
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.expectations import actual, prevented, share_beaten_back, share_held_off
from sim.model import ConflictModel
from sim.rule import RULES, apply

pytestmark = pytest.mark.quick

for package in ("agents", "sim.laws"):
    for file in files(package).iterdir():
        if file.name.endswith(".py") and "\n@rule(" in file.read_text(encoding="utf-8"):
            importlib.import_module(f"{package}.{file.name.removesuffix('.py')}")

SHARE = (0.0, 1.0)
DAYS = (0.0, 31.0)  # the longest step of a scenario
DAILY = (0.0, 1.0)  # rates per day; parameters allow no higher one
LOG_RATIO = (-4.0, 5.0)  # of strengths: arms, help and both strength parameters at their extremes
SLACK = 1e-12


def between(*names: str) -> Callable[..., tuple[float, float]]:
    """The answer lies between some of the arguments."""
    return lambda **given: (
        np.minimum.reduce([given[name] for name in names]),
        np.maximum.reduce([given[name] for name in names]),
    )


@dataclass(frozen=True)
class Sheet:
    """What is promised of a rule.

    Attributes:
        ranges: of each argument, low and high.
        answer: bounds of the answer, fixed or worked out from the arguments.
        rises, falls: arguments that move the answer up or down.
        still: arguments that the claim says count for nothing.
    """

    ranges: dict[str, tuple[float, float]]
    answer: tuple[float, float] | Callable[..., tuple[float, float]] = SHARE
    rises: tuple[str, ...] = ()
    falls: tuple[str, ...] = ()
    still: tuple[str, ...] = ()


def shares(*names: str) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(names, SHARE)


LINE = shares("threshold") | {"steepness": (1.0, 25.0)}

RULE_SHEETS = {
    # the patron
    "agents.patron.gratitude_at_stake": Sheet(shares("interest", "forgone"), rises=("interest", "forgone")),
    "agents.patron.outrage_at_alignment": Sheet(
        shares("turn", "harm", "weight"),
        lambda turn, harm, weight: (turn, turn + harm),
        rises=("turn", "harm", "weight"),
    ),
    "agents.patron.sphere_at_stake": Sheet(shares("credibility", "rival"), rises=("credibility", "rival")),
    "agents.patron.updated_sphere_credibility": Sheet(
        shares("credibility", "rival", "support") | {"loss": DAILY, "gain": DAILY, "days": DAYS},
        rises=("credibility", "support", "gain"),
        falls=("rival", "loss"),
    ),
    "agents.patron.stands_by_ruler": Sheet(shares("alignment", "danger"), rises=("alignment", "danger")),
    "agents.patron.perceived_power_shift": Sheet(
        {"perceived": LOG_RATIO, "actual": LOG_RATIO, "lag": (0.1, 20.0), "days": DAYS},
        between("perceived", "actual"),
        rises=("perceived", "actual"),
    ),
    "agents.patron.entrapment_avoided": Sheet(
        shares("responsibility", "contested"), rises=("responsibility", "contested")
    ),
    "agents.patron.coverage_of_guarantee": Sheet(
        shares("contested", "recognised", "scope"),
        lambda contested, recognised, scope: (recognised, recognised + contested),
        rises=("contested", "recognised", "scope"),
    ),
    "agents.patron.displeasure_at_government": Sheet(shares("alignment"), falls=("alignment",)),
    "agents.patron.window_left": Sheet(
        {"war_days": (0.0, 400.0), "window": (1.0, 365.0)}, rises=("window",), falls=("war_days",)
    ),
    "agents.patron.title_discount": Sheet(shares("titled"), rises=("titled",)),
    "agents.patron.core_red_line": Sheet(
        shares("lost", "attacked") | LINE,
        lambda attacked, **_: (0.0, attacked),
        rises=("lost", "attacked"),
        falls=("threshold",),
    ),
    "agents.patron.humanitarian_red_line": Sheet(
        shares("displaced") | LINE, rises=("displaced",), falls=("threshold",)
    ),
    "agents.patron.border_red_line": Sheet(
        shares("attacked") | LINE, rises=("attacked",), falls=("threshold",)
    ),
    "agents.patron.existential_red_line": Sheet(
        shares("danger") | LINE, rises=("danger",), falls=("threshold",)
    ),
    "agents.patron.popularity_at_stake": Sheet(shares("felt"), rises=("felt",)),
    "agents.patron.unpopularity_felt": Sheet(
        shares("fall", "tolerance"),
        lambda fall, tolerance: (0.0, fall),
        rises=("fall",),
        falls=("tolerance",),
    ),
    "agents.patron.discounted_future": Sheet(
        shares("stake") | {"rate": (0.0, 2.0), "horizon": (0.0, 20.0)},
        lambda stake, **_: (0.0, stake),
        rises=("stake",),
        falls=("rate", "horizon"),
    ),
    "agents.patron.price_of_acting": Sheet(
        shares("backing") | {"reach": (0.01, 1.0), "rival": (0.0, 5.0)},
        (0.0, 600.0),
        rises=("backing", "rival"),
        falls=("reach",),
    ),
    # theory revised
    "agents.theories.dependence_on_challenger": Sheet(
        shares("interest", "capability"), rises=("interest",), falls=("capability",)
    ),
    "agents.theories.interest_of_dependent": Sheet(shares("interest", "need"), rises=("interest", "need")),
    "agents.theories.threat_from_friend": Sheet(shares("interest"), falls=("interest",)),
    "agents.bargaining.preferred_step": Sheet(
        shares("pact", "interest"), rises=("pact",), falls=("interest",)
    ),
    "agents.bargaining.harm_to_prevent": Sheet(
        shares("existential", "displaced", "lost"), rises=("existential", "displaced", "lost")
    ),
    # the client
    "agents.client.acceptance_of_offer": Sheet(
        shares("held", "risk", "intransigence") | {"aversion": (0.0, 5.0)},
        rises=("risk", "aversion"),
        falls=("held", "intransigence"),
    ),
    "agents.client.acceptance_of_stop": Sheet(
        shares("at_risk", "given", "intransigence") | {"steepness": (1.0, 100.0)},
        rises=("at_risk",),
        falls=("given", "intransigence"),
    ),
    "agents.client.plea_of_client": Sheet(
        shares("at_risk", "on_own_soil"),
        lambda at_risk, on_own_soil: (np.maximum(at_risk, on_own_soil), 1.0),
        rises=("at_risk", "on_own_soil"),
    ),
    "agents.client.dependence_counted_on": Sheet(shares("captivity"), rises=("captivity",)),
    "agents.client.pull_of_outsiders": Sheet(
        shares("loudest", "monitors", "arms"), rises=("monitors", "arms"), still=("loudest",)
    ),
    "agents.client.security_advantage": Sheet(
        shares("patron", "other") | {"steepness": (1.0, 20.0)}, rises=("patron",), falls=("other",)
    ),
    "agents.client.damaged_image": Sheet(
        shares("image", "unaided") | {"breach": (0.0, 31.0), "damage": (0.0, 5.0)},
        lambda image, **_: (0.0, image),
        rises=("image",),
        falls=("unaided", "breach", "damage"),
    ),
    "agents.client.alignment_after": Sheet(
        shares("alignment", "voice") | {"change": (0.0, 2.0)}, (0.0, 2.0), rises=("alignment", "change")
    ),
    "agents.client.loyalty_of_public": Sheet(
        shares("kept", "captivity", "voice", "alignment", "opinion"),
        rises=("captivity", "alignment", "opinion"),
        still=("kept",),
    ),
    "agents.client.weight_of_opinion": Sheet(
        shares("democracy", "floor", "added"), rises=("democracy", "floor", "added")
    ),
    # the challenger and its backer
    "agents.challenger.updated_gratitude": Sheet(
        shares("gratitude", "won", "blocked")
        | {"gain": (0.0, 10.0), "resentment": DAILY, "decay": (0.0, 2.0), "days": DAYS},
        rises=("gratitude", "won", "gain"),
        falls=("blocked", "resentment", "decay", "days"),
    ),
    "agents.challenger.perceived_red_line": Sheet(
        shares("line", "blurred", "signalled"), between("line", "blurred"), rises=("line", "blurred")
    ),
    "agents.challenger.fear_at_border": Sheet(shares("line"), rises=("line",)),
    "agents.challenger.fear_at_core": Sheet(
        shares("line", "clarity", "weight"),
        lambda line, **_: (0.0, line),
        rises=("line",),
        falls=("clarity", "weight"),
    ),
    "agents.challenger.appeal_of_target": Sheet(
        shares("worth", "fear") | {"ease": (1e-9, 10.0)},
        (0.0, 10.0),
        rises=("worth", "ease"),
        falls=("fear",),
    ),
    "agents.challenger.rate_of_outbreak": Sheet(
        shares("success", "prize", "odds") | {"rate": (0.0, 0.06), "steepness": (1.0, 200.0)},
        lambda rate, prize, **_: (0.0, rate * prize),
        rises=("success", "prize", "rate"),
        falls=("odds",),
    ),
    "agents.backer.strength_with_backer": Sheet(
        shares("backing") | {"material": (0.0, 3.0)}, (1.0, 4.0), rises=("backing", "material")
    ),
    "agents.backer.shield_of_backer": Sheet(
        shares("fear", "backing", "shield"),
        lambda fear, **_: (0.0, fear),
        rises=("fear",),
        falls=("backing", "shield"),
    ),
    # mediators, outside powers, observers
    "agents.mediator.updated_frustration": Sheet(
        shares("frustration", "step", "blame") | {"haste": (1.0, 26.0)},
        lambda frustration, **_: (frustration, 1.0),
        rises=("frustration", "step", "blame", "haste"),
    ),
    "agents.mediator.offer_on_table": Sheet(shares("tabled"), rises=("tabled",)),
    "agents.mediator.blame_on_client": Sheet(shares("share"), rises=("share",)),
    "agents.mediator.refusal_while_weakening": Sheet(
        {"shift": LOG_RATIO, "factor": (0.0, 5.0)}, (1.0, 26.0), rises=("shift", "factor")
    ),
    "agents.outsider.troops_of_outsider": Sheet(shares("willing"), (0.0, 0.0), still=("willing",)),
    "agents.observer.attention_of_observers": Sheet(
        shares("intensity", "support", "plea"), rises=("intensity", "plea"), falls=("support",)
    ),
    "agents.observer.updated_reliability": Sheet(
        shares("belief", "support", "base") | {"learning": DAILY, "forgetting": DAILY, "days": DAYS},
        between("belief", "support", "base"),
        rises=("belief", "support", "base"),
    ),
    "agents.observer.influence_of_backer": Sheet(
        shares("influence", "backing", "support") | {"step": DAILY, "days": DAYS},
        lambda influence, **_: (influence, 1.0),
        rises=("influence", "backing", "step", "days"),
        falls=("support",),
    ),
    "agents.observer.lesson_of_words": Sheet(
        shares("belief", "words") | {"learning": DAILY, "days": DAYS},
        between("belief", "words"),
        rises=("belief", "words"),
    ),
    "agents.observer.prior_reliability": Sheet(
        shares("base", "likeness", "trust"),
        lambda base, **_: (base, 1.0),
        rises=("base", "likeness", "trust"),
    ),
    # laws of the land, of war and of its end
    "sim.laws.land.strength_at_distance": Sheet(
        {"distance": (0.0, 1500.0), "reach": (20.0, 2000.0)}, rises=("reach",), falls=("distance",)
    ),
    "sim.laws.land.defence_of_ground": Sheet(
        shares("ruggedness", "fortification") | {"terrain": (0.0, 5.0), "works": (0.0, 5.0)},
        (1.0, 11.0),
        rises=("ruggedness", "fortification", "terrain", "works"),
    ),
    "sim.laws.war.contest_success": Sheet({"odds": (0.0, 1e6)}, rises=("odds",)),
    "sim.laws.war.left_after_attrition": Sheet(
        {"enemy": (0.0, 1e6), "rate": (0.0, 0.02), "days": DAYS}, falls=("enemy", "rate", "days")
    ),
    "sim.laws.war.supply_of_core": Sheet(
        shares("lifeline") | {"isolation": (0.01, 1.0)},
        lambda isolation, **_: (isolation, 1.0),
        rises=("lifeline", "isolation"),
    ),
    "sim.laws.settlement.compliance_with_stop": Sheet(
        shares("reach", "backing", "offered"), rises=("reach", "offered"), falls=("backing",)
    ),
    "sim.laws.settlement.burn_out_rate": Sheet(
        shares("intensity") | {"rate": (0.01, 2.0), "scale": (0.01, 1.0)},
        lambda rate, **_: (0.0, rate),
        rises=("rate", "scale"),
        falls=("intensity",),
    ),
    "sim.laws.settlement.rate_of_truce": Sheet(
        shares("momentum", "mediation") | {"rate": DAILY},
        lambda rate, **_: (0.0, rate),
        rises=("mediation", "rate"),
        falls=("momentum",),
    ),
}

FUNCTIONS = {known.name: function for function, known in RULES.items()}
every_rule = pytest.mark.parametrize("name", sorted(RULE_SHEETS))
DIRECTIONS = [
    (name, argument, sign)
    for name, sheet in RULE_SHEETS.items()
    for sign, moved in ((1, sheet.rises), (-1, sheet.falls), (0, sheet.still))
    for argument in moved
]
every_direction = pytest.mark.parametrize(("name", "argument", "sign"), DIRECTIONS)


def amounts(name: str, shape: tuple[int, ...] = (2000,), seed: int = 5) -> dict[str, np.ndarray]:
    """Arguments of a rule from their ranges, each at one of its ends in a quarter of the places."""
    dice = np.random.default_rng(seed)
    drawn = {}
    for argument, (low, high) in RULE_SHEETS[name].ranges.items():
        share = np.clip(dice.uniform(-1 / 6, 7 / 6, shape), 0, 1)
        drawn[argument] = low * (1 - share) + high * share
    return drawn


def corners(name: str) -> dict[str, np.ndarray]:
    """Arguments at every corner of their ranges."""
    ranges = RULE_SHEETS[name].ranges
    table = np.array(list(itertools.product(*ranges.values())))
    return dict(zip(ranges, table.T.copy(), strict=True))


def assert_within_bounds(name: str, quantities: dict) -> None:
    bounds = RULE_SHEETS[name].answer
    low, high = bounds(**quantities) if callable(bounds) else bounds
    answer = np.asarray(FUNCTIONS[name](**quantities))
    assert np.isfinite(answer).all()
    assert (answer >= low - SLACK).all()
    assert (answer <= high + SLACK).all()


def test_every_rule_has_a_sheet_and_every_sheet_a_rule():
    assert set(RULE_SHEETS) == set(FUNCTIONS)


@every_rule
def test_the_sheet_names_every_argument(name):
    assert set(RULE_SHEETS[name].ranges) == set(inspect.signature(FUNCTIONS[name]).parameters)


@every_rule
def test_a_rule_moves_with_something_or_says_that_it_does_not(name):
    sheet = RULE_SHEETS[name]
    told = sheet.rises + sheet.falls + sheet.still
    assert told
    assert len(set(told)) == len(told)
    assert set(told) <= set(sheet.ranges)


@every_rule
def test_an_answer_is_finite_and_within_bounds_at_every_corner(name):
    assert_within_bounds(name, corners(name))


@every_rule
def test_an_answer_is_finite_and_within_bounds_anywhere(name):
    assert_within_bounds(name, amounts(name))


@every_rule
def test_a_matrix_a_column_and_a_float_get_the_same_answer(name):
    rule, matrix = FUNCTIONS[name], amounts(name, (13, 5))
    answer = rule(**matrix)
    assert answer.shape == (13, 5)
    alone = np.empty((13, 5))
    for row, column in np.ndindex(13, 5):
        alone[row, column] = rule(**{key: float(value[row, column]) for key, value in matrix.items()})
    # NumPy's exp may differ by an ulp between one number and many; the rest is exact
    np.testing.assert_allclose(answer, alone, rtol=1e-14, atol=1e-15)
    for column in range(5):
        of_column = rule(**{key: value[:, column] for key, value in matrix.items()})
        assert of_column.shape == (13,)
        np.testing.assert_allclose(of_column, alone[:, column], rtol=1e-14, atol=1e-15)


@every_rule
def test_a_number_for_all_worlds_is_a_column_of_that_number(name):
    rule, columns = FUNCTIONS[name], amounts(name, (50,))
    for argument, column in columns.items():
        for number in column[:5]:
            once = rule(**columns | {argument: float(number)})
            each = rule(**columns | {argument: np.full(50, number)})
            np.testing.assert_allclose(np.broadcast_to(once, (50,)), each, rtol=1e-14, atol=1e-15)


@every_direction
def test_an_argument_moves_the_answer_one_way_only(name, argument, sign):
    quantities = amounts(name)
    one, other = quantities[argument], amounts(name, seed=6)[argument]
    rule = FUNCTIONS[name]
    more, less = (rule(**quantities | {argument: of(one, other)}) for of in (np.maximum, np.minimum))
    moved = more - less
    assert (sign * moved >= -SLACK).all() if sign else (moved == 0).all()


@every_direction
def test_an_argument_does_move_the_answer(name, argument, sign):
    """From a quarter to three quarters of its range, for some values of the others among 200."""
    dice = np.random.default_rng(5)
    ranges = RULE_SHEETS[name].ranges
    others = {key: dice.uniform(low, high, 200) for key, (low, high) in ranges.items()}
    low, high = np.quantile(ranges[argument], [0.25, 0.75])
    rule = FUNCTIONS[name]
    moved = rule(**others | {argument: np.full(200, high)}) - rule(**others | {argument: np.full(200, low)})
    if sign:
        assert (sign * moved > 0).any()
    else:
        assert (moved == 0).all()


@every_rule
def test_a_rule_leaves_its_arguments_as_they_were(name):
    quantities = corners(name)
    before = {key: value.copy() for key, value in quantities.items()}
    for value in quantities.values():
        value.flags.writeable = False
    first = np.array(FUNCTIONS[name](**quantities))
    second = FUNCTIONS[name](**quantities)
    assert np.array_equal(first, second)
    for key, value in quantities.items():
        assert np.array_equal(value, before[key])


@every_rule
def test_a_docstring_says_whose_claim_it_is_and_gives_an_example(name):
    function = FUNCTIONS[name]
    text, claim = function.__doc__, RULES[function].claim
    assert text.splitlines()[0].endswith(".")
    assert re.search(rf"Claim {claim}\b", text) if claim else "Source:" in text
    assert re.search(rf">>> (round\()?(float\()?{function.__name__}\(", text)


@every_rule
def test_what_stands_in_for_a_rule_is_a_possible_answer_or_an_argument(name):
    neutral = RULES[FUNCTIONS[name]].neutral
    sheet = RULE_SHEETS[name]
    if isinstance(neutral, str):
        assert neutral in sheet.ranges
        return
    bounds = sheet.answer
    low, high = bounds(**corners(name)) if callable(bounds) else bounds
    assert np.min(low) <= neutral <= np.max(high)


@every_rule
def test_leaving_a_claim_out_leaves_out_its_rules_and_no_others(name):
    function, quantities = FUNCTIONS[name], corners(name)
    known = RULES[function]
    assert np.array_equal(apply(function, frozenset({"C0"}), **quantities), function(**quantities))
    if known.claim is None:
        return
    answer = apply(function, frozenset({known.claim}), **quantities)
    expected = quantities[known.neutral] if isinstance(known.neutral, str) else known.neutral
    assert np.array_equal(answer, expected)


@every_rule
def test_a_rule_of_one_theory_is_followed_under_no_other(name):
    function, quantities = FUNCTIONS[name], corners(name)
    known = RULES[function]
    followed = apply(function, frozenset(), known.theory or "article", **quantities)
    assert np.array_equal(followed, function(**quantities))
    elsewhere = apply(function, frozenset(), "treaty_only", **quantities)
    stands_in = quantities[known.neutral] if isinstance(known.neutral, str) else known.neutral
    assert np.array_equal(elsewhere, followed if known.theory is None else stands_in)


@settings(deadline=None)
@given(size=st.floats(0, 1), weight=st.floats(0, 1))
def test_a_turn_to_the_west_outrages_no_less_than_harm_of_the_same_size(size, weight):
    outrage = FUNCTIONS["agents.patron.outrage_at_alignment"]
    assert outrage(turn=size, harm=0.0, weight=weight) >= outrage(turn=0.0, harm=size, weight=weight)


@settings(deadline=None)
@given(influence=st.floats(0, 1), step=st.floats(0, 1), days=st.floats(0, 31), other=st.floats(0, 1))
def test_a_backer_gains_only_if_it_is_active_and_the_patron_passive(influence, step, days, other):
    gain = FUNCTIONS["agents.observer.influence_of_backer"]
    assert gain(influence=influence, backing=0.0, support=other, step=step, days=days) == influence
    assert gain(influence=influence, backing=other, support=1.0, step=step, days=days) == influence


# Expectations: what is worked out of a crisis from the laws themselves

RATES = st.floats(0, 5)
PERIODS = st.floats(1, 365)
HELP = st.floats(0, 50)


@settings(deadline=None)
@given(rate=RATES, days=PERIODS)
def test_the_share_held_off_is_the_mean_of_what_is_left_after_an_end_at_that_rate(rate, days):
    """The mean of max(1 - T / days, 0) for an exponential T, by the midpoint rule."""
    steps = (np.arange(20_000) + 0.5) / 20_000
    by_hand = np.mean(1 - np.exp(-rate * days * steps))
    assert share_held_off(rate, days) == pytest.approx(by_hand, abs=1e-4)


@settings(deadline=None)
@given(rate=RATES, more=RATES, days=PERIODS, longer=PERIODS)
def test_more_is_held_off_the_sooner_the_fighting_may_end(rate, more, days, longer):
    held = share_held_off(rate, days)
    assert -1e-7 <= held < 1
    assert share_held_off(rate + more, days) >= held - 1e-6
    assert share_held_off(rate, days + longer) >= held - 1e-6


@settings(deadline=None)
@given(success=st.floats(0.01, 0.99), added=HELP, decisiveness=st.floats(0.2, 3))
def test_the_share_beaten_back_is_what_the_contest_says(success, added, decisiveness):
    contest = FUNCTIONS["sim.laws.war.contest_success"]
    odds = success / (1 - success)
    after = contest(odds=odds * (1 + added) ** -decisiveness)
    assert share_beaten_back(success, added, decisiveness) == pytest.approx(1 - after / success, abs=1e-12)


@settings(deadline=None)
@given(success=st.floats(0, 1), added=HELP, more=HELP, decisiveness=st.floats(0.2, 3))
def test_more_is_beaten_back_by_more_strength_and_of_a_weaker_attack(success, added, more, decisiveness):
    beaten = share_beaten_back(success, added, decisiveness)
    assert 0 <= beaten <= 1
    assert share_beaten_back(success, added + more, decisiveness) >= beaten - SLACK
    assert share_beaten_back(success / 2, added, decisiveness) >= beaten - SLACK
    assert share_beaten_back(1.0, added, decisiveness) == pytest.approx(0, abs=1e-12)


def test_a_rung_prevents_no_less_than_the_one_that_it_includes():
    """Over 300 random patrons: troops stop and fight, arms come on top of talks; nobody prevents all."""
    dice = np.random.default_rng(3)
    columns = {
        "patron.capability": dice.uniform(0.05, 1, 300),
        "patron.projection": dice.uniform(50, 10_000, 300),
        "combat.patron_troops": dice.uniform(0, 50, 300),
        "settlement.compliance_rate": dice.uniform(0, 5, 300),
    }
    model = ConflictModel(worlds=np.arange(300), columns=columns)
    for _ in range(5):
        model.step()
    for accepted in (0.0, 0.5, 1.0):
        aside, talks, arms, stop, troops = prevented(model.scene, actual(model.scene), accepted)
        assert not aside.any()
        assert np.all(talks >= 0) and np.all(arms >= talks) and np.all(stop >= talks)
        assert np.all(troops >= stop) and np.all(troops < 1)
    assert np.allclose(prevented(model.scene, actual(model.scene), 0.0)[3], talks)
