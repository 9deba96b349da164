"""Snapshots: what the panels need to know of a step.

A snapshot is taken after a step and never changes, so that a panel can be drawn while the model is
already on its next step. Of many worlds it holds shares and ranges, of one world what it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.discovery import KEPT
from experiments.page.news import (
    HALF_OF_WORLDS,
    THE_END,
    News,
    events_in,
    news_between,
    news_of_many,
    opening_news,
    shares_of,
    state_of,
)
from sim.measures import TIMELINES
from sim.model import ConflictModel
from sim.runs.recorder import QUANTILES
from sim.runs.summary import QUANTILE_METHOD
from sim.world import Rung, Status, World

TABLED = tuple(measure for measure in TIMELINES if not measure.name.startswith("rung_"))
LEAST_TAKEN = 1e-9  # share of a region: less than this was not taken

Floats = tuple[float, ...]


@dataclass(frozen=True)
class Snapshot:
    """One moment of one side of the page.

    Attributes:
        step: the number of steps that have passed.
        day: the date.
        since: the date on which the step began, and its news happened.
        worlds: the number of worlds.
        held: (land,) mean share of each region under the client's side.
        lost: (land,) share of worlds in which the larger part of it is lost.
        attacked: (land,) share of worlds in which some of it was taken by force in this step.
        fell: (land,) share of worlds in which its larger part was lost in this step.
        at_war: the share of worlds in which there is fighting.
        fought: the share of worlds in which there was fighting in this step.
        peacekeepers: the share of worlds with peacekeepers on the core.
        values: the quantiles over worlds (QUANTILES) of each measure, and of the contested land lost.
        ladder: (rungs,) mean chances of the patron's choice in the fighting of this step; empty in peace.
        stood: (rungs,) share of that fighting in which it stood on each rung; empty in peace.
        highest: (rungs,) share of all worlds in which each is its highest rung so far, in any fighting.
        reasons: (terms,) mean utility of each reason for or against rung 3 in it; empty in peace.
        news: the news of this step.
        kept: the share of worlds in which the client has at least KEPT of the loyalty that it began with.
        members: the share of worlds in which the client is a full member of the pact.
    """

    step: int
    day: date
    since: date
    worlds: int
    held: Floats
    lost: Floats
    attacked: Floats
    fell: Floats
    at_war: float
    fought: float
    peacekeepers: float
    values: Mapping[str, Floats]
    ladder: Floats
    stood: Floats
    highest: Floats
    reasons: Floats
    news: tuple[News, ...]
    kept: float = 1.0
    members: float = 1.0

    def middle(self, name: str) -> float:
        """The median of a measure; of one world, its value."""
        return self.values[name][len(QUANTILES) // 2]

    @property
    def rung(self) -> int | None:
        """The rung on which the patron stood for most of this step's fighting; None in peace."""
        return int(np.argmax(self.stood)) if self.stood else None

    @property
    def top(self) -> int | None:
        """The highest rung so far, of most worlds; None where there was no fighting yet."""
        return int(np.argmax(self.highest)) if sum(self.highest) > 0 else None

    def chance_lost(self, place: int) -> float:
        """How far a region is lost: the share of it, of one world; the share of worlds, of many."""
        return 1.0 - self.held[place] if self.worlds == 1 else self.lost[place]


