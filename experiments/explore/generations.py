"""The generations of an estimate on disk: each is a batch of jobs, and what is done is kept.

A folder holds question.json, which says what is estimated, and a Parquet file for each generation that is
complete: the places of its draws and what the plays saw of them; and one for each round of draws on the war
of 2020, and on the years before it. While a generation is played, its jobs lie in a folder beside it, and the
same command resumes with those that are left.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.emulator import one_thread
from experiments.explore.estimation import Effort, Generation, Prior, TheoryPosterior, estimated
from experiments.explore.evidence import CasePlay, Evidence
from experiments.explore.matching import OnRecord
from experiments.explore.record_play import RecordPlay
from sim.errors import UserError
from sim.quantities import Flags, Numbers, Whole
from sim.runs.batch import Batch
from sim.runs.code import code_version, package_versions, version_of
from sim.runs.execution import Progress
from sim.runs.executors import cores, start
from sim.runs.executors import workers as workers_of
from sim.runs.files import file_hash, read_json, remove, write_atomically, write_json
from sim.runs.job_files import Receipt, receipts, split_remaining, without_failures, write_receipt
from sim.runs.plan import Job, Plan
from sim.scenarios.reading import is_file

QUESTION = "question.json"
RECORD_IN = (".csv", ".toml")  # endings of the files of the record
SUM = ".sha256"  # ending of the file that holds the hash of a generation
PLACE = "place:"  # how the names of columns that hold places begin
OF_2020, OF_YEARS = "war of 2020", "years"
YEARS_LEARNED = 4  # worlds of the years for each draw learned from: more draws teach more than more worlds
ABREAST = 16384  # worlds in one job at most; more take memory
FEWEST_ABREAST = 200  # worlds in one job: fewer take just as long
LUCK_APART = 10**6  # between the luck numbers of one round and the next
AFRESH = 10**8  # the luck with which the last draws are played afresh is numbered from here


@dataclass(frozen=True)
class Estimate:
    """An estimate that is asked for.

    Attributes:
        theory: the theory whose numbers are estimated.
        prior: the numbers, and what is believed of them beforehand.
        evidence: what they are held against.
        war: the war of 2020, if they are matched to it.
        effort: how much work goes into it.
        seed: the seed of all luck.
        folder: where generations are kept.
    """

    theory: str
    prior: Prior
    evidence: Evidence
    war: RecordPlay | None
    effort: Effort
    seed: int
    folder: Path

    @property
    def facts(self) -> dict[str, Any]:
        """All that determines the numbers."""
        table = self.evidence.cases.to_csv(index=False)
        return {
            "theory": self.theory,
            "seed": self.seed,
            "draws": self.effort.draws,
            "generations": self.effort.generations,
            "effective": self.effort.effective,
            "worlds": {name: play.worlds for name, play in self._all_plays.items()},
            "years_learned": YEARS_LEARNED,
            "cases": sha256(table.encode()).hexdigest()[:16],
            "parameters": self.prior.paths,
            "numbers": self._numbers,
            "code": code_version(),
            "evidence": _evidence_version(),
        }

    @property
    def _numbers(self) -> str:
        """A hash of the ranges, and of all numbers that are not drawn."""
        ranges = [(path, one.low, one.high, one.form) for path, one in self.prior.ranges.items()]
        plans = [Plan(play.scenario).fingerprint for play in self._all_plays.values()]
        return sha256(repr((ranges, plans)).encode()).hexdigest()[:16]

    @property
    def _all_plays(self) -> dict[str, CasePlay | RecordPlay]:
        of_record = {OF_2020: self.war, OF_YEARS: self.evidence.years}
        return {**self.evidence.plays, **{name: one for name, one in of_record.items() if one is not None}}

    @property
    def worlds(self) -> int:
        """How many worlds the generations are played with; the rounds of matching take more."""
        return sum(self.worlds_of(number) for number in range(self.effort.generations))

    def worlds_of(self, number: int) -> int:
        """How many worlds a generation is played with."""
        return self.effort.sizes[number] * sum(one.size for one in self.evidence.plays.values())

    def run(
        self, executor: str, workers: int | None = None, progress: Progress | None = None
    ) -> TheoryPosterior:
        """Play what has not been played, and sample the posterior.

        Args:
            executor, workers: what plays; see sim/runs/executors.py.
            progress: the listener that hears how it gets on.

        Raises:
            UserError: the folder holds another estimate, or cannot be written.
        """
        self._open()
        abreast = 1 if executor == "inline" else workers or cores()
        heard = progress or Progress()
        with workers_of(abreast) as pool, one_thread():
            plays = _PlaysOnDisk(self, executor, workers, pool, abreast, heard)
            return estimated(self.prior, self.evidence, self.effort, self.seed, plays, heard.note)

    def discard(self, tell: Callable[[str], None]) -> None:
        """Delete what was played earlier, and say so.

        Raises:
            UserError: the folder holds something else.
        """
        place = self.folder
        if not place.exists() and not place.is_symlink():
            return
        if place.is_symlink() or not is_file(place / QUESTION):
            raise UserError(f"--fresh: {place} holds no generations of an estimate; remove it yourself")
        tell(f"--fresh: removing {place}")
        remove(place)

    def _open(self) -> None:
        path = self.folder / QUESTION
        try:
            self.folder.resolve().mkdir(parents=True, exist_ok=True)  # it may be behind a link
            if not is_file(path):
                write_json(path, self.facts)
        except OSError as error:
            raise UserError(f"--out {self.folder}: cannot be written: {error.strerror}") from None
        held = read_json(path)
        differs = ", ".join(name for name, value in self.facts.items() if held.get(name) != value)
        if differs:
            way_out = "give another folder, or --fresh"
            raise UserError(f"{self.folder}: holds another estimate (other {differs}); {way_out}")


@dataclass(frozen=True)
class _PlaysOnDisk:
    """Plays the draws of an estimate, and keeps what was seen in its folder.

    Attributes:
        estimate: the estimate.
        executor, workers: what plays generations.
        pool, abreast: what plays the record, and how many of its jobs run at once.
        progress: see Estimate.run.
    """

    estimate: Estimate
    executor: str
    workers: int | None
    pool: Executor
    abreast: int
    progress: Progress

    def recall(self, number: int) -> Generation | None:
        """A generation that is complete."""
        table = _read(self._file("generation", number))
        if table is None:
            return None
        self.progress.before(self.estimate.worlds_of(number))
        return Generation(_places_in(table), table[[name for name in table if not _is_place(name)]])

    def play(self, number: int, places: Numbers) -> Generation:
        """Play a generation, and write down what was seen."""
        one = self.estimate
        seen = self._seen(number, one.prior.values(places))
        _write(self._file("generation", number), pd.concat([self._named(places), seen], axis=1))
        for name in one.evidence.plays:
            remove(one.folder / f"jobs-{number + 1:02d}-{name}")
        return Generation(places, seen)

    @property
    def war(self) -> RecordPlay:
        """The war of 2020."""
        assert self.estimate.war is not None
        return self.estimate.war

    @property
    def of_war(self) -> "_PlaysOnDisk | None":
        """What plays draws on the war of 2020, if they are matched to it."""
        return self if self.estimate.war else None

    def match(self, number: int, places: Numbers, asked: Flags | None = None) -> OnRecord:
        """Play the draws of a round, and write down what they showed."""
        return self._play_on(self.war, "round", number, places, asked)

    def recall_round(self, number: int) -> OnRecord | None:
        """A round that is complete."""
        return self._recall_on(self.war, "round", number)

    def play_years(self, number: int, places: Numbers) -> OnRecord:
        """Play draws on the years, and write down what they showed."""
        return self._play_on(self._years, "years", number, places)

    def recall_years(self, number: int) -> OnRecord | None:
        """Draws on the years that are complete."""
        return self._recall_on(self._years, "years", number)

    @property
    def _years(self) -> RecordPlay:
        assert self.estimate.evidence.years is not None
        return replace(self.estimate.evidence.years, worlds=YEARS_LEARNED)

    def _play_on(
        self, record: RecordPlay, what: str, number: int, places: Numbers, asked: Flags | None = None
    ) -> OnRecord:
        tallies = self._tallies(record, places, LUCK_APART * number, asked)
        table = pd.concat([self._named(places), record.table(tallies)], axis=1)
        _write(self._file(what, number), table)
        return OnRecord(places, tallies)

    def _recall_on(self, record: RecordPlay, what: str, number: int) -> OnRecord | None:
        table = _read(self._file(what, number))
        return None if table is None else OnRecord(_places_in(table), record.tallies_in(table))

    def met_afresh(self, places: Numbers) -> Mapping[str, Flags]:
        """Pattern -> (draws,) whether fresh worlds of the last draws meet it."""
        met: dict[str, Flags] = {}
        for record in (self.estimate.evidence.years, self.estimate.war):
            if record is not None:
                met |= dict(zip(record.ids, record.met(self._tallies(record, places, AFRESH)).T, strict=True))
        return met

    def _file(self, what: str, number: int) -> Path:
        return self.estimate.folder / f"{what}-{number + 1:02d}.parquet"

    def _named(self, places: Numbers) -> pd.DataFrame:
        return pd.DataFrame(places, columns=[f"{PLACE}{path}" for path in self.estimate.prior.paths])

    def _tallies(
        self, record: RecordPlay, places: Numbers, first: int, asked: Flags | None = None
    ) -> Numbers:
        """(draws, patterns, 3) the tallies of draws, with luck numbered from `first` on."""
        one, draws = self.estimate, self.estimate.prior.values(places)
        luck = first + np.arange(len(draws))
        together = max(min(-(-len(draws) // self.abreast), ABREAST // record.worlds), 1)
        pieces = [slice(start, start + together) for start in range(0, len(draws), together)]
        flying = [
            self.pool.submit(record.tallies, one.theory, one.seed, draws.iloc[piece], luck[piece], asked)
            for piece in pieces
        ]
        return np.concatenate([future.result() for future in flying])

    def _seen(self, generation: int, draws: pd.DataFrame) -> pd.DataFrame:
        """What is seen of the draws of a generation."""
        one = self.estimate
        first = sum(one.effort.sizes[:generation])
        seen = []
        for name, play in one.evidence.plays.items():
            jobs = one.folder / f"jobs-{generation + 1:02d}-{name}"
            jobs.mkdir(exist_ok=True)
            plan = Plan(play.scenario, theory=one.theory, seed=one.seed, worlds=play.size, design=draws)
            together = max(-(-len(draws) // self.abreast) * play.size, FEWEST_ABREAST)
            chunk = max(min(ABREAST, together), play.size)  # all worlds of a draw in one job
            here, left = split_remaining(plan, without_failures(jobs, of_machine_only=False), chunk)
            self.progress.before(sum(receipt.job.size for receipt in here))
            if left:
                make, at_once = start(self.executor, self.workers)
                numbers = first + np.arange(len(draws))
                work = partial(_weigh_and_write, play, numbers)
                Batch(plan, jobs, make, at_once, self.progress.done, work).run(left)
            seen.append(_gathered(jobs, len(draws)))
        return pd.concat(seen, axis=1)


@cache
def _evidence_version() -> str:
    """A hash of the code that weighs draws, and of the record that they are held against."""
    places = [Path(str(files(f"experiments.{name}"))) for name in ("explore", "history")]
    record = [path for place in places for path in sorted(place.iterdir()) if path.suffix in RECORD_IN]
    return sha256("".join([version_of(places), *map(file_hash, record)]).encode()).hexdigest()[:16]


def _read(path: Path) -> pd.DataFrame | None:
    """A table that was written completely; None if it is missing or damaged, and must be made again."""
    if not is_file(path) or not is_file(path.with_suffix(SUM)):
        return None
    if file_hash(path) != path.with_suffix(SUM).read_text(encoding="utf-8", errors="replace"):
        return None
    return pd.read_parquet(path)


def _is_place(name: object) -> bool:
    return str(name).startswith(PLACE)


def _places_in(table: pd.DataFrame) -> Numbers:
    return table[[name for name in table if _is_place(name)]].to_numpy(dtype=float)


def _write(path: Path, table: pd.DataFrame) -> None:
    hashed = write_atomically(path, table.to_parquet(index=False))
    write_atomically(path.with_suffix(SUM), hashed.encode())


def _weigh_and_write(play: CasePlay, numbers: Whole, plan: Plan, job: Job, folder: Path) -> Receipt:
    """Play the draws of a job, and write what was seen, the receipt last: what a worker is asked to do."""
    if plan.design is None or job.last - job.first < plan.worlds:
        raise ValueError("a draw is played as a whole")
    points = np.array(job.points)
    draws = plan.design.iloc[points].reset_index(drop=True)
    table = play.weigh(plan.theory, plan.seed, draws, numbers[points])
    table.insert(0, "point", points)
    name = f"{job.name}.worlds.parquet"
    hashed = write_atomically(folder / name, table.to_parquet(index=False))
    receipt = Receipt(job.points, job.first, job.last, {name: hashed}, made_with=package_versions())
    write_receipt(receipt, folder)
    return receipt


def _gathered(jobs: Path, draws: int) -> pd.DataFrame:
    """What the jobs of a play have seen, one row per draw.

    Raises:
        UserError: a draw could not be played.
    """
    done = receipts(jobs)
    failed = [receipt.error for receipt in done if receipt.error]
    tables = [pd.read_parquet(jobs / name) for receipt in done for name in receipt.files]
    if failed or sum(map(len, tables)) != draws:
        why = failed[0] if failed else "jobs are missing"
        raise UserError(f"{jobs}: some draws could not be played: {why}; the same command tries them again")
    return pd.concat(tables).sort_values("point", ignore_index=True).drop(columns="point")
