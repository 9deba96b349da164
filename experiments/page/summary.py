"""The summary: what the page is about, at the start; then how the patron's bet stands, in a few sentences."""

from experiments.discovery import KEPT
from experiments.page.curves import CURVE_STYLES
from experiments.page.playback import Playback
from experiments.page.reasons import deeds_of, felt_terms, last_fought
from experiments.page.snapshot import Snapshot
from experiments.page.svg import element, words
from experiments.page.terms import BET, MANY_WORLDS, ONE_WORLD
from experiments.shares import in_percent


def bet_told(playback: Playback, place: int, now: Snapshot) -> str:
    """What is going on on one side at a moment, in HTML.

    Args:
        playback: what is played.
        place: the side, from 0.
        now: the moment.
    """
    cast = playback.sides[place].model.scenario.cast
    names = {"patron": cast.patron.name, "client": cast.client.name, "challenger": cast.challenger.name}
    if now.step == 0:
        return _intro(playback, place, now, names)
    return _told(
        ("The bet so far.", f"{deeds_of(playback.sides[place].model.scenario, now)}."),
        ("Why:", _why(last_fought(playback.until(place, now.step)))),
        ("The alliance:", (_alliance_of_one if now.worlds == 1 else _alliance)(now, **names)),
        ("Medians:" if now.worlds > 1 else "In numbers:", _stocks(playback.until(place)[0], now, **names)),
    )


def _told(*parts: tuple[str, str]) -> str:
    """Some sentences, each with a head; those without words are left out."""
    return " ".join(f"{element('b', head)} {words(said)}" for head, said in parts if said)


def _intro(playback: Playback, place: int, now: Snapshot, names: dict[str, str]) -> str:
    return _told(
        ("The bet.", BET.format(**names)),
        ("The scenario.", playback.sides[place].model.scenario.about),
        ("The worlds.", MANY_WORLDS.format(count=f"{now.worlds:,}") if now.worlds > 1 else ONE_WORLD),
    )


def _why(fought: Snapshot) -> str:
    """The strongest reason on either side."""
    felt = felt_terms(fought)
    told = [
        f"most {side}: {next(term.words for term, _ in felt if term.duty is duty)}"
        for side, duty in (("against stepping in", False), ("for it", True))
        if any(term.duty is duty for term, _ in felt)
    ]
    return "; ".join(told) + "." if told else ""


def _alliance(now: Snapshot, client: str, **_: str) -> str:
    return (
        f"{client} keeps at least {in_percent(KEPT)} of its loyalty in {in_percent(now.kept)} of worlds, and "
        f"full membership of the pact in {in_percent(now.members)}."
    )


def _alliance_of_one(now: Snapshot, client: str, **_: str) -> str:
    loyal = f"keeps at least {in_percent(KEPT)}" if now.kept else f"has lost more than {in_percent(1 - KEPT)}"
    member = "is" if now.members else "is no longer"
    return f"{client} {loyal} of its loyalty, and {member} a full member of the pact."


def _stocks(first: Snapshot, now: Snapshot, patron: str, client: str, challenger: str) -> str:
    """What each stock was at the start and has become."""
    moves = {name: f"{first.middle(name):.2f} → {now.middle(name):.2f}" for name in CURVE_STYLES}
    lost = in_percent(now.middle("share_lost"))
    return (
        f"{lost} of the contested land lost; {client}'s loyalty {moves['loyalty']}, its opinion of {patron} "
        f"{moves['opinion']}; {challenger}'s gratitude {moves['gratitude']}; other allies' belief in "
        f"{patron} {moves['reliability']}."
    )
