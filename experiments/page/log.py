"""The log: what happened, the latest first."""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter

from experiments.page.news import ABOUT, News
from experiments.page.snapshot import Snapshot
from experiments.page.svg import element, words
from experiments.sentences import capitalised
from sim.scenarios.scenario import Scenario

MOST_LINES = 200  # shown at once, the latest first


def names_of(scenario: Scenario) -> dict[str, str]:
    """What each kind of news is called: an actor by its name."""
    cast = scenario.cast
    return {
        "patron": cast.patron.name,
        "client": cast.client.name,
        "challenger": cast.challenger.name,
        "land": "Land and lines",
        "events": "Events",
    }


def lines_of(
    history: Sequence[Snapshot], about: str, observed: Sequence[tuple[int, date, News]] = ()
) -> list[tuple[int, date, News]]:
    """Step, date and news, the latest first.

    Args:
        history: all snapshots so far.
        about: the party whose news are wanted; any other text means everybody's.
        observed: what really happened, as observed_losses gives it.
    """
    found = [(snapshot.step, snapshot.since, news) for snapshot in history for news in snapshot.news]
    found = sorted([*found, *observed], key=itemgetter(0))
    wanted = [one for one in found if about not in ABOUT or one[2].about == about]
    return wanted[::-1]


def observed_losses(
    scenario: Scenario, captures: Mapping[str, date], history: Sequence[Snapshot]
) -> list[tuple[int, date, News]]:
    """Step, date and news of what was really lost in the time of these snapshots."""
    names = {region.id: region.name for region in scenario.regions.region}
    return [
        (snapshot.step, day, News("land", f"\N{WHITE DIAMOND} observed: {names[region]} is lost"))
        for region, day in captures.items()
        for snapshot in history
        if snapshot.since <= day < snapshot.day
    ]


def log_of(
    scenario: Scenario,
    history: Sequence[Snapshot],
    about: str,
    shown: int | None = None,
    captures: Mapping[str, date] | None = None,
) -> str:
    """The log as a list; each line leads to its step.

    Args:
        scenario: the scenario that is run.
        history: its snapshots so far.
        about: the party whose news are wanted; any other text means everybody's.
        shown: the step that is looked at.
        captures: the date on which each lost region really fell, by its id.
    """
    names, items = names_of(scenario), []
    lines = lines_of(history, about, observed_losses(scenario, captures or {}, history))
    for step, day, news in lines[:MOST_LINES]:
        said = news.sentence(names[news.about])
        line = element(
            "button",
            element("time", words(f"{day.day} {day:%b %Y}"), datetime=day.isoformat()),
            element("span", words(capitalised(said))),
            type="button", data_pick=f"step:{step}", aria_current="step" if step == shown else None,
        )  # fmt: skip
        items.append(element("li", line, class_=f"ca-{news.about}{' ca-now' if step == shown else ''}"))
    more = len(lines) - MOST_LINES
    if more > 0:
        items.append(element("li", words(f"and {more} more, earlier")))
    return element("ul", *items, class_="ca-log") if items else "<p>Nothing yet.</p>"
