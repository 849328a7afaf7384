"""Who may see what of a visit: field by field, and line by line of the timeline."""

from __future__ import annotations

import pytest

import build_shared_box as shared
from build_access import bring_in, timeline
from build_port import BOX, TestPort, at


@pytest.fixture
def shared_box(port: TestPort) -> TestPort:
    """The box of strangers, off the ship and instructed."""
    return bring_in(port)


# Field by field, at the point


def test_customs_sees_every_document_with_its_lines(shared_box: TestPort):
    seen = shared_box.container(BOX)
    assert seen["facets"] == {
        "movement": "DISCHARGED", "customs": "INSPECTION_ORDERED", "customsArrival": "NOT_REPORTED",
        "carrier": "UNKNOWN", "charges": "UNKNOWN", "instruction": "INSPECTION:ISSUED",
    }  # fmt: skip
    assert [document["transportDocumentReference"] for document in seen["documents"]] == [
        "BILL-0001", "BILL-0002", "BILL-0003",
    ]  # fmt: skip
    assert seen["documents"][1] == {
        "transportDocumentReference": "BILL-0002",
        "masterReference": None,
        "customs": "INSPECTION_ORDERED",
        "carrier": "UNKNOWN",
        "consignee": {"code": "CONS2", "name": "Consignee 2"},
        "forwarder": {"code": "FWD2", "name": "Forwarder 2"},
        "notifyParty": None,
        "declarations": [
            {
                "declarationNumber": shared.declaration_number(2),
                "seqNo": None,
                "cusCiqNo": None,
                "status": "INSPECTION_ORDERED",
                "mode": "ADVANCE",
                "inspectAt": "PORT",
                "declaredAt": "2026-11-20T12:00:00Z",
                "declarant": {"code": "BRK2", "name": "Broker 2"},
                "consignee": {"code": "CONS2", "name": "Consignee 2"},
                "lines": [
                    {
                        "hsCode": "6802237712",
                        "originCountry": "VN",
                        "quantity": 1.0,
                        "netMassKg": 100.0,
                        "declaredValue": 77772.0,
                        "currency": "USD",
                    }
                ],
                "creditGrade": "DISTRUSTED",
            }
        ],
    }
    assert (seen["place"], seen["instruction"]["reason"], seen["isShared"]) == (shared.SITE, "CUSTOMS_ORDER", False)


def test_the_terminal_sees_status_route_and_place_and_no_paper(shared_box: TestPort):
    seen = shared_box.container(BOX, role="terminal")
    given = dict(seen["instruction"])
    assert given.pop("instructionID")
    assert given == {
        "facilityCode": "XMHT", "point": "DISCHARGE", "route": "INSPECTION", "place": shared.SITE,
        "reason": "CUSTOMS_ORDER", "state": "ISSUED", "issuedAt": "2026-11-21T12:00:00Z",
    }  # fmt: skip
    assert seen["facets"] == shared_box.container(BOX)["facets"]
    assert (seen["documents"], seen["isShared"]) == ([], False)
    assert seen["equipment"] == {
        "ISOEquipmentCode": "22G1", "emptyIndicatorCode": "LADEN", "seals": ["SEAL-ONE"], "grossMassKg": 24321.0,
    }  # fmt: skip


def test_the_owner_of_a_released_bill_in_a_shared_box_hears_only_that_the_box_waits(shared_box: TestPort):
    seen = shared_box.container(BOX, role="forwarder", party="FWD1")
    assert seen["facets"] == {
        "movement": "DISCHARGED", "customs": "RELEASED", "customsArrival": "NOT_REPORTED",
        "carrier": "RELEASED", "charges": "UNKNOWN", "instruction": "INSPECTION:ISSUED",
    }  # fmt: skip
    assert [document["transportDocumentReference"] for document in seen["documents"]] == ["BILL-0001"]
    assert (seen["headline"]["code"], seen["nextStep"]["code"], seen["heldBy"]) == (
        "OTHER_CARGO", "WAIT_FOR_OTHERS", None,
    )  # fmt: skip
    assert (seen["readyForPickup"], seen["blockers"], seen["isShared"]) == (False, ["OTHER_CARGO"], True)
    assert seen["instruction"] == {"route": "INSPECTION", "state": "ISSUED", "reason": "OTHER_CARGO"}
    assert (seen["place"], list(seen["facetFacts"])) == (None, ["movement"])


