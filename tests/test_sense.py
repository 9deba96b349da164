"""The laws of common sense: what any model of patron, client and challenger must obey, whatever its numbers.

Each is read over worlds that meet the same luck. They outrank every pattern and every claim.
"""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from scipy.stats import qmc

from agents.challenger import Challenger
from agents.client import Client
from agents.expectations import imagined
from agents.patron import border_red_line, existential_red_line, humanitarian_red_line
from agents.reasons import TERMS
from agents.theories import THEORIES
from sim.model import ConflictModel
from sim.scenarios.loading import load
from sim.scenarios.scenario import Event
from sim.scenarios.values import describe
from sim.world import CAPITAL, CORE, FORCE, RECOGNISED, Aim, Rung, Status, Terms
from tests.thorough import mostly_thorough, thorough

WORLDS = 1000
WAR = load("karabakh-2020").close_up
# Six years after the attack by the week, without a second war.
AFTER = WAR.model_copy(update={"end": date(2026, 12, 27), "step_days": 7.0})
RESCUE = {
    "patron.treaty_weight": 5, "patron.scope_contested": 1, "patron.cost_weight": 0.05,
    "patron.gratitude_weight": 0,
}  # fmt: skip
NO_HELP = {"patron.cost_weight": 3}
KNOWN = {info.path: info for info in describe(WAR)}


@cache
def _end(scenario, theory, without, changes, worlds):
    history = {"war": WAR, "after": AFTER}[scenario]
    model = ConflictModel(
        history,
        theory=theory,
        without=without,
        worlds=np.arange(worlds),
        **{path.replace(".", "__"): value for path, value in changes},
    )
    model.run()
    return model


def end(changes=None, *, scenario="war", theory="article", without=(), worlds=WORLDS):
    """The model at its end, under some parameters; worlds 0, 1, 2 ..., computed once."""
    return _end(scenario, theory, tuple(without), tuple(sorted((changes or {}).items())), worlds)


def force(*args, **options):
    """(worlds,) whether the patron ever stood on rung 3 or more."""
    return end(*args, **options).world.rung_max >= FORCE


def the(model, role):
    """Its actor of a role."""
    return next(one for one in model.cast if isinstance(one, role))


def starting_with(aim):
    return WAR.model_copy(update={"opening_aim": aim})


def test_no_advance_no_disaster():
    assert force({"combat.tempo": 0}).mean() <= 0.05


def test_a_line_that_nothing_has_come_near_is_not_felt():
    """However blurred the lines are: no attack on recognised land, no line at the border."""
    model = ConflictModel(WAR, worlds=np.arange(50), red_lines__steepness=KNOWN["red_lines.steepness"].low)
    model.run()
    felt = dict(zip(TERMS, model.world.reasons_total.T, strict=True))
    assert (felt["border"] == 0.0).all() and (felt["core"] > 0.0).any()


@pytest.mark.parametrize("line", [humanitarian_red_line, border_red_line, existential_red_line])
def test_no_line_jumps(line):
    """A first step towards a line is felt as little as it is small, however blurred the line."""
    known, thresholds = KNOWN["red_lines.steepness"], np.linspace(0.0, 1.0, 11)
    steepness = np.array([[known.low], [known.high]])
    assert (line(0.0, thresholds, steepness) == 0.0).all()
    assert (line(1.0, thresholds[:-1], steepness) > 1.0 - 1e-9).all()
    assert (line(1.0, 1.0, steepness) > 0.99).all()
    assert (line(0.01, thresholds[1:], steepness) < 0.1).all()
    assert np.allclose(line(thresholds[1:-1], thresholds[1:-1], steepness), 0.5)


def test_no_pact_no_duty():
    """A client attacked at home has a guarantee to call on, and none once it has left the pact."""
    home = {"challenger__resolve_belief": 0, "challenger__value_recognised": 0.6}
    for theory, terms in (("treaty_only", ("treaty",)), ("article", ("treaty", "border"))):
        for status in (Status.FROZEN, Status.LEFT):
            model = ConflictModel(starting_with("home"), theory=theory, worlds=np.arange(100), **home)
            model.world.status[:] = status
            model.run()
            felt = dict(zip(TERMS, model.world.reasons_total.T, strict=True))
            for term in terms:
                assert (felt[term] > 0.0).any() if status < Status.LEFT else (felt[term] == 0.0).all()
            if theory == "treaty_only":
                came = (model.world.rung_max >= FORCE).mean()
                assert came >= 1 - NOISE if status < Status.LEFT else came <= NOISE


