"""Generations on disk: an estimate that is interrupted goes on, and ends as if it had not been."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from experiments.explore import estimation, generations, matching
from experiments.explore.estimation import Effort, Prior
from experiments.explore.evidence import Evidence
from experiments.explore.generations import Estimate
from experiments.explore.record_play import RecordPlay
from experiments.explore.tempering import Moves
from sim.errors import UserError
from sim.runs.execution import Progress
from sim.runs.job_files import Receipt, write_receipt
from sim.runs.numbers import PriorRange
from sim.scenarios.loading import load
from tests.experiments.explore.test_matching import MadeUpWar

CALLS: list[int] = []
FAILS_AFTER = [10**9]


@dataclass(frozen=True)
class MadeUpPlay:
    """Two cases in 500 worlds each: four draws a job."""

    worlds: int = 250
    size: int = 500

    @property
    def scenario(self):
        return load("crisis")

    @property
    def shares(self):
        return []

    def weigh(self, theory, seed, draws, numbers):
        CALLS.extend(numbers.tolist())
        if len(CALLS) > FAILS_AFTER[0]:
            raise KeyboardInterrupt
        force = np.round(self.worlds * draws["patron.cost_weight"].to_numpy() / 3.0)
        columns = {}
        for name in ("A", "B"):
            columns |= {f"rung {rung}:{name}": np.zeros(len(draws)) for rung in range(5)}
            columns |= {f"rung 0:{name}": self.worlds - force, f"rung 3:{name}": force}
        return pd.DataFrame(columns)


class WarOfLuck(MadeUpWar):
    """A war that hangs on the number; whose luck was used is noted."""

    @property
    def scenario(self):
        return load("karabakh-2020")

    table, tallies_in = RecordPlay.table, RecordPlay.tallies_in

    def tallies(self, theory, seed, draws, numbers, asked=None):
        WAR_CALLS.append(numbers.tolist())
        near = np.abs(draws["patron.cost_weight"].to_numpy() - 2.5 + 0.1 * np.sin(1e4 * numbers)) < 0.3
        return self.worlds * np.stack([0.0 * near, near, 1.0 - near], axis=1)[:, None, :]


WAR_CALLS: list[list[int]] = []


class Heard(Progress):
    """Counts worlds, and keeps what is told."""

    def __init__(self):
        self.worlds, self.earlier, self.notes = 0, 0, []

    def done(self, worlds):
        self.worlds += worlds

    def before(self, worlds):
        self.earlier += worlds

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def asked(tmp_path, monkeypatch):
    CALLS.clear()
    FAILS_AFTER[0] = 10**9
    cases = pd.DataFrame({"id": ["A", "B"], "war": ["A", "B"], "level": [3.0, 0.0]})
    evidence = Evidence(cases, worlds=250, tie_worlds=0, years=None)
    monkeypatch.setattr(generations, "ABREAST", 2048)  # four draws a job
    monkeypatch.setattr(Evidence, "plays", property(lambda self: {"war": MadeUpPlay()}))
    prior = Prior({"patron.cost_weight": PriorRange(0.0, 3.0)})
    return Estimate("article", prior, evidence, None, Effort(60, 50, 2), 0, tmp_path / "whole")


def test_an_interrupted_estimate_goes_on(asked):
    heard = Heard()

    def run(one):
        heard.worlds = heard.earlier = 0
        return one.run("inline", progress=heard)

    whole = run(asked)
    assert (heard.worlds, heard.earlier) == (60 * 500, 0)
    assert sorted(CALLS) == list(range(60))
    torn = replace(asked, folder=asked.folder.parent / "torn")
    for until in (9, 18, 9):  # draws played: in the first generation, in the second, and again
        CALLS.clear()
        FAILS_AFTER[0] = until
        with pytest.raises(KeyboardInterrupt):
            run(torn)
    CALLS.clear()
    FAILS_AFTER[0] = 10**9
    found = run(torn)
    assert len(CALLS) < 60
    assert heard.worlds + heard.earlier == 60 * 500
    np.testing.assert_array_equal(found.sample.places, whole.sample.places)
    files = sorted(path.name for path in asked.folder.iterdir())
    assert files == sorted(path.name for path in torn.folder.iterdir())
    kept = [f"generation-0{number}.{kind}" for number in (1, 2) for kind in ("parquet", "sha256")]
    assert files == [*kept, "question.json"]
    for name in files:
        assert (asked.folder / name).read_bytes() == (torn.folder / name).read_bytes()
    CALLS.clear()
    run(torn)
    assert not CALLS


@pytest.mark.parametrize("change", [{"seed": 1}, {"theory": "revised"}, {"effort": Effort(80, 50, 2)}])
def test_a_folder_that_holds_another_estimate_is_refused(asked, change):
    asked._open()
    with pytest.raises(UserError, match="holds another estimate"):
        replace(asked, **change).run("inline")


def test_where_no_job_could_be_done_it_says_why_and_what_to_do(tmp_path):
    write_receipt(Receipt((0,), 0, 1, {}, error="out of memory"), tmp_path)
    with pytest.raises(UserError, match="out of memory; the same command tries them again"):
        generations._gathered(tmp_path, draws=1)


def test_a_link_that_points_at_nothing_yet_is_followed(asked, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "later")
    replace(asked, folder=tmp_path / "link/generations/article").run("inline")
    assert (tmp_path / "later/generations/article/question.json").is_file()


@pytest.fixture
def with_war(asked, monkeypatch):
    WAR_CALLS.clear()
    for module in (estimation, matching):
        monkeypatch.setattr(module, "MANY_MOVES", Moves(10, 20))
    monkeypatch.setattr(estimation, "FIRST_ROUNDS", 1)
    monkeypatch.setattr(estimation, "SECOND_ROUNDS", 1)
    return replace(asked, war=WarOfLuck(ids=("number",)), effort=Effort(60, 50, 2))


def test_a_round_that_is_read_back_goes_on_as_the_one_that_was_kept(with_war):
    found = with_war.run("inline")
    rounds = sorted(with_war.folder.glob("round-*.parquet"))
    assert len(rounds) >= 4
    last = pd.read_parquet(rounds[-1])
    assert [name for name in last if name.startswith("tally:")] == [
        f"tally:number {place}" for place in range(3)
    ]
    assert 0 < last["tally:number 1"].mean() < 4
    rounds[-1].write_bytes(b"damaged")
    again = with_war.run("inline")
    pd.testing.assert_frame_equal(pd.read_parquet(rounds[-1]), last)
    np.testing.assert_array_equal(again.sample.places, found.sample.places)
    assert again.sample.effective == found.sample.effective


def test_an_estimate_by_another_record_is_another_estimate(asked, monkeypatch):
    asked._open()
    monkeypatch.setattr(generations, "_evidence_version", lambda: "another")
    with pytest.raises(UserError, match="other evidence"):
        asked._open()


def test_each_round_and_the_last_draws_meet_luck_of_their_own(with_war):
    heard = Heard()
    found = with_war.run("inline", progress=heard)
    lucks = [number for call in WAR_CALLS for number in call]
    assert len(set(lucks)) == len(lucks)
    assert WAR_CALLS[0] == list(range(208))  # the first: as many of the prior as other evidence leaves
    assert WAR_CALLS[-1] == list(range(10**8, 10**8 + 104))
    assert heard.worlds == with_war.worlds == 60 * 500
    assert found.met["number"].shape == (104,) and found.met["number"].mean() > 0.5
    calls = len(WAR_CALLS)
    with_war.run("inline")
    assert WAR_CALLS[calls:] == WAR_CALLS[calls - 1 : calls]  # the last draws, afresh
