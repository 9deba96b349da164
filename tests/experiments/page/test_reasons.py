"""The reasons and the ladder are those of the patron in that fighting: bars, signs, sums, order read back."""

import re
from dataclasses import replace

import numpy as np
import pytest

from agents.claims import all_claims, claim_under, explanation
from agents.reasons import DUTIES, REASONS, RESTRAINTS, RUNGS, TERMS
from agents.theories import THEORIES
from experiments.page.reasons import (
    claim_of,
    deeds_of,
    felt_terms,
    heading_of,
    last_fought,
    reasons_of,
    strongest,
)
from experiments.page.setting import SideSetting
from experiments.page.svg import colour, words
from experiments.shares import in_percent
from sim.rule import RULES
from sim.world import Rung
from tests.experiments.page.reading import SCENARIOS, WAR, Beside, find, number, parsed, played, words_of

SCENARIO = SCENARIOS[WAR]
FELT = 0.02  # utility: a weaker reason need not be shown


@pytest.fixture(params=["war", "many"])
def side(request):
    """A show and its worlds: one, or a hundred."""
    beside = {"war": "one", "many": "hundred"}[request.param]
    return request.getfixturevalue(request.param), request.getfixturevalue(beside)


def fighting(beside, step):
    """Of a step with fighting: reasons by name, where it was, shares and chances of the rungs."""
    was, now = beside.worlds[step - 1], beside.worlds[step]
    days = now.all_war_days - was.all_war_days
    fought = days > 0
    if not fought.any():
        return None
    means = (now.reasons_total - was.reasons_total)[fought] / days[fought, None]
    stood = (now.rung_days - was.rung_days).sum(axis=0) / days.sum()
    ladder = ((now.ladder_total - was.ladder_total)[fought] / days[fought, None]).mean(axis=0)
    return dict(zip(TERMS, means.mean(axis=0), strict=True)), fought, stood, ladder


def bars_of(drawing):
    """Each reason's group, text, bar and figure, in the order of the page."""
    for group in find(drawing, "g", role="button"):
        _, bar = group[0], group[2]
        yield group.get("data-pick").removeprefix("term:"), group[1], bar, group[3]


def test_bars_have_the_length_and_the_side_of_their_reasons(side):
    playback, beside = side
    seen = set()
    for step in (5, 20, 38, 41):
        reasons, *_ = fighting(beside, step)
        drawing = parsed(reasons_of(SCENARIO, playback.at(step)[0], "article"))
        felt = {name: value for name, value in reasons.items() if value > FELT}
        middle = number(find(drawing, "line")[0], "x1")
        longest, tops = max(1.0, *felt.values()), []
        side_px = (480 - middle) - 36
        for name, text, bar, figure in bars_of(drawing):
            assert figure.text == f"{felt[name]:.2f}"
            assert number(bar, "width") == pytest.approx(felt[name] / longest * side_px, abs=0.3), name
            left, right = number(bar, "x"), number(bar, "x") + number(bar, "width")
            assert (left if name in DUTIES else right) == pytest.approx(middle, abs=0.15), name
            assert bar.get("fill") == colour("duty" if name in DUTIES else "restraint")
            assert number(bar, "y") < number(text, "y") == number(figure, "y") < number(bar, "y") + 15
            assert (number(figure, "x") > right) if name in DUTIES else (number(figure, "x") < left)
            tops.append(number(bar, "y"))
            seen.add(name)
        order = sorted(felt, key=lambda name: (name in RESTRAINTS, -felt[name]))
        assert [name for name, *_ in bars_of(drawing)] == order and tops == sorted(tops)
    assert seen & set(DUTIES) and len(seen & set(RESTRAINTS)) >= 2


