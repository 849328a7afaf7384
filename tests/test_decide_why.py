"""One meaning: the columns against the operators said plainly, and why each row did not hold."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from build_diversion import (
    STONE,
    asks,
    case,
    cases,
    decided,
    row,
    ruleset,
    rulesets,
    standing,
)
from build_faults import (
    damaged,
)
from events.types import Route
from port.diversion.case import Case
from port.diversion.explain import Obstacle, RowVerdict, Verdict, explain
from port.diversion.facts import FactSpec, find_fact, reader
from port.diversion.table import STRICTNESS, Ruleset


def plainly(condition: object, facts: Mapping[str, object]) -> bool | None:
    """One condition by the book: true, false, or None for undetermined."""
    fact, operator, wanted = condition.fact, condition.operator.value, condition.value
    spec = find_fact(fact)
    assert spec is not None
    if fact not in facts or not reader(spec)(facts[fact]):
        return None
    value = facts[fact]
    if isinstance(value, str | tuple):
        return plainly_of_text(operator, wanted, value if isinstance(value, tuple) else (value,), spec)
    assert isinstance(value, int | float)
    match operator:
        case "less":
            return value < wanted
        case "at_least":
            return value >= wanted
        case "between":
            return wanted[0] <= value <= wanted[1]
    return value == wanted


def plainly_of_text(operator: str, wanted: object, values: tuple[str, ...], spec: FactSpec) -> bool | None:
    texts = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if any(value.startswith(texts) if operator == "prefix" else value in texts for value in values):
        return True
    is_cut = spec.may_be_cut and any(text.startswith(value) for text in texts for value in values)
    return None if is_cut else False


def by_the_book(rules: Ruleset, facts: Mapping[str, object]) -> list[Verdict]:
    verdicts = []
    for one in rules.rows:
        truths = [plainly(condition, facts) for condition in one.when]
        is_open = None in truths and False not in truths
        verdicts.append(Verdict.UNDETERMINED if is_open else Verdict.MATCHED if all(truths) else Verdict.NOT_MATCHED)
    return verdicts


@given(st.data(), cases(), rulesets())
def test_every_row_says_of_every_box_what_its_operators_mean(data: st.DataObject, box: Case, rules: Ruleset):
    broken, _ = data.draw(damaged(box))
    for judged in (box, broken):
        verdicts = explain(judged, rules, {})
        told = [{**judged.container, **one.facts, **line} for one in judged.standings for line in one.lines]
        expected = [verdict for facts in told for verdict in (*by_the_book(rules, facts), Verdict.MATCHED)]
        assert [one.verdict for one in verdicts] == expected


@given(st.data(), cases(), st.one_of(rulesets(), rulesets(risk=True)), st.sampled_from([0.1, 0.9, math.nan]))
def test_the_decision_follows_the_rows_as_they_are_explained(
    data: st.DataObject, box: Case, rules: Ruleset, draw: float
):
    broken, _ = data.draw(damaged(box))
    for judged in (box, broken):
        outcome, verdicts = (
            decided(judged, rules, draw=draw),
            explain(judged, rules, {one.key: draw for one in judged.standings}),
        )
        routes = [
            declaration_outcome(list(rows), rules) for _, rows in itertools.groupby(verdicts, lambda v: v.declaration)
        ]
        assert outcome.intended_route == max(routes, key=STRICTNESS.index)


def declaration_outcome(verdicts: list[RowVerdict], rules: Ruleset) -> Route:
    """The strictest line, drawn or topped up if the lane has a quota."""
    routes = {one.id: one.route for one in rules.rows} | {"default": rules.default.route}
    by_line = itertools.groupby((one for one in verdicts if one.row in routes), lambda v: v.line)
    route = max((line_outcome(list(rows), routes) for _, rows in by_line), key=STRICTNESS.index)
    for quota in (one for one in verdicts if one.row not in routes):
        if quota.is_first:
            return Route.INSPECTION
        if quota.verdict is Verdict.UNDETERMINED:
            is_missing = quota.row == "top-up" and {why.obstacle for why in quota.why_not} == {Obstacle.MISSING}
            return Route.YARD if is_missing and route in (Route.DIRECT_RELEASE, Route.YARD) else Route.HOLD
    return route


def line_outcome(verdicts: list[RowVerdict], routes: Mapping[str, Route]) -> Route:
    """The rule of failing safe, once more and slowly."""
    [first] = [number for number, one in enumerate(verdicts) if one.is_first]
    holds = routes[verdicts[first].row]
    above = [one for one in verdicts[:first] if one.verdict is Verdict.UNDETERMINED]
    if any(why.obstacle is Obstacle.UNREADABLE for one in above for why in one.why_not):
        return Route.HOLD
    stricter = [routes[one.row] for one in above if STRICTNESS.index(routes[one.row]) > STRICTNESS.index(holds)]
    if not stricter:
        return holds
    return Route.YARD if holds in (Route.DIRECT_RELEASE, Route.YARD) and Route.HOLD not in stricter else Route.HOLD


def test_every_row_tells_why_it_did_not_hold():
    line = {"hs_code": "680223", "origin_country": "IT"}
    rules = ruleset(
        STONE,
        row("SCAN", asks("gross_mass_kg", "at_least", 30000), asks("hs_code", "prefix", ["6802"])),
        row("HOLD", asks("set_point_celsius", "less", 0), asks("hs_code", "prefix", ["680223"])),
        row("YARD", asks("hs_code", "in", ["6802231000"]), id="exact"),
        row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
        lanes=[{"route": "SCAN", "minimum_random_rate": 0.25}],
    )
    box = case(standing(lines=[line]), set_point_celsius="cold")
    told = [
        (one.row, one.verdict, one.is_first, [(why.obstacle, *why.sentence) for why in one.why_not])
        for one in explain(box, rules, {})
    ]
    assert told == [
        (
            "inspection",
            Verdict.NOT_MATCHED,
            False,
            [
                (
                    Obstacle.OTHER_VALUE,
                    "原产国：IT；规则要求：原产国属于 IN",
                    "country of origin: IT; the rule asks: the country of origin is one of IN",
                )
            ],
        ),
        (
            "scan",
            Verdict.UNDETERMINED,
            False,
            [(Obstacle.MISSING, "毛重：尚无数据", "gross mass: not reported yet")],
        ),
        (
            "hold",
            Verdict.UNDETERMINED,
            False,
            [(Obstacle.UNREADABLE, "设定温度：cold，无法识别", "set temperature: cold, which cannot be read")],
        ),
        (
            "exact",
            Verdict.UNDETERMINED,
            False,
            [
                (
                    Obstacle.CUT_SHORT,
                    "商品编号：680223，位数不足，无法判断；规则要求：商品编号属于 6802231000",
                    "HS code: 680223, too short to tell; the rule asks: the HS code is one of 6802231000",
                )
            ],
        ),
        ("direct-release", Verdict.MATCHED, True, []),
        ("default", Verdict.MATCHED, False, []),
    ]