class Watcher:
    """Takes the snapshots of a model, each compared with the one before."""

    def __init__(self, model: ConflictModel) -> None:
        self._model = model
        self._single = model.world_numbers.size == 1
        self._sums = _sums(model)
        self._loyalty_at_start = model.world.loyalty.copy()
        self._facts = self._compare()

    def _compare(self) -> dict[str, Any]:
        return state_of(self._model) if self._single else shares_of(self._model)

    def first(self) -> Snapshot:
        """The start."""
        return self._take(tuple(opening_news(self._model)), _sums(self._model))

    def next(self) -> Snapshot:
        """The moment after a step."""
        model = self._model
        before, self._facts = self._facts, self._compare()
        told = (news_between if self._single else news_of_many)(model, before, self._facts)
        news = [*events_in(model, model.step_number - 1), *told]
        if not model.running:
            news.append(THE_END)
        sums, self._sums = self._sums, _sums(model)
        return self._take(tuple(news), sums)

    def _take(self, news: tuple[News, ...], sums: Mapping[str, NDArray[Any]]) -> Snapshot:
        model, world = self._model, self._model.world
        start = model.land.start
        lost, was_lost = world.held < HALF_OF_WORLDS * start, sums["held"] < HALF_OF_WORLDS * start
        ladder, stood, reasons = self._fighting(sums)
        return Snapshot(
            step=model.step_number,
            day=model.date_of(model.step_number),
            since=model.date_of(max(model.step_number - 1, 0)),
            worlds=model.world_numbers.size,
            held=_floats(world.held.mean(axis=0)),
            lost=_floats(lost.mean(axis=0)),
            attacked=_floats((world.taken - sums["taken"] > LEAST_TAKEN).mean(axis=0)),
            fell=_floats((lost & ~was_lost).mean(axis=0)),
            at_war=float(world.at_war.mean()),
            fought=float((world.all_war_days > sums["all_war_days"]).mean()),
            peacekeepers=float((world.peacekeepers > 0).mean()),
            values={m.name: _spread(np.asarray(m.read(model), dtype=float)) for m in TABLED}
            | {"share_lost": _spread(1.0 - world.held_contested)},
            ladder=ladder,
            stood=stood,
            highest=_floats(_highest(world)),
            reasons=reasons,
            news=news,
            kept=float((world.loyalty >= KEPT * self._loyalty_at_start).mean()),
            members=float((world.status == Status.MEMBER).mean()),
        )

    def _fighting(self, sums: Mapping[str, NDArray[Any]]) -> tuple[Floats, Floats, Floats]:
        """Chances of the rungs, rungs stood on and reasons, over the fighting since some sums."""
        world = self._model.world
        days = world.all_war_days - sums["all_war_days"]
        fought = days > 0
        if not fought.any():
            return (), (), ()
        reasons, ladder = (
            (getattr(world, name) - sums[name])[fought] / days[fought, None]
            for name in ("reasons_total", "ladder_total")
        )
        stood = (world.rung_days - sums["rung_days"])[fought].sum(axis=0) / days.sum()
        return _floats(ladder.mean(axis=0)), _floats(stood), _floats(reasons.mean(axis=0))


def _sums(model: ConflictModel) -> dict[str, NDArray[Any]]:
    """What adds up along the way, as it stands now."""
    names = ("held", "taken", "all_war_days", "reasons_total", "ladder_total", "rung_days")
    return {name: getattr(model.world, name).copy() for name in names}


def _highest(world: World) -> NDArray[Any]:
    """(rungs,) the share of worlds in which each is the highest rung so far, of those that saw fighting."""
    fought = np.asarray(world.rung_max)[world.all_war_days > 0]
    return np.bincount(fought, minlength=len(Rung)) / len(world.all_war_days)


def _spread(column: NDArray[Any]) -> Floats:
    if column.size == 1:
        return (float(column[0]),) * len(QUANTILES)
    return _floats(np.quantile(column, [*QUANTILES.values()], method=QUANTILE_METHOD))


def _floats(array: NDArray[Any]) -> Floats:
    return tuple(array.tolist())


def rung_words(rung: int) -> str:
    """What the patron does on a rung, for a heading.

    >>> rung_words(3)
    'imposes a stop with peacekeepers'
    """
    return _DEEDS[Rung(rung)][0]


def past_words(rung: int) -> str:
    """What it did.

    >>> past_words(1)
    'confined itself to diplomacy'
    """
    return _DEEDS[Rung(rung)][1]


_DEEDS = {
    Rung.ASIDE: ("stands aside", "stood aside"),
    Rung.DIPLOMACY: ("confines itself to diplomacy", "confined itself to diplomacy"),
    Rung.ARMS: ("sends arms", "sent arms"),
    Rung.PEACEKEEPERS: ("imposes a stop with peacekeepers", "imposed a stop with peacekeepers"),
    Rung.TROOPS: ("sends combat troops", "sent combat troops"),
}
