"""Coded cases are read strictly, turned into scenarios by their codes alone, and scored fairly."""

import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from agents.claims import all_claims
from agents.expectations import actual
from agents.patron import existential_red_line
from experiments.cases import STUDY, score_table
from experiments.history import coded_cases as casebook
from experiments.history import skill
from experiments.history.coded_cases import (
    CODES,
    IF_LEFT_OUT,
    LEARNED_FROM,
    LINKS,
    PREDICTED,
    RESULTS,
    as_design,
    learned_from,
    mapping,
    predict,
    read_cases,
)
from experiments.history.skill import (
    auc,
    brier,
    logistic_without,
    mean_of_others,
    rank_correlation,
    score_interval,
)
from experiments.trial.study import StudyOptions
from sim.errors import UserError
from sim.model import ConflictModel
from sim.runs.executors import Inline
from sim.runs.plan import Plan
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.values import describe
from tests.experiments.writing import keep_theories
from tests.thorough import thorough

SHIPPED = Path(str(files("experiments.history").joinpath("cases.csv")))
WORLDS = 25
HEADER = ["id", "case", *CODES, *RESULTS, "conf"]
REQUIRED = [code for code in CODES if code not in IF_LEFT_OUT]
ROW = ["X1", "one, two", *["0.5"] * len(CODES), "3", "0.2", "", "H"]


def written(folder, rows, header=None):
    path = folder / "table.csv"
    lines = [HEADER if header is None else header, *rows]
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines), encoding="utf-8")
    return path


def row(**cells):
    return [cells.get(name, cell) for name, cell in zip(HEADER, ROW, strict=True)]


@pytest.fixture(scope="module")
def shipped():
    return read_cases(SHIPPED)


def test_the_record_of_c37_is_that_of_the_coded_crises(shipped):
    """Danger to survival did not always bring force: the claim says for certain."""
    endangered = shipped[(shipped["exist"] >= 0.8) & shipped["level"].notna()]
    spared = endangered.loc[endangered["level"] < 3, "id"]
    claim = next(claim for claim in all_claims() if claim.id == "C37")
    assert claim.history == "contradicted"
    counted = f"of {len(endangered)} coded crises with danger of 0.8 or more, {len(spared)} saw no force"
    assert f"{counted} ({', '.join(spared)})" in claim.history_note


def predicted(cases, theories=("article", "revised")):
    with Inline() as pool:
        return predict(cases, theories, WORLDS, 3, pool)


@pytest.fixture(scope="module")
def few(shipped):
    return shipped.iloc[[0, 2, 5, 14]].reset_index(drop=True)


@pytest.fixture(scope="module")
def answers(few):
    return predicted(few)


# reading


def test_a_table_without_results_is_read(tmp_path):
    header = ["id", *CODES]
    cases = read_cases(written(tmp_path, [["A", *["0"] * len(CODES)], ["B", *["1"] * len(CODES)]], header))
    assert list(cases.columns) == ["id", "case", "war", *CODES]
    assert list(cases["case"]) == list(cases["war"]) == ["A", "B"]


def test_a_table_without_a_scale_has_that_of_a_war(tmp_path):
    header = [name for name in HEADER if name != "scale"]
    cases = read_cases(
        written(tmp_path, [[cell for name, cell in zip(HEADER, ROW, strict=True) if name != "scale"]], header)
    )
    assert cases.loc[0, "scale"] == 0.6
    assert as_design(cases).loc[0, "challenger.scale"] == 0.6


def test_rows_of_one_war_are_told_by_its_name(tmp_path):
    rows = [[*row(id=name), war] for name, war in (("A", "w"), ("B", ""), ("C", "w"))]
    assert list(read_cases(written(tmp_path, rows, [*HEADER, "war"]))["war"]) == ["w", "B", "w"]


