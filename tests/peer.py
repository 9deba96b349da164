"""The war of 2020 a third time, for speed: one world a loop, scalars, compiled by Numba.

What whoever needs speed would write instead of arrays of many worlds. The functions below are plain Python;
`compiled` translates them with the rules of sim and agents that they call, as they stand. A world is a
record with the stocks of sim/world.py; the phases of a step are those of sim/model.py, for theory `article`
with no claim left out. Philox is written out, so that a world meets the luck that it meets in the model.
"""

import math
from dataclasses import fields
from functools import cache
from types import FunctionType, ModuleType

import numpy as np

from agents.backer import shield_of_backer, strength_with_backer
from agents.challenger import (
    LEAST_LAND,
    NOTHING_TO_WIN,
    TARGETS,
    appeal_of_target,
    fear_at_border,
    fear_at_core,
    perceived_red_line,
    rate_of_outbreak,
    updated_gratitude,
)
from agents.client import (
    DESPAIR,
    EXIT_STEEPNESS,
    acceptance_of_offer,
    acceptance_of_stop,
    alignment_after,
    damaged_image,
    dependence_counted_on,
    plea_of_client,
    pull_of_outsiders,
    security_advantage,
    weight_of_opinion,
)
from agents.expectations import STAGES, Crisis, share_beaten_back, share_held_off
from agents.ladder import COMMITMENT, SUPPORT
from agents.mediator import (
    RELIEF,
    blame_on_client,
    offer_on_table,
    refusal_while_weakening,
    updated_frustration,
)
from agents.observer import (
    attention_of_observers,
    influence_of_backer,
    lesson_of_words,
    prior_reliability,
    updated_reliability,
)
from agents.outsider import troops_of_outsider
from agents.patron import (
    LEAST_REACH,
    NEXT_YEAR,
    border_red_line,
    core_red_line,
    coverage_of_guarantee,
    discounted_future,
    displeasure_at_government,
    entrapment_avoided,
    existential_red_line,
    gratitude_at_stake,
    humanitarian_red_line,
    outrage_at_alignment,
    perceived_power_shift,
    popularity_at_stake,
    price_of_acting,
    sphere_at_stake,
    stands_by_ruler,
    title_discount,
    unpopularity_felt,
    updated_sphere_credibility,
    window_left,
)
from agents.reasons import DUTIES, TERMS
from sim.chance import HALF_A_STEP, code_of
from sim.laws.bookkeeping import CORRIDOR, PLEADS
from sim.laws.land import FOOTHOLD, PRESENCE, as_bits
from sim.laws.settlement import (
    ALL_GONE,
    NO_TARGETS_RATE,
    burn_out_rate,
    compliance_with_stop,
    rate_of_truce,
)
from sim.laws.war import REMNANT, contest_success, left_after_attrition, supply_of_core
from sim.model import ASSESSMENT_DAYS, ConflictModel
from sim.quantities import TINY, approached, chance, logistic, per_day, within
from sim.scenarios.values import describe
from sim.world import Aim, World

OUTER, CORE, RECOGNISED, CAPITAL, CLASSES = 0, 1, 2, 3, 4
ASIDE, DIPLOMACY, ARMS, PEACEKEEPERS, TROOPS, RUNGS = 0, 1, 2, 3, 4, 5
NO_TERMS, DEAL, STOP, SURRENDER = 0, 1, 2, 3
LEFT_PACT = 2
AIM_PROBE, AIM_OUTER, AIM_ALL = int(Aim.PROBE), int(Aim.OUTER), int(Aim.EVERYTHING)
DUTY_COUNT, TERM_COUNT = len(DUTIES), len(TERMS)
(
    TREATY, CORE_LINE, BORDER, HUMANITARIAN, EXISTENTIAL, SPHERE, RULER, POPULARITY, LOYALTY, ALLIES, THREAT,
    HONOUR, BARGAIN, GRATITUDE, FRUSTRATION, ENTRAPMENT, DISPLEASURE, TITLE, WINDOW, COST,
) = range(TERM_COUNT)  # fmt: skip
DRAWS = (  # what is drawn for every world: purpose, and an actor by its part in the cast or by name
    ("round", "mediators"), ("answer", "client"), ("answer", "challenger"), ("outbreak", "challenger"),
    ("offensive", "challenger"), ("aim", "challenger"), ("promise", "war"), ("end", "war"), ("cause", "war"),
    ("exit", "client"), ("fall", "client"), ("fortune", "war"), ("leaning", "patron"),
)  # fmt: skip
(
    ROUND, CLIENT_ANSWER, CHALLENGER_ANSWER, OUTBREAK, OFFENSIVE, AIM, PROMISE, END, CAUSE, EXIT, FALL,
    FORTUNE, LEANING,
) = range(len(DRAWS))  # fmt: skip
LARGEST = math.log(1 / REMNANT)

# luck


def high_word(a, b):
    """The upper 64 of the 128 bits of a product."""
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    a_high, a_low, b_high, b_low = a >> half, a & mask, b >> half, b & mask
    middle = a_high * b_low + ((a_low * b_low) >> half)
    return a_high * b_high + (middle >> half) + ((a_low * b_high + (middle & mask)) >> half)


def four_draws(luck, block, what, into):
    """Philox4x64 of ten rounds (Salmon and others 2011), as NumPy seeds and reads it."""
    first, second = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
    c0, c1 = np.uint64(block + 1), np.uint64(luck.step)  # NumPy counts one up before it draws
    c2, c3 = luck.codes[what, 0], luck.codes[what, 1]
    k0, k1 = np.uint64(luck.seed), np.uint64(0)
    for _ in range(10):
        h0, h1 = high_word(first, c0), high_word(second, c2)
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, second * c2, h0 ^ c3 ^ k1, first * c0
        k0, k1 = k0 + np.uint64(0x9E3779B97F4A7C15), k1 + np.uint64(0xBB67AE8584CAA73B)
    spare, spacing = np.uint64(11), 2.0**-53
    into[0], into[1] = (c0 >> spare) * spacing + HALF_A_STEP, (c1 >> spare) * spacing + HALF_A_STEP
    into[2], into[3] = (c2 >> spare) * spacing + HALF_A_STEP, (c3 >> spare) * spacing + HALF_A_STEP


def draw(luck, what):
    """One draw of this world at this step. One block serves four worlds, so the last ones are kept."""
    block = luck.world // 4
    if luck.kept[luck.step, what] != block:
        four_draws(luck, block, what, luck.words[luck.step, what])
        luck.kept[luck.step, what] = block
    return luck.words[luck.step, what, luck.world % 4]