def test_the_sums_stand_on_their_sides(side):
    playback, beside = side
    for step in (20, 41):
        reasons, *_ = fighting(beside, step)
        drawing = parsed(reasons_of(SCENARIO, playback.at(step)[0], "article"))
        duty, restraint = (
            sum(reasons[name] for name in names if reasons[name] > FELT) for names in (DUTIES, RESTRAINTS)
        )
        middle = number(find(drawing, "line")[0], "x1")
        texts = {text.text: text for text in find(drawing, "text", font_weight="700")}
        holds, pulls = texts[f"◀ holds back {restraint:.2f}"], texts[f"{duty:.2f} pulls to act ▶"]
        assert number(holds, "x") < middle < number(pulls, "x") and holds.get("text-anchor") == "end"
        assert (holds.get("fill"), pulls.get("fill")) == (colour("restraint"), colour("duty"))
        assert abs(duty - restraint) > 0.05


def test_the_ladder_shows_the_chance_of_each_rung_and_where_the_patron_stands(side):
    playback, beside = side
    tops = set()
    late = (46,) if len(beside.worlds[0].ladder) > 1 else ()  # when the one world's war is over
    for step in (5, 20, 38, 44, *late):
        _, fought, stood, wanted = fighting(beside, step)
        if fought.size == 1:
            assert wanted == pytest.approx(beside.worlds[step].ladder[0], abs=1e-6)
        drawing = parsed(reasons_of(SCENARIO, playback.at(step)[0], "article"))
        rows = [text for text in find(drawing, "text", text_anchor="end") if text.text.endswith(RUNGS)]
        grounds = [bar for bar in find(drawing, "rect", fill=colour("grid")) if bar.get("rx") is None]
        bars = find(drawing, "rect", fill=colour("ink"))
        assert len(rows) == len(grounds) == len(bars) == 5
        for rung, name in enumerate(RUNGS):
            (row,) = [text for text in rows if text.text.removeprefix("▶ ") == f"{rung} {name}"]
            (bar,) = [b for b in bars if 0 < number(row, "y") - number(b, "y") < 12]
            (ground,) = [g for g in grounds if g.get("y") == bar.get("y")]
            assert number(bar, "width") == pytest.approx(wanted[rung] * number(ground, "width"), abs=0.06)
            assert bar.get("x") == ground.get("x")
            figures = [t for t in find(drawing, "text", y=row.get("y")) if t.text.endswith("%")]
            (figure,) = [one for one in figures if one.get("text-anchor") is None]
            percent = float(re.sub(r"[<>\s%]", "", figure.text))
            assert percent == pytest.approx(100 * wanted[rung], abs=1.0)
            assert row.text.startswith("▶") == (rung == stood.argmax())
        ys = [number(row, "y") for row in sorted(rows, key=lambda row: row.text.removeprefix("▶ "))]
        assert ys == sorted(ys, reverse=True), "the highest rung is at the top"
        tops.add(int(wanted.argmax()))
    assert len(tops) >= 2


DEEDS = ("stands aside", "confines itself to diplomacy", "sends arms",
         "imposes a stop with peacekeepers", "sends combat troops")  # fmt: skip
PAST = ("stood aside", "confined itself to diplomacy", "sent arms",
        "imposed a stop with peacekeepers", "sent combat troops")  # fmt: skip


def highest_of(beside, step):
    """(rungs,) the share of all worlds by the highest rung so far, of those that saw fighting."""
    world = beside.worlds[step]
    fought = world.all_war_days > 0
    return np.array([((world.rung_max == rung) & fought).mean() for rung in range(5)])


