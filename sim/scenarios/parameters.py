"""Which numbers drive the rules, in which range, and where do they come from?

One class for each actor or law, one line for each number: default, range, unit, meaning, claim, source.
The lines drive validation, `captive-ally describe`, the JSON Schema and the sliders of the page.

A source is a claim or note of the article, a series, or a work of the field; "assumption" means that the
number is ours; "tuned to T5" that it was chosen so that the default 2020 war meets that pattern of
experiments/history/patterns.toml. Patterns T9 to T16 are never tuned to. K1 is the coded case
"RUS-ARM 2020" of experiments/history/cases.csv.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

SHARE = "share"
WEIGHT = "utility"
YES_NO = "yes/no"


class Group(BaseModel):
    """A family of parameters: frozen, and closed to unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def number(
    default: float, low: float, high: float, unit: str, meaning: str, source: str, claim: str = ""
) -> Any:
    """A parameter with everything a user needs to know before changing it."""
    about: Any = {"unit": unit, "claim": claim, "source": source}
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra=about)


class Client(Group):
    """The dependent ally."""

    outside_option: float = number(
        0.15, 0, 1, SHARE, "how credible another protector's troops are to the client", "K1", "C29"
    )
    intransigence: float = number(
        0.8, 0, 1, SHARE, "how far the client's own policy is to refuse mediated terms", "K1", "C14"
    )
    blame_share: float = number(
        0.75,
        0,
        1,
        SHARE,
        "share of the blame for a failed round that mediators lay on the client",
        "article (high); contested: other accounts put the last objections on the challenger",
        "C13",
    )
    alignment: float = number(
        0.4, 0, 1, SHARE, "how close the client's government stands to the patron", "K1", "C21"
    )
    democracy: float = number(
        0.78, 0, 1, SHARE, "electoral democracy of the client", "D V-Dem polyarchy 2020: 0.779", "C42"
    )
    strength: float = number(
        1.0, 0.25, 4, "factor", "multiplies the client's arms in the field", "assumption: data as they are"
    )
    loyalty: float = number(
        0.9, 0, 1, SHARE, "loyalty to the pact at the start", "assumption: full member of the pact"
    )
    opinion: float = number(
        0.88,
        0,
        1,
        SHARE,
        "public that calls relations with the patron good, at the start",
        "F:OCM24b, APR19 (IRI 87-88 % in 2018-19)",
        "C40",
    )
    trust_in_troops: float = number(
        0.85,
        0,
        1,
        SHARE,
        "how sure the client is at the start that the patron would send troops",
        "article: the only country that would deploy troops",
        "C29",
    )
    security_steepness: float = number(
        6,
        1,
        20,
        "per share",
        "how sharply dependence follows the patron's lead in credibility of troops",
        "assumption",
        "C29",
    )
    disappointment: float = number(
        1.0,
        0,
        5,
        "per share lost",
        "trust in the patron's troops lost per share of land lost unaided",
        "assumption",
        "C29",
    )
    reassurance: float = number(
        0.5,
        0,
        5,
        "per year",
        "rate at which a patron's force on the ground restores that trust",
        "assumption",
    )
    breach: float = number(
        0.02,
        0,
        1,
        "per day",
        "trust and image lost per day of unanswered attack on recognised land",
        "assumption",
        "C40",
    )
    image_damage: float = number(
        1.5,
        0,
        5,
        "per share lost",
        "damage to the patron's image per share of land lost unaided",
        "assumption",
        "C40",
    )
    image_recovery: float = number(
        0.05, 0, 1, "per year", "rate at which a damaged image recovers", "assumption"
    )
    opinion_lag: float = number(
        1.5,
        0.1,
        10,
        "years",
        "delay with which opinion follows the image",
        "D polls: 85 % a week after the war, about -15 points a year after",
        "C40",
    )
    voice_floor: float = number(
        0.1,
        0,
        1,
        SHARE,
        "weight of public opinion in policy under full autocracy",
        "assumption, after the selectorate theory (Bueno de Mesquita and others 2003)",
        "C42",
    )
    voice_of_democracy: float = number(
        0.6,
        0,
        1,
        SHARE,
        "weight of opinion that full democracy adds",
        "assumption, after the selectorate theory (Bueno de Mesquita and others 2003)",
        "C42",
    )
    loyalty_lag: float = number(
        1.0, 0.1, 10, "years", "delay with which loyalty follows its reasons", "assumption", "C27"
    )
    pull_of_deeds: float = number(
        0.3,
        0,
        1,
        SHARE,
        "loyalty that full monitors and arms from outside would draw away",
        "assumption",
        "C28",
    )
    exit_threshold: float = number(
        0.4, 0, 1, SHARE, "loyalty below which leaving the pact becomes likely", "assumption", "C30"
    )
    exit_rate: float = number(
        1.0, 0, 12, "per year", "rate of freezing membership far below that threshold", "assumption", "C30"
    )
    capitulation_odds: float = number(
        0.93,
        0.5,
        1,
        SHARE,
        "the challenger's success at which the client gives the contested land up",
        "assumption",
    )
    risk_aversion: float = number(
        1.0, 0, 5, "factor", "how far a feared loss makes the client accept an offer", "assumption", "C14"
    )


