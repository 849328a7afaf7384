"""web.sockets, spoken to in ASGI: what ends a stream and with which code, and peers that do not read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from starlette.websockets import WebSocket

from build_live import Wire
from build_sockets import SECONDS, disconnect
from web import sockets
from web.live_frames import Close, Frame
from web.sockets import Socket, converse
from web.stream_limits import MAX_UNREAD_BYTES


def conversation(talk: Callable[[Socket], Coroutine[None, None, None]], wire: Wire) -> Coroutine[None, None, None]:
    return converse(WebSocket({"type": "websocket", "headers": []}, wire.to_server.get, wire.send), talk)


async def _listen(socket: Socket) -> None:
    while await socket.receive() is not None:
        pass


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ({"bytes": b"{}"}, 4503, "BINARY_FRAME"),
        ({"text": "x" * 8193}, 4509, "FRAME_TOO_LARGE"),
    ],
)
def test_what_is_no_reasonable_text_frame_ends_the_stream(message, code, reason):
    async def scenario() -> Wire:
        wire = Wire()
        wire.hear(**message)
        await conversation(_listen, wire)
        return wire

    wire = asyncio.run(scenario())
    assert (wire.frames, wire.closed) == ([disconnect(code, reason)], code)


def test_who_talks_without_end_is_sent_away():
    async def scenario() -> Wire:
        wire = Wire()
        for _ in range(500):
            wire.hear(text="{}")
        await conversation(_listen, wire)
        return wire

    assert asyncio.run(scenario()).closed == 4429


def test_a_peer_that_does_not_read_is_ended_and_holds_nobody(monkeypatch):
    monkeypatch.setattr(sockets, "LINGER_SECONDS", 0.05)
    event = Frame("event", b'{"event":"' + b"x" * 1000 + b'"}')

    async def scenario() -> tuple[float, bool]:
        wire = Wire()
        wire.may_send.clear()
        loop = asyncio.get_running_loop()
        spent = []

        async def talk(socket: Socket) -> None:
            begun = loop.time()
            for _ in range(2 * MAX_UNREAD_BYTES // 1000):
                socket.send([event], is_asked=False)
            spent.append(loop.time() - begun)
            await _listen(socket)

        await asyncio.wait_for(conversation(talk, wire), SECONDS)
        return spent[0], wire.said == [{"type": "websocket.accept", "subprotocol": None, "headers": []}]

    seconds, said_nothing = asyncio.run(scenario())
    assert (seconds < 1, said_nothing) == (True, True)


def test_a_slow_peer_that_reads_again_is_told_to_come_back():
    event = Frame("event", b'{"event":"' + b"x" * 1000 + b'"}')

    async def scenario() -> Wire:
        wire = Wire()
        wire.may_send.clear()

        async def talk(socket: Socket) -> None:
            for _ in range(2 * MAX_UNREAD_BYTES // 1000):
                socket.send([event], is_asked=False)
            wire.may_send.set()
            await _listen(socket)

        await asyncio.wait_for(conversation(talk, wire), SECONDS)
        return wire

    wire = asyncio.run(scenario())
    assert (wire.frames, wire.closed) == ([disconnect(4008, "TOO_SLOW")], 4008)


def test_what_was_asked_for_is_never_too_much():
    snapshot = Frame("snapshot", b'{"snapshot":"' + b"x" * MAX_UNREAD_BYTES + b'"}')

    async def scenario() -> Wire:
        wire = Wire()

        async def talk(socket: Socket) -> None:
            socket.send([snapshot, snapshot], is_asked=True)
            wire.go()
            await _listen(socket)

        await conversation(talk, wire)
        return wire

    wire = asyncio.run(scenario())
    assert (len(wire.frames), wire.closed) == (2, None)


def test_a_peer_that_reads_late_is_not_listened_to_meanwhile():
    snapshot = Frame("snapshot", b'{"snapshot":"' + b"x" * MAX_UNREAD_BYTES + b'"}')

    async def scenario() -> tuple[int, int]:
        wire = Wire()
        wire.may_send.clear()
        heard: list[str] = []

        async def talk(socket: Socket) -> None:
            socket.send([snapshot], is_asked=True)
            while (text := await socket.receive()) is not None:
                heard.append(text)

        running = asyncio.create_task(conversation(talk, wire))
        wire.hear(text="{}")
        await asyncio.sleep(0.05)
        before = len(heard)
        wire.may_send.set()
        wire.go()
        await running
        return before, len(heard)

    assert asyncio.run(scenario()) == (0, 1)


def test_nothing_follows_the_end_of_rights():
    async def scenario() -> Wire:
        wire = Wire()

        async def talk(socket: Socket) -> None:
            socket.send([Frame("event", b'{"event":1}')], is_asked=False)
            socket.end(Close.RIGHTS_ENDED)
            socket.send([Frame("event", b'{"event":2}')], is_asked=False)
            await _listen(socket)

        await conversation(talk, wire)
        return wire

    wire = asyncio.run(scenario())
    assert (wire.frames, wire.closed) == ([disconnect(4401, "RIGHTS_ENDED")], 4401)


def test_a_fault_of_ours_tells_the_peer_to_come_back_and_is_logged():
    async def scenario() -> Wire:
        wire = Wire()

        async def talk(_socket: Socket) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await conversation(talk, wire)
        return wire

    assert asyncio.run(scenario()).closed == 4000
