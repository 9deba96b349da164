"""The patron's image at the client's, in an autocracy and in a democracy."""

from experiments.common import RESCUE, RUNG, SHARE, after, opinion_lost_before_war, war
from experiments.trial.experiment import (
    Curves,
    Experiment,
    Setting,
    Trajectories,
    above,
    evenly,
    higher,
    interaction,
    same,
)
from experiments.trial.variants import LONG

# By length, not by pace: a war at a half, a fifth or a tenth of the pace was run first, lasted longer, and
# cost as much opinion (C40 undecided).
short = {"settlement.burn_out_scale": 1.0}  # a war that burns out in a week or two: less land is lost
vain = war.but({"patron.popularity_weight": 1.0, "patron.loyalty_weight": 0.0})
hurt, unhurt = {"client.image_damage": 0.5}, {"client.image_damage": 0.0}
# The image is hurt as much as can be, so that there is unpopularity beyond the band.
hurt_most = war.but({"client.image_damage": 5.0})
no_band = {"patron.unpopularity_tolerance": 0.0}


def client(democracy: float, damage: float) -> Setting:
    """Six years after the war, another protector in sight: a captive client stays whatever happens."""
    return after.but(
        {"client.outside_option": 0.8, "client.democracy": democracy, "client.image_damage": damage}
    )


EXPERIMENT = Experiment(
    name="opinion-and-regime",
    question="Does the patron's image at the client's matter, and does it matter more in a democracy?",
    design=(
        "Restraint against rescue, over smaller and larger losses; the same damage to the patron's image "
        "in an autocracy and a democracy; a patron with and without its band of tolerance, for once with "
        "popularity as its only reason (weight 1) so that an answer could be seen; the years before the "
        "war. It would count against the claims if restraint did not hurt, if regimes did not differ, or "
        "if the patron answered inside its band. Note 2 of the claims: C42 holds for the client, too, and"
        " then works against C30."
    ),
    expectations=(
        higher("C40", "opinion is lower after restraint than after a rescue", "opinion_end",
               after.but(RESCUE), after, SHARE),
        interaction("C40", "opinion suffers more from a larger loss", "opinion_end",
                    (after.but(RESCUE), after), (after.but(RESCUE | short), after.but(short)), SHARE),
        above("C41", "opinion slid before the first offensive", opinion_lost_before_war(), Setting(LONG),
              level=0.0, least=SHARE),
        interaction("C42", "the same damage costs more loyalty in a democracy", "loyalty_end",
                    (client(0.9, 0.0), client(0.9, 5.0)), (client(0.1, 0.0), client(0.1, 5.0)), SHARE),
        # "Leaving it out changes little" was asked at first, and could not fail: at no weight is it much.
        interaction("C43", "even where its image is hurt most, gratitude moves it more than popularity",
                    "level_mean", (hurt_most.less("C3"), hurt_most),
                    (hurt_most, hurt_most.less("C43")), RUNG),
        same("C44", "no answer of the patron inside its band", "level_mean", vain.but(hurt),
             vain.but(unhurt), within=RUNG),
        higher("C44", "an answer of the patron where it has no band", "level_mean",
               vain.but(hurt | no_band), vain.but(unhurt | no_band), RUNG),
    ),
    figures=(
        Trajectories(
            "course",
            "Opinion of the patron over six years",
            {"restraint": after, "rescue": after.but(RESCUE), "restraint, short war": after.but(short)},
            ("opinion", "loyalty"),
        ),
        Curves(
            "democracy",
            "Loyalty against democracy: note 2, the tension between C42 and C30",
            "client.democracy",
            evenly(0, 1, 6),
            {"captive client (0.15)": after,
             "another protector (0.8)": after.but({"client.outside_option": 0.8})},
            ("loyalty_end",),
        ),
    ),
)  # fmt: skip
