"""The panels together, as they stand on the page: headline, summary, two sides, claims."""

import re

import numpy as np
import pytest
import solara

from agents.claims import all_claims
from agents.reasons import DUTIES, PLAIN_WORDS, TERMS
from experiments.page.app import page_config
from experiments.page.panels import Headline, Panels, Refusal
from experiments.page.reasons import deeds_of, last_fought
from experiments.page.session import Session
from experiments.page.setting import SideSetting
from experiments.shares import in_percent
from tests.experiments.page.reading import (
    SCENARIOS,
    WAR,
    Beside,
    Page,
    find,
    parsed,
    played,
    quantile,
    title_of,
)
from tests.thorough import mostly_thorough

MOVES = re.compile(
    r"(?:([AB]) )?The bet so far\. Russia .+\. Why: .+\. The alliance: Armenia .+\. (?:Medians|In numbers): "
    r"(.+?) of the contested land lost; "
    r"Armenia's loyalty (.+?) → (.+?), its opinion of Russia (.+?) → (.+?); "
    r"Azerbaijan's gratitude (.+?) → (.+?); other allies' belief in Russia (.+?) → (.+?)\."
)


@pytest.fixture
def page():
    """Open the panels of an address at a step."""
    opened = []

    def open_at(query, step, shown=None, **state):
        session = Session(page_config(), f"numbers=defaults&{query}")
        session.playback.value.run_to(step, 1000)
        session.shown.value = shown
        for name, value in state.items():
            getattr(session, name).value = value
        opened.append(Page(solara.Column(children=[Headline(session), Panels(session)])))
        session.shown.value = shown
        return opened[-1]

    yield open_at
    for one in opened:
        one.close()


def bet_of(beside, step):
    """The stocks of the summary as it words them."""
    names = ("loyalty", "opinion", "gratitude", "reliability")
    moves = [quantile(beside.stock(name, at), 0.5) for name in names for at in (0, step)]
    lost = in_percent(quantile(1 - beside.stock("held_contested", step), 0.5))
    return [lost, *(f"{value:.2f}" for value in moves)]


def plain(markup):
    """The words of a markup."""
    return "".join(parsed(f"<p>{markup}</p>").itertext())


@pytest.mark.parametrize(("query", "numbers"), [("world=10", [10]), ("worlds=100", range(100))])
def test_the_summary_says_what_the_stocks_have_become(page, query, numbers):
    beside = Beside(41, np.array(numbers))
    (said,) = page(query, 41).markup("ca-intro")
    assert list(MOVES.fullmatch(plain(said)).groups()[1:]) == bet_of(beside, 41)
    assert len(set(bet_of(beside, 41))) > 6


def test_the_headline_says_the_date_the_step_and_the_fighting(page):
    (said,) = page("worlds=100", 41).markup("ca-date")
    at_war = Beside(41, np.arange(100)).worlds[41].at_war.mean()
    assert said == (
        f"<b>7 November 2020</b><span>step 41 of 356 · fighting in {in_percent(at_war)} of worlds</span>"
    )
    shown = page("world=10", 85, shown=38)
    assert shown.markup("ca-date") == [
        "<b>4 November 2020</b><span>step 38 of 356 · fighting · a past step is shown</span>"
    ]
    slider = shown.labelled("Date")
    assert (slider.value, slider.low, slider.high) == (38, 0, 356)
    assert page("world=10", 85).markup("ca-date") == [
        "<b>21 December 2020</b><span>step 85 of 356 · no fighting</span>"
    ]


def test_a_past_step_is_shown_in_every_panel(page, war):
    shown = page("world=10", 85, shown=22)
    assert [title_of(one) for one in shown.titled("Who holds what")] == ["Who holds what on 19 October 2020"]
    (reasons,) = shown.titled("Reasons of")
    (log,) = [one for one in shown.drawings() if one.get("class") == "ca-log"]
    of_the_step = [li for li in find(log, "li") if li[0].get("data-pick") == "step:22"]
    assert of_the_step and all(li[0].get("aria-current") == "step" for li in of_the_step)
    assert all(li.get("class").endswith("ca-now") for li in of_the_step)
    figures = [group[3].text for group in find(reasons, "g", role="button")]
    assert figures == [f"{value:.2f}" for _, value in sorted_reasons(war.at(22)[0])]
    (said,) = shown.markup("ca-intro")
    assert MOVES.fullmatch(plain(said)).group(4) == f"{war.at(22)[0].middle('loyalty'):.2f}"


def sorted_reasons(now):
    """Reasons that are felt, duties first, the strongest first."""
    felt = [(name, value) for name, value in zip(TERMS, now.reasons, strict=True) if value > 0.02]
    return sorted(felt, key=lambda pair: (pair[0] not in DUTIES, -pair[1]))


