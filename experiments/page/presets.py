"""Which questions does the article raise, that one change of the settings asks?"""

from dataclasses import dataclass

from experiments.page.setting import Setting


@dataclass(frozen=True)
class Preset:
    """A question, as changes to the settings.

    Attributes:
        name: for the list.
        asks: what is changed, in plain words, and what the article leads one to expect.
        changes: parameters, path and value.
        theory: of the patron's choice; None leaves it.
    """

    name: str
    asks: str
    changes: tuple[tuple[str, float], ...] = ()
    theory: str | None = None

    def on(self, setting: Setting) -> Setting:
        """The setting that asks the question: its luck and scenario kept, all else as usual."""
        return setting.with_values(
            changes=tuple(sorted(self.changes)), without=(), theory=self.theory or "article"
        )


PRESETS = (
    Preset(
        "As the article sees it",
        "Nothing is changed: the patron of the article in the world of the scenario.",
    ),
    Preset(
        "The client has another protector",
        "Someone else would send troops as surely as the patron. The article's bet on a captive ally should "
        "then be lost: either the patron acts, or the client goes.",
        changes=(("client.outside_option", 0.9),),
    ),
    Preset(
        "The Madrid offer was accepted",
        "The outer districts are handed over by agreement before the start. The patron should have nothing "
        "to be impatient about, and the challenger little left to fight for.",
        changes=(("mediators.madrid_accepted", 1.0),),
    ),
    Preset(
        "The patron likes the government",
        "The client's ruler is close to the patron. By the article this should help a little, not decide.",
        changes=(("client.alignment", 1.0),),
    ),
    Preset(
        "No backer",
        "Nobody helps the challenger, and no rival power is active in the patron's sphere. The war should be "
        "slower, the challenger more afraid, and the patron's standing in its sphere not at stake.",
        changes=(("backer.help", 0.0),),
    ),
    Preset(
        "Red lines not signalled",
        "The challenger does not know what would bring the patron in, so it should stop respecting the "
        "recognised border and fear the core no more than the rest.",
        changes=(("red_lines.signalled", 0.0),),
    ),
    Preset(
        "A patron that keeps its word",
        "Not the article: a rival theory, in which a pact is honoured wherever the fighting is.",
        theory="treaty_only",
    ),
)
