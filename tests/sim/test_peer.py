"""The compiled peer plays the same wars as the model, so that their speeds can be compared."""

import numpy as np
import pytest

from agents.reasons import TERMS
from sim.chance import Luck
from sim.model import ConflictModel
from sim.scenarios.loading import load
from tests import peer
from tests.peer import COST, DRAWS, Peer
from tests.thorough import thorough

pytestmark = [pytest.mark.twin, thorough]  # compiling takes long
pytest.importorskip("numba", reason="the peer is compiled by Numba, which is not installed")
TOLERANCE = 1e-9
SCENARIO = load("karabakh-2020").close_up


@pytest.mark.parametrize(("seed", "first", "count"), [(0, 0, 100), (7, 1022, 65)])
def test_the_war_of_2020(seed, first, count):
    worlds = np.arange(first, first + count)
    model = ConflictModel(SCENARIO, worlds=worlds, seed=seed)
    ours, theirs = model.run(), Peer(SCENARIO, seed).run(worlds)
    for name, array in vars(ours).items():
        tolerance = TOLERANCE if array.dtype == float else 0
        np.testing.assert_allclose(theirs[name], array, rtol=tolerance, atol=tolerance, err_msg=name)
    assert (ours.offensives + ours.clashes > 1).any() and ours.handed.any()


def test_the_peer_draws_the_luck_of_the_model():
    dice, what = Peer(SCENARIO, seed=5).luck[0], DRAWS.index(("fortune", "war"))
    dice["step"], dice["world"], regions = 3, 6, np.empty(18)
    peer.compiled(peer.draw_each)(dice, what, regions)
    assert np.array_equal(regions, Luck(5, np.array([6])).uniform_each(18, 3, "fortune", "war")[0])


def test_terms_stand_in_the_order_of_the_reasons():
    named = [name.lower() for name in ("TREATY", "BORDER", "LOYALTY", "GRATITUDE", "WINDOW", "COST")]
    assert [TERMS[getattr(peer, name.upper())] for name in named] == named
    assert COST == len(TERMS) - 1