def test_each_side_shows_its_own_worlds_and_settings(page):
    query = "world=10&other.side=1&other.world=10&other.theory=treaty_only"
    sides = [Beside(41, [10]), Beside(41, [10], theory="treaty_only")]
    shown = page(query, 41)
    assert [re.sub("<.+?>", "", one) for one in shown.markup("ca-side")] == [
        "A theory article · numbers: defaults · world 10 · seed 0",
        "B theory treaty only · numbers: defaults · world 10 · seed 0",
        *(2 * ["A theory article", "B theory treaty only"]),  # above curves and reasons
    ]
    maps, summaries = shown.titled("Who holds what"), shown.markup("ca-intro")
    curves = shown.titled("The alliance over time")
    names = [region.name for region in SCENARIOS[WAR].regions.region]
    assert len(maps) == len(curves) == len(summaries) == 2
    for place, (drawing, said, beside) in enumerate(zip(maps, summaries, sides, strict=True)):
        told = [title_of(group) for group in find(drawing, "g") if title_of(group)]
        for region, lost in enumerate(beside.lost(41)):
            assert told[region] == f"{names[region]}: {in_percent(1 - lost)} under the client's side"
        found = MOVES.fullmatch(plain(said)).groups()
        assert found[0] == "AB"[place] and list(found[1:]) == bet_of(beside, 41)
        land = beside.stock("held_contested", 41)[0]
        (label,) = [t for t in find(curves[place], "text") if (t.text or "").endswith("land held")]
        assert label.text == f"{land:.2f} land held"
    assert bet_of(sides[0], 41) != bet_of(sides[1], 41)
    (differ,) = shown.markup("ca-differences")
    one, other = (side.stock("held_contested", 41)[0] for side in sides)
    assert f"<li>land held {one:.2f} → {other:.2f}</li>" in differ
    assert len([one for one in shown.drawings() if one.get("class") == "ca-log"]) == 2
    assert len(shown.titled("Key to the map")) == 1


def test_the_opened_reason_tells_its_claim(page):
    texts = {claim.id: claim.text for claim in all_claims()}
    for term, words, claim in (("title", "The challenger's legal title", "C26"),
                               ("gratitude", "Gratitude of the challenger", "C3")):  # fmt: skip
        (said,) = page("world=10", 30, opened=term).markup("ca-claim")
        assert plain(said) == f"{words}. Claim {claim} of the article: {texts[claim]}"


def test_the_first_step_says_what_it_is_about(page):
    (said,) = page("worlds=1", 0).markup("ca-intro")
    assert SCENARIOS[WAR].about in said and "Russia is the treaty ally of Armenia" in said
    assert "A world is one run of the model" in said and "Shown is one" in said
    (said,) = page("scenario=crisis", 0).markup("ca-intro")
    assert SCENARIOS["crisis"].about in said and "Shown are 1,000" in said
    (said,) = page("scenario=karabakh-1994-2025", 0).markup("ca-intro")
    assert "2020" not in said, "it begins in 1994"


@pytest.mark.parametrize("step", mostly_thorough([41, 300], 41))
def test_the_summary_says_what_the_patron_did_why_and_what_became_of_the_alliance(page, step):
    beside = Beside(step, np.arange(100))
    (said,) = page("worlds=100", step).markup("ca-intro")
    told = plain(said)
    start, end = (beside.stock("loyalty", at) for at in (0, step))
    kept, members = (end >= 0.9 * start).mean(), (beside.worlds[step].status == 0).mean()
    assert (
        f"Armenia keeps at least {in_percent(0.9)} of its loyalty in {in_percent(kept)} of worlds, "
        f"and full membership of the pact in {in_percent(members)}."
    ) in told
    assert (kept == 1.0) == (step == 41)
    history = played(step, SideSetting(worlds=100)).until(0)
    felt = sorted_reasons(last_fought(history))
    against, for_it = (
        next(PLAIN_WORDS[name] for name, _ in felt if (name in DUTIES) is duty) for duty in (False, True)
    )
    assert f"Why: most against stepping in: {against}; most for it: {for_it}." in told
    assert f"{deeds_of(SCENARIOS[WAR], history[-1])}." in told


@pytest.mark.parametrize("step", mostly_thorough([41, 300], 41))
def test_of_one_world_the_summary_says_how_it_is(page, step):
    beside = Beside(step, [10])
    (said,) = page("world=10", step).markup("ca-intro")
    start, end = (beside.stock("loyalty", at)[0] for at in (0, step))
    ways = (f"has lost more than {in_percent(0.1)}", f"keeps at least {in_percent(0.9)}")
    kept = ways[int(end >= 0.9 * start)]
    member = "is" if beside.worlds[step].status[0] == 0 else "is no longer"
    assert f"Armenia {kept} of its loyalty, and {member} a full member of the pact." in plain(said)


def test_the_log_is_told_of_whom_it_is_asked(page):
    (log,) = [d for d in page("world=10", 60, about="challenger").drawings() if d.get("class") == "ca-log"]
    assert {li.get("class").split()[0] for li in find(log, "li")} == {"ca-challenger"}


def test_the_headline_speaks_of_both_sides(page):
    query = "worlds=100&other.side=1&other.theory=treaty_only"
    (said,) = page(query, 41).markup("ca-date")
    at_war = Beside(41, np.arange(100)).worlds[41].at_war.mean()
    assert at_war > 0.5 and f"A: fighting in {in_percent(at_war)} of worlds · B: " in said


def test_a_refusal_is_told():
    page = Page(Refusal(Session(page_config(), "theory=none")))
    (said,) = page.markup("ca-message")
    assert said.startswith("Not possible: unknown theory 'none'")
    page.close()
