"""The model, reduced to a known result of the field, reproduces it.

All rules of the article are left out, and the rest is set so that one known model remains; whole runs of
`ConflictModel` are then held against its closed form. How close they come is named as by Axtell, Axelrod,
Epstein and Cohen (1996): *numerical identity*, or *distributional equivalence* where there is luck.

    contest        share of land taken against the ratio of strengths       Tullock 1980, Skaperdas 1996
    distance       chances along a line of districts, line of equal strength                Boulding 1962
    attrition      the course of two forces                                 Lanchester 1916, square law
    fortune        mean of a log-logistic factor                            (mathematics)
    ladder         shares of the rungs, one leaning a war                   McFadden 1974: multinomial logit
    outbreaks      wars in ten years                                        Richardson 1944: Poisson

Landscape theory (Axelrod and Bennett 1993) is not docked: there, all actors choose sides; here, who is whose
patron, client and challenger is given.
"""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from agents.claims import all_claims
from agents.ladder import COMMITMENT
from agents.theories import PROMISE
from sim.laws.land import kilometres
from sim.model import ConflictModel
from sim.scenarios.loading import load
from sim.scenarios.region_map import Hub, Region, RegionMap
from sim.scenarios.scenario import Series, SeriesSet
from tests.thorough import thorough

pytestmark = pytest.mark.quick

RULES = tuple(claim.id for claim in all_claims() if claim.kind == "rule")
WEST, EAST = 44.0, 46.0  # where the hubs of client and challenger lie, degrees east
AREA = 50_000.0  # km2 of a district: too large to be taken in the time
RATIOS = np.array([0.3, 0.5, 0.8, 1.0, 1.25, 2.0, 3.0])
SEVEN = np.arange(7)

# A patron that never moves, nobody who helps, no luck, no fatigue, no end but that of the scenario.
NOTHING_ELSE = {
    "patron.guarantee": 0.0,
    "patron.capability": 0.05,
    "patron.cost_weight": 3.0,
    "patron.precision": 50.0,
    "backer.help": 0.0,
    "challenger.scale": 1.0,
    "challenger.value_contested": 1.0,
    "challenger.resolve_belief": 0.0,
    "challenger.terrain_aversion": 0.0,
    "client.capitulation_odds": 1.0,
    "combat.terrain_defence": 0.0,
    "combat.works_defence": 0.0,
    "combat.fortune": 0.0,
    "combat.attrition": 0.0,
    "combat.tempo": 400.0,
    "settlement.clash_end_rate": 0.0,
    "settlement.truce_rate": 0.0,
    "settlement.compliance_rate": 0.0,
}


def line_of_districts(longitudes):
    """Contested districts on one parallel, each bordering on the challenger's own land and its neighbours."""
    ids = [f"D{number}" for number in range(len(longitudes))]

    def region(name, longitude, legal_class, neighbours):
        held = 0.0 if legal_class == "challenger" else 1.0
        return Region(
            id=name, name=name, latitude=40.0, longitude=longitude, area=AREA, held=held, population=0.0,
            ruggedness=0.5, fortification=0.5, legal_title="challenger", legal_class=legal_class,
            neighbours=neighbours, source="test",
        )  # fmt: skip

    districts = [
        region(name, where, "outer", ("X", *(ids[n] for n in (place - 1, place + 1) if 0 <= n < len(ids))))
        for place, (name, where) in enumerate(zip(ids, longitudes, strict=True))
    ]
    hubs = [
        Hub(id=owner, name=owner, owner=owner, latitude=40.0, longitude=where, source="test")
        for owner, where in (("client", WEST), ("challenger", EAST))
    ]
    return RegionMap(region=(*districts, region("X", EAST, "challenger", tuple(ids))), hub=tuple(hubs))


