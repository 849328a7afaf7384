"""The live stream straight on uvicorn's connections: for `/v1/stream` no ASGI, no task and no queue per connection.

uvicorn makes one `_Upgrade` per request for a websocket.  A plain opening of the live stream becomes a `Stream`; every
other one goes to uvicorn's own websocket class, and so to the routes, which refuse with their own words.
docs/decisions/0024 lists what is used of uvicorn that it does not promise to keep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from uvicorn.server import ServerState

from web.live import Live
from web.stream import Stream, open_stream
from web.stream_handshake import accepting, plain_opening
from web.streams import Streams

FindLive = Callable[[], Live | None]


def stream_protocol(find_live: FindLive) -> type[asyncio.Protocol]:
    """The class to give to one `uvicorn.Config` as `ws`; `find_live` tells the stream of the server once it runs."""
    kept: list[Streams] = []

    def streams_of(server_state: ServerState, live: Live) -> Streams:
        if not kept:
            streams = Streams(asyncio.get_running_loop(), server_state.connections, server_state.tasks)
            live.pace(lambda: streams.sweep.is_busy)
            kept.append(streams)
        return kept[0]

    class Upgrade(_Upgrade):
        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],  # uvicorn's
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None:
            super().__init__(config, server_state, app_state)

        def streams(self, live: Live) -> Streams:
            return streams_of(self.server_state, live)

        def live(self) -> Live | None:
            return find_live()

    return Upgrade


class _Upgrade(asyncio.Protocol):
    """A request for a websocket until it is known whose it is; uvicorn hands over its head and then this protocol."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self.server_state = server_state
        self._config = config
        self._app_state = app_state
        self._transport: asyncio.Transport
        self._before: Any = None  # uvicorn's class for HTTP, of which its types promise nothing
        self._next: asyncio.Protocol | None = None

    def streams(self, live: Live) -> Streams:
        """What the streams of this server share."""
        raise NotImplementedError

    def live(self) -> Live | None:
        """The stream of this server, if it runs."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request's connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._before = self._transport.get_protocol()

    def data_received(self, data: bytes) -> None:
        """First the head of the request, whole; what comes before the loop's next turn is passed on."""
        if self._next is not None:
            self._next.data_received(data)
            return
        self._next = self._stream(data) or self._stock(data)
        # uvicorn still has to put this protocol into the connection.
        asyncio.get_running_loop().call_soon(self._hand_over, self._next)

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        self._transport.set_protocol(protocol)
        # It and its parser hold each other, with all they have read; left to the collector, that is 50 KB a connection.
        self._before.parser = None

    def _stream(self, head: bytes) -> Stream | None:
        opening, live = plain_opening(head), self.live()
        if opening is None or live is None or self._config.root_path or not live.may_open(opening.headers):
            return None
        self._transport.write(accepting(opening, self.server_state.default_headers))
        return open_stream(self.streams(live), self._transport, live)

    def _stock(self, head: bytes) -> asyncio.Protocol:
        assert AutoWebSocketsProtocol is not None, "uvicorn has no websocket library"
        stock = AutoWebSocketsProtocol(config=self._config, server_state=self.server_state, app_state=self._app_state)
        stock.connection_made(self._transport)
        stock.data_received(head)
        return stock

    def pause_writing(self) -> None:
        """Passed on."""
        if self._next is not None:
            self._next.pause_writing()

    def resume_writing(self) -> None:
        """Passed on."""
        if self._next is not None:
            self._next.resume_writing()

    def eof_received(self) -> bool | None:
        """Passed on."""
        return None if self._next is None else self._next.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Passed on."""
        if self._next is not None:
            self._next.connection_lost(exc)
