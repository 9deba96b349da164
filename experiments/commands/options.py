"""Options that several commands share, and help that names what there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from agents.reasons import THEORY_WORDS

Command = Callable[..., Any]


class ScenarioCommand(click.Command):
    """A command whose help ends with the scenarios that ship, looked up only when it is shown."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name the scenarios and the theories."""
        from sim.scenarios.loading import shipped

        with formatter.section("Scenarios"):
            formatter.write_text(", ".join(shipped()))
        with formatter.section("Theories of the patron's choice"):
            formatter.write_dl(list(THEORY_WORDS.items()))
        super().format_epilog(ctx, formatter)


def complete_scenario(ctx: click.Context, param: click.Parameter, word: str) -> list[Any]:
    """What a shell offers for a scenario: those that ship, and files."""
    from click.shell_completion import CompletionItem

    from sim.scenarios.loading import shipped

    names = [CompletionItem(name) for name in shipped() if name.startswith(word)]
    return names or [CompletionItem(word, type="file")]


def complete_claim(ctx: click.Context, param: click.Parameter, word: str) -> list[str]:
    """What a shell offers for a claim to be left out."""
    return [claim for claim in (f"C{number}" for number in range(1, 56)) if claim.startswith(word.upper())]


def complete_path(ctx: click.Context, param: click.Parameter, word: str) -> list[str]:
    """What a shell offers for a parameter: the paths of the scenario that is given."""
    from sim.errors import UserError
    from sim.scenarios.loading import load
    from sim.scenarios.values import describe

    try:
        known = describe(load(ctx.params.get("scenario") or "karabakh-2020"))
    except UserError:
        return []
    return [f"{info.path}=" for info in known if info.path.startswith(word)]


def complete_outcome(ctx: click.Context, param: click.Parameter, word: str) -> list[str]:
    """What a shell offers for an outcome."""
    from sim.measures import OUTCOMES

    return [one.name for one in OUTCOMES if one.name.startswith(word)]


def listed_outcomes(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The outcomes that are asked for; `--outcome list` prints all that there are, and leaves."""
    if "list" in given:
        from experiments.report.table import Table, in_terminal
        from sim.measures import OUTCOMES

        rows = ((one.name, one.unit, one.meaning) for one in OUTCOMES)
        note = "And fell_REGION, the date on which each region of the client's side fell."
        click.echo(in_terminal(Table.of("", ("outcome", "unit", "meaning"), rows, note=note)))
        ctx.exit()
    return given


def complete_theory(ctx: click.Context, param: click.Parameter, word: str) -> list[str]:
    """What a shell offers for a theory."""
    return [name for name in THEORY_WORDS if name.startswith(word)]


def options(*given: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(given):
            command = option(command)
        return command

    return add


USUAL_NUMBERS = {  # which numbers worlds get where --numbers is not given, command by command
    "run": "estimated",
    "sweep": "defaults",
    "experiment": "defaults",
    "claims": "estimated",
    "sensitivity": "defaults",
    "view": "estimated",
}
NUMBERS_HELP = (
    "Source of each world's assumed numbers: defaults, the scenario's own; prior, a draw from their prior; "
    "estimated, a draw from the posterior shipped for the theory"
)


def numbers_of(command: str, files: bool = True) -> Callable[[Command], Command]:
    """The option that says which numbers the worlds of a command get."""
    ending = "; or a posterior's .csv file. What you set stays as set." if files else "."
    return click.option(
        "--numbers", default=USUAL_NUMBERS[command], show_default=True, help=NUMBERS_HELP + ending
    )


def scenario_in_place(needed: str) -> Callable[[Command], Command]:
    """The option that asks about another scenario, as far as it has what is needed."""
    return click.option(
        "--scenario", metavar="SCENARIO", shell_complete=complete_scenario,
        help=f"Ask about another scenario, as far as it has what {needed}.",
    )  # fmt: skip


class Day(click.DateTime):
    """A day of the calendar."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day, at its midnight."""
        from sim.scenarios.validation import shortened

        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"'{shortened(value)}' is no day of the calendar, such as 2020-12-31.", param, ctx)


def what(worlds: int) -> Callable[[Command], Command]:
    """Options that determine the numbers, with so many worlds unless others are asked for."""
    return options(
        click.option("--worlds", default=worlds, show_default=True, help="Worlds to run at each point."),
        click.option("--seed", default=0, show_default=True, help="The random seed."),
        click.option("--until", type=Day(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
                     help="End the scenario on an earlier day [default: its end]."),
        click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", shell_complete=complete_path,
                     help="Set a parameter; see `captive-ally describe`. May be repeated."),
        click.option("--theory", default="article", show_default=True, shell_complete=complete_theory,
                     help=f"Theory of the patron's choice: {', '.join(THEORY_WORDS)}."),
        click.option("--without", multiple=True, metavar="CLAIM", shell_complete=complete_claim,
                     help="Leave out rules, such as C3 or C3,C17. May be repeated."),
    )  # fmt: skip


CHECK = click.option(
    "--check/--no-check", default=True, show_default=True, help="First check files for damage."
)
WHAT = what(worlds=1000)
HOW = options(
    click.option(
        "--out", type=click.Path(path_type=Path), help="Result folder [default: runs/SCENARIO-...]."
    ),
    click.option("--fresh", is_flag=True, help="Delete an earlier run in the folder; say what is removed."),
    click.option("--workers", type=int, help="Processes to use [default: all cores]."),
    click.option("--executor", default="processes", show_default=True, help="processes, inline or dask."),
    click.option("--scheduler", default="", metavar="ADDRESS", help="The address of a Dask scheduler."),
    click.option("--shard", default="1/1", metavar="K/N", help="Run the Kth of N shares; see `merge`."),
    click.option("--paths", default=0, help="Keep the full course of this many worlds per point."),
    click.option("--figures/--no-figures", default=True, show_default=True, help="Draw figures."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)
