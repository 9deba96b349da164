"""Commands that say what there is: scenarios, describe, schema."""

import json

import click

from sim.errors import UserError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def scenarios(as_json: bool) -> None:
    """List the scenarios that ship with the program."""
    from sim.scenarios.loading import load, shipped

    loaded = [load(name) for name in shipped()]
    if as_json:
        fields = ("name", "title", "about", "start", "end", "step_days", "steps")
        facts = [{field: getattr(one, field) for field in fields} for one in loaded]
        click.echo(json.dumps(facts, indent=2, default=str))
        return
    for one in loaded:
        click.echo(f"{one.name:<22}{one.start} to {one.end}, {one.steps} steps\n{'':<22}{one.about}")


@click.command()
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
    from experiments.commands.terminal import table
    from sim.errors import nearest
    from sim.scenarios.loading import load
    from sim.scenarios.values import describe as parameters

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


@click.command()
def schema() -> None:
    """Print the JSON Schema of a scenario's parameters, for editors."""
    from sim.scenarios.parameters import Parameters

    click.echo(json.dumps(Parameters.model_json_schema(), indent=2))
