"""The writer of result folders: an answer is there as a whole or not at all, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from sim.errors import UserError
from sim.runs.folder import LOCK, STAGE, FolderWriter
from sim.runs.manifest import FORMAT, Manifest, read_manifest
from sim.runs.plan import Plan
from sim.runs.results import open_folder
from sim.scenarios.loading import load
from tests.thorough import mostly_thorough

ROOT = Path(__file__).parents[3]
EFFECTS = pd.DataFrame({"claim": ["C1", "C2"], "effect": [0.25, -0.5]})


def asked(name="loyalty"):
    return Manifest.of_answer("study", name, f"captive-ally experiment {name}")


def answer(path, text="yes", name="loyalty", figures=("curve.svg",), **options):
    """Write an answer; the folder."""
    with FolderWriter(path, asked(name), **options) as folder:
        folder.add_table("effects", EFFECTS)
        folder.add_text("answer.txt", text)
        drawn = [folder.stage / figure for figure in figures]
        for one in drawn:
            one.write_text("<svg/>", encoding="utf-8")
        folder.complete(facts={"seed": 7}, figures=drawn)
    return path


def content(path):
    return {one.name: one.read_bytes() for one in path.iterdir()}


def refusal(what, *arguments, **options):
    with pytest.raises(UserError) as refused:
        what(*arguments, **options)
    assert str(refused.value).isprintable()
    return str(refused.value)


def test_an_answer_is_read_back_as_it_was_given(tmp_path):
    path = answer(tmp_path / "deep" / "answer")
    assert set(content(path)) == {"manifest.json", "answer.txt", "effects.csv", "curve.svg"}
    folder = open_folder(path, "study")
    manifest = folder.manifest
    assert (manifest.kind, manifest.facts, manifest.figures) == ("study", {"seed": 7}, ("curve.svg",))
    assert set(manifest.files) == {"answer.txt", "effects.csv"} and manifest.complete
    pd.testing.assert_frame_equal(pd.read_csv(path / "effects.csv"), EFFECTS)
    assert (path / "answer.txt").read_text(encoding="utf-8") == "yes"
    assert json.loads((path / "manifest.json").read_text(encoding="utf-8"))["format"] == FORMAT


def test_an_answer_asked_again_replaces_the_earlier_one_and_nothing_else(tmp_path):
    path = answer(tmp_path / "answer", figures=("curve.svg", "old.svg"))
    (path / "notes.txt").write_text("mine", encoding="utf-8")
    answer(path, text="no")
    assert set(content(path)) == {"manifest.json", "answer.txt", "effects.csv", "curve.svg", "notes.txt"}
    assert (path / "answer.txt").read_text(encoding="utf-8") == "no"


def test_what_is_something_else_is_refused_before_the_question_is_asked(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "the folder holds other files" in refusal(answer, tmp_path / "mine")
    path = answer(tmp_path / "answer")
    before = content(path)
    assert "holds other results (other question); give another folder" in refusal(answer, path, name="deal")
    with FolderWriter(tmp_path / "run", Manifest.of_run(Plan(load("karabakh-2020")), "")) as folder:
        folder.update()
        assert "holds other results (of the kind run)" in refusal(answer, tmp_path / "run")
    assert "holds no run, but something of the kind study" in refusal(open_folder, path)
    assert content(path) == before
    answer(path, name="deal", figures=(), fresh=True)
    assert set(content(path)) == {"manifest.json", "answer.txt", "effects.csv"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_answer_that_fails_leaves_the_folder_as_it_was(tmp_path, error):
    path = answer(tmp_path / "answer")
    before = content(path)
    for place in (path, tmp_path / "deep" / "new"):
        with pytest.raises(error), FolderWriter(place, asked()) as folder:
            folder.add_text("answer.txt", "half")
            raise error
    assert content(path) == before and not (tmp_path / "deep").exists()


def test_a_disk_that_is_full_is_told_in_one_line(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    path = answer(tmp_path / "answer")
    before = content(path)
    monkeypatch.setattr(os, "fsync", full)
    assert refusal(answer, path) == f"--out {path}: cannot be written: No space left on device"
    monkeypatch.undo()
    assert content(path) == before


def test_one_process_at_a_time_writes(tmp_path):
    with FolderWriter(tmp_path / "answer", asked()):
        line = refusal(answer, tmp_path / "answer")
        assert line == f"{tmp_path / 'answer'}: another process is working in this folder"
    assert not (tmp_path / "answer").exists()


def test_a_lock_whose_file_has_gone_is_no_lock(tmp_path, monkeypatch):
    """Another process removes the file when it is done, just as we open it; a third one makes a new file."""
    honest, taken = FileLock.acquire, []

    def late(lock, *given, **named):
        held = honest(lock, *given, **named)
        taken.append(lock)
        if len(taken) < 3:
            Path(lock.lock_file).unlink()
        if len(taken) == 2:
            Path(lock.lock_file).touch()
        return held

    monkeypatch.setattr(FileLock, "acquire", late)
    with FolderWriter(tmp_path / "answer", asked()):
        assert len(taken) == 3 and (tmp_path / "answer" / LOCK).exists()
        monkeypatch.undo()
        assert "another process is working" in refusal(answer, tmp_path / "answer")
    assert not (tmp_path / "answer").exists()


STEPS = {  # function -> how often it is called before the process is killed in it
    "add_text": [1, 2],
    "update": [1, 2],
    "remove": [2, 3],
    "replace": [1, 2, 3],
}


@pytest.mark.kill
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill like that")
@pytest.mark.parametrize(
    ("step", "call"),
    mostly_thorough(
        [(step, call) for step, calls in STEPS.items() for call in calls], ("update", 1), ("replace", 2)
    ),
)
def test_a_kill_at_any_step_loses_nothing(tmp_path, step, call):
    """The earlier answer is there until the new one is moved; then the manifest says so."""
    path = answer(tmp_path / "answer", figures=("curve.svg", "old.svg"))
    (path / "notes.txt").write_text("mine", encoding="utf-8")
    before = content(path)
    home = {
        "add_text": "folder.FolderWriter",
        "update": "folder.FolderWriter",
        "remove": "folder",
        "replace": "Path",
    }
    script = f"""
import os, signal, sys
from pathlib import Path
from sim.runs import folder
from tests.sim.runs.test_folder import answer
honest, calls = {home[step]}.{step}, []
def dies(*given, **named):
    calls.append(given)
    if len(calls) == {call} + {4 if step == "replace" else 0}:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(*given, **named)
{home[step]}.{step} = dies
answer(Path(sys.argv[1]), text="no")
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    left = {name: data for name, data in content_of_files(path).items() if name != LOCK}
    if read_manifest(path).complete and left["answer.txt"] == b"yes":
        assert left == before
    elif read_manifest(path).complete:
        assert open_folder(path, "study").manifest.figures == ("curve.svg",)
    else:
        assert "is not complete; the command that goes on with it" in refusal(open_folder, path, "study")
    answer(path, text="no")
    assert set(content(path)) == {"manifest.json", "answer.txt", "effects.csv", "curve.svg", "notes.txt"}
    assert (path / "answer.txt").read_text(encoding="utf-8") == "no" and not (path / STAGE).exists()
    assert (path / "notes.txt").read_text(encoding="utf-8") == "mine"


def content_of_files(path):
    return {one.name: one.read_bytes() for one in path.iterdir() if one.is_file()}
