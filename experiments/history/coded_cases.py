"""Coded crises: their table is read, turned into small scenarios by one mapping, and predicted by the rules.

A row of a coding table is a crisis: an ally was attacked, its patron acted or not. One mapping (LINKS), the
same for every row, turns the codes into parameters of the scenario `crisis`. It was written down before it
was first run, reads nothing but the codes of its own row, and is anchored in one case: the codes of 2020 (K1
of experiments/history/cases.csv) give the defaults, because those describe that war. What no code speaks of
stays as it was then.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.chance import Luck
from sim.errors import UserError
from sim.measures import outcomes
from sim.model import ConflictModel
from sim.quantities import Numbers, Whole
from sim.runs.numbers import DEFAULTS, PRIOR, NumbersChoice
from sim.runs.plan import CHUNK, Job, Plan, jobs
from sim.runs.runner import release
from sim.scenarios.loading import load
from sim.scenarios.reading import is_folder, plain_number, read_rows
from sim.scenarios.scenario import Scenario
from sim.scenarios.validation import shortened
from sim.scenarios.values import describe
from sim.world import FORCE

CRISIS = "crisis"
CODES = (
    "guar", "cover", "outside", "intrans", "align", "chal_int",
    "core", "exist", "human", "pratio", "backer", "project", "scale",
)  # fmt: skip
IF_LEFT_OUT = {"scale": 0.6}  # codes whose column a table may lack, each with the value of all its rows then
WAR_COLUMN = "war"  # the column that says which rows are of one war
RESULTS = ("level", "loss", "ally5")  # what came of it; may be left out, as a column or cell by cell
RUNGS_CODED = (0, 1, 2, 3, 4)
# The cases that a theory has learned from, on which it is never scored: from 2020 come the defaults, and what
# came of all three made the article's rules those of `revised`.
LEARNED_FROM = {"article": ("K1",), "revised": ("K1", "K2", "K3")}
PREDICTED = ("p_level3", "highest_rung", "loss_mean", "ally5_mean")
WRITTEN = {"highest_rung": "level_mean"}  # in tables; the outcome of that name is of the days of fighting
READ = ("level_max", "share_lost", "status_end", "loyalty_end")  # outcomes that results are worked out from
MOST_ROWS_READ = 100_000
UNKNOWN = ("", "na", "n/a", "#n/a", "nan", "<na>", "null", "none")  # as R, pandas and spreadsheets write it
STATA_UNKNOWN = re.compile(r"\.[a-z]?")

# The codes of 2020 that are not the number of a parameter as they stand.
REFUSALS_2020, DISASTER_2020, CORE_2020 = 0.8, 0.5, 0.05
NEARLY_ONE = 0.99  # share: a code nearer to 1 would ask for an infinite rate or ratio; assumption


@dataclass(frozen=True)
class Link:
    """How a parameter follows from codes.

    Attributes:
        path: the path of the parameter.
        codes: the codes that it is worked out from.
        formula: the formula in words; `default` is the value in the scenario `crisis`.
        reason: why it follows so.
        value: (codes by name, default or a default a row) -> a value a row, before it is held in the
            parameter's range.
    """

    path: str
    codes: tuple[str, ...]
    formula: str
    reason: str
    value: Callable[[Mapping[str, Numbers], Any], Numbers]


def _same(path: str, code: str, reason: str) -> Link:
    return Link(path, (code,), code, reason, lambda codes, default: codes[code])


def _home(codes: Mapping[str, Numbers]) -> Numbers:
    """How far an attack was made on home ground, beyond that of 2020."""
    return np.asarray(np.clip((codes["core"] - CORE_2020) / (1.0 - CORE_2020), 0.0, 1.0))


def _ratio(codes: Mapping[str, Numbers]) -> Numbers:
    """Challenger to client: pratio = c / (1 + c)."""
    return _odds(codes["pratio"])


def _odds(share: Any) -> Numbers:
    """The odds of a share; at its ends those of the nearest that is neither never nor always."""
    inside = np.clip(share, 1.0 - NEARLY_ONE, NEARLY_ONE)
    return np.asarray(inside / (1.0 - inside))


LINKS = (
    _same("client.outside_option", "outside", "the same quantity"),
    _same("client.intransigence", "intrans", "the same quantity"),
    _same("client.alignment", "align", "the same quantity"),
    Link("patron.guarantee", ("guar", "cover", "core"),
         f"guar x (1 - home x (1 - cover)), home = (core - {CORE_2020}) / {1 - CORE_2020}, at least 0",
         "the pact at home, as far as it covers the land attacked, of which cover speaks",
         lambda codes, default: codes["guar"] * (1.0 - _home(codes) * (1.0 - codes["cover"]))),
    _same("patron.scope_contested", "cover", "the same quantity, of held land beyond home ground"),
    _same("patron.interest_in_challenger", "chal_int", "the same quantity"),
    _same("patron.capability", "project", "the same quantity; the code counts a domestic veto, too"),
    _same("backer.help", "backer", "the same quantity"),
    _same("challenger.scale", "scale", "the same quantity"),
    Link("client.strength", ("pratio",), "1 / sqrt(c), c = pratio / (1 - pratio)",
         "the ratio in two equal parts, from even stocks; 16 to 1 is the most that the ranges allow",
         lambda codes, default: 1.0 / np.sqrt(_ratio(codes))),
    Link("challenger.strength", ("pratio",), "sqrt(c)", "the other half of the ratio",
         lambda codes, default: np.sqrt(_ratio(codes))),
    Link("challenger.value_contested", ("core",), "default x (1 - core)",
         "what the attack is after: held land as far as it is not home ground",
         lambda codes, default: default * (1.0 - codes["core"])),
    Link("challenger.value_core", ("core",), "default x (1 - core)", "likewise, for the core of held land",
         lambda codes, default: default * (1.0 - codes["core"])),
    Link("challenger.value_recognised", ("core",), "core",
         "an attack that was made on home ground was worth its fear",
         lambda codes, default: codes["core"]),
    _same("challenger.existential_threat", "exist", "the same quantity"),
    _same("challenger.threat_scale", "scale", "the danger coded is that of the attack as it was"),
    Link("combat.flight", ("human",), f"default x log(1 - human) / log(1 - {DISASTER_2020})",
         "a war of the length of 2020 drives out the share coded; 2020 gives the default",
         lambda codes, default: default * np.log1p(-np.minimum(codes["human"], NEARLY_ONE))
         / np.log1p(-DISASTER_2020)),
    Link("mediators.frustration", ("intrans",), f"default x intrans / {REFUSALS_2020}",
         "patience was lost over refusals; 2020 gives the default",
         lambda codes, default: default * codes["intrans"] / REFUSALS_2020),
)  # fmt: skip


def read_cases(path: Path) -> pd.DataFrame:
    """A coding table: id, case, war, the codes and, where the file has them, the results (NaN: too early).

    Columns of other names are left aside. A case without the name of a war is one of its own.

    Raises:
        UserError: the file, row and column of what is wrong, and what is allowed.
    """
    header, rows = _rows(path)
    _check_header(path, header)
    columns = [name for name in RESULTS if name in header]
    table: dict[str, list[Any]] = {name: [] for name in ("id", "case", WAR_COLUMN, *CODES, *columns)}
    seen: dict[str, int] = {}
    for line, row in rows:
        name = row["id"].strip()
        where = f"{path}: row {line}"
        if not name:
            raise UserError(f"{where}: id: is empty")
        if name in seen:
            raise UserError(f"{where}: id = '{shortened(name)}': stands in row {seen[name]} already")
        seen[name] = line
        table["id"].append(name)
        table["case"].append(row.get("case", "").strip() or name)
        table[WAR_COLUMN].append(row.get(WAR_COLUMN, "").strip() or name)
        where = f"{where} ({shortened(name)})"
        for code in CODES:
            given = code in header
            table[code].append(_share(f"{where}: {code}", row[code]) if given else IF_LEFT_OUT[code])
        for result in columns:
            table[result].append(_result(f"{where}: {result}", result, row[result]))
    if not seen:
        raise UserError(f"{path}: there is no case in it, only a header")
    return pd.DataFrame(table)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header, and each row with its number in the file (the header is row 1)."""
    if is_folder(path):
        raise UserError(f"{path}: is a folder; a .csv file is needed")
    try:
        lines = read_rows(path)
    except UnicodeDecodeError:
        raise UserError(f"{path}: is no text in UTF-8; a .csv file is needed") from None
    except FileNotFoundError:
        raise UserError(f"{path}: there is no file of that name") from None
    except csv.Error as error:
        raise UserError(f"{path}: is no CSV: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not lines:
        raise UserError(f"{path}: is empty; needed are the columns id, {', '.join(CODES)}")
    if len(lines) - 1 > MOST_ROWS_READ:
        raise UserError(f"{path}: {len(lines) - 1:,} cases; allowed are {MOST_ROWS_READ:,}")
    header = lines[0][1]
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise UserError(f"{path}: row {number}: {len(row)} cells, but {len(header)} columns")
    return header, [(number, dict(zip(header, row, strict=True))) for number, row in lines[1:]]


def _check_header(path: Path, header: Sequence[str]) -> None:
    known = ("id", "case", WAR_COLUMN, "conf", *CODES, *RESULTS)
    odd = [shortened(name) for name in header if name not in known]
    for name in odd:
        if name.casefold() in known:
            raise UserError(f"{path}: row 1: column '{name}' is unknown; did you mean '{name.casefold()}'?")
    for name in ("id", *CODES):
        if name not in header and name not in IF_LEFT_OUT:
            near = get_close_matches(name, odd, n=1)
            hint = f"; is it what stands there as '{near[0]}'?" if near else ""
            raise UserError(f"{path}: row 1: column '{name}' is missing{hint}")
    for name in known:
        if header.count(name) > 1:
            raise UserError(f"{path}: row 1: column '{name}' stands twice")


def _share(where: str, cell: str) -> float:
    """A number from 0 to 1."""
    if not cell.strip():
        raise UserError(f"{where}: is empty; only {', '.join(RESULTS)} may be")
    try:
        value = plain_number(cell)
    except ValueError:
        raise UserError(f"{where} = '{shortened(cell)}': a number is needed, 0 to 1") from None
    if not 0.0 <= value <= 1.0:  # NaN is not either
        raise UserError(f"{where} = {shortened(cell.strip())}: allowed is 0 to 1")
    return value


def _result(where: str, name: str, cell: str) -> float:
    """What came of a case, NaN where it is not known."""
    if cell.casefold() in UNKNOWN or STATA_UNKNOWN.fullmatch(cell):
        return float("nan")
    if name != "level":
        return _share(where, cell)
    allowed = ", ".join(str(level) for level in RUNGS_CODED)
    try:
        value = plain_number(cell)
    except ValueError:
        raise UserError(f"{where} = '{shortened(cell)}': unknown level; allowed: {allowed}") from None
    if value not in RUNGS_CODED:
        raise UserError(f"{where} = {shortened(cell.strip())}: unknown level; allowed: {allowed}")
    return value


def as_design(cases: pd.DataFrame, drawn: Mapping[str, Numbers] | None = None) -> pd.DataFrame:
    """The parameters of each case: a row a case, a column a parameter.

    Args:
        cases: the table from read_cases; only its codes are looked at.
        drawn: path -> (cases,) numbers that take the place of defaults, in the formulas, too.
    """
    known = {info.path: info for info in describe(load(CRISIS))}
    codes = {code: cases[code].to_numpy(dtype=float) for code in CODES}
    columns = dict(drawn or {})
    for link in LINKS:
        info = known[link.path]
        usual = columns.get(link.path, info.default)
        columns[link.path] = np.clip(link.value(codes, usual), info.low, info.high)
    return pd.DataFrame(columns)


def mapping() -> pd.DataFrame:
    """The mapping as a table: parameter, codes, formula, default, range, reason."""
    known = {info.path: info for info in describe(load(CRISIS))}
    rows = [
        {
            "parameter": link.path,
            "codes": " ".join(link.codes),
            "formula": link.formula,
            "default": known[link.path].default,
            "low": known[link.path].low,
            "high": known[link.path].high,
            "reason": link.reason,
        }
        for link in LINKS
    ]
    return pd.DataFrame(rows)


def play(
    cases: pd.DataFrame,
    theory: str,
    seed: int,
    worlds: Whole,
    drawn: Mapping[str, Numbers] | None = None,
    scenario: Scenario | None = None,
) -> pd.DataFrame:
    """Play cases side by side, a row a world.

    Args:
        cases: (worlds,) rows of the table from read_cases; only their codes are looked at.
        theory: the theory of the patron's choice.
        seed: the seed of all luck.
        worlds: (worlds,) world numbers.
        drawn: path -> (worlds,) numbers that take the place of defaults.
        scenario: another end for the scenario `crisis`, if not its own.

    Returns:
        level (the highest rung), loss (share of the attacked land lost), ally5 (the tie that is left at the
        end), as the results of a case are coded.
    """
    columns = {str(path): _apart(column) for path, column in as_design(cases, drawn).items()}
    model = ConflictModel(scenario or load(CRISIS), theory=theory, seed=seed, worlds=worlds, columns=columns)
    model.run()
    ends = pd.DataFrame({name: outcomes(model)[name] for name in READ})
    ends = ends.assign(recognised_share_lost=model.world.recognised_lost, gone=model.world.over)
    found = results(ends, cases["core"].to_numpy(dtype=float))
    release(model)
    return found


def _apart(column: "pd.Series[float]") -> Any:
    """A column as an array, or as one number where all are alike, which is faster."""
    values = column.to_numpy(dtype=float)
    return float(values[0]) if (values == values[0]).all() else values


def results(ends: pd.DataFrame, core: Numbers) -> pd.DataFrame:
    """What came of each world, as the results of a case are coded; a client that is gone has lost all.

    Args:
        ends: READ, recognised_share_lost and gone of each world, at its end.
        core: (worlds,) the code core: how much of the attack was on home ground.
    """
    gone = ends["gone"].to_numpy()
    lost = (1.0 - core) * ends["share_lost"] + core * ends["recognised_share_lost"]
    left = gone | (ends["status_end"] == "left")
    return pd.DataFrame(
        {
            "level": ends["level_max"],
            "loss": np.where(gone, 1.0, lost),
            "ally5": np.where(left, 0.0, ends["loyalty_end"]),
        }
    )


def predict(
    cases: pd.DataFrame,
    theories: Sequence[str],
    worlds: int,
    seed: int,
    pool: Executor,
    done: Callable[[int], None] = lambda worlds: None,
    numbers: str = DEFAULTS,
) -> pd.DataFrame:
    """What the rules say of each case under each theory.

    All cases meet the same luck, and the same numbers where they are drawn, so a case is predicted alike
    alone and among others.

    Args:
        cases: the table from read_cases; only its codes are looked at.
        theories: the theories of the patron's choice.
        worlds: the number of worlds for each case and theory.
        seed: the seed of all luck.
        pool: the workers.
        done: what is called after each job with its number of worlds.
        numbers: which numbers each world gets for what the codes do not say.

    Returns:
        a row a theory and case, in the order given: theory, numbers, id, p_level3 (share of worlds in which
        the patron reaches rung 3 or more), highest_rung (its mean), loss_mean (mean share of the attacked
        land lost), ally5_mean (mean of the tie that is left five years later).

    Raises:
        UserError: there are no such numbers, or they are of another theory.
    """
    each = pd.DataFrame({"theory": np.repeat(np.array(theories, dtype=object), len(cases))})
    plan = Plan(load(CRISIS), seed=seed, worlds=worlds, design=each)
    plan = replace(plan, numbers=NumbersChoice.of(numbers, plan.scenario, theories))
    flying = {pool.submit(_play_job, plan, cases, job): job for job in jobs(plan)}
    for future in as_completed(flying):
        done(flying[future].size)
    table = pd.concat([future.result() for future in flying], ignore_index=True)  # in the order of the jobs
    table["p_level3"] = table["level"] >= FORCE
    named = {"level": "highest_rung", "loss": "loss_mean", "ally5": "ally5_mean"}
    means = table.rename(columns=named).groupby("point")[list(PREDICTED)].mean().sort_index()
    means.insert(0, "theory", each["theory"])
    means.insert(1, "numbers", numbers)
    means.insert(2, "id", np.tile(cases["id"].to_numpy(), len(theories)))
    return means.reset_index(drop=True)


def _play_job(plan: Plan, cases: pd.DataFrame, job: Job) -> pd.DataFrame:
    """The worlds of some points, each a theory and case: point, level, loss, ally5."""
    points = np.repeat(np.array(job.points), job.last - job.first)
    worlds = np.tile(np.arange(job.first, job.last), len(job.points))
    theory, _ = plan.structure(job.points[0])
    drawn = plan.numbers.columns(theory, Luck(plan.seed, worlds))
    chosen = cases.iloc[points % len(cases)].reset_index(drop=True)
    return play(chosen, theory, plan.seed, worlds, drawn).assign(point=points)


def play_draws(
    cases: pd.DataFrame, theory: str, seed: int, draws: pd.DataFrame, pool: Executor
) -> list[pd.DataFrame]:
    """Play each case once with each of some draws of the numbers, a world each: id, level, loss, ally5."""
    fixed = load(CRISIS).sources
    drawn = draws[[path for path in draws if path not in fixed]]
    together = max(CHUNK // len(cases), 1)
    flying = [
        pool.submit(_play_block, cases, theory, seed, drawn.iloc[first : first + together], first)
        for first in range(0, len(drawn), together)
    ]
    return [future.result() for future in flying]


def _play_block(cases: pd.DataFrame, theory: str, seed: int, draws: pd.DataFrame, first: int) -> pd.DataFrame:
    chosen = cases.iloc[np.tile(np.arange(len(cases)), len(draws))].reset_index(drop=True)
    worlds = np.repeat(first + np.arange(len(draws)), len(cases))
    drawn = {str(path): np.repeat(column.to_numpy(float), len(cases)) for path, column in draws.items()}
    return play(chosen, theory, seed, worlds, drawn).assign(id=chosen["id"])


def by_theory(predicted: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each theory and kind of numbers with its predictions: id and PREDICTED."""
    for (theory, numbers), part in predicted.groupby(["theory", "numbers"], sort=False):
        yield str(theory), str(numbers), part[["id", *PREDICTED]].reset_index(drop=True)


def given_cases() -> pd.DataFrame:
    """The cases that ship, from which numbers may be estimated."""
    return read_cases(Path(str(files("experiments.history").joinpath("cases.csv"))))


def learned_from(theory: str, numbers: str, cases: pd.DataFrame) -> NDArray[np.bool_]:
    """(cases,) which of some cases a theory with some numbers has learned from, and is not scored on.

    With the defaults, and a prior around them, those are LEARNED_FROM; an estimate has learned from all that
    ship, whatever name a table gives them.
    """
    named = cases["id"].isin(LEARNED_FROM.get(theory, ()))
    if numbers in (DEFAULTS, PRIOR):
        return named.to_numpy()
    codes = list(CODES)
    same = cases[codes].merge(given_cases()[codes].drop_duplicates(), on=codes, how="left", indicator=True)
    return (named | same["_merge"].eq("both").to_numpy()).to_numpy()
