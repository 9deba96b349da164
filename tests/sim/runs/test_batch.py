"""A batch ends with the same tables, whatever runs it and whatever happens on the way.

CAPTIVE_ALLY_KILLS says how many kills it has to survive (2 if it is not set), CAPTIVE_ALLY_WORLDS for how
many worlds memory must stay flat (50000).
"""

import errno
import json
import os
import platform
import random
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from warnings import catch_warnings, simplefilter

import mesa
import numpy as np
import pandas as pd
import pytest

from experiments.cli import INTERRUPTED, MISSING, USER_ERROR, main
from experiments.commands import launch
from experiments.commands.replay import replayed
from experiments.report.run import MAIN_OUTCOMES
from sim.errors import UserError
from sim.measures import TIMELINES
from sim.model import ConflictModel
from sim.runs.batch import Batch
from sim.runs.code import package_versions
from sim.runs.execution import Merged, Progress, RunOptions, merge, run_into
from sim.runs.executors import _threads, keep_memory, uninterrupted, workers
from sim.runs.files import MAKING
from sim.runs.folder import JOBS, FolderWriter
from sim.runs.job_files import receipts, run_and_write
from sim.runs.manifest import Manifest
from sim.runs.plan import CHUNK, Job, Plan, jobs, share_of
from sim.runs.results import FILES, open_folder
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.values import changed
from tests.speed import peak_of
from tests.thorough import mostly_thorough, thorough

SHORT = "karabakh-2020"
END = date(2020, 11, 20)  # eight weeks, in which most wars end
UNTIL = ("--until", str(END))
WAR = load(SHORT).until(END)
TABLES = FILES[1:]  # what must be the same to the last byte
KILLS = int(os.environ.get("CAPTIVE_ALLY_KILLS", "2"))
FEW, MANY = 10_000, int(os.environ.get("CAPTIVE_ALLY_WORLDS", "50000"))
ROOT = Path(__file__).parents[3]
INLINE = RunOptions("inline")
OPTION = "client.outside_option"
DESIGN = pd.DataFrame({  # as it is read back: claims in order
    OPTION: [0.1, 0.1, 0.9, 0.9, 0.4],
    "theory": ["article", "treaty_only"] * 2 + ["article"],
    "without": ["", "", "C17+C3", "", "C17+C3"],
})  # fmt: skip

WANTED = "; an address such as tcp://127.0.0.1:8786 is needed"
STOPPED = "captive-ally: interrupted; what is done is kept, the same command goes on from here"
linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
with_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed")
DASK = pytest.param("dask", marks=with_dask)


@cache
def plan_of(worlds=40, design=True, seed=7, own_luck=False):
    return Plan(WAR, worlds=worlds, seed=seed, design=DESIGN if design else None, own_luck=own_luck)


def keep(plan, path, means=INLINE, **options):
    return run_into(plan, path, "captive-ally sweep", means, **options)


class Listener(Progress):
    """Hands on what it hears."""

    def __init__(self, done=print, note=print):
        self.done, self.note = done, note


