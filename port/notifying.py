"""PostgreSQL's NOTIFY as a wake-up: a batch tells up to which position of the log it has written, and whoever listens
looks there.

It is part of the batch's transaction, so it is heard after the commit, and never without one.  A wake-up that is lost
costs time, nothing else.
"""

from __future__ import annotations

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
        _NOTIFY.rows(connection, channel_of(database_id), str(position))


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
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel_of(database_id))))
            yield 0
            while True:
                async for told_of in connection.notifies(timeout=_SILENT_SECONDS):
                    with suppress(ValueError):
                        yield int(told_of.payload)
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError) as error:
        raise NotHeard(type(error).__name__) from None
