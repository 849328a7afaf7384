"""Lint on the order of rows: what it says is so, for all boxes, and every example shows what it claims."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_diversion import ASKED_FACTS, asks, row, ruleset, rulesets, values_of
from build_lint import crowded, holds, kinds_of_boxes
from port.diversion.compiler import compile_ruleset
from port.diversion.lint import lint, notes
from port.diversion.lint_rows import never_deciding
from port.diversion.lint_search import Space, Undecided, case_of, first_row
from port.diversion.lint_words import Code, Finding
from port.diversion.loading import load_default
from port.diversion.table import Ruleset

pytestmark = pytest.mark.slow

IMPORTED = asks("direction", "equals", "IMPORT")
STONE = asks("hs_code", "prefix", ["6802"])
GRANITE = asks("hs_code", "prefix", ["680223"])
LAX = row("DIRECT_RELEASE", asks("declaration_mode", "equals", "ADVANCE"))
_ROWS = frozenset({Code.IMPOSSIBLE, Code.NEVER_ASKED, Code.SHADOWED, Code.UNREACHABLE, Code.REDUNDANT})


def found(rules: Ruleset, *codes: Code) -> list[tuple[str, str, str | None]]:
    """(row, code, other row) of the findings on rows, or of those with these codes."""
    wanted = codes or (*_ROWS, Code.LAXER_FIRST, Code.UNDECIDED)
    return [(one.row, one.code.value, one.other_row) for one in lint(rules) if one.code in wanted]


def never(rules: Ruleset) -> set[str]:
    return {one.row for one in lint(rules) if one.code in _ROWS}


@settings(max_examples=80, deadline=None)
@given(crowded())
def test_a_row_is_found_never_to_decide_exactly_when_no_kind_of_box_is_decided_by_it(rules: Ruleset):
    table = compile_ruleset(rules)
    deciding = {first_row(table, facts) for facts in kinds_of_boxes(rules)}
    assert never(rules) == {one.id for one in rules.rows} - deciding
    assert bool([one for one in notes(rules) if one.code is Code.GAP]) == ("default" in deciding)


@settings(max_examples=80, deadline=None)
@given(crowded())
def test_every_example_shows_what_it_claims(rules: Ruleset):
    table = compile_ruleset(rules)
    for one in (*lint(rules), *notes(rules)):
        if one.example is not None:
            assert_shown(
                one, first_row(table, one.example), {name for name, _ in table.rows if holds(table, name, one.example)}
            )


def assert_shown(one: Finding, decided_by: str | None, holding: set[str]) -> None:
    """By the live compiler, and by the plain meaning of the conditions."""
    if one.code in (Code.LAXER_FIRST, Code.OVERLAP):
        assert decided_by == one.row
        assert {one.row, one.other_row} <= holding
    elif one.code is Code.GAP:
        assert (decided_by, holding) == ("default", {"default"})
    else:
        assert one.row in holding
        assert decided_by != one.row


@settings(max_examples=80, deadline=None)
@given(crowded())
def test_a_stricter_row_is_found_bypassed_exactly_when_a_box_of_some_kind_shows_it(rules: Ruleset):
    table, out = compile_ruleset(rules), never(rules)
    boxes = [(first_row(table, facts), facts) for facts in kinds_of_boxes(rules)]
    pairs = {(one.row, one.other_row) for one in lint(rules) if one.code is Code.LAXER_FIRST}
    pairs |= {(one.row, one.other_row) for one in notes(rules) if one.code is Code.OVERLAP}
    rows = [one for one in rules.rows if one.id not in out]
    assert pairs == {
        (upper.id, lower.id)
        for number, upper in enumerate(rows)
        for lower in rows[number + 1 :]
        if upper.route is not lower.route
        and any(decided_by == upper.id and holds(table, lower.id, facts) for decided_by, facts in boxes)
    }


@settings(max_examples=40, deadline=None)
@given(rulesets(), st.randoms(use_true_random=False))
def test_no_random_box_is_decided_by_a_row_that_never_decides(rules: Ruleset, chance):
    table, out = compile_ruleset(rules), never(rules)
    pools = {spec.name: values_of(spec) for spec in ASKED_FACTS}
    if out:
        for _ in range(2000):
            assert first_row(table, {name: chance.choice(pool) for name, pool in pools.items()}) not in out


def test_a_row_behind_a_wider_one_with_another_route_is_shadowed():
    rules = ruleset(row("YARD", STONE), row("INSPECTION", GRANITE, IMPORTED))
    [one] = [one for one in lint(rules) if one.code is Code.SHADOWED]
    assert (one.severity, one.row, one.other_row) == ("ERROR", "inspection", "yard")
    assert one.message.en == "Row yard above takes everything that this row asks for: its “inspection” never happens."
    assert one.message.zh == "上方的 yard 已包含本行的全部情形，本行的“查验”永远不会生效。"
    assert one.example == {"hs_code": "6802230000", "direction": "IMPORT"}


def test_a_row_behind_a_wider_one_with_the_same_route_is_not_needed():
    rules = ruleset(row("SCAN", STONE), row("SCAN", GRANITE, id="granite"))
    assert found(rules) == [("granite", "REDUNDANT", "scan")]


def test_a_row_that_several_cover_together_is_unreachable_and_names_them_alone():
    rules = ruleset(
        row("HOLD", asks("is_reefer", "equals", True), STONE, id="reefers-of-stone"),
        row("YARD", asks("gross_mass_kg", "less", 20000), id="light"),
        row("SCAN", asks("origin_country", "in", ["IN"]), id="from-india"),
        row("YARD", asks("gross_mass_kg", "at_least", 20000), id="heavy"),
        row("INSPECTION", STONE),
    )
    [one] = [one for one in lint(rules) if one.code is Code.UNREACHABLE]
    assert (one.row, one.other_row) == ("inspection", "light")
    assert "Rows light, heavy above together take everything" in one.message.en


def test_a_crack_between_two_rows_is_enough_to_reach_the_third():
    rules = ruleset(
        row("YARD", asks("gross_mass_kg", "less", 20000), id="light"),
        row("YARD", asks("gross_mass_kg", "at_least", 20000.5), id="heavy"),
        row("INSPECTION", STONE),
    )
    assert found(rules, *_ROWS) == []


def test_codes_that_leave_no_other_cover_everything():
    modes = [row("YARD", asks("declaration_mode", "equals", mode), id=mode.lower()) for mode in ("ADVANCE", "ARRIVAL")]
    two_step = row("YARD", asks("declaration_mode", "equals", "TWO_STEP"), id="two-step")
    assert found(ruleset(*modes, row("SCAN", STONE))) == [
        ("advance", "LAXER_FIRST", "scan"),
        ("arrival", "LAXER_FIRST", "scan"),
    ]
    assert found(ruleset(*modes, two_step, row("SCAN", STONE)), *_ROWS) == [("scan", "UNREACHABLE", "advance")]


def test_all_ten_digits_cover_a_heading_only_for_codes_told_that_far():
    digits = row("YARD", asks("hs_code", "prefix", [f"680223{digit}" for digit in "0123456789"]), id="all-digits")
    assert found(ruleset(digits, row("DIRECT_RELEASE", GRANITE)), *_ROWS) == [
        ("direct-release", "SHADOWED", "all-digits")
    ]
    # 680223 alone leaves the upper row open; the lower one is stricter and stands.
    assert found(ruleset(digits, row("SCAN", GRANITE)), *_ROWS) == []


@pytest.mark.parametrize(
    ("when", "column"),
    [
        ((GRANITE, asks("hs_code", "prefix", ["72"])), "hs_code"),
        ((asks("gross_mass_kg", "less", 5), asks("gross_mass_kg", "at_least", 5)), "gross_mass_kg"),
        ((asks("is_lcl", "equals", True), asks("is_lcl", "equals", False)), "is_lcl"),
        ((asks("value_per_kg", "less", 0),), "value_per_kg"),
    ],
)
def test_conditions_that_contradict_each_other_are_an_error(when: tuple[Mapping[str, object], ...], column: str):
    [one] = [one for one in lint(ruleset(row("SCAN", IMPORTED, *when))) if one.code in _ROWS]
    assert (one.code, one.row, one.column, one.example) == (Code.IMPOSSIBLE, "scan", column, None)


def test_two_classes_in_one_box_do_not_contradict_each_other():
    both = [asks("dangerous_goods_classes", "prefix", [one]) for one in ("1", "3")]
    assert found(ruleset(row("HOLD", *both))) == []


def test_a_status_in_which_the_table_is_not_asked_is_told():
    rules = ruleset(row("HOLD", asks("customs_status", "in", ["HELD", "RELEASED"])))
    assert found(rules) == [("hold", "NEVER_ASKED", None)]
    review = ruleset(row("HOLD", asks("customs_status", "in", ["HELD", "UNDER_REVIEW"])))
    assert found(review) == []


def test_a_condition_that_every_value_meets_is_told():
    rules = ruleset(row("SCAN", asks("gross_mass_kg", "at_least", 0), asks("direction", "in", ["IMPORT", "EXPORT"])))
    assert [(one.row, one.column) for one in lint(rules) if one.code is Code.ALWAYS_HOLDS] == [
        ("scan", "gross_mass_kg"),
        ("scan", "direction"),
    ]


def test_a_laxer_row_above_a_stricter_one_is_told_with_a_box_that_slips_through():
    advance, aeo = asks("declaration_mode", "equals", "ADVANCE"), asks("consignee_credit_grade", "equals", "AEO")
    rules = ruleset(row("DIRECT_RELEASE", aeo, advance), row("INSPECTION", STONE, asks("origin_country", "in", ["IN"])))
    [one] = [one for one in lint(rules) if one.code is Code.LAXER_FIRST]
    assert (one.severity, one.row, one.other_row) == ("WARNING", "direct-release", "inspection")
    assert one.example == {
        "consignee_credit_grade": "AEO",
        "declaration_mode": "ADVANCE",
        "hs_code": "6802000000",
        "origin_country": "IN",
    }


def test_long_lists_of_texts_are_no_trouble_and_too_many_sets_of_them_are_told():
    many = [f"{number:04}" for number in range(1000, 4000)]
    rules = ruleset(row("SCAN", asks("un_numbers", "in", many)), row("HOLD", asks("un_numbers", "in", many[:1])))
    assert found(rules, *_ROWS, Code.UNDECIDED) == [("hold", "SHADOWED", "scan")]
    each = [row("SCAN", asks("un_numbers", "equals", one), id=f"un{one}") for one in many[:60]]
    twice = [asks("un_numbers", "in", some) for some in (many[:50], many[10:60])]
    assert found(ruleset(*each, row("HOLD", *twice)), Code.UNDECIDED) == [("hold", "UNDECIDED", None)]
    same = ruleset(*each, row("HOLD", *twice[:1] * 2))
    assert found(same, *_ROWS, Code.UNDECIDED) == [("hold", "UNREACHABLE", "un1000")]


def test_when_the_budget_ends_lint_says_that_it_does_not_know():
    rules = load_default()
    told = {one.row for one in lint(rules, budget=0) if one.code is Code.UNDECIDED}
    assert told == {one.id for one in rules.rows}
    pairs = ruleset(LAX, row("INSPECTION", STONE))
    assert [(one.row, one.code) for one in lint(pairs, budget=14) if one.code is Code.UNDECIDED] == [
        ("rows", Code.UNDECIDED)
    ]
    never_decides, unknown = never_deciding(Space(rules, 0))
    assert (never_decides, len(unknown)) == ({}, len(rules.rows))
    with pytest.raises(Undecided):
        Space(rules, 0).find((0,), silent=0, route=rules.rows[0].route)


def test_an_example_reads_like_a_box():
    goods = [asks("has_dangerous_goods", "equals", True), asks("dangerous_goods_classes", "prefix", ["8"])]
    rules = ruleset(row("HOLD", goods[1]), row("SCAN", goods[0]), row("YARD", asks("is_lcl", "equals", True)))
    gap, *pairs = notes(rules)
    assert gap.example == {"dangerous_goods_classes": (), "has_dangerous_goods": False, "is_lcl": False}
    assert {(one.row, one.other_row): one.example for one in pairs} == {
        ("hold", "scan"): {"dangerous_goods_classes": ("8",), "has_dangerous_goods": True, "is_lcl": False},
        ("hold", "yard"): {"dangerous_goods_classes": ("8",), "has_dangerous_goods": True, "is_lcl": True},
        ("scan", "yard"): {"dangerous_goods_classes": ("3",), "has_dangerous_goods": True, "is_lcl": True},
    }


def test_an_example_is_a_box_that_can_be_kept_as_a_test():
    box = case_of({"hs_code": "6802230000", "direction": "IMPORT", "is_lcl": False, "customs_status": "UNDER_REVIEW"})
    [standing] = box.standings
    assert (box.container, standing.facts, standing.lines) == (
        {"is_lcl": False},
        {"direction": "IMPORT", "customs_status": "UNDER_REVIEW"},
        ({"hs_code": "6802230000"},),
    )
    assert standing.status == "UNDER_REVIEW"
