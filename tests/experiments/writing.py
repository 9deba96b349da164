"""Answers written into folders, without a command line; and studies asked of some theories only."""

from agents import theories
from experiments.commands.answers import write_answer
from sim.runs.folder import FolderWriter
from sim.runs.manifest import Manifest
from sim.runs.results import open_folder


def written(answer, path, kind="study"):
    """An answer in its folder, read back."""
    name = answer.facts["name"]
    with FolderWriter(path, Manifest.of_answer(kind, name, f"captive-ally experiment {name}")) as folder:
        write_answer(answer, folder)
    return open_folder(path, kind)


def keep_theories(patch, *kept):
    """Have studies know of these theories only, for as long as a patch holds."""
    patch.setattr(theories, "THEORIES", {name: theories.THEORIES[name] for name in kept})
