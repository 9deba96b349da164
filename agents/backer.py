"""The backer: what the challenger's own protector adds."""

from agents.actor import Actor
from sim.rule import Amount, rule
from sim.scene import Changes


@rule("C52", neutral=1.0)
def strength_with_backer(backing: Amount, material: Amount) -> Amount:
    """A backer's direct part in the war multiplies the challenger's strength.

    Claim C52.

    Args:
        backing: help on hand, 0-1.
        material: strength that full help adds, as a share of the challenger's own.

    >>> strength_with_backer(backing=1.0, material=0.5)
    1.5
    """
    return 1.0 + material * backing


@rule("C52", neutral="fear")
def shield_of_backer(fear: Amount, backing: Amount, shield: Amount) -> Amount:
    """A backer takes away some of the fear of the patron.

    Claim C52: a power engaged against the patron's ally, and nothing happened.

    Args:
        fear: the fear of the patron's reaction, 0-1.
        backing: help on hand, 0-1.
        shield: share of the fear that full help takes away, 0-1.

    >>> shield_of_backer(fear=0.5, backing=1.0, shield=0.5)
    0.25
    """
    return fear * (1.0 - shield * backing)


class Backer(Actor):
    """Helps the challenger in war and shields it from the patron."""

    shows = ("backing", "readiness")

    def help(self) -> Changes:
        """The help on hand, 0-1."""
        return {"backing": self.numbers.backer.help * self.now.readiness}
