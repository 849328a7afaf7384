"""One websocket of the live stream on its connection: heard frame by frame, told in one write per turn of the loop.

It is the peer that `Live` talks to.  What it says and when it ends are `sockets`' to the letter; its thrift is its own.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from enum import IntEnum
from functools import partial

from web import live_frames as frames
from web.live import Live, told
from web.live_admitting import NotLetIn
from web.live_commands import BadFrame, read
from web.live_frames import Close, Frame
from web.live_groups import Viewer
from web.stream_codec import (
    BAD_TEXT,
    FAILED,
    Broken,
    Opcode,
    Reader,
    Received,
    check_close,
    close_frame,
    control_frame,
    text_frame,
)
from web.stream_limits import AT_ONCE, MAX_UNREAD_BYTES, MAX_UNREAD_FRAMES, PAUSE_BYTES, fault_of, has_overspent, spend
from web.stream_writing import Waiting
from web.streams import Streams

_KERNEL_BYTES = 128 * 1024
_PING = control_frame(Opcode.PING)


class _State(IntEnum):
    """How far a conversation is."""

    OPENED = 0
    ADMITTING = 1
    TALKING = 2
    CLOSING = 3
    GONE = 4


# Asked for each stream that is told something, and an enum's member takes as long to look up as the rest of it.
_CLOSING = _State.CLOSING


class Stream(asyncio.Protocol):
    """One open websocket.  `_is_deaf` while it is not read from, `_is_stalled` while the peer leaves much unread."""

    __slots__ = (
        "_is_asked", "_is_deaf", "_is_heard", "_is_stalled", "_live", "_reader", "_spent", "_state", "_streams",
        "_sweep", "_transport", "_unread_bytes", "_unread_frames", "_viewer", "_waiting", "spoke",
    )  # fmt: skip

    def __init__(self, streams: Streams, transport: asyncio.Transport, live: Live) -> None:
        self._streams = streams
        self._sweep = streams.sweep
        self._transport = transport
        self._live = live
        self._state = _State.OPENED
        self._viewer: Viewer | None = None
        self._waiting: Waiting | None = None
        self._reader: Reader | None = None
        self._spent = 0.0
        self._unread_bytes = self._unread_frames = 0
        self._is_deaf = self._is_stalled = self._is_asked = False
        self._is_heard = True
        self.spoke = 0

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        """Keep frames to be written; a peer that leaves too much unread that it did not ask for is ended."""
        if self._state >= _CLOSING:
            return
        waiting = self._waiting
        if self._is_stalled:
            self._waiting = Waiting(waiting, told)
            if not is_asked:
                self._count_unread(told)
        elif waiting is None:
            self._waiting = self._sweep.begin(self, told)
        else:
            self._waiting = self._sweep.then(waiting, told)

    def end(self, close: Close, reason: str = "") -> None:
        """Close with that code, after a frame that says so; the first call counts."""
        if self._state < _State.CLOSING:
            named = reason or close.name
            last = text_frame(frames.disconnect(close, named).body) + close_frame(close.value, named)
            before = b"" if self._waiting is None or close in AT_ONCE else self._waiting.wire
            self._close(before + last)

    def _count_unread(self, told: Sequence[Frame]) -> None:
        self._unread_frames += len(told)
        self._unread_bytes += sum(len(frame.body) for frame in told)
        if self._unread_bytes > MAX_UNREAD_BYTES or self._unread_frames > MAX_UNREAD_FRAMES:
            self.end(Close.TOO_SLOW)

    def flush(self) -> None:
        """Write what waits, if anything still does."""
        waiting, transport = self._waiting, self._transport
        if waiting is not None and not self._is_stalled and not transport.is_closing():
            self._waiting = None
            transport.write(waiting.wire)

    def pause_writing(self) -> None:
        """The peer reads too slowly; what it is told waits here, and it is not heard meanwhile."""
        self._is_stalled = True
        self._listen()

    def resume_writing(self) -> None:
        """It has read."""
        self._is_stalled = False
        self._unread_bytes = self._unread_frames = 0
        self.flush()
        self._go_on()

    def _close(self, last: bytes) -> None:
        """Say the last, and wait a while for the peer to close too."""
        self._state, self._waiting = _State.CLOSING, None
        if not self._transport.is_closing():
            self._transport.write(last)
        self._streams.wheel.linger(self)
        self._leave()
        self._listen()

    def _leave(self) -> None:
        """Follow nothing more.  Soon: whoever tells may be going through the followers."""
        viewer, self._viewer = self._viewer, None
        if viewer is not None:
            self._streams.loop.call_soon(self._live.close, viewer)

    def data_received(self, data: bytes) -> None:
        """Hear what is whole, keep the rest."""
        self._is_heard = True
        reader = Reader() if self._reader is None else self._reader
        reader.feed(data)
        self._hear(reader)

    def _hear(self, reader: Reader) -> None:
        try:
            while self._may_hear and (received := reader.next()) is not None:
                self._obey(received)
        except Broken as broken:
            self._fail(broken.code, broken.reason)
        self._reader = None if reader.is_empty or self._state is _State.GONE else reader
        self._listen()

    @property
    def _may_hear(self) -> bool:
        if self._state is _State.TALKING:
            return not self._is_stalled and self._viewer is not None and not self._live.is_crowded(self._viewer)
        return self._state is _State.CLOSING or (self._state is _State.OPENED and not self._is_stalled)

    def _listen(self) -> None:
        """Read from the connection, or not."""
        may_hear = self._may_hear
        if may_hear is self._is_deaf and not self._transport.is_closing():
            self._is_deaf = not may_hear
            if may_hear:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()
        if not may_hear and self._viewer is not None:
            self._viewer.on_room = self._find_room

    def _find_room(self) -> None:
        self._streams.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Something has changed of what kept it from being heard."""
        if self._reader is not None:
            self._hear(self._reader)
        elif self._state is not _State.GONE:
            self._listen()

    def _obey(self, received: Received) -> None:
        if received.opcode is Opcode.CLOSE:
            self._part(received.payload)
        elif self._state is _State.CLOSING:
            return
        elif self._is_too_much():
            self.end(Close.TOO_MANY_FRAMES)
        elif received.opcode is Opcode.PING:
            self._transport.write(control_frame(Opcode.PONG, received.payload))
        elif received.opcode is not Opcode.PONG:
            self._heard(_text(received.payload) if received.opcode is Opcode.TEXT else None)

    def _is_too_much(self) -> bool:
        """Control frames count too: each ping costs a write."""
        now = self._streams.loop.time()
        self._spent = spend(self._spent, now)
        return has_overspent(self._spent, now)

    def _heard(self, text: str | None) -> None:
        fault = fault_of(text)
        if fault is not None or text is None:
            self.end(fault or Close.BINARY_FRAME)
        elif self._viewer is not None:
            self._live.hear(self._viewer, text)
        else:
            self._begin(text)

    def _begin(self, text: str) -> None:
        """The first frame must be `connect`."""
        try:
            command = read(text)
        except BadFrame as bad:
            self.send([told(bad)], is_asked=True)
            self.end(Close.CONNECT_FIRST)
            return
        if command.connect is None:
            self.end(Close.CONNECT_FIRST)
            return
        self._state = _State.ADMITTING
        self._streams.begin(self._admit(command.connect, command.id), on_fault=partial(self.end, Close.FAULT))

    async def _admit(self, ticket: str, id: int | None) -> None:
        try:
            admission = await self._live.admit(ticket)
        except NotLetIn as why:
            self.end(why.close, why.reason)
            return
        if self._state is not _State.ADMITTING:
            return
        self._state = _State.TALKING
        viewer = self._viewer = self._live.open(admission, self)
        self.send([self._live.connected(id)], is_asked=True)
        if self._state is not _State.TALKING:
            self._live.close(viewer)
        self._go_on()

    def _part(self, payload: bytes) -> None:
        """The peer closes, or answers that it was closed."""
        check_close(payload)
        if self._state is not _State.CLOSING:
            self._close(control_frame(Opcode.CLOSE, payload))
        self._transport.close()

    def _fail(self, code: int, reason: str) -> None:
        """What no peer may send ends it without ceremony."""
        if self._state is not _State.CLOSING:
            self._close(close_frame(code, reason))
        self._transport.close()

    def shutdown(self) -> None:
        """uvicorn ends; `Live` has told everybody who was connected."""
        self.end(Close.GOING_AWAY)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        self._state, self._waiting, self._reader = _State.GONE, None, None
        self._leave()
        self._streams.discard(self)

    def connect_in_time(self) -> None:
        """As the wheel calls it."""
        if self._state is _State.OPENED:
            self.end(Close.CONNECT_TIMEOUT)

    def hang_up(self) -> None:
        """Who reads nothing any more does not get to read why, either."""
        if self._state is not _State.GONE:
            self._transport.abort()

    def show_life(self) -> None:
        """A ping, unless the one before has not been answered."""
        if self._state >= _State.CLOSING or self._transport.is_closing():
            return
        # Whom we did not listen to while it joined may well have answered.
        is_unheard = self._is_deaf and not self._is_stalled
        if self._is_asked and not self._is_heard and not is_unheard:
            self._fail(FAILED, "keepalive ping timeout")
            return
        self._is_asked, self._is_heard = True, False
        self._transport.write(_PING)


def open_stream(streams: Streams, transport: asyncio.Transport, live: Live) -> Stream:
    """A stream on a connection whose opening has been answered."""
    transport.set_write_buffer_limits(high=PAUSE_BYTES)
    below = transport.get_extra_info("socket")
    if below is not None:
        below.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
    stream = Stream(streams, transport, live)
    streams.add(stream)
    return stream


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Broken(BAD_TEXT, "a text is not UTF-8") from None
