"""What the patron's other allies learn from its restraint."""

from experiments.common import NO_BACKER, RESCUE, RUNG, SHARE, after, war
from experiments.trial.experiment import Curves, Experiment, Trajectories, below, higher, interaction, same

strong, weak = war.but({"patron.capability": 1.0}), war.but({"patron.capability": 0.5})

EXPERIMENT = Experiment(
    name="other-allies-watch",
    question="What do the patron's other allies and neighbours make of its restraint?",
    design=(
        "Restraint against rescue, with the backer and without it, at the end of the war and six years "
        "on; a patron with all its force at hand. It would count against the claims if standing in the "
        "sphere, reliance or the backer's influence did not move, if all was forgotten in six years, "
        "if a strong patron stepped in, or if observers told its restraint from weakness."
    ),
    expectations=(
        higher("C6", "a rival's unanswered action spends standing", "sphere_credibility_end",
               war.but(NO_BACKER), war, SHARE),
        higher("C6", "an answer keeps it", "sphere_credibility_end", war.but(RESCUE), war, SHARE),
        higher("C39", "attention makes the lesson larger", "observer_reliability_end", war.less("C39"), war,
               SHARE),
        higher("C47", "others rely on the patron less six years on", "observer_reliability_end",
               after.but(RESCUE), after, SHARE),
        higher("C47", "others take less part in the patron's pact", "observer_participation_end",
               after.but(RESCUE), after, SHARE),
        higher("C48", "the backer gains standing where the patron is passive", "backer_influence_end",
               war, war.but(RESCUE), SHARE),
        higher("C48", "the backer gains standing only where it acts itself", "backer_influence_end", war,
               war.but(NO_BACKER), SHARE),
        below("C50", "a patron with all its force stays below diplomacy", "level_mean",
              strong, level=1.0, least=RUNG),
        interaction("C50", "its reasons matter more than its force", "level_mean",
                    (strong.less("C3"), strong), (strong, weak), RUNG),
        same("C50", "observers take a strong patron's restraint as they take a weak one's",
             "observer_reliability_end", strong, weak, within=SHARE),
    ),
    figures=(
        Trajectories("course", "Reliance and standing over six years",
                     {"restraint": after, "rescue": after.but(RESCUE)},
                     ("reliability", "sphere_credibility")),
        Curves(
            "force",
            "The patron's mean rung against its force",
            "patron.capability",
            (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0),
            {"article": war, "no gratitude": war.less("C3"), "treaty only": war.under("treaty_only")},
            ("level_mean", "observer_reliability_end"),
        ),
    ),
)  # fmt: skip
