"""The log tells what the stocks of the worlds say, with the right date and name: lines read back."""

from datetime import date

import numpy as np
import pytest

from agents.reasons import RUNGS
from experiments.page.app import observed_in
from experiments.page.curves import Observed
from experiments.page.log import MOST_LINES, log_of
from experiments.page.news import News, opening_news
from experiments.page.setting import SideSetting
from sim.model import ConflictModel
from sim.world import Aim
from tests.experiments.page.reading import SCENARIOS, WAR, YEARS, Beside, find, parsed, played
from tests.thorough import thorough

LINE_NAMES = ("core", "recognised border", "humanitarian", "existential")


def lines_of(scenario, history, about="all", shown=None):
    """Step, date, kind and sentence of each line, the earliest first."""
    items = find(parsed(log_of(scenario, history, about, shown)), "li")
    return [
        (int(item[0].get("data-pick").removeprefix("step:")), date.fromisoformat(item[0][0].get("datetime")),
         item.get("class").removeprefix("ca-").removesuffix(" ca-now"), item[0][1].text)
        for item in items[::-1]
    ]  # fmt: skip


def happened(beside, scenario, last):
    """What a reader of the stocks of one world would write down, as (step, kind, sentence)."""
    told = []
    for step in range(1, last + 1):
        was, now = beside.worlds[step - 1], beside.worlds[step]
        today, tomorrow = beside.days[step - 1], beside.days[step]
        lines = [("events", event.text) for event in scenario.event if today <= event.date < tomorrow]
        lines += [*challenger_and_land(was, now, scenario), *patron(was, now), *client(was, now)]
        told += [(step, kind, said) for kind, said in lines]
    return told


AIMS = {2: "the land around the core", 3: "the core and the land around it", 4: "recognised land",
        5: "contested and recognised land alike"}  # fmt: skip


def challenger_and_land(was, now, scenario):
    if now.offensives[0] > was.offensives[0]:
        what = f" for {AIMS[int(now.aim[0])]}" if now.aim[0] else ""
        yield "challenger", f"Azerbaijan opens an offensive{what}"
    if now.clashes[0] > was.clashes[0]:
        yield "challenger", "Azerbaijan starts a limited clash"
    for place in np.flatnonzero(~np.isnan(now.fell_on[0]) & np.isnan(was.fell_on[0])):
        force = now.taken[0, place] >= now.handed[0, place]
        yield "land", f"{scenario.regions.region[place].name} {'falls' if force else 'is handed over'}"
    for line, name in enumerate(LINE_NAMES):
        if now.crossed[0, line] and not was.crossed[0, line]:
            yield "land", f"Red line crossed: {name}"


def patron(was, now):
    rung = int(now.rung[0])
    if now.at_war[0] and rung != was.rung[0]:
        yield "patron", f"Russia moves to rung {rung}: {RUNGS[rung]}"
    elif now.at_war[0] and not was.at_war[0]:
        yield "patron", f"Russia {RUNGS[rung]}"
    if was.at_war[0] and not now.at_war[0]:
        stopped = now.peacekeepers[0] > was.peacekeepers[0]
        stop = ("patron", "Russia imposes a stop, and peacekeepers deploy")
        yield stop if stopped else ("land", "The fighting ends")


def client(was, now):
    if np.isfinite(now.first_plea_day[0]) and np.isnan(was.first_plea_day[0]):
        yield "client", "Armenia asks for help"
    if np.isfinite(now.accepted_day[0]) and np.isnan(was.accepted_day[0]):
        yield "client", "Armenia would accept a stop"
    if now.refused[0]:
        yield "client", "A round of talks fails: the offer is refused"
    if now.terms[0] != was.terms[0]:
        yield {
            1: ("client", "Armenia accepts the offer"),
            2: ("land", "The outer land is to be handed over"),
            3: ("client", "Armenia gives the contested land up"),
        }[int(now.terms[0])]
    if now.status[0] > was.status[0]:
        yield "client", f"Armenia {'freezes its membership' if now.status[0] == 1 else 'leaves the pact'}"


@pytest.fixture(scope="module")
def years():
    """One world of the long scenario, and the same by the model alone."""
    return played(1510, SideSetting(scenario=YEARS)), Beside(1510, [0], YEARS)


def test_the_war_is_told_as_the_stocks_have_it(war, one):
    told = lines_of(SCENARIOS[WAR], war.until(0))
    wanted = happened(one, SCENARIOS[WAR], 85)
    after = [line for line in told if line[0] > 0]
    assert sorted((step, kind, said) for step, _, kind, said in after) == sorted(wanted)
    for step, day, *_ in after:
        assert day == one.days[step - 1], "it happened in the step that ends then"
    said = " ".join(sentence for *_, sentence in wanted)
    for words in ("asks for help", "would accept a stop", "falls", "handed over", "imposes a stop",
                  "Red line crossed: core"):  # fmt: skip
        assert words in said
    assert [step for step, *_ in told] == sorted(step for step, *_ in told)


@thorough
def test_thirty_years_are_told_as_the_stocks_have_them(years):
    playback, beside = years
    scenario = SCENARIOS[YEARS]
    told = lines_of(scenario, playback.until(0))
    wanted = happened(beside, scenario, 1510)
    assert len(wanted) < MOST_LINES
    assert sorted((step, kind, said) for step, _, kind, said in told if step) == sorted(wanted)
    assert all(day == beside.days[max(step - 1, 0)] for step, day, *_ in told)
    said = " ".join(sentence for *_, sentence in wanted)
    for words in ("limited clash", "talks fails", "opens an offensive for", "falls"):
        assert words in said