def tables_in(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


def assert_same(folder, other):
    ours, theirs = tables_in(folder), tables_in(other)
    assert [name for name in TABLES if ours[name] != theirs[name]] == []
    assert {path.name for path in folder.iterdir()} == {path.name for path in other.iterdir()}


def complaint(what, *arguments, **options):
    with pytest.raises(UserError) as refusal:
        what(*arguments, **options)
    assert str(refusal.value).isprintable()
    return str(refusal.value)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Undisturbed runs, made once."""
    shelf, made = tmp_path_factory.mktemp("shelf"), {}

    def of(plan):
        key = json.dumps(plan.facts(), sort_keys=True)
        if key not in made:
            made[key] = keep(plan, shelf / str(len(made)))
        return made[key]

    return of


# the same numbers


@pytest.mark.parametrize(
    ("chunk", "worlds"), mostly_thorough([(1, 3), (7, 15), (512, 600), (CHUNK, 40)], (CHUNK, 40))
)
def test_results_do_not_depend_on_the_size_of_jobs(shelf, tmp_path, chunk, worlds):
    plan = plan_of(worlds)
    keep(plan, tmp_path / "run", RunOptions("inline", chunk=chunk))
    assert_same(tmp_path / "run", shelf(plan))


@pytest.mark.parametrize("executor", ["processes", DASK])
@pytest.mark.parametrize(("chunk", "worlds"), mostly_thorough([(64, 150), (80, 40)], (80, 40)))
def test_results_do_not_depend_on_who_does_the_work(shelf, tmp_path, executor, chunk, worlds):
    plan = plan_of(worlds)
    keep(plan, tmp_path / "run", RunOptions(executor, workers=2, chunk=chunk))
    assert_same(tmp_path / "run", shelf(plan))


@pytest.mark.parametrize(
    "worlds", [pytest.param(40, marks=pytest.mark.quick), pytest.param(600, marks=thorough)]
)
def test_a_folder_holds_what_a_run_in_memory_gives(shelf, worlds):
    plan = plan_of(worlds)
    results, folder = run(plan, chunk=300), open_folder(shelf(plan))
    for ours, kept in (
        (results.table, folder.worlds), (results.bands, folder.bands), (results.reasons, folder.reasons),
    ):  # fmt: skip
        pd.testing.assert_frame_equal(ours.astype(kept.dtypes), kept, check_exact=True)
    assert folder.worlds[["point", "world"]].to_numpy().tolist() == [
        [point, world] for point in range(len(DESIGN)) for world in range(worlds)
    ]


@pytest.mark.parametrize("point", range(len(DESIGN)))
def test_a_point_alone_is_the_point_within_its_design(shelf, point):
    plan, row = plan_of(), DESIGN.iloc[point]
    theory, without = plan.structure(point)
    alone = run(
        Plan(changed(plan.scenario, {OPTION: row[OPTION]}), theory, without, seed=7, worlds=plan.worlds)
    )
    folder = open_folder(shelf(plan))
    worlds = folder.worlds[folder.worlds["point"] == point].reset_index(drop=True)
    assert worlds[OPTION].eq(row[OPTION]).all() and worlds["theory"].eq(theory).all()
    for ours, kept in ((alone.table, worlds.drop(columns=list(DESIGN.columns))),
                       (alone.bands, folder.bands[folder.bands["point"] == point]),
                       (alone.reasons, folder.reasons[folder.reasons["point"] == point])):  # fmt: skip
        ours, mine = (t.drop(columns="point").reset_index(drop=True) for t in (ours, kept))  # noqa: PLW2901
        pd.testing.assert_frame_equal(ours.astype(mine.dtypes), mine, check_exact=True)


def test_points_share_their_luck_unless_they_have_their_own():
    same = pd.DataFrame({OPTION: [0.4, 0.4 + 1e-12]})
    shared, own = (
        run(replace(plan_of(200), design=same, own_luck=own_luck)).table for own_luck in (False, True)
    )
    first, second = (shared.loc[shared["point"] == p, "share_lost"].to_numpy() for p in (0, 1))
    assert np.allclose(first, second, atol=1e-6)
    first, second = (own.loc[own["point"] == p, "share_lost"].to_numpy() for p in (0, 1))
    assert not np.allclose(first, second, atol=1e-6)
    assert_luck_of_point_1_is_that_of_later_worlds(own)


def assert_luck_of_point_1_is_that_of_later_worlds(own):
    more = run(replace(plan_of(400), design=pd.DataFrame({OPTION: [0.4 + 1e-12]}))).table
    assert own.loc[own["point"] == 1, "war_days"].tolist() == more["war_days"][200:].tolist()


@thorough
def test_own_luck_does_not_depend_on_the_size_of_jobs(shelf, tmp_path):
    plan = plan_of(30, own_luck=True)
    keep(plan, tmp_path / "run", RunOptions("inline", chunk=20))
    assert_same(tmp_path / "run", shelf(plan))
    assert (tmp_path / "run/worlds.parquet").read_bytes() != (shelf(plan_of(30)) / TABLES[0]).read_bytes()


# killed


def takes_its_time(plan, job, folder):
    time.sleep(1.0)
    return run_and_write(plan, job, folder)


def command(worlds, out, *more, slowly=False):
    """A sweep in a process group of its own, with small jobs, so that there is much to kill."""
    script = (
        "import signal, sys; from functools import partial; from experiments.commands import launch;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's background job ignores it
        "launch.RunOptions = partial(launch.RunOptions, chunk=150);"
        "from experiments.cli import main;"
    )
    if slowly:
        script += "from sim.runs import execution; from tests.sim.runs import test_batch;"
        script += "execution.Batch = partial(execution.Batch, work=test_batch.takes_its_time);"
    script += "main(sys.argv[1:])"
    arguments = ["sweep", SHORT, *UNTIL, "--seed", "7", "--worlds", worlds,
                 "--design", out.parent / "design.csv",
                 "--no-figures", "--quiet", "--workers", "2", "--out", out, *more]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ends_well(process):
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, "", "")


def processes():
    """Those that live: number -> (parent, group)."""
    alive = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if state not in "ZX":
            alive[int(path.parent.name)] = int(parent), int(group)
    return alive


def workers_of(process):
    """The processes below one, without those that only look after others."""
    found, generation, alive = [], {process.pid}, processes()
    while generation:
        generation = {number for number, (parent, _) in alive.items() if parent in generation}
        found += generation
    parents = {parent for parent, _ in alive.values()}
    return [number for number in found if number not in parents and not is_tracker(number)]


def is_tracker(number):
    try:
        return b"resource_tracker" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return True


def nobody_left(group, seconds=300):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if all(one != group for _, one in processes().values()):
            return True
        time.sleep(0.05)
    return False


@thorough
@pytest.mark.kill
@linux_only
@pytest.mark.parametrize("worlds", [30, 400], ids=["points share jobs", "points in several jobs"])
def test_kills_at_any_moment_lose_nothing_and_double_nothing(shelf, tmp_path, worlds):
    """The parent or a worker is killed, again and again, until the run comes through."""
    DESIGN.to_csv(tmp_path / "design.csv", index=False)
    chance, whole = random.Random(worlds), shelf(plan_of(worlds))
    kills = rounds = 0
    while kills < max(1, KILLS // 2):
        out = tmp_path / f"run-{rounds}"
        rounds += 1
        while kills < max(1, KILLS // 2):
            process = command(worlds, out)
            if kills % 2 == 0:  # every other one strikes when there is something to be lost
                while process.poll() is None and not list((out / JOBS).glob("*.json")):
                    time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 2.0))
            if process.poll() is not None:
                ends_well(process)
                break
            victims = workers_of(process)
            kills += 1
            if victims and chance.random() < 0.4:
                try_to_kill(chance.choice(victims))
                ends_well(process)
                break
            process.kill()
            process.communicate()
        ends_well(command(worlds, out))
        assert_same(out, whole)
        assert nobody_left(process.pid), "workers live on after their parent"


def pages_taken(kept):
    """How many pages of memory a process is given for sixty megabytes of arrays, time and again."""
    import resource

    if kept:
        keep_memory()
    for turn in range(10):
        if turn == 1:  # the first needs them anyway
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        arrays = [np.ones(2**17) for _ in range(60)]
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@thorough
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_workers_keep_the_memory_that_they_free():
    fresh = subprocess.run(
        [sys.executable, "-c", "from tests.sim.runs.test_batch import *; print(pages_taken(False))"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert int(fresh.stdout) > 10_000
    with workers(2) as pool:
        assert pool.submit(pages_taken, False).result() < 1_000
    assert pages_taken(True) < 1_000


def test_an_interrupt_waits_until_a_process_is_known(request):
    """Else one that was just being started would be left alone, and complain of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with uninterrupted():
        pass


@thorough
@linux_only
def test_the_temporary_folders_of_a_killed_run_go_with_the_next():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    killed, living = (f"captive-ally-{number}-abc" for number in (gone.pid, os.getpid()))
    script = (
        "from sim.runs.executors import start; make, _ = start('processes', 1); pool = make();"
        "print(pool.submit(pow, 2, 3).result()); pool.shutdown()"
    )
    with tempfile.TemporaryDirectory() as place:  # its name is short enough for sockets in it
        for name in (killed, living, "captive-ally-notes", "pymp-x"):
            (Path(place) / name / "deep").mkdir(parents=True)
        own = os.environ | {"TMPDIR": place}
        done = subprocess.run(
            [sys.executable, "-c", script], check=False, env=own, cwd=ROOT, capture_output=True, text=True
        )
        assert (done.stdout, done.stderr) == ("8\n", "")
        assert {path.name for path in Path(place).iterdir()} == {living, "captive-ally-notes", "pymp-x"}


def try_to_kill(number):
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


@thorough
@pytest.mark.kill
def test_the_interrupt_key_leaves_a_run_that_goes_on(shelf, tmp_path):
    DESIGN.to_csv(tmp_path / "design.csv", index=False)
    process = command(400, tmp_path / "run", slowly=True)
    wait_for(process, tmp_path / "run" / JOBS, "*.json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert err.strip() == STOPPED
    kept = set((tmp_path / "run" / JOBS).glob("*.json"))
    assert kept
    ends_well(command(400, tmp_path / "run"))
    assert_same(tmp_path / "run", shelf(plan_of(400)))


def wait_for(process, folder, pattern):
    while not list(folder.glob(pattern)):
        assert process.poll() is None, f"no {pattern} in {folder}"
        time.sleep(0.02)


@thorough
@pytest.mark.kill
@with_dask
@linux_only
def test_a_cluster_that_loses_a_worker_ends_with_the_same_tables(shelf, tmp_path):
    DESIGN.to_csv(tmp_path / "design.csv", index=False)
    process = command(400, tmp_path / "run", "--executor", "dask", slowly=True)
    wait_for(process, tmp_path / "run" / JOBS, "*.json")
    victims = workers_of(process)
    assert len(victims) == 2
    os.kill(victims[0], signal.SIGKILL)
    ends_well(process)
    assert_same(tmp_path / "run", shelf(plan_of(400)))
    assert nobody_left(process.pid)


@thorough
@with_dask
def test_a_scheduler_that_does_not_answer_is_named_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.runs.executors.PATIENCE", 1)
    line = complaint(
        keep, plan_of(), tmp_path / "deep/run", RunOptions("dask", scheduler="tcp://127.0.0.1:9")
    )
    assert line == "--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there" + WANTED
    assert list(tmp_path.iterdir()) == []


@with_dask
@pytest.mark.parametrize(
    "address", mostly_thorough(["nonsense", "xyz://a:1", "tcp://", "tcp://127.0.0.1:999999"], "nonsense")
)
def test_an_address_that_is_none_is_refused(tmp_path, monkeypatch, address):
    monkeypatch.setattr("sim.runs.executors.PATIENCE", 1)
    line = complaint(keep, plan_of(), tmp_path / "run", RunOptions("dask", scheduler=address))
    assert line == f"--scheduler {address}: no Dask scheduler answers there" + WANTED
    assert list(tmp_path.iterdir()) == []


@with_dask
@pytest.mark.parametrize(
    "answer",
    mostly_thorough([b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, b"\xff" * 99, bytes(99)], b"\xff" * 99),
    ids=["silent", "web", "ones", "zeros"],
)
def test_a_server_of_another_kind_is_no_scheduler(tmp_path, monkeypatch, answer):
    monkeypatch.setattr("sim.runs.executors.PATIENCE", 1)

    class Answering(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.sendall(answer)
            while self.request.recv(1 << 16):  # and says no more
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, block_on_close = True, False

    with Server(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
        line = complaint(keep, plan_of(), tmp_path / "run", RunOptions("dask", scheduler=address))
        server.shutdown()
    assert line == f"--scheduler {address}: no Dask scheduler answers there" + WANTED
    assert list(tmp_path.iterdir()) == []


def test_without_dask_a_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    line = complaint(keep, plan_of(), tmp_path / "run", RunOptions("dask"))
    assert line == "--executor dask: Dask is not installed; pip install 'captive-ally[cluster]'"


# worlds that cannot be run

BAD = (2, 17)  # point and world


def holds_bad(job):
    return BAD[0] in job.points and job.first <= BAD[1] < job.last


def dies_of_one_world(plan, job, folder):
    if holds_bad(job):
        os._exit(1)
    return run_and_write(plan, job, folder)


def fails_in_one_world(plan, job, folder):
    if holds_bad(job):
        raise FloatingPointError("no number")
    return run_and_write(plan, job, folder)


def dies_at_first(plan, job, folder):
    """Finishes its job, and dies before it can say so."""
    receipt = run_and_write(plan, job, folder)
    if holds_bad(job):
        os._exit(1)
    return receipt


def fills_the_disk(plan, job, folder):
    if holds_bad(job):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return run_and_write(plan, job, folder)


@pytest.mark.parametrize(
    ("worker", "executor", "chunk", "error"),
    [
        pytest.param(
            dies_of_one_world, "processes", 200, "its worker died", marks=[pytest.mark.kill, thorough]
        ),
        pytest.param(
            dies_of_one_world, "processes", 32, "its worker died", marks=[pytest.mark.kill, thorough]
        ),
        pytest.param(fails_in_one_world, "processes", 32, "FloatingPointError: no number", marks=thorough),
        (fails_in_one_world, "inline", 200, "FloatingPointError: no number"),
        pytest.param(fails_in_one_world, "inline", 32, "FloatingPointError: no number", marks=thorough),
        pytest.param(
            fails_in_one_world, "dask", 200, "FloatingPointError: no number", marks=[with_dask, thorough]
        ),
    ],
)
def test_a_world_that_cannot_be_run_is_found_and_the_rest_finishes(
    shelf, tmp_path, monkeypatch, worker, executor, error, chunk
):
    plan, counts = plan_of(), []
    whole = open_folder(shelf(plan))
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=worker))
    path = keep(
        plan, tmp_path / "run", RunOptions(executor, 2, chunk=chunk), progress=Listener(counts.append)
    )
    assert sum(counts) == plan.size
    failed = pd.read_csv(path / "failed.csv")
    assert failed.to_dict("records") == [{"point": 2, "world": 17, "seed": 7, "error": error}]
    folder = open_folder(path)
    assert folder.manifest.failed == 1
    bad = whole.worlds["point"].eq(BAD[0]) & whole.worlds["world"].eq(BAD[1])
    pd.testing.assert_frame_equal(folder.worlds, whole.worlds[~bad].reset_index(drop=True))
    for ours, theirs in ((folder.bands, whole.bands), (folder.reasons, whole.reasons)):
        others = [table[table["point"] != BAD[0]].reset_index(drop=True) for table in (ours, theirs)]
        pd.testing.assert_frame_equal(*others)
        assert ours["point"].eq(BAD[0]).sum() > 0
    mean = folder.worlds.loc[folder.worlds["point"] == BAD[0], "loyalty_end"].mean()
    last = folder.bands[(folder.bands["point"] == BAD[0]) & (folder.bands["measure"] == "loyalty")].iloc[-1]
    assert last["mean"] == pytest.approx(mean, abs=1e-8)


def short_of_memory(plan, job, folder):
    if holds_bad(job):
        raise MemoryError
    return run_and_write(plan, job, folder)


def short_for_a_moment(plan, job, folder):
    """Out of memory the first time that it is asked."""
    asked = folder.parent.parent / "asked"
    if job.name == "00000002-1-0000000000-0000000001" and not asked.exists():
        asked.touch()
        raise MemoryError("Unable to allocate 8 GiB")
    return run_and_write(plan, job, folder)


@pytest.mark.parametrize("executor", mostly_thorough(["inline", "processes"], "inline"))
def test_a_shortage_that_passes_leaves_no_gap(shelf, tmp_path, monkeypatch, executor):
    whole = shelf(plan_of(3))
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=short_for_a_moment))
    keep(plan_of(3), tmp_path / "run", RunOptions(executor, 2, chunk=1))
    assert (tmp_path / "asked").exists()
    assert_same(tmp_path / "run", whole)


