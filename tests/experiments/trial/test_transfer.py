"""Experiments asked of a scenario of the user's: as far as it has what they need; the rest is named first."""

from dataclasses import replace

import pytest

from experiments.cli import USER_ERROR, main
from experiments.commands.registry import all_experiments, study
from experiments.trial.answer import run_experiment
from experiments.trial.experiment import higher
from experiments.trial.scoreboard import asked_of_scenario
from experiments.trial.study import StudyOptions
from experiments.trial.transfer import transferred
from experiments.trial.variants import LONG, VARIANTS, WAR, lacks_for_variant, scenario_of_variant
from sim.errors import UserError
from sim.scenarios.loading import load
from tests.sim.scenarios.written import parsed, shipped, write

QUESTION = """
from experiments.trial.experiment import Experiment, Setting, higher
usual = Setting({file!r})
EXPERIMENT = Experiment("mine", "Is it so?", "", (
    higher("own", "it is so", {outcome!r}, usual, usual.less("C3"), 0.05),))
"""


@pytest.fixture
def own(tmp_path):
    """The short scenario with the smallest cast."""
    tree = parsed(shipped()["karabakh-2020"])
    for part in ("backer", "mediators", "outsiders", "observers"):
        tree["cast"].pop(part)
    for part in ("outsiders", "observers"):
        tree["parameters"].pop(part)
    tree = {name: value for name, value in tree.items() if name not in ("event", "series")}
    return str(write(tmp_path, scenario=tree | {"name": "mine"}))


def experiment(name):
    return next(one for one in all_experiments() if one.name == name)


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert left.value.code == USER_ERROR
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one != LONG])
def test_every_variant_of_another_war_is_that_war(own, variant):
    usual, other = scenario_of_variant(variant), scenario_of_variant(variant, own)
    assert other.name == "mine" and other.empty_seats
    assert (other.start, other.end, other.step_days) == (usual.start, usual.end, usual.step_days)


def test_what_it_has_is_asked_and_what_it_lacks_is_named(own):
    found = transferred(experiment("territorial-shifts"), own)
    claims = {one.claim for one in found.experiment.expectations}
    assert claims == {"C1", "C25", "C26", "C55"}
    assert "C52" in found.lacking["no backer"]
    assert "C52" in found.lacking["nothing to compare: backer.help is so already"]
    assert [form.name for form in found.experiment.figures] == ["course", "window"]
    settings = [setting for one in found.experiment.expectations for setting in one.settings()]
    assert all(setting.base == own and setting.words.startswith("own, its ") for setting in settings)


def test_nothing_is_lacking_in_the_usual_scenario():
    for one in all_experiments():
        if not any(setting.variant == LONG for part in one.expectations for setting in part.settings()):
            assert not transferred(one, "karabakh-2020").lacking, one.name


def test_a_question_of_which_nothing_can_be_asked_is_refused_before_anything_is_run(own, capsys, tmp_path):
    line = refused(capsys, "experiment", "words-or-help", "--scenario", own, "--out", str(tmp_path / "out"))
    assert "words-or-help cannot be asked of" in line and "no outside powers" in line
    assert not (tmp_path / "out").exists()


def test_a_misspelt_number_of_somebody_absent_is_named():
    only = experiment("gratitude")
    wrong = next(iter(only.expectations[0].settings())).but({"mediators.frustation": 0.5})
    asked = replace(only, expectations=(higher("C3", "x", "loyalty_end", wrong, wrong.less("C3"), 0.02),))
    assert "no number mediators.frustation" in transferred(asked, "south-ossetia-2008").lacking


def test_a_war_is_lacking_in_peace():
    calm = load("karabakh-1994-2025")
    assert "opens_with_offensive = true" in lacks_for_variant(WAR, calm) and not lacks_for_variant(LONG, calm)
    with pytest.raises(UserError, match="there is no attack on its first day"):
        scenario_of_variant(WAR, "karabakh-1994-2025")


def test_the_answer_says_whose_it_is_and_what_was_not_asked(own):
    only = replace(experiment("gratitude"), figures=())
    answer = run_experiment(only, StudyOptions(worlds=3, workers=1, scenario=own))
    assert answer.facts["scenario"] == "mine" and answer.facts["lacking"] == []
    assert "numbers are still those of Karabakh 2020" in answer.facts["inherited"]
    assert answer.tables["effects"]["settings"].str.contains("own, its war").all()


def test_claims_are_asked_as_far_as_they_can_be(own):
    asked, lacking = asked_of_scenario(all_experiments(), StudyOptions(scenario=own))
    claims = {part.claim for one in asked for part in one.expectations}
    assert "C3" in claims and not claims & {"C11", "C52", "C53", "C47"}
    assert any(line.startswith("no mediators (C11") for line in lacking)


def test_studies_of_other_data_have_no_use_for_a_scenario(own, capsys):
    assert "cases has no use for it" in refused(capsys, "experiment", "cases", "--scenario", own)


def question(folder, text):
    path = folder / "question.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_question_of_ones_own_may_name_a_file(own, tmp_path):
    one = study(question(tmp_path, QUESTION.format(file=own, outcome="share_lost")))
    answer = one.ask(StudyOptions(worlds=3, workers=1))
    assert answer.facts["scenario"] == "mine" and answer.facts["verdicts"].keys() == {"own"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (QUESTION.format(file="karabakh-2020", outcome="share_lots"), r"question.py, line 5: KeyError"),
        ("EXPERIMENT = (", r"question.py, line 1: SyntaxError"),
        ("x = 1", r"holds no EXPERIMENT"),
        (QUESTION.format(file="a", outcome="core_lost").replace('"mine"', '"../x"'), r"letters a-z, digits"),
        (
            QUESTION.format(file="a", outcome="core_lost").replace('"mine"', '"treaty"'),
            r"of a question of ours",
        ),
    ],
)
def test_a_bad_question_is_refused(tmp_path, text, line):
    with pytest.raises(UserError, match=line):
        study(question(tmp_path, text))


def test_a_scenario_that_is_not_there_is_told_before_anything_is_run(tmp_path, capsys):
    path = question(tmp_path, QUESTION.format(file="gone.toml", outcome="share_lost"))
    assert "there is no scenario file of that name" in refused(capsys, "experiment", path)
