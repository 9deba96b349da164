"""Experiments are data that can fail, their worlds are matched, and their verdicts turn with the rules."""

import ast
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Executor
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from agents.claims import all_claims
from experiments import against_history
from experiments.against_history import SHORT_SCENARIO
from experiments.cli import main
from experiments.commands.registry import all_experiments, all_studies, study
from experiments.explore.record_play import the_war_of_2020
from experiments.trial.answer import effects_table, judge, others_around, run_experiment, scale_of
from experiments.trial.claims import CANNOT_FAIL, SIGNS, VERDICTS
from experiments.trial.experiment import (
    Expectation,
    Setting,
    Trajectories,
    above,
    below,
    higher,
    interaction,
    number_of,
    same,
)
from experiments.trial.readings import (
    both,
    combined,
    days_between,
    gained,
    kept,
    never_before,
    outcome,
    reaches,
    where,
)
from experiments.trial.scoreboard import EACH, trial
from experiments.trial.study import StudyOptions
from experiments.trial.variants import AFTER, LONG, TALKS, VARIANTS, WAR, scenario_of_variant
from experiments.trial.verdict import (
    FAILS,
    HOLDS,
    NEGLIGIBLE,
    UNDECIDED,
    effects_of,
    interval,
    judged,
    robustness,
    verdicts_by_point,
)
from experiments.trial.worlds import Sample, bands_over_time, collect
from sim.errors import UserError
from sim.measures import OUTCOMES, TIMELINES, outcomes
from sim.model import ConflictModel
from sim.runs.executors import Inline
from sim.scenarios.loading import load
from sim.scenarios.values import check_value, describe
from tests.experiments.writing import written
from tests.thorough import mostly_thorough, thorough

EXPERIMENTS = {one.name: one for one in all_experiments()}
ROOT = Path(__file__).parents[3]
war = Setting(WAR)


def quiet(_: str) -> None:
    """Tell nobody."""


@pytest.fixture
def pool() -> Executor:
    return Inline()


# Experiments as data


def test_each_claim_is_tested_in_exactly_one_experiment():
    tested = [claim for one in EXPERIMENTS.values() for claim in {part.claim for part in one.expectations}]
    known = [claim.id for claim in all_claims()]
    assert sorted((claim for claim in tested if claim in known), key=number_of) == known


def test_a_claim_names_the_measures_that_its_test_reads():
    named = {claim.id: set(claim.measure) for claim in all_claims()}
    outcomes_known = {measure.name for measure in OUTCOMES}
    for experiment in EXPERIMENTS.values():
        for part in experiment.expectations:
            assert {term.reading.name for term in part.terms} & outcomes_known <= named[part.claim]


def test_the_example_in_the_readme_is_an_experiment_that_runs():
    text = (ROOT / "experiments" / "README.md").read_text()
    found: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], found)
    result = run_experiment(found["EXPERIMENT"], StudyOptions(worlds=200, workers=1))
    assert result.facts["verdicts"] == {"own": HOLDS}


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_every_setting_exists_and_lies_within_its_range(experiment):
    forms = [form for form in experiment.figures if not isinstance(form, Trajectories)]
    lines = [
        line for form in experiment.figures if isinstance(form, Trajectories) for line in form.lines.values()
    ]
    settings = [s for part in (*experiment.expectations, *forms) for s in part.settings()] + lines
    assert settings
    for setting in settings:
        known = {info.path: info for info in describe(scenario_of_variant(setting.variant))}
        for path, value in setting.changes:
            assert check_value(known, path, value) == value


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_an_expectation_compares_and_says_what_matters(experiment):
    for part in experiment.expectations:
        assert part.least >= 0
        assert not part.near or part.least > 0
        assert part.words
        weights = sum(term.weight for term in part.terms)
        assert weights == 0 or len(part.terms) == 1  # a contrast, or a reading held against a level


def test_the_courses_ask_for_measures_that_exist():
    known = {measure.name for measure in TIMELINES}
    for experiment in EXPERIMENTS.values():
        for form in experiment.figures:
            if isinstance(form, Trajectories):
                assert set(form.measures) <= known
                assert len({line.variant for line in form.lines.values()}) == 1


def test_no_experiment_loops_or_touches_files():
    for name in EXPERIMENTS:
        tree = ast.parse((ROOT / "experiments" / f"{name.replace('-', '_')}.py").read_text())
        found = {type(node) for node in ast.walk(tree)}
        assert not found & {ast.For, ast.While, ast.With, ast.Try}, name
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "id")
        }
        assert not called & {"open", "Path", "print"}, name


