"""Whether the tables are there and up to date, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from port.database import is_sqlite, parse_url
from port.engines import sqlite_engine

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6469_6770_0002


class SchemaState(StrEnum):
    """What a database holds: nothing, tables of another version, or the tables this program knows."""

    EMPTY = "EMPTY"
    OTHER = "OTHER"
    CURRENT = "CURRENT"


def migrate(url: str) -> None:
    """Create the tables, or bring them to this program's version; all of it or nothing.

    Two processes may start at once: the second waits, then finds nothing to do.
    """
    with _alone_in(url) as connection:
        command.upgrade(alembic_config(connection), "head")


def migrate_if_empty(url: str) -> SchemaState:
    """The state found, after an empty database was given its tables."""
    state = schema_state(url)
    if state is SchemaState.EMPTY:
        migrate(url)
        return SchemaState.CURRENT
    return state


def is_current(url: str) -> bool:
    """Whether the tables are those of this program's version."""
    return schema_state(url) is SchemaState.CURRENT


def schema_state(url: str) -> SchemaState:
    """What the database holds."""
    engine = create_engine(parse_url(url))
    try:
        with engine.connect() as connection:
            if not inspect(connection).get_table_names():
                return SchemaState.EMPTY
            found = set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()
    return SchemaState.CURRENT if found == set(scripts().get_heads()) else SchemaState.OTHER


def scripts() -> ScriptDirectory:
    """The migrations of this program."""
    return ScriptDirectory(str(MIGRATIONS))


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for running on that connection, in its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@contextmanager
def _alone_in(url: str) -> Iterator[Connection]:
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
