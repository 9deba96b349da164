"""The client: why it stays with its patron, what it accepts, and when it goes."""

from typing import Any

import numpy as np

from agents.actor import Actor
from agents.expectations import Crisis, actual, core_at_risk, guarantee_in_force
from agents.ladder import SUPPORT
from sim.quantities import TINY, approached, column, largest, logistic, per_day, within
from sim.rule import Amount, rule
from sim.scene import Changes, Scene
from sim.world import CAPITAL, CORE, FORCE, RECOGNISED, Status, Terms

EXIT_STEEPNESS = 20.0  # per share of loyalty: how sharply exit follows it; assumption
DESPAIR = 40.0  # per share of success: how sharply surrender follows it; assumption


@rule("C14", neutral=0.5)
def acceptance_of_offer(held: Amount, risk: Amount, intransigence: Amount, aversion: Amount) -> Amount:
    """A client that the status quo serves keeps to it, until it fears that it will lose it anyway.

    Claim C14. The bargaining range (Fearon 1995): an offer is taken when what it saves is worth more
    than what it gives away. This needs both a fear of loss and a policy that does not refuse.

    Args:
        held: worth of the land held, as a share of what was held at the start, 0-1.
        risk: perceived risk of losing it, 0-1.
        intransigence: the client's own policy of refusal, 0-1.
        aversion: how far a feared loss counts.

    >>> float(acceptance_of_offer(held=1.0, risk=0.0, intransigence=1.0, aversion=1.0))
    0.0
    """
    return within(-(1.0 - intransigence * np.asarray(held)) * np.expm1(-np.asarray(aversion) * risk))


@rule("C14", neutral=0.5)
def acceptance_of_stop(at_risk: Amount, given: Amount, intransigence: Amount, steepness: Amount) -> Amount:
    """A client accepts a stop once it stands to lose more than the value its pride puts on what it must give.

    Claim C14, in war: it refused in October 2020 and accepted after the fall of Shushi.

    Args:
        at_risk: the share of the core lost now or soon, or the scale of an attack on its own soil, 0-1.
        given: the land that the terms hand over, as a share of the contested land, 0-1.
        intransigence: the client's own policy of refusal, 0-1.
        steepness: how sharply the answer turns.

    >>> float(acceptance_of_stop(at_risk=0.4, given=0.5, intransigence=0.8, steepness=10.0))
    0.5
    """
    return logistic(steepness * (np.asarray(at_risk) - intransigence * given))


@rule("C28", neutral="loudest")
def pull_of_outsiders(loudest: Amount, monitors: Amount, arms: Amount) -> Amount:
    """Words of sympathy do not draw a client away; monitors and arms do.

    Claim C28.

    Args:
        loudest: the loudest words of sympathy, 0-1. They count for nothing; they are an argument
            because without the claim they would be taken at their word.
        monitors, arms: the monitors and arms that are there, 0-1 each.

    >>> pull_of_outsiders(loudest=1.0, monitors=0.0, arms=0.0)
    0.0
    """
    return 1.0 - (1.0 - monitors) * (1.0 - arms)


@rule("C29", neutral=0.0)
def security_advantage(patron: Amount, other: Amount, steepness: Amount) -> Amount:
    """A client depends on whoever would send troops.

    Claim C29: the patron remains the only country that would deploy troops. The result is captivity:
    dependence for want of another protector, whatever the goodwill (Morrow 1991: security for autonomy).

    Args:
        patron, other: credibility of the patron's and of the best other's troops, 0-1.
        steepness: how sharply dependence follows the lead.

    >>> float(security_advantage(patron=0.5, other=0.5, steepness=6.0))
    0.5
    """
    return logistic(steepness * (np.asarray(patron) - other))


@rule("C40", neutral="image")
def damaged_image(image: Amount, unaided: Amount, breach: Amount, damage: Amount) -> Amount:
    """A patron's image in the client suffers from land lost while it stands aside.

    Claim C40.

    Args:
        image: the image before, 0-1.
        unaided: land lost unaided, and what counts of land handed over, as a share, 0 or more.
        breach: what an unanswered attack on recognised land that the guarantee covers, or a blockade of the
            core, adds to the damage, 0 or more.
        damage: the damage per share lost.

    >>> round(float(damaged_image(image=0.8, unaided=0.4, breach=0.0, damage=1.5)), 2)
    0.44
    """
    return image * np.exp(-np.asarray(damage) * unaided - breach)


