"""A port that answers the demo without a server behind it: receipts, instructions by a fixed rule, friendly views."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import httpx
from stdnum import iso6346

from web.demo import cast, show
from web.demo.clock import ServerClock
from web.demo.journal import Journal
from web.demo.player import Player
from web.demo.schedule import Scenario

START = datetime(2026, 11, 21, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HOURS = 12


@dataclass
class Said:
    """One request as it came over the wire."""

    method: str
    path: str
    party: str
    body: bytes
    answer: dict[str, object]

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class AnsweringPort:
    """Accepts what parses, refuses what does not, and gives a point event the route `route_of` says."""

    route_of: Callable[[str], str | None] = lambda container: None
    said: list[Said] = field(default_factory=list)
    answers: dict[bytes, dict[str, object]] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        status, answer = self.answer(path, request)
        party = request.headers.get("authorization", "").removeprefix("Bearer key-of-")
        self.said.append(Said(request.method, path, party, request.content, answer))
        return httpx.Response(status, json=answer)

    def answer(self, path: str, request: httpx.Request) -> tuple[int, dict[str, object]]:
        if path == "/healthz":
            return 200, {"now": START.astimezone(UTC).isoformat()}
        if path.startswith("/v1/containers/"):
            return 200, {"headline": {"en": "Ready"}, "readyForPickup": True, "mayLoad": True, "blockers": []}
        if path.startswith("/v1/instructions"):
            return 200, {"instructions": []}
        if path.endswith("/confirm") and b"654321" in request.content:
            return 409, {"reason": "CODE_WRONG"}
        if path.startswith("/v1/certificates"):
            return 200, {"mailingID": "M1", "code": "123456"}
        return self.receipt(request.content)

    def receipt(self, body: bytes) -> tuple[int, dict[str, object]]:
        if body in self.answers:
            return 200, {**self.answers[body], "duplicate": True}
        items = points(body)
        results = [self.result(number, place) for place, number in enumerate(items)]
        answer: dict[str, object] = {"receiptID": "r", "duplicate": False, "results": results}
        if not is_whole(body):
            return 422, {**answer, "results": [{"outcome": "rejected", "error": {"reason": "BAD", "where": "item 1"}}]}
        self.answers[body] = answer
        return 200, answer

    def result(self, container: str | None, place: int) -> dict[str, object]:
        result: dict[str, object] = {"outcome": "accepted", "eventID": f"e{len(self.said)}-{place}"}
        route = self.route_of(container) if container else None
        if route:
            key = f"i-{container}-{len(self.said)}"
            result["instruction"] = {"instructionID": key, "route": route, "place": "P1", "reason": "RULE"}
        return result


def points(body: bytes) -> list[str | None]:
    """For each item of a body the container, when the item is a movement that stands at a diversion point."""
    if body.startswith(b"UNB"):
        numbers = [segment.split("+")[2] for segment in segments(body) if segment.startswith("EQD")]
        return list(numbers) if b"BGM+44" in body or b"BGM+34" in body else [None] * len(numbers)
    if b'"events"' not in body:
        return [None]
    return [
        event["equipmentReference"] if event["equipmentEventTypeCode"] in ("DISC", "GTIN") else None
        for event in json.loads(body)["events"]
    ]


def segments(body: bytes) -> list[str]:
    return [segment.strip() for segment in body.decode().split("'") if segment.strip()]


def is_whole(body: bytes) -> bool:
    """Whether nothing a mishap does to a body is to be seen."""
    if body.startswith(b"UNB"):
        return body.rstrip().endswith(b"'") and all(map(has_check_digit, filter(None, points(body))))
    if b'"events"' in body:
        events = json.loads(body)["events"]
        return all(
            has_check_digit(event["equipmentReference"])
            and event["eventDateTime"].endswith("+08:00")
            and len(event["equipmentEventTypeCode"]) == 4
            for event in events
        )
    return not body.startswith(b"<html")


def has_check_digit(number: str) -> bool:
    return bool(iso6346.is_valid(number))


def player(port: AnsweringPort, *, lines: list[str] | None = None) -> Player:
    """A player at the answering port; its clock stands still, its naps take no time."""
    clock = ServerClock(factor=60, monotonic=lambda: 0.0)
    clock.hear(START)
    return Player(
        client=httpx.Client(transport=httpx.MockTransport(port), base_url="http://port"),
        keys={party.code: f"key-of-{party.code}" for party in cast.PARTIES},
        clock=clock,
        journal=Journal((lines if lines is not None else []).append, is_full=True),
        sleep=lambda seconds: None,
    )


def played(*, seed: int = 7, hours: int = HOURS, route_of: Callable[[str], str | None] | None = None):
    """Everything said in the first hours of a run."""
    port = AnsweringPort(route_of or route_by_digit)
    lines: list[str] = []
    one = player(port, lines=lines)
    show.begin(one, Scenario(seed, START))
    while one.next_at < START + timedelta(hours=hours):
        one.play_next()
    return port.said, one.journal, lines


def route_by_digit(container: str) -> str | None:
    return ("DIRECT_RELEASE", "YARD", "INSPECTION", "SCAN", "HOLD", "DIRECT_RELEASE", "YARD", None, "YARD", None)[
        int(container[-1])
    ]


def posts(said: list[Said], door: str) -> list[Said]:
    """What was pushed at that door."""
    return [one for one in said if one.path == f"/v1/messages/{door}"]


def movements_of(said: list[Said], container: str) -> list[tuple[str, str | None, str | None]]:
    """The yard's and gate's JSON about one box: type, facility, where to."""
    return [
        (event["equipmentEventTypeCode"], event["facilityCode"], event.get("toFacilityCode"))
        for one in posts(said, "gate")
        if one.body.startswith(b"{")
        for event in one.json["events"]
        if event["equipmentReference"] == container
    ]
