"""Two threads and one session: what its user asks for while a thread plays is what is done."""

import threading
import time

import solara
from mesa.visualization.utils import update_counter

from experiments.page import buttons, pacing
from experiments.page.app import page_config
from experiments.page.pacing import advance, wait_for_redraw
from experiments.page.session import Session
from tests.experiments.page.reading import Page

PATIENCE = 120.0  # seconds


def session_at(step):
    return Session(page_config(), f"numbers=defaults&world=10&step={step}")


def while_it_plays(monkeypatch, playback, step, deed):
    """Let a deed be done in the middle of the stretch that plays a step."""
    side = playback.sides[0]
    play = side.step

    def stepped():
        play()
        if len(side.history) - 1 == step:
            deed()

    monkeypatch.setattr(side, "step", stepped)


def wait_until(so):
    until = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_setting_made_during_the_last_stretch_is_played_on(monkeypatch):
    session = session_at(0)
    session.go_to(100)
    goal = session.goal.value
    monkeypatch.setattr("experiments.page.session.FIRST_STRETCH", 0)
    monkeypatch.setattr(pacing, "STRETCH", PATIENCE)
    while_it_plays(monkeypatch, goal.playback, 100, lambda: session.change(theory="treaty_only"))
    advance(session, goal)
    assert session.under_way and session.goal.value.step == 100, "the new setting waits for its own stretches"
    advance(session, session.goal.value)
    assert session.playback.value.last_step == 100 and session.setting.theory == "treaty_only"


def test_a_nearer_date_is_not_passed(monkeypatch):
    session = session_at(0)
    session.go_to(100)
    first = session.goal.value
    monkeypatch.setattr(pacing, "STRETCH", PATIENCE)
    while_it_plays(monkeypatch, first.playback, 10, lambda: session.go_to(25))
    advance(session, first)
    assert session.playback.value.last_step == 10 and session.under_way
    advance(session, session.goal.value)
    assert session.playback.value.last_step == 25 and not session.under_way


def test_a_date_that_is_reached_meanwhile_is_shown(monkeypatch):
    """The step under way is waited for before it is asked whether a date has been played."""
    session = session_at(0)
    session.go_to(100)
    monkeypatch.setattr(pacing, "STRETCH", PATIENCE)
    while_it_plays(monkeypatch, session.playback.value, 10, lambda: session.go_to(4))
    advance(session, session.goal.value)
    assert session.shown.value == 4 and session.playback.value.last_step == 10 and not session.under_way


def test_step_ends_the_search_for_news(monkeypatch):
    session = session_at(0)
    press = pressing(session)
    session.go_to_event()
    monkeypatch.setattr(pacing, "STRETCH", PATIENCE)
    monkeypatch.setattr(buttons, "wait_for_redraw", lambda: None)
    pressed = threading.Thread(target=lambda: press("Step"))

    def press_and_let_wait():  # for the step under way, as the thread of a button does
        pressed.start()
        wait_until(lambda: session.goal.peek() is None)

    while_it_plays(monkeypatch, session.playback.value, 3, press_and_let_wait)
    advance(session, session.goal.value)
    pressed.join(PATIENCE)
    assert session.playback.value.last_step == 4 and not session.under_way
    press.close()


def pressing(session):
    """What presses a button by its name."""

    @solara.component
    def Bar():  # noqa: N802
        buttons.current_session.provide(session)
        buttons.Buttons(session.playback, model_parameters=solara.use_reactive({"request": session.request}))

    page = Page(Bar())

    def press(name):
        found = {one.label: one for one in page.widgets if hasattr(one, "vue_pressed")}
        found[name].vue_pressed(0)

    press.close = page.close
    return press


def test_pause_and_play_at_once_is_played_by_one_thread(monkeypatch):
    session, gate, waiting, players = session_at(0), threading.Event(), [], []

    def sleep(_seconds):
        waiting.append(threading.current_thread())
        assert gate.wait(PATIENCE)

    def step(*_more):
        players.append(threading.current_thread())
        time.sleep(0.01)  # so that another could take its turn
        if len(players) == 20:
            session.pause()
        return True

    monkeypatch.setattr(buttons, "sleep", sleep)
    monkeypatch.setattr(buttons, "_step", step)
    press = pressing(session)
    press("▶ Play")
    wait_until(lambda: len(waiting) == 1)
    press("❚❚ Pause")
    press("▶ Play")
    wait_until(lambda: len(waiting) == 2)
    gate.set()
    wait_until(lambda: not session.playing.value)
    assert set(players) == {waiting[1]}
    press.close()


def test_what_is_played_while_the_line_is_broken_is_drawn(monkeypatch):
    monkeypatch.setattr(pacing, "is_watched", lambda: False)
    before = update_counter.peek()
    wait_for_redraw()
    assert update_counter.peek() == before + 1
