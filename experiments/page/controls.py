"""What can a user set?"""

import solara

from agents.claims import all_claims
from agents.theories import THEORIES
from experiments.page.levers import levers_of, step_of
from experiments.page.panels import SIDES
from experiments.page.presets import PRESETS
from experiments.page.session import Desk
from experiments.page.setting import MANY
from sim.scenarios.values import ParameterInfo

OWN = "Settings of your own"
ALONE = "(one side only)"
CLAIM_LETTERS = 60


@solara.component
def Questions(desk: Desk) -> None:  # noqa: N802
    """The questions that the article raises, on one side or beside it."""
    by_name = {preset.name: preset for preset in PRESETS}
    asked = next((p.name for p in PRESETS if p.on(desk.setting) == desk.setting), OWN)
    with solara.Card("Ask a question", classes=["ca-card"], margin=0):
        if len(desk.settings.value) > 1:
            _side_buttons(desk)
        solara.Select(
            "Question",
            values=[*by_name] if asked in by_name else [OWN, *by_name],
            value=asked,
            on_value=lambda name: desk.ask(by_name[name]) if name in by_name and name != asked else None,
        )
        if asked in by_name:
            solara.HTML(tag="p", unsafe_innerHTML=by_name[asked].asks, classes=["ca-note"])
        two = len(desk.settings.value) > 1
        solara.Select(
            "Compare with (B, same luck)",
            values=[ALONE, *by_name] + ([OWN] if two else []),
            value=_second_name(desk) if two else ALONE,
            on_value=lambda name: desk.compare(by_name.get(name)) if name != OWN else None,
        )


def _second_name(desk: Desk) -> str:
    second = desk.settings.value[1]
    return next((preset.name for preset in PRESETS if preset.on(second) == second), OWN)


def _side_buttons(desk: Desk) -> None:
    solara.HTML(tag="p", unsafe_innerHTML="The settings below change side", classes=["ca-note"])
    with solara.ToggleButtonsSingle(desk.edited, dense=True):
        for place, name in enumerate(SIDES):
            solara.Button(name, value=place, text=True, small=True)


@solara.component
def Settings(desk: Desk) -> None:  # noqa: N802
    """Scenario, theory, worlds and luck, levers, claims to leave out."""
    setting = desk.setting
    with solara.Card("Settings", classes=["ca-card"], margin=0):
        solara.Select(
            "Scenario",
            values=list(desk.offer.scenarios),
            value=setting.scenario,
            on_value=lambda name: desk.change(scenario=name, changes=()),
        )
        solara.Select(
            "Theory of the patron's choice",
            values=list(THEORIES),
            value=setting.theory,
            on_value=lambda name: desk.change(theory=name),
        )
        about = (THEORIES[setting.theory].__doc__ or "").strip().splitlines()[0]
        solara.HTML(tag="p", unsafe_innerHTML=about, classes=["ca-note"])
        solara.HTML(tag="p", unsafe_innerHTML="Worlds shown together", classes=["ca-note"])
        with solara.ToggleButtonsSingle(
            setting.worlds, on_value=lambda count: desk.change(worlds=count), dense=True
        ):
            for count in MANY:
                solara.Button(f"{count:,}", value=count, text=True, small=True)
        _luck(desk)
        _levers(desk)
        _claims(desk)


def _luck(desk: Desk) -> None:
    setting = desk.setting
    with solara.Row(gap="12px", classes=["ca-luck"]):
        solara.InputInt("Seed", setting.seed, on_value=lambda seed: desk.change(seed=seed))
        solara.InputInt(
            "World number",
            setting.world,
            on_value=lambda world: desk.change(world=world),
            disabled=setting.worlds > 1,
        )


def _levers(desk: Desk) -> None:
    base = desk.offer.scenarios[desk.setting.scenario]
    for heading, levers in levers_of(base).items():
        changed = sum(path in {lever.path for lever in levers} for path, _ in desk.setting.changes)
        with solara.Details(f"{heading} ({changed} changed)" if changed else heading):
            for lever in levers:
                Lever(desk, lever)
    known = {lever.path for levers in levers_of(base).values() for lever in levers}
    others = [f"{path} = {value:g}" for path, value in desk.setting.changes if path not in known]
    if others:
        solara.HTML(tag="p", unsafe_innerHTML="Also set: " + ", ".join(others), classes=["ca-note"])


@solara.component
def Lever(desk: Desk, lever: ParameterInfo) -> None:  # noqa: N802
    """One parameter as a slider that acts when it is let go, with its meaning, unit and range."""
    given = dict(desk.setting.changes).get(lever.path)
    value = lever.default if given is None else given
    mark = " (changed)" if given is not None and given != lever.default else ""
    said = (
        f"<b>{lever.meaning[:1].upper()}{lever.meaning[1:]}</b>: {value:g}{mark}<br>"
        f"{lever.unit}, {lever.low:g} to {lever.high:g}; usual {lever.default:g}"
    )
    solara.HTML(tag="div", unsafe_innerHTML=said, classes=["ca-lever"])
    slider = solara.v.Slider(
        v_model=value,
        min=lever.low,
        max=lever.high,
        step=step_of(lever),
        hide_details=True,
        dense=True,
        attributes={"aria-label": f"{lever.path}: {lever.meaning}", "data-lever": lever.path},
    )

    def let_go(_widget: object, _event: object, data: float) -> None:
        near = abs(data - lever.default) < step_of(lever) / 2
        desk.set_parameter(lever.path, None if near else round(float(data), 6))

    solara.v.use_event(slider, "change", let_go)


def _claims(desk: Desk) -> None:
    rules = {claim.id: claim.text for claim in all_claims() if claim.kind == "rule"}
    labels = {
        name: f"{name} {text[:CLAIM_LETTERS]}{'…' if len(text) > CLAIM_LETTERS else ''}"
        for name, text in rules.items()
    }
    ids = {label: name for name, label in labels.items()}
    solara.SelectMultiple(
        "Claims to switch off",
        [labels[name] for name in desk.setting.without if name in labels],
        [*labels.values()],
        on_value=lambda chosen: desk.change(without=tuple(sorted(ids[label] for label in chosen))),
    )
