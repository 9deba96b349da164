"""Studies, each a question with a way to answer it, and answers: words, tables and figures.

Studies know nothing of files: the caller writes the answer down (experiments/commands/answers.py), and the
report reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.sentences import capitalised

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class StudyOptions:
    """How a question is asked.

    Attributes:
        worlds: the number of worlds for each setting; None for the study's own default.
        seed: the seed of all luck.
        workers: the number of processes; None for all cores.
        numbers: which numbers each world gets: "defaults", "prior", "estimated", or the file of a posterior.
        scenario: the scenario that is asked about, by its name or file; None for the study's own.
        record: the folder of the user's own record, in place of ours; None for ours.
        table: a file that takes the place of the study's own data, if it has some.
        column: whether figures should fit one journal column rather than a page, as far as they can.
        tell: the function called with each line about progress.
    """

    worlds: int | None = None
    seed: int = 0
    workers: int | None = None
    numbers: str = "defaults"
    scenario: str | None = None
    record: Path | None = None
    table: Path | None = None
    column: bool = False
    tell: Callable[[str], None] = lambda line: None

    @property
    def numbers_in_words(self) -> str:
        """Which numbers are used, for captions and the terminal.

        >>> StudyOptions(numbers="runs/mine/posterior.csv").numbers_in_words
        'numbers: posterior.csv'
        """
        return f"numbers: {Path(self.numbers).name}"


@dataclass(frozen=True)
class Picture:
    """A figure with its words.

    Attributes:
        figure: the figure.
        caption: the words below it.
        alternative: the words for those who cannot see it.
        form: the name of the paragraph in experiments/tutorials/figures.md on how to read it; empty if the
            figure's own name begins with that.
    """

    figure: "Figure"
    caption: str
    alternative: str
    form: str = ""


@dataclass(frozen=True)
class Answer:
    """What a study found.

    Attributes:
        title: the answer in one sentence.
        paragraphs: what else a terminal shows, in order; each is prose or a table in columns.
        tables: name -> a table, each written as CSV.
        figures: name -> a figure, each written as SVG and PNG.
        facts: plain data that makes the answer repeatable: scenario, worlds, seed, settings, scores.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: Mapping[str, "pd.DataFrame"] = field(default_factory=dict)
    figures: Mapping[str, Picture] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole answer in plain text."""
        return "\n\n".join([self.title, *self.paragraphs])

    def with_numbers(self, options: StudyOptions) -> "Answer":
        """The answer, stating at its end and in its facts which numbers were used."""
        told = f"{capitalised(options.numbers_in_words)}."
        facts = {**self.facts, "numbers": options.numbers}
        return replace(self, paragraphs=(*self.paragraphs, told), facts=facts)


@dataclass(frozen=True)
class Study:
    """A question with a way to answer it.

    Attributes:
        name: the name of its command: captive-ally experiment NAME.
        question: the question in plain words.
        claims: the claims that it bears on.
        answer: the function that asks the model; call it through `ask`.
        takes_table: whether it reads a table of the user's (--table FILE).
        takes_scenario: whether it can be asked of another scenario (--scenario FILE).
        takes_record: whether it can be held against another record (--record FOLDER).
        check: the function that finds out, before anything is run, whether it can be asked this way.
        kind: the kind of its answer's folder.
    """

    name: str
    question: str
    claims: tuple[str, ...]
    answer: Callable[[StudyOptions], Answer]
    takes_table: bool = False
    takes_scenario: bool = False
    takes_record: bool = False
    check: Callable[[StudyOptions], None] = lambda options: None
    kind: str = "study"

    def ask(self, options: StudyOptions) -> Answer:
        """The answer, with the question in its facts."""
        found = self.answer(options).with_numbers(options)
        named = {"name": self.name, "question": self.question, "claims": list(self.claims)}
        return replace(found, facts=named | dict(found.facts))
