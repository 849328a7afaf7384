"""A real client of the stream: its ticket, what it says, hears and is told last."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from build_live import checked
from server import Key, Server

SECONDS = 10


def disconnect(code: int, reason: str) -> dict[str, Any]:
    """The frame a stream ends with."""
    return {"disconnect": {"code": code, "reason": reason, "reconnect": code < 4500}}


def ticket(server: Server, key: Key) -> str:
    with server.client(key) as client:
        answer = client.post("/v1/stream-tickets")
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["ticket"])


@contextmanager
def stream(server: Server, **options: Any) -> Iterator[ClientConnection]:
    with connect(f"{server.websocket_url}/v1/stream", compression=None, proxy=None, **options) as opened:
        yield opened


def narrow(server: Server) -> socket.socket:
    """A connection whose kernel keeps little for who does not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    made.connect((httpx.URL(server.base_url).host, httpx.URL(server.base_url).port or 80))
    return made


@contextmanager
def connected(server: Server, key: Key, **options: Any) -> Iterator[ClientConnection]:
    with stream(server, **options) as opened:
        say(opened, id=1, connect={"ticket": ticket(server, key)})
        assert hear(opened)["id"] == 1
        yield opened


def say(connection: ClientConnection, **frame: Any) -> None:
    connection.send(json.dumps(frame))


def hear(connection: ClientConnection) -> dict[str, Any]:
    return checked(connection.recv(timeout=SECONDS))


def rest(connection: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """All frames until the websocket closes, and the code it closes with; None if it just breaks."""
    told: list[dict[str, Any]] = []
    try:
        while True:
            told.append(hear(connection))
    except ConnectionClosed as closed:
        return told, closed.rcvd.code if closed.rcvd else None


def ending(connection: ClientConnection) -> tuple[dict[str, Any], int | None]:
    """The last frame, and the code the websocket closes with."""
    told, code = rest(connection)
    return told[-1], code


def push(server: Server, key: Key, format: str, message_id: str, **body: Any) -> None:
    with server.client(key) as client:
        answer = client.post(f"/v1/messages/{format}", json={"messageID": message_id, **body})
    assert answer.status_code == httpx.codes.OK, answer.text
