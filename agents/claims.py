"""The claims of the article, read from agents/claims.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.reasons import MENDED, OTHER_SENSES, Reason


class Claim(BaseModel):
    """One claim of the article.

    Attributes:
        id: the name, C1 to C55.
        kind: a rule is a mechanism and can be switched off; a prediction is only ever tested.
        text: the claim, in one sentence.
        where: the dotted names of the rules that make it executable; empty for a prediction.
        measure: the measures that its test reads.
        test: the comparison that can fail.
        sign: whether a rule builds in the sign of all that its test expects, or it could come out either way.
        sign_reason: why it is so, in a short sentence.
        cannot_fail: why the test could come out no other way; empty if it could.
        history: the verdict of the record from October 2020 to 2025.
        history_note: a note on that verdict.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["rule", "prediction"]
    text: str
    where: tuple[str, ...]
    measure: tuple[str, ...]
    test: str
    sign: Literal["built in", "emergent"]
    sign_reason: str = Field(min_length=1)
    cannot_fail: str = ""
    history: Literal["borne out", "contradicted", "mixed", "not tested"]
    history_note: str = ""


@cache
def _texts() -> dict[str, str]:
    return {claim.id: claim.text for claim in all_claims()}


def claim_under(reason: Reason, theory: str) -> str:
    """The claim that a reason comes from under a theory; empty for what is not the article's.

    >>> treaty = Reason("treaty", "treaty obligation", "C20")
    >>> [claim_under(treaty, theory) for theory in ("article", "treaty_only")]
    ['C20', '']
    """
    return "" if (theory, reason.name) in OTHER_SENSES else reason.claim


def explanation(reason: Reason, theory: str) -> str:
    """Where a reason of the patron's comes from under a theory: the text of its claim, or its source."""
    if other := OTHER_SENSES.get((theory, reason.name)):
        return other
    if not reason.claim:
        return reason.source
    told = f"Claim {reason.claim} of the article: {_texts()[reason.claim]}"
    added = MENDED.get((theory, reason.name))
    return f"{told} {added}" if added else told


def all_claims() -> list[Claim]:
    """The 55 claims in the order of the article."""
    text = files("agents").joinpath("claims.toml").read_text(encoding="utf-8")
    return [Claim.model_validate(entry) for entry in tomllib.loads(text)["claim"]]
