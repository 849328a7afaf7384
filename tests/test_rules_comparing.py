"""Two tables compared: what differs, in data and in words; which boxes go elsewhere, and what sent them there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings

from build_diversion import GRANITE, TOYS, asks, case, cases, row, ruleset, rulesets, site, standing
from port.diversion.comparing import Kind, Part, compare
from port.diversion.comparing_flips import Tried, flips
from port.diversion.table import Ruleset
from port.diversion.testing import decided

STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), asks("origin_country", "in", ["IN"]), id="stone")
AEO = row("DIRECT_RELEASE", asks("consignee_credit_grade", "equals", "AEO"), id="aeo")
HEAVY = row("SCAN", asks("gross_mass_kg", "at_least", 30000), id="heavy")
ADVANCE = row("DIRECT_RELEASE", asks("declaration_mode", "equals", "ADVANCE"), id="advance")
BEFORE = ruleset(STONE, HEAVY, AEO)


def told(before: Ruleset, after: Ruleset) -> list[tuple[str, str, str, str]]:
    return [(one.part.value, one.kind.value, one.name, one.column) for one in compare(before, after)]


@given(rulesets(lanes=True))
def test_a_table_does_not_differ_from_itself(rules: Ruleset):
    assert compare(rules, rules) == ()


REEFER = asks("is_reefer", "equals", False)
POISON = asks("dangerous_goods_classes", "prefix", ["6"])


@settings(max_examples=60, deadline=None)
@given(rulesets(), rulesets())
@example(ruleset(row("HOLD", REEFER, POISON)), ruleset(row("HOLD", POISON, REEFER)))
@example(ruleset(row("HOLD", REEFER, POISON)), ruleset(row("HOLD", REEFER)))
def test_tables_without_differences_are_the_same_table(one: Ruleset, other: Ruleset):
    assert (compare(one, other) == ()) == (in_order(one) == in_order(other))


def in_order(rules: Ruleset) -> Ruleset:
    """The table with the conditions of each row sorted: all of them must hold, so their order says nothing."""
    rows = [one.model_copy(update={"when": tuple(sorted(one.when, key=str))}) for one in rules.rows]
    return rules.model_copy(update={"rows": tuple(rows)})


def test_rows_that_came_went_or_were_renamed_are_told():
    after = ruleset(STONE | {"id": "granite"}, AEO, ADVANCE)
    assert [(one.kind, one.name, one.sentence.en) for one in compare(BEFORE, after)] == [
        (Kind.REMOVED, "heavy", "Row heavy is gone."),
        (Kind.RENAMED, "granite", "Row stone is now called granite and says the same."),
        (Kind.ADDED, "advance", "Row advance is new, in place 3."),
    ]
    assert compare(BEFORE, after)[1].sentence.zh == "规则 stone 改名为 granite，内容不变。"


def test_a_row_that_moved_is_the_one_told_and_not_those_it_passed():
    [one] = compare(BEFORE, ruleset(AEO, STONE, HEAVY))
    assert (one.kind, one.name, one.before, one.after) == (Kind.MOVED, "aeo", 3, 1)
    assert one.sentence.en == "Row aeo moved from place 3 to 1."


@pytest.mark.parametrize(
    ("changed", "kind", "column", "en", "zh"),
    [
        (
            STONE | {"route": "HOLD"},
            Kind.CHANGED,
            "route",
            "Row stone: route was inspection, is now hold for an officer.",
            "规则 stone 的去向由 查验 改为 暂停，待关员处理。",
        ),
        (
            STONE | {"when": [STONE["when"][0], asks("origin_country", "in", ["IN", "BR"])]},
            Kind.CHANGED,
            "origin_country",
            (
                "Row stone asked: the country of origin is one of IN;"
                " it asks now: the country of origin is one of IN or BR."
            ),
            "规则 stone 由“原产国属于 IN”改为“原产国属于 IN、BR”。",
        ),
        (
            STONE | {"when": STONE["when"][:1]},
            Kind.REMOVED,
            "origin_country",
            "Row stone no longer asks: the country of origin is one of IN.",
            "规则 stone 删除条件：原产国属于 IN。",
        ),
        (
            STONE | {"when": [*STONE["when"], asks("is_lcl", "equals", False)]},
            Kind.ADDED,
            "is_lcl",
            "Row stone asks more: it is not a shared box (LCL).",
            "规则 stone 新增条件：不是拼箱。",
        ),
    ],
)
def test_a_changed_row_is_told_condition_by_condition(
    changed: dict[str, Any], kind: Kind, column: str, en: str, zh: str
):
    [one] = compare(BEFORE, ruleset(changed, HEAVY, AEO))
    assert (one.part, one.kind, one.name, one.column) == (Part.ROWS, kind, "stone", column)
    assert (one.sentence.en, one.sentence.zh) == (en, zh)


def test_lists_are_compared_value_by_value():
    before, after = (
        ruleset(
            row("SCAN", asks("hs_code", "prefix", list="stone")),
            lists=[{"name": "stone", "title": {"zh": "石材", "en": "stone"}, "values": values}],
        )
        for values in (["2515", "6801"], ["6801", "6802", "6803"])
    )
    [one] = compare(before, after)
    assert (one.part, one.before, one.after) == (Part.LISTS, ["2515"], ["6802", "6803"])
    assert one.sentence.en == "List “stone” (stone): 6802, 6803 added; 2515 removed."
    assert one.sentence.zh == "名单“石材”（stone）新增 6802、6803，删除 2515。"


def test_lanes_sites_risk_and_the_default_are_compared_field_by_field():
    before = ruleset(
        STONE,
        lanes=[{"route": "YARD", "minimum_random_rate": 0.01}],
        sites=[site("A", "INSPECTION", bays=10), site("B", "SCAN")],
        risk=[{"fact": "hs_origin_find_rate", "weight": 1.0}],
    )
    after = ruleset(
        STONE,
        default="HOLD",
        lanes=[{"route": "YARD", "minimum_random_rate": 0.02}, {"route": "SCAN", "minimum_random_rate": 0.01}],
        sites=[site("B", "SCAN"), site("A", "INSPECTION", bays=12)],
        risk=[{"fact": "hs_origin_find_rate", "weight": 2.0}],
    )
    assert [one.sentence.en for one in compare(before, after)] == [
        "The default row: route was yard, is now hold for an officer.",
        "The lane scan is new.",
        "The lane yard: minimum random rate was 0.01, is now 0.02.",
        "Site B moved from place 2 to 1.",
        "Site A: bays was 10, is now 12.",
        "Risk term hs_origin_find_rate: weight was 1.0, is now 2.0.",
    ]


INDIAN = standing(lines=[GRANITE], consignee_credit_grade="AEO")
BOXES = [
    Tried("granite of an AEO", case(INDIAN, gross_mass_kg=20000)),
    Tried("toys", case(standing(lines=[TOYS]), gross_mass_kg=20000)),
    Tried("heavy toys", case(standing(lines=[TOYS]), gross_mass_kg=32000)),
]


def caused(after: Ruleset, before: Ruleset = BEFORE) -> list[tuple[str, str, str, str, str]]:
    found = flips(before, after, BOXES)
    return [(one.name, one.before.route, one.after.route, one.cause.row, one.cause.column) for one in found.flips]


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (ruleset(HEAVY, AEO), ("stone", "")),
        (ruleset(AEO, STONE, HEAVY), ("aeo", "order")),
        (ruleset(STONE | {"when": [asks("hs_code", "prefix", ["6803"])]}, HEAVY, AEO), ("stone", "hs_code")),
        (ruleset(ADVANCE, STONE, HEAVY, AEO), ("advance", "")),
        (ruleset(STONE | {"route": "DIRECT_RELEASE"}, HEAVY, AEO), ("stone", "route")),
    ],
)
def test_a_flip_names_the_row_and_condition_that_did_it(after: Ruleset, cause: tuple[str, str]):
    assert caused(after)[0] == ("granite of an AEO", "INSPECTION", "DIRECT_RELEASE", *cause)


def test_a_flip_by_a_wider_condition_names_the_condition_that_did_not_hold_before():
    after = ruleset(STONE, HEAVY | {"when": [asks("gross_mass_kg", "at_least", 15000)]}, AEO)
    assert caused(after) == [("toys", "YARD", "SCAN", "heavy", "gross_mass_kg")]
    [flip] = flips(BEFORE, after, BOXES).flips
    assert flip.cause.sentence.en == (
        "row heavy did not hold (gross mass: 20,000 kg; the rule asks: the gross mass is at least 30,000 kg)"
    )


def test_a_flip_by_a_fact_that_is_missing_names_it():
    after = ruleset(row("HOLD", asks("seal_count", "less", 1), id="no-seal"), STONE, HEAVY, AEO)
    found = flips(BEFORE, after, BOXES[1:2])
    [flip] = found.flips
    assert (flip.after.reason, flip.cause.row, flip.cause.column) == ("FACTS_MISSING", "no-seal", "seal_count")


def test_a_flip_by_the_draw_or_by_a_place_says_so():
    drawn = ruleset(STONE, HEAVY, AEO, lanes=[{"route": "YARD", "minimum_random_rate": 1.0}])
    assert caused(drawn) == [("toys", "YARD", "INSPECTION", "random", "")]
    nowhere = ruleset(STONE, HEAVY, AEO, sites=[site("A", "INSPECTION"), site("B", "YARD")])
    assert caused(nowhere) == [("heavy toys", "SCAN", "HOLD", "heavy", "place")]


def test_the_matrix_counts_every_case():
    found = flips(BEFORE, ruleset(HEAVY, AEO), BOXES)
    assert found.to_json() == {
        "cases": 3,
        "cells": [
            {"from": "INSPECTION", "to": "DIRECT_RELEASE", "count": 1},
            {"from": "SCAN", "to": "SCAN", "count": 1},
            {"from": "YARD", "to": "YARD", "count": 1},
        ],
        "flips": [
            {
                "case": "granite of an AEO",
                "from": "INSPECTION",
                "to": "DIRECT_RELEASE",
                "fromRow": "stone",
                "toRow": "aeo",
                "cause": {
                    "row": "stone",
                    "column": "",
                    "sentence": {"zh": "规则 stone 已删除", "en": "row stone is gone"},
                },
            }
        ],
    }


@settings(max_examples=100, deadline=None)
@given(rulesets(lanes=True), rulesets(), cases())
def test_every_flip_has_a_cause_and_every_other_case_none(before: Ruleset, after: Ruleset, box):
    found = flips(before, after, [Tried("box", box)])
    routes = [decided(box, table, draws={}).route for table in (before, after)]
    assert found.cells == {tuple(routes): 1}
    assert [one.name for one in found.flips] == (["box"] if routes[0] is not routes[1] else [])
    assert all(one.cause.sentence.zh and one.cause.sentence.en for one in found.flips)
