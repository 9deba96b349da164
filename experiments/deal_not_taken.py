"""The deal of Madrid: what it would have spared, and why it was not taken."""

from experiments.common import COUNT, NO_BACKER, SHARE, peace, talks
from experiments.trial.experiment import Curves, Experiment, Trajectories, higher

taken = talks.but({"mediators.madrid_accepted": 1.0})

EXPERIMENT = Experiment(
    name="deal-not-taken",
    question="What if the deal of Madrid had been taken, and why was it not?",
    design=(
        "Five years that begin in peace, with the offer accepted before them and not; with a client whose"
        " policy refuses nothing or everything, and that is weak or strong in the field; against a "
        "challenger at half strength and full. It would count against the claims if the deal spared no "
        "war, if the client's answer did not follow its interest in the land, or if the power gap changed"
        " nothing."
    ),
    expectations=(
        higher("C12", "there are fewer wars where the offer was accepted", "wars", talks, taken, COUNT),
        higher("C14", "a client that would keep the land makes fewer deals", "peaceful_deal",
               peace.but({"client.intransigence": 0.0}), peace.but({"client.intransigence": 1.0}), SHARE),
        higher("C14", "one that fears to lose it makes more", "peaceful_deal",
               peace.but({"client.strength": 0.25}), peace.but({"client.strength": 4.0}), SHARE),
        higher("C15", "wars are more where the challenger is stronger", "wars",
               talks, talks.but({"challenger.strength": 0.5}), COUNT),
    ),
    figures=(
        Trajectories("course", "Five years, with the deal and without",
                     {"as it was": talks, "deal taken": taken}, ("held_contested", "at_war", "loyalty")),
        Curves(
            "gap",
            "Wars in five years against the challenger's strength",
            "challenger.strength",
            (0.25, 0.4, 0.55, 0.7, 0.85, 1.0, 1.5, 2.0),
            {"as it was": talks, "deal taken": taken, "no backer": talks.but(NO_BACKER)},
            ("wars", "peaceful_deal"),
        ),
    ),
)  # fmt: skip
