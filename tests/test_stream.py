"""web.stream: slow readers, long sweeps, silence, TLS and the end of the server, on our own transport."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from build_stream import LAST, Both, RawClient, both, masked, said
from build_tls import self_signed
from web import stream_wheel
from web.live_frames import Frame, Rank, Telling
from web.stream_wheel import Wheel
from web.stream_writing import Sweep, Waiting

CONNECT = said(id=1, connect={"ticket": "good"})
SECONDS = 10.0


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with both(tmp_path_factory.mktemp("stream"), loop=request.param) as running:
        yield running


def follower(servers: Both, *keys: str, since: int | None = None, **options: Any) -> RawClient:
    client = RawClient(servers.own, **options)
    cursor = {} if since is None else {"since": {"epoch": "e", "version": since}}
    asked = [said(id=2 + place, subscribe={"key": key, **cursor}) for place, key in enumerate(keys)]
    client.send(CONNECT, *asked)
    client.until(1 + len(keys))
    if since is None:
        client.frame()
    return client


def versions(client: RawClient, count: int) -> list[int]:
    told: list[int] = []
    while len(told) < count and (frame := client.frame()) is not None:
        content = json.loads(frame[1]) if frame[0] == 0x81 else {}
        told += [content["event"]["version"]] if "event" in content else []
    return told


def wait(until: Callable[[], bool], seconds: float = SECONDS) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reader_that_stalls_is_cut_off_and_nobody_else_notices(servers: Both):
    key = "container:STALL"
    good, stalled = follower(servers, key), follower(servers, key, receive_bytes=4096)
    rounds, each = 100, 50
    for round in range(rounds):
        servers.commit(key, each)
        assert versions(good, each) == list(range(round * each + 1, (round + 1) * each + 1))
    # It is out of the live set at once, and its connection broken off when the linger is over.
    wait(lambda: not any(viewer.peer._is_stalled for viewer in servers.streams["own"]._viewers))
    told = [json.loads(frame[1])["event"]["version"] for frame in stalled.rest() if frame[1].startswith(b'{"event"')]
    assert told == list(range(1, len(told) + 1))
    assert len(told) < rounds * each
    back = follower(servers, key, since=len(told))
    missed = rounds * each - len(told)
    assert versions(back, missed) == list(range(len(told) + 1, rounds * each + 1))
    good.close()
    back.close()


def test_a_reader_that_is_only_late_gets_all_of_it(servers: Both):
    key = "container:LATE"
    late = follower(servers, key, receive_bytes=4096)
    servers.commit(key, 400)
    time.sleep(0.3)
    assert versions(late, 400) == list(range(1, 401))
    late.close()


def test_who_reads_again_after_being_cut_off_is_told_why(servers: Both):
    key = "container:WHY"
    client = follower(servers, key, receive_bytes=4096)
    for _ in range(40):
        servers.commit(key, 50)
        time.sleep(0.01)
    told = client.rest()
    assert [first for first, _ in told[-2:]] == [0x81, 0x88]
    assert json.loads(told[-2][1]) == {"disconnect": {"code": 4008, "reason": "TOO_SLOW", "reconnect": True}}
    assert struct.unpack("!H", told[-1][1][:2]) == (4008,)


def test_a_connection_that_breaks_off_leaves_nothing_behind(servers: Both):
    before = servers.viewers("own")
    client = follower(servers, "container:GONE")
    assert servers.viewers("own") == before + 1
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    wait(lambda: servers.viewers("own") == before)


def test_what_one_reading_tells_of_many_keys_comes_in_one_piece(servers: Both):
    keys = [f"container:P{place}" for place in range(8)]
    client = follower(servers, *keys)
    client.send(said(id=LAST, subscribe={"key": "barrier:2"}))
    client.until(LAST)
    client.frame()
    for key in keys:
        servers.commit(key)
    client.held = b""
    time.sleep(0.3)
    assert client.socket.recv(65_536).count(b'{"event"') == len(keys)
    client.close()


def test_whoever_was_silent_and_does_not_answer_a_ping_is_gone(servers: Both, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream_wheel, "TICK_SECONDS", 0.02)
    silent, alive = follower(servers, "container:PING"), follower(servers, "container:PING")
    pings = 0
    while pings < 4:
        frame = alive.frame()
        assert frame is not None
        if frame[0] == 0x89:
            pings += 1
            alive.send(masked(0x8A, frame[1]))
    told = silent.rest()
    assert (told[0], told[-1][0], told[-1][1][:2]) == ((0x89, b""), 0x88, struct.pack("!H", 1011))
    alive.close()


def test_who_says_nothing_at_first_is_sent_away(servers: Both, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream_wheel, "TICK_SECONDS", 0.02)
    told = RawClient(servers.own).rest()
    assert json.loads(told[0][1])["disconnect"]["reason"] == "CONNECT_TIMEOUT"
    assert told[1][1][:2] == struct.pack("!H", 4002)


class _Written:
    def __init__(self, sweep: Sweep, order: list[str], name: str) -> None:
        self.sweep, self.order, self.name = sweep, order, name
        self.waiting: Waiting | None = None
        self.wrote: list[bytes] = []

    def tell(self, told: Telling) -> None:
        self.waiting = self.sweep.begin(self, told) if self.waiting is None else self.sweep.then(self.waiting, told)

    def flush(self) -> None:
        if self.waiting is not None:
            self.order.append(self.name)
            self.wrote.append(self.waiting.wire)
            self.waiting = None


def _told(*bodies: bytes, rank: Rank = Rank.MIDDLE) -> Telling:
    return Telling((Frame("event", body) for body in bodies), rank)


def test_all_of_a_turn_is_one_write_and_what_is_alike_is_joined_once():
    async def scenario() -> list[_Written]:
        order: list[str] = []
        sweep = Sweep(asyncio.get_running_loop())
        streams = [_Written(sweep, order, str(place)) for place in range(3)]
        both, first = _told(b"a", b"b"), _told(b"c")
        for stream in streams:
            stream.tell(both)
        for stream in streams[:2]:
            stream.tell(first)
        await asyncio.sleep(0)
        return streams

    one, other, third = asyncio.run(scenario())
    assert one.wrote == other.wrote == [b"\x81\x01a\x81\x01b\x81\x01c"]
    assert one.wrote[0] is other.wrote[0]
    assert third.wrote == [b"\x81\x01a\x81\x01b"]


def test_work_lists_are_written_first_and_big_screens_last():
    async def scenario() -> list[str]:
        order: list[str] = []
        sweep = Sweep(asyncio.get_running_loop())
        for name, rank in (("screen", Rank.LAST), ("box", Rank.MIDDLE), ("terminal", Rank.FIRST)):
            _Written(sweep, order, name).tell(_told(b"x", rank=rank))
        await asyncio.sleep(0)
        return order

    assert asyncio.run(scenario()) == ["terminal", "box", "screen"]


def test_a_long_sweep_lets_others_have_their_turn_and_overtakes_nobody():
    class Slow(_Written):
        def flush(self) -> None:
            time.sleep(0.0002)
            super().flush()

    async def scenario() -> tuple[int, list[list[bytes]]]:
        order: list[str] = []
        sweep = Sweep(asyncio.get_running_loop())
        streams = [Slow(sweep, order, str(place)) for place in range(200)]
        first, second = _told(b"1"), _told(b"2")
        for stream in streams:
            stream.tell(first)
        turns = 0
        while any(stream.waiting is not None for stream in streams):
            await asyncio.sleep(0)
            turns += 1
            if turns == 2:
                for stream in streams:
                    stream.tell(second)
        return turns, [stream.wrote for stream in streams]

    turns, wrote = asyncio.run(scenario())
    assert turns > 5
    assert {b"".join(told) for told in wrote} == {b"\x81\x011\x81\x012"}


def test_the_wheel_stops_when_nobody_is_on_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream_wheel, "TICK_SECONDS", 0.001)

    class Silent:
        spoke = 0
        asked = 0

        def connect_in_time(self) -> None: ...
        def hang_up(self) -> None: ...
        def show_life(self) -> None:
            self.asked += 1

    async def scenario() -> tuple[int, bool]:
        wheel, one = Wheel(asyncio.get_running_loop()), Silent()
        wheel.add(one)
        await asyncio.sleep(0.2)
        wheel.discard(one)
        wheel.discard(one)
        asked = one.asked
        await asyncio.sleep(0.1)
        return asked, wheel._timer is None and one.asked == asked

    asked, has_stopped = asyncio.run(scenario())
    assert asked >= 2
    assert has_stopped


@pytest.mark.parametrize("flood", [masked(0x89, b""), masked(0x8A, b"")], ids=["pings", "pongs"])
def test_control_frames_without_end_are_too_many(servers: Both, flood: bytes):
    client = RawClient(servers.own)
    client.send(flood * 5000)
    told = client.rest()
    assert len(told) < 1000
    assert told[-1][1][:2] == struct.pack("!H", 4429)


def test_a_message_in_no_end_of_empty_pieces_is_refused(servers: Both):
    client = RawClient(servers.own)
    client.send(masked(0x01, b""), masked(0x00, b"") * 5000)
    assert client.rest()[-1][1][:2] == struct.pack("!H", 1009)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_is_the_same_over_tls(tmp_path: Path, loop: str):
    with both(tmp_path, loop=loop, certificate=self_signed(tmp_path)) as servers:
        client, stalled = (follower(servers, "container:TLS", is_tls=True) for _ in range(2))
        for round in range(10):
            servers.commit("container:TLS", 100)
            assert versions(client, 100) == list(range(round * 100 + 1, (round + 1) * 100 + 1))
        told = versions(stalled, 1000)
        assert told == list(range(1, len(told) + 1))
        client.send(masked(0x88, b""))
        assert client.rest() == [(0x88, b"")]
        stalled.close()
