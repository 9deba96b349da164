"""The model, reduced to a known result of the field, reproduces it.

All rules of the article are left out, and the rest is set so that one known model remains; whole runs of
`ConflictModel` are then held against its closed form. How close they come is named as by Axtell, Axelrod,
Epstein and Cohen (1996): *numerical identity*, or *distributional equivalence* where there is luck.

    contest        share of land taken against the ratio of strengths       Tullock 1980, Skaperdas 1996
    distance       chances along a line of districts, line of equal strength                Boulding 1962
    attrition      the course of two forces                                 Lanchester 1916, square law
    fortune        mean of a log-logistic factor                            (mathematics)
    ladder         shares of the rungs                                      McKelvey and Palfrey 1995
    outbreaks      wars in ten years                                        Richardson 1944: Poisson

Landscape theory (Axelrod and Bennett 1993) is not docked: there, all actors choose sides; here, who is whose
patron, client and challenger is given.
"""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from agents.claims import all_claims
from agents.patron import INVOLVEMENT, PROTECTION
from sim.laws.land import kilometres
from sim.model import ConflictModel
from sim.scenarios.loading import load
from sim.scenarios.region_map import Hub, Region, RegionMap
from sim.scenarios.scenario import Series, SeriesSet

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
    "challenger.value_contested": 1.0,
    "challenger.resolve_belief": 0.0,
    "challenger.terrain_aversion": 0.0,
    "client.capitulation_odds": 1.0,
    "combat.terrain_defence": 0.0,
    "combat.works_defence": 0.0,
    "combat.fortune": 0.0,
    "combat.attrition": 0.0,
    "combat.tempo": 400.0,
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
    scenario = load("karabakh-2020")
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


# ladder: distributional equivalence


@pytest.mark.parametrize("precision", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("guarantee", [0.2, 0.5])
def test_the_rungs_are_taken_as_by_quantal_response(precision, guarantee):
    """Shares of the rungs after two days, on each of which nearly every world has looked at the ladder."""
    worlds, review, cost = np.arange(20_000), 5.0, 0.25
    model = model_of(
        reduced(days=2), worlds, patron__precision=precision, patron__guarantee=guarantee,
        patron__review_rate=review, patron__capability=1.0, patron__cost_weight=cost,
    )  # fmt: skip
    world = model.run()
    looked, expected = 1 - np.exp(-review), np.arange(5) == 0
    for intensity in (0.0, 1.0):  # that the patron has seen on the day before
        utility = 6.0 * guarantee * intensity * np.asarray(PROTECTION) - cost * np.asarray(INVOLVEMENT)
        logit = np.exp(precision * utility) / np.exp(precision * utility).sum()
        expected = looked * logit + (1 - looked) * expected
    counts = np.bincount(world.rung, minlength=5)
    assert stats.chisquare(counts, expected * worlds.size).pvalue > 0.001
    assert world.ladder[0] == pytest.approx(logit, rel=1e-9)


def test_a_patron_of_no_precision_throws_a_die_and_one_of_much_takes_the_best_rung():
    worlds = np.arange(5000)
    options = {"patron__guarantee": 0.5, "patron__review_rate": 5.0, "patron__capability": 1.0,
               "patron__cost_weight": 0.25}  # fmt: skip
    scenario = reduced(days=3)
    even = model_of(scenario, worlds, patron__precision=0.1, **options).run()
    best = model_of(scenario, worlds, patron__precision=50.0, **options).run()
    assert np.ptp(even.ladder[0]) < 0.06
    assert (best.rung == 4).mean() > 0.999


# outbreaks: distributional equivalence


def test_outbreaks_of_short_wars_are_a_poisson_process():
    """Wars that last a day or so, at half a year's rate over ten years of weekly steps."""
    rate, years, worlds = 0.5, 10, np.arange(4000)
    scenario = reduced(days=round(years * 365.25), step=7.0, opens=False)
    model = model_of(
        scenario, worlds, challenger__war_rate=rate, challenger__war_odds=0.0, challenger__steepness=200.0,
        challenger__offensive_odds=1.0, settlement__clash_end_rate=2.0, combat__tempo=0.0,
        challenger__strength=1.0,
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
