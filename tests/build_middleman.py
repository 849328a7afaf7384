"""Somebody between a client and a server: forwards bytes, and cuts, stalls or refuses when a test says so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_CHUNK = 65_536


class Middleman:
    """A TCP forwarder on one port, to a server that may come back at another; from `between`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.opened = 0
        self.has_no_websockets = False
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection, without a word."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def stall(self) -> None:
        """Forward nothing to the client any more, until `flow`."""
        self._is_open.clear()

    def flow(self) -> None:
        """Forward again."""
        self._is_open.set()

    async def has_parted(self) -> None:
        """When no connection is open any more; a second is enough for what was cut."""
        for _ in range(100):
            if not self._writers:
                return
            await asyncio.sleep(0.01)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self._writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if self.has_no_websockets and b"upgrade: websocket" in head.lower():
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            address = urlsplit(self.target)
            far_reader, far_writer = await asyncio.open_connection(address.hostname, address.port)
            self._writers.add(far_writer)
            far_writer.write(head)
            try:
                tasks = [asyncio.create_task(self._pass(reader, far_writer, is_answer=False))]
                tasks.append(asyncio.create_task(self._pass(far_reader, writer, is_answer=True)))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                self._writers.discard(far_writer)
                far_writer.close()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if is_answer:
                    await self._is_open.wait()
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def between(target: str) -> AsyncIterator[Middleman]:
    """A middleman in front of the server at `target`, until the block ends."""
    middleman = Middleman(target)
    server = await asyncio.start_server(middleman.meet, "127.0.0.1", 0)
    middleman.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield middleman
    finally:
        server.close()
        middleman.flow()
        middleman.cut()
        await middleman.has_parted()
