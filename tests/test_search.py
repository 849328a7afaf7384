"""The search box: it knows what was typed, and finds what the asker may see and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import build_shared_box as shared
from build_port import BILL, BOX, IMO, NUMBER, TestPort, at, declaration, discharged, manifest, moved, running_port

OTHER = "MSCU6639870"
CERTIFICATE = "C260000000123456"


@pytest.fixture(scope="module")
def told(shared_database_url: str) -> Iterator[TestPort]:
    """An import on its way, on SQLite and on PostgreSQL, for all who only ask."""
    with running_port(shared_database_url) as running:
        running.customs(
            vesselCalls=[
                {
                    "vesselIMONumber": IMO, "callSign": "VRAB7", "vesselName": "Egret Spirit", "importVoyage": "031W",
                    "exportVoyage": "032E", "eta": at(-60),
                }
            ],
            manifests=[manifest()],
            declarations=[declaration(seqNo="I20260000441527309")],
        )  # fmt: skip
        yield running


def search(port: TestPort, typed: str, *, role: str = "customs", party: str | None = None) -> dict[str, Any]:
    answer = port.client.get("/v1/search", params={"q": typed}, headers=port.headers(role, party))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def found(port: TestPort, typed: str, *, role: str = "customs", party: str | None = None) -> list[str]:
    """The containers, or whatever else, that the results name."""
    results = search(port, typed, role=role, party=party)["results"]
    return [result["equipmentReference"] or result["key"] for result in results]


@pytest.mark.parametrize(
    ("typed", "kind", "normalized", "used_as"),
    [
        (BOX, "CONTAINER", BOX, "CONTAINER"),
        ("csqu 305438-3", "CONTAINER", BOX, "CONTAINER"),
        (BILL, "BILL_OF_LADING", BILL, "BILL_OF_LADING"),
        ("cosu6123456780", "BILL_OF_LADING", BILL, "BILL_OF_LADING"),
        (NUMBER, "DECLARATION", NUMBER, "DECLARATION"),
        ("3711 2026 1001 234567", "DECLARATION", NUMBER, "DECLARATION"),
        ("I20260000441527309", "BILL_OF_LADING", "I20260000441527309", "DECLARATION"),
    ],
)
def test_what_was_typed_is_recognised_and_leads_to_the_box(
    told: TestPort, typed: str, kind: str, normalized: str, used_as: str
):
    answer = search(told, typed)
    seen = told.container(BOX)
    assert answer == {
        "query": typed,
        "type": kind,
        "normalized": normalized,
        "results": [
            {
                "type": used_as,
                "key": BOX,
                "title": normalized,
                "equipmentReference": BOX,
                "visitID": seen["visitID"],
                "headline": seen["headline"],
            }
        ],
        "hint": None,
    }


def test_a_visit_is_found_by_its_id_with_and_without_hyphens(told: TestPort):
    visit_id = told.container(BOX)["visitID"]
    for typed in (visit_id, visit_id.replace("-", ""), visit_id.upper()):
        answer = search(told, typed)
        assert (answer["type"], [result["visitID"] for result in answer["results"]]) == ("VISIT", [visit_id])


@pytest.mark.parametrize("typed", [IMO, f"IMO {IMO}", "VRAB7", "vrab7", "Egret Spirit", "egret"])
def test_a_vessel_is_found_by_number_call_sign_and_name(told: TestPort, typed: str):
    call_id = told.container(BOX)["vesselCall"]["callID"]
    answer = search(told, typed, role="forwarder")
    assert (answer["type"], answer["results"]) == (
        "VESSEL",
        [
            {
                "type": "VESSEL",
                "key": call_id,
                "title": "Egret Spirit 031W/032E",
                "equipmentReference": None,
                "visitID": None,
                "headline": None,
            }
        ],
    )


def test_the_next_call_of_a_ship_comes_before_those_long_ago(port: TestPort):
    for voyage, minutes in (("001W", 9000), ("031W", -60), ("015W", 3000)):
        port.customs(vesselCalls=[{"vesselIMONumber": IMO, "voyage": voyage, "eta": at(minutes)}])
    assert [result["title"] for result in search(port, IMO)["results"]] == [
        f"{IMO} 031W", f"{IMO} 015W", f"{IMO} 001W",
    ]  # fmt: skip


def test_a_ship_is_nobodys_who_has_no_business_with_it(told: TestPort):
    assert [found(told, IMO, role=role) for role in ("courier", "admin")] == [[], []]


def test_a_certificate_is_found_by_its_applicant_and_the_authority_and_its_parcel_by_the_courier(port: TestPort):
    body = {"certificateNumber": CERTIFICATE, "recipient": {"name": "Lin", "address": "1 Gulangyu Road"}}
    mailing_id = port.post("/v1/certificates", body, role="consignee").json()["mailingID"]
    for name, step, role in (("sign", None, "authority"), ("place", {"locker": "L"}, "authority")):
        port.post(f"/v1/certificates/{mailing_id}/{name}", step, role=role)
    code = port.post(f"/v1/certificates/{mailing_id}/code", role="consignee").json()["code"]
    port.post(f"/v1/certificates/{mailing_id}/confirm", {"code": code}, role="courier")
    port.post(f"/v1/certificates/{mailing_id}/collect", {"itemID": "EE123456785CN"}, role="courier")
    readers = ("consignee", "authority", "customs", "courier", "forwarder", "terminal")
    assert [found(port, CERTIFICATE, role=role) for role in readers] == [[mailing_id]] * 3 + [[]] * 3
    assert [found(port, "ee 123456785 cn", role=role) for role in readers] == [[mailing_id]] * 4 + [[]] * 2
    assert search(port, CERTIFICATE, role="consignee")["type"] == "CERTIFICATE"
    assert search(port, "EE123456785CN", role="courier")["type"] == "PARCEL"


@pytest.mark.parametrize("typed", ["CSQU3054384", "CSQU305438"])
def test_a_wrong_or_missing_check_digit_is_told_with_the_right_one(told: TestPort, typed: str):
    answer = search(told, typed)
    assert (answer["type"], answer["results"]) == ("CONTAINER", [])
    assert BOX in answer["hint"]["en"]
    assert BOX in answer["hint"]["zh"]


def test_a_good_number_of_which_nothing_was_told_says_so(told: TestPort):
    answer = search(told, OTHER, role="forwarder")
    assert (answer["type"], answer["results"]) == ("CONTAINER", [])
    assert "nothing has been reported to you yet" in answer["hint"]["en"]
    assert "尚无" in answer["hint"]["zh"]


@pytest.mark.parametrize("typed", ["", " ", "?", "你好", "1", "%", "'; DROP TABLE visit"])
def test_what_means_nothing_is_answered_with_a_hint(told: TestPort, typed: str):
    answer = search(told, typed)
    assert (answer["type"], answer["results"], bool(answer["hint"]["zh"])) == ("UNKNOWN", [], True)


def test_too_long_a_question_is_refused(told: TestPort):
    answer = told.get(f"/v1/search?q={'A' * 201}", role="customs")
    assert (answer.status_code, answer.json()["where"]) == (422, "query.q")


def test_a_bill_leads_to_all_its_boxes(port: TestPort):
    port.customs(manifests=[manifest(containers=[BOX, OTHER])])
    assert sorted(found(port, BILL, role="forwarder")) == [BOX, OTHER]


def test_a_vessel_and_voyage_lead_to_the_boxes_of_the_call(either_port: TestPort):
    either_port.customs(vesselCalls=[{"vesselIMONumber": IMO, "importVoyage": "031W"}], manifests=[manifest()])
    either_port.gate(discharged(box=OTHER))
    assert sorted(found(either_port, f"{IMO}/031W", role="terminal")) == [OTHER]
    assert sorted(found(either_port, f"{IMO}/031W")) == sorted([BOX, OTHER])


# Another's papers


def test_a_strangers_bill_or_declaration_in_my_own_box_finds_nothing(port: TestPort):
    shared.announce(port)
    mine = {"role": "forwarder", "party": "FWD1"}
    assert (found(port, "BILL-0001", **mine), found(port, shared.declaration_number(1), **mine)) == ([BOX], [BOX])
    assert (found(port, "BILL-0002", **mine), found(port, shared.declaration_number(2), **mine)) == ([], [])


@pytest.mark.parametrize(
    ("role", "party"), [("terminal", None), ("haulier", "HAUL"), ("authority", None), ("agent", "AGENT")]
)
def test_who_sees_no_papers_finds_no_box_by_them(port: TestPort, role: str, party: str | None):
    shared.announce(port)
    shared.berth(port)
    shared.discharge(port)
    assert found(port, BOX, role=role, party=party) == [BOX]
    assert [found(port, typed, role=role, party=party) for typed in ("BILL-0001", shared.declaration_number(1))] == [
        [],
        [],
    ]


def test_a_carrier_finds_its_own_bills(port: TestPort):
    shared.announce(port)
    assert found(port, "BILL-0002", role="carrier", party="CARRIER") == [BOX]


def test_yesterdays_visit_is_found_by_yesterdays_bill(port: TestPort):
    port.customs(manifests=[manifest(voyage="001W")])
    port.gate(discharged(voyage="001W", minutes_ago=4000))
    [first] = port.gate(moved("GTOT", minutes_ago=3000))["results"][0]["visitIDs"]
    port.gate(discharged(minutes_ago=30))
    [result] = search(port, BILL)["results"]
    assert result["visitID"] == first
