"""Commands that run worlds: run, sweep, merge, replay."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from experiments.commands.options import (
    CHECK,
    HOW,
    WHAT,
    ScenarioCommand,
    complete_outcome,
    complete_scenario,
    listed_outcomes,
    numbers_of,
)
from sim.errors import UserError


@click.command("run", cls=ScenarioCommand)
@click.argument("scenario", shell_complete=complete_scenario)
@numbers_of("run")
@WHAT
@HOW
def run_scenario(scenario: str, **given: Any) -> None:
    """Run many worlds of a SCENARIO, print the result and write a result folder.

    SCENARIO is the name of a shipped one (see `captive-ally scenarios`), a .toml file, or the .toml file of a
    run: scenario = "...", worlds, seed, theory, numbers, without = [...], and a table [set]; options given
    here override it. If a run is interrupted or killed, the same command resumes it.

    \b
    Examples:
      captive-ally run karabakh-2020
      captive-ally run karabakh-2020 --set client.outside_option=0.7 --out far-from-captive
      captive-ally run karabakh-2020 --without C3,C26 --worlds 5000
      captive-ally run karabakh-2020 --numbers prior
      captive-ally run karabakh-2020 --until 2020-12-31        # the war alone
      captive-ally run my-run.toml --worlds 5000
    """
    from experiments.commands.again import configuration_in, overridden
    from experiments.commands.launch import launch, plan_of
    from experiments.own_crisis.record import record_beside

    context = click.get_current_context()
    configuration = configuration_in(Path(scenario))
    if configuration is not None:
        typed = {name for name in given if context.get_parameter_source(name) == ParameterSource.COMMANDLINE}
        given = overridden(configuration, given, typed)
        scenario = given.pop("scenario")
    plan = plan_of(scenario, given)
    launch(plan, given, context.find_root().obj, record=record_beside(scenario, plan.scenario))


@click.command(cls=ScenarioCommand)
@click.argument("scenario", shell_complete=complete_scenario)
@click.option(
    "--vary",
    multiple=True,
    metavar="FACTOR=VALUES",
    help="PATH=LOW:HIGH:COUNT, PATH=X,Y,Z, theory=A,B or without=,C3,C3+C17. May be repeated.",
)
@click.option("--sampler", default="grid", show_default=True, help="grid, lhs or sobol.")
@click.option("--points", default=64, show_default=True, help="Number of points (lhs and sobol).")
@click.option("--design", type=click.Path(path_type=Path), help="Read the design from a CSV or Parquet file.")
@click.option("--own-luck", is_flag=True, help="Give points their own luck; otherwise all share the same.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    default=("share_lost", "loyalty_end"),
    show_default=True,
    is_eager=True,
    shell_complete=complete_outcome,
    callback=listed_outcomes,
    help="What to plot against the factors. May be repeated; `list` shows all outcomes.",
)
@numbers_of("sweep")
@WHAT
@HOW
def sweep(scenario: str, **given: Any) -> None:  # fmt: skip
    """Run a SCENARIO over a design: many points, each with many worlds.

    \b
    Examples:
      captive-ally sweep karabakh-2020 --vary client.outside_option=0:1:11
      captive-ally sweep karabakh-2020 --vary theory=article,treaty_only --vary backer.help=0:1:5
      captive-ally sweep karabakh-2020 --sampler sobol --points 256 --worlds 50 \\
          --vary client.outside_option=0:1 --vary patron.capability=0.1:1 --vary backer.help=0:1
      captive-ally sweep karabakh-2020 --design my-design.csv --worlds 200
    """
    from experiments.commands.launch import design_of, launch, plan_of
    from experiments.own_crisis.record import record_beside

    plan = design_of(plan_of(scenario, given), given)
    record = record_beside(scenario, plan.scenario)
    launch(plan, given, click.get_current_context().find_root().obj, record=record)


@click.command("merge")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the whole run.")
@click.option("--figures/--no-figures", default=True, show_default=True, help="Draw figures.")
def merge_shards(folders: tuple[Path, ...], out: Path, figures: bool) -> None:
    """Merge the shards of one run: the FOLDERS written with `--shard K/N`.

    \b
    Examples:
      captive-ally run karabakh-2020 --worlds 100000 --shard 1/2 --out part1
      captive-ally run karabakh-2020 --worlds 100000 --shard 2/2 --out part2
      captive-ally merge part1 part2 --out whole
    """
    from experiments.commands.launch import check_whole, figures_of_run
    from sim.runs.execution import merge

    found = merge(list(folders), out, figures_of_run() if figures else None)
    if found.missing:
        raise UserError(
            f"{found.missing:,} worlds are missing, those of share {', '.join(found.shares)}; there is "
            f"{', '.join(found.came) or 'no share as a whole'}; run what is missing with --shard, then merge "
            f"all into {out} again"
        )
    click.echo(f"{found.worlds:,} worlds put together in {out}")
    check_whole(out)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--world", default=0, show_default=True, help="Which world to replay.")
@click.option("--point", default=0, show_default=True, help="The point it belongs to.")
@click.option("--drawn", is_flag=True, help="Print the numbers drawn for the world, not what happened.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@CHECK
def replay(folder: Path, world: int, point: int, drawn: bool, as_json: bool, check: bool) -> None:
    """Replay one world of a result FOLDER, telling step by step what happened and why.

    \b
    Examples:
      captive-ally replay runs/first --world 17
      captive-ally replay runs/first --world 17 --drawn
    """
    from experiments.commands.replay import drawn_in, replayed
    from sim.runs.results import open_folder

    tell = drawn_in if drawn else replayed
    for line in tell(open_folder(folder, check=check), world, point, as_json):
        click.echo(line)
