"""The page of every kind of folder: whole, safe, and of no need of a network; damaged folders are refused."""

import json
import re
import shutil
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape

from agents.claims import all_claims
from experiments.cli import USER_ERROR, main
from experiments.report.page import ARTICLE, folders_in, page, sections_of
from experiments.report.table import MOST_ROWS
from experiments.trial.study import Answer
from experiments.tutorials.texts import glossary
from sim.errors import UserError
from sim.runs.manifest import read_manifest
from tests.experiments.conftest import WAR
from tests.experiments.writing import written
from tests.thorough import mostly_thorough, thorough

QUICK = ("run", "bare", "sweep", "sensitivity", "claims", "gratitude", "stability")
SLOW = ("discovery", "calibration", "cases", "history")
KINDS = mostly_thorough((*QUICK, *SLOW), *QUICK)
VOID = {"meta", "br", "img", "link", "input", "hr"}
IMAGE = "data:image/svg+xml;base64,"
NAMED = 'xmlns="http://www.w3.org/2000/svg"'
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def copy(made, tmp_path):
    """A folder that may be spoilt."""
    return lambda name: Path(shutil.copytree(made / name, tmp_path / name))


@pytest.fixture
def refuse(capsys):
    """A command that is refused: its one line."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["report", *map(str, arguments)])
        printed = capsys.readouterr()
        assert end.value.code == USER_ERROR
        assert printed.out == "" and printed.err.count("\n") == 1
        return printed.err

    return run


def nobody(line):
    pytest.fail(f"left out: {line}")


def text_of(*folders, check=True):
    found = folders_in(folders)
    return page(sections_of(found, found, nobody, check))


class Parsed(HTMLParser):
    """A page as a reader's browser takes it, and what is wrong with its tags."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.words, self.wrong = [], [], [], []
        self.feed(text)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def said(self):
        return " ".join(" ".join(self.words).split())

    def all(self, *names):
        return [(tag, attrs) for tag, attrs, _ in self.tags if tag in names]

    def attributes(self, *names):
        return [value for _, attrs, _ in self.tags for name, value in attrs.items() if name in names]


def content(figure):
    """The SVG of a figure."""
    return b64decode(figure[1]["src"].removeprefix(IMAGE)).decode()


def rows_of(parsed):
    """The rows of all tables, as texts."""
    return [one for one in parsed.tags if one[0] == "tr" and "tbody" in one[2]]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_folder_gives_a_whole_page(made, name):
    parsed = Parsed(text_of(made / name))
    assert parsed.wrong == []
    assert [attrs["lang"] for _, attrs in parsed.all("html")] == ["en-GB"]
    assert len(parsed.all("h1")) == len(parsed.all("section")) == 1
    names = parsed.attributes("id")
    assert len(names) == len(set(names))
    for label in parsed.attributes("aria-labelledby"):
        assert label in names
    figures = parsed.all("img")
    drawn = [path.read_text(encoding="utf-8") for path in (made / name).glob("*.svg")]
    fonts = ("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")  # not all machines have the first
    assert sorted(map(content, figures)) == sorted(text.replace(*fonts) for text in drawn)
    assert all(len(attrs["alt"]) > 15 for _, attrs in figures)
    assert parsed.said.count("Figure ") >= len(figures)
    tables = [one for one in parsed.tags if one[0] == "table"]
    heads = [one for one in parsed.tags if one[0] == "th" and "thead" in one[2]]
    assert len(tables) >= 1 and len(heads) >= 2 * len(tables)


@pytest.mark.parametrize("name", KINDS)
def test_a_page_asks_nothing_of_the_network(made, name):
    text = text_of(made / name)
    parsed = Parsed(text)
    assert not parsed.all("script", "iframe", "object", "embed", "base", "foreignobject")
    assert parsed.attributes("href", "xlink:href", "src") != []
    for address in parsed.attributes("href", "xlink:href", "src", "srcset", "action", "data"):
        assert address == ARTICLE or address[0] == "#" or address.startswith(IMAGE)
    assert not [attrs for _, attrs, _ in parsed.tags for key in attrs if key.startswith("on")]
    assert "url(" not in text and "@import" not in text
    assert any("default-src 'none'" in attrs.get("content", "") for _, attrs in parsed.all("meta"))


@pytest.mark.parametrize("name", KINDS)
def test_a_page_says_how_to_repeat_it(made, name):
    said = Parsed(text_of(made / name)).said
    facts = json.loads((made / name / "manifest.json").read_text())
    assert facts["command"] in said and facts["code"] in said
    assert f"mesa {facts['versions']['mesa']}" in said
    assert "seed 0" in said and " made " in said


