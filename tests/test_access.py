"""Who may see what, asked at the doors: DOMAIN's table role by role, before and after berthing and the point."""

from __future__ import annotations

import json
from typing import Any

import pytest

import build_shared_box as shared
from build_edi import lifted
from build_port import BILL, BOX, TestPort, at, declaration, discharged, manifest, moved, notice
from build_shared_box import READERS, STRANGERS, announce, berth, discharge

OTHER = "MSCU6639870"
TRADE = [reader for reader in READERS if reader[0] in ("forwarder", "consignee", "broker")]


@pytest.fixture
def shared_box(port: TestPort) -> TestPort:
    """The box of strangers, off the ship and instructed."""
    announce(port)
    berth(port)
    discharge(port)
    port.push("edifact", lifted(minutes_ago=30, seal="SEAL-ONE"), role="tally", party="TALLY")
    return port


def everything(port: TestPort, role: str, party: str | None) -> str:
    """All that a reader can get hold of about the box, as text."""
    paths = [
        f"/v1/containers/{BOX}",
        f"/v1/containers/{BOX}/timeline",
        *(f"/v1/search?q={typed}" for typed in (BOX, "BILL-0001", "BILL-0002", "BILL-0003")),
        "/v1/instructions",
        "/v1/decisions",
        "/v1/alerts",
        "/v1/certificates",
        "/v1/parties",
        "/v1/events",
    ]  # fmt: skip
    return "\n".join(port.get(path, role=role, party=party).text for path in paths)


def timeline(port: TestPort, role: str, party: str | None = None) -> dict[str, dict[str, Any]]:
    """Lines by type, the last of each."""
    told = port.get(f"/v1/containers/{BOX}/timeline", role=role, party=party).json()
    return {line["type"]: line for line in told["lines"]}


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


# Before the point


def test_before_the_berthing_the_terminal_sees_neither_route_nor_its_absence(port: TestPort):
    announce(port)
    before = port.container(BOX, role="terminal")
    lines = timeline(port, "terminal")
    assert (before["facets"]["instruction"], before["instruction"], before["place"]) == (None, None, None)
    assert lines["CUSTOMS_INSPECTION_ORDERED"]["place"] is None
    assert shared.SITE not in everything(port, "terminal", None)
    berth(port)
    after = port.container(BOX, role="terminal")
    assert (after["facets"]["instruction"], after["place"]) == ("INSPECTION:PLANNED", shared.SITE)
    assert timeline(port, "terminal")["CUSTOMS_INSPECTION_ORDERED"]["place"] == shared.SITE


@pytest.mark.parametrize(("role", "party"), [*TRADE, ("haulier", "HAUL"), ("carrier", "CARRIER"), ("agent", "AGENT")])
def test_before_the_point_a_decision_made_ahead_shows_nowhere(port: TestPort, role: str, party: str):
    port.customs(manifests=[manifest(containers=[OTHER], transportDocumentReference="PLAIN-BILL-1")])
    announce(port)
    berth(port)
    seen = port.container(BOX, role=role, party=party)
    assert (seen["facets"]["instruction"], seen["instruction"], seen["place"]) == (None, None, None)
    text = everything(port, role, party)
    assert shared.SITE not in text
    assert "PLANNED" not in text
    assert not timeline(port, role, party).keys() & {"INSTRUCTION_ISSUED", "DIVERSION_DECIDED"}


def test_an_export_box_shows_its_route_to_the_terminal_at_the_gate_only(port: TestPort):
    paper = {"voyage": "032E", "direction": "EXPORT"}
    port.customs(
        vesselCalls=[{"vesselIMONumber": "9074729", "exportVoyage": "032E", "facilityCode": "XMHT", "atb": at(10)}],
        manifests=[manifest(**paper)],
        declarations=[declaration(**paper)],
        notices=[notice("INSPECTION_ORDERED", minutes_ago=60)],
    )
    before = port.container(BOX, role="terminal")
    assert (before["facets"]["instruction"], before["place"]) == (None, None)
    port.gate(moved("GTIN"))
    after = port.container(BOX, role="terminal")
    assert (after["facets"]["instruction"], after["place"]) == ("INSPECTION:ISSUED", "XMCY1")


