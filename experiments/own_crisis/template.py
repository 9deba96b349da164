"""The folder that a crisis of one's own begins with: scenario, map, record, question."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from experiments.own_crisis.geojson import DrawnRegion, plane_of, shapes_in_km
from experiments.own_crisis.sources import WHERE
from sim.errors import UserError
from sim.scenarios.inherited import DEFAULTS_ARE_OF, OF_A_CRISIS
from sim.scenarios.loading import load, shipped
from sim.scenarios.region_map import CLASSES
from sim.scenarios.values import ParameterInfo, describe

GUESS = "guess: to be replaced"  # the source of what is put in so that it runs
HANDOVER_DAYS, DEAL_DAYS = 30, 365
OUTLINES = "Outlines as the GeoJSON file gives them, of each region its largest part"
MAP_KEYS = """\
# latitude, longitude  degrees, middle of the region
# area                 km2
# held                 share that the client's side holds at the start, 0-1; 0 for the challenger's own land
# population           people; from the census before, or WorldPop
# ruggedness           0 plain, 0.35 hills, 0.8 mountain, 1 high mountain; from an elevation map
# fortification        0 open, 0.5 some works, 1 prepared in depth; from accounts of the war before
# significance         1, or more where ground commands other ground or stands for the whole
# legal_title          who owns it in law: "client" or "challenger"
# legal_class          "core" (what the quarrel is about), "outer" (land around it that could be given up),
#                      "recognised" (the client's own land), "capital", "challenger" (the other's own land)
# handover_days        outer only: days from an imposed stop to its handover
# deal_days            outer only: days from an accepted peace offer to its handover
# neighbours           ids of regions that it borders on; both must name each other. Sea that can be crossed
#                      counts as a border
# crossings            over water only: { ID = 0.4 } where 0.4 of an attacker's strength gets across from ID;
#                      a judgement (lift, landing places, command of the sea)
"""


@dataclass(frozen=True)
class NewCrisis:
    """What is asked for.

    Attributes:
        name: the name of the scenario: small letters, digits and hyphens.
        parties: the name of patron, client and challenger, by role.
        start: the first day, on which the attack comes.
        regions: the regions of its map; none for a small one to begin with.
    """

    name: str
    parties: Mapping[str, str]
    start: date
    regions: Sequence[DrawnRegion] = ()


@dataclass(frozen=True)
class MapRow:
    """A region of the map file."""

    id: str
    name: str
    middle: tuple[float, float]
    area: float
    legal_class: str
    population: int
    neighbours: tuple[str, ...]
    source: str


def scenario_name(folder: Path) -> str:
    """The name of a scenario from that of its folder.

    >>> scenario_name(Path("crises/East Timor_1999"))
    'east-timor-1999'

    Raises:
        UserError: there is no letter or digit in it, or a scenario of that name ships.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not name or name in shipped():
        why = f"a scenario '{name}' ships" if name else "letters or digits are needed"
        raise UserError(f"{folder}: {why}; give the folder another name")
    return name


def files_of(crisis: NewCrisis) -> dict[str, str]:
    """The files of the folder, path -> content."""
    rows = _rows_of(crisis.regions) if crisis.regions else _small_map()
    files = {
        f"{crisis.name}.toml": _scenario(crisis),
        f"{crisis.name}-map.toml": _map(crisis, rows),
        "question.py": _question(crisis),
        **_record(crisis, rows),
    }
    if crisis.regions:
        shapes = shapes_file([row.id for row in rows], crisis.regions, OUTLINES)
        files[f"{crisis.name}-map.json"] = shapes
    return files


def _id(name: str, taken: Sequence[str]) -> str:
    """A short id from a name, as in RUS for Russia."""
    letters = "".join(letter for letter in name if letter.isalnum()).upper() or "X"
    candidates = [letters[:3], letters[:4], letters, *(f"{letters[:3]}{number}" for number in range(2, 999))]
    return next(one for one in candidates if one not in taken)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a string of JSON is one of TOML


