"""The diversion as terminals, customs and forwarders meet it at the doors: points, orders, rules, places, overrides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from build_diversion import asks, row, site, written
from build_port import (
    BILL,
    BOX,
    IMO,
    NUMBER,
    TestPort,
    at,
    declaration,
    discharged,
    manifest,
    moved,
    notice,
    running_port,
)

OTHER = "MSCU6639870"
THIRD = "TGHU7654320"
SECOND_NUMBER = "371120261007654321"


@contextmanager
def port_with(folder: Path, *rows: dict[str, object], **parts: Any) -> Iterator[TestPort]:
    """A port on a ruleset of these rows."""
    rules = folder / "rules.json"
    rules.write_text(json.dumps(written(*rows, **parts)), encoding="utf-8")
    with running_port(f"sqlite:///{folder / 'port.db'}", ruleset=rules) as running:
        yield running


def declare(port: TestPort, *statuses: str, **more: Any) -> None:
    """A manifest and an advance declaration, then notices an hour apart, the last one two hours ago."""
    notices = [notice(status, minutes_ago=60 * n) for n, status in enumerate(reversed(statuses), 2)]
    told = port.customs(manifests=[manifest()], declarations=[declaration(**more)], notices=notices[::-1])
    assert {result["outcome"] for result in told["results"]} == {"accepted"}


def told(answer: dict[str, Any], item: int = 0) -> tuple[Any, ...] | None:
    """(point, route, place, reason) of the instruction in an item's answer."""
    given = answer["results"][item]["instruction"]
    return None if given is None else (given["point"], given["route"], given["place"], given["reason"])


def gated_in(**more: Any) -> dict[str, Any]:
    """A laden export box at the gate."""
    return moved("GTIN", **{"vesselIMONumber": IMO, "voyage": "032E", "modeOfTransport": "TRUCK", **more})


def export_papers(port: TestPort, *statuses: str) -> None:
    paper = {"voyage": "032E", "direction": "EXPORT"}
    notices = [notice(status, minutes_ago=60 * n) for n, status in enumerate(reversed(statuses), 2)]
    port.customs(manifests=[manifest(**paper)], declarations=[declaration(**paper)], notices=notices[::-1])


def instructions(port: TestPort, state: str | None = None) -> list[dict[str, Any]]:
    query = f"?state={state}" if state else ""
    return port.get(f"/v1/instructions{query}", role="terminal").json()["instructions"]


def lives(port: TestPort) -> list[tuple[str, str, str | None]]:
    """(route, state, why) of every instruction, oldest first."""
    return [(one["route"], one["state"], one["why"]) for one in instructions(port)]


def decisions(port: TestPort, **query: str) -> list[dict[str, Any]]:
    """Newest first."""
    return port.client.get("/v1/decisions", params=query, headers=port.headers("customs")).json()["decisions"]


def alerts(port: TestPort) -> list[tuple[str, str]]:
    """(code, detail), oldest first."""
    told = port.get("/v1/alerts", role="customs").json()["alerts"]
    return [(alert["code"], alert["detail"]) for alert in reversed(told)]


def do(
    port: TestPort, what: str, instruction_id: str, *, role: str = "terminal", party: str | None = None
) -> httpx.Response:
    return port.post(f"/v1/instructions/{instruction_id}/{what}", role=role, party=party)


def override(port: TestPort, route: str, *, reason: str = "the seal looks odd", **more: Any) -> httpx.Response:
    """Of the newest decision."""
    decision_id = decisions(port)[0]["decisionID"]
    return port.post(
        f"/v1/decisions/{decision_id}/override", {"route": route, "reason": reason, **more}, role="customs"
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


# Orders after the point


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("HELD", ("HOLD", None)),
        ("INSPECTION_ORDERED", ("INSPECTION", "XMCY1")),
        ("SCAN_ORDERED", ("SCAN", "XMSC1")),
    ],
)
def test_an_order_after_the_point_cancels_and_instructs_anew(port: TestPort, status: str, expected: tuple[str, Any]):
    declare(port)
    port.gate(discharged(minutes_ago=30))
    port.customs(notices=[notice(status)])
    old, new = instructions(port)
    assert (old["route"], old["state"], old["why"]) == ("DIRECT_RELEASE", "CANCELLED", "SUPERSEDED")
    assert (new["route"], new["place"], new["state"], new["reason"]) == (*expected, "ISSUED", "CUSTOMS_ORDER")
    assert (old["supersededBy"], new["supersedes"]) == (new["instructionID"], old["instructionID"])


def test_the_same_order_again_changes_nothing(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    port.gate(discharged(minutes_ago=30))
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=10)])
    assert lives(port) == [("INSPECTION", "ISSUED", None)]
    assert len(decisions(port, state="current")) == 1


