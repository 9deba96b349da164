"""The commands that say what there is and means: scenarios, describe, explain, schema."""

import json

import click

from experiments.commands.options import complete_scenario
from sim.errors import UserError, nearest


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


@click.command("describe")
@click.argument("scenario", shell_complete=complete_scenario)
@click.argument("path", required=False, default="")
@click.option(
    "--inherited", "only_inherited", is_flag=True, help="List only numbers still taken from Karabakh 2020."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def describe_parameters(scenario: str, path: str, only_inherited: bool, as_json: bool) -> None:  # fmt: skip
    """List a SCENARIO's parameters (meaning, unit, range, default, source) and the outcomes of a run.

    PATH narrows the list to one parameter, group of parameters or outcome.

    \b
    Examples:
      captive-ally describe karabakh-2020
      captive-ally describe karabakh-2020 red_lines
      captive-ally describe karabakh-2020 client.outside_option
      captive-ally describe karabakh-2020 loyalty_end
      captive-ally describe my-crisis.toml --inherited
    """
    from experiments.report.table import Table, in_terminal
    from sim.errors import nearest
    from sim.measures import OUTCOMES
    from sim.scenarios.inherited import inherited, inherited_in_words
    from sim.scenarios.loading import load
    from sim.scenarios.values import describe

    loaded = load(scenario)
    known = describe(loaded)
    chosen = [one for one in known if one.path == path or one.path.startswith(f"{path}." if path else "")]
    read = [one for one in OUTCOMES if path in ("", one.name) and not only_inherited]
    if only_inherited:
        left = {one.path for one in inherited(loaded)}
        chosen = [one for one in chosen if one.path in left]
        if not chosen:
            click.echo("[]" if as_json else f"None of these numbers of {loaded.name} is inherited.")
            return
    if not chosen and not read:
        groups = {one.path.rsplit(".", depth)[0] for one in known for depth in (0, 1, 2)}
        raise UserError(f"unknown parameter '{path}': {nearest(path, groups)}")
    facts = [*(one._asdict() for one in chosen), *({"outcome": one.name, "unit": one.unit,
             "meaning": one.meaning} for one in read)]  # fmt: skip
    if as_json:
        click.echo(json.dumps(facts[: len(chosen) or None], indent=2, ensure_ascii=False))
    elif len(facts) == 1:
        for field, value in facts[0].items():
            click.echo(f"{field:<10}{value}")
    else:
        rows = ((one.path, f"{one.default:g}", f"{one.low:g} to {one.high:g}", one.unit, one.meaning)
                for one in chosen)  # fmt: skip
        still = f"; {inherited_in_words(loaded)}" if only_inherited else ""
        note = f"{len(chosen)} parameters{still}. Name one of them to see its claim and source."
        head = ("parameter", "default", "range", "unit", "meaning")
        click.echo(in_terminal(Table.of("", head, rows, note=note)))
        if read:
            outcomes = ((one.name, one.unit, one.meaning) for one in read)
            table = Table.of("What is read off each world", ("outcome", "unit", "meaning"), outcomes)
            click.echo("\n" + in_terminal(table))


@click.command()
def schema() -> None:
    """Print the JSON Schema of a scenario's parameters, for editors."""
    from sim.scenarios.parameters import Parameters

    click.echo(json.dumps(Parameters.model_json_schema(), indent=2))


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def explain(names: tuple[str, ...]) -> None:
    """Explain words and figures: NAME is a glossary word or a figure; without NAME, explain all.

    \b
    Examples:
      captive-ally explain
      captive-ally explain rung loyalty
      captive-ally explain territory sweep-share_lost
    """
    from experiments.tutorials.texts import glossary, how_to_read, readings

    parts = {part: word for word in glossary() for part in word.split(", ")}
    for name in names or (*glossary(), *readings()):
        word = name if name in glossary() else parts.get(name, "")
        text = glossary().get(word) or how_to_read(name)
        if not text:
            raise UserError(f"explain {name}: unknown; {nearest(name, [*parts, *readings()])}")
        click.echo(click.wrap_text(f"{word or name}: {text}", subsequent_indent="  ", width=100))
