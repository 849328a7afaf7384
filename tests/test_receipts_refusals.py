"""Bad input: its reason, its place and how to mend it; who may say what; what is refused unread."""

from __future__ import annotations

import json
from typing import Any

import pytest

from build_edi import lifted
from build_port import BOX, TestPort, at, declaration, discharged, manifest, moved, notice
from build_receipts import OTHER, outcomes, refusals

# Bad input, item by item

ITEMS = [
    ({"equipmentReference": "CSQU3054384"}, "BAD_CONTAINER_NUMBER", "equipmentReference"),
    ({"equipmentReference": "CSQU305438"}, "BAD_CONTAINER_NUMBER", "equipmentReference"),
    ({"equipmentEventTypeCode": "GTXX"}, "UNKNOWN_CODE", "equipmentEventTypeCode"),
    ({"emptyIndicatorCode": "FULL"}, "UNKNOWN_CODE", "emptyIndicatorCode"),
    ({"movementType": "TRANSIT"}, "UNKNOWN_CODE", "movementType"),
    ({"eventDateTime": "2026-11-21T15:04:05"}, "TIME_WITHOUT_ZONE", "eventDateTime"),
    ({"eventDateTime": "2026-11-21"}, "DATE_WITHOUT_TIME", "eventDateTime"),
    ({"eventDateTime": None}, "TIME_MISSING", "eventDateTime"),
    ({"eventDateTime": "yesterday"}, "BAD_VALUE", "eventDateTime"),
    ({"eventDateTime": 1795262400}, "BAD_VALUE", "eventDateTime"),
    ({"eventDateTime": "2026-02-30T12:00:00Z"}, "BAD_VALUE", "eventDateTime"),
    ({"eventDateTime": at(-16)}, "FUTURE_TIME", "eventDateTime"),
    ({"facilityCode": "XMSY"}, "FOREIGN_FACILITY", "facilityCode"),
    ({"boxNumber": "1"}, "UNKNOWN_FIELD", "boxNumber"),
    ({"grossMassKg": float("nan")}, "BAD_VALUE", "grossMassKg"),
    ({"grossMassKg": float("inf")}, "BAD_VALUE", "grossMassKg"),
    ({"grossMassKg": 10**400}, "BAD_VALUE", "grossMassKg"),
    ({"grossMassKg": -1}, "BAD_VALUE", "grossMassKg"),
    ({"grossMassKg": "24310"}, "BAD_VALUE", "grossMassKg"),
    ({"grossMassKg": True}, "BAD_VALUE", "grossMassKg"),
    ({"dangerousGoods": [{"unNumber": "1263"}, {"unNumber": "12"}]}, "BAD_VALUE", "dangerousGoods[1].unNumber"),
    ({"reefer": {"setPointCelsius": float("nan")}}, "BAD_VALUE", "reefer.setPointCelsius"),
    ({"seals": "AB123"}, "BAD_VALUE", "seals"),
    ({"UNLocationCode": "XIAMEN"}, "BAD_VALUE", "UNLocationCode"),
    ({"truckPlate": "x" * 200}, "BAD_VALUE", "truckPlate"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "reason", "where"), ITEMS, ids=[f"{w}-{r}-{n}" for n, (_, r, w) in enumerate(ITEMS)])
def test_a_bad_event_is_refused_with_reason_and_place_and_its_neighbour_taken(
    port: TestPort, wrong: dict[str, Any], reason: str, where: str
):
    body = {"events": [discharged(**wrong), moved("GTIN", box=OTHER)]}
    answer = port.push("gate", json.dumps(body).encode(), role="terminal")
    assert (answer.status_code, outcomes(answer.json())) == (200, ["rejected", "accepted"])
    assert refusals(answer) == [("events[0]", reason, f"events[0].{where}")]


