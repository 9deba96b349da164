"""A folder of the user's that holds an agents.py or sim.py does not come between the command and its code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.start import OUR_FOLDER, without_namesakes

SCRIPT = """import sys
from experiments.start import run_command
if __name__ == "__main__":
    sys.exit(run_command())
"""


@pytest.fixture
def folder(tmp_path):
    """A Mesa project, and beside it, as an installation makes it, the script of the command."""
    (tmp_path / "project").mkdir()
    for name in ("agents", "sim"):
        (tmp_path / "project" / f"{name}.py").write_text(f"raise SystemExit('the {name}.py of the user')\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "captive-ally").write_text(SCRIPT)
    return tmp_path / "project"


def python(folder, *arguments, path=str(OUR_FOLDER)):
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, text=True,
                          capture_output=True, check=False)  # fmt: skip


def test_the_command_and_its_workers_run_there(folder):
    words = ["--until", "2020-10-10", "--worlds", "4", "--workers", "2", "--no-figures", "--out", "done"]
    told = python(folder, "../bin/captive-ally", "run", "karabakh-2020", *words)
    assert (told.returncode, told.stderr) == (0, "")
    assert (folder / "done" / "worlds.parquet").is_file()


def test_the_command_runs_where_the_path_names_the_folder(folder):
    told = python(folder, "../bin/captive-ally", "scenarios", path=f"{OUR_FOLDER}{os.pathsep}{folder}")
    assert told.returncode == 0 and "karabakh-2020" in told.stdout
    assert without_namesakes(["", str(folder), str(OUR_FOLDER), "/nowhere"]) == [
        "",
        str(OUR_FOLDER),
        "/nowhere",
    ]


def test_an_import_that_meets_such_a_file_says_so_in_its_last_line(folder):
    (folder / "sim.py").unlink()
    told = python(folder, "-c", "import sim")
    last = told.stderr.splitlines()[-1]
    assert last.startswith("ImportError:") and "agents.py stands before the package 'agents'" in last
    assert python(folder, "-P", "-c", "import sim; sim.load('crisis')").returncode == 0


def test_the_environment_is_as_it_was_after_workers_have_been_started(monkeypatch):
    from sim.runs.executors import start

    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    make, _ = start("processes", 1)
    make().shutdown()
    assert os.environ["PYTHONPATH"] == "somewhere" and "PYTHONSAFEPATH" not in os.environ


def test_home_is_where_the_packages_are():
    assert Path(sys.modules["experiments"].__file__).parent.parent == OUR_FOLDER
