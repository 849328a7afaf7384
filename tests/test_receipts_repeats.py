"""Repeats: one answer to a message told again, one instruction for a fact told twice, and what comes too late."""

from __future__ import annotations

import json

from build_edi import lifted
from build_port import BOX, TestPort, declaration, discharged, manifest, moved, notice
from build_receipts import OTHER, outcomes

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