def draw_each(luck, what, into):
    """A draw for each of some, the regions or the rungs."""
    blocks = (len(into) + 3) // 4
    for block in range(blocks):
        four_draws(luck, luck.world * blocks + block, what, luck.spare)
        for lane in range(min(4, len(into) - 4 * block)):
            into[4 * block + lane] = luck.spare[lane]


def happens(luck, what, rate):
    return draw(luck, what) < chance(rate, 1.0)


# every step


def muster(w, p):
    own = w.challenger_arms * w.challenger_fit * p.challenger.strength
    own *= strength_with_backer(backing=w.backing, material=p.backer.material_share)
    w.advantage = math.log(own / (w.client_arms * w.client_fit * p.client.strength))


def cut_off(w):
    return max(w.roads_lost, w.blockade)


def isolated(w, p):
    supply = supply_of_core(lifeline=1.0 - cut_off(w), isolation=p.combat.isolation)
    return supply**-p.combat.decisiveness


def weigh_prospects(w, p, f):
    balance = math.exp(p.combat.decisiveness * w.advantage)
    for kind in range(CLASSES):
        odds = balance * f.class_odds[kind]
        w.prospects[kind] = contest_success(odds=odds * isolated(w, p) if kind == CORE else odds)


def still_held(w, f, kind):
    if kind == OUTER:
        return w.held_outer
    if kind == CORE:
        return w.held_contested - w.held_outer
    return (1.0 - w.recognised_lost) * f.class_size[kind]


def within_reach(w, f, kind):
    held = 0.0
    for place in range(len(w.held)):
        if f.class_of[place] == kind:
            held += w.held[place] * f.area[place]
    return held > LEAST_LAND * f.class_size[kind] * f.contested_area


def guarantee_in_force(w, p):
    return p.patron.guarantee if w.status < LEFT_PACT else 0.0


def worth_of(p, kind):
    if kind == OUTER:
        return p.challenger.value_contested
    return p.challenger.value_core if kind == CORE else p.challenger.value_recognised


def burn_out(p, intensity):
    return burn_out_rate(
        intensity=intensity, rate=p.settlement.clash_end_rate, scale=p.settlement.burn_out_scale
    )


# what is expected of a crisis


def crisis_as_it_is(w, p, f, c):
    pressure = w.pressure
    c.intensity, c.outer, c.core = w.intensity, pressure[OUTER], pressure[CORE]
    c.recognised = pressure[RECOGNISED] + pressure[CAPITAL]
    c.titled = c.success = c.at_stake = reach = 0.0
    pace = p.combat.tempo * w.intensity / f.contested_area
    for kind in range(CLASSES):
        c.titled += pressure[kind] * f.class_titled[kind]
        c.success += pressure[kind] * w.prospects[kind]
        reach += pressure[kind] * f.class_reach[kind]
        advance, held = pace * pressure[kind] * w.prospects[kind], still_held(w, f, kind)
        c.at_stake += min(advance * p.challenger.plan_days, held)
        if kind == CORE:
            c.core_coming = min(advance * p.patron.planning_days, held)
    c.reach = w.capability * reach
    c.war_days, c.held_outer, c.held_contested = w.war_days, w.held_outer, w.held_contested
    c.core_lost, c.displaced = w.core_lost, w.displaced
    threat = p.challenger.existential_threat * min(w.intensity / p.challenger.threat_scale, 1.0)
    c.existential = 1.0 - (1.0 - w.existential) * (1.0 - threat)


def prospects_after(w, p, kind, worn):
    factor = math.exp(-p.combat.decisiveness * min(max(worn, -LARGEST), LARGEST))
    return w.prospects[kind] / (w.prospects[kind] + (1.0 - w.prospects[kind]) * factor)


def crisis_imagined(w, p, f, c, kind, days):
    scale, held, cut = p.challenger.scale, still_held(w, f, kind), cut_off(w)
    pace = p.combat.tempo * scale / f.contested_area
    worn = p.combat.attrition * scale * days * 2.0 * math.sinh(p.combat.decisiveness * w.advantage)
    underway, prospects = prospects_after(w, p, kind, worn / 2), prospects_after(w, p, kind, worn)
    progress = min(pace * underway * days / max(held, TINY), 1.0)
    left, home = held * (1.0 - progress), kind >= RECOGNISED
    of_home = f.class_size[kind] * f.contested_area / max(f.recognised_area, TINY) if home else 0.0
    attacked = max(scale * (1.0 if kind == CORE else cut), p.combat.siege * cut)
    stayed = (1.0 - w.displaced) * math.exp(-p.combat.flight * attacked * days)
    c.intensity, c.success, c.war_days = scale, prospects, days
    c.outer, c.core, c.recognised = 1.0 * (kind == OUTER), 1.0 * (kind == CORE), 1.0 * home
    c.titled, c.reach = f.class_titled[kind], w.capability * f.class_reach[kind]
    c.held_outer = w.held_outer * (1.0 - progress) if kind == OUTER else w.held_outer
    c.core_lost = 1.0 - (1.0 - w.core_lost) * (1.0 - progress) if kind == CORE else w.core_lost
    c.held_contested = c.held_outer + (1.0 - c.core_lost) * f.class_size[CORE]
    c.displaced = max(1.0 - stayed, c.core_lost)
    safe = (1.0 - w.existential) * (1.0 - progress * of_home) * (1.0 - (progress if kind == CAPITAL else 0.0))
    threat = p.challenger.existential_threat * min(scale / p.challenger.threat_scale, 1.0)
    c.existential = 1.0 - safe * (1.0 - threat)
    c.core_coming = min(pace * prospects * p.patron.planning_days, left) if kind == CORE else 0.0
    c.at_stake = min(pace * prospects * p.challenger.plan_days, left)


def core_at_risk(f, c):
    soon = min(c.core_coming / max(f.class_size[CORE], TINY), 1.0)
    return 1.0 - (1.0 - c.core_lost) * (1.0 - soon)


def accepts_stop(w, p, f, c):
    return acceptance_of_stop(
        at_risk=max(core_at_risk(f, c), c.intensity * c.recognised),
        given=c.held_outer * w.on_table,
        intransigence=p.client.intransigence,
        steepness=p.client.acceptance_steepness,
    )


def captivity_by(w, p, trust):
    other = p.client.outside_option
    for power in range(len(w.troops)):
        other = max(other, w.troops[power], p.client.worth_of_deeds * w.arms[power])
    return security_advantage(patron=trust * w.capability, other=other, steepness=p.client.security_steepness)


def voice_of_public(w, p):
    return weight_of_opinion(
        democracy=w.democracy, floor=p.client.voice_floor, added=p.client.voice_of_democracy
    )


def attachment(w, p, captivity, opinion):
    voice = voice_of_public(w, p)
    return captivity + (1.0 - captivity) * (voice * opinion + (1.0 - voice) * w.alignment)


