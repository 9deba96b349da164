"""The command estimate: bad input is one line, and what it writes is taken where numbers are."""

import tomllib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.commands.estimate import _about, _add
from experiments.explore.estimation import Prior
from experiments.figures.estimation import draw_motives
from experiments.history.coded_cases import given_cases
from experiments.report.estimation import _of_record, as_written
from experiments.shares import in_percent
from sim.errors import UserError
from sim.runs.numbers import PriorRange
from sim.runs.posterior import read_posterior
from sim.scenarios.loading import load
from sim.scenarios.values import describe


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--draws", "100"], "--draws 100: fewer than the effective sample asked for (--effective 500)"),
        (["--draws", "3"], "--draws 3: a whole number from 50 to 1,000,000 is needed"),
        (["--theory", "articel"], "--theory articel: unknown; did you mean 'article'?"),
        (["--cases", "none.csv"], "none.csv: there is no file of that name"),
        (["--workers", "-1"], "--workers -1: a whole number from 1 to 4,096 is needed"),
        (["--workers", str(2**64)], f"--workers {2**64}: a whole number from 1 to 4,096 is needed"),
        (["--executor", "x"], "--executor x: unknown; allowed: dask, inline, processes"),
    ],
)
def test_bad_input_is_one_line(tmp_path, capsys, arguments, told):
    with pytest.raises(SystemExit) as exit:
        main(["estimate", "--out", str(tmp_path / "out"), *arguments])
    assert exit.value.code == 2
    assert capsys.readouterr().err == f"captive-ally: {told}\n"
    assert not (tmp_path / "out").exists()


FOREIGN = {
    "beside": ("out/mine.txt", "--out out: the folder holds other files (mine.txt); give a new or empty one"),
    "as an answer": ("out/article/mine.txt", "the folder holds other files; give a new or empty one"),
    "as generations": ("out/generations/article/mine.txt", "holds no generations of an estimate"),
}


@pytest.mark.parametrize(("name", "told"), FOREIGN.values(), ids=FOREIGN)
def test_nothing_is_removed_that_is_not_its_own(tmp_path, monkeypatch, capsys, name, told):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("kept")
    with pytest.raises(SystemExit) as exit:
        main(["estimate", "--theory", "article", "--out", "out", "--fresh", "--quiet"])
    assert exit.value.code == 2 and told in capsys.readouterr().err
    assert path.read_text() == "kept"
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


def test_nothing_is_removed_or_written_through_a_link(tmp_path, capsys):
    (tmp_path / "other/article").mkdir(parents=True)
    (tmp_path / "other/article/question.json").write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/generations").symlink_to(tmp_path / "other")
    with pytest.raises(SystemExit):
        main(["estimate", "--theory", "article", "--out", str(tmp_path / "out"), "--fresh"])
    assert "holds other files (generations)" in capsys.readouterr().err
    assert (tmp_path / "other/article/question.json").read_text() == "kept"


def test_the_folder_that_one_is_in_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["estimate", "--theory", "article", "--out", "."])
    assert "--out .: is the folder that you are in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda cases: cases.drop(columns="level"), "no case has a level: an estimate needs what happened"),
        (lambda cases: cases.assign(level=np.nan), "no case has a level: an estimate needs what happened"),
        (lambda cases: cases.assign(level=4.0), "force was used in all of them: nothing can be learned"),
    ],
)
def test_a_table_without_outcomes_is_refused(tmp_path, capsys, change, told):
    path = tmp_path / "mine.csv"
    change(given_cases()).to_csv(path, index=False)
    with pytest.raises(SystemExit):
        main(["estimate", "--out", str(tmp_path / "out"), "--cases", str(path)])
    assert capsys.readouterr().err == f"captive-ally: --cases {path}: {told}\n"


def test_what_is_written_is_taken_as_numbers_and_of_its_theory_only(tmp_path):
    prior = Prior(
        {"patron.cost_weight": PriorRange(0.0, 3.0), "patron.precision": PriorRange(0.1, 50.0, "log")}
    )
    draws = prior.values(np.random.default_rng(0).standard_normal((60, 2)) * 5.0)  # to the ends of the ranges
    path = tmp_path / "article.csv"
    as_written(draws).to_csv(path, index=False)
    one = SimpleNamespace(theory="article", seed=0, facts={"cases": "abc"})
    posterior = SimpleNamespace(prior=prior, sample=SimpleNamespace(places=np.zeros((60, 2)), effective=51.2),
                                places=np.zeros((90, 2)))  # fmt: skip
    about = _about(one, posterior)
    _add(tmp_path / "about.toml", "article", about)
    _add(tmp_path / "about.toml", "revised", about | {"theory": "revised"})
    held = tomllib.loads((tmp_path / "about.toml").read_text(encoding="utf-8"))
    assert held == {"article": about, "revised": about | {"theory": "revised"}}
    known = {info.path: info for info in describe(load("crisis"))}
    found = read_posterior(path, "article", known)
    assert (found.draws, found.parameters) == (60, tuple(prior.paths))
    with pytest.raises(UserError, match="is a posterior of 'article', not of 'revised'"):
        read_posterior(path, "revised", known)


def test_how_well_the_record_is_met_is_said_and_what_is_not_asked():
    met = {"T1": np.array([True] * 3 + [False]), "T5": np.zeros(4, dtype=bool)}
    (told,) = _of_record(SimpleNamespace(met=met, not_asked=("T5", "T8")))
    assert f"T1 {in_percent(0.75)}, T5 {in_percent(0.0)}." in told
    assert told.endswith("the theory does not come to it beside the others: T5, T8.")
    (told,) = _of_record(SimpleNamespace(met=met, not_asked=()))
    assert "Not asked" not in told
    assert _of_record(SimpleNamespace(met={}, not_asked=())) == []


def test_the_figure_shows_each_motive_where_it_lies():
    rows = pd.DataFrame(
        {"claim": ["C3", "C20"], "motive": ["gratitude", "a treaty"],
         "prior_low": [0.2, 0.1], "prior_median": [2.0, 1.0], "prior_high": [3.8, 1.9],
         "posterior_low": [1.0, 0.2], "posterior_median": [3.0, 0.5], "posterior_high": [3.6, 1.0],
         "verdict": ["supported", "open"]}
    )  # fmt: skip
    axes = draw_motives(rows, ["seed 0"]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["C3 gratitude", "C20 a treaty"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(1.5, 0), (0.5, 1)]
    spans = [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 1.8]
    assert spans == [(0.5, 1.8), (0.2, 1.0)]
    assert axes.get_xscale() == "log"
