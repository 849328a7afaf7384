"""Raw websockets to a real server, said byte by byte; and a witness who follows a box meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection

from build_port import BOX, moved
from server import Key, Server

KEY = f"container:{BOX}"
MASK = b"\x01\x02\x03\x04"
HEAD = (
    "GET /v1/stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@dataclass
class Witness:
    """Somebody who follows a box and must go on hearing of it at once."""

    server: Server
    terminal: Key
    customs: Key
    admin: Key
    line: ClientConnection
    version: int = 0
    told: int = 0

    def ticket(self) -> str:
        with self.server.client(self.customs) as client:
            ticket: str = client.post("/v1/stream-tickets").raise_for_status().json()["ticket"]
            return ticket

    def hears_at_once(self, *, within: float = 2.0) -> None:
        """A movement is told, as the very next version."""
        # Each by another minute, or it were the same fact told again.
        self.told += 1
        event = moved(("DROP", "PICK")[self.told % 2], position=f"A{self.told}")
        event["eventDateTime"] = (datetime.now(UTC) - timedelta(minutes=2000 - self.told)).isoformat()
        body = {"messageID": f"W{self.told}", "events": [event]}
        began = time.monotonic()
        with self.server.client(self.terminal) as client:
            client.post("/v1/messages/gate", json=body).raise_for_status()
        while "event" not in (heard := json.loads(self.line.recv(20))):
            pass
        assert heard["event"]["version"] == self.version + 1
        self.version += 1
        assert time.monotonic() - began < within

    @property
    def viewers(self) -> int:
        with self.server.client(self.admin) as client:
            [line] = [one for one in client.get("/metrics").text.splitlines() if "live_viewers " in one]
        return int(line.split()[1])

    def is_alone_again(self, seconds: float = 15) -> bool:
        deadline = time.monotonic() + seconds
        while self.viewers != 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.viewers == 1

    @property
    def memory(self) -> int:
        """Resident bytes of the server."""
        return int(Path(f"/proc/{self.server.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def line_to(server: Server) -> socket.socket:
    parts = urlsplit(server.base_url)
    return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=20)


def opened(server: Server) -> socket.socket:
    """A websocket, opened and not a word said."""
    line = line_to(server)
    line.sendall((HEAD.format(host=urlsplit(server.base_url).netloc) + "\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101 ")
    return line


def frame(payload: bytes, opcode: int = 1, *, is_final: bool = True) -> bytes:
    length = len(payload)
    size = bytes((0x80 | length,)) if length < 126 else bytes((0x80 | 126,)) + length.to_bytes(2, "big")
    return bytes((0x80 * is_final | opcode,)) + size + MASK + bytes(b ^ MASK[n % 4] for n, b in enumerate(payload))


def said(**command: Any) -> bytes:
    return frame(json.dumps(command).encode())


def heard(
    line: socket.socket, *, seconds: float = 20, answers: bool = False
) -> tuple[list[dict[str, Any]], int | None]:
    """The text frames until the end, and the close code.

    Who `answers` the close, as a client should, is let go at once; else it takes the server's patience of five seconds.
    """
    line.settimeout(seconds)
    data, texts, code = bytearray(), [], None
    with contextlib.suppress(OSError):
        while more := line.recv(65536):
            data += more
            for opcode, payload in _whole_frames(data):
                if opcode == 1:
                    texts.append(json.loads(payload))
                elif opcode == 8:
                    code = int.from_bytes(payload[:2], "big")
                    if answers:
                        line.sendall(frame(payload, 8))
    return texts, code


def _whole_frames(data: bytearray) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of the frames that are there, which are taken from the front of `data`."""
    while len(data) >= 2:
        size, at = data[1] & 0x7F, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            if len(data) < at:
                return
            size = int.from_bytes(data[2:at], "big")
        if len(data) < at + size:
            return
        found = data[0] & 15, bytes(data[at : at + size])
        del data[: at + size]
        yield found


def reset(line: socket.socket) -> None:
    """Gone without a close: the other side finds a reset."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