def weigh_rungs(w, p, f, c):
    """What each rung would prevent, and is worth; each term at the rung of peacekeepers."""
    see_what_helps(w, p, f, c)
    count_duties(w, p, c)
    count_restraints(w, p, c)
    pull = hold = 0.0
    for term in range(TERM_COUNT):
        if term < DUTY_COUNT:
            pull += c.terms[term]
            c.terms[term] *= c.can[PEACEKEEPERS]
        else:
            hold += c.terms[term]
            c.terms[term] *= COMMITMENT[PEACEKEEPERS]
    forecast(w, p, c, pull, hold)


def see_what_helps(w, p, f, c):
    own, truce, can = p.patron, p.settlement.truce_rate, c.can
    talks_rate = rate_of_truce(momentum=c.success, mediation=1.0, rate=truce)
    obeyed = compliance_with_stop(reach=c.reach, backing=w.backing, offered=1.0 * w.on_table)
    stop = p.settlement.compliance_rate * obeyed * accepts_stop(w, p, f, c)
    talks = share_held_off(talks_rate, own.planning_days)
    stopped = share_held_off(talks_rate + stop, own.planning_days)
    m = p.combat.decisiveness
    arms = share_beaten_back(c.success, p.combat.arms_supply * c.reach, m)
    troops = share_beaten_back(c.success, p.combat.patron_troops * c.reach, m)
    can[ASIDE], can[DIPLOMACY], can[ARMS] = 0.0, talks, 1.0 - (1.0 - talks) * (1.0 - arms)
    can[PEACEKEEPERS], can[TROOPS] = stopped, 1.0 - (1.0 - stopped) * (1.0 - troops)


def count_duties(w, p, c):
    lines, own, t = p.red_lines, p.patron, c.terms
    contested, watched = c.outer + c.core, c.intensity * (1.0 + w.plea)
    covered = coverage_of_guarantee(contested=contested, recognised=c.recognised, scope=own.scope_contested)
    guarantee = guarantee_in_force(w, p)
    t[TREATY] = own.treaty_weight * guarantee * covered * c.intensity
    t[CORE_LINE] = lines.core.weight * core_red_line(
        lost=c.core_lost, attacked=c.intensity * (c.core > 0), threshold=lines.core.threshold,
        steepness=lines.steepness,
    )  # fmt: skip
    t[BORDER] = lines.recognised.weight * guarantee * border_red_line(
        attacked=c.intensity * c.recognised, threshold=lines.recognised.threshold, steepness=lines.steepness
    )  # fmt: skip
    t[HUMANITARIAN] = lines.humanitarian.weight * humanitarian_red_line(
        displaced=c.displaced, threshold=lines.humanitarian.threshold, steepness=lines.steepness
    )  # fmt: skip
    t[EXISTENTIAL] = lines.existential.weight * existential_red_line(
        danger=c.existential, threshold=lines.existential.threshold, steepness=lines.steepness
    )  # fmt: skip
    t[SPHERE] = own.sphere_weight * sphere_at_stake(credibility=w.sphere, rival=w.backing) * c.intensity
    ruler = stands_by_ruler(alignment=w.alignment, danger=1.0 - w.stability)
    t[RULER] = own.ruler_weight * ruler * c.intensity
    fall = max(p.client.opinion - w.opinion_target, 0.0)
    felt = unpopularity_felt(fall=fall, tolerance=own.unpopularity_tolerance)
    t[POPULARITY] = own.popularity_weight * popularity_at_stake(felt=felt) * watched
    reliability = 0.0
    for seat in range(len(w.reliability)):
        reliability += w.reliability[seat]
    allies = discounted_future(
        stake=reliability / max(len(w.reliability), 1), rate=own.discount_rate, horizon=own.horizon
    )
    t[ALLIES] = own.allies_weight * allies * watched


def count_restraints(w, p, c):
    own, t = p.patron, c.terms
    t[LOYALTY] = t[GRATITUDE] = 0.0  # a forecast of each rung
    t[FRUSTRATION] = own.frustration_weight * w.frustration * w.blame
    t[ENTRAPMENT] = own.entrapment_weight * entrapment_avoided(
        responsibility=p.client.intransigence * w.blame, contested=c.outer + c.core
    )
    t[DISPLEASURE] = own.alignment_weight * displeasure_at_government(alignment=w.alignment)
    t[TITLE] = own.title_weight * title_discount(titled=c.titled)
    t[WINDOW] = own.window_weight * window_left(war_days=c.war_days, window=own.window_days)
    t[COST] = own.cost_weight * price_of_acting(
        reach=max(c.reach, LEAST_REACH), backing=w.backing, rival=own.price_of_backer
    )


def forecast(w, p, c, pull, hold):
    """The loyalty that each rung would save, the gratitude that it would forgo; what it is worth."""
    own = p.patron
    soon = discounted_future(stake=1.0, rate=own.discount_rate, horizon=NEXT_YEAR)
    thanks = own.gratitude_weight * soon * logistic(w.perceived_shift)
    kept_aside = thanked_aside = 0.0
    for rung in range(RUNGS):
        support = SUPPORT[rung]
        unaided = (1.0 - support) * c.at_stake
        breach = (1.0 - support) * c.intensity * c.recognised * p.client.breach * guarantee_in_force(w, p)
        breach *= p.challenger.plan_days
        trust = w.trust * math.exp(-p.client.disappointment * unaided - breach)
        opinion = damaged_image(image=w.opinion, unaided=unaided, breach=breach, damage=p.client.image_damage)
        kept = attachment(w, p, dependence_counted_on(captivity=captivity_by(w, p, trust)), opinion)
        thanked = updated_gratitude(
            gratitude=w.gratitude, won=unaided, blocked=support * c.intensity,
            gain=p.challenger.gratitude_gain, resentment=p.challenger.resentment, decay=0.0,
            days=p.challenger.plan_days,
        )  # fmt: skip
        if rung == ASIDE:
            kept_aside, thanked_aside = kept, thanked
        saved = discounted_future(stake=kept - kept_aside, rate=own.discount_rate, horizon=own.horizon)
        loyalty = own.loyalty_weight * w.loyalty * saved
        gratitude = -thanks * gratitude_at_stake(
            interest=own.interest_in_challenger, forgone=thanked_aside - thanked
        )
        c.worth[rung] = pull * c.can[rung] + loyalty + gratitude - hold * COMMITMENT[rung]
        if rung == PEACEKEEPERS:
            c.terms[LOYALTY], c.terms[GRATITUDE] = loyalty, gratitude