def test_an_order_of_a_box_that_has_left_is_an_alert_and_no_instruction(either_port: TestPort):
    port = either_port
    declare(port, "RELEASED")
    port.gate(discharged(minutes_ago=60))
    port.gate(moved("GTOT", minutes_ago=30))
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=1)])
    assert lives(port) == [("DIRECT_RELEASE", "EXECUTED", None)]
    assert alerts(port) == [("ORDER_AFTER_DEPARTURE", "INSPECTION_ORDERED")]


def test_a_box_that_leaves_without_release_is_recorded_and_alarmed(port: TestPort):
    port.gate(discharged(minutes_ago=60))
    answer = port.gate(moved("GTOT", minutes_ago=30))
    assert answer["results"][0]["outcome"] == "accepted"
    assert alerts(port) == [("LEFT_WITHOUT_RELEASE", "")]
    assert port.container(BOX)["facets"]["movement"] == "GATED_OUT"
    assert lives(port) == [("YARD", "CANCELLED", "BOX_GONE")]


def test_an_export_box_loaded_without_release_is_alarmed(port: TestPort):
    export_papers(port, "ACCEPTED")
    port.gate(gated_in(minutes_ago=60))
    port.gate(moved("LOAD", minutes_ago=30, vesselIMONumber=IMO, voyage="032E"))
    assert alerts(port) == [("LEFT_WITHOUT_RELEASE", "")]


# At destination


@pytest.mark.parametrize("status", ["INSPECTION_ORDERED", "SCAN_ORDERED"])
def test_an_inspection_at_destination_is_no_order_to_this_port(port: TestPort, status: str):
    declare(port, status, inspectAt="DESTINATION")
    given = told(port.gate(discharged()))
    assert given is not None
    assert given[1] not in ("INSPECTION", "SCAN")


def test_a_hold_at_destination_holds_all_the_same(port: TestPort):
    declare(port, "HELD", inspectAt="DESTINATION")
    assert told(port.gate(discharged())) == ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")


def test_a_rule_sends_no_box_to_the_ports_site_that_is_inspected_at_destination(port: TestPort):
    declare(port, inspectAt="DESTINATION", lines=[{"hsCode": "6802231000", "originCountry": "IN", "netMassKg": 24000}])
    assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "RULE")


# Capacity and places


def small_site(**given: Any) -> dict[str, Any]:
    return {"sites": [site("BAY", "INSPECTION", bays=1, **given)]}


def order_for(port: TestPort, box: str, number: str, **more: Any) -> None:
    """A bill, a declaration and an inspection order for a box of its own."""
    bill = f"BILL-{number[-4:]}-{box}"
    paper = {"containers": [box], "transportDocumentReference": bill}
    port.customs(
        manifests=[manifest(**paper)],
        declarations=[declaration(declarationNumber=number, **paper)],
        notices=[notice("INSPECTION_ORDERED", declarationNumber=number, **more)],
    )


def test_a_full_site_makes_the_box_wait_in_the_yard_and_weakens_no_order(tmp_path: Path):
    with port_with(tmp_path, **small_site()) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        first, second = port.gate(discharged()), port.gate(discharged(box=OTHER))
        assert told(first) == ("DISCHARGE", "INSPECTION", "BAY", "CUSTOMS_ORDER")
        assert told(second) == ("DISCHARGE", "YARD", None, "NO_CAPACITY")
        [waiting] = [one for one in decisions(port, state="waiting") if one["equipmentReference"] == OTHER]
        assert waiting["isAwaitingSite"] is True
        assert port.get(f"/v1/decisions/{waiting['decisionID']}", role="customs").json()["sitesSeen"] == {
            "BAY": {"freeBays": 0, "freePlugs": 0}
        }
        assert port.container(OTHER)["headline"]["code"] == "INSPECTION"


def test_a_bay_taken_by_an_order_after_the_point_stays_taken(tmp_path: Path):
    with port_with(tmp_path, **small_site()) as port:
        port.gate(discharged())
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        assert told(port.gate(discharged(box=OTHER))) == ("DISCHARGE", "YARD", None, "NO_CAPACITY")


@pytest.mark.parametrize("ending", ["finished", "cancelled", "expired", "gone"])
def test_a_bay_that_falls_free_goes_to_the_box_that_waits(tmp_path: Path, ending: str):
    with port_with(tmp_path, **small_site()) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        port.gate(discharged(), discharged(box=OTHER))
        assert port.run_job("decide-waiting") == 0
        free_the_bay(port, ending)
        assert port.run_job("decide-waiting") == 1
        [given] = [one for one in instructions(port, "ISSUED") if one["equipmentReference"] == OTHER]
        assert (given["route"], given["place"], given["reason"]) == ("INSPECTION", "BAY", "CUSTOMS_ORDER")
        assert port.run_job("decide-waiting") == 0


