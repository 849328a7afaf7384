"""What a database holds: nothing, tables of an older, this or a newer program, or somebody else's.

Without Alembic, whose memory only the command that migrates needs: revisions are known by the names of their files.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from port.database import parse_url

VERSIONS = Path(__file__).parent / "migrations" / "versions"


class SchemaState(StrEnum):
    """Whose tables they are."""

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


def schema_state(url: str) -> SchemaState:
    """What the database at a plain URL holds."""
    engine = create_engine(parse_url(url))
    try:
        with engine.connect() as connection:
            return state_of(connection)
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the tables are those of this program's version."""
    return schema_state(url) is SchemaState.CURRENT


def state_of(connection: Connection, *, versions: Path = VERSIONS) -> SchemaState:
    """What the database holds, to a program with the revisions in `versions`."""
    names = inspect(connection).get_table_names()
    if not names:
        return SchemaState.EMPTY
    if "alembic_version" not in names:
        return SchemaState.FOREIGN
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    known = revisions(versions)
    if found == known[-1]:
        return SchemaState.CURRENT
    return SchemaState.OLDER if found in known else SchemaState.NEWER


def revisions(versions: Path = VERSIONS) -> list[str]:
    """The revisions' numbers, oldest first, as their files are named."""
    return sorted(path.name.partition("_")[0] for path in versions.glob("[0-9]*_*.py"))
