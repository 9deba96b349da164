"""What sensitivity says in words, read back against the worlds that were run."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.explore.calibration import calibrated
from experiments.explore.levers import Lever, levers_of
from experiments.explore.methods import METHODS
from experiments.explore.sensitivity import finding_of, lay_out
from sim.scenarios.loading import load
from sim.scenarios.values import describe

WAR, OUTCOME = "karabakh-2020", "share_lost"
# Of these the first raises what is lost, the second lowers it, and the third does so by less.
PARAMETERS = ("challenger.strength", "client.strength", "combat.works_defence")
KNOWN = {info.path: info for info in describe(load(WAR))}
ROW = re.compile(r"(?P<name>\S+) +(?P<index>\S+) +(?P<low>\S+) to (?P<high>\S+) +(?P<rest>.+)")


def numbers_in(row: str) -> list[float]:
    """The numbers of a row, as they are printed: with a true minus sign."""
    return [float(number.replace("\N{MINUS SIGN}", "-").replace(",", "")) for number in row.split()]


def asked(method: str, points: int, out: Path, capsys: pytest.CaptureFixture[str]):
    """The rows that are told, the table that is written, and the worlds, of one question."""
    main(
        ["sensitivity", WAR, "--until", "2020-12-31",
         "--outcome", OUTCOME, "--method", method, "--points", str(points),
         "--worlds", "6", "--parameters", ",".join(PARAMETERS), "--out", str(out), "--no-figures",
         "--workers", "1"]
    )  # fmt: skip
    told = capsys.readouterr().out.splitlines()
    rows = [ROW.fullmatch(line) for line in told if line.startswith(PARAMETERS)]
    table = pd.read_csv(out / f"sensitivity-{OUTCOME}.csv").set_index("parameter")
    return {row["name"]: row for row in rows}, table, pd.read_parquet(out / "worlds.parquet")


def test_one_at_a_time_tells_how_far_each_parameter_moves_the_outcome(tmp_path, capsys):
    rows, table, worlds = asked("oat", 5, tmp_path / "oat", capsys)
    moved = {}
    for name in PARAMETERS:
        others = [other for other in PARAMETERS if other != name]
        apart = (worlds[others] == [KNOWN[other].default for other in others]).all(axis=1)
        curve = worlds[apart].groupby(name)[OUTCOME].mean()
        spread = np.geomspace if KNOWN[name].scale == "log" else np.linspace
        asked_of = spread(*KNOWN[name].believed, 5)
        moved[name] = curve[np.isclose(curve.index.to_numpy()[:, None], asked_of).any(axis=1)]
    sizes = {name: curve.max() - curve.min() for name, curve in moved.items()}
    assert list(rows) == sorted(sizes, key=lambda name: -sizes[name])
    for name, curve in moved.items():
        index, low, high = numbers_in(" ".join(rows[name][key] for key in ("index", "low", "high")))
        change, _, _, first, last = numbers_in(rows[name]["rest"])[:5]
        assert index == pytest.approx(sizes[name], abs=0.0005001)
        assert change == pytest.approx(curve.iloc[-1] - curve.iloc[0], rel=0.006)
        place = int(np.nanargmax(curve.diff().abs()))
        assert (first, last) == pytest.approx((curve.index[place - 1], curve.index[place]), rel=0.006)
        assert low - 0.001 <= index <= high + 0.001 and low < high
        assert (low, high) == pytest.approx(tuple(table.loc[name, ["low", "high"]]), abs=0.0005001)
    signs = [numbers_in(rows[name]["rest"])[0] > 0 for name in PARAMETERS]
    assert signs == [True, False, False]


def test_morris_tells_the_mean_size_and_the_sign_of_each_effect(tmp_path, capsys):
    rows, table, worlds = asked("morris", 8, tmp_path / "morris", capsys)
    levers = levers_of([KNOWN[name] for name in PARAMETERS])
    assert [lever.logs for lever in levers] == [True, True, False]
    means = worlds.groupby(list(PARAMETERS))[OUTCOME].mean()
    points = np.array(means.index.tolist())
    effects: dict[str, list[float]] = {name: [] for name in PARAMETERS}
    for path in lay_out(METHODS["morris"], levers, 8, seed=0).reshape(8, len(levers) + 1, len(levers)):
        there = np.column_stack([lever.values(path[:, place]) for place, lever in enumerate(levers)])
        found = [means.iloc[np.abs(points - one).sum(axis=1).argmin()] for one in there]
        for before, after, one, other in zip(path, path[1:], found, found[1:], strict=False):
            (place,) = np.flatnonzero(before != after)
            effects[PARAMETERS[place]].append((other - one) / (after[place] - before[place]))
    for name in PARAMETERS:
        mean, spread = numbers_in(rows[name]["rest"])[:2]
        assert float(rows[name]["index"]) == pytest.approx(np.abs(effects[name]).mean(), abs=0.0005001)
        assert mean == pytest.approx(np.mean(effects[name]), rel=0.006)
        assert spread == pytest.approx(np.std(effects[name], ddof=1), rel=0.006)
        assert table.loc[name, "mean"] == pytest.approx(np.mean(effects[name]))


def test_sobol_gives_each_parameter_its_own_share():
    """Of 5 x + 3 y + z over the unit cube the variance is in the proportions 25, 9 and 1."""
    levers = tuple(Lever(name, 0.0, 1.0, 0.5) for name in ("y", "z", "x"))
    unit = lay_out(METHODS["sobol"], levers, 1024, seed=2)
    found = finding_of(METHODS["sobol"], levers, unit, (unit @ [3.0, 1.0, 5.0])[:, None], seed=2)
    table = found.table
    assert table["parameter"].tolist() == ["x", "y", "z"]
    assert table["index"].tolist() == pytest.approx([25 / 35, 9 / 35, 1 / 35], abs=0.02)
    assert table["first"].tolist() == pytest.approx([25 / 35, 9 / 35, 1 / 35], abs=0.02)
    assert (table["low"] < table["index"]).all() and (table["index"] < table["high"]).all()
    assert (table["first_low"] < table["first"]).all() and (table["first"] < table["first_high"]).all()


def test_calibration_tells_each_parameter_its_own_interval():
    """Draws that are kept are sorted out by hand; ranges and shapes differ from parameter to parameter."""
    luck = np.random.default_rng(11)
    ranges = np.array([[0.0, 4.0], [-3.0, 1.0], [10.0, 20.0]])
    draws = pd.DataFrame(luck.uniform(ranges[:, 0], ranges[:, 1], (4000, 3)), columns=["a", "b", "c"])
    found = np.stack([draws["a"] ** 2 / 4, np.exp(draws["b"])], axis=1) + luck.normal(0, 0.2, (4000, 2))
    found[17] = np.nan  # a world without an answer is never kept
    record = np.array([0.7, 1.9])
    far = [np.sqrt(((one - record) ** 2).mean()) if np.isfinite(one).all() else np.inf for one in found]
    nearest = sorted(sorted(range(4000), key=lambda place: (far[place], place))[:80])
    posterior = calibrated(draws, found, record, ranges, share=0.02)
    assert posterior.kept.tolist() == nearest
    assert posterior.farthest == pytest.approx(max(far[place] for place in nearest))
    for (name, column), (low, high) in zip(draws.iloc[nearest].items(), ranges, strict=True):
        row = posterior.table.set_index("parameter").loc[name]
        edges = np.percentile(column, [5, 50, 95])
        told = [row[f"posterior_{name}"] for name in ("low", "median", "high")]
        assert told == pytest.approx(edges.tolist())
        assert (row["low"], row["high"]) == (low, high)
        assert row["width"] == pytest.approx((edges[2] - edges[0]) / (0.9 * (high - low)))