@rule("C42", neutral=0.0)
def weight_of_opinion(democracy: Amount, floor: Amount, added: Amount) -> Amount:
    """Public opinion weighs more in a democracy.

    Claim C42, applied to the client's own regime as well (note 2 of the claims). Selectorate theory.

    Args:
        democracy: electoral democracy, 0-1.
        floor: weight under full autocracy, 0-1.
        added: weight that full democracy adds, 0-1.

    >>> float(weight_of_opinion(democracy=0.5, floor=0.25, added=0.5))
    0.5
    """
    return within(floor + added * np.asarray(democracy))


@rule("C42", neutral="alignment")
def alignment_after(alignment: Amount, change: Amount, voice: Amount) -> Amount:
    """A government's alignment follows a change of opinion as far as the public has a voice.

    Claim C42. A change of policy or of leaders moves alliances more than interests do (Leeds 2003).

    Args:
        alignment: the closeness of the government to the patron before, 0-1.
        change: the ratio of opinion after to opinion before, 0 or more.
        voice: the weight of public opinion in policy, 0-1.

    >>> float(alignment_after(alignment=0.5, change=0.25, voice=0.5))
    0.25
    """
    return alignment * np.exp(voice * np.log(np.maximum(change, TINY)))


@rule(None, neutral=0.0)
def plea_of_client(at_risk: Amount, on_own_soil: Amount) -> Amount:
    """A client that is left alone pleads for help as its core or its own soil comes under attack.

    Source: the request for consultations of 31 October 2020 and the appeals of 2021 and 2022 (timeline of the
    record); voice before exit (Hirschman 1970).

    Args:
        at_risk: the share of the core that is lost or soon will be, 0-1.
        on_own_soil: the scale of an attack on recognised land, 0-1.

    >>> float(plea_of_client(at_risk=0.5, on_own_soil=0.0))
    0.5
    """
    return within(np.maximum(at_risk, on_own_soil))


@rule("C2", neutral=0.0)
def dependence_counted_on(captivity: Amount) -> Amount:
    """A patron counts on the dependence of an ally that has nowhere to go when it forecasts its loyalty.

    Claim C2: the patron bets on the client's dependence. Without the claim it looks at goodwill alone.

    Args:
        captivity: the client's dependence for want of another protector, as it will be, 0-1.

    >>> dependence_counted_on(captivity=0.75)
    0.75
    """
    return captivity


@rule(None, neutral="kept", theory="revised")
def loyalty_of_public(
    kept: Amount, captivity: Amount, voice: Amount, alignment: Amount, opinion: Amount
) -> Amount:
    """Captivity holds a government; a public with a voice takes its goodwill away all the same.

    Source: note 2 of the claims: C42, applied to the client's own regime, works against C30, and did so
    after 2020. Selectorate theory (Bueno de Mesquita and others 2003) for the weight of the public.

    Args:
        kept: what keeps the client by the article's rules, 0-1; the answer under any other theory.
        captivity: dependence for want of another protector, 0-1.
        voice: weight of public opinion in policy, 0-1.
        alignment: closeness of the government to the patron, 0-1.
        opinion: public opinion of the patron, 0-1.

    >>> loyalty_of_public(kept=1.0, captivity=1.0, voice=0.5, alignment=0.5, opinion=0.0)
    0.5
    """
    government = captivity + (1.0 - captivity) * alignment
    return voice * opinion + (1.0 - voice) * government


