"""What a server's log holds, and what it must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from server import serve


@pytest.mark.server
@pytest.mark.parametrize("transport", ["own", "stock"])
def test_no_websocket_s_address_is_logged_and_another_site_s_page_is_no_error(tmp_path: Path, transport: str):
    database = f"sqlite:///{tmp_path / 'port.db'}"
    with serve(database, salt="the tests draw alike", stream_transport=transport, log_level="debug") as server:
        with connect(f"{server.websocket_url}/v1/stream?ticket=put-here-by-mistake", proxy=None) as stream:
            stream.send('{"connect": {"ticket": "no-ticket-by-mistake"}}')
            assert "TICKET_UNKNOWN" in str(stream.recv(timeout=10))
        for address, origin in (("/v1/containers/X?key=by-mistake", None), ("/v1/stream", Origin("https://a.example"))):
            with pytest.raises(InvalidStatus):
                connect(server.websocket_url + address, origin=origin, proxy=None)
        lines = [json.loads(line) for line in server.log().splitlines()]
    assert [line for line in lines if line["level"] not in {"debug", "info"}] == []
    assert [line for line in lines if "mistake" in line["message"] or "/v1/" in line["message"]] == []
