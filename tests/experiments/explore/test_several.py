"""Several estimates at once: each comes out as it would alone, and tells how it gets on."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from experiments.explore.estimation import Effort, Prior
from experiments.explore.evidence import Evidence
from experiments.explore.generations import Estimate
from experiments.explore.several import run_several
from experiments.history.coded_cases import given_cases
from sim.errors import UserError
from sim.runs.numbers import PriorRange
from tests.experiments.explore.test_generations import Heard
from tests.thorough import thorough

DRAWS = 60


@pytest.fixture
def asked(tmp_path):
    evidence = Evidence(given_cases().head(2), worlds=1, tie_worlds=0, years=None)
    prior = Prior({"patron.cost_weight": PriorRange(0.0, 3.0)})
    effort = Effort(DRAWS, 50, 2)
    return [
        Estimate(name, prior, evidence, None, effort, 0, tmp_path / name) for name in ("article", "revised")
    ]


def test_each_comes_out_as_alone_and_says_whose_its_lines_are(asked, tmp_path):
    heard = Heard()
    found = {one.theory: posterior for one, posterior in run_several(asked, 2, heard)}
    assert set(found) == {"article", "revised"}
    for one in asked:
        alone = replace(one, folder=tmp_path / "alone" / one.theory).run("inline")
        np.testing.assert_array_equal(found[one.theory].sample.places, alone.sample.places)
        told = [line for line in heard.notes if line.startswith(f"{one.theory}: ")]
        assert told == [
            f"{one.theory}: generation {number} of 2: {draws} draws" for number, draws in ((1, 24), (2, 60))
        ]
    assert heard.worlds == sum(one.worlds for one in asked) == 2 * DRAWS * 2


def test_what_is_wrong_with_one_is_said(asked):
    replace(asked[1], seed=1)._open()
    with pytest.raises(UserError, match="revised: holds another estimate"):
        list(run_several(asked, 2, Heard()))


AT_WORK = """
from time import sleep
from sim.runs.executors import messages, workers
if __name__ == "__main__":
    with workers(2) as pool, messages() as said:
        for _ in range(2):
            pool.submit(sleep, 1)
        pool.submit(said.put, "at work")
        print(said.get(timeout=60), flush=True)
        sleep(600)
"""


@thorough
def test_a_killed_run_leaves_no_process_that_listens(tmp_path):
    psutil = pytest.importorskip("psutil")
    (tmp_path / "at_work.py").write_text(AT_WORK, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "at_work.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == "at work\n"
        left = psutil.Process(run.pid).children(recursive=True)
        assert len(left) >= 3
        run.kill()
    _, alive = psutil.wait_procs(left, timeout=30)
    for one in alive:
        one.kill()
    assert not alive
