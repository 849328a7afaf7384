"""Cases of every kind for the two compilers: facts missing, mistyped and extreme, boxes in all circumstances."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st

from build_diversion import ASKED_FACTS, BOX, UNREADABLE_VALUES, asks, conditions, row, ruleset, values_of
from events.types import InspectAt, Route
from port.diversion.capacity import SiteState
from port.diversion.case import Case, Needs, Standing
from port.diversion.cells import MISSING
from port.diversion.compiler import compile_ruleset
from port.diversion.decide import decide
from port.diversion.facts import CustomsStatus, FactType, Level
from port.diversion.judging import Judgement, judge, strictest
from port.diversion.risk import risk_of
from port.diversion.table import Ruleset

EXTREME_VALUES = (
    -0.0, 5e-324, math.nextafter(2.5, 3), math.nextafter(1000, 0), 2**53 + 1, 2**60 + 1, -(2**60), 1e308,
    sys.float_info.max, 2**1023, 0.1 + 0.2, "6802231000 ", "６８０２２３", ("2", "2"), ("2.1", 3), tuple("123") * 100,
)  # fmt: skip
DRAWS = (0.0, 0.25, 0.5, 0.999999, 1.0, -0.1, math.nan, math.inf, None, "0.1", 0, True)
NEEDS = (Needs(), Needs(("1.1D",)), Needs(("2.1", "?")), Needs((), has_plug=True))
SITES = (None, "XMCY1", "ELSEWHERE")
VARIANTS = 40

Drawn = list[tuple[Case, dict[str, Any]]]


class Told(NamedTuple):
    """What both compilers say of a case."""

    route: str
    intended_route: str
    reason: str
    row: str | None
    risk: float | None
    undetermined: list[str]


def live(case: Case, rules: Ruleset, draws: Mapping[str, Any]) -> Told:
    """What `decide` and `judge` say, as `decide_bulk` puts it."""
    outcome = decide(case, rules, draws=draws, sites=SiteState())
    judged = judgements(case, rules, draws) if outcome.rows else []
    risks = [risk(case, standing, rules) for standing, _ in judged]
    return Told(
        outcome.route.value,
        outcome.intended_route.value,
        outcome.reason.value,
        strictest([judgement for _, judgement in judged]).row if judged else None,
        None if not judged or None in risks else max(risks),
        list(outcome.undetermined),
    )


def judgements(case: Case, rules: Ruleset, draws: Mapping[str, Any]) -> list[tuple[Standing, Judgement]]:
    """What the table says of each declaration that customs has not freed."""
    table, freed = compile_ruleset(rules), (CustomsStatus.RELEASED, CustomsStatus.NO_INSPECTION)
    return [
        (one, judge(table, case.container, standing=one, draw=draws.get(one.key)))
        for one in case.standings
        if one.status not in freed
    ]


def risk(case: Case, standing: Standing, rules: Ruleset) -> float | None:
    """A declaration's risk; None where there is none to reckon."""
    counted = risk_of(compile_ruleset(rules).risk, case.container, standing=standing).counted
    return counted if rules.risk and not math.isnan(counted) else None


@st.composite
def facts_told(draw: st.DrawFn, level: Level) -> dict[str, object]:
    """Facts of the level: most readable, some missing, unreadable or extreme."""
    told: dict[str, object] = {}
    for spec in ASKED_FACTS:
        if spec.level is level:
            kind = draw(st.integers(0, 9))
            pool = UNREADABLE_VALUES if kind == 9 else EXTREME_VALUES if kind == 8 else values_of(spec)
            told |= {} if kind == 0 else {spec.name: draw(st.sampled_from(pool))}
    return told


@st.composite
def standings_told(draw: st.DrawFn, number: int) -> Standing:
    """A document in any standing with customs."""
    common = st.sampled_from((CustomsStatus.DECLARED, CustomsStatus.UNDER_REVIEW))
    status = draw(st.one_of(common, common, st.sampled_from(CustomsStatus)))
    return Standing(
        f"BL{number}",
        draw(st.sampled_from((f"D{number}", "D0", None))),
        status,
        draw(st.sampled_from((InspectAt.PORT, InspectAt.PORT, InspectAt.DESTINATION))),
        draw(facts_told(Level.DECLARATION)),
        tuple(draw(st.lists(facts_told(Level.LINE), max_size=3))),
        draw(st.sampled_from(SITES)),
    )


@st.composite
def cases_told(draw: st.DrawFn) -> tuple[Case, dict[str, Any]]:
    """A box in any circumstances, with its draws, valid or not."""
    standings = tuple(draw(standings_told(number)) for number in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))))
    is_direction_known = draw(st.sampled_from((True,) * 7 + (False,)))
    container = draw(facts_told(Level.CONTAINER))
    case = Case(BOX, container, standings, draw(st.sampled_from(NEEDS)), is_direction_known)
    return case, {one.key: draw(st.sampled_from(DRAWS)) for one in standings if draw(st.integers(0, 5))}


