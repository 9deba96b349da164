"""A posterior is drawn from row by row, and what does not fit is refused in one line."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.errors import UserError
from sim.model import ConflictModel
from sim.runs import posterior
from sim.runs.code import code_version
from sim.runs.numbers import ESTIMATED
from sim.runs.plan import Job, Plan
from sim.runs.posterior import FEWEST_ROWS
from sim.runs.runner import model_of, run
from sim.scenarios.loading import load
from sim.scenarios.values import changed

SHORT = "karabakh-2020"
WAR = load(SHORT).close_up
TIES, BLAME = "client.loyalty", "client.blame_share"
OFFER = "mediators.offer_tabled"
ROWS = 80


def table_of(rows=ROWS):
    """Two numbers of which each gives the other away."""
    first = np.linspace(0.1, 0.8, rows)
    return pd.DataFrame({TIES: first, BLAME: 0.9 - first})


def written(path, table=None, **about):
    path.parent.mkdir(exist_ok=True)
    (table_of() if table is None else table).to_csv(path, index=False)
    if about:
        entries = (f"{name} = {json.dumps(value)}" for name, value in about.items())
        path.with_name("about.toml").write_text("\n".join([f"[{path.stem}]", *entries]))
    return path


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "posterior.csv")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Posteriors that ship, of two theories."""
    monkeypatch.setattr(posterior, "SHIPPED", tmp_path / "shipped")
    written(tmp_path / "shipped" / "article.csv")
    written(tmp_path / "shipped" / "revised.csv", table_of(60).assign(**{TIES: 0.5}))
    return tmp_path / "shipped"


def plan_of(name, worlds=200, **more):
    return Plan(WAR, worlds=worlds, **more).with_numbers(str(name))


def drawn(plan, points=(0,), first=0, last=200):
    return model_of(plan, Job(points, first, last)).drawn


def refused(name, **more):
    with pytest.raises(UserError) as refusal:
        plan_of(name, **more)
    said = str(refusal.value)
    assert said.isprintable() and said.startswith("--numbers ")
    return said


def test_a_world_takes_one_row_alone_or_among_others(file):
    among = drawn(plan_of(file))
    rows = {tuple(row) for row in table_of().to_numpy()}
    taken = list(zip(among[TIES], among[BLAME], strict=True))
    assert set(taken) <= rows and len(set(taken)) > 0.8 * ROWS
    alone = drawn(plan_of(file), first=17, last=18)
    assert (alone[TIES][0], alone[BLAME][0]) == taken[17]


def test_rows_are_taken_equally_often(file):
    counts = pd.Series(drawn(plan_of(file, 40_000), last=40_000)[TIES]).value_counts()
    assert len(counts) == ROWS and counts.min() > 400 and counts.max() < 600  # of 500


def test_what_is_set_stays_and_what_is_not_in_the_table_is_the_scenarios(file):
    plan = Plan(changed(WAR, {TIES: 0.4}), worlds=5).with_numbers(str(file))
    model = model_of(plan, Job((0,), 0, 5))
    assert list(model.drawn) == [BLAME] and model.settings.value(TIES) == 0.4
    assert model.settings.value("patron.window_days") == plan.scenario.parameters.patron.window_days
    design = pd.DataFrame({BLAME: [0.3, 0.6]})
    assert list(drawn(plan_of(file, 5, design=design), (0, 1), last=5)) == [TIES]


def test_each_theory_draws_from_its_own(shelf):
    design = pd.DataFrame({"theory": ["article", "revised"]})
    plan = plan_of(ESTIMATED, 5, design=design)
    assert set(drawn(plan, (1,), last=5)[TIES]) == {0.5} != set(drawn(plan, (0,), last=5)[TIES])
    assert plan.numbers.words == "estimated, article, 80 draws of 2 numbers, revised, 60 draws of 2 numbers"
    table = run(plan).table
    assert set(table.loc[table["point"] == 1, "loyalty_start"]) == {0.5}
    one = ConflictModel(WAR, numbers=ESTIMATED, theory="revised")
    assert one.drawn[TIES].tolist() == [0.5]


