"""The command that lists the claims."""

import json

import click


@click.command()
@click.option("--list", "listing", is_flag=True, help="List the 55 claims and where each lives.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def claims(listing: bool, as_json: bool) -> None:
    """List the claims of the article: which are rules, which predictions, and where they live.

    \b
    Examples:
      captive-ally claims --list
      captive-ally claims --list --json
    """
    del listing  # the only thing it does so far
    from experiments.commands.terminal import table
    from sim.claims import all_claims

    known = all_claims()
    if as_json:
        fields = {"id", "kind", "text", "where", "measure"}
        facts = [claim.model_dump(mode="json", include=fields) for claim in known]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    rows = [(claim.id, claim.kind, claim.text) for claim in known]
    click.echo(table(rows, ("claim", "kind", "text"), (5, 10)))
    rules = sum(claim.kind == "rule" for claim in known)
    click.echo(f"\n{rules} rules, each left out by `--without`, and {len(known) - rules} predictions.")