def test_a_line_at_nothing_is_not_crossed_by_nothing():
    zero = dict.fromkeys(("combat__tempo", "combat__flight", "combat__siege"), 0.0)
    zero |= {f"red_lines__{line}__threshold": 0.0 for line in ("core", "recognised", "humanitarian")}
    model = ConflictModel(WAR, worlds=np.arange(20), **zero)
    assert not model.run().crossed[:, :3].any()


def test_land_that_does_not_exist_makes_an_attack_on_other_land_no_safer():
    """In South Ossetia there is the core alone: one line, and nothing to take it for."""
    place, worlds = load("south-ossetia-2008"), np.arange(3)
    models = [ConflictModel(place, worlds=worlds, red_lines__signalled=clear) for clear in (0.0, 1.0)]
    fears = [model.world.fear[:, CORE] for model in models]
    assert np.allclose(*fears) and fears[0].min() > 0.05


def test_danger_that_is_there_is_not_forgotten_where_an_attack_is_imagined():
    model = ConflictModel(WAR, worlds=np.arange(2))
    model.world.existential[:] = 0.5
    model._focus(slice(None), 1.0, 1.0)
    assert imagined(model.scene).existential.min() >= 0.5


def test_a_capital_left_alone_can_be_attacked():
    model = ConflictModel(starting_with("everything"), worlds=np.arange(2))
    model.world.held[:, model.land.of_class[RECOGNISED]] = 0.0
    model._focus(slice(None), 1.0, 1.0)
    assert (the(model, Challenger).within_reach()[:, [RECOGNISED, CAPITAL]] == [0.0, 1.0]).all()


def test_a_blockade_of_land_that_is_lost_is_no_disappointment():
    without = WAR.model_copy(
        update={"held": {r.id: 0.0 for r in WAR.regions.region if r.legal_class == "core"}}
    )
    for history, lost, hurts in ((WAR, 0.0, True), (WAR, 1.0, False), (without, 0.0, False)):
        model = ConflictModel(history, worlds=np.arange(2))
        model.world.core_lost[:] = lost
        model.world.blockade[:] = 1.0
        model._focus(slice(None), 30.0, 30.0)
        assert ((the(model, Client).learn()["trust"] < model.world.trust) == hurts).all()


def test_no_duty_no_force():
    assert force({"patron.honour_rate": 0}, theory="base_rate").mean() <= 0.01


@pytest.mark.parametrize("rate", mostly_thorough([0.2, 0.41, 0.8, 1.0], 0.41))
def test_a_base_rate_is_a_rate(rate):
    error = max(np.sqrt(rate * (1 - rate) / WORLDS), 0.002)
    assert abs(force({"patron.honour_rate": rate}, theory="base_rate").mean() - rate) <= 3 * error


@pytest.mark.parametrize("theory", mostly_thorough(THEORIES, "article", "base_rate"))
def test_no_reach_no_troops(theory):
    model = end({"patron.capability": 0.05}, theory=theory)
    assert not (model.world.rung_max == Rung.TROOPS).any()
    assert (model.world.terms == Terms.STOP).mean() <= 0.05
    assert model.world.fear.max() < 0.05


@pytest.mark.parametrize("theory", mostly_thorough(THEORIES, "article", "base_rate"))
def test_no_reach_no_stop_of_an_attack_at_home(theory):
    home = {"patron__capability": 0.05, "challenger__resolve_belief": 0, "challenger__value_recognised": 0.6}
    model = ConflictModel(starting_with("home"), worlds=np.arange(500), theory=theory, **home)
    model.run()
    assert (model.world.peacekeepers > 0).mean() <= 0.05


@pytest.mark.parametrize("what", ["loyalty", "trust", "opinion"])
def test_abandonment_does_not_endear(what):
    left, saved = end(NO_HELP, scenario="after", worlds=200), end(RESCUE, scenario="after", worlds=200)
    start = {"loyalty": "client.loyalty", "trust": "client.trust_in_troops", "opinion": "client.opinion"}[
        what
    ]
    assert (left.world.rung_max < FORCE).mean() > 0.6
    assert (saved.world.rung_max >= FORCE).mean() > 0.9
    alone = left.world.rung_max < FORCE
    after = getattr(left.world, what)
    assert np.all(after[alone] <= KNOWN[start].default + 1e-9)
    assert after.mean() < getattr(saved.world, what).mean() - 0.02