SWEEP = ["sweep", SHORT, *UNTIL, "--seed", "7", "--worlds", "40", "--design", "design.csv", "--no-figures",
         "--executor", "inline", "--quiet"]  # fmt: skip


@thorough
def test_worlds_that_the_machine_could_not_run_are_told_and_tried_again(shelf, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    DESIGN.to_csv("design.csv", index=False)
    arguments = [*SWEEP, "--out", "run"]
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=short_of_memory))
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == MISSING
        line = "captive-ally: run: 1 worlds could not be run, see failed.csv; the same command tries again"
        assert capsys.readouterr().err.startswith(line)
        assert open_folder("run").manifest.failed == 1 and len(pd.read_csv("run/failed.csv")) == 1
    monkeypatch.setattr("sim.runs.execution.Batch", Batch)
    main(arguments)
    assert capsys.readouterr() == ("", "") and not Path("run/failed.csv").exists()
    assert_same(Path("run"), shelf(plan_of()))


@thorough
def test_what_was_short_of_memory_in_a_shard_is_told_and_merged_when_it_is_there(
    shelf, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    DESIGN.to_csv("design.csv", index=False)

    def shards():
        ends = []
        for share in ("1/2", "2/2"):
            try:
                main([*SWEEP, "--shard", share, "--out", share[0]])
            except SystemExit as end:
                ends.append(end.code)
        return ends

    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=short_of_memory))
    assert shards() == [MISSING]
    with pytest.raises(SystemExit) as end:
        main(["merge", "1", "2", "--out", "whole", "--no-figures"])
    assert end.value.code == MISSING and "whole: 1 worlds could not be run" in capsys.readouterr().err
    monkeypatch.setattr("sim.runs.execution.Batch", Batch)
    assert shards() == []
    main(["merge", "1", "2", "--out", "whole", "--no-figures"])
    assert_same(Path("whole"), shelf(plan_of()))