def test_what_is_so_at_the_start_is_told_first(war, one):
    told = lines_of(SCENARIOS[WAR], war.until(0))
    assert [line[3] for line in told[:2]] == [
        "Russia lets the challenger know in private where its red lines are",
        f"Azerbaijan attacks {AIMS[int(one.worlds[0].aim[0])]}",
    ]
    accepted = played(
        0, SideSetting(changes=(("mediators.madrid_accepted", 1.0), ("red_lines.signalled", 0.0)))
    )
    (first, *_) = lines_of(SCENARIOS[WAR], accepted.until(0))
    assert first[2:] == ("client", "Armenia has accepted the offer: the outer land is to be handed over")


def test_what_an_attack_is_for_is_told_at_the_start_if_all_worlds_agree():
    model = ConflictModel(WAR, worlds=np.arange(100))
    assert opening_news(model)[-1] == News("challenger", f"attacks {AIMS[3]}", deed=True)
    model.world.aim[40:] = Aim.OUTER
    assert opening_news(model)[-1] == News("challenger", "attacks", deed=True)


def test_the_end_is_told():
    playback = played(400, SideSetting(world=10))
    assert lines_of(SCENARIOS[WAR], playback.until(0))[-1][2:] == ("events", "The scenario ends")


def test_the_log_can_be_filtered_and_marks_the_step_that_is_shown(war):
    scenario, history = SCENARIOS[WAR], war.until(0)
    everything = lines_of(scenario, history)
    for kind in ("patron", "client", "challenger", "land", "events"):
        assert lines_of(scenario, history, kind) == [line for line in everything if line[2] == kind]
    step = everything[len(everything) // 2][0]
    items = find(parsed(log_of(scenario, history, "all", step)), "li")
    marked = {item[0].get("data-pick") for item in items if "ca-now" in item.get("class")}
    assert marked == {f"step:{step}"}


def test_what_was_really_lost_stands_at_its_date_among_the_news(war):
    scenario, history = SCENARIOS[WAR], war.until(0)
    captures = observed_in(scenario).captures
    items = find(parsed(log_of(scenario, history, "all", captures=captures)), "li")[::-1]
    steps = [int(item[0].get("data-pick").removeprefix("step:")) for item in items]
    told = [item for item in items if "observed" in item[0][1].text]
    names = {region.id: region.name for region in scenario.regions.region}
    assert steps == sorted(steps) and len(items) == len(lines_of(scenario, history)) + len(told)
    assert {(item[0][1].text, item[0][0].get("datetime")) for item in told} == {
        (f"◇ observed: {names[region]} is lost", day.isoformat())
        for region, day in captures.items()
        if day < history[-1].day
    }
    assert len(told) >= 6
    for item in told:
        snapshot = history[int(item[0].get("data-pick").removeprefix("step:"))]
        assert snapshot.since <= date.fromisoformat(item[0][0].get("datetime")) < snapshot.day
    for about, wanted in (("land", len(told)), ("client", 0)):
        kept = find(parsed(log_of(scenario, history, about, captures=captures)), "li")
        assert sum("observed" in item[0][1].text for item in kept) == wanted


def test_the_page_has_the_record_of_each_scenario_that_ships():
    assert len(observed_in(SCENARIOS["south-ossetia-2008"]).captures) == 3
    assert observed_in(SCENARIOS["crisis"]) == Observed()


def test_a_date_is_written_as_it_is_meant(war):
    for item in find(parsed(log_of(SCENARIOS[WAR], war.until(0), "all")), "time"):
        day = date.fromisoformat(item.get("datetime"))
        assert item.text == f"{day.day} {day:%b %Y}"


def test_a_long_log_says_how_much_it_leaves_out(war):
    history = list(war.until(0)) * 20
    items = find(parsed(log_of(SCENARIOS[WAR], history, "all")), "li")
    lines = sum(len(snapshot.news) for snapshot in history)
    assert len(items) == MOST_LINES + 1 and items[-1].text == f"and {lines - MOST_LINES} more, earlier"


def test_news_of_many_worlds_come_when_half_of_them_have_them(many, hundred):
    scenario, wanted = SCENARIOS[WAR], []
    names = [region.name for region in scenario.regions.region]

    def shares(step):
        world, land = hundred.worlds[step], hundred.model.land
        found = {f"{names[place]} is lost": share for place, share in enumerate(hundred.lost(step))}
        found |= {
            f"Red line crossed: {name}": world.crossed[:, line].mean() for line, name in enumerate(LINE_NAMES)
        }
        found |= {"Azerbaijan has opened an offensive": (world.offensives > 0).mean(),
                  "Russia has stepped in with peacekeepers or troops": (world.rung_max >= 3).mean(),
                  "Armenia has frozen its membership": (world.status >= 1).mean(),
                  "Armenia has left the pact": (world.status == 2).mean()}  # fmt: skip
        assert land.size == len(hundred.lost(step))
        return found

    for step in range(1, 61):
        was, now = shares(step - 1), shares(step)
        wanted += [(step, hundred.days[step - 1], f"{said} (in half of the worlds)")
                   for said in now if was[said] < 0.5 <= now[said]]  # fmt: skip
    told = [(step, day, said) for step, day, _, said in lines_of(scenario, many.until(0)) if "half" in said]
    assert sorted(told) == sorted(wanted) and len(wanted) >= 6
