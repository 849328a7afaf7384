"""Gate messages at a steady rate, and what became of each: sent, answered, committed, read by phones."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.feed_client import Client, arrivals
from bench.feed_ours import key_of
from bench.story import FACILITY

_SENDERS = 4


@dataclass(frozen=True)
class Times:
    """What one event took, in milliseconds.

    Per phone that reads it: from its commit, and from when it was sent.  `heard`: from the commit until the node that
    tells the phones heard of it, of those that it heard of by name.
    """

    from_commit: list[float]
    from_sending: list[float]
    answered: list[float]
    heard: list[float]


@dataclass(frozen=True, slots=True)
class _Sent:
    box: str
    at: int
    answered_at: int


def told(
    client: Client, boxes: Sequence[str], *, port: int, key: str, per_second: float, commits: Path, heard: Path
) -> Times:
    """Send a gate message of each box, so many a second, while a client's phones read.

    `commits` is written by the node that commits, `heard` by the one that tells.  Raises AssertionError where a message
    is not taken, or not told to everybody who follows its box.
    """
    record = client.record()
    client.tell("listen", len(boxes) / per_second + 1.5)
    sent = {one.box: one for one in _send(boxes, port=port, key=key, per_second=per_second)}
    client.heard()
    client.ask("record -")
    at, heard_at = _written(commits), _written(heard)
    read = [one for one in arrivals(record) if one.key.removeprefix("container:") in sent]
    seen = {(one.key, one.version) for one in read}
    assert {one.key for one in read} == {key_of(box) for box in boxes}, "not every event reached a phone"
    return Times(
        from_commit=[(one.at - at[one.key, one.version]) / 1e6 for one in read],
        from_sending=[(one.at - sent[one.key.removeprefix("container:")].at) / 1e6 for one in read],
        answered=[(one.answered_at - one.at) / 1e6 for one in sent.values()],
        heard=[(heard_at[known] - at[known]) / 1e6 for known in seen & heard_at.keys()],
    )


def _written(path: Path) -> dict[tuple[str, int], int]:
    """When a server heard of each version of each box's key, in nanoseconds of CLOCK_MONOTONIC; the first time."""
    at: dict[tuple[str, int], int] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        key, subject, version, time_ns = line.split()
        if key.startswith("visit:"):
            at.setdefault((key_of(subject), int(version)), int(time_ns))
    return at


def _send(boxes: Sequence[str], *, port: int, key: str, per_second: float) -> list[_Sent]:
    """At its own time each, however long the ones before it take."""
    begun, local = time.monotonic_ns() + 50_000_000, threading.local()

    def send(number: int) -> _Sent:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", port)
            local.connection.connect()
        body, due = _moved(boxes[number]), begun + int(number * 1e9 / per_second)
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        at = time.monotonic_ns()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        local.connection.request("POST", "/v1/messages/gate", body, headers)
        answer = local.connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told[:300]
        return _Sent(boxes[number], at, time.monotonic_ns())

    with ThreadPoolExecutor(_SENDERS) as pool:
        return list(pool.map(send, range(len(boxes))))


def _moved(box: str) -> bytes:
    """The box put down somewhere else in the yard, just now."""
    now = datetime.now(UTC).isoformat()
    event = {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": "DROP",
        "eventClassifierCode": "ACT",
        "eventDateTime": now,
        "equipmentReference": box,
        "ISOEquipmentCode": "22G1",
        "emptyIndicatorCode": "LADEN",
        "facilityCode": FACILITY,
        "position": f"P{secrets.token_hex(4).upper()}",
    }
    return json.dumps({"messageID": secrets.token_hex(12), "events": [event]}).encode()
