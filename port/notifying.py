"""PostgreSQL's NOTIFY as a wake-up: a batch tells up to which position of the log it has written, and whoever listens
looks there.

It is part of the batch's transaction, so it is heard after the commit, and never without one.  A wake-up that is lost
costs time, nothing else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection

from events.statements import Statement

_NOTIFY = Statement("SELECT pg_notify(?, ?)")
_CONNECT_SECONDS = 2
# A line that says nothing for so long is asked whether it still is one.
_SILENT_SECONDS = 20.0


class NotHeard(Exception):
    """The database cannot be listened to at present."""


def channel_of(database_id: str) -> str:
    """Where the batches of that database are told of."""
    return f"digital_port_{database_id[:16]}"


def announce(connection: Connection, database_id: str, position: int) -> None:
    """Tell who listens, once this transaction has committed; on SQLite nobody can."""
    if connection.dialect.name == "postgresql":
        _NOTIFY.run(connection, channel_of(database_id), str(position))


async def positions(url: URL, database_id: str) -> AsyncIterator[int]:
    """The positions told of, from now on; first a 0, once what is told cannot be missed any more.

    Raises NotHeard when the connection cannot be had, or ends.
    """
    told = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await psycopg.AsyncConnection.connect(
            told,
            autocommit=True,
            application_name="digital-port listening",
            connect_timeout=_CONNECT_SECONDS,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        async with connection:
            line = _Line(connection)
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel_of(database_id))))
            yield 0
            while True:
                async for payload in line.payloads():
                    with suppress(ValueError):
                        yield int(payload)
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError) as error:
        raise NotHeard(type(error).__name__) from None


class _Line:
    """What is told on a connection.

    psycopg's `notifies()` sets up a wait for each and takes it down again: a tenth of what a feed node does, mostly to
    hear what it knows by then.
    """

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._libpq = connection.pgconn
        # Its number is known only as long as it is open.
        self._socket = self._libpq.socket
        self._told: deque[str] = deque()
        self._came = asyncio.Event()
        # Of what comes while something else is asked.
        connection.add_notify_handler(lambda told: self._told.append(told.payload))

    async def payloads(self) -> AsyncIterator[str]:
        """Until the line is silent for long.  Raises psycopg.OperationalError when it is cut."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._look, loop)
        try:
            while True:
                self._take_in()
                while self._told:
                    yield self._told.popleft()
                self._came.clear()
                async with asyncio.timeout(_SILENT_SECONDS):
                    await self._came.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self._socket)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._take_in()
        except psycopg.OperationalError:
            # Met again where it can be told; until then the number may be another's.
            loop.remove_reader(self._socket)
        self._came.set()

    def _take_in(self) -> None:
        self._libpq.consume_input()
        while (told := self._libpq.notifies()) is not None:
            self._told.append(told.extra.decode(errors="replace"))
