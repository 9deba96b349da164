"""The command line. Heavy imports stand inside the commands, so that --help is quick."""

import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from sim.errors import UserError

USER_ERROR = 2
INTERRUPTED = 130
MOST_WORLDS = 1_000_000  # they and their tables take about 1.5 GB


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


@cli.command()
@click.argument("scenario")
@click.option("--worlds", default=1000, show_default=True, help="How many worlds to run.")
@click.option("--seed", default=0, show_default=True, help="Of all luck; the same seed, the same numbers.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a parameter; see `captive-ally describe`. May be given again.",
)
@click.option(
    "--theory",
    default="article",
    show_default=True,
    help="Of the patron's choice: article, treaty_only, balance_of_threat, base_rate.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="CLAIM",
    help="Leave a rule out, such as C3 or C3,C17. May be given again.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Result folder [default: runs/SCENARIO-...].")
@click.option("--figures/--no-figures", default=True, show_default=True, help="Whether to draw.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def run(
    scenario: str,
    worlds: int,
    seed: int,
    changes: tuple[str, ...],
    theory: str,
    without: tuple[str, ...],
    out: Path | None,
    figures: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run many worlds of a SCENARIO, print the result and write a result folder.

    SCENARIO is the name of one that ships (see `captive-ally scenarios`) or a .toml file.

    \b
    Examples:
      captive-ally run karabakh-2020
      captive-ally run karabakh-2020 --set client.outside_option=0.7 --out far-from-captive
      captive-ally run karabakh-2020 --without C3,C26 --worlds 5000
    """
    _within("--worlds", worlds, 1, MOST_WORLDS, "; more would not fit into 2 GB of memory")
    _within("--seed", seed, 0, 2**63 - 1)
    if as_json and quiet:
        raise UserError("--json and --quiet contradict each other: give one of them")
    from experiments.terminal import tell
    from sim.model import checked_claims, checked_theory
    from sim.results import check_free, fingerprint, save
    from sim.runner import Plan
    from sim.scenario import changed, load

    plan = Plan(
        scenario=changed(load(scenario), _assignments(changes)),
        theory=checked_theory(theory),
        without=tuple(sorted(checked_claims(_claims(without)))),
        seed=seed,
        worlds=worlds,
    )
    path = out or Path("runs") / f"{plan.scenario.name}-{fingerprint(plan)[:8]}"
    check_free(path, plan)
    results = _run_with_progress(plan, quiet=quiet or as_json)
    folder = save(results, path, _command_line(), draw=_draw if figures else None)
    if as_json:
        click.echo(json.dumps(folder.summary, indent=2))
    elif not quiet:
        click.echo(tell(folder))
        click.echo(f"\nWritten to {path}: {', '.join(sorted(p.name for p in path.iterdir()))}")


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


def _within(option: str, value: int, low: int, high: int, reason: str = "") -> None:
    if not low <= value <= high:
        why = reason if value > high else ""
        raise UserError(f"{option} {value}: a whole number from {low} to {high} is needed{why}")


def _claims(given: Sequence[str]) -> list[str]:
    """`--without` options as claims: C3,C17 names two."""
    claims = [claim.strip().upper() for one in given for claim in one.split(",")]
    if "" in claims:
        raise UserError(f"--without {','.join(given)}: a claim is needed, such as C3")
    return claims


def _assignments(given: Sequence[str]) -> dict[str, str]:
    """`--set` options as path -> value."""
    pairs = {}
    for one in given:
        path, sign, value = one.partition("=")
        if not sign or not path.strip():
            raise UserError(f"--set {one}: PATH=VALUE is needed, such as client.outside_option=0.4")
        if path.strip() in pairs:
            raise UserError(f"--set {path.strip()}: given twice")
        pairs[path.strip()] = value.strip()
    return pairs


def _run_with_progress(plan: Any, quiet: bool) -> Any:
    """Run a plan behind a progress bar, on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sim.runner import run as run_plan

    console = Console(stderr=True)
    columns = (TextColumn("worlds"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("worlds", total=plan.worlds)
        return run_plan(plan, done=lambda worlds: bar.advance(task, worlds))


def _draw(folder: Any, into: Path) -> list[Path]:
    from experiments.record import record_of
    from sim.plots import draw_all

    return draw_all(folder, into, record_of(folder.scenario))


def _command_line() -> str:
    """The command that made this run, as it can be typed again."""
    import shlex

    return shlex.join(["captive-ally", *click.get_current_context().find_root().obj])


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
        click.echo("captive-ally: interrupted; a result folder is written whole or not at all", err=True)
        sys.exit(INTERRUPTED)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()
    click.echo(f"captive-ally: {line}", err=True)
    sys.exit(USER_ERROR)


if __name__ == "__main__":
    main()
