"""What web.stream_protocol uses of uvicorn without being promised it: whoever moves the pin reads these places again.

docs/decisions/0024 says what for.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import pytest
import uvicorn
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState

READ = {
    HttpToolsProtocol.handle_websocket_upgrade: "179c4f769386",
    HttpToolsProtocol.data_received: "010a7ae59a5d",
    HttpToolsProtocol.connection_lost: "c91a4c9bf2e2",
    Server.shutdown: "9b33c5056299",
    Server._wait_tasks_to_complete: "17209be1e991",
    WebSocketsSansIOProtocol.connection_made: "f533ec93747c",
}


def digest(place: Any) -> str:
    return hashlib.sha256(inspect.getsource(place).encode()).hexdigest()[:12]


def test_it_is_the_version_that_was_read():
    assert uvicorn.__version__ == "0.54.0"


@pytest.mark.parametrize("place", READ, ids=lambda place: place.__qualname__)
def test_the_places_we_rely_on_are_as_they_were_read(place: Any):
    assert digest(place) == READ[place]


def test_the_state_of_a_server_has_what_a_stream_puts_into_it():
    state = ServerState()
    assert (state.connections, state.tasks, state.default_headers) == (set(), set(), [])


def test_a_class_can_be_given_and_the_stock_one_is_made_as_ours_is():
    assert AutoWebSocketsProtocol is WebSocketsSansIOProtocol
    assert list(inspect.signature(WebSocketsSansIOProtocol).parameters) == [
        "config",
        "server_state",
        "app_state",
        "_loop",
    ]

    class Ours: ...

    async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

    config = Config(app, ws=Ours, log_config=None)  # type: ignore[arg-type]  # as `serve` gives it
    config.load()
    assert (config.ws_protocol_class, config.root_path) == (Ours, "")
