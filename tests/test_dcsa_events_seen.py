"""`GET /dcsa/tnt/v3/events`: who is told what, and nothing that is another's."""

from __future__ import annotations

from typing import Any

import pytest

from build_dcsa import ask, events, kind, kinds
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
)
from build_traced import CALLS, OTHER, STORY, imported, told


def test_what_is_not_the_caller_s_is_told_byte_for_byte_like_what_is_not_there(either_port: TestPort):
    imported(either_port)

    def bytes_of(**asked: str) -> bytes:
        return ask(either_port, "forwarder", "STRANGER", **asked).content

    assert bytes_of(equipmentReference=BOX) == bytes_of(equipmentReference=OTHER) == b'{"events":[]}'
    assert bytes_of(transportDocumentReference=BILL) == bytes_of(transportDocumentReference="NOSUCHBILL")
    assert bytes_of(carrierBookingReference=BILL) == bytes_of() == b'{"events":[]}'
    assert bytes_of(equipmentReference=BOX, vesselIMONumber=IMO) == b'{"events":[]}'


@pytest.mark.parametrize(
    ("role", "party", "seen"),
    [
        ("customs", None, {*STORY}),
        ("terminal", None, {*STORY}),
        ("forwarder", None, {*STORY}),
        ("consignee", None, {*STORY}),
        ("carrier", None, {*STORY} - {"SUBMITTED", "RECEIVED", "CUSTOMS_SELECTED_FOR_INSPECTION", "INSPECTED"}),
        ("authority", None, CALLS | {"ESTIMATED DISCHARGED", "DISCHARGED", "GATED_OUT"}),
        ("terminal", "ELSEWHERE", CALLS),
        ("forwarder", "STRANGER", set()),
        ("haulier", None, set()),
        ("courier", None, set()),
        ("admin", None, set()),
    ],
)  # fmt: skip
def test_each_role_gets_the_events_it_may_see(port: TestPort, role: str, party: str | None, seen: set[str]):
    imported(port)
    assert set(kinds(events(port, role, party))) == seen


def test_who_may_not_know_a_declaration_by_its_number_learns_only_its_status(port: TestPort):
    imported(port)
    for role in ("terminal", "carrier", "authority"):
        text = ask(port, role).text
        assert NUMBER not in text, role
    assert NUMBER in ask(port, "forwarder").text
    [released] = [e for e in events(port, "terminal") if "SUBMITTED" in kind(e)]
    assert released["shipmentDetails"] == {"documentReference": {"type": "CUSTOMS_CLEARANCE"}}


CANARIES = {
    "42000": "a declared value",
    "9403600000": "an HS code",
    "Lujiang": "a party's name",
    "CONSIGNEE": "a party's code",
    "GENERAL": "a credit grade",
    "Gulangyu": "the declarant",
    "bonded row 7": "an officer's note",
    "XMSITE": "a site before it may be known",
    "HAUL-1": "the haulier",
    "DIRECT_RELEASE": "a route",
    "YARD": "a route",
}


@pytest.mark.parametrize("role", ["customs", "terminal", "forwarder", "carrier", "authority"])
def test_nothing_internal_and_nothing_confidential_is_told(port: TestPort, role: str):
    imported(port)
    port.customs(notices=[notice("HELD", note="bonded row 7")])
    port.customs(
        role="carrier",
        carrierReleases=[{"transportDocumentReference": BILL, "status": "RELEASED", "haulierCode": "HAUL-1"}],
    )
    text = ask(port, role).text
    assert [what for canary, what in CANARIES.items() if canary in text] == []


def test_where_an_inspection_is_ordered_is_told_to_those_who_carry_it_out(port: TestPort):
    port.key("terminal")
    port.customs(manifests=[manifest()], declarations=[declaration()])
    port.customs(notices=[notice("ACCEPTED"), notice("INSPECTION_ORDERED", site="XMSITE")])
    told(port, moved("GTOT", box=OTHER))

    def place(role: str) -> Any:
        found = [e for e in events(port, role, equipmentReference=BOX) if kind(e).startswith("CUSTOMS_SELECTED")]
        return [e.get("eventLocation", {}).get("facility", {}).get("facilityCode") for e in found]

    assert (place("customs"), place("terminal"), place("forwarder")) == (["XMSITE"], [], [None])
    told(port, discharged())
    assert (place("customs"), place("terminal"), place("forwarder")) == (["XMSITE"], ["XMSITE"], [None])


def test_papers_of_a_box_in_two_bills_are_each_their_own_party_s(port: TestPort):
    both = manifest(transportDocumentReference="SECONDBILL", forwarder={"code": "SECOND", "name": "Second"})
    port.customs(role="carrier", manifests=[manifest(), both | {"consignee": None}])
    port.customs(
        role="carrier",
        carrierReleases=[
            {"transportDocumentReference": bill, "status": "RELEASED", "releasedAt": at(n)}
            for n, bill in enumerate((BILL, "SECONDBILL"))
        ],
    )
    told(port, discharged())
    for party, bill, others in (("FORWARDER", BILL, "SECONDBILL"), ("SECOND", "SECONDBILL", BILL)):
        answer = ask(port, "forwarder", party)
        assert sorted(kinds(answer.json()["events"])) == ["DISCHARGED", "RELEASED"]
        assert (bill in answer.text, others in answer.text) == (True, False)
        assert events(port, "forwarder", party, transportDocumentReference=others) == []