def test_columns_may_stand_in_any_order_and_others_are_left_aside(tmp_path):
    header = ["note", *reversed(HEADER)]
    cases = read_cases(written(tmp_path, [["what, a note", *reversed(ROW)]], header))
    assert cases.loc[0, "case"] == "one, two"
    assert cases.loc[0, "level"] == 3
    assert np.isnan(cases.loc[0, "ally5"])
    assert "note" not in cases


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("1.01", "= 1.01: allowed is 0 to 1"),
        ("-0.1", "= -0.1: allowed is 0 to 1"),
        ("nan", "= nan: allowed is 0 to 1"),
        ("inf", "= inf: allowed is 0 to 1"),
        ("high", "= 'high': a number is needed, 0 to 1"),
        ("0,5", "= '0,5': a number is needed, 0 to 1"),
        ("", "is empty; only level, loss, ally5 may be"),
        ("  ", "is empty; only level, loss, ally5 may be"),
    ],
)
def test_a_wrong_code_is_named_by_row_and_column(tmp_path, code, cell, told):
    path = written(tmp_path, [row(), row(id="X2", **{code: cell})])
    with pytest.raises(UserError) as error:
        read_cases(path)
    assert str(error.value).startswith(f"{path}: row 3 (X2): {code}")
    assert str(error.value).endswith(told)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"level": "5"}, "level = 5: unknown level; allowed: 0, 1, 2, 3, 4"),
        ({"level": "2.5"}, "level = 2.5: unknown level; allowed: 0, 1, 2, 3, 4"),
        ({"level": "troops"}, "level = 'troops': unknown level; allowed: 0, 1, 2, 3, 4"),
        ({"loss": "2"}, "loss = 2: allowed is 0 to 1"),
        ({"ally5": "later"}, "ally5 = 'later': a number is needed, 0 to 1"),
    ],
)
def test_a_wrong_result_is_named_by_row_and_column(tmp_path, cells, told):
    path = written(tmp_path, [row(**cells)])
    with pytest.raises(UserError) as error:
        read_cases(path)
    assert str(error.value) == f"{path}: row 2 (X1): {told}"


@pytest.mark.parametrize("unknown", ["", "NA", "NaN", "nan", "<NA>", "N/A", "None", "NULL", ".", ".a", ".z"])
def test_a_result_is_unknown_however_another_tool_writes_it(tmp_path, unknown):
    cases = read_cases(written(tmp_path, [row(level=unknown, loss=unknown, ally5=unknown)]))
    assert cases[["level", "loss", "ally5"]].isna().all(axis=None)


def test_a_table_of_a_spreadsheet_with_decimal_commas_is_read(tmp_path):
    text = ";".join(HEADER) + "\n" + ";".join(cell.replace(".", ",") for cell in row(case="one; two"))
    (tmp_path / "commas.csv").write_text(text.replace("one; two", '"one; two"'), encoding="utf-8")
    plain = read_cases(written(tmp_path, [row(case="one; two")]))
    pd.testing.assert_frame_equal(read_cases(tmp_path / "commas.csv"), plain)


@pytest.mark.parametrize("name", ["Level", "LOSS", "Ally5", "War", "Guar"])
def test_a_column_in_another_case_is_named_and_not_left_aside(tmp_path, name):
    header = [name if one == name.lower() else one for one in [*HEADER, "war"]]
    with pytest.raises(UserError, match=f"column '{name}' is unknown; did you mean '{name.lower()}'"):
        read_cases(written(tmp_path, [[*ROW, "w"]], header))


def test_what_is_allowed_is_never_what_was_found(tmp_path):
    header = ["outsid" if one == "outside" else one for one in HEADER]
    with pytest.raises(UserError) as error:
        read_cases(written(tmp_path, [ROW], [*header[:-1], "what_i_noted"]))
    assert "column 'outside' is missing; is it what stands there as 'outsid'?" in str(error.value)
    assert "allowed:" not in str(error.value) and "what_i_noted" not in str(error.value)


