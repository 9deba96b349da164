"""The patron's reasons as bars, and the ladder with the chance of each rung."""

from collections.abc import Sequence

from agents.claims import claim_under, explanation
from agents.reasons import REASONS, RUNGS, Reason
from experiments.page.snapshot import Snapshot, past_words, rung_words
from experiments.page.svg import PICTURE_WIDTH, colour, element, line, picture, text, words
from experiments.sentences import capitalised
from experiments.shares import in_percent
from sim.scenarios.scenario import Scenario

REASON_ROW, RUNG_ROW = 19.0, 17.0
HIGHEST_WIDTH = 90.0  # px on the right for two columns of figures
HEADING_WIDTH = 136.0  # px for the heading of the bars on the right
LABEL_WIDTH, NUMBER_WIDTH = 206.0, 36.0  # px on the left for names, on either side for figures
FELT = 0.02  # utility: a weaker reason is not shown
FEW_AT_WAR = 0.25  # of the worlds at war when most are: where fewer fight, their reasons stand for no others
FULL_BAR = 1.0  # utility of a bar as long as its side, unless one is stronger


def last_fought(history: Sequence[Snapshot]) -> Snapshot:
    """The last of some snapshots in which fighting was not rare, and reasons were weighed if ever they were.

    On a day on which no front is left there are none. The last of all if there was no fighting.
    """
    most = max(snapshot.fought for snapshot in history)
    fighting = [one for one in history if one.stood and one.fought >= FEW_AT_WAR * most]
    weighing = [one for one in fighting if any(one.reasons)]
    return (weighing or fighting or history)[-1]


def deeds_of(scenario: Scenario, now: Snapshot) -> str:
    """How far the patron has gone so far: of many worlds, its two most frequent ends, of all of them."""
    patron = scenario.cast.patron.name
    if now.top is None:
        return f"{patron} has seen no fighting yet"
    if now.worlds == 1:
        return f"{patron} {past_words(now.top)}"
    most = sorted(range(len(RUNGS)), key=lambda rung: -now.highest[rung])[:2]
    ends = [
        f"{past_words(rung)} in {in_percent(now.highest[rung])}" for rung in most if now.highest[rung] > 0
    ]
    peace = 1.0 - sum(now.highest)
    ends += [f"saw no fighting in {in_percent(peace)}"] if peace > 0.005 else []
    return f"{patron} {', '.join(ends)} of {now.worlds:,} worlds"


def heading_of(scenario: Scenario, now: Snapshot, fought: Snapshot) -> str:
    """What the patron does where there is fighting, else how far it has gone: of many worlds, in how many.

    Args:
        scenario: the scenario whose patron it is.
        now: the moment.
        fought: the last moment in which fighting was not rare.
    """
    patron = scenario.cast.patron.name
    if fought.rung is None or now.top is None:
        begins = f"The fighting begins: press Play or Step to see what {patron} does, and why."
        return begins if now.at_war else f"Peace: {patron} has nothing to decide."
    if now.worlds == 1:
        if fought is now:
            return f"{patron} {rung_words(fought.rung)}."
        last = f"{fought.since.day} {fought.since:%b %Y}"
        return f"No fighting since {last}. At most, {patron} {past_words(now.top)}."
    still = _worlds_of(now.fought, now.worlds)
    if fought is now:
        present = f"{patron} {rung_words(fought.rung)} in {in_percent(fought.stood[fought.rung])} of these"
        return f"Fighting in {still} worlds: {present}."
    return f"{f'Fighting in {still} worlds' if now.fought else 'No fighting'}. {deeds_of(scenario, now)}."


def _worlds_of(share: float, worlds: int) -> str:
    """A share of the worlds as a count.

    >>> _worlds_of(0.012, 1000)
    '12 of 1,000'
    """
    return f"{round(share * worlds):,} of {worlds:,}"


def reasons_of(
    scenario: Scenario,
    now: Snapshot,
    theory: str,
    opened: str = "",
    highest: Sequence[float] | None = None,
    width: float = PICTURE_WIDTH,
) -> str:
    """The ladder, and a bar for what each reason says of a stop (rung 3); empty where there was no fighting.

    Args:
        scenario: the scenario whose patron it is.
        now: a moment with fighting.
        theory: the theory of its choice.
        opened: the reason whose claim is shown.
        highest: (rungs,) the share of all worlds by highest rung, if a later moment is looked at.
        width: px at which type has its size.
    """
    if not now.stood:
        return ""
    felt, top = felt_terms(now), RUNG_ROW * len(RUNGS) + (26 if now.worlds == 1 else 43)
    title = f"Reasons of {scenario.cast.patron.name}"
    height = top + REASON_ROW * max(len(felt), 1) + 30
    ladder = _ladder(now, highest or now.highest, width)
    return picture(width, height, title, ladder, _bars(felt, top, theory, opened, width), alive=True)