class Patron(Group):
    """The great power that guarantees the client."""

    guarantee: float = number(
        1.0, 0, 1, SHARE, "strength of the formal guarantee (1: mutual-defence treaty)", "K1", "C5"
    )
    scope_contested: float = number(
        0.0,
        0,
        1,
        SHARE,
        "how far the guarantee covers the contested land",
        "K1; F:TASS20 (obligations do not cover Karabakh)",
        "C20",
    )
    stated_clarity: float = number(
        0.5,
        0,
        1,
        SHARE,
        "how openly the narrow scope is stated at the start (1: publicly)",
        "assumption; the public statement of 7 Oct 2020 raises it",
        "C34",
    )
    interest_in_challenger: float = number(
        0.8, 0, 1, SHARE, "interest in good relations with the challenger", "K1", "C3"
    )
    capability: float = number(0.8, 0.05, 1, SHARE, "ability to project force to the region", "K1", "C50")
    discount_rate: float = number(
        0.3, 0, 2, "per year", "how fast the patron discounts what comes later", "assumption", "C51"
    )
    horizon: float = number(
        5,
        0,
        20,
        "years",
        "delay of the losses that a neglected ally brings",
        "claims C30, C47: costs show after three to five years",
        "C51",
    )
    unpopularity_tolerance: float = number(
        0.3, 0, 1, SHARE, "fall of opinion in the client that the patron absorbs", "assumption", "C44"
    )
    window_days: float = number(
        45,
        1,
        365,
        "days",
        "time that the patron gives the challenger to retake its land",
        "tuned to T6 (fighting of 30-60 days)",
        "C25",
    )
    perception_lag: float = number(
        3, 0.1, 20, "years", "delay with which the patron sees a shift of power", "assumption", "C17"
    )
    outrage_decay: float = number(2, 0.1, 20, "years", "time in which outrage fades", "assumption", "C4")
    outrage_at_attack: float = number(
        0.1,
        0,
        1,
        SHARE,
        "outrage at an attack on the ally's land outside the guarantee, of that at an "
        "equal shift of alignment",
        "article: more outraged by a trade deal than by a war",
        "C4",
    )
    review_rate: float = number(
        0.25, 0.01, 5, "per day", "how often the patron reviews its rung during a war", "assumption"
    )
    precision: float = number(
        9,
        0.1,
        50,
        "per utility",
        "how consistently it takes the better rung (logit choice)",
        "assumption; McKelvey and Palfrey (1995) for the form",
    )
    honour_rate: float = number(
        0.41,
        0,
        1,
        SHARE,
        "share of defence pacts honoured (theory base_rate)",
        "F:BF18: 41 % of defence pacts after 1945; 22 % of all pacts",
    )
    threat_weight: float = number(
        2.5, 0, 5, WEIGHT, "weight of a full threat (theory balance_of_threat)", "assumption"
    )
    treaty_weight: float = number(
        1.2, 0, 5, WEIGHT, "weight of a treaty that covers the land attacked", "assumption", "C20"
    )
    sphere_weight: float = number(
        0.2, 0, 3, WEIGHT, "weight of being seen to police its sphere", "assumption", "C6"
    )
    ruler_weight: float = number(
        0.5, 0, 3, WEIGHT, "weight of standing by a friendly ruler in danger", "assumption", "C7"
    )
    loyalty_weight: float = number(0.5, 0, 3, WEIGHT, "weight of the client's loyalty", "assumption", "C2")
    popularity_weight: float = number(
        0.1,
        0,
        1,
        WEIGHT,
        "weight of popularity in the client (welcome, no goal of its own)",
        "article: it is good but not an absolute goal",
        "C43",
    )
    allies_weight: float = number(
        0.3, 0, 3, WEIGHT, "weight of what long-standing allies will remember", "assumption", "C51"
    )
    gratitude_weight: float = number(
        1.0, 0, 3, WEIGHT, "weight of the challenger's gratitude", "claims note 4: interest first", "C3"
    )
    frustration_weight: float = number(
        0.6,
        0,
        3,
        WEIGHT,
        "weight of frustration with the client (its impatience)",
        "claims note 4: above alignment",
        "C13",
    )
    entrapment_weight: float = number(
        0.4, 0, 3, WEIGHT, "weight of not paying for the client's own choice", "assumption", "C19"
    )
    alignment_weight: float = number(
        0.3,
        0,
        3,
        WEIGHT,
        "weight of displeasure at the client's government",
        "article: important, not the main reason",
        "C21",
    )
    title_weight: float = number(
        0.3, 0, 3, WEIGHT, "weight of the challenger's legal title to the land", "assumption", "C26"
    )
    window_weight: float = number(
        0.5, 0, 3, WEIGHT, "weight of leaving the challenger its time", "tuned to T6", "C25"
    )
    cost_weight: float = number(
        0.25, 0, 3, WEIGHT, "cost of acting with full capability", "assumption", "C50"
    )


