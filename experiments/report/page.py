"""One page of several folders, which holds all it needs."""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from experiments.report.answer_folder import answer_section
from experiments.report.run_folder import folder_section
from experiments.report.section import Section
from experiments.tutorials.texts import glossary
from sim.errors import UserError
from sim.runs.files import MOST_BYTES_READ, write_atomically
from sim.runs.manifest import OLD_ANSWER, RUN, is_result_folder
from sim.runs.results import open_folder
from sim.scenarios.reading import check_regular, is_file, is_folder

GENERATOR = '<meta name="generator" content="captive-ally'  # how a page of ours is known
HEAD_BYTES = 1000  # in which it stands
DEEPEST = 2  # folders within the one that was given
ARTICLE = "https://ecfr.eu/article/a_captive_ally_why_russia_isnt_rushing_to_armenias_aid/"


def folders_in(given: Sequence[Path]) -> list[Path]:
    """The folders that are told of: those that were given, or the ones inside them.

    Args:
        given: the folders of runs or answers, or such as hold some.

    Raises:
        UserError: one is not there, or holds nothing of ours.
    """
    found: dict[Path, Path] = {}
    for folder in given:
        here = [folder] if _is_ours(folder) else list(_inside(folder, DEEPEST))
        if not here:
            what = "holds no run and no answer" if is_folder(folder) else "there is no such folder"
            what = "a folder is needed, not a file" if is_file(folder) else what
            raise UserError(f"{folder}: {what}; captive-ally run, experiment and claims write such folders")
        found |= {one.resolve(): one for one in here}
    return list(found.values())


def _is_ours(path: Path) -> bool:
    return is_result_folder(path) or is_file(path / OLD_ANSWER)


def _inside(folder: Path, deep: int) -> Iterator[Path]:
    if deep == 0 or not is_folder(folder):
        return
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}") from None
    for path in inside:
        if _is_ours(path):
            yield path
        else:
            yield from _inside(path, deep - 1)


def sections_of(
    folders: Sequence[Path], named: Sequence[Path], note: Callable[[str], None], check: bool = True
) -> list[Section]:
    """A section for each folder.

    Args:
        folders: the folders that the page tells of.
        named: the ones that have to be there; of others, one that is not complete is left out.
        note: the function that takes a line about each that is left out.
        check: whether to look for damage to files first.

    Raises:
        UserError: a folder that was named cannot be told of, or none is left.
    """
    sections: list[Section] = []
    problem = None
    for path in folders:
        try:
            folder = open_folder(path, kind="", check=check)
            section = folder_section if folder.manifest.kind == RUN else answer_section
            sections.append(section(folder))
        except UserError as error:
            if path in named:
                raise
            problem = error
            note(f"Left out: {error}")
    if not sections and problem is not None:
        raise problem
    return sections


def page(sections: Sequence[Section]) -> str:
    """The page."""
    style = files("experiments.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
    return (
        templates()
        .get_template("page.html")
        .render(
            sections=sections,
            style=style,
            version=version_of_package(),
            article=ARTICLE,
            glossary=glossary(),
        )
    )


def templates() -> Environment:
    """The templates of pages; whatever is put into them means itself."""
    return Environment(
        loader=PackageLoader("experiments.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def version_of_package() -> str:
    """The version that made a page, for its foot."""
    try:
        return version("captive-ally")
    except PackageNotFoundError:
        return "of no known version"


def check_page_file(path: Path) -> None:
    """Make sure that a page may be written to a file.

    Raises:
        UserError: it is not a page of ours, or cannot be one.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--out {path}: a file name that ends with .html is needed")
    if is_folder(path):
        raise UserError(f"--out {path}: there is a folder of that name; give a file")
    try:
        check_regular(path, MOST_BYTES_READ)
        with path.open("rb") as file:
            ours = GENERATOR.encode() in file.read(HEAD_BYTES)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise UserError(f"--out {path}: cannot be written: {getattr(error, 'strerror', error)}") from None
    if not ours:
        raise UserError(f"--out {path}: there is a file of that name that is no report; give another name")


def write(text: str, path: Path) -> None:
    """Write a page, whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror or error}") from None
