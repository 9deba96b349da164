"""The controls: the article's questions, scenario, theory, worlds and luck, sliders, claims to leave out."""

import solara

from agents.claims import all_claims
from agents.theories import THEORIES
from experiments.page.inputs import checks, choice, number_field, slider, toggle
from experiments.page.panels import SIDES
from experiments.page.presets import PRESETS, slider_step, sliders_of
from experiments.page.session import Session
from experiments.page.setting import LAST_SEED, LAST_WORLD, WORLD_COUNTS
from experiments.sentences import capitalised
from sim.runs.numbers import CHOICES, DEFAULTS, ESTIMATED, PRIOR
from sim.scenarios.values import ParameterInfo

OWN = "Settings of your own"
COMPARE = "Compare with (B)"
ONE_SIDE = "(one side only)"
CLAIM_LETTERS = 60
NUMBERS_WORDS = {
    DEFAULTS: "Every world has the numbers of the scenario.",
    PRIOR: "Each world draws its own numbers for what is an assumption, over their whole ranges.",
    ESTIMATED: "Each world draws its own numbers for what is an assumption, among those that fit the record.",
}


@solara.component
def QuestionsCard(session: Session) -> None:  # noqa: N802
    """The questions that the article raises, on one side or beside it."""
    by_name = {preset.name: preset for preset in PRESETS}
    asked = next((p.name for p in PRESETS if p.on(session.setting) == session.setting), OWN)
    two = len(session.settings.value) > 1
    with solara.Div(classes=["ca-card"]):
        solara.HTML(tag="h2", unsafe_innerHTML="Ask a question")
        if two:
            toggle("The settings below change side", SIDES, session.edited.value, session.edited.set)
        choice(
            "Question",
            [*by_name] if asked in by_name else [OWN, *by_name],
            asked,
            lambda name: session.ask(by_name[name]) if name in by_name and name != asked else None,
        )
        if asked in by_name:
            solara.HTML(tag="p", unsafe_innerHTML=by_name[asked].asks, classes=["ca-note"])
        choice(
            COMPARE,
            [ONE_SIDE, *by_name] + ([OWN] if two else []),
            _second_name(session) if two else ONE_SIDE,
            lambda name: session.compare(by_name.get(name)) if name != OWN else None,
        )


def _second_name(session: Session) -> str:
    second = session.settings.value[1]
    return next((preset.name for preset in PRESETS if preset.on(second) == second), OWN)


@solara.component
def SettingsCard(session: Session) -> None:  # noqa: N802
    """Scenario, theory, worlds and luck, sliders, claims to leave out."""
    setting = session.setting
    with solara.Div(classes=["ca-card"]):
        solara.HTML(tag="h2", unsafe_innerHTML="Settings")
        choice(
            "Scenario",
            list(session.config.scenarios),
            setting.scenario,
            lambda name: session.change(scenario=name, changes=()),
        )
        choice(
            "Theory of the patron's choice",
            list(THEORIES),
            setting.theory,
            lambda name: session.change(theory=name),
        )
        about = (THEORIES[setting.theory].__doc__ or "").strip().splitlines()[0]
        solara.HTML(tag="p", unsafe_innerHTML=about, classes=["ca-note"])
        choice("Numbers", list(CHOICES), setting.numbers, lambda name: session.change(numbers=name))
        solara.HTML(tag="p", unsafe_innerHTML=NUMBERS_WORDS[setting.numbers], classes=["ca-note"])
        toggle(
            "Worlds shown together",
            [f"{count:,}" for count in WORLD_COUNTS],
            WORLD_COUNTS.index(setting.worlds),
            lambda place: session.change(worlds=WORLD_COUNTS[place]),
        )
        _luck(session)
        _sliders(session)
        _claims(session)


def _luck(session: Session) -> None:
    setting = session.setting

    def change(name: str, typed: str) -> None:
        try:
            session.change(**{name: int(typed)})
        except ValueError:
            session.message.value = f"{name} = '{typed[:40]}': a whole number is needed"

    with solara.Div(classes=["ca-luck"]):
        number_field("Seed", setting.seed, (0, LAST_SEED), lambda typed: change("seed", typed))
        number_field(
            "World number",
            setting.world,
            (0, LAST_WORLD),
            lambda typed: change("world", typed),
            disabled=setting.worlds > 1,
        )


def _sliders(session: Session) -> None:
    base = session.config.scenarios[session.setting.scenario]
    for heading, infos in sliders_of(base).items():
        changed = sum(path in {info.path for info in infos} for path, _ in session.setting.changes)
        with solara.v.Html(tag="details", class_="ca-fold"):
            said = f"{heading} ({changed} changed)" if changed else heading
            solara.HTML(tag="summary", unsafe_innerHTML=said)
            for info in infos:
                ParameterSlider(session, info)
    known = {info.path for infos in sliders_of(base).values() for info in infos}
    others = [f"{path} = {value:g}" for path, value in session.setting.changes if path not in known]
    if others:
        solara.HTML(tag="p", unsafe_innerHTML="Also set: " + ", ".join(others), classes=["ca-note"])


@solara.component
def ParameterSlider(session: Session, info: ParameterInfo) -> None:  # noqa: N802
    """One parameter as a slider that acts when it is let go, with its meaning, unit and range."""
    given = dict(session.setting.changes).get(info.path)
    drawn = session.drawn(info.path)
    value = given if given is not None else info.default if drawn is None else drawn
    set_here = given is not None and (given != info.default or session.setting.numbers != DEFAULTS)
    mark = " (changed)" if set_here else ""
    if drawn is not None:
        mark = " (drawn)" if session.setting.worlds == 1 else " (median of what is drawn)"
    said = (
        f"<b>{capitalised(info.meaning)}</b>: {value:g}{mark}<br>"
        f"{info.unit}, {info.low:g} to {info.high:g}; usual {info.default:g}"
    )
    solara.HTML(tag="div", unsafe_innerHTML=said, classes=["ca-slider"])

    def on_change(typed: str) -> None:
        wanted = float(typed)
        near = abs(wanted - info.default) < slider_step(info) / 2 and session.setting.numbers == DEFAULTS
        session.set_parameter(info.path, None if near else round(wanted, 6))

    slider(
        f"{info.path}: {info.meaning}", value, (info.low, info.high), on_change, slider_step(info),
        said=f"{value:g} {info.unit}", name=info.path,
    )  # fmt: skip


def _claims(session: Session) -> None:
    rules = {claim.id: claim.text for claim in all_claims() if claim.kind == "rule"}
    labels = {
        name: f"{name} {text[:CLAIM_LETTERS]}{'…' if len(text) > CLAIM_LETTERS else ''}"
        for name, text in rules.items()
    }
    ids = list(rules)
    left_out = [ids.index(name) for name in session.setting.without if name in rules]
    with solara.v.Html(tag="details", class_="ca-fold"):
        solara.HTML(tag="summary", unsafe_innerHTML=f"Claims to switch off ({len(left_out)} off)")
        checks(
            "Without these claims",
            [labels[name] for name in ids],
            left_out,
            lambda places: session.change(without=tuple(sorted(ids[place] for place in places))),
        )
