"""The command line. Heavy imports stand inside the commands, so that --help is quick."""

import os
import sys

INTERRUPTED = 130
WHAT_IS_KEPT = "what is done is kept, the same command goes on from here"

# Jobs share out the cores; threads of products of small matrices would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:  # what follows takes a moment, in which the interrupt key may be hit
    from _thread import interrupt_main
    from collections.abc import Sequence
    from difflib import get_close_matches
    from functools import partial
    from importlib.metadata import PackageNotFoundError, version
    from io import TextIOWrapper
    from typing import Any, NoReturn

    import click

    from experiments.commands.calibrate import calibrate
    from experiments.commands.describe import describe_parameters, explain, scenarios, schema
    from experiments.commands.estimate import estimate
    from experiments.commands.experiment import claims, experiment
    from experiments.commands.explore import write_explorer
    from experiments.commands.finished import compare_folders, export_tables, rerun
    from experiments.commands.own import check_crisis, draw_shapes, new_crisis
    from experiments.commands.report import write_report
    from experiments.commands.run import merge_shards, replay, run_scenario, sweep
    from experiments.commands.sensitivity import sensitivity
    from experiments.commands.view import view
    from sim.errors import MissingWorldsError, UserError
except KeyboardInterrupt:
    print(f"captive-ally: interrupted; {WHAT_IS_KEPT}", file=sys.stderr)
    sys.exit(INTERRUPTED)

USER_ERROR = 2
MISSING = 75  # something could not be done that may be done later; sysexits.h calls it EX_TEMPFAIL
UNFORESEEN = 70  # a fault of ours; EX_SOFTWARE
LONGEST_REPEATED, LONGEST_LINE = 200, 1_000  # letters of a word, and of a message
LONGEST_NUMBER = 30  # letters


class Plain(click.ParamType):  # type: ignore[type-arg]  # only later versions of click want one
    """A number as another type reads it, in ASCII digits without `_`: else 1_0 would be ten."""

    def __init__(self, number: "click.ParamType[Any]") -> None:
        self.number, self.name = number, number.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        if isinstance(value, str) and (not value.isascii() or "_" in value or len(value) > LONGEST_NUMBER):
            self.fail(f"'{value}' is not a number in digits.", param, ctx)
        return self.number.convert(value, param, ctx)


IN_DIGITS: Any = {number: Plain(number) for number in (click.INT, click.FLOAT)}


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

    An agent-based model of patron, client and challenger that puts a published argument on trial. For
    words and figures, see captive-ally explain.

    \b
    Examples:
      captive-ally run karabakh-2020
      captive-ally run karabakh-1994-2025 --worlds 500 --theory treaty_only
      captive-ally describe karabakh-2020 client
      captive-ally claims --list
    """


COMMANDS = (
    *(run_scenario, sweep, merge_shards, replay, rerun, compare_folders, export_tables, view),
    *(experiment, claims, sensitivity, calibrate, estimate, write_report, write_explorer),
    *(new_crisis, check_crisis, draw_shapes),
    *(scenarios, describe_parameters, explain, schema),
)
DRAWN_BY = {  # what is drawn by which command, as `captive-ally explain` knows it
    "run": "territory alliance ladder map",
    "merge": "territory alliance ladder map",
    "sweep": "sweep",
    "experiment": "effects curves plane trajectories",
    "claims": "scoreboard",
    "sensitivity": "sensitivity",
    "calibrate": "posterior check",
    "estimate": "motives scores",
    "compare": "courses shares",
    "view": "page-map page-alliance page-reasons",
    "report": "",
}
for command in COMMANDS:
    cli.add_command(command)
    if command.name in DRAWN_BY:
        what = f"captive-ally explain {DRAWN_BY[command.name]}".rstrip()
        command.epilog = f"\b\nHow to read its figures: {what}"
    for parameter in command.params:
        if parameter.type in IN_DIGITS:
            parameter.type = IN_DIGITS[parameter.type]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: a mistake of the user's is one line on stderr and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    fail = partial(_fail, given)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that lacks some letters
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _interrupt_again
    if any("\0" in word for word in given):
        fail("a word of the command line holds a zero byte, which no name can")
    try:
        cli.main(args=given, prog_name="captive-ally", standalone_mode=False, obj=given)
    except MissingWorldsError as error:
        fail(str(error), MISSING)
    except UserError as error:
        fail(str(error))
    except click.UsageError as error:
        named = [word for word in given[:1] if word in cli.commands]
        where = error.ctx.command_path if error.ctx else " ".join(["captive-ally", *named])
        fail(f"{error.format_message()} See `{where} --help`.")
    except click.ClickException as error:
        fail(error.format_message())
    except OSError as error:  # the disk is full, say, or the folder we are in has gone
        fail(f"{error.filename or 'output'}: {error.strerror}")
    except ModuleNotFoundError as error:
        fail(f"the package {error.name} is not here, which this needs: pip install captive-ally again")
    except MemoryError:
        fail(f"this machine is short of memory; {WHAT_IS_KEPT}", MISSING)
    except (KeyboardInterrupt, click.Abort):
        fail(f"interrupted; {WHAT_IS_KEPT}", INTERRUPTED)
    except Exception as error:  # what nobody foresaw
        fail(_reported(error, given), UNFORESEEN)


def _interrupt_again(what: Any) -> None:
    """An interrupt in the midst of a clean-up is not lost, and nothing is printed of it there."""
    if issubclass(what.exc_type, KeyboardInterrupt):
        interrupt_main()
    else:
        sys.__unraisablehook__(what)


def _reported(error: Exception, given: Sequence[str]) -> str:
    """What is said of an error that nobody foresaw, after all of it has been written into a file."""
    import platform
    import tempfile
    from traceback import format_exception

    about = f"captive-ally {_version()}, Python {platform.python_version()}, {platform.platform()}"
    text = "\n".join([about, repr(list(given)), "".join(format_exception(error))])
    told = f"a fault of the program ({type(error).__name__}: {error})"
    try:
        with tempfile.NamedTemporaryFile("wb", prefix="captive-ally-", suffix=".log", delete=False) as file:
            file.write(text.encode(errors="backslashreplace"))
    except OSError:
        return told
    return f"{told}; please send {file.name} to those who write it"


def _fail(given: Sequence[str], message: str, code: int = USER_ERROR) -> NoReturn:
    click.echo(f"captive-ally: {one_line(message, given)}", err=True)
    sys.exit(code)


def one_line(message: str, given: Sequence[str] = ()) -> str:
    """A message in one line of printable letters that repeats no more than LONGEST_REPEATED of its subject.

    >>> len(one_line("unknown: " + "x" * 10_000))
    209

    Args:
        message: what is said.
        given: what the user has typed, which may hold spaces.
    """
    line = " ".join(message.split())
    for text in {part for one in given for part in (one, one.partition("=")[2])}:
        line = line.replace(" ".join(text.split()), _cut(text)) if len(text) > LONGEST_REPEATED else line
    line = " ".join(_cut(word) for word in line.split())
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_REPEATED else f"{text[: LONGEST_REPEATED - 3]}..."


if __name__ == "__main__":
    main()