@thorough
@pytest.mark.kill
def test_a_worker_that_dies_after_its_work_has_done_it(shelf, tmp_path, monkeypatch):
    whole = shelf(plan_of())
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=dies_at_first))
    keep(plan_of(), tmp_path / "run", RunOptions("processes", 2, chunk=32))
    assert_same(tmp_path / "run", whole)


def always_dies(*_):
    os._exit(1)


def always_fails(*_):
    raise ModuleNotFoundError("No module named 'sim'")


@thorough
@pytest.mark.kill
def test_workers_that_cannot_even_start_are_not_the_fault_of_a_world(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.runs.executors._begin_work", always_dies)
    line = complaint(keep, plan_of(), tmp_path / "run", RunOptions("processes", 2))
    assert "the workers die at once" in line and "goes on from here" in line
    assert receipts(tmp_path / "run" / JOBS) == []


def test_workers_that_lack_a_package_are_not_the_fault_of_a_world(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=always_fails))
    line = complaint(keep, plan_of(), tmp_path / "run")
    assert line.startswith("the workers lack what they need (No module named 'sim')")


def says_it_is_done(plan, job, folder):
    """A worker that writes to a disk of its own."""
    elsewhere = folder.parent.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    return run_and_write(plan, job, elsewhere)


def test_workers_that_write_elsewhere_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=says_it_is_done))
    line = complaint(keep, plan_of(), tmp_path / "run")
    assert "nothing sound has come here from 3 jobs; all machines must write to this one folder" in line


