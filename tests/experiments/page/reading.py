"""What a picture or a page shows, read back; and the worlds it should show, stepped beside it."""

import re
from copy import deepcopy
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import solara

from experiments.page.playback import PageRequest, Playback
from experiments.page.setting import SideSetting, shipped_scenarios
from sim.model import ConflictModel

WAR, YEARS = "karabakh-2020", "karabakh-1994-2025"
SCENARIOS = shipped_scenarios()
SVG = "{http://www.w3.org/2000/svg}"


def played(step, *settings):
    """A show, some steps on."""
    request = PageRequest(settings or (SideSetting(),), SCENARIOS)
    playback = Playback(lambda: request)
    playback.run_to(step, seconds=1000)
    return playback


def quantile(values, share, axis=None):
    """A quantile as a summary has it: a value that some world has."""
    return np.quantile(values, share, axis=axis, method="nearest")


class Beside:
    """The worlds of a setting at every step, by the model alone.

    Attributes:
        worlds: a copy of model.world for each step, the start first.
        days: the date of each step.
        model: at the last step.
    """

    def __init__(self, steps, numbers, scenario=WAR, **given):
        self.model = ConflictModel(scenario, worlds=np.asarray(numbers), **given)
        self.worlds = [deepcopy(self.model.world)]
        for _ in range(steps):
            self.model.step()
            self.worlds.append(deepcopy(self.model.world))
        self.days = [self.model.scenario.day(step) for step in range(steps + 1)]

    def lost(self, step):
        """(land,) how much of each region is lost: of one world its share, of many the share of worlds."""
        held = self.worlds[step].held
        return 1 - held[0] if len(held) == 1 else (held < 0.5 * self.model.land.start).mean(axis=0)

    def attacked(self, step):
        """(land,) the share of worlds in which some of a region was taken in a step."""
        return (self.worlds[step].taken > self.worlds[step - 1].taken + 1e-9).mean(axis=0)

    def fell(self, step):
        """(land,) the share of worlds in which a region's larger part was lost in a step."""
        was, now = (self.worlds[at].held < 0.5 * self.model.land.start for at in (step - 1, step))
        return (now & ~was).mean(axis=0)

    def stock(self, name, step):
        """(worlds,) a stock that the page shows; of observers, their mean."""
        values = getattr(self.worlds[step], name)
        return values.mean(axis=1) if values.ndim == 2 else values


def parsed(markup):
    """Markup as a tree; what is no XML is an error."""
    return ElementTree.fromstring(markup.replace("&nbsp;", " "))


def find(drawing, tag, **attributes):
    """Elements of a tag that have some attributes; `_` stands for `-`."""
    wanted = {name.strip("_").replace("_", "-"): str(value) for name, value in attributes.items()}
    names = (SVG + tag, tag)
    return [
        one
        for one in drawing.iter()
        if one.tag in names and all(one.get(name) == value for name, value in wanted.items())
    ]


def words_of(tree):
    """All text below an element, without its titles."""
    inside = "".join(words_of(child) + (child.tail or "") for child in tree if child.tag != f"{SVG}title")
    return (tree.text or "") + inside


def title_of(element):
    """What is said of an element where the mouse rests on it; empty if nothing is."""
    return next((child.text for child in element if child.tag == f"{SVG}title"), "")


def points(path):
    """(points, 2) the corners of an outline or a line."""
    return np.array([(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d"))])


def number(element, name):
    """An attribute as a number."""
    return float(element.get(name))


def rgb(colour):
    """(3,) the parts of "#0072b2", 0-255."""
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)])


class Page:
    """A part of the page, rendered without a browser."""

    def __init__(self, element):
        self._box, self._context = solara.render(element, handle_error=False)
        self.close = self._context.close

    @property
    def widgets(self):
        """All that is shown now."""
        return list(_widgets(self._box))

    def named(self, kind):
        """Widgets of a class, such as "Slider"."""
        return [one for one in self.widgets if type(one).__name__ == kind]

    def labelled(self, label):
        """The widget with a label."""
        (found,) = [one for one in self.widgets if getattr(one, "label", None) == label]
        return found

    def markup(self, css_class=""):
        """The HTML pieces of a class, without their tag."""
        pieces = [one for one in self.widgets if "unsafe_innerHTML" in one.keys]
        return [
            one.unsafe_innerHTML for one in pieces if css_class in one.attributes.get("class", "").split()
        ]

    def drawings(self):
        """The pictures and lists that can be clicked on, as trees."""
        return [parsed(one.markup) for one in self.widgets if "markup" in one.keys]

    def titled(self, begins):
        """The pictures whose title begins with some words."""
        return [one for one in self.drawings() if title_of(one).startswith(begins)]


def _widgets(widget):
    yield widget
    for child in getattr(widget, "children", None) or []:
        if isinstance(child, ipywidgets.Widget):
            yield from _widgets(child)