def felt_terms(now: Snapshot) -> list[tuple[Reason, float]]:
    """The reasons that count now, duties first, the strongest first on each side."""
    pairs = [(term, now.reasons[place]) for place, term in enumerate(REASONS) if now.reasons]
    return sorted(
        ((term, value) for term, value in pairs if abs(value) > FELT),
        key=lambda pair: (not pair[0].duty, -pair[1]),
    )


def strongest(now: Snapshot) -> str:
    """The name of the strongest reason; empty in peace."""
    felt = felt_terms(now)
    return max(felt, key=lambda pair: pair[1])[0].name if felt else ""


def claim_of(name: str, theory: str) -> str:
    """A reason's name in words and the claim that it comes from under a theory, in HTML."""
    term = next(term for term in REASONS if term.name == name)
    heading = f"{capitalised(term.words)}. "
    return element("b", words(heading)) + words(explanation(term, theory))


def _ladder(now: Snapshot, highest: Sequence[float], width: float) -> str:
    """Five rungs, the chance of each as a bar, the one stood on marked; of many worlds, how far they went."""
    many, top = now.worlds > 1, 18.0
    parts = [text(0, 12, "chance of each rung by its reasons; ▶ where it stands", fill=colour("soft"))]
    full = width - 150 - (HIGHEST_WIDTH if many else 50)
    if many:
        top += RUNG_ROW
        fighting, day = round(now.fought * now.worlds), f"{now.since.day} {now.since:%b %Y}"
        said = f"in the {fighting:,} that fought on {day}"
        parts.append(text(0, 29, said, fill=colour("soft")))
        parts.append(text(width, 29, "highest so far, of all", text_anchor="end", fill=colour("soft")))
    for rung, (name, chance) in enumerate(zip(RUNGS, now.ladder, strict=True)):
        y = top + RUNG_ROW * (len(RUNGS) - 1 - rung)
        here = now.rung == rung
        parts.append(
            text(146, y + 12, f"{'▶ ' if here else ''}{rung} {name}", text_anchor="end",
                 font_weight=700 if here else 400)
        )  # fmt: skip
        parts.append(element("rect", x=152, y=y + 2, width=full, height=RUNG_ROW - 5, fill=colour("grid")))
        parts.append(
            element("rect", x=152, y=y + 2, width=full * chance, height=RUNG_ROW - 5, fill=colour("ink"))
        )
        parts.append(text(158 + full, y + 12, in_percent(chance)))
        if many:
            said = in_percent(highest[rung])
            parts.append(text(width, y + 12, said, text_anchor="end", font_weight=700))
    return "".join(parts)


def _bars(felt: list[tuple[Reason, float]], top: float, theory: str, opened: str, width: float) -> str:
    longest = max([FULL_BAR, *(value for _, value in felt)])
    middle = LABEL_WIDTH + (width - LABEL_WIDTH) / 2
    full = (width - LABEL_WIDTH) / 2 - NUMBER_WIDTH
    sums = [sum(value for term, value in felt if term.duty is duty) for duty in (False, True)]
    heads = min(middle, width - HEADING_WIDTH)  # on a telephone they have no room on either side
    parts = [
        text(heads - 6, top + 14, f"◀ holds back {sums[0]:.2f}", text_anchor="end",
             fill=colour("restraint"), font_weight=700),
        text(heads + 6, top + 14, f"{sums[1]:.2f} pulls to act ▶", fill=colour("duty"), font_weight=700),
        line(middle, top + 20, middle, top + 26 + REASON_ROW * len(felt), stroke=colour("soft")),
    ]  # fmt: skip
    if not felt:
        parts.append(text(0, top + 34, "No reason counts: no front, or its leaning alone."))
    for number, (term, value) in enumerate(felt):
        y, claim = top + 24 + REASON_ROW * number, claim_under(term, theory)
        parts.append(_bar(term, value, y, (middle, width), full / longest, claim, term.name == opened))
    return "".join(parts)


def _bar(
    term: Reason, value: float, y: float, place: tuple[float, float], scale: float, claim: str, opened: bool
) -> str:
    middle, width = place
    length, ink = value * scale, colour("duty" if term.duty else "restraint")
    left = middle if term.duty else middle - length
    figure_x, anchor = (middle + length + 5, "start") if term.duty else (middle - length - 5, "end")
    return element(
        "g",
        element("rect", x=0, y=y, width=width, height=REASON_ROW - 1, rx=3,
                fill=colour("grid") if opened else "transparent"),
        text(2, y + 13, f"{claim} {term.words}".lstrip(), font_weight=700 if opened else 400),
        element("rect", x=left, y=y + 3, width=max(length, 0.5), height=REASON_ROW - 7, fill=ink),
        text(figure_x, y + 13, f"{value:.2f}", text_anchor=anchor),
        tabindex=0, role="button", data_pick=f"term:{term.name}", style="cursor:pointer",
        aria_pressed="true" if opened else "false",
        aria_label=f"{term.words}, {value:.2f}: show its claim",
    )  # fmt: skip