@pytest.mark.parametrize("column", ["id", *REQUIRED])
def test_a_missing_column_is_named(tmp_path, column):
    place = HEADER.index(column)
    path = written(tmp_path, [[*ROW[:place], *ROW[place + 1 :]]], [*HEADER[:place], *HEADER[place + 1 :]])
    with pytest.raises(UserError, match=f"row 1: column '{column}' is missing"):
        read_cases(path)


@pytest.mark.parametrize(
    ("rows", "header", "told"),
    [
        ([row(), row(id="X2"), row()], HEADER, "row 4: id = 'X1': stands in row 2 already"),
        ([row(id=" ")], HEADER, "row 2: id: is empty"),
        ([[*ROW, "1"]], [*HEADER, "guar"], "row 1: column 'guar' stands twice"),
        ([], HEADER, "there is no case in it, only a header"),
        ([], [], "is empty; needed are the columns id, guar"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, rows, header, told):
    with pytest.raises(UserError) as error:
        read_cases(written(tmp_path, rows, header))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_row_of_another_length_is_refused(tmp_path):
    with pytest.raises(UserError, match=f"row 2: {len(HEADER) - 1} cells, but {len(HEADER)} columns"):
        read_cases(written(tmp_path, [ROW[:-1]]))


def test_what_is_no_table_is_refused(tmp_path):
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\xff\xfe\x00\x01")
    unfinished = tmp_path / "unfinished.csv"
    unfinished.write_text('id,"case\n', encoding="utf-8")
    for path, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.csv", "there is no file"),
        (picture, "is no text in UTF-8"),
        (unfinished, "is no CSV"),
    ):
        with pytest.raises(UserError, match=told):
            read_cases(path)


def test_the_shipped_table_and_its_key_agree(shipped):
    key = tomllib.loads(SHIPPED.with_suffix(".toml").read_text(encoding="utf-8"))
    assert [one["id"] for one in key["case"]] == list(shipped["id"])
    assert all(one["grounds"].strip() and one["source"].strip() for one in key["case"])
    header = SHIPPED.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {*CODES, *RESULTS, "war"} <= set(header)  # ours leaves nothing out
    assert len(shipped) - shipped["war"].nunique() == 2
    kinds = {one["column"]: one["kind"] for one in key["scale"]}
    assert kinds == dict.fromkeys(CODES, "code") | dict.fromkeys(RESULTS, "result")


# the mapping


def test_every_code_moves_a_parameter_and_every_parameter_is_set_once():
    assert {code for link in LINKS for code in link.codes} == set(CODES)
    paths = [link.path for link in LINKS]
    assert len(set(paths)) == len(paths)
    assert set(paths) <= {info.path for info in describe(load("crisis"))}
    assert list(mapping()["parameter"]) == paths


def test_the_codes_of_2020_give_the_defaults(shipped):
    """But for the land: 5 % of that attack reached home ground, which the defaults leave out."""
    defaults = {info.path: info.default for info in describe(load("crisis"))}
    found = as_design(shipped[shipped["id"] == "K1"]).iloc[0]
    for path, value in found.items():
        if path.startswith("challenger.value_"):
            assert abs(value - defaults[path]) < 0.08
        else:
            assert value == pytest.approx(defaults[path], rel=2e-3, abs=1e-9), path


def test_danger_however_great_keeps_cases_apart():
    """The more danger the crisis itself brings, the more of the line is felt before any land is lost."""
    cases = pd.DataFrame([dict.fromkeys(CODES, 0.5)] * 25).assign(exist=np.linspace(0.0, 1.0, 25))
    model = ConflictModel(load("crisis"), worlds=np.arange(25), columns=as_design(cases).to_dict("series"))
    danger = actual(model.scene).existential
    felt = existential_red_line(danger, threshold=0.35, steepness=5.0)
    assert danger.tolist() == pytest.approx(cases["exist"].tolist())
    assert (np.diff(felt) > 0).all() and felt[0] < 1e-12 and felt[-1] > 0.99


def test_a_number_that_is_drawn_takes_the_place_of_the_default(shipped):
    """By hand, for two draws: what the codes say outright stays, what they change starts from the draw."""
    cases = shipped[shipped["id"].isin(["K1", "K2"])].reset_index(drop=True)
    drawn = {path: np.array([0.2, 0.4]) for path in
             ("challenger.value_core", "client.alignment", "patron.cost_weight")}  # fmt: skip
    found = as_design(cases, drawn)
    assert found["challenger.value_core"].tolist() == pytest.approx([0.2 * (1.0 - 0.05), 0.4 * (1.0 - 1.0)])
    assert found["client.alignment"].tolist() == cases["align"].tolist()
    assert found["patron.cost_weight"].tolist() == [0.2, 0.4]


@settings(deadline=None, max_examples=30)
@given(codes=st.lists(st.floats(0, 1), min_size=len(CODES), max_size=len(CODES)))
def test_any_codes_give_parameters_in_their_range(codes):
    known = {info.path: info for info in describe(load("crisis"))}
    for path, column in as_design(pd.DataFrame([codes], columns=list(CODES))).items():
        assert known[path].low <= column[0] <= known[path].high


@pytest.mark.parametrize("link", LINKS, ids=[link.path for link in LINKS])
def test_a_parameter_follows_the_codes_named_and_no_others(link, shipped):
    base = pd.DataFrame([dict.fromkeys(CODES, 0.3)])
    before = as_design(base)[link.path][0]
    for code in CODES:
        after = as_design(base.assign(**{code: 0.4}))[link.path][0]
        assert (after != before) == (code in link.codes), code


@thorough
def test_the_merged_map_fights_the_same_war_as_the_real_one():
    """The docking of the scenario: with 2020's numbers it meets the patterns that 2020 was tuned to."""
    both = (load(name).close_up for name in ("crisis", "karabakh-2020"))
    crisis, real = (run(Plan(one, worlds=150, seed=1)).table for one in both)
    text = SHIPPED.with_name("patterns.toml").read_text(encoding="utf-8")
    bands = {one["id"]: (one["low"], one["high"]) for one in tomllib.loads(text)["pattern"]}
    for pattern, outcome in (("T4", "share_by_force"), ("T5", "share_by_handover"), ("T6", "war_days")):
        low, high = bands[pattern]
        assert low <= crisis[outcome].median() <= high
    assert abs(crisis["share_lost"].median() - real["share_lost"].median()) < 0.1
    assert abs((crisis["level_max"] >= 3).mean() - (real["level_max"] >= 3).mean()) < 0.1


# predictions


def test_predictions_come_in_the_order_asked(few, answers):
    assert list(answers.columns) == ["theory", "numbers", "id", *PREDICTED]
    assert list(answers["id"]) == [*few["id"], *few["id"]]
    assert list(answers["theory"]) == ["article"] * 4 + ["revised"] * 4
    assert answers[list(PREDICTED)].notna().all().all()
    assert answers["p_level3"].between(0, 1).all()
    assert answers["highest_rung"].between(0, 4).all()
    assert answers["p_level3"].nunique() > 2


@thorough
def test_names_and_results_do_not_matter(few, answers):
    other = few.assign(
        id=[f"renamed {number}" for number in range(4)], case="?", level=0.0, loss=1.0, ally5=np.nan
    )
    pd.testing.assert_frame_equal(
        predicted(other)[list(PREDICTED)], answers[list(PREDICTED)], check_exact=True
    )
    bare = few[["id", "case", "war", *CODES]]
    pd.testing.assert_frame_equal(predicted(bare), answers, check_exact=True)


@thorough
def test_neither_the_order_nor_the_number_of_cases_matters(few, answers):
    by_name = answers.set_index(["theory", "id"]).sort_index()
    shuffled = predicted(few.iloc[[2, 0, 3, 1]].reset_index(drop=True))
    pd.testing.assert_frame_equal(
        shuffled.set_index(["theory", "id"]).sort_index(), by_name, check_exact=True
    )
    one = predicted(few.iloc[[1]].reset_index(drop=True)).set_index(["theory", "id"]).sort_index()
    pd.testing.assert_frame_equal(one, by_name.loc[one.index], check_exact=True)


def test_what_is_read_off_the_worlds():
    """By hand: half the attack on home ground; a client that is gone has lost all and is no ally."""
    ends = pd.DataFrame(
        {
            "level_max": [0, 3, 4, 2],
            "share_lost": [0.2, 0.4, 0.0, 0.0],
            "recognised_share_lost": [0.0, 0.2, 0.6, 0.0],
            "gone": [False, False, True, False],
            "status_end": ["member", "frozen", "member", "left"],
            "loyalty_end": [1.0, 0.6, 0.9, 0.3],
        }
    )
    found = casebook.results(ends, core=np.full(4, 0.5))
    assert found["level"].tolist() == [0, 3, 4, 2]
    assert found["loss"].tolist() == pytest.approx([0.1, 0.3, 1.0, 0.0])
    assert found["ally5"].tolist() == [1.0, 0.6, 0.0, 0.0]


@thorough
def test_drawn_numbers_are_met_by_every_case_alike(few, answers):
    """With numbers drawn, a case is predicted alike alone and among others, and not as with the defaults."""
    with Inline() as pool:
        among = predict(few, ("article",), WORLDS, 3, pool, numbers="prior")
        alone = predict(few.iloc[[1]].reset_index(drop=True), ("article",), WORLDS, 3, pool, numbers="prior")
    columns = list(PREDICTED)
    pd.testing.assert_frame_equal(alone[columns], among.loc[[1], columns].reset_index(drop=True))
    usual = answers.loc[answers["theory"] == "article", columns]
    assert (among[columns] - usual).abs().to_numpy().max() > 0.1


# skill

TRUTH = np.array([0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1], dtype=float)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs):
    happened = np.array([yes for yes, _ in pairs], dtype=float)
    rated = np.array([rating for _, rating in pairs], dtype=float)
    won = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, yes in zip(rated, happened, strict=True)
        if yes
        for b, other in zip(rated, happened, strict=True)
        if not other
    ]
    if won:
        assert auc(happened, rated) == pytest.approx(np.mean(won))
    else:
        assert np.isnan(auc(happened, rated))


