"""Every number of the report and of the terminal, read back and held against the table that it comes from."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from agents.claims import all_claims
from experiments.cli import main
from experiments.report.answer_folder import tabled_in
from experiments.report.page import folders_in, page, sections_of
from experiments.report.run_folder import run_in
from experiments.report.section import as_text
from experiments.report.table import Cell, Table, in_terminal, number
from experiments.trial.claims import VERDICTS
from experiments.trial.study import Answer
from sim.measures import OUTCOMES
from sim.runs.manifest import read_manifest
from sim.runs.results import open_folder
from sim.scenarios.loading import load
from sim.scenarios.values import describe
from tests.experiments.conftest import WAR
from tests.experiments.report.reading import (
    MINUS,
    NOTHING,
    SPACE,
    PageTables,
    numbers_in,
    rows_of,
    says,
    word_of,
)
from tests.experiments.writing import written
from tests.thorough import mostly_thorough, thorough

QUICK = ("run", "sweep", "sensitivity", "claims", "gratitude")
KINDS = mostly_thorough((*QUICK, "calibration", "history"), *QUICK)
RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")
NUMBERS = [measure for measure in OUTCOMES if measure.unit != "name"]
NAMED = [measure for measure in OUTCOMES if measure.unit == "name"]


def html(folder):
    found = folders_in([folder])
    return page(sections_of(found, found, pytest.fail, check=False))


def sentence(text):
    """The answer of a page of one section."""
    return " ".join(re.search(r'<p class="answer">(.*?)</p>', text, re.S)[1].replace("&#39;", "'").split())


def date_in(text):
    return pd.Timestamp(text.replace("\xa0", " ")).date()


def quantiles(values):
    """Median, 5 % and 95 % of what is known, and the share that is."""
    known = values.dropna()
    if not len(known):
        return [None] * 3, 0.0
    dated = known.dtype.kind in "MO"
    plain = pd.to_datetime(known).astype("int64") if dated else known.astype(float)
    found = [np.quantile(plain, share, method="nearest") for share in (0.5, 0.05, 0.95)]
    if dated:
        found = [pd.Series([value]).astype(pd.to_datetime(known).dtype)[0].date() for value in found]
    return found, len(known) / len(values)


# What lays a table out


@pytest.fixture
def table():
    rows = [(f"row {place}", str(place**2 + 3), Cell(f"{place}.5", below=f"-{place} to +{2 * place}"))
            for place in range(30)]  # fmt: skip
    head = ("name", number("square", "m2"), number("half"))
    return Table.of("A title", head, rows, note="A note.", source="a.csv", most=20, left=7)


def test_a_terminal_shows_each_cell_in_its_row_and_says_what_is_left(table):
    title, head, units, *lines = in_terminal(table).splitlines()
    assert (title, head.split(), units.split()) == ("A title", ["square"], ["name", "m2", "half"])
    assert lines[-2:] == ["and 17 more in a.csv", "A note."]
    for place, (first, second) in enumerate(zip(lines[:-2:2], lines[1:-2:2], strict=True)):
        *cells, half = table.rows[place]
        assert first.split() == ["row", str(place), cells[1].text, half.text]
        assert second.strip() == half.below
    assert len(lines) == 2 * 20 + 2


def test_second_lines_and_wide_columns_are_for_the_page_where_a_table_says_so(table):
    name, square, half = table.columns
    columns = (name, square._replace(page_only=True), half)
    quiet = replace(table, small_print=False, columns=columns)
    told = in_terminal(quiet)
    assert "to +2" not in told and "square" not in told and "12.5" in told


@pytest.mark.parametrize("name", KINDS)
def test_page_and_terminal_show_the_cells_of_the_same_tables(made, name):
    found = folders_in([made / name])
    section = sections_of(found, found, pytest.fail)[0]
    shown = PageTables(page([section])).tables
    text = as_text(section)
    for table in (*section.first, *section.tables):
        head, *rows = shown[table.title]
        assert [one.text for one in head] == [column.label for column in table.columns]
        assert [one.below for one in head] == [column.unit for column in table.columns]
        for row, cells in zip(rows, table.rows, strict=True):
            for read, cell in zip(row, cells, strict=True):
                assert (word_of(read), read.code) == (cell.text, cell.code)
                assert read.below == cell.below
                assert read.look == ("" if cell.look == "code" else cell.look.replace(" ", "-"))
                assert ("✓" in read.text) == (cell.look == "in the band")
    for table in section.first:
        for cells in table.rows[: table.most]:
            kept = [cell for cell, column in zip(cells, table.columns, strict=True) if not column.page_only]
            assert all(cell.text.replace(SPACE, " ") in text for cell in kept)
    assert section.question in text and " ".join(section.answer.split()) in " ".join(text.split())


@pytest.mark.parametrize("name", ["run", "sweep", "gratitude"])
def test_the_command_prints_what_the_folder_says(made, name):
    folder = open_folder(made / name, kind="")
    text = as_text(tabled_in(folder) if name == "gratitude" else run_in(folder))
    assert made.printed(name).replace("No map is drawn", "").lstrip().startswith(text)


# A run and a sweep


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_outcomes_are_those_of_the_worlds(made, name):
    worlds = pd.read_parquet(made / name / "worlds.parquet")
    text = html(made / name)
    title = "Outcomes" if name == "run" else "Outcomes, all points together"
    main, others = rows_of(text, title), rows_of(text, "Other outcomes")
    rows = {row["outcome"].text: row for row in (*main, *others)}
    assert len(rows) == len(main) + len(others) == len(NUMBERS)
    for measure in NUMBERS:
        row, (found, known) = rows[measure.meaning], quantiles(worlds[measure.name])
        assert row["unit"].text == measure.unit
        assert says(row["defined in"].text, known)
        for head, value in zip(("median", "5 %", "95 %"), found, strict=True):
            if value is None:
                assert row[head].text == NOTHING
            elif measure.unit == "date":
                assert date_in(row[head].text) == value
            else:
                assert says(row[head].text, value), measure.name
    assert len({row["median"].text for row in rows.values()}) > 15


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_shares_of_names_are_those_of_the_worlds(made, name):
    worlds = pd.read_parquet(made / name / "worlds.parquet")
    rungs = worlds["level_max"].map(lambda rung: RUNGS[int(rung)])
    wanted = {"the patron's highest rung": rungs} | {one.meaning: worlds[one.name] for one in NAMED}
    rows = rows_of(html(made / name), "In how many worlds")
    assert list(dict.fromkeys(row["outcome"].text for row in rows)) == list(wanted)
    for meaning, column in wanted.items():
        shares = column.value_counts(normalize=True)
        mine = {row["is"].text: row["in"].text for row in rows if row["outcome"].text == meaning}
        assert set(mine) == set(shares.index)
        for word, share in shares.items():
            assert says(mine[word], share), (meaning, word)


def test_districts_fall_as_in_the_worlds(made):
    worlds = pd.read_parquet(made / "run" / "worlds.parquet")
    names = {f"fell_{region.id}": region.name for region in load(WAR).regions.region}
    columns = [column for column in worlds if column.startswith("fell_")]
    rows = {row["district"].text: row for row in rows_of(html(made / "run"), "Districts")}
    assert set(rows) == {names[column] for column in columns} and len(rows) == len(columns)
    for column in columns:
        row, dates = rows[names[column]], worlds[column]
        assert says(row["lost in"].text, dates.notna().mean())
        if dates.notna().any():
            wanted = [dates.dropna().quantile(share, interpolation="nearest") for share in (0.5, 0.05, 0.95)]
            told = [date_in(row[head].text) for head in ("median date", "5 %", "95 %")]
            assert told == [pd.Timestamp(one).date() for one in wanted], column
        else:
            assert [row[head].text for head in ("median date", "5 %", "95 %")] == ["never", NOTHING, NOTHING]


def test_the_sentence_of_a_run_says_its_numbers(made):
    worlds, told = pd.read_parquet(made / "run" / "worlds.parquet"), sentence(html(made / "run"))
    (middle, low, high), _ = quantiles(worlds["share_lost"])
    assert low < middle < high
    land, loyalty, ladder = re.fullmatch(
        r"In the median world (.*) of the contested land is lost, and loyalty goes from (.*)\. "
        r"The patron's highest rung: (.*) of worlds\.",
        told,
    ).groups()
    assert says(land, middle, low, high, 0.9)
    assert says(loyalty, worlds["loyalty_start"].median(), worlds["loyalty_end"].median())
    shares = worlds["level_max"].map(lambda rung: RUNGS[int(rung)]).value_counts(normalize=True)
    parts = ladder.split(", ")
    assert len(parts) == len(shares)
    for part in parts:
        name = next(name for name in RUNGS if part.startswith(name))
        assert says(part, shares[name])
    origin = re.search(r"<dt>worlds</dt><dd>(.*?)</dd>", html(made / "run"))[1]
    assert says(origin, len(worlds))


def test_a_point_of_a_sweep_has_its_own_numbers(made):
    worlds, text = pd.read_parquet(made / "sweep" / "worlds.parquet"), html(made / "sweep")
    meaning = {measure.name: measure.meaning for measure in OUTCOMES}
    rows = rows_of(text, "The design and what came of it")
    assert len(rows) == worlds["point"].nunique() == 4
    for point, part in worlds.groupby("point"):
        row = rows[point]
        assert says(row["client.outside_option"].text, part["client.outside_option"].iloc[0])
        assert row["theory"].text == part["theory"].iloc[0]
        for name in ("share_lost", "loyalty_end"):
            cell = row[meaning[name]]
            assert says(cell.text, part[name].median())
            assert says(cell.below, part[name].quantile(0.05), part[name].quantile(0.95))
    medians = worlds.groupby("point")["share_lost"].median()
    least, most = re.search(
        r"contested land lost in all from (.*?) to (.*?)(?:;|\.$)", sentence(text)
    ).groups()
    for told, point in ((least, medians.idxmin()), (most, medians.idxmax())):
        one, (value, at) = worlds[worlds["point"] == point].iloc[0], told.split(" at ")
        assert says(value, medians[point])
        assert at == f"client.outside_option = {one['client.outside_option']:.0f}, theory = {one['theory']}"
    factors = {row["factor"].text: row for row in rows_of(text, "What was varied")}
    usual = {info.path: info.default for info in describe(load(WAR))}
    assert says(factors["client.outside_option"]["range"].text, 0, 1)
    assert says(factors["client.outside_option"]["default"].text, usual["client.outside_option"])
    assert factors["theory"]["range"].text == "article, revised"


# Sensitivity and calibration


def test_indices_of_sensitivity_are_those_of_the_table(made):
    table = pd.read_csv(made / "sensitivity" / "sensitivity-share_lost.csv")
    text = html(made / "sensitivity")
    rows = rows_of(text, "What moves: contested land lost in all")
    assert len(rows) == len(table) and table["index"].nunique() > 3
    heads = {"mean": "mean effect, with its sign", "spread": "spread of effects (sigma)",
             "from_half_the_points": "index from half the points",
             "from_half_the_worlds": "index from half the worlds"}  # fmt: skip
    for row, wanted in zip(rows, table.to_dict("records"), strict=True):
        assert row["parameter"].text == wanted["parameter"]
        assert says(row["index"].text, wanted["index"])
        assert says(row["95 % interval"].text, wanted["low"], wanted["high"])
        others = set(table) - {"parameter", "index", "low", "high"}
        assert len(row) == 3 + len(others)
        for name in others:
            assert says(row[heads.get(name, name.replace("_", " "))].text, wanted[name]), name
        line = next(
            line for line in made.printed("sensitivity").splitlines() if line.startswith(wanted["parameter"])
        )
        assert numbers_in(line)[:3] == numbers_in(f"{row['index'].text} {row['95 % interval'].text}")
    told = sentence(text)
    for wanted in table.head(3).to_dict("records"):
        part = re.search(rf"{re.escape(wanted['parameter'])} \((.*?)\)", told)[1]
        assert says(part, wanted["index"], wanted["low"], wanted["high"])
    width = max((table["high"] - table["index"]).max(), (table["index"] - table["low"]).max())
    share = re.search(r"widest interval is ±([\d.]+) of the largest", told)[1]
    assert says(share, width / table["index"].max())
    assert ("Not converged" in told) == ("Not converged" in made.printed("sensitivity"))


@thorough
def test_a_calibration_says_what_its_tables_say(made):
    place = made / "calibration"
    table, check = pd.read_csv(place / "parameters.csv"), pd.read_csv(place / "check.csv")
    kept, text = pd.read_csv(place / "posterior.csv"), html(place)
    usual = {info.path: info.default for info in describe(load(WAR))}
    rows = rows_of(text, "Parameters")
    for row, wanted in zip(rows, table.to_dict("records"), strict=True):
        assert row["parameter"].text == wanted["parameter"]
        assert says(row["prior"].text, wanted["low"], wanted["high"])
        assert says(row["default"].text, usual[wanted["parameter"]])
        assert says(row["posterior"].text, wanted["posterior_median"])
        assert says(row["posterior"].below, wanted["posterior_low"], wanted["posterior_high"])
        assert says(row["width"].text, wanted["width"])
        assert says(row["found again"].text, wanted["found_again"])
        line = next(
            line for line in made.printed("calibration").splitlines() if line.startswith(wanted["parameter"])
        )
        assert says(line.removeprefix(wanted["parameter"]), wanted["low"], wanted["high"],
                    usual[wanted["parameter"]], wanted["posterior_median"], wanted["width"],
                    wanted["found_again"])  # fmt: skip
    rows = {row["pattern"].text: row for row in rows_of(text, "Patterns")}
    assert len(rows) == check["pattern"].nunique()
    for wanted in check.to_dict("records"):
        row = rows[f"{wanted['pattern']} {wanted['name']}"]
        cell = row[f"from the {wanted['drawn_from']}"]
        assert says(row["band"].text, wanted["low"], wanted["high"]) and row["band"].below == wanted["unit"]
        assert says(row["record"].text, wanted["observed"])
        assert says(cell.text, wanted["value"]) and says(cell.below, wanted["in_band"])
        assert (cell.look == "in-the-band") == wanted["holds"]
    narrow, told = table[table["width"] < 0.8], sentence(text)
    assert f"{len(kept)} of 100 draws" in told and f"narrow {len(narrow)} of {len(table)}" in told
    assert f"({', '.join(narrow.sort_values('width')['parameter']) or 'none'})" in told
    rows = rows_of(text, "The posterior: a design table that sweep --design takes")
    for row, wanted in zip(rows, kept.to_dict("records"), strict=True):
        assert [says(row[name].text, value) for name, value in wanted.items()]
    assert " ".join(told.split()) in " ".join(made.printed("calibration").split())


# Experiments, the scoreboard, and the record


def spoilt(made, tmp_path, name, **tables):
    """A copy of an answer with other tables."""
    folder = shutil.copytree(made / name, tmp_path / name)
    for table, frame in tables.items():
        frame.to_csv(folder / f"{table}.csv", index=False)
    return folder


def effects(table):
    """Effects of which no two numbers are alike, one of them undefined."""
    rows = pd.concat([table.iloc[:1]] * 4, ignore_index=True)
    return rows.assign(
        claim=["C3", "C4", "C30", "own"],
        words=["first", "second", "third", "fourth"],
        unit=["share", "rung", "km2", "days"],
        effect=[0.25, -0.0731, 1234.5, np.nan],
        low=[0.11, -0.2, 801.0, np.nan],
        high=[0.37, 0.042, 2345.0, np.nan],
        least=[0.02, 0.05, 0.0, 2.0],
        near=[False, True, False, False],
        worlds=[10, 9, 1007, 0],
        verdict=["holds", "negligible", "fails", "undecided"],
        remark=["", "the interval includes zero", "", "defined in 0 of 10 worlds only"],
        settings=["+1 x (war) | -1 x (war; theory revised)", "+0.5 x (long)", "-2 x (crisis)", "+1 x (war)"],
    )


def test_effects_are_those_of_the_table(made, tmp_path):
    table = effects(pd.read_csv(made / "gratitude" / "effects.csv"))
    folder = spoilt(made, tmp_path, "gratitude", effects=table)
    rows = rows_of(html(folder), "What was expected, and what was found")
    text = as_text(tabled_in(open_folder(folder, "experiment", check=False)))
    for row, wanted in zip(rows, table.to_dict("records"), strict=True):
        assert (row["claim"].text, row["what was expected"].text) == (wanted["claim"], wanted["words"])
        assert says(row["worlds"].text, wanted["worlds"])
        assert (word_of(row["verdict"]), row["verdict"].below) == (
            wanted["verdict"],
            wanted["remark"],
        )
        assert row["verdict"].look == wanted["verdict"]
        least = row["smallest that matters"].text
        assert says(least, wanted["least"]) and ("tolerated" in least) == wanted["near"]
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(f"{wanted['claim']} ") and wanted["words"] in line
        )
        assert wanted["verdict"] in line
        if not pd.isna(wanted["effect"]):
            assert says(row["effect"].text.replace("km2", "km"), wanted["effect"])
            assert row["effect"].text.endswith(f" {wanted['unit']}")
            assert row["effect"].text.startswith("+" if wanted["effect"] > 0 else MINUS)
            assert says(row["effect"].below, wanted["low"], wanted["high"])
            assert row["effect"].text in line
        else:
            assert (row["effect"].text, row["effect"].below) == ("not defined", "")
    told = [(row["claim"].text, row["weight"].text, row["setting"].text)
            for row in rows_of(html(folder), "The settings that are compared")]  # fmt: skip
    assert told == [("C3", "+1", "war"), ("C3", f"{MINUS}1", "war; theory revised"), ("C4", "+0.5", "long"),
                    ("C30", f"{MINUS}2", "crisis"), ("own", "+1", "war")]  # fmt: skip


def test_claims_of_an_experiment_have_their_own_verdict_and_record(made, tmp_path):
    folder = shutil.copytree(made / "gratitude", tmp_path / "gratitude")
    manifest = read_manifest(folder)
    verdicts = {"C3": "holds", "C2": "fails", "C30": "negligible", "C4": "holds"}
    facts = manifest.facts | {"verdicts": verdicts, "claims": [*verdicts, "C1"]}
    replace(manifest, facts=facts).write(folder)
    known, text = {claim.id: claim for claim in all_claims()}, html(folder)
    rows = rows_of(text, "The claims")
    assert [row["claim"].text for row in rows] == [*verdicts, "C1"]
    for row in rows:
        claim = known[row["claim"].text]
        assert row["what the article says"].text == claim.text
        assert word_of(row["in the model"]) == verdicts.get(claim.id, NOTHING)
        assert word_of(row["in the record"]) == claim.history
        assert row["in the record"].below == claim.history_note
    told = sentence(text)
    assert told.startswith("In the model C3 and C4 hold; C2 fails; C30 is negligible.")
    for word in ("borne out", "mixed", "contradicted"):
        names = [name for name in verdicts if known[name].history == word]
        assert not names or f"{word} {' and '.join(names)}" in told


def board(table):
    """A scoreboard in which no two rows or numbers are alike."""
    rows = pd.concat([table.iloc[:1]] * 7, ignore_index=True)
    return rows.assign(
        claim=["C1", "C2", "C3", "C4", "C5", "C6", "C7"],
        kind=["prediction", "rule", "rule", "prediction", "rule", "rule", "rule"],
        sign=["emergent", "emergent", "built in", "emergent", "built in", "built in", "built in"],
        sign_reason=["no rule", "two rules", "one rule", "none", "a number", "all of it", "the law"],
        text=[
            "one is so",
            "two is so",
            "three is so",
            "four is so",
            "five is so",
            "six is so",
            "seven is so",
        ],
        short=["test one", "test two", "test three", "test four", "test five", "test six", "test seven"],
        experiment=["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"],
        effect=[0.51, -0.072, 0.0033, -0.29, np.nan, 0.0, 0.62],
        low=[0.42, -0.11, -0.0012, -0.38, np.nan, 0.0, 0.61],
        high=[0.63, -0.041, 0.0079, -0.17, np.nan, 0.0, 0.64],
        verdict=["holds", "fails", "negligible", "fails", "undecided", "cannot fail", "holds"],
        history=["borne out", "borne out", "mixed", "contradicted", "not tested", "borne out", "mixed"],
        remark=["", "", "too small to matter", "", "defined in 1 of 10 worlds only", "by a constant", ""],
        difference=["", "The model says something else.", "It does not matter.", "", "", "No test.", ""],
        draws_holds=[0.92, 0.07, 0.36, np.nan, 0.21, 1.0, 0.81],
        draws_fails=[0.04, 0.66, 0.31, np.nan, 0.58, 0.0, 0.09],
        near_holds=[0.88, 0.02, 0.41, np.nan, 0.3, 1.0, 0.77],
        near_fails=[0.05, 0.71, 0.36, np.nan, 0.6, 0.0, 0.12],
        far_holds=[0.64, 0.13, 0.27, np.nan, 0.1, 0.99, 0.44],
        far_fails=[0.17, 0.55, 0.48, np.nan, 0.9, 0.01, 0.33],
    )


def test_a_scoreboard_has_the_numbers_of_its_table(made, tmp_path):
    table = board(pd.read_csv(made / "claims" / "scoreboard.csv"))
    folder = spoilt(made, tmp_path, "claims", scoreboard=table)
    text, printed = html(folder), as_text(tabled_in(open_folder(folder, "scoreboard", check=False)))
    for row, wanted in zip(rows_of(text, "The scoreboard"), table.to_dict("records"), strict=True):
        assert (row["claim"].text, row["kind"].text) == (wanted["claim"], wanted["kind"])
        assert row["what the article says"].text == wanted["text"]
        assert row["what the article says"].code == wanted["rules"]
        assert wanted["short"] in row["tested by"].text and wanted["experiment"] in row["tested by"].below
        assert (row["sign of the test"].text, row["sign of the test"].below) == (
            wanted["sign"],
            wanted["sign_reason"],
        )
        assert word_of(row["in the model"]) == wanted["verdict"]
        assert row["in the model"].look == wanted["verdict"].replace(" ", "-")
        assert row["in the model"].below == wanted["remark"]
        assert word_of(row["in the record"]) == wanted["history"]
        assert row["in the record"].below == wanted["difference"]
        line = next(
            one for one in printed.splitlines() if re.match(rf"{wanted['claim']}\s+{wanted['kind']}", one)
        )
        assert all(
            word in line for word in (wanted["short"], wanted["sign"], wanted["verdict"], wanted["history"])
        )
        if not pd.isna(wanted["effect"]):
            assert says(row["effect"].text, wanted["effect"]) and row["effect"].text in line
            assert says(row["effect"].below, wanted["low"], wanted["high"])
        for span in ("draws", "near", "far"):
            holds, fails = wanted[f"{span}_holds"], wanted[f"{span}_fails"]
            assert says(row[span].text, holds) and says(row[span].below, fails)
    counts = {word_of(row["model → record"]): row for row in rows_of(text, "Model and record")}
    assert list(counts) == ["holds, emergent", "holds, built in", *VERDICTS[1:]]
    for words, row in counts.items():
        verdict, _, sign = words.partition(", ")
        mine = table[(table["verdict"] == verdict) & (not sign or table["sign"] == sign)]
        for word in ("borne out", "mixed", "contradicted", "not tested"):
            assert row[word].text == str((mine["history"] == word).sum())
        assert row["together"].text == str(len(mine))
    rows = rows_of(text, "Where model and record contradict each other")
    assert [(row["claim"].text, row["in what"].text) for row in rows] == [
        ("C2", "The model says something else.")
    ]


def test_the_scoreboard_counts_its_verdicts(made):
    verdicts = read_manifest(made / "claims").facts["verdicts"]
    signs = {claim.id: claim.sign for claim in all_claims()}
    told, found = sentence(html(made / "claims")), list(verdicts.values())
    holding = [signs[claim] for claim, verdict in verdicts.items() if verdict == "holds"]
    wanted = [len(holding), holding.count("emergent"), holding.count("built in")]
    wanted += [found.count(verdict) for verdict in VERDICTS[1:] if verdict in found]
    assert says(told, len(verdicts), *wanted)


@thorough
def test_patterns_of_the_record_are_those_of_the_table(made):
    table = pd.read_csv(made / "history" / "patterns.csv").drop_duplicates(["pattern", "theory"])
    rows = {row["pattern"].text: row for row in rows_of(html(made / "history"),
            "Patterns of the record, theory by theory")}  # fmt: skip
    assert len(rows) == table["pattern"].nunique() and table["value"].nunique() > 20
    for wanted in table.to_dict("records"):
        row, cell = rows[wanted["pattern"]], rows[wanted["pattern"]][wanted["theory"].replace("_", " ")]
        assert row["what is looked at"].text == wanted["name"]
        assert row["what is looked at"].below == wanted["scenario"]
        assert row["pattern"].below == ("may be fitted" if wanted["fitted"] else "never fitted")
        assert says(row["band"].text, wanted["low"], wanted["high"]) and row["band"].below == wanted["unit"]
        assert says(cell.text, wanted["value"]) and says(cell.below, wanted["in_band"])
        assert (cell.look == "in-the-band") == bool(wanted["holds"])


@pytest.mark.parametrize(
    "name",
    mostly_thorough(["history", "cases", "discovery", "stability"], "stability"),
)
def test_other_tables_of_a_study_are_told_number_by_number(made, name):
    tables = PageTables(html(made / name)).tables
    for file in sorted((made / name).glob("*.csv")):
        if file.stem == "patterns":
            continue
        frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
        _, *rows = tables[file.stem.replace("-", " ").replace("_", " ").capitalize()]
        assert len(rows) == min(len(frame), 200)
        for row, wanted in zip(rows, frame.itertuples(index=False), strict=False):
            assert len(row) == len(wanted)
            for cell, value in zip(row, wanted, strict=True):
                if isinstance(value, bool | np.bool_):
                    assert cell.text == ("yes" if value else "no")
                elif isinstance(value, str):
                    assert cell.text == " ".join(value.split(" ")).strip()
                elif pd.isna(value):
                    assert cell.text == NOTHING
                else:
                    assert says(cell.text, value), file


def test_a_table_of_any_study_keeps_rows_and_columns_apart(tmp_path):
    frame = pd.DataFrame(
        {"year": [1994, 2020], "chance": [0.125, -0.375], "yes": [True, False], "b": [1e6, 2e-5]}
    )
    facts = {"name": "own", "question": "What?", "seed": 0}
    written(Answer("So.", (), {"table": frame}, {}, facts), tmp_path / "own")
    rows = [[cell.text for cell in row.values()] for row in rows_of(html(tmp_path / "own"), "Table")]
    assert rows == [["1994", "0.125", "yes", "1,000,000"], ["2020", f"{MINUS}0.375", "no", f"2e{MINUS}05"]]


# Lists on the terminal


def spoken(capsys, *arguments):
    main([*map(str, arguments)])
    return capsys.readouterr().out


def test_describe_lists_parameters_and_outcomes_with_their_own_numbers(capsys):
    out = spoken(capsys, "describe", WAR)
    for info in describe(load(WAR)):
        line = next(one for one in out.splitlines() if one.startswith(f"{info.path} "))
        told = line.removeprefix(info.path).split(info.unit)[0] if info.unit else line
        assert numbers_in(told)[:3] == pytest.approx([info.default, info.low, info.high])
        assert line.endswith(info.meaning) and info.unit in line
    for measure in OUTCOMES:
        assert re.search(
            rf"(?m)^{measure.name} +{re.escape(measure.unit)} +{re.escape(measure.meaning)}$", out
        )


def test_describe_tells_of_one_parameter_and_of_one_outcome(capsys):
    info = next(one for one in describe(load(WAR)) if one.path == "client.outside_option")
    out = dict(
        re.split(r"\s+", line, maxsplit=1) for line in spoken(capsys, "describe", WAR, info.path).splitlines()
    )
    assert (float(out["default"]), float(out["low"]), float(out["high"])) == (
        info.default,
        info.low,
        info.high,
    )
    told = spoken(capsys, "describe", WAR, "loyalty_end")
    assert told.split() == [
        "outcome",
        "loyalty_end",
        "unit",
        "share",
        "meaning",
        *["loyalty", "at", "the", "end"],
    ]


def test_a_replay_says_the_numbers_of_its_world(made, capsys):
    told = spoken(capsys, "replay", made / "run", "--world", 3)
    facts = [
        json.loads(line)
        for line in spoken(capsys, "replay", made / "run", "--world", 3, "--json").splitlines()
    ]
    lines = [line for line in told.splitlines() if not line.startswith(" ")]
    assert len(lines) == len(facts) > 4
    reasons = iter(line for line in told.splitlines() if line.startswith(" "))
    for line, fact in zip(lines, facts, strict=True):
        assert line.startswith(fact["date"]) and all(one in line for one in fact["news"])
        assert says(re.search(r"\((\S+|\S+\s%) held\)$", line)[1], fact["held_contested"])
        if fact.get("reasons"):
            why = next(reasons).strip()
            assert why.startswith(f"why rung {fact['rung_of_reasons']}: ")
            parts = dict(part.split(" ") for part in why.split(": ")[1].split(", "))
            assert list(parts) == list(fact["reasons"])
            for name, value in fact["reasons"].items():
                assert abs(float(parts[name]) - value) <= 0.0051
    worlds = pd.read_parquet(made / "run" / "worlds.parquet")
    assert facts[-1]["held_contested"] == pytest.approx(
        1 - worlds.query("world == 3")["share_lost"].iloc[0], abs=1e-6
    )
