"""Luck belongs to (seed, world, step, purpose, actor) and to nothing else."""

import ast
from pathlib import Path

import numpy as np
import pytest

from sim.chance import Luck

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("worlds", [[17], [16, 17, 18], [3, 17, 5, 17], list(range(0, 40))])
def test_a_world_meets_the_same_luck_in_any_company(worlds):
    expected = Luck(5, np.arange(64))
    luck = Luck(5, np.array(worlds))
    assert np.array_equal(luck.uniform(9, "choice", "RUS"), expected.uniform(9, "choice", "RUS")[worlds])
    for width in (1, 5, 18):
        table, whole = (one.uniform_each(width, 9, "fortune", "war") for one in (luck, expected))
        assert np.array_equal(table, whole[worlds])


def test_two_worlds_far_apart_do_not_draw_for_all_between():
    far = np.array([10**12 + 3, 5, 10**12 + 3])
    luck, here, there = (Luck(5, worlds) for worlds in (far, np.array([5]), np.array([10**12 + 3])))
    for draw in (
        lambda one: one.uniform(9, "choice", "RUS"),
        lambda one: one.uniform_each(5, 9, "fortune", "war"),
    ):
        assert np.array_equal(draw(luck), np.concatenate([draw(there), draw(here), draw(there)]))


def test_each_of_the_five_changes_the_luck():
    base = Luck(5, np.arange(7)).uniform(9, "choice", "RUS")
    others = (
        Luck(6, np.arange(7)).uniform(9, "choice", "RUS"),
        Luck(5, np.arange(7) + 7).uniform(9, "choice", "RUS"),
        Luck(5, np.arange(7)).uniform(10, "choice", "RUS"),
        Luck(5, np.arange(7)).uniform(9, "review", "RUS"),
        Luck(5, np.arange(7)).uniform(9, "choice", "ARM"),
    )
    for other in others:
        assert not np.any(other == base)


def test_draws_are_uniform_and_never_0_or_1():
    draws = Luck(1, np.arange(100_003)).uniform(0, "test", "nobody")
    assert 0 < draws.min() and draws.max() < 1
    counts = np.histogram(draws, bins=20, range=(0, 1))[0]
    expected = draws.size / 20
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 43.8  # 0.1 % quantile of chi-square with 19 degrees of freedom


def test_neighbouring_worlds_steps_and_purposes_are_uncorrelated():
    luck = Luck(2, np.arange(50_000))
    first = luck.uniform(0, "end", "war")
    for other in (np.roll(first, 1), luck.uniform(1, "end", "war"), luck.uniform(0, "cause", "war")):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / np.sqrt(first.size)


def test_random_numbers_come_from_chance_and_nowhere_else():
    root = Path(__file__).parents[2]
    for path in (found for top in ("sim", "agents", "experiments") for found in (root / top).rglob("*.py")):
        if path.name in ("chance.py", "design.py"):  # a design is spread by SciPy's samplers
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            assert name not in {"random", "default_rng", "shuffle_do", "Generator"}, f"{path.name}: {name}"
