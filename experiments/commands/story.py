"""What happened in one world, step by step, and why?"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from agents.theories import DUTIES, TERMS
from experiments.commands.terminal import RUNGS
from sim.errors import UserError
from sim.measures import TIMELINES
from sim.model import ConflictModel
from sim.parts import put
from sim.results import Folder, code_version, plan_in
from sim.runner import Job, let_go, model_of
from sim.world import Terms

TELLING = 0.05  # utility from which a term is told


def world_of(folder: Folder, world: int, point: int) -> ConflictModel:
    """One world of a run, at its start.

    Raises:
        UserError: the run has no such point or world.
    """
    if folder.manifest.get("code") != code_version():
        raise UserError(
            f"{folder.path} was made by another version of the code: its worlds would run otherwise"
        )
    plan = plan_in(folder.path, folder.manifest)
    if not 0 <= point < plan.points:
        raise UserError(f"--point {point}: the run has points 0 to {plan.points - 1}")
    if not 0 <= world < plan.worlds:
        raise UserError(f"--world {world}: the run has worlds 0 to {plan.worlds - 1}")
    return model_of(plan, Job((point,), world, world + 1))


def told(folder: Folder, world: int, point: int, as_json: bool) -> Iterator[str]:
    """The story of a world: a line for each step in which something happened."""
    model = world_of(folder, world, point)
    before = _state(model)
    if before["at_war"]:
        yield _line(model, ["the challenger attacks"], before, as_json)
    while model.step_number < model.scenario.steps:
        events = [e.text for e in model.scenario.event if _in_step(model, e.date)]
        reasons = model.world.reasons_total[0].copy(), float(model.world.all_war_days[0])
        model.step()
        now = _state(model)
        now["reasons"] = _reasons_of_step(model, *reasons)
        news = [*events, *_news(model, before, now)]
        if model.step_number == model.scenario.steps:
            news.append("the scenario ends")
        if news:
            yield _line(model, news, now, as_json)
        before = now


def _in_step(model: ConflictModel, day: Any) -> bool:
    return bool(model.date_of(model.step_number) <= day < model.date_of(model.step_number + 1))


def _state(model: ConflictModel) -> dict[str, Any]:
    """What is compared between steps."""
    world = model.world
    names = ("at_war", "offensive", "level", "terms", "peacekeepers", "status", "offensives", "clashes",
             "held_contested", "loyalty", "opinion", "gratitude")  # fmt: skip
    facts: dict[str, Any] = {name: getattr(world, name)[0].item() for name in names}
    facts["fallen"] = [model.ground.ids[place] for place in np.flatnonzero(~np.isnan(world.fell_on[0]))]
    facts["crossed"] = world.crossed[0].tolist()
    facts["reasons"] = {}
    return facts


def _reasons_of_step(model: ConflictModel, sums: Any, days: float) -> dict[str, float]:
    """The mean terms of the patron's choice over the fighting of a step: restraints are negative."""
    fought = float(model.world.all_war_days[0]) - days
    if fought <= 0:
        return {}
    means = (model.world.reasons_total[0] - sums) / fought
    signs = np.where(np.arange(len(TERMS)) < len(DUTIES), 1.0, -1.0)
    told_terms = zip(TERMS, (means * signs).tolist(), strict=True)
    return {name: round(value, 2) for name, value in told_terms if abs(value) >= TELLING}


def _news(model: ConflictModel, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    news = []
    if now["offensives"] > before["offensives"]:
        news.append("the challenger opens an offensive")
    if now["clashes"] > before["clashes"]:
        news.append("a limited clash breaks out")
    names = {region.id: region.name for region in model.scenario.regions.region}
    news += [f"{names[place]} falls" for place in now["fallen"] if place not in before["fallen"]]
    lines = ("core", "recognised border", "humanitarian", "existential")
    news += [f"red line crossed: {line}" for line, was, is_now in
             zip(lines, before["crossed"], now["crossed"], strict=True) if is_now and not was]  # fmt: skip
    if now["at_war"] and now["level"] != before["level"]:
        news.append(f"the patron moves to rung {now['level']}: {RUNGS[now['level']]}")
    if before["at_war"] and not now["at_war"]:
        stopped = now["peacekeepers"] > before["peacekeepers"]
        news.append("the patron imposes a stop, peacekeepers deploy" if stopped else "the fighting ends")
    if now["terms"] != before["terms"]:
        told_terms = {Terms.DEAL: "the offer is accepted", Terms.STOP: "land is to be handed over",
                      Terms.SURRENDER: "the client gives the contested land up"}  # fmt: skip
        news.append(told_terms[Terms(now["terms"])])
    if now["status"] > before["status"]:
        news.append(
            "the client freezes its membership" if now["status"] == 1 else "the client leaves the pact"
        )
    return news


def _line(model: ConflictModel, news: list[str], now: dict[str, Any], as_json: bool) -> str:
    day = model.date_of(max(model.step_number - 1, 0))
    if as_json:
        return json.dumps({"date": str(day), "news": news} | now)
    why = ", ".join(f"{name} {value:+.2f}" for name, value in now["reasons"].items())
    because = f"\n{'':12}why rung {now['level']}: {why}" if why else ""
    held = f"{now['held_contested']:.0%} held"
    return f"{day}  {'; '.join(news)} ({held}){because}"


def keep_paths(folder: Folder, count: int) -> None:
    """Write the full course of the first worlds of each point: paths.parquet."""
    plan = plan_in(folder.path, folder.manifest)
    frames = []
    for point in range(plan.points):
        model = model_of(plan, Job((point,), 0, count))
        frames.append(_values(model, point))
        while model.step_number < model.scenario.steps:
            model.step()
            frames.append(_values(model, point))
        let_go(model)
    whole = pd.concat(frames, ignore_index=True)
    put(folder.path / "paths.parquet", whole.to_parquet(index=False))


def _values(model: ConflictModel, point: int) -> pd.DataFrame:
    day = pd.Timestamp(model.date_of(model.step_number))
    columns: dict[str, Any] = {"point": point, "world": np.arange(model.numbers.size), "date": day}
    return pd.DataFrame(columns | {m.name: np.asarray(m.read(model), dtype=float) for m in TIMELINES})
