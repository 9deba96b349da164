"""The generations of an estimate on disk: each is a batch of jobs, and what is done is kept.

A folder holds question.json, which says what is estimated, and a Parquet file for each generation that is
complete: the places of its draws and what the plays saw of them. While a generation is played, its jobs lie
in a folder beside it, and the same command goes on with those that are left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.estimation import Effort, Generation, Prior, TheoryPosterior, estimated
from experiments.explore.evidence import WAR_OF_2020, Evidence, Play
from sim.errors import UserError
from sim.quantities import Flags, Numbers, Whole
from sim.runs.batch import Batch
from sim.runs.code import code_version, package_versions
from sim.runs.executors import start
from sim.runs.files import file_hash, read_json, remove, write_atomically, write_json
from sim.runs.job_files import Receipt, receipts, split_remaining, without_failures, write_receipt
from sim.runs.plan import CHUNK, Job, Plan
from sim.scenarios.reading import is_file

QUESTION = "question.json"
SUM = ".sha256"  # ending of the file that holds the hash of a generation
PLACE = "place:"  # how the names of columns begin that hold places


@dataclass(frozen=True)
class Estimate:
    """An estimate that is asked for.

    Attributes:
        theory: the theory whose numbers are estimated.
        prior: the numbers, and what is believed of them before.
        evidence: what they are held against.
        effort: how long it goes on.
        seed: the seed of all luck.
        folder: where generations are kept.
    """

    theory: str
    prior: Prior
    evidence: Evidence
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
            "worlds": {name: play.worlds for name, play in self.evidence.plays.items()},
            "cases": sha256(table.encode()).hexdigest()[:16],
            "parameters": self.prior.paths,
            "numbers": self._numbers,
            "code": code_version(),
        }

    @property
    def _numbers(self) -> str:
        """A hash of the ranges, and of all numbers that are not drawn."""
        ranges = [(path, one.low, one.high, one.form) for path, one in self.prior.ranges.items()]
        plans = [Plan(play.scenario).fingerprint for play in self.evidence.plays.values()]
        return sha256(repr((ranges, plans)).encode()).hexdigest()[:16]

    @property
    def worlds(self) -> int:
        """How many worlds are played in all."""
        generations = range(self.effort.generations + (self.effort.alone > 0))
        return sum(self._worlds(generation) for generation in generations)

    def _worlds(self, generation: int) -> int:
        """How many worlds are played of a generation; one after the last are the candidates."""
        whole = self.effort.whole(generation)
        sizes = {name: play.size for name, play in self.evidence.plays.items()}
        of_war = sizes.pop(WAR_OF_2020, 0)
        return int(whole.sum()) * sum(sizes.values()) + whole.size * of_war

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

        def recall(generation: int) -> Generation | None:
            known = self._recalled(generation)
            if known is not None:
                before(self._worlds(generation))
            return known

        weigh = partial(self._weigh, executor, workers, done, before)
        return estimated(self.prior, self.evidence, self.effort, self.seed, weigh, recall, tell)

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

    def _file(self, generation: int) -> Path:
        return self.folder / f"generation-{generation + 1:02d}.parquet"

    def _recalled(self, generation: int) -> Generation | None:
        path = self._file(generation)
        if not is_file(path) or not is_file(path.with_suffix(SUM)):
            return None
        if file_hash(path) != path.with_suffix(SUM).read_text(encoding="utf-8", errors="replace"):
            return None  # it is damaged, and played again
        table = pd.read_parquet(path)
        names = [f"{PLACE}{path}" for path in self.prior.paths]
        return table[names].to_numpy(dtype=float), table.drop(columns=names)

    def _weigh(
        self,
        executor: str,
        workers: int | None,
        done: Callable[[int], None],
        before: Callable[[int], None],
        generation: int,
        places: Numbers,
        whole: Flags,
    ) -> pd.DataFrame:
        """Play a generation, and keep what was seen of it."""
        first = sum(self.effort.rows[:generation])
        all_draws = self.prior.values(places)
        seen = []
        for name, play in self.evidence.plays.items():
            rows = np.arange(len(whole)) if name == WAR_OF_2020 else np.flatnonzero(whole)
            if not rows.size:
                continue
            draws = all_draws.iloc[rows].reset_index(drop=True)
            jobs = self.folder / f"jobs-{generation + 1:02d}-{name}"
            jobs.mkdir(exist_ok=True)
            plan = Plan(play.scenario, theory=self.theory, seed=self.seed, worlds=play.size, design=draws)
            chunk = max(CHUNK, play.size)  # all worlds of a draw in one job
            here, left = split_remaining(plan, without_failures(jobs, of_machine_only=False), chunk)
            before(sum(receipt.job.size for receipt in here))
            if left:
                make, count = start(executor, workers)
                Batch(plan, jobs, make, count, done, partial(_weigh_and_write, play, first + rows)).run(left)
            seen.append(_gathered(jobs, len(draws)).set_index(rows))
        table = pd.concat(seen, axis=1).sort_index()
        placed = pd.DataFrame(places, columns=[f"{PLACE}{path}" for path in self.prior.paths])
        path = self._file(generation)
        hashed = write_atomically(path, pd.concat([placed, table], axis=1).to_parquet(index=False))
        write_atomically(path.with_suffix(SUM), hashed.encode())
        for name in self.evidence.plays:
            remove(self.folder / f"jobs-{generation + 1:02d}-{name}")
        return table


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
