"""The command line. Heavy imports stand inside the commands, so that --help is quick."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from experiments.commands.calibrate import calibrate
from experiments.commands.describe import describe_parameters, scenarios, schema
from experiments.commands.estimate import estimate
from experiments.commands.experiment import claims, experiment
from experiments.commands.finished import compare_folders, export_tables, rerun
from experiments.commands.own import check_crisis, draw_shapes, new_crisis
from experiments.commands.report import write_report
from experiments.commands.run import merge_shards, replay, run_scenario, sweep
from experiments.commands.sensitivity import sensitivity
from experiments.commands.view import view
from sim.errors import UserError

USER_ERROR = 2
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


COMMANDS = (
    *(run_scenario, sweep, merge_shards, replay, rerun, compare_folders, export_tables, view),
    *(experiment, claims, sensitivity, calibrate, estimate, write_report),
    *(new_crisis, check_crisis, draw_shapes),
    *(scenarios, describe_parameters, schema),
)
for command in COMMANDS:
    cli.add_command(command)


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
