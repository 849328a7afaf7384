"""The risk of a declaration, and the top-up of a lane by it: after the draw, and never in spite of what is missing."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from build_diversion import TOYS, asks, case, decided, row, ruleset, standing
from events.types import InspectAt, Reason, Route
from port.diversion.case import Case, Standing
from port.diversion.compiler import COMPILER_VERSION, compile_ruleset
from port.diversion.decide import Alert, Outcome
from port.diversion.explain import Obstacle, RowVerdict, Verdict, explain, risks
from port.diversion.facts import find_fact
from port.diversion.risk import Risk, risk_of
from port.diversion.sentence import of_risk
from port.diversion.table import Ruleset

KEY = "371120261001234567"
SCORE = [
    {"fact": "hs_origin_find_rate", "weight": 2},
    {"fact": "is_lcl", "weight": 0.25},
    {"fact": "value_per_kg", "weight": -0.125, "missing": 4},
]
TOPPED = {"minimum_random_rate": 0.02, "expected_rate": 0.05, "top_up_from": 0.5}


def scored(*, lane: str = "DIRECT_RELEASE", risk: object = SCORE, **parts: object) -> Ruleset:
    return ruleset(
        row("SCAN", asks("hs_code", "prefix", ["72"])),
        row("YARD", asks("hs_code", "prefix", ["94"])),
        row("HOLD", asks("hs_code", "prefix", ["39"])),
        row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
        lanes=[{"route": lane, **TOPPED}],
        risk=risk,
        **parts,
    )


def line(rate: float | None, *, per_kg: object = 2.0, **told: object) -> dict[str, object]:
    known = {**TOYS, **told, "hs_origin_find_rate": rate, "value_per_kg": per_kg}
    return {name: value for name, value in known.items() if value is not None}


def box(*lines: dict[str, object], is_lcl: bool = False, **given: object) -> Case:
    return case(standing(lines=lines, **given), is_lcl=is_lcl)


def risk(judged: Case, rules: Ruleset) -> Risk:
    return risk_of(compile_ruleset(rules).risk, judged.container, standing=judged.standings[0])


def test_a_risk_is_the_sum_of_its_terms_on_the_riskiest_line():
    assert risk(box(line(0.5)), scored()) == Risk(0.75, 0.75)
    assert risk(box(line(0.5), is_lcl=True), scored()) == Risk(1.0, 1.0)
    assert risk(box(line(0.1), line(0.25), line(0.2)), scored()) == Risk(0.25, 0.25)


def test_a_missing_value_counts_as_the_table_says_and_leaves_open_what_it_might_have_been():
    assert risk(box(line(0.5, per_kg=None)), scored()) == Risk(0.5, 1.0)
    assert risk(box(line(None, per_kg=0.0)), scored()) == Risk(0.0, 2.0)
    assert risk(box(line(0.5)), scored(risk=[*SCORE, {"fact": "gross_mass_kg", "weight": 1e-9}])) == Risk(
        0.75, math.inf
    )
    assert risk(box(), scored()) == Risk(-0.5, 2.0)


def test_a_declaration_of_enough_risk_is_inspected_instead_of_released():
    assert decided(box(line(0.375)), scored()) == Outcome(
        Route.INSPECTION, Reason.RULE, Route.INSPECTION, is_precautionary=True, rows=((KEY, "top-up"),)
    )
    assert decided(box(line(0.37)), scored()) == Outcome(
        Route.DIRECT_RELEASE, Reason.RULE, Route.DIRECT_RELEASE, rows=((KEY, "direct-release"),)
    )


def test_only_its_own_lane_is_topped_up():
    for code, route in (("7204", "SCAN"), ("9403", "YARD"), ("3915", "HOLD")):
        risky = box(line(1.0, hs_code=f"{code}20"))
        assert decided(risky, scored()).route is Route(route)
        topped = decided(risky, scored(lane=route) if route != "HOLD" else scored())
        assert topped.route is (Route.HOLD if route == "HOLD" else Route.INSPECTION)


def test_the_draw_comes_first_so_that_the_drawn_share_is_a_sample_of_the_whole_lane():
    drawn = decided(box(line(1.0)), scored(), draw=0.0199)
    assert (drawn.route, drawn.reason, drawn.rows) == (Route.INSPECTION, Reason.RANDOM, ((KEY, "direct-release"),))
    assert decided(box(line(1.0)), scored(), draw=0.02).rows == ((KEY, "top-up"),)


@pytest.mark.parametrize("draw", [math.nan, 1.0, -0.1])
def test_a_risk_does_not_stand_in_for_a_broken_draw(draw: float):
    outcome = decided(box(line(1.0)), scored(), draw=draw)
    assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.RULE_FAULT)


def test_nothing_is_topped_up_that_is_inspected_at_destination_or_that_customs_has_freed():
    there = box(line(1.0), inspect_at=InspectAt.DESTINATION)
    assert decided(there, scored()).route is Route.DIRECT_RELEASE
    assert decided(box(line(1.0), status="RELEASED"), scored()).reason is Reason.RELEASED


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1, "0.2", True, None, {"a": 1}])
def test_an_unreadable_term_holds_the_box(value: object):
    told = standing(lines=[line(0.1), {**TOYS, "hs_origin_find_rate": value, "value_per_kg": 1.0}])
    assert decided(case(told), scored()) == Outcome(
        Route.HOLD,
        Reason.RULE_FAULT,
        Route.HOLD,
        rows=((KEY, None),),
        undetermined=("hs_origin_find_rate",),
        alerts=(Alert.RULE_FAULT,),
    )


def test_a_risk_beyond_all_numbers_holds_the_box():
    rules = scored(risk=[{"fact": "gross_mass_kg", "weight": 1e300}, {"fact": "vgm_kg", "weight": -1e300}])
    heavy = case(standing(), gross_mass_kg=1e10, vgm_kg=1e10)
    assert (decided(heavy, rules).route, decided(heavy, rules).reason) == (Route.HOLD, Reason.RULE_FAULT)


@pytest.mark.parametrize(
    ("lane", "code", "route"),
    [("DIRECT_RELEASE", "950300", Route.YARD), ("YARD", "940300", Route.YARD), ("SCAN", "720449", Route.HOLD)],
)
def test_a_missing_term_that_might_have_topped_up_is_a_missing_fact(lane: str, code: str, route: Route):
    assert decided(box(line(None, hs_code=code)), scored(lane=lane)) == Outcome(
        route,
        Reason.FACTS_MISSING,
        route,
        rows=((KEY, None),),
        undetermined=("hs_origin_find_rate",),
        alerts=(Alert.FACTS_MISSING,),
    )


def test_a_missing_term_that_could_not_have_topped_up_changes_nothing():
    assert decided(box(line(0.2, per_kg=None)), scored()).route is Route.DIRECT_RELEASE
    feared = [SCORE[0] | {"missing": 1}, *SCORE[1:]]
    assert decided(box(line(None)), scored(risk=feared)).rows == ((KEY, "top-up"),)


def test_a_fact_at_the_wrong_level_is_no_fact():
    misplaced = Case(
        "CSQU3054383",
        {"hs_origin_find_rate": 0.0, "is_lcl": False, "hs_code": "720449"},
        (standing(lines=[{"value_per_kg": 1.0}]),),
    )
    assert risk(misplaced, scored()) == Risk(-0.125, 1.875)
    assert next(one.verdict for one in explain(misplaced, scored(), {})) is Verdict.UNDETERMINED


def test_a_broken_term_holds_every_box():
    rules = scored()
    for broken in (
        rules.model_copy(update={"risk": (rules.risk[0].model_copy(update={"weight": math.nan}),)}),
        rules.model_copy(update={"risk": (rules.risk[0].model_copy(update={"missing": "much"}),)}),
        rules.model_copy(update={"risk": (rules.risk[0].model_copy(update={"fact": "colour"}),)}),
        rules.model_copy(update={"risk": ()}),
        rules.model_copy(update={"risk": (SimpleNamespace(),)}),
        rules.model_copy(update={"lanes": (rules.lanes[0].model_copy(update={"top_up_from": math.nan}),)}),
        rules.model_copy(update={"lanes": (rules.lanes[0].model_copy(update={"minimum_random_rate": math.nan}),)}),
    ):
        outcome = decided(box(line(0.0)), broken)
        assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.RULE_FAULT)


# Why, and why not.


def top_up(judged: Case, rules: Ruleset, draw: float = 0.5) -> RowVerdict:
    return explain(judged, rules, {KEY: draw})[-1]


def test_the_top_up_is_explained_beside_the_draw():
    hit, missed = top_up(box(line(0.5)), scored()), top_up(box(line(0.1)), scored())
    score = of_risk((find_fact(term.fact), term) for term in scored().risk)
    words = (
        f"对拟直提直装的箱，凡风险分不低于 0.5 的查验。{score.zh}",
        f"Of what would go to direct release, whatever has a risk of 0.5 or more goes to inspection. {score.en}",
    )
    assert hit == RowVerdict(KEY, 0, "top-up", Verdict.MATCHED, True, (), words)
    assert (missed.verdict, missed.is_first) == (Verdict.NOT_MATCHED, False)
    assert [(one.obstacle, *one.sentence) for one in missed.why_not] == [
        (
            Obstacle.OTHER_VALUE,
            "风险分：-0.05；规则要求：风险分不低于 0.5",
            "risk: -0.05; the rule asks: a risk of 0.5 or more",
        )
    ]


def test_a_drawn_declaration_is_not_topped_up_as_well():
    draw, topped = explain(box(line(0.5)), scored(), {KEY: 0.0})[-2:]
    assert [(one.row, one.verdict, one.is_first) for one in (draw, topped)] == [
        ("random", Verdict.MATCHED, True),
        ("top-up", Verdict.MATCHED, False),
    ]


def test_an_undetermined_top_up_names_what_is_missing_or_unreadable():
    unknown = top_up(box(line(None), line(0.1, per_kg="cheap")), scored())
    assert (unknown.verdict, unknown.is_first) == (Verdict.UNDETERMINED, False)
    assert [(one.obstacle, *one.sentence) for one in unknown.why_not] == [
        (
            Obstacle.MISSING,
            "该税号及原产国查获率：尚无数据",
            "find rate of the HS code and origin: not reported yet",
        ),
        (
            Obstacle.UNREADABLE,
            "每千克申报价格：cheap，无法识别",
            "declared value per kg: cheap, which cannot be read",
        ),
    ]


def test_a_risk_is_told_share_by_share():
    declared = Standing("B", "D", standing().status, facts=standing().facts, lines=(line(0.5), line(None)))
    [first, second] = risks(case(declared, is_lcl=True), scored())
    assert (first.declaration, first.line, first.counted) == ("D", 1, 1.0)
    assert [(one.spec.name, one.value, one.counted) for one in first.shares] == [
        ("hs_origin_find_rate", 0.5, 1.0),
        ("is_lcl", True, 0.25),
        ("value_per_kg", 2.0, -0.25),
    ]
    assert [one.is_missing for one in second.shares] == [True, False, False]
    assert risks(case(), ruleset(row("SCAN", asks("direction", "equals", "IMPORT")))) == ()


def test_a_score_is_one_chinese_and_one_english_sentence():
    terms = [(find_fact(term.fact), term) for term in scored().risk]
    said = of_risk(terms)
    assert said.zh == (
        "风险分为以下各项之和：该税号及原产国查获率 × 2（尚无数据时按 0 计）；是拼箱时计 0.25（尚无数据时按 0 计）；"
        "每千克申报价格 × -0.125（尚无数据时按 4 计）。多项商品取最高者。"
    )
    assert said.en == (
        "The risk is the sum of 2 × the find rate of the HS code and origin (not reported: counted as 0); "
        "0.25 if it is a shared box (LCL) (not reported: counted as 0); "
        "-0.125 × the declared value per kg (not reported: counted as 4). Of several goods lines the highest counts."
    )


def test_the_compiler_says_that_it_tops_up():
    assert COMPILER_VERSION == "sets-2"
