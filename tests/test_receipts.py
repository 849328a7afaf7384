"""Receipts: a result per item, nothing kept of a dry run, and what a replay makes of kept bytes."""

from __future__ import annotations

import json

import pytest

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
