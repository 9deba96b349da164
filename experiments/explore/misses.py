"""Misses: which cases a theory gets wrong, what its force depends on compared with the record, and its rungs.

A score says how far a theory is off; these tables say where. Nothing is tuned to them.
"""

import numpy as np
import pandas as pd

from experiments.history.coded_cases import CODES, RUNGS_CODED
from experiments.history.skill import logistic_slopes
from experiments.shares import in_percent
from sim.world import FORCE

WORST = 10  # cases that are named
MOST_APART = 4  # codes that are named
DEED = {True: "with force", False: "without force"}


def dependence_on_codes(cases: pd.DataFrame, chances: "pd.Series[float]") -> pd.DataFrame:
    """What force depends on, in the record and in what a theory says of the same cases.

    Slopes of a ridge logistic regression on all cases, per standard deviation of each code; fitted to what
    happened, and to the theory's chances.

    Args:
        cases: the cases, with their codes and levels.
        chances: the theory's chance of force in each.

    Returns:
        one row per code: code, record, theory; those furthest apart first.
    """
    codes, happened = (
        cases[list(CODES)].to_numpy(dtype=float),
        (cases["level"].to_numpy(dtype=float) >= FORCE).astype(float),
    )
    record = logistic_slopes(codes, happened)
    theory = logistic_slopes(codes, np.asarray(chances, dtype=float))
    table = pd.DataFrame({"code": CODES, "record": record, "theory": theory})
    return table.iloc[np.argsort(-np.abs(record - theory), kind="stable")].reset_index(drop=True)


def rungs_taken(cases: pd.DataFrame, played: pd.DataFrame) -> pd.DataFrame:
    """Which rung is taken on the side of what happened, in the record and in worlds of a theory.

    Args:
        cases: the cases, with their levels.
        played: worlds of a theory: id, level.

    Returns:
        one row per rung: deed (with force or without), rung, record, theory: shares of the cases, and of the
        worlds of these cases that are on the same side.
    """
    happened, deeds = (of["level"].to_numpy(dtype=float) >= FORCE for of in (cases, played))
    of_case = played["id"].map(pd.Series(happened, index=cases["id"])).to_numpy(dtype=bool)
    rows = []
    for rung in np.array(RUNGS_CODED):
        force = bool(rung >= FORCE)
        record = cases.loc[happened == force, "level"]
        theory = played.loc[(of_case == force) & (deeds == force), "level"]
        shares = {"record": (record == rung).mean(), "theory": (theory == rung).mean()}
        rows.append({"deed": DEED[force], "rung": rung, **shares})
    return pd.DataFrame(rows)


def where_it_misses(cases: pd.DataFrame, codes: pd.DataFrame) -> str:
    """In words: which cases it gets wrong with their war left out, and which codes it weighs differently.

    Args:
        cases: case, level, p_left_out.
        codes: see `dependence_on_codes`.
    """
    forceful, said = cases["level"].to_numpy(dtype=float) >= FORCE, cases["p_left_out"].to_numpy(dtype=float)
    off = (said - forceful) ** 2
    worst = np.argsort(-off, kind="stable")[:WORST]
    named = "; ".join(
        f"{cases['case'].iloc[one]} ({said[one]:.2f}, {DEED[bool(forceful[one])]})" for one in worst
    )
    apart = "; ".join(
        f"{row.code} {row.record:+.2f} and {row.theory:+.2f}" for row in codes[:MOST_APART].itertuples()
    )
    return (
        f"It misses most, with their war left out (chance of force, and what happened): {named}. These make "
        f"{in_percent(off[worst].sum() / off.sum())} of its squared error. The codes that matter least "
        f"as in the record (slopes for a standard deviation; record, then theory): {apart}."
    )
