"""The commands that put questions to the model: experiment, claims."""

import json
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.commands.options import numbers_of, options, scenario_in_place
from sim.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from experiments.trial.study import Answer, StudyOptions
    from sim.runs.manifest import Manifest

ASKING = options(
    click.option("--seed", default=0, show_default=True, help="The random seed."),
    click.option("--workers", type=int, help="Processes to use [default: all cores]."),
    click.option("--json", "as_json", is_flag=True, help="Print as JSON."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)
MOST_WORLDS_HELD = 1_000_000  # for each setting: all are held in memory


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="List the experiments and their questions.")
@click.option("--worlds", type=int, help="Worlds per setting [default: the experiment's own].")
@scenario_in_place("the question needs")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Record to use (history only): a folder made by captive-ally new, or south-ossetia-2008.",
)
@click.option("--table", type=click.Path(path_type=Path), help="Your own coding table (cases only).")
@click.option("--column", is_flag=True, help="Fit figures to one journal column, where possible.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the answers [default: runs/answers]."
)
@numbers_of("experiment")
@ASKING
def experiment(names: tuple[str, ...], listing: bool, **given: Any) -> None:
    """Run the experiments NAMES, with matched luck across settings; judge, draw and write the results.

    A name may also be a claim (C30 stands for the experiment that tests it) or a .py file of your own that
    holds an EXPERIMENT. What your own scenario lacks for a question is reported, and the rest is asked.

    \b
    Examples:
      captive-ally experiment --list
      captive-ally experiment alliance-loyalty
      captive-ally experiment territorial-shifts red-lines --worlds 2000 --out answers
      captive-ally experiment C30
      captive-ally experiment gratitude treaty --scenario my-crisis/my-crisis.toml
      captive-ally experiment my-crisis/question.py
      captive-ally experiment history --record my-crisis
      captive-ally experiment cases --table my-cases.csv
      captive-ally experiment alliance-loyalty --numbers prior
    """
    from experiments.commands.registry import all_studies, study
    from sim.runs.folder import check_free

    if listing:
        _list(given["as_json"], all_studies())
        return
    if not names:
        raise UserError("name an experiment: captive-ally experiment --list lists them")
    studies = list(dict.fromkeys(study(name) for name in names))
    if given["table"] is not None and not any(one.takes_table for one in studies):
        raise UserError(f"--table: {studies[0].name} reads no table; only cases does")
    for option, takes in (("scenario", "takes_scenario"), ("record", "takes_record")):
        unasked = [one.name for one in studies if given[option] is not None and not getattr(one, takes)]
        if unasked:
            others = ", ".join(one.name for one in all_studies() if getattr(one, takes))
            raise UserError(f"--{option}: {unasked[0]} has no use for it; only {others}")
    asked = _asked(given, lambda _: None)
    for one in studies:
        one.check(asked)
    shelf, ending = given["out"] or Path("runs") / "answers", _ending(asked)
    wanted = [(one, shelf / (one.name + ending), _manifest(one.kind, one.name + ending)) for one in studies]
    for _, out, manifest in wanted:
        check_free(out, manifest)
    for one, out, manifest in wanted:
        _answer(out, manifest, given, one.ask)


@click.command()
@click.option("--list", "listing", is_flag=True, help="Only list the claims.")
@click.option("--worlds", type=int, help="Worlds per setting [default: 1000].")
@scenario_in_place("the claims need")
@click.option(
    "--points",
    default=96,
    show_default=True,
    help="Points in each space of the robustness check; 0 skips it.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the scoreboard [default: runs/claims]."
)
@numbers_of("claims")
@ASKING
def claims(listing: bool, points: int, **given: Any) -> None:
    """Put all 55 claims of the article on trial: run every experiment, print and write the scoreboard.

    \b
    Examples:
      captive-ally claims
      captive-ally claims --worlds 2000 --points 200 --out scoreboard
      captive-ally claims --scenario my-crisis/my-crisis.toml --worlds 200 --points 0
      captive-ally claims --list
    """
    if listing:
        _list_claims(given["as_json"])
        return
    if points != 0 and not 8 <= points <= 100_000:
        raise UserError(f"--points {points}: 0 or a whole number from 8 to 100,000 is needed")

    from experiments.commands.registry import all_experiments
    from experiments.trial.scoreboard import asked_of_scenario, trial

    def ask(asked: "StudyOptions") -> "Answer":
        return trial(all_experiments(), asked, points)

    asked = _asked(given, lambda _: None)
    asked_of_scenario(all_experiments(), asked)
    name = "claims" + _ending(asked)
    _answer(given["out"] or Path("runs") / name, _manifest("scoreboard", name), given, ask)


