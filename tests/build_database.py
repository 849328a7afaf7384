"""Databases with tables in them, for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from port.database import Database, open_database
from port.migrations.declared import declared_tables


@contextmanager
def database_with_tables(url: str) -> Iterator[Database]:
    """An open database with every declared table, created without the migrations."""
    database = open_database(url)
    try:
        with database.write() as connection:
            declared_tables().create_all(connection)
        yield database
    finally:
        database.close()
