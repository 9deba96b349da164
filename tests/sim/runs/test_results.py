"""A result folder holds what was run, and its bands describe the worlds."""

import contextlib
import json
import random
import shutil
import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import UserError
from sim.measures import OUTCOMES, TIMELINES, outcome_names
from sim.runs.execution import RunOptions, merge, run_into
from sim.runs.folder import FolderWriter
from sim.runs.folder import check_free as _check_free
from sim.runs.manifest import FORMAT, Manifest, read_manifest
from sim.runs.plan import CHUNK, Plan
from sim.runs.recorder import BINS, FIXED_POINT, QUANTILES
from sim.runs.results import FILES, TABLES, open_folder
from sim.runs.runner import run
from sim.runs.summary import summarise
from sim.scenarios.loading import load
from sim.scenarios.values import changed
from tests.thorough import mostly_thorough, thorough

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
WORLDS = {SHORT: 90, LONG: 20}
AT_END = {  # timelines whose last value is an outcome
    "held_contested": ("share_lost", lambda lost: 1.0 - lost),
    "core_lost": ("core_lost", lambda lost: lost),
    "loyalty": ("loyalty_end", lambda end: end),
    "opinion": ("opinion_end", lambda end: end),
    "gratitude": ("gratitude_end", lambda end: end),
    "captivity": ("captivity_end", lambda end: end),
    "reliability": ("observer_reliability_end", lambda end: end),
    "sphere_credibility": ("sphere_credibility_end", lambda end: end),
    "frustration": ("frustration_end", lambda end: end),
}


@cache
def plan_of(name):
    scenario = load(name).close_up
    if name == LONG:  # its first decade holds all that is looked at here
        scenario = scenario.model_copy(update={"end": date(2005, 1, 1)})
    return Plan(scenario, worlds=WORLDS[name], seed=7)


@cache
def results_of(name, chunk=CHUNK):
    return run(plan_of(name), chunk=chunk)


def tables_of(name, chunk=CHUNK):
    """Worlds, bands and reasons."""
    results = results_of(name, chunk)
    return results.table, results.bands, results.reasons


def save(path, draw=None, **changes):
    """Run into a folder, in this process."""
    plan = replace(plan_of(SHORT), **changes)
    return run_into(plan, path, "captive-ally run karabakh-2020", RunOptions("inline"), draw=draw)


def check_free(path, plan, fresh=False):
    _check_free(path, Manifest.of_run(plan, "captive-ally run"), fresh)


