"""Who rules the client, and how much it matters to the patron."""

from experiments.common import NONZERO, RUNG, SHARE, war
from experiments.trial.experiment import Curves, Experiment, evenly, higher

ALIGNMENT = "client.alignment"
no_frustration = {"patron.frustration_weight": 0.0}
in_danger = war.but({"client.stability": 0.2})  # C7 names rulers about to be overthrown

EXPERIMENT = Experiment(
    name="disliked-government",
    question="How much does it matter to the patron who rules the client, against its other reasons?",
    design=(
        "The same war with a ruler close to the patron (0.9) or far from it (0.1), by way of the habit to"
        " stand by friendly rulers in danger (C7) and of displeasure (C21), together and one at a time; and "
        "with single reasons left out, to see which weighs more. It would count against the claims if the "
        "ruler made no difference, or more of one than gratitude and frustration."
    ),
    expectations=(
        higher("C7", "a friendly ruler in danger is helped more", "level_mean",
               in_danger.but({ALIGNMENT: 0.9}).less("C21"), in_danger.but({ALIGNMENT: 0.1}).less("C21"),
               RUNG),
        higher("C7", "observers ruled alike rely on the patron more", "observer_reliability_start",
               war, war.less("C7"), SHARE),
        higher("C21", "the older kind of government is helped more", "level_mean",
               war.but({ALIGNMENT: 0.8}).less("C7"), war.but({ALIGNMENT: 0.4}).less("C7"), RUNG),
        higher("C22", "dropping the dislike changes something", "level_mean", war.less("C21"), war, NONZERO),
        higher("C22", "dropping frustration changes more than dropping dislike", "level_mean",
               war.but(no_frustration), war.less("C21"), RUNG),
        higher("C22", "dropping gratitude changes more than dropping dislike", "level_mean", war.less("C3"),
               war.less("C21"), RUNG),
        higher("C54", "with another ruler, all else equal, support rises", "level_mean",
               war.but({ALIGNMENT: 0.9}), war.but({ALIGNMENT: 0.1}), RUNG),
    ),
    figures=(
        Curves(
            "ruler",
            "The patron's mean rung against the ruler's closeness to it",
            ALIGNMENT,
            evenly(0, 1, 6),
            {"both reasons": war, "displeasure alone": war.less("C7"),
             "friendly rulers alone": war.less("C21")},
            ("level_mean",),
        ),
    ),
)  # fmt: skip
