"""Bringing a database's tables up to date, with Alembic; `tables` tells whether they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from port.database import is_sqlite, parse_url
from port.engines import sqlite_engine
from port.tables import ADVICE, VERSIONS, NotToBeMigrated, SchemaState, schema_state, state_of

# Beside those of port.database.
_MIGRATION_LOCK = 0x6469_6770_0003


def migrate(url: str) -> None:
    """Create the tables, or bring them to this program's version; all of it or nothing.

    Two processes may start at once: the second waits, then finds nothing to do.  Raises NotToBeMigrated.
    """
    with alone_in(url) as connection:
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head", *, versions: Path = VERSIONS) -> None:
    """Bring the tables to that one of the revisions in `versions`, in this transaction.  Raises NotToBeMigrated."""
    state = state_of(connection, versions=versions)
    if state in (SchemaState.NEWER, SchemaState.FOREIGN):
        raise NotToBeMigrated(ADVICE[state])
    command.upgrade(alembic_config(connection, versions=versions), revision)


def migrate_if_empty(url: str) -> SchemaState:
    """The state found, after an empty database was given its tables."""
    state = schema_state(url)
    if state is SchemaState.EMPTY:
        migrate(url)
        return SchemaState.CURRENT
    return state


def scripts() -> ScriptDirectory:
    """The migrations of this program."""
    return ScriptDirectory(str(VERSIONS.parent))


def alembic_config(connection: Connection, *, versions: Path = VERSIONS) -> Config:
    """Alembic's settings for running on that connection, in its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _escaped(VERSIONS.parent))
    config.set_main_option("version_locations", _escaped(versions))
    config.set_main_option("path_separator", "newline")
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


@contextmanager
def alone_in(url: str) -> Iterator[Connection]:
    """A transaction in which nobody else changes the tables, however many begin at once."""
    parsed = parse_url(url)
    # Rebuilding a table drops the old one, which would take along the rows that refer to it.
    engine = (
        sqlite_engine(parsed, begin="BEGIN IMMEDIATE", pool_size=1, foreign_keys="OFF")
        if is_sqlite(parsed)
        else create_engine(parsed)
    )
    try:
        with engine.begin() as connection:
            if not is_sqlite(parsed):
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            yield connection
    finally:
        engine.dispose()