def test_claims_that_were_left_out_keep_their_capitals(copy):
    folder = copy("bare")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["plan"]["without"] = ["C3", "C26"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "Theory: article; claims left out: C3, C26; numbers: " in Parsed(text_of(folder, check=False)).said


def test_a_run_is_told_in_numbers(made):
    said = Parsed(text_of(made / "run")).said
    facts = json.loads((made / "run" / "summary.json").read_text())["outcomes"]
    lost = facts["share_lost"]
    assert f"In the median world {lost['median']:.2f} ({lost['low']:.2f} to {lost['high']:.2f} in" in said
    assert "client.outside_option = 0.7 (usually 0.15)" in said
    assert "Theory: article; claims left out: none; numbers: " in said  # what was set is told once, below
    dates = pd.read_parquet(made / "run" / "worlds.parquet")["fell_AGM"]
    assert f"Agdam {dates.notna().mean():.0%}".replace("%", "\xa0%") in said.replace(" %", "\xa0%")
    assert "No figures were drawn" in Parsed(text_of(made / "bare")).said


def test_a_sweep_has_a_row_a_point(made):
    worlds = pd.read_parquet(made / "sweep" / "worlds.parquet")
    medians = worlds.groupby("point")["share_lost"].median()
    said = Parsed(text_of(made / "sweep")).said
    least = worlds[worlds["point"] == medians.idxmin()].iloc[0]
    at = f"at client.outside_option = {least['client.outside_option']:.0f}, theory = {least['theory']}"
    assert f"contested land lost in all from {medians.min():.3g} {at} to" in said
    for point, part in worlds.groupby("point"):
        one = part.iloc[0]
        assert f"{one['client.outside_option']:.0f} {one['theory']}" in said, point


def test_a_scoreboard_has_a_row_a_claim(made):
    board = pd.read_csv(made / "claims" / "scoreboard.csv", keep_default_na=False)
    parsed = Parsed(text_of(made / "claims"))
    known = {claim.id: claim for claim in all_claims()}
    assert len(board) >= 2
    for row in board.itertuples():
        assert known[row.claim].text in parsed.said and row.rules in parsed.said
        assert row.difference in parsed.said
    counts = board["verdict"].value_counts()
    looks = [attrs["class"] for _, attrs in parsed.all("span") if "look" in attrs.get("class", "")]
    for verdict, count in counts.items():
        in_table_of_counts = 2 if verdict == "holds" else 1  # emergent, and built in
        assert looks.count(f"look {verdict.replace(' ', '-')}") == count + in_table_of_counts


def test_an_experiment_says_what_would_have_counted_against(made):
    facts = read_manifest(made / "gratitude").facts
    said = Parsed(text_of(made / "gratitude")).said
    assert facts["question"] in said and " ".join(facts["design"].split()) in said
    assert all(picture["caption"] in said for picture in facts["pictures"].values())
    effects = pd.read_csv(made / "gratitude" / "effects.csv")
    for row in effects.itertuples():
        assert row.words in said
        assert f"{row.effect:+.3g}".replace("-", "\N{MINUS SIGN}") in said
        assert row.settings.split(" x (")[1].split(")")[0] in said


@thorough
def test_a_pattern_is_told_from_the_scenario_it_is_scored_on(made):
    patterns = pd.read_csv(made / "history" / "patterns.csv")
    war = patterns[(patterns["pattern"] == "T6") & (patterns["scenario"] == WAR)]
    said = Parsed(text_of(made / "history")).said
    told = said[said.index("T6 may be fitted") : said.index("T7 may be fitted")]
    numbers = re.findall(
        r"(?:✓ ?)?([\d.]+)(?= (?:\(in the band\) )?\d+ % of worlds)", told.replace("\xa0", " ")
    )
    assert numbers == [f"{value:.3g}" for value in war["value"]]
    assert said.count("never fitted") >= 8


def test_sensitivity_names_the_largest_and_says_whether_it_converged(made):
    table = pd.read_csv(made / "sensitivity" / "sensitivity-share_lost.csv")
    said = Parsed(text_of(made / "sensitivity")).said
    assert f"Contested land lost in all is moved most by {table['parameter'][0]}" in said
    assert "onverged" in said or "does not move at all" in said


@thorough
def test_calibration_names_what_the_record_narrows(made):
    table = pd.read_csv(made / "calibration" / "parameters.csv")
    narrow = table[table["width"] < 0.8]
    said = Parsed(text_of(made / "calibration")).said
    assert f"narrow {len(narrow)} of {len(table)} parameters" in said
    assert all(name in said for name in narrow["parameter"])


def test_several_folders_make_one_page(made, tmp_path, capsys):
    main(["report", str(made / "run"), str(made / "claims"), "--out", str(tmp_path / "new" / "both.html")])
    assert "2 sections" in capsys.readouterr().out
    parsed = Parsed((tmp_path / "new" / "both.html").read_text(encoding="utf-8"))
    assert parsed.wrong == [] and len(parsed.all("section")) == 2
    names = parsed.attributes("id")
    assert len(names) == len(set(names))
    assert [one for one in parsed.attributes("href") if one.startswith("#section")] == [
        "#section-1",
        "#section-2",
    ]


def test_a_folder_of_folders_leaves_out_what_is_not_complete(made, copy, tmp_path, capsys):
    copy("run"), copy("gratitude"), copy("sweep")
    (tmp_path / "sweep" / "worlds.parquet").unlink()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "notes.txt").write_text("mine")
    main(["report", str(tmp_path)])
    out = capsys.readouterr().out
    assert "Left out" in out and "sweep is not complete" in out and "2 sections" in out
    assert len(Parsed((tmp_path / "report.html").read_text(encoding="utf-8")).all("section")) == 2


