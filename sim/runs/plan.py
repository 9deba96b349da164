"""The plan of a run, and the jobs into which it is cut."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pandas as pd

from sim.runs.design import STRUCTURE, claims_of
from sim.runs.numbers import NumbersChoice
from sim.runs.recorder import MOST_DATES, recorded_steps
from sim.scenarios.inherited import inherited_in_words
from sim.scenarios.scenario import Scenario

CHUNK = 2048  # worlds side by side: large enough for NumPy, small enough for the processor's cache
MOST_RECORDS = 40_000  # points times dates that are recorded; with more points, fewer dates each
FEWEST_DATES = 2  # the start and the end


@dataclass(frozen=True)
class Plan:
    """What is run: everything that determines the numbers.

    Attributes:
        scenario: the scenario with all parameters set.
        theory: the name of the theory of the patron's choice.
        without: the claims left out, in order.
        seed: the seed of all luck.
        worlds: how many worlds each point has.
        design: the design table (sim/runs/design.py), one row per point; None for a single point.
        own_luck: whether each point has luck of its own; else all points share the same.
        blocks: how many equal blocks the points form, for luck of their own: the first point of each block
            has the same luck, the second of each, and so on.
        sampler: the way in which the design was made, for captions; the numbers follow from the design alone.
        numbers: which numbers each world gets; see `with_numbers`.
    """

    scenario: Scenario
    theory: str = "article"
    without: tuple[str, ...] = ()
    seed: int = 0
    worlds: int = 1000
    design: pd.DataFrame | None = None
    own_luck: bool = False
    blocks: int = 1
    sampler: str = ""
    numbers: NumbersChoice = NumbersChoice()

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Plan":
        """A plan from its facts, as in a manifest.

        Raises:
            LookupError, TypeError, ValueError: they are not those of a plan.
        """
        facts = {"blocks": 1} | facts  # what was written before there were blocks
        kinds = {"theory": str, "seed": int, "worlds": int, "own_luck": bool, "blocks": int}
        wrong = [name for name, kind in kinds.items() if not isinstance(facts[name], kind)]
        if wrong or not all(isinstance(claim, str) for claim in facts["without"]):
            raise TypeError(f"not of the right kind: {', '.join(wrong) or 'without'}")
        design = None if facts["design"] is None else pd.DataFrame(facts["design"])
        points = 1 if design is None else len(design)
        if facts["blocks"] < 1 or points % facts["blocks"]:
            raise ValueError(f"{points} points do not form {facts['blocks']} equal blocks")
        return cls(
            scenario=Scenario.model_validate_json(json.dumps(facts["scenario"])),
            theory=facts["theory"],
            without=tuple(facts["without"]),
            seed=facts["seed"],
            worlds=facts["worlds"],
            design=design,
            own_luck=facts["own_luck"],
            blocks=facts["blocks"],
            sampler=facts.get("sampler", ""),
            numbers=NumbersChoice.from_facts(facts["numbers"]) if "numbers" in facts else NumbersChoice(),
        )

    def with_numbers(self, name: str) -> "Plan":
        """The plan with other numbers for its worlds; what its design gives stays as given.

        >>> from sim.scenarios.loading import load
        >>> Plan(load("crisis")).with_numbers("prior").numbers.ranges["client.blame_share"]
        PriorRange(low=0, high=1, form='linear')

        Args:
            name: "defaults", "prior", "estimated", or the file of a posterior.

        Raises:
            UserError: there is no such choice, or a posterior is missing or does not fit.
        """
        theories: tuple[str, ...] = (self.theory,)
        given: tuple[str, ...] = ()
        if self.design is not None:
            whole = self.design.columns[self.design.notna().all()]
            given = tuple(str(column) for column in whole if column not in STRUCTURE)
            if "theory" in self.design:
                theories = tuple(str(theory) for theory in self.design["theory"].unique())
        return replace(self, numbers=NumbersChoice.of(name, self.scenario, theories, given))

    @property
    def points(self) -> int:
        """How many points."""
        return 1 if self.design is None else len(self.design)

    @property
    def size(self) -> int:
        """How many worlds in all."""
        return self.points * self.worlds

    @property
    def inherited(self) -> str:
        """How many of its numbers are those of another war, in words; empty if none are."""
        return inherited_in_words(self.scenario, () if self.design is None else self.design.columns)

    def facts(self) -> dict[str, Any]:
        """The plan as plain data."""
        design = None if self.design is None else self.design.to_dict(orient="list")
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "theory": self.theory,
            "without": list(self.without),
            "seed": self.seed,
            "worlds": self.worlds,
            "design": design,
            "own_luck": self.own_luck,
            "blocks": self.blocks,
            "sampler": self.sampler,
            "numbers": self.numbers.facts(),
        }

    @property
    def fingerprint(self) -> str:
        """A hash of all that determines the numbers."""
        facts = {name: value for name, value in self.facts().items() if name != "sampler"}
        facts["numbers"] = self.numbers.determinants()
        for drawing in ("shapes", "drawn"):
            facts["scenario"]["regions"].pop(drawing)
        return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    def steps(self) -> list[int]:
        """After how many steps a record is taken."""
        most = min(MOST_DATES, max(FEWEST_DATES, MOST_RECORDS // self.points))
        return recorded_steps(self.scenario, most)

    def structure(self, point: int) -> tuple[str, tuple[str, ...]]:
        """Theory and claims left out at a point."""
        theory, claims = self.theory, self.without
        if self.design is not None and "theory" in self.design:
            theory = str(self.design["theory"].iat[point])
        if self.design is not None and "without" in self.design:
            claims = tuple(sorted({*claims, *claims_of(str(self.design["without"].iat[point]))}))
        return theory, claims


@dataclass(frozen=True)
class Job:
    """Some worlds of some points that share theory and rules: what one call runs.

    Attributes:
        points: the numbers of its points; more than one only if all worlds of each are in the job.
        first, last: the range of worlds of each point, from `first` up to, not including, `last`.
    """

    points: tuple[int, ...]
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many worlds in all."""
        return len(self.points) * (self.last - self.first)

    @property
    def name(self) -> str:
        """A file name that no other job of a run has, in the order of points and worlds."""
        return f"{self.points[0]:08d}-{len(self.points)}-{self.first:010d}-{self.last:010d}"

    def halves(self) -> tuple["Job", "Job"]:
        """Two jobs that together do the same, to narrow a failure down."""
        if len(self.points) > 1:
            middle = len(self.points) // 2
            return (
                Job(self.points[:middle], self.first, self.last),
                Job(self.points[middle:], self.first, self.last),
            )
        middle = (self.first + self.last) // 2
        return Job(self.points, self.first, middle), Job(self.points, middle, self.last)

    def parted(self, count: int) -> list["Job"]:
        """Jobs that together do the same, with a break after so many worlds, counted point by point.

        >>> [job.name for job in Job((4, 5, 6), 0, 10).parted(13)]  # doctest: +NORMALIZE_WHITESPACE
        ['00000004-1-0000000000-0000000010', '00000005-1-0000000000-0000000003',
         '00000005-1-0000000003-0000000010', '00000006-1-0000000000-0000000010']
        """
        whole, rest = divmod(count, self.last - self.first)
        found = [Job(self.points[:whole], self.first, self.last)]
        if rest:
            middle, torn = self.first + rest, (self.points[whole],)
            found += [Job(torn, self.first, middle), Job(torn, middle, self.last)]
            whole += 1
        return [job for job in (*found, Job(self.points[whole:], self.first, self.last)) if job.points]


