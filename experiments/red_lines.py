"""Red lines, signalled or not, and where they stop a war."""

from experiments.common import (
    AREA,
    COUNT,
    SHARE,
    for_outer_land,
    for_the_border,
    for_the_core,
    war,
    war_for_any_land,
)  # fmt: skip
from experiments.trial.experiment import (
    Curves,
    Experiment,
    Trajectories,
    above,
    evenly,
    exceeds,
    higher,
    interaction,
    same,
)
from experiments.trial.readings import never_before, reaches, where

force = reaches(3)
# Assumptions, set before the run.
STEEP = 0.25  # of a chance: how much more the second half of an escalation must add than the first
MOST, NEARLY_ALL = 0.5, 0.95  # shares of worlds: "forces", "certain"
SAME_CHANCE = 0.05  # of a chance
WAITING = 40  # days; claim C38: before about day 40
# Recognised land is worth as much as it is feared for, all but: only then can fear be what spares it. Chosen
# after a run in which it was worth 0.05: nobody went there, feared or not (C31 and C32 undecided).
coveted = war_for_any_land.but({"challenger.value_recognised": 0.5})
unsignalled = coveted.but({"red_lines.signalled": 0.0})
# People leave fast enough for the humanitarian line to be crossed before the core falls, and the line at
# the core, which would move the patron first, is left out.
disaster = war.but({"combat.flight": 0.1}).less("C33")
# Nothing but the client's survival can move the patron here.
survival = for_the_border.but({"patron.treaty_weight": 0.0}).less("C36")
offensive = for_the_border.but({"patron.treaty_weight": 0.0}).less("C37")


EXPERIMENT = Experiment(
    name="red-lines",
    question="Where do red lines stop the war, and does it matter that they were signalled?",
    design=(
        "Wars for outer land, for the core and for recognised land; with red lines signalled and not; "
        "with one line at a time as the only one that could move the patron. It would count against the "
        "claims if signals changed nothing, if the border were crossed as often as the core, if the "
        "patron's answer did not rise from outer land over the core to the border, or if a line that "
        "forces the patron by the article's word left it where it was in half of the worlds."
    ),
    expectations=(
        # It fails: a slower war lasts longer and comes as deep, so half the pace brings nearly as much force.
        interaction(
            "C23",
            "force comes late and steeply as the war escalates",
            force,
            (war, war.but({"combat.tempo": 125.0})),
            (war.but({"combat.tempo": 125.0}), war.but({"combat.tempo": 0.0})),
            STEEP,
        ),
        higher("C31", "fewer red lines are crossed where signalled", "red_lines_crossed", unsignalled,
               coveted, COUNT),
        higher("C31", "less recognised land is lost where signalled", "recognised_lost", unsignalled, coveted,
               AREA),
        exceeds("C32", "the core's line is crossed, the border's is not", coveted, "core_line_crossed",
                "border_line_crossed", SHARE),
        higher("C32", "fear keeps the challenger off the border", "border_line_crossed",
               coveted.less("C32"), coveted, SHARE),
        higher("C33", "force is likelier for the core than for outer land", force, for_the_core,
               for_outer_land, SHARE),
        higher("C33", "force is likelier for the border than for the core", force, for_the_border,
               for_the_core, SHARE),
        higher("C34", "the open statement draws effort to the core", "core_effort_mean", war,
               war.less("C34"), SHARE),
        higher("C34", "the open statement costs more of the core", "core_lost", war, war.less("C34"), SHARE),
        above("C35", "a disaster forces the patron in most worlds", where(force, "humanitarian_max", 0.7),
              disaster, level=MOST, least=SHARE),
        same("C35", "title makes no difference to the answer to a disaster", force, disaster,
             disaster.less("C26"), within=SAME_CHANCE),
        above("C36", "a major offensive forces the patron in most worlds", force, offensive, level=MOST,
              least=SHARE),
        higher("C36", "without that line it would not", force, offensive, offensive.less("C36"), SHARE),
        above("C37", "with survival at stake the patron acts in 19 of 20 worlds",
              where(force, "existential_max", 0.35), survival, level=NEARLY_ALL, least=0.0),
        higher("C37", "without this line it would not", force, survival, survival.less("C37"), SHARE),
        above("C38", "no line is crossed in the first 40 days in most worlds",
              never_before("first_war_date", "first_line_date", WAITING), war, level=MOST, least=SHARE),
    ),
    figures=(
        Curves(
            "pace",
            "Force against the pace of the war",
            "combat.tempo",
            (0.0, 62.5, 125.0, 187.5, 250.0, 375.0, 500.0),
            {"article": war, "no line at the core": war.less("C33")},
            (force, "core_lost"),
        ),
        Curves(
            "signals",
            "Red lines, signalled or not",
            "red_lines.signalled",
            evenly(0, 1, 6),
            {"article": war_for_any_land,
             "recognised land is a prize": coveted},
            ("red_lines_crossed", "recognised_lost"),
        ),
        Trajectories(
            "course",
            "Three wars, three answers",
            {"for outer land": for_outer_land, "for the core": for_the_core,
             "for the border": for_the_border},
            ("held_contested", "rung_3", "rung_4"),
        ),
    ),
)  # fmt: skip