@st.composite
def crowds(draw: st.DrawFn) -> Drawn:
    """A few boxes, and around each some that differ from it in little, as those do that are taken for alike."""
    told = draw(st.lists(cases_told(), max_size=3))
    chance = random.Random(draw(st.integers(0, 2**32)))
    return [*told, *(_neighbour(*chance.choice(told), chance) for _ in range(VARIANTS if told else 0))]


def _neighbour(case: Case, draws: Mapping[str, Any], chance: random.Random) -> tuple[Case, dict[str, Any]]:
    """The same box with a thing or two told otherwise."""
    standings = list(case.standings)
    container = _retold(case.container, Level.CONTAINER, chance)
    drawn = {key: chance.choice(DRAWS) if chance.random() < 0.3 else told for key, told in draws.items()}
    for number, standing in enumerate(standings):
        lines = tuple(_retold(line, Level.LINE, chance) for line in standing.lines)
        facts = _retold(standing.facts, Level.DECLARATION, chance)
        place = chance.choice(tuple(InspectAt)) if chance.random() < 0.1 else standing.inspect_at
        standings[number] = replace(standing, facts=facts, lines=lines, inspect_at=place)
    return replace(case, container=container, standings=tuple(standings)), drawn


def _retold(facts: Mapping[str, object], level: Level, chance: random.Random) -> dict[str, object]:
    """One of the facts of the level left out, or told as anything."""
    told = dict(facts)
    if chance.random() < 0.7:
        spec = chance.choice([spec for spec in ASKED_FACTS if spec.level is level])
        pool = chance.choice((values_of(spec), values_of(spec), UNREADABLE_VALUES, EXTREME_VALUES, (MISSING,)))
        told[spec.name] = chance.choice(pool)
    return {name: value for name, value in told.items() if value is not MISSING}


@st.composite
def long_rulesets(draw: st.DrawFn) -> Ruleset:
    """A table about as long as one or two words of bits, mostly of rows that hold for nobody."""
    count = draw(st.sampled_from((63, 64, 65, 127, 128, 129)))
    nobody = asks("net_mass_kg", "between", [7, 7])
    routes = st.sampled_from([route.value for route in Route])
    places = draw(st.sets(st.integers(0, count - 1), max_size=4))
    return ruleset(
        *(
            row(
                draw(routes) if number in places else "SCAN",
                draw(conditions()) if number in places else nobody,
                id=f"row-{number}",
            )
            for number in range(count)
        )
    )


KINDS = {
    "floats": (pl.Float64, (0.0, -0.0, 1.0, 2.5, 1000.0, 1e300, math.nan, math.inf, -math.inf, -1.0, None)),
    "short floats": (pl.Float32, (0.5, 2.5, math.nan, None)),
    "whole": (pl.Int64, (0, 1, 1000, -1, None)),
    "long": (pl.Int64, (0, 2**60, 2**60 + 1, -(2**63), 2**63 - 1, None)),
    "unsigned": (pl.UInt64, (0, 2**60 + 1, 2**64 - 1, None)),
    "flags": (pl.Boolean, (True, False, None)),
    "texts": (pl.String, ("680223", "6802231000", "IN", "VN", "AEO", "ADVANCE", "", "x", None)),
    "coded": (pl.Categorical, ("6802231000", "IN", "GENERAL", "ARRIVAL", None)),
    "lists": (pl.List(pl.String), ([], ["2"], ["2.1", "3"], ["x"], [None], None)),
    "days": (pl.Date, (date(2026, 11, 22), None)),
    "nothing": (pl.Null, (None,)),
}
"""Columns of Polars, and values that they can have."""


@st.composite
def columns_told(draw: st.DrawFn) -> dict[str, pl.Series]:
    """A column for some of the facts, often of a type that can hold them, sometimes of any other."""
    height = draw(st.integers(1, 8))
    columns = {}
    for spec in draw(st.lists(st.sampled_from(ASKED_FACTS), min_size=1, unique=True)):
        kinds = FITTING[spec.type] if draw(st.integers(0, 3)) else tuple(KINDS)
        dtype, values = KINDS[draw(st.sampled_from(kinds))]
        told = draw(st.lists(st.sampled_from(values), min_size=height, max_size=height))
        columns[spec.name] = pl.Series(told, dtype=dtype)
    return columns


FITTING = {
    FactType.NUMBER: ("floats", "whole", "long"),
    FactType.FLAG: ("flags",),
    FactType.TEXT: ("texts", "coded"),
    FactType.TEXTS: ("lists",),
}
