"""The land that the patron's restraint lets the challenger take, by district and date."""

from experiments.common import (
    AREA,
    COUNT,
    DAYS,
    NO_BACKER,
    RESCUE,
    RESTRAINING_CLAIMS,
    RUNG,
    SHARE,
    talks,
    war,
    war_for_any_land,
)
from experiments.trial.experiment import (
    Curves,
    Experiment,
    Setting,
    Trajectories,
    above,
    evenly,
    higher,
    interaction,
)
from experiments.trial.readings import days_between

unrestrained = war.less(*RESTRAINING_CLAIMS)


def window(days: float) -> Setting:
    """The war with a window of so many days."""
    return war.but({"patron.window_days": days})


EXPERIMENT = Experiment(
    name="territorial-shifts",
    question="How far does the patron's restraint let the challenger go, by district and date?",
    design=(
        "The same wars with the patron's reasons for restraint and without them; with windows of 15 to "
        "105 days; with the backer, without it, and without the part of its help that takes fear away; "
        "and with a challenger that does not weigh its targets. It would count against the claims if as "
        "much land fell without restraint, if longer windows brought no more land or ever more per day, "
        "if the backer changed nothing, or if districts fell in no order."
    ),
    expectations=(
        higher("C1", "more land is lost with restraint than without", "share_lost", war, unrestrained, SHARE),
        higher("C1", "the patron does more without restraint", "level_mean", unrestrained, war, RUNG),
        higher(
            "C25", "45 days of window give more land than 15", "share_by_force", window(45), window(15), SHARE
        ),
        higher("C25", "105 days of window give more land than 45", "share_by_force", window(105),
               window(45), SHARE),
        interaction(
            "C25",
            "days added to the window early give more than late",
            "share_by_force",
            (window(45), window(15)),
            (window(75), window(45)),
            SHARE,
        ),
        higher(
            "C26", "the patron does more without regard to title", "level_mean", war.less("C26"), war, RUNG
        ),
        higher("C52", "more land falls by force with a backer", "share_by_force", war,
               war.but(NO_BACKER), SHARE),
        higher("C52", "wars are more with a backer", "wars", talks, talks.but(NO_BACKER), COUNT),
        higher(
            "C52",
            "the backer's shield adds to what its arms give",
            "share_by_force",
            war,
            war.but({"backer.shield": 0.0}),
            SHARE,
        ),
        higher("C55", "recognised land is spared", "recognised_lost", war_for_any_land.less("C55"),
               war_for_any_land, AREA),
        above(
            "C55",
            "plain Jabrayil falls days before mountainous Shushi, where both fall",
            days_between("fell_JAB", "fell_SHU"),
            war,
            level=0,
            least=DAYS,
        ),
    ),
    figures=(
        Trajectories(
            "course",
            "Land and the patron's rung, day by day",
            {"article": war, "no restraint": unrestrained, "a patron that rescues": war.but(RESCUE)},
            ("held_contested", "core_lost"),
        ),
        Curves(
            "window",
            "Land taken by force against the patron's window",
            "patron.window_days",
            (1.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0),
            {"article": war, "window weighs double": war.but({"patron.window_weight": 1.0})},
            ("share_by_force",),
        ),
        Curves(
            "backer",
            "What the backer adds",
            "backer.help",
            evenly(0, 1, 6),
            {"arms and shield": war, "arms alone": war.but({"backer.shield": 0.0})},
            ("share_by_force", "core_lost"),
        ),
    ),
)  # fmt: skip
