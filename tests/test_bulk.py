"""The second compiler: many cases at once, each decided exactly as it would be live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from build_bulk import Drawn, Told, crowds, judgements, live, long_rulesets, risk
from build_diversion import (
    GRANITE,
    NOT_DRAWN,
    TABLE,
    TOYS,
    asks,
    case,
    granite,
    row,
    ruleset,
    rulesets,
    site,
    standing,
    undeclared,
)  # fmt: skip
from events.types import InspectAt, Route
from port.diversion import decide
from port.diversion.bulk import decide_bulk, frame_of, judge_bulk
from port.diversion.case import Case, Needs
from port.diversion.checks import RulesetInvalid
from port.diversion.table import Ruleset

pytestmark = pytest.mark.slow


def bulk(told: Drawn, rules: Ruleset) -> list[Told]:
    frame = frame_of((one for one, _ in told), (draws for _, draws in told))
    return [Told(*line) for line in decide_bulk(frame, rules).iter_rows()]


def alone(told: Drawn, rules: Ruleset) -> list[Told]:
    return [live(one, rules, draws) for one, draws in told]


def not_drawn(*cases: Case) -> Drawn:
    return [(one, dict.fromkeys((standing.key for standing in one.standings), NOT_DRAWN)) for one in cases]


@pytest.mark.slow
@settings(max_examples=500)
@given(crowds(), rulesets(risk=True))
def test_many_cases_at_once_are_decided_as_each_would_be_live(told: Drawn, rules: Ruleset):
    assert bulk(told, rules) == alone(told, rules)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=20_000)
@given(crowds(), rulesets(risk=True))
def test_so_they_are_by_twenty_thousand_tables(told: Drawn, rules: Ruleset):
    assert bulk(told, rules) == alone(told, rules)


@settings(max_examples=30)
@given(crowds(), long_rulesets())
def test_a_table_may_be_longer_than_a_word_of_bits(told: Drawn, rules: Ruleset):
    assert bulk(told, rules) == alone(told, rules)


@settings(max_examples=50)
@given(crowds(), rulesets(risk=True))
def test_declarations_are_judged_at_once_as_each_would_be_live(told: Drawn, rules: Ruleset):
    frame = frame_of((one for one, _ in told), (draws for _, draws in told))
    assert list(judge_bulk(frame, rules).iter_rows()) == [
        (
            number,
            judgement.route.value,
            judgement.reason.value,
            judgement.row,
            risk(one, declaration, rules),
            list(judgement.undetermined),
        )
        for number, (one, draws) in enumerate(told)
        if live(one, rules, draws).reason not in ("CUSTOMS_ORDER", "DIRECTION_UNKNOWN", "NOT_DECLARED")
        for declaration, judgement in judgements(one, rules, draws)
    ]


def test_what_customs_says_comes_before_the_table():
    told = not_drawn(
        case(standing("INSPECTION_ORDERED"), granite()),
        case(standing("INSPECTION_ORDERED", inspect_at=InspectAt.DESTINATION)),
        case(standing(), undeclared()),
        case(standing("RELEASED"), standing("NO_INSPECTION", declaration="D-2")),
        case(standing("RELEASED"), granite()),
        case(is_direction_known=False),
        Case("CSQU3054383"),
    )
    assert [line[:4] for line in bulk(told, TABLE)] == [
        ("INSPECTION", "INSPECTION", "CUSTOMS_ORDER", None),
        ("DIRECT_RELEASE", "DIRECT_RELEASE", "RULE", "direct-release"),
        ("YARD", "YARD", "NOT_DECLARED", None),
        ("DIRECT_RELEASE", "DIRECT_RELEASE", "NO_INSPECTION", None),
        ("INSPECTION", "INSPECTION", "RULE", "inspection"),
        ("YARD", "YARD", "DIRECTION_UNKNOWN", None),
        ("YARD", "YARD", "NOT_DECLARED", None),
    ]


def test_a_place_that_does_not_suit_holds_the_box_and_a_full_one_does_not_exist():
    stone = row("INSPECTION", asks("hs_code", "prefix", ["6802"]))
    rules = ruleset(stone, sites=[site("XMCY1", "INSPECTION", bays=1), site("XMYARD", "YARD")])
    told = not_drawn(case(granite()), case(granite()), case(granite(), needs=Needs(("3",))), case(needs=Needs(("3",))))
    assert bulk(told, rules) == alone(told, rules)
    assert [line[:3] for line in bulk(told, rules)] == [
        ("INSPECTION", "INSPECTION", "RULE"),
        ("INSPECTION", "INSPECTION", "RULE"),
        ("HOLD", "INSPECTION", "RULE"),
        ("HOLD", "YARD", "RULE"),
    ]


def test_of_a_box_with_too_many_lines_the_rest_is_held():
    goods = standing(declaration="D-LONG", lines=[TOYS] * decide.MOST_LINES)
    freed = standing("RELEASED", declaration="D-FREED", lines=[TOYS] * decide.MOST_LINES)
    told = not_drawn(case(granite(), goods), case(granite(), freed), case(goods))
    assert bulk(told, TABLE)[0][:4] == ("HOLD", "HOLD", "RULE_FAULT", None)
    assert [line[2] for line in bulk(told, TABLE)] == ["RULE_FAULT", "RULE", "RULE_FAULT"]


def test_a_box_is_drawn_as_it_was_live():
    rules = ruleset(
        row("DIRECT_RELEASE", asks("origin_country", "in", ["VN"])),
        lanes=[{"route": "DIRECT_RELEASE", "minimum_random_rate": 0.1}],
    )
    told = [(case(standing(declaration="D")), {"D": draw} if draw is not None else {}) for draw in (0.05, 0.1, None, 1)]
    assert [line[:4] for line in bulk(told, rules)] == [
        ("INSPECTION", "INSPECTION", "RANDOM", "direct-release"),
        ("DIRECT_RELEASE", "DIRECT_RELEASE", "RULE", "direct-release"),
        ("HOLD", "HOLD", "RULE_FAULT", None),
        ("HOLD", "HOLD", "RULE_FAULT", None),
    ]


def test_no_case_at_all_is_a_frame_too():
    assert decide_bulk(frame_of([]), TABLE).is_empty()
    assert judge_bulk(frame_of([Case("CSQU3054383")]), TABLE).is_empty()


def test_a_table_that_makes_no_sense_is_refused():
    released = TABLE.model_copy(update={"default": TABLE.default.model_copy(update={"route": Route.DIRECT_RELEASE})})
    with pytest.raises(RulesetInvalid):
        decide_bulk(frame_of([case()]), released)


def test_a_frame_gives_back_a_case_that_is_decided_alike():
    told = not_drawn(
        case(standing("SCAN_ORDERED"), standing(declaration="D-2", lines=[GRANITE, TOYS])), case(undeclared()), case()
    )
    frame = frame_of((one for one, _ in told), (draws for _, draws in told))
    back = [(frame.case(number), dict(frame.draws_of(number))) for number in range(len(frame))]
    assert alone(back, TABLE) == alone(told, TABLE)
