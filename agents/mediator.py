"""The mediators: how they offer a deal, lose patience, and lay the blame."""

import numpy as np

from agents.actor import Actor
from sim.quantities import approached, per_day, within
from sim.rule import Amount, rule
from sim.scene import Changes
from sim.world import Terms

RELIEF = 1.0  # per year: how fast frustration fades once a deal is made; assumption


@rule("C11", neutral="frustration")
def updated_frustration(frustration: Amount, step: Amount, blame: Amount, haste: Amount) -> Amount:
    """Mediators grow more frustrated with each round of talks that the client causes to fail.

    Claim C11: the patron, like the other mediators, over years.

    Args:
        frustration: the frustration before, 0-1.
        step: added by a round that fails through the client alone, 0-1.
        blame: the client's share of the blame, 0-1.
        haste: factor for refusing while weakening, 1 or more.

    >>> float(updated_frustration(frustration=0.5, step=0.5, blame=1.0, haste=1.0))
    0.75
    """
    return frustration + (1.0 - frustration) * within(step * blame * haste)


@rule("C12", neutral=0.0)
def offer_on_table(tabled: Amount) -> Amount:
    """There was a deal to be had: cede the districts around the core, then talk about the core.

    Claim C12: the Madrid Principles. The same terms serve for an imposed stop.

    Args:
        tabled: whether the offer has been made, 0 or 1.

    >>> offer_on_table(tabled=1.0)
    1.0
    """
    return tabled


@rule("C13", neutral=0.5)
def blame_on_client(share: Amount) -> Amount:
    """The next move was the client's, so the blame is the client's.

    Claim C13, contested: note 1 of the claims. Without it the blame is even.

    Args:
        share: the client's share of the blame, 0-1.

    >>> blame_on_client(share=0.75)
    0.75
    """
    return share


@rule("C18", neutral=1.0)
def refusal_while_weakening(shift: Amount, factor: Amount) -> Amount:
    """It is refusing while growing weaker that is judged unreasonable.

    Claim C18: an interaction of refusal and power shift.

    Args:
        shift: log of the challenger's over the client's strength, as the patron sees it.
        factor: how far it speeds frustration up.

    >>> float(refusal_while_weakening(shift=-1.0, factor=0.5))
    1.0
    """
    return 1.0 + factor * np.maximum(shift, 0.0)


class Mediator(Actor):
    """The mediators as one body, the patron among them: one frustration for all."""

    shows = ("offer_tabled", "frustration", "refused")

    def help(self) -> Changes:
        """Whether terms are on the table, and who is to blame for their not being in force."""
        return {
            "on_table": np.asarray(self.apply(offer_on_table, tabled=self.now.offer_tabled)) > 0,
            "blame": self.apply(blame_on_client, share=self.numbers.client.blame_share),
        }

    def offer(self) -> Changes:
        """Hold a round of talks now and then, in peace, while the offer has not been accepted."""
        now = self.now
        round_held = self.happens("round", per_day(self.numbers.mediators.rounds))
        open_question = ~now.at_war & (now.terms == Terms.NONE)
        return {"offer_made": round_held & open_question & now.on_table}

    def judge(self) -> Changes:
        """Lose patience over refusals; forget slowly, or faster when a deal is made."""
        now, own = self.now, self.numbers.mediators
        haste = self.apply(refusal_while_weakening, shift=now.perceived_shift, factor=own.weakening_factor)
        grown = self.apply(
            updated_frustration,
            frustration=now.frustration,
            step=own.frustration_step * now.refused,
            blame=now.blame,
            haste=haste,
        )
        rate = np.where(now.terms == Terms.DEAL, RELIEF, own.frustration_decay)
        return {"frustration": approached(grown, 0.0, per_day(rate), self.elapsed)}
