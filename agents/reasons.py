"""The reasons for the patron's choice, listed once: name, side, words, claim; rungs and theories in words.

A duty pulls the patron up the ladder of deeds, a restraint holds it down. Rules, records, figures and the
page take names, order and words from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason for the patron's choice.

    Attributes:
        name: the name in results, such as "gratitude".
        words: what figures and the page call it.
        claim: the claim of the article that it comes from; empty for what is not the article's.
        duty: whether it pulls towards acting; else it restrains.
        source: the source of a reason that is not from a claim.
    """

    name: str
    words: str
    claim: str = ""
    duty: bool = True
    source: str = ""


REASONS = (
    Reason("treaty", "treaty obligation", "C20"),
    Reason("core", "core falling", "C33"),
    Reason("border", "recognised border attacked", "C36"),
    Reason("humanitarian", "humanitarian disaster", "C35"),
    Reason("existential", "survival of the client", "C37"),
    Reason("sphere", "standing in its sphere", "C6"),
    Reason("ruler", "friendly ruler in danger", "C7"),
    Reason("popularity", "popularity in the client", "C43"),
    Reason("loyalty", "loyalty of the client", "C2"),
    Reason("allies", "other allies watching", "C51"),
    Reason(
        "threat",
        "threat of the challenger",
        source="A patron balances against power, reach, offence and ill will (Walt 1987). A rival "
        "theory's term.",
    ),
    Reason(
        "honour",
        "promise kept, as usual",
        source="Pacts are honoured at the historical rate, whatever happens (Berkemeier and Fuhrmann 2018). "
        "A rival theory's term.",
    ),
    Reason(
        "bargain",
        "outcome of the bargaining",
        source="Patron, client and challenger settle on how much of the harm it is to prevent (Bueno de "
        "Mesquita 1994). A rival theory's term.",
    ),
    Reason("gratitude", "gratitude of the challenger", "C3", duty=False),
    Reason("frustration", "frustration with the client", "C11", duty=False),
    Reason("entrapment", "entrapment avoided", "C19", duty=False),
    Reason("displeasure", "displeasure at its government", "C21", duty=False),
    Reason("title", "the challenger's legal title", "C26", duty=False),
    Reason("window", "time left to the challenger", "C25", duty=False),
    Reason(
        "cost",
        "cost of acting",
        duty=False,
        source="The less force a patron can spare, the dearer each deed (Boulding 1962). No claim of the "
        "article's own: every theory counts it.",
    ),
)
# What a theory makes of a reason of the article's, where that is not what the article's claim says.
OTHER_SENSES = {
    (
        "treaty_only",
        "treaty",
    ): "Not the article's: a pact is honoured wherever the fighting is, on land held abroad "
    "as at home. The article starts from this default and argues against it (C5, C20).",
}
# What a theory adds to the claim, where it counts the reason by another measure.
MENDED = {
    ("revised", line): "Revised: it counts for less, the more the patron cares for the challenger."
    for line in ("core", "border", "humanitarian", "existential")
} | {
    ("revised", "popularity"): "Revised: opinion counts as polls show it now, with their delay.",
    ("revised", "gratitude"): "Revised: taking the client's side costs relations with the challenger, "
    "whatever the size of the war; talks take neither side.",
}
DUTIES = tuple(reason.name for reason in REASONS if reason.duty)  # they come first
RESTRAINTS = tuple(reason.name for reason in REASONS if not reason.duty)
TERMS = DUTIES + RESTRAINTS
PLAIN_WORDS = {reason.name: reason.words for reason in REASONS}

# The rungs of the patron's ladder, from the lowest.
RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")

# The theories of the patron's choice in a few words; agents/theories.py makes each a kind of patron.
THEORY_WORDS = {
    "article": "all the reasons of the article",
    "treaty_only": "a pact is honoured wherever the fighting is",
    "balance_of_threat": "a patron balances against the threat that challenger and backer pose",
    "base_rate": "a pact is honoured at the historical rate, whatever happens",
    "revised": "the reasons of the article, mended where later events and other crises contradict it",
    "bargaining": "a patron does what all parties, weighing challenges of each other, would settle on",
}