def test_the_heading_of_one_world_says_what_the_patron_does(war, one):
    for step in (5, 38, 41):
        now = war.at(step)[0]
        assert heading_of(SCENARIO, now, now) == f"Russia {DEEDS[int(one.worlds[step].rung[0])]}."
    start = war.at(0)[0]
    assert heading_of(SCENARIO, start, start).startswith("The fighting begins")
    last = max(step for step in range(1, 86) if fighting(one, step))
    fought, now = last_fought(war.until(0)), war.at(85)[0]
    day = one.days[last - 1]
    assert fought is war.at(last)[0] and last < 85
    most = int(one.worlds[85].rung_max[0])
    assert heading_of(SCENARIO, now, fought) == (
        f"No fighting since {day.day} {day:%b %Y}. At most, Russia {PAST[most]}."
    )
    peace = played(1, SideSetting(scenario="karabakh-1994-2025")).at(None)[0]
    assert heading_of(SCENARIO, peace, peace) == "Peace: Russia has nothing to decide."
    assert reasons_of(SCENARIO, peace, "article") == strongest(peace) == ""


def test_the_heading_of_many_worlds_speaks_of_all_and_says_how_few_are_at_war(many, hundred):
    for step in (5, 38, 41):
        now = many.at(step)[0]
        _, fought, stood, _ = fighting(hundred, step)
        highest = highest_of(hundred, step)
        assert now.highest == pytest.approx(tuple(highest)) and sum(now.highest) == pytest.approx(1.0)
        first, second = np.argsort(-highest, kind="stable")[:2]
        ends = [f"{PAST[r]} in {in_percent(highest[r])}" for r in (first, second) if highest[r] > 0]
        assert deeds_of(SCENARIO, now) == f"Russia {', '.join(ends)} of 100 worlds"
        assert heading_of(SCENARIO, now, now) == (
            f"Fighting in {fought.sum()} of 100 worlds: "
            f"Russia {DEEDS[stood.argmax()]} in {in_percent(stood.max())} of these."
        )
        drawing = parsed(reasons_of(SCENARIO, now, "article"))
        ends = [text.text for text in find(drawing, "text", text_anchor="end", x="480")]
        assert ends == ["highest so far, of all", *(in_percent(share) for share in highest)]
        day = hundred.days[step - 1]
        assert f"in the {fought.sum()} that fought on {day.day} {day:%b %Y}" in words_of(drawing)


def test_a_day_without_a_front_does_not_stand_for_a_war():
    """In world 200 all is taken in the end, and on the last day there is nothing left to weigh."""
    history = played(94, SideSetting(world=200)).until(0)
    end = [now for now in history if now.stood][-1]
    assert not any(end.reasons) and last_fought(history).step < end.step
    assert any(last_fought(history).reasons) and not any(last_fought([end]).reasons)


def test_a_few_worlds_still_at_war_do_not_speak_for_the_others():
    """By 4 November a patron that keeps its word has ended nearly every war; the heading must say so."""
    setting = SideSetting(theory="treaty_only", worlds=100)
    playback = played(95, setting)
    for now in playback.until(0)[38:]:
        fought = last_fought(playback.until(0, now.step))
        assert sum(now.highest[Rung.PEACEKEEPERS :]) > 0.9
        assert any(deed in heading_of(SCENARIO, now, fought) for deed in PAST[3:])
    end = playback.at(None)[0]
    log = [news.text for snapshot in playback.until(0) for news in snapshot.news]
    assert any(text.startswith("has stepped in with peacekeepers or troops") for text in log)
    heading = heading_of(SCENARIO, end, last_fought(playback.until(0)))
    assert "of 100 worlds" in heading and any(deed in heading for deed in PAST[3:])


def test_the_reasons_shown_after_a_war_are_those_of_the_war(many):
    """A world in a hundred that fights on, or again, does not stand for the others."""
    history = many.until(0)
    late = replace(history[41], step=61, fought=0.01, reasons=(9.0,) * len(TERMS))
    most = max(now.fought for now in history)
    wanted = max(now.step for now in history if now.fought >= 0.25 * most)
    assert wanted < 60 and history[60].fought < 0.25 * most
    fought = last_fought([*history, late])
    assert fought.step == wanted
    told = heading_of(SCENARIO, late, fought)
    assert told == f"Fighting in 1 of 100 worlds. {deeds_of(SCENARIO, late)}."


