"""The loyalty of a client that loses land, with another protector and without."""

from experiments.common import NO_NEW_WAR, RESCUE, RUNG, SHARE, after, war
from experiments.trial.experiment import (
    Curves,
    Experiment,
    Plane,
    Setting,
    Trajectories,
    above,
    evenly,
    higher,
    interaction,
    same,
)
from experiments.trial.readings import has_status, kept
from experiments.trial.variants import AFTER

OPTION = "client.outside_option"
spared = {"combat.tempo": 0.0}  # a war without any advance


def with_option(credibility: float, rescued: bool = False) -> Setting:
    """Six years after a war, with another protector of some credibility."""
    return after.but({OPTION: credibility} | (RESCUE if rescued else {}))


EXPERIMENT = Experiment(
    name="alliance-loyalty",
    question="Does a client without another protector stay loyal, whatever it loses?",
    design=(
        "Six years after the war (no second one), with another protector from none to as credible as can "
        "be, after restraint and after a rescue, and after a war in which no land is lost. It would count"
        " against the claims if the patron's choice ignored captivity, if abandonment cost as much "
        "loyalty without another protector as with one, or if the loss of land cost loyalty by itself."
    ),
    expectations=(
        higher("C2", "the patron does less for a client with nowhere to go", "level_mean",
               war.but({OPTION: 0.9}), war.but({OPTION: 0.0}), RUNG),
        interaction("C27", "abandonment costs more loyalty where there is another protector", "loyalty_end",
                    (with_option(0.8, rescued=True), with_option(0.8)),
                    (with_option(0.1, rescued=True), with_option(0.1)), SHARE),
        higher("C29", "loyalty falls as another's troops gain credibility", "loyalty_end",
               with_option(0.25), with_option(0.9), SHARE),
        higher("C29", "with a full outside option some freeze or leave", has_status("frozen", "left"),
               with_option(1.0), with_option(0.0), SHARE),
        same("C30", "losing land changes loyalty by less than 0.05", "loyalty_end",
             after, after.but(spared), within=0.05),
        above("C30", "nine tenths of loyalty are left after the loss of land", kept("loyalty"), after,
              level=0.9, least=0.0),
    ),
    figures=(
        Plane(
            "phases",
            "The phase diagram of captivity: loyalty six years after the war",
            after,
            (OPTION, evenly(0, 1, 9)),
            ("combat.tempo", (0.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0)),
            "loyalty_end",
        ),
        Curves(
            "option",
            "Loyalty against the outside option",
            OPTION,
            evenly(0, 1, 9),
            {"restraint": after, "rescue": after.but(RESCUE), "no land lost": after.but(spared)},
            ("loyalty_end", "captive_loyalty_end"),
        ),
        Trajectories(
            "course",
            "Loyalty and opinion over six years",
            {"nobody else": with_option(0.0), "as it was (0.15)": Setting(AFTER).but(NO_NEW_WAR),
             "another protector (0.8)": with_option(0.8)},
            ("loyalty", "opinion", "captivity"),
        ),
    ),
)  # fmt: skip