def test_the_rank_correlation_is_spearmans():
    dice = np.random.default_rng(3)
    x, y = dice.integers(0, 9, 40).astype(float), dice.integers(0, 9, 40).astype(float)
    assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_scores_at_their_best_and_worst():
    assert (auc(TRUTH, TRUTH), auc(TRUTH, 1 - TRUTH)) == (1.0, 0.0)
    assert (brier(TRUTH, TRUTH), brier(TRUTH, 1 - TRUTH)) == (0.0, 1.0)
    rising = np.arange(12.0)
    assert (rank_correlation(rising, rising**3), rank_correlation(rising, -rising)) == (1.0, -1.0)
    assert np.isnan(rank_correlation(rising, np.ones(12)))


def test_an_interval_holds_the_score_and_narrows_with_more_cases():
    dice = np.random.default_rng(2)
    guess = 0.2 * TRUTH + dice.uniform(0, 0.6, 12)
    low, high = score_interval(auc, TRUTH, guess, seed=1)
    assert low < auc(TRUTH, guess) < high
    more = score_interval(auc, np.tile(TRUTH, 9), np.tile(guess, 9), seed=1)
    assert more[1] - more[0] < 0.6 * (high - low)
    assert score_interval(auc, TRUTH, guess, seed=1) == (low, high)


