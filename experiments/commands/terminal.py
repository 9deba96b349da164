"""How does a run read in the terminal?"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sim.runs.results import ResultFolder

RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")
SECTIONS: dict[str, dict[str, str]] = {
    "Land (share of the contested land held at the start)": {
        "share_lost": "lost in all",
        "share_by_force": "by force",
        "share_by_handover": "by handover",
        "core_lost": "lost of the core",
        "recognised_lost": "recognised land lost, km2",
    },
    "War": {
        "first_war_date": "first offensive begins",
        "war_days": "its days of fighting",
        "wars": "offensives in all",
        "clashes": "limited clashes",
        "red_lines_crossed": "red lines crossed",
    },
    "The patron": {
        "level_max": "highest rung (0-4)",
        "level_max_date": "first reached on",
        "first_force_date": "rung 3 or more from",
        "rhetoric_patron_mean": "its words for the client, 0-1",
        "rhetoric_outsider_mean": "an outside power's, 0-1",
    },
    "The alliance (0-1)": {
        "loyalty_start": "loyalty, start",
        "loyalty_end": "loyalty, end",
        "opinion_start": "opinion of the patron, start",
        "opinion_end": "opinion of the patron, end",
        "gratitude_start": "challenger's gratitude, start",
        "gratitude_end": "challenger's gratitude, end",
        "observer_reliability_start": "reliability to others, start",
        "observer_reliability_end": "reliability to others, end",
    },
}
NAMES = {
    "level_max": "highest rung",
    "kept_aside_by": "kept aside by",
    "moved_by": "moved by",
    "status_end": "place in the pact",
    "hedging_end": "has from others",
}
LABEL, NUMBER = 32, 14
RARE = 0.005  # a share below this is not told


def tell(folder: ResultFolder) -> str:
    """A short readable result: median and 90 % range of each outcome, shares of each name."""
    outcomes = folder.summary["outcomes"]
    lines = [folder.scenario.title, " · ".join(_settings(folder.manifest.plan))]
    for title, measures in SECTIONS.items():
        lines += ["", f"{title:<{LABEL + 2}}{'median':>{NUMBER}}   90 % of worlds"]
        lines += [_row(label, outcomes[name]) for name, label in measures.items()]
    lines += ["", "In how many worlds"]
    lines.append(_shares("highest rung", _rung_shares(folder)))
    for name, label in list(NAMES.items())[1:]:
        lines.append(_shares(label, outcomes[name]["shares"]))
    return "\n".join(lines)


def _settings(plan: dict[str, Any]) -> list[str]:
    """What determines the numbers; of a design, which all points are told together."""
    design, left_out = plan["design"] or {}, ", ".join(plan["without"])
    points = max(map(len, design.values()), default=1)
    return [
        *([f"theory {plan['theory']}"] if "theory" not in design else []),
        *([f"{points:,} points together, varied: {', '.join(design)}"] if design else []),
        f"{plan['worlds']:,} worlds" + " a point" * bool(design),
        f"seed {plan['seed']}",
        *([f"without {left_out}"] if left_out else []),
    ]


def _row(label: str, facts: dict[str, Any]) -> str:
    median, low, high = (_shown(facts[key], facts["unit"]) for key in ("median", "low", "high"))
    known = facts["share_known"]
    note = f"   (in {known:.0%} of worlds)" if known < 1 else ""
    spread = f"{low} to {high}" if facts["median"] is not None else ""
    return f"  {label:<{LABEL}}{median:>{NUMBER}}   {spread}{note}"


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return "never"
    if unit == "date":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    if unit == "share":
        return f"{value:.2f}"
    return f"{value:,.0f}"


def _rung_shares(folder: ResultFolder) -> dict[str, float]:
    counts = folder.outcome("level_max").value_counts(normalize=True)
    return {RUNGS[rung]: float(counts[rung]) for rung in range(len(RUNGS)) if rung in counts}


def _shares(label: str, shares: dict[str, float]) -> str:
    most = [item for item in sorted(shares.items(), key=lambda item: -item[1]) if item[1] >= RARE][:4]
    told = ", ".join(f"{name} {share:.0%}" for name, share in most)
    return f"  {label:<{LABEL}}{told}"


def table(rows: Iterable[Sequence[str]], head: Sequence[str], widths: Sequence[int]) -> str:
    """Plain columns, the last one as wide as it comes."""
    lines = []
    for row in (head, *rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, *row[len(widths) :]]).rstrip())
    return "\n".join(lines)
