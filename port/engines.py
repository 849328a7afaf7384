"""How connections are made: SQLite's pragmas, PostgreSQL's settings, and who looks whether one still lives."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from events.line import Line

BUSY_SECONDS = 10.0
# A reader that gets no connection within it is told so, or a stopped database would collect everybody who asks.
POOL_SECONDS = 1.5
# Who was idle for longer looks first whether its connection still lives.
_IDLE_SECONDS = 1.0


# FULL, because NORMAL loses acknowledged commits when the power goes; it costs 3-6 % in batches.
_SQLITE = {
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "cache_size": -65_536,
    "mmap_size": 268_435_456,
    "temp_store": "MEMORY",
    # A busy page is then copied back once for several batches, not after each: 15 % of what a commit costs.
    "wal_autocheckpoint": 4_000,
    "journal_size_limit": 67_108_864,
}
# Or a server that lost its power, or was stopped in the middle of a batch, would hold the head of the log for hours.
_POSTGRESQL_WRITER = {
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_NEVER_UNSYNCED = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


def sqlite_engine(
    url: URL, *, begin: str, pool_size: int, busy_seconds: float = BUSY_SECONDS, **pragmas: str
) -> Engine:
    """An engine whose transactions start with `begin`, with our pragmas and `pragmas` over them."""
    # What a failed statement was to write is nothing for the log: a body, a rule, the hash of a key.
    # isolation_level None: sqlite3 must not begin transactions of its own.
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "cached_statements": 512,
            "timeout": busy_seconds,
        },
    )

    def set_pragmas(connection: Any, _record: object) -> None:  # a driver connection, untyped
        _write_ahead(connection)
        for name, value in (_SQLITE | pragmas).items():
            connection.execute(f"PRAGMA {name} = {value}")

    event.listen(engine, "connect", set_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    # Of two processes that open a new file at once, SQLite refuses one the change of mode without waiting.
    for _ in range(int(BUSY_SECONDS * 20)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)
        else:
            return


def postgresql_engine(url: URL, **options: Any) -> Engine:  # create_engine's own keywords
    # libpq waits two seconds at least; what is sent and not acknowledged for so many ms means that the line is cut.
    known = {"application_name": "digital-port", "connect_timeout": 2, "tcp_user_timeout": 1500}
    engine = create_engine(url, connect_args=known, hide_parameters=True, **options)
    event.listen(engine, "do_connect", lambda _dialect, _record, given, named: Line.connect(*given, **named))
    return engine


def make_read_only(engine: Engine) -> None:
    """Let PostgreSQL refuse any write through this engine."""

    def forbid(connection: Any, _record: object) -> None:  # a driver connection, untyped
        connection.read_only = True

    event.listen(engine, "connect", forbid)


def make_writer(engine: Engine, *, lock_seconds: float) -> None:
    """Let PostgreSQL give up a lock not got in time, end who forgot to finish, and sync before it answers."""
    wanted = _POSTGRESQL_WRITER | {"lock_timeout": f"{int(lock_seconds * 1000)}ms"}

    def make(connection: Any, _record: object) -> None:  # a driver connection, untyped
        for name, value in wanted.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        # Whatever the role or the database is set to: an answer means that it is on the disk.
        connection.execute(_NEVER_UNSYNCED)
        connection.commit()

    event.listen(engine, "connect", make)


def look_after_idling(engine: Engine) -> None:
    """Ask a connection that was idle whether it still lives, so that a restart of PostgreSQL costs nobody an answer.

    SQLAlchemy's own `pool_pre_ping` asks every time, which a busy writer would pay for with each batch.
    """

    def note_return(_connection: object, record: Any) -> None:  # SQLAlchemy's record of a connection
        record.info["returned_at"] = time.monotonic()

    def look(connection: Any, record: Any, _proxy: object) -> None:  # likewise
        if time.monotonic() - record.info.get("returned_at", time.monotonic()) < _IDLE_SECONDS:
            return
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except psycopg.OperationalError as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", look)