def choice_probabilities(p, c):
    best, whole = c.worth[0], 0.0
    for rung in range(1, RUNGS):
        best = max(best, c.worth[rung])
    for rung in range(RUNGS):
        c.chances[rung] = math.exp(p.patron.precision * (c.worth[rung] - best))
        whole += c.chances[rung]
    for rung in range(RUNGS):
        c.chances[rung] /= whole


def expect(w, p, f, c):
    burns_out = burn_out(p, p.challenger.scale)
    for kind in range(CLASSES):
        w.force_if[kind] = highest = before = 0.0
        for stage in range(len(STAGES)):
            days = STAGES[stage] * p.challenger.plan_days
            crisis_imagined(w, p, f, c, kind, days)
            weigh_rungs(w, p, f, c)
            choice_probabilities(p, c)
            rise = max(c.chances[PEACEKEEPERS] + c.chances[TROOPS] - highest, 0.0)
            highest += rise
            w.force_if[kind] += rise * math.exp(-burns_out * (before + days) / 2.0)
            before = days


def worth_of_aim(w, p, f, aim):
    won = feared = 0.0
    for kind in range(CLASSES):
        worth = worth_of(p, kind)
        if TARGETS[aim, kind] > 0 and worth > 0 and within_reach(w, f, kind):
            won += worth
            feared = max(feared, w.fear[kind])
    return won - feared * (won + p.challenger.price_of_clash) if won > 0 else NOTHING_TO_WIN


def plan(w, p, f):
    core = fear_at_core(
        line=w.force_if[CORE],
        clarity=w.stated_clarity * (1.0 - p.patron.scope_contested),
        weight=p.challenger.weight_of_statement,
    )
    w.fear[OUTER], w.fear[CAPITAL] = w.force_if[OUTER], w.force_if[CAPITAL]
    w.fear[CORE] = max(core, p.settlement.peacekeeping * w.peacekeepers)
    w.fear[RECOGNISED] = fear_at_border(line=w.force_if[RECOGNISED])
    blurred = (w.fear[OUTER] + w.fear[CORE] + w.fear[RECOGNISED] + w.fear[CAPITAL]) / CLASSES
    for kind in range(CLASSES):
        seen = perceived_red_line(line=w.fear[kind], blurred=blurred, signalled=p.red_lines.signalled)
        w.fear[kind] = shield_of_backer(fear=w.belief[kind] * seen, backing=w.backing, shield=p.backer.shield)
    if not w.at_war:
        best = NOTHING_TO_WIN
        for aim in range(AIM_OUTER, AIM_ALL + 1):
            best = max(best, worth_of_aim(w, p, f, aim))
        w.prize = within(best)


def chosen_aim(w, p, f, c, luck):
    best, whole, share = NOTHING_TO_WIN, 0.0, 0.0
    for aim in range(AIM_OUTER, AIM_ALL + 1):
        c.worth[aim - AIM_OUTER] = worth_of_aim(w, p, f, aim)
        best = max(best, c.worth[aim - AIM_OUTER])
    for aim in range(AIM_OUTER, AIM_ALL + 1):
        c.chances[aim - AIM_OUTER] = math.exp(p.challenger.aim_precision * (c.worth[aim - AIM_OUTER] - best))
        whole += c.chances[aim - AIM_OUTER]
    for aim in range(AIM_OUTER, AIM_ALL):
        share += c.chances[aim - AIM_OUTER] / max(whole, TINY)
        if draw(luck, AIM) <= share:
            return aim
    return AIM_ALL


def talk(w, p, luck, day):
    """A round of talks, and a deal where both take the offer."""
    held = happens(luck, ROUND, per_day(p.mediators.rounds))
    w.offer_made = held and not w.at_war and w.terms == NO_TERMS and w.on_table
    w.accepts = w.agrees = w.refused = False
    if not w.offer_made:
        return
    likely = acceptance_of_offer(
        held=w.held_contested,
        risk=logistic(w.advantage) * (1.0 - w.trust * w.capability),
        intransigence=p.client.intransigence,
        aversion=p.client.risk_aversion,
    )
    w.accepts = draw(luck, CLIENT_ANSWER) < likely
    w.agrees = draw(luck, CHALLENGER_ANSWER) < p.mediators.challenger_accepts
    w.refused = not (w.accepts and w.agrees)
    if not w.refused:
        w.terms, w.terms_day, w.handing_over = DEAL, day, True


def judge(w, p, f, c, luck):
    haste = refusal_while_weakening(shift=w.perceived_shift, factor=p.mediators.weakening_factor)
    grown = updated_frustration(
        frustration=w.frustration, step=p.mediators.frustration_step * w.refused, blame=w.blame, haste=haste
    )
    rate = RELIEF if w.terms == DEAL else p.mediators.frustration_decay
    w.frustration = approached(grown, 0.0, per_day(rate), 1.0)
    w.perceived_shift = perceived_power_shift(
        perceived=w.perceived_shift, actual=w.advantage, lag=p.patron.perception_lag, days=1.0
    )
    anger = outrage_at_alignment(
        turn=max(w.client_turn, w.observer_turn), harm=w.lost_lately, weight=p.patron.outrage_at_attack
    )
    w.outrage = within(approached(w.outrage, 0.0, per_day(1.0 / p.patron.outrage_decay), 1.0) + anger)
    w.outrage_max = max(w.outrage_max, w.outrage)
    w.captivity = captivity_by(w, p, w.trust)
    w.war_begins = False
    if w.at_war:
        return
    success, own = logistic(w.advantage), p.challenger
    calm = 1.0 - p.mediators.deal_calm if w.handing_over or w.terms == DEAL else 1.0
    rate = rate_of_outbreak(
        success=success, prize=w.prize * calm, rate=per_day(own.war_rate), odds=own.war_odds,
        steepness=own.steepness,
    )  # fmt: skip
    if happens(luck, OUTBREAK, rate):
        bold = draw(luck, OFFENSIVE) < logistic(own.steepness * (success - own.offensive_odds))
        w.war_begins, w.at_war, w.offensive = True, True, bold
        w.aim = chosen_aim(w, p, f, c, luck) if bold else AIM_PROBE


def break_out(w, p, luck, day):
    draw_each(luck, FORTUNE, w.fortune)
    for place in range(len(w.fortune)):
        w.fortune[place] = (w.fortune[place] / (1.0 - w.fortune[place])) ** p.combat.fortune
    draw_each(luck, LEANING, w.leaning)
    for rung in range(RUNGS):
        w.leaning[rung] = -math.log(-math.log(w.leaning[rung])) / p.patron.precision
    w.promise = draw(luck, PROMISE)
    w.intensity = p.challenger.scale if w.offensive else p.challenger.clash_effort
    if w.offensive and w.offensives == 0:
        w.first_war_day, w.first_aim, w.opinion_before_war = day, w.aim, w.opinion
    w.offensives += w.offensive
    w.clashes += not w.offensive
    w.war_days = 0.0


