"""The status of a box through its life in the port, as its forwarder reads it step by step."""

from __future__ import annotations

from typing import Any

import pytest

from build_port import BILL, BOX, IMO, TestPort, at, declaration, discharged, manifest, moved, notice

SITE = "XMCY1"


def status(port: TestPort, role: str = "forwarder") -> tuple[str, str, str, str | None, list[str]]:
    """(movement, headline, next step, whose turn, what stands in the way)."""
    seen = port.container(BOX, role=role)
    holder = seen["heldBy"]["role"] if seen["heldBy"] else None
    return (
        seen["facets"]["movement"],
        seen["headline"]["code"],
        seen["nextStep"]["code"],
        holder,
        seen["blockers"],
    )


def ready(port: TestPort) -> tuple[bool, bool]:
    seen = port.container(BOX, role="forwarder")
    return seen["readyForPickup"], seen["mayLoad"]


def delivery_order(port: TestPort, minutes_ago: float, to: str = "RELEASED") -> None:
    order = {"transportDocumentReference": BILL, "status": to, "releasedAt": at(minutes_ago)}
    port.customs("carrier", carrierReleases=[order])


def test_an_import_from_the_manifest_to_the_gate(port: TestPort):
    port.customs(manifests=[manifest()])
    assert status(port) == (
        "EXPECTED", "EXPECTED", "WAIT_FOR_VESSEL", "carrier",
        ["NOT_IN_PORT", "CUSTOMS_NOT_DECLARED", "CARRIER_UNKNOWN"],
    )  # fmt: skip
    port.customs(vesselCalls=[{"vesselIMONumber": IMO, "voyage": "031W", "ata": at(900), "atb": at(880)}])
    assert status(port)[:4] == ("ON_VESSEL", "ON_VESSEL", "WAIT_FOR_DISCHARGE", "carrier")
    port.gate(discharged(minutes_ago=800))
    assert status(port) == (
        "DISCHARGED", "NOT_DECLARED", "DECLARE", "broker", ["CUSTOMS_NOT_DECLARED", "CARRIER_UNKNOWN"],
    )  # fmt: skip
    port.gate(moved("DROP", minutes_ago=780))
    port.customs(declarations=[declaration(declaredAt=at(700))])
    assert status(port) == (
        "IN_YARD", "AWAITING_RELEASE", "WAIT_FOR_CUSTOMS", "customs", ["CUSTOMS_DECLARED", "CARRIER_UNKNOWN"],
    )  # fmt: skip
    port.customs(notices=[notice("RELEASED", minutes_ago=600)])
    assert status(port) == ("IN_YARD", "RELEASED", "GET_CARRIER_RELEASE", "carrier", ["CARRIER_UNKNOWN"])
    delivery_order(port, 500)
    assert status(port) == ("IN_YARD", "READY", "PICK_UP", "consignee", [])
    assert ready(port) == (True, False)
    delivery_order(port, 400, "REVOKED")
    assert status(port) == ("IN_YARD", "AWAITING_CARRIER", "GET_CARRIER_RELEASE", "carrier", ["CARRIER_NOT_RELEASED"])
    delivery_order(port, 300)
    port.gate(moved("GTOT", minutes_ago=200))
    assert status(port) == ("GATED_OUT", "GONE", "NONE", None, ["NOT_IN_PORT"])
    assert ready(port) == (False, False)


def test_an_import_by_way_of_the_inspection_site(port: TestPort):
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("RELEASED", minutes_ago=990)])
    delivery_order(port, 980)
    port.gate(discharged(minutes_ago=900))
    assert status(port)[1] == "READY"
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=890, site=SITE)])
    assert status(port) == (
        "DISCHARGED", "INSPECTION", "BRING_TO_INSPECTION", "customs", ["CUSTOMS_INSPECTION_ORDERED"],
    )  # fmt: skip
    port.gate(moved("GTOT", minutes_ago=800, toFacilityCode=SITE))
    where, headline, _, _, blockers = status(port)
    assert (where, headline, blockers) == ("IN_TRANSFER", "INSPECTION", ["IN_TRANSFER", "CUSTOMS_INSPECTION_ORDERED"])
    port.gate(moved("GTIN", minutes_ago=700), role="depot", party=SITE)
    assert status(port) == (
        "AT_INSPECTION", "INSPECTION", "WAIT_FOR_INSPECTION", "customs",
        ["AT_INSPECTION", "CUSTOMS_INSPECTION_ORDERED"],
    )  # fmt: skip
    port.customs(notices=[notice("INSPECTION_STARTED", minutes_ago=600)])
    assert status(port)[1:4] == ("INSPECTING", "WAIT_FOR_RESULT", "customs")
    port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=450, result="PASS")])
    assert status(port)[1:4] == ("AWAITING_RELEASE", "WAIT_FOR_CUSTOMS", "customs")
    port.customs(notices=[notice("RELEASED", minutes_ago=400)])
    assert status(port) == ("AT_INSPECTION", "RELEASED", "LEAVE_SITE", "terminal", ["AT_INSPECTION"])
    port.gate(moved("GTOT", minutes_ago=300), role="depot", party=SITE)
    assert status(port)[0] == "GATED_OUT"
    port.gate(moved("GTIN", minutes_ago=250, movementType="IMPORT"))
    assert status(port)[1] == "READY"
    assert ready(port) == (True, False)


