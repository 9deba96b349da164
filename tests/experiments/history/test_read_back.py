"""What the studies of history and of coded cases say in words, read back against numbers worked out here."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from agents.theories import THEORIES
from experiments import against_history, cases
from experiments.history import coded_cases, patterns, simulated, skill
from experiments.history.coded_cases import CODES, PREDICTED, read_cases
from experiments.history.comparison import NO_MODEL
from experiments.history.forecasts import EVENTS
from experiments.history.patterns import PatternScore
from experiments.history.simulated import CURVES, QUARTERS, Simulation
from experiments.shares import in_percent
from experiments.trial.study import StudyOptions
from sim.runs.executors import Inline
from tests.thorough import thorough

DATA = files("experiments.history")
BANDS = {one["id"]: one for one in tomllib.loads(DATA.joinpath("patterns.toml").read_text())["pattern"]}
LONG, WAR = against_history.LONG_SCENARIO, against_history.SHORT_SCENARIO
WORLDS = 11
OF_WAR = ("T4", "T5", "T6", "T7", "T8", "T17")
HELD_OUT = {f"T{number}" for number in range(9, 17)}
DISTRICTS = ("A", "B", "C")  # for T17, whose value is the error of the median dates


# The study of history, on made-up runs: some worlds lie below, in and above the band of each pattern, and the
# value lies in it under some theories only.


def made_up_table(luck: np.random.Generator, place: int) -> pd.DataFrame:
    columns = {}
    for name, one in BANDS.items():
        if name == "T17":
            for district in DISTRICTS:
                columns[f"{name} {district}"] = luck.normal(5.0 * place - 8.0, 3.0, WORLDS)
            continue
        if one["unit"].startswith("share of worlds"):
            asked = (luck.random(WORLDS) < (0.15 + 0.2 * place)).astype(float)
        else:
            width = one["high"] - one["low"]
            asked = one["low"] + width * (0.45 * place - 0.4 + 0.7 * luck.exponential(1.0, WORLDS))
        columns[name] = np.where(luck.random(WORLDS) < 0.2, np.nan, asked)
    for event in EVENTS:
        columns[event.words] = np.where(luck.random(WORLDS) < 0.2, np.nan, luck.random(WORLDS) < 0.2 * place)
    return pd.DataFrame(columns)


def made_up_runs(queries, theories, seed, pool, numbers):
    luck = np.random.default_rng(7)
    runs = {}
    for name, (query, _) in queries.items():
        for place, theory in enumerate(theories):
            start = 1.0 - 0.12 * place
            curves = {
                stock: np.clip(start - luck.exponential(0.2, (WORLDS, len(query.dates))), 0, 1)
                for stock in CURVES
            }
            after = np.clip(start - luck.exponential(0.3, (WORLDS, QUARTERS + 1)), 0, 1)
            after[place, 3] = np.nan  # a world without the whole of these years
            runs[name, theory] = Simulation(made_up_table(luck, place), curves, after)
    MADE.clear()
    MADE.update(runs)
    return runs


MADE: dict[tuple[str, str], Simulation] = {}
HONOURED = {name: (0.1 + 0.15 * place, 0.02 * place) for place, name in enumerate(THEORIES)}


@pytest.fixture(scope="module")
def told():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "simulate_all", made_up_runs)
        patch.setattr(
            patterns,
            "honoured",
            lambda plan: (PatternScore(HONOURED[plan.theory][0], np.nan, 64), HONOURED[plan.theory][1]),
        )
        return against_history.STUDY.ask(StudyOptions(worlds=WORLDS, workers=1))


def by_hand(pattern: str, theory: str) -> tuple[float, float | None, bool]:
    """Value, share of worlds in the band (None for a share) and whether the value lies in the band."""
    one = BANDS[pattern]
    if pattern == "T16":
        value = HONOURED[theory][0]
        return value, None, one["low"] <= value <= one["high"]
    if pattern == "T17":
        late = MADE[WAR, theory].table[[f"T17 {district}" for district in DISTRICTS]].to_numpy()
        value = float(np.median([abs(sorted(column)[(WORLDS - 1) // 2]) for column in late.T]))
        inside = np.mean([sorted(abs(row))[1] <= one["high"] for row in late])
        return value, float(inside), value <= one["high"]
    column = MADE[WAR if pattern in OF_WAR else LONG, theory].table[pattern]
    asked = sorted(value for value in column if not np.isnan(value))
    if one["unit"].startswith("share of worlds"):
        value, inside = sum(asked) / len(asked), None
    else:
        value = asked[(len(asked) - 1) // 2]
        inside = sum(one["low"] <= each <= one["high"] for each in asked) / len(asked)
    return value, inside, one["low"] <= value <= one["high"]


CELL = re.compile(r"(?P<value>never|-?[\d.]+)(?: \((?P<share>[<>]?\d+)\s%\))? (?P<star>[* ])")


def test_every_pattern_is_told_with_its_band_value_share_and_star(told):
    table = told.text.split("in band, of 17")[0].splitlines()
    rows = {line[:4].strip(): line for line in table if re.match(r"T\d+ ", line)}
    assert list(rows) == list(BANDS)
    stars = set()
    for pattern, line in rows.items():
        one = BANDS[pattern]
        assert line[4:42].strip() == one["name"][:36]
        assert line[42:56].strip() == f"{one['low']:g} to {one['high']:g}"
        for place, theory in enumerate(THEORIES):
            cell = CELL.fullmatch(line[56 + 19 * place : 75 + 19 * place].lstrip())
            value, inside, holds = by_hand(pattern, theory)
            assert float(cell["value"]) == pytest.approx(value, abs=0.5 if abs(value) >= 10 else 0.005001)
            assert (None if cell["share"] is None else f"{cell['share']}\N{NO-BREAK SPACE}%") == (
                None if inside is None else in_percent(inside)
            )
            assert (cell["star"] == "*") == holds, (pattern, theory)
            stars.add((pattern, cell["star"]))
    assert len(stars) > len(BANDS) + 8  # most patterns are met by some theories and missed by others


def test_a_row_counts_what_one_world_in_twenty_shows(told):
    row = next(
        line for line in told.text.splitlines() if line.startswith("within reach, of 7 never fitted to")
    )
    for place, theory in enumerate(THEORIES):
        shares = [by_hand(name, theory)[:2] for name in HELD_OUT if name != "T16"]
        reached = [(value if inside is None else inside) >= 0.05 for value, inside in shares]
        assert int(row[56 + 19 * place : 75 + 19 * place]) == sum(reached)


def test_the_first_sentence_and_the_last_row_count_the_patterns_in_their_bands(told):
    article = next(iter(THEORIES))
    met = {theory: [name for name in BANDS if by_hand(name, theory)[2]] for theory in THEORIES}
    held_out = [name for name in met[article] if name in HELD_OUT]
    assert told.text.splitlines()[0] == (
        f"The article's run looks like the record in {len(met[article])} of 17 patterns, "
        f"and in {len(held_out)} of the 8 that nothing was fitted to."
    )
    (counts,) = (line for line in told.text.splitlines() if line.startswith("in band, of 17"))
    assert [int(count) for count in counts.split()[4:]] == [len(met[theory]) for theory in THEORIES]
    assert told.facts["in band"] == {theory: len(names) for theory, names in met.items()}
    assert told.facts["pacts for which troops fight"] == {
        name: troops for name, (_, troops) in HONOURED.items()
    }


def test_the_table_of_patterns_has_the_war_and_the_years(told):
    table = told.tables["patterns"].set_index(["pattern", "scenario", "theory"])
    for (name, scenario, theory), row in table.iterrows():
        if name in ("T16", "T17"):
            continue
        asked = MADE[scenario, theory].table[name].dropna()
        assert row["worlds"] == len(asked)
        if not BANDS[name]["unit"].startswith("share of worlds"):
            assert row["in_band"] == asked.between(BANDS[name]["low"], BANDS[name]["high"]).mean()
        assert row["holds"] == (BANDS[name]["low"] <= row["value"] <= BANDS[name]["high"])
        assert row["fitted"] == (name not in HELD_OUT)
    assert set(table.loc["T4"].index.get_level_values("scenario")) == {WAR, LONG}
    assert set(table.loc["T9"].index.get_level_values("scenario")) == {LONG}


def chance_by_hand(theory: str, words: str) -> float:
    asked = [value for value in MADE[LONG, theory].table[words] if not np.isnan(value)]
    return sum(asked) / len(asked)


def test_the_chances_of_events_and_their_scores_are_those_of_the_worlds(told):
    table = told.tables["events"].set_index(["forecaster", "event"])
    for event in EVENTS:
        for theory in THEORIES:
            chance = chance_by_hand(theory, event.words)
            row = table.loc[(theory, event.words)]
            assert row["chance"] == pytest.approx(chance)
            assert row["brier"] == pytest.approx((chance - (1.0 if event.happened else 0.0)) ** 2)
        assert table.loc[(NO_MODEL[0], event.words), "brier"] == float(event.happened)
        assert table.loc[(NO_MODEL[2], event.words), "brier"] == 0.25


def crps_by_hand(sample: np.ndarray, observed: float) -> float:
    """Mean distance from what came, less half the mean distance of two worlds (Gneiting and Raftery 2007)."""
    apart = np.abs(sample[:, None] - sample[None, :]).mean()
    return float(np.abs(sample - observed).mean() - apart / 2)


def test_curves_are_scored_at_the_dates_of_the_record(told):
    table = told.tables["curves"]
    control = pd.read_csv(str(DATA.joinpath("control.csv")), comment="#")
    known = dict(zip(pd.to_datetime(control["date"]).dt.date, control["share_held"], strict=True))
    part = table[(table["curve"] == "land held, 2020 to 2025") & table["forecaster"].isin(THEORIES)]
    query = against_history._query(LONG, against_history.FOLLOWED, against_history.EVERY)
    assert len(part) > 5 * len(THEORIES)
    for row in part.itertuples():
        sample = MADE[LONG, row.forecaster].curves["held"][:, query.dates.index(row.date)]
        assert row.record == known[row.date]
        assert row.median == pytest.approx(np.median(sample))
        assert row.crps == pytest.approx(crps_by_hand(sample, row.record))
    steady = table[(table["curve"] == "land held, 2020 to 2025") & (table["forecaster"] == NO_MODEL[0])]
    assert (steady["median"] == 1.0).all()  # all was held when the war began


def test_the_mean_scores_are_told_theory_by_theory(told):
    fitted = {event.words: event.pattern not in HELD_OUT for event in EVENTS}
    text = told.text.split("Mean scores, less is better")[1]
    for theory in THEORIES:
        (line,) = (line for line in text.splitlines() if line.startswith(f"{theory} "))
        numbers = [float(number) for number in line.split()[1:]]
        for told_mean, which in zip(numbers[:2], (True, False), strict=True):
            scores = [
                (chance_by_hand(theory, event.words) - event.happened) ** 2
                for event in EVENTS
                if fitted[event.words] == which
            ]
            assert told_mean == pytest.approx(np.mean(scores), abs=0.00051)
        curves = told.tables["curves"].groupby(["curve", "forecaster"], sort=False)["crps"].mean()
        assert numbers[2:] == pytest.approx(
            [curves[name, theory] for name in dict.fromkeys(told.tables["curves"]["curve"])], abs=0.00051
        )


# The study of coded cases, on made-up predictions: one theory is better than chance, one worse, the others in
# between.

SHIPPED = read_cases(Path(str(DATA.joinpath("cases.csv"))))
LEARNED = {"article": ("K1",), "revised": ("K1", "K2", "K3")}
FORCE = (SHIPPED["level"] >= 3).astype(float)
RESULT = {"p_level3": FORCE, "loss_mean": SHIPPED["loss"], "ally5_mean": SHIPPED["ally5"]}


def made_up_predictions(table, theories, worlds, seed, pool, done, numbers):
    luck = np.random.default_rng(5 + len(numbers))
    parts = []
    for place, theory in enumerate(theories):
        noise, sign = 0.25 + 0.15 * place, -1 if place == 1 else 1
        columns = {"theory": theory, "numbers": numbers, "id": table["id"]}
        for name, result in RESULT.items():
            middle = 0.5 + sign * 0.4 * (result.fillna(0.5) - 0.5)
            columns[name] = np.clip(middle + noise * (luck.exponential(1.0, len(table)) - 1.0), 0, 1)
        columns["highest_rung"] = 4 * luck.random(len(table))
        parts.append(pd.DataFrame(columns)[["theory", "numbers", "id", *PREDICTED]])
    made = pd.concat(parts, ignore_index=True)
    if numbers == "defaults":
        PREDICTIONS[:] = [made]
    return made


PREDICTIONS: list[pd.DataFrame] = []


@pytest.fixture(scope="module")
def predicted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coded_cases, "predict", made_up_predictions)
        patch.setattr(skill, "DRAWS", 800)
        return cases.STUDY.ask(StudyOptions(worlds=10, workers=1))


def of(theory: str, column: str) -> np.ndarray:
    table = PREDICTIONS[0]
    return table.loc[table["theory"] == theory, column].to_numpy()


def auc_by_hand(happened: np.ndarray, said: np.ndarray) -> float:
    yes, no = said[happened == 1], said[happened == 0]
    if not (len(yes) and len(no)):
        return float("nan")
    return float(np.mean([(a > b) + (a == b) / 2 for a in yes for b in no]))


def spearman_by_hand(happened: np.ndarray, said: np.ndarray) -> float:
    if len(set(happened)) < 2 or len(set(said)) < 2:
        return float("nan")
    return float(spearmanr(happened, said).statistic)


def score_by_hand(kind: str, happened: np.ndarray, said: np.ndarray) -> float:
    if kind == "Brier":
        return float(np.mean([(p - y) ** 2 for p, y in zip(said, happened, strict=True)]))
    return {"AUC": auc_by_hand, "Spearman": spearman_by_hand}[kind](happened, said)


QUANTITY = {
    "Force (rung 3 or more)": "p_level3",
    "Land lost": "loss_mean",
    "Tie five years later": "ally5_mean",
}
COLUMNS = {  # of the table in the text
    ("Force (rung 3 or more)", "AUC"): "Force, AUC",
    ("Force (rung 3 or more)", "Brier"): "Force, Brier",
    ("Land lost", "Spearman"): "Land lost, Spearman",
    ("Tie five years later", "Spearman"): "Tie, Spearman",
}


@thorough
def test_the_scores_of_cases_are_those_of_the_predictions(predicted):
    score = predicted.tables["score"]
    for row in score[score["by"].isin(THEORIES)].itertuples():
        column = QUANTITY[row.question]
        there = (RESULT[column].notna() & ~SHIPPED["id"].isin(LEARNED.get(row.by, ()))).to_numpy()
        happened, said = RESULT[column].to_numpy()[there], of(row.by, column)[there]
        assert row.value == pytest.approx(score_by_hand(row.score, happened, said))
        assert row.cases == there.sum()
        assert row.better == ("lower" if row.score == "Brier" else "higher")
        luck = np.random.default_rng(1).integers(0, len(said), (400, len(said)))
        again = [score_by_hand(row.score, happened[pick], said[pick]) for pick in luck]
        low, high = np.nanpercentile(again, [5, 95])
        assert (row.low, row.high) == pytest.approx((low, high), abs=0.15 * (high - low))
        assert row.low < row.value < row.high
    assert score.groupby(["question", "score"]).ngroups == len(COLUMNS)


def test_who_knows_nothing_scores_as_such(predicted):
    score = predicted.tables["score"].set_index(["by", "score", "question"])
    force = "Force (rung 3 or more)"

    def knowing_nothing(table):
        """Each case foretold by the share of force in the cases of other wars."""
        truth = (table["level"] >= 3).astype(float)
        others = [truth[table["war"] != war].mean() for war in table["war"]]
        return float(((others - truth) ** 2).mean())

    assert score.loc[("mean of the others", "Brier", force), "value"] == pytest.approx(
        knowing_nothing(SHIPPED)
    )
    assert score.loc[("mean of the others", "AUC", force), "value"] == 0.5
    assert score.loc[("article", "Brier", force), "nothing"] == pytest.approx(
        knowing_nothing(SHIPPED[SHIPPED["id"] != "K1"])
    )
    alone = auc_by_hand(FORCE.to_numpy(), SHIPPED["project"].to_numpy())
    assert score.loc[("capability alone", "AUC", force), "value"] == pytest.approx(alone)


def test_the_table_of_scores_is_told_as_it_is(predicted):
    lines = predicted.text.splitlines()
    head = next(line for line in lines if "Force, AUC" in line)
    names = [head[30 + 26 * place : 56 + 26 * place].strip() for place in range(len(COLUMNS))]
    assert names == list(COLUMNS.values())
    score = predicted.tables["score"]
    for name, part in score.groupby("by", sort=False):
        line = next(line for line in lines[lines.index(head) :] if line.startswith(name))
        for place, (question, kind) in enumerate(COLUMNS):
            cell = line[30 + 26 * place : 56 + 26 * place].strip()
            row = part[(part["question"] == question) & (part["score"] == kind)]
            if cell in ("", "none"):
                assert row.empty or np.isnan(row["value"].item())
                continue
            value, low, high = (float(number) for number in re.findall(r"-?\d\.\d\d", cell))
            expected = row[["value", "low", "high"]].to_numpy()[0]
            assert (value, low, high) == pytest.approx(tuple(expected), abs=0.00501)


def test_each_case_is_told_with_its_own_predictions(predicted):
    *lines, _, last = predicted.text.splitlines()
    assert last == "Numbers: defaults."
    first = next(place for place, line in enumerate(lines) if line.startswith("article") and "force" in line)
    assert lines[first].split() == ["article", "force", "rung", "lost", "tie"]
    told = lines[first + 1 :]
    assert len(told) == len(SHIPPED)
    for place, line in enumerate(told):
        assert line[:36].strip() == SHIPPED["case"][place][:34].strip()
        numbers = [float(number) for number in line[36:].split()]
        columns = ("p_level3", "highest_rung", "loss_mean", "ally5_mean")
        expected = [of("article", column)[place] for column in columns]
        assert numbers == pytest.approx(expected, abs=0.00501)


def test_the_written_tables_keep_their_columns(predicted):
    every = predicted.tables["cases-by-theory"]
    columns = ["theory", "numbers", "id", "p_level3", "level_mean", "loss_mean", "ally5_mean"]
    assert list(every.columns) == columns
    assert set(every["numbers"]) == {"defaults", "prior", "estimated"}
    for theory, part in every[every["numbers"] == "defaults"].groupby("theory"):
        assert part["level_mean"].tolist() == of(theory, "highest_rung").tolist()
        assert part["p_level3"].tolist() == of(theory, "p_level3").tolist()
    assert predicted.tables["cases"]["level_mean"].tolist() == of("article", "highest_rung").tolist()


@thorough
@pytest.mark.parametrize(
    ("turned", "word"), [(False, "better than"), (True, "worse than"), (None, "no better than")]
)
def test_the_first_sentence_says_whether_the_rules_beat_chance(predicted, turned, word):
    happened = FORCE.to_numpy()
    said = (
        np.resize([0.2, 0.8, 0.5], len(FORCE))
        if turned is None
        else np.abs(float(turned) - 0.2 - 0.6 * happened)
    )
    made = PREDICTIONS[0][PREDICTIONS[0]["theory"].isin(["article", "base_rate"])].copy()
    made.loc[made["theory"] == "article", "p_level3"] = said
    score = cases.score_table(SHIPPED, made, seed=0)
    row = score[(score["by"] == "article") & (score["score"] == "AUC")].iloc[0]
    value = auc_by_hand(happened[1:], said[1:])  # all but K1
    assert SHIPPED["id"][0] == "K1"
    sentence = cases._verdict(len(SHIPPED), score)
    assert f"tell where force was used {word} chance" in sentence
    assert f"AUC {value:.2f} ({row['low']:.2f} to {row['high']:.2f})" in sentence
    assert f"base_rate {auc_by_hand(happened, of('base_rate', 'p_level3')):.2f}" in sentence
    assert (row["low"] > 0.5) == (turned is False) and (row["high"] < 0.5) == (turned is True)


def test_chances_are_read_off_the_end_of_each_world(monkeypatch):
    """Made-up worlds of two cases: rungs 0 to 4 in the first, and 3 in three of four worlds of the second."""
    rungs = {0: [0, 2, 3, 4], 1: [3, 3, 1, 3]}

    def made_up_worlds(cases, theory, seed, worlds, drawn):
        second = cases["id"].eq("B").to_numpy()
        ends = pd.DataFrame(
            {"level_max": rungs[0] + rungs[1], "share_lost": 0.4, "recognised_share_lost": 0.1,
             "gone": second & (worlds == 3), "status_end": np.where(worlds == 1, "left", "member"),
             "loyalty_end": 0.8}
        )  # fmt: skip
        return coded_cases.results(ends, cases["core"].to_numpy(float))

    monkeypatch.setattr(coded_cases, "play", made_up_worlds)
    two = pd.DataFrame([dict.fromkeys(CODES, 0.25)] * 2).assign(id=["A", "B"], case=["A", "B"])
    with Inline() as pool:
        found = coded_cases.predict(two, ("article",), 4, 0, pool).set_index("id")
    assert found["p_level3"].tolist() == [0.5, 0.75]
    assert found["highest_rung"].tolist() == [2.25, 2.5]
    lost = 0.75 * 0.4 + 0.25 * 0.1
    assert found["loss_mean"].tolist() == pytest.approx([lost, (3 * lost + 1) / 4])
    assert found["ally5_mean"].tolist() == pytest.approx([0.6, 0.4])
