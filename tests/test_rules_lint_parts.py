"""Lint beside the order of rows: ranges, lists, lanes, sites, tests, missing facts; and the list of its codes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given

from build_diversion import GRANITE, WORDS, asks, case, row, ruleset, rulesets, site, standing, undeclared, written
from events.types import Route
from port.diversion.checks import RulesetInvalid
from port.diversion.documents import load_file
from port.diversion.lint import lint, notes, of_problems
from port.diversion.lint_parts import missing_rates
from port.diversion.lint_problems import both
from port.diversion.lint_words import SEVERITIES, Code
from port.diversion.table import Ruleset, Words
from port.diversion.testing import Expected, TestCase

HEAVY = asks("gross_mass_kg", "at_least", 20000)
STONE = asks("hs_code", "prefix", list="stone")
PORT = Path(__file__).parents[1] / "port" / "diversion"
RISK = {"fact": "hs_origin_find_rate", "weight": 1.0}


def named(name: str, *values: str) -> dict[str, object]:
    return {"name": name, "title": WORDS, "values": list(values)}


def found(rules: Ruleset, code: Code, **given: object) -> list[tuple[str, str, str]]:
    """(row, column, message) of the findings of this code."""
    return [(one.row, one.column, one.message.en) for one in lint(rules, **given) if one.code is code]  # type: ignore[arg-type]  # few arguments of one kind each


def split_at(lower: tuple[str, object], upper: tuple[str, object], fact: str = "gross_mass_kg", **more: str) -> Ruleset:
    first, second = (asks(fact, operator, value) for operator, value in (lower, upper))
    rest = [asks("origin_country", "equals", more["origin"])] if more else []
    return ruleset(row("YARD", first, id="light"), row("SCAN", second, *rest, id="heavy"))


def test_a_crack_between_ranges_meant_to_join_is_told():
    rules = split_at(("between", [0, 999]), ("at_least", 1000))
    assert found(rules, Code.RANGES_APART) == [
        (
            "heavy",
            "gross_mass_kg",
            "Leaves a crack to light: a gross mass between 999 kg and 1,000 kg is in neither row.",
        )
    ]


@pytest.mark.parametrize(
    "rules",
    [
        split_at(("less", 1000), ("at_least", 1000)),
        split_at(("less", 1000), ("at_least", 5000)),
        split_at(("less", 0.06), ("at_least", 0.85), "hs_origin_find_rate"),
        split_at(("between", [0, 9]), ("at_least", 10), "seal_count"),
        split_at(("between", [0, 999]), ("at_least", 1000), origin="IN"),
    ],
)
def test_ranges_that_join_or_are_not_meant_to_are_fine(rules: Ruleset):
    assert found(rules, Code.RANGES_APART) == []
    assert found(rules, Code.RANGES_MEET) == []


def test_ranges_that_share_their_bound_are_told():
    rules = split_at(("between", [0, 1000]), ("between", [1000, 2000]))
    assert found(rules, Code.RANGES_MEET) == [
        (
            "heavy",
            "gross_mass_kg",
            "Shares the bound 1,000 kg with light: a gross mass of just that is decided by the row above.",
        )
    ]


def test_a_list_no_row_names_is_told():
    rules = ruleset(row("SCAN", STONE), lists=[named("stone", "6802"), named("ore", "2601")])
    assert found(rules, Code.UNUSED_LIST) == [("lists", "ore", "No row uses this list.")]


def test_a_beginning_behind_a_shorter_one_is_told():
    rules = ruleset(
        row("SCAN", STONE, asks("dangerous_goods_classes", "prefix", ["2", "2.1"])),
        row("HOLD", asks("origin_country", "in", list="places"), id="places"),
        lists=[named("stone", "680223", "6801", "6802"), named("places", "IN", "VN")],
    )
    assert found(rules, Code.VALUE_SWALLOWED) == [
        ("scan", "dangerous_goods_classes", "“2.1” is within “2”: it adds nothing."),
        ("lists", "stone", "“680223” is within “6802”: it adds nothing."),
    ]


def test_a_list_that_is_also_asked_whole_swallows_nothing():
    whole = asks("hs_code", "in", list="stone")
    rules = ruleset(row("SCAN", STONE), row("HOLD", whole), lists=[named("stone", "680223", "68022310")])
    assert found(rules, Code.VALUE_SWALLOWED) == []


def test_a_lane_nothing_is_drawn_from_is_told():
    lanes = [{"route": "YARD", "minimum_random_rate": 0}, {"route": "SCAN", "minimum_random_rate": 0.01}]
    rules = ruleset(row("DIRECT_RELEASE", HEAVY), row("SCAN", STONE), lanes=lanes, lists=[named("stone", "6802")])
    assert [column for _, column, _ in found(rules, Code.NO_RANDOM_FLOOR)] == ["DIRECT_RELEASE", "YARD"]


@pytest.mark.parametrize(
    ("lane", "risk", "code"),
    [
        ({"expected_rate": 0.05}, [], Code.EXPECTED_WITHOUT_TOP_UP),
        ({}, [RISK], Code.RISK_WITHOUT_TOP_UP),
        ({"expected_rate": 0.05, "top_up_from": 0.5}, [RISK], None),
    ],
)
def test_a_wish_for_inspections_that_comes_to_nothing_is_told(
    lane: Mapping[str, object], risk: list[object], code: Code | None
):
    rules = ruleset(row("YARD", HEAVY), lanes=[{"route": "YARD", "minimum_random_rate": 0.01, **lane}], risk=risk)
    told = [one.code for one in lint(rules) if one.row in ("lanes", "risk")]
    assert told == ([code] if code else [])


def test_a_route_no_site_serves_is_an_error_for_a_table_that_keeps_places():
    rows = [row("SCAN", HEAVY), row("INSPECTION", asks("is_lcl", "equals", True))]
    assert found(ruleset(*rows), Code.NO_SITE) == []
    assert [column for _, column, _ in found(ruleset(*rows, sites=[site("A", "SCAN")]), Code.NO_SITE)] == ["INSPECTION"]
    drawn = ruleset(rows[0], sites=[site("A", "SCAN")], lanes=[{"route": "YARD", "minimum_random_rate": 0.01}])
    assert [column for _, column, _ in found(drawn, Code.NO_SITE)] == ["INSPECTION"]


def test_a_site_that_inspects_at_a_pace_nobody_knows_is_told():
    sites = [site("A", "SCAN"), site("B", "YARD"), site("C", "INSPECTION", capacity_per_hour=12)]
    assert [column for _, column, _ in found(ruleset(row("SCAN", HEAVY), sites=sites), Code.CAPACITY_UNKNOWN)] == ["A"]


def test_a_row_no_test_leads_to_is_told():
    rules = ruleset(row("SCAN", HEAVY), row("HOLD", asks("hs_code", "prefix", ["6802"])))
    box = case(standing(lines=[GRANITE]), gross_mass_kg=100)
    test = TestCase("granite", Words(zh="石", en="granite"), box, Expected(Route.YARD))
    assert [place for place, _, _ in found(rules, Code.UNTESTED, tests=[test])] == ["scan", "default"]
    assert [place for place, _, _ in found(rules, Code.UNTESTED)] == ["scan", "hold", "default"]


def test_a_fact_that_is_often_missing_is_told_by_row():
    lanes = [{"route": "YARD", "minimum_random_rate": 0.01, "top_up_from": 0.5}]
    rules = ruleset(row("SCAN", HEAVY, asks("is_lcl", "equals", False)), lanes=lanes, risk=[RISK])
    boxes = [case(gross_mass_kg=100), case(), case(undeclared())]
    rates = missing_rates(boxes)
    assert (rates["gross_mass_kg"], rates["is_lcl"], rates["hs_code"], rates["quantity"]) == (
        pytest.approx(2 / 3),
        0,
        0,
        1,
    )
    assert found(rules, Code.OFTEN_MISSING, missing=rates) == [
        (
            "scan",
            "gross_mass_kg",
            "The gross mass is missing in 66.7% of what was decided: such boxes are left undetermined here.",
        ),
        (
            "risk",
            "hs_origin_find_rate",
            (
                "The find rate of the HS code and origin is missing in 100.0% of what was decided:"
                " such boxes are left undetermined here."
            ),
        ),
    ]
    assert missing_rates([]) == {}


def test_a_table_that_makes_no_sense_is_told_cell_by_cell_and_looked_at_no_further():
    sound = ruleset(row("SCAN", HEAVY))
    broken = sound.model_copy(update={"rows": (sound.rows[0], sound.rows[0])})
    assert [(one.severity, one.code, one.row, one.column) for one in lint(broken)] == [
        ("ERROR", "INVALID", "scan", "id")
    ]
    assert notes(broken) == ()
    with pytest.raises(RulesetInvalid) as refused:
        load_file(json.dumps(written(row("SCAN", asks("gross_mass_kg", "less", "5")))))
    [one] = of_problems(refused.value.problems)
    assert (one.code, one.row, one.column, one.message.en) == (
        Code.INVALID,
        "scan",
        "gross_mass_kg",
        "'5' is no gross mass",
    )


@given(rulesets(lanes=True))
def test_errors_come_first_and_each_finding_can_be_told_as_json(rules: Ruleset):
    told = [one.to_json() for one in (*lint(rules), *notes(rules))]
    order = ["ERROR", "WARNING", "NOTE"]
    assert [one["severity"] for one in told] == sorted((one["severity"] for one in told), key=order.index)
    for one in told:
        assert json.loads(json.dumps(one)) == one
        assert one["message"]["zh"]
        assert one["message"]["en"]


def test_what_a_table_is_refused_for_is_said_in_chinese():
    messages = {one for name in ("checks", "limits") for one in said_by(PORT / f"{name}.py")}
    assert len(messages) > 30
    assert [one for one in messages if both(one).zh.startswith("格式不符")] == []
    assert both("'5' is no gross mass") == ("'5' 不是有效的“毛重”", "'5' is no gross mass")
    assert both("Field required").zh == "格式不符：Field required"


def said_by(path: Path) -> Iterator[str]:
    """Every text with a space that a function of the module hands out, with 7 for each value in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    shown = {
        id(node)
        for one in nodes
        if isinstance(one, ast.FunctionDef) and one.name == "__str__"
        for node in ast.walk(one)
    }
    handed = [node for one in nodes if isinstance(one, ast.Return | ast.Yield) for node in ast.walk(one)]
    parts = {id(part) for one in handed if isinstance(one, ast.JoinedStr) for part in ast.walk(one) if part is not one}
    for node in handed:
        if isinstance(node, ast.JoinedStr) and id(node) not in shown | parts:
            yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
        elif isinstance(node, ast.Constant) and " " in str(node.value) and id(node) not in parts:
            yield node.value


def test_a_finding_is_told_as_the_interface_has_it():
    goods = asks("dangerous_goods_classes", "prefix", ["1"])
    rules = ruleset(row("YARD", goods), row("HOLD", goods, asks("is_lcl", "equals", True)))
    [one] = [one for one in lint(rules) if one.code is Code.SHADOWED]
    assert one.to_json() == {
        "severity": "ERROR",
        "code": "SHADOWED",
        "row": "hold",
        "column": "",
        "message": one.message._asdict(),
        "example": {"dangerous_goods_classes": ["1"], "is_lcl": True},
        "otherRow": "yard",
    }


def test_the_docs_explain_every_code_with_its_severity():
    page = (Path(__file__).parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([A-Z_]+)` \| (ERROR|WARNING|NOTE) \|", page, flags=re.MULTILINE)
    assert told == [(code.value, SEVERITIES[code].value) for code in Code]
