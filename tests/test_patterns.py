"""The default war of 2020 against the patterns that may be tuned to, T4 to T8."""

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from agents.theories import TERMS
from experiments.history.record import captures, kept
from sim.model import ConflictModel
from sim.runner import Plan, run
from sim.scenario import load
from sim.world import Rung


@pytest.fixture(scope="module")
def table():
    return run(Plan(load("karabakh-2020"), worlds=1000, seed=1)).table


def band(pattern):
    text = files("experiments.history").joinpath("patterns.toml").read_text()
    (entry,) = (one for one in tomllib.loads(text)["pattern"] if one["id"] == pattern)
    return entry["low"], entry["high"]


@pytest.mark.parametrize(
    ("pattern", "outcome"), [("T4", "share_by_force"), ("T5", "share_by_handover"), ("T6", "war_days")]
)
def test_the_median_lies_in_the_band(table, pattern, outcome):
    low, high = band(pattern)
    assert low <= table[outcome].median() <= high


def taus(table, districts):
    """Kendall's tau-b of the order of capture with the observed one, a value a world; never is last."""
    never = pd.Timestamp("2100-01-01")
    observed = [pd.Timestamp(captures().get(name, never)).toordinal() for name in districts]
    fell = table[[f"fell_{name}" for name in districts]].fillna(never)
    ordinals = fell.apply(lambda column: column.map(pd.Timestamp.toordinal))
    return np.array([kendalltau(observed, row).statistic for row in ordinals.to_numpy()])


def test_most_worlds_capture_in_the_observed_order(table):
    """T7. The last three are handovers, whose delays are input, so the six others are looked at alone too."""
    low, _ = band("T7")
    by_force = [name for name in captures() if name not in ("AGM", "KAL", "LAC")]
    assert np.mean(taus(table, [*captures(), *kept()]) >= low) > 0.5
    assert np.nanmean(taus(table, by_force)) > 0.3


def test_the_patron_stands_aside_then_keeps_the_peace_as_the_core_falls(table):
    """T8: little rhetoric, no troops, then peacekeepers when the core is falling, in half of the worlds."""
    model = ConflictModel("karabakh-2020", seed=1, worlds=np.arange(1000))
    core_at_first_force = np.full(1000, np.nan)
    aside_before = np.ones(1000, dtype=bool)
    while model.step_number < model.scenario.steps:
        before = model.world.core_lost.copy()
        model.step()
        now = ~np.isnan(model.world.first_force_day) & np.isnan(core_at_first_force)
        core_at_first_force[now] = before[now]
        aside_before &= (model.world.level < Rung.TROOPS) | ~np.isnan(core_at_first_force)
    quiet = table["rhetoric_patron_mean"].to_numpy() < 0.5 * table["rhetoric_outsider_mean"].to_numpy()
    steps = quiet & (core_at_first_force > 0.1) & (table["level_max"] == Rung.PEACEKEEPERS)
    low, _ = band("T8")
    assert np.mean(steps & aside_before) >= low


def test_the_terms_of_each_choice_reach_the_results(table):
    assert set(table["kept_aside_by"]) <= {*TERMS, "none"}
    assert (table["moved_by"] == "core").mean() > 0.3
