"""How does the page look? What its pictures cannot say for themselves."""

from importlib.resources import files

from sim.view.svg import style_sheet


def page_style() -> str:
    """Everything for the page's one style sheet."""
    return style_sheet() + files("sim.view").joinpath("page.css").read_text(encoding="utf-8")
