"""Webhooks by the real server and its child, to a real receiver: signed, redirected nowhere, lost by no kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from build_lab import until
from build_port import BOX, discharged, moved
from build_receiver import Receiver, children, receiving
from server import Key, Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
BOXES = ("MSCU6639870", "CSQU3054383", "TGHU7599330", "TEMU2233310")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    with serve(sqlite_url, salt="the tests draw alike", webhooks_private="true", log_level="debug") as running:
        yield running


def terminal(server: Server) -> Key:
    return server.create_key(party="TERMINAL", role="terminal", facilities=("XMHT",))


def made(client: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": f"{url}/hook?a=b", **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def push(client: httpx.Client, name: str, *events: dict[str, Any]) -> None:
    answer = client.post("/v1/messages/gate", json={"messageID": name, "events": list(events)})
    assert answer.status_code == 200, answer.text


def stir(client: httpx.Client) -> int:
    """Twenty events; how many things are to be told."""
    for box in BOXES:
        push(client, f"D-{box}", discharged(minutes_ago=600, box=box, facilityCode="XMHT"))
        for n in range(4):
            event = moved("GTIN" if n % 2 else "GTOT", minutes_ago=500 - n * 30, box=box, facilityCode="XMHT")
            push(client, f"{box}-{n}", event)
    return 20


TYPES = ["container.discharged", "container.gated_in", "container.gated_out"]


def test_what_comes_is_signed_and_what_was_changed_is_not(server: Server, receiver: Receiver):
    with server.client(terminal(server)) as client:
        first = made(client, receiver.url, types=["container.discharged"])
        push(client, "M-1", discharged(minutes_ago=30, facilityCode="XMHT"))
        until(lambda: receiver.got, "a webhook")
        [got] = receiver.got
        assert (got.path, got.headers["content-type"]) == ("/hook?a=b", "application/json")
        told = Webhook(first["secret"]).verify(got.body, got.headers)
        assert (told["type"], told["data"]["equipmentReference"]) == ("container.discharged", BOX)
        with pytest.raises(WebhookVerificationError):
            Webhook(first["secret"]).verify(got.body.replace(BOX.encode(), b"MSCU6639870"), got.headers)
        second = client.post(f"/v1/webhooks/{first['webhookID']}/rotate", json={}).json()
        client.post(f"/v1/webhooks/{first['webhookID']}/test")
        until(lambda: len(receiver.got) == 2, "the test")
        for secret in (first["secret"], second["secret"]):
            Webhook(secret).verify(receiver.got[1].body, receiver.got[1].headers)
        third = client.post(f"/v1/webhooks/{first['webhookID']}/rotate", json={"overlapHours": 0}).json()
        client.post(f"/v1/webhooks/{first['webhookID']}/test")
        until(lambda: len(receiver.got) == 3, "the second test")
        Webhook(third["secret"]).verify(receiver.got[2].body, receiver.got[2].headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(second["secret"]).verify(receiver.got[2].body, receiver.got[2].headers)
        path = f"/v1/webhooks/{first['webhookID']}"
        shown = "".join(client.get(p).text for p in ("/v1/webhooks", path, f"{path}/deliveries", "/metrics"))
    secrets = [one["secret"] for one in (first, second, third)]
    assert len(set(secrets)) == 3
    for text in (shown, server.log()):
        assert not any(secret.removeprefix("whsec_")[:20] in text for secret in secrets)


def test_a_redirect_is_not_followed_and_a_long_answer_not_read(server: Server, receiver: Receiver):
    with server.client(terminal(server)) as client:
        webhook_id = made(client, receiver.url)["webhookID"]
        receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/elsewhere"}
        client.post(f"/v1/webhooks/{webhook_id}/test")

        def attempts() -> list[dict[str, Any]]:
            [one] = client.get(f"/v1/webhooks/{webhook_id}/deliveries").json()["deliveries"]
            found: list[dict[str, Any]] = one["attempts"]
            return found

        until(attempts, "an attempt")
        assert [(one["status"], one["detail"]) for one in attempts()] == [(302, "REDIRECTED")]
        receiver.status, receiver.headers, receiver.body = 200, {}, b"x" * 3_000_000
        until(lambda: len(attempts()) == 2, "another attempt")
        assert [one.path for one in receiver.got] == ["/hook?a=b"] * 2
        assert attempts()[1]["verdict"] == "DELIVERED"


def test_a_child_that_is_killed_loses_nothing(server: Server, receiver: Receiver):
    with server.client(terminal(server)) as client:
        webhook_id = made(client, receiver.url, types=TYPES)["webhookID"]
        receiver.pause.clear()
        expected = stir(client)
        until(lambda: receiver.got, "a first webhook")
        [child] = children(server.pid)
        os.kill(child, signal.SIGKILL)
        receiver.pause.set()
        wait_for_all(client, webhook_id, expected)
    check(receiver, expected)


def test_a_server_that_is_killed_loses_nothing(sqlite_url: str, receiver: Receiver):
    settings = {"salt": "the tests draw alike", "webhooks_private": "true"}
    with serve(sqlite_url, **settings) as first:
        key = terminal(first)
        with first.client(key) as client:
            webhook_id = made(client, receiver.url, types=TYPES)["webhookID"]
            receiver.pause.clear()
            expected = stir(client)
            until(lambda: receiver.got, "a first webhook")
        [child] = children(first.pid)
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: not os.path.exists(f"/proc/{child}"), "the end of its child")  # noqa: PTH110  # no file
        receiver.pause.set()
    # Nobody is left to give back its leases, but of an embedded database there is one server alone.
    with serve(sqlite_url, **settings) as second, second.client(key) as client:
        wait_for_all(client, webhook_id, expected)
    check(receiver, expected)


def wait_for_all(client: httpx.Client, webhook_id: str, expected: int) -> None:
    def delivered() -> bool:
        path = f"/v1/webhooks/{webhook_id}/deliveries?state=DELIVERED&limit=500"
        return len(client.get(path).json()["deliveries"]) == expected

    until(delivered, "all deliveries", seconds=90)


def check(receiver: Receiver, expected: int) -> None:
    """All came, in order per visit where each counts as it came first; few came twice, under the same id."""
    first = list({one.headers["webhook-id"]: one for one in receiver.got}.values())
    assert len(first) == expected
    assert len(receiver.got) <= expected + 8
    versions: dict[str, list[int]] = {}
    for one in first:
        versions.setdefault(one.told["data"]["visitID"], []).append(one.told["data"]["version"])
    assert all(told == sorted(told) for told in versions.values())
    ids = {one.headers["webhook-id"]: one.body for one in first}
    assert all(ids[one.headers["webhook-id"]] == one.body for one in receiver.got)
