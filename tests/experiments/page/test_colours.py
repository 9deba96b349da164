"""Colours tell held from lost to every eye, and can be read on their ground."""

import numpy as np
import pytest

from experiments.page.map import ABROAD, CHANGED, HELD, HOME, LOST
from experiments.page.svg import THEME_COLOURS


def linear(red, green, blue):
    """Linear light of the parts of a colour, 0-255."""
    parts = np.array([red, green, blue]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def light(colour):
    """The luminance of a colour such as "#0072b2"."""
    return linear(*(int(colour[place : place + 2], 16) for place in (1, 3, 5))) @ (0.2126, 0.7152, 0.0722)


def lab(rgb):
    """CIE L*a*b* of linear light."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    x, y, z = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 0.009))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira and Fernandes (2009), severity 1: how linear light is seen without one kind of cone
WITHOUT_CONES = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    "all cones": np.eye(3).tolist(),
}


@pytest.mark.parametrize("sight", list(WITHOUT_CONES))
def test_held_contested_and_lost_land_look_different_to_all(sight):
    seen = {
        name: lab(np.clip(np.array(WITHOUT_CONES[sight]) @ linear(*colour), 0, 1))
        for name, colour in {
            "held": HELD,
            "half": CHANGED,
            "lost": LOST,
            "home": HOME,
            "abroad": ABROAD,
        }.items()
    }
    for one, other, least in (("held", "lost", 40), ("held", "half", 20), ("half", "lost", 20),
                              ("home", "held", 15), ("abroad", "lost", 15)):  # fmt: skip
        difference = float(np.linalg.norm(seen[one] - seen[other]))
        assert difference >= least, f"{one} and {other} to {sight}: {difference:.0f}"


def test_colours_can_be_read_on_their_ground():
    for theme in (0, 1):
        paper = light(THEME_COLOURS["paper"][theme])
        for name in set(THEME_COLOURS) - {"paper", "grid", "war"}:
            ink = light(THEME_COLOURS[name][theme])
            contrast = (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05)
            assert contrast >= 4.5, f"{name}: {contrast:.1f} to 1 (WCAG 2 AA asks for 4.5)"
