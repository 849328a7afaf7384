"""Ten thousand rule faults of every kind over random tables and boxes: not one releases what would not be released.

Beside the laws of test_decide_faults, which hypothesis searches, this is a count: the same tables and boxes every time.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from build_diversion import ASKED_FACTS, BOX, WORDS, asks, row, ruleset, site, values_of
from build_faults import FAULTS, MISSING, Raising, other_than, with_facts
from events.types import Reason, Route
from port.diversion.capacity import SiteState
from port.diversion.case import Case, Standing
from port.diversion.decide import MOST_LINES, Outcome, decide
from port.diversion.facts import MOST_TEXTS, CustomsStatus, FactType, Level
from port.diversion.table import NamedList, RiskTerm, Ruleset, Words

TABLES = 90
BOXES = 12
ROUTES = ("HOLD", "INSPECTION", "SCAN", "YARD", "DIRECT_RELEASE")
WEIGHABLE = [spec for spec in ASKED_FACTS if spec.type in (FactType.NUMBER, FactType.FLAG)]
ENDLESS = ({"hs_code": "950300"},) * (MOST_LINES + 1)

Asked = tuple[Case, Ruleset, dict[str, float], SiteState]
"""All that a decision is made on."""


def value(spec_name: str, chance: random.Random) -> object:
    [spec] = [one for one in ASKED_FACTS if one.name == spec_name]
    return chance.choice(values_of(spec))


def random_box(chance: random.Random) -> Case:
    def told(level: Level) -> dict[str, object]:
        return {spec.name: value(spec.name, chance) for spec in ASKED_FACTS if spec.level is level}

    standings = [
        Standing(
            f"B{n}",
            f"D{n}",
            CustomsStatus.DECLARED,
            facts={**told(Level.DECLARATION), "direction": "IMPORT"},
            lines=tuple(told(Level.LINE) for _ in range(chance.choice((1, 1, 2)))),
        )
        for n in range(chance.choice((1, 1, 2)))
    ]
    return Case(BOX, told(Level.CONTAINER), tuple(standings))


def random_table(chance: random.Random) -> Ruleset:
    """Strict rows that most boxes pass by, some that half of them meet, a release below, and a topped-up lane."""
    model = random_box(chance)
    narrow = [
        row(chance.choice(ROUTES[:4]), other_than(spec, model), id=f"narrow-{n}")
        for n, spec in enumerate(chance.sample(ASKED_FACTS, k=4))
    ]
    listed = row(chance.choice(ROUTES[:4]), asks("origin_country", "in", list="origins"), id="listed")
    mixed = row(
        chance.choice(ROUTES),
        asks("net_mass_kg", "less", 1000),
        asks("origin_country", "in", list="origins"),
        id="mixed",
    )
    release = row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"), id="release")
    rows = [*chance.sample([*narrow, mixed], k=5), *([listed] if chance.random() < 0.3 else [])]
    chance.shuffle(rows)
    return ruleset(
        *rows,
        release,
        lists=[{"name": "origins", "title": WORDS, "values": ["BR"], "kind": "COUNTRY"}],
        lanes=[
            {
                "route": "DIRECT_RELEASE",
                "minimum_random_rate": chance.choice((0, 0.1)),
                "top_up_from": chance.choice((0.5, 1, 3)),
            }
        ],
        risk=[
            {"fact": spec.name, "weight": chance.choice((-0.5, 1, 2)) / (1 if spec.maximum == 1 else 1e4)}
            for spec in chance.sample(WEIGHABLE, k=2)
        ],
        sites=[site("XMCY1", "INSPECTION", bays=1), site("XMSC1", "SCAN", bays=1)],
    )


def somewhere(box: Case, chance: random.Random, fault: Callable[[str], object]) -> Case:
    """The box with a fault in one fact."""
    spec = chance.choice(ASKED_FACTS)
    at = chance.randrange(len(box.standings)) if spec.level is not Level.CONTAINER else 0
    line = chance.randrange(len(box.standings[at].lines)) if spec.level is Level.LINE else 0
    return with_facts(box, {(spec.level, at, line, spec.name): fault(spec.name)})


def raising(asked: Asked, chance: random.Random, error: Exception) -> Asked:
    box, *rest = asked
    broken = Case(box.container_number, box.container, box.standings)
    if chance.random() < 0.5:
        object.__setattr__(broken, "container", Raising(error))
    else:
        hurt = chance.choice(broken.standings)
        worse = Standing(hurt.document, hurt.declaration, hurt.status, facts=hurt.facts, lines=hurt.lines)
        object.__setattr__(worse, chance.choice(("facts", "lines")), Raising(error))
        object.__setattr__(broken, "standings", tuple(worse if one is hurt else one for one in box.standings))
    return broken, *rest


@cache
def endless() -> Standing:
    return Standing("B9", "D9", CustomsStatus.DECLARED, facts={"direction": "IMPORT"}, lines=ENDLESS)


def raise_(asked: Asked, chance: random.Random) -> Asked:
    return raising(asked, chance, chance.choice((ZeroDivisionError(), KeyError("x"), RecursionError(), MemoryError())))


def timeout(asked: Asked, chance: random.Random) -> Asked:
    """A deadline that strikes, more lines than a decision may cost, or a list without an end."""
    box, rules, draws, sites = asked
    match chance.randrange(3):
        case 0:
            return raising(asked, chance, TimeoutError())
        case 1:
            return Case(BOX, box.container, (*box.standings, endless())), rules, draws | {"D9": 0.9}, sites
    classes = {(Level.CONTAINER, 0, 0, "dangerous_goods_classes"): ("2",) * (MOST_TEXTS + 1)}
    return with_facts(box, classes), rules, draws, sites


def nan(asked: Asked, chance: random.Random) -> Asked:
    box, rules, draws, sites = asked
    if chance.random() < 0.2:
        return box, rules, draws | {chance.choice(sorted(draws)): math.nan}, sites
    return somewhere(box, chance, lambda _: math.nan), rules, draws, sites


def missing(asked: Asked, chance: random.Random) -> Asked:
    box, rules, draws, sites = asked
    if chance.random() < 0.1:
        return box, rules, {}, sites
    return somewhere(box, chance, lambda _: MISSING), rules, draws, sites


def mistyped(asked: Asked, chance: random.Random) -> Asked:
    box, rules, draws, sites = asked
    return somewhere(box, chance, lambda name: chance.choice(FAULTS[name][1:])), rules, draws, sites


def bad_list(asked: Asked, chance: random.Random) -> Asked:
    """A list that is gone, empty, of another kind, of no texts, or twice there."""
    box, rules, draws, sites = asked
    [good] = rules.lists
    words = Words(zh="坏", en="bad")
    bad: list[object] = [
        (),
        None,
        (good.model_copy(update={"values": ()}),),
        (good.model_copy(update={"values": (1, None)}),),
        (good.model_copy(update={"values": None}),),
        (good.model_copy(update={"values": ("Brazil",)}),),
        (good.model_copy(update={"kind": "PARTY"}),),
        (good, good),
        (NamedList(name="others", title=words, values=("BR",)),),
    ]
    return box, rules.model_copy(update={"lists": chance.choice(bad)}), draws, sites


def capacity_unknown(asked: Asked, _chance: random.Random) -> Asked:
    box, rules, draws, _ = asked
    return box, rules, draws, SiteState(is_known=False)


def broken_risk(asked: Asked, chance: random.Random) -> Asked:
    box, rules, draws, sites = asked
    term, lane = rules.risk[0], rules.lanes[0]
    broken: list[dict[str, object]] = [
        {"risk": ()},
        {"risk": None},
        {"risk": (term, term)},
        {"risk": (RiskTerm(fact="colour", weight=1),)},
        {"risk": (RiskTerm(fact="hs_code", weight=1),)},
        *({"risk": (term.model_copy(update={"weight": bad}),)} for bad in (math.nan, -math.inf, "1", None)),
        *({"risk": (term.model_copy(update={"missing": bad}),)} for bad in (math.nan, -1, None)),
        *({"lanes": (lane.model_copy(update={"top_up_from": bad}),)} for bad in (math.nan, math.inf, "1")),
        *({"lanes": (lane.model_copy(update={"minimum_random_rate": bad}),)} for bad in (math.nan, -1, None)),
    ]
    return box, rules.model_copy(update=chance.choice(broken)), draws, sites


KINDS = (raise_, timeout, nan, missing, mistyped, bad_list, capacity_unknown, broken_risk)


def route(asked: Asked) -> Outcome:
    box, rules, draws, sites = asked
    return decide(box, rules, draws=draws, sites=sites)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_not_one_of_ten_thousand_faults_of_all_kinds_releases_a_box():
    chance = random.Random(20261122)
    green, faults, sound_routes, saved = [], Counter[str](), Counter[Route](), Counter[str]()
    for _ in range(TABLES):
        rules = random_table(chance)
        for box in (random_box(chance) for _ in range(BOXES)):
            draws = {one.key: chance.random() for one in box.standings}
            asked = (box, rules, draws, SiteState())
            sound = route(asked)
            sound_routes[sound.intended_route] += 1
            for kind in (*KINDS, missing, mistyped):
                broken = kind(asked, chance)
                outcome = route(broken)
                faults[kind.__name__] += 1
                is_green = Route.DIRECT_RELEASE is outcome.route is not sound.route
                saved[kind.__name__] += sound.route is not Route.DIRECT_RELEASE
                if is_green:
                    green.append((kind.__name__, broken, sound))
                if outcome.reason in (Reason.RULE_FAULT, Reason.FACTS_MISSING):
                    assert outcome.route in (Route.YARD, Route.HOLD)
    assert green == []
    assert sum(faults.values()) > 10_000
    assert min(faults.values()) > 1_000
    # The count means something only where there was something to release, and something not to.
    assert min(sound_routes[Route.DIRECT_RELEASE], sound_routes[Route.INSPECTION]) > 200
    assert min(saved.values()) > 400
