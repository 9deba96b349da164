"""What does the article claim? Reads agents/claims.toml."""

import tomllib
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Claim(BaseModel):
    """One claim of the article.

    Attributes:
        id: C1 to C55.
        kind: a rule is a mechanism and can be switched off; a prediction is only ever tested.
        text: the claim, in one sentence.
        where: dotted names of the rules that make it executable; empty for a prediction.
        measure: what its test reads.
        test: the comparison that can fail.
        history: the verdict of the record from October 2020 to 2025, and a note on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["rule", "prediction"]
    text: str
    where: tuple[str, ...]
    measure: tuple[str, ...]
    test: str
    history: Literal["borne out", "contradicted", "mixed", "not tested"]
    history_note: str = ""


def all_claims() -> list[Claim]:
    """The 55 claims in the order of the article."""
    text = files("agents").joinpath("claims.toml").read_text(encoding="utf-8")
    return [Claim.model_validate(entry) for entry in tomllib.loads(text)["claim"]]