# a day of war


def take_aim(w, p, f):
    footholds, whole = np.uint64(0), 0.0
    for place in range(len(w.held)):
        if w.held[place] <= 1.0 - FOOTHOLD:
            footholds |= f.bit[place]
    for kind in range(CLASSES):
        w.pressure[kind] = 0.0
    for place in range(len(w.held)):
        kind = f.class_of[place]
        open_to = f.exposed[place] or w.held[place] < 1.0 - PRESENCE or footholds & f.borders[place] != 0
        w.effort[place] = 0.0
        if open_to and w.held[place] > 0 and TARGETS[w.aim, kind] > 0 and within_reach(w, f, kind):
            w.effort[place] = appeal_of_target(worth=worth_of(p, kind), fear=w.fear[kind], ease=f.ease[place])
            whole += w.effort[place]
    if whole > 0:
        for place in range(len(w.held)):
            w.effort[place] /= whole
            w.pressure[f.class_of[place]] += w.effort[place]
    w.out_of_targets = whole <= 0


def decide(w, p, f, c):
    crisis_as_it_is(w, p, f, c)
    alone = w.rung < PEACEKEEPERS  # as it was until now
    hopeless = logistic(DESPAIR * (w.momentum - p.client.capitulation_odds))
    w.surrender_rate = hopeless if w.offensive and alone else 0.0
    w.captivity = captivity_by(w, p, w.trust)
    w.acceptance = accepts_stop(w, p, f, c)
    plea = plea_of_client(at_risk=core_at_risk(f, c), on_own_soil=c.intensity * c.recognised)
    weigh_rungs(w, p, f, c)
    choice_probabilities(p, c)
    duty = restraint = 0.0
    for term in range(TERM_COUNT):
        w.reasons[term] = abs(c.terms[term])
        if term < DUTY_COUNT:
            duty += w.reasons[term]
        else:
            restraint += w.reasons[term]
    if w.pressure.sum() <= 0:  # no front is left
        w.reasons[:] = 0.0
    w.rung, best = ASIDE, -math.inf
    for rung in range(RUNGS):
        w.ladder[rung] = c.chances[rung]
        if c.worth[rung] + w.leaning[rung] > best:
            w.rung, best = rung, c.worth[rung] + w.leaning[rung]
    w.plea = plea if alone else 0.0
    w.reach = c.reach
    w.words = duty / (duty + restraint + TINY)
    w.accusation = w.words * (1.0 - p.patron.interest_in_challenger)
    for power in range(len(w.sympathy)):
        w.sympathy[power] = f.sympathy[power] * w.intensity
        w.blame_of_outsiders[power] = f.blame[power] * w.intensity
        w.troops[power] = troops_of_outsider(willing=w.sympathy[power] * p.outsiders.troops_if_free)


def fight(w, p, f):
    combat = p.combat
    troops = combat.patron_troops * w.reach if w.rung == TROOPS else 0.0
    arms = combat.arms_supply * w.reach if w.rung == ARMS else 0.0
    balance = math.exp(combat.decisiveness * (w.advantage - math.log1p(arms + troops)))
    pace, cut = combat.tempo * w.intensity, isolated(w, p)
    taken = lost_now = contested = 0.0
    if troops > 0:
        for place in range(len(w.held)):
            taken += w.taken[place] * f.area[place]
    w.momentum = 0.0
    for place in range(len(w.held)):
        if w.effort[place] == 0 and taken == 0:
            continue
        odds = balance * f.odds[place]
        success = contest_success(odds=odds * cut if f.class_of[place] == CORE else odds)
        lost = min(w.held[place], pace * w.effort[place] * success * w.fortune[place] / f.area[place])
        back = 0.0
        if taken > 0:
            share = w.taken[place] * f.area[place] / max(taken, TINY)
            push = pace * troops / (1.0 + troops) * share * (1.0 - success) / f.area[place]
            back = min(w.taken[place], push)
        w.held[place] += back - lost
        w.taken[place] += lost - back
        w.momentum += w.effort[place] * success
        lost_now += (lost - back) * f.size_of_share[place]
        contested += (lost - back) * f.contested_of_share[place]
    w.lost_now = max(lost_now, 0.0)
    w.lost_lately += w.lost_now
    rate = combat.attrition * w.intensity
    w.client_fit = max(w.client_fit * left_after_attrition(enemy=balance, rate=rate, days=1.0), REMNANT)
    left = left_after_attrition(enemy=1.0 / (balance + TINY), rate=rate, days=1.0)
    w.challenger_fit = max(w.challenger_fit * left, REMNANT)
    w.war_days += 1.0
    w.all_war_days += 1.0
    if w.offensive and w.offensives == 1:
        w.first_war_days += 1.0
        w.first_war_taken += contested


def take_stock(w, f, moment):
    w.held_outer = core = 0.0
    core_held = recognised_held = homes = 0.0
    lowest = 1.0
    for place in range(len(w.held)):
        held, kind = w.held[place], f.class_of[place]
        if kind == OUTER:
            w.held_outer += held * f.contested_of_share[place]
        elif kind == CORE:
            core += held * f.contested_of_share[place]
        elif kind == CAPITAL:
            lowest = min(lowest, held)
        core_held += held * f.core_of_share[place]
        recognised_held += held * f.recognised_of_share[place]
        homes += held * f.people_of_share[place]
        if held < 0.5 * f.start[place] and math.isnan(w.fell_on[place]):
            w.fell_on[place] = moment
    w.held_contested = w.held_outer + core
    w.core_lost, w.recognised_lost, w.homeless = 1.0 - core_held, 1.0 - recognised_held, 1.0 - homes
    w.existential = 1.0 - lowest * (1.0 - w.recognised_lost)
    w.over = w.over or 1.0 - lowest >= 0.5
    best = 0.0
    for place in range(len(w.held)):
        if f.lifeline[place]:
            best = max(best, w.held[place])
    w.roads_lost = 1.0 - (within(best / CORRIDOR) if w.terms == STOP else best)


