"""Words and deeds of the patron and of outsiders, and what onlookers make of them."""

from experiments.common import NONZERO, RESCUE, SHARE, for_the_border, war
from experiments.trial.experiment import Curves, Experiment, evenly, exceeds, higher, interaction
from experiments.trial.readings import reaches

# Where the treaty applies, what it has the patron say follows from the same reasons; a patron of the theory
# `treaty_only`, with which C9 was compared at first, says what a constant of ours has it say.
at_home = for_the_border
# Outsiders send nobody by C53; without it their sympathy would become troops, and could outdo the patron.
free_to_send = war.less("C53")

EXPERIMENT = Experiment(
    name="words-and-deeds",
    question="Do words and deeds part ways, and what do onlookers make of words?",
    design=(
        "The patron's words in the war beside its words where its treaty applies and those of the loudest "
        "outside power, for the client and against challenger and backer; readiness to use force on "
        "both sides; observers with and without regard for words. It would count against the claims if the "
        "patron spoke as its treaty suggests, if who speaks also sends, or if words moved observers as much "
        "as deeds."
    ),
    expectations=(
        higher("C9", "the patron says less here than where its treaty applies",
               "rhetoric_patron_mean", at_home, war, SHARE),
        higher("C9", "it blames challenger and backer less than there", "blame_patron_mean",
               at_home, war, SHARE),
        exceeds("C10", "the outsider is louder", war, "rhetoric_outsider_mean", "rhetoric_patron_mean",
                SHARE),
        exceeds("C10", "the outsider blames challenger and backer more", war, "blame_outsider_mean",
                "blame_patron_mean", SHARE),
        exceeds("C10", "the patron is the readier to send men", free_to_send, reaches(3),
                "outsider_troops_max", SHARE),
        higher("C49", "cool words cost reliance", "observer_reliability_end", war.less("C49"), war, NONZERO),
        interaction("C49", "words teach far less than deeds", "observer_reliability_end",
                    (war.but(RESCUE), war), (war.less("C49"), war), SHARE),
    ),
    figures=(
        Curves(
            "words",
            "What observers learn from words",
            "observers.lesson_of_words",
            evenly(0, 1, 6),
            {"restraint": war, "rescue": war.but(RESCUE)},
            ("observer_reliability_end", "rhetoric_patron_mean"),
        ),
    ),
)  # fmt: skip
