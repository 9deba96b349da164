"""The command that opens the page says in one line what is wrong with its options."""

import pytest
from click.testing import CliRunner

from experiments.commands.view import view
from sim.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--port", "70000"), "--port 70000: allowed is 0 to 65535"),
        (("nowhere",), "unknown scenario 'nowhere'"),
        (("--theory", "articel"), "unknown theory 'articel': did you mean 'article'?"),
        (("--numbers", "priro"), "numbers = 'priro': allowed are defaults, prior, estimated"),
        (("--worlds", "7"), "worlds = 7: allowed are 1, 100, 1000"),
        (("--host", "256.1.1.1"), "--host 256.1.1.1"),
        (("--host", "a..b"), "--host a..b: a name or an address is needed"),
        (("--known-as", ""), "--known-as : a name is needed"),
        (("--known-as", "http://x/"), "without port or path"),
        (("--known-as", "a b"), "without port or path"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(arguments, says):
    told = CliRunner().invoke(view, [*arguments, "--no-open"])
    assert isinstance(told.exception, UserError) and says in str(told.exception)


def test_without_its_packages_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "experiments.page.app", None)
    told = CliRunner().invoke(view, ["--no-open"])
    assert isinstance(told.exception, UserError)
    assert "pip install 'captive-ally[view]'" in str(told.exception)
