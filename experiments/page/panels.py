"""The panels of the page: headline, map, alliance, reasons and log, of one side or of two."""

from collections.abc import Callable
from datetime import date

import solara

from experiments.page.curves import curves_of
from experiments.page.differences import differences
from experiments.page.inputs import button, slider, toggle
from experiments.page.log import log_of, names_of
from experiments.page.map import drawn_shapes, key_of, map_of, short_names
from experiments.page.pacing import redraw_count
from experiments.page.playback import Playback
from experiments.page.reasons import (
    claim_of,
    deeds_of,
    felt_terms,
    heading_of,
    last_fought,
    reasons_of,
    strongest,
)
from experiments.page.session import EVERYONE, Session
from experiments.page.setting import setting_in_words
from experiments.page.snapshot import Snapshot
from experiments.page.summary import bet_told
from experiments.page.svg import HALF_WIDTH, NARROW_WIDTH, PICTURE_WIDTH, element, words
from experiments.page.terms import Glossary
from experiments.shares import in_percent

SIDES = ("A", "B")


@solara.component_vue("drawing.vue")
def ClickableDrawing(markup: str, event_picked: Callable[[str], None]) -> None:  # noqa: N802
    """Show SVG or HTML; a click on what has `data-pick`, or on a scale of `data-days`, is told.

    Args:
        markup: a picture or list made by this package, with all texts escaped.
        event_picked: the function that is told "day:80" or what `data-pick` says.
    """


@solara.component_vue("address.vue")
def Address(query: str, step: int, event_went: Callable[[str], None]) -> None:  # noqa: N802
    """Let the browser's address name the settings and the step; each setting is one that Back undoes.

    Args:
        query: the query of the settings.
        step: the step that is looked at; -1 while it moves.
        event_went: the function that is told the query of an address that was gone back to.
    """


@solara.component_vue("screen.vue")
def Screen(event_told: Callable[[bool], None]) -> None:  # noqa: N802
    """Tell whether the screen is a narrow one.

    Args:
        event_told: the function that is told.
    """


def in_full(day: date) -> str:
    """A date as people write it.

    >>> in_full(date(2020, 9, 27))
    '27 September 2020'
    """
    return f"{day.day} {day:%B %Y}"


@solara.component
def Panels(session: Session) -> None:  # noqa: N802
    """All panels, drawn again after each step."""
    redraw_count()
    playback, shown = session.playback.value, session.shown.value
    now = list(playback.at(shown))
    with solara.Div(classes=["ca-page"]):
        if len(now) == 1:
            _summary(playback, 0, now[0])
            Glossary(session)
            _one_side(session, playback, now[0])
        else:
            _two_sides(session, playback, now)


@solara.component
def Headline(session: Session) -> None:  # noqa: N802
    """The date, what is going on, and a slider to go to another date."""
    redraw_count()
    playback = session.playback.value
    sides = playback.at(session.shown.value)
    now = sides[0]
    step, steps = now.step, playback.steps_in_all
    going = [_fighting(side) for side in sides]
    if len(set(going)) > 1:
        going = [f"{name}: {said}" for name, said in zip(SIDES, going, strict=True)]
    state = [f"step {step} of {steps}", *dict.fromkeys(going)]
    if session.under_way:
        state.append("playing on …")
    if session.shown.value is not None:
        state.append("a past step is shown")
    title = element("b", words(in_full(now.day))) + element("span", words(" · ".join(state)))
    solara.HTML(tag="div", unsafe_innerHTML=title, classes=["ca-date"])
    with solara.Div(classes=["ca-time"]):
        slider("Date", step, (0, steps), lambda typed: session.go_to(int(typed)), said=in_full(now.day))
        if session.shown.value is not None:
            button("Back to the last step", lambda _: session.shown.set(None))
    moving = session.playing.value or session.under_way
    heard = "playing" if moving else f"{in_full(now.day)}: {_deed_of(session, now)}"
    solara.HTML(tag="div", unsafe_innerHTML=words(heard), classes=["ca-heard"], attributes={"role": "status"})


def _fighting(now: Snapshot) -> str:
    """Whether there is fighting; of many worlds, in how many."""
    if now.worlds > 1 and now.at_war:
        return f"fighting in {in_percent(now.at_war)} of worlds"
    return "fighting" if now.at_war >= 0.5 else "no fighting"


@solara.component
def Outdated(session: Session) -> None:  # noqa: N802
    """Which files were edited after the page had read them: what is shown, and what the command would run."""
    redraw_count()
    shown = dict.fromkeys(one.scenario for one in session.settings.value)
    edited = [name for one in shown if (name := session.config.edited_file(one))]
    said = " ".join(
        f"{name} was edited since this page was started. The page shows what it said then; the command below "
        "would run what it says now. To see that here, stop the page with Ctrl-C and start it again."
        for name in edited
    )
    solara.HTML(tag="p", unsafe_innerHTML=words(said), classes=["ca-message"], attributes={"role": "status"})


@solara.component
def Refusal(session: Session) -> None:  # noqa: N802
    """Why the last setting was not taken."""
    said = words(f"Not possible: {session.message.value}") if session.message.value else ""
    solara.HTML(tag="p", unsafe_innerHTML=said, classes=["ca-message"], attributes={"role": "alert"})


def _deed_of(session: Session, now: Snapshot) -> str:
    """What the patron of the first side does, and has done so far."""
    playback = session.playback.value
    scenario = playback.sides[0].model.scenario
    heading, deeds = (
        heading_of(scenario, now, last_fought(playback.until(0, now.step))),
        deeds_of(scenario, now),
    )
    return heading if deeds in heading or now.top is None else f"{heading} So far, {deeds}."


def _summary(playback: Playback, place: int, now: Snapshot) -> None:
    if now.step == 0 and place > 0:
        return  # it is about the same
    side = f"{element('b', SIDES[place])} " if len(playback.sides) > 1 and now.step else ""
    said = side + bet_told(playback, place, now)
    solara.HTML(tag="p", unsafe_innerHTML=said, classes=["ca-intro"])


def _one_side(session: Session, playback: Playback, now: Snapshot) -> None:
    with solara.Div(classes=["ca-two"]):
        with solara.Div():
            _map(session, playback, 0, now)
            _log(session, playback, [now])
        with solara.Div():
            _curves(session, playback, 0)
            _explain_curves(session, playback)
            _reasons(session, playback, 0, now)


def _two_sides(session: Session, playback: Playback, now: list[Snapshot]) -> None:
    """Part by part, so that A and B follow each other where they cannot stand beside each other."""
    scenario, scenarios = playback.sides[0].model.scenario, session.config.scenarios
    narrow, drawn = session.width.value == NARROW_WIDTH, drawn_shapes(scenario) is not None
    with solara.Div(classes=["ca-two", "ca-compared", *["ca-maps"] * drawn]):
        for place, moment in enumerate(now):
            with solara.Div():
                _side_heading(playback, place, setting_in_words(playback.sides[place].setting, scenarios))
                _map(session, playback, place, moment, other=now[1 - place])
    if drawn:
        short = short_names(scenario, HALF_WIDTH if narrow else PICTURE_WIDTH, near=narrow)
        key = key_of(scenario, now[0], NARROW_WIDTH if narrow else 2 * PICTURE_WIDTH, short)
        ClickableDrawing(markup=key, event_picked=session.pick)
    solara.HTML(tag="div", unsafe_innerHTML=differences(playback, now), classes=["ca-differences"])
    for place, moment in enumerate(now):
        _summary(playback, place, moment)
    Glossary(session)
    with solara.Div(classes=["ca-two", "ca-compared"]):
        for place in range(len(now)):
            with solara.Div():
                _side_heading(playback, place)
                _curves(session, playback, place)
    _explain_curves(session, playback)
    with solara.Div(classes=["ca-two", "ca-compared"]):
        for place, moment in enumerate(now):
            with solara.Div():
                _side_heading(playback, place)
                _reasons(session, playback, place, moment)
    _log(session, playback, now)


def _side_heading(playback: Playback, place: int, told: str = "") -> None:
    told = told or f"theory {playback.sides[place].setting.theory.replace('_', ' ')}"
    markup = element("b", SIDES[place]) + " " + words(told)
    solara.HTML(tag="div", unsafe_innerHTML=markup, classes=["ca-side"])


def _map(
    session: Session, playback: Playback, place: int, now: Snapshot, other: Snapshot | None = None
) -> None:
    scenario = playback.sides[place].model.scenario
    width, beside = session.width.value, other is not None
    near = beside and width == NARROW_WIDTH and drawn_shapes(scenario) is not None
    width = HALF_WIDTH if near else width
    markup = map_of(scenario, now, other, SIDES[place], key=not beside, width=width, near=near)
    ClickableDrawing(markup=markup, event_picked=session.pick)


def _curves(session: Session, playback: Playback, place: int) -> None:
    scenario = playback.sides[place].model.scenario
    other = playback.until(1 - place) if len(playback.sides) > 1 else ()
    record = session.config.record_of(scenario)
    width = session.width.value
    markup = curves_of(scenario, playback.until(place), session.shown.value, record, other, width)
    solara.HTML(tag="h2", unsafe_innerHTML="The alliance over time, shares from 0 to 1", classes=["ca-title"])
    ClickableDrawing(markup=markup, event_picked=session.pick)


def _explain_curves(session: Session, playback: Playback) -> None:
    """What the lines and marks of the curves mean, once for both sides."""
    scenario, many = playback.sides[0].model.scenario, playback.sides[0].setting.worlds > 1
    record = session.config.record_of(scenario)
    note = "lines: medians of all worlds · " if many else ""
    note += "◇ observed · " if record.points else ""
    note += "▼ dated events · shaded: fighting · click, or arrow keys: another date"
    note += " · // the scale changes" if scenario.stretch else ""
    note += " · thin: the other side" if len(playback.sides) > 1 else ""
    note += " · band: 90 % of worlds" if many else ""
    solara.HTML(tag="div", unsafe_innerHTML=words(note), classes=["ca-note"])


def _reasons(session: Session, playback: Playback, place: int, now: Snapshot) -> None:
    scenario, theory = playback.sides[place].model.scenario, playback.sides[place].setting.theory
    wanted = session.opened.value
    fought = last_fought(playback.until(place, now.step))
    felt = {term.name for term, _ in felt_terms(fought)}
    opened = wanted if wanted in felt else strongest(fought)
    heading = words(heading_of(scenario, now, fought))
    solara.HTML(tag="h2", unsafe_innerHTML=heading, classes=["ca-title", "ca-deed"])
    if markup := reasons_of(scenario, fought, theory, opened, now.highest, session.width.value):
        ClickableDrawing(markup=markup, event_picked=session.pick)
        note = "Reasons for and against a stop (rung 3), in utility: press one for its claim"
        solara.HTML(tag="div", unsafe_innerHTML=words(note), classes=["ca-note"])
    if opened:
        solara.HTML(tag="div", unsafe_innerHTML=claim_of(opened, theory), classes=["ca-claim"])


def _log(session: Session, playback: Playback, now: list[Snapshot]) -> None:
    names = {EVERYONE: "All"} | names_of(playback.sides[0].model.scenario)
    with solara.Div(classes=["ca-logs"]):
        solara.HTML(tag="h2", unsafe_innerHTML="What happened", classes=["ca-title"])
        kinds = list(names)
        toggle(
            "Of whom",
            list(names.values()),
            kinds.index(session.about.value),
            lambda place: session.about.set(kinds[place]),
        )
        with solara.Div(classes=["ca-two"]):
            for place, side in enumerate(playback.sides):
                scenario, history = side.model.scenario, playback.until(place)
                captures = session.config.record_of(scenario).captures
                markup = log_of(scenario, history, session.about.value, now[place].step, captures)
                ClickableDrawing(markup=markup, event_picked=session.pick)
