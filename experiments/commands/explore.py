"""The command that makes a page with sliders of a finished sweep: explore."""

from pathlib import Path

import click

from experiments.commands.options import CHECK


@click.command("explore")
@click.argument("sweep", type=click.Path(path_type=Path), metavar="SWEEP")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The page [default: explorer.html in the folder]."
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@CHECK
def write_explorer(sweep: Path, out: Path | None, quiet: bool, check: bool) -> None:
    """Make one HTML page from a finished SWEEP, with a slider for each factor.

    SWEEP is a folder written by `captive-ally sweep`. The page shows the result at each point: a verdict in
    words, the chance that each district is lost, and what becomes of the alliance. It needs no installation,
    network or other file, and can be sent to a phone.

    \b
    Examples:
      captive-ally explore runs/sweep --out explorer.html
    """
    from experiments.report.explorer import explorer_page
    from experiments.report.page import check_page_file, write
    from sim.runs.results import open_folder

    path = out or sweep / "explorer.html"
    folder = open_folder(sweep, check=check)
    check_page_file(path)
    text = explorer_page(folder)
    write(text, path)
    if not quiet:
        click.echo(f"Written to {path}: {folder.plan.points:,} points, {len(text.encode()) / 1e6:.1f} MB")
