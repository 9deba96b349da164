"""Measures: what is read off a world.

A measure turns the state of a model into one number per world. TIMELINES are read along the way, and
become bands; OUTCOMES are read at the end, and become the columns of worlds.parquet. Experiments,
figures and the page read worlds only through these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.reasons import DUTIES, TERMS
from sim.laws.land import Land
from sim.quantities import largest, mean, total
from sim.scenarios.scenario import Scenario
from sim.world import RED_LINES, Aim, Hedge, Settings, Status, Terms, World

Column = NDArray[Any]
DELIVERED = 0.1  # share of full monitors or arms that counts as having them; assumption


class Run(Protocol):
    """What measures look at in a model."""

    world: World
    land: Land
    scenario: Scenario
    settings: Settings
    settings_at_start: Settings
    world_numbers: NDArray[np.int64]


@dataclass(frozen=True)
class Measure:
    """One number per world.

    Attributes:
        name: the name of the column.
        unit: the unit of the values.
        meaning: what is measured, in plain words.
        read: the function that reads it: model -> (worlds,).
        low, high: the range of the values, for bands.
    """

    name: str
    unit: str
    meaning: str
    read: Callable[[Run], Column]
    low: float = 0.0
    high: float = 1.0


def _stock(name: str, array: str, meaning: str) -> Measure:
    return Measure(name, "share", meaning, lambda model: getattr(model.world, array))


def _rung(rung: int) -> Measure:
    return Measure(
        f"rung_{rung}",
        "share of worlds",
        f"whether the patron stands on rung {rung} of a war",
        lambda model: (model.world.rung == rung) & model.world.at_war,
    )


TIMELINES = (
    _stock("held_contested", "held_contested", "contested land still held, of that at the start"),
    _stock("core_lost", "core_lost", "core lost, of that held at the start"),
    _stock("loyalty", "loyalty", "the client's loyalty to the pact"),
    _stock("opinion", "opinion", "the client's public opinion of the patron"),
    _stock("gratitude", "gratitude", "the challenger's warmth to the patron"),
    Measure(
        "reliability",
        "share",
        "observers' belief in the patron's reliability (mean)",
        lambda model: mean(model.world.reliability),
    ),
    _stock("captivity", "captivity", "the client's dependence for want of another protector"),
    _stock("sphere_credibility", "sphere", "the patron's standing as the power that polices its sphere"),
    _stock("frustration", "frustration", "mediators' frustration with the client"),
    _stock("humanitarian", "displaced", "people of the core who had to leave"),
    Measure(
        "belief_in_resolve",
        "share",
        "the challenger's belief that the patron answers as it says (mean over the lines)",
        lambda model: mean(model.world.belief),
    ),
    Measure("at_war", "share of worlds", "whether there is fighting", lambda model: model.world.at_war),
    _rung(0),
    _rung(1),
    _rung(2),
    _rung(3),
    _rung(4),
)


def _of_contested(model: Run, shares: Column) -> Column:
    """Shares of regions, as a share of the contested land held at the start."""
    ground = model.land
    return total(shares * ground.contested_of_share)


def _per_war_day(array: str) -> Callable[[Run], Column]:
    """A sum over days of fighting as a mean; NaN where there was none."""

    def read(model: Run) -> Column:
        days = model.world.all_war_days
        sums = getattr(model.world, array)
        return np.divide(sums, days, out=np.full(days.shape, np.nan), where=days > 0)

    return read


def _date(array: str) -> Callable[[Run], Column]:
    """A day number as a date; a whole number means the day that ends there."""
    return lambda model: dates_of(model, getattr(model.world, array))


def _date_of_beginning(array: str) -> Callable[[Run], Column]:
    """The day on which a step begins, as a date."""
    return lambda model: dates_of(model, np.floor(getattr(model.world, array)) + 1.0)


def dates_of(model: Run, days: Column) -> Column:
    """Day numbers, counted from the start of the scenario, as dates; NaN becomes NaT."""
    start = np.datetime64(model.scenario.start, "D")
    whole = np.ceil(np.nan_to_num(days)) - (np.nan_to_num(days) > 0)
    return np.where(np.isnan(days), np.datetime64("NaT", "D"), start + whole.astype("timedelta64[D]"))


def _start(path: str) -> Callable[[Run], Column]:
    return lambda model: np.broadcast_to(
        np.asarray(model.settings_at_start.value(path)), model.world_numbers.shape
    )


def _status(model: Run) -> Column:
    names = np.array([status.name.lower() for status in Status])
    return names[model.world.status]


def _aim(model: Run) -> Column:
    names = np.array([aim.name.lower() for aim in Aim])
    return names[model.world.first_aim]


def _hedging(model: Run) -> Column:
    """The strongest thing the client has from others; a guarantor must be trusted more than the patron."""
    world = model.world
    other = np.maximum(np.asarray(model.settings.client.outside_option), largest(world.troops))
    code = np.where(largest(world.monitors) >= DELIVERED, Hedge.MONITORS, Hedge.NONE)
    code = np.where(largest(world.arms) >= DELIVERED, Hedge.ARMS, code)
    gone = (world.status == Status.LEFT) & (other > world.trust * world.capability)
    return np.array([hedge.name.lower() for hedge in Hedge])[np.where(gone, Hedge.GUARANTOR, code)]


def _crossed(line: str) -> Callable[[Run], Column]:
    return lambda model: model.world.crossed[:, RED_LINES.index(line)]


def _of_observers(array: str) -> Callable[[Run], Column]:
    """A mean over observers; not defined where there is none."""

    def read(model: Run) -> Column:
        values = getattr(model.world, array)
        return mean(values) if values.shape[1] else np.full(len(values), np.nan)

    return read


def _of_outsiders(array: str) -> Callable[[Run], Column]:
    """A sum over days of fighting as a mean; not defined where there is no outside power either."""
    per_day = _per_war_day(array)

    def read(model: Run) -> Column:
        days = per_day(model)
        return days if model.world.sympathy.shape[1] else np.full(days.shape, np.nan)

    return read


def _strongest(first: int, last: int) -> Callable[[Run], Column]:
    """The term that was the strongest of its side on most days; none where there was no war."""

    def read(model: Run) -> Column:
        days = model.world.strongest_days[:, first:last]
        names = np.array(TERMS)[first:last][days.argmax(axis=1)]
        return np.where(days.max(axis=1) > 0, names, "none")

    return read


OUTCOMES = (
    Measure("share_lost", "share", "contested land lost in all",
            lambda m: _of_contested(m, m.world.taken) + _of_contested(m, m.world.handed)),
    Measure("share_by_force", "share", "contested land lost by force",
            lambda m: _of_contested(m, m.world.taken)),
    Measure("share_by_handover", "share", "contested land handed over",
            lambda m: _of_contested(m, m.world.handed)),
    Measure("core_lost", "share", "core lost", lambda m: m.world.core_lost),
    Measure("recognised_lost", "km2", "recognised land lost",
            lambda m: m.world.recognised_lost * m.land.recognised_area),
    Measure("war_days", "days", "length of the first full offensive", lambda m: m.world.first_war_days),
    Measure("share_by_first_war", "share", "contested land lost by force in the first full offensive",
            lambda m: m.world.first_war_taken),
    Measure("wars", "count", "full offensives", lambda m: m.world.offensives),
    Measure("clashes", "count", "limited clashes", lambda m: m.world.clashes),
    Measure("first_war_date", "date", "start of the first full offensive",
            _date_of_beginning("first_war_day")),
    Measure("level_max", "rung", "the patron's highest rung", lambda m: m.world.rung_max),
    Measure("level_mean", "rung", "the patron's mean rung over days of fighting", _per_war_day("rung_total")),
    Measure("level_max_date", "date", "when the highest rung was first reached", _date("rung_max_day")),
    Measure("first_force_date", "date", "when rung 3 or more was first reached", _date("first_force_day")),
    Measure("loyalty_start", "share", "loyalty at the start", _start("client.loyalty")),
    Measure("loyalty_end", "share", "loyalty at the end", lambda m: m.world.loyalty),
    Measure("opinion_start", "share", "opinion of the patron at the start", _start("client.opinion")),
    Measure("opinion_end", "share", "opinion of the patron at the end", lambda m: m.world.opinion),
    Measure("gratitude_start", "share", "the challenger's gratitude at the start",
            _start("challenger.gratitude")),
    Measure("gratitude_end", "share", "the challenger's gratitude at the end", lambda m: m.world.gratitude),
    Measure("sphere_credibility_end", "share", "sphere credibility at the end", lambda m: m.world.sphere),
    Measure("observer_reliability_start", "share", "observers' mean belief at the start",
            _of_observers("prior")),
    Measure("observer_reliability_end", "share", "observers' mean belief at the end",
            _of_observers("reliability")),
    Measure("observer_participation_end", "share", "observers' mean part taken in the pact",
            _of_observers("participation")),
    Measure("backer_influence_end", "share", "the backer's mean standing with observers",
            _of_observers("influence")),
    Measure("frustration_end", "share", "mediators' frustration at the end", lambda m: m.world.frustration),
    Measure("captivity_end", "share", "dependence for want of another protector",
            lambda m: m.world.captivity),
    Measure("trust_end", "share", "the client's trust in the patron's troops", lambda m: m.world.trust),
    Measure("captive_loyalty_end", "share", "loyalty in excess of its public's opinion: the captive ally",
            lambda m: np.maximum(m.world.loyalty - m.world.opinion, 0.0)),
    Measure("perceived_ratio_end", "ratio", "power ratio that the patron sees",
            lambda m: np.exp(m.world.perceived_shift)),
    Measure("status_end", "name", "place in the pact", _status),
    Measure("hedging_end", "name", "what the client has from others", _hedging),
    Measure("peaceful_deal", "yes/no", "whether the offer was accepted without war",
            lambda m: (m.world.terms == Terms.DEAL) & (m.world.offensives == 0)),
    Measure("humanitarian_max", "share", "the highest humanitarian index",
            lambda m: m.world.humanitarian_max),
    Measure("existential_max", "share", "the highest danger to survival",
            lambda m: m.world.existential_max),
    Measure("rhetoric_patron_mean", "share", "how far the patron's words sided with the client in war",
            _per_war_day("words_total")),
    Measure("rhetoric_outsider_mean", "share",
            "how far the words of the loudest outside power sided with the client in war",
            _of_outsiders("sympathy_total")),
    Measure("blame_patron_mean", "share", "how far the patron's words blamed challenger and backer in war",
            _per_war_day("accusation_total")),
    Measure("blame_outsider_mean", "share",
            "how far the words of the loudest outside power blamed challenger and backer in war",
            _of_outsiders("outsider_blame_total")),
    Measure("aim", "name", "what the first full offensive was for", _aim),
    Measure("first_plea_date", "date", "when the client first asked for help", _date("first_plea_day")),
    Measure("accepted_on", "date", "when the client would first have accepted a stop", _date("accepted_day")),
    Measure("stability_end", "share", "how safe the client's government is at the end",
            lambda m: m.world.stability),
    Measure("outsider_troops_max", "share", "the most troops ever on offer from outside",
            lambda m: m.world.troops_max),
    Measure("outrage_max", "share", "the patron's highest outrage", lambda m: m.world.outrage_max),
    Measure("core_effort_mean", "share", "the challenger's effort on the core in war",
            _per_war_day("core_effort")),
    Measure("red_lines_crossed", "count", "red lines crossed", lambda m: m.world.crossed.sum(axis=1)),
    Measure("core_line_crossed", "yes/no", "whether the red line at the core was crossed", _crossed("core")),
    Measure("border_line_crossed", "yes/no", "whether the red line at the recognised border was crossed",
            _crossed("recognised")),
    Measure("first_line_date", "date", "when the first red line was crossed", _date("first_line_day")),
    Measure("opinion_before_war", "share", "opinion of the patron as the first full offensive began",
            lambda m: m.world.opinion_before_war),
    Measure("kept_aside_by", "name", "the strongest restraint on most days of war",
            _strongest(len(DUTIES), len(TERMS))),
    Measure("moved_by", "name", "the strongest duty on most days of war", _strongest(0, len(DUTIES))),
)  # fmt: skip


def outcome_names(scenario: Scenario) -> list[str]:
    """The columns that `outcomes` gives for a scenario."""
    fallen = [
        f"fell_{region.id}"
        for region in scenario.regions.region
        if region.legal_class in ("outer", "core") and scenario.held.get(region.id, region.held) > 0
    ]
    return [measure.name for measure in OUTCOMES] + fallen


def outcomes(model: Run) -> dict[str, Column]:
    """Every outcome, and the date on which each region of the client's side fell (`fell_AGM`)."""
    table = {measure.name: np.array(measure.read(model)) for measure in OUTCOMES}
    for place in range(model.land.size):
        if model.land.contested[place] > 0:
            table[f"fell_{model.land.ids[place]}"] = dates_of(model, model.world.fell_on[:, place])
    return table