def no_job(*_):
    pytest.fail("it ran again")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder with one result folder in it, not to be changed."""
    shelf = tmp_path_factory.mktemp("shelf")
    save(shelf / "whole")
    return shelf


@pytest.fixture
def folder(shelf, tmp_path):
    """A copy of the result folder, to be spoilt."""
    return shutil.copytree(shelf / "whole", tmp_path / "run")


def complaint(what, *arguments):
    with pytest.raises(UserError) as refusal:
        what(*arguments)
    assert str(refusal.value).isprintable()
    return str(refusal.value)


# a folder


def test_a_column_can_be_read_alone(shelf):
    folder = open_folder(shelf / "whole")
    pd.testing.assert_series_equal(folder.outcome("level_max"), folder.worlds["level_max"])


@pytest.mark.parametrize("name", WORLDS)
def test_the_columns_of_a_scenario_are_known_before_it_is_run(name):
    assert ["point", "world", *outcome_names(load(name))] == list(results_of(name).table)


def test_a_folder_gives_back_what_was_saved(shelf):
    folder = open_folder(shelf / "whole")
    assert sorted(path.name for path in folder.path.iterdir()) == sorted(FILES)
    assert folder.manifest.status == "complete" and folder.manifest.failed == 0
    for read, saved in zip((folder.worlds, folder.bands, folder.reasons), tables_of(SHORT), strict=True):
        pd.testing.assert_frame_equal(read, saved.astype(read.dtypes), check_exact=True)
    assert folder.scenario == plan_of(SHORT).scenario
    summary = {"numbers": "defaults"} | summarise(results_of(SHORT).table.__getitem__)
    assert folder.summary == json.loads(json.dumps(summary))
    assert folder.manifest.plan["seed"] == 7
    assert folder.manifest.fingerprint == plan_of(SHORT).fingerprint
    assert folder.manifest.command == "captive-ally run karabakh-2020"
    assert [path.name for path in shelf.iterdir()] == ["whole"], "nothing else is left beside it"


def test_the_scenario_of_a_folder_runs_to_the_same_numbers(shelf):
    again = run(replace(plan_of(SHORT), scenario=open_folder(shelf / "whole").scenario))
    pd.testing.assert_frame_equal(again.table, results_of(SHORT).table)


def test_the_fingerprint_follows_all_that_determines_the_numbers():
    plan = plan_of(SHORT)
    others = [
        replace(plan, seed=8),
        replace(plan, worlds=91),
        replace(plan, theory="base_rate"),
        replace(plan, without=("C3",)),
        replace(plan, scenario=changed(plan.scenario, {"client.alignment": 0.41})),
    ]
    assert len({one.fingerprint for one in [plan, *others]}) == 6
    assert replace(plan, scenario=load(SHORT).close_up).fingerprint == plan.fingerprint


def test_the_same_run_mends_its_folder_and_keeps_what_else_lies_in_it(folder):
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "drawings").mkdir()
    (folder / "drawings" / "a.svg").write_text("<svg/>", encoding="utf-8")
    before = {name: (folder / name).read_bytes() for name in FILES}
    (folder / "bands.parquet").unlink()  # an incomplete folder is mended by running again
    save(folder)
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "drawings" / "a.svg").is_file()
    assert {path.name for path in folder.iterdir()} == {*FILES, "notes.txt", "drawings"}
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_a_complete_folder_is_not_run_again(folder, monkeypatch):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    monkeypatch.setattr("sim.runs.batch.Batch.run", no_job)
    save(folder)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_manifest_that_has_lost_its_hash_is_not_as_it_was_written(folder):
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del facts["hash"]
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    assert "it is not as it was written" in complaint(open_folder, folder)


@pytest.mark.parametrize("content", [b"", b'{"format": 3, "pl', b'{"command": "\\ud800"}'])
def test_a_manifest_that_is_cut_or_no_text_is_told_with_a_way_out(folder, content):
    (folder / "manifest.json").write_bytes(content)
    for read in (open_folder, save):
        line = complaint(read, folder)
        assert "it is not valid JSON" in line
        assert line.endswith(f"move {folder} away, or give another folder")


@pytest.mark.parametrize(
    "change", [{"worlds": None}, {"without": [["C3"]]}, {"theory": 3}, {"numbers": {"ranges": "x"}}]
)
def test_a_plan_of_the_wrong_kinds_is_none_though_nobody_checks_its_hash(folder, change):
    manifest = read_manifest(folder)
    replace(manifest, plan=manifest.plan | change).write(folder)
    assert "it holds no plan" in complaint(lambda: open_folder(folder).plan)


@pytest.mark.parametrize("name", mostly_thorough(TABLES, "worlds.parquet", "summary.json"))
def test_a_table_that_was_changed_afterwards_is_made_again(folder, name):
    whole = (folder / name).read_bytes()
    for content in (whole[:-1], whole[:100] + b"\0" + whole[101:]):
        (folder / name).write_bytes(content)
        save(folder)
        assert (folder / name).read_bytes() == whole


def test_a_run_that_ends_between_its_last_two_moves_is_whole(folder, monkeypatch):
    (folder / "jobs").mkdir()
    (folder / "jobs" / "x").write_text("left", encoding="utf-8")
    monkeypatch.setattr("sim.runs.batch.Batch.run", no_job)
    save(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"seed": 8}, "other seed"),
        ({"worlds": 5, "theory": "base_rate"}, "other worlds, theory"),
        ({"without": ("C3",)}, "other without"),
        ({"scenario": load(LONG)}, "other scenario"),
        ({"scenario": changed(load(SHORT).close_up, {"client.alignment": 0.2})}, "other parameters"),
    ],
)
def test_another_run_does_not_replace_a_folder(folder, other, says):
    line = complaint(check_free, folder, replace(plan_of(SHORT), **other))
    assert line == f"--out {folder}: holds other results ({says}); give another folder, or --fresh"
    check_free(folder, replace(plan_of(SHORT), **other), fresh=True)


def test_other_code_does_not_go_on_with_a_folder(folder, monkeypatch):
    monkeypatch.setattr("sim.runs.manifest.code_version", lambda: "other")
    line = complaint(check_free, folder, plan_of(SHORT))
    assert "holds other results (made by another version of the code)" in line


@pytest.mark.parametrize("form", [1, FORMAT])
def test_to_clear_a_folder_takes_only_what_belongs_to_the_run(folder, form):
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder.parent / "secret.txt").write_text("mine", encoding="utf-8")
    (folder / "map.svg").write_text("<svg/>", encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"figures": ["map.svg", "../secret.txt", "gone.svg"], "format": form}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    jobs = "parts" if form == 1 else "jobs"
    (folder / jobs).mkdir()
    with FolderWriter(folder, Manifest.of_run(plan_of(SHORT), ""), fresh=True) as writer:
        assert sorted(writer.clear()) == sorted([*FILES, "map.svg", jobs])
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert (folder.parent / "secret.txt").is_file()


def test_what_was_run_is_kept_when_drawing_fails_and_drawn_by_the_same_run(tmp_path, monkeypatch):
    def fails(made, into):
        (into / "half.svg").write_text("<svg>", encoding="utf-8")
        raise KeyboardInterrupt

    def works(made, into):
        assert len(made.worlds) == WORLDS[SHORT]
        (into / "whole.svg").write_text("<svg/>", encoding="utf-8")
        return [into / "whole.svg"]

    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "new" / "deep" / "run", draw=fails)
    assert "is not complete; the command that goes on" in complaint(open_folder, tmp_path / "new/deep/run")
    monkeypatch.setattr("sim.runs.batch.Batch.run", no_job)
    folder = open_folder(save(tmp_path / "new" / "deep" / "run", draw=works))
    assert folder.manifest.figures == ("whole.svg",)
    (folder.path / "whole.svg").unlink()
    save(folder.path, draw=works)
    assert (folder.path / "whole.svg").is_file(), "a figure that is missing is drawn again"


def test_a_full_disk_keeps_what_is_done(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("sim.runs.execution.write_tables", full)
        line = complaint(save, tmp_path / "run")
    assert line == f"--out {tmp_path / 'run'}: cannot be written: No space left on device"
    monkeypatch.setattr("sim.runs.batch.Batch.run", no_job)
    assert len(open_folder(save(tmp_path / "run")).worlds) == WORLDS[SHORT]


def test_a_link_to_a_folder_is_followed(folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    save(link)
    assert link.is_symlink() and len(open_folder(link).worlds) == WORLDS[SHORT]


# folders that are none


def test_what_is_no_result_folder_is_named(tmp_path):
    assert complaint(open_folder, tmp_path / "no") == (
        f"{tmp_path / 'no'} is not a result folder: there is no such folder"
    )
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for path in (tmp_path, tmp_path / "notes.txt"):
        assert complaint(open_folder, path).startswith(f"{path} is not a result folder")


@pytest.mark.parametrize("name", TABLES)
def test_a_folder_that_is_not_complete_says_what_is_missing(folder, name):
    (folder / name).unlink()
    line = complaint(open_folder, folder)
    assert line == f"{folder} is not complete: {name} is missing; the same command goes on with it"


def test_a_folder_of_a_newer_program_is_not_misread(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"format": FORMAT + 1}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert f"written by a newer captive-ally (format {FORMAT + 1}" in complaint(open_folder, folder)
    assert "written by a newer captive-ally" in complaint(check_free, folder, plan_of(SHORT))


@pytest.fixture
def old(folder):
    """A folder as the first layout wrote it."""
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del facts["kind"], facts["facts"]
    (folder / "manifest.json").write_text(json.dumps(facts | {"format": 1}), encoding="utf-8")
    (folder / "parts").mkdir()
    return folder


def test_a_folder_of_an_earlier_layout_is_named_and_nothing_of_it_is_read(old):
    made = f"was made by an earlier layout of captive-ally (format 1, known is {FORMAT})"
    again = "run its command again, with --fresh to replace it: captive-ally run karabakh-2020"
    assert complaint(open_folder, old) == f"{old} {made}; {again}"
    assert complaint(merge, [old], old.parent / "whole") == f"{old} {made}; {again}"
    assert not (old.parent / "whole").exists()
    line = complaint(save, old)
    assert line.startswith(f"--out {old}: was made by an earlier layout of captive-ally (format 1); ")
    assert line.endswith("give another folder, or --fresh")


def test_fresh_replaces_a_folder_of_an_earlier_layout(old, shelf):
    (old / "notes.txt").write_text("mine", encoding="utf-8")
    run_into(plan_of(SHORT), old, "captive-ally run karabakh-2020", RunOptions("inline", fresh=True))
    assert {path.name for path in old.iterdir()} == {*FILES, "notes.txt"}
    assert all((old / name).read_bytes() == (shelf / "whole" / name).read_bytes() for name in FILES)


NO_MANIFESTS = (
    b"",
    b"{",
    b"[]",
    b"3",
    b"{}",
    b"\xff\xfe",
    b"[" * 90000,
    b'{"format": null}',
    b'{"format": 0}',
    b'{"format": 2}',
)
RUN = b'{"format": 2, "kind": "run", "command": "", "fingerprint": "", "code": "", "versions": {}, '
NO_PLANS = (
    b'{"format": "2"}',
    RUN + b'"plan": []}',
    RUN + b'"plan": {"scenario": 3}}',
    RUN + b'"plan": {"scenario": {}}, "chunk": "many"}',
    RUN + b'"plan": {"scenario": {}}, "chunk": 0}',
    RUN + b'"plan": {"scenario": {}}, "figures": ["../secret.txt"]}',
    RUN + b'"plan": {"scenario": {}}, "files": {"/etc/passwd": ""}}',
)


@pytest.mark.parametrize("content", NO_MANIFESTS + NO_PLANS)
def test_a_manifest_that_is_none_is_named(folder, content):
    (folder / "manifest.json").write_bytes(content)
    for what in (open_folder, lambda path: check_free(path, plan_of(SHORT))):
        assert complaint(what, folder).startswith(f"{folder / 'manifest.json'} cannot be read")


def test_a_folder_of_a_foreign_manifest_is_refused_when_it_is_read(folder):
    foreign = replace(read_manifest(folder), fingerprint="x", plan={"scenario": {"name": "x"}})
    foreign.write(folder)
    assert "it holds no plan" in complaint(lambda: open_folder(folder).scenario)
    assert "holds other results" in complaint(check_free, folder, plan_of(SHORT))


@pytest.mark.parametrize("name", TABLES)
def test_a_damaged_file_is_named(folder, name):
    whole = (folder / name).read_bytes()
    for content in (b"", b"rubbish", whole[: len(whole) // 2]):
        (folder / name).write_bytes(content)
        line = complaint(open_folder, folder)
        assert line.startswith(f"{folder / name} cannot be read: it is not as it was written")
        opened = open_folder(folder, check=False)
        line = complaint(lambda opened=opened: getattr(opened, name.partition(".")[0]))
        assert line.startswith(f"{folder / name} cannot be read")


def test_no_single_bit_of_a_folder_changes_unnoticed(folder):
    """Nor does an edit: another seed, other rows, another run's table."""
    chance = random.Random(1)
    for name in FILES:
        whole = (folder / name).read_bytes()
        for _ in range(20):
            content = bytearray(whole)
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            (folder / name).write_bytes(content)
            assert complaint(open_folder, folder).startswith(f"{folder / name} ")
        (folder / name).write_bytes(whole)
    open_folder(folder)
    shuffled = open_folder(folder).worlds[::-1]
    shuffled.to_parquet(folder / "worlds.parquet", index=False)
    assert "it is not as it was written" in complaint(open_folder, folder)
    open_folder(folder, check=False)
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    facts["plan"]["seed"] = 8
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    assert "manifest.json cannot be read: it is not as it was written" in complaint(open_folder, folder)