def test_a_run_of_which_nothing_can_be_run_says_so(tmp_path, monkeypatch):
    def fails(*_):
        raise FloatingPointError("no number")

    monkeypatch.setattr("sim.runs.execution.Batch", partial(Batch, work=fails))
    line = complaint(keep, plan_of(2), tmp_path / "run")
    assert line.endswith("not one world could be run: FloatingPointError: no number")


# damage


@pytest.fixture(scope="module")
def all_but_tables(tmp_path_factory):
    """A folder of which all jobs are done, and no table is made yet."""

    def interrupted(*_):
        raise KeyboardInterrupt

    folder = tmp_path_factory.mktemp("begun") / "run"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("sim.runs.execution.finish", interrupted)
        keep(plan_of(), folder, RunOptions("inline", chunk=32))
    return folder


@pytest.fixture
def begun(all_but_tables, tmp_path):
    """A copy of it, to be spoilt."""
    return shutil.copytree(all_but_tables, tmp_path / "run")


@pytest.fixture
def redone(monkeypatch):
    """The jobs that are handed out."""
    asked = []
    honest = Batch.run

    def noted(self, todo):
        asked.extend(todo)
        honest(self, todo)

    monkeypatch.setattr(Batch, "run", noted)
    return asked


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def garble(path):
    path.write_bytes(b'{"points": 3, "files": []}')


def swap(path):
    """Another job's file under this name."""
    other = next(one for one in sorted(path.parent.glob(f"*{path.suffix}")) if one != path)
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("harm", [cut, flip, garble, swap, Path.unlink])
@pytest.mark.parametrize("kind", mostly_thorough(["worlds.parquet", "tally.npz", "json"], "worlds.parquet"))
def test_a_damaged_part_is_found_and_made_again(shelf, begun, redone, harm, kind):
    victim = sorted((begun / JOBS).glob(f"*.{kind}"))[3]
    (begun / JOBS / f"{MAKING}half").write_bytes(b"left over")
    harm(victim)
    keep(plan_of(), begun, RunOptions("inline", chunk=99))  # the folder knows how its jobs were cut
    assert [job.name for job in redone] == [victim.name.split(".")[0]]
    assert_same(begun, shelf(plan_of()))


@pytest.mark.parametrize(
    "content",
    mostly_thorough(
        [b"", b"null", b"[]", b"{}", b"[" * 90000, b"\xff", b'{"points": ["a"]}'], b"", b'{"points": ["a"]}'
    ),
)
def test_a_receipt_that_is_none_is_found(shelf, begun, redone, content):
    victim = sorted((begun / JOBS).glob("*.json"))[0]
    victim.write_bytes(content)
    keep(plan_of(), begun)
    assert len(redone) == 1
    assert_same(begun, shelf(plan_of()))


@thorough
def test_a_job_that_was_done_in_pieces_and_as_a_whole_counts_once(shelf, begun, redone):
    whole = next(job for job in jobs(plan_of(), 32) if job.size > 10)
    for half in whole.halves():
        run_and_write(plan_of(), half, begun / JOBS)
    keep(plan_of(), begun)
    assert redone == []
    assert_same(begun, shelf(plan_of()))


def test_a_job_that_was_done_in_pieces_needs_only_the_others(shelf, begun, redone):
    whole = next(job for job in jobs(plan_of(), 32) if job.size > 10)
    first, second = whole.halves()
    run_and_write(plan_of(), first, begun / JOBS)
    (begun / JOBS / f"{whole.name}.json").unlink()
    keep(plan_of(), begun)
    assert redone == [second]
    assert_same(begun, shelf(plan_of()))


# folders


@thorough
@pytest.mark.kill
def test_a_second_process_is_refused(tmp_path):
    DESIGN.to_csv(tmp_path / "design.csv", index=False)
    process = command(5000, tmp_path / "run")
    try:
        wait_for(process, tmp_path / "run" / JOBS, "*")
        line = complaint(keep, plan_of(5000), tmp_path / "run")
        assert line == f"{tmp_path / 'run'}: another process is working in this folder"
        line = complaint(keep, plan_of(5000), tmp_path / "run", replace(INLINE, fresh=True))
        assert line == f"{tmp_path / 'run'}: another process is working in this folder"
    finally:
        process.kill()
        process.communicate()


def test_a_lock_that_was_left_behind_locks_nobody_out(shelf, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").touch()
    (tmp_path / "run" / f"{MAKING}manifest.json").touch()
    keep(plan_of(), tmp_path / "run")
    assert_same(tmp_path / "run", shelf(plan_of()))
    manifest = Manifest.of_run(plan_of(), "")
    with FolderWriter(tmp_path / "run", manifest):
        complaint(FolderWriter(tmp_path / "run", manifest).__enter__)
    assert not (tmp_path / "run" / ".lock").exists()


@pytest.mark.parametrize("half", [False, True])
def test_a_folder_of_another_run_is_refused_and_fresh_replaces_it(shelf, begun, tmp_path, monkeypatch, half):
    folder = begun if half else shutil.copytree(shelf(plan_of()), tmp_path / "whole")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    other, notes = replace(plan_of(30), seed=8, design=DESIGN[:2]), []
    assert "holds other results (other seed, worlds, design)" in complaint(keep, other, folder)
    monkeypatch.setattr("sim.runs.manifest.code_version", lambda: "another")
    assert "made by another version of the code" in complaint(keep, plan_of(), folder)
    keep(other, folder, replace(INLINE, fresh=True), progress=Listener(note=notes.append))
    (note,) = notes
    gone = "manifest.json, jobs" if half else ", ".join(FILES)
    assert note == f"--fresh: removing from {folder}: {gone}"
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    (folder / "notes.txt").unlink()
    assert_same(folder, shelf(other))


def test_fresh_deletes_nothing_that_cannot_be_replaced(begun, monkeypatch):
    before = sorted(begun.rglob("*"))
    fresh = replace(INLINE, fresh=True)
    assert "--executor x: unknown" in complaint(keep, plan_of(), begun, replace(fresh, executor="x"))
    (begun / "manifest.json").rename(begun / "notes.json")
    assert "holds other files" in complaint(keep, plan_of(), begun, fresh)
    (begun / "notes.json").rename(begun / "manifest.json")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 0))
    assert "on disk" in complaint(keep, plan_of(10**6), begun, fresh)
    assert sorted(begun.rglob("*")) == before