def test_the_owner_of_the_ordered_bill_reads_its_own_reason(shared_box: TestPort):
    seen = shared_box.container(BOX, role="forwarder", party="FWD2")
    assert (seen["facets"]["customs"], seen["facets"]["carrier"]) == ("INSPECTION_ORDERED", "UNKNOWN")
    assert seen["instruction"] == {"route": "INSPECTION", "state": "ISSUED", "reason": "CUSTOMS"}
    assert seen["blockers"] == ["CUSTOMS_INSPECTION_ORDERED", "CARRIER_UNKNOWN", "OTHER_CARGO"]
    assert seen["headline"]["code"] == "INSPECTION"


def test_the_owner_of_the_undeclared_bill_reads_that_it_must_declare(shared_box: TestPort):
    seen = shared_box.container(BOX, role="forwarder", party="FWD3")
    assert (seen["facets"]["customs"], seen["headline"]["code"]) == ("NOT_DECLARED", "NOT_DECLARED")
    assert seen["instruction"]["reason"] == "OTHER_CARGO"


def test_the_owner_may_fetch_once_the_others_may_too(shared_box: TestPort):
    port = shared_box
    release = {"status": "RELEASED", "releasedAt": at(5)}
    others = [release | {"transportDocumentReference": f"BILL-000{n}"} for n in (2, 3)]
    port.customs("carrier", "CARRIER", carrierReleases=others)
    port.customs(
        declarations=[shared.declared(3)],
        notices=[shared.noticed(2, "RELEASED", minutes_ago=10), shared.noticed(3, "RELEASED", minutes_ago=10)],
    )
    seen = port.container(BOX, role="forwarder", party="FWD1")
    assert (seen["readyForPickup"], seen["blockers"], seen["headline"]["code"]) == (True, [], "READY")
    assert seen["isShared"] is True


def test_a_strangers_missing_delivery_order_keeps_the_box_and_is_not_told(shared_box: TestPort):
    port = shared_box
    port.customs(
        declarations=[shared.declared(3)],
        notices=[shared.noticed(2, "RELEASED", minutes_ago=10), shared.noticed(3, "RELEASED", minutes_ago=10)],
    )
    seen = port.container(BOX, role="forwarder", party="FWD1")
    assert (seen["readyForPickup"], seen["blockers"], seen["facets"]["carrier"]) == (False, ["OTHER_CARGO"], "RELEASED")


@pytest.mark.parametrize(("role", "party"), [("consignee", "CONS1"), ("broker", "BRK1")])
def test_a_party_of_the_declaration_reads_its_own_lines(shared_box: TestPort, role: str, party: str):
    [document] = shared_box.container(BOX, role=role, party=party)["documents"]
    [line] = document["declarations"][0]["lines"]
    assert (line["hsCode"], line["declaredValue"]) == ("6802237711", 77771.0)


def test_a_forwarder_of_the_manifest_reads_no_lines(shared_box: TestPort):
    [document] = shared_box.container(BOX, role="forwarder", party="FWD1")["documents"]
    assert document["declarations"][0]["status"] == "RELEASED"
    assert "lines" not in document["declarations"][0]


def test_the_haulier_sees_where_to_go_and_no_paper(shared_box: TestPort):
    seen = shared_box.container(BOX, role="haulier", party="HAUL")
    assert seen["facets"] == {
        "movement": "DISCHARGED", "customs": None, "customsArrival": None, "carrier": None, "charges": None,
        "instruction": None,
    }  # fmt: skip
    assert (seen["place"], seen["instruction"], seen["equipment"], seen["documents"]) == (shared.SITE, None, None, [])
    assert seen["headline"]["code"] == "INSPECTION"


def test_a_carrier_sees_movement_and_the_release_of_its_bills(shared_box: TestPort):
    seen = shared_box.container(BOX, role="carrier", party="CARRIER")
    assert seen["facets"] == {
        "movement": "DISCHARGED", "customs": None, "customsArrival": None, "carrier": "UNKNOWN", "charges": None,
        "instruction": None,
    }  # fmt: skip
    assert seen["documents"] == [
        {"transportDocumentReference": "BILL-0001", "customs": "RELEASED", "carrier": "RELEASED"},
        {"transportDocumentReference": "BILL-0002", "customs": None, "carrier": "UNKNOWN"},
        {"transportDocumentReference": "BILL-0003", "customs": None, "carrier": "UNKNOWN"},
    ]
    assert (seen["place"], seen["instruction"], seen["equipment"]) == (None, None, None)
    assert (seen["headline"]["code"], seen["blockers"]) == ("DISCHARGED", ["NOT_APPLICABLE"])


