"""The patron's outrage at a turn to the west and at an attack on its ally."""

from experiments.common import SHARE, war
from experiments.trial.experiment import Curves, Experiment, Setting, evenly, higher
from experiments.trial.variants import TURN

# In the war about 0.4 of the contested land falls by force; the turn is of 0.3, and comes without any loss.
turned = Setting(TURN).but({"combat.tempo": 0.0})

EXPERIMENT = Experiment(
    name="outrage",
    question="What outrages the patron more: western alignment in its sphere, or an attack on its ally?",
    design=(
        "A war without any advance in which the client turns to the west by 0.3, against the war as it "
        "was, in which about 0.4 of the contested land falls. It would count against the claim if the "
        "larger loss of land outraged the patron as much as the smaller turn."
    ),
    expectations=(higher("C4", "the turn outrages more", "outrage_max", turned, war, SHARE),),
    figures=(
        Curves(
            "weight",
            "Outrage by how much an attack counts against a turn",
            "patron.outrage_at_attack",
            evenly(0, 1, 6),
            {"turn of 0.3": turned, "attack": war},
            ("outrage_max",),
        ),
    ),
)  # fmt: skip
