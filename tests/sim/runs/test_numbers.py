"""A world's numbers belong to its luck, stay in their ranges, and leave alone what is set."""

import json
from dataclasses import replace

import mesa
import numpy as np
import pandas as pd
import pytest

from experiments.trial.experiment import Setting
from experiments.trial.worlds import Sample, collect
from sim.errors import UserError
from sim.model import ConflictModel
from sim.runs.execution import RunOptions, merge, run_into
from sim.runs.manifest import Manifest
from sim.runs.numbers import DEFAULTS, LEFT_OPEN, PRIOR, UNSURE, NumbersChoice, PriorRange
from sim.runs.plan import Job, Plan, jobs
from sim.runs.results import open_folder
from sim.runs.runner import model_of, run
from sim.scenarios.loading import load
from sim.scenarios.parameters import YES_NO
from sim.scenarios.values import changed, describe
from tests.experiments.trial.test_trial import Inline, quiet
from tests.thorough import thorough

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
WAR = load(SHORT).close_up
OPTION, DECAY = "client.outside_option", "challenger.gratitude_decay"
LOGARITHMIC, LINEAR = "patron.window_days", "client.blame_share"
KNOWN = {info.path: info for info in describe(load(SHORT))}


def plan_of(worlds=30, **more):
    return Plan(WAR, worlds=worlds, seed=7, **more).with_numbers(PRIOR)


def drawn(plan, points=(0,), first=0, last=30):
    return model_of(plan, Job(points, first, last)).drawn


# whose draw it is


def test_a_world_draws_the_same_alone_among_others_and_under_another_setting():
    plan = plan_of()
    among = drawn(plan)
    assert len(among) > 100 and all(len(set(column)) == 30 for column in among.values())
    others = [
        drawn(plan, first=17, last=18),
        drawn(replace(plan, worlds=100), first=17, last=60),
        drawn(replace(plan, theory="treaty_only", without=("C3",)), first=17, last=18),
    ]
    for alone in others:
        assert {path: column[0] for path, column in alone.items()} == {
            path: column[17] for path, column in among.items()
        }
    assert drawn(replace(plan, seed=8))[LINEAR][17] != among[LINEAR][17]


def test_another_number_moves_nobodys_draw():
    plan, world = plan_of(), np.arange(5)
    fewer = dict(list(plan.numbers.ranges.items())[::2])
    some = ConflictModel(
        plan.scenario, seed=7, worlds=world, numbers=replace(plan.numbers, ranges=fewer)
    ).drawn
    assert list(some) == list(fewer)
    for path, column in some.items():
        assert column.tolist() == drawn(plan, last=5)[path].tolist(), path


def test_points_meet_the_same_numbers_unless_each_has_luck_of_its_own():
    design = pd.DataFrame({OPTION: [0.1, 0.9]})
    both = drawn(plan_of(design=design), points=(0, 1))[LINEAR]
    assert both[:30].tolist() == both[30:].tolist()
    own = drawn(plan_of(design=design, own_luck=True), points=(0, 1))[LINEAR]
    assert own[:30].tolist() == both[:30].tolist() and not set(own[30:]) & set(own[:30])


def test_numbers_do_not_move_together():
    table = pd.DataFrame(drawn(plan_of(2000), last=2000)).corr(method="spearman").to_numpy()
    assert np.abs(table - np.eye(len(table))).max() < 0.12  # five standard errors of 2,000 worlds


@thorough
def test_results_do_not_depend_on_the_size_of_jobs():
    plan = plan_of(20, design=pd.DataFrame({OPTION: [0.1, 0.9]}))
    whole, parts = run(plan), run(plan, chunk=7)
    pd.testing.assert_frame_equal(whole.table, parts.table, check_exact=True)


# from where to where


def test_draws_fill_what_is_believed_and_follow_their_scale():
    found = drawn(plan_of(4000), last=4000)
    for path, column in found.items():
        info = KNOWN[path]
        low, high = info.believed
        assert low <= column.min() and column.max() <= high, path
        low, high = np.log([low, high]) if info.scale == "log" else (low, high)
        place = ((np.log(column) if info.scale == "log" else column) - low) / (high - low)
        assert np.abs(np.quantile(place, [0.05, 0.5, 0.95]) - [0.05, 0.5, 0.95]).max() < 0.04, path
    assert KNOWN[LOGARITHMIC].scale == "log" and KNOWN[LINEAR].scale == "linear"


