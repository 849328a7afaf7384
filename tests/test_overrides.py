"""The officer's override: at the port, in advance, and what it may not do."""

from __future__ import annotations

from typing import Any

import pytest

from build_diverting import (
    decisions,
    declare,
    instructions,
    lives,
    override,
    told,
)
from build_port import (
    TestPort,
    discharged,
    moved,
    notice,
)


def test_an_override_at_the_port_cancels_and_instructs_anew(either_port: TestPort):
    port = either_port
    declare(port)
    port.gate(discharged())
    answer = override(port, "INSPECTION", place="XMCY1")
    made = answer.json()
    assert (answer.status_code, made["route"], made["place"], made["reason"]) == (
        200,
        "INSPECTION",
        "XMCY1",
        "OVERRIDE",
    )
    assert made["override"] == {"by": "CUSTOMS", "reason": "the seal looks odd"}
    assert lives(port) == [("DIRECT_RELEASE", "CANCELLED", "SUPERSEDED"), ("INSPECTION", "ISSUED", None)]
    assert instructions(port)[1]["reason"] == "OVERRIDE"


def test_an_override_before_the_point_holds_at_the_point(port: TestPort):
    declare(port)
    assert override(port, "HOLD").status_code == 200
    assert instructions(port) == []
    assert told(port.gate(discharged())) == ("DISCHARGE", "HOLD", None, "OVERRIDE")


def test_an_order_after_an_override_in_advance_goes_before_it(port: TestPort):
    declare(port)
    override(port, "YARD")
    port.customs(notices=[notice("INSPECTION_ORDERED")])
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "XMCY1", "CUSTOMS_ORDER")


def test_a_box_that_has_gone_cannot_be_overridden(either_port: TestPort):
    port = either_port
    declare(port, "RELEASED")
    port.gate(discharged(minutes_ago=60))
    port.gate(moved("GTOT", minutes_ago=30))
    answer = override(port, "INSPECTION")
    assert (answer.status_code, answer.json()["reason"]) == (409, "BOX_GONE")
    assert lives(port) == [("DIRECT_RELEASE", "EXECUTED", None)]


def test_only_the_decision_in_force_can_be_overridden(port: TestPort):
    declare(port)
    port.gate(discharged())
    first = decisions(port)[0]["decisionID"]
    override(port, "YARD")
    late = port.post(f"/v1/decisions/{first}/override", {"route": "HOLD", "reason": "smells odd"}, role="customs")
    assert late.status_code == 409
    assert lives(port)[-1] == ("YARD", "ISSUED", None)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"route": "HOLD", "reason": " "}, "reason"),
        ({"route": "HOLD"}, "reason"),
        ({"route": "SEA", "reason": "into the water"}, "route"),
        ({"route": "HOLD", "reason": "odd seal", "rule": 3}, "rule"),
    ],
)
def test_an_override_needs_a_route_and_a_written_reason(port: TestPort, body: dict[str, Any], where: str):
    declare(port)
    decision_id = decisions(port)[0]["decisionID"]
    answer = port.post(f"/v1/decisions/{decision_id}/override", body, role="customs")
    assert (answer.status_code, answer.json()["where"]) == (422, where)


@pytest.mark.parametrize("role", ["terminal", "forwarder", "broker", "authority", "admin", "carrier"])
def test_nobody_else_reads_or_overrides_decisions(port: TestPort, role: str):
    declare(port)
    decision_id = decisions(port)[0]["decisionID"]
    body = {"route": "HOLD", "reason": "smells odd"}
    answers = [
        port.get("/v1/decisions", role=role),
        port.get("/v1/alerts", role=role),
        port.get(f"/v1/decisions/{decision_id}", role=role),
        port.get("/v1/decisions/absent", role=role),
        port.post(f"/v1/decisions/{decision_id}/override", body, role=role),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