def test_the_same_folder_gives_the_same_page(made):
    assert text_of(made / "run", made / "claims") == text_of(made / "run", made / "claims")


def test_long_tables_say_what_is_left(tmp_path):
    table = pd.DataFrame({"year": np.arange(1990, 1990 + 523), "value": np.linspace(0, 1, 523)})
    facts = {"name": "long", "question": "How long?", "seed": 0}
    written(Answer("Long.", (), {"table": table}, {}, facts), tmp_path / "long")
    parsed = Parsed(text_of(tmp_path / "long"))
    assert len(rows_of(parsed)) == MOST_ROWS
    assert f"{523 - MOST_ROWS} more rows in table.csv" in parsed.said
    assert len(parsed.all("details")) == 3  # the table, the text and the glossary: none is in the way
    assert "1990" in parsed.said and "1,990" not in parsed.said


# Bad input


def edited(folder, file, change):
    path = folder / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def test_what_a_folder_says_is_text_and_nothing_else(copy):
    def poison(text):
        data = json.loads(text)
        data |= {"command": SCRIPT, "code": SCRIPT, "versions": {SCRIPT: SCRIPT}}
        data["facts"] |= {"question": SCRIPT, "design": SCRIPT, "name": SCRIPT}
        for picture in data["facts"]["pictures"].values():
            picture |= {"caption": SCRIPT, "alternative": f'"><{SCRIPT}'}
        return json.dumps(data)

    folder = edited(copy("gratitude"), "manifest.json", poison)
    edited(folder, "answer.txt", lambda text: SCRIPT + text)
    effects = pd.read_csv(folder / "effects.csv")
    for column in ("words", "unit", "verdict", "remark", "settings", "claim"):
        effects[column] = f'{SCRIPT}<img src=x onerror="alert(1)">'
    effects.rename(columns={"reading": SCRIPT}).to_csv(folder / "effects.csv", index=False)
    parsed = Parsed(text_of(folder, check=False))
    assert parsed.wrong == []
    assert not parsed.all("script")
    assert all(attrs["src"].startswith(IMAGE) for _, attrs in parsed.all("img"))
    assert not [attrs for _, attrs, _ in parsed.tags for key in attrs if key.startswith("on")]
    assert parsed.said.count(SCRIPT) > 8


def test_entities_of_a_figure_do_not_get_through(copy, refuse):
    laughs = '<!DOCTYPE svg [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 20}">' for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    laughing = laughs + f']><svg {NAMED} viewBox="0 0 1 1"><text>&g;</text></svg>'
    folder = edited(copy("gratitude"), "effects.svg", lambda _: laughing)
    assert "effects.svg cannot be read: it is not an SVG figure" in refuse(folder, "--no-check")
    assert "effects.svg cannot be read: it is not as it was written" in refuse(folder)


