"""SVG figures of ours, made fit to stand in a page.

Only what our figures consist of is let through. A file with anything else in it, such as a script or an
address on the network, is refused: it is not one that captive-ally has drawn.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup

from experiments.report.section import Drawing
from sim.errors import UserError
from sim.runs.results import ResultFolder

MOST_BYTES = 20_000_000  # of a figure: far more than any of ours has
ELEMENTS = {"svg", "g", "defs", "clipPath", "path", "rect", "use", "text", "tspan", "image"}
ATTRIBUTES = {"id", "style", "x", "y", "d", "clip-path", "href", "transform", "width", "height", "viewBox",
              "version", "preserveAspectRatio"}  # fmt: skip
PROPERTIES = {"fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "opacity",
              "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
              "stroke-miterlimit", "font", "font-size", "font-family", "font-weight", "font-style",
              "text-anchor", "white-space", "image-rendering"}  # fmt: skip
DROPPED = {"metadata", "style"}  # who made it; joins and ends of lines, which style.css sets instead
OWN_PLACE = re.compile(r"#[\w.:-]+")
URL = re.compile(r"url\(#([\w.:-]+)\)")
PIXELS = "data:image/png;base64,"
FONT, FONTS = (
    "'DejaVu Sans'",
    "'DejaVu Sans', Verdana, sans-serif",
)  # alike in width; not all machines have it
TITLE = re.compile(r"font-size: 10\.5px")  # experiments/figures/style.py: of a figure's title


def drawing_of(path: Path, caption: str, alternative: str, prefix: str) -> Drawing:
    """A figure, its names made its own by a prefix: two figures on a page may share some.

    Raises:
        UserError: it cannot be read, or holds what no figure of ours does.
    """
    try:
        root = _read(path)
    except RecursionError:
        raise UserError(f"{path} cannot be read: it is not an SVG figure") from None
    title = "".join(next((text for text in root.iter("text") if _is_title(text)), Element("none")).itertext())
    _name(root, prefix)
    for length in ("width", "height"):
        root.attrib.pop(length, None)  # the page says how large it is; the view box keeps its proportions
    caption = caption or f"{title or path.stem}."
    alternative = alternative or caption
    root.attrib |= {"role": "img", "aria-label": alternative}
    return Drawing(Markup(ElementTree.tostring(root, encoding="unicode")), caption, alternative)


def figures_beside(folder: ResultFolder) -> tuple[str, ...]:
    """The names of figures, and of other files that were made with them, all of them there.

    Raises:
        UserError: one is missing.
    """
    for name in folder.manifest.figures:
        if not (folder.path / name).is_file():
            again = f"make it again: {folder.manifest.command}"
            raise UserError(f"{folder.path} is not complete: {name} is missing; {again}")
    return folder.manifest.figures


def _is_title(text: Element) -> bool:
    return TITLE.search(text.get("style", "")) is not None


def _read(path: Path) -> Element:
    """The figure in plain names, with nothing in it that is not ours."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} is too large for a figure of captive-ally")
        parsed = ElementTree.parse(path).getroot()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UserError(f"{path} cannot be read: it is not an SVG figure") from None
    if _plain(parsed.tag) != "svg" or "viewBox" not in parsed.attrib:
        raise UserError(f"{path} cannot be read: it is not an SVG figure")
    return _let_through(parsed, path)


def _let_through(element: Element, path: Path) -> Element:
    tag = _plain(element.tag)
    if tag not in ELEMENTS:
        raise _foreign(path, f"<{tag}>")
    ours = Element(tag, dict(_attributes(element, path)))
    ours.text, ours.tail = element.text, element.tail
    for part in element:
        if _plain(part.tag) not in DROPPED:
            ours.append(_let_through(part, path))
    return ours


def _attributes(element: Element, path: Path) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = _plain(key)
        if name not in ATTRIBUTES:
            raise _foreign(path, name)
        if name == "href" and not (OWN_PLACE.fullmatch(value) or value.startswith(PIXELS)):
            raise _foreign(path, f"a link to {value[:60]}")
        if name == "style":
            _check_style(value, path)
        if "url" in value and name != "href" and "url" in URL.sub("", value):
            raise _foreign(path, value[:60])
        yield name, value.replace(FONT, FONTS) if name == "style" else value


def _check_style(value: str, path: Path) -> None:
    for part in filter(str.strip, value.split(";")):
        if part.partition(":")[0].strip() not in PROPERTIES:
            raise _foreign(path, f"the style {part.strip()[:60]}")


def _foreign(path: Path, what: str) -> UserError:
    return UserError(f"{path} is not a figure that captive-ally has drawn: {what} is in it")


def _plain(name: object) -> str:
    """A name without its namespace."""
    return str(name).rpartition("}")[2]


def _name(root: Element, prefix: str) -> None:
    """Give what is referred to a name of its own, and take the other names away."""
    wanted = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                wanted.add(value[1:])
                element.set(key, f"#{prefix}{value[1:]}")
            elif key in ("clip-path", "style"):
                wanted.update(URL.findall(value))
                element.set(key, URL.sub(rf"url(#{prefix}\1)", value))
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in wanted:
            element.set("id", f"{prefix}{name}")
