"""The same stream as server-sent events, for those who cannot open a websocket: one key, resumed by Last-Event-ID."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from web import live_frames as frames
from web.live_frames import Close, Cursor, Frame

MAX_UNREAD_BYTES = 256 * 1024
_RETRY_MILLISECONDS = 2000


class EventStream:
    """One open response as a peer of the stream; its `lines` are its body."""

    def __init__(self) -> None:
        self._queue: deque[Frame] = deque()
        self._unread_bytes = 0
        self._something = asyncio.Event()
        self._close: Close | None = None
        self._reason = ""

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        """Queue frames; a peer that left too much unread that it did not ask for is ended."""
        if self._close is not None:
            return
        self._queue.extend(told)
        self._unread_bytes += 0 if is_asked else sum(len(frame.body) for frame in told)
        self._something.set()
        if self._unread_bytes > MAX_UNREAD_BYTES:
            self.end(Close.TOO_SLOW)

    def end(self, close: Close, reason: str = "") -> None:
        """End the response after a frame that says why; what was queued is dropped, the cursor finds it again."""
        if self._close is None:
            self._close, self._reason = close, reason
            self._queue.clear()
            self._something.set()

    async def first(self) -> Frame:
        """The first frame, left in its place: the answer to what was asked for, or why there is none."""
        while not self._queue and self._close is None:
            self._something.clear()
            await self._something.wait()
        return self._queue[0] if self._queue else frames.disconnect(self._close or Close.FAULT, self._reason)

    async def lines(self) -> AsyncIterator[bytes]:
        """The body; all that is queued goes out in one write."""
        yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
        while True:
            while self._queue:
                queued, self._unread_bytes = tuple(self._queue), 0
                self._queue.clear()
                yield b"".join(_event(frame) for frame in queued)
            if self._close is not None:
                yield _event(frames.disconnect(self._close, self._reason))
                return
            self._something.clear()
            await self._something.wait()


def cursor(last_event_id: str | None) -> Cursor | None:
    """Where a reader comes back to; None when it comes for the first time or names what we did not write."""
    epoch, _, version = (last_event_id or "").rpartition(":")
    if not epoch or len(epoch) > 64 or not version.isascii() or not version.isdecimal() or len(version) > 15:
        return None
    return Cursor(epoch, int(version))


def _event(frame: Frame) -> bytes:
    cursor = "" if frame.cursor is None else f"id: {frame.cursor}\n"
    return f"event: {frame.name}\n{cursor}data: ".encode() + frame.body + b"\n\n"


class EventStreamResponse(StreamingResponse):
    """The response whose body is the stream; `on_end` is called when it has ended, however it did."""

    def __init__(self, peer: EventStream, *, on_end: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(peer.lines(), media_type="text/event-stream", headers=headers)
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any response; a reader may go before its body has begun."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()
