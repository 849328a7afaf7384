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
# Beside those of port.database.
_MIGRATION_LOCK = 0x6469_6770_0003


class SchemaState(StrEnum):
    """What a database holds: nothing, tables of an older, this, or a newer program, or somebody else's."""

    EMPTY = "EMPTY"
    OLDER = "OLDER"
    CURRENT = "CURRENT"
    NEWER = "NEWER"
    FOREIGN = "FOREIGN"


class NotToBeMigrated(Exception):
    """These tables are not ours to bring to this version; the message says why, and what to do."""


# What is said of tables that are not this program's.
ADVICE = {
    SchemaState.EMPTY: "the database is empty: run `digital-port migrate`",
    SchemaState.OLDER: "the database is of an older version: keep a copy, then run `digital-port migrate`",
    SchemaState.NEWER: "the database is of a newer program: use that, or the copy kept before its upgrade",
    SchemaState.FOREIGN: "the database holds tables of others: name another in DIGITAL_PORT_DATABASE_URL",
}


def migrate(url: str) -> None:
    """Create the tables, or bring them to this program's version; all of it or nothing.

    Two processes may start at once: the second waits, then finds nothing to do.  Raises NotToBeMigrated.
    """
    with alone_in(url) as connection:
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head", *, versions: Path | None = None) -> None:
    """Bring the tables to that revision, in this transaction; with `versions` of a folder other than our own.

    Raises NotToBeMigrated.
    """
    config = alembic_config(connection, versions=versions)
    state = _state_of(connection, ScriptDirectory.from_config(config))
    if state in (SchemaState.NEWER, SchemaState.FOREIGN):
        raise NotToBeMigrated(ADVICE[state])
    command.upgrade(config, revision)


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
            return _state_of(connection, scripts())
    finally:
        engine.dispose()


def scripts() -> ScriptDirectory:
    """The migrations of this program."""
    return ScriptDirectory(str(MIGRATIONS))


def alembic_config(connection: Connection, *, versions: Path | None = None) -> Config:
    """Alembic's settings for running on that connection, in its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("version_locations", _escaped(versions or MIGRATIONS / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _state_of(connection: Connection, known: ScriptDirectory) -> SchemaState:
    if not inspect(connection).get_table_names():
        return SchemaState.EMPTY
    found = set(MigrationContext.configure(connection).get_current_heads())
    if not found:
        return SchemaState.FOREIGN
    if found == set(known.get_heads()):
        return SchemaState.CURRENT
    is_known = found <= {script.revision for script in known.walk_revisions()}
    return SchemaState.OLDER if is_known else SchemaState.NEWER


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