def test_a_carrier_hears_nothing_of_another_carriers_bill_in_the_box(port: TestPort):
    port.customs("carrier", "CARRIER", manifests=[shared.bill(1)])
    port.customs("carrier", "SECOND-LINE", manifests=[shared.bill(2)])
    release = {"transportDocumentReference": "BILL-0001", "status": "RELEASED", "releasedAt": at(10)}
    port.customs("carrier", "CARRIER", carrierReleases=[release])
    port.customs(declarations=[shared.declared(1)], notices=[shared.noticed(1, "RELEASED")])
    mine, theirs = (port.container(BOX, role="carrier", party=party) for party in ("CARRIER", "SECOND-LINE"))
    assert [(one["facets"]["customs"], one["facets"]["carrier"]) for one in (mine, theirs)] == [
        ("RELEASED", "RELEASED"), (None, "UNKNOWN"),
    ]  # fmt: skip
    assert [[d["transportDocumentReference"] for d in one["documents"]] for one in (mine, theirs)] == [
        ["BILL-0001"], ["BILL-0002"],
    ]  # fmt: skip


@pytest.mark.parametrize(("role", "party"), [("tally", "TALLY"), ("authority", None), ("agent", "AGENT")])
def test_who_counts_or_watches_sees_the_movement_and_nothing_of_the_cargo(
    shared_box: TestPort, role: str, party: str | None
):
    seen = shared_box.container(BOX, role=role, party=party)
    expected = {"carrier": "UNKNOWN"} if role == "agent" else {"carrier": None}
    assert seen["facets"] == {
        "movement": "DISCHARGED", "customs": None, "customsArrival": None, "charges": None, "instruction": None,
    } | expected  # fmt: skip
    assert (seen["place"], seen["instruction"], seen["equipment"], seen["documents"]) == (None, None, None, [])
    assert (seen["headline"]["code"], seen["readyForPickup"], seen["blockers"]) == (
        "DISCHARGED", False, ["NOT_APPLICABLE"],
    )  # fmt: skip
    details = timeline(shared_box, role, party)["DISC"]["details"]
    assert details.keys().isdisjoint({"seals", "grossMassKg", "truckPlate", "dangerousGoods"})
    assert timeline(shared_box, role, party).keys() == {"DISC"}


# The timeline


def test_a_terminal_reads_of_papers_the_status_only(shared_box: TestPort):
    lines = timeline(shared_box, "terminal")
    assert lines.keys() == {
        "MANIFEST", "CARRIER_RELEASE", "DECLARATION", "CUSTOMS_RELEASED", "CUSTOMS_INSPECTION_ORDERED", "DISC",
        "INSTRUCTION_ISSUED",
    }  # fmt: skip
    assert lines["CUSTOMS_INSPECTION_ORDERED"]["details"] == {"status": "INSPECTION_ORDERED"}
    assert lines["CUSTOMS_INSPECTION_ORDERED"]["place"] == shared.SITE
    assert lines["CARRIER_RELEASE"]["details"] == {"status": "RELEASED"}
    assert {line["source"]["name"] for line in lines.values()} == {None}


def test_the_trade_reads_its_own_papers_and_the_route_without_its_reason(shared_box: TestPort):
    lines = timeline(shared_box, "forwarder", "FWD2")
    assert lines.keys() == {"MANIFEST", "DECLARATION", "CUSTOMS_INSPECTION_ORDERED", "DISC", "INSTRUCTION_ISSUED"}
    assert lines["INSTRUCTION_ISSUED"]["details"] == {"route": "INSPECTION"}
    assert [lines[one]["place"] for one in ("INSTRUCTION_ISSUED", "CUSTOMS_INSPECTION_ORDERED")] == [None, None]


def test_a_strangers_order_is_in_no_line_of_mine(shared_box: TestPort):
    lines = timeline(shared_box, "forwarder", "FWD1")
    assert lines.keys() == {
        "MANIFEST",
        "CARRIER_RELEASE",
        "DECLARATION",
        "CUSTOMS_RELEASED",
        "DISC",
        "INSTRUCTION_ISSUED",
    }


def test_customs_reads_who_said_what(shared_box: TestPort):
    lines = timeline(shared_box, "customs")
    assert lines["MANIFEST"]["source"] == {"role": "carrier", "name": "Carrier"}
    assert {"DIVERSION_DECIDED", "INSTRUCTION_ISSUED"} <= lines.keys()
