"""The extent of a war that pleases the challenger and keeps the client."""

from experiments.common import NOWHERE, SHARE, after, gain_of_patron, war, war_for_any_land
from experiments.trial.experiment import Curves, Experiment, Plane, Trajectories, above, evenly, higher
from experiments.trial.readings import both, gained, kept

pleased = both("challenger pleased and client kept", (gained("gratitude"), 0.001), (kept("loyalty"), 0.9))
gain = gain_of_patron()
# A war for everything, by a challenger without fear, that no red line ends.
total_war = war_for_any_land.but(
    NOWHERE
    | {"challenger.value_contested": 0.9, "challenger.value_core": 0.9, "challenger.value_recognised": 0.9}
).less("C33", "C35", "C36", "C37")


EXPERIMENT = Experiment(
    name="pleasing-both",
    question="Is there a war extent at which the patron gains on both sides, and where does it turn?",
    design=(
        "The war at paces from no advance to one four times as fast, and a war for everything that no red "
        "line ends; the patron's gain is the gratitude it gains and the loyalty it gains, with equal "
        "weight (assumption). It would count against the claims if the challenger were pleased only where"
        " the client is lost, or if the gain rose or fell throughout."
    ),
    expectations=(
        # Read at the end of 2020 at first, when loyalty had not had the time to move: it could not fail.
        above("C24", "six years on challenger pleased, client kept, in most worlds",
              pleased, after, level=0.5, least=SHARE),
        higher("C45", "a limited war gains more than one without an advance", gain, war,
               war.but({"combat.tempo": 0.0}), SHARE),
        higher("C45", "a limited war gains more than one four times as fast", gain, war,
               war.but({"combat.tempo": 1000.0}), SHARE),
        higher("C46", "a limited war gains more than a war for everything", gain, war, total_war, SHARE),
    ),
    figures=(
        Curves(
            "extent",
            "What the patron gains, by the pace of the war",
            "combat.tempo",
            (0.0, 60.0, 125.0, 250.0, 375.0, 500.0, 750.0, 1000.0),
            {"end of 2020": war, "six years on": after, "no red lines, end of 2020": war.less("C33", "C35")},
            (gain, gained("gratitude"), gained("loyalty")),
        ),
        Plane(
            "region",
            "Where the patron has both, six years after the war: share of worlds",
            after,
            ("client.outside_option", evenly(0, 1, 7)),
            ("challenger.gratitude_decay", evenly(0, 0.18, 7)),
            pleased,
        ),
        Trajectories("course", "Having both, and then not", {"article": after}, ("gratitude", "loyalty",
                     "opinion")),
    ),
)  # fmt: skip
