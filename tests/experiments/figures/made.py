"""Result folders whose tables are made up: no two measures, dates, quantiles or districts are alike."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.reasons import DUTIES, RESTRAINTS
from experiments.figures.style import spans
from sim.measures import TIMELINES
from sim.runs.design import build, checked_design, parse_factor
from sim.runs.manifest import Manifest
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

QUANTILES = {"q05": -0.5, "q25": -0.2, "q75": 0.1, "q95": 0.4}  # how far from the median to 0 or to 1
RUNGS = (0.02, 0.11, 0.05, 0.17, 0.08)  # shares of worlds at war with the patron on a rung, at first


def contested_of(scenario: Scenario) -> list[str]:
    """The districts that are given a loss: all of a class that is fought over."""
    return [one.id for one in scenario.regions.region if one.legal_class in ("core", "outer")]


def spread(middle: float) -> dict[str, float]:
    """A median with quantiles around it, none of them as far from it as another, and a mean apart."""
    ends = {name: middle + way * (middle if way < 0 else 1 - middle) for name, way in QUANTILES.items()}
    return {"q50": middle, **ends, "mean": middle + 0.03 * (1 - middle)}


def made_bands(scenario: Scenario, days: list[date]) -> pd.DataFrame:
    """Medians that fall with time, each measure from a height of its own."""
    rows: list[dict[str, Any]] = []
    for place, day in enumerate(days):
        passed = place / (len(days) - 1)
        for number, measure in enumerate(TIMELINES):
            rows.append(
                {"date": day, "measure": measure.name}
                | spread((0.97 - 0.05 * number) * (1 - 0.6 * passed**2))
            )
        war = 1 + np.cos(3 * place)  # comes and goes
        shares = {f"rung_{rung}": share * war for rung, share in enumerate(RUNGS)}
        shares["at_war"] = sum(shares.values())
        for row in rows:
            if row["date"] == day and row["measure"] in shares:
                row["mean"] = shares[row["measure"]]
        for number, region in enumerate(contested_of(scenario)):
            lost = passed * (number + 1) ** 2 / 150
            rows.append({"date": day, "measure": f"lost_{region}"} | spread(lost**2) | {"mean": lost})
    return pd.DataFrame(rows)


def made_worlds(scenario: Scenario, worlds: int) -> pd.DataFrame:
    """Dates of loss: district by district later and rarer, in an order that is not that of the map."""
    length = (scenario.end - scenario.start).days
    columns: dict[str, Any] = {"world": range(worlds)}
    regions = contested_of(scenario)
    for number, region in enumerate(regions):
        rank = (5 * number + 3) % len(regions)
        world = np.arange(worlds)
        days = np.round(length * (0.05 + 0.5 * rank / len(regions) + 0.3 * (world / worlds) ** 2))
        fell = pd.Series(pd.Timestamp(scenario.start) + pd.to_timedelta(days, unit="D"))
        columns[f"fell_{region}"] = fell.where(world < worlds * (1 - 0.06 * rank))
    return pd.DataFrame(columns)


def made_reasons(days: list[date]) -> pd.DataFrame:
    """Utilities of each reason, the duties and the restraints with sizes of their own, by days of war."""
    rows: list[dict[str, Any]] = []
    for place, day in enumerate(days[1:]):
        fought = 1 + 4 * (place % 3)
        for side, terms in (("duty", DUTIES), ("restraint", RESTRAINTS)):
            for number, term in enumerate(terms):
                size = (
                    (0.7 if side == "duty" else 0.4)
                    * 0.75 ** ((3 * number + 1) % len(terms))
                    * (1 + place % 4)
                )
                rows.append({"date": day, "term": term, "side": side, "mean": size, "war_days": fought})
        for rung, share in enumerate(RUNGS):
            mean = share / sum(RUNGS)
            rows.append(
                {"date": day, "term": f"rung_{rung}", "side": "rung", "mean": mean, "war_days": fought}
            )
    return pd.DataFrame(rows)


def evenly(first: date, last: date, dates: int) -> list[date]:
    """So many dates from one to another."""
    length = (last - first).days
    return [first + timedelta(days=round(length * k / (dates - 1))) for k in range(dates)]


def made_run(path: Path, scenario: Scenario, worlds: int = 20, dates: int = 9) -> ResultFolder:
    """A run of two points; the second is all that the first is not."""
    days = sorted({day for span in spans(scenario) for day in evenly(span.start, span.end, dates)})
    bands, fell, reasons = made_bands(scenario, days), made_worlds(scenario, worlds), made_reasons(days)
    numbers = [*QUANTILES, "q50", "mean"]
    other = {
        "bands": bands.assign(**{name: 1 - bands[name] for name in numbers}),
        "worlds": fell.assign(**{name: pd.NaT for name in fell if name != "world"}),
        "reasons": reasons.assign(mean=1 - reasons["mean"]),
    }
    for name, table in (("bands", bands), ("worlds", fell), ("reasons", reasons)):
        both = pd.concat([table.assign(point=0), other[name].astype(table.dtypes).assign(point=1)])
        dated = both.assign(date=pd.to_datetime(both["date"])) if "date" in both else both
        dated.to_parquet(path / f"{name}.parquet")
    design = pd.DataFrame({"client.outside_option": [0.1, 0.9]})
    plan = Plan(scenario, "base_rate", ("C3", "C17"), seed=41, worlds=worlds, design=design)
    return ResultFolder(path, Manifest.of_run(plan, "a command"))


WAR = load("karabakh-2020").close_up
KNOWN = {info.path: info for info in describe(WAR)}
OPTION, CAPABILITY, GRATITUDE = "client.outside_option", "patron.capability", "challenger.gratitude"
WORLDS = 12


def made_sweep(
    path: Path, design: dict[str, list[Any]], worlds: int = WORLDS, **columns: Any
) -> ResultFolder:
    """A run over a design: an outcome of each kind, as functions of the first factors."""
    table = pd.DataFrame(design)
    points = np.repeat(np.arange(len(table)), worlds)
    luck = (np.tile(np.arange(worlds), len(table)) + 0.5) / worlds
    level = sum(pd.factorize(table[name], sort=True)[0] / 10 / (k + 1) for k, name in enumerate(table))
    share = np.clip(level[points] / 2 + 0.3 * luck, 0, 1)
    days = pd.to_datetime("2020-10-01") + pd.to_timedelta(np.round(40 * share), unit="D")
    made = {
        "point": points,
        "world": np.tile(np.arange(worlds), len(table)),
        "share_lost": share,
        "wars": np.round(3 * share).astype(int),
        "level_max_date": days.where(share > 0.1),
        "kept_aside_by": np.where(share < 0.2, "cost", np.where(luck < 0.5, "gratitude", "title")),
        "peaceful_deal": share < 0.25,
        "fell_SHU": days.where(share > 0.3),
    }
    pd.DataFrame(made | columns).to_parquet(path / "worlds.parquet")
    plan = Plan(WAR, seed=5, worlds=worlds, design=table)
    return ResultFolder(path, Manifest.of_run(plan, "a command"))


def scattered(*names: str, sampler: str = "sobol", points: int = 32) -> dict[str, list[Any]]:
    """A design over the whole range of each factor."""
    texts = [name if "=" in name else f"{name}={KNOWN[name].low}:{KNOWN[name].high}" for name in names]
    factors = [parse_factor(text, KNOWN) for text in texts]
    return dict(checked_design(build(factors, sampler, points), KNOWN, "--vary").to_dict(orient="list"))


def grid(*texts: str) -> dict[str, list[Any]]:
    return scattered(*texts, sampler="grid")


THEORIES = "theory=article,treaty_only,balance_of_threat"
DESIGNS: dict[str, dict[str, list[Any]]] = {
    "number": grid(f"{OPTION}=0:1:11"),
    "number, many points": scattered(OPTION, points=128),
    "category": grid(THEORIES),
    "claims": grid("without=,C3,C17,C3+C17"),
    "yes or no": grid("mediators.madrid_accepted=0,1"),
    "few numbers": grid(f"{OPTION}=0.1,0.5,0.9"),
    "number and category": grid(f"{OPTION}=0:1:7", THEORIES),
    "number and category, spread": scattered(OPTION, THEORIES),
    "grid": grid(f"{OPTION}=0:1:6", f"{CAPABILITY}=0.1:1:7"),
    "two spread": scattered(OPTION, CAPABILITY),
    "two, in a row": {OPTION: [k / 12 for k in range(12)], CAPABILITY: [k / 12 for k in range(12)]},
    "two, few": scattered(OPTION, CAPABILITY, points=8),
    "two categories": grid(THEORIES, "without=,C3,C17,C3+C17"),
    "many columns": grid(
        f"{OPTION}=0:1:9", "without=" + ",".join(f"C{n}" for n in (3, 4, 6, 13, 17, 26, 29, 40))
    ),
    "three": grid(f"{OPTION}=0:1:4", f"{CAPABILITY}=0.1:1:4", THEORIES),
    "four, spread": scattered(OPTION, CAPABILITY, GRATITUDE, THEORIES, points=64),
}
