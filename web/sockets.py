"""The websocket transport: bytes, handshake, frames in and out, back-pressure.  It knows no key.

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

CONNECT_SECONDS = 10.0
MAX_FRAME_CHARS = 8192
MAX_UNREAD_BYTES = 256 * 1024
MAX_UNREAD_FRAMES = 2048
_PAUSE_BYTES = 64 * 1024
_LINGER_SECONDS = 5.0
_BURST_FRAMES = 400
_FRAMES_PER_SECOND = 50.0
# After these nothing more may go out, or nothing more can.
_AT_ONCE = frozenset({Close.RIGHTS_ENDED, Close.TOO_SLOW})


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
        self._allowance = float(_BURST_FRAMES)
        self._heard_at = asyncio.get_running_loop().time()

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
            if close in _AT_ONCE:
                self._queue.clear()
            for waited_for in (self.ending, self._something, self._room):
                waited_for.set()

    async def receive(self) -> str | None:
        """The next text frame; None once the peer has gone or was ended.

        The peer is not heard while it leaves much unread, and ended for what is not a reasonable text frame.
        """
        while self._queued_bytes > _PAUSE_BYTES and self._close is None:
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
            if self._queued_bytes <= _PAUSE_BYTES:
                self._room.set()

    def _fault_of(self, text: str | None) -> Close | None:
        if text is None:
            return Close.BINARY_FRAME
        if len(text) > MAX_FRAME_CHARS:
            return Close.FRAME_TOO_LARGE
        return None if self._is_allowed() else Close.TOO_MANY_FRAMES

    def _is_allowed(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._allowance = min(_BURST_FRAMES, self._allowance + (now - self._heard_at) * _FRAMES_PER_SECOND) - 1
        self._heard_at = now
        return self._allowance >= 0


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
            await asyncio.wait({writer}, timeout=_LINGER_SECONDS)
    finally:
        for task in (writer, talker, ending):
            task.cancel()
        ended = await asyncio.gather(writer, talker, ending, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault
