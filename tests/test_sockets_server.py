"""web.sockets and web.sse between a real server and a real client: the handshake, the stream, its end."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from build_live import KEY, checked
from build_port import discharged, manifest, moved
from build_sockets import connected, disconnect, ending, hear, narrow, push, rest, say, stream, ticket
from events.identifiers import check_digit
from server import Key, Server, run_script, serve

pytestmark = pytest.mark.server


@pytest.fixture(scope="module", params=["own", "stock"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sockets")
    with serve(f"sqlite:///{folder / 'port.db'}", stream_transport=request.param) as server:
        yield server


@pytest.fixture(scope="module")
def terminal(running: Server) -> Key:
    return running.create_key(party="HT", role="terminal", facilities=("XMHT",))


@pytest.fixture(scope="module")
def customs(running: Server) -> Key:
    return running.create_key(party="CUSTOMS", role="customs")


def test_another_sites_page_is_refused_before_anything_else(running: Server):
    with pytest.raises(InvalidStatus) as refused, stream(running, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == httpx.codes.FORBIDDEN
    assert json.loads(refused.value.response.body or b"{}")["reason"] == "FOREIGN_ORIGIN"


def test_our_own_page_may_connect(running: Server, customs: Key):
    with connected(running, customs, origin=running.base_url) as opened:
        say(opened, id=2, subscribe={"key": "officers"})
        assert hear(opened)["subscribed"]["key"] == "officers"


@pytest.mark.parametrize(
    ("frame", "heard", "code", "reason"),
    [
        ('{"id":1,"subscribe":{"key":"officers"}}', None, 4501, "CONNECT_FIRST"),
        ("not json", "NOT_JSON", 4501, "CONNECT_FIRST"),
        ('{"connect":{"ticket":"t","more":1}}', "FRAME_INVALID", 4501, "CONNECT_FIRST"),
        ('{"connect":{"ticket":"never-drawn"}}', None, 4401, "TICKET_UNKNOWN"),
        (b"\x00", None, 4503, "BINARY_FRAME"),
        ("x" * 9000, None, 4509, "FRAME_TOO_LARGE"),
    ],
)
def test_what_is_no_connect_with_a_good_ticket_opens_nothing(running: Server, frame, heard, code, reason):
    with stream(running) as opened:
        opened.send(frame)
        if heard:
            assert hear(opened)["error"]["reason"] == heard
        assert ending(opened) == (disconnect(code, reason), code)


def test_a_ticket_opens_one_stream(running: Server, customs: Key):
    drawn = ticket(running, customs)
    with stream(running) as first, stream(running) as second:
        say(first, connect={"ticket": drawn})
        assert "connected" in hear(first)
        say(second, connect={"ticket": drawn})
        assert ending(second) == (disconnect(4401, "TICKET_USED"), 4401)


def test_a_real_client_hears_what_a_terminal_pushes_and_resumes(running: Server, customs: Key, terminal: Key):
    push(running, customs, "customs", "M-1", manifests=[manifest()])
    with connected(running, customs) as opened:
        say(opened, id=2, subscribe={"key": KEY})
        subscribed = hear(opened)["subscribed"]
        assert hear(opened)["snapshot"]["version"] == subscribed["version"]
        push(running, terminal, "gate", "G-1", events=[discharged()])
        event = hear(opened)["event"]
    assert (event["version"], event["data"]["facets"]["movement"]) == (subscribed["version"] + 1, "DISCHARGED")
    push(running, terminal, "gate", "G-2", events=[moved("DROP", minutes_ago=-1)])
    with connected(running, customs) as opened:
        say(
            opened,
            id=2,
            subscribe={"key": KEY, "since": {"epoch": subscribed["epoch"], "version": subscribed["version"]}},
        )
        assert hear(opened)["subscribed"]["recovered"] is True
        told = [hear(opened)["event"], hear(opened)["event"]]
    assert told[0] == event
    assert told[1]["version"] == event["version"] + 1


def test_a_key_revoked_on_the_command_line_is_closed_within_five_seconds(running: Server):
    doomed = running.create_key(party="DOOMED", role="customs")
    with connected(running, doomed) as opened:
        run_script("keys", "revoke", doomed.key_id, environment=running.environment)
        revoked_at = time.monotonic()
        assert ending(opened) == (disconnect(4401, "RIGHTS_ENDED"), 4401)
        assert time.monotonic() - revoked_at < 5


def test_the_same_stream_as_server_sent_events(running: Server, customs: Key, terminal: Key):
    box = "TEMU1234565"
    push(running, terminal, "gate", "S-1", events=[discharged(box=box, minutes_ago=30)])
    with running.client(customs) as client:
        with client.stream("GET", "/v1/stream/sse", params={"key": f"container:{box}"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = sse(answer)
            assert next(events)["event"] == "subscribed"
            snapshot = next(events)
            push(running, terminal, "gate", "S-2", events=[moved("DROP", box=box, minutes_ago=20)])
            event = next(events)
        push(running, terminal, "gate", "S-3", events=[moved("PICK", box=box, minutes_ago=10)])
        headers = {"Last-Event-ID": event["id"]}
        with client.stream("GET", "/v1/stream/sse", params={"key": f"container:{box}"}, headers=headers) as answer:
            events = sse(answer)
            assert next(events)["data"]["subscribed"]["recovered"] is True
            later = next(events)
    versions = [snapshot["data"]["snapshot"]["version"], *(e["data"]["event"]["version"] for e in (event, later))]
    assert versions == [1, 2, 3]


@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        ("vessel-call:c_none", 404, "NOTHING_REPORTED_TO_YOU"),
        ("instructions:XMSY", 404, "NOTHING_THERE"),
        ("officers", 403, "NOT_ALLOWED"),
        ("container:CSQU3054384", 422, "BAD_CONTAINER_NUMBER"),
    ],
)
def test_server_sent_events_of_what_cannot_be_followed_are_refused(running: Server, terminal: Key, key, status, reason):
    with running.client(terminal) as client:
        answer = client.get("/v1/stream/sse", params={"key": key})
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_server_sent_events_need_a_key(running: Server):
    with running.client() as client:
        assert client.get("/v1/stream/sse", params={"key": "officers"}).status_code == httpx.codes.UNAUTHORIZED


def sse(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events of a response, their data checked like any frame."""
    told: dict[str, Any] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            told[name] = checked(value) if name == "data" else value
        elif "event" in told:
            yield told
            told = {}