def _scenario(crisis: NewCrisis) -> str:
    ids: list[str] = []
    cast = []
    for role, name in crisis.parties.items():
        ids.append(_id(name, ids))
        cast.append(f"{role} = {{ id = {_text(ids[-1])}, name = {_text(name)} }}")
    end = date(crisis.start.year + 1, crisis.start.month, min(crisis.start.day, 28))
    title = " ".join(part.capitalize() for part in crisis.name.split("-"))
    return f"""\
# {title}: a crisis of one's own. It runs as it is, with the numbers of {DEFAULTS_ARE_OF}; what is put in here
# replaces them. `captive-ally check` on this folder says what is wrong, guessed or still inherited;
# `captive-ally describe {crisis.name}.toml` lists every number with its meaning and range.
# Give each number with its source: alignment = {{ value = 0.8, source = "UN ideal points 2008" }}

name = "{crisis.name}"
title = {_text(title)}
about = "To be said in a sentence: who attacks whom, and how long it is followed."
start = {crisis.start}            # the first day of the attack, as a date; see UCDP GED or the press
end = {end}              # how long it is followed: the war, and the years after it that matter
step_days = 1.0               # a day a step for a war; 7.0 for years of peace
map = "{crisis.name}-map"     # the file beside this one
opens_with_offensive = true   # whether the challenger attacks on the first day
opening_aim = "core"          # what for: "outer", "core", "home" or "everything"
client_arms = 1000.0          # stock of arms, constant US$ m: SIPRI spending, worn out by 10 % a year
challenger_arms = 3000.0      # the same for the challenger

# One patron, one client, one challenger. A backer of the challenger and mediators may stand here as well:
# backer = {{ id = "TUR", name = "Turkey" }}
# mediators = {{ id = "OSCE", name = "OSCE" }}
# Who is left out does nothing.
[cast]
{chr(10).join(cast)}
outsiders = []                # outside powers: {{ id = "USA", name = "United States" }}
observers = []                # the patron's other allies and neighbours, who watch: {{ id = .., name = .. }}

# For each outside power above: how loud its words are, and what it would send.
# [parameters.outsiders.powers.USA]
# sympathy = {{ value = 0.5, source = "" }}   # words for the client in war, 0-1: statements, UN votes
# monitors = {{ value = 0.1, source = "" }}   # monitors it would send in peace, 0-1
# arms = {{ value = 0.3, source = "" }}       # arms it would deliver in peace, 0-1: SIPRI Arms Transfers

# For each observer above: likeness of its regime to the patron's (V-Dem), and how far its own security hangs
# on the patron's word (ATOP: member of the same pact?).
# [parameters.observers.states]
# BLR = {{ likeness = 0.9, exposure = 0.7 }}

# The numbers that belong to one crisis. All others are assumptions of the model, alike for all crises
# until you know better.
{chr(10).join(_numbers())}
# What changed on a date, from outside the model; as many as there are. Any number can be changed.
# [[event]]
# date = {crisis.start}
# text = "The patron says in public what its guarantee covers"
# quantity = "patron.stated_clarity"
# change = "set"                # set, add or times
# amount = 1.0
# source = ""

# Military spending, constant US$ m a year: SIPRI Military Expenditure Database. Left out, what wears out is
# replaced. The same for challenger_spending, and client_democracy (V-Dem, 0 to 1).
# [series.client_spending]
# unit = "constant US$ m a year"
# source = ""
# [series.client_spending.values]
# {crisis.start.year} = 100.0
"""


def _numbers() -> Iterator[str]:
    """The numbers that belong to one crisis, commented out, group by group."""
    groups: dict[str, list[ParameterInfo]] = {}
    for info in describe(load(DEFAULTS_ARE_OF)):
        if info.kind in OF_A_CRISIS:
            groups.setdefault(info.path.split(".", maxsplit=1)[0], []).append(info)
    for group, members in groups.items():
        yield f"\n[parameters.{group}]"
        for info in members:
            name = info.path.split(".", maxsplit=1)[1]
            yield f"# {info.meaning}: {info.low:g} to {info.high:g} ({info.unit})"
            yield f"#   where: {WHERE.get(info.path, 'a judgement')}"
            yield f'# {name} = {{ value = {info.default:g}, source = "" }}'


