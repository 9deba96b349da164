"""What Mesa's users are used to: batch_run, SolaraViz, copies in mid-run, agents that show their state."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from warnings import catch_warnings, simplefilter

import mesa
import numpy as np
import pandas as pd
import pytest

from sim.errors import UserError
from sim.measures import TIMELINES
from sim.model import ConflictModel
from sim.scenarios.loading import load
from tests.thorough import thorough

WAR, OPTION = load("karabakh-2020").close_up, "client__outside_option"


def batch(**given):
    with catch_warnings():
        simplefilter("ignore")
        parameters = {"scenario": [WAR]} | given.pop("parameters", {})
        options = {"number_processes": 1, "display_progress": False} | given
        return pd.DataFrame(mesa.batch_run(ConflictModel, parameters, **options))


needs_batch_run = pytest.mark.skipif(not hasattr(mesa, "batch_run"), reason="this Mesa has no batch_run")


@thorough
@needs_batch_run
def test_iterations_of_a_batch_are_different_worlds():
    rows = batch(iterations=5)
    assert rows["seed"].nunique() == rows["loyalty"].nunique() == 5


@needs_batch_run
def test_a_batch_reports_the_last_step():
    rows = batch(parameters={"rng": [11, 12]})
    for _, row in rows.iterrows():
        world = ConflictModel(WAR, seed=int(row["rng"])).run()
        assert row["seed"] == row["rng"]
        assert row["loyalty"] == world.loyalty[0] and row["held_contested"] == world.held_contested[0]
    before = batch(parameters={"rng": [11]}, data_collection_period=1)
    assert len(before) == 95 and before["loyalty"].nunique() > 50


def test_one_world_without_a_seed_is_a_new_one_each_time_and_says_which():
    one, other = ConflictModel(WAR), ConflictModel(WAR)
    assert one.luck.seed != other.luck.seed
    again = ConflictModel(WAR, seed=one.luck.seed)
    assert one.run().loyalty == again.run().loyalty
    many = [ConflictModel(WAR, worlds=np.arange(3)) for _ in range(2)]
    assert many[0].luck.seed == many[1].luck.seed == 0
    assert (
        ConflictModel(WAR, rng=np.random.default_rng(5)).luck.seed
        == ConflictModel(WAR, rng=np.random.default_rng(5)).luck.seed
    )


def test_mesas_page_takes_the_model_and_its_sliders():
    solara_viz = pytest.importorskip("mesa.visualization.solara_viz")
    params = {OPTION: {"type": "SliderFloat", "value": 0.4, "min": 0, "max": 1, "step": 0.1}, "seed": 3}
    solara_viz._check_model_params(ConflictModel.__init__, params)
    solara_viz._check_model_params(ConflictModel.__init__, {})
    model = type(ConflictModel())(**{OPTION: 0.4, "seed": 3})
    assert model.settings.client.outside_option == 0.4


def same(one, other):
    for name, array in vars(one).items():
        twin = getattr(other, name)
        assert np.array_equal(array, twin, equal_nan=array.dtype.kind == "f"), name


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("worlds", [None, np.array([4, 2, 9])])
def test_a_copy_in_mid_run_goes_on_to_the_same_numbers(copied, worlds):
    model = ConflictModel(WAR, worlds=worlds, seed=6, numbers="prior")
    for _ in range(20):
        model.step()
    day = copy.deepcopy(model.world)
    branch = copied(model)
    same(branch.run(), model.run())
    assert not np.array_equal(day.loyalty, model.world.loyalty)


def test_a_branch_is_a_world_of_its_own():
    model = ConflictModel(WAR, seed=6)
    for _ in range(20):
        model.step()
    branch = copy.deepcopy(model)
    branch.world.loyalty[...] = 0.1
    branch.step()
    assert branch.world.loyalty[0] < 0.2 and model.world.loyalty[0] > 0.8
    assert model.step_number == 20 and len(model.datacollector.model_vars["loyalty"]) == 20


def test_agents_show_their_state():
    model = ConflictModel(WAR, seed=1)
    for _ in range(30):
        model.step()
    (patron,) = model.agents.select(lambda agent: agent.party.id == "RUS")
    assert patron.rung == model.world.rung[0] and isinstance(patron.rung, int)
    states = dict(zip((agent.party.id for agent in model.agents), model.agents.get("state"), strict=True))
    assert states["ARM"]["loyalty"] == model.world.loyalty[0]
    observers = [agent for agent in model.cast if type(agent).__name__ == "Observer"]
    assert [agent.reliability for agent in observers] == model.world.reliability[0].tolist()
    assert (
        len(model.agents.select(lambda agent: getattr(agent, "loyalty", 0) and agent.party.id == "ARM")) == 1
    )
    with pytest.raises(AttributeError, match="no attribute 'loyalty'; it shows backing, readiness"):
        next(agent for agent in model.agents if agent.party.id == "TUR").loyalty  # noqa: B018
    many = ConflictModel(WAR, worlds=np.arange(4))
    assert next(agent for agent in many.agents if agent.party.id == "ARM").loyalty.shape == (4,)


def test_many_worlds_collect_means_and_quantiles_if_asked_to():
    model = ConflictModel(WAR, worlds=np.arange(7), collects=True)
    model.run()
    last = model.datacollector.get_model_vars_dataframe().iloc[-1]
    values = model.world.held_contested
    assert last["held_contested"] == values.mean()
    assert last["held_contested_q05"] == np.quantile(values, 0.05) < last["held_contested_q95"]
    assert {measure.name for measure in TIMELINES} <= set(last.index)
    with pytest.raises(AttributeError, match="collects=True"):
        ConflictModel(WAR, worlds=np.arange(7)).datacollector  # noqa: B018


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"worlds": 1000}, r"worlds = 1000: a list of whole numbers .* np.arange\(1000\) for so many"),
        ({"worlds": []}, "a list of whole numbers from 0 is needed$"),
        ({"without": 3}, "without = 3: a list of claims is needed"),
        ({"seed": True}, "seed = true: a whole number"),
        ({"seed": -1}, "seed = -1: a whole number"),
        ({"columns": [1, 2]}, "columns: names and values are needed"),
        (
            {"worlds": [0, 1], "columns": {"client.outside_option": [0.1, 0.2, 0.3]}},
            "3 numbers are given for 2",
        ),
        ({"columns": {"client.outside_option": "much"}}, "client.outside_option = much: numbers are needed"),
    ],
)
def test_wrong_kinds_get_a_sentence(wrong, line):
    with pytest.raises(UserError, match=line):
        ConflictModel(WAR, **wrong)


def test_a_list_will_do_for_worlds_and_columns():
    model = ConflictModel(WAR, worlds=[3, 1], columns={"client.outside_option": [0.1, 0.9]})
    other = ConflictModel(
        WAR, worlds=np.array([3, 1]), columns={"client.outside_option": np.array([0.1, 0.9])}
    )
    same(model.run(), other.run())


def loyalty_at_the_end(option):
    """A scenario's outcome at a setting, as tools that call a function want it."""
    world = ConflictModel(WAR, worlds=np.arange(3), client__outside_option=option).run()
    return float(world.captivity.mean())


def test_other_tools_drive_the_model():
    from SALib.analyze import morris as analyse
    from SALib.sample import morris as sample

    problem = {"num_vars": 2, "names": ["client.outside_option", "backer.help"], "bounds": [[0, 1], [0, 1]]}
    points = sample.sample(problem, 6, seed=1)
    columns = dict(zip(problem["names"], points.T, strict=True))
    world = ConflictModel(WAR, worlds=np.zeros(len(points), int), columns=columns).run()
    effects = analyse.analyze(problem, points, world.captivity)
    assert effects["mu_star"][0] > 10 * effects["mu_star"][1]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(loyalty_at_the_end, [0.1, 0.9])) == [loyalty_at_the_end(x) for x in (0.9, 0.1)]
