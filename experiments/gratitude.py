"""The challenger's gratitude for restraint, and how long it lasts."""

from experiments.common import RESCUE, RUNG, SHARE, after, war
from experiments.trial.experiment import Curves, Experiment, Trajectories, evenly, higher

EXPERIMENT = Experiment(
    name="gratitude",
    question="Is the challenger grateful for restraint, and for how long?",
    design=(
        "The war with restraint and with a rescue, read at its end and six years later; and a patron that"
        " does not bet on gratitude. It would count against the claim if restraint earned no more than a "
        "rescue, or if the bet made no difference to what the patron does."
    ),
    expectations=(
        higher("C3", "restraint earns more gratitude than a rescue", "gratitude_end", war, war.but(RESCUE),
               SHARE),
        higher("C3", "some gratitude is left six years on", "gratitude_end", after, after.but(RESCUE), SHARE),
        higher("C3", "without the bet the patron does more", "level_mean", war.less("C3"), war, RUNG),
    ),
    figures=(
        Trajectories("course", "Gratitude over six years", {"restraint": after, "rescue": after.but(RESCUE)},
                     ("gratitude",)),
        Curves(
            "decay",
            "Gratitude six years on, by how fast it fades",
            "challenger.gratitude_decay",
            evenly(0, 1, 6),
            {"restraint": after, "rescue": after.but(RESCUE)},
            ("gratitude_end",),
        ),
    ),
)  # fmt: skip