def test_cases_of_one_war_are_drawn_together():
    """Twelve cases, each written twice: as one war each they tell as little as the twelve."""
    dice = np.random.default_rng(2)
    guess = 0.2 * TRUTH + dice.uniform(0, 0.6, 12)
    twice = np.repeat(TRUTH, 2), np.repeat(guess, 2)
    names = [f"war {number}" for number in range(12) for _ in "ab"]
    assert score_interval(brier, *twice, seed=1, wars=names) == pytest.approx(
        score_interval(brier, TRUTH, guess, seed=1)
    )
    low, high = score_interval(brier, *twice, seed=1)
    wide = score_interval(brier, *twice, seed=1, wars=names)
    assert high - low < 0.85 * (wide[1] - wide[0])


def test_no_rival_sees_another_case_of_the_same_war():
    dice = np.random.default_rng(4)
    codes, wars = dice.uniform(size=(12, 3)), [*"abcdefghijaa"]
    turned = TRUTH.copy()
    turned[0] = 1 - turned[0]
    rivals = (
        lambda truth: mean_of_others(truth, wars),
        lambda truth: logistic_without(codes, truth, wars)[0],
        lambda truth: logistic_without(codes, truth, wars)[1],
    )
    for rival in rivals:
        before, after = rival(TRUTH), rival(turned)
        assert (before[[0, 10, 11]] == after[[0, 10, 11]]).all()
        assert (before[1:10] != after[1:10]).all()


