"""Tables and numbers read back from a page, or from what a terminal prints."""

import math
import re
from html.parser import HTMLParser
from typing import NamedTuple

import pandas as pd

NOTHING, MINUS, SPACE = "\N{EN DASH}", "\N{MINUS SIGN}", "\xa0"
NUMBER = re.compile(r"(?<![\w.])([+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(\s?%)?")


class Read(NamedTuple):
    """A cell: its first line, the small print below it, names of code, and the class of its look."""

    text: str
    below: str
    code: str
    look: str


class PageTables(HTMLParser):
    """The tables of a page: title -> rows of cells, the headings first."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tables, self._open, self._title, self._cell = {}, [], "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "br":
            self.handle_data("\n")
        if tag in ("br", "meta", "img", "link"):
            return
        self._open.append((tag, attrs.get("class") or ""))
        if tag == "p" and attrs.get("class") == "caption":
            self._title = ""
        if tag == "table":
            self._rows = self.tables[self._title.strip()] = []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._cell = {"text": "", "below": "", "code": "", "look": ""}
        if tag == "span" and self._cell is not None and "look" in (attrs.get("class") or ""):
            self._cell["look"] = attrs["class"].removeprefix("look ")

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag in ("td", "th"):
            self._rows[-1].append(
                Read(**{key: " ".join(one.split(" ")).strip() for key, one in self._cell.items()})
            )
            self._cell = None

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if self._cell is not None:
            if any(kind == "unseen" for _, kind in self._open):
                return
            place = "text" if "small" not in tags else "code" if "code" in tags else "below"
            self._cell[place] += data
        elif self._open and self._open[-1] == ("p", "caption"):
            self._title += data


def rows_of(page, title):
    """The rows of the table of a title, without the headings: a dict of heading -> cell each."""
    tables = PageTables(page).tables
    assert title in tables, f"{title!r} is not among {list(tables)}"
    head, *rows = tables[title]
    assert all(len(row) == len(head) for row in rows)
    names = [one.text for one in head]
    assert len(set(names)) == len(names)
    return [dict(zip(names, row, strict=True)) for row in rows]


def numbers_in(text):
    """The numbers of a text; a number of per cent as a share."""
    plain = text.replace(MINUS, "-").replace(SPACE, " ")
    return [
        float(digits.replace(",", "")) * (0.01 if sign else 1.0) for digits, sign in NUMBER.findall(plain)
    ]


def says(text, *values):
    """Whether a text says these numbers and no others: to three digits, as shares or per cent to two."""
    found, wanted = (
        numbers_in(text),
        [value for value in values if not pd.isna(value) and abs(value) < float("inf")],
    )
    assert len(found) == len(wanted), f"{text!r} has other numbers than {wanted}"
    for number, value in zip(found, wanted, strict=True):
        as_share = "%" in text or re.search(r"\.\d\d(?!\d)", text)
        digits = 10.0 ** (math.floor(math.log10(abs(value))) - 2) if value else 0.0
        allowed = max(0.5 * min(digits, 1.0), 0.005 if as_share else 0.0)
        if re.search(r"[<>]\d+\s%", text):  # hardly any, or nearly all
            allowed = 0.01
        assert abs(number - value) <= allowed * 1.001 + 1e-12, f"{text!r} says {number}, not {value}"
    return True


def word_of(cell):
    """The word of a verdict, without its sign."""
    signs = (
        "\N{BLACK CIRCLE}\N{MULTIPLICATION X}\N{BLACK SQUARE}\N{BLACK DIAMOND}\N{WHITE CIRCLE}\N{CHECK MARK}"
    )
    return cell.text.strip(f"{signs} {SPACE}")