@pytest.mark.parametrize("listed", ["", ".", "mine", "../foreign", "mine/deep.txt", 1, None, ["mine"]])
@pytest.mark.parametrize("key", ["figures", "files", "figure_hashes"])
def test_a_manifest_that_is_made_up_costs_nobody_a_file(folder, key, listed):
    """`--fresh` removes what the run wrote."""
    foreign = folder.parent / "foreign"
    for place in (folder / "mine", foreign):
        place.mkdir()
        (place / "deep.txt").write_text("mine", encoding="utf-8")
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    named = {str(listed): "0"} if key != "figures" else [listed]
    facts |= {key: named}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    with FolderWriter(folder, Manifest.of_run(plan_of(SHORT), ""), fresh=True) as writer:
        assert set(writer.clear()) == set(FILES)
    assert (folder / "mine" / "deep.txt").is_file() and (foreign / "deep.txt").is_file()


def test_a_folder_in_a_place_that_cannot_be_written_to_may_be_written_to(tmp_path, monkeypatch):
    """As in a container: the trial whether it can is made where the results go."""
    (tmp_path / "volume").mkdir()
    tried, honest = [], tempfile.TemporaryDirectory

    def noted(**named):
        tried.append(Path(named["dir"]))
        return honest(**named)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", noted)
    check_free(tmp_path / "volume", plan_of(SHORT))
    check_free(tmp_path / "new" / "deep", plan_of(SHORT))
    assert tried == [tmp_path / "volume", tmp_path]
    assert list((tmp_path / "volume").iterdir()) == []


