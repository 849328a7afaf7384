"""web.fast_lane: what goes straight in, what goes the whole way, and that both are answered alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from build_formats import kept
from build_port import TestPort, moved, running_port
from port.record import QueueFull, Recorder
from web.app import STATUSES
from web.fast_lane import FastLane

OTHER = "TGHU1643396"


@dataclass
class Ways:
    """A fast lane before a running port, which notes what it passes on."""

    port: TestPort
    passed_on: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self.port.client.app
        await FastLane(self._whole, statuses=STATUSES)(scope, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed_on.append(scope["path"])
        await self.port.client.app(scope, receive, send)

    def post(self, path: str, body: Any, **headers: str) -> tuple[httpx.Response, bool]:
        """The answer, and whether it came by the fast lane."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        before = len(self.passed_on)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://port.example") as client:
                return await client.post(path, content=content, headers=headers)

        return self.port.client.portal.call(send), len(self.passed_on) == before


@pytest.fixture
def ways(sqlite_url: str) -> Iterator[Ways]:
    with running_port(sqlite_url) as port:
        port.gate(moved("GTIN"))  # its key is known from now on
        yield Ways(port)


def message(name: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"messageID": name, "events": list(events)}


def alike(answer: httpx.Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    """What is the same whichever way it came, and whether or not it came before."""
    passing = {"x-request-id", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in passing}
    return answer.status_code, headers, answer.json() | {"duplicate": None}


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        (message("M1", moved("GTIN", box=OTHER)), {}, 200),
        (message("M1", moved("GTIN", box=OTHER), moved("GTIN", box="CSQU3054384")), {}, 200),
        (message("M1", moved("GTIN", box="CSQU3054384")), {}, 422),
        (message("M1"), {}, 422),
        (b"{", {}, 422),
        ({"events": [moved("GTIN", box=OTHER)]}, {"Idempotency-Key": "one"}, 200),
    ],
)
def test_a_plain_message_goes_straight_in_and_is_answered_as_on_the_whole_way(
    ways: Ways, body: Any, more: dict[str, str], status: int
):
    headers = ways.port.headers("terminal") | more
    whole, was_fast = ways.post("/v1/messages/gate?dryRun=false", body, **headers)
    fast, is_fast = ways.post("/v1/messages/gate", body, **headers)
    assert (was_fast, is_fast) == (False, True)
    assert alike(fast) == alike(whole)
    assert (fast.status_code, fast.json()["duplicate"]) == (status, True)
    assert fast.headers["content-length"] == str(len(fast.content))


def test_another_body_under_the_same_id_is_a_conflict_either_way(ways: Ways):
    headers = ways.port.headers("terminal")
    ways.post("/v1/messages/gate", message("M1", moved("GTIN", box=OTHER)), **headers)
    answers = [
        ways.post(path, message("M1", moved("GTOT", box=OTHER)), **headers)
        for path in ("/v1/messages/gate?dryRun=false", "/v1/messages/gate")
    ]
    assert [is_fast for _, is_fast in answers] == [False, True]
    assert alike(answers[0][0]) == alike(answers[1][0])
    assert (answers[1][0].status_code, answers[1][0].json()["reason"]) == (409, "IDENTITY_REUSED")


def test_a_full_queue_is_429_with_a_time_to_come_back(ways: Ways, monkeypatch: pytest.MonkeyPatch):
    async def full(_self: Recorder, _draft: object) -> None:
        raise QueueFull

    monkeypatch.setattr(Recorder, "submit", full)
    body = message("M1", moved("GTIN", box=OTHER))
    answer, is_fast = ways.post("/v1/messages/gate", body, **ways.port.headers("terminal"))
    assert (is_fast, answer.status_code, answer.headers["retry-after"]) == (True, 429, "1")
    assert (answer.headers["content-type"], answer.json()["reason"]) == ("application/problem+json", "QUEUE_FULL")


@pytest.mark.parametrize(
    ("path", "role", "headers", "status"),
    [
        ("/v1/messages/gate", None, {}, 401),
        ("/v1/messages/gate", None, {"Authorization": "Bearer dp_nobody_nothing"}, 401),
        ("/v1/messages/gate", None, {"Authorization": "Basic eDp5"}, 401),
        ("/v1/messages/gate", "depot", {}, 200),  # a key not seen before
        ("/v1/messages/gate", "customs", {}, 403),
        ("/v1/messages/gate?dryRun=true", "terminal", {}, 200),
        ("/v1/messages/gate?dryRun=perhaps", "terminal", {}, 422),
        ("/v1/messages/telex", "terminal", {}, 404),
        ("/v1/messages/gate/", "terminal", {}, 307),
        ("/v1/messages/gate", "terminal", {"Content-Length": str(2 * 1024 * 1024)}, 413),
    ],
)
def test_what_is_not_plain_goes_the_whole_way(
    ways: Ways, path: str, role: str | None, headers: dict[str, str], status: int
):
    speaks = ways.port.headers(role) if role else {}
    event = moved("GTIN", box=OTHER) | ({"facilityCode": "DEPOT"} if role == "depot" else {})
    answer, is_fast = ways.post(path, message("M1", event), **(speaks | headers))
    assert (is_fast, answer.status_code) == (False, status)


def test_a_receipt_in_edifact_is_given_the_whole_way(ways: Ways):
    body, headers = kept("codeco/release_character.edi"), ways.port.headers("terminal")
    in_json, is_fast = ways.post("/v1/messages/edifact", body, **headers)
    in_edifact, was_fast = ways.post("/v1/messages/edifact", body, **headers, Accept="application/edifact")
    assert (is_fast, in_json.headers["content-type"]) == (True, "application/json")
    assert (was_fast, in_edifact.headers["content-type"]) == (False, "application/edifact")


def test_a_key_that_ended_opens_the_fast_lane_no_longer(ways: Ways):
    body, headers = message("M1", moved("GTIN", box=OTHER)), ways.port.headers("terminal")
    assert ways.post("/v1/messages/gate", body, **headers)[1]
    mine = ways.port.get("/v1/keys", role="terminal").json()["keys"][0]["keyID"]
    ended = ways.port.client.delete(f"/v1/keys/{mine}", headers=headers)
    answer, is_fast = ways.post("/v1/messages/gate", body, **headers)
    assert (ended.is_success, is_fast, answer.status_code) == (True, False, 401)