def test_what_only_officers_know_adds_no_version(port: TestPort):
    port.customs(manifests=[manifest()], declarations=[declaration()])
    before = port.container(BOX, role="forwarder")["version"]
    [decision] = port.get("/v1/decisions?state=current", role="customs").json()["decisions"]
    body = {"route": "HOLD", "reason": "a tip from the other port"}
    assert port.post(f"/v1/decisions/{decision['decisionID']}/override", body, role="customs").status_code == 200
    assert port.container(BOX, role="forwarder")["version"] == before


def test_customs_looking_at_the_box_is_told_to_the_trade_after_the_point_only(port: TestPort):
    port.customs(manifests=[manifest()])
    port.gate(moved("CUSI", minutes_ago=90, transportDocumentReference=BILL))
    assert "CUSI" not in timeline(port, "forwarder")
    port.gate(discharged(minutes_ago=60))
    assert "CUSI" in timeline(port, "forwarder")


# Nobody's business

SECRETS = ["DISTRUSTED", "distrusted-party", "rulesetHash", "whyNot", "draws", "sitesSeen", "matchedRows", "decisionID"]


@pytest.mark.parametrize("stage", ["announced", "berthed", "discharged"])
@pytest.mark.parametrize(("role", "party"), READERS)
def test_no_reader_finds_what_is_not_its_to_see(port: TestPort, role: str, party: str | None, stage: str):
    announce(port)
    if stage != "announced":
        berth(port)
    if stage == "discharged":
        discharge(port)
        port.push("edifact", lifted(minutes_ago=30, seal="SEAL-TWO"), role="tally", party="TALLY")
    text = everything(port, role, party)
    own = {"FWD1": 1, "CONS1": 1, "BRK1": 1, "FWD2": 2, "FWD3": 3}.get(party or "")
    hidden = [*SECRETS, *(["look behind the second row"] if party != "FWD2" else [])]
    for number in (1, 2, 3):
        if own != number:
            hidden += [f"{party} {number}" for party in ("Consignee", "Forwarder", "Broker")]
            hidden += [f"CONS{number}", f"FWD{number}", f"BRK{number}", shared.declaration_number(number)]
        if own != number or party not in ("CONS1", "BRK1"):
            hidden += [f"680223771{number}", f"7777{number}"]
    assert [one for one in hidden if one in text] == []


@pytest.mark.parametrize(("role", "party"), STRANGERS)
def test_a_stranger_is_answered_as_if_there_were_no_such_box(shared_box: TestPort, role: str, party: str | None):
    port = shared_box
    visit_id = port.container(BOX)["visitID"]
    instruction_id = port.container(BOX)["instruction"]["instructionID"]
    nowhere = "00000000-0000-8000-8000-000000000000"
    pairs = [
        (f"/v1/containers/{BOX}", f"/v1/containers/{OTHER}"),
        (f"/v1/containers/{BOX}?visit={visit_id}", f"/v1/containers/{OTHER}?visit={nowhere}"),
        (f"/v1/containers/{BOX}/timeline", f"/v1/containers/{OTHER}/timeline"),
        (f"/v1/visits/{visit_id}", f"/v1/visits/{nowhere}"),
        (f"/v1/instructions/{instruction_id}", f"/v1/instructions/{nowhere}"),
    ]
    for foreign, absent in pairs:
        one, two = (port.get(path, role=role, party=party) for path in (foreign, absent))
        assert (one.status_code, one.content) == (two.status_code, two.content)
        assert one.status_code in (403, 404)
        assert _headers(one) == _headers(two)
    assert "ask a party" in port.get(f"/v1/containers/{BOX}", role=role, party=party).json()["fix"]


