"""Receipts: a result per item, one answer to a repeat, nothing kept of a dry run."""

from __future__ import annotations

import json

import pytest

from build_edi import lifted
from build_port import BOX, TestPort, at, declaration, discharged, manifest, moved, notice
from build_receipts import OTHER, outcomes, refusals

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
