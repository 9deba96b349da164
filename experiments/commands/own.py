"""The commands for a crisis of one's own: new, check, draw."""

import json
from datetime import date
from pathlib import Path

import click

from sim.errors import UserError

HEADINGS = {  # what is found -> what is said above it
    "wrong": "Wrong",
    "guessed": "Guessed, so that it runs",
    "inherited": "Still a fact of Karabakh 2020",
    "empty": "Still empty",
    "noted": "To be known",
}


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="A GeoJSON file of the regions.")
@click.option(
    "--patron", multiple=True, default=["Patron"], show_default=True, help="The name of the patron."
)
@click.option("--client", multiple=True, default=["Client"], show_default=True, help="The name of its ally.")
@click.option(
    "--challenger", multiple=True, default=["Challenger"], show_default=True, help="The name of the attacker."
)
@click.option("--start", default="2008-08-07", show_default=True, help="The first day, as a date.")
def new_crisis(folder: Path, map_file: Path | None, start: str, **given: tuple[str, ...]) -> None:
    """Start a crisis of your own: a FOLDER that runs at once, with a comment on each value to fill in.

    \b
    Examples:
      captive-ally new my-crisis
      captive-ally new south-ossetia --map regions.geojson --patron Russia --client "South Ossetia" \\
          --challenger Georgia --start 2008-08-07
      captive-ally run my-crisis/my-crisis.toml
      captive-ally check my-crisis
    """
    from experiments.own_crisis.geojson import read_geojson
    from experiments.own_crisis.template import NewCrisis, files_of, scenario_name
    from sim.runs.files import write_atomically
    from sim.scenarios.reading import is_text

    try:
        first = date.fromisoformat(start)
    except ValueError:
        raise UserError(f"--start {start}: a date is needed, such as 2008-08-07") from None
    for role, names in given.items():
        if len(names) != 1 or not names[0].strip() or any(sign in names[0] for sign in "\n;"):
            raise UserError(f"--{role} {'; '.join(names)}: one name is needed, not several")
        if not is_text(names[0]):
            raise UserError(f"--{role} {names[0]!a}: the name is not a text in UTF-8")
    parties = {role: name for role, (name,) in given.items()}
    if len(set(parties.values())) < len(parties):
        raise UserError("--patron, --client, --challenger: three different names are needed")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder}: there is something of that name already; give a new or empty folder")
    regions = read_geojson(map_file) if map_file is not None else []
    crisis = NewCrisis(scenario_name(folder), parties, first, regions)
    try:
        for name, text in files_of(crisis).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, text.encode())
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from None
    scenario = folder / f"{crisis.name}.toml"
    click.echo(f"Written to {folder}: {', '.join(files_of(crisis))}")
    click.echo(f"It runs as it is: captive-ally run {scenario}\nWhat to put in: captive-ally check {folder}")


@click.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check_crisis(folder: Path, as_json: bool) -> None:
    """List all that is wrong, guessed, inherited or empty in a crisis FOLDER; exit with code 2 if wrong.

    \b
    Examples:
      captive-ally check my-crisis
    """
    from experiments.own_crisis.checking import WRONG, findings_in

    found = findings_in(folder)
    if as_json:
        click.echo(json.dumps([vars(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for kind, title in HEADINGS.items():
            lines = [one.text for one in found if one.kind == kind]
            if lines:
                click.echo("\n".join([f"{title} ({len(lines)}):", *(f"  {line}" for line in lines)]))
        if not found:
            click.echo(f"{folder}: nothing is wrong, guessed, inherited or empty.")
    wrong = sum(one.kind == WRONG for one in found)
    if wrong:
        raise UserError(f"{folder}: {wrong} {'thing is' if wrong == 1 else 'things are'} wrong")


@click.command("draw")
@click.argument("map_file", metavar="MAP", type=click.Path(path_type=Path))
@click.option(
    "--geojson", type=click.Path(path_type=Path), help="Real outlines, matched by region name or id."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The file of shapes [default: MAP.json beside it]."
)
def draw_shapes(map_file: Path, geojson: Path | None, out: Path | None) -> None:
    """Make the shapes of a MAP, a .toml file of regions, for figures and the page to draw.

    Without outlines, shapes are computed from middles and areas (needs captive-ally[maps]). With outlines,
    areas, middles and neighbours are compared with the map's.

    \b
    Examples:
      captive-ally draw my-crisis/my-crisis-map.toml
      captive-ally draw my-crisis/my-crisis-map.toml --geojson regions.geojson
    """
    from experiments.own_crisis.drawing import computed_shapes, holds_outlines, shapes_from_outlines
    from sim.runs.files import write_atomically

    if not map_file.name:
        raise UserError(f"MAP {map_file}: a file of regions is needed, such as my-crisis/my-crisis-map.toml")
    source = map_file if map_file.suffix == ".toml" else map_file.with_name(f"{map_file.name}.toml")
    target = out or source.with_suffix(".json")
    if geojson is None and holds_outlines(target):
        way_out = "give --geojson, or another file with --out"
        raise UserError(f"{target}: holds real outlines, which computed shapes would replace; {way_out}")
    text, report = shapes_from_outlines(source, geojson) if geojson else computed_shapes(source)
    try:
        write_atomically(target, text.encode())
    except OSError as error:
        raise UserError(f"--out {target}: cannot be written: {error.strerror or error}") from None
    click.echo(f"{report}\nWritten to {target}")