def test_a_clock_may_be_a_quarter_of_an_hour_ahead_and_a_plan_as_far_as_it_likes(port: TestPort):
    answer = port.gate(
        discharged(eventDateTime=at(-15)), moved("GTOT", eventClassifierCode="PLN", minutes_ago=-3000, box=OTHER)
    )
    assert outcomes(answer) == ["accepted", "accepted"]


def test_a_wrong_ship_number_refuses_no_movement(port: TestPort):
    [result] = port.gate(discharged(vesselIMONumber="9074728"))["results"]
    assert (result["outcome"], result["warnings"]) == (
        "accepted", [{"reason": "BAD_VESSEL_NUMBER", "where": "events[0].vesselIMONumber"}],
    )  # fmt: skip


CUSTOMS_ITEMS = [
    ({"declarations": [declaration(lines=[{"hsCode": "6802231000", "declaredValue": float("nan")}])]},
     "BAD_VALUE", "declarations[0].lines[0].declaredValue"),
    ({"declarations": [declaration(declarationNumber="12")]}, "BAD_VALUE", "declarations[0].declarationNumber"),
    ({"declarations": [declaration(declarationNumber=None)]}, "FIELD_MISSING", "declarations[0].declarationNumber"),
    ({"declarations": [declaration(containers=["CSQU3054384"])]},
     "BAD_CONTAINER_NUMBER", "declarations[0].containers[0]"),
    ({"declarations": [declaration(mode="EARLY")]}, "UNKNOWN_CODE", "declarations[0].mode"),
    ({"manifests": [manifest(direction="SIDEWAYS")]}, "UNKNOWN_CODE", "manifests[0].direction"),
    ({"manifests": [manifest(containers=[BOX, "X"])]}, "BAD_CONTAINER_NUMBER", "manifests[0].containers[1]"),
    ({"carrierReleases": [{"transportDocumentReference": "B1", "status": "MAYBE"}]},
     "UNKNOWN_CODE", "carrierReleases[0].status"),
    ({"notices": [notice("FREED")]}, "UNKNOWN_CODE", "notices[0].status"),
    ({"notices": [notice("TIMELINE_ONLY")]}, "UNKNOWN_CODE", "notices[0].status"),
    ({"notices": [notice("RELEASED", minutes_ago=-60)]}, "FUTURE_TIME", "notices[0].noticeDateTime"),
    ({"vesselCalls": [{"voyage": "031W", "ata": at(-60)}]}, "FUTURE_TIME", "vesselCalls[0].ata"),
    ({"vesselCalls": [{"facilityCode": "XMHT"}]}, "FIELD_MISSING", "vesselCalls[0].vesselIMONumber"),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "reason", "where"), CUSTOMS_ITEMS, ids=[where for _, _, where in CUSTOMS_ITEMS])
def test_a_bad_customs_item_is_refused_with_reason_and_place(
    port: TestPort, arrays: dict[str, Any], reason: str, where: str
):
    answer = port.push("customs", json.dumps(arrays).encode(), role="customs")
    assert (answer.status_code, [(r, w) for _, r, w in refusals(answer)]) == (422, [(reason, where)])


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b"", "NOT_JSON", "$"),
        (b"hello", "NOT_JSON", "$"),
        (b'{"events": [\n  {"a": 1,}]}', "NOT_JSON", "$"),
        (b"\xff\xfe\x00", "NOT_JSON", "$"),
        (b"[" * 100_000, "NOT_JSON", "$"),
        (b'{"events": [{"grossMassKg": ' + b"9" * 5000 + b"}]}", "NOT_JSON", "$"),
        (b'{"messageID": "\\ud800"}', "NOT_JSON", "$"),
        (b"[]", "BAD_VALUE", "$"),
        (b"3", "BAD_VALUE", "$"),
        (b"{}", "NO_ITEMS", "events"),
        (b'{"events": {}}', "BAD_VALUE", "events"),
        (b'{"events": [], "sender": "me"}', "UNKNOWN_FIELD", "sender"),
        (b'{"messageID": 7, "events": [1]}', "BAD_VALUE", "messageID"),
        (b'{"messageID": "a\\u0000b", "events": [1]}', "BAD_VALUE", "messageID"),
    ],
)
def test_a_body_that_cannot_be_cut_is_one_refused_item(port: TestPort, body: bytes, reason: str, where: str):
    answer = port.push("gate", body, role="terminal")
    [result] = answer.json()["results"]
    assert (answer.status_code, result["item"], result["outcome"]) == (422, 1, "rejected")
    assert refusals(answer) == [("$", reason, where)]
    assert port.get(f"/v1/messages/{answer.json()['receiptID']}", role="terminal").status_code == 200


