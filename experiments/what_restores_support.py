"""The reasons for restraint, left out one by one and together."""

from experiments.common import RESTRAINING_CLAIMS, RUNG, war
from experiments.trial.experiment import Experiment, Trajectories, higher, same

RESTRAINT_WORDS = {
    "C2": "captivity",
    "C3": "gratitude",
    "C13": "blame",
    "C19": "the client's own policy",
    "C20": "the narrow scope",
    "C21": "the disliked government",
    "C25": "the window",
    "C26": "legal title",
}
HALF_A_RUNG = 0.5  # how far support may be from that of a treaty patron; assumption
free = war.less(*RESTRAINING_CLAIMS)

EXPERIMENT = Experiment(
    name="what-restores-support",
    question="Which reasons for restraint would have to go before the patron's habit of support returns?",
    design=(
        "The war with one reason for restraint left out at a time, and with all eight left out, beside a "
        "patron that keeps its treaty and asks no more. It would count against the claim if single "
        "reasons changed nothing, or if support stayed away with all of them gone."
    ),
    expectations=(
        *(
            higher("C8", f"without {words} the patron does more", "level_mean", war.less(claim), war, RUNG)
            for claim, words in RESTRAINT_WORDS.items()
        ),
        same("C8", "without all of them it does what treaty alone would have it do, within half a rung",
             "level_mean", free, war.under("treaty_only"), within=HALF_A_RUNG),
    ),
    figures=(
        Trajectories("course", "Support, with and without reasons for restraint",
                     {"article": war, "no restraint": free, "treaty only": war.under("treaty_only")},
                     ("held_contested", "rung_3", "rung_4")),
    ),
    also=("C1",),
)  # fmt: skip
