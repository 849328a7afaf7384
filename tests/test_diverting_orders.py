"""Customs' orders at the doors: after the point, at destination, and to a site by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build_diversion import site
from build_diverting import (
    OTHER,
    SECOND_NUMBER,
    alerts,
    decisions,
    declare,
    export_papers,
    gated_in,
    instructions,
    lives,
    order_for,
    port_with,
    told,
)
from build_port import (
    BOX,
    IMO,
    NUMBER,
    TestPort,
    discharged,
    moved,
    notice,
)

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