def test_an_experiment_is_found_by_name_and_by_claim():
    assert study("red-lines").name == "red-lines"
    assert study("c30").name == "alliance-loyalty"
    with pytest.raises(UserError, match="red-lines"):
        study("red-line")


# What is asked about


def test_what_is_asked_about_the_war_knows_nothing_of_the_years_after_it():
    """Claims, patterns and evidence are judged on the war alone, however far the scenario runs."""
    alone = load("karabakh-2020").close_up
    assert scenario_of_variant(WAR) == alone and alone.end == date(2020, 12, 31)
    for variant in set(VARIANTS) - {LONG}:
        scenario = scenario_of_variant(variant)
        assert not scenario.stretch and all(event.date < alone.end for event in scenario.event), variant
        assert all(set(series.values) == {2020} for _, series in scenario.series), variant
    query = against_history._query(SHORT_SCENARIO, 0, 1)
    assert query.scenario == alone == the_war_of_2020().scenario and query.horizon == alone.end


# Worlds


def test_a_setting_runs_in_the_same_worlds_as_the_model_itself(pool):
    setting = war.but({"client.outside_option": 0.7}).less("C3").under("treaty_only")
    table = collect([war, setting], Sample(7, seed=3), pool, quiet)[setting]
    model = ConflictModel(scenario_of_variant(WAR), theory="treaty_only", without=["C3"], seed=3,
                          worlds=np.arange(7), client__outside_option=0.7)  # fmt: skip
    model.run()
    for name, column in outcomes(model).items():
        np.testing.assert_array_equal(table[name].to_numpy(), pd.Series(column).to_numpy(), err_msg=name)


def test_points_of_a_sample_are_in_order_and_a_settings_own_value_counts(pool):
    points = pd.DataFrame({"client.outside_option": [0.0, 1.0], "client.democracy": [0.2, 0.9]})
    held = war.but({"client.outside_option": 0.5})
    tables = collect([war, held], Sample(3, points=points), pool, quiet)
    assert tables[war]["client.outside_option"].tolist() == [0.0] * 3 + [1.0] * 3
    assert tables[held]["client.outside_option"].tolist() == [0.5] * 6
    assert tables[held]["client.democracy"].tolist() == [0.2] * 3 + [0.9] * 3
    assert tables[war]["world"].tolist() == [0, 1, 2] * 2
    with pytest.raises(UserError, match="no parameter"):
        collect([war.but({"client.charm": 1.0})], Sample(2), pool, quiet)


def test_points_have_luck_of_their_own_and_settings_share_it(pool):
    points = pd.DataFrame({"client.stability": [0.8, 0.8]})
    same = war.but({"client.outside_option": load(war.scenario.name).parameters.client.outside_option})
    tables = collect([war, same], Sample(3, points=points), pool, quiet)
    lost = tables[war].share_by_force.to_numpy()
    assert (lost[:3] != lost[3:]).all() and (tables[same].share_by_force == lost).all()


@thorough
def test_long_histories_are_run_in_a_quarter_of_the_worlds(pool):
    tables = collect([Setting(LONG)], Sample(8), pool, quiet)
    assert len(tables[Setting(LONG)]) == 2


