"""The treaty: what it adds to the patron's reasons, and where it applies."""

from experiments.common import RESTRAINING_CLAIMS, RUNG, for_outer_land, for_the_border, war
from experiments.trial.experiment import Curves, Experiment, evenly, higher, interaction
from experiments.trial.readings import reaches

# The treaty is in force everywhere: as it stands it covers no contested land, and could not have moved the
# patron in this war whatever its weight (asked so at first, C5 held by the scope alone).
everywhere = war.but({"patron.scope_contested": 1.0})
bound, unbound = everywhere.but({"patron.guarantee": 1.0}), everywhere.but({"patron.guarantee": 0.0})
# The lines at the border and for survival read an attack on recognised land, too; left out on both sides.
home, abroad = for_the_border.less("C36", "C37"), for_outer_land.less("C36", "C37")
MUCH = 0.2  # of a chance: the claim says that one is far higher than the other

EXPERIMENT = Experiment(
    name="treaty",
    question="Is a formal alliance enough to bring support, and where does it apply?",
    design=(
        "The war under a mutual-defence treaty in force everywhere and under none, against that treaty "
        "with and without the other reasons for restraint; and the same attack on recognised land and on "
        "land held abroad. It would count against the claims if the treaty moved the patron more than the "
        "other reasons together, or if it did not matter where the fighting is."
    ),
    expectations=(
        interaction("C5", "even in force everywhere, the treaty moves the patron less than the other reasons",
                    "level_mean", (bound.less(*RESTRAINING_CLAIMS), bound), (bound, unbound), RUNG),
        higher("C5", "under the treaty, the other reasons change it much", "level_mean",
               bound.less(*RESTRAINING_CLAIMS), bound, RUNG),
        higher("C20", "recognised land is defended far more often", reaches(3),
               home, abroad, MUCH),
        higher("C20", "day by day, recognised land is defended by more", "level_mean", home, abroad, RUNG),
    ),
    figures=(
        Curves(
            "scope",
            "The patron's mean rung against the scope of its guarantee",
            "patron.scope_contested",
            evenly(0, 1, 6),
            {"full guarantee": bound, "half": war.but({"patron.guarantee": 0.5}), "none": unbound},
            ("level_mean",),
        ),
    ),
    also=("C34",),
)  # fmt: skip
