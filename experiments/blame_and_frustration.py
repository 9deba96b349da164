"""The patience of the patron with a client that refuses while it weakens."""

from experiments.common import NO_NEW_WAR, RUNG, SHARE, peace, war
from experiments.trial.experiment import Curves, Experiment, Setting, evenly, higher
from experiments.trial.variants import BUILDUP

refusing = peace.but({"client.intransigence": 1.0})
buildup = Setting(BUILDUP)
RATIO = 0.1  # of the power ratio that the patron sees

EXPERIMENT = Experiment(
    name="blame-and-frustration",
    question="Does a client that refuses a deal while it weakens exhaust its patron's patience?",
    design=(
        "Five years of talks with none or three rounds a year, with a client that refuses everything "
        "against a weaker or stronger challenger, and with the deal taken; the war with more or less "
        "frustration, blame and refusal behind it; ten years in which power shifts, seen at once or late."
        " It would count against the claims if frustration, blame or the client's own part left the "
        "patron's rung where it is."
    ),
    expectations=(
        higher("C11", "failed rounds frustrate mediators", "frustration_end",
               refusing.but({"mediators.rounds": 3.0}),
               refusing.but({"mediators.rounds": 0.0}), SHARE),
        higher("C11", "a concession relieves them", "frustration_end", peace,
               peace.but({"mediators.madrid_accepted": 1.0}), SHARE),
        higher("C13", "the patron does less the more blame lies on the client", "level_mean",
               war.but({"client.blame_share": 0.0}), war.but({"client.blame_share": 1.0}), RUNG),
        higher("C16", "the patron does less the more frustrated it is", "level_mean",
               war.but({"mediators.frustration": 0.0}), war.but({"mediators.frustration": 1.0}), RUNG),
        higher("C17", "a slow patron sees less of a shift of power", "perceived_ratio_end",
               buildup.but(NO_NEW_WAR | {"patron.perception_lag": 0.1}),
               buildup.but(NO_NEW_WAR | {"patron.perception_lag": 10.0}), RATIO),
        higher("C17", "a slow patron restrains itself less", "level_mean",
               buildup.but({"patron.perception_lag": 10.0}), buildup.but({"patron.perception_lag": 0.1}),
               RUNG),
        higher("C18", "refusing while weak frustrates more than from strength", "frustration_end",
               refusing, refusing.but({"challenger.strength": 0.25}), SHARE),
        higher("C19", "the patron does less for trouble of the client's own making", "level_mean",
               war.but({"client.intransigence": 0.0}), war.but({"client.intransigence": 1.0}), RUNG),
    ),
    figures=(
        Curves(
            "blame",
            "The patron's mean rung against the blame on the client",
            "client.blame_share",
            evenly(0, 1, 6),
            {"calm (0)": war.but({"mediators.frustration": 0.0}), "as it was (0.6)": war,
             "exasperated (1)": war.but({"mediators.frustration": 1.0})},
            ("level_mean",),
        ),
        Curves(
            "rounds",
            "Frustration after five years of talks",
            "mediators.rounds",
            evenly(0, 6, 7),
            {"refuses all": refusing, "as it was": peace,
             "refuses all, from strength": refusing.but({"challenger.strength": 0.25})},
            ("frustration_end",),
        ),
    ),
)  # fmt: skip
