"""How does the page look? What its pictures cannot say for themselves."""

from importlib.resources import files

from experiments.page.svg import style_sheet


def page_style() -> str:
    """Everything for the page's one style sheet."""
    return style_sheet() + files("experiments.page").joinpath("page.css").read_text(encoding="utf-8")