def settle(w, p, luck, moment):
    own = p.settlement
    imposed = mediated = 0.0
    if w.rung >= PEACEKEEPERS:
        obeyed = compliance_with_stop(reach=w.reach, backing=w.backing, offered=1.0 * w.on_table)
        imposed = own.compliance_rate * obeyed * w.acceptance
    if w.rung >= DIPLOMACY:
        mediated = rate_of_truce(momentum=w.momentum, mediation=1.0, rate=own.truce_rate)
    rate = imposed + w.surrender_rate + (mediated + burn_out(p, w.intensity))
    rate += NO_TARGETS_RATE * w.out_of_targets
    w.war_ends = happens(luck, END, rate) or w.over
    if w.over or not w.war_ends:
        return
    which, terms = draw(luck, CAUSE) * rate, NO_TERMS
    if which < imposed:
        if w.on_table and w.rung == PEACEKEEPERS and w.terms != STOP:
            terms = STOP
        if w.core_lost < 1:
            w.peacekeepers = 1.0
    elif which < imposed + w.surrender_rate:
        terms = SURRENDER
    if terms != NO_TERMS:
        w.terms, w.terms_day, w.handing_over = terms, moment, True


def flee(w, p):
    cut = cut_off(w)
    danger = max(w.intensity * max(w.pressure[CORE], cut), p.combat.siege * cut)
    w.displaced = max(approached(w.displaced, 1.0, p.combat.flight * danger, 1.0), w.homeless)


def cross_lines(w, p, moment):
    lines = p.red_lines
    w.crossed[0] |= 0 < w.core_lost >= lines.core.threshold
    attacked = w.intensity * (w.pressure[RECOGNISED] + w.pressure[CAPITAL])
    w.crossed[1] |= 0 < attacked >= lines.recognised.threshold
    w.crossed[2] |= 0 < w.displaced >= lines.humanitarian.threshold
    w.crossed[3] |= 0 < w.existential >= lines.existential.threshold
    if math.isnan(w.first_line_day) and (w.crossed[0] or w.crossed[1] or w.crossed[2] or w.crossed[3]):
        w.first_line_day = moment


def loudest(voices):
    found = 0.0
    for voice in voices:
        found = max(found, voice)
    return found


def record(w, moment):
    w.rung_total += w.rung
    w.words_total += w.words
    w.accusation_total += w.accusation
    w.outsider_blame_total += loudest(w.blame_of_outsiders)
    w.sympathy_total += loudest(w.sympathy)
    w.core_effort += w.pressure[CORE]
    w.troops_max = max(w.troops_max, loudest(w.troops))
    w.humanitarian_max = max(w.humanitarian_max, w.displaced)
    w.existential_max = max(w.existential_max, w.existential)
    w.rung_days[w.rung] += 1.0
    for rung in range(RUNGS):
        w.ladder_total[rung] += w.ladder[rung]
    duty, restraint = 0, DUTY_COUNT  # the strongest; of equals, the first
    for term in range(TERM_COUNT):
        w.reasons_total[term] += w.reasons[term]
        if term < DUTY_COUNT and w.reasons[term] > w.reasons[duty]:
            duty = term
        if term >= DUTY_COUNT and w.reasons[term] > w.reasons[restraint]:
            restraint = term
    w.strongest_days[duty] += w.reasons[duty] > TINY
    w.strongest_days[restraint] += w.reasons[restraint] > TINY
    if w.rung > w.rung_max:
        w.rung_max, w.rung_max_day = w.rung, moment
    if w.rung >= PEACEKEEPERS and math.isnan(w.first_force_day):
        w.first_force_day = moment
    if w.plea > PLEADS and math.isnan(w.first_plea_day):
        w.first_plea_day = moment
    if w.acceptance >= 0.5 and math.isnan(w.accepted_day):
        w.accepted_day = moment
    w.lost_now = 0.0


def stand_down(w):
    w.at_war = w.offensive = w.war_ends = w.out_of_targets = False
    w.aim = w.rung = 0
    w.intensity = w.momentum = w.lost_now = w.surrender_rate = w.words = w.accusation = 0.0
    w.plea = w.acceptance = w.reach = 0.0
    w.effort[:] = 0.0
    w.pressure[:] = 0.0
    w.reasons[:] = 0.0
    w.leaning[:] = 0.0
    w.sympathy[:] = 0.0
    w.blame_of_outsiders[:] = 0.0
    w.troops[:] = 0.0
    w.ladder[:] = 0.0
    w.ladder[ASIDE] = 1.0


# peace, and lessons


def hand_over(w, f, moment):
    since = moment - w.terms_day
    for place in range(len(w.held)):
        if since >= f.delay[w.terms, place]:
            given = max(w.held[place] - f.kept[w.terms, place], 0.0)
            w.held[place] -= given
            w.handed[place] += given
            w.handed_now += given * f.contested_of_share[place]
    w.handing_over = since < f.last_delay[w.terms]


def recover(w, p, days):
    rate, cut = per_day(1.0 / p.combat.rebuilding), cut_off(w)
    w.client_fit = approached(w.client_fit, 1.0, rate, days)
    w.challenger_fit = approached(w.challenger_fit, 1.0, rate, days)
    home = approached(w.displaced, w.homeless, (1.0 - cut) / p.combat.return_home, days)
    driven_out = approached(home, 1.0, p.combat.flight * p.combat.siege * cut, days)
    w.displaced = max(driven_out, w.homeless)


def learn(w, p, f, luck, days):
    support, loyalty = SUPPORT[w.rung], w.loyalty
    learn_of_patron(w, p, f, support, days)
    w.sphere = updated_sphere_credibility(
        credibility=w.sphere, rival=w.backing * w.intensity, support=support, loss=p.sphere.loss,
        gain=p.sphere.gain, days=days,
    )  # fmt: skip
    learn_as_client(w, p, luck, support, days)
    coerced = w.outrage * w.captivity * w.capability
    rate = 0.0 if w.at_war else per_day(p.outsiders.delivery_rate) * (1.0 - coerced)
    for power in range(len(w.monitors)):
        w.monitors[power] = approached(w.monitors[power], f.monitors[power] * (1.0 - loyalty), rate, days)
        w.arms[power] = approached(w.arms[power], f.arms[power] * (1.0 - loyalty), rate, days)


def learn_of_patron(w, p, f, support, days):
    """What challenger and observers learn."""
    own = p.challenger
    gratitude = updated_gratitude(
        gratitude=w.gratitude, won=w.lost_now * (1.0 - support), blocked=support * w.intensity,
        gain=own.gratitude_gain, resentment=own.resentment, decay=own.gratitude_decay, days=days,
    )  # fmt: skip
    w.gratitude = within(gratitude)
    memory = per_day(1.0 / own.belief_memory) * (1.0 - w.intensity)
    for kind in range(CLASSES):
        seen = own.belief_learning * w.intensity * w.pressure[kind]
        taught = approached(w.belief[kind], support, seen, days)
        w.belief[kind] = approached(taught, own.resolve_belief, memory, days)
    heed = attention_of_observers(intensity=w.intensity, support=support, plea=w.plea) * w.at_war
    forgetting = per_day(1.0 / p.observers.memory)
    lag = per_day(1.0 / p.observers.hedging_lag)
    for seat in range(len(w.reliability)):
        learning = p.observers.learning * heed * f.exposure[seat]
        belief = updated_reliability(
            belief=w.reliability[seat], support=support, learning=learning, base=w.prior[seat],
            forgetting=forgetting, days=days,
        )  # fmt: skip
        belief = lesson_of_words(
            belief=belief, words=w.words, learning=learning * p.observers.lesson_of_words, days=days
        )
        w.reliability[seat] = belief
        part = min(belief / max(w.prior[seat], TINY), 1.0)
        w.participation[seat] = approached(w.participation[seat], part, lag, days)
        w.influence[seat] = influence_of_backer(
            influence=w.influence[seat], backing=w.backing * heed, support=support,
            step=p.observers.influence_step, days=days,
        )  # fmt: skip