class Client(Actor):
    """Refuses or accepts, gives up or fights on, stays or goes."""

    shows = ("loyalty", "trust", "captivity", "opinion", "stability", "status", "plea")

    def answer(self) -> Changes:
        """Accept the offer of a round of talks, or refuse it."""
        now, own = self.now, self.numbers.client
        if not now.offer_made.any():
            return {"accepts": now.offer_made}
        alone = 1.0 - now.trust * now.capability
        likely = self.apply(
            acceptance_of_offer,
            held=now.held_contested,
            risk=logistic(now.advantage) * alone,
            intransigence=own.intransigence,
            aversion=own.risk_aversion,
        )
        return {"accepts": now.offer_made & (self.luck("answer") < likely)}

    def begin(self) -> Changes:
        """See how far it depends on the patron, and what keeps it there."""
        captivity = self.captivity()
        return {
            "captivity": captivity,
            "kept_at_start": attachment(self.model.scene, captivity, self.now.opinion),
        }

    def judge(self) -> Changes:
        """See how far it depends on the patron."""
        return {"captivity": self.captivity()}

    def decide(self) -> Changes:
        """Give up where the fight is hopeless; plead, and take a stop or not, by what is still to be lost."""
        now, crisis = self.now, actual(self.model.scene)
        hopeless = logistic(DESPAIR * (now.momentum - self.numbers.client.capitulation_odds))
        alone = now.rung < FORCE
        return {
            "surrender_rate": np.where(now.offensive & alone, hopeless, 0.0),
            "captivity": self.captivity(),
            "acceptance": accepts_stop(self.model.scene, crisis),
            "plea": alone
            * self.apply(
                plea_of_client,
                at_risk=core_at_risk(self.model.scene, crisis),
                on_own_soil=crisis.intensity * crisis.recognised,
            ),
        }

    def learn(self) -> Changes:
        """Trust less after land is lost unaided; change its mind, its government, its place in the pact."""
        now, own, days = self.now, self.numbers.client, self.elapsed
        trust, image = self._lessons()
        opinion = approached(now.opinion, image, per_day(1.0 / np.asarray(own.opinion_lag)), days)
        target = self.loyalty_target(self.captivity())
        loyalty = approached(now.loyalty, target, per_day(1.0 / np.asarray(own.loyalty_lag)), days)
        tempted = logistic(EXIT_STEEPNESS * (own.exit_threshold - now.loyalty))
        leaves = self.happens("exit", per_day(own.exit_rate) * tempted)
        return self._government(opinion) | {
            "trust": trust,
            "opinion_target": image,
            "opinion": opinion,
            "loyalty": within(loyalty),
            "status": np.where(leaves, np.minimum(now.status + 1, Status.LEFT), now.status),
        }

    def _lessons(self) -> tuple[Any, Any]:
        """Trust in the patron's troops, and opinion's target, after what the patron did or did not do."""
        now, own = self.now, self.numbers.client
        left_alone = 1.0 - np.take(SUPPORT, now.rung)
        given = own.handover_counts * now.handed_now * (now.terms != Terms.DEAL)
        unaided = left_alone * now.lost_now + given
        on_own_soil = now.intensity * (now.pressure[:, RECOGNISED] + now.pressure[:, CAPITAL])
        breach = breach_of_guarantee(self.model.scene, left_alone, on_own_soil) * self.elapsed
        core_held = (1.0 - now.core_lost) * (self.model.scene.land.class_area[CORE] > 0)
        besieged = own.breach * now.blockade * core_held * self.elapsed
        trust = now.trust * np.exp(-own.disappointment * unaided - breach - besieged)
        force = np.where(now.rung >= FORCE, np.take(SUPPORT, now.rung) * now.intensity, 0.0)
        safe = (now.lost_now <= 0) & (now.blockade <= 0)
        there = np.maximum(now.peacekeepers, force) * safe
        # Troops on the spot restore trust as far as there was still something for them to keep.
        kept = np.where(now.terms == Terms.DEAL, 1.0 - now.core_lost, now.held_contested)
        regained = np.maximum(trust, own.trust_in_troops * kept)
        trust = approached(trust, regained, per_day(own.reassurance) * there, self.elapsed)
        image = self.apply(
            damaged_image,
            image=now.opinion_target,
            unaided=unaided,
            breach=breach + besieged,
            damage=own.image_damage,
        )
        recovered = np.maximum(image, own.opinion)
        return trust, approached(image, recovered, per_day(own.image_recovery), self.elapsed)

    def _government(self, opinion: Any) -> dict[str, Any]:
        """Defeat shakes the government; opinion, by its weight, and a new leader change its alignment."""
        now, own = self.now, self.numbers.client
        shaken = now.stability * np.exp(-own.shock_of_defeat * (now.lost_now + now.handed_now))
        calm = np.maximum(shaken, own.stability)
        stability = approached(shaken, calm, per_day(1.0 / np.asarray(own.calm_after)), self.elapsed)
        falls = self.happens("fall", per_day(own.fall_rate) * (1.0 - stability) ** 2)
        change = (opinion + TINY) / (now.opinion + TINY)
        drift = self.apply(
            alignment_after, alignment=now.alignment, change=change, voice=voice_of_public(self.model.scene)
        )
        elected = self.apply(
            alignment_after, alignment=drift, change=(opinion + TINY) / (own.opinion + TINY), voice=1.0
        )
        return {
            "stability": np.where(falls, own.stability, stability),
            "alignment": within(np.where(falls, np.minimum(drift, elected), drift)),
        }

    def captivity(self) -> Any:
        """Dependence on the patron for want of another protector, 0-1."""
        return captivity_by(self.model.scene, self.now.trust)

    def loyalty_target(self, captivity: Any) -> Any:
        """Where loyalty is heading: to its level at the start, as far as the reasons to stay still hold."""
        now, own = self.now, self.numbers.client
        pull = self.apply(
            pull_of_outsiders,
            loudest=largest(now.sympathy),
            monitors=largest(now.monitors),
            arms=largest(now.arms),
        )
        reasons = attachment(self.model.scene, captivity, now.opinion) / np.maximum(now.kept_at_start, TINY)
        return within(own.loyalty * reasons * (1.0 - own.pull_of_deeds * pull))


