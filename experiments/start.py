"""The start of the command: no file of the user's that is called like one of our packages stands before it.

Every Mesa project has an agents.py, and many a one a sim.py. Where PYTHONPATH names its folder, Python would
take it for ours.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

OUR_PACKAGES = ("sim", "agents", "experiments")
OUR_FOLDER = Path(__file__).resolve().parents[1]


def without_namesakes(path: Iterable[str], home: Path = OUR_FOLDER) -> list[str]:
    """The folders that Python looks in, without those that hold a namesake of one of our packages.

    Args:
        path: the folders, as in sys.path; "" is the present one.
        home: the folder that holds ours.
    """

    def holds_namesake(folder: Path) -> bool:
        files = (place for name in OUR_PACKAGES for place in (f"{name}.py", f"{name}/__init__.py"))
        return folder.resolve() != home and any((folder / file).is_file() for file in files)

    return [entry for entry in path if not holds_namesake(Path(entry or "."))]


def run_command() -> None:
    """Run the command line, in any folder."""
    sys.path[:] = without_namesakes(sys.path)
    from experiments.cli import main

    main()