def test_a_yes_or_no_is_drawn_as_one():
    places = np.linspace(0.01, 0.99, 50)
    assert set(PriorRange(0, 1, YES_NO).at(places)) == {0.0, 1.0}
    assert PriorRange(0, 1, YES_NO).at(places).mean() == 0.5


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_exactly_the_assumptions_that_no_file_sets_are_drawn(name):
    scenario = load(name)
    wanted = [info.path for info in describe(scenario)
              if info.kind in UNSURE and info.path not in scenario.sources]  # fmt: skip
    assert list(NumbersChoice.of(PRIOR, scenario, ["article"]).ranges) == wanted
    for path in ("client.democracy", "patron.guarantee", "observers.states.BLR.likeness"):
        assert path not in wanted  # data, a code of a case, and an assumption that the file sets
    assert ("challenger.war_rate" in wanted) == (name == SHORT)


# what is set stays


def test_what_the_user_a_design_or_a_column_gives_stays_as_given():
    scenario = changed(WAR, {LINEAR: 0.3})
    plan = Plan(scenario, worlds=4, design=pd.DataFrame({DECAY: [0.1, 0.2]})).with_numbers(PRIOR)
    model = model_of(plan, Job((0, 1), 0, 4))
    assert model.settings.value(LINEAR) == 0.3
    assert np.asarray(model.settings.value(DECAY)).tolist() == [0.1] * 4 + [0.2] * 4
    assert not {LINEAR, DECAY} & {*model.drawn, *plan.numbers.ranges}
    free = model_of(plan_of(4), Job((0,), 0, 4))
    assert {LINEAR, DECAY} <= set(free.drawn)
    assert free.settings.value(LINEAR) is free.drawn[LINEAR]
    own = ConflictModel(WAR, worlds=np.arange(4), numbers=PRIOR, columns={DECAY: np.full(4, 0.1)})
    assert DECAY not in own.drawn and own.settings.value(DECAY).tolist() == [0.1] * 4


def test_settings_of_an_experiment_meet_the_same_numbers_and_keep_their_own():
    war = Setting()
    small, large = (war.but({DECAY: value}) for value in (0.01, 0.4))
    tables = collect([war, small, large], Sample(6, seed=7, numbers=PRIOR), Inline(), quiet)
    for setting, changes in ((war, {}), (small, {DECAY: 0.01}), (large, {DECAY: 0.4})):
        plan = Plan(changed(WAR, changes), worlds=6, seed=7).with_numbers(PRIOR)
        beside = run(plan).table
        for name in ("share_lost", "loyalty_end", "gratitude_end"):
            assert tables[setting][name].tolist() == beside[name].tolist(), (setting, name)
    assert tables[war]["loyalty_start"].tolist() == tables[large]["loyalty_start"].tolist()
    assert len(set(tables[war]["loyalty_start"])) == 6


# what comes of it


def test_defaults_draw_nothing():
    plan = Plan(WAR, worlds=5)
    assert plan.numbers == NumbersChoice() == plan.with_numbers(DEFAULTS).numbers
    model = model_of(plan, Job((0,), 0, 5))
    assert model.drawn == {}
    assert all(np.ndim(model.settings.value(path)) == 0 for path in KNOWN)


def test_bands_show_doubt_about_numbers_as_well_as_luck():
    sure, unsure = (run(Plan(WAR, worlds=200).with_numbers(name)).table for name in (DEFAULTS, PRIOR))
    for name in ("loyalty_end", "gratitude_end", "share_lost"):
        widths = [np.diff(np.quantile(table[name], [0.05, 0.95]))[0] for table in (sure, unsure)]
        assert widths[1] > 2 * widths[0], name


def test_one_world_of_a_mesa_user_draws_too():
    model = ConflictModel(numbers=PRIOR, seed=7)
    assert model.drawn[LINEAR].tolist() == drawn(plan_of())[LINEAR][:1].tolist()
    rows = mesa.batch_run(ConflictModel, {"numbers": [DEFAULTS, PRIOR], "scenario": [WAR], "rng": [7]},
                          number_processes=1, display_progress=False)  # fmt: skip
    assert rows[0]["loyalty"] != rows[1]["loyalty"]