def free_the_bay(port: TestPort, ending: str) -> None:
    port.clock.forward(minutes=30)
    if ending == "finished":
        port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=-20, result="PASS")])
    elif ending == "cancelled":
        port.customs(notices=[notice("RELEASED", minutes_ago=-20)])
    elif ending == "expired":
        # The box that waits has been waiting long enough for its own to be told again.
        port.clock.forward(hours=48)
        port.run_job("expire-instructions")
    else:
        port.gate(moved("GTOT", minutes_ago=-20))


def test_a_place_must_suit_the_box(tmp_path: Path):
    sites = [site("PLAIN", "INSPECTION"), site("DGBAY", "INSPECTION", dangerous_goods_classes=["3"], reefer_plugs=1)]
    with port_with(tmp_path, sites=sites) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        order_for(port, THIRD, "371120261000000003")
        paint = {"dangerousGoods": [{"unNumber": "1263", "imoClass": "3"}]}
        acid = {"dangerousGoods": [{"unNumber": "1789", "imoClass": "8"}]}
        assert told(port.gate(discharged(**paint))) == ("DISCHARGE", "INSPECTION", "DGBAY", "CUSTOMS_ORDER")
        assert told(port.gate(discharged(box=OTHER, **acid))) == ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")
        assert alerts(port) == [("NO_SUITABLE_PLACE", "")]
        reefer = {"reefer": {"setPointCelsius": -18.0}}
        assert told(port.gate(discharged(box=THIRD, **reefer))) == ("DISCHARGE", "INSPECTION", "DGBAY", "CUSTOMS_ORDER")


# The site an order names


def test_an_order_that_names_its_site_sends_the_box_there(port: TestPort):
    order_for(port, BOX, NUMBER, site="XMSC1")
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "XMSC1", "CUSTOMS_ORDER")


def test_an_order_may_name_a_site_the_table_does_not_know(port: TestPort):
    order_for(port, BOX, NUMBER, site="PIER-9")
    assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "PIER-9", "CUSTOMS_ORDER")


def test_an_ordered_site_that_is_full_makes_the_box_wait_for_that_site(tmp_path: Path):
    sites = [site("BIG", "INSPECTION", bays=9), site("BAY", "INSPECTION", bays=1)]
    with port_with(tmp_path, sites=sites) as port:
        order_for(port, BOX, NUMBER, site="BAY")
        order_for(port, OTHER, SECOND_NUMBER, site="BAY")
        assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", "BAY", "CUSTOMS_ORDER")
        assert told(port.gate(discharged(box=OTHER))) == ("DISCHARGE", "YARD", None, "NO_CAPACITY")


def test_an_ordered_site_that_may_not_take_the_box_holds_it(tmp_path: Path):
    sites = [site("BIG", "INSPECTION", dangerous_goods_classes=["*"]), site("BAY", "INSPECTION")]
    with port_with(tmp_path, sites=sites) as port:
        order_for(port, BOX, NUMBER, site="BAY")
        paint = {"dangerousGoods": [{"unNumber": "1263", "imoClass": "3"}]}
        assert told(port.gate(discharged(**paint))) == ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")
        assert alerts(port) == [("NO_SUITABLE_PLACE", "")]


def test_another_site_ordered_later_moves_the_box(port: TestPort):
    order_for(port, BOX, NUMBER, minutes_ago=60)
    port.gate(discharged(minutes_ago=30))
    port.customs(notices=[notice("INSPECTION_ORDERED", site="PIER-9")])
    assert [(one["place"], one["state"]) for one in instructions(port)] == [
        ("XMCY1", "CANCELLED"),
        ("PIER-9", "ISSUED"),
    ]


def test_the_way_to_a_named_site_and_back_is_one_visit(port: TestPort):
    order_for(port, BOX, NUMBER, site="PIER-9", minutes_ago=90)
    first = port.gate(discharged(minutes_ago=60))["results"][0]
    port.gate(moved("GTOT", minutes_ago=40, toFacilityCode="PIER-9"))
    assert port.container(BOX)["facets"]["movement"] == "IN_TRANSFER"
    port.gate(moved("GTIN", minutes_ago=20), role="depot", party="PIER-9")
    seen = port.container(BOX)
    assert (seen["visitID"], seen["facets"]["movement"]) == (first["visitIDs"][0], "AT_INSPECTION")
    assert lives(port) == [("INSPECTION", "EXECUTED", None)]


