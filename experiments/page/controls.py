"""The controls: the article's questions, scenario, theory, worlds and luck, sliders, claims to leave out."""

import solara

from agents.claims import all_claims
from agents.theories import THEORIES
from experiments.page.panels import SIDES
from experiments.page.presets import PRESETS, slider_step, sliders_of
from experiments.page.session import Session
from experiments.page.setting import WORLD_COUNTS
from sim.runs.numbers import CHOICES, DEFAULTS, ESTIMATED, PRIOR
from sim.scenarios.values import ParameterInfo

OWN = "Settings of your own"
ALONE = "(one side only)"
CLAIM_LETTERS = 60
NUMBERS_WORDS = {
    DEFAULTS: "Every world has the numbers of the scenario.",
    PRIOR: "Each world draws its own numbers for what is an assumption, over their whole ranges.",
    ESTIMATED: "Each world draws its own numbers for what is an assumption, from what the record leaves.",
}


@solara.component
def QuestionsCard(session: Session) -> None:  # noqa: N802
    """The questions that the article raises, on one side or beside it."""
    by_name = {preset.name: preset for preset in PRESETS}
    asked = next((p.name for p in PRESETS if p.on(session.setting) == session.setting), OWN)
    with solara.Card("Ask a question", classes=["ca-card"], margin=0):
        if len(session.settings.value) > 1:
            _side_buttons(session)
        solara.Select(
            "Question",
            values=[*by_name] if asked in by_name else [OWN, *by_name],
            value=asked,
            on_value=lambda name: session.ask(by_name[name]) if name in by_name and name != asked else None,
        )
        if asked in by_name:
            solara.HTML(tag="p", unsafe_innerHTML=by_name[asked].asks, classes=["ca-note"])
        two = len(session.settings.value) > 1
        solara.Select(
            "Compare with (B, same luck)",
            values=[ALONE, *by_name] + ([OWN] if two else []),
            value=_second_name(session) if two else ALONE,
            on_value=lambda name: session.compare(by_name.get(name)) if name != OWN else None,
        )


def _second_name(session: Session) -> str:
    second = session.settings.value[1]
    return next((preset.name for preset in PRESETS if preset.on(second) == second), OWN)


def _side_buttons(session: Session) -> None:
    solara.HTML(tag="p", unsafe_innerHTML="The settings below change side", classes=["ca-note"])
    with solara.ToggleButtonsSingle(session.edited, dense=True):
        for place, name in enumerate(SIDES):
            solara.Button(name, value=place, text=True, small=True)


@solara.component
def SettingsCard(session: Session) -> None:  # noqa: N802
    """Scenario, theory, worlds and luck, sliders, claims to leave out."""
    setting = session.setting
    with solara.Card("Settings", classes=["ca-card"], margin=0):
        solara.Select(
            "Scenario",
            values=list(session.config.scenarios),
            value=setting.scenario,
            on_value=lambda name: session.change(scenario=name, changes=()),
        )
        solara.Select(
            "Theory of the patron's choice",
            values=list(THEORIES),
            value=setting.theory,
            on_value=lambda name: session.change(theory=name),
        )
        about = (THEORIES[setting.theory].__doc__ or "").strip().splitlines()[0]
        solara.HTML(tag="p", unsafe_innerHTML=about, classes=["ca-note"])
        solara.Select(
            "Numbers",
            values=list(CHOICES),
            value=setting.numbers,
            on_value=lambda name: session.change(numbers=name),
        )
        solara.HTML(tag="p", unsafe_innerHTML=NUMBERS_WORDS[setting.numbers], classes=["ca-note"])
        solara.HTML(tag="p", unsafe_innerHTML="Worlds shown together", classes=["ca-note"])
        with solara.ToggleButtonsSingle(
            setting.worlds, on_value=lambda count: session.change(worlds=count), dense=True
        ):
            for count in WORLD_COUNTS:
                solara.Button(f"{count:,}", value=count, text=True, small=True)
        _luck(session)
        _sliders(session)
        _claims(session)


def _luck(session: Session) -> None:
    setting = session.setting
    with solara.Row(gap="12px", classes=["ca-luck"]):
        solara.InputInt("Seed", setting.seed, on_value=lambda seed: session.change(seed=seed))
        solara.InputInt(
            "World number",
            setting.world,
            on_value=lambda world: session.change(world=world),
            disabled=setting.worlds > 1,
        )


def _sliders(session: Session) -> None:
    base = session.config.scenarios[session.setting.scenario]
    for heading, infos in sliders_of(base).items():
        changed = sum(path in {info.path for info in infos} for path, _ in session.setting.changes)
        with solara.Details(f"{heading} ({changed} changed)" if changed else heading):
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
    mark = " (changed)" if given is not None and given != info.default else ""
    if drawn is not None:
        mark = " (drawn)" if session.setting.worlds == 1 else " (median of what is drawn)"
    said = (
        f"<b>{info.meaning[:1].upper()}{info.meaning[1:]}</b>: {value:g}{mark}<br>"
        f"{info.unit}, {info.low:g} to {info.high:g}; usual {info.default:g}"
    )
    solara.HTML(tag="div", unsafe_innerHTML=said, classes=["ca-slider"])
    slider = solara.v.Slider(
        v_model=value,
        min=info.low,
        max=info.high,
        step=slider_step(info),
        hide_details=True,
        dense=True,
        attributes={"aria-label": f"{info.path}: {info.meaning}", "data-parameter": info.path},
    )

    def on_change(_widget: object, _event: object, data: float) -> None:
        near = abs(data - info.default) < slider_step(info) / 2 and session.setting.numbers == DEFAULTS
        session.set_parameter(info.path, None if near else round(float(data), 6))

    solara.v.use_event(slider, "change", on_change)


def _claims(session: Session) -> None:
    rules = {claim.id: claim.text for claim in all_claims() if claim.kind == "rule"}
    labels = {
        name: f"{name} {text[:CLAIM_LETTERS]}{'…' if len(text) > CLAIM_LETTERS else ''}"
        for name, text in rules.items()
    }
    ids = {label: name for name, label in labels.items()}
    solara.SelectMultiple(
        "Claims to switch off",
        [labels[name] for name in session.setting.without if name in labels],
        [*labels.values()],
        on_value=lambda chosen: session.change(without=tuple(sorted(ids[label] for label in chosen))),
    )
