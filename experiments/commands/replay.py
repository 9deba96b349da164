"""One world of a run again, step by step: what happened, and why."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from experiments.page.news import (
    THE_END,
    News,
    events_in,
    news_between,
    opening_news,
    reasons_since,
    state_of,
)
from experiments.shares import in_percent
from sim.errors import UserError
from sim.measures import TIMELINES
from sim.model import ConflictModel
from sim.runs.code import code_version
from sim.runs.files import write_atomically
from sim.runs.plan import Job
from sim.runs.results import ResultFolder
from sim.runs.runner import model_of, release
from sim.scenarios.values import describe


def world_of(folder: ResultFolder, world: int, point: int) -> ConflictModel:
    """One world of a run, at its start.

    Raises:
        UserError: the run has no such point or world.
    """
    if folder.manifest.code != code_version():
        raise UserError(
            f"{folder.path} was made by another version of the code: its worlds would run otherwise"
        )
    plan = folder.plan
    if not 0 <= point < plan.points:
        raise UserError(f"--point {point}: the run has points 0 to {plan.points - 1}")
    if not 0 <= world < plan.worlds:
        raise UserError(f"--world {world}: the run has worlds 0 to {plan.worlds - 1}")
    return model_of(plan, Job((point,), world, world + 1))


def replayed(folder: ResultFolder, world: int, point: int, as_json: bool) -> Iterator[str]:
    """The story of a world: a line for each step in which something happened."""
    model = world_of(folder, world, point)
    before = state_of(model)
    before["rung_of_reasons"] = before["rung"]
    if opening := opening_news(model):
        yield _line(model, opening, before, as_json)
    while model.step_number < model.scenario.steps:
        reasons = model.world.reasons_total[0].copy(), float(model.world.all_war_days[0])
        rung_days = model.world.rung_days[0].copy()
        model.step()
        now = state_of(model)
        now["rung_of_reasons"] = _rung_chosen(model, rung_days, now["rung"])
        now["reasons"] = reasons_since(model, *reasons)
        news = [*events_in(model, model.step_number - 1), *news_between(model, before, now)]
        if model.step_number == model.scenario.steps:
            news.append(THE_END)
        if news:
            yield _line(model, news, now, as_json)
        before = now


def _rung_chosen(model: ConflictModel, rung_days: Any, rung: int) -> int:
    """The rung that the reasons of a step are about: once the war is over, the one of its last days.

    Args:
        model: a model of one world, after the step.
        rung_days: (rungs,) world.rung_days before it.
        rung: the rung after it, which the end of a war puts back.
    """
    fought = model.world.rung_days[0] - rung_days
    return rung if model.world.at_war[0] or not fought.any() else int(fought.argmax())


def drawn_in(folder: ResultFolder, world: int, point: int, as_json: bool) -> Iterator[str]:
    """The numbers that a world drew: a line for each, with the scenario's own beside it.

    Raises:
        UserError: the run has no such point or world, or drew no numbers.
    """
    model = world_of(folder, world, point)
    if not model.drawn:
        raise UserError(f"{folder.path} has drawn no numbers: its worlds have those of the scenario")
    for info in describe(model.scenario):
        if info.path in model.drawn:
            value = float(model.drawn[info.path][0])
            facts = {"parameter": info.path, "drawn": value, "default": info.default, "unit": info.unit}
            usual = f"the scenario's own: {info.default:g} {info.unit}"
            yield json.dumps(facts) if as_json else f"{info.path:<44}{value:<12.6g}{usual}"


def _line(model: ConflictModel, news: list[News], now: dict[str, Any], as_json: bool) -> str:
    day = model.date_of(max(model.step_number - 1, 0))
    sentences = [one.sentence() for one in news]
    if as_json:
        return json.dumps({"date": str(day), "news": sentences} | now)
    why = ", ".join(f"{name} {value:+.2f}" for name, value in now["reasons"].items())
    because = f"\n{'':12}why rung {now['rung_of_reasons']}: {why}" if why else ""
    held = f"{in_percent(now['held_contested'])} held"
    return f"{day}  {'; '.join(sentences)} ({held}){because}"


def keep_paths(folder: ResultFolder, count: int) -> dict[str, str]:
    """Write the full course of the first worlds of each point: paths.parquet; its name and hash."""
    plan = folder.plan
    frames = []
    for point in range(plan.points):
        model = model_of(plan, Job((point,), 0, count))
        frames.append(_values(model, point))
        while model.step_number < model.scenario.steps:
            model.step()
            frames.append(_values(model, point))
        release(model)
    whole = pd.concat(frames, ignore_index=True)
    name = "paths.parquet"
    return {name: write_atomically(folder.path / name, whole.to_parquet(index=False))}


def _values(model: ConflictModel, point: int) -> pd.DataFrame:
    day = pd.Timestamp(model.date_of(model.step_number))
    columns: dict[str, Any] = {"point": point, "world": np.arange(model.world_numbers.size), "date": day}
    return pd.DataFrame(columns | {m.name: np.asarray(m.read(model), dtype=float) for m in TIMELINES})