def learn_as_client(w, p, luck, support, days):
    own = p.client
    given = own.handover_counts * w.handed_now if w.terms != DEAL else 0.0
    unaided = (1.0 - support) * w.lost_now + given
    on_own_soil = w.intensity * (w.pressure[RECOGNISED] + w.pressure[CAPITAL])
    breach = (1.0 - support) * on_own_soil * own.breach * guarantee_in_force(w, p) * days
    besieged = own.breach * w.blockade * (1.0 - w.core_lost) * days
    trust = w.trust * math.exp(-own.disappointment * unaided - breach - besieged)
    there = max(w.peacekeepers, support * w.intensity if w.rung >= PEACEKEEPERS else 0.0)
    if w.lost_now > 0 or w.blockade > 0:
        there = 0.0
    kept = 1.0 - w.core_lost if w.terms == DEAL else w.held_contested
    regained = max(trust, own.trust_in_troops * kept)
    image = damaged_image(
        image=w.opinion_target, unaided=unaided, breach=breach + besieged, damage=own.image_damage
    )
    image = approached(image, max(image, own.opinion), per_day(own.image_recovery), days)
    opinion = approached(w.opinion, image, per_day(1.0 / own.opinion_lag), days)
    pull = pull_of_outsiders(loudest=loudest(w.sympathy), monitors=loudest(w.monitors), arms=loudest(w.arms))
    reasons = attachment(w, p, captivity_by(w, p, w.trust), w.opinion) / max(w.kept_at_start, TINY)
    target = within(own.loyalty * reasons * (1.0 - own.pull_of_deeds * pull))
    loyalty = approached(w.loyalty, target, per_day(1.0 / own.loyalty_lag), days)
    tempted = logistic(EXIT_STEEPNESS * (own.exit_threshold - w.loyalty))
    if draw(luck, EXIT) < chance(per_day(own.exit_rate) * tempted, days):
        w.status = min(w.status + 1, LEFT_PACT)
    # its government
    shaken = w.stability * math.exp(-own.shock_of_defeat * (w.lost_now + w.handed_now))
    stability = approached(shaken, max(shaken, own.stability), per_day(1.0 / own.calm_after), days)
    falls = draw(luck, FALL) < chance(per_day(own.fall_rate) * (1.0 - stability) ** 2, days)
    alignment = alignment_after(
        alignment=w.alignment, change=(opinion + TINY) / (w.opinion + TINY), voice=voice_of_public(w, p)
    )
    if falls:
        stability = own.stability
        elected = alignment_after(
            alignment=alignment, change=(opinion + TINY) / (own.opinion + TINY), voice=1.0
        )
        alignment = min(alignment, elected)
    w.stability, w.alignment = stability, within(alignment)
    w.trust = approached(trust, regained, per_day(own.reassurance) * there, days)
    w.opinion_target, w.opinion, w.loyalty = image, opinion, within(loyalty)


# a world


def begin_world(w, p, f, c, luck):
    """The start: the war of 2020 opens with an offensive."""
    w.backing = p.backer.help * w.readiness
    w.on_table = offer_on_table(tabled=w.offer_tabled) > 0
    w.blame = blame_on_client(share=p.client.blame_share)
    for seat in range(len(w.prior)):
        w.prior[seat] = w.reliability[seat] = prior_reliability(
            base=p.observers.base_rate, likeness=f.likeness[seat], trust=p.observers.regime_trust
        )
    muster(w, p)
    take_stock(w, f, 0.0)
    weigh_prospects(w, p, f)
    w.perceived_shift = w.advantage
    w.captivity = captivity_by(w, p, w.trust)
    w.kept_at_start = attachment(w, p, w.captivity, w.opinion)
    expect(w, p, f, c)
    plan(w, p, f)
    w.war_begins = w.at_war = w.offensive = True
    w.aim = f.opening_aim
    break_out(w, p, luck, 0.0)


def buy_arms(arms, bought, p):
    full = bought / p.combat.depreciation
    return full + (arms - full) * math.exp(-per_day(p.combat.depreciation))


def pass_day(w, p, f, c, luck, today):
    if w.over:
        return
    day, moment = float(luck.step), luck.step + 1.0
    w.client_turn = w.observer_turn = 0.0
    w.client_arms = buy_arms(w.client_arms, today.client_spending, p)
    w.challenger_arms = buy_arms(w.challenger_arms, today.challenger_spending, p)
    w.democracy = within(p.client.democracy + today.democracy_change)
    if not math.isnan(today.stated_clarity):
        w.stated_clarity = today.stated_clarity
    w.backing = p.backer.help * w.readiness
    w.on_table = offer_on_table(tabled=w.offer_tabled) > 0
    w.blame = blame_on_client(share=p.client.blame_share)
    muster(w, p)
    weigh_prospects(w, p, f)
    if day // ASSESSMENT_DAYS > (day - 1.0) // ASSESSMENT_DAYS:
        expect(w, p, f, c)
    plan(w, p, f)
    talk(w, p, luck, day)
    judge(w, p, f, c, luck)
    w.lost_lately = w.handed_now = 0.0
    if w.war_begins:
        break_out(w, p, luck, day)
    days_of_peace = 1.0
    if w.at_war:
        days_of_peace = 0.0
        muster(w, p)
        weigh_prospects(w, p, f)
        take_aim(w, p, f)
        decide(w, p, f, c)
        fight(w, p, f)
        take_stock(w, f, moment)
        settle(w, p, luck, moment)
        flee(w, p)
        cross_lines(w, p, moment)
        learn(w, p, f, luck, 1.0)
        record(w, moment)
        if w.war_ends:
            stand_down(w)
    if w.handing_over and not w.over:
        hand_over(w, f, moment)
        take_stock(w, f, moment)
        w.displaced = max(w.displaced, w.homeless)
    if (days_of_peace > 0 or w.handed_now > 0) and not w.over:
        recover(w, p, days_of_peace)
        learn(w, p, f, luck, days_of_peace)
    if w.core_lost >= 1.0 - ALL_GONE:
        w.peacekeepers = 0.0