def test_a_run_that_the_disk_cannot_hold_is_refused_before_it_begins(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 6 * 10**7, 6 * 10**7))
    line = complaint(keep, plan_of(10**6, design=False), tmp_path / "deep/run")
    assert "1,000,000 worlds need about 0.5 GB on disk, 0.1 GB are free" in line
    assert list(tmp_path.iterdir()) == []
    keep(plan_of(10), tmp_path / "run")


@pytest.mark.parametrize("executor", mostly_thorough(["inline", "processes"], "inline"))
def test_a_disk_that_fills_up_is_told_and_the_run_goes_on_later(
    shelf, tmp_path, monkeypatch, redone, executor
):
    means = RunOptions(executor, 2, chunk=32)
    with monkeypatch.context() as patch:
        patch.setattr("sim.runs.execution.Batch", partial(Batch, work=fills_the_disk))
        line = complaint(keep, plan_of(), tmp_path / "run", means)
    assert line == (
        f"{tmp_path / 'run'}: cannot be written: No space left on device; "
        "what is done is kept, and the same command goes on from here"
    )
    first = len(redone)
    keep(plan_of(), tmp_path / "run", means)
    assert 0 < len(redone) - first < first, "what was done is not done again"
    assert_same(tmp_path / "run", shelf(plan_of()))


@thorough
def test_a_folder_that_is_removed_in_mid_run_is_told_and_comes_again(shelf, tmp_path):
    place = tmp_path / "run"

    def hear(_):
        shutil.rmtree(place, ignore_errors=True)

    line = complaint(keep, plan_of(), place, RunOptions("inline", chunk=32), progress=Listener(done=hear))
    assert line == f"{place}: the folder has been removed; the same command begins anew"
    assert list(tmp_path.iterdir()) == []
    keep(plan_of(), place)
    assert_same(place, shelf(plan_of()))


def test_a_target_that_can_only_be_read_is_refused_before_it_begins(tmp_path, monkeypatch):
    def only_read(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", only_read)
    line = complaint(keep, plan_of(), tmp_path / "deep/run")
    assert line == f"--out {tmp_path / 'deep/run'}: cannot be written: Read-only file system"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (MemoryError(), MemoryError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(errno.ENOSPC, "No space left on device"), UserError),
    ],
    ids=["short of memory", "interrupted", "disk full"],
)
def test_figures_that_fail_cost_no_world(shelf, tmp_path, redone, error, raised):
    """The tables are there, and the same command draws what is missing and works nothing out again."""

    def fails(*_):
        raise error

    def draws(_, place):
        (place / "drawn.svg").write_text("<svg/>")
        return [place / "drawn.svg"]

    with pytest.raises(raised):
        keep(plan_of(), tmp_path / "run", draw=fails)
    assert tables_in(tmp_path / "run") == tables_in(shelf(plan_of()))
    worked_out = len(redone)
    keep(plan_of(), tmp_path / "run", draw=draws)
    assert len(redone) == worked_out
    assert open_folder(tmp_path / "run").manifest.figures == ("drawn.svg",)
    (tmp_path / "run/drawn.svg").unlink()
    keep(plan_of(), tmp_path / "run", draw=draws)
    assert (tmp_path / "run/drawn.svg").is_file()


