"""The websocket transport that any ASGI server can carry: frames in and out, back-pressure.  It knows no key.

`digital-port serve` has a faster one (`stream`), which must say just what this one says: the tests compare them.

What is sent is queued and never waited for: a peer that does not read is ended once too much is queued for it, and
comes back with its cursor.  uvicorn is used only through Starlette's WebSocket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from web import live_frames as frames
from web.live_frames import Close, Frame
from web.stream_limits import (
    AT_ONCE,
    LINGER_SECONDS,
    MAX_UNREAD_BYTES,
    MAX_UNREAD_FRAMES,
    PAUSE_BYTES,
    fault_of,
    has_overspent,
    spend,
)


class Socket:
    """One open websocket as a peer of the stream; from `converse`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._queue: deque[tuple[Frame, int]] = deque()
        self._unread_bytes = 0
        self._unread_frames = 0
        self._queued_bytes = 0
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self.ending = asyncio.Event()
        self._close: Close | None = None
        self._reason = ""
        self._spent = 0.0

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        """Queue frames; a peer that left too much unread that it did not ask for is ended."""
        if self._close is not None:
            return
        for frame in told:
            self._queue.append((frame, 0 if is_asked else 1))
            self._queued_bytes += len(frame.body)
            if not is_asked:
                self._unread_bytes += len(frame.body)
                self._unread_frames += 1
        self._something.set()
        if self._unread_bytes > MAX_UNREAD_BYTES or self._unread_frames > MAX_UNREAD_FRAMES:
            self.end(Close.TOO_SLOW)

    def end(self, close: Close, reason: str = "") -> None:
        """Close with that code, after a frame that says so; the first call counts."""
        if self._close is None:
            self._close, self._reason = close, reason or close.name
            if close in AT_ONCE:
                self._queue.clear()
            for waited_for in (self.ending, self._something, self._room):
                waited_for.set()

    async def receive(self) -> str | None:
        """The next text frame; None once the peer has gone or was ended.

        The peer is not heard while it leaves much unread, and ended for what is not a reasonable text frame.
        """
        while self._queued_bytes > PAUSE_BYTES and self._close is None:
            self._room.clear()
            await self._room.wait()
        if self._close is not None:
            return None
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        fault = self._fault_of(text)
        if fault is None:
            return text
        self.end(fault)
        return None

    async def write(self) -> None:
        """Send what is queued until the end; returns when the close frame is out or the peer has gone."""
        try:
            while True:
                await self._flush()
                if self._close is not None:
                    break
                self._something.clear()
                await self._something.wait()
            await self._websocket.send_text(frames.disconnect(self._close, self._reason).body.decode())
            await self._websocket.close(self._close.value, self._reason)
        except (WebSocketDisconnect, RuntimeError):
            # It has gone, or uvicorn is closing what answers no pings and refuses to send: the reader is told the same.
            return

    async def _flush(self) -> None:
        while self._queue:
            frame, unread = self._queue.popleft()
            await self._websocket.send_text(frame.body.decode())
            self._queued_bytes -= len(frame.body)
            self._unread_bytes -= unread * len(frame.body)
            self._unread_frames -= unread
            if self._queued_bytes <= PAUSE_BYTES:
                self._room.set()

    def _fault_of(self, text: str | None) -> Close | None:
        now = asyncio.get_running_loop().time()
        self._spent = spend(self._spent, now)
        return fault_of(text) or (Close.TOO_MANY_FRAMES if has_overspent(self._spent, now) else None)


async def converse(websocket: WebSocket, talk: Callable[[Socket], Coroutine[None, None, None]]) -> None:
    """Accept the websocket and let `talk` have it, until either side ends it."""
    await websocket.accept()
    socket = Socket(websocket)
    writer = asyncio.create_task(socket.write(), name="socket writer")
    talker = asyncio.create_task(talk(socket), name="socket talk")
    ending = asyncio.create_task(socket.ending.wait())
    try:
        await asyncio.wait({writer, talker, ending}, return_when=asyncio.FIRST_COMPLETED)
        if talker.done() and websocket.client_state is WebSocketState.CONNECTED:
            socket.end(Close.FAULT)
        if socket.ending.is_set():
            # A peer that reads nothing any more does not get to read why, either.
            await asyncio.wait({writer}, timeout=LINGER_SECONDS)
    finally:
        for task in (writer, talker, ending):
            task.cancel()
        ended = await asyncio.gather(writer, talker, ending, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault
