"""What does the page show? Map, alliance, reasons and log, of one side or of two."""

from datetime import date

import solara

from experiments.figures.map import in_percent
from experiments.page import pacing as gate
from experiments.page.curves import curves_of
from experiments.page.differences import differences
from experiments.page.land_svg import land_of
from experiments.page.log import log_of, names_of
from experiments.page.map import key_of, map_of
from experiments.page.playback import Show
from experiments.page.reasons import felt_terms, heading_of, last_fought, reasons_of, strongest
from experiments.page.session import EVERYONE, Desk
from experiments.page.setting import in_words
from experiments.page.snapshot import SHOWN, Snapshot
from experiments.page.svg import element, words
from experiments.page.terms import terms
from experiments.page.widgets import Drawing

INTRO = (
    "In autumn 2020 {challenger} retook land around Nagorno-Karabakh by force, and {patron}, the treaty ally "
    "of {client}, looked on. The article's explanation: {patron} bets that {client} has nowhere else to go, "
    "and that {challenger} will be grateful. Press ▶ and watch whether the model agrees: who holds the land, "
    "what becomes of the alliance, and {patron}'s reasons at every step."
)
ARTICLES_MAP = "south-caucasus"  # that the introduction is about
BET = (
    "The bet so far: {client}'s loyalty {loyalty}, {challenger}'s gratitude {gratitude}. The price: "
    "{client}'s opinion of {patron} {opinion}, other allies' belief in {patron} {reliability}; {lost} of the "
    "contested land is lost."
)
SIDES = ("A", "B")


def in_full(day: date) -> str:
    """A date as people write it.

    >>> in_full(date(2020, 9, 27))
    '27 September 2020'
    """
    return f"{day.day} {day:%B %Y}"


@solara.component
def Panels(desk: Desk) -> None:  # noqa: N802
    """All panels, drawn again after each step."""
    redraw = gate.redraws()
    show, shown = desk.show.value, desk.shown.value
    _watch(desk, show)
    now = list(show.at(shown))
    with solara.Column(gap="8px", classes=["ca-page"]):
        if desk.message.value:
            solara.Error(f"Not possible: {desk.message.value}", dense=True)
        _headline(desk, show, now)
        for place, moment in enumerate(now):
            _summary(show, place, moment)
        if len(now) == 1:
            _one_side(desk, show, now[0])
        else:
            _two_sides(desk, show, now)
    solara.use_effect(lambda: gate.done(redraw), [redraw])


def _watch(desk: Desk, show: Show) -> None:
    """Follow the last step again when the show is another; stop the old one."""

    def begin() -> object:
        desk.shown.value = None
        return show.stop

    solara.use_effect(begin, [show])


def _headline(desk: Desk, show: Show, now: list[Snapshot]) -> None:
    """The date, what is going on, and a slider to go to another date."""
    step, steps = now[0].step, show.steps_in_all
    going = "fighting" if now[0].at_war >= 0.5 else "no fighting"
    if now[0].worlds > 1 and now[0].at_war:
        going = f"fighting in {in_percent(now[0].at_war)} of worlds"
    state = [f"step {step} of {steps}", going]
    if desk.under_way:
        state.append("playing on …")
    if desk.shown.value is not None:
        state.append("a past step is shown")
    title = element("b", words(in_full(now[0].day))) + element("span", words(" · ".join(state)))
    with solara.Row(classes=["ca-headline"], style="align-items:center", gap="12px"):
        solara.HTML(tag="div", unsafe_innerHTML=title, classes=["ca-date"])
        slider = solara.v.Slider(
            v_model=step,
            min=0,
            max=steps,
            step=1,
            hide_details=True,
            dense=True,
            label="Date",
            class_="ca-time",
        )
        solara.v.use_event(slider, "change", lambda _widget, _event, data: desk.go_to(int(data)))
        if desk.shown.value is not None:
            solara.Button(
                "Back to the last step", on_click=lambda: desk.shown.set(None), small=True, text=True
            )


def _summary(show: Show, place: int, now: Snapshot) -> None:
    """What it is about, at the start; then how the patron's bet stands."""
    cast = show.sides[place].model.scenario.cast
    names = {"patron": cast.patron.name, "client": cast.client.name, "challenger": cast.challenger.name}
    if now.step == 0 and place > 0:
        return
    if now.step == 0:
        scenario = show.sides[place].model.scenario
        said = words(INTRO.format(**names) if scenario.map == ARTICLES_MAP else scenario.about)
    else:
        first = show.until(place)[0]
        moves = {name: f"{first.middle(name):.2f} → {now.middle(name):.2f}" for name in SHOWN}
        side = f"{SIDES[place]}: " if len(show.sides) > 1 else ""
        said = words(side + BET.format(**names, **moves, lost=f"{1 - now.middle('held_contested'):.0%}"))
    solara.HTML(tag="p", unsafe_innerHTML=said, classes=["ca-intro"])


