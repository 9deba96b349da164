"""How does a coded crisis become a small scenario, and what do the rules say of it?

A row of a coding table is a crisis: an ally was attacked, its patron acted or not. One mapping (LINKS), the
same for every row, turns the codes into parameters of the scenario `crisis`. It was written down before it
was first run, reads nothing but the codes of its own row, and is anchored in one case: the codes of 2020 (K1
of experiments/history/cases.csv) give the defaults, because those describe that war. What no code speaks of
stays as it was then.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import UserError, nearest
from sim.measures import OUTCOMES
from sim.model import ConflictModel
from sim.runs.plan import Job, Plan, jobs
from sim.runs.runner import model_of, release
from sim.scenarios.reading import is_file, is_folder, shown
from sim.scenarios.scenario import describe, load
from sim.world import Rung, Status

Numbers = NDArray[np.float64]

SCENARIO = "crisis"
CODES = (
    "guar", "cover", "outside", "intrans", "align", "chal_int",
    "core", "exist", "human", "pratio", "backer", "project",
)  # fmt: skip
RESULTS = ("level", "loss", "ally5")  # what came of it; may be left out, as a column or cell by cell
LEVELS = (0, 1, 2, 3, 4)
PREDICTED = ("p_level3", "level_mean", "loss_mean", "ally5_mean")
MOST_ROWS = 100_000

# The codes of 2020 that are not the number of a parameter as they stand.
REFUSALS_2020, DANGER_2020, DISASTER_2020 = 0.8, 0.15, 0.5
CERTAIN = 0.99  # share: a code nearer to 1 would ask for an infinite rate or ratio; assumption


@dataclass(frozen=True)
class Link:
    """How a parameter follows from codes.

    Attributes:
        path: of the parameter.
        codes: it is worked out from.
        formula: in words; `default` is the value in the scenario `crisis`.
        reason: why so.
        value: (codes by name, default) -> a value a row, before it is held in the parameter's range.
    """

    path: str
    codes: tuple[str, ...]
    formula: str
    reason: str
    value: Callable[[Mapping[str, Numbers], float], Numbers]


def _same(path: str, code: str, reason: str) -> Link:
    return Link(path, (code,), code, reason, lambda codes, default: codes[code])


def _ratio(codes: Mapping[str, Numbers]) -> Numbers:
    """Challenger to client: pratio = c / (1 + c)."""
    share = np.clip(codes["pratio"], 1.0 - CERTAIN, CERTAIN)
    return np.asarray(share / (1.0 - share))


LINKS = (
    _same("client.outside_option", "outside", "the same quantity"),
    _same("client.intransigence", "intrans", "the same quantity"),
    _same("client.alignment", "align", "the same quantity"),
    _same("patron.guarantee", "guar", "the same quantity"),
    _same("patron.scope_contested", "cover", "the same quantity; home ground is always covered"),
    _same("patron.interest_in_challenger", "chal_int", "the same quantity"),
    _same("patron.capability", "project", "the same quantity; the code counts a domestic veto, too"),
    _same("backer.help", "backer", "the same quantity"),
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
    Link("red_lines.existential.threshold", ("exist",), f"default + {DANGER_2020} - exist",
         "danger that the crisis itself brings counts before any land is lost; 2020 gives the default",
         lambda codes, default: default + DANGER_2020 - codes["exist"]),
    Link("combat.flight", ("human",), f"default x log(1 - human) / log(1 - {DISASTER_2020})",
         "a war of the length of 2020 drives out the share coded; 2020 gives the default",
         lambda codes, default: default * np.log1p(-np.minimum(codes["human"], CERTAIN))
         / np.log1p(-DISASTER_2020)),
    Link("mediators.frustration", ("intrans",), f"default x intrans / {REFUSALS_2020}",
         "patience was lost over refusals; 2020 gives the default",
         lambda codes, default: default * codes["intrans"] / REFUSALS_2020),
)  # fmt: skip


def read_cases(path: Path) -> pd.DataFrame:
    """A coding table: id, case, the codes and, where the file has them, what came of it (NaN: too early).

    Columns of other names are left aside.

    Raises:
        UserError: the file, row and column of what is wrong, and what is allowed.
    """
    header, rows = _rows(path)
    _check_header(path, header)
    columns = [name for name in RESULTS if name in header]
    table: dict[str, list[Any]] = {name: [] for name in ("id", "case", *CODES, *columns)}
    seen: dict[str, int] = {}
    for line, row in rows:
        name = row["id"].strip()
        where = f"{path}: row {line}"
        if not name:
            raise UserError(f"{where}: id: is empty")
        if name in seen:
            raise UserError(f"{where}: id = '{shown(name)}': stands in row {seen[name]} already")
        seen[name] = line
        table["id"].append(name)
        table["case"].append(row.get("case", "").strip() or name)
        where = f"{where} ({shown(name)})"
        for code in CODES:
            table[code].append(_share(f"{where}: {code}", row[code]))
        for result in columns:
            table[result].append(_result(f"{where}: {result}", result, row[result]))
    if not seen:
        raise UserError(f"{path}: there is no case in it, only a header")
    return pd.DataFrame(table)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header, and each row with its number in the file (the header is row 1)."""
    if is_folder(path):
        raise UserError(f"{path}: is a folder; a .csv file is needed")
    if not is_file(path):
        raise UserError(f"{path}: there is no file of that name")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [
                (number, row) for number, row in enumerate(csv.reader(file, strict=True), start=1) if any(row)
            ]
    except UnicodeDecodeError:
        raise UserError(f"{path}: is no text in UTF-8; a .csv file is needed") from None
    except csv.Error as error:
        raise UserError(f"{path}: is no CSV: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not lines:
        raise UserError(f"{path}: is empty; needed are the columns id, {', '.join(CODES)}")
    if len(lines) - 1 > MOST_ROWS:
        raise UserError(f"{path}: {len(lines) - 1:,} cases; allowed are {MOST_ROWS:,}")
    header = [name.strip() for name in lines[0][1]]
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise UserError(f"{path}: row {number}: {len(row)} cells, but {len(header)} columns")
    return header, [(number, dict(zip(header, row, strict=True))) for number, row in lines[1:]]


def _check_header(path: Path, header: Sequence[str]) -> None:
    for name in ("id", *CODES):
        if name not in header:
            odd = [other for other in header if other not in ("id", "case", "conf", *CODES, *RESULTS)]
            hint = f"; {nearest(name, odd)}" if odd else ""
            raise UserError(f"{path}: row 1: column '{name}' is missing{hint}")
    for name in ("id", "case", *CODES, *RESULTS):
        if header.count(name) > 1:
            raise UserError(f"{path}: row 1: column '{name}' stands twice")


def _share(where: str, cell: str) -> float:
    """A number from 0 to 1."""
    if not cell.strip():
        raise UserError(f"{where}: is empty; only {', '.join(RESULTS)} may be")
    try:
        value = float(cell)
    except ValueError:
        raise UserError(f"{where} = '{shown(cell)}': a number is needed, 0 to 1") from None
    if not 0.0 <= value <= 1.0:  # NaN is not either
        raise UserError(f"{where} = {shown(cell.strip())}: allowed is 0 to 1")
    return value


def _result(where: str, name: str, cell: str) -> float:
    """What came of a case, NaN where it is not known."""
    if not cell.strip():
        return float("nan")
    if name != "level":
        return _share(where, cell)
    allowed = ", ".join(str(level) for level in LEVELS)
    try:
        value = float(cell)
    except ValueError:
        raise UserError(f"{where} = '{shown(cell)}': unknown level; allowed: {allowed}") from None
    if value not in LEVELS:
        raise UserError(f"{where} = {shown(cell.strip())}: unknown level; allowed: {allowed}")
    return value


def as_design(cases: pd.DataFrame) -> pd.DataFrame:
    """The parameters of each case: a row a case, a column a parameter."""
    known = {info.path: info for info in describe(load(SCENARIO))}
    codes = {code: cases[code].to_numpy(dtype=float) for code in CODES}
    columns = {}
    for link in LINKS:
        info = known[link.path]
        columns[link.path] = np.clip(link.value(codes, info.default), info.low, info.high)
    return pd.DataFrame(columns)


def mapping() -> pd.DataFrame:
    """The mapping as a table: parameter, codes, formula, default, range, reason."""
    known = {info.path: info for info in describe(load(SCENARIO))}
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


def predict(
    cases: pd.DataFrame,
    theories: Sequence[str],
    worlds: int,
    seed: int,
    pool: Executor,
    done: Callable[[int], None] = lambda worlds: None,
) -> pd.DataFrame:
    """What the rules say of each case under each theory, with default parameters.

    All cases meet the same luck, so a case is predicted alike alone and among others.

    Args:
        cases: from read_cases; only their codes are looked at.
        theories: of the patron's choice.
        worlds: for each case and theory.
        seed: of all luck.
        pool: who does the work.
        done: called after each part with its number of worlds.

    Returns:
        a row a theory and case, in the order given: theory, id, p_level3 (share of worlds in which the patron
        reaches rung 3 or more), level_mean (mean of the highest rung), loss_mean (mean share of the attacked
        land lost), ally5_mean (mean of the tie that is left five years later).
    """
    design = pd.concat(
        [as_design(cases).assign(core=cases["core"], theory=theory) for theory in theories], ignore_index=True
    )
    weight = design.pop("core").to_numpy(dtype=float)
    plan = Plan(load(SCENARIO), seed=seed, worlds=worlds, design=design)
    flying = {pool.submit(play, plan, job): job for job in jobs(plan)}
    for future in as_completed(flying):
        done(flying[future].size)
    table = pd.concat([future.result() for future in flying], ignore_index=True)  # in the order of the jobs
    core = weight[table["point"]]
    gone = table["gone"].to_numpy()
    lost = (1.0 - core) * table["contested_lost"] + core * table["recognised_lost"]
    table = pd.DataFrame(
        {
            "point": table["point"],
            "p_level3": table["level"] >= Rung.PEACEKEEPERS,
            "level_mean": table["level"],
            "loss_mean": np.where(gone, 1.0, lost),
            "ally5_mean": np.where(gone | table["left"], 0.0, table["loyalty"]),
        }
    )
    means = table.groupby("point")[list(PREDICTED)].mean().sort_index()
    means.insert(0, "theory", design["theory"])
    means.insert(1, "id", np.tile(cases["id"].to_numpy(), len(theories)))
    return means.reset_index(drop=True)


def play(plan: Plan, job: Job) -> pd.DataFrame:
    """Some worlds of some cases from the attack to five years later: a row a world."""
    model = model_of(plan, job)
    world = model.run()
    table = pd.DataFrame(
        {
            "point": np.repeat(np.array(job.points), job.last - job.first),
            "level": world.rung_max,
            "contested_lost": _contested_lost(model),
            "recognised_lost": world.recognised_lost,
            "gone": world.over,
            "left": world.status == Status.LEFT,
            "loyalty": world.loyalty,
        }
    )
    release(model)
    return table


def _contested_lost(model: ConflictModel) -> Numbers:
    (measure,) = (one for one in OUTCOMES if one.name == "share_lost")
    return np.array(measure.read(model))


def by_theory(predicted: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each theory with its predictions: id and PREDICTED."""
    for theory, part in predicted.groupby("theory", sort=False):
        yield str(theory), part[["id", *PREDICTED]].reset_index(drop=True)
