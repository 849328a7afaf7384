"""Rules that fail, at the doors: no box is freed by them, and a decision says why and why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_diversion import asks, row
from build_diverting import (
    alerts,
    decisions,
    declare,
    port_with,
    told,
)
from build_port import (
    BILL,
    NUMBER,
    TestPort,
    discharged,
)

FREE = row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"))
FAULTS = [
    # Whether it holds depends on a fact nobody told: the box may not go free.
    [row("HOLD", asks("consignee_credit_grade", "equals", "DISTRUSTED")), FREE],
    [row("INSPECTION", asks("gross_mass_kg", "at_least", 30000)), FREE],
    # A mass of nothing: the value per kilo is nobody's to know.
    [row("SCAN", asks("value_per_kg", "less", 1)), FREE],
]


@pytest.mark.parametrize("rows", FAULTS, ids=["no credit grade", "no mass", "division by zero"])
def test_a_rule_that_cannot_be_answered_frees_no_box(tmp_path: Path, rows: list[dict[str, object]]):
    line = {"hsCode": "9403600000", "netMassKg": 0, "declaredValue": 1000, "currency": "USD"}
    with port_with(tmp_path, *rows) as port:
        declare(port, consignee={"code": "CONSIGNEE"}, lines=[line])
        given = told(port.gate(discharged()))
        assert given is not None
        assert (given[1], given[3]) in {("HOLD", "FACTS_MISSING"), ("YARD", "FACTS_MISSING")}
        assert ("FACTS_MISSING", "") in alerts(port)


@pytest.mark.parametrize("rows", FAULTS, ids=["no credit grade", "no mass", "division by zero"])
def test_an_order_routes_whatever_is_wrong_with_the_rules(tmp_path: Path, rows: list[dict[str, object]]):
    with port_with(tmp_path, *rows) as port:
        declare(port, "SCAN_ORDERED", consignee={"code": "CONSIGNEE"}, lines=[])
        given = told(port.gate(discharged()))
        assert given is not None
        assert (given[1], given[3]) == ("SCAN", "CUSTOMS_ORDER")


def test_a_release_by_customs_needs_no_rule(tmp_path: Path):
    with port_with(tmp_path, *FAULTS[0]) as port:
        declare(port, "RELEASED", consignee=None)
        assert told(port.gate(discharged())) == ("DISCHARGE", "DIRECT_RELEASE", None, "RELEASED")


def test_a_draw_is_inherited_by_the_decisions_that_follow(tmp_path: Path):
    lanes = [{"route": "DIRECT_RELEASE", "minimum_random_rate": 1}]
    with port_with(tmp_path, FREE, lanes=lanes) as port:
        declare(port)
        assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", None, "RANDOM")
        drawn = [
            port.get(f"/v1/decisions/{one['decisionID']}", role="customs").json()["draws"] for one in decisions(port)
        ]
        assert list(drawn[0]) == [NUMBER]
        assert all(draws == drawn[0] for draws in drawn)


def test_a_decision_says_why_and_why_not(port: TestPort):
    declare(port)
    port.gate(discharged())
    [decision] = decisions(port, state="current")
    told = port.get(f"/v1/decisions/{decision['decisionID']}", role="customs").json()
    assert told["matchedRows"] == [{"declaration": NUMBER, "row": "ordinary-in-advance"}]
    [matched] = [verdict for verdict in told["rows"] if verdict["matched"]]
    assert (matched["row"], matched["whyNot"]) == ("ordinary-in-advance", [])
    others = [verdict for verdict in told["rows"] if verdict["verdict"] == "NOT_MATCHED"]
    assert others
    assert all(why["zh"] and why["en"] for verdict in others for why in verdict["whyNot"])
    assert told["declarations"] == [{"document": BILL, "declaration": NUMBER, "status": "DECLARED"}]
    assert (told["rulesetAvailable"], told["compilerVersion"], len(told["rulesetHash"])) == (
        True,
        decision["compilerVersion"],
        64,
    )
