"""The diversion as terminals, customs and forwarders meet it at the doors: the points, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from build_diverting import (
    OTHER,
    SECOND_NUMBER,
    decisions,
    declare,
    export_papers,
    gated_in,
    instructions,
    lives,
    told,
)
from build_port import (
    BOX,
    TestPort,
    at,
    declaration,
    discharged,
    manifest,
    moved,
    notice,
)

# Import


def test_a_box_declared_in_advance_is_routed_by_the_table_as_it_is_discharged(either_port: TestPort):
    declare(either_port)
    answer = either_port.gate(discharged())
    assert told(answer) == ("DISCHARGE", "DIRECT_RELEASE", None, "RULE")
    [listed] = instructions(either_port, "ISSUED")
    given = answer["results"][0]["instruction"]
    assert {name: listed[name] for name in given} == given
    assert (listed["equipmentReference"], listed["facilityCode"], listed["state"]) == (BOX, "XMHT", "ISSUED")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["ACCEPTED"], ("DISCHARGE", "DIRECT_RELEASE", None, "RULE")),
        (["ACCEPTED", "UNDER_REVIEW"], ("DISCHARGE", "YARD", None, "RULE")),
        (["ACCEPTED", "NO_INSPECTION"], ("DISCHARGE", "DIRECT_RELEASE", None, "NO_INSPECTION")),
        (["ACCEPTED", "RELEASED"], ("DISCHARGE", "DIRECT_RELEASE", None, "RELEASED")),
        (["ACCEPTED", "SCAN_ORDERED"], ("DISCHARGE", "SCAN", "XMSC1", "CUSTOMS_ORDER")),
        (["ACCEPTED", "INSPECTION_ORDERED"], ("DISCHARGE", "INSPECTION", "XMCY1", "CUSTOMS_ORDER")),
        (["RELEASED", "HELD"], ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")),
        (["HELD", "RELEASED"], ("DISCHARGE", "DIRECT_RELEASE", None, "RELEASED")),
        (["INSPECTION_ORDERED", "INSPECTION_FINISHED"], ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")),
        (["ACCEPTED", "REJECTED"], ("DISCHARGE", "YARD", None, "NOT_DECLARED")),
        (["ACCEPTED", "CANCELLED"], ("DISCHARGE", "YARD", None, "NOT_DECLARED")),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, list) else "",
)
def test_what_customs_says_goes_before_the_table(port: TestPort, statuses: list[str], expected: tuple[Any, ...]):
    declare(port, *statuses)
    assert told(port.gate(discharged())) == expected


def test_a_finished_inspection_that_passed_waits_for_the_release_in_the_yard(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    port.customs(notices=[notice("INSPECTION_FINISHED", result="PASS")])
    assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "RULE")


def test_every_bill_needs_a_declaration(port: TestPort):
    declare(port, "RELEASED")
    port.customs(manifests=[manifest(transportDocumentReference="SECOND-BILL-1")])
    assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "NOT_DECLARED")


def test_an_order_on_one_bill_routes_the_whole_box(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    port.customs(manifests=[manifest(transportDocumentReference="SECOND-BILL-1")])
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "XMCY1", "CUSTOMS_ORDER")


def test_of_several_declarations_the_strictest_word_wins(port: TestPort):
    declare(port, "SCAN_ORDERED")
    second = declaration(declarationNumber=SECOND_NUMBER, transportDocumentReference="SECOND-BILL-1")
    port.customs(declarations=[second], notices=[notice("INSPECTION_ORDERED", declarationNumber=SECOND_NUMBER)])
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "XMCY1", "CUSTOMS_ORDER")


def test_released_and_unspoken_for_together_are_judged_by_the_table(port: TestPort):
    declare(port, "RELEASED")
    second = declaration(declarationNumber=SECOND_NUMBER, transportDocumentReference="SECOND-BILL-1", mode="ARRIVAL")
    port.customs(declarations=[second])
    assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "RULE")


def test_a_place_under_suspicion_is_precautionary_until_customs_orders_it(port: TestPort):
    declare(port, lines=[{"hsCode": "6802231000", "originCountry": "IN", "netMassKg": 24000}])
    first = port.gate(discharged())
    assert told(first) == ("DISCHARGE", "INSPECTION", "XMCY1", "RULE")
    assert decisions(port)[0]["isPrecautionary"] is True
    assert port.container(BOX)["headline"]["code"] == "AWAITING_ORDER"
    port.customs(notices=[notice("INSPECTION_ORDERED")])
    [listed] = instructions(port)
    assert listed["instructionID"] == first["results"][0]["instruction"]["instructionID"]
    assert (listed["state"], listed["reason"]) == ("ISSUED", "CUSTOMS_ORDER")
    assert decisions(port)[0]["isPrecautionary"] is False


def test_an_undeclared_box_goes_to_the_yard_and_is_instructed_anew_once_it_is_declared(either_port: TestPort):
    port = either_port
    assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "NOT_DECLARED")
    port.clock.forward(hours=3)
    answer = port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("INSPECTION_ORDERED")])
    assert lives(port) == [
        ("YARD", "CANCELLED", "SUPERSEDED"),
        ("DIRECT_RELEASE", "CANCELLED", "SUPERSEDED"),
        ("INSPECTION", "ISSUED", None),
    ]  # fmt: skip
    given = answer["results"][2]["instruction"]
    assert (given["route"], given["place"], given["reason"]) == ("INSPECTION", "XMCY1", "CUSTOMS_ORDER")
    yard, direct, inspection = instructions(port)
    assert [one["supersededBy"] for one in (yard, direct)] == [direct["instructionID"], inspection["instructionID"]]
    assert [one["supersedes"] for one in (direct, inspection)] == [yard["instructionID"], direct["instructionID"]]


def test_an_executed_instruction_is_left_and_superseded(port: TestPort):
    port.gate(discharged())
    port.clock.forward(minutes=30)
    port.gate(moved("DROP", minutes_ago=-30))
    assert lives(port) == [("YARD", "EXECUTED", None)]
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("SCAN_ORDERED", minutes_ago=-1)])
    yard, *_, scan = instructions(port)
    assert [(one["route"], one["state"]) for one in (yard, scan)] == [("YARD", "EXECUTED"), ("SCAN", "ISSUED")]
    assert yard["supersededBy"] == instructions(port)[1]["instructionID"]
    assert yard["executedAt"] == "2026-11-21T12:30:00Z"


# Export


def test_an_export_box_is_routed_as_the_truck_stands_at_the_gate(either_port: TestPort):
    export_papers(either_port, "ACCEPTED", "INSPECTION_ORDERED")
    assert told(either_port.gate(gated_in())) == ("GATE_IN", "INSPECTION", "XMCY1", "CUSTOMS_ORDER")


def test_an_undeclared_export_box_goes_to_the_yard(port: TestPort):
    assert told(port.gate(gated_in())) == ("GATE_IN", "YARD", None, "NOT_DECLARED")


def test_a_released_export_box_is_loaded_directly(port: TestPort):
    export_papers(port, "RELEASED")
    assert told(port.gate(gated_in())) == ("GATE_IN", "DIRECT_RELEASE", None, "RELEASED")


def test_an_export_box_that_comes_into_the_terminal_again_from_the_site_is_at_no_point(port: TestPort):
    export_papers(port, "INSPECTION_ORDERED")
    port.gate(gated_in(minutes_ago=50))
    port.gate(moved("GTOT", minutes_ago=40, toFacilityCode="XMCY1"))
    port.gate(moved("GTIN", minutes_ago=30), role="depot", party="XMCY1")
    back = port.gate(moved("GTIN", minutes_ago=5, modeOfTransport="TRUCK"))
    assert told(back) is None
    assert len({*back["results"][0]["visitIDs"], port.container(BOX)["visitID"]}) == 1


# Nothing to route


@pytest.mark.parametrize(
    ("event", "direction"),
    [
        (discharged(emptyIndicatorCode="EMPTY"), "IMPORT"),
        (discharged(movementType="TRANSSHIPMENT"), "TRANSSHIPMENT"),
        (discharged(movementType="RESTOW"), "RESTOW"),
        (discharged(movementType="DOMESTIC"), "DOMESTIC"),
        (moved("GTIN", emptyIndicatorCode="EMPTY"), "STORAGE"),
        (moved("GTIN", movementType="STORAGE"), "STORAGE"),
        (moved("GTIN", movementType="DOMESTIC"), "DOMESTIC"),
        (moved("GTIN", movementType="TRANSSHIPMENT"), "TRANSSHIPMENT"),
        (discharged(movementType="DOMESTIC", modeOfTransport="BARGE"), "DOMESTIC"),
        (moved("DROP"), None),
        (moved("LOAD"), "EXPORT"),
        (moved("GTOT"), "IMPORT"),
    ],
)
def test_there_is_no_instruction_for(port: TestPort, event: dict[str, Any], direction: str | None):
    declare(port)
    answer = port.gate(event)
    assert (told(answer), answer["results"][0]["outcome"]) == (None, "accepted")
    assert instructions(port) == []
    assert port.container(BOX)["direction"] == direction


@pytest.mark.parametrize("classifier", ["EST", "PLN"])
def test_a_discharge_that_has_not_happened_is_no_point(port: TestPort, classifier: str):
    declare(port)
    assert told(port.gate(discharged(eventClassifierCode=classifier))) is None
    assert told(port.gate(discharged())) == ("DISCHARGE", "DIRECT_RELEASE", None, "RULE")


def test_a_box_that_does_not_say_it_is_laden_counts_as_laden(port: TestPort):
    assert told(port.gate(discharged(emptyIndicatorCode=None))) == ("DISCHARGE", "YARD", None, "NOT_DECLARED")


@pytest.mark.parametrize("mode", ["BARGE", "RAIL"])
def test_a_box_by_barge_or_rail_that_does_not_say_where_it_goes_is_put_in_the_yard(port: TestPort, mode: str):
    answer = port.gate(moved("GTIN", modeOfTransport=mode))
    assert told(answer) == ("GATE_IN", "YARD", None, "DIRECTION_UNKNOWN")


def test_a_box_off_a_barge_that_says_import_is_routed_like_any_other(port: TestPort):
    declare(port, "RELEASED")
    off = discharged(modeOfTransport="BARGE", movementType="IMPORT")
    assert told(port.gate(off)) == ("DISCHARGE", "DIRECT_RELEASE", None, "RELEASED")


def test_a_discharge_off_a_barge_without_a_direction_is_put_in_the_yard(port: TestPort):
    assert told(port.gate(discharged(modeOfTransport="BARGE"))) == ("DISCHARGE", "YARD", None, "DIRECTION_UNKNOWN")


# Late reports, tellings that come again, and freezing


def test_a_point_reported_after_the_box_has_moved_on_is_late(either_port: TestPort):
    port = either_port
    declare(port)
    port.gate(moved("DROP", minutes_ago=10))
    late = port.gate(discharged(minutes_ago=30))
    assert told(late) is None
    assert late["results"][0]["warnings"] == [{"reason": "LATE_REPORT", "where": "events[0]"}]
    assert instructions(port) == []


def test_a_late_box_with_an_order_is_instructed_by_the_sweep(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    port.gate(moved("DROP", minutes_ago=10), discharged(minutes_ago=30))
    assert instructions(port) == []
    assert port.run_job("decide-overdue") == 1
    assert lives(port) == [("INSPECTION", "ISSUED", None)]
    assert port.run_job("decide-overdue") == 0


def test_the_sweep_leaves_alone_what_nobody_declared_and_what_has_gone(port: TestPort):
    port.gate(moved("DROP", minutes_ago=10), discharged(minutes_ago=30))
    second = {"containers": [OTHER], "transportDocumentReference": "SECOND-BILL-1"}
    port.customs(manifests=[manifest(**second)], declarations=[declaration(declarationNumber=SECOND_NUMBER, **second)])
    port.gate(moved("GTOT", minutes_ago=10, box=OTHER), discharged(minutes_ago=30, box=OTHER))
    assert port.run_job("decide-overdue") == 0
    assert instructions(port) == []


def test_rules_are_asked_again_until_the_point_and_not_after_it(port: TestPort):
    declare(port)
    port.clock.forward(hours=1)
    stone = [{"hsCode": "6802231000", "originCountry": "IN", "netMassKg": 24000}]
    port.customs(declarations=[declaration(lines=stone, declaredAt=at(60))])
    assert [(one["route"], one["reason"]) for one in decisions(port)] == [
        ("INSPECTION", "RULE"),
        ("DIRECT_RELEASE", "RULE"),
    ]
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "XMCY1", "RULE")
    port.customs(declarations=[declaration(declaredAt=at(30))])
    assert lives(port) == [("INSPECTION", "ISSUED", None)]
    assert decisions(port, state="current")[0]["route"] == "INSPECTION"


def test_a_decision_in_advance_instructs_nobody(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    [decision] = decisions(port, state="current")
    assert (decision["route"], decision["point"], decision["isCurrent"]) == ("INSPECTION", None, True)
    assert instructions(port) == []
