"""The command that makes a page of folders: report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.commands.options import CHECK
from sim.errors import UserError

if TYPE_CHECKING:
    from experiments.report.section import Section


@click.command("report")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The page [default: report.html in DIR; for several, in the current folder].",
)
@click.option(
    "--compare",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="OTHER",
    help="Add how another run differs from the one in DIR. May be repeated.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@CHECK
def write_report(
    folders: tuple[Path, ...], out: Path | None, others: tuple[Path, ...], quiet: bool, check: bool
) -> None:
    """Make one HTML page from one or more result folders, scoreboards or other answers.

    DIR is a folder written by run, sweep, experiment, claims, sensitivity, calibrate or compare, or one that
    holds such folders. The page needs no network and no other file, and can be printed.

    \b
    Examples:
      captive-ally report runs/claims
      captive-ally report runs/answers --out answers.html
      captive-ally report runs/usual --compare runs/far-from-captive
      captive-ally report runs/claims runs/answers/history runs/first --out paper.html
    """
    from experiments.report.page import check_page_file, folders_in, page, sections_of, write

    found = folders_in(folders)
    path = out or (folders[0] if len(folders) == 1 else Path()) / "report.html"
    check_page_file(path)
    notes: list[str] = []
    compared = _compared(folders, others, check) if others else []
    sections = [*sections_of(found, folders, notes.append, check), *compared]
    text = page(sections)
    write(text, path)
    if not quiet:
        for note in notes:
            click.echo(note)
        parts = f"{len(sections)} section{'s' * (len(sections) > 1)}"
        click.echo(f"Written to {path}: {parts}, {len(text.encode()) / 1e6:.1f} MB")


def _compared(folders: Sequence[Path], others: Sequence[Path], check: bool) -> "list[Section]":
    """The section of a run and others that are compared with it.

    Raises:
        UserError: there is not one run to compare with, or some run cannot be compared.
    """
    from experiments.report.comparison import RunsCompared
    from sim.runs.results import open_folder

    if len(folders) != 1:
        raise UserError(f"--compare: one run is needed to compare with, not {len(folders)} folders")
    return [RunsCompared.of([open_folder(one, check=check) for one in (*folders, *others)]).illustrated]