def reduced(longitudes=(45.0,), days=30, step=1.0, opens=True, ratio=1.0):
    """The war of 2020 on another map, with arms that last and a known ratio of strengths."""
    scenario = load("karabakh-2020").close_up
    arms = {"client": 1000.0, "challenger": 1000.0 * ratio}
    wear = scenario.parameters.combat.depreciation
    lasting = {
        f"{who}_spending": Series(values={2020: amount * wear}, unit="US$ m", source="test")
        for who, amount in arms.items()
    }
    start = scenario.start
    return scenario.model_copy(
        update={
            "end": date.fromordinal(start.toordinal() + days),
            "step_days": step,
            "opens_with_offensive": opens,
            "client_arms": arms["client"],
            "challenger_arms": arms["challenger"],
            "regions": line_of_districts(longitudes),
            "series": SeriesSet(**lasting),
            "event": (),
            "held": {},
        }
    )


@pytest.fixture(autouse=True)
def _limits_may_be_reached(monkeypatch):
    """A known result is one of the model's limits, which may lie outside the ranges of its parameters."""
    monkeypatch.setattr("sim.model.checked_columns", lambda columns, scenario, worlds: columns)


def model_of(scenario, worlds=SEVEN, theory="treaty_only", columns=None, **changes):
    """A model of which only what `changes` sets differs from nothing else."""
    numbers = NOTHING_ELSE | {path.replace("__", "."): value for path, value in changes.items()}
    full = {path: np.broadcast_to(np.asarray(value, float), worlds.shape).copy()
            for path, value in (numbers | (columns or {})).items()}  # fmt: skip
    return ConflictModel(scenario, theory=theory, without=RULES, worlds=worlds, columns=full)


def contest(ratio, m):
    """The chance of the stronger's success in ratio form."""
    return ratio**m / (1 + ratio**m)


# contest: numerical identity


