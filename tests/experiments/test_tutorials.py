"""The glossary and how to read each figure: one text, on the page, in the report and on the command line."""

import pytest

from agents.claims import all_claims
from experiments.cli import DRAWN_BY, cli, main
from experiments.page.terms import FIGURES_OF_PAGE
from experiments.report.drawings import drawing_of
from experiments.trial.experiment import FigureForm
from experiments.tutorials.texts import glossary, how_to_read, readings
from tests.test_project import PROJECT, text_of

pytestmark = pytest.mark.quick


def test_all_words_and_paragraphs_are_read():
    text = text_of("experiments/tutorials/glossary.md")
    assert len(glossary()) == text.count("\n| ") - 1 and all(glossary().values())
    text = text_of("experiments/tutorials/figures.md")
    assert len(set(readings().values())) == text.count("\n**")
    assert "*" not in "".join(readings().values()) and "`" not in "".join(readings().values())


def test_a_figure_is_known_by_how_its_name_begins():
    assert how_to_read("map") and how_to_read("sweep-loyalty_end") == how_to_read("sweep")
    assert how_to_read("mapped") == how_to_read("") == how_to_read("page") == ""


def test_every_form_of_an_experiment_is_explained():
    for form in FigureForm.__args__:
        assert how_to_read(form.__name__.lower()), form


def test_texts_travel_with_the_package():
    tools = PROJECT["tool"]["setuptools"]
    assert "experiments.tutorials" in tools["packages"]
    assert tools["package-data"]["experiments.tutorials"] == ["*.md", "*.ipynb"]


def test_help_says_where_to_read_how_figures_are_read(capsys):
    assert set(DRAWN_BY) <= set(cli.commands)
    for name, figures in DRAWN_BY.items():
        assert all(how_to_read(figure) for figure in figures.split())
        main([name, "--help"])
        told = " ".join(capsys.readouterr().out.split())
        assert f"captive-ally explain {figures}".strip() in told, name


def test_words_and_figures_are_explained(capsys):
    main(["explain", "core", "ladder"])
    told = " ".join(capsys.readouterr().out.split())
    assert glossary()["outer, core"] in told and readings()["ladder"] in told
    main(["explain"])
    told = " ".join(capsys.readouterr().out.split())
    assert all(text in told for text in (*glossary().values(), *readings().values()))
    with pytest.raises(SystemExit) as left:
        main(["explain", "rong"])
    assert left.value.code == 2 and "did you mean 'rung'?" in capsys.readouterr().err


def test_claims_outcomes_and_reasons_are_explained(capsys):
    main(["explain", "C37", "loyalty_end", "entrapment", "C5"])
    told = " ".join(capsys.readouterr().out.split())
    known = {claim.id: claim for claim in all_claims()}
    assert known["C37"].text in told and "agents.patron.existential_red_line" in told
    assert f"In the record: {known['C37'].history}" in told and "A prediction" in told
    assert "loyalty at the end (share)" in told
    assert "entrapment avoided, a restraint: it holds the patron back. Claim C19." in told
    with pytest.raises(SystemExit):
        main(["explain", "C56"])
    assert "did you mean 'C6'?" in capsys.readouterr().err


def test_figures_of_the_browser_page_are_explained():
    assert DRAWN_BY["view"].split() == list(FIGURES_OF_PAGE) and all(map(how_to_read, FIGURES_OF_PAGE))


def test_figures_of_a_report_tell_how_to_read_them(tmp_path):
    path = tmp_path / "box-2020.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>')
    assert drawing_of(path, "", "").reading == readings()["box"]
    assert drawing_of(path, "", "", "patterns").reading == readings()["patterns"]