def test_an_inspection_that_found_something_holds_the_box_until_customs_releases_it(port: TestPort):
    port.customs(
        manifests=[manifest()], declarations=[declaration()], notices=[notice("INSPECTION_ORDERED", minutes_ago=900)]
    )
    port.gate(discharged(minutes_ago=800))
    port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=500, result="ABNORMAL")])
    assert status(port)[1:] == ("HELD", "ANSWER_CUSTOMS", "customs", ["CUSTOMS_HELD", "CARRIER_UNKNOWN", "HOLD"])
    # Looked at again and passed: no order any more, but the officer's hold stands until the release.
    port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=450, result="PASS")])
    assert status(port)[1:4] == ("WITH_CUSTOMS", "WAIT_FOR_CUSTOMS", "customs")
    port.customs(notices=[notice("RELEASED", minutes_ago=400)])
    assert status(port)[1:] == ("RELEASED", "GET_CARRIER_RELEASE", "carrier", ["CARRIER_UNKNOWN"])


def test_a_bill_without_call_or_date_waits_beside_a_box_that_names_no_call(port: TestPort):
    port.customs(manifests=[manifest(voyage="032E", direction="EXPORT")])
    [visit_id] = port.gate(moved("GTIN"))["results"][0]["visitIDs"]
    assert port.container(BOX, role="forwarder")["facets"]["movement"] == "EXPECTED"
    assert port.container(BOX)["visitID"] == visit_id


def test_an_export_from_the_gate_to_the_sea(port: TestPort):
    paper = {"voyage": "032E", "direction": "EXPORT"}
    port.customs(manifests=[manifest(**paper)])
    assert status(port)[1:4] == ("EXPECTED", "WAIT_FOR_GATE_IN", "haulier")
    port.gate(moved("GTIN", minutes_ago=900, vesselIMONumber=IMO, voyage="032E"))
    assert status(port) == (
        "GATED_IN", "NOT_DECLARED", "DECLARE", "broker", ["CUSTOMS_NOT_DECLARED", "ARRIVAL_NOT_REPORTED"],
    )  # fmt: skip
    port.customs(declarations=[declaration(**paper)], notices=[notice("RELEASED", minutes_ago=700)])
    assert status(port) == (
        "GATED_IN", "AWAITING_ARRIVAL", "REPORT_ARRIVAL", "terminal", ["ARRIVAL_NOT_REPORTED"],
    )  # fmt: skip
    port.customs(notices=[notice("ARRIVAL_REPORTED", minutes_ago=600)])
    assert status(port) == ("GATED_IN", "MAY_LOAD", "WAIT_FOR_LOADING", "terminal", [])
    assert ready(port) == (False, True)
    port.gate(moved("LOAD", minutes_ago=500, vesselIMONumber=IMO, voyage="032E"))
    assert status(port) == ("LOADED", "LOADED", "WAIT_FOR_DEPARTURE", "carrier", ["NOT_IN_PORT"])
    port.customs(vesselCalls=[{"vesselIMONumber": IMO, "exportVoyage": "032E", "atd": at(400)}])
    assert status(port)[:4] == ("DEPARTED", "DEPARTED", "NONE", None)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([discharged(emptyIndicatorCode="EMPTY")], ("DISCHARGED", "DISCHARGED")),
        ([discharged(movementType="TRANSSHIPMENT")], ("DISCHARGED", "DISCHARGED")),
        ([moved("GTIN", emptyIndicatorCode="EMPTY")], ("GATED_IN", "GATED_IN")),
        ([moved("GTOT")], ("GATED_OUT", "GONE")),
        ([discharged(minutes_ago=99), discharged(voyage="9W")], ("DISCHARGED", "NOT_DECLARED")),
    ],
)  # fmt: skip
def test_a_box_without_papers_is_told_by_its_movement(
    port: TestPort, events: list[dict[str, Any]], expected: tuple[str, str]
):
    port.gate(*events)
    assert status(port, "terminal")[:2] == expected


def test_a_box_lost_sight_of_is_told_as_such(port: TestPort):
    first, _ = port.gate(
        discharged(minutes_ago=50 * 24 * 60, voyage="001W"), discharged(minutes_ago=30)
    )["results"]  # fmt: skip
    seen = port.get(f"/v1/visits/{first['visitIDs'][0]}", role="terminal").json()
    assert (seen["facets"]["movement"], seen["headline"]["code"], seen["nextStep"]["code"], seen["heldBy"]["role"]) == (
        "EXIT_NOT_REPORTED", "EXIT_NOT_REPORTED", "REPORT_EXIT", "terminal",
    )  # fmt: skip
    assert "NOT_IN_PORT" in seen["blockers"]


def test_the_status_says_since_when_and_from_whom(port: TestPort):
    port.customs(
        manifests=[manifest()], declarations=[declaration()], notices=[notice("INSPECTION_ORDERED", minutes_ago=80)]
    )
    port.gate(discharged(minutes_ago=60))
    seen = port.container(BOX, role="forwarder")
    assert seen["facetFacts"] == {
        "movement": {"at": at(60), "source": "terminal"},
        "customs": {"at": at(80), "source": "customs"},
    }
    assert (seen["lastFactAt"], seen["lastFactSource"], seen["heldBy"]["since"]) == (at(60), "terminal", at(80))
    assert seen["headline"] == {"code": "INSPECTION", "zh": "需要查验", "en": "Inspection"}


def test_unknown_is_said_as_not_reported(port: TestPort):
    port.gate(discharged())
    facets = port.container(BOX, role="terminal")["facets"]
    assert (facets["carrier"], facets["charges"], facets["customsArrival"]) == ("UNKNOWN", "UNKNOWN", "NOT_REPORTED")
    answer = port.get(f"/v1/containers/{BOX}", role="forwarder")
    assert "尚无数据" in answer.json()["detail"]
