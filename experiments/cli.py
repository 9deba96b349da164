"""The command line. Heavy imports stand inside the commands, so that --help is quick."""

import json
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from sim.errors import UserError

USER_ERROR = 2
Command = Callable[..., Any]
INTERRUPTED = 130


class Commands(click.Group):
    """A group that names the nearest command for a typo, and lists commands in the order given."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or say what was probably meant."""
        if args and args[0] not in self.commands:
            close = get_close_matches(args[0], self.commands, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"allowed: {', '.join(self.commands)}"
            raise UserError(f"unknown command '{args[0]}': {hint}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are defined."""
        return list(self.commands)


def _version() -> str:
    try:
        return version("captive-ally")
    except PackageNotFoundError:
        return "not installed"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(_version(), prog_name="captive-ally")
def cli() -> None:
    """When can a patron let its ally lose land without losing the ally?

    An agent-based model of patron, client and challenger that puts a published argument on trial.

    \b
    Examples:
      captive-ally run karabakh-2020
      captive-ally run karabakh-1994-2025 --worlds 500 --theory treaty_only
      captive-ally describe karabakh-2020 client
      captive-ally claims --list
    """


def options(*given: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(given):
            command = option(command)
        return command

    return add


WHAT = options(
    click.option("--worlds", default=1000, show_default=True, help="How many, for each point."),
    click.option("--seed", default=0, show_default=True, help="Of all luck: same seed, same numbers."),
    click.option("--set", "changes", multiple=True, metavar="PATH=VALUE",
                 help="Set a parameter; see `captive-ally describe`. May be given again."),
    click.option("--theory", default="article", show_default=True,
                 help="Of the patron's choice: article, treaty_only, balance_of_threat, base_rate."),
    click.option("--without", multiple=True, metavar="CLAIM",
                 help="Leave a rule out, such as C3 or C3,C17. May be given again."),
)  # fmt: skip
HOW = options(
    click.option(
        "--out", type=click.Path(path_type=Path), help="Result folder [default: runs/SCENARIO-...]."
    ),
    click.option("--fresh", is_flag=True, help="Throw an earlier run in the folder away, and say what goes."),
    click.option("--workers", type=int, help="Processes to work with [default: all cores]."),
    click.option("--executor", default="processes", show_default=True, help="processes, inline or dask."),
    click.option("--scheduler", default="", metavar="ADDRESS", help="Of a Dask scheduler (with dask)."),
    click.option("--shard", default="1/1", metavar="K/N", help="Run the Kth of N shares; see `merge`."),
    click.option("--paths", default=0, help="Keep the full course of so many worlds of each point."),
    click.option("--figures/--no-figures", default=True, show_default=True, help="Whether to draw."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)


@cli.command()
@click.argument("scenario")
@WHAT
@HOW
def run(scenario: str, **given: Any) -> None:
    """Run many worlds of a SCENARIO, print the result and write a result folder.

    SCENARIO is the name of one that ships (see `captive-ally scenarios`) or a .toml file. Interrupted or
    killed, the same command goes on where it was.

    \b
    Examples:
      captive-ally run karabakh-2020
      captive-ally run karabakh-2020 --set client.outside_option=0.7 --out far-from-captive
      captive-ally run karabakh-2020 --without C3,C26 --worlds 5000
    """
    from experiments.launch import launch, plan_of

    launch(plan_of(scenario, given), given, click.get_current_context().find_root().obj)


@cli.command()
@click.argument("scenario")
@click.option(
    "--vary",
    multiple=True,
    metavar="FACTOR=VALUES",
    help="PATH=LOW:HIGH:COUNT, PATH=X,Y,Z, theory=A,B or without=,C3,C3+C17. May be given again.",
)
@click.option("--sampler", default="grid", show_default=True, help="grid, lhs or sobol.")
@click.option("--points", default=64, show_default=True, help="How many points, for lhs and sobol.")
@click.option("--design", type=click.Path(path_type=Path), help="Read the design from a CSV or Parquet file.")
@click.option("--own-luck", is_flag=True, help="Give each point luck of its own; else all share the same.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    default=("share_lost", "loyalty_end"),
    show_default=True,
    help="What to draw against the factors. May be given again.",
)
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
    from experiments.launch import design_of, launch, plan_of

    plan = plan_of(scenario, given)
    launch(design_of(plan, given), given, click.get_current_context().find_root().obj)


@cli.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the whole run.")
@click.option("--figures/--no-figures", default=True, show_default=True, help="Whether to draw.")
def merge(folders: tuple[Path, ...], out: Path, figures: bool) -> None:
    """Put the shards of one run together: FOLDERS that `--shard K/N` has written.

    \b
    Examples:
      captive-ally run karabakh-2020 --worlds 100000 --shard 1/2 --out part1
      captive-ally run karabakh-2020 --worlds 100000 --shard 2/2 --out part2
      captive-ally merge part1 part2 --out whole
    """
    from experiments.launch import drawing
    from sim.folder import merge as put_together

    found = put_together(list(folders), out, drawing() if figures else None)
    if found["missing"]:
        raise UserError(
            f"{found['missing']:,} worlds are missing, those of share {', '.join(found['shares'])}; run "
            f"it with --shard, then merge all into {out} again"
        )
    click.echo(f"{found['worlds']:,} worlds put together in {out}")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--world", default=0, show_default=True, help="Which world.")
@click.option("--point", default=0, show_default=True, help="Of which point.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
def replay(folder: Path, world: int, point: int, as_json: bool) -> None:
    """Run one world of a result FOLDER again, and tell step by step what happened and why.

    \b
    Examples:
      captive-ally replay runs/first --world 17
    """
    from experiments.replay import told
    from sim.results import open_folder

    for line in told(open_folder(folder), world, point, as_json):
        click.echo(line)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def scenarios(as_json: bool) -> None:
    """List the scenarios that ship with the program."""
    from sim.scenario import load, shipped

    loaded = [load(name) for name in shipped()]
    if as_json:
        fields = ("name", "title", "about", "start", "end", "step_days", "steps")
        facts = [{field: getattr(one, field) for field in fields} for one in loaded]
        click.echo(json.dumps(facts, indent=2, default=str))
        return
    for one in loaded:
        click.echo(f"{one.name:<22}{one.start} to {one.end}, {one.steps} steps\n{'':<22}{one.about}")


@cli.command()
@click.argument("scenario")
@click.argument("path", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def describe(scenario: str, path: str, as_json: bool) -> None:
    """List the parameters of a SCENARIO: meaning, unit, range, default, source.

    PATH narrows the list: a parameter, or the beginning of some.

    \b
    Examples:
      captive-ally describe karabakh-2020
      captive-ally describe karabakh-2020 red_lines
      captive-ally describe karabakh-2020 client.outside_option
    """
    from experiments.terminal import table
    from sim.errors import nearest
    from sim.scenario import describe as parameters
    from sim.scenario import load

    known = parameters(load(scenario))
    chosen = [one for one in known if one.path == path or one.path.startswith(f"{path}." if path else "")]
    if not chosen:
        groups = {one.path.rsplit(".", depth)[0] for one in known for depth in (0, 1, 2)}
        raise UserError(f"unknown parameter '{path}': {nearest(path, groups)}")
    if as_json:
        click.echo(json.dumps([one._asdict() for one in chosen], indent=2, ensure_ascii=False))
    elif len(chosen) == 1:
        for field, value in chosen[0]._asdict().items():
            click.echo(f"{field:<10}{value}")
    else:
        rows = [
            (one.path, f"{one.default:g}", f"{one.low:g} to {one.high:g}", one.unit, one.meaning)
            for one in chosen
        ]
        widths = (max(len(one.path) for one in chosen), 8, 13, 14)
        click.echo(table(rows, ("parameter", "default", "range", "unit", "meaning"), widths))
        click.echo(f"\n{len(chosen)} parameters. Name one of them to see its claim and source.")


@cli.command()
@click.option("--list", "listing", is_flag=True, help="List the 55 claims and where each lives.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def claims(listing: bool, as_json: bool) -> None:
    """List the claims of the article: which are rules, which predictions, and where they live.

    \b
    Examples:
      captive-ally claims --list
      captive-ally claims --list --json
    """
    del listing  # the only thing it does so far
    from experiments.claims import all_claims
    from experiments.terminal import table

    known = all_claims()
    if as_json:
        fields = {"id", "kind", "text", "where", "measure"}
        facts = [claim.model_dump(mode="json", include=fields) for claim in known]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    rows = [(claim.id, claim.kind, claim.text) for claim in known]
    click.echo(table(rows, ("claim", "kind", "text"), (5, 10)))
    rules = sum(claim.kind == "rule" for claim in known)
    click.echo(f"\n{rules} rules, each left out by `--without`, and {len(known) - rules} predictions.")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a scenario's parameters, for editors."""
    from sim.parameters import Parameters

    click.echo(json.dumps(Parameters.model_json_schema(), indent=2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: a mistake of the user's is one line on stderr and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that lacks some letters
    try:
        cli.main(args=given, prog_name="captive-ally", standalone_mode=False, obj=given)
    except UserError as error:
        _fail(str(error))
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "captive-ally"
        _fail(f"{error.format_message()} See `{where} --help`.")
    except click.ClickException as error:
        _fail(error.format_message())
    except OSError as error:  # the disk is full, say, or the folder we are in has gone
        _fail(f"{error.filename or 'output'}: {error.strerror}")
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "captive-ally: interrupted; what is done is kept, the same command goes on from here", err=True
        )
        sys.exit(INTERRUPTED)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()
    click.echo(f"captive-ally: {line}", err=True)
    sys.exit(USER_ERROR)


if __name__ == "__main__":
    main()
