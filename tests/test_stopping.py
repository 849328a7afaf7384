"""Whoever waits for ever ends when it is told to, also in the very moment in which what it waits for has come."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from build_feed import Log, hint
from build_live import live_port
from events.relaying import Relay
from port import notifying

# How many turns of the loop lie between what comes and the word to stop.
TURNS = pytest.mark.parametrize("turns", range(8))
PATIENCE_SECONDS = 5


async def stopped(running: asyncio.Task[None], come: Callable[[], object], *, turns: int) -> bool:
    """Whether it ends, told so that many turns after `come`."""
    come()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=PATIENCE_SECONDS)
    return bool(done)


class Libpq:
    """A line to PostgreSQL of which only the socket is real."""

    def __init__(self, near: socket.socket) -> None:
        self.socket = near.fileno()
        self._near = near

    def consume_input(self) -> None:
        try:
            self._near.recv(100)
        except BlockingIOError:
            return

    def notifies(self) -> None:
        return None


class Listening:
    """A connection that listens."""

    def __init__(self, near: socket.socket) -> None:
        self.pgconn = Libpq(near)

    def add_notify_handler(self, _: object) -> None: ...

    async def execute(self, _: object) -> None: ...

    async def __aenter__(self) -> Listening:
        return self

    async def __aexit__(self, *_: object) -> None: ...


@contextmanager
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """PostgreSQL as a socket; what is yielded lets something come by it."""
    near, far = socket.socketpair()
    near.setblocking(False)

    async def connect(*_: Any, **__: Any) -> Listening:
        return Listening(near)

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    with near, far:
        yield lambda: far.send(b"!")


@TURNS
def test_who_listens_to_postgresql(turns: int, monkeypatch: pytest.MonkeyPatch):
    async def listen(is_listening: asyncio.Event) -> None:
        async for _ in notifying.positions(make_url("postgresql://nobody@127.0.0.1/none"), "0" * 32):
            is_listening.set()

    async def run(come: Callable[[], object]) -> bool:
        is_listening = asyncio.Event()
        running = asyncio.create_task(listen(is_listening))
        await is_listening.wait()
        await asyncio.sleep(0.01)
        return await stopped(running, come, turns=turns)

    with line(monkeypatch) as come:
        assert asyncio.run(run(come))


@TURNS
def test_who_looks_at_the_log(turns: int, sqlite_url: str):
    async def run() -> None:
        async with live_port(sqlite_url) as port:
            await asyncio.sleep(0.1)
            port.port.feed.tell_of_a_gap()
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await port.live.stop()

    asyncio.run(run())


@TURNS
def test_who_tells_other_nodes(turns: int):
    async def run() -> bool:
        acknowledged: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        async def publish(_: object) -> Awaitable[object]:
            return acknowledged

        relay = Relay(Log().read)
        told: Coroutine[Any, Any, None] = relay.run(publish)
        running = asyncio.create_task(told)
        relay.hand_over([hint(1)])
        await asyncio.sleep(0.01)
        return await stopped(running, lambda: acknowledged.set_result(None), turns=turns)

    assert asyncio.run(run())
