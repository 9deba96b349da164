"""Terms: what the page says at its start, and what its words mean."""

from collections.abc import Mapping

import solara

from experiments.page.session import Session
from experiments.page.svg import element, words
from experiments.sentences import capitalised
from experiments.tutorials.texts import glossary, how_to_read

BET = (
    "{patron} is the treaty ally of {client}; {challenger} attacks, or threatens, land that {client} holds. "
    "The article says why {patron} may look on: it bets that {client} has nowhere else to go, and that "
    "{challenger} will be grateful. Press ▶ Play to see what the model makes of that: who holds the land, "
    "what {patron} does and why, what becomes of the alliance."
)
ONE_WORLD = "A world is one run of the model, with its own luck. Shown is one; others end otherwise."
MANY_WORLDS = "A world is one run of the model, with its own luck. Shown are {count} at once, side by side."
WHO_IS_WHO = "Here {patron} is the patron, {client} the client and {challenger} the challenger."
FIGURES_OF_PAGE = {
    "page-map": "The map",
    "page-alliance": "The alliance over time",
    "page-reasons": "The reasons",
}


@solara.component
def Glossary(session: Session) -> None:  # noqa: N802
    """What the words of the page mean, and how to read its figures."""
    cast = session.playback.value.sides[0].model.scenario.cast
    names = {"patron": cast.patron.name, "client": cast.client.name, "challenger": cast.challenger.name}
    folded = element("p", words(WHO_IS_WHO.format(**names))) + _list(glossary())
    folded += _list({said: how_to_read(name) for name, said in FIGURES_OF_PAGE.items()})
    with solara.v.Html(tag="details", class_="ca-fold ca-words"):
        solara.HTML(tag="summary", unsafe_innerHTML="What the words mean, and how to read the figures")
        solara.HTML(tag="div", unsafe_innerHTML=folded)


def _list(entries: Mapping[str, str]) -> str:
    """A list of words, and what is said of each."""
    told = (
        element("dt", words(capitalised(term))) + element("dd", words(said)) for term, said in entries.items()
    )
    return element("dl", *told)
