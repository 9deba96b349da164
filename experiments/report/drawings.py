"""Figures as images that stand in the page itself: in an image no script runs, and nothing is fetched."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from experiments.report.section import Drawing
from experiments.trial.study import Picture
from experiments.tutorials.texts import how_to_read
from sim.errors import UserError
from sim.runs.results import ResultFolder
from sim.scenarios.reading import read_regular

MOST_BYTES = 20_000_000  # of a figure: far more than any of ours has
SVG = "{http://www.w3.org/2000/svg}"
FONT = b"'DejaVu Sans'"
FONTS = b"'DejaVu Sans', Verdana, sans-serif"  # alike in width; not all machines have the first
TITLE = re.compile(r"font-size: 10\.5px")  # experiments/figures/style.py: of a figure's title


def drawing_of(path: Path, caption: str, alternative: str, form: str = "") -> Drawing:
    """A figure of a page.

    Args:
        path: its file.
        caption: the words below it; without any, its own title serves.
        alternative: the words in place of it; without any, the caption serves.
        form: the name under which it is told how to read it, if that of the file does not tell.

    Raises:
        UserError: it cannot be read, or is no figure.
    """
    try:
        content = read_regular(path, MOST_BYTES)
        root = ElementTree.fromstring(content)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UserError(f"{path} cannot be read: it is not an SVG figure") from None
    if root.tag != f"{SVG}svg" or "viewBox" not in root.attrib:
        raise UserError(f"{path} cannot be read: it is not an SVG figure")
    large = (text for text in root.iter(f"{SVG}text") if TITLE.search(text.get("style", "")))
    caption = caption or f"{next((''.join(text.itertext()) for text in large), path.stem)}."
    image = f"data:image/svg+xml;base64,{b64encode(content.replace(FONT, FONTS)).decode()}"
    return Drawing(image, caption, alternative or caption, how_to_read(form or path.stem))


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


def drawn(pictures: Mapping[str, Picture]) -> Iterator[Drawing]:
    """Figures that lie in no folder, as a page shows them."""
    from experiments.figures.style import save_figure

    with TemporaryDirectory() as place:
        for name, picture in pictures.items():
            path = save_figure(picture.figure, Path(place) / f"{name}.svg")
            yield drawing_of(path, picture.caption, picture.alternative, picture.form)
