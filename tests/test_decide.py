"""The decision by the table: its rows, what is not known, and the draw."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_diversion import (
    GRANITE,
    STONE,
    TABLE,
    TOYS,
    asks,
    case,
    cases,
    decided,
    granite,
    row,
    ruleset,
    rulesets,
    standing,
)
from events.types import Reason, Route
from port.diversion.capacity import SiteState
from port.diversion.case import Case, Standing
from port.diversion.decide import Alert, Outcome, decide
from port.diversion.explain import Verdict, explain
from port.diversion.table import Ruleset


def test_a_declared_box_goes_where_the_first_row_that_holds_says():
    assert decided(case(), TABLE) == Outcome(
        Route.DIRECT_RELEASE, Reason.RULE, Route.DIRECT_RELEASE, rows=(("371120261001234567", "direct-release"),)
    )


def test_an_inspection_by_rule_alone_is_precautionary():
    assert decided(case(granite()), TABLE) == Outcome(
        Route.INSPECTION,
        Reason.RULE,
        Route.INSPECTION,
        is_precautionary=True,
        rows=(("D-STONE", "inspection"),),
    )


def test_no_row_means_the_default():
    box = case(standing(consignee_credit_grade="DISTRUSTED"))
    assert decided(box, TABLE) == Outcome(
        Route.YARD, Reason.RULE, Route.YARD, rows=(("371120261001234567", "default"),)
    )


def test_of_several_declarations_the_strictest_wins():
    box = case(standing(), granite(), standing("RELEASED", document="B3", declaration="D3"))
    assert decided(box, TABLE) == Outcome(
        Route.INSPECTION,
        Reason.RULE,
        Route.INSPECTION,
        is_precautionary=True,
        rows=(("371120261001234567", "direct-release"), ("D-STONE", "inspection")),
    )


def test_a_row_has_to_hold_for_one_line_and_a_release_for_every_line():
    stone_from_italy = {**GRANITE, "origin_country": "IT"}
    toys_from_india = {**TOYS, "origin_country": "IN"}
    assert decided(case(standing(lines=[stone_from_italy, toys_from_india])), TABLE).route is Route.DIRECT_RELEASE
    assert decided(case(standing(lines=[TOYS, GRANITE, TOYS])), TABLE).route is Route.INSPECTION


@given(cases(), st.one_of(rulesets(), rulesets(risk=True)), st.randoms(use_true_random=False))
def test_the_order_of_declarations_and_lines_does_not_matter(box: Case, rules: Ruleset, chance: object):
    def shuffled(things: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(chance.sample(things, k=len(things)))

    turned = [
        Standing(one.document, one.declaration, one.status, one.inspect_at, one.facts, shuffled(one.lines))
        for one in box.standings
    ]
    again = Case(box.container_number, box.container, shuffled(tuple(turned)))
    assert decided(again, rules) == decided(box, rules)


@given(cases(), st.one_of(rulesets(lanes=True), rulesets(risk=True)))
def test_a_stored_case_is_decided_as_it_was(box: Case, rules: Ruleset):
    assert decided(Case.from_json(box.to_json()), rules, trace=True) == decided(box, rules, trace=True)


def test_a_missing_fact_that_might_have_meant_more_keeps_the_box_in_the_yard():
    line = {name: value for name, value in GRANITE.items() if name != "origin_country"}
    assert decided(case(standing(lines=[line])), TABLE) == Outcome(
        Route.YARD,
        Reason.FACTS_MISSING,
        Route.YARD,
        rows=(("371120261001234567", None),),
        undetermined=("origin_country",),
        alerts=(Alert.FACTS_MISSING,),
    )


def test_a_missing_fact_that_might_have_meant_hold_holds():
    outcome = decided(case(standing(lines=[{"origin_country": "VN"}])), TABLE)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (
        Route.HOLD,
        Reason.FACTS_MISSING,
        ("gross_mass_kg", "hs_code"),
    )


def test_a_missing_fact_never_weakens_what_holds_without_it():
    rules = ruleset(
        row("INSPECTION", asks("gross_mass_kg", "at_least", 30000)), row("SCAN", asks("direction", "equals", "IMPORT"))
    )
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.alerts) == (
        Route.HOLD,
        Reason.FACTS_MISSING,
        (Alert.FACTS_MISSING,),
    )


def test_a_fact_that_is_missing_where_it_could_not_matter_is_not_missed():
    box = case(standing(lines=[{"hs_code": "9503008900"}]))
    assert decided(box, TABLE).route is Route.DIRECT_RELEASE
    stone = {**GRANITE, "hs_code": "720441"}
    assert decided(case(standing(lines=[stone]), gross_mass_kg=31000.0), TABLE).reason is Reason.RULE


def test_a_laxer_row_that_is_undetermined_leaves_what_holds():
    rules = ruleset(
        row("DIRECT_RELEASE", asks("gross_mass_kg", "less", 30000)), row("SCAN", asks("direction", "equals", "IMPORT"))
    )
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (Route.SCAN, Reason.RULE, ("gross_mass_kg",))


def test_the_default_says_which_missing_fact_it_stands_in_for():
    rules = ruleset(row("DIRECT_RELEASE", asks("gross_mass_kg", "less", 30000)))
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (
        Route.YARD,
        Reason.FACTS_MISSING,
        ("gross_mass_kg",),
    )


def test_a_declaration_without_lines_lacks_the_facts_of_a_line():
    outcome = decided(case(standing(lines=[])), TABLE)
    assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.FACTS_MISSING)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, "31000", None, True, 10**400, {"kg": 3}])
def test_an_unreadable_fact_holds_the_box(value: object):
    line = {**GRANITE, "hs_code": "720441"}
    assert decided(case(standing(lines=[line]), gross_mass_kg=value), TABLE) == Outcome(
        Route.HOLD,
        Reason.RULE_FAULT,
        Route.HOLD,
        rows=(("371120261001234567", None),),
        undetermined=("gross_mass_kg",),
        alerts=(Alert.RULE_FAULT,),
    )


def test_a_code_cut_short_of_what_a_rule_asks_is_not_passed_by():
    rules = ruleset(
        row("INSPECTION", asks("hs_code", "prefix", ["68022310"])),
        row("DIRECT_RELEASE", asks("is_lcl", "equals", False)),
    )
    routes = [
        decided(case(standing(lines=[{"hs_code": code}])), rules).route for code in ("680223", "680229", "6802231000")
    ]
    assert routes == [Route.YARD, Route.DIRECT_RELEASE, Route.INSPECTION]


FLOOR = [{"route": route, "minimum_random_rate": 0.02} for route in ("DIRECT_RELEASE", "YARD", "SCAN")]
FLOORED = ruleset(
    STONE,
    row("SCAN", asks("hs_code", "prefix", ["72"])),
    row("HOLD", asks("hs_code", "prefix", ["3915"])),
    row("DIRECT_RELEASE", asks("hs_code", "prefix", ["95"])),
    lanes=FLOOR,
)


@pytest.mark.parametrize(
    ("code", "draw", "route", "reason"),
    [
        ("950300", 0.0199, Route.INSPECTION, Reason.RANDOM),
        ("950300", 0.02, Route.DIRECT_RELEASE, Reason.RULE),
        ("940300", 0.0, Route.INSPECTION, Reason.RANDOM),
        ("720449", 0.0, Route.INSPECTION, Reason.RANDOM),
        ("391510", 0.0, Route.HOLD, Reason.RULE),
        ("680223", 0.0, Route.INSPECTION, Reason.RULE),
    ],
)
def test_a_draw_below_the_rate_is_an_inspection_unless_the_table_is_as_strict(
    code: str, draw: float, route: Route, reason: Reason
):
    outcome = decided(case(standing(lines=[{**GRANITE, "hs_code": code}])), FLOORED, draw=draw)
    assert (outcome.route, outcome.reason) == (route, reason)
    assert outcome.is_precautionary is (route is Route.INSPECTION)


@pytest.mark.parametrize("status", ["RELEASED", "NO_INSPECTION"])
def test_nothing_is_drawn_where_customs_has_spoken(status: str):
    assert decided(case(standing(status)), FLOORED, draw=0.0).route is Route.DIRECT_RELEASE


@pytest.mark.parametrize("draw", [math.nan, math.inf, -0.1, 1.0, None, "0.5", True])
def test_a_draw_that_is_none_holds_the_box(draw: object):
    key = "371120261001234567"
    for draws in ({key: draw}, {}):
        outcome = decide(case(), FLOORED, draws=draws, sites=SiteState())
        assert (outcome.route, outcome.reason, outcome.alerts) == (Route.HOLD, Reason.RULE_FAULT, (Alert.RULE_FAULT,))


def test_the_draw_is_explained_beside_the_rows():
    drawn, missed = (explain(case(), FLOORED, {"371120261001234567": draw})[-1] for draw in (0.01, 0.5))
    assert (drawn.row, drawn.verdict, drawn.is_first) == ("random", Verdict.MATCHED, True)
    assert (missed.row, missed.verdict, missed.is_first) == ("random", Verdict.NOT_MATCHED, False)
    assert drawn.sentence == (
        "对拟直提直装的箱按 0.02 的比例抽签，抽中则查验。",
        "Of what would go to direct release, a share of 0.02 is drawn for inspection.",
    )
