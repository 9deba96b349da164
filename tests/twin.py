"""The model a second time, as an ordinary Mesa user would write it from sim/README.md.

One world, Mesa agents, Python floats and `if`. Nothing is taken from the package but the scenario and
the luck, so whatever test_twin.py finds equal was worked out twice. Section numbers are those of
sim/README.md.
"""

import math
from datetime import timedelta
from functools import reduce
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
AIMS = {  # what the fighting is for, by number -> the classes of land that belong to it
    0: (),
    1: CLASSES,  # a probe
    2: ("outer",),
    3: ("outer", "core"),
    4: ("recognised",),  # home
    5: CLASSES,  # everything
}
PROBE, OFFENSIVE_AIMS = 1, (2, 3, 4, 5)
AIM_NAMES = {"outer": 2, "core": 3, "home": 4, "everything": 5}
HELP = (0.0, 0.15, 0.4, 0.8, 1.0)
COMMITMENT = (0.0, 0.05, 0.2, 0.55, 1.0)
RUNGS = range(5)
STAGES = (0.0, 0.25, 0.5, 0.75, 1.0)
QUANTITIES = {
    "client.alignment": "alignment",
    "patron.capability": "capability",
    "patron.stated_clarity": "stated_clarity",
    "backer.readiness": "readiness",
    "mediators.offer_tabled": "offer_tabled",
    "client.western_turn": "client_turn",
    "observers.western_turn": "observer_turn",
    "client.stability": "stability",
    "core.blockade": "blockade",
}
DUTIES = (
    "treaty", "core", "border", "humanitarian", "existential",
    "sphere", "ruler", "popularity", "loyalty", "allies",
    "threat", "honour", "bargain",
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


def way_in(regions, goal):
    """5: the largest product of crossings on a route from the challenger's land; 1 where no route leads."""
    known = {place.id: place for place in regions.region}
    best = {place.id: 1.0 for place in regions.region if place.legal_class == "challenger"}
    waiting = list(best)
    while waiting:
        here = waiting.pop()
        for place in known.values():
            share = best[here] * place.crossings.get(here, 1.0)
            if here in place.neighbours and share > best.get(place.id, 0.0):
                best[place.id] = share
                waiting.append(place.id)
    return best.get(goal, 1.0)


def off(rate, days):
    """7.8: the share of some days that is not fought if the fighting may end at a rate."""
    turns = max(rate * days, 1e-9)
    return 1 + math.expm1(-turns) / turns


class Region(mesa.Agent):
    """A district or province."""

    def __init__(self, model, facts, held):
        super().__init__(model)
        p = model.p
        self.id = facts.id
        self.area = facts.area
        self.people = facts.population
        self.kind = facts.legal_class
        self.titled = facts.legal_title == "challenger"
        self.neighbours = facts.neighbours
        self.retained = facts.retained
        self.deal_days = facts.deal_days
        self.handover_days = facts.handover_days
        self.held = self.held_at_start = held
        self.taken = self.handed = self.effort = 0.0
        self.fell_on = math.nan
        self.fortune = 1.0
        far = {}
        for hub in model.history.regions.hub:
            far[hub.owner] = min(far.get(hub.owner, math.inf), distance(facts, hub))
        attack = math.exp(-far["challenger"] / p.combat.reach) * way_in(model.history.regions, facts.id)
        works = p.combat.terrain_defence * facts.ruggedness + p.combat.works_defence * facts.fortification
        defence = math.exp(-far["client"] / p.combat.reach) * (1 + works)
        aversion = p.challenger.terrain_aversion * (facts.ruggedness + facts.fortification)
        self.odds = (attack / defence) ** p.combat.decisiveness
        self.ease = math.exp(-aversion) * attack * facts.significance
        self.reach = math.exp(-far["patron"] / p.patron.projection) if "patron" in far else 1.0

    @property
    def contested(self):
        return self.kind in ("outer", "core")

    def touches(self, *kinds):
        """Whether it borders on land of some class."""
        return any(self.model.region[name].kind in kinds for name in self.neighbours)

    def is_front(self):
        """7.7b: can it be attacked?"""
        if self.held <= 0:
            return False
        lost_near = any(self.model.region[name].held <= 0.5 for name in self.neighbours)
        return self.held < 0.995 or lost_near or self.touches("challenger")

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
        """7.12: if it is due, all but what is kept; returns the share handed over."""
        delay = self.delay(terms)
        if delay is None or days < delay:
            return 0.0
        given = max(self.held - (0.0 if terms == SURRENDER else self.retained), 0.0)
        self.handed += given
        self.held -= given
        return given

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

    def help(self):
        return {}

    def muster(self):
        return {}

    def expect(self):
        return {}

    def plan(self):
        return {}

    def offer(self):
        return {}

    def answer(self):
        return {}

    def judge(self):
        return {}

    def aim(self):
        return {}

    def decide(self):
        return {}

    def learn(self):
        return {}


class Mediators(Actor):
    """The mediators' body."""

    def help(self):
        """7.2, 7.4: what is on the table, and who is to blame."""
        m = self.model
        return {
            "on_table": m.offer_tabled > 0 and m.holds("C12"),
            "blame": m.p.client.blame_share if m.holds("C13") else 0.5,
        }

    def offer(self):
        """7.2."""
        m, p = self.model, self.model.p
        free = not m.at_war and m.terms == NONE and m.on_table
        return {"offer_made": free and self.happens("round", p.mediators.rounds / YEAR)}

    def judge(self):
        """7.4."""
        m, p = self.model, self.model.p
        frustration = m.frustration
        if m.holds("C11"):
            haste = 1 + p.mediators.weakening_factor * max(m.perceived_shift, 0) if m.holds("C18") else 1
            step = p.mediators.frustration_step * m.refused * m.blame * haste
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
            risk = sigmoid(m.advantage) * (1 - m.trust * m.capability)
            will = 1 - p.client.intransigence * m.held_contested
            acceptance = clip(will * (1 - math.exp(-p.client.risk_aversion * risk)))
        return {"accepts": m.offer_made and m.u("answer", self.id) < acceptance}

    def captivity(self, trust):
        """7.9."""
        m, p = self.model, self.model.p
        if not m.holds("C29"):
            return 0.0
        other = p.client.outside_option
        for power in m.outsiders:
            other = max(other, power.troops, p.client.worth_of_deeds * power.arms)
        return sigmoid(p.client.security_steepness * (trust * m.capability - other))

    def voice(self):
        """7.17: what the public has to say."""
        m, p = self.model, self.model.p
        if not m.holds("C42"):
            return 0.0
        return clip(p.client.voice_floor + p.client.voice_of_democracy * m.democracy)

    def kept(self, captivity, opinion):
        """7.17: what keeps it with the patron."""
        m, voice = self.model, self.voice()
        if m.theory == "revised":
            return voice * opinion + (1 - voice) * (captivity + (1 - captivity) * m.alignment)
        goodwill = voice * opinion + (1 - voice) * m.alignment
        return captivity + (1 - captivity) * goodwill

    def core_at_risk(self, crisis):
        """7.8: of the core, what is lost or soon will be."""
        soon = 0.0
        if self.model.area_of["core"] > 0:
            share = self.model.contested_area / self.model.area_of["core"]
            soon = min(crisis.core_coming * share, 1)
        return 1 - (1 - crisis.core_lost) * (1 - soon)

    def acceptance(self, crisis):
        """7.8: would it accept a stop?"""
        m, p = self.model, self.model.p
        if not m.holds("C14"):
            return 0.5
        given = p.client.intransigence * crisis.held_outer * m.on_table
        risk = max(self.core_at_risk(crisis), crisis.intensity * crisis.recognised)
        return sigmoid(p.client.acceptance_steepness * (risk - given))

    def judge(self):
        return {"captivity": self.captivity(self.model.trust)}

    def decide(self):
        """7.9."""
        m, p = self.model, self.model.p
        crisis, alone = m.crisis(), m.rung < 3
        rate = plea = 0.0
        if m.offensive and alone:
            rate = sigmoid(40 * (m.momentum - p.client.capitulation_odds))
        if alone:
            plea = clip(max(self.core_at_risk(crisis), m.intensity * crisis.recognised))
        return {
            "surrender_rate": rate,
            "captivity": self.captivity(m.trust),
            "acceptance": self.acceptance(crisis),
            "plea": plea,
        }

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        support = HELP[m.rung]
        given = p.client.handover_counts * m.handed_now if m.terms != DEAL else 0.0
        unaided = (1 - support) * m.lost_now + given
        beyond = m.pressure["recognised"] + m.pressure["capital"]
        breach = (1 - support) * m.intensity * beyond * p.client.breach * m.guarantee() * d
        besieged = p.client.breach * m.blockade * (1 - m.core_lost if m.core else 0) * d
        trust = m.trust * math.exp(-p.client.disappointment * unaided - breach - besieged)
        there = max(m.peacekeepers, support * m.intensity if m.rung >= 3 else 0)
        if m.lost_now > 0 or m.blockade > 0:
            there = 0.0
        ceiling = p.client.trust_in_troops * (1 - m.core_lost if m.terms == DEAL else m.held_contested)
        trust = near(trust, max(trust, ceiling), p.client.reassurance / YEAR * there, d)
        image = m.opinion_target
        if m.holds("C40"):
            image *= math.exp(-p.client.image_damage * unaided - breach - besieged)
        image = near(image, max(image, p.client.opinion), p.client.image_recovery / YEAR, d)
        opinion = near(m.opinion, image, 1 / (p.client.opinion_lag * YEAR), d)
        if m.holds("C28"):
            most_monitors = max((power.monitors for power in m.outsiders), default=0.0)
            most_arms = max((power.arms for power in m.outsiders), default=0.0)
            pull = 1 - (1 - most_monitors) * (1 - most_arms)
        else:
            pull = max((power.sympathy for power in m.outsiders), default=0.0)
        kept = self.kept(self.captivity(m.trust), m.opinion) / max(m.kept_at_start, 1e-12)
        goal = clip(p.client.loyalty * kept * (1 - p.client.pull_of_deeds * pull))
        leaving = p.client.exit_rate / YEAR * sigmoid(20 * (p.client.exit_threshold - m.loyalty))
        return self.govern(opinion) | {
            "trust": trust,
            "opinion_target": image,
            "opinion": opinion,
            "loyalty": clip(near(m.loyalty, goal, 1 / (p.client.loyalty_lag * YEAR), d)),
            "status": min(m.status + self.happens("exit", leaving), LEFT),
        }

    def govern(self, opinion):
        """7.17: its government's safety, and whose side it is on."""
        m, p = self.model, self.model.p
        shaken = m.stability * math.exp(-p.client.shock_of_defeat * (m.lost_now + m.handed_now))
        calm = 1 / (p.client.calm_after * YEAR)
        stability = near(shaken, max(shaken, p.client.stability), calm, m.days)

        def moved(alignment, change, voice):
            return alignment * max(change, 1e-12) ** voice if m.holds("C42") else alignment

        alignment = moved(m.alignment, (opinion + 1e-12) / (m.opinion + 1e-12), self.voice())
        if self.happens("fall", p.client.fall_rate / YEAR * (1 - stability) ** 2):
            stability = p.client.stability
            alignment = min(alignment, moved(alignment, (opinion + 1e-12) / (p.client.opinion + 1e-12), 1))
        return {"stability": stability, "alignment": clip(alignment)}


class Challenger(Actor):
    """The neighbour who wants the land."""

    def muster(self):
        """7.6: log ratio of strength, challenger to client."""
        m, p = self.model, self.model.p
        helped = 1 + p.backer.material_share * m.backing if m.holds("C52") else 1
        own = m.challenger_arms * m.challenger_fit * p.challenger.strength * helped
        return {"advantage": math.log(own / (m.client_arms * m.client_fit * p.client.strength))}

    def answer(self):
        """7.3."""
        m = self.model
        return {"agrees": m.offer_made and m.u("answer", self.id) < m.p.mediators.challenger_accepts}

    def worth(self, kind):
        values = self.model.p.challenger
        return {"outer": values.value_contested, "core": values.value_core}.get(kind, values.value_recognised)

    def within_reach(self, kind):
        """7.6: is there land of a class still to be had?"""
        m = self.model
        held = sum(place.area * place.held for place in m.land if place.kind == kind)
        return held > 0.02 * m.area_of[kind]

    def fears(self):
        """7.6: the chance of force that it expects on land of each class."""
        m, p = self.model, self.model.p
        lines = dict(m.force_if)
        if m.holds("C34"):
            clarity = m.stated_clarity * (1 - p.patron.scope_contested)
            lines["core"] *= 1 - p.challenger.weight_of_statement * clarity
        lines["core"] = max(lines["core"], p.settlement.peacekeeping * m.peacekeepers)
        if not m.holds("C32"):
            lines["recognised"] = 0.0
        there = [line for kind, line in lines.items() if m.area_of[kind] > 0]
        blurred = sum(there) / len(there)
        signalled = p.red_lines.signalled if m.holds("C31") else 0.0
        shield = 1 - p.backer.shield * m.backing if m.holds("C52") else 1
        return {
            kind: m.belief[kind] * (signalled * line + (1 - signalled) * blurred) * shield
            for kind, line in lines.items()
        }

    def worth_of_aims(self, fear):
        """7.6: what each aim of an offensive would bring, net of fear; only of those with land to be had."""
        worths = {}
        for aim in OFFENSIVE_AIMS:
            kinds = [kind for kind in AIMS[aim] if self.worth(kind) > 0 and self.within_reach(kind)]
            won = sum(self.worth(kind) for kind in kinds)
            if won > 0:
                feared = max(fear[kind] for kind in kinds)
                worths[aim] = won - feared * (won + self.model.p.challenger.price_of_clash)
        return worths

    def plan(self):
        """7.6."""
        fear = self.fears()
        if self.model.at_war:
            return {"fear": fear}
        return {"fear": fear, "prize": clip(max(self.worth_of_aims(fear).values(), default=0.0))}

    def chosen_aim(self):
        """7.6: what an offensive is for."""
        m = self.model
        worths = self.worth_of_aims(m.fear)
        best = max(worths.values())
        precision = m.p.challenger.aim_precision
        weights = {aim: math.exp(precision * (worth - best)) for aim, worth in worths.items()}
        draw, share = m.u("aim", self.id), 0.0
        for aim in OFFENSIVE_AIMS[:-1]:
            share += weights.get(aim, 0.0) / max(sum(weights.values()), 1e-12)
            if draw <= share:
                return aim
        return OFFENSIVE_AIMS[-1]

    def judge(self):
        """7.6: does it open a war?"""
        m, p = self.model, self.model.p
        appetite = 1 - p.mediators.deal_calm if m.handing_over or m.terms == DEAL else 1
        success = sigmoid(m.advantage)
        steep = p.challenger.steepness
        readiness = sigmoid(steep * (success - p.challenger.war_odds))
        rate = p.challenger.war_rate / YEAR * m.prize * appetite * readiness
        if m.at_war or not self.happens("outbreak", rate):
            return {"war_begins": False}
        full = m.u("offensive", self.id) < sigmoid(steep * (success - p.challenger.offensive_odds))
        aim = self.chosen_aim() if full else PROBE
        return {"war_begins": True, "at_war": True, "offensive": full, "aim": aim}

    def aim(self):
        """7.7b: where it attacks."""
        m = self.model
        appeal = {}
        for place in m.land:
            appeal[place.id] = 0.0
            if place.is_front() and place.kind in AIMS[m.aim] and self.within_reach(place.kind):
                net = max(self.worth(place.kind) - m.fear[place.kind], 0)
                appeal[place.id] = net**2 * place.ease if m.holds("C55") else 1.0
        total = sum(appeal.values())
        effort = {name: value / total if total > 0 else 0.0 for name, value in appeal.items()}
        pressure = {kind: sum(effort[place.id] for place in m.land if place.kind == kind) for kind in CLASSES}
        return {"effort": effort, "pressure": pressure, "out_of_targets": total <= 0}

    def gratitude_after(self, gratitude, won, blocked, decay, days):
        """7.17."""
        p = self.model.p.challenger
        if not self.model.holds("C3"):
            return gratitude
        warmed = 1 - (1 - gratitude) * math.exp(-p.gratitude_gain * won)
        return clip(near(warmed, 0, decay / YEAR + p.resentment * blocked, days))

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p.challenger, self.model.days
        support = HELP[m.rung]
        won, blocked = m.lost_now * (1 - support), support * m.intensity
        belief = {}
        for kind in CLASSES:
            taught = near(m.belief[kind], support, p.belief_learning * m.intensity * m.pressure[kind], d)
            forgetting = (1 - m.intensity) / (p.belief_memory * YEAR)
            belief[kind] = near(taught, p.resolve_belief, forgetting, d)
        return {
            "gratitude": self.gratitude_after(m.gratitude, won, blocked, p.gratitude_decay, d),
            "belief": belief,
        }


class Backer(Actor):
    """The challenger's helper."""

    def help(self):
        """7.6."""
        return {"backing": self.model.p.backer.help * self.model.readiness}


class Party:
    """One of those who bargain over how far the patron steps in."""

    def __init__(self, place, capability, salience):
        self.place, self.salience, self.weight = place, salience, capability * salience

    def votes(self, first, second):
        return self.weight * max(abs(second.place - self.place) - abs(first.place - self.place), 0)

    def gain(self, challenger, challenged, parties, risk):
        """What the first expects from challenging the second, by this one's attitude to risk."""
        away = abs(challenger.place - challenged.place)
        cast = 2 * sum(each.votes(one, other) for each in parties for one in parties for other in parties)
        success = sum(each.votes(challenger, challenged) for each in parties) / max(cast, 1e-12)
        won, lost = (2 - 4 * (0.5 + side * 0.5 * away) ** risk for side in (-1, 1))
        fight = success * won + (1 - success) * lost
        return challenged.salience * fight + (1 - challenged.salience) * won - (2 - 4 * 0.5**risk)

    def danger(self, parties):
        return sum(self.gain(other, self, parties, 1) for other in parties if other is not self)

    def after_a_round(self, parties):
        """Where it gives way to, if to anybody."""
        dangers = [party.danger(parties) for party in parties]
        middle, spread = max(dangers) + min(dangers), max(max(dangers) - min(dangers), 1e-12)
        exposed = max(-1, min((2 * self.danger(parties) - middle) / spread, 1))
        risk = (1 - exposed / 3) / (1 + exposed / 3)
        offers = []
        for other in parties:
            move = other.place - self.place
            mine = self.gain(self, other, parties, risk)
            theirs = self.gain(other, self, parties, risk)
            if move and 0 < mine < theirs:
                offers.append((0, abs(move), move))
            elif move and mine < 0 < theirs and -mine < theirs:
                offers.append((1, abs(move * mine / theirs), move * -mine / theirs))
            elif move and mine < 0 < theirs:
                offers.append((2, abs(move), move))
        return self.place + min(offers)[2] if offers else self.place


class Patron(Actor):
    """The protector."""

    def judge(self):
        """7.5."""
        m, p = self.model, self.model.p
        shift = m.perceived_shift
        if m.holds("C17"):
            shift = near(shift, m.advantage, 1 / (p.patron.perception_lag * YEAR), m.days)
        anger = 0.0
        if m.holds("C4"):
            anger = max(m.client_turn, m.observer_turn) + p.patron.outrage_at_attack * m.lost_lately
        outrage = clip(near(m.outrage, 0, 1 / (p.patron.outrage_decay * YEAR), m.days) + anger)
        return {"perceived_shift": shift, "outrage": outrage, "outrage_max": max(m.outrage_max, outrage)}

    def prevents(self, crisis):
        """7.8: the share of the coming harm that each rung would prevent."""
        m, p = self.model, self.model.p
        days, success = p.patron.planning_days, crisis.success
        truce = p.settlement.truce_rate * (1 - success)
        stop = p.settlement.compliance_rate * m.compliance(crisis.reach) * m.client.acceptance(crisis)

        def beaten(strength):
            weakened = (1 + strength) ** -p.combat.decisiveness
            return 1 - weakened / (1 - success + success * weakened)

        arms = beaten(p.combat.arms_supply * crisis.reach)
        troops = beaten(p.combat.patron_troops * crisis.reach)
        talks, stopped = off(truce, days), off(truce + stop, days)
        return (0.0, talks, 1 - (1 - talks) * (1 - arms), stopped, 1 - (1 - stopped) * (1 - troops))

    def discount(self, years):
        return math.exp(-self.model.p.patron.discount_rate * years) if self.model.holds("C51") else 1.0

    def duties(self, crisis):
        """7.8: what is at stake, for all rungs alike."""
        m, p = self.model, self.model.p
        lines, k = p.red_lines, p.red_lines.steepness

        def line(level, threshold):
            threshold = min(max(threshold, 1e-9), 1 - 1e-9)
            odds = level * (1 - threshold) / max((1 - level) * threshold, 1e-12)
            return odds**k / (1 + odds**k)

        covered = 1.0
        if m.holds("C20"):
            covered = crisis.recognised + p.patron.scope_contested * (crisis.outer + crisis.core)
        seen = m.opinion if m.theory == "revised" else m.opinion_target
        fall = max(p.client.opinion - seen, 0)
        felt = max(fall - p.patron.unpopularity_tolerance, 0) if m.holds("C44") else fall
        reliability = sum(observer.reliability for observer in m.observers) / len(m.observers)
        existential = line(crisis.existential, lines.existential.threshold)
        disaster = line(crisis.displaced, lines.humanitarian.threshold)
        border = line(crisis.intensity * crisis.recognised, lines.recognised.threshold)
        core = (crisis.core > 0) * line(crisis.core_lost, lines.core.threshold)
        if m.theory == "revised":
            felt_of_friend = 1 - self.interest()
            core, border = core * felt_of_friend, border * felt_of_friend
            disaster, existential = disaster * felt_of_friend, existential * felt_of_friend
        intensity, watched = crisis.intensity, crisis.intensity * (1 + m.plea)
        danger = 1 - m.stability
        return {
            "treaty": p.patron.treaty_weight * m.guarantee() * covered * intensity,
            "core": lines.core.weight * intensity * core if m.holds("C33") else 0.0,
            "border": lines.recognised.weight * m.guarantee() * border if m.holds("C36") else 0.0,
            "humanitarian": lines.humanitarian.weight * disaster if m.holds("C35") else 0.0,
            "existential": lines.existential.weight * existential if m.holds("C37") else 0.0,
            "sphere": p.patron.sphere_weight * m.sphere * m.backing * intensity if m.holds("C6") else 0.0,
            "ruler": p.patron.ruler_weight * m.alignment * danger * intensity if m.holds("C7") else 0.0,
            "popularity": p.patron.popularity_weight * felt * watched if m.holds("C43") else 0.0,
            "allies": p.patron.allies_weight * reliability * self.discount(p.patron.horizon) * watched,
        }

    def restraints(self, crisis):
        """7.8: what there is to lose, for all rungs alike."""
        m, p = self.model, self.model.p
        contested = crisis.outer + crisis.core
        entrapment = p.client.intransigence * m.blame * contested
        window = clip(1 - crisis.war_days / p.patron.window_days)
        return {
            "frustration": p.patron.frustration_weight * m.frustration * m.blame,
            "entrapment": p.patron.entrapment_weight * entrapment if m.holds("C19") else 0.0,
            "displeasure": p.patron.alignment_weight * (1 - m.alignment) if m.holds("C21") else 0.0,
            "title": p.patron.title_weight * crisis.titled if m.holds("C26") else 0.0,
            "window": p.patron.window_weight * window if m.holds("C25") else 0.0,
        }

    def loyalty(self, crisis):
        """7.8: the loyalty that each rung would save, by the client's rules."""
        m, p = self.model, self.model.p
        kept = []
        for support in HELP:
            unaided = (1 - support) * crisis.at_stake
            breach = (1 - support) * crisis.intensity * crisis.recognised * p.client.breach
            breach *= m.guarantee() * p.challenger.plan_days
            opinion = m.opinion
            if m.holds("C40"):
                opinion *= math.exp(-p.client.image_damage * unaided - breach)
            trust = m.trust * math.exp(-p.client.disappointment * unaided - breach)
            kept.append(m.client.kept(m.client.captivity(trust) if m.holds("C2") else 0.0, opinion))
        weight = p.patron.loyalty_weight * m.loyalty * self.discount(p.patron.horizon)
        return [weight * (each - kept[0]) for each in kept]

    def gratitude(self, crisis):
        """7.8: the gratitude that each rung would forgo, by the challenger's rule."""
        m, p = self.model, self.model.p
        if not m.holds("C3"):
            return [0.0] * 5
        weight = p.patron.gratitude_weight * self.discount(1) * sigmoid(m.perceived_shift) * self.interest()
        if m.theory == "revised":
            return [-weight * siding for siding in (0.0, 0.0, 0.4, 0.8, 1.0)]
        thanks = []
        for support in HELP:
            won, blocked = crisis.at_stake * (1 - support), support * crisis.intensity
            days = p.challenger.plan_days
            thanks.append(m.challenger.gratitude_after(m.gratitude, won, blocked, 0, days))
        return [-weight * (thanks[0] - each) for each in thanks]

    def interest(self):
        """7.8: in good relations with the challenger, for one theory with what it needs it for."""
        m, interest = self.model, self.model.p.patron.interest_in_challenger
        if m.theory == "revised":
            interest += (1 - interest) * interest * (1 - m.capability)
        return interest

    def cost(self, crisis):
        """7.8: the price of each rung."""
        p = self.model.p.patron
        price = (1 + p.price_of_backer * self.model.backing) / max(crisis.reach, 0.01)
        return [-p.cost_weight * price * commitment for commitment in COMMITMENT]

    def terms(self, crisis, kept=None):
        """7.8: what each term adds to the worth of each rung; `kept` says of a promise that it will be."""
        m, p = self.model, self.model.p
        if m.theory == "treaty_only":
            served, against = {"treaty": 20 * m.guarantee() * (crisis.intensity > 0)}, {}
        elif m.theory == "base_rate":
            if kept is None:
                kept = m.promise < p.patron.honour_rate
            served, against = {"honour": 20 * kept}, {}
        elif m.theory == "balance_of_threat":
            hostility = max(1 - m.gratitude, m.backing)
            harm = min(1 - crisis.held_contested + crisis.existential, 1)
            threat = sigmoid(m.advantage) * crisis.intensity * hostility * harm
            served, against = {"threat": p.patron.threat_weight * threat}, {}
        elif m.theory == "bargaining":
            served, against = {}, {}
        else:
            served, against = self.duties(crisis), self.restraints(crisis)
        can = self.prevents(crisis)
        terms = {name: [amount * share for share in can] for name, amount in served.items()}
        terms |= {name: [-amount * share for share in COMMITMENT] for name, amount in against.items()}
        if m.theory in ("article", "revised"):
            terms["loyalty"], terms["gratitude"] = self.loyalty(crisis), self.gratitude(crisis)
        if m.theory == "bargaining":
            lost = clip(1 - crisis.held_contested + crisis.at_stake)
            harm = 1 - (1 - crisis.existential) * (1 - crisis.displaced) * (1 - lost)
            settled = self.settled(crisis)
            terms["bargain"] = [p.patron.bargaining_weight * harm * min(settled, share) for share in can]
        terms["cost"] = self.cost(crisis)
        return terms

    def settled(self, crisis):
        """7.8: how much of the harm patron, client and challenger would settle that it prevents."""
        m, p = self.model, self.model.p
        contested, covered = crisis.outer + crisis.core, 1.0
        if m.holds("C20"):
            covered = crisis.recognised + p.patron.scope_contested * contested
        pact, interest = m.guarantee() * covered, p.patron.interest_in_challenger
        prize = p.challenger.value_contested * crisis.outer + p.challenger.value_core * crisis.core
        prize += p.challenger.value_recognised * crisis.recognised
        parties = [
            Party(0.5 + (pact - interest) / 2, p.combat.patron_troops * crisis.reach, 1.0),
            Party(1.0, 1.0, p.client.intransigence * contested + crisis.recognised),
            Party(0.0, math.exp(m.advantage), prize),
        ]
        for _ in range(3):
            places = [party.after_a_round(parties) for party in parties]
            for party, place in zip(parties, places, strict=True):
                party.place = place
        half = sum(party.weight for party in parties) / 2
        above = {place: sum(party.weight for party in parties if party.place > place)
                 for place in (party.place for party in parties)}  # fmt: skip
        return min(place for place, weight in above.items() if weight <= half)

    def chances(self, worth):
        """7.8: the chance of each rung for whoever does not know the leaning."""
        weights = [math.exp(self.model.p.patron.precision * (value - max(worth))) for value in worth]
        return [weight / sum(weights) for weight in weights]

    def expect(self):
        """7.8b."""
        m, p = self.model, self.model.p
        promised = p.patron.honour_rate if m.theory == "base_rate" else 1
        force_if = dict.fromkeys(CLASSES, 0.0)
        for kind in CLASSES:
            highest = before = 0.0
            for stage in STAGES:
                days = stage * p.challenger.plan_days
                terms = self.terms(m.imagined(kind, days), kept=True)
                chances = self.chances([sum(term[rung] for term in terms.values()) for rung in RUNGS])
                rise = max(chances[3] + chances[4] - highest, 0)
                highest += rise
                lasts = math.exp(-m.burn_out(p.challenger.scale) * (before + days) / 2)
                force_if[kind] += promised * rise * lasts
                before = days
        return {"force_if": force_if}

    def decide(self):
        """7.8."""
        m, p = self.model, self.model.p
        crisis = m.crisis()
        terms = self.terms(crisis)
        worth = [sum(term[rung] for term in terms.values()) for rung in RUNGS]
        reasons = {name: abs(terms[name][3]) if name in terms else 0.0 for name in DUTIES + RESTRAINTS}
        push, pull = (sum(reasons[name] for name in side) for side in (DUTIES, RESTRAINTS))
        words = push / (push + pull + 1e-12)
        return {
            "rung": max(RUNGS, key=lambda rung: worth[rung] + m.leaning[rung]),  # of equals, the first
            "ladder": self.chances(worth),
            "reach": crisis.reach,
            "reasons": reasons if any(m.pressure.values()) else dict.fromkeys(reasons, 0.0),
            "words": words,
            "accusation": words * (1 - p.patron.interest_in_challenger),
        }

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        if not m.holds("C6"):
            return {}
        support = HELP[m.rung]
        rival = m.backing * m.intensity
        sphere = m.sphere * (1 - chance(p.sphere.loss * rival * (1 - support), d))
        return {"sphere": near(sphere, 1, p.sphere.gain * support, d)}


class Outsider(Actor):
    """An outside power."""

    def __init__(self, model, party):
        super().__init__(model, party)
        self.own = getattr(model.p.outsiders.powers, party.id)
        self.sympathy = self.blame = self.monitors = self.arms = self.troops = 0.0

    @property
    def board(self):
        return self

    def decide(self):
        """7.10."""
        m, p = self.model, self.model.p
        sympathy = self.own.sympathy * m.intensity
        troops = 0.0 if m.holds("C53") else sympathy * p.outsiders.troops_if_free
        return {"sympathy": sympathy, "blame": self.own.blame * m.intensity, "troops": troops}

    def learn(self):
        """7.17."""
        m, p, d = self.model, self.model.p, self.model.days
        rate = 0.0
        if not m.at_war:
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
        support = HELP[m.rung]
        heed = clip(m.intensity * (1 - support / 2) * (1 + m.plea)) if m.holds("C39") else 0.5
        learning = p.observers.learning * heed * self.exposure if m.at_war else 0.0
        reliability = self.reliability
        if m.holds("C47"):
            reliability = near(reliability, support, learning, d)
            reliability = near(reliability, self.prior, 1 / (p.observers.memory * YEAR), d)
        if m.holds("C49"):
            reliability = near(reliability, m.words, learning * p.observers.lesson_of_words, d)
        goal = min(reliability / max(self.prior, 1e-12), 1)
        influence = self.influence
        if m.at_war and m.holds("C48"):
            step = p.observers.influence_step * m.backing * heed * (1 - support)
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
        theory: the theory of the patron's choice.
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
        self.step_number, self.part = 0, None
        self.lengths = step_lengths(scenario)
        self.day, self.days = 0.0, self.lengths[0]
        self.parts = math.ceil(self.days)
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
        self.lost_now = self.lost_lately = self.handed_now = 0.0
        self.at_war = self.offensive = self.war_begins = self.war_ends = self.over = False
        self.war_days = self.first_war_days = self.all_war_days = self.first_war_taken = 0.0
        self.offensives = self.clashes = self.aim = self.first_aim = 0
        self.first_war_day = math.nan
        self.promise = self.intensity = self.momentum = 0.0
        self.leaning = [0.0] * 5
        self.pressure = dict.fromkeys(CLASSES, 0.0)
        self.out_of_targets = False
        self.client_arms, self.challenger_arms = self.history.client_arms, self.history.challenger_arms
        self.client_fit = self.challenger_fit = 1.0
        self.roads_lost = self.blockade = 0.0
        self.displaced = self.humanitarian_max = self.existential_max = self.troops_max = 0.0
        self.crossed = dict.fromkeys(("core", "recognised", "humanitarian", "existential"), False)
        self.first_line_day = self.opinion_before_war = math.nan
        self.terms, self.terms_day, self.handing_over = NONE, 0.0, False
        self.peacekeepers = 0.0
        self.offer_tabled = max(p.mediators.offer_tabled, p.mediators.madrid_accepted)
        self.offer_made = self.accepts = self.agrees = self.refused = False
        self.acceptance = 0.0
        self.frustration = p.mediators.frustration
        self.rung = self.rung_max = 0
        self.rung_max_day = self.first_force_day = self.first_plea_day = self.accepted_day = math.nan
        self.rung_total = self.words_total = self.sympathy_total = self.core_effort = 0.0
        self.accusation_total = self.outsider_blame_total = 0.0
        self.reasons = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.reasons_total = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.strongest_days = dict.fromkeys(DUTIES + RESTRAINTS, 0.0)
        self.rung_days, self.ladder_total = [0.0] * 5, [0.0] * 5
        self.ladder = [1.0, 0.0, 0.0, 0.0, 0.0]
        self.words = self.accusation = self.reach = self.outrage = self.outrage_max = 0.0
        self.alignment = p.client.alignment
        self.capability = p.patron.capability
        self.stated_clarity = p.patron.stated_clarity
        self.sphere = p.sphere.credibility
        self.loyalty = p.client.loyalty
        self.trust = p.client.trust_in_troops
        self.opinion_target = self.opinion = p.client.opinion
        self.democracy = p.client.democracy
        self.stability = p.client.stability
        self.plea = 0.0
        self.status = MEMBER
        self.surrender_rate = self.client_turn = self.observer_turn = 0.0
        self.gratitude = p.challenger.gratitude
        self.belief = dict.fromkeys(CLASSES, p.challenger.resolve_belief)
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
        ties = ("recognised", "capital")
        outer = [place for place in self.land if place.kind == "outer"]
        self.lifelines = [place for place in outer if place.touches("core") and place.touches(*ties)]
        self.core_linked = not self.recognised or any(place.touches(*ties) for place in self.core)
        self.area_of, self.titled_of, self.odds_of, self.reach_of = {}, {}, {}, {}
        for kind in CLASSES:
            places = [(place, place.area * place.held) for place in self.land if place.kind == kind]
            self.area_of[kind] = sum(area for _, area in places)
            self.titled_of[kind] = mean((place.titled, area) for place, area in places)
            self.reach_of[kind] = mean((place.reach, area) for place, area in places)
            log_odds = mean((math.log(place.odds), area * place.ease) for place, area in places)
            self.odds_of[kind] = math.exp(log_odds)
        self.contested_area = self.area_of["outer"] + self.area_of["core"]

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
        self.phase("help")
        self.phase("muster")
        if self.p.mediators.madrid_accepted == 1 and self.on_table:
            self.terms, self.handing_over = DEAL, True
        self.take_stock(0.0)
        self.weigh_prospects()
        self.perceived_shift = self.advantage
        self.captivity = self.client.captivity(self.trust)
        self.kept_at_start = self.client.kept(self.captivity, self.opinion)
        self.phase("expect")
        self.phase("plan")
        if self.terms != DEAL and self.history.opens_with_offensive:
            self.war_begins = self.at_war = self.offensive = True
            self.aim = AIM_NAMES.get(self.history.opening_aim) or self.challenger.chosen_aim()
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

    def still_held(self, kind):
        """7.6, 7.8: land of a class still held, as a share of the contested land."""
        if kind == "outer":
            return self.held_outer
        if kind == "core":
            return self.held_contested - self.held_outer
        return (1 - self.recognised_lost) * self.area_of[kind] / self.contested_area

    def isolation(self):
        """7.6: what the odds on core land are multiplied by, where it is cut off."""
        combat = self.p.combat
        return (combat.isolation + (1 - combat.isolation) * (1 - self.cut_off())) ** -combat.decisiveness

    def guarantee(self):
        """7.8: what is left of the pact."""
        return self.p.patron.guarantee if self.status != LEFT else 0.0

    def cut_off(self):
        """7.14: how far the core is cut off."""
        return max(self.roads_lost, self.blockade)

    def compliance(self, reach):
        """7.8: how far the challenger would obey."""
        return clip(reach**2 * (1 - 0.5 * self.backing) * (0.5 + 0.5 * self.on_table))

    def burn_out(self, intensity):
        """7.12: the rate at which fighting burns out."""
        settlement = self.p.settlement
        return settlement.clash_end_rate * math.exp(-intensity / settlement.burn_out_scale)

    def weigh_prospects(self):
        """7.6: the success that an attack on each class of land would have."""
        balance = math.exp(self.p.combat.decisiveness * self.advantage)
        self.prospects = {}
        for kind in CLASSES:
            odds = balance * self.odds_of[kind] * (self.isolation() if kind == "core" else 1)
            self.prospects[kind] = odds / (1 + odds)

    def prospects_after(self, kind, worn):
        """7.8b: the same once forces have worn each other down."""
        worn = max(min(worn, math.log(100)), -math.log(100))
        success = self.prospects[kind]
        return success / (success + (1 - success) * math.exp(-self.p.combat.decisiveness * worn))

    def crisis(self):
        """7.8: the crisis as it is."""
        p, pressure = self.p, self.pressure

        def losses(kind, days):
            pace = p.combat.tempo * self.intensity * days * pressure[kind] / self.contested_area
            return min(pace * self.prospects[kind], self.still_held(kind))

        threat = p.challenger.existential_threat * min(self.intensity / p.challenger.threat_scale, 1)
        return SimpleNamespace(
            intensity=self.intensity,
            outer=pressure["outer"],
            core=pressure["core"],
            recognised=pressure["recognised"] + pressure["capital"],
            titled=sum(pressure[kind] * self.titled_of[kind] for kind in CLASSES),
            success=sum(pressure[kind] * self.prospects[kind] for kind in CLASSES),
            reach=self.capability * sum(pressure[kind] * self.reach_of[kind] for kind in CLASSES),
            war_days=self.war_days,
            held_outer=self.held_outer,
            held_contested=self.held_contested,
            core_lost=self.core_lost,
            displaced=self.displaced,
            existential=1 - (1 - self.existential) * (1 - threat),
            core_coming=losses("core", p.patron.planning_days),
            at_stake=sum(losses(kind, p.challenger.plan_days) for kind in CLASSES),
        )

    def imagined(self, kind, days):
        """7.8b: an offensive on one class of land alone, after some days."""
        p, area = self.p, self.contested_area
        scale, held = p.challenger.scale, self.still_held(kind)
        pace = p.combat.tempo * scale / area
        worn = p.combat.attrition * scale * days * 2 * math.sinh(p.combat.decisiveness * self.advantage)
        underway, prospects = self.prospects_after(kind, worn / 2), self.prospects_after(kind, worn)
        progress = min(pace * underway * days / max(held, 1e-12), 1)
        held_outer, core_lost, fallen = self.held_outer, self.core_lost, self.existential
        cut = self.cut_off()
        if kind == "outer":
            held_outer *= 1 - progress
        elif kind == "core":
            core_lost = 1 - (1 - core_lost) * (1 - progress)
        else:
            of_home = self.area_of[kind] / max(self.area_of["recognised"] + self.area_of["capital"], 1e-12)
            fallen = 1 - (1 - fallen) * (1 - progress * of_home)
            if kind == "capital":
                fallen = 1 - (1 - fallen) * (1 - progress)
        contested = kind in ("outer", "core")
        attacked = max(scale * (1.0 if kind == "core" else cut), p.combat.siege * cut)
        displaced = 1 - (1 - self.displaced) * math.exp(-p.combat.flight * attacked * days)
        left = held * (1 - progress)
        coming = min(pace * prospects * p.patron.planning_days, left)
        threat = p.challenger.existential_threat * min(scale / p.challenger.threat_scale, 1)
        return SimpleNamespace(
            intensity=scale,
            outer=float(kind == "outer"),
            core=float(kind == "core"),
            recognised=float(not contested),
            titled=self.titled_of[kind],
            success=prospects,
            reach=self.capability * self.reach_of[kind],
            war_days=days,
            held_outer=held_outer,
            held_contested=held_outer + (1 - core_lost) * self.area_of["core"] / area,
            core_lost=core_lost,
            displaced=max(displaced, core_lost),
            existential=1 - (1 - fallen) * (1 - threat),
            core_coming=coming if kind == "core" else 0.0,
            at_stake=min(pace * prospects * p.challenger.plan_days, left),
        )

    # The step (3)

    def step(self):
        if not self.running:
            return
        if not self.over:
            self.day = sum(self.lengths[: self.step_number])
            self.days, self.part = self.lengths[self.step_number], None
            self.length, self.parts = self.days, math.ceil(self.days)
            self.events()
            self.phase("help")
            self.phase("muster")
            self.weigh_prospects()
            before = self.day - self.lengths[self.step_number - 1] if self.step_number else -30
            if math.floor(self.day / 30) > math.floor(before / 30):
                self.phase("expect")
            self.phase("plan")
            self.phase("offer")
            self.phase("answer")
            self.close_deal()
            self.phase("judge")
            self.lost_lately = self.handed_now = 0.0
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
            if event.quantity in QUANTITIES:
                holder, name, low, high = self, QUANTITIES[event.quantity], 0.0, 1.0
            else:  # a number of the scenario
                *groups, name = event.quantity.split(".")
                holder, (low, high) = reduce(getattr, groups, p), history.ranges()[event.quantity]
            before = getattr(holder, name)
            after = {"set": event.amount, "add": before + event.amount, "times": before * event.amount}[
                event.change
            ]
            setattr(holder, name, after if event.change == "set" else min(max(after, low), high))
        wear = math.exp(-p.combat.depreciation * self.days / YEAR)
        for side in ("client", "challenger"):
            known = getattr(history.series, f"{side}_spending")
            if known is None:
                continue
            full = known.at(today) / p.combat.depreciation
            arms = getattr(self, f"{side}_arms")
            setattr(self, f"{side}_arms", full + (arms - full) * wear)
        series = history.series.client_democracy
        if series is not None:
            self.democracy = clip(p.client.democracy + series.at(today) - series.at(history.start))

    def date(self, step):
        return self.history.start + timedelta(days=math.floor(sum(self.lengths[:step])))

    def close_deal(self):
        """7.3."""
        deal = self.offer_made and self.accepts and self.agrees
        self.refused = self.offer_made and not deal
        if deal:
            self.terms, self.terms_day, self.handing_over = DEAL, self.day, True

    def open_war(self):
        """7.7."""
        p = self.p
        draws = self.luck.uniform_each(len(self.land), self.step_number, "fortune", "war")[0]
        for place, draw in zip(self.land, draws, strict=True):
            place.fortune = (float(draw) / (1 - float(draw))) ** p.combat.fortune
        draws = self.luck.uniform_each(5, self.step_number, "leaning", "patron")[0]
        self.leaning = [-math.log(-math.log(float(draw))) / p.patron.precision for draw in draws]
        self.promise = float(self.luck.uniform(self.step_number, "promise", "war")[0])
        self.intensity = p.challenger.scale if self.offensive else p.challenger.clash_effort
        if self.offensive:
            self.offensives += 1
            if self.offensives == 1:
                self.first_war_day, self.first_aim = self.day, self.aim
                self.opinion_before_war = self.opinion
        else:
            self.clashes += 1
        self.war_days = 0.0

    def war(self):
        """3.5: the parts of the step that are fought; returns the days of peace left."""
        length = self.length / self.parts
        fought = 0
        for part in range(self.parts):
            if not self.at_war:
                break
            self.part, self.days = part, length
            fought += 1
            moment = self.day + (part + 1) * length
            self.phase("muster")
            self.weigh_prospects()
            self.phase("aim")
            self.phase("decide")
            self.fight()
            self.take_stock(moment)
            self.war_ends = self.settle(moment)
            self.flee()
            self.cross_lines(moment)
            self.phase("learn")
            self.record(moment)
            self.lost_now = 0.0
            if self.war_ends:
                self.stand_down()
        return (self.parts - fought) * length

    def peace(self, days):
        """3.6."""
        if self.over:
            if self.core_lost >= 1 - 1e-9:
                self.peacekeepers = 0.0
            return
        self.part, self.days = self.parts, days
        moment = self.day + self.length
        if self.handing_over:
            self.hand_over(moment)
            self.take_stock(moment)
            self.displaced = max(self.displaced, self.homeless)
        if days > 0 or self.handed_now > 0:
            self.recover()
            self.phase("learn")
        if self.core_lost >= 1 - 1e-9:
            self.peacekeepers = 0.0

    # War and settlement

    def fight(self):
        """7.11."""
        p, d = self.p, self.days
        troops = p.combat.patron_troops * self.reach if self.rung == 4 else 0.0
        arms = p.combat.arms_supply * self.reach if self.rung == 2 else 0.0
        balance = math.exp(p.combat.decisiveness * (self.advantage - math.log(1 + arms + troops)))
        pace = p.combat.tempo * self.intensity * d
        lost_area = sum(place.taken * place.area for place in self.land)
        self.momentum = self.lost_now = contested = 0.0
        for place in self.land:
            odds = balance * place.odds * (self.isolation() if place.kind == "core" else 1)
            success = odds / (1 + odds)
            lost = min(place.held, pace * place.effort * success * place.fortune / place.area)
            back = 0.0
            if troops > 0 and lost_area > 0:
                share = place.taken * place.area / lost_area
                back = min(place.taken, pace * troops / (1 + troops) * share * (1 - success) / place.area)
            place.held += back - lost
            place.taken += lost - back
            self.momentum += place.effort * success
            self.lost_now += (lost - back) * place.area / self.contested_area
            if place.kind in ("outer", "core"):
                contested += (lost - back) * place.area / self.contested_area
        self.lost_now = max(self.lost_now, 0.0)
        self.lost_lately += self.lost_now
        left = math.exp(-p.combat.attrition * self.intensity * balance * d)
        self.client_fit = max(self.client_fit * left, 0.01)
        left = math.exp(-p.combat.attrition * self.intensity / (balance + 1e-12) * d)
        self.challenger_fit = max(self.challenger_fit * left, 0.01)
        self.war_days += d
        self.all_war_days += d
        if self.offensive and self.offensives == 1:
            self.first_war_days += d
            self.first_war_taken += contested

    def settle(self, moment):
        """7.12: does the war end, and on what terms?"""
        p = self.p.settlement
        imposed = p.compliance_rate * self.compliance(self.reach) * self.acceptance if self.rung >= 3 else 0.0
        truce = p.truce_rate * (1 - self.momentum) if self.rung >= 1 else 0.0
        truce += self.burn_out(self.intensity)
        rate = imposed + self.surrender_rate + truce + self.out_of_targets
        if not self.u("end", "war") < chance(rate, self.days):
            return self.over
        if self.over:
            return True
        cause = self.u("cause", "war") * rate
        terms = None
        if cause < imposed:
            if self.rung == 3 and self.on_table and self.terms != STOP:
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
            given = place.hand_over(self.terms, since)
            if place.contested:
                self.handed_now += given * place.area / self.contested_area
        delays = [place.delay(self.terms) for place in self.land]
        if since >= max((delay for delay in delays if delay is not None), default=0.0):
            self.handing_over = False

    def take_stock(self, moment):
        """7.13."""
        for place in self.land:
            place.take_stock(moment)
        outer = sum(place.area * place.held for place in self.contested if place.kind == "outer")
        core = sum(place.area * place.held for place in self.core)
        self.held_outer = outer / self.contested_area
        self.held_contested = (outer + core) / self.contested_area
        self.core_lost = share_lost((place, place.area * place.held_at_start) for place in self.core)
        self.recognised_lost = share_lost(
            (place, place.area * place.held_at_start) for place in self.recognised
        )
        self.homeless = share_lost((place, place.people) for place in self.core)
        fallen = 1 - min((place.held for place in self.capital), default=1.0)
        self.existential = 1 - (1 - fallen) * (1 - self.recognised_lost)
        self.over = self.over or fallen >= 0.5
        roads = 0.0
        if self.lifelines and not self.core_linked:
            best = max(place.held for place in self.lifelines)
            roads = 1 - (clip(best / 0.1) if self.terms == STOP else best)
        self.roads_lost = roads

    def flee(self):
        """7.14, in war."""
        cut = self.cut_off()
        danger = max(self.intensity * max(self.pressure["core"], cut), self.p.combat.siege * cut)
        gone = near(self.displaced, 1, self.p.combat.flight * danger, self.days)
        self.displaced = max(gone, self.homeless)

    def recover(self):
        """7.14, in peace."""
        p, d = self.p, self.days
        rate = 1 / (p.combat.rebuilding * YEAR)
        self.client_fit = near(self.client_fit, 1, rate, d)
        self.challenger_fit = near(self.challenger_fit, 1, rate, d)
        cut = self.cut_off()
        home = near(self.displaced, self.homeless, (1 - cut) / p.combat.return_home, d)
        self.displaced = max(near(home, 1, p.combat.flight * p.combat.siege * cut, d), self.homeless)

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
            over_it = value >= getattr(lines, name).threshold and value > 0
            self.crossed[name] = self.crossed[name] or over_it
        if any(self.crossed.values()) and math.isnan(self.first_line_day):
            self.first_line_day = moment

    def stand_down(self):
        """7.16."""
        self.at_war = self.offensive = self.out_of_targets = self.war_ends = False
        self.aim = self.rung = 0
        self.intensity = self.momentum = self.lost_now = self.surrender_rate = self.words = 0.0
        self.accusation = self.plea = self.acceptance = self.reach = 0.0
        self.pressure = dict.fromkeys(CLASSES, 0.0)
        self.reasons = dict.fromkeys(self.reasons, 0.0)
        self.leaning = [0.0] * 5
        self.ladder = [1.0, 0.0, 0.0, 0.0, 0.0]
        for place in self.land:
            place.effort = 0.0
        for power in self.outsiders:
            power.sympathy = power.blame = power.troops = 0.0

    def record(self, moment):
        """7.18."""
        d = self.days
        self.rung_total += self.rung * d
        self.words_total += self.words * d
        self.accusation_total += self.accusation * d
        self.sympathy_total += max((power.sympathy for power in self.outsiders), default=0.0) * d
        self.outsider_blame_total += max((power.blame for power in self.outsiders), default=0.0) * d
        self.core_effort += self.pressure["core"] * d
        self.rung_days[self.rung] += d
        self.ladder_total = [
            so_far + d * now for so_far, now in zip(self.ladder_total, self.ladder, strict=True)
        ]
        for side in (DUTIES, RESTRAINTS):
            strongest = max(side, key=self.reasons.get)  # of equals, the first
            if self.reasons[strongest] > 1e-12:
                self.strongest_days[strongest] += d
        for name, value in self.reasons.items():
            self.reasons_total[name] += value * d
        if self.rung > self.rung_max:
            self.rung_max, self.rung_max_day = self.rung, moment
        firsts = {
            "first_force_day": self.rung >= 3,
            "first_plea_day": self.plea > 0.1,
            "accepted_day": self.acceptance >= 0.5,
        }
        for name, happens in firsts.items():
            if happens and math.isnan(getattr(self, name)):
                setattr(self, name, moment)
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
    blame_of_outsiders = by_id("outsiders", "blame")
    monitors = by_id("outsiders", "monitors")
    arms = by_id("outsiders", "arms")
    troops = by_id("outsiders", "troops")
    prior = by_id("observers", "prior")
    reliability = by_id("observers", "reliability")
    participation = by_id("observers", "participation")
    influence = by_id("observers", "influence")

    @property
    def effort(self):
        """The challenger's effort on each region of the land."""
        return {place.id: place.effort for place in self.land}

    @effort.setter
    def effort(self, effort):
        for name, share in effort.items():
            self.region[name].effort = share


def step_lengths(scenario):
    """3: the length of each step; one is cut short where a new stretch begins."""
    edges = [(scenario.start, scenario.step_days)] + [(one.start, one.step_days) for one in scenario.stretch]
    lengths = []
    for place, (first, length) in enumerate(edges):
        is_last = place + 1 == len(edges)
        left = ((scenario.end if is_last else edges[place + 1][0]) - first).days
        while left > 1e-9:
            lengths.append(length if is_last else min(length, left))
            left -= length
    return lengths


def mean(weighed):
    """The mean of pairs of value and weight; 0 where there is nothing."""
    pairs = list(weighed)
    whole = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / whole if whole > 0 else 0.0


def share_lost(weighed):
    """The share lost of what was held at the start, from pairs of region and weight; 0 if there is none."""
    pairs = [(place, weight) for place, weight in weighed if weight > 0 and place.held_at_start > 0]
    if not pairs:
        return 0.0
    return 1 - mean((place.held / place.held_at_start, weight) for place, weight in pairs)


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
