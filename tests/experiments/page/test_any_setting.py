"""Whatever a valid setting leads to can be drawn; what cannot is told in one sentence."""

from datetime import timedelta

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agents.claims import all_claims
from agents.theories import THEORIES
from experiments.page import panels
from experiments.page.app import page_config
from experiments.page.controls import QuestionsCard, SettingsCard
from experiments.page.downloads import Downloads, csv_of
from experiments.page.guard import Guarded
from experiments.page.panels import Panels
from experiments.page.session import Session
from experiments.page.setting import SideSetting
from sim.scenarios.values import describe
from tests.experiments.page.reading import SCENARIOS, Page
from tests.thorough import thorough

RULES = [claim.id for claim in all_claims() if claim.kind == "rule"]
FAR = 40  # steps
NOTHING_WEIGHS = SideSetting(theory="base_rate", changes=(("patron.cost_weight", 0.0),))


@st.composite
def settings_at_large(draw):
    """Any scenario, any theory, any parameters at their ends or between, any claims left out."""
    scenario = draw(st.sampled_from(list(SCENARIOS)))
    known = describe(SCENARIOS[scenario])
    nothing_weighs = {p.path: p.low for p in known if p.path.startswith("patron.") and "weight" in p.path}
    changes = draw(st.sampled_from([{}, nothing_weighs])).copy()
    for info in draw(st.lists(st.sampled_from(known), max_size=5, unique_by=lambda info: info.path)):
        inside = st.floats(info.low, info.high, allow_nan=False)
        changes[info.path] = draw(st.sampled_from([info.low, info.high]) | inside)
    return SideSetting(
        scenario=scenario,
        theory=draw(st.sampled_from(list(THEORIES))),
        without=tuple(sorted(draw(st.sets(st.sampled_from(RULES), max_size=4)))),
        seed=draw(st.integers(0, 3)),
        worlds=draw(st.sampled_from([1, 1, 100])),
        changes=tuple(sorted(changes.items())),
        numbers=draw(st.sampled_from(["defaults", "prior"])),
    )


@thorough
@settings(max_examples=8, deadline=timedelta(minutes=2))
@given(
    first=settings_at_large(), theory=st.none() | st.sampled_from(list(THEORIES)), step=st.integers(1, FAR)
)
@example(first=NOTHING_WEIGHS, theory=None, step=1)
def test_any_state_that_a_setting_reaches_can_be_drawn(first, theory, step):
    session = Session(page_config(), "worlds=1")
    session.apply((first,) if theory is None else (first, first.with_values(theory=theory)))
    assume(not session.message.value)  # two parameters may not go together
    session.playback.value.run_to(step, seconds=1000)
    session.shown.value = step // 2 if step % 2 else None
    for part in (Panels, Downloads, QuestionsCard, SettingsCard):
        Page(part(session)).close()
    for side in session.playback.value.sides:
        assert csv_of(side.model.scenario, side.history)


def test_what_cannot_be_drawn_is_one_sentence_until_it_can(monkeypatch, capsys):
    session = Session(page_config(), "worlds=1")
    session.playback.value.run_to(3, seconds=1000)

    def broken(scenario, now, *rest, **marks):
        if now.step == 2:
            raise ZeroDivisionError("/home/somebody/secret")
        return '<svg xmlns="http://www.w3.org/2000/svg"><title>a map</title></svg>'

    monkeypatch.setattr(panels, "map_of", broken)
    page = Page(Guarded(session, "This date", Panels))
    assert len(page.titled("a map")) == 1 and not page.named("Alert")
    session.go_to(2)
    (alert,) = page.named("Alert")
    assert "This date cannot be shown: an error in this program (ZeroDivisionError)" in str(alert.children)
    assert "secret" not in str(alert.children) and "secret" in capsys.readouterr().err
    session.go_to(1)
    assert len(page.titled("a map")) == 1 and not page.named("Alert")
    session.playback.value.step()
    assert session.playback.value.last_step == 4, "it can still be played"
    page.close()
