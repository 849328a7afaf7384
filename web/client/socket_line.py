"""The stream over a websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from ssl import SSLContext

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from web.client.lines import LOST, Parted
from web.client.tellings import Wire

_OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 2.0
_LARGEST_FRAME = 16 * 1024 * 1024
_FRAMES_AHEAD = 16


class NoWebsocket(Exception):
    """Something on the way, or at its end, would not have a websocket."""


class SocketLine:
    """An open websocket; from `open_socket`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def say(self, frames: Sequence[Wire]) -> None:
        """Send frames; to a line that has ended, nothing."""
        with suppress(ConnectionClosed):
            for frame in frames:
                await self._socket.send(json.dumps(frame, ensure_ascii=False))

    async def hear(self, *, patience: float) -> Wire:
        """The next frame.  Raises Parted."""
        try:
            async with asyncio.timeout(patience):
                heard = await self._socket.recv()
        except TimeoutError:
            raise Parted(LOST, "SILENT") from None
        except ConnectionClosed as closed:
            told = closed.rcvd
            raise Parted(told.code if told else LOST, (told.reason if told else "") or "LOST") from None
        frame = json.loads(heard)
        if not isinstance(frame, dict):
            raise ValueError("a frame is a JSON object")
        return frame


@asynccontextmanager
async def open_socket(url: str, *, ssl: SSLContext | None, trust_env: bool) -> AsyncIterator[SocketLine]:
    """A websocket to the stream.  Raises NoWebsocket, or Parted where the port itself is not there."""
    try:
        socket = await connect(
            url,
            ssl=ssl,
            proxy=True if trust_env else None,
            # The port shares one frame among many, uncompressed; its heartbeats tell whether it lives.
            compression=None,
            ping_interval=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=_LARGEST_FRAME,
            # What is not read here waits in the port, which ends whoever leaves too much: memory stays bounded.
            max_queue=_FRAMES_AHEAD,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Parted(LOST, f"HTTP {status}") from None
        raise NoWebsocket(f"HTTP {status}") from None
    except (InvalidHandshake, TimeoutError) as error:
        raise NoWebsocket(str(error) or "no answer") from None
    except OSError as error:
        raise Parted(LOST, type(error).__name__) from None
    try:
        yield SocketLine(socket)
    finally:
        await socket.close()