@pytest.mark.slow
def test_ten_thousand_items_are_taken_at_once_and_one_more_is_not(port: TestPort):
    events = [{}] * 10_000
    full = port.push("gate", {"events": events}, role="terminal")
    over = port.push("gate", {"events": [*events, {}]}, role="terminal")
    assert len(full.json()["results"]) == 10_000
    assert [reason for _, reason, _ in refusals(over)] == ["TOO_MANY_ITEMS"]


# Interchanges


def test_a_cut_off_interchange_counts_as_far_as_it_is_whole(port: TestPort):
    whole = lifted(document="D1").removesuffix(b"UNZ+1+1'")
    second = lifted(OTHER, document="D2").split(b"'", 1)[1]
    answer = port.push("edifact", whole + second[: len(second) // 2], role="terminal")
    assert (answer.status_code, outcomes(answer.json())) == (200, ["accepted", "rejected"])
    assert [(path, reason) for path, reason, _ in refusals(answer)] == [("message 2", "TRUNCATED")]


def test_wrong_counts_are_taken_with_a_warning(port: TestPort):
    body = lifted(containers=7).replace(b"UNT+8+1", b"UNT+99+1").replace(b"UNZ+1+", b"UNZ+5+")
    [result] = port.push("edifact", body, role="terminal").json()["results"]
    assert (result["outcome"], [w["reason"] for w in result["warnings"]].count("COUNT_WRONG")) == ("accepted", 3)


def test_a_missing_envelope_is_taken_with_a_warning(port: TestPort):
    body = lifted().split(b"'", 1)[1].removesuffix(b"UNZ+1+1'")
    [result] = port.push("edifact", body, role="terminal").json()["results"]
    assert result["outcome"] == "accepted"
    assert "ENVELOPE_MISSING" in [warning["reason"] for warning in result["warnings"]]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "NOT_EDIFACT"),
        (b"hello", "NOT_EDIFACT"),
        (lifted("CSQU3054384"), "BAD_CONTAINER_NUMBER"),
        (lifted(code="999"), "UNKNOWN_CODE"),
        (lifted(minutes_ago=-60), "FUTURE_TIME"),
        (lifted().replace(b"COARRI", b"IFTMIN"), "UNKNOWN_MESSAGE_TYPE"),
    ],
)
def test_a_bad_interchange_is_refused_with_its_reason(port: TestPort, body: bytes, reason: str):
    answer = port.push("edifact", body, role="terminal")
    assert (answer.status_code, [told for _, told, _ in refusals(answer)]) == (422, [reason])


# Who may say what


@pytest.mark.parametrize(
    ("format_name", "role"),
    [
        ("gate", "forwarder"), ("gate", "customs"), ("gate", "tally"), ("gate", "carrier"), ("edifact", "customs"),
        ("edifact", "haulier"), ("customs", "consignee"), ("customs", "haulier"), ("customs", "courier"),
        ("dec-result", "terminal"), ("dec-result", "consignee"), ("courier", "terminal"), ("gate", "admin"),
    ],
)  # fmt: skip
def test_a_role_that_may_not_send_a_format_is_told_so(port: TestPort, format_name: str, role: str):
    answer = port.push(format_name, b"{}", role=role)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (answer.json()["reason"], bool(answer.json()["fix"])) == ("NOT_ALLOWED", True)


