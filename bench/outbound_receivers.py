"""Whoever webhooks are sent to, in a process of its own: `python -m bench.outbound_receivers FILE`.

It listens on two ports, which it prints with a third as JSON: at `ok` everything is taken and written down (the path it
came to, the box, its version, when in nanoseconds of CLOCK_MONOTONIC), at `silent` connections are taken and nothing is
answered; `refused` is bound and not listened at.  A line on standard input hangs up on who still waits for an answer;
its end ends it.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

_ANSWER = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)\r\n", re.IGNORECASE)


class _Taking(asyncio.Protocol):
    """One request of one connection: written down, and answered."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._got = file, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, _, body = self._got.partition(b"\r\n\r\n")
        found = _LENGTH.search(head + b"\r\n")
        if found is None or len(body) < int(found[1]):
            return
        at, told = time.monotonic_ns(), json.loads(body)["data"]
        path = head.split(b" ", 2)[1].decode()
        self._file.write(f"{path} {told['equipmentReference']} {told['version']} {at}\n")
        self._transport.write(_ANSWER)
        self._transport.close()


class _Silent(asyncio.Protocol):
    """A connection that is taken, and left to wait."""

    def __init__(self, waiting: set[asyncio.Transport]) -> None:
        self._waiting = waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.discard(self._transport)


async def _run(path: Path) -> None:
    loop, waiting = asyncio.get_running_loop(), set[asyncio.Transport]()
    with path.open("w", buffering=1, encoding="ascii") as file, socket.socket() as refused:
        refused.bind(("127.0.0.1", 0))
        ok = await loop.create_server(lambda: _Taking(file), "127.0.0.1", 0)
        silent = await loop.create_server(lambda: _Silent(waiting), "127.0.0.1", 0)
        ports = {"ok": ok.sockets[0], "silent": silent.sockets[0], "refused": refused}
        print(json.dumps({name: one.getsockname()[1] for name, one in ports.items()}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            for transport in list(waiting):
                transport.abort()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1])))
