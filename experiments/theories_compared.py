"""The same war under patrons of other theories."""

from agents.theories import THEORIES
from experiments.common import after, war
from experiments.trial.experiment import Curves, Experiment, Trajectories, evenly

EXPERIMENT = Experiment(
    name="theories-compared",
    question="What would a patron of another theory have done on the same start, with the same luck?",
    design=(
        "The war and the six years after it under each theory of the patron's choice. Nothing is judged "
        "here: how each theory stands against the record is told by the experiment `history`."
    ),
    figures=(
        Trajectories("war", "The war under rival theories", {name: war.under(name) for name in THEORIES},
                     ("held_contested", "core_lost", "loyalty")),
        Trajectories("after", "Six years under rival theories",
                     {name: after.under(name) for name in THEORIES}, ("loyalty", "gratitude", "reliability")),
        Curves(
            "force",
            "Who acts when force is short?",
            "patron.capability",
            evenly(0.1, 1, 6),
            {name: war.under(name) for name in THEORIES},
            ("level_mean", "share_lost"),
        ),
    ),
)  # fmt: skip
