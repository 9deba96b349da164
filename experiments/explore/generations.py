"""The generations of an estimate on disk: each is a batch of jobs, and what is done is kept.

A folder holds question.json, which says what is estimated, and a Parquet file for each generation that is
complete: the places of its draws and what the plays saw of them. While a generation is played, its jobs lie
in a folder beside it, and the same command goes on with those that are left.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.estimation import Effort, Generation, Prior, TheoryPosterior, estimated
from experiments.explore.evidence import Evidence, Play
from experiments.explore.matching import Fit
from experiments.explore.tempering import sample_size
from experiments.explore.war_of_2020 import WarOf2020, log_of_misfits
from sim.errors import UserError
from sim.quantities import Flags, Numbers, Whole
from sim.runs.batch import Batch
from sim.runs.code import code_version, package_versions
from sim.runs.executors import start
from sim.runs.executors import workers as workers_of
from sim.runs.files import file_hash, read_json, remove, write_atomically, write_json
from sim.runs.job_files import Receipt, receipts, split_remaining, without_failures, write_receipt
from sim.runs.plan import CHUNK, Job, Plan
from sim.scenarios.reading import is_file

QUESTION = "question.json"
SUM = ".sha256"  # ending of the file that holds the hash of a generation
PLACE, MISFIT = "place:", "misfit:"  # how the names of columns begin that hold these
LINEAGE = "lineage"  # the column that says from which draw one descends
ON_EVERYTHING = "whole"  # the column that says which draws were played on everything
OF_2020 = "war of 2020"
FEWEST_JOBS, FEWEST_ABREAST = 2, 200  # cores are to have work, but few worlds step as slowly as many
LUCK_APART = 10**8  # numbers of draws between those that one generation and the next are matched by


@dataclass(frozen=True)
class Estimate:
    """An estimate that is asked for.

    Attributes:
        theory: the theory whose numbers are estimated.
        prior: the numbers, and what is believed of them before.
        evidence: what they are held against.
        war: the war of 2020, if they are matched to it.
        effort: how long it goes on.
        seed: the seed of all luck.
        folder: where generations are kept.
    """

    theory: str
    prior: Prior
    evidence: Evidence
    war: WarOf2020 | None
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
            "alone": self.effort.alone,
            "worlds": {name: play.worlds for name, play in self._all_plays.items()},
            "cases": sha256(table.encode()).hexdigest()[:16],
            "parameters": self.prior.paths,
            "numbers": self._numbers,
            "code": code_version(),
        }

    @property
    def _numbers(self) -> str:
        """A hash of the ranges, and of all numbers that are not drawn."""
        ranges = [(path, one.low, one.high, one.form) for path, one in self.prior.ranges.items()]
        plans = [Plan(play.scenario).fingerprint for play in self._all_plays.values()]
        return sha256(repr((ranges, plans)).encode()).hexdigest()[:16]

    @property
    def _all_plays(self) -> dict[str, Play | WarOf2020]:
        return {**self.evidence.plays} | ({OF_2020: self.war} if self.war else {})

    @property
    def worlds(self) -> int:
        """How many worlds are played in all, but for those that draws are moved by in the end."""
        return sum(self.worlds_of(number) for number in range(self.effort.generations + 1))

    def worlds_of(self, number: int) -> int:
        """How many worlds are played of a generation; after the last, of the posterior."""
        of_war = self.war.worlds if self.war else 0
        if number == self.effort.generations:
            return sample_size(self.effort.effective) * of_war
        sizes = sum(one.size for one in self.evidence.plays.values())
        return self.effort.sizes[number] * sizes + self.effort.rows[number] * of_war

    def run(
        self,
        executor: str,
        workers: int | None,
        done: Callable[[int], None],
        before: Callable[[int], None] = lambda worlds: None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> TheoryPosterior:
        """Play what has not been played, and sample the posterior.

        Args:
            executor, workers: what plays; see sim/runs/executors.py.
            done: what is called after each job with its number of worlds.
            before: what is called with a number of worlds that were played before.
            tell: what is called with a line about each generation.

        Raises:
            UserError: the folder holds another estimate, or cannot be written.
        """
        self._open()
        with workers_of(1 if executor == "inline" else workers) as pool:
            plays = _PlaysOnDisk(self, executor, workers, pool, done, before)
            return estimated(self.prior, self.evidence, self.effort, self.seed, plays, tell)

    def _open(self) -> None:
        path = self.folder / QUESTION
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
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
        pool: what plays the war of 2020.
        done, before: see Estimate.run.
    """

    estimate: Estimate
    executor: str
    workers: int | None
    pool: Executor
    done: Callable[[int], None]
    before: Callable[[int], None]

    def recall(self, number: int) -> Generation | None:
        """A generation that is complete."""
        path = self._file(number)
        if not is_file(path) or not is_file(path.with_suffix(SUM)):
            return None
        if file_hash(path) != path.with_suffix(SUM).read_text(encoding="utf-8", errors="replace"):
            return None  # it is damaged, and played again
        table = pd.read_parquet(path)
        self.before(self.estimate.worlds_of(number))
        places, misfits = ([name for name in table if str(name).startswith(kind)] for kind in (PLACE, MISFIT))
        whole = table[ON_EVERYTHING].to_numpy(dtype=bool)
        seen = table.drop(columns=[*places, *misfits, ON_EVERYTHING, LINEAGE])[whole].reset_index(drop=True)
        lineage = table[LINEAGE].to_numpy()
        return Generation(table[places].to_numpy(float), whole, seen, table[misfits].to_numpy(float), lineage)

    def play(self, number: int, places: Numbers, whole: Flags, lineage: Whole) -> Generation:
        """Play a generation, and write down what was seen."""
        one = self.estimate
        draws = one.prior.values(places)
        seen = self._seen(number, draws[whole].reset_index(drop=True)) if whole.any() else pd.DataFrame()
        misfits = self._misfits(draws, (number * 2 + 1) * LUCK_APART + np.arange(len(places)))
        patterns = one.war.patterns if one.war else ()
        if one.war:
            self.done(len(places) * one.war.worlds)
        table = pd.concat(
            [
                pd.DataFrame(places, columns=[f"{PLACE}{path}" for path in one.prior.paths]),
                pd.DataFrame(misfits, columns=[f"{MISFIT}{name}" for name in patterns]),
                pd.DataFrame({ON_EVERYTHING: whole, LINEAGE: lineage}),
                seen.set_index(np.flatnonzero(whole)),
            ],
            axis=1,
        )  # fmt: skip
        path = self._file(number)
        hashed = write_atomically(path, table.to_parquet(index=False))
        write_atomically(path.with_suffix(SUM), hashed.encode())
        for name in one.evidence.plays:
            remove(one.folder / f"jobs-{number + 1:02d}-{name}")
        return Generation(places, whole, seen, misfits, lineage)

    def fit(self, number: int) -> Fit | None:
        """How likely the war of 2020 is by draws' own worlds of it, with luck of this generation's own."""
        one = self.estimate
        if one.war is None:
            return None
        first = number * 2 * LUCK_APART

        def log_likelihood(places: Numbers, numbers: Whole) -> Numbers:
            return log_of_misfits(self._misfits(one.prior.values(places), first + numbers))

        return log_likelihood

    def _file(self, generation: int) -> Path:
        return self.estimate.folder / f"generation-{generation + 1:02d}.parquet"

    def _misfits(self, draws: pd.DataFrame, numbers: Whole) -> Numbers:
        """(draws, patterns) how far worlds of draws are from the war of 2020."""
        one = self.estimate
        if one.war is None:
            return np.empty((len(draws), 0))
        together = max(CHUNK // one.war.worlds, 1)
        flying = [
            self.pool.submit(_misfits_of, one.war, one.theory, one.seed, draws.iloc[first : first + together],
                             numbers[first : first + together])
            for first in range(0, len(draws), together)
        ]  # fmt: skip
        return np.concatenate([future.result() for future in flying])

    def _seen(self, generation: int, draws: pd.DataFrame) -> pd.DataFrame:
        """What is seen of the draws of a generation that are played on everything."""
        one = self.estimate
        first = sum(one.effort.sizes[:generation])
        seen = []
        for name, play in one.evidence.plays.items():
            jobs = one.folder / f"jobs-{generation + 1:02d}-{name}"
            jobs.mkdir(exist_ok=True)
            plan = Plan(play.scenario, theory=one.theory, seed=one.seed, worlds=play.size, design=draws)
            together = max(len(draws) * play.size // FEWEST_JOBS, FEWEST_ABREAST)
            chunk = max(min(CHUNK, together), play.size)  # all worlds of a draw in one job
            here, left = split_remaining(plan, without_failures(jobs, of_machine_only=False), chunk)
            self.before(sum(receipt.job.size for receipt in here))
            if left:
                make, count = start(self.executor, self.workers)
                numbers = first + np.arange(len(draws))
                work = partial(_weigh_and_write, play, numbers)
                Batch(plan, jobs, make, count, self.done, work).run(left)
            seen.append(_gathered(jobs, len(draws)))
        return pd.concat(seen, axis=1)


def _misfits_of(war: WarOf2020, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole) -> Numbers:
    return war.misfits(war.values(theory, seed, draws, numbers))


def _weigh_and_write(play: Play, numbers: Whole, plan: Plan, job: Job, folder: Path) -> Receipt:
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
    """What the jobs of a play have seen, a row a draw.

    Raises:
        UserError: a draw could not be played.
    """
    done = receipts(jobs)
    failed = [receipt.error for receipt in done if receipt.error]
    tables = [pd.read_parquet(jobs / name) for receipt in done for name in receipt.files]
    whole = pd.concat(tables).sort_values("point", ignore_index=True)
    if failed or len(whole) != draws:
        raise UserError(
            f"{jobs}: some draws could not be played: {failed[0] if failed else 'jobs are missing'}"
        )
    return whole.drop(columns="point")