def _small_map() -> list[MapRow]:
    """Six regions from the client's capital to the challenger's land."""
    return [
        MapRow("SEAT", "Seat of government", (0.3, -1.4), 5000.0, "capital", 1_000_000, ("MARCH",), GUESS),
        MapRow(
            "MARCH", "March", (0.1, -0.6), 5000.0, "recognised", 200_000, ("SEAT", "CORE", "SOUTH"), GUESS
        ),
        MapRow("CORE", "Core", (0.1, 0.0), 3000.0, "core", 100_000, ("MARCH", "SOUTH", "EAST"), GUESS),
        MapRow(
            "SOUTH", "South", (-0.4, 0.1), 2000.0, "outer", 5_000, ("MARCH", "CORE", "EAST", "OTHER"), GUESS
        ),
        MapRow("EAST", "East", (0.1, 0.6), 2000.0, "outer", 5_000, ("CORE", "SOUTH", "OTHER"), GUESS),
        MapRow("OTHER", "Other side", (0.0, 1.3), 9000.0, "challenger", 2_000_000, ("SOUTH", "EAST"), GUESS),
    ]


def _rows_of(regions: Sequence[DrawnRegion]) -> list[MapRow]:
    """The rows of a map that was given; where it says no class, one is guessed so that it runs."""
    ids: list[str] = []
    for region in regions:
        ids.append(_id(region.name, ids))
    guesses = _guessed_classes(regions)
    rows = []
    for place, region in enumerate(regions):
        facts = {key.lower(): value for key, value in region.facts.items()}
        given = facts.get("legal_class")
        known = given in CLASSES
        source = "area, middle and neighbours: the GeoJSON" + ("" if known else f"; class {GUESS}")
        if region.touches_none:
            source += f"; it touches no region, so its neighbours are a {GUESS}"
        population = facts.get("population")
        people = int(population) if isinstance(population, int | float) and population >= 0 else 10_000
        near = tuple(ids[other] for other in sorted(set(region.neighbours)))
        legal_class = str(given) if known else guesses[place]
        rows.append(
            MapRow(ids[place], region.name, region.middle, region.area, legal_class, people, near, source)
        )
    return rows


def _guessed_classes(regions: Sequence[DrawnRegion]) -> list[str]:
    """A class for each region: the middle is the core, what is around it outer, the ends are the states'."""
    origin = plane_of(regions)
    away = [abs(r.middle[0] - origin[0]) + abs(r.middle[1] - origin[1]) for r in regions]
    core = away.index(min(away))
    classes = ["recognised"] * len(regions)
    others = [place for place in range(len(regions)) if place != core]
    west = min(others, key=lambda place: regions[place].middle[1])
    east = max(others, key=lambda place: regions[place].middle[1])
    for place in regions[core].neighbours:
        classes[place] = "outer"
    classes[core] = "core"
    if len(regions) > 2:
        classes[west] = "capital"
    classes[east] = "challenger"
    return classes


def _map(crisis: NewCrisis, rows: Sequence[MapRow]) -> str:
    head = f"# The map of {crisis.name}: where the land is, who holds it, who owns it in law.\n#\n{MAP_KEYS}"
    parts = [head]
    for row in rows:
        title = "client" if row.legal_class in ("recognised", "capital") else "challenger"
        days = f"handover_days = {HANDOVER_DAYS}\ndeal_days = {DEAL_DAYS}\n"
        outer = days if row.legal_class == "outer" else ""
        parts.append(
            f"[[region]]\nid = {_text(row.id)}\nname = {_text(row.name)}\n"
            f"latitude = {row.middle[0]:.3f}\nlongitude = {row.middle[1]:.3f}\narea = {row.area:.1f}\n"
            f"held = {0.0 if row.legal_class == 'challenger' else 1.0}\npopulation = {row.population}\n"
            f'ruggedness = 0.35\nfortification = 0.3\nlegal_title = "{title}"\n'
            f'legal_class = "{row.legal_class}"\n{outer}'
            f"neighbours = [{', '.join(map(_text, row.neighbours))}]\nsource = {_text(row.source)}\n"
        )
    parts.append(
        "# Where strength is projected from: the main base of each side, and the patron's nearest one.\n"
    )
    for owner, place in zip(("client", "challenger", "patron"), _bases(rows), strict=True):
        name = f"Base of the {owner}"
        parts.append(
            f'[[hub]]\nid = "{owner.upper()}_BASE"\nname = "{name}"\nowner = "{owner}"\n'
            f'latitude = {place[0]:.3f}\nlongitude = {place[1]:.3f}\nsource = "{GUESS}"\n'
        )
    return "\n".join(parts)


def _bases(rows: Sequence[MapRow]) -> tuple[tuple[float, float], ...]:
    """Client's, challenger's and patron's: in the capital or what else there is, in the other's land."""
    ranks = {"capital": 0, "recognised": 1, "core": 2, "outer": 3, "challenger": 4}
    in_order = sorted(rows, key=lambda row: ranks[row.legal_class])
    return in_order[0].middle, in_order[-1].middle, in_order[0].middle


