"""What webhooks are told: to whom, by the rights of when, once, and in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.outbound import Outcome, Verdict
from build_outbound import (
    AWAY,
    DELIVERED,
    WALK,
    Outbox,
    bring_in,
    deliveries,
    endpoint,
    events,
    release,
    running_outbox,
    whole_walk,
)
from build_port import BILL, BOX
from port import webhooks_following
from port.outbox import DELIVERIES


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    with running_outbox(sqlite_url) as running:
        yield running


@pytest.fixture
def either_outbox(database_url: str) -> Iterator[Outbox]:
    with running_outbox(database_url) as running:
        yield running


def test_a_box_from_the_ship_to_the_gate_is_told_in_order(either_outbox: Outbox):
    outbox = either_outbox
    endpoint(outbox.port)
    whole_walk(outbox.port)
    outbox.send()
    told = outbox.receiver.told()
    assert [one["type"] for one in told] == WALK
    versions = [one["data"]["version"] for one in told]
    assert versions == sorted(versions)
    assert {one["data"]["equipmentReference"] for one in told} == {BOX}
    assert told[-1]["data"] | {"version": 0} == outbox.port.container(BOX, role="forwarder") | {"version": 0}
    outbox.send()
    assert len(outbox.receiver.sent) == len(WALK)


def test_what_is_told_is_what_the_polled_events_say(outbox: Outbox):
    endpoint(outbox.port)
    whole_walk(outbox.port)
    outbox.send()
    polled = {event["version"]: event["data"] for event in events(outbox.port)["events"]}
    assert all(one["data"] == polled[one["data"]["version"]] for one in outbox.receiver.told())


def test_an_endpoint_is_told_only_of_the_types_it_asked_for(outbox: Outbox):
    endpoint(outbox.port, "few", types=["container.ready_for_pickup", "container.gated_out"])
    endpoint(outbox.port, "all")
    whole_walk(outbox.port)
    outbox.send()
    assert outbox.receiver.types("few") == ["container.ready_for_pickup", "container.gated_out"]
    assert outbox.receiver.types("all") == WALK


def test_strangers_are_told_nothing_and_each_reader_its_share(outbox: Outbox):
    for role, party in (("forwarder", "STRANGER"), ("customs", None), ("terminal", None), ("haulier", None)):
        endpoint(outbox.port, f"{role}-{party}", role=role, party=party)
    whole_walk(outbox.port)
    outbox.send()
    assert [outbox.receiver.types(name) for name in ("forwarder-STRANGER", "haulier-None")] == [[], []]
    assert "container.diverted" in outbox.receiver.types("terminal-None")
    assert outbox.receiver.types("customs-None")[0] == "container.expected"
    values = [one["data"]["documents"] for one in outbox.receiver.told("terminal-None")]
    assert values == [[]] * len(values)


def test_who_comes_onto_a_visit_is_told_so_and_nothing_of_before(outbox: Outbox):
    endpoint(outbox.port, role="broker", party="NEWCOMER")
    bring_in(outbox.port)
    release(outbox.port)
    body = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": "NEWCOMER", "role": "broker"}
    assert outbox.port.post("/v1/visits/nominations", body, role="forwarder").status_code == 201
    outbox.send()
    [told] = outbox.receiver.told()
    assert (told["type"], told["data"]["readyForPickup"]) == ("container.disclosed", True)


def test_rights_that_end_before_it_is_sent_are_obeyed_and_the_log_does_not_name_it(outbox: Outbox):
    made = endpoint(outbox.port, role="broker", party="NEWCOMER")
    bring_in(outbox.port)
    body = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": "NEWCOMER", "role": "broker"}
    nomination = outbox.port.post("/v1/visits/nominations", body, role="forwarder").json()["nominationID"]
    release(outbox.port)
    outbox.follow()
    revoke = {"nominationID": nomination}
    headers = outbox.port.headers("forwarder")
    outbox.port.client.request("DELETE", "/v1/visits/nominations", json=revoke, headers=headers)
    outbox.send()
    assert outbox.receiver.sent == []
    path = f"/v1/webhooks/{made['webhookID']}/deliveries"
    listed = outbox.port.get(path, role="broker", party="NEWCOMER").json()["deliveries"]
    assert len(listed) >= 2
    assert {(one["state"], one["type"], one["visitID"], len(one["attempts"])) for one in listed} == {
        ("REVOKED", None, None, 0)
    }


def test_a_revoked_key_turns_its_endpoint_off_and_its_successor_does_not(outbox: Outbox):
    port = outbox.port
    lasting, ending = endpoint(port, "lasting"), endpoint(port, "ending", role="consignee")
    key_id = port.key("forwarder").split("_")[1]
    assert port.post(f"/v1/keys/{key_id}/rotate", {}, role="forwarder").status_code == 201
    headers = port.headers("forwarder") | port.headers("admin")
    for role in ("forwarder", "consignee"):
        revoked = port.key(role).split("_")[1]
        assert port.client.delete(f"/v1/keys/{revoked}", headers=headers).status_code == 204
    bring_in(port)
    outbox.send()
    assert outbox.receiver.types("lasting")[:2] == ["container.expected", "container.discharged"]
    assert outbox.receiver.types("ending") == []
    del port.keys["consignee", "CONSIGNEE"]
    told = port.get(f"/v1/webhooks/{ending['webhookID']}", role="consignee").json()
    assert (told["state"], told["disabledReason"]) == ("DISABLED", "KEY_REVOKED")
    assert lasting["state"] == "ENABLED"


def test_nothing_older_than_an_endpoint_is_told_it(outbox: Outbox):
    bring_in(outbox.port)
    outbox.port.clock.forward(minutes=1)
    endpoint(outbox.port)
    release(outbox.port)
    outbox.send()
    assert outbox.receiver.types()[0] == "container.customs_released"


def test_without_an_endpoint_nobody_follows(outbox: Outbox):
    whole_walk(outbox.port)
    with outbox.database.read() as connection:
        assert not webhooks_following.is_wanted(connection)
    outbox.follow()
    with outbox.database.read() as connection:
        assert connection.execute(select(DELIVERIES)).all() == []


def test_a_follower_that_died_between_making_and_moving_makes_nothing_twice(outbox: Outbox, monkeypatch):
    endpoint(outbox.port)
    bring_in(outbox.port)
    with monkeypatch.context() as patched:
        patched.setattr(webhooks_following, "advance", lambda *_: False)
        webhooks_following.follow(outbox.database, outbox.now)
    outbox.send()
    assert outbox.receiver.types() == ["container.expected", "container.discharged", "container.diverted"]


def test_certificates_are_told_to_the_applicant_and_the_courier_each_in_its_share(outbox: Outbox):
    port = outbox.port
    endpoint(port, "applicant", role="consignee")
    endpoint(port, "courier", role="courier")
    recipient = {"name": "Lin Xiaoyu", "address": "1 Gulangyu Road, Xiamen"}
    body = {"certificateNumber": "C260000000123456", "recipient": recipient}
    mailing_id = port.post("/v1/certificates", body, role="consignee").json()["mailingID"]
    port.post(f"/v1/certificates/{mailing_id}/sign", role="authority")
    port.post(f"/v1/certificates/{mailing_id}/place", {"locker": "L-7"}, role="authority")
    outbox.send()
    assert outbox.receiver.types("applicant") == ["certificate.signed", "certificate.in_locker"]
    [told] = outbox.receiver.told("courier")
    assert (told["type"], told["data"]["certificateNumber"], told["data"]["locker"]) == (
        "certificate.in_locker", None, "L-7",
    )  # fmt: skip


def test_gone_turns_it_off_at_once_and_the_others_hear_of_it(outbox: Outbox):
    gone, other = endpoint(outbox.port, "gone"), endpoint(outbox.port, "other")
    outbox.receiver.answers["gone"] = lambda _now: Outcome(Verdict.GONE, 410, "GONE")
    bring_in(outbox.port)
    outbox.send()
    assert len(outbox.receiver.told("gone")) == 1
    told = outbox.port.get(f"/v1/webhooks/{gone['webhookID']}", role="forwarder").json()
    assert (told["state"], told["disabledReason"], told["waiting"]) == ("DISABLED", "GONE", 0)
    [notice_] = [one for one in outbox.receiver.told("other") if one["type"] == "webhook.disabled"]
    assert notice_["data"] == {"webhookID": gone["webhookID"], "disabledReason": "GONE"}
    states = {one["state"] for one in deliveries(outbox.port, gone["webhookID"])}
    assert (states, other["state"]) == ({"GONE", "CANCELLED"}, "ENABLED")


def test_a_test_tells_the_endpoint_its_own_id(outbox: Outbox):
    made = endpoint(outbox.port, types=["container.gated_out"])
    answer = outbox.port.post(f"/v1/webhooks/{made['webhookID']}/test", role="forwarder")
    outbox.send()
    [(_, parcel)] = outbox.receiver.sent
    assert (answer.status_code, answer.json()) == (202, {"deliveryID": parcel.delivery_id})
    [told] = outbox.receiver.told()
    assert (told["type"], told["data"]) == ("webhook.test", {"webhookID": made["webhookID"]})


def test_a_failure_is_in_the_log_with_its_status_and_the_next_attempt(outbox: Outbox):
    made = endpoint(outbox.port, types=["container.discharged"])
    answers = iter([Outcome(Verdict.RETRY, 503, "REFUSED"), AWAY])
    outbox.receiver.answers["hook"] = lambda _now: next(answers, DELIVERED)
    bring_in(outbox.port)
    outbox.send()
    began = outbox.now
    outbox.forward(minutes=6)
    [told] = deliveries(outbox.port, made["webhookID"])
    assert told["state"] == "DELIVERED"
    assert [(one["status"], one["detail"]) for one in told["attempts"]] == [
        (503, "REFUSED"), (None, "NOT_REACHED"), (200, None),
    ]  # fmt: skip
    pauses = [at_ - began for at_, _ in outbox.receiver.sent]
    assert pauses == [timedelta(), timedelta(seconds=5), timedelta(minutes=5, seconds=5)]
