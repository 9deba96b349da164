"""What `python -m tests.speed` says follows from what it measures: a slower model shows."""

import pytest

from sim.scenarios.loading import load
from tests import speed
from tests.speed import compared, exponent, many_observers, operations, shares, table

MESA = {"ratio": 300.0, "microseconds": 1.0, "mesa": 300.0}
FOUND = {
    "peer": {2048: {"ratio": 2.5, "microseconds": 1.0, "other": 0.4}},
    "mesa": {"a war": MESA},
    "drawing": {"a war": {"ratio": 9.0, "microseconds": 1.8, "other": 0.2}},
    "processes": {"ratio": 1.75, "one": 7.0, "two": 4.0, "worlds": 1000},
    "cores": 2,
    "dask": {1: 8.0, 8: 5.0},
    "designs": {"one theory": {"ratio": 1.2, "points": 10_000}},
    "bytes": 321.0,
    "growth": {"worlds": {1: 900.0, 100: 9.0, 1000: 0.9}, "regions": {30: 1.0, 120: 4.0, 480: 16.0}},
    "operations": 1200.0,
    "waits": {"the help": 0.3},
    "memory": {"a war": {20_000: 260.0, 1_000_000: 280.0}},
}


class Clock:
    """Time that passes only as work says."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, *seconds):
        """Work that takes these times in turn, and then the last of them."""
        left = list(seconds)

        def done():
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return done


@pytest.mark.parametrize("slower", [1.0, 1.5, 3.0])
def test_a_slowed_down_model_shows(slower):
    clock = Clock()
    found = compared(3, clock.work(90.0, 4.0 * slower), clock.work(2.0), world_steps=1_000_000, clock=clock)
    assert found == {"ratio": 2.0 * slower, "microseconds": 4.0 * slower, "other": 2.0}


def test_processes_share_all_worlds_once():
    parts = shares("a war", 10, 4, 2)
    assert [number for _, first, last, _ in parts for number in range(first, last)] == list(range(10))


@pytest.mark.parametrize(
    ("what", "power"), [("worlds", 1.5), ("steps", 1.5), ("regions", 0.5), ("observers", 0.5)]
)
def test_the_power_with_which_a_run_grows(what, power):
    costs = {size: 3.0 * size**0.5 for size in (1, 10, 100, 1000)}  # of a world-step
    assert exponent(what, costs) == pytest.approx(power)


def test_the_peer_comes_first_in_the_table():
    rows = table(FOUND)
    assert "compiled" in rows[2] and "2.5 times its time" in rows[2] and "1.00 and 0.40" in rows[2]
    assert any("regions" in row and "power 1.00" in row for row in rows)
    assert any("1,200" in row for row in rows)
    assert any("Dask's workers, 8" in row and "1.40 times as fast" in row for row in rows)
    assert any("10,000 points" in row and "1.20 times" in row for row in rows)
    assert any("1,000,000" in row and "1.08 times" in row for row in rows)


def test_an_operation_more_is_counted(monkeypatch):
    short = load("karabakh-2020").close_up.until(load("karabakh-2020").close_up.day(3))
    before, fight = operations(short, worlds=3), speed.ConflictModel.step

    def slowed(model):
        fight(model)
        model.world.loyalty + 1.0

    monkeypatch.setattr(speed.ConflictModel, "step", slowed)
    assert operations(short, worlds=3) == before + 1


def test_more_observers_are_asked():
    scenario = many_observers(load("karabakh-2020").close_up, 2)
    model = speed.ConflictModel(scenario)
    model.step()
    assert model.world.reliability.shape == (1, 14)
