"""Verdicts on claims, combined from those on their parts: in words, and counted."""

from collections.abc import Mapping, Sequence
from functools import cache

from agents.claims import Claim, all_claims
from experiments.trial.verdict import FAILS, HOLDS, NEGLIGIBLE, UNDECIDED, together

CANNOT_FAIL = "cannot fail"  # instead of `holds`, where a claim's test could come out no other way
VERBS = {  # for one claim, for several; in the order in which verdicts are reported
    HOLDS: ("holds", "hold"),
    FAILS: ("fails", "fail"),
    NEGLIGIBLE: ("is negligible", "are negligible"),
    UNDECIDED: ("is undecided", "are undecided"),
    CANNOT_FAIL: ("cannot fail", "cannot fail"),
}
VERDICTS = tuple(VERBS)
SIGNS = ("emergent", "built in")  # where the sign of a claim's test comes from


@cache
def _known() -> dict[str, Claim]:
    return {claim.id: claim for claim in all_claims()}


def verdict_on(claim: str, parts: Sequence[str]) -> str:
    """The verdict on a claim, from those on its parts; a test that cannot fail bears out nothing.

    >>> verdict_on("C30", ["holds", "fails"]), verdict_on("C53", ["holds", "holds"])
    ('fails', 'cannot fail')
    """
    found = together(parts)
    vacuous = claim in _known() and _known()[claim].cannot_fail
    return CANNOT_FAIL if found == HOLDS and vacuous else found


def verdicts_in_words(verdicts: Mapping[str, str]) -> str:
    """Verdicts on claims in words.

    >>> verdicts_in_words({"C1": "holds", "C2": "holds", "C5": "fails"})
    'C1 and C2 hold; C5 fails'
    """
    parts = []
    for verdict, (one, several) in VERBS.items():
        names = [claim for claim, word in verdicts.items() if word == verdict]
        if names:
            parts.append(f"{listed(names)} {several if len(names) > 1 else one}")
    return "; ".join(parts)


def verdicts_counted(verdicts: Mapping[str, str]) -> str:
    """How many claims have each verdict and, of those that hold, how many signs emerge or are built in.

    >>> verdicts_counted({"C1": "holds", "C4": "holds", "C6": "holds", "C30": "fails"})
    'Of 4 claims 3 hold (1 emergent, 2 built in), 1 fails.'
    """
    counts = {word: list(verdicts.values()).count(word) for word in VERDICTS}
    parts = [f"{count} {VERBS[word][count != 1]}" for word, count in counts.items() if count]
    if counts[HOLDS]:
        of_sign = [sign_of(claim) for claim, word in verdicts.items() if word == HOLDS]
        parts[0] += f" ({', '.join(f'{of_sign.count(sign)} {sign}' for sign in SIGNS)})"
    return f"Of {len(verdicts)} claims {', '.join(parts)}."


def sign_of(claim: str) -> str:
    """Whether the sign of a claim's test is built in or emergent; empty if it is no claim of the article."""
    return _known()[claim].sign if claim in _known() else ""


def listed(names: Sequence[str]) -> str:
    """Names joined in a phrase.

    >>> listed(["C1", "C2", "C5"])
    'C1, C2 and C5'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