class RedLine(Group):
    """One red line: what crossing it weighs, and where it lies."""

    weight: float = number(2, 0, 6, WEIGHT, "weight of a crossed line for the patron", "assumption")
    threshold: float = number(0.2, 0, 1, SHARE, "where the line lies", "assumption")


class CoreLine(RedLine):
    """The contested core: probable, though outside the guarantee."""

    weight: float = number(
        3.0, 0, 6, WEIGHT, "weight of a falling core", "tuned to T8 (peacekeepers as the core falls)", "C33"
    )
    threshold: float = number(
        0.18,
        0,
        1,
        SHARE,
        "share of the core lost at which half the weight is felt",
        "tuned to T6 and T8; a quarter was lost by 10 Nov 2020",
        "C33",
    )


class BorderLine(RedLine):
    """The recognised border: certain."""

    weight: float = number(
        4.0, 0, 6, WEIGHT, "weight of a major offensive on recognised land", "article: forced to act", "C36"
    )
    threshold: float = number(
        0.25,
        0,
        1,
        SHARE,
        "share of the challenger's effort on recognised land that makes it major",
        "assumption",
        "C36",
    )


class HumanitarianLine(RedLine):
    """A dire humanitarian situation in the core."""

    weight: float = number(3.0, 0, 6, WEIGHT, "weight of a disaster", "article: forced to act", "C35")
    threshold: float = number(
        0.7,
        0,
        1,
        SHARE,
        "share of the core's people displaced that makes a disaster",
        "assumption; about 0.5 in 2020 (K1) did not",
        "C35",
    )


class ExistentialLine(RedLine):
    """The survival of the client."""

    weight: float = number(
        6.0, 0, 6, WEIGHT, "weight of a threat to survival", "article: certain to act", "C37"
    )
    threshold: float = number(
        0.35, 0, 1, SHARE, "existential danger at which half the weight is felt", "assumption", "C37"
    )


