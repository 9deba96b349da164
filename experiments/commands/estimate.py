"""The command estimate: a theory's numbers from the given cases and the patterns that may be tuned to."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agents.reasons import THEORY_WORDS
from sim.errors import UserError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from experiments.commands.launch import TerminalProgress
    from experiments.explore.estimation import TheoryPosterior
    from experiments.explore.evidence import Evidence
    from experiments.explore.generations import Estimate
    from sim.runs.manifest import Manifest

EVERY_THEORY, COMPARISON = "all", "comparison"
POSTERIORS, GENERATIONS = "posteriors", "generations"  # folders within that of the estimate
FEWEST_PLAYED, MOST_PLAYED = 50, 1_000_000
FRESH_LUCK = 1  # added to the seed: worlds of the check meet other luck than those that were learned from
RECOVERED_BY = 400  # draws of the posterior of each made-up truth
EACH_DRAW, EACH_WORLD = 0.07, 0.013  # seconds of a core, of a draw and of a world of each case; measured
EACH_ON_YEARS = 0.07  # seconds of a core, of a draw that is played on the years since 1994; measured
EACH_IN_ROUND = 0.009  # seconds of a core, of a draw in a round on the war of 2020; measured
LAST_ROUNDS = 20  # that it usually takes until enough draws make that war; measured


@click.command()
@click.option("--theory", default=EVERY_THEORY, show_default=True, help=f"{', '.join(THEORY_WORDS)}, or all.")
@click.option("--cases", type=click.Path(path_type=Path), help="Learn from your own coding table.")
@click.option("--draws", default=2000, show_default=True, help="Draws to play for each theory.")
@click.option("--effective", default=500, show_default=True, help="Effective sample size per posterior.")
@click.option("--generations", default=4, show_default=True, help="Generations to split the draws into.")
@click.option("--worlds", default=4, show_default=True, help="Worlds per case and draw.")
@click.option("--recover", default=0, show_default=True, help="Made-up truths to try to recover.")
@click.option("--seed", default=0, show_default=True, help="The random seed.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/estimate"), show_default=True,
              help="Folder for the answers.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Delete an earlier estimate in the folder.")
@click.option("--workers", type=int, help="Processes to use [default: all cores].")
@click.option("--executor", default="processes", show_default=True, help="processes, inline or dask.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def estimate(theory: str, **given: Any) -> None:
    """Estimate a theory's numbers from the given cases and the patterns that may be tuned to.

    Draws numbers from their ranges, plays the cases and the years since 1994 with each draw, weighs draws by
    how likely they make what happened, and keeps those whose own worlds reproduce the war of 2020. Writes
    posterior.csv (for --numbers and --design), each motive's weight, which motives go together, and what the
    theory says of each case; for several theories, also how they compare on wars left out. An interrupted
    estimate resumes. A crisis of your own is one case: give its row in a table with --cases; calibrate
    --record learns from what happened in it.

    \b
    Examples:
      captive-ally estimate --theory article
      captive-ally estimate --out runs/estimate
      captive-ally run karabakh-2020 --numbers runs/estimate/posteriors/article.csv
    """
    from experiments.commands.launch import TerminalProgress
    from experiments.explore.estimation import FIRST_ROUNDS, ON_YEARS, SECOND_ROUNDS
    from experiments.explore.matching import PROPOSED

    asked = _estimates(theory, given)
    _check_folders([one.theory for one in asked], given)
    worlds = sum(one.worlds for one in asked)
    posteriors = {}
    with TerminalProgress(worlds, given["quiet"]) as progress:
        for one in asked if given["fresh"] else ():
            one.discard(progress.note)
        cores = _cores(given["workers"])
        rounds = FIRST_ROUNDS + SECOND_ROUNDS + LAST_ROUNDS
        on_war = rounds * PROPOSED * given["effective"] * EACH_IN_ROUND
        on_years = given["generations"] * ON_YEARS * EACH_ON_YEARS
        on_cases = given["draws"] * (EACH_DRAW + EACH_WORLD * given["worlds"])
        minutes = len(asked) * (on_cases + on_years + on_war) / cores / 60
        progress.note(
            f"{', '.join(one.theory for one in asked)}: {given['draws']:,} draws each, {worlds:,} worlds, "
            f"and the war of 2020 until enough draws make it: about {minutes:,.0f} minutes on {cores} cores"
        )
        for one in asked:
            progress.note(f"{one.theory}: {len(one.prior.paths)} numbers")
        for one, posterior in _run(asked, given, progress):
            posteriors[one.theory] = posterior
            _tell(one, posterior, given, progress)
    if len(posteriors) > 1:
        posteriors = {one.theory: posteriors[one.theory] for one in asked}
        from experiments.report.estimation import comparison_answer

        _write(comparison_answer(posteriors, given["seed"], _settings(given)), COMPARISON, given)


def _run(
    asked: "list[Estimate]", given: Mapping[str, Any], progress: "TerminalProgress"
) -> "Iterator[tuple[Estimate, TheoryPosterior]]":
    """Each estimate with its posterior: several of them side by side, if processes play them."""
    from experiments.explore.several import run_several

    if len(asked) > 1 and given["executor"] == "processes" and _cores(given["workers"]) > 1:
        yield from run_several(asked, given["workers"], progress)
    else:
        for one in asked:
            yield one, one.run(given["executor"], given["workers"], progress)


def _check_folders(names: list[str], given: Mapping[str, Any]) -> None:
    """Make sure that the answers can be written, before hours of work, and that nothing is lost by it."""
    from sim.runs.folder import check_free
    from sim.scenarios.reading import is_folder
    from sim.scenarios.validation import shortened

    place = given["out"]
    if place.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise UserError(f"--out {place}: is the folder that you are in, or holds it; give another one")
    own = {*THEORY_WORDS, COMPARISON, GENERATIONS, POSTERIORS}
    for found in place.iterdir() if is_folder(place) else ():
        if found.name not in own or not is_folder(found) or found.is_symlink():
            other = f"holds other files ({shortened(found.name)})"
            raise UserError(f"--out {place}: the folder {other}; give a new or empty one")
    for name in names + [COMPARISON] * (len(names) > 1):
        check_free(place / name, _manifest(name))


def _manifest(name: str) -> "Manifest":
    import shlex

    from sim.runs.manifest import Manifest

    command = shlex.join(["captive-ally", *click.get_current_context().find_root().obj])
    return Manifest.of_answer("study", name, command)


def _cores(workers: int | None) -> int:
    from sim.runs.executors import cores

    return workers or cores()


def _estimates(theory: str, given: Mapping[str, Any]) -> "list[Estimate]":
    """The estimates that are asked for, one a theory.

    Raises:
        UserError: whatever is wrong with what was given.
    """
    from agents.theories import THEORIES
    from experiments.commands.launch import MOST_WORKERS, check_within
    from experiments.explore.estimation import Effort, free_numbers
    from experiments.explore.generations import Estimate
    from experiments.explore.record_play import the_war_of_2020
    from sim.runs.executors import start

    if theory != EVERY_THEORY and theory not in THEORIES:
        raise UserError(f"--theory {theory}: unknown; {nearest(theory, [*THEORIES, EVERY_THEORY])}")
    for name, low, high in (("draws", FEWEST_PLAYED, MOST_PLAYED), ("effective", 50, MOST_PLAYED),
                            ("generations", 2, 50), ("worlds", 1, 1000), ("recover", 0, 1000),
                            ("seed", 0, 2**62)):  # fmt: skip
        check_within(f"--{name}", given[name], low, high)
    if given["workers"] is not None:
        check_within("--workers", given["workers"], 1, MOST_WORKERS)
    start(given["executor"], given["workers"])
    effort = Effort(given["draws"], given["effective"], given["generations"])
    evidence = _evidence(given)
    kept = given["out"] / GENERATIONS
    names = tuple(THEORIES) if theory == EVERY_THEORY else (theory,)
    return [
        Estimate(name, free_numbers(name), evidence, the_war_of_2020(), effort, given["seed"], kept / name)
        for name in names
    ]


def _evidence(given: Mapping[str, Any]) -> "Evidence":
    from experiments.explore.evidence import Evidence
    from experiments.history.coded_cases import given_cases, read_cases
    from sim.world import FORCE

    path = given["cases"]
    cases = given_cases() if path is None else read_cases(path)
    if "level" not in cases or cases["level"].isna().all():
        raise UserError(f"--cases {path}: no case has a level: an estimate needs what happened")
    force = cases["level"].dropna() >= FORCE
    if force.all() or not force.any():
        which = "all" if force.all() else "none"
        raise UserError(f"--cases {path}: force was used in {which} of them: nothing can be learned")
    return Evidence.of(cases, worlds=given["worlds"])


def _settings(given: Mapping[str, Any]) -> list[str]:
    table = "cases.csv" if given["cases"] is None else given["cases"].name
    return [f"cases of {table} and patterns T1 to T8, T17", f"{given['draws']:,} draws played",
            f"seed {given['seed']}"]  # fmt: skip


def _tell(
    one: "Estimate", posterior: "TheoryPosterior", given: Mapping[str, Any], progress: "TerminalProgress"
) -> None:
    """Write what an estimate came to."""
    from experiments.explore.estimation import recovery
    from experiments.report.estimation import as_written, estimate_answer

    facts = {
        "kind": "study", "name": f"estimate-{one.theory}", "theory": one.theory, "seed": one.seed,
        "question": f"What do the cases say of the patron's motives under the theory {one.theory}?",
        "worlds": given["worlds"], "estimate": one.facts,
    }  # fmt: skip
    told = [f"theory: {one.theory}", *_settings(given)]
    again = None
    if given["recover"]:
        again = recovery(posterior, given["recover"], RECOVERED_BY, one.seed + FRESH_LUCK)
    answer = estimate_answer(posterior, _played(one, posterior, given), told, facts, again)
    _write(answer, one.theory, given)
    about = _about(one, posterior)
    place = given["out"] / POSTERIORS
    place.mkdir(exist_ok=True)
    (place / f"{one.theory}.csv").write_text(
        as_written(posterior.draws).to_csv(index=False), encoding="utf-8"
    )
    _add(place / "about.toml", one.theory, about)
    _add(given["out"] / one.theory / "about.toml", "posterior", about)
    if posterior.sample.effective < given["effective"]:
        progress.note(
            f"{one.theory}: the effective sample is {posterior.sample.effective:,.0f}, less than the "
            f"{given['effective']} asked for: take its intervals for too narrow"
        )


def _played(one: "Estimate", posterior: "TheoryPosterior", given: Mapping[str, Any]) -> "pd.DataFrame":
    """Fresh worlds of draws of the posterior, one for each case: id, level, loss, ally5."""
    import pandas as pd

    from experiments.explore.estimation import PLAYED_AFRESH
    from experiments.history.coded_cases import play_draws
    from sim.runs.executors import workers

    draws = posterior.draws.head(PLAYED_AFRESH)
    with workers(1 if given["executor"] == "inline" else given["workers"]) as pool:
        parts = play_draws(one.evidence.cases, one.theory, one.seed + FRESH_LUCK, draws, pool)
    return pd.concat(parts, ignore_index=True)


def _about(one: "Estimate", posterior: "TheoryPosterior") -> dict[str, Any]:
    from sim.runs.code import code_version

    return {
        "theory": one.theory,
        "code_version": code_version(),
        "cases": one.facts["cases"],
        "seed": one.seed,
        "draws": len(posterior.sample.places),
        "effective": round(posterior.sample.effective),
        "played": len(posterior.places),
        "parameters": posterior.prior.paths,
    }


def _add(path: Path, name: str, about: Mapping[str, Any]) -> None:
    """Put what is known of a posterior into a file of such tables, in place of what it said before."""
    import json
    import tomllib

    from sim.runs.files import write_atomically

    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    tables[name] = dict(about)
    text = "# What the posteriors beside this file are; written by captive-ally estimate.\n"
    for table, values in sorted(tables.items()):
        text += f"\n[{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    write_atomically(path, text.encode())


def _write(answer: Any, name: str, given: Mapping[str, Any]) -> None:
    from experiments.commands.answers import write_answer
    from sim.runs.folder import FolderWriter

    with FolderWriter(given["out"] / name, _manifest(name)) as folder:
        text = write_answer(answer, folder)
    if not given["quiet"]:
        click.echo(f"{text}\n\nWritten to {given['out'] / name}\n")
