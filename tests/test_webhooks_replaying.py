"""Webhooks told again: all since a cursor, or one delivery, exactly and under the ids they had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from build_outbound import WALK, Outbox, bring_in, deliveries, endpoint, events, release, running_outbox, whole_walk
from build_port import moved


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    with running_outbox(sqlite_url) as running:
        yield running


@pytest.fixture
def either_outbox(database_url: str) -> Iterator[Outbox]:
    with running_outbox(database_url) as running:
        yield running


def test_a_replay_from_a_cursor_tells_exactly_what_came_after_it(either_outbox: Outbox):
    outbox = either_outbox
    made = endpoint(outbox.port)
    bring_in(outbox.port)
    cursor = events(outbox.port)["next"]
    release(outbox.port)
    outbox.port.gate(moved("GTOT", facilityCode="XMHT"))
    outbox.send()
    first = {p.delivery_id: p.body for _, p in outbox.receiver.sent}
    outbox.receiver.sent.clear()
    path = f"/v1/webhooks/{made['webhookID']}/replay"
    assert outbox.port.post(path, {"after": cursor}, role="forwarder").status_code == 202
    assert outbox.port.post(path, {"after": cursor}, role="forwarder").json()["reason"] == "REPLAY_UNDER_WAY"
    outbox.send()
    assert outbox.receiver.types() == WALK[3:]
    assert {p.delivery_id: p.body for _, p in outbox.receiver.sent}.items() <= first.items()
    told = outbox.port.get(f"/v1/webhooks/{made['webhookID']}", role="forwarder").json()
    assert (told["isReplaying"], told["waiting"]) == (False, 0)


def test_a_replay_brings_what_was_never_made_while_it_was_off(outbox: Outbox):
    made = endpoint(outbox.port)
    cursor = events(outbox.port)["next"]
    path = f"/v1/webhooks/{made['webhookID']}"
    assert outbox.port.post(f"{path}/disable", role="forwarder").json()["disabledReason"] == "BY_OWNER"
    whole_walk(outbox.port)
    outbox.send()
    outbox.port.clock.forward(minutes=1)
    assert (
        outbox.port.post(f"{path}/replay", {"after": cursor}, role="forwarder").json()["reason"] == "WEBHOOK_DISABLED"
    )
    outbox.port.post(f"{path}/enable", role="forwarder")
    outbox.send()
    assert outbox.receiver.sent == []
    outbox.port.post(f"{path}/replay", {"after": cursor}, role="forwarder")
    outbox.send()
    assert outbox.receiver.types() == WALK


def test_one_delivery_is_sent_again_under_its_id(outbox: Outbox):
    made = endpoint(outbox.port)
    bring_in(outbox.port)
    outbox.send()
    [_, again, *_] = reversed(deliveries(outbox.port, made["webhookID"]))
    path = f"/v1/webhooks/{made['webhookID']}/replay"
    assert outbox.port.post(path, {"deliveryID": again["deliveryID"]}, role="forwarder").status_code == 202
    outbox.send()
    assert outbox.receiver.sent[-1][1].delivery_id == again["deliveryID"]
    [told] = [one for one in deliveries(outbox.port, made["webhookID"]) if one["deliveryID"] == again["deliveryID"]]
    assert (told["state"], [one["verdict"] for one in told["attempts"]]) == ("DELIVERED", ["DELIVERED"] * 2)
    unknown = outbox.port.post(path, {"deliveryID": "msg_unknown"}, role="forwarder")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "DELIVERY_UNKNOWN")