def test_no_rival_sees_the_case_it_is_asked_about():
    dice = np.random.default_rng(4)
    codes = dice.uniform(size=(12, 3))
    turned = TRUTH.copy()
    turned[5] = 1 - turned[5]
    rivals = (
        mean_of_others,
        lambda truth: logistic_without(codes, truth)[0],
        lambda truth: logistic_without(codes, truth)[1],
    )
    for rival in rivals:
        before, after = rival(TRUTH), rival(turned)
        assert before[5] == after[5]
        assert (np.delete(before, 5) != np.delete(after, 5)).all()


def test_the_regression_finds_what_is_there():
    codes = np.random.default_rng(8).uniform(size=(60, 4))
    clear = (codes[:, 1] > 0.5).astype(float)
    shares, reach = logistic_without(codes, clear)
    assert auc(clear, reach) > 0.95
    assert brier(clear, shares) < 0.1
    same = np.column_stack([codes, np.full(60, 0.5)])  # a code that never varies changes nothing
    np.testing.assert_allclose(logistic_without(same, clear), (shares, reach), atol=1e-3)


def test_the_regression_ranks_noise_neither_above_nor_below_chance():
    """Mean of 30 tables of 21 cases: the standard error is about 0.03."""
    dice = np.random.default_rng(0)
    found = []
    for _ in range(30):
        happened = dice.permutation(np.repeat([0.0, 1.0], [12, 9]))
        found.append(auc(happened, logistic_without(dice.uniform(size=(21, 12)), happened)[1]))
    assert 0.4 < np.mean(found) < 0.6


# the study


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(skill, "DRAWS", 50)


@thorough
def test_the_study_predicts_and_scores_a_table_of_the_users(tmp_path, shipped, few_resamples, monkeypatch):
    keep_theories(monkeypatch, "article", "revised", "base_rate")
    cases = shipped.iloc[:8]
    path = tmp_path / "mine.csv"
    cases.to_csv(path, index=False)
    answer = STUDY.ask(StudyOptions(worlds=2, workers=1, table=path))
    assert list(answer.tables["cases"].columns) == ["id", "p_level3", "level_mean", "loss_mean", "ally5_mean"]
    assert list(answer.tables["cases"]["id"]) == list(cases["id"])
    assert answer.facts["table"] == "mine.csv"
    score = answer.tables["score"]
    assert set(score["score"]) == {"AUC", "Brier", "Spearman"}
    by = score[score["question"] == "Tie five years later"].set_index("by")["cases"]
    mine = ["article", "revised", "article, prior", "revised, prior"]
    assert (by.drop(mine) == 6).all() and (by[mine] == 5).all()
    every = answer.tables["cases-by-theory"]
    assert set(every["numbers"]) == {"defaults", "prior", "estimated"}
    assert set(answer.figures) == {"cases", "scores"}
    assert answer.text.splitlines()[0].endswith(".")
    assert "judged by a reader who knew the outcomes" in answer.text