def run_worlds(worlds, first, numbers, facts, crisis, luck, days):
    """All days of some worlds, one after another; all but `worlds` and `first` are arrays of one record."""
    p, f, c, dice = numbers[0], facts[0], crisis[0], luck[0]
    for place in range(len(worlds)):
        w = worlds[place]
        dice.world, dice.step = first + place, 0
        begin_world(w, p, f, c, dice)
        for step in range(len(days)):
            dice.step = step
            pass_day(w, p, f, c, dice, days[step])


# compiling


@cache
def compiled(function):
    """A plain function, compiled with all that it calls; a rule takes numbers where it would take arrays.

    Raises:
        ImportError: Numba is not installed.
    """
    from numba import njit

    named = [name for name in function.__code__.co_names if name in function.__globals__]
    used = {name: function.__globals__[name] for name in named}
    for name, value in used.items():
        if value is np:
            used[name] = ModuleType("numbers")
            vars(used[name]).update(vars(np) | {"asarray": compiled(itself)})
        elif isinstance(value, FunctionType):
            used[name] = compiled(value)
    plain = FunctionType(function.__code__, used, function.__name__, function.__defaults__)
    return njit(plain, nogil=True, error_model="numpy")


def itself(x):
    return x


# what a run starts from


def as_record(**values):
    """An array of one record, which compiled code reads by name; a dictionary is a record within."""
    parts = {
        name: as_record(**it)[0] if isinstance(it, dict) else as_field(it) for name, it in values.items()
    }
    found = np.zeros(1, np.dtype([(name, part.dtype, part.shape) for name, part in parts.items()]))
    for name, part in parts.items():
        found[name][0] = part
    return found


def as_field(value):
    array = np.asarray(value)  # Numba has no arrays of yes and no within records
    return array.astype(np.uint8) if array.ndim and array.dtype == bool else array


def as_tree(values):
    """Numbers by path as dictionaries in dictionaries."""
    tree = {}
    for path, value in values.items():
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = float(value)
    return tree


class Peer:
    """The worlds of a scenario of daily steps that opens with an offensive, under theory `article`.

    Args:
        scenario: the scenario; the war of 2020 and its like.
        seed: the seed of all luck.
    """

    def __init__(self, scenario, seed=0):
        model = ConflictModel(scenario, worlds=np.zeros(1, np.int64), seed=seed)
        land, value = model.land, model.settings.value
        assert scenario.step_days == 1 and not scenario.stretch and scenario.opens_with_offensive
        assert {event.quantity for event in scenario.event} <= {"patron.stated_clarity"}
        assert not land.core_linked and land.borders.shape[0] == 1

        def own(group, parties, name):
            return np.array([value(f"{group}.{party.id}.{name}") for party in parties])

        self.steps = scenario.steps
        self.numbers = as_record(**as_tree({info.path: value(info.path) for info in describe(scenario)}))
        self.facts = as_record(
            opening_aim=int(Aim[scenario.opening_aim.upper()]),
            class_size=land.class_area / land.contested_area,
            core_of_share=land.core / land.start,
            recognised_of_share=land.recognised / land.start,
            people_of_share=land.people / land.start,
            lifeline=np.isin(np.arange(land.size), land.lifelines),
            bit=as_bits(np.eye(land.size, dtype=bool))[:, 0],
            borders=land.borders[0],
            **{name: own("outsiders.powers", scenario.cast.outsiders, name) for name in OF_OUTSIDERS},
            **{name: own("observers.states", scenario.cast.observers, name) for name in OF_OBSERVERS},
            **{name: getattr(land, name) for name in OF_LAND},
        )
        ids = {role: getattr(scenario.cast, role).id for role in ("mediators", "client", "challenger")}
        codes = [[code_of(purpose), code_of(ids.get(actor, actor))] for purpose, actor in DRAWS]
        self.luck = as_record(
            seed=seed, world=0, step=0, codes=np.array(codes, dtype=np.uint64), spare=np.zeros(4),
            kept=np.full((self.steps, len(DRAWS)), -1), words=np.zeros((self.steps, len(DRAWS), 4)),
        )  # fmt: skip
        self.days = np.concatenate([as_record(**known_of_day(scenario, day)) for day in range(self.steps)])
        self.start = first_state(model)
        self._run = compiled(run_worlds)
        self.run(np.arange(1))

    def run(self, worlds):
        """The end of consecutive worlds, as an array of records with the names of sim/world.py."""
        state = np.repeat(self.start, len(worlds))
        crisis = as_record(**CRISIS)
        self._run(state, int(worlds[0]), self.numbers, self.facts, crisis, self.luck.copy(), self.days)
        return state


OF_OUTSIDERS, OF_OBSERVERS = ("sympathy", "blame", "monitors", "arms"), ("exposure", "likeness")
OF_LAND = (
    "class_odds", "class_titled", "class_reach", "contested_area", "recognised_area", "class_of", "exposed",
    "ease", "area", "odds", "size_of_share", "contested_of_share", "start", "delay", "kept", "last_delay",
)  # fmt: skip
CRISIS = {item.name: 0.0 for item in fields(Crisis)} | {
    "can": np.zeros(RUNGS), "worth": np.zeros(RUNGS), "chances": np.zeros(RUNGS),
    "terms": np.zeros(TERM_COUNT),
}  # fmt: skip


def known_of_day(scenario, day):
    """What comes from outside the model on a day; clarity is NaN where nothing is said."""
    today, series = scenario.day(day), scenario.series
    said = [event.amount for event in scenario.event if event.date == today and event.change == "set"]
    democracy = series.client_democracy
    return {
        "client_spending": series.client_spending.at(today),
        "challenger_spending": series.challenger_spending.at(today),
        "democracy_change": democracy.at(today) - democracy.at(scenario.start),
        "stated_clarity": said[-1] if said else np.nan,
    }


def first_state(model):
    """A record of a world before anything has happened."""
    about = {item.name: item.metadata for item in fields(World)}
    values = {
        name: np.full(array.shape[1:], model.settings.value(about[name]["start"])
                      if isinstance(about[name]["start"], str) else about[name]["start"], array.dtype)
        for name, array in vars(model.world).items()
    }  # fmt: skip
    values["held"], values["ladder"][ASIDE] = model.land.start, 1.0
    values["client_arms"], values["challenger_arms"] = (
        np.float64(model.scenario.client_arms), np.float64(model.scenario.challenger_arms)
    )  # fmt: skip
    return as_record(**values)