# plans, manifests, folders


def test_a_plan_comes_back_from_its_facts_with_the_same_numbers():
    plan = plan_of()
    again = Plan.of(json.loads(json.dumps(plan.facts())))
    assert again.numbers.words == plan.numbers.words == f"prior ({len(plan.numbers.ranges)} drawn)"
    assert again.fingerprint == plan.fingerprint != plan.with_numbers(DEFAULTS).fingerprint
    for path, column in drawn(again).items():
        assert column.tolist() == drawn(plan)[path].tolist()


def test_a_plan_of_an_earlier_manifest_has_the_scenarios_numbers():
    facts = Plan(WAR).facts()
    del facts["numbers"]
    assert Plan.of(facts).numbers == NumbersChoice()


def test_a_plan_of_an_earlier_manifest_is_one_block_and_blocks_are_equal():
    facts = plan_of(design=pd.DataFrame({LINEAR: [0.2, 0.3, 0.4, 0.5]}), own_luck=True).facts()
    assert facts.pop("blocks") == 1 and Plan.of(facts).blocks == 1
    assert Plan.of(facts | {"blocks": 2}).blocks == 2
    for blocks in (0, 3, 8, -1):
        with pytest.raises(ValueError, match=f"4 points do not form {blocks} equal blocks"):
            Plan.of(facts | {"blocks": blocks})


def test_other_ranges_are_another_run():
    plan = plan_of()
    wider = replace(plan.numbers, ranges={**plan.numbers.ranges, LINEAR: PriorRange(0, 0.5)})
    other = replace(plan, numbers=wider)
    assert other.fingerprint != plan.fingerprint
    assert Manifest.of_run(plan, "").difference(Manifest.of_run(other, "")) == "other numbers"


def test_a_folder_says_which_numbers_and_shards_and_a_second_start_keep_them(tmp_path):
    plan, inline = plan_of(12), RunOptions("inline", chunk=5)
    whole = run_into(plan, tmp_path / "whole", "x", inline)
    for shard in (1, 2):
        run_into(plan, tmp_path / f"part{shard}", "x", replace(inline, shard=(shard, 2)))
    merge([tmp_path / "part1", tmp_path / "part2"], tmp_path / "merged")
    run_into(plan, whole, "x", inline)  # it is there already
    tables = [open_folder(folder).worlds for folder in (whole, tmp_path / "merged")]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    pd.testing.assert_frame_equal(tables[0], run(plan).table.astype(tables[0].dtypes), check_exact=True)
    for folder in (whole, tmp_path / "merged"):
        assert open_folder(folder).summary["numbers"] == plan.numbers.words
        assert open_folder(folder).manifest.plan["numbers"]["name"] == PRIOR
    with pytest.raises(UserError, match="other numbers"):
        run_into(plan.with_numbers(DEFAULTS), whole, "x", inline)


def test_an_unknown_choice_is_refused_in_a_line():
    for name, words in (("priro", "did you mean 'prior'"), ("", "allowed: defaults, estimated, prior")):
        with pytest.raises(UserError, match=words) as refusal:
            ConflictModel(numbers=name)
        assert "\n" not in str(refusal.value)


def test_jobs_carry_what_they_draw_from():
    plan = plan_of(5)
    (job,) = jobs(plan)
    assert drawn(plan, job.points, job.first, job.last)[LOGARITHMIC].size == 5


@pytest.mark.parametrize("name", [DEFAULTS, PRIOR])
def test_what_a_design_leaves_open_is_drawn_or_the_scenarios(name):
    design = pd.DataFrame({DECAY: [0.3, LEFT_OPEN], LINEAR: [LEFT_OPEN, 0.2]})
    model = model_of(Plan(WAR, worlds=4, seed=7, design=design).with_numbers(name), Job((0, 1), 0, 4))
    own = {path: np.full(4, float(KNOWN[path].default)) for path in design} if name == DEFAULTS else drawn(
        plan_of(), last=4)  # fmt: skip
    assert model.settings.value(DECAY).tolist() == [0.3] * 4 + own[DECAY].tolist()
    assert model.settings.value(LINEAR).tolist() == own[LINEAR].tolist() + [0.2] * 4