def test_the_study_predicts_a_table_without_results(tmp_path, shipped, monkeypatch):
    keep_theories(monkeypatch, "article", "base_rate")
    path = tmp_path / "blind.csv"
    shipped[["id", "case", *CODES]].iloc[:3].to_csv(path, index=False)
    answer = STUDY.ask(StudyOptions(worlds=2, workers=1, table=path))
    assert len(answer.tables["cases"]) == 3
    assert "score" not in answer.tables
    assert set(answer.figures) == {"cases"}
    assert "none scored" in answer.text.splitlines()[0]


def test_no_theory_is_scored_on_what_it_has_learned_from(shipped, few_resamples):
    """The others right everywhere, and wrong on the three cases of the record."""
    force = (shipped["level"] >= 3).astype(float)
    of_record = shipped["id"].isin(["K1", "K2", "K3"])
    parts = [
        pd.DataFrame({"theory": theory, "numbers": "defaults", "id": shipped["id"], "highest_rung": 1.0,
                      "p_level3": force.where(~of_record, 1 - force), "loss_mean": shipped["loss"],
                      "ally5_mean": 0.5})
        for theory in ("article", "revised", "base_rate")
    ]  # fmt: skip
    score = score_table(shipped, pd.concat(parts), seed=0)
    brier_of = score[score["score"] == "Brier"].set_index("by")
    assert LEARNED_FROM == {"article": ("K1",), "revised": ("K1", "K2", "K3")}
    for theory, left_out in (("article", 1), ("revised", 3), ("base_rate", 0)):
        assert brier_of.loc[theory, "cases"] == len(shipped) - left_out
        assert brier_of.loc[theory, "value"] == pytest.approx((3 - left_out) / (len(shipped) - left_out))


def test_an_estimate_is_scored_on_no_case_that_ships(shipped, few_resamples):
    """Known by their codes, whatever a table calls them; a table of others is scored in full."""
    renamed = shipped.assign(id=[f"X{number}" for number in range(len(shipped))])
    other = renamed.assign(scale=0.37)
    for cases, learned in ((renamed, True), (other, False)):
        assert (learned_from("article", "estimated", cases) == learned).all()
        assert not learned_from("article", "prior", cases).any()
        predicted = pd.DataFrame({"theory": "article", "numbers": "estimated", "id": cases["id"],
                                  "p_level3": 0.5, "highest_rung": 1.0, "loss_mean": 0.5,
                                  "ally5_mean": 0.5})  # fmt: skip
        assert ("article, estimated" in set(score_table(cases, predicted, seed=0)["by"])) != learned


def test_a_perfect_theory_beats_the_rivals(shipped, few_resamples):
    """The scoring itself, on made-up predictions."""
    perfect = pd.DataFrame(
        {
            "theory": "article",
            "numbers": "defaults",
            "id": shipped["id"],
            "p_level3": (shipped["level"] >= 3).astype(float),
            "highest_rung": shipped["level"],
            "loss_mean": shipped["loss"],
            "ally5_mean": shipped["ally5"].fillna(0.5),
        }
    )
    score = score_table(shipped, perfect, seed=0)
    values = {kind: part.groupby("by")["value"].max() for kind, part in score.groupby("score")}
    assert values["AUC"]["article"] == 1.0
    assert values["Brier"]["article"] == 0.0
    assert (score.loc[(score["score"] == "Spearman") & (score["by"] == "article"), "value"] == 1.0).all()
    for rival in ("ridge regression", "capability alone", "mean of the others"):
        assert values["Brier"][rival] > 0.1
        assert values["AUC"][rival] < 1.0
