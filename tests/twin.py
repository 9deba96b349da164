"""The model a second time, as an ordinary Mesa user writes it from sim/README.md.

One world, Mesa agents, Python floats and `if`. Nothing is taken from the package but the scenario and
the luck, so whatever test_twin.py finds equal was worked out twice. Section numbers are those of
sim/README.md.
"""

import math
from datetime import timedelta
from types import SimpleNamespace

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from sim.chance import Luck
from sim.scenarios.loading import load
from sim.scenarios.values import describe

YEAR = 365.25
EARTH_RADIUS = 6371.0  # km
CLASSES = ("outer", "core", "recognised", "capital")
NONE, DEAL, STOP, SURRENDER = range(4)  # terms
MEMBER, FROZEN, LEFT = range(3)  # status
PROTECTION = (0.0, 0.15, 0.4, 0.8, 1.0)
INVOLVEMENT = (0.0, 0.05, 0.2, 0.55, 1.0)
QUANTITIES = {
    "client.alignment": "alignment",
    "patron.capability": "capability",
    "patron.stated_clarity": "stated_clarity",
    "backer.readiness": "readiness",
    "mediators.offer_tabled": "offer_tabled",
    "client.western_turn": "client_turn",
    "observers.western_turn": "observer_turn",
}
DUTIES = (
    "treaty", "core", "border", "humanitarian", "existential",
    "sphere", "ruler", "popularity", "loyalty", "allies",
    "threat", "honour",
)  # fmt: skip
RESTRAINTS = ("gratitude", "frustration", "entrapment", "displeasure", "title", "window", "cost")


def chance(rate, days):
    """That something with a rate a day happens within some days."""
    return 1 - math.exp(-rate * days)


def near(value, goal, rate, days):
    """A value after some days of closing in on a goal."""
    return value + (goal - value) * chance(rate, days)


def sigmoid(z):
    """S(z), written so that it cannot overflow."""
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def clip(value):
    """A value held in 0..1."""
    return min(max(value, 0.0), 1.0)