@pytest.mark.parametrize(
    "name",
    mostly_thorough(
        ["run", "sensitivity", "calibration", "claims", "history"], "run", "sensitivity", "claims"
    ),
)
def test_a_folder_with_a_file_missing_is_not_complete(made, copy, refuse, name):
    folder = copy(name)
    for path in sorted((made / name).iterdir()):
        if path.suffix == ".png" or path.name == "manifest.json":
            continue
        (folder / path.name).unlink()
        line = refuse(folder)
        assert path.name in line and "is not complete" in line
        shutil.copy(path, folder)


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("manifest.json", lambda _: "{", "cannot be read"),
        ("manifest.json", lambda _: "[1]", "cannot be read"),
        ("manifest.json", lambda text: text.replace('"format": 2', '"format": 99'), "newer"),
        ("manifest.json", lambda text: text.replace('"complete"', '"running"'), "is not complete"),
        (
            "manifest.json",
            lambda text: text.replace('"seed": 0', '"seed": "x"'),
            "'seed' is not as it should be",
        ),
        (
            "manifest.json",
            lambda text: text.replace('"effects"', '"../run/effects"'),
            "is not the name of a file",
        ),
        (
            "manifest.json",
            lambda text: text.replace('"effects.svg"', '"../run/effects.svg"'),
            "is not the manifest",
        ),
        ("effects.csv", lambda text: text.replace("verdict", "word"), "its column 'verdict' is missing"),
        ("effects.csv", lambda _: "claim\n1,2\n3,4,5\n", "cannot be read"),
        ("effects.csv", lambda text: re.sub(r"(0\.\d+)", "x", text), "holds something else than numbers"),
        ("effects.svg", lambda _: f"<svg {NAMED}/>", "is not an SVG figure"),
        ("effects.svg", lambda _: f'<p {NAMED} viewBox="0 0 1 1"/>', "is not an SVG figure"),
        ("effects.svg", lambda text: text.replace("</svg>", "<g></svg>"), "is not an SVG figure"),
        ("effects.svg", lambda _: "GIF89a", "is not an SVG figure"),
    ],
)
def test_a_damaged_answer_is_one_clear_line(copy, refuse, file, change, words):
    folder = edited(copy("gratitude"), file, change)
    line = refuse(folder, "--no-check")
    assert words in line and str(folder) in line
    assert str(folder) in refuse(folder)
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("manifest.json", lambda text: text.replace('"complete"', '"running"'), "is not complete"),
        ("manifest.json", lambda text: text.replace('"map.svg"', '"../x.svg"'), "not the manifest of a run"),
        ("manifest.json", lambda text: text.replace('"seed"', '"sown"'), "holds no plan"),
        ("summary.json", lambda text: text.replace('"outcomes"', '"results"'), "not the summary of a run"),
        (
            "summary.json",
            lambda text: text.replace('"share_known": 1.0', '"share_known": "x"'),
            "not the summary",
        ),
        ("worlds.parquet", lambda _: "no", "is not a table of a run"),
    ],
)
def test_a_damaged_run_is_one_clear_line(copy, refuse, file, change, words):
    folder = copy("run")
    path = folder / file
    text = path.read_bytes().decode("utf-8", errors="replace")
    path.write_text(change(text), encoding="utf-8")
    assert words in refuse(folder, "--no-check")
    assert str(folder) in refuse(folder)