def jobs(plan: Plan, chunk: int = CHUNK, shares: int = 1) -> Iterator[Job]:
    """The jobs of a plan: some worlds of a point with many, or several points with few.

    Args:
        plan: the plan.
        chunk: how many worlds a job has at most.
        shares: the number of equal shares of worlds; a job ends wherever a share does.

    >>> from sim.scenarios.loading import load
    >>> [job.name for job in jobs(Plan(load("karabakh-2020"), worlds=5), chunk=3)]
    ['00000000-1-0000000000-0000000003', '00000000-1-0000000003-0000000005']
    """
    whole = _whole_jobs(plan, chunk)
    if shares == 1:
        yield from whole
        return
    ends = iter(sorted({plan.size * share // shares for share in range(1, shares + 1)} - {0}))
    done, end = 0, next(ends)
    for job in whole:
        pieces = [job]
        while pieces:
            piece = pieces.pop(0)
            if done + piece.size > end:
                pieces = [*piece.parted(end - done), *pieces]
                continue
            yield piece
            done += piece.size
            if done == end:
                end = next(ends, plan.size)


def share_of(plan: Plan, chunk: int, shard: tuple[int, int], shares: int) -> Iterator[Job]:
    """The jobs of one share of a plan: those that begin in that part of its worlds.

    Args:
        plan: the plan.
        chunk: how many worlds a job has at most.
        shard: which share, of how many: (3, 16) for the third of sixteen.
        shares: the number of shares between which jobs end; not that of `shard` if the run was begun so.
    """
    number, count = shard
    begin, end, done = plan.size * (number - 1) // count, plan.size * number // count, 0
    for job in jobs(plan, chunk, shares):
        if begin <= done < end:
            yield job
        done += job.size


def _whole_jobs(plan: Plan, chunk: int) -> Iterator[Job]:
    if plan.worlds > chunk:
        for point in range(plan.points):
            for first in range(0, plan.worlds, chunk):
                yield Job((point,), first, min(first + chunk, plan.worlds))
        return
    together = max(1, chunk // plan.worlds)
    alike: dict[Any, list[int]] = {}
    for point in range(plan.points):
        alike.setdefault(plan.structure(point), []).append(point)
    for points in alike.values():
        for first in range(0, len(points), together):
            yield Job(tuple(points[first : first + together]), 0, plan.worlds)
