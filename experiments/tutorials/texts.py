"""The glossary, and how each figure is read: glossary.md and figures.md, for all that shows them."""

import re
from functools import cache
from importlib.resources import files


@cache
def glossary() -> dict[str, str]:
    """What each word means, in the order of the glossary.

    >>> glossary()["outer, core"].split(";")[0]
    'contested land around the core, which might be given up'
    """
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", _text("glossary"), re.MULTILINE)
    return {word: meaning for word, meaning in rows if word != "word"}


@cache
def readings() -> dict[str, str]:
    """How to read a figure, by how the names of its files begin."""
    paragraphs = re.findall(
        r"^\*\*([\w, -]+)\.\*\* (.+?)(?:\n\n|\Z)", _text("figures"), re.MULTILINE | re.DOTALL
    )
    return {name: " ".join(text.split()) for names, text in paragraphs for name in names.split(", ")}


def how_to_read(figure: str) -> str:
    """How to read a figure; empty if nothing is said of it.

    >>> how_to_read("sweep-share_lost") == readings()["sweep"]
    True

    Args:
        figure: the name of its file, without the ending, or its form.
    """
    begins = (name for name in readings() if f"{figure}-".startswith(f"{name}-"))
    return readings().get(max(begins, key=len, default=""), "")


def _text(name: str) -> str:
    text = files("experiments.tutorials").joinpath(f"{name}.md").read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").replace("`", "").strip()
