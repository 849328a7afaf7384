"""Who may know of a visit at all, and of its route before the point."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import build_shared_box as shared
from build_access import OTHER, TRADE, bring_in, everything, timeline
from build_edi import lifted
from build_port import BILL, BOX, TestPort, at, declaration, discharged, manifest, moved, notice, running_port
from build_shared_box import READERS, STRANGERS, announce, berth, discharge


@pytest.fixture(scope="module")
def shared_box(shared_port: TestPort) -> TestPort:
    """The box of strangers, off the ship and instructed; these tests only read."""
    return bring_in(shared_port)


@pytest.fixture(scope="module", params=["announced", "berthed", "discharged"])
def at_a_stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestPort]:
    """The box of strangers at each stage of its coming, likewise only to be read."""
    with running_port(f"sqlite:///{tmp_path_factory.mktemp('stage') / 'port.db'}") as port:
        announce(port)
        if request.param != "announced":
            berth(port)
        if request.param == "discharged":
            discharge(port)
            port.push("edifact", lifted(minutes_ago=30, seal="SEAL-TWO"), role="tally", party="TALLY")
        yield port


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


@pytest.mark.parametrize(("role", "party"), READERS)
def test_no_reader_finds_what_is_not_its_to_see(at_a_stage: TestPort, role: str, party: str | None):
    text = everything(at_a_stage, role, party)
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