def test_a_late_stop_is_not_trusted_like_an_early_rescue():
    """Peacekeepers on what is left of the land do not make good what was lost unaided."""
    late = end({"red_lines.core.threshold": 0.6}, scenario="after", worlds=200).world
    early = end(RESCUE, scenario="after", worlds=200).world
    came_late = (late.terms == Terms.STOP) & (late.held_contested < 0.5)
    assert came_late.mean() > 0.2
    assert late.trust[came_late].max() < early.trust.mean() - 0.1


def test_abandonment_costs_more_loyalty_in_a_democracy():
    worlds, columns = 500, {path: np.full(1000, float(value)) for path, value in NO_HELP.items()}
    columns["client.democracy"] = np.repeat([0.1, 0.9], worlds)
    model = ConflictModel(AFTER, worlds=np.tile(np.arange(worlds), 2), columns=columns)
    autocracy, democracy = model.run().loyalty.reshape(2, worlds)
    lost = autocracy - democracy
    assert lost.mean() > 3 * lost.std() / np.sqrt(lost.size) > 0


def force_by_class(changes=None, worlds=WORLDS):
    """The share of worlds with force in an attack on home land and in one on outer land, of one scale."""
    shares = {}
    for aim in ("home", "outer"):
        model = ConflictModel(
            starting_with(aim),
            worlds=np.arange(worlds),
            **{path.replace(".", "__"): value for path, value in (FEARLESS | (changes or {})).items()},
        )
        model.run()
        shares[aim] = (model.world.rung_max >= FORCE).mean()
    return shares


FEARLESS = {"challenger.resolve_belief": 0, "challenger.value_recognised": 0.6}


def test_home_is_defended_at_least_as_often_as_contested_land():
    shares = force_by_class()
    assert shares["home"] >= shares["outer"] + 0.1
    without = ConflictModel(
        starting_with("home"), worlds=np.arange(WORLDS), without=["C20", "C36"],
        challenger__value_recognised=0.6,
    )  # fmt: skip
    assert without.run().rung_max.mean() < 4


BLIND = {"challenger.resolve_belief": 0}  # an attack that goes ahead whatever the patron would do
MORE_HELP = (
    "patron.guarantee", "patron.scope_contested", "patron.treaty_weight", "patron.capability",
    "patron.projection", "red_lines.core.weight", "red_lines.humanitarian.weight", "patron.sphere_weight",
    "red_lines.existential.weight", "patron.ruler_weight", "patron.loyalty_weight", "patron.allies_weight",
    "combat.flight", "combat.patron_troops", "challenger.existential_threat",
)  # fmt: skip
LESS_HELP = (
    "patron.interest_in_challenger", "patron.gratitude_weight", "patron.frustration_weight",
    "patron.entrapment_weight", "patron.alignment_weight", "patron.title_weight", "patron.window_weight",
    "patron.cost_weight", "patron.price_of_backer", "mediators.frustration",
)  # fmt: skip
NOISE = 0.02  # share of worlds: what a sure step may seem to go the wrong way by chance


@pytest.mark.parametrize("path", mostly_thorough(MORE_HELP, *MORE_HELP[:4], "red_lines.core.weight"))
def test_more_duty_more_reach_more_harm_never_bring_less_help(path):
    shares = shares_over_range(path, BLIND)
    assert np.all(np.diff(shares) >= -NOISE), shares


@pytest.mark.parametrize("path", mostly_thorough(LESS_HELP, *LESS_HELP[:3], "patron.cost_weight"))
def test_more_restraint_never_brings_more_help(path):
    shares = shares_over_range(path, BLIND)
    assert np.all(np.diff(shares) <= NOISE), shares


@pytest.mark.parametrize("path", mostly_thorough(MORE_HELP + LESS_HELP, *LESS_HELP[:2]))
def test_both_hold_for_the_revised_patron(path):
    """Of middling interest in the challenger: at that of 2020 it stands aside whatever else counts."""
    shares = shares_over_range(path, BLIND | {"patron.interest_in_challenger": 0.4}, theory="revised")
    assert np.all(np.diff(shares) * (1 if path in MORE_HELP else -1) >= -NOISE), shares


