"""Which options do several commands share?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def options(*given: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(given):
            command = option(command)
        return command

    return add


def what(worlds: int) -> Callable[[Command], Command]:
    """What determines the numbers, with so many worlds unless others are asked for."""
    return options(
        click.option("--worlds", default=worlds, show_default=True, help="How many, for each point."),
        click.option("--seed", default=0, show_default=True, help="Of all luck: same seed, same numbers."),
        click.option("--set", "changes", multiple=True, metavar="PATH=VALUE",
                     help="Set a parameter; see `captive-ally describe`. May be given again."),
        click.option("--theory", default="article", show_default=True,
                     help="Of the patron's choice: article, treaty_only, balance_of_threat, base_rate, "
                          "revised."),
        click.option("--without", multiple=True, metavar="CLAIM",
                     help="Leave a rule out, such as C3 or C3,C17. May be given again."),
    )  # fmt: skip


WHAT = what(worlds=1000)
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