class RedLines(Group):
    """The patron's four red lines, and how they are told."""

    signalled: float = number(
        0.9,
        0,
        1,
        SHARE,
        "how clearly the lines are signalled to challenger and backer",
        "article: very likely signalled",
        "C31",
    )
    steepness: float = number(
        25, 1, 100, "per share", "how sharply a line divides", "assumption: a line, not a slope", "C23"
    )
    core: CoreLine = CoreLine()
    recognised: BorderLine = BorderLine()
    humanitarian: HumanitarianLine = HumanitarianLine()
    existential: ExistentialLine = ExistentialLine()


class Challenger(Group):
    """The state that wants its land back."""

    strength: float = number(
        1.0,
        0.25,
        4,
        "factor",
        "multiplies the challenger's arms in the field",
        "assumption: data as they are",
    )
    value_contested: float = number(
        0.6, 0, 1, SHARE, "worth of legally own land outside the core", "assumption", "C55"
    )
    value_core: float = number(0.55, 0, 1, SHARE, "worth of the core", "assumption", "C55")
    value_recognised: float = number(
        0.12, 0, 1, SHARE, "worth of pressure on the client's recognised land", "assumption", "C55"
    )
    terrain_aversion: float = number(
        4.0,
        0,
        8,
        "per share",
        "how far ruggedness and fortification repel an attack",
        "tuned to T7 (order of capture)",
        "C55",
    )
    resolve_belief: float = number(
        0.7, 0, 1, SHARE, "belief at the start that the patron stands by its lines", "assumption", "C55"
    )
    weight_of_statement: float = number(
        0.5,
        0,
        1,
        SHARE,
        "fear for the core that an open statement of narrow scope takes away",
        "assumption",
        "C34",
    )
    belief_learning: float = number(
        0.02, 0, 1, "per day", "how fast a day of attack teaches how the patron reacts", "assumption", "C55"
    )
    belief_memory: float = number(5, 0.1, 50, "years", "time in which that lesson fades", "assumption")
    war_rate: float = number(
        1.0, 0, 20, "per year", "rate of outbreaks when everything speaks for one", "tuned to T2"
    )
    war_odds: float = number(
        0.78, 0, 1, SHARE, "expected success at which half the outbreaks happen", "tuned to T1 and T2"
    )
    offensive_odds: float = number(
        0.81,
        0,
        1,
        SHARE,
        "expected success at which half the outbreaks are full offensives",
        "tuned to T2 and T3",
    )
    steepness: float = number(
        60, 1, 200, "per share", "how sharply the decision follows the expected success", "assumption"
    )
    clash_effort: float = number(
        0.05,
        0,
        1,
        SHARE,
        "effort of a limited clash, of that of an offensive",
        "tuned to T3 (2016: under 1 % in four days)",
    )
    gratitude: float = number(
        0.4, 0, 1, SHARE, "warmth of relations with the patron at the start", "assumption", "C3"
    )
    gratitude_gain: float = number(
        1.5,
        0,
        10,
        "per share",
        "gratitude per share of land won while the patron stands aside",
        "assumption",
        "C3",
    )
    gratitude_decay: float = number(
        0.15, 0, 2, "per year", "rate at which gratitude fades", "assumption, after Crawford (2011)", "C3"
    )
    resentment: float = number(
        0.03, 0, 1, "per day", "gratitude lost per day in which the patron blocks a war", "assumption", "C3"
    )


class Backer(Group):
    """The challenger's own protector."""

    help: float = number(0.8, 0, 1, SHARE, "help given to the challenger in war", "K1", "C52")
    readiness: float = number(
        1.0,
        0,
        1,
        SHARE,
        "how far the help is on hand at the start",
        "article: allegedly direct part in 2020",
        "C52",
    )
    material_share: float = number(
        0.5, 0, 3, "factor", "strength that full help adds to the challenger's", "assumption", "C52"
    )
    shield: float = number(
        0.5, 0, 1, SHARE, "fear of the patron that full help takes away", "assumption", "C52"
    )


