"""The database behind one door: one writer, a pool of readers, who leads, and whether another process wrote.

SQLite is the embedded database of a single server process; several processes on several machines share a PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Condition

from sqlalchemy import URL, Connection, Engine, Table, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from port.availability import DatabaseUnavailable, is_unavailable
from port.engines import (
    BUSY_SECONDS,
    POOL_SECONDS,
    look_after_idling,
    make_read_only,
    make_writer,
    postgresql_engine,
    sqlite_engine,
)

CLOSING_SECONDS = 5
READERS = 8
# What one process does for all: the jobs, and listening to the broker.
JOBS_LOCK, BROKER_LOCK = 0x6469_6770_0001, 0x6469_6770_0002


class DatabaseUrlRefused(ValueError):
    """The database URL is neither `sqlite:///FILE` nor `postgresql://HOST/NAME`; the message says what is wrong."""


class Database:
    """One writer, several readers; from `open_database`."""

    def __init__(self, url: URL, *, writer: Engine, reader: Engine) -> None:
        self.url = url
        self.is_embedded = is_sqlite(url)
        self._writer = writer
        self._reader = reader
        self._reading = 0
        self._reading_changes = Condition()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction, committed at the end and rolled back on any error.

        One at a time per process; on SQLite one at a time on the whole file (BEGIN IMMEDIATE waits for its turn as long
        as `open_database` was told), on PostgreSQL READ COMMITTED.  A transaction whose COMMIT raised must be taken for
        lost, and told again: nobody knows.
        """
        with self._writer.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except SQLAlchemyError as error:
                if is_unavailable(error):
                    # What a failed sync left in this connection's hands is not to be trusted: the next one reads anew.
                    connection.invalidate(error)
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only connection on which all queries see the same commit.  Raises DatabaseUnavailable."""
        with self._reading_changes:
            self._reading += 1
        try:
            with self._reader.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            if is_unavailable(error):
                raise DatabaseUnavailable("the database does not answer at present") from error
            raise
        finally:
            with self._reading_changes:
                self._reading -= 1
                self._reading_changes.notify_all()

    def data_version(self) -> int:
        """A number that changes when another process has committed, and not when this one has; on PostgreSQL always 0.

        Waits for the write transaction in progress, if any.
        """
        if not self.is_embedded:
            return 0
        # On the writer's own connection: SQLite counts only the commits of other connections.
        borrowed = self._writer.raw_connection()
        try:
            cursor = borrowed.cursor()
            cursor.execute("PRAGMA data_version")
            [version] = cursor.fetchone() or (0,)
            cursor.close()
            return int(version)
        finally:
            borrowed.close()

    def leadership(self, lock: int = JOBS_LOCK) -> Leadership:
        """A claim to be the one process that runs the jobs, or does what another lock stands for."""
        return Leadership(None if self.is_embedded else self.url, lock)

    def close(self) -> None:
        """Let the questions under way end, for a few seconds, then close every connection."""
        with self._reading_changes:
            self._reading_changes.wait_for(lambda: self._reading == 0, timeout=CLOSING_SECONDS)
        self._reader.dispose()
        self._writer.dispose()


class Leadership:
    """At most one process leads: the one whose connection holds PostgreSQL's advisory lock.

    The lock has a connection of its own, so it ends with the process.  On SQLite there is one server, and it leads.
    """

    def __init__(self, url: URL | None, lock: int) -> None:
        self._lock = lock
        self._engine = None if url is None else postgresql_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    def is_held(self) -> bool:
        """Whether this process leads now; takes the lead if it is free.  Ask again before every job."""
        if self._engine is None:
            return True
        try:
            return self._is_alive() or self._take()
        except DBAPIError:
            self.release()
            return False

    def release(self) -> None:
        """Let another process lead."""
        if self._connection is not None:
            # Closing, not unlocking: the connection may be broken.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _is_alive(self) -> bool:
        return self._connection is not None and self._connection.scalar(text("SELECT true")) is True

    def _take(self) -> bool:
        assert self._engine is not None
        self._connection = self._engine.connect()
        # Or the server would hold the lock of a machine that lost its power for two hours.
        for name, value in (("idle", 10), ("interval", 5), ("count", 3)):
            self._connection.exec_driver_sql(f"SET tcp_keepalives_{name} = {value}")
        if self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._lock}) is True:
            return True
        self.release()
        return False


def open_database(url: str, *, readers: int = READERS, lock_seconds: float = BUSY_SECONDS) -> Database:
    """The database at a plain URL, `sqlite:///FILE` or `postgresql://…`; nothing is connected yet.

    `lock_seconds` is how long a writer waits for another one before it fails.  Raises DatabaseUrlRefused.
    """
    parsed = parse_url(url)
    if is_sqlite(parsed):
        # What it reads of old visits lies alone: through a map the disk reads others around each.
        writer = sqlite_engine(parsed, begin="BEGIN IMMEDIATE", pool_size=1, busy_seconds=lock_seconds, mmap_size="0")
        reader = sqlite_engine(parsed, begin="BEGIN", pool_size=readers, query_only="ON")
    else:
        writer = postgresql_engine(parsed, pool_size=1, max_overflow=0, isolation_level="READ COMMITTED")
        make_writer(writer, lock_seconds=lock_seconds)
        reader = postgresql_engine(
            parsed,
            pool_size=readers,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            isolation_level="REPEATABLE READ",
        )
        make_read_only(reader)
        for engine in (writer, reader):
            look_after_idling(engine)
    return Database(parsed, writer=writer, reader=reader)


def parse_url(url: str) -> URL:
    """The URL with the driver we use.  Raises DatabaseUrlRefused, without repeating the URL: it may hold a password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlRefused("not a database URL: use sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    if parsed.drivername == "sqlite":
        if parsed.host or parsed.database in (None, "", ":memory:"):
            raise DatabaseUrlRefused("SQLite needs a file: sqlite:///NAME.db, or sqlite:////folder/NAME.db")
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseUrlRefused(f"{parsed.drivername}: only sqlite:/// and postgresql:// are known")


def is_sqlite(url: URL) -> bool:
    """Whether it is the embedded database."""
    return url.get_backend_name() == "sqlite"


def insert_if_absent(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert one row unless one with its key is there already; whether it was inserted."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    # RETURNING, because a driver need not count the rows of an INSERT.
    statement = insert(table).values(values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(statement).first() is not None
