"""What is each reason of the patron's called, and which claim of the article does it come from?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from agents import mediator, patron
from agents.claims import all_claims
from agents.reasons import DUTIES, TERMS
from experiments.figures.style import PLAIN_WORDS
from sim.rule import RULES

RULE_OF: dict[str, Callable[..., Any]] = {
    "treaty": patron.coverage_of_guarantee,
    "core": patron.core_red_line,
    "border": patron.border_red_line,
    "humanitarian": patron.humanitarian_red_line,
    "existential": patron.existential_red_line,
    "sphere": patron.sphere_at_stake,
    "ruler": patron.stands_by_ruler,
    "popularity": patron.popularity_at_stake,
    "loyalty": patron.loyalty_at_stake,
    "allies": patron.discounted_future,
    "gratitude": patron.gratitude_at_stake,
    "frustration": mediator.updated_frustration,
    "entrapment": patron.entrapment_avoided,
    "displeasure": patron.displeasure_at_government,
    "title": patron.title_discount,
    "window": patron.window_left,
    "cost": patron.cost_of_acting,
}
BEYOND_THE_ARTICLE = {
    "cost": "The less force a patron can spare, the dearer each deed (Boulding 1962). No claim of the "
    "article's own: every theory counts it.",
    "threat": "A patron balances against power, reach, offence and ill will (Walt 1987). A rival "
    "theory's term.",
    "honour": "Pacts are honoured at the historical rate, whatever happens (Berkemeier and Fuhrmann 2018). "
    "A rival theory's term.",
}


@dataclass(frozen=True)
class Term:
    """One reason of the patron's choice.

    Attributes:
        name: as in agents/theories.py.
        words: what it is called on the page.
        duty: whether it pulls towards acting.
        claim: of the article, such as "C3"; empty for what is not the article's.
        text: of the claim, or where else the reason comes from.
    """

    name: str
    words: str
    duty: bool
    claim: str
    text: str


@cache
def terms() -> tuple[Term, ...]:
    """All terms, in the order of agents/theories.py."""
    texts = {claim.id: claim.text for claim in all_claims()}
    found = []
    for name in TERMS:
        claim = RULES[RULE_OF[name]].claim if name in RULE_OF else None
        text = texts[claim] if claim else BEYOND_THE_ARTICLE[name]
        found.append(Term(name, PLAIN_WORDS[name], name in DUTIES, claim or "", text))
    return tuple(found)
