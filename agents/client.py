"""The client: why it stays with its patron, what it accepts, and when it goes."""

from typing import Any

import numpy as np

from agents.actor import Actor
from agents.patron import PROTECTION
from sim.quantities import approached, largest, logistic, per_day, within
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import Rung, Status, Terms

EXIT_STEEPNESS = 20.0  # per share of loyalty: how sharply exit follows it; assumption
DESPAIR = 40.0  # per share of success: how sharply surrender follows it; assumption


@rule("C14", neutral=0.5)
def acceptance_of_offer(held: Amount, risk: Amount, intransigence: Amount, aversion: Amount) -> Amount:
    """A client that the status quo serves keeps it, until it fears to lose it anyway.

    Claim C14. The bargaining range (Fearon 1995): an offer is taken when what it saves is worth more
    than what it gives away. It takes a fear of loss and a policy that does not refuse.

    Args:
        held: worth of the land held, as a share of what was held at the start, 0-1.
        risk: perceived risk of losing it, 0-1.
        intransigence: the client's own policy of refusal, 0-1.
        aversion: how far a feared loss counts.

    >>> float(acceptance_of_offer(held=1.0, risk=0.0, intransigence=1.0, aversion=1.0))
    0.0
    """
    return within(-(1.0 - intransigence * np.asarray(held)) * np.expm1(-np.asarray(aversion) * risk))


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
        unaided: share of land lost unaided, 0 or more.
        breach: unanswered attack on recognised land that the guarantee covers, 0 or more.
        damage: the damage per share lost.

    >>> float(damaged_image(image=0.8, unaided=0.0, breach=0.0, damage=1.5))
    0.8
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

    def answer(self) -> Changes:
        """Accept the offer of a round of talks, or refuse it; a deal needs the challenger as well."""
        now, own = self.now, self.numbers.client
        alone = 1.0 - now.trust * now.capability
        likely = self.apply(
            acceptance_of_offer,
            held=now.held_contested,
            risk=logistic(now.advantage) * alone,
            intransigence=own.intransigence,
            aversion=own.risk_aversion,
        )
        takes = now.offer_made & (self.luck("answer") < likely)
        deal = takes & (self.luck("other side") < self.numbers.mediators.challenger_accepts)
        return {
            "refused": now.offer_made & ~deal,
            "terms": np.where(deal, Terms.DEAL, now.terms),
            "terms_day": np.where(deal, self.model.scene.day, now.terms_day),
            "handing_over": now.handing_over | deal,
        }

    def begin(self) -> Changes:
        """See how far it depends on the patron."""
        return self.judge()

    def judge(self) -> Changes:
        """See how far it depends on the patron."""
        return {"captivity": self.captivity()}

    def decide(self) -> Changes:
        """Give the contested land up where the fight is hopeless and no help has come."""
        now = self.now
        hopeless = logistic(DESPAIR * (now.momentum - self.numbers.client.capitulation_odds))
        alone = now.rung < Rung.PEACEKEEPERS
        return {
            "surrender_rate": np.where(now.offensive & alone, hopeless, 0.0),
            "captivity": self.captivity(),
        }

    def learn(self) -> Changes:
        """Trust less after land is lost unaided, change its mind, and its place in the pact."""
        now, own, days = self.now, self.numbers.client, self.elapsed
        trust, image = self._lessons()
        opinion = approached(now.opinion, image, per_day(1.0 / np.asarray(own.opinion_lag)), days)
        target = self.reasons_to_stay(self.captivity())
        loyalty = approached(now.loyalty, target, per_day(1.0 / np.asarray(own.loyalty_lag)), days)
        tempted = logistic(EXIT_STEEPNESS * (own.exit_threshold - now.loyalty))
        leaves = self.happens("exit", per_day(own.exit_rate) * tempted)
        return {
            "trust": trust,
            "opinion_target": image,
            "opinion": opinion,
            "loyalty": within(loyalty),
            "status": np.where(leaves, np.minimum(now.status + 1, Status.LEFT), now.status),
        }

    def _lessons(self) -> tuple[Any, Any]:
        """Trust in the patron's troops, and its image, after what it did or did not do."""
        now, own = self.now, self.numbers.client
        left_alone = 1.0 - PROTECTION[now.rung]
        unaided = left_alone * now.lost_now
        on_own_soil = now.intensity * (now.pressure[:, 2] + now.pressure[:, 3])
        breach = left_alone * on_own_soil * own.breach * self.numbers.patron.guarantee * self.elapsed
        trust = now.trust * np.exp(-own.disappointment * unaided - breach)
        force = np.where(now.rung >= Rung.PEACEKEEPERS, PROTECTION[now.rung] * now.intensity, 0.0)
        there = np.maximum(now.peacekeepers, force)
        regained = np.maximum(trust, own.trust_in_troops)
        trust = approached(trust, regained, per_day(own.reassurance) * there, self.elapsed)
        image = self.apply(
            damaged_image, image=now.opinion_target, unaided=unaided, breach=breach, damage=own.image_damage
        )
        recovered = np.maximum(image, own.opinion)
        return trust, approached(image, recovered, per_day(own.image_recovery), self.elapsed)

    def captivity(self) -> Any:
        """Dependence on the patron for want of another protector, 0-1."""
        now, own = self.now, self.numbers.client
        other = np.maximum(own.outside_option, largest(now.troops))
        patron = now.trust * now.capability
        return self.apply(security_advantage, patron=patron, other=other, steepness=own.security_steepness)

    def reasons_to_stay(self, captivity: Any) -> Any:
        """Where loyalty is heading: kept by captivity or else by goodwill, less the pull of others.

        Captivity and goodwill compete: either suffices, so loyalty without goodwill is possible, and is
        the captive ally of the title. Theory `revised` doubts it (loyalty_of_public).
        """
        now, own = self.now, self.numbers.client
        voice = self.apply(
            weight_of_opinion, democracy=now.democracy, floor=own.voice_floor, added=own.voice_of_democracy
        )
        goodwill = voice * now.opinion + (1.0 - voice) * now.alignment
        kept = self.apply(
            loyalty_of_public,
            kept=captivity + (1.0 - captivity) * goodwill,
            captivity=captivity,
            voice=voice,
            alignment=now.alignment,
            opinion=now.opinion,
        )
        pull = self.apply(
            pull_of_outsiders,
            loudest=largest(now.sympathy),
            monitors=largest(now.monitors),
            arms=largest(now.arms),
        )
        return within(kept * (1.0 - own.pull_of_deeds * pull))
