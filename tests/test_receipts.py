"""Receipts: a result per item, one answer to a repeat, and for bad input its reason, its place and how to mend it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from build_edi import lifted
from build_port import BOX, TestPort, at, declaration, discharged, manifest, moved, notice

OTHER = "MSCU6639870"


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [result["outcome"] for result in answer["results"]]


def refusals(answer: httpx.Response) -> list[tuple[str, str, str]]:
    """(path, reason, where) of each refused item; each must say in words what is wrong and how to mend it."""
    errors = [(result["path"], result["error"]) for result in answer.json()["results"] if result["error"]]
    assert all(error["message"] and error["fix"] for _, error in errors)
    return [(path, error["reason"], error["where"]) for path, error in errors]


# The receipt itself


def test_a_receipt_has_one_result_per_item_in_order(port: TestPort):
    answer = port.push(
        "gate",
        {"messageID": "M1", "events": [discharged(), moved("DISC", box="CSQU3054384"), moved("GTXX", box=OTHER)]},
        role="terminal",
    )
    told = answer.json()
    assert answer.status_code == 200
    assert list(told) == ["receiptID", "sha256", "receivedAt", "duplicate", "results"]
    assert (told["receivedAt"], told["duplicate"]) == ("2026-11-21T12:00:00Z", False)
    first, *others = told["results"]
    assert {name: first[name] for name in ("item", "path", "outcome", "sequence", "warnings", "error")} == {
        "item": 1, "path": "events[0]", "outcome": "accepted", "sequence": 1, "warnings": [], "error": None,
    }  # fmt: skip
    assert first["visitIDs"] == [port.container(BOX)["visitID"]]
    given = dict(first["instruction"])
    assert given.pop("instructionID")
    assert given == {"point": "DISCHARGE", "route": "YARD", "place": None, "reason": "NOT_DECLARED"}
    for number, result in enumerate(others, 2):
        assert {name: value for name, value in result.items() if name not in ("error", "path")} == {
            "item": number, "outcome": "rejected", "eventID": None, "sequence": None, "visitIDs": [],
            "instruction": None, "warnings": [],
        }  # fmt: skip


def test_customs_arrays_are_taken_in_the_contracts_order_whatever_theirs(port: TestPort):
    answer = port.customs(
        notices=[notice("ACCEPTED")],
        declarations=[declaration()],
        carrierReleases=[{"transportDocumentReference": "COSU6123456780", "status": "RELEASED"}],
        manifests=[manifest()],
        vesselCalls=[{"vesselIMONumber": "9074729", "importVoyage": "031W", "eta": at(-60)}],
    )
    assert [result["path"] for result in answer["results"]] == [
        "vesselCalls[0]", "manifests[0]", "carrierReleases[0]", "declarations[0]", "notices[0]",
    ]  # fmt: skip
    assert outcomes(answer) == ["accepted"] * 5


def test_a_bare_event_is_a_message_of_one_item(port: TestPort):
    answer = port.push("gate", {"messageID": "BARE-1"} | discharged(), role="terminal")
    assert [(result["path"], result["outcome"]) for result in answer.json()["results"]] == [("$", "accepted")]


def test_a_sequence_counts_the_senders_taken_items_only(port: TestPort):
    first = port.gate(moved("GTIN"), moved("GTXX"), moved("DROP"))
    port.gate(moved("GTIN", box=OTHER), role="terminal", party="SECOND")
    second = port.gate(moved("PICK"))
    assert [result["sequence"] for result in first["results"] + second["results"]] == [1, None, 2, 3]


def test_a_message_of_which_nothing_is_taken_is_answered_422_and_kept(port: TestPort):
    answer = port.push("gate", {"messageID": "BAD", "events": [moved("GTXX")]}, role="terminal")
    [kept] = port.get("/v1/messages?state=rejected", role="terminal").json()["messages"]
    assert answer.status_code == 422
    assert kept == {
        "receiptID": answer.json()["receiptID"],
        "format": "gate",
        "sender": "TERMINAL",
        "messageID": "BAD",
        "receivedAt": "2026-11-21T12:00:00Z",
        "state": "REFUSED",
        "items": 1,
        "rejected": 1,
        "errors": [{"item": 1, "path": "events[0]"} | answer.json()["results"][0]["error"]],
    }


def test_a_kept_message_can_be_read_back_byte_for_byte(port: TestPort):
    body = b'{"messageID": "R1",  "events": [ "\xe9\xa9\xac" ]}'
    receipt = port.push("gate", body, role="terminal").json()
    told = port.get(f"/v1/messages/{receipt['receiptID']}", role="terminal").json()
    assert (told["raw"].encode(), told["rawEncoding"], told["receipt"]) == (body, "utf-8", receipt)
    assert told["sha256"] == receipt["sha256"]


def test_what_is_no_text_is_read_back_as_base64(port: TestPort):
    receipt = port.push("gate", b"\xff\xfe\x00", role="terminal").json()
    told = port.get(f"/v1/messages/{receipt['receiptID']}", role="terminal").json()
    assert (told["raw"], told["rawEncoding"]) == ("//4A", "base64")


def test_a_sender_reads_its_own_messages_and_customs_everybodys(port: TestPort):
    mine = port.gate(discharged())["receiptID"]
    other = {"role": "terminal", "party": "SECOND"}
    foreign = port.get(f"/v1/messages/{mine}", **other)
    absent = port.get("/v1/messages/00000000-0000-8000-8000-000000000000", **other)
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    assert port.get("/v1/messages", **other).json() == {"messages": [], "next": None}
    assert port.get(f"/v1/messages/{mine}", role="customs").status_code == 200
    assert [m["receiptID"] for m in port.get("/v1/messages", role="customs").json()["messages"]] == [mine]


def test_messages_are_listed_newest_first_a_page_at_a_time(port: TestPort):
    for number in range(5):
        port.clock.forward(minutes=1)
        port.push("gate", {"messageID": f"P{number}", "events": [moved("DROP")]}, role="terminal")
    seen: list[str] = []
    page = {"next": ""}
    while page["next"] is not None:
        cursor = f"&before={page['next']}" if page["next"] else ""
        page = port.get(f"/v1/messages?limit=2{cursor}", role="terminal").json()
        seen += [message["messageID"] for message in page["messages"]]
    assert seen == ["P4", "P3", "P2", "P1", "P0"]


# Repeats


def test_a_repeat_is_answered_with_the_first_results(either_port: TestPort):
    port = either_port
    body = {"messageID": "M1", "events": [discharged(), moved("GTXX")]}
    first = port.push("gate", body, role="terminal")
    port.customs(manifests=[manifest()], declarations=[declaration()])
    again = port.push("gate", body, role="terminal")
    assert again.status_code == 200
    assert again.json() == first.json() | {"duplicate": True}
    assert len(port.get("/v1/messages", role="terminal").json()["messages"]) == 1


def test_another_body_under_the_same_message_id_is_a_conflict(either_port: TestPort):
    port = either_port
    port.push("gate", {"messageID": "M1", "events": [moved("GTIN")]}, role="terminal")
    other = port.push("gate", {"messageID": "M1", "events": [moved("GTOT")]}, role="terminal")
    problem = other.json()
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["status"], problem["reason"], problem["title"]) == (409, "IDENTITY_REUSED", "Conflict")
    assert problem["detail"]
    assert problem["fix"]
    assert port.container(BOX)["facets"]["movement"] == "GATED_IN"


def test_a_message_id_is_the_senders_own_and_of_one_format(port: TestPort):
    mine = port.push("gate", {"messageID": "M1", "events": [moved("GTIN")]}, role="terminal")
    others = port.push("gate", {"messageID": "M1", "events": [moved("GTIN")]}, role="terminal", party="SECOND")
    calls = port.push("customs", {"messageID": "M1", "vesselCalls": [{"voyage": "031W"}]}, role="terminal")
    assert [answer.json()["duplicate"] for answer in (mine, others, calls)] == [False, False, False]


def test_an_idempotency_key_serves_where_there_is_no_message_id(port: TestPort):
    key = {"Idempotency-Key": "abc"}
    first = port.push("gate", {"events": [moved("GTIN")]}, role="terminal", **key)
    again = port.push("gate", {"events": [moved("GTIN")]}, role="terminal", **key)
    other = port.push("gate", {"events": [moved("GTOT")]}, role="terminal", **key)
    assert (again.json(), other.status_code) == (first.json() | {"duplicate": True}, 409)


def test_a_body_without_any_identity_is_known_by_its_bytes(port: TestPort):
    first = port.push("gate", {"events": [moved("GTIN")]}, role="terminal").json()
    again = port.push("gate", {"events": [moved("GTIN")]}, role="terminal").json()
    assert again == first | {"duplicate": True}


def test_an_interchange_is_known_by_its_bytes_and_a_reused_reference_only_warned_of(port: TestPort):
    first = port.push("edifact", lifted(control="77"), role="terminal").json()
    again = port.push("edifact", lifted(control="77"), role="terminal").json()
    other = port.push("edifact", lifted(OTHER, control="77", document="D2"), role="terminal").json()
    assert again == first | {"duplicate": True}
    assert other["duplicate"] is False
    assert {"reason": "REFERENCE_REUSED", "where": "interchange reference XMHT/77"} in other["results"][0]["warnings"]


def test_a_repeat_of_a_refused_message_is_refused_again(port: TestPort):
    first = port.push("gate", b"no json", role="terminal")
    again = port.push("gate", b"no json", role="terminal")
    assert (again.status_code, again.json()) == (422, first.json() | {"duplicate": True})


def test_the_same_message_many_times_at_once_is_taken_once(either_port: TestPort):
    port = either_port
    body = {"messageID": "M1", "events": [discharged()]}
    answers = port.at_once(*(("POST", "/v1/messages/gate", body, "terminal") for _ in range(20)))
    told = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(one["duplicate"] for one in told) == [False] + [True] * 19
    assert len({json.dumps(one["results"]) for one in told}) == 1


def test_of_two_bodies_under_one_id_at_once_one_is_taken(either_port: TestPort):
    port = either_port
    bodies = [{"messageID": "M1", "events": [moved("GTIN", minutes_ago=n)]} for n in range(6)]
    answers = port.at_once(*(("POST", "/v1/messages/gate", body, "terminal") for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert len(port.get("/v1/messages", role="terminal").json()["messages"]) == 1


# The same fact told twice


def test_the_same_fact_in_another_message_is_answered_with_the_first_instruction(either_port: TestPort):
    port = either_port
    first = port.gate(discharged())["results"][0]
    again = port.gate(discharged(seals=["X9"]))["results"][0]
    assert (again["outcome"], again["eventID"] == first["eventID"]) == ("duplicate", False)
    assert (again["instruction"], again["visitIDs"]) == (first["instruction"], first["visitIDs"])
    assert len(port.get("/v1/instructions", role="terminal").json()["instructions"]) == 1


def test_the_same_fact_in_another_format_is_answered_with_the_first_instruction(port: TestPort):
    first = port.gate(discharged())["results"][0]
    again = port.push("edifact", lifted(), role="terminal").json()["results"][0]
    assert (again["outcome"], again["instruction"]) == ("duplicate", first["instruction"])


def test_the_tally_may_tell_it_too_and_the_difference_is_kept(port: TestPort):
    port.gate(discharged(seals=["AB1"]))
    told = port.push("edifact", lifted(seal="AB2"), role="tally", party="TALLY").json()["results"][0]
    [line] = [
        line for line in port.get(f"/v1/containers/{BOX}/timeline", role="customs").json()["lines"]
        if line["type"] == "DISC"
    ]  # fmt: skip
    assert (told["outcome"], told["instruction"]) == ("duplicate", None)
    assert line["tellings"] == 2
    assert line["differences"] == [
        {"field": "seals", "values": [{"source": "tally", "value": ["AB2"]}, {"source": "terminal", "value": ["AB1"]}]}
    ]


def test_the_same_fact_twice_in_one_message_gives_one_instruction(port: TestPort):
    one, two = port.gate(discharged(), discharged())["results"]
    assert (one["outcome"], two["outcome"]) == ("accepted", "duplicate")
    assert one["instruction"] == two["instruction"]


# Stale


def test_what_comes_too_late_to_change_the_status_is_stale(port: TestPort):
    port.gate(discharged(minutes_ago=50), moved("DROP", minutes_ago=10))
    late = port.gate(moved("PICK", minutes_ago=40))["results"][0]
    assert (late["outcome"], late["instruction"]) == ("stale", None)
    assert port.container(BOX)["facets"]["movement"] == "IN_YARD"


def test_a_notice_older_than_the_one_that_counts_is_stale(port: TestPort):
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("RELEASED", minutes_ago=5)])
    assert outcomes(port.customs(notices=[notice("ACCEPTED", minutes_ago=90)])) == ["stale"]
    assert port.container(BOX)["facets"]["customs"] == "RELEASED"


# dryRun


def test_a_dry_run_checks_and_keeps_nothing(port: TestPort):
    body = json.dumps({"messageID": "DRY", "events": [discharged(), moved("GTXX")]}).encode()
    answer = port.client.post("/v1/messages/gate?dryRun=true", content=body, headers=port.headers("terminal"))
    told = answer.json()
    assert (answer.status_code, outcomes(told)) == (200, ["accepted", "rejected"])
    assert [result["instruction"] for result in told["results"]] == [None, None]
    assert [(result["eventID"], result["sequence"], result["visitIDs"]) for result in told["results"]] == [
        (None, None, [])
    ] * 2
    assert told["receiptID"] is None
    assert port.get("/v1/messages", role="terminal").json()["messages"] == []
    assert port.get(f"/v1/containers/{BOX}", role="customs").status_code == 404
    # Its id is still free.
    assert port.push("gate", body, role="terminal").json()["duplicate"] is False


def test_a_dry_run_of_nothing_good_is_422(port: TestPort):
    answer = port.client.post("/v1/messages/gate?dryRun=1", content=b"{", headers=port.headers("terminal"))
    assert (answer.status_code, refusals(answer)[0][1]) == (422, "NOT_JSON")


def test_a_dry_run_that_is_neither_true_nor_false_is_refused_before_anything_is_taken(port: TestPort):
    body = json.dumps({"events": [discharged()]}).encode()
    answer = port.client.post("/v1/messages/gate?dryRun=perhaps", content=body, headers=port.headers("terminal"))
    assert (answer.status_code, answer.json()["where"]) == (422, "query.dryRun")
    assert port.get(f"/v1/containers/{BOX}", role="customs").status_code == 404


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


# Replay


@pytest.mark.parametrize("known_by", [{"messageID": "M1"}, {}, {"Idempotency-Key": "abc"}])
def test_a_replay_reads_the_bytes_again_and_leaves_what_was_taken_alone(port: TestPort, known_by: dict[str, str]):
    header = {name: value for name, value in known_by.items() if name == "Idempotency-Key"}
    body = {"events": [moved("GTIN"), moved("GTXX")]} | ({} if header else known_by)
    first = port.push("gate", body, role="terminal", **header).json()
    position = port.get("/v1/messages", role="terminal").json()
    again = port.post(f"/v1/messages/{first['receiptID']}/replay", role="terminal")
    assert (again.status_code, again.json()) == (200, first)
    assert port.get("/v1/messages", role="terminal").json() == position
    [line] = port.get(f"/v1/containers/{BOX}/timeline", role="terminal").json()["lines"][:1]
    assert (line["type"], line["tellings"]) == ("GTIN", 1)


def test_nobody_replays_another_senders_message_but_customs(port: TestPort):
    receipt = port.gate(moved("GTIN"))["receiptID"]
    foreign = port.post(f"/v1/messages/{receipt}/replay", role="terminal", party="SECOND")
    officer = port.post(f"/v1/messages/{receipt}/replay", role="customs")
    assert (foreign.status_code, officer.status_code) == (404, 200)