def _ending(asked: "StudyOptions") -> str:
    """What is added to the name of an answer about another scenario."""
    from experiments.own_crisis.record import scenario_beside
    from sim.scenarios.loading import load

    scenario: str | Path | None = asked.scenario
    if scenario is None and asked.record is not None:
        scenario = scenario_beside(asked.record)
    return "" if scenario is None else f"-{load(scenario).name}"


def _manifest(kind: str, name: str) -> "Manifest":
    """What a folder of the answer is to say."""
    from sim.runs.manifest import Manifest

    command = shlex.join(["captive-ally", *click.get_current_context().find_root().obj])
    return Manifest.of_answer(kind, name, command)


def _answer(
    out: Path, manifest: "Manifest", given: dict[str, Any], ask: "Callable[[StudyOptions], Answer]"
) -> None:
    """Ask, write, and print."""
    import experiments.figures.style  # noqa: F401  # what is missing is missed before the work begins
    from experiments.commands.answers import write_answer
    from sim.runs.folder import FolderWriter

    with FolderWriter(out, manifest) as folder:
        with _telling(given["quiet"] or given["as_json"]) as tell:
            answer = ask(_asked(given, tell))
        text = write_answer(answer, folder)
    if given["as_json"]:
        click.echo(json.dumps({"folder": str(out), "kind": manifest.kind, **answer.facts}, indent=2))
    elif not given["quiet"]:
        told = [
            f"Not asked of {answer.facts['scenario']}: {line}" for line in answer.facts.get("lacking", ())
        ]
        told += [f"Note: {note}"] if (note := answer.facts.get("inherited")) else []
        text = "\n".join([text, "", *told]).rstrip()
        click.echo(f"{text}\n\nWritten to {out}; captive-ally report {out} makes a page of it.\n")


def _asked(given: dict[str, Any], tell: "Callable[[str], None]") -> "StudyOptions":
    from experiments.trial.study import StudyOptions

    for option, low, high in (("worlds", 2, MOST_WORLDS_HELD), ("seed", 0, 2**63 - 1), ("workers", 1, 4096)):
        value = given.get(option)
        if value is not None and not low <= value <= high:
            raise UserError(f"--{option} {value}: a whole number from {low} to {high} is needed")
    return StudyOptions(
        worlds=given["worlds"],
        seed=given["seed"],
        workers=given["workers"],
        numbers=given["numbers"],
        scenario=given.get("scenario"),
        record=given.get("record"),
        table=given.get("table"),
        column=given.get("column", False),
        tell=tell,
    )


@contextmanager
def _telling(quiet: bool) -> "Iterator[Callable[[str], None]]":
    """Progress: on a terminal a line that goes when all is done, elsewhere nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("starting") as status:
        yield status.update


def _list(as_json: bool, studies: Any) -> None:
    from experiments.report.table import Table, in_terminal

    if as_json:
        facts = [{"name": one.name, "question": one.question, "claims": list(one.claims)} for one in studies]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    rows = ((one.name, one.question, ", ".join(one.claims)) for one in studies)
    click.echo(in_terminal(Table.of("", ("experiment", "question", "claims"), rows)))


def _list_claims(as_json: bool) -> None:
    from agents.claims import all_claims
    from experiments.report.table import Table, in_terminal

    known = all_claims()
    if as_json:
        fields = {"id", "kind", "text", "where", "measure"}
        facts = [claim.model_dump(mode="json", include=fields) for claim in known]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    rules = sum(claim.kind == "rule" for claim in known)
    rows = ((claim.id, claim.kind, claim.text) for claim in known)
    note = f"{rules} rules, each left out by `--without`, and {len(known) - rules} predictions."
    click.echo(in_terminal(Table.of("", ("claim", "kind", "text"), rows, note=note)))