def captivity_by(scene: Scene, trust: Any) -> Any:
    """Dependence for want of another protector, 0-1, given some trust in the patron's troops."""
    now, own = scene.now, scene.numbers.client
    other = np.maximum(
        own.outside_option, largest(np.maximum(now.troops, column(own.worth_of_deeds) * now.arms))
    )
    return scene.apply(
        security_advantage, patron=trust * now.capability, other=other, steepness=own.security_steepness
    )


def voice_of_public(scene: Scene) -> Any:
    """The weight of public opinion in the client's policy, 0-1."""
    now, own = scene.now, scene.numbers.client
    return scene.apply(
        weight_of_opinion, democracy=now.democracy, floor=own.voice_floor, added=own.voice_of_democracy
    )


def attachment(scene: Scene, captivity: Any, opinion: Any) -> Any:
    """What keeps a client with its patron, 0-1: captivity, or else goodwill.

    Captivity and goodwill compete, and either suffices. So loyalty without goodwill is possible: that is the
    captive ally of the title. Theory `revised` doubts it (loyalty_of_public).
    """
    now = scene.now
    voice = voice_of_public(scene)
    goodwill = voice * opinion + (1.0 - voice) * now.alignment
    return scene.apply(
        loyalty_of_public,
        kept=captivity + (1.0 - captivity) * goodwill,
        captivity=captivity,
        voice=voice,
        alignment=now.alignment,
        opinion=opinion,
    )


def accepts_stop(scene: Scene, crisis: Crisis) -> Any:
    """How far the client would accept a stop in a crisis, 0-1."""
    own = scene.numbers.client
    return scene.apply(
        acceptance_of_stop,
        at_risk=np.maximum(core_at_risk(scene, crisis), crisis.intensity * crisis.recognised),
        given=crisis.held_outer * scene.now.on_table,
        intransigence=own.intransigence,
        steepness=own.acceptance_steepness,
    )


def breach_of_guarantee(scene: Scene, left_alone: Any, on_own_soil: Any) -> Any:
    """How far, per day, a patron that leaves the client alone breaks a guarantee of the client's own soil."""
    return left_alone * on_own_soil * scene.numbers.client.breach * guarantee_in_force(scene)


def loyalty_expected(scene: Scene, crisis: Crisis, left_alone: Any) -> Any:
    """What would keep a client left alone to this extent in a war, 0-1, as the patron forecasts it."""
    now, own = scene.now, scene.numbers.client
    unaided = left_alone * crisis.at_stake
    breach = breach_of_guarantee(scene, left_alone, crisis.intensity * crisis.recognised)
    breach = breach * scene.numbers.challenger.plan_days
    trust = now.trust * np.exp(-own.disappointment * np.asarray(unaided) - breach)
    opinion = scene.apply(
        damaged_image, image=now.opinion, unaided=unaided, breach=breach, damage=own.image_damage
    )
    counted_on = scene.apply(dependence_counted_on, captivity=captivity_by(scene, trust))
    return attachment(scene, counted_on, opinion)
