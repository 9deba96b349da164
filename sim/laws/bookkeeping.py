"""What does a world remember of its wars, beside its state?"""

from typing import TYPE_CHECKING

import numpy as np

from agents.theories import DUTIES
from sim.quantities import largest
from sim.world import Rung

if TYPE_CHECKING:
    from sim.model import ConflictModel


def keep_records(model: "ConflictModel", moment: float) -> None:
    """Note highest rungs, and add up over days of fighting what is read as a mean.

    Args:
        moment: the day that it is at the end of this part of the step.
    """
    world, rows, here, span = model.world, model.rows, model.here, model.elapsed
    world.rung_total[rows] = here.rung_total + span * here.rung
    world.words_total[rows] = here.words_total + span * here.words
    world.sympathy_total[rows] = here.sympathy_total + span * largest(here.sympathy)
    world.core_effort[rows] = here.core_effort + span * here.pressure[:, 1]
    world.troops_max[rows] = np.maximum(here.troops_max, largest(here.troops))
    world.humanitarian_max[rows] = np.maximum(here.humanitarian_max, here.displaced)
    world.existential_max[rows] = np.maximum(here.existential_max, here.existential)
    world.rung_max_day[rows] = np.where(here.rung > here.rung_max, moment, here.rung_max_day)
    world.rung_max[rows] = np.maximum(here.rung_max, here.rung)
    forceful = (here.rung >= Rung.PEACEKEEPERS) & np.isnan(here.first_force_day)
    world.first_force_day[rows] = np.where(forceful, moment, here.first_force_day)
    _keep_reasons(model)


def _keep_reasons(model: "ConflictModel") -> None:
    """Which rung it was, how strong each term, and which was the strongest of its side, if any was."""
    world, here, span = model.world, model.here, model.elapsed
    numbers = np.arange(world.rung.size)[model.rows]
    world.reasons_total[model.rows] = here.reasons_total + span * here.reasons
    world.rung_days[numbers, here.rung] += span
    duties, restraints = here.reasons[:, : len(DUTIES)], here.reasons[:, len(DUTIES) :]
    for first, side in ((0, duties), (len(DUTIES), restraints)):
        strongest = side.argmax(axis=1)
        world.strongest_days[numbers, first + strongest] += np.where(largest(side) > 0, span, 0.0)
