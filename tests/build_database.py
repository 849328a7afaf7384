"""Databases with tables in them, for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import SQLModel

from port.database import Database, open_database


@contextmanager
def database_with_tables(url: str) -> Iterator[Database]:
    """An open database with the tables of every module imported so far, created without the migrations."""
    database = open_database(url)
    try:
        with database.write() as connection:
            SQLModel.metadata.create_all(connection)
        yield database
    finally:
        database.close()