def shares_over_range(path, fixed, theory="article", points=4, worlds=250):
    """(points,) shares of worlds with force as a number goes through its range: the same luck for each."""
    values = np.linspace(KNOWN[path].low, KNOWN[path].high, points)
    columns = {name: np.full(points * worlds, float(value)) for name, value in fixed.items()}
    columns[path] = np.repeat(values, worlds)
    model = ConflictModel(WAR, theory=theory, worlds=np.tile(np.arange(worlds), points), columns=columns)
    return (model.run().rung_max >= FORCE).reshape(points, worlds).mean(axis=1)


def test_a_raid_does_not_put_survival_at_stake():
    """All-out war would end the state: that alone brings the patron, and a raid does not bring it."""
    other_lines = (f"red_lines.{line}.weight" for line in ("core", "recognised", "humanitarian"))
    threat = BLIND | dict.fromkeys(other_lines, 0)
    threat |= {"challenger.existential_threat": 1, "challenger.threat_scale": 1}
    assert force(threat | {"challenger.scale": 0.05}).mean() <= 0.01
    assert force(threat | {"challenger.scale": 1}).mean() >= 0.99
    assert force(threat | {"challenger.scale": 1, "challenger.existential_threat": 0}).mean() <= 0.01


# What varies between the settings of the next law: the patron, the scale and the force of the attack.
VARIED = {
    "patron.guarantee": (0, 1), "patron.scope_contested": (0, 1), "patron.interest_in_challenger": (0, 1),
    "patron.capability": (0.2, 1), "patron.treaty_weight": (0, 3), "patron.title_weight": (0, 1),
    "patron.gratitude_weight": (0, 2), "patron.precision": (3, 20), "challenger.scale": (0.3, 1),
    "red_lines.core.weight": (0, 5), "red_lines.recognised.weight": (0, 5), "client.alignment": (0, 1),
}  # fmt: skip
SETTINGS = 50
SIGNALLED = {
    "red_lines.signalled": 1, "backer.shield": 0, "challenger.weight_of_statement": 0,
    "challenger.value_contested": 0, "challenger.value_core": 0, "challenger.value_recognised": 0,
    "settlement.truce_rate": 0, "client.capitulation_odds": 1,
}  # fmt: skip
# The aim of an attack, the place of the class among the fears, and the worth that sends it there alone.
ATTACKS = (
    ("outer", 0, "challenger.value_contested"),
    ("core", 1, "challenger.value_core"),
    ("home", 2, "challenger.value_recognised"),
)


@pytest.mark.parametrize(("aim", "place", "worth"), mostly_thorough(ATTACKS, ATTACKS[1]))
def test_expectation_is_frequency(aim, place, worth):
    """The chance of force that the challenger expects is the share of worlds in which it comes."""
    cube = qmc.LatinHypercube(len(VARIED), rng=np.random.default_rng(7)).random(SETTINGS)
    worlds = 200
    columns = {
        path: np.repeat(low + (high - low) * places, worlds)
        for places, (path, (low, high)) in zip(cube.T, VARIED.items(), strict=True)
    }
    columns |= {path: np.full(SETTINGS * worlds, float(value)) for path, value in SIGNALLED.items()}
    numbers = np.tile(np.arange(worlds), SETTINGS)
    known = ConflictModel(starting_with(aim), worlds=numbers, columns=columns)
    expected = known.world.fear[:, place].reshape(SETTINGS, worlds).mean(axis=1)
    # the same attack by a challenger that goes ahead whatever it expects
    blind = {worth: np.ones(numbers.size), "challenger.resolve_belief": np.zeros(numbers.size)}
    model = ConflictModel(starting_with(aim), worlds=numbers, columns=columns | blind)
    model.run()
    came = (model.world.rung_max >= FORCE).reshape(SETTINGS, worlds).mean(axis=1)
    wrong = np.abs(came - expected)
    # One look ahead does not see forces wear out, which decides a few patrons that stand between two rungs.
    assert (wrong <= 0.1).mean() >= 0.95, sorted(wrong)[-10:]
    assert wrong.mean() <= 0.03


def test_land_is_conserved_both_ways():
    model = end(RESCUE | {"combat.patron_troops": 30, "challenger.resolve_belief": 0})
    world = model.world
    assert np.allclose(world.held + world.taken + world.handed, model.land.start, rtol=0, atol=1e-12)
    assert np.all(world.held >= -1e-12) and np.all(world.taken >= -1e-12)