class Mediators(Group):
    """The mediators' body (the Minsk co-chairs, the patron among them)."""

    madrid_accepted: float = number(
        0, 0, 1, YES_NO, "whether the offer was accepted before the start", "article: not implemented", "C12"
    )
    offer_tabled: float = number(
        1, 0, 1, YES_NO, "whether an offer is on the table at the start", "F:OSCE07 (since Nov 2007)", "C12"
    )
    rounds: float = number(
        1.0,
        0,
        12,
        "per year",
        "rate of rounds of talks in peace",
        "assumption; F:GARA (about ten, 2008-12)",
        "C11",
    )
    challenger_accepts: float = number(
        0.7, 0, 1, SHARE, "chance that the challenger takes the offer in a round", "assumption", "C12"
    )
    deal_calm: float = number(
        0.9, 0, 1, SHARE, "appetite for war that an accepted offer takes away", "assumption", "C12"
    )
    frustration: float = number(
        0.6,
        0,
        1,
        SHARE,
        "frustration with the client at the start",
        "article: increasingly frustrated",
        "C11",
    )
    frustration_step: float = number(
        0.08, 0, 1, SHARE, "frustration added by a round that the client alone made fail", "assumption", "C11"
    )
    weakening_factor: float = number(
        0.5, 0, 5, "per log ratio", "how far refusing while weakening speeds that up", "assumption", "C18"
    )
    frustration_decay: float = number(
        0.03, 0, 1, "per year", "rate at which frustration fades", "assumption", "C11"
    )


class OutsidePower(Group):
    """One outside power."""

    sympathy: float = number(
        0.5, 0, 1, SHARE, "how loud its words for the client are in war", "assumption", "C53"
    )
    monitors: float = number(0.3, 0, 1, SHARE, "monitors it would send in peace", "assumption", "C28")
    arms: float = number(0.3, 0, 1, SHARE, "arms it would deliver in peace", "assumption", "C28")


class Observer(Group):
    """One state that watches the patron: another client or a neighbour."""

    likeness: float = number(0.5, 0, 1, SHARE, "likeness of its regime to the patron's", "assumption", "C7")
    exposure: float = number(
        0.5, 0, 1, SHARE, "how far its own security hangs on the patron's word", "assumption", "C47"
    )


class Outsiders(Group):
    """The outside powers, and what they share."""

    powers: dict[str, OutsidePower] = Field({}, description="the outside powers by id")

    delivery_rate: float = number(
        0.8,
        0,
        5,
        "per year",
        "rate at which promised monitors and arms arrive in peace",
        "assumption; F:HYE-EU, AZATARM (two to three years after the war)",
        "C28",
    )
    troops_if_free: float = number(
        0.5,
        0,
        1,
        SHARE,
        "troops per sympathy that an outside power would send were it not only words",
        "assumption; matters only without C53",
        "C53",
    )


class Observers(Group):
    """The observers, and what they share."""

    states: dict[str, Observer] = Field({}, description="the observers by id")

    base_rate: float = number(
        0.41,
        0,
        1,
        SHARE,
        "belief in pacts that memory falls back to",
        "F:BF18: defence pacts honoured",
        "C47",
    )
    regime_trust: float = number(
        0.4, 0, 1, SHARE, "belief that full likeness of regime adds at the start", "assumption", "C7"
    )
    learning: float = number(
        0.02, 0, 1, "per day", "how fast a day of watched war changes the belief", "assumption", "C47"
    )
    memory: float = number(
        10, 0.5, 50, "years", "time in which the lesson fades", "claim C47: longer than five years", "C47"
    )
    lesson_of_words: float = number(
        0.1,
        0,
        1,
        SHARE,
        "lesson drawn from the patron's words, of that from its deeds",
        "assumption; Fearon (1997): words are discounted",
        "C49",
    )
    influence_step: float = number(
        0.01,
        0,
        1,
        "per day",
        "standing that a backer gains per day of unanswered action",
        "assumption",
        "C48",
    )
    hedging_lag: float = number(
        1.5, 0.1, 10, "years", "delay with which participation follows belief", "assumption", "C47"
    )