def test_a_theory_without_a_posterior_is_refused(shelf):
    assert "no posterior of 'treaty_only' ships" in refused(ESTIMATED, theory="treaty_only")
    assert "no posterior of 'base_rate'" in refused(
        ESTIMATED, design=pd.DataFrame({"theory": ["article", "base_rate"]})
    )


def test_a_file_is_known_by_what_it_holds(file, tmp_path):
    plan, again = plan_of(file), Plan.of(json.loads(json.dumps(plan_of(file).facts())))
    moved = plan_of(written(tmp_path / "elsewhere" / "other.csv"))
    assert plan.fingerprint == again.fingerprint == moved.fingerprint
    assert plan.fingerprint != plan_of(written(tmp_path / "more.csv", table_of(81))).fingerprint
    assert plan.numbers.words == "estimated (posterior.csv), article, 80 draws of 2 numbers"
    for path, column in drawn(again).items():
        assert column.tolist() == drawn(plan)[path].tolist()


def test_a_file_that_has_changed_or_gone_since_is_refused(tmp_path):
    changing, going = (plan_of(written(tmp_path / name)) for name in ("changing.csv", "going.csv"))
    written(tmp_path / "changing.csv", table_of(90))
    (tmp_path / "going.csv").unlink()
    for plan, words in ((changing, "has changed since"), (going, "cannot be read")):
        with pytest.raises(UserError, match=words):
            drawn(plan)


def test_what_is_said_beside_a_posterior_must_fit(tmp_path):
    file = tmp_path / "mine.csv"
    plan_of(written(file, theory="article", code_version=code_version(), parameters=[TIES, BLAME], seed=1))
    written(file, theory="revised")
    assert refused(file).endswith("is a posterior of 'revised', not of 'article'")
    written(file, theory="article", code_version="another")
    assert "was estimated with another version of the code" in refused(file)
    written(file, parameters=[TIES, BLAME, "patron.window_days"])
    assert "the column 'patron.window_days' is missing" in refused(file)
    (tmp_path / "about.toml").write_text("mine = 3")
    with pytest.raises(UserError, match="mine: must be a table"):
        plan_of(file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.rename(columns={TIES: "client.loyalti"}), "did you mean 'client.loyalty'"),
        (lambda table: table.assign(**{"observers.states.XYZ.likeness": 0.5}), "of another scenario"),
        (lambda table: table.replace(0.1, 1.2), "row 1: client.loyalty = 1.2: allowed is 0 to 1"),
        (lambda table: table.replace(0.1, np.nan), "row 1: client.loyalty is empty"),
        (lambda table: table.astype(object).replace(0.1, "high"), "row 1: client.loyalty = high: a number"),
        (lambda table: table.astype(str).replace("0.1", "0_1"), "row 1: client.loyalty = 0_1: a number"),
        (lambda table: table.astype(str).replace("0.1", "0.\u0661"), "a number is needed"),
        (
            lambda table: table.assign(**{OFFER: [0, 0.5] * (ROWS // 2)}),
            f"row 2: {OFFER} = 0.5: allowed is 0",
        ),
        (lambda table: table.assign(**{OFFER: "yes"}), f"row 1: {OFFER} = yes: a number is needed"),
        (lambda table: table.head(FEWEST_ROWS - 1), "49 rows are too few draws; at least 50 are needed"),
        (lambda table: table.head(0), "0 rows are too few"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, change, words):
    assert words in refused(written(tmp_path / "bad.csv", change(table_of())))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as a table: it is empty"),
        (b"\xff\xfe\x00", "cannot be read as a table"),
        (b"client.loyalty\n0.1,0.2\n", "row 1 has 2 cells, the head of the table 1"),
        (b"client.loyalty,client.loyalty\n0.1,0.2\n", "there are two columns 'client.loyalty'"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, words):
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    assert words in refused(path)
