"""The commands that say what there is and means: scenarios, describe, explain, schema."""

import json
from functools import cache
from typing import TYPE_CHECKING

import click

from experiments.commands.options import complete_scenario
from sim.errors import UserError, nearest

if TYPE_CHECKING:
    from agents.claims import Claim
    from agents.reasons import Reason


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
    """Explain words, figures and claims.

    NAME is a word of the glossary, a figure, a claim, an outcome or a reason of the patron's; without NAME,
    the glossary and all figures are explained.

    \b
    Examples:
      captive-ally explain
      captive-ally explain rung loyalty
      captive-ally explain territory sweep-share_lost
      captive-ally explain C37 existential loyalty_end
    """
    from experiments.tutorials.texts import glossary, how_to_read, readings

    parts = {part: word for word in glossary() for part in word.split(", ")}
    for name in names or (*glossary(), *readings()):
        word = name if name in glossary() else parts.get(name, "")
        text = glossary().get(word) or how_to_read(name) or _named_in_model().get(name, "")
        if not text:
            known = [*parts, *readings(), *_named_in_model()]
            raise UserError(f"explain {name}: unknown; {nearest(name, known)}")
        click.echo(click.wrap_text(f"{word or name}: {text}", subsequent_indent="  ", width=100))


@cache
def _named_in_model() -> dict[str, str]:
    """Outcomes, reasons and claims, each by its name and explained in a few sentences."""
    from agents.claims import all_claims
    from agents.reasons import REASONS
    from sim.measures import OUTCOMES

    return {
        **{one.name: f"{one.meaning} ({one.unit})" for one in OUTCOMES},
        **{one.name: _reason_in_words(one) for one in REASONS},
        **{one.id: _claim_in_words(one) for one in all_claims()},
    }


def _reason_in_words(reason: "Reason") -> str:
    kind = "duty: it moves the patron to act" if reason.duty else "restraint: it holds the patron back"
    return f"{reason.words}, a {kind}. {f'Claim {reason.claim}.' if reason.claim else reason.source}"


def _claim_in_words(claim: "Claim") -> str:
    rules = f"A rule: {', '.join(claim.where)}." if claim.where else "A prediction, which no rule puts in."
    record = f"In the record: {claim.history}. {claim.history_note}".strip()
    return " ".join(filter(None, [claim.text, rules, f"Test: {claim.test}", claim.cannot_fail, record]))