class Sphere(Group):
    """The patron's standing as the power that polices its sphere."""

    credibility: float = number(
        0.7, 0, 1, SHARE, "sphere credibility at the start", "article: more than a decade of image", "C6"
    )
    loss: float = number(
        0.01, 0, 1, "per day", "credibility spent per day of a rival's unanswered action", "assumption", "C6"
    )
    gain: float = number(0.01, 0, 1, "per day", "credibility won per day of enforcement", "assumption", "C6")


class Combat(Group):
    """The contest for land."""

    decisiveness: float = number(
        1.0,
        0.2,
        3,
        "exponent",
        "how far strength decides (contest success in ratio form)",
        "Skaperdas (1996); battles 1-2",
    )
    tempo: float = number(
        170, 0, 1000, "km2 per day", "advance of a full offensive that meets no resistance", "tuned to T4"
    )
    terrain_defence: float = number(
        1.5, 0, 5, "factor", "defence that full ruggedness adds", "assumption (contest theta)"
    )
    works_defence: float = number(
        1.5, 0, 5, "factor", "defence that full fortification adds", "assumption (contest theta)"
    )
    reach: float = number(
        250,
        20,
        2000,
        "km",
        "distance over which strength falls to 37 %",
        "assumption; Boulding (1962) for the loss of strength",
    )
    isolation: float = number(
        0.15, 0.01, 1, SHARE, "strength left to a core that is cut off from the client", "assumption"
    )
    attrition: float = number(
        0.0008,
        0,
        0.02,
        "per day",
        "forces lost per day at even strength (Lanchester's square law)",
        "F:CAS: about 4,000 of some 50,000 lost in 44 days",
    )
    rebuilding: float = number(
        1.0, 0.1, 10, "years", "time in which losses are made good in peace", "assumption"
    )
    fortune: float = number(
        0.25, 0, 1, "log scale", "spread of the fortune of war between districts and wars", "assumption"
    )
    depreciation: float = number(
        0.1, 0.01, 0.5, "per year", "rate at which a stock of arms wears out", "D: 10 % a year", "C17"
    )
    arms_supply: float = number(
        0.3, 0, 2, "factor", "strength that the patron's arms (rung 2) add to the client's", "assumption"
    )
    patron_troops: float = number(
        4.0,
        0,
        50,
        "factor",
        "strength that the patron's troops (rung 4) add, of the client's own",
        "assumption; D: patron outspends the client 70 to 130 times",
    )
    flight: float = number(
        0.02,
        0,
        0.2,
        "per day",
        "rate at which people leave the core during an offensive",
        "F:CAS: 70-90 thousand of 147 thousand in 44 days",
    )
    return_home: float = number(
        60, 5, 1000, "days", "time in which they return to land still held", "assumption"
    )


class Settlement(Group):
    """How wars end."""

    compliance_rate: float = number(
        0.7, 0, 5, "per day", "rate at which a fully feared patron's stop is obeyed", "assumption"
    )
    truce_rate: float = number(
        0.015, 0, 1, "per day", "rate of truces between sides with nothing to win", "assumption; F:PLEDGE"
    )
    clash_end_rate: float = number(
        0.25, 0.01, 2, "per day", "rate at which a limited clash ends", "F:WP16: four to five days in 2016"
    )
    peacekeeping: float = number(
        0.5, 0, 1, SHARE, "fear of the patron that its peacekeepers add on the core", "assumption"
    )


class Parameters(Group):
    """Every number of a scenario that a run may vary."""

    client: Client = Client()
    patron: Patron = Patron()
    challenger: Challenger = Challenger()
    backer: Backer = Backer()
    mediators: Mediators = Mediators()
    outsiders: Outsiders = Outsiders(powers={})
    observers: Observers = Observers(states={})
    red_lines: RedLines = RedLines()
    sphere: Sphere = Sphere()
    combat: Combat = Combat()
    settlement: Settlement = Settlement()
