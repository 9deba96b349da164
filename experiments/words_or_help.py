"""Words, monitors, arms and troops from others, and whether they draw the client away."""

from collections.abc import Mapping

from experiments.common import SHARE, after, war
from experiments.trial.experiment import Curves, Experiment, Setting, above, evenly, higher, same

POWERS = ("FRA", "EU", "USA")
# A client that has another protector: who depends on nobody else stays whatever it is offered (C27).
loose = after.but({"client.outside_option": 0.7})


def offers(words: float, monitors: float, arms: float) -> Mapping[str, float]:
    """The same words and deeds from each outside power."""
    gifts = {"sympathy": words, "monitors": monitors, "arms": arms}
    return {f"outsiders.powers.{power}.{gift}": size for power in POWERS for gift, size in gifts.items()}


def offered(words: float, monitors: float, arms: float) -> Setting:
    """Six years after the war, with offers."""
    return loose.but(offers(words, monitors, arms))


loud = {f"outsiders.powers.{power}.sympathy": 1.0 for power in POWERS}

EXPERIMENT = Experiment(
    name="words-or-help",
    question="Do words from outside draw the client away, or only monitors, arms and troops?",
    design=(
        "Six years after the war with outside powers that offer words alone, words taken at face value, "
        "words and monitors, words and arms, to a client with another protector in sight; and the war with "
        "powers as loud as can be. It would count against the claims if it made no difference that words "
        "do not count, if deeds did not move loyalty, or if any plea brought troops."
    ),
    expectations=(
        # By the rule words count for nothing, so that comparing them with silence could not fail.
        higher("C28", "were words taken at their word, they would lower loyalty", "loyalty_end",
               offered(1, 0, 0), offered(1, 0, 0).less("C28"), SHARE),
        higher("C28", "monitors lower loyalty", "loyalty_end", offered(1, 0, 0), offered(1, 0.8, 0), SHARE),
        higher("C28", "arms lower loyalty", "loyalty_end", offered(1, 0, 0), offered(1, 0, 0.8), SHARE),
        same("C53", "sympathy, small or large, brings no troops", "outsider_troops_max",
             war.but(loud), war.but(offers(0.2, 0, 0)), within=0.001),
        above("C53", "outside words are loud", "rhetoric_outsider_mean", war.but(loud), level=0.5,
              least=SHARE),
    ),
    figures=(
        Curves(
            "pull",
            "How strongly monitors and arms pull",
            "client.pull_of_deeds",
            evenly(0, 1, 6),
            {"words alone": offered(1, 0, 0), "words and monitors": offered(1, 0.8, 0),
             "words and arms": offered(1, 0, 0.8)},
            ("loyalty_end",),
        ),
    ),
)  # fmt: skip