def test_worlds_that_saw_no_fighting_are_told_too(many):
    now = replace(many.at(41)[0], highest=(0.25, 0.0, 0.0, 0.5, 0.0))
    assert deeds_of(SCENARIO, now).replace("\N{NO-BREAK SPACE}", " ") == (
        "Russia imposed a stop with peacekeepers in 50 %, stood aside in 25 %, saw no fighting in 25 % "
        "of 100 worlds"
    )


@pytest.mark.parametrize("world", range(6))
def test_at_the_end_the_heading_agrees_with_the_log(world):
    playback = played(95, SideSetting(world=world))
    end, history = playback.at(None)[0], playback.until(0)
    log = [news.text for snapshot in history for news in snapshot.news if news.about == "patron"]
    rungs = [int(text.removeprefix("moves to rung ")[0]) for text in log if text.startswith("moves to rung")]
    rungs += [RUNGS.index(text) for text in log if text in RUNGS]
    rungs += [3] if any(text.startswith("imposes a stop") for text in log) else []
    heading = heading_of(SCENARIO, end, last_fought(history))
    assert PAST[max(rungs, default=0)] in heading or DEEDS[max(rungs, default=0)] in heading


@pytest.mark.parametrize("theory", list(THEORIES))
def test_no_reason_is_explained_by_a_claim_that_its_theory_does_not_share(theory):
    """The article's claims explain the article's reasons; another theory's own reasons have its own words."""
    now = played(1, SideSetting(theory=theory, world=10)).at(None)[0]
    for reason, _ in felt_terms(now):
        told = explanation(reason, theory)
        ours = theory in ("article", "revised")
        assert told.startswith("Claim ") == bool(reason.claim and ours), reason.name
        assert (claim_under(reason, theory) != "") == told.startswith("Claim ")
        assert claim_of(reason.name, theory).endswith(words(told))
    labels = [text for _, text, *_ in bars_of(parsed(reasons_of(SCENARIO, now, theory)))]
    assert labels and (ours or not any(text.text.startswith("C") for text in labels))


@pytest.mark.parametrize("theory", list(THEORIES))
def test_each_theory_shows_its_own_reasons(theory):
    now = played(1, SideSetting(theory=theory)).at(None)[0]
    reasons, *_ = fighting(Beside(1, [0], theory=theory), 1)
    shown = {name for name, *_ in bars_of(parsed(reasons_of(SCENARIO, now, theory, strongest(now))))}
    assert shown == {name for name, value in reasons.items() if value > FELT}
    assert shown == {term.name for term, _ in felt_terms(now)}
    assert strongest(now) == max(reasons, key=reasons.get)
    assert "cost" in shown or theory != "treaty_only"


def test_the_opened_reason_is_marked(war):
    drawing = parsed(reasons_of(SCENARIO, war.at(20)[0], "article", "title"))
    marked = [g.get("data-pick") for g in find(drawing, "g") if g[0].get("fill") == colour("grid")]
    assert marked == ["term:title"]
    (group,) = find(drawing, "g", data_pick="term:title")
    assert words_of(group).startswith("C26 the challenger's legal title")
    assert group[1].get("font-weight") == "700"


def test_each_reason_names_its_side_its_claim_and_text():
    known = {rule.claim for rule in RULES.values()}
    claims = {claim.id: claim.text for claim in all_claims()}
    for reason in REASONS:
        assert reason.words
        if reason.claim:
            assert reason.claim in known
            assert explanation(reason, "article").endswith(claims[reason.claim])
        else:
            assert reason.name in ("cost", "threat", "honour", "bargain")
            assert explanation(reason, "article") == reason.source != ""
    asked = {reason.name: reason.claim for reason in REASONS}
    assert (asked["gratitude"], asked["title"], asked["treaty"]) == ("C3", "C26", "C20")
    assert np.unique([reason.words for reason in REASONS]).size == len(TERMS)