def test_the_patrons_troops_win_land_back():
    late = {"patron.treaty_weight": 0, "red_lines.core.weight": 6, "patron.capability": 1,
            "client.intransigence": 1, "combat.patron_troops": 50,
            "settlement.compliance_rate": 0}  # fmt: skip
    model = ConflictModel(
        WAR, worlds=np.arange(200), **{path.replace(".", "__"): value for path, value in late.items()}
    )
    lowest = np.ones(200)
    while model.running and model.step_number < WAR.steps:
        model.step()
        lowest = np.minimum(lowest, model.world.held_contested)
    assert (model.world.rung_max == Rung.TROOPS).mean() > 0.5
    assert (model.world.held_contested - lowest).max() > 0.02
    assert np.all(model.world.held <= model.land.start + 1e-12)


def test_a_limited_aim_ends_when_it_is_reached():
    model = ConflictModel(
        starting_with("outer"), worlds=np.arange(200), combat__tempo=1000, settlement__truce_rate=0,
        patron__title_weight=3, patron__cost_weight=3, challenger__war_rate=0,
    )  # fmt: skip
    model.run()
    assert set(model.world.first_aim) == {Aim.OUTER}
    assert model.world.at_war.mean() < 0.05
    assert (model.world.core_lost < 0.01).mean() > 0.95
    assert (model.world.held_outer < 0.1).mean() > 0.9


@cache
def after_peace(event=()):
    """A year of peace from the eve of the war of 2020, with some events of a blockade: (day, amount)."""
    start = date(2020, 1, 1)
    events = tuple(
        Event(date=start + timedelta(days=day), text="-", quantity="core.blockade", change="set",
              amount=amount, claim="", source="-")
        for day, amount in event
    )  # fmt: skip
    changes = {"start": start, "end": date(2021, 1, 1), "opens_with_offensive": False, "event": events}
    model = ConflictModel(WAR.model_copy(update=changes), worlds=np.arange(5), challenger__war_rate=0)
    return model.run()


def test_a_blockade_in_peace_is_a_disaster_that_ends_with_it():
    besieged, relieved = after_peace(((0, 1.0),)), after_peace(((0, 1.0), (180, 0.0)))
    assert (after_peace().displaced == 0).all()
    assert (besieged.displaced > 0.4).all()
    assert (relieved.displaced < 0.05).all()


def test_a_blockade_makes_an_attack_on_the_core_easier():
    besieged = after_peace(((0, 1.0),))
    assert (besieged.prospects[:, CORE] > after_peace().prospects[:, CORE] + 0.05).all()


def test_a_client_attacked_at_home_takes_a_stop():
    home = {"challenger__resolve_belief": 0, "challenger__value_recognised": 0.6}
    model = ConflictModel(
        starting_with("home"),
        worlds=np.arange(50),
        settlement__compliance_rate=0,
        settlement__truce_rate=0,
        **home,
    )
    model.step()
    assert model.world.at_war.all() and (model.world.acceptance > 0.8).all()


def test_a_patron_that_cares_for_the_challenger_defends_even_home_land_less():
    undecided = {
        "patron.gratitude_weight": 5, "patron.treaty_weight": 0, "red_lines.recognised.weight": 0.5,
        "red_lines.existential.weight": 0,
    }  # fmt: skip
    cares, does_not = (
        force_by_class(undecided | {"patron.interest_in_challenger": interest}, worlds=200)["home"]
        for interest in (1.0, 0.0)
    )
    assert cares < does_not - 0.1


@thorough
def test_acting_costs_no_more_on_the_day_on_which_nothing_is_left_to_be_taken():
    """Without a front there is nothing to weigh; else one such day would outweigh a war in every mean."""
    model = ConflictModel(load("karabakh-2020"), worlds=np.arange(200))
    own, reached = model.settings.patron, model.land.class_reach
    weakest = 0.375 * float(own.capability)  # after the dated event of 2022
    dearest = float(own.cost_weight * (1.0 + own.price_of_backer)) / (weakest * reached.min())
    cost, no_front = TERMS.index("cost"), 0
    while model.step_number < model.scenario.steps:
        model.step()
        assert model.world.reasons[:, cost].max() <= dearest
        no_front += (model.world.at_war & (model.world.pressure.sum(axis=1) == 0)).sum()
    assert no_front > 0