def test_a_file_that_cannot_be_written_leaves_no_half(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run_and_write(plan_of(), Job((0,), 0, 5), tmp_path)
    assert list(tmp_path.iterdir()) == []


# shards


def keep_shards(plan, folder, count):
    for number in range(1, count + 1):
        keep(plan, folder / str(number), RunOptions("inline", chunk=32, shard=(number, count)))
    return [folder / str(number) for number in range(1, count + 1)]


@pytest.fixture(scope="module")
def three_shards(tmp_path_factory):
    return keep_shards(plan_of(), tmp_path_factory.mktemp("shards"), 3)


@pytest.fixture
def shards(three_shards, tmp_path):
    """The three shards of a run, to be spoilt."""
    return [shutil.copytree(folder, tmp_path / folder.name) for folder in three_shards]


def test_shards_together_are_the_whole_run(shelf, shards, tmp_path):
    folders = shards
    assert all("is not complete" in complaint(open_folder, folder) for folder in folders)
    sizes = [sum(one.job.size for one in receipts(folder / JOBS)) for folder in folders]
    assert sizes == [66, 67, 67] and sum(sizes) == plan_of().size
    told = merge([folders[0], folders[2]], tmp_path / "whole")
    assert told == Merged(133, 67, ("2/3",)) and told.came == ("1/3", "3/3")
    assert merge(folders, tmp_path / "whole").missing == 0
    assert_same(tmp_path / "whole", shelf(plan_of()))
    assert merge(folders, tmp_path / "whole").missing == 0, "merging again changes nothing"
    assert_same(tmp_path / "whole", shelf(plan_of()))


@pytest.mark.parametrize(("worlds", "points", "shares"), [(300, 1, 3), (40, 5, 7), (5, 5, 3), (1, 5, 9)])
def test_shares_are_even_whatever_the_size_of_jobs(worlds, points, shares):
    """And no world is in two of them, or in none."""
    plan = replace(plan_of(worlds), design=DESIGN[:points])
    each = [list(share_of(plan, CHUNK, (k, shares), shares)) for k in range(1, shares + 1)]
    sizes = [sum(job.size for job in one) for one in each]
    assert max(sizes) - min(sizes) <= 1 and sum(sizes) == plan.size
    worlds_in = [(point, world) for one in each for job in one
                 for point in job.points for world in range(job.first, job.last)]  # fmt: skip
    assert len(set(worlds_in)) == len(worlds_in) == plan.size
    assert len({job.name for one in each for job in one}) == sum(map(len, each))


@thorough
def test_more_shards_than_jobs_do_no_harm(shelf, tmp_path):
    merge(keep_shards(plan_of(1), tmp_path, 6), tmp_path / "whole")
    assert_same(tmp_path / "whole", shelf(plan_of(1)))


def test_a_damaged_shard_is_missed(shards, tmp_path):
    flip(sorted((shards[1] / JOBS).glob("*.worlds.parquet"))[0])
    assert merge(shards, tmp_path / "whole").shares == ("2/3",)


def test_a_merge_goes_on_as_a_run(shelf, shards, tmp_path, redone):
    merge(shards[:2], tmp_path / "whole")
    keep(plan_of(), tmp_path / "whole")
    assert redone == list(share_of(plan_of(), 32, (3, 3), 3)) and sum(job.size for job in redone) == 67
    assert_same(tmp_path / "whole", shelf(plan_of()))


def test_what_is_no_shard_of_the_run_is_refused(shelf, shards, tmp_path, monkeypatch):
    first, second, _ = shards
    foreign = keep(
        replace(plan_of(), seed=8), tmp_path / "foreign", RunOptions("inline", chunk=32, shard=(1, 2))
    )
    other_jobs = keep(plan_of(), tmp_path / "other", RunOptions("inline", chunk=16, shard=(1, 2)))
    assert f"{foreign} is not a shard of the same run as {first}: another fingerprint" in complaint(
        merge, [first, foreign], tmp_path / "whole"
    )
    assert "another chunk" in complaint(merge, [first, other_jobs], tmp_path / "whole")
    assert "it is not a shard, or already whole" in complaint(
        merge, [first, shelf(plan_of())], tmp_path / "whole"
    )
    assert "there is no such folder" in complaint(merge, [first, tmp_path / "no"], tmp_path / "whole")
    assert "holds other results (other seed)" in complaint(merge, [first, second], foreign)
    monkeypatch.setattr("sim.runs.execution.code_version", lambda: "another")
    assert "another version of the code" in complaint(merge, [first, second], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


@thorough
def test_machines_that_differ_are_recorded_as_a_mixture(tmp_path, monkeypatch):
    honest = package_versions()
    for number, version in ((1, "1.26.4"), (2, "2.1.0")):
        monkeypatch.setattr("sim.runs.job_files.package_versions", lambda v=version: honest | {"numpy": v})
        keep(plan_of(4), tmp_path / str(number), RunOptions("inline", chunk=32, shard=(number, 2)))
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "whole")
    versions = open_folder(tmp_path / "whole").manifest.versions
    assert versions == honest | {"numpy": "mixed: 1.26.4, 2.1.0"} and versions["processor"]


def test_a_worker_with_other_code_does_not_work(tmp_path, monkeypatch):
    versions = iter(["ours", "theirs"] * 100)
    monkeypatch.setattr("sim.runs.batch.code_version", lambda: next(versions))
    line = complaint(keep, plan_of(), tmp_path / "run")
    assert "has other code (ours, not theirs)" in line or "has other code (theirs, not ours)" in line
    assert receipts(tmp_path / "run" / JOBS) == []


@pytest.mark.parametrize(
    ("threads", "versions", "says"),
    [
        ({}, {}, "no worker has come to it"),
        ({"tcp://a:1": 2}, {"tcp://a:1": "x"}, "the worker tcp://a:1 has"),
    ],
)
def test_a_cluster_that_cannot_do_the_work_is_named(monkeypatch, threads, versions, says):
    class Client:
        nthreads = staticmethod(lambda: threads)
        run = staticmethod(lambda what: versions)

    monkeypatch.setattr("sim.runs.executors.PATIENCE", 0)
    line = complaint(_threads, Client(), "tcp://b:2")
    assert line.startswith(f"--scheduler tcp://b:2: {says}")
    Client.run = staticmethod(lambda what: dict.fromkeys(threads, what()))
    assert threads == {} or _threads(Client(), "tcp://b:2") == 2


@thorough
def test_the_command_line_shards_and_merges(shelf, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    DESIGN.to_csv("design.csv", index=False)
    monkeypatch.setattr(launch, "RunOptions", partial(RunOptions, chunk=32))
    for share in ("1/3", "3/3"):
        main(["sweep", SHORT, *UNTIL, "--seed", "7", "--worlds", "40",
              "--design", "design.csv", "--no-figures",
              "--executor", "inline", "--shard", share])  # fmt: skip
        assert f"Share {share} is in runs" in capsys.readouterr().out
    folders = sorted(str(path) for path in Path("runs").iterdir())
    assert [name[-6:] for name in folders] == ["1-of-3", "3-of-3"]
    with pytest.raises(SystemExit) as end:
        main(["merge", *folders, "--out", "whole", "--no-figures"])
    assert end.value.code == USER_ERROR
    told = capsys.readouterr().err
    assert "worlds are missing, those of share 2/3" in told and told.count("\n") == 1
    keep(plan_of(), Path("second"), RunOptions("inline", chunk=32, shard=(2, 3)))
    main(["merge", *folders, "second", "--out", "whole"])
    assert capsys.readouterr().out == "200 worlds put together in whole\n"
    assert tables_in(Path("whole")) == tables_in(shelf(plan_of()))
    drawn = {f"sweep-{name}.{form}" for name in MAIN_OUTCOMES for form in ("svg", "png")} | {
        "main_effects.csv"
    }
    assert {path.name for path in Path("whole").iterdir()} == drawn | set(FILES), "as a sweep is drawn"


# memory


@thorough
@linux_only
def test_memory_does_not_grow_with_worlds(tmp_path):
    running = [peak_of(worlds, tmp_path / str(worlds)) for worlds in (FEW, MANY)]
    few, many = (int(process.communicate()[0]) for process in running)
    assert many < 1.2 * few, f"{few} kB for {FEW:,} worlds, {many} kB for {MANY:,}"


# progress


@thorough
def test_progress_is_told_in_plain_lines_where_there_is_no_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(launch, "TOLD_EVERY", 0.0)
    monkeypatch.setattr(launch, "RunOptions", partial(RunOptions, chunk=100))
    arguments = ["run", SHORT, *UNTIL, "--worlds", "250", "--no-figures", "--executor", "inline"]
    main([*arguments, "--out", str(tmp_path / "a")])
    told = capsys.readouterr()
    first, *_, last = lines = told.err.splitlines()
    assert len(lines) == 3 and first.startswith("100 of 250 worlds, ") and last.startswith("250 of 250")
    assert "a second" in first and "s left" in first
    assert told.out.splitlines()[-1].startswith("250 worlds in ")
    for silent in (["--quiet"], ["--json"]):
        main([*arguments, "--out", str(tmp_path / silent[0]), *silent])
        told = capsys.readouterr()
        assert told.err == "" and (told.out == "" or silent == ["--json"])


# Mesa users, replay, reading back


def test_mesas_own_batch_runner_runs_the_model():
    if not hasattr(mesa, "batch_run"):
        pytest.skip("this Mesa has no batch_run")
    with catch_warnings():
        simplefilter("ignore")
        rows = mesa.batch_run(
            ConflictModel,
            parameters={"scenario": [WAR], "client__outside_option": [0.1, 0.9], "rng": [0]},
            number_processes=1,
            display_progress=False,
        )
    table = pd.DataFrame(rows)
    assert table["client__outside_option"].tolist() == [0.1, 0.9]
    ours = run(replace(plan_of(1, seed=0), design=pd.DataFrame({OPTION: [0.1, 0.9]}))).table
    assert np.allclose(1 - table["held_contested"].astype(float), ours["share_lost"])


def test_a_replayed_world_is_the_world_of_the_table(shelf, capsys):
    folder = open_folder(shelf(plan_of()))
    for point, world in ((0, 3), (2, 17), (3, 39), (4, 0)):
        main(["replay", str(folder.path), "--point", str(point), "--world", str(world), "--json"])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (row,) = folder.worlds[folder.worlds["point"].eq(point) & folder.worlds["world"].eq(world)].to_dict(
            "records"
        )
        assert 1 - lines[-1]["held_contested"] == pytest.approx(row["share_lost"])
        assert lines[-1]["loyalty"] == row["loyalty_end"] and lines[-1]["offensives"] == row["wars"]
        fell = {name[5:] for name, day in row.items() if name.startswith("fell_") and not pd.isna(day)}
        assert fell == {name for name in lines[-1]["fallen"] if f"fell_{name}" in row}
        told = {}
        for line in lines:
            told |= {name: line["date"] for name in line["fallen"] if name not in told}
        assert all(told[name] == str(row[f"fell_{name}"].date()) for name in fell)
        main(["replay", str(folder.path), "--point", str(point), "--world", str(world)])
        assert capsys.readouterr().out.count("the scenario ends") == 1


@thorough
def test_the_day_a_war_ends_is_told_with_the_rung_that_ended_it(shelf):
    """By then the patron has stepped down again."""
    folder, stops = open_folder(shelf(plan_of())), 0
    for world in range(12):
        lines = [json.loads(line) for line in replayed(folder, world, 0, as_json=True)]
        for line in lines:
            if "the patron imposes a stop, and peacekeepers deploy" in line["news"]:
                assert line["rung"] == 0 and line["rung_of_reasons"] >= 3 and line["reasons"]
                stops += 1
            elif line["at_war"]:
                assert line["rung_of_reasons"] == line["rung"]
    assert stops > 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--world", "40"), "--world 40: the run has worlds 0 to 39"),
        (("--world", "-1"), "--world -1: the run has worlds 0 to 39"),
        (("--point", "5"), "--point 5: the run has points 0 to 4"),
    ],
)
def test_a_world_that_is_not_there_is_not_replayed(shelf, capsys, arguments, says):
    with pytest.raises(SystemExit):
        main(["replay", str(shelf(plan_of())), *arguments])
    assert capsys.readouterr().err == f"captive-ally: {says}\n"


