"""What several experiments share: settings, and the smallest effects that matter.

The smallest effects were chosen before any run, one for each kind of outcome, and are the same in all
experiments unless a file says why not. All are assumptions.
"""

from experiments.trial.experiment import Setting
from experiments.trial.readings import Reading, combined, gained, outcome
from experiments.trial.variants import AFTER, ANY_LAND, TALKS, WAR

SHARE = 0.02  # of stocks and chances: two points in a hundred
RUNG = 0.05  # of the ladder: a twentieth of a rung
COUNT = 0.1  # of wars, or red lines crossed
AREA = 10.0  # km2
DAYS = 2.0
NONZERO = 0.0  # where a claim says no more than that there is an effect

war = Setting(WAR)
# The war of 2020 has the aim that it had. Where the question is which land is spared, it may be any land.
war_for_any_land = Setting(ANY_LAND)
NO_NEW_WAR = {"challenger.war_rate": 0.0}
after = Setting(AFTER).but(NO_NEW_WAR)
talks = Setting(TALKS)
peace = talks.but(NO_NEW_WAR)  # a war would end the talks first, and most often for a weak client
NO_BACKER = {"backer.help": 0.0}

# A patron that covers the contested land too, cares most for its treaty, and minds neither the cost nor what
# the challenger thinks of it: it steps in within a week or so, with troops. The last two were added after a
# run in which the first two left it as idle as the patron that it was compared with.
RESCUE = {
    "patron.scope_contested": 1.0,
    "patron.treaty_weight": 5.0,
    "patron.cost_weight": 0.05,
    "patron.gratitude_weight": 0.0,
}
# Which claims hold the patron back: bets (C2, C3), blame (C13, C19), scope (C20), dislike (C21), window
# and title (C25, C26).
RESTRAINING_CLAIMS = ("C2", "C3", "C13", "C19", "C20", "C21", "C25", "C26")

# Wars for one kind of land only, by a challenger that does not fear the patron there.
NOWHERE = {
    "challenger.resolve_belief": 0.0,
    "challenger.value_contested": 0.0,
    "challenger.value_core": 0.0,
    "challenger.value_recognised": 0.0,
}
for_outer_land = war_for_any_land.but(NOWHERE | {"challenger.value_contested": 0.7})
for_the_core = war_for_any_land.but(NOWHERE | {"challenger.value_core": 0.7})
for_the_border = war_for_any_land.but(NOWHERE | {"challenger.value_recognised": 0.7})


def gain_of_patron() -> Reading:
    """What the patron has of both sides: gratitude and loyalty gained, with equal weight (assumption)."""
    parts = ((1.0, gained("gratitude")), (1.0, gained("loyalty")))
    return combined("gratitude and loyalty gained", "share", *parts)


def opinion_lost_before_war() -> Reading:
    """The fall of opinion of the patron from the start to the first full offensive."""
    return combined(
        "opinion lost before the war",
        "share",
        (1.0, outcome("opinion_start")),
        (-1.0, outcome("opinion_before_war")),
    )
