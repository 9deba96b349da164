"""A random mistake is refused in one line, or gives a scenario that lives.

CAPTIVE_ALLY_MUTATIONS=5000 tries more broken scenarios.
"""

import os
import random
from copy import deepcopy
from datetime import date, datetime, time
from typing import Any

from sim.errors import UserError
from sim.scenarios.loading import load, shipped
from tests.sim.scenarios.written import LONG, MAP, SHORT, Tree, live, parsed, write

MUTATIONS = int(os.environ.get("CAPTIVE_ALLY_MUTATIONS", "250"))


ANYTHING: tuple[Any, ...] = (
    0, 1, -1, 0.5, -0.5, 2.0, 1e-300, 5e-324, 1e6, 1e300, -1e300, 10**25, 10**400,
    float("nan"), float("inf"), float("-inf"), True, False,
    "", "x", "0.5", "nan", "RUS", "a b", "ə", "🙂", "line\nbreak", "x" * 3000, "../x", "C99",
    [], [1], ["AGM"], [[]], [{}], {}, {"value": 0.5}, {"value": "x"}, {"source": "x"}, {"id": "X"},
    date(2020, 10, 1), date(1, 1, 1), date(9999, 12, 31), datetime(2020, 10, 1, 12), time(12),
)  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree: the table or list, and the key or index in it."""
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree))) if isinstance(tree, list) else []
    here = [(tree, key) for key in keys]
    return here + [place for key in keys for place in places(tree[key])]


def mutate(luck: random.Random, tree: Tree) -> str:
    """Spoil a random place of a tree; what was done."""
    table, key = luck.choice(places(tree))
    old = table[key]
    deed = luck.choice(["delete", "replace", "replace", "scale", "rename", "swap", "repeat"])
    if deed == "delete":
        del table[key]
    elif deed == "replace":
        table[key] = deepcopy(luck.choice(ANYTHING))
    elif deed == "scale" and isinstance(old, int | float):
        table[key] = old * luck.choice([-1, 0, 1e-9, 0.1, 1.5, 10, 1e9, 1e200])
    elif deed == "rename" and isinstance(table, dict):
        table[luck.choice([str(key)[:-1], f"{key}s", str(key).upper(), "value"])] = table.pop(key)
    elif deed == "swap":
        other, place = luck.choice(places(tree))
        table[key], other[place] = deepcopy(other[place]), deepcopy(old)
    elif deed == "repeat" and isinstance(table, list):
        table.append(deepcopy(old))
    return f"{deed} {key}"


def test_a_random_mistake_is_refused_in_one_line_or_gives_a_scenario_that_lives(tmp_path):
    whole = {name: (parsed(shipped()[name]), parsed(MAP)) for name in (SHORT, LONG)}
    refused = lived = 0
    for number in range(MUTATIONS):
        luck = random.Random(number)
        own, regions = deepcopy(whole[luck.choice([SHORT, LONG])])
        own["map"] = "own-map"
        deeds = [mutate(luck, luck.choice([own, own, regions])) for _ in range(luck.choice([1, 1, 1, 2, 4]))]
        told = f"mutation {number}: {deeds}"
        file = write(tmp_path, own, regions)
        try:
            scenario = load(file)
        except UserError as error:
            refused += 1
            assert str(error).isprintable() and str(tmp_path) in str(error) and len(str(error)) < 3000, told
            continue
        except Exception as error:
            raise AssertionError(told) from error
        lived += 1
        try:
            live(scenario)
        except Exception as error:
            raise AssertionError(told) from error
    assert refused > MUTATIONS / 4 and lived > MUTATIONS / 20