def shapes_file(ids: Sequence[str], regions: Sequence[DrawnRegion], caption: str) -> str:
    """The file of shapes that lies beside a map: one line a region, so that a change of one is seen as such.

    Args:
        ids: the ids of the regions.
        regions: the regions, as GeoJSON draws them.
        caption: what is true of the drawing.
    """
    latitude, longitude = plane_of(regions)
    about = {
        "made": "from the polygons of a GeoJSON file",
        "caption": caption,
        "units": "km, x east and y north of the origin; polygons closed",
        "origin": {"latitude": latitude, "longitude": longitude},
    }
    lines = []
    shapes = zip(ids, shapes_in_km(regions), strict=True)
    for name, (outline, label) in sorted(shapes, key=_largest_first):  # what fills a hole is drawn upon it
        shape = json.dumps({"polygon": outline, "label": label}, separators=(",", ":"))
        lines.append(f"{json.dumps(name)}: {shape}")
    return f'{{"about": {json.dumps(about, indent=1)},\n"regions": {{\n' + ",\n".join(lines) + "\n}}\n"


def _largest_first(shape: tuple[str, tuple[list[list[float]], list[float]]]) -> float:
    """Less, the larger the box around a region's outline is."""
    return -float(np.ptp(shape[1][0], axis=0).prod())


def _record(crisis: NewCrisis, rows: Sequence[MapRow]) -> dict[str, str]:
    """The empty record: what really happened, to be set beside what is simulated."""
    ids = ", ".join(row.id for row in rows if row.legal_class in ("core", "outer"))
    return {
        "record/control.csv": "date,share_held,source\n",
        "record/polls.csv": "date,measure,share,source\n",
        "record/captures.toml": f"""\
# When the client's side lost the larger part of each region. Ids: {ids}.
# [[capture]]
# id = "{next((row.id for row in rows if row.legal_class == "core"), rows[0].id)}"
# date = {crisis.start}
# mode = "force"                # or "handover"
# source = ""
""",
        "record/patterns.toml": """\
# What a world should show to be like the record: a band for an outcome, written down before the first run.
# [[pattern]]
# id = "P1"
# name = "the core is lost"
# outcome = "core_lost"         # an outcome of `captive-ally describe`
# low = 0.8
# high = 1.0
# source = ""
""",
        "record/README.md": """\
# The record

- control.csv: dated share of the contested land at the start that the client's side still held, 0 to 1
  (maps of the day: ISW, Liveuamap, the press).
- captures.toml: when each region was lost, and how.
- polls.csv: dated share of the client's public that calls relations with the patron good (measure:
  relations_good), 0 to 1.
- patterns.toml: bands for outcomes, written down before the first run.

What is dated is drawn beside the worlds by `captive-ally run` and `captive-ally view`; all of it is what
`captive-ally experiment history --record` and `captive-ally calibrate --record` hold them against.
""",
    }


def _question(crisis: NewCrisis) -> str:
    return f'''\
"""A question of {crisis.name}: what does the challenger's gratitude (claim C3) change?

    captive-ally experiment question.py

All settings meet the same luck, world by world, so a difference is that of what was changed alone.
"""

from pathlib import Path

from experiments.trial.experiment import Curves, Experiment, Setting, evenly, higher

usual = Setting(str(Path(__file__).parent / "{crisis.name}.toml"))
LEAST = 0.05  # the smallest effect that matters, of the scale; write it down before the first run

EXPERIMENT = Experiment(
    name="{crisis.name}-question",
    question="Does the bet on gratitude cost land?",
    design="The crisis with the bet (C3) and without. If it changes nothing, the claim does not matter here.",
    expectations=(  # (claim, words, outcome, where it should be higher, where lower, smallest that matters)
        higher("C3", "more land is lost with the bet", "share_lost", usual, usual.less("C3"), LEAST),
        higher("C3", "the patron does more without it", "level_mean", usual.less("C3"), usual, LEAST),
    ),
    figures=(
        Curves("worth", "Land lost by what the challenger is worth to the patron",
               "patron.interest_in_challenger", evenly(0, 1, 5),
               {{"with the bet": usual, "without": usual.less("C3")}}, ("share_lost",)),
    ),
    worlds=200,
)
'''
