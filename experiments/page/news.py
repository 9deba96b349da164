"""News: what happened in a step, in plain words.

Shared by the page's log and by `captive-ally replay`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.reasons import DUTIES, RUNGS, TERMS
from sim.model import ConflictModel
from sim.world import FORCE, Aim, Status, Terms

TELLING = 0.05  # utility from which a term is told
HALF_OF_WORLDS = 0.5  # of the worlds: from this share on, something is news of many worlds
LINE_NAMES = ("core", "recognised border", "humanitarian", "existential")
AIM_WORDS = {Aim.OUTER: "the land around the core", Aim.CORE: "the core and the land around it",
             Aim.HOME: "recognised land", Aim.EVERYTHING: "contested and recognised land alike"}  # fmt: skip
ABOUT = ("patron", "client", "challenger", "land", "events")


@dataclass(frozen=True)
class News:
    """Something that happened.

    Attributes:
        about: patron, client, challenger, land or events.
        text: what; if an actor did it, without naming it.
        deed: whether the actor did it, so that the sentence begins with its name.
    """

    about: str
    text: str
    deed: bool = False

    def sentence(self, name: str | None = None) -> str:
        """The news as a sentence, by the actor's role or name.

        >>> News("client", "refuses the offer", deed=True).sentence()
        'the client refuses the offer'
        """
        return f"{name or f'the {self.about}'} {self.text}" if self.deed else self.text


THE_END = News("events", "the scenario ends")


def state_of(model: ConflictModel) -> dict[str, Any]:
    """What is compared between steps, of the first of a model's worlds."""
    world = model.world
    names = ("at_war", "offensive", "rung", "terms", "peacekeepers", "status", "offensives", "clashes",
             "held_contested", "loyalty", "opinion", "gratitude", "refused", "aim")  # fmt: skip
    facts: dict[str, Any] = {name: getattr(world, name)[0].item() for name in names}
    facts["pleaded"] = not np.isnan(world.first_plea_day[0])
    facts["accepted"] = not np.isnan(world.accepted_day[0])
    fallen = np.flatnonzero(~np.isnan(world.fell_on[0]))
    facts["fallen"] = [model.land.ids[place] for place in fallen]
    by_handover = fallen[world.handed[0, fallen] > world.taken[0, fallen]]
    facts["handed"] = [model.land.ids[place] for place in by_handover]
    facts["crossed"] = world.crossed[0].tolist()
    facts["reasons"] = {}
    return facts


def reasons_since(model: ConflictModel, sums: Any, days: float) -> dict[str, float]:
    """The mean terms of the patron's choice since they added up to some sums: restraints are negative.

    Args:
        model: a model of one world.
        sums: (terms,) world.reasons_total before.
        days: world.all_war_days before.
    """
    fought = float(model.world.all_war_days[0]) - days
    if fought <= 0:
        return {}
    means = (model.world.reasons_total[0] - sums) / fought
    signs = np.where(np.arange(len(TERMS)) < len(DUTIES), 1.0, -1.0)
    told_terms = zip(TERMS, (means * signs).tolist(), strict=True)
    return {name: round(value, 2) for name, value in told_terms if abs(value) >= TELLING}


def events_in(model: ConflictModel, step: int) -> list[News]:
    """The dated events of a step."""
    today, tomorrow = model.date_of(step), model.date_of(step + 1)
    return [News("events", e.text) for e in model.scenario.event if today <= e.date < tomorrow]


def opening_news(model: ConflictModel) -> list[News]:
    """What is so at the start, before the first step."""
    news = []
    if np.any(np.asarray(model.settings.red_lines.signalled) > 0):
        news.append(News("patron", "lets the challenger know in private where its red lines are", deed=True))
    if np.all(model.world.terms == Terms.DEAL):
        news.append(News("client", "has accepted the offer: the outer land is to be handed over", deed=True))
    if np.all(model.world.at_war):
        aims = set(model.world.aim.tolist())
        aim = AIM_WORDS.get(aims.pop()) if len(aims) == 1 else None
        news.append(News("challenger", f"attacks {aim}" if aim else "attacks", deed=True))
    return news


def news_between(model: ConflictModel, before: dict[str, Any], now: dict[str, Any]) -> list[News]:
    """What changed between two states of one world."""
    return [
        *_of_challenger(before, now),
        *_of_land(model, before, now),
        *_of_patron(before, now),
        *_of_client(before, now),
    ]