def _one_side(desk: Desk, show: Show, now: Snapshot) -> None:
    with solara.Div(classes=["ca-two"]):
        with solara.Div():
            _map(desk, show, 0, now)
            _log(desk, show, [now])
        with solara.Div():
            _curves(desk, show, 0)
            _reasons(desk, show, 0, now)


def _two_sides(desk: Desk, show: Show, now: list[Snapshot]) -> None:
    solara.HTML(tag="div", unsafe_innerHTML=differences(show, now), classes=["ca-differences"])
    with solara.Div(classes=["ca-two", "ca-compared"]):
        for place, moment in enumerate(now):
            with solara.Div():
                _side_heading(desk, show, place)
                _map(desk, show, place, moment, other=now[1 - place])
                _curves(desk, show, place)
                _reasons(desk, show, place, moment)
        if key := key_of(show.sides[0].model.scenario, now[0]):
            Drawing(markup=key, event_picked=desk.pick)
    _log(desk, show, now)


def _side_heading(desk: Desk, show: Show, place: int) -> None:
    told = in_words(show.sides[place].setting, desk.offer.scenarios)
    markup = element("b", SIDES[place]) + " " + words(told)
    solara.HTML(tag="div", unsafe_innerHTML=markup, classes=["ca-side"])


def _map(desk: Desk, show: Show, place: int, now: Snapshot, other: Snapshot | None = None) -> None:
    scenario = show.sides[place].model.scenario
    markup = map_of(scenario, now, other, tag=SIDES[place], key=other is None)
    Drawing(markup=markup or land_of(scenario, now), event_picked=desk.pick)


def _curves(desk: Desk, show: Show, place: int) -> None:
    scenario = show.sides[place].model.scenario
    other = show.until(1 - place) if len(show.sides) > 1 else ()
    record = desk.offer.record_of(scenario)
    markup = curves_of(scenario, show.until(place), desk.shown.value, record, other)
    solara.HTML(tag="h3", unsafe_innerHTML="The alliance over time, shares from 0 to 1", classes=["ca-title"])
    Drawing(markup=markup, event_picked=desk.pick)
    note = "◇ observed · " if record.points else ""
    note += "▼ dated events · shaded: fighting · click to see a past step"
    note += " · thin: the other side" if other else ""
    note += " · band: 90 % of worlds" if show.sides[place].setting.worlds > 1 else ""
    solara.HTML(tag="div", unsafe_innerHTML=words(note), classes=["ca-note"])


def _reasons(desk: Desk, show: Show, place: int, now: Snapshot) -> None:
    scenario = show.sides[place].model.scenario
    known = {term.name: term for term in terms()}
    wanted = desk.opened.value
    fought = last_fought(show.until(place, now.step))
    felt = {term.name for term, _ in felt_terms(fought)}
    opened = wanted if wanted in felt else strongest(fought)
    heading = words(heading_of(scenario, now, fought))
    solara.HTML(tag="h3", unsafe_innerHTML=heading, classes=["ca-title", "ca-deed"])
    if markup := reasons_of(scenario, fought, opened):
        Drawing(markup=markup, event_picked=desk.pick)
    if opened:
        term = known[opened]
        claim = f"Claim {term.claim} of the article: " if term.claim else ""
        markup = element("b", words(f"{term.words[:1].upper()}{term.words[1:]}. ")) + words(claim + term.text)
        solara.HTML(tag="div", unsafe_innerHTML=markup, classes=["ca-claim"])


def _log(desk: Desk, show: Show, now: list[Snapshot]) -> None:
    names = {EVERYONE: "All"} | names_of(show.sides[0].model.scenario)
    with solara.Div(classes=["ca-logs"]):
        with solara.Row(style="align-items:center;flex-wrap:wrap", gap="12px"):
            solara.HTML(tag="h3", unsafe_innerHTML="What happened", classes=["ca-title"])
            with solara.ToggleButtonsSingle(desk.about, dense=True):
                for kind, name in names.items():
                    solara.Button(name, value=kind, text=True, small=True)
        with solara.Div(classes=["ca-two"]):
            for place, side in enumerate(show.sides):
                markup = log_of(side.model.scenario, show.until(place), desk.about.value, now[place].step)
                Drawing(markup=markup, event_picked=desk.pick)
