"""Rules: small pure functions, the claims that they carry, and how a run leaves one out.

A rule is a small pure function of quantities, written as if for one world and applied to a float, a
column or a matrix alike. It carries the claim of the article that it makes executable, and the value
that takes its place when a run leaves the claim out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Amount = NDArray[np.float64] | float


@dataclass(frozen=True)
class Rule:
    """What is known of a rule besides the function itself.

    Attributes:
        name: the dotted name, "agents.patron.title_discount".
        claim: "C1" to "C55"; None for a law of the field that the article takes for granted, or for
            a rule of a rival theory.
        neutral: what stands in for the result when the claim is left out: a number, or the name of
            the argument that is returned unchanged.
        theory: the one theory that follows the rule; None if all do.
    """

    name: str
    claim: str | None
    neutral: float | str
    theory: str | None = None


Function = TypeVar("Function", bound=Callable[..., Any])
RULES: dict[Callable[..., Any], Rule] = {}


def rule(
    claim: str | None, neutral: float | str, theory: str | None = None
) -> Callable[[Function], Function]:
    """Enter a function in RULES; the function itself stays as it is."""

    def enter(function: Function) -> Function:
        RULES[function] = Rule(f"{function.__module__}.{function.__name__}", claim, neutral, theory)
        return function

    return enter


def apply(
    function: Callable[..., Any], without: frozenset[str], theory: str | None = None, /, **quantities: Any
) -> Any:
    """A rule's answer, or its neutral value if the run leaves its claim out or its theory is another.

    Args:
        function: the rule.
        without: the claims left out.
        theory: the theory of the run; None: whichever the rule belongs to.
        quantities: the arguments of the rule, by name.

    >>> def halved(before: float) -> float:
    ...     return before / 2
    >>> _ = rule("C0", neutral="before")(halved)
    >>> apply(halved, frozenset(), before=4.0), apply(halved, frozenset({"C0"}), before=4.0)
    (2.0, 4.0)
    >>> del RULES[halved]
    """
    known = RULES[function]
    ours = theory is None or known.theory in (None, theory)
    if ours and known.claim not in without:
        return function(**quantities)
    return quantities[known.neutral] if isinstance(known.neutral, str) else known.neutral