def test_a_site_of_the_table_is_under_customs_control(port: TestPort):
    declare(port, "INSPECTION_ORDERED")
    port.gate(discharged(minutes_ago=60))
    port.gate(moved("GTOT", minutes_ago=40, toFacilityCode="XMCY1"))
    assert port.container(BOX)["facets"]["movement"] == "IN_TRANSFER"
    port.gate(moved("GTIN", minutes_ago=20), role="depot", party="XMCY1")
    assert port.container(BOX)["facets"]["movement"] == "AT_INSPECTION"
    assert lives(port) == [("INSPECTION", "EXECUTED", None)]


# Rules that fail


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


# The officer's override


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


# The instruction's life


def test_a_terminal_acknowledges_and_executes_and_may_do_so_again(either_port: TestPort):
    port = either_port
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    for what, state in (("acknowledge", "ACKNOWLEDGED"), ("execute", "EXECUTED")):
        port.clock.forward(minutes=1)
        first = do(port, what, instruction_id)
        port.clock.forward(minutes=1)
        again = do(port, what, instruction_id)
        assert (first.status_code, first.json()["state"]) == (200, state)
        assert again.json() == first.json()
    assert do(port, "acknowledge", instruction_id).json()["state"] == "EXECUTED"
    assert port.container(BOX)["facets"]["instruction"] == "YARD:EXECUTED"


def test_a_cancelled_instruction_is_answered_with_the_current_one(either_port: TestPort):
    port = either_port
    declare(port)
    old = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    port.customs(notices=[notice("HELD")])
    [current] = instructions(port, "ISSUED")
    for what in ("acknowledge", "execute"):
        answer = do(port, what, old)
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
        assert (answer.json()["reason"], answer.json()["current"]) == ("INSTRUCTION_NOT_OPEN", current)
    assert lives(port)[0][1] == "CANCELLED"


def test_an_instruction_nobody_carries_out_expires_after_two_days(port: TestPort):
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    port.clock.forward(hours=48)
    assert port.run_job("expire-instructions") == 0
    port.clock.forward(seconds=1)
    assert port.run_job("expire-instructions") == 1
    assert lives(port) == [("YARD", "EXPIRED", "NOT_DONE_IN_TIME")]
    assert port.run_job("expire-instructions") == 0
    answer = do(port, "execute", instruction_id)
    assert (answer.status_code, answer.json()["current"]) == (409, None)
    assert port.container(BOX)["facets"]["instruction"] == "YARD:EXPIRED"


@pytest.mark.parametrize(
    ("statuses", "moves"),
    [
        (["RELEASED"], [moved("GTOT", minutes_ago=10)]),
        ([], [moved("DROP", minutes_ago=10)]),
        (["INSPECTION_ORDERED"], [
            moved("GTOT", minutes_ago=20, toFacilityCode="XMCY1"),
            moved("GTIN", minutes_ago=10, facilityCode="XMCY1"),
        ]),
    ],
    ids=["direct release", "yard", "inspection"],
)  # fmt: skip
def test_the_movement_that_was_told_executes_the_instruction(
    port: TestPort, statuses: list[str], moves: list[dict[str, Any]]
):
    port.key("terminal", "HUB", "*")
    if statuses:
        declare(port, *statuses)
    port.gate(discharged(minutes_ago=60))
    for event in moves:
        port.gate({"facilityCode": "XMHT"} | event, party="HUB")
    assert [state for _, state, _ in lives(port)] == ["EXECUTED"]


def test_a_terminal_sees_and_does_its_own_instructions_only(port: TestPort):
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    other = {"role": "terminal", "party": "SECOND"}
    assert port.get("/v1/instructions", **other).json() == {"instructions": [], "next": None}
    foreign, absent = do(port, "execute", instruction_id, **other), do(port, "execute", "nothing", **other)
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    for role in ("tally", "forwarder", "haulier", "carrier", "authority", "admin", "courier"):
        assert port.get("/v1/instructions", role=role).status_code == 403
        assert do(port, "execute", instruction_id, role=role).status_code in (403, 404)
    assert lives(port) == [("YARD", "ISSUED", None)]


def test_instructions_are_read_page_by_page(port: TestPort):
    port.gate(*(discharged(box=box) for box in (BOX, OTHER, THIRD)))
    page = port.get("/v1/instructions?limit=2", role="terminal").json()
    rest = port.get(f"/v1/instructions?limit=2&after={page['next']}", role="terminal").json()
    assert [one["equipmentReference"] for one in page["instructions"] + rest["instructions"]] == [BOX, OTHER, THIRD]
    assert rest["next"] is None


def test_ended_instructions_are_listed_newest_first(port: TestPort):
    given = [
        r["instruction"]["instructionID"] for r in port.gate(*(discharged(box=b) for b in (BOX, OTHER)))["results"]
    ]
    for instruction_id in given:
        do(port, "execute", instruction_id)
    assert [one["instructionID"] for one in instructions(port, "ended")] == given[::-1]