def distance(a, b):
    """Kilometres between two places along a great circle."""
    north, south = math.radians(a.latitude), math.radians(b.latitude)
    h = math.sin((north - south) / 2) ** 2
    h += math.cos(north) * math.cos(south) * math.sin(math.radians(a.longitude - b.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(h))


class Region(mesa.Agent):
    """A district or province."""

    def __init__(self, model, facts, held):
        super().__init__(model)
        p = model.p
        self.id = facts.id
        self.area = facts.area
        self.people = facts.population
        self.kind = facts.legal_class
        self.neighbours = facts.neighbours
        self.retained = facts.retained
        self.deal_days = facts.deal_days
        self.handover_days = facts.handover_days
        self.held = self.held_at_start = held
        self.taken = 0.0
        self.handed = 0.0
        self.fell_on = math.nan
        self.fortune = 1.0
        hubs = model.history.regions.hub
        far_challenger = min(distance(facts, hub) for hub in hubs if hub.owner == "challenger")
        far_client = min(distance(facts, hub) for hub in hubs if hub.owner == "client")
        attack = math.exp(-far_challenger / p.combat.reach)
        works = p.combat.terrain_defence * facts.ruggedness + p.combat.works_defence * facts.fortification
        defence = math.exp(-far_client / p.combat.reach) * (1 + works)
        aversion = p.challenger.terrain_aversion * (facts.ruggedness + facts.fortification)
        self.odds = (attack / defence) ** p.combat.decisiveness
        self.ease = math.exp(-aversion) * attack * facts.significance

    @property
    def contested(self):
        return self.kind in ("outer", "core")

    def touches(self, *kinds):
        """Whether it borders on land of some class."""
        return any(self.model.region[name].kind in kinds for name in self.neighbours)

    def is_front(self):
        """7.11: can it be attacked?"""
        exposed = any(self.model.region[name].held <= 0.5 for name in self.neighbours)
        return self.held > 0 and (self.held < 0.995 or exposed)

    def lose(self, share):
        """7.11: land lost by force."""
        self.held -= share
        self.taken += share

    def delay(self, terms):
        """7.12: days from the terms to the handover; None where nothing is handed over."""
        if terms == SURRENDER and self.contested:
            return 7.0
        if terms == DEAL and self.kind == "outer":
            return self.deal_days
        if terms == STOP and self.kind == "outer":
            return self.handover_days
        return None

    def hand_over(self, terms, days):
        """7.12: if it is due, all but what is kept."""
        delay = self.delay(terms)
        if delay is None or days < delay:
            return
        kept = 0.0 if terms == SURRENDER else self.retained
        if self.held > kept:
            self.handed += self.held - kept
            self.held = kept

    def take_stock(self, moment):
        """7.13: note the day it fell."""
        if math.isnan(self.fell_on) and self.held < self.held_at_start / 2:
            self.fell_on = moment


class Actor(mesa.Agent):
    """Somebody who acts in phases: asked first, changed when all have been asked."""

    def __init__(self, model, party):
        super().__init__(model)
        self.id = party.id

    @property
    def board(self):
        """Whose attributes its answers change: the model's, if there is only one such actor."""
        return self.model

    def happens(self, purpose, rate):
        return self.model.u(purpose, self.id) < chance(rate, self.model.days)

    def offer(self):
        return {}

    def answer(self):
        return {}

    def judge(self):
        return {}

    def decide(self):
        return {}

    def learn(self):
        return {}


class Mediators(Actor):
    """The mediators' body."""

    def offer(self):
        """7.2."""
        m, p = self.model, self.model.p
        free = not m.at_war and m.terms == NONE and m.on_the_table()
        return {"offer_made": free and self.happens("round", p.mediators.rounds / YEAR)}

    def judge(self):
        """7.4."""
        m, p = self.model, self.model.p
        frustration = m.frustration
        if m.holds("C11"):
            haste = 1 + p.mediators.weakening_factor * max(m.perceived_shift, 0) if m.holds("C18") else 1
            step = p.mediators.frustration_step * m.refused * m.blame() * haste
            frustration += (1 - frustration) * clip(step)
        rate = (1 if m.terms == DEAL else p.mediators.frustration_decay) / YEAR
        return {"frustration": near(frustration, 0, rate, m.days)}


class Client(Actor):
    """The ally."""

    def answer(self):
        """7.3."""
        m, p = self.model, self.model.p
        acceptance = 0.5
        if m.holds("C14"):
            risk = sigmoid(m.advantage()) * (1 - m.trust * m.capability)
            will = 1 - p.client.intransigence * m.held_contested
            acceptance = clip(will * (1 - math.exp(-p.client.risk_aversion * risk)))
        willing = m.offer_made and m.u("answer", self.id) < acceptance
        if willing and m.u("other side", self.id) < p.mediators.challenger_accepts:
            return {"terms": DEAL, "terms_day": m.day, "handing_over": True, "refused": False}
        return {"refused": m.offer_made}

    def captivity(self):
        """7.9."""
        m, p = self.model, self.model.p
        if not m.holds("C29"):
            return 0.0
        other = max([p.client.outside_option] + [power.troops for power in m.outsiders])
        return sigmoid(p.client.security_steepness * (m.trust * m.capability - other))

    def judge(self):
        return {"captivity": self.captivity()}

    def decide(self):
        """7.9."""
        m, p = self.model, self.model.p
        rate = 0.0
        if m.offensive and m.rung < 3:
            rate = sigmoid(40 * (m.momentum - p.client.capitulation_odds))
        return {"surrender_rate": rate, "captivity": self.captivity()}

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        support = PROTECTION[m.rung]
        unaided = (1 - support) * m.lost_now
        beyond = m.pressure["recognised"] + m.pressure["capital"]
        breach = (1 - support) * m.intensity * beyond * p.client.breach * p.patron.guarantee * d
        trust = m.trust * math.exp(-p.client.disappointment * unaided - breach)
        there = max(m.peacekeepers, support * m.intensity if m.rung >= 3 else 0)
        trust = near(trust, max(trust, p.client.trust_in_troops), p.client.reassurance / YEAR * there, d)
        image = m.opinion_target
        if m.holds("C40"):
            image *= math.exp(-p.client.image_damage * unaided - breach)
        image = near(image, max(image, p.client.opinion), p.client.image_recovery / YEAR, d)
        opinion = near(m.opinion, image, 1 / (p.client.opinion_lag * YEAR), d)
        voice = (
            clip(p.client.voice_floor + p.client.voice_of_democracy * m.democracy) if m.holds("C42") else 0
        )
        goodwill = voice * m.opinion + (1 - voice) * m.alignment
        captivity = self.captivity()
        kept = captivity + (1 - captivity) * goodwill
        if m.theory == "revised":
            kept = voice * m.opinion + (1 - voice) * (captivity + (1 - captivity) * m.alignment)
        if m.holds("C28"):
            most_monitors = max(power.monitors for power in m.outsiders)
            most_arms = max(power.arms for power in m.outsiders)
            pull = 1 - (1 - most_monitors) * (1 - most_arms)
        else:
            pull = max(power.sympathy for power in m.outsiders)
        goal = clip(kept * (1 - p.client.pull_of_deeds * pull))
        loyalty = clip(near(m.loyalty, goal, 1 / (p.client.loyalty_lag * YEAR), d))
        leaving = p.client.exit_rate / YEAR * sigmoid(20 * (p.client.exit_threshold - m.loyalty))
        status = min(m.status + self.happens("exit", leaving), LEFT)
        return {
            "trust": trust,
            "opinion_target": image,
            "opinion": opinion,
            "loyalty": loyalty,
            "status": status,
        }


class Challenger(Actor):
    """The neighbour who wants the land."""

    def worth(self, kind):
        values = self.model.p.challenger
        return {"outer": values.value_contested, "core": values.value_core}.get(kind, values.value_recognised)

    def fear(self):
        """7.6: fear of the patron on land of each class."""
        m, p = self.model, self.model.p
        core = 1 - math.exp(-p.red_lines.core.weight)
        if m.holds("C34"):
            core *= 1 - p.challenger.weight_of_statement * m.stated_clarity
        lines = {
            "outer": p.patron.guarantee * p.patron.scope_contested,
            "core": max(core, p.settlement.peacekeeping * m.peacekeepers),
            "recognised": 1 - math.exp(-p.red_lines.recognised.weight) if m.holds("C32") else 0.0,
            "capital": 1 - math.exp(-p.red_lines.existential.weight),
        }
        blurred = sum(lines.values()) / len(lines)
        signalled = p.red_lines.signalled if m.holds("C31") else 0.0
        shield = 1 - p.backer.shield * m.backing() if m.holds("C52") else 1.0
        return {
            kind: m.belief * m.capability * (signalled * line + (1 - signalled) * blurred) * shield
            for kind, line in lines.items()
        }

    def gain(self):
        """(worth - fear), where positive, on land of each class."""
        fear = self.fear()
        return {kind: max(self.worth(kind) - fear[kind], 0.0) for kind in CLASSES}

    def judge(self):
        """7.6: does it open a war?"""
        m, p = self.model, self.model.p
        gain = self.gain()
        has = {place.kind for place in m.region.values() if place.held_at_start > 0}
        prize = gain["recognised"] if has & {"recognised", "capital"} else 0.0
        if m.held_outer > 0:
            prize = max(prize, gain["outer"])
        if m.core_lost < 1 and "core" in has:
            prize = max(prize, gain["core"])
        appetite = 1 - p.mediators.deal_calm if m.handing_over or m.terms == DEAL else 1
        success = sigmoid(m.advantage())
        steep = p.challenger.steepness
        rate = (
            p.challenger.war_rate
            / YEAR
            * prize
            * appetite
            * sigmoid(steep * (success - p.challenger.war_odds))
        )
        if m.at_war or not self.happens("outbreak", rate):
            return {"war_begins": False}
        full = m.u("offensive", self.id) < sigmoid(steep * (success - p.challenger.offensive_odds))
        return {"war_begins": True, "at_war": True, "offensive": full}

    def effort(self):
        """7.11: where it attacks, as shares by region; empty if it is out of targets."""
        gain = self.gain()
        appeal = {}
        for place in self.model.land:
            if not place.is_front():
                continue
            appeal[place.id] = gain[place.kind] ** 2 * place.ease if self.model.holds("C55") else 1.0
        total = sum(appeal.values())
        return {name: value / total for name, value in appeal.items()} if total > 0 else {}

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        support = PROTECTION[m.rung]
        gratitude = m.gratitude
        if m.holds("C3"):
            won = p.challenger.gratitude_gain * m.lost_now * (1 - support)
            gratitude = 1 - (1 - gratitude) * math.exp(-won)
            fading = p.challenger.gratitude_decay / YEAR + p.challenger.resentment * support * m.intensity
            gratitude = clip(near(gratitude, 0, fading, d))
        belief = near(m.belief, support, p.challenger.belief_learning * m.intensity, d)
        forgetting = (1 - m.intensity) / (p.challenger.belief_memory * YEAR)
        return {"gratitude": gratitude, "belief": near(belief, p.challenger.resolve_belief, forgetting, d)}


class Backer(Actor):
    """The challenger's helper; it only has to be there."""


class Patron(Actor):
    """The protector."""

    def judge(self):
        """7.5."""
        m, p = self.model, self.model.p
        shift = m.perceived_shift
        if m.holds("C17"):
            shift = near(shift, m.advantage(), 1 / (p.patron.perception_lag * YEAR), m.days)
        anger = 0.0
        if m.holds("C4"):
            anger = max(m.client_turn, m.observer_turn) + p.patron.outrage_at_attack * m.lost_lately
        outrage = clip(near(m.outrage, 0, 1 / (p.patron.outrage_decay * YEAR), m.days) + anger)
        return {"perceived_shift": shift, "outrage": outrage, "outrage_max": max(m.outrage_max, outrage)}

    def duties(self):
        """7.8: what speaks for standing by the client."""
        m, p = self.model, self.model.p
        lines, k = p.red_lines, p.red_lines.steepness
        contested = m.pressure["outer"] + m.pressure["core"]
        recognised = m.pressure["recognised"] + m.pressure["capital"]
        if m.theory == "treaty_only":
            return {"treaty": 6 * p.patron.guarantee * m.intensity}
        if m.theory == "base_rate":
            return {"honour": 6 * (m.promise < p.patron.honour_rate) * m.intensity}
        if m.theory == "balance_of_threat":
            hostility = max(1 - m.gratitude, m.backing())
            harm = min(1 - m.held_contested + m.existential, 1)
            threat = sigmoid(m.advantage()) * m.intensity * hostility * harm
            return {"threat": p.patron.threat_weight * threat}
        covered = recognised + p.patron.scope_contested * contested if m.holds("C20") else 1
        seen = m.opinion if m.theory == "revised" else m.opinion_target
        fall = max(p.client.opinion - seen, 0)
        felt = max(fall - p.patron.unpopularity_tolerance, 0) if m.holds("C44") else fall
        discount = math.exp(-p.patron.discount_rate * p.patron.horizon) if m.holds("C51") else 1
        reliability = sum(observer.reliability for observer in m.observers) / len(m.observers)
        existential = sigmoid(k * (m.existential - lines.existential.threshold))
        disaster = sigmoid(k * (m.displaced - lines.humanitarian.threshold))
        border = sigmoid(k * (m.intensity * recognised - lines.recognised.threshold))
        core = (m.pressure["core"] > 0) * sigmoid(k * (m.core_lost - lines.core.threshold))
        if m.theory == "revised":
            existential *= m.capability
            free = m.capability * (1 - p.patron.interest_in_challenger * (1 - m.capability))
            core, border, disaster = core * free, border * free, disaster * free
        return {
            "treaty": p.patron.treaty_weight * p.patron.guarantee * covered * m.intensity,
            "core": lines.core.weight * m.intensity * core if m.holds("C33") else 0.0,
            "border": lines.recognised.weight * border if m.holds("C36") else 0.0,
            "humanitarian": lines.humanitarian.weight * disaster if m.holds("C35") else 0.0,
            "existential": lines.existential.weight * existential if m.holds("C37") else 0.0,
            "sphere": p.patron.sphere_weight * m.sphere * m.backing() * m.intensity if m.holds("C6") else 0.0,
            "ruler": (p.patron.ruler_weight * m.alignment * clip(m.core_lost + m.existential)
                      if m.holds("C7") else 0.0),
            "popularity": p.patron.popularity_weight * felt if m.holds("C43") else 0.0,
            "loyalty": (p.patron.loyalty_weight * m.loyalty * (1 - m.captivity if m.holds("C2") else 1)
                        * m.intensity),
            "allies": p.patron.allies_weight * reliability * discount * m.intensity,
        }  # fmt: skip

    def restraints(self):
        """7.8: what speaks against it."""
        m, p = self.model, self.model.p
        cost = {"cost": p.patron.cost_weight / m.capability}
        if m.theory not in ("article", "revised"):
            return cost
        contested = m.pressure["outer"] + m.pressure["core"]
        interest = p.patron.interest_in_challenger
        if m.theory == "revised":
            interest += (1 - interest) * interest * (1 - m.capability)
        warmth = interest * sigmoid(m.perceived_shift)
        entrapment = p.client.intransigence * m.blame() * contested
        window = clip(1 - m.war_days / p.patron.window_days)
        return {
            "gratitude": p.patron.gratitude_weight * warmth if m.holds("C3") else 0.0,
            "frustration": p.patron.frustration_weight * m.frustration * m.blame(),
            "entrapment": p.patron.entrapment_weight * entrapment if m.holds("C19") else 0.0,
            "displeasure": p.patron.alignment_weight * (1 - m.alignment) if m.holds("C21") else 0.0,
            "title": p.patron.title_weight * contested if m.holds("C26") else 0.0,
            "window": p.patron.window_weight * window if m.holds("C25") else 0.0,
            **cost,
        }

    def decide(self):
        """7.8: draw a rung, and take it if there is a review."""
        m, p = self.model, self.model.p
        duties, restraints = self.duties(), self.restraints()
        push, pull = sum(duties.values()), sum(restraints.values())
        utility = [push * good - pull * bad for good, bad in zip(PROTECTION, INVOLVEMENT, strict=True)]
        odds = [math.exp(p.patron.precision * (value - max(utility))) for value in utility]
        ladder = [value / sum(odds) for value in odds]
        level = m.rung
        if self.happens("review", p.patron.review_rate):
            draw = m.u("choice", self.id)
            level = sum(sum(ladder[: rung + 1]) < draw for rung in range(4))
        words = push / (push + pull + 1e-12)
        reasons = dict.fromkeys(DUTIES + RESTRAINTS, 0.0) | duties | restraints
        return {"reasons": reasons, "ladder": ladder, "rung": level, "words": words}

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        if not m.holds("C6"):
            return {}
        support = PROTECTION[m.rung]
        rival = m.backing() * m.intensity
        sphere = m.sphere * (1 - chance(p.sphere.loss * rival * (1 - support), d))
        return {"sphere": near(sphere, 1, p.sphere.gain * support, d)}


class Outsider(Actor):
    """An outside power."""

    def __init__(self, model, party):
        super().__init__(model, party)
        self.own = getattr(model.p.outsiders.powers, party.id)
        self.sympathy = self.monitors = self.arms = self.troops = 0.0

    @property
    def board(self):
        return self

    def decide(self):
        """7.10."""
        m, p = self.model, self.model.p
        sympathy = self.own.sympathy * m.intensity
        troops = 0.0 if m.holds("C53") else sympathy * p.outsiders.troops_if_free
        return {"sympathy": sympathy, "troops": troops}

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        rate = 0.0
        if not m.fighting:
            rate = p.outsiders.delivery_rate / YEAR * (1 - m.outrage * m.captivity * m.capability)
        return {
            "monitors": near(self.monitors, self.own.monitors * (1 - m.loyalty), rate, d),
            "arms": near(self.arms, self.own.arms * (1 - m.loyalty), rate, d),
        }


class Observer(Actor):
    """Another ally or neighbour of the patron, who watches."""

    def __init__(self, model, party):
        super().__init__(model, party)
        p = model.p
        own = getattr(p.observers.states, party.id)
        base = p.observers.base_rate
        trust = p.observers.regime_trust * own.likeness if model.holds("C7") else 0.0
        self.exposure = own.exposure
        self.prior = base + (1 - base) * trust
        self.reliability = self.prior
        self.participation = 1.0
        self.influence = 0.0

    @property
    def board(self):
        return self

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        support = PROTECTION[m.rung]
        heed = m.intensity * (1 - support / 2) if m.holds("C39") else 0.5
        learning = p.observers.learning * heed * self.exposure if m.fighting else 0.0
        reliability = self.reliability
        if m.holds("C47"):
            reliability = near(reliability, support, learning, d)
            reliability = near(reliability, self.prior, 1 / (p.observers.memory * YEAR), d)
        if m.holds("C49"):
            reliability = near(reliability, m.words, learning * p.observers.lesson_of_words, d)
        goal = min(reliability / max(self.prior, 1e-12), 1)
        influence = self.influence
        if m.fighting and m.holds("C48"):
            step = p.observers.influence_step * m.backing() * heed * (1 - support)
            influence += (1 - influence) * chance(step, d)
        return {
            "reliability": reliability,
            "participation": near(self.participation, goal, 1 / (p.observers.hedging_lag * YEAR), d),
            "influence": influence,
        }


def by_id(group, name):
    """An attribute of a model: what each agent of a group has under some name, by the agent's id."""
    return property(lambda model: {agent.id: getattr(agent, name) for agent in getattr(model, group)})


class TwinModel(mesa.Model):
    """One world of the model.

    Args:
        scenario: the name of a shipped one, a file, or a Scenario.
        theory: whose duties the patron weighs.
        without: claims left out.
        seed, world: whose luck it meets.
        changes: parameters to set, `__` for the dot: client__outside_option=0.4.
    """

    def __init__(self, scenario="karabakh-2020", theory="article", without=(), seed=0, world=0, **changes):
        super().__init__(rng=seed)
        if isinstance(scenario, str):
            scenario = load(scenario)
        self.history = scenario
        self.theory = theory
        self.without = {without} if isinstance(without, str) else set(without)
        self.p = numbers(scenario, {path.replace("__", "."): value for path, value in changes.items()})
        self.luck = Luck(seed or 0, np.array([world]))  # batch_run of Mesa 3.5 passes seed=None
        self.step_number, self.part, self.parts = 0, None, math.ceil(scenario.step_days)
        self.day, self.days, self.fighting = 0.0, scenario.step_days, False
        self._set_the_scene()
        self._draw_the_map()
        self._call_the_cast()
        self._start()
        reporters = ("held_contested", "core_lost", "at_war", "rung", "loyalty", "opinion", "captivity")
        self.datacollector = DataCollector(model_reporters={name: name for name in reporters})

    def _set_the_scene(self):
        """5: everything that changes and belongs to no region, outside power or observer."""
        p = self.p
        self.held_contested = self.held_outer = 1.0
        self.core_lost = self.recognised_lost = self.homeless = self.existential = 0.0
        self.lost_now = self.lost_lately = 0.0
        self.at_war = self.offensive = self.war_begins = self.over = False
        self.war_days = self.first_war_days = self.all_war_days = 0.0
        self.offensives = self.clashes = 0
        self.first_war_day = math.nan
        self.promise = self.intensity = self.momentum = 0.0
        self.pressure = dict.fromkeys(CLASSES, 0.0)
        self.out_of_targets = False
        self.client_arms, self.challenger_arms = self.history.client_arms, self.history.challenger_arms
        self.client_fit = self.challenger_fit = 1.0
        self.displaced = self.humanitarian_max = self.existential_max = self.troops_max = 0.0
        self.crossed = dict.fromkeys(("core", "recognised", "humanitarian", "existential"), False)
        self.first_line_day = self.opinion_before_war = math.nan
        self.terms, self.terms_day, self.handing_over = NONE, 0.0, False
        self.peacekeepers = 0.0
        self.offer_tabled = max(p.mediators.offer_tabled, p.mediators.madrid_accepted)
        self.offer_made = self.refused = False
        self.frustration = p.mediators.frustration
        self.rung = self.rung_max = 0
        self.rung_max_day = self.first_force_day = math.nan
        self.rung_total = self.words_total = self.sympathy_total = self.core_effort = 0.0
        self.reasons = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.reasons_total = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.strongest_days = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.rung_days, self.ladder = [0.0] * 5, [1.0, 0.0, 0.0, 0.0, 0.0]
        self.words = self.outrage = self.outrage_max = self.client_turn = self.observer_turn = 0.0
        self.alignment = p.client.alignment
        self.capability = p.patron.capability
        self.stated_clarity = p.patron.stated_clarity
        self.sphere = p.sphere.credibility
        self.loyalty = p.client.loyalty
        self.trust = p.client.trust_in_troops
        self.opinion_target = self.opinion = p.client.opinion
        self.democracy = p.client.democracy
        self.status = MEMBER
        self.surrender_rate = 0.0
        self.gratitude = p.challenger.gratitude
        self.belief = p.challenger.resolve_belief
        self.readiness = p.backer.readiness

    def _draw_the_map(self):
        """5: the regions, and the facts of the land."""
        held = self.history.held
        self.regions = [Region(self, f, held.get(f.id, f.held)) for f in self.history.regions.region]
        self.region = {place.id: place for place in self.regions}
        self.land = [place for place in self.regions if place.kind in CLASSES]
        self.contested = [place for place in self.land if place.contested]
        self.core = [place for place in self.land if place.kind == "core"]
        self.recognised = [place for place in self.land if place.kind in ("recognised", "capital")]
        self.capital = [place for place in self.land if place.kind == "capital"]
        self.contested_area = sum(place.area * place.held for place in self.contested)
        ties = ("recognised", "capital")
        outer = [place for place in self.land if place.kind == "outer"]
        self.lifelines = [place for place in outer if place.touches("core") and place.touches(*ties)]
        self.core_linked = not self.recognised or any(place.touches(*ties) for place in self.core)

    def _call_the_cast(self):
        """2: one agent for each actor."""
        cast = self.history.cast
        self.patron = Patron(self, cast.patron)
        self.client = Client(self, cast.client)
        self.challenger = Challenger(self, cast.challenger)
        self.backer = Backer(self, cast.backer)
        self.mediators = Mediators(self, cast.mediators)
        self.outsiders = [Outsider(self, party) for party in cast.outsiders]
        self.observers = [Observer(self, party) for party in cast.observers]
        self.actors = self.agents.select(lambda agent: isinstance(agent, Actor))

    def _start(self):
        """5: what depends on the rest."""
        self.perceived_shift = self.advantage()
        self.captivity = self.client.captivity()
        if self.p.mediators.madrid_accepted == 1 and self.on_the_table():
            self.terms, self.terms_day, self.handing_over = DEAL, 0.0, True
        self.take_stock(0.0)
        if self.terms != DEAL and self.history.opens_with_offensive:
            self.war_begins = self.at_war = self.offensive = True
            self.open_war()

    # What several ask

    def holds(self, claim):
        """Whether a claim's rule is in force."""
        return claim not in self.without

    def u(self, purpose, actor):
        """4: a draw from (0, 1)."""
        if self.part is None or self.parts == 1:
            return float(self.luck.uniform(self.step_number, purpose, actor)[0])
        return float(self.luck.uniform_each(self.parts + 1, self.step_number, purpose, actor)[0][self.part])

    def on_the_table(self):
        """7.2."""
        return self.offer_tabled > 0 and self.holds("C12")

    def blame(self):
        """7.4."""
        return self.p.client.blame_share if self.holds("C13") else 0.5

    def backing(self):
        """7.6."""
        return self.p.backer.help * self.readiness

    def advantage(self):
        """7.6: log ratio of strength, challenger to client."""
        p = self.p
        helped = 1 + p.backer.material_share * self.backing() if self.holds("C52") else 1
        challenger = self.challenger_arms * self.challenger_fit * p.challenger.strength * helped
        return math.log(challenger / (self.client_arms * self.client_fit * p.client.strength))

    # The step (3)

    def step(self):
        if not self.running:
            return
        if not self.over:
            self.day = self.step_number * self.history.step_days
            self.days, self.part, self.fighting = self.history.step_days, None, False
            self.events()
            self.phase("offer")
            self.phase("answer")
            self.phase("judge")
            self.lost_lately = 0.0
            if self.war_begins:
                self.open_war()
            days_of_peace = self.war()
            self.peace(days_of_peace)
        self.step_number += 1
        self.datacollector.collect(self)
        self.running = self.step_number < self.history.steps

    def run(self):
        """All steps to the end of the scenario."""
        while self.running:
            self.step()
        return self

    def phase(self, name):
        """Ask all actors, then let all changes take effect."""
        changes = self.actors.map(name)
        for actor, change in zip(self.actors, changes, strict=True):
            for key, value in change.items():
                setattr(actor.board, key, value)

    def events(self):
        """7.1."""
        p, history = self.p, self.history
        self.client_turn = self.observer_turn = 0.0
        today = self.date(self.step_number)
        for event in history.event:
            if not today <= event.date < self.date(self.step_number + 1):
                continue
            name = QUANTITIES[event.quantity]
            before = getattr(self, name)
            after = {"set": event.amount, "add": before + event.amount, "times": before * event.amount}[
                event.change
            ]
            setattr(self, name, after if event.change == "set" else clip(after))
        wear = math.exp(-p.combat.depreciation * history.step_days / YEAR)
        for side in ("client", "challenger"):
            full = getattr(history.series, f"{side}_spending").at(today) / p.combat.depreciation
            arms = getattr(self, f"{side}_arms")
            setattr(self, f"{side}_arms", full + (arms - full) * wear)
        series = history.series.client_democracy
        if series is not None:
            self.democracy = clip(p.client.democracy + series.at(today) - series.at(history.start))

    def date(self, step):
        return self.history.start + timedelta(days=math.floor(step * self.history.step_days))

    def open_war(self):
        """7.7."""
        draws = self.luck.uniform_each(len(self.land), self.step_number, "fortune", "war")[0]
        for place, draw in zip(self.land, draws, strict=True):
            place.fortune = (float(draw) / (1 - float(draw))) ** self.p.combat.fortune
        self.promise = float(self.luck.uniform(self.step_number, "promise", "war")[0])
        if self.offensive:
            self.offensives += 1
            if math.isnan(self.first_war_day):
                self.first_war_day = self.day
                self.opinion_before_war = self.opinion
        else:
            self.clashes += 1
        self.war_days = 0.0

    def war(self):
        """3.5: the parts of the step that are fought; returns the days of peace left."""
        length = self.history.step_days / self.parts
        left = self.history.step_days
        for part in range(self.parts):
            if not self.at_war:
                break
            self.part, self.days, self.fighting = part, length, True
            left -= length
            moment = self.day + (part + 1) * length
            self.phase("decide")
            self.fight()
            self.take_stock(moment)
            ends = self.settle(moment)
            self.flee()
            self.cross_lines(moment)
            self.phase("learn")
            self.record(moment)
            self.lost_now = 0.0
            if ends:
                self.stand_down()
        return left

    def peace(self, days):
        """3.6."""
        self.part, self.days, self.fighting = self.parts, days, False
        moment = self.day + self.history.step_days
        if self.handing_over:
            self.hand_over(moment)
            self.take_stock(moment)
            self.displaced = max(self.displaced, self.homeless)
        if days > 1e-9:
            self.recover()
            self.phase("learn")
        if self.core_lost >= 1 - 1e-9:
            self.peacekeepers = 0.0

    # War and settlement

    def fight(self):
        """7.11."""
        p, d = self.p, self.days
        self.intensity = 1.0 if self.offensive else p.challenger.clash_effort
        effort = self.challenger.effort()
        self.out_of_targets = not effort
        arms = p.combat.arms_supply if self.rung == 2 else 0.0
        troops = p.combat.patron_troops * self.capability if self.rung == 4 else 0.0
        balance = math.exp(p.combat.decisiveness * (self.advantage() - math.log(1 + arms + troops)))
        supply = 1.0
        if self.lifelines and not self.core_linked:
            open_road = max(place.held for place in self.lifelines)
            supply = p.combat.isolation + (1 - p.combat.isolation) * open_road
        losses = {}
        self.momentum = self.lost_now = 0.0
        self.pressure = dict.fromkeys(CLASSES, 0.0)
        for place in self.land:
            if place.id not in effort:
                continue
            share = effort[place.id]
            odds = balance * place.odds
            if place.kind == "core":
                odds *= supply**-p.combat.decisiveness
            success = odds / (1 + odds)
            advance = p.combat.tempo * self.intensity * d * share * success * place.fortune / place.area
            losses[place.id] = min(place.held, advance)
            self.momentum += share * success
            self.pressure[place.kind] += share
        for name, lost in losses.items():
            place = self.region[name]
            place.lose(lost)
            if place.contested:
                self.lost_now += lost * place.area / self.contested_area
        self.lost_lately += self.lost_now
        left = math.exp(-p.combat.attrition * self.intensity * balance * d)
        self.client_fit = max(self.client_fit * left, 0.01)
        left = math.exp(-p.combat.attrition * self.intensity / (balance + 1e-12) * d)
        self.challenger_fit = max(self.challenger_fit * left, 0.01)
        self.war_days += d
        self.all_war_days += d
        if self.offensive and self.offensives == 1:
            self.first_war_days += d

    def settle(self, moment):
        """7.12: does the war end, and on what terms?"""
        p = self.p
        compliance = clip(0.5 * self.capability * (1 - 0.5 * self.backing()) + 0.5 * self.on_the_table())
        imposed = p.settlement.compliance_rate * compliance if self.rung >= 3 else 0.0
        truce = p.settlement.truce_rate * (1 - self.momentum) if self.rung >= 1 else 0.0
        if not self.offensive:
            truce = p.settlement.clash_end_rate
        rate = imposed + self.surrender_rate + truce + self.out_of_targets
        if not self.u("end", "war") < chance(rate, self.days):
            return False
        cause = self.u("cause", "war") * rate
        terms = None
        if cause < imposed:
            if self.rung == 3 and self.on_the_table() and self.terms != STOP:
                terms = STOP
            if self.core_lost < 1:
                self.peacekeepers = 1.0
        elif cause < imposed + self.surrender_rate:
            terms = SURRENDER
        if terms is not None:
            self.terms, self.terms_day, self.handing_over = terms, moment, True
        return True

    def hand_over(self, moment):
        """7.12."""
        since = moment - self.terms_day
        for place in self.land:
            place.hand_over(self.terms, since)
        delays = [place.delay(self.terms) for place in self.land]
        if since >= max((delay for delay in delays if delay is not None), default=0.0):
            self.handing_over = False

    def take_stock(self, moment):
        """7.13."""
        for place in self.land:
            place.take_stock(moment)
        self.held_contested = share_held(self.contested)
        self.held_outer = (
            sum(p.area * p.held for p in self.contested if p.kind == "outer") / self.contested_area
        )
        self.core_lost = 1 - share_held(self.core)
        self.recognised_lost = 1 - share_held(self.recognised)
        everybody = sum(place.people for place in self.core)
        at_home = sum(
            place.people * place.held / place.held_at_start for place in self.core if place.held_at_start
        )
        self.homeless = 1 - at_home / everybody
        fallen = 1 - min((place.held for place in self.capital), default=1.0)
        self.existential = 1 - (1 - fallen) * (1 - self.recognised_lost)
        self.over = fallen >= 0.5

    def flee(self):
        """7.14, in war."""
        rate = self.p.combat.flight if self.offensive and self.held_contested > 0 else 0.0
        self.displaced = max(near(self.displaced, 1, rate, self.days), self.homeless)

    def recover(self):
        """7.14, in peace."""
        p, d = self.p, self.days
        rate = 1 / (p.combat.rebuilding * YEAR)
        self.client_fit = near(self.client_fit, 1, rate, d)
        self.challenger_fit = near(self.challenger_fit, 1, rate, d)
        self.displaced = max(near(self.displaced, self.homeless, 1 / p.combat.return_home, d), self.homeless)

    def cross_lines(self, moment):
        """7.15."""
        lines = self.p.red_lines
        measures = {
            "core": self.core_lost,
            "recognised": self.intensity * (self.pressure["recognised"] + self.pressure["capital"]),
            "humanitarian": self.displaced,
            "existential": self.existential,
        }
        for name, value in measures.items():
            self.crossed[name] = self.crossed[name] or value >= getattr(lines, name).threshold
        if any(self.crossed.values()) and math.isnan(self.first_line_day):
            self.first_line_day = moment

    def stand_down(self):
        """7.16."""
        self.at_war = self.offensive = self.out_of_targets = False
        self.intensity = self.momentum = self.lost_now = self.surrender_rate = self.words = 0.0
        self.pressure = dict.fromkeys(CLASSES, 0.0)
        self.rung = 0
        self.reasons = dict.fromkeys(self.reasons, 0.0)
        self.ladder = [1.0, 0.0, 0.0, 0.0, 0.0]
        for power in self.outsiders:
            power.sympathy = power.troops = 0.0

    def record(self, moment):
        """7.18."""
        d = self.days
        self.rung_total += self.rung * d
        self.words_total += self.words * d
        self.sympathy_total += max(power.sympathy for power in self.outsiders) * d
        self.core_effort += self.pressure["core"] * d
        self.rung_days[self.rung] += d
        for side in (DUTIES, RESTRAINTS):
            strongest = max(side, key=self.reasons.get)  # of equals, the first
            if self.reasons[strongest] > 0:
                self.strongest_days[strongest] += d
        for name, value in self.reasons.items():
            self.reasons_total[name] += value * d
        if self.rung > self.rung_max:
            self.rung_max, self.rung_max_day = self.rung, moment
        if self.rung >= 3 and math.isnan(self.first_force_day):
            self.first_force_day = moment
        self.humanitarian_max = max(self.humanitarian_max, self.displaced)
        self.existential_max = max(self.existential_max, self.existential)
        self.troops_max = max([self.troops_max] + [power.troops for power in self.outsiders])

    # What the regions, outside powers and observers hold

    held = by_id("land", "held")
    taken = by_id("land", "taken")
    handed = by_id("land", "handed")
    fell_on = by_id("land", "fell_on")
    fortune = by_id("land", "fortune")
    sympathy = by_id("outsiders", "sympathy")
    monitors = by_id("outsiders", "monitors")
    arms = by_id("outsiders", "arms")
    troops = by_id("outsiders", "troops")
    reliability = by_id("observers", "reliability")
    participation = by_id("observers", "participation")
    influence = by_id("observers", "influence")


def share_held(places):
    """Land held of what was held at the start, by area."""
    return sum(p.area * p.held for p in places) / sum(p.area * p.held_at_start for p in places)


def numbers(scenario, changes):
    """The parameters as a tree: numbers(...).client.loyalty."""
    values = {info.path: info.default for info in describe(scenario)}
    for path, value in changes.items():
        if path not in values:
            raise TypeError(f"unknown parameter '{path}'")
        values[path] = value
    tree = SimpleNamespace()
    for path, value in values.items():
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            if not hasattr(branch, group):
                setattr(branch, group, SimpleNamespace())
            branch = getattr(branch, group)
        setattr(branch, name, value)
    return tree