@pytest.mark.slow
def test_a_client_that_stops_reading_holds_nobody_up_and_comes_back_exactly(
    running: Server, customs: Key, terminal: Key
):
    boxes = _boxes(120)
    push(running, terminal, "gate", "STALL", events=[discharged(box=box, minutes_ago=600) for box in boxes])
    with connected(running, customs) as good, connected(running, customs, sock=narrow(running), max_queue=1) as stalled:
        follow(good, boxes[:1])
        cursors = follow(stalled, boxes)
        # More than both kernels and our own queue hold, at some 200 KB a round; the stock transport's may hold 4 MB.
        rounds = 12 if running.environment["DIGITAL_PORT_STREAM_TRANSPORT"] == "own" else 35
        for round in range(rounds):
            events = [moved("PICK", box=box, minutes_ago=500 - round) for box in boxes]
            push(running, terminal, "gate", f"STALL-{round}", events=events)
            # On a busy machine the rounds outlast a heartbeat.
            told_good = next(frame for frame in iter(lambda: hear(good), None) if "heartbeat" not in frame)
            assert told_good["event"]["version"] == 2 + round
        told, _ = rest(stalled)
    heard = {box: cursors[box]["version"] for box in boxes}
    for event in [frame["event"] for frame in told if "event" in frame]:
        box = event["key"].removeprefix("container:")
        heard[box] += 1
        assert event["version"] == heard[box]
    assert min(heard.values()) < 1 + rounds
    with connected(running, customs) as back:
        say(
            back,
            id=1,
            subscribe={"key": f"container:{boxes[0]}", "since": {**cursors[boxes[0]], "version": heard[boxes[0]]}},
        )
        assert hear(back)["subscribed"]["recovered"] is True
        missed = [hear(back)["event"]["version"] for _ in range(1 + rounds - heard[boxes[0]])]
    assert missed == list(range(heard[boxes[0]] + 1, 2 + rounds))


def follow(connection: ClientConnection, boxes: list[str]) -> dict[str, dict[str, Any]]:
    """The cursor of each box."""
    cursors = {}
    for number, box in enumerate(boxes, 2):
        say(connection, id=number, subscribe={"key": f"container:{box}"})
        told = hear(connection)["subscribed"]
        cursors[box] = {"epoch": told["epoch"], "version": told["version"]}
        hear(connection)
    return cursors


def _boxes(count: int) -> list[str]:
    stems = (f"DPTU{number:06d}" for number in range(count))
    return [f"{stem}{check_digit(stem)}" for stem in stems]


@pytest.mark.parametrize("transport", ["own", "stock"])
def test_a_server_that_stops_sends_everybody_elsewhere(sqlite_url: str, transport: str):
    with serve(sqlite_url, stream_transport=transport) as server:
        key = server.create_key(party="CUSTOMS", role="customs")
        with connected(server, key) as opened:
            say(opened, id=2, subscribe={"key": KEY})
            os.kill(server.pid, signal.SIGTERM)
            assert ending(opened) == (disconnect(4001, "GOING_AWAY"), 4001)
