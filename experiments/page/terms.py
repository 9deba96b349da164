"""Terms: what the page says at its start, and what its words mean."""

import solara

from experiments.discovery import KEPT
from experiments.page.session import Session
from experiments.page.svg import element, words
from experiments.shares import in_percent

BET = (
    "{patron} is the treaty ally of {client}; {challenger} attacks, or threatens, land that {client} holds. "
    "The article says why {patron} may look on: it bets that {client} has nowhere else to go, and that "
    "{challenger} will be grateful. Press ▶ Play to see what the model makes of that: who holds the land, "
    "what {patron} does and why, what becomes of the alliance."
)
ONE_WORLD = "A world is one run of the model, with its own luck. Shown is one; others end otherwise."
MANY_WORLDS = "A world is one run of the model, with its own luck. Shown are {count} at once, side by side."
GLOSSARY = {
    "Patron, client, challenger": (
        "{patron}, {client} and {challenger}, by what they are in the article. The backer is the state that "
        "helps {challenger}."
    ),
    "World": (
        "One run of the model: the same rules, its own luck. Of many worlds the page shows shares, "
        "medians and bands of 90 %; no world is the true one."
    ),
    "Rung": (
        "How far {patron} goes in a war: 0 stands aside, 1 diplomacy, 2 arms, 3 a stop with "
        "peacekeepers, 4 combat troops."
    ),
    "Core": (
        "The contested land with most of its people, inside the violet line; the outer land lies around it."
    ),
    "Land held": ("The share of the contested land that {client}'s side still holds."),
    "Loyalty": ("How far {client} stays with {patron}, by its acts: 1 is wholly, 0 not at all."),
    "Kept": ("What is counted of the alliance: worlds in which at least {kept} of that loyalty is left."),
    "Opinion": ("How many in {client} think well of {patron}."),
    "Gratitude": ("How much {challenger} owes {patron} for not being hindered."),
    "Allies' belief": ("How far {patron}'s other allies believe that it would stand by them."),
    "Diamonds (◇)": ("What was observed: land on dated maps, opinion in polls. All else is the model's."),
    "Chance of a rung": (
        "As others can reckon it from the reasons; a private leaning of {patron}, drawn once a war, decides."
    ),
    "C1 to C55": ("The article's claims, numbered; each reason leads to its own."),
}


@solara.component
def Glossary(session: Session) -> None:  # noqa: N802
    """What the words of the page mean."""
    cast = session.playback.value.sides[0].model.scenario.cast
    names = {"patron": cast.patron.name, "client": cast.client.name, "challenger": cast.challenger.name}
    entries = [
        element("dt", words(term)) + element("dd", words(said.format(**names, kept=in_percent(KEPT))))
        for term, said in GLOSSARY.items()
    ]
    with solara.v.Html(tag="details", class_="ca-fold ca-words"):
        solara.HTML(tag="summary", unsafe_innerHTML="What the words mean")
        solara.HTML(tag="dl", unsafe_innerHTML="".join(entries))
