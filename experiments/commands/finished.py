"""The commands on finished runs: rerun, compare, export."""

import shlex
from pathlib import Path

import click

from experiments.commands.options import CHECK
from sim.errors import UserError

FORMATS = ("csv", "stata", "spss", "xlsx", "netcdf")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Keep nothing; say whether the tables match.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the run [default: FOLDER-again].")
@click.option("--workers", type=int, help="Processes to use [default: all cores].")
@CHECK
def rerun(folder: Path, verify: bool, out: Path | None, workers: int | None, check: bool) -> None:
    """Repeat a result FOLDER's run from its manifest; with --verify, exit with code 2 if it differs.

    \b
    Examples:
      captive-ally rerun runs/first --verify
      captive-ally rerun runs/first --out runs/second
    """
    from experiments.commands.again import differences_of, run_again
    from experiments.commands.launch import TerminalProgress
    from sim.runs.execution import RunOptions
    from sim.runs.manifest import read_manifest
    from sim.runs.results import open_folder

    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers}: a whole number from 1 is needed")
    options = RunOptions("inline" if workers == 1 else "processes", workers)
    read_manifest(folder, check)  # tables may be damaged: what has become of them is the question
    with TerminalProgress(open_folder(folder, check=False).plan.size, quiet=False) as progress:
        if not verify:
            made = run_again(
                folder, out or folder.with_name(f"{folder.resolve().name}-again"), options, progress
            )
            click.echo(f"Written to {made}")
            return
        lines = differences_of(folder, options, progress)
    if lines:
        click.echo("\n".join(lines))
        raise UserError(f"{folder}: not the same when it is run again")
    click.echo(f"{folder}: all tables are equal, to the last byte.")


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, help=f"{', '.join(FORMATS)}.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the files [default: FOLDER-FORMAT].")
@CHECK
def export_tables(folder: Path, form: str, out: Path | None, check: bool) -> None:
    """Write a result FOLDER's tables for other programs; bands and reasons include what was varied.

    \b
    Examples:
      captive-ally export runs/first --to stata
      captive-ally export runs/first --to xlsx --out sheets
    """
    from experiments.commands.export import export
    from sim.errors import nearest
    from sim.runs.results import open_folder

    if form not in FORMATS:
        raise UserError(f"--to {form}: unknown; {nearest(form, FORMATS)}")
    into = out or folder.with_name(f"{folder.resolve().name}-{form}")
    if into.resolve() == folder.resolve():
        raise UserError(f"--out {into}: the run itself lies there; give another folder")
    try:
        written = export(open_folder(folder, check=check), form, into)
    except OSError as error:
        raise UserError(f"--out {into}: cannot be written: {error.strerror or error}") from None
    click.echo(f"Written to {into}: {', '.join(path.name for path in written)}")


@click.command("compare")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables and figures.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@CHECK
def compare_folders(folders: tuple[Path, ...], out: Path | None, as_json: bool, check: bool) -> None:
    """Compare finished runs: each of the FOLDERS with the first, world by world where they share their luck.

    \b
    Examples:
      captive-ally compare runs/usual runs/far-from-captive
      captive-ally compare runs/usual runs/a runs/b --out comparison
    """
    from experiments.report.comparison import OF_RUNS, RunsCompared
    from sim.runs.results import open_folder

    if len(folders) < 2:
        raise UserError("compare: two result folders or more are needed")
    found = RunsCompared.of([open_folder(folder, check=check) for folder in folders])
    if out is not None:
        from experiments.commands.answers import write_answer
        from sim.runs.folder import FolderWriter
        from sim.runs.manifest import Manifest

        command = shlex.join(["captive-ally", *click.get_current_context().find_root().obj])
        with FolderWriter(out, Manifest.of_answer(OF_RUNS, found.section.question, command)) as folder:
            write_answer(found.answer, folder)
    click.echo(found.differences.to_json(orient="records", indent=2) if as_json else found.text)
    if out is not None and not as_json:
        click.echo(f"\nWritten to {out}; captive-ally report {out} makes a page of it.")