def _headers(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


@pytest.mark.parametrize(("role", "party"), [("forwarder", "STRANGER"), ("terminal", "OTHER-QUAY"), ("courier", None)])
def test_a_strangers_search_finds_what_anybodys_for_nothing_finds(shared_box: TestPort, role: str, party: str | None):
    pairs = [(BOX, OTHER), ("BILL-0001", "BILL-0009"), (shared.declaration_number(1), shared.declaration_number(9))]
    for foreign, absent in pairs:
        one, two = (shared_box.get(f"/v1/search?q={q}", role=role, party=party).text for q in (foreign, absent))
        assert one.replace(foreign, "?") == two.replace(absent, "?")
        assert json.loads(one)["results"] == []


def test_a_wrong_check_digit_is_told_as_one(port: TestPort):
    answer = port.get("/v1/containers/CSQU3054384", role="forwarder")
    assert (answer.status_code, answer.json()["reason"]) == (422, "BAD_CONTAINER_NUMBER")
    assert "CSQU3054383" in answer.json()["fix"]


# Who is on a visit


def test_yesterdays_consignee_hears_nothing_of_todays_visit(port: TestPort):
    port.customs(manifests=[shared.bill(1, voyage="001W")])
    port.gate(discharged(voyage="001W", minutes_ago=3 * 24 * 60))
    first = port.gate(moved("GTOT", minutes_ago=2 * 24 * 60))["results"][0]["visitIDs"][0]
    port.customs(manifests=[shared.bill(2)])
    second = port.gate(discharged(minutes_ago=30))["results"][0]["visitIDs"][0]
    yesterday = port.container(BOX, role="consignee", party="CONS1")
    today = port.container(BOX, role="consignee", party="CONS2")
    assert (yesterday["visitID"], yesterday["facets"]["movement"]) == (first, "GATED_OUT")
    assert (today["visitID"], today["facets"]["movement"]) == (second, "DISCHARGED")
    assert port.get(f"/v1/visits/{second}", role="consignee", party="CONS1").status_code == 404
    assert port.get(f"/v1/containers/{BOX}?visit={second}", role="consignee", party="CONS1").status_code == 404
    assert port.get(f"/v1/visits/{first}", role="consignee", party="CONS2").status_code == 404


def test_a_terminal_sees_the_boxes_of_its_own_quay(port: TestPort):
    port.gate(discharged())
    port.gate(moved("GTIN", box=OTHER), role="terminal", party="OTHER-QUAY")
    assert [
        port.get(f"/v1/containers/{box}", role="terminal", party=party).status_code
        for party in (None, "OTHER-QUAY") for box in (BOX, OTHER)
    ] == [200, 404, 404, 200]  # fmt: skip


def test_a_double_call_is_seen_by_both_its_terminals(port: TestPort):
    port.customs(manifests=[manifest()])
    port.customs(
        vesselCalls=[
            {"vesselIMONumber": "9074729", "importVoyage": "031W", "facilityCode": quay, "eta": at(-60)}
            for quay in ("XMHT", "OTHER-QUAY")
        ]
    )
    for party in (None, "OTHER-QUAY"):
        assert port.get(f"/v1/containers/{BOX}", role="terminal", party=party).status_code == 200
    assert port.get(f"/v1/containers/{BOX}", role="terminal", party="THIRD-QUAY").status_code == 404


def test_a_haulier_whose_delivery_order_was_revoked_or_given_to_another_is_off_the_visit(port: TestPort):
    port.customs(manifests=[manifest()])

    def order(minutes_ago: float, haulier: str | None, status: str = "RELEASED") -> None:
        told = {"transportDocumentReference": BILL, "status": status, "releasedAt": at(minutes_ago)}
        port.customs("carrier", "CARRIER", carrierReleases=[told | {"haulierCode": haulier}])

    def admitted() -> list[int]:
        return [port.get(f"/v1/containers/{BOX}", role="haulier", party=one).status_code for one in ("H1", "H2")]

    order(60, "H1")
    assert admitted() == [200, 404]
    order(50, "H2")
    assert admitted() == [404, 200]
    order(40, None, "REVOKED")
    assert admitted() == [404, 404]


def test_a_masters_holder_reads_of_its_houses_only_that_the_box_waits(port: TestPort):
    master = manifest(
        transportDocumentReference="MASTER-0001", consignee={"code": "NVOCC", "name": "Groupage"}, forwarder=None
    )
    houses = [shared.bill(n, masterReference="MASTER-0001") for n in (1, 2)]
    port.customs(manifests=[master, *houses])
    port.customs(declarations=[shared.declared(1)], notices=[shared.noticed(1, "HELD", minutes_ago=90)])
    port.gate(discharged(minutes_ago=30))
    seen = port.container(BOX, role="consignee", party="NVOCC")
    assert [document["transportDocumentReference"] for document in seen["documents"]] == ["MASTER-0001"]
    assert (seen["facets"]["customs"], seen["isShared"]) == ("NOT_DECLARED", True)
    assert "HELD" not in json.dumps(seen)


def test_a_hub_speaks_and_reads_for_many_facilities(port: TestPort):
    port.key("terminal", "HUB", "*")
    port.gate(discharged())
    assert port.get(f"/v1/containers/{BOX}", role="terminal", party="HUB").status_code == 200
    [given] = port.get("/v1/instructions", role="terminal", party="HUB").json()["instructions"]
    assert given["facilityCode"] == "XMHT"