@pytest.mark.parametrize("name", ["jobs", "parts", "worlds.parquet"])
@pytest.mark.parametrize("form", [1, FORMAT])
def test_no_link_is_followed_by_what_is_removed(folder, name, form):
    foreign = folder.parent / "foreign"
    foreign.mkdir()
    (foreign / "deep.txt").write_text("mine", encoding="utf-8")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(foreign)
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"format": form}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    with (
        contextlib.suppress(UserError),
        FolderWriter(folder, Manifest.of_run(plan_of(SHORT), ""), True) as new,
    ):
        new.clear()
    with contextlib.suppress(UserError):
        save(folder)
    assert (foreign / "deep.txt").is_file()


# the tables


@thorough
@pytest.mark.parametrize("name", [SHORT, LONG])
def test_results_do_not_depend_on_how_the_worlds_are_cut_into_chunks(name):
    for whole, cut in zip(tables_of(name, 512), tables_of(name, 7), strict=True):
        pd.testing.assert_frame_equal(whole, cut, check_exact=True)


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_bands_have_a_row_for_each_date_and_measure_within_its_range(name):
    _, table, _ = tables_of(name)
    scenario = plan_of(name).scenario
    assert not table.duplicated(["point", "date", "measure"]).any()
    assert table["date"].min() == pd.Timestamp(scenario.start)
    assert pd.Timestamp(scenario.end) <= table["date"].max()
    contested = [r.id for r in scenario.regions.region if r.legal_class in ("outer", "core")]
    regions = [f"{kind}_{one}" for kind in ("held", "lost") for one in contested]
    assert set(table["measure"]) == {one.name for one in TIMELINES} | set(regions)
    assert table["measure"].value_counts().nunique() == 1
    ranges = {one.name: (one.low, one.high) for one in TIMELINES} | dict.fromkeys(regions, (0.0, 1.0))
    low, high = (table["measure"].map({key: pair[place] for key, pair in ranges.items()}) for place in (0, 1))
    assert ((low - 1e-9 <= table["mean"]) & (table["mean"] <= high + 1e-9)).all()
    quantiles = table.loc[~table["measure"].isin(regions), list(QUANTILES)]
    assert (quantiles.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert quantiles.ge(low[quantiles.index], axis=0).all(axis=None)
    assert quantiles.le(high[quantiles.index], axis=0).all(axis=None)
    assert table.loc[table["measure"].isin(regions), list(QUANTILES)].isna().all(axis=None)


@pytest.mark.parametrize("name", [SHORT, LONG])
@pytest.mark.parametrize("measure", AT_END)
def test_the_last_band_describes_the_worlds_at_the_end(name, measure):
    worlds, table, _ = tables_of(name)
    (last,) = table[(table["measure"] == measure) & (table["date"] == table["date"].max())].to_dict("records")
    column, read = AT_END[measure]
    values = read(worlds[column].to_numpy())
    assert last["mean"] == pytest.approx(values.mean(), abs=1.0 / FIXED_POINT)
    for quantile, share in QUANTILES.items():
        exact = np.quantile(values, share, method="inverted_cdf")
        assert last[quantile] == pytest.approx(exact, abs=1.0 / BINS), quantile


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_shares_of_regions_add_up_to_the_land_held(name):
    """Means of bands and of worlds come from different sums."""
    _, table, _ = tables_of(name)
    plan = plan_of(name)
    start = {r.id: plan.scenario.held.get(r.id, r.held) * r.area for r in plan.scenario.regions.region}
    last = table[table["date"] == table["date"].max()].set_index("measure")["mean"]
    contested = [r for r in plan.scenario.regions.region if r.legal_class in ("outer", "core")]
    held = sum(last[f"held_{r.id}"] * r.area for r in contested)
    assert held / sum(start[r.id] for r in contested) == pytest.approx(last["held_contested"], abs=1e-7)


@pytest.mark.parametrize("name", mostly_thorough([SHORT, LONG], SHORT))
def test_the_strongest_reasons_of_a_side_share_out_the_days_of_war(name):
    results = run(replace(plan_of(name), scenario=load(name), worlds=8))  # its wars come late
    worlds, table = results.table, results.reasons
    sums = table.groupby(["point", "date", "side"])["strongest"].sum().unstack("side")
    assert len(sums) > 10 and np.allclose(sums["rung"], 1.0, atol=1e-6)
    for side in ("duty", "restraint"):  # of a day without a front there is no strongest
        assert sums[side].between(0.0, 1.0 + 1e-6).all() and (sums[side] > 1.0 - 1e-6).mean() > 0.8
    assert set(table["side"]) == {"duty", "restraint", "rung"}
    assert (
        np.isfinite(table[["mean", "strongest", "war_days"]]).all(axis=None) and (table["war_days"] > 0).all()
    )
    days = table.drop_duplicates(["point", "date"])["war_days"].sum()
    assert days > worlds["war_days"].mean() - 1e-6  # which counts the first offensive only


def test_the_reasons_cover_each_day_of_the_war():
    """Where no second war breaks out."""
    scenario = changed(load(SHORT).close_up, {"challenger.war_rate": 0})
    results = run(Plan(scenario, worlds=20))
    table = results.reasons.drop_duplicates(["point", "date"])
    assert table["war_days"].sum() == pytest.approx(results.table["war_days"].mean(), abs=1e-6)


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_the_summary_has_the_median_and_the_range_of_the_worlds(name):
    worlds, *_ = tables_of(name)
    facts = summarise(worlds.__getitem__)
    assert facts["worlds"] == WORLDS[name] == len(worlds)
    assert list(facts["outcomes"]) == [one.name for one in OUTCOMES]
    for measure, told in facts["outcomes"].items():
        if told["unit"] == "name":
            assert sum(told["shares"].values()) == pytest.approx(1.0)
            assert set(told["shares"]) == set(worlds[measure])
            continue
        assert told["share_known"] == worlds[measure].notna().mean()
        if told["share_known"] == 0:
            assert told["median"] is None
            continue
        assert told["low"] <= told["median"] <= told["high"]
        known = worlds[measure].dropna()
        exact = known if told["unit"] == "date" else known.astype(float)
        median = exact.quantile(0.5, interpolation="nearest")
        assert told["median"] == (str(median.date()) if told["unit"] == "date" else median)