@pytest.mark.parametrize("m", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("days", [10, 25])
def test_the_share_taken_follows_the_contest_success_function(m, days):
    """Without luck, land falls at the pace of an open road times the chance of Tullock's contest."""
    model = model_of(reduced(days=days), combat__decisiveness=m, columns={"challenger.strength": RATIOS})
    world = model.run()
    assert (world.at_war & (world.rung == 0)).all()
    expected = 400.0 * days * contest(RATIOS, m) / AREA
    assert world.taken[:, 0] == pytest.approx(expected, rel=1e-9)
    assert 1.0 - world.held_contested == pytest.approx(expected, rel=1e-9)


def test_the_contest_depends_on_the_ratio_alone():
    """Homogeneous of degree zero (Skaperdas 1996, axiom A6): both twice as strong, nothing changes."""
    scenario = reduced()
    once = model_of(scenario, columns={"challenger.strength": RATIOS}).run()
    columns = {"challenger.strength": RATIOS * 1.3, "client.strength": np.full(7, 1.3)}
    again = model_of(scenario, columns=columns).run()
    assert again.taken == pytest.approx(once.taken, rel=1e-12)


# distance: numerical identity


@pytest.mark.parametrize(("ratio", "m"), [(1.0, 1.0), (1.4, 1.0), (0.7, 2.0)])
def test_chances_fall_along_the_loss_of_strength_gradient(ratio, m):
    """The log odds of a district are a straight line in how much farther the challenger has to go."""
    longitudes = tuple(np.linspace(44.3, 45.8, 6))
    reach, days = 80.0, 20
    scenario = reduced(longitudes, days=days)
    model = model_of(scenario, combat__decisiveness=m, combat__reach=reach, challenger__strength=ratio)
    world = model.run()
    districts = scenario.regions.region[:6]
    farther = np.array([kilometres(d, 40.0, EAST) - kilometres(d, 40.0, WEST) for d in districts])
    chances = world.taken * AREA * 6 / (400.0 * days)  # effort is spread evenly where no rule aims it
    assert (np.ptp(chances, axis=0) == 0).all()
    slope, height = np.polyfit(farther, np.log(chances[0] / (1 - chances[0])), 1)
    assert slope == pytest.approx(-m / reach, rel=1e-9)
    assert height == pytest.approx(m * np.log(ratio), abs=1e-9)
    # Boulding's boundary of equal strength: the stronger is the equal of the weaker this much farther out
    assert -height / slope == pytest.approx(reach * np.log(ratio), abs=1e-6)


# attrition: numerical identity in the limit of short steps


def course_of_forces(step, ratio=1.5, rate=0.02, days=24):
    model = model_of(reduced(days=days, step=step, ratio=ratio), combat__attrition=rate, combat__tempo=0.0)
    world = model.run()
    assert world.at_war.all()
    return float(world.client_fit[0]), float(world.challenger_fit[0]) * ratio


def test_forces_wear_each_other_down_by_lanchesters_square_law():
    """The error of a step is of first order, so two lengths give the limit (Richardson's extrapolation)."""
    ratio, rate, days = 1.5, 0.02, 24
    closed = np.array([
        np.cosh(rate * days) - ratio * np.sinh(rate * days),
        ratio * np.cosh(rate * days) - np.sinh(rate * days),
    ])  # fmt: skip
    found = {step: np.array(course_of_forces(step)) for step in (1.0, 0.5, 0.25)}
    errors = [np.abs(found[step] - closed).max() for step in (1.0, 0.5, 0.25)]
    assert errors[0] < 0.02
    assert errors[1] / errors[0] == pytest.approx(0.5, abs=0.03)
    assert errors[2] / errors[1] == pytest.approx(0.5, abs=0.03)
    assert 2 * found[0.25] - found[0.5] == pytest.approx(closed, abs=1e-4)
    law = found[0.25][1] ** 2 - found[0.25][0] ** 2
    assert law == pytest.approx(ratio**2 - 1, rel=0.01)


# fortune: distributional equivalence


@pytest.mark.parametrize("spread", [0.15, 0.25, 0.4])
def test_fortune_multiplies_the_mean_by_that_of_a_log_logistic(spread):
    """The mean of (v / (1 - v))^s over uniform v is pi s / sin(pi s)."""
    worlds, days = np.arange(20_000), 10
    world = model_of(reduced(days=days), worlds, combat__fortune=spread, challenger__strength=2.0).run()
    share = world.taken[:, 0] * AREA / (400.0 * days * contest(2.0, 1.0))
    expected = np.pi * spread / np.sin(np.pi * spread)
    assert share.mean() == pytest.approx(expected, abs=4 * share.std() / np.sqrt(worlds.size))
    assert abs(share.mean() - 1) > 4 * share.std() / np.sqrt(worlds.size)  # and 1 it is not
    # the whole distribution, too
    assert stats.kstest(share, stats.fisk(c=1 / spread).cdf).pvalue > 0.001


# ladder: numerical identity of the chances, distributional equivalence of the rungs


def prevented(capability, ratio, m, days=30.0, truce=0.02, stop=0.7, arms=0.3, troops=4.0):
    """The shares of the coming harm that the rungs would prevent, from contest and waiting times."""

    def not_fought(rate):
        return 1 - (1 - np.exp(-rate * days)) / (rate * days)

    def beaten(strength):
        return 1 - contest(ratio / (1 + strength * capability), m) / contest(ratio, m)

    truce = truce * (1 - contest(ratio, m))
    imposed = truce + stop * capability**2 * 0.5 * 0.5  # no terms on the table, and a client of two minds
    held = [0.0, truce, truce, imposed, imposed]
    fought = np.array([1.0, *(1 - not_fought(rate) for rate in held[1:])])
    return 1 - fought * np.array([1, 1, 1 - beaten(arms), 1, 1 - beaten(troops)])


@pytest.mark.parametrize("precision", [0.5, 2.0, 6.0])
@pytest.mark.parametrize(("guarantee", "ratio", "m"), [(0.02, 1.0, 1.0), (0.05, 2.0, 1.5)])
def test_the_rungs_are_taken_as_by_multinomial_logit(precision, guarantee, ratio, m):
    """Leanings of Gumbel's distribution, drawn once a war, make a logit of the worths (McFadden 1974)."""
    worlds, capability, cost = np.arange(20_000), 0.8, 0.5
    model = model_of(
        reduced(days=4, ratio=ratio), worlds, patron__precision=precision, patron__guarantee=guarantee,
        patron__capability=capability, patron__cost_weight=cost, patron__planning_days=30,
        combat__decisiveness=m, combat__tempo=0, combat__arms_supply=0.3, combat__patron_troops=4,
        settlement__truce_rate=0.02, settlement__compliance_rate=0.7,
    )  # fmt: skip
    model.step()
    at_war = model.world.at_war
    worth = PROMISE * guarantee * prevented(capability, ratio, m) - cost / capability * np.asarray(COMMITMENT)
    logit = np.exp(precision * worth) / np.exp(precision * worth).sum()
    assert model.world.ladder[at_war][0] == pytest.approx(logit, rel=1e-9)
    world = model.run()
    counts = np.bincount(world.rung_max, minlength=5)
    assert stats.chisquare(counts, logit * worlds.size).pvalue > 0.001
    # where nothing changes, no patron changes its mind: each has spent all its days on one rung
    assert ((world.rung_days > 0).sum(axis=1) == 1).all()
    assert (world.rung_days.argmax(axis=1) == world.rung_max).all()


def test_a_patron_of_no_precision_throws_a_die_and_one_of_much_takes_the_best_rung():
    worlds = np.arange(5000)
    options = {"patron__guarantee": 1.0, "patron__capability": 1.0, "patron__cost_weight": 0.25}
    scenario = reduced(days=2)
    even = model_of(scenario, worlds, patron__precision=0.001, **options).run()
    best = model_of(scenario, worlds, patron__precision=50.0, **options).run()
    assert stats.chisquare(np.bincount(even.rung_max, minlength=5)).pvalue > 0.001
    assert (best.rung == 4).mean() > 0.999


def test_another_war_brings_another_leaning():
    """The rungs of one war and of the next are independent: their table is the product of its margins."""
    worlds = np.arange(3000)
    scenario = reduced(days=28, step=7.0)
    model = model_of(
        scenario, worlds, patron__precision=1.0, patron__guarantee=0.05, patron__capability=0.8,
        patron__cost_weight=0.5, challenger__war_rate=20_000.0, challenger__war_odds=0.0,
        challenger__steepness=200.0, challenger__clash_effort=1.0, challenger__offensive_odds=1.0,
        settlement__clash_end_rate=3.0, settlement__burn_out_scale=1e9, combat__tempo=0.0,
    )  # fmt: skip
    taken = []
    for _ in range(2):
        before = model.world.rung_days.copy()
        model.step()
        taken.append((model.world.rung_days - before).argmax(axis=1))
    assert ((model.world.offensives == 1) & (model.world.clashes == 1)).all()
    table = np.zeros((5, 5))
    np.add.at(table, tuple(taken), 1)
    used = table[:, table.sum(axis=0) > 0][table.sum(axis=1) > 0]
    assert used.shape == (5, 5)
    assert stats.chi2_contingency(used).pvalue > 0.001


# outbreaks: distributional equivalence


@thorough
def test_outbreaks_of_short_wars_are_a_poisson_process():
    """Wars that last a day or so, at half a year's rate over ten years of weekly steps."""
    rate, years, worlds = 0.5, 10, np.arange(1500)
    scenario = reduced(days=round(years * 365.25), step=7.0, opens=False)
    model = model_of(
        scenario, worlds, challenger__war_rate=rate, challenger__war_odds=0.0, challenger__steepness=200.0,
        challenger__offensive_odds=1.0, challenger__clash_effort=0.0, settlement__clash_end_rate=2.0,
        combat__tempo=0.0,
    )  # fmt: skip
    world = model.run()
    assert not world.offensives.any()
    busy = 7 / 365.25  # years from an outbreak to the first step in which another one is possible
    expected = years / (1 / rate + busy)
    most = 12
    counts = np.bincount(np.minimum(world.clashes, most), minlength=most + 1)
    chances = stats.poisson.pmf(np.arange(most + 1), expected)
    chances[-1] += 1 - chances.sum()
    assert world.clashes.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / worlds.size))
    assert stats.chisquare(counts, chances * worlds.size).pvalue > 0.001
    assert world.clashes.var() / world.clashes.mean() == pytest.approx(1.0, abs=4 * np.sqrt(2 / 4000))