@pytest.mark.parametrize(
    ("role", "arrays"),
    [
        ("broker", {"manifests": [manifest()]}),
        ("broker", {"notices": [notice("RELEASED")]}),
        ("forwarder", {"carrierReleases": [{"transportDocumentReference": "B1", "status": "RELEASED"}]}),
        ("carrier", {"declarations": [declaration()]}),
        ("carrier", {"vesselCalls": [{"voyage": "031W"}]}),
        ("agent", {"notices": [notice("RELEASED")]}),
        ("terminal", {"manifests": [manifest()]}),
        ("authority", {"declarations": [declaration()]}),
    ],
)
def test_an_array_that_is_not_the_roles_to_send_is_refused(port: TestPort, role: str, arrays: dict[str, Any]):
    answer = port.push("customs", arrays, role=role)
    assert [reason for _, reason, _ in refusals(answer)] == ["NOT_ALLOWED"]


def test_a_broker_lodges_its_own_declarations_only(port: TestPort):
    own = port.customs("broker", "BROKER", declarations=[declaration()])
    foreign = port.push("customs", {"declarations": [declaration()]}, role="broker", party="SECOND-BROKER")
    assert outcomes(own) == ["accepted"]
    assert refusals(foreign) == [("declarations[0]", "FOREIGN_DECLARANT", "declarations[0].declarant.code")]


def test_a_tally_company_reports_lifts_and_nothing_at_the_gate(port: TestPort):
    gate = lifted().replace(b"COARRI", b"CODECO").replace(b"BGM+44", b"BGM+34")
    answer = port.push("edifact", gate, role="tally")
    assert [reason for _, reason, _ in refusals(answer)] == ["NOT_ALLOWED"]


def test_a_key_for_two_facilities_must_name_one_and_a_hub_need_not(port: TestPort):
    port.key("terminal", "TWIN", "XMA", "XMB")
    port.key("terminal", "HUB", "*")
    silent = port.push("gate", {"events": [moved("GTIN")]}, role="terminal", party="TWIN")
    named = port.gate(moved("GTIN", facilityCode="XMB"), party="TWIN")
    hub = port.gate(moved("GTIN", box=OTHER), party="HUB")
    assert refusals(silent) == [("events[0]", "FACILITY_MISSING", "events[0].facilityCode")]
    assert (outcomes(named), outcomes(hub)) == (["accepted"], ["accepted"])
    assert port.container(BOX)["location"]["facilityCode"] == "XMB"
    assert port.container(OTHER)["location"]["facilityCode"] is None


# Refused before anything is read


def test_an_unknown_key_opens_nothing(port: TestPort):
    answers = [
        port.client.post("/v1/messages/gate", content=b"{}", headers=headers)
        for headers in ({}, {"Authorization": "Bearer dp_nobody_secret"}, {"Authorization": "Basic x"})
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert [answer.json()["reason"] for answer in answers] == ["KEY_MISSING", "KEY_UNKNOWN", "KEY_UNKNOWN"]
    assert all(answer.headers["www-authenticate"].startswith("Bearer") for answer in answers)


def test_a_format_that_does_not_exist_is_not_found(port: TestPort):
    answer = port.push("morse", b"{}", role="terminal")
    assert (answer.status_code, answer.json()["reason"]) == (404, "UNKNOWN_FORMAT")


@pytest.mark.parametrize(("format_name", "megabytes"), [("gate", 1), ("customs", 1), ("edifact", 10)])
def test_a_body_over_the_limit_is_not_read(port: TestPort, format_name: str, megabytes: int):
    role = "customs" if format_name == "customs" else "terminal"
    answer = port.push(format_name, b" " * (megabytes * 1_048_576 + 1), role=role)
    within = port.push(format_name, b" " * (megabytes * 1_000_000), role=role)
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")
    assert within.status_code == 422
    assert len(port.get("/v1/messages", role=role).json()["messages"]) == 1


def test_there_is_no_address_beside_the_contracts(port: TestPort):
    answer = port.get("/v1/boxes", role="customs")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
