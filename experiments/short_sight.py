"""Short sight of the patron: what it gains at first and costs later."""

from experiments.common import SHARE, after, war
from experiments.trial.experiment import Curves, Experiment, evenly, higher

myopic, patient = {"patron.discount_rate": 2.0}, {"patron.discount_rate": 0.0}

EXPERIMENT = Experiment(
    name="short-sight",
    question="Does a short-sighted patron do better at first, and worse later?",
    design=(
        "A patron that discounts what neglected allies will cost it at 200 % a year, against one that "
        "does not discount; at the end of the war and six years later. It would count against the claim "
        "if short sight brought nothing at once or cost nothing later."
    ),
    expectations=(
        higher("C51", "short sight has more of the challenger's gratitude at once", "gratitude_end",
               war.but(myopic), war.but(patient), SHARE),
        higher("C51", "short sight has less of others' reliance six years on", "observer_reliability_end",
               after.but(patient), after.but(myopic), SHARE),
        higher("C51", "short sight has less standing in its sphere", "sphere_credibility_end",
               after.but(patient), after.but(myopic), SHARE),
    ),
    figures=(
        Curves(
            "discount",
            "What the discount rate brings and costs",
            "patron.discount_rate",
            evenly(0, 2, 6),
            {"end of 2020": war, "six years on": after,
             "six years on, allies weigh 2": after.but({"patron.allies_weight": 2.0})},
            ("gratitude_end", "observer_reliability_end", "sphere_credibility_end"),
        ),
    ),
)  # fmt: skip
