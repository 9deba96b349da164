"""Pictures in SVG and the page's style sheet, in colours that follow its light or dark theme."""

import re
from html import escape
from importlib.resources import files

TYPE_SIZE = 12  # px, the least that is shown
# px of a picture on a large screen, on a telephone, and of two beside each other there: type has its size
PICTURE_WIDTH, NARROW_WIDTH, HALF_WIDTH = 480.0, 360.0, 176.0

# name -> light, dark; told apart by all common forms of colour vision (Okabe and Ito 2008, and
# ColorBrewer's tints of blue and orange). Regions keep their colours in the dark, so does their type.
THEME_COLOURS = {
    "paper": ("#ffffff", "#1e1e1e"),
    "ink": ("#1a1a1a", "#f2f2f2"),
    "soft": ("#575757", "#b8b8b8"),
    "grid": ("#e2e2e2", "#3d3d3d"),
    "land": ("#1f6f8b", "#56b4e9"),
    "loyalty": ("#a8440a", "#ff9f57"),
    "opinion": ("#8a3f6d", "#e39ac4"),
    "gratitude": ("#00694c", "#2fc797"),
    "belief": ("#6b5900", "#e6d34a"),
    "duty": ("#b34d00", "#ff9d4d"),
    "restraint": ("#0072b2", "#56b4e9"),
    "war": ("#f5dcdc", "#4a2a2a"),
}


def colour(name: str) -> str:
    """A colour that the page sets by its theme; where there is no page, the light one.

    >>> colour("paper")
    'var(--ca-paper, #ffffff)'
    """
    return f"var(--ca-{name}, {THEME_COLOURS[name][0]})"


def page_style() -> str:
    """The page's one style sheet: the colours of both themes, and what pictures cannot say for themselves."""
    light, dark = (
        "".join(f"--ca-{name}: {pair[theme]};" for name, pair in THEME_COLOURS.items()) for theme in (0, 1)
    )
    themes = f".v-application {{{light}}}\n.v-application.theme--dark {{{dark}}}"
    return themes + files("experiments.page").joinpath("page.css").read_text(encoding="utf-8")


def element(tag: str, *inside: str, **attributes: object) -> str:
    """One element; attributes' names take "_" for "-", a None is left out.

    >>> element("rect", x=1, stroke_width=2, rx=None)
    '<rect x="1" stroke-width="2"/>'
    >>> element("title", words("a < b"))
    '<title>a &lt; b</title>'
    """
    given = "".join(
        f' {name.strip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{given}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{given}/>"


def words(text: str) -> str:
    """Text that means itself."""
    return escape(text, quote=False)


def text(x: float, y: float, said: str, **style: object) -> str:
    """A line of text."""
    return element("text", words(said), x=x, y=y, **({"fill": colour("ink")} | style))


def line(x1: float, y1: float, x2: float, y2: float, **style: object) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **({"stroke": colour("ink")} | style))


def picture(width: float, height: float, label: str, *inside: str, alive: bool = False) -> str:
    """A whole picture, as wide as its place on the page.

    Args:
        width, height: px at which type has its size.
        label: what it shows, for those who cannot see it.
        inside: the elements of the picture.
        alive: whether something in it can be pressed; else it is one image.
    """
    return element(
        "svg",
        element("title", words(label)),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="group" if alive else "img",
        aria_label=label,
        font_family="Roboto, 'DejaVu Sans', Arial, sans-serif",
        font_size=TYPE_SIZE,
        style=f"width:100%;max-width:{width * 1.5:g}px;display:block;overflow:visible",
    )


def standalone(markup: str) -> str:
    """A picture as a file: with the light theme's colours, which drawing programs understand.

    >>> standalone('<rect fill="var(--ca-paper, #ffffff)"/>')
    '<rect fill="#ffffff"/>'
    """
    return re.sub(r"var\(--ca-\w+, (#[0-9a-f]+)\)", r"\1", markup)


def _plain(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)