def test_courses_are_bands_of_each_setting(pool):
    first, second = bands_over_time([war, war.under("treaty_only")], Sample(5), pool)
    assert set(first["measure"]) >= {measure.name for measure in TIMELINES}
    assert not first["q50"].equals(second["q50"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_situation_is_a_valid_scenario(variant):
    scenario = scenario_of_variant(variant)
    assert type(scenario).model_validate_json(scenario.model_dump_json()) == scenario
    assert scenario.steps > 0


def test_an_unknown_situation_is_refused():
    with pytest.raises(UserError, match="unknown variant"):
        scenario_of_variant("the war of 2021")


# Readings

TABLE = pd.DataFrame(
    {
        "level_max": [1, 3, 4],
        "loyalty_start": [0.8, 0.8, 0.0],
        "loyalty_end": [0.4, 0.8, 0.1],
        "humanitarian_max": [0.1, 0.7, 0.9],
        "first_war_date": pd.to_datetime(["2020-09-27", "2020-09-27", None]),
        "first_line_date": pd.to_datetime(["2020-10-07", None, None]),
    }
)


def test_readings_say_what_their_names_say():
    nan = np.nan
    cases = {
        reaches(3): [0, 1, 1],
        gained("loyalty"): [-0.4, 0.0, 0.1],
        kept("loyalty"): [0.5, 1.0, nan],
        where(reaches(4), "humanitarian_max", 0.7): [nan, 0, 1],
        days_between("first_war_date", "first_line_date"): [10, nan, nan],
        never_before("first_war_date", "first_line_date", 11): [0, 1, nan],
        combined("twice", "share", (2.0, outcome("loyalty_end"))): [0.8, 1.6, 0.2],
        both("both", (reaches(3), 1), (kept("loyalty"), 0.9)): [0, 1, 0],
    }
    for reading, expected in cases.items():
        np.testing.assert_allclose(reading.of(TABLE), expected, atol=1e-12, err_msg=reading.name)


@pytest.mark.parametrize("name", ["status_end", "first_war_date", "charm"])
def test_an_outcome_that_is_no_number_cannot_be_read(name):
    with pytest.raises(KeyError):
        outcome(name)


# Verdicts


def made_up(expected: Expectation, **means: float) -> dict[Setting, pd.DataFrame]:
    """Tables in which each setting has a mean of its own and all share the same luck."""
    luck = np.random.default_rng(1).normal(0, 0.1, 400)
    order = list(dict.fromkeys(expected.settings()))
    return {
        setting: pd.DataFrame({"loyalty_end": mean + luck})
        for setting, mean in zip(order, means.values(), strict=True)
    }


A, B, C, D = (war.but({"client.outside_option": value}) for value in (0.1, 0.2, 0.3, 0.4))


@pytest.mark.parametrize(
    ("here", "there", "verdict"), [(0.5, 0.4, HOLDS), (0.4, 0.5, FAILS), (0.5, 0.495, NEGLIGIBLE)]
)
def test_higher_holds_fails_or_is_negligible(here, there, verdict):
    expected = higher("C1", "made up", "loyalty_end", A, B, least=0.02)
    found = judged(expected, effects_of(expected, made_up(expected, here=here, there=there)), seed=0)
    assert found.verdict == verdict
    assert found.low <= found.effect <= found.high
    assert found.effect == pytest.approx(here - there)


@pytest.mark.parametrize(
    ("here", "there", "verdict"), [(0.5, 0.5, HOLDS), (0.4, 0.5, FAILS), (0.6, 0.5, FAILS)]
)
def test_same_fails_on_either_side(here, there, verdict):
    expected = same("C1", "made up", "loyalty_end", A, B, within=0.05)
    assert judged(expected, effects_of(expected, made_up(expected, a=here, b=there)), 0).verdict == verdict


def test_wider_above_and_below_have_the_right_signs():
    expected = interaction("C1", "made up", "loyalty_end", (A, B), (C, D), least=0.02)
    effects = effects_of(expected, made_up(expected, a=0.9, b=0.5, c=0.8, d=0.7))
    assert effects.mean() == pytest.approx((0.9 - 0.5) - (0.8 - 0.7))
    high = above("C1", "made up", "loyalty_end", A, level=0.6, least=0.02)
    low = below("C1", "made up", "loyalty_end", A, level=0.6, least=0.02)
    assert judged(high, effects_of(high, made_up(high, a=0.9)), 0).verdict == HOLDS
    assert judged(low, effects_of(low, made_up(low, a=0.9)), 0).verdict == FAILS


def test_matched_luck_sees_what_unmatched_luck_would_not():
    expected = higher("C1", "made up", "loyalty_end", A, B, least=0.001)
    tables = made_up(expected, here=0.502, there=0.5)
    assert judged(expected, effects_of(expected, tables), 0).verdict == HOLDS
    shuffled = {key: table.sample(frac=1, random_state=2, ignore_index=True) if key == B else table
                for key, table in tables.items()}  # fmt: skip
    assert judged(expected, effects_of(expected, shuffled), 0).verdict == UNDECIDED


def test_an_effect_that_is_hardly_ever_defined_decides_nothing():
    expected = higher("C1", "made up", "loyalty_end", A, B, least=0.02)
    effects = np.full(100, np.nan)
    effects[:9] = 1.0
    found = judged(expected, effects, 0)
    assert (found.verdict, found.worlds) == (UNDECIDED, 9)
    assert "9 of 100" in found.remark


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    covered = [low <= 0.3 <= high for low, high in
               (interval(generator.exponential(0.3, 60), seed) for seed in range(300))]  # fmt: skip
    assert 0.88 <= np.mean(covered) <= 0.98


def test_robustness_counts_points():
    expected = higher("C1", "made up", "loyalty_end", A, B, least=0.1)
    effects = np.array([0.2, 0.3, -0.2, -0.3, 0.0, 0.01, np.nan, np.nan])
    by_point = verdicts_by_point(expected, effects, points=4)
    np.testing.assert_array_equal(by_point, [1, -1, 0, np.nan])
    found = robustness([by_point])
    assert (found.holds, found.fails) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (found.tested, found.points) == (0.75, 4)


def test_the_space_around_leaves_the_levers_alone_and_stays_within_the_ranges():
    experiment = EXPERIMENTS["alliance-loyalty"]
    near, far = (others_around(experiment, 16, seed=1, span=span) for span in (0.25, 1.0))
    known = {info.path: info for info in describe(scenario_of_variant(WAR))}
    assert "client.outside_option" not in far
    assert "mediators.offer_tabled" in far and "mediators.offer_tabled" not in near
    for path in near:
        info = known[path]
        assert far[path].between(info.low, info.high).all()
        reach = 0.25 * (info.high - info.low) + 1e-9
        assert (near[path] - info.default).abs().max() <= reach


# Answers


@pytest.mark.parametrize("name", mostly_thorough(EXPERIMENTS, "gratitude", "outrage"))
def test_every_experiment_runs_draws_and_is_written(name, tmp_path):
    found = run_experiment(EXPERIMENTS[name], StudyOptions(worlds=4, workers=1))
    facts = written(found, tmp_path / name, "experiment").manifest.facts
    assert facts["claims"] == list(EXPERIMENTS[name].claims)
    assert set(facts["pictures"]) == {form.name for form in EXPERIMENTS[name].figures} | (
        {"effects"} if EXPERIMENTS[name].expectations else set()
    )
    for picture, words in facts["pictures"].items():
        assert words["alternative"] and words["caption"]
        assert (tmp_path / name / f"{picture}.svg").read_text().startswith("<?xml")
        assert (tmp_path / name / f"{picture}.png").stat().st_size > 5000
    for table in facts["tables"]:
        pd.read_csv(tmp_path / name / f"{table}.csv")


@pytest.fixture(scope="module")
def scoreboard():
    return trial(all_experiments(), StudyOptions(worlds=16, workers=2), points=0)


@pytest.fixture(scope="module")
def few(made):
    """The tables of a scoreboard of two experiments, as written: 10 worlds, 4 points in each space."""
    return {name: pd.read_csv(made / "claims" / f"{name}.csv") for name in ("scoreboard", "effects")}


@thorough
def test_the_scoreboard_has_every_claim_in_order(scoreboard):
    board = scoreboard.tables["scoreboard"]
    assert board["claim"].tolist() == [claim.id for claim in all_claims()]
    assert set(board["verdict"]) <= set(VERDICTS)
    vacuous = {claim.id for claim in all_claims() if claim.cannot_fail}
    assert set(board.loc[board["verdict"] == CANNOT_FAIL, "claim"]) == vacuous
    assert set(board["sign"]) == set(SIGNS)
    assert board["near_points"].eq(0).all()


def test_the_scoreboard_says_in_which_share_of_the_space_a_claim_holds(few):
    board = few["scoreboard"].set_index("claim")
    assert board.index.tolist() == ["C2", "C4", "C27", "C29", "C30"]
    others = board.drop(index="C4")
    for name in ("draws", "near", "far"):
        columns = [f"{name}_holds", f"{name}_fails", f"{name}_tested"]
        assert others[columns].stack().between(0, 1).all()
        assert (others[f"{name}_holds"] + others[f"{name}_fails"] <= 1).all()
        assert (others[f"{name}_points"] == 4).all()
        assert board.loc["C4", columns].isna().all()  # whose test cannot fail
    assert others["near_holds"].max() > 0.5


def test_the_scoreboard_says_where_model_and_record_differ(few):
    board = few["scoreboard"].set_index("claim").fillna({"difference": ""})
    assert board.loc["C30", "history"] == "contradicted"
    for _, row in board.iterrows():
        agree = (row["verdict"], row["history"]) in ((HOLDS, "borne out"), (FAILS, "contradicted"))
        assert bool(row["difference"]) == (not agree and row["history"] != "not tested")


def test_the_scoreboard_is_that_of_the_experiments(few, pool):
    one = EXPERIMENTS["alliance-loyalty"]
    tables = collect([s for part in one.expectations for s in part.settings()], Sample(10), pool, quiet)
    effects = effects_table(judge(one, tables, seed=0))
    whole = few["effects"]
    written = whole[whole["experiment"] == one.name].drop(columns="experiment").reset_index(drop=True)
    pd.testing.assert_frame_equal(effects.replace("", np.nan), written, check_dtype=False)


def test_the_scale_of_an_effect_is_what_matters():
    assert scale_of(0.02, "share") == 0.02
    assert scale_of(0.0, "share") == 0.02


# Do verdicts turn with the rules?

INVERTED = {
    "agents/patron.py": [
        ("return interest * forgone", "return -interest * forgone"),  # C3
        ("return turn + weight * harm", "return weight * turn + harm"),  # C4
    ],
    "agents/observer.py": [("backing * (1.0 - support), days)", "backing * support, days)")],  # C48
    "agents/client.py": [
        ("(1.0 - intransigence * np.asarray(held))", "(intransigence * np.asarray(held))"),  # C14
        (  # C40
            "return image * np.exp(-np.asarray(damage) * unaided - breach)",
            "return 1.0 - (1.0 - image) * np.exp(-np.asarray(damage) * unaided - breach)",
        ),
    ],
}
TURNED = ("C3", "C4", "C14", "C40", "C48")
ASK = """
import json, sys
from experiments.commands.registry import all_experiments
from sim.runs.executors import Inline
from experiments.trial.verdict import effects_of, judged, together
from experiments.trial.worlds import Sample, collect
claims = sys.argv[1].split(",")
parts = [part for one in all_experiments() for part in one.expectations if part.claim in claims]
tables = collect([s for part in parts for s in part.settings()], Sample(150), Inline(), lambda _: None)
found = [(part.claim, judged(part, effects_of(part, tables), 0).verdict) for part in parts]
print(json.dumps({claim: together([word for one, word in found if one == claim]) for claim in claims}))
"""


def verdicts_in(folder: Path) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, ",".join(TURNED)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@thorough
def test_inverted_rules_turn_their_verdicts(tmp_path):
    for package in ("sim", "agents", "experiments"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    assert verdicts_in(tmp_path) == dict.fromkeys(TURNED, HOLDS)
    for name, changes in INVERTED.items():
        text = (tmp_path / name).read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
    assert verdicts_in(tmp_path) == dict.fromkeys(TURNED, FAILS)


def test_the_studies_have_names_of_their_own():
    names = [one.name for one in all_studies()]
    assert len(set(names)) == len(names)
    assert {AFTER, TALKS, WAR} < set(VARIANTS)
    assert EACH > 1


# The command line


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_answers_writes_and_can_print_json(capsys, tmp_path):
    code, out, _ = said(capsys, "experiment", "outrage", "--worlds", "20", "--out", str(tmp_path))
    assert code == 0
    assert "In the model C4 cannot fail." in out
    assert (tmp_path / "outrage" / "effects.csv").is_file()
    page = ElementTree.parse(tmp_path / "outrage" / "weight.svg").getroot()
    code, out, _ = said(
        capsys, "experiment", "C4", "--worlds", "20", "--out", str(tmp_path), "--json", "--column"
    )
    column = ElementTree.parse(tmp_path / "outrage" / "weight.svg").getroot()
    assert (page.get("width"), column.get("width")) == ("504pt", "252pt")  # 7 and 3.5 inches
    assert json.loads(out)["verdicts"] == {"C4": "cannot fail"}
    code, out, _ = said(capsys, "experiment", "--list", "--json")
    assert {one["name"] for one in json.loads(out)} >= set(EXPERIMENTS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("experiment",), "name an experiment"),
        (("experiment", "outrag"), "unknown experiment 'outrag': did you mean 'outrage'"),
        (("experiment", "outrage", "--worlds", "1"), "--worlds 1"),
        (("experiment", "outrage", "--workers", "0"), "--workers 0"),
        (("experiment", "outrage", "--seed", "-1"), "--seed -1"),
        (("experiment", "outrage", "--table", "mine.csv"), "reads no table"),
        (("claims", "--points", "3"), "--points 3"),
        (("claims", "--worlds", "0"), "--worlds 0"),
    ],
)
def test_mistakes_get_one_clear_line(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err and err.count("\n") == 1
    assert not any(tmp_path.iterdir())