def _of_challenger(before: dict[str, Any], now: dict[str, Any]) -> list[News]:
    aim = AIM_WORDS.get(now["aim"])  # none if the war is over in the same step
    offensive = f"opens an offensive for {aim}" if aim else "opens an offensive"
    told = {"offensives": offensive, "clashes": "starts a limited clash"}
    return [News("challenger", text, deed=True) for name, text in told.items() if now[name] > before[name]]


def _of_land(model: ConflictModel, before: dict[str, Any], now: dict[str, Any]) -> list[News]:
    names = {region.id: region.name for region in model.scenario.regions.region}
    news = [
        News("land", f"{names[place]} {'is handed over' if place in now['handed'] else 'falls'}")
        for place in now["fallen"]
        if place not in before["fallen"]
    ]
    crossed = zip(LINE_NAMES, before["crossed"], now["crossed"], strict=True)
    return news + [News("land", f"red line crossed: {line}") for line, was, is_now in crossed if is_now > was]


def _of_patron(before: dict[str, Any], now: dict[str, Any]) -> list[News]:
    news = []
    begins = now["at_war"] and not before["at_war"]
    if now["at_war"] and now["rung"] != before["rung"]:
        news.append(News("patron", f"moves to rung {now['rung']}: {RUNGS[now['rung']]}", deed=True))
    elif begins:
        news.append(News("patron", RUNGS[now["rung"]], deed=True))
    if before["at_war"] and not now["at_war"]:
        stopped = now["peacekeepers"] > before["peacekeepers"]
        stop = News("patron", "imposes a stop, and peacekeepers deploy", deed=True)
        news.append(stop if stopped else News("land", "the fighting ends"))
    return news


def _of_client(before: dict[str, Any], now: dict[str, Any]) -> list[News]:
    told = {"pleaded": "asks for help", "accepted": "would accept a stop"}
    news = [News("client", text, deed=True) for name, text in told.items() if now[name] > before[name]]
    if now["refused"]:
        news.append(News("client", "a round of talks fails: the offer is refused"))
    if now["terms"] != before["terms"]:
        news.append(
            {
                Terms.DEAL: News("client", "accepts the offer", deed=True),
                Terms.STOP: News("land", "the outer land is to be handed over"),
                Terms.SURRENDER: News("client", "gives the contested land up", deed=True),
            }[Terms(now["terms"])]
        )
    if now["status"] > before["status"]:
        froze = now["status"] == Status.FROZEN
        news.append(News("client", "freezes its membership" if froze else "leaves the pact", deed=True))
    return news


def shares_of(model: ConflictModel) -> dict[str, float]:
    """What is compared between steps of many worlds: the share of worlds in which something is so."""
    world, ids = model.world, model.land.ids
    lost = (world.held < HALF_OF_WORLDS * model.land.start).mean(axis=0)
    shares = {f"lost {ids[place]}": float(lost[place]) for place in range(model.land.size)}
    shares |= {f"line {line}": float(world.crossed[:, place].mean()) for place, line in enumerate(LINE_NAMES)}
    shares |= {"war": float((world.offensives > 0).mean()), "force": float((world.rung_max >= FORCE).mean())}
    shares |= {"frozen": float((world.status >= Status.FROZEN).mean())}
    return shares | {"left": float((world.status >= Status.LEFT).mean())}


def news_of_many(model: ConflictModel, before: dict[str, float], now: dict[str, float]) -> list[News]:
    """What has become so in at least half of the worlds."""
    names = {region.id: region.name for region in model.scenario.regions.region}
    told: dict[str, News] = {
        "war": News("challenger", "has opened an offensive", deed=True),
        "force": News("patron", "has stepped in with peacekeepers or troops", deed=True),
        "frozen": News("client", "has frozen its membership", deed=True),
        "left": News("client", "has left the pact", deed=True),
    }
    told |= {f"lost {place}": News("land", f"{names[place]} is lost") for place in model.land.ids}
    told |= {f"line {line}": News("land", f"red line crossed: {line}") for line in LINE_NAMES}
    new: Sequence[str] = [name for name in now if before[name] < HALF_OF_WORLDS <= now[name]]
    return [
        News(told[name].about, f"{told[name].text} (in half of the worlds)", told[name].deed) for name in new
    ]