def test_what_is_no_folder_of_ours_is_one_clear_line(made, tmp_path, refuse):
    (tmp_path / "empty").mkdir()
    assert "there is no such folder" in refuse(tmp_path / "nowhere")
    assert "holds no run and no answer" in refuse(tmp_path / "empty")
    assert "a folder is needed, not a file" in refuse(made / "run" / "manifest.json")
    assert "no such folder" in refuse(made / "run", tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == [tmp_path / "empty"]


def test_an_answer_of_the_earlier_layout_is_named_and_never_half_read(copy, tmp_path, refuse, capsys):
    old = copy("gratitude")
    (old / "manifest.json").rename(old / "answer.json")
    told = f"{old} was made by an earlier layout of captive-ally, with answer.json"
    assert refuse(old) == f"captive-ally: {told}; ask again, into a folder of another name\n"
    copy("claims")
    main(["report", str(tmp_path)])
    assert f"Left out: {told}" in capsys.readouterr().out


def test_only_a_report_is_written_over(made, tmp_path, refuse, capsys):
    mine = tmp_path / "mine.html"
    mine.write_text("<html>mine</html>")
    assert "no report" in refuse(made / "run", "--out", mine)
    assert mine.read_text() == "<html>mine</html>"
    assert "ends with .html" in refuse(made / "run", "--out", tmp_path / "paper.pdf")
    (tmp_path / "folder.html").mkdir()
    assert "a folder of that name" in refuse(made / "run", "--out", tmp_path / "folder.html")
    assert "cannot be written" in refuse(made / "run", "--out", mine / "within.html")
    ours = tmp_path / "ours.html"
    main(["report", str(made / "claims"), "--out", str(ours), "--quiet"])
    before = ours.read_bytes()
    main(["report", str(made / "run"), "--out", str(ours), "--quiet"])
    assert capsys.readouterr().out == ""
    assert ours.read_bytes() != before and b"Karabakh war of 2020" in ours.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.html", "mine.html", "ours.html"]


def test_a_report_that_fails_leaves_the_one_before(copy, refuse):
    folder = copy("gratitude")
    main(["report", str(folder), "--quiet"])
    before = (folder / "report.html").read_bytes()
    (folder / "effects.csv").unlink()
    refuse(folder)
    assert (folder / "report.html").read_bytes() == before


def test_a_folder_that_was_not_named_may_be_damaged_but_not_all(copy, tmp_path):
    folder = copy("gratitude")
    (folder / "effects.csv").unlink()
    with pytest.raises(UserError, match=r"effects\.csv is missing"):
        sections_of(folders_in([tmp_path]), [tmp_path], lambda _: None)


# In a browser


@pytest.mark.parametrize("names", [QUICK, pytest.param(SLOW, marks=thorough)], ids=["quick", "slow"])
@pytest.mark.parametrize("dark", mostly_thorough([False, True], True))
@pytest.mark.parametrize(("width", "height"), mostly_thorough([(1366, 768), (360, 740)], (360, 740)))
def test_a_browser_shows_it(chromium, made, tmp_path, names, width, height, dark):
    """No complaint, nothing fetched, no page that moves sideways, figures and letters that can be read."""
    path = tmp_path / "all.html"
    found = [made / name for name in names]
    path.write_text(page(sections_of(found, found, nobody)), encoding="utf-8")
    shown = chromium.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    complaints, asked = [], []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(path.as_uri())
    assert complaints == [] and asked == [path.as_uri()]
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    sizes = shown.evaluate(
        "[...document.querySelectorAll('img')]"
        ".map(one => [one.clientWidth, one.clientHeight, one.naturalWidth])"
    )
    assert len(sizes) == sum(len(list((made / name).glob("*.svg"))) for name in names)
    wide, tall, drawn = np.min(sizes, axis=0)
    assert wide >= 600 and tall >= 100 and drawn > 0
    letters = shown.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => one.innerText)"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(letters) >= 10  # px
    ground, ink = shown.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (
        sum(map(int, re.findall(r"\d+", ground)[:3])) < sum(map(int, re.findall(r"\d+", ink)[:3]))
    ) == dark
    shown.close()


@pytest.mark.parametrize(
    "what",
    [
        "<script>document.title = 'mine'; fetch('https://example.org/')</script>",
        "<script href='https://example.org/x.js'/>",
        '<rect width="9" height="9" onload="top.document.title = 1" onclick="alert(1)"/>',
        '<image width="9" height="9" href="https://example.org/x.png"/>',
        '<use href="https://example.org/other.svg#x"/>',
        '<rect width="9" height="9" style="fill: URL(https://example.org/x)"/>',
        "<style>@import 'https://example.org/x.css'; * {background: \\75rl(//example.org/x)}</style>",
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='//example.org'/></foreignObject>",
        '<a href="javascript:alert(1)"><rect width="999" height="999"/></a>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        "<g>" * 100_000 + "</g>" * 100_000,
    ],
)
def test_nothing_foreign_in_a_figure_runs_or_is_fetched(chromium, copy, tmp_path, what):
    folder = edited(copy("gratitude"), "effects.svg", lambda text: text.replace("</svg>", f"{what}</svg>"))
    path = tmp_path / "one.html"
    path.write_text(text_of(folder, check=False), encoding="utf-8")
    shown, asked, said = chromium.new_page(), [], []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("dialog", lambda dialog: said.append(dialog.message))
    shown.goto(path.as_uri(), wait_until="load")
    title = shown.title()
    shown.locator("img").first.click()
    assert (asked, said, shown.title(), shown.url) == ([path.as_uri()], [], title, path.as_uri())
    shown.close()


def test_it_prints(chromium, made, tmp_path):
    path = tmp_path / "one.html"
    path.write_text(text_of(made / "claims"), encoding="utf-8")
    shown = chromium.new_page(color_scheme="dark")
    shown.goto(path.as_uri())
    printed = shown.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown.close()


@pytest.mark.parametrize("name", KINDS)
def test_the_page_tells_how_to_read_each_figure_and_what_words_mean(made, name):
    sections = sections_of([made / name], [made / name], nobody)
    text = page(sections)
    for drawing in (drawing for section in sections for drawing in section.drawings):
        assert drawing.reading and str(escape(drawing.reading)) in text, drawing.caption
    assert all(str(escape(meaning)) in text for meaning in glossary().values())