def test_a_world_of_other_code_is_not_replayed(shelf, capsys, monkeypatch):
    monkeypatch.setattr("experiments.commands.replay.code_version", lambda: "another")
    with pytest.raises(SystemExit):
        main(["replay", str(shelf(plan_of()))])
    assert "was made by another version of the code" in capsys.readouterr().err


def test_paths_are_those_of_a_direct_run(tmp_path, capsys):
    main(["run", SHORT, *UNTIL,
          "--worlds", "20", "--seed", "7", "--without", "C3", "--no-figures", "--paths", "4",
          "--out", str(tmp_path / "run"), "--executor", "inline"])  # fmt: skip
    assert "paths.parquet" in capsys.readouterr().out
    paths = pd.read_parquet(tmp_path / "run" / "paths.parquet")
    model = ConflictModel(WAR, without=["C3"], seed=7, worlds=np.arange(4), numbers="estimated")
    for _, now in paths.groupby("date"):
        for measure in TIMELINES:
            assert now[measure.name].tolist() == np.asarray(measure.read(model), float).tolist()
        assert now["world"].tolist() == [0, 1, 2, 3] and now["point"].eq(0).all()
        if model.step_number < model.scenario.steps:
            model.step()
    assert len(paths) == 4 * (model.scenario.steps + 1)


def test_tables_can_be_read_by_other_tools(shelf):
    import duckdb  # here, as the quick tests run without them
    import polars

    folder = shelf(plan_of())
    worlds = pd.read_parquet(folder / "worlds.parquet")
    assert str(worlds["fell_AGM"].dtype).startswith("datetime64") and worlds["status_end"].notna().all()
    query = f"select sum(share_lost) from '{folder / 'worlds.parquet'}'"
    sums = (
        polars.read_parquet(folder / "worlds.parquet")["share_lost"].sum(),
        duckdb.sql(query).fetchall()[0][0],
    )
    assert sums == pytest.approx([worlds["share_lost"].sum()] * 2)
